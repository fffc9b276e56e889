"""The one view of a game (`Frame`) and what a player sends back (`Commands`).

Every session, whatever plays the game behind it, hands out Frames: the embedded engine, TorchCraft's messages and
SC2's raw observations all become the same structured arrays, so that encoders never know which game process they
see. All arrays have a leading *row* axis: one row is one seat of one game (row = game * num_seats + seat).

Numbers are those that a player of the game may see, in the game's own integers: hit points as BWAPI reports them
(rounded up), pixels, frames, velocity in 1/256 pixel per frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.gamemap import GameMap

NEVER_SEEN: Final = -1
"""Value of `Frame.seen` where a seat has not looked yet."""

NO_UNIT: Final = -1
"""Unit id that means "no unit" (a target that does not exist)."""

NUM_TECHS: Final = 47
NUM_UPGRADES: Final = 63
"""BWAPI's TechTypes and UpgradeTypes."""

UNIT_DTYPE: Final = np.dtype(
    [
        ("id", np.int32),  # unique in one game; never reused while the game lasts
        ("type", np.int16),  # BWAPI UnitType id
        ("player", np.int8),  # game player number of the owner
        ("flags", np.uint64),  # bits of UnitFlag
        ("x", np.int32),  # centre, pixels
        ("y", np.int32),
        ("hp", np.int32),  # hit points, rounded up
        ("shield", np.int32),  # whole shield points, rounded down
        ("energy", np.int32),  # whole energy points, rounded down
        ("velocity_x_256", np.int32),  # 1/256 pixel per frame
        ("velocity_y_256", np.int32),
        ("heading", np.uint8),  # 1/256 turn; 0 north, 64 east, 128 south, 192 west
        ("ground_cooldown", np.int16),  # frames until the ground weapon may fire
        ("air_cooldown", np.int16),  # frames until the air weapon may fire
        ("order", np.uint8),  # BWAPI Order id
        ("target_id", np.int32),  # unit id of the order's target, NO_UNIT if none
        ("target_x", np.int32),  # order's target position, pixels, -1 if none
        ("target_y", np.int32),
        ("resources", np.int32),  # minerals or gas left in a field, geyser or refinery
        ("build_type", np.int16),  # own units: type that it trains first, becomes or is to build; -1 for none
        ("train_count", np.int16),  # own units: units in its training queue
        ("remaining_frames", np.int32),  # own units: until it is complete itself, 0 if it is
        ("remaining_train_frames", np.int32),  # own units: until the unit that it trains is complete
    ],
    align=True,
)
"""One visible unit."""


class Outcome(IntEnum):
    """How a game stands for a player: `Frame.outcome`."""

    IN_PLAY = 0
    WON = 1
    LOST = 2
    DRAWN = 3


class UnitFlag(IntEnum):
    """Bit numbers in `UNIT_DTYPE.flags`: those of TorchCraft's unit flags (only the ones in use here are named)."""

    ATTACKING = 1
    ATTACK_FRAME = 2
    BEING_CONSTRUCTED = 3
    BEING_GATHERED = 4
    BEING_HEALED = 5
    BLIND = 6
    BURROWED = 8
    CARRYING_GAS = 9
    CARRYING_MINERALS = 10
    CLOAKED = 11
    COMPLETED = 12
    CONSTRUCTING = 13
    DEFENSE_MATRIXED = 14
    DETECTED = 15
    ENSNARED = 16
    FLYING = 17
    GATHERING_GAS = 19
    GATHERING_MINERALS = 20
    HALLUCINATION = 21
    HOLDING_POSITION = 22
    IDLE = 23
    IRRADIATED = 26
    LOCKED_DOWN = 29
    MAELSTROMMED = 30
    MORPHING = 31
    MOVING = 32
    PARASITED = 33
    PLAGUED = 35
    REPAIRING = 37
    SIEGED = 40
    STARTING_ATTACK = 41
    STASISED = 42
    STIMMED = 43
    TRAINING = 46
    UNDER_ATTACK = 47
    UNDER_STORM = 50


class UnitCommandType(IntEnum):
    """BWAPI's UnitCommandTypes (ids as in BWAPI 4.2)."""

    ATTACK_MOVE = 0
    ATTACK_UNIT = 1
    BUILD = 2
    BUILD_ADDON = 3
    TRAIN = 4
    MORPH = 5
    RESEARCH = 6
    UPGRADE = 7
    SET_RALLY_POSITION = 8
    SET_RALLY_UNIT = 9
    MOVE = 10
    PATROL = 11
    HOLD_POSITION = 12
    STOP = 13
    FOLLOW = 14
    GATHER = 15
    RETURN_CARGO = 16
    REPAIR = 17
    BURROW = 18
    UNBURROW = 19
    CLOAK = 20
    DECLOAK = 21
    SIEGE = 22
    UNSIEGE = 23
    LIFT = 24
    LAND = 25
    LOAD = 26
    UNLOAD = 27
    UNLOAD_ALL = 28
    UNLOAD_ALL_POSITION = 29
    RIGHT_CLICK_POSITION = 30
    RIGHT_CLICK_UNIT = 31
    HALT_CONSTRUCTION = 32
    CANCEL_CONSTRUCTION = 33
    CANCEL_ADDON = 34
    CANCEL_TRAIN = 35
    CANCEL_TRAIN_SLOT = 36
    CANCEL_MORPH = 37
    CANCEL_RESEARCH = 38
    CANCEL_UPGRADE = 39
    USE_TECH = 40
    USE_TECH_POSITION = 41
    USE_TECH_UNIT = 42
    PLACE_COP = 43
    NONE = 44


