"""Scripted players: pure functions of what a seat sees, written as kernels over all rows.

Each gives a unit a command only when it wants something else than the unit already does, because a repeated attack
command would interrupt the attack. They read that from the Frame (a unit's order and its target) instead of keeping
a memory, so that the same Frame always gives the same commands. With a command latency longer than the frames between
two decisions, a command on its way is not seen yet and is given again.

Sources: TorchCraftAI tutorials/micro/rule_module.h (attack_move, closest, weakest) and TorchCraft
examples/lua/targeting_heuristics.lua, as facts. Two deviations, both because a Frame shows what the unit really does:
the tutorial forgets its targets every 100 frames and so repeats its commands, we do not; it measures `closest` in
whole walk tiles, we in pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.rules_table import order_id, weapon_targets
from engine.core.frame import Commands, Frame
from engine.core.rules import Player
from engine.core.scripted import (
    CLOSEST,
    FIRST,
    WEAKEST_CLOSEST,
    append_attack_moves,
    append_attacks,
    choose_targets,
    noop,
)

ORDER_ATTACK_UNIT: Final = order_id("AttackUnit")


def attack_move(frame: Frame, commands: Commands) -> None:
    """Send every idle unit attacking towards the first enemy that it can hit."""
    targets = _targets(frame, FIRST)
    append_attack_moves(frame.num_units, frame.units, targets, commands.items, commands.count)


def closest(frame: Frame, commands: Commands) -> None:
    """Let every unit attack the enemy closest to it."""
    targets = _targets(frame, CLOSEST)
    append_attacks(frame.num_units, frame.units, targets, ORDER_ATTACK_UNIT, commands.items, commands.count)


def weakest_closest(frame: Frame, commands: Commands) -> None:
    """Let every unit attack the enemy with the fewest hit points and shields, distance weighing in slightly."""
    targets = _targets(frame, WEAKEST_CLOSEST)
    append_attacks(frame.num_units, frame.units, targets, ORDER_ATTACK_UNIT, commands.items, commands.count)


PLAYERS: Final[Mapping[str, Player]] = MappingProxyType(
    {"attack_move": attack_move, "closest": closest, "weakest_closest": weakest_closest, "noop": noop}
)
"""Scripted players by name."""


def _targets(frame: Frame, rule: int) -> NDArray[np.int32]:
    targets = np.empty(frame.units.shape, np.int32)
    choose_targets(frame.player, frame.num_units, frame.units, _hits(), rule, targets)
    return targets


@cache
def _hits() -> NDArray[np.bool_]:
    return weapon_targets()
