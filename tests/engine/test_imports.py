"""Imports: every bad line named, nothing half done, and no code twice."""

from datetime import timedelta
from typing import Any

import pytest

from couponry.domain.batches import BatchKind
from couponry.domain.benefits import Credit, Percent
from couponry.domain.campaigns import CampaignChange, CampaignStatus, Limits
from couponry.domain.errors import Conflict, InvalidValue, NotFound
from couponry.domain.ledger import EntryKind
from couponry.domain.redemptions import Redemption
from couponry.domain.refusals import Reason
from couponry.engine.catalogue import Catalogue
from couponry.engine.imports import BadLine, ImportRejected
from couponry.engine.keyring import Keyring
from couponry.engine.ports import Page, StorageUnavailable
from couponry.engine.stored_codes import CHUNK
from tests.engine.house import MASTER_KEY, House, house_at, key_of, lines_of

IN_SECOND_CHUNK = CHUNK + 100
"""A look at the clock while the second chunk of an import is built, between two transactions."""


def rejected(house: House, campaign_id: str, codes: list[str], **options: bool) -> list[tuple[int, str]]:
    with pytest.raises(ImportRejected) as refusal:
        house.engine.imports.run(house.tenant, campaign_id, lines_of(codes), **options)  # type: ignore[arg-type]
    return [(bad.line, bad.reason) for bad in refusal.value.bad_lines]


def long_list(prefix: str = "LONG") -> list[str]:
    return [f"{prefix}-{number:05}" for number in range(2 * CHUNK)]


def assert_nothing_is_left(house: House, codes: list[str]) -> None:
    with house.store.read() as reader:
        assert reader.stale_batches(house.clock.now() + timedelta(days=1)) == []
    assert all(house.find(code) is None for code in (codes[0], codes[-1]))
    house.imported(house.campaign(guess_floor=1), codes)


def test_imported_codes_are_found_however_they_are_typed(house: House) -> None:
    """Case, dashes, blanks, look-alikes and full-width forms make no difference."""
    campaign = house.campaign(guess_floor=1)
    batch = house.imported(campaign, ["Oil-Lamp 10", "ÄÖÜ-1", "ﬁne"])
    assert (batch.kind, batch.count) == (BatchKind.IMPORTED, 3)
    for typed in (
        "oillamp10",
        "0IL LAMP IO",
        "".join(chr(ord(character) + 0xFEE0) for character in "OIL-LAMP10"),
        "011-1AMP-10",
        " oil\tlamp—10 ",
    ):
        found = house.find(typed)
        assert found is not None
        assert found.coupon.code == "Oil-Lamp 10"
    assert house.find("äöü1") is not None
    assert house.find("FINE") is not None


def test_every_bad_line_is_listed_with_number_and_reason(house: House) -> None:
    """One look at the answer is enough to mend a file; nothing was stored."""
    campaign = house.campaign(guess_floor=1)
    house.imported(campaign, ["TAKEN-1"])
    codes = ["GOOD-1", "", "good 1", "taken 1", "  - ", "x" * 129, "G00D-1", "A\x00B", "GOOD-2", "bad\x1b", "TAKEN-I"]
    assert rejected(house, campaign.campaign_id, codes) == [
        (2, "code_invalid"),
        (3, "code_repeated"),
        (4, "code_taken"),
        (5, "code_invalid"),
        (6, "code_invalid"),
        (7, "code_repeated"),
        (8, "code_invalid"),
        (10, "code_invalid"),
        (11, "code_repeated"),
    ]
    assert house.find("GOOD-1") is None
    assert house.engine.campaigns.statistics(house.tenant, campaign.campaign_id).statistics.issued_count == 1


def test_a_partial_import_stores_the_good_lines(house: House) -> None:
    """Asked for, the good lines are stored and the bad ones come back."""
    campaign = house.campaign(guess_floor=1)
    lines = lines_of(["GOOD-1", "", "good 1", "GOOD-2"])
    report = house.engine.imports.run(house.tenant, campaign.campaign_id, lines, partial=True).value
    assert (report.imported_count, report.batch.count) == (2, 2)
    assert [(bad.line, bad.code, bad.reason) for bad in report.bad_lines] == [
        (2, "", "code_invalid"),
        (3, "good 1", "code_repeated"),
    ]
    assert house.codes(report.batch) == ["GOOD-1", "GOOD-2"]


