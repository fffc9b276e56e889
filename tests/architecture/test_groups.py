"""Tests of one group (`xdist_group`) run in one process, one after the other: they share servers, ports, trained runs.

pytest 9.2 has no place any more where pytest-xdist 3.8 writes a test's group; groups were ignored without a word.
"""

import subprocess
import sys

TESTS = """
import os
import pytest

@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(4))
def test_one(number):
    print("in", os.getpid())
"""


def test_tests_of_a_group_run_in_one_process(tmp_path, clean_environment):
    (tmp_path / "test_them.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-rP", "-p", "no:cacheprovider"]

    done = subprocess.run(command, cwd=tmp_path, env=clean_environment, capture_output=True, text=True, timeout=280)

    assert done.returncode == 0, done.stdout
    said = [line for line in done.stdout.splitlines() if line.startswith("in ")]
    assert len(said) == 4
    assert len(set(said)) == 1
