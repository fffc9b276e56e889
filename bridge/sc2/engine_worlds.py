"""Where the server's games come from: the shipped battles of StarCraft II."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

from bridge.errors import ConfigError
from bridge.sc2.engine_world import EngineWorld
from bridge.sc2.world import Player, UnitCommand
from bridge.scenarios import load_scenario, scenario_names
from bridge.warmup import Marker, compile_lock, progress_line
from engine.core.jit import KERNEL_SOURCES, cache_folder, package_of
from engine.core.rules import STARCRAFT2
from engine.core.scenario import Scenario

WARM_UP: Final = "MMM"
"""A battle with healers, flyers and shots from afar."""

ATTACK: Final = 23

TIMEOUT_S: Final = 600.0
"""How long another process that compiles already is waited for: the kernels take a minute of a slow core."""

SMAC_FOLDER: Final = "SMAC_Maps"
"""Where SMAC's environment looks for its maps."""


class EngineWorlds:
    """The shipped battles of StarCraft II by name; satisfies `bridge.sc2.world.Worlds`."""

    def names(self) -> Sequence[str]:
        """Return the scenarios that there are."""
        return scenario_names(STARCRAFT2)

    def prepare(self) -> None:
        """Compile every kernel of a battle if that was not done yet on this machine, with a line that says so.

        Raises:
            GameTimeoutError: another process has held the lock for TIMEOUT_S.
        """
        if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
            return
        folder = cache_folder(KERNEL_SOURCES[package_of("engine.starcraft2.games")])
        marker = Marker("warm-sc2-server", (folder,))
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
            world.view(1)
        for unit_id in world.view(1).units["id"].tolist():
            world.kill_unit(unit_id)
        world.advance(2)

    def check(self, map_name: str) -> None:
        """Say whether there is such a scenario.

        Raises:
            ConfigError: there is none, or it is one of another game.
        """
        _scenario(map_name)

    def open(
        self, map_name: str, players: tuple[Player, Player], seed: int, *, disable_fog: bool, folder: str = ""
    ) -> EngineWorld:
        """Lay out a battle.

        Raises:
            ConfigError: no such scenario, or one of another game.
        """
        return EngineWorld(_scenario(map_name), players, seed, has_rl_types=folder == SMAC_FOLDER)


def _scenario(map_name: str) -> Scenario:
    scenario = load_scenario(map_name)
    if scenario.game != STARCRAFT2:
        raise ConfigError(f"{map_name}: a scenario of {scenario.game}; allowed: one of {STARCRAFT2}")
    return scenario
