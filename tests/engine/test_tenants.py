"""Tenants: made, found, listed."""

import pytest

from couponry.domain.errors import InvalidValue, NotFound
from tests.engine.house import House


def test_a_tenant_reads_back_as_it_was_made(house: House) -> None:
    """By identifier, by name and in the list, oldest first."""
    tenants = house.engine.tenants
    child = tenants.create("Child", is_sandbox=True, parent_id=house.tenant)
    assert tenants.get(child.tenant_id) == tenants.named("Child") == child
    assert [tenant.name for tenant in tenants.list()] == ["Shop", "Child"]
    assert tenants.named("Nobody") is None


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "name_out_of_range"), ("  ", "name_out_of_range"), ("x" * 101, "name_out_of_range"), ("Shop", "name_taken"),
     ("a\0", "text_not_storable")],
)  # fmt: skip
def test_a_wrong_name_is_refused(house: House, name: str, code: str) -> None:
    """A name has something to read, fits, and is not taken."""
    with pytest.raises(InvalidValue) as refusal:
        house.engine.tenants.create(name)
    assert refusal.value.code == code
    assert len(house.engine.tenants.list()) == 1


def test_an_unknown_tenant_is_not_found(house: House) -> None:
    """Neither as itself nor as a parent."""
    with pytest.raises(NotFound):
        house.engine.tenants.get("ten_none")
    with pytest.raises(NotFound):
        house.engine.tenants.create("Child", parent_id="ten_none")
