"""What a client says to a server, and what the answers mean: bytes in, bytes out, no socket."""

from __future__ import annotations

import logging
import secrets
import string
from typing import TYPE_CHECKING, Final

from bridge.errors import ConfigError
from bridge.torchcraft import codec
from bridge.torchcraft.commands import describe_status, parse_commands
from bridge.torchcraft.errors import BadReplyError, FrameLostError, ServerRefusedError
from bridge.torchcraft.messages import (
    Command,
    CommandsMessage,
    EndGame,
    Error,
    HandshakeServer,
    StateUpdate,
    WireFrame,
    WireFrameDiff,
)
from bridge.torchcraft.state import DEVELOP, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from bridge.torchcraft.messages import ClientMessage, ServerMessage

log = logging.getLogger(__name__)

PROTOCOLS: Final = (30, 31)

UID_CHARACTERS: Final = string.ascii_letters + string.digits
UID_LENGTH: Final = 6


class Conversation:
    """What is said to a server and what its answers mean; bytes in, bytes out.

    Attributes:
        state: brought up to date by each answer.
        owes_answer: whether the server has not answered the last request.
        last_commands: what was sent last.
        last_commands_status: (k,) what became of each of them: 0 done, otherwise see `refusals`; empty until answered.
    """

    def __init__(self, protocol: int = 30) -> None:
        if protocol not in PROTOCOLS:
            raise ConfigError(f"protocol {protocol!r}: not one of {', '.join(map(str, PROTOCOLS))}")
        self.protocol = protocol
        self.state = State(protocol=protocol)
        self.begin()

    def begin(self) -> None:
        """Forget the last server."""
        self.uid = "".join(secrets.choice(UID_CHARACTERS) for _ in range(UID_LENGTH))
        self.owes_answer = False
        self.last_commands: tuple[Command, ...] = ()
        self.last_commands_status: list[int] = []
        self._lost_frame = ""
        self.state.reset()

    def say(self, message: ClientMessage) -> bytes:
        """Return the bytes of a request."""
        return codec.encode(message, self.uid)

    def say_commands(self, commands: Iterable[Sequence[object]]) -> bytes:
        """Return the bytes of a list of commands.

        Raises:
            CommandError: see `parse_commands`.
        """
        self.last_commands = parse_commands(commands)
        self.last_commands_status = []
        return self.say(CommandsMessage(commands=self.last_commands))

    def hear_handshake(self, data: bytes, *, micro_battles: bool, only_consider_types: Collection[int]) -> None:
        """Take in the answer to a handshake.

        Raises:
            BadReplyError: it is none.
            ServerRefusedError: it is an `Error`.
        """
        self.owes_answer = False
        try:
            message = codec.decode_server(data)
        except codec.WireError as error:
            raise BadReplyError(f"Error parsing init reply: {error}") from error
        expected = "Error parsing init reply: expected HandshakeServer, got"
        if isinstance(message, Error):
            raise ServerRefusedError(f"{expected} Error: {message.message or '(no text)'}")
        if not isinstance(message, HandshakeServer):
            raise BadReplyError(f"{expected} {type(message).__name__}")
        self._lost_frame = ""
        self.state.set_rules(
            micro_battles=micro_battles, only_consider_types=only_consider_types, protocol=self.protocol
        )
        self.state.update(message)

    def hear(self, data: bytes) -> State:
        """Take in an answer; the state is as it was when this raises.

        Raises:
            BadReplyError: it is no message of a server, or a difference that fits no frame.
            FrameLostError: it is a difference from a frame that was lost to an earlier bad answer.
            ServerRefusedError: it is an `Error` (protocol 31; with 30 it is logged, as TorchCraft does).
        """
        self.owes_answer = False
        try:
            message = codec.decode_server(data)
        except codec.WireError as error:
            self._lost_frame = str(error)
            raise BadReplyError(f"Error parsing reply: {error}") from error
        if isinstance(message, Error):
            self._complain(message.message or "(no text)")
        self._check_history(message)
        try:
            self.state.update(message)
        except codec.WireError as error:
            self._lost_frame = str(error)
            raise BadReplyError(f"Error parsing reply: {error}") from error
        if isinstance(message, StateUpdate):
            self.last_commands_status = message.commands_status.tolist()
        return self.state

    def _check_history(self, message: ServerMessage) -> None:
        """A difference says how a frame differs from the one sent before it: without that one it would only lie."""
        if isinstance(message, HandshakeServer):
            self._lost_frame = ""
        elif isinstance(message, StateUpdate | EndGame):
            if isinstance(message.data, WireFrame):
                self._lost_frame = ""
            elif isinstance(message.data, WireFrameDiff) and self._lost_frame:
                raise FrameLostError(
                    f"Error parsing reply: a difference from a frame that was lost ({self._lost_frame}); "
                    "call init() to get a whole one"
                )

    def _complain(self, text: str) -> None:
        if self.protocol >= DEVELOP:
            raise ServerRefusedError(f"Error from server: {text}")
        log.warning("the server reports an error: %s", text)

    def refusals(self) -> list[tuple[Command, str]]:
        """Return those of the last commands that the server did not carry out, with its reason."""
        pairs = zip(self.last_commands, self.last_commands_status, strict=False)
        return [(command, describe_status(status)) for command, status in pairs if status]
