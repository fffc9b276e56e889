"""What is to be started for a real game, as values: argument lists, environment, ini files. Starts nothing.

Sources: bwheadless and Chaoslauncher as TorchCraft's users call them; BWAPI 4.2.0's and TorchCraft 1.4.0's ini keys;
OpenBW's BWAPILauncher, which takes all of its settings from the environment.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, Literal

from bridge.errors import ConfigError
from bridge.launch.ini import Ini
from bridge.userfiles import nearest

DEFAULT_PATH: Final = "/opt/StarCraft/"
DEFAULT_BOT: Final = "Blueberry"
DEFAULT_RACE: Final = "Terran"
DEFAULT_MAP: Final = "(4)FightingSpirit1.3.scx"
DEFAULT_GAME_TYPE: Final = "MELEE"
DEFAULT_PORT: Final = 11111
"""TorchCraft's."""

MAP_FOLDER: Final = "maps/TorchUp"
"""Where a map that is named without a folder is looked for, below the game's folder."""

GAME_TYPES: Final = ("MELEE", "USE_MAP_SETTINGS", "FREE_FOR_ALL", "ONE_ON_ONE", "TOP_VS_BOTTOM")

RACES: Final = ("Terran", "Protoss", "Zerg", "Random")

MAX_NAME_CHARACTERS: Final = 24
"""Longest name of a player or a game in Brood War."""

