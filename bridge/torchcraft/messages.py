"""The messages of TorchCraft's wire protocol as values: what the codec reads bytes into and writes them from.

Names are the protocol's own (`groundCD`, `order_size`), so that a reader who knows TorchCraft guesses ours. Units are
rows of structured arrays, never objects; 64-bit masks are unsigned here although the wire calls them signed.

Nothing changes a message once it is made. Those of every step are not *frozen*, though: that takes three times as long
to make, a twentieth of a step.

    client -> server: HandshakeClient | Commands
    server -> client: HandshakeServer | StateUpdate | PlayerLeft | EndGame | Error
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

WIRE_UNIT_DTYPE: Final = np.dtype(
    [
        ("id", np.int32),
        ("x", np.int32),  # centre, walk tiles of 8 px
        ("y", np.int32),
        ("health", np.int32),
        ("max_health", np.int32),
        ("shield", np.int32),
        ("max_shield", np.int32),
        ("energy", np.int32),
        ("maxCD", np.int32),
        ("groundCD", np.int32),
        ("airCD", np.int32),
        ("visible", np.int32),
        ("type", np.int32),
        ("armor", np.int32),
        ("shieldArmor", np.int32),
        ("size", np.int32),
        ("pixel_x", np.int32),
        ("pixel_y", np.int32),
        ("pixel_size_x", np.int32),
        ("pixel_size_y", np.int32),
        ("groundATK", np.int32),
        ("airATK", np.int32),
        ("groundDmgType", np.int32),
        ("airDmgType", np.int32),
        ("groundRange", np.int32),
        ("airRange", np.int32),
        ("playerId", np.int32),
        ("resources", np.int32),
        ("buildTechUpgradeType", np.int32),
        ("remainingBuildTrainTime", np.int32),
        ("remainingUpgradeResearchTime", np.int32),
        ("spellCD", np.int32),
        ("associatedUnit", np.int32),
        ("associatedCount", np.int32),
        ("command_frame", np.int32),
        ("command_type", np.int32),
        ("command_targetId", np.int32),
        ("command_targetX", np.int32),
        ("command_targetY", np.int32),
        ("command_extra", np.int32),
        ("first_order", np.int32),  # index of its first order in WireFrame.orders
        ("order_size", np.int32),  # how many orders follow there
        ("flags", np.uint64),
        ("velocityX", np.float64),  # px per frame
        ("velocityY", np.float64),
    ],
    align=True,
)
"""One unit of a Frame: the protocol's 39 slots, the command's six numbers in line, the orders by reference."""

ORDER_DTYPE: Final = np.dtype([(name, np.int32) for name in ("first_frame", "type", "targetId", "targetX", "targetY")])

BULLET_DTYPE: Final = np.dtype([(name, np.int32) for name in ("type", "x", "y")])

RESOURCES_DTYPE: Final = np.dtype(
    [
        ("playerId", np.int32),
        ("ore", np.int32),
        ("gas", np.int32),
        ("used_psi", np.int32),
        ("total_psi", np.int32),
        ("upgrades", np.uint64),
        ("upgrades_level", np.uint64),
        ("techs", np.uint64),
    ],
    align=True,
)

CREEP_DIFF_DTYPE: Final = np.dtype([("index", np.int32), ("creep", np.int32)])

UNIT_DIFF_DTYPE: Final = np.dtype(
    [
        ("id", np.int32),
        ("first_var", np.int32),  # index into WireFrameDiff.var_ids and var_diffs
        ("num_vars", np.int32),
        ("first_order", np.int32),  # index into WireFrameDiff.order_ids and order_diffs
        ("num_orders", np.int32),
        ("order_size", np.int32),
        ("flags", np.uint64),
        ("velocityX", np.float64),
        ("velocityY", np.float64),
    ],
    align=True,
)


def _none(dtype: np.dtype) -> NDArray:  # type: ignore[type-arg]
    return np.zeros(0, dtype)


def _no_ints() -> NDArray[np.int32]:
    return np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action of a player; the real server never sends any.

    Attributes:
        player_id: whose.
        uid: the protocol's `uid`.
        aid: the protocol's `aid`.
        action: its numbers.
    """

    player_id: int
    uid: int
    aid: int
    action: tuple[int, ...]


@dataclass(slots=True, kw_only=True)
class WireFrame:
    """One Frame.

    Attributes:
        player_ids: (p,) int32, the players that have an entry, in message order.
        num_units: (p,) int32, units of each of them.
        units: (n,) WIRE_UNIT_DTYPE, player by player in message order.
        orders: (m,) ORDER_DTYPE, unit by unit.
        actions: player entries that hold at least one action.
        action_players: (a,) int32, ids of all players that have an actions entry.
        resources: (r,) RESOURCES_DTYPE.
        bullets: (b,) BULLET_DTYPE, positions in walk tiles.
        creep_map: (c,) uint8, a bit per build tile, least significant first.
        width: walk tiles.
        height: walk tiles.
        reward: 0 from the real server.
        is_terminal: 0 from the real server.
    """

    player_ids: NDArray[np.int32] = field(default_factory=_no_ints)
    num_units: NDArray[np.int32] = field(default_factory=_no_ints)
    units: NDArray[np.void] = field(default_factory=lambda: _none(WIRE_UNIT_DTYPE))
    orders: NDArray[np.void] = field(default_factory=lambda: _none(ORDER_DTYPE))
    actions: tuple[Action, ...] = ()
    action_players: NDArray[np.int32] = field(default_factory=_no_ints)
    resources: NDArray[np.void] = field(default_factory=lambda: _none(RESOURCES_DTYPE))
    bullets: NDArray[np.void] = field(default_factory=lambda: _none(BULLET_DTYPE))
    creep_map: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    width: int = 0
    height: int = 0
    reward: int = 0
    is_terminal: int = 0


