"""What envs, agents and renderers ask about a game's types and players, whichever game it is: `rules_of(name)`.

Each game says it in a module of its own, `engine.<game>.game_rules`, which is imported when somebody asks: who plays
one game does not load the other.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import Commands, Frame

BROODWAR: Final = "broodwar"
STARCRAFT2: Final = "starcraft2"
GAMES: Final = (BROODWAR, STARCRAFT2)

NO_WEAPON: Final = -1

Player = Callable[[Frame, Commands], None]
"""A scripted player: appends commands for every row of the Frame, as the player that the row belongs to."""

PLAYER_NAMES: Final = ("attack_move", "closest", "weakest_closest", "noop", "smac")
"""Scripted players of battles in all games together."""

PLAYERS_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {BROODWAR: PLAYER_NAMES[:-1], STARCRAFT2: PLAYER_NAMES}
)
"""Names of each game's scripted players of battles; `GameRules.players` has the players."""

_NAMES_IN: Final = MappingProxyType(
    {BROODWAR: ("engine.broodwar.rules_table", 228), STARCRAFT2: ("engine.starcraft2.names", None)}
)
"""Where a game's names of unit types stand, and how many of them are units."""

FACTS_DTYPE: Final = np.dtype(
    [
        ("max_hp", np.int32),  # points, likewise the next two
        ("max_shield", np.int32),
        ("max_energy", np.int32),
        ("ground_min_range_px", np.int32),
        ("ground_range_px", np.int32),  # NO_WEAPON if it cannot hit ground units
        ("air_min_range_px", np.int32),
        ("air_range_px", np.int32),  # NO_WEAPON if it cannot hit flyers
        ("is_flyer", np.int32),
        ("left", np.int32),  # box: distance from the centre to each edge, pixels
        ("up", np.int32),
        ("right", np.int32),
        ("down", np.int32),
        ("radius_px", np.int32),  # where ranges are measured from circles, 0 where from boxes
        ("sight_px", np.int32),
        ("is_building", np.int32),
        ("is_resource", np.int32),  # a mineral field or a geyser
        ("is_worker", np.int32),
        ("heals", np.int32),  # its attack is healing
        ("cooldown_frames", np.int32),  # the longest time that a weapon takes to reload
        ("brake_px", np.int32),  # how far it still moves when told to stop
        ("top_speed_256", np.int32),  # 1/256 pixel per frame, rounded up
    ],
    align=True,
)
"""One unit type, as far as both games can say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GameRules:
    """One game.

    Attributes:
        game: its name.
        unit_type_names: by type id; "" where there is no type.
        facts: (types,) FACTS_DTYPE by type id.
        players: scripted players of battles by name.
        rules_hash: 16 hex digits over the game's tables.
        frames_per_second: of the speed that people play at.
        closed_bottom_px: height of the strip at the map's lower edge that no ground unit enters.
        make_games: called with (scenario, num_games, latency_frames=...): the engine's batch of games.
    """

    game: str
    unit_type_names: tuple[str, ...]
    facts: NDArray[np.void]
    players: Mapping[str, Player]
    rules_hash: str
    frames_per_second: float
    closed_bottom_px: int
    make_games: Callable[..., Any]

    def unit_type_id(self, name: str) -> int:
        """Return the type id of a name.

        Raises:
            ValueError: no such type; the message has the nearest name.
        """
        if not name or name not in self.unit_type_names:
            near = difflib.get_close_matches(name, [known for known in self.unit_type_names if known], n=1, cutoff=0.4)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"unknown unit type {name!r}{hint}")
        return self.unit_type_names.index(name)


@cache
def rules_of(game: str) -> GameRules:
    """Return a game's rules.

    Args:
        game: one of `GAMES`.

    Raises:
        ValueError: there is no such game.
    """
    if game not in GAMES:
        raise ValueError(f"unknown game {game!r}; known: {', '.join(GAMES)}")
    return cast("GameRules", importlib.import_module(f"engine.{game}.game_rules").RULES)


def unit_type_names(game: str) -> tuple[str, ...]:
    """Return a game's names of unit types by id ("" where there is no type), without loading its kernels."""
    module, count = _NAMES_IN[game]
    return tuple(importlib.import_module(module).UNIT_TYPE_NAMES[:count])


def plain_name(name: str) -> str:
    """Return a type's name in words: without the race that BWAPI puts before it.

    >>> plain_name("Terran_Siege_Tank_Tank_Mode"), plain_name("SiegeTank")
    ('Siege Tank Tank Mode', 'SiegeTank')
    """
    return (name.partition("_")[2] or name).replace("_", " ")
