"""StarCraft II's spells: what `data/spells.csv` says, as small scenes play it."""

import numpy as np
import pytest

from engine.starcraft2.spell_table import AT_NOTHING, FORMS, SPELLS
from engine.starcraft2.tables import KIND_NAMES, KINDS, ONE
from tests.support.sc2_scene import Scene

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels


def ready(name, x=24.0, y=24.0, upgrade=None):
    """Return a scene without fog with a caster that has all its energy."""
    scene = Scene(fog=False)
    caster = scene.put(name, x, y)
    scene.get(caster)["energy"] = KINDS["max_energy"][scene.get(caster)["kind"]]
    scene.get(caster)["is_passive"] = 1
    if upgrade:
        scene.grant(upgrade)
    return scene, caster


def victim(scene, name, x, y, player=1):
    unit = scene.put(name, x, y, player=player)
    scene.get(unit)["is_passive"] = 1
    return unit


def points(scene, unit, *names):
    return sum(int(scene.get(unit)[name]) for name in names) / ONE


def test_psi_storm_takes_80_points_of_who_stays_in_it_and_two_storms_take_no_more():
    scene, caster = ready("HighTemplar", upgrade="PsiStormTech")
    marauder = victim(scene, "Marauder", 30, 24)
    outside = victim(scene, "Marauder", 30, 28)
    scene.order(caster, 1036, at=(30, 24))
    scene.step(2)
    assert points(scene, marauder, "hp") == 115  # ten at once, no armor
    assert int(scene.head["num_effects"]) == 1
    assert scene.games.effects[0, 0]["kind"] == 1
    scene.get(caster)["ability_wait"][0] = 0
    assert scene.order(caster, 1036, at=(30.5, 24)) == 1

    scene.step(90)

    assert points(scene, marauder, "hp") == 45
    assert points(scene, outside, "hp") == 125
    assert scene.head["num_effects"] == 0
    assert points(scene, caster, "energy") == pytest.approx(50 + 92 * 0.5625 / 16, abs=1)


def test_storm_needs_its_upgrade_its_energy_and_its_range():
    scene, caster = ready("HighTemplar")
    assert scene.order(caster, 1036, at=(30, 24)) == 79
    scene.grant("PsiStormTech")
    scene.get(caster)["energy"] = 74 * ONE
    assert scene.order(caster, 1036, at=(30, 24)) == 17
    scene.get(caster)["energy"] = 75 * ONE
    assert scene.order(caster, 1036, at=(44, 24)) == 1
    scene.step(5)
    assert scene.head["num_effects"] == 0  # it walks there first
    scene.step(120)
    assert points(scene, caster, "energy") < 10
    assert int(scene.get(caster)["x"]) / ONE == pytest.approx(44 - 9, abs=0.3)


def test_feedback_burns_all_energy_and_takes_half_of_it_as_damage():
    scene, caster = ready("HighTemplar")
    infestor, zealot = victim(scene, "Infestor", 30, 24), victim(scene, "Zealot", 30, 28)
    scene.get(infestor)["energy"] = 100 * ONE
    assert scene.order(caster, 140, zealot) == 137  # MustTargetEnergyCapableUnits
    assert scene.order(caster, 140, infestor) == 1

    scene.step(2)

    assert points(scene, infestor, "energy") < 0.1
    assert points(scene, infestor, "hp") == pytest.approx(90 - 50, abs=0.1)


def test_emp_takes_100_shields_and_100_energy_of_all_in_it_and_uncloaks():
    scene, caster = ready("Ghost")
    archon, templar = victim(scene, "Archon", 30, 24), victim(scene, "HighTemplar", 30.5, 25)
    scene.get(templar)["energy"] = 150 * ONE
    dark = victim(scene, "DarkTemplar", 29.5, 23.5)
    scene.step(2)
    assert dark not in scene.shown(0)

    assert scene.order(caster, 1628, at=(30, 24)) == 1
    scene.step(3)

    assert points(scene, archon, "shield") == 250  # and they do not come back at once
    assert points(scene, templar, "energy") == pytest.approx(50, abs=0.2)
    assert points(scene, templar, "shield") == 0
    assert dark in scene.shown(0)
    scene.step(165)
    assert dark not in scene.shown(0)


def test_fungal_growth_takes_30_points_in_four_seconds_and_slows_to_a_quarter():
    scene, caster = ready("Infestor")
    zealot = victim(scene, "Zealot", 30, 24)
    scene.get(zealot)["shield"] = 0
    scene.get(zealot)["shield_wait"] = 900
    assert scene.order(caster, 74, at=(30, 24)) == 1
    scene.step(2)
    scene.order(zealot, 16, at=(40, 24))
    scene.step(3)
    before = int(scene.get(zealot)["x"])
    scene.step(16)
    assert (int(scene.get(zealot)["x"]) - before) / ONE == pytest.approx(2.25 / 4, rel=0.03)
    scene.step(60)

    assert points(scene, zealot, "hp") == pytest.approx(70, abs=2)


