"""The benchmark of the viewer: every number of its page comes from the result file."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.bench_viewer import BEGIN, END, MADE, MELEE, OPEN, PAGE, RESULT_FILE, SIZE, SMOOTH, part_of, with_part
from benchmarks.browser import find_browser

ROOT = Path(__file__).resolve().parents[2]


def test_part_stands_between_the_marks_however_often_it_is_written():
    once = with_part(f"before\n{BEGIN}old\n{END}after\n", "new\n")

    assert once == f"before\n{BEGIN}new\n{END}after\n"
    assert with_part(once, "new\n") == once


@pytest.mark.skipif(not RESULT_FILE.is_file(), reason="nothing is published yet")
def test_page_says_what_the_published_result_says():
    page = PAGE.read_text()

    assert page == with_part(page, part_of(json.loads(RESULT_FILE.read_text())))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("browser")
@pytest.mark.skipif(find_browser() is None, reason="no Chromium in the PATH")
def test_quick_run_opens_and_plays_both_games(tmp_path):
    out = tmp_path / "result.json"
    before = PAGE.read_bytes()

    command = [sys.executable, "-m", "benchmarks.bench_viewer", "--quick", "--out", str(out)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)

    assert result.returncode == 0, result.stderr
    written = json.loads(out.read_text())
    assert {*written["groups"]} >= {OPEN, SMOOTH, SIZE}
    for group in (OPEN, SMOOTH, SIZE):
        assert all(written["groups"][group][name]["median"] > 0 for name in (MADE, MELEE))
    assert len(written["targets"]) == 6
    assert f"| {MELEE} | 1 |" in part_of(written)
    assert PAGE.read_bytes() == before  # only what is published is told
