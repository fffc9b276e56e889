"""The kernels of both ends of the wire, compiled or loaded before a client's clock runs."""

from __future__ import annotations

import os
import sys
from typing import Final

from bridge.scenarios import load_scenario
from bridge.torchcraft import codec_warmup
from bridge.torchcraft.codec import decode_server, encode
from bridge.torchcraft.host import Host, HostConfig
from bridge.torchcraft.messages import Command, CommandsMessage, HandshakeClient, StateUpdate, WireFrame
from bridge.torchcraft.row import RowWriter
from bridge.warmup import Marker, compile_lock, progress_line
from engine.core.jit import KERNEL_SOURCES, cache_folder

TIMEOUT_S: Final = 600.0
"""How long another process that compiles already is waited for: the engine's kernels take a minute of a slow core."""

SCENARIO: Final = "m5v5_c_far"
ATTACK_MOVE: Final = (16, (0, 0, -1, 100, 140))


def prepare() -> None:
    """Make every kernel of server and session ready in this process; compiled once on a machine, with a line.

    Raises:
        GameTimeoutError: another process has held the lock for TIMEOUT_S.
    """
    if not ensure_wire_compiled():
        _play()  # loads them


def ensure_wire_compiled() -> bool:
    """Compile every kernel of server and session if that was not done yet on this machine; say whether it was needed.

    Raises:
        GameTimeoutError: another process has held the lock for TIMEOUT_S.
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return False
    codec_warmup.prepare()
    folder = cache_folder(KERNEL_SOURCES["bridge"])
    marker = Marker("warm-torchcraft-server", (folder, cache_folder(KERNEL_SOURCES["engine"])))
    if marker.is_set():
        return False
    with (
        progress_line("compiling TorchCraft's server, once:", sys.stderr),
        compile_lock(folder / "warm.lock", TIMEOUT_S),
    ):
        _play()
        marker.set()
    return True


def _play() -> None:
    """Let a client that is none play two frames."""
    scenario = load_scenario(SCENARIO)
    host = Host(HostConfig(scenario=scenario, players=(None, "attack_move")), load_scenario)
    code, args = ATTACK_MOVE
    for message in (
        HandshakeClient(),
        CommandsMessage(),
        CommandsMessage(commands=(Command(code=code, args=args),)),
        CommandsMessage(),
    ):
        host.receive(0, encode(message))
        while host.wants_frame():
            host.play_frame()
        ((_, data),) = host.take_replies()
        reply = decode_server(data)
        if isinstance(reply, StateUpdate) and isinstance(reply.data, WireFrame):
            RowWriter(scenario, capacity=host.match.games.unit_capacity, rows=1).write(0, reply.data, [], 0, 0)
