"""The `nydus` command: what it prints, and that every mistake of the user's is one line and exit code 2."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from made_map import MadeMap, action, always, trigger, write_archive

from agents import cli
from agents.cli import EXIT_FAILED, EXIT_USAGE, main
from agents.interrupt import EXIT_INTERRUPTED
from bridge.errors import BridgeError
from bridge.scenarios import load_scenario, scenario_folder, scenario_names


@pytest.fixture
def map_file(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "five.scm", MadeMap().chk())


def run(*arguments: str) -> int:
    """Run the command in this process; argparse leaves by SystemExit."""
    try:
        return main(arguments)
    except SystemExit as error:
        return int(error.code or 0)


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_scenarios_list_names_every_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("scenarios", "list") == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == list(scenario_names())
    assert "5 marines against 5 marines" in lines[-1]
    assert lines[-1].endswith("noop, attack_move, closest, weakest_closest")


@pytest.mark.parametrize(
    ("name", "facts_shown"),
    [
        ("m5v5_c_far", ["order player 1's Terran_Marine to attack-move to (640, 1104)", "when frame at most 15:"]),
        ("1vu_1zl", ["player 0 Terran_Vulture at (864, 1024) px, scattered by 40 px", "7 frames per step"]),
        ("dragoons_zealots", ["3 Protoss_Zealot, 2 Protoss_Dragoon", "when player 1 has at most 0 any:"]),
    ],
)
def test_scenarios_show_says_what_is_in_it(
    name: str, facts_shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("scenarios", "show", name) == 0

    shown = capsys.readouterr().out
    assert all(fact in shown for fact in [*facts_shown, load_scenario(name).source])


def test_scenarios_show_takes_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("scenarios", "show", str(scenario_folder() / "5wr_5wr.yaml")) == 0

    assert "5wr_5wr (version 1)" in capsys.readouterr().out


def test_maps_import_writes_a_scenario_that_loads(
    map_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(map_file.parent)

    assert run("maps", "import", "five.scm") == 0

    assert capsys.readouterr().out.startswith("five.yaml: scenario 'five' written; play it with scenario=five.yaml")
    assert load_scenario("five.yaml").triggers == load_scenario("m5v5_c_far").triggers


def test_maps_import_writes_where_and_what_it_is_told(map_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = map_file.parent / "other.yaml"
    options = ["--name", "mine", "--frame-skip", "3", "--max-frames", "77", "--latency-frames", "5"]

    assert run("maps", "import", str(map_file), "-o", str(out), *options) == 0

    scenario = load_scenario(out)
    assert (scenario.name, scenario.frame_skip, scenario.max_frames, scenario.latency_frames) == ("mine", 3, 77, 5)


def test_maps_import_to_a_folder_and_to_the_screen(map_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = map_file.parent / "out"
    folder.mkdir()

    assert run("maps", "import", str(map_file), "-o", str(folder)) == 0
    capsys.readouterr()
    assert run("maps", "import", str(map_file), "-o", "-") == 0

    assert capsys.readouterr().out == (folder / "five.yaml").read_text(encoding="utf-8")


def test_maps_import_never_replaces_a_file_unasked(map_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = map_file.parent / "five.yaml"
    out.write_text("precious")

    assert run("maps", "import", str(map_file), "-o", str(out)) == EXIT_USAGE
    assert one_line(capsys) == f"nydus: {out}: exists already; --force replaces it\n"
    assert out.read_text() == "precious"

    assert run("maps", "import", str(map_file), "-o", str(out), "--force") == 0
    assert load_scenario(out).name == "five"


def test_maps_import_torchcraft_file_gives_the_shipped_one(facts: Path, tmp_path: Path) -> None:
    source = facts / "broodwar" / "maps" / "files" / "m5v5_c_far.scm"

    assert run("maps", "import", str(source), "-o", str(tmp_path)) == 0

    assert (tmp_path / "m5v5_c_far.yaml").read_bytes() == (scenario_folder() / "m5v5_c_far.yaml").read_bytes()


def test_maps_list_shows_maps_and_says_what_is_none(map_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (map_file.parent / "broken.scx").write_bytes(b"no map")
    (map_file.parent / "notes.txt").write_text("no map either")

    assert run("maps", "list", str(map_file.parent)) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split(None, 1) == ["broken.scx", "(not a map file (no MPQ archive))"]
    assert " ".join(lines[3].split()) == "five.scm marines_1v1 64 x 64 Space Platform 2 17 3"
    assert len(lines) == 4


def test_rules_show_prints_a_units_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "show", "Terran_Marine") == 0

    shown = capsys.readouterr().out
    assert "Gauss_Rifle" in shown
    assert shown.endswith("\n")
    assert not shown.endswith("\n\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scenarios", "show", "m5v5_c_fra"], "nydus: unknown scenario 'm5v5_c_fra'; did you mean 'm5v5_c_far'?"),
        (["scenarios", "show", "none.yaml"], "nydus: none.yaml: no such file"),
        (["rules", "show", "Teran_Marine"], "nydus: unknown unit type 'Teran_Marine'; did you mean 'Terran_Marine'?"),
        (["maps", "import", "none.scm"], "nydus: none.scm: no such file"),
        (["maps", "list", "none"], "nydus: none: no such file or folder"),
        (["maps", "import"], "nydus maps import: the following arguments are required: FILE"),
        (["maps", "imprt"], "nydus maps: argument COMMAND: invalid choice: 'imprt'"),
        (["maps", "import", "x.scm", "--frame-skip", "two"], "argument --frame-skip: invalid int value: 'two'"),
        (["scenarios"], "nydus scenarios: the following arguments are required: COMMAND"),
        (["frobnicate"], "nydus: argument COMMAND: invalid choice: 'frobnicate'"),
        ([], "nydus: the following arguments are required: COMMAND"),
    ],
)
def test_mistake_is_one_line_and_exit_code_two(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run(*arguments) == EXIT_USAGE

    assert message in one_line(capsys)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--frame-skip", "0"], "frame_skip = 0: input should be greater than or equal to 1"),
        (["--name", "a b"], "name = 'a b': string should match pattern"),
        (["-o", "none/x.yaml"], "cannot be written (No such file or directory)"),
    ],
)
def test_maps_import_wrong_option_is_one_line_and_writes_nothing(
    options: list[str],
    message: str,
    map_file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(map_file.parent)

    assert run("maps", "import", str(map_file), *options) == EXIT_USAGE

    assert message in one_line(capsys)
    assert [path.name for path in map_file.parent.iterdir()] == ["five.scm"]


def test_maps_import_unsupported_trigger_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wait = trigger((0,), [always()], [action(4)])
    path = write_archive(tmp_path / "waits.scm", MadeMap(triggers=[wait]).chk())

    assert run("maps", "import", str(path)) == EXIT_USAGE

    assert one_line(capsys).startswith(f"nydus: {path}: trigger 1: action 'wait' is not supported; supported: create")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0

    shown = capsys.readouterr().out
    assert all(command in shown for command in ("train a policy", "play battles", "maps", "scenarios", "rules"))


def test_version_is_the_installed_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0

    assert capsys.readouterr().out == f"nydus {cli.version()}\n"
    assert cli.version()[0].isdigit()


@pytest.mark.parametrize(("command", "module"), [("train", "agents.train"), ("evaluate", "agents.evaluate")])
def test_training_commands_hand_over_every_argument(command: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def program(arguments: list[str]) -> int:
        seen.append(arguments)
        return 7

    monkeypatch.setattr(importlib.import_module(module), "main", program)

    assert run(command, "--help", "x=1", "--", "-o") == 7
    assert seen == [["--help", "x=1", "--", "-o"]]


def test_training_commands_without_torch_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    assert run("train", "--help") == EXIT_USAGE

    assert one_line(capsys) == "nydus: nydus train needs torch: pip install 'nydus-gym[train]'\n"


@pytest.mark.parametrize(
    ("error", "code"), [(BridgeError("lost"), EXIT_FAILED), (KeyboardInterrupt(), EXIT_INTERRUPTED)]
)
def test_failure_and_ctrl_c_have_their_own_exit_codes(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(options: object) -> str:
        raise error

    monkeypatch.setattr(cli, "_list_scenarios", fail)

    assert run("scenarios", "list") == code
    assert one_line(capsys).startswith("nydus: ")


def test_command_starts_without_torch_or_gymnasium_and_survives_a_closed_pipe() -> None:
    program = (
        "import sys, agents.cli\n"
        "code = agents.cli.main(['scenarios', 'list'])\n"
        "heavy = {'torch', 'gymnasium', 'stable_baselines3', 'numba'} & set(sys.modules)\n"
        "sys.stderr.write(str(sorted(heavy)))\n"
        "sys.exit(code)\n"
    )
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [sys.executable, "-c", program], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=280, check=False
    )

    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "[]")


def test_names_beyond_the_terminals_encoding_do_not_fail(map_file: Path) -> None:
    map_file.unlink()
    path = write_archive(map_file.parent / "k.scm", MadeMap(texts=("단장".encode(), b"", b"", b"", b"", b"")).chk())
    arguments = [sys.executable, "-m", "agents.cli", "maps", "list", str(path)]

    done = subprocess.run(
        arguments, capture_output=True, text=True, timeout=280, check=False, env={"PYTHONIOENCODING": "ascii"}
    )

    assert done.returncode == 0, done.stderr
    assert "k.scm" in done.stdout
    assert "??" in done.stdout


def test_maps_generate_draw_and_import_melee_maps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("maps", "generate", "--players", "4", "--seed", "3", "-o", str(tmp_path)) == 0
    made = tmp_path / "4p_3.npz"
    assert "128 x 128 tiles, 4 starts" in capsys.readouterr().out
    assert run("maps", "draw", str(made), "-o", str(tmp_path)) == 0
    assert (tmp_path / "4p_3.png").read_bytes().startswith(b"\x89PNG")
    assert run("maps", "draw", str(made), "-o", str(tmp_path)) == EXIT_USAGE
    capsys.readouterr()
    assert run("maps", "generate", "--players", "3") == EXIT_USAGE
    assert one_line(capsys) == "nydus: players: got 3; allowed: 2 or 4\n"


def test_maps_import_says_which_ground_of_a_melee_map_is_a_guess(
    facts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = facts / "broodwar" / "maps" / "files" / "(2)Destination.scx"

    assert run("maps", "import", str(source), "-o", str(tmp_path)) == 0

    said = capsys.readouterr().out
    assert "melee map 'Destination 1.1', 96 x 128 tiles, 2 starts, 128 mineral fields, 10 geysers" in said
    assert "0.16% of its tiles are of unknown ground, taken as unwalkable" in said
    assert (tmp_path / "(2)Destination.npz").is_file()
