"""The modules that TorchCraft's scripts import, made of ours: `torchcraft`, its `Constants`, its `replayer`.

They show what the compiled module of TorchCraft 1.4.0 shows, under the same names. Kept, since scripts may rely on it:

* `colors.Orange` is -179, `upgradetypes.Unknow` is spelt so, `isproducedby` is empty, names called `None` need
  `getattr` or `_dict["None"]`, every enumeration has `_dict` with names by number and numbers by name;
* `init` returns None and `send` False on failure, `recv` raises RuntimeError, errors of the server are only logged;
* `state` and `state.frame` are the same objects after each `recv`; dictionaries and lists are made by each access.

Repaired, since no script can rely on it: what crashed the process (`send([[]])`, messages with missing parts), units
that point into freed memory after `recv`, sockets that are dead after a time-out, `close` that hangs, ports given as
text, `Frame()` of random size, `getFlag` and `setFlag` that take no argument at all, `only_consider_types` that cannot
be set, `deepEq` that overlooks players of the other frame.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import ModuleType
from typing import Final

from bridge.torchcraft import client, constants, replayer, state

ALIAS: Final = "torchcraft"

NO_UNIT_TYPE: Final = "MAX"
"""The end mark of TorchCraft's enumerations; it has no static values."""


@cache
def constants_module() -> ModuleType:
    """Return TorchCraft's module `Constants`."""
    module = ModuleType(f"{ALIAS}.Constants", "TorchCraft's constants; every enumeration is a module with a `_dict`.")
    for name, values in constants.ENUMS.items():
        setattr(module, name, _enum_module(f"{module.__name__}.{name}", values))
    for name, number in constants.ENUMS["commands"].items():
        setattr(module, name, number)
    for name, types in constants.PREDICATES.items():
        setattr(module, name, _predicate(name, types))
    content: dict[str, object] = {
        "produces": {unit_type: list(made) for unit_type, made in constants.PRODUCES.items()},
        "isproducedby": {},
        "command2order": {command: list(orders) for command, orders in constants.COMMAND_TO_ORDERS.items()},
        "order2command": {order: list(commands) for order, commands in constants.ORDER_TO_COMMANDS.items()},
        "staticvalues": {name: _by_both(values) for name, values in constants.STATIC_VALUES.items()},
    }
    for name, value in content.items():
        setattr(module, name, value)
    return module


def _enum_module(name: str, values: Mapping[str, int]) -> ModuleType:
    module = ModuleType(name)
    both: dict[str | int, int | str] = {}
    for key, number in values.items():
        setattr(module, key, number)
        both[key] = number
        both[number] = key
    module._dict = both  # type: ignore[attr-defined]
    return module


def _predicate(name: str, types: frozenset[int]) -> Callable[[int], bool]:
    predicate = partial(_is_one_of, name, types)
    predicate.__doc__ = f"Say whether a unit type is what `{name}` says; RuntimeError for unknown types."
    return predicate


def _is_one_of(name: str, types: frozenset[int], unit_type: int) -> bool:
    if unit_type not in constants.NAMES["unittypes"]:
        raise RuntimeError(f"{name}({unit_type!r}): no unit type of `Constants.unittypes`")
    return unit_type in types


def _by_both(values: Mapping[int, int | float | bool]) -> dict[int | str, int | float | bool]:
    names = constants.NAMES["unittypes"]
    both: dict[int | str, int | float | bool] = {}
    for number, value in values.items():
        both[names[number]] = both[number] = value
    return both


@cache
def torchcraft_module() -> ModuleType:
    """Return a module that scripts take for TorchCraft's own."""
    module = ModuleType(ALIAS, "TorchCraft's Python client, by Nydus.")
    content: dict[str, object] = {
        "Client": client.Client,
        "State": state.State,
        "Constants": constants_module(),
        "replayer": replayer,
        "__path__": [],  # `import torchcraft.Constants` asks for a package
    }
    for name, value in content.items():
        setattr(module, name, value)
    return module


def install() -> None:
    """Make `import torchcraft` find ours from now on, in this process, even where the original is installed."""
    module = torchcraft_module()
    found = {ALIAS: module, f"{ALIAS}.Constants": constants_module(), f"{ALIAS}.replayer": replayer}
    for name in constants.ENUMS:
        found[f"{ALIAS}.Constants.{name}"] = getattr(constants_module(), name)
    sys.modules.update(found)
