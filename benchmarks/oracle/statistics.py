"""Tests of whether two samples come from one law, for outcomes that are random.

Every test has the same error rate: `LEVEL` is the chance that an engine equal to the reference fails one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LEVEL: Final = 0.001
"""With about a hundred tests, one in ten runs with fresh seeds would show one false alarm."""

MIN_EXPECTED: Final = 5.0
"""A chi-square cell with less than this expected is pooled with its neighbour."""


def pooled(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Join neighbouring columns of a (2, cells) table until every cell expects at least `MIN_EXPECTED`."""
    columns = [table[:, k] for k in range(table.shape[1]) if table[:, k].sum() > 0]
    total = table.sum()
    share = table.sum(axis=1) / total
    groups: list[NDArray[np.float64]] = []
    for column in columns:
        small = groups and min(groups[-1].sum() * share) < MIN_EXPECTED
        if small:
            groups[-1] = groups[-1] + column
        else:
            groups.append(column)
    while len(groups) > 1 and min(groups[-1].sum() * share) < MIN_EXPECTED:
        last = groups.pop()
        groups[-1] = groups[-1] + last
    return np.stack(groups, axis=1)


def same_counts(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the p-value that two rows of counts over the same cells have one law (chi-square, cells pooled)."""
    table = pooled(np.array([ours, theirs], np.float64))
    if table.shape[1] < 2:
        return 1.0
    return float(stats.chi2_contingency(table, correction=False).pvalue)


def same_histogram(ours: Mapping[int, int], theirs: Mapping[int, int]) -> float:
    """Return the p-value that two histograms over whole numbers have one law."""
    cells = sorted(set(ours) | set(theirs))
    return same_counts([ours.get(cell, 0) for cell in cells], [theirs.get(cell, 0) for cell in cells])


def fits_shares(counts: Sequence[float], shares: Sequence[float]) -> float:
    """Return the p-value that counts come from known shares (chi-square)."""
    expected = np.array(shares, np.float64) / np.sum(shares) * np.sum(counts)
    return float(stats.chisquare(np.array(counts, np.float64), expected).pvalue)


def fits_rate(hits: int, shots: int, rate: float) -> float:
    """Return the p-value that `hits` of `shots` come from a known rate (exact binomial)."""
    return float(stats.binomtest(hits, shots, rate).pvalue)


def same_mean(ours: NDArray[np.float64], mean: float, sd: float, count: int) -> float:
    """Return the p-value that our sample has the mean of a sample known by mean, deviation and size (Welch)."""
    own_sd = float(np.std(ours, ddof=1))
    if own_sd == 0.0 and sd == 0.0:
        return 1.0 if float(np.mean(ours)) == mean else 0.0
    return float(stats.ttest_ind_from_stats(float(np.mean(ours)), own_sd, len(ours), mean, sd, count, False).pvalue)
