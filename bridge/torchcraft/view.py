"""From what a player sees in the engine to what the wire tells him: `SeatView`, one per client."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft.fold import FIRST_ORDERS, MAX_ORDERS, NUM_SIDES, OWN, flatten, fold
from bridge.torchcraft.messages import BULLET_DTYPE, ORDER_DTYPE, RESOURCES_DTYPE, WIRE_UNIT_DTYPE, WireFrame
from bridge.torchcraft.tiles import TILES_PER_BYTE, pack_tiles, seen_tiles
from bridge.torchcraft.type_facts import WALK_TILE_PX, bullet_types, type_facts
from bridge.torchcraft.wire_unit import NEUTRAL_ID
from engine.broodwar.games import BroodWarGames
from engine.broodwar.rules_table import ORDER_TYPES, UNIT_TYPES
from engine.core.frame import Frame
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.jit import kernel, records

_RESOURCES: Final = struct.Struct("<5i4x3Q")
"""A record of RESOURCES_DTYPE; making an array of a tuple takes ten times as long."""

LEVEL_BITS: Final = 16
"""Only upgrades below this number can exceed level 1."""

CREEP_FRAMES: Final = 16
"""Frames between two looks for the first creep of a match."""

_NO_BULLETS: Final = np.zeros(0, BULLET_DTYPE)
_EVERYWHERE: Final = np.zeros((0, 0), np.uint8)

_FACTS: Final = records(type_facts())
_INVINCIBLE: Final = np.ascontiguousarray(UNIT_TYPES["invincible"], np.int32)
_INTERRUPTIBLE: Final = np.ascontiguousarray(ORDER_TYPES["can_be_interrupted"], np.int32)
_BULLET_TYPES: Final = bullet_types()


@dataclass(frozen=True, slots=True, kw_only=True)
class GameState:
    """What the engine knows beside a player's Frame: its own arrays, dtypes in `engine.broodwar.state`.

    Attributes:
        units: (slots,) UNIT_DTYPE.
        bullets: (b,) BULLET_DTYPE, of which the first fly.
        num_bullets: (1,) int32.
        num_hidden: (1,) int32, units that are not on the map.
        upgrades: (players, 63) uint8 levels.
        techs: (players, 47) uint8, 1 for what is known.
        index: (i,) int32, the game's index row: the units that are not on the map end its first part.
        creep: (rows, columns) uint8, 1 where a build tile has creep.
        last_commands: (slots,) LAST_COMMAND_DTYPE.
    """

    units: NDArray[np.void]
    bullets: NDArray[np.void]
    num_bullets: NDArray[np.int32]
    num_hidden: NDArray[np.int32]
    upgrades: NDArray[np.uint8]
    techs: NDArray[np.uint8]
    index: NDArray[np.int32]
    creep: NDArray[np.uint8]
    last_commands: NDArray[np.void]

    @staticmethod
    def of(games: BroodWarGames, last_commands: NDArray[np.void]) -> GameState:
        """Return the state of a batch's first game; the arrays stay the engine's.

        Args:
            games: the batch.
            last_commands: (slots,) LAST_COMMAND_DTYPE.
        """
        return GameState(
            units=games.units[0],
            bullets=games.bullets[0],
            num_bullets=games.games["num_bullets"],
            num_hidden=games.games["num_hidden"],
            upgrades=games.games["upgrades"][0],
            techs=games.games["techs"][0],
            index=games.index[0],
            creep=games.creep[0],
            last_commands=last_commands,
        )

    def hidden(self) -> NDArray[np.int32]:
        """Return (h,) int32, the slots of the units that are not on the map."""
        capacity = len(self.units)
        return self.index[capacity - int(self.num_hidden[0]) : capacity]


class _Folded:
    """Units and orders of some frames, side by side.

    Attributes:
        sides: (3, units) WIRE_UNIT_DTYPE.
        orders: (3, units, K) ORDER_DTYPE.
        counts: (3,) int32, valid units.
        longest: the longest list of orders.
    """

    def __init__(self, capacity: int) -> None:
        self.sides = records(np.zeros((NUM_SIDES, capacity), WIRE_UNIT_DTYPE))
        self.orders = records(np.zeros((NUM_SIDES, capacity, FIRST_ORDERS), ORDER_DTYPE))
        self.counts = np.zeros(NUM_SIDES, np.int32)
        self.longest = 0

    def clear(self) -> None:
        """Forget all units."""
        self.counts[:] = 0
        self.longest = 0

    def make_room(self, longest: int) -> None:
        """Take note of the longest list of orders; make them all longer when it is full."""
        self.longest = max(self.longest, longest)
        if longest == self.orders.shape[2] < MAX_ORDERS:
            wider = np.zeros((*self.orders.shape[:2], 2 * longest), ORDER_DTYPE)
            wider[:, :, :longest] = self.orders
            self.orders = records(wider)


@kernel
def tell_bullets(
    bullets: NDArray[np.void],
    num_bullets: int,
    bullet_types: NDArray[np.int32],
    seen: NDArray[np.uint8],
    out: NDArray[np.void],
) -> int:
    """Write the bullets that fly where a player sees them; return how many.

    Args:
        bullets: (b,) BULLET_DTYPE of the engine.
        num_bullets: how many of them fly.
        bullet_types: int32 by weapon.
        seen: (rows, columns) uint8, 1 where the player sees a build tile; no rows where he sees everything.
        out: (num_bullets,) BULLET_DTYPE of the wire, overwritten.
    """
    told = 0
    for i in range(num_bullets):
        x, y = bullets[i].x, bullets[i].y
        if len(seen):
            row = min(max(y // BUILD_TILE_PX, 0), seen.shape[0] - 1)
            column = min(max(x // BUILD_TILE_PX, 0), seen.shape[1] - 1)
            if not seen[row, column]:
                continue
        out[told].type = bullet_types[bullets[i].weapon]
        out[told].x = x // WALK_TILE_PX
        out[told].y = y // WALK_TILE_PX
        told += 1
    return told


def _wire_bullets(bullets: NDArray[np.void], num_bullets: int, seen: NDArray[np.uint8] | None) -> NDArray[np.void]:
    """Return (b,) BULLET_DTYPE of the bullets that fly where a player sees them; `seen` is None for everywhere."""
    if not num_bullets:
        return _NO_BULLETS
    wire = records(np.empty(num_bullets, BULLET_DTYPE))
    told = tell_bullets(records(bullets), num_bullets, _BULLET_TYPES, _EVERYWHERE if seen is None else seen, wire)
    return wire[:told]


def _masks(levels: NDArray[np.uint8], techs: NDArray[np.uint8]) -> tuple[int, int, int]:
    """Return the protocol's masks of upgrades, of their levels above 1, and of technologies (PROTOCOL.md section 9)."""
    upgrades = sum(1 << number for number in np.flatnonzero(levels).tolist())
    second = sum(1 << number for number in np.flatnonzero(levels == 2).tolist() if number < LEVEL_BITS)
    third = sum(1 << (number + LEVEL_BITS) for number in np.flatnonzero(levels >= 3).tolist() if number < LEVEL_BITS)
    return upgrades, second | third, sum(1 << number for number in np.flatnonzero(techs).tolist())


