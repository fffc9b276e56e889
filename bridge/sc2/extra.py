"""The optional extra `sc2`: burnysc2 with its protobuf messages, aiohttp and websockets."""

from __future__ import annotations

import importlib.util
from typing import Final

from bridge.errors import ConfigError

SERVER_NEEDS: Final = ("s2clientprotocol", "aiohttp", "websockets")
"""What the API server imports: the messages, and a websocket's two ends."""

DRIVER_NEEDS: Final = ("sc2", *SERVER_NEEDS)
"""What the driver imports: the server's needs and python-sc2 itself."""


def require(*modules: str, what: str) -> None:
    """Say in one line that the extra is missing, before an import fails with a traceback.

    Args:
        modules: top-level modules.
        what: who needs them, for the message.

    Raises:
        ConfigError: one of them is not installed.
    """
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise ConfigError(f"{what} needs {module}: pip install 'nydus-gym[sc2]'")
