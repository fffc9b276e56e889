"""How melee games begin and end."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from bridge.errors import ConfigError
from bridge.scenarios import load_scenario
from engine.broodwar.games import BroodWarGames
from engine.broodwar.rules_table import TECH_NAMES, UNIT_TYPE_NAMES, unit_type_id
from engine.broodwar.sleeping import AWAKE, NAP_SIZE, UNTIL, fall_asleep
from engine.broodwar.state import NUM_PLAYERS
from engine.core.frame import Commands, Frame, Outcome, UnitCommandType
from engine.core.jit import plain
from engine.core.melee import draw_starts

NEUTRAL = 11


class Game:
    """One melee game and what both players see of it."""

    def __init__(self, name: str, seed: int = 1) -> None:
        self.games = BroodWarGames(load_scenario(name), 1)
        self.frame = Frame.allocate(2, self.games.unit_capacity, self.games.scenario.map)
        self.commands = Commands.allocate(2, 16)
        self.row_game = np.zeros(2, np.int32)
        self.row_player = np.array([0, 1], np.int8)
        self.games.start(np.ones(1, np.bool_), np.array([seed], np.uint64))
        self.observe()

    def observe(self) -> None:
        self.games.observe(self.frame, self.row_game, self.row_player)

    def step(self, frames: int) -> None:
        self.games.step(self.commands, self.row_game, self.row_player, frames)
        self.commands.clear()
        self.observe()

    def seen(self, player: int) -> np.ndarray:
        return self.frame.units[player, : self.frame.num_units[player]]

    def own(self, player: int) -> np.ndarray:
        seen = self.seen(player)
        return seen[seen["player"] == player]

    def count(self, player: int) -> Counter[str]:
        return Counter(UNIT_TYPE_NAMES[kind] for kind in self.own(player)["type"])

    def kill(self, player: int, kind: str) -> None:
        units = self.games.units[0]
        units["hp_256"][(units["player"] == player) & (units["type"] == unit_type_id(kind))] = 0
        for slot in np.flatnonzero((units["player"] == player) & (units["type"] == unit_type_id(kind))):
            units[slot]["order"] = 0  # BWAPI: Die


def test_each_race_starts_with_its_depot_workers_and_fifty_minerals() -> None:
    game = Game("melee?races=terran:zerg&starts=0:1")
    other = Game("melee?races=protoss:terran&starts=0:1")

    assert game.count(0) == {"Terran_Command_Center": 1, "Terran_SCV": 4}
    assert game.count(1) == {"Zerg_Hatchery": 1, "Zerg_Drone": 4, "Zerg_Overlord": 1, "Zerg_Larva": 2}
    assert other.count(0) == {"Protoss_Nexus": 1, "Protoss_Probe": 4}
    assert game.frame.minerals.tolist() == [50, 50]
    assert game.frame.supply_used.tolist() == [8, 8]
    assert [*game.frame.supply_total, other.frame.supply_total[0]] == [20, 18, 18]


def test_the_third_larva_appears_at_once_below_the_hatchery() -> None:
    game = Game("melee?races=terran:zerg&starts=0:1")

    game.step(2)

    hatchery = game.own(1)[game.own(1)["type"] == unit_type_id("Zerg_Hatchery")][0]
    larvae = game.own(1)[game.own(1)["type"] == unit_type_id("Zerg_Larva")]
    # ORACLE.md O076: recorded games show three larvae at (x, y + 42) at frame 2
    assert [(int(u["x"]), int(u["y"])) for u in larvae] == [(int(hatchery["x"]), int(hatchery["y"]) + 42)] * 3


def test_players_see_the_fields_beside_their_depot_and_not_the_enemy() -> None:
    game = Game("melee?starts=0:1")

    seen = game.seen(0)
    fields = seen[np.isin(seen["type"], [unit_type_id("Resource_Mineral_Field"), 177, 178])]
    assert len(fields) == 9
    assert set(fields["resources"].tolist()) == {1500}
    assert set(fields["player"].tolist()) == {NEUTRAL}
    assert (seen["type"] == unit_type_id("Resource_Vespene_Geyser")).sum() == 1
    assert not (seen["player"] == 1).any()


def test_players_are_told_what_they_know_and_what_is_under_way() -> None:
    game = Game("melee?races=terran:zerg&starts=0:1")
    head = game.games.games[0]
    assert not game.frame.upgrades.any()
    assert not game.frame.researching.any()
    assert game.frame.techs[0, TECH_NAMES.index("Scanner_Sweep")] == 1, "known from the start"

    head["upgrades"][0, 7], head["upgrading"][1, 8], head["techs"][1, 3], head["researching"][0, 5] = 2, 1, 1, 1
    before = game.frame.techs.copy()
    game.observe()

    assert game.frame.upgrades[:, 7].tolist() == [2, 0]
    assert game.frame.upgrading[:, 8].tolist() == [0, 1]
    assert np.argwhere(game.frame.techs != before).tolist() == [[1, 3]]
    assert np.argwhere(game.frame.researching).tolist() == [[0, 5]]


def test_starts_and_races_follow_from_the_seed() -> None:
    scenario = load_scenario("melee?map=four_corners&races=random:random")

    draws = [draw_starts(scenario, seed) for seed in range(200)]

    assert draws == [draw_starts(scenario, seed) for seed in range(200)]
    assert {starts for starts, _ in draws} == {(a, b) for a in range(4) for b in range(4) if a != b}
    assert {races for _, races in draws} == {
        (a, b) for a in ("terran", "protoss", "zerg") for b in ("terran", "protoss", "zerg")
    }


def test_whose_last_building_is_gone_has_lost() -> None:
    game = Game("melee?races=terran:zerg&starts=0:1")
    game.step(40)
    assert game.frame.outcome.tolist() == [Outcome.IN_PLAY, Outcome.IN_PLAY]

    game.kill(1, "Zerg_Hatchery")
    game.step(40)

    assert game.frame.outcome.tolist() == [Outcome.WON, Outcome.LOST]
    assert game.count(1)["Zerg_Drone"] == 4, "units are no buildings"


def test_both_without_a_building_at_once_is_a_draw() -> None:
    game = Game("melee?races=terran:zerg&starts=0:1")
    game.kill(1, "Zerg_Hatchery")
    game.kill(0, "Terran_Command_Center")

    game.step(40)

    assert game.frame.outcome.tolist() == [Outcome.DRAWN, Outcome.DRAWN]


def test_a_started_game_is_as_new_and_repeats() -> None:
    game = Game("melee?races=zerg:zerg", seed=5)
    digest = game.games.digest(0)
    game.step(500)

    game.games.start(np.ones(1, np.bool_), np.array([5], np.uint64))

    assert game.games.digest(0) == digest
    assert Game("melee?races=zerg:zerg", seed=6).games.digest(0) != digest


def test_the_frame_tells_what_is_in_production_and_counts_its_supply() -> None:
    game = Game("melee?races=terran:zerg&starts=0:1")
    center = game.own(0)[0]
    larva = game.own(1)[game.own(1)["type"] == unit_type_id("Zerg_Larva")][0]
    for row, (unit, kind, made) in enumerate(
        [(center, UnitCommandType.TRAIN, "Terran_SCV"), (larva, UnitCommandType.MORPH, "Zerg_Drone")]
    ):
        game.commands.items[row, 0] = (unit["id"], int(kind), -1, 0, 0, unit_type_id(made))
        game.commands.count[row] = 1

    game.step(13)

    center, egg = game.own(0)[0], game.own(1)[game.own(1)["id"] == larva["id"]][0]
    assert (UNIT_TYPE_NAMES[center["build_type"]], center["train_count"]) == ("Terran_SCV", 1)
    assert 280 <= center["remaining_train_frames"] < 300
    assert (UNIT_TYPE_NAMES[egg["type"]], UNIT_TYPE_NAMES[egg["build_type"]]) == ("Zerg_Egg", "Zerg_Drone")
    assert 280 <= egg["remaining_frames"] < 300
    assert game.frame.supply_used.tolist() == [10, 10]
    assert game.frame.minerals.tolist() == [0, 0]


def test_eggs_take_the_supply_of_what_is_in_them() -> None:
    game = Game("melee?races=terran:zerg&starts=0:1")
    game.games.games["minerals"][0, 1] = 1000
    game.games.create_unit(0, "Zerg_Drone", 1, *(int(game.own(1)[0][axis]) for axis in "xy"))
    game.games.create_unit(0, "Zerg_Drone", 1, *(int(game.own(1)[0][axis]) for axis in "xy"))
    game.games.create_unit(0, "Zerg_Drone", 1, *(int(game.own(1)[0][axis]) for axis in "xy"))
    game.step(2)
    larvae = game.own(1)[game.own(1)["type"] == unit_type_id("Zerg_Larva")]
    assert (game.frame.supply_used[1], game.frame.supply_total[1], len(larvae)) == (14, 18, 3)
    for k, larva in enumerate(larvae):
        game.commands.items[1, k] = (larva["id"], int(UnitCommandType.MORPH), -1, 0, 0, unit_type_id("Zerg_Drone"))
    game.commands.count[1] = 3

    game.step(20)

    assert game.count(1)["Zerg_Egg"] == 2, "room for two more"
    assert game.frame.supply_used[1] == 18


def test_mineral_fields_which_have_no_script_sleep_until_their_call_ends() -> None:
    game = Game("melee?races=terran:zerg&starts=0:1")
    game.step(20)
    units = game.games.units[0].view(np.recarray)
    at = int(np.flatnonzero(units["type"] == unit_type_id("Resource_Mineral_Field"))[0])
    naps = np.full((NAP_SIZE, len(units)), AWAKE, np.int64)

    plain(fall_asleep)(units[at], game.games.games.view(np.recarray)[0], naps, at)

    assert naps[UNTIL, at] > 100_000


def test_frames_of_one_call_are_those_of_many_calls() -> None:
    """Fields sleep through a long call: also those that are mined out meanwhile, and when all clocks are spread."""
    digests = []
    for frames in (1, 7, 50, 700):
        game = Game("melee?races=terran:zerg&starts=0:1")
        units = game.games.units[0]
        field = unit_type_id("Resource_Mineral_Field")
        units["resources"][units["type"] == field] = 8
        for player in (0, 1):
            own, seen = game.own(player), game.seen(player)
            workers = own[np.isin(own["type"], [unit_type_id("Terran_SCV"), unit_type_id("Zerg_Drone")])]
            fields = seen[seen["type"] == field]
            for at, (worker, target) in enumerate(zip(workers, fields, strict=False)):
                gather = (int(worker["id"]), int(UnitCommandType.GATHER), int(target["id"]), -1, -1, 0)
                game.commands.items[player, at] = gather
                game.commands.count[player] = at + 1
        before = int(game.games.games["num_units"][0])
        for _ in range(700 // frames):
            game.games.step(game.commands, game.row_game, game.row_player, frames)
            game.commands.clear()
        digests.append(game.games.digest(0))
        left = int(game.games.games["num_units"][0])

    assert left < before
    assert len(set(digests)) == 1


def test_a_melee_game_takes_less_than_two_megabytes() -> None:
    game = Game("melee")

    assert len(game.games.snapshot(0)) < 2 << 20
    assert game.games.games["minerals"].shape == (1, NUM_PLAYERS)


def test_wrong_starts_are_refused() -> None:
    with pytest.raises(ConfigError, match="two different numbers from 0 to 1"):
        load_scenario("melee?starts=0:2")
