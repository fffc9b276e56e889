"""A game as bytes and back: what both games' `snapshot` and `restore` do with the arrays that hold their batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def take(parts: Sequence[NDArray[np.generic]], game: int) -> bytes:
    """Return everything about one game as bytes.

    Args:
        parts: arrays of any dtype, each with a leading axis of games.
        game: which game.
    """
    return b"".join(part[game].tobytes() for part in parts)


def put_back(parts: Sequence[NDArray[np.generic]], game: int, data: bytes) -> None:
    """Put a game back to what `take` returned; exact.

    Args:
        parts: arrays of the same dtypes and shapes as those that were taken from.
        game: which game.
        data: from `take`.

    Raises:
        ValueError: bytes of another length; nothing is changed.
    """
    sizes = [part[game].nbytes for part in parts]
    if len(data) != sum(sizes):
        raise ValueError(f"a snapshot of {len(data)} bytes; this scenario's have {sum(sizes)}")
    at = 0
    for part, size in zip(parts, sizes, strict=True):
        part[game] = np.frombuffer(data, part.dtype, count=part[game].size, offset=at).reshape(part[game].shape)
        at += size
