"""The table of problem codes: what each means, in one place, for answers and for the pages under `/problems/`."""

from typing import Final

from msgspec import Struct

from couponry.domain.refusals import EXPLANATIONS


class ProblemKind(Struct, frozen=True):
    """One code of the table.

    Attributes:
        status: HTTP status it is answered with.
        title: the same few words each time.
        explanation: what happened and what to do about it.
    """

    code: str
    status: int
    title: str
    explanation: str


_REQUESTS = (
    ("body_empty", 400, "The body is empty", "The request needs a JSON body; send one."),
    (
        "body_malformed",
        400,
        "The body cannot be read",
        "The body is not JSON in UTF-8. The detail says where reading stopped.",
    ),
    (
        "not_authenticated",
        401,
        "No valid API key",
        "Send `Authorization: Bearer <key>`. The key is missing, mistyped, or was revoked.",
    ),
    (
        "scope_missing",
        403,
        "The key lacks a scope",
        "The key is valid and may not do this; `values.scope` names the scope it needs. Make a key that has it.",
    ),
    (
        "scope_not_held",
        403,
        "The key cannot pass on a scope it lacks",
        "The new key may do no more than the key that makes it; `values.scope` names a scope that one lacks.",
    ),
    (
        "not_found",
        404,
        "Not found",
        "The tenant has nothing by that name. What belongs to another tenant answers the same.",
    ),
    ("no_such_path", 404, "No such path", "Nothing is served at this path; `/docs` lists what is."),
    (
        "method_not_allowed",
        405,
        "Method not allowed",
        "The path does not take this method; the `Allow` header says which it takes.",
    ),
    (
        "version_mismatch",
        412,
        "It has changed since it was read",
        "`If-Match` named a version that is no longer current. Read it again and repeat the change.",
    ),
    (
        "body_too_large",
        413,
        "The body is too large",
        "`values.max_bytes` is the most this path takes. Send less, or in parts.",
    ),
    ("uri_too_long", 414, "The address is too long", "Path and query have at most `values.max_bytes` bytes."),
    (
        "unsupported_media_type",
        415,
        "Unsupported content type",
        "The detail says which content types the path takes, in UTF-8.",
    ),
    (
        "headers_too_large",
        431,
        "The headers are too large",
        "Send fewer or shorter headers; the detail says the limit.",
    ),
    (
        "internal_error",
        500,
        "Something broke on our side",
        "The request failed for a reason that is not yours. Quote `X-Request-Id` to whoever runs the server.",
    ),
    (
        "overloaded",
        503,
        "Too many requests are waiting",
        "Nothing was changed. Try again after the seconds in `Retry-After`.",
    ),
    (
        "shutting_down",
        503,
        "The server is stopping",
        "Nothing was changed. Try again after the seconds in `Retry-After`.",
    ),
    ("not_ready", 503, "Not ready", "The server runs but its database does not answer yet."),
    (
        "storage_unavailable",
        503,
        "The database did not take the request",
        "Nothing was changed. Try again after the seconds in `Retry-After`.",
    ),
    (
        "storage_full",
        507,
        "The disk is full",
        "Nothing was changed; reading still works. Whoever runs the server must make room.",
    ),
)