class SeatView:
    """What one client will be told next; folds frames until a message is due.

    Attributes:
        player: player number of the seat.
        deaths: ids reported dead since the last message, in order.
        num_own: own units that the last frame showed, dying ones included.
        num_others: the enemy's units of that frame.
    """

    def __init__(self, player: int, capacity: int, *, width: int, height: int) -> None:
        """Prepare an empty view.

        Args:
            player: player number.
            capacity: unit slots of the game.
            width: of the map, build tiles.
            height: of the map, build tiles.
        """
        self.player = player
        self.deaths: list[int] = []
        self.num_own = 0
        self.num_others = 0
        self._num_neutral = 0
        # A slot may serve several units while frames are combined, so there is room for more units than slots.
        self._told = _Folded(2 * capacity)
        self._glimpse = _Folded(2 * capacity)
        self._before = records(np.zeros(2 * capacity, WIRE_UNIT_DTYPE))
        self._has_frames = False
        self._told_counts: list[int] = []
        self._entries: NDArray[np.int32] = np.zeros((2, 0), np.int32)
        self._resources = b""
        self._known = b""
        self._knowledge = (0, 0, 0)
        self._facts = _FACTS
        self._players = (player, 1 - player, NEUTRAL_ID)
        self._has_creep = False
        self._told_frames = 0
        self._seen: NDArray[np.uint8] | None = None
        self._creep_map = np.zeros(width * height // TILES_PER_BYTE, np.uint8)
        self._size = (4 * width, 4 * height)

    @property
    def is_empty(self) -> bool:
        """Whether no frame was folded since the last message."""
        return not self._has_frames

    def shown(self) -> NDArray[np.void]:
        """Return (n,) WIRE_UNIT_DTYPE, the units of the last frame; valid until the next one."""
        return self._before[: self._num_shown]

    @property
    def _num_shown(self) -> int:
        return self.num_own + self.num_others + self._num_neutral

    def forget(self) -> None:
        """Drop what was folded: a new handshake begins with a whole frame."""
        self._told.clear()
        self._has_frames = False

    def reset(self) -> None:
        """Drop everything: another match begins."""
        self.forget()
        self.deaths.clear()
        self.num_own = self.num_others = self._num_neutral = 0
        self._has_creep = False
        self._told_frames = 0
        self._creep_map = np.zeros_like(self._creep_map)

    def glimpse(self, frame: Frame, game: GameState, *, sees_all: bool) -> None:
        """Learn who is there and who died, without telling what this frame looks like.

        Args:
            frame: one row, the engine's view of this player.
            game: what the engine knows beside it.
            sees_all: whether both players see everything.
        """
        self._glimpse.clear()
        self._fold(frame, game, self._glimpse, sees_all=sees_all)

    def fold(self, frame: Frame, game: GameState, *, sees_all: bool) -> None:
        """Take in one game frame; deaths only once, also after a glimpse of the same frame.

        Args:
            frame: one row, the engine's view of this player.
            game: what the engine knows beside it.
            sees_all: whether both players see everything.
        """
        self._learn(game)
        had_own = self._told.counts[OWN] > 0
        self._fold(frame, game, self._told, sees_all=sees_all)
        # The protocol's quirk: in the frame in which a player's units first appear, his resources are not renewed.
        if not self._has_frames or (had_own and self.num_own > 0):
            supply = frame.supply_used[0], frame.supply_total[0]
            self._resources = _RESOURCES.pack(self.player, frame.minerals[0], frame.gas[0], *supply, *self._knowledge)
        if not self._has_creep and self._told_frames % CREEP_FRAMES == 0:
            self._has_creep = bool(game.creep.any())
        self._has_frames = True
        self._told_frames += 1
        hides_something = not sees_all and (self._has_creep or game.num_bullets[0] > 0)
        self._seen = seen_tiles(frame, self.player) if hides_something else None
        if self._has_creep:
            creep = pack_tiles(game.creep if self._seen is None else game.creep & self._seen)
            if not np.array_equal(creep, self._creep_map):  # what stays the same stays the same array
                self._creep_map = creep

    def _learn(self, game: GameState) -> None:
        """Take note of what the player has researched, if that is new."""
        levels, techs = game.upgrades[self.player], game.techs[self.player]
        known = levels.tobytes() + techs.tobytes()
        if known != self._known:
            self._known = known
            self._knowledge = _masks(levels, techs)
            self._facts = records(type_facts(levels))

    def take(self, game: GameState) -> WireFrame:
        """Return what was folded as one frame, and begin anew.

        Args:
            game: as it was when the last frame was folded: bullets are told as they are now.
        """
        told = self._told
        counts = told.counts.tolist()
        num_units = sum(counts)
        units = records(np.empty(num_units, WIRE_UNIT_DTYPE))
        orders = records(np.empty(num_units * told.longest, ORDER_DTYPE))
        num_orders = int(flatten(told.sides, told.orders, told.counts, units, orders))
        if counts != self._told_counts:
            self._told_counts = counts
            present = [(player, count) for player, count in zip(self._players, counts, strict=True) if count]
            self._entries = np.array(present, np.int32).reshape(-1, 2).T.copy()
        wire = WireFrame(
            player_ids=self._entries[0],
            num_units=self._entries[1],
            units=units,
            orders=orders[:num_orders],
            resources=np.frombuffer(bytearray(self._resources), RESOURCES_DTYPE),  # what is taken may be written to
            bullets=_wire_bullets(game.bullets, int(game.num_bullets.item(0)), self._seen),
            creep_map=self._creep_map,
            width=self._size[0],
            height=self._size[1],
        )
        self.forget()
        return wire

    def _fold(self, frame: Frame, game: GameState, into: _Folded, *, sees_all: bool) -> None:
        longest, own, others, neutral = fold(
            records(frame.units[0]),
            int(frame.num_units[0]),
            int(frame.frame[0]),
            self.player,
            sees_all,
            game.units,
            game.hidden(),
            game.last_commands,
            _FACTS,
            self._facts,
            _INVINCIBLE,
            _INTERRUPTIBLE,
            into.sides,
            into.orders,
            into.counts,
            self._before,
            self._num_shown,
        )
        self.num_own = int(own)
        self.num_others = int(others)
        self._num_neutral = int(neutral)
        into.make_room(int(longest))
        num_deaths = int(frame.num_deaths[0])
        if num_deaths:
            self.deaths.extend(frame.deaths[0, :num_deaths].tolist())
            frame.num_deaths[0] = 0
