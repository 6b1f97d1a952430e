"""Use cases of single coupons."""

import pytest

from couponry.domain.benefits import Credit
from couponry.domain.coupons import Coupon, CouponAction, CouponStatus
from couponry.domain.errors import Conflict, InvalidValue
from couponry.domain.refusals import Reason, Refused
from couponry.engine.ports import Page
from tests.engine.house import WAIT_SECONDS, House


def act(house: House, typed: str, action: CouponAction, **options: object) -> Coupon | list[Reason]:
    pending = house.engine.coupons.act(house.tenant, typed, action, **options)  # type: ignore[arg-type]
    answer = pending.result(WAIT_SECONDS).answer
    if isinstance(answer, Refused):
        return [refusal.reason for refusal in answer.refusals]
    assert isinstance(answer, Coupon)
    return answer


def status(house: House, typed: str) -> CouponStatus:
    found = house.find(typed)
    assert found is not None
    return found.status


def test_a_minted_coupon_lives_through_its_states(house: House) -> None:
    """Issued, activated, voided, back again, and redeemed once more."""
    batch = house.minted(house.campaign(pattern="LIFE-########"), 1, is_active=False)
    code = house.codes(batch)[0]
    assert status(house, code) is CouponStatus.ISSUED
    act(house, code, CouponAction.ACTIVATE)
    assert status(house, code) is CouponStatus.ACTIVATED
    act(house, code, CouponAction.VOID)
    assert house.redeem(code) == [Reason.VOIDED]
    assert act(house, code, CouponAction.VOID) == [Reason.VOIDED]
    act(house, code, CouponAction.UNVOID)
    house.used(code)


def test_what_is_done_to_a_coupon_reads_back(house: House) -> None:
    """The answer of each step is what the next look finds."""
    house.campaign(code="HELLO")
    assigned = act(house, "HELLO", CouponAction.ASSIGN, customer="Zoë")
    updated = act(house, "HELLO", CouponAction.UPDATE, metadata={"seat": 7, "note": "ü\0"})
    found = house.find("HELLO")
    assert found is not None
    assert isinstance(assigned, Coupon)
    assert found.coupon == updated
    assert (found.coupon.customer, found.coupon.metadata) == ("Zoë", {"seat": 7, "note": "ü\0"})


def test_an_older_version_is_a_conflict(house: House) -> None:
    """Who read an older version does not overwrite a newer one."""
    house.campaign(code="HELLO")
    act(house, "HELLO", CouponAction.VOID, expected_version=1)
    with pytest.raises(Conflict) as refusal:
        act(house, "HELLO", CouponAction.UNVOID, expected_version=1)
    assert refusal.value.code == "version_mismatch"


def test_an_untouched_coupon_is_at_version_nothing(house: House) -> None:
    """The first step on a minted coupon may expect version 0."""
    code = house.codes(house.minted(house.campaign(pattern="LIFE-########"), 1))[0]
    first = act(house, code, CouponAction.ASSIGN, customer="c", expected_version=0)
    assert isinstance(first, Coupon)
    assert first.version == 1


def test_the_first_step_on_a_minted_credit_opens_its_account(house: House) -> None:
    """A coupon that gets a row gets its opening entry, once."""
    code = house.codes(house.minted(house.campaign(Credit(500, "EUR"), pattern="LIFE-########"), 1))[0]
    first = act(house, code, CouponAction.VOID)
    act(house, code, CouponAction.UNVOID)
    assert isinstance(first, Coupon)
    entries = house.engine.coupons.entries(house.tenant, first.coupon_id, Page(10))
    assert [entry.amount_minor for entry in entries] == [500]
    assert house.doctor() == {}


@pytest.mark.parametrize("customer", ["", "x" * 201, "a\0b"])
def test_a_customer_out_of_range_is_refused_at_once(house: House, customer: str) -> None:
    """A wrong customer is refused before the lane."""
    house.campaign(code="HELLO")
    with pytest.raises(InvalidValue):
        house.engine.coupons.act(house.tenant, "HELLO", CouponAction.ASSIGN, customer=customer)


def test_an_unknown_coupon_is_refused(house: House) -> None:
    """Steps on unknown codes are refused by the same reason as everywhere."""
    assert act(house, "NOTHING", CouponAction.VOID) == [Reason.CODE_UNKNOWN]
    assert house.engine.coupons.entries(house.tenant, "cpn_none", Page(10)) == []
