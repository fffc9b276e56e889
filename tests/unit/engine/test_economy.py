"""Training, construction and gathering: what is allowed, what it costs, and what happens when something dies."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.oracle.play import UNIT_ID_SLOTS, Field
from engine.broodwar.production_table import NEUTRAL_PLAYER
from engine.broodwar.rules_table import unit_type_id
from engine.broodwar.siting import can_place
from engine.broodwar.state import ORDER_GATHERING_INTERRUPTED, ORDER_PLAYER_GUARD
from engine.core.frame import UnitCommandType

MARINE_PRICE = 50
TILE = 32


@pytest.fixture
def field() -> Field:
    field = Field()
    field.place("Terran_Command_Center", 0, 500, 500)
    give(field, 1000, 500)
    return field


def give(field: Field, minerals: int, gas: int = 0) -> None:
    field.games.games["minerals"][0, 0] = minerals
    field.games.games["gas"][0, 0] = gas


def money(field: Field) -> tuple[int, int]:
    game = field.games.games[0]
    return int(game["minerals"][0]), int(game["gas"][0])


def count(field: Field, name: str) -> tuple[int, int]:
    """Return how many units of a type exist, and how many of them are complete."""
    units = field.games.units[0]
    mine = (units["slot_state"] != 0) & (units["type"] == unit_type_id(name))
    return int(mine.sum()), int((mine & (units["is_complete"] != 0)).sum())


def train(field: Field, producer: np.ndarray, name: str, times: int = 1) -> None:
    for _ in range(times):
        field.command(UnitCommandType.TRAIN, producer, extra=unit_type_id(name))
    field.advance(1)


def build(field: Field, worker: np.ndarray, name: str, tile: tuple[int, int]) -> None:
    field.command(UnitCommandType.BUILD, worker, x=tile[0] * TILE, y=tile[1] * TILE, extra=unit_type_id(name))
    field.advance(1)


def test_training_costs_on_queueing_and_five_is_the_queue(field: Field) -> None:
    barracks = field.place("Terran_Barracks", 0, 900, 900)

    train(field, barracks, "Terran_Marine", 7)

    assert field.values(barracks, "train_count")[0] == 5
    assert money(field) == (1000 - 5 * MARINE_PRICE, 500)
    assert count(field, "Terran_Marine") == (1, 0)


@pytest.mark.parametrize(
    ("name", "minerals", "gas"),
    [
        ("Terran_Marine", 49, 0),  # too poor
        ("Terran_Firebat", 1000, 24),  # too little gas
        ("Terran_Medic", 1000, 500),  # no academy
        ("Terran_Vulture", 1000, 500),  # made elsewhere
        ("Terran_Supply_Depot", 1000, 500),  # not trained at all
        ("Protoss_Zealot", 1000, 500),
    ],
)
def test_what_cannot_be_trained_changes_nothing(field: Field, name: str, minerals: int, gas: int) -> None:
    barracks = field.place("Terran_Barracks", 0, 900, 900)
    if name == "Terran_Firebat":
        field.place("Terran_Academy", 0, 1200, 900)
    give(field, minerals, gas)

    train(field, barracks, name)

    assert money(field) == (minerals, gas)
    assert field.values(barracks, "train_count")[0] == 0


def test_a_queue_waits_for_supply_and_goes_on_when_there_is_room(field: Field) -> None:
    barracks = field.place("Terran_Barracks", 0, 900, 900)
    for number in range(9):
        field.place("Terran_Marine", 0, 1200, 300 + 40 * number)
    give(field, 1000)

    train(field, barracks, "Terran_Marine", 2)  # 10 of 10 with the first
    field.advance(800)

    assert count(field, "Terran_Marine") == (10, 10)
    assert money(field) == (1000 - 2 * MARINE_PRICE, 0)
    field.place("Terran_Supply_Depot", 0, 1500, 900)
    field.advance(2)
    assert count(field, "Terran_Marine") == (11, 10)


def test_cancelled_training_gives_the_price_back(field: Field) -> None:
    barracks = field.place("Terran_Barracks", 0, 900, 900)
    train(field, barracks, "Terran_Marine", 3)
    field.advance(100)

    field.command(UnitCommandType.CANCEL_TRAIN, barracks)
    field.advance(1)
    assert field.values(barracks, "train_count")[0] == 2
    field.command(UnitCommandType.CANCEL_TRAIN_SLOT, barracks, extra=0)
    field.advance(1)

    assert money(field)[0] == 1000 - MARINE_PRICE
    field.advance(361)
    assert count(field, "Terran_Marine") == (1, 1)


def test_rallied_units_walk_to_the_place(field: Field) -> None:
    barracks = field.place("Terran_Barracks", 0, 900, 900)
    field.command(UnitCommandType.SET_RALLY_POSITION, barracks, x=1300, y=900)
    train(field, barracks, "Terran_Marine")

    field.advance(600)

    units = field.games.units[0]
    marine = units[(units["type"] == unit_type_id("Terran_Marine")) & (units["slot_state"] != 0)][0]
    assert abs(int(marine["x"]) - 1300) < 24


def test_a_dying_producer_gives_the_queue_back_and_leaves_no_unit(field: Field) -> None:
    barracks = field.place("Terran_Barracks", 0, 900, 900)
    train(field, barracks, "Terran_Marine", 2)
    field.advance(50)

    slot = int(barracks[0]) % UNIT_ID_SLOTS
    field.games.units["hp_256"][0, slot] = 20
    field.advance(3)

    assert count(field, "Terran_Barracks") == (0, 0)
    assert count(field, "Terran_Marine") == (0, 0)
    assert int(field.games.games["num_hidden"][0]) == 0


def placeable(field: Field, worker: np.ndarray, name: str, tile: tuple[int, int]) -> bool:
    games = field.games
    kind = unit_type_id(name)
    size = {"Terran_Supply_Depot": (96, 64), "Terran_Command_Center": (128, 96)}[name]
    x, y = tile[0] * TILE + size[0] // 2, tile[1] * TILE + size[1] // 2
    slot = int(worker[0]) % UNIT_ID_SLOTS
    return bool(
        can_place(games.units[0], games.games[0], games.index[0], games.terrain, games.creep[0], slot, kind, x, y)
    )


def test_a_building_needs_free_buildable_ground_away_from_resources(field: Field) -> None:
    worker = field.place("Terran_SCV", 0, 700, 700)
    field.place("Resource_Mineral_Field", NEUTRAL_PLAYER, 40 * TILE + 32, 40 * TILE + 16)
    field.place("Terran_Marine", 0, 30 * TILE + 16, 30 * TILE + 16)

    assert placeable(field, worker, "Terran_Supply_Depot", (20, 30))
    assert placeable(field, worker, "Terran_Supply_Depot", (21, 21)), "its builder is not in the way"
    assert not placeable(field, worker, "Terran_Supply_Depot", (29, 30)), "a marine stands there"
    assert not placeable(field, worker, "Terran_Supply_Depot", (14, 15)), "the command center stands there"
    assert not placeable(field, worker, "Terran_Supply_Depot", (62, 10)), "outside the map"
    assert not placeable(field, worker, "Terran_Supply_Depot", (30, 62)), "the lowest row cannot be built on"
    assert placeable(field, worker, "Terran_Supply_Depot", (42, 40))
    assert not placeable(field, worker, "Terran_Command_Center", (44, 40)), "two tiles from a field"
    assert placeable(field, worker, "Terran_Command_Center", (45, 40)), "three tiles from it"


def test_a_terran_building_needs_its_builder(field: Field) -> None:
    worker = field.place("Terran_SCV", 0, 900, 900)
    build(field, worker, "Terran_Supply_Depot", (35, 35))
    assert money(field)[0] == 1000, "paid on arrival"
    field.advance(200)
    assert money(field)[0] == 900
    assert count(field, "Terran_Supply_Depot") == (1, 0)

    field.command(UnitCommandType.STOP, worker)
    field.advance(700)
    assert count(field, "Terran_Supply_Depot") == (1, 0)


def test_a_builder_that_finds_its_place_taken_keeps_its_money(field: Field) -> None:
    worker = field.place("Terran_SCV", 0, 600, 900)
    build(field, worker, "Terran_Supply_Depot", (50, 50))
    field.place("Terran_Marine", 0, 50 * TILE + 48, 50 * TILE + 32)

    field.advance(600)

    assert money(field)[0] == 1000
    assert count(field, "Terran_Supply_Depot") == (0, 0)
    assert field.values(worker, "order")[0] == ORDER_PLAYER_GUARD


def test_a_protoss_building_needs_a_pylons_field() -> None:
    field = Field()
    field.place("Protoss_Nexus", 0, 500, 500)
    worker = field.place("Protoss_Probe", 0, 900, 900)
    give(field, 1000)
    build(field, worker, "Protoss_Gateway", (30, 30))
    field.advance(100)
    assert count(field, "Protoss_Gateway") == (0, 0)

    field.place("Protoss_Pylon", 0, 30 * TILE, 36 * TILE)
    build(field, worker, "Protoss_Gateway", (30, 30))
    field.advance(100)

    assert count(field, "Protoss_Gateway") == (1, 0)
    assert field.values(worker, "order")[0] == ORDER_PLAYER_GUARD, "a probe is free at once"
    field.advance(971)
    assert count(field, "Protoss_Gateway") == (1, 1)


def test_a_field_that_is_empty_disappears_and_its_worker_finds_another(field: Field) -> None:
    first = field.place("Resource_Mineral_Field", NEUTRAL_PLAYER, 700, 500)
    field.place("Resource_Mineral_Field", NEUTRAL_PLAYER, 700, 560)
    worker = field.place("Terran_SCV", 0, 620, 500)
    field.games.units["resources"][0, int(first[0]) % UNIT_ID_SLOTS] = 12
    give(field, 0)
    field.command(UnitCommandType.GATHER, worker, target_ids=first)

    field.advance(900)

    assert count(field, "Resource_Mineral_Field") == (1, 1)
    assert money(field)[0] >= 8 + 4 + 8


def test_a_worker_called_away_frees_its_field_for_the_one_in_line(field: Field) -> None:
    patch = field.place("Resource_Mineral_Field", NEUTRAL_PLAYER, 700, 500)
    workers = [field.place("Terran_SCV", 0, 620, 470 + 30 * number) for number in range(2)]
    for worker in workers:
        field.command(UnitCommandType.GATHER, worker, target_ids=patch)
    field.advance(60)
    at_work = [int(field.values(worker, "gathers")[0]) for worker in workers]
    assert sum(at_work) == 1

    field.command(UnitCommandType.MOVE, workers[at_work.index(1)], x=900, y=900)
    field.advance(30)

    assert field.values(workers[at_work.index(0)], "gathers")[0] == 1
    assert field.values(workers[at_work.index(1)], "order")[0] != ORDER_GATHERING_INTERRUPTED


def test_nobody_commands_what_is_not_his_or_not_there(field: Field) -> None:
    barracks = field.place("Terran_Barracks", 1, 900, 900)
    field.games.games["minerals"][0, 1] = 0

    train(field, barracks, "Terran_Marine")

    assert field.values(barracks, "train_count")[0] == 0


def test_a_worker_inside_a_refinery_that_is_destroyed_comes_out_empty() -> None:
    field = Field()
    field.place("Terran_Command_Center", 0, 1000, 1000)
    refinery = field.place("Terran_Refinery", 0, 1000, 824)
    worker = field.place("Terran_SCV", 0, 1000, 900)
    field.command(UnitCommandType.GATHER, worker, target_ids=refinery)
    for _ in range(100):
        field.advance(1)
        if field.values(worker, "is_hidden")[0]:
            break
    assert field.values(worker, "is_hidden")[0]

    field.games.units["hp_256"][0, int(refinery[0]) % UNIT_ID_SLOTS] = 20
    field.advance(45)

    assert count(field, "Terran_Refinery") == (0, 0)
    assert not field.values(worker, "is_hidden")[0]
    assert field.values(worker, "cargo")[0] == 0
    assert int(field.games.games["num_hidden"][0]) == 0
