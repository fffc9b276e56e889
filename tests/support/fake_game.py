"""Stands in for `wine`, `wineserver`, `BWAPILauncher`: records how it is called, starts others, misbehaves on command.

fake_game.py NAME ARGUMENTS...      FAKE_FOLDER: where it records; FAKE_MODE: what it does
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

NAMES = ("wine", "wineserver", "BWAPILauncher")
KEPT = ("WINEPREFIX", "WINEARCH", "WINEDLLOVERRIDES", "TORCHCRAFT_PORT", "OPENBW_", "BWAPI_CONFIG_")


def install(bin_folder: Path) -> None:
    """Put the fakes into a folder for PATH."""
    bin_folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        path = bin_folder / name
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" {name} "$@"\n')
        path.chmod(0o755)


def calls(folder: Path) -> list[dict]:
    """Return what the fakes recorded, in order of their start."""
    return sorted((json.loads(path.read_text()) for path in folder.glob("call-*.json")), key=lambda call: call["at_ns"])


def pids(folder: Path) -> list[int]:
    """Return the process ids of the fakes and of all that they started."""
    started = [int(path.name.removeprefix("pid-")) for path in folder.glob("pid-*")]
    return [*(call["pid"] for call in calls(folder)), *started]


def _write(path: Path, text: str = "") -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")  # two launches may write the same file at once
    temporary.write_text(text)
    temporary.replace(path)


def _sleep_for_ever(ignores_term: bool) -> None:
    if ignores_term:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1000)


def _detach(folder: Path, ignores_term: bool) -> None:
    """Start a process that belongs to no session, group or parent of ours, as wineserver does."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            _write(folder / f"pid-{os.getpid()}")
            _sleep_for_ever(ignores_term)
        os._exit(0)
    os.wait()


def main() -> None:
    name, arguments = sys.argv[1], sys.argv[2:]
    folder, mode = Path(os.environ["FAKE_FOLDER"]), os.environ.get("FAKE_MODE", "serve")
    environment = {key: value for key, value in os.environ.items() if key.startswith(KEPT)}
    call = {"name": name, "arguments": arguments, "folder": str(Path.cwd()), "environment": environment}
    _write(folder / f"call-{os.getpid()}.json", json.dumps({**call, "pid": os.getpid(), "at_ns": time.monotonic_ns()}))
    print(f"{name} says hello", flush=True)
    if name == "wineserver":
        if mode == "stubborn":
            _sleep_for_ever(ignores_term=True)
        return
    if mode == "missing":
        print("cannot find StarCraft.exe", flush=True)
        sys.exit(3)
    if mode == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    _detach(folder, ignores_term=mode == "stubborn")
    if mode == "launches":  # the launcher starts the game and ends
        return
    if mode == "serve":
        _write(folder / "ready")
    _sleep_for_ever(ignores_term=mode == "stubborn")


if __name__ == "__main__":
    main()
