"""`State`: what a client knows of its game after each message, by TorchCraft's rules and under its names.

The rules are those of TorchCraft's client/state.cpp, protocol 30 (release 1.4.0) or 31 (develop). All of them work on
the wire's arrays; `Unit` objects are made when `units` or `frame.units` is looked at.

    HandshakeServer -> everything is forgotten, then the map and the players are filled in
    StateUpdate     -> frame replaced or patched, deaths, image;   then the battle's rules, then `units`
    EndGame         -> frame, game_ended, game_won;                then the battle's rules, then `units`
    PlayerLeft, Error -> only `deaths` is emptied
"""

from __future__ import annotations

import copy
import logging
from typing import TYPE_CHECKING, Final

import numpy as np

from bridge.torchcraft import constants
from bridge.torchcraft.byte_layer import ByteLayer
from bridge.torchcraft.diff import undiff
from bridge.torchcraft.frames import Frame
from bridge.torchcraft.known_units import KnownUnits
from bridge.torchcraft.messages import (
    EndGame,
    Error,
    HandshakeServer,
    PlayerLeft,
    ServerMessage,
    StateUpdate,
    WireFrame,
    WireFrameDiff,
)
from bridge.torchcraft.objects import Resources
from bridge.torchcraft.players import UNKNOWN_RACE, PlayerInfo, Position

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from bridge.torchcraft.objects import Unit

log = logging.getLogger(__name__)

DEVELOP: Final = 31
"""The protocol number from which on the develop branch's rules hold."""

NO_SIZE: Final = (0, 0)
NOTHING: Final = np.zeros(0, np.uint8)
"""An image or visibility that was not asked for."""

IMAGE_BYTES_PER_PIXEL: Final = 4
"""On the wire: blue, green, red, unused."""


