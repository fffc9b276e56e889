"""Short-lived Zerg: broodlings of Brood Lords and of fallen structures, locusts of Swarm Hosts.

A Brood Lord's blow leaves a broodling where it falls. Locusts hatch on the ground, take off, fly to where their Swarm
Host sent them, and land to attack: their weapon in the air does nothing but that.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.agenda import add_order
from engine.starcraft2.fighting import call_off
from engine.starcraft2.geometry import Game, Units, distance, slot_of
from engine.starcraft2.presence import become, free_place, place_unit, settle
from engine.starcraft2.spell_table import SPELLS
from engine.starcraft2.state import ATTACK, NOBODY, SLOTS_PER_GENERATION
from engine.starcraft2.tables import KIND_NAMES, KIND_OF, ONE
from engine.starcraft2.terrain import Ground

Index = NDArray[np.int32]

BROODLING: Final = int(KIND_OF[289])
LOCUST: Final = int(KIND_OF[489])
FLYING_LOCUST: Final = int(KIND_OF[693])

BROODLING_LOOPS: Final = 128
"""A broodling lives 8 normal seconds (SC2GameData: BroodlingFate)."""

HATCH_LOOPS: Final = 40
"""Locusts hatch for 2 normal seconds and take half a second to take off (SC2GameData: LocustMPStun,
LocustMPMorphToAir); their lives begin after the first two."""

STUN_LOOPS: Final = 32

LANDS_WITHIN: Final = 3 * ONE
"""How far from its target a locust may land (SC2GameData: LocustMPFlyingSwoopCreatePrecursor)."""

_DYING_9 = ("Hatchery", "Lair", "Hive")
_DYING_6 = (
    *("LurkerDenMP", "InfestationPit", "EvolutionChamber", "SpawningPool", "HydraliskDen", "Spire", "GreaterSpire"),
    *("UltraliskCavern", "NydusNetwork", "BanelingNest", "RoachWarren"),
)


def _broodlings() -> NDArray[np.int32]:
    """Return (kinds,) int32: how many broodlings come out of a fallen structure, by row of KINDS."""
    table = np.zeros(len(KIND_NAMES), np.int32)
    for count, names in ((9, _DYING_9), (6, _DYING_6)):
        for name in names:
            table[KIND_NAMES.index(name)] = count
    table.setflags(write=False)
    return table


BROODLINGS_OF: Final = _broodlings()
"""(kinds,) int32: broodlings out of a structure that falls when it was complete (SC2GameData: ZergBuildingDies6, 9)."""


@inline
def spawn_broodling(
    units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, player: int, x: int, y: int
) -> int:
    """Put a broodling at the free place nearest to a point for its short life; return its slot, NOBODY for no room."""
    slot = place_unit(units, game, index, ground, blocked, BROODLING, player, x, y, False)
    if slot != NOBODY:
        units[slot].life_left = BROODLING_LOOPS
        units[slot].clocks = 1
    return slot


@inline
def run_brood_lord(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int) -> None:
    """Leave a broodling where a Brood Lord's blow of this loop fell; it attacks whom the blow hit."""
    u = units[i]
    if u.fired_frame != game.frame or u.aim == NOBODY or u.is_hallucination:
        return
    aim = whole(u.aim)
    v = units[aim & (SLOTS_PER_GENERATION - 1)]  # dead or alive: it lies where it stood until the loop's end
    slot = spawn_broodling(units, game, index, ground, blocked, whole(u.player), whole(v.x), whole(v.y))
    if slot != NOBODY and slot_of(units, aim) != NOBODY:
        add_order(units, units[slot], ATTACK, aim, whole(v.x), whole(v.y), False)


@inline
def spawn_locusts(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    i: int,
    spell: int,
    x: int,
    y: int,
) -> None:
    """Let a Swarm Host's locusts hatch beside it and go for a place, attacking on the way."""
    u = units[i]
    facts = SPELLS[spell]
    for _ in range(facts.amount // ONE):
        kind = whole(facts.product)
        slot = place_unit(units, game, index, ground, blocked, kind, whole(u.player), whole(u.x), whole(u.y), False)
        if slot == NOBODY:
            return
        v = units[slot]
        v.is_complete = 0
        v.build_loops = HATCH_LOOPS
        v.life_left = STUN_LOOPS + whole(facts.duration)
        v.clocks = 1
        add_order(units, v, ATTACK, whole(NOBODY), x, y, False)


@inline
def take_off(u: Any, game: Game, blocked: Ground) -> None:
    """Let a locust that has hatched fly."""
    become(game, blocked, u, FLYING_LOCUST)


@inline
def swoop_down(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int, x: int, y: int) -> None:
    """Let a flying locust land at the free place nearest to a point, if one is near enough."""
    u = units[i]
    at_x, at_y, is_found = free_place(units, game, index, ground, blocked, LOCUST, x, y)
    if not is_found or distance(at_x, at_y, x, y) > LANDS_WITHIN:
        return
    settle(u, at_x, at_y)
    become(game, blocked, u, LOCUST)
    call_off(u)


@inline
def run_locust(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int) -> None:
    """Let a flying locust that has begun its attack in this loop land beside its target."""
    u = units[i]
    if u.kind != FLYING_LOCUST or u.fired_frame != game.frame:
        return
    target = slot_of(units, whole(u.aim))
    if target != NOBODY:
        swoop_down(units, game, index, ground, blocked, i, whole(units[target].x), whole(units[target].y))