WineArch = Literal["win32", "win64"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program of a plan.

    Attributes:
        name: for messages.
        arguments: the program and its arguments, as they are; no shell ever sees them.
        folder: where it starts.
        environment: what is set beside the starter's own environment.
        is_needed: whether the game is lost when it ends.
    """

    name: str
    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    is_needed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A file that a plan cannot do without.

    Attributes:
        path: where it has to be.
        remedy: what to do where it is missing, as an order to the user.
        ignores_case: whether the program that opens it finds it under another spelling (Wine does).
    """

    path: Path
    remedy: str
    ignores_case: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that a launch does.

    Attributes:
        name: for messages.
        port: where TorchCraft will listen.
        host: likewise.
        programs: started in this order; none for a server that runs already.
        files: keys that are set in ini files first; other keys of theirs stay.
        needs: files that have to be there.
        remedies: what to do where a program is missing, by its name on PATH.
        last: run when everything is to end, before anything is killed.
        private_folder: made if it is missing, and taken by one launch at a time.
    """

    name: str
    port: int = DEFAULT_PORT
    host: str = "127.0.0.1"
    programs: tuple[Program, ...] = ()
    files: Mapping[Path, Ini] = field(default_factory=dict)
    needs: tuple[Need, ...] = ()
    remedies: Mapping[str, str] = field(default_factory=dict)
    last: Program | None = None
    private_folder: Path | None = None

    def text(self) -> str:
        """Return the plan for people: each program with its folder, environment and arguments, one line each."""
        lines = [f"{path}: set {_keys_text(keys)}" for path, keys in self.files.items()]
        for program in self.programs:
            settings = "".join(f"{name}={_quoted(value)} " for name, value in program.environment.items())
            lines.append(f"in {program.folder}: {settings}{' '.join(map(_quoted, program.arguments))}")
        lines.append(f"TorchCraft listens on {self.host}:{self.port}")
        return "".join(f"{line}\n" for line in lines)

    def to_json(self) -> str:
        """Return the programs as JSON: name, arguments, folder, environment of each."""
        programs = [
            {
                "name": program.name,
                "arguments": list(program.arguments),
                "folder": str(program.folder),
                "environment": dict(program.environment),
            }
            for program in self.programs
        ]
        return json.dumps({"host": self.host, "port": self.port, "programs": programs}, indent=1)


def wine_plan(
    *,
    path: str = DEFAULT_PATH,
    bot: str = DEFAULT_BOT,
    race: str = DEFAULT_RACE,
    map_name: str = DEFAULT_MAP,
    port: int = DEFAULT_PORT,
    prefix: Path | None = None,
    arch: WineArch | None = "win32",
    with_chaoslauncher: bool = True,
    is_headful: bool = False,
) -> Plan:
    """Return the plan of a game under Wine: bwheadless hosts it, Chaoslauncher opens a second StarCraft to join it.

    Args:
        path: the game's folder, with or without a slash at its end.
        bot: name of the player and of the game.
        race: Terran, Protoss, Zerg, Random or a first letter.
        map_name: file name in `maps/TorchUp`, or a path below the game's folder.
        port: TorchCraft's.
        prefix: Wine's own folder for this game; None takes `default_prefix()`.
        arch: of a prefix that is made anew; None leaves it to Wine.
        with_chaoslauncher: False for bots that meet no person.
        is_headful: show bwheadless's window.

    Raises:
        ConfigError: a value that cannot be.
    """
    folder = _folder(path)
    name, letter, map_file = checked_name(bot), checked_race(race)[0], checked_map(map_name)
    environment = {
        "WINEPREFIX": str(prefix or default_prefix()),
        **({"WINEARCH": arch} if arch else {}),
        "WINEDLLOVERRIDES": "mscoree,mshtml=",  # no dialogs that offer to fetch Mono and Gecko
        "WINEDEBUG": "fixme-all",
        "TORCHCRAFT_PORT": str(checked_port(port)),
    }
    bwheadless = [
        "wine",
        "bwheadless.exe",
        "-e",
        f"{folder}/StarCraft.exe",
        "-l",
        f"{folder}/bwapi-data/BWAPI.dll",
        "--installpath",  # a private prefix has no registry entry that says where the game is
        f"{folder}/",
        "--host",
        "--name",
        name,
        "--game",
        name,
        "--race",
        letter,
        "--map",
        map_file,
        *(["--headful"] if is_headful else []),
    ]
    programs = [Program(name="bwheadless", arguments=tuple(bwheadless), folder=folder, environment=environment)]
    if with_chaoslauncher:
        chaos = ("wine", "Chaoslauncher/Chaoslauncher.exe")
        programs.append(
            Program(name="chaoslauncher", arguments=chaos, folder=folder, environment=environment, is_needed=False)
        )
    bwapi: Ini = {
        "ai": {"ai": "bwapi-data/BWEnv.dll"},
        "auto_menu": {
            "auto_menu": "LAN",
            "lan_mode": "Local PC",
            "auto_restart": "ON",
            "map": map_file,
            "game": name,
            "race": checked_race(race),
        },
        "starcraft": {"sound": "OFF", "drop_players": "ON"},
    }
    torchcraft: Ini = {"general": {"port": str(port)}, "starcraft": {"launcher": "bwheadless"}}
    return Plan(
        name=f"wine:{name}",
        port=port,
        programs=tuple(programs),
        files={folder / "bwapi-data/bwapi.ini": bwapi, folder / "bwapi-data/torchcraft.ini": torchcraft},
        needs=_wine_needs(folder, map_file, with_chaoslauncher=with_chaoslauncher),
        remedies=dict.fromkeys(("wine", "wineserver"), "install Wine (Debian: apt-get install wine wine32:i386)"),
        last=Program(name="wineserver", arguments=("wineserver", "-k"), folder=folder, environment=environment),
        private_folder=Path(environment["WINEPREFIX"]),
    )


def openbw_plan(
    *,
    path: str = DEFAULT_PATH,
    race: str = DEFAULT_RACE,
    map_name: str = DEFAULT_MAP,
    game_type: str = DEFAULT_GAME_TYPE,
    port: int = DEFAULT_PORT,
    module: str = "BWEnv.so",
    launcher: str = "BWAPILauncher",
    is_headful: bool = False,
) -> Plan:
    """Return the plan of a game on OpenBW, natively and by default without a window.

    Args:
        path: the folder with the game's three `.mpq` files.
        race: Terran, Protoss, Zerg, Random or a first letter.
        map_name: file name in `maps/TorchUp`, or a path below the game's folder.
        game_type: MELEE, or USE_MAP_SETTINGS for a map with triggers of its own.
        port: TorchCraft's.
        module: TorchCraft's library, in the game's folder unless the path says otherwise.
        launcher: OpenBW's program, on PATH unless a path is given.
        is_headful: show the window.

    Raises:
        ConfigError: a value that cannot be.
    """
    folder = _folder(path)
    environment = {
        "OPENBW_ENABLE_UI": "1" if is_headful else "0",
        "OPENBW_MPQ_PATH": str(folder),
        "OPENBW_GAME_SPEED": "0",  # as fast as it goes; unset means real time
        "BWAPI_CONFIG_AI__AI": str(folder / module),
        "BWAPI_CONFIG_AUTO_MENU__AUTO_MENU": "SINGLE_PLAYER",
        "BWAPI_CONFIG_AUTO_MENU__MAP": checked_map(map_name),
        "BWAPI_CONFIG_AUTO_MENU__GAME_TYPE": checked_game_type(game_type),
        "BWAPI_CONFIG_AUTO_MENU__RACE": checked_race(race),
        "BWAPI_CONFIG_AUTO_MENU__AUTO_RESTART": "ON",
        "TORCHCRAFT_PORT": str(checked_port(port)),
    }
    program = Program(name="BWAPILauncher", arguments=(launcher,), folder=folder, environment=environment)
    mpq = "copy it from an installation of StarCraft 1.16.1 (Remastered's does not work), spelled exactly so"
    needs = (
        *(Need(path=folder / file, remedy=mpq) for file in ("StarDat.mpq", "BrooDat.mpq", "Patch_rt.mpq")),
        Need(path=folder / module, remedy="build TorchCraft's BWEnv for OpenBW and put it there"),
        Need(path=folder / checked_map(map_name), remedy="put the map there or name another with --map"),
    )
    remedies = {launcher: "build https://github.com/openbw/bwapi and put BWAPILauncher on PATH"}
    return Plan(name=f"openbw:{port}", port=port, programs=(program,), needs=needs, remedies=remedies)


def running_plan(host: str = "127.0.0.1", port: int = DEFAULT_PORT) -> Plan:
    """Return the plan of a server that somebody else has started.

    Args:
        host: its machine.
        port: TorchCraft's.
    """
    return Plan(name=f"server:{host}:{port}", host=host, port=checked_port(port))


def default_prefix() -> Path:
    """Return Nydus's own Wine folder: no other program's Wine is touched when a game ends."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "nydus" / "wine"


def checked_race(race: str) -> str:
    """Return a race's full name.

    Args:
        race: name or first letter, in any case.

    Raises:
        ConfigError: there is no such race.
    """
    for known in RACES:
        if race and race.lower() in (known.lower(), known[0].lower()):
            return known
    raise ConfigError(f"race: got {race!r}; allowed: {', '.join(RACES)}{nearest(race.title(), RACES)}")


def checked_name(bot: str) -> str:
    """Return the name if the game can show it.

    Args:
        bot: name of the player and of the game.

    Raises:
        ConfigError: empty, too long, or not ASCII.
    """
    if not (0 < len(bot) <= MAX_NAME_CHARACTERS and bot.isascii() and bot.isprintable()):
        raise ConfigError(f"bot: got {bot!r}; allowed: 1 to {MAX_NAME_CHARACTERS} printable ASCII characters")
    return bot


def checked_map(map_name: str) -> str:
    r"""Return a map's path below the game's folder, with slashes.

    Parentheses that were escaped for a shell are taken as meant: `\(4\)Name.scx`.

    Args:
        map_name: file name in `maps/TorchUp`, or a path below the game's folder.

    Raises:
        ConfigError: no map file, or not below the game's folder.
    """
    name = re.sub(r"\\\((.*?)\\\)", r"(\1)", map_name).replace("\\", "/")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.suffix.lower() not in (".scm", ".scx", ".rep"):
        raise ConfigError(f"map: got {map_name!r}; allowed: a .scm, .scx or .rep file below the game's folder")
    return str(path) if len(path.parts) > 1 else f"{MAP_FOLDER}/{path}"


def checked_game_type(game_type: str) -> str:
    """Return a game type as BWAPI spells it.

    Args:
        game_type: in any case, with spaces or underscores.

    Raises:
        ConfigError: there is no such type.
    """
    name = game_type.upper().replace(" ", "_")
    if name not in GAME_TYPES:
        raise ConfigError(f"game_type: got {game_type!r}; allowed: {', '.join(GAME_TYPES)}{nearest(name, GAME_TYPES)}")
    return name


def checked_port(port: int) -> int:
    """Return the port if there can be one.

    Args:
        port: TCP port.

    Raises:
        ConfigError: out of range.
    """
    if not 0 < port < 1 << 16:
        raise ConfigError(f"port: got {port}; allowed: 1 to 65535")
    return port


def _wine_needs(folder: Path, map_file: str, *, with_chaoslauncher: bool) -> tuple[Need, ...]:
    remedies = {
        "StarCraft.exe": "install StarCraft: Brood War 1.16.1 there or name its folder with --path",
        "bwheadless.exe": "put bwheadless (https://github.com/tscmoo/bwheadless) beside StarCraft.exe",
        "bwapi-data/BWAPI.dll": "install BWAPI 4.2.0 into the game's folder",
        "bwapi-data/BWEnv.dll": "put TorchCraft's BWEnv.dll there",
        map_file: "put the map there or name another with --map",
    }
    if with_chaoslauncher:
        remedies["Chaoslauncher/Chaoslauncher.exe"] = "install Chaoslauncher there or say --no-chaoslauncher"
    return tuple(Need(path=folder / file, remedy=text, ignores_case=True) for file, text in remedies.items())


def _folder(path: str) -> Path:
    if not path:
        raise ConfigError("path: got ''; allowed: the game's folder")
    return Path(path).expanduser().absolute()


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w@%+=:,./-]+", text) else json.dumps(text)


def _keys_text(keys: Mapping[str, Mapping[str, str]]) -> str:
    return ", ".join(f"{section}.{key}={value}" for section, values in keys.items() for key, value in values.items())
