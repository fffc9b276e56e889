"""Where the server's games come from: the shipped battles of StarCraft II."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bridge.errors import ConfigError
from bridge.sc2.engine_world import EngineWorld
from bridge.sc2.world import Player
from bridge.scenarios import load_scenario, scenario_names
from engine.core.rules import STARCRAFT2
from engine.core.scenario import Scenario

SMAC_FOLDER: Final = "SMAC_Maps"
"""Where SMAC's environment looks for its maps."""


class EngineWorlds:
    """The shipped battles of StarCraft II by name; satisfies `bridge.sc2.world.Worlds`."""

    def names(self) -> Sequence[str]:
        """Return the scenarios that there are."""
        return scenario_names(STARCRAFT2)

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
