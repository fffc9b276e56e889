"""From what the wire tells a client to a row of the one Frame that every session hands out.

The wire carries what an observation of battles needs, with two exceptions: directions (units face where they go or what
they aim at here), and places that orders lead to, which come in walk tiles of 8 px. Observations read neither. Of melee
games it lacks how many units wait in a building's queue, and which of them where supply is short.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft.messages import WireFrame
from bridge.torchcraft.objects import NUM_LEVELLED_UPGRADES
from bridge.torchcraft.type_facts import WALK_TILE_PX
from bridge.torchcraft.wire_unit import (
    ENGINE_FLAGS,
    FLAG_COMPLETED,
    FLAG_LOADED,
    FLAG_RESEARCHING,
    FLAG_TRAINING,
    FLAG_UPGRADING,
    IDLE_BUILD_TYPE,
)
from engine.broodwar.production_table import NEUTRAL_PLAYER
from engine.broodwar.rules_table import NO_TYPE, unit_type_id
from engine.broodwar.state import (
    ORDER_DIE,
    ORDER_DRONE_LAND,
    ORDER_HARVEST_GAS,
    ORDER_INCOMPLETE_MORPHING,
    ORDER_NOTHING,
    ORDER_PLACE_BUILDING,
    ORDER_PLACE_PROTOSS_BUILDING,
    ORDER_ZERG_BUILDING_MORPH,
    ORDER_ZERG_UNIT_MORPH,
)
from engine.broodwar.tables import UNIT_TYPES
from engine.core.fixed import whole
from engine.core.frame import NO_UNIT, NUM_TECHS, NUM_UPGRADES, Frame, Outcome
from engine.core.jit import inline, kernel, records
from engine.core.scenario import Scenario

NUM_UNIT_TYPES: Final = 228
"""Types from here on are no units."""

SOUTH: Final = 128
"""Where a unit looks that has nowhere to look."""

OVERFLOW: Final = -1

Units = NDArray[np.void]


@inline
def _is_among(ids: NDArray[np.int32], unit_id: int) -> bool:
    for k in range(len(ids)):  # noqa: SIM110 - a kernel knows no generators
        if ids[k] == unit_id:
            return True
    return False


@inline
def _primary(u: Any, orders: NDArray[np.void]) -> int:
    """Return where a unit's order of this moment stands, -1 if it has none: a secondary order follows its own."""
    last = u.first_order + u.order_size - 1
    if u.order_size < 2:
        return whole(last) if u.order_size else -1
    order = orders[last]
    is_secondary = order.first_frame == orders[last - 1].first_frame and order.targetId < 0 and order.targetX < 0
    return whole(last - 1) if is_secondary else whole(last)


@inline
def _heading(dx: float, dy: float) -> int:
    """Return the direction of a way in 1/256 turns, 0 north, 64 east."""
    if dx == 0.0 and dy == 0.0:
        return SOUTH
    return whole(math.floor(math.atan2(dx, -dy) * 128.0 / math.pi + 0.5)) % 256


@inline
def _planned_type(u: Any, order: int) -> int:
    """Return what an own unit is to build or becomes, NO_TYPE for nothing; buildings under way name themselves."""
    kind = u.buildTechUpgradeType
    if order in (ORDER_PLACE_BUILDING, ORDER_PLACE_PROTOSS_BUILDING, ORDER_DRONE_LAND):
        return whole(kind) if kind != IDLE_BUILD_TYPE else NO_TYPE
    if order in (ORDER_ZERG_UNIT_MORPH, ORDER_ZERG_BUILDING_MORPH):
        return whole(kind) if kind != IDLE_BUILD_TYPE else NO_TYPE
    return whole(kind) if order == ORDER_INCOMPLETE_MORPHING and kind != u.type else NO_TYPE


@inline
def _trainee_of(u: Any, units: Units) -> int:
    """Return where the unit that a building trains stands, -1 for nowhere: its owner is told of it, at its place."""
    for k in range(len(units)):
        v = units[k]
        is_here = v.pixel_x == u.pixel_x and v.pixel_y == u.pixel_y and v.playerId == u.playerId
        if is_here and v.id != u.id and not v["flags"] & np.uint64(FLAG_COMPLETED):
            return k
    return -1


