"""Larvae, eggs, creep and drones that become buildings."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.oracle.play import UNIT_ID_SLOTS, Field
from engine.broodwar.production_table import NEUTRAL_PLAYER
from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import UnitCommandType

HATCHERY_AT = (1008, 1008)
TILE = 32
LARVA = unit_type_id("Zerg_Larva")


@pytest.fixture
def field() -> Field:
    field = Field()
    field.place("Zerg_Hatchery", 0, *HATCHERY_AT)
    field.place("Zerg_Overlord", 0, 300, 300)
    field.games.games["minerals"][0, 0] = 1000
    field.games.games["gas"][0, 0] = 500
    return field


def count(field: Field, name: str) -> tuple[int, int]:
    units = field.games.units[0]
    mine = (units["slot_state"] != 0) & (units["type"] == unit_type_id(name))
    return int(mine.sum()), int((mine & (units["is_complete"] != 0)).sum())


def larvae(field: Field) -> list[np.ndarray]:
    units = field.games.units[0]
    slots = np.flatnonzero((units["slot_state"] != 0) & (units["type"] == LARVA))
    return [np.array([slot + UNIT_ID_SLOTS * int(units["generation"][slot])], np.int32) for slot in slots]


def morph(field: Field, unit: np.ndarray, name: str) -> None:
    field.command(UnitCommandType.MORPH, unit, extra=unit_type_id(name))
    field.advance(1)


def build(field: Field, worker: np.ndarray, name: str, tile: tuple[int, int]) -> None:
    field.command(UnitCommandType.BUILD, worker, x=tile[0] * TILE, y=tile[1] * TILE, extra=unit_type_id(name))
    field.advance(1)


def minerals(field: Field) -> int:
    return int(field.games.games["minerals"][0, 0])


def test_a_hatchery_has_three_larvae_at_most_and_they_stay_near(field: Field) -> None:
    field.advance(1500)

    assert count(field, "Zerg_Larva") == (3, 3)
    units = field.games.units[0]
    mine = (units["slot_state"] != 0) & (units["type"] == LARVA)
    assert (np.abs(units["x"][mine] - HATCHERY_AT[0]) < 120).all()
    assert (np.abs(units["y"][mine] - HATCHERY_AT[1]) < 120).all()


def test_two_zerglings_come_out_of_one_egg(field: Field) -> None:
    field.place("Zerg_Spawning_Pool", 0, 800, 1300)
    field.advance(40)

    morph(field, larvae(field)[0], "Zerg_Zergling")

    assert minerals(field) == 950
    assert count(field, "Zerg_Egg") == (1, 0)
    field.advance(460)
    assert count(field, "Zerg_Zergling") == (2, 2)


def test_an_egg_without_room_for_it_is_refused(field: Field) -> None:
    for number in range(9):  # of one overlord's and one hatchery's nine
        field.place("Zerg_Drone", 0, 400, 900 + 40 * number)
    field.advance(40)

    morph(field, larvae(field)[0], "Zerg_Drone")

    assert minerals(field) == 1000
    assert count(field, "Zerg_Egg") == (0, 0)


def test_a_larva_whose_hatchery_is_gone_dies_off_creep(field: Field) -> None:
    field.advance(40)
    hatchery = np.flatnonzero(field.games.units["type"][0] == unit_type_id("Zerg_Hatchery"))[0]
    field.games.creep[0] = 0
    field.games.units["home"][0, int(larvae(field)[0][0]) % UNIT_ID_SLOTS] = -1
    assert field.games.units["slot_state"][0, hatchery]

    field.advance(60)

    assert len(larvae(field)) <= 1  # the one that came after


def test_zerg_buildings_stand_on_creep_others_never(field: Field) -> None:
    drone = field.place("Zerg_Drone", 0, 1008, 1150)
    build(field, drone, "Zerg_Spawning_Pool", (50, 50))
    field.advance(300)
    assert count(field, "Zerg_Spawning_Pool") == (0, 0)
    assert minerals(field) == 1000

    field.place("Terran_Command_Center", 0, 1700, 500)
    scv = field.place("Terran_SCV", 0, 1100, 1150)
    build(field, scv, "Terran_Supply_Depot", (31, 35))
    field.advance(300)
    assert count(field, "Terran_Supply_Depot") == (0, 0)

    build(field, drone, "Zerg_Spawning_Pool", (31, 35))
    field.advance(200)
    assert count(field, "Zerg_Spawning_Pool") == (1, 0)
    assert minerals(field) == 800
    assert count(field, "Zerg_Drone") == (0, 0), "the drone became the building"


def test_a_drone_that_finds_its_place_taken_plans_nothing_any_more(field: Field) -> None:
    drone = field.place("Zerg_Drone", 0, 1008, 1150)
    build(field, drone, "Zerg_Hatchery", (50, 31))
    field.place("Terran_Marine", 1, 50 * TILE + 64, 31 * TILE + 48)

    field.advance(300)

    unit = field.games.units[0][int(drone[0]) % UNIT_ID_SLOTS]
    assert count(field, "Zerg_Hatchery") == (1, 1)
    assert unit["build_type"] < 0


def test_an_extractor_takes_the_drone_and_keeps_the_gas(field: Field) -> None:
    geyser = field.place("Resource_Vespene_Geyser", NEUTRAL_PLAYER, 1008, 1008 - 176)
    field.games.units["resources"][0, int(geyser[0]) % UNIT_ID_SLOTS] = 777
    drone = field.place("Zerg_Drone", 0, 1008, 1150)
    left = (1008 - 64) // TILE
    top = (1008 - 176 - 32) // TILE

    build(field, drone, "Zerg_Extractor", (left, top))
    field.advance(900)

    assert count(field, "Zerg_Extractor") == (1, 1)
    assert count(field, "Zerg_Drone") == (0, 0)
    assert field.values(geyser, "resources")[0] == 777
    assert field.values(geyser, "player")[0] == 0


def test_a_lair_grows_out_of_a_hatchery_that_keeps_working(field: Field) -> None:
    field.place("Zerg_Spawning_Pool", 0, 800, 1300)
    hatchery = np.flatnonzero(field.games.units["type"][0] == unit_type_id("Zerg_Hatchery"))[:1].astype(np.int32)
    field.games.units["hp_256"][0, hatchery[0]] = 1000 << 8
    field.advance(10)

    morph(field, hatchery, "Zerg_Lair")
    field.advance(1520)

    assert count(field, "Zerg_Lair") == (1, 1)
    assert 1500 <= field.values(hatchery, "hp_256")[0] >> 8 <= 1600, "the damage stays, but for what grew back"


def test_creep_spreads_tile_by_tile_to_its_ellipse() -> None:
    field = Field()
    field.place("Zerg_Hatchery", 0, *HATCHERY_AT)
    whole = int(field.games.creep[0].sum())
    rows, columns = np.nonzero(field.games.creep[0])
    dx, dy = columns * TILE + 16 - HATCHERY_AT[0], rows * TILE + 16 - HATCHERY_AT[1]
    assert (25 * dx**2 + 64 * dy**2 <= 25 * 320**2).all()
    field.games.creep[0, :28] = 0
    before = int(field.games.creep[0].sum())

    field.advance(16 * 5)

    assert before + 4 <= int(field.games.creep[0].sum()) <= before + 6
    field.advance(16 * 200)
    assert int(field.games.creep[0].sum()) == whole


def test_workers_bring_gas_and_minerals_to_a_hatchery(field: Field) -> None:
    patch = field.place("Resource_Mineral_Field", NEUTRAL_PLAYER, 1232, 1008)
    drone = field.place("Zerg_Drone", 0, 1150, 1008)
    field.command(UnitCommandType.GATHER, drone, target_ids=patch)

    field.advance(400)

    assert minerals(field) >= 1000 + 2 * 8
    assert field.games.units["larva_sides"][0].max() > 0, "the side of the deliveries counts as used"
