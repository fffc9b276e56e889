"""The observations of a battle by name: their declarations, their options, and who writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.layout import ArraySpec
from bridge.seams import Arrays
from engine.core.frame import Frame
from engine.core.scenario import Scenario
from envs.specs.drawing import centre_rows, draw
from envs.specs.field import Block, Field
from envs.specs.ground import Ground
from envs.specs.local import OWN_SIGHT, LocalEncoder, local_block
from envs.specs.options import Options
from envs.specs.pictures import layers_of, pictures_of
from envs.specs.planes import PLANE_NAMES, caps_of, numbers_of
from envs.specs.raw import RawEncoder, raw_blocks
from envs.specs.rgb import PAINTED_FIELDS, SIDES, paint_rows, rgb_block
from envs.specs.roster import Roster
from envs.specs.sight import Sight
from envs.specs.slots import Battle
from envs.specs.smac import SmacEncoder
from envs.specs.smac_layout import smac_layout
from envs.specs.unit_fields import UNIT_FIELDS, unit_blocks
from envs.specs.units import UnitsEncoder

Form = Literal["dict", "joined", "single"]

OBSERVATIONS: Final = ("units", "flat", "local", "planes", "rgb", "raw", "smac")
"""Names that `observation=` takes in a battle."""

DEFAULT_LAYERS: Final = (
    "player_relative",
    "unit_type",
    "unit_hit_points_ratio",
    "unit_shields_ratio",
    "weapon_cooldown",
    "unit_density_aa",
)
"""Layers of `planes` unless `layers` says otherwise: those that tell something on a flat map in full view."""

DEFAULT_RESOLUTION: Final = 64
MIN_RESOLUTION: Final = 8
MAX_RESOLUTION: Final = 512

DEFAULT_WINDOW_PX: Final = (640, 480)
"""What a player's own screen shows of the map (without the console below it: 640 x 384)."""

MAX_WINDOW_PX: Final = 8192

RAW_SPARE_UNITS: Final = 16
MAX_RAW_UNITS: Final = 1700

