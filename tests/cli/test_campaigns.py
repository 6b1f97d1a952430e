"""Campaigns on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from couponry.cli.amounts import amount_text, parse_amount
from couponry.domain.errors import InvalidValue
from tests.cli.commands import CommandLine


@pytest.mark.parametrize(
    ("options", "benefit", "text"),
    [
        (
            ["--percent-off", "12.5"],
            {"type": "percent", "percent_off": "12.5", "max_amount": None, "currency": None},
            "12.5% off",
        ),
        (
            ["--percent-off", "15%", "--max-amount", "20 EUR"],
            {"type": "percent", "percent_off": "15", "max_amount": 2000, "currency": "EUR"},
            "15% off, at most 20.00 EUR",
        ),
        (["--amount-off", "5.00 EUR"], {"type": "amount", "amount_off": 500, "currency": "EUR"}, "5.00 EUR off"),
        (["--credit", "1250 JPY"], {"type": "credit", "amount": 1250, "currency": "JPY"}, "credit of 1250 JPY"),
        (["--credit", "1.250kwd"], {"type": "credit", "amount": 1250, "currency": "KWD"}, "credit of 1.250 KWD"),
        (["--access"], {"type": "access"}, "full access"),
    ],
)
def test_benefit_is_made_and_shown(
    couponry: CommandLine, options: list[str], benefit: dict[str, Any], text: str
) -> None:
    """Each benefit has its option; JSON tells minor units, text tells amounts."""
    made = couponry.json("campaign", "create", "Summer", *options)
    assert made["benefit"] == benefit
    assert couponry.json("campaign", "show", made["id"]) == made
    shown = couponry.run("campaign", "show", made["id"]).out
    assert f"benefit      {text}\n" in shown


def test_campaign_has_what_was_said(couponry: CommandLine) -> None:
    """Pattern, validity, limits, floor and metadata arrive as they were given."""
    options = ["--pattern", "SUMMER-####-####", "--alphabet", "digits", "--starts-at", "2026-06-01T02:00:00+02:00"]
    options += ["--max-issued", "1000", "--max-redemptions", "500", "--max-redemptions-per-coupon", "none"]
    options += ["--guess-floor", "1000", "--metadata", "shop=4=5"]
    made = couponry.json("campaign", "create", "Summer", "--access", *options)
    assert made["pattern"] == "SUMMER-####-####"
    assert made["alphabet"] == "digits"
    assert made["starts_at"] == "2026-06-01T00:00:00Z"
    assert made["limits"] == {"max_issued": 1000, "max_redemptions": 500, "max_redemptions_per_coupon": None}
    assert made["guess_floor"] == 1000
    assert made["metadata"] == {"shop": "4=5"}


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("1", "1 issued, 1 redemption, 1 redemption per coupon"),
        ("2000", "2,000 issued, 2,000 redemptions, 2,000 redemptions per coupon"),
        ("none", "none"),
    ],
)
def test_limits_are_counted(couponry: CommandLine, limit: str, text: str) -> None:
    """What is limited stands in the plural unless it is one."""
    names = ("--max-issued", "--max-redemptions", "--max-redemptions-per-coupon")
    options = [part for name in names for part in (name, limit)]
    made = couponry.json("campaign", "create", "Summer", "--access", *options)
    assert f"limits       {text}\n" in couponry.run("campaign", "show", made["id"]).out


def test_campaign_is_read_from_a_file(couponry: CommandLine, tmp_path: Path) -> None:
    """The body of the API makes a campaign too, from a file or standard input, and options come on top."""
    body = {"name": "Summer", "benefit": {"type": "access"}, "limits": {"max_issued": 5}}
    (tmp_path / "body.json").write_text(json.dumps(body))
    assert couponry.json("campaign", "create", "--from", tmp_path / "body.json")["name"] == "Summer"
    ran = couponry.run(
        "campaign",
        "create",
        "Winter",
        "--from",
        "-",
        "--max-redemptions",
        "7",
        "--json",
        stdin=json.dumps(body).encode(),
    )
    assert ran.answer["name"] == "Winter"
    assert ran.answer["limits"] == {"max_issued": 5, "max_redemptions": 7, "max_redemptions_per_coupon": 1}


def test_campaign_file_that_is_wrong_names_the_field(couponry: CommandLine) -> None:
    """What breaks the schema is named by its path."""
    body = {"name": "Summer", "benefit": {"type": "percent", "percent_off": "15", "colour": "red"}}
    ran = couponry.run("campaign", "create", "--from", json.dumps(body), "--json")
    assert ran.code == 2
    assert ran.complaint["field"] == "benefit.colour"


def test_missing_file_is_named(couponry: CommandLine, tmp_path: Path) -> None:
    """A file that is not there is an error of one line."""
    ran = couponry.run("campaign", "create", "--from", tmp_path / "nothing.json")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
    assert "nothing.json" in ran.err


def test_campaign_is_changed(couponry: CommandLine) -> None:
    """What is said changes, `none` takes away, the rest stays."""
    made = couponry.json(
        "campaign", "create", "Summer", "--access", "--max-issued", "5", "--ends-at", "2030-01-01T00:00:00Z"
    )
    changed = couponry.json(
        "campaign", "change", made["id"], "--name", "Autumn", "--max-redemptions", "9", "--ends-at", "none"
    )
    assert changed["name"] == "Autumn"
    assert changed["ends_at"] is None
    assert changed["limits"] == {"max_issued": 5, "max_redemptions": 9, "max_redemptions_per_coupon": 1}
    assert changed["version"] == 2
    ran = couponry.run("campaign", "change", made["id"], "--name", "Winter", "--if-version", "1", "--json")
    assert (ran.code, ran.complaint["code"]) == (1, "version_mismatch")


def test_limit_below_use_is_refused(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """A limit that is passed already is refused with what is taken."""
    for _ in range(2):
        couponry.json("redeem", campaigns["capped"]["code"])
    ran = couponry.run("campaign", "change", campaigns["capped"]["id"], "--max-redemptions", "1", "--json")
    assert ran.code == 1
    assert ran.complaint["code"] == "limit_below_use"
    assert ran.complaint["values"] == {"limit": "max_redemptions", "max": 1, "used": 2}


def test_campaign_is_paused_resumed_and_archived(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """Each step is taken, refusals follow it, and an archived campaign leaves the list."""
    campaign, code = campaigns["static"]["id"], campaigns["static"]["code"]
    assert couponry.json("campaign", "pause", campaign)["status"] == "paused"
    assert couponry.run("redeem", code).err == "refused: campaign_paused\n"
    assert couponry.json("campaign", "resume", campaign)["status"] == "active"
    assert couponry.json("campaign", "archive", campaign)["status"] == "archived"
    assert couponry.run("redeem", code).err == "refused: campaign_archived\n"
    assert campaign not in [listed["id"] for listed in couponry.json("campaign", "list")]
    ran = couponry.run("campaign", "resume", campaign)
    assert ran.err.startswith("refused: campaign_archived: ")


def test_statistics_sum_up(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """Statistics count what happened, in minor units for programs and in amounts for people."""
    couponry.json("redeem", campaigns["static"]["code"], "--total", "25.00 EUR")
    answer = couponry.json("campaign", "statistics", campaigns["static"]["id"])
    assert answer["redeemed"] == 1
    assert answer["discounts"] == [{"currency": "EUR", "amount": 250}]
    assert "discounts    2.50 EUR" in couponry.run("campaign", "statistics", campaigns["static"]["id"]).out


def test_list_is_paged(couponry: CommandLine) -> None:
    """A page ends at its limit, and the next one begins after its last."""
    everything = couponry.json("campaign", "list")
    first = couponry.json("campaign", "list", "--limit", "3")
    assert first + couponry.json("campaign", "list", "--after", first[-1]["id"]) == everything


def test_repeated_key_makes_one_campaign(couponry: CommandLine) -> None:
    """The same command under one idempotency key answers the same; another one is refused."""
    command = ["campaign", "create", "Summer", "--access", "--idempotency-key", "once"]
    assert couponry.json(*command) == couponry.json(*command)
    ran = couponry.run("campaign", "create", "Winter", "--access", "--idempotency-key", "once", "--json")
    assert (ran.code, ran.complaint["code"]) == (1, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (1250, "EUR", "12.50 EUR"),
        (5, "EUR", "0.05 EUR"),
        (-1250, "EUR", "-12.50 EUR"),
        (1250, "JPY", "1250 JPY"),
        (1250, "KWD", "1.250 KWD"),
    ],
)
def test_amount_is_written_with_the_decimals_of_its_currency(amount_minor: int, currency: str, text: str) -> None:
    """Two decimals are usual, none and three are some currencies' own."""
    assert amount_text(amount_minor, currency) == text
    if amount_minor > 0:
        assert parse_amount(text, "--total") == (amount_minor, currency)


@pytest.mark.parametrize(
    "text", ["", "EUR", "12.5.0 EUR", "12,50 EUR", "-1 EUR", "1.5 JPY", "0.0001 KWD", "1 EURO", "1e3 EUR", "\uff11 EUR"]
)
def test_amount_that_is_none_is_refused(text: str) -> None:
    """What is no amount, or has more decimals than its currency, is refused."""
    with pytest.raises(InvalidValue):
        parse_amount(text, "--total")
