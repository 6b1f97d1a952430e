"""Scopes of keys."""

import pytest

from couponry.domain.errors import InvalidValue
from couponry.domain.tenants import PUBLISHABLE_SCOPES, SCOPES, KeyKind, require_scopes


def test_scopes_are_kept_once_and_in_order() -> None:
    """Repeated scopes count once, in the order of the list."""
    chosen = ("redemptions:write", "campaigns:read", "redemptions:write")
    assert require_scopes(chosen, KeyKind.SECRET) == ("campaigns:read", "redemptions:write")


def test_a_secret_key_may_have_every_scope() -> None:
    """All scopes are open to a tenant's own servers."""
    assert require_scopes(SCOPES, KeyKind.SECRET) == SCOPES


def test_a_publishable_key_may_only_ask() -> None:
    """What a publishable key may do is its short list and nothing else."""
    assert require_scopes(PUBLISHABLE_SCOPES, KeyKind.PUBLISHABLE) == PUBLISHABLE_SCOPES
    for scope in set(SCOPES) - set(PUBLISHABLE_SCOPES):
        with pytest.raises(InvalidValue) as refusal:
            require_scopes((scope,), KeyKind.PUBLISHABLE)
        assert refusal.value.code == "scope_not_for_publishable_key"


@pytest.mark.parametrize(("scopes", "code"), [((), "scopes_missing"), (("everything",), "scope_unknown")])
def test_no_scope_and_unknown_scopes_are_refused(scopes: tuple[str, ...], code: str) -> None:
    """A key needs at least one scope, of those there are."""
    with pytest.raises(InvalidValue) as refusal:
        require_scopes(scopes, KeyKind.SECRET)
    assert refusal.value.code == code
