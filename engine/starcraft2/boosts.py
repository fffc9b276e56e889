"""What upgrades without levels add to units: `data/boosts.csv`, and how much sooner work is done: `data/hastes.csv`.

Speeds are `pace`'s, weapons and armor in levels `damage`'s. Whoever asks how much life, reach or armor a unit has asks
here: the tables' maxima are those of players who have researched nothing.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline, records
from engine.starcraft2.geometry import Game, Units
from engine.starcraft2.making import has_upgrade
from engine.starcraft2.state import SLOT_ALIVE, SLOT_INSIDE
from engine.starcraft2.tables import (
    ATTRIBUTES,
    KIND_NAMES,
    KINDS,
    LOOPS_PER_SECOND,
    MADE,
    ONE,
    UPGRADE_IDS,
    TableError,
    fixed,
    number_of,
    position_of,
    read_rows,
)

FILE: Final = "boosts.csv"
HASTES_FILE: Final = "hastes.csv"

BOOST_DTYPE: Final = np.dtype(
    [
        ("upgrade", np.int32),  # upgrade id, 0 for none
        ("life", np.int32),  # 1/4096 point, likewise the next
        ("armor", np.int32),
        ("range", np.int32),  # 1/4096 cell
        ("rate", np.int32),  # percent by which attacks come faster
        ("bonus", np.int32),  # 1/4096 point per hit
        ("bonus_against", np.int32),  # bits of ATTRIBUTES, of who is on the ground
        ("start_energy", np.int32),  # 1/4096 point
        ("wait", np.int32),  # loops that spells may come sooner
    ],
    align=True,
)
"""What one upgrade adds to one unit type."""


def _read_boosts() -> NDArray[np.void]:
    table = np.zeros(len(KIND_NAMES), BOOST_DTYPE)
    for row in read_rows(FILE):
        boost = table[KIND_NAMES.index(row["unit"])]
        if boost["upgrade"]:
            raise TableError(f"{FILE}: unit {row['unit']!r} stands there twice, allowed: one upgrade for a unit")
        boost["upgrade"] = UPGRADE_IDS[row["upgrade"]]
        for column in ("life", "armor", "bonus", "start_energy"):
            boost[column] = fixed(number_of(FILE, row, column), ONE)
        boost["range"] = fixed(number_of(FILE, row, "range_cells"), ONE)
        boost["rate"] = int(number_of(FILE, row, "rate_percent"))
        boost["bonus_against"] = sum(1 << position_of(FILE, word, ATTRIBUTES) for word in row["bonus_vs"].split())
        boost["wait"] = round(number_of(FILE, row, "wait_s") * LOOPS_PER_SECOND)
    return table


def _read_hastes() -> NDArray[np.int32]:
    table = np.zeros((len(MADE), 2), np.int32)
    for row in read_rows(HASTES_FILE):
        made = np.flatnonzero(MADE["ability"] == int(row["ability"]))
        table[made] = UPGRADE_IDS[row["upgrade"]], round(number_of(HASTES_FILE, row, "saved_s") * LOOPS_PER_SECOND)
    table.setflags(write=False)
    return table


BOOSTS: Final = records(_read_boosts())
"""(kinds,) BOOST_DTYPE by row of KINDS; all 0 of those that no upgrade of the file concerns."""

HASTES: Final = _read_hastes()
"""(rows of MADE, 2) int32: upgrade id by which something is done sooner, 0 for none, and loops that it saves."""

BOOSTS.setflags(write=False)


@inline
def is_boosted(game: Game, player: int, kind: int) -> bool:
    """Say whether a player has the upgrade that adds something to a type."""
    return BOOSTS[kind].upgrade != 0 and has_upgrade(game, player, BOOSTS[kind].upgrade)


@inline
def max_hp_of(game: Game, u: Any) -> int:
    """Return the life that a unit may have with its player's upgrades, 1/4096 point."""
    more = whole(BOOSTS[u.kind].life)
    if more > 0 and is_boosted(game, u.player, u.kind):
        return whole(KINDS[u.kind].max_hp) + more
    return whole(KINDS[u.kind].max_hp)


@inline
def more_range(game: Game, player: int, kind: int) -> int:
    """Return what a player's upgrades add to the range of a type's weapons, 1/4096 cell."""
    more = whole(BOOSTS[kind].range)
    return more if more > 0 and is_boosted(game, player, kind) else whole(0)


@inline
def range_of(game: Game, u: Any, weapon: Any) -> int:
    """Return how far a unit's weapon reaches with its player's upgrades, edge to edge, 1/4096 cell."""
    return whole(weapon.range) + more_range(game, u.player, u.kind)


@inline
def cooldown_of_weapon(game: Game, u: Any, weapon: Any) -> int:
    """Return the cooldown of a unit's weapon with its player's upgrades, its random part left out, 1/4096 loop."""
    rate = whole(BOOSTS[u.kind].rate)
    if rate > 0 and is_boosted(game, u.player, u.kind):
        return whole(weapon.cooldown) * 100 // (100 + rate)
    return whole(weapon.cooldown)


@inline
def bonus_of(game: Game, u: Any, kind: Any) -> int:
    """Return what a player's upgrades add to each of a unit's hits on a type, 1/4096 point.

    Args:
        game: the game.
        u: the attacker.
        kind: whom it hits, a row of KINDS.
    """
    boost = BOOSTS[u.kind]
    is_meant = boost.bonus > 0 and (boost.bonus_against & kind.attributes) != 0 and not kind.is_flyer
    return whole(boost.bonus) if is_meant and is_boosted(game, u.player, u.kind) else whole(0)


@inline
def loops_of(game: Game, player: int, row: int) -> int:
    """Return how long a row of MADE takes a player, loops."""
    loops = whole(MADE[row].loops)
    if HASTES[row, 0] != 0 and has_upgrade(game, player, HASTES[row, 0]):
        return max(whole(1), loops - whole(HASTES[row, 1]))
    return loops


@inline
def raise_life(units: Units, game: Game, player: int, upgrade: int) -> None:
    """Give a player's units the life that an upgrade adds, those inside others too; to be called as it is granted."""
    for i in range(len(units)):
        u = units[i]
        if u.player != player or (u.slot_state != SLOT_ALIVE and u.slot_state != SLOT_INSIDE):
            continue
        if BOOSTS[u.kind].upgrade == upgrade:
            u.hp += BOOSTS[u.kind].life
