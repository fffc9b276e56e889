"""Unmodified python-sc2 on our server: its own entry points, its own parsing, no line of it replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
import aiohttp
import sc2.main
from s2clientprotocol import sc2api_pb2
from sc2.bot_ai import BotAI
from sc2.controller import Controller
from sc2.data import Difficulty, Race, Result
from sc2.main import GameMatch, play_from_websocket, run_match
from sc2.maps import Map
from sc2.player import Bot, Computer
from sc2_world import SmallWorlds

from bridge.sc2.lobby import Lobby
from bridge.sc2.maps import read_recording
from bridge.sc2.server import ApiServer

pytestmark = pytest.mark.filterwarnings("ignore:parameter 'timeout' of type 'float':DeprecationWarning")
"""python-sc2 7.3.0 calls aiohttp in a way that aiohttp 3.14 warns of."""

RECORDED = {"AcropolisLE": (16, 20, 2), "AltitudeAIE": (16, 30, 2), "BelShirVestigeLE": (10, 20, 2)}
"""Bases (python-sc2's count on the real game's recordings), least number of ramps, start locations."""


class Rush(BotAI):
    """Sends all workers to the enemy's start and looks at nothing else."""

    def __init__(self) -> None:
        self.last_loop = 0
        self.seen: dict[str, Any] = {}

    async def on_step(self, iteration: int) -> None:
        self.last_loop = self.state.game_loop
        if iteration == 0:
            for worker in self.workers:
                worker.attack(self.enemy_start_locations[0])
            self.seen = {
                "bases": len(self.expansion_locations_list),
                "ramps": len(self.game_info.map_ramps),
                "workers": self.workers.amount,
                "minerals": self.minerals,
                "starts": [self.start_location, *self.enemy_start_locations],
            }


class Waits(BotAI):
    """Does nothing."""

    async def on_step(self, iteration: int) -> None:
        self.last_loop = self.state.game_loop


def served(work: Callable[[int, Lobby], Awaitable[Any]], lobby: Lobby | None = None) -> Any:
    """Run `work(port, lobby)` beside a server."""

    async def run() -> Any:
        shared = lobby or Lobby(worlds=SmallWorlds(), default_map="Small")
        server = ApiServer(shared)
        port = await server.start()
        try:
            async with asyncio.timeout(40):
                return await work(port, shared)
        finally:
            await server.close()

    return asyncio.run(run())


def url(port: int) -> str:
    return f"ws://127.0.0.1:{port}/sc2api"


def test_play_from_websocket_rush_wins() -> None:
    bot = Rush()

    result = served(lambda port, _: play_from_websocket(url(port), Bot(Race.Terran, bot), False, None))

    assert result is Result.Victory
    assert bot.seen["workers"] == 12
    assert bot.seen["minerals"] == 50


@pytest.mark.parametrize(
    "name", ["AcropolisLE", *(pytest.param(name, marks=pytest.mark.full) for name in list(RECORDED)[1:])]
)
def test_python_sc2_finds_its_way_on_recorded_maps(facts: Path, name: str) -> None:
    folder = facts / "starcraft2" / "data"
    if not (folder / f"{name}.game_info.pb").is_file():
        pytest.skip("no recorded maps")
    recorded = read_recording(folder / f"{name}.game_info.pb", folder / f"{name}.observation.pb")
    lobby = Lobby(worlds=SmallWorlds({name: recorded}), default_map=name)
    bot = Rush()

    result = served(lambda port, _: play_from_websocket(url(port), Bot(Race.Zerg, bot), False, None), lobby)

    bases, ramps, starts = RECORDED[name]
    assert result is Result.Victory
    assert bot.seen["bases"] == bases
    assert bot.seen["ramps"] >= ramps
    assert [tuple(start) for start in bot.seen["starts"]] == [tuple(s) for s in recorded.starts.tolist()]
    assert len(bot.seen["starts"]) == starts
    assert bot.main_base_ramp.upper2_for_ramp_wall


