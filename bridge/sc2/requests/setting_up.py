"""Creating, joining, restarting and leaving games."""

from __future__ import annotations

import asyncio
import logging
import secrets
from pathlib import PurePosixPath
from typing import Final

from s2clientprotocol import sc2api_pb2

from bridge.deadline import Deadline
from bridge.errors import ConfigError
from bridge.sc2.match import Match, Seat
from bridge.sc2.requests.client import Client, RequestError
from bridge.sc2.states import Status
from bridge.sc2.world import Player

log = logging.getLogger(__name__)

CreateError = sc2api_pb2.ResponseCreateGame.Error
JoinError = sc2api_pb2.ResponseJoinGame.Error

NOBODY: Final = Player(race=4, difficulty=0)
"""Fills the second place of a game that one client plays alone."""

KNOCK_S: Final = 0.1
"""How often the second client of a game looks for the first."""

MOST_DIFFICULT: Final = 10
MOST_BUILDS: Final = 6
MOST_RACES: Final = 4


class _CreateRefusedError(Exception):
    def __init__(self, error: str, details: str) -> None:
        super().__init__(error, details)
        self.error, self.details = error, details


class _JoinRefusedError(Exception):
    def __init__(self, error: str, details: str) -> None:
        super().__init__(error, details)
        self.error, self.details = error, details


async def create_game(client: Client, request: sc2api_pb2.RequestCreateGame, data: bytes) -> bytes:
    """Lay out a game; who creates again leaves the game before."""
    try:
        match = _create(client, request)
    except _CreateRefusedError as refused:
        return sc2api_pb2.ResponseCreateGame(
            error=CreateError.Value(refused.error), error_details=refused.details
        ).SerializeToString()
    client.leave()
    client.match = match
    client.status = Status.INIT_GAME
    return b""


def _create(client: Client, request: sc2api_pb2.RequestCreateGame) -> Match:
    if not request.player_setup:
        raise _CreateRefusedError("MissingPlayerSetup", "no player_setup")
    players = tuple(_player(setup) for setup in request.player_setup)
    if len(players) > 2:
        raise _CreateRefusedError("InvalidPlayerSetup", f"{len(players)} players; allowed: 1 or 2")
    if all(player.difficulty is not None for player in players):
        raise _CreateRefusedError("InvalidPlayerSetup", "no Participant")
    pair = (players[0], players[1] if len(players) == 2 else NOBODY)
    has_file = request.WhichOneof("Map") == "local_map"
    path = request.local_map.map_path if has_file else request.battlenet_map_name
    if not path:
        raise _CreateRefusedError("MissingMap", "neither local_map.map_path nor battlenet_map_name")
    seed = request.random_seed if request.HasField("random_seed") else secrets.randbits(32)
    worlds = client.lobby.worlds
    try:
        worlds.check(map_stem(path))
    except ConfigError as error:
        raise _CreateRefusedError("InvalidMapPath" if has_file else "InvalidMapName", str(error)) from error
    return Match(
        lambda both: worlds.open(map_stem(path), both, seed, disable_fog=request.disable_fog, folder=map_folder(path)),
        pair,
        file_name=PurePosixPath(path.replace("\\", "/")).name,
        is_realtime=request.realtime,
        disable_fog=request.disable_fog,
        seed=seed,
    )


def map_stem(path: str) -> str:
    r"""Return the name of a map by its file's path, whatever system wrote it.

    Example:
        >>> map_stem("Ladder\\AcropolisLE.SC2Map")
        'AcropolisLE'
    """
    name = PurePosixPath(path.replace("\\", "/")).name
    return name[: -len(".SC2Map")] if name.lower().endswith(".sc2map") else name


def map_folder(path: str) -> str:
    """Return the name of the folder that a map's file lies in, "" for none."""
    return PurePosixPath(path.replace("\\", "/")).parent.name


def _player(setup: sc2api_pb2.PlayerSetup) -> Player:
    if setup.type == sc2api_pb2.PlayerType.Value("Participant"):
        return Player(race=setup.race or MOST_RACES, name=setup.player_name)
    if setup.type != sc2api_pb2.PlayerType.Value("Computer"):
        raise _CreateRefusedError("InvalidPlayerSetup", "observers are not supported; allowed: Participant, Computer")
    if not 1 <= setup.race <= MOST_RACES:
        raise _CreateRefusedError("InvalidPlayerSetup", f"race {setup.race} of a Computer; allowed: 1 to 4")
    difficulty = setup.difficulty or 1
    build = setup.ai_build or 1
    return Player(race=setup.race, difficulty=difficulty, build=build, name=setup.player_name)


