"""`Recorder`: collects the views and commands of one running game into a `Recording`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.viewer.recording import (
    DEATH_DTYPE,
    GIVEN_COMMAND_DTYPE,
    MAX_PLAYERS,
    RESOURCES,
    SEEN_UNIT_DTYPE,
    UNKNOWN,
    Recording,
)
from engine.core.frame import COMMAND_DTYPE, UNIT_DTYPE, Frame
from engine.core.gamemap import WALK_TILES_PER_BUILD_TILE, GameMap
from engine.core.rules import BROODWAR

_UNIT_NAMES: Final = list(UNIT_DTYPE.names or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerView:
    """What one player sees at one moment.

    Attributes:
        player: number, 0 to 7.
        units: (n,) UNIT_DTYPE.
        deaths: (d,) int32, unit ids since his last view.
        resources: the four numbers of `RESOURCES`.
    """

    player: int
    units: NDArray[np.void]
    deaths: NDArray[np.int32]
    resources: tuple[int, int, int, int]

    @staticmethod
    def of(frame: Frame, row: int) -> PlayerView:
        """Return a copy of one row of a Frame."""
        numbers = (frame.minerals, frame.gas, frame.supply_used, frame.supply_total)
        minerals, gas, used, total = (int(array[row]) for array in numbers)
        return PlayerView(
            player=int(frame.player[row]),
            units=frame.units[row, : int(frame.num_units[row])].copy(),
            deaths=frame.deaths[row, : int(frame.num_deaths[row])].copy(),
            resources=(minerals, gas, used, total),
        )


class Recorder:
    """Takes one game's samples as they come."""

    def __init__(self) -> None:
        """Begin with an empty recording."""
        self._frames: list[int] = []
        self._units: list[NDArray[np.void]] = []
        self._resources: list[dict[int, tuple[int, int, int, int]]] = []
        self._deaths: list[tuple[int, int]] = []
        self._dead: set[int] = set()
        self._commands: list[NDArray[np.void]] = []
        self._viewers: set[int] = set()

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def last_frame(self) -> int:
        """Frame of the last sample, -1 before the first."""
        return self._frames[-1] if self._frames else -1

    def add_views(self, frame: int, views: Iterable[PlayerView]) -> None:
        """Add a sample: what the players see at a frame.

        Args:
            frame: later than the sample's before.
            views: of one or more players.
        """
        seen = list(views)
        self._viewers.update(view.player for view in seen)
        self.add_units(frame, joined(seen), {view.player: view.resources for view in seen})
        for view in seen:
            for unit_id in view.deaths.tolist():
                if unit_id not in self._dead:  # each of the players is told
                    self._dead.add(unit_id)
                    self._deaths.append((frame, unit_id))

    def add_units(
        self, frame: int, units: NDArray[np.void], resources: Mapping[int, tuple[int, int, int, int]]
    ) -> None:
        """Add a sample whose units say themselves who sees them.

        Args:
            frame: later than the sample's before.
            units: (n,) SEEN_UNIT_DTYPE.
            resources: the four numbers of `RESOURCES` by player.
        """
        assert frame > self.last_frame
        self._frames.append(frame)
        self._units.append(units)
        self._resources.append(dict(resources))

    def add_commands(self, frame: int, player: int, commands: NDArray[np.void]) -> None:
        """Add what a player orders after the view of a frame.

        Args:
            frame: of the view.
            player: number.
            commands: (c,) COMMAND_DTYPE.
        """
        given = np.zeros(len(commands), GIVEN_COMMAND_DTYPE)
        given["frame"], given["player"] = frame, player
        for name in COMMAND_DTYPE.names or ():
            given[name] = commands[name]
        self._commands.append(given)

    def recording(
        self,
        title: str,
        players: tuple[str, ...],
        terrain: NDArray[np.uint8],
        *,
        deaths_are_known: bool = True,
        notes: Mapping[str, str] | None = None,
        game: str = BROODWAR,
    ) -> Recording:
        """Return what was collected.

        Args:
            title: head of the page.
            players: their names by number.
            terrain: as in `Recording.terrain`.
            deaths_are_known: whether the views told of deaths; if not, units that are gone for good count.
            notes: label and text.
            game: whose types the units are of.
        """
        resources = np.full((len(self._frames), len(players), len(RESOURCES)), UNKNOWN, np.int32)
        for sample, by_player in enumerate(self._resources):
            for player, numbers in by_player.items():
                if 0 <= player < len(players):
                    resources[sample, player] = numbers
        deaths = self._deaths if deaths_are_known else self._gone()
        return Recording(
            title=title,
            players=players,
            terrain=terrain,
            frames=np.array(self._frames, np.int32),
            units=np.concatenate([np.zeros(0, SEEN_UNIT_DTYPE), *self._units]),
            ends=np.cumsum([len(units) for units in self._units], dtype=np.int64),
            resources=resources,
            deaths=np.array(deaths, DEATH_DTYPE),
            commands=np.concatenate([np.zeros(0, GIVEN_COMMAND_DTYPE), *self._commands]),
            viewers=tuple(sorted(self._viewers)),
            deaths_are_known=deaths_are_known,
            notes=dict(notes or {}),
            game=game,
        )

    def _gone(self) -> list[tuple[int, int]]:
        """Return (frame, unit id) of each player's units that are in no later sample."""
        last: dict[int, int] = {}
        for sample, units in enumerate(self._units):
            owned = (units["player"] >= 0) & (units["player"] < MAX_PLAYERS)
            last.update(dict.fromkeys(units["id"][owned].tolist(), sample))
        final = len(self._frames) - 1
        gone = [(self._frames[sample + 1], unit_id) for unit_id, sample in last.items() if sample < final]
        return sorted(gone)


def joined(views: list[PlayerView]) -> NDArray[np.void]:
    """Return each unit once, as its owner sees it where he is among the viewers, in ascending id.

    Args:
        views: of different players.

    Returns:
        (n,) SEEN_UNIT_DTYPE.
    """
    everything = np.concatenate([np.zeros(0, UNIT_DTYPE), *(view.units for view in views)])
    viewer = np.repeat([view.player for view in views], [len(view.units) for view in views]).astype(np.int64)
    order = np.lexsort((everything["player"] != viewer, everything["id"]))
    _, first, which = np.unique(everything["id"][order], return_index=True, return_inverse=True)
    units = np.zeros(len(first), SEEN_UNIT_DTYPE)
    chosen = everything[order][first]
    for name in _UNIT_NAMES:
        units[name] = chosen[name]
    np.bitwise_or.at(units["seen_by"], which, (1 << viewer[order]).astype(np.uint8))
    return units


def terrain_of(game_map: GameMap) -> NDArray[np.uint8]:
    """Return a map as `Recording.terrain`."""
    scale = WALK_TILES_PER_BUILD_TILE
    buildable = game_map.buildable.repeat(scale, 0).repeat(scale, 1)
    height = game_map.ground_height.repeat(scale, 0).repeat(scale, 1)
    return (game_map.walkable.astype(np.uint8) | (buildable.astype(np.uint8) << 1) | (height << 2)).astype(np.uint8)
