"""Rows that a scripted player commands, beside rows that act."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bridge.layout import Layout
from engine.broodwar.players import PLAYERS
from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import Commands, Frame
from engine.core.rules import rules_of
from envs.specs.scripts import SCRIPT, SCRIPTS, script_number
from envs.tasks import MicroTask, make_battle

ROWS = 3
CAPACITY = 16
IDLE = np.uint64(1 << 23)


@pytest.fixture
def task() -> MicroTask:
    return make_battle(scenario="5mr_5mr", players=(0, 1))


def frame_of(task: MicroTask) -> Frame:
    """Both armies, idle, seen by player 0, 1 and 0."""
    frame = Frame.allocate(ROWS, CAPACITY, task.scenario.map)
    frame.player[:] = [0, 1, 0]
    frame.num_units[:] = 10
    units = frame.units
    units["id"][:, :10] = np.arange(10)
    units["type"][:, :10] = unit_type_id("Terran_Marine")
    units["player"][:, :10] = np.arange(10) // 5
    units["x"][:, :10] = 800 + 40 * np.arange(10)
    units["y"][:, :10] = 900 + 13 * np.arange(10)
    units["hp"][:, :10] = 31 + np.arange(10)
    units["flags"][:, :10] = IDLE
    units["target_id"][:, :10] = -1
    return frame


def commands_of(
    task: MicroTask, frame: Frame, script: list[int], action: int
) -> tuple[Commands, dict[str, np.ndarray]]:
    arrays = Layout(rows=ROWS, arrays=dict(task.specs)).allocate()
    task.reset(np.ones(ROWS, np.bool_), frame)
    task.encode(frame, arrays)
    arrays["action"][:] = action
    arrays[SCRIPT][:] = script
    commands = Commands.allocate(ROWS, CAPACITY)
    task.decode(arrays, frame, commands)
    return commands, arrays


def alone(frame: Frame, name: str) -> Commands:
    commands = Commands.allocate(ROWS, CAPACITY)
    PLAYERS[name](frame, commands)
    return commands


@pytest.mark.parametrize("name", PLAYERS)
def test_scripted_row_gets_the_players_commands_and_the_others_their_actions(task: MicroTask, name: str) -> None:
    frame = frame_of(task)

    commands, _ = commands_of(task, frame, [0, script_number(name), 0], action=10)
    expected, acted = alone(frame, name), commands_of(task, frame, [0, 0, 0], action=10)[0]

    count = expected.count[1]
    assert commands.count.tolist() == [acted.count[0], count, acted.count[2]]
    assert np.array_equal(commands.items[1, :count], expected.items[1, :count])
    for row in (0, 2):
        assert np.array_equal(commands.items[row, : acted.count[row]], acted.items[row, : acted.count[row]])


def test_different_scripts_play_side_by_side(task: MicroTask) -> None:
    frame = frame_of(task)

    commands, _ = commands_of(
        task, frame, [script_number("closest"), script_number("weakest_closest"), script_number("noop")], action=0
    )

    closest, weakest = alone(frame, "closest"), alone(frame, "weakest_closest")
    assert np.array_equal(commands.items["target_id"][0, :5], closest.items["target_id"][0, :5])
    assert np.array_equal(commands.items["target_id"][1, :5], weakest.items["target_id"][1, :5])
    assert not np.array_equal(closest.items["target_id"][1, :5], weakest.items["target_id"][1, :5])
    assert commands.count.tolist() == [5, 5, 0]


def test_impossible_choices_of_a_scripted_row_are_not_counted(task: MicroTask) -> None:
    frame = dataclasses.replace(frame_of(task), num_units=np.full(ROWS, 9, np.int32))  # one enemy of row 0 is missing

    _, acted = commands_of(task, frame, [0, 0, 0], action=9 + 4)
    _, arrays = commands_of(task, frame, [0, 0, script_number("closest")], action=9 + 4)

    assert acted["info/invalid_actions"].tolist() == [5, 1, 5]
    assert arrays["info/invalid_actions"].tolist() == [5, 1, 0]


def test_every_scripted_player_has_a_number_above_0() -> None:
    names = {*PLAYERS, *rules_of("starcraft2").players}
    assert sorted(map(script_number, names)) == list(range(1, len(SCRIPTS) + 1))
    with pytest.raises(ValueError, match="not in tuple"):
        script_number("closset")
