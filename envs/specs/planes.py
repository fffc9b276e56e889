"""Layers: pictures of what a seat sees, one number per cell, over a window of the map.

A cell of a layer about the ground shows the tile under the cell's centre. A unit covers the cells whose centre lies
in its box, at least the one under its own centre; where two units cover a cell, flyers are above ground units and a
higher id above a lower one. What is remembered but out of sight is drawn below all that is in sight, without points.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

import envs.specs.ground as terrain
from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import UnitFlag
from envs.specs.field import Field

BYTE: Final = 255.0

NEUTRAL_ID: Final = 16
"""`player_id` of resources and critters (PySC2's number)."""

NUM_PLAYABLE: Final = 8

SELF: Final = 1
NEUTRAL: Final = 3
ENEMY: Final = 4
"""`player_relative` (PySC2's numbers; 2 would be an ally)."""

DENSITY_AA: Final = 16
"""What a unit that covers a cell whole adds to `unit_density_aa`."""


def _layer(name: str, high: float, unit: str, doc: str) -> Field:
    return Field(name=name, dtype=np.uint8, high=high, unit=unit, doc=doc)


PLANE_FIELDS: Final = (
    _layer("height_map", BYTE, "51 a step", "Ground height, 51 times BWAPI's: 0 low, 102 high, 204 very high."),
    _layer("visibility_map", 2, "state", "0 never seen, 1 seen before, 2 in sight."),
    _layer("pathable", 1, "flag", "Ground units may walk on the terrain, whatever stands there."),
    _layer("buildable", 1, "flag", "The terrain may be built on."),
    _layer("player_id", NEUTRAL_ID, "player", "0 nobody, player number + 1, 16 neutral."),
    _layer("player_relative", 4, "side", "0 nobody, 1 own, 3 neutral, 4 enemy."),
    _layer("unit_type", 228, "type", "0 nothing, BWAPI's type id + 1 (0 is a type of Brood War's)."),
    _layer("unit_hit_points", BYTE, "points", "Hit points, at most 255; 0 where it is only remembered."),
    _layer("unit_hit_points_ratio", BYTE, "1/255", "Hit points, of the type's maximum, rounded down."),
    _layer("unit_shields", BYTE, "points", "Shield points, at most 255."),
    _layer("unit_shields_ratio", BYTE, "1/255", "Shield points, of the type's maximum, rounded down."),
    _layer("unit_energy", BYTE, "points", "Energy."),
    _layer("unit_energy_ratio", BYTE, "1/255", "Energy, of the type's maximum, rounded down."),
    _layer("unit_density", BYTE, "units", "Units in sight whose box covers the cell's centre, at most 255."),
    _layer("unit_density_aa", BYTE, "1/16 unit", "16 for each unit that covers the cell whole, shares rounded down."),
    _layer("weapon_cooldown", BYTE, "frames", "Frames until its slower weapon may fire, at most 255."),
    _layer("is_flying", 1, "flag", "It is in the air."),
    _layer("camera", 1, "flag", "The cell's centre is on the screen; 1 throughout where there is no camera."),
    _layer("selected", 1, "flag", "The unit is selected; 0 throughout where nothing can be."),
    _layer("creep", 1, "flag", "Creep lay on the tile when it was last seen; 0 throughout in battles."),
    _layer("power", 1, "flag", "In the field of an own complete pylon."),
    _layer(
        "effects",
        14,
        "kind",
        "0 none, 1 psionic storm over a unit in sight, 6 scanner sweep, 7 nuclear missile (PySC2's numbers), "
        "13 dark swarm, 14 disruption web.",
    ),
)
"""All layers, by the numbers that kernels know them by."""

PLANE_NAMES: Final[tuple[str, ...]] = tuple(field.name for field in PLANE_FIELDS)

(
    HEIGHT_MAP,
    VISIBILITY_MAP,
    PATHABLE,
    BUILDABLE,
    PLAYER_ID,
    PLAYER_RELATIVE,
    UNIT_TYPE,
    HIT_POINTS,
    HIT_POINTS_RATIO,
    SHIELDS,
    SHIELDS_RATIO,
    ENERGY,
    ENERGY_RATIO,
    DENSITY,
    DENSITY_COVER,
    COOLDOWN,
    IS_FLYING,
    CAMERA,
    SELECTED,
    CREEP,
    POWER,
    EFFECTS,
) = range(len(PLANE_FIELDS))

IS_GROUND: Final = np.zeros(len(PLANE_FIELDS), np.bool_)
IS_GROUND[[HEIGHT_MAP, VISIBILITY_MAP, PATHABLE, BUILDABLE, CAMERA, CREEP, POWER]] = True
"""Which layers show the ground; the others show units."""

GROUND_OF: Final = np.zeros(len(PLANE_FIELDS), np.int64)
"""What `draw_ground` calls those that it draws."""
for _layer_number, _what in (
    (HEIGHT_MAP, terrain.HEIGHTS),
    (VISIBILITY_MAP, terrain.STATES),
    (PATHABLE, terrain.WALKABLE),
    (BUILDABLE, terrain.BUILDABLE),
    (CREEP, terrain.CREEP),
):
    GROUND_OF[_layer_number] = _what

FLAG_UNDER_STORM: Final = int(UnitFlag.UNDER_STORM)

STORM: Final = 1
SWEEP: Final = 6
NUKE: Final = 7
SWARM: Final = 13
WEB: Final = 14
"""What `effects` shows; the first three are PySC2's numbers."""

EFFECT_OF: Final = np.zeros(256, np.int64)
"""(256,) by type id: which effect a unit is; Brood War's swarms and webs are units."""
for _name, _effect in (
    ("Spell_Scanner_Sweep", SWEEP),
    ("Terran_Nuclear_Missile", NUKE),
    ("Spell_Dark_Swarm", SWARM),
    ("Spell_Disruption_Web", WEB),
):
    EFFECT_OF[unit_type_id(_name)] = _effect


def numbers_of(fields: tuple[Field, ...]) -> NDArray[np.int32]:
    """Return the numbers that kernels know layers by.

    Args:
        fields: the layers that are drawn.
    """
    return np.array([PLANE_NAMES.index(field.name) for field in fields], np.int32)


def caps_of(fields: tuple[Field, ...]) -> NDArray[np.int32]:
    """Return the largest value of each layer, by its declaration.

    Args:
        fields: the layers that are drawn.
    """
    return np.array([field.high for field in fields], np.int32)
