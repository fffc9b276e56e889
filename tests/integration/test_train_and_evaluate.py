"""The two command lines, from config file to table, with real games in another process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import pytest
from leaks import eventually, is_running
from patience import SOON_S
from programs import running, unbuffered

import agents.evaluate
import agents.train
from agents.runs import RunFolder

ROOT = Path(__file__).parents[2]

CONFIG = """
name: tiny
env: {scenario: 1vu_1zl, num_envs: 8, num_processes: 1}
algorithm: {n_steps: 16, batch_size: 64, n_epochs: 1}
policy: {name: mlp, hidden: [16]}
training: {total_steps: 1024, checkpoint_every: 256, keep_checkpoints: 2}
evaluation: {every: 512, episodes: 4, final_episodes: 4, num_envs: 4}
"""

START_TIMEOUT_S = 300.0
"""The first start on a machine compiles all kernels."""

STOP_TIMEOUT_S = 120.0
"""An update, a checkpoint, and the end of two interpreters."""

UNHURRIED = "n_epochs=1000000"
"""A training that is in its first update for ever."""

MAINS = {"train.py": agents.train.main, "evaluate.py": agents.evaluate.main}

Caller = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("training")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("training")
    (path / "tiny.yaml").write_text(CONFIG)
    return path


def call(script: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / script), *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )


@pytest.fixture
def call_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Caller:
    """`call` in this process: without the seconds in which an interpreter loads torch."""

    def run(script: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(cwd)
        code = MAINS[script](arguments)
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, said.out, said.err)

    return run


@pytest.fixture(scope="module")
def run_folder(folder: Path) -> Path:
    """A finished training run."""
    done = call("train.py", "--config", "tiny.yaml", "runs=runs", cwd=folder)
    assert done.returncode == 0, done.stderr
    (path,) = (folder / "runs").iterdir()
    return path


def test_training_leaves_everything_in_the_run_folder(run_folder: Path) -> None:
    names = {path.name for path in run_folder.iterdir()}

    assert names >= {"config.yaml", "run.json", "progress.jsonl", "evaluations.jsonl", "evaluation.json", "curve.png"}
    assert (run_folder / "curve.png").read_bytes().startswith(b"\x89PNG")
    checkpoints = sorted(path.name for path in (run_folder / "checkpoints").iterdir())
    assert checkpoints == ["best.zip", "last.zip", "step-000000000512.zip", "step-000000000768.zip"]
    assert any((run_folder / "tensorboard").iterdir())
    about = json.loads((run_folder / "run.json").read_text())
    assert {"commit", "command", "versions", "seeds"} <= about.keys()
    result = json.loads((run_folder / "evaluation.json").read_text())["results"][0]
    assert result["episodes"] == 4
    steps = [line["steps"] for line in RunFolder(run_folder).lines("evaluations.jsonl")]
    assert steps == [512, 1024]


def test_finished_run_says_how_to_go_on(run_folder: Path, call_here: Caller) -> None:
    done = call_here("train.py", "--resume", str(run_folder), cwd=run_folder)

    assert done.returncode == 2
    assert done.stderr.strip() == (
        f"train.py: {run_folder}: already at 1,024 of 1,024 steps; say total_steps=2048 to go on"
    )


def test_resumed_run_goes_on_from_its_last_step(run_folder: Path) -> None:
    done = call("train.py", "--resume", str(run_folder), "total_steps=1536", cwd=run_folder)

    assert done.returncode == 0, done.stderr
    steps = [line["steps"] for line in RunFolder(run_folder).lines("progress.jsonl")]
    assert steps == list(range(128, 1537, 128))
    assert json.loads((run_folder / "run.json").read_text())["resumed"][0]["steps"] == 1024


def test_resuming_with_another_network_is_refused(run_folder: Path, call_here: Caller) -> None:
    done = call_here("train.py", "--resume", str(run_folder), "total_steps=9999", "policy.hidden=[32]", cwd=run_folder)

    assert done.returncode == 2
    assert done.stderr.startswith("train.py: policy: the checkpoint holds")
    assert done.stderr.count("\n") == 1


def test_run_is_evaluated_and_its_result_written(run_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "result.json"

    done = call("evaluate.py", str(run_folder), "--episodes", "6", "--json", str(path), cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "95 % interval" in done.stdout
    assert "evolution strategies" in done.stdout  # a published figure stands beside ours
    result = json.loads(path.read_text())
    assert (result["episodes"], result["scenario"], result["opponent"]) == (6, "1vu_1zl", "attack_move")


def test_evaluation_is_repeatable_and_depends_on_the_seed(tmp_path: Path, call_here: Caller) -> None:
    results = []
    for number, seed in enumerate(("3", "3", "4")):
        path = tmp_path / f"{number}.json"
        options = ["--episodes", "8", "--num-envs", "4", "--seed", seed, "--json", str(path)]
        call_here("evaluate.py", "random", *options, cwd=tmp_path)
        results.append({key: value for key, value in json.loads(path.read_text()).items() if key.startswith("mean")})

    assert results[0] == results[1]
    assert results[0] != results[2]


@pytest.mark.parametrize("player", ["closest", "noop"])
def test_scripted_player_is_evaluated_by_name(player: str, tmp_path: Path, call_here: Caller) -> None:
    path = tmp_path / "result.json"

    done = call_here(
        "evaluate.py", player, "--scenario", "m5v5_c_far", "--episodes", "20", "--json", str(path), cwd=tmp_path
    )

    assert done.returncode == 0, done.stderr
    result = json.loads(path.read_text())
    assert result["player"] == player
    assert result["mean_enemy_units"] < 5  # both shoot back, the one told to and the one left alone
    assert result["mean_invalid_actions"] == 0


@pytest.mark.parametrize(
    ("script", "arguments", "text"),
    [
        ("train.py", ["--config", "tiny.yaml", "totl_steps=3"], "did you mean 'total_steps'?"),
        ("train.py", ["--config", "tiny.yaml", "seed=many"], "seed: input should be a valid integer"),
        ("train.py", ["--config", "nowhere.yaml"], "nowhere.yaml: no such file"),
        ("train.py", ["--config", "tiny.yaml", "scenario=1vu_1zk"], "did you mean '1vu_1zl'?"),
        ("train.py", ["--config", "tiny.yaml", "opponent=closset"], "did you mean 'closest'?"),
        ("train.py", ["--config", "tiny.yaml", "env.reward.victory=1"], "unknown reward term 'victory'"),
        ("train.py", ["--config", "tiny.yaml", "device=warp"], "training.device: 'warp' is no device"),
        ("train.py", ["--resume", "nowhere"], "nowhere: no run folder"),
        ("evaluate.py", ["nowhere"], "no such run folder, checkpoint or player"),
        ("evaluate.py", ["closset"], "did you mean 'closest'?"),
        ("evaluate.py", ["closest", "--scenario", "m5v5_c_fra"], "did you mean 'm5v5_c_far'?"),
        ("evaluate.py", ["closest", "--opponent", "atack_move"], "did you mean 'attack_move'?"),
        ("evaluate.py", ["tiny.yaml"], "broken checkpoint"),
        ("evaluate.py", ["closest", "--video", "battle.avi"], "expected a file ending in .mp4 or .gif"),
        ("evaluate.py", ["closest", "--video", "nowhere/battle.mp4"], "no such folder nowhere"),
    ],
)
def test_mistake_of_the_users_is_one_line_and_exit_code_2(
    script: str, arguments: list[str], text: str, folder: Path, call_here: Caller
) -> None:
    done = call_here(script, *arguments, cwd=folder)

    assert done.returncode == 2
    assert done.stderr.startswith(f"{script}: ")
    assert text in done.stderr
    assert done.stderr.count("\n") == 1


def test_script_hands_the_exit_code_on(folder: Path) -> None:
    assert call("train.py", "--config", "nowhere.yaml", cwd=folder).returncode == 2
    assert call("evaluate.py", "nowhere", cwd=folder).returncode == 2


def test_checkpoint_of_another_scenario_is_refused(run_folder: Path, call_here: Caller) -> None:
    done = call_here("evaluate.py", str(run_folder), "--scenario", "m5v5_c_far", cwd=run_folder)

    assert done.returncode == 2
    assert "checkpoint of another observation space" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_saves_and_leaves_no_process_behind(number: signal.Signals, folder: Path) -> None:
    runs = folder / f"runs-{number.name}"
    with training(folder, runs) as (process, games):
        assert games

        process.send_signal(number)
        output, errors = process.communicate(timeout=STOP_TIMEOUT_S)

    assert process.returncode == 130, errors
    assert "stopping: finishing the step" in errors
    assert "--resume" in output
    assert eventually(lambda: not any(is_running(game) for game in games))
    (run,) = runs.iterdir()
    done = call("train.py", "--resume", str(run), f"total_steps={steps_of(run) + 128}", "final_episodes=0", cwd=folder)
    assert done.returncode == 0, done.stderr


def test_second_signal_leaves_at_once(folder: Path) -> None:
    with training(folder, folder / "runs-twice", UNHURRIED) as (process, games):
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = read_until(process.stderr, "Ctrl-C again leaves at once")  # two at once may be taken for one
        process.send_signal(signal.SIGINT)
        said += process.communicate(timeout=STOP_TIMEOUT_S)[1]

    assert process.returncode == 130
    assert "train.py: left at once" in said
    assert eventually(lambda: not any(is_running(game) for game in games))


def test_killed_trainer_leaves_no_process_and_a_usable_run_folder(folder: Path, call_here: Caller) -> None:
    runs = folder / "runs-killed"
    with training(folder, runs) as (process, games):
        (run,) = runs.iterdir()
        assert eventually(lambda: (run / "checkpoints" / "last.zip").is_file(), START_TIMEOUT_S)

        process.kill()
        process.communicate(timeout=SOON_S)

    assert eventually(lambda: not any(is_running(game) for game in games))
    done = call_here("evaluate.py", str(run), "--episodes", "2", "--num-envs", "2", cwd=folder)
    assert done.returncode == 0, done.stderr


@contextmanager
def training(folder: Path, runs: Path, *overrides: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Run a training that would take for ever; give it, as soon as it learns, with its game processes' ids."""
    command = [sys.executable, str(ROOT / "train.py"), "--config", "tiny.yaml", "total_steps=100000000", f"runs={runs}"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with running([*command, *overrides], cwd=folder, env=unbuffered(), **pipes) as process:
        eventually(lambda: process.poll() is not None or any(runs.glob("*/progress.jsonl")), START_TIMEOUT_S)
        assert process.poll() is None, process.communicate()[1]
        yield process, [game.pid for game in psutil.Process(process.pid).children(recursive=True)]


def read_until(stream: IO[str], text: str) -> str:
    """Return what a program says up to the line with this text."""
    said = ""
    for line in stream:
        said += line
        if text in line:
            return said
    raise AssertionError(f"it never said {text!r} but {said!r}")


def steps_of(run: Path) -> int:
    return max(int(line["steps"]) for line in RunFolder(run).lines("progress.jsonl"))
