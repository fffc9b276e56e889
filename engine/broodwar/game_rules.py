"""Brood War in the words that both games share: `engine.core.rules`."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.games import BroodWarGames
from engine.broodwar.players import PLAYERS
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import NO_WEAPON, RULES_HASH, UNIT_TYPE_NAMES, UNIT_TYPES, WEAPON_TYPES
from engine.core.rules import BROODWAR, FACTS_DTYPE, GameRules

NUM_UNIT_TYPES: Final = 228
"""Type ids below this are units; the names from here on (None, AllUnits, ...) are groups of BWAPI's."""

NUM_TYPES: Final = 256
"""BWAPI's UnitType ids are below this."""

COOLDOWN_SPREAD_FRAMES: Final = 2
"""A reload takes up to so many frames more than the table says (MECHANICS.md section 4.2)."""

CLOSED_BOTTOM_PX: Final = 32
"""No unit enters the map's lowest row of build tiles (MECHANICS.md section 2)."""


def _facts() -> NDArray[np.void]:
    facts = np.zeros(NUM_TYPES, FACTS_DTYPE)
    facts["ground_range_px"] = facts["air_range_px"] = NO_WEAPON
    for type_id in range(NUM_UNIT_TYPES):
        kind = UNIT_TYPES[type_id]
        fact = facts[type_id]
        for name in ("max_hp", "max_shield", "max_energy", "left", "up", "right", "down", "sight_px"):
            fact[name] = kind[name]
        fact["is_flyer"] = kind["flyer"]
        fact["is_building"] = kind["building"]
        fact["is_worker"] = kind["worker"]
        fact["is_resource"] = PRODUCTION[type_id]["is_resource_container"]
        for layer in ("ground", "air"):
            weapon = int(kind[f"{layer}_weapon"])
            if weapon == NO_WEAPON:
                continue
            fact[f"{layer}_min_range_px"] = WEAPON_TYPES[weapon]["min_range_px"]
            fact[f"{layer}_range_px"] = WEAPON_TYPES[weapon]["max_range_px"]
            cooldown = int(WEAPON_TYPES[weapon]["cooldown_frames"]) + COOLDOWN_SPREAD_FRAMES
            fact["cooldown_frames"] = max(int(fact["cooldown_frames"]), cooldown)
        fact["brake_px"] = -(-int(kind["halt_distance_256"]) // 256)
        fact["top_speed_256"] = math.ceil(256 * float(kind["effective_top_speed_px"]))
    facts.setflags(write=False)
    return facts


RULES: Final = GameRules(
    game=BROODWAR,
    unit_type_names=UNIT_TYPE_NAMES[:NUM_UNIT_TYPES],
    facts=_facts(),
    players=PLAYERS,
    rules_hash=RULES_HASH,
    frames_per_second=1000 / 42,
    closed_bottom_px=CLOSED_BOTTOM_PX,
    make_games=BroodWarGames,
)
