"""Kernels are compiled once, by one process, with one line that says so; the many that follow load them.

Without this, every worker of the first run would compile the same kernels at the same time, silently, and the first
run would look as if it hung. A marker in the kernels' cache folders, whose names hold a hash of all kernel sources,
says that it was done; an edited kernel therefore asks for it again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from bridge.deadline import Deadline
from bridge.errors import GameTimeoutError
from bridge.platform import try_lock
from bridge.spec import BACKENDS, SC2, TORCHCRAFT, GameSpec

QUIET_S: Final = 2.0
"""No line for what takes no longer: the kernels were there and only the marker was missing."""

LOCK_LOOK_S: Final = 0.2
"""How often to look whether another trainer has finished compiling."""


def ensure_compiled(spec: GameSpec, play_once: Callable[[], None], timeout_s: float) -> None:
    """Make sure that the kernels of these games are compiled before many processes need them.

    Args:
        spec: what is going to be played; only this package's own backends have kernels to compile.
        play_once: plays some steps of it in one process.
        timeout_s: how long another trainer that compiles already is waited for.

    Raises:
        GameTimeoutError: another trainer holds the lock for so long.
    """
    if spec.backend not in BACKENDS or os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return
    if spec.backend == TORCHCRAFT:
        from bridge.torchcraft.warmup import ensure_wire_compiled  # pyzmq: only where a wire is used

        ensure_wire_compiled()
    from bridge.scenarios import game_of  # numba: only where the embedded engine is played
    from engine.core.jit import KERNEL_SOURCES, cache_folder, package_of

    folder = cache_folder()
    game = game_of(spec.scenario)
    engine_folder = cache_folder(KERNEL_SOURCES[package_of(f"engine.{game}.games")])
    folders: tuple[Path, ...] = (folder, engine_folder)
    if spec.backend == SC2:
        folders = (*folders, cache_folder(KERNEL_SOURCES["bridge"]))
    marker = Marker(f"warm-{_digest(spec, game)}", folders)
    if marker.is_set():
        return
    with progress_line("compiling the engine, once:", sys.stderr), compile_lock(folder / "warm.lock", timeout_s):
        if not marker.is_set():  # another trainer may have done it while we waited for the lock
            play_once()
            marker.set()


@dataclass(frozen=True, slots=True)
class Marker:
    """Says that all kernels of something are compiled: a file in each folder that holds some, as each may go alone.

    Attributes:
        name: of the files.
        folders: cache folders.
    """

    name: str
    folders: tuple[Path, ...]

    def is_set(self) -> bool:
        """Whether no folder has lost its kernels since they were compiled."""
        return all((folder / self.name).exists() for folder in self.folders)

    def set(self) -> None:
        """Say so."""
        for folder in self.folders:
            (folder / self.name).touch()


@contextmanager
def progress_line(text: str, stream: TextIO) -> Iterator[None]:
    """Show one line with the seconds that the body takes; nothing if it is quick.

    Args:
        text: what is going on.
        stream: a terminal sees the seconds run, anything else sees them once.
    """
    began = time.monotonic()
    is_over = threading.Event()
    is_terminal = stream.isatty()

    def show() -> None:
        if is_over.wait(QUIET_S):
            return
        stream.write(text if not is_terminal else "")
        while True:
            if is_terminal:
                stream.write(f"\r{text} {time.monotonic() - began:.0f} s")
            stream.flush()
            if is_over.wait(1.0):
                break
        stream.write(f"\r{text} " if is_terminal else " ")
        stream.write(f"{time.monotonic() - began:.1f} s\n")
        stream.flush()

    thread = threading.Thread(target=show, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(timeout=5.0)


@contextmanager
def compile_lock(path: Path, timeout_s: float) -> Iterator[None]:
    """Be the only process that compiles; `path` is the lock's file.

    Raises:
        GameTimeoutError: another one holds the lock for `timeout_s`.
    """
    deadline = Deadline.after(timeout_s)
    with path.open("ab") as file:
        while not try_lock(file.fileno()):
            if deadline.has_passed():
                detail = f"another process has been compiling for {timeout_s:.0f} s (lock {path})"
                raise GameTimeoutError("warm-up", 0, -1, detail)
            time.sleep(LOCK_LOOK_S)
        yield


def _digest(spec: GameSpec, game: str) -> str:
    """Return what decides which kernels run: the task's code, its observation and action, the scripted players."""
    named = [spec.task_params.get(name) for name in ("observation", "action")]
    is_melee = spec.scenario.partition("?")[0] == "melee"
    text = json.dumps([spec.task_factory, named, is_melee, game, [player or "" for player in spec.players]])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
