"""What a melee game offers by name: observations, actions, layers, infos."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from engine.core.rules import BROODWAR, STARCRAFT2
from envs.specs.field import Field

ECONOMY_OBSERVATIONS: Final = ("economy", "planes", "rgb", "pysc2", "pysc2_selected", "raw")
"""Names that `observation=` takes in a melee game."""

PYSC2: Final = ("pysc2", "pysc2_selected")
"""Observations of a player's own interface: they show the camera and the selection that `functions` acts with."""

ECONOMY_ACTIONS: Final = ("macro", "place", "workers", "functions", "raw")
"""Names that `action=` takes in a melee game."""

OFFERED: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = MappingProxyType(
    {
        BROODWAR: (ECONOMY_OBSERVATIONS, ECONOMY_ACTIONS),
        STARCRAFT2: (ECONOMY_OBSERVATIONS, ("macro", "functions", "raw")),
    }
)
"""Observations and actions of each game's melee games; placing and single workers are Brood War's."""

MELEE_LAYERS: Final = (
    "height_map",
    "visibility_map",
    "pathable",
    "buildable",
    "player_relative",
    "unit_type",
    "unit_hit_points_ratio",
    "unit_density",
)
"""Layers of `planes` in a melee game unless `layers` says otherwise; StarCraft II's types are no bytes: not they."""

DEFAULT_RAW_UNITS: Final = 400
MAX_RAW_UNITS: Final = 1700
DEFAULT_RAW_COMMANDS: Final = 16
MAX_RAW_COMMANDS: Final = 256

INT32_MAX: Final = float(2**31 - 1)


def _count(name: str, unit: str, doc: str) -> Field:
    return Field(name=name, dtype=np.int32, high=INT32_MAX, unit=unit, doc=doc)


ECONOMY_INFO_FIELDS: Final = (
    Field(name="battle_won", dtype=np.bool_, unit="flag", doc="The game is won, or the task done."),
    _count("minerals", "minerals", "In the bank."),
    _count("gas", "gas", "In the bank."),
    _count("supply_used", "half supply", "As BWAPI counts."),
    _count("supply_total", "half supply", "Likewise."),
    _count("collected_minerals", "minerals", "Brought home since the start."),
    _count("collected_gas", "gas", "Brought home since the start."),
    _count("workers", "units", "Complete workers."),
    _count("idle_workers", "units", "Workers with nothing to do."),
    _count("idle_worker_frames", "frames", "Summed over workers and time."),
    _count("army", "units", "Complete fighters."),
    _count("trained", "units", "Most fighters at one time."),
    _count("milestones", "milestones", "Reached, where the reward is for an opening; else 0."),
    _count("frame", "frames", "Frame number of the game."),
    _count("episode_frames", "frames", "Frames since the episode began."),
    _count("invalid_actions", "choices", "Choices of the last action that its mask forbade; they were dropped."),
)
"""The arrays `info/*` of a melee game."""

BOOKED: Final = (
    "minerals",
    "gas",
    "supply_used",
    "supply_total",
    "collected_minerals",
    "collected_gas",
    "workers",
    "idle_workers",
    "idle_worker_frames",
    "army",
    "trained",
    "milestones",
)
"""Infos that are columns of the ledger."""
