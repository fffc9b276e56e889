"""The training benchmark runs; its free env costs nothing but has everything. Speed is no test's business."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported

from agents.config import load_config
from agents.environments import make_vec_env
from benchmarks import bench_train

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("benchmarks")]


def test_quick_run_measures_every_contestant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "result.json"

    code = bench_train.main(["--quick", "--repeats", "1", "--out", str(out)])

    assert code == 0
    result = json.loads(out.read_text())
    (rates,) = result["groups"].values()
    assert set(rates) == set(bench_train.NAMES)
    assert all(math.isfinite(rate["median"]) and rate["median"] > 0 for rate in rates.values())
    assert set(result["ratios"]) == {
        f"{name} / {bench_train.FREE}" for name in bench_train.NAMES if name != bench_train.FREE
    }
    (target,) = result["targets"]
    assert target["wanted"] == 0.85
    assert target["is_reached"] == (target["median"] >= 0.85)
    assert {"commit", "machine", "versions", "command", "task"} <= result.keys()
    assert "targets" in capsys.readouterr().out


def test_free_env_has_the_spaces_masks_and_first_observation_of_the_real_one() -> None:
    config = load_config(bench_train.CONFIG).env.model_copy(update={"channel": "local"})
    real = make_vec_env(config, num_envs=3)
    try:
        real.seed(1)
        observation, masks = real.reset(), real.action_masks()
        free = bench_train.FreeVecEnv(observation, masks, real)

        assert is_masking_supported(free)
        assert np.array_equal(get_action_masks(free), masks)
        assert (free.observation_space, free.action_space) == (real.observation_space, real.action_space)
        again, rewards, dones, infos = free.step(np.zeros((3, 5), np.int64))
        assert again is observation
        assert (rewards.shape, dones.any(), infos) == ((3,), False, [{}] * 3)
    finally:
        real.close()
