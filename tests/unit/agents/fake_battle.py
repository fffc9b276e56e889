"""A toy battle behind the interface of `envs.StarCraftVectorEnv`: two against two, decided within a few steps.

Each living own unit that attacks a living enemy takes one of its two points; each living enemy takes a point from an
own unit with probability 0.3. Moves do nothing. So attacking wins often, everything else loses or runs out of time.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from bridge.errors import GameCrashedError
from bridge.failures import FailureLog

OWN = 2
ENEMY = 2
CHOICES = 9 + ENEMY
POINTS = 2
MAX_STEPS = 12


def spaces_of(observation: str) -> gym.Space[Any]:
    shapes = {
        "own": (OWN, 3),
        "enemy": (ENEMY, 3),
        "own_mask": (OWN,),
        "enemy_mask": (ENEMY,),
        "global": (2,),
        "relations": (OWN, ENEMY, 2),
    }
    if observation == "flat":
        size = sum(int(np.prod(shape)) for shape in shapes.values())
        return gym.spaces.Box(-1.0, 1.0, (size,), np.float32)
    return gym.spaces.Dict({name: gym.spaces.Box(-1.0, 1.0, shape, np.float32) for name, shape in shapes.items()})


class FakeVectorEnv:
    """See the module."""

    def __init__(self, num_envs: int = 3, observation: str = "units", fail_at_step: int | None = None) -> None:
        self.num_envs = num_envs
        self.seats = 1
        self.metadata = {"autoreset_mode": gym.vector.AutoresetMode.SAME_STEP}
        self.render_mode = None
        self.spec = None
        self.single_observation_space = spaces_of(observation)
        self.single_action_space = gym.spaces.MultiDiscrete([CHOICES] * OWN)
        self.failures: dict[int, str] = {}
        self.failure_log = FailureLog()
        self.is_closed = False
        self.seeds: list[int] = []
        self._fail_at_step = fail_at_step
        self._total_steps = 0
        self._own = np.zeros((num_envs, OWN), int)
        self._enemy = np.zeros((num_envs, ENEMY), int)
        self._steps = np.zeros(num_envs, int)
        self._random = [np.random.default_rng(row) for row in range(num_envs)]
        self.arrays: dict[str, Any] = {
            "action_mask": np.zeros((num_envs, OWN * CHOICES), bool),
            "reward": np.zeros(num_envs, np.float32),
            "terminated": np.zeros(num_envs, bool),
            "truncated": np.zeros(num_envs, bool),
            "info/battle_won": np.zeros(num_envs, bool),
        }
        for name in ("own_units", "enemy_units", "own_hp", "enemy_hp", "frame", "episode_frames", "invalid_actions"):
            self.arrays[f"info/{name}"] = np.zeros(num_envs, np.int32)
        finals = {f"final_{name}": array.copy() for name, array in self.arrays.items() if name.startswith("info/")}
        self.arrays.update(finals)
        parts: dict[str, tuple[int, ...]] = {"": self.single_observation_space.shape or ()}
        if isinstance(self.single_observation_space, gym.spaces.Dict):
            parts = {f"/{name}": box.shape or () for name, box in self.single_observation_space.spaces.items()}
        for suffix, shape in parts.items():
            self.arrays[f"observation{suffix}"] = np.zeros((num_envs, *shape), np.float32)
            self.arrays[f"final_observation{suffix}"] = np.zeros((num_envs, *shape), np.float32)

    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        if seed is not None:
            self.seeds = list(seed) if isinstance(seed, list) else [seed + row for row in range(self.num_envs)]
            self._random = [np.random.default_rng(value) for value in self.seeds]
        for row in range(self.num_envs):
            self._begin(row)
        self._encode("observation")
        return None, {}

    def send_step(self, actions: Any) -> None:
        self._actions = np.asarray(actions)

    def wait_step(self) -> Any:
        self._total_steps += 1
        arrays = self.arrays
        self.failures.clear()
        actions = self._actions
        masks = arrays["action_mask"].reshape(self.num_envs, OWN, CHOICES)
        for row in range(self.num_envs):
            before = self._enemy[row].sum() - self._own[row].sum()
            arrays["info/invalid_actions"][row] = 0
            for unit, choice in enumerate(actions[row].tolist()):
                if not masks[row, unit, choice]:
                    arrays["info/invalid_actions"][row] += 1
                elif choice >= 9:
                    self._enemy[row, choice - 9] = max(0, self._enemy[row, choice - 9] - 1)
            for hits in self._random[row].random((self._enemy[row] > 0).sum()) < 0.3:
                alive = np.flatnonzero(self._own[row])
                if hits and alive.size:
                    self._own[row, alive[0]] -= 1
            self._steps[row] += 1
            arrays["reward"][row] = (before - self._enemy[row].sum() + self._own[row].sum()) / 4
            self._score(row)
        self._encode("final_observation")
        if self._total_steps == self._fail_at_step:
            self.failures[0] = "the game process was killed"
            self.failure_log.record(GameCrashedError("fake#0", 1, 2, "the game process was killed"))
            arrays["reward"][0], arrays["terminated"][0], arrays["truncated"][0] = 0.0, False, True
        ended = np.flatnonzero(arrays["terminated"] | arrays["truncated"])
        for name in [name for name in arrays if name.startswith("info/")]:
            arrays[f"final_{name}"][ended] = arrays[name][ended]
            arrays[name][ended] = 0
        for row in ended:
            self._begin(row)
        self._encode("observation")
        return arrays

    def action_masks(self) -> Any:
        return self.arrays["action_mask"].copy()

    def render(self) -> Any:
        return None

    def close(self) -> None:
        self.is_closed = True

    def _begin(self, row: int) -> None:
        self._own[row] = POINTS
        self._enemy[row] = POINTS
        self._steps[row] = 0

    def _score(self, row: int) -> None:
        arrays = self.arrays
        own, enemy = (self._own[row] > 0).sum(), (self._enemy[row] > 0).sum()
        arrays["terminated"][row] = own == 0 or enemy == 0
        arrays["truncated"][row] = not arrays["terminated"][row] and self._steps[row] >= MAX_STEPS
        arrays["info/battle_won"][row] = enemy == 0 and own > 0
        arrays["info/own_units"][row] = own
        arrays["info/enemy_units"][row] = enemy
        arrays["info/own_hp"][row] = self._own[row].sum()
        arrays["info/enemy_hp"][row] = self._enemy[row].sum()
        arrays["info/frame"][row] = arrays["info/episode_frames"][row] = 8 * self._steps[row]

    def _encode(self, prefix: str) -> None:
        own, enemy = self._own / POINTS, self._enemy / POINTS
        parts = {
            "own": np.stack([own, np.broadcast_to([0.0, 1.0], own.shape), own > 0], axis=-1),
            "enemy": np.stack([enemy, np.broadcast_to([0.0, 1.0], enemy.shape), enemy > 0], axis=-1),
            "own_mask": own > 0,
            "enemy_mask": enemy > 0,
            "global": np.stack([self._steps / MAX_STEPS, own.sum(1) / OWN], axis=-1),
            "relations": np.stack([own[:, :, None] * enemy[:, None, :]] * 2, axis=-1),
        }
        if isinstance(self.single_observation_space, gym.spaces.Dict):
            for name, value in parts.items():
                self.arrays[f"{prefix}/{name}"][:] = value
        else:
            flat = [np.asarray(value, float).reshape(self.num_envs, -1) for value in parts.values()]
            self.arrays[prefix][:] = np.concatenate(flat, axis=1)
        mask = self.arrays["action_mask"].reshape(self.num_envs, OWN, CHOICES)
        mask[:] = False
        mask[:, :, 0] = True
        mask[:, :, 1:9] = (own > 0)[:, :, None]
        mask[:, :, 9:] = (own > 0)[:, :, None] & (enemy > 0)[:, None, :]
