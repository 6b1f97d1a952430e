"""A cereal print run: a million codes for the printer, checked against the manifest, some of them redeemed."""

import hashlib
import tempfile
from itertools import islice
from pathlib import Path

from shop import Shop, expect, fresh, say
from slips import SLIPS

COUNT = 1_000_000
SAMPLE = 1_000
ORDER_AMOUNT = 1_250
AMOUNT_OFF = 100
UNISSUED = "-0000-0000-0000"


def tell(shop: Shop) -> None:
    """Mint, export, check and redeem."""
    literal = f"CEREAL{fresh()}"
    campaign = shop.post(
        "/v1/campaigns",
        {
            "name": f"Cereal {literal}",
            "pattern": f"{literal}-####-####-####",
            "benefit": {"type": "amount", "amount_off": AMOUNT_OFF, "currency": "EUR"},
        },
    )
    batch = shop.post(f"/v1/campaigns/{campaign['id']}/batches", {"count": COUNT})
    expect("codes in the batch", batch["count"], COUNT)
    say(f"Minted {COUNT:,} codes of {campaign['pattern']} as batch {batch['id']}.")
    with tempfile.TemporaryDirectory(prefix="couponry-") as folder:
        file = Path(folder) / "codes.csv"
        with shop.download(f"/v1/batches/{batch['id']}/codes?format=csv") as pieces, file.open("wb") as output:
            for piece in pieces:
                output.write(piece)
        say(f"Exported them as CSV: {file.stat().st_size:,} bytes.")
        check(shop, batch["id"], file)
        with file.open(encoding="ascii") as lines:
            codes = [line.strip() for line in islice(lines, 1, 1 + SAMPLE)]
    redeem_some(shop, codes)
    shop.coupon(f"{literal}{UNISSUED}", 404)
    say("A code that was never minted is unknown.")
    report = shop.get(f"/v1/campaigns/{campaign['id']}/statistics")
    expect("issued", report["issued"], COUNT)
    expect("redeemed", report["redeemed"], len(SLIPS))
    guesses = report["spaces"][0]["expected_guesses"]
    say(f"Statistics: {report['issued']:,} issued, {report['redeemed']} redeemed; a guesser needs {guesses:,} tries.")


def check(shop: Shop, batch_id: str, file: Path) -> None:
    """Compare a file with the manifest: as many codes, the same digest, none twice."""
    manifest = shop.get(f"/v1/batches/{batch_id}/manifest")
    digest, seen = hashlib.sha256(), set()
    with file.open("rb") as lines:
        expect("header line", next(lines).strip(), b"code")
        for line in lines:
            code = line.rstrip(b"\r\n")
            digest.update(code + b"\n")
            seen.add(code)
    expect("codes in the manifest", manifest["count"], COUNT)
    expect("SHA-256", digest.hexdigest(), manifest["sha256"])
    expect("different codes", len(seen), COUNT)
    say(f"The file agrees with the manifest (SHA-256 {manifest['sha256'][:16]}…), and no code is in it twice.")


def redeem_some(shop: Shop, codes: list[str]) -> None:
    """Redeem a code for each way of mistyping it, and the same codes again in vain."""
    telling = [code for code in codes if "0" in code and "1" in code]
    for code, (name, slip) in zip(telling, SLIPS.items(), strict=False):
        typed = slip(code)
        redemption = shop.redeem(typed, ORDER_AMOUNT)
        expect(f"discount of {typed}", redemption["discount"]["amount"], AMOUNT_OFF)
        refused = shop.redeem(code, ORDER_AMOUNT, 409)
        refusal = {"reason": "limit_reached", "limit": "max_redemptions_per_coupon", "max": 1, "used": 1}
        expect("refusal of a used code", refused["refusals"], [refusal])
        say(f"Redeemed {code}, typed {name}: {typed!r}. A second time it is refused.")
