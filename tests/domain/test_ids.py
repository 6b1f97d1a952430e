"""Identifiers of coupons: arithmetic both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from couponry.domain.errors import InvalidValue
from couponry.domain.ids import SYMBOLS, require_unreserved, series_coupon_id, split_coupon_id, to_base32

series_ids = st.text(SYMBOLS, min_size=13, max_size=13).map("ser_{}".format)


@given(series_ids, st.integers(0, 2**62 - 1))
def test_a_coupon_id_splits_into_what_it_was_made_of(series_id: str, index: int) -> None:
    """Series and index can be read back from the identifier."""
    assert split_coupon_id(series_coupon_id(series_id, index)) == (series_id, index)


@given(st.integers(0, 2**62 - 2))
def test_coupon_ids_ascend_with_the_index(index: int) -> None:
    """The order of identifiers is the order of issue."""
    series_id = "ser_0123456789abc"
    assert series_coupon_id(series_id, index) < series_coupon_id(series_id, index + 1)


@given(st.text())
def test_any_text_is_split_or_not_without_an_error(text: str) -> None:
    """What is no identifier gives nothing."""
    assert split_coupon_id(text) is None or text.startswith("cpn_")


@pytest.mark.parametrize(
    "text",
    ["", "cpn_", "cpn_" + "0" * 25, "cpn_" + "0" * 27, "cmp_" + "0" * 26, "cpn_" + "i" * 26, "cpn_" + "A" * 26,
     "CPN_" + "0" * 26, "cpn_" + "0" * 25 + "\n", "cpn_" + "é" * 26],
)  # fmt: skip
def test_another_text_is_no_coupon_id(text: str) -> None:
    """Wrong prefix, length or symbol is no identifier."""
    assert split_coupon_id(text) is None


def test_base_32_writes_the_most_significant_symbol_first() -> None:
    """Thirty-three is one and one."""
    assert to_base32(33, 3) == "011"


@pytest.mark.parametrize("text", ["cpn_" + "#" * 26, " CPN_hello ", "cpn_"])
def test_the_form_of_an_identifier_is_reserved(text: str) -> None:
    """No code or pattern may be taken for a coupon's identifier."""
    with pytest.raises(InvalidValue) as refused:
        require_unreserved(text, "code")
    assert refused.value.code == "code_reserved"


@pytest.mark.parametrize("text", ["cpn", "xcpn_hello", "cpm_" + "y" * 26])
def test_other_texts_are_not_reserved(text: str) -> None:
    """What cannot be read as an identifier may be a code."""
    require_unreserved(text, "code")
    assert split_coupon_id(text) is None
