"""Units that stand on others, or in a building, get out of each other's way."""

from __future__ import annotations

import numpy as np

from benchmarks.oracle.play import UNIT_ID_SLOTS, Field
from bridge.scenarios import load_scenario
from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import UnitCommandType

TILE = 32


def build(field: Field, worker: np.ndarray, name: str, tile: tuple[int, int], frames: int) -> None:
    field.games.games["minerals"][0, 0] = 1000
    field.command(UnitCommandType.BUILD, worker, x=tile[0] * TILE, y=tile[1] * TILE, extra=unit_type_id(name))
    field.advance(frames)


def stands_free(field: Field, worker: np.ndarray, name: str) -> bool:
    units = field.games.units[0]
    wall = units[(units["slot_state"] != 0) & (units["type"] == unit_type_id(name))][0]
    left, top, right, bottom = (int(field.values(worker, side)[0]) for side in ("left", "top", "right", "bottom"))
    return bool(left > wall["right"] or right < wall["left"] or top > wall["bottom"] or bottom < wall["top"])


def test_a_probe_that_stood_on_the_site_walks_out_of_the_gateway_and_goes_where_it_is_sent() -> None:
    field = Field()
    field.place("Protoss_Nexus", 0, 500, 500)
    field.place("Protoss_Pylon", 0, 800, 500)
    probe = field.place("Protoss_Probe", 0, 905, 530)

    build(field, probe, "Protoss_Gateway", (27, 15), 80)
    assert stands_free(field, probe, "Protoss_Gateway")
    field.command(UnitCommandType.MOVE, probe, x=905, y=900)
    field.advance(150)

    assert (int(field.values(probe, "x")[0]), int(field.values(probe, "y")[0])) == (905, 900)


def test_a_worker_that_has_built_leaves_its_building() -> None:
    field = Field()
    field.place("Terran_Command_Center", 0, 500, 500)
    worker = field.place("Terran_SCV", 0, 905, 530)

    build(field, worker, "Terran_Supply_Depot", (27, 15), 800)
    assert stands_free(field, worker, "Terran_Supply_Depot")
    field.command(UnitCommandType.MOVE, worker, x=905, y=900)
    field.advance(200)

    assert (int(field.values(worker, "x")[0]), int(field.values(worker, "y")[0])) == (905, 900)


def test_units_that_hatch_in_one_place_part() -> None:
    field = Field(scenario=load_scenario("melee?races=zerg:zerg&starts=0:1"))
    field.games.start(np.ones(1, np.bool_), np.ones(1, np.uint64))
    field.games.games["minerals"][0, 0] = 1000
    field.advance(2)  # three larvae on one pixel
    units = field.games.units[0]
    larvae = (units["slot_state"] != 0) & (units["type"] == unit_type_id("Zerg_Larva")) & (units["player"] == 0)
    slots = np.flatnonzero(larvae)
    assert len(slots) == 3
    for slot in slots.tolist():
        larva = np.array([slot + UNIT_ID_SLOTS * int(units["generation"][slot])], np.int32)
        field.command(UnitCommandType.MORPH, larva, extra=unit_type_id("Zerg_Drone"))
    field.advance(4)
    assert np.ptp(units["x"][slots]) + np.ptp(units["y"][slots]) < 8

    field.advance(500)

    drones = units[slots]
    assert (drones["type"] == unit_type_id("Zerg_Drone")).all()
    for one, other in ((0, 1), (0, 2), (1, 2)):
        a, b = drones[one], drones[other]
        assert a["right"] < b["left"] or b["right"] < a["left"] or a["bottom"] < b["top"] or b["bottom"] < a["top"]


def test_nobody_goes_around_a_larva() -> None:
    field = Field()
    field.place("Zerg_Hatchery", 0, 1008, 1008)
    zealot = field.place("Protoss_Zealot", 0, 920, 1054)
    field.advance(20)
    units = field.games.units[0]
    larva = units[np.flatnonzero((units["slot_state"] != 0) & (units["type"] == unit_type_id("Zerg_Larva")))[0]]

    field.command(UnitCommandType.MOVE, zealot, x=1100, y=1054)
    treads = 0
    for _ in range(60):
        field.advance(1)
        left, top, right, bottom = (int(field.values(zealot, side)[0]) for side in ("left", "top", "right", "bottom"))
        beside = left > larva["right"] or right < larva["left"] or top > larva["bottom"] or bottom < larva["top"]
        treads += not beside

    assert treads > 3
    assert int(field.values(zealot, "x")[0]) == 1100