WHOLE_MAP: Final = 0
"""`window_px` that shows all of the map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationSpec:
    """How rows are observed.

    Attributes:
        name: as in `OBSERVATIONS`.
        blocks: all arrays.
        form: `dict`: an array per block; `joined`: all of them, flattened, one after another in one vector; `single`:
            the one block itself.
    """

    name: str
    blocks: tuple[Block, ...]
    form: Form

    @property
    def width(self) -> int:
        """Numbers in all arrays together."""
        return sum(block.size for block in self.blocks)

    @property
    def specs(self) -> dict[str, ArraySpec]:
        """The arrays of one row by name: `observation`, or `observation/<block>` for each block."""
        if self.form == "joined":
            return {"observation": ArraySpec(shape=(self.width,), dtype=self.blocks[0].dtype)}
        if self.form == "single":
            return {"observation": ArraySpec(shape=self.blocks[0].shape, dtype=self.blocks[0].dtype)}
        return {f"observation/{block.name}": ArraySpec(shape=block.shape, dtype=block.dtype) for block in self.blocks}

    def bounds(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return (low, high) of the space of the one array, joined or single."""
        if self.form == "single":
            return self.blocks[0].space_bounds()
        bounds = [block.bounds() for block in self.blocks]
        return (
            np.concatenate([low.ravel() for low, _ in bounds]),
            np.concatenate([high.ravel() for _, high in bounds]),
        )

    def validate(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Check a step's arrays against the declarations; leading row axes are allowed.

        Raises:
            ValueError: wrong shape, wrong dtype, or a value out of its field's range; names the column and the value.
        """
        if self.form == "dict":
            for block in self.blocks:
                block.validate(arrays[f"observation/{block.name}"])
        elif self.form == "single":
            self.blocks[0].validate(arrays["observation"])
        else:
            at = 0
            joined = arrays["observation"]
            for block in self.blocks:
                part = joined[..., at : at + block.size]
                block.validate(part.reshape(*part.shape[:-1], *block.shape))
                at += block.size


class Encoder(Protocol):
    """Writes one observation of a batch of rows."""

    def begin(self, marked: NDArray[np.bool_]) -> None:
        """Forget what was remembered of the marked rows' last episode."""
        ...

    def encode(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `observation` or `observation/*` of the marked rows."""
        ...


def make_observation(
    name: str,
    options: Mapping[str, Any] | None,
    roster: Roster,
    scenario: Scenario,
    max_frames: int,
    players: tuple[int, ...] = (0,),
) -> tuple[ObservationSpec, Encoder]:
    """Return the declarations of a battle's observation and who writes it.

    Args:
        name: one of `OBSERVATIONS`.
        options: the user's; None for none.
        roster: types and slots.
        scenario: what is played.
        max_frames: limit of an episode.
        players: game player numbers that the rows play.

    Raises:
        ConfigError: an unknown option or a value that is not allowed.
    """
    given = Options("observation_options", name, options)
    size_px = (scenario.map.width_px, scenario.map.height_px)
    spec: ObservationSpec
    encoder: Encoder
    if name in ("units", "flat"):
        kept = _kept_blocks(given, roster)
        is_flat = name == "flat"
        spec = ObservationSpec(name=name, blocks=kept, form="joined" if is_flat else "dict")
        encoder = Unremembering(UnitsEncoder(kept, is_flat, roster, max_frames, size_px).encode)
    elif name == "local":
        spec = ObservationSpec(name=name, blocks=(local_block(roster),), form="single")
        sight_px = given.integer("sight_px", OWN_SIGHT, OWN_SIGHT, MAX_WINDOW_PX)
        encoder = Unremembering(LocalEncoder(roster, size_px, sight_px).encode)
    elif name == "smac":
        layout = smac_layout(roster, scenario, players)
        spec = ObservationSpec(name=name, blocks=layout.blocks(), form="dict")
        encoder = SmacEncoder(layout)
    elif name == "raw":
        least = roster.num_own + roster.num_enemy
        max_units = given.integer("max_units", least + RAW_SPARE_UNITS, 1, MAX_RAW_UNITS)
        spec = ObservationSpec(name=name, blocks=raw_blocks(max_units, scenario.game), form="dict")
        raw = RawEncoder()
        encoder = Unremembering(lambda frame, battle, arrays, marked: raw.encode(frame, arrays, marked))
    elif name == "rgb":
        resolution = given.pair("resolution", (DEFAULT_RESOLUTION,) * 2, MIN_RESOLUTION, MAX_RESOLUTION)
        window_px = given.pair("window_px", DEFAULT_WINDOW_PX, WHOLE_MAP, MAX_WINDOW_PX)
        spec = ObservationSpec(name=name, blocks=(rgb_block(resolution),), form="single")
        encoder = RgbEncoder(PlanesEncoder(PAINTED_FIELDS, roster, scenario, window_px), resolution)
    else:
        layers = given.names("layers", DEFAULT_LAYERS, PLANE_NAMES)
        resolution = given.pair("resolution", (DEFAULT_RESOLUTION,) * 2, MIN_RESOLUTION, MAX_RESOLUTION)
        window_px = given.pair("window_px", DEFAULT_WINDOW_PX, WHOLE_MAP, MAX_WINDOW_PX)
        fields = layers_of(layers, scenario.game, in_bytes=True)
        doc = "One picture per layer, rows downwards; the first index is the layer."
        block = Block(name="planes", leading=(), fields=fields, trailing=resolution, doc=doc)
        spec = ObservationSpec(name=name, blocks=(block,), form="single")
        encoder = PlanesEncoder(fields, roster, scenario, window_px)
    given.finish()
    return spec, encoder


def _kept_blocks(given: Options, roster: Roster) -> tuple[Block, ...]:
    """Return the arrays of `units` that the options `arrays` and `features` leave, in their own order."""
    blocks = unit_blocks(roster)
    arrays = given.names("arrays", [block.name for block in blocks], [block.name for block in blocks])
    known = [*(field.name for field in UNIT_FIELDS), "type"]
    features = given.names("features", known, known)

    def is_kept(field: Field) -> bool:
        return field.name in features or (field not in UNIT_FIELDS and "type" in features)

    kept: list[Block] = []
    for block in blocks:
        if block.name not in arrays:
            continue
        fields = block.fields
        if block.name in ("own", "enemy"):
            fields = tuple(field for field in block.fields if is_kept(field))
        kept.append(Block(name=block.name, leading=block.leading, fields=fields, doc=block.doc, scalar=block.scalar))
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Unremembering:
    """An encoder whose observation depends on the present view alone."""

    write: Any

    def begin(self, marked: NDArray[np.bool_]) -> None:
        """There is nothing to forget."""

    def encode(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write the marked rows."""
        self.write(frame, battle, arrays, marked)


class RgbEncoder:
    """Paints `rgb` from layers that another encoder draws."""

    def __init__(self, planes: Encoder, resolution: tuple[int, int]) -> None:
        """Prepare.

        Args:
            planes: draws `PAINTED`.
            resolution: rows and columns of cells.
        """
        self._planes = planes
        self._layers = np.zeros((0, len(PAINTED_FIELDS), *resolution), np.uint8)

    def begin(self, marked: NDArray[np.bool_]) -> None:
        """Forget what was remembered of the marked rows' last episode."""
        if len(self._layers) != len(marked):
            self._layers = np.zeros((len(marked), *self._layers.shape[1:]), np.uint8)
        self._planes.begin(marked)

    def encode(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Paint the marked rows."""
        self._planes.encode(frame, battle, {"observation": self._layers}, marked)
        paint_rows(marked, self._layers, SIDES, arrays["observation"])


class PlanesEncoder:
    """Draws `planes`: the whole map, or a window around the own army's centre."""

    def __init__(
        self, fields: tuple[Field, ...], roster: Roster, scenario: Scenario, window_px: tuple[int, int]
    ) -> None:
        """Prepare for one scenario.

        Args:
            fields: the layers.
            roster: types and slots.
            scenario: map and vision.
            window_px: width and height of what is shown; 0 for the map's.
        """
        self._roster = roster
        self._scenario = scenario
        self._layers = numbers_of(fields)
        self._caps = caps_of(fields)
        self._ground = Ground.of(scenario.map)
        self._pictures = pictures_of(scenario.game)
        width, height = scenario.map.width_px, scenario.map.height_px
        self._size = (window_px[0] or width, window_px[1] or height)
        self._is_whole = window_px == (WHOLE_MAP, WHOLE_MAP)
        self._sight = Sight.allocate(0, scenario.map)
        self._windows = np.zeros((0, 4), np.int32)
        self._selected = np.zeros((0, 0), np.bool_)

    def begin(self, marked: NDArray[np.bool_]) -> None:
        """Forget what the marked rows have seen, and show the map's middle until an own unit is seen."""
        if len(self._windows) != len(marked):
            self._sight = Sight.allocate(len(marked), self._scenario.map)
            self._windows = np.zeros((len(marked), 4), np.int32)
        self._sight.begin(marked)
        width, height = self._scenario.map.width_px, self._scenario.map.height_px
        self._windows[marked] = ((width - self._size[0]) // 2, (height - self._size[1]) // 2, *self._size)

    def encode(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Draw the marked rows."""
        types = self._roster.types
        if self._selected.shape != frame.units.shape:
            self._selected = np.zeros(frame.units.shape, np.bool_)
        self._sight.follow(frame, types, marked, sees_all=self._scenario.full_vision)
        if not self._is_whole:
            centre_rows(marked, frame.units, battle.slots, self._roster.num_own, self._windows)
        draw(
            frame,
            self._sight,
            self._ground,
            types,
            self._pictures,
            marked,
            self._windows,
            self._windows,
            self._selected,
            self._layers,
            self._caps,
            arrays["observation"],
        )
