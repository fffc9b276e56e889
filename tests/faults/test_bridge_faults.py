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
from fault_server import server_spec
from fault_table import CHANNELS, FAST, FAULTS, IMPOSSIBLE, MOMENTS, SERVER, SERVER_FAULTS, SERVER_IMPOSSIBLE
from leaks import eventually, is_running, nothing_left
from patience import at_most_s

from bridge import errors
from bridge.deadline import Deadline
from bridge.errors import GameCrashedError, GameFailedError
from bridge.pool import GamePool
from bridge.timeouts import Timeouts

START_S = 60.0
HUNG_START_S = 5.0
"""Long enough for a game to get as far as its fault."""

ANSWER_S = 2.0
LAUNCH_S = 90.0
SERVER_S = 200.0
"""For a game whose server has to load the engine."""

UNHURRIED_S = 90.0
"""A server's answer where an end must be noticed instead of waited for; longer than the test allows."""

CALL_S = 0.6
CLOSE_S = 3.0
SLACK_S = 15.0
"""Reaping, a log's tail, and a machine that has other things to do; still far below `START_S`."""

FRAME_SKIP = 2
SEEDS = np.arange(2, dtype=np.uint64)

FRAMES = {"start": -1, "reset": -1, "step": 0, "idle": FRAME_SKIP}
"""The last frame that was seen when the fault struck."""


@pytest.fixture(scope="session")
def compiled():
    """Let the server's cells find their kernels compiled: their deadlines are not made for that minute."""
    spec = server_spec("none", "never", "").replace(backend="torchcraft", backend_params={})
    GamePool(spec, num_games=1).close()


def params():
    for cell in fault_table.cells():
        if not cell.impossible:
            yield pytest.param(cell, id=cell.key, marks=() if cell.key in FAST else (pytest.mark.full,))


def test_table_is_the_whole_product_and_what_is_left_out_has_a_reason():
    keys = [cell.key for cell in fault_table.cells()]
    asked = {"raises", "killed", "stopped", "silent", "garbage", "truncated", "slow", "ignores_sigterm"}
    asked |= {"dies_in_startup", "exits_0", "fills_log"}

    assert len(keys) == len(set(keys)) == len(MOMENTS) * (len(FAULTS) * len(CHANNELS) + len(SERVER_FAULTS))
    assert set(keys) >= FAST
    for faults, impossible in ((FAULTS, IMPOSSIBLE), (SERVER_FAULTS, SERVER_IMPOSSIBLE)):
        names = {fault.name for fault in faults}
        assert names >= asked
        assert all(reason and fault in names and moment in MOMENTS for (fault, moment), reason in impossible.items())
        assert len(impossible) < 0.2 * len(names) * len(MOMENTS)


def open_pool(cell, marker, start_s=START_S):
    """Open the games of a cell; behind a session it is the session's deadline that a hang must run into."""
    fault, patience_s = cell.fault, patience_with(cell.fault)
    if cell.channel == SERVER:
        patience_s = ANSWER_S if fault.is_hang else UNHURRIED_S
        limits = {"start_s": HUNG_START_S if cell.moment == "start" and fault.is_hang else LAUNCH_S}
        spec, num_games = server_spec(fault.name, cell.moment, marker, answer_s=patience_s, **limits), 1
        timeouts = Timeouts(start_s=SERVER_S, reset_s=SERVER_S, step_s=SERVER_S, close_s=CLOSE_S, rest_s=0.05)
        return GamePool(spec, num_games=num_games, timeouts=timeouts, warm_up=False)
    timeouts = Timeouts(start_s=start_s, reset_s=START_S, step_s=patience_s, close_s=CLOSE_S, rest_s=0.05)
    return GamePool(fault_spec(fault.name, cell.moment, marker), num_games=2, channel=cell.channel, timeouts=timeouts)


def patience_with(fault):
    """The deadline that a hang must run into is short; no other fault may be mistaken for one on a busy machine."""
    return CALL_S if fault.is_hang else START_S


def check_error(error, cell):
    fault = cell.fault
    kind = getattr(errors, fault.error)
    assert type(error) is kind
    assert error.game.startswith("m5v5_c_far#0" if cell.channel == SERVER else "toy#0")
    assert error.pid > 0
    assert not is_running(error.pid)
    if cell.channel != SERVER:
        assert error.frame == FRAMES.get(cell.moment if fault.name != "dies_in_startup" else "start", -1)
        assert bool(error.remote_traceback) is bool(fault.remote)
    else:
        assert error.frame > 0 or cell.moment not in ("step", "idle") or fault.name == "dies_in_startup"
        assert "in the game process" not in str(error) or not fault.log, "the server's log tells why, and tells it once"
        assert not fault.log or str(error).count(fault.log) == 1
    with pytest.raises(kind, match=fault.text):
        raise error
    assert fault.remote in error.remote_traceback
    assert fault.log in error.log_tail
    assert len(error.log_tail) <= 4000
    assert error.headline in str(error)
    assert "\n" not in error.headline


@pytest.mark.parametrize("cell", list(params()))
def test_fault_is_reported_in_time_and_survived(cell, tmp_path, request):
    if cell.channel == SERVER:
        request.getfixturevalue("compiled")
    with nothing_left():
        play_cell(cell, tmp_path / "happened")
    if cell.channel == SERVER:
        servers = [int(pid) for pid in (tmp_path / "happened.servers").read_text().split()]
        assert eventually(lambda: not any(map(is_running, servers)))


