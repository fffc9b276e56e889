"""What people paste into a file works: an env at module level, no `if __name__`, no `close()`."""

import json
import subprocess
import sys

import pytest
from leaks import eventually, is_running

SCRIPT = """
import json

import gymnasium as gym
import psutil

import envs

env = gym.make("BroodWar-v0")
observation, info = env.reset(seed=7)
for _ in range(5):
    observation, reward, terminated, truncated, info = env.step(env.action_space.sample(mask=info["action_mask"]))
    assert not (terminated or truncated)
games = [child.pid for child in psutil.Process().children(recursive=True)]
said = {"games": games, "frame": info["episode_frames"], "frame_skip": env.unwrapped.setup.task.frame_skip}
print(json.dumps(said))
"""


@pytest.mark.timeout(300)
def test_unguarded_script_works_and_leaves_no_process(tmp_path, clean_environment):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    result = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        env=clean_environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=280,
    )

    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    (line,) = result.stdout.splitlines()
    said = json.loads(line)
    assert len(said["games"]) >= 1, "the game ran in a process of its own"
    assert said["frame"] == 5 * said["frame_skip"]
    assert eventually(lambda: not any(map(is_running, said["games"])))
