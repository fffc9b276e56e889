"""What a scripted melee player sees, by column, and how it commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import NO_UNIT, Commands, Frame, UnitCommandType, UnitFlag
from engine.core.gamemap import BUILD_TILE_PX, GameMap
from engine.starcraft2.melee_players.bases import Base, bases_of
from engine.starcraft2.melee_players.facts import (
    IS_STRUCTURE,
    IS_TOWN_HALL,
    IS_WORKER,
    NUM_TYPES,
    PROVIDED_HALF,
    RESOURCE,
)
from engine.starcraft2.state import NEUTRAL_PLAYER
from engine.starcraft2.tables import MINERALS, unit_type_id

PLAYERS: Final = 2

NOTHING: Final = -1

SOON_LOOPS: Final = 400
"""What is done so soon counts as supply: a depot's time, not that of a town hall."""

ADD_ON_PX: Final = (80, 16)
"""An add-on's centre from its maker's: 2.5 cells to the right, half a cell down (PROTOCOL.md)."""

_ADD_ON_OWNERS: Final = ("", "Barracks", "Factory", "Starport")
TECH_LABS: Final = frozenset(unit_type_id(f"{owner}TechLab") for owner in _ADD_ON_OWNERS)
REACTORS: Final = frozenset(unit_type_id(f"{owner}Reactor") for owner in _ADD_ON_OWNERS)


def has_flag(units: NDArray[np.void], flag: UnitFlag) -> NDArray[np.bool_]:
    """Return (n,) bool: whether units have a flag."""
    found: NDArray[np.bool_] = (units["flags"] >> np.uint64(flag)) & np.uint64(1) != 0
    return found


@lru_cache(maxsize=16)
def _starts(game_map: GameMap) -> tuple[tuple[int, int], ...]:
    """Return a map's start locations, pixels."""
    return tuple((int(start["x"]), int(start["y"])) for start in game_map.starts)


@lru_cache(maxsize=64)
def _bases_from(game_map: GameMap, home: tuple[int, int]) -> tuple[Base, ...]:
    """Return a map's places for town halls, the nearest to a start first."""
    x, y = home
    return tuple(sorted(bases_of(game_map), key=lambda base: (base.x - x) ** 2 + (base.y - y) ** 2))


