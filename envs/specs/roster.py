"""What the encoders know about unit types: one structured array indexed by BWAPI type id, one kernel argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from engine.core.rules import BROODWAR, FACTS_DTYPE, rules_of
from engine.core.scenario import Scenario

NUM_TYPES: Final = 256
"""BWAPI's UnitType ids are below this."""

NUM_UNIT_TYPES: Final = 228
"""BWAPI's type ids below this are units; the rest are groups of BWAPI's."""

NO_COOLDOWN_FRAMES: Final = 3
"""What stands for the longest reload where nobody has a weapon: one frame, with Brood War's spread of two."""

TYPE_DTYPE: Final = np.dtype(
    [("column", np.int32), *((name, np.int32) for name in FACTS_DTYPE.names or ())], align=True
)
"""One unit type: `column` is its index in the scenario's list of types, -1 if it has none of them; the rest are the
facts of `engine.core.rules`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The unit types of one scenario, and how many units each side starts with.

    Attributes:
        names: unit type names in order of first appearance: own army, then enemy army.
        types: (types,) TYPE_DTYPE by type id; facts of every type, `column` -1 where the scenario has none.
        num_own: own unit slots.
        num_enemy: enemy unit slots.
        max_durability: the largest max_hp + max_shield among the types, points.
        max_cooldown_frames: the longest time that a weapon of the types can take to reload.
        brake_px: the farthest that a unit of the own army still moves when told to stop, pixels.
        top_speed_256: the fastest own unit, 1/256 pixel per frame.
        closed_bottom_px: height of the strip at the map's lower edge that no unit enters.
    """

    names: tuple[str, ...]
    types: NDArray[np.void]
    num_own: int
    num_enemy: int
    max_durability: int
    max_cooldown_frames: int
    brake_px: int
    top_speed_256: int
    closed_bottom_px: int

    def type_ids(self) -> list[int]:
        """Return the type ids in the order of `names`."""
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
    rules = rules_of(scenario.game)
    types = type_facts(scenario.game)
    for column, name in enumerate(names):
        types["column"][rules.unit_type_id(name)] = column
    types.setflags(write=False)
    mine_and_theirs = types[types["column"] >= 0]
    mine = types[[rules.unit_type_id(name) for name in dict.fromkeys(own_names)]]
    return Roster(
        names=names,
        types=types,
        num_own=max(army_size(scenario, player) for player in players),
        num_enemy=max(army_size(scenario, 1 - player) for player in players),
        max_durability=int((mine_and_theirs["max_hp"] + mine_and_theirs["max_shield"]).max(initial=1)),
        max_cooldown_frames=int(mine_and_theirs["cooldown_frames"].max()) or NO_COOLDOWN_FRAMES,
        brake_px=int(mine["brake_px"].max()),
        top_speed_256=int(mine["top_speed_256"].max()),
        closed_bottom_px=rules.closed_bottom_px,
    )


def type_facts(game: str = BROODWAR) -> NDArray[np.void]:
    """Return (types,) TYPE_DTYPE of all unit types of a game by type id, with `column` -1 throughout."""
    facts = rules_of(game).facts
    types = np.zeros(len(facts), TYPE_DTYPE)
    types["column"] = -1
    for name in FACTS_DTYPE.names or ():
        types[name] = facts[name]
    return types