def test_snipe_takes_170_points_after_two_seconds_unless_the_ghost_is_hit():
    scene, caster = ready("Ghost")
    roach, tank = victim(scene, "Ultralisk", 30, 24), victim(scene, "SiegeTank", 30, 28)
    assert scene.order(caster, 2714, tank) == 121  # MustTargetBiologicalUnits
    assert scene.order(caster, 2714, roach) == 1
    scene.step(32)
    assert points(scene, roach, "hp") == 500
    scene.step(3)
    assert points(scene, roach, "hp") == pytest.approx(330, abs=1)

    energy = points(scene, caster, "energy")
    marine = victim(scene, "Marine", 24, 27)
    scene.order(caster, 2714, roach)
    scene.step(5)
    scene.order(marine, 23, caster)
    scene.step(60)
    assert points(scene, roach, "hp") > 330
    assert points(scene, caster, "energy") > energy


def test_yamato_takes_240_points_and_100_seconds():
    scene, caster = ready("Battlecruiser")
    thor = victim(scene, "Thor", 30, 24)
    assert scene.order(caster, 401, thor) == 79
    scene.grant("BattlecruiserEnableSpecializations")
    assert scene.order(caster, 401, thor) == 1

    scene.step(52)

    assert points(scene, thor, "hp") == 400 - 240
    assert scene.order(caster, 401, thor) == 6  # Cooldown
    assert 1600 - 60 < scene.get(caster)["ability_wait"][0] < 1600


def test_transfusion_heals_75_at_once_and_50_over_ten_seconds():
    scene, caster = ready("Queen")
    ultralisk = victim(scene, "Ultralisk", 28, 24, player=0)
    scene.get(ultralisk)["hp"] = 100 * ONE
    assert scene.order(caster, 1664, caster) == 36
    assert scene.order(caster, 1664, ultralisk) == 1
    scene.step(2)
    assert points(scene, ultralisk, "hp") == pytest.approx(175, abs=1)

    scene.step(170)

    assert points(scene, ultralisk, "hp") == pytest.approx(225 + 172 * 0.2734 / 16, abs=1)


def test_blink_goes_eight_cells_once_in_ten_seconds():
    scene, caster = ready("Stalker", 12)
    assert scene.order(caster, 1442, at=(40, 24)) == 79
    scene.grant("BlinkTech")
    assert scene.order(caster, 3687, at=(40, 24)) == 1  # the general ability
    scene.step()
    assert int(scene.get(caster)["x"]) / ONE == pytest.approx(20, abs=0.1)
    assert scene.order(caster, 1442, at=(40, 24)) == 6
    scene.step(160)
    assert scene.order(caster, 1442, at=(23, 24)) == 1
    scene.step()
    assert int(scene.get(caster)["x"]) / ONE == pytest.approx(23, abs=0.1)


def test_force_field_bars_the_way_for_15_seconds():
    scene, caster = ready("Sentry")
    assert scene.order(caster, 1526, at=(30.5, 24.5)) == 1
    scene.step(2)
    (field,) = scene.ids(name="ForceField")
    assert scene.games.blocked[0, 23:26, 29:32].all()
    assert scene.games.blocked[0].sum() == 9 * 2
    assert scene.get(field)["player"] == 15

    scene.step(242)

    assert scene.ids(name="ForceField") == []
    assert not scene.games.blocked[0].any()


@pytest.mark.parametrize(("name", "breaks"), [("Ultralisk", True), ("Stalker", False), ("Battlecruiser", False)])
def test_massive_units_on_the_ground_break_force_fields(name, breaks):
    scene, caster = ready("Sentry")
    scene.order(caster, 1526, at=(30.5, 24.5))
    scene.step(2)
    walker = scene.put(name, 36.5, 24.5, 1)
    scene.order(walker, 16, at=(30.5, 24.5))

    scene.step(60)

    assert (scene.ids(name="ForceField") == []) == breaks
    assert (not scene.games.blocked[0].any()) == breaks


