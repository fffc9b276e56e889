"""Taking back: what is not finished, what waits in a queue, work that is halted; and where new units rally."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.agenda import drop_orders
from engine.starcraft2.construction import cancel_building
from engine.starcraft2.geometry import Game, Units, slot_of
from engine.starcraft2.queues import cancel_item, take_out
from engine.starcraft2.results import CANT_FIND_CANCEL_ORDER, NOT_SUPPORTED, SUCCESS
from engine.starcraft2.state import NOBODY
from engine.starcraft2.tables import ADDON, KINDS, MADE
from engine.starcraft2.terrain import Ground

Index = NDArray[np.int32]

CANCEL: Final = 3659
CANCEL_LAST: Final = 3671
CANCEL_SLOT: Final = 3672
HALT: Final = 3660
RALLY_UNITS: Final = 3673
RALLY_WORKERS: Final = 3690


@inline
def cancel(units: Units, game: Game, blocked: Ground, i: int) -> int:
    """Take back what is not finished, or what came last into a queue; return the ActionResult."""
    u = units[i]
    if not u.is_complete:
        return cancel_building(units, game, blocked, i)
    if u.num_in_queue == 0:
        return CANT_FIND_CANCEL_ORDER
    if MADE[u.queue[0]].deed != ADDON:
        return cancel_item(game, blocked, u, -1)
    take_out(u, 0)
    addon = slot_of(units, whole(u.addon))
    u.addon = NOBODY
    return cancel_building(units, game, blocked, addon) if addon != NOBODY else CANT_FIND_CANCEL_ORDER


@inline
def halt(units: Units, i: int) -> int:
    """Let an SCV leave what it builds as it is; return the ActionResult."""
    u = units[i]
    if u.builds == NOBODY:
        return CANT_FIND_CANCEL_ORDER
    drop_orders(units, u)
    return SUCCESS


@inline
def set_rally(units: Units, u: Any, ability: int, target_id: int, x: int, y: int) -> int:
    """Set where new units go, of a town hall's workers apart from the rest; return the ActionResult."""
    kind = KINDS[u.kind]
    is_maker = kind.num_made > 0 or u.num_in_queue > 0
    if not is_maker or kind.speed > 0:
        return NOT_SUPPORTED
    which = 1 if ability == RALLY_WORKERS else 0
    target = slot_of(units, whole(target_id))
    u.has_rally[which] = 1
    u.rally_target[which] = target_id if target != NOBODY else NOBODY
    u.rally_x[which] = units[target].x if target != NOBODY else x
    u.rally_y[which] = units[target].y if target != NOBODY else y
    return SUCCESS
