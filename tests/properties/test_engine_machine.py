"""The whole engine on real SQLite against a naive model: plain dictionaries, written without a look at the domain.

`COUPONRY_TEST_PROFILE=thorough` plays many more and longer games.
"""

import os
import shutil
from collections import Counter
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from couponry.domain.benefits import Access, Amount, Benefit, Credit, Percent
from couponry.domain.campaigns import CampaignChange, CampaignStatus, Limits
from couponry.domain.commands import IdempotencyKey
from couponry.domain.coupons import Coupon, CouponAction
from couponry.domain.errors import Conflict
from couponry.domain.orders import Order, OrderLine
from couponry.domain.redemptions import Redemption, Rollback
from couponry.domain.refusals import Refused
from couponry.domain.validations import Validation
from couponry.engine.ports import Page
from tests.engine.house import WAIT_SECONDS, House, house_at, key_of

IS_THOROUGH = os.environ.get("COUPONRY_TEST_PROFILE") == "thorough"
MAX_CAMPAIGNS = 6
KINDS = ("series", "small", "static", "lists")
Record = dict[str, Any]
Step = tuple[Any, ...]
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

picks = st.integers(0, 10**6)
benefits: st.SearchStrategy[Benefit] = st.one_of(
    st.sampled_from(["1", "15", "33.3333", "100"]).map(Percent),
    st.just(Percent("50", 300, "EUR")),
    st.integers(1, 2000).map(lambda amount: Amount(amount, "EUR")),
    st.integers(1, 2000).map(lambda amount: Credit(amount, "EUR")),
    st.just(Access()),
)
limits = st.one_of(st.none(), st.integers(1, 4))
prices = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 900)), min_size=1, max_size=3)
orders = st.one_of(
    st.none(),
    st.builds(
        lambda lines, currency: Order(currency, tuple(OrderLine(*line) for line in lines)),
        prices,
        st.sampled_from(["EUR", "EUR", "EUR", "USD"]),
    ),
)
slips = st.sampled_from(["", "lower", "bare", "blanks", "letters", "wide"])


office_steps: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("create_campaign"), benefits, limits, limits, st.sampled_from(KINDS)),
    st.tuples(st.just("mint"), picks, st.integers(1, 4), st.booleans()),
    st.tuples(st.just("import_codes"), picks, st.integers(1, 3), st.booleans(), st.booleans()),
    st.tuples(
        st.just("set_status"), picks, st.sampled_from(["paused", "active", "paused", "active", "active", "archived"])
    ),
    st.tuples(st.just("change_cap"), picks, limits),
    st.tuples(st.just("restart")),
)
redeeming = st.tuples(st.just("redeem"), picks, slips, orders, st.booleans())
rolling_back = st.tuples(
    st.just("roll_back"), picks, st.one_of(st.none(), st.integers(1, 60), st.integers(1, 900)), st.booleans()
)
customer_steps: st.SearchStrategy[Step] = st.one_of(
    redeeming,
    redeeming,
    rolling_back,
    st.tuples(st.just("act"), picks, slips, st.sampled_from(CouponAction), st.sampled_from([None, "c-1", "c-2"])),
    st.tuples(st.just("guess"), st.text(CROCKFORD, min_size=8, max_size=8), st.sampled_from(["S0", "S1", "X"])),
    st.tuples(st.just("repeat"), picks),
)
all_steps = st.one_of(customer_steps, customer_steps, office_steps)


def typed(code: str, slip: str) -> str:
    """Type a code as people do."""
    if slip == "lower":
        return f" {code.lower()}\n"
    if slip == "bare":
        return code.replace("-", "")
    if slip == "blanks":
        return " ".join(code.replace("-", "\u2013"))
    if slip == "letters":
        return code.replace("0", "o").replace("1", "l")
    if slip == "wide":
        return "".join(chr(ord(character) + 0xFEE0) if character.isalnum() else character for character in code)
    return code


