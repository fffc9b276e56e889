"""The same launcher under real Wine, with a Windows program that is made here: it starts, and all of Wine ends."""

from __future__ import annotations

import contextlib
import shutil
import sys

import psutil
import pytest
import windows_program
from leaks import nothing_left

from bridge.deadline import Deadline
from bridge.launch import LaunchedGame, wine_plan

PREFIX_S = 240.0
"""Wine makes a new folder of its own at its first start."""


def processes_with(prefix):
    """Processes whose Wine folder this is, whoever their parent is."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("WINEPREFIX") == str(prefix):
                found.append(process)
    return found


@pytest.mark.full
@pytest.mark.timeout(400)
@pytest.mark.skipif(shutil.which("wine") is None, reason="no Wine here (Debian: apt-get install wine)")
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_program_runs_under_wine_and_nothing_of_wine_is_left(tmp_path):
    game, prefix = tmp_path / "game", tmp_path / "prefix"
    for name in ("StarCraft.exe", "bwapi-data/BWAPI.dll", "bwapi-data/BWEnv.dll", "maps/TorchUp/a.scm"):
        (game / name).parent.mkdir(parents=True, exist_ok=True)
        (game / name).touch()
    (game / "bwheadless.exe").write_bytes(windows_program.program())
    plan = wine_plan(path=str(game), map_name="a.scm", port=24137, prefix=prefix, arch=None, with_chaoslauncher=False)

    with nothing_left():
        launched = LaunchedGame(plan)
        launched.wait_ready(lambda timeout_s: (game / "ready").exists(), Deadline.after(PREFIX_S))
        names = {process.name() for process in processes_with(prefix)}
        launched.check()
        launched.close()

    assert any("wineserver" in name for name in names), names
    assert not processes_with(prefix)
