"""`Frame`: what one message shows of a game, with TorchCraft's names, over the arrays of a `WireFrame`."""

from __future__ import annotations

import copy
import logging
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np

from bridge.torchcraft import messages
from bridge.torchcraft.messages import BULLET_DTYPE, ORDER_DTYPE, RESOURCES_DTYPE, WIRE_UNIT_DTYPE, WireFrame
from bridge.torchcraft.objects import Action, Bullet, Order, Resources, Unit, views

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

log = logging.getLogger(__name__)

WALK_TILES_PER_BUILD_TILE: Final = 4

PIXELS_PER_WALK_TILE: Final = 8

MAX_WALK_TILES: Final = 10_000
"""TorchCraft's own limit of a map's sides; the game's largest map has 1,024."""

FILTER_RADIUS_WALK_TILES: Final = 80
"""How far `Frame.filter` looks (TorchCraft 1.4.0, replayer/frame.cpp)."""


class Frame:
    """What one message shows: units, resources, bullets, creep.

    As in TorchCraft the dictionaries and lists are made anew by each access (changing one changes no frame), while the
    objects in them belong to the frame; assign a whole dictionary to replace it. `Frame(other)` is a copy.

    Attributes:
        width: walk tiles.
        height: walk tiles.
        reward: 0 from real servers.
        is_terminal: 0 from real servers.
    """

    def __init__(self, other: Frame | None = None) -> None:
        self.load_wire(other.wire() if other is not None else WireFrame())

    @classmethod
    def of(cls, wire: WireFrame) -> Frame:
        """Return a frame that shows a wire frame."""
        frame = cls.__new__(cls)
        frame.load_wire(wire)
        return frame

    def load_wire(self, wire: WireFrame) -> None:
        """Show another wire frame from now on."""
        self._wire = wire
        self._units: dict[int, list[Unit]] | None = None
        self._actions: dict[int, list[Action]] | None = None
        self._resources: dict[int, Resources] | None = None
        self._bullets: list[Bullet] | None = None
        self._units_assigned = False
        self.width = wire.width
        self.height = wire.height
        self.reward = wire.reward
        self.is_terminal = wire.is_terminal

    @property
    def units(self) -> dict[int, list[Unit]]:
        """Units by player, in message order."""
        if self._units is None:
            self._units = {}
            start = 0
            players = zip(self._wire.player_ids.tolist(), self._wire.num_units.tolist(), strict=True)
            for player, count in players:
                self._units[player] = views(self._wire, range(start, start + count))
                start += count
        return {player: list(units) for player, units in self._units.items()}

    @units.setter
    def units(self, units: dict[int, list[Unit]]) -> None:
        self._units = {int(player): list(of_player) for player, of_player in units.items()}
        self._units_assigned = True

    @property
    def actions(self) -> dict[int, list[Action]]:
        """Actions by player; real servers send none."""
        if self._actions is None:
            self._actions = {int(player): [] for player in self._wire.action_players}
            for action in self._wire.actions:
                mine = Action(action=list(action.action), uid=action.uid, aid=action.aid)
                self._actions.setdefault(action.player_id, []).append(mine)
        return {player: list(actions) for player, actions in self._actions.items()}

    @actions.setter
    def actions(self, actions: dict[int, list[Action]]) -> None:
        self._actions = {int(player): list(of_player) for player, of_player in actions.items()}

    @property
    def resources(self) -> dict[int, Resources]:
        """Resources by player."""
        if self._resources is None:
            self._resources = {row[0]: Resources(*row[1:]) for row in self._wire.resources.tolist()}
        return dict(self._resources)

    @resources.setter
    def resources(self, resources: dict[int, Resources]) -> None:
        self._resources = {int(player): of_player for player, of_player in resources.items()}

    @property
    def bullets(self) -> list[Bullet]:
        """All bullets in flight."""
        if self._bullets is None:
            self._bullets = [Bullet(*row) for row in self._wire.bullets.tolist()]
        return list(self._bullets)

    @bullets.setter
    def bullets(self, bullets: list[Bullet]) -> None:
        self._bullets = list(bullets)

    def wire(self) -> WireFrame:
        """Return the frame as arrays, with all changes made to its objects."""
        wire = self._wire
        if self._units is not None and (self._units_assigned or _are_changed(self._units)):
            wire = _with_units(wire, self._units)
        if self._actions is not None:
            wire = _with_actions(wire, self._actions)
        if self._resources is not None:
            rows = [(player, *_values(of_player)) for player, of_player in self._resources.items()]
            wire = replace(wire, resources=np.array(rows, RESOURCES_DTYPE))
        if self._bullets is not None:
            wire = replace(wire, bullets=np.array([_values(bullet) for bullet in self._bullets], BULLET_DTYPE))
        numbers = (self.width, self.height, self.reward, self.is_terminal)
        if numbers != (wire.width, wire.height, wire.reward, wire.is_terminal):
            width, height, reward, is_terminal = numbers
            wire = replace(wire, width=width, height=height, reward=reward, is_terminal=is_terminal)
        return wire

    def get_creep_at(self, x: int, y: int) -> bool:
        """Say whether there is creep on a walk tile.

        Raises:
            IndexError: outside the map.
        """
        if not (0 <= x < self.width and 0 <= y < self.height):
            raise IndexError(f"get_creep_at({x}, {y}): outside the map of {self.width} x {self.height} walk tiles")
        tile = y // WALK_TILES_PER_BUILD_TILE * (self.width // WALK_TILES_PER_BUILD_TILE)
        tile += x // WALK_TILES_PER_BUILD_TILE
        byte, bit = divmod(tile, 8)
        # A map whose tiles fill no whole byte lacks the last bits.
        return byte < len(self._wire.creep_map) and bool(self._wire.creep_map[byte] >> bit & 1)

    def creep_map(self) -> NDArray[np.uint8]:
        """Return (height, width) uint8, 1 where there is creep, per walk tile.

        Raises:
            ValueError: the frame claims to be larger than any map.
        """
        if max(self.height, self.width) > MAX_WALK_TILES:
            raise ValueError(f"creep_map: {self.width} x {self.height} walk tiles; allowed: {MAX_WALK_TILES} each")
        scale = WALK_TILES_PER_BUILD_TILE
        rows, columns = -(-self.height // scale), self.width // scale
        bits = np.unpackbits(self._wire.creep_map, bitorder="little")[: rows * columns]
        tiles = np.zeros(rows * columns, np.uint8)
        tiles[: len(bits)] = bits
        whole = np.zeros((self.height, self.width), np.uint8)
        big = tiles.reshape(rows, columns).repeat(scale, 0).repeat(scale, 1)
        whole[:, : columns * scale] = big[: self.height]
        return whole

    def combine(self, next_frame: Frame) -> None:
        """Fold a later frame into this one, as a server does that skips frames.

        Source: TorchCraft 1.4.0, replayer/frame.cpp.

        Units get their later state and keep the orders of both; units that are gone stay; resources, bullets, creep
        and the rest are the later frame's.
        """
        resources = self.resources
        mine = self.units
        for player, later_units in next_frame.units.items():
            if player not in mine:
                mine[player] = [copy.deepcopy(unit) for unit in later_units]
                continue
            places = {unit.id: place for place, unit in enumerate(mine[player])}
            for later in later_units:
                unit = copy.deepcopy(later)
                if unit.id in places:
                    unit.orders = _joined(mine[player][places[unit.id]].orders, unit.orders)
                    mine[player][places[unit.id]] = unit
                else:
                    mine[player].append(unit)
            if player in next_frame.resources:
                resources[player] = copy.copy(next_frame.resources[player])
        later_wire = next_frame.wire()
        self.load_wire(later_wire)
        self.units = mine
        self.resources = resources

    def filter(self, x: int, y: int, out: Frame) -> None:
        """Add copies of all units and bullets near a place to `out`.

        Args:
            x: pixels.
            y: pixels.
            out: gets an entry for each player; its bullets are kept.
        """
        centre_x, centre_y = int(x / PIXELS_PER_WALK_TILE), int(y / PIXELS_PER_WALK_TILE)

        def is_near(thing: Unit | Bullet) -> bool:
            return (centre_x - thing.x) ** 2 + (centre_y - thing.y) ** 2 <= FILTER_RADIUS_WALK_TILES**2

        found = {
            player: [copy.deepcopy(unit) for unit in units if is_near(unit)] for player, units in self.units.items()
        }
        out.units = {**out.units, **found}
        out.bullets = [*out.bullets, *(copy.copy(bullet) for bullet in self.bullets if is_near(bullet))]

    def deepEq(self, other: Frame, debug: bool = False) -> bool:
        """Say whether two frames are equal in everything but the order of units and `first_frame` of orders.

        Unlike the original it also finds players that only the other frame has.

        Args:
            other: the other frame.
            debug: log the first difference.
        """
        difference = first_difference(self.wire(), other.wire())
        if difference and debug:
            log.warning("frames differ: %s", difference)
        return not difference

    def __repr__(self) -> str:
        counts = dict(zip(self._wire.player_ids.tolist(), self._wire.num_units.tolist(), strict=True))
        return f"Frame({self.width} x {self.height} walk tiles, units by player: {counts})"


def first_difference(one: WireFrame, two: WireFrame) -> str:
    """Return what differs first between two frames as `Frame.deepEq` sees them, "" if nothing does."""
    for name in ("reward", "is_terminal", "height", "width"):
        if getattr(one, name) != getattr(two, name):
            return f"{name} {getattr(one, name)} != {getattr(two, name)}"
    for name in ("bullets", "creep_map"):
        if not np.array_equal(getattr(one, name), getattr(two, name)):
            return name
    if {row[0]: row for row in one.resources.tolist()} != {row[0]: row for row in two.resources.tolist()}:
        return "resources"
    if sorted(one.action_players.tolist()) != sorted(two.action_players.tolist()):
        return "players with actions"
    if _by_player(one.actions) != _by_player(two.actions):
        return "actions"
    units, orders = _sorted_units(one)
    other_units, other_orders = _sorted_units(two)
    if units.keys() != other_units.keys():
        return f"players {sorted(units)} != {sorted(other_units)}"
    for player in units:
        for name in _COMPARED:
            if not np.array_equal(units[player][name], other_units[player][name]):
                return f"{name} of units of player {player}"
        if not np.array_equal(orders[player], other_orders[player]):
            return f"orders of units of player {player}"
    return ""


_COMPARED: Final = tuple(name for name in WIRE_UNIT_DTYPE.names or () if name != "first_order")


def _by_player(actions: Iterable[messages.Action]) -> dict[int, list[messages.Action]]:
    by_player: dict[int, list[messages.Action]] = {}
    for action in actions:
        by_player.setdefault(action.player_id, []).append(action)
    return by_player


def _sorted_units(wire: WireFrame) -> tuple[dict[int, NDArray[np.void]], dict[int, NDArray[np.int32]]]:
    """Return units by player, ascending by id, and beside them their orders without `first_frame`, (m, 4) int32."""
    units: dict[int, NDArray[np.void]] = {}
    orders: dict[int, NDArray[np.int32]] = {}
    start = 0
    for player, count in zip(wire.player_ids.tolist(), wire.num_units.tolist(), strict=True):
        mine = wire.units[start : start + count]
        mine = mine[np.argsort(mine["id"], kind="stable")]
        parts = [np.arange(unit["first_order"], unit["first_order"] + unit["order_size"]) for unit in mine]
        index = np.concatenate([np.zeros(0, np.intp), *parts])
        numbers = np.ascontiguousarray(wire.orders).view(np.int32).reshape(-1, len(Order.__slots__))
        units[player], orders[player] = mine, numbers[index, 1:]
        start += count
    return units, orders


def _joined(earlier: list[Order], later: list[Order]) -> list[Order]:
    """Return both lists of orders; one that repeats its predecessor is left out."""
    orders = list(earlier)
    for order in later:
        if not orders or order != orders[-1]:
            orders.append(order)
    return orders


def _are_changed(units: dict[int, list[Unit]]) -> bool:
    return any(unit.is_changed() for of_player in units.values() for unit in of_player)


def _values(record: Bullet | Resources) -> tuple[int, ...]:
    return tuple(getattr(record, name) for name in type(record).__slots__)


def _with_units(wire: WireFrame, units: dict[int, list[Unit]]) -> WireFrame:
    everyone = [unit for of_player in units.values() for unit in of_player]
    rows = np.array([unit.row() for unit in everyone], WIRE_UNIT_DTYPE)
    starts = accumulate((len(unit.orders) for unit in everyone), initial=0)
    rows["first_order"] = list(starts)[: len(everyone)]
    orders = [tuple(getattr(order, name) for name in Order.__slots__) for unit in everyone for order in unit.orders]
    return replace(
        wire,
        player_ids=np.array(list(units), np.int32),
        num_units=np.array([len(of_player) for of_player in units.values()], np.int32),
        units=rows,
        orders=np.array(orders, ORDER_DTYPE),
    )


def _with_actions(wire: WireFrame, actions: dict[int, list[Action]]) -> WireFrame:
    return replace(
        wire,
        actions=tuple(
            messages.Action(player_id=player, uid=action.uid, aid=action.aid, action=tuple(action.action))
            for player, of_player in actions.items()
            for action in of_player
        ),
        action_players=np.array(list(actions), np.int32),
    )
