"""A field to try the engine on: units put where wanted, commands at a frame, every frame written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.games import BroodWarGames
from engine.core.frame import NO_UNIT, Commands, UnitCommandType
from engine.core.gamemap import GameMap
from engine.core.scenario import Scenario

FIELD_TILES: Final = 64
PLAYERS: Final = 2
UNIT_ID_SLOTS: Final = 4096

IDLE_FRAMES: Final = 20
"""After which a unit that was just made stands ready."""


def field_scenario(game_map: GameMap | None = None) -> Scenario:
    """Return a scenario where nothing stands at first; open ground unless a map is given."""
    return Scenario(
        name="field",
        version=1,
        title="Open ground",
        source="the synthetic flat map of the recordings",
        game="broodwar",
        map=game_map or GameMap.flat("field", FIELD_TILES, FIELD_TILES),
        units=(),
        triggers=(),
        armies=((), ()),
        full_vision=True,
        frame_skip=1,
        max_frames=1 << 20,
        latency_frames=0,
    )


class Field:
    """Games on open ground, all driven alike or one by one; commands act on the next frame.

    Attributes:
        games: the engine.
    """

    def __init__(self, num_games: int = 1, *, seed: int = 1, scenario: Scenario | None = None) -> None:
        self.games = BroodWarGames(scenario or field_scenario(), num_games, latency_frames=0)
        seeds = np.random.SeedSequence(seed).generate_state(num_games, np.uint64)
        self.games.start(np.ones(num_games, np.bool_), seeds)
        rows = num_games * PLAYERS
        self._row_game = np.repeat(np.arange(num_games, dtype=np.int32), PLAYERS)
        self._row_player = np.tile(np.arange(PLAYERS, dtype=np.int8), num_games)
        self._commands = Commands.allocate(rows, self.games.unit_capacity)

    @property
    def num_games(self) -> int:
        """Number of games."""
        return self.games.num_games

    def place(self, unit_type: str, player: int, x: int, y: int, heading: int | None = None) -> NDArray[np.int32]:
        """Put the same unit into every game; return its id in each."""
        return np.array(
            [self.games.create_unit(game, unit_type, player, x, y, heading) for game in range(self.num_games)], np.int32
        )

    def command(
        self,
        kind: UnitCommandType,
        unit_ids: NDArray[np.int32],
        *,
        x: int = 0,
        y: int = 0,
        target_ids: NDArray[np.int32] | None = None,
        extra: int = 0,
    ) -> None:
        """Command one unit of every game; it acts with the next `advance`."""
        for game, unit_id in enumerate(unit_ids):
            player = int(self.unit(game, int(unit_id))["player"])
            row = game * PLAYERS + player
            at = int(self._commands.count[row])
            item = self._commands.items[row, at]
            item["unit_id"] = unit_id
            item["type"] = int(kind)
            item["target_id"] = NO_UNIT if target_ids is None else target_ids[game]
            item["x"] = x
            item["y"] = y
            item["extra"] = extra
            self._commands.count[row] = at + 1

    def advance(self, frames: int = 1) -> None:
        """Give the commands and advance all games."""
        self.games.step(self._commands, self._row_game, self._row_player, frames)
        self._commands.clear()

    def unit(self, game: int, unit_id: int) -> np.void:
        """Return a unit's slot by its id."""
        slot: np.void = self.games.units[game, unit_id % UNIT_ID_SLOTS]
        return slot

    def alive(self, unit_ids: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return (games,) bool: whether the unit of each game is still there."""
        slots = self.games.units[np.arange(self.num_games), unit_ids % UNIT_ID_SLOTS]
        there: NDArray[np.bool_] = (slots["slot_state"] != 0) & (slots["generation"] == unit_ids // UNIT_ID_SLOTS)
        return there

    def values(self, unit_ids: NDArray[np.int32], field: str) -> NDArray[np.int32]:
        """Return (games,) a field of the unit of each game."""
        return self.games.units[np.arange(self.num_games), unit_ids % UNIT_ID_SLOTS][field].astype(np.int32)

    def record(self, slots: Sequence[int] | NDArray[np.int32], game: int = 0) -> NDArray[np.int32]:
        """Return (units, 4) int32: x, y, hp_256, shield_256 of these slots now; -1 when gone."""
        now = np.full((len(slots), 4), -1, np.int32)
        generation = self.games.units["generation"][game]
        for at, slot in enumerate(slots):
            unit = self.games.units[game, slot]
            if unit["slot_state"] != 0 and generation[slot] == 0:
                now[at] = unit["x"], unit["y"], unit["hp_256"], unit["shield_256"]
        return now
