"""Recorded games played again on this engine, and how far the two lie apart.

What a recording does not tell is fitted, and said so: a walking unit that a player commands starts after 0 to 2 frames
by a random number whose stream the single-unit and group recordings do not give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.oracle.battles import CENTRE_PX, GAP_PX, places
from benchmarks.oracle.play import Field
from benchmarks.oracle.traces import Trace
from bridge.scenarios import load_scenario
from engine.broodwar import rules_table as rules
from engine.broodwar.games import BroodWarGames
from engine.core.frame import Commands, UnitCommandType

MOVE_COMMANDS: Final = (
    (0, UnitCommandType.MOVE, 1700, 1000),
    (100, UnitCommandType.MOVE, 1000, 1000),
    (200, UnitCommandType.MOVE, 1300, 1500),
    (300, UnitCommandType.STOP, 0, 0),
    (340, UnitCommandType.MOVE, 1301, 1102),
)
"""Frame after the first command, command, x, y: of every single-unit recording."""

MOVE_HEADING: Final = 64
IDLE_FRAMES: Final = 30
DELAY_STATES: Final = tuple(2654435761 * number % 2**32 for number in range(1, 17))
"""Random states to try at each command: among them each start delay."""

GROUP_SEED: Final = 42
"""Random state before the first unit of every group recording was made: their headings tell."""

GROUP_COMMANDS: Final = ((0, 1600, 1200), (250, 900, 1500))
GROUP_BOX_PX: Final = 192
FLYING_BOX_PX: Final = 256
"""A selection of flyers alone may be so much wider and still keep its form."""

MAX_DELAY_FRAMES: Final = 2

FIGHT_COMMAND_FRAME: Final = 20
TIMER_PERIOD: Final = 15

SEED_FACTOR: Final = 7919
SEED_SHIFT: Final = 13
"""The recordings begin with their seed, and set the random state to seed * 7919 + 13 at the frame of the command."""

SEEDED: Final = frozenset(
    {
        *("Terran_Marine", "Terran_Vulture", "Terran_Wraith", "Protoss_Zealot", "Protoss_Dragoon"),
        *("Zerg_Zergling", "Zerg_Hydralisk", "Zerg_Mutalisk"),
    }
)
"""Types of which it is known how many random numbers their creation draws, and which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """How far a game lies from its recording.

    Attributes:
        name: of the recording.
        same: share of (unit, frame) pairs at the same pixel while both live.
        median_px: of the distances.
        worst_px: the largest.
        first_difference: frames after the first recorded frame until anything differs; -1 if nothing does.
    """

    name: str
    same: float
    median_px: float
    worst_px: float
    first_difference: int


def compare(name: str, ours: NDArray[np.int32], theirs: NDArray[np.int32]) -> Distance:
    """Compare two (frames, units, 4) tables of x, y, hit points and shields."""
    frames = min(len(ours), len(theirs))
    both = (ours[:frames, :, 0] >= 0) & (theirs[:frames, :, 0] >= 0)
    delta = (ours[:frames, :, :2] - theirs[:frames, :, :2]).astype(np.float64)
    distance = np.hypot(delta[..., 0], delta[..., 1])
    differs = (ours[:frames] != theirs[:frames]).any(axis=(1, 2))
    return Distance(
        name=name,
        same=float((distance[both] == 0).mean()),
        median_px=float(np.median(distance[both])),
        worst_px=float(distance[both].max()),
        first_difference=int(np.argmax(differs)) if differs.any() else -1,
    )


def replay_move(trace: Trace) -> NDArray[np.int32]:
    """Play a single-unit recording; of each command's possible start delays the one that fits best is kept."""
    theirs = trace.table()
    name = rules.UNIT_TYPE_NAMES[int(trace.first("type")[0])]
    field = Field()
    ids = field.place(name, 0, int(trace.first("x")[0]), int(trace.first("y")[0]), MOVE_HEADING)
    field.advance(IDLE_FRAMES)
    found: list[NDArray[np.int32]] = []
    ends = [command[0] for command in MOVE_COMMANDS[1:]] + [len(theirs)]
    for (begin, kind, x, y), end in zip(MOVE_COMMANDS, ends, strict=True):
        before = field.games.snapshot(0)
        best: tuple[int, list[NDArray[np.int32]], bytes] | None = None
        for state in DELAY_STATES:
            field.games.restore(0, before)
            field.games.set_rng_state(0, state)
            field.command(kind, ids, x=x, y=y)
            part = []
            for _ in range(begin, end):
                field.advance(1)
                part.append(field.record(ids))
            same = int((np.stack(part)[:, 0, :2] == theirs[begin:end, 0, :2]).all(axis=1).sum())
            if best is None or same > best[0]:
                best = (same, part, field.games.snapshot(0))
        assert best is not None
        found += best[1]
        field.games.restore(0, best[2])
    return np.stack(found)


def group_goals(places_now: NDArray[np.int32], x: int, y: int, *, flies: bool = False) -> NDArray[np.int32]:
    """Return where each unit of one selection is sent by one click: its offset from the middle is kept in small groups.

    Args:
        places_now: (units, 2) int32.
        x: of the click.
        y: likewise.
        flies: all of them do.
    """
    low, high = places_now.min(axis=0), places_now.max(axis=0)
    click = np.array([x, y], np.int32)
    if (low <= click).all() and (click <= high).all():
        return np.clip(places_now, click - 32, click + 32)
    if ((high - low) <= (FLYING_BOX_PX if flies else GROUP_BOX_PX)).all():
        middle = places_now.sum(axis=0) // len(places_now)
        goals: NDArray[np.int32] = (click + places_now - middle).astype(np.int32)
        return goals
    return np.tile(click, (len(places_now), 1))


