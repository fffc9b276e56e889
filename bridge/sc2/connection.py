"""One client's conversation: bytes of a Request in, bytes of its Response out, whatever came in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from google.protobuf.message import DecodeError
from s2clientprotocol import sc2api_pb2

from bridge.sc2.lobby import Lobby
from bridge.sc2.requests import asking, debugging, playing, setting_up, telling
from bridge.sc2.requests.client import Client, Handler, RequestError
from bridge.sc2.states import Status, refusal
from bridge.sc2.wire import WIRE_BYTES, key, nested, unsigned, varint

log = logging.getLogger(__name__)

_ID: Final = sc2api_pb2.Response.ID_FIELD_NUMBER
_ERROR: Final = sc2api_pb2.Response.ERROR_FIELD_NUMBER
_STATUS: Final = sc2api_pb2.Response.STATUS_FIELD_NUMBER
_STATUS_KEY: Final = unsigned(_STATUS, 0)[:-1]

HANDLERS: Final[dict[str, Handler]] = {
    "create_game": setting_up.create_game,
    "join_game": setting_up.join_game,
    "restart_game": setting_up.restart_game,
    "leave_game": setting_up.leave_game,
    "quit": setting_up.quit_game,
    "game_info": telling.game_info,
    "data": telling.game_data,
    "ping": telling.ping,
    "available_maps": telling.available_maps,
    "save_map": telling.save_map,
    "observation": playing.observation,
    "step": playing.step,
    "action": playing.action,
    "save_replay": playing.save_replay,
    "query": asking.query,
    "debug": debugging.debug,
}

AT_ONCE: Final[dict[str, Callable[[Client, Any], bool]]] = {
    "observation": playing.is_observation_due,
    "step": playing.is_step_due,
    **dict.fromkeys(("game_info", "data", "ping", "action", "query"), lambda client, request: True),
}
"""Kinds of requests that may be answered at once, and which of them: nobody is waited for."""

_KEYS: Final = {name: key(sc2api_pb2.Response.DESCRIPTOR.fields_by_name[name].number, WIRE_BYTES) for name in HANDLERS}
_STATUSES: Final = {status: unsigned(_STATUS, status) for status in Status}


class Connection:
    """A client and where it stands; `answer` never raises because of what the client sent."""

    def __init__(self, lobby: Lobby, local_port: int = 0) -> None:
        """Begin in status launched.

        Args:
            lobby: shared by the connections of a server.
            local_port: the port that the client came in by.
        """
        self._client = Client(lobby=lobby, local_port=local_port)

    @property
    def status(self) -> Status:
        """Where it stands."""
        return self._client.status

    def answer_now(self, data: bytes) -> bytes | None:
        """Return the response to a request that waits for nobody; None of any other, which is for `answer`."""
        client = self._client
        if client.peer is not None:
            return None
        request = sc2api_pb2.Request()
        try:
            request.ParseFromString(data)
        except DecodeError:
            return None
        kind = request.WhichOneof("request")
        if kind not in AT_ONCE or not AT_ONCE[kind](client, getattr(request, kind)):
            return None
        work = self._answer_request(request, kind, data)
        try:
            work.send(None)
        except StopIteration as done:
            answer: bytes = done.value
            return answer
        work.close()
        raise RuntimeError(f"{kind} was not to wait for anybody")

    async def answer(self, data: bytes) -> bytes:
        """Return the bytes of the response to the bytes of a request."""
        if self._has_peer():
            return await self._forward(data)
        request = sc2api_pb2.Request()
        try:
            request.ParseFromString(data)
        except DecodeError:
            return self._response(None, 0, b"", "the message is no Request")
        return await self._answer_request(request, request.WhichOneof("request"), data)

    async def _answer_request(self, request: sc2api_pb2.Request, kind: str | None, data: bytes) -> bytes:
        if kind is None:
            return self._response(None, request.id, b"", "the Request names no kind")
        client = self._client
        client.look()
        why = refusal(kind, client.status)
        if why:
            return self._response(None, request.id, b"", why)
        try:
            payload = await HANDLERS[kind](client, getattr(request, kind), data)
        except RequestError as error:
            return self._response(None, request.id, b"", str(error))
        except Exception as error:
            # A server serves on: what went wrong is in its log, with the client's request named.
            log.exception("%s failed in status %s", kind, self._client.status.name)
            return self._response(None, request.id, b"", f"internal error: {type(error).__name__}: {error}")
        if self._has_peer():
            return payload  # the other process's whole response
        return self._response(kind, request.id, payload, "")

    def _has_peer(self) -> bool:
        return self._client.peer is not None

    async def close(self) -> None:
        """Leave the game and hang up; idempotent."""
        self._client.leave()
        peer, self._client.peer = self._client.peer, None
        if peer is not None:
            await peer.close()

    async def _forward(self, data: bytes) -> bytes:
        """Hand a request to the process where the game is; take note of what becomes of it."""
        client = self._client
        assert client.peer is not None
        try:
            answer = await client.peer.exchange(data)
        except RequestError as error:
            client.status, peer = Status.LAUNCHED, client.peer
            client.peer = None
            await peer.close()
            return self._response(None, 0, b"", str(error))
        if answer[-3:-1] == _STATUS_KEY:  # the other process is a server of ours: its status comes last
            client.status = Status(answer[-1])
        if client.status in (Status.LAUNCHED, Status.QUIT):
            peer, client.peer = client.peer, None
            await peer.close()
        return answer

    def _response(self, kind: str | None, request_id: int, payload: bytes, error: str) -> bytes:
        parts = [] if kind is None else [_KEYS[kind], varint(len(payload)), payload]
        if request_id:
            parts.append(unsigned(_ID, request_id))
        if error:
            parts.append(nested(_ERROR, error.encode()))
        parts.append(_STATUSES[self._client.status])
        return b"".join(parts)
