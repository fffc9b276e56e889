"""StarCraft II's upgrades without levels: each has an effect, for the units of the player who has it."""

import csv

import pytest

from engine.starcraft2.boosts import BOOSTS, HASTES
from engine.starcraft2.names import FOLDER
from engine.starcraft2.pace import PACES
from engine.starcraft2.spell_table import SPELLS
from engine.starcraft2.tables import KIND_NAMES, KINDS, MADE, ONE, UPGRADE_IDS, UPGRADES, WEAPONS
from tests.support.sc2_scene import Scene

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

HOLD, MOVE, LOCK_ON, AFTERBURNERS, HEAL = 18, 16, 2350, 2116, 386
COMBAT_SHIELD = 731
ELSEWHERE = {"PunisherGrenades", "CycloneLockOnDamageUpgrade"}
"""Concussive shells and what a lock-on does: rules of their own."""

RANGES = [KIND_NAMES[row] for row in range(len(KINDS)) if BOOSTS[row]["range"]]


def row_of(name):
    return KIND_NAMES.index(name)


def upgrade_of(name):
    number = int(BOOSTS[row_of(name)]["upgrade"])
    return next(upgrade for upgrade, other in UPGRADE_IDS.items() if other == number)


def lane():
    """Return a scene where nobody is near."""
    scene = Scene(size=48, fog=False)
    for player in (0, 1):
        scene.put("SupplyDepot", 46, 46 - 40 * player, player)
    return scene


def test_every_upgrade_has_an_effect():
    known = {int(number) for table in (BOOSTS, SPELLS) for number in table["upgrade"]}
    known |= {*PACES[:, 0].tolist(), *HASTES[:, 0].tolist(), *MADE["requires_upgrade"].tolist()}
    with (FOLDER / "upgrades.csv").open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file) if not UPGRADES[int(row["id"])]["raises"]]

    assert {name for name in names if UPGRADE_IDS[name] not in known} == ELSEWHERE


def test_combat_shield_gives_marines_ten_points_and_those_trained_later_begin_with_them():
    scene = Scene.with_halls()
    barracks, tech_lab = scene.put("Barracks", 30.5, 30.5), scene.put("BarracksTechLab", 33, 31)
    scene.set(barracks, addon=tech_lab)
    scene.set(tech_lab, parent=barracks)
    bunker = scene.put("Bunker", 20.5, 40.5)
    whole, hurt, inside = (scene.put("Marine", 20 + k, 30) for k in range(3))
    enemy = scene.put("Marine", 50, 10, 1)
    scene.set(hurt, hp=20 * ONE)
    scene.order(bunker, 407, inside)
    scene.until(lambda: scene.get(bunker)["num_passengers"] == 1, 400)
    slot = int(scene.get(bunker)["passengers"][0])
    assert scene.order(tech_lab, COMBAT_SHIELD) == 1

    scene.set(tech_lab, queue_loops=[1, *[0] * 7])
    scene.step(2)

    life = scene.games.units[0]["hp"]
    assert scene.get(whole)["hp"] == 55 * ONE
    assert scene.get(hurt)["hp"] == 30 * ONE
    assert life[slot] == 55 * ONE
    assert scene.get(enemy)["hp"] == 45 * ONE
    assert scene.get(scene.put("Marine", 20, 20))["hp"] == 55 * ONE
    assert scene.get(scene.put("Marine", 20, 22, 1))["hp"] == 45 * ONE
    assert scene.games.max_hp(0, scene.games.slot_of(0, whole)) == 55 * ONE


def test_a_medivac_heals_marines_with_a_combat_shield_to_their_last_point():
    scene = lane()
    scene.grant("ShieldWall")
    medivac, marine = scene.put("Medivac", 20, 20), scene.put("Marine", 20, 21)
    scene.set(marine, hp=46 * ONE)
    scene.set(medivac, energy=100 * ONE)

    scene.step(40)

    assert scene.get(marine)["hp"] == 55 * ONE


