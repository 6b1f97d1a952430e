"""Every figure of the benchmark, in a size that only shows that it runs; no test looks at a time."""

import json

import pytest

from couponry import bench
from couponry.bench import runner
from couponry.bench.figures import Effort, Figure, Target, figure, p95, per_round
from couponry.bench.runner import FIGURES

TINY = Effort(divisor=10_000, rounds=1)
LINE = {"figure", "value", "unit", "target", "met", "detail"}


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "QUICK", TINY)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.usefixtures("tiny")
def test_figure_is_measured(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A figure yields one JSON line with a value and its target, and judges the one by the other."""
    assert bench.main(quick=True, json_lines=True, only=[name]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert set(told) == LINE
    assert told["figure"] == name
    assert told["value"] >= 0
    assert told["target"] == str(FIGURES[name][1])
    assert told["met"] is FIGURES[name][1].is_met_by(told["value"])
    assert told["detail"]


def test_minting_stores_one_row(capsys: pytest.CaptureFixture[str], tiny: None) -> None:
    """A billion codes are one row of batches and none of coupons, counted in the file."""
    assert tiny is None
    bench.main(quick=True, json_lines=True, only=["mint_billion"])
    detail = json.loads(capsys.readouterr().out)["detail"]
    assert (detail["batch_rows_per_mint"], detail["coupon_rows_per_mint"]) == (1, 0)


def test_wrong_guesses_never_reach_the_database(capsys: pytest.CaptureFixture[str], tiny: None) -> None:
    """No wrong guess of a series' shape is looked up, whichever way it is asked."""
    assert tiny is None
    bench.main(quick=True, json_lines=True, only=["wrong_guesses"])
    told = json.loads(capsys.readouterr().out)
    assert told["value"] == 0
    assert told["detail"]["by_way"] == {"validate": 0, "find": 0, "redeem": 0}


def test_unknown_figure_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is no figure is refused, and the message lists those there are."""
    assert bench.main(only=["speed"]) == 2
    message = " ".join(capsys.readouterr().err.split())
    assert "speed" in message
    assert "mint_billion" in message


def test_figure_that_breaks_is_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A figure that cannot be measured has no value, is not met, and makes the run fail; the others are measured."""

    def broken(*_: object) -> Figure:
        raise RuntimeError("out of order")

    def fine(*_: object) -> Figure:
        return figure("fine", 1, "", Target("<=", 0), {})

    monkeypatch.setattr(runner, "FIGURES", {"broken": (broken, Target("<=", 0)), "fine": (fine, Target("<=", 0))})
    assert bench.main(json_lines=True) == 1
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["figure"], first["value"], first["met"]) == ("broken", None, False)
    assert "out of order" in first["detail"]["error"]
    assert (second["figure"], second["value"], second["met"]) == ("fine", 1, False)


def test_missed_target_is_no_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A missed target is told in the table and does not fail the run."""

    def slow(*_: object) -> Figure:
        return figure("slow", 3, "ms", Target("<=", 2), {})

    monkeypatch.setattr(runner, "FIGURES", {"slow": (slow, Target("<=", 2))})
    assert bench.main() == 0
    assert "no" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("target", "value", "is_met"),
    [
        (Target(">=", 4), 4, True),
        (Target(">=", 4), 3.99, False),
        (Target("<=", 50), 50, True),
        (Target("<=", 0), 1, False),
    ],
)
def test_target_judges(target: Target, value: float, is_met: bool) -> None:  # noqa: FBT001
    """A target is met at its bound and missed beyond it."""
    assert target.is_met_by(value) is is_met


def test_ratios_are_taken_round_by_round() -> None:
    """What was measured side by side is divided side by side."""
    assert per_round([4.0, 9.0], [2.0, 3.0]) == [2.0, 3.0]


def test_p95() -> None:
    """Of the numbers 0 to 100, 95 lies above 95 percent."""
    assert p95([float(number) for number in range(101)]) == 95
