from urllib.parse import quote

import pytest

from tests.http.server import Tenant, wire_problem


def test_coupon_is_found_however_typed(shop: Tenant) -> None:
    """A coupon answers to its code in any case, with blanks, look-alikes and full-width forms, and to its id."""
    code = shop.code()
    body = shop.http.get(f"/v1/coupons/{code}").json()
    assert (body["code"], body["status"], body["version"]) == (code, "activated", 0)
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    for typed in (code.lower(), code.replace("-", " "), code.replace("0", "O"), wide, body["id"]):
        assert shop.http.get(f"/v1/coupons/{quote(typed, safe='')}").json() == body


def test_code_may_hold_slashes(shop: Tenant) -> None:
    """A slash in a code is found encoded or not; encoded it is never taken for an action."""
    code = shop.code(pattern="S/####/####/####/void")
    plain, encoded = f"/v1/coupons/{code}", f"/v1/coupons/{quote(code, safe='')}"
    assert shop.http.get(encoded).json()["code"] == code
    assert shop.http.get(plain).json()["code"] == code
    assert shop.post(f"{encoded}/void").json()["status"] == "voided"
    assert shop.http.get(f"{encoded}/qr.svg").status_code == 200


def test_life_of_a_coupon(shop: Tenant) -> None:
    """Activate, assign, void and unvoid each happen once and count the version up."""
    path = f"/v1/coupons/{shop.code(is_active=False)}"
    assert shop.http.get(path).json()["status"] == "issued"
    assert shop.post(f"{path}/activate").json()["status"] == "activated"
    assert wire_problem(shop.post(f"{path}/activate")) == (409, "already_activated")
    assert shop.post(f"{path}/assign", {"customer": "c-42"}).json()["customer"] == "c-42"
    assert shop.post(f"{path}/assign", {"customer": None}).json()["customer"] is None
    assert shop.post(f"{path}/void").json()["status"] == "voided"
    assert wire_problem(shop.post(f"{path}/void")) == (409, "voided")
    assert shop.post(f"{path}/unvoid").json()["status"] == "activated"
    assert wire_problem(shop.post(f"{path}/unvoid")) == (409, "not_voided")
    assert shop.http.get(path).json()["version"] == 5


def test_metadata_is_replaced(shop: Tenant) -> None:
    """PATCH replaces a coupon's metadata and honours If-Match."""
    path = f"/v1/coupons/{shop.code()}"
    etag = shop.http.get(path).headers["etag"]
    answer = shop.http.patch(path, json={"metadata": {"till": 4}}, headers={"If-Match": etag})
    assert (answer.status_code, answer.json()["metadata"], answer.headers["etag"]) == (
        200,
        {"till": 4},
        '"v1-activated"',
    )
    stale = shop.http.patch(path, json={"metadata": {}}, headers={"If-Match": etag})
    assert wire_problem(stale) == (412, "version_mismatch")
    assert shop.http.get(path, headers={"If-None-Match": '"v1-activated"'}).status_code == 304


def test_action_is_replayed(shop: Tenant) -> None:
    """A repeated key answers the same, though the coupon has changed since."""
    path = f"/v1/coupons/{shop.code()}"
    first = shop.post(f"{path}/void", Idempotency_Key="v")
    shop.post(f"{path}/unvoid")
    again = shop.post(f"{path}/void", Idempotency_Key="v")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("picture", "content_type", "start"),
    [
        ("qr.svg?scale=3&border=0", "image/svg+xml", b"<?xml"),
        ("qr.png?scale=10", "image/png", b"\x89PNG"),
        ("barcode.svg", "image/svg+xml", b"<?xml"),
        ("barcode.png?scale=1&height=20", "image/png", b"\x89PNG"),
    ],
)
def test_pictures(shop: Tenant, picture: str, content_type: str, start: bytes) -> None:
    """A code is drawn as QR and Code-128, in both formats."""
    answer = shop.http.get(f"/v1/coupons/{shop.code()}/{picture}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert answer.content.startswith(start)


@pytest.mark.parametrize("scale", range(1, 11))
def test_barcode_has_whole_bars(shop: Tenant, scale: int) -> None:
    """A Code-128 in a PNG is as wide as its modules and quiet zones (ISO/IEC 15417), at every scale."""
    shop.campaign(code="AB-1x")
    content = shop.http.get(f"/v1/coupons/AB-1x/barcode.png?scale={scale}").content
    symbols = len("AB-1x") + 2  # start and check
    assert int.from_bytes(content[16:20], "big") == (11 * symbols + 13 + 20) * scale


def test_barcode_shows_its_text(shop: Tenant) -> None:
    """A Code-128 has the code in letters below."""
    code = shop.code()
    assert code in shop.http.get(f"/v1/coupons/{code}/barcode.svg").text


@pytest.mark.parametrize("picture", ["qr.svg?scale=0", "qr.png?scale=41", "barcode.png?height=1001", "qr.svg?size=3"])
def test_senseless_sizes(shop: Tenant, picture: str) -> None:
    """A size out of range, or an unknown parameter, is refused."""
    answer = shop.http.get(f"/v1/coupons/{shop.code()}/{picture}")
    assert wire_problem(answer) == (422, "parameter_invalid")


def test_non_ascii_code_has_no_barcode(shop: Tenant) -> None:
    """What Code-128 cannot show is refused; a QR code shows it."""
    shop.campaign(code="GRÜẞE-2026")
    path = f"/v1/coupons/{quote('grüße 2026')}"
    assert wire_problem(shop.http.get(f"{path}/barcode.svg")) == (422, "code_without_barcode")
    assert shop.http.get(f"{path}/qr.svg").status_code == 200


@pytest.mark.parametrize("code", ["nope", "%00", "%ff%fe", "a" * 200, "%20", "..%2F..", "cpn_zzz", "%F0%9F%92%A5"])
def test_unknown_codes(shop: Tenant, code: str) -> None:
    """Whatever is typed into the address, an unknown code is an unknown code."""
    assert wire_problem(shop.http.get(f"/v1/coupons/{code}")) == (404, "code_unknown")
