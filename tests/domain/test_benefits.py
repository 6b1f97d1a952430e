"""Benefits: what each takes off an order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from couponry.domain.benefits import Access, Amount, Benefit, Credit, Discount, Percent, currency_of, discount_for
from couponry.domain.errors import InvalidValue
from couponry.domain.money import MAX_AMOUNT_MINOR
from couponry.domain.orders import Order, OrderLine
from couponry.domain.refusals import Reason, Refusal
from tests.properties.samples import order_of

percents = st.decimals("0.0001", 100, places=4).map(str)
benefits: st.SearchStrategy[Benefit] = st.one_of(
    percents.map(Percent),
    st.builds(Percent, percents, st.integers(1, 10**6), st.just("EUR")),
    st.integers(1, MAX_AMOUNT_MINOR).map(lambda amount: Amount(amount, "EUR")),
    st.integers(1, MAX_AMOUNT_MINOR).map(lambda amount: Credit(amount, "EUR")),
    st.just(Access()),
)
lines = st.builds(OrderLine, st.integers(1, 50), st.one_of(st.integers(0, 20), st.integers(0, 10**9)))
orders = st.lists(lines, min_size=1, max_size=20).map(lambda chosen: Order("EUR", tuple(chosen)))


@given(benefits, orders, st.integers(1, MAX_AMOUNT_MINOR))
def test_a_discount_is_never_negative_nor_more_than_the_order(benefit: Benefit, order: Order, balance: int) -> None:
    """What comes off lies between nothing and the order, for the whole and for each line, and the lines sum to it."""
    discount = discount_for(benefit, order, balance)
    assert isinstance(discount, Discount)
    assert 0 <= discount.amount_minor <= order.total_minor
    assert sum(discount.lines) == discount.amount_minor
    assert all(0 <= part <= line.total_minor for part, line in zip(discount.lines, order.lines, strict=True))


@given(orders, st.integers(1, MAX_AMOUNT_MINOR))
def test_a_credit_never_gives_more_than_its_balance(order: Order, balance: int) -> None:
    """A credit takes off the order or what it holds, whichever is less."""
    discount = discount_for(Credit(MAX_AMOUNT_MINOR, "EUR"), order, balance)
    assert isinstance(discount, Discount)
    assert discount.amount_minor == min(order.total_minor, balance)


@pytest.mark.parametrize(
    "text",
    ["0", "0.0", "0.0000", "000", "100.0001", "101", "999", "1e2", "٣", "", "0.00005", "-1", "+1", " 1", "1 ", "1\n",
     ".5", "5.", "1,5", "0x1", "1_0", "1000", "NaN", "inf", "\uff11\uff15"],
)  # fmt: skip
def test_a_text_that_is_no_percentage_is_refused(text: str) -> None:
    """Nothing, more than all, more than four decimals and whatever is no plain decimal are refused."""
    with pytest.raises(InvalidValue) as refusal:
        Percent(text)
    assert (refusal.value.code, refusal.value.field) == ("percent_out_of_range", "percent_off")


@pytest.mark.parametrize(
    ("text", "parts_per_million"),
    [
        ("100", 1_000_000),
        ("100.0000", 1_000_000),
        ("15", 150_000),
        ("012.5", 125_000),
        ("0.0001", 1),
        ("33.3333", 333_333),
        ("0.5", 5_000),
    ],
)
def test_a_percentage_is_read_exactly(text: str, parts_per_million: int) -> None:
    """A decimal text means the share it says, without a binary fraction in between."""
    assert Percent(text).parts_per_million == parts_per_million


def test_a_percentage_rounds_half_up() -> None:
    """Fifteen percent of ten cents is two cents."""
    assert discount_for(Percent("15"), order_of(10), None) == Discount(2, "EUR", (2,))


def test_a_maximum_caps_a_percentage() -> None:
    """A percentage takes off its maximum at most."""
    benefit = Percent("50", 300, "EUR")
    assert discount_for(benefit, order_of(400, 400), None) == Discount(300, "EUR", (150, 150))
    assert discount_for(benefit, order_of(400), None) == Discount(200, "EUR", (200,))


def test_a_maximum_needs_a_currency() -> None:
    """A maximum without its currency is refused."""
    with pytest.raises(InvalidValue) as refusal:
        Percent("10", 100)
    assert refusal.value.code == "currency_missing"


def test_an_amount_takes_no_more_than_the_order() -> None:
    """Ten euros off an order of six are six."""
    assert discount_for(Amount(1000, "EUR"), order_of(100, 500), None) == Discount(600, "EUR", (100, 500))


def test_access_gives_the_whole_order_in_any_currency() -> None:
    """Access makes everything free."""
    assert discount_for(Access(), order_of(1, 0, 7, currency="JPY"), None) == Discount(8, "JPY", (1, 0, 7))


@pytest.mark.parametrize("benefit", [Percent("100"), Amount(5, "EUR"), Access()])
def test_a_free_order_is_discounted_by_nothing(benefit: Benefit) -> None:
    """An order of nothing gives a discount of nothing, and no error."""
    assert discount_for(benefit, order_of(0, 0), None) == Discount(0, "EUR", (0, 0))


@pytest.mark.parametrize("balance", [0, None])
def test_a_spent_credit_is_refused(balance: int | None) -> None:
    """A credit with nothing left says so."""
    assert discount_for(Credit(100, "EUR"), order_of(1), balance) == Refusal(Reason.BALANCE_EMPTY, {"balance": 0})


@pytest.mark.parametrize(
    "benefit", [Percent("10", 100, "EUR"), Percent("10", None, "EUR"), Amount(1, "EUR"), Credit(1, "EUR")]
)
def test_another_currency_is_refused_with_both(benefit: Benefit) -> None:
    """A benefit in one currency cannot be used on an order in another."""
    refusal = discount_for(benefit, order_of(100, currency="USD"), 100)
    assert refusal == Refusal(Reason.CURRENCY_MISMATCH, {"expected": "EUR", "actual": "USD"})


@pytest.mark.parametrize("amount", [0, -1, MAX_AMOUNT_MINOR + 1])
def test_an_amount_out_of_range_is_refused_everywhere(amount: int) -> None:
    """Amounts, credits and maxima are at least one unit and cannot overflow."""
    for build in (lambda: Amount(amount, "EUR"), lambda: Credit(amount, "EUR"), lambda: Percent("1", amount, "EUR")):
        with pytest.raises(InvalidValue) as refusal:
            build()
        assert refusal.value.code == "amount_out_of_range"


def test_the_largest_amount_is_accepted() -> None:
    """A benefit may be as large as an order."""
    order = order_of(MAX_AMOUNT_MINOR)
    assert discount_for(Amount(MAX_AMOUNT_MINOR, "EUR"), order, None) == Discount(
        MAX_AMOUNT_MINOR, "EUR", (MAX_AMOUNT_MINOR,)
    )


@pytest.mark.parametrize("build", [Amount, Credit])
def test_a_benefit_needs_a_known_currency(build: type[Amount] | type[Credit]) -> None:
    """An amount in no currency of the list is refused."""
    with pytest.raises(InvalidValue) as refusal:
        build(1, "eur")
    assert refusal.value.code == "currency_unknown"


@pytest.mark.parametrize(
    ("benefit", "currency"),
    [(Percent("1"), None), (Percent("1", 1, "EUR"), "EUR"), (Amount(1, "USD"), "USD"), (Credit(1, "JPY"), "JPY"),
     (Access(), None)],
)  # fmt: skip
def test_a_benefit_tells_its_currency(benefit: Benefit, currency: str | None) -> None:
    """Only what has an amount in it is bound to a currency."""
    assert currency_of(benefit) == currency
