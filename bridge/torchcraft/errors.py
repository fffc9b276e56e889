"""What can go wrong between a TorchCraft client and its server, as types; each message names the server.

TorchCraftError(BridgeError, RuntimeError)
├─ NotConnectedError      call connect() first
├─ NoAnswerError          no answer in time (also a TimeoutError)         → recv() again waits on; init() starts anew
├─ ConnectionLostError    the server went away before it answered         → init() again
├─ ServerRefusedError     the server answered with an error               → its text is in the message
├─ BadReplyError          bytes that are no message, or a wrong one       → recv() goes on
├─ FrameLostError         a frame was lost, differences make no sense     → init() again
└─ CommandError           a command that cannot be sent (also a ValueError), raised before any byte is sent
"""

from __future__ import annotations

from bridge.errors import BridgeError


class TorchCraftError(BridgeError, RuntimeError):
    """Base of what a TorchCraft client raises; a RuntimeError, as the original's `recv` raises."""


class NotConnectedError(TorchCraftError):
    """There is no connection; call `connect()`."""


class NoAnswerError(TorchCraftError, TimeoutError):
    """The server did not answer in time; `recv()` waits for the same answer again, `init()` starts anew."""


class ConnectionLostError(TorchCraftError):
    """The server closed the connection before it answered; `init()` connects again."""


class ServerRefusedError(TorchCraftError):
    """The server answered with an error; the message holds its text."""


class BadReplyError(TorchCraftError):
    """The server's answer is no message, or none that belongs here; the client can be used on."""


class FrameLostError(TorchCraftError):
    """A frame was lost to a bad answer, so that the differences after it make no sense; `init()` gets a whole one."""


class CommandError(TorchCraftError, ValueError):
    """A command cannot be sent; the message names it. Nothing was sent."""
