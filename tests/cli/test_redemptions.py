"""Single coupons, validation, redemption and rollback on the command line."""

import json
from pathlib import Path
from typing import Any

from tests.cli.commands import CommandLine

ORDER = {"id": "A-1", "currency": "EUR", "lines": [{"product": "sku-1", "quantity": 2, "unit_amount": 1250}]}


def code_of(couponry: CommandLine, campaign: str, *options: str) -> str:
    """Mint one code."""
    batch = couponry.json("mint", campaign, 1, *options)["id"]
    code: str = couponry.json("export", batch)["data"][0]["code"]
    return code


def test_validation_changes_nothing(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """A verdict names the discount and can be asked for again."""
    code = code_of(couponry, campaigns["percent"])
    verdict = couponry.json("validate", code.lower(), "--total", "25.00 EUR")
    assert verdict["valid"]
    assert verdict["discount"] == {"amount": 375, "currency": "EUR", "lines": [375]}
    assert couponry.json("validate", code, "--total", "25.00 EUR")["valid"]
    assert "discount  3.75 EUR" in couponry.run("validate", code, "--total", "25.00 EUR").out


def test_verdict_against_a_coupon_is_printed_and_refused(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """A coupon that cannot be used gets its verdict with exit code 1: one document of JSON, or text and the reasons."""
    code = code_of(couponry, campaigns["percent"], "--inactive")
    ran = couponry.run("validate", code, "--total", "1 USD", "--json")
    assert (ran.code, ran.err) == (1, "")
    assert not ran.answer["valid"]
    assert [refusal["reason"] for refusal in ran.answer["refusals"]] == ["not_activated", "currency_mismatch"]
    ran = couponry.run("validate", code)
    assert ran.err == "refused: not_activated\n"
    assert "valid     no" in ran.out


def test_verdict_about_an_unknown_code_is_one_document(couponry: CommandLine) -> None:
    """A code that nobody knows has a verdict too, on standard output alone, and the help says so."""
    ran = couponry.run("validate", "NOBODY-KNOWS-THIS", "--json")
    assert (ran.code, ran.err) == (1, "")
    assert ran.answer["refusals"] == [{"reason": "code_unknown"}]
    assert "standard error stays empty" in " ".join(couponry.run("validate", "--help").out.split())


def test_refusal_is_explained_to_programs(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """The message of a refusal is a sentence for each reason, with the values that failed."""
    unknown = couponry.run("redeem", "NOBODY-KNOWS-THIS", "--json").complaint
    assert (unknown["code"], unknown["message"]) == ("code_unknown", "No coupon of this tenant has the code.")
    code = code_of(couponry, campaigns["percent"], "--inactive")
    several = couponry.run("redeem", code, "--total", "1 USD", "--json").complaint
    assert several["message"] == (
        "The coupon was issued inactive and waits for its activation. The coupon is in EUR, the order in USD."
    )


def test_redemption_takes_an_order(couponry: CommandLine, campaigns: dict[str, Any], tmp_path: Path) -> None:
    """An order comes as an amount, as JSON, from a file or from standard input."""
    (tmp_path / "order.json").write_text(json.dumps(ORDER))
    code = campaigns["static"]["code"]
    for given in (json.dumps(ORDER), str(tmp_path / "order.json")):
        assert couponry.json("redeem", code, "--order", given)["order"] == ORDER
    ran = couponry.run("redeem", code, "--order", "-", "--customer", "c-42", "--json", stdin=json.dumps(ORDER).encode())
    assert ran.answer["order"] == ORDER
    assert ran.answer["customer"] == "c-42"
    text = couponry.run("redeem", code, "--total", "25.00 EUR").out
    assert "discount    2.50 EUR" in text


def test_redemption_without_an_order_counts(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """Without an order there is no discount, and the use counts."""
    assert couponry.json("redeem", campaigns["static"]["code"])["discount"] is None


def test_cap_holds(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """Ten uses are taken and the eleventh is refused with the limit."""
    code = campaigns["capped"]["code"]
    assert [couponry.run("redeem", code).code for _ in range(10)] == [0] * 10
    ran = couponry.run("redeem", code)
    assert ran.code == 1
    assert ran.err == "refused: limit_reached (max_redemptions 10, used 10)\n"
    ran = couponry.run("redeem", code, "--json")
    assert ran.out == ""
    assert ran.complaint["refusals"] == [{"reason": "limit_reached", "limit": "max_redemptions", "max": 10, "used": 10}]


def test_repeated_key_redeems_once(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """The same redemption under one key is answered again, not made again."""
    code = code_of(couponry, campaigns["percent"])
    first = couponry.json("redeem", code, "--idempotency-key", "order-1")
    assert couponry.json("redeem", code, "--idempotency-key", "order-1") == first


def test_credit_is_spent_and_given_back(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """A credit pays in parts, and a partial rollback gives back what it says."""
    code = code_of(couponry, campaigns["credit"])
    first = couponry.json("redeem", code, "--total", "20 EUR")
    assert first["balance_after"] == 3000
    rollback = couponry.json("rollback", first["id"], "--amount", "5.00 EUR", "--reason", "one item came back")
    assert (rollback["amount"], rollback["balance_after"], rollback["is_full"]) == (500, 3500, False)
    assert "balance   35.00 EUR" in couponry.run("coupon", "show", code).out
    ran = couponry.run("rollback", first["id"], "--amount", "15.01 EUR", "--json")
    assert (ran.code, ran.complaint["code"]) == (1, "rollback_exceeds_rest")
    assert couponry.json("rollback", first["id"])["is_full"]
    ran = couponry.run("rollback", first["id"])
    assert (ran.code, ran.err) == (1, "refused: already_rolled_back\n")


def test_rollback_in_another_currency_is_wrong_usage(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """An amount in another currency than the discount's is not taken for it."""
    redemption = couponry.json("redeem", campaigns["static"]["code"], "--total", "20 EUR")
    ran = couponry.run("rollback", redemption["id"], "--amount", "100 JPY", "--json")
    assert (ran.code, ran.complaint["code"]) == (2, "currency_mismatch")


def test_coupon_goes_through_its_life(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """A coupon is activated, assigned, voided and unvoided, and found by its code and its identifier."""
    code = code_of(couponry, campaigns["percent"], "--inactive")
    shown = couponry.json("coupon", "show", code.replace("-", " ").lower())
    assert shown["status"] == "issued"
    assert couponry.json("coupon", "activate", code)["status"] == "activated"
    assert couponry.json("coupon", "assign", code, "c-42")["customer"] == "c-42"
    assert couponry.json("coupon", "assign", code, "")["customer"] is None
    assert couponry.json("coupon", "void", code)["status"] == "voided"
    assert couponry.run("redeem", code).err.startswith("refused: voided (voided_at ")
    assert couponry.json("coupon", "unvoid", shown["id"])["status"] == "activated"
    assert "status    activated" in couponry.run("coupon", "show", shown["id"]).out
    ran = couponry.run("coupon", "void", code, "--if-version", "1", "--json")
    assert (ran.code, ran.complaint["code"]) == (1, "version_mismatch")


def test_other_tenants_code_is_unknown(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """Another tenant's code answers like one that does not exist."""
    couponry.json("tenant", "create", "Second")
    theirs = couponry.run("redeem", campaigns["static"]["code"], "--tenant", "Second")
    unknown = couponry.run("redeem", "NOBODY-KNOWS-THIS", "--tenant", "Second")
    assert theirs == unknown
