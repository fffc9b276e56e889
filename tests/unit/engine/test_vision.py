"""Fog of war: what players see, what they remember."""

from __future__ import annotations

import dataclasses

import numpy as np

from bridge.scenarios import load_scenario
from engine.broodwar.games import BroodWarGames
from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import NEVER_SEEN, Commands, Frame

TILE = 32


class Scene:
    """A melee map without the melee start; both players' views."""

    def __init__(self, high_rows: slice | None = None) -> None:
        scenario = load_scenario("melee?map=crossing_small")
        height = np.zeros((scenario.map.height, scenario.map.width), np.uint8)
        if high_rows is not None:
            height[high_rows] = 2
        flat = dataclasses.replace(
            scenario.map,
            walkable=np.ones_like(scenario.map.walkable),
            buildable=np.ones_like(scenario.map.buildable),
            ground_height=height,
        )
        self.games = BroodWarGames(dataclasses.replace(scenario, map=flat), 1)
        self.frame = Frame.allocate(2, self.games.unit_capacity, flat, layers=True)

    def look(self) -> None:
        self.games.observe(self.frame, np.zeros(2, np.int32), np.array([0, 1], np.int8))

    def advance(self, frames: int) -> None:
        self.games.step(Commands.allocate(2, 1), np.zeros(2, np.int32), np.array([0, 1], np.int8), frames)

    def seen_types(self, player: int) -> list[int]:
        units = self.frame.units[player, : self.frame.num_units[player]]
        return sorted(units["type"][units["player"] != player].tolist())


def test_a_marine_sees_the_tiles_within_seven_and_nobody_else_does() -> None:
    scene = Scene()
    scene.games.create_unit(0, "Terran_Marine", 0, 40 * TILE + 16, 40 * TILE + 16)

    scene.look()

    visible = scene.frame.seen[0] == scene.frame.frame[0]
    rows, columns = np.nonzero(visible)
    assert visible[40, 47]
    assert visible[33, 40]
    assert not visible[40, 48]
    assert not visible[35, 46], "round, not square"
    assert (abs(rows - 40).max(), abs(columns - 40).max()) == (7, 7)
    assert (scene.frame.seen[0][~visible] == NEVER_SEEN).all()
    assert (scene.frame.seen[1] == NEVER_SEEN).all()


def test_an_enemy_is_seen_while_a_tile_of_it_is() -> None:
    scene = Scene()
    scene.games.create_unit(0, "Terran_Marine", 0, 40 * TILE + 16, 40 * TILE + 16)
    scene.games.create_unit(0, "Terran_Ghost", 1, 47 * TILE + 16, 40 * TILE + 16)
    scene.games.create_unit(0, "Terran_Firebat", 1, 49 * TILE + 16, 40 * TILE + 16)

    scene.look()

    assert scene.seen_types(0) == [unit_type_id("Terran_Ghost")]
    assert scene.seen_types(1) == [unit_type_id("Terran_Marine")], "the ghost's nine tiles"


def test_the_ground_does_not_see_higher_ground_and_flyers_do() -> None:
    scene = Scene(high_rows=slice(0, 38))
    scene.games.create_unit(0, "Terran_Marine", 0, 40 * TILE + 16, 40 * TILE + 16)
    scene.look()
    assert not (scene.frame.seen[0][:38] == 0).any()

    scene.games.create_unit(0, "Terran_Wraith", 0, 40 * TILE + 16, 42 * TILE + 16)
    scene.look()

    assert (scene.frame.seen[0][37] == 0).any()


def test_what_was_seen_is_remembered_with_its_frame_and_creep() -> None:
    scene = Scene()
    marine = scene.games.create_unit(0, "Terran_Marine", 0, 40 * TILE, 40 * TILE)
    scene.games.create_unit(0, "Zerg_Hatchery", 1, 40 * TILE, 35 * TILE)
    scene.look()
    creep = scene.frame.creep[0].copy()
    assert creep.any()
    assert not (creep & (scene.frame.seen[0] == NEVER_SEEN)).any(), "creep out of sight is not known"

    scene.games.units["hp_256"][0][marine % 4096] = 0
    scene.games.units["order"][0][marine % 4096] = 0  # BWAPI: Die
    scene.advance(50)
    scene.games.creep[0][:] = 0
    scene.look()

    assert (scene.frame.creep[0] == creep).all()
    assert set(np.unique(scene.frame.seen[0]).tolist()) == {NEVER_SEEN, 0}
    assert scene.seen_types(0) == []


def test_memory_is_part_of_a_snapshot_and_not_of_the_digest() -> None:
    scene = Scene()
    scene.games.create_unit(0, "Terran_Marine", 0, 40 * TILE, 40 * TILE)
    before, digest = scene.games.snapshot(0), scene.games.digest(0)

    scene.look()
    seen = scene.frame.seen.copy()
    assert scene.games.digest(0) == digest
    after = scene.games.snapshot(0)
    scene.games.restore(0, before)
    scene.games.restore(0, after)
    scene.look()

    assert before != after
    assert (scene.frame.seen == seen).all()
