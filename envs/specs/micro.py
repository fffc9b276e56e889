"""Action `micro`: per own unit slot one of no change, eight moves, or attack the enemy in slot j.

The choices of a slot, by number:

    0      no change: the unit goes on with its order
    1-8    move by `move_distance_px` to N, NE, E, SE, S, SW, W, NW
    9 + j  attack the enemy unit in slot j

Two options narrow this down to other people's rules without renumbering it: four `directions` forbid the diagonals, and
`attack_px` forbids attacks on enemies farther away, from box to box, as the game measures the ranges of weapons.

Masks are exact per slot: a choice is allowed exactly when decoding it sends a command that the game accepts (or, for
the attack on the unit's present target, when the wish is already being carried out: a second command would interrupt
the attack's animation, so none is sent).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import NO_UNIT, Commands, Frame, UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import inline, kernel
from envs.specs.acting import FactoredSpec
from envs.specs.reading import ORDER_ATTACK_FIXED_RANGE, ORDER_ATTACK_UNIT, box_gap, can_attack
from envs.specs.roster import Roster
from envs.specs.slots import Battle
from envs.specs.slots_kernels import NEVER

NO_CHANGE: Final = 0
FIRST_MOVE: Final = 1
NUM_MOVES: Final = 8
FIRST_ATTACK: Final = FIRST_MOVE + NUM_MOVES

MOVE_NAMES: Final = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
"""The moves in the order of their numbers."""

DIAGONAL_256: Final = 181
"""256 / sqrt(2): a diagonal move is as long as a straight one."""

DIRECTIONS_256: Final = np.array(
    [
        (0, -256),
        (DIAGONAL_256, -DIAGONAL_256),
        (256, 0),
        (DIAGONAL_256, DIAGONAL_256),
        (0, 256),
        (-DIAGONAL_256, DIAGONAL_256),
        (-256, 0),
        (-DIAGONAL_256, -DIAGONAL_256),
    ],
    np.int32,
)
"""(8, 2): x and y of each move, 1/256 of its distance."""

ALL_DIRECTIONS: Final = NUM_MOVES
STRAIGHT_DIRECTIONS: Final = 4
"""Values of the option `directions`: with four, every second move is forbidden."""

ANYWHERE_PX: Final = 1 << 15
"""Farther than any map is wide and high: attacks that no distance forbids."""

COMMAND_MOVE: Final = int(UnitCommandType.MOVE)
COMMAND_ATTACK_UNIT: Final = int(UnitCommandType.ATTACK_UNIT)


class MicroSpec(FactoredSpec):
    """Choices of `micro`.

    Attributes:
        num_own: factors of the action.
        num_enemy: attack choices of a factor.
        move_distance_px: how far a move goes.
        directions: 8, or 4 without the diagonals.
        attack_px: enemies farther away cannot be attacked, from box to box.
    """

    def __init__(
        self,
        *,
        num_own: int,
        num_enemy: int,
        move_distance_px: int,
        directions: int = ALL_DIRECTIONS,
        attack_px: int = ANYWHERE_PX,
    ) -> None:
        """Name the choices.

        Args:
            num_own: factors of the action.
            num_enemy: attack choices of a factor.
            move_distance_px: how far a move goes.
            directions: 8, or 4 without the diagonals.
            attack_px: enemies farther away cannot be attacked.
        """
        super().__init__("micro", np.full(num_own, FIRST_ATTACK + num_enemy, np.int64), "own slot")
        self.num_own = num_own
        self.num_enemy = num_enemy
        self.move_distance_px = move_distance_px
        self.directions = directions
        self.attack_px = attack_px

    @property
    def num_choices(self) -> int:
        """Choices of one factor."""
        return FIRST_ATTACK + self.num_enemy

    def choice_name(self, choice: int) -> str:
        """Return a choice in words."""
        if choice == NO_CHANGE:
            return "no change"
        if choice < FIRST_ATTACK:
            return f"move {MOVE_NAMES[choice - FIRST_MOVE]}"
        return f"attack enemy slot {choice - FIRST_ATTACK}"


def sensible_move_distance_px(roster: Roster, frame_skip: int, latency_frames: int) -> int:
    """Return the shortest whole number of build tiles that no own unit covers, or brakes for, before its next command.

    Args:
        roster: top speed and braking distance of the own units.
        frame_skip: frames between two commands.
        latency_frames: frames until a command takes effect.
    """
    travel_px = -(-roster.top_speed_256 * (frame_skip + latency_frames) // 256)
    return max(1, -(-(travel_px + roster.brake_px) // BUILD_TILE_PX)) * BUILD_TILE_PX


class MicroDecoder:
    """Turns `micro` actions into commands and writes their masks."""

    def __init__(self, spec: MicroSpec, roster: Roster, map_size_px: tuple[int, int], latency_frames: int) -> None:
        """Prepare for one scenario.

        Args:
            spec: slots and distance.
            roster: the scenario's types.
            map_size_px: width and height.
            latency_frames: frames during which an own command does not show in the Frame yet.
        """
        self._spec = spec
        self._roster = roster
        self._map_size_px = (map_size_px[0], map_size_px[1] - roster.closed_bottom_px)
        self._latency_frames = latency_frames

    def mask(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `action_mask` of the marked rows.

        Args:
            frame: the view.
            battle: slots that follow `frame`.
            arrays: the step's arrays.
            marked: (rows,) bool.
        """
        mask_rows(
            marked,
            frame.units,
            self._roster.types,
            battle.slots,
            self._spec.num_own,
            self._spec.move_distance_px,
            self._spec.directions,
            self._spec.attack_px,
            self._map_size_px[0],
            self._map_size_px[1],
            arrays["action_mask"],
        )

    def decode(self, frame: Frame, battle: Battle, arrays: Arrays, commands: Commands) -> None:
        """Append the commands of all rows and write `info/invalid_actions`.

        Args:
            frame: the view that the actions answer.
            battle: slots that follow `frame`; remembers the orders.
            arrays: the step's arrays.
            commands: appended to.
        """
        decode_rows(
            arrays["action"],
            frame.frame,
            frame.units,
            self._roster.types,
            battle.slots,
            self._spec.num_own,
            self._spec.move_distance_px,
            self._spec.directions,
            self._spec.attack_px,
            self._map_size_px[0],
            self._map_size_px[1],
            self._latency_frames,
            commands.items,
            commands.count,
            arrays["info/invalid_actions"],
        )


