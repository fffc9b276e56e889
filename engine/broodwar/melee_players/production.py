"""How a scripted player has a unit or a building made, whatever way it is made."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.melee_players.sites import geyser_for, site_for
from engine.broodwar.melee_players.view import (
    CARRYING,
    IDLE,
    IS_BUILDING,
    IS_REFINERY,
    LARVA,
    ON_MINERALS,
    View,
    nearest,
)
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import UNIT_TYPES, order_id
from engine.core.frame import UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX

_CONSTRUCTING: Final = order_id("ConstructingBuilding")


def larvae(view: View) -> NDArray[np.bool_]:
    """Return which own units are larvae that become nothing yet."""
    free: NDArray[np.bool_] = (view.type == LARVA) & (view.planned < 0)
    return free


def morph(view: View, index: int, kind: int) -> bool:
    """Let a larva become a unit type; return False, the price set aside, if that is not possible now."""
    if not view.has_room(kind):
        return False
    if not view.affords(kind):
        view.set_aside(kind)
        return False
    pair = 2 if PRODUCTION[kind]["is_two_in_one_egg"] else 1
    view.command(index, UnitCommandType.MORPH, extra=kind)
    view.set_aside(kind)
    for _ in range(pair):
        view.note(kind)
    view.supply_used += pair * int(UNIT_TYPES["supply_required_half"][kind])
    return True


def order(view: View, kind: int) -> bool:
    """Have something made, whatever way it is made, if that is possible.

    Returns:
        False if only the money is missing, so that saving for it makes sense.
    """
    if not view.affords(kind):
        return False
    maker = int(PRODUCTION[kind]["built_by"])
    if IS_BUILDING[kind] and IS_BUILDING[maker]:
        _change(view, maker, kind)
    elif not IS_BUILDING[kind]:
        idle = view.indices(larvae(view))
        if idle:
            morph(view, idle[0], kind)
    elif IS_REFINERY[kind]:
        geyser = geyser_for(view)
        if geyser is not None:
            build(view, kind, geyser[:2])
    else:
        for number in view.order:  # the main first
            if view.held[number] or number == view.start:
                site = site_for(view, kind, view.bases[number])
                if site is not None:
                    build(view, kind, site)
                    break
    return True


def _change(view: View, maker: int, kind: int) -> None:
    """Let a building become another: a lair, a sunken colony."""
    idle = view.indices((view.type == maker) & view.is_complete & (view.planned < 0))
    if idle:
        view.command(idle[0], UnitCommandType.MORPH, extra=kind)
        view.set_aside(kind)
        view.note(kind)


def build(view: View, kind: int, site: tuple[int, int]) -> None:
    """Send the nearest free worker to build at a tile: one that carries nothing, if there is one."""
    x, y = site[0] * BUILD_TILE_PX, site[1] * BUILD_TILE_PX
    may = view.worker & view.is_complete & (view.planned < 0) & (view.own["order"] != _CONSTRUCTING)
    at_hand = may & ((view.flags & (ON_MINERALS | IDLE)) != 0) & ((view.flags & CARRYING) == 0)
    free = view.indices(at_hand) or view.indices(may)
    if free:
        best = free[nearest(view.x[free], view.y[free], x, y)]
        view.command(best, UnitCommandType.BUILD, x=x, y=y, extra=kind)
        view.set_aside(kind)
        view.note(kind)
