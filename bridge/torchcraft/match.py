"""One match in the embedded engine, as its one or two clients see and command it; knows nothing of messages.

The map is played as the real game plays it: its triggers make the next battle when one is over, in one match, until
somebody leaves. Scripted players decide at the first frame of a match and every `opponent_frames` after it, so that a
client that asks for every frame meets the same opponent as one that combines frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from bridge.embedded import MAP_TRIGGERS, without_orders
from bridge.torchcraft.fold import no_commands
from bridge.torchcraft.legality import Refusal, Subject, refusal
from bridge.torchcraft.messages import WireFrame
from bridge.torchcraft.sight import Sight
from bridge.torchcraft.type_facts import WALK_TILE_PX
from bridge.torchcraft.view import GameState, SeatView
from engine.broodwar.games import BroodWarGames
from engine.broodwar.order_queue import kill
from engine.broodwar.players import PLAYERS, Player
from engine.broodwar.rules_table import UNIT_TYPES, unit_type_id
from engine.broodwar.state import ATTACKING, NO_SLOT, ORDER_ATTACK_UNIT, ORDER_DIE, SLOT_FREE, SLOTS_PER_GENERATION
from engine.core.frame import Commands, UnitCommandType
from engine.core.jit import records
from engine.core.scenario import Scenario

UNIT_SLOTS: Final = 400
"""Units that a match has room for: clients spawn their own, as TorchCraft's examples do."""

MAX_COMMANDS: Final = 2500
"""Commands of one message that are executed; the protocol's limit."""

BWAPI_ERROR: Final = 64
"""Bit of a status that says: the rest is BWAPI's error number."""

IN_BUILD_TILES: Final = frozenset(
    (UnitCommandType.BUILD, UnitCommandType.BUILD_ADDON, UnitCommandType.LAND, UnitCommandType.PLACE_COP)
)
"""Commands whose place is a build tile."""

ATTACK_FRAMES: Final[Mapping[int, int]] = {unit_type_id("Protoss_Dragoon"): 5, unit_type_id("Zerg_Devourer"): 7}
"""Frames beyond the latency for which an attack is protected; PROTOCOL.md section 8."""

SPAWNABLE: Final = tuple(bool(row["can_move"]) and not bool(row["building"]) for row in UNIT_TYPES)
"""Unit types that a client may put on the map: those that the engine moves."""


