"""Looking, acting and letting time pass."""

from __future__ import annotations

import json
import zlib
from typing import Final

from s2clientprotocol import error_pb2, sc2api_pb2

from bridge.sc2.data import ability_ids
from bridge.sc2.match import Match, Seat
from bridge.sc2.observation import observation_bytes, results_part
from bridge.sc2.requests.client import Client
from bridge.sc2.tags import id_of, tag_of
from bridge.sc2.wire import nested
from bridge.sc2.world import NO_ID, SUCCESS, UnitCommand, View

NOT_SUPPORTED: Final = 2
ERROR: Final = 3

_OBSERVATION: Final = sc2api_pb2.ResponseObservation.OBSERVATION_FIELD_NUMBER

REPLAY_MAGIC: Final = b"NYDUSSC2"
"""A replay of ours says so: it is no archive of Blizzard's."""


def is_observation_due(client: Client, request: sc2api_pb2.RequestObservation) -> bool:
    """Say whether an observation has to wait for no loop."""
    return client.match is None or not client.match.is_realtime or not request.HasField("game_loop")


def is_step_due(client: Client, request: sc2api_pb2.RequestStep) -> bool:
    """Say whether a step has to wait for no other client."""
    return client.match is None or client.match.num_playing <= 1


async def observation(client: Client, request: sc2api_pb2.RequestObservation, data: bytes) -> bytes:
    """Return what the player may see; in real time at a loop that may still have to come."""
    match, seat = client.playing()
    if request.HasField("game_loop"):
        await match.wait_loop(seat, request.game_loop)
    client.look()
    view = match.world.view(seat.player, everything=seat.sees_everything or request.disable_fog)
    parts = [_news(seat, view)] if seat.actions or seat.errors or seat.chat or view.late_errors else []
    body = observation_bytes(view, seat.kept, with_raw=seat.options.raw, with_score=seat.options.score)
    parts.append(nested(_OBSERVATION, body))
    if match.results is not None:
        parts.append(results_part(match.results))
    return b"".join(parts)


def _news(seat: Seat, view: View) -> bytes:
    """Return what has to be told once, executed actions, late failures and chat; it counts as told."""
    rest = sc2api_pb2.ResponseObservation(actions=seat.actions, action_errors=seat.errors)
    for unit_id, ability, result in view.late_errors:
        rest.action_errors.add(
            unit_tag=tag_of(unit_id), ability_id=ability, result=error_pb2.ActionResult.ValueType(result)
        )
    for player, message in seat.chat:
        rest.chat.add(player_id=player, message=message)
    seat.actions.clear()
    seat.errors.clear()
    seat.chat.clear()
    return rest.SerializeToString()


async def step(client: Client, request: sc2api_pb2.RequestStep, data: bytes) -> bytes:
    """Let the game go on; with two clients until both have asked for it."""
    match, seat = client.playing()
    if match.results is None and not match.is_realtime:
        await match.step(seat, request.count)
    client.look()
    return sc2api_pb2.ResponseStep(simulation_loop=match.world.loop).SerializeToString()


async def action(client: Client, request: sc2api_pb2.RequestAction, data: bytes) -> bytes:
    """Do what is asked, one result each."""
    match, seat = client.playing()
    seat.log.append((match.world.loop, request.SerializeToString()))
    results = [_act(match, seat, item) for item in request.actions]
    client.look()
    return sc2api_pb2.ResponseAction(
        result=[error_pb2.ActionResult.ValueType(result) for result in results]
    ).SerializeToString()


def _act(match: Match, seat: Seat, item: sc2api_pb2.Action) -> int:
    if item.HasField("action_chat"):
        is_team = item.action_chat.channel == sc2api_pb2.ActionChat.Channel.Value("Team")
        match.say(seat.player, item.action_chat.message, is_team=is_team)
        return SUCCESS
    which = item.action_raw.WhichOneof("action")
    if which == "camera_move":
        return SUCCESS
    if which != "unit_command":  # autocast, and the selections and screens of feature layers
        return NOT_SUPPORTED
    told = item.action_raw.unit_command
    if told.ability_id not in ability_ids():
        return NOT_SUPPORTED
    units = [unit_id for unit_id in map(id_of, told.unit_tags) if unit_id != NO_ID]
    if not units:
        return ERROR
    target = told.WhichOneof("target")
    point = told.target_world_space_pos
    result = match.world.command(
        seat.player,
        UnitCommand(
            ability=told.ability_id,
            unit_ids=units,
            target_id=id_of(told.target_unit_tag) if target == "target_unit_tag" else NO_ID,
            point=(point.x, point.y) if target == "target_world_space_pos" else None,
            is_queued=told.queue_command,
        ),
    )
    if result == SUCCESS:
        echo = sc2api_pb2.Action(game_loop=match.world.loop)
        echo.action_raw.unit_command.CopyFrom(told)
        seat.actions.append(echo)
    return result


async def save_replay(client: Client, request: sc2api_pb2.RequestSaveReplay, data: bytes) -> bytes:
    """Return who played what on which map with which seed, and every action: a file of ours, no .SC2Replay."""
    match, _ = client.playing()
    about = {
        "map": match.file_name,
        "seed": match.seed,
        "loops": match.world.loop,
        "races": list(match.world.races),
        "results": match.results,
        "actions": [[seat.player, loop, actions.hex()] for seat in match.seats for loop, actions in seat.log],
    }
    replay = REPLAY_MAGIC + zlib.compress(json.dumps(about).encode())
    return sc2api_pb2.ResponseSaveReplay(data=replay).SerializeToString()
