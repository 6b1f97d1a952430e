"""The catalogue: codes are read by arithmetic, and what other processes change is noticed."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from couponry.domain.campaigns import CampaignStatus
from couponry.domain.codes import canonical
from couponry.domain.commands import SeriesRef, StoredRef
from couponry.domain.errors import Conflict, InvalidValue
from couponry.domain.ids import series_coupon_id
from couponry.domain.redemptions import Redemption
from couponry.domain.refusals import Reason
from couponry.domain.tenants import KeyKind
from couponry.engine.catalogue import Catalogue
from couponry.engine.imports import ImportRejected
from couponry.engine.keyring import Keyring
from tests.engine.house import MASTER_KEY, WAIT_SECONDS, House, house_at

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@pytest.fixture
def other(house: House) -> Iterator[House]:
    """Open a second engine on the same file, which knows the tenant already."""
    with house_at(house.path, house.clock) as opened:
        opened.find("nothing")
        yield opened


def soon(holds: Callable[[], object]) -> bool:
    """Wait until something holds that another process needs a moment to notice."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def guesses(count: int) -> list[str]:
    draw = random.Random(7)  # noqa: S311  # guesses, not codes
    return ["GUESS-" + "".join(draw.choices(CROCKFORD, k=8)) for _ in range(count)]


def test_wrong_guesses_of_a_series_shape_never_reach_the_database(house: House) -> None:
    """A thousand guesses are refused by arithmetic: the store is not asked once."""
    house.minted(house.campaign(pattern="GUESS-########"), 1000)
    catalogue = Catalogue(house.store, Keyring((MASTER_KEY,)))
    catalogue.of(house.tenant)
    before = house.store.statistics()
    assert [catalogue.resolve(house.tenant, guess) for guess in guesses(1000)] == [None] * 1000
    after = house.store.statistics()
    assert (after.lane_loads, after.writes) == (before.lane_loads, before.writes)
    assert after.reads - before.reads < 10  # the engine's watcher alone


def test_a_thousand_wrong_guesses_load_nothing_into_the_lanes(house: House) -> None:
    """Redeeming, validating and looking up a wrong guess are answered without a transaction."""
    house.minted(house.campaign(pattern="GUESS-########"), 1000)
    before = house.store.statistics().lane_loads
    for guess in guesses(1000):
        assert house.redeem(guess) == [Reason.CODE_UNKNOWN]
        assert house.find(guess) is None
    assert house.store.statistics().lane_loads == before


def test_codes_beyond_the_counter_are_unknown_without_the_database(house: House) -> None:
    """A code that the series will issue one day does not exist before."""
    batch = house.minted(house.campaign(pattern="GUESS-########"), 10)
    catalogue = Catalogue(house.store, Keyring((MASTER_KEY,)))
    assert batch.series_id is not None
    series = catalogue.of(house.tenant).by_id[batch.series_id].series
    before = house.store.statistics().lane_loads
    assert house.redeem(series.encode(10)) == [Reason.CODE_UNKNOWN]
    assert house.redeem(series_coupon_id(batch.series_id, 10)) == [Reason.CODE_UNKNOWN]
    assert house.store.statistics().lane_loads == before
    assert isinstance(house.redeem(series.encode(9)), Redemption)


@pytest.mark.parametrize("index", [10, 2**62, 2**63 - 1, 2**63, 2**64, 2**65 - 1])
def test_an_identifier_past_the_counter_is_unknown(house: House, index: int) -> None:
    """However large the number in an identifier, it names no coupon; adopted codes make no difference."""
    campaign = house.campaign(pattern="GUESS-########", guess_floor=1)
    batch = house.minted(campaign, 10)
    house.imported(campaign, ["GUESS-00000000", "GUESS-00000001"])
    assert batch.series_id is not None
    assert house.redeem(series_coupon_id(batch.series_id, index)) == [Reason.CODE_UNKNOWN]


