"""Observation `pysc2_selected`: the few of PySC2's features that a gatherer needs, by PySC2's names."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import Frame
from envs.specs.field import Block, Field
from envs.specs.functions import FUNCTION_NAMES
from envs.specs.ledger import TYPES, Ledger
from envs.specs.planes import PLANE_FIELDS, PLANE_NAMES, Ground, caps_of, draw
from envs.specs.screen import Screen
from envs.specs.sight import Sight

INT32_MAX: Final = float(2**31 - 1)

MINIMAP_LAYERS: Final = ("visibility_map", "camera")
SCREEN_LAYERS: Final = ("player_relative", "unit_type")


def _number(name: str, unit: str, doc: str) -> Field:
    return Field(name=name, dtype=np.int32, high=INT32_MAX, unit=unit, doc=doc)


PLAYER_FIELDS: Final = (
    _number("minerals", "minerals", "In the bank."),
    _number("vespene", "gas", "In the bank."),
    _number("food_used", "supply", "Supply in use, whole; halves are rounded up."),
    _number("food_cap", "supply", "Supply provided, whole, at most 200."),
    _number("food_workers", "supply", "Supply of complete workers."),
    _number("idle_worker_count", "units", "Workers with nothing to do."),
)
"""Columns of `player`."""

SCORE_FIELDS: Final = (
    _number("score", "resources", "Minerals and gas that all own units and buildings cost."),
    _number("idle_worker_time", "seconds", "Summed over workers, 24 frames a second."),
    _number("collected_minerals", "minerals", "Brought home since the start."),
    _number("collected_vespene", "gas", "Brought home since the start."),
    _number("collection_rate_minerals", "minerals a minute", "As of late: a mean that forgets with 20 seconds."),
    _number("collection_rate_vespene", "gas a minute", "Likewise."),
)
"""Columns of `score`."""

AVAILABLE_FIELDS: Final = tuple(
    Field(name=name, dtype=np.int8, unit="flag", doc="May be called now.") for name in FUNCTION_NAMES
)
"""Columns of `available_actions`."""

FRAMES_PER_SECOND: Final = 24
FRAMES_PER_MINUTE: Final = 60 * FRAMES_PER_SECOND

FORGET_FRAMES: Final = 20 * FRAMES_PER_SECOND
"""Time after which a past income counts 1/e of a present one."""


def _layers(names: tuple[str, ...]) -> tuple[Field, ...]:
    return tuple(PLANE_FIELDS[PLANE_NAMES.index(name)] for name in names)


def pysc2_blocks(resolution: int) -> tuple[Block, ...]:
    """Return the declarations.

    Args:
        resolution: cells of screen and minimap along each side.
    """
    cells = (resolution, resolution)
    return (
        Block(name="minimap", leading=(), fields=_layers(MINIMAP_LAYERS), trailing=cells, doc="The whole map."),
        Block(name="screen", leading=(), fields=_layers(SCREEN_LAYERS), trailing=cells, doc="What the camera shows."),
        Block(name="player", leading=(), fields=PLAYER_FIELDS, doc="What the player has."),
        Block(name="score", leading=(), fields=SCORE_FIELDS, doc="What it has earned."),
        Block(name="available_actions", leading=(), fields=AVAILABLE_FIELDS, doc="Functions that may be called now."),
    )


class PySC2Encoder:
    """Writes `pysc2_selected` of a batch of rows."""

    def __init__(self, ground: Ground) -> None:
        """Prepare for one map.

        Args:
            ground: the terrain.
        """
        self._ground = ground
        self._layers = [
            np.array([PLANE_NAMES.index(name) for name in names], np.int32) for names in (MINIMAP_LAYERS, SCREEN_LAYERS)
        ]
        self._caps = [caps_of(_layers(names)) for names in (MINIMAP_LAYERS, SCREEN_LAYERS)]
        self._rates = np.zeros((0, 2))
        self._seen = np.zeros((0, 3), np.int64)

    def begin(self, marked: NDArray[np.bool_], ledger: Ledger) -> None:
        """Forget the income of the marked rows' last episode."""
        if len(self._rates) != len(marked):
            self._rates = np.zeros((len(marked), 2))
            self._seen = np.zeros((len(marked), 3), np.int64)
        self._rates[marked] = 0.0
        self._seen[marked] = 0
        self._seen[marked, 0] = ledger.rows["tracked_frame"][marked]

    def encode(
        self, frame: Frame, ledger: Ledger, sight: Sight, screen: Screen, arrays: Arrays, marked: NDArray[np.bool_]
    ) -> None:
        """Write `observation/*` of the marked rows, `available_actions` apart: the masks say that."""
        for name, windows, layers, caps in (
            ("minimap", screen.maps, self._layers[0], self._caps[0]),
            ("screen", screen.cameras, self._layers[1], self._caps[1]),
        ):
            out = arrays[f"observation/{name}"]
            draw(frame, sight, self._ground, TYPES, marked, windows, screen.cameras, screen.selected, layers, caps, out)
        books = ledger.rows
        player, score = arrays["observation/player"], arrays["observation/score"]
        player[:, 0] = books["minerals"]
        player[:, 1] = books["gas"]
        player[:, 2] = (books["supply_used"] + 1) // 2
        player[:, 3] = books["supply_total"] // 2
        player[:, 4] = books["workers"]  # a worker takes one supply
        player[:, 5] = books["idle_workers"]
        self._renew_rates(books)
        score[:, 0] = books["value"]
        score[:, 1] = books["idle_worker_frames"] // FRAMES_PER_SECOND
        score[:, 2] = books["collected_minerals"]
        score[:, 3] = books["collected_gas"]
        score[:, 4:] = np.rint(self._rates)

    def _renew_rates(self, books: NDArray[np.void]) -> None:
        """Take the income since the last view into the running means; a second call changes nothing."""
        now = np.stack([books["tracked_frame"], books["collected_minerals"], books["collected_gas"]], axis=-1)
        elapsed = (now[:, 0] - self._seen[:, 0])[:, None]
        income = (now[:, 1:] - self._seen[:, 1:]) * FRAMES_PER_MINUTE / np.maximum(1, elapsed)
        share = 1.0 - np.exp(-elapsed / FORGET_FRAMES)
        self._rates += share * (income - self._rates)
        self._seen[:] = now
