"""The commands to units: what the protocol and the engine say to each of them, and how they reach the engine.

A message's commands are looked at together: `ask` each, then `decide` them all in one call of the engine, which knows
BWAPI's own checks (`engine.broodwar.legality`). What is allowed is carried out when its latency is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft.queueing import QUEUEABLE, Waiting, queue_command
from bridge.torchcraft.sight import Sight
from bridge.torchcraft.type_facts import WALK_TILE_PX
from engine.broodwar import errors
from engine.broodwar.games import BroodWarGames
from engine.broodwar.rules_table import unit_type_id
from engine.broodwar.state import ATTACKING, NO_SLOT, ORDER_ATTACK_UNIT, ORDER_DIE, SLOT_FREE, SLOTS_PER_GENERATION
from engine.core.frame import Commands, UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX, GameMap

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


class UnitCommands:
    """Takes the clients' commands to the units of one game.

    Attributes:
        latency_frames: frames from a command to its execution.
        given: what goes to the engine with the next frame, a row per player that somebody plays.
    """

    def __init__(
        self,
        games: BroodWarGames,
        sight: Sight,
        game_map: GameMap,
        rows: Mapping[int, int],
        last_commands: NDArray[np.void],
        queue_limit: int,
    ) -> None:
        """Prepare for a game.

        Args:
            games: one game of the engine's.
            sight: what its players see.
            game_map: that it is played on.
            rows: row of `given` by player number.
            last_commands: (slots,) LAST_COMMAND_DTYPE; written when a unit is told something.
            queue_limit: commands under way that the engine has room for.
        """
        self._games = games
        self._units = games.units[0]
        # Single numbers are read from columns: a record made for each takes several times as long.
        self._slot_state, self._generation = self._units["slot_state"], self._units["generation"]
        self._order, self._order_target = self._units["order"], self._units["order_target"]
        self._movement_flags, self._type = self._units["movement_flags"], self._units["type"]
        self._game_frame, self._num_pending = games.games["frame"], games.games["num_pending"]
        self._sight = sight
        self._map = game_map
        self._row_of = rows
        self._told = last_commands
        self._queue_limit = queue_limit
        self.latency_frames = games.latency_frames
        self.given = Commands.allocate(len(rows), MAX_COMMANDS)
        self._asked = Commands.allocate(1, MAX_COMMANDS)
        self._asked_units: set[int] = set()
        self._given_units: set[int] = set()
        self._waiting: list[Waiting] = []
        self._row_game = np.zeros(1, np.int32)

    def reset(self) -> None:
        """Forget everything: another match begins."""
        self._told["id"] = -1
        self._waiting.clear()
        self.clear_given()

    def ask(self, args: Sequence[int], *, is_protected: bool) -> int | None:
        """Look at one command; return its status, None if the engine is to be asked (`decide`).

        Args:
            args: unit id, UnitCommandType, target's id, x and y in walk tiles, extra, x and y of the rest in pixels.
            is_protected: refuse what would disturb an attack.
        """
        if len(args) < 2:
            return Status.MISSING_ARGUMENTS
        unit_id, kind = args[0], args[1]
        slot = self.living_slot(unit_id)
        if slot is None and not self._was_born(unit_id):
            return Status.INVALID_UNIT
        target_id = args[2] if len(args) >= 3 else NO_SLOT
        if is_protected and slot is not None and self._is_attacking(unit_id, slot, target_id):
            return Status.PROTECTED
        x, y = self._place(kind, args)
        extra = args[5] if len(args) >= 6 else 0
        self._ask(unit_id, kind, target_id, x, y, extra)
        return None

    def ask_click(self, unit_id: int, x: int, y: int) -> int | None:
        """Look at a right click on a place in pixels; as `ask`."""
        if self.living_slot(unit_id) is None:
            return Status.INVALID_UNIT
        self._ask(unit_id, UnitCommandType.RIGHT_CLICK_POSITION, NO_SLOT, *self._on_map(x, y), 0)
        return None

    def is_asked(self, unit_id: int) -> bool:
        """Say whether the unit was told something that is not decided yet: that may protect it."""
        return unit_id in self._asked_units

    def decide(self, player: int) -> list[int]:
        """Give the commands asked about as far as the engine allows them; return their statuses.

        Args:
            player: who commands.
        """
        count = int(self._asked.count[0])
        if not count:
            return []
        row_player = np.array([player], np.int8)
        with self._sight.as_seen_by(player):
            why = self._games.command_errors(self._asked, self._row_game, row_player)[0, :count].tolist()
        statuses = []
        for item, error in zip(self._asked.items[0, :count].tolist(), why, strict=True):
            statuses.append(self._give(player, *item) if error == errors.NO_ERROR else _status(item, error))
        self._asked.clear()
        self._asked_units.clear()
        return statuses

    def queue_due(self, *, follows: bool) -> None:
        """Carry out the queued commands whose latency is over.

        Args:
            follows: those that come behind a command of the frame that was played; else those before the next frame.
        """
        if not self._waiting:
            return
        frame = self._frame - follows
        for waiting in self._waiting:
            if waiting.due <= frame and waiting.follows == follows:
                queue_command(self._units, self._games.games[0], *waiting[2:])
        self._waiting = [waiting for waiting in self._waiting if waiting.due > frame or waiting.follows != follows]

    def clear_given(self) -> None:
        """Forget what was given: the engine has it."""
        self.given.clear()
        self._given_units.clear()

    def living_slot(self, unit_id: int) -> int | None:
        """Return where the engine keeps a living unit, None if there is no such unit."""
        generation, slot = divmod(unit_id, SLOTS_PER_GENERATION)
        if unit_id < 0 or slot >= len(self._units):
            return None
        is_alive = (
            self._slot_state.item(slot) != SLOT_FREE
            and self._generation.item(slot) == generation
            and self._order.item(slot) != ORDER_DIE
        )
        return slot if is_alive else None

    @property
    def _frame(self) -> int:
        return int(self._game_frame.item(0))

    def _ask(self, unit_id: int, kind: int, target_id: int, x: int, y: int, extra: int) -> None:
        at = int(self._asked.count[0])
        self._asked.items[0, at] = (unit_id, kind, target_id, x, y, extra)
        self._asked.count[0] = at + 1
        self._asked_units.add(unit_id)

    def _give(self, player: int, unit_id: int, kind: int, target_id: int, x: int, y: int, extra: int) -> int:
        if self._is_full():
            return Status.TOO_MANY_COMMANDS
        frame = self._frame
        if extra and kind in QUEUEABLE:
            due, follows = frame + self.latency_frames, unit_id in self._given_units
            self._waiting.append(Waiting(due, follows, player, unit_id, kind, target_id, x, y))
        else:
            self._given_units.add(unit_id)
            row = self._row_of[player]
            at = int(self.given.count[row])
            self.given.items[row, at] = (unit_id, kind, target_id, x, y, extra)
            self.given.count[row] = at + 1
        shown = target_id if self.living_slot(target_id) is not None else NO_SLOT
        place = x // WALK_TILE_PX, y // WALK_TILE_PX
        self._told[unit_id % SLOTS_PER_GENERATION] = (unit_id, frame, kind, shown, *place, extra)
        return Status.SUCCESS

    def _is_full(self) -> bool:
        given: list[int] = self.given.count.tolist()
        waiting = int(self._num_pending.item(0)) + sum(given) + len(self._waiting)
        return waiting >= self._queue_limit or max(given) >= MAX_COMMANDS

    def _was_born(self, unit_id: int) -> bool:
        """Say whether there is or was such a unit: BWAPI remembers its dead."""
        generation, slot = divmod(unit_id, SLOTS_PER_GENERATION)
        if unit_id < 0 or slot >= len(self._units):
            return False
        now = self._generation.item(slot)
        return bool(generation < now or (generation == now and self._slot_state.item(slot)))

    def _is_attacking(self, unit_id: int, slot: int, target_id: int) -> bool:
        """Say whether a protected command would disturb the unit; conditions in the protocol's order."""
        target_slot = self.living_slot(target_id)
        if target_slot is not None and self._order_target.item(slot) == target_slot:
            return True
        if self._movement_flags.item(slot) & ATTACKING:
            return True
        if self._order.item(slot) != ORDER_ATTACK_UNIT:
            return False
        told = self._told[slot]
        last_frame = int(told["frame"]) if told["id"] == unit_id else 0
        protected_frames = self.latency_frames + ATTACK_FRAMES.get(self._type.item(slot), 0)
        return bool(last_frame + protected_frames >= self._frame)

    def _place(self, kind: int, args: Sequence[int]) -> tuple[int, int]:
        """Return a command's place in pixels: the corner of the map where it has none, or one off the map."""
        if len(args) < 5:
            return 0, 0
        if kind in IN_BUILD_TILES:
            return self._on_map(BUILD_TILE_PX * int(args[3] / 4), BUILD_TILE_PX * int(args[4] / 4))
        rest = (*args[6:8], 0, 0)
        return self._on_map(WALK_TILE_PX * args[3] + rest[0], WALK_TILE_PX * args[4] + rest[1])

    def _on_map(self, x: int, y: int) -> tuple[int, int]:
        return (x, y) if 0 <= x < self._map.width_px and 0 <= y < self._map.height_px else (0, 0)


def _status(command: tuple[int, ...], error: int) -> int:
    """Return the status of a command that is refused."""
    unit_id, kind, target_id, *_ = command
    if kind == UnitCommandType.RIGHT_CLICK_UNIT and unit_id == target_id:
        error = errors.INCOMPATIBLE_STATE
    return BWAPI_ERROR | error