def test_a_coupon_is_found_by_code_and_by_identifier(house: House) -> None:
    """Both names lead to the same coupon, touched or not."""
    batch = house.minted(house.campaign(pattern="GUESS-########"), 3)
    code = house.codes(batch)[1]
    by_code = house.find(code.lower().replace("-", " "))
    assert by_code is not None
    assert by_code.coupon.code == code
    by_id = house.find(by_code.coupon.coupon_id)
    assert by_id == by_code
    used = house.used(by_code.coupon.coupon_id)
    assert used.coupon_id == by_code.coupon.coupon_id


@pytest.mark.parametrize("code", ["cpn_hello", "cpn_", "cpn_" + "0" * 25])
def test_a_code_of_ones_own_may_not_look_like_an_identifier(house: House, code: str) -> None:
    """What begins as identifiers do is neither imported nor made a static code, so that each text means one thing."""
    with pytest.raises(ImportRejected) as rejected:
        house.imported(house.campaign(guess_floor=1), [code])
    assert [bad.reason for bad in rejected.value.bad_lines] == ["code_reserved"]
    with pytest.raises(InvalidValue) as refusal:
        house.campaign(code=code)
    assert refusal.value.code == "code_reserved"


@pytest.mark.parametrize("typed", ["", " ", "-", "x" * 129, "\0", "\ud800", "A\x1bB"])
def test_a_text_that_is_no_code_is_unknown(house: House, typed: str) -> None:
    """What cannot be a code is refused without an error and without the database."""
    before = house.store.statistics().lane_loads
    assert house.redeem(typed) == [Reason.CODE_UNKNOWN]
    assert house.store.statistics().lane_loads == before


def test_another_tenants_code_is_unknown(house: House) -> None:
    """A code belongs to one tenant, by code and by identifier."""
    batch = house.minted(house.campaign(pattern="GUESS-########"), 3)
    code = house.codes(batch)[0]
    found = house.find(code)
    assert found is not None
    house.tenant = house.engine.tenants.create("Other").tenant_id
    assert house.redeem(code) == [Reason.CODE_UNKNOWN]
    assert house.redeem(found.coupon.coupon_id) == [Reason.CODE_UNKNOWN]


def test_a_batch_of_another_process_is_seen(house: House, other: House) -> None:
    """Codes that one engine mints are good at the other a moment later."""
    campaign = house.campaign(pattern="GUESS-########")
    first = house.codes(house.minted(campaign, 3))
    assert soon(lambda: other.find(first[0]))
    second = house.codes(house.minted(campaign, 3))
    assert soon(lambda: other.find(second[2]))
    assert isinstance(other.redeem(second[2]), Redemption)


def test_a_batch_of_another_process_can_be_read_at_once(house: House, other: House) -> None:
    """Reading a batch by its identifier does not wait for the catalogue, even where its series is new."""
    batch = house.minted(house.campaign(pattern="GUESS-########"), 3)
    assert other.codes(batch) == house.codes(batch)


def test_an_import_of_another_process_is_seen(house: House, other: House) -> None:
    """Codes that fit a series and were imported elsewhere are good a moment later."""
    campaign = house.campaign(pattern="GUESS-########", guess_floor=1)
    house.minted(campaign, 3)
    house.imported(campaign, ["GUESS-00000000"])
    assert soon(lambda: other.find("guess 0000 0000"))


def test_a_key_revoked_by_another_process_is_refused(house: House, other: House) -> None:
    """A revoked key works nowhere a moment later."""
    made = house.engine.keys.create(house.tenant, KeyKind.SECRET, "till").value
    assert made.text is not None
    text = made.text
    assert other.engine.keys.authenticate(text) is not None
    house.engine.keys.revoke(house.tenant, made.key.key_id)
    assert house.engine.keys.authenticate(text) is None
    assert soon(lambda: other.engine.keys.authenticate(text) is None)


