"""Kernels behind `bridge.sc2.unit_views`: the engine's records to the API's terms, one unit after the other."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.sc2.world import NEUTRAL, NO_ID, VISIBLE
from engine.core.fixed import whole
from engine.core.jit import inline, kernel
from engine.starcraft2.boosts import max_hp_of
from engine.starcraft2.geometry import Game, Units, id_of, slot_of
from engine.starcraft2.state import GATHER, NEUTRAL_PLAYER, NOBODY, NUM_BUFFS, RETURN_CARGO
from engine.starcraft2.tables import KINDS, MADE, MINERALS, ONE, RACES, unit_type_id

Index = NDArray[np.int32]

CLOAKED_DETECTED: Final = 2
NOT_CLOAKED: Final = 3
CLOAKED_OWN: Final = 4
"""CloakState."""

HOLD: Final = 18

FLYER_HEIGHT: Final = 3.75
"""Cells that flyers are shown above the ground."""

GROWING: Final = 0.999
"""Most of what is not complete: 1 means that it is."""

SCV_GATHER, PROBE_GATHER, DRONE_GATHER = 295, 298, 1183
"""What the interface reports for a worker's order to gather, by race; for one to return cargo, the number after it."""

MINERALS_CARRIED: Final = 271
FIRST_GAS_CARRIED: Final = 273
INJECTED: Final = 11
"""Buffs (effects_buffs.json): of workers on their way home, gas by the race's position in RACES, and of hatcheries."""

BASE_CELLS: Final = 10
"""A field so near to a town hall is its."""

WORKERS_PER_FIELD: Final = 2
WORKERS_PER_GAS: Final = 3
"""Ideal harvesters (MECHANICS.md section 3)."""

LARVA: Final = unit_type_id("Larva")
WARP_GATE: Final = unit_type_id("WarpGate")

FOOD_ARMY, FOOD_WORKERS, IDLE_WORKERS, ARMY_COUNT, WARP_GATES, LARVAE = range(6)
VALUE_UNITS, VALUE_STRUCTURES, ARMY_MINERALS, ARMY_GAS, ECONOMY_MINERALS, ECONOMY_GAS = range(6, 12)
NUM_RALLIES, NUM_CARRIERS, NUM_POWER = range(12, 15)
STOCK_MINERALS, STOCK_GAS, MINED_MINERALS, MINED_GAS, SPENT_MINERALS, SPENT_GAS = range(15, 21)
LOST_MINERALS, LOST_GAS, KILLED_MINERALS, KILLED_GAS, KILLED_UNITS, KILLED_STRUCTURES = range(21, 27)
NUM_ORDERS, NUM_BUFFS_SHOWN, NUM_EFFECTS = range(27, 30)
NUM_COUNTS: Final = 30
"""Places of what `describe` counts."""

assert RACES[:3] == ("terran", "protoss", "zerg"), "abilities and buffs of workers are in this order"


@inline
def _gather_of(race: int) -> int:
    """Return the order to gather of a race's workers, GATHER of others'."""
    if race == 0:
        return SCV_GATHER
    if race == 1:
        return PROBE_GATHER
    return DRONE_GATHER if race == 2 else GATHER


@inline
def _write_unit(units: Units, game: Game, i: int, player: int, shown: Index, z_of: NDArray[np.float32], v: Any) -> None:
    """Write what a unit shows of itself; `assigned` and `ideal` stay."""
    u = units[i]
    kind = KINDS[u.kind]
    height = whole(z_of.shape[0])
    x = u.x / ONE
    y = height - u.y / ONE
    v.id = id_of(units, i) + 1
    v.type = shown[u.kind] if u.player == 0 else kind.type
    v.owner = NEUTRAL if u.player == NEUTRAL_PLAYER else u.player + 1
    v.display = VISIBLE
    v.cloak = NOT_CLOAKED
    if u.is_cloaked:
        v.cloak = CLOAKED_OWN if u.player == player else CLOAKED_DETECTED
    v.x = x
    v.y = y
    column = min(max(int(x), 0), whole(z_of.shape[1]) - 1)
    v.z = z_of[min(max(int(y), 0), height - 1), column] + (FLYER_HEIGHT if kind.is_flyer else 0.0)
    v.facing = (math.pi / 2 - u.heading * (2 * math.pi / 65536)) % (2 * math.pi)
    v.radius = kind.radius / ONE
    v.health = u.hp / ONE
    v.health_max = max_hp_of(game, u) / ONE
    v.shield = u.shield / ONE
    v.shield_max = kind.max_shield / ONE
    v.energy = u.energy / ONE
    v.energy_max = kind.max_energy / ONE
    v.build_progress = 1.0
    v.detect_range = kind.detection / ONE
    if not u.is_complete:
        v.build_progress = min(max(1 - u.build_loops / max(1, kind.build_loops), 0.0), GROWING)
        v.detect_range = 0.0
    v.weapon_cooldown = u.cooldown / ONE
    target = whole(u.target)
    v.engaged_id = target + 1 if slot_of(units, target) != NOBODY else NO_ID
    addon = whole(u.addon)
    v.add_on_id = addon + 1 if slot_of(units, addon) != NOBODY else NO_ID
    is_field = kind.resource == MINERALS
    v.minerals = u.resources if is_field else 0
    v.vespene = 0 if is_field else u.resources
    v.is_flying = kind.is_flyer != 0
    v.is_active = u.num_orders > 0 or u.num_in_queue > 0
    v.is_powered = kind.needs_power != 0 and u.has_power != 0
    v.is_hallucination = u.is_hallucination != 0
    v.cargo_max = kind.cargo_capacity
    taken = whole(0)
    for p in range(u.num_passengers):
        taken += KINDS[units[u.passengers[p]].kind].cargo_size
    v.cargo_taken = taken


