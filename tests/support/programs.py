"""Programs that a test starts as its users do: none outlives its test, whether that passes or fails."""

from __future__ import annotations

import contextlib
import os
import subprocess


@contextlib.contextmanager
def running(command, **options):
    """Run a program with text pipes, as `subprocess.Popen` does; kill it and close its pipes when the body is left."""
    with subprocess.Popen(command, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def unbuffered():
    """Return an environment in which a Python program says everything at once."""
    return {**os.environ, "PYTHONUNBUFFERED": "1"}
