"""The two messages in which a server tells what a match is like: at its beginning, and in every frame that is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from bridge.torchcraft.match import Match
from bridge.torchcraft.messages import HandshakeServer, Player, StateUpdate, WireFrame, WireFrameDiff
from bridge.torchcraft.wire_unit import NEUTRAL_ID
from engine.broodwar.rules_table import RACES
from engine.core.gamemap import BUILD_TILE_PX, WALK_TILE_PX, WALK_TILES_PER_BUILD_TILE

PROTOCOLS: Final = (30, 31)
DEVELOP: Final = 31

DEPOT_WIDTH_PX: Final = 128
DEPOT_HEIGHT_PX: Final = 96
"""A start location is told by the upper left corner of the 4 by 3 tiles of its depot."""

_NO_DEATHS: Final = np.zeros(0, np.int32)
_NO_STATUSES: Final = np.zeros(0, np.int8)

WINDOW_TILES: Final = (20, 13)
"""Build tiles of the screen whose visibility an image request reports."""

IMAGE_MODE: Final = "raw"
"""TorchCraft's own setting; no pixels go with it, as from a real server that is no Windows program."""


def player_name(match: Match, player: int) -> str:
    """Return what a player is called: a client's number, or the scripted player's name."""
    return match.players[player] or f"client {player}"


def handshake_server(match: Match, player: int, battle_frames: int, protocol: int) -> HandshakeServer:
    """Return the answer to a handshake.

    Args:
        match: what is played.
        player: who asks.
        battle_frames: frames since the battle began.
        protocol: 30 or 31; the latter has two more fields.
    """
    scenario = match.scenario
    game_map = scenario.map
    size = WALK_TILES_PER_BUILD_TILE
    races = match.races
    players = [
        Player(
            id=number,
            race=RACES.index(races[number] if number == player or not _hides_race(match, number) else "Unknown"),
            name=player_name(match, number),
            is_enemy=number != player,
        )
        for number in range(len(match.players))
    ]
    neutral = Player(id=NEUTRAL_ID, race=RACES.index("None"), name="Neutral")
    is_develop = protocol >= DEVELOP
    return HandshakeServer(
        lag_frames=match.latency_frames,
        map_size=(size * game_map.width, size * game_map.height),
        ground_height_data=game_map.ground_height.repeat(size, axis=0).repeat(size, axis=1).reshape(-1),
        walkable_data=game_map.walkable.astype(np.uint8).reshape(-1),
        buildable_data=game_map.buildable.astype(np.uint8).repeat(size, axis=0).repeat(size, axis=1).reshape(-1),
        map_name=scenario.name if scenario.melee is None else game_map.name,
        player_id=player,
        neutral_id=NEUTRAL_ID,
        battle_frame_count=battle_frames,
        start_locations=tuple(
            ((x - DEPOT_WIDTH_PX // 2) // WALK_TILE_PX, (y - DEPOT_HEIGHT_PX // 2) // WALK_TILE_PX)
            for x, y in game_map.starts.tolist()
        ),
        players=(*players, neutral),
        frame_from_bwapi=match.frame if is_develop else None,
        map_title=scenario.title if is_develop else None,
    )


def state_update(
    match: Match,
    player: int,
    *,
    data: WireFrame | WireFrameDiff,
    battle_frames: int,
    statuses: Sequence[int],
    image_at: tuple[int, int] | None,
) -> StateUpdate:
    """Return what a client is told of a frame.

    Args:
        match: what is played.
        player: whose client it is.
        data: the frame, or how it differs from the last one sent.
        battle_frames: frames since the battle began.
        statuses: of the commands of the last message.
        image_at: corner of the screen in pixels if an image was asked for.
    """
    deaths = match.views[player].deaths
    update = StateUpdate(
        data=data,
        deaths=np.array(deaths, np.int32) if deaths else _NO_DEATHS,
        frame_from_bwapi=match.frame,
        battle_frame_count=battle_frames,
        commands_status=np.array(statuses, np.int8) if statuses else _NO_STATUSES,
    )
    if image_at is None:
        return update
    left, top = (place // BUILD_TILE_PX for place in image_at)
    return StateUpdate(
        data=update.data,
        deaths=update.deaths,
        frame_from_bwapi=update.frame_from_bwapi,
        battle_frame_count=update.battle_frame_count,
        commands_status=update.commands_status,
        img_mode=IMAGE_MODE,
        screen_position=image_at,
        visibility=match.sight.visible_tiles(player, left, top, *WINDOW_TILES),
        visibility_size=WINDOW_TILES,
    )


def _hides_race(match: Match, player: int) -> bool:
    """Say whether others do not know a player's race: he left it to chance."""
    return match.scenario.melee is not None and match.scenario.melee.races[player] == "random"
