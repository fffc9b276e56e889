"""PySC2's functions in StarCraft II at random: what is available the game takes, what is not it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from sc2_interface import GAME, SEAT, Interface

from engine.core.frame import COMMAND_DTYPE, NO_UNIT, UnitCommandType
from engine.starcraft2.results import SUCCESS
from envs.specs.function_table import (
    HARVEST_GATHER,
    HARVEST_RETURN,
    MAKE,
    MOVE_CAMERA,
    MOVE_MINIMAP,
    MOVE_SCREEN,
    OF_RACE,
    RALLY_MINIMAP,
    RALLY_SCREEN,
    SELECT_POINT,
    Function,
    tables_of,
)

TAKES_ANY_POINT = {HARVEST_RETURN, MOVE_SCREEN, MOVE_MINIMAP, RALLY_SCREEN, RALLY_MINIMAP, MAKE}
"""What functions do whose command the game accepts wherever the point is; the others may name a wrong place."""

GROWING = (
    *("total_value_units", "total_value_structures", "killed_value_units", "killed_value_structures"),
    *("collected_minerals", "collected_vespene", "idle_production_time", "idle_worker_time"),
)
"""Scores that never fall."""

START_MINERALS = 50

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels


def likely_cell(made: Interface, act: int, generator: np.random.Generator) -> tuple[int, int] | None:
    """Return a cell where a unit is that a function may mean, None if there is none in the picture."""
    units = made.frame.units[0, : made.frame.num_units[0]]
    is_own = units["player"] == 0
    if act == MOVE_CAMERA:
        unit = generator.choice(units[is_own])
        return made.cell(int(unit["x"]), int(unit["y"]), made.task.screen.maps[0])
    left, top, width, height = made.task.screen.cameras[0].tolist()
    on_screen = (units["x"] >= left) & (units["x"] < left + width)
    on_screen &= (units["y"] >= top) & (units["y"] < top + height)
    meant = np.flatnonzero(on_screen & (is_own if act == SELECT_POINT else ~is_own))
    if not len(meant):
        return None
    unit = units[generator.choice(meant)]
    return made.cell(int(unit["x"]), int(unit["y"]))


def commands_refused(made: Interface, function: Function) -> bool:
    """Say whether the game refuses what an unavailable function would tell each selected unit that could ever do it."""
    _, _, makes = tables_of((function,))
    selected = made.task.screen.selected[0]
    lines = []
    for unit in made.frame.units[0][selected]:
        for make in makes:
            if function.act == MAKE and unit["type"] == make["maker"] and unit["player"] == 0:
                lines.append((unit["id"], UnitCommandType.USE_TECH, NO_UNIT, unit["x"], unit["y"], make["ability"]))
    return not lines or SUCCESS not in made.answers(np.array(lines, COMMAND_DTYPE))


def call_at_random(race: str, steps: int) -> dict[str, int]:
    """Call random functions at random points; return how often each available one sent commands."""
    made = Interface(race, frame_skip=16)
    generator = np.random.default_rng(7)
    spec = made.spec
    num_functions = int(spec.nvec[0])
    sent_by: dict[str, int] = {}
    before = made.score()
    for step in range(steps):
        mask = made.arrays["action_mask"][0, :num_functions].copy()
        shown = made.task.screen
        interface = [part.copy() for part in (shown.cameras, shown.selected_ids, shown.groups)]
        for function in np.flatnonzero(~mask).tolist():
            assert len(made.decode(function, *(spec.nvec[1:] // 2))) == 0
            assert made.arrays["info/invalid_actions"][0] == 1
            if step % 5 == 0:
                assert commands_refused(made, spec.functions[function]), spec.functions[function].name
        after = (shown.cameras, shown.selected_ids, shown.groups)
        assert all(np.array_equal(a, b) for a, b in zip(interface, after, strict=True))
        possible = np.flatnonzero(mask)
        useful = [
            at for at in possible.tolist() if spec.functions[at].ability or spec.functions[at].act == HARVEST_GATHER
        ]
        at = int(generator.choice(useful if useful and generator.random() < 0.5 else possible))
        called = spec.functions[at]
        rest = generator.integers(spec.nvec[1:]).tolist()
        if generator.random() < 0.6:  # chance alone rarely finds a unit
            rest[:2] = likely_cell(made, called.act, generator) or rest[:2]
        rest[:2] = [min(max(value, 0), 63) for value in rest[:2]]
        sent = made.decode(at, *rest)
        assert made.arrays["info/invalid_actions"][0] == 0
        refused = [result for result in made.answers(sent) if result != SUCCESS]
        made.games.step(made.commands, GAME, SEAT, 16)
        made.look()
        made.task.observation.validate({name: array[0] for name, array in made.arrays.items()})
        now = made.score()
        player = made.player()
        assert all(now[name] >= before[name] for name in GROWING), (before, now)
        assert player["food_used"] == player["food_army"] + player["food_workers"]
        spent = START_MINERALS + now["collected_minerals"] - player["minerals"]
        assert now["spent_minerals"] == max(0, spent)
        before = now
        if len(sent):
            sent_by[called.name] = sent_by.get(called.name, 0) + 1
            if called.act in TAKES_ANY_POINT:
                assert refused == [], (called.name, rest, refused)
    return sent_by


@pytest.mark.parametrize("race", list(OF_RACE))
def test_available_functions_are_accepted_and_unavailable_ones_refused(race: str) -> None:
    assert len(call_at_random(race, 500)) >= 4


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("race", list(OF_RACE))
def test_ten_thousand_functions(race: str) -> None:
    sent_by = call_at_random(race, 10_000)

    assert len(sent_by) >= 8, sent_by
    assert race == "terran" or any(name.startswith("Train") for name in sent_by)
