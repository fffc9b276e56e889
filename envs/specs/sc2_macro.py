"""Action `macro` in melee games of StarCraft II: the choices of `envs.specs.macro`, by that game's rules.

The scripted players' own knowledge of the game carries them out (`engine.starcraft2.melee_players`): how a thing is
made, where a structure has room, which geyser is free. What cannot be seen in a Frame is no choice: upgrades, and what
is warped in beside a pylon; both are left to `raw`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import Commands, Frame, UnitCommandType, UnitFlag
from engine.starcraft2.melee_players.economy import build
from engine.starcraft2.melee_players.facts import (
    IS_FIGHTER,
    IS_STRUCTURE,
    IS_WORKER,
    RESOURCE,
    Way,
    stands_for,
    ways_to,
)
from engine.starcraft2.melee_players.view import TECH_LABS, View, has_flag
from engine.starcraft2.state import GATHER
from engine.starcraft2.tables import GAS, KIND_OF, KINDS, LARVA, NO_KIND, RACES, unit_type_id
from envs.specs.macro import MacroSpec
from envs.specs.macro_kernels import ATTACK, FIRST_MAKE, GATHER_GAS, GATHER_MINERALS, NOTHING, WORKERS_PER_REFINERY

WARP_GATE: Final = unit_type_id("WarpGate")

BY_ITSELF: Final = frozenset({unit_type_id("Interceptor")})
"""What its maker makes by itself."""

NEAR_PX: Final = 11 * 32
"""Resources so near to a town hall are worked on from it."""

Command = tuple[int, int, int, int, int, int]
"""unit_id, UnitCommandType, target_id, x, y, extra: a line of COMMAND_DTYPE."""


class _Purse(NamedTuple):
    """What a row has to spend, builders on their way paid."""

    minerals: int
    gas: int
    supply_half: int


def makeable_types(race: str) -> list[int]:
    """Return the unit type ids that a race can make, units before structures, each in ascending id.

    Args:
        race: `terran`, `protoss`, `zerg`, or `random` for all of them.
    """
    races = [RACES.index(one) for one in ("terran", "protoss", "zerg") if race in (one, "random")]
    kinds = [
        kind
        for kind in np.flatnonzero(KIND_OF != NO_KIND).tolist()
        if kind not in BY_ITSELF
        and KINDS["race"][KIND_OF[kind]] in races
        and any(way.maker != WARP_GATE for way in ways_to(kind))
    ]
    return sorted(kinds, key=lambda kind: (bool(IS_STRUCTURE[kind]), kind))


class StarCraft2MacroDecoder:
    """Turns `macro` actions into commands and writes their masks."""

    def __init__(self, spec: MacroSpec, size_px: tuple[int, int], queue: int) -> None:
        """Prepare for one map.

        Args:
            spec: the choices.
            size_px: width and height of the map.
            queue: units that a producer may have in its queue, 1 to 5.
        """
        self._spec = spec
        self._size_px = size_px
        self._queue = queue
        self._plans: list[dict[int, list[Command]]] = []

    def mask(self, frame: Frame, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `action_mask` of the marked rows, and remember how each choice would be carried out."""
        if len(self._plans) != len(marked):
            self._plans = [{} for _ in marked]
        mask = arrays["action_mask"]
        num_choices = int(self._spec.nvec[0])
        for row in np.flatnonzero(marked).tolist():
            plans = self._plans[row] = self._plan(frame, row)
            mask[row, :num_choices] = False
            mask[row, [NOTHING, *plans]] = True
            mask[row, num_choices:] = True

    def decode(self, frame: Frame, arrays: Arrays, commands: Commands) -> None:
        """Append the commands of all rows and write `info/invalid_actions`: choices that are not possible."""
        for row, (choice, region) in enumerate(arrays["action"].tolist()):
            plan = self._plans[row].get(choice) if self._plans else None
            arrays["info/invalid_actions"][row] = choice != NOTHING and plan is None
            if plan is None:
                continue
            x, y = self._middle(region)
            for line in plan:
                at = int(commands.count[row])
                if at == commands.items.shape[1]:
                    break
                commands.items[row, at] = (*line[:3], x, y, 0) if choice == ATTACK else line
                commands.count[row] = at + 1

    def _middle(self, region: int) -> tuple[int, int]:
        """Return the middle of a part of the map, pixels."""
        regions = self._spec.regions
        down, across = divmod(region, regions)
        width, height = self._size_px
        return (2 * across + 1) * width // (2 * regions), (2 * down + 1) * height // (2 * regions)

    def _plan(self, frame: Frame, row: int) -> dict[int, list[Command]]:
        """Return the commands of each choice that is possible now."""
        scratch = Commands.allocate(len(frame.player), frame.units.shape[1])
        view = View(frame, row, scratch)
        room = int(frame.supply_total[row]) - int(frame.supply_used[row])
        purse = _Purse(view.minerals, view.gas, room)
        found = {
            GATHER_MINERALS: _gather_minerals(view),
            GATHER_GAS: _gather_gas(view),
            ATTACK: [
                (int(unit_id), int(UnitCommandType.ATTACK_MOVE), -1, 0, 0, 0)
                for unit_id in view.own["id"][IS_FIGHTER[view.type] & view.is_complete]
            ],
        }
        for number, kind in enumerate(self._spec.kinds):
            found[FIRST_MAKE + number] = self._make(view, scratch, row, kind, purse)
        if self._spec.expand >= 0:
            found[self._spec.expand] = found[FIRST_MAKE + self._spec.depot]
        return {choice: lines for choice, lines in found.items() if lines}

    def _make(self, view: View, scratch: Commands, row: int, kind: int, purse: _Purse) -> list[Command]:
        """Return the command that makes one of a type, [] where the game would refuse it."""
        ways = [way for way in ways_to(kind) if way.maker != WARP_GATE and _may(view, way, purse)]
        if not ways:
            return []
        if IS_WORKER[ways[0].maker]:
            race = RACES[int(KINDS["race"][KIND_OF[kind]])]
            build(view, kind, race)
            lines = [_line(item) for item in scratch.items[row, : scratch.count[row]]]
            scratch.count[row] = 0
            view.commanded.clear()
            view.minerals, view.gas = purse.minerals, purse.gas
            view.coming[kind] -= len(lines)
            return lines
        for way in ways:
            # What turns into something else has no queue: larvae, and structures that become better ones.
            turns = way.maker == LARVA or IS_STRUCTURE[kind] or not IS_STRUCTURE[way.maker]
            most = 1 if turns else self._queue
            makers = [at for at in view.free_rows((way.maker,)) if view.own["train_count"][at] < most]
            if way.needs_techlab:
                makers = [at for at in makers if view.has_addon(at, TECH_LABS)]
            if makers:
                best = min(makers, key=lambda at: int(view.own["train_count"][at]))
                return [(int(view.own["id"][best]), int(UnitCommandType.USE_TECH), -1, 0, 0, way.ability)]
        return []


