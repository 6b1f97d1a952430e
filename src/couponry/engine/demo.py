"""The demo tenant: something to try at once, the same at every start of one installation."""

from msgspec import Struct

from couponry.domain.benefits import Amount, Benefit, Credit, Percent
from couponry.domain.campaigns import Campaign, CampaignDraft, Limits, default_max_redemptions_per_coupon
from couponry.domain.commands import IdempotencyKey
from couponry.domain.errors import InvalidValue
from couponry.domain.ids import to_base32
from couponry.domain.tenants import KeyKind, Tenant
from couponry.engine.engine import Engine
from couponry.engine.idempotency import idempotency_key
from couponry.engine.keyring import Keyring
from couponry.engine.keys import key_text
from couponry.engine.ports import Page

TENANT_NAME = "Demo"
_MARK = "demo"
_KEY_SYMBOLS = 32


class Demo(Struct, frozen=True):
    """The demo tenant with its keys and campaigns (by their role in the walk-through)."""

    tenant: Tenant
    api_key: str
    publishable_key: str
    campaigns: dict[str, Campaign]


def seed_demo(engine: Engine, keyring: Keyring) -> Demo:
    """Make what is missing of the demo tenant.

    Args:
        engine: the house.
        keyring: its keys derive from here, so that they need not be stored.

    Returns:
        the demo tenant, the same at each call.
    """
    tenant = engine.tenants.named(TENANT_NAME) or _make_tenant(engine)
    present = {
        str(campaign.metadata[_MARK]): campaign
        for campaign in reversed(engine.campaigns.list(tenant.tenant_id, Page(1_000)))
        if _MARK in campaign.metadata
    }
    for role, draft in _drafts().items():
        if role not in present:
            present[role] = engine.campaigns.create(tenant.tenant_id, draft, _key_of(role)).value
    return Demo(
        tenant=tenant,
        api_key=_key(engine, keyring, tenant, KeyKind.SECRET),
        publishable_key=_key(engine, keyring, tenant, KeyKind.PUBLISHABLE),
        campaigns={role: present[role] for role in _drafts()},
    )


def _make_tenant(engine: Engine) -> Tenant:
    """Make the tenant, or find it when another process was first."""
    try:
        return engine.tenants.create(TENANT_NAME, is_sandbox=True)
    except InvalidValue:
        tenant = engine.tenants.named(TENANT_NAME)
        if tenant is None:
            raise
        return tenant


def _key_of(part: str) -> IdempotencyKey:
    """Name a part of the demo, so that of two processes that make it at once the second finds what the first made.

    So are parts that a page of campaigns does not show: archived ones, and those of a tenant with very many.
    """
    return idempotency_key(f"couponry demo {part}", "demo", part)


def _key(engine: Engine, keyring: Keyring, tenant: Tenant, kind: KeyKind) -> str:
    secret = int.from_bytes(keyring.demo_secret(f"{tenant.tenant_id} {kind}"))
    text = key_text(tenant, kind, to_base32(secret, _KEY_SYMBOLS))
    if engine.keys.authenticate(text) is None:
        engine.keys.create(tenant.tenant_id, kind, f"demo {kind}", key=_key_of(f"{kind} key"), text=text)
    return text


def _drafts() -> dict[str, CampaignDraft]:
    return {
        "percent": _draft("percent", "15 percent off", Percent("15", 2000, "EUR"), pattern="DEMO-####-####-####"),
        "static": _draft("static", "Welcome", Percent("10"), code="WELCOME10"),
        "credit": _draft("credit", "Gift card", Credit(5000, "EUR"), pattern="GIFT-####-####-####"),
        "capped": _draft("capped", "The first ten", Amount(500, "EUR"), code="FIRST10", max_redemptions=10),
    }


def _draft(
    role: str,
    name: str,
    benefit: Benefit,
    *,
    pattern: str | None = None,
    code: str | None = None,
    max_redemptions: int | None = None,
) -> CampaignDraft:
    return CampaignDraft(
        name=name,
        benefit=benefit,
        limits=Limits(
            max_redemptions=max_redemptions,
            max_redemptions_per_coupon=default_max_redemptions_per_coupon(benefit, code),
        ),
        pattern=pattern,
        code=code,
        metadata={_MARK: role},
    )
