"""What differs between operating systems, in one place, each with its fallback.

what                            Linux                       macOS                          Windows
game processes                  yes                         yes                            no: use `local`
shared block without a name     memfd                       an unlinked temporary file     -
news of a death                 pidfd, end-of-file          end-of-file of the socket      -
end with the owner              kernel signals the group    a thread reads end-of-file     -
finding detached descendants    they are adopted            only their process groups      -
spinning on shared memory       x86-64                      x86-64, else each turn sent    -

The parent-death signal (`prctl`) is not used: it fires when the *thread* that started the game ends, and it reaches the
game alone, not what the game started itself. A pipe whose end-of-file makes the kernel kill the whole process group
has neither fault, and works on a game that is stopped or stuck.
"""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import select
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Final

from bridge.errors import ConfigError

CAN_LAUNCH: Final = os.name == "posix"
"""Whether games can run in processes of their own."""

STORES_IN_ORDER: Final = platform.machine().lower() in ("x86_64", "amd64", "i686", "i386")
"""Whether one process's plain stores are seen by another in the order they were made. Elsewhere a turn must be handed
over by a system call, which orders memory."""

yield_core: Final[Callable[[], object]] = getattr(os, "sched_yield", functools.partial(time.sleep, 0))
"""Let another process run, if one waits for this core."""

_F_SETSIG: Final = 10
"""`fcntl` operation of Linux that chooses the signal; not in Python's `fcntl` before 3.12 nor on other systems."""

_PR_SET_CHILD_SUBREAPER: Final = 36
"""`prctl` operation of Linux (`linux/prctl.h`)."""

_RING: Final = b"!"
"""What is written to a bell: any byte wakes."""

_fence_lock: Final = threading.Lock()


def require_processes() -> None:
    """Refuse where games cannot run in processes of their own.

    Raises:
        ConfigError: not a POSIX system.
    """
    if not CAN_LAUNCH:
        raise ConfigError(f"channel: no game processes on {sys.platform}; allowed: 'local' (or run under WSL)")


def anonymous_block() -> int:
    """Return the descriptor of an empty shared block that has no name, so that nothing can be left behind."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("nydus-slab", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile(prefix="nydus-slab-") as file:
        return os.dup(file.fileno())


def death_descriptor(pid: int) -> int | None:
    """Return a descriptor that turns readable when the child ends; None where there is no such thing.

    Args:
        pid: a child that was not reaped yet.
    """
    if hasattr(os, "pidfd_open"):
        with contextlib.suppress(OSError):  # a kernel before 5.3, or a sandbox without the call
            return os.pidfd_open(pid)
    return None


def die_with_owner(descriptor: int) -> bool:
    """Ask the kernel to kill this process group when the other end of a pipe closes; say whether it will.

    Where that end is closed already, the group ends here and now: the kernel tells of changes only.

    Args:
        descriptor: reading end of a pipe that nothing is ever written to.
    """
    if not sys.platform.startswith("linux"):
        return False
    import fcntl

    try:
        fcntl.fcntl(descriptor, fcntl.F_SETOWN, -os.getpgid(0))
        fcntl.fcntl(descriptor, _F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_ASYNC)
    except OSError:
        return False
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if poll.poll(0):
        os.killpg(os.getpgid(0), signal.SIGKILL)
    return True


def adopt_descendants() -> bool:
    """Let orphans among this process's descendants become its children, whatever session they fled to; say whether.

    Without it a program that detaches (`wineserver` does) belongs to nobody who knows of it.
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    status: int = ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return status == 0


def fence() -> None:
    """Make this process's stores visible before its following loads (an atomic operation inside a lock does it)."""
    with _fence_lock:
        pass


def try_lock(descriptor: int) -> bool:
    """Take an exclusive lock on an open file, which ends with it; say whether we have it.

    Args:
        descriptor: of a file.
    """
    if not CAN_LAUNCH:
        return True  # no game processes there, so no crowd that would compile at once
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def make_bell() -> tuple[int, int]:
    """Return two descriptors, neither of which ever blocks: ringing the second makes the first readable.

    A pipe, not an eventfd: the kernel takes the writer of a pipe for one who will now wait, and wakes the reader on the
    writer's core. Where other programs want the cores, two who take turns then hand one core over instead of each
    fighting for its own (measured beside two burners: 60,000 turns a second against 9,000; an eventfd found this state
    less often).
    """
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    return reading, writing


def ring(bell: int) -> None:
    """Ring a bell: whoever sleeps on its other end wakes.

    Args:
        bell: the second descriptor of `make_bell`.
    """
    with contextlib.suppress(BlockingIOError, BrokenPipeError):  # rung so often that one more says nothing; or gone
        os.write(bell, _RING)


def hush(bell: int) -> None:
    """Make a bell silent again.

    Args:
        bell: the first descriptor of `make_bell`.
    """
    with contextlib.suppress(BlockingIOError):
        os.read(bell, 4096)


def has_ended(pid: int) -> bool | None:
    """Say whether a child has ended, without reaping it; None where the system cannot tell.

    Args:
        pid: a child that was not reaped yet.

    Raises:
        ChildProcessError: it was reaped, or is no child.
    """
    if not hasattr(os, "waitid"):
        return None
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def usable_cores() -> int:
    """Return how many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def exit_text(status: int) -> str:
    """Return an exit status in words.

    Args:
        status: as `subprocess` gives it: negative for a signal.
    """
    if status >= 0:
        return f"exited with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"killed by {name}"
