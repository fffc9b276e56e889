"""The folder that stands in for StarCraft II: unmodified scripts launch what is in it, one variable is set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
from bridge.errors import ConfigError
from bridge.sc2.installation import BINARY, find_binary, make_installation

SUPPORT = Path(__file__).parents[1] / "support"
SCRIPT = SUPPORT / "sc2_scripts" / "run_game.py"


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SC2PATH": str(folder),
        "NYDUS_SC2_WORLDS": "sc2_world:SmallWorlds",
        "PYTHONPATH": str(SUPPORT),
        "PYTHONWARNINGS": "ignore",
    }


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("computer", "Result.Victory"),
        pytest.param("bots", "[<Result.Victory: 1>, <Result.Defeat: 2>]", marks=pytest.mark.full),
        pytest.param("realtime", "Result.Defeat", marks=pytest.mark.full),
    ],
)
def test_unmodified_run_game_plays_to_a_result(tmp_path: Path, kind: str, result: str) -> None:
    folder = make_installation(tmp_path / "sc2", ["Small"])
    replay = tmp_path / "game.SC2Replay"

    done = subprocess.run(
        [sys.executable, str(SCRIPT), kind, str(replay)],
        env=environment(folder), cwd=tmp_path, capture_output=True, text=True, timeout=50,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"RESULT {result}" in done.stdout, done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert replay.read_bytes().startswith(b"NYDUSSC2") or kind == "realtime"
    left = [process for process in psutil.process_iter(["cmdline"]) if str(folder) in str(process.info["cmdline"])]
    assert not left


@pytest.mark.full
def test_executable_leaves_when_who_launched_it_is_killed(tmp_path: Path) -> None:
    binary = find_binary(make_installation(tmp_path / "sc2", ["Small"]))
    launcher = (
        "import subprocess, sys, time; p = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True);"
        "print(p.pid, p.stdout.readline(), flush=True); time.sleep(1000)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", launcher, str(binary), "-listen", "127.0.0.1", "-port", "0", "-verbose"],
        env=environment(tmp_path), stdout=subprocess.PIPE, text=True,
    ) as client:  # fmt: skip
        assert client.stdout is not None
        pid, _, said = client.stdout.readline().partition(" ")
        game = psutil.Process(int(pid))
        assert said.startswith("listening on ws://127.0.0.1:")
        client.kill()
        client.wait()

    game.wait(timeout=20)


def test_installation_is_made_anew_and_a_real_one_is_left_alone(tmp_path: Path) -> None:
    folder = make_installation(tmp_path / "sc2", ["Small"])
    assert make_installation(folder, ["Small", "Large"]) == folder
    assert (folder / "Maps" / "Large.SC2Map").is_file()
    (folder / "Versions" / "Base99999").mkdir()
    (folder / "Versions" / "Base99999" / BINARY).write_bytes(b"\x7fELF")

    with pytest.raises(ConfigError, match="a real installation"):
        make_installation(folder, [])
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").touch()
    with pytest.raises(ConfigError, match="not empty and no installation"):
        make_installation(tmp_path / "full", [])
