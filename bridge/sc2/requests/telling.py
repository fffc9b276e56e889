"""What a client only asks: data, the map, versions, maps."""

from __future__ import annotations

from s2clientprotocol import sc2api_pb2

from bridge.sc2.data import BASE_BUILD, DATA_VERSION, GAME_VERSION, response_data
from bridge.sc2.requests.client import Client


async def ping(client: Client, request: sc2api_pb2.RequestPing, data: bytes) -> bytes:
    """Say which version of the game our tables are of."""
    return sc2api_pb2.ResponsePing(
        game_version=GAME_VERSION, data_version=DATA_VERSION, data_build=BASE_BUILD, base_build=BASE_BUILD
    ).SerializeToString()


async def game_data(client: Client, request: sc2api_pb2.RequestData, data: bytes) -> bytes:
    """Return the tables that are asked for."""
    return response_data(
        abilities=request.ability_id,
        units=request.unit_type_id,
        upgrades=request.upgrade_id,
        buffs=request.buff_id,
        effects=request.effect_id,
    )


async def game_info(client: Client, request: sc2api_pb2.RequestGameInfo, data: bytes) -> bytes:
    """Return the map and who plays."""
    match, seat = client.playing()
    return match.info_bytes(seat)


async def available_maps(client: Client, request: sc2api_pb2.RequestAvailableMaps, data: bytes) -> bytes:
    """List the maps."""
    names = [f"{name}.SC2Map" for name in client.lobby.worlds.names()]
    return sc2api_pb2.ResponseAvailableMaps(local_map_paths=names).SerializeToString()


async def save_map(client: Client, request: sc2api_pb2.RequestSaveMap, data: bytes) -> bytes:
    """Take note of nothing: maps are ours, found by name, and a client's bytes are not read."""
    return b""
