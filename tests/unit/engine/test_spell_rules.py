"""Technologies on the wrong unit are refused in BWAPI's words; hallucinations look real and do nothing."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.oracle.play import UNIT_ID_SLOTS, Field
from engine.broodwar import rules_table as rules
from engine.broodwar.state import BURROWED, HALLUCINATION, ORDER_DIE
from engine.core.frame import COMMAND_DTYPE, Frame, UnitCommandType

ENEMY, OWN = 1, 0


@pytest.fixture
def field() -> Field:
    field = Field(seed=7)
    field.games.games["techs"][:, :2] = 1
    return field


def tech(name: str) -> int:
    return rules.TECH_NAMES.index(name)


def slot(ids: np.ndarray) -> int:
    return int(ids[0]) % UNIT_ID_SLOTS


def value(field: Field, ids: np.ndarray, name: str) -> int:
    return int(field.values(ids, name)[0])


def full_of_energy(field: Field, name: str, player: int, x: int, y: int) -> np.ndarray:
    ids = field.place(name, player, x, y)
    if rules.UNIT_TYPES["max_energy"][rules.unit_type_id(name)]:
        field.games.units["energy_256"][0, slot(ids)] = 200 << 8
    return ids


def image(field: Field, name: str, player: int, x: int, y: int) -> np.ndarray:
    ids = field.place(name, player, x, y)
    field.games.units["status"][0, slot(ids)] |= HALLUCINATION
    return ids


def error(field: Field, kind: UnitCommandType, ids: np.ndarray, **more: int) -> str:
    command = np.zeros((), COMMAND_DTYPE)
    command["unit_id"], command["type"], command["target_id"] = ids[0], int(kind), -1
    for name, number in more.items():
        command[name] = number
    return field.games.command_error(0, value(field, ids, "player"), command)


def is_gone(field: Field, ids: np.ndarray) -> bool:
    return not field.alive(ids)[0] or value(field, ids, "order") == ORDER_DIE


@pytest.mark.parametrize(
    ("caster", "name", "target", "whose", "why"),
    [
        ("Terran_Ghost", "Lockdown", "Terran_Goliath", ENEMY, "None"),
        ("Terran_Ghost", "Lockdown", "Terran_Marine", ENEMY, "Incompatible_UnitType"),
        ("Terran_Ghost", "Lockdown", "Terran_Bunker", ENEMY, "Incompatible_UnitType"),
        ("Terran_Ghost", "Irradiate", "Terran_Marine", ENEMY, "Incompatible_UnitType"),
        ("Terran_Marine", "Lockdown", "Terran_Goliath", ENEMY, "Incompatible_UnitType"),
        ("Terran_Science_Vessel", "Irradiate", "Terran_Bunker", ENEMY, "Incompatible_UnitType"),
        ("Terran_Science_Vessel", "EMP_Shockwave", "Terran_Bunker", ENEMY, "None"),
        ("Terran_Battlecruiser", "Yamato_Gun", "Terran_Bunker", ENEMY, "None"),
        ("Terran_Battlecruiser", "Yamato_Gun", "Resource_Mineral_Field", ENEMY, "Invalid_Parameter"),
        ("Protoss_Dark_Archon", "Mind_Control", "Terran_Goliath", OWN, "Invalid_Parameter"),
        ("Protoss_Dark_Archon", "Mind_Control", "Zerg_Larva", ENEMY, "Incompatible_UnitType"),
        ("Protoss_Dark_Archon", "Mind_Control", "Terran_Goliath", ENEMY, "None"),
        ("Protoss_Dark_Archon", "Feedback", "Terran_Goliath", ENEMY, "Incompatible_UnitType"),
        ("Protoss_Dark_Archon", "Feedback", "Terran_Ghost", ENEMY, "None"),
        ("Zerg_Queen", "Spawn_Broodlings", "Terran_Marine", ENEMY, "None"),
        ("Zerg_Queen", "Spawn_Broodlings", "Terran_Wraith", ENEMY, "Incompatible_UnitType"),
        ("Zerg_Queen", "Spawn_Broodlings", "Protoss_Reaver", ENEMY, "Incompatible_UnitType"),
        ("Zerg_Queen", "Spawn_Broodlings", "Terran_Bunker", ENEMY, "Incompatible_UnitType"),
        ("Zerg_Defiler", "Consume", "Zerg_Zergling", ENEMY, "Unit_Not_Owned"),
        ("Zerg_Defiler", "Consume", "Terran_Marine", OWN, "Incompatible_UnitType"),
        ("Zerg_Defiler", "Consume", "Zerg_Larva", OWN, "Incompatible_UnitType"),
        ("Zerg_Defiler", "Consume", "Zerg_Zergling", OWN, "None"),
        ("Protoss_High_Templar", "Archon_Warp", "Protoss_Zealot", OWN, "Incompatible_UnitType"),
        ("Protoss_High_Templar", "Archon_Warp", "Protoss_High_Templar", ENEMY, "Unit_Not_Owned"),
        ("Protoss_High_Templar", "Archon_Warp", "Protoss_High_Templar", OWN, "None"),
        ("Terran_Medic", "Healing", "Terran_Marine", OWN, "Incompatible_State"),
        ("Terran_Medic", "Healing", "Terran_Goliath", OWN, "Incompatible_State"),
        ("Terran_Medic", "Restoration", "Spell_Dark_Swarm", OWN, "Incompatible_UnitType"),
    ],
)
def test_a_technology_on_the_wrong_unit_says_why(
    field: Field, caster: str, name: str, target: str, whose: int, why: str
) -> None:
    user = full_of_energy(field, caster, OWN, 500, 500)
    victim = field.place(target, whose, 640, 500)

    assert error(field, UnitCommandType.USE_TECH_UNIT, user, target_id=victim[0], extra=tech(name)) == why


def test_technology_and_energy_are_asked_for_before_the_target(field: Field) -> None:
    ghost = full_of_energy(field, "Terran_Ghost", OWN, 500, 500)
    marine = field.place("Terran_Marine", ENEMY, 640, 500)
    lockdown = {"target_id": marine[0], "extra": tech("Lockdown")}

    field.games.units["energy_256"][0, slot(ghost)] = 99 << 8
    assert error(field, UnitCommandType.USE_TECH_UNIT, ghost, **lockdown) == "Insufficient_Energy"
    field.games.games["techs"][0, 0] = 0
    assert error(field, UnitCommandType.USE_TECH_UNIT, ghost, **lockdown) == "Insufficient_Tech"


def test_who_is_in_stasis_takes_no_spell(field: Field) -> None:
    ghost = full_of_energy(field, "Terran_Ghost", OWN, 500, 500)
    goliath = field.place("Terran_Goliath", ENEMY, 640, 500)
    field.games.units["stasis_timer"][0, slot(goliath)] = 10

    why = error(field, UnitCommandType.USE_TECH_UNIT, ghost, target_id=goliath[0], extra=tech("Lockdown"))
    assert why == "Incompatible_State"


def test_a_medic_heals_whom_she_is_told_to(field: Field) -> None:
    medic = full_of_energy(field, "Terran_Medic", OWN, 500, 500)
    near = field.place("Terran_Marine", OWN, 540, 500)
    far = field.place("Terran_Marine", OWN, 900, 500)
    for marine in (near, far):
        field.games.units["hp_256"][0, slot(marine)] = 20 << 8

    field.command(UnitCommandType.USE_TECH_UNIT, medic, target_ids=far, extra=tech("Healing"))
    field.advance(125)

    assert value(field, far, "hp_256") > 20 << 8
    assert value(field, near, "hp_256") == 20 << 8


def test_a_medic_sent_to_a_place_heals_on_her_way(field: Field) -> None:
    medic = full_of_energy(field, "Terran_Medic", OWN, 500, 500)
    near = field.place("Terran_Marine", OWN, 560, 500)
    field.games.units["hp_256"][0, slot(near)] = 20 << 8

    field.command(UnitCommandType.USE_TECH_POSITION, medic, x=900, y=500, extra=tech("Healing"))
    field.advance(200)

    assert value(field, near, "hp_256") == 40 << 8
    assert value(field, medic, "x") > 700


@pytest.mark.parametrize(
    ("carrier", "passenger", "whose", "why"),
    [
        ("Terran_Dropship", "Terran_Marine", OWN, "None"),
        ("Terran_Dropship", "Terran_Marine", ENEMY, "Unit_Not_Owned"),
        ("Terran_Dropship", "Terran_Wraith", OWN, "Incompatible_UnitType"),
        ("Zerg_Overlord", "Zerg_Zergling", OWN, "Insufficient_Tech"),
        ("Terran_Bunker", "Zerg_Zergling", OWN, "Incompatible_UnitType"),
        ("Terran_Marine", "Terran_Firebat", OWN, "Incompatible_UnitType"),
    ],
)
def test_a_passenger_that_does_not_fit_is_refused(
    field: Field, carrier: str, passenger: str, whose: int, why: str
) -> None:
    ship = field.place(carrier, OWN, 500, 500)
    other = field.place(passenger, whose, 640, 500)

    assert error(field, UnitCommandType.LOAD, ship, target_id=other[0]) == why
    if why == "None":
        field.games.units["status"][0, slot(other)] |= BURROWED
        assert error(field, UnitCommandType.LOAD, ship, target_id=other[0]) == "Incompatible_State"


def test_an_scv_says_why_it_does_not_repair(field: Field) -> None:
    scv = field.place("Terran_SCV", OWN, 500, 500)
    tank = field.place("Terran_Siege_Tank_Tank_Mode", OWN, 560, 500)
    marine = field.place("Terran_Marine", OWN, 620, 500)

    assert error(field, UnitCommandType.REPAIR, scv, target_id=tank[0]) == "Incompatible_State"
    assert error(field, UnitCommandType.REPAIR, scv, target_id=marine[0]) == "Incompatible_UnitType"
    field.games.units["hp_256"][0, [slot(tank), slot(scv)]] = 20 << 8
    assert error(field, UnitCommandType.REPAIR, scv, target_id=tank[0]) == "None"
    assert error(field, UnitCommandType.REPAIR, scv, target_id=scv[0]) == "Invalid_Parameter"


# Hallucinations.


@pytest.mark.parametrize("name", ["Terran_Marine", "Protoss_Zealot", "Terran_Goliath", "Zerg_Mutalisk"])
def test_a_hallucination_fights_and_hurts_nobody(field: Field, name: str) -> None:
    ghostly = image(field, name, OWN, 500, 500)
    depot = field.place("Terran_Supply_Depot", ENEMY, 580, 500)
    real_field = Field(seed=7)
    real = real_field.place(name, OWN, 500, 500)
    victim = real_field.place("Terran_Supply_Depot", ENEMY, 580, 500)

    for told, one, other in ((field, ghostly, depot), (real_field, real, victim)):
        told.command(UnitCommandType.ATTACK_UNIT, one, target_ids=other)
        told.advance(120)

    assert value(real_field, victim, "hp_256") < 500 << 8
    assert value(field, depot, "hp_256") == 500 << 8
    assert value(field, ghostly, "started_attack") >= 0


def test_hallucinations_take_no_supply(field: Field) -> None:
    field.place("Protoss_Nexus", OWN, 1000, 1000)
    image(field, "Protoss_Carrier", OWN, 500, 500)
    image(field, "Zerg_Overlord", OWN, 700, 500)
    field.place("Protoss_Zealot", OWN, 600, 500)
    frame = Frame.allocate(1, field.games.unit_capacity, field.games.scenario.map)

    field.games.observe(frame, np.zeros(1, np.int32), np.zeros(1, np.int8))

    assert int(frame.supply_used[0]) == 4
    assert int(frame.supply_total[0]) == 18


@pytest.mark.parametrize(
    ("name", "kind", "extra"),
    [
        ("Terran_SCV", UnitCommandType.BUILD, rules.unit_type_id("Terran_Command_Center")),
        ("Terran_SCV", UnitCommandType.REPAIR, 0),
        ("Zerg_Hydralisk", UnitCommandType.BURROW, 0),
        ("Terran_Wraith", UnitCommandType.CLOAK, 0),
        ("Terran_Marine", UnitCommandType.USE_TECH, rules.TECH_NAMES.index("Stim_Packs")),
        ("Protoss_Carrier", UnitCommandType.TRAIN, rules.unit_type_id("Protoss_Interceptor")),
    ],
)
def test_a_hallucination_can_only_walk_and_fight(field: Field, name: str, kind: UnitCommandType, extra: int) -> None:
    field.games.games["minerals"][0, 0] = 1000
    ghostly = image(field, name, OWN, 500, 500)

    assert error(field, kind, ghostly, x=640, y=640, extra=extra) == "Incompatible_UnitType"
    assert error(field, UnitCommandType.MOVE, ghostly, x=640, y=640) == "None"


def test_some_spells_unmask_a_hallucination(field: Field) -> None:
    archon = full_of_energy(field, "Protoss_Dark_Archon", OWN, 500, 500)
    ghostly = image(field, "Terran_Goliath", ENEMY, 640, 500)
    field.command(UnitCommandType.USE_TECH_UNIT, archon, target_ids=ghostly, extra=tech("Mind_Control"))
    field.advance(30)
    assert is_gone(field, ghostly)

    queen = full_of_energy(field, "Zerg_Queen", OWN, 900, 500)
    ghostly = image(field, "Terran_Marine", ENEMY, 1000, 500)
    field.command(UnitCommandType.USE_TECH_UNIT, queen, target_ids=ghostly, extra=tech("Spawn_Broodlings"))
    field.advance(80)
    assert is_gone(field, ghostly)
    units = field.games.units[0]
    alive = units["slot_state"] != 0
    assert not (units["type"][alive] == rules.unit_type_id("Zerg_Broodling")).any()


def test_a_hallucinated_observer_detects_nothing(field: Field) -> None:
    image(field, "Protoss_Observer", OWN, 500, 500)
    hidden = field.place("Protoss_Dark_Templar", ENEMY, 560, 500)
    field.advance(40)
    assert not value(field, hidden, "detected") & 1

    field.place("Protoss_Observer", OWN, 500, 560)
    field.advance(40)
    assert value(field, hidden, "detected") & 1


def test_what_a_hallucination_has_shot_stays_harmless_when_it_is_gone(field: Field) -> None:
    ghostly = image(field, "Protoss_Dragoon", OWN, 500, 500)
    depot = field.place("Terran_Supply_Depot", ENEMY, 660, 500)
    field.command(UnitCommandType.ATTACK_UNIT, ghostly, target_ids=depot)
    while int(field.games.games["num_bullets"][0]) == 0:
        field.advance(1)

    field.games.units["order"][0, slot(ghostly)] = ORDER_DIE
    field.advance(60)

    assert not field.alive(ghostly)[0]
    assert value(field, depot, "hp_256") == 500 << 8
