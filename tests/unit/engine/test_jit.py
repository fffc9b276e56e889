"""The kernel cache: an edit anywhere is noticed, a folder that cannot be written is replaced, old ones go."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.core import jit

REPOSITORY = Path(jit.__file__).parents[2]

CALLEE = """
from engine.core.jit import kernel

@kernel
def offset(value):
    return value + {amount}
"""

CALLER = """
from engine.core.jit import kernel
from engine.callee import offset

@kernel
def shifted(value):
    return offset(value)
"""

WITH_HELPER = """
import numpy as np
from engine.core.jit import inline, kernel

@inline
def clipped(value):
    return min(max(value, 0), 10)

@inline
def doubled(value):
    return 2 * clipped(value)

@kernel
def total(values):
    result = 0
    for value in values:
        result += doubled(value)
    return result
"""


WITH_LARGE_HELPER = """
from engine.core.jit import inline, kernel, scratch

@inline
def last_square(count):
    table = scratch(1, count)[0]  # memory on the stack: a function with it is not inlined
    for k in range(count):
        table[k] = k * k
    return table[count - 1]

@kernel
def sum_of_two(a, b):
    return last_square(a) + last_square(b)
"""


WITH_SEARCH = """
from engine.core.jit import inline, kernel

@inline
def first_at_least(values, value):
    low = 0
    rest = len(values)
    while rest > 0:
        half = (rest + 1) >> 1
        low += half if values[low + half - 1] < value else 0
        rest -= half
    return low

@kernel
def search_all(values, wanted):
    total = 0
    for k in range(len(wanted)):
        total += first_at_least(values, wanted[k])
    return total
"""


def copy_of_engine(folder: Path) -> Path:
    """Return a folder with a tiny package `engine` around the real `jit.py`."""
    core = folder / "engine" / "core"
    core.mkdir(parents=True)
    (folder / "engine" / "__init__.py").touch()
    (core / "__init__.py").touch()
    (core / "jit.py").write_bytes(Path(jit.__file__).read_bytes())
    (folder / "engine" / "caller.py").write_text(CALLER)
    return folder


def run(folder: Path, code: str, **environment: str) -> str:
    """Run code in a fresh interpreter that sees only `folder`'s packages."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("NUMBA_", "NYDUS_", "PYTHON"))}
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**clean, "PYTHONPATH": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.mark.slow
def test_cache_after_edit_of_callee_in_other_file_gives_new_result(tmp_path):
    folder = copy_of_engine(tmp_path / "source")
    code = "from engine.caller import shifted; print(shifted(10))"
    cache = str(tmp_path / "cache")

    (folder / "engine" / "callee.py").write_text(CALLEE.format(amount=1))
    first = run(folder, code, NYDUS_CACHE_DIR=cache)
    # Another size, since Python's own cache goes by size and whole seconds.
    (folder / "engine" / "callee.py").write_text(CALLEE.format(amount=20))
    second = run(folder, code, NYDUS_CACHE_DIR=cache)

    assert (first, second) == ("11", "30")


@pytest.mark.slow
def test_cache_of_unchanged_sources_is_loaded_not_compiled(tmp_path):
    folder = copy_of_engine(tmp_path / "source")
    (folder / "engine" / "callee.py").write_text(CALLEE.format(amount=1))
    code = "from engine.caller import shifted; shifted(10); print(sum(shifted.stats.cache_hits.values()))"
    cache = str(tmp_path / "cache")

    hits = [run(folder, code, NYDUS_CACHE_DIR=cache) for _ in range(2)]

    assert hits == ["0", "1"]


@pytest.mark.slow
def test_kernel_that_was_loaded_is_compiled_into_one_that_calls_it(tmp_path):
    folder = copy_of_engine(tmp_path / "source")
    (folder / "engine" / "callee.py").write_text(CALLEE.format(amount=1))
    cache = str(tmp_path / "cache")

    alone = run(folder, "from engine.callee import offset; print(offset(10))", NYDUS_CACHE_DIR=cache)
    code = "from engine.caller import offset, shifted; print(offset(20), shifted(30), *map(hits, (offset, shifted)))"
    code = "hits = lambda one: sum(one.stats.cache_hits.values())\n" + code
    first, again = (run(folder, code, NYDUS_CACHE_DIR=cache) for _ in range(2))

    assert (alone, first, again) == ("11", "21 31 1 0", "21 31 1 1")


