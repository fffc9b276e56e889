"""Scripted players of battles: pure functions of what a seat sees, written as kernels over all rows.

Names and rules are those of Brood War's (`engine.broodwar.players`), and `smac`: the heuristic of SMAC's own
environment (oxwhirl/smac, `get_agent_action_heuristic`): every unit attacks the enemy that was nearest when its last
target died, a Medivac heals the friend that was nearest when it last had to choose. Here the last choice is read from
the Frame (what a unit attacks or heals) instead of kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.frame import Commands, Frame, UnitCommandType
from engine.core.jit import kernel
from engine.core.rules import Player
from engine.core.scripted import (
    CLOSEST,
    FIRST,
    NO_TARGET,
    WEAKEST_CLOSEST,
    append_attack_moves,
    append_attacks,
    choose_targets,
    noop,
)
from engine.starcraft2.observe import ORDER_ATTACK_UNIT, ORDER_MEDIC_HEAL
from engine.starcraft2.orders import HEAL
from engine.starcraft2.tables import KIND_OF, KINDS, NO_KIND, NO_WEAPON
from engine.starcraft2.targeting import BIOLOGICAL

_USE_TECH_UNIT: Final = int(UnitCommandType.USE_TECH_UNIT)


@kernel
def append_heals(
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    keeps: bool,
    items: NDArray[np.void],
    count: NDArray[np.int32],
) -> None:
    """Append, for each own healer, the command to heal the closest wounded whom it can heal.

    Args:
        player: (rows,) int8, the row's player.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        keeps: whoever is being healed stays the one while wounded or not.
        items: (rows, n) COMMAND_DTYPE, appended to; commands beyond its capacity are dropped.
        count: (rows,) int32, raised.
    """
    for row in range(num_units.shape[0]):
        for i in range(num_units[row]):
            u = units[row, i]
            kind = KIND_OF[u["type"]]
            if u["player"] != player[row] or kind == NO_KIND or count[row] >= items.shape[1]:
                continue
            if not KINDS[kind].heals:
                continue
            best = NO_TARGET
            least = whole(0)
            for j in range(num_units[row]):
                v = units[row, j]
                other = KIND_OF[v["type"]]
                if other == NO_KIND or i == j or v["player"] != player[row]:
                    continue
                facts = KINDS[other]
                is_wounded = whole(v["hp"]) << 12 < facts.max_hp
                if facts.is_flyer or not is_wounded or not facts.attributes & BIOLOGICAL:
                    continue
                if keeps and u["order"] == ORDER_MEDIC_HEAL and u["target_id"] == v["id"]:
                    best = j
                    break
                dx = whole(u["x"]) - v["x"]
                dy = whole(u["y"]) - v["y"]
                score = dx * dx + dy * dy
                if best == NO_TARGET or score < least:
                    best = j
                    least = score
            if best == NO_TARGET:
                continue
            v = units[row, best]
            if u["order"] == ORDER_MEDIC_HEAL and u["target_id"] == v["id"]:
                continue
            item = items[row, count[row]]
            item["unit_id"] = u["id"]
            item["type"] = _USE_TECH_UNIT
            item["target_id"] = v["id"]
            item["x"] = v["x"]
            item["y"] = v["y"]
            item["extra"] = HEAL
            count[row] += 1


@kernel
def keep_targets(num_units: NDArray[np.int32], units: NDArray[np.void], targets: NDArray[np.int32]) -> None:
    """Put back the target that a unit attacks already, while it is seen.

    Args:
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        targets: (rows, capacity) int32 from `choose_targets`, changed.
    """
    for row in range(num_units.shape[0]):
        for i in range(num_units[row]):
            if targets[row, i] == NO_TARGET or units[row, i]["order"] != ORDER_ATTACK_UNIT:
                continue
            for j in range(num_units[row]):
                if units[row, j]["id"] == units[row, i]["target_id"]:
                    targets[row, i] = j
                    break


@cache
def _hits(with_healers: bool) -> NDArray[np.bool_]:
    """Return (types, 2) bool: the unit type attacks ground units, flyers; healers go along with everybody."""
    hits = np.zeros((len(KIND_OF), 2), np.bool_)
    for type_id, kind in enumerate(KIND_OF.tolist()):
        if kind != NO_KIND:
            for layer, name in enumerate(("ground_weapon", "air_weapon")):
                hits[type_id, layer] = KINDS[name][kind] != NO_WEAPON or (with_healers and KINDS["heals"][kind])
    return hits


def _targets(frame: Frame, rule: int) -> NDArray[np.int32]:
    targets = np.empty(frame.units.shape, np.int32)
    choose_targets(frame.player, frame.num_units, frame.units, _hits(rule == FIRST), rule, targets)
    return targets


def _fight(frame: Frame, commands: Commands, targets: NDArray[np.int32], *, keeps: bool = False) -> None:
    items, count = commands.items, commands.count
    append_attacks(frame.num_units, frame.units, targets, ORDER_ATTACK_UNIT, items, count)
    append_heals(frame.player, frame.num_units, frame.units, keeps, items, count)


def attack_move(frame: Frame, commands: Commands) -> None:
    """Send every idle unit attacking towards the first enemy that it can hit."""
    append_attack_moves(frame.num_units, frame.units, _targets(frame, FIRST), commands.items, commands.count)


def closest(frame: Frame, commands: Commands) -> None:
    """Let every unit attack the enemy closest to it; Medivacs heal the closest wounded."""
    _fight(frame, commands, _targets(frame, CLOSEST))


def weakest_closest(frame: Frame, commands: Commands) -> None:
    """Let every unit attack the enemy with the fewest points, distance weighing in slightly."""
    _fight(frame, commands, _targets(frame, WEAKEST_CLOSEST))


def smac(frame: Frame, commands: Commands) -> None:
    """Play SMAC's heuristic: the closest enemy, and no other while that one lives."""
    targets = _targets(frame, CLOSEST)
    keep_targets(frame.num_units, frame.units, targets)
    _fight(frame, commands, targets, keeps=True)


PLAYERS: Final[Mapping[str, Player]] = MappingProxyType(
    {"attack_move": attack_move, "closest": closest, "weakest_closest": weakest_closest, "noop": noop, "smac": smac}
)
"""Scripted players by name."""
