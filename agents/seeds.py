"""Which random numbers a run draws from: streams that can never meet."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

Stream = Literal["training", "evaluation", "final", "opponents"]

STREAM_SIZE: Final = 2**30
"""Seeds per stream. Row r of an env seeded with s plays from seed s + r, so streams are ranges and never overlap."""

MAX_ROWS: Final = 2**16
"""Rows that one seed leaves room for."""

STREAMS: Final[tuple[Stream, ...]] = ("training", "evaluation", "final", "opponents")


def stream_seed(seed: int, stream: Stream, part: int = 0) -> int:
    """Return the seed of row 0 in a stream of a run.

    Args:
        seed: the run's root seed.
        stream: what the games are for; games of different streams are different whatever the root seeds.
        part: counts resumptions, so that a resumed run plays new games.
    """
    index = STREAMS.index(stream)
    drawn = int(np.random.SeedSequence([seed, index, part]).generate_state(1, np.uint32)[0])
    return index * STREAM_SIZE + drawn % (STREAM_SIZE - MAX_ROWS)
