"""What the encoders know about unit types: one structured array indexed by BWAPI type id, one kernel argument."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import NO_WEAPON, UNIT_TYPES, WEAPON_TYPES, unit_type_id
from engine.core.scenario import Scenario

NUM_TYPES: Final = 256
"""BWAPI's UnitType ids are below this."""

NUM_UNIT_TYPES: Final = 228
"""Type ids below this are units; the rest are groups of BWAPI's."""

COOLDOWN_SPREAD_FRAMES: Final = 2
"""A reload takes up to so many frames more than the table says (MECHANICS.md section 4.2)."""

TYPE_DTYPE: Final = np.dtype(
    [
        ("column", np.int32),  # index in the scenario's list of types, -1 if it has none of them
        ("max_hp", np.int32),
        ("max_shield", np.int32),
        ("max_energy", np.int32),
        ("ground_min_range_px", np.int32),
        ("ground_range_px", np.int32),  # NO_WEAPON if it cannot hit ground units
        ("air_min_range_px", np.int32),
        ("air_range_px", np.int32),  # NO_WEAPON if it cannot hit flyers
        ("is_flyer", np.int32),
        ("left", np.int32),  # box: distance from the centre to each edge, pixels
        ("up", np.int32),
        ("right", np.int32),
        ("down", np.int32),
        ("sight_px", np.int32),
        ("is_building", np.int32),
        ("is_resource", np.int32),  # a mineral field or a geyser
        ("is_worker", np.int32),
    ],
    align=True,
)
"""One unit type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The unit types of one scenario, and how many units each side starts with.

    Attributes:
        names: BWAPI UnitType names in order of first appearance: own army, then enemy army.
        types: (256,) TYPE_DTYPE by BWAPI type id; facts of every type, `column` -1 where the scenario has none.
        num_own: own unit slots.
        num_enemy: enemy unit slots.
        max_durability: the largest max_hp + max_shield among the types, points.
        max_cooldown_frames: the longest time that a weapon of the types can take to reload.
        brake_px: the farthest that a unit of the own army still moves when told to stop, pixels.
        top_speed_256: the fastest own unit, 1/256 pixel per frame.
    """

    names: tuple[str, ...]
    types: NDArray[np.void]
    num_own: int
    num_enemy: int
    max_durability: int
    max_cooldown_frames: int
    brake_px: int
    top_speed_256: int

    def type_ids(self) -> list[int]:
        """Return the BWAPI type ids in the order of `names`."""
        ids = np.flatnonzero(self.types["column"] >= 0)
        return sorted(ids.tolist(), key=lambda type_id: int(self.types["column"][type_id]))


def army_size(scenario: Scenario, player: int) -> int:
    """Return how many units `player` starts a battle with."""
    return sum(count for _, count in scenario.armies[player])


def roster_of(scenario: Scenario, players: tuple[int, ...] = (0,)) -> Roster:
    """Return the types and slots of a scenario as seats of `players` see them.

    Args:
        scenario: its armies size the slots.
        players: game player numbers that are played; slots are as many as the largest of their armies needs.

    Raises:
        ConfigError: a player that the scenario does not have.
    """
    if not players or any(player not in (0, 1) for player in players):
        raise ConfigError(f"players: got {list(players)}; allowed: [0], [1] or [0, 1]")
    own_names = [name for player in players for name, _ in scenario.armies[player]]
    enemy_names = [name for player in players for name, _ in scenario.armies[1 - player]]
    names = tuple(dict.fromkeys([*own_names, *enemy_names]))
    types = type_facts()
    for column, name in enumerate(names):
        types["column"][unit_type_id(name)] = column
    types.setflags(write=False)
    mine_and_theirs = types[types["column"] >= 0]
    mine = [UNIT_TYPES[unit_type_id(name)] for name in dict.fromkeys(own_names)]
    cooldowns = [
        int(WEAPON_TYPES[weapon]["cooldown_frames"])
        for name in names
        for weapon in (UNIT_TYPES[unit_type_id(name)]["ground_weapon"], UNIT_TYPES[unit_type_id(name)]["air_weapon"])
        if weapon != NO_WEAPON
    ]
    return Roster(
        names=names,
        types=types,
        num_own=max(army_size(scenario, player) for player in players),
        num_enemy=max(army_size(scenario, 1 - player) for player in players),
        max_durability=int((mine_and_theirs["max_hp"] + mine_and_theirs["max_shield"]).max(initial=1)),
        max_cooldown_frames=max(cooldowns, default=1) + COOLDOWN_SPREAD_FRAMES,
        brake_px=max(-(-int(kind["halt_distance_256"]) // 256) for kind in mine),
        top_speed_256=max(math.ceil(256 * float(kind["effective_top_speed_px"])) for kind in mine),
    )


def type_facts() -> NDArray[np.void]:
    """Return (256,) TYPE_DTYPE of all unit types, with `column` -1 throughout."""
    types = np.zeros(NUM_TYPES, TYPE_DTYPE)
    types["column"] = -1
    types["ground_range_px"] = types["air_range_px"] = NO_WEAPON
    for type_id in range(NUM_UNIT_TYPES):
        types[type_id] = _facts(UNIT_TYPES[type_id], PRODUCTION[type_id])
    return types


def _facts(kind: np.void, product: np.void) -> tuple[int, ...]:
    """Return one type's line in the order of `TYPE_DTYPE`."""
    ranges: list[int] = []
    for name in ("ground_weapon", "air_weapon"):
        weapon = int(kind[name])
        if weapon == NO_WEAPON:
            ranges += [0, NO_WEAPON]
        else:
            ranges += [int(WEAPON_TYPES[weapon]["min_range_px"]), int(WEAPON_TYPES[weapon]["max_range_px"])]
    return (
        -1,
        *(int(kind[name]) for name in ("max_hp", "max_shield", "max_energy")),
        *ranges,
        *(int(kind[name]) for name in ("flyer", "left", "up", "right", "down", "sight_px", "building")),
        int(product["is_resource_container"]),
        int(kind["worker"]),
    )
