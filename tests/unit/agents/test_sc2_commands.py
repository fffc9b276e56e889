"""`nydus sc2 ...`: what people type, and what their mistakes say."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
from agents.cli import main
from bridge.sc2.maps import load_sc2_map
from bridge.sc2.serve import parse_opponent

SUPPORT = Path(__file__).parents[2] / "support"


def test_recorded_map_becomes_a_map_file(
    facts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = facts / "starcraft2" / "data"
    if not (folder / "AcropolisLE.game_info.pb").is_file():
        pytest.skip("no recorded maps")
    monkeypatch.chdir(tmp_path)

    status = main(["sc2", "import", *(str(folder / f"AcropolisLE.{kind}.pb") for kind in ("game_info", "observation"))])

    assert status == 0
    assert capsys.readouterr().out == "AcropolisLE.npz: Acropolis LE, 176 x 184 cells, 2 starts\n"
    assert load_sc2_map(tmp_path / "AcropolisLE.npz").size == (176, 184)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import", "none.pb", "none.pb"], "none.pb: No such file or directory"),
        (["serve", "--opponent", "elves:3"], "--opponent 'elves:3': allowed: terran, zerg, protoss, random"),
        (["serve", "--worlds", "nowhere:nothing"], "worlds 'nowhere:nothing': No module named 'nowhere'"),
        (["path"], "the following arguments are required: DIR"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main(["sc2", *arguments])
    except SystemExit as left:
        status = int(left.code or 0)

    said = capsys.readouterr().err
    assert status == 2
    assert message in said
    assert said.count("\n") == 1


def test_opponent_is_race_and_difficulty() -> None:
    assert parse_opponent("protoss:10") == (3, 10)


def test_server_says_where_it_listens_and_leaves_on_sigterm() -> None:
    code = "import sys; from agents.cli import main; sys.exit(main(sys.argv[1:]))"
    arguments = ["sc2", "serve", "--port", "0", "--worlds", "sc2_world:SmallWorlds", "--map", "Small"]
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path.append({str(SUPPORT)!r}); {code}", *arguments],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("listening on ws://127.0.0.1:")
        server.send_signal(signal.SIGTERM)

        assert server.wait(timeout=20) == 0