def _line(item: np.void) -> Command:
    unit_id, kind, target, x, y, extra = (int(item[name]) for name in item.dtype.names or ())
    return unit_id, kind, target, x, y, extra


def _may(view: View, way: Way, purse: _Purse) -> bool:
    """Say whether a way is open: paid for, its structure stands, and there is supply."""
    if way.minerals > purse.minerals or way.gas > purse.gas:
        return False
    if way.requires and not any(view.complete[like] for like in stands_for(way.requires)):
        return False
    return way.supply_half <= 0 or way.supply_half <= purse.supply_half


def _gather_minerals(view: View) -> list[Command]:
    """Return the commands that send every idle worker to a field near a town hall, the least crowded ones first."""
    idle = np.flatnonzero(view.is_worker & view.is_idle & view.is_complete).tolist()
    halls = view.halls[view.is_complete[view.halls]]
    if not idle or not len(view.fields):
        return []
    targets = view.own["target_id"].tolist()
    crowd = [targets.count(number) for number in view.fields["id"].tolist()]
    field_x, field_y = view.fields["x"].astype(np.int64), view.fields["y"].astype(np.int64)
    near = halls if len(halls) else np.array(idle[:1])
    away = ((field_x[:, None] - view.x[near]) ** 2 + (field_y[:, None] - view.y[near]) ** 2).min(axis=1)
    lines = []
    for row in idle:
        # Crowds are compared among the fields of bases; all others come after them.
        best = min(range(len(crowd)), key=lambda at: (away[at] > NEAR_PX**2, crowd[at], int(away[at])))
        crowd[best] += 1
        x, y = int(field_x[best]), int(field_y[best])
        lines.append(
            (int(view.own["id"][row]), int(UnitCommandType.USE_TECH_UNIT), int(view.fields["id"][best]), x, y, GATHER)
        )
    return lines


def _gather_gas(view: View) -> list[Command]:
    """Return the command that sends one worker more to a gas building, three at most to each."""
    is_well = RESOURCE[view.type] == GAS
    carrying = has_flag(view.own, UnitFlag.CARRYING_MINERALS) | has_flag(view.own, UnitFlag.CARRYING_GAS)
    on_gas = has_flag(view.own, UnitFlag.GATHERING_GAS)
    free = view.is_worker & view.is_complete & ~carrying & ~on_gas & (view.makes < 0)
    rows = np.flatnonzero(free).tolist()
    num_on_gas = int((view.is_worker & on_gas).sum())
    wells = np.flatnonzero(is_well & view.is_complete & (view.own["resources"] > 0)).tolist()
    if not rows or num_on_gas >= WORKERS_PER_REFINERY * len(wells):
        return []
    targets = view.own["target_id"].tolist()
    well = min(wells, key=lambda at: targets.count(int(view.own["id"][at])))
    x, y = int(view.x[well]), int(view.y[well])
    worker = view.nearest(rows, x, y)
    return [(int(view.own["id"][worker]), int(UnitCommandType.USE_TECH_UNIT), int(view.own["id"][well]), x, y, GATHER)]
