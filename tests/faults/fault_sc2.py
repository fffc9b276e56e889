"""A game whose session plays on a launched SC2 stand-in, and that stand-in with one planted fault.

The stand-in plays the small game of `sc2_world`. The fault strikes once: whoever comes first makes the marker file.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from pathlib import Path

from sc2_scenario import SMALL_SCENARIO
from sc2_world import SmallWorld, SmallWorlds

from bridge.noop import noop_spec
from bridge.sc2 import connection, driver, server
from bridge.sc2.installation import make_installation
from bridge.sc2.serve import executable
from bridge.sc2.session import Sc2Session

VARIABLE = "NYDUS_FAULT_SC2"
"""Environment variable that hands the fault to the stand-in's process."""

SCRIPT = """\
#!/bin/sh
exec {python} -c '
import sys, json
sys.path[:] = json.loads(sys.argv.pop(1))
from fault_sc2 import main
sys.exit(main())' {path} "$@"
"""


# --- in the game process -------------------------------------------------------------------------------------------


def make_session(spec):
    import shlex
    import sys

    params = dict(spec.backend_params)
    limits = {name: params.pop(name) for name in ("start_s", "answer_s")}
    os.environ[VARIABLE] = json.dumps(params)
    folder = make_installation(Path(params["folder"]), ["Small"])
    path = shlex.quote(json.dumps([entry or str(Path.cwd()) for entry in sys.path]))
    for binary in folder.glob("Versions/*/SC2_x64"):
        binary.write_text(SCRIPT.format(python=shlex.quote(sys.executable), path=path))
    if params["fault"] in BOT_FAULTS:
        driver.ChannelBot = {"bot_raises": RaisingBot, "bot_stuck": StuckBot}[params["fault"]]
    return Sc2Session(
        spec.replace(backend_params={"sc2_path": str(folder), "map": "Small.SC2Map", **limits}), SMALL_SCENARIO
    )


def sc2_spec(fault, at, marker, folder, **limits):
    return noop_spec(
        scenario="Small",
        backend="fault_sc2:make_session",
        backend_params={"fault": fault, "at": at, "marker": str(marker), "folder": str(folder), **limits},
        players=(None, "noop"),
        frame_skip=2,
        export_frame=True,
    )


BOT_FAULTS = ("bot_raises", "bot_stuck")


class RaisingBot(driver.ChannelBot):
    """Raises where a user's bot would: in its first step, or in its second."""

    steps = 0

    async def on_step(self, iteration):
        self.steps += 1
        if is_due("reset" if self.steps == 1 else "step"):
            raise ValueError("boom")
        await super().on_step(iteration)


class StuckBot(driver.ChannelBot):
    """Awaits what never comes."""

    steps = 0

    async def on_step(self, iteration):
        self.steps += 1
        if is_due("reset" if self.steps == 1 else "step"):
            await asyncio.Event().wait()
        await super().on_step(iteration)


# --- in the stand-in's process -------------------------------------------------------------------------------------


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def stopped():
    os.kill(os.getpid(), signal.SIGSTOP)


def exits_0():
    os._exit(0)


def slow():
    time.sleep(0.2)


def ignores_sigterm():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    time.sleep(1000)


FAULTS = {function.__name__: function for function in (killed, stopped, exits_0, slow, ignores_sigterm)}


class FaultyConnection(connection.Connection):
    """Suffers in the answer to the first observation (reset) or to the first step."""

    def answer_now(self, data):
        return None  # so that every answer comes from below

    async def answer(self, data):
        kind = connection.sc2api_pb2.Request.FromString(data).WhichOneof("request")
        moment = {"observation": "reset", "step": "step"}.get(kind, "")
        good = await super().answer(data)
        fault = json.loads(os.environ[VARIABLE])["fault"]
        if fault.startswith("bot_") or not moment or not is_due(moment):
            return good
        if fault in FAULTS:
            FAULTS[fault]()
        elif fault == "silent":
            await asyncio.Event().wait()
        elif fault == "closed":
            raise ConnectionResetError("the game hangs up")
        elif fault == "garbage":
            return b"\xff" * 64
        elif fault == "truncated":
            return good[: len(good) // 2]
        elif fault == "no_status":
            return good[:-3]
        elif fault == "says_error":
            return connection.sc2api_pb2.Response(error=["the game is broken"], status=3).SerializeToString()
        return good


class FaultyWorlds(SmallWorlds):
    """The small game; a unit without a type is what python-sc2's start chokes on."""

    def open(self, *arguments, **keywords):
        world = super().open(*arguments, **keywords)
        if json.loads(os.environ[VARIABLE])["fault"] == "bot_start" and is_due("reset"):
            world.__class__ = TypelessWorld
        return world


class TypelessWorld(SmallWorld):
    def view(self, player, *, everything=False):
        view = super().view(player, everything=everything)
        view.units["type"][view.units["owner"] == player] = 0
        return view


def is_due(moment):
    params = json.loads(os.environ[VARIABLE])
    return params["fault"] != "dies_in_startup" and params["at"] == moment and is_first(params["marker"])


def is_first(marker):
    try:
        Path(marker).open("x").close()
    except FileExistsError:
        return False
    return True


def main():
    params = json.loads(os.environ[VARIABLE])
    with Path(params["marker"] + ".servers").open("a") as file:
        file.write(f"{os.getpid()}\n")
    if params["fault"] == "dies_in_startup" and is_first(params["marker"]):
        print("the map cannot be opened", flush=True)
        os._exit(7)
    server.Connection = FaultyConnection
    os.environ["NYDUS_SC2_WORLDS"] = "fault_sc2:FaultyWorlds"
    return executable()
