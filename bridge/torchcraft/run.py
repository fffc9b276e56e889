"""Run a script that was written for TorchCraft, unchanged: `python -m bridge.torchcraft.run script.py ARGUMENTS...`.

`import torchcraft` finds `bridge.torchcraft.compat` there. Everything else is as with `python script.py`.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = "usage: python -m bridge.torchcraft.run SCRIPT [ARGUMENT...]"

INTERRUPTED = 130
"""Exit status of a program that Ctrl-C ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script that the command line names and return the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(f"{USAGE}\n\n{__doc__}") if words else sys.stderr.write(f"{USAGE}\n")
        return 0 if words else 2
    script = Path(words[0])
    if not script.is_file():
        sys.stderr.write(f"error: {script}: no such script\n{USAGE}\n")
        return 2
    try:
        run(script, words[1:])
    except ConfigError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def run(script: Path, arguments: Sequence[str]) -> None:
    """Run a script as `__main__`, with TorchCraft's modules in place and its own folder in front of the search path.

    Raises:
        ConfigError: the script gave the client a host or a port that is none, or a package is missing.
    """
    from bridge.torchcraft import compat

    compat.install()
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.resolve().parent))
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    sys.exit(main())
