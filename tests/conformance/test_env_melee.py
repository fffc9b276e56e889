"""Melee games: `macro` against the engine's own legality, and the tasks beyond battles against the checkers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from env_cases import MELEE_COMBINATIONS, check, make
from numpy.typing import NDArray

from bridge.layout import Layout
from engine.broodwar.errors import ERROR_NAMES, NO_ERROR
from engine.broodwar.games import BroodWarGames
from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import Commands, Frame, UnitCommandType
from envs.baselines import BASELINES
from envs.economy import EconomyTask
from envs.registration import task_ids
from envs.specs.function_table import (
    HARVEST_RETURN,
    MAKE,
    MOVE_CAMERA,
    MOVE_MINIMAP,
    MOVE_SCREEN,
    OF_RACE,
    RALLY_MINIMAP,
    SELECT_POINT,
)
from envs.specs.functions import FunctionsSpec
from envs.specs.macro import MacroSpec
from envs.specs.macro_kernels import FIRST_MAKE
from envs.specs.makeable import make_table
from envs.specs.panels import SCORE_FIELDS
from envs.specs.place import choke_of
from envs.specs.researching import research_table
from envs.tasks import make_task

SCV, DEPOT = unit_type_id("Terran_SCV"), unit_type_id("Terran_Supply_Depot")
GAME = np.zeros(1, np.int32)
PLAYER = np.zeros(1, np.int8)
MINERALS, GAS = 5000, 3000
START_MINERALS = 400

SCORE = [field.name for field in SCORE_FIELDS]


class Melee:
    """One game of the engine with a `macro` task on player 0, without latency; nobody else acts."""

    def __init__(self, race: str, seed: int, **params: Any) -> None:
        name = f"melee?races={race}:terran"
        task = make_task(scenario=name, latency_frames=0, **params)
        assert isinstance(task, EconomyTask)
        self.task = task
        self.games = BroodWarGames(task.scenario, 1, latency_frames=0)
        self.frame = Frame.allocate(1, self.games.unit_capacity, task.scenario.map, layers=True)
        self.commands = Commands.allocate(1, self.games.unit_capacity)
        self.arrays: dict[str, NDArray[Any]] = Layout(rows=1, arrays=dict(task.specs)).allocate()
        self.games.start(np.ones(1, np.bool_), np.array([seed], np.uint64))
        self.begin(MINERALS, GAS)

    def begin(self, minerals: int, gas: int) -> None:
        """Begin an episode here and now, with so much in the bank."""
        self.games.games["minerals"][0, 0] = minerals
        self.games.games["gas"][0, 0] = gas
        self.games.observe(self.frame, GAME, PLAYER)
        self.task.reset(np.ones(1, np.bool_), self.frame)
        self.task.encode(self.frame, self.arrays)

    def cell_of(self, k: int) -> list[int]:
        """Return the screen cell nearest to where the k-th unit in sight is."""
        left, top, width, height = self.task._screen.cameras[0].tolist()
        unit = self.frame.units[0, k]
        column, row = (int(unit["x"]) - left) * 64 // width, (int(unit["y"]) - top) * 64 // height
        return [min(max(column, 0), 63), min(max(row, 0), 63)]

    def sensible_cell(self, act: int, generator: np.random.Generator) -> list[int] | None:
        """Return a cell where a unit is that a function may mean, None if there is none in the picture."""
        units = self.frame.units[0, : self.frame.num_units[0]]
        is_own = units["player"] == 0
        if act == MOVE_CAMERA:
            unit = generator.choice(units[is_own])
            return [int(unit[axis]) * 64 // size for axis, size in zip("xy", self.task.screen.maps[0, 2:], strict=True)]
        left, top, width, height = self.task.screen.cameras[0].tolist()
        on_screen = (units["x"] >= left) & (units["x"] < left + width)
        on_screen &= (units["y"] >= top) & (units["y"] < top + height)
        meant = np.flatnonzero(on_screen & (is_own if act == SELECT_POINT else ~is_own))
        return self.cell_of(int(generator.choice(meant))) if len(meant) else None

    def decode(self, choice: int, *rest: int) -> int:
        """Decode one action; return how many commands it sends."""
        self.commands.clear()
        self.arrays["action"][0] = (choice, *(rest or (0,)))
        self.task.decode(self.arrays, self.frame, self.commands)
        return int(self.commands.count[0])

    def play(self, choice: int, *rest: int) -> None:
        """Play one step; note how many commands it sent and why the engine refuses them."""
        self.sent = self.decode(choice, *rest)
        errors = self.games.command_errors(self.commands, GAME, PLAYER)[0, : self.sent]
        self.errors = [ERROR_NAMES[error] for error in errors.tolist() if error != NO_ERROR]
        self.games.step(self.commands, GAME, PLAYER, self.task.frame_skip)
        self.games.observe(self.frame, GAME, PLAYER)
        self.task.encode(self.frame, self.arrays)
        self.task.score(self.frame, self.arrays)

    def legal_makers(self, maker: int, command: int, extra: int) -> list[int]:
        """Return the ids of own units (of a type, -1 for all) that the engine would let make something now."""
        units = self.frame.units[0, : self.frame.num_units[0]]
        mine = units[(units["player"] == 0) & ((units["type"] == maker) | (maker < 0))]
        self.commands.clear()
        for unit in mine:
            self.commands.items[0, self.commands.count[0]] = (
                unit["id"],
                command,
                -1,
                unit["x"],
                unit["y"],
                extra,
            )
            self.commands.count[0] += 1
        legal = self.games.legal_commands(self.commands, GAME, PLAYER)[0, : len(mine)]
        return [int(one) for one in mine["id"][legal]]


def explore(race: str, seed: int, steps: int) -> tuple[set[str], int]:
    """Play at random; check every choice of every fifth step. Return what could be made, and how many were checked."""
    melee = Melee(race, seed)
    spec = melee.task.action
    assert isinstance(spec, MacroSpec)
    makes, researches = make_table(spec.kinds), research_table(list(spec.research))
    generator = np.random.default_rng(seed)
    made: set[str] = set()
    checked = 0
    for step in range(steps):
        mask = melee.arrays["action_mask"][0].copy()
        if step % 5 == 0:
            promised = melee.frame.units[0, : melee.frame.num_units[0]]
            has_builders = bool(((promised["player"] == 0) & (promised["build_type"] >= 0)).any())
            for choice in range(FIRST_MAKE, FIRST_MAKE + len(spec.kinds)):
                checked += 1
                sent = melee.decode(choice)
                make = makes[choice - FIRST_MAKE]
                if mask[choice]:
                    assert sent == 1, spec.choice_names[choice]
                    errors = melee.games.command_errors(melee.commands, GAME, PLAYER)[0, 0]
                    assert errors == NO_ERROR, (step, spec.choice_names[choice], ERROR_NAMES[errors])
                    made.add(spec.choice_names[choice])
                else:
                    assert sent == 0
                    is_built = make["command"] == int(UnitCommandType.BUILD)
                    if not is_built and not has_builders:
                        # only a queue that is long enough already is left out by choice
                        queues = {int(u["id"]): int(u["train_count"]) for u in promised}
                        legal = melee.legal_makers(int(make["maker"]), int(make["command"]), int(make["type"]))
                        assert all(queues[one] >= 2 for one in legal), (spec.choice_names[choice], legal)
            for at, research in enumerate(researches):
                checked += 1
                choice = FIRST_MAKE + len(spec.kinds) + at
                sent = melee.decode(choice)
                assert sent == int(mask[choice])
                command, number = int(research["command"]), int(research["number"])
                if mask[choice]:
                    error = melee.games.command_errors(melee.commands, GAME, PLAYER)[0, 0]
                    assert error == NO_ERROR, (spec.choice_names[choice], ERROR_NAMES[error])
                    made.add(spec.choice_names[choice])
                elif not has_builders:
                    assert not melee.legal_makers(-1, command, number), spec.choice_names[choice]
            sent = melee.decode(spec.expand)
            assert sent == int(mask[spec.expand])
            if sent:
                assert melee.games.command_errors(melee.commands, GAME, PLAYER)[0, 0] == NO_ERROR
                made.add("expand")
        possible = np.flatnonzero(mask[: spec.nvec[0]])
        melee.play(int(generator.choice(possible)), int(generator.integers(spec.nvec[1])))
        assert melee.arrays["info/invalid_actions"][0] == 0
    return made, checked


@pytest.mark.parametrize(("race", "wanted"), [("terran", "Barracks"), ("protoss", "Pylon"), ("zerg", "Spawning_Pool")])
def test_macro_masks_agree_with_the_engine(race: str, wanted: str) -> None:
    made, checked = explore(race, seed=1, steps=60)

    assert any(name.endswith(wanted) for name in made)
    assert len(made) >= 4
    assert checked > 200


@pytest.mark.full
@pytest.mark.parametrize("race", ["terran", "protoss", "zerg"])
def test_macro_masks_agree_with_the_engine_in_long_games(race: str) -> None:
    made: set[str] = set()
    for seed in range(3):
        more, _ = explore(race, seed, steps=700)
        made |= more

    assert len(made) >= 20
    assert sum(name.startswith("research") for name in made) >= 3


TAKES_ANY_POINT = {HARVEST_RETURN, MOVE_SCREEN, MOVE_MINIMAP, RALLY_MINIMAP, MAKE}
"""What functions do whose command the game accepts wherever the point is; the others may name a wrong place."""


GROWING = (
    "total_value_units",
    "total_value_structures",
    "killed_value_units",
    "killed_value_structures",
    "collected_minerals",
    "collected_vespene",
    "idle_production_time",
    "idle_worker_time",
)
"""Scores that never fall."""


def score_of(melee: Melee) -> dict[str, int]:
    """Return `score_cumulative` and the bank after checking what holds in every view."""
    score = dict(zip(SCORE, melee.arrays["observation/score_cumulative"][0].tolist(), strict=True))
    minerals, used, army, workers = melee.arrays["observation/player"][0, [1, 3, 5, 6]].tolist()
    assert used == army + workers
    assert score["spent_minerals"] + minerals == START_MINERALS + score["collected_minerals"]
    return score


def call_at_random(race: str, steps: int, observation: str = "pysc2") -> dict[str, int]:
    """Call random functions at random points; return how often each available one sent commands."""
    melee = Melee(race, 1, observation=observation, action="functions")
    melee.begin(START_MINERALS, 0)
    generator = np.random.default_rng(5)
    spec = melee.task.action
    assert isinstance(spec, FunctionsSpec)
    others = spec.nvec[1:]
    num_functions = int(spec.nvec[0])
    sent_by: dict[str, int] = {}
    before = score_of(melee)
    for _ in range(steps):
        mask = melee.arrays["action_mask"][0].copy()
        unavailable = np.flatnonzero(~mask[:num_functions])
        shown = melee.task._screen
        interface = [part.copy() for part in (shown.cameras, shown.selected_ids, shown.groups)]
        for function in unavailable.tolist():
            assert melee.decode(function, *(others // 2)) == 0
            assert melee.arrays["info/invalid_actions"][0] == 1
        assert all(
            np.array_equal(a, b)
            for a, b in zip(interface, (shown.cameras, shown.selected_ids, shown.groups), strict=True)
        )
        function = int(generator.choice(np.flatnonzero(mask[:num_functions])))
        rest = generator.integers(others).tolist()
        called = spec.functions[function]
        if generator.random() < 0.7:  # chance alone rarely finds a unit
            rest[:2] = melee.sensible_cell(called.act, generator) or rest[:2]
        melee.play(function, *rest)
        assert melee.arrays["info/invalid_actions"][0] == 0
        now = score_of(melee)
        assert all(now[name] >= before[name] for name in GROWING)
        before = now
        if melee.sent:
            sent_by[called.name] = sent_by.get(called.name, 0) + 1
            if called.act in TAKES_ANY_POINT:
                assert melee.errors == [], (called.name, rest)
    return sent_by


@pytest.mark.parametrize("race", list(OF_RACE))
def test_available_functions_are_accepted_and_unavailable_ones_send_nothing(race: str) -> None:
    assert len(call_at_random(race, 150)) >= 3


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("race", list(OF_RACE))
def test_ten_thousand_functions(race: str) -> None:
    sent_by = call_at_random(race, 10_000)

    assert len(sent_by) >= 8, sent_by
    assert race == "terran" or any(name.startswith("Train") for name in sent_by)


@pytest.mark.parametrize("env_id", task_ids())
def test_checkers_are_content(env_id: str) -> None:
    env = make(env_id)
    check(env)
    env.close()


@pytest.mark.parametrize(("observation", "action"), MELEE_COMBINATIONS)
def test_every_combination_plays(observation: str, action: str) -> None:
    env = make("BroodWar-v0", scenario="melee?races=terran:zerg", observation=observation, action=action)
    check(env)
    env.action_space.seed(3)
    seen, info = env.reset(seed=3)

    for _ in range(12):
        assert seen in env.observation_space
        has_masks = "action_mask" in info
        chosen = env.action_space.sample(mask=info["action_mask"]) if has_masks else env.action_space.sample()
        seen, reward, terminated, truncated, info = env.step(chosen)
        env.setup.task.observation.validate({name: a[0] for name, a in env._pool.arrays.items()})
        assert np.isfinite(reward)
        assert not has_masks or info["invalid_actions"] == 0
        assert not terminated
        assert not truncated
    env.close()


@pytest.mark.parametrize("env_id", task_ids())
def test_baseline_plays_without_a_forbidden_choice_and_earns_more_than_doing_nothing(env_id: str) -> None:
    totals = {}
    for name in ("baseline", "nothing"):
        env = make(env_id, max_frames=2400)
        seen, info = env.reset(seed=5)
        task = env.setup.task
        assert isinstance(task, EconomyTask)
        act = BASELINES[env_id](task)
        totals[name] = 0.0
        over = False
        while not over:
            mask = env.action_masks()
            action = act(seen, mask, info) if name == "baseline" else np.zeros(env.action_space.shape, np.int64)
            first_choices = np.cumsum([0, *env.action_space.nvec[:-1]])
            assert mask[first_choices + action].all()
            seen, reward, terminated, truncated, info = env.step(action)
            # Column and line of a place are masked each for itself; somebody may stand where the two meet.
            assert info["invalid_actions"] == 0 or env_id == "BroodWar/Wall-v0"
            totals[name] += reward
            over = terminated or truncated
        if name == "baseline":
            assert info["collected_minerals"] > 300
        env.close()

    if env_id == "StarCraft2/CollectMineralsAndGas-v0":  # workers begin at work there
        assert totals["baseline"] > totals["nothing"] > 0.0
    else:
        assert totals["baseline"] >= totals["nothing"] == 0.0


@pytest.mark.parametrize("env_id", task_ids())
def test_same_seed_gives_the_same_bytes(env_id: str) -> None:
    traces = []
    for _ in range(2):
        env = make(env_id)
        env.action_space.seed(7)
        seen, info = env.reset(seed=7)
        trace = [seen.tobytes()]
        for _ in range(40):
            seen, reward, _, _, info = env.step(env.action_space.sample(mask=info["action_mask"]))
            trace += [seen.tobytes(), np.float64(reward).tobytes()]
        env.close()
        traces.append(trace)

    assert traces[0] == traces[1]


def test_place_sends_what_the_engine_takes_and_drops_the_rest() -> None:
    melee = Melee("terran", 1, action="place", action_options={"types": ["Terran_SCV", "Terran_Supply_Depot"]})
    columns, rows = 16, 12
    depot = FIRST_MAKE + 1
    mask = melee.arrays["action_mask"][0]
    assert mask[depot]
    mine = melee.frame.units[0, : melee.frame.num_units[0]]
    home = mine[(mine["player"] == 0) & (mine["build_type"] < 0)]
    depot_unit = home[home["type"] == unit_type_id("Terran_Command_Center")][0]
    middle = choke_of(melee.frame.map, int(depot_unit["x"]), int(depot_unit["y"]))
    accepted = 0
    for column in range(columns):
        for row in range(rows):
            sent = melee.decode(depot, column, row)
            is_dropped = bool(melee.arrays["info/invalid_actions"][0])
            assert sent == (0 if is_dropped else 1)
            left, top = middle[0] - columns // 2, middle[1] - rows // 2
            worker = melee.frame.units[0, : melee.frame.num_units[0]]
            worker = worker[(worker["player"] == 0) & (worker["type"] == SCV)][0]
            melee.commands.clear()
            melee.commands.items[0, 0] = (
                worker["id"], int(UnitCommandType.BUILD), -1, 32 * (left + column), 32 * (top + row), DEPOT,
            )  # fmt: skip
            melee.commands.count[0] = 1
            error = melee.games.command_errors(melee.commands, GAME, PLAYER)[0, 0]
            assert (error == NO_ERROR) == bool(sent), (column, row, ERROR_NAMES[error])
            accepted += sent
            assert mask[int(melee.task.action.nvec[0]) + column] or not sent  # type: ignore[attr-defined]
    assert 20 < accepted < columns * rows
