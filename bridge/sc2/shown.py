"""Units and orders as one player is told of them: what a `View` says, with alliances and tags of the API."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.sc2.tags import SEEN_BASE, SNAPSHOT_BASE
from bridge.sc2.world import NEUTRAL, NO_ID, ORDER_VIEW_DTYPE, SNAPSHOT, UNIT_VIEW_DTYPE
from engine.core.fixed import whole
from engine.core.jit import inline, kernel, records

SELF: Final = 1
ALLY_NEUTRAL: Final = 3
ENEMY: Final = 4
"""Alliance."""

REMEMBERED, SEEN, OWN = range(3)
"""How much is told of a unit."""

AT_NOTHING, AT_UNIT, AT_POINT = range(3)
"""What an order is about."""

SHOWN_DTYPE: Final = np.dtype(
    [
        *((name, UNIT_VIEW_DTYPE[name]) for name in UNIT_VIEW_DTYPE.names or ()),
        ("alliance", np.uint8),
        ("tag", np.int64),
        ("add_on_tag", np.int64),
        ("engaged_tag", np.int64),
    ]
)
"""A unit, first as it stands in a `View`."""

TOLD_DTYPE: Final = np.dtype(
    [
        *((name, ORDER_VIEW_DTYPE[name]) for name in ORDER_VIEW_DTYPE.names or ()),
        ("z", np.float32),
        ("target_tag", np.int64),
    ]
)
"""An order, likewise."""


def shown(units: NDArray[np.void], player: int) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Return (n,) SHOWN_DTYPE of units, and (n,) int64: how much is told of each, REMEMBERED, SEEN or OWN.

    Args:
        units: (n,) UNIT_VIEW_DTYPE.
        player: who is told, 1 or 2.
    """
    out = _begun_with(units, SHOWN_DTYPE)
    how = np.empty(len(units), np.int64)
    _show(records(out), player, how)
    return out, how


def told(orders: NDArray[np.void]) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Return (m,) TOLD_DTYPE of orders, and (m,) int64: what each is about, AT_NOTHING, AT_UNIT or AT_POINT.

    Args:
        orders: (m,) ORDER_VIEW_DTYPE.
    """
    out = _begun_with(orders, TOLD_DTYPE)
    about = np.empty(len(orders), np.int64)
    _tell(records(out), about)
    return out, about


def _begun_with(views: NDArray[np.void], wider: np.dtype[np.void]) -> NDArray[np.void]:
    """Return records that begin as views do, and hold zeros where they go on.

    Args:
        views: (n,).
        wider: a dtype that begins with theirs.
    """
    out = np.zeros(len(views), wider)
    same = views.dtype.itemsize
    rows = out.view(np.uint8).reshape(len(views), wider.itemsize)
    rows[:, :same] = np.ascontiguousarray(views).view(np.uint8).reshape(len(views), same)
    return out


@inline
def _tag(unit_id: int) -> int:
    return unit_id + SEEN_BASE if unit_id != NO_ID else NO_ID


@kernel
def _show(units: Any, player: int, how: NDArray[np.int64]) -> None:
    for row in range(len(units)):
        u = units[row]
        is_own = u.owner == player
        u.alliance = SELF if is_own else (ALLY_NEUTRAL if u.owner == NEUTRAL else ENEMY)
        how[row] = OWN if is_own else SEEN
        u.tag = _tag(whole(u.id))
        if u.display == SNAPSHOT:
            how[row] = REMEMBERED
            u.tag = whole(u.id) + SNAPSHOT_BASE
        u.add_on_tag = _tag(whole(u.add_on_id))
        u.engaged_tag = _tag(whole(u.engaged_id))


@kernel
def _tell(orders: Any, about: NDArray[np.int64]) -> None:
    for row in range(len(orders)):
        o = orders[row]
        o.target_tag = _tag(whole(o.target_id))
        about[row] = AT_UNIT if o.target_id != NO_ID else (AT_POINT if o.has_point else AT_NOTHING)
