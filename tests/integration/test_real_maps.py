"""The nine map files of the facts folder, from the file to a worker that walks: ground, resources, natural, enemy."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from agents.cli import main
from bridge.maps import read_melee_map
from bridge.melee import melee_name
from bridge.scenarios import load_scenario, read_scenario
from engine.broodwar.bases import bases_of, natural_of
from engine.broodwar.melee_players import MeleeMatch
from engine.core.frame import NO_UNIT, Commands, Frame, UnitCommandType

MELEE_MAPS = (
    "(2)Benzene.scx",
    "(2)Destination.scx",
    "(2)Heartbreak Ridge.scx",
    "(4)Circuit Breaker.scx",
    "(4)Fighting Spirit.scx",
)
BATTLE_MAPS = ("m5v5_c_far.scm", "dragoons_zealots.scm", "sp_m5v5_c_far.scm", "sp_dragoons_zealots.scm")

NEAR_PX = 160
WALK_FRAMES = 2400
"""More than twice what a worker needs from corner to corner of 128 tiles."""


class Walker:
    """Sends its lowest worker to one point after another."""

    def __init__(self, points: list[tuple[int, int]]) -> None:
        self.points = points
        self.reached: list[tuple[int, int]] = []

    def __call__(self, frame: Frame, commands: Commands) -> None:
        units = frame.units[0, : frame.num_units[0]]
        own = units[units["player"] == frame.player[0]]
        worker = own[own["build_type"] < 0][1]  # ids ascend: the depot comes first
        while self.points:
            x, y = self.points[0]
            if max(abs(int(worker["x"]) - x), abs(int(worker["y"]) - y)) > NEAR_PX:
                commands.items[0, 0] = (int(worker["id"]), int(UnitCommandType.MOVE), NO_UNIT, x, y, 0)
                commands.count[0] = 1
                return
            self.reached.append(self.points.pop(0))


def idle(frame: Frame, commands: Commands) -> None:
    """Command nothing."""


@pytest.mark.parametrize("name", MELEE_MAPS)
def test_a_melee_map_is_read_whole_and_can_be_walked(name: str, facts: Path) -> None:
    maps = facts / "broodwar" / "maps"
    melee = read_melee_map(maps / "files" / name)

    with np.load(maps / "terrain" / f"{name.replace(' ', '_')}.npz") as expected:
        assert (melee.map.walkable == expected["walkable"]).mean() >= 0.999
        assert (melee.map.buildable == expected["buildable"]).mean() >= 0.999
        assert (melee.map.ground_height == expected["ground_height"]).mean() >= 0.999
    known = json.loads((maps / "melee_resources.json").read_text(encoding="utf-8"))
    entry = known[name.removesuffix(".scx").replace(" ", "_")]
    assert melee.starts.tolist() == [(start["x"], start["y"]) for start in entry["start_locations"]]
    assert int(melee.is_mineral.sum()) == entry["n_mineral_fields"]
    assert int(melee.is_geyser.sum()) == entry["n_geysers"]
    assert int(melee.units["resources"][melee.is_mineral].sum()) == sum(
        base["mineral_total"] for base in entry["bases"]
    )
    assert int(melee.units["resources"][melee.is_geyser].sum()) == sum(base["gas_total"] for base in entry["bases"])
    for start in range(len(melee.starts)):
        enemy = (start + 1) % len(melee.starts)
        scenario = load_scenario(melee_name(maps / "files" / name, "terran:terran", f"{start}:{enemy}"))
        bases = bases_of(scenario.map)
        natural = bases[natural_of(scenario.map, start)]
        assert natural.start < 0
        assert natural.geysers
        goals = [(natural.x, natural.y), (bases[enemy].x, bases[enemy].y)]
        walker = Walker(list(goals))
        match = MeleeMatch(
            scenario, ("walker", "idle"), 1, max_frames=WALK_FRAMES, players={"walker": walker, "idle": idle}
        )
        while walker.points and match.play_on():
            pass
        assert walker.reached == goals, f"start {start}"


@pytest.mark.parametrize("name", BATTLE_MAPS)
def test_a_battle_map_becomes_a_scenario(name: str, facts: Path, tmp_path: Path, capsys) -> None:
    path = tmp_path / "scenario.yaml"

    assert main(["maps", "import", str(facts / "broodwar" / "maps" / "files" / name), "--output", str(path)]) == 0

    assert str(path) in capsys.readouterr().out
    scenario = read_scenario(path)
    per_side = {"m5v5": {"Terran_Marine": 5}, "dragoons": {"Protoss_Zealot": 3, "Protoss_Dragoon": 2}}
    wanted = per_side["m5v5" if "m5v5" in name else "dragoons"]
    assert [dict(army) for army in scenario.armies] == [wanted, wanted]
