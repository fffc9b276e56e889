"""From a raw observation to a row of a Frame: what python-sc2 and the real game say, in Nydus's terms.

What the protocol does not carry: enemies' orders and cooldowns (0), velocity (taken from the last two observations),
attack phases. What it carries is the same to the last bit as in the embedded backend.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np

from bridge.sc2.frame_economy import NO_ORDER, SELF, Scene, write_layers, write_work
from bridge.sc2.tags import ID_MASK
from engine.core.frame import NEVER_SEEN, NO_UNIT, Frame, UnitFlag

if TYPE_CHECKING:
    from s2clientprotocol.raw_pb2 import Unit
    from s2clientprotocol.sc2api_pb2 import Observation

PIXELS: Final = 32
NEUTRAL_OWNER: Final = 16
NEUTRAL_PLAYER: Final = 15
"""Owner of what is nobody's, in the API and in Frames of StarCraft II."""

SNAPSHOT: Final = 2
"""Display type of what is remembered and out of sight: Frames hold what is seen."""

MOVE: Final = (16, 3794)
PATROL: Final = (17, 3795)
HOLD: Final = (18, 3793)
ATTACK: Final = (23, 3674, 2048)
SCAN_MOVE: Final = (19, 3771)
HEAL: Final = (386,)

ORDER_PLAYER_GUARD: Final = 3
ORDER_MOVE: Final = 6
ORDER_ATTACK_UNIT: Final = 10
ORDER_ATTACK_MOVE: Final = 14
ORDER_HOLD_POSITION: Final = 107
ORDER_PATROL: Final = 152
ORDER_MEDIC_HEAL: Final = 176
"""BWAPI's orders, which Frames are written in."""

MEDIVACS: Final = frozenset({54})

UNARMED: Final = (False, False)

MAX_ID: Final = (1 << 31) - 1


class Ids:
    """The unit ids of tags: the tag's own number where it can be one, so that both backends name units alike."""

    def __init__(self) -> None:
        """Begin a game."""
        self._id_of: dict[int, int] = {}
        self._tag_of: dict[int, int] = {}

    def id_of(self, tag: int) -> int:
        """Return the unit id of a tag; the same one as long as the game lasts."""
        known = self._id_of.get(tag)
        if known is not None:
            return known
        unit_id = (tag & ID_MASK) - 1
        while not 0 <= unit_id <= MAX_ID or unit_id in self._tag_of:
            unit_id = (unit_id * 5 + 1) & MAX_ID  # visits every number
        self._id_of[tag] = unit_id
        self._tag_of[unit_id] = tag
        return unit_id

    def tag_of(self, unit_id: int) -> int:
        """Return the tag of a unit id, 0 of one that was never seen."""
        return self._tag_of.get(unit_id, 0)


