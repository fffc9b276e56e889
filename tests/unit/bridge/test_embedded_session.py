import asyncio
import dataclasses

import numpy as np
import pytest

from bridge import embedded
from bridge.embedded import EmbeddedSession, without_orders
from bridge.errors import ConfigError
from bridge.scenarios import load_scenario
from engine.core.frame import Commands
from engine.core.rules import rules_of
from engine.core.scenario import Trigger, TriggerAction, TriggerCondition

SCENARIO = load_scenario("m5v5_c_far")


class RecordedGames:
    """Stands in for the engine: notes what it is told."""

    unit_capacity = 3

    def __init__(self, scenario, num_games, *, latency_frames=None):
        self.scenario = scenario
        self.num_games = num_games
        self.latency_frames = latency_frames
        self.calls = []
        self.deaths = 0

    def start(self, games, seeds):
        self.calls.append(("start", games.tolist(), seeds.tolist()))

    def step(self, commands, row_game, row_player, frames):
        orders = [commands.items["unit_id"][row, : commands.count[row]].tolist() for row in range(len(row_game))]
        self.calls.append(("step", row_game.tolist(), row_player.tolist(), orders, frames))

    def observe(self, out, row_game, row_player, rows=None):
        out.player[:] = row_player
        marked = np.ones(len(row_game), np.bool_) if rows is None else rows
        out.frame[marked] = row_game[marked]
        out.num_deaths[marked] = self.deaths  # the engine hands each death out once
        self.deaths = 0


@pytest.fixture
def games(monkeypatch):
    rules = dataclasses.replace(rules_of(SCENARIO.game), make_games=RecordedGames)
    monkeypatch.setattr(embedded, "rules_of", lambda game: rules)


def order(player):
    return TriggerAction(kind="order", player=player, unit="any", x=1, y=2)


def actions_of(scenario):
    return [(action.kind, action.player) for trigger in scenario.triggers for action in trigger.actions]


def test_orders_of_commanded_players_are_dropped_and_nothing_else():
    trigger = Trigger(
        conditions=(TriggerCondition(kind="always"),),
        actions=(order(0), order(1), TriggerAction(kind="kill_unit", player=1), TriggerAction(kind="preserve_trigger")),
    )
    scenario = dataclasses.replace(SCENARIO, triggers=(trigger,))

    stripped = without_orders(scenario, frozenset([1]))

    assert actions_of(stripped) == [("order", 0), ("kill_unit", 1), ("preserve_trigger", 0)]
    assert stripped.triggers[0].conditions == trigger.conditions


@pytest.mark.parametrize(
    ("players", "ordered"), [((None, "noop"), {1}), ((None, "closest"), set()), ((None, None), set())]
)
def test_map_orders_only_whom_nobody_commands(games, players, ordered):
    session = EmbeddedSession(SCENARIO, 1, players)

    found = {player for kind, player in actions_of(session.games.scenario) if kind == "order"}

    assert found == ordered & {player for kind, player in actions_of(SCENARIO) if kind == "order"}
    assert {1} & {player for kind, player in actions_of(SCENARIO) if kind == "order"}


def test_commands_of_rows_and_scripted_players_go_out_together(games, monkeypatch):
    seen = []

    def scripted(frame, commands):
        seen.append((frame.frame.tolist(), frame.player.tolist()))
        commands.items["unit_id"][:, 0] = 70 + frame.frame
        commands.count[:] = 1

    rules = dataclasses.replace(embedded.rules_of(SCENARIO.game), players={"scripted": scripted})
    monkeypatch.setattr(embedded, "rules_of", lambda game: rules)
    session = EmbeddedSession(SCENARIO, 2, (None, "scripted"), latency_frames=4)
    asyncio.run(session.start(np.ones(2, np.bool_), np.array([5, 6], np.uint64)))
    commands = Commands.allocate(2, session.unit_capacity)
    commands.items["unit_id"][1, 0] = 9
    commands.count[1] = 1

    for _ in range(2):
        frame = asyncio.run(session.step(commands, 8))

    step = ("step", [0, 1, 0, 1], [0, 0, 1, 1], [[], [9], [70], [71]], 8)
    assert session.games.calls == [("start", [True, True], [5, 6]), step, step]
    assert session.games.latency_frames == 4
    assert seen == [([0, 1], [1, 1])] * 2
    assert frame.player.tolist() == [0, 0]


def test_two_seats_are_two_rows_of_each_game(games):
    session = EmbeddedSession(SCENARIO, 2, (None, None))

    frame = asyncio.run(session.start(np.array([False, False, True, True]), np.array([1, 2, 3, 4], np.uint64)))

    assert session.rows == 4
    assert frame.frame.tolist() == [0, 0, 1, 1]
    assert frame.player.tolist() == [0, 1, 0, 1]
    assert session.games.calls == [("start", [False, True], [1, 3])]


def test_start_of_some_games_leaves_the_deaths_of_the_others(games):
    session = EmbeddedSession(SCENARIO, 2, (None, None))
    asyncio.run(session.start(np.ones(4, np.bool_), np.zeros(4, np.uint64)))
    session.games.deaths = 2
    commands = Commands.allocate(4, session.unit_capacity)
    frame = asyncio.run(session.step(commands, 8))
    assert frame.num_deaths.tolist() == [2, 2, 2, 2]

    asyncio.run(session.start(np.array([True, True, False, False]), np.zeros(4, np.uint64)))

    assert frame.num_deaths.tolist() == [0, 0, 2, 2]


def test_unknown_scripted_player_is_refused_with_the_nearest(games):
    with pytest.raises(ConfigError, match=r"got 'closets'; allowed: .*; did you mean 'closest'"):
        EmbeddedSession(SCENARIO, 1, (None, "closets"))
