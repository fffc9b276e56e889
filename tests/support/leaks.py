"""What a test must leave behind as it found it: processes, descriptors, shared memory."""

from __future__ import annotations

import contextlib
import gc
import time
from multiprocessing.synchronize import SemLock
from pathlib import Path

import psutil
from patience import SOON_S


def eventually(condition, timeout_s=SOON_S):
    """Wait until the condition holds; say whether it does."""
    until = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def is_running(pid):
    """Whether a process exists and is no zombie."""
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def children():
    """Living descendants, without multiprocessing's own resource tracker (one per interpreter, started on demand)."""
    found = set()
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.status() != psutil.STATUS_ZOMBIE and "resource_tracker" not in " ".join(child.cmdline()):
                found.add(child.pid)
    return found


def descriptors():
    """Open descriptors by number and target, without the resource tracker's pipe."""
    from multiprocessing.resource_tracker import _resource_tracker

    tracker = getattr(_resource_tracker, "_fd", None)
    found = {}
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if int(entry.name) != tracker:
                found[int(entry.name)] = str(entry.readlink())
    return found


def exists_in_shm(names):
    """Those of these names that /dev/shm still holds (a semaphore `/x` lies there as `sem.x`)."""
    return {name for name in names if Path(f"/dev/shm/sem.{name.lstrip('/')}").exists()}


@contextlib.contextmanager
def recorded_semaphores():
    """Collect the names of the semaphores made in the body; other processes' come and go in /dev/shm all the time."""
    names = []
    original = SemLock._make_name

    def make_name():
        names.append(original())
        return names[-1]

    SemLock._make_name = staticmethod(make_name)
    try:
        yield names
    finally:
        SemLock._make_name = staticmethod(original)


@contextlib.contextmanager
def nothing_left(timeout_s=SOON_S):
    """Fail when the body leaves a process, a descriptor or a segment behind."""
    gc.collect()
    before = children(), len(descriptors())
    with recorded_semaphores() as names:
        yield

    def is_clean():
        gc.collect()
        return children() <= before[0] and len(descriptors()) <= before[1] and not exists_in_shm(names)

    assert eventually(is_clean, timeout_s), (
        f"left behind: processes {children() - before[0]}, descriptors {descriptors()} (were {before[1]}), "
        f"semaphores {exists_in_shm(names)}"
    )
