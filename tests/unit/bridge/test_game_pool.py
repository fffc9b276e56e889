import numpy as np
import pytest
from toy_game import ToySession, toy_spec

from bridge.deadline import Deadline
from bridge.errors import ConfigError, GameClosedError, GameCrashedError, ResetNeeded
from bridge.pool import GamePool
from bridge.timeouts import Timeouts


def local_pool(num_games=4, num_processes=1, **changes):
    return GamePool(toy_spec(**changes), num_games=num_games, num_processes=num_processes, channel="local")


SEEDS = np.arange(4, dtype=np.uint64)
ALL = np.ones(4, np.bool_)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"channel": "pipe"}, "channel: got 'pipe'; allowed: 'shm', 'queue', 'local'"),
        ({"num_games": 4, "num_processes": 3}, "num_processes: got 3 for 4 games; allowed: a positive divisor"),
        ({"num_games": 4, "num_processes": 0}, "num_processes: got 0"),
        ({"num_games": 0}, "for 0 games"),
    ],
)
def test_numbers_and_names_that_do_not_fit_are_refused(options, text):
    with pytest.raises(ConfigError, match=text):
        GamePool(toy_spec(), **options)


def test_wrong_spec_is_the_callers_fault_wherever_it_is_noticed():
    for channel in ("local", "shm"):
        with pytest.raises(ConfigError, match="module 'toy_game' has no function 'nothing'"):
            GamePool(toy_spec(task_factory="toy_game:nothing"), channel=channel)


@pytest.mark.parametrize("name", ["start_s", "reset_s", "step_s", "close_s", "compile_s"])
def test_timeouts_are_positive(name):
    with pytest.raises(ConfigError, match=f"timeouts: {name}: got 0; allowed: seconds > 0"):
        Timeouts(**{name: 0})


def test_step_before_the_first_reset_names_the_rows():
    with local_pool() as pool:
        pool.reset(rows=np.array([True, False, True, False]), seeds=SEEDS)

        with pytest.raises(ResetNeeded, match=r"rows \[1, 3\]"):
            pool.step()


def test_step_after_the_end_needs_a_reset_where_nothing_resets_by_itself():
    with local_pool(autoreset="disabled", task_params={"max_frames": 2}) as pool:
        pool.reset(seeds=SEEDS)
        pool.step()
        assert pool.arrays["truncated"].all()

        with pytest.raises(ResetNeeded, match=r"after the end of the episode in rows \[0, 1, 2, 3\]"):
            pool.step()

        pool.reset()
        pool.step()


def test_request_while_an_answer_is_due_is_refused():
    with local_pool() as pool:
        pool.send_reset(ALL, SEEDS)

        with pytest.raises(RuntimeError, match="an answer is still due"):
            pool.send_step()
        with pytest.raises(RuntimeError, match="an answer is still due"):
            pool.send_reset(ALL, None)


def test_closed_pool_refuses_everything_and_closes_again():
    pool = local_pool()
    pool.close()
    pool.close()

    for call in (pool.step, pool.reset, lambda: pool.wait(Deadline.after(1.0))):
        with pytest.raises(GameClosedError, match="open new ones"):
            call()


def test_rows_without_a_seed_draw_one_and_differ():
    with local_pool() as pool:
        pool.reset()
        first = pool.arrays["episode/seed"].copy()
        assert len(set(first.tolist())) == 4

        pool.reset(seeds=SEEDS)
        seeded = pool.arrays["episode/seed"].copy()
        pool.reset()
        pool.reset(seeds=SEEDS)
        assert np.array_equal(pool.arrays["episode/seed"], seeded)


def test_masked_seeds_touch_only_their_rows():
    with local_pool() as pool:
        pool.reset(seeds=SEEDS)
        before = pool.arrays["episode/seed"].copy()

        pool.reset(rows=np.array([False, True, False, False]), seeds=SEEDS + 100)

        changed = pool.arrays["episode/seed"] != before
        assert changed.tolist() == [False, True, False, False]
        pool.reset()
        assert pool.arrays["episode/number"].tolist() == [1, 1, 1, 1]


def test_games_in_several_parts_are_one_batch():
    with local_pool(num_processes=1) as one, local_pool(num_processes=4) as four:
        for pool in (one, four):
            pool.reset(seeds=SEEDS)
            pool.arrays["action"][:] = [[3, 1]]
            pool.step()
        for name, array in one.arrays.items():
            assert np.array_equal(array, four.arrays[name]), name


def test_failure_in_one_part_marks_its_rows_and_the_next_reset_revives_them(monkeypatch):
    with local_pool(num_processes=2) as pool:
        pool.reset(seeds=SEEDS)
        original = ToySession.step
        calls = []

        async def second_fails(self, commands, frames):
            calls.append(self)
            if len(calls) == 2:
                raise RuntimeError("planted")
            return await original(self, commands, frames)

        monkeypatch.setattr(ToySession, "step", second_fails)
        with pytest.raises(GameCrashedError, match="RuntimeError: planted"):
            pool.step()

        assert pool.failed.tolist() == [False, False, True, True]
        assert pool.failure(0) is None
        assert pool.failure(3) is not None
        assert pool.arrays["truncated"].tolist() == [False, False, True, True]
        pool.reset(rows=np.array([False, False, False, True]))  # one row of the lost part: both come back
        assert not pool.failed.any()
        assert pool.arrays["observation/clock"].tolist() == [2, 2, 0, 0]
        assert pool.arrays["episode/number"].tolist() == [0, 0, 1, 1]
        assert not pool.arrays["truncated"].any()


def test_revived_row_goes_on_in_its_own_seed_sequence(monkeypatch):
    with local_pool(num_games=1) as pool, local_pool(num_games=1) as healthy:
        for each in (pool, healthy):
            each.reset(seeds=SEEDS[:1])
        healthy.reset()
        with monkeypatch.context() as patch:
            patch.setattr(ToySession, "step", None)
            with pytest.raises(GameCrashedError):
                pool.step()

        pool.restart()

        assert np.array_equal(pool.arrays["episode/seed"], healthy.arrays["episode/seed"])


def test_name_of_a_scenario_file_is_its_stem():
    with local_pool(scenario="/some/where/my_map.yaml") as pool:
        assert pool._parts[0].name == "my_map#0"