@dataclass(slots=True, kw_only=True)
class WireFrameDiff:
    """The difference of one Frame from the one sent before it.

    Attributes:
        player_ids: (p,) int32.
        num_units: (p,) int32, unit diffs of each of them.
        units: (n,) UNIT_DIFF_DTYPE, player by player.
        var_ids: (v,) int32, unit by unit.
        var_diffs: (v,) int32.
        order_ids: (o,) int32, 5 * order + field.
        order_diffs: (o,) int32.
        actions: as in a Frame: whole, no difference.
        action_players: likewise.
        resources: likewise.
        bullets: likewise.
        creep_map: (c,) CREEP_DIFF_DTYPE, byte index and new value.
        reward: whole.
        is_terminal: whole.
    """

    player_ids: NDArray[np.int32] = field(default_factory=_no_ints)
    num_units: NDArray[np.int32] = field(default_factory=_no_ints)
    units: NDArray[np.void] = field(default_factory=lambda: _none(UNIT_DIFF_DTYPE))
    var_ids: NDArray[np.int32] = field(default_factory=_no_ints)
    var_diffs: NDArray[np.int32] = field(default_factory=_no_ints)
    order_ids: NDArray[np.int32] = field(default_factory=_no_ints)
    order_diffs: NDArray[np.int32] = field(default_factory=_no_ints)
    actions: tuple[Action, ...] = ()
    action_players: NDArray[np.int32] = field(default_factory=_no_ints)
    resources: NDArray[np.void] = field(default_factory=lambda: _none(RESOURCES_DTYPE))
    bullets: NDArray[np.void] = field(default_factory=lambda: _none(BULLET_DTYPE))
    creep_map: NDArray[np.void] = field(default_factory=lambda: _none(CREEP_DIFF_DTYPE))
    reward: int = 0
    is_terminal: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeClient:
    """The first message of a client.

    Attributes:
        protocol: 30 (1.4.0) or 31 (develop).
        map: path relative to the StarCraft folder; None is absent.
        window_size: pixels; None is absent.
        window_pos: pixels; None is absent.
        micro_mode: whether the map is a series of battles.
    """

    protocol: int = 30
    map: str | None = None
    window_size: tuple[int, int] | None = None
    window_pos: tuple[int, int] | None = None
    micro_mode: bool = False


@dataclass(slots=True, kw_only=True)
class Command:
    """One command: a code of `constants.json`, numbers, and a text (a map, what to draw)."""

    code: int
    args: tuple[int, ...] = ()
    str: str = ""


@dataclass(slots=True, kw_only=True)
class CommandsMessage:
    """What the client answers a state with (the protocol's `Commands`)."""

    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """One player of a match; `race` as in BWAPI (Zerg 0, Terran 1, Protoss 2)."""

    id: int
    race: int = 0
    name: str = ""
    is_enemy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeServer:
    """The server's answer to a handshake; maps are row-major bytes, (map_size[0] * map_size[1],) or empty.

    Attributes:
        lag_frames: frames from a command to its execution.
        map_size: walk tiles.
        ground_height_data: 0 low, 1 low doodad, ... 5 very high doodad.
        walkable_data: 0 or 1.
        buildable_data: 0 or 1.
        map_name: file name.
        is_replay: whether a replay is shown.
        player_id: own id.
        neutral_id: id of the neutral player.
        battle_frame_count: its current value.
        start_locations: walk tiles, top-left corner.
        players: everyone, neutral included.
        frame_from_bwapi: protocol 31 only; None is absent.
        map_title: protocol 31 only; None is absent.
    """

    lag_frames: int = 0
    map_size: tuple[int, int] = (0, 0)
    ground_height_data: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    walkable_data: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    buildable_data: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    map_name: str = ""
    is_replay: bool = False
    player_id: int = 0
    neutral_id: int = 0
    battle_frame_count: int = 0
    start_locations: tuple[tuple[int, int], ...] = ()
    players: tuple[Player, ...] = ()
    frame_from_bwapi: int | None = None
    map_title: str | None = None


@dataclass(slots=True, kw_only=True)
class StateUpdate:
    """What the game looks like now.

    Attributes:
        data: the first one after a handshake is whole, all others are differences; None is absent.
        deaths: (d,) int32, ids in the order of events since the last message; None is absent.
        frame_from_bwapi: game frame.
        battle_frame_count: frames since the battle began.
        commands_status: (k,) int8, one per command of the last message.
        img_mode: "" unless an image was asked for.
        screen_position: pixels.
        visibility: (w*h,) uint8: 0 unexplored, 1 explored, 2 visible.
        visibility_size: build tiles.
        img_data: (w*h*4,) uint8: blue, green, red, unused.
        img_size: pixels.
    """

    data: WireFrame | WireFrameDiff | None = None
    deaths: NDArray[np.int32] | None = field(default_factory=_no_ints)
    frame_from_bwapi: int = 0
    battle_frame_count: int = 0
    commands_status: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    img_mode: str = ""
    screen_position: tuple[int, int] = (0, 0)
    visibility: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    visibility_size: tuple[int, int] = (0, 0)
    img_data: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    img_size: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerLeft:
    """A player left the match."""

    player_left: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndGame:
    """The match is over.

    Attributes:
        data: the last view; None is absent.
        game_won: whether the own player won.
    """

    data: WireFrame | WireFrameDiff | None = None
    game_won: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """The server refuses; an empty one answers an empty request (a ping)."""

    message: str | None = None


ServerMessage = HandshakeServer | StateUpdate | PlayerLeft | EndGame | Error
ClientMessage = HandshakeClient | CommandsMessage
Message = ServerMessage | ClientMessage
