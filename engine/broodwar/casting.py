"""Casting: come in range, pay, and let the spell go.

Spells with a weapon become bullets; the others work at once. Source: MECHANICS.md 7; ranges and energy are the game's
tables'. The swing of the caster's arm before a spell leaves it is not played.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.afflictions import MATRIX_256, MATRIX_TICKS
from engine.broodwar.armies import begin_unit, create_unit
from engine.broodwar.flingy import is_at_goal
from engine.broodwar.order_queue import approach, go_to, kill, order_done, stop_moving
from engine.broodwar.placing import find_place
from engine.broodwar.presence import enter_map, move_to_place
from engine.broodwar.rules_table import NO_WEAPON, TECH_NAMES, UNIT_TYPE_NAMES
from engine.broodwar.shooting import cast_bullet
from engine.broodwar.spell_table import CAST_ENERGY, CAST_RANGES_PX, CAST_WEAPONS, ORDER_TECHS, TAKES_POSITION
from engine.broodwar.splash import distance_to_box
from engine.broodwar.state import (
    BURROWED,
    FADES,
    HALLUCINATION,
    IMMOVABLE,
    INTANGIBLE,
    NO_SLOT,
    PASSES_ALL,
    SLOT_ALIVE,
    STATE_INIT,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.targeting import box_distance
from engine.broodwar.upgraded import energy_max_256
from engine.core.fixed import whole
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

SCANNER_SWEEP: Final = TECH_NAMES.index("Scanner_Sweep")
DEFENSIVE_MATRIX: Final = TECH_NAMES.index("Defensive_Matrix")
DARK_SWARM: Final = TECH_NAMES.index("Dark_Swarm")
CONSUME: Final = TECH_NAMES.index("Consume")
HALLUCINATE: Final = TECH_NAMES.index("Hallucination")
RECALL: Final = TECH_NAMES.index("Recall")
DISRUPTION_WEB: Final = TECH_NAMES.index("Disruption_Web")
MIND_CONTROL: Final = TECH_NAMES.index("Mind_Control")

SWARM: Final = UNIT_TYPE_NAMES.index("Spell_Dark_Swarm")
WEB: Final = UNIT_TYPE_NAMES.index("Spell_Disruption_Web")
SWEEP: Final = UNIT_TYPE_NAMES.index("Spell_Scanner_Sweep")
LARVA: Final = UNIT_TYPE_NAMES.index("Zerg_Larva")
BROODLING: Final = UNIT_TYPE_NAMES.index("Zerg_Broodling")

SWARM_FRAMES: Final = 900
WEB_FRAMES: Final = 360
SWEEP_FRAMES: Final = 262
"""About eleven seconds; not measured."""

HALLUCINATION_FRAMES: Final = 1350
BROODLING_FRAMES: Final = 1800
CONSUMED_ENERGY_256: Final = 50 << 8
RECALL_PX: Final = 64
"""Half the width of the square from which an arbiter calls its player's units."""


@inline
def _appear(units: Units, game: Game, index: Index, i: int, kind: int, lifetime: int) -> None:
    """Put a thing of a spell exactly where caster `i` aims; it hangs over the ground, in nobody's way."""
    u = units[i]
    j = begin_unit(units, game, kind, whole(u.player), whole(u.order_x), whole(u.order_y))
    if j < 0:
        return
    v = units[j]
    v.slot_state = SLOT_ALIVE
    v.is_complete = 1
    v.build_frames = 0
    v.flies = 1
    v.lifetime = lifetime
    v.status |= FADES | INTANGIBLE | PASSES_ALL
    enter_map(units, game, index, j)
    if kind == SWARM:
        game.num_swarms += 1
    elif kind == WEB:
        game.num_webs += 1


@inline
def _hallucinate(units: Units, game: Game, index: Index, terrain: Terrain, i: int, j: int) -> None:
    """Make two images of unit `j` for the player of caster `i`."""
    v = units[j]
    for _ in range(2):
        k = create_unit(
            units, game, index, terrain,
            whole(v.type), whole(units[i].player), whole(v.x), whole(v.y), whole(v.heading),
        )  # fmt: skip
        if k >= 0:
            units[k].status |= FADES | HALLUCINATION
            units[k].lifetime = HALLUCINATION_FRAMES
            units[k].hp_256 = v.hp_256
            units[k].shield_256 = v.shield_256
            units[k].energy_256 = v.energy_256


