"""The notebooks run from top to bottom, in a kernel of their own, against the installed packages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

TIMEOUT_S = 600.0
"""A minute with compiled kernels on a quiet machine; the rest is for a busy one."""


@pytest.mark.timeout(TIMEOUT_S + 20)
@pytest.mark.xdist_group("training")
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(notebook):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbmake", f"--timeout={TIMEOUT_S:.0f}"]

    result = subprocess.run(
        [*command, str(notebook)],
        cwd=ROOT,
        env={**os.environ, "NB_FAST": "1"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )

    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
    assert "1 passed" in result.stdout


def test_there_is_a_quickstart():
    assert "01_quickstart" in [path.stem for path in NOTEBOOKS]
