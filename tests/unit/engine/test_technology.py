"""Research, upgrades, add-ons, flying buildings and what is called off: prices, times, and what is left."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.oracle.play import UNIT_ID_SLOTS, Field
from engine.broodwar.errors import ERROR_NAMES
from engine.broodwar.production_table import NEUTRAL_PLAYER
from engine.broodwar.rules_table import TECH_NAMES, UPGRADE_NAMES, unit_type_id
from engine.broodwar.state import ORDER_NOTHING
from engine.core.frame import UnitCommandType

RICH = 2000
TILE = 32
BARRACKS_AT = (992, 1008)


@pytest.fixture
def field() -> Field:
    return rich_field()


def rich_field() -> Field:
    field = Field()
    field.games.games["minerals"][0] = RICH
    field.games.games["gas"][0] = RICH
    return field


def money(field: Field, player: int = 0) -> tuple[int, int]:
    game = field.games.games[0]
    return int(game["minerals"][player]), int(game["gas"][player])


def types_of(field: Field, player: int = 0) -> list[int]:
    units = field.games.units[0]
    return sorted(units["type"][(units["slot_state"] != 0) & (units["player"] == player)].tolist())


def only(field: Field, name: str) -> np.ndarray:
    """Return the id of the only unit of a type."""
    units = field.games.units[0]
    (slot,) = np.flatnonzero((units["slot_state"] != 0) & (units["type"] == unit_type_id(name)))
    return np.array([slot + UNIT_ID_SLOTS * int(units["generation"][slot])], np.int32)


def tell(field: Field, kind: UnitCommandType, unit: np.ndarray, **more: object) -> str:
    """Give a command and return why it was refused, "" if it was not."""
    before, _ = field.games.refusals(0, 0)
    field.command(kind, unit, **more)
    field.advance(1)
    after, why = field.games.refusals(0, 0)
    return why if after > before else ""


def test_research_takes_its_price_and_time_and_then_is_known(field: Field) -> None:
    academy = field.place("Terran_Academy", 0, 500, 500)
    stim = TECH_NAMES.index("Stim_Packs")

    assert tell(field, UnitCommandType.RESEARCH, academy, extra=stim) == ""

    assert money(field) == (RICH - 100, RICH - 100)
    assert tell(field, UnitCommandType.RESEARCH, academy, extra=stim) == "Unit_Busy"
    field.advance(1200 - 2)
    assert field.games.games["techs"][0, 0, stim] == 0
    field.advance(1)
    assert field.games.games["techs"][0, 0, stim] == 1
    assert field.games.games["techs"][0, 1, stim] == 0, "only for who researched it"
    assert field.values(academy, "order")[0] == ORDER_NOTHING
    assert tell(field, UnitCommandType.RESEARCH, academy, extra=stim) == "Already_Researched"


def test_one_technology_is_researched_in_one_building_at_a_time(field: Field) -> None:
    academies = [field.place("Terran_Academy", 0, 500 + 200 * number, 500) for number in range(2)]
    flare = TECH_NAMES.index("Optical_Flare")

    assert tell(field, UnitCommandType.RESEARCH, academies[0], extra=flare) == ""
    assert tell(field, UnitCommandType.RESEARCH, academies[1], extra=flare) == "Currently_Researching"
    assert tell(field, UnitCommandType.RESEARCH, academies[1], extra=TECH_NAMES.index("Lockdown")) == (
        "Incompatible_UnitType"
    )
    assert money(field) == (RICH - 100, RICH - 100)


def test_a_level_of_an_upgrade_costs_more_and_takes_longer_than_the_one_before(field: Field) -> None:
    bay = field.place("Terran_Engineering_Bay", 0, 500, 500)
    weapons = UPGRADE_NAMES.index("Terran_Infantry_Weapons")
    assert tell(field, UnitCommandType.UPGRADE, bay, extra=weapons) == ""
    assert money(field) == (RICH - 100, RICH - 100)
    field.advance(4000)
    assert field.games.games["upgrades"][0, 0, weapons] == 1

    assert tell(field, UnitCommandType.UPGRADE, bay, extra=weapons) == "Insufficient_Tech", "a science facility is due"
    field.place("Terran_Science_Facility", 0, 900, 500)
    assert tell(field, UnitCommandType.UPGRADE, bay, extra=weapons) == ""

    assert money(field) == (RICH - 275, RICH - 275)
    field.advance(4480 - 1)
    assert field.games.games["upgrades"][0, 0, weapons] == 1
    field.advance(1)
    assert field.games.games["upgrades"][0, 0, weapons] == 2


def test_a_cancelled_upgrade_gives_all_back_a_dead_building_three_quarters(field: Field) -> None:
    bay = field.place("Terran_Engineering_Bay", 0, 500, 500)
    armor = UPGRADE_NAMES.index("Terran_Infantry_Armor")
    tell(field, UnitCommandType.UPGRADE, bay, extra=armor)
    field.advance(100)

    assert tell(field, UnitCommandType.CANCEL_UPGRADE, bay) == ""
    assert money(field) == (RICH, RICH)
    assert tell(field, UnitCommandType.CANCEL_UPGRADE, bay) == "Incompatible_State"

    tell(field, UnitCommandType.UPGRADE, bay, extra=armor)
    field.games.units["hp_256"][0, int(bay[0]) % UNIT_ID_SLOTS] = 20
    field.advance(3)
    assert money(field) == (RICH - 25, RICH - 25)
    assert field.games.games["upgrading"][0].sum() == 0


def test_metabolic_boost_speeds_up_zerglings_that_are_and_that_come(field: Field) -> None:
    pool = field.place("Zerg_Spawning_Pool", 0, 500, 500)
    before = field.place("Zerg_Zergling", 0, 300, 1500)
    other = field.place("Zerg_Zergling", 1, 300, 1700)
    tell(field, UnitCommandType.UPGRADE, pool, extra=UPGRADE_NAMES.index("Metabolic_Boost"))
    field.advance(1500)
    after = field.place("Zerg_Zergling", 0, 300, 1600)

    assert [int(field.values(unit, "pace")[0]) for unit in (before, after, other)] == [1, 1, 0]


def test_a_tank_needs_the_machine_shop_of_its_own_factory(field: Field) -> None:
    field.place("Terran_Supply_Depot", 0, 300, 300)
    tank = unit_type_id("Terran_Siege_Tank_Tank_Mode")
    factory = field.place("Terran_Factory", 0, *BARRACKS_AT)
    other = field.place("Terran_Factory", 0, BARRACKS_AT[0], BARRACKS_AT[1] + 300)
    shop = unit_type_id("Terran_Machine_Shop")
    assert tell(field, UnitCommandType.TRAIN, factory, extra=tank) == "Insufficient_Tech"

    assert tell(field, UnitCommandType.BUILD_ADDON, factory, extra=shop) == ""
    field.advance(10)
    assert money(field) == (RICH - 50, RICH - 50)
    assert tell(field, UnitCommandType.TRAIN, factory, extra=tank) == "Unit_Busy"
    field.advance(601)

    assert field.values(factory, "addon")[0] == int(only(field, "Terran_Machine_Shop")[0]) % UNIT_ID_SLOTS
    assert tell(field, UnitCommandType.TRAIN, factory, extra=tank) == ""
    assert tell(field, UnitCommandType.TRAIN, other, extra=tank) == "Insufficient_Tech"
    assert tell(field, UnitCommandType.BUILD_ADDON, factory, extra=shop) == "Unit_Busy"


def test_a_cancelled_addon_gives_three_quarters_back(field: Field) -> None:
    factory = field.place("Terran_Factory", 0, *BARRACKS_AT)
    assert tell(field, UnitCommandType.CANCEL_ADDON, factory) == "Incompatible_UnitType"
    tell(field, UnitCommandType.BUILD_ADDON, factory, extra=unit_type_id("Terran_Machine_Shop"))
    field.advance(50)

    assert tell(field, UnitCommandType.CANCEL_ADDON, factory) == ""
    field.advance(3)

    assert money(field) == (RICH - 13, RICH - 13)  # 50 * 3 // 4 = 37 came back
    assert types_of(field) == [unit_type_id("Terran_Factory")]


def test_an_addon_stays_behind_and_belongs_to_who_lands_beside_it(field: Field) -> None:
    factory = field.place("Terran_Factory", 0, *BARRACKS_AT)
    tell(field, UnitCommandType.BUILD_ADDON, factory, extra=unit_type_id("Terran_Machine_Shop"))
    field.advance(620)
    shop = only(field, "Terran_Machine_Shop")
    at = (int(field.values(factory, "x")[0]) - 64) // TILE, (int(field.values(factory, "y")[0]) - 48) // TILE

    assert tell(field, UnitCommandType.LIFT, factory) == ""
    field.advance(60)
    assert field.values(factory, "flies")[0] == 1
    assert field.values(factory, "y")[0] == BARRACKS_AT[1] - 42
    assert field.values(shop, "player")[0] == NEUTRAL_PLAYER
    assert field.values(factory, "addon")[0] == -1

    taker = field.place("Terran_Factory", 0, 1400, 1400)
    tell(field, UnitCommandType.LIFT, taker)
    field.advance(60)
    assert tell(field, UnitCommandType.LAND, taker, x=at[0] * TILE, y=at[1] * TILE) == ""
    field.advance(1000)

    assert (field.values(taker, "x")[0], field.values(taker, "y")[0]) == BARRACKS_AT
    assert field.values(taker, "flies")[0] == 0
    assert field.values(shop, "player")[0] == 0
    assert field.values(taker, "addon")[0] == int(shop[0]) % UNIT_ID_SLOTS
    assert tell(field, UnitCommandType.LAND, factory, x=at[0] * TILE, y=at[1] * TILE) == "Unbuildable_Location"
    assert tell(field, UnitCommandType.MOVE, factory, x=300, y=300) == ""
    field.advance(1200)
    assert (field.values(factory, "x")[0], field.values(factory, "y")[0]) == (300, 300)


def test_a_building_that_works_does_not_lift(field: Field) -> None:
    field.place("Terran_Supply_Depot", 0, 300, 300)
    barracks = field.place("Terran_Barracks", 0, *BARRACKS_AT)
    assert tell(field, UnitCommandType.MOVE, barracks, x=5, y=5) == "Incompatible_State"
    tell(field, UnitCommandType.TRAIN, barracks, extra=unit_type_id("Terran_Marine"))

    assert tell(field, UnitCommandType.LIFT, barracks) == "Unit_Busy"
    tell(field, UnitCommandType.CANCEL_TRAIN, barracks)
    assert tell(field, UnitCommandType.LIFT, barracks) == ""
    assert tell(field, UnitCommandType.TRAIN, barracks, extra=unit_type_id("Terran_Marine")) == "Unit_Busy"


def test_called_off_construction_gives_three_quarters_back_and_frees_its_worker(field: Field) -> None:
    worker = field.place("Terran_SCV", 0, 800, 800)
    depot = unit_type_id("Terran_Supply_Depot")
    assert tell(field, UnitCommandType.BUILD, worker, x=25 * TILE, y=25 * TILE, extra=depot) == ""
    field.advance(150)

    assert tell(field, UnitCommandType.CANCEL_CONSTRUCTION, worker) == "Incompatible_UnitType"
    assert tell(field, UnitCommandType.CANCEL_CONSTRUCTION, only(field, "Terran_Supply_Depot")) == ""
    field.advance(5)

    assert money(field) == (RICH - 25, RICH)
    assert types_of(field) == [unit_type_id("Terran_SCV")]
    field.advance(20)
    assert tell(field, UnitCommandType.MOVE, worker, x=300, y=300) == ""


def test_another_worker_goes_on_where_one_stopped(field: Field) -> None:
    first = field.place("Terran_SCV", 0, 800, 800)
    second = field.place("Terran_SCV", 0, 600, 800)
    field.command(UnitCommandType.BUILD, first, x=25 * TILE, y=25 * TILE, extra=unit_type_id("Terran_Supply_Depot"))
    field.advance(200)
    depot = only(field, "Terran_Supply_Depot")
    assert tell(field, UnitCommandType.MOVE, first, x=300, y=300) == "Unit_Busy"
    assert tell(field, UnitCommandType.HALT_CONSTRUCTION, first) == ""
    assert tell(field, UnitCommandType.HALT_CONSTRUCTION, first) == "Incompatible_State"
    field.advance(5)
    left = int(field.values(depot, "build_frames")[0])
    field.advance(50)
    assert field.values(depot, "build_frames")[0] == left

    assert tell(field, UnitCommandType.RIGHT_CLICK_UNIT, second, target_ids=depot) == ""
    field.advance(left + 250)

    assert field.values(depot, "is_complete")[0] == 1


def test_an_egg_called_off_is_lost_but_its_price_is_not(field: Field) -> None:
    field.place("Zerg_Hatchery", 0, *BARRACKS_AT)
    field.place("Zerg_Overlord", 0, 300, 300)
    hatchery = only(field, "Zerg_Hatchery")
    field.advance(20)
    drone = unit_type_id("Zerg_Drone")
    assert tell(field, UnitCommandType.TRAIN, hatchery, extra=drone) == "", "the hatchery takes one of its larvae"
    assert money(field) == (RICH - 50, RICH)

    assert tell(field, UnitCommandType.CANCEL_MORPH, only(field, "Zerg_Egg")) == ""
    field.advance(5)

    assert money(field) == (RICH, RICH)
    assert unit_type_id("Zerg_Egg") not in types_of(field)
    assert drone not in types_of(field)


def test_a_zerg_building_called_off_is_the_drone_again(field: Field) -> None:
    field.place("Zerg_Hatchery", 0, *BARRACKS_AT)
    drone = field.place("Zerg_Drone", 0, 1008, 1150)
    field.games.units["hp_256"][0, int(drone[0]) % UNIT_ID_SLOTS] = 17 << 8
    pool = unit_type_id("Zerg_Spawning_Pool")
    assert tell(field, UnitCommandType.BUILD, drone, x=31 * TILE, y=35 * TILE, extra=pool) == ""
    field.advance(100)
    assert field.values(drone, "type")[0] == pool

    assert tell(field, UnitCommandType.CANCEL_MORPH, drone) == ""
    field.advance(10)

    assert field.values(drone, "type")[0] == unit_type_id("Zerg_Drone")
    assert field.values(drone, "hp_256")[0] >> 8 in (17, 18)
    assert money(field) == (RICH - 50, RICH)
    assert tell(field, UnitCommandType.MOVE, drone, x=300, y=300) == ""
    field.advance(400)
    assert abs(int(field.values(drone, "x")[0]) - 300) < 16


def test_a_lair_called_off_leaves_the_hatchery(field: Field) -> None:
    hatchery = field.place("Zerg_Hatchery", 0, *BARRACKS_AT)
    field.place("Zerg_Spawning_Pool", 0, 700, 1200)
    lair = unit_type_id("Zerg_Lair")
    assert tell(field, UnitCommandType.MORPH, hatchery, extra=lair) == ""
    field.advance(100)
    assert tell(field, UnitCommandType.CANCEL_MORPH, hatchery) == ""

    assert money(field) == (RICH - 150 + 112, RICH - 100 + 75)
    assert field.values(hatchery, "type")[0] == unit_type_id("Zerg_Hatchery")
    assert field.values(hatchery, "is_complete")[0] == 1
    field.advance(50)
    assert tell(field, UnitCommandType.MORPH, hatchery, extra=lair) == ""


def test_a_hydralisk_becomes_a_lurker_only_with_the_aspect(field: Field) -> None:
    field.place("Zerg_Overlord", 0, 300, 300)
    hydralisk = field.place("Zerg_Hydralisk", 0, 900, 900)
    lurker = unit_type_id("Zerg_Lurker")
    assert tell(field, UnitCommandType.MORPH, hydralisk, extra=lurker) == "Insufficient_Tech"
    field.games.games["techs"][0, 0, TECH_NAMES.index("Lurker_Aspect")] = 1

    assert tell(field, UnitCommandType.MORPH, hydralisk, extra=lurker) == ""
    assert money(field) == (RICH - 50, RICH - 100)
    field.advance(5)
    assert field.values(hydralisk, "type")[0] == unit_type_id("Zerg_Lurker_Egg")
    assert tell(field, UnitCommandType.CANCEL_MORPH, hydralisk) == ""
    field.advance(20)
    assert field.values(hydralisk, "type")[0] == unit_type_id("Zerg_Hydralisk")
    assert money(field) == (RICH, RICH)

    tell(field, UnitCommandType.MORPH, hydralisk, extra=lurker)
    field.advance(640)
    assert field.values(hydralisk, "type")[0] == lurker
    assert field.values(hydralisk, "is_complete")[0] == 1


def test_a_gateway_without_its_pylon_stands_still(field: Field) -> None:
    field.place("Protoss_Nexus", 0, 400, 400)
    pylon = field.place("Protoss_Pylon", 0, 900, 900)
    gateway = field.place("Protoss_Gateway", 0, 900, 1000)
    zealot = unit_type_id("Protoss_Zealot")
    assert tell(field, UnitCommandType.TRAIN, gateway, extra=zealot) == ""
    field.advance(100)
    field.games.units["hp_256"][0, int(pylon[0]) % UNIT_ID_SLOTS] = 20
    field.games.units["shield_256"][0, int(pylon[0]) % UNIT_ID_SLOTS] = 0
    marine = field.place("Terran_Marine", 1, 900, 850)
    field.command(UnitCommandType.ATTACK_UNIT, marine, target_ids=pylon)
    field.advance(40)
    assert not field.alive(pylon)[0]

    slot = int(field.values(gateway, "product")[0])
    left = int(field.games.units["build_frames"][0, slot])
    field.advance(50)
    assert field.games.units["build_frames"][0, slot] == left
    assert tell(field, UnitCommandType.TRAIN, gateway, extra=zealot) == "Unit_Busy"
    field.place("Protoss_Pylon", 0, 800, 1100)
    field.advance(50)
    assert field.games.units["build_frames"][0, slot] == left - 49


def test_a_carrier_has_four_interceptors_and_eight_with_the_upgrade(field: Field) -> None:
    field.place("Protoss_Nexus", 0, 400, 400)
    carrier = field.place("Protoss_Carrier", 0, 900, 900)
    interceptor = unit_type_id("Protoss_Interceptor")

    said = [tell(field, UnitCommandType.TRAIN, carrier, extra=interceptor) for _ in range(5)]
    assert said == ["", "", "", "", "Insufficient_Space"]
    assert money(field) == (RICH - 4 * 25, RICH)
    field.advance(4 * 302)
    assert field.values(carrier, "num_fighters")[0] == 4
    assert tell(field, UnitCommandType.TRAIN, carrier, extra=interceptor) == "Insufficient_Space"
    field.games.games["upgrades"][0, 0, UPGRADE_NAMES.index("Carrier_Capacity")] = 1
    assert tell(field, UnitCommandType.TRAIN, carrier, extra=interceptor) == ""
    assert tell(field, UnitCommandType.CANCEL_TRAIN, carrier) == ""
    assert money(field) == (RICH - 4 * 25, RICH)


def test_a_silo_holds_one_missile_which_counts_as_supply(field: Field) -> None:
    field.place("Terran_Command_Center", 0, 400, 400)
    silo = field.place("Terran_Nuclear_Silo", 0, 900, 900)
    missile = unit_type_id("Terran_Nuclear_Missile")
    field.games.units["player"][0, int(silo[0]) % UNIT_ID_SLOTS] = 0
    assert tell(field, UnitCommandType.TRAIN, silo, extra=missile) == ""
    assert tell(field, UnitCommandType.TRAIN, silo, extra=missile) == "Insufficient_Space"
    field.advance(1510)

    assert field.values(silo, "num_fighters")[0] == 1
    barracks = field.place("Terran_Barracks", 0, 1300, 900)
    marine = unit_type_id("Terran_Marine")
    said = [tell(field, UnitCommandType.TRAIN, barracks, extra=marine) for _ in range(3)]
    field.advance(1200)
    assert said == ["", "", ""]
    assert types_of(field).count(marine) == 2, "ten supply less the missile's eight"
    ghost = field.place("Terran_Ghost", 0, 1300, 1300)
    strike = TECH_NAMES.index("Nuclear_Strike")
    assert tell(field, UnitCommandType.USE_TECH_POSITION, ghost, x=1400, y=1400, extra=strike) == ""
    field.advance(40)
    assert field.values(silo, "num_fighters")[0] == 0


def test_a_dead_refinery_leaves_its_geyser_with_the_gas_that_is_left(field: Field) -> None:
    field.place("Terran_Refinery", 0, 800, 800)
    refinery = only(field, "Terran_Refinery")
    field.games.units["resources"][0, int(refinery[0]) % UNIT_ID_SLOTS] = 777
    field.games.units["hp_256"][0, int(refinery[0]) % UNIT_ID_SLOTS] = 20

    field.advance(4)

    geyser = only(field, "Resource_Vespene_Geyser")
    assert field.values(geyser, "resources")[0] == 777
    assert field.values(geyser, "player")[0] == NEUTRAL_PLAYER
    assert (field.values(geyser, "x")[0], field.values(geyser, "y")[0]) == (800, 800)


@pytest.mark.parametrize(
    ("name", "kind", "extra", "why"),
    [
        ("Terran_Marine", UnitCommandType.BUILD, "Terran_Barracks", "Incompatible_UnitType"),
        ("Terran_Marine", UnitCommandType.GATHER, None, "Incompatible_UnitType"),
        ("Terran_Marine", UnitCommandType.RETURN_CARGO, None, "Incompatible_UnitType"),
        ("Terran_SCV", UnitCommandType.RETURN_CARGO, None, "Insufficient_Ammo"),
        ("Terran_Marine", UnitCommandType.ATTACK_UNIT, None, "Unit_Does_Not_Exist"),
        ("Terran_Marine", UnitCommandType.LIFT, None, "Incompatible_UnitType"),
        ("Terran_Marine", UnitCommandType.CANCEL_TRAIN, None, "Incompatible_State"),
        ("Terran_Marine", UnitCommandType.SET_RALLY_POSITION, None, "Incompatible_UnitType"),
        ("Terran_Supply_Depot", UnitCommandType.STOP, None, "Incompatible_State"),
        ("Terran_Medic", UnitCommandType.ATTACK_UNIT, None, "Unable_To_Hit"),
        ("Terran_SCV", UnitCommandType.BUILD, "Terran_Barracks", "Insufficient_Tech"),
        ("Terran_SCV", UnitCommandType.BUILD, "Protoss_Pylon", "Incompatible_UnitType"),
        ("Terran_SCV", UnitCommandType.BUILD, "Terran_Machine_Shop", "Incompatible_UnitType"),
        ("Zerg_Larva", UnitCommandType.MOVE, None, "Incompatible_UnitType"),
        ("Terran_Marine", UnitCommandType.NONE, None, "Unknown"),
    ],
)
def test_a_refused_command_says_why_and_changes_nothing(
    field: Field, name: str, kind: UnitCommandType, extra: str | None, why: str
) -> None:
    quiet = rich_field()
    numbers = [f.place(name, 0, 900, 900) for f in (field, quiet)]

    said = tell(field, kind, numbers[0], x=500, y=500, extra=unit_type_id(extra) if extra else 0)
    quiet.advance(1)

    assert said == why
    assert why in ERROR_NAMES
    assert field.games.digest(0) == quiet.games.digest(0)


def test_errors_are_told_without_being_counted(field: Field) -> None:
    marine = field.place("Terran_Marine", 0, 900, 900)
    foe = field.place("Terran_Marine", 1, 940, 900)
    command = np.zeros((), field._commands.items.dtype)
    command["unit_id"], command["type"], command["target_id"] = marine[0], UnitCommandType.ATTACK_UNIT, foe[0]
    before = field.games.snapshot(0)

    assert field.games.command_error(0, 0, command) == "None"
    assert field.games.command_error(0, 1, command) == "Unit_Not_Owned"
    command["target_id"] = -1
    assert field.games.command_error(0, 0, command) == "Unit_Does_Not_Exist"
    assert field.games.refusals(0, 0) == (0, "None")
    assert field.games.snapshot(0) == before


def test_workers_deliver_to_no_depot_that_is_not_finished(field: Field) -> None:
    far = field.place("Terran_Command_Center", 0, 992, 400)
    near = field.place("Terran_Command_Center", 0, 992, 1008)
    slot = int(near[0]) % UNIT_ID_SLOTS
    patch = field.place("Resource_Mineral_Field", NEUTRAL_PLAYER, 992, 1216)
    worker = field.place("Terran_SCV", 0, 992, 1100)
    field.games.units["is_complete"][0, slot] = 0
    field.command(UnitCommandType.GATHER, worker, target_ids=patch)
    field.advance(160)

    assert field.values(worker, "carries")[0]
    assert field.values(worker, "order_target")[0] == int(far[0]) % UNIT_ID_SLOTS
