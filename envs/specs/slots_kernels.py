"""The kernels behind `slots`: who sits where as a battle starts, and what became of them since."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import NO_UNIT
from engine.core.jit import inline, kernel

NUM_PLAYABLE: Final = 8
"""Players 0 to 7 fight; higher numbers are neutral (BWAPI)."""

NEVER: Final = -1
"""A frame number before every game."""

SLOT_DTYPE: Final = np.dtype(
    [
        ("id", np.int32),  # unit id, NO_UNIT while nobody has sat here
        ("index", np.int32),  # where the unit is in the Frame's units, -1 if it is not seen now
        ("is_dead", np.int32),
        ("points", np.int32),  # hit points + shield points when last seen, 0 once dead
        ("ordered_target", np.int32),  # unit id of the last attack command, NO_UNIT after any other command
        ("ordered_frame", np.int32),  # when that was
    ],
    align=True,
)
"""One slot."""

BATTLE_DTYPE: Final = np.dtype(
    [
        ("tracked_frame", np.int32),  # frame that the rest belongs to
        ("start_frame", np.int32),
        ("own_start_units", np.int32),
        ("enemy_start_units", np.int32),
        ("own_start_points", np.int32),
        ("enemy_start_points", np.int32),
        ("own_units", np.int32),  # alive
        ("enemy_units", np.int32),
        ("own_points", np.int32),  # hit points + shield points of the living
        ("enemy_points", np.int32),
        ("is_decided", np.int32),  # a side has no units
        ("is_won", np.int32),
        ("paid_frame", np.int32),  # the values below: as of the last reward
        ("paid_is_decided", np.int32),
        ("paid_own_units", np.int32),
        ("paid_enemy_units", np.int32),
        ("paid_own_points", np.int32),
        ("paid_enemy_points", np.int32),
    ],
    align=True,
)
"""One row's battle."""


@inline
def side_of(player: int, me: int) -> int:
    """Return 0 for an own unit, 1 for an enemy's, -1 for a neutral one."""
    if player == me:
        return 0
    if 0 <= player < NUM_PLAYABLE:
        return 1
    return -1


@kernel
def begin_battles(
    marked: NDArray[np.bool_],
    player: NDArray[np.int8],
    frame: NDArray[np.int32],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    types: NDArray[np.void],
    num_own: int,
    sees_all: bool,
    slots: NDArray[np.void],
    rows: NDArray[np.void],
) -> None:
    """Empty the slots of marked rows, fill them in order of the Frame (ascending id), and start the sums.

    Args:
        marked: (rows,) bool.
        player: (rows,) int8, the seat's player number.
        frame: (rows,) int32.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        types: (256,) TYPE_DTYPE.
        num_own: number of own slots.
        sees_all: whether the Frame shows every unit.
        slots: (rows, slots) SLOT_DTYPE, overwritten in marked rows.
        rows: (rows,) BATTLE_DTYPE, overwritten in marked rows.
    """
    num_slots = slots.shape[1]
    for r in range(slots.shape[0]):
        if not marked[r]:
            continue
        for s in range(num_slots):
            slot = slots[r, s]
            slot["id"] = NO_UNIT
            slot["index"] = -1
            slot["is_dead"] = 0
            slot["points"] = 0
            slot["ordered_target"] = NO_UNIT
            slot["ordered_frame"] = NEVER
        next_own = 0
        next_enemy = num_own
        own_points = 0
        enemy_points = 0
        for k in range(num_units[r]):
            unit = units[r, k]
            side = side_of(unit["player"], player[r])
            if side < 0 or types[unit["type"]]["column"] < 0:
                continue
            points = unit["hp"] + unit["shield"]
            if side == 0 and next_own < num_own:
                slot = slots[r, next_own]
                next_own += 1
                own_points += points
            elif side == 1 and next_enemy < num_slots:
                slot = slots[r, next_enemy]
                next_enemy += 1
                enemy_points += points
            else:
                continue
            slot["id"] = unit["id"]
            slot["index"] = k
            slot["points"] = points
        battle = rows[r]
        battle["tracked_frame"] = frame[r]
        battle["start_frame"] = frame[r]
        battle["own_start_units"] = next_own
        battle["enemy_start_units"] = next_enemy - num_own if sees_all else num_slots - num_own
        battle["own_start_points"] = own_points
        battle["enemy_start_points"] = enemy_points
        battle["own_units"] = battle["own_start_units"]
        battle["enemy_units"] = battle["enemy_start_units"]
        battle["own_points"] = own_points
        battle["enemy_points"] = enemy_points
        battle["is_decided"] = 0
        battle["is_won"] = 0
        battle["paid_frame"] = frame[r]
        battle["paid_is_decided"] = 0
        battle["paid_own_units"] = battle["own_units"]
        battle["paid_enemy_units"] = battle["enemy_units"]
        battle["paid_own_points"] = own_points
        battle["paid_enemy_points"] = enemy_points