_VALUES = (
    (
        "body_invalid",
        "The body breaks the schema",
        "`field` is the path of the value that is wrong; the detail says what it must be.",
    ),
    (
        "field_unknown",
        "Unknown field",
        "`field` is not part of this body; leave it out or correct its name. Nothing is ignored silently.",
    ),
    ("field_missing", "A field is missing", "`field` is required."),
    ("parameter_invalid", "A query parameter is wrong", "`field` names the parameter; the detail says what it may be."),
    (
        "cursor_invalid",
        "The cursor is wrong",
        "Send `next_cursor` of the page before, unchanged, or no cursor for the first page.",
    ),
    ("if_match_invalid", "If-Match cannot be read", 'Send one ETag as the server gave it, such as `"v3"`, or `*`.'),
    (
        "idempotency_key_invalid",
        "The Idempotency-Key is wrong",
        "It has 1 to 255 printable ASCII characters, such as a UUID.",
    ),
    (
        "instant_out_of_range",
        "The time is out of range",
        "Write an RFC 3339 time with its offset, in the years 1 to 9999 in UTC.",
    ),
    ("rule_unsupported", "Rules are not supported yet", "`rule` can only be null in this version."),
    ("amount_out_of_range", "The amount is out of range", "Amounts are whole minor units within the stated range."),
    ("currency_unknown", "Unknown currency", "Write an active ISO 4217 code in capitals, such as EUR."),
    ("currency_missing", "A currency is missing", "A maximum amount needs the currency it is in."),
    (
        "percent_out_of_range",
        "The percentage is out of range",
        "`percent_off` is decimal text above 0 and up to 100, with at most four decimals.",
    ),
    ("limit_out_of_range", "The limit is out of range", "The detail gives the range; null stands for no limit."),
    ("offset_out_of_range", "The offset is out of range", "`offset` is 0 up to the number of codes in the batch."),
    ("count_out_of_range", "The count is out of range", "`count` is 1 to 2^62."),
    ("name_out_of_range", "The name is too short or too long", "A name has 1 to 200 characters, not only blanks."),
    ("name_taken", "The name is taken", "Another tenant on this server has the name; choose another."),
    (
        "import_size_out_of_range",
        "Too few or too many codes",
        "An import has 1 to 2,000,000 codes; send more in parts.",
    ),
    ("text_not_storable", "The text cannot be stored", "Text may hold neither U+0000 nor half of a surrogate pair."),
    ("customer_out_of_range", "The customer is too short or too long", "`customer` has 1 to 200 characters."),
    ("quantity_out_of_range", "The quantity is out of range", "The detail gives the range."),
    ("order_lines_out_of_range", "Too few or too many order lines", "An order has 1 to 1,000 lines."),
    (
        "order_field_out_of_range",
        "A text of the order is too short or too long",
        "The `id` and `channel` of an order and the `product` of a line have 1 to 200 characters, or are null.",
    ),
    (
        "attributes_out_of_range",
        "The order's attributes are out of range",
        "An order has at most 50 attributes: names of 1 to 40 characters, texts of at most 500, numbers of 64 bits.",
    ),
    ("validity_out_of_order", "The validity ends before it starts", "`ends_at` must be after `starts_at`."),
    ("guess_floor_out_of_range", "The guess floor is out of range", "`guess_floor` is 1 to 2^62 expected guesses."),
    (
        "pattern_and_code",
        "Pattern and static code together",
        "A campaign has a pattern to mint from, or one static code, not both.",
    ),
    (
        "pattern_invalid",
        "The pattern is wrong",
        "A pattern is literal text with `#` at each random position, at most 128 characters; see the detail.",
    ),
    (
        "pattern_without_random_positions",
        "The pattern has no random position",
        "Put at least one `#` into the pattern.",
    ),
    (
        "alphabet_invalid",
        "The alphabet is wrong",
        "Name a preset (digits, crockford32, upper_alphanumeric, lower_alphanumeric) or `custom:` and the symbols.",
    ),
    ("code_invalid", "The code is no code", "A code has 1 to 128 readable characters besides blanks and dashes."),
    (
        "code_reserved",
        "The code is reserved",
        "A code or pattern cannot begin with `cpn_`, as the ids of coupons do; begin it with something else.",
    ),
    ("code_without_barcode", "The code has no barcode", "Code-128 shows ASCII only; use the QR code for this one."),
    (
        "csv_malformed",
        "The CSV cannot be read",
        "The detail names the line. Write UTF-8 with commas and double quotes.",
    ),
    (
        "csv_header_missing",
        "The CSV has no header line",
        "A file of several columns begins with a line of their names, one of them `code` or `codes`.",
    ),
    (
        "import_rejected",
        "The import has bad lines",
        "Nothing was stored. `bad_lines` lists each one with its number; correct them, or send `partial=true`.",
    ),
    (
        "manifest_too_long",
        "Too many codes for one manifest",
        "Ask for the manifest in parts, with `offset` and `limit`.",
    ),
    ("scope_unknown", "Unknown scope", "The detail lists the scopes."),
    ("scopes_missing", "A key needs a scope", "Name at least one scope."),
    (
        "scope_not_for_publishable_key",
        "Not for a publishable key",
        "A publishable key may be given to anybody, so it may only ask.",
    ),
)

