"""The wheel, as a stranger meets it: in a clean environment, far from this repository.

The environment gets no packages of its own but the wheel. The dependencies are those of the running interpreter: a
`.pth` file names its site-packages folder. Python does not read `.pth` files in a folder that another one names, so
the running interpreter's own editable install of this repository stays out of sight.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("engine", "bridge", "envs", "agents")
DATA_SUFFIXES = (".csv", ".json", ".npz", ".yaml", ".typed")

PLAY = """
import json
import sys

import gymnasium as gym
import numpy as np

import agents
import bridge
import engine
import envs

env = gym.make("BroodWar/m5v5_c_far-v0")
observation, info = env.reset(seed=3)
generator = np.random.default_rng(3)
frames = []
for _ in range(4):
    action = [generator.choice(np.flatnonzero(mask)) for mask in info["action_mask"]]
    observation, reward, terminated, truncated, info = env.step(np.array(action))
    frames.append(info["episode_frames"])
    assert observation in env.observation_space
env.close()
print(json.dumps({
    "packages": {module.__name__: module.__file__ for module in (agents, bridge, engine, envs)},
    "path": sys.path,
    "frames": frames,
    "frame_skip": env.unwrapped.setup.task.frame_skip,
    "invalid": info["invalid_actions"],
    "own_units": info["own_units"],
}))
"""

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("wheel")]


def run(command, folder, timeout_s=300, **environment):
    """Run a command without anything that shows the way to this repository; fail with its output."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "COV_"))}
    result = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from a copy of the sources: a build leaves its own folders behind."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE", "train.py", "evaluate.py"):
        shutil.copy(ROOT / name, source)
    for name in (*PACKAGES, "configs"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", target, source], source)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean_python(wheel, tmp_path_factory):
    """Return the interpreter of an environment that holds the wheel and can see the dependencies."""
    folder = tmp_path_factory.mktemp("clean") / "environment"
    run([sys.executable, "-m", "venv", "--without-pip", folder], folder.parent)
    python = folder / "bin" / "python"
    run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--no-deps", wheel],
        folder.parent,
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site_packages = Path(run([python, "-c", where], folder.parent).strip())
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def test_wheel_holds_every_module_and_data_file(wheel):
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in (".py", *DATA_SUFFIXES) and "__pycache__" not in path.parts
    }

    names = set(zipfile.ZipFile(wheel).namelist())

    assert any(name.startswith("engine/broodwar/rules/") and name.endswith(".csv") for name in names)
    assert "engine/broodwar/scenarios/m5v5_c_far.yaml" in names
    assert expected - names == set()


def test_wheel_brings_nothing_but_its_packages_and_two_scripts(wheel):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {*PACKAGES, "configs", "train.py", "evaluate.py"}


def test_wheel_plays_in_a_clean_environment(clean_python, tmp_path):
    script = tmp_path / "play.py"
    script.write_text(PLAY)

    # Kernels run as plain Python here: compiled ones are kept per folder, and this folder is new every time.
    said = json.loads(run([clean_python, "-W", "error", script], tmp_path, NUMBA_DISABLE_JIT="1"))

    site_packages = clean_python.parents[1] / "lib"
    for name, file in said["packages"].items():
        assert Path(file).is_relative_to(site_packages), f"{name} comes from {file}"
    assert str(ROOT) not in said["path"]
    assert said["frames"] == [said["frame_skip"] * step for step in (1, 2, 3, 4)]
    assert said["invalid"] == 0
    assert said["own_units"] == 5


def test_wheel_brings_the_command(clean_python, tmp_path):
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]

    said = run([clean_python.parent / "nydus", "--version"], tmp_path)

    assert said.strip().endswith(version)
