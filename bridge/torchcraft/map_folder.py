"""From the name of a map, as a client says it, to the scenario that is played."""

from __future__ import annotations

import contextlib
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import parse_qsl

import yaml

from bridge.errors import ConfigError
from bridge.maps.importer import import_map
from bridge.melee import DEFAULT_MAP, map_names
from bridge.scenarios import (
    ScenarioFile,
    build_scenario,
    is_melee_name,
    load_scenario,
    read_scenario,
    scenario_names,
)
from bridge.userfiles import nearest, parse
from engine.core.scenario import Scenario

MAP_SUFFIXES: Final = (".scm", ".scx")
SCENARIO_SUFFIXES: Final = (".yaml", ".yml")


class MapFolder:
    """Finds maps: shipped scenarios by the map file's name, whatever folder the client has it in; then the own files.

    A client names files of the *server's* machine, so nothing outside the folder is ever opened.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Offer the shipped scenarios, and the files below a folder.

        Args:
            folder: of map files (.scm, .scx) and scenario files (.yaml); None offers none.

        Raises:
            ConfigError: there is no such folder.
        """
        if folder is not None and not folder.is_dir():
            raise ConfigError(f"--maps {folder}: no such folder")
        self._folder = folder
        self._known: dict[str, Scenario] = {}

    def __call__(self, name: str) -> Scenario:
        """Return the scenario of a map.

        Args:
            name: `m5v5_c_far`, or a path as in `Maps/BroodWar/micro/m5v5_c_far.scm`; `melee?map=crossing&races=...`.

        Raises:
            ConfigError: there is no such map, or it is one that the engine cannot play.
        """
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> Scenario:
        if is_melee_name(name):
            return _melee(name)
        path = PurePosixPath(name.replace("\\", "/"))
        own = self._own_file(path)
        if own is not None:
            return _read(own)
        stem = path.name.removesuffix(path.suffix) if path.suffix in (*MAP_SUFFIXES, *SCENARIO_SUFFIXES) else path.name
        if stem not in scenario_names():
            where = "" if self._folder is None else f" nor file in {self._folder}"
            raise ConfigError(f"map {name!r}: no such scenario{where}{nearest(stem, scenario_names())}")
        return load_scenario(stem)

    def _own_file(self, path: PurePosixPath) -> Path | None:
        """Return the file below the folder that is meant, None if there is none."""
        if self._folder is None or path.suffix not in (*MAP_SUFFIXES, *SCENARIO_SUFFIXES):
            return None
        root = self._folder.resolve()
        for candidate in (root / path, root / path.name):
            with contextlib.suppress(OSError, ValueError):  # a name that no file can have: too long, with a zero byte
                found = candidate.resolve()
                if found.is_relative_to(root) and found.is_file():
                    return found
        return None


def _melee(name: str) -> Scenario:
    """Return the melee game that a client asks for, on a shipped map: others would be files of this machine."""
    chosen = dict(parse_qsl(name.partition("?")[2])).get("map", DEFAULT_MAP)
    if chosen not in map_names():
        raise ConfigError(f"map {chosen!r}: no shipped melee map{nearest(chosen, map_names())}")
    return load_scenario(name)


def _read(path: Path) -> Scenario:
    if path.suffix in SCENARIO_SUFFIXES:
        return read_scenario(path)
    text = import_map(path).text
    return build_scenario(parse(ScenarioFile, yaml.safe_load(text), str(path)))