class State:
    """What is known of the game; one object for the whole life of a client, brought up to date by each message.

    Attributes:
        lag_frames: frames from a command to its execution.
        map_name: file name.
        map_title: title inside the map (protocol 31 only, else "").
        ground_height_data: height of each walk tile, row by row: 0 low, 1 low doodad, ... 5 very high doodad.
        walkable_data: 1 for each walk tile that can be walked on, row by row.
        buildable_data: 1 for each walk tile that can be built on, row by row.
        start_locations: walk tiles, top-left corner of the building place.
        player_info: by player id, ascending.
        player_id: own id.
        neutral_id: id of the neutral player.
        replay: whether a replay is shown.
        deaths: ids of the units that died since the last message, in order.
        frame_from_bwapi: game frame.
        battle_frame_count: frames since the battle began.
        game_ended: whether the match is over.
        game_won: whether the own player won it.
        battle_just_ended: micro battles: whether this message ended one.
        battle_won: micro battles: whether the last one was won.
        waiting_for_restart: micro battles: whether the next one has not begun.
        last_battle_ended: micro battles: game frame in which the last one ended.
        img_mode: "" unless an image was asked for.
        screen_position: pixels.
        visibility: 0 unexplored, 1 explored, 2 visible: the build tiles of the screen, row by row, if an image was
            asked for.
        visibility_size: build tiles.
        image: the screen: all red values row by row, then all green ones, then all blue ones.
        image_size: pixels.
    """

    Position = Position
    PlayerInfo = PlayerInfo
    ground_height_data = ByteLayer()
    walkable_data = ByteLayer()
    buildable_data = ByteLayer()
    visibility = ByteLayer()
    image = ByteLayer()

    def __init__(
        self, microBattles: bool = False, onlyConsideredTypes: Collection[int] = (), *, protocol: int = 30
    ) -> None:
        self._micro_battles = microBattles
        self._considered = frozenset(onlyConsideredTypes)
        self._protocol = protocol
        self._frame = Frame()
        self._known = KnownUnits()
        self._wire = WireFrame()
        self._visibility: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.visibility_size = (0, 0)
        self._was_warned: set[str] = set()
        self.reset()

    def reset(self) -> None:
        """Forget everything but `visibility` and `visibility_size`, as TorchCraft does at each handshake."""
        self.lag_frames = 0
        self._map_size = (0, 0)
        self._ground_height_data: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._walkable_data: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._buildable_data: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.map_name = ""
        self.map_title = ""
        self.start_locations: list[Position] = []
        self.player_info: dict[int, PlayerInfo] = {}
        self.player_id = 0
        self.neutral_id = 0
        self.replay = False
        self.deaths: list[int] = []
        self.frame_from_bwapi = 0
        self.battle_frame_count = 0
        self.game_ended = False
        self.game_won = False
        self.battle_just_ended = False
        self.battle_won = False
        self.waiting_for_restart = self._micro_battles
        self.last_battle_ended = 0
        self.img_mode = ""
        self.screen_position = (-1, -1)
        self._image: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.image_size = (0, 0)
        self._show(WireFrame())
        self._known.clear(self._considered)

    def set_rules(self, *, micro_battles: bool, only_consider_types: Collection[int], protocol: int) -> None:
        """Choose by which rules the messages are read, from the next handshake on."""
        self._micro_battles = micro_battles
        self._considered = frozenset(only_consider_types)
        self._protocol = protocol

    # ------------------------------------------------------------------------------------------------- what is known

    @property
    def map_size(self) -> tuple[int, int]:
        """Width and height in walk tiles."""
        return self._map_size

    @property
    def frame(self) -> Frame:
        """The last frame as it was sent, with units that are dead or of unknown type; always the same object."""
        return self._frame

    @property
    def wire(self) -> WireFrame:
        """The last frame as arrays; they are never changed in place, so they may be kept."""
        return self._wire

    @property
    def image_planes(self) -> NDArray[np.uint8]:
        """The screen as (3, height, width) uint8 red, green, blue; no rows and columns where there is none."""
        width, height = self.image_size
        return self._image.reshape(3, height, width)

    @property
    def units(self) -> dict[int, list[Unit]]:
        """Living units of known types by player; the dictionary and its lists are the caller's."""
        return self._known.objects()

    @units.setter
    def units(self, units: dict[int, list[Unit]]) -> None:
        self._known.put_objects(units)

    @property
    def aliveUnits(self) -> dict[int, int]:
        """Player of each unit of `units` by its id."""
        return dict(self._known.alive())

    @aliveUnits.setter
    def aliveUnits(self, players: dict[int, int]) -> None:
        self._known.put_alive(players)

    @property
    def aliveUnitsConsidered(self) -> dict[int, int]:
        """`aliveUnits`, restricted to `only_consider_types`; empty without any."""
        return dict(self._known.alive_considered())

    @aliveUnitsConsidered.setter
    def aliveUnitsConsidered(self, players: dict[int, int]) -> None:
        self._known.put_alive_considered(players)

    @property
    def only_consider_types(self) -> set[int]:
        """Unit types that keep a battle going, from the next handshake on; empty means all of them."""
        return set(self._considered)

    @only_consider_types.setter
    def only_consider_types(self, types: Collection[int]) -> None:
        self._considered = frozenset(int(unit_type) for unit_type in types)

    def own_resources(self) -> Resources:
        """Return the own player's resources; all zero where the server did not say."""
        return self._frame.resources.get(self.player_id, Resources())

    def clone(self) -> State:
        """Return a copy that later messages do not touch."""
        other = copy.copy(self)
        other._frame = Frame(self._frame)
        other._known = self._known.clone()
        for name in ("start_locations", "player_info", "deaths", "_was_warned"):
            setattr(other, name, copy.deepcopy(getattr(self, name)))
        return other

    # ------------------------------------------------------------------------------------------------------- updates

    def update(self, message: ServerMessage) -> list[str]:
        """Bring the state up to date; a message that cannot be taken in changes nothing.

        Returns:
            Names of what the message has set, in TorchCraft's order.

        Raises:
            WireError: a difference does not fit the frame that it is applied to.
        """
        if isinstance(message, StateUpdate):
            return self._update_state(message)
        if isinstance(message, HandshakeServer):
            return self._update_handshake(message)
        if isinstance(message, EndGame):
            return self._update_end(message)
        self.deaths = []
        if isinstance(message, PlayerLeft):
            for player in self.player_info.values():
                if player.name == message.player_left:
                    player.has_left = True
                    break
        else:
            assert isinstance(message, Error)
        return []

    def _update_handshake(self, message: HandshakeServer) -> list[str]:
        self.reset()
        names = ["lag_frames"]
        self.lag_frames = message.lag_frames
        self._map_size = message.map_size
        self._ground_height_data = message.ground_height_data
        self._walkable_data = message.walkable_data
        self._buildable_data = message.buildable_data
        for name in ("ground_height_data", "walkable_data", "buildable_data"):
            if len(getattr(message, name)):
                names.append(name)
        self.map_name = message.map_name
        self.map_title = message.map_title or ""
        self.start_locations = [Position(x, y) for x, y in message.start_locations]
        races = constants.ENUMS["races"]
        self.player_info = {
            player.id: PlayerInfo(
                id=player.id,
                race=player.race if player.race in races.values() else UNKNOWN_RACE,
                name=player.name,
                is_enemy=player.is_enemy,
            )
            for player in sorted(message.players, key=lambda player: player.id)
        }
        for name, value in (
            ("map_name", self.map_name),
            ("map_title", self.map_title),
            ("start_locations", self.start_locations),
            ("players", self.player_info),
        ):
            if value:
                names.append(name)
        self.player_id = message.player_id
        self.neutral_id = message.neutral_id
        self.battle_frame_count = message.battle_frame_count
        self.replay = message.is_replay
        names += ["player_id", "neutral_id", "battle_frame_count", "replay"]
        if self._protocol >= DEVELOP:
            self.frame_from_bwapi = message.frame_from_bwapi or 0
            names.append("frame_from_bwapi")
        return self._finish(names)

    def _update_state(self, message: StateUpdate) -> list[str]:
        names = self._update_frame(message.data)
        self.deaths = [] if message.deaths is None else message.deaths.tolist()
        if self.deaths:
            names.append("deaths")
        self.frame_from_bwapi = message.frame_from_bwapi
        self.battle_frame_count = message.battle_frame_count
        self.img_mode = message.img_mode
        self.screen_position = message.screen_position
        names += ["frame_from_bwapi", "battle_frame_count", "img_mode", "screen_position"]
        if message.visibility.size or message.visibility_size != NO_SIZE:
            self._update_visibility(message, names)
        else:
            self._visibility, self.visibility_size = NOTHING, NO_SIZE
            names.append("visibility")
        if message.img_data.size or message.img_size != NO_SIZE:
            self._update_image(message, names)
        else:
            self._image, self.image_size = NOTHING, NO_SIZE
            names.append("image")
        return self._finish(names)

    def _update_visibility(self, message: StateUpdate, names: list[str]) -> None:
        width, height = message.visibility_size
        if _fits(len(message.visibility), width, height):
            self._visibility, self.visibility_size = message.visibility, (width, height)
            names.append("visibility")
        else:
            self._visibility, self.visibility_size = NOTHING, NO_SIZE
            self._warn("visibility", len(message.visibility), (width, height))

    def _update_image(self, message: StateUpdate, names: list[str]) -> None:
        width, height = message.img_size
        if _fits(len(message.img_data), width, height, IMAGE_BYTES_PER_PIXEL):
            pixels = message.img_data.reshape(-1, IMAGE_BYTES_PER_PIXEL)
            self._image, self.image_size = pixels[:, 2::-1].T.reshape(-1), (width, height)
            names.append("image")
        else:
            self._image, self.image_size = NOTHING, NO_SIZE
            self._warn("image", len(message.img_data), (width, height))

    def _update_end(self, message: EndGame) -> list[str]:
        names = self._update_frame(message.data)
        self.deaths = []
        self.game_ended = True
        self.game_won = message.game_won
        return self._finish([*names, "game_ended", "game_won"])

    def _update_frame(self, data: WireFrame | WireFrameDiff | None) -> list[str]:
        if data is None:
            return []
        self._show(undiff(self._wire, data) if isinstance(data, WireFrameDiff) else data)
        return ["frame"]

    def _show(self, wire: WireFrame) -> None:
        self._wire = wire
        self._frame.load_wire(wire)

    def _warn(self, what: str, length: int, size: tuple[int, int]) -> None:
        """Warn once: a server that was asked for an image may send what does not fit for the rest of the match."""
        if what not in self._was_warned:
            self._was_warned.add(what)
            log.warning("%s data (%d bytes) does not match its size %d x %d; dropped", what, length, *size)

    # ------------------------------------------------------------------------------------------------ battles, units

    def _finish(self, names: list[str]) -> list[str]:
        """Apply the rules that follow each message: the battle's end by the last units, then the new units."""
        if self._micro_battles:
            if self.battle_just_ended:
                names.append("battle_just_ended")
            self.battle_just_ended = False
            self._bury(names)
            if self.battle_just_ended:
                self._known.keep_living()
                return names
        develops = self._protocol >= DEVELOP
        if develops:
            self._known.empty(self._wire)
        self._known.take(self._wire, self.deaths, None if develops else (self.player_id,), spared=self.neutral_id)
        if self._micro_battles and self.waiting_for_restart:
            sides = [self._known.mention(player, self._wire) for player in (self.player_id, 1 - self.player_id)]
            if all(sides):
                self.waiting_for_restart = False
                names.append("waiting_for_restart")
        return names

    def _bury(self, names: list[str]) -> None:
        """Take the deaths, in their order, off the units of the *last* message; the first side without units loses.

        With frames skipped both sides may lose their last units in one message: only the order of deaths tells who won.
        """
        for unit_id in self.deaths:
            self._known.bury(unit_id)
            if self.waiting_for_restart:
                continue
            own, enemy = (self._known.fighting(player) for player in (self.player_id, 1 - self.player_id))
            if not own or not enemy:
                self.battle_just_ended = True
                self.battle_won = own > 0 or enemy == 0
                self.waiting_for_restart = True
                self.last_battle_ended = self.frame_from_bwapi
                names += ["battle_just_ended", "battle_won", "waiting_for_restart", "last_battle_ended"]
                return


def _fits(length: int, width: int, height: int, depth: int = 1) -> bool:
    return min(width, height) >= 0 and length == width * height * depth