@inline
def bury(slots_of_row: NDArray[np.void], battle: np.void, s: int, num_own: int) -> None:
    """Mark slot `s` dead and decide the battle if that was a side's last unit."""
    slots_of_row[s]["is_dead"] = 1
    slots_of_row[s]["points"] = 0
    if s < num_own:
        battle["own_units"] -= 1
    else:
        battle["enemy_units"] -= 1
    if battle["own_units"] == 0 or battle["enemy_units"] == 0:
        battle["is_decided"] = 1
        battle["is_won"] = 1 if battle["enemy_units"] == 0 else 0


@inline
def read_deaths(
    here: NDArray[np.void], battle: np.void, deaths: NDArray[np.int32], num_deaths: int, num_own: int
) -> None:
    """Bury the dead of a row in their order, none after the one that decides the battle."""
    for k in range(num_deaths):
        if battle["is_decided"]:
            return
        for s in range(here.shape[0]):
            if here[s]["id"] == deaths[k] and not here[s]["is_dead"]:
                bury(here, battle, s, num_own)
                break


@inline
def find_slot(here: NDArray[np.void], unit_id: int, first: int, stop: int, cursor: int) -> int:
    """Return the slot of a unit among slots first to stop, or -1.

    Args:
        here: the row's slots.
        unit_id: whose.
        first: first slot of its side.
        stop: end of its side's slots.
        cursor: where to look first: both lists ascend, so that the slot after the last one found is nearly always it.
    """
    for step in range(stop - first):
        s = cursor + step
        if s >= stop:
            s -= stop - first
        if here[s]["id"] == unit_id:
            return s
    return -1


@inline
def welcome(here: NDArray[np.void], battle: np.void, unit: np.void, first: int) -> int:
    """Give the first free enemy slot to an enemy that is seen for the first time; return the slot, -1 if none is free.

    What it brings is no reward and no loss.
    """
    for s in range(first, here.shape[0]):
        if here[s]["id"] == NO_UNIT:
            here[s]["id"] = unit["id"]
            battle["enemy_start_points"] += unit["hp"] + unit["shield"]
            battle["paid_enemy_points"] += unit["hp"] + unit["shield"]
            return s
    return -1


@inline
def find_units(
    here: NDArray[np.void],
    battle: np.void,
    units: NDArray[np.void],
    num_units: int,
    me: int,
    types: NDArray[np.void],
    num_own: int,
    sees_all: bool,
) -> int:
    """Note where each slot's unit is in the row's Frame; return how many fighters have no slot."""
    num_slots = here.shape[0]
    for s in range(num_slots):
        here[s]["index"] = -1
    strangers = 0
    own_cursor = 0
    enemy_cursor = num_own
    for k in range(num_units):
        unit = units[k]
        side = side_of(unit["player"], me)
        if side < 0 or types[unit["type"]]["column"] < 0:
            continue
        if side == 0:
            found = find_slot(here, unit["id"], 0, num_own, own_cursor)
        else:
            found = find_slot(here, unit["id"], num_own, num_slots, enemy_cursor)
            if found < 0 and not sees_all:
                found = welcome(here, battle, unit, num_own)
        if found < 0 or here[found]["is_dead"]:
            strangers += 1
            continue
        here[found]["index"] = k
        here[found]["points"] = unit["hp"] + unit["shield"]
        if side == 0:
            own_cursor = found + 1 if found + 1 < num_own else 0
        else:
            enemy_cursor = found + 1 if found + 1 < num_slots else num_own
    return strangers


