"""Installations of StarCraft II: a folder that stands in for one, and the game of one, launched and ended by us."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bridge.deadline import Deadline
from bridge.errors import ConfigError, GameFailedError
from bridge.launch.launched import LaunchedGame
from bridge.launch.plan import Plan, Program
from bridge.userfiles import write_atomically

BASE: Final = "Base88500"
"""The version that our tables are of (`bridge.sc2.data`); python-sc2 takes the newest that it finds."""

PYSC2_BASE: Final = "Base75689"
"""PySC2's newest version for Linux, 4.10: it looks for this folder."""

BINARY: Final = "SC2_x64"
BINARIES: Final = (BINARY, "SC2_x64.exe", "SC2.app/Contents/MacOS/SC2")

SMAC_FOLDER: Final = "SMAC_Maps"

LOOK_S: Final = 0.05

END_S: Final = 1.0
"""How long a game that has closed its connection may take to end."""

_SCRIPT: Final = """\
#!/bin/sh
# Stands in for StarCraft II: the embedded engine behind the same API. Made by `nydus sc2 path`.
exec {python} -c {code} "$@"
"""

_CODE: Final = "import sys; sys.path[:0] = {path!r}; from bridge.sc2.serve import executable; sys.exit(executable())"


def make_installation(folder: Path, map_names: Sequence[str]) -> Path:
    """Make a folder that serves as SC2PATH; what is there already is written anew.

    Args:
        folder: where; it is made if it is not there.
        map_names: stems of the map files. They are empty: clients look for the files, the server knows the maps.

    Returns:
        The folder as an absolute path.

    Raises:
        ConfigError: something else is there, or it cannot be written.
    """
    folder = folder.expanduser().absolute()
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "Versions").is_dir():
        raise ConfigError(f"{folder}: not empty and no installation; allowed: a new folder, or one made before")
    real = [path for base in (folder / "Versions").glob("Base*") for path in base.glob("*") if not _is_ours(path)]
    if real:
        raise ConfigError(f"{folder}: a real installation ({real[0]}); allowed: a new folder, or one made before")
    package = str(Path(__file__).resolve().parents[2])
    code = _CODE.format(path=[package])
    script = _SCRIPT.format(python=shlex.quote(sys.executable), code=shlex.quote(code)).encode()
    try:
        for base in (PYSC2_BASE, BASE):
            place = folder / "Versions" / base / BINARY
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(place, script)
            place.chmod(0o755)
        for inside in ("Maps", f"Maps/{SMAC_FOLDER}"):
            (folder / inside).mkdir(parents=True, exist_ok=True)
            for name in map_names:
                (folder / inside / f"{name}.SC2Map").touch()
        for inside in ("Replays", "SC2Data"):
            (folder / inside).mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror or error}") from error
    return folder


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"#!" if path.is_file() else True


def find_binary(folder: Path) -> Path:
    """Return the newest executable of an installation.

    Raises:
        ConfigError: there is none.
    """
    bases = sorted(
        (path for path in (folder / "Versions").glob("Base*") if path.name[4:].isdecimal()),
        key=lambda path: int(path.name[4:]),
        reverse=True,
    )
    for base in bases:
        for name in BINARIES:
            if (base / name).is_file():
                return base / name
    raise ConfigError(
        f"sc2_path: {folder} has no Versions/Base*/{BINARY}; install the game, or: nydus sc2 path {folder}"
    )


class LaunchedSc2:
    """The game of an installation, as a process group that goes with us; python-sc2's own launcher is not used.

    Attributes:
        pid: process id of the game, 0 until it is known.
    """

    def __init__(self, sc2_path: str, name: str) -> None:
        """Launch it; returns without waiting for it.

        Args:
            sc2_path: folder of the installation.
            name: of the game, for messages.

        Raises:
            ConfigError: there is no game.
        """
        folder = Path(sc2_path).expanduser().absolute()
        binary = find_binary(folder)
        self._port = _free_port()
        arguments = [str(binary), "-listen", "127.0.0.1", "-port", str(self._port), "-dataDir", str(folder)]
        program = Program(
            name="StarCraft II", arguments=(*arguments, "-displayMode", "0"), folder=folder, environment={}
        )
        self._game = LaunchedGame(Plan(name=name, host="127.0.0.1", port=self._port, programs=(program,)))

    @property
    def pid(self) -> int:
        """Process id of the game, 0 until it is known."""
        return next(iter(self._game.pids.values()), 0)

    async def wait_address(self, timeout_s: float) -> tuple[str, int]:
        """Return where it listens, as soon as something does.

        Raises:
            GameFailedError: it has ended instead, or nothing listens in time.
        """
        deadline = Deadline.after(timeout_s)
        while True:
            self._game.check()
            with socket.socket() as probe:
                probe.settimeout(LOOK_S)
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    self._game.check()  # by now it is known which process it is
                    return "127.0.0.1", self._port
            if deadline.has_passed():
                self._game.wait_ready(lambda _: False, deadline)
            await asyncio.sleep(LOOK_S)

    def check(self) -> None:
        """Raise GameCrashedError if it has ended."""
        self._game.check()

    async def wait_end(self) -> None:
        """Give a game that closed its connection the time to end, so that it can be told how."""
        deadline = Deadline.after(END_S)
        while self.exit_text() is None and not deadline.has_passed():
            await asyncio.sleep(LOOK_S)

    def exit_text(self) -> str | None:
        """Return how it has ended, None while it runs."""
        with contextlib.suppress(GameFailedError):
            self._game.check()
        return next(iter(self._game.ended.values()), None)

    def log_tail(self) -> str:
        """Return its last lines."""
        return self._game.log_tail()

    def close(self) -> None:
        """End it; idempotent, bounded."""
        self._game.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
