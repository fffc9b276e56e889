"""The kernels of both ends of the wire, compiled or loaded before a client's clock runs."""

from __future__ import annotations

import os
import sys
from typing import Final

from bridge.scenarios import MELEE, load_scenario
from bridge.torchcraft import codec_warmup
from bridge.torchcraft.codec import decode_server, encode
from bridge.torchcraft.host import Host, HostConfig
from bridge.torchcraft.messages import ClientMessage, Command, CommandsMessage, HandshakeClient, StateUpdate, WireFrame
from bridge.torchcraft.row import RowWriter
from bridge.warmup import Marker, compile_lock, progress_line
from engine.core.frame import UnitCommandType
from engine.core.jit import KERNEL_SOURCES, cache_folder
from engine.core.scenario import Scenario

TIMEOUT_S: Final = 600.0
"""How long another process that compiles already is waited for: the engine's kernels take a minute of a slow core."""

SCENARIO: Final = "m5v5_c_far"
MELEE_SCENARIO: Final = f"{MELEE}?map=crossing_small&races=zerg:terran&starts=0:1"

COMMAND_UNIT: Final = 16
BATTLE_COMMANDS: Final = (
    Command(code=COMMAND_UNIT, args=(0, UnitCommandType.ATTACK_MOVE, -1, 100, 140)),
    Command(code=COMMAND_UNIT, args=(0, UnitCommandType.MOVE, -1, 100, 140, 1)),
)
MELEE_COMMANDS: Final = (Command(code=COMMAND_UNIT, args=(0, UnitCommandType.STOP)),)
"""Refused, as nobody commands a field: what is wanted is that the engine is asked."""


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
    """Let a client that is none play a few frames, of a battle and of a melee game."""
    for name, commands in ((SCENARIO, BATTLE_COMMANDS), (MELEE_SCENARIO, MELEE_COMMANDS)):
        _play_scenario(load_scenario(name), commands)


def _play_scenario(scenario: Scenario, commands: tuple[Command, ...]) -> None:
    opponent = scenario.opponents[0]
    host = Host(HostConfig(scenario=scenario, players=(None, opponent)), load_scenario)
    messages: list[ClientMessage] = [HandshakeClient(), CommandsMessage(), CommandsMessage(commands=commands)]
    for message in [*messages, *[CommandsMessage()] * 4]:
        host.receive(0, encode(message))
        while host.wants_frame():
            host.play_frame()
        ((_, data),) = host.take_replies()
        reply = decode_server(data)
        if isinstance(reply, StateUpdate) and isinstance(reply.data, WireFrame):
            RowWriter(scenario, capacity=host.match.games.unit_capacity, rows=1).write(0, reply.data, [], 0, 0)