def play_cell(cell, marker):
    """In a function of its own: while its frame lives, the pool's arrays hold their memory."""
    if cell.moment == "start" and cell.fault.error and cell.channel != SERVER:
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
        assert marker.exists() or (cell.fault.name, cell.moment) == ("dies_in_startup", "close")
        assert not any(is_running(pid) for pid in pool.pids)


def close_in_time(pool):
    began = time.monotonic()
    pool.close()
    assert time.monotonic() - began < at_most_s(CLOSE_S)


def step_within(pool, seconds):
    pool.send_step()
    pool.wait(Deadline.after(seconds))


def clock(pool):
    """Frames that each row has played."""
    if "observation/clock" in pool.arrays:
        return pool.arrays["observation/clock"].tolist()
    return (pool.arrays["frame/frame"] - pool.first_frame).tolist()


def reset(pool, seeds=None):
    pool.reset(seeds=None if seeds is None else seeds[: pool.rows])
    pool.first_frame = pool.arrays["frame/frame"].copy() if "frame/frame" in pool.arrays else 0


def survive(pool, cell, marker):
    fault, moment = cell.fault, cell.moment
    is_late = cell.channel == SERVER and moment == "start"  # the first reset launches the server
    if not fault.error or moment == "close" or (moment == "start" and not is_late):
        reset(pool, SEEDS)
        for _ in range(3):
            step_within(pool, SERVER_S)
            if moment == "idle" or (moment == "close" and cell.channel == SERVER and fault.name != "slow"):
                assert eventually(lambda: effect_of(marker).exists())
                break
        else:
            assert clock(pool) == [3 * FRAME_SKIP] * pool.rows
        if moment == "idle":
            step_within(pool, SERVER_S)
            assert clock(pool) == [2 * FRAME_SKIP] * pool.rows
        return
    patience_s = patience_with(fault) if cell.channel != SERVER else SERVER_S
    began = time.monotonic()
    with pytest.raises(GameFailedError) as caught:  # noqa: PT012 - whichever of these calls it is
        pool.send_reset(np.ones(pool.rows, np.bool_), SEEDS[: pool.rows])
        pool.wait(Deadline.after(patience_s if moment == "reset" else SERVER_S))
        began = time.monotonic()
        step_within(pool, patience_s if moment == "step" else SERVER_S)
        assert moment == "idle"
        assert eventually(lambda: effect_of(marker).exists())
        if fault.name in ("raises", "killed", "exits_0", "fills_log") and cell.channel != SERVER:
            assert eventually(lambda: not is_running(pool.pids[0]))
        began = time.monotonic()
        step_within(pool, patience_s)
    launch_s = LAUNCH_S if is_late or (cell.channel == SERVER and moment == "reset") else 0.0
    answer_s = patience_with(fault) if cell.channel != SERVER else ANSWER_S
    assert time.monotonic() - began < launch_s + answer_s + SLACK_S
    check_error(caught.value, cell)
    assert pool.failed.all()
    assert pool.failure(0) is caught.value
    assert pool.failure_log.total == 1
    assert pool.arrays["truncated"].all()
    assert not pool.arrays["terminated"].any()
    assert not pool.arrays["reward"].any()
    with pytest.raises(type(caught.value)):  # the channel is not reused: no late answer is taken for this one's
        pool._parts[0].wait(Deadline.after(SLACK_S))

    reset(pool)

    check_life_goes_on(pool, caught.value)


def effect_of(marker):
    return marker.with_name(f"{marker.name}.effect")


def check_life_goes_on(pool, error):
    assert not pool.failed.any()
    assert pool.failure(0) is None
    assert not is_running(error.pid)
    step_within(pool, SERVER_S)
    assert clock(pool) == [FRAME_SKIP] * pool.rows


def survive_bad_restart(pool, cell):
    """The process is killed from outside; the one that is to replace it dies in its start-up."""
    everywhere = np.ones(pool.rows, np.bool_)
    reset(pool, SEEDS)
    os.kill(pool.pids[0], signal.SIGKILL)
    with pytest.raises(GameCrashedError, match="killed by SIGKILL"):
        step_within(pool, START_S)
    if cell.moment == "reset":
        with pytest.raises(GameCrashedError) as caught:
            reset(pool)
        check_error(caught.value, cell)
    else:
        assert not pool.revive(everywhere).any()  # launched, not waited for
        assert is_running(pool.pids[0])
        if cell.moment == "close":
            return
        if cell.moment == "idle" and cell.channel != SERVER:
            assert eventually(lambda: not is_running(pool.pids[0]), START_S)
        assert eventually(lambda: not pool.revive(everywhere).any() and pool.failure_log.total == 2, SERVER_S)
        check_error(pool.failure(0), cell)
    error = pool.failure(0)

    assert pool.revive(everywhere, wait_s=SERVER_S).all()

    pool.first_frame = pool.arrays["frame/frame"].copy() if cell.channel == SERVER else 0
    # A game counts as back before its first reset, which launches the server that dies.
    assert pool.failure_log.restarts == (2 if cell.channel == SERVER and cell.moment == "reset" else 1)
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

    assert time.monotonic() - began < at_most_s(CLOSE_S)
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
            assert eventually(lambda: not any(map(is_running, family)))
    assert eventually(lambda: not any(map(is_running, family)))
