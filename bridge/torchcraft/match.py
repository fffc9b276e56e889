"""One match in the embedded engine, as its one or two clients see and command it; knows nothing of messages.

The map is played as the real game plays it: its triggers make the next battle when one is over, in one match, until
somebody leaves. Scripted players decide at the first frame of a match and every `opponent_frames` after it, so that a
client that asks for every frame meets the same opponent as one that combines frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from bridge.embedded import MAP_TRIGGERS, for_players, without_orders
from bridge.torchcraft.fold import no_commands
from bridge.torchcraft.messages import WireFrame
from bridge.torchcraft.sight import Sight
from bridge.torchcraft.unit_commands import Status, UnitCommands
from bridge.torchcraft.view import GameState, SeatView
from engine.broodwar.games import BroodWarGames
from engine.broodwar.order_queue import kill
from engine.broodwar.rules_table import RACES, UNIT_TYPES, unit_type_id
from engine.core.frame import Commands, Outcome
from engine.core.jit import records
from engine.core.melee import draw_starts
from engine.core.rules import Player
from engine.core.scenario import Scenario

UNIT_SLOTS: Final = 400
"""Units that a match has room for: clients spawn their own, as TorchCraft's examples do."""

SPAWNABLE: Final = tuple(bool(row["can_move"]) and not bool(row["building"]) for row in UNIT_TYPES)
"""Unit types that a client may put on the map: those that the engine moves."""


