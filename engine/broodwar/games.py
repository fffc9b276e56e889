"""A batch of Brood War games of one scenario: the engine's outside.

    games = BroodWarGames(scenario, num_games=64)
    games.start(np.ones(64, bool), seeds)
    games.step(commands, row_game, row_player, frames=8)
    games.observe(frame, row_game, row_player)

Everything between two calls is in the arrays of `engine.broodwar.state`, so that a game is copied, compared and put
back as bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.armies import create_unit
from engine.broodwar.commands import find_errors, take_commands
from engine.broodwar.creep import CREEP, spread_all
from engine.broodwar.errors import ERROR_NAMES, NO_ERROR
from engine.broodwar.melee import begin_melee, capacity_of
from engine.broodwar.observe import observe_rows
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.research_table import KNOWN_FROM_THE_START
from engine.broodwar.rules_table import NO_TYPE
from engine.broodwar.state import (
    BULLET_DTYPE,
    GAME_DTYPE,
    NUM_PLAYERS,
    PENDING_DTYPE,
    empty_units,
    index_size,
)
from engine.broodwar.step import FIRST_ORDER_CLOCK_FRAME, advance_games
from engine.broodwar.tables import UNIT_TYPES
from engine.broodwar.terrain import terrain_of
from engine.broodwar.triggers import FIRST_PASS_FRAME, trigger_tables, unit_type_id
from engine.core.batch import GameBatch
from engine.core.frame import Commands, Frame
from engine.core.jit import records
from engine.core.melee import PLAYERS, outcomes
from engine.core.scenario import Scenario, draw_positions

MIN_CAPACITY: Final = 48
"""Unit slots that a game has at least: tests and tools put units where no scenario says so."""

MAX_BULLETS: Final = 100
"""The game's own limit."""

MAX_START_FRAMES: Final = 256
"""A scenario whose armies do not stand after so many frames is wrong."""

EDGE_INTS_PER_UNIT: Final = 9


def _capacity(scenario: Scenario) -> int:
    """Return the unit slots of a scenario: what stands at first, and two generations of both armies, with turrets."""
    if scenario.melee is not None:
        return capacity_of(scenario.map)
    army = sum(count * _slots(unit_type_id(name)) for side in scenario.armies for name, count in side)
    standing = sum(_slots(unit_type_id(placement.type)) for placement in scenario.units)
    return max(MIN_CAPACITY, standing + 2 * army)


def _slots(kind: int) -> int:
    """Return how many slots a unit of this type takes: one more if it has a turret."""
    return 1 if UNIT_TYPES["turret"][kind] == NO_TYPE else 2


