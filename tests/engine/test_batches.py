"""Batches: minting, reading, and the manifest."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from couponry.domain.batches import BatchKind
from couponry.domain.campaigns import CampaignStatus, Limits
from couponry.domain.codes import canonical
from couponry.domain.errors import Conflict, InvalidValue, NotFound
from couponry.domain.redemptions import Redemption
from couponry.domain.refusals import Reason
from couponry.engine.catalogue import Catalogue
from couponry.engine.keyring import Keyring
from couponry.engine.ports import Page
from tests.engine.house import MASTER_KEY, House, house_at, key_of

BITS: dict[str, Any] = {"pattern": "B-####################", "alphabet": "custom:01", "guess_floor": 1}
SPACE = 2**20


def conflict_of(house: House, campaign_id: str, count: int) -> Conflict:
    with pytest.raises(Conflict) as refusal:
        house.engine.batches.mint(house.tenant, campaign_id, count)
    return refusal.value


def test_minting_goes_on_where_it_stopped(house: House) -> None:
    """The second batch begins where the first ends, and no code comes twice."""
    campaign = house.campaign(pattern="MINT-########")
    first, second = house.minted(campaign, 100), house.minted(campaign, 50)
    assert (first.first_index, first.end_index, second.first_index, second.end_index) == (0, 100, 100, 150)
    assert len({*house.codes(first), *house.codes(second)}) == 150


def test_a_huge_batch_is_one_row(house: House) -> None:
    """A billion codes are minted at once, and the last of them is good."""
    campaign = house.campaign(pattern="HUGE-####-####-####")
    batch = house.minted(campaign, 10**9)
    last = house.codes(batch, offset=10**9 - 1)
    assert len(last) == 1
    assert isinstance(house.redeem(last[0]), Redemption)


def test_two_threads_never_mint_the_same_code(house: House) -> None:
    """Batches minted at once own ranges of their own."""
    campaign = house.campaign(pattern="MINT-########")
    with ThreadPoolExecutor(8) as pool:
        batches = list(pool.map(lambda _: house.minted(campaign, 10), range(40)))
    assert len({code for batch in batches for code in house.codes(batch)}) == 400
    assert house.engine.campaigns.statistics(house.tenant, campaign.campaign_id).statistics.issued_count == 400


@pytest.mark.parametrize("count", [0, -1, 2**62 + 1])
def test_a_count_out_of_range_is_refused(house: House, count: int) -> None:
    """No codes and more than there can be are refused."""
    campaign = house.campaign(pattern="MINT-########")
    with pytest.raises(InvalidValue) as refusal:
        house.engine.batches.mint(house.tenant, campaign.campaign_id, count)
    assert refusal.value.code == "count_out_of_range"


def test_a_code_space_is_exhausted_to_the_last_code(house: House) -> None:
    """All codes of a space can be minted, and then not one more."""
    campaign = house.campaign(**BITS)
    codes = house.codes(house.minted(campaign, SPACE))
    assert len(set(codes)) == SPACE
    conflict = conflict_of(house, campaign.campaign_id, 1)
    assert (conflict.code, conflict.values["available"]) == ("code_space_exhausted", 0)


def test_a_floor_is_enforced_with_the_numbers(house: House) -> None:
    """The conflict names the guesses, the floor and how many codes would keep it; exactly so many can be minted."""
    campaign = house.campaign(pattern="####-###", alphabet="digits")
    conflict = conflict_of(house, campaign.campaign_id, 11)
    assert conflict.code == "guess_resistance_too_low"
    assert conflict.values == {"expected_guesses": 909_090, "guess_floor": 10**6, "max_count": 10}
    house.minted(campaign, 10)
    assert conflict_of(house, campaign.campaign_id, 1).values["max_count"] == 0


def test_a_floor_counts_the_codes_of_all_campaigns_of_a_shape(house: House) -> None:
    """What a guesser may hit is every code of the shape, whichever campaign has it."""
    shape: dict[str, Any] = {"pattern": "####-###", "alphabet": "digits"}
    house.minted(house.campaign(**shape), 6)
    assert conflict_of(house, house.campaign(**shape).campaign_id, 5).values["max_count"] == 4


def test_a_limit_on_issued_coupons_is_exact(house: House) -> None:
    """A campaign issues as many coupons as it says."""
    campaign = house.campaign(limits=Limits(max_issued=5), pattern="MINT-########")
    house.minted(campaign, 3)
    conflict = conflict_of(house, campaign.campaign_id, 3)
    assert (conflict.code, conflict.values) == ("limit_reached", {"limit": "max_issued", "max": 5, "used": 3})
    house.minted(campaign, 2)


def test_only_a_living_campaign_with_a_pattern_mints(house: House) -> None:
    """Archived campaigns and those without a pattern are told so."""
    assert conflict_of(house, house.campaign().campaign_id, 1).code == "campaign_without_pattern"
    campaign = house.campaign(pattern="MINT-########")
    house.engine.campaigns.set_status(house.tenant, campaign.campaign_id, CampaignStatus.ARCHIVED)
    assert conflict_of(house, campaign.campaign_id, 1).code == "campaign_archived"
    with pytest.raises(NotFound):
        house.engine.batches.mint(house.tenant, "cmp_none", 1)


def test_an_inactive_batch_waits_for_activation(house: House) -> None:
    """Coupons of an inactive batch are refused until they are activated."""
    batch = house.minted(house.campaign(pattern="MINT-########"), 1, is_active=False)
    assert house.redeem(house.codes(batch)[0]) == [Reason.NOT_ACTIVATED]


def taken_and_minted(house: House) -> tuple[list[str], list[str], str]:
    """Adopt codes scattered over a series ahead of its counter, then mint over them."""
    campaign = house.campaign(**BITS)
    house.minted(campaign, 1)
    assert campaign.series_id is not None
    series = Catalogue(house.store, Keyring((MASTER_KEY,))).of(house.tenant).by_id[campaign.series_id].series
    taken = {1, 2, 3, 7, 20, 21, 49, 60, 61, 999}
    house.imported(house.campaign(guess_floor=1), [series.encode(index) for index in sorted(taken)])
    batch = house.minted(campaign, 50)
    expected = [series.encode(index) for index in range(1, 200) if index not in taken][:50]
    return house.codes(batch), expected, batch.batch_id


def test_minting_steps_over_taken_indices(house: House) -> None:
    """A batch holds its count of free codes, in order of index."""
    codes, expected, _ = taken_and_minted(house)
    assert codes == expected


def test_every_part_of_a_batch_is_a_part_of_the_whole(house: House) -> None:
    """Offset and limit cut the same list at every place, taken indices or not."""
    _, expected, batch_id = taken_and_minted(house)
    batch = house.engine.batches.get(house.tenant, batch_id)
    for offset in range(51):
        assert house.codes(batch, offset=offset) == expected[offset:]
        assert house.codes(batch, offset=offset, limit=7) == expected[offset : offset + 7]


def test_a_batch_over_taken_indices_is_followed_by_the_next(house: House) -> None:
    """The next batch begins past the last, and its codes are new."""
    codes, _, batch_id = taken_and_minted(house)
    batch = house.engine.batches.get(house.tenant, batch_id)
    campaign = house.engine.campaigns.get(house.tenant, batch.campaign_id)
    later = house.minted(campaign, 100)
    assert later.first_index == batch.end_index
    assert set(house.codes(later)).isdisjoint(codes)
    assert all(house.find(code) is not None for code in house.codes(later))


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"offset": -1}, "offset_out_of_range"),
        ({"offset": 4}, "offset_out_of_range"),
        ({"limit": 0}, "limit_out_of_range"),
        ({"limit": -1}, "limit_out_of_range"),
    ],
)
@pytest.mark.parametrize("pattern", ["MINT-########", "M-##"])
def test_a_part_out_of_range_is_refused(house: House, pattern: str, part: dict[str, int], code: str) -> None:
    """A part begins within the batch and has at least one code."""
    batch = house.minted(house.campaign(pattern=pattern, guess_floor=1), 3)
    with pytest.raises(InvalidValue) as refusal:
        house.codes(batch, **part)
    assert refusal.value.code == code


@pytest.mark.parametrize("pattern", ["MINT-########", "M-###"])
def test_a_manifest_is_the_digest_of_what_is_read(house: House, pattern: str) -> None:
    """Count and SHA-256 are those of the codes as they are exported, for the whole and for parts."""
    batch = house.minted(house.campaign(pattern=pattern, guess_floor=1), 3000)
    for part in ({}, {"offset": 10}, {"offset": 10, "limit": 5}, {"offset": 3000}):
        text = "".join(f"{code}\n" for code in house.codes(batch, **part))
        manifest = house.engine.batches.manifest(house.tenant, batch.batch_id, **part)
        assert (manifest.count, manifest.offset) == (text.count("\n"), part.get("offset", 0))
        assert manifest.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_a_manifest_has_its_bound(house: House) -> None:
    """A manifest that would take minutes is refused before it begins."""
    batch = house.minted(house.campaign(pattern="MINT-####-####-####"), 10**9)
    with pytest.raises(InvalidValue) as refusal:
        house.engine.batches.manifest(house.tenant, batch.batch_id)
    assert refusal.value.code == "manifest_too_long"
    assert house.engine.batches.manifest(house.tenant, batch.batch_id, limit=5).count == 5


def test_a_small_space_is_drawn_at_random_and_stored(house: House) -> None:
    """A space below a million is no series; its codes are distinct, stored, and found however typed."""
    campaign = house.campaign(pattern="TINY-###", guess_floor=1)
    assert campaign.series_id is None
    batch = house.minted(campaign, 2500)
    codes = house.codes(batch)
    assert batch.kind is BatchKind.RANDOM
    assert len(set(codes)) == batch.count == 2500
    assert codes != sorted(codes)
    assert house.used(codes[0].lower().replace("-", "")).campaign_id == campaign.campaign_id
    assert len({*codes, *house.codes(house.minted(campaign, 2500))}) == 5000


def test_a_small_space_is_exhausted_to_the_last_code(house: House) -> None:
    """All codes of a small space can be drawn, then none."""
    campaign = house.campaign(pattern="T#", guess_floor=1)
    house.minted(campaign, 30)
    conflict = conflict_of(house, campaign.campaign_id, 3)
    assert (conflict.code, conflict.values["available"]) == ("code_space_exhausted", 2)
    house.minted(campaign, 2)
    assert house.engine.campaigns.statistics(house.tenant, campaign.campaign_id).statistics.issued_count == 32


def test_a_small_space_is_below_the_default_floor(house: House) -> None:
    """Without a lowered floor a small space mints nothing, and says why."""
    conflict = conflict_of(house, house.campaign(pattern="TINY-###").campaign_id, 1)
    assert (conflict.code, conflict.values["max_count"]) == ("guess_resistance_too_low", 0)


def test_a_small_space_with_look_alikes_holds_what_can_be_told_apart(house: House) -> None:
    """O and 0 read the same, so that codes which differ by no more are one code, and all of them can be drawn."""
    campaign = house.campaign(pattern="T-##", alphabet="upper_alphanumeric", guess_floor=1)
    batch = house.minted(campaign, 33 * 33)
    assert len({canonical(code) for code in house.codes(batch)}) == 33 * 33
    conflict = conflict_of(house, campaign.campaign_id, 1)
    assert (conflict.code, conflict.values["capacity"]) == ("code_space_exhausted", 33 * 33)


def test_a_small_space_never_draws_what_a_series_has_minted(house: House) -> None:
    """Where a series covers a small space that was there before, no code exists twice."""
    small = house.campaign(pattern="B-0000000000##########", alphabet="custom:01", guess_floor=1)
    series = house.campaign(**BITS)
    minted = set(house.codes(house.minted(series, SPACE // 2)))
    drawn = house.codes(house.minted(small, 200))
    assert minted.isdisjoint(drawn)
    for code in drawn:
        found = house.find(code)
        assert found is not None
        assert found.campaign.campaign_id == small.campaign_id
    rest = set(house.codes(house.minted(series, SPACE // 2 - 200)))
    assert rest.isdisjoint(drawn)
    conflict = conflict_of(house, small.campaign_id, 1)
    assert (conflict.code, conflict.values["available"]) == ("code_space_exhausted", 0)


def test_two_draws_at_once_under_one_key_are_one(house: House) -> None:
    """A request that another process has answered meanwhile gets that answer, and nothing of its own stays."""
    campaign = house.campaign(pattern="TINY-###", guess_floor=1)
    key = key_of("k", 1)
    inner = []
    with house_at(house.path, house.clock) as other:
        house.clock.at_look(5, lambda: inner.append(other.minted(campaign, 3, key=key)))
        outer = house.engine.batches.mint(house.tenant, campaign.campaign_id, 3, key=key)
    assert outer.is_replay
    assert inner == [outer.value]
    assert house.engine.batches.list(house.tenant, campaign.campaign_id, Page(10)) == inner
    assert house.engine.campaigns.statistics(house.tenant, campaign.campaign_id).statistics.issued_count == 3


def test_batches_are_listed_newest_first(house: House) -> None:
    """A campaign's batches come newest first, page by page; another campaign is not found."""
    campaign = house.campaign(pattern="MINT-########")
    made = [house.minted(campaign, 1) for _ in range(3)]
    batches = house.engine.batches
    first = batches.list(house.tenant, campaign.campaign_id, Page(2))
    assert list(first) == made[:0:-1]
    assert list(batches.list(house.tenant, campaign.campaign_id, Page(2, first[-1].batch_id))) == made[:1]
    with pytest.raises(NotFound):
        batches.list(house.tenant, "cmp_none", Page(2))


def test_another_tenants_batch_is_not_found(house: House) -> None:
    """Another tenant's batch answers as one that does not exist."""
    batch = house.minted(house.campaign(pattern="MINT-########"), 1)
    house.tenant = house.engine.tenants.create("Other").tenant_id
    with pytest.raises(NotFound) as foreign:
        house.codes(batch)
    assert foreign.value.message == f"No batch '{batch.batch_id}'."