class FrameWriter:
    """Writes one row of a Frame per game."""

    def __init__(self, frame: Frame, row: int) -> None:
        """Write into a Frame.

        Args:
            frame: of the session.
            row: which row.
        """
        self._frame = frame
        self._row = row
        self._height = frame.map.height
        self._has_layers = frame.seen.size > 0  # a melee game
        from bridge.sc2.data import weapon_targets  # the API's messages: only where there is a game

        self._weapons = weapon_targets()
        self.begin()

    def begin(self) -> None:
        """Forget the game before."""
        self.ids = Ids()
        self._places: dict[int, tuple[int, int]] = {}
        self._scene = Scene()
        self._frame.seen[self._row] = NEVER_SEEN
        self._loop = 0

    def write(self, observation: Observation, player: int) -> bool:
        """Write what a player sees; return whether all units had room.

        Args:
            observation: with raw data.
            player: number of the own player in the API, from 1.
        """
        frame, row = self._frame, self._row
        raw, common = observation.raw_data, observation.player_common
        units = [(self.ids.id_of(unit.tag), unit) for unit in self._shown(raw.units)]
        self._scene = Scene(raw.units) if self._has_layers else self._scene
        units.sort(key=lambda item: item[0])
        has_room = bool(len(units) <= frame.units.shape[1])
        loops = max(1, observation.game_loop - self._loop)
        places = {}
        for at, (unit_id, unit) in enumerate(units[: frame.units.shape[1]]):
            out = frame.units[row, at]
            out["id"] = unit_id
            self._write_unit(unit, out)
            place = int(out["x"]), int(out["y"])
            before = self._places.get(unit_id, place)
            out["velocity_x_256"] = (place[0] - before[0]) * 256 // loops
            out["velocity_y_256"] = (place[1] - before[1]) * 256 // loops
            places[unit_id] = place
        self._places, self._loop = places, observation.game_loop
        dead = [self.ids.id_of(tag) for tag in raw.event.dead_units][: frame.deaths.shape[1]]
        frame.num_units[row] = min(len(units), frame.units.shape[1])
        frame.deaths[row, : len(dead)] = dead
        frame.num_deaths[row] = len(dead)
        frame.player[row] = player - 1
        frame.frame[row] = observation.game_loop
        frame.minerals[row], frame.gas[row] = common.minerals, common.vespene
        if self._has_layers:
            state = raw.map_state
            write_layers(state.visibility, state.creep, observation.game_loop, frame.seen[row], frame.creep[row])
        frame.supply_used[row], frame.supply_total[row] = 2 * common.food_used, 2 * common.food_cap
        return has_room

    def _shown(self, units: Iterable[Unit]) -> Iterable[Unit]:
        """Return the units that a Frame holds: in melee games what is remembered is no part of it."""
        return [unit for unit in units if unit.display_type != SNAPSHOT] if self._has_layers else units

    def _write_unit(self, unit: Unit, out: np.void) -> None:
        out["type"] = unit.unit_type
        out["player"] = NEUTRAL_PLAYER if unit.owner == NEUTRAL_OWNER else unit.owner - 1
        out["x"] = math.floor(unit.pos.x * PIXELS)
        out["y"] = math.floor((self._height - unit.pos.y) * PIXELS)
        out["hp"] = math.ceil(unit.health)
        out["shield"], out["energy"] = math.floor(unit.shield), math.floor(unit.energy)
        turn = round((math.pi / 2 - unit.facing) * (65536 / (2 * math.pi))) % 65536
        out["heading"] = turn // 256
        is_own = unit.alliance == SELF
        wait = max(0, math.ceil(unit.weapon_cooldown)) if is_own else 0
        hits_ground, hits_air = self._weapons.get(unit.unit_type, UNARMED)
        out["ground_cooldown"] = wait if hits_ground else 0
        out["air_cooldown"] = wait if hits_air else 0
        out["resources"] = unit.mineral_contents or unit.vespene_contents
        out["build_type"] = -1
        out["train_count"] = out["remaining_frames"] = out["remaining_train_frames"] = 0
        target_tag, place, order = self._doing(unit) if is_own else (0, None, ORDER_PLAYER_GUARD)
        flags = 1 << UnitFlag.DETECTED
        if is_own and self._has_layers:
            work, meant = write_work(unit, self._scene, out)
            flags |= work
            order = order if meant == NO_ORDER else meant
        out["order"] = order
        out["target_id"] = self.ids.id_of(target_tag) if target_tag else NO_UNIT
        x, y = place or (-1, -1)
        out["target_x"], out["target_y"] = x, y
        flags |= 1 << (UnitFlag.COMPLETED if unit.build_progress >= 1 else UnitFlag.BEING_CONSTRUCTED)
        if unit.is_flying:
            flags |= 1 << UnitFlag.FLYING
        if unit.is_burrowed:
            flags |= 1 << UnitFlag.BURROWED
        if unit.is_hallucination:
            flags |= 1 << UnitFlag.HALLUCINATION
        if order == ORDER_HOLD_POSITION:
            flags |= 1 << UnitFlag.HOLDING_POSITION
        if is_own and order == ORDER_PLAYER_GUARD and out["train_count"] == 0:
            flags |= 1 << UnitFlag.IDLE
        out["flags"] = flags

    def _doing(self, unit: Unit) -> tuple[int, tuple[int, int] | None, int]:
        """Return whom an own unit aims at, the place it goes to, and the BWAPI order nearest to what it does."""
        found = unit.engaged_target_tag
        acting = ORDER_MEDIC_HEAL if unit.unit_type in MEDIVACS else ORDER_ATTACK_UNIT
        if not unit.orders:
            return found, None, acting if found else ORDER_PLAYER_GUARD
        first = unit.orders[0]
        ability = first.ability_id
        place = None
        if first.HasField("target_world_space_pos"):
            at = first.target_world_space_pos
            place = math.floor(at.x * PIXELS), math.floor((self._height - at.y) * PIXELS)
        if first.target_unit_tag:
            found = first.target_unit_tag
        if ability in MOVE:
            return found, place, ORDER_MOVE
        if ability in HOLD:
            return found, place, ORDER_HOLD_POSITION
        if ability in HEAL:
            return found, place, ORDER_MEDIC_HEAL
        if ability in ATTACK and first.target_unit_tag:
            return found, place, ORDER_ATTACK_UNIT
        if found:
            return found, place, acting
        if ability in PATROL:
            return found, place, ORDER_PATROL
        if ability in ATTACK + SCAN_MOVE:
            return found, place, ORDER_ATTACK_MOVE
        return found, place, ORDER_PLAYER_GUARD

    def finish_targets(self) -> None:
        """Give every unit that aims at another one that other's place, as in the embedded backend."""
        row = self._row
        units = self._frame.units[row, : self._frame.num_units[row]]
        for at in np.flatnonzero(units["target_id"] != NO_UNIT):
            unit = units[at]
            place = self._places.get(int(unit["target_id"]))
            if place is None:
                unit["target_id"] = NO_UNIT
            else:
                unit["target_x"], unit["target_y"] = place
