"""The programs in docs/bridge.md end as the page says they do; its tables are those of the tests and the benchmark."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from leaks import eventually

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "bridge.md"
PROGRAM = re.compile(r"<!-- program: (\w+)(?: ([^\n]*?))? -->\n```python\n(.*?)```", re.DOTALL)
HANG_S = 2.0
"""The programs that do not hang take a tenth of it."""

ENOUGH_S = 60.0


def programs():
    found = PROGRAM.findall(PAGE.read_text(encoding="utf-8"))
    return [pytest.param(*groups, id=f"{number}-{groups[0]}") for number, groups in enumerate(found, 1)]


def start(text, folder):
    file = folder / "program.py"
    file.write_text(text, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(file)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


def group_is_gone(number):
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return True
    return False


def test_page_has_its_programs():
    assert [param.values[0] for param in programs()].count("hangs") >= 4


@pytest.mark.parametrize(("ending", "detail", "text"), programs())
def test_program_of_the_page_ends_as_it_says(ending, detail, text, tmp_path):
    process = start(text, tmp_path)
    try:
        out, err = process.communicate(timeout=HANG_S if ending == "hangs" else ENOUGH_S)
        has_hung = False
    except subprocess.TimeoutExpired:
        out, err, has_hung = "", "", True
    finally:
        if not group_is_gone(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    assert eventually(lambda: group_is_gone(process.pid))
    assert has_hung is (ending == "hangs"), err
    if ending == "raises":
        assert process.returncode == 1
        assert err.strip().splitlines()[-1].startswith(detail)
    if ending == "prints":
        assert process.returncode == 0, err
        assert out.splitlines() == detail.split(" / ")


def test_tables_of_the_page_are_up_to_date():
    command = [sys.executable, str(Path(__file__).parent / "fault_table.py"), "--check"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr


@pytest.mark.full
@pytest.mark.timeout(600)
def test_peers_benchmark_judges_a_cell(tmp_path):
    out = tmp_path / "peers.json"
    command = [sys.executable, "-m", "benchmarks.peer_faults", "--faults", "killed", "--limit-s", "60"]

    done = subprocess.run([*command, "--out", str(out)], cwd=ROOT, capture_output=True, text=True, timeout=580)

    assert done.returncode == 0, done.stderr
    cells = json.loads(out.read_text())["cells"]["killed"]
    assert cells["Nydus"]["goes_on"]
    assert cells["Nydus"]["left"] == 0
    assert not cells["SB3 SubprocVecEnv"]["goes_on"]
    assert not cells["Gymnasium AsyncVectorEnv"]["goes_on"]
