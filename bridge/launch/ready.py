"""Is a TorchCraft server there, and has its match begun? One question that changes nothing in the game."""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import TYPE_CHECKING, Self

from bridge.errors import ConfigError

if TYPE_CHECKING:
    import zmq


class TorchCraftPing:
    """Asks a server that has no client yet whether it answers; an instance of `bridge.launch.launched.IsReady`.

    TorchCraft's server answers a message of no bytes, instead of a handshake, with an error that has no text, and then
    waits for the handshake as before. It does so once: the question is sent one time, its answer awaited in pieces.
    """

    def __init__(self, host: str, port: int) -> None:
        """Prepare; nothing is sent yet.

        Args:
            host: of the server.
            port: of the server.

        Raises:
            ConfigError: pyzmq is not installed.
        """
        try:
            import zmq
        except ImportError as error:
            raise ConfigError("TorchCraft's protocol needs pyzmq: pip install 'nydus-gym[torchcraft]'") from error
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.REQ)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.connect(f"tcp://{host}:{port}")
        self._is_asked = False
        self._is_answered = False

    def __call__(self, timeout_s: float) -> bool:
        """Say whether the server has answered, at latest after `timeout_s`."""
        if not self._is_asked:
            self._socket.send(b"")
            self._is_asked = True
        if not self._is_answered and self._socket.poll(int(timeout_s * 1000)):
            self._socket.recv()
            self._is_answered = True
        return self._is_answered

    def close(self) -> None:
        """Close the socket; idempotent."""
        with contextlib.suppress(Exception):
            self._context.destroy(linger=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