def replay_group(trace: Trace, frames: int) -> NDArray[np.int32]:
    """Play a group recording from the recorded seed: one selection, each unit sent to its own place."""
    field = Field()
    field.games.set_rng_state(0, GROUP_SEED)
    spots = [(int(x), int(y)) for x, y in zip(trace.first("x"), trace.first("y"), strict=True)]
    ids, order = _place(trace, field, spots, as_recorded=False)
    field.advance(IDLE_FRAMES)
    slots = np.array([int(unit[0]) for unit in ids])
    flies = bool(rules.UNIT_TYPES["flyer"][trace.first("type")].all())
    found = []
    for frame in range(frames):
        for begin, x, y in GROUP_COMMANDS:
            if begin == frame:
                goals = group_goals(field.record(slots)[:, :2], x, y, flies=flies)
                for unit, goal in zip(ids, goals, strict=True):
                    field.command(UnitCommandType.MOVE, unit, x=int(goal[0]), y=int(goal[1]))
        field.advance(1)
        found.append(field.record(slots)[order])
    return np.stack(found)


def shifted_distance(ours: NDArray[np.int32], theirs: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return (units,) the median distance of each unit, its unknown start delay fitted (0 to 2 frames either way)."""
    best = np.full(ours.shape[1], np.inf)
    frames = min(len(ours), len(theirs))
    for shift in range(-MAX_DELAY_FRAMES, MAX_DELAY_FRAMES + 1):
        mine = ours[max(0, shift) : frames + min(0, shift), :, :2]
        other = theirs[max(0, -shift) : frames + min(0, -shift), :, :2]
        delta = (mine - other).astype(np.float64)
        best = np.minimum(best, np.median(np.hypot(delta[..., 0], delta[..., 1]), axis=0))
    return best


def replay_fight(trace: Trace) -> NDArray[np.int32]:
    """Play a fight from the recorded seed; from the command on with the recorded random state.

    Where it is not known which random numbers the creation of its types draws, it starts with the recorded headings and
    timers instead.
    """
    types = {rules.UNIT_TYPE_NAMES[int(kind)] for kind in trace.first("type")}
    seeded = types <= SEEDED
    owners = [int(owner) for owner in trace.first("owner")]
    left = {player: iter(places(owners.count(player), player)) for player in (0, 1)}
    spots = [(0, 0)] * len(owners)
    for at in _creation(trace):
        spots[at] = next(left[owners[at]])
    field = Field()
    if seeded:
        field.games.set_rng_state(0, trace.seed)
    ids, order = _place(trace, field, spots, as_recorded=not seeded)
    field.advance(FIGHT_COMMAND_FRAME)
    for at, unit in zip(_creation(trace), ids, strict=True):
        goal = CENTRE_PX + (GAP_PX // 2 if owners[at] == 0 else -GAP_PX // 2)
        field.command(UnitCommandType.ATTACK_MOVE, unit, x=goal, y=CENTRE_PX)
        if seeded:
            continue
        timer = int(trace.first("mtimer")[at])
        field.games.units["main_timer"][0, int(unit[0])] = timer + 1 if timer < TIMER_PERIOD else 0
    field.games.set_rng_state(0, trace.seed * SEED_FACTOR + SEED_SHIFT)
    slots = np.array([int(unit[0]) for unit in ids])
    found = []
    for _ in range(trace.last_frame - trace.first_frame + 1):
        field.advance(1)
        found.append(field.record(slots)[order])
    return np.stack(found)


def replay_map(trace: Trace, frames: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Play a micro map with its own triggers from the start.

    Returns:
        (units, 5) type, owner, x, y, heading at the first recorded frame and (frames,) how many units stand.
    """
    scenario = load_scenario(trace.map.removesuffix(".scm"))
    games = BroodWarGames(scenario, 1, latency_frames=0)
    games.start(np.ones(1, np.bool_), np.array([trace.seed], np.uint64))
    commands = Commands.allocate(2, games.unit_capacity)
    order = games.index[0, : int(games.games["num_units"][0])]
    slots = games.units[0]
    stand = np.stack([slots[name][order] for name in ("type", "player", "x", "y", "heading")], axis=1)
    counts = []
    for _ in range(frames):
        games.step(commands, np.zeros(2, np.int32), np.arange(2, dtype=np.int8), 1)
        counts.append(int((games.units["slot_state"][0] != 0).sum()))
    return stand, np.array(counts)


def _creation(trace: Trace) -> list[int]:
    """Return the units of a trace in the order in which they were made: the first, then the list backwards."""
    return [0, *range(len(trace.start) - 1, 0, -1)]


def _place(
    trace: Trace, field: Field, spots: list[tuple[int, int]], *, as_recorded: bool
) -> tuple[list[NDArray[np.int32]], NDArray[np.int64]]:
    """Make a trace's units at their spots; return ids as made, and where each unit of the trace is among them.

    Args:
        trace: the recording.
        field: where.
        spots: place of each unit of the trace.
        as_recorded: with the headings that were recorded, not with those that the random state gives.
    """
    creation = _creation(trace)
    ids = []
    for at in creation:
        x, y = spots[at]
        name = rules.UNIT_TYPE_NAMES[int(trace.first("type")[at])]
        heading = int(trace.first("heading")[at]) if as_recorded else None
        ids.append(field.place(name, int(trace.first("owner")[at]), x, y, heading))
    return ids, np.argsort(creation)