class Status:
    """Command statuses of the protocol."""

    SUCCESS: Final = 0
    UNKNOWN_COMMAND: Final = -2
    MISSING_ARGUMENTS: Final = -3
    TOO_MANY_COMMANDS: Final = -4
    INVALID_UNIT: Final = -5
    PROTECTED: Final = -6
    INVALID_PLAYER: Final = -8
    OPENBW_UNSUCCESSFUL: Final = -9


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
            players: by player number, None for a client, else a name in `PLAYERS`.
            latency_frames: frames from a command to its execution; None takes the scenario's.
            opponent_frames: frames between decisions of scripted players; None takes the scenario's frame skip.
        """
        self.scenario = scenario
        self.clients = tuple(number for number, name in enumerate(players) if name is None)
        self.players = tuple(players)
        scripted = [(n, PLAYERS[name]) for n, name in enumerate(players) if name not in (None, MAP_TRIGGERS)]
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
        self._commands = Commands.allocate(len(rows), MAX_COMMANDS)
        self._last_commands = records(no_commands(capacity))
        self._state = GameState.of(self._games, self._last_commands)
        self._queue_limit = (self.latency_frames + 2) * 2 * capacity - capacity * len(scripted)
        self._first_frame = 0

    def start(self, seed: int) -> None:
        """Begin the match anew: both armies stand, nobody has been told anything.

        Args:
            seed: of the game, 0 to 2**64 - 1.
        """
        self._games.start(np.ones(1, np.bool_), np.array([seed], np.uint64))
        self._last_commands["id"] = -1
        self._commands.clear()
        self.sight.reset()
        for view in self.views.values():
            view.reset()
        self._first_frame = self.frame
        for number in range(len(self.players)):
            self.sight.look(number)

    @property
    def frame(self) -> int:
        """Frame number of the game."""
        return int(self._games.games["frame"][0])

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
                commands = Commands(
                    items=self._commands.items[row : row + 1, : self._capacity],
                    count=self._commands.count[row : row + 1],
                )
                player(self.sight.frame_of(number), commands)
        self._games.step(self._commands, self._row_game, self._row_player, 1)
        self._commands.clear()
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

    def command_unit(self, player: int, args: Sequence[int], *, is_protected: bool) -> int:
        """Tell a unit something, now; return the status.

        Args:
            player: who commands.
            args: unit id, UnitCommandType, target's id, x and y in walk tiles, extra, x and y of the rest in pixels.
            is_protected: refuse what would disturb an attack.
        """
        if len(args) < 2:
            return Status.MISSING_ARGUMENTS
        unit_id, command = args[0], args[1]
        if not self._was_born(unit_id):
            return Status.INVALID_UNIT
        slot = self._living_slot(unit_id)
        if slot is None or not self.sight.sees(player, unit_id):
            return BWAPI_ERROR | Refusal.UNIT_DOES_NOT_EXIST
        target_id = args[2] if len(args) >= 3 else NO_SLOT
        target_slot = self._living_slot(target_id) if self.sight.sees(player, target_id) else None
        unit = self._state.units[slot]
        if is_protected and self._is_attacking(unit, unit_id, target_slot):
            return Status.PROTECTED
        target = None if target_slot is None else self._subject(target_slot)
        why = refusal(self._subject(slot), player, command, target)
        if why is not None:
            return BWAPI_ERROR | why
        if self._is_queue_full():
            return Status.TOO_MANY_COMMANDS
        x, y = self._place(command, args)
        extra = args[5] if len(args) >= 6 else 0
        self._enter(player, unit_id, command, target_id if target_slot is not None else NO_SLOT, x, y, extra)
        return Status.SUCCESS

    def right_click(self, player: int, unit_id: int, x: int, y: int) -> int:
        """Right-click with one unit on a place in pixels; return the status."""
        slot = self._living_slot(unit_id)
        if slot is None or not self.sight.sees(player, unit_id):
            return Status.INVALID_UNIT
        command = int(UnitCommandType.RIGHT_CLICK_POSITION)
        why = refusal(self._subject(slot), player, command, None)
        if why is not None:
            return BWAPI_ERROR | why
        if self._is_queue_full():
            return Status.TOO_MANY_COMMANDS
        self._enter(player, unit_id, command, NO_SLOT, *(self._on_map(x, y)), 0)
        return Status.SUCCESS

    def kill_unit(self, unit_id: int) -> int:
        """Kill a unit, whoever's it is; return the status."""
        slot = self._living_slot(unit_id)
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
        slot = self._living_slot(unit_id)
        if slot is None:
            return Status.INVALID_UNIT
        if field == "hp_256" and value <= 0:
            return self.kill_unit(unit_id)
        most = int(UNIT_TYPES[int(self._state.units[slot]["type"])][limit])
        self._state.units[field][slot] = min(max(value, 0), most) << 8
        return Status.SUCCESS

    # --- what is so ------------------------------------------------------------------------------------------------

    def _living_slot(self, unit_id: int) -> int | None:
        if unit_id < 0:
            return None
        generation, slot = divmod(unit_id, SLOTS_PER_GENERATION)
        if slot >= self._capacity:
            return None
        unit = self._state.units[slot]
        is_alive = unit["slot_state"] != SLOT_FREE and unit["generation"] == generation and unit["order"] != ORDER_DIE
        return slot if is_alive else None

    def _was_born(self, unit_id: int) -> bool:
        """Say whether there is or was such a unit: BWAPI remembers its dead."""
        generation, slot = divmod(unit_id, SLOTS_PER_GENERATION)
        if unit_id < 0 or slot >= self._capacity:
            return False
        unit = self._state.units[slot]
        return bool(generation < unit["generation"] or (generation == unit["generation"] and unit["slot_state"]))

    def _subject(self, slot: int) -> Subject:
        unit = self._state.units[slot]
        return Subject(slot, int(unit["type"]), int(unit["player"]), bool(unit["flies"]))

    def _is_attacking(self, unit: np.void, unit_id: int, target_slot: int | None) -> bool:
        """Say whether a protected command would disturb the unit; conditions in the protocol's order."""
        if target_slot is not None and unit["order_target"] == target_slot:
            return True
        if unit["movement_flags"] & ATTACKING:
            return True
        told = self._last_commands[unit_id % SLOTS_PER_GENERATION]
        last_frame = int(told["frame"]) if told["id"] == unit_id else 0
        protected_frames = self.latency_frames + ATTACK_FRAMES.get(int(unit["type"]), 0)
        return bool(unit["order"] == ORDER_ATTACK_UNIT and last_frame + protected_frames >= self.frame)

    def _is_queue_full(self) -> bool:
        waiting = int(self._games.games["num_pending"][0]) + int(self._commands.count.sum())
        return waiting >= self._queue_limit or int(self._commands.count.max()) >= MAX_COMMANDS

    def _place(self, command: int, args: Sequence[int]) -> tuple[int, int]:
        if len(args) < 5:
            return 0, 0
        if command in IN_BUILD_TILES:
            x, y = int(args[3] / 4), int(args[4] / 4)
            is_on_map = 0 <= x < self.scenario.map.width and 0 <= y < self.scenario.map.height
            return (x, y) if is_on_map else (0, 0)
        rest = (*args[6:8], 0, 0)
        return self._on_map(WALK_TILE_PX * args[3] + rest[0], WALK_TILE_PX * args[4] + rest[1])

    def _on_map(self, x: int, y: int) -> tuple[int, int]:
        game_map = self.scenario.map
        return (x, y) if 0 <= x < game_map.width_px and 0 <= y < game_map.height_px else (0, 0)

    def _enter(self, player: int, unit_id: int, command: int, target_id: int, x: int, y: int, extra: int) -> None:
        row = self._row_of[player]
        at = int(self._commands.count[row])
        self._commands.items[row, at] = (unit_id, command, target_id, x, y, extra)
        self._commands.count[row] = at + 1
        scale = 1 if command not in IN_BUILD_TILES else 4 * WALK_TILE_PX
        told_x, told_y = (x * scale) // WALK_TILE_PX, (y * scale) // WALK_TILE_PX
        slot = unit_id % SLOTS_PER_GENERATION
        self._last_commands[slot] = (unit_id, self.frame, command, target_id, told_x, told_y, extra)
