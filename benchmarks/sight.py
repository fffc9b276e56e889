"""A rule of sight of its own, in plain Python: what a Frame may show of others, unit by unit, from the whole state.

Looser than the engine's in one way: it knows no heights. So it never calls right what is out of everybody's range, and
says nothing about cliffs.
"""

from __future__ import annotations

from typing import Final

from engine.broodwar.games import BroodWarGames
from engine.broodwar.production_table import NEUTRAL_PLAYER
from engine.broodwar.rules_table import UNIT_TYPE_NAMES, UNIT_TYPES
from engine.broodwar.state import ORDER_DIE, SLOT_ALIVE, SLOTS_PER_GENERATION
from engine.core.frame import Frame, UnitFlag

TILE_PX: Final = 32
UPGRADED_SIGHT_PX: Final = 11 * TILE_PX
"""No unit sees farther than with its upgrade, eleven tiles."""

UNFINISHED_SIGHT_PX: Final = 4 * TILE_PX
SLACK_PX: Final = 2 * TILE_PX
"""Sight goes by whole tiles, from the tile that the eye is in to any tile under the other unit."""


def leaked(games: BroodWarGames, game: int, frame: Frame, row: int) -> list[str]:
    """Return what a row of a Frame shows of others and its player cannot see, one line for each.

    Args:
        games: the engine.
        game: which of its games.
        frame: just observed.
        row: of the Frame, a seat in that game.
    """
    player = int(frame.player[row])
    state = games.units[game]
    eyes = []
    for unit in state[state["slot_state"] == SLOT_ALIVE]:
        is_eye = int(unit["player"]) == player or int(unit["parasites"]) >> player & 1
        if not is_eye or int(unit["order"]) == ORDER_DIE or unit["is_hidden"]:
            continue
        sight = UPGRADED_SIGHT_PX if unit["is_complete"] else UNFINISHED_SIGHT_PX
        eyes.append((int(unit["x"]), int(unit["y"]), sight + SLACK_PX))
    found = []
    for shown in frame.units[row, : frame.num_units[row]]:
        owner = int(shown["player"])
        if owner in (player, NEUTRAL_PLAYER):
            continue
        name = f"{UNIT_TYPE_NAMES[int(shown['type'])]} {int(shown['id'])} of player {owner}"
        real = state[int(shown["id"]) % SLOTS_PER_GENERATION]
        if real["is_hidden"]:
            found.append(f"{name}, which is inside something")
        if not _is_near(eyes, real):
            found.append(f"{name}, which is out of range")
        hides = int(shown["flags"]) >> UnitFlag.CLOAKED & 1 or int(shown["flags"]) >> UnitFlag.BURROWED & 1
        if hides and not int(shown["flags"]) >> UnitFlag.DETECTED & 1:
            found.append(f"{name}, which is cloaked or burrowed and undetected")
        own_business = (int(shown["build_type"]), int(shown["train_count"]), int(shown["remaining_train_frames"]))
        if own_business != (-1, 0, 0):
            found.append(f"{name}, with what it makes")
    return found


def _is_near(eyes: list[tuple[int, int, int]], unit: object) -> bool:
    x, y, kind = int(unit["x"]), int(unit["y"]), UNIT_TYPES[int(unit["type"])]  # type: ignore[index]  # a record
    for eye_x, eye_y, sight in eyes:
        dx = max(x - int(kind["left"]) - eye_x, eye_x - x - int(kind["right"]), 0)
        dy = max(y - int(kind["up"]) - eye_y, eye_y - y - int(kind["down"]), 0)
        if dx * dx + dy * dy <= sight * sight:
            return True
    return False
