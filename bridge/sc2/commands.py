"""From Commands to raw actions: BWAPI's command types in the API's abilities, units grouped that do the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from bridge.sc2.frames import PIXELS, Ids
from engine.core.frame import NO_UNIT, UnitCommandType

if TYPE_CHECKING:
    from s2clientprotocol.sc2api_pb2 import RequestAction

_TYPES: Final = UnitCommandType

ABILITIES: Final[dict[int, int]] = {
    _TYPES.ATTACK_MOVE: 23,
    _TYPES.ATTACK_UNIT: 23,
    _TYPES.MOVE: 16,
    _TYPES.FOLLOW: 16,
    _TYPES.PATROL: 17,
    _TYPES.HOLD_POSITION: 18,
    _TYPES.STOP: 4,
    _TYPES.RIGHT_CLICK_POSITION: 1,
    _TYPES.RIGHT_CLICK_UNIT: 1,
}
"""The commands that mean one ability; the USE_TECH types carry theirs in `extra` (as `engine.starcraft2.orders`)."""

OWN_ABILITY: Final = (_TYPES.USE_TECH, _TYPES.USE_TECH_POSITION, _TYPES.USE_TECH_UNIT)
AT_UNIT: Final = (_TYPES.ATTACK_UNIT, _TYPES.FOLLOW, _TYPES.RIGHT_CLICK_UNIT, _TYPES.USE_TECH_UNIT)
AT_PLACE: Final = (
    *(_TYPES.ATTACK_MOVE, _TYPES.MOVE, _TYPES.PATROL, _TYPES.RIGHT_CLICK_POSITION),
    _TYPES.USE_TECH_POSITION,
)


def to_action(items: NDArray[np.void], ids: Ids, height: int) -> RequestAction | None:
    """Return the request for a row's commands, None if there is nothing to do.

    Args:
        items: (n,) COMMAND_DTYPE, in the order of execution.
        ids: of the game.
        height: of the map, cells.
    """
    from s2clientprotocol.sc2api_pb2 import RequestAction  # only where there is a game

    request = RequestAction()
    for unit_id, kind, target_id, x, y, extra in items.tolist():
        ability = extra if kind in OWN_ABILITY else ABILITIES.get(kind)
        tag = ids.tag_of(unit_id)
        target = ids.tag_of(target_id) if kind in AT_UNIT and target_id != NO_UNIT else 0
        if ability is None or not tag or (kind in AT_UNIT and not target):
            continue
        command = request.actions.add().action_raw.unit_command
        command.ability_id = ability
        command.unit_tags.append(tag)
        if target:
            command.target_unit_tag = target
        elif kind in AT_PLACE:
            command.target_world_space_pos.x = x / PIXELS
            command.target_world_space_pos.y = height - y / PIXELS
    return request if request.actions else None
