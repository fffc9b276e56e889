"""Real games, played again from their files: as the recording up to a frame that may only grow."""

from __future__ import annotations

import pytest

from benchmarks.oracle import replays

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

EXACT_UNTIL = {
    "cherrypi_vs_UAlbertaBot_1": 131,
    "cherrypi_vs_skynet_1": 1754,
    "cherrypi_vs_skynet_2": 1160,
    "cherryvisdumper_t": 692,
}
"""Frames of each game in which every unit is at the recorded pixel."""


@pytest.mark.parametrize("name", EXACT_UNTIL)
def test_a_real_game_is_the_recorded_one_up_to_a_frame(name: str) -> None:
    if replays.replays_folder() is None:
        pytest.skip("the facts folder with the recorded games is absent")

    found = replays.replay(name)

    assert found.first < 0 or found.first > EXACT_UNTIL[name], found