def naive_discount(benefit: Benefit, total: int, balance: int) -> int:
    """Compute a discount the way one would on paper."""
    if isinstance(benefit, Percent):
        whole, _, decimals = benefit.percent_off.partition(".")
        share, scale = int(whole + decimals), 100 * int("1" + "0" * len(decimals))
        off = total * share // scale
        if 2 * (total * share - off * scale) >= scale:
            off += 1
        return off if benefit.max_amount_minor is None else min(off, benefit.max_amount_minor)
    if isinstance(benefit, Amount):
        return min(benefit.amount_off_minor, total)
    return min(balance, total) if isinstance(benefit, Credit) else total


class EngineMachine(RuleBasedStateMachine):
    """Plays a shop's day against the engine and against dictionaries, and compares the books after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="couponry-machine-"))
        self.campaigns: list[Record] = []
        self.coupons: list[Record] = []
        self.redemptions: list[Record] = []
        self.requests: list[tuple[IdempotencyKey, Any, Any]] = []
        self.count = 0
        self.last: Record | None = None

    @initialize(offers=st.tuples(*(st.tuples(benefits, limits, limits) for _ in KINDS)), is_active=st.booleans())
    def furnish(self, offers: list[tuple[Benefit, int | None, int | None]], is_active: bool) -> None:  # noqa: FBT001  # drawn
        """Begin with a campaign of every kind and a few codes of each, so that no game is about nothing."""
        self.open()
        for kind, (benefit, cap, uses) in zip(KINDS, offers, strict=True):
            self.create_campaign(benefit, cap, uses, kind)
        self.mint(0, 2, is_active=True)
        self.mint(1, 2, is_active=is_active)
        self.import_codes(3, 2, is_active=True, ahead=False)

    def open(self) -> None:
        self.opened = house_at(self.folder / "house.db")
        self.house = self.opened.__enter__()

    def teardown(self) -> None:
        try:
            if hasattr(self, "house"):
                self.last = None
                self.books_agree()
                assert self.house.doctor() == {}
        finally:
            self.opened.__exit__(None, None, None)
            shutil.rmtree(self.folder)

    # What a shop does

    @rule(steps=st.lists(all_steps, min_size=1, max_size=6))
    def go_on(self, steps: list[Step]) -> None:
        """Take some steps of any kind; one rule for all, since Hypothesis leaves rules out of many games."""
        for name, *chosen in steps:
            getattr(self, name)(*chosen)
            self.books_agree()

    def create_campaign(self, benefit: Benefit, cap: int | None, uses: int | None, kind: str) -> None:
        number = len(self.campaigns)
        if number >= MAX_CAMPAIGNS:
            return
        shape: Record = {
            "series": {"pattern": f"S{number % 2}-########"},
            "small": {"pattern": f"T{number}-##"},
            "static": {"code": f"Static {number}"},
            "lists": {},
        }[kind]
        made = self.house.campaign(
            benefit, Limits(max_redemptions=cap, max_redemptions_per_coupon=uses), guess_floor=1, **shape
        )
        campaign = {"id": made.campaign_id, "benefit": benefit, "cap": cap, "uses": uses, "status": "active",
                    "kind": kind, "issued": 0, "redeemed": 0, "rollbacks": 0}  # fmt: skip
        self.campaigns.append(campaign)
        if kind == "static":
            self.issue(campaign, [shape["code"]], is_active=True)

    def issue(self, campaign: Record, codes: list[str], *, is_active: bool) -> None:
        balance = campaign["benefit"].amount_minor if isinstance(campaign["benefit"], Credit) else None
        for code in codes:
            self.coupons.append({"code": code, "campaign": campaign, "active": is_active, "voided": False, "held": 0,
                                 "balance": balance, "customer": None, "touched": False, "id": None})  # fmt: skip
        campaign["issued"] += len(codes)

    def mint(self, pick: int, count: int, is_active: bool) -> None:  # noqa: FBT001  # drawn
        chosen = [campaign for campaign in self.campaigns if campaign["kind"] in {"series", "small"}]
        campaign = chosen[pick % len(chosen)]
        if campaign["status"] == "archived":
            return
        made = self.house.engine.campaigns.get(self.house.tenant, campaign["id"])
        codes = self.house.codes(self.house.minted(made, count, is_active=is_active))
        assert len(codes) == count
        assert not {coupon["code"] for coupon in self.coupons} & set(codes)
        self.issue(campaign, codes, is_active=is_active)

    def import_codes(self, pick: int, count: int, is_active: bool, ahead: bool) -> None:  # noqa: FBT001  # drawn
        campaign = self.campaigns[pick % len(self.campaigns)]
        if campaign["status"] == "archived":
            return
        self.count += 1
        shape = "S0-000000{:02}" if ahead else "Import 10-{}"  # the first fits a series' pattern
        codes = [shape.format(10 * self.count % 90 + number) for number in range(count)]
        known = {coupon["code"] for coupon in self.coupons}
        if known & set(codes):
            return
        made = self.house.engine.campaigns.get(self.house.tenant, campaign["id"])
        self.house.imported(made, codes, is_active=is_active)
        self.issue(campaign, codes, is_active=is_active)

    def change_cap(self, pick: int, cap: int | None) -> None:
        campaign = self.campaigns[pick % len(self.campaigns)]
        if campaign["status"] == "archived":
            return
        change = CampaignChange(limits=Limits(max_redemptions=cap, max_redemptions_per_coupon=campaign["uses"]))
        campaigns = self.house.engine.campaigns
        if cap is not None and cap < self.held_in(campaign):
            with pytest.raises(Conflict):
                campaigns.change(self.house.tenant, campaign["id"], change)
        else:
            campaigns.change(self.house.tenant, campaign["id"], change)
            campaign["cap"] = cap

    def held_in(self, campaign: Record) -> int:
        return sum(coupon["held"] for coupon in self.coupons if coupon["campaign"] is campaign)

    def set_status(self, pick: int, status: str) -> None:
        campaign = self.campaigns[pick % len(self.campaigns)]
        if campaign["status"] == "archived":
            return
        self.house.engine.campaigns.set_status(self.house.tenant, campaign["id"], CampaignStatus(status))
        campaign["status"] = status

    # What its customers do

    def redeem(self, pick: int, slip: str, order: Order | None, has_key: bool) -> None:  # noqa: FBT001  # drawn
        coupon = self.last = self.coupons[pick % len(self.coupons)]
        self.validate(pick, slip, order)
        self.count += 1
        key = key_of(f"key-{self.count}", "redeem") if has_key else None

        def request(house: House, used: IdempotencyKey | None) -> Any:  # noqa: ANN401  # any answer
            pending = house.engine.redemptions.redeem(house.tenant, typed(coupon["code"], slip), order=order, key=used)
            return pending.result(WAIT_SECONDS)

        expected = self.reasons_against(coupon, order)
        answer = request(self.house, key).answer
        if key is not None:
            self.requests.append((key, request, answer))
        if expected:
            assert isinstance(answer, Refused)
            assert sorted(refusal.reason.value for refusal in answer.refusals) == expected
            return
        assert isinstance(answer, Redemption), answer
        off = 0 if order is None else self.discount_of(coupon, order)
        assert (0 if answer.discount is None else answer.discount.amount_minor) == off
        self.touch(coupon, answer.coupon_id)
        coupon["held"] += 1
        coupon["campaign"]["redeemed"] += 1
        if coupon["balance"] is not None:
            coupon["balance"] -= off
        assert answer.balance_after_minor == coupon["balance"]
        currency = None if order is None else order.currency
        self.redemptions.append({"id": answer.redemption_id, "coupon": coupon, "rest": off, "currency": currency,
                                 "holds": True})  # fmt: skip

    def discount_of(self, coupon: Record, order: Order) -> int:
        total = sum(line.quantity * line.unit_amount_minor for line in order.lines)
        return naive_discount(coupon["campaign"]["benefit"], total, coupon["balance"] or 0)

    def reasons_against(self, coupon: Record, order: Order | None) -> list[str]:
        campaign, reasons = coupon["campaign"], []
        if campaign["status"] != "active":
            reasons.append(f"campaign_{campaign['status']}")
        if coupon["voided"]:
            reasons.append("voided")
        if not coupon["active"]:
            reasons.append("not_activated")
        if campaign["uses"] is not None and coupon["held"] >= campaign["uses"]:
            reasons.append("limit_reached")
        if campaign["cap"] is not None and self.held_in(campaign) >= campaign["cap"]:
            reasons.append("limit_reached")
        currency = getattr(campaign["benefit"], "currency", None)
        if order is not None and currency not in {None, order.currency}:
            reasons.append("currency_mismatch")
        elif coupon["balance"] == 0:
            reasons.append("balance_empty")
        return sorted(reasons)

    def touch(self, coupon: Record, coupon_id: str) -> None:
        assert coupon["id"] in {None, coupon_id}
        coupon["touched"], coupon["id"] = True, coupon_id

    def validate(self, pick: int, slip: str, order: Order | None) -> None:
        coupon = self.coupons[pick % len(self.coupons)]
        question = self.house.engine.redemptions.validate(self.house.tenant, typed(coupon["code"], slip), order=order)
        verdict = question.result(WAIT_SECONDS)
        assert isinstance(verdict, Validation)
        assert sorted(refusal.reason.value for refusal in verdict.refusals) == self.reasons_against(coupon, order)
        assert verdict.coupon.code == coupon["code"]
        assert verdict.campaign.campaign_id == coupon["campaign"]["id"]
        if verdict.discount is not None and order is not None:
            assert verdict.discount.amount_minor == self.discount_of(coupon, order)

    def roll_back(self, pick: int, amount: int | None, has_key: bool) -> None:  # noqa: FBT001  # drawn
        if not self.redemptions:
            return
        redemption = self.redemptions[pick % len(self.redemptions)]
        self.count += 1
        key = key_of(f"key-{self.count}", "rollback") if has_key else None

        def request(house: House, used: IdempotencyKey | None) -> Any:  # noqa: ANN401  # any answer
            pending = house.engine.redemptions.roll_back(house.tenant, redemption["id"], amount_minor=amount, key=used)
            return pending.result(WAIT_SECONDS)

        answer = request(self.house, key).answer
        if key is not None:
            self.requests.append((key, request, answer))
        back = redemption["rest"] if amount is None else amount
        if not redemption["holds"] or back > redemption["rest"]:
            reason = "rollback_exceeds_rest" if redemption["holds"] else "already_rolled_back"
            assert isinstance(answer, Refused)
            assert [refusal.reason.value for refusal in answer.refusals] == [reason]
            return
        assert isinstance(answer, Rollback)
        coupon = self.last = redemption["coupon"]
        redemption["rest"] -= back
        coupon["campaign"]["rollbacks"] += 1
        if coupon["balance"] is not None:
            coupon["balance"] += back
        if redemption["rest"] == 0:
            redemption["holds"] = False
            coupon["held"] -= 1
        assert (answer.amount_minor, answer.is_full) == (back, not redemption["holds"])
        assert (sum(answer.lines), answer.balance_after_minor) == (back, coupon["balance"])

    def act(self, pick: int, slip: str, action: CouponAction, customer: str | None) -> None:
        coupon = self.last = self.coupons[pick % len(self.coupons)]
        pending = self.house.engine.coupons.act(
            self.house.tenant, typed(coupon["code"], slip), action, customer=customer, metadata={"n": pick}
        )
        answer = pending.result(WAIT_SECONDS).answer
        refused = {
            "activate": "voided" if coupon["voided"] else "already_activated" if coupon["active"] else None,
            "void": "voided" if coupon["voided"] else None,
            "unvoid": None if coupon["voided"] else "not_voided",
        }.get(action.value)
        if refused is not None:
            assert isinstance(answer, Refused)
            assert [refusal.reason.value for refusal in answer.refusals] == [refused]
            return
        assert isinstance(answer, Coupon)
        self.touch(coupon, answer.coupon_id)
        coupon["active"] = coupon["active"] or action is CouponAction.ACTIVATE
        if action in {CouponAction.VOID, CouponAction.UNVOID}:
            coupon["voided"] = action is CouponAction.VOID
        if action is CouponAction.ASSIGN:
            coupon["customer"] = customer

    # What goes wrong

    def guess(self, text: str, head: str) -> None:
        guessed = f"{head}-{text}"
        if all(coupon["code"] != guessed for coupon in self.coupons):
            assert self.house.find(guessed) is None

    def repeat(self, pick: int) -> None:
        if not self.requests:
            return
        key, request, answer = self.requests[pick % len(self.requests)]
        outcome = request(self.house, key)
        assert outcome.is_replay
        assert outcome.answer == answer

    def restart(self) -> None:
        self.opened.__exit__(None, None, None)
        self.open()

    # What must hold at any time

    @invariant()
    def doctor_is_content(self) -> None:
        if hasattr(self, "house"):
            with self.house.store.read() as reader:  # the doctor's checks that a game can break
                assert (reader.balance_faults(), reader.counter_faults()) == ([], [])

    def books_agree(self) -> None:
        """Compare what the last step touched."""
        for campaign in self.campaigns:
            if self.last is None or campaign is self.last["campaign"]:
                self.campaign_agrees(campaign)
        for coupon in self.coupons:
            if self.last is None or coupon is self.last:
                self.coupon_agrees(coupon)

    def campaign_agrees(self, campaign: Record) -> None:
        coupons = [coupon for coupon in self.coupons if coupon["campaign"] is campaign]
        statistics = self.house.engine.campaigns.statistics(self.house.tenant, campaign["id"]).statistics
        held = sum(coupon["held"] for coupon in coupons)
        assert campaign["cap"] is None or held <= campaign["cap"]
        assert statistics.issued_count == campaign["issued"] == len(coupons)
        assert statistics.redemption_count == campaign["redeemed"]
        assert statistics.redeemed_count == held
        assert statistics.rollback_count == campaign["rollbacks"]
        assert statistics.touched_count == sum(coupon["touched"] for coupon in coupons)
        assert statistics.voided_count == sum(coupon["voided"] for coupon in coupons)
        given: Counter[str] = Counter()
        for redemption in self.redemptions:
            if redemption["coupon"]["campaign"] is campaign and redemption["currency"] is not None:
                given[redemption["currency"]] += redemption["rest"]
        assert {total.currency: total.amount_minor for total in statistics.discounts} == given

    def coupon_agrees(self, coupon: Record) -> None:
        found = self.house.find(coupon["code"])
        assert found is not None
        state = found.coupon
        assert (state.activated_at is not None, state.voided_at is not None) == (coupon["active"], coupon["voided"])
        assert (state.redeemed_count, state.balance_minor) == (coupon["held"], coupon["balance"])
        assert state.customer == coupon["customer"]
        assert coupon["balance"] is None or coupon["balance"] >= 0
        entries = self.house.engine.coupons.entries(self.house.tenant, state.coupon_id, Page(1000))
        if coupon["balance"] is not None and entries:
            assert sum(entry.amount_minor for entry in entries) == coupon["balance"]


TestEngineMachine = EngineMachine.TestCase
TestEngineMachine.settings = settings(
    max_examples=150 if IS_THOROUGH else 12,
    stateful_step_count=40 if IS_THOROUGH else 20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
