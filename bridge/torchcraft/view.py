"""From what a player sees in the engine to what the wire tells him: `SeatView`, one per client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.torchcraft.fold import FIRST_ORDERS, MAX_ORDERS, NUM_SIDES, OWN, flatten, fold
from bridge.torchcraft.messages import BULLET_DTYPE, ORDER_DTYPE, RESOURCES_DTYPE, WIRE_UNIT_DTYPE, WireFrame
from bridge.torchcraft.type_facts import WALK_TILE_PX, bullet_types, type_facts
from engine.broodwar.rules_table import ORDER_TYPES, UNIT_TYPES
from engine.core.frame import Frame
from engine.core.jit import records

_FACTS: Final = records(type_facts())
_INVINCIBLE: Final = np.ascontiguousarray(UNIT_TYPES["invincible"], np.int32)
_INTERRUPTIBLE: Final = np.ascontiguousarray(ORDER_TYPES["can_be_interrupted"], np.int32)
_BULLET_TYPES: Final = bullet_types()


@dataclass(frozen=True, slots=True, kw_only=True)
class GameState:
    """What the engine knows beside a player's Frame: its own arrays, dtypes in `engine.broodwar.state`.

    Attributes:
        games: (1,) GAME_DTYPE.
        units: (slots,) UNIT_DTYPE.
        bullets: (b,) BULLET_DTYPE, of which `num_bullets` fly.
        last_commands: (slots,) LAST_COMMAND_DTYPE.
    """

    games: NDArray[np.void]
    units: NDArray[np.void]
    bullets: NDArray[np.void]
    last_commands: NDArray[np.void]


class _Folded:
    """Units and orders of some frames, both sides.

    Attributes:
        sides: (2, units) WIRE_UNIT_DTYPE.
        orders: (2, units, K) ORDER_DTYPE.
        counts: (2,) int32, valid units.
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


def _wire_bullets(bullets: NDArray[np.void]) -> NDArray[np.void]:
    wire = np.zeros(len(bullets), BULLET_DTYPE)
    if len(bullets):
        wire["type"] = _BULLET_TYPES[bullets["weapon"]]
        wire["x"] = bullets["x"] // WALK_TILE_PX
        wire["y"] = bullets["y"] // WALK_TILE_PX
    return wire


class SeatView:
    """What one client will be told next; folds frames until a message is due.

    Attributes:
        player: player number of the seat.
        deaths: ids reported dead since the last message, in order.
        num_own: own units that the last frame showed, dying ones included.
        num_others: the others of that frame.
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
        # A slot may serve several units while frames are combined, so there is room for more units than slots.
        self._told = _Folded(2 * capacity)
        self._glimpse = _Folded(2 * capacity)
        self._before = records(np.zeros(2 * capacity, WIRE_UNIT_DTYPE))
        self._has_frames = False
        self._resources: tuple[int, ...] = ()
        self._players = np.array([player, 1 - player], np.int32)
        self._creep_map = np.zeros(width * height // 8, np.uint8)
        self._size = (4 * width, 4 * height)

    @property
    def is_empty(self) -> bool:
        """Whether no frame was folded since the last message."""
        return not self._has_frames

    def shown(self) -> NDArray[np.void]:
        """Return (n,) WIRE_UNIT_DTYPE, the units of the last frame; valid until the next one."""
        return self._before[: self.num_own + self.num_others]

    def forget(self) -> None:
        """Drop what was folded: a new handshake begins with a whole frame."""
        self._told.clear()
        self._has_frames = False

    def reset(self) -> None:
        """Drop everything: another match begins."""
        self.forget()
        self.deaths.clear()
        self.num_own = self.num_others = 0

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
        had_own = self._told.counts[OWN] > 0
        self._fold(frame, game, self._told, sees_all=sees_all)
        # The protocol's quirk: in the frame in which a player's units first appear, his resources are not renewed.
        if not self._has_frames or (had_own and self.num_own > 0):
            supply = frame.supply_used[0], frame.supply_total[0]
            self._resources = (self.player, frame.minerals[0], frame.gas[0], *supply, 0, 0, 0)
        self._has_frames = True

    def take(self, game: GameState) -> WireFrame:
        """Return what was folded as one frame, and begin anew.

        Args:
            game: as it was when the last frame was folded: bullets are told as they are now.
        """
        told = self._told
        own, others = told.counts.tolist()
        units = records(np.empty(own + others, WIRE_UNIT_DTYPE))
        orders = records(np.empty((own + others) * told.longest, ORDER_DTYPE))
        num_orders = int(flatten(told.sides, told.orders, told.counts, units, orders))
        present = slice(None) if own and others else told.counts > 0
        wire = WireFrame(
            player_ids=self._players[present].copy(),
            num_units=told.counts[present].copy(),
            units=units,
            orders=orders[:num_orders],
            resources=np.array([self._resources], RESOURCES_DTYPE),
            bullets=_wire_bullets(game.bullets[: int(game.games["num_bullets"][0])]),
            creep_map=self._creep_map,
            width=self._size[0],
            height=self._size[1],
        )
        self.forget()
        return wire

    def _fold(self, frame: Frame, game: GameState, into: _Folded, *, sees_all: bool) -> None:
        longest, own, others = fold(
            records(frame.units[0]),
            int(frame.num_units[0]),
            int(frame.frame[0]),
            self.player,
            sees_all,
            game.units,
            game.last_commands,
            _FACTS,
            _INVINCIBLE,
            _INTERRUPTIBLE,
            into.sides,
            into.orders,
            into.counts,
            self._before,
            self.num_own + self.num_others,
        )
        self.num_own = int(own)
        self.num_others = int(others)
        into.make_room(int(longest))
        num_deaths = int(frame.num_deaths[0])
        if num_deaths:
            self.deaths.extend(frame.deaths[0, :num_deaths].tolist())
            frame.num_deaths[0] = 0
