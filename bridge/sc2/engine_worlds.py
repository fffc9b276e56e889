"""Where the server's games come from: the shipped battles of StarCraft II, and melee games on maps.

The game's own players (`Computer`) of melee games are our scripted ones: the ten difficulties are three strengths.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bridge.errors import ConfigError
from bridge.sc2.engine_world import EngineWorld
from bridge.sc2.grids import KeptBytes
from bridge.sc2.melee import find_map, is_map, map_names, melee_on
from bridge.sc2.observation import observation_bytes
from bridge.sc2.world import Player, UnitCommand
from bridge.scenarios import load_scenario, scenario_names
from bridge.userfiles import nearest
from bridge.warmup import Marker, compile_lock, progress_line
from engine.core.jit import KERNEL_SOURCES, cache_folder, package_of
from engine.core.rules import STARCRAFT2
from engine.core.scenario import Melee, Race, Scenario

WARM_UP: Final = "MMM"
"""A battle with healers, flyers and shots from afar."""

ATTACK: Final = 23

TIMEOUT_S: Final = 600.0
"""How long another process that compiles already is waited for: the kernels take a minute of a slow core."""

SMAC_FOLDER: Final = "SMAC_Maps"
"""Where SMAC's environment looks for its maps."""


RACES: Final[dict[int, Race]] = {1: "terran", 2: "zerg", 3: "protoss", 4: "random"}
"""By the API's numbers."""

STRENGTHS: Final = ((0, "noop"), (2, "weak"), (5, "standard"), (10, "strong"))
"""Largest difficulty that each scripted player stands for: VeryEasy and Easy are weak, up to Hard standard."""

SUFFIXES: Final = (".npz", ".SC2Map")
"""Of map files in a folder of the user's; a client's own `.SC2Map` that is empty stands for a shipped map."""


class EngineWorlds:
    """The shipped battles of StarCraft II and melee maps by name; satisfies `bridge.sc2.world.Worlds`."""

    def __init__(self, folder: Path | None = None) -> None:
        """Take note.

        Args:
            folder: with map files of the user's (`nydus sc2 import`), found by the stems of their names; None for none.
        """
        self._folder = folder

    def names(self) -> Sequence[str]:
        """Return the battles and the melee maps that there are."""
        return (*scenario_names(STARCRAFT2), *map_names())

    def prepare(self) -> None:
        """Compile every kernel of a battle if that was not done yet on this machine, with a line that says so.

        Raises:
            GameTimeoutError: another process has held the lock for TIMEOUT_S.
        """
        if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
            return
        folder = cache_folder(KERNEL_SOURCES[package_of("engine.starcraft2.games")])
        marker = Marker("warm-sc2-server", (folder, cache_folder(KERNEL_SOURCES["bridge"])))
        if marker.is_set():
            return
        with (
            progress_line("compiling StarCraft II's engine, once:", sys.stderr),
            compile_lock(folder / "warm.lock", TIMEOUT_S),
        ):
            if not marker.is_set():
                self._play()
                marker.set()

    def _play(self) -> None:
        """Let a client that is none play some loops of a battle."""
        players = (Player(race=1), Player(race=1, difficulty=1, name="attack_move"))
        world = self.open(WARM_UP, players, 0, disable_fog=True)
        units = world.view(1).units
        own = units["id"][units["owner"] == 1].tolist()
        world.command(1, UnitCommand(ability=ATTACK, unit_ids=own, point=(16.0, 16.0)))
        for _ in range(4):
            world.advance(8)
            observation_bytes(world.view(1), KeptBytes(), with_raw=True, with_score=True)
        for unit_id in world.view(1).units["id"].tolist():
            world.kill_unit(unit_id)
        world.advance(2)

    def check(self, map_name: str) -> None:
        """Say whether there is such a map.

        Raises:
            ConfigError: there is none, or it is one of another game.
        """
        found = self._melee_map(map_name)
        if found is not None:
            find_map(found)
        elif map_name in scenario_names(STARCRAFT2):
            _scenario(map_name)
        else:
            raise ConfigError(f"unknown map {map_name!r}{nearest(map_name, tuple(self.names()))}")

    def open(
        self, map_name: str, players: tuple[Player, Player], seed: int, *, disable_fog: bool, folder: str = ""
    ) -> EngineWorld:
        """Lay out a battle or a melee game.

        Raises:
            ConfigError: no such map, or one of another game.
        """
        found = self._melee_map(map_name)
        if found is None:
            return EngineWorld(_scenario(map_name), players, seed, has_rl_types=folder == SMAC_FOLDER)
        first, second = (RACES[player.race] for player in players)
        scenario = melee_on(found, Melee(races=(first, second)))
        both = _scripted(players[0]), _scripted(players[1])
        return EngineWorld(scenario, both, seed, playable=find_map(found)[1])

    def _melee_map(self, name: str) -> str | Path | None:
        """Return what `find_map` finds a melee map by; None if there is none of this name."""
        if self._folder is not None:
            for suffix in SUFFIXES:
                path = self._folder / f"{name}{suffix}"
                if path.is_file() and path.stat().st_size:
                    return path
        return name if is_map(name) else None


def _scripted(player: Player) -> Player:
    """Return a player with the name of the scripted one that stands for its difficulty."""
    if player.difficulty is None or player.name:
        return player
    name = next(name for most, name in STRENGTHS if player.difficulty <= most)
    return dataclasses.replace(player, name=name)


def _scenario(map_name: str) -> Scenario:
    scenario = load_scenario(map_name)
    if scenario.game != STARCRAFT2:
        raise ConfigError(f"{map_name}: a scenario of {scenario.game}; allowed: one of {STARCRAFT2}")
    return scenario