def test_banelings_hatch_and_dig_in_with_the_life_that_an_upgrade_gives_them():
    scene = lane()
    scene.grant("CentrificalHooks")
    scene.grant("Burrow")
    baneling = scene.put("Baneling", 20, 20)
    scene.set(baneling, hp=35 * ONE // 2)
    assert scene.order(baneling, 1374) == 1

    scene.until(lambda: scene.name(baneling) == "BanelingBurrowed", 60)

    assert scene.get(baneling)["hp"] == pytest.approx(35 * ONE // 2, abs=ONE)
    assert scene.games.max_hp(0, scene.games.slot_of(0, baneling)) == 35 * ONE


@pytest.mark.parametrize("name", RANGES)
def test_range_upgrades_let_weapons_reach_as_much_farther(name):
    kind = KINDS[row_of(name)]
    flies = kind["ground_weapon"] < 0
    weapon = WEAPONS[kind["air_weapon" if flies else "ground_weapon"]]
    target = "Medivac" if flies else "SCV"
    gap = (int(weapon["range"]) + int(BOOSTS[row_of(name)]["range"]) - ONE // 2) / ONE
    away = gap + (int(kind["radius"]) + int(KINDS[row_of(target)]["radius"])) / ONE

    for knows in (False, True):
        scene = lane()
        if knows:
            scene.grant(upgrade_of(name))
        shooter, enemy = scene.put(name, 10, 20), scene.put(target, 10 + away, 20, 1)
        scene.set(enemy, is_passive=1, x=scene.get(shooter)["x"] + round(away * ONE), y=scene.get(shooter)["y"])
        scene.set(shooter, heading=16384)
        scene.order(shooter, HOLD)
        scene.step(60)
        is_hit = scene.get(enemy) is None or scene.get(enemy)["hit_frame"] >= 0
        assert is_hit == knows


@pytest.mark.parametrize(("name", "percent"), [("Zergling", 40), ("Adept", 45)])
def test_attacks_come_faster(name, percent):
    counts = []
    for knows in (False, True):
        scene = lane()
        if knows:
            scene.grant(upgrade_of(name))
        scene.put(name, 20, 20)
        target = scene.put("UltraliskCavern" if name == "Adept" else "Assimilator", 22.5, 20.5, 1)
        fired = 0
        scene.until(lambda scene=scene, target=target: scene.get(target)["hit_frame"] >= 0, 100)
        for _ in range(400):
            scene.set(target, hp=400 * ONE, shield=0)
            scene.step()
            fired += int(scene.get(target)["hit_frame"] == scene.head["frame"] - 1)
        counts.append(fired)

    assert counts[1] / counts[0] == pytest.approx(1 + percent / 100, rel=0.1)


@pytest.mark.parametrize(
    ("name", "target", "more"),
    [("Hellion", "Zergling", 5), ("HellionTank", "Zergling", 12), ("Hellion", "Roach", 0), ("Tempest", "Gateway", 40)],
)
def test_bonus_upgrades_add_to_a_hit_on_whom_they_name(name, target, more):
    taken = []
    for knows in (False, True):
        scene = lane()
        if knows:
            scene.grant(upgrade_of(name))
        scene.put(name, 20, 20)
        enemy = scene.put(target, 22.5, 20.5, 1)
        scene.set(enemy, hp=10000 * ONE, shield=0, is_passive=1)
        scene.until(lambda scene=scene, enemy=enemy: scene.get(enemy)["hit_frame"] >= 0, 100)
        taken.append(10000 - scene.get(enemy)["hp"] / ONE)

    assert taken[1] - taken[0] == pytest.approx(more, abs=0.1)


def test_chitinous_plating_takes_two_points_off_each_hit():
    taken = []
    for knows in (False, True):
        scene = lane()
        if knows:
            scene.grant("ChitinousPlating", 1)
        scene.put("Marauder", 20, 20)
        enemy = scene.put("Ultralisk", 23, 20, 1)
        scene.set(enemy, is_passive=1)
        scene.until(lambda scene=scene, enemy=enemy: scene.get(enemy)["hit_frame"] >= 0, 100)
        taken.append(500 - scene.get(enemy)["hp"] / ONE)

    assert taken[0] - taken[1] == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize(
    ("name", "ability", "upgrade", "loops"),
    [
        ("VikingFighter", 403, "SmartServos", 21),
        ("Hellion", 1998, "SmartServos", 32),
        ("Thor", 2362, "SmartServos", 26),
        ("WidowMine", 2095, "DrillClaws", 24),
        ("LurkerMP", 2108, "DiggingClaws", 17),
    ],
)
def test_units_change_sooner(name, ability, upgrade, loops):
    times = []
    for knows in (False, True):
        scene = lane()
        scene.put("Armory", 30.5, 30.5)
        if knows:
            scene.grant(upgrade)
        unit = scene.put(name, 20, 20)
        assert scene.order(unit, ability) == 1
        times.append(scene.until(lambda scene=scene, unit=unit: scene.name(unit) != name, 100))

    assert times[0] - times[1] == loops


def test_burrowed_roaches_move_with_tunneling_claws():
    scene = lane()
    roach = scene.put("RoachBurrowed", 10, 20)
    assert scene.order(roach, MOVE, at=(40, 20)) != 1
    scene.grant("TunnelingClaws")
    assert scene.order(roach, MOVE, at=(40, 20)) == 1
    scene.step(20)
    x = scene.place(roach)[0]

    scene.step(100)

    assert (scene.place(roach)[0] - x) / 100 == pytest.approx(1.4062 / 16, rel=0.01)
    assert scene.get(roach)["is_cloaked"]


def test_the_cyclones_upgrade_doubles_a_lock_on_against_armored_units():
    taken = {}
    for knows in (False, True):
        for target in ("Marauder", "Ghost"):
            scene = lane()
            if knows:
                scene.grant("CycloneLockOnDamageUpgrade")
            cyclone, enemy = scene.put("Cyclone", 20, 20), scene.put(target, 25, 20, 1)
            scene.set(enemy, hp=1000 * ONE, is_passive=1)
            scene.set(cyclone, is_passive=1)
            assert scene.order(cyclone, LOCK_ON, enemy) == 1
            scene.step(340)
            scene.order(cyclone, 4)
            taken[target, knows] = 1000 - scene.get(enemy)["hp"] / ONE

    assert taken["Marauder", False] == pytest.approx(400, abs=2)
    assert taken["Marauder", True] == pytest.approx(800, abs=4)
    assert taken["Ghost", True] == taken["Ghost", False]


def test_afterburners_come_seven_seconds_sooner_and_reach_the_same_speed():
    for knows, loops in ((False, 320), (True, 208)):
        scene = lane()
        if knows:
            scene.grant("MedivacIncreaseSpeedBoost")
        medivac = scene.put("Medivac", 5, 20)
        assert scene.order(medivac, AFTERBURNERS) == 1
        assert scene.get(medivac)["ability_wait"][0] == loops
        scene.order(medivac, MOVE, at=(45, 20))
        scene.step(60)
        assert scene.get(medivac)["speed"] / ONE * 16 == pytest.approx(4.25, rel=0.01)


def test_infestors_begin_with_more_energy():
    scene = lane()
    plain = scene.put("Infestor", 20, 20)
    scene.grant("InfestorEnergyUpgrade")

    assert scene.get(scene.put("Infestor", 22, 20))["energy"] - scene.get(plain)["energy"] == 25 * ONE
