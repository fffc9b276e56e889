"""The fault table: what goes wrong × when × on which channel → the right error, in time, and life goes on.

The unmarked cells are a fast subset; `-m full` runs the whole product.
"""

from __future__ import annotations

import itertools
import os
import signal
import time

import numpy as np
import psutil
import pytest
from fault_game import fault_spec
from leaks import eventually, is_running, nothing_left

from bridge.deadline import Deadline
from bridge.errors import GameCrashedError, GameFailedError, GameProtocolError, GameTimeoutError
from bridge.pool import GamePool
from bridge.timeouts import Timeouts

HANGS = (GameTimeoutError, r"no answer to \w+ within .* s; the process is")
EXPECTED = {
    "raises": (GameCrashedError, "ValueError: boom"),
    "killed": (GameCrashedError, "killed by SIGKILL"),
    "stopped": (GameTimeoutError, "the process is stopped"),
    "silent": HANGS,
    "stuck": HANGS,
    "holds_the_lock": HANGS,
    "truncated": HANGS,
    "ignores_sigterm": HANGS,
    "exits_0": (GameCrashedError, "exited with status 0"),
    "fills_log": (GameCrashedError, "ValueError: boom"),
    "garbage_on_socket": (GameProtocolError, "a message of 4294967295 bytes; allowed: at most"),
    "garbage_answer": (GameProtocolError, "answer 0xdeadbeef to request|a reply that is none"),
    "slow": (None, ""),
}
MOMENTS = ("start", "reset", "step", "idle", "close")
CHANNELS = ("shm", "queue")
HUNG = {"stopped", "silent", "stuck", "holds_the_lock", "truncated", "ignores_sigterm"}

START_S = 20.0
HUNG_START_S = 3.0
CALL_S = 1.0
CLOSE_S = 2.0
SLACK_S = 4.0
"""Reaping, a log's tail, and a machine that has other things to do."""

FAST = (
    {(fault, "step", "shm") for fault in EXPECTED}
    | {(fault, "step", "queue") for fault in ("raises", "killed", "silent", "truncated", "garbage_answer")}
    | {("raises", "start", "shm"), ("exits_0", "start", "queue"), ("stopped", "start", "shm")}
    | {("killed", "reset", "shm"), ("killed", "idle", "shm"), ("killed", "idle", "queue")}
    | {("ignores_sigterm", "close", "shm"), ("stopped", "close", "queue")}
)


def cells():
    for fault, moment, channel in itertools.product(EXPECTED, MOMENTS, CHANNELS):
        if fault in ("garbage_answer", "truncated") and moment in ("start", "idle"):
            continue  # there is no answer of the channel's to spoil
        if fault == "silent" and moment == "idle":
            continue  # an idle game is silent
        if moment == "idle" and fault == "garbage_on_socket":
            continue  # read when the trainer next sleeps; the answers of this game come in time
        if moment == "idle" and fault in ("raises", "fills_log", "slow", "ignores_sigterm", "stuck", "holds_the_lock"):
            continue  # happens to a thread beside the game, which plays on
        marks = () if (fault, moment, channel) in FAST else (pytest.mark.full,)
        yield pytest.param(fault, moment, channel, id=f"{fault}-{moment}-{channel}", marks=marks)


def open_pool(fault, moment, channel, marker):
    start_s = HUNG_START_S if moment == "start" and fault in HUNG else START_S
    timeouts = Timeouts(start_s=start_s, reset_s=START_S, step_s=patience_with(fault), close_s=CLOSE_S)
    return GamePool(fault_spec(fault, moment, marker), num_games=2, channel=channel, timeouts=timeouts)


def patience_with(fault):
    """The deadline that a hang must run into is short; no other fault may be mistaken for one on a busy machine."""
    return CALL_S if fault in HUNG else START_S


def check_error(error, fault, pid_is_known=True):
    kind, text = EXPECTED[fault]
    assert type(error) is kind
    assert error.game.startswith("toy#0")
    assert (error.pid > 0) is pid_is_known
    assert not is_running(error.pid)
    with pytest.raises(kind, match=text):
        raise error
    if fault == "raises":
        assert 'raise ValueError("boom")' in error.remote_traceback
        assert "ValueError: boom" in error.log_tail
    if fault == "fills_log":
        assert "the last line" in error.log_tail
        assert len(error.log_tail) <= 4000


@pytest.mark.parametrize(("fault", "moment", "channel"), list(cells()))
def test_fault_at_moment_is_reported_in_time_and_survived(fault, moment, channel, tmp_path):
    with nothing_left():
        play_cell(fault, moment, channel, tmp_path / "happened")


def play_cell(fault, moment, channel, marker):
    """In a function of its own: while its frame lives, the pool's arrays hold their memory."""
    if moment == "start" and fault != "slow":
        began = time.monotonic()
        with pytest.raises(EXPECTED[fault][0]) as caught:
            open_pool(fault, moment, channel, marker)
        limit_s = HUNG_START_S if fault in HUNG else START_S
        assert time.monotonic() - began < limit_s + CLOSE_S + SLACK_S
        check_error(caught.value, fault)
    with open_pool(fault, moment, channel, marker) as pool:
        survive(pool, fault, moment)
        assert marker.exists()
        began = time.monotonic()
        pool.close()
        assert time.monotonic() - began < CLOSE_S + 1.0
        pool.close()
        assert not any(is_running(pid) for pid in pool.pids)


