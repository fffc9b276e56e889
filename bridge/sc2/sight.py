"""What a player sees of the ground, and what it remembers: visibility, creep, snapshots."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.sc2.maps import Sc2Map
from bridge.sc2.unit_views import place_on_ground
from bridge.sc2.world import NEUTRAL, SNAPSHOT, UNIT_VIEW_DTYPE
from engine.core.scenario import Scenario
from engine.starcraft2.creep import COVERED
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import GRID_KNOWN_CREEP, GRID_SIGHT, NEUTRAL_PLAYER
from engine.starcraft2.tables import KINDS, ONE

IN_SIGHT: Final = 2


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
        self._is_melee = scenario.melee is not None
        self._full_vision = scenario.full_vision

    def visibility(self, player: int, own: NDArray[np.void], *, everything: bool) -> NDArray[np.uint8]:
        """Return (height, width) uint8, row 0 at the bottom: 0 never seen, 1 seen before, 2 in sight.

        Args:
            player: whose, from 0.
            own: the engine's records of its units.
            everything: there is no fog for it.
        """
        width, height = self._map.size
        if everything or self._full_vision:
            return np.full((height, width), IN_SIGHT, np.uint8)
        if self._is_melee:
            return np.ascontiguousarray(self._games.grids[0][GRID_SIGHT + player][::-1])
        seen = np.zeros((height, width), np.bool_)
        ys, xs = np.ogrid[0:height, 0:width]
        for unit in own:
            sight = float(KINDS["sight"][unit["kind"]]) / ONE
            x, y = float(unit["x"]) / ONE, height - float(unit["y"]) / ONE
            seen |= (xs + 0.5 - x) ** 2 + (ys + 0.5 - y) ** 2 <= sight * sight
        return np.where(seen, IN_SIGHT, 0).astype(np.uint8)

    def creep(self, player: int) -> NDArray[np.bool_]:
        """Return (height, width) bool, row 0 at the bottom: where the player knows of creep."""
        width, height = self._map.size
        if not self._is_melee:
            return np.zeros((height, width), np.bool_)
        return np.ascontiguousarray(self._games.grids[0][GRID_KNOWN_CREEP + player][::-1] == COVERED)

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
        place_on_ground(out, known, self._map)
        return out
