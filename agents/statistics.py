"""Statistics of win rates."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval of a proportion.

    Attributes:
        low: lower end.
        high: upper end.
    """

    low: float
    high: float

    def is_above(self, other: Interval) -> bool:
        """Say whether this interval lies wholly above the other."""
        return self.low > other.high


def wilson_interval(successes: int, trials: int) -> Interval:
    """Return the Wilson score interval at 95 % of `successes` out of `trials`.

    Unlike the normal approximation it stays inside [0, 1] and is not empty at 0 % or 100 %.

    >>> wilson_interval(400, 400)
    Interval(low=0.9904876868561508, high=1.0)

    Raises:
        ValueError: no trial, or successes outside [0, trials].
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials; allowed: 0 <= successes <= trials, trials >= 1")
    rate = successes / trials
    z2 = Z_95 * Z_95
    centre = (rate + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z_95 * math.sqrt(rate * (1 - rate) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == trials else centre + half
    return Interval(low, high)
