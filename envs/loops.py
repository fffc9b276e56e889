"""Whether a call may block: a synchronous env must not stop an event loop that has other things to do.

A step waits for another process, for microseconds as a rule and for `Timeouts.step_s` at worst; a reset may start one.
Inside a coroutine nothing else would run meanwhile: no connection served, no time-out noticed. The one loop that
expects to be blocked is a notebook kernel's: it runs every cell to its end before it looks at anything else.
"""

from __future__ import annotations

import asyncio
import sys
import threading


class BlockedLoopError(RuntimeError):
    """A synchronous env was to wait inside a running event loop; the caller's fault, raised before anything happens."""


def require_may_block(call: str) -> None:
    """Refuse to wait in a thread whose event loop runs, unless the loop is a notebook kernel's.

    Args:
        call: what would wait, for the message.

    Raises:
        BlockedLoopError: it would block the loop.
    """
    loop = asyncio._get_running_loop()  # not `get_running_loop`, whose exception costs as much as a small step
    if loop is None or _is_kernels(loop):
        return
    raise BlockedLoopError(
        f"{call} would block the running event loop; allowed: envs.AsyncStarCraftEnv, asyncio.to_thread({call}), "
        "or may_block_loop=True"
    )


def _is_kernels(loop: asyncio.AbstractEventLoop) -> bool:
    """Say whether a Jupyter kernel runs its cells in this loop (its main one, or a subshell's in this thread)."""
    if "ipykernel" not in sys.modules or "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    owners = (getattr(shell, "kernel", None), threading.current_thread())
    return any(getattr(getattr(owner, "io_loop", None), "asyncio_loop", None) is loop for owner in owners)
