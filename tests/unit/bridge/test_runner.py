import asyncio

import numpy as np
import pytest
from toy_game import START_HP, ToySession, ToyTask

from bridge.episodes import episode_seed
from bridge.layout import Layout
from bridge.runner import CONTROL_SPECS, EPISODE_SPECS, Runner, row_specs


class Driver:
    """A runner with arrays, called without an event loop of one's own."""

    def __init__(self, num_games=4, autoreset="same_step", num_seats=1, max_frames=60, **options):
        self.session = ToySession(num_games, num_seats)
        self.task = ToyTask(max_frames=max_frames)
        self.runner = Runner(self.session, self.task, autoreset, num_seats=num_seats, **options)
        self.arrays = Layout(rows=self.runner.rows, arrays=self.runner.specs).allocate()
        self.runner.bind(self.arrays)

    def reset(self, rows=None, seeds=None, first=0):
        rows = np.ones(self.runner.rows, np.bool_) if rows is None else rows
        self.arrays["control/rows"][:] = rows
        self.arrays["control/episode"][:] = -1 if seeds is None else first
        if seeds is not None:
            self.arrays["control/seed"][:] = seeds
        asyncio.run(self.runner.reset())

    def step(self, damage=0):
        self.arrays["action"][:, 0] = damage
        self.arrays["action"][:, 1] = 1
        asyncio.run(self.runner.step())
        return self.arrays["terminated"] | self.arrays["truncated"]

    def step_until_an_end(self, damage=0):
        for _ in range(100):
            ended = self.step(damage)
            if ended.any():
                return ended.copy()
        raise AssertionError("no episode ended")


SEEDS = np.arange(4, dtype=np.uint64) + 7


def test_episode_k_of_seed_s_comes_from_both_and_nothing_else():
    driver = Driver()
    driver.reset(seeds=SEEDS)
    driver.reset()
    driver.reset(rows=np.array([True, False, True, False]))

    started = [(games.tolist(), seeds.tolist()) for games, seeds in driver.session.starts]

    all_rows = [True] * 4
    assert started == [
        (all_rows, [episode_seed(seed, 0) for seed in range(7, 11)]),
        (all_rows, [episode_seed(seed, 1) for seed in range(7, 11)]),
        ([True, False, True, False], [episode_seed(7, 2), episode_seed(9, 2)]),
    ]
    assert driver.arrays["episode/number"].tolist() == [2, 1, 2, 1]
    assert driver.arrays["episode/seed"].tolist() == [
        episode_seed(7, 2),
        episode_seed(8, 1),
        episode_seed(9, 2),
        episode_seed(10, 1),
    ]


def test_episode_seed_is_numpys_seed_sequence():
    generator = np.random.default_rng(0)
    drawn = generator.integers(0, 2**64, (200, 2), np.uint64) >> generator.integers(0, 64, (200, 2), np.uint64)
    for seed, episode in [(5, 3), (0, 0), (2**32 - 1, 2**32), (2**64 - 1, 2**64 - 1), *drawn.tolist()]:
        assert episode_seed(seed, episode) == int(
            np.random.SeedSequence([seed, episode]).generate_state(1, np.uint64)[0]
        )
    assert episode_seed(2**64 - 1, 0) != episode_seed(2**64 - 1, 1)


def test_reset_may_go_on_from_a_given_episode():
    driver = Driver()

    driver.reset(seeds=SEEDS, first=5)

    assert driver.arrays["episode/number"].tolist() == [5] * 4
    assert driver.arrays["episode/seed"][0] == episode_seed(7, 5)


def test_same_step_shows_the_new_episode_and_keeps_the_old_ones_last_values():
    driver = Driver()
    driver.reset(seeds=SEEDS)

    ended = driver.step_until_an_end(damage=20)

    arrays = driver.arrays
    assert (arrays["observation/hp"][ended] == 1.0).all()
    assert (arrays["observation/clock"][ended] == 0).all()
    assert (arrays["final_observation/hp"][ended][:, 1] <= 0).all()
    assert (arrays["final_observation/clock"][ended] > 0).all()
    assert arrays["final_info/battle_won"][ended].all()
    assert not arrays["info/battle_won"].any()
    assert (arrays["info/enemy_hp"][ended] == START_HP).all()
    assert (arrays["reward"][ended] >= 20).all()
    assert (arrays["episode/number"] == ended).all()
    driver.step()
    assert (arrays["observation/clock"][ended] == 2).all()


