"""A scenario as a value: which units stand where, what the map's triggers do, how long it may last.

Scenario *files* live beside the game (`engine/<game>/scenarios/*.yaml`); `bridge.scenarios` reads and checks them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.core.gamemap import GameMap

ConditionKind = Literal["always", "elapsed_frames", "command"]
Comparison = Literal["at_least", "at_most", "exactly"]
ActionKind = Literal["create_unit", "kill_unit", "remove_unit", "order", "preserve_trigger"]
AnyUnit = Literal["any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlacement:
    """One unit that stands on the map at frame 0.

    Attributes:
        type: BWAPI UnitType name, `Terran_Marine`.
        player: game player number.
        x: centre, pixels.
        y: centre, pixels.
    """

    type: str
    player: int
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerCondition:
    """One condition of a map trigger.

    Attributes:
        kind: `always`; `elapsed_frames` compares the frame number; `command` compares how many units of
            `unit` the `player` has.
        comparison: how `amount` is compared.
        amount: the number compared with.
        player: game player number, for `command`.
        unit: BWAPI UnitType name or `any`, for `command`.
    """

    kind: ConditionKind
    comparison: Comparison = "at_least"
    amount: int = 0
    player: int = 0
    unit: str = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerAction:
    """One action of a map trigger.

    Attributes:
        kind: `create_unit` places `amount` units at (x, y) with the outward free-spot search; `kill_unit` and
            `remove_unit` end all units of `unit` of `player`; `order` attack-moves all units of `unit` of `player`
            to (x, y); `preserve_trigger` lets the trigger fire again.
        player: game player number.
        unit: BWAPI UnitType name or `any`.
        amount: how many, for `create_unit`.
        x: pixels.
        y: pixels.
    """

    kind: ActionKind
    player: int = 0
    unit: str = "any"
    amount: int = 0
    x: int = 0
    y: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A map trigger: when all conditions hold at a trigger pass, the actions run in order."""

    conditions: tuple[TriggerCondition, ...]
    actions: tuple[TriggerAction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything that a game of this scenario starts from.

    Attributes:
        name: the id's second half, `m5v5_c_far`.
        version: raised whenever the file's meaning changes.
        title: one line for people.
        source: where units, positions and rules come from.
        game: which game's rules.
        map: the terrain.
        units: what stands on the map at frame 0.
        triggers: the map's triggers; passes at frame 2 and every 31 frames after it.
        armies: per player, ((BWAPI UnitType name, count), ...): the roster that one battle starts with; sizes the
            fixed observation slots.
        full_vision: both players see everything.
        frame_skip: frames per env step unless the user says otherwise.
        max_frames: an episode is truncated after so many frames.
        latency_frames: frames between sending a command and its execution.
        opponents: names of scripted players offered, the default first.
    """

    name: str
    version: int
    title: str
    source: str
    game: Literal["broodwar"]
    map: GameMap
    units: tuple[UnitPlacement, ...]
    triggers: tuple[Trigger, ...]
    armies: tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]
    full_vision: bool
    frame_skip: int
    max_frames: int
    latency_frames: int
    opponents: tuple[str, ...] = field(default=("attack_move", "closest", "weakest_closest", "noop"))
