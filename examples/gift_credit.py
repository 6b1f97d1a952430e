"""A gift credit: 50 euros on one code, spent over three orders, with a part of one taken back in between."""

from typing import Any

from shop import Shop, expect, fresh, say

CREDIT = 5_000


def tell(shop: Shop) -> None:
    """Spend, take back, spend the rest."""
    campaign = shop.post(
        "/v1/campaigns",
        {
            "name": "Gift card",
            "pattern": f"GIFT{fresh()}-####-####-####",
            "benefit": {"type": "credit", "amount": CREDIT, "currency": "EUR"},
        },
    )
    batch = shop.post(f"/v1/campaigns/{campaign['id']}/batches", {"count": 1})
    code = shop.get(f"/v1/batches/{batch['id']}/codes?format=json")["data"][0]["code"]
    say(f"{code} holds {euros(CREDIT)}.")
    expect("balance", shop.coupon(code)["balance"], CREDIT)
    movements = [CREDIT]
    spend(shop, code, 1_999, 1_999, movements)
    second = spend(shop, code, 2_500, 2_500, movements)
    rollback = shop.post(f"/v1/redemptions/{second['id']}/rollback", {"amount": 1_000, "reason": "one piece returned"})
    expect("taken back", (rollback["amount"], rollback["is_full"]), (1_000, False))
    movements.append(1_000)
    expect("balance after the rollback", rollback["balance_after"], sum(movements))
    check(shop, code, movements)
    say(f"Of the second order {euros(1_000)} came back; {euros(sum(movements))} are left.")
    spend(shop, code, 1_800, 1_501, movements)
    refused = shop.redeem(code, 1_000, 409)
    expect("refusal of an empty credit", refused["code"], "balance_empty")
    too_much = shop.post(f"/v1/redemptions/{second['id']}/rollback", {"amount": 1_501}, 409)
    expect("refusal of too large a rollback", too_much["code"], "rollback_exceeds_rest")
    check(shop, code, movements)
    say("A fourth order is refused, and so is taking back more than was given. The ledger has not moved.")


def spend(shop: Shop, code: str, total: int, expected: int, movements: list[int]) -> dict[str, Any]:
    """Use the credit on an order and check what it paid."""
    redemption = shop.redeem(code, total)
    movements.append(-expected)
    expect("discount", redemption["discount"], {"amount": expected, "currency": "EUR", "lines": [expected]})
    expect("balance after", redemption["balance_after"], sum(movements))
    check(shop, code, movements)
    say(f"An order of {euros(total)}: the credit pays {euros(expected)}, {euros(sum(movements))} are left.")
    return redemption


def check(shop: Shop, code: str, movements: list[int]) -> None:
    """Compare the ledger with what was done, and its sum with the balance."""
    entries = shop.get(f"/v1/coupons/{code}/ledger")["data"]
    expect("ledger", [entry["amount"] for entry in reversed(entries)], movements)
    expect("balance", shop.coupon(code)["balance"], sum(movements))


def euros(cents: int) -> str:
    """Write an amount."""
    return f"{cents // 100}.{cents % 100:02} euros"
