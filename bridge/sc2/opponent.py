"""Somebody's python-sc2 bot in the second place of a game, with a client of its own in the game process."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys
from typing import Any, Final

from s2clientprotocol import sc2api_pb2
from sc2 import main as sc2_main
from sc2.bot_ai import BotAI
from sc2.client import Client
from sc2.data import Race, Result
from sc2.portconfig import Portconfig

from bridge.errors import ConfigError
from bridge.sc2.params import RACES

PREFIX: Final = "bot:"

END_S: Final = 5.0
"""How long a bot may take over the end of a game that the learner has left."""

ABANDON_S: Final = 0.5
"""How long a bot may take to notice that its connection is closed."""


def parse_bot(text: str) -> tuple[int, type[BotAI]]:
    """Return race and class of `bot:RACE:MODULE:CLASS`.

    Raises:
        ConfigError: another form, or there is no such class.
    """
    race, _, path = text.removeprefix(PREFIX).partition(":")
    module, _, name = path.partition(":")
    if race not in RACES or not name:
        raise ConfigError(f"player {text!r}: allowed: bot:RACE:MODULE:CLASS, RACE one of {', '.join(RACES)}")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"player {text!r}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, BotAI)):
        raise ConfigError(f"player {text!r}: {name} is no class of python-sc2 bots")
    return RACES.index(race) + 1, found


class BotOpponent:
    """A bot that plays every game of a session; a new object of its class each time.

    Attributes:
        race: as it joins.
        task: its game, None before the first.
    """

    def __init__(self, text: str) -> None:
        """Find the bot.

        Args:
            text: `bot:RACE:MODULE:CLASS`.

        Raises:
            ConfigError: there is none.
        """
        self.race, self._bot_class = parse_bot(text)
        self.task: asyncio.Task[None] | None = None
        self._client: Client | None = None

    def begin(self, client: Client, ports: Portconfig, *, realtime: bool) -> None:
        """Let it join the game that was created, and play.

        Args:
            client: its own connection.
            ports: those that the learner joins with.
            realtime: as the game was created.
        """
        self._client = client
        self.task = asyncio.create_task(self._play(client, ports, realtime=realtime), name="sc2 opponent")

    async def end(self) -> None:
        """Let it see the end of a game that the learner has left, and leave as well."""
        task, self.task = self.task, None
        if task is None or self._client is None:
            return
        if not task.done():
            await asyncio.wait({task}, timeout=END_S)
        if not task.done():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
        await self._client._execute(leave_game=sc2api_pb2.RequestLeaveGame())

    async def abandon(self) -> None:
        """Forget its game; its connection is closed already, so that no request of its is under way for long."""
        task, self.task = self.task, None
        if task is None:
            return
        if not task.done():
            await asyncio.wait({task}, timeout=ABANDON_S)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task

    async def _play(self, client: Client, ports: Portconfig, *, realtime: bool) -> None:
        bot = _kept(self._bot_class)()
        player_id = await client.join_game("bot", Race(self.race), portconfig=ports)
        await sc2_main._play_game_ai(client, player_id, bot, realtime, None)
        failure: BaseException | None = bot.nydus_failure
        if failure is not None:
            raise failure


def _kept(bot_class: type[BotAI]) -> Any:
    """Return the class with its start's exceptions kept, which python-sc2 turns into a Defeat."""

    async def on_end(self: Any, game_result: Result) -> None:
        self.nydus_failure = sys.exc_info()[1]
        await bot_class.on_end(self, game_result)

    return type(bot_class.__name__, (bot_class,), {"on_end": on_end, "nydus_failure": None})