@pytest.mark.slow
def test_helper_costs_no_compiler_until_one_asks_for_it(tmp_path):
    folder = copy_of_engine(tmp_path / "source")
    (folder / "engine" / "helped.py").write_text(WITH_HELPER)
    code = (
        "import numpy as np; from engine.helped import *; total(np.array([3, -1, 12])); "
        "print('part' in vars(doubled), 'part' in vars(clipped))"
    )
    cache = str(tmp_path / "cache")

    compiled, loaded = (run(folder, code, NYDUS_CACHE_DIR=cache) for _ in range(2))

    assert (compiled, loaded) == ("True True", "False False")


@pytest.mark.slow
def test_whole_numbers_of_any_width_share_one_compilation(tmp_path):
    folder = copy_of_engine(tmp_path / "source")
    (folder / "engine" / "callee.py").write_text(CALLEE.format(amount=1))
    code = (
        "import numpy as np; from engine.caller import shifted, offset; "
        "print(shifted(np.uint8(255)), shifted(np.int32(2**31 - 1)), shifted(np.int64(-5)), "
        "len(shifted.signatures), len(offset.signatures))"
    )

    assert run(folder, code, NYDUS_CACHE_DIR=str(tmp_path / "cache")) == "256 2147483648 -4 1 1"


@pytest.mark.slow
def test_kernels_leave_scipy_alone_and_who_needs_it_gets_it(tmp_path):
    folder = copy_of_engine(tmp_path / "source")
    (folder / "engine" / "callee.py").write_text(CALLEE.format(amount=1))
    code = (
        "import sys, numba, numpy as np; from engine.caller import shifted; "
        "print(shifted(10), 'scipy.linalg' in sys.modules); "
        "print(numba.njit(lambda a: np.dot(a, a))(np.ones(3)), 'scipy.linalg' in sys.modules)"
    )

    assert run(folder, code, NYDUS_CACHE_DIR=str(tmp_path / "cache")).split() == ["11", "False", "3.0", "True"]


@pytest.mark.slow
def test_helper_is_part_of_its_kernel_and_can_still_be_called(tmp_path):
    folder = copy_of_engine(tmp_path / "source")
    (folder / "engine" / "helped.py").write_text(WITH_HELPER)
    code = "import numpy as np; from engine.helped import *; print(total(np.array([3, -1, 12])), doubled(12))"
    foreign = "; import numba; print(numba.njit(lambda a, b: max(a, b))(3, 4))"  # what our kernels compiled on the way
    cache = tmp_path / "cache"

    first = run(folder, code + foreign, NYDUS_CACHE_DIR=str(cache))
    again = run(folder, code, NYDUS_CACHE_DIR=str(cache))
    plain = run(folder, code, NUMBA_DISABLE_JIT="1")

    assert first.split() == ["26", "20", "4"]
    assert again.split() == plain.split() == ["26", "20"]
    cached = {path.name.partition("-")[0] for path in cache.rglob("*.nbi")}
    assert cached == {"helped.total", "helped.doubled"}, "a helper has a file only where Python called it"


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() != "x86_64", reason="other processors' compilers have no such guess")
def test_search_by_halves_is_compiled_without_a_branch_to_mispredict(tmp_path):
    folder = copy_of_engine(tmp_path / "source")
    (folder / "engine" / "search.py").write_text(WITH_SEARCH)
    code = (
        "import numpy as np; from engine.search import search_all; "
        "print(search_all(np.arange(100, dtype=np.int32), np.array([7, 50], np.int32))); "
        "print('cmov' in next(iter(search_all.inspect_asm().values())))"
    )

    assert run(folder, code, NYDUS_CACHE_DIR=str(tmp_path / "cache")).split() == ["57", "True"]


@pytest.mark.slow
def test_helper_that_is_not_inlined_is_local_to_its_kernel(tmp_path):
    folder = copy_of_engine(tmp_path / "source")
    (folder / "engine" / "large.py").write_text(WITH_LARGE_HELPER)
    code = (
        "from engine.large import *; print(sum_of_two(3, 5)); "
        "library = next(iter(sum_of_two.overloads.values())).library; "
        "print(*[f.linkage.name for f in library.get_defined_functions() if 'last_square' in f.name])"
    )

    out = run(folder, code, NYDUS_CACHE_DIR=str(tmp_path / "cache"))

    assert out.split() == ["20", "internal"], "the loader would take another kernel's form of the helper for ours"


