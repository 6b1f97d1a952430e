from tests.http.server import Tenant


def test_events_tell_what_happened(shop: Tenant) -> None:
    """Each change is an event, newest first, filtered by the beginning of its type."""
    made = shop.post("/v1/redemptions", {"code": shop.code()}).json()
    events = shop.http.get("/v1/events").json()["data"]
    assert events[0]["type"] == "redemption.created"
    assert events[0]["subject"] == made["id"]
    types = {event["type"] for event in events}
    assert {"campaign.created", "batch.minted", "key.created"} <= types
    only = shop.http.get("/v1/events?type=batch.").json()["data"]
    assert [event["type"] for event in only] == ["batch.minted"]


def test_events_hold_no_code(shop: Tenant) -> None:
    """No event gives a code away."""
    code = shop.code()
    shop.post("/v1/redemptions", {"code": code})
    assert code not in shop.http.get("/v1/events").text
