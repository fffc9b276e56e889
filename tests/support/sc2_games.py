"""Games of python-sc2 bots behind the API, in this process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sc2.bot_ai import BotAI
from sc2.data import Race
from sc2.main import play_from_websocket
from sc2.player import Bot

from bridge.sc2.engine_worlds import EngineWorlds
from bridge.sc2.lobby import Lobby
from bridge.sc2.server import ApiServer


def play(bot: BotAI, race: Race, map_name: str, folder: Path | None = None, seed: int = 0, limit_s: float = 120) -> Any:
    """Play one game against an easy Terran."""

    async def run() -> Any:
        lobby = Lobby(worlds=EngineWorlds(folder), default_map=map_name, default_opponent=(1, 2), seed=seed)
        server = ApiServer(lobby)
        port = await server.start()
        try:
            async with asyncio.timeout(limit_s):
                return await play_from_websocket(f"ws://127.0.0.1:{port}/sc2api", Bot(race, bot), False, None)
        finally:
            await server.close()

    return asyncio.run(run())
