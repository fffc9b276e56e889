"""Foreign programs are called as they should be, fail with a reason and in time, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import fake_game
import pytest
from leaks import eventually, is_running, nothing_left
from patience import SOON_S, at_most_s
from ports import free_port
from programs import running

from bridge.deadline import Deadline
from bridge.errors import ConfigError, GameClosedError, GameCrashedError, GameTimeoutError
from bridge.launch import LaunchedGame, openbw_plan, running_plan, wine_plan

PORT = 24117
START_S = 60.0
CLOSE_S = 5.0

pytestmark = pytest.mark.skipif(os.name != "posix", reason="launchers need a POSIX system")


@pytest.fixture
def records(tmp_path, monkeypatch):
    """A game's folder, fake programs on PATH; the folder where they record."""
    fake_game.install(tmp_path / "bin")
    folder = tmp_path / "records"
    folder.mkdir()
    for file in (
        "StarCraft.exe",
        "bwheadless.exe",
        "bwapi-data/BWAPI.dll",
        "bwapi-data/BWEnv.dll",
        "maps/TorchUp/(4)FightingSpirit1.3.scx",
        "Chaoslauncher/Chaoslauncher.exe",
        "StarDat.mpq",
        "BrooDat.mpq",
        "Patch_rt.mpq",
        "BWEnv.so",
    ):
        path = tmp_path / "game" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_FOLDER", str(folder))
    monkeypatch.setenv("FAKE_MODE", "serve")
    yield folder
    for pid in fake_game.pids(folder):  # of a test that failed, or that killed the guardian
        if is_running(pid):
            os.kill(pid, signal.SIGKILL)


def wine(records, **changes):
    return wine_plan(path=f"{records.parent / 'game'}/", port=PORT, prefix=records.parent / "prefix", **changes)


def openbw(records):
    return openbw_plan(path=str(records.parent / "game"), port=PORT)


def ready(records, count=1):
    """A handshake that the fakes can make: a file."""
    return lambda timeout_s: (records / "ready").exists() and len(fake_game.calls(records)) >= count


def never(timeout_s):
    return False


def test_wine_gets_exactly_these_arguments(records):
    game_folder = records.parent / "game"

    with nothing_left(), LaunchedGame(wine(records, race="zerg")) as game:
        game.wait_ready(ready(records, 2), Deadline.after(START_S))

    calls = {call["arguments"][0]: call for call in fake_game.calls(records) if call["name"] == "wine"}
    assert calls["bwheadless.exe"]["arguments"] == [
        "bwheadless.exe",
        *("-e", f"{game_folder}/StarCraft.exe"),
        *("-l", f"{game_folder}/bwapi-data/BWAPI.dll"),
        *("--installpath", f"{game_folder}/"),
        "--host",
        *("--name", "Blueberry"),
        *("--game", "Blueberry"),
        *("--race", "Z"),
        *("--map", "maps/TorchUp/(4)FightingSpirit1.3.scx"),
    ]
    assert calls["Chaoslauncher/Chaoslauncher.exe"]["arguments"] == ["Chaoslauncher/Chaoslauncher.exe"]
    for call in calls.values():
        assert call["folder"] == str(game_folder)
        assert call["environment"] == {
            "WINEPREFIX": str(records.parent / "prefix"),
            "WINEARCH": "win32",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
            "TORCHCRAFT_PORT": str(PORT),
        }


def test_wines_server_is_told_to_end_in_the_games_own_prefix(records):
    with LaunchedGame(wine(records, with_chaoslauncher=False)) as game:
        game.wait_ready(ready(records), Deadline.after(START_S))

    first, last = fake_game.calls(records)
    assert (first["name"], last["name"], last["arguments"]) == ("wine", "wineserver", ["-k"])
    assert last["environment"]["WINEPREFIX"] == str(records.parent / "prefix")


def test_openbw_gets_its_settings_from_the_environment(records):
    game_folder = records.parent / "game"

    with nothing_left(), LaunchedGame(openbw(records)) as game:
        game.wait_ready(ready(records), Deadline.after(START_S))

    (call,) = fake_game.calls(records)
    assert (call["name"], call["arguments"], call["folder"]) == ("BWAPILauncher", [], str(game_folder))
    assert call["environment"] == {
        "OPENBW_ENABLE_UI": "0",
        "OPENBW_MPQ_PATH": str(game_folder),
        "OPENBW_GAME_SPEED": "0",
        "BWAPI_CONFIG_AI__AI": f"{game_folder}/BWEnv.so",
        "BWAPI_CONFIG_AUTO_MENU__AUTO_MENU": "SINGLE_PLAYER",
        "BWAPI_CONFIG_AUTO_MENU__MAP": "maps/TorchUp/(4)FightingSpirit1.3.scx",
        "BWAPI_CONFIG_AUTO_MENU__GAME_TYPE": "MELEE",
        "BWAPI_CONFIG_AUTO_MENU__RACE": "Terran",
        "BWAPI_CONFIG_AUTO_MENU__AUTO_RESTART": "ON",
        "TORCHCRAFT_PORT": str(PORT),
    }