async def join_game(client: Client, request: sc2api_pb2.RequestJoinGame, data: bytes) -> bytes:
    """Take a place in a game; with two clients both are answered when both are there."""
    try:
        return await _join(client, request, data)
    except _JoinRefusedError as refused:
        return sc2api_pb2.ResponseJoinGame(
            error=JoinError.Value(refused.error), error_details=refused.details
        ).SerializeToString()


async def _join(client: Client, request: sc2api_pb2.RequestJoinGame, data: bytes) -> bytes:
    if not request.HasField("options"):
        raise _JoinRefusedError("MissingOptions", "no InterfaceOptions")
    if request.HasField("observed_player_id"):
        raise _JoinRefusedError("FeatureUnsupported", "observers are not supported")
    if not 1 <= request.race <= MOST_RACES:
        raise _JoinRefusedError("MissingParticipation", f"race {request.race}; allowed: 1 to {MOST_RACES}")
    port = request.server_ports.game_port
    if client.match is None and port:
        return await _join_other(client, request, port, data)
    if client.match is None:
        client.match = _default_match(client)
    match = client.match
    if match.num_seats > 1 and not port:
        raise _JoinRefusedError("MissingPorts", "server_ports.game_port: the same number from both clients")
    seat = match.join(request.race, request.player_name, request.options)
    if match.num_seats > 1:
        client.lobby.waiting[port] = match
        stop_listening = await client.lobby.listen(port) if client.local_port != port else None
        try:
            is_full = await match.wait_full(client.lobby.join_s)
        finally:
            client.lobby.waiting.pop(port, None)
            if stop_listening is not None:  # who came in by the port stays
                await stop_listening()
        if not is_full:
            match.seats.remove(seat)
            raise _JoinRefusedError("NetworkError", f"no other client within {client.lobby.join_s:g} s")
    _begin(match, seat)
    client.seat = seat
    client.status = Status.IN_GAME
    return sc2api_pb2.ResponseJoinGame(player_id=seat.player).SerializeToString()


def _begin(match: Match, seat: Seat) -> None:
    try:
        match.begin()
    except ConfigError as error:
        match.seats.remove(seat)
        raise _JoinRefusedError("LaunchError", str(error)) from error


def _default_match(client: Client) -> Match:
    """Lay out what a client plays that joins without having created a game."""
    lobby = client.lobby
    if not lobby.default_map:
        raise RequestError("A game has not been started yet")
    race, difficulty = lobby.default_opponent
    pair = (Player(race=MOST_RACES), Player(race=race, difficulty=difficulty))
    seed = lobby.next_seed()
    return Match(
        lambda both: lobby.worlds.open(lobby.default_map, both, seed, disable_fog=False),
        pair,
        file_name=f"{lobby.default_map}.SC2Map",
        is_realtime=lobby.is_realtime,
        disable_fog=False,
        seed=seed,
    )


async def _join_other(client: Client, request: sc2api_pb2.RequestJoinGame, port: int, data: bytes) -> bytes:
    """Join the game that another client has created, in this process or in its own."""
    deadline = Deadline.after(client.lobby.join_s)
    while not deadline.has_passed():
        match = client.lobby.waiting.get(port)
        if match is not None and not match.is_full:
            client.match = match
            seat = match.join(request.race, request.player_name, request.options)
            _begin(match, seat)
            client.seat = seat
            client.status = Status.IN_GAME
            return sc2api_pb2.ResponseJoinGame(player_id=client.seat.player).SerializeToString()
        if client.local_port != port:
            client.peer = await client.lobby.knock(port)
            if client.peer is not None:
                return await client.peer.exchange(data)
        await asyncio.sleep(KNOCK_S)
    raise _JoinRefusedError("NetworkError", f"nobody hosts a game at port {port} within {client.lobby.join_s:g} s")


async def restart_game(client: Client, request: sc2api_pb2.RequestRestartGame, data: bytes) -> bytes:
    """Begin the game anew."""
    match, _ = client.playing()
    if match.num_seats > 1:
        raise RequestError("restart_game is for games of one client")
    match.restart()
    client.status = Status.IN_GAME
    return sc2api_pb2.ResponseRestartGame(need_hard_reset=False).SerializeToString()


async def leave_game(client: Client, request: sc2api_pb2.RequestLeaveGame, data: bytes) -> bytes:
    """Leave; without a game it is answered and does nothing: python-sc2 leaves twice."""
    client.leave()
    client.status = Status.LAUNCHED
    return b""


async def quit_game(client: Client, request: sc2api_pb2.RequestQuit, data: bytes) -> bytes:
    """Leave and say good-bye; who runs the connection ends it."""
    client.leave()
    client.status = Status.QUIT
    return b""


__all__ = ["create_game", "join_game", "leave_game", "map_folder", "map_stem", "quit_game", "restart_game"]
