"""What goes wrong with StarCraft II behind a game process: the right error, in time, nothing left, and life goes on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
from fault_sc2 import sc2_spec
from leaks import eventually, is_running, nothing_left
from patience import at_most_s

from bridge.deadline import Deadline
from bridge.errors import GameCrashedError, GameFailedError, GameProtocolError, GameTimeoutError
from bridge.pool import GamePool
from bridge.timeouts import Timeouts

ANSWER_S = 2.0
UNHURRIED_S = 40.0
START_S = 40.0
CLOSE_S = 3.0
SLACK_S = 15.0
SEEDS = np.arange(1, dtype=np.uint64)

SILENCE = r"no answer in 2 s"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong with the game or with the bot that drives it."""

    name: str
    error: type[GameFailedError] | None
    text: str = ""
    log: str = ""
    remote: str = ""
    moments: tuple[str, ...] = ("reset", "step")


FAULTS = (
    Fault(name="killed", error=GameCrashedError, text="the game killed by SIGKILL"),
    Fault(name="exits_0", error=GameCrashedError, text="the game exited with status 0"),
    Fault(name="closed", error=GameCrashedError, text="the game has closed the connection"),
    Fault(name="stopped", error=GameTimeoutError, text=SILENCE),
    Fault(name="silent", error=GameTimeoutError, text=SILENCE),
    Fault(name="ignores_sigterm", error=GameTimeoutError, text=SILENCE),
    Fault(name="garbage", error=GameProtocolError, text="64 bytes that are no Response: ffff"),
    Fault(name="truncated", error=GameProtocolError, text="bytes that are no Response|bytes without a status"),
    Fault(name="no_status", error=GameProtocolError, text="bytes without a status"),
    Fault(name="says_error", error=GameProtocolError, text="the game is broken"),
    Fault(name="slow", error=None),
    Fault(name="bot_raises", error=GameCrashedError, text="ValueError: boom", remote="in on_step"),
    Fault(name="bot_stuck", error=GameTimeoutError, text="no step in 5 s"),
    Fault(name="bot_start", error=GameCrashedError, text="KeyError: 0", remote="_prepare", moments=("reset",)),
    Fault(
        name="dies_in_startup",
        error=GameCrashedError,
        text="exited with status 7",
        log="the map cannot be opened",
        moments=("reset",),
    ),
)

FAST = {"killed-step", "bot_start-reset"}
"""Played by `make test`; `make faults` plays all."""


def cells():
    for fault in FAULTS:
        for moment in fault.moments:
            key = f"{fault.name}-{moment}"
            yield pytest.param(fault, moment, id=key, marks=() if key in FAST else (pytest.mark.full,))


@pytest.mark.parametrize(("fault", "moment"), list(cells()))
def test_fault_is_reported_in_time_and_survived(fault: Fault, moment: str, tmp_path: Path) -> None:
    marker = tmp_path / "happened"
    with nothing_left():
        play_cell(fault, moment, marker, tmp_path / "sc2")
    assert marker.exists()
    games = [int(pid) for pid in Path(f"{marker}.servers").read_text().split()]
    assert eventually(lambda: not any(map(is_running, games)))


def play_cell(fault: Fault, moment: str, marker: Path, folder: Path) -> None:
    """In a function of its own: while its frame lives, the pool's arrays hold their memory."""
    is_hang = fault.error is GameTimeoutError
    spec = sc2_spec(fault.name, moment, marker, folder, start_s=START_S, answer_s=ANSWER_S if is_hang else UNHURRIED_S)
    timeouts = Timeouts(start_s=START_S, reset_s=60.0, step_s=60.0, close_s=CLOSE_S, rest_s=0.05)
    with GamePool(spec, num_games=1, timeouts=timeouts, warm_up=False) as pool:
        if fault.error is None:
            pool.reset(seeds=SEEDS)
            pool.step()
        else:
            suffer(pool, fault, moment)
            pool.reset()
        first = pool.arrays["frame/frame"].copy()
        pool.step()
        assert not pool.failed.any()
        assert (pool.arrays["frame/frame"] - first).tolist() == [2]
        began = time.monotonic()
        pool.close()
        assert time.monotonic() - began < at_most_s(CLOSE_S)


def suffer(pool: GamePool, fault: Fault, moment: str) -> None:
    assert fault.error is not None
    if moment == "step":
        pool.reset(seeds=SEEDS)
    began = time.monotonic()
    with pytest.raises(fault.error, match=fault.text) as caught:
        pool.reset(seeds=SEEDS) if moment == "reset" else step_within(pool, 60.0)
    assert time.monotonic() - began < START_S + SLACK_S
    error = caught.value
    assert type(error) is fault.error
    assert error.game.startswith("Small")
    assert error.pid > 0
    assert fault.log in error.log_tail
    assert fault.remote in error.remote_traceback
    assert "\n" not in error.headline
    assert pool.failed.all()
    assert pool.arrays["truncated"].all()
    assert not pool.arrays["terminated"].any()
    assert not pool.arrays["reward"].any()


def step_within(pool: GamePool, seconds: float) -> None:
    pool.send_step()
    pool.wait(Deadline.after(seconds))
