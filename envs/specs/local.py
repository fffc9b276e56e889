"""Observation `local`: what each own unit sees within its own sight radius, and nothing else.

For decentralised policies, one line per unit: the rules under which COMA's and SMAC's numbers were reached. Seen are
the units whose centre lies within the sight radius of the unit's own type, measured from centre to centre with the
game's own length (MECHANICS.md section 2); what only a comrade sees is zeros. The option `sight_px` gives all units
one radius instead, from box to box: COMA's is the firing range of ranged units, which the game measures so.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.fixed import length
from engine.core.frame import Frame
from engine.core.jit import inline, kernel
from engine.core.rules import plain_name
from envs.specs.field import Block, Field
from envs.specs.reading import (
    FLAG_ATTACK_FRAME,
    FLAG_STARTING_ATTACK,
    ORDER_ATTACK_FIXED_RANGE,
    ORDER_ATTACK_MOVE,
    ORDER_ATTACK_UNIT,
    ORDER_GUARD,
    ORDER_MOVE,
    ORDER_PLAYER_GUARD,
    ORDER_STOP,
    box_gap,
    has_flag,
    reaches,
)
from envs.specs.roster import Roster
from envs.specs.slots import Battle

SELF_FIELDS: Final = (
    Field(name="is_there", unit="flag", doc="1 while the unit lives; the whole line is 0 after."),
    Field(name="hp", doc="Hit points, of the type's maximum."),
    Field(name="shield", doc="Shield points, of the type's maximum; 0 for types without shields."),
    Field(name="energy", doc="Energy, of the type's maximum; 0 for types without energy."),
    Field(name="ground_cooldown", doc="Frames until the ground weapon may fire, of the scenario's longest reload."),
    Field(name="air_cooldown", doc="Likewise for the air weapon."),
    Field(name="is_firing", unit="flag", doc="Its attack animation is running."),
    Field(name="is_idle", unit="flag", doc="Its order is to stand and guard."),
    Field(name="is_moving", unit="flag", doc="Its order is to move."),
    Field(name="is_attacking", unit="flag", doc="Its order is to attack a unit, or what it meets."),
    Field(name="x", low=-1.0, doc="Position across the map: -1 left edge, 1 right edge."),
    Field(name="y", low=-1.0, doc="Position down the map: -1 top edge, 1 bottom edge."),
)
"""Columns about the unit itself, before its type."""

OTHER_COLUMNS: Final = (
    ("is_seen", 0.0, "flag", "1 where the unit in this slot lives within sight."),
    ("distance", 0.0, "fraction", "Distance of the centres, with `sight_px` of the boxes, of the sight radius."),
    ("dx", -1.0, "fraction", "Right of the unit, of the sight radius."),
    ("dy", -1.0, "fraction", "Below the unit, of the sight radius."),
    ("hp", 0.0, "fraction", "Hit points, of the type's maximum."),
    ("shield", 0.0, "fraction", "Shield points, of the type's maximum."),
)
"""(name, low, unit, meaning) of what is known about each other unit, before its type."""

OWN_SIGHT: Final = 0
"""Value of the option `sight_px` that stands for the sight radius of each unit's own type."""

NUM_SELF: Final = len(SELF_FIELDS)
NUM_OTHER: Final = len(OTHER_COLUMNS)


def local_block(roster: Roster) -> Block:
    """Return the declaration of `local` for these armies.

    One column group per quantity: `enemy_dx` holds the numbers of all enemy slots, `ally_dx` those of all own slots
    (a unit's own one is 0 throughout).
    """
    types = tuple(Field(name=f"is_{name}", unit="flag", doc="The unit is one.") for name in roster.names)
    fields: list[Field] = [*SELF_FIELDS, *types]
    for side, count in (("enemy", roster.num_enemy), ("ally", roster.num_own)):
        for name, low, unit, doc in OTHER_COLUMNS:
            fields.append(Field(name=f"{side}_{name}", shape=(count,), low=low, unit=unit, doc=doc))
        for name in roster.names:
            doc = f"The unit seen in this slot is a {plain_name(name)}."
            fields.append(Field(name=f"{side}_is_{name}", shape=(count,), unit="flag", doc=doc))
    reach = (roster.num_enemy,)
    fields.append(Field(name="enemy_in_range", shape=reach, unit="flag", doc="A weapon of the unit reaches it now."))
    return Block(name="local", leading=(roster.num_own,), fields=tuple(fields), doc="One line per own slot.")


