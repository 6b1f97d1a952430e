"""Codes of one's own: 50,000 existing ones in mixed case and with look-alike letters, found however they are typed."""

import csv
import io
import random
from collections.abc import Iterator

from shop import Shop, expect, fresh, say
from slips import SLIPS, digits_for_letters

COUNT = 50_000
SAMPLE = 200
SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def tell(shop: Shop) -> None:
    """Import, find, and try a file with faults."""
    literal = fresh()
    campaign = shop.post(
        "/v1/campaigns",
        {"name": f"Leaflets {literal}", "benefit": {"type": "percent", "percent_off": "12.5"}},
    )
    codes = existing_codes(literal)
    say(f"{COUNT:,} codes of an older system, such as {codes[0]} and {codes[1]}.")
    imports = f"/v1/campaigns/{campaign['id']}/imports"
    report = shop.post_csv(imports, csv_of(codes))
    expect("imported", (report["imported"], report["bad_lines"]), (COUNT, []))
    say("Imported all of them from a CSV.")
    find_sample(shop, codes)
    refuse_faults(shop, imports, literal, codes)
    issued = shop.get(f"/v1/campaigns/{campaign['id']}/statistics")["issued"]
    expect("issued after the refused import", issued, COUNT)
    say("Nothing of that file was stored.")


def existing_codes(literal: str) -> list[str]:
    """Make the codes that somebody else would have made: the same for the same literal, no two that read the same."""
    source = random.Random(literal)  # noqa: S311  # it stands for a file, and must be the same each time
    codes: dict[str, str] = {}
    while len(codes) < COUNT:
        groups = ("".join(source.choices(SYMBOLS, k=4)) for _ in range(3))
        code = "-".join((literal, *groups))
        codes.setdefault(as_compared(code), code)
    return list(codes.values())


def as_compared(code: str) -> str:
    """Write a code as the server compares it: no case, no dashes, look-alikes as the digits they look like."""
    return digits_for_letters(code.replace("-", "")).upper()


def csv_of(codes: list[str]) -> str:
    """Write a CSV with a column that is of no interest to the server."""
    output = io.StringIO()
    writer = csv.writer(output)
    writer.writerow(("code", "printed"))
    writer.writerows((code, "2019") for code in codes)
    return output.getvalue()


def find_sample(shop: Shop, codes: list[str]) -> None:
    """Look up a sample, each code in every way somebody might type it."""
    sample = codes[:: COUNT // SAMPLE]
    look_ups = 0
    for code in sample:
        for typed in spellings(code):
            expect(f"code found as {typed!r}", shop.coupon(typed)["code"], code)
            look_ups += 1
    say(f"Found {len(sample)} of them in {look_ups:,} spellings: {', '.join(SLIPS)}, and digits for letters.")


def spellings(code: str) -> Iterator[str]:
    """Spell a code in every way that must find it."""
    yield code
    yield code.upper()
    yield digits_for_letters(code)
    for slip in SLIPS.values():
        yield slip(code)


def refuse_faults(shop: Shop, imports: str, literal: str, codes: list[str]) -> None:
    """Send a file with faults: all of them are listed, and its good code is not stored."""
    good = f"{literal}-Good-Code-0001"
    lines = [good, codes[7].swapcase(), " - - ", good.lower().replace("0", "o"), "X" * 129]
    faults = [(3, "code_taken"), (4, "code_invalid"), (5, "code_repeated"), (6, "code_invalid")]
    problem = shop.post_csv(imports, csv_of(lines), 422)
    expect("problem", problem["code"], "import_rejected")
    expect("bad lines", [(line["line"], line["reason"]) for line in problem["bad_lines"]], faults)
    shop.coupon(good, 404)
    named = ", ".join(f"line {line} ({reason})" for line, reason in faults)
    say(f"A file with faults is refused, and all of them are listed: {named}.")