@inline
def _recall(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Bring the units of caster `i`'s player at the place it aims at to where it is."""
    u = units[i]
    for k in range(game.num_units):
        j = whole(index[k])
        v = units[j]
        near = abs(v.x - u.order_x) <= RECALL_PX and abs(v.y - u.order_y) <= RECALL_PX
        if j == i or v.player != u.player or not near or not UNIT_TYPES[v.type].can_move:
            continue
        if v.hp_256 == 0 or v.status & (BURROWED | HALLUCINATION) or v.type == LARVA:
            continue
        found, x, y = find_place(units, game, index, terrain, whole(v.type), whole(u.x), whole(u.y))
        if found:
            move_to_place(units, game, index, j, x, y)
            v.has_path = 0
            v.movement_state = STATE_INIT
            v.next_speed_256 = 0
            order_done(units, game, j)


@inline
def take_over(units: Units, i: int, player: int) -> None:
    """Give unit `i` to another player."""
    units[i].player = player
    if units[i].turret >= 0:
        units[units[i].turret].player = player


@inline
def _work_at_once(units: Units, game: Game, index: Index, terrain: Terrain, i: int, tech: int) -> bool:
    """Do what a spell without a bullet does; return False if it has one."""
    u = units[i]
    j = whole(u.order_target)
    if tech == DARK_SWARM:
        _appear(units, game, index, i, SWARM, SWARM_FRAMES)
    elif tech == DISRUPTION_WEB:
        _appear(units, game, index, i, WEB, WEB_FRAMES)
    elif tech == SCANNER_SWEEP:
        _appear(units, game, index, i, SWEEP, SWEEP_FRAMES)
    elif tech == RECALL:
        _recall(units, game, index, terrain, i)
    elif j < 0:
        return bool(CAST_WEAPONS[tech] == NO_WEAPON)
    elif tech == DEFENSIVE_MATRIX:
        units[j].matrix_timer = MATRIX_TICKS
        units[j].matrix_256 = MATRIX_256
        units[j].is_afflicted = 1
    elif tech == HALLUCINATE:
        _hallucinate(units, game, index, terrain, i, j)
    elif tech == CONSUME:
        kill(units, game, j)
        if not units[j].status & HALLUCINATION:
            u.energy_256 = min(u.energy_256 + CONSUMED_ENERGY_256, energy_max_256(u, game))
    elif tech == MIND_CONTROL and units[j].status & HALLUCINATION:
        kill(units, game, j)
    elif tech == MIND_CONTROL:
        take_over(units, j, whole(u.player))
        u.shield_256 = 0
        order_done(units, game, j)
    else:
        return bool(CAST_WEAPONS[tech] == NO_WEAPON)
    return True


@inline
def _in_reach(units: Units, i: int, tech: int) -> bool:
    u = units[i]
    if u.order_target >= 0:
        return bool(box_distance(units, i, u.order_target) <= CAST_RANGES_PX[tech])
    return bool(distance_to_box(u, whole(u.order_x), whole(u.order_y)) <= CAST_RANGES_PX[tech])


@inline
def run_cast(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run an order that casts a spell, once every nine frames.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the caster.
    """
    u = units[i]
    tech = whole(ORDER_TECHS[u.order])
    target = whole(u.order_target)
    if target >= 0:
        u.order_x = units[target].x
        u.order_y = units[target].y
    elif not TAKES_POSITION[tech]:  # the target is gone
        order_done(units, game, i)
        return
    if not _in_reach(units, i, tech):
        if u.order_state == 1 and is_at_goal(u) and u.status & IMMOVABLE:
            order_done(units, game, i)
        elif u.order_state == 0 or u.move_target_timer == 0:
            if target >= 0:
                approach(units, i, target)
            else:
                go_to(u, game, whole(u.order_x), whole(u.order_y))
            u.order_state = 1
        return
    if UNIT_TYPES[u.type].can_move:
        stop_moving(u, game)
    if u.energy_256 < CAST_ENERGY[tech] << 8:
        order_done(units, game, i)
        return
    u.energy_256 -= CAST_ENERGY[tech] << 8
    if not _work_at_once(units, game, index, terrain, i, tech):
        cast_bullet(bullets, game, u, i, whole(CAST_WEAPONS[tech]), target, whole(u.order_x), whole(u.order_y))
    order_done(units, game, i)


@inline
def hatch_broodlings(units: Units, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Let two broodlings out of unit `i`, which dies.

    Args:
        units: (N,) UNIT_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the unit.
    """
    u = units[i]
    player = whole(u.broods_for)
    u.broods_for = NO_SLOT
    for _ in range(2):
        j = create_unit(units, game, index, terrain, BROODLING, player, whole(u.x), whole(u.y), -1)
        if j >= 0:
            units[j].lifetime = BROODLING_FRAMES
            units[j].status |= FADES