@inline
def _write_economy(u: Any, units: Units, orders: NDArray[np.void], player: int, out: Any) -> None:
    """Write what a unit holds and makes. How much waits in a queue is not on the wire: what trains has one there."""
    out.resources = u.resources
    out.build_type = NO_TYPE
    out.train_count = 0
    out.remaining_frames = 0
    out.remaining_train_frames = 0
    if u.playerId != player:
        return
    primary = _primary(u, orders)
    out.build_type = _planned_type(u, whole(orders[primary].type) if primary >= 0 else -1)
    if not u["flags"] & np.uint64(FLAG_COMPLETED):
        out.remaining_frames = u.remainingBuildTrainTime
    elif u["flags"] & np.uint64(FLAG_TRAINING):
        out.train_count = 1
        trainee = _trainee_of(u, units)
        if trainee >= 0:
            out.build_type = units[trainee].type
            out.remaining_train_frames = u.remainingBuildTrainTime


@inline
def _write_unit(u: Any, units: Units, orders: NDArray[np.void], player: int, out: Any) -> None:
    out.id = u.id
    out.type = u.type
    out.player = u.playerId
    out["flags"] = u["flags"] & np.uint64(ENGINE_FLAGS)
    out.x = u.pixel_x
    out.y = u.pixel_y
    out.hp = u.health
    out.shield = u.shield
    out.energy = u.energy
    out.velocity_x_256 = whole(math.floor(u.velocityX * 256.0 + 0.5))
    out.velocity_y_256 = whole(math.floor(u.velocityY * 256.0 + 0.5))
    out.ground_cooldown = u.groundCD
    out.air_cooldown = u.airCD
    out.order = 0
    out.target_id = NO_UNIT
    out.target_x = -1
    out.target_y = -1
    primary = _primary(u, orders)
    if primary >= 0:
        order = orders[primary]
        out.order = order.type
        out.target_id = order.targetId
        out.target_x = order.targetX * WALK_TILE_PX if order.targetX >= 0 else -1
        out.target_y = order.targetY * WALK_TILE_PX if order.targetY >= 0 else -1
        if order.targetId >= 0:
            for k in range(len(units)):
                if units[k].id == order.targetId:
                    out.target_x = units[k].pixel_x
                    out.target_y = units[k].pixel_y
                    break
    if out.velocity_x_256 != 0 or out.velocity_y_256 != 0:
        out.heading = _heading(u.velocityX, u.velocityY)
    elif out.target_id >= 0:
        out.heading = _heading(float(out.target_x - out.x), float(out.target_y - out.y))
    else:
        out.heading = SOUTH
    _write_economy(u, units, orders, player, out)


@inline
def _is_off_the_map(u: Any, orders: NDArray[np.void], primary: int) -> bool:
    """Say whether a unit is in training, in a refinery or in another unit: its owner is told, a Frame has no place."""
    if u["flags"] & np.uint64(FLAG_LOADED):
        return True
    if u["flags"] & np.uint64(FLAG_COMPLETED):
        return primary >= 0 and orders[primary].type == ORDER_HARVEST_GAS and orders[primary].targetX < 0
    return primary >= 0 and orders[primary].type == ORDER_NOTHING and not UNIT_TYPES[u.type].building


@kernel
def write_row(
    units: Units,
    orders: NDArray[np.void],
    player: int,
    neutral_id: int,
    shows_neutral: bool,
    deaths: NDArray[np.int32],
    out_units: Units,
) -> int:
    """Write the living units of known types, in ascending id; return how many, OVERFLOW if there is no room.

    Args:
        units: (n,) WIRE_UNIT_DTYPE.
        orders: (m,) ORDER_DTYPE.
        player: whose frame it is.
        neutral_id: the neutral player's number there.
        shows_neutral: whether his units have a place in the Frame: in melee games they do.
        deaths: (d,) int32 ids; combined frames still list these units.
        out_units: (capacity,) UNIT_DTYPE, overwritten.
    """
    count = 0
    for i in range(len(units)):
        u = units[i]
        is_neutral = u.playerId == neutral_id
        if (is_neutral and not shows_neutral) or not 0 <= u.type < NUM_UNIT_TYPES or _is_among(deaths, u.id):
            continue
        primary = _primary(u, orders)
        if (primary >= 0 and orders[primary].type == ORDER_DIE) or _is_off_the_map(u, orders, primary):
            continue
        if count == len(out_units):
            return OVERFLOW
        at = count
        while at > 0 and out_units[at - 1].id > u.id:
            out_units[at] = out_units[at - 1]
            at -= 1
        _write_unit(u, units, orders, player, out_units[at])
        if is_neutral:
            out_units[at].player = NEUTRAL_PLAYER
        count += 1
    return count


