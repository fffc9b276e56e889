"""What the wire says about a unit's type, as one table: a unit of a frame is a row of it and what changes.

Sources: PROTOCOL's table of Unit (how the real server fills it) and the rule tables of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar import rules_table as rules
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.research_table import RANGE_BONUS_PX, RANGE_UPGRADES, WEAPON_UPGRADES
from engine.core.frame import NUM_UPGRADES

WALK_TILE_PX: Final = 8

DAMAGE_TYPE_NONE: Final = rules.DAMAGE_TYPES.index("None")
"""`dmgtypes` of a weapon that does not exist."""

TYPE_FACTS_DTYPE: Final = np.dtype(
    [
        (name, np.int32)
        for name in (
            *("max_health", "max_shield", "maxCD", "armor", "shieldArmor", "size", "pixel_size_x", "pixel_size_y"),
            *("groundATK", "airATK", "groundDmgType", "airDmgType", "groundRange", "airRange"),
        )
    ]
)
"""Named as in `WIRE_UNIT_DTYPE`; ranges in walk tiles."""

BULLET_TYPES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "Acid_Spore": 163,
        "Anti_Matter_Missiles": 154,
        "Arclite_Cannon": 150,
        "Arclite_Shock_Cannon": 150,
        "ATA_Laser_Battery": 148,
        "ATS_Laser_Battery": 148,
        "Burst_Lasers": 149,
        "C_10_Canister_Rifle": 143,
        "Corrosive_Acid": 204,
        "Dual_Photon_Blasters": 152,
        "Fragmentation_Grenade": 145,
        "Fusion_Cutter": 141,
        "Gauss_Rifle": 142,
        "Gemini_Missiles": 144,
        "Glave_Wurm": 165,
        "Halo_Rockets": 202,
        "Hellfire_Missile_Pack": 146,
        "Longbolt_Missile": 146,
        "Needle_Spines": 171,
        "Neutron_Flare": 206,
        "Particle_Beam": 153,
        "Phase_Disruptor": 159,
        "Psionic_Shockwave": 156,
        "Pulse_Cannon": 155,
        "Seeker_Spores": 166,
        "STA_Photon_Cannon": 160,
        "STS_Photon_Cannon": 160,
        "Subterranean_Spines": 203,
        "Subterranean_Tentacle": 161,
        "Twin_Autocannons": 142,
    }
)
"""BWAPI's bullet type by weapon; heroes' weapons (`Gauss_Rifle_Jim_Raynor`) show what their model's do."""

BULLET_TYPE_UNKNOWN: Final = 210

NO_UPGRADES: Final = np.zeros(NUM_UPGRADES, np.uint8)

PLASMA_SHIELDS: Final = rules.UPGRADE_NAMES.index("Protoss_Plasma_Shields")
ADRENAL_GLANDS: Final = rules.UPGRADE_NAMES.index("Adrenal_Glands")
ZERGLING: Final = rules.UNIT_TYPE_NAMES.index("Zerg_Zergling")
LEAST_COOLDOWN: Final = 5
"""Frames; PROTOCOL's table of Unit, maxCD."""


def type_facts(levels: NDArray[np.uint8] = NO_UPGRADES) -> NDArray[np.void]:
    """Return (234,) TYPE_FACTS_DTYPE, a row per BWAPI UnitType id.

    Args:
        levels: (63,) uint8, the owner's level of each upgrade.
    """
    types = rules.UNIT_TYPES
    table = np.zeros(len(types), TYPE_FACTS_DTYPE)
    table["max_health"] = types["max_hp"]
    table["max_shield"] = types["max_shield"]
    table["armor"] = types["armor"] + _level_of(levels, PRODUCTION["armor_upgrade"])
    table["shieldArmor"] = levels[PLASMA_SHIELDS]
    table["size"] = types["size"]
    table["pixel_size_x"] = types["left"] + 1 + types["right"]
    table["pixel_size_y"] = types["up"] + 1 + types["down"]
    for layer in ("ground", "air"):
        weapon = types[f"{layer}_weapon"]
        has_weapon = weapon != rules.NO_WEAPON
        row = rules.WEAPON_TYPES[weapon]
        bonus = row["damage_per_upgrade"] * _level_of(levels, WEAPON_UPGRADES[weapon])
        damage = (row["damage_amount"] + bonus) * types[f"max_{layer}_hits"] * row["damage_factor"]
        reach = row["max_range_px"] + RANGE_BONUS_PX[weapon] * (_level_of(levels, RANGE_UPGRADES[weapon]) > 0)
        table[f"{layer}ATK"] = np.where(has_weapon, damage, 0)
        table[f"{layer}DmgType"] = np.where(has_weapon, row["damage_type"], DAMAGE_TYPE_NONE)
        table[f"{layer}Range"] = np.where(has_weapon, reach // WALK_TILE_PX, 0)
        if layer == "ground":
            table["maxCD"] = np.where(has_weapon, row["cooldown_frames"], 0)
    if levels[ADRENAL_GLANDS]:
        table["maxCD"][ZERGLING] = max(int(table["maxCD"][ZERGLING]) // 2, LEAST_COOLDOWN)
    return table


def _level_of(levels: NDArray[np.uint8], upgrades: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the level of each upgrade of a list, 0 for NO_TYPE."""
    return np.where(upgrades >= 0, levels[np.maximum(upgrades, 0)], 0).astype(np.int32)


def bullet_types() -> NDArray[np.int32]:
    """Return (132,) int32, the bullet type that each weapon shows."""
    table = np.full(len(rules.WEAPON_TYPE_NAMES), BULLET_TYPE_UNKNOWN, np.int32)
    for weapon, bullet in BULLET_TYPES.items():
        for number, name in enumerate(rules.WEAPON_TYPE_NAMES):
            if name == weapon or (name.startswith(f"{weapon}_") and name not in BULLET_TYPES):
                table[number] = bullet
    return table
