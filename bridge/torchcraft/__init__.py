"""TorchCraft's protocol, client, server and replay files, without TorchCraft.

`from bridge import torchcraft as tc` offers what TorchCraft's Python module offers: `tc.Client`, `tc.State`,
`tc.Constants`, `tc.replayer`; besides, `tc.AsyncClient` and `tc.errors`. They are loaded when first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from bridge.torchcraft import errors, replayer
    from bridge.torchcraft.client import AsyncClient, Client
    from bridge.torchcraft.commands import describe_status
    from bridge.torchcraft.state import State

    Constants: ModuleType

__all__ = ["AsyncClient", "Client", "Constants", "State", "describe_status", "errors", "replayer"]

_HOMES = {
    "AsyncClient": "client",
    "Client": "client",
    "State": "state",
    "describe_status": "commands",
    "errors": "",
    "replayer": "",
}


def __getattr__(name: str) -> object:
    if name == "Constants":
        value: object = importlib.import_module("bridge.torchcraft.compat").constants_module()
    elif name in _HOMES:
        home = importlib.import_module(f"bridge.torchcraft.{_HOMES[name] or name}")
        value = getattr(home, name) if _HOMES[name] else home
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
