import time

import numpy as np
import pytest
from patience import SOON_S
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


def failing_step(patch, fails):
    """Let the toy game's steps fail while `fails()`."""
    original = ToySession.step

    async def step(self, commands, frames):
        if fails(self):
            raise RuntimeError("planted")
        return await original(self, commands, frames)

    patch.setattr(ToySession, "step", step)


def test_lost_rows_stay_lost_until_they_are_revived_with_their_next_episode(monkeypatch):
    with local_pool(num_processes=2) as pool, local_pool(num_processes=2) as healthy:
        for each in (pool, healthy):
            each.reset(seeds=SEEDS)
        healthy.reset()
        unlucky = pool._parts[1]._runner._session
        with monkeypatch.context() as patch:
            failing_step(patch, lambda session: session is unlucky)
            with pytest.raises(GameCrashedError):
                pool.step()
        pool.step()
        pool.step()
        assert pool.arrays["observation/clock"].tolist() == [6, 6, 0, 0]
        assert pool.arrays["truncated"].tolist() == [False, False, True, True]
        assert not pool.revive(np.array([True, True, False, False])).any()

        back = pool.revive(ALL)

        assert back.tolist() == [False, False, True, True]
        assert not pool.failed.any()
        assert pool.arrays["observation/clock"].tolist() == [6, 6, 0, 0]
        assert np.array_equal(pool.arrays["episode/seed"][2:], healthy.arrays["episode/seed"][2:])
        assert not pool.arrays["truncated"].any()
        assert (pool.failure_log.total, pool.failure_log.restarts) == (1, 1)
        pool.step()
        assert pool.arrays["observation/clock"].tolist() == [8, 8, 2, 2]


def test_process_that_fails_again_rests_before_it_is_started_once_more(monkeypatch):
    timeouts = Timeouts(rest_s=0.5)
    with GamePool(toy_spec(), num_games=1, channel="local", timeouts=timeouts) as pool, monkeypatch.context() as patch:
        pool.reset(seeds=SEEDS[:1])
        failing_step(patch, lambda session: True)
        for _ in range(2):
            with pytest.raises(GameCrashedError):
                pool.step()
            due_s = time.monotonic() + pool._comebacks[0].rest_left_s
            assert pool.revive(ALL[:1], wait_s=SOON_S).all()

        assert time.monotonic() >= due_s - 0.01
        before_s = time.monotonic()
        with pytest.raises(GameCrashedError):
            pool.step()
        assert not pool.revive(ALL[:1]).any(), "it rests"
        due_s = time.monotonic() + pool._comebacks[0].rest_left_s
        assert due_s >= before_s + 1.0 - 0.01, "twice as long"
        pool.reset()  # waits for the rest, then starts
        assert time.monotonic() >= due_s - 0.01
        assert not pool.failed.any()


def test_reset_whose_deadline_lies_within_the_rest_reports_the_loss_again(monkeypatch):
    timeouts = Timeouts(rest_s=30.0)
    with GamePool(toy_spec(), num_games=1, channel="local", timeouts=timeouts) as pool, monkeypatch.context() as patch:
        pool.reset(seeds=SEEDS[:1])
        failing_step(patch, lambda session: True)
        for _ in range(2):
            with pytest.raises(GameCrashedError):
                pool.step()
            if pool._comebacks[0].rest_left_s == 0:
                pool.revive(ALL[:1])

        pool.send_reset(ALL[:1], None)
        with pytest.raises(GameCrashedError, match="planted"):
            pool.wait(Deadline.after(0.1))

        assert pool.failure_log.total == 2, "waiting is no failure"


def test_lost_process_is_one_line_in_the_log_however_many_rows_it_played(monkeypatch, caplog):
    with local_pool() as pool, monkeypatch.context() as patch:
        pool.reset(seeds=SEEDS)
        failing_step(patch, lambda session: True)
        with caplog.at_level("INFO"), pytest.raises(GameCrashedError):
            pool.step()

        (record,) = caplog.records
        assert record.levelname == "WARNING"
        assert "RuntimeError: planted; its 4 rows are lost" in record.message
        assert "\n" not in record.message


def test_name_of_a_scenario_file_is_its_stem():
    with local_pool(scenario="/some/where/my_map.yaml") as pool:
        assert pool._parts[0].name == "my_map#0"