def test_an_import_without_a_good_line_stores_nothing(house: House) -> None:
    """Even a partial import needs something to store."""
    campaign = house.campaign(guess_floor=1)
    assert rejected(house, campaign.campaign_id, ["", " "], partial=True) == [(1, "code_invalid"), (2, "code_invalid")]


@pytest.mark.parametrize("count", [0])
def test_an_empty_import_is_refused(house: House, count: int) -> None:
    """An import has at least one line."""
    with pytest.raises(InvalidValue) as refusal:
        house.engine.imports.run(house.tenant, house.campaign().campaign_id, lines_of([""] * count))
    assert refusal.value.code == "import_size_out_of_range"


def test_look_alikes_in_one_list_are_repeated(house: House) -> None:
    """Two codes that people cannot tell apart are one code, and the message names the first."""
    campaign = house.campaign(guess_floor=1)
    with pytest.raises(ImportRejected) as refusal:
        house.imported(campaign, ["SOLO", "S0LO", "5010", "SOIO"])
    assert refusal.value.bad_lines == (
        BadLine(2, "S0LO", "code_repeated", "Line 1 has the same code, or one that reads the same."),
        BadLine(4, "SOIO", "code_repeated", "Line 1 has the same code, or one that reads the same."),
    )


def test_a_code_is_shown_on_one_line(house: House) -> None:
    """A line end inside a code would make two codes of it in every export."""
    batch = house.imported(house.campaign(guess_floor=1), ["  AB\r\nCD ", "E\u2028F", "G\tH"])
    assert house.codes(batch) == ["AB CD", "E F", "G H"]
    assert house.find("ABCD") is not None


def test_codes_of_a_series_below_its_counter_are_taken(house: House) -> None:
    """A code that was minted cannot be imported."""
    campaign = house.campaign(pattern="FIT-########", guess_floor=1)
    code = house.codes(house.minted(campaign, 5))[2]
    assert rejected(house, campaign.campaign_id, ["OTHER", code.lower()]) == [(2, "code_taken")]


def test_codes_of_a_series_above_its_counter_are_stepped_over(house: House) -> None:
    """A code that would be minted one day is good at once and never minted."""
    campaign = house.campaign(pattern="FIT-########", guess_floor=1)
    batch = house.minted(campaign, 5)
    assert batch.series_id is not None
    series = Catalogue(house.store, Keyring((MASTER_KEY,))).of(house.tenant).by_id[batch.series_id].series
    ahead = [series.encode(index) for index in (5, 7)]
    imported = house.campaign(guess_floor=1)
    house.imported(imported, ahead)
    assert house.codes(house.minted(campaign, 3)) == [series.encode(index) for index in (6, 8, 9)]
    for code in ahead:
        assert house.used(code).campaign_id == imported.campaign_id
    assert rejected(house, imported.campaign_id, ahead) == [(1, "code_taken"), (2, "code_taken")]


def test_a_static_code_of_a_series_shape_is_stepped_over(house: House) -> None:
    """A static code that fits a series takes its index; one that was minted is taken."""
    campaign = house.campaign(pattern="FIT-########", guess_floor=1)
    minted = house.codes(house.minted(campaign, 1))[0]
    with pytest.raises(Conflict) as refusal:
        house.campaign(code=minted.replace("-", ""))
    assert refusal.value.code == "code_taken"
    static = house.campaign(code="FIT-00000000")
    assert house.used("fit 0000 0000").campaign_id == static.campaign_id
    assert "FIT-00000000" not in house.codes(house.minted(campaign, 2000))


def test_a_code_with_a_wrong_tail_is_adopted(house: House) -> None:
    """A stored code of a series' shape that no index reads as is found all the same."""
    campaign = house.campaign(pattern="TAIL-################", guess_floor=1)
    house.minted(campaign, 5)
    house.imported(campaign, ["TAIL-0000000000000000"])
    assert house.find("tail 0000 0000 0000 0000") is not None