@inline
def _hall_of(units: Units, slots: Index, player: int, i: int) -> int:
    """Return the row of the own town hall that a mineral field belongs to: the nearest, NOBODY where it is far."""
    found = NOBODY
    least = whole(BASE_CELLS * ONE) * BASE_CELLS * ONE
    for row in range(len(slots)):
        u = units[slots[row]]
        if u.player != player or not u.is_complete or not KINDS[u.kind].is_townhall:
            continue
        dx = whole(units[i].x) - u.x
        dy = whole(units[i].y) - u.y
        if dx * dx + dy * dy < least:
            least = dx * dx + dy * dy
            found = row
    return found


@inline
def _write_harvesters(
    units: Units, game: Game, index: Index, slots: Index, player: int, row_of: NDArray[np.int32], out: Any
) -> None:
    """Write how many workers each own town hall and gas building has, and should have.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        slots: (n,) of the units shown.
        player: whose.
        row_of: (capacity,) int32, overwritten: the row of the structure that work at a slot's unit counts for.
        out: (n,) UNIT_VIEW_DTYPE, written to.
    """
    has_hall = False
    row_of[:] = NOBODY
    for row in range(len(slots)):
        u = units[slots[row]]
        kind = KINDS[u.kind]
        if u.player != player or not u.is_complete:
            continue
        has_hall = has_hall or kind.is_townhall != 0
        if kind.is_structure and u.resources > 0:
            out[row].ideal = WORKERS_PER_GAS
            row_of[slots[row]] = row
    if has_hall:
        for k in range(game.num_units):
            i = whole(index[k])
            if KINDS[units[i].kind].resource == MINERALS:
                row = _hall_of(units, slots, player, i)
                if row != NOBODY:
                    out[row].ideal += WORKERS_PER_FIELD
                    row_of[i] = row
    for n in range(len(slots)):
        u = units[slots[n]]
        if u.player != player or not u.is_complete or u.num_orders == 0:
            continue
        if u.order_ability[0] != GATHER and u.order_ability[0] != RETURN_CARGO:
            continue
        at = slot_of(units, whole(u.order_target[0]))
        if at != NOBODY and row_of[at] != NOBODY:
            out[row_of[at]].assigned += 1


@inline
def _write_orders(units: Units, slots: Index, player: int, height: int, out: Any) -> int:
    """Write the own units' orders, then what they produce, unit by unit; return how many there are."""
    count = 0
    for row in range(len(slots)):
        u = units[slots[row]]
        if u.player != player:
            continue
        for k in range(u.num_orders):
            o = out[count]
            ability = whole(u.order_ability[k])
            if k == 0 and ability == GATHER and u.cargo > 0 and u.digs_at == NOBODY:
                ability = RETURN_CARGO  # bots take builders from those that gather
            race = whole(KINDS[u.kind].race)
            if ability == GATHER:
                ability = _gather_of(race)
            elif ability == RETURN_CARGO and _gather_of(race) != GATHER:
                ability = _gather_of(race) + 1
            o.row = row
            o.ability = ability
            o.target_id = whole(u.order_target[k]) + 1 if u.order_target[k] != NOBODY else NO_ID
            o.has_point = u.order_target[k] == NOBODY and ability != HOLD
            o.x = u.order_x[k] / ONE
            o.y = height - u.order_y[k] / ONE
            o.progress = 0.0
            count += 1
        for k in range(u.num_in_queue):
            o = out[count]
            left = whole(u.queue_loops[k])
            o.row = row
            o.ability = MADE[u.queue[k]].ability
            o.target_id = NO_ID
            o.has_point = False
            o.x = 0.0
            o.y = 0.0
            o.progress = 1 - left / max(1, MADE[u.queue[k]].loops) if left else 0.0
            count += 1
    return count


