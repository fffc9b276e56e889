"""Where the armies of StarCraft II's scripted players go, asked of made-up Frames."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.scenarios import load_scenario
from engine.core.frame import Commands, Frame, UnitCommandType, UnitFlag
from engine.core.gamemap import BUILD_TILE_PX
from engine.starcraft2.melee_players.army import GROUPS, _at_home, fight
from engine.starcraft2.melee_players.economy import spend
from engine.starcraft2.melee_players.plans import PLANS
from engine.starcraft2.melee_players.view import View
from engine.starcraft2.tables import unit_type_id

LATE = 20_000
IDLE, COMPLETED = (np.uint64(1 << flag) for flag in (UnitFlag.IDLE, UnitFlag.COMPLETED))


@pytest.fixture
def scene():
    """Return a Frame of a Terran player with a town hall at its start, and the function that adds units to it."""
    scenario = load_scenario("melee?game=starcraft2&races=terran:terran")
    frame = Frame.allocate(1, 64, scenario.map, layers=True)
    frame.frame[0] = LATE
    frame.supply_total[0] = 200

    def add(name, x, y, *, player=0, goal=None):
        row = int(frame.num_units[0])
        unit = frame.units[0, row]
        unit["id"], unit["type"], unit["player"], unit["build_type"] = row, unit_type_id(name), player, -1
        unit["x"], unit["y"], unit["target_id"] = x, y, -1
        unit["target_x"], unit["target_y"] = (-1, -1) if goal is None else goal
        unit["flags"] = COMPLETED | (IDLE if goal is None else np.uint64(0))
        frame.num_units[0] = row + 1

    start = scenario.map.starts[0]
    add("CommandCenter", start["x"], start["y"])
    return frame, add


def look(frame):
    commands = Commands.allocate(1, 64)
    return View(frame, 0, commands), commands


def starts_of(frame):
    return [(int(start["x"]), int(start["y"])) for start in frame.map.starts]


def test_where_somebody_goes_says_whether_it_is_at_home(scene):
    frame, add = scene
    (x, y), enemy = starts_of(frame)
    add("Marine", x, y)
    add("Marine", x, y, goal=enemy)
    add("Marine", *enemy)
    add("Marine", *enemy, goal=(x, y))
    view, _ = look(frame)

    assert _at_home(view, np.arange(1, 5)).tolist() == [True, False, False, True]


def test_an_army_that_has_left_goes_on_although_its_first_are_few(scene):
    frame, add = scene
    (x, y), enemy = starts_of(frame)
    for k in range(40):
        add("Marine", x + k, y, goal=enemy)
    view, commands = look(frame)

    fight(view, PLANS["terran", "standard"])

    assert commands.count[0] == 0, "all are on their way"


def test_who_finds_no_structure_looks_for_one_in_groups_where_nobody_has_looked_for_longest(scene):
    frame, add = scene
    _, (x, y) = starts_of(frame)
    frame.seen[0] = LATE
    rows, columns = frame.seen.shape[1:]
    frame.seen[0, rows // 2 :, columns // 2 :] = LATE - 1000
    for k in range(40):
        add("Marine", x + k, y)
    view, commands = look(frame)

    fight(view, PLANS["terran", "standard"])

    told = commands.items[0, : commands.count[0]]
    assert len(told) == 40
    assert (told["type"] == int(UnitCommandType.ATTACK_MOVE)).all()
    assert len({(int(item["x"]), int(item["y"])) for item in told}) == GROUPS
    assert (told["x"] // BUILD_TILE_PX >= columns // 2).all()
    assert (told["y"] // BUILD_TILE_PX >= rows // 2).all()


def test_barracks_without_a_tech_lab_are_asked_for_marines(scene):
    frame, add = scene
    (x, y), _ = starts_of(frame)
    frame.minerals[0] = frame.gas[0] = 1000
    add("SupplyDepot", x, y - 300)
    add("Barracks", x + 300, y)
    add("Barracks", x + 300, y + 200)
    add("BarracksTechLab", x + 380, y + 216)
    view, commands = look(frame)

    spend(view, "terran", PLANS["terran", "standard"])

    told = {int(item["unit_id"]): int(item["extra"]) for item in commands.items[0, : commands.count[0]]}
    assert told[2] == 560, "marine"
    assert told[3] in (560, 563), "marine or marauder"
