"""Opening, losing and closing games a thousand times leaves nothing; training goes on while games are struck."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from leaks import nothing_left
from toy_game import toy_spec

from bridge.errors import GameCrashedError
from bridge.noop import noop_spec
from bridge.pool import GamePool
from bridge.spec import make_session
from bridge.timeouts import Timeouts

ROOT = Path(__file__).resolve().parents[2]
TIMEOUTS = Timeouts(start_s=60.0, rest_s=0.001, max_rest_s=0.001)
MAX_GROWTH = 0.05


def cycle(channel):
    with GamePool(toy_spec(), num_games=2, channel=channel, timeouts=TIMEOUTS) as pool:
        pool.reset(seeds=np.arange(2, dtype=np.uint64))
        pool.step()


def lose_and_restart(pool):
    os.kill(pool.pids[0], signal.SIGKILL)
    with pytest.raises(GameCrashedError, match="killed by SIGKILL"):
        pool.step()
    assert pool.revive(np.ones(pool.rows, np.bool_), wait_s=60.0).all()
    pool.step()


def memory():
    return psutil.Process().memory_info().rss


def settled(is_so):
    for _ in range(100):
        if is_so():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(
    ("channel", "count"),
    [
        ("shm", 5),
        pytest.param("shm", 1000, marks=[pytest.mark.full, pytest.mark.timeout(1800)]),
        pytest.param("queue", 100, marks=[pytest.mark.full, pytest.mark.timeout(600)]),
    ],
)
def test_games_opened_and_closed_again_and_again_leave_nothing(channel, count):
    for _ in range(3):
        cycle(channel)
    before = memory()

    with nothing_left():
        for _ in range(count):
            cycle(channel)

    assert memory() < before * (1 + MAX_GROWTH)


@pytest.mark.full
@pytest.mark.timeout(300)
def test_servers_launched_and_ended_again_and_again_leave_nothing():
    serve_once()  # what is loaded once stays
    before = memory()

    with nothing_left():
        for _ in range(20):
            serve_once()

    assert memory() < before * (1 + MAX_GROWTH)


def serve_once():
    """In this process, so that sockets and server are this one's to leave behind."""
    spec = noop_spec(scenario="m5v5_c_far", backend="torchcraft", players=(None, "noop"), num_games=2)
    asyncio.run(begin(make_session(spec)))


async def begin(session):
    try:
        await session.start(np.ones(session.rows, np.bool_), np.arange(session.rows, dtype=np.uint64))
    finally:
        await session.close()


@pytest.mark.parametrize(
    ("channel", "count"),
    [
        ("shm", 5),
        pytest.param("shm", 100, marks=[pytest.mark.full, pytest.mark.timeout(600)]),
        pytest.param("queue", 100, marks=[pytest.mark.full, pytest.mark.timeout(600)]),
    ],
)
def test_games_lost_again_and_again_leave_nothing(channel, count):
    with nothing_left():
        crash_often(channel, count)


def crash_often(channel, count):
    with GamePool(toy_spec(), num_games=2, channel=channel, timeouts=TIMEOUTS) as pool:
        pool.reset(seeds=np.arange(2, dtype=np.uint64))
        for _ in range(3):
            lose_and_restart(pool)
        before = memory(), psutil.Process().num_fds(), psutil.Process().num_threads()
        for _ in range(count):
            lose_and_restart(pool)

        # Threads of the last games, and what they hold, may be about to end.
        assert settled(lambda: psutil.Process().num_threads() <= before[2])
        assert settled(lambda: psutil.Process().num_fds() <= before[1])
        assert memory() < before[0] * (1 + MAX_GROWTH)
        assert pool.failure_log.total == pool.failure_log.restarts == count + 3
        assert pool.arrays["episode/number"].tolist() == [count + 3] * 2


@pytest.mark.full
@pytest.mark.timeout(300)
def test_short_soak_holds_every_promise(tmp_path):
    out = tmp_path / "soak.json"
    command = [sys.executable, "-m", "benchmarks.soak", "0.5", "--processes", "4", "--rows", "8", "--every-s", "1.5"]

    done = subprocess.run([*command, "--out", str(out)], cwd=ROOT, capture_output=True, text=True, timeout=280)

    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(out.read_text())
    assert all(result["checks"].values())
    assert sum(result["accounts"].values()) == result["trainer_steps"] > 0
    assert result["failures"]["total"] > 0
