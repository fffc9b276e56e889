"""A scenario as a value: which units stand where, what the map's triggers do, how long it may last.

Scenario *files* live beside the game (`engine/<game>/scenarios/*.yaml`); `bridge.scenarios` reads and checks them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.core.gamemap import GameMap

ConditionKind = Literal["always", "elapsed_frames", "command"]
Comparison = Literal["at_least", "at_most", "exactly"]
ActionKind = Literal["create_unit", "kill_unit", "remove_unit", "order", "preserve_trigger", "defeat"]
GameName = Literal["broodwar", "starcraft2"]
Race = Literal["terran", "protoss", "zerg", "random"]
AnyUnit = Literal["any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlacement:
    """One unit that stands on the map at frame 0.

    Attributes:
        type: BWAPI UnitType name, `Terran_Marine`.
        player: game player number.
        x: centre, pixels.
        y: centre, pixels.
        spread_px: standard deviation of a random offset that every new game draws from its seed for this unit, the
            same on both axes and independent of each other; 0 = stands exactly at (x, y). See `draw_positions`.
    """

    type: str
    player: int
    x: int
    y: int
    spread_px: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerCondition:
    """One condition of a map trigger.

    Attributes:
        kind: `always`; `elapsed_frames` compares the frame number; `command` compares how many units of
            `unit` the `player` has.
        comparison: how `amount` is compared.
        amount: the number compared with.
        player: game player number, for `command`.
        unit: BWAPI UnitType name, `any` or `buildings`, for `command`.
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
            to (x, y); `preserve_trigger` lets the trigger fire again; `defeat` means that `player` has lost.
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
class Melee:
    """What makes a scenario a melee game: both players begin with a depot and workers, on a map with resources.

    Attributes:
        races: of players 0 and 1; `random` is drawn anew from the seed of every game.
        starts: numbers of the start locations of players 0 and 1; None draws them anew from the seed of every game.
    """

    races: tuple[Race, Race]
    starts: tuple[int, int] | None = None


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
        melee: None for a battle; else the rest of the start follows from it, from `map` and from the seed.
        passive_players: player numbers whose units attack nobody that they are not told to (StarCraft II only).
    """

    name: str
    version: int
    title: str
    source: str
    game: GameName
    map: GameMap
    units: tuple[UnitPlacement, ...]
    triggers: tuple[Trigger, ...]
    armies: tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]
    full_vision: bool
    frame_skip: int
    max_frames: int
    latency_frames: int
    opponents: tuple[str, ...] = field(default=("attack_move", "closest", "weakest_closest", "noop"))
    melee: Melee | None = None
    passive_players: tuple[int, ...] = ()


UNIFORMS_PER_NORMAL: Final = 12
"""A sum of twelve uniform numbers has variance 1 exactly and stays within 6 standard deviations."""

UNIFORM_BITS: Final = 16


def draw_positions(scenario: Scenario, seed: int) -> NDArray[np.int32]:
    """Return where the units of `scenario.units` stand in the game with this seed.

    The offset of a unit with a spread is the sum of twelve uniform 16-bit numbers, centred and scaled, rounded down:
    integers only, so that a seed gives the same positions on every machine and numpy version (a normal draw of a
    numpy generator promises that for one version only). Positions are clipped to the map.

    Args:
        scenario: units and map.
        seed: the game's seed, 0 <= seed < 2**64.

    Returns:
        (units, 2) int32, x and y of the centre in pixels, in the order of `scenario.units`.
    """
    count = len(scenario.units)
    wanted = np.array([(unit.x, unit.y) for unit in scenario.units], np.int64).reshape(count, 2)
    spread = np.array([unit.spread_px for unit in scenario.units], np.int64).reshape(count, 1)
    words = np.random.SeedSequence(int(seed)).generate_state(count * UNIFORMS_PER_NORMAL, np.uint32)
    halves = np.stack([words & 0xFFFF, words >> 16], axis=-1).astype(np.int64)
    sums = halves.reshape(count, 2, UNIFORMS_PER_NORMAL).sum(axis=2)
    # A uniform 16-bit number has mean (2**16 - 1) / 2; doubled, so that the centring stays an integer.
    centred = 2 * sums - UNIFORMS_PER_NORMAL * ((1 << UNIFORM_BITS) - 1)
    positions = wanted + ((centred * spread) >> (UNIFORM_BITS + 1))
    limit = np.array([scenario.map.width_px - 1, scenario.map.height_px - 1], np.int64)
    clipped: NDArray[np.int32] = np.clip(positions, 0, limit).astype(np.int32)
    return clipped
