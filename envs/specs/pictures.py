"""What layers need to know of each game: how unit types are numbered, which units are effects, what gives power."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.gamemap import BUILD_TILE_PX
from engine.core.rules import BROODWAR, STARCRAFT2
from envs.specs.field import Field
from envs.specs.ground import POWER_BY_TILES
from envs.specs.planes import BYTE, EFFECT_OF, EFFECTS, HEIGHT_MAP, PLANE_FIELDS, PLANE_NAMES, POWER, UNIT_TYPE
from envs.specs.roster import NUM_TYPES

MAX_STARCRAFT2_TYPE: Final = 1961
"""The largest unit type id that PySC2 knows of (FEATURES.md section 2)."""

LAST_EFFECT: Final = 12
"""PySC2's largest effect id."""

DOCS_OF_STARCRAFT2: Final = {
    HEIGHT_MAP: "Ground height, the map's highest walkable ground is 255, the level that heights count from 0.",
    UNIT_TYPE: "0 nothing, the game's own unit type id.",
    POWER: "In the field of an own complete pylon or phasing warp prism.",
    EFFECTS: "0 throughout: no view of StarCraft II's shows storms, sweeps and the like, which are no units there.",
}
"""What layers of melee games mean there, where Brood War's mean something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRules:
    """One game's, never written.

    Attributes:
        first_type: what `unit_type` shows of type 0: StarCraft II has none, in Brood War it is a marine.
        effect_of: (types,) int64 by type id: which effect a unit is.
        power_px: (types,) int32 by type id: radius of the field of power, pixels; 0 for none, `POWER_BY_TILES` for
            Brood War's pylon.
    """

    first_type: int
    effect_of: NDArray[np.int64]
    power_px: NDArray[np.int32]


@cache
def pictures_of(game: str) -> PictureRules:
    """Return what layers need to know of a game."""
    if game == BROODWAR:
        from engine.broodwar.siting import PYLON

        power_px = np.zeros(NUM_TYPES, np.int32)
        power_px[PYLON] = POWER_BY_TILES
        return PictureRules(first_type=1, effect_of=EFFECT_OF, power_px=power_px)
    from engine.starcraft2.tables import KIND_OF, KINDS, NO_KIND, ONE

    known = np.flatnonzero(KIND_OF != NO_KIND)
    power_px = np.zeros(len(KIND_OF), np.int32)
    power_px[known] = KINDS["power_radius"][KIND_OF[known]] * BUILD_TILE_PX // ONE
    return PictureRules(first_type=0, effect_of=np.zeros(len(KIND_OF), np.int64), power_px=power_px)


@cache
def plane_fields_of(game: str) -> tuple[Field, ...]:
    """Return the declarations of all layers as a melee game has them, in the order of `PLANE_NAMES`."""
    if game != STARCRAFT2:
        return PLANE_FIELDS
    fields = list(PLANE_FIELDS)
    for number, doc in DOCS_OF_STARCRAFT2.items():
        fields[number] = dataclasses.replace(fields[number], doc=doc)
    fields[HEIGHT_MAP] = dataclasses.replace(fields[HEIGHT_MAP], unit="1/255")
    fields[UNIT_TYPE] = dataclasses.replace(fields[UNIT_TYPE], dtype=np.int32, high=MAX_STARCRAFT2_TYPE)
    fields[EFFECTS] = dataclasses.replace(fields[EFFECTS], high=LAST_EFFECT)
    return tuple(fields)


def layers_of(names: Iterable[str], game: str, *, in_bytes: bool = False) -> tuple[Field, ...]:
    """Return the declarations of some layers, in one dtype: the widest of theirs.

    Args:
        names: of layers.
        game: whose.
        in_bytes: with StarCraft II's types of at most 255, as in battles, so that pictures are of bytes.
    """
    fields = tuple(plane_fields_of(game)[PLANE_NAMES.index(name)] for name in names)
    if in_bytes:
        fields = tuple(dataclasses.replace(field, dtype=np.uint8, high=min(BYTE, field.high)) for field in fields)
    widest = np.result_type(*(field.dtype for field in fields)).type
    return tuple(dataclasses.replace(field, dtype=widest) for field in fields)
