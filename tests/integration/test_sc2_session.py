"""The session of backend "sc2": python-sc2 drives, on a server in this process, on a running one, on a launched one."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
from leaks import eventually, is_running
from sc2_scenario import SMALL_SCENARIO, small_spec
from sc2_world import SmallWorlds

from bridge.errors import ConfigError, GameClosedError, GameCrashedError, GameProtocolError
from bridge.sc2.driver import ChannelBot
from bridge.sc2.installation import make_installation
from bridge.sc2.lobby import Lobby
from bridge.sc2.server import ApiServer
from bridge.sc2.session import Sc2Session
from engine.core.frame import NO_UNIT, Commands, Frame, Outcome, UnitCommandType

ALL = np.ones(1, np.bool_)
SEED = np.array([3], np.uint64)


def own(frame: Frame) -> np.ndarray:
    units = frame.units[0, : frame.num_units[0]]
    return units[units["player"] == 0]


def attack(frame: Frame, session: Sc2Session) -> Commands:
    commands = Commands.allocate(1, session.unit_capacity)
    for at, unit in enumerate(own(frame)):
        commands.items[0, at] = (unit["id"], UnitCommandType.ATTACK_MOVE, NO_UNIT, 52 * 32 + 16, 11 * 32 + 16, 0)
        commands.count[0] = at + 1
    return commands


async def play_to_the_end(session: Sc2Session) -> Frame:
    frame = await session.start(ALL, SEED)
    frame = await session.step(attack(frame, session), 8)
    for _ in range(60):
        if frame.outcome[0] != Outcome.IN_PLAY:
            break
        frame = await session.step(Commands.allocate(1, session.unit_capacity), 8)
    return frame


def played(work: Any) -> Any:
    async def run() -> Any:
        async with asyncio.timeout(50):
            return await work()

    return asyncio.run(run())


def test_embedded_server_plays_two_episodes_on_one_connection() -> None:
    worlds = SmallWorlds()

    async def work() -> None:
        session = Sc2Session(small_spec(), SMALL_SCENARIO, worlds)
        for episode in (1, 2):
            frame = await session.start(ALL, SEED)
            units = frame.units[0, : frame.num_units[0]]
            assert (frame.frame[0], frame.outcome[0], frame.player[0]) == (0, Outcome.IN_PLAY, 0)
            assert len(own(frame)) == 13
            assert (units["player"] == 15).sum() == 20
            assert (frame.minerals[0], frame.supply_used[0]) == (50, 24)
            frame = await play_to_the_end(session)
            assert frame.outcome[0] == Outcome.WON
            assert len(worlds.opened) == 2 * episode
        last = frame.frame[0]
        frame = await session.step(Commands.allocate(1, session.unit_capacity), 8)
        assert frame.frame[0] == last
        await session.close()
        await session.close()
        with pytest.raises(GameClosedError):
            await session.start(ALL, SEED)

    played(work)


def test_frames_are_in_pixels_with_y_down_and_steps_are_as_long_as_asked() -> None:
    async def work() -> None:
        session = Sc2Session(small_spec(), SMALL_SCENARIO, SmallWorlds())
        frame = await session.start(ALL, SEED)
        hall = own(frame)[own(frame)["type"] == 18][0]
        assert (hall["x"], hall["y"]) == (11.5 * 32, (64 - 11.5) * 32)
        before = own(frame).copy()
        commands = Commands.allocate(1, session.unit_capacity)
        worker = before[before["type"] == 45][0]
        commands.items[0, 0] = (worker["id"], UnitCommandType.MOVE, NO_UNIT, worker["x"], worker["y"] - 64, 0)
        commands.count[0] = 1
        for frames, loop in ((2, 2), (5, 7), (1, 8)):
            frame = await session.step(commands, frames)
            commands.clear()
            assert frame.frame[0] == loop
        after = own(frame)[own(frame)["id"] == worker["id"]][0]
        assert (after["x"], after["y"]) == (worker["x"], worker["y"] - 64)
        await session.close()

    played(work)


def test_realtime_game_goes_on_while_the_learner_thinks() -> None:
    async def work() -> None:
        session = Sc2Session(small_spec(realtime=True, race="zerg"), SMALL_SCENARIO, SmallWorlds())
        frame = await session.start(ALL, SEED)
        assert 86 in own(frame)["type"]  # a hatchery
        await asyncio.sleep(1.0)
        frame = await session.step(Commands.allocate(1, session.unit_capacity), 2)
        first = int(frame.frame[0])
        frame = await session.step(Commands.allocate(1, session.unit_capacity), 2)
        assert frame.frame[0] > first
        assert frame.frame[0] >= 20
        await session.close()

    played(work)


def test_running_server_is_used_and_left() -> None:
    async def work() -> None:
        server = ApiServer(Lobby(worlds=SmallWorlds()))
        port = await server.start()
        for _ in range(2):
            session = Sc2Session(small_spec(server=f"127.0.0.1:{port}"), SMALL_SCENARIO)
            assert (await play_to_the_end(session)).outcome[0] == Outcome.WON
            await session.close()
        await server.close()

    played(work)


@pytest.mark.full
def test_installation_is_launched_and_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NYDUS_SC2_WORLDS", "sc2_world:SmallWorlds")
    monkeypatch.setenv("PYTHONPATH", str(Path(sys.modules["sc2_world"].__file__ or "").parent))
    folder = make_installation(tmp_path / "sc2", ["Small"])

    async def work() -> int:
        session = Sc2Session(small_spec(sc2_path=str(folder)), SMALL_SCENARIO)
        assert (await play_to_the_end(session)).outcome[0] == Outcome.WON
        pid = session.server_pid
        assert is_running(pid)
        await session.close()
        return pid

    pid = played(work)

    assert eventually(lambda: not is_running(pid))


def test_exception_while_the_bot_starts_is_raised_and_no_defeat(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: ChannelBot) -> None:
        raise KeyError("no such thing")

    monkeypatch.setattr("sc2.bot_ai.BotAI._prepare_first_step", broken)

    async def work() -> None:
        session = Sc2Session(small_spec(), SMALL_SCENARIO, SmallWorlds())
        with pytest.raises(KeyError, match="no such thing") as caught:
            await session.start(ALL, SEED)
        assert caught.traceback[-1].name == "broken"
        await session.close()

    played(work)


def test_session_plays_again_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        session = Sc2Session(small_spec(map="Nowhere.SC2Map"), SMALL_SCENARIO, SmallWorlds())
        with pytest.raises(GameProtocolError, match="InvalidMapPath: no map 'Nowhere'; known: Small"):
            await session.start(ALL, SEED)
        session._map = "Small.SC2Map"
        assert (await play_to_the_end(session)).outcome[0] == Outcome.WON
        await session.close()

    played(work)


@pytest.mark.parametrize("is_remote", [False, True])
def test_bot_of_somebodys_plays_the_second_place(is_remote: bool) -> None:
    async def work() -> list[Any]:
        server = ApiServer(Lobby(worlds=SmallWorlds()))
        params = {"server": f"127.0.0.1:{await server.start()}"} if is_remote else {}
        spec = small_spec(**params).replace(players=(None, "bot:zerg:sc2_bots:WorkerRush"))
        session = Sc2Session(spec, SMALL_SCENARIO, None if is_remote else SmallWorlds())
        found = []
        for _ in range(2):
            frame = await session.start(ALL, SEED)
            await session.step(Commands.allocate(1, session.unit_capacity), 8)  # left in the middle of it
            frame = await session.start(ALL, SEED)
            assert frame.frame[0] == 0
            for _ in range(80):
                if frame.outcome[0] != Outcome.IN_PLAY:
                    break
                frame = await session.step(Commands.allocate(1, session.unit_capacity), 8)
            found.append(int(frame.outcome[0]))
        await session.close()
        await server.close()
        return found

    assert played(work) == [Outcome.LOST, Outcome.LOST]


@pytest.mark.parametrize("name", ["RaisesAtOnce", "RaisesLater"])
def test_exception_of_the_other_bot_is_raised(name: str) -> None:
    async def work() -> None:
        spec = small_spec().replace(players=(None, f"bot:zerg:sc2_bots:{name}"))
        session = Sc2Session(spec, SMALL_SCENARIO, SmallWorlds())
        with pytest.raises(ValueError, match="boom"):  # noqa: PT012 - whichever of these calls it is
            await session.start(ALL, SEED)
            for _ in range(5):
                await session.step(Commands.allocate(1, session.unit_capacity), 8)
        await session.close()

    played(work)


def test_other_bot_that_does_not_exist_is_one_line() -> None:
    with pytest.raises(ConfigError, match="has no attribute 'Nobody'"):
        Sc2Session(small_spec().replace(players=(None, "bot:zerg:sc2_bots:Nobody")), SMALL_SCENARIO)


@pytest.mark.full
def test_killed_game_is_launched_anew_by_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NYDUS_SC2_WORLDS", "sc2_world:SmallWorlds")
    monkeypatch.setenv("PYTHONPATH", str(Path(sys.modules["sc2_world"].__file__ or "").parent))
    folder = make_installation(tmp_path / "sc2", ["Small"])

    async def work() -> list[int]:
        session = Sc2Session(small_spec(sc2_path=str(folder)), SMALL_SCENARIO)
        await session.start(ALL, SEED)
        pids = [session.server_pid]
        os.kill(pids[0], signal.SIGKILL)
        with pytest.raises(GameCrashedError, match="the game killed by SIGKILL"):
            await session.step(Commands.allocate(1, session.unit_capacity), 8)
        assert (await session.start(ALL, SEED)).frame[0] == 0
        pids.append(session.server_pid)
        await session.close()
        return pids

    first, second = played(work)

    assert first != second
    assert eventually(lambda: not is_running(first) and not is_running(second))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"serve": "x"}, "unknown key 'serve'; did you mean 'server'"),
        ({"server": "localhost"}, "server 'localhost': allowed: host:port"),
        ({"race": "elf"}, "race: got 'elf'; allowed: 'terran', 'zerg', 'protoss', 'random'"),
        ({"answer_s": 0}, "answer_s: got 0; allowed: seconds > 0"),
        ({"server": "a:1", "sc2_path": "b"}, "server and sc2_path; allowed: one of them"),
    ],
)
def test_wrong_parameters_are_one_line(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Sc2Session(small_spec(**params), SMALL_SCENARIO)


def test_more_games_than_one_are_refused() -> None:
    with pytest.raises(ConfigError, match="2 games of 1 seats in one process; allowed: one each"):
        Sc2Session(small_spec().replace(num_games=2), SMALL_SCENARIO)


def test_missing_installation_names_the_remedy(tmp_path: Path) -> None:
    async def work() -> None:
        session = Sc2Session(small_spec(sc2_path=str(tmp_path)), SMALL_SCENARIO)
        with pytest.raises(ConfigError, match=r"no Versions/Base\*/SC2_x64; install the game, or: nydus sc2 path"):
            await session.start(ALL, SEED)
        await session.close()

    played(work)


def test_missing_extra_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(ConfigError, match=r"backend 'sc2' needs sc2: pip install 'nydus-gym\[sc2\]'"):
        Sc2Session(small_spec(), SMALL_SCENARIO)


def test_envs_are_imported_without_python_sc2() -> None:
    import subprocess

    code = "import sys, envs, bridge.spec; assert not {'sc2', 's2clientprotocol', 'aiohttp'} & set(sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
