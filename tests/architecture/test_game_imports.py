"""A game process is a fresh interpreter: it runs neither the trainer's script nor what only a learner needs."""

import json
import subprocess
import sys

import pytest

PROBE = """
import json, os, pathlib, sys

from bridge.embedded import EmbeddedSession
from bridge.scenarios import load_scenario

class ProbeSession(EmbeddedSession):
    async def step(self, commands, frames):
        seen = {
            "pid": os.getpid(),
            "main": getattr(sys.modules["__main__"], "__file__", None),
            "modules": sorted(sys.modules),
        }
        pathlib.Path(os.environ["PROBE_OUT"]).write_text(json.dumps(seen))
        return await super().step(commands, frames)

def make_session(spec):
    return ProbeSession(load_scenario(spec.scenario), spec.num_games, spec.players)
"""
"""An embedded game that writes down what its process has imported."""

TRAINER = """
import os
import torch
import gymnasium

with open(os.environ["PROBE_MARKS"], "a") as marks:
    marks.write(f"{os.getpid()}\\n")

import envs

env = envs.StarCraftEnv(backend="probe:make_session", channel=os.environ["PROBE_CHANNEL"])
env.reset(seed=1)
env.step(env.action_space.sample())
env.close()
"""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("channel", ["shm", "queue"])
def test_game_process_imports_neither_main_nor_torch(tmp_path, channel, clean_environment):
    (tmp_path / "probe.py").write_text(PROBE)
    script = tmp_path / "script.py"
    script.write_text(TRAINER)
    out, marks = tmp_path / "seen.json", tmp_path / "marks"
    environment = {
        **clean_environment,
        "PROBE_OUT": str(out),
        "PROBE_MARKS": str(marks),
        "PROBE_CHANNEL": channel,
    }

    result = subprocess.run(
        [sys.executable, str(script)], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=280
    )

    assert result.returncode == 0, result.stderr
    seen = json.loads(out.read_text())
    trainer_pids = [int(line) for line in marks.read_text().split()]
    assert len(trainer_pids) == 1, "the script ran once, in the trainer"
    assert seen["pid"] != trainer_pids[0], "the game has a process of its own"
    assert seen["main"] is None, "the game's __main__ is no file of the trainer's"
    forbidden = {"torch", "stable_baselines3", "sb3_contrib", "agents", "matplotlib", "script"}
    assert forbidden & set(seen["modules"]) == set()
