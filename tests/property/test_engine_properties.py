"""What is true of every game, whatever its units and commands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.broodwar import rules_table as rules
from engine.broodwar.games import BroodWarGames
from engine.core.fixed import direction_to, length, next_state, output_of, truncated, turn_between
from engine.core.frame import NO_UNIT, Commands, Frame, UnitCommandType
from engine.core.gamemap import GameMap
from engine.core.jit import plain
from engine.core.scenario import Scenario

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # the first game compiles the kernels

TYPES = ("Terran_Marine", "Protoss_Zealot", "Protoss_Dragoon", "Zerg_Zergling", "Terran_Vulture", "Terran_Wraith")
FIELD = GameMap.flat("field", 48, 48)
COMMANDS = (
    UnitCommandType.ATTACK_MOVE,
    UnitCommandType.ATTACK_UNIT,
    UnitCommandType.MOVE,
    UnitCommandType.PATROL,
    UnitCommandType.HOLD_POSITION,
    UnitCommandType.STOP,
    UnitCommandType.FOLLOW,
    UnitCommandType.RIGHT_CLICK_UNIT,
)

relaxed = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

armies = st.lists(
    st.tuples(st.sampled_from(TYPES), st.integers(0, 1), st.integers(100, 1400), st.integers(100, 1400)),
    min_size=2,
    max_size=10,
)
seeds = st.integers(0, 2**64 - 1)


def scenario(latency: int = 0) -> Scenario:
    return Scenario(
        name="field",
        version=1,
        title="Open ground",
        source="made up",
        game="broodwar",
        map=FIELD,
        units=(),
        triggers=(),
        armies=((), ()),
        full_vision=True,
        frame_skip=1,
        max_frames=10_000,
        latency_frames=latency,
    )


class Play:
    """Games of one made-up army, commanded at random from a seed of their own."""

    def __init__(self, army, game_seeds, *, latency: int = 0) -> None:
        count = len(game_seeds)
        self.games = BroodWarGames(scenario(latency), count)
        self.games.start(np.ones(count, np.bool_), np.array(game_seeds, np.uint64))
        for game in range(count):
            for unit_type, player, x, y in army:
                self.games.create_unit(game, unit_type, player, x, y)
        self.rows = np.repeat(np.arange(count, dtype=np.int32), 2)
        self.players = np.tile(np.arange(2, dtype=np.int8), count)
        self.commands = Commands.allocate(2 * count, self.games.unit_capacity)
        self.frame = Frame.allocate(2 * count, self.games.unit_capacity, FIELD)

    def command(self, seed: int, *, games=None) -> None:
        """Command some units of the games; the same seed commands any game alike."""
        self.commands.clear()
        self.observe()
        for row in range(len(self.rows)):
            if games is not None and self.rows[row] not in games:
                continue
            random = np.random.default_rng([seed, int(self.players[row])])
            ids = self.frame.units["id"][row, : self.frame.num_units[row]]
            owners = self.frame.units["player"][row, : self.frame.num_units[row]]
            for unit_id in ids[owners == self.players[row]]:
                item = self.commands.items[row, self.commands.count[row]]
                item["unit_id"] = unit_id
                item["type"] = int(COMMANDS[random.integers(len(COMMANDS))])
                item["target_id"] = random.choice(ids) if random.random() < 0.8 else NO_UNIT
                item["x"], item["y"] = random.integers(0, FIELD.width_px, 2)
                self.commands.count[row] += 1

    def step(self, frames: int = 7) -> None:
        self.games.step(self.commands, self.rows, self.players, frames)
        self.commands.clear()

    def observe(self) -> Frame:
        self.games.observe(self.frame, self.rows, self.players)
        return self.frame

    def play(self, seed: int, steps: int) -> None:
        for step in range(steps):
            self.command(seed + step)
            self.step()

    def digests(self) -> list[str]:
        return [self.games.digest(game) for game in range(self.games.num_games)]


@relaxed
@given(armies, seeds, st.integers(0, 1000))
def test_points_stay_between_nothing_and_full(army, seed, orders):
    play = Play(army, [seed])

    for step in range(12):
        play.command(orders + step)
        play.step(9)
        frame = play.observe()
        units = frame.units[0, : frame.num_units[0]]
        kinds = rules.UNIT_TYPES[units["type"]]
        assert (units["hp"] > 0).all()
        assert (units["hp"] <= kinds["max_hp"]).all()
        assert (units["shield"] >= 0).all()
        assert (units["shield"] <= kinds["max_shield"]).all()
        assert (units["ground_cooldown"] >= 0).all()
        assert (units["air_cooldown"] >= 0).all()


@relaxed
@given(armies, seeds, st.integers(0, 1000))
def test_units_stay_on_the_map(army, seed, orders):
    play = Play(army, [seed])

    for step in range(12):
        play.command(orders + step)
        play.step(9)
        frame = play.observe()
        units = frame.units[0, : frame.num_units[0]]
        kinds = rules.UNIT_TYPES[units["type"]]
        assert (units["x"] >= kinds["left"]).all()
        assert (units["y"] >= kinds["up"]).all()
        assert (units["x"] + kinds["right"] < FIELD.width_px).all()
        assert (units["y"] + kinds["down"] < FIELD.height_px).all()


@relaxed
@given(armies, seeds, st.integers(0, 1000))
def test_equal_seeds_and_commands_give_equal_bytes(army, seed, orders):
    first, second = Play(army, [seed]), Play(army, [seed])

    first.play(orders, 10)
    second.play(orders, 10)

    assert first.games.snapshot(0) == second.games.snapshot(0)


@relaxed
@given(armies, seeds, st.integers(0, 1000), st.integers(0, 8), st.integers(0, 5))
def test_a_snapshot_continues_to_equal_bytes(army, seed, orders, before, latency):
    play = Play(army, [seed], latency=latency)
    play.play(orders, before)
    play.command(orders + before)  # commands under way belong to the snapshot too
    play.step(1)
    kept = play.games.snapshot(0)
    play.play(orders + 100, 8)
    wanted = play.digests()

    play.games.restore(0, kept)
    play.play(orders + 100, 8)

    assert play.digests() == wanted


@relaxed
@given(armies, st.lists(seeds, min_size=8, max_size=8), st.integers(0, 1000), st.integers(0, 7))
def test_a_game_alone_is_the_game_in_a_batch(army, eight, orders, which):
    together = Play(army, eight)
    alone = Play(army, [eight[which]])

    together.play(orders, 8)
    alone.play(orders, 8)

    assert together.digests()[which] == alone.digests()[0]


@relaxed
@given(armies, st.lists(seeds, min_size=3, max_size=3), st.integers(0, 1000))
def test_starting_or_commanding_one_game_leaves_the_others_alone(army, three, orders):
    play, quiet = Play(army, three), Play(army, three)

    for step in range(4):
        play.command(orders + step, games=(1,))
        play.step()
        quiet.step()
    play.games.start(np.array([False, True, False]), np.array(three, np.uint64))

    assert [play.digests()[game] for game in (0, 2)] == [quiet.digests()[game] for game in (0, 2)]


@relaxed
@given(armies, seeds, st.integers(0, 1000))
def test_the_dead_never_come_back(army, seed, orders):
    play = Play(army, [seed])
    play.observe()
    gone: set[int] = set()
    unreported: set[int] = set()
    seen = set(play.frame.units["id"][0, : play.frame.num_units[0]].tolist())

    for step in range(40):
        play.command(orders + step)
        play.step(9)
        frame = play.observe()
        now = frame.units["id"][0, : frame.num_units[0]].tolist()
        died = set(frame.deaths[0, : frame.num_deaths[0]].tolist())
        assert len(set(now)) == len(now)
        assert not set(now) & gone
        assert not set(now) & died
        missing = unreported | (seen - set(now))
        assert died <= missing  # nobody else is reported,
        assert unreported <= died  # and whoever is missing is, at the next observation at the latest
        unreported = missing - died
        gone |= missing
        seen = set(now)


@relaxed
@given(
    armies,
    seeds,
    st.lists(
        st.tuples(
            st.integers(-(2**31), 2**31 - 1),
            st.integers(-5, 60),
            st.integers(-(2**31), 2**31 - 1),
            st.integers(-(2**31), 2**31 - 1),
            st.integers(-(2**31), 2**31 - 1),
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_commands_for_units_that_are_not_mine_change_nothing(army, seed, wild):
    play, quiet = Play(army, [seed]), Play(army, [seed])
    mine = {int(unit["id"]) for unit in play.observe().units[0, : play.frame.num_units[0]] if unit["player"] == 0}

    for unit_id, kind, target, x, y in wild:
        if unit_id in mine:
            continue
        item = play.commands.items[0, play.commands.count[0]]
        item["unit_id"], item["type"], item["target_id"], item["x"], item["y"] = unit_id, kind, target, x, y
        play.commands.count[0] += 1
    play.step(20)
    quiet.step(20)

    assert play.digests() == quiet.digests()


@relaxed
@given(
    armies,
    seeds,
    st.sampled_from(
        [
            (UnitCommandType.NONE, NO_UNIT, 10, 10),
            (UnitCommandType.TRAIN, NO_UNIT, 10, 10),
            (UnitCommandType.ATTACK_UNIT, NO_UNIT, 10, 10),
            (UnitCommandType.ATTACK_UNIT, 4095, 10, 10),
            (UnitCommandType.FOLLOW, NO_UNIT, 10, 10),
            (UnitCommandType.MOVE, NO_UNIT, -1, 10),
            (UnitCommandType.MOVE, NO_UNIT, 10, 2**31 - 1),
            (UnitCommandType.ATTACK_MOVE, NO_UNIT, FIELD.width_px, 10),
        ]
    ),
)
def test_commands_that_mean_nothing_change_nothing(army, seed, nonsense):
    play, quiet = Play(army, [seed]), Play(army, [seed])
    kind, target, x, y = nonsense

    frame = play.observe()
    quiet.observe()
    for unit in frame.units[0, : frame.num_units[0]]:
        item = play.commands.items[0, play.commands.count[0]]
        item["unit_id"], item["type"], item["target_id"], item["x"], item["y"] = unit["id"], int(kind), target, x, y
        play.commands.count[0] += 1
    play.step(20)
    quiet.step(20)

    assert play.digests() == quiet.digests()


small = st.integers(-(2**14), 2**14)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(small, small)
def test_length_and_direction_equal_their_plain_forms(dx, dy):
    assert length(dx, dy) == plain(length)(dx, dy)
    assert direction_to(dx, dy) == plain(direction_to)(dx, dy)
    assert max(abs(dx), abs(dy)) * 15 // 16 <= length(dx, dy) <= abs(dx) + abs(dy)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(-(2**30), 2**30),
    st.integers(1, 2**15),
    st.integers(0, 255),
    st.integers(0, 255),
)
def test_arithmetic_equals_its_plain_form(state, a, b, origin, target):
    assert next_state(state) == plain(next_state)(state) == (state * 22695477 + 1) % 2**32
    assert output_of(state) == plain(output_of)(state)
    assert truncated(a, b) == plain(truncated)(a, b) == int(a / b)
    assert turn_between(origin, target) == plain(turn_between)(origin, target)
    assert -128 <= turn_between(origin, target) <= 127