def test_source_hash_changes_with_any_file_and_with_tables(tmp_path, monkeypatch):
    folder = copy_of_engine(tmp_path)
    monkeypatch.setattr(jit.importlib.util, "find_spec", lambda name: _Spec(folder / name))
    seen = [jit.source_hash(("engine",))]

    (folder / "engine" / "callee.py").write_text(CALLEE.format(amount=1))
    seen.append(jit.source_hash(("engine",)))
    (folder / "engine" / "numbers.csv").write_text("a\n1\n")
    seen.append(jit.source_hash(("engine",)))
    (folder / "engine" / "notes.txt").write_text("no kernel is made of this")

    assert len(set(seen)) == 3
    assert jit.source_hash(("engine",)) == seen[-1]


def test_source_hash_of_engine_ignores_other_packages(tmp_path, monkeypatch):
    folder = copy_of_engine(tmp_path)
    (folder / "envs").mkdir()
    (folder / "envs" / "encoder.py").write_bytes(b"from engine.core.jit import kernel  # 1")
    monkeypatch.setattr(jit.importlib.util, "find_spec", lambda name: _Spec(folder / name))
    engine, both = jit.source_hash(("engine",)), jit.source_hash()

    (folder / "envs" / "encoder.py").write_bytes(b"from engine.core.jit import kernel  # 2")

    assert jit.source_hash(("engine",)) == engine
    assert jit.source_hash() != both


def test_cache_folder_where_first_choice_cannot_be_written_is_another(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("no folder can be made in a file, whoever asks")
    spare = tmp_path / "home"
    monkeypatch.setenv("NYDUS_CACHE_DIR", str(blocked))
    monkeypatch.setenv("XDG_CACHE_HOME", str(spare))

    folder = jit.cache_folder()

    assert folder.parent == spare / "nydus"
    assert folder.is_dir()


def test_cache_folder_where_none_can_be_written_is_temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(jit, "_writable", lambda folder: False)
    monkeypatch.setattr(jit.tempfile, "mkdtemp", lambda prefix: str(tmp_path / prefix))

    assert jit.cache_folder() == tmp_path / "nydus-kernels-"


def aged(folder, age):
    """Make a cache folder that was last used so long ago."""
    folder.mkdir()
    os.utime(folder, (1_000_000 - age, 1_000_000 - age))
    return folder.name


def test_new_cache_folder_prunes_its_checkouts_older_ones_and_no_others(tmp_path, monkeypatch):
    monkeypatch.setenv("NYDUS_CACHE_DIR", str(tmp_path))
    own = [aged(tmp_path / f"kernels-{jit._place()}-{age:02d}", age) for age in range(12)]
    others = [aged(tmp_path / f"kernels-elsewhere-{age:02d}", 100 + age) for age in range(20)]
    (tmp_path / "other").mkdir()

    folder = jit.cache_folder()

    left = {path.name for path in tmp_path.iterdir()}
    assert left == {folder.name, "other", *own[: jit.KEPT_FOLDERS - 1], *others}


def test_new_cache_folder_prunes_the_longest_unused_of_very_many(tmp_path, monkeypatch):
    monkeypatch.setenv("NYDUS_CACHE_DIR", str(tmp_path))
    others = [aged(tmp_path / f"kernels-elsewhere-{age:02d}", age) for age in range(jit.KEPT_IN_ALL + 5)]

    folder = jit.cache_folder()

    assert {path.name for path in tmp_path.iterdir()} == {folder.name, *others[: jit.KEPT_IN_ALL - 1]}


def test_cache_folder_that_is_used_counts_as_new(tmp_path, monkeypatch):
    monkeypatch.setenv("NYDUS_CACHE_DIR", str(tmp_path))
    folder = jit.cache_folder()
    os.utime(folder, (1_000_000, 1_000_000))

    assert jit.cache_folder() == folder

    assert folder.stat().st_mtime > 1_000_000


def test_records_of_structured_array_have_attributes_when_not_compiled(monkeypatch):
    monkeypatch.setattr(jit.numba_config, "DISABLE_JIT", 1)
    array = np.zeros(2, [("hp", np.int32)])

    jit.records(array)[1].hp = 7

    assert array["hp"].tolist() == [0, 7]


class _Spec:
    """Where a package lies, as `importlib` says it."""

    def __init__(self, folder: Path) -> None:
        self.submodule_search_locations = [str(folder)]