def step_within(pool, seconds):
    pool.send_step()
    pool.wait(Deadline.after(seconds))


def survive(pool, fault, moment):
    seeds = np.arange(2, dtype=np.uint64)
    if fault == "slow" or moment in ("start", "close"):
        pool.reset(seeds=seeds)
        step_within(pool, START_S)
        if moment == "close":  # the marker is written by close: do it here, bounded
            began = time.monotonic()
            pool.close()
            assert time.monotonic() - began < CLOSE_S + 1.0
        return
    patience_s = patience_with(fault)
    began = time.monotonic()
    with pytest.raises(GameFailedError) as caught:  # noqa: PT012 - whichever of these calls it is
        pool.send_reset(np.ones(2, np.bool_), seeds)
        pool.wait(Deadline.after(patience_s if moment == "reset" else START_S))
        began = time.monotonic()
        step_within(pool, patience_s if moment == "step" else START_S)
        assert moment == "idle"
        assert eventually(lambda: not is_running(pool.pids[0]) or fault_in_effect(pool.pids[0], fault))
        began = time.monotonic()
        step_within(pool, patience_s)
    assert time.monotonic() - began < patience_s + SLACK_S
    check_error(caught.value, fault)
    assert pool.failed.all()
    assert pool.failure(0) is caught.value
    assert pool.failure_log.total == 1
    assert pool.arrays["truncated"].all()
    assert not pool.arrays["terminated"].any()
    assert not pool.arrays["reward"].any()
    with pytest.raises(type(caught.value)):  # the channel is not reused: no late answer is taken for this one's
        pool._parts[0].wait(Deadline.after(1.0))

    pool.reset()

    assert not pool.failed.any()
    assert pool.failure(0) is None
    assert not is_running(caught.value.pid)
    step_within(pool, START_S)
    assert pool.arrays["observation/clock"].tolist() == [2, 2]


def fault_in_effect(pid, fault):
    if fault == "stopped":
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED
    return False


def test_failing_process_leaves_the_rows_of_the_others_alone(tmp_path):
    with nothing_left():
        lose_one_of_three(fault_spec("killed", "step", tmp_path / "happened"))


def lose_one_of_three(spec):
    timeouts = Timeouts(start_s=START_S, close_s=CLOSE_S)
    with GamePool(spec, num_games=6, num_processes=3, channel="shm", timeouts=timeouts) as pool:
        pool.reset(seeds=np.arange(6, dtype=np.uint64))
        pids = pool.pids

        with pytest.raises(GameCrashedError):
            pool.step()

        lost = pool.failed.copy()
        assert lost.sum() == 2
        assert (pool.arrays["observation/clock"][~lost] == 2).all()
        assert not pool.arrays["truncated"][~lost].any()
        pool.step()  # the others go on without the lost rows
        assert (pool.arrays["observation/clock"][~lost] == 4).all()
        pool.restart()
        assert (pool.arrays["observation/clock"] == np.where(lost, 0, 4)).all()
        assert pool.arrays["episode/number"].tolist() == np.where(lost, 1, 0).tolist()
        is_kept = [old == new for old, new in zip(pids, pool.pids, strict=True)]
        assert is_kept == [not lost[2 * index] for index in range(3)]


def test_hanging_processes_are_closed_side_by_side_within_the_bound(tmp_path):
    with nothing_left():
        close_three_stopped(fault_spec("killed", "never", tmp_path / "happened"))


def close_three_stopped(spec):
    timeouts = Timeouts(start_s=START_S, close_s=CLOSE_S)
    pool = GamePool(spec, num_games=3, num_processes=3, channel="shm", timeouts=timeouts)
    for pid in pool.pids:
        os.kill(pid, signal.SIGSTOP)
        assert eventually(lambda pid=pid: fault_in_effect(pid, "stopped"))
    began = time.monotonic()

    pool.close()

    assert time.monotonic() - began < CLOSE_S + 1.0
    assert not any(map(is_running, pool.pids))


@pytest.mark.parametrize("fault", ["none", "killed", "stuck"])
def test_what_a_game_has_started_goes_with_it(fault, tmp_path):
    spec = fault_spec(fault, "step", tmp_path / "happened", params={"child": str(tmp_path / "child")})
    if fault == "none":
        spec = spec.replace(backend_params={**spec.backend_params, "at": "never"})
    with nothing_left():
        lose_or_close(spec, tmp_path / "child", is_lost=fault != "none")


def lose_or_close(spec, child_file, is_lost):
    timeouts = Timeouts(start_s=START_S, step_s=CALL_S, close_s=CLOSE_S)
    with GamePool(spec, channel="shm", timeouts=timeouts) as pool:
        pool.reset()
        child = int(child_file.read_text())
        assert is_running(child)
        if is_lost:
            with pytest.raises(GameFailedError):
                pool.step()
            assert eventually(lambda: not is_running(child), 2.0)
    assert eventually(lambda: not is_running(child), 2.0)
