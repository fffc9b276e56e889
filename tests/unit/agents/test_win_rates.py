from __future__ import annotations

import pytest
from rosters import ROSTERS
from scipy.stats import binomtest

from agents.published import published_results
from agents.statistics import wilson_interval
from bridge.scenarios import scenario_names


@pytest.mark.parametrize(("wins", "battles"), [(0, 10), (1, 10), (5, 10), (97, 100), (388, 400), (400, 400), (1, 1)])
def test_wilson_interval_equals_that_of_scipy(wins: int, battles: int) -> None:
    expected = binomtest(wins, battles).proportion_ci(0.95, method="wilson")

    interval = wilson_interval(wins, battles)

    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("wins", "battles"), [(1, 0), (-1, 5), (6, 5)])
def test_wilson_interval_of_impossible_counts_is_refused(wins: int, battles: int) -> None:
    with pytest.raises(ValueError, match="allowed: 0 <= successes <= trials"):
        wilson_interval(wins, battles)


def test_interval_is_above_only_without_overlap() -> None:
    assert wilson_interval(390, 400).is_above(wilson_interval(300, 400))
    assert not wilson_interval(305, 400).is_above(wilson_interval(300, 400))


def test_every_scenario_that_is_published_on_has_published_figures_with_labels() -> None:
    for scenario in sorted(set(scenario_names()) - set(ROSTERS)):
        rows = published_results(scenario)

        assert rows, scenario
        assert all(row.control_and_view and row.source and 0 <= row.value <= 1 for row in rows)


def test_published_figures_of_m5v5_are_the_known_ones() -> None:
    figures = {(row.method, row.value) for row in published_results("m5v5_c_far")}

    assert {("COMA mean", 0.81), ("DQN", 0.99), ("ZO (GMEZO)", 1.0)} <= figures


def test_scenario_without_published_figures_gives_none() -> None:
    assert published_results("my_own") == ()
