"""The fault table (`fault_table.py`), played: the right error, in time, and life goes on; then what surrounds it."""

from __future__ import annotations

import os
import signal
import time

import fault_table
import numpy as np
import psutil
import pytest
from fault_game import descendants, fault_spec
from fault_table import BY_NAME, CHANNELS, FAST, IMPOSSIBLE, MOMENTS
from leaks import eventually, is_running, nothing_left

from bridge import errors
from bridge.deadline import Deadline
from bridge.errors import GameCrashedError, GameFailedError
from bridge.pool import GamePool
from bridge.timeouts import Timeouts

START_S = 20.0
HUNG_START_S = 2.0
CALL_S = 0.6
CLOSE_S = 3.0
SLACK_S = 4.0
"""Reaping, a log's tail, and a machine that has other things to do."""

PROMISED_CLOSE_S = 5.0
FRAME_SKIP = 2
SEEDS = np.arange(2, dtype=np.uint64)
ALL = np.ones(2, np.bool_)

FRAMES = {"start": -1, "reset": -1, "step": 0, "idle": FRAME_SKIP}
"""The last frame that was seen when the fault struck."""


def params():
    for cell in fault_table.cells():
        if not cell.impossible:
            yield pytest.param(cell, id=cell.key, marks=() if cell.key in FAST else (pytest.mark.full,))


def test_table_is_the_whole_product_and_what_is_left_out_has_a_reason():
    keys = [cell.key for cell in fault_table.cells()]

    assert len(keys) == len(set(keys)) == len(BY_NAME) * len(MOMENTS) * len(CHANNELS)
    assert set(keys) >= FAST
    assert {"raises", "killed", "stopped", "silent", "garbage", "truncated", "slow", "ignores_sigterm"} <= set(BY_NAME)
    assert {"dies_in_startup", "exits_0", "fills_log"} <= set(BY_NAME)
    assert all(reason and fault in BY_NAME and moment in MOMENTS for (fault, moment), reason in IMPOSSIBLE.items())
    assert len(IMPOSSIBLE) * len(CHANNELS) < 0.05 * len(keys)


def open_pool(cell, marker, start_s=START_S):
    fault = cell.fault
    timeouts = Timeouts(start_s=start_s, reset_s=START_S, step_s=patience_with(fault), close_s=CLOSE_S, rest_s=0.05)
    return GamePool(fault_spec(fault.name, cell.moment, marker), num_games=2, channel=cell.channel, timeouts=timeouts)


def patience_with(fault):
    """The deadline that a hang must run into is short; no other fault may be mistaken for one on a busy machine."""
    return CALL_S if fault.is_hang else START_S


def check_error(error, cell):
    fault = cell.fault
    kind = getattr(errors, fault.error)
    assert type(error) is kind
    assert error.game.startswith("toy#0")
    assert error.pid > 0
    assert not is_running(error.pid)
    assert error.frame == FRAMES.get(cell.moment if fault.name != "dies_in_startup" else "start", -1)
    with pytest.raises(kind, match=fault.text):
        raise error
    assert fault.remote in error.remote_traceback
    assert bool(error.remote_traceback) is bool(fault.remote)
    assert fault.log in error.log_tail
    assert len(error.log_tail) <= 4000
    assert error.headline in str(error)
    assert "\n" not in error.headline


@pytest.mark.parametrize("cell", list(params()))
def test_fault_is_reported_in_time_and_survived(cell, tmp_path):
    with nothing_left():
        play_cell(cell, tmp_path / "happened")


def play_cell(cell, marker):
    """In a function of its own: while its frame lives, the pool's arrays hold their memory."""
    if cell.moment == "start" and cell.fault.error:
        limit_s = HUNG_START_S if cell.fault.is_hang else START_S
        began = time.monotonic()
        with pytest.raises(getattr(errors, cell.fault.error)) as caught:
            open_pool(cell, marker, limit_s)
        assert time.monotonic() - began < limit_s + CLOSE_S + SLACK_S
        check_error(caught.value, cell)
    with open_pool(cell, marker) as pool:
        if cell.fault.name == "dies_in_startup" and cell.moment != "start":
            survive_bad_restart(pool, cell)
        else:
            survive(pool, cell, marker)
        close_in_time(pool)
        pool.close()
        assert marker.exists()
        assert not any(is_running(pid) for pid in pool.pids)


def close_in_time(pool):
    began = time.monotonic()
    pool.close()
    assert time.monotonic() - began < CLOSE_S + 1.0 < PROMISED_CLOSE_S


