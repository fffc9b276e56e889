"""StarCraft II in the words that both games share: `engine.core.rules`. A pixel is 1/32 cell, a frame a game loop."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.rules import FACTS_DTYPE, STARCRAFT2, GameRules
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.names import UNIT_TYPE_NAMES
from engine.starcraft2.players import PLAYERS
from engine.starcraft2.step import PIXEL
from engine.starcraft2.tables import KIND_OF, KINDS, NO_KIND, NO_WEAPON, ONE, RULES_HASH, WEAPONS

LOOPS_PER_REAL_SECOND: Final = 22.4
"""Speed "faster" (MECHANICS.md section 1)."""

RESOURCES: Final = ("Mineral", "Vespene", "Geyser")


def _facts() -> NDArray[np.void]:
    facts = np.zeros(len(KIND_OF), FACTS_DTYPE)
    facts["ground_range_px"] = facts["air_range_px"] = NO_WEAPON
    for type_id, number in enumerate(KIND_OF.tolist()):
        if number == NO_KIND:
            continue
        kind = KINDS[number]
        fact = facts[type_id]
        for name in ("max_hp", "max_shield", "max_energy"):
            fact[name] = int(kind[name]) // ONE
        radius = int(kind["radius"]) // PIXEL
        for name in ("left", "up", "right", "down", "radius_px"):
            fact[name] = radius
        fact["is_flyer"] = kind["is_flyer"]
        fact["sight_px"] = int(kind["sight"]) // PIXEL
        fact["is_building"] = kind["is_structure"]
        fact["is_worker"] = kind["is_worker"]
        fact["is_resource"] = any(word in UNIT_TYPE_NAMES[type_id] for word in RESOURCES)
        fact["heals"] = kind["heals"]
        for layer in ("ground", "air"):
            weapon = int(kind[f"{layer}_weapon"])
            if weapon == NO_WEAPON:
                continue
            row = WEAPONS[weapon]
            fact[f"{layer}_min_range_px"] = int(row["min_range"]) // PIXEL
            fact[f"{layer}_range_px"] = int(row["range"]) // PIXEL
            cooldown = -(-(int(row["cooldown"]) + int(row["random_high"])) // ONE)
            fact["cooldown_frames"] = max(int(fact["cooldown_frames"]), cooldown)
        fact["top_speed_256"] = 2 * int(kind["speed"])
    facts.setflags(write=False)
    return facts


RULES: Final = GameRules(
    game=STARCRAFT2,
    unit_type_names=UNIT_TYPE_NAMES,
    facts=_facts(),
    players=PLAYERS,
    rules_hash=RULES_HASH,
    frames_per_second=LOOPS_PER_REAL_SECOND,
    closed_bottom_px=0,
    make_games=StarCraft2Games,
)
