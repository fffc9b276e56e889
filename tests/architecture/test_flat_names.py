"""`envs`, `agents`, `engine` and `bridge` are names that other distributions use too: here they must be ours."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["engine", "bridge", "envs", "agents"])
def test_package_resolves_inside_this_repository(name):
    module = importlib.import_module(name)

    assert [Path(folder).resolve() for folder in module.__path__] == [ROOT / name]
    assert Path(module.__file__).resolve() == ROOT / name / "__init__.py"
