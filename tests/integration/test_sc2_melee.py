"""Melee games behind the API: unmodified python-sc2 on maps of ours, against the game's own players."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
import aiohttp
from sc2.bot_ai import BotAI
from sc2.controller import Controller
from sc2.data import Race
from sc2.ids.unit_typeid import UnitTypeId
from sc2.main import GameMatch, play_from_websocket, run_match
from sc2.maps import Map
from sc2.player import Bot

from bridge.errors import ConfigError
from bridge.sc2.engine_worlds import EngineWorlds
from bridge.sc2.lobby import Lobby
from bridge.sc2.maps import dump_sc2_map, read_recording
from bridge.sc2.server import ApiServer
from tests.support.sc2_games import play

pytestmark = [
    pytest.mark.filterwarnings("ignore:parameter 'timeout' of type 'float':DeprecationWarning"),
    pytest.mark.timeout(600),  # the first game compiles the kernels
]

RECORDED = {"AcropolisLE": 16, "AltitudeAIE": 16, "BelShirVestigeLE": 10}
"""Bases, as python-sc2 counts them on the real game's recordings."""


class Looks(BotAI):
    """Notes what python-sc2 makes of the map, and leaves."""

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}

    async def on_step(self, iteration: int) -> None:
        ramp = self.main_base_ramp
        self.seen = {
            "bases": len(self.expansion_locations_list),
            "upper": len(ramp.upper),
            "depots": len(ramp.corner_depots),
            "depot": ramp.depot_in_middle,
            "walls": [self.in_placement_grid(depot) for depot in (*ramp.corner_depots, ramp.depot_in_middle)],
            "start_is_base": self.start_location in self.expansion_locations_list,
            "enemy_is_base": self.enemy_start_locations[0] in self.expansion_locations_list,
            "workers": self.workers.amount,
            "fields": self.mineral_field.closer_than(10, self.start_location).amount,
            "next": await self.get_next_expansion(),
            "supply": (self.supply_used, self.supply_cap, self.minerals),
            "score": self.state.score.score,
            "harvesters": (self.townhalls[0].assigned_harvesters, self.townhalls[0].ideal_harvesters),
            "rally": self.townhalls[0].rally_targets[0].tag in self.mineral_field.tags,
        }
        await self.client.leave()


class Rush(BotAI):
    """Sends all workers to the enemy's start, and leaves when the town hall there is gone."""

    def __init__(self) -> None:
        self.least_life = 1.0
        self.town_hall_is_gone = False

    async def on_step(self, iteration: int) -> None:
        start = self.enemy_start_locations[0]
        if iteration == 0:
            for worker in self.workers:
                worker.attack(start)
        halls = self.enemy_structures.closer_than(3, start)
        if halls:
            self.least_life = min(self.least_life, halls.first.health_percentage)
        elif self.least_life < 0.1 and self.is_visible(start):
            self.town_hall_is_gone = True
            await self.client.leave()


@pytest.mark.parametrize(
    ("map_name", "race"), [("basalt", Race.Terran), ("tideline", Race.Zerg), ("generated_12", Race.Protoss)]
)
def test_python_sc2_finds_ramps_bases_and_starts_on_generated_maps(map_name: str, race: Race) -> None:
    bot = Looks()

    play(bot, race, map_name, seed=3)

    assert bot.seen["bases"] in (8, 10)
    assert (bot.seen["upper"], bot.seen["depots"]) == (2, 2)
    assert all(bot.seen["walls"])
    assert bot.seen["start_is_base"]
    assert bot.seen["enemy_is_base"]
    assert bot.seen["next"] is not None, "a way from the town hall to another base"
    assert bot.seen["workers"] == 12
    assert bot.seen["fields"] == 8
    assert bot.seen["supply"] == (12, 14 if race == Race.Zerg else 15, 50)
    assert bot.seen["harvesters"] == (12, 16)
    assert bot.seen["rally"], "as in the recordings"
    if race == Race.Terran:
        assert bot.seen["score"] == 1050, "as in the recordings"


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_maps_are_played_on(facts: Path, tmp_path: Path, name: str) -> None:
    folder = facts / "starcraft2" / "data"
    if not (folder / f"{name}.game_info.pb").is_file():
        pytest.skip("no recorded maps")
    recorded = read_recording(folder / f"{name}.game_info.pb", folder / f"{name}.observation.pb")
    (tmp_path / f"{name}.SC2Map").write_bytes(dump_sc2_map(recorded))
    bot = Looks()

    play(bot, Race.Terran, name, tmp_path)

    assert bot.seen["bases"] == RECORDED[name]
    assert bot.seen["start_is_base"]
    assert bot.seen["enemy_is_base"]
    assert bot.seen["workers"] == 12
    assert bot.seen["harvesters"] == (12, 16)


def test_workers_who_rush_see_the_enemy_s_base_fall() -> None:
    bot = Rush()

    play(bot, Race.Zerg, "basalt")

    assert bot.town_hall_is_gone


class Settles(BotAI):
    """Trains workers; leaves when it has fourteen and has met the other one's."""

    def __init__(self) -> None:
        self.met = 0

    async def on_start(self) -> None:
        self.client.game_step = 16

    async def on_step(self, iteration: int) -> None:
        self.train(UnitTypeId.PROBE)
        self.met = max(self.met, self.enemy_units.amount)
        if self.supply_workers >= 14 and self.met:
            await self.client.leave()


class Visits(BotAI):
    """Sends one worker to the other one's start, in steps of its own length."""

    async def on_start(self) -> None:
        self.client.game_step = 7

    async def on_step(self, iteration: int) -> None:
        if iteration == 0:
            self.workers.first.move(self.enemy_start_locations[0])


def test_two_bots_meet_on_a_melee_map() -> None:
    settles = Settles()

    async def work() -> dict[Any, Any]:
        server = ApiServer(Lobby(worlds=EngineWorlds()))
        url = f"ws://127.0.0.1:{await server.start()}/sc2api"
        try:
            async with (
                asyncio.timeout(100),
                aiohttp.ClientSession() as session,
                session.ws_connect(url) as one,
                session.ws_connect(url) as two,
            ):
                players = [Bot(Race.Protoss, settles), Bot(Race.Zerg, Visits())]
                match = GameMatch(Map(Path("basalt.SC2Map")), players, random_seed=5)
                controllers = [Controller(socket, None) for socket in (one, two)]
                return dict(await run_match(controllers, match, close_ws=False))
        finally:
            await server.close()

    results = asyncio.run(work())

    assert [result.name for result in results.values()] == ["Defeat", "Victory"]  # who leaves has lost
    assert settles.met == 1


def test_a_melee_game_in_real_time_goes_on_by_itself() -> None:
    bot = Settles()

    async def work() -> None:
        lobby = Lobby(worlds=EngineWorlds(), default_map="basalt", default_opponent=(1, 2), is_realtime=True)
        server = ApiServer(lobby)
        url = f"ws://127.0.0.1:{await server.start()}/sc2api"
        try:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(4):
                    await play_from_websocket(url, Bot(Race.Protoss, bot), True, None)
        finally:
            await server.close()

    asyncio.run(work())

    assert 20 <= bot.state.game_loop <= 4 * 22.4 + 1
    assert bot.supply_used == 13


def test_unknown_map_is_one_line_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown map 'basalts'; did you mean 'basalt'"):
        EngineWorlds().check("basalts")