class LocalEncoder:
    """Writes `local` of a batch of rows."""

    def __init__(self, roster: Roster, map_size_px: tuple[int, int], sight_px: int = OWN_SIGHT) -> None:
        """Prepare for one scenario.

        Args:
            roster: types and slots.
            map_size_px: width and height.
            sight_px: what all units see as far as, from box to box; 0 for each type's own sight, between centres.
        """
        self._roster = roster
        self._sight_px = sight_px
        self._map_size_px = map_size_px

    def encode(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `observation` of the marked rows."""
        encode_local_rows(
            marked,
            frame.units,
            self._roster.types,
            battle.slots,
            self._sight_px,
            self._roster.num_own,
            len(self._roster.names),
            self._roster.max_cooldown_frames,
            self._map_size_px[0],
            self._map_size_px[1],
            arrays["observation"],
        )


@inline
def write_self(
    unit: np.void, types: NDArray[np.void], max_cooldown: int, map_x: int, map_y: int, line: NDArray[np.float32]
) -> None:
    """Write a unit's own columns into its line."""
    kind = types[unit["type"]]
    order = unit["order"]
    line[0] = 1.0
    line[1] = min(1.0, unit["hp"] / max(1, kind["max_hp"]))
    line[2] = min(1.0, unit["shield"] / max(1, kind["max_shield"]))
    line[3] = min(1.0, unit["energy"] / max(1, kind["max_energy"]))
    line[4] = min(1.0, max(0, unit["ground_cooldown"]) / max_cooldown)
    line[5] = min(1.0, max(0, unit["air_cooldown"]) / max_cooldown)
    line[6] = 1.0 if has_flag(unit, FLAG_STARTING_ATTACK) or has_flag(unit, FLAG_ATTACK_FRAME) else 0.0
    line[7] = 1.0 if order in (ORDER_PLAYER_GUARD, ORDER_GUARD, ORDER_STOP) else 0.0
    line[8] = 1.0 if order == ORDER_MOVE else 0.0
    line[9] = 1.0 if order in (ORDER_ATTACK_UNIT, ORDER_ATTACK_FIXED_RANGE, ORDER_ATTACK_MOVE) else 0.0
    line[10] = min(1.0, max(-1.0, 2.0 * unit["x"] / map_x - 1.0))
    line[11] = min(1.0, max(-1.0, 2.0 * unit["y"] / map_y - 1.0))
    line[NUM_SELF + kind["column"]] = 1.0


@inline
def write_other(
    unit: np.void,
    other: np.void,
    types: NDArray[np.void],
    sight_px: int,
    first: int,
    slot: int,
    count: int,
    line: NDArray[np.float32],
) -> None:
    """Write what `unit` sees of `other`, if it sees it: column group q of slot s lies at first + q * count + s."""
    dx = other["x"] - unit["x"]
    dy = other["y"] - unit["y"]
    if sight_px == OWN_SIGHT:
        sight = types[unit["type"]]["sight_px"]
        distance = length(dx, dy)
    else:
        sight = sight_px
        distance = box_gap(unit, other, types)
    if distance > sight:
        return
    kind = types[other["type"]]
    at = first + slot
    line[at] = 1.0
    line[at + count] = distance / sight
    # The game's length is up to 4 % shorter than Euclid's, boxes are nearer than centres: who is just in sight may lie
    # outside the square.
    line[at + 2 * count] = min(1.0, max(-1.0, dx / sight))
    line[at + 3 * count] = min(1.0, max(-1.0, dy / sight))
    line[at + 4 * count] = min(1.0, other["hp"] / max(1, kind["max_hp"]))
    line[at + 5 * count] = min(1.0, other["shield"] / max(1, kind["max_shield"]))
    line[at + (NUM_OTHER + kind["column"]) * count] = 1.0


@kernel
def encode_local_rows(
    marked: NDArray[np.bool_],
    units: NDArray[np.void],
    types: NDArray[np.void],
    slots: NDArray[np.void],
    sight_px: int,
    num_own: int,
    num_types: int,
    max_cooldown: int,
    map_x: int,
    map_y: int,
    out: NDArray[np.float32],
) -> None:
    """Write each marked row's lines.

    Args:
        marked: (rows,) bool.
        units: (rows, capacity) UNIT_DTYPE.
        types: (256,) TYPE_DTYPE.
        slots: (rows, slots) SLOT_DTYPE, in step with `units`.
        sight_px: of all units, 0 for each type's own.
        num_own: own slots.
        num_types: types of the scenario.
        max_cooldown: frames of the longest reload.
        map_x: width, pixels.
        map_y: height, pixels.
        out: (rows, num_own, width) float32, overwritten.
    """
    num_slots = slots.shape[1]
    num_enemy = num_slots - num_own
    at_enemies = NUM_SELF + num_types
    at_allies = at_enemies + (NUM_OTHER + num_types) * num_enemy
    at_reach = at_allies + (NUM_OTHER + num_types) * num_own
    for r in range(slots.shape[0]):
        if not marked[r]:
            continue
        out[r] = 0.0
        here = slots[r]
        for i in range(num_own):
            k = here[i]["index"]
            if k < 0:
                continue
            unit = units[r, k]
            line = out[r, i]
            write_self(unit, types, max_cooldown, map_x, map_y, line)
            for j in range(num_enemy):
                h = here[num_own + j]["index"]
                if h >= 0:
                    other = units[r, h]
                    write_other(unit, other, types, sight_px, at_enemies, j, num_enemy, line)
                    is_seen = line[at_enemies + j] > 0.0
                    if is_seen and reaches(unit, other, box_gap(unit, other, types), types):
                        line[at_reach + j] = 1.0
            for a in range(num_own):
                h = here[a]["index"]
                if h >= 0 and a != i:
                    write_other(unit, units[r, h], types, sight_px, at_allies, a, num_own, line)
