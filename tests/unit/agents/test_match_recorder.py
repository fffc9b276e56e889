"""A melee game of scripted players as a page: both players' commands, every death, curves of the economy."""

from __future__ import annotations

import numpy as np
import pytest

from agents.viewer.matches import MatchRecorder
from agents.viewer.recording import Recording
from agents.viewer.series import series_of
from bridge.scenarios import load_scenario
from engine.broodwar.melee_players import MeleeMatch

FRAMES = 7200


@pytest.fixture(scope="module")
def played() -> tuple[Recording, int, int]:
    """A game of five minutes; what its players ordered and who died, counted look by look."""
    scenario = load_scenario("melee?races=terran:zerg")
    match = MeleeMatch(scenario, ("standard", "rush"), seed=3, max_frames=FRAMES)
    recorder = MatchRecorder(match)
    ordered = 0
    dead: set[int] = set()
    goes_on = True
    while goes_on:
        goes_on = recorder.play_on()
        ordered += sum(int(commands.count[0]) for commands in match.commands)
        for frame in match.frames:
            dead.update(frame.deaths[0, : int(frame.num_deaths[0])].tolist())
    return recorder.recording(scenario, ("one", "two"), {}), ordered, len(dead)


def test_every_command_of_both_players_is_in_it(played: tuple[Recording, int, int]) -> None:
    recording, ordered, _ = played

    assert len(recording.commands) == ordered > 100
    assert set(recording.commands["player"].tolist()) == {0, 1}
    assert (np.diff(recording.commands["frame"]) >= 0).all()


def test_deaths_between_samples_are_not_lost(played: tuple[Recording, int, int]) -> None:
    recording, _, dead = played

    assert len(recording.deaths) == dead > 0


def test_army_income_and_supply_have_curves_for_both(played: tuple[Recording, int, int]) -> None:
    series = series_of(played[0])

    for name in ("army_value", "workers", "supply_used", "mineral_income"):
        assert (series[name].max(axis=1) > 0).all(), name
    assert series["supply_used"][:, 0].tolist() == [4, 4]


def test_fog_of_both_players_is_in_it(played: tuple[Recording, int, int]) -> None:
    recording, _, _ = played
    first = recording.units[: recording.ends[0]]

    assert recording.viewers == (0, 1)
    own = [first["player"] == player for player in (0, 1)]
    assert (first["seen_by"][own[0]] == 1).all()
    assert (first["seen_by"][own[1]] == 2).all()
