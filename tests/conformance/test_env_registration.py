"""Making envs by id, from anywhere, with right and wrong arguments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest

import envs
from bridge.errors import ConfigError
from bridge.timeouts import Timeouts

ROOT = Path(envs.__file__).parents[1]


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_envs_registers_and_loads_neither_torch_nor_the_engine() -> None:
    heavy = ["torch", "stable_baselines3", "numba", "pydantic", "matplotlib", "bridge.pool", "engine.broodwar"]

    out = run_python(
        "import sys, envs, gymnasium\n"
        "assert 'BroodWar-v0' in gymnasium.registry\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    assert out.strip() == "[]"


def test_task_is_built_without_torch() -> None:
    out = run_python(
        "import sys\n"
        "from envs.tasks import make_task\n"
        "make_task(scenario='m5v5_c_far')\n"
        "print([name for name in ('torch', 'stable_baselines3', 'matplotlib') if name in sys.modules])"
    )

    assert out.strip() == "[]"


def test_unguarded_script_plays_a_step_in_another_process() -> None:
    out = run_python(
        "import envs, gymnasium\n"
        "env = gymnasium.make('BroodWar-v0')\n"
        "env.reset(seed=1)\n"
        "print(env.step(env.action_space.sample())[4]['episode_frames'] == env.unwrapped.setup.task.frame_skip)\n"
        "env.close()\n"
    )

    assert out.strip() == "True"


def test_module_prefix_makes_the_env_without_an_import() -> None:
    out = run_python(
        "import gymnasium\n"
        "env = gymnasium.make('envs:BroodWar/1vu_1zl-v0', channel='local')\n"
        "print(env.unwrapped.setup.task.scenario.name)\n"
        "env.close()\n"
    )

    assert out.strip() == "1vu_1zl"


def test_registering_twice_changes_nothing() -> None:
    before = dict(gym.registry)

    envs.register()

    assert gym.registry == before


def test_scenario_ids_take_every_other_argument() -> None:
    env = gym.make(
        "BroodWar/1vu_1zl-v0",
        channel="local",
        observation="flat",
        reward={"win": 1.0},
        opponent="noop",
        frame_skip=4,
        latency_frames=0,
        max_frames=100,
        move_distance_px=32,
        timeouts={"step_s": 5.0},
        render_mode="ansi",
    )
    task = env.unwrapped.setup.task  # type: ignore[attr-defined]
    env.close()

    assert (task.frame_skip, task.latency_frames, task.max_frames) == (4, 0, 100)
    assert task.action.move_distance_px == 32
    assert task.reward.weights.sum() == 1.0


def test_timeouts_may_be_a_value_or_a_mapping() -> None:
    for timeouts in (Timeouts(step_s=7.0), {"step_s": 7.0}):
        env = envs.StarCraftEnv(channel="local", timeouts=timeouts)
        assert env._pool.timeouts.step_s == 7.0
        env.close()


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"scenaro": "m5v5_c_far"}, "unknown keyword 'scenaro'; did you mean 'scenario'?"),
        ({"scenario": "m5v5_c_fra"}, "unknown scenario 'm5v5_c_fra'; did you mean 'm5v5_c_far'?"),
        ({"observation": "flatt"}, "unknown observation 'flatt'; did you mean 'flat'?"),
        ({"action": "mikro"}, "unknown action 'mikro'; did you mean 'micro'?"),
        (
            {"reward": "sparse"},
            "unknown reward 'sparse'; known: coma, default, smac, torchcraftai, usunier, win, zero_sum",
        ),
        ({"opponent": "closets"}, "unknown opponent 'closets'; did you mean 'closest'?"),
        ({"channel": "shmm"}, "unknown channel 'shmm'; did you mean 'shm'?"),
        ({"render_mode": "rgb_aray"}, "unknown render_mode 'rgb_aray'; did you mean 'rgb_array'?"),
        ({"timeouts": {"steps": 1.0}}, "unknown timeouts key 'steps'; did you mean 'step_s'?"),
        ({"frame_skip": 0}, "frame_skip 0 is not an integer of at least 1"),
    ],
)
def test_wrong_argument_is_refused_in_one_line_with_the_nearest_name(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        envs.StarCraftEnv(**{"channel": "local", **kwargs})

    assert str(caught.value) == message


def test_reset_option_is_refused() -> None:
    env = envs.StarCraftEnv(channel="local")

    with pytest.raises(ConfigError, match="unknown reset option 'map'; this env takes none"):
        env.reset(options={"map": 1})
    env.close()


def test_unknown_attribute_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'StarCraftEnvv'"):
        envs.StarCraftEnvv  # noqa: B018
