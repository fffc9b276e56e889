"""A python-sc2 bot that hands every observation to the channel and awaits the commands.

python-sc2 owns an event loop and calls its bot; a learner wants to be waited for. Here both live in the game process:
`on_step` hands over a Frame and awaits the next commands, nothing blocks the loop. python-sc2's traps are kept away:

* an exception while a bot starts is logged and becomes a Defeat there: here it is kept and raised to who plays;
* its own launcher ends every StarCraft II of the machine's user, installs a signal handler, runs `wineserver -k`, calls
  `sys.exit` when nothing is installed: it is not used, `bridge.sc2.installation` launches;
* a request that is cancelled twice calls `sys.exit(2)`: requests end by their own deadline instead (`GuardedSocket`);
* it logs to stdout: its log is turned off.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Final, Protocol

from loguru import logger
from s2clientprotocol import sc2api_pb2
from sc2 import main as sc2_main
from sc2.bot_ai import BotAI
from sc2.client import Client
from sc2.data import Race, Result
from sc2.portconfig import Portconfig

from bridge.sc2.wire import unsigned

logger.disable("sc2")

STATUS_KEY: Final = unsigned(sc2api_pb2.Response.STATUS_FIELD_NUMBER, 0)[:-1]

CLOSE_S: Final = 1.0
"""How long a connection may take to close."""


class Socket(Protocol):
    """The part of aiohttp's client websocket that python-sc2 uses."""

    async def send_bytes(self, data: bytes) -> None:
        """Send a request."""
        ...

    async def receive_bytes(self) -> bytes:
        """Return the next response."""
        ...

    async def close(self) -> object:
        """Hang up."""
        ...


class NoAnswerError(Exception):
    """The game did not answer within the deadline."""


class HungUpError(Exception):
    """The game closed the connection."""


class GarbageError(Exception):
    """What the game answered is no Response."""


class GuardedSocket:
    """A websocket whose every answer has a deadline and whose every failure has a name of ours."""

    def __init__(self, socket: Socket, answer_s: float) -> None:
        """Guard a socket.

        Args:
            socket: open.
            answer_s: how long an answer may take.
        """
        self._socket = socket
        self.answer_s = answer_s
        self.closed = False

    async def send_bytes(self, data: bytes) -> None:
        """Send a request.

        Raises:
            HungUpError: the connection is closed.
        """
        try:
            await self._socket.send_bytes(data)
        except (ConnectionError, OSError, RuntimeError) as error:
            raise HungUpError(f"the game has closed the connection ({error})") from error

    async def receive_bytes(self) -> bytes:
        """Return the bytes of the next response, checked.

        Raises:
            NoAnswerError: none in time.
            HungUpError: the connection is closed.
            GarbageError: it is no Response, or has no status.
        """
        try:
            async with asyncio.timeout(self.answer_s):
                data = await self._socket.receive_bytes()
        except TimeoutError as error:
            raise NoAnswerError(f"no answer in {self.answer_s:g} s") from error
        except (TypeError, ConnectionError, OSError, RuntimeError) as error:  # aiohttp: a frame that holds no bytes
            raise HungUpError("the game has closed the connection") from error
        # The status comes with every answer; what has none is no answer of the game's, and python-sc2 would take
        # the game for over. It is the field with the greatest number, so that it stands last: whole answers are not
        # parsed twice.
        if data[-3:-1] == STATUS_KEY:
            return data
        try:
            has_status = sc2api_pb2.Response.FromString(data).HasField("status")
        except Exception as error:
            raise GarbageError(f"{len(data)} bytes that are no Response: {data[:16].hex()}...") from error
        if not has_status:
            raise GarbageError(f"a Response of {len(data)} bytes without a status")
        return data

    async def close(self) -> None:
        """Hang up, within a second; idempotent."""
        if self.closed:
            return
        self.closed = True
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._socket.close()
        except (TimeoutError, ConnectionError, OSError):
            return


class ChannelBot(BotAI):
    """Gives the game away, one step at a time; a new one for every game.

    Attributes:
        failure: what went wrong before the first step, where python-sc2 would say Defeat.
        result: how the game has ended, None while it goes on.
    """

    def __init__(self, show: Callable[[sc2api_pb2.Observation, int], None], frames: int) -> None:
        """Take what is called with every observation, and the loops of the first step."""
        super().__init__()
        self._show = show
        self._frames = frames
        self._turn: asyncio.Future[tuple[sc2api_pb2.RequestAction | None, int]] | None = None
        self.shown = asyncio.Event()
        self.failure: BaseException | None = None
        self.result: Result | None = None

    async def on_step(self, iteration: int) -> None:
        """Show the observation, await the commands, give them."""
        self._turn = asyncio.get_running_loop().create_future()
        self._show(self.state.observation, self.player_id)
        self.shown.set()
        action, self.client.game_step = await self._turn
        if action is not None:
            await self.client._execute(action=action)

    async def on_end(self, game_result: Result) -> None:
        """Take note of the result, and of what went wrong.

        python-sc2 calls this while it handles an exception of its own start or of the bot's, which it then forgets.
        """
        self.failure = sys.exc_info()[1]
        self.result = game_result

    def go_on(self, action: sc2api_pb2.RequestAction | None, frames: int) -> None:
        """End the wait of `on_step`.

        Args:
            action: what to do.
            frames: loops until the next observation.
        """
        assert self._turn is not None
        self.shown.clear()
        self._turn.set_result((action, frames))


async def create_game(client: Client, request: sc2api_pb2.RequestCreateGame) -> None:
    """Lay out a game.

    Raises:
        GarbageError: the game refuses; the message says why.
    """
    answer = (await client._execute(create_game=request)).create_game
    if answer.HasField("error"):
        name = sc2api_pb2.ResponseCreateGame.Error.Name(answer.error)
        raise GarbageError(f"the game cannot be created: {name}: {answer.error_details}")


async def play(
    client: Client, bot: ChannelBot, race: Race, *, realtime: bool = False, ports: Portconfig | None = None
) -> Result:
    """Join the game that was created and play it to its end.

    Raises:
        Exception: what the bot's start raised, which python-sc2 turns into a Defeat; whatever its steps raise.
    """
    player_id = await client.join_game("nydus", race, portconfig=ports)
    result: Result = await sc2_main._play_game_ai(client, player_id, bot, realtime, None)
    if bot.failure is not None:
        raise bot.failure
    return result