@inline
def destination(
    unit: np.void, types: NDArray[np.void], direction: int, distance_px: int, map_x: int, map_y: int
) -> tuple[int, int]:
    """Return (x, y) of a move, pixels, clamped so that the unit's box stays where units may stand."""
    kind = types[unit["type"]]
    x = unit["x"] + (DIRECTIONS_256[direction, 0] * distance_px) // 256
    y = unit["y"] + (DIRECTIONS_256[direction, 1] * distance_px) // 256
    x = min(max(x, kind["left"]), map_x - 1 - kind["right"])
    y = min(max(y, kind["up"]), map_y - 1 - kind["down"])
    return x, y


@inline
def send_move(
    unit: np.void,
    x: int,
    y: int,
    slot: np.void,
    frame: int,
    items: NDArray[np.void],
    count: NDArray[np.int32],
    row: int,
) -> None:
    """Append a unit's move to a row's commands, and note it in the unit's slot."""
    command = items[count[row]]
    command["unit_id"] = unit["id"]
    command["type"] = COMMAND_MOVE
    command["target_id"] = NO_UNIT
    command["x"] = x
    command["y"] = y
    command["extra"] = 0
    count[row] += 1
    slot["ordered_target"] = NO_UNIT
    slot["ordered_frame"] = frame


@inline
def send_attack(
    unit: np.void,
    target: np.void,
    slot: np.void,
    frame: int,
    latency: int,
    items: NDArray[np.void],
    count: NDArray[np.int32],
    row: int,
) -> None:
    """Append a unit's attack to a row's commands and note it in the slot, unless it attacks that target already."""
    is_on_its_way = slot["ordered_frame"] != NEVER and frame - slot["ordered_frame"] <= latency
    if is_on_its_way:
        is_on_target = slot["ordered_target"] == target["id"]
    else:
        attacks = unit["order"] in (ORDER_ATTACK_UNIT, ORDER_ATTACK_FIXED_RANGE)
        is_on_target = attacks and unit["target_id"] == target["id"]
    if is_on_target:
        return
    command = items[count[row]]
    command["unit_id"] = unit["id"]
    command["type"] = COMMAND_ATTACK_UNIT
    command["target_id"] = target["id"]
    command["x"] = target["x"]
    command["y"] = target["y"]
    command["extra"] = 0
    count[row] += 1
    slot["ordered_target"] = target["id"]
    slot["ordered_frame"] = frame


@inline
def is_in_reach(unit: np.void, target: np.void, types: NDArray[np.void], attack_px: int) -> bool:
    """Say whether two units are no farther apart, from box to box, than attacks may begin."""
    return attack_px == ANYWHERE_PX or box_gap(unit, target, types) <= attack_px


