"""A scenario for the small game of `sc2_world`: only what a session reads of it."""

from __future__ import annotations

import dataclasses
from typing import Any

from bridge.noop import NOOP_SCENARIO, noop_spec
from bridge.spec import GameSpec
from engine.core.gamemap import GameMap
from engine.core.scenario import UnitPlacement

SMALL_SCENARIO = dataclasses.replace(
    NOOP_SCENARIO,
    name="Small",
    map=GameMap.flat("Small", 64, 64),
    units=tuple(UnitPlacement(type="Terran_SCV", player=0, x=0, y=0) for _ in range(32)),
    full_vision=False,
)


def small_spec(**params: Any) -> GameSpec:
    return noop_spec(scenario="Small", backend="sc2", backend_params=params, players=(None, "noop"), frame_skip=8)
