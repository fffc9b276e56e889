"""Units that stand in a building walk out of it."""

from __future__ import annotations

import numpy as np

from benchmarks.oracle.play import Field
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
