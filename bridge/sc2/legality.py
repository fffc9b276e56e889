"""What queries ask: what a unit may be told now, and where something may be built; the engine's own rules answer."""

from __future__ import annotations

from functools import cache
from typing import Final

from bridge.sc2.data import needs_point
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.spell_table import SPELLS, SPELLS_OF
from engine.starcraft2.tables import (
    ADDON,
    BUILD,
    BUILD_ON_UNIT,
    KINDS,
    MADE,
    MORPH_PLACE,
    NO_WEAPON,
    RACES,
    TRAIN_PLACE,
)

STOP, MOVE, PATROL, HOLD, ATTACK, HEAL = 4, 16, 17, 18, 23, 386
STRUCTURE_ATTACK: Final = 2048

GATHER: Final = {"terran": (295, 296), "protoss": (298, 299), "zerg": (1183, 1184)}

SUCCESS: Final = 1
NOT_SUPPORTED: Final = 2


@cache
def products() -> dict[int, int]:
    """Return the row of KINDS that each ability puts on the ground: what is built, warped in, landed."""
    placed = (BUILD, BUILD_ON_UNIT, TRAIN_PLACE, MORPH_PLACE, ADDON)
    return {
        int(ability): int(row["product"])
        for row in MADE
        if row["deed"] in placed
        for ability in (row["shared_by"], row["ability"])
        if ability
    }


def starts_one(kind: int, ability: int) -> bool:
    """Say whether of several units of a kind that are told something one alone does it: what costs something.

    Args:
        kind: row of KINDS.
        ability: general or specific id.
    """
    return _rows_of(kind, ability) is not None


def _rows_of(kind: int, ability: int) -> int | None:
    facts = KINDS[kind]
    for row in range(int(facts["first_made"]), int(facts["first_made"]) + int(facts["num_made"])):
        if ability in (int(MADE["ability"][row]), int(MADE["shared_by"][row])):
            return row
    return None


def known_abilities(games: StarCraft2Games, slot: int, *, ignore_resources: bool) -> list[tuple[int, bool]]:
    """Return what a unit may be told now: (ability, whether it needs a point).

    Args:
        games: one game.
        slot: of the unit.
        ignore_resources: stock and supply do not count.
    """
    unit = games.units[0][slot]
    kind = KINDS[unit["kind"]]
    known = []
    if unit["is_complete"] and games.may_move(0, slot):
        known += [STOP, MOVE, PATROL, HOLD, HEAL if kind["heals"] else ATTACK]
    elif kind["ground_weapon"] != NO_WEAPON or kind["air_weapon"] != NO_WEAPON:
        known += [STOP, STRUCTURE_ATTACK]
    if kind["is_worker"]:
        known += GATHER[RACES[kind["race"]]][: 2 if unit["cargo"] else 1]
    first = int(kind["first_made"])
    for row in range(first, first + int(kind["num_made"])):
        if games.may_make(0, slot, row, ignores_resources=ignore_resources) == SUCCESS:
            known.append(int(MADE["ability"][row]))
    first, count = SPELLS_OF[unit["kind"]].tolist()
    for spell in range(first, first + count):
        if games.may_cast(0, slot, spell, ignores_resources=ignore_resources):
            known.append(int(SPELLS["ability"][spell]))
    return [(ability, ability in needs_point()) for ability in known]


def placement_result(games: StarCraft2Games, player: int, ability: int, x: int, y: int, slot: int) -> int:
    """Return the ActionResult of building something at a place.

    Args:
        games: one game.
        player: who builds, from 0.
        ability: by which, general or specific.
        x: 1/4096 cell.
        y: likewise, downwards.
        slot: of the builder, -1 for whoever.
    """
    product = products().get(ability)
    if product is None:
        return NOT_SUPPORTED
    return games.may_place(0, product, player, x, y, slot)
