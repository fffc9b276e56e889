"""Whom a blow reaches besides its target, and how much of it: circles, lines, beams, cones, bounces."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.boosts import more_range
from engine.starcraft2.damage import damage_of, hurt
from engine.starcraft2.geometry import Game, Units, distance, heading_to, root, turn_left
from engine.starcraft2.state import NEUTRAL_PLAYER, SLOT_ALIVE
from engine.starcraft2.tables import AIR_CIRCLE, BEAM, BOUNCE, CIRCLE, CONE, KINDS, LINE, SPLASHES

Index = NDArray[np.int32]


@inline
def share_at(splash: Any, gap: int) -> int:
    """Return what part of the damage falls at a distance from the middle, percent."""
    for ring in range(3):
        if gap <= splash.reach[ring]:
            return whole(splash.percent[ring])
    return 0


@inline
def _share_of(units: Units, game: Game, splash: Any, i: int, at_x: int, at_y: int, j: int, to_x: int, to_y: int) -> int:
    """Return what part of a blow's damage a bystander takes, percent.

    Args:
        units: of the game.
        game: the game.
        splash: the weapon's row.
        i: the attacker's slot.
        at_x: where the blow falls.
        at_y: likewise.
        j: the bystander's slot.
        to_x: the blow's direction, from attacker to target.
        to_y: likewise.
    """
    v = units[j]
    radius = whole(KINDS[v.kind].radius)
    shape = splash.form
    if shape in (CIRCLE, AIR_CIRCLE):
        return share_at(splash, distance(at_x, at_y, v.x, v.y) - radius)
    long = max(1, root(to_x * to_x + to_y * to_y))
    from_target = shape == LINE
    dx = whole(v.x) - (at_x if from_target else units[i].x)
    dy = whole(v.y) - (at_y if from_target else units[i].y)
    along = (dx * to_x + dy * to_y) // long
    across = abs(dx * to_y - dy * to_x) // long
    if shape == LINE:  # across the blow
        is_hit = across <= splash.reach[0] + radius and abs(along) <= splash.reach[1] + radius
        return whole(splash.percent[0]) if is_hit else 0
    if shape == BEAM:
        reach = whole(splash.reach[0]) + more_range(game, units[i].player, units[i].kind)
        is_hit = 0 <= along <= reach + radius and across <= splash.reach[1] + radius
        return whole(splash.percent[0]) if is_hit else 0
    if shape == CONE:
        reach = whole(splash.reach[0]) + radius + KINDS[units[i].kind].radius
        if dx * dx + dy * dy > reach * reach:
            return 0
        away = turn_left(heading_to(to_x, to_y), heading_to(dx, dy))
        return whole(splash.percent[0]) if away <= splash.reach[1] else 0
    return 0


@inline
def splash_around(units: Units, game: Game, index: Index, i: int, weapon: Any, middle: int) -> None:
    """Hit everybody whom a blow reaches besides its target.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        i: the attacker's slot.
        weapon: its row.
        middle: the target's slot; the attacker's own where it blows itself up.
    """
    splash = SPLASHES[weapon.splash]
    u = units[i]
    at_x = whole(units[middle].x)
    at_y = whole(units[middle].y)
    to_x = at_x - u.x
    to_y = at_y - u.y
    in_air = bool(KINDS[units[middle].kind].is_flyer)
    bounces = splash.form == BOUNCE
    left = 2 if bounces else -1
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        if j in (i, middle) or v.slot_state != SLOT_ALIVE or v.player == NEUTRAL_PLAYER:
            continue
        if v.player == u.player and not splash.hits_friends:
            continue
        kind = KINDS[v.kind]
        if bool(kind.is_flyer) != in_air and not weapon.is_suicide:
            continue
        if weapon.is_suicide and kind.is_flyer:
            continue
        if bounces:
            if left == 0 or distance(at_x, at_y, v.x, v.y) > splash.reach[0]:
                continue
            share = whole(splash.percent[2 - left])
            left -= 1
        else:
            share = _share_of(units, game, splash, i, at_x, at_y, j, to_x, to_y)
        if share > 0:
            hurt(units, game, index, j, damage_of(game, u, weapon, kind) * share // 100, whole(weapon.attacks), i)
