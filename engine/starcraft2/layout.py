"""The columns of StarCraft II's tables as kernels read them: `engine.starcraft2.tables` fills them."""

from __future__ import annotations

from typing import Final

import numpy as np

UNIT_KIND_DTYPE: Final = np.dtype(
    [
        ("type", np.int32),  # unit type id of the real game
        ("race", np.int32),  # position in tables.RACES
        ("attributes", np.int32),  # bits of ATTRIBUTES
        ("is_structure", np.int32),
        ("is_flyer", np.int32),
        ("is_worker", np.int32),
        ("is_townhall", np.int32),
        ("minerals", np.int32),
        ("gas", np.int32),
        ("supply_half", np.int32),
        ("supply_provided_half", np.int32),
        ("build_loops", np.int32),
        ("max_hp", np.int32),  # 1/4096 point, likewise the next three
        ("max_shield", np.int32),
        ("max_energy", np.int32),
        ("start_energy", np.int32),
        ("hp_regen", np.int32),  # 1/4096 point per loop, likewise the next two
        ("shield_regen", np.int32),
        ("energy_regen", np.int32),
        ("shield_delay", np.int32),  # loops without damage until shields regenerate
        ("armor", np.int32),  # 1/4096 point
        ("sight", np.int32),  # 1/4096 cell
        ("speed", np.int32),  # 1/4096 cell per loop
        ("acceleration", np.int32),  # 1/4096 cell per loop per loop
        ("turn", np.int32),  # 1/65536 turn per loop
        ("radius", np.int32),  # 1/4096 cell: ranges are measured from it; likewise the next two
        ("separation", np.int32),  # how close others may stand
        ("inner", np.int32),  # how close others may pass
        ("priority", np.int32),  # as a target
        ("footprint_half", np.int32),  # cells across, doubled
        ("cargo_size", np.int32),
        ("cargo_capacity", np.int32),
        ("is_low", np.int32),  # a structure that others walk over
        ("needs_power", np.int32),
        ("needs_creep", np.int32),
        ("ground_weapon", np.int32),  # row of WEAPONS, NO_WEAPON if it has none against ground units
        ("air_weapon", np.int32),
        ("walks_over_cliffs", np.int32),
        ("heals", np.int32),
        ("resource", np.int32),  # NO_RESOURCE, MINERALS or GAS
        ("contents", np.int32),  # of a resource that nobody has touched
        ("armor_class", np.int32),  # position in UPGRADE_CLASSES
        ("power_radius", np.int32),  # 1/4096 cell, likewise the next
        ("detection", np.int32),
        ("creep_factor", np.int32),  # speed on creep, 1/4096
        ("stands_for", np.int32, (2,)),  # rows of KINDS whose requirements it meets too, NO_KIND
        ("first_made", np.int32),  # rows of MADE: what it makes, from here on
        ("num_made", np.int32),
    ],
    align=True,
)
"""One unit type."""

WEAPON_DTYPE: Final = np.dtype(
    [
        ("damage", np.int32),  # 1/4096 point per hit
        ("attacks", np.int32),  # hits per attack
        ("range", np.int32),  # 1/4096 cell, edge to edge
        ("min_range", np.int32),
        ("cooldown", np.int32),  # 1/4096 loop, likewise the next two
        ("damage_point", np.int32),
        ("backswing", np.int32),
        ("scan_range", np.int32),  # 1/4096 cell
        ("slop", np.int32),  # 1/4096 cell that a target may escape while the attack is under way
        ("arc", np.int32),  # 1/65536 turn, half of the angle in which the target has to be
        ("random_low", np.int32),  # 1/4096 loop that a cooldown is longer at least
        ("random_high", np.int32),
        ("bonus_against", np.int32),  # bits of ATTRIBUTES
        ("bonus", np.int32),  # 1/4096 point per hit
        ("is_suicide", np.int32),
        ("raised_by", np.int32),  # position in UPGRADE_CLASSES
        ("damage_per_level", np.int32),  # 1/4096 point, likewise the next
        ("bonus_per_level", np.int32),
        ("splash", np.int32),  # row of SPLASHES, NO_SPLASH
    ],
    align=True,
)
"""One weapon of one unit type."""

SPLASH_DTYPE: Final = np.dtype(
    [
        ("form", np.int32),  # position in SHAPES; "shape" is a name of numpy's own
        ("reach", np.int32, (3,)),  # 1/4096 cell; of a line half length and half width, of a cone reach and degrees
        ("percent", np.int32, (3,)),
        ("hits_friends", np.int32),
    ],
    align=True,
)
"""Whom one weapon hits besides its target."""


MADE_DTYPE: Final = np.dtype(
    [
        ("ability", np.int32),
        ("deed", np.int32),  # position in DEEDS
        ("maker", np.int32),  # row of KINDS
        ("product", np.int32),  # row of KINDS, of research an upgrade id
        ("requires", np.int32),  # row of KINDS of a structure that must stand, NO_KIND
        ("requires_upgrade", np.int32),  # upgrade id, 0 for none
        ("needs_techlab", np.int32),
        ("minerals", np.int32),  # what it costs here: what the maker cost is paid already where it becomes the product
        ("gas", np.int32),
        ("supply_half", np.int32),
        ("pieces", np.int32),  # how many come of it
        ("loops", np.int32),
        ("during", np.int32),  # row of KINDS of what the maker is meanwhile, NO_KIND if it stays what it is
        ("shared_by", np.int32),  # general ability by which the same is asked for, 0 for none
    ],
    align=True,
)
"""One way to make a unit or an upgrade."""

UPGRADE_DTYPE: Final = np.dtype(
    [
        ("raises", np.int32),  # position in UPGRADE_CLASSES
        ("level", np.int32),
        ("minerals", np.int32),
        ("gas", np.int32),
        ("loops", np.int32),
    ],
    align=True,
)
"""One upgrade, by its id; all 0 where there is none."""