def _bits(mask: int) -> NDArray[np.uint8]:
    """Return (64,) uint8: the bits of a mask, the lowest first."""
    return np.unpackbits(np.array([mask], np.dtype("<u8")).view(np.uint8), bitorder="little")


class RowWriter:
    """Fills the rows of one Frame from clients' frames.

    Attributes:
        frame: what the session hands out.
    """

    def __init__(self, scenario: Scenario, *, capacity: int, rows: int) -> None:
        """Allocate the Frame.

        Args:
            scenario: map, and the armies that a battle begins with.
            capacity: units of a row.
            rows: number of clients.
        """
        self.frame = Frame.allocate(rows, capacity, scenario.map)
        self._armies = [[(unit_type_id(name), count) for name, count in army] for army in scenario.armies]
        self._sees_all = scenario.full_vision
        self._shows_neutral = scenario.melee is not None

    def write(
        self, row: int, wire: WireFrame, deaths: Sequence[int], frame: int, player: int, neutral_id: int = -1
    ) -> bool:
        """Fill a row; say whether there was room for all units.

        Args:
            row: which.
            wire: the client's last frame.
            deaths: ids of who died since the row's last frame, in order.
            frame: game frame.
            player: the client's player number.
            neutral_id: number of the neutral player.
        """
        out = self.frame
        dead = np.array(deaths, np.int32)
        count = int(
            write_row(
                records(wire.units),
                records(wire.orders),
                player,
                neutral_id,
                self._shows_neutral,
                dead,
                records(out.units[row]),
            )
        )
        if count == OVERFLOW or len(dead) > out.deaths.shape[1]:
            return False
        out.player[row] = player
        out.outcome[row] = Outcome.IN_PLAY
        out.frame[row] = frame
        out.num_units[row] = count
        out.num_deaths[row] = len(dead)
        out.deaths[row, : len(dead)] = dead
        out.minerals[row] = out.gas[row] = out.supply_used[row] = out.supply_total[row] = 0
        out.techs[row] = out.upgrades[row] = out.researching[row] = out.upgrading[row] = 0
        own = wire.resources[wire.resources["playerId"] == player]
        if len(own):
            out.minerals[row] = own["ore"][0]
            out.gas[row] = own["gas"][0]
            out.supply_used[row] = own["used_psi"][0]
            out.supply_total[row] = own["total_psi"][0]
            if self._shows_neutral:
                self._write_knowledge(row, *(int(own[name][0]) for name in ("techs", "upgrades", "upgrades_level")))
                mine = wire.units[wire.units["playerId"] == player]
                for flag, under_way in ((FLAG_RESEARCHING, out.researching), (FLAG_UPGRADING, out.upgrading)):
                    at_work = mine[mine["flags"] & np.uint64(flag) != 0]
                    under_way[row, at_work["buildTechUpgradeType"]] = 1
        return True

    def _write_knowledge(self, row: int, techs: int, upgrades: int, levels: int) -> None:
        """Write what a player of a melee game knows, from the protocol's masks: see `objects.Resources`."""
        if techs | upgrades == 0:
            return
        out = self.frame
        first, more = _bits(upgrades), _bits(levels)
        second, third = more[:NUM_LEVELLED_UPGRADES], more[NUM_LEVELLED_UPGRADES : 2 * NUM_LEVELLED_UPGRADES]
        out.techs[row] = _bits(techs)[:NUM_TECHS]
        out.upgrades[row] = first[:NUM_UPGRADES]
        out.upgrades[row, :NUM_LEVELLED_UPGRADES] += second + 2 * third

    def end(self, row: int, *, is_won: bool) -> None:
        """Write how a match has ended, which no frame tells."""
        self.frame.outcome[row] = Outcome.WON if is_won else Outcome.LOST

    def armies_stand(self, row: int) -> bool:
        """Say whether a battle has its armies: the own one, and the enemy's where the player sees everything."""
        units = self.frame.units[row, : self.frame.num_units[row]]
        own = units["player"] == self.frame.player[row]
        # A player's number on a real server need not be the scenario's; with two players one is the own side.
        first = 0 if self.frame.player[row] == 0 else 1
        sides = [(own, self._armies[first])]
        if self._sees_all:
            sides.append((~own, self._armies[1 - first]))
        return all(int(((units["type"] == kind) & mask).sum()) >= count for mask, army in sides for kind, count in army)

    def is_over(self, row: int) -> bool:
        """Say whether a side has no units left; dying ones do not count."""
        units = self.frame.units[row, : self.frame.num_units[row]]
        own = int((units["player"] == self.frame.player[row]).sum())
        return own == 0 or (self._sees_all and own == len(units))