def test_ini_files_are_written_and_the_users_other_keys_stay(records):
    ini = records.parent / "game/bwapi-data/bwapi.ini"
    ini.write_text("[config]\nholiday = ON ; mine\n[auto_menu]\nmap = old.scm\n")

    with LaunchedGame(wine(records, with_chaoslauncher=False)):
        pass

    text = ini.read_text()
    assert "holiday = ON ; mine\n" in text
    assert "map = maps/TorchUp/(4)FightingSpirit1.3.scx\n" in text
    assert "old.scm" not in text
    assert f"port = {PORT}\n" in (ini.parent / "torchcraft.ini").read_text()


FAILURES = [
    ("missing", wine, GameCrashedError, r"bwheadless exited with status 3"),
    ("missing", openbw, GameCrashedError, r"BWAPILauncher exited with status 3"),
    ("crash", openbw, GameCrashedError, r"BWAPILauncher killed by SIGSEGV"),
    ("launches", openbw, GameCrashedError, r"BWAPILauncher exited with status 0"),
    ("hang", wine, GameTimeoutError, r"no answer on 127.0.0.1:24117 within 1.0 s; bwheadless \(pid \d+\) runs"),
    ("stubborn", wine, GameTimeoutError, r"no answer"),
    pytest.param("stubborn", openbw, GameTimeoutError, r"no answer", marks=pytest.mark.full),
]


@pytest.mark.parametrize(("mode", "plan", "kind", "text"), FAILURES, ids=lambda value: getattr(value, "__name__", None))
def test_start_that_fails_says_why_in_time_and_leaves_nothing(records, monkeypatch, mode, plan, kind, text):
    monkeypatch.setenv("FAKE_MODE", mode)
    within_s = 1.0 if kind is GameTimeoutError else START_S

    with nothing_left():
        game = LaunchedGame(plan(records))
        if kind is GameTimeoutError:
            assert eventually(lambda: list(records.glob("pid-*")))
        started_s = time.monotonic()
        with pytest.raises(kind, match=text) as caught:
            game.wait_ready(never, Deadline.after(within_s))

        assert time.monotonic() - started_s < within_s + at_most_s(CLOSE_S)
        assert "says hello" in caught.value.log_tail
        if mode == "missing":
            assert "cannot find StarCraft.exe" in caught.value.log_tail
        assert fake_game.pids(records)
        assert not [pid for pid in fake_game.pids(records) if is_running(pid)]


def test_program_that_cannot_be_executed_is_a_crash_with_the_systems_words(records):
    (records.parent / "bin" / "BWAPILauncher").write_bytes(b"\x7fELF no program")

    with nothing_left():
        game = LaunchedGame(openbw(records))
        with pytest.raises(GameCrashedError, match=r"BWAPILauncher could not be started: .*Exec format error"):
            game.wait_ready(never, Deadline.after(START_S))


def test_game_that_ends_later_is_noticed_with_its_log(records):
    with LaunchedGame(openbw(records)) as game:
        game.wait_ready(ready(records), Deadline.after(START_S))
        os.kill(game.pids["BWAPILauncher"], signal.SIGKILL)

        def is_noticed():
            try:
                game.check()
            except GameCrashedError as error:
                return "killed by SIGKILL" in str(error)
            return False

        assert eventually(is_noticed)


def test_second_launch_in_one_prefix_is_refused_and_the_first_goes_on(records):
    with LaunchedGame(wine(records)) as game:
        game.wait_ready(ready(records), Deadline.after(START_S))

        with pytest.raises(ConfigError, match=r"prefix: .*prefix is used by another game; allowed: one each"):
            LaunchedGame(wine(records))
        game.check()
    with LaunchedGame(wine(records)):
        pass


