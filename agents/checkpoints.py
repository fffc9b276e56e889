"""Checkpoints: SB3's own zip files plus what is needed to judge one before it is loaded, written atomically.

`MaskablePPO.load(path)` of sb3-contrib reads them as well. Two members are ours: `nydus.json` (algorithm, spaces,
config) and `nydus_rng.npz` (random states of torch and numpy). Like every SB3 file they hold pickled objects: load
only checkpoints that you trust.
"""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gymnasium as gym
import numpy as np
import torch as th
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO
from stable_baselines3.common.save_util import load_from_zip_file
from stable_baselines3.common.vec_env import VecEnv

from agents.config import RunConfig, parse_config
from agents.policies import UnitActorCriticPolicy
from bridge.errors import ConfigError
from bridge.userfiles import write_atomically

Model = MaskablePPO | PPO
ALGORITHMS: Final[Mapping[str, type[MaskablePPO] | type[PPO]]] = {"maskable_ppo": MaskablePPO, "ppo": PPO}
META_MEMBER: Final = "nydus.json"
RNG_MEMBER: Final = "nydus_rng.npz"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointMeta:
    """What a checkpoint says about itself.

    Attributes:
        steps: env steps trained.
        config: of the run that wrote it.
        observation_space: as `describe_space` gives it.
        action_space: likewise.
    """

    steps: int
    config: RunConfig
    observation_space: str
    action_space: str


def describe_space(space: gym.Space[Any]) -> str:
    """Return shapes and types of a space, without its bounds, as one line.

    >>> describe_space(gym.spaces.MultiDiscrete([14, 14]))
    'MultiDiscrete[14, 14]'
    """
    if isinstance(space, gym.spaces.Dict):
        return "{" + ", ".join(f"{name}: {describe_space(part)}" for name, part in sorted(space.spaces.items())) + "}"
    if isinstance(space, gym.spaces.MultiDiscrete):
        return f"MultiDiscrete{space.nvec.tolist()}"
    return f"{type(space).__name__}{list(space.shape or ())} {space.dtype}"


def save_checkpoint(model: Model, config: RunConfig, path: Path) -> None:
    """Write a checkpoint so that `path` holds either the old file or the whole new one, whenever the power fails.

    Args:
        model: the learner.
        config: its run's.
        path: where to; the folder exists.
    """
    buffer = io.BytesIO()
    model.save(buffer)
    meta = {
        "format": FORMAT,
        "steps": int(model.num_timesteps),
        "config": config.model_dump(mode="json"),
        "observation_space": describe_space(model.observation_space),
        "action_space": describe_space(model.action_space),
    }
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(META_MEMBER, json.dumps(meta, indent=1))
        archive.writestr(RNG_MEMBER, _rng_bytes())
    write_atomically(path, buffer.getvalue())


def read_meta(path: Path) -> CheckpointMeta:
    """Read what a checkpoint says about itself, without unpickling anything.

    Raises:
        ConfigError: no such file, not a checkpoint, or broken.
    """
    if not path.is_file():
        raise ConfigError(f"{path}: no such checkpoint")
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
            if broken is not None:
                raise ConfigError(f"{path}: broken checkpoint: member {broken!r} is damaged")
            meta = json.loads(archive.read(META_MEMBER))
        return CheckpointMeta(
            steps=int(meta["steps"]),
            config=parse_config(meta["config"], source=f"{path} ({META_MEMBER})"),
            observation_space=str(meta["observation_space"]),
            action_space=str(meta["action_space"]),
        )
    except ConfigError:
        raise
    except KeyError as error:
        raise ConfigError(f"{path}: broken checkpoint, or not one of Nydus: it lacks {error}") from error
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, TypeError, NotImplementedError) as error:
        # NotImplementedError is what zipfile raises for a compression that it does not know: a damaged header.
        raise ConfigError(f"{path}: broken checkpoint: {error}") from error


def load_checkpoint(path: Path, env: VecEnv, *, device: str = "cpu") -> tuple[Model, CheckpointMeta]:
    """Load the learner of a checkpoint for an env.

    Args:
        path: the file.
        env: what it shall act in or go on training in.
        device: torch device.

    Raises:
        ConfigError: no such file, broken, or made for other observation or action spaces.
    """
    meta = _meta_for(path, env)
    algorithm = ALGORITHMS[meta.config.algorithm.name]
    with _broken_means_config_error(path):
        model = algorithm.load(path, env=env, device=device)
    return model, meta


def load_policy(path: Path, env: VecEnv, *, device: str = "cpu") -> tuple[UnitActorCriticPolicy, CheckpointMeta]:
    """Load the network of a checkpoint, without optimiser and buffers, and without touching any random state.

    SB3's own `load` seeds torch, numpy and the env anew, which a run under way must not suffer.

    Args:
        path: the file.
        env: what it shall act in.
        device: torch device.

    Raises:
        ConfigError: as `load_checkpoint`.
    """
    meta = _meta_for(path, env)
    with _broken_means_config_error(path), th.random.fork_rng(devices=[]):  # building a network draws its weights
        data, parameters, _ = load_from_zip_file(path, device="cpu")
        if data is None:
            raise ValueError("no data of a learner in it")
        policy: UnitActorCriticPolicy = data["policy_class"](
            data["observation_space"], data["action_space"], lambda progress: 0.0, **data["policy_kwargs"]
        )
        weights: Any = parameters["policy"]
        policy.load_state_dict(weights)
    policy.set_training_mode(False)
    return policy.to(device), meta


def _meta_for(path: Path, env: VecEnv) -> CheckpointMeta:
    meta = read_meta(path)
    for what, theirs, ours in (
        ("observation", meta.observation_space, describe_space(env.observation_space)),
        ("action", meta.action_space, describe_space(env.action_space)),
    ):
        if theirs != ours:
            raise ConfigError(f"{path}: checkpoint of another {what} space: it has {theirs}, the env has {ours}")
    return meta


@contextlib.contextmanager
def _broken_means_config_error(path: Path) -> Iterator[None]:
    try:
        yield
    except (
        RuntimeError,
        ValueError,
        KeyError,
        AttributeError,
        EOFError,
        ImportError,
        OSError,
        pickle.UnpicklingError,
    ) as error:
        raise ConfigError(f"{path}: broken checkpoint: {' '.join(str(error).split())[:300]}") from error


def restore_rng(path: Path) -> None:
    """Set torch's and numpy's global random states to those at the time of the checkpoint."""
    with zipfile.ZipFile(path) as archive, np.load(io.BytesIO(archive.read(RNG_MEMBER))) as states:
        th.set_rng_state(th.from_numpy(states["torch"]))
        position, has_gauss = (int(value) for value in states["numpy_position"])
        np.random.set_state(("MT19937", states["numpy_keys"], position, has_gauss, float(states["numpy_gauss"])))


def _rng_bytes() -> bytes:
    _, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    buffer = io.BytesIO()
    np.savez(
        buffer,
        torch=th.get_rng_state().numpy(),
        numpy_keys=keys,
        numpy_position=np.array([position, has_gauss]),
        numpy_gauss=np.array(gauss),
    )
    return buffer.getvalue()