def test_a_pause_is_honoured_at_once_by_the_other_process(house: House, other: House) -> None:
    """The very next redemption is refused, without waiting for the catalogue, and works again once resumed."""
    campaign = house.campaign(code="HELLO")
    assert isinstance(other.redeem("HELLO"), Redemption)
    for status, reason in (
        (CampaignStatus.PAUSED, Reason.CAMPAIGN_PAUSED),
        (CampaignStatus.ACTIVE, None),
        (CampaignStatus.ARCHIVED, Reason.CAMPAIGN_ARCHIVED),
    ):
        house.engine.campaigns.set_status(house.tenant, campaign.campaign_id, status)
        answer = other.redeem("HELLO")
        assert isinstance(answer, Redemption) if reason is None else answer == [reason]


def test_a_new_series_adopts_the_codes_that_fit_it(house: House) -> None:
    """Stored codes of a pattern's shape stay good and are never minted."""
    old = house.campaign(guess_floor=1)
    imported = [f"OLD-{number:020b}" for number in range(500)]
    house.imported(old, imported)
    campaign = house.campaign(pattern="OLD-####################", alphabet="custom:01", guess_floor=1)
    minted = house.codes(house.minted(campaign, 2**20 - 500))
    assert set(minted).isdisjoint(imported)
    assert len(set(minted)) == 2**20 - 500
    for code in imported[::100]:
        found = house.find(code)
        assert found is not None
        assert found.campaign.campaign_id == old.campaign_id


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("SALE-########", "crockford32"), ("SA1E-########", "crockford32")),
        (("SALE-########", "crockford32"), ("sale ########", "digits")),
        (("SALE-########", "crockford32"), ("############", "upper_alphanumeric")),
        (("SALE-########", "crockford32"), ("SAL#-########", "crockford32")),
        (("SALE-########", "crockford32"), ("SALE-########", "digits")),
    ],
)
def test_patterns_that_read_the_same_are_refused(house: House, first: tuple[str, str], second: tuple[str, str]) -> None:
    """Two series never share a text, look-alikes included."""
    house.campaign(pattern=first[0], alphabet=first[1])
    with pytest.raises(Conflict) as refusal:
        house.campaign(pattern=second[0], alphabet=second[1])
    assert refusal.value.code == "pattern_overlaps"


def test_the_same_pattern_shares_a_series(house: House) -> None:
    """Two campaigns of one shape mint from one counter, and each code knows its campaign."""
    one, two = house.campaign(pattern="SAME-########"), house.campaign(pattern="SAME-########")
    assert one.series_id == two.series_id
    codes = {}
    for campaign in (one, two, one):
        codes.update(dict.fromkeys(house.codes(house.minted(campaign, 50)), campaign.campaign_id))
    assert len(codes) == 150
    for code, campaign_id in codes.items():
        found = house.find(code)
        assert found is not None
        assert found.campaign.campaign_id == campaign_id


def test_old_series_stay_readable_after_the_master_key_changes(tmp_path: Path) -> None:
    """A new current key makes new series; those of the old one keep decoding."""
    with house_at(tmp_path / "house.db") as house:
        code = house.codes(house.minted(house.campaign(pattern="OLD-########"), 1))[0]
    with house_at(tmp_path / "house.db", keys=(MASTER_KEY, b"\x07" * 32)) as house:
        assert house.find(code) is not None
        new = house.codes(house.minted(house.campaign(pattern="NEW-########"), 1))[0]
        assert house.find(new) is not None
        assert house.doctor() == {}


def test_a_text_is_resolved_to_a_place_or_a_row(house: House) -> None:
    """Minted codes need no row, other texts are looked for by their canonical form."""
    code = house.codes(house.minted(house.campaign(pattern="GUESS-########"), 1))[0]
    catalogue = Catalogue(house.store, Keyring((MASTER_KEY,)))
    assert isinstance(catalogue.resolve(house.tenant, code), SeriesRef)
    assert catalogue.resolve(house.tenant, "some thing") == StoredRef(canonical("some thing"))
