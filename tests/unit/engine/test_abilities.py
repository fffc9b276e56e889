"""Stim, siege, burrow, cloak, medics, mines: what each costs, how long it takes, what it does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.oracle.play import UNIT_ID_SLOTS, Field
from engine.broodwar import rules_table as rules
from engine.broodwar.state import BURROWED, CLOAKED, ORDER_DIE
from engine.core.frame import UnitCommandType

IDLE_FRAMES = 20


@pytest.fixture
def field() -> Field:
    field = Field(seed=7)
    field.games.games["techs"][:, :2] = 1
    return field


def tech(name: str) -> int:
    return rules.TECH_NAMES.index(name)


def kind(name: str) -> int:
    return rules.unit_type_id(name)


def value(field: Field, ids: np.ndarray, name: str) -> int:
    return int(field.values(ids, name)[0])


def frames_until(field: Field, reached: Callable[[], bool], limit: int = 2000) -> int:
    for frame in range(1, limit + 1):
        field.advance(1)
        if reached():
            return frame
    raise AssertionError(f"not in {limit} frames")


def is_gone(field: Field, ids: np.ndarray) -> bool:
    return not field.alive(ids)[0] or value(field, ids, "order") == ORDER_DIE


def test_stim_costs_ten_points_lasts_37_cycles_and_halves_the_reload(field: Field) -> None:
    marine = field.place("Terran_Marine", 0, 500, 500)
    field.advance(IDLE_FRAMES)

    field.command(UnitCommandType.USE_TECH, marine, extra=tech("Stim_Packs"))
    field.advance(1)
    points = value(field, marine, "hp_256")
    lasts = 1 + frames_until(field, lambda: value(field, marine, "stim_timer") == 0)

    assert points == 30 << 8
    assert 289 <= lasts <= 296  # 37 cycles of 8 frames, begun somewhere in a cycle


def test_stim_needs_the_technology_and_more_than_ten_points(field: Field) -> None:
    marine = field.place("Terran_Marine", 0, 500, 500)
    slot = int(marine[0]) % UNIT_ID_SLOTS
    field.games.units["hp_256"][0, slot] = 10 << 8
    field.command(UnitCommandType.USE_TECH, marine, extra=tech("Stim_Packs"))
    field.advance(1)
    assert value(field, marine, "stim_timer") == 0

    field.games.units["hp_256"][0, slot] = 40 << 8
    field.games.games["techs"][:] = 0
    field.command(UnitCommandType.USE_TECH, marine, extra=tech("Stim_Packs"))
    field.advance(1)
    assert value(field, marine, "stim_timer") == 0


@pytest.mark.parametrize(("heading", "frames"), [(0, 9), (64, 4), (96, 2), (128, 4), (192, 9)])
def test_a_tank_turns_changes_and_is_up_after_63_frames_more(field: Field, heading: int, frames: int) -> None:
    tank = field.place("Terran_Siege_Tank_Tank_Mode", 0, 500, 500, heading)
    field.advance(IDLE_FRAMES)

    field.command(UnitCommandType.SIEGE, tank)
    sieged = kind("Terran_Siege_Tank_Siege_Mode")
    changes = frames_until(field, lambda: value(field, tank, "type") == sieged)
    field.place("Terran_Command_Center", 1, 800, 500)
    usable = frames_until(field, lambda: value(field, tank, "order") != 98)
    field.command(UnitCommandType.UNSIEGE, tank)
    back = frames_until(field, lambda: value(field, tank, "type") == kind("Terran_Siege_Tank_Tank_Mode"))

    assert abs(changes - frames) <= 1
    assert abs(usable - 63) <= 1
    assert abs(back - 65) <= 1


def test_a_sieged_tank_reaches_twelve_tiles_but_not_two(field: Field) -> None:
    tank = field.place("Terran_Siege_Tank_Siege_Mode", 0, 500, 500)
    far = field.place("Terran_Supply_Depot", 1, 500 + 16 + 380 + 38, 500)
    field.advance(120)
    assert value(field, far, "hp_256") < 500 << 8

    near_field = Field(seed=8)
    tank = near_field.place("Terran_Siege_Tank_Siege_Mode", 0, 500, 500)
    near = near_field.place("Terran_Supply_Depot", 1, 500 + 16 + 50 + 38, 500)
    near_field.command(UnitCommandType.ATTACK_UNIT, tank, target_ids=near)
    near_field.advance(120)
    assert value(near_field, near, "hp_256") == 500 << 8


def test_a_zergling_burrows_in_7_frames_and_comes_up_in_6_to_10(field: Field) -> None:
    zergling = field.place("Zerg_Zergling", 0, 500, 500)
    field.advance(IDLE_FRAMES)
    found = set()
    for _ in range(12):
        field.command(UnitCommandType.BURROW, zergling)
        down = frames_until(field, lambda: bool(value(field, zergling, "status") & BURROWED))
        field.advance(20)
        field.command(UnitCommandType.UNBURROW, zergling)
        found.add(frames_until(field, lambda: not value(field, zergling, "status") & BURROWED))
        field.advance(20)
        assert down == 7

    assert found <= {6, 7, 8, 9, 10}
    assert len(found) > 1


def test_a_burrowed_unit_is_attacked_only_where_a_detector_is_near(field: Field) -> None:
    prey = field.place("Zerg_Zergling", 1, 600, 500)
    field.command(UnitCommandType.BURROW, prey)
    field.advance(30)
    marine = field.place("Terran_Marine", 0, 520, 500)
    field.advance(100)
    assert value(field, prey, "hp_256") == 35 << 8

    field.place("Terran_Science_Vessel", 0, 560, 520)
    field.advance(200)
    assert is_gone(field, prey)
    assert field.alive(marine)[0]


def test_units_walk_over_a_burrowed_one(field: Field) -> None:
    field.place("Zerg_Hydralisk", 0, 600, 500)
    hydra = field.place("Zerg_Hydralisk", 0, 600, 500)
    field.command(UnitCommandType.BURROW, hydra)
    field.advance(30)
    marine = field.place("Terran_Marine", 0, 500, 500)
    field.command(UnitCommandType.MOVE, marine, x=700, y=500)
    field.advance(80)

    assert value(field, marine, "x") > 680


def test_a_lurker_shoots_only_from_under_the_ground_and_hits_all_in_line(field: Field) -> None:
    lurker = field.place("Zerg_Lurker", 0, 500, 500, 64)
    first = field.place("Terran_Supply_Depot", 1, 600, 500)
    second = field.place("Terran_Supply_Depot", 1, 700, 500)
    field.advance(100)
    assert value(field, first, "hp_256") == 500 << 8

    field.command(UnitCommandType.BURROW, lurker)
    field.advance(25 + 70)
    lost = [(500 << 8) - value(field, ids, "hp_256") for ids in (first, second)]

    assert lost[0] == lost[1] > 0
    assert lost[0] % ((20 - 1) << 8) == 0  # armour 1; each volley hits each once


def test_a_cloaked_wraith_pays_13_a_frame_and_lasts_984_frames(field: Field) -> None:
    wraith = field.place("Terran_Wraith", 0, 500, 500)
    field.advance(1)
    slot = int(wraith[0]) % UNIT_ID_SLOTS
    field.games.units["energy_256"][0, slot] = (50 + 25) << 8

    field.command(UnitCommandType.CLOAK, wraith)
    field.advance(1)
    assert value(field, wraith, "energy_256") == (50 << 8) - 13
    lasts = 1 + frames_until(field, lambda: not value(field, wraith, "status") & CLOAKED)

    assert abs(lasts - 50 * 256 // 13) <= 2


def test_nobody_attacks_what_is_cloaked_unless_a_detector_sees_it(field: Field) -> None:
    templar = field.place("Protoss_Dark_Templar", 1, 700, 500)
    turret = field.place("Terran_Bunker", 0, 500, 500)
    marines = field.place("Terran_Marine", 0, 600, 500)
    field.advance(60)

    assert value(field, templar, "hp_256") == 80 << 8
    assert value(field, templar, "shield_256") == 40 << 8
    assert is_gone(field, marines) or value(field, marines, "hp_256") < 40 << 8
    assert field.alive(turret)[0]


def test_an_arbiter_hides_its_friends_but_not_itself(field: Field) -> None:
    arbiter = field.place("Protoss_Arbiter", 0, 500, 500)
    zealot = field.place("Protoss_Zealot", 0, 560, 500)
    far = field.place("Protoss_Zealot", 0, 900, 500)
    field.advance(40)

    assert value(field, zealot, "status") & CLOAKED
    assert not value(field, far, "status") & CLOAKED
    assert not value(field, arbiter, "status") & CLOAKED

    field.command(UnitCommandType.MOVE, arbiter, x=1500, y=500)
    field.advance(200)
    assert not value(field, zealot, "status") & CLOAKED


def test_a_medic_heals_200_a_frame_for_half_as_much_energy(field: Field) -> None:
    medic = field.place("Terran_Medic", 0, 500, 500)
    marine = field.place("Terran_Marine", 0, 525, 500)
    field.advance(1)
    hurt = int(marine[0]) % UNIT_ID_SLOTS
    field.games.units["hp_256"][0, hurt] = 10 << 8
    frames_until(field, lambda: value(field, marine, "hp_256") > 10 << 8)
    before = value(field, marine, "hp_256"), value(field, medic, "energy_256")
    field.advance(10)

    assert value(field, marine, "hp_256") - before[0] == 10 * 200
    assert value(field, medic, "energy_256") - before[1] == -10 * 92  # 100 spent, 8 gained
    full = 11 + frames_until(field, lambda: value(field, marine, "hp_256") == 40 << 8)
    assert full == 39  # 30 points


def test_two_medics_mend_two_marines_each_its_own(field: Field) -> None:
    for y in (480, 520):
        field.place("Terran_Medic", 0, 500, y)
    marines = [field.place("Terran_Marine", 0, 530, y) for y in (480, 520)]
    field.advance(1)
    for ids in marines:
        field.games.units["hp_256"][0, int(ids[0]) % UNIT_ID_SLOTS] = 20 << 8
    field.advance(60)

    assert all(value(field, ids, "hp_256") == 40 << 8 for ids in marines)


def test_scourge_dies_with_its_blow_of_110(field: Field) -> None:
    scourge = field.place("Zerg_Scourge", 0, 500, 500)
    vessel = field.place("Terran_Science_Vessel", 1, 600, 500)
    field.command(UnitCommandType.ATTACK_UNIT, scourge, target_ids=vessel)
    frames_until(field, lambda: is_gone(field, scourge), 200)

    assert (200 << 8) - value(field, vessel, "hp_256") == (110 - 1) << 8


def test_an_infested_terran_hurts_everybody_where_it_bursts(field: Field) -> None:
    bomb = field.place("Zerg_Infested_Terran", 0, 500, 500)
    target = field.place("Terran_Supply_Depot", 1, 650, 500)
    field.command(UnitCommandType.ATTACK_UNIT, bomb, target_ids=target)
    frames_until(field, lambda: is_gone(field, bomb), 300)
    field.advance(10)

    assert is_gone(field, target) or value(field, target, "hp_256") <= 2 << 8  # 500 - 1 armour of 500 points


def test_a_vulture_lays_three_mines_and_no_more(field: Field) -> None:
    vulture = field.place("Terran_Vulture", 0, 500, 500)
    for x in (540, 580, 620, 660):
        field.command(UnitCommandType.USE_TECH_POSITION, vulture, x=x, y=500, extra=tech("Spider_Mines"))
        field.advance(80)
    units = field.games.units[0]
    mines = (units["slot_state"] != 0) & (units["type"] == kind("Terran_Vulture_Spider_Mine"))

    assert int(mines.sum()) == 3
    assert value(field, vulture, "spider_mines") == 0


def test_a_mine_digs_itself_in_and_goes_off_under_who_walks_by(field: Field) -> None:
    mine = field.place("Terran_Vulture_Spider_Mine", 0, 500, 500)
    field.advance(60 + 12)
    assert value(field, mine, "status") & BURROWED
    zealot = field.place("Protoss_Dragoon", 1, 700, 500)
    field.command(UnitCommandType.MOVE, zealot, x=300, y=500)
    frames_until(field, lambda: is_gone(field, mine), 300)
    field.advance(10)

    # 125 explosive: 80 of shields, then 45 less 1 armour, a dragoon is large.
    lost = (180 << 8) - value(field, zealot, "hp_256") - value(field, zealot, "shield_256")
    assert abs(lost - ((125 - 1) << 8)) < 256


def test_hovering_vultures_do_not_set_mines_off(field: Field) -> None:
    mine = field.place("Terran_Vulture_Spider_Mine", 0, 500, 500)
    field.advance(80)
    vulture = field.place("Terran_Vulture", 1, 600, 500)
    field.command(UnitCommandType.MOVE, vulture, x=400, y=500)
    field.advance(150)

    assert field.alive(mine)[0]
    assert value(field, vulture, "hp_256") == 80 << 8
