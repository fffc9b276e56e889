"""Every observation with every action that a policy can choose: train some hundred steps, save, load, evaluate."""

from __future__ import annotations

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
import torch as th

import agents.cli
import agents.evaluate
import agents.train
from agents.general import SpaceExtractor
from envs.offers import ECONOMY_ACTIONS, ECONOMY_OBSERVATIONS
from envs.specs.actions import ACTIONS
from envs.specs.observations import OBSERVATIONS
from envs.tasks import PER_UNIT

MELEE = "melee?races=terran:zerg"

LEARNABLE = ("micro", "squad", "continuous", "smac", "macro", "place", "workers", "functions")
"""All actions but `raw`, whose unit ids no distribution can draw."""

BATTLES = [
    ("1vu_1zl", observation, action)
    for observation in OBSERVATIONS
    for action in ACTIONS
    if action in LEARNABLE
    and (observation != "local" or action in PER_UNIT)
    and (observation != "smac" or action == "smac")
]
GAMES = [
    (MELEE, observation, action)
    for observation in ECONOMY_OBSERVATIONS
    for action in ECONOMY_ACTIONS
    if action in LEARNABLE and observation.startswith("pysc2") == (action == "functions")
]

QUICK = [("1vu_1zl", "planes", "squad"), ("1vu_1zl", "raw", "continuous"), (MELEE, "pysc2_selected", "functions")]
"""One of each kind of network and of distribution; the rest is in the full run."""

CASES = [
    pytest.param(*case, id="-".join(case[1:]), marks=() if case in QUICK else pytest.mark.full)
    for case in (*BATTLES, *GAMES)
]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("training")]


def config(scenario: str, observation: str, action: str) -> str:
    """Return a run of 256 steps in short episodes."""
    algorithm = "ppo" if action == "continuous" else "maskable_ppo"
    return f"""
name: tiny
env:
  scenario: {scenario}
  observation: {observation}
  action: {action}
  max_frames: 120
  num_envs: 4
  channel: local
algorithm: {{name: {algorithm}, n_steps: 32, batch_size: 64, n_epochs: 1}}
policy: {{name: general, hidden: [16]}}
training: {{total_steps: 256}}
evaluation: {{every: 10000, episodes: 2, final_episodes: 2, num_envs: 2}}
"""


@pytest.mark.parametrize(("scenario", "observation", "action"), CASES)
def test_combination_can_be_learnt(
    scenario: str,
    observation: str,
    action: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    train_evaluate_and_watch(config(scenario, observation, action), capsys)


UNITS = {
    "control": "unit",
    "observation_options": "{sight_px: 128}",
    "action_options": "{directions: 4, attack_px: 128}",
}


@pytest.mark.parametrize("critic", ["team", pytest.param("own", marks=pytest.mark.full)])
@pytest.mark.parametrize("policy", ["entities", pytest.param("mlp", marks=pytest.mark.full)])
def test_units_that_decide_for_themselves_can_be_learnt(
    policy: str, critic: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = config("coma_3m", "local", "micro")
    options = "".join(f"  {name}: {value}\n" for name, value in UNITS.items())
    text = text.replace("env:\n", f"env:\n{options}")
    text = text.replace("{name: general,", f"{{name: {policy}, critic: {critic}, width: 8,")

    train_evaluate_and_watch(text, capsys)


def train_evaluate_and_watch(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Do so with a config, in the working folder."""
    Path("tiny.yaml").write_text(text)
    assert agents.train.main(["--config", "tiny.yaml", "runs=runs"]) == 0, capsys.readouterr().err
    (run,) = Path("runs").iterdir()
    code = agents.evaluate.main([str(run), "--episodes", "2", "--num-envs", "1", "--json", "result.json"])

    assert code == 0, capsys.readouterr().err
    assert (run / "checkpoints" / "last.zip").is_file()
    code = agents.cli.main(["watch", str(run), "--no-browser", "--out", "battle.html"])
    assert code == 0, capsys.readouterr().err
    assert Path("battle.html").read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["env.action=raw", "algorithm.name=ppo"], "names units by their ids; no policy of ours can choose it"),
        (["env.action=continuous"], "it has no masks; allowed: ppo"),
        (["env.action=squad", "policy.name=attention", "env.observation=flat"], "needs env.observation 'units'"),
        (["env.observation=economy"], "observation 'economy' with scenario '1vu_1zl', a battle: allowed: units"),
        (["env.observation=plains"], "did you mean 'planes'?"),
        (["env.observation_options={resolution: 8}"], "12 layers of 8 x 8 cells"),
        (["env.action=macro"], "a battle: allowed: micro"),
        (["env.observation=local", "env.action=squad"], "decides for itself; allowed: micro, continuous"),
    ],
)
def test_what_cannot_be_learnt_is_refused_in_one_line(
    overrides: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = (
        "[height_map, visibility_map, pathable, buildable, player_id, player_relative, unit_type, unit_hit_points, "
    )
    layers += "unit_shields, unit_energy, unit_density, is_flying]"
    path = tmp_path / "tiny.yaml"
    path.write_text(config("1vu_1zl", "planes", "micro"))
    if "resolution" in overrides[0]:
        overrides = [f"env.observation_options={{resolution: 8, layers: {layers}}}"]

    code = agents.train.main(["--config", str(path), f"runs={tmp_path}", *overrides])

    said = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("compiling")]
    assert code == 2
    assert len(said) == 1
    assert message in said[0]


def test_pictures_have_their_names_embedded_and_their_numbers_scaled() -> None:
    space = gym.spaces.Box(0, 255, (2, 8, 8), np.uint8)
    extractor = SpaceExtractor(space, categories={"": {1: 3}}, highs={"": [100.0, 2.0]}, picture_features=4)
    picture = th.zeros((5, 2, 8, 8), dtype=th.uint8)
    picture[1, 0] = 100
    picture[2, 1] = 2

    seen = extractor(picture)

    assert seen.shape == (5, 4)
    assert sum(weights.numel() for weights in extractor.encoders[0].embeddings.parameters()) == 3 * 3  # type: ignore[union-attr]  # Module's
    assert not th.equal(seen[0], seen[2])
