"""Scripted players of battles: pure functions of what a seat sees, written as kernels over all rows.

Names and rules are those of Brood War's (`engine.broodwar.players`), and `smac`: the heuristic of SMAC's own
environment (oxwhirl/smac, `get_agent_action_heuristic`): every unit attacks the enemy that was nearest when its last
target died, a Medivac heals the friend that was nearest when it last had to choose. Here the last choice is read from
the Frame (what a unit attacks or heals) instead of kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.frame import Commands, Frame, UnitCommandType, UnitFlag
from engine.core.jit import kernel
from engine.starcraft2.observe import ORDER_ATTACK_UNIT, ORDER_MEDIC_HEAL
from engine.starcraft2.orders import HEAL
from engine.starcraft2.state import NEUTRAL_PLAYER
from engine.starcraft2.tables import KIND_OF, KINDS, NO_KIND, NO_WEAPON
from engine.starcraft2.targeting import BIOLOGICAL

Player = Callable[[Frame, Commands], None]
"""Appends commands for every row of the Frame, as the player that the row belongs to."""

NO_TARGET: Final = -1

CLOSEST: Final = 0
WEAKEST_CLOSEST: Final = 1
FIRST: Final = 2
KEEP: Final = 3

TILE_PX: Final = 8
WEAKNESS_PER_TILE2: Final = 1024
"""`weakest_closest`: so many squared tiles of 8 px weigh as one point, as in Brood War's player."""

_ATTACK_UNIT: Final = int(UnitCommandType.ATTACK_UNIT)
_ATTACK_MOVE: Final = int(UnitCommandType.ATTACK_MOVE)
_USE_TECH_UNIT: Final = int(UnitCommandType.USE_TECH_UNIT)
_IDLE: Final = np.uint64(1 << UnitFlag.IDLE)
_NONE: Final = np.uint64(0)


@kernel
def give_commands(
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    items: NDArray[np.void],
    count: NDArray[np.int32],
    rule: int,
) -> None:
    """Append each own unit's command: attack its target, or heal, or attack-move to it.

    Ties go to the unit that comes first, the lower id. A unit that does already what is wanted is told nothing.

    Args:
        player: (rows,) int8, the row's player.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        items: (rows, n) COMMAND_DTYPE, appended to; commands beyond its capacity are dropped.
        count: (rows,) int32, raised.
        rule: `CLOSEST`: least squared distance of centres; `WEAKEST_CLOSEST`: least points + squared distance;
            `FIRST`: the lowest id, attack-moved to by idle units; `KEEP`: the closest, and no other while it lives.
    """
    for row in range(num_units.shape[0]):
        for i in range(num_units[row]):
            u = units[row, i]
            kind = KIND_OF[u["type"]]
            if u["player"] != player[row] or kind == NO_KIND or count[row] >= items.shape[1]:
                continue
            heals = KINDS[kind].heals != 0
            if rule == FIRST and u["flags"] & _IDLE == _NONE:
                continue
            best = NO_TARGET
            least = whole(0)
            for j in range(num_units[row]):
                v = units[row, j]
                other = KIND_OF[v["type"]]
                if other == NO_KIND or i == j:
                    continue
                facts = KINDS[other]
                if heals and rule != FIRST:
                    is_wounded = whole(v["hp"]) << 12 < facts.max_hp
                    if v["player"] != player[row] or facts.is_flyer or not is_wounded:
                        continue
                    if not facts.attributes & BIOLOGICAL:
                        continue
                else:
                    if v["player"] == player[row] or v["player"] == NEUTRAL_PLAYER:
                        continue
                    weapon = KINDS[kind].air_weapon if facts.is_flyer else KINDS[kind].ground_weapon
                    if weapon == NO_WEAPON and not heals:
                        continue
                acts_on_it = u["order"] in (ORDER_ATTACK_UNIT, ORDER_MEDIC_HEAL) and u["target_id"] == v["id"]
                if rule == KEEP and acts_on_it:
                    best = j
                    break
                dx = whole(u["x"]) - v["x"]
                dy = whole(u["y"]) - v["y"]
                score = dx * dx + dy * dy
                if rule == FIRST:
                    score = whole(0)
                elif rule == WEAKEST_CLOSEST and not heals:
                    dx = whole(u["x"] // TILE_PX) - v["x"] // TILE_PX
                    dy = whole(u["y"] // TILE_PX) - v["y"] // TILE_PX
                    score = (whole(v["hp"]) + v["shield"]) * WEAKNESS_PER_TILE2 + dx * dx + dy * dy
                if best == NO_TARGET or score < least:
                    best = j
                    least = score
            if best == NO_TARGET:
                continue
            v = units[row, best]
            wanted = ORDER_MEDIC_HEAL if heals and rule != FIRST else ORDER_ATTACK_UNIT
            if rule != FIRST and u["order"] == wanted and u["target_id"] == v["id"]:
                continue
            item = items[row, count[row]]
            item["unit_id"] = u["id"]
            item["target_id"] = v["id"]
            item["x"] = v["x"]
            item["y"] = v["y"]
            item["extra"] = 0
            item["type"] = _ATTACK_UNIT
            if rule == FIRST:
                item["type"] = _ATTACK_MOVE
                item["target_id"] = NO_TARGET
            elif heals:
                item["type"] = _USE_TECH_UNIT
                item["extra"] = HEAL
            count[row] += 1


def _by(rule: int, frame: Frame, commands: Commands) -> None:
    give_commands(frame.player, frame.num_units, frame.units, commands.items, commands.count, rule)


def attack_move(frame: Frame, commands: Commands) -> None:
    """Send every idle unit attacking towards the first enemy that it can hit."""
    _by(FIRST, frame, commands)


def closest(frame: Frame, commands: Commands) -> None:
    """Let every unit attack the enemy closest to it; Medivacs heal the closest wounded."""
    _by(CLOSEST, frame, commands)


def weakest_closest(frame: Frame, commands: Commands) -> None:
    """Let every unit attack the enemy with the fewest points, distance weighing in slightly."""
    _by(WEAKEST_CLOSEST, frame, commands)


def smac(frame: Frame, commands: Commands) -> None:
    """Play SMAC's heuristic: the closest enemy, and no other while that one lives."""
    _by(KEEP, frame, commands)


def noop(frame: Frame, commands: Commands) -> None:
    """Give no commands: units act on their own, and the map's triggers may order them."""


PLAYERS: Final[Mapping[str, Player]] = MappingProxyType(
    {"attack_move": attack_move, "closest": closest, "weakest_closest": weakest_closest, "noop": noop, "smac": smac}
)
"""Scripted players by name."""
