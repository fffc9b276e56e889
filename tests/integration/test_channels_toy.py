"""The three channels give the same bytes, however the games are spread over processes; nothing is left behind."""

from __future__ import annotations

import hashlib
import time

import numpy as np
import pytest
from leaks import descriptors, eventually, nothing_left
from toy_game import toy_spec

from bridge.deadline import Deadline
from bridge.errors import ConfigError
from bridge.game.requests import Request
from bridge.noop import noop_spec
from bridge.pool import GamePool
from bridge.timeouts import Timeouts

NUM_GAMES = 8
EPISODES = 50
SPREADS = [("local", 2), ("shm", 1), ("shm", 4), ("shm", 8), ("queue", 1), ("queue", 4)]
FEW = [("local", 2), ("shm", 2), ("queue", 2)]
"""Enough where only the game's own part differs."""


def trajectory(channel, num_processes, autoreset, num_seats=1):
    """Play masked random actions until `EPISODES` ended; return the digest of every array of every step."""
    digest = hashlib.sha256()
    random = np.random.default_rng(11)
    players = (None,) * num_seats + ("noop",) * (2 - num_seats)
    spec = toy_spec(autoreset=autoreset, players=players, export_frame=True)
    with GamePool(spec, num_games=NUM_GAMES, num_processes=num_processes, channel=channel) as pool:
        arrays = pool.arrays
        pool.reset(seeds=np.arange(pool.rows, dtype=np.uint64))
        episodes = 0
        while episodes < EPISODES:
            ended = arrays["terminated"] | arrays["truncated"]
            if autoreset == "disabled" and ended.any():
                pool.reset(ended)
            scores = random.random(arrays["action_mask"].shape) * arrays["action_mask"]
            arrays["action"][:, 0] = scores.argmax(axis=1)
            arrays["action"][:, 1] = random.integers(0, 2, pool.rows)
            pool.step()
            episodes += int((arrays["terminated"] | arrays["truncated"]).sum())
            for name, array in arrays.items():
                if not name.startswith("control/"):
                    digest.update(name.encode() + array.tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize(("autoreset", "spreads"), [("same_step", SPREADS), ("next_step", FEW), ("disabled", FEW)])
def test_every_channel_and_spread_gives_the_same_bytes(autoreset, spreads):
    with nothing_left():
        expected = trajectory("local", 1, autoreset)
        found = {spread: trajectory(*spread, autoreset) for spread in spreads}

    assert found == dict.fromkeys(spreads, expected)


def test_two_seats_give_the_same_bytes_on_every_channel():
    expected = trajectory("local", 1, "same_step", num_seats=2)

    assert trajectory("shm", 2, "same_step", num_seats=2) == expected
    assert trajectory("queue", 2, "same_step", num_seats=2) == expected
    assert trajectory("local", 1, "same_step") != expected


@pytest.mark.parametrize("channel", ["shm", "queue"])
def test_session_that_waits_gives_the_same_bytes_and_its_loop_goes_on_between_steps(channel):
    specs = toy_spec(autoreset="same_step"), toy_spec(backend="toy_game:make_waiting_session", export_frame=True)
    with (
        GamePool(specs[0], num_games=2, channel="local") as plain,
        GamePool(specs[1], num_games=2, channel=channel) as waiting,
    ):
        for pool in (plain, waiting):
            pool.reset(seeds=np.arange(2, dtype=np.uint64))
            for _ in range(60):
                pool.arrays["action"][:] = [[3, 1]]
                pool.step()
        for name, array in plain.arrays.items():
            assert np.array_equal(array, waiting.arrays[name]), name
        beats = int(waiting.arrays["frame/minerals"][0])
        time.sleep(0.3)
        waiting.step()
        assert int(waiting.arrays["frame/minerals"][0]) > beats + 5


def test_local_channel_refuses_a_session_that_waits():
    with pytest.raises(ConfigError, match="this game waits for another process; allowed: 'shm' or 'queue'"):
        GamePool(toy_spec(backend="toy_game:make_waiting_session"), channel="local")


@pytest.mark.parametrize("channel", ["shm", "queue"])
def test_turns_out_of_order_are_refused_and_break_nothing(channel):
    with GamePool(noop_spec(), channel=channel) as pool:
        pool.reset()
        part = pool._parts[0]

        with pytest.raises(RuntimeError, match="ANSWERED in IDLE"):
            part.wait(Deadline.after(1.0))
        part.send(Request.STEP)
        with pytest.raises(RuntimeError, match="SENT in WAITING"):
            part.send(Request.STEP)
        part.wait(Deadline.after(10.0))

        pool.step()


@pytest.mark.parametrize("channel", ["shm", "queue"])
def test_games_that_are_opened_and_closed_again_leave_nothing(channel):
    with nothing_left():
        open_and_close(channel, 2)
        used = len(descriptors())
        open_and_close(channel, 2)
        assert eventually(lambda: len(descriptors()) <= used)  # a queue's feeder thread closes its end a little later


def open_and_close(channel, times):
    for _ in range(times):
        with GamePool(noop_spec(), num_games=2, num_processes=2, channel=channel) as pool:
            pool.reset()
            pool.step()


def test_pool_that_is_forgotten_is_closed_with_its_last_reference():
    with nothing_left():
        pool = GamePool(noop_spec(), channel="shm", timeouts=Timeouts(close_s=2.0))
        pool.reset()
        del pool


def test_log_folder_keeps_each_processes_output(tmp_path):
    spec = toy_spec(backend="chatty_game:make_session")
    (tmp_path / "chatty_game.py").write_text(
        "import toy_game\n\n\ndef make_session(spec):\n    print('hello log')\n    return toy_game.make_session(spec)\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        with GamePool(spec, num_games=2, num_processes=2, channel="shm", log_folder=tmp_path / "logs") as pool:
            pool.reset()

    logs = {path.name: path.read_text() for path in (tmp_path / "logs").iterdir()}
    assert logs == {"toy#0.log": "hello log\n", "toy#1.log": "hello log\n"}
