"""Behaviour cloning: a policy learns from saved replays what a scripted player does, and PPO goes on with it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch as th

import agents.train
from agents.actors import IdleActor
from agents.cloning import clone, find_replays, load_pairs, measure, split_files
from agents.config import parse_config
from agents.environments import make_vec_env
from agents.saved_replays import save_replays
from agents.train import make_model
from bridge.errors import ConfigError
from envs.specs.micro import FIRST_ATTACK, FIRST_MOVE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("training")]

ROOT = Path(__file__).parents[2]
BATTLES, SEED = 12, 3


def config_of(folder, observation, policy):
    return parse_config(
        {
            "name": "bc",
            "env": {"scenario": "m5v5_c_far", "observation": observation, "num_envs": 4, "channel": "local"},
            "algorithm": {"n_steps": 16, "batch_size": 64},
            "policy": policy,
            "pretraining": {"replays": [f"{folder}/*.tcr"], "epochs": 12, "batch_size": 32, "learning_rate": 3e-3},
        },
        source="test",
    )


MLP = ("flat", {"name": "mlp", "hidden": [64]})
ATTENTION = ("units", {"name": "attention", "width": 16, "heads": 2})


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Two threads on matrices this small wait for each other, as in training."""
    before = th.get_num_threads()
    th.set_num_threads(1)
    yield
    th.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Replays of `closest`."""
    path = tmp_path_factory.mktemp("replays") / "closest"
    env = config_of(path, *MLP).env.model_copy(update={"opponent": "attack_move"})
    save_replays(IdleActor("closest", 5), env, path, BATTLES, SEED, num_envs=BATTLES, player="closest")
    return path


def cloned(config, **options):
    """Return a fresh model that was cloned, its held-out pairs, and the passes."""
    env = make_vec_env(config.env)
    try:
        model = make_model(config, env, "cpu")
        learnt, measured = split_files(find_replays(config.pretraining.replays), config.pretraining.held_out)
        pairs, held_out = (load_pairs(config.env, config.pretraining, files) for files in (learnt, measured))
        return model, held_out, clone(model, pairs, held_out, config.pretraining, SEED, **options)
    finally:
        env.close()


@pytest.mark.parametrize("form", [MLP, ATTENTION], ids=["mlp", "attention"])
def test_cloned_policy_chooses_as_the_player_on_battles_it_has_not_seen(folder, form):
    _, _, epochs = cloned(config_of(folder, *form))

    first, last = epochs[0], epochs[-1]
    assert last.epoch == 12
    assert last.held_out > 0
    assert 0.05 < last.chance < 0.2
    assert last.accuracy > 0.6  # always the same choice would be right in a fifth, five enemies being there
    assert last.loss < first.loss


def test_cloning_is_deterministic_and_leaves_the_random_states_alone(folder):
    seen, weights, lasts = [], [], []

    def look():
        seen.append((th.random.get_rng_state().tolist(), np.random.get_state()[1].tolist()))
        return False

    for _ in range(2):
        model, _, epochs = cloned(config_of(folder, *MLP), should_stop=look)
        weights.append(list(model.policy.state_dict().values()))
        lasts.append(epochs[-1])

    assert lasts[0] == lasts[1]
    assert all(bool((one == two).all()) for one, two in zip(*weights, strict=True))
    assert all(state == seen[0] for state in seen)


def test_stopping_keeps_what_was_learnt_until_then(folder):
    answers = iter([False] * 15 + [True])

    model, held_out, epochs = cloned(config_of(folder, *MLP), should_stop=lambda: next(answers))

    assert len(epochs) < 12
    assert measure(model.policy, held_out)[0] >= 0.0


def test_attacks_that_go_on_count_as_chosen_again(folder):
    config = config_of(folder, *MLP)
    files = find_replays([f"{folder}/*.tcr"])

    again = np.stack([pair["action"].numpy() for pair in load_pairs(config.env, config.pretraining, files)])

    assert ((again == 0) | (again >= FIRST_ATTACK)).all()
    assert not ((again >= FIRST_MOVE) & (again < FIRST_ATTACK)).any()  # this player only attacks
    assert (again >= FIRST_ATTACK).mean() > 0.5


def test_files_are_split_evenly_and_all_used():
    files = [f"{number:03}" for number in range(20)]

    learnt, measured = split_files(files, 0.1)

    assert measured == ["000", "010"]
    assert sorted([*learnt, *measured]) == files
    assert split_files(files[:1], 0.5) == (files[:1], [])
    assert split_files(files[:2], 0.1) == (["001"], ["000"])
    assert split_files(files, 0.0) == (files, [])


def test_mistakes_are_said_in_one_line(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    config = ROOT / "configs" / "bc_m5v5.yaml"

    assert agents.train.main(["--config", str(config)]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("train.py: pretraining.replays: replays/closest/*.tcr: no such file; make some: ")
    assert errors.count("\n") == 1
    settings = config_of(folder, *MLP)
    odd = settings.pretraining.model_copy(update={"record_frames": 4})
    with pytest.raises(ConfigError, match=r"record_frames: 4 must divide the env's frame skip, \d+ frames"):
        load_pairs(settings.env, odd, find_replays([f"{folder}/*.tcr"]))


def test_training_clones_evaluates_and_goes_on(folder, tmp_path):
    overrides = [
        f"pretraining.replays=['{folder}/*.tcr']",
        "epochs=4",
        "env.num_envs=8",
        "batch_size=64",
        "total_steps=512",
        "every=512",
        "evaluation.num_envs=4",
        "evaluation.episodes=4",
        "final_episodes=0",
    ]
    done = subprocess.run(
        [sys.executable, str(ROOT / "train.py"), "--config", str(ROOT / "configs" / "bc_m5v5.yaml"), *overrides],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "11 replays, " in done.stdout
    assert "held-out decisions as in the replays (chance" in done.stdout
    (run,) = (tmp_path / "runs").iterdir()
    assert {path.name for path in (run / "checkpoints").iterdir()} == {"cloned.zip", "best.zip", "last.zip"}
    passes = [json.loads(line) for line in (run / "cloning.jsonl").read_text().splitlines()]
    assert [one["epoch"] for one in passes] == [1, 2, 3, 4]
    steps = [json.loads(line)["steps"] for line in (run / "evaluations.jsonl").read_text().splitlines()]
    assert steps == [0, 512]
