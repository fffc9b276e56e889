"""Debug commands: units that appear and vanish, switches, the end of the game."""

from __future__ import annotations

from s2clientprotocol import debug_pb2, sc2api_pb2

from bridge.errors import ConfigError
from bridge.sc2.data import unit_type_ids
from bridge.sc2.match import Match, Seat
from bridge.sc2.requests.client import Client, RequestError
from bridge.sc2.tags import id_of
from bridge.sc2.world import NO_ID

SHOW_MAP = debug_pb2.DebugGameState.Value("show_map")

MOST_UNITS = 1000
"""Units of one create_unit; more is a mistake."""


async def debug(client: Client, request: sc2api_pb2.RequestDebug, data: bytes) -> bytes:
    """Do what is asked, in its order; drawings are for people who watch, and nobody does."""
    match, seat = client.playing()
    for command in request.debug:
        _check(command)
    for command in request.debug:
        _do(match, seat, command)
    match.notify()
    client.look()
    return b""


def _check(command: debug_pb2.DebugCommand) -> None:
    """Refuse a request as a whole before any of it is done."""
    kind = command.WhichOneof("command")
    if kind in ("test_process", "score"):
        raise RequestError(f"debug command {kind} is not supported")
    if kind == "create_unit":
        made = command.create_unit
        if made.unit_type not in unit_type_ids():
            raise RequestError(f"create_unit: no unit type {made.unit_type}")
        if made.quantity > MOST_UNITS:
            raise RequestError(f"create_unit: quantity {made.quantity}; allowed: at most {MOST_UNITS}")


def _do(match: Match, seat: Seat, command: debug_pb2.DebugCommand) -> None:
    world = match.world
    kind = command.WhichOneof("command")
    if kind == "create_unit":
        made = command.create_unit
        for _ in range(max(1, made.quantity)):
            try:
                world.create_unit(made.unit_type, made.owner, made.pos.x, made.pos.y)
            except ConfigError as error:
                raise RequestError(str(error)) from error
    elif kind == "kill_unit":
        for tag in command.kill_unit.tag:
            if id_of(tag) != NO_ID:
                world.kill_unit(id_of(tag))
    elif kind == "unit_value":
        value = command.unit_value
        world.set_value(id_of(value.unit_tag), value.unit_value, value.value)
    elif kind == "game_state":
        if command.game_state == SHOW_MAP:
            seat.sees_everything = not seat.sees_everything
        else:
            has_it = world.toggle(seat.player, command.game_state)
            if not has_it:
                name = debug_pb2.DebugGameState.Name(command.game_state)
                raise RequestError(f"debug switch {name} is not supported")
    elif kind == "end_game":
        world.end_game(
            seat.player, is_won=command.end_game.end_result == debug_pb2.DebugEndGame.EndResult.Value("DeclareVictory")
        )
