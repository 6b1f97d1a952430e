"""Idempotency: the same request under the same key gets the same answer, another one a conflict."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from couponry.domain.benefits import Access, Credit
from couponry.domain.campaigns import CampaignChange, CampaignDraft, CampaignStatus
from couponry.domain.commands import IdempotencyKey
from couponry.domain.coupons import CouponAction
from couponry.domain.errors import Conflict, InvalidValue
from couponry.domain.redemptions import Redemption
from couponry.domain.tenants import KeyKind
from couponry.domain.world import Outcome
from couponry.engine.idempotency import Done, idempotency_key
from couponry.engine.ports import Page, RedemptionFilter
from tests.engine.house import WAIT_SECONDS, House, house_at, key_of, lines_of
from tests.properties.samples import order_of

Use = Callable[[House, IdempotencyKey], tuple[object, bool]]


def told(answer: Done[Any] | Outcome) -> tuple[object, bool]:
    return (answer.answer if isinstance(answer, Outcome) else answer.value), answer.is_replay


def campaign_id(house: House) -> str:
    return next(c.campaign_id for c in house.engine.campaigns.list(house.tenant, Page(100)) if c.name == "Base")


def redemption_id(house: House) -> str:
    return house.engine.redemptions.list(house.tenant, RedemptionFilter(customer="base"), Page(1))[0].redemption_id


USES: dict[str, Use] = {
    "create a campaign": lambda h, k: told(h.engine.campaigns.create(h.tenant, CampaignDraft("New", Access()), k)),
    "change a campaign": lambda h, k: told(
        h.engine.campaigns.change(h.tenant, campaign_id(h), CampaignChange(metadata={"a": 1}), key=k)
    ),
    "pause a campaign": lambda h, k: told(
        h.engine.campaigns.set_status(h.tenant, campaign_id(h), CampaignStatus.PAUSED, key=k)
    ),
    "mint": lambda h, k: told(h.engine.batches.mint(h.tenant, campaign_id(h), 3, key=k)),
    "import": lambda h, k: told(
        h.engine.imports.run(h.tenant, campaign_id(h), lines_of(["IMP-1", "IMP-1"]), partial=True, key=k)
    ),
    "redeem": lambda h, k: told(
        h.engine.redemptions.redeem(h.tenant, "HELLO", customer="x", order=order_of(3, 4), key=k).result(WAIT_SECONDS)
    ),
    "redeem what is refused": lambda h, k: told(
        h.engine.redemptions.redeem(h.tenant, "HELLO", order=order_of(3, currency="USD"), key=k).result(WAIT_SECONDS)
    ),
    "roll back": lambda h, k: told(
        h.engine.redemptions.roll_back(h.tenant, redemption_id(h), amount_minor=1, key=k).result(WAIT_SECONDS)
    ),
    "void": lambda h, k: told(h.engine.coupons.act(h.tenant, "HELLO", CouponAction.VOID, key=k).result(WAIT_SECONDS)),
}


@pytest.fixture
def furnished(house: House) -> House:
    house.engine.campaigns.create(house.tenant, CampaignDraft("Base", Access(), pattern="BASE-########", guess_floor=1))
    house.campaign(Credit(1000, "EUR"), code="HELLO")
    house.redeem("HELLO", order_of(30), customer="base")
    return house


@pytest.mark.parametrize("name", USES)
def test_the_same_request_gets_the_same_answer(furnished: House, name: str) -> None:
    """The answer is the first one, says that it is repeated, and nothing happens again; also after a restart."""
    key = key_of("k-1", name)
    answer, is_replay = USES[name](furnished, key)
    assert not is_replay
    events = list(furnished.engine.events.list(furnished.tenant, Page(100)))
    assert USES[name](furnished, key) == (answer, True)
    with house_at(furnished.path, furnished.clock) as restarted:
        assert USES[name](restarted, key) == (answer, True)
        assert list(restarted.engine.events.list(restarted.tenant, Page(100))) == events
        assert restarted.doctor() == {}


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("first", ["mint", "redeem"])
def test_another_request_under_a_used_key_is_a_conflict(furnished: House, first: str, name: str) -> None:
    """A key that stands for one request, in the lane or beside it, stands for no other."""
    USES[first](furnished, key_of("k-1", "first"))
    events = list(furnished.engine.events.list(furnished.tenant, Page(100)))
    with pytest.raises(Conflict) as refusal:
        USES[name](furnished, key_of("k-1", "second"))
    assert refusal.value.code == "idempotency_key_reused"
    assert list(furnished.engine.events.list(furnished.tenant, Page(100))) == events


def test_a_replayed_redemption_is_told_as_it_was_made(furnished: House) -> None:
    """Rollbacks since, of the same process or another, do not show."""
    key = key_of("k-1", "redeem")
    answer, _ = USES["redeem"](furnished, key)
    assert isinstance(answer, Redemption)
    furnished.roll_back(answer, 3)
    assert USES["redeem"](furnished, key) == (answer, True)
    furnished.roll_back(answer)
    assert USES["redeem"](furnished, key) == (answer, True)


def test_many_equal_requests_at_once_are_one(furnished: House) -> None:
    """Of fifty callers with one key one redeems, and all get its answer."""
    key = key_of("k-1", "redeem")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: USES["redeem"](furnished, key), range(50)))
    assert len({answer.redemption_id for answer, _ in answers if isinstance(answer, Redemption)}) == 1
    assert sum(not is_replay for _, is_replay in answers) == 1


def test_a_key_belongs_to_its_tenant(furnished: House) -> None:
    """Two tenants may use the same key for what they like."""
    key = key_of("k-1", "x")
    USES["mint"](furnished, key)
    furnished.tenant = furnished.engine.tenants.create("Other").tenant_id
    _, is_replay = USES["create a campaign"](furnished, key)
    assert not is_replay


def test_a_new_key_tells_its_text_once(furnished: House) -> None:
    """A repeated request for a key gets the key without its secret, and no second key is made."""
    keys, key = furnished.engine.keys, key_of("k-1", "key")
    first = keys.create(furnished.tenant, KeyKind.SECRET, "till", key=key)
    second = keys.create(furnished.tenant, KeyKind.SECRET, "till", key=key)
    assert first.value.text is not None
    assert (second.value.key, second.value.text, second.is_replay) == (first.value.key, None, True)
    assert len(keys.list(furnished.tenant)) == 1
    with pytest.raises(Conflict):
        keys.create(furnished.tenant, KeyKind.SECRET, "till", key=key_of("k-1", "another"))


def test_a_failed_request_may_be_sent_again(furnished: House) -> None:
    """A request that raised kept nothing under its key."""
    key = key_of("k-1", "mint")
    with pytest.raises(InvalidValue):
        furnished.engine.batches.mint(furnished.tenant, campaign_id(furnished), 0, key=key)
    with pytest.raises(Conflict):
        furnished.engine.batches.mint(furnished.tenant, campaign_id(furnished), 2**50, key=key)
    assert USES["mint"](furnished, key)[1] is False


@pytest.mark.parametrize("text", ["", "x" * 256, "ü", "a\nb", "a\0"])
def test_a_key_out_of_range_is_refused(text: str) -> None:
    """A key has 1 to 255 printable ASCII characters."""
    with pytest.raises(InvalidValue) as refusal:
        idempotency_key(text, "redeem")
    assert refusal.value.code == "idempotency_key_invalid"


def test_a_fingerprint_tells_requests_apart() -> None:
    """Use case and every part count, the order of names in an object does not."""
    requests: list[tuple[Any, ...]] = [("a",), ("b",), ("a", 1), ("a", "1"), ("a", 1, 2), ("a", [1, 2]), ("a", None)]
    assert len({idempotency_key("k", *request).fingerprint for request in requests}) == len(requests)
    assert key_of("k", {"a": 1, "b": 2}) == key_of("k", {"b": 2, "a": 1})
