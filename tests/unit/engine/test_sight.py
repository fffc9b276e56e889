import dataclasses

import numpy as np
import pytest

from bridge.scenarios import load_scenario
from engine.broodwar.errors import NO_ERROR
from engine.broodwar.games import BroodWarGames
from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import Commands, Frame, UnitCommandType

ROW_GAME = np.zeros(2, np.int32)
ROW_PLAYER = np.array([0, 1], np.int8)
OBSERVER = unit_type_id("Protoss_Observer")
WATCHER_AT = (400, 400)


@pytest.fixture
def games():
    scenario = dataclasses.replace(load_scenario("m5v5_c_far"), full_vision=False)
    games = BroodWarGames(scenario, 1)
    games.start(np.ones(1, np.bool_), np.zeros(1, np.uint64))
    games.create_unit(0, "Terran_Marine", 0, *WATCHER_AT)
    return games


def seen_types(games, player=0):
    frame = Frame.allocate(2, games.unit_capacity, games.scenario.map)
    games.observe(frame, ROW_GAME, ROW_PLAYER)
    units = frame.units[player, : frame.num_units[player]]
    return units["type"][units["player"] != player].tolist()


def attack_error(games, attacker, target):
    commands = Commands.allocate(2, 4)
    commands.count[0] = 1
    order = commands.items[0, 0]
    order["unit_id"], order["type"], order["target_id"] = attacker, UnitCommandType.ATTACK_UNIT, target
    return int(games.command_errors(commands, ROW_GAME, ROW_PLAYER)[0, 0])


def test_undetected_unit_is_in_no_frame_until_a_detector_stands_by(games):
    games.create_unit(0, "Protoss_Observer", 1, WATCHER_AT[0] + 40, WATCHER_AT[1])
    games.step(Commands.allocate(2, 1), ROW_GAME, ROW_PLAYER, 20)
    assert OBSERVER not in seen_types(games)

    games.create_unit(0, "Terran_Missile_Turret", 0, WATCHER_AT[0] + 90, WATCHER_AT[1] + 64)
    games.step(Commands.allocate(2, 1), ROW_GAME, ROW_PLAYER, 20)

    assert OBSERVER in seen_types(games)


@pytest.mark.parametrize("distance", [150, 200, 215, 225, 235, 245, 255, 265, 300])
def test_what_a_frame_shows_is_what_commands_may_aim_at(games, distance):
    attacker = games.create_unit(0, "Terran_Marine", 0, 400, 900)
    target = games.create_unit(0, "Terran_SCV", 1, 400, 900 - distance)
    is_shown = unit_type_id("Terran_SCV") in seen_types(games)

    assert (attack_error(games, attacker, target) == NO_ERROR) == is_shown
