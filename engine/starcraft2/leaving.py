"""Death: the last blow of who blows itself up, what becomes of others, who is told of it, and who has won."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline
from engine.starcraft2.creep import give_up
from engine.starcraft2.creep_table import CREEP_OF, NO_CREEP
from engine.starcraft2.deposits import give_all_back
from engine.starcraft2.geometry import Game, Units, id_of, slot_of
from engine.starcraft2.offspring import BROODLINGS_OF, spawn_broodling
from engine.starcraft2.presence import come_out
from engine.starcraft2.splash import splash_around
from engine.starcraft2.state import (
    DREW,
    GRID_CREEP,
    GRID_CREEP_CLOCK,
    LOST,
    NOBODY,
    NUM_PLAYERS,
    PLAYING,
    SLOT_ALIVE,
    SLOT_DEAD,
    SLOT_FREE,
    SLOT_INSIDE,
    WON,
)
from engine.starcraft2.tables import GAS, KIND_NAMES, KINDS, NO_RESOURCE, NO_WEAPON, WEAPONS
from engine.starcraft2.terrain import Grids, Ground, cover
from engine.starcraft2.vision import is_seen

Index = NDArray[np.int32]

_FIRST: Final = 0
_SECOND: Final = 1

_NO_HOLD = (
    "CreepTumor",
    "CreepTumorBurrowed",
    "CreepTumorQueen",
    "AutoTurret",
    "PointDefenseDrone",
    "OracleStasisTrap",
)


def _holds() -> NDArray[np.bool_]:
    """Return (kinds,) bool: whether a player with such a structure has not lost yet, by row of KINDS."""
    table: NDArray[np.bool_] = KINDS["is_structure"] != 0
    table[[KIND_NAMES.index(name) for name in _NO_HOLD if name in KIND_NAMES]] = False
    table.setflags(write=False)
    return table


HOLDS: Final = _holds()
"""(kinds,) bool: structures without which a player is beaten (SC2GameData: PreventDefeat): no tumors, no turrets."""


@inline
def let_go(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int) -> None:
    """Let what depends on a dying unit go on without it, or die with it.

    Passengers of structures come out, others die; a geyser keeps what its structure left in it; broodlings come out
    of Zerg structures that were complete.

    Args:
        units: of the game.
        game: the game.
        index: its living units; passengers are appended.
        ground: the map.
        blocked: cells that something stands on.
        i: the dying unit's slot.
    """
    u = units[i]
    kind = KINDS[u.kind]
    give_all_back(game, u)
    if 0 <= u.player < NUM_PLAYERS and not u.is_hallucination:
        game.lost_minerals[u.player] += kind.minerals
        game.lost_gas[u.player] += kind.gas
        game.lost_value[u.player, 1 if kind.is_structure else 0] += kind.minerals + kind.gas
    while u.num_passengers > 0:
        slot = whole(u.passengers[u.num_passengers - 1])
        is_out = come_out(units, game, index, ground, blocked, i, slot)
        if not kind.is_structure or not is_out:
            units[slot].hp = 0
            units[slot].slot_state = SLOT_DEAD
            if units[slot].is_hallucination:
                continue
            game.lost_minerals[u.player] += KINDS[units[slot].kind].minerals
            game.lost_gas[u.player] += KINDS[units[slot].kind].gas
            game.lost_value[u.player, 0] += KINDS[units[slot].kind].minerals + KINDS[units[slot].kind].gas
    if kind.is_structure and kind.resource == GAS:
        geyser = slot_of(units, whole(u.parent))
        if geyser != NOBODY:
            units[geyser].resources = u.resources
    if game.is_melee and u.is_complete:
        for _ in range(BROODLINGS_OF[u.kind]):
            spawn_broodling(units, game, index, ground, blocked, whole(u.player), whole(u.x), whole(u.y))


@inline
def keep_geyser(units: Units, blocked: Ground, i: int) -> None:
    """Cover the cells of the geyser again that a gas structure stood on."""
    u = units[i]
    if KINDS[u.kind].is_structure and KINDS[u.kind].resource == GAS:
        geyser = slot_of(units, whole(u.parent))
        if geyser != NOBODY:
            cover(blocked, KINDS[units[geyser].kind], units[geyser].x, units[geyser].y, 1)


@inline
def bury(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    blocked: Ground,
    grids: Grids,
    deaths: NDArray[np.int32],
) -> None:
    """Let what blows itself up do so, tell the players whom they see dying, and take the dead out of the game.

    Args:
        units: of the game.
        game: the game.
        index: its living units; closed up.
        ground: the map.
        blocked: cells that structures stand on; freed.
        grids: creep, power and sight; creep that has lost its source begins to recede.
        deaths: (players, capacity of deaths) ids, appended to.
    """
    game.has_died = 0
    k = 0
    while k < game.num_units:
        i = whole(index[k])
        k += 1
        u = units[i]
        if u.slot_state != SLOT_DEAD or u.phase < 0:
            continue
        row = KINDS[u.kind].ground_weapon
        u.phase = -1  # looked after
        if row != NO_WEAPON and WEAPONS[row].is_suicide:
            splash_around(units, game, index, i, WEAPONS[row], i)
            if game.has_died:
                game.has_died = 0
                k = 0
    for k in range(game.num_units):
        i = whole(index[k])
        if units[i].slot_state == SLOT_DEAD:
            let_go(units, game, index, ground, blocked, i)
    kept = 0
    for k in range(game.num_units):
        i = whole(index[k])
        u = units[i]
        if u.slot_state == SLOT_DEAD:
            for player in range(NUM_PLAYERS):
                if game.is_melee and not is_seen(u, game, player):
                    continue
                count = whole(game.num_deaths[player])
                if count < deaths.shape[1]:
                    deaths[player, count] = id_of(units, i)
                    game.num_deaths[player] = count + 1
            if KINDS[u.kind].is_structure or KINDS[u.kind].resource != NO_RESOURCE:
                cover(blocked, KINDS[u.kind], u.x, u.y, 0)
                keep_geyser(units, blocked, i)
            if game.is_melee and CREEP_OF[u.kind] != NO_CREEP:
                give_up(u, grids[GRID_CREEP], grids[GRID_CREEP_CLOCK])
            u.slot_state = SLOT_FREE
            u.generation += 1
        elif u.slot_state != SLOT_INSIDE:
            index[kept] = i
            kept += 1
    game.num_units = kept


@inline
def judge(units: Units, game: Game, index: Index) -> None:
    """Let a player lose who has no structure left that holds."""
    if game.result[_FIRST] != PLAYING:
        return
    has_first = False
    has_second = False
    for k in range(game.num_units):
        u = units[index[k]]
        if u.slot_state != SLOT_ALIVE or not HOLDS[u.kind]:
            continue
        if u.player == _FIRST:
            has_first = True
        elif u.player == _SECOND:
            has_second = True
    if has_first and has_second:
        return
    if not has_first and not has_second:
        game.result[_FIRST] = DREW
        game.result[_SECOND] = DREW
        return
    game.result[_FIRST] = WON if has_first else LOST
    game.result[_SECOND] = WON if has_second else LOST
