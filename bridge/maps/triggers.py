"""A map's triggers as those of a scenario, or one line about what has no equivalent.

A trigger of the map that runs for several players becomes one trigger per player, in the order in which the game runs
them: player by player, and for each player in the map's order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bridge.errors import ConfigError
from bridge.maps.chk import MAP_REVEALER, START_LOCATION, ChkAction, ChkCondition, ChkMap, ChkTrigger
from bridge.scenarios import ANY_UNIT, NUM_UNIT_TYPES, ActionFile, ConditionFile, TriggerFile
from bridge.userfiles import parse
from engine.broodwar.rules_table import UNIT_TYPE_NAMES

SCENARIO_PLAYERS: Final = (0, 1)
NUM_NUMBERED_GROUPS: Final = 8
GROUP_CURRENT: Final = 13
GROUP_ALL: Final = 17
GROUPS_OF_FORCES: Final = (18, 19, 20, 21)

UNIT_ANY: Final = 229
UNIT_MEN: Final = 230
BUILDINGS: Final = range(106, 202)
"""BWAPI UnitType ids of buildings: Terran_Command_Center is the first, Special_Overmind_Cocoon the last."""

ORDER_ATTACK: Final = 2
ORDERS: Final = {0: "move", 1: "patrol", ORDER_ATTACK: "attack"}
ANYWHERE: Final = 64
COMPARISONS: Final = {0: "at_least", 1: "at_most", 10: "exactly"}
WITHOUT_EFFECT: Final = ("play_wav", "display_text", "center_view", "set_mission_objectives", "minimap_ping", "comment")
"""Actions that change nothing in a battle; they are left out."""


def convert_triggers(chk: ChkMap) -> tuple[TriggerFile, ...]:
    """Return the triggers that do something in a battle of players 0 and 1.

    Raises:
        ConfigError: a condition, action or player group that scenarios do not have; names the trigger, from 1.
    """
    converted: list[TriggerFile] = []
    for player in SCENARIO_PLAYERS:
        for number, trigger in enumerate(chk.triggers, start=1):
            try:
                if trigger.actions and _runs_for(chk, trigger, player):
                    converted += _convert(chk, trigger, player)
            except ConfigError as error:
                raise ConfigError(f"trigger {number}: {error}") from error
    return tuple(converted)


def unit_name(kind: int) -> str:
    """Return the BWAPI UnitType name of a unit type id.

    Raises:
        ConfigError: there is no such unit type.
    """
    if kind >= NUM_UNIT_TYPES:
        raise ConfigError(f"unit type {kind} is not supported; supported: 0 to {NUM_UNIT_TYPES - 1}")
    return UNIT_TYPE_NAMES[kind]


def _runs_for(chk: ChkMap, trigger: ChkTrigger, player: int) -> bool:
    return any(player in _group(chk, group, player) for group in trigger.players)


def _convert(chk: ChkMap, trigger: ChkTrigger, player: int) -> list[TriggerFile]:
    """Return the trigger as it runs for one player; nothing if it changes nothing in a battle."""
    if not trigger.conditions:
        raise ConfigError("it has no condition")
    conditions: list[ConditionFile] = []
    for condition in trigger.conditions:
        convert_condition = _CONDITIONS.get(condition.type)
        if convert_condition is None:
            raise ConfigError(f"condition {condition.type!r} is not supported; supported: {', '.join(_CONDITIONS)}")
        conditions.append(convert_condition(chk, condition, player))
    actions: list[ActionFile] = []
    for action in trigger.actions:
        if action.type in WITHOUT_EFFECT:
            continue
        convert_action = _ACTIONS.get(action.type)
        if convert_action is None:
            raise ConfigError(f"action {action.type!r} is not supported; supported: {', '.join(_ACTIONS)}")
        actions += convert_action(chk, action, player)
    if all(action.kind == "preserve_trigger" for action in actions):
        return []
    return [TriggerFile(conditions=tuple(conditions), actions=tuple(actions))]


def _always(chk: ChkMap, condition: ChkCondition, player: int) -> ConditionFile:
    return ConditionFile(kind="always")


def _elapsed_time(chk: ChkMap, condition: ChkCondition, player: int) -> ConditionFile:
    return _condition(kind="elapsed_seconds", comparison=_comparison(condition), amount=condition.amount)


def _command(chk: ChkMap, condition: ChkCondition, player: int) -> ConditionFile:
    owners = _group(chk, condition.player, player)
    if len(owners) != 1:
        raise ConfigError(f"condition 'command' counts the units of {len(owners)} players together; supported: of one")
    return _condition(
        kind="command",
        comparison=_comparison(condition),
        amount=condition.amount,
        player=owners[0],
        unit=_unit_or_any(chk, condition.unit),
    )


def _create_unit(chk: ChkMap, action: ChkAction, player: int) -> list[ActionFile]:
    x, y = _centre(chk, action.location)
    name = unit_name(action.unit)
    return [
        _action(kind="create_unit", player=owner, unit=name, amount=action.modifier, x=x, y=y)
        for owner in _group(chk, action.player, player)
    ]


def _end_units(chk: ChkMap, action: ChkAction, player: int) -> list[ActionFile]:
    unit = _unit_or_any(chk, action.unit)
    return [_action(kind=action.type, player=owner, unit=unit) for owner in _group(chk, action.player, player)]


def _order(chk: ChkMap, action: ChkAction, player: int) -> list[ActionFile]:
    if action.modifier != ORDER_ATTACK:
        kind = ORDERS.get(action.modifier, str(action.modifier))
        raise ConfigError(f"action 'order' with {kind!r} is not supported; supported: attack")
    if action.location != ANYWHERE:
        raise ConfigError(f"action 'order' for the units in location {action.location} is not supported; "
                          "supported: Anywhere")  # fmt: skip
    x, y = _centre(chk, action.number)
    unit = _unit_or_any(chk, action.unit)
    return [_action(kind="order", player=owner, unit=unit, x=x, y=y) for owner in _group(chk, action.player, player)]


def _preserve(chk: ChkMap, action: ChkAction, player: int) -> list[ActionFile]:
    return [ActionFile(kind="preserve_trigger")]


_CONDITIONS: Final[dict[str, Callable[[ChkMap, ChkCondition, int], ConditionFile]]] = {
    "always": _always,
    "command": _command,
    "elapsed_time": _elapsed_time,
}
_ACTIONS: Final[dict[str, Callable[[ChkMap, ChkAction, int], list[ActionFile]]]] = {
    "create_unit": _create_unit,
    "kill_unit": _end_units,
    "order": _order,
    "preserve_trigger": _preserve,
    "remove_unit": _end_units,
}


def _condition(**values: Any) -> ConditionFile:
    return parse(ConditionFile, values, f"condition {values['kind']!r}")


def _action(**values: Any) -> ActionFile:
    return parse(ActionFile, values, f"action {values['kind']!r}")


def _group(chk: ChkMap, group: int, current: int) -> tuple[int, ...]:
    """Return which of the two players a group of a trigger means, while it runs for `current`."""
    if group < NUM_NUMBERED_GROUPS:
        return (group,) if group in SCENARIO_PLAYERS else ()
    if group == GROUP_CURRENT:
        return (current,)
    if group == GROUP_ALL:
        return SCENARIO_PLAYERS
    if group in GROUPS_OF_FORCES:
        force = GROUPS_OF_FORCES.index(group)
        return tuple(player for player in SCENARIO_PLAYERS if chk.forces.of_player[player] == force)
    raise ConfigError(f"player group {group} is not supported; supported: players, current player, all, forces")


def _comparison(condition: ChkCondition) -> str:
    comparison = COMPARISONS.get(condition.comparison)
    if comparison is None:
        raise ConfigError(f"condition {condition.type!r} compares with code {condition.comparison}; allowed: 0, 1, 10")
    return comparison


def _centre(chk: ChkMap, location: int) -> tuple[int, int]:
    for candidate in chk.locations:
        if candidate.index == location:
            return candidate.centre
    raise ConfigError(f"location {location} is empty")


def _unit_or_any(chk: ChkMap, kind: int) -> str:
    if kind == UNIT_ANY:
        return ANY_UNIT
    if kind == UNIT_MEN:
        placed = {unit.type for unit in chk.units if unit.type not in (START_LOCATION, MAP_REVEALER)}
        actions = [action for trigger in chk.triggers for action in trigger.actions]
        created = {action.unit for action in actions if action.type == "create_unit"}
        if any(other in BUILDINGS for other in placed | created):
            raise ConfigError("'men' on a map with buildings is not supported; supported: any unit, or one type")
        return ANY_UNIT
    return unit_name(kind)
