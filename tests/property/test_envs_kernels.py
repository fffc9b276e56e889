"""The compiled encoders, decoders and scorers against their plain forms, on random Frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bridge.layout import Layout
from bridge.seams import Arrays
from engine.core.frame import NO_UNIT, Commands, Frame
from engine.core.jit import plain
from envs.specs import micro, rewards, slots
from envs.specs import units as encoders
from envs.tasks import MicroTask, make_battle

CAPACITY = 24
ROWS = 3

TASKS: dict[str, MicroTask] = {
    name: make_battle(scenario=name, observation="flat") for name in ("m5v5_c_far", "2d_3z", "1vu_1zl", "5wr_5wr")
}


def random_frame(task: MicroTask, generator: np.random.Generator, ids: NDArray[np.int32] | None = None) -> Frame:
    """Return a Frame of random units of the task's types (and some others), in ascending id."""
    game_map = task.scenario.map
    frame = Frame.allocate(ROWS, CAPACITY, game_map)
    kinds = [*task.roster.type_ids(), 41]
    for row in range(ROWS):
        count = int(generator.integers(0, CAPACITY + 1))
        units = frame.units[row]
        known = np.arange(1, 3 * CAPACITY) if ids is None else ids
        chosen = np.sort(generator.choice(known, min(count, len(known)), replace=False))
        frame.num_units[row] = count = len(chosen)
        units["id"][:count] = chosen
        units["type"][:count] = generator.choice(kinds, count)
        units["player"][:count] = chosen % 2
        units["player"][:count][generator.random(count) < 0.1] = 11
        units["flags"][:count] = generator.integers(0, 2**63, count, dtype=np.uint64) * np.uint64(2)
        units["x"][:count] = generator.integers(0, game_map.width_px, count)
        units["y"][:count] = generator.integers(0, game_map.height_px, count)
        for name, high in (("hp", 200), ("shield", 100), ("energy", 250), ("ground_cooldown", 300)):
            units[name][:count] = generator.integers(0, high, count)
        units["air_cooldown"][:count] = generator.integers(0, 40, count)
        units["velocity_x_256"][:count] = generator.integers(-3000, 3000, count)
        units["velocity_y_256"][:count] = generator.integers(-3000, 3000, count)
        units["order"][:count] = generator.choice([1, 2, 3, 6, 10, 11, 14, 107], count)
        units["target_id"][:count] = generator.choice(np.append(known, NO_UNIT), count)
        frame.player[row] = row % 2
        frame.frame[row] = int(generator.integers(0, 2000))
        deaths = int(generator.integers(0, 6))
        frame.num_deaths[row] = deaths
        frame.deaths[row, :deaths] = generator.choice(known, deaths)
    return frame


class Trace:
    """Everything that one way through the kernels wrote."""

    def __init__(self, task: MicroTask, battle: slots.Battle, arrays: Arrays, commands: Commands) -> None:
        self.task, self.battle, self.arrays, self.commands = task, battle, arrays, commands

    def numbers(self) -> list[bytes]:
        count = self.commands.count
        sent = [self.commands.items[row, : count[row]].tobytes() for row in range(ROWS)]
        state = [array.tobytes() for array in (self.battle.slots, self.battle.rows)]
        return [*sent, *state, *(array.tobytes() for array in self.arrays.values())]