class BroodWarGames(GameBatch):
    """`num_games` games of one scenario, advanced together; attributes as of `GameBatch`."""

    UNCOMPARED: ClassVar = ("num_deaths", "num_refused", "last_refusal")

    def __init__(
        self, scenario: Scenario, num_games: int, *, latency_frames: int | None = None, unit_capacity: int | None = None
    ) -> None:
        """Lay out the games; `start` begins them.

        Args:
            scenario: what is played.
            num_games: number of games, at least 1.
            latency_frames: frames from a command to its execution, at least 0; None takes the scenario's.
            unit_capacity: units that a game has room for; None, or too few for the scenario, takes what it needs.

        Raises:
            ValueError: a number that is not allowed.
        """
        capacity = max(_capacity(scenario), unit_capacity or 0)
        super().__init__(scenario, num_games, latency_frames=latency_frames, unit_capacity=capacity)
        game_map = scenario.map
        self._terrain = terrain_of(game_map)
        tables = trigger_tables(scenario.triggers)
        self._triggers, self._conditions, self._actions = (records(table) for table in tables)
        self._bullets = records(np.zeros((num_games, MAX_BULLETS), BULLET_DTYPE))
        ints = index_size(capacity, game_map.width_px, game_map.height_px)
        index = np.zeros((num_games, ints), np.int32)
        waiting = (self.latency_frames + 2) * 2 * capacity
        self._pending = records(np.zeros((num_games, waiting), PENDING_DTYPE))
        self._deaths = np.zeros((num_games, NUM_PLAYERS, 4 * capacity), np.int32)
        self._done = np.zeros((num_games, max(1, len(scenario.triggers))), np.bool_)
        self._creep = np.zeros((num_games, game_map.height, game_map.width), np.uint8)
        # In a battle that everybody sees whole, nobody needs to remember.
        tiles = (1, 1) if scenario.full_vision else (game_map.height, game_map.width)
        self._seen = np.zeros((num_games, len(PLAYERS), *tiles), np.int32)
        self._known_creep = np.zeros((num_games, len(PLAYERS), *tiles), np.uint8)
        shown = 1 if scenario.full_vision else capacity
        self._shown = np.zeros((num_games, len(PLAYERS), shown), np.int32)  # whose deaths a player is told
        self._frames = np.zeros(num_games, np.int32)
        self._is_starting = np.zeros(num_games, np.bool_)
        self._armies = np.array([sum(count for _, count in side) for side in scenario.armies], np.int32)
        self._every_row = np.ones(0, np.bool_)
        self._lay_out(
            records(np.zeros(num_games, GAME_DTYPE)),
            records(empty_units(num_games, capacity)),
            index,
            self._bullets,
            self._pending,
            self._deaths,
            self._done,
            self._creep,
            self._seen,
            self._known_creep,
            self._shown,
        )

    def start(self, games: NDArray[np.bool_], seeds: NDArray[np.uint64]) -> None:
        """Begin the marked games anew; battles run until both armies stand, melee games stand at frame 0.

        Args:
            games: (num_games,) bool.
            seeds: (num_games,) uint64; only marked games' are read.

        Raises:
            ValueError: the scenario's triggers never bring its armies onto the map.
        """
        marked = games.nonzero()[0].tolist()
        self._clear(marked, seeds)
        if self.scenario.melee is not None:
            for game in marked:
                begin_melee(self, game, int(seeds[game]))
            return
        if self.scenario.units:
            for game in marked:
                positions = draw_positions(self.scenario, int(seeds[game]))
                for placement, (x, y) in zip(self.scenario.units, positions.tolist(), strict=True):
                    self.create_unit(game, placement.type, placement.player, x, y)
        np.multiply(games, MAX_START_FRAMES + 1, out=self._frames)
        np.copyto(self._is_starting, games)
        self._advance()
        if self._is_starting.any():
            self._is_starting[:] = False
            name = self.scenario.name
            raise ValueError(f"scenario {name!r}: the armies do not stand after {MAX_START_FRAMES} frames")

    def step(self, commands: Commands, row_game: NDArray[np.int32], row_player: NDArray[np.int8], frames: int) -> None:
        """Give the rows' commands and advance every game.

        Args:
            commands: (rows, ...); executed `latency_frames` later. Commands for units that are gone by then, or are
                another player's, have no effect.
            row_game: (rows,) int32, the game of each row.
            row_player: (rows,) int8, the player number of each row.
            frames: how far.

        Raises:
            ValueError: more commands at once than a game can keep.
        """
        latency = self.latency_frames
        items = records(commands.items)
        lost = take_commands(self._games, self._pending, items, commands.count, row_game, row_player, latency)
        if lost:
            raise ValueError(f"{lost} commands too many; a game keeps at most {self._pending.shape[1]}")
        self._frames.fill(frames)
        self._advance()

    def command_errors(
        self, commands: Commands, row_game: NDArray[np.int32], row_player: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Say why commands may not be given now; nothing changes.

        Args:
            commands: (rows, C).
            row_game: (rows,) int32, the game of each row.
            row_player: (rows,) int8, the player number of each row.

        Returns:
            (rows, C) int8 of `engine.broodwar.errors`: NO_ERROR for what is allowed, and beyond each row's count.
        """
        out = np.full(commands.items.shape, NO_ERROR, np.int8)
        items = records(commands.items)
        state = (self._games, self._units, self._index, self._creep, self._terrain)
        find_errors(*state, items, commands.count, row_game, row_player, out)
        return out

    def legal_commands(
        self, commands: Commands, row_game: NDArray[np.int32], row_player: NDArray[np.int8]
    ) -> NDArray[np.bool_]:
        """Say which commands may be given now: (rows, C) bool, as `command_errors`, for masks."""
        legal: NDArray[np.bool_] = self.command_errors(commands, row_game, row_player) == NO_ERROR
        return legal

    def command_error(self, game: int, player: int, command: NDArray[np.void]) -> str:
        """Return BWAPI's name of the reason why a player may not give a command now, "None" if it may.

        Args:
            game: which game.
            player: who gives it.
            command: one COMMAND_DTYPE record.
        """
        one = Commands.allocate(1, 1)
        one.items[0, 0] = command
        one.count[0] = 1
        return ERROR_NAMES[self.command_errors(one, np.array([game], np.int32), np.array([player], np.int8))[0, 0]]

    def refusals(self, game: int, player: int) -> tuple[int, str]:
        """Return how many of a player's commands were refused, and why the last one was ("None" if none was)."""
        count = int(self._games["num_refused"][game, player])
        return count, ERROR_NAMES[self._games["last_refusal"][game, player] if count else NO_ERROR]

    def observe(
        self,
        out: Frame,
        row_game: NDArray[np.int32],
        row_player: NDArray[np.int8],
        rows: NDArray[np.bool_] | None = None,
    ) -> None:
        """Fill the rows of a Frame; `deaths` are those since the player's last observation, of units it was shown.

        Args:
            out: rows as given, capacity at least `unit_capacity`.
            row_game: (rows,) int32.
            row_player: (rows,) int8.
            rows: (rows,) bool, which of them; None means all.
        """
        if self.scenario.melee is not None:
            out.outcome[:] = self.outcomes()[row_game, row_player]
            for name in ("techs", "upgrades", "researching", "upgrading"):
                getattr(out, name)[:] = self._games[name][row_game, row_player]
        if rows is None:
            if len(self._every_row) != len(row_game):
                self._every_row = np.ones(len(row_game), np.bool_)
            rows = self._every_row
        observe_rows(
            rows,
            self._games,
            self._units,
            self._index,
            self._deaths,
            self._terrain,
            self._creep,
            self._seen,
            self._known_creep,
            self._shown,
            row_game,
            row_player,
            out.player,
            out.minerals,
            out.gas,
            out.frame,
            out.num_units,
            records(out.units),
            out.num_deaths,
            out.deaths,
            out.supply_used,
            out.supply_total,
        )
        if out.seen.size:
            self._show_ground(
                out, row_game, row_player, np.arange(len(row_game)) if rows is None else np.flatnonzero(rows)
            )

    def _show_ground(
        self, out: Frame, row_game: NDArray[np.int32], row_player: NDArray[np.int8], rows: NDArray[np.intp]
    ) -> None:
        """Fill the tile layers of the given rows."""
        for row in rows.tolist():
            game, player = row_game[row], row_player[row]
            if self.scenario.full_vision:
                out.seen[row] = out.frame[row]
                np.minimum(self._creep[game], CREEP, out=out.creep[row])
            else:
                np.subtract(self._seen[game, player], 1, out=out.seen[row])
                out.creep[row] = self._known_creep[game, player]

    def create_unit(
        self, game: int, unit_type: str | int, player: int, x: int, y: int, heading: int | None = None
    ) -> int:
        """Put one complete unit on the map, at the free place nearest to (x, y); return its unit id.

        Args:
            game: which game.
            unit_type: BWAPI UnitType name or id.
            player: owner.
            x: pixels.
            y: pixels.
            heading: direction 0-255; None for the type's own (often random).

        Raises:
            ValueError: no such type, or no room.
        """
        kind = unit_type_id(unit_type) if isinstance(unit_type, str) else unit_type
        slot = create_unit(
            self._units[game],
            self._games[game],
            self._index[game],
            self._terrain,
            kind,
            player,
            x,
            y,
            -1 if heading is None else heading,
        )
        if slot < 0:
            raise ValueError(f"no room for {unit_type} of player {player} at ({x}, {y}) in game {game}")
        if PRODUCTION["produces_creep"][kind] or PRODUCTION["requires_creep"][kind]:
            spread_all(self._units[game], self._games[game], self._index[game], self._terrain, self._creep[game], slot)
        return self.id_of(game, int(slot))

    def outcomes(self) -> NDArray[np.int8]:
        """Return (num_games, 2) int8 of `core.frame.Outcome`; melee games are looked at every 31 frames."""
        return outcomes(self._done[:, : len(PLAYERS)])

    @property
    def bullets(self) -> NDArray[np.void]:
        """(num_games, ...) BULLET_DTYPE, for tests and tools; the first `num_bullets` of a game are valid."""
        return self._bullets

    @property
    def creep(self) -> NDArray[np.uint8]:
        """(num_games, rows, columns) uint8: not 0 where a build tile has creep; see `engine.broodwar.creep`."""
        return self._creep

    @property
    def terrain(self) -> NDArray[np.int32]:
        """The ground as the kernels have it, for tests and tools."""
        return self._terrain

    def _first_head(self) -> NDArray[np.void]:
        head = np.zeros((), GAME_DTYPE)
        head["order_clock"] = FIRST_ORDER_CLOCK_FRAME
        head["trigger_timer"] = FIRST_PASS_FRAME - 1
        head["width_px"] = self.scenario.map.width_px
        head["height_px"] = self.scenario.map.height_px
        head["capacity"] = self.unit_capacity
        head["full_vision"] = self.scenario.full_vision
        head["techs"] = KNOWN_FROM_THE_START
        return head

    def _compared(self, game: int, head: NDArray[np.void]) -> Iterator[NDArray[np.generic]]:
        capacity = self.unit_capacity
        index = self._index[game]
        edges = int(head["num_edges"])
        yield self._bullets[game][: int(head["num_bullets"])]
        yield self._pending[game][: int(head["num_pending"])]
        yield index[: int(head["num_units"])]
        for base in range(capacity, EDGE_INTS_PER_UNIT * capacity, 2 * capacity):
            yield index[base : base + edges]
        yield index[EDGE_INTS_PER_UNIT * capacity :]
        yield self._done[game]
        yield self._creep[game]

    def _advance(self) -> None:
        advance_games(
            self._frames,
            self._is_starting,
            self._armies,
            self._games,
            self._units,
            self._bullets,
            self._index,
            self._pending,
            self._deaths,
            self._done,
            self._creep,
            self._terrain,
            self._triggers,
            self._conditions,
            self._actions,
        )