def test_what_is_missing_is_said_before_anything_starts(records):
    (records.parent / "game/bwheadless.exe").unlink()

    with pytest.raises(ConfigError, match=r"bwheadless.exe: no file .*; put bwheadless .* beside StarCraft.exe"):
        LaunchedGame(wine(records))
    assert not fake_game.calls(records)


def test_server_that_runs_already_is_only_asked():
    with LaunchedGame(running_plan("127.0.0.1", PORT)) as game:
        game.wait_ready(lambda timeout_s: True, Deadline.after(1.0))
        with pytest.raises(
            GameTimeoutError, match=r"no answer on 127.0.0.1:24117 within 0.1 s; nothing was launched here"
        ):
            game.wait_ready(never, Deadline.after(0.1))
    with pytest.raises(GameClosedError):
        game.wait_ready(never, Deadline.after(0.1))


def test_close_is_idempotent_and_a_forgotten_game_is_closed(records):
    with nothing_left():
        game = LaunchedGame(openbw(records))
        game.wait_ready(ready(records), Deadline.after(START_S))
        game.close()
        game.close()
        forgotten = [LaunchedGame(openbw(records))]
        assert eventually(lambda: forgotten[0].check() or forgotten[0].pids)
        forgotten.clear()


def test_killed_guardian_is_noticed_and_its_programs_end_all_the_same(records):
    with nothing_left():
        game = LaunchedGame(openbw(records))
        game.wait_ready(ready(records), Deadline.after(START_S))
        os.kill(game._guardian.pid, signal.SIGKILL)

        def is_noticed():
            try:
                game.check()
            except GameCrashedError as error:
                return "guardian" in str(error)
            return False

        assert eventually(is_noticed)
        game.close()
        assert not is_running(game.pids["BWAPILauncher"])  # what had detached belongs to nobody: the case not covered


@pytest.mark.full
def test_stopped_guardian_does_not_hold_up_the_close(records):
    with nothing_left():
        game = LaunchedGame(openbw(records))
        game.wait_ready(ready(records), Deadline.after(START_S))
        os.kill(game._guardian.pid, signal.SIGSTOP)

        started_s = time.monotonic()
        game.close()

        assert time.monotonic() - started_s < at_most_s(CLOSE_S)
        assert not [pid for pid in fake_game.pids(records) if is_running(pid)]


OWNER = """
import sys
from bridge.deadline import Deadline
from bridge.launch import LaunchedGame, wine_plan
from pathlib import Path
folder = Path(sys.argv[1])
game = LaunchedGame(wine_plan(path=str(folder.parent / "game"), port=24117, prefix=folder.parent / "prefix"))
game.wait_ready(lambda timeout_s: (folder / "ready").exists(), Deadline.after(60.0))
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    "ending", ["SIGKILL", *(pytest.param(name, marks=pytest.mark.full) for name in ("exit", "SIGTERM"))]
)
def test_programs_end_with_their_owner(records, monkeypatch, ending):
    monkeypatch.setenv("FAKE_MODE", "serve")
    command = [sys.executable, "-c", OWNER, str(records)]
    root = Path(__file__).parents[2]
    with running(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as owner:
        assert owner.stdout.readline() == "ready\n"
        assert eventually(lambda: len(fake_game.pids(records)) >= 4)  # two programs, each with one that detached

        if ending == "exit":
            owner.stdin.close()
        else:
            owner.send_signal(signal.Signals[ending])
        owner.wait(SOON_S)

    assert eventually(lambda: not [pid for pid in fake_game.pids(records) if is_running(pid)])


def test_command_starts_a_game_and_ends_it_with_ctrl_c(records):
    zmq = pytest.importorskip("zmq")
    port = free_port()
    command = [sys.executable, "-m", "agents.cli", "launch", "openbw", "--port", str(port)]
    command += ["-p", str(records.parent / "game")]
    root = Path(__file__).parents[2]
    with running(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root) as owner:
        assert eventually(lambda: fake_game.pids(records), START_S)
        with zmq.Context() as context, context.socket(zmq.REP) as server:
            server.bind(f"tcp://127.0.0.1:{port}")
            assert server.poll(1000 * SOON_S)
            assert server.recv() == b""
            server.send(b"an error without text")
            assert owner.stdout.readline().startswith(f"TorchCraft answers on 127.0.0.1:{port}")
        owner.send_signal(signal.SIGINT)
        _, said = owner.communicate(timeout=SOON_S)

    assert owner.returncode == 130
    assert "Traceback" not in said
    assert not [pid for pid in fake_game.pids(records) if is_running(pid)]
