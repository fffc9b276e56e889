"""What is missing is said with its remedy."""

import importlib.util
import socket

import pytest

from agents.cli import main
from bridge.launch import extra_checks, missing, openbw_plan, plan_checks, running_plan, wine_plan
from bridge.launch.doctor import EXTRAS


@pytest.fixture
def game(tmp_path, monkeypatch):
    """A folder that has all that OpenBW needs."""
    for name in ("StarDat.mpq", "BrooDat.mpq", "Patch_rt.mpq", "BWEnv.so", "maps/a.scm"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    launcher = tmp_path / "bin" / "BWAPILauncher"
    launcher.parent.mkdir()
    launcher.touch(0o755)
    monkeypatch.setenv("PATH", str(launcher.parent))
    return tmp_path


def plan(game, **changes):
    return openbw_plan(**{"path": str(game), "map_name": "maps/a.scm", "port": 24227, **changes})


def test_nothing_is_missing_where_everything_is(game):
    assert missing(plan(game)) == []
    assert all(check.remedy == "" for check in plan_checks(plan(game)))


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("BWEnv.so", "build TorchCraft's BWEnv"), ("BrooDat.mpq", "1.16.1"), ("maps/a.scm", "--map")],
)
def test_missing_file_is_named_with_its_remedy(game, name, remedy):
    (game / name).unlink()

    (check,) = missing(plan(game))

    assert check.found == f"no file {game / name}"
    assert remedy in check.remedy


def test_archive_in_another_spelling_is_to_be_renamed(game):
    (game / "StarDat.mpq").rename(game / "STARDAT.MPQ")

    (check,) = missing(plan(game))

    assert check.remedy == f"rename {game / 'STARDAT.MPQ'} to {game / 'StarDat.mpq'}"


def test_wine_finds_files_in_any_spelling(game):
    (game / "starcraft.EXE").touch()
    (game / "BWAPI-DATA").mkdir()
    (game / "BWAPI-DATA" / "bwapi.dll").touch()

    absent = {check.name for check in missing(wine_plan(path=str(game), map_name="MAPS/A.scm", port=24227))}

    assert absent == {"wine", "wineserver", "bwheadless.exe", "BWEnv.dll", "Chaoslauncher.exe"}


def test_missing_program_and_folder_are_named(game, monkeypatch):
    monkeypatch.setenv("PATH", "")

    found = {check.name: check for check in missing(plan(game, path=str(game / "none")))}

    assert found["BWAPILauncher"].found == "not found on PATH"
    assert "github.com/openbw/bwapi" in found["BWAPILauncher"].remedy
    assert "--path" in found["game folder"].remedy


def test_port_that_is_taken_is_said(game):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]

        (check,) = missing(plan(game, port=port))

    assert check.name == f"port {port}"
    assert "--port" in check.remedy


def test_server_that_runs_needs_nothing_here():
    assert plan_checks(running_plan()) == []


def test_extra_that_is_not_installed_is_said_with_its_command(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "zmq" else find(name))

    found = {check.name: check for check in extra_checks()}

    assert len(found) == len(EXTRAS)
    assert found["extra [torchcraft]"].found == "no zmq"
    assert found["extra [torchcraft]"].remedy == "pip install 'nydus-gym[torchcraft]'"


def test_extras_hold_what_pyproject_says():
    import tomllib
    from pathlib import Path

    project = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text())["project"]
    names = {"stable_baselines3": "stable-baselines3", "sb3_contrib": "sb3-contrib", "zmq": "pyzmq"}

    for extra, modules in EXTRAS.items():
        declared = " ".join(project["optional-dependencies"][extra])
        assert [module for module in modules if names.get(module, module) not in declared] == []


def test_command_shows_all_and_fails_only_for_what_was_asked_for(game, capsys):
    options = ["-p", str(game), "-m", "maps/a.scm", "--port", "24227"]

    assert main(["doctor", *options]) == 0
    shown = capsys.readouterr().out
    assert "ok  BWAPILauncher" in shown
    assert "--  bwheadless.exe" in shown
    assert main(["doctor", "openbw", *options]) == 0
    capsys.readouterr()
    assert main(["doctor", "wine", *options]) == 1
    assert "nydus: wine cannot be launched: " in capsys.readouterr().err


def test_command_shows_what_it_would_start(game, capsys):
    assert main(["launch", "openbw", "--dry-run", "-p", str(game)]) == 0
    assert f"in {game}: OPENBW_ENABLE_UI=0 " in capsys.readouterr().out

    assert main(["launch", "wine", "--dry-run", "--json", "-b", "Me", "-r", "p"]) == 0
    assert '"--race",\n    "P"' in capsys.readouterr().out


def test_command_refuses_what_cannot_run_on_one_line(game, capsys):
    (game / "BWEnv.so").unlink()

    assert main(["launch", "openbw", "-p", str(game), "-m", "maps/a.scm", "--port", "24227"]) == 2

    error = capsys.readouterr().err
    assert error.startswith("nydus: BWEnv.so: no file ")
    assert error.count("\n") == 1
