"""The demo tenant as programs read it, and what to paste to try it."""

import json
from typing import Any

from couponry.bootstrap import open_keyring
from couponry.config import Config
from couponry.engine.demo import Demo, seed_demo
from couponry.engine.engine import Engine

Facts = dict[str, Any]


def demo_facts(engine: Engine, config: Config) -> Facts:
    """Make the demo tenant where it is missing, and give all that a walk-through needs."""
    demo = seed_demo(engine, open_keyring(config))
    return {
        "base_url": config.base_url,
        "tenant": demo.tenant.tenant_id,
        "api_key": demo.api_key,
        "publishable_key": demo.publishable_key,
        "campaigns": {role: _reference(demo, role) for role in demo.campaigns},
    }


def fact_lines(facts: Facts) -> list[tuple[str, str]]:
    """Give the same for people."""
    campaigns = [
        (f"campaign {role}", f"{found['id']} (code {found['code']})" if isinstance(found, dict) else found)
        for role, found in facts["campaigns"].items()
    ]
    return [
        ("demo tenant", facts["tenant"]),
        ("API key", facts["api_key"]),
        ("publishable key", facts["publishable_key"]),
        *campaigns,
    ]


def curl_lines(facts: Facts) -> dict[str, str]:
    """Write a line to paste for each step of the walk-through."""
    order = {"currency": "EUR", "lines": [{"product": "sku-1", "quantity": 2, "unit_amount": 1250}]}
    used = {"code": facts["campaigns"]["static"]["code"], "order": order}
    return {
        "mint five codes": _curl(facts, f"/v1/campaigns/{facts['campaigns']['percent']}/batches", {"count": 5}),
        "validate a code": _curl(facts, "/v1/validations", used),
        "redeem it": _curl(facts, "/v1/redemptions", used),
    }


def _reference(demo: Demo, role: str) -> str | dict[str, str]:
    campaign = demo.campaigns[role]
    if campaign.static_code is None:
        return campaign.campaign_id
    return {"id": campaign.campaign_id, "code": campaign.static_code}


def _curl(facts: Facts, path: str, body: object) -> str:
    return (
        f"curl -sS {facts['base_url']}{path} -H 'Authorization: Bearer {facts['api_key']}' "
        f"-H 'Content-Type: application/json' -d '{json.dumps(body)}'"
    )
