"""The only place that knows numba: `@kernel` compiles a function, keyed so that a stale cache cannot be loaded.

numba's own file cache looks at one source file only: editing a function that a kernel calls in *another* file goes
unnoticed. So the cache folder carries a hash of every source file that may hold kernels (the packages named in
`KERNEL_PACKAGES`); any edit gives a fresh folder. Where the chosen folder cannot be written, a folder in the
system's temporary directory serves instead.

`NUMBA_DISABLE_JIT=1` runs every kernel as plain Python: slow, debuggable, and the oracle of the kernels' tests.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np
from numba.core import config as numba_config
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])

KERNEL_PACKAGES: Final = ("engine", "envs")
"""Packages whose sources may hold kernels: all of the engine, and the other files that mention `JIT_MODULE`."""

HASHED_SUFFIXES: Final = (".py", ".csv")
"""Kernels, and the rule tables that compiled code holds as constants."""

JIT_MODULE: Final = b"engine.core.jit"

CACHE_VARIABLE: Final = "NYDUS_CACHE_DIR"
"""Read by launchers and command lines only; here as the name that they hand on."""


def source_hash() -> str:
    """Return 16 hex digits over all kernel sources, the numba and numpy versions and the Python version."""
    digest = hashlib.sha256()
    digest.update(f"{numba.__version__} {np.__version__} {sys.version_info[:3]}".encode())
    for package in KERNEL_PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.submodule_search_locations is None:
            continue
        for root in spec.submodule_search_locations:
            for path in sorted(p for p in Path(root).rglob("*") if p.suffix in HASHED_SUFFIXES):
                source = path.read_bytes()
                if package == "engine" or JIT_MODULE in source:
                    digest.update(path.relative_to(root).as_posix().encode())
                    digest.update(source)
    return digest.hexdigest()[:16]


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def cache_folder() -> Path:
    """Return the folder that compiled kernels of exactly these sources live in; it exists and is writable."""
    wanted = os.environ.get(CACHE_VARIABLE)
    roots = [Path(wanted)] if wanted else []
    roots.append(Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nydus")
    roots.append(Path(tempfile.gettempdir()) / f"nydus-cache-{os.getuid() if hasattr(os, 'getuid') else 'user'}")
    name = f"kernels-{source_hash()}"
    for root in roots:
        if _writable(root / name):
            return root / name
    return Path(tempfile.mkdtemp(prefix="nydus-kernels-"))


numba_config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]  # numba sets its options at run time


def kernel(function: F) -> F:
    """Compile `function` on first call, cached on disk; no Python objects, no fast-math, no hidden parallelism."""
    return cast("F", numba.njit(cache=True, fastmath=False, error_model="numpy")(function))


def inline(function: F) -> F:
    """Compile a small helper that kernels call; the compiler inlines it where it pays."""
    return cast("F", numba.njit(cache=True, fastmath=False, error_model="numpy", inline="never")(function))


def records(array: NDArray[np.void]) -> NDArray[np.void]:
    """Return a structured array in the form in which kernels may say `array[i].field`.

    Compiled code may always; plain Python (`NUMBA_DISABLE_JIT=1`) needs a view of another class.
    """
    if numba_config.DISABLE_JIT:  # type: ignore[attr-defined]  # numba sets its options at run time
        return array.view(np.recarray)
    return array


def plain(function: F) -> F:
    """Return the uncompiled form of a kernel: the oracle of its tests."""
    return cast("F", getattr(function, "py_func", function))