class View:
    """One row of a Frame while its player decides.

    Attributes:
        loop: of the game.
        minerals: in stock and not set aside; below 0 where something is saved for.
        gas: likewise.
        supply_used: halves.
        supply_given: halves, of what stands.
        supply_total: halves, with what will stand soon: not with town halls that have just begun.
        own: the own units' rows of the Frame.
        enemies: the other player's, as far as they are seen.
        bases: places for town halls, the nearest to the own start first.
        home: x and y of the first town hall, or of the own units' middle.
    """

    def __init__(self, frame: Frame, row: int, commands: Commands) -> None:
        """Look.

        Args:
            frame: of any number of rows.
            row: whose.
            commands: appended to.
        """
        units = frame.units[row, : frame.num_units[row]]
        units = units[(units["type"] >= 0) & (units["type"] < NUM_TYPES)]
        self.player = int(frame.player[row])
        self.map = frame.map
        self.loop = int(frame.frame[row])
        self.minerals, self.gas = int(frame.minerals[row]), int(frame.gas[row])
        self.own = units[units["player"] == self.player]
        self.enemies = units[(units["player"] < PLAYERS) & (units["player"] != self.player)]
        self.fields = units[(units["player"] == NEUTRAL_PLAYER) & (RESOURCE[units["type"]] == MINERALS)]
        self.geysers = units[(units["player"] == NEUTRAL_PLAYER) & (RESOURCE[units["type"]] > MINERALS)]
        self.type = self.own["type"].astype(np.int64)
        self.x, self.y = self.own["x"].astype(np.int64), self.own["y"].astype(np.int64)
        self.is_complete = has_flag(self.own, UnitFlag.COMPLETED)
        self.is_idle = has_flag(self.own, UnitFlag.IDLE)
        self.is_worker = IS_WORKER[self.type]
        self.is_structure = IS_STRUCTURE[self.type]
        self.makes = self.own["build_type"].astype(np.int64)
        self.supply_used = int(frame.supply_used[row])
        self.commanded: set[int] = set()
        self._kept: dict[str, NDArray[np.bool_]] = {}
        self.seen = frame.seen[row] if frame.seen.shape[1:] != (0, 0) else None
        self.creep = frame.creep[row] if frame.creep.shape[1:] != (0, 0) else None
        self._row, self._commands = row, commands
        self.complete = Counter(self.type[self.is_complete].tolist())
        self.coming = Counter(self.type[~self.is_complete].tolist())
        busy = self.makes != NOTHING
        self.coming.update(self.makes[busy].tolist())
        self.supply_given = int(frame.supply_total[row])
        soon = self.own["build_type"][busy & ~IS_TOWN_HALL[self.makes]]
        growing = ~self.is_complete & (self.own["remaining_frames"] <= SOON_LOOPS)
        self.supply_total = self.supply_given + int(PROVIDED_HALF[soon].sum() + PROVIDED_HALF[self.type[growing]].sum())
        halls = np.flatnonzero(IS_TOWN_HALL[self.type])
        self.halls = halls
        self.home = self._home()
        self.bases = _bases_from(self.map, self.home)

    def _home(self) -> tuple[int, int]:
        """Return the start location nearest to the oldest town hall, or to any own unit where there is none."""
        first = int(self.halls[0]) if len(self.halls) else 0
        x, y = int(self.x[first]), int(self.y[first])
        return min(_starts(self.map), key=lambda start: (start[0] - x) ** 2 + (start[1] - y) ** 2)

    @property
    def enemy_starts(self) -> list[tuple[int, int]]:
        """Start locations but the own one, pixels."""
        return [start for start in _starts(self.map) if start != self.home]

    def count(self, kind: int) -> int:
        """Return how many of a type there are, complete or not, and how many are on their way."""
        return self.complete[kind] + self.coming[kind]

    def kept(self, name: str, make: Callable[[], NDArray[np.bool_]]) -> NDArray[np.bool_]:
        """Return what was made under a name before, or make it: what does not change while a player decides."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    def can_pay(self, minerals: int, gas: int) -> bool:
        """Say whether a price can be paid."""
        return (minerals == 0 or minerals <= self.minerals) and (gas == 0 or gas <= self.gas)

    def spend(self, minerals: int, gas: int) -> None:
        """Take a price, or set it aside."""
        self.minerals -= minerals
        self.gas -= gas

    def free_rows(self, kinds: Iterable[int]) -> list[int]:
        """Return rows of complete own units of some types that nothing was commanded yet."""
        several = list(kinds)
        wanted = (self.type == several[0] if len(several) == 1 else np.isin(self.type, several)) & self.is_complete
        return [row for row in np.flatnonzero(wanted).tolist() if row not in self.commanded]

    def command(
        self, row: int, kind: UnitCommandType, *, target: int = NO_UNIT, x: int = 0, y: int = 0, extra: int = 0
    ) -> None:
        """Give an own unit a command; the first one in a decision counts.

        Args:
            row: of `own`.
            kind: BWAPI's type.
            target: unit id.
            x: pixels.
            y: pixels.
            extra: ability id of the USE_TECH types.
        """
        at = int(self._commands.count[self._row])
        if row in self.commanded or at == self._commands.items.shape[1]:
            return
        self.commanded.add(row)
        item = self._commands.items[self._row, at]
        item["unit_id"], item["type"], item["target_id"] = self.own["id"][row], int(kind), target
        item["x"], item["y"], item["extra"] = x, y, extra
        self._commands.count[self._row] = at + 1

    def use(self, row: int, ability: int) -> None:
        """Let an own unit use an ability."""
        self.command(row, UnitCommandType.USE_TECH, extra=ability)

    def use_at(self, row: int, ability: int, x: int, y: int) -> None:
        """Let an own unit use an ability on a place, pixels."""
        self.command(row, UnitCommandType.USE_TECH_POSITION, x=x, y=y, extra=ability)

    def use_on(self, row: int, ability: int, target: int, x: int = 0, y: int = 0) -> None:
        """Let an own unit use an ability on a unit."""
        self.command(row, UnitCommandType.USE_TECH_UNIT, target=target, x=x, y=y, extra=ability)

    def has_addon(self, row: int, kinds: frozenset[int]) -> bool:
        """Say whether a complete structure of one of these types stands where an own structure's add-on does."""
        right, down = ADD_ON_PX
        off_x, off_y = abs(self.x - self.x[row] - right), abs(self.y - self.y[row] - down)
        near = (off_x <= BUILD_TILE_PX) & (off_y <= BUILD_TILE_PX) & self.is_complete
        return any(kind in kinds for kind in self.type[near].tolist())

    def nearest(self, rows: Iterable[int], x: int, y: int) -> int:
        """Return which of some rows is nearest to a place."""
        return min(rows, key=lambda row: (int(self.x[row]) - x) ** 2 + (int(self.y[row]) - y) ** 2)