_CONFLICTS = (
    ("idempotency_key_reused", "The Idempotency-Key was used for another request", "Use a fresh key for each request."),
    (
        "benefit_in_use",
        "The benefit is in use",
        "Coupons were issued on this benefit; make a new campaign for another one.",
    ),
    (
        "limit_below_use",
        "The limit is below what is taken",
        "`values.used` are taken already; the limit cannot be lower.",
    ),
    (
        "code_taken",
        "The code exists already",
        "Another coupon of the tenant reads the same as this code; choose another.",
    ),
    (
        "code_space_exhausted",
        "The pattern has no room for so many codes",
        "`values.available` codes are left. Use more random positions or fewer codes.",
    ),
    (
        "guess_resistance_too_low",
        "The codes would be too easy to guess",
        "`values.expected_guesses` is below the campaign's `guess_floor`. Use more `#`, fewer codes, or a lower floor.",
    ),
    (
        "campaign_without_pattern",
        "The campaign has no pattern",
        "Only a campaign with a pattern can mint; this one has static or imported codes.",
    ),
    (
        "pattern_overlaps",
        "The pattern overlaps another one",
        "Some text could be read as a code of both; change a literal, the length or the alphabet.",
    ),
)

_INTERNAL = (
    ("key_invalid", "A key of the engine is wrong"),
    ("master_key_invalid", "The master key is wrong"),
    ("radix_invalid", "A radix is out of range"),
    ("numerals_invalid", "Numerals are out of range"),
    ("count_invalid", "A count is out of range"),
    ("index_out_of_range", "An index is out of range"),
    ("space_too_large", "The code space is too large"),
    ("space_too_small", "The code space is too small"),
    ("guess_space_invalid", "A code space is out of range"),
    ("nothing_to_allocate_to", "An amount has nothing to be allocated to"),
)

_REFUSAL_TITLES = {
    "code_unknown": "Unknown code",
    "campaign_paused": "The campaign is paused",
    "campaign_archived": "The campaign was deleted",
    "not_yet_valid": "Not yet valid",
    "expired": "Expired",
    "not_activated": "Not activated",
    "already_activated": "Already activated",
    "voided": "Voided",
    "not_voided": "Not voided",
    "limit_reached": "A limit is reached",
    "balance_empty": "The credit is spent",
    "currency_mismatch": "The currencies differ",
    "already_rolled_back": "Already rolled back",
    "rollback_exceeds_rest": "More than is left",
    "not_valid": "Not valid",
}


def _refusal_kinds() -> list[ProblemKind]:
    return [
        ProblemKind(
            reason.value,
            404 if reason.value == "code_unknown" else 409,
            _REFUSAL_TITLES[reason.value],
            f"{explanation[0].upper()}{explanation[1:]}.",
        )
        for reason, explanation in EXPLANATIONS.items()
    ]


def _table() -> dict[str, ProblemKind]:
    kinds = [
        *(ProblemKind(*entry) for entry in _REQUESTS),
        *(ProblemKind(code, 422, title, explanation) for code, title, explanation in _VALUES),
        *(ProblemKind(code, 409, title, explanation) for code, title, explanation in _CONFLICTS),
        *_refusal_kinds(),
        *(
            ProblemKind(
                code, 422, title, "A value that the engine computes with is outside its range; the detail says which."
            )
            for code, title in _INTERNAL
        ),
    ]
    return {kind.code: kind for kind in kinds}


PROBLEM_KINDS: Final = _table()
"""Every code a caller can meet, by code."""
