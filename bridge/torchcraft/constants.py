"""TorchCraft's constants as data: enumerations by name, tables by unit type, numbers of the protocol.

The file beside this one holds them (`constants.json`, read from TorchCraft 1.4.0 itself); quirks are kept, such as
the colour `Orange` = -179, the name `Unknow`, and names called `None`. `bridge.torchcraft.compat` offers them as the
modules that TorchCraft's scripts import.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Final, TypedDict, cast


class _Data(TypedDict):
    enums: dict[str, dict[str, int]]
    predicates_true_for_unittype_ids: dict[str, list[int]]
    produces: dict[str, list[int]]
    command2order: dict[str, list[int]]
    order2command: dict[str, list[int]]
    staticvalues: dict[str, dict[str, int | float | bool]]
    unit_flag_bits: dict[str, int]
    unit_flag_python_properties: dict[str, int]
    command_status: dict[str, int]
    bwapi_errors: dict[str, int]
    framediff_var_ids: dict[str, int]
    framediff_order_fields: dict[str, int]


def _read() -> _Data:
    text = resources.files(__package__).joinpath("constants.json").read_text(encoding="utf-8")
    return cast("_Data", json.loads(text))


def _by_number(table: dict[str, list[int]]) -> Mapping[int, tuple[int, ...]]:
    return MappingProxyType({int(key): tuple(values) for key, values in table.items()})


_DATA: Final = _read()

ENUMS: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType(
    {name: MappingProxyType(values) for name, values in _DATA["enums"].items()}
)
"""Number by name, per enumeration: `ENUMS["unittypes"]["Terran_Marine"]`."""

NAMES: Final[Mapping[str, Mapping[int, str]]] = MappingProxyType(
    {name: MappingProxyType({number: key for key, number in values.items()}) for name, values in ENUMS.items()}
)
"""Name by number, per enumeration."""

PREDICATES: Final[Mapping[str, frozenset[int]]] = MappingProxyType(
    {name: frozenset(types) for name, types in _DATA["predicates_true_for_unittype_ids"].items()}
)
"""Unit types of which `isbuilding`, `isworker`, `is_mineral_field`, `is_gas_geyser` are true."""

STATIC_VALUES: Final[Mapping[str, Mapping[int, int | float | bool]]] = MappingProxyType(
    {
        name: MappingProxyType({int(unit_type): value for unit_type, value in values.items()})
        for name, values in _DATA["staticvalues"].items()
    }
)
"""Facts of unit types, per table: `STATIC_VALUES["maxHitPoints"][0]`."""

PRODUCES: Final = _by_number(_DATA["produces"])
"""Unit types that a unit type makes."""

COMMAND_TO_ORDERS: Final = _by_number(_DATA["command2order"])
"""Orders that a unit command may lead to."""

ORDER_TO_COMMANDS: Final = _by_number(_DATA["order2command"])
"""Unit commands that may lead to an order."""

UNIT_FLAGS: Final[Mapping[str, int]] = MappingProxyType(_DATA["unit_flag_bits"])
"""Bit of `Unit.flags` by TorchCraft's C++ name."""

UNIT_FLAG_PROPERTIES: Final[Mapping[str, int]] = MappingProxyType(_DATA["unit_flag_python_properties"])
"""Bit of `Unit.flags` by the name of its Python property."""

COMMAND_STATUS: Final[Mapping[str, int]] = MappingProxyType(_DATA["command_status"])
"""What a server reports of a command."""

BWAPI_ERRORS: Final[Mapping[str, int]] = MappingProxyType(_DATA["bwapi_errors"])
"""The engine's reasons for a refusal; a status of 64 + one of them."""

FRAMEDIFF_VAR_IDS: Final[Mapping[str, int]] = MappingProxyType(_DATA["framediff_var_ids"])
"""Number of a unit's field in a FrameDiff."""

FRAMEDIFF_ORDER_FIELDS: Final[Mapping[str, int]] = MappingProxyType(_DATA["framediff_order_fields"])
"""Number of an order's field in a FrameDiff."""
