"""A trainer that starts games, says where they are, and then ends in one of the ways that trainers end.

usage: trainer_script.py CHANNEL ENDING FOLDER       (no `if __name__` guard, as users write it)
"""

import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path

here = Path(__file__).parent
sys.path[:0] = [str(here), str(here.parent / "support")]

import numpy as np  # noqa: E402
from fault_game import descendants, fault_spec  # noqa: E402
from leaks import recorded_semaphores  # noqa: E402

from bridge.pool import GamePool  # noqa: E402

# A shell starts what runs in its background with SIGINT ignored, `nohup` with SIGHUP; that is handed down to us.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
channel, ending, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
fault = {"stopped_game": "stopped", "stuck_game": "holds_the_lock"}.get(ending, "killed")
moment = "idle" if ending == "stopped_game" else "step" if ending == "stuck_game" else "never"
spec = fault_spec(fault, moment, folder / "marker", params={"family": str(folder / "family")})
(folder / "family").mkdir()
pools = []


def open_pool():
    with recorded_semaphores() as names:
        pools.append(GamePool(spec, num_games=2, num_processes=2, channel=channel))
    (folder / "semaphores").write_text("\n".join(names))


if ending == "thread":
    thread = threading.Thread(target=open_pool)
    thread.start()
    thread.join()
else:
    open_pool()
pool = pools[0]
pool.reset(seeds=np.arange(2, dtype=np.uint64))
pool.step() if ending != "stuck_game" else pool.send_step()
forked = 0
if ending == "forked":
    forked = os.fork()  # a data loader's worker: it inherits the liveness pipe and stays
    if not forked:
        time.sleep(60)
        os._exit(0)
print("ready", forked, *pool.pids, *descendants(folder / "family"), flush=True)
if ending in ("exit", "exception", "os_exit", "crash"):
    sys.stdin.readline()
if ending == "exit":
    sys.exit(3)
if ending == "exception":
    raise RuntimeError("the trainer's own")
if ending == "crash":
    ctypes.string_at(0)  # a segmentation fault of its own
if ending == "os_exit":
    os._exit(4)
if ending == "thread":
    time.sleep(1.0)
    pool.step()
    print("alive", flush=True)
    sys.exit(0)
if ending == "sigint":
    signal.signal(signal.SIGINT, signal.default_int_handler)
while True:
    if ending in ("stopped_game", "stuck_game", "forked"):
        time.sleep(0.1)
    else:
        pool.step()