def test_guardian_shield_takes_two_off_ranged_hits_only():
    scene, caster = ready("Sentry")
    friend = victim(scene, "Zealot", 26, 24, player=0)
    assert scene.order(caster, 76) == 1
    scene.step(10)
    effect = scene.games.effects[0, 0]
    assert (effect["kind"], int(effect["x"])) == (2, int(scene.get(caster)["x"]))
    marine = victim(scene, "Marine", 29, 24)
    before = points(scene, friend, "shield", "hp")
    scene.order(marine, 23, friend)
    while scene.get(marine)["fired_frame"] < 0:
        scene.step()

    assert before - points(scene, friend, "shield", "hp") == 4
    scene.step(260)
    assert scene.head["num_effects"] == 0


def test_prismatic_alignment_adds_six_against_armored_and_slows():
    scene, caster = ready("VoidRay", 20)
    stalker = victim(scene, "Stalker", 23, 24)
    damages = []
    for aligned in (False, True):
        if aligned:
            assert scene.order(caster, 2393) == 1
            scene.step(2)
            assert scene.get(caster)["top_speed"] == pytest.approx(2.75 / 16 * ONE * 0.75, rel=0.01)
        scene.get(stalker)["shield"], scene.get(stalker)["hp"] = 0, 80 * ONE
        scene.get(stalker)["shield_wait"] = 999
        fired = int(scene.get(caster)["fired_frame"])
        scene.order(caster, 23, stalker)
        while scene.get(caster)["fired_frame"] == fired:
            scene.step()
        damages.append(80 - points(scene, stalker, "hp"))

    assert damages[1] - damages[0] == 6


def test_corrosive_bile_falls_after_two_and_a_half_seconds_on_friend_and_foe():
    scene, caster = ready("Ravager")
    tank, own = victim(scene, "SiegeTank", 30, 24), victim(scene, "Roach", 30.5, 25, player=0)
    scene.order(caster, 2338, at=(30, 24))
    scene.step(38)
    assert points(scene, tank, "hp") == 175
    assert scene.games.effects[0, 0]["kind"] == 11

    scene.step(6)

    assert points(scene, tank, "hp") == 115
    assert points(scene, own, "hp") <= 145


def test_blinding_cloud_lets_nobody_shoot_far():
    scene, caster = ready("Viper", 20)
    tank = victim(scene, "SiegeTank", 28, 24)
    scene.order(caster, 2063, at=(28, 24))
    scene.step(3)
    zealot = victim(scene, "Zealot", 33, 24, player=0)
    scene.order(tank, 18)
    scene.order(tank, 23, zealot)
    scene.step(10)

    assert scene.get(tank)["fired_frame"] < 0
    assert scene.games.effects[0, 0]["kind"] == 10


def test_abduct_pulls_a_unit_to_the_viper():
    scene, caster = ready("Viper", 20)
    tank = victim(scene, "SiegeTank", 28, 24)
    scene.order(caster, 2067, tank)

    scene.step(3)

    assert int(scene.get(tank)["x"]) / ONE == pytest.approx(20, abs=1.5)


def test_recall_brings_units_home_and_all_nexuses_wait():
    scene, caster = ready("Nexus", 10.5)
    other = scene.put("Nexus", 10.5, 40.5)
    zealots = [scene.put("Zealot", 40 + k, 24) for k in range(3)]
    far = scene.put("Zealot", 40, 30)
    assert scene.order(caster, 3757, at=(41, 24)) == 1

    scene.step(36)

    assert all(abs(int(scene.get(one)["x"]) / ONE - 10.5) < 5 for one in zealots)
    assert int(scene.get(far)["x"]) / ONE == pytest.approx(40, abs=0.5)
    assert scene.get(other)["ability_wait"][0] > 2800


def test_hallucination_looks_real_does_nothing_and_is_gone_after_60_seconds():
    scene, caster = ready("Sentry")
    assert scene.order(caster, 164) == 1
    zealots = scene.ids(name="Zealot")
    assert len(zealots) == 2
    marine = victim(scene, "Marauder", 26, 24)
    scene.order(zealots[0], 23, marine)
    scene.step(100)
    assert points(scene, marine, "hp") == 125

    scene.step(870)

    assert scene.ids(name="Zealot") == []


def test_charge_is_fast_and_waits_ten_seconds():
    scene, caster = ready("Zealot", 10)
    roach = victim(scene, "Roach", 30, 24)
    assert scene.order(caster, 1819, roach) == 79
    scene.grant("Charge")
    assert scene.order(caster, 1819, roach) == 1
    scene.step(3)
    before = int(scene.get(caster)["x"])
    scene.step(10)

    assert (int(scene.get(caster)["x"]) - before) / ONE / 10 == pytest.approx(2.75 * 2.2 / 16, rel=0.02)
    assert scene.order(caster, 1819, roach) == 6