@kernel
def mask_rows(
    marked: NDArray[np.bool_],
    units: NDArray[np.void],
    types: NDArray[np.void],
    slots: NDArray[np.void],
    num_own: int,
    distance_px: int,
    directions: int,
    attack_px: int,
    map_x: int,
    map_y: int,
    out: NDArray[np.bool_],
) -> None:
    """Write which choices of each own slot of the marked rows are possible.

    An empty slot allows only "no change"; a move is possible if it leads elsewhere; an attack if the enemy is there,
    near enough, and the unit has a weapon against it.

    Args:
        marked: (rows,) bool.
        units: (rows, capacity) UNIT_DTYPE.
        types: (256,) TYPE_DTYPE.
        slots: (rows, slots) SLOT_DTYPE.
        num_own: own slots.
        distance_px: length of a move.
        directions: 8, or 4 without the diagonals.
        attack_px: enemies farther away cannot be attacked.
        map_x: width, pixels.
        map_y: height without the strip that no unit enters, pixels.
        out: (rows, num_own * (9 + enemy slots)) bool, overwritten.
    """
    num_enemy = slots.shape[1] - num_own
    choices = FIRST_ATTACK + num_enemy
    for r in range(slots.shape[0]):
        if not marked[r]:
            continue
        for i in range(num_own):
            base = i * choices
            out[r, base] = True
            k = slots[r, i]["index"]
            if k < 0:
                out[r, base + 1 : base + choices] = False
                continue
            unit = units[r, k]
            for d in range(NUM_MOVES):
                x, y = destination(unit, types, d, distance_px, map_x, map_y)
                is_open = d * directions % NUM_MOVES == 0
                out[r, base + FIRST_MOVE + d] = is_open and (x != unit["x"] or y != unit["y"])
            for j in range(num_enemy):
                h = slots[r, num_own + j]["index"]
                is_near = h >= 0 and is_in_reach(unit, units[r, h], types, attack_px)
                out[r, base + FIRST_ATTACK + j] = is_near and can_attack(unit, units[r, h], types)


@kernel
def decode_rows(
    actions: NDArray[np.int64],
    frame: NDArray[np.int32],
    units: NDArray[np.void],
    types: NDArray[np.void],
    slots: NDArray[np.void],
    num_own: int,
    distance_px: int,
    directions: int,
    attack_px: int,
    map_x: int,
    map_y: int,
    latency: int,
    items: NDArray[np.void],
    count: NDArray[np.int32],
    invalid: NDArray[np.int32],
) -> None:
    """Append each row's commands; drop and count the choices that its mask forbids.

    Args:
        actions: (rows, num_own) int64.
        frame: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        types: (256,) TYPE_DTYPE.
        slots: (rows, slots) SLOT_DTYPE; `ordered_*` updated.
        num_own: own slots.
        distance_px: length of a move.
        directions: 8, or 4 without the diagonals.
        attack_px: enemies farther away cannot be attacked.
        map_x: width, pixels.
        map_y: height without the strip that no unit enters, pixels.
        latency: frames until a command shows.
        items: (rows, capacity) COMMAND_DTYPE.
        count: (rows,) int32.
        invalid: (rows,) int32, overwritten.
    """
    num_enemy = slots.shape[1] - num_own
    for r in range(slots.shape[0]):
        invalid[r] = 0
        for i in range(num_own):
            choice = actions[r, i]
            if choice == NO_CHANGE:
                continue
            slot = slots[r, i]
            k = slot["index"]
            if k < 0 or choice < 0 or choice >= FIRST_ATTACK + num_enemy:
                invalid[r] += 1
                continue
            unit = units[r, k]
            if choice < FIRST_ATTACK:
                x, y = destination(unit, types, choice - FIRST_MOVE, distance_px, map_x, map_y)
                is_open = (choice - FIRST_MOVE) * directions % NUM_MOVES == 0
                if not is_open or (x == unit["x"] and y == unit["y"]):
                    invalid[r] += 1
                    continue
                send_move(unit, x, y, slot, frame[r], items[r], count, r)
                continue
            h = slots[r, num_own + choice - FIRST_ATTACK]["index"]
            if (
                h < 0
                or not is_in_reach(unit, units[r, h], types, attack_px)
                or not can_attack(unit, units[r, h], types)
            ):
                invalid[r] += 1
                continue
            send_attack(unit, units[r, h], slot, frame[r], latency, items[r], count, r)