def test_a_failure_in_the_middle_leaves_nothing(house: House) -> None:
    """When a later chunk meets a code that was taken meanwhile, the earlier chunks go as well."""
    campaign, rival, codes = house.campaign(guess_floor=1), house.campaign(guess_floor=1), long_list()
    house.clock.at_look(IN_SECOND_CHUNK, lambda: house.imported(rival, [codes[-1]]))
    with pytest.raises(Conflict) as refusal:
        house.imported(campaign, codes)
    assert refusal.value.code == "code_taken"
    assert house.find(codes[0]) is None
    found = house.find(codes[-1])
    assert found is not None
    assert found.campaign.campaign_id == rival.campaign_id
    assert house.engine.campaigns.statistics(house.tenant, campaign.campaign_id).statistics.issued_count == 0
    house.imported(campaign, codes[:-1])


def test_codes_do_not_exist_before_all_of_them_do(house: House) -> None:
    """While an import runs, its first codes are unknown and its batch is not there."""
    campaign, codes = house.campaign(guess_floor=1), long_list()
    seen: list[object] = []

    def look() -> None:
        seen.append(house.find(codes[0]))
        seen.append(house.redeem(codes[0]))
        seen.append(list(house.engine.batches.list(house.tenant, campaign.campaign_id, Page(10))))

    house.clock.at_look(IN_SECOND_CHUNK, look)
    house.imported(campaign, codes)
    assert seen == [None, [Reason.CODE_UNKNOWN], []]
    assert isinstance(house.redeem(codes[0]), Redemption)


def test_a_series_made_during_an_import_steps_over_all_its_codes(house: House) -> None:
    """Codes that were stored before and after the series was made are all kept from being minted."""
    codes = [f"LATE-{number:020b}" for number in range(2 * CHUNK)]
    made = []
    shape: dict[str, Any] = {"pattern": "LATE-####################", "alphabet": "custom:01", "guess_floor": 1}
    house.clock.at_look(IN_SECOND_CHUNK, lambda: made.append(house.campaign(**shape)))
    campaign = house.campaign(guess_floor=1)
    house.imported(campaign, codes)
    with pytest.raises(Conflict) as refusal:
        house.minted(made[0], 2**20)
    assert refusal.value.values["available"] == 2**20 - len(codes)
    house.minted(made[0], 2**20 - len(codes))
    for code in codes[::50]:
        found = house.find(code)
        assert found is not None
        assert found.campaign.campaign_id == campaign.campaign_id


@pytest.mark.parametrize("benefit", [Percent("10"), Credit(1, "EUR")])
def test_a_benefit_that_changes_during_an_import_undoes_it(house: House, benefit: Percent | Credit) -> None:
    """Coupons never hold a balance that their campaign does not give."""
    campaign, codes = house.campaign(Credit(5000, "EUR"), guess_floor=1), long_list()

    def change() -> None:
        house.engine.campaigns.change(house.tenant, campaign.campaign_id, CampaignChange(benefit=benefit))

    house.clock.at_look(IN_SECOND_CHUNK, change)
    with pytest.raises(Conflict) as refusal:
        house.imported(campaign, codes)
    assert refusal.value.code == "version_mismatch"
    assert_nothing_is_left(house, codes)
    assert house.doctor() == {}


def abandon(house: House, campaign_id: str, codes: list[str]) -> None:
    """Import until the process dies in the second chunk, as far as the database can tell."""

    class Killed(BaseException):
        pass

    def die() -> None:
        house.store.close()
        raise Killed

    house.clock.at_look(IN_SECOND_CHUNK, die)
    with pytest.raises(StorageUnavailable):  # cleaning up needs the store, which is gone
        house.engine.imports.run(house.tenant, campaign_id, lines_of(codes))


def test_an_abandoned_import_is_removed(house: House) -> None:
    """What a dead process left is reported, removed by any process after two minutes, and can be imported again."""
    campaign, codes = house.campaign(Credit(5000, "EUR"), guess_floor=1), long_list()
    abandon(house, campaign.campaign_id, codes)
    with house_at(house.path, house.clock) as second:
        assert second.find(codes[0]) is None
        assert second.doctor() == {}
        second.clock.move(timedelta(minutes=3))
        assert list(second.doctor()) == ["imports"]
    with house_at(house.path, house.clock) as third:
        assert third.engine.sweep() == 1
        assert third.doctor() == {}
        third.imported(third.engine.campaigns.get(third.tenant, campaign.campaign_id), codes)
        assert third.find(codes[0]) is not None
        assert third.doctor() == {}


