"""Coupons with a code of their own."""

from msgspec.structs import replace

from couponry.engine.ports import Store
from tests.properties.samples import TENANT
from tests.storage.samples import OTHER, loading_batch, stored_coupon


def test_codes_are_listed_in_order_of_coupon(store: Store) -> None:
    """A batch's codes come as written, in order of coupon, past a coupon and so many at a time."""
    with store.write() as writer:
        writer.insert_coupons([stored_coupon(code) for code in ("C3", "A1", "B2")])
        writer.insert_coupons([stored_coupon("E15E", batch_id="bat_else")])
    with store.read() as reader:
        assert list(reader.stored_codes(TENANT, "bat_1", None, 2)) == [("cpn_A1", "a1"), ("cpn_B2", "b2")]
        assert list(reader.stored_codes(TENANT, "bat_1", "cpn_B2", 2)) == [("cpn_C3", "c3")]
        assert list(reader.stored_codes(TENANT, "bat_1", "cpn_C3", 2)) == []


def test_codes_are_listed_by_length(store: Store) -> None:
    """A tenant's codes of one canonical length come from all batches, in order of coupon, past a coupon."""
    with store.write() as writer:
        writer.insert_coupons([stored_coupon("A1"), stored_coupon("B22", batch_id="bat_else")])
        writer.insert_coupons([stored_coupon("C33"), stored_coupon("ÜÜÜ"), stored_coupon("D444")])
    with store.read() as reader:
        assert list(reader.codes_of_length(TENANT, 3, None, 2)) == [("cpn_B22", "b22"), ("cpn_C33", "c33")]
        assert list(reader.codes_of_length(TENANT, 3, "cpn_C33", 2)) == [("cpn_ÜÜÜ", "üüü")]
        assert list(reader.codes_of_length(TENANT, 5, None, 2)) == []


def test_existing_code_is_left_out_and_named(store: Store) -> None:
    """A canonical form that the tenant has already, still loading or given twice, is left out and told."""
    with store.write() as writer:
        writer.insert_batch(loading_batch())
        writer.insert_coupons([stored_coupon("A1", batch_id="bat_loading")])
    again = [replace(stored_coupon(code), coupon_id=f"cpn_again_{code}") for code in ("A1", "C3")]
    with store.write() as writer:
        left_out = writer.insert_coupons([stored_coupon("B2"), stored_coupon("C3"), *again])
    assert sorted(left_out) == ["A1", "C3"]
    with store.read() as reader:
        assert reader.existing_canonicals(TENANT, ["A1", "B2", "C3", "D4"]) == {"A1", "B2", "C3"}
        assert list(reader.stored_codes(TENANT, "bat_1", None, 10)) == [("cpn_B2", "b2"), ("cpn_C3", "c3")]


def test_same_code_of_another_tenant_is_no_duplicate(store: Store) -> None:
    """Two tenants may have the same code."""
    with store.write() as writer:
        assert list(writer.insert_coupons([stored_coupon("A1"), stored_coupon("A1", tenant_id=OTHER)])) == []
    with store.read() as reader:
        assert reader.existing_canonicals(OTHER, ["A1"]) == {"A1"}


def test_many_codes_are_stored_and_found_at_once(store: Store) -> None:
    """Ten thousand codes are stored by one call and found by one call."""
    codes = [f"C0DE{number:05}" for number in range(10_000)]
    with store.write() as writer:
        assert list(writer.insert_coupons([stored_coupon(code) for code in codes])) == []
        assert list(writer.insert_coupons([])) == []
    with store.read() as reader:
        assert reader.existing_canonicals(TENANT, [*codes, "M1551NG"]) == set(codes)
        assert reader.existing_canonicals(TENANT, []) == set()
        assert len(reader.stored_codes(TENANT, "bat_1", None, 20_000)) == len(codes)
