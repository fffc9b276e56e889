"""`nydus replay info` of a real game's file."""

from __future__ import annotations

from pathlib import Path

from agents.cli import main


def test_a_real_games_header_players_map_and_commands_are_told(facts: Path, capsys) -> None:
    path = facts / "broodwar" / "maps" / "files" / "bwrep_gwhxe.rep"

    assert main(["replay", "info", str(path)]) == 0
    brief = capsys.readouterr().out
    assert main(["replay", "info", "--commands", str(path)]) == 0
    whole = capsys.readouterr().out

    assert "Brood War 1.16" in brief
    for label in ("game", "begun", "length", "map", "ground", "starts", "stream"):
        assert f"\n{label}" in brief
    assert "slot  id" in brief
    commands = int(brief.split("stream  ")[1].split()[0])
    assert commands > 100
    assert whole.startswith(brief)
    assert len(whole.splitlines()) == len(brief.splitlines()) + 1 + 2 + commands


def test_what_is_no_replay_is_refused_in_one_line(tmp_path: Path, capsys) -> None:
    wrong = tmp_path / "game.rep"
    wrong.write_bytes(b"nothing of the kind")

    assert main(["replay", "info", str(wrong)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["replay", "info", "--commands", str(tmp_path / "battle.tcr")]) == 2
    assert "only those hold commands" in capsys.readouterr().err