COMMAND_DTYPE: Final = np.dtype(
    [
        ("unit_id", np.int32),
        ("type", np.int32),  # UnitCommandType
        ("target_id", np.int32),  # NO_UNIT if none
        ("x", np.int32),  # pixels
        ("y", np.int32),
        ("extra", np.int32),
    ],
    align=True,
)
"""One unit command of one seat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """What the seats of a batch order in one step; filled in place, order within a row is order of execution.

    Attributes:
        items: (rows, capacity) COMMAND_DTYPE; only the first `count` of each row are valid.
        count: (rows,) int32.
    """

    items: NDArray[np.void]
    count: NDArray[np.int32]

    @staticmethod
    def allocate(rows: int, capacity: int) -> Commands:
        """Return an empty batch for `rows` seats of at most `capacity` commands each."""
        return Commands(
            items=np.zeros((rows, capacity), COMMAND_DTYPE),
            count=np.zeros(rows, np.int32),
        )

    def clear(self) -> None:
        """Drop all commands of all rows."""
        self.count[:] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What each seat of a batch of games may see at one moment. A session reuses and overwrites the arrays.

    Attributes:
        player: (rows,) int8, the game player number of the seat.
        frame: (rows,) int32, frame number of the game.
        num_units: (rows,) int32, how many of `units` are valid.
        units: (rows, capacity) UNIT_DTYPE, visible living units in ascending id, own and others together.
        num_deaths: (rows,) int32, how many of `deaths` are valid.
        deaths: (rows, capacity) int32, ids of units that died since the previous Frame of the row, in order.
        minerals: (rows,) int32.
        gas: (rows,) int32.
        supply_used: (rows,) int32, in half supply points, as BWAPI counts.
        supply_total: (rows,) int32, likewise; both of all races together.
        outcome: (rows,) int8, `Outcome`: melee games only; battles are judged by who has units left.
        techs: (rows, NUM_TECHS) uint8 by BWAPI TechType id: 1 for what the player knows. Melee games of Brood War only,
            as the three that follow; 0 elsewhere.
        upgrades: (rows, NUM_UPGRADES) uint8 by BWAPI UpgradeType id: the level reached.
        researching: (rows, NUM_TECHS) uint8: 1 for what one of the player's buildings researches now.
        upgrading: (rows, NUM_UPGRADES) uint8: 1 for what one of them works on.
        seen: (rows, map height, map width) int32: the frame at which the seat last saw each build tile, -1 for never;
            tiles in sight have this frame's number. (rows, 0, 0) if the Frame was made without layers.
        creep: (rows, map height, map width) uint8: 1 where the seat saw creep when it last saw the build tile;
            likewise.
        map: the terrain, by reference (one map for the whole batch).
    """

    player: NDArray[np.int8]
    frame: NDArray[np.int32]
    num_units: NDArray[np.int32]
    units: NDArray[np.void]
    num_deaths: NDArray[np.int32]
    deaths: NDArray[np.int32]
    minerals: NDArray[np.int32]
    gas: NDArray[np.int32]
    supply_used: NDArray[np.int32]
    supply_total: NDArray[np.int32]
    outcome: NDArray[np.int8]
    techs: NDArray[np.uint8]
    upgrades: NDArray[np.uint8]
    researching: NDArray[np.uint8]
    upgrading: NDArray[np.uint8]
    seen: NDArray[np.int32]
    creep: NDArray[np.uint8]
    map: GameMap

    @staticmethod
    def allocate(rows: int, capacity: int, game_map: GameMap, *, layers: bool = False) -> Frame:
        """Return an empty Frame for `rows` seats that see at most `capacity` units each.

        Args:
            rows: number of seats.
            capacity: units of a row.
            game_map: the terrain.
            layers: with `seen` and `creep`; else these two stay empty.
        """
        tiles = (game_map.height, game_map.width) if layers else (0, 0)

        def ints() -> NDArray[np.int32]:
            return np.zeros(rows, np.int32)

        return Frame(
            player=np.zeros(rows, np.int8),
            frame=ints(),
            num_units=ints(),
            units=np.zeros((rows, capacity), UNIT_DTYPE),
            num_deaths=ints(),
            deaths=np.full((rows, capacity), NO_UNIT, np.int32),
            minerals=ints(),
            gas=ints(),
            supply_used=ints(),
            supply_total=ints(),
            outcome=np.zeros(rows, np.int8),
            techs=np.zeros((rows, NUM_TECHS), np.uint8),
            upgrades=np.zeros((rows, NUM_UPGRADES), np.uint8),
            researching=np.zeros((rows, NUM_TECHS), np.uint8),
            upgrading=np.zeros((rows, NUM_UPGRADES), np.uint8),
            seen=np.full((rows, *tiles), NEVER_SEEN, np.int32),
            creep=np.zeros((rows, *tiles), np.uint8),
            map=game_map,
        )
