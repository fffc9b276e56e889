"""Action `place`: what `macro` does, and each building on a tile of one's own choice.

Three factors: what to do, with the choices of `macro` (docs/spaces.md), and the column and row of a building's upper
left tile in a window of the map. The window lies where the way from the own depot to the enemy's start first leaves
ground that can be built on: at the ramp, where a wall is built. Refineries stand on their geysers, whatever the tile.

A choice is possible when `macro` could carry it out now and, for a building, some tile of the window will do. A column
or row is possible when some building that is possible may begin in it, and all are where none is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.broodwar.bases import distances_from, free_sites
from engine.broodwar.siting import NEAR_RESOURCE_TILES
from engine.core.frame import NO_UNIT, Commands, Frame, UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX, GameMap
from envs.specs.acting import FactoredSpec
from envs.specs.costs import COSTS, TYPES
from envs.specs.expanding import free_worker
from envs.specs.macro import DEFAULT_QUEUE, MacroDecoder, MacroSpec
from envs.specs.macro_kernels import FIRST_MAKE, NOTHING
from envs.specs.makeable import BUILD, make_table
from envs.specs.reading import FLAG_FLYING

DEFAULT_WINDOW_TILES: Final = (16, 12)
MAX_WINDOW_TILES: Final = 64

UNKNOWN: Final = -1 << 20
"""A window that is not worked out yet."""

COMMAND_BUILD: Final = int(UnitCommandType.BUILD)


class PlaceSpec(FactoredSpec):
    """Choices of `place`.

    Attributes:
        macro: the choices of its first factor.
        columns: tiles of the window from left to right.
        rows: from top to bottom.
        choice_names: what each choice of the first factor does, in words.
    """

    def __init__(self, kinds: list[int], columns: int, rows: int) -> None:
        """Number the choices.

        Args:
            kinds: type ids that can be made.
            columns: tiles of the window from left to right.
            rows: from top to bottom.
        """
        self.macro = MacroSpec(kinds, 1)
        super().__init__("place", np.array([self.macro.nvec[0], columns, rows], np.int64), "factor")
        self.columns = columns
        self.rows = rows
        self.choice_names = self.macro.choice_names


class PlaceDecoder:
    """Turns `place` actions into commands and writes their masks."""

    def __init__(self, spec: PlaceSpec, game_map: GameMap) -> None:
        """Prepare for one map.

        Args:
            spec: the choices.
            game_map: the ground.
        """
        self._spec = spec
        self._map = game_map
        self._macro = MacroDecoder(spec.macro, game_map, DEFAULT_QUEUE)
        makes = make_table(spec.macro.kinds)
        self._is_placed = (makes["command"] == BUILD) & (makes["is_refinery"] == 0)
        self._makes = makes
        self._inner: dict[str, NDArray[np.generic]] = {}
        self._windows = np.zeros((0, 2), np.int64)
        self._sites = np.zeros((0, len(makes), spec.rows, spec.columns), np.bool_)

    @property
    def windows(self) -> NDArray[np.int64]:
        """(rows, 2) int64: column and row of the window's upper left tile on the map."""
        return self._windows

    def begin(self, marked: NDArray[np.bool_]) -> None:
        """Begin an episode on the marked rows: their windows are looked for anew."""
        count = len(marked)
        if len(self._windows) != count:
            self._windows = np.full((count, 2), UNKNOWN, np.int64)
            self._sites = np.zeros((count, *self._sites.shape[1:]), np.bool_)
            self._inner = {
                "action": np.zeros((count, 2), np.int64),
                "action_mask": np.zeros((count, int(self._spec.macro.nvec.sum())), np.bool_),
                "info/invalid_actions": np.zeros(count, np.int32),
            }
        self._windows[marked] = UNKNOWN

    def mask(self, frame: Frame, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `action_mask` of the marked rows."""
        self._macro.mask(frame, self._inner, marked)
        choices = int(self._spec.nvec[0])
        for row in np.flatnonzero(marked).tolist():
            possible = self._inner["action_mask"][row, :choices].astype(np.bool_)
            self._find_sites(frame, row, possible)
            makes = possible[FIRST_MAKE : FIRST_MAKE + len(self._makes)]
            makes &= ~self._is_placed | self._sites[row].any(axis=(1, 2))
            open_sites = self._sites[row][makes & self._is_placed].any(axis=0)
            if not open_sites.any():
                open_sites = np.ones_like(open_sites)
            arrays["action_mask"][row] = np.concatenate([possible, open_sites.any(axis=0), open_sites.any(axis=1)])

    def decode(self, frame: Frame, arrays: Arrays, commands: Commands) -> None:
        """Append the commands of all rows and write `info/invalid_actions`: what is not possible, as a whole."""
        actions, invalid = arrays["action"], arrays["info/invalid_actions"]
        placing: list[int] = []
        for row in range(len(actions)):
            choice = int(actions[row, 0])
            is_made = FIRST_MAKE <= choice < FIRST_MAKE + len(self._makes)
            is_placed = is_made and bool(self._is_placed[choice - FIRST_MAKE])
            self._inner["action"][row] = (NOTHING if is_placed else choice, 0)
            if is_placed:
                placing.append(row)
        self._macro.decode(frame, self._inner, commands)
        invalid[:] = self._inner["info/invalid_actions"]
        for row in placing:
            choice, column, line = (int(one) for one in actions[row])
            is_possible = (
                self._inner["action_mask"][row, choice] and self._sites[row, choice - FIRST_MAKE, line, column]
            )
            left, top = self._windows[row].tolist()
            x, y = (left + column) * BUILD_TILE_PX, (top + line) * BUILD_TILE_PX
            make = self._makes[choice - FIRST_MAKE] if is_possible else None
            builder = -1 if make is None else free_worker(frame, row, int(make["maker"]), x, y)
            if builder < 0:
                invalid[row] = 1
                continue
            item = commands.items[row, commands.count[row]]
            item["unit_id"] = frame.units["id"][row, builder]
            item["type"] = COMMAND_BUILD
            item["target_id"] = NO_UNIT
            item["x"] = x
            item["y"] = y
            item["extra"] = self._makes["type"][choice - FIRST_MAKE]
            commands.count[row] += 1

    def _find_sites(self, frame: Frame, row: int, possible: NDArray[np.bool_]) -> None:
        """Write where in the window each building that is possible may stand."""
        sites = self._sites[row]
        sites[:] = False
        wanted = np.flatnonzero(possible[FIRST_MAKE : FIRST_MAKE + len(self._makes)] & self._is_placed).tolist()
        if not wanted:
            return
        units = frame.units[row, : frame.num_units[row]]
        if self._windows[row, 0] == UNKNOWN:
            self._windows[row] = self._window(frame, row)
        left, top = self._windows[row].tolist()
        blocked = ~self._map.buildable
        blocked[-1] = True
        near_resource = np.zeros_like(blocked)
        on_ground = (units["flags"] & np.uint64(1 << FLAG_FLYING)) == 0
        for unit in units[on_ground & (TYPES["is_flyer"][units["type"]] == 0)]:
            facts, cost = TYPES[int(unit["type"])], COSTS[int(unit["type"])]
            x, y = int(unit["x"]), int(unit["y"])
            wide, high = int(cost["site_width_px"]) // 2, int(cost["site_height_px"]) // 2
            is_still = bool(facts["is_building"] or facts["is_resource"])
            x0 = x - (wide if is_still else int(facts["left"]))
            y0 = y - (high if is_still else int(facts["up"]))
            x1 = x + (wide - 1 if is_still else int(facts["right"]))
            y1 = y + (high - 1 if is_still else int(facts["down"]))
            for ground, room in ((blocked, 0), (near_resource, NEAR_RESOURCE_TILES)):
                if room and not facts["is_resource"]:
                    continue
                top_row, left_column = max(0, y0 // BUILD_TILE_PX - room), max(0, x0 // BUILD_TILE_PX - room)
                ground[top_row : y1 // BUILD_TILE_PX + 1 + room, left_column : x1 // BUILD_TILE_PX + 1 + room] = True
        for make in wanted:
            line = self._makes[make]
            taken = blocked | near_resource if line["is_depot"] else blocked
            free = free_sites(taken, int(line["wide"]), int(line["high"]))
            # The window may hang over the map's edge.
            rows = np.arange(top, top + self._spec.rows)
            columns = np.arange(left, left + self._spec.columns)
            inside = ((rows >= 0) & (rows < free.shape[0]))[:, None] & ((columns >= 0) & (columns < free.shape[1]))
            sites[make] = free[np.clip(rows, 0, free.shape[0] - 1)][:, np.clip(columns, 0, free.shape[1] - 1)] & inside

    def _window(self, frame: Frame, row: int) -> tuple[int, int]:
        """Return column and row of the window's upper left tile."""
        units = frame.units[row, : frame.num_units[row]]
        depots = units[(units["player"] == frame.player[row]) & (COSTS["is_depot"][units["type"]] != 0)]
        if not len(depots):
            return 0, 0
        column, line = choke_of(self._map, int(depots["x"][0]), int(depots["y"][0]))
        return column - self._spec.columns // 2, line - self._spec.rows // 2


@lru_cache(maxsize=64)
def choke_of(game_map: GameMap, x: int, y: int) -> tuple[int, int]:
    """Return the build tile (column, row) where the way out of a base first leaves ground that can be built on.

    The way goes from (x, y) to the farthest start location; if all of it can be built on, the base's own tile.

    Args:
        game_map: the ground.
        x: of the base's depot, pixels.
        y: likewise.
    """
    far = max(game_map.starts, key=lambda start: (int(start[0]) - x) ** 2 + (int(start[1]) - y) ** 2)
    ways = distances_from(game_map, int(far[0]), int(far[1]))
    column, line = x // BUILD_TILE_PX, y // BUILD_TILE_PX
    home = column, line
    while ways[line, column] > 0:
        if not game_map.buildable[line, column]:
            return column, line
        rows = slice(max(0, line - 1), line + 2)
        columns = slice(max(0, column - 1), column + 2)
        around = ways[rows, columns]
        dy, dx = divmod(int(around.argmin()), around.shape[1])
        step = rows.start + dy, columns.start + dx
        if ways[step] >= ways[line, column]:
            break
        line, column = step
    return home
