"""Queries: ways, abilities, places to build; one answer per question, in their order."""

from __future__ import annotations

from s2clientprotocol import error_pb2, query_pb2

from bridge.sc2.requests.client import Client
from bridge.sc2.tags import id_of


async def query(client: Client, request: query_pb2.RequestQuery, data: bytes) -> bytes:
    """Answer all questions of a request."""
    match, seat = client.playing()
    world, player = match.world, seat.player
    response = query_pb2.ResponseQuery()
    for way in request.pathing:
        at = way.start_pos
        start = id_of(way.unit_tag) if way.WhichOneof("start") == "unit_tag" else (at.x, at.y)
        response.pathing.add(distance=world.path_length(player, start, (way.end_pos.x, way.end_pos.y)))
    for asked in request.abilities:
        unit_id = id_of(asked.unit_tag)
        about = response.abilities.add(unit_tag=asked.unit_tag, unit_type_id=world.unit_type(unit_id))
        for ability, needs_point in world.abilities(
            player, unit_id, ignore_resources=request.ignore_resource_requirements
        ):
            about.abilities.add(ability_id=ability, requires_point=needs_point)
    for place in request.placements:
        at = place.target_pos
        result = world.placement(player, place.ability_id, at.x, at.y, id_of(place.placing_unit_tag))
        response.placements.add(result=error_pb2.ActionResult.ValueType(result))
    return response.SerializeToString()