@inline
def _write_buffs(units: Units, slots: Index, buff_ids: Index, out: NDArray[np.int32]) -> int:
    """Write rows and ids, ascending, of what works on units and what workers carry; return how many there are."""
    count = 0
    for row in range(len(slots)):
        u = units[slots[row]]
        first = count
        if u.cargo > 0 and KINDS[u.kind].race < 3:
            out[count, 1] = FIRST_GAS_CARRIED + KINDS[u.kind].race if u.cargo_is_gas else MINERALS_CARRIED
            count += 1
        if u.num_injects > 0:
            out[count, 1] = INJECTED
            count += 1
        for at in range(NUM_BUFFS):
            if u.buffs[at] > 0 and buff_ids[at, u.kind] > 0:
                out[count, 1] = buff_ids[at, u.kind]
                count += 1
        for k in range(first, count):
            out[k, 0] = row
            at = k
            while at > first and out[at - 1, 1] > out[at, 1]:
                higher = whole(out[at - 1, 1])
                out[at - 1, 1] = out[at, 1]
                out[at, 1] = higher
                at -= 1
    return count


@inline
def _count_own(units: Units, game: Game, slots: Index, player: int, out: NDArray[np.int64]) -> None:
    """Count a player's units, and take its numbers from the game; food is in halves."""
    out[:] = 0
    enemy = 1 - player
    out[STOCK_MINERALS] = game.minerals[player]
    out[STOCK_GAS] = game.gas[player]
    out[MINED_MINERALS] = game.mined_minerals[player]
    out[MINED_GAS] = game.mined_gas[player]
    out[SPENT_MINERALS] = game.spent_minerals[player]
    out[SPENT_GAS] = game.spent_gas[player]
    out[LOST_MINERALS] = game.lost_minerals[player]
    out[LOST_GAS] = game.lost_gas[player]
    out[KILLED_MINERALS] = game.lost_minerals[enemy]
    out[KILLED_GAS] = game.lost_gas[enemy]
    out[KILLED_UNITS] = game.lost_value[enemy, 0]
    out[KILLED_STRUCTURES] = game.lost_value[enemy, 1]
    for row in range(len(slots)):
        u = units[slots[row]]
        if u.player != player:
            continue
        kind = KINDS[u.kind]
        price = whole(kind.minerals) + kind.gas
        if u.is_complete:
            out[VALUE_STRUCTURES if kind.is_structure else VALUE_UNITS] += price
        if not kind.is_worker and not kind.is_structure and kind.supply_half > 0:
            out[FOOD_ARMY] += kind.supply_half
            out[ARMY_COUNT] += 1
            out[ARMY_MINERALS] += kind.minerals
            out[ARMY_GAS] += kind.gas
        if kind.is_worker:
            out[FOOD_WORKERS] += kind.supply_half
            out[IDLE_WORKERS] += u.num_orders == 0
        if kind.is_worker or kind.is_townhall:
            out[ECONOMY_MINERALS] += kind.minerals
            out[ECONOMY_GAS] += kind.gas
        out[WARP_GATES] += u.is_complete != 0 and kind.type == WARP_GATE
        out[LARVAE] += kind.type == LARVA
        out[NUM_RALLIES] += u.has_rally[0] != 0 or u.has_rally[1] != 0
        out[NUM_CARRIERS] += u.num_passengers > 0
        out[NUM_POWER] += u.is_complete != 0 and kind.power_radius > 0


@kernel
def describe(
    units: Units,
    games: NDArray[np.void],
    index: Index,
    slots: Index,
    player: int,
    shown: Index,
    buff_ids: Index,
    z_of: NDArray[np.float32],
    row_of: NDArray[np.int32],
    out: NDArray[np.void],
    orders: NDArray[np.void],
    buffs: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> None:
    """Write how units look to a player, what its own do, and what there is of them.

    Args:
        units: (N,) UNIT_DTYPE of one game.
        games: (1,) GAME_DTYPE: the game. (A single record as an argument takes numpy longer than all of this does.)
        index: its living units.
        slots: (n,) int32 of the units shown.
        player: who sees them, from 0.
        shown: (kinds,) int32: the unit type id that player 0's units of each row of KINDS are shown with.
        buff_ids: (NUM_BUFFS, kinds) int32: buff id by position in `unit.buffs` and row of KINDS, 0 for none.
        z_of: (height, width) float32: the ground's height, row 0 at the bottom.
        row_of: (N,) int32, overwritten.
        out: (n,) UNIT_VIEW_DTYPE of zeros, written to.
        orders: ORDER_VIEW_DTYPE, room for all orders, written to.
        buffs: (room, 2) int32, written to: row and buff id, ascending.
        counts: (NUM_COUNTS,) int64, overwritten: the numbers of orders, buffs and effects among them.
    """
    game = games[0]
    for row in range(len(slots)):
        _write_unit(units, game, whole(slots[row]), player, shown, z_of, out[row])
    _write_harvesters(units, game, index, slots, player, row_of, out)
    _count_own(units, game, slots, player, counts)
    counts[NUM_ORDERS] = _write_orders(units, slots, player, whole(z_of.shape[0]), orders)
    counts[NUM_EFFECTS] = game.num_effects
    counts[NUM_BUFFS_SHOWN] = _write_buffs(units, slots, buff_ids, buffs)
