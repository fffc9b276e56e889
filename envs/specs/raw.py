"""Observation and action `raw`: the Frame as it is, and any command of BWAPI's, for programs rather than networks.

A line of the observation is a unit in sight with all that the Frame tells; a line of the action is a command in the
game's own words: unit id, UnitCommandType, target id, position, extra (a unit type, a tech, a slot).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import NO_UNIT, UNIT_DTYPE, Commands, Frame, UnitCommandType
from engine.core.jit import kernel
from engine.core.rules import BROODWAR, STARCRAFT2
from envs.specs.field import Block, Field
from envs.specs.reading import index_of

INT32_MAX: Final = 2**31 - 1

NO_COMMAND: Final = int(UnitCommandType.NONE)

MAX_EXTRA: Final = 255
"""BWAPI's largest unit type, tech, upgrade and queue slot are below this."""

HIGH_OF_STARCRAFT2: Final = {"type": 4095, "player": 15, "extra": 8191}
"""StarCraft II's unit type ids and ability ids are below these; what is nobody's is player 15's."""


def _number(name: str, low: float, high: float, unit: str, doc: str) -> Field:
    return Field(name=name, dtype=np.int64, low=low, high=high, unit=unit, doc=doc)


RAW_UNIT_FIELDS: Final = (
    _number("id", -1, INT32_MAX, "id", "The unit's, for commands; never used again while the game lasts."),
    _number("type", 0, 255, "type", "BWAPI UnitType id."),
    _number("player", -1, 11, "player", "Game player number of the owner; 8 and above are neutral."),
    _number("flags", 0, 2**53, "bits", "TorchCraft's unit flags (`engine.core.frame.UnitFlag`)."),
    _number("x", 0, 8191, "pixels", "Centre."),
    _number("y", 0, 8191, "pixels", "Centre."),
    _number("hp", 0, INT32_MAX, "points", "Hit points, rounded up."),
    _number("shield", 0, INT32_MAX, "points", "Shield points, rounded down."),
    _number("energy", 0, INT32_MAX, "points", "Energy, rounded down."),
    _number("velocity_x_256", -INT32_MAX, INT32_MAX, "1/256 px a frame", "To the right."),
    _number("velocity_y_256", -INT32_MAX, INT32_MAX, "1/256 px a frame", "Downwards."),
    _number("heading", 0, 255, "1/256 turn", "0 north, 64 east, 128 south, 192 west."),
    _number("ground_cooldown", -1, 32767, "frames", "Until the ground weapon may fire."),
    _number("air_cooldown", -1, 32767, "frames", "Until the air weapon may fire."),
    _number("order", 0, 255, "order", "BWAPI Order id."),
    _number("target_id", -1, INT32_MAX, "id", "Unit that the order is about, -1 for none."),
    _number("target_x", -INT32_MAX, INT32_MAX, "pixels", "Where the order leads, -1 for nowhere."),
    _number("target_y", -INT32_MAX, INT32_MAX, "pixels", "Likewise."),
)
"""Columns of `units`: the fields of the Frame's units that exist since its first version, in its order."""

assert {field.name for field in RAW_UNIT_FIELDS} <= set(UNIT_DTYPE.names or ())

RAW_PLAYER_FIELDS: Final = (
    _number("frame", 0, INT32_MAX, "frames", "Frame number of the game."),
    _number("player", -1, 11, "player", "The seat's own player number."),
    _number("num_units", 0, INT32_MAX, "units", "How many lines of `units` are valid."),
    _number("minerals", 0, INT32_MAX, "minerals", "In the bank."),
    _number("gas", 0, INT32_MAX, "gas", "In the bank."),
    _number("supply_used", 0, INT32_MAX, "half supply", "As BWAPI counts."),
    _number("supply_total", 0, INT32_MAX, "half supply", "Likewise."),
)
"""Columns of `player`."""

COMMAND_FIELDS: Final = (
    _number("unit_id", -1, INT32_MAX, "id", "Own unit that is commanded; -1 for no command."),
    _number("type", 0, NO_COMMAND, "command", "BWAPI UnitCommandType; 44 for no command."),
    _number("target_id", -1, INT32_MAX, "id", "Unit that the command is about, -1 for none."),
    _number("x", 0, 8191, "pixels", "Where; for buildings the upper left corner."),
    _number("y", 0, 8191, "pixels", "Likewise."),
    _number("extra", 0, MAX_EXTRA, "id", "Unit type, tech, upgrade or queue slot."),
)
"""Columns of the action `raw`, one line per command."""


