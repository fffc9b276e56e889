"""A melee game of scripted players as a recording: what both see, and what both order."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.viewer.recorder import PlayerView, Recorder, terrain_of
from agents.viewer.recording import Recording
from engine.broodwar.melee_players import MeleeMatch
from engine.core.scenario import Scenario

LOOKS_BETWEEN_SAMPLES: Final = 3
"""A page shows every third look of the players, 72 frames: a long game stays a file of some megabytes."""


class MatchRecorder:
    """Plays a match on, look by look, and keeps what a page shows."""

    def __init__(self, match: MeleeMatch) -> None:
        """Begin with the match's present look.

        Args:
            match: to be played through `play_on` of this object.
        """
        self._match = match
        self._recorder = Recorder()
        self._looks = 0
        self._deaths: list[list[NDArray[np.int32]]] = [[] for _ in match.frames]
        self._look()
        self._sample()

    def play_on(self) -> bool:
        """Let the match play to its next look; return whether there is more to play."""
        match = self._match
        if match.is_over:
            return False
        given_at = match.frame
        goes_on = match.play_on()
        for player, commands in enumerate(match.commands):
            self._recorder.add_commands(given_at, player, commands.items[0, : int(commands.count[0])].copy())
        self._looks += 1
        self._look()
        if self._looks % LOOKS_BETWEEN_SAMPLES == 0 or not goes_on:
            self._sample()
        return goes_on

    def recording(self, scenario: Scenario, names: tuple[str, ...], notes: Mapping[str, str]) -> Recording:
        """Return what was collected.

        Args:
            scenario: that is played.
            names: of the players, by number.
            notes: label and text of what else is worth saying.
        """
        title = f"{scenario.title} · {' vs '.join(names)}"
        return self._recorder.recording(
            title, names, terrain_of(scenario.map), notes={"scenario": scenario.name, **notes}
        )

    def _look(self) -> None:
        """Note who has died: a Frame tells it once."""
        for told, frame in zip(self._deaths, self._match.frames, strict=True):
            told.append(frame.deaths[0, : int(frame.num_deaths[0])].copy())

    def _sample(self) -> None:
        views = [
            dataclasses.replace(PlayerView.of(frame, 0), deaths=np.concatenate(told))
            for frame, told in zip(self._match.frames, self._deaths, strict=True)
        ]
        self._recorder.add_views(self._match.frame, views)
        for told in self._deaths:
            told.clear()