def test_zealot_that_goes_for_somebody_near_charges_by_itself():
    scene, caster = ready("Zealot", 10)
    scene.grant("Charge")
    scene.get(caster)["is_passive"] = 0
    roach = victim(scene, "Ultralisk", 20, 24)
    scene.order(caster, 23, roach)
    scene.step(2)
    assert scene.get(caster)["ability_wait"][0] == 0
    for _ in range(60):
        scene.step()
        if scene.get(caster)["ability_wait"][0] > 0:
            break

    gap = (int(scene.get(roach)["x"]) - int(scene.get(caster)["x"])) / ONE - 0.5 - 1
    assert 3 < gap <= 4


def test_tumor_spreads_once_and_burrows():
    scene = Scene(fog=False)
    scene.put("Hatchery", 24.5, 24.5)
    queen = scene.put("Queen", 24.5, 30.5)
    scene.get(queen)["energy"] = 30 * ONE
    assert scene.order(queen, 1694, at=(24.5, 34.5)) == 1
    scene.step(140)
    (tumor,) = scene.ids(name="CreepTumorQueen")
    assert points(scene, queen, "energy") < 12
    covered = int(scene.creep.sum())
    scene.step(260)
    assert scene.name(tumor) == "CreepTumorBurrowed"
    assert scene.get(tumor)["is_cloaked"]
    scene.step(80)
    assert int(scene.creep.sum()) > covered
    assert scene.order(tumor, 1733, at=(24.5, 43.5)) == 6  # Cooldown
    scene.step(60)
    assert scene.order(tumor, 3691, at=(24.5, 43.5)) == 1

    scene.step(5)

    assert len(scene.ids(name="CreepTumor")) == 1
    assert scene.order(tumor, 1733, at=(20.5, 43.5)) == 6  # once and never again


def test_overlord_spreads_creep_with_a_lair_and_while_it_stands_still():
    scene = Scene(fog=False)
    overlord = scene.put("Overlord", 12.5, 12.5)
    assert scene.order(overlord, 1692) == 79
    scene.put("Lair", 36.5, 36.5)
    covered = int(scene.creep.sum())
    assert scene.order(overlord, 1692) == 1
    scene.step(100)
    assert int(scene.creep.sum()) == covered + 69

    scene.order(overlord, 16, at=(20, 12))
    scene.step(100)

    assert int(scene.creep.sum()) == covered


def test_every_spell_is_refused_without_energy_and_by_who_is_not_complete():
    for spell in SPELLS:
        name = KIND_NAMES[spell["caster"]]
        scene = Scene(fog=False)
        caster = scene.put(name, 24.5, 24.5)
        scene.get(caster)["is_cloaked"] = FORMS[spell["form"]] == "show"
        for word in range(10):
            scene.head["upgrades"][0, word] = 2**32 - 1
        scene.put("Lair", 38.5, 38.5)
        scene.set(scene.put("GhostAcademy", 8.5, 38.5), has_nuke=1)
        x, y = 26.0, 24.0
        target = -1
        if spell["energy"] > 0:
            scene.get(caster)["energy"] = spell["energy"] - 1
            assert scene.order(caster, int(spell["ability"]), target, (x, y)) == 17, (name, FORMS[spell["form"]])
            scene.get(caster)["energy"] = spell["energy"]
        scene.get(caster)["is_complete"] = 0
        assert scene.order(caster, int(spell["ability"]), target, (x, y)) in (4, 64), (name, FORMS[spell["form"]])
        scene.get(caster)["is_complete"] = 1
        expected = 81 if spell["aim"] == 2 else 1
        assert scene.order(caster, int(spell["ability"]), target, (x, y)) == expected, (name, FORMS[spell["form"]])
        if spell["aim"] == AT_NOTHING and spell["energy"] > 0:
            assert scene.get(caster)["energy"] == 0
    assert len(np.unique(SPELLS["form"])) == len(FORMS)


def test_a_force_field_that_is_asked_for_beside_the_map_stands_at_its_edge():
    scene, caster = ready("Sentry", 4.0, 24.0)
    assert scene.order(caster, 1526, at=(-2, 24)) == 1
    scene.step(40)

    (field,) = scene.ids(name="ForceField")

    assert scene.place(field) == (0.5, 24.5)


def test_a_shot_that_is_called_off_gives_back_no_more_energy_than_there_is_room_for():
    scene, caster = ready("Ghost")
    target = victim(scene, "Marine", 30, 24)
    assert scene.order(caster, 2714, target) == 1
    scene.step(10)
    scene.get(caster)["energy"] = 190 * ONE
    scene.get(caster)["hit_frame"] = scene.head["frame"]
    scene.step(2)

    assert points(scene, caster, "energy") == 200