def test_run_match_creates_joins_and_plays_twice_on_one_connection() -> None:
    async def work(port: int, lobby: Lobby) -> list[Any]:
        results = []
        async with aiohttp.ClientSession() as session, session.ws_connect(url(port)) as socket:
            for _ in range(2):
                players = [Bot(Race.Protoss, Rush()), Computer(Race.Zerg, Difficulty.Easy)]
                match = GameMatch(Map(Path("Small.SC2Map")), players, random_seed=5)
                results += (await run_match([Controller(socket, None)], match, close_ws=False)).values()
        return results

    results = served(work)

    assert results == 2 * [Result.Victory, Result.Defeat]


@pytest.mark.parametrize("num_servers", [1, 2])
def test_two_bots_meet_and_see_opposite_results(num_servers: int) -> None:
    """On one server, and each on its own, as when each client launches its executable."""

    async def work(port: int, lobby: Lobby) -> list[Any]:
        other = ApiServer(Lobby(worlds=SmallWorlds()))
        second = await other.start() if num_servers == 2 else port
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(url(port)) as one,
                session.ws_connect(url(second)) as two,
            ):
                players = [Bot(Race.Protoss, Rush(), name="a"), Bot(Race.Zerg, Waits(), name="b")]
                match = GameMatch(Map(Path("Small.SC2Map")), players, random_seed=5)
                controllers = [Controller(one, None), Controller(two, None)]
                return [
                    (await run_match(controllers, match, close_ws=False)).values(),
                    players[1].ai.last_loop,
                    lobby.waiting,
                ]
        finally:
            await other.close()

    (first, second), last_loop, waiting = served(work)

    assert {first, second} == {Result.Victory, Result.Defeat}
    assert last_loop > 100
    assert waiting == {}


def test_realtime_game_goes_on_by_itself() -> None:
    lobby = Lobby(worlds=SmallWorlds(), default_map="Small", is_realtime=True)
    bot = Waits()

    async def work(port: int, _: Lobby) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await play_from_websocket(url(port), Bot(Race.Terran, bot), True, None)

    served(work, lobby)

    assert 10 <= bot.last_loop <= 2 * 22.4 + 1


def test_text_frames_that_are_no_utf8_are_answered_in_binary() -> None:
    async def work(port: int, lobby: Lobby) -> sc2api_pb2.Response:
        request = sc2api_pb2.Request(ping=sc2api_pb2.RequestPing(), id=200)  # 200 is no ASCII
        data = request.SerializeToString()
        with pytest.raises(UnicodeDecodeError):
            data.decode()
        async with aiohttp.ClientSession() as session, session.ws_connect(url(port)) as socket:
            await socket._writer.send_frame(data, aiohttp.WSMsgType.TEXT)
            message = await socket.receive()
            assert message.type is aiohttp.WSMsgType.BINARY
            return sc2api_pb2.Response.FromString(message.data)

    answer = served(work)

    assert (answer.id, answer.status) == (200, 1)


def test_pipelined_requests_are_answered_in_order() -> None:
    async def work(port: int, lobby: Lobby) -> list[int]:
        async with aiohttp.ClientSession() as session, session.ws_connect(url(port)) as socket:
            for number in range(1, 6):
                await socket.send_bytes(
                    sc2api_pb2.Request(ping=sc2api_pb2.RequestPing(), id=number).SerializeToString()
                )
            return [sc2api_pb2.Response.FromString(await socket.receive_bytes()).id for _ in range(5)]

    assert served(work) == [1, 2, 3, 4, 5]


def test_client_that_hangs_up_leaves_a_server_that_serves() -> None:
    async def work(port: int, lobby: Lobby) -> Any:
        async with aiohttp.ClientSession() as session:
            for data in (b"\xff" * 10, sc2api_pb2.Request(ping=sc2api_pb2.RequestPing()).SerializeToString()):
                socket = await session.ws_connect(url(port))
                await socket.send_bytes(data)
                socket._response.close()  # no closing handshake
        return await play_from_websocket(url(port), Bot(Race.Terran, Rush()), False, None)

    assert served(work) is Result.Victory


def test_log_of_python_sc2_shows_no_exception(capsys: pytest.CaptureFixture[str]) -> None:
    sc2.main.logger.add(lambda text: print(text), level="WARNING")

    served(lambda port, _: play_from_websocket(url(port), Bot(Race.Terran, Rush()), False, None))

    assert "rror" not in capsys.readouterr().out
