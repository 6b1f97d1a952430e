"""The doctor: a sound house is sound, and every seeded fault is found."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from couponry.domain.benefits import Credit
from couponry.domain.campaigns import Limits
from tests.engine.house import House
from tests.properties.samples import order_of

CHECKS = ["keys", "ledger", "counters", "code_spaces", "imports"]


def furnish(house: House) -> None:
    gift = house.codes(house.minted(house.campaign(Credit(1000, "EUR"), pattern="GIFT-####-####-####"), 5))
    house.used(gift[0], order_of(300))
    house.roll_back(house.used(gift[1], order_of(300)), 100)
    house.campaign(limits=Limits(max_redemptions=10), code="FIRST10")
    house.used("FIRST10")


def corrupt(house: House, statement: str) -> None:
    """Change the database behind the engine's back."""
    with closing(sqlite3.connect(house.path)) as connection, connection:
        assert connection.execute(statement).rowcount > 0


def test_a_sound_house_is_sound(house: House) -> None:
    """Every check passes, and says what was looked at."""
    furnish(house)
    findings = house.engine.doctor()
    assert [(finding.check, finding.is_ok) for finding in findings] == [(check, True) for check in CHECKS]
    assert all(finding.message for finding in findings)


@pytest.mark.parametrize(
    ("statement", "check", "message"),
    [
        (
            "UPDATE coupons SET balance_minor = balance_minor + 1 WHERE balance_minor = 700",
            "ledger",
            "holds 701, its entries sum to 700",
        ),
        ("DELETE FROM ledger_entries WHERE amount_minor = 100", "ledger", "holds 800, its entries sum to 700"),
        ("DELETE FROM ledger_entries WHERE amount_minor >= -300", "ledger", "its entries sum to 0"),
        (
            "UPDATE campaign_counters SET redeemed_count = 2 WHERE redeemed_count = 1",
            "counters",
            "counts 2, 1 hold",
        ),
        (
            "DELETE FROM campaign_counters WHERE redeemed_count = 1",
            "counters",
            "counts 0, 1 hold",
        ),
        ("INSERT INTO key_checks VALUES ('00ff', '00ff')", "keys", "00ff"),
        ("UPDATE series SET next_index = 1 << 45", "code_spaces", "'GIFT-####-####-####' of Shop"),
    ],
)
def test_a_seeded_fault_is_found(house: House, statement: str, check: str, message: str) -> None:
    """The check that a fault breaks fails and names it; the others pass."""
    furnish(house)
    corrupt(house, statement)
    findings = [finding for finding in house.engine.doctor() if not finding.is_ok]
    assert [finding.check for finding in findings] == [check]
    assert message in findings[0].message


def test_an_import_left_half_done_is_found(house: House) -> None:
    """A batch that nobody loads any more is reported with what to do."""
    house.imported(house.campaign(guess_floor=1), ["HALF-1"])
    corrupt(house, "UPDATE batches SET status = 'loading'")
    assert house.doctor() == {}
    house.clock.move(timedelta(minutes=3))
    assert "three minutes" in house.doctor()["imports"]


def test_weak_lists_are_found(house: House) -> None:
    """Imported and drawn codes that are easy to guess are listed, whatever floor their campaign has."""
    house.imported(house.campaign(guess_floor=1), ["WEAK-1", "WEAK-2"])
    house.minted(house.campaign(pattern="TINY-##", guess_floor=1), 5)
    found = {finding.check: finding.message for finding in house.engine.doctor() if not finding.is_ok}
    assert list(found) == ["code_spaces"]
    assert found["code_spaces"].count("expected guesses") == 2


def test_many_faults_are_counted_and_some_shown(house: House) -> None:
    """A long list of faults is cut, and the rest counted."""
    codes = house.codes(house.minted(house.campaign(Credit(1000, "EUR"), pattern="GIFT-####-####-####"), 30))
    for code in codes:
        house.used(code, order_of(1))
    corrupt(house, "UPDATE coupons SET balance_minor = 0")
    assert "and 10 more" in house.doctor()["ledger"]