def of_game(fields: tuple[Field, ...], game: str) -> tuple[Field, ...]:
    """Return declarations with a game's own ranges."""
    if game != STARCRAFT2:
        return fields
    doc = {"type": "The game's own unit type id.", "extra": "Ability id of the USE_TECH types."}
    return tuple(
        dataclasses.replace(
            field, high=HIGH_OF_STARCRAFT2.get(field.name, field.high), doc=doc.get(field.name, field.doc)
        )
        for field in fields
    )


def raw_blocks(max_units: int, game: str = BROODWAR) -> tuple[Block, ...]:
    """Return the declarations of the observation.

    Args:
        max_units: lines of `units`.
        game: whose types.
    """
    return (
        Block(
            name="units",
            leading=(max_units,),
            fields=of_game(RAW_UNIT_FIELDS, game),
            doc="The units in sight in ascending id, as many as there is room for; zeros after them.",
        ),
        Block(name="player", leading=(), fields=of_game(RAW_PLAYER_FIELDS, game), doc="The seat."),
    )


def command_block(num_commands: int, game: str = BROODWAR) -> Block:
    """Return the declaration of the action.

    Args:
        num_commands: most commands of one step.
        game: whose commands.
    """
    fields: tuple[Field, ...] = COMMAND_FIELDS
    if game == STARCRAFT2:  # "type" is BWAPI's here, and `extra` an ability
        fields = tuple(field if field.name == "type" else of_game((field,), game)[0] for field in fields)
    return Block(name="raw", leading=(num_commands,), fields=fields, doc="One line per command.")


class RawEncoder:
    """Copies what the Frame says of a batch of rows."""

    def encode(self, frame: Frame, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `observation/units` and `observation/player` of the marked rows."""
        out = arrays["observation/units"]
        most = min(out.shape[1], frame.units.shape[1])
        seen = np.minimum(frame.num_units, most)
        is_valid = np.arange(most) < seen[:, None]
        for column, field in enumerate(RAW_UNIT_FIELDS):
            values = frame.units[field.name][:, :most].astype(np.int64)
            out[marked, :most, column] = np.where(is_valid, values, 0)[marked]
        player = arrays["observation/player"]
        columns = (frame.frame, frame.player, seen, frame.minerals, frame.gas, frame.supply_used, frame.supply_total)
        for column, value in enumerate(columns):
            player[marked, column] = value[marked]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDecoder:
    """Turns lines into commands."""

    def decode(self, frame: Frame, arrays: Arrays, commands: Commands) -> None:
        """Append the commands of all rows and write `info/invalid_actions`."""
        decode_raw_rows(
            arrays["action"],
            frame.player,
            frame.num_units,
            frame.units,
            commands.items,
            commands.count,
            arrays["info/invalid_actions"],
        )


@kernel
def decode_raw_rows(
    actions: NDArray[np.int64],
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    items: NDArray[np.void],
    count: NDArray[np.int32],
    invalid: NDArray[np.int32],
) -> None:
    """Append each row's commands; drop those to units that are not its own, or about targets out of sight.

    Whether the game carries out what is left is its own business, as with a real one.

    Args:
        actions: (rows, commands, 6) int64.
        player: (rows,) int8.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        items: (rows, capacity) COMMAND_DTYPE.
        count: (rows,) int32.
        invalid: (rows,) int32, overwritten: how many were dropped.
    """
    for r in range(actions.shape[0]):
        invalid[r] = 0
        for a in range(actions.shape[1]):
            line = actions[r, a]
            if line[0] < 0 or line[1] == NO_COMMAND:
                continue
            k = index_of(units[r], num_units[r], line[0])
            is_own = k >= 0 and units[r, k]["player"] == player[r]
            sees_target = line[2] == NO_UNIT or index_of(units[r], num_units[r], line[2]) >= 0
            if not is_own or not sees_target or count[r] == items.shape[1]:
                invalid[r] += 1
                continue
            command = items[r, count[r]]
            command["unit_id"] = line[0]
            command["type"] = line[1]
            command["target_id"] = line[2]
            command["x"] = line[3]
            command["y"] = line[4]
            command["extra"] = line[5]
            count[r] += 1