def test_an_import_that_was_taken_for_dead_says_so(house: House) -> None:
    """A process that slept while another removed its batch fails, and leaves nothing behind."""
    campaign, codes = house.campaign(guess_floor=1), long_list()

    def sleep() -> None:
        house.clock.move(timedelta(minutes=3))
        with house_at(house.path, house.clock) as other:
            assert other.engine.sweep() == 1

    house.clock.at_look(IN_SECOND_CHUNK, sleep)
    with pytest.raises(StorageUnavailable):
        house.imported(campaign, codes)
    assert_nothing_is_left(house, codes)


def test_two_imports_at_once_under_one_key_are_one(house: House) -> None:
    """A request that another process has answered meanwhile gets that answer."""
    campaign, codes, key = house.campaign(guess_floor=1), long_list(), key_of("k", 1)
    inner = []
    with house_at(house.path, house.clock) as other:
        house.clock.at_look(1, lambda: inner.append(other.imported(campaign, codes, key=key)))
        outer = house.engine.imports.run(house.tenant, campaign.campaign_id, lines_of(codes), key=key)
    assert outer.is_replay
    assert [outer.value.batch] == inner
    assert house.engine.campaigns.statistics(house.tenant, campaign.campaign_id).statistics.issued_count == len(codes)


def test_credits_are_imported_with_their_opening_entries(house: House) -> None:
    """Each imported credit has one entry, of its amount, and the books agree."""
    batch = house.imported(house.campaign(Credit(2500, "EUR"), guess_floor=1), ["GIFT-1", "GIFT-2"])
    for code in house.codes(batch):
        found = house.find(code)
        assert found is not None
        entries = house.engine.coupons.entries(house.tenant, found.coupon.coupon_id, Page(10))
        assert [(entry.kind, entry.amount_minor, entry.currency) for entry in entries] == [
            (EntryKind.OPENING, 2500, "EUR")
        ]
    assert house.doctor() == {}


def test_a_partial_import_of_credits_opens_no_account_too_many(house: House) -> None:
    """Only codes that were stored have entries."""
    campaign = house.campaign(Credit(2500, "EUR"), guess_floor=1)
    lines = lines_of(["GIFT-1", "gift 1", "GIFT-2"])
    house.engine.imports.run(house.tenant, campaign.campaign_id, lines, partial=True)
    with house.store.read() as reader:
        assert reader.balance_faults() == []


def test_a_list_that_is_easy_to_guess_is_refused_with_the_numbers(house: House) -> None:
    """Codes in a row are below the default floor."""
    with pytest.raises(Conflict) as refusal:
        house.imported(house.campaign(), [f"SALE-{number:04}" for number in range(100)])
    assert refusal.value.code == "guess_resistance_too_low"
    assert refusal.value.values["guess_floor"] == 10**6


def test_a_limit_on_issued_coupons_holds_for_imports(house: House) -> None:
    """An import that passes max_issued stores nothing."""
    campaign = house.campaign(limits=Limits(max_issued=2), guess_floor=1)
    with pytest.raises(Conflict) as refusal:
        house.imported(campaign, ["A-1", "A-2", "A-3"])
    assert refusal.value.code == "limit_reached"
    house.imported(campaign, ["A-1", "A-2"])


def test_only_a_living_campaign_imports(house: House) -> None:
    """Archived and unknown campaigns take no codes."""
    campaign = house.campaign(guess_floor=1)
    house.engine.campaigns.set_status(house.tenant, campaign.campaign_id, CampaignStatus.ARCHIVED)
    with pytest.raises(Conflict) as refusal:
        house.imported(campaign, ["A-1"])
    assert refusal.value.code == "campaign_archived"
    with pytest.raises(NotFound):
        house.engine.imports.run(house.tenant, "cmp_none", lines_of(["A-1"]))


def test_an_inactive_import_waits_for_activation(house: House) -> None:
    """Imported coupons can be handed out inactive."""
    house.imported(house.campaign(guess_floor=1), ["WAIT-1"], is_active=False)
    assert house.redeem("WAIT-1") == [Reason.NOT_ACTIVATED]


def test_the_same_code_belongs_to_two_tenants(house: House) -> None:
    """Codes are unique within a tenant only."""
    house.imported(house.campaign(guess_floor=1), ["MINE-1"])
    first = house.used("MINE-1")
    house.tenant = house.engine.tenants.create("Other").tenant_id
    house.imported(house.campaign(guess_floor=1), ["MINE-1"])
    assert house.used("MINE-1").coupon_id != first.coupon_id
