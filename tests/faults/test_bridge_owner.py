"""No game outlives its trainer, however the trainer ends; what a game has started goes with it."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from leaks import eventually, exists_in_shm, is_running
from patience import SOON_S, at_most_s

SCRIPT = Path(__file__).parent / "trainer_script.py"
GONE_S = at_most_s(2.0)
"""The promise is two seconds: no orphan after this time."""


def start_trainer(channel, ending, folder):
    trainer = subprocess.Popen(
        [sys.executable, str(SCRIPT), channel, ending, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = trainer.stdout.readline()
    if not line.startswith("ready"):
        raise AssertionError(line + trainer.stderr.read())
    forked, *games = map(int, line.split()[1:])
    assert len(games) == 2 + 2 * 2, "two games, each with a child and a grandchild"
    return trainer, forked, games


def finish(trainer):
    out, err = trainer.communicate("go\n", timeout=SOON_S)
    return out + err


ENDINGS = [
    ("exit", None),
    ("exception", None),
    ("os_exit", None),
    ("crash", None),
    *(("runs", number) for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGHUP, signal.SIGSEGV, signal.SIGABRT)),
    ("sigint", signal.SIGINT),
    ("stopped_game", signal.SIGKILL),
    ("stuck_game", signal.SIGKILL),
    ("forked", signal.SIGKILL),
]
FAST = [("exit", None, "shm"), ("os_exit", None, "shm"), ("runs", signal.SIGKILL, "queue")]
FAST += [("runs", signal.SIGSEGV, "shm"), ("sigint", signal.SIGINT, "shm"), ("stuck_game", signal.SIGKILL, "shm")]


def cases():
    for (ending, number), channel in itertools.product(ENDINGS, ("shm", "queue")):
        marks = () if (ending, number, channel) in FAST else (pytest.mark.full,)
        name = ending if number is None else f"{ending}-{number.name}"
        yield pytest.param(ending, number, channel, id=f"{name}-{channel}", marks=marks)


@pytest.mark.parametrize(("ending", "number", "channel"), list(cases()))
def test_trainer_ends_and_nothing_it_started_is_left(ending, number, channel, tmp_path):
    trainer, forked, pids = start_trainer(channel, ending, tmp_path)
    try:
        if ending in ("stopped_game", "stuck_game"):
            assert eventually(lambda: (tmp_path / "marker").exists())
            time.sleep(0.2)  # the marker is written just before the fault takes effect
        assert all(is_running(pid) for pid in pids)
        if number is not None:
            trainer.send_signal(number)

        output = finish(trainer) if not forked else trainer.wait(SOON_S)

        assert eventually(lambda: not any(is_running(pid) for pid in pids), GONE_S), output
        names = (tmp_path / "semaphores").read_text().split()
        assert bool(names) is (channel == "queue")
        if not forked:  # the fork keeps multiprocessing's resource tracker waiting, which removes the queues' names
            assert eventually(lambda: not exists_in_shm(names))
        if ending == "sigint":
            assert "KeyboardInterrupt" in output
    finally:
        for pid in [*pids, trainer.pid, *([forked] if forked else [])]:
            if is_running(pid):
                os.kill(pid, signal.SIGKILL)
        trainer.stdin.close()
        trainer.stdout.close()
        trainer.stderr.close()
        trainer.wait()


def test_thread_that_spawned_the_games_may_end_without_killing_them(tmp_path):
    trainer, _, pids = start_trainer("shm", "thread", tmp_path)

    output = finish(trainer)

    assert "alive" in output
    assert trainer.returncode == 0
    assert eventually(lambda: not any(is_running(pid) for pid in pids), GONE_S)
