"""What melee games of both games share: who begins where with which race, and how a game stands for each player."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import Outcome
from engine.core.gamemap import GameMap
from engine.core.scenario import GameName, Melee, Scenario, Trigger

RACES: Final = ("terran", "protoss", "zerg")

PLAYERS: Final = (0, 1)

DRAW_STREAM: Final = 0x6D656C
"""Keeps what is drawn here apart from other uses of a game's seed."""


def check_starts(game_map: GameMap, melee: Melee) -> None:
    """Say whether a map has the start locations that a melee game takes.

    Args:
        game_map: the map.
        melee: the start locations wanted.

    Raises:
        ValueError: the map has no two starts, or not the ones that `melee` names.
    """
    count = len(game_map.starts)
    if count < len(PLAYERS):
        raise ValueError(f"map {game_map.name!r} has {count} start locations; a melee game takes 2")
    if melee.starts is not None:
        first, second = melee.starts
        if first == second or not (0 <= first < count and 0 <= second < count):
            raise ValueError(f"starts {first}, {second}: two different numbers from 0 to {count - 1} are wanted")


def draw_starts(scenario: Scenario, seed: int) -> tuple[tuple[int, int], tuple[str, str]]:
    """Return the start locations and the races of players 0 and 1 in the game with this seed.

    Args:
        scenario: a melee scenario.
        seed: the game's seed, 0 <= seed < 2**64.
    """
    melee = scenario.melee
    assert melee is not None
    words = np.random.SeedSequence([int(seed), DRAW_STREAM]).generate_state(4, np.uint32).tolist()
    starts = melee.starts
    if starts is None:
        count = len(scenario.map.starts)
        first = words[0] % count
        starts = (first, (first + 1 + words[1] % (count - 1)) % count)
    drawn = [RACES[word % len(RACES)] if race == "random" else race
             for race, word in zip(melee.races, words[2:], strict=True)]  # fmt: skip
    return starts, (drawn[0], drawn[1])


@dataclass(frozen=True)
class MeleeRules:
    """With what a game's melee games begin, and how they end.

    Attributes:
        game: the game's name, of `engine.core.rules`.
        depots: race -> unit type name of the first building.
        workers: race -> unit type name.
        num_workers: for each player.
        extra: race -> ((unit type name, count), ...) that it begins with besides; larvae apart.
        triggers: what ends a game, where the engine does not by itself.
    """

    game: GameName
    depots: Mapping[str, str]
    workers: Mapping[str, str]
    num_workers: int
    extra: Mapping[str, tuple[tuple[str, int], ...]]
    triggers: tuple[Trigger, ...] = ()

    def start_units(self, race: str) -> tuple[tuple[str, int], ...]:
        """Return ((unit type name, count), ...) that a player of a race begins with; larvae apart.

        Args:
            race: one of `RACES`, or `random`: what any of them might begin with.
        """
        if race == "random":
            return tuple(entry for each in RACES for entry in self.start_units(each))
        return ((self.depots[race], 1), (self.workers[race], self.num_workers), *self.extra.get(race, ()))

    def scenario(
        self,
        game_map: GameMap,
        melee: Melee,
        *,
        title: str,
        source: str,
        max_frames: int,
        frame_skip: int,
        latency_frames: int,
        opponents: tuple[str, ...],
    ) -> Scenario:
        """Return the scenario of a melee game.

        Args:
            game_map: with at least two start locations.
            melee: races and start locations.
            title: one line for people.
            source: where the map comes from.
            max_frames: an episode is truncated after so many frames (game loops).
            frame_skip: frames per env step unless the user says otherwise.
            latency_frames: frames between sending a command and its execution.
            opponents: names of scripted players, the default first.

        Raises:
            ValueError: the map has no two starts, or not the ones that `melee` names.
        """
        check_starts(game_map, melee)
        return Scenario(
            name="melee",
            version=1,
            title=title,
            source=source,
            game=self.game,
            map=game_map,
            units=(),
            triggers=self.triggers,
            armies=(self.start_units(melee.races[0]), self.start_units(melee.races[1])),
            full_vision=False,
            frame_skip=frame_skip,
            max_frames=max_frames,
            latency_frames=latency_frames,
            opponents=opponents,
            melee=melee,
        )


def outcomes(is_defeated: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return how games stand for each player.

    Args:
        is_defeated: (games, players) bool.

    Returns:
        (games, players) int8 of `Outcome`: a player has won when the other one has lost; both at once is a draw.
    """
    other = is_defeated[:, ::-1]
    values = np.full(is_defeated.shape, Outcome.IN_PLAY, np.int8)
    values[other] = Outcome.WON
    values[is_defeated] = Outcome.LOST
    values[is_defeated & other] = Outcome.DRAWN
    return values
