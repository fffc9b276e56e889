"""Self-play by the two command lines: train, look, go on, evaluate against the pool."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch as th
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import agents.evaluate
import agents.train
from agents.checkpoints import load_policy
from agents.config import load_config
from agents.environments import make_vec_env
from agents.runs import RunFolder

CONFIG = """
name: tiny
env: {scenario: 5mr_5mr, reward: zero_sum, num_envs: 8, max_frames: 140, channel: local}
algorithm: {n_steps: 16, batch_size: 64, n_epochs: 1}
policy: {name: mlp, hidden: [16], mirror: true}
training: {total_steps: 2048, checkpoint_every: 1024}
evaluation: {every: 100000, episodes: 4, final_episodes: 4, num_envs: 4}
selfplay: {latest: 1, snapshots: 1, scripts: 1, players: [closest, noop], snapshot_every: 256, max_snapshots: 4}
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("training")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("selfplay")
    (path / "tiny.yaml").write_text(CONFIG)
    return path


def train(folder: Path, runs: str, *overrides: str) -> Path:
    code = agents.train.main(["--config", str(folder / "tiny.yaml"), f"runs={folder / runs}", *overrides])
    assert code == 0
    (run,) = (folder / runs).iterdir()
    return run


@pytest.fixture(scope="module")
def run_folder(folder: Path) -> Path:
    """A finished run of self-play."""
    return train(folder, "runs")


def weights(run: Path) -> list[th.Tensor]:
    env = make_vec_env(load_config(run / "config.yaml").env, num_envs=1)
    try:
        policy, _ = load_policy(RunFolder(run).last, env)
    finally:
        env.close()
    return list(policy.state_dict().values())


def opponents_of(run: Path) -> dict[str, dict[str, Any]]:
    saved = json.loads((run / "opponents.json").read_text())
    return {entry["name"]: entry for entry in saved["opponents"]}


def battles(entry: dict[str, Any]) -> int:
    return int(entry["wins"] + entry["losses"] + entry["draws"])


def test_run_keeps_snapshots_within_bounds_and_everybodys_record(run_folder: Path) -> None:
    opponents = opponents_of(run_folder)

    files = sorted(path.stem for path in (run_folder / "snapshots").iterdir())
    assert files == sorted(name for name in opponents if name.startswith("step-"))
    assert len(files) == 4
    assert files[0] == "step-000000000256"
    assert all(battles(opponents[name]) > 0 for name in ("latest", "closest", "noop"))
    names = {path.name for path in (run_folder / "checkpoints").iterdir()}
    assert "best.zip" not in names
    assert "last.zip" in names


def test_run_ends_with_its_scripted_players_and_its_first_third(run_folder: Path) -> None:
    about = json.loads((run_folder / "evaluation.json").read_text())

    early = [name for name in opponents_of(run_folder) if name.startswith("step-") and 3 * int(name[5:]) <= 2048]
    assert about["checkpoint"] == "last.zip"
    assert [result["opponent"] for result in about["results"]] == ["closest", "noop", *early]
    assert about["first_third"]["snapshots"] == len(early) > 0
    assert about["first_third"]["battles"] >= 4
    assert "snapshots of the run's first third" in (run_folder / "evaluation.txt").read_text()


def test_win_rates_go_to_the_log_and_to_tensorboard(run_folder: Path) -> None:
    logged = {key for line in RunFolder(run_folder).lines("progress.jsonl") for key in line}
    events = EventAccumulator(str(run_folder / "tensorboard"))
    events.Reload()

    wanted = {f"selfplay/win_rate/{name}" for name in ("latest", "closest", "noop", "step-000000000256")}
    assert wanted <= logged
    assert wanted <= set(events.Tags()["scalars"])


def test_same_config_and_seed_give_the_same_policy(run_folder: Path, folder: Path) -> None:
    again, other = train(folder, "again"), train(folder, "other", "seed=2", "final_episodes=0")

    assert all(map(th.equal, weights(run_folder), weights(again)))
    assert opponents_of(run_folder) == opponents_of(again)
    assert not all(map(th.equal, weights(run_folder), weights(other)))


