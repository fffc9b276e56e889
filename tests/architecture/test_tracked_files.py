"""What stands in the repository: short root scripts, no trace of the place where it was written, docs that are true."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SLASH = "/"
"""Keeps the patterns below from finding themselves."""

FORBIDDEN = {
    "a workplace's path": rf"(?<![\w.]){SLASH}(?:work|root|home|Users|mnt|workspace){SLASH}",
    "a package registry": r"\b(?:pypi|pythonhosted|testpypi|anaconda)\.(?:org|com)\b|\bdownload\.pytorch\b",
    "a mirror's option": r"--(?:extra-)?index-url\b|--find-links\b|--trusted-host\b",
    "unfinished work": r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b",
}
"""What must not stand in a tracked file, as regular expressions."""


def tracked_files():
    """Return all files under version control; in an unpacked archive there is nothing to check."""
    result = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, timeout=120, check=False
    )
    if result.returncode != 0:
        pytest.skip("not a git checkout: nothing is tracked")
    return [ROOT / name for name in result.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(path):
    """Return a file's text, None if it is binary."""
    content = path.read_bytes()
    return None if b"\0" in content[:8192] else content.decode("utf-8", "replace")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_tracked_files_do_not_hold(what):
    pattern = re.compile(FORBIDDEN[what])

    found = []
    for path in tracked_files():
        text = text_of(path)
        if text is not None and path != Path(__file__).resolve():
            for number, line in enumerate(text.splitlines(), 1):
                if pattern.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")

    assert found == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a workplace's path", f"see {SLASH}work{SLASH}main/x.py"),
        ("a workplace's path", f"cd {SLASH}home{SLASH}me"),
        ("a package registry", "https://" + "pypi" + ".org/simple"),
        ("a mirror's option", "pip install --" + "index-url x"),
        ("unfinished work", "# TO" + "DO later"),
    ],
)
def test_forbidden_pattern_finds_what_it_is_for(what, line):
    assert re.search(FORBIDDEN[what], line)


@pytest.mark.parametrize("name", ["train.py", "evaluate.py"])
def test_root_script_only_calls_main(name):
    text = (ROOT / name).read_text()
    lines = [line for line in text.splitlines() if line.strip()]
    docstring, import_line, guard = ast.parse(text).body

    assert len(lines) == 4
    assert isinstance(docstring, ast.Expr)
    assert isinstance(import_line, ast.ImportFrom)
    assert import_line.module == f"agents.{name.removesuffix('.py')}"
    assert isinstance(guard, ast.If)


def test_python_files_at_the_root_are_the_two_scripts():
    found = {path.name for path in tracked_files() if path.parent == ROOT and path.suffix == ".py"}

    assert found == {"train.py", "evaluate.py"}


def test_notebooks_are_committed_without_outputs():
    import json

    for path in tracked_files():
        if path.suffix == ".ipynb":
            cells = json.loads(path.read_text())["cells"]
            code = [cell for cell in cells if cell["cell_type"] == "code"]
            assert code, path.name
            assert [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None] == [], path.name
