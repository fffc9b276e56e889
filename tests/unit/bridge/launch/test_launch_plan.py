"""What would be started, as values: defaults of the original script, every value checked, nothing for a shell."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import ConfigError
from bridge.launch.plan import (
    checked_map,
    checked_name,
    checked_port,
    checked_race,
    default_prefix,
    openbw_plan,
    running_plan,
    wine_plan,
)


def test_defaults_are_those_of_the_original_script():
    hosting, joining = wine_plan(prefix=Path("/p")).programs

    assert " ".join(hosting.arguments) == (
        "wine bwheadless.exe -e /opt/StarCraft/StarCraft.exe -l /opt/StarCraft/bwapi-data/BWAPI.dll "
        "--installpath /opt/StarCraft/ --host --name Blueberry --game Blueberry --race T "
        "--map maps/TorchUp/(4)FightingSpirit1.3.scx"
    )
    assert joining.arguments == ("wine", "Chaoslauncher/Chaoslauncher.exe")
    assert [program.folder for program in (hosting, joining)] == [Path("/opt/StarCraft")] * 2
    assert hosting.is_needed
    assert not joining.is_needed


def test_slash_at_the_end_of_the_path_makes_no_difference():
    assert wine_plan(path="/x") == wine_plan(path="/x/")
    assert openbw_plan(path="/x") == openbw_plan(path="/x/")


def test_window_is_shown_only_when_it_is_asked_for():
    assert "--headful" not in wine_plan().programs[0].arguments
    assert wine_plan(is_headful=True).programs[0].arguments[-1] == "--headful"
    assert openbw_plan(is_headful=True).programs[0].environment["OPENBW_ENABLE_UI"] == "1"


@pytest.mark.parametrize(
    ("given_race", "name"),
    [("Terran", "Terran"), ("z", "Zerg"), ("P", "Protoss"), ("RANDOM", "Random"), ("terran", "Terran")],
)
def test_race_is_a_name_or_a_first_letter(given_race, name):
    assert checked_race(given_race) == name


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: checked_race("Zreg"), r"race: got 'Zreg'; allowed: Terran, .*; did you mean 'Zerg'\?"),
        (lambda: checked_race(""), r"race: got ''"),
        (lambda: checked_name(""), r"bot: got ''; allowed: 1 to 24 printable ASCII"),
        (lambda: checked_name("a" * 25), r"bot: got 'a+'"),
        (lambda: checked_name("a\nb"), r"bot: got 'a\\nb'"),
        (lambda: checked_map("/etc/passwd.scm"), r"map: got '/etc/passwd.scm'; allowed: a .scm, .scx or .rep"),
        (lambda: checked_map("../a.scx"), r"below the game's folder"),
        (lambda: checked_map("a.png"), r"map: got 'a.png'"),
        (lambda: checked_port(0), r"port: got 0; allowed: 1 to 65535"),
        (lambda: running_plan(port=65536), r"port: got 65536"),
        (lambda: wine_plan(path=""), r"path: got ''"),
        (lambda: openbw_plan(game_type="MELLEE"), r"game_type: got 'MELLEE'; .*did you mean 'MELEE'\?"),
    ],
)
def test_value_that_cannot_be_is_refused_on_one_line(call, text):
    with pytest.raises(ConfigError, match=text) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("(4)FightingSpirit1.3.scx", "maps/TorchUp/(4)FightingSpirit1.3.scx"),
        (r"\(4\)FightingSpirit1.3.scx", "maps/TorchUp/(4)FightingSpirit1.3.scx"),
        (r"maps\BroodWar\(2)Boxer.scm", "maps/BroodWar/(2)Boxer.scm"),
        ("Maps/BroodWar/micro/m5v5_c_far.scm", "Maps/BroodWar/micro/m5v5_c_far.scm"),
    ],
)
def test_map_is_a_file_of_the_usual_folder_or_a_path(name, file):
    assert checked_map(name) == file


@given(bot=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=24))
def test_name_reaches_the_program_as_one_argument_whatever_a_shell_would_make_of_it(bot):
    arguments = wine_plan(bot=bot).programs[0].arguments

    assert arguments[arguments.index("--name") + 1] == bot
    assert arguments[arguments.index("--game") + 1] == bot
    assert len(arguments) == len(wine_plan().programs[0].arguments)


def test_prefix_is_nydus_own(monkeypatch):
    monkeypatch.setenv("WINEPREFIX", "/elsewhere/.wine")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")

    assert default_prefix() == Path("/data/nydus/wine")
    assert wine_plan().programs[0].environment["WINEPREFIX"] == "/data/nydus/wine"
    assert wine_plan().private_folder == Path("/data/nydus/wine")


def test_plan_can_be_shown_and_read_by_programs():
    plan = wine_plan(prefix=Path("/p"), bot="A B")

    assert '--name "A B" --game "A B"' in plan.text()
    assert "bwapi.ini: set ai.ai=bwapi-data/BWEnv.dll" in plan.text()
    shown = json.loads(plan.to_json())
    assert [program["arguments"] for program in shown["programs"]] == [list(one.arguments) for one in plan.programs]
    assert shown["port"] == 11111


def test_server_that_runs_needs_nothing():
    plan = running_plan("game.example", 11112)

    assert (plan.programs, plan.needs, plan.files, plan.last) == ((), (), {}, None)
    assert plan.text() == "TorchCraft listens on game.example:11112\n"
