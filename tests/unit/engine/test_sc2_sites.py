"""Where scripted players of StarCraft II build: what windows over the whole neighbourhood find is the nearest place."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.scenarios import load_scenario
from engine.core.frame import Commands, Frame, UnitFlag
from engine.core.gamemap import BUILD_TILE_PX
from engine.starcraft2.melee_players import sites
from engine.starcraft2.melee_players.facts import CELLS, NEEDS_CREEP, NEEDS_POWER
from engine.starcraft2.melee_players.view import View
from engine.starcraft2.tables import unit_type_id

TYPES = {
    "terran": ("CommandCenter", "SupplyDepot", "Barracks", "EngineeringBay"),
    "protoss": ("Nexus", "Pylon", "Gateway", "PhotonCannon"),
    "zerg": ("Hatchery", "SpawningPool", "SpineCrawler", "EvolutionChamber"),
}


def town(race: str, generator: np.random.Generator) -> View:
    """Return what a player with structures here and there sees."""
    scenario = load_scenario(f"melee?game=starcraft2&races={race}:{race}")
    frame = Frame.allocate(1, 64, scenario.map, layers=True)
    frame.creep[0] = generator.random(frame.creep.shape[1:]) < 0.98
    start = scenario.map.starts[0]
    hall, *others = TYPES[race]
    count = int(generator.integers(1, 30))
    for row in range(count):
        name = hall if row == 0 else others[generator.integers(len(others))]
        dx, dy = (0, 0) if row == 0 else generator.integers(-16, 16, 2)
        unit = frame.units[0, row]
        unit["id"], unit["type"], unit["build_type"] = row, unit_type_id(name), -1
        unit["x"], unit["y"] = start["x"] + dx * BUILD_TILE_PX, start["y"] + dy * BUILD_TILE_PX
        unit["flags"] = np.uint64(1 << UnitFlag.COMPLETED)
    frame.num_units[0] = count
    return View(frame, 0, Commands.allocate(1, 4))


def by_hand(view: View, kind: int) -> tuple[int, int] | None:
    """Return the nearest place, asked cell by cell."""
    size = int(CELLS[kind])
    wide = size + (2 if sites.name_of(kind) in sites.ADD_ON_MAKERS else 0)
    free, creep = sites._free_cells(view), sites._creep(view)
    powered = sites._near(view, sites.PYLON, sites.POWER_CELLS)
    hall_x, hall_y = (int(value[view.halls[0]]) // BUILD_TILE_PX for value in (view.x, view.y))
    best, least = None, np.inf
    for top in range(max(1, hall_y - 20), min(free.shape[0] - size - 1, hall_y + 20)):
        for left in range(max(1, hall_x - 20), min(free.shape[1] - wide - 1, hall_x + 20)):
            x, y = left + size / 2, top + size / 2
            away = (x - hall_x - 0.5) ** 2 + (y - hall_y - 0.5) ** 2
            if away >= least or away < sites.HALL_GAP**2:
                continue
            is_good = free[top - 1 : top + size + 1, left - 1 : left + wide + 1].all()
            if NEEDS_POWER[kind]:
                is_good &= powered[int(y), int(x)]
            if NEEDS_CREEP[kind]:
                is_good &= creep[top : top + size, left : left + size].all()
            if is_good:
                best, least = (round(x * BUILD_TILE_PX), round(y * BUILD_TILE_PX)), away
    return best


@pytest.mark.parametrize("race", sorted(TYPES))
def test_the_place_is_the_nearest_one_that_fits(race: str) -> None:
    generator = np.random.default_rng(5)
    for _ in range(4):
        view = town(race, generator)
        for name in TYPES[race][1:]:
            kind = unit_type_id(name)
            assert sites.find_site(view, kind) == by_hand(view, kind), name
