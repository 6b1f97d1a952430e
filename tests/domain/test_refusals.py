"""Refusals: reasons and their explanations."""

from couponry.domain.refusals import EXPLANATIONS, Reason, Refusal, Refused, refuse


def test_every_reason_is_explained() -> None:
    """No reason is without a sentence for people."""
    assert set(EXPLANATIONS) == set(Reason)
    assert all(EXPLANATIONS.values())


def test_a_refusal_carries_what_failed() -> None:
    """The values of a refusal are those that were given."""
    assert refuse(Reason.LIMIT_REACHED, max=1) == Refused((Refusal(Reason.LIMIT_REACHED, {"max": 1}),))