@inline
def sum_up(here: NDArray[np.void], battle: np.void, num_own: int, is_final: bool) -> None:
    """Renew what the sides have left; in a final view without strangers, who is not there has died too."""
    own_points = 0
    enemy_points = 0
    own_seen = 0
    enemy_seen = 0
    for s in range(here.shape[0]):
        if s < num_own:
            own_points += here[s]["points"]
            own_seen += here[s]["index"] >= 0
        else:
            enemy_points += here[s]["points"]
            enemy_seen += here[s]["index"] >= 0
    if is_final and own_seen == 0:
        own_points = 0
        battle["own_units"] = 0
        battle["is_won"] = 0
    if is_final and enemy_seen == 0:
        enemy_points = 0
        battle["enemy_units"] = 0
    battle["own_points"] = own_points
    battle["enemy_points"] = enemy_points


@kernel
def follow_battles(
    player: NDArray[np.int8],
    frame: NDArray[np.int32],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    num_deaths: NDArray[np.int32],
    deaths: NDArray[np.int32],
    types: NDArray[np.void],
    num_own: int,
    sees_all: bool,
    slots: NDArray[np.void],
    rows: NDArray[np.void],
) -> None:
    """Read the deaths in order, find every slot's unit again, and renew the sums of rows whose frame is new.

    A battle is won when the enemy's last unit dies while an own unit lives. When the last units of both sides die
    within one step and no new army has been placed, nobody won.

    Args:
        player: (rows,) int8.
        frame: (rows,) int32.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        num_deaths: (rows,) int32.
        deaths: (rows, capacity) int32.
        types: (256,) TYPE_DTYPE.
        num_own: number of own slots.
        sees_all: whether a unit that is not in the Frame does not exist.
        slots: (rows, slots) SLOT_DTYPE.
        rows: (rows,) BATTLE_DTYPE.
    """
    for r in range(slots.shape[0]):
        battle = rows[r]
        if battle["tracked_frame"] == frame[r]:
            continue
        battle["tracked_frame"] = frame[r]
        here = slots[r]
        was_decided = battle["is_decided"]
        read_deaths(here, battle, deaths[r], num_deaths[r], num_own)
        strangers = find_units(here, battle, units[r], num_units[r], player[r], types, num_own, sees_all)
        if sees_all:
            for s in range(here.shape[0]):
                is_missing = here[s]["index"] < 0 and here[s]["id"] != NO_UNIT and not here[s]["is_dead"]
                if is_missing and not battle["is_decided"]:
                    bury(here, battle, s, num_own)
        is_final = battle["is_decided"] != 0 and was_decided == 0 and sees_all and strangers == 0
        sum_up(here, battle, num_own, is_final)


@kernel
def write_sums(
    rows: NDArray[np.void],
    own_units: NDArray[np.int32],
    enemy_units: NDArray[np.int32],
    own_points: NDArray[np.int32],
    enemy_points: NDArray[np.int32],
    frame: NDArray[np.int32],
    episode_frames: NDArray[np.int32],
) -> None:
    """Write what an info tells of each row's battle.

    Args:
        rows: (rows,) BATTLE_DTYPE.
        own_units: (rows,) int32, overwritten; likewise all that follow.
        enemy_units: units alive.
        own_points: hit points and shield points.
        enemy_points: likewise, as last seen.
        frame: the game's.
        episode_frames: since the battle began.
    """
    for r in range(rows.shape[0]):
        battle = rows[r]
        own_units[r] = battle["own_units"]
        enemy_units[r] = battle["enemy_units"]
        own_points[r] = battle["own_points"]
        enemy_points[r] = battle["enemy_points"]
        frame[r] = battle["tracked_frame"]
        episode_frames[r] = battle["tracked_frame"] - battle["start_frame"]
