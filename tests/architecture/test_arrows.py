"""Imports point down, and each layer keeps to its business; the contracts stand in pyproject.toml."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("engine", "bridge", "envs", "agents")

PLANTED = {
    "dependencies point down": ("engine/planted_upward.py", "import bridge.errors\n"),
    "the simulation core stays pure": ("engine/planted_socket.py", "import socket\n"),
    "the bridge knows no spaces, rewards or tensors": ("bridge/planted_space.py", "import gymnasium\n"),
    "environments start no processes and know no tensors": ("envs/planted_process.py", "import subprocess\n"),
}
"""A violation of each contract."""


def contract_names():
    with (ROOT / "pyproject.toml").open("rb") as file:
        return [contract["name"] for contract in tomllib.load(file)["tool"]["importlinter"]["contracts"]]


def lint_imports(folder):
    """Check the contracts of a tree; its own packages come before the installed ones."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=280,
    )


@pytest.fixture
def copy_of_the_tree(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_contracts_of_the_tree_are_kept(copy_of_the_tree):
    result = lint_imports(copy_of_the_tree)

    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(contract_names())} kept, 0 broken" in result.stdout


def test_contracts_catch_a_planted_violation_each(copy_of_the_tree):
    assert sorted(PLANTED) == sorted(contract_names()), "every contract has a planted violation here"
    for path, text in PLANTED.values():
        (copy_of_the_tree / path).write_text(text)

    result = lint_imports(copy_of_the_tree)

    assert result.returncode == 1, result.stdout + result.stderr
    for name, (path, _) in PLANTED.items():
        assert f"{name} BROKEN" in result.stdout, result.stdout
        assert path.removesuffix(".py").replace("/", ".") in result.stdout, result.stdout


@pytest.fixture(scope="module")
def import_graph():
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def imports_from_outside(graph, package):
    """Return {top-level name: modules of the package that import it} for what is neither ours nor Python's."""
    found = {}
    for module in graph.modules:
        if module.split(".")[0] == package:
            for imported in graph.find_modules_directly_imported_by(module):
                top = imported.split(".")[0]
                if top not in PACKAGES and top not in sys.stdlib_module_names:
                    found.setdefault(top, set()).add(module)
    return found


def test_engine_imports_numpy_and_numba_only(import_graph):
    found = imports_from_outside(import_graph, "engine")

    assert set(found) == {"numpy", "numba", "llvmlite"}, found


def test_numba_is_imported_in_one_file_only(import_graph):
    found = {name: imports_from_outside(import_graph, name).get("numba", set()) for name in PACKAGES}

    assert found == {"engine": {"engine.core.jit"}, "bridge": set(), "envs": set(), "agents": set()}


@pytest.mark.parametrize("package", ["engine", "bridge", "envs"])
def test_torch_stays_in_agents(import_graph, package):
    found = imports_from_outside(import_graph, package)

    assert not {"torch", "stable_baselines3", "sb3_contrib"} & set(found), found
