"""`backend="torchcraft"`: the same games as embedded ones, bit for bit, and what happens when a server fails."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import gymnasium as gym
import numpy as np
import psutil
import pytest
from leaks import eventually, is_running, nothing_left
from patience import SOON_S
from programs import running
from torchcraft_fake import SILENCE, ScriptedServer
from wire_talk import make_host

import envs
from bridge.deadline import Deadline
from bridge.errors import ConfigError, GameCrashedError, GameProtocolError, GameTimeoutError
from bridge.runner import Runner
from bridge.scenarios import scenario_folder
from bridge.spec import GameSpec, make_session, make_task
from bridge.torchcraft.server import Server
from bridge.torchcraft.server_process import ServerProcess
from bridge.torchcraft.session import TorchCraftSession
from bridge.torchcraft.warmup import ensure_wire_compiled
from engine.core.frame import UNIT_DTYPE, Commands

pytestmark = pytest.mark.xdist_group("torchcraft")

NOT_ON_THE_WIRE = {"heading", "target_x", "target_y"}
"""Directions, and places of orders: those come in walk tiles (a unit that is a target is where it stands)."""

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    ensure_wire_compiled()


def spec_of(backend, scenario="m5v5_c_far", players=(None, "attack_move"), games=1, skip=8, **params):
    task = {"scenario": scenario, "frame_skip": skip, "players": [n for n, name in enumerate(players) if name is None]}
    return GameSpec(
        scenario=scenario,
        backend=backend,
        backend_params=params,
        players=players,
        num_games=games,
        frame_skip=skip,
        latency_frames=2,
        task_params={**task, "latency_frames": 2, "max_frames": 400},
        export_frame=True,
    )


async def play(spec, steps):
    """Play random possible actions; return copies of all arrays after each step."""
    task = make_task(spec)
    runner = Runner(
        make_session(spec),
        task,
        "same_step",
        num_seats=spec.num_seats,
        frame_skip=spec.frame_skip,
        export_frame=True,
    )
    arrays = {name: np.zeros((spec.rows, *array.shape), array.dtype) for name, array in runner.specs.items()}
    runner.bind(arrays)
    arrays["control/rows"][:] = True
    arrays["control/seed"][:] = 5 + np.arange(spec.rows) // spec.num_seats
    rng = np.random.default_rng(0)
    seen = []
    try:
        await runner.reset()
        for _ in range(steps):
            seen.append({name: array.copy() for name, array in arrays.items()})
            slots = arrays["action"].shape[1]
            scores = rng.random((spec.rows, slots, arrays["action_mask"].shape[1] // slots))
            scores[~arrays["action_mask"].reshape(scores.shape)] = -1
            arrays["action"][:] = scores.argmax(axis=2)
            await runner.step()
    finally:
        await runner.close()
    return seen


def foggy(folder):
    text = (scenario_folder() / "m5v5_c_far.yaml").read_text().replace("full_vision: true", "full_vision: false")
    path = folder / "foggy.yaml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("scenario", "players", "skip", "games"),
    [
        ("m5v5_c_far", (None, "closest"), 8, 2),  # it decides anew in every step: sees when it may
        ("m5v5_c_far", (None, None), 8, 1),
        ("foggy", (None, "attack_move"), 6, 1),
        pytest.param("m5v5_c_far", (None, "noop"), 9, 3, marks=pytest.mark.full),
        pytest.param("2d_3z", (None, "closest"), 7, 1, marks=pytest.mark.full),
        pytest.param("dragoons_zealots", (None, "attack_move"), 1, 1, marks=pytest.mark.full),
        pytest.param("5mr_5mr", (None, "closest"), 5, 2, marks=pytest.mark.full),
        pytest.param("5wr_5wr", (None, None), 7, 2, marks=pytest.mark.full),
        pytest.param("1vu_1zl", ("weakest_closest", None), 3, 1, marks=pytest.mark.full),
    ],
)
def test_games_over_the_wire_equal_embedded_ones(scenario, players, skip, games, tmp_path):
    scenario = foggy(tmp_path) if scenario == "foggy" else scenario
    with nothing_left():
        embedded, wired = (
            asyncio.run(play(spec_of(backend, scenario, players, games, skip), 480 // skip))
            for backend in ("embedded", "torchcraft")
        )

    assert max(int(arrays["episode/number"].max()) for arrays in embedded) >= 1  # more than one battle each
    for step, (one, two) in enumerate(zip(embedded, wired, strict=True)):
        assert one.keys() == two.keys()
        for name in one.keys() - {"frame/units", "frame/deaths"}:
            assert np.array_equal(one[name], two[name]), (step, name)
        for row, count in enumerate(one["frame/num_units"].tolist()):
            for field in set(UNIT_DTYPE.names) - NOT_ON_THE_WIRE:
                ours, theirs = (arrays["frame/units"][row, :count][field] for arrays in (one, two))
                assert np.array_equal(ours, theirs), (step, row, field)
            dead = int(one["frame/num_deaths"][row])
            assert np.array_equal(one["frame/deaths"][row, :dead], two["frame/deaths"][row, :dead])


def test_env_gives_the_same_observations_rewards_and_infos_over_the_wire():
    def episode(**options):
        found = []
        with contextlib.closing(gym.make("BroodWar/m5v5_c_far-v0", opponent="closest", **options)) as env:
            observation, info = env.reset(seed=11)
            env.action_space.seed(1)
            for _ in range(40):
                action = env.action_space.sample(mask=info["action_mask"])
                observation, *outcome, info = env.step(action)
                found.append((observation, outcome, {k: v for k, v in info.items() if k != "action_mask"}))
                if outcome[1] or outcome[2]:
                    observation, info = env.reset()
        return found

    assert envs.StarCraftEnv is not None
    with nothing_left():
        for (one, first, info), (two, second, other) in zip(episode(), episode(backend="torchcraft"), strict=True):
            assert all(np.array_equal(one[name], two[name]) for name in one)
            assert first == second
            assert info == other


# --- a server that is not ours ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def running_server(scenario="m5v5_c_far", players=(None, "closest"), **options):
    """A server in a thread, as it might run anywhere: the session knows its address only."""
    leave, end = os.pipe()
    with Server([make_host(scenario, players, **options)]) as server:
        thread = threading.Thread(target=server.serve, args=([leave],))
        thread.start()
        try:
            yield server.ports[0][0]
        finally:
            os.close(end)
            thread.join(SOON_S)
            os.close(leave)
            assert not thread.is_alive()


def test_session_on_a_running_server_plays_battle_after_battle():
    async def run(port):
        session = make_session(spec_of("torchcraft", players=(None, "noop"), server=f"127.0.0.1:{port}"))
        commands = Commands.allocate(1, session.unit_capacity)
        everyone, seeds = np.ones(1, np.bool_), np.zeros(1, np.uint64)
        begun = []
        try:
            for battle in range(3):
                frame = await session.start(everyone, seeds)
                assert int(frame.num_units[0]) == 10
                assert (frame.units["hp"][0, :10] == 40).all()
                begun.append(int(frame.frame[0]))
                for step in range(400):
                    await session.step(commands, 9)
                    players = frame.units["player"][0, : frame.num_units[0]]
                    if battle != 1 and len(set(players.tolist())) < 2:
                        break
                    if battle == 1 and step == 3:  # cut short: a new match has whole armies
                        break
        finally:
            await session.close()
        return begun

    with nothing_left(), running_server(players=(None, "closest")) as port:
        first, second, third = asyncio.run(run(port))

    assert first < second
    assert third < second  # after the restart frames count anew


def test_wrong_latency_is_said_once(caplog):
    async def run(port):
        session = make_session(spec_of("torchcraft", players=(None, "noop"), server=f"127.0.0.1:{port}"))
        await session.start(np.ones(1, np.bool_), np.zeros(1, np.uint64))
        await session.close()

    with running_server(latency_frames=5) as port:
        asyncio.run(run(port))

    assert caplog.text.count("latency is 5 frames, the task expects 2") == 1


# --- failures ---------------------------------------------------------------------------------------------------------


async def lose(moment, hurt, **params):
    """Play until the server is hurt; return the error."""
    session = TorchCraftSession.from_spec(spec_of("torchcraft", answer_s=1.0, **params))
    commands = Commands.allocate(1, session.unit_capacity)
    everyone, seeds = np.ones(1, np.bool_), np.zeros(1, np.uint64)
    try:
        await session.start(everyone, seeds)
        await session.step(commands, 8)
        hurt(session.server_pid)
        with pytest.raises((GameCrashedError, GameTimeoutError, GameProtocolError)) as caught:
            await (session.step(commands, 8) if moment == "step" else session.start(everyone, seeds))
    finally:
        await session.close()
        await session.close()
    return caught.value, session.server_pid


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def stop(pid):
    os.kill(pid, signal.SIGSTOP)
    assert eventually(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)


@pytest.mark.parametrize("moment", ["step", pytest.param("start", marks=pytest.mark.full)])
@pytest.mark.parametrize(
    ("hurt", "kind", "text"),
    [(kill, GameCrashedError, "server killed by SIGKILL"), (stop, GameTimeoutError, "no answer from .* in 1 s")],
)
def test_own_server_that_fails_is_named_in_time_and_gone(moment, hurt, kind, text):
    with nothing_left():
        error, pid = asyncio.run(lose(moment, hurt))

    assert type(error) is kind
    with pytest.raises(kind, match=text):
        raise error
    assert error.pid == pid
    assert not is_running(pid)


@pytest.mark.parametrize(
    ("answers", "kind", "text"),
    [
        ([SILENCE], GameTimeoutError, "no answer"),
        ([b"garbage"], GameProtocolError, "Error parsing init reply"),
        (None, GameTimeoutError, "nobody listens there"),
    ],
)
def test_foreign_server_that_fails_is_a_typed_error(answers, kind, text):
    async def start(port):
        session = make_session(spec_of("torchcraft", server=f"127.0.0.1:{port}", answer_s=0.5))
        try:
            await session.start(np.ones(1, np.bool_), np.zeros(1, np.uint64))
        finally:
            await session.close()

    with nothing_left(), contextlib.ExitStack() as stack:
        port = stack.enter_context(ScriptedServer(*answers)).port if answers else 9
        with pytest.raises(kind, match=text):
            asyncio.run(start(port))


def test_server_of_another_scenario_is_a_typed_error_where_its_units_do_not_fit():
    async def run(port):
        session = make_session(spec_of("torchcraft", players=(None, "noop"), server=f"127.0.0.1:{port}", start_s=1.0))
        try:
            await session.start(np.ones(1, np.bool_), np.zeros(1, np.uint64))
        finally:
            await session.close()

    with nothing_left(), running_server("2d_3z") as port, pytest.raises(GameTimeoutError, match="no battle has begun"):
        asyncio.run(run(port))


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"sever": "a:1"}, "unknown key 'sever'; did you mean 'server'"),
        ({"server": "localhost"}, "allowed: host:port"),
        ({"server": "localhost:0"}, "allowed: host:port"),
        ({"answer_s": 0}, "answer_s: got 0; allowed: seconds > 0"),
    ],
)
def test_wrong_parameters_are_refused(params, text):
    with pytest.raises(ConfigError, match=text):
        make_session(spec_of("torchcraft", **params))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"backend": "torchcraf"}, "unknown backend 'torchcraf'; did you mean 'torchcraft'"),
        ({"server": "a:1"}, "with backend 'embedded': allowed with 'torchcraft'"),
        ({"backend": "torchcraft", "server": "a:1", "opponent": "noop"}, "the server says who plays"),
        ({"backend": "torchcraft", "channel": "local"}, "this game waits for another process"),
    ],
)
def test_env_options_that_do_not_fit_are_refused(options, text):
    with nothing_left(), pytest.raises(ConfigError, match=text):
        gym.make("BroodWar-v0", **options)


OWNER = """
import asyncio, sys, time
from bridge.deadline import Deadline
from bridge.torchcraft.server_process import ServerProcess
process = ServerProcess(["--port", "0"])
asyncio.run(process.wait_ports("game", Deadline.after(60)))
print(process.pid, flush=True)
time.sleep(100)
"""


def test_server_leaves_with_its_owner():
    with running([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, cwd=REPOSITORY) as owner:
        pid = int(owner.stdout.readline())
        assert is_running(pid)

        owner.kill()

        assert eventually(lambda: not is_running(pid))


def test_server_that_cannot_start_says_why():
    async def start():
        process = ServerProcess(["--scenario", "m5v5_c_fra"])
        try:
            await process.wait_ports("game", Deadline.after(60))
        finally:
            process.close()

    with nothing_left(), pytest.raises(GameCrashedError, match=r"(?s)exited with status 2.*did you mean 'm5v5_c_far'"):
        asyncio.run(start())
