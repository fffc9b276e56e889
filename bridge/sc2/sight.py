"""What a player sees of the ground, and what it remembers: visibility, creep, snapshots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.sc2.maps import Sc2Map
from bridge.sc2.world import NEUTRAL, SNAPSHOT, UNIT_VIEW_DTYPE
from engine.core.scenario import Scenario
from engine.starcraft2.creep import COVERED
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import GRID_KNOWN_CREEP, GRID_SIGHT, NEUTRAL_PLAYER
from engine.starcraft2.tables import KINDS, ONE

IN_SIGHT: Final = 2


def upwards(grid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a grid of the engine with row 0 at the bottom."""
    return np.ascontiguousarray(grid[::-1])


def covered(grid: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where there is creep, with row 0 at the bottom."""
    return np.ascontiguousarray(grid[::-1] == COVERED)


class Sight:
    """Both players' knowledge of one game."""

    def __init__(self, games: StarCraft2Games, sc2_map: Sc2Map, scenario: Scenario) -> None:
        """Begin a game.

        Args:
            games: of one game.
            sc2_map: its map.
            scenario: what is played.
        """
        self._games = games
        self._map = sc2_map
        self._z_of = sc2_map.z_of
        self._is_melee = scenario.melee is not None
        self._kept: dict[int, tuple[bytes, NDArray[Any]]] = {}
        width, height = sc2_map.size
        self._all_seen = np.full((height, width), IN_SIGHT, np.uint8)
        self._no_creep = np.zeros((height, width), np.bool_)
        self._full_vision = scenario.full_vision

    def visibility(self, player: int, slots: NDArray[np.int32], *, everything: bool) -> NDArray[np.uint8]:
        """Return (height, width) uint8, row 0 at the bottom: 0 never seen, 1 seen before, 2 in sight.

        Args:
            player: whose, from 0.
            slots: of the units shown.
            everything: there is no fog for it.
        """
        width, height = self._map.size
        if everything or self._full_vision:
            return self._all_seen
        if self._is_melee:
            return self._from_grid(GRID_SIGHT + player, upwards)
        seen = np.zeros((height, width), np.bool_)
        ys, xs = np.ogrid[0:height, 0:width]
        shown = self._games.units[0][slots]
        for unit in shown[shown["player"] == player]:
            sight = float(KINDS["sight"][unit["kind"]]) / ONE
            x, y = float(unit["x"]) / ONE, height - float(unit["y"]) / ONE
            seen |= (xs + 0.5 - x) ** 2 + (ys + 0.5 - y) ** 2 <= sight * sight
        return np.where(seen, IN_SIGHT, 0).astype(np.uint8)

    def creep(self, player: int) -> NDArray[np.bool_]:
        """Return (height, width) bool, row 0 at the bottom: where the player knows of creep."""
        return self._from_grid(GRID_KNOWN_CREEP + player, covered) if self._is_melee else self._no_creep

    def _from_grid(self, number: int, made: Callable[[NDArray[np.uint8]], NDArray[Any]]) -> NDArray[Any]:
        """Return what is made of one of the engine's grids, anew only if that has changed."""
        grid = self._games.grids[0][number]
        now = grid.tobytes()
        kept = self._kept.get(number)
        if kept is None or kept[0] != now:
            kept = self._kept[number] = (now, made(grid))
        return kept[1]

    def remembered(self, player: int, shown: NDArray[np.void]) -> NDArray[np.void]:
        """Return (n,) UNIT_VIEW_DTYPE of what the player knows of and does not see.

        Args:
            player: whose, from 0.
            shown: (m,) UNIT_VIEW_DTYPE of what it sees.
        """
        memory = self._games.memory[0, player]
        known = memory[memory["unit"] != 0]
        known = known[~np.isin(known["unit"], shown["id"])]
        kinds = KINDS[known["kind"]]
        out = np.zeros(len(known), UNIT_VIEW_DTYPE)
        out["id"] = known["unit"]
        out["type"] = kinds["type"]
        out["owner"] = np.where(known["player"] == NEUTRAL_PLAYER, NEUTRAL, known["player"] + 1)
        out["display"] = SNAPSHOT
        out["build_progress"] = np.where(
            known["build_loops"] > 0,
            np.clip(1 - known["build_loops"] / np.maximum(1, kinds["build_loops"]), 0, 0.999),
            1,
        )
        out["radius"] = kinds["radius"] / ONE
        self._place(out, known)
        return out

    def _place(self, out: NDArray[np.void], known: NDArray[np.void]) -> None:
        """Write where things are that stand on the ground.

        Args:
            out: (n,) UNIT_VIEW_DTYPE, written to.
            known: (n,) of the engine's memory.
        """
        width, height = self._map.size
        out["x"] = known["x"] / ONE
        out["y"] = height - known["y"] / ONE
        rows = np.clip(out["y"].astype(np.int64), 0, height - 1)
        columns = np.clip(out["x"].astype(np.int64), 0, width - 1)
        out["z"] = self._z_of[rows, columns]