def step_within(pool, seconds):
    pool.send_step()
    pool.wait(Deadline.after(seconds))


def survive(pool, cell, marker):
    fault, moment = cell.fault, cell.moment
    if not fault.error or moment in ("start", "close"):
        pool.reset(seeds=SEEDS)
        for _ in range(3):
            step_within(pool, START_S)
            if moment == "idle":
                assert eventually(lambda: marker.with_name(f"{marker.name}.effect").exists())
        assert pool.arrays["observation/clock"].tolist() == [3 * FRAME_SKIP] * 2
        return
    patience_s = patience_with(fault)
    began = time.monotonic()
    with pytest.raises(GameFailedError) as caught:  # noqa: PT012 - whichever of these calls it is
        pool.send_reset(ALL, SEEDS)
        pool.wait(Deadline.after(patience_s if moment == "reset" else START_S))
        began = time.monotonic()
        step_within(pool, patience_s if moment == "step" else START_S)
        assert moment == "idle"
        assert eventually(lambda: marker.with_name(f"{marker.name}.effect").exists())
        if fault.name in ("raises", "killed", "exits_0", "fills_log"):
            assert eventually(lambda: not is_running(pool.pids[0]))
        began = time.monotonic()
        step_within(pool, patience_s)
    assert time.monotonic() - began < patience_s + SLACK_S
    check_error(caught.value, cell)
    assert pool.failed.all()
    assert pool.failure(0) is caught.value
    assert pool.failure_log.total == 1
    assert pool.arrays["truncated"].all()
    assert not pool.arrays["terminated"].any()
    assert not pool.arrays["reward"].any()
    with pytest.raises(type(caught.value)):  # the channel is not reused: no late answer is taken for this one's
        pool._parts[0].wait(Deadline.after(1.0))

    pool.reset()

    check_life_goes_on(pool, caught.value)


def check_life_goes_on(pool, error):
    assert not pool.failed.any()
    assert pool.failure(0) is None
    assert not is_running(error.pid)
    step_within(pool, START_S)
    assert pool.arrays["observation/clock"].tolist() == [FRAME_SKIP] * 2


def survive_bad_restart(pool, cell):
    """The process is killed from outside; the one that is to replace it dies in its start-up."""
    pool.reset(seeds=SEEDS)
    os.kill(pool.pids[0], signal.SIGKILL)
    with pytest.raises(GameCrashedError, match="killed by SIGKILL"):
        step_within(pool, START_S)
    if cell.moment == "reset":
        with pytest.raises(GameCrashedError) as caught:
            pool.reset()
        check_error(caught.value, cell)
    else:
        assert not pool.revive(ALL).any()  # launched, not waited for
        assert is_running(pool.pids[0])
        if cell.moment == "close":
            return
        if cell.moment == "idle":
            assert eventually(lambda: not is_running(pool.pids[0]))
        assert eventually(lambda: not pool.revive(ALL).any() and pool.failure_log.total == 2, START_S)
        check_error(pool.failure(0), cell)
    error = pool.failure(0)

    assert pool.revive(ALL, wait_s=START_S).all()

    assert pool.failure_log.restarts == 1
    check_life_goes_on(pool, error)


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
        assert eventually(lambda pid=pid: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    began = time.monotonic()

    pool.close()

    assert time.monotonic() - began < CLOSE_S + 1.0
    assert not any(map(is_running, pool.pids))


@pytest.mark.parametrize("fault", ["none", "killed", "stuck"])
def test_what_a_game_has_started_goes_with_it(fault, tmp_path):
    (tmp_path / "family").mkdir()
    spec = fault_spec(fault, "step", tmp_path / "happened", params={"family": str(tmp_path / "family")})
    if fault == "none":
        spec = spec.replace(backend_params={**spec.backend_params, "at": "never"})
    with nothing_left():
        lose_or_close(spec, tmp_path / "family", is_lost=fault != "none")


def lose_or_close(spec, folder, is_lost):
    timeouts = Timeouts(start_s=START_S, step_s=CALL_S, close_s=CLOSE_S)
    with GamePool(spec, channel="shm", timeouts=timeouts) as pool:
        pool.reset()
        family = descendants(folder)
        assert len(family) == 2
        assert all(map(is_running, family))
        if is_lost:
            with pytest.raises(GameFailedError):
                pool.step()
            assert eventually(lambda: not any(map(is_running, family)), 2.0)
    assert eventually(lambda: not any(map(is_running, family)), 2.0)
