"""How patient tests are: on a busy machine everything takes longer, and that is no fault of the program.

To wait long costs nothing where the awaited thing happens. What is promised in seconds is measured in `benchmarks/`; a
test asserts that the promise is kept at all, within a multiple of it.
"""

from __future__ import annotations

SOON_S = 30.0
"""For what happens at once on an idle machine."""

START_S = 120.0
"""For what starts an interpreter, or several."""

FACTOR = 3.0
SPARE_S = 5.0


def at_most_s(promised_s):
    """Return how long something may take on a busy machine that should take at most `promised_s` on an idle one."""
    return FACTOR * promised_s + SPARE_S
