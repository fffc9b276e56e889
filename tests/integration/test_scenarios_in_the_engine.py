"""Shipped scenarios started in the engine, and the scripted players fighting in them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray
from rosters import ROSTERS

from bridge.embedded import without_orders
from bridge.scenarios import load_scenario, scenario_names
from engine.broodwar.games import BroodWarGames
from engine.broodwar.players import PLAYERS
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.core.frame import Commands, Frame
from engine.core.scenario import Scenario, draw_positions

# The first test that plays may have to compile all kernels.
pytestmark = pytest.mark.timeout(900)

# Where the recorded games of TorchCraft's maps create their armies (oracle rows O136 and O137).
M5V5_PLAYER_0 = {(640, 1104), (664, 1080), (664, 1104), (664, 1128), (640, 1128)}
ZEALOTS_PLAYER_0 = {(704, 1072), (704, 1096), (728, 1096)}
DRAGOONS_PLAYER_0 = {(672, 1104), (736, 1068)}


class Table:
    """Some games of one scenario with both players on scripts."""

    def __init__(self, scenario: Scenario, num_games: int, seed: int = 0, players: tuple[str, str] = ("noop",) * 2):
        commanded = frozenset(number for number, name in enumerate(players) if name != "noop")
        self.scenario = without_orders(scenario, commanded)
        self.games = BroodWarGames(self.scenario, num_games)
        self.players = [PLAYERS[name] for name in players]
        self.row_game = np.repeat(np.arange(num_games, dtype=np.int32), 2)
        self.row_player = np.tile(np.array([0, 1], np.int8), num_games)
        self.frame = Frame.allocate(2 * num_games, self.games.unit_capacity, scenario.map)
        self.commands = Commands.allocate(2 * num_games, self.games.unit_capacity)
        self.given = 0
        seeds = np.arange(seed, seed + num_games, dtype=np.uint64)
        self.games.start(np.ones(num_games, np.bool_), seeds)
        self.observe()

    def observe(self) -> None:
        self.games.observe(self.frame, self.row_game, self.row_player)

    def step(self, frames: int) -> None:
        # A player sees rows of its own number only: give it a view of every other row.
        self.commands.clear()
        for number, player in enumerate(self.players):
            rows = slice(number, None, 2)
            columns = {f.name: getattr(self.frame, f.name) for f in dataclasses.fields(Frame)}
            seen = Frame(**{name: value if name == "map" else value[rows] for name, value in columns.items()})
            player(seen, Commands(items=self.commands.items[rows], count=self.commands.count[rows]))
        self.given += int(self.commands.count.sum())
        self.games.step(self.commands, self.row_game, self.row_player, frames)
        self.observe()

    def units(self, game: int, player: int) -> NDArray[np.void]:
        row = 2 * game
        units = self.frame.units[row, : self.frame.num_units[row]]
        return units[units["player"] == player]

    def alive(self) -> NDArray[np.int64]:
        """Return (games, 2) living units per player."""
        count = len(self.row_game) // 2
        return np.array([[len(self.units(game, player)) for player in (0, 1)] for game in range(count)])

    def battle(self) -> NDArray[np.int64]:
        """Play until every game has lost a side; return (games,): 1 player 0 won, 0 lost, 2 draw, -1 no end."""
        outcome = np.full(len(self.row_game) // 2, -1)
        for _ in range(0, self.scenario.max_frames, self.scenario.frame_skip):
            self.step(self.scenario.frame_skip)
            alive = self.alive()
            ended = (alive == 0).any(axis=1) & (outcome == -1)
            outcome[ended] = np.select([alive[ended, 0] > 0, alive[ended, 1] > 0], [1, 0], 2)
            if (outcome != -1).all():
                break
        return outcome


def positions(units: NDArray[np.void], name: str = "") -> set[tuple[int, int]]:
    kept = units if not name else units[units["type"] == UNIT_TYPE_NAMES.index(name)]
    return {(int(unit["x"]), int(unit["y"])) for unit in kept}


@pytest.mark.parametrize("name", scenario_names())
def test_scenario_starts_with_its_armies_whole(name: str) -> None:
    scenario = load_scenario(name)
    table = Table(scenario, 3)

    for game in range(3):
        for player in (0, 1):
            units = table.units(game, player)
            kinds = [UNIT_TYPE_NAMES[kind] for kind in units["type"]]
            assert {kind: kinds.count(kind) for kind in kinds} == dict(scenario.armies[player])
            assert (units["hp"] > 0).all()


def test_m5v5_c_far_armies_stand_where_the_recorded_ones_do() -> None:
    table = Table(load_scenario("m5v5_c_far"), 2)

    for game in (0, 1):
        assert positions(table.units(game, 0)) == M5V5_PLAYER_0
        assert positions(table.units(game, 1)) == {(x + 320, y) for x, y in M5V5_PLAYER_0}


@pytest.mark.parametrize("name", ["dragoons_zealots", "2d_3z"])
def test_dragoons_zealots_armies_stand_where_the_recorded_ones_do(name: str) -> None:
    units = Table(load_scenario(name), 1).units(0, 0)

    assert positions(units, "Protoss_Zealot") == ZEALOTS_PLAYER_0
    assert positions(units, "Protoss_Dragoon") == DRAGOONS_PLAYER_0


def test_scattered_units_stand_where_the_seed_puts_them() -> None:
    scenario = load_scenario("5wr_5wr")
    table = Table(scenario, 4, seed=7)

    exact = 0
    for game in range(4):
        drawn = draw_positions(scenario, 7 + game)
        for player in (0, 1):
            units = table.units(game, player)
            own = drawn[5 * player : 5 * player + 5]
            moved = (abs(own[:, None, 0] - units["x"]) + abs(own[:, None, 1] - units["y"])).min(axis=1)
            # Whoever would stand on another goes to a free place beside it.
            assert moved.max() < 64
            assert player == 1 or moved[0] == 0
            exact += int((moved == 0).sum())
    assert exact > 20


def test_scattered_walkers_take_the_nearest_free_spot_without_overlap() -> None:
    scenario = load_scenario("5mr_5mr")
    table = Table(scenario, 30)

    for game in range(30):
        drawn = draw_positions(scenario, game)
        for player in (0, 1):
            units = table.units(game, player)
            own = drawn[5 * player : 5 * player + 5]
            x, y = units["x"].astype(int), units["y"].astype(int)
            apart = abs(x[:, None] - x) + abs(y[:, None] - y) + 1000 * np.eye(5, dtype=int)
            assert apart.min() > 8
            moved = abs(own[:, None, 0] - x) + abs(own[:, None, 1] - y)
            assert moved.min(axis=1).max() < 64


@pytest.mark.parametrize("name", sorted(set(scenario_names()) - set(ROSTERS)))
@pytest.mark.parametrize("player", ["attack_move", "closest", "weakest_closest"])
def test_scripted_player_fights_every_battle_to_its_end(name: str, player: str) -> None:
    table = Table(load_scenario(name), 8, players=(player, "attack_move"))

    assert (table.battle() >= 0).all()


@pytest.mark.full
@pytest.mark.parametrize("name", ROSTERS)
def test_every_roster_is_fought_to_its_end(name: str) -> None:
    outcome = Table(load_scenario(name), 2, players=("closest", "attack_move")).battle()

    assert (outcome >= 0).all()


def test_players_that_do_nothing_never_meet_without_an_order() -> None:
    assert (Table(load_scenario("5mr_5mr"), 2).battle() == -1).all()


def test_map_of_m5v5_c_far_sends_its_player_to_battle() -> None:
    assert (Table(load_scenario("m5v5_c_far"), 4).battle() >= 0).all()


@pytest.mark.parametrize("player", ["closest", "weakest_closest"])
def test_focus_player_gives_few_commands(player: str) -> None:
    """A repeated command would interrupt attacks: far fewer than one per unit and decision may be given."""
    table = Table(load_scenario("5mr_5mr"), 20, players=(player, "noop"))
    decisions = 0
    while (table.alive() > 0).all() and decisions < 100:
        table.step(7)
        decisions += 1

    assert decisions > 10
    assert table.given < 0.4 * 5 * 20 * decisions


def test_kiting_scenario_is_lost_by_every_focus_script() -> None:
    """The vulture of 1vu_1zl must move between its shots: who only picks targets loses most battles."""
    for player in ("attack_move", "closest", "weakest_closest"):
        outcome = Table(load_scenario("1vu_1zl"), 40, players=(player, "attack_move")).battle()

        assert (outcome == 1).mean() < 0.4
