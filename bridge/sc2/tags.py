"""Unit tags: what the API calls a unit's number.

A unit that is seen has 2**32 + id, what is remembered of it has 2**33 + id, as the real game's tags lie (in the
recordings: own tags below 2**33, snapshots above). Ids are never used again, so no tag is either.
"""

from __future__ import annotations

from typing import Final

SEEN_BASE: Final = 1 << 32
SNAPSHOT_BASE: Final = 1 << 33
ID_MASK: Final = (1 << 32) - 1

NO_ID: Final = 0


def id_of(tag: int) -> int:
    """Return the id of a tag, NO_ID of what is none of our tags.

    Example:
        >>> id_of(SEEN_BASE + 7), id_of(SNAPSHOT_BASE + 7), id_of(7)
        (7, 7, 0)
    """
    return tag & ID_MASK if tag >> 32 in (1, 2) else NO_ID


def tag_of(unit_id: int) -> int:
    """Return the tag of a unit that is seen; 0 for no unit."""
    return SEEN_BASE + unit_id if unit_id else 0
