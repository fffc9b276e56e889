"""Splash, bounces, pairs of missiles, towers, upgrades: damage computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.oracle.play import UNIT_ID_SLOTS, Field
from engine.broodwar import rules_table as rules
from engine.broodwar.state import ORDER_NOTHING, SLOT_TURRET
from engine.core.frame import UnitCommandType

DEPOT_256 = 500 << 8


@pytest.fixture
def field() -> Field:
    return Field(seed=21)


def value(field: Field, ids: np.ndarray, name: str) -> int:
    return int(field.values(ids, name)[0])


def put(field: Field, ids: np.ndarray, name: str, number: int) -> None:
    field.games.units[name][0, int(ids[0]) % UNIT_ID_SLOTS] = number


def upgrade(field: Field, player: int, name: str, level: int) -> None:
    field.games.games["upgrades"][0, player, rules.UPGRADE_NAMES.index(name)] = level


def first_hit(field: Field, attacker: np.ndarray, victim: np.ndarray, frames: int = 120, more: int = 0) -> int:
    """Return what the first hit, and those in `more` frames after it, take of a victim that does nothing, in 1/256."""
    before = value(field, victim, "hp_256") + value(field, victim, "shield_256")
    field.command(UnitCommandType.ATTACK_UNIT, attacker, target_ids=victim)
    for _ in range(frames):
        put(field, victim, "order", ORDER_NOTHING)
        field.advance(1)
        now = value(field, victim, "hp_256") + value(field, victim, "shield_256")
        if now < before:
            field.advance(more)
            return before - value(field, victim, "hp_256") - value(field, victim, "shield_256")
        before = now
    raise AssertionError(f"no hit in {frames} frames")


def test_a_mutalisks_glave_goes_on_to_two_more_for_a_third_and_a_ninth(field: Field) -> None:
    mutalisk = field.place("Zerg_Mutalisk", 0, 500, 500)
    depots = [field.place("Terran_Supply_Depot", 1, 620, 440 + 60 * k) for k in range(4)]
    field.command(UnitCommandType.ATTACK_UNIT, mutalisk, target_ids=depots[1])
    for _ in range(40):
        put(field, mutalisk, "air_cooldown", 100)  # no second shot
        field.advance(1)
    lost = sorted(DEPOT_256 - value(field, ids, "hp_256") for ids in depots)

    # 9, 3 and 1 points, each less an armour of 1, never less than half a point.
    assert lost == [0, 128, 2 << 8, 8 << 8]


def test_an_archon_hurts_what_stands_around_but_spares_its_own(field: Field) -> None:
    archon = field.place("Protoss_Archon", 0, 500, 500)
    aimed = field.place("Terran_Missile_Turret", 1, 580, 500)
    beside = field.place("Terran_Missile_Turret", 1, 580, 548)
    own = field.place("Protoss_Photon_Cannon", 0, 580, 470)
    field.command(UnitCommandType.ATTACK_UNIT, archon, target_ids=aimed)
    for _ in range(12):
        field.advance(1)
    lost = [(200 << 8) - value(field, ids, "hp_256") for ids in (aimed, beside)]

    assert lost[0] == 30 << 8
    assert lost[1] in (0, 15 << 8, (30 << 8) // 4)
    assert value(field, own, "hp_256") == 100 << 8


def test_a_shell_hurts_its_own_side_too(field: Field) -> None:
    tank = field.place("Terran_Siege_Tank_Siege_Mode", 0, 500, 500)
    zealot = field.place("Protoss_Zealot", 1, 800, 500)
    marine = field.place("Terran_Marine", 0, 800, 525)
    field.command(UnitCommandType.ATTACK_UNIT, tank, target_ids=zealot)
    field.advance(30)

    assert value(field, zealot, "shield_256") < 60 << 8
    assert not field.alive(marine)[0] or value(field, marine, "hp_256") < 40 << 8


@pytest.mark.parametrize(
    ("name", "target", "points"),
    [
        ("Terran_Firebat", "Terran_Supply_Depot", (8 - 1) / 4),
        ("Terran_Goliath", "Terran_Battlecruiser", 2 * (10 - 3)),
        ("Protoss_Scout", "Terran_Battlecruiser", 2 * (14 - 3)),
        ("Zerg_Guardian", "Terran_Supply_Depot", 20 - 1),
        ("Zerg_Ultralisk", "Terran_Supply_Depot", 20 - 1),
        ("Protoss_Dark_Templar", "Terran_Supply_Depot", 40 - 1),
        ("Terran_Ghost", "Terran_Supply_Depot", (10 - 1) / 4),
        ("Terran_SCV", "Terran_Supply_Depot", 5 - 1),
        ("Protoss_Arbiter", "Terran_Supply_Depot", 10 - 1),
    ],
)
def test_a_hit_takes_what_the_tables_say(field: Field, name: str, target: str, points: float) -> None:
    attacker = field.place(name, 0, 500, 500)
    victim = field.place(target, 1, 600, 500)

    # The missiles of a pair come from both sides and may hit a few frames apart.
    assert first_hit(field, attacker, victim, more=4 if target == "Terran_Battlecruiser" else 0) == int(points * 256)


@pytest.mark.parametrize(
    ("tower", "target", "points"),
    [
        ("Protoss_Photon_Cannon", "Terran_Supply_Depot", 20 - 1),
        ("Zerg_Sunken_Colony", "Terran_Supply_Depot", 40 - 1),
        ("Terran_Missile_Turret", "Terran_Battlecruiser", 20 - 3),
        ("Zerg_Spore_Colony", "Terran_Battlecruiser", 15 - 3),
        ("Protoss_Photon_Cannon", "Terran_Battlecruiser", 20 - 3),
    ],
)
def test_towers_shoot_at_what_comes_near_by_themselves(field: Field, tower: str, target: str, points: int) -> None:
    field.place("Protoss_Pylon", 0, 420, 500)
    field.place(tower, 0, 500, 500)
    victim = field.place(target, 1, 640, 500)
    before = value(field, victim, "hp_256")
    frames = 0
    while value(field, victim, "hp_256") == before and frames < 100:
        put(field, victim, "order", ORDER_NOTHING)
        field.advance(1)
        frames += 1

    assert before - value(field, victim, "hp_256") == points << 8


def test_a_goliath_turns_its_guns_by_an_eighth_only_and_a_tank_as_it_likes(field: Field) -> None:
    units = field.games.units[0]
    for name, free in (("Terran_Goliath", False), ("Terran_Siege_Tank_Tank_Mode", True)):
        rider = field.place(name, 0, 1000, 1000, 0)
        turret = int(units["turret"][int(rider[0]) % UNIT_ID_SLOTS])
        prey = field.place("Terran_Supply_Depot", 1, 1000, 1150)
        field.command(UnitCommandType.MOVE, rider, x=1000, y=300)
        twists = []
        for _ in range(20):
            field.advance(1)
            twist = (int(units["heading"][turret]) - value(field, rider, "heading") + 128) % 256 - 128
            twists.append(abs(twist))
        assert (max(twists) > 32) == free
        put(field, rider, "hp_256", 0)
        put(field, rider, "order", 0)
        put(field, prey, "order", 0)
        field.advance(2)


def test_the_turret_goes_when_its_base_does(field: Field) -> None:
    tank = field.place("Terran_Siege_Tank_Tank_Mode", 0, 500, 500)
    slots = field.games.units[0]["slot_state"]
    assert int((slots == SLOT_TURRET).sum()) == 1
    put(field, tank, "order", 0)
    field.advance(2)

    assert not field.alive(tank)[0]
    assert int((field.games.units[0]["slot_state"] == SLOT_TURRET).sum()) == 0


def test_upgrades_of_weapons_armour_and_shields_count_by_level(field: Field) -> None:
    marine = field.place("Terran_Marine", 0, 500, 500)
    depot = field.place("Terran_Command_Center", 1, 640, 500)
    upgrade(field, 0, "Terran_Infantry_Weapons", 2)
    assert first_hit(field, marine, depot) == (6 + 2 - 1) << 8

    other = Field(seed=22)
    marine = other.place("Terran_Marine", 0, 500, 500)
    ultra = other.place("Zerg_Ultralisk", 1, 600, 500)
    put(other, ultra, "hp_256", 300 << 8)
    upgrade(other, 1, "Zerg_Carapace", 1)
    upgrade(other, 1, "Chitinous_Plating", 1)
    assert first_hit(other, marine, ultra) in (2 << 8, (2 << 8) - 4)  # 6 - 1 - 1 - 2; four may grow back at once

    third = Field(seed=23)
    marine = third.place("Terran_Marine", 0, 500, 500)
    zealot = third.place("Protoss_Zealot", 1, 600, 500)
    upgrade(third, 1, "Protoss_Plasma_Shields", 3)
    assert first_hit(third, marine, zealot) in (3 << 8, (3 << 8) - 7)


def test_a_marine_with_shells_reaches_a_tile_farther(field: Field) -> None:
    marine = field.place("Terran_Marine", 0, 500, 500)
    depot = field.place("Terran_Supply_Depot", 1, 500 + 8 + 150 + 38, 500)
    field.command(UnitCommandType.HOLD_POSITION, marine)
    field.advance(60)
    assert value(field, depot, "hp_256") == DEPOT_256

    upgrade(field, 0, "U_238_Shells", 1)
    field.advance(60)
    assert value(field, depot, "hp_256") < DEPOT_256


def test_eggs_and_larvae_are_the_last_targets(field: Field) -> None:
    marine = field.place("Terran_Marine", 0, 500, 500)
    field.place("Zerg_Larva", 1, 540, 500)
    depot = field.place("Terran_Supply_Depot", 1, 600, 500)
    field.advance(40)

    assert value(field, marine, "order_target") == int(depot[0])
