"""`train.py` survives lost games as long as its budget lasts, counts them, and ends with a summary when it is spent."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from leaks import eventually, is_running
from rich.console import Console

from agents.display import Display, Progress
from agents.failures import FailureBudget, TooManyFailuresError
from bridge.errors import GameCrashedError, GameTimeoutError
from bridge.failures import FailureLog

ROOT = Path(__file__).resolve().parents[2]

CONFIG = """
name: tiny
env: {scenario: 1vu_1zl, num_envs: 8, num_processes: 2, max_failures: 1}
algorithm: {n_steps: 16, batch_size: 64, n_epochs: 1}
policy: {name: mlp, hidden: [16]}
training: {total_steps: 100000000}
evaluation: {every: 100000000, episodes: 3, final_episodes: 0, num_envs: 3}
"""
START_S = 300.0
SOON_S = 200.0


def error(kind, game="toy#0"):
    return kind(game, 12, 34, "boom", "Traceback ...\nValueError: boom", "last line of the log")


def test_budget_is_spent_by_one_failure_too_many_within_its_window():
    training, evaluation = FailureLog(), FailureLog()
    budget = FailureBudget(2, 600.0, [training, training, evaluation])
    training.record(error(GameCrashedError))
    evaluation.record(error(GameTimeoutError))
    budget.check()
    training.restarts += 1
    training.record(error(GameCrashedError, "toy#1"))

    with pytest.raises(TooManyFailuresError) as caught:
        budget.check()

    assert str(caught.value).splitlines()[0] == (
        "3 game processes were lost within 600 s, env.max_failures allows 2: "
        "2 game processes lost (2 crashed), 1 restarted; the last: game toy#1 (pid 12, frame 34): boom; "
        "1 game processes lost (1 timed out), 0 restarted; the last: game toy#0 (pid 12, frame 34): boom"
    )
    assert "last line of the log" in str(caught.value)
    assert (budget.failures, budget.restarts) == (3, 1)


def test_failures_outside_the_window_are_forgiven(monkeypatch):
    log = FailureLog()
    budget = FailureBudget(1, 600.0, [log])
    for minute in range(10):
        monkeypatch.setattr("bridge.failures.time.monotonic", lambda minute=minute: 660.0 * minute)
        log.record(error(GameCrashedError))
        budget.check()

    assert budget.failures == 10


def test_display_counts_lost_and_restarted_processes():
    text = io.StringIO()
    progress = Progress(total_steps=100, failures=3, restarts=2)

    with Display("title", progress, None, Console(file=text, width=400)):
        pass

    assert "lost processes 3, 2 restarted" in text.getvalue()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("training")
def test_run_survives_a_lost_game_and_ends_with_a_summary_when_the_budget_is_spent(tmp_path):
    (tmp_path / "tiny.yaml").write_text(CONFIG)
    command = [sys.executable, str(ROOT / "train.py"), "--config", "tiny.yaml"]
    with (tmp_path / "err").open("w+") as err:
        trainer = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=err)
        try:
            lose_games(trainer, tmp_path)
        finally:
            trainer.kill()
            trainer.wait()
        err.seek(0)
        said = err.read()

    assert trainer.returncode == 1, said
    assert "train.py: 2 game processes were lost within 600 s, env.max_failures allows 1" in said
    assert "2 game processes lost (2 crashed), 1 restarted; the last: game 1vu_1zl#0" in said
    (run,) = (tmp_path / "runs").iterdir()
    assert (run / "checkpoints" / "last.zip").is_file()
    warnings = [line for line in (run / "train.log").read_text().splitlines() if "killed by SIGKILL" in line]
    assert len(warnings) == 2, "one line for a lost process, however many battles it played"


def lose_games(trainer, folder):
    assert eventually(lambda: progress(folder), START_S)
    kill_first_game(trainer)
    assert eventually(lambda: progress(folder)[-1].get("games/restarts") == 1.0, SOON_S)
    assert progress(folder)[-1]["games/failures"] == 1.0
    assert trainer.poll() is None
    games = psutil.Process(trainer.pid).children()
    kill_first_game(trainer)
    trainer.wait(SOON_S)
    assert eventually(lambda: not any(is_running(game.pid) for game in games))


def kill_first_game(trainer):
    """Kill whatever plays the first rows of the training; the evaluation's 3 games have one process only."""
    for child in psutil.Process(trainer.pid).children():
        if '"index": 0' in " ".join(child.cmdline()) and '"num_processes": 2' in " ".join(child.cmdline()):
            os.kill(child.pid, signal.SIGKILL)
            return
    raise AssertionError("no game found")


def progress(folder):
    lines = [line for file in folder.glob("runs/*/progress.jsonl") for line in file.read_text().splitlines()]
    return [json.loads(line) for line in lines]
