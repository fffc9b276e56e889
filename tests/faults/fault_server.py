"""A game whose session plays on the embedded TorchCraft server, and that server with one planted fault."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from bridge.noop import noop_spec
from bridge.torchcraft import serve, server, server_process
from bridge.torchcraft.codec import decode_client
from bridge.torchcraft.messages import HandshakeClient
from bridge.torchcraft.session import TorchCraftSession

VARIABLE = "NYDUS_FAULT_SERVER"
"""Environment variable that hands the fault to the server's process."""


# --- in the game process -------------------------------------------------------------------------------------------


def make_session(spec):
    params = dict(spec.backend_params)
    limits = {name: params.pop(name) for name in ("start_s", "answer_s")}
    os.environ[VARIABLE] = json.dumps(params)
    server_process._BOOTSTRAP = server_process._BOOTSTRAP.replace("bridge.torchcraft.serve", "fault_server")
    return TorchCraftSession.from_spec(spec.replace(backend_params=limits))


def server_spec(fault, at, marker, **limits):
    return noop_spec(
        scenario="m5v5_c_far",
        backend="fault_server:make_session",
        backend_params={"fault": fault, "at": at, "marker": str(marker), **limits},
        players=(None, "noop"),
        frame_skip=2,
        export_frame=True,
    )


# --- in the server's process ---------------------------------------------------------------------------------------


def raises():
    raise ValueError("boom")


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def stopped():
    os.kill(os.getpid(), signal.SIGSTOP)


def silent():
    time.sleep(1000)


def exits_0():
    os._exit(0)


def ignores_sigterm():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    time.sleep(1000)


def slow():
    time.sleep(0.2)


def fills_log():
    for _ in range(300):
        os.write(2, b"noise " * 10_000 + b"\n")
    print("the last line", flush=True)
    raise ValueError("boom")


FAULTS = {
    function.__name__: function
    for function in (raises, killed, stopped, silent, exits_0, ignores_sigterm, slow, fills_log)
}
"""`garbage` and `truncated` are answers, and `dies_in_startup` is where it happens."""


class FaultyTable(server._Table):
    """The server's sockets; counts what the client says."""

    commands = 0
    spoil = ""

    def _take(self, seat, client, data):
        if isinstance(decode_client(data)[0], HandshakeClient):
            self.commands = 0
            moment = "reset"
        else:
            self.commands += 1
            moment = "step" if self.commands == 2 else ""  # the first one sets up the match
        if moment and is_due(moment):
            suffer(self)
        super()._take(seat, client, data)
        if moment == "step" and (is_due("idle") or is_due("close")):
            signal.signal(signal.SIGALRM, lambda *_: suffer_idle(self))
            signal.setitimer(signal.ITIMER_REAL, 0.05)

    def _send(self, seat, client, data):
        if self.spoil:
            data = b"\xff" * 64 if self.spoil == "garbage" else data[: len(data) // 2]
            self.spoil = ""
        super()._send(seat, client, data)


def is_due(moment):
    params = json.loads(os.environ[VARIABLE])
    return params["fault"] != "dies_in_startup" and params["at"] == moment and is_first(params["marker"])


def is_first(marker):
    try:
        Path(marker).open("x").close()
    except FileExistsError:
        return False
    return True


def suffer(table):
    fault = json.loads(os.environ[VARIABLE])["fault"]
    if fault in FAULTS:
        FAULTS[fault]()
    else:
        table.spoil = fault


def suffer_idle(table):
    Path(json.loads(os.environ[VARIABLE])["marker"] + ".effect").touch()
    suffer(table)


def main(argv):
    params = json.loads(os.environ[VARIABLE])
    with Path(params["marker"] + ".servers").open("a") as file:
        file.write(f"{os.getpid()}\n")
    server._Table = FaultyTable
    if params["fault"] == "dies_in_startup":
        # At "start" the first server dies, otherwise the one that is started after the first game was lost.
        is_second = not is_first(params["marker"] + ".launched")
        if (is_second or params["at"] == "start") and is_first(params["marker"]):
            print("the map cannot be opened", flush=True)
            os._exit(7)
    elif is_due("start"):
        FAULTS[params["fault"]]()
    return serve.main(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
