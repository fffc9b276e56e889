from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch as th
from fake_battle import FakeVectorEnv
from sb3_contrib import MaskablePPO

from agents.checkpoints import load_checkpoint, load_policy, read_meta, restore_rng, save_checkpoint
from agents.config import RunConfig, parse_config
from agents.runs import RunFolder, find_checkpoint, newest_checkpoint
from agents.sb3 import StarCraftVecEnv
from agents.train import make_model
from bridge.errors import ConfigError


def config_of(observation: str = "units") -> RunConfig:
    raw = {
        "name": "t",
        "env": {"scenario": "m5v5_c_far", "observation": observation, "num_envs": 4},
        "algorithm": {"n_steps": 8, "batch_size": 16},
        "policy": {"name": "mlp", "hidden": [8]},
    }
    return parse_config(raw, source="t")


def env_of(observation: str = "units") -> StarCraftVecEnv:
    return StarCraftVecEnv(FakeVectorEnv(4, observation))  # type: ignore[arg-type]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "a.zip"
    model = make_model(config_of(), env_of(), "cpu")
    model.learn(64)
    save_checkpoint(model, config_of(), path)
    return path


def test_loaded_model_acts_like_the_saved_one(tmp_path: Path) -> None:
    env = env_of()
    model = make_model(config_of(), env, "cpu")
    model.learn(64)
    save_checkpoint(model, config_of(), tmp_path / "a.zip")
    observation, masks = env.reset(), env.action_masks()

    loaded, meta = load_checkpoint(tmp_path / "a.zip", env)

    assert isinstance(loaded, MaskablePPO)
    assert meta.steps == loaded.num_timesteps == 64
    assert meta.config == config_of()
    expected, _ = model.predict(observation, deterministic=True, action_masks=masks)  # type: ignore[call-arg, arg-type]
    actual, _ = loaded.predict(observation, deterministic=True, action_masks=masks)  # type: ignore[arg-type]
    assert np.array_equal(expected, actual)


def test_policy_alone_acts_like_the_model_and_leaves_random_states_and_env_alone(checkpoint: Path) -> None:
    env = env_of()
    observation, masks = env.reset(), env.action_masks()
    model, _ = load_checkpoint(checkpoint, env)
    expected, _ = model.predict(observation, deterministic=True, action_masks=masks)  # type: ignore[call-arg, arg-type]
    env.seed(3)
    seeds, states = list(env._seeds), (th.get_rng_state(), np.random.get_state()[1])  # type: ignore[index]

    policy, meta = load_policy(checkpoint, env)

    assert meta.steps == 64
    actual, _ = policy.predict(observation, deterministic=True, action_masks=masks)  # type: ignore[arg-type]
    assert np.array_equal(expected, actual)
    assert list(env._seeds) == seeds
    assert th.equal(th.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])  # type: ignore[index]


def test_policy_of_another_observation_space_is_refused(checkpoint: Path) -> None:
    with pytest.raises(ConfigError, match=r"checkpoint of another observation space: it has .*, the env has Box"):
        load_policy(checkpoint, env_of("flat"))


def test_random_states_come_back(checkpoint: Path) -> None:
    restore_rng(checkpoint)
    first = (th.rand(3).tolist(), np.random.random(3).tolist())
    th.rand(17)
    restore_rng(checkpoint)

    assert (th.rand(3).tolist(), np.random.random(3).tolist()) == first


def test_sb3_loads_the_file_too(checkpoint: Path) -> None:
    assert MaskablePPO.load(checkpoint, device="cpu").num_timesteps == 64


def test_checkpoint_of_another_observation_space_is_refused(checkpoint: Path) -> None:
    with pytest.raises(ConfigError, match=r"checkpoint of another observation space: it has .*, the env has Box"):
        load_checkpoint(checkpoint, env_of("flat"))


def test_checkpoint_of_another_action_space_is_refused(checkpoint: Path) -> None:
    env = env_of()
    env.action_space.nvec = env.action_space.nvec + 1  # type: ignore[attr-defined]

    with pytest.raises(ConfigError, match="checkpoint of another action space: it has MultiDiscrete"):
        load_checkpoint(checkpoint, env)


def test_truncated_file_is_called_broken(checkpoint: Path) -> None:
    checkpoint.write_bytes(checkpoint.read_bytes()[:-300])

    with pytest.raises(ConfigError, match="broken checkpoint"):
        load_checkpoint(checkpoint, env_of())


def test_damaged_byte_is_found(checkpoint: Path) -> None:
    data = bytearray(checkpoint.read_bytes())
    with zipfile.ZipFile(checkpoint) as archive:
        at = archive.getinfo("policy.pth").header_offset + 200
    data[at] ^= 0xFF
    checkpoint.write_bytes(data)

    with pytest.raises(ConfigError, match="broken checkpoint"):
        load_checkpoint(checkpoint, env_of())


def test_weights_of_the_wrong_shape_are_called_broken(checkpoint: Path) -> None:
    with zipfile.ZipFile(checkpoint) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    del members["policy.optimizer.pth"]
    with zipfile.ZipFile(checkpoint, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)

    with pytest.raises(ConfigError, match="broken checkpoint"):
        load_checkpoint(checkpoint, env_of())


@pytest.mark.parametrize("content", [b"", b"not a zip", None])
def test_file_that_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.zip"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=r"broken checkpoint|no such checkpoint") as caught:
        load_checkpoint(path, env_of())
    assert "\n" not in str(caught.value)


def test_zip_of_someone_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data", json.dumps({}))

    with pytest.raises(ConfigError, match="not one of Nydus"):
        read_meta(path)


def test_run_folder_offers_best_for_evaluation_and_newest_for_resuming(tmp_path: Path) -> None:
    config = config_of().model_copy(update={"runs": str(tmp_path)})
    folder = RunFolder.create(config, ["train.py"])
    model = make_model(config, env_of(), "cpu")
    save_checkpoint(model, config, folder.best)
    model.learn(32)
    save_checkpoint(model, config, folder.last)

    assert find_checkpoint(folder.path) == folder.best
    assert newest_checkpoint(folder) == (folder.last, 32)


def test_broken_newest_checkpoint_falls_back_to_the_one_before(tmp_path: Path) -> None:
    config = config_of().model_copy(update={"runs": str(tmp_path)})
    folder = RunFolder.create(config, ["train.py"])
    model = make_model(config, env_of(), "cpu")
    save_checkpoint(model, config, folder.checkpoints / "step-000000000000.zip")
    folder.last.write_bytes(b"half")

    path, steps = newest_checkpoint(folder)

    assert (path.name, steps) == ("step-000000000000.zip", 0)


def test_run_folder_without_checkpoint_is_refused(tmp_path: Path) -> None:
    folder = RunFolder.create(config_of().model_copy(update={"runs": str(tmp_path)}), ["train.py"])

    with pytest.raises(ConfigError, match="no checkpoint"):
        find_checkpoint(folder.path)
    with pytest.raises(ConfigError, match="nothing to resume"):
        newest_checkpoint(folder)


def test_two_runs_in_one_second_get_two_folders(tmp_path: Path) -> None:
    config = config_of().model_copy(update={"runs": str(tmp_path)})

    first, second = RunFolder.create(config, []), RunFolder.create(config, [])

    assert first.path != second.path
