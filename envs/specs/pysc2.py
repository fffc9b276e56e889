"""Observations `pysc2` and `pysc2_selected`: PySC2's features by its names, all twelve or the few for gatherers.

Arrays have a fixed size, as Gymnasium's spaces ask for: where PySC2's lists end, lines of zeros follow, and
`available_actions` is a flag per function instead of a list of ids. `to_pysc2` gives PySC2's own form back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import Frame
from engine.core.rules import BROODWAR, rules_of
from envs.specs.chronicle import Chronicle
from envs.specs.drawing import draw
from envs.specs.field import Block, Field
from envs.specs.function_table import functions_of
from envs.specs.ground import Ground
from envs.specs.ledger import Ledger
from envs.specs.panels import PLAYER_FIELDS, SCORE_FIELDS, panel_blocks, write_panel_rows, write_player_rows
from envs.specs.pictures import layers_of, pictures_of
from envs.specs.planes import caps_of, numbers_of
from envs.specs.roster import type_facts
from envs.specs.screen import Screen
from envs.specs.sight import Sight

MINIMAP_LAYERS: Final = (
    "height_map",
    "visibility_map",
    "creep",
    "camera",
    "player_id",
    "player_relative",
    "selected",
)
"""PySC2's seven, in its order."""

SCREEN_LAYERS: Final = (
    "height_map",
    "visibility_map",
    "creep",
    "power",
    "player_id",
    "player_relative",
    "unit_type",
    "selected",
    "unit_hit_points",
    "unit_hit_points_ratio",
    "unit_energy",
    "unit_energy_ratio",
    "unit_shields",
    "unit_shields_ratio",
    "unit_density",
    "unit_density_aa",
    "effects",
)
"""PySC2's seventeen, in its order."""

SELECTED_MINIMAP: Final = ("visibility_map", "camera")
SELECTED_SCREEN: Final = ("player_relative", "unit_type")

SELECTED_PLAYER: Final = ("minerals", "vespene", "food_used", "food_cap", "food_workers", "idle_worker_count")
SELECTED_SCORE: Final = (
    "score",
    "idle_worker_time",
    "collected_minerals",
    "collected_vespene",
    "collection_rate_minerals",
    "collection_rate_vespene",
)
"""What `pysc2_selected` keeps of `player` and of `score_cumulative`."""

POINTS: Final[Mapping[str, str]] = {
    "unit_hit_points": "max_hp",
    "unit_shields": "max_shield",
}
"""Layers whose numbers `pysc2` does not cut off at 255, and what their largest is, of any type."""

LISTS: Final = ("build_queue", "cargo", "multi_select", "single_select")
"""Tables with a line per unit: PySC2's have no more lines than units."""


def _layers(names: tuple[str, ...], game: str, *, as_int32: bool) -> tuple[Field, ...]:
    fields = layers_of(names, game)
    if not as_int32:
        return fields
    facts = rules_of(game).facts
    high = {name: float(facts[fact].max()) for name, fact in POINTS.items()}
    return tuple(dataclasses.replace(field, dtype=np.int32, high=high.get(field.name, field.high)) for field in fields)


def pysc2_blocks(resolution: int, race: str, game: str, *, is_full: bool, has_groups: bool) -> tuple[Block, ...]:
    """Return the declarations.

    Args:
        resolution: cells of screen and minimap along each side.
        race: whose functions are among the flags.
        game: which game.
        is_full: of `pysc2`; else of `pysc2_selected`.
        has_groups: `select_control_group` is among the functions.
    """
    cells = (resolution, resolution)
    names = (MINIMAP_LAYERS, SCREEN_LAYERS) if is_full else (SELECTED_MINIMAP, SELECTED_SCREEN)
    minimap, screen = (_layers(some, game, as_int32=is_full) for some in names)
    flags = tuple(
        Field(name=function.name, dtype=np.int8, unit="flag", doc="May be called now.")
        for function in functions_of(race, game, has_groups=has_groups)
    )
    pictures = (
        Block(name="minimap", leading=(), fields=minimap, trailing=cells, doc="The whole map."),
        Block(name="screen", leading=(), fields=screen, trailing=cells, doc="What the camera shows."),
    )
    available = Block(
        name="available_actions", leading=(), fields=flags, doc="Functions that may be called now, a flag for each."
    )
    if is_full:
        return tuple(sorted((available, *panel_blocks(game), *pictures), key=lambda block: block.name))
    player = tuple(field for field in PLAYER_FIELDS if field.name in SELECTED_PLAYER)
    score = tuple(field for field in SCORE_FIELDS if field.name in SELECTED_SCORE)
    return (
        *pictures,
        Block(name="player", leading=(), fields=player, doc="What the player has."),
        Block(name="score", leading=(), fields=score, doc="What it has earned."),
        available,
    )


