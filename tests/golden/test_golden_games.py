"""Golden hashes: scenario + seed + commands give these games, hashed every 100 frames, on every machine.

A hash that differs means that the same policy now plays another game. If that is wanted, freeze the hashes with
`pytest tests/golden --update-golden` and say why in the commit.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from rosters import ROSTERS

from bridge.scenarios import load_scenario, scenario_names
from engine.core.frame import UNIT_DTYPE, Commands, Frame, UnitCommandType
from engine.core.rules import GAMES, rules_of

NAMES = [name for game in GAMES for name in scenario_names(game) if name not in ROSTERS]
"""The rosters play by the same rules with other armies."""
GOLDEN = Path(__file__).parents[1] / "data" / "golden" / "games.json"
SEED = 20_240_229
FRAMES = 600
HASH_FRAMES = 100
STEP_FRAMES = 20

BATTLE_FIELDS = UNIT_DTYPE.names[: UNIT_DTYPE.names.index("target_y") + 1]
"""What is hashed; the fields after it, of the economy, came after the hashes."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # the first game compiles the kernels


def order(frame: Frame, commands: Commands, step: int) -> None:
    """Attack-move through the middle of the enemy, now and then one unit backs off or takes aim: all by arithmetic."""
    for row in range(len(frame.player)):
        units = frame.units[row, : frame.num_units[row]]
        own = units[units["player"] == frame.player[row]]
        others = units[units["player"] != frame.player[row]]
        if len(others) == 0:
            continue
        for at, unit in enumerate(own):
            choice = (3 * step + 5 * at + row) % 8
            if step % 3 and choice > 1:
                continue
            item = commands.items[row, commands.count[row]]
            item["unit_id"] = unit["id"]
            item["type"] = UnitCommandType.ATTACK_MOVE
            item["x"], item["y"] = int(others["x"].mean()), int(others["y"].mean())
            item["target_id"] = -1
            if choice == 0:
                item["type"] = UnitCommandType.MOVE
                item["x"], item["y"] = int(own["x"].mean()), int(own["y"].mean())
            elif choice == 1:
                item["type"] = UnitCommandType.ATTACK_UNIT
                item["target_id"] = others["id"][step % len(others)]
            commands.count[row] += 1


def hash_of(frame: Frame) -> str:
    """Hash what both seats see: field by field, since the gaps between fields are nobody's promise."""
    sha = hashlib.sha256()
    for row in range(len(frame.player)):
        units = frame.units[row, : frame.num_units[row]]
        sha.update(np.int32([frame.frame[row], frame.num_units[row], frame.num_deaths[row]]).tobytes())
        for name in BATTLE_FIELDS:
            sha.update(np.ascontiguousarray(units[name]).tobytes())
    return sha.hexdigest()[:16]


def play(name: str) -> list[str]:
    scenario = load_scenario(name)
    games = rules_of(scenario.game).make_games(scenario, 1)
    games.start(np.ones(1, np.bool_), np.array([SEED], np.uint64))
    rows, players = np.zeros(2, np.int32), np.arange(2, dtype=np.int8)
    commands = Commands.allocate(2, games.unit_capacity)
    frame = Frame.allocate(2, games.unit_capacity, scenario.map)
    hashes = []
    for step in range(FRAMES // STEP_FRAMES):
        games.observe(frame, rows, players)
        if step * STEP_FRAMES % HASH_FRAMES == 0:
            hashes.append(hash_of(frame))
        order(frame, commands, step)
        games.step(commands, rows, players, STEP_FRAMES)
        commands.clear()
    games.observe(frame, rows, players)
    return [*hashes, hash_of(frame)]


def golden() -> dict[str, list[str]]:
    table: dict[str, list[str]] = json.loads(GOLDEN.read_text("utf-8"))
    return table


@pytest.mark.parametrize("name", NAMES)
def test_the_game_is_the_golden_one(name, update_golden):
    ours = play(name)
    if update_golden:
        table = golden() if GOLDEN.exists() else {}
        GOLDEN.write_text(json.dumps(table | {name: ours}, indent=1, sort_keys=True) + "\n", "utf-8")

    assert ours == golden()[name]


def test_every_scenario_has_its_golden_game(update_golden):
    if update_golden:
        pytest.skip("freezing")
    assert sorted(golden()) == sorted(NAMES)


def test_golden_games_differ_from_frame_to_frame():
    for name, hashes in golden().items():
        assert len(hashes) == FRAMES // HASH_FRAMES + 1, name
        assert len(set(hashes)) == len(hashes), name
