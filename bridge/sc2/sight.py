"""What a player sees of the ground, and what it remembers: visibility, creep, snapshots."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.sc2.maps import Sc2Map
from bridge.sc2.unit_views import place_on_ground
from bridge.sc2.world import NEUTRAL, SNAPSHOT, UNIT_VIEW_DTYPE
from engine.core.scenario import Scenario
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import GRID_CREEP, GRID_SIGHT, NEUTRAL_PLAYER
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
        return np.ascontiguousarray(self._games.grids[0][GRID_CREEP][::-1] != 0)

    def remembered(self, player: int, shown: NDArray[np.void]) -> NDArray[np.void]:
        """Return (n,) UNIT_VIEW_DTYPE of what the player knows of and does not see.

        Args:
            player: whose, from 0.
            shown: (m,) UNIT_VIEW_DTYPE of what it sees.
        """
        games = self._games
        index = games.index[0][: int(games.games["num_units"][0])]
        state = games.units[0][index]
        hidden = index[state["player"] == NEUTRAL_PLAYER]
        ids = np.array([games.id_of(0, slot) + 1 for slot in hidden.tolist()], np.int64)
        hidden = hidden[~np.isin(ids, shown["id"])]
        out = np.zeros(len(hidden), UNIT_VIEW_DTYPE)
        state = games.units[0][hidden]
        out["id"] = [games.id_of(0, slot) + 1 for slot in hidden.tolist()]
        out["type"] = KINDS["type"][state["kind"]]
        out["owner"] = NEUTRAL
        out["display"] = SNAPSHOT
        out["build_progress"] = 1
        out["radius"] = KINDS["radius"][state["kind"]] / ONE
        place_on_ground(out, state, self._map)
        return out