def test_next_step_resets_in_the_following_step_and_ignores_its_action():
    driver = Driver(autoreset="next_step")
    driver.reset(seeds=SEEDS)
    ended = driver.step_until_an_end(damage=20)
    last = driver.arrays["observation/hp"].copy()
    assert (last[ended][:, 1] <= 0).all()
    assert driver.arrays["info/battle_won"][ended].all()

    driver.step(damage=20)

    arrays = driver.arrays
    assert (arrays["observation/hp"][ended] == 1.0).all()
    assert (arrays["observation/clock"][ended] == 0).all()
    assert not arrays["reward"][ended].any()
    assert not (arrays["terminated"] | arrays["truncated"])[ended].any()
    assert not arrays["info/battle_won"][ended].any()
    assert arrays["reward"][~ended].any() or ended.all()
    driver.step(damage=3)
    assert (arrays["observation/clock"][ended] == 2).all()


def test_next_step_with_all_rows_ended_plays_no_frames_of_the_old_games():
    driver = Driver(num_games=1, autoreset="next_step")
    driver.reset(seeds=SEEDS[:1])
    driver.step_until_an_end(damage=20)
    steps = []
    original = driver.session.step

    def counted(commands, frames):
        steps.append(frames)
        return original(commands, frames)

    driver.session.step = counted
    driver.step()
    assert steps == []
    driver.step()
    assert steps == [2]


def test_disabled_starts_nothing_by_itself():
    driver = Driver(autoreset="disabled")
    driver.reset(seeds=SEEDS)

    ended = driver.step_until_an_end(damage=20)

    assert len(driver.session.starts) == 1
    assert not any(name.startswith("final_") for name in driver.arrays)
    driver.reset(rows=ended)
    assert (driver.arrays["observation/clock"][ended] == 0).all()
    assert not (driver.arrays["terminated"] | driver.arrays["truncated"])[ended].any()
    assert not driver.arrays["reward"][ended].any()


def test_truncation_is_the_tasks_and_starts_the_next_episode():
    driver = Driver(max_frames=4)
    driver.reset(seeds=SEEDS)
    driver.step()

    ended = driver.step()

    assert ended.all()
    assert driver.arrays["truncated"].all()
    assert (driver.arrays["final_observation/clock"] == 4).all()


def test_rows_of_a_reset_forget_their_last_reward_and_outcome():
    driver = Driver(autoreset="disabled")
    driver.reset(seeds=SEEDS)
    driver.step_until_an_end(damage=20)

    driver.reset()

    for name in ("reward", "terminated", "truncated", "info/battle_won"):
        assert not driver.arrays[name].any(), name


def test_frame_skip_of_the_spec_overrules_the_tasks():
    driver = Driver(frame_skip=5)
    driver.reset(seeds=SEEDS)

    driver.step()

    assert (driver.arrays["observation/clock"] == 5).all()
    assert driver.runner.frame == 5


def test_seats_of_a_game_share_its_seed_and_end_together():
    driver = Driver(num_games=2, num_seats=2)
    driver.reset(seeds=np.array([1, 50, 2, 60], np.uint64))
    assert driver.arrays["episode/seed"].tolist() == [episode_seed(1, 0)] * 2 + [episode_seed(2, 0)] * 2
    original = driver.task.score

    def one_seat_only(frame, arrays):
        original(frame, arrays)
        arrays["terminated"][:] = [False, True, False, False]
        arrays["truncated"][:] = False

    driver.task.score = one_seat_only
    driver.step()

    assert driver.arrays["terminated"].tolist() == [False, True, False, False]
    assert driver.arrays["truncated"].tolist() == [True, False, False, False]
    assert driver.session.starts[-1][0].tolist() == [True, False]


def test_exported_frame_equals_the_sessions():
    driver = Driver(export_frame=True)
    driver.reset(seeds=SEEDS)

    driver.step(damage=3)

    frame = driver.session.frame
    assert driver.arrays["frame/units"].tobytes() == frame.units.tobytes()
    for name in ("player", "frame", "num_units", "deaths", "minerals"):
        assert np.array_equal(driver.arrays[f"frame/{name}"], getattr(frame, name)), name


@pytest.mark.parametrize("autoreset", ["same_step", "next_step", "disabled"])
def test_specs_hold_the_tasks_arrays_and_the_runners(autoreset):
    task = ToyTask()

    specs = row_specs(task.specs, autoreset, None)

    finals = {f"final_{name}" for name in task.specs if name.startswith(("observation", "info"))}
    added = {*CONTROL_SPECS, *EPISODE_SPECS, *(finals if autoreset == "same_step" else ())}
    assert set(specs) == {*task.specs, *added}


def test_an_observation_of_one_array_has_a_final_too():
    specs = dict(ToyTask().specs)
    specs["observation"] = specs.pop("observation/hp")

    assert "final_observation" in row_specs(specs, "same_step")


def test_close_closes_the_session():
    driver = Driver()

    asyncio.run(driver.runner.close())

    assert driver.session.is_closed
