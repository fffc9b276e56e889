"""A batch of StarCraft II games of one scenario: the engine's outside, the same as Brood War's.

    games = StarCraft2Games(scenario, num_games=64)
    games.start(np.ones(64, bool), seeds)
    games.step(commands, row_game, row_player, frames=8)
    games.observe(frame, row_game, row_player)

A frame is a game loop. Everything between two calls is in the arrays of `engine.starcraft2.state`, so that a game is
copied, compared and put back as bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import NO_UNIT, Commands, Frame
from engine.core.jit import records
from engine.core.scenario import Scenario, TriggerAction, draw_positions
from engine.core.snapshots import put_back, take
from engine.starcraft2.asking import may_make, may_place
from engine.starcraft2.melee import begin_melee, capacity_of
from engine.starcraft2.observe import observe_rows
from engine.starcraft2.presence import create_unit
from engine.starcraft2.state import (
    ATTACK,
    EFFECT_DTYPE,
    GAME_DTYPE,
    GRID_CREEP,
    GRID_KNOWN_CREEP,
    GRID_SIGHT,
    IN_SIGHT,
    MAX_EFFECTS,
    NOBODY,
    NUM_GRIDS,
    NUM_PLAYERS,
    PENDING_DTYPE,
    SLOT_ALIVE,
    SLOT_DEAD,
    SLOTS_PER_GENERATION,
    UNIT_DTYPE,
)
from engine.starcraft2.step import PIXEL, advance_games, order_unit, take_commands
from engine.starcraft2.tables import KIND_NAMES, KIND_OF, NO_KIND, unit_type_id
from engine.starcraft2.terrain import ground_of, work_for
from engine.starcraft2.upkeep import open_game
from engine.starcraft2.vision import MEMORY_DTYPE, MEMORY_PLACES

MIN_CAPACITY: Final = 32
"""Unit slots that a game has at least: tests and tools put units where no scenario says so."""

ANY: Final = "any"


class StarCraft2Games:
    """`num_games` games of one scenario, advanced together.

    Attributes:
        num_games: number of games.
        unit_capacity: units that a Frame row must have room for.
        scenario: what is played.
        latency_frames: loops between a command and its execution.
    """

    def __init__(
        self, scenario: Scenario, num_games: int, *, latency_frames: int | None = None, unit_capacity: int | None = None
    ) -> None:
        """Lay out the games; `start` begins them.

        Args:
            scenario: what is played.
            num_games: number of games, at least 1.
            latency_frames: loops from a command to its execution, at least 0; None takes the scenario's.
            unit_capacity: units that a game has room for; None, or too few for the scenario, takes what it needs.

        Raises:
            ValueError: a number that is not allowed, or triggers that this game does not know.
        """
        if num_games < 1:
            raise ValueError(f"num_games is {num_games}; at least one game is wanted")
        self.scenario = scenario
        self.num_games = num_games
        wanted = len(scenario.units) if scenario.melee is None else capacity_of(scenario)
        capacity = max(MIN_CAPACITY, wanted, unit_capacity or 0)
        self.unit_capacity = capacity
        self.latency_frames = scenario.latency_frames if latency_frames is None else latency_frames
        if self.latency_frames < 0:
            raise ValueError(f"latency_frames is {self.latency_frames}; it is never negative")
        self._orders = _first_orders(scenario)
        self._ground = ground_of(scenario.map)
        self._work = work_for(self._ground)
        self._games = records(np.zeros(num_games, GAME_DTYPE))
        self._units = records(np.zeros((num_games, capacity), UNIT_DTYPE))
        self._index = np.zeros((num_games, capacity), np.int32)
        self._pending = records(np.zeros((num_games, (self.latency_frames + 2) * 2 * capacity), PENDING_DTYPE))
        self._deaths = np.zeros((num_games, NUM_PLAYERS, 4 * capacity), np.int32)
        self._blocked = np.zeros((num_games, *self._ground.shape), np.uint8)
        is_melee = scenario.melee is not None
        cells = self._ground.shape if is_melee else (1, 1)
        self._grids = np.zeros((num_games, NUM_GRIDS, *cells), np.uint8)
        self._effects = records(np.zeros((num_games, MAX_EFFECTS), EFFECT_DTYPE))
        self._seen = np.zeros((num_games, NUM_PLAYERS, *cells), np.int32)
        self._memory = records(np.zeros((num_games, NUM_PLAYERS, MEMORY_PLACES if is_melee else 1), MEMORY_DTYPE))
        self._frames = np.zeros(num_games, np.int32)
        self._bytes = [part.view(np.uint8).reshape(num_games, -1) for part in self._parts()]
        self._every_row = np.ones(0, np.bool_)
        self._clear(range(num_games), np.zeros(num_games, np.uint64))

    def start(self, games: NDArray[np.bool_], seeds: NDArray[np.uint64]) -> None:
        """Begin the marked games anew, with both armies in their places and the map's orders given.

        Args:
            games: (num_games,) bool.
            seeds: (num_games,) uint64; only marked games' are read.

        Raises:
            ValueError: no room for a unit.
        """
        marked = games.nonzero()[0].tolist()
        self._clear(marked, seeds)
        for game in marked:
            if self.scenario.melee is not None:
                begin_melee(self, game, int(seeds[game]))
            self._place_armies(game, draw_positions(self.scenario, int(seeds[game])))
            self.look_around(game)

    def look_around(self, game: int) -> None:
        """Let what stands on the map of a melee game have its creep, and both players see it; battles have neither.

        Args:
            game: which game; tests and tools call this after they have put units where no scenario says so.
        """
        if self.scenario.melee is not None:
            state = (self._units[game], self._games[game], self._index[game], self._ground)
            open_game(*state, self._grids[game], self._effects[game], self._seen[game], self._memory[game])

    def respawn(self, game: int) -> None:
        """Put both armies into their places once more, with the map's orders: what SMAC's maps do when all are dead.

        Args:
            game: which game; what lives in it stays.

        Raises:
            ValueError: no room for a unit.
        """
        self._place_armies(game, np.array([(unit.x, unit.y) for unit in self.scenario.units], np.int32))

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
        items = records(commands.items)
        lost = take_commands(
            self._games, self._pending, items, commands.count, row_game, row_player, self.latency_frames
        )
        if lost:
            raise ValueError(f"{lost} commands too many; a game keeps at most {self._pending.shape[1]}")
        self._frames.fill(frames)
        advance_games(
            self._frames,
            self._games,
            self._units,
            self._index,
            self._pending,
            self._deaths,
            self._blocked,
            self._grids,
            self._effects,
            self._seen,
            self._memory,
            self._ground,
            self._work,
        )

    def order(
        self,
        game: int,
        unit_id: int,
        ability: int,
        target_id: int = NO_UNIT,
        x: int = 0,
        y: int = 0,
        *,
        queued: bool = False,
    ) -> int:
        """Tell a unit at once what to do: the native command, for servers of the real game's interface.

        Args:
            game: which game.
            unit_id: who is told.
            ability: ability id of the real game, general or not.
            target_id: unit id of the target, NO_UNIT for a place or none.
            x: place, 1/4096 cell.
            y: likewise, downwards.
            queued: after what it does already.

        Returns:
            ActionResult of the real game: 1 is success.
        """
        slot = self.slot_of(game, unit_id)
        if slot < 0:
            return 2
        state = (self._units[game], self._games[game], self._index[game], self._ground, self._blocked[game])
        more = (self._grids[game], self._effects[game])
        return int(order_unit(*state, *more, slot, ability, target_id, x, y, queued))

    def may_make(self, game: int, slot: int, row: int, *, ignores_resources: bool = False) -> int:
        """Return the ActionResult that a unit would have from making something now; nothing is done.

        Args:
            game: which game.
            slot: of the maker.
            row: of `engine.starcraft2.tables.MADE`.
            ignores_resources: stock and supply do not count.
        """
        state = (self._units[game], self._games[game], self._index[game])
        return int(may_make(*state, slot, row, ignores_resources))

    def may_place(self, game: int, kind: int, player: int, x: int, y: int, builder: int = NOBODY) -> int:
        """Return the ActionResult of placing a structure, whatever it costs and requires.

        Args:
            game: which game.
            kind: row of `engine.starcraft2.tables.KINDS`.
            player: whose.
            x: 1/4096 cell.
            y: likewise, downwards.
            builder: slot of who builds it and so may stand there.
        """
        state = (self._units[game], self._games[game], self._index[game], self._ground, self._blocked[game])
        return int(may_place(*state, self._grids[game], kind, player, builder, x, y))

    def outcomes(self) -> NDArray[np.int8]:
        """Return (num_games, players) int8 of `Outcome`: how melee games stand; battles are judged by who has units."""
        return self._games["result"].astype(np.int8)

    def observe(
        self,
        out: Frame,
        row_game: NDArray[np.int32],
        row_player: NDArray[np.int8],
        rows: NDArray[np.bool_] | None = None,
    ) -> None:
        """Fill the rows of a Frame; `deaths` are those since the player's last observation.

        Args:
            out: rows as given, capacity at least `unit_capacity`.
            row_game: (rows,) int32.
            row_player: (rows,) int8.
            rows: (rows,) bool, which of them; None means all.
        """
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
            self._ground,
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
        if self.scenario.melee is not None:
            out.outcome[:] = self.outcomes()[row_game, row_player]
        if out.seen.size:
            self._write_layers(out, row_game, row_player, rows)

    def _write_layers(
        self, out: Frame, row_game: NDArray[np.int32], row_player: NDArray[np.int8], rows: NDArray[np.bool_]
    ) -> None:
        """Fill `seen` and `creep` of a Frame that has them."""
        for row in rows.nonzero()[0].tolist():
            game, player = int(row_game[row]), int(row_player[row])
            if self.scenario.melee is None or self.scenario.full_vision or player >= NUM_PLAYERS:
                out.seen[row] = out.frame[row]
                out.creep[row] = self._grids[game, GRID_CREEP] if self.scenario.melee is not None else 0
                continue
            in_sight = self._grids[game, GRID_SIGHT + player] == IN_SIGHT
            out.seen[row] = np.where(in_sight, out.frame[row], self._seen[game, player] - 1)
            out.creep[row] = self._grids[game, GRID_KNOWN_CREEP + player]

    def snapshot(self, game: int) -> bytes:
        """Return everything about one game as bytes for `restore`."""
        return take(self._parts(), game)

    def restore(self, game: int, data: bytes) -> None:
        """Put a game back to what `snapshot` returned; exact.

        Args:
            game: which game.
            data: from any game of the same scenario, capacity and latency.

        Raises:
            ValueError: bytes of something else.
        """
        put_back(self._parts(), game, data)

    def digest(self, game: int) -> str:
        """Return a hash of the state of one game; equal for equal play, whoever watched."""
        head = self._games[game].copy()
        head["num_deaths"] = 0
        head["num_refused"] = 0
        head["last_result"] = 0
        sha = hashlib.sha256(head.tobytes())
        sha.update(self._units[game].tobytes())
        sha.update(self._index[game][: int(head["num_units"])].tobytes())
        sha.update(self._pending[game][: int(head["num_pending"])].tobytes())
        sha.update(self._blocked[game].tobytes())
        sha.update(self._grids[game].tobytes())
        sha.update(self._effects[game][: int(head["num_effects"])].tobytes())
        return sha.hexdigest()

    def create_unit(self, game: int, unit_type: str | int, player: int, x: int, y: int) -> int:
        """Put one complete unit on the map, at the free place nearest to (x, y); return its unit id.

        Args:
            game: which game.
            unit_type: name or unit type id of the real game.
            player: owner.
            x: pixels of 1/32 cell.
            y: likewise, downwards.

        Raises:
            ValueError: no such type, or no room.
        """
        number = unit_type_id(unit_type) if isinstance(unit_type, str) else int(unit_type)
        kind = int(KIND_OF[number]) if 0 <= number < len(KIND_OF) else NO_KIND
        if kind == NO_KIND:
            raise ValueError(f"unknown unit type {unit_type!r}")
        state = (self._units[game], self._games[game], self._index[game], self._ground, self._blocked[game])
        is_passive = player in self.scenario.passive_players
        slot = int(create_unit(*state, kind, player, x * PIXEL, y * PIXEL, is_passive))
        if slot < 0:
            raise ValueError(f"no room for a {KIND_NAMES[kind]} near ({x}, {y})")
        return self.id_of(game, slot)

    def id_of(self, game: int, slot: int) -> int:
        """Return the id of the unit in a slot."""
        return slot + SLOTS_PER_GENERATION * int(self._units[game]["generation"][slot])

    def kill_units(self, game: int, unit_ids: Iterable[int]) -> None:
        """Let units die at the end of the next loop, as a debug command of the real game does.

        Args:
            game: which game.
            unit_ids: those that are gone already are passed over.
        """
        for unit_id in unit_ids:
            slot = self.slot_of(game, unit_id)
            if slot >= 0:
                self._units[game]["hp"][slot] = 0
                self._units[game]["slot_state"][slot] = SLOT_DEAD
                self._games["has_died"][game] = 1

    def slot_of(self, game: int, unit_id: int) -> int:
        """Return the slot of a living unit, -1 if there is none of this id."""
        slot = int(unit_id) % SLOTS_PER_GENERATION
        if unit_id < 0 or slot >= self.unit_capacity:
            return -1
        unit = self._units[game][slot]
        is_it = unit["slot_state"] == SLOT_ALIVE and unit["generation"] == unit_id // SLOTS_PER_GENERATION
        return slot if is_it else -1

    def set_rng_state(self, game: int, state: int) -> None:
        """Set the 32-bit state of a game's random stream."""
        self._games["rng"][game] = state & 0xFFFFFFFF

    @property
    def units(self) -> NDArray[np.void]:
        """(num_games, unit_capacity) UNIT_DTYPE of `engine.starcraft2.state`."""
        return self._units

    @property
    def games(self) -> NDArray[np.void]:
        """(num_games,) GAME_DTYPE."""
        return self._games

    @property
    def index(self) -> NDArray[np.int32]:
        """(num_games, unit_capacity) int32; the first `num_units` of a game are the slots of its living units."""
        return self._index

    @property
    def ground(self) -> NDArray[np.uint8]:
        """(rows, columns) uint8 of `engine.starcraft2.terrain`, row 0 at the top."""
        return self._ground

    @property
    def blocked(self) -> NDArray[np.uint8]:
        """(num_games, rows, columns) uint8: 1 where something stands that units walk around."""
        return self._blocked

    @property
    def grids(self) -> NDArray[np.uint8]:
        """(num_games, NUM_GRIDS, rows, columns) uint8 of `engine.starcraft2.state`; of one cell in battles."""
        return self._grids

    @property
    def effects(self) -> NDArray[np.void]:
        """(num_games, MAX_EFFECTS) EFFECT_DTYPE; the first `num_effects` of a game are valid."""
        return self._effects

    @property
    def memory(self) -> NDArray[np.void]:
        """(num_games, players, places) MEMORY_DTYPE of `engine.starcraft2.vision`: structures as players remember them.

        Places whose `unit` is 0 are empty; of what is in sight now, the unit itself says more.
        """
        return self._memory

    def _parts(self) -> tuple[NDArray[np.generic], ...]:
        first = (self._games, self._units, self._index, self._pending, self._deaths, self._blocked)
        return (*first, self._grids, self._effects, self._seen, self._memory)

    def _clear(self, marked: Iterable[int], seeds: NDArray[np.uint64]) -> None:
        for game in marked:
            for part in self._bytes:
                part[game].fill(0)
            self._games["capacity"][game] = self.unit_capacity
            self._games["full_vision"][game] = self.scenario.full_vision
            self._games["is_melee"][game] = self.scenario.melee is not None
            seed = seeds.item(game)
            self._games["rng"][game] = (seed ^ seed >> 32) & 0xFFFFFFFF

    def _place_armies(self, game: int, positions: NDArray[np.int32]) -> None:
        ids = [
            (placement, self.create_unit(game, placement.type, placement.player, x, y))
            for placement, (x, y) in zip(self.scenario.units, positions.tolist(), strict=True)
        ]
        for action in self._orders:
            for placement, unit_id in ids:
                if placement.player == action.player and action.unit in (ANY, placement.type):
                    self.order(game, unit_id, ATTACK, NO_UNIT, action.x * PIXEL, action.y * PIXEL)


def _first_orders(scenario: Scenario) -> tuple[TriggerAction, ...]:
    """Return the attack-moves that a scenario begins with.

    Raises:
        ValueError: a trigger that says anything else.
    """
    orders: list[TriggerAction] = []
    for trigger in scenario.triggers:
        kinds = {condition.kind for condition in trigger.conditions} | {action.kind for action in trigger.actions}
        for kind in sorted(kinds - {"always", "order"}):
            raise ValueError(
                f"scenario {scenario.name!r}: trigger with {kind!r}; StarCraft II knows 'always' and 'order'"
            )
        orders += trigger.actions
    return tuple(orders)
