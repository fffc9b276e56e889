"""Bunkers, transports, carriers, reavers, repair, batteries and spells: what they do, in hand-computed numbers."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.oracle.play import UNIT_ID_SLOTS, Field
from engine.broodwar import rules_table as rules
from engine.broodwar.state import CLOAKED, DISABLED, HALLUCINATION, ORDER_DIE, ORDER_NOTHING
from engine.core.frame import UnitCommandType


@pytest.fixture
def field() -> Field:
    field = Field(seed=9)
    field.games.games["techs"][:, :2] = 1
    field.games.games["minerals"][0, :2] = 1000
    field.games.games["gas"][0, :2] = 1000
    return field


def value(field: Field, ids: np.ndarray, name: str) -> int:
    return int(field.values(ids, name)[0])


def put(field: Field, ids: np.ndarray, name: str, number: int) -> None:
    field.games.units[name][0, int(ids[0]) % UNIT_ID_SLOTS] = number


def is_gone(field: Field, ids: np.ndarray) -> bool:
    return not field.alive(ids)[0] or value(field, ids, "order") == ORDER_DIE


def count(field: Field, name: str, player: int) -> int:
    units = field.games.units[0]
    mine = (units["slot_state"] != 0) & (units["type"] == rules.unit_type_id(name)) & (units["player"] == player)
    return int(mine.sum())


def cast(
    field: Field, caster: np.ndarray, name: str, *, target: np.ndarray | None = None, at: tuple[int, int] = (0, 0)
) -> None:
    """Give a caster all energy and have it use a technology."""
    put(field, caster, "energy_256", 200 << 8)
    kind = UnitCommandType.USE_TECH_POSITION if target is None else UnitCommandType.USE_TECH_UNIT
    field.command(kind, caster, x=at[0], y=at[1], target_ids=target, extra=rules.TECH_NAMES.index(name))
    field.advance(1)


# Bunkers and transports.


def test_four_marines_fit_into_a_bunker_and_shoot_from_its_walls(field: Field) -> None:
    bunker = field.place("Terran_Bunker", 0, 500, 500)
    marines = [field.place("Terran_Marine", 0, 440 + 20 * k, 560) for k in range(5)]
    for ids in marines:
        field.command(UnitCommandType.LOAD, ids, target_ids=bunker)
    field.advance(120)
    inside = [value(field, ids, "is_hidden") for ids in marines]
    assert sum(inside) == 4

    depot = field.place("Terran_Supply_Depot", 1, 500 + 32 + 185 + 38, 500)  # 4 + 2 tiles are 192 px
    field.advance(100)
    assert value(field, depot, "hp_256") < 500 << 8


def test_a_bunker_with_guns_is_attacked_before_what_cannot_shoot(field: Field) -> None:
    bunker = field.place("Terran_Bunker", 0, 500, 500)
    marine = field.place("Terran_Marine", 0, 500, 560)
    field.command(UnitCommandType.LOAD, marine, target_ids=bunker)
    field.advance(60)
    field.place("Terran_Supply_Depot", 0, 690, 500)
    hydra = field.place("Zerg_Hydralisk", 1, 600, 500)
    field.advance(25)

    assert value(field, bunker, "num_fighters") == 1
    assert value(field, hydra, "order_target") == int(bunker[0])


def test_a_bunker_lets_everybody_out_one_after_another(field: Field) -> None:
    bunker = field.place("Terran_Bunker", 0, 500, 500)
    marines = [field.place("Terran_Marine", 0, 460 + 20 * k, 560) for k in range(4)]
    for ids in marines:
        field.command(UnitCommandType.LOAD, ids, target_ids=bunker)
    field.advance(120)
    field.command(UnitCommandType.UNLOAD_ALL, bunker)
    out = []
    for _ in range(80):
        field.advance(1)
        out.append(4 - sum(value(field, ids, "is_hidden") for ids in marines))

    steps = np.flatnonzero(np.diff([0, *out]))
    assert out[-1] == 4
    assert np.diff(steps).tolist() == [15, 15, 15]


def test_who_is_in_a_bunker_that_falls_gets_out_alive(field: Field) -> None:
    bunker = field.place("Terran_Bunker", 0, 500, 500)
    marine = field.place("Terran_Marine", 0, 500, 560)
    field.command(UnitCommandType.LOAD, marine, target_ids=bunker)
    field.advance(60)
    assert value(field, marine, "is_hidden")
    put(field, bunker, "hp_256", 256)
    field.advance(20)  # it burns

    assert not field.alive(bunker)[0]
    assert field.alive(marine)[0]
    assert not value(field, marine, "is_hidden")


def test_who_is_in_a_shuttle_that_is_shot_down_dies_with_it(field: Field) -> None:
    shuttle = field.place("Protoss_Shuttle", 0, 500, 500)
    zealot = field.place("Protoss_Zealot", 0, 520, 520)
    field.command(UnitCommandType.LOAD, shuttle, target_ids=zealot)
    field.advance(60)
    assert value(field, zealot, "is_hidden")
    put(field, shuttle, "shield_256", 0)
    put(field, shuttle, "hp_256", 256)
    field.place("Terran_Missile_Turret", 1, 560, 500)
    field.advance(60)

    assert not field.alive(shuttle)[0]
    assert not field.alive(zealot)[0]


def test_a_shuttle_carries_a_reaver_and_two_zealots_and_drops_them_where_told(field: Field) -> None:
    shuttle = field.place("Protoss_Shuttle", 0, 500, 500)
    cargo = [field.place(name, 0, 480, 540) for name in ("Protoss_Reaver", "Protoss_Zealot", "Protoss_Zealot")]
    for ids in cargo:
        field.command(UnitCommandType.LOAD, ids, target_ids=shuttle)
        field.advance(80)
    assert [value(field, ids, "is_hidden") for ids in cargo] == [1, 1, 1]  # 4 + 2 + 2 spaces

    field.command(UnitCommandType.UNLOAD_ALL_POSITION, shuttle, x=900, y=900)
    field.advance(400)
    assert [value(field, ids, "is_hidden") for ids in cargo] == [0, 0, 0]
    assert all(abs(value(field, ids, "x") - 900) < 80 for ids in cargo)


# What fights for another.


def test_a_reavers_scarab_does_100_and_there_is_one_less(field: Field) -> None:
    reaver = field.place("Protoss_Reaver", 0, 500, 500)
    put(field, reaver, "num_fighters", 2)
    depot = field.place("Terran_Supply_Depot", 1, 700, 500)
    field.advance(200)

    lost = (500 << 8) - value(field, depot, "hp_256")
    assert lost in (99 << 8, 2 * 99 << 8)  # armour 1
    assert value(field, reaver, "num_fighters") == 2 - lost // (99 << 8)


def test_a_carrier_sends_its_interceptors_and_takes_them_back(field: Field) -> None:
    carrier = field.place("Protoss_Carrier", 0, 500, 500)
    put(field, carrier, "num_fighters", 4)
    depot = field.place("Terran_Supply_Depot", 1, 700, 500)
    field.command(UnitCommandType.ATTACK_UNIT, carrier, target_ids=depot)
    field.advance(60)
    units = field.games.units[0]
    kind = rules.unit_type_id("Protoss_Interceptor")
    fleet = np.flatnonzero((units["slot_state"] == 1) & (units["type"] == kind))
    assert len(fleet) == 4
    assert not units["is_hidden"][fleet].any()

    field.advance(60)
    assert value(field, depot, "hp_256") < 500 << 8
    put(field, depot, "hp_256", 256)
    field.advance(400)
    assert not field.alive(depot)[0]
    assert units["is_hidden"][fleet].all()
    assert (units["slot_state"][fleet] == 1).all()
    assert value(field, carrier, "num_fighters") == 4


def test_a_lost_interceptor_is_one_less_and_a_lost_carrier_loses_all(field: Field) -> None:
    carrier = field.place("Protoss_Carrier", 0, 500, 500)
    put(field, carrier, "num_fighters", 3)
    depot = field.place("Terran_Supply_Depot", 1, 700, 500)
    field.command(UnitCommandType.ATTACK_UNIT, carrier, target_ids=depot)
    field.advance(60)
    units = field.games.units[0]
    kind = rules.unit_type_id("Protoss_Interceptor")
    fleet = np.flatnonzero((units["slot_state"] == 1) & (units["type"] == kind))
    units["order"][fleet[0]] = ORDER_DIE
    field.advance(3)
    assert value(field, carrier, "num_fighters") == 2

    put(field, carrier, "order", ORDER_DIE)
    field.advance(300)
    assert count(field, "Protoss_Interceptor", 0) == 0


# Mending.


def test_a_repair_gives_the_rate_of_building_and_costs_a_third(field: Field) -> None:
    scv = field.place("Terran_SCV", 0, 500, 500)
    tank = field.place("Terran_Siege_Tank_Tank_Mode", 0, 540, 500)
    put(field, tank, "hp_256", 1 << 8)
    field.command(UnitCommandType.REPAIR, scv, target_ids=tank)
    field.advance(40)
    before = value(field, tank, "hp_256")
    field.advance(10)
    # 150 points less a tenth in 750 frames: 46.08 of 256 a frame, rounded up.
    assert value(field, tank, "hp_256") - before == 10 * 47

    field.advance(900)
    assert value(field, tank, "hp_256") == 150 << 8
    game = field.games.games[0]
    assert abs((1000 - int(game["minerals"][0])) - 150 / 3) <= 3
    assert abs((1000 - int(game["gas"][0])) - 150 / 3) <= 3


def test_a_battery_gives_two_points_of_shield_for_one_of_energy(field: Field) -> None:
    battery = field.place("Protoss_Shield_Battery", 0, 500, 500)
    zealot = field.place("Protoss_Zealot", 0, 560, 500)
    put(field, zealot, "shield_256", 0)
    put(field, battery, "energy_256", 100 << 8)
    field.command(UnitCommandType.RIGHT_CLICK_UNIT, zealot, target_ids=battery)
    field.advance(30)

    assert value(field, zealot, "shield_256") == 60 << 8
    assert (66 << 8) < value(field, battery, "energy_256") < (75 << 8)


# Spells.


def test_a_storm_strikes_eight_times_for_14_at_most(field: Field) -> None:
    templar = field.place("Protoss_High_Templar", 0, 500, 500)
    ultra = field.place("Zerg_Ultralisk", 1, 750, 500)
    cast(field, templar, "Psionic_Storm", at=(750, 500))
    assert value(field, templar, "energy_256") <= (125 << 8) + 8
    hits = []
    before = value(field, ultra, "hp_256")
    for _ in range(80):
        put(field, ultra, "order", ORDER_NOTHING)  # it stays
        field.advance(1)
        now = value(field, ultra, "hp_256")
        if now < before:
            hits.append(before - now)
        before = now

    assert 7 <= len(hits) <= 8
    assert set(hits) <= {(14 << 8) - 4, 14 << 8}  # 4 of 256 grow back in the same frame


def test_irradiate_takes_about_250_and_spares_machines(field: Field) -> None:
    vessel = field.place("Terran_Science_Vessel", 0, 500, 500)
    ultra = field.place("Zerg_Ultralisk", 1, 700, 500)
    cast(field, vessel, "Irradiate", target=ultra)
    field.advance(75 * 8 + 20)

    lost = (400 << 8) - value(field, ultra, "hp_256")
    assert abs(lost - (250 << 8) + 4 * 600) < 6 << 8  # less what grew back
    assert value(field, vessel, "hp_256") == 200 << 8


def test_a_matrix_takes_250_points_of_damage(field: Field) -> None:
    vessel = field.place("Terran_Science_Vessel", 0, 500, 500)
    marine = field.place("Terran_Marine", 0, 560, 500)
    cast(field, vessel, "Defensive_Matrix", target=marine)
    field.advance(20)
    field.place("Zerg_Ultralisk", 1, 620, 500)
    frames = 0
    while value(field, marine, "matrix_256") > 0 and frames < 500:
        field.advance(1)
        frames += 1

    assert frames < 500
    assert value(field, marine, "hp_256") >= 30 << 8  # 13 blows of 20: the last one breaks it


def test_emp_takes_shields_and_energy(field: Field) -> None:
    vessel = field.place("Terran_Science_Vessel", 0, 500, 500)
    templar = field.place("Protoss_High_Templar", 1, 700, 500)
    cast(field, vessel, "EMP_Shockwave", at=(700, 500))
    field.advance(60)

    assert value(field, templar, "shield_256") < 7 * 80
    assert value(field, templar, "energy_256") < 8 * 80


def test_lockdown_holds_a_tank_for_131_cycles(field: Field) -> None:
    ghost = field.place("Terran_Ghost", 0, 500, 500)
    tank = field.place("Terran_Siege_Tank_Tank_Mode", 1, 700, 500)
    cast(field, ghost, "Lockdown", target=tank)
    frames = 0
    while not value(field, tank, "status") & DISABLED and frames < 100:
        field.advance(1)
        frames += 1
    lasts = 0
    while value(field, tank, "status") & DISABLED:
        field.advance(1)
        lasts += 1

    assert 130 * 8 <= lasts <= 131 * 8
    assert is_gone(field, ghost) or value(field, ghost, "hp_256") == 45 << 8 or lasts > 0


def test_plague_takes_300_but_never_the_last_point(field: Field) -> None:
    defiler = field.place("Zerg_Defiler", 0, 500, 500)
    depot = field.place("Terran_Supply_Depot", 1, 700, 500)
    marine = field.place("Terran_Marine", 1, 660, 540)
    cast(field, defiler, "Plague", at=(700, 500))
    field.advance(75 * 8 + 40)

    assert abs((500 << 8) - value(field, depot, "hp_256") - (300 << 8) * 75 // 76) < 4 << 8
    assert field.alive(marine)[0]
    assert 0 < value(field, marine, "hp_256") <= 4 << 8


def test_under_a_swarm_shots_miss_and_blades_do_not(field: Field) -> None:
    defiler = field.place("Zerg_Defiler", 1, 800, 700)
    prey = field.place("Zerg_Hydralisk", 1, 800, 500)
    cast(field, defiler, "Dark_Swarm", at=(800, 500))
    field.advance(30)
    marine = field.place("Terran_Marine", 0, 700, 500)
    put(field, marine, "hp_256", 40 << 8)
    field.command(UnitCommandType.ATTACK_UNIT, marine, target_ids=prey)
    for _ in range(60):
        field.advance(1)
        put(field, marine, "hp_256", 40 << 8)
    assert value(field, prey, "hp_256") == 80 << 8

    zealot = field.place("Protoss_Zealot", 0, 780, 520)
    field.command(UnitCommandType.ATTACK_UNIT, zealot, target_ids=prey)
    field.advance(60)
    assert is_gone(field, prey) or value(field, prey, "hp_256") < 80 << 8
    field.advance(900)
    assert field.games.games["num_swarms"][0] == 0


def test_under_a_web_nobody_on_the_ground_shoots(field: Field) -> None:
    corsair = field.place("Protoss_Corsair", 1, 800, 700)
    field.place("Protoss_Pylon", 0, 800, 420)
    cannon = field.place("Protoss_Photon_Cannon", 0, 800, 500)
    cast(field, corsair, "Disruption_Web", at=(800, 500))
    field.advance(30)
    depot = field.place("Terran_Supply_Depot", 1, 950, 500)
    field.advance(100)
    assert value(field, depot, "hp_256") == 500 << 8

    field.advance(360)
    assert field.games.games["num_webs"][0] == 0
    assert value(field, depot, "hp_256") < 500 << 8
    assert field.alive(cannon)[0]


def test_broodlings_replace_their_victim(field: Field) -> None:
    queen = field.place("Zerg_Queen", 0, 500, 500)
    marine = field.place("Terran_Marine", 1, 700, 500)
    cast(field, queen, "Spawn_Broodlings", target=marine)
    field.advance(60)

    assert not field.alive(marine)[0]
    assert count(field, "Zerg_Broodling", 0) == 2
    field.advance(1800)
    assert count(field, "Zerg_Broodling", 0) == 0


def test_ensnare_slows_and_shows_what_is_cloaked(field: Field) -> None:
    queen = field.place("Zerg_Queen", 0, 500, 500)
    templar = field.place("Protoss_Dark_Templar", 1, 700, 500)
    assert value(field, templar, "status") & CLOAKED
    cast(field, queen, "Ensnare", at=(700, 500))
    field.advance(90)

    assert value(field, templar, "ensnare_timer") > 0
    assert value(field, templar, "detected") & 1


def test_consume_eats_an_own_zergling_for_fifty(field: Field) -> None:
    defiler = field.place("Zerg_Defiler", 0, 500, 500)
    zergling = field.place("Zerg_Zergling", 0, 540, 500)
    put(field, defiler, "energy_256", 10 << 8)
    field.command(UnitCommandType.USE_TECH_UNIT, defiler, target_ids=zergling, extra=rules.TECH_NAMES.index("Consume"))
    frames = 0
    while field.alive(zergling)[0] and frames < 100:
        field.advance(1)
        frames += 1

    assert (60 << 8) <= value(field, defiler, "energy_256") <= (60 << 8) + 8 * frames


def test_a_hallucination_takes_twice_the_damage_and_fades(field: Field) -> None:
    templar = field.place("Protoss_High_Templar", 0, 500, 500)
    zealot = field.place("Protoss_Zealot", 0, 560, 500)
    cast(field, templar, "Hallucination", target=zealot)
    field.advance(10)
    assert count(field, "Protoss_Zealot", 0) == 3
    units = field.games.units[0]
    assert int(((units["status"] & HALLUCINATION) != 0).sum()) == 2
    field.advance(1350)
    assert count(field, "Protoss_Zealot", 0) == 1


def test_recall_brings_friends(field: Field) -> None:
    arbiter = field.place("Protoss_Arbiter", 0, 500, 500)
    zealot = field.place("Protoss_Zealot", 0, 1500, 1500)
    stays = field.place("Protoss_Zealot", 0, 1800, 1500)
    cast(field, arbiter, "Recall", at=(1500, 1500))
    field.advance(20)

    assert abs(value(field, zealot, "x") - 500) < 100
    assert value(field, stays, "x") == 1800


def test_stasis_freezes_and_protects(field: Field) -> None:
    arbiter = field.place("Protoss_Arbiter", 0, 500, 500)
    marine = field.place("Terran_Marine", 1, 700, 500)
    cast(field, arbiter, "Stasis_Field", at=(700, 500))
    field.advance(20)
    zealot = field.place("Protoss_Zealot", 0, 660, 500)
    field.command(UnitCommandType.ATTACK_UNIT, zealot, target_ids=marine)
    field.advance(300)
    assert value(field, marine, "hp_256") == 40 << 8
    assert value(field, marine, "status") & DISABLED
    field.advance(131 * 8)
    assert not field.alive(marine)[0] or not value(field, marine, "status") & DISABLED


def test_mind_control_takes_a_unit_and_the_casters_shields(field: Field) -> None:
    archon = field.place("Protoss_Dark_Archon", 0, 500, 500)
    tank = field.place("Terran_Siege_Tank_Tank_Mode", 1, 600, 500)
    cast(field, archon, "Mind_Control", target=tank)
    field.advance(15)

    assert value(field, tank, "player") == 0
    assert value(field, archon, "shield_256") < 7 * 20


def test_feedback_turns_energy_into_damage(field: Field) -> None:
    archon = field.place("Protoss_Dark_Archon", 0, 500, 500)
    vessel = field.place("Terran_Science_Vessel", 1, 600, 500)
    put(field, vessel, "energy_256", 120 << 8)
    cast(field, archon, "Feedback", target=vessel)
    field.advance(30)

    lost = (200 << 8) - value(field, vessel, "hp_256")
    assert 120 << 8 <= lost <= (120 << 8) + 8 * 40


def test_yamato_does_260_less_armour(field: Field) -> None:
    cruiser = field.place("Terran_Battlecruiser", 0, 500, 500)
    depot = field.place("Terran_Command_Center", 1, 800, 500)
    put(field, cruiser, "ground_cooldown", 250)
    cast(field, cruiser, "Yamato_Gun", target=depot)
    field.advance(40)

    lost = (1500 << 8) - value(field, depot, "hp_256")
    assert lost % (24 << 8) == (260 - 1) % 24 << 8  # and shots of its lasers


def test_a_scan_shows_what_is_cloaked_for_a_while(field: Field) -> None:
    comsat = field.place("Terran_Comsat_Station", 0, 500, 500)
    templar = field.place("Protoss_Dark_Templar", 1, 1200, 1200)
    cast(field, comsat, "Scanner_Sweep", at=(1200, 1200))
    field.advance(40)
    assert value(field, templar, "detected") & 1
    field.advance(300)
    assert not value(field, templar, "detected") & 1


@pytest.mark.parametrize(
    ("templar", "tech", "archon"),
    [
        ("Protoss_High_Templar", "Archon_Warp", "Protoss_Archon"),
        ("Protoss_Dark_Templar", "Dark_Archon_Meld", "Protoss_Dark_Archon"),
    ],
)
def test_two_templars_become_one_archon_after_300_frames(field: Field, templar: str, tech: str, archon: str) -> None:
    pair = [field.place(templar, 0, 500 + 60 * k, 500) for k in range(2)]
    number = rules.TECH_NAMES.index(tech)
    field.command(UnitCommandType.USE_TECH_UNIT, pair[0], target_ids=pair[1], extra=number)
    frames = 0
    while count(field, archon, 0) == 0 and frames < 100:
        field.advance(1)
        frames += 1
    field.advance(2)
    assert count(field, templar, 0) == 0
    units = field.games.units[0]
    slot = int(np.flatnonzero((units["slot_state"] == 1) & (units["type"] == rules.unit_type_id(archon)))[0])
    assert not units["is_complete"][slot]
    field.advance(300)
    assert units["is_complete"][slot]
    assert not units["status"][slot] & CLOAKED
    kind = rules.UNIT_TYPES[rules.unit_type_id(archon)]
    assert units["hp_256"][slot] == int(kind["max_hp"]) << 8
    assert units["shield_256"][slot] == int(kind["max_shield"]) << 8


def test_a_nuclear_strike_takes_500_points_or_two_thirds_and_its_missile(field: Field) -> None:
    ghost = field.place("Terran_Ghost", 0, 500, 500)
    missile = field.place("Terran_Nuclear_Missile", 0, 400, 300)
    centre = field.place("Terran_Command_Center", 1, 740, 500)
    depot = field.place("Terran_Supply_Depot", 1, 740, 500 + 160 + 22)
    number = rules.TECH_NAMES.index("Nuclear_Strike")
    field.command(UnitCommandType.USE_TECH_POSITION, ghost, x=740, y=500, extra=number)
    field.advance(300)
    assert not field.alive(missile)[0]
    assert value(field, centre, "hp_256") == 1500 << 8

    field.advance(60)
    # 1000 of 1500 points less an armour of 1 (then it burns); the depot is in the second ring: half of 500, less 1.
    assert 0 <= ((1500 - 999) << 8) - value(field, centre, "hp_256") <= 60 * 20
    assert value(field, depot, "hp_256") == (500 - 249) << 8
    field.command(UnitCommandType.USE_TECH_POSITION, ghost, x=740, y=500, extra=number)
    field.advance(5)
    assert value(field, ghost, "order") != 126


def test_a_strike_fails_with_its_ghost(field: Field) -> None:
    ghost = field.place("Terran_Ghost", 0, 500, 500)
    field.place("Terran_Nuclear_Missile", 0, 400, 300)
    centre = field.place("Terran_Command_Center", 1, 740, 500)
    field.command(
        UnitCommandType.USE_TECH_POSITION, ghost, x=740, y=500, extra=rules.TECH_NAMES.index("Nuclear_Strike")
    )
    field.advance(200)
    put(field, ghost, "order", ORDER_DIE)
    field.advance(300)

    assert value(field, centre, "hp_256") == 1500 << 8


def test_spells_cost_energy_and_need_it(field: Field) -> None:
    templar = field.place("Protoss_High_Templar", 0, 500, 500)
    field.advance(1)
    put(field, templar, "energy_256", 74 << 8)
    field.command(
        UnitCommandType.USE_TECH_POSITION, templar, x=600, y=500, extra=rules.TECH_NAMES.index("Psionic_Storm")
    )
    field.advance(20)
    assert field.games.games["num_bullets"][0] == 0
    assert value(field, templar, "energy_256") == (74 << 8) + 20 * 8
