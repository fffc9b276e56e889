"""Melee games behind the API: unmodified python-sc2 on maps of ours, against the game's own players."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
from sc2.bot_ai import BotAI
from sc2.data import Race

from bridge.errors import ConfigError
from bridge.sc2.engine_worlds import EngineWorlds
from bridge.sc2.maps import dump_sc2_map, read_recording
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


def test_unknown_map_is_one_line_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown map 'basalts'; did you mean 'basalt'"):
        EngineWorlds().check("basalts")
