import io
import re
import shutil

import pytest
from leaks import eventually

from bridge import warmup
from bridge.errors import GameTimeoutError
from bridge.noop import noop_spec
from bridge.spec import GameSpec
from bridge.warmup import ensure_compiled, progress_line
from engine.core import jit


def made(folder):
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(jit, "cache_folder", lambda packages=("all",): made(tmp_path / "-".join(packages)))
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    return tmp_path


def test_kernels_are_compiled_once_per_task_and_opponent(cache):
    played = []

    for opponent in ("closest", "closest", "noop", "closest"):
        spec = GameSpec(players=(None, opponent), num_games=len(played) + 1)
        ensure_compiled(spec, lambda opponent=opponent: played.append(opponent), 1.0)

    assert played == ["closest", "noop"]


@pytest.mark.parametrize("name", ["all", "engine"])
def test_folder_whose_kernels_are_gone_is_noticed(cache, name):
    played = []
    for _ in range(2):
        ensure_compiled(GameSpec(), lambda: played.append(1), 1.0)
    shutil.rmtree(cache / name)

    for _ in range(2):
        ensure_compiled(GameSpec(), lambda: played.append(1), 1.0)

    assert len(played) == 2


def test_failed_compilation_leaves_no_marker(cache):
    def fails():
        raise RuntimeError("planted")

    with pytest.raises(RuntimeError, match="planted"):
        ensure_compiled(GameSpec(), fails, 1.0)

    played = []
    ensure_compiled(GameSpec(), lambda: played.append(1), 1.0)
    assert played == [1]


def test_games_without_kernels_need_no_compilation(cache, monkeypatch):
    played = []

    ensure_compiled(noop_spec(), lambda: played.append(1), 1.0)
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    ensure_compiled(GameSpec(), lambda: played.append(1), 1.0)

    assert played == []


def test_another_trainer_that_compiles_is_waited_for_but_not_for_ever(cache):
    def compile_again():
        with pytest.raises(GameTimeoutError, match="another process has been compiling"):
            ensure_compiled(GameSpec(), lambda: None, 0.3)

    ensure_compiled(GameSpec(), compile_again, 1.0)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("stream", "pattern"), [(io.StringIO, r"^working: \d+\.\d s\n$"), (Terminal, r"^\rworking: ")])
def test_long_work_shows_one_line_with_its_seconds(stream, pattern, monkeypatch):
    monkeypatch.setattr(warmup, "QUIET_S", 0.0)
    out = stream()

    with progress_line("working:", out):
        assert eventually(out.getvalue)

    assert re.match(pattern, out.getvalue())
    assert out.getvalue().endswith(" s\n")
    assert out.getvalue().count("\n") == 1


def test_quick_work_shows_nothing():
    out = io.StringIO()

    with progress_line("working:", out):
        pass

    assert out.getvalue() == ""