def test_resumed_run_goes_on_with_its_opponents(folder: Path) -> None:
    run = train(folder, "resumed", "total_steps=1024", "final_episodes=0")
    before = opponents_of(run)

    code = agents.train.main(["--resume", str(run), "total_steps=1536"])

    assert code == 0
    after = opponents_of(run)
    for name in ("latest", "closest"):
        assert battles(after[name]) > battles(before[name]) > 0
    kept = [name for name in after if name.startswith("step-")]
    assert kept[0] == "step-000000000256"
    assert kept[-1] > "step-000000001024"


def test_policy_is_evaluated_against_its_pool_and_against_checkpoints(run_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    words = ["--opponent", "pool", "--opponent", "closest", "--opponent", str(run_folder / "checkpoints" / "last.zip")]

    code = agents.evaluate.main([str(run_folder), *words, "--episodes", "8", "--num-envs", "4", "--json", str(path)])

    assert code == 0
    about = json.loads(path.read_text())
    snapshots = sorted(file.stem for file in (run_folder / "snapshots").iterdir())
    assert [result["opponent"] for result in about["results"]] == ["closest", *snapshots, "last"]
    for result in about["results"][1:]:
        assert result["episodes"] == 8
        assert sorted((side, battles) for side, (_, battles) in result["by_side"].items()) == [("0", 4), ("1", 4)]
        assert sum(wins for wins, _ in result["by_side"].values()) == result["wins"]
    early = about["first_third"]
    played = [result for result in about["results"][1:-1] if 3 * int(result["opponent"][5:]) <= 2048]
    assert (early["snapshots"], early["battles"]) == (len(played), 8 * len(played))
    assert early["wins"] == sum(result["wins"] for result in played)


@pytest.mark.parametrize(
    ("script", "arguments", "text"),
    [
        ("train.py", ["--config", "{tiny}", "selfplay.players=[closset]"], "did you mean 'closest'?"),
        ("train.py", ["--config", "{tiny}", "scenario=1vu_1zl"], "one policy cannot play both sides of 1vu_1zl"),
        ("train.py", ["--config", "{tiny}", "selfplay.latest=-1"], "selfplay.latest: input should be greater"),
        ("train.py", ["--config", "{tiny}", "latest=0", "scripts=0", "selfplay.snapshots=0"], "are all 0"),
        ("train.py", ["--config", "{tiny}", "selfplay.players=[]"], "selfplay.players is empty"),
        ("evaluate.py", ["{run}", "--opponent", "pol"], "did you mean 'pool'?"),
        ("evaluate.py", ["{run}", "--opponent", "{run}/config.yaml"], "broken checkpoint"),
        ("evaluate.py", ["closest", "--opponent", "{run}"], "--opponent closest instead"),
        ("evaluate.py", ["closest", "--opponent", "pool"], "closest has none; allowed: a run of self-play"),
        ("evaluate.py", ["{run}", "--opponent", "pool", "--video", "x.gif"], "--video shows battles against scripted"),
        ("evaluate.py", ["{run}", "--opponent", "{run}", "--scenario", "1vu_1zl"], "one policy cannot play both sides"),
    ],
)
def test_mistake_of_the_users_is_one_line_and_exit_code_2(
    script: str,
    arguments: list[str],
    text: str,
    run_folder: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    main = {"train.py": agents.train.main, "evaluate.py": agents.evaluate.main}[script]

    code = main([argument.format(tiny=folder / "tiny.yaml", run=run_folder) for argument in arguments])

    errors = capsys.readouterr().err
    assert code == 2
    assert text in errors
    assert errors.count("\n") == 1


def test_run_without_selfplay_has_no_pool(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = CONFIG[: CONFIG.index("selfplay:")]
    (folder / "plain.yaml").write_text(text)
    code = agents.train.main(
        ["--config", str(folder / "plain.yaml"), f"runs={folder / 'plain'}", "total_steps=128", "final_episodes=0"]
    )
    (run,) = (folder / "plain").iterdir()

    assert code == 0
    assert agents.evaluate.main([str(run), "--opponent", "pool"]) == 2
    assert "not a run of self-play, or too short a one" in capsys.readouterr().err