class Match:
    """A game of a scenario that goes on until it is left.

    Attributes:
        scenario: what is played.
        clients: player numbers that clients play, ascending.
        latency_frames: frames from a command to its execution.
        views: what each client will be told next, by player number.
        sight: what each player sees, as of the last frame.
    """

    def __init__(
        self,
        scenario: Scenario,
        players: Sequence[str | None],
        *,
        latency_frames: int | None = None,
        opponent_frames: int | None = None,
    ) -> None:
        """Lay out the match; `start` begins it.

        Args:
            scenario: what is played.
            players: by player number, None for a client, else a scripted player's name.
            latency_frames: frames from a command to its execution; None takes the scenario's.
            opponent_frames: frames between decisions of scripted players; None takes the scenario's frame skip.
        """
        scenario, find_player = for_players(scenario, players)
        self.scenario = scenario
        self.clients = tuple(number for number, name in enumerate(players) if name is None)
        self.players = tuple(players)
        scripted = [
            (number, find_player(name))
            for number, name in enumerate(players)
            if name is not None and name != MAP_TRIGGERS
        ]
        played = without_orders(scenario, frozenset([*self.clients, *(number for number, _ in scripted)]))
        self._games = BroodWarGames(played, 1, latency_frames=latency_frames, unit_capacity=UNIT_SLOTS)
        self.latency_frames = self._games.latency_frames
        self._opponent_frames = scenario.frame_skip if opponent_frames is None else opponent_frames
        capacity = self._games.unit_capacity
        self._capacity = capacity
        game_map = scenario.map
        self.views = {
            number: SeatView(number, capacity, width=game_map.width, height=game_map.height) for number in self.clients
        }
        self.sight = Sight(self._games, scenario, len(players))
        self._scripted: list[tuple[int, Player]] = scripted
        rows = [*self.clients, *(number for number, _ in scripted)]
        self._row_of = {number: row for row, number in enumerate(rows)}
        self._row_game = np.zeros(len(rows), np.int32)
        self._row_player = np.array(rows, np.int8)
        self._last_commands = records(no_commands(capacity))
        self._state = GameState.of(self._games, self._last_commands)
        self._commands = UnitCommands(
            self._games,
            self.sight,
            game_map,
            self._row_of,
            self._last_commands,
            (self.latency_frames + 2) * 2 * capacity - capacity * len(scripted),
        )
        self._game_frame = self._games.games["frame"]
        self._first_frame = 0
        self._seed = 0

    def start(self, seed: int) -> None:
        """Begin the match anew: both armies stand, nobody has been told anything.

        Args:
            seed: of the game, 0 to 2**64 - 1.
        """
        self._seed = seed
        self._games.start(np.ones(1, np.bool_), np.array([seed], np.uint64))
        self._commands.reset()
        self.sight.reset()
        for view in self.views.values():
            view.reset()
        self._first_frame = self.frame
        for number in range(len(self.players)):
            self.sight.look(number)

    @property
    def frame(self) -> int:
        """Frame number of the game."""
        return int(self._game_frame.item(0))

    @property
    def outcome(self) -> tuple[Outcome, ...]:
        """How the match stands for each player; battles go on for ever."""
        if self.scenario.melee is None:
            return (Outcome.IN_PLAY,) * len(self.players)
        return tuple(Outcome(value) for value in self._games.outcomes()[0].tolist())

    @property
    def races(self) -> tuple[str, ...]:
        """BWAPI's name of the race that each player plays in this game."""
        if self.scenario.melee is not None:
            return tuple(race.capitalize() for race in draw_starts(self.scenario, self._seed)[1])
        return tuple(_race_of(army) for army in self.scenario.armies)

    @property
    def games(self) -> BroodWarGames:
        """The engine's game, for digests and tests."""
        return self._games

    def advance(self) -> None:
        """Play one frame with what was ordered since the last one, then look at it."""
        frame = self.frame
        if (frame - self._first_frame) % self._opponent_frames == 0:
            for number, player in self._scripted:
                row = self._row_of[number]
                given = self._commands.given
                commands = Commands(
                    items=given.items[row : row + 1, : self._capacity], count=given.count[row : row + 1]
                )
                player(self.sight.frame_of(number), commands)
        self._commands.queue_due(follows=False)
        self._games.step(self._commands.given, self._row_game, self._row_player, 1)
        self._commands.clear_given()
        self._commands.queue_due(follows=True)
        is_scripted_due = (frame + 1 - self._first_frame) % self._opponent_frames == 0
        for number in self.clients:
            self.sight.look(number)
        if is_scripted_due:
            for number, _ in self._scripted:
                self.sight.look(number)

    def fold(self, player: int) -> None:
        """Let a client's view take in the frame as it is.

        Args:
            player: one of `clients`.
        """
        self.views[player].fold(self.sight.frame_of(player), self._state, sees_all=self.sight.sees_all(player))

    def take(self, player: int) -> WireFrame:
        """Return what a client's view has folded, as one frame, and let it begin anew.

        Args:
            player: one of `clients`.
        """
        return self.views[player].take(self._state)

    def glimpse(self, player: int) -> None:
        """Let a client's view know who is there, without telling him.

        Args:
            player: one of `clients`.
        """
        self.views[player].glimpse(self.sight.frame_of(player), self._state, sees_all=self.sight.sees_all(player))

    # --- commands --------------------------------------------------------------------------------------------------

    @property
    def commands(self) -> UnitCommands:
        """The way of commands to units."""
        return self._commands

    def kill_unit(self, unit_id: int) -> int:
        """Kill a unit, whoever's it is; return the status."""
        slot = self._commands.living_slot(unit_id)
        if slot is None:
            return Status.INVALID_UNIT
        kill(self._state.units, self._games.games[0], slot)
        return Status.SUCCESS

    def spawn_unit(self, player: int, unit_type: int, x: int, y: int) -> int:
        """Put a complete unit on the map, at the free place nearest to (x, y) pixels; return the status."""
        if not 0 <= player < len(self.players):
            return Status.INVALID_PLAYER
        game_map = self.scenario.map
        is_on_map = 0 <= x < game_map.width_px and 0 <= y < game_map.height_px
        if not is_on_map or not 0 <= unit_type < len(SPAWNABLE) or not SPAWNABLE[unit_type]:
            return Status.OPENBW_UNSUCCESSFUL
        try:
            self._games.create_unit(0, unit_type, player, x, y)
        except ValueError:  # no free slot, or no free place
            return Status.OPENBW_UNSUCCESSFUL
        return Status.SUCCESS

    def set_points(self, unit_id: int, field: str, limit: str, value: int) -> int:
        """Set hit points, shield or energy of a unit; return the status.

        Args:
            unit_id: whose.
            field: of the engine's UNIT_DTYPE, in 1/256 points.
            limit: of the type's rules, in points.
            value: in points, cut to what the type can have; no hit points kill.
        """
        slot = self._commands.living_slot(unit_id)
        if slot is None:
            return Status.INVALID_UNIT
        if field == "hp_256" and value <= 0:
            return self.kill_unit(unit_id)
        most = int(UNIT_TYPES[int(self._state.units[slot]["type"])][limit])
        self._state.units[field][slot] = min(max(value, 0), most) << 8
        return Status.SUCCESS

    def set_resource(self, player: int, name: str, amount: int) -> int:
        """Set what a player has of a resource; return the status.

        Args:
            player: whose.
            name: of the engine's GAME_DTYPE, `minerals` or `gas`.
            amount: not below 0.
        """
        if not 0 <= player < len(self.players):
            return Status.INVALID_PLAYER
        self._games.games[name][0, player] = max(amount, 0)
        return Status.SUCCESS


def _race_of(army: Sequence[tuple[str, int]]) -> str:
    return RACES[int(UNIT_TYPES["race"][unit_type_id(army[0][0])])] if army else "Unknown"
