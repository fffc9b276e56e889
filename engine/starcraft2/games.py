"""A batch of StarCraft II games of one scenario: the engine's outside, the same as Brood War's.

    games = StarCraft2Games(scenario, num_games=64)
    games.start(np.ones(64, bool), seeds)
    games.step(commands, row_game, row_player, frames=8)
    games.observe(frame, row_game, row_player)

A frame is a game loop. Everything between two calls is in the arrays of `engine.starcraft2.state`, so that a game is
copied, compared and put back as bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import NO_UNIT, Commands, Frame
from engine.core.jit import records
from engine.core.scenario import Scenario, TriggerAction, draw_positions
from engine.starcraft2.arrays import GameArrays
from engine.starcraft2.asking import max_hp, may_cast, may_make, may_move, may_place
from engine.starcraft2.melee import begin_melee
from engine.starcraft2.observe import observe_rows
from engine.starcraft2.presence import create_unit
from engine.starcraft2.state import (
    ATTACK,
    GRID_CREEP,
    GRID_KNOWN_CREEP,
    GRID_SIGHT,
    IN_SIGHT,
    NOBODY,
    NUM_PLAYERS,
    SLOT_DEAD,
)
from engine.starcraft2.step import PIXEL, advance_games, order_unit, take_commands
from engine.starcraft2.tables import KIND_NAMES, KIND_OF, NO_KIND, unit_type_id
from engine.starcraft2.upkeep import open_game

ANY: Final = "any"


class StarCraft2Games(GameArrays):
    """`num_games` games of one scenario, advanced together."""

    def __init__(
        self, scenario: Scenario, num_games: int, *, latency_frames: int | None = None, unit_capacity: int | None = None
    ) -> None:
        """Lay out the games; `start` begins them. Arguments as of `GameArrays`.

        Raises:
            ValueError: a number that is not allowed, or triggers that this game does not know.
        """
        super().__init__(scenario, num_games, latency_frames=latency_frames, unit_capacity=unit_capacity)
        self._orders = _first_orders(scenario)
        self._frames = np.zeros(num_games, np.int32)
        self._every_row = np.ones(0, np.bool_)
        self._is_drawn = scenario.melee is not None or any(unit.spread_px for unit in scenario.units)
        self._opening: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]] = []

    def start(self, games: NDArray[np.bool_], seeds: NDArray[np.uint64]) -> None:
        """Begin the marked games anew, with both armies in their places and the map's orders given.

        Where no unit's place is drawn, the first start is kept, and further ones differ by their random stream alone.

        Args:
            games: (num_games,) bool.
            seeds: (num_games,) uint64; only marked games' are read.

        Raises:
            ValueError: no room for a unit.
        """
        marked = games.nonzero()[0].tolist()
        self._clear(marked, seeds)
        for game in marked:
            if self._opening:
                rng = self._games["rng"][game]
                for part, first in self._opening:
                    part[game] = first
                self._games["rng"][game] = rng
                continue
            if self.scenario.melee is not None:
                begin_melee(self, game, int(seeds[game]))
            self._place_armies(game, draw_positions(self.scenario, int(seeds[game])))
            self.look_around(game)
            if not self._is_drawn:
                self._opening = [(part, part[game].copy()) for part in self._bytes if part[game].any()]

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

    def max_hp(self, game: int, slot: int) -> int:
        """Return the life that a unit may have with its player's upgrades, 1/4096 point.

        Args:
            game: which game.
            slot: of the unit.
        """
        return int(max_hp(self._units[game], self._games[game], slot))

    def may_move(self, game: int, slot: int) -> bool:
        """Say whether a unit can go anywhere; arguments as `max_hp`."""
        return bool(may_move(self._units[game], self._games[game], slot))

    def may_cast(self, game: int, slot: int, spell: int, *, ignores_resources: bool = False) -> bool:
        """Say whether a unit may cast a spell now, at whomever and wherever.

        Args:
            game: which game.
            slot: of the caster.
            spell: row of `engine.starcraft2.spell_table.SPELLS`.
            ignores_resources: energy and life do not count.
        """
        state = (self._units[game], self._games[game], self._index[game])
        return bool(may_cast(*state, slot, spell, ignores_resources))

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
