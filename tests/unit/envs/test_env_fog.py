"""Fog in pictures: layers of a real game show nothing that no Frame of the player ever showed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.layout import Layout
from bridge.scenarios import load_scenario
from engine.broodwar.melee_players import MeleeMatch
from engine.core.frame import Frame
from envs.economy import EconomyTask
from envs.specs.costs import TYPES
from envs.specs.planes import ENEMY
from envs.specs.sight import HIDDEN, IN_SIGHT, SEEN_BEFORE
from envs.tasks import make_task

CELLS = 128
FRAMES = 9000
LAYERS = ("visibility_map", "player_relative", "unit_hit_points", "creep")


class Watched:
    """A melee game of two scripted players, and what one of them is shown of it."""

    def __init__(self, player: int) -> None:
        scenario = load_scenario("melee?races=terran:zerg&starts=0:1")
        assert (scenario.map.height, scenario.map.width) == (CELLS, CELLS)  # a cell is a tile
        self.player = player
        self.match = MeleeMatch(scenario, ("rush", "standard"), seed=5, max_frames=FRAMES)
        options = {"layers": list(LAYERS), "resolution": CELLS}
        task = make_task(scenario=scenario, observation="planes", action="raw", observation_options=options)
        assert isinstance(task, EconomyTask)
        self.task = task
        self.arrays: dict[str, NDArray[Any]] = Layout(rows=1, arrays=dict(task.specs)).allocate()

    def views(self) -> Iterator[tuple[Frame, dict[str, NDArray[np.uint8]]]]:
        """Play the game; yield each view and its layers."""
        self.task.reset(np.ones(1, np.bool_), self.match.frames[self.player])
        goes_on = True
        while goes_on:
            frame = self.match.frames[self.player]
            self.task.encode(frame, self.arrays)
            yield frame, dict(zip(LAYERS, self.arrays["observation"][0], strict=True))
            goes_on = self.match.play_on()


def covered(x: int, y: int, kind: np.void) -> tuple[slice, slice]:
    """Return the cells that a unit's box touches."""
    return (
        slice(max(0, (y - int(kind["up"])) // 32), (y + int(kind["down"])) // 32 + 1),
        slice(max(0, (x - int(kind["left"])) // 32), (x + int(kind["right"])) // 32 + 1),
    )


@pytest.mark.parametrize("player", [0, 1])
def test_enemies_are_shown_only_where_a_frame_shows_or_has_shown_them(player: int) -> None:
    watched = Watched(player)
    buildings: dict[int, tuple[int, int, np.void]] = {}
    met = remembered = 0
    for frame, layers in watched.views():
        units = frame.units[0, : int(frame.num_units[0])]
        enemies = units[units["player"] == 1 - player]
        now = np.zeros((CELLS, CELLS), np.bool_)
        for unit in enemies:
            kind = TYPES[int(unit["type"])]
            now[covered(int(unit["x"]), int(unit["y"]), kind)] = True
            if kind["is_building"]:
                buildings[int(unit["id"])] = (int(unit["x"]), int(unit["y"]), kind)
        known = now.copy()
        for x, y, kind in buildings.values():
            known[covered(x, y, kind)] = True
        shown = layers["player_relative"] == ENEMY

        assert not (shown & ~known).any()
        assert not (shown & ~now & (layers["unit_hit_points"] > 0)).any()  # what is remembered has no points
        met += bool(shown.any())
        remembered += bool((shown & ~now).any())
    assert met > 20
    assert remembered > 5 or player == 1


def test_visibility_and_creep_are_the_frame_s_own() -> None:
    states = set()
    for frame, layers in Watched(0).views():
        seen, now = frame.seen[0], int(frame.frame[0])
        expected = np.where(seen == now, IN_SIGHT, np.where(seen >= 0, SEEN_BEFORE, HIDDEN))
        assert np.array_equal(layers["visibility_map"], expected)
        assert np.array_equal(layers["creep"], frame.creep[0])
        states |= set(np.unique(expected).tolist())
    assert states == {HIDDEN, SEEN_BEFORE, IN_SIGHT}
