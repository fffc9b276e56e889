"""Every row of production.csv, asked for by its ability: granted where all is there, refused for each thing missing."""

import functools

import numpy as np
import pytest

from engine.starcraft2.tables import (
    ADDON,
    ARM,
    BUILD,
    BUILD_ON_UNIT,
    DEEDS,
    KIND_NAMES,
    KINDS,
    MADE,
    MORPH,
    MORPH_PLACE,
    NO_KIND,
    ONE,
    RACES,
    RESEARCH,
    TRAIN,
    TRAIN_PLACE,
)
from tests.support.sc2_scene import Scene

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

AT, PLACE = (30.5, 30.5), (38.5, 38.5)
CREEP = 0
ROWS = [
    row for row in range(len(MADE)) if MADE["deed"][row] != TRAIN_PLACE and KIND_NAMES[MADE["maker"][row]] != "Carrier"
]
"""What Warp Gates make has a test of its own (it needs power, and a gate that is ready), and so have interceptors."""

START_HALLS = ("CommandCenter", "Nexus", "Hatchery")
SUPPLIES = [(2 + 3 * k, 60) for k in range(12)]


def name_of(row):
    made = MADE[row]
    return f"{KIND_NAMES[made['maker']]}-{DEEDS[made['deed']]}-{made['ability']}"


@functools.cache
def empty(race):
    scene = Scene.with_halls((race, "terran"))
    return scene, scene.games.snapshot(0)


class Making:
    """A maker with everything that a row takes, but for what is left out."""

    def __init__(self, row, without=()):
        self.made = MADE[row]
        self.race = RACES[KINDS["race"][self.made["maker"]]]
        self.scene, start = empty(self.race)
        self.scene.games.restore(0, start)
        self.scene.bank(0 if "minerals" in without else 5000, 0 if "gas" in without else 5000)
        self.scene.games.grids[0, CREEP] = self.race == "zerg"
        if "supply" not in without and "building" not in without:  # a depot is what some structures require
            for place in SUPPLIES:
                self.put("SupplyDepot", *place)
        if self.race == "protoss" and "building" not in without:
            self.put("Pylon", 35, 35)
        if self.made["requires"] != NO_KIND and "building" not in without:
            self.put(KIND_NAMES[self.made["requires"]], 50.5, 20.5)
        upgrade = int(self.made["requires_upgrade"])
        if upgrade and "upgrade" not in without:
            self.scene.games.games["upgrades"][0, 0, upgrade >> 5] |= 1 << (upgrade & 31)
        self.geyser = self.scene.neutral("VespeneGeyser", *PLACE) if self.made["deed"] == BUILD_ON_UNIT else -1
        self.maker = self.put(KIND_NAMES[self.made["maker"]], *AT)
        hall = next((unit for unit in self.scene.ids(0) if self.scene.kind(unit)["is_townhall"]), -1)
        self.scene.set(self.maker, parent=hall, heading=0)
        if self.made["needs_techlab"] and "lab" not in without:
            lab = self.put(KIND_NAMES[self.made["maker"]] + "TechLab", AT[0] + 2.5, AT[1] + 0.5)
            self.scene.set(self.maker, addon=lab)
            self.scene.set(lab, parent=self.maker)

    def put(self, name, x, y):
        return self.scene.put(name, x, y)

    def ask(self):
        return self.scene.order(self.maker, int(self.made["ability"]), self.geyser, PLACE)


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_what_is_asked_for_comes_about(row):
    making = Making(row)
    scene, made = making.scene, making.made
    before = scene.ids(0)

    assert making.ask() == 1

    deed, product = made["deed"], int(made["product"])
    paid = 5000 - scene.minerals, 5000 - scene.gas
    if deed in (BUILD, BUILD_ON_UNIT, MORPH_PLACE):
        scene.until(lambda: 5000 - scene.minerals + 5000 - scene.gas > 0 or not (made["minerals"] + made["gas"]), 600)
        paid = 5000 - scene.minerals, 5000 - scene.gas
    assert paid == (made["minerals"], made["gas"])
    if deed == RESEARCH:
        scene.step(int(made["loops"]) - 1)
        assert not int(scene.games.games["upgrades"][0, 0, product >> 5]) >> (product & 31) & 1
        scene.step()
        assert int(scene.games.games["upgrades"][0, 0, product >> 5]) >> (product & 31) & 1
        return
    if deed == ARM:
        scene.step(int(made["loops"]) - 1)
        assert not scene.get(making.maker)["has_nuke"]
        scene.step()
        assert scene.get(making.maker)["has_nuke"]
        return
    wanted = KIND_NAMES[product]
    if deed in (TRAIN, MORPH, ADDON):
        scene.step(int(made["loops"]) - 1)
        seen = [unit for unit in scene.ids(0, wanted) if unit not in before or unit == making.maker]
        assert not any(scene.get(unit)["is_complete"] for unit in seen)
        scene.step(2)
    else:
        scene.step(int(made["loops"]) + 400)
    made_now = [unit for unit in scene.ids(0, wanted) if unit not in before or unit == making.maker]
    assert len(made_now) == made["pieces"]
    assert all(scene.get(unit)["is_complete"] for unit in made_now)


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_each_thing_that_is_missing_is_named(row):
    made = MADE[row]
    is_built = made["deed"] in (BUILD, BUILD_ON_UNIT)
    missing_tech = 40 if is_built else 79
    expected = {
        "minerals": 9 if made["minerals"] > 0 else None,
        "gas": 10 if made["gas"] > 0 else None,
        "building": missing_tech if made["requires"] != NO_KIND else None,
        "upgrade": missing_tech if made["requires_upgrade"] else None,
        "lab": missing_tech if made["needs_techlab"] else None,
        "supply": 13 if made["supply_half"] > 0 and made["deed"] in (TRAIN, MORPH) else None,
    }
    for what, result in expected.items():
        if result is None:
            continue
        making = Making(row, without=(what,))
        if what == "building" and KIND_NAMES[made["requires"]] in START_HALLS:
            continue  # the town hall that the game began with is what it takes
        if what == "supply":
            for _ in range(20):
                making.put("Thor", 20, 20)
        assert making.ask() == result, what


def test_unfinished_maker_makes_nothing():
    making = Making(next(row for row in ROWS if MADE["ability"][row] == 560))
    making.scene.set(making.maker, is_complete=0)

    assert making.ask() == 64


def test_shares_of_life_are_kept_by_who_becomes_something_else():
    making = Making(next(row for row in ROWS if MADE["ability"][row] == 388))
    making.scene.set(making.maker, hp=80 * ONE)
    making.ask()
    making.scene.step(70)

    assert making.scene.get(making.maker)["hp"] == 80 * ONE
    assert np.isin(KIND_NAMES[making.scene.get(making.maker)["kind"]], ["SiegeTankSieged"])