def run(task: MicroTask, frames: list[Frame], wanted: NDArray[np.int64], *, compiled: bool, sees_all: bool) -> Trace:
    """Begin on the first Frame, follow the others, and encode, decode and score each."""

    def form(kernel: Any) -> Any:
        return kernel if compiled else plain(kernel)

    roster, spec = task.roster, task.micro
    battle = slots.Battle.allocate(ROWS, roster)
    arrays = Layout(rows=ROWS, arrays=dict(task.specs)).allocate()
    commands = Commands.allocate(ROWS, CAPACITY * 4)
    size = (task.scenario.map.width_px, task.scenario.map.height_px)
    arrays["action"][:] = wanted
    every = battle.every_row
    for index, frame in enumerate(frames):
        units, types = frame.units, roster.types
        if index == 0:
            form(slots.begin_battles)(
                *(every, frame.player, frame.frame, frame.num_units, units, types, roster.num_own, sees_all),
                *(battle.slots, battle.rows),
            )
        form(slots.follow_battles)(
            *(frame.player, frame.frame, frame.num_units, units, frame.num_deaths, frame.deaths, types),
            *(roster.num_own, sees_all, battle.slots, battle.rows),
        )
        shown = (
            *(every, units, types, battle.slots, battle.rows),
            *(roster.num_own, len(roster.names), roster.max_durability),
            *(roster.max_cooldown_frames, task.max_frames, *size),
            np.zeros((battle.slots.shape[1], encoders.NOTES), np.int64),
        )
        none = np.zeros((0, 0), np.float32)
        form(encoders.encode_rows)(*shown, arrays["observation"], *[none] * len(task.observation.blocks))
        blocks = [np.zeros((ROWS, block.size), np.float32) for block in task.observation.blocks]
        form(encoders.encode_rows)(*shown, np.zeros((1, task.observation.width), np.float32), *blocks)
        assert np.concatenate(blocks, axis=1).tobytes() == arrays["observation"].tobytes()
        form(micro.mask_rows)(
            *(every, units, types, battle.slots, roster.num_own, spec.move_distance_px, spec.directions),
            *(spec.attack_px, *size, arrays["action_mask"]),
        )
        form(micro.decode_rows)(
            *(arrays["action"], frame.frame, units, types, battle.slots, roster.num_own, spec.move_distance_px),
            *(spec.directions, spec.attack_px, *size),
            *(task.latency_frames, commands.items, commands.count, arrays["info/invalid_actions"]),
        )
        form(rewards.score_rows)(
            *(battle.rows, task.reward.weights, False, task.reward.potentials, task.reward.gamma, task.max_frames),
            *(arrays["reward"], arrays["terminated"], arrays["truncated"]),
        )
    return Trace(task, battle, arrays, commands)


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(TASKS)), seed=st.integers(0, 2**32 - 1), sees_all=st.booleans())
def test_compiled_kernels_equal_their_plain_forms(name: str, seed: int, sees_all: bool) -> None:
    task = TASKS[name]
    generator = np.random.default_rng(seed)
    frames = [random_frame(task, generator) for _ in range(3)]
    wanted = generator.integers(-1, task.micro.num_choices + 1, (ROWS, task.micro.num_own))

    fast = run(task, frames, wanted, compiled=True, sees_all=sees_all)
    slow = run(task, frames, wanted, compiled=False, sees_all=sees_all)

    assert fast.numbers() == slow.numbers()


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(TASKS)), seed=st.integers(0, 2**32 - 1))
def test_every_number_lies_in_its_declared_range(name: str, seed: int) -> None:
    task = TASKS[name]
    generator = np.random.default_rng(seed)
    frames = [random_frame(task, generator) for _ in range(3)]
    still = np.zeros((ROWS, task.micro.num_own), np.int64)

    arrays = run(task, frames, still, compiled=True, sees_all=True).arrays

    at = 0
    for block in task.observation.blocks:
        part = arrays["observation"][:, at : at + block.size].reshape(ROWS, *block.shape)
        block.validate(part)
        at += block.size
    assert at == arrays["observation"].shape[1]


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(TASKS)), seed=st.integers(0, 2**32 - 1))
def test_choice_is_counted_as_invalid_exactly_when_its_mask_forbids_it(name: str, seed: int) -> None:
    task = TASKS[name]
    generator = np.random.default_rng(seed)
    frames = [random_frame(task, generator)]
    own, choices = task.micro.num_own, task.micro.num_choices
    wanted = generator.integers(0, choices, (ROWS, own))

    arrays = run(task, frames, wanted, compiled=True, sees_all=True).arrays

    mask = arrays["action_mask"].reshape(ROWS, own, choices)
    allowed = np.take_along_axis(mask, wanted[..., None], axis=2)[..., 0]
    assert arrays["info/invalid_actions"].tolist() == (~allowed).sum(axis=1).tolist()


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_rows_of_a_batch_do_not_depend_on_each_other(seed: int) -> None:
    task = TASKS["2d_3z"]
    generator = np.random.default_rng(seed)
    frames = [random_frame(task, generator) for _ in range(2)]
    wanted = generator.integers(0, task.micro.num_choices, (ROWS, task.micro.num_own))
    changed = [random_frame(task, np.random.default_rng(seed + 1)) for _ in range(2)]
    for frame, other in zip(frames, changed, strict=True):  # row 1 stays, the others change
        for field in ("player", "frame", "num_units", "units", "num_deaths", "deaths"):
            getattr(other, field)[1] = getattr(frame, field)[1]

    one = run(task, frames, wanted, compiled=True, sees_all=True)
    two = run(task, changed, wanted, compiled=True, sees_all=True)

    for name, array in one.arrays.items():
        assert array[1].tobytes() == two.arrays[name][1].tobytes(), name
    assert one.battle.slots[1].tobytes() == two.battle.slots[1].tobytes()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), marks=st.lists(st.booleans(), min_size=ROWS, max_size=ROWS))
@pytest.mark.parametrize("observation", ["units", "flat"])
def test_encoding_some_rows_writes_these_and_leaves_the_others(observation: str, seed: int, marks: list[bool]) -> None:
    task = make_battle(scenario="2d_3z", observation=observation)
    generator = np.random.default_rng(seed)
    before, after = random_frame(task, generator), random_frame(task, generator)
    old, new, mixed = (Layout(rows=ROWS, arrays=dict(task.specs)).allocate() for _ in range(3))
    task.reset(np.ones(ROWS, np.bool_), before)
    for arrays in (old, mixed):
        task.encode(before, arrays)
    after.frame[:] = before.frame + 1
    task.encode(after, new)

    task.encode(after, mixed, np.array(marks))

    for name in [name for name in mixed if name.startswith("observation") or name == "action_mask"]:
        for row, marked in enumerate(marks):
            assert mixed[name][row].tobytes() == (new if marked else old)[name][row].tobytes(), name


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_reward_terms_stay_in_their_ranges_and_damage_sums_to_at_most_one(seed: int) -> None:
    generator = np.random.default_rng(seed)
    totals = {}
    for term in rewards.REWARD_TERMS:
        task = make_battle(scenario="m5v5_c_far", observation="flat", reward={term.name: 1.0})
        frames = [random_frame(task, np.random.default_rng(seed + step)) for step in range(4)]
        for step, frame in enumerate(frames):
            frame.frame[:] = 9 * step
            frame.units["hp"] = generator.integers(0, 41)
            frame.units["shield"] = 0
        paid = np.zeros(ROWS)
        for stop in range(1, len(frames) + 1):
            still = np.zeros((ROWS, 5), np.int64)
            reward = run(task, frames[:stop], still, compiled=True, sees_all=True).arrays["reward"]
            assert np.isfinite(reward).all()
            paid += reward
        totals[term.name] = paid

    assert (totals["win"] <= 1.0).all()
    assert (totals["win"] + totals["defeat"] <= 1.0).all()
    assert (totals["kills"] <= 1.0 + 1e-6).all()
    assert (totals["damage_dealt"] <= 1.0 + 1e-6).all()
