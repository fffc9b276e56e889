"""What `units` and `flat` show of a battle: one declaration per number; `units` writes them."""

from __future__ import annotations

from typing import Final

from engine.core.rules import plain_name
from envs.specs.field import Block, Field
from envs.specs.roster import Roster

RELATIVE_PX: Final = 384
"""Distance that relative positions are divided by: 12 build tiles, somewhat more than the armies start apart."""

RANGE_PX: Final = 256
"""Distance that weapon ranges are divided by: 8 build tiles, the longest range without upgrades but a siege tank's."""

VELOCITY_256: Final = 2048
"""Velocity that velocities are divided by: 8 pixels a frame, above every unit's top speed without upgrades."""

UNIT_FIELDS: Final = (
    Field(name="hp", doc="Hit points, of the type's maximum."),
    Field(name="shield", doc="Shield points, of the type's maximum; 0 for types without shields."),
    Field(name="energy", doc="Energy, of the type's maximum; 0 for types without energy."),
    Field(
        name="durability",
        doc="Hit points and shield points together, of the toughest type of the scenario: what it takes to kill it.",
    ),
    Field(
        name="ground_cooldown",
        doc="Frames until the ground weapon may fire, of the longest reload among the scenario's types.",
    ),
    Field(name="air_cooldown", doc="Likewise for the air weapon."),
    Field(name="can_fire", unit="flag", doc="A weapon is loaded."),
    Field(
        name="is_firing",
        unit="flag",
        doc="Its attack animation is running: a new command now may waste the shot.",
    ),
    Field(name="x", low=-1.0, doc="Position across the map: -1 left edge, 1 right edge."),
    Field(name="y", low=-1.0, doc="Position down the map: -1 top edge, 1 bottom edge."),
    Field(
        name="relative_x",
        low=-1.0,
        doc=f"Position right of the own army's centre, of {RELATIVE_PX} px, clipped.",
    ),
    Field(name="relative_y", low=-1.0, doc=f"Position below the own army's centre, of {RELATIVE_PX} px, clipped."),
    Field(name="velocity_x", low=-1.0, doc="Velocity to the right, of 8 px a frame, clipped."),
    Field(name="velocity_y", low=-1.0, doc="Velocity downwards, of 8 px a frame, clipped."),
    Field(name="ground_range", doc=f"Range of the ground weapon, of {RANGE_PX} px, clipped; 0 without one."),
    Field(name="air_range", doc=f"Range of the air weapon, of {RANGE_PX} px, clipped; 0 without one."),
    Field(name="is_idle", unit="flag", doc="Its order is to stand and guard."),
    Field(name="is_moving", unit="flag", doc="Its order is to move."),
    Field(name="is_attacking", unit="flag", doc="Its order is to attack a unit."),
    Field(name="is_attack_moving", unit="flag", doc="Its order is to move and attack what it meets."),
    Field(
        name="nearest_distance",
        doc=f"Gap between its box and that of the nearest unit of the other side, of {RELATIVE_PX} px, clipped.",
    ),
    Field(name="targets_in_range", doc="Share of the other side's slots that its weapons reach now."),
    Field(name="threats_in_range", doc="Share of the other side's slots whose weapons reach it now."),
    Field(name="attackers", doc="Share of the other side's slots whose order targets it."),
)
"""Columns of `own` and `enemy`, before the type."""

RELATION_FIELDS: Final = (
    Field(name="dx", low=-1.0, doc=f"Enemy right of the own unit, of {RELATIVE_PX} px, clipped."),
    Field(name="dy", low=-1.0, doc=f"Enemy below the own unit, of {RELATIVE_PX} px, clipped."),
    Field(
        name="gap", doc=f"Distance between the two boxes (what ranges are compared with), of {RELATIVE_PX} px, clipped."
    ),
    Field(name="in_own_range", unit="flag", doc="The own unit's weapon reaches the enemy."),
    Field(name="in_enemy_range", unit="flag", doc="The enemy's weapon reaches the own unit."),
    Field(name="own_targets", unit="flag", doc="The own unit's order targets the enemy."),
    Field(name="enemy_targets", unit="flag", doc="The enemy's order targets the own unit."),
)
"""Columns of `relations`; all 0 where one of the two is missing."""

GLOBAL_FIELDS: Final = (
    Field(name="time", doc="Frames of the episode, of its limit."),
    Field(name="own_units", doc="Own units alive, of those at the start."),
    Field(name="enemy_units", doc="Enemy units alive, of those at the start."),
    Field(name="own_points", doc="Own hit points and shield points, of those at the start."),
    Field(name="enemy_points", doc="Enemy hit points and shield points (as last seen), of those at the start."),
    Field(name="own_x", low=-1.0, doc="Centre of the own army across the map."),
    Field(name="own_y", low=-1.0, doc="Centre of the own army down the map."),
    Field(
        name="enemy_dx",
        low=-1.0,
        doc=f"Centre of the visible enemies right of the own one, of {RELATIVE_PX} px, clipped.",
    ),
    Field(
        name="enemy_dy", low=-1.0, doc=f"Centre of the visible enemies below the own one, of {RELATIVE_PX} px, clipped."
    ),
)
"""Columns of `global`."""

MASK_FIELD: Final = Field(name="is_there", unit="flag", doc="1 where a living, visible unit sits in the slot.")

NUM_UNIT_COLUMNS: Final = len(UNIT_FIELDS)
NEAREST: Final = [field.name for field in UNIT_FIELDS].index("nearest_distance")
NUM_RELATION_COLUMNS: Final = len(RELATION_FIELDS)
NUM_GLOBAL_COLUMNS: Final = len(GLOBAL_FIELDS)


def unit_blocks(roster: Roster) -> tuple[Block, ...]:
    """Return the declarations of all arrays of `units` for these armies, in the order in which `flat` joins them."""
    kinds = tuple(
        Field(name=f"is_{name}", unit="flag", doc=f"The unit is a {plain_name(name)}.") for name in roster.names
    )
    unit_fields = UNIT_FIELDS + kinds
    own, enemy = roster.num_own, roster.num_enemy
    return (
        Block(name="own", leading=(own,), fields=unit_fields, doc="One line per own slot; zeros where it is empty."),
        Block(name="enemy", leading=(enemy,), fields=unit_fields, doc="One line per enemy slot, likewise."),
        Block(name="own_mask", leading=(own,), fields=(MASK_FIELD,), scalar=True, doc="Which own slots are in use."),
        Block(name="enemy_mask", leading=(enemy,), fields=(MASK_FIELD,), scalar=True, doc="Which enemy slots are."),
        Block(name="global", leading=(), fields=GLOBAL_FIELDS, doc="The battle as a whole."),
        Block(
            name="relations",
            leading=(own, enemy),
            fields=RELATION_FIELDS,
            doc="One line per pair of an own and an enemy slot.",
        ),
    )
