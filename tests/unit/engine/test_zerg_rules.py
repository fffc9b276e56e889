"""Zerg rules beside production: creep that recedes, nydus canals, infested command centers and infested terrans."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.oracle.play import UNIT_ID_SLOTS, Field
from engine.broodwar import rules_table as rules
from engine.broodwar.creep import CREEP, RECEDING
from engine.broodwar.state import ORDER_DIE, ORDER_ENTER_NYDUS_CANAL
from engine.core.frame import COMMAND_DTYPE, UnitCommandType

HATCHERY_AT = (1008, 1008)
TILE = 32
BLOW_FRAMES = 12  # the blow hurts some frames after its maker is gone
INFESTATION = rules.TECH_NAMES.index("Infestation")
NYDUS = rules.unit_type_id("Zerg_Nydus_Canal")
CENTER = rules.unit_type_id("Terran_Command_Center")
INFESTED_CENTER = rules.unit_type_id("Zerg_Infested_Command_Center")
INFESTED_TERRAN = rules.unit_type_id("Zerg_Infested_Terran")


@pytest.fixture
def field() -> Field:
    return Field(seed=5)


def value(field: Field, ids: np.ndarray, name: str) -> int:
    return int(field.values(ids, name)[0])


def set_to(field: Field, ids: np.ndarray, name: str, number: int) -> None:
    field.games.units[name][0, int(ids[0]) % UNIT_ID_SLOTS] = number


def hurt(field: Field, ids: np.ndarray, points: int) -> None:
    set_to(field, ids, "hp_256", points << 8)


def kill(field: Field, ids: np.ndarray) -> None:
    set_to(field, ids, "order", ORDER_DIE)
    field.advance(1)
    assert not field.alive(ids)[0]


def frames_until(field: Field, reached: Callable[[], bool], limit: int) -> int:
    for frame in range(1, limit + 1):
        field.advance(1)
        if reached():
            return frame
    raise AssertionError(f"not in {limit} frames")


def error(field: Field, kind: UnitCommandType, ids: np.ndarray, **more: int) -> str:
    command = np.zeros((), COMMAND_DTYPE)
    command["unit_id"], command["type"], command["target_id"] = ids[0], int(kind), -1
    for name, number in more.items():
        command[name] = number
    return field.games.command_error(0, value(field, ids, "player"), command)


def tiles(field: Field, state: int | None = None) -> int:
    creep = field.games.creep[0]
    return int(((creep == state) if state is not None else (creep != 0)).sum())


def units_of(field: Field, kind: int) -> np.ndarray:
    units = field.games.units[0]
    slots = np.flatnonzero((units["slot_state"] != 0) & (units["type"] == kind))
    return np.array([slot + UNIT_ID_SLOTS * int(units["generation"][slot]) for slot in slots], np.int32)


# Creep.


def test_creep_that_nobody_keeps_recedes_tile_by_tile_outside_first(field: Field) -> None:
    hatchery = field.place("Zerg_Hatchery", 0, *HATCHERY_AT)
    whole = tiles(field)

    kill(field, hatchery)

    assert tiles(field, RECEDING) == whole
    lost = frames_until(field, lambda: tiles(field) < whole, 11)
    again = frames_until(field, lambda: tiles(field) < whole - 1, 20)
    assert lost <= 10
    assert again == 10
    field.advance(10 * (whole // 2))
    left = tiles(field)
    assert abs(whole - left - 2 - whole // 2) <= 1
    rows, columns = np.nonzero(field.games.creep[0])
    assert left > 36
    assert np.hypot(rows * TILE + 16 - 1008, columns * TILE + 16 - 1008).mean() < 160, "what is left is the middle"
    field.advance(10 * left + 20)
    assert tiles(field) == 0
    assert int(field.games.games["num_receding"][0]) == 0


def test_creep_stays_where_another_building_keeps_it(field: Field) -> None:
    hatchery = field.place("Zerg_Hatchery", 0, *HATCHERY_AT)
    colony = field.place("Zerg_Creep_Colony", 0, 1184, 1024)
    pool = field.place("Zerg_Spawning_Pool", 0, 816, 1024)
    kept = Field(seed=5)
    kept.place("Zerg_Creep_Colony", 0, 1184, 1024)

    kill(field, hatchery)
    field.advance(10 * tiles(field, RECEDING) + 20)

    under_pool = field.games.creep[0, 31:33, 24:27] == CREEP
    assert under_pool.all()
    assert tiles(field) == tiles(kept) + 6
    assert ((field.games.creep[0] != 0) >= (kept.games.creep[0] != 0)).all()
    kill(field, colony)
    kill(field, pool)
    field.advance(10 * tiles(field) + 20)
    assert tiles(field) == 0


def test_a_new_provider_keeps_what_has_not_receded_yet(field: Field) -> None:
    hatchery = field.place("Zerg_Hatchery", 0, *HATCHERY_AT)
    kill(field, hatchery)
    field.advance(100)
    left = tiles(field)

    field.place("Zerg_Hatchery", 0, *HATCHERY_AT)

    assert tiles(field, RECEDING) == 0
    assert tiles(field) > left
    assert int(field.games.games["num_receding"][0]) == 0


def test_a_sunken_colony_that_dies_unfinished_frees_the_creep_of_its_colony(field: Field) -> None:
    colony = field.place("Zerg_Creep_Colony", 0, 1008, 1008)
    field.place("Zerg_Spawning_Pool", 0, 500, 500)
    field.games.games["minerals"][0, 0] = 100
    pool_tiles = 6
    field.command(UnitCommandType.MORPH, colony, extra=rules.unit_type_id("Zerg_Sunken_Colony"))
    field.advance(20)
    assert not value(field, colony, "is_complete")

    kill(field, colony)

    assert tiles(field, CREEP) == pool_tiles
    assert tiles(field, RECEDING) > 100


def test_a_hatchery_that_is_called_off_leaves_no_creep(field: Field) -> None:
    drone = field.place("Zerg_Drone", 0, 1008, 1008)
    field.games.games["minerals"][0, 0] = 300
    field.command(UnitCommandType.BUILD, drone, x=30 * TILE, y=30 * TILE, extra=rules.unit_type_id("Zerg_Hatchery"))
    frames_until(field, lambda: tiles(field) == 12, 300)

    field.command(UnitCommandType.CANCEL_MORPH, drone)
    field.advance(150)

    assert value(field, drone, "type") == rules.unit_type_id("Zerg_Drone")
    assert tiles(field) == 0


def test_receding_creep_is_creep_to_players_and_builders_and_in_snapshots(field: Field) -> None:
    hatchery = field.place("Zerg_Hatchery", 0, *HATCHERY_AT)
    drone = field.place("Zerg_Drone", 0, 1008, 1150)
    field.games.games["minerals"][0, 0] = 1000
    kill(field, hatchery)
    pool = rules.unit_type_id("Zerg_Spawning_Pool")
    assert error(field, UnitCommandType.BUILD, drone, x=26 * TILE, y=31 * TILE, extra=pool) == "Insufficient_Tech"
    field.place("Zerg_Hatchery", 0, 300, 300)
    assert error(field, UnitCommandType.BUILD, drone, x=26 * TILE, y=31 * TILE, extra=pool) == "None"

    kept = field.games.snapshot(0)
    field.advance(300)
    digest = field.games.digest(0)
    field.games.restore(0, kept)
    field.advance(300)

    assert field.games.digest(0) == digest


# Nydus canals.


@pytest.fixture
def canal(field: Field) -> np.ndarray:
    field.place("Zerg_Hatchery", 0, 400, 400)
    field.place("Zerg_Hatchery", 0, 1600, 1600)
    return field.place("Zerg_Nydus_Canal", 0, 512, 544)


def exit_of(field: Field, canal: np.ndarray, at: tuple[int, int] = (52, 53)) -> np.ndarray:
    field.command(UnitCommandType.BUILD, canal, x=at[0] * TILE, y=at[1] * TILE, extra=NYDUS)
    field.advance(2)
    return units_of(field, NYDUS)[units_of(field, NYDUS) != canal[0]]


def test_a_canal_builds_its_exit_on_any_creep_for_nothing(field: Field, canal: np.ndarray) -> None:
    assert error(field, UnitCommandType.BUILD, canal, x=40 * TILE, y=20 * TILE, extra=NYDUS) == "Unbuildable_Location"
    assert error(field, UnitCommandType.BUILD, canal, x=-1, y=20 * TILE, extra=NYDUS) == "Invalid_Tile_Position"
    assert error(field, UnitCommandType.BUILD, canal, x=500, y=530, extra=NYDUS) == "Unbuildable_Location", "itself"
    assert (
        error(field, UnitCommandType.BUILD, canal, x=52 * TILE, y=53 * TILE, extra=rules.unit_type_id("Zerg_Spire"))
        == "Incompatible_UnitType"
    )

    end = exit_of(field, canal)

    assert len(end) == 1
    assert (value(field, end, "x"), value(field, end, "y")) == (53 * TILE, 54 * TILE)
    assert value(field, end, "player") == 0
    assert error(field, UnitCommandType.BUILD, canal, x=54 * TILE, y=53 * TILE, extra=NYDUS) == "Unknown"
    done = frames_until(field, lambda: bool(value(field, end, "is_complete")), 700)
    assert abs(done + 1 - 608) <= 3  # build time + 8, as of every Zerg building
    assert value(field, end, "hp_256") == 250 << 8
    assert int(field.games.games["minerals"][0, 0]) == 0


def test_the_exit_cannot_be_called_off_the_first_end_can(field: Field, canal: np.ndarray) -> None:
    end = exit_of(field, canal)

    for kind in (UnitCommandType.CANCEL_CONSTRUCTION, UnitCommandType.CANCEL_MORPH):
        assert error(field, kind, end) == "Incompatible_State"
    set_to(field, canal, "addon", -1)
    set_to(field, end, "addon", -1)
    for kind in (UnitCommandType.CANCEL_CONSTRUCTION, UnitCommandType.CANCEL_MORPH):
        assert error(field, kind, end) == "None"


@pytest.mark.parametrize("kind", [UnitCommandType.RIGHT_CLICK_UNIT, UnitCommandType.FOLLOW])
def test_who_enters_one_end_comes_out_at_the_other(field: Field, canal: np.ndarray, kind: UnitCommandType) -> None:
    zergling = field.place("Zerg_Zergling", 0, 700, 600)
    end = exit_of(field, canal)
    field.command(kind, zergling, target_ids=canal)
    field.advance(60)
    assert value(field, zergling, "x") < 900, "the exit is not complete yet"

    set_to(field, end, "is_complete", 1)
    field.command(kind, zergling, target_ids=canal)
    field.advance(12)
    assert value(field, zergling, "order") == ORDER_ENTER_NYDUS_CANAL
    frames_until(field, lambda: value(field, zergling, "x") > 1500, 120)
    assert abs(value(field, zergling, "x") - 53 * TILE) < 80
    assert abs(value(field, zergling, "y") - 54 * TILE) < 80

    field.command(kind, zergling, target_ids=end)
    frames_until(field, lambda: value(field, zergling, "x") < 900, 120)


def test_neither_flyers_nor_strangers_pass(field: Field, canal: np.ndarray) -> None:
    end = exit_of(field, canal)
    set_to(field, end, "is_complete", 1)
    mutalisk = field.place("Zerg_Mutalisk", 0, 640, 560)
    marine = field.place("Terran_Marine", 0, 640, 600)

    for unit in (mutalisk, marine):
        field.command(UnitCommandType.RIGHT_CLICK_UNIT, unit, target_ids=canal)
    field.advance(150)

    assert value(field, mutalisk, "x") < 900
    assert value(field, marine, "x") < 900


@pytest.mark.parametrize("first", [True, False])
def test_when_one_end_dies_the_other_dies_with_it(field: Field, canal: np.ndarray, first: bool) -> None:
    end = exit_of(field, canal)
    zergling = field.place("Zerg_Zergling", 0, 700, 600)
    field.command(UnitCommandType.RIGHT_CLICK_UNIT, zergling, target_ids=canal)

    kill(field, canal if first else end)
    field.advance(1)

    assert len(units_of(field, NYDUS)) == 0
    field.advance(60)
    assert field.alive(zergling)[0]


# Infestation.


def infest(field: Field, queen: np.ndarray, center: np.ndarray) -> None:
    field.command(UnitCommandType.USE_TECH_UNIT, queen, target_ids=center, extra=INFESTATION)


def test_only_a_command_center_below_half_its_points_can_be_infested(field: Field) -> None:
    queen = field.place("Zerg_Queen", 0, 500, 500)
    center = field.place("Terran_Command_Center", 1, 800, 500)
    depot = field.place("Terran_Supply_Depot", 1, 800, 800)
    hurt(field, depot, 10)
    use = {"extra": INFESTATION}

    assert error(field, UnitCommandType.USE_TECH_UNIT, queen, target_id=center[0], **use) == "Invalid_Parameter"
    hurt(field, center, 750)
    assert error(field, UnitCommandType.USE_TECH_UNIT, queen, target_id=center[0], **use) == "Invalid_Parameter"
    assert error(field, UnitCommandType.USE_TECH_UNIT, queen, target_id=depot[0], **use) == "Invalid_Parameter"
    hurt(field, center, 749)
    assert error(field, UnitCommandType.USE_TECH_UNIT, queen, target_id=center[0], **use) == "None"
    assert error(field, UnitCommandType.USE_TECH_POSITION, queen, x=800, y=500, **use) == "Incompatible_TechType"


@pytest.mark.parametrize("click", [False, True])
def test_a_queen_goes_in_and_comes_out_and_the_center_is_hers(field: Field, click: bool) -> None:
    queen = field.place("Zerg_Queen", 0, 500, 500)
    center = field.place("Terran_Command_Center", 1, 800, 500)
    addon = field.place("Terran_Comsat_Station", 1, 800 + 96, 516)
    set_to(field, center, "addon", int(addon[0]) % UNIT_ID_SLOTS)
    set_to(field, addon, "addon", int(center[0]) % UNIT_ID_SLOTS)
    hurt(field, center, 700)
    field.games.games["minerals"][0, 1] = 100
    field.place("Terran_Supply_Depot", 1, 1500, 1500)
    for _ in range(2):
        field.command(UnitCommandType.TRAIN, center, extra=rules.unit_type_id("Terran_SCV"))
    field.advance(1)
    assert int(field.games.games["minerals"][0, 1]) == 0

    if click:
        field.command(UnitCommandType.RIGHT_CLICK_UNIT, queen, target_ids=center)
    else:
        infest(field, queen, center)
    frames_until(field, lambda: bool(value(field, queen, "is_hidden")), 200)
    assert error(field, UnitCommandType.STOP, queen) == "Unit_Busy"
    changed = frames_until(field, lambda: value(field, center, "type") == INFESTED_CENTER, 60)
    back = frames_until(field, lambda: not value(field, queen, "is_hidden"), 60)

    assert abs(changed - 36) <= 9
    assert abs(changed + back - 61) <= 1
    assert value(field, center, "player") == 0
    assert value(field, center, "hp_256") == 1500 << 8
    assert value(field, center, "train_count") == 0
    assert value(field, center, "addon") == -1
    assert value(field, addon, "player") == 11
    assert int(field.games.games["minerals"][0, 1]) == 50, "the SCV at work is paid back to who paid"
    assert int(field.games.games["minerals"][0, 0]) == 50, "the waiting one to the new owner"
    assert abs(value(field, queen, "x") - 800) < 60


def test_a_center_that_is_repaired_in_time_stays_whose_it_is(field: Field) -> None:
    queen = field.place("Zerg_Queen", 0, 780, 500)
    center = field.place("Terran_Command_Center", 1, 800, 500)
    hurt(field, center, 700)
    infest(field, queen, center)
    frames_until(field, lambda: bool(value(field, queen, "is_hidden")), 200)

    hurt(field, center, 1200)
    field.advance(80)

    assert value(field, center, "type") == CENTER
    assert not value(field, queen, "is_hidden")
    assert field.alive(queen)[0]


def test_a_center_that_dies_with_the_queen_inside_lets_her_out(field: Field) -> None:
    queen = field.place("Zerg_Queen", 0, 780, 500)
    center = field.place("Terran_Command_Center", 1, 800, 500)
    hurt(field, center, 700)
    infest(field, queen, center)
    frames_until(field, lambda: bool(value(field, queen, "is_hidden")), 200)

    kill(field, center)
    field.advance(65)

    assert field.alive(queen)[0]
    assert not value(field, queen, "is_hidden")


def test_an_infested_center_trains_terrans_that_burst(field: Field) -> None:
    center = field.place("Zerg_Infested_Command_Center", 0, 800, 500)
    field.place("Zerg_Overlord", 0, 300, 300)
    field.games.games["minerals"][0, 0] = 100
    field.games.games["gas"][0, 0] = 50
    assert error(field, UnitCommandType.TRAIN, center, extra=rules.unit_type_id("Terran_SCV")) == (
        "Incompatible_UnitType"
    )

    field.command(UnitCommandType.TRAIN, center, extra=INFESTED_TERRAN)
    made = frames_until(
        field,
        lambda: (
            bool(len(units_of(field, INFESTED_TERRAN)))
            and not value(field, units_of(field, INFESTED_TERRAN), "is_hidden")
        ),
        620,
    )

    assert abs(made - 602) <= 1
    bomber = units_of(field, INFESTED_TERRAN)
    depot = field.place("Terran_Supply_Depot", 1, 1000, 700)
    beside = field.place("Terran_Supply_Depot", 1, 1000, 700 + 64)
    field.command(UnitCommandType.ATTACK_UNIT, bomber, target_ids=depot)
    frames_until(field, lambda: not field.alive(bomber)[0], 200)
    field.advance(BLOW_FRAMES)
    assert value(field, depot, "hp_256") <= 1 << 8 or not field.alive(depot)[0], "500 points, explosive against large"
    assert value(field, beside, "hp_256") <= 500 << 8


def test_an_infested_terran_sent_to_a_place_bursts_there(field: Field) -> None:
    bomber = field.place("Zerg_Infested_Terran", 0, 500, 500)
    own = field.place("Zerg_Zergling", 0, 700, 500)

    field.command(UnitCommandType.ATTACK_MOVE, bomber, x=690, y=520)
    frames_until(field, lambda: not field.alive(bomber)[0], 200)
    field.advance(BLOW_FRAMES)

    assert not field.alive(own)[0], "the blow asks nobody whose he is"


def test_an_infested_center_keeps_the_creep_under_it_until_it_flies(field: Field) -> None:
    hatchery = field.place("Zerg_Hatchery", 0, *HATCHERY_AT)
    center = field.place("Zerg_Infested_Command_Center", 0, 1152, 1008)
    field.games.creep[0, 30:33, 34:38] = CREEP  # it stands on creep
    kill(field, hatchery)
    field.advance(10 * tiles(field) + 20)
    assert tiles(field) == 12

    field.command(UnitCommandType.LIFT, center)
    field.advance(150)

    assert value(field, center, "flies")
    assert tiles(field) == 0
    assert error(field, UnitCommandType.LAND, center, x=1200, y=800) == "None"
