"""The env for asyncio programs: the same battles, beside other tasks, cancelled at any time."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from env_cases import attacks_first_enemy, flattened, make
from leaks import eventually, is_running, nothing_left
from meeting_game import Meeting

import envs
from bridge.errors import ConfigError, GameClosedError, GameTimeoutError, InvalidActionError, ResetNeeded
from envs import AsyncStarCraftEnv, StarCraftVectorEnv
from envs.loops import BlockedLoopError

STILL = np.zeros(5, np.int64)
MEETING_GAME = "meeting_game:make_session"


QUEUE = pytest.param("queue", marks=pytest.mark.full)
"""The reference channel, in `make faults`: a process takes a second of a core to start."""


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Compile the engine in a plain game: games of another backend would do so within their first deadline."""
    make().close()


class LoopWithoutReaders(asyncio.SelectorEventLoop):
    """An event loop that watches no descriptors, like Windows' default one."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        raise NotImplementedError  # what asyncio's own loop raises there


def run_without_readers(main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=LoopWithoutReaders) as runner:
        runner.run(main)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60.0):
        while not condition():
            await asyncio.sleep(0.01)


def pid_of(env: AsyncStarCraftEnv) -> int:
    assert env._pool is not None
    return env._pool.pids[0]


@pytest.mark.parametrize("channel", ["shm", QUEUE, "local"])
def test_async_env_gives_the_same_bytes_as_the_synchronous_one(channel: str) -> None:
    sync = make(opponent="closest", max_frames=200)
    actions, expected = [], [flattened(sync.reset(seed=3)[0]).tobytes()]
    for _ in range(40):
        actions.append(attacks_first_enemy(sync))
        observation, reward, terminated, truncated, _ = sync.step(actions[-1])
        expected += [flattened(observation).tobytes(), reward, terminated, truncated]
        if terminated or truncated:
            expected.append(flattened(sync.reset()[0]).tobytes())
    sync.close()

    async def main() -> list[Any]:
        async with AsyncStarCraftEnv(channel=channel, opponent="closest", max_frames=200) as env:
            trace = [flattened((await env.reset(seed=3))[0]).tobytes()]
            for action in actions:
                observation, reward, terminated, truncated, info = await env.step(action)
                assert np.concatenate(info["action_mask"]).astype(bool).tolist() == env.action_masks().tolist()
                trace += [flattened(observation).tobytes(), reward, terminated, truncated]
                if terminated or truncated:
                    trace.append(flattened((await env.reset())[0]).tobytes())
            return trace

    assert asyncio.run(main()) == expected


@pytest.mark.parametrize("channel", ["shm", QUEUE])
def test_games_of_many_envs_play_side_by_side(channel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = Meeting(tmp_path, monkeypatch, size=2)

    async def main() -> None:
        games = [AsyncStarCraftEnv(backend=MEETING_GAME, channel=channel) for _ in range(2)]
        await asyncio.gather(*(env.reset(seed=1) for env in games))
        meeting.open()  # no step ends before both games are in one
        steps = await asyncio.gather(*(env.step(STILL) for env in games))
        await asyncio.gather(*(env.close() for env in games))
        assert [step[4].get("failure") for step in steps] == [None] * 2

    with nothing_left():
        asyncio.run(main())


@pytest.mark.parametrize("case", ["shm", QUEUE, "shm in a loop without readers"])
def test_other_tasks_run_while_a_step_waits(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = Meeting(tmp_path, monkeypatch, size=2)

    async def main() -> None:
        async with AsyncStarCraftEnv(backend=MEETING_GAME, channel=case.split()[0]) as env:
            await env.reset(seed=1)
            meeting.open()
            async with asyncio.TaskGroup() as tasks:
                step = tasks.create_task(env.step(STILL))
                await until(lambda: meeting.guests() == 1)
                assert not step.done()
                meeting.join()  # what the game waits for comes from this loop
            assert "failure" not in step.result()[4]

    (run_without_readers if "without" in case else asyncio.run)(main())


def test_steps_behind_shared_memory_use_no_thread() -> None:
    async def main() -> None:
        async with AsyncStarCraftEnv() as env:
            await env.reset(seed=1)
            await until(lambda: not any("waiter" in thread.name for thread in threading.enumerate()))
            for _ in range(20):
                await env.step(STILL)
            await env.reset()
            assert env._worker is None
            assert not any("waiter" in thread.name for thread in threading.enumerate())

    asyncio.run(main())


@pytest.mark.parametrize("case", ["shm", QUEUE, "shm in a loop without readers"])
def test_cancelled_step_gives_its_game_up_and_reset_starts_another(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = Meeting(tmp_path, monkeypatch, size=2)

    async def main() -> None:
        async with AsyncStarCraftEnv(backend=MEETING_GAME, channel=case.split()[0]) as env:
            await env.reset(seed=1)
            first = pid_of(env)
            meeting.open()
            step = asyncio.create_task(env.step(STILL))
            await until(lambda: meeting.guests() == 1)

            step.cancel()
            with pytest.raises(asyncio.CancelledError):
                await step
            with pytest.raises(ResetNeeded):
                await env.step(STILL)

            meeting.end()
            await env.reset(seed=1)
            assert pid_of(env) != first
            assert not is_running(first)
            _, _, _, truncated, info = await env.step(STILL)
            assert not truncated
            assert info["episode_frames"] == env.setup.task.frame_skip
            assert env._pool is not None
            assert env._pool.failure_log.total == 0  # the caller's wish is no failure of the game's

    with nothing_left():
        (run_without_readers if "without" in case else asyncio.run)(main())


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("channel", ["shm", "queue"])
def test_calls_can_be_cancelled_at_any_moment(channel: str) -> None:
    generator = np.random.default_rng(1)

    async def main() -> int:
        num_finished = 0
        async with AsyncStarCraftEnv(channel=channel) as env:
            for seed in range(30):
                await env.reset(seed=seed)
                for _ in range(generator.integers(4)):
                    await env.step(STILL)
                task = asyncio.create_task(env.reset() if generator.random() < 0.3 else env.step(STILL))
                await asyncio.sleep(generator.choice([0.0, 0.0, 0.001, 0.01]) * generator.random())
                task.cancel()
                await asyncio.wait([task])
                num_finished += not task.cancelled()
            assert (await env.reset(seed=3))[1]["own_units"] == 5
        return num_finished

    with nothing_left():
        assert asyncio.run(main()) < 30  # some were cancelled


@pytest.mark.parametrize(("call", "channel"), [("reset", "shm"), ("step", "queue")])
def test_cancelled_call_leaves_an_env_that_closes(
    call: str, channel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = Meeting(tmp_path, monkeypatch, size=2, at="step" if call == "step" else "start")

    async def main() -> None:
        async with AsyncStarCraftEnv(backend=MEETING_GAME, channel=channel) as env:
            await env.reset(seed=1)
            meeting.open()
            task = asyncio.create_task(env.step(STILL) if call == "step" else env.reset())
            await until(lambda: meeting.guests() == 1)
            task.cancel()
            await asyncio.wait([task])
        with pytest.raises(GameClosedError):
            await env.reset()

    with nothing_left():
        asyncio.run(main())


def test_cancelled_opening_leaves_nothing() -> None:
    async def main() -> None:
        env = AsyncStarCraftEnv()
        opening = asyncio.create_task(env.reset(seed=1))
        await until(lambda: any("waiter" in thread.name for thread in threading.enumerate()))
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await env.close()

    with nothing_left():
        asyncio.run(main())


@pytest.mark.full
def test_cancelled_opening_can_be_followed_by_a_reset() -> None:
    async def main() -> None:
        env = AsyncStarCraftEnv()
        opening = asyncio.create_task(env.reset(seed=1))
        await until(lambda: any("waiter" in thread.name for thread in threading.enumerate()))
        opening.cancel()
        await asyncio.wait([opening])
        _, info = await env.reset(seed=1)
        assert info["own_units"] == 5
        await env.close()

    asyncio.run(main())


@pytest.mark.parametrize("channel", ["shm", QUEUE])
def test_step_without_an_answer_ends_truncated_with_the_same_failure_as_the_synchronous_env(
    channel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = Meeting(tmp_path, monkeypatch, size=2)

    async def main() -> dict[str, Any]:
        async with AsyncStarCraftEnv(backend=MEETING_GAME, channel=channel, timeouts={"step_s": 0.3}) as env:
            await env.reset(seed=1)
            meeting.open()
            _, reward, terminated, truncated, info = await env.step(STILL)
            assert (reward, terminated, truncated) == (0.0, False, True)
            return info

    assert "no answer to step within 0.3 s" in asyncio.run(main())["failure"]


@pytest.mark.parametrize("channel", ["shm", QUEUE])
def test_reset_without_an_answer_raises_in_time(channel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = Meeting(tmp_path, monkeypatch, size=2, at="start")

    async def main() -> None:
        async with AsyncStarCraftEnv(backend=MEETING_GAME, channel=channel, timeouts={"reset_s": 0.3}) as env:
            await env.reset(seed=1)
            meeting.open()
            with pytest.raises(GameTimeoutError, match=r"no answer to reset within 0\.3 s"):
                await env.reset()
            meeting.end()
            assert (await env.reset())[1]["own_units"] == 5

    with nothing_left():
        asyncio.run(main())


def test_killed_game_is_a_truncated_episode() -> None:
    async def main() -> None:
        async with AsyncStarCraftEnv() as env:
            await env.reset(seed=1)
            os.kill(pid_of(env), signal.SIGKILL)
            _, reward, terminated, truncated, info = await env.step(STILL)
            assert (reward, terminated, truncated) == (0.0, False, True)
            assert "SIGKILL" in info["failure"]
            assert "failure" not in (await env.reset())[1]
            await env.step(STILL)

    asyncio.run(main())


def test_a_second_call_at_the_same_time_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = Meeting(tmp_path, monkeypatch, size=2)

    async def main() -> None:
        async with AsyncStarCraftEnv(backend=MEETING_GAME) as env:
            await env.reset(seed=1)
            meeting.open()
            step = asyncio.create_task(env.step(STILL))
            await until(lambda: meeting.guests() == 1)
            with pytest.raises(RuntimeError, match=r"reset\(\) while another task's call is under way"):
                await env.reset()
            meeting.join()
            await step

    asyncio.run(main())


def test_close_ends_the_call_that_another_task_waits_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = Meeting(tmp_path, monkeypatch, size=2)

    async def main() -> None:
        env = AsyncStarCraftEnv(backend=MEETING_GAME)
        await env.reset(seed=1)
        meeting.open()
        step = asyncio.create_task(env.step(STILL))
        await until(lambda: meeting.guests() == 1)
        await env.close()
        await env.close()
        assert "SIGKILL" in (await step)[4]["failure"]

    with nothing_left():
        asyncio.run(main())


def test_mistakes_are_refused_before_anything_happens() -> None:
    with pytest.raises(ConfigError, match="unknown keyword 'opponnent'; did you mean 'opponent'"):
        AsyncStarCraftEnv(opponnent="closest")
    with pytest.raises(ConfigError, match=r"may_block_loop.*never blocks"):
        AsyncStarCraftEnv(may_block_loop=True)

    async def main() -> None:
        env = AsyncStarCraftEnv(channel="local", render_mode="ansi")
        with pytest.raises(ResetNeeded):
            await env.step(STILL)
        with pytest.raises(ResetNeeded):
            env.action_masks()
        with pytest.raises(ConfigError, match="unknown reset option 'x'"):
            await env.reset(options={"x": 1})
        with pytest.raises(ConfigError, match="seed: got -1"):
            await env.reset(seed=-1)
        await env.reset(seed=1)
        with pytest.raises(InvalidActionError):
            await env.step(np.full(5, 99))
        _, _, _, _, info = await env.step(STILL)
        assert info["episode_frames"] == env.setup.task.frame_skip
        assert "frame" in str(env.render())
        await env.close()
        with pytest.raises(GameClosedError, match=r"step\(\) after close\(\)"):
            await env.step(STILL)

    asyncio.run(main())


@pytest.mark.full
def test_one_env_serves_one_loop_after_another() -> None:
    env = AsyncStarCraftEnv()
    asyncio.run(env.reset(seed=1))  # type: ignore[arg-type]
    observation, *_ = asyncio.run(env.step(STILL))  # type: ignore[arg-type,var-annotated]
    asyncio.run(env.close())  # type: ignore[arg-type]

    assert observation["own"].any()


# --- the synchronous envs inside a running loop ---------------------------------------------------------------------


def test_synchronous_env_refuses_to_block_a_running_loop() -> None:
    env = make(channel="shm")
    env.reset(seed=1)

    async def main() -> None:
        for call in (lambda: env.step(STILL), env.reset):
            with pytest.raises(BlockedLoopError) as caught:
                call()
            assert "would block the running event loop; allowed: envs.AsyncStarCraftEnv" in str(caught.value)
            assert "\n" not in str(caught.value)
        assert not (await asyncio.to_thread(env.step, STILL))[3]

    asyncio.run(main())
    assert env.step(STILL)[4]["episode_frames"] == 2 * env.setup.task.frame_skip  # the refused calls did nothing
    env.close()


def test_synchronous_vector_env_refuses_to_block_a_running_loop() -> None:
    env = StarCraftVectorEnv(2, num_processes=1)
    env.reset(seed=1)

    async def main() -> None:
        still = np.zeros((2, 5), np.int64)
        for call in (lambda: env.step(still), lambda: env.step_arrays(still), env.reset):
            with pytest.raises(BlockedLoopError, match=r"env\.(step|reset) would block the running event loop"):
                call()

    asyncio.run(main())
    env.close()


@pytest.mark.parametrize("kwargs", [{"channel": "shm", "may_block_loop": True}, {"channel": "local"}])
def test_who_may_block_the_loop_steps_inside_it(kwargs: dict[str, Any]) -> None:
    single, vector = make(**kwargs), StarCraftVectorEnv(2, num_processes=1, **kwargs)

    async def main() -> None:
        single.reset(seed=1)
        single.step(STILL)
        vector.reset(seed=1)
        vector.step(np.zeros((2, 5), np.int64))

    asyncio.run(main())
    single.close()
    vector.close()


def test_package_offers_the_async_env() -> None:
    assert envs.AsyncStarCraftEnv is AsyncStarCraftEnv
    assert eventually(lambda: not [t for t in threading.enumerate() if "waiter" in t.name])