class PySC2Encoder:
    """Writes `pysc2` or `pysc2_selected` of a batch of rows, `available_actions` apart: the masks say that."""

    def __init__(self, ground: Ground, game: str, *, is_full: bool) -> None:
        """Prepare for one map.

        Args:
            ground: the terrain.
            game: which game.
            is_full: `pysc2`; else `pysc2_selected`.
        """
        self._ground = ground
        self._is_full = is_full
        self._game = game
        self._types = type_facts(game)
        self._pictures = pictures_of(game)
        names = (MINIMAP_LAYERS, SCREEN_LAYERS) if is_full else (SELECTED_MINIMAP, SELECTED_SCREEN)
        fields = [_layers(some, game, as_int32=is_full) for some in names]
        self._layers = [numbers_of(some) for some in fields]
        self._caps = [caps_of(some) for some in fields]
        self._columns = [
            np.array([field.name in kept for field in fields])
            for fields, kept in ((PLAYER_FIELDS, SELECTED_PLAYER), (SCORE_FIELDS, SELECTED_SCORE))
        ]
        self._player = np.zeros((0, len(PLAYER_FIELDS)), np.int32)
        self._score = np.zeros((0, len(SCORE_FIELDS)), np.int32)
        self._chronicle = Chronicle.allocate(0, game)

    @property
    def chronicle(self) -> Chronicle:
        """What all rows have made and killed."""
        return self._chronicle

    def begin(self, marked: NDArray[np.bool_], frame: Frame, ledger: Ledger) -> None:
        """Forget the marked rows' last episode."""
        if len(self._player) != len(marked):
            self._player = np.zeros((len(marked), len(PLAYER_FIELDS)), np.int32)
            self._score = np.zeros((len(marked), len(SCORE_FIELDS)), np.int32)
            self._chronicle = Chronicle.allocate(len(marked), self._game)
        self._chronicle.begin(marked, frame, ledger)

    def encode(
        self, frame: Frame, ledger: Ledger, sight: Sight, screen: Screen, arrays: Arrays, marked: NDArray[np.bool_]
    ) -> None:
        """Write `observation/*` of the marked rows."""
        for name, windows, layers, caps in (
            ("minimap", screen.maps, self._layers[0], self._caps[0]),
            ("screen", screen.cameras, self._layers[1], self._caps[1]),
        ):
            out = arrays[f"observation/{name}"]
            draw(
                frame, sight, self._ground, self._types, self._pictures, marked, windows, screen.cameras,
                screen.selected, layers, caps, out,
            )  # fmt: skip
        chronicle = self._chronicle
        chronicle.follow(frame, ledger)
        player = arrays["observation/player"] if self._is_full else self._player
        score = arrays["observation/score_cumulative"] if self._is_full else self._score
        seconds = chronicle.frames_per_second
        write_player_rows(marked, frame.player, ledger.rows, chronicle.rows, seconds, player, score)
        if not self._is_full:
            arrays["observation/player"][marked] = player[marked][:, self._columns[0]]
            arrays["observation/score"][marked] = score[marked][:, self._columns[1]]
            return
        write_panel_rows(
            marked,
            frame.player,
            frame.frame,
            frame.num_units,
            frame.units,
            screen.selected,
            screen.groups,
            chronicle.values,
            self._pictures.first_type,
            chronicle.units,
            chronicle.notes,
            chronicle.count,
            arrays["observation/build_queue"],
            arrays["observation/cargo"],
            arrays["observation/cargo_slots_available"],
            arrays["observation/control_groups"],
            arrays["observation/game_loop"],
            arrays["observation/multi_select"],
            arrays["observation/single_select"],
        )


def to_pysc2(
    observation: Mapping[str, NDArray[Any]], race: str = "terran", game: str = BROODWAR
) -> dict[str, NDArray[np.int32]]:
    """Return one `pysc2` observation in PySC2's own form: lists as long as they are, functions by its ids, int32.

    Brood War's types stay numbered from 1, because 0 is a marine; StarCraft II's are its own.

    Args:
        observation: of one row.
        race: the seat's.
        game: which game.
    """
    own = {name: np.asarray(array, np.int32) for name, array in observation.items()}
    for name in LISTS:
        own[name] = own[name][own[name][:, 0] > 0]
    ids = np.array([function.number for function in functions_of(race, game, has_groups=True)], np.int32)
    own["available_actions"] = np.sort(ids[np.flatnonzero(observation["available_actions"])])
    return own
