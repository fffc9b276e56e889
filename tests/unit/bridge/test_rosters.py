"""TorchCraftAI's other battles: the armies and places of its definitions, whatever their names say."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import gymnasium as gym
import pytest
from rosters import ROSTERS

import envs
from bridge.scenarios import load_scenario, scenario_names
from engine.broodwar.players import PLAYERS

OTHERS_NAMES = {"2dr+3zl_2dr+3zl": "2dr-3zl_2dr-3zl", "5mu+20zg_5gl+5vu": "5mu-20zg_5gl-5vu"}
"""What "+" became: no environment's id may have it."""

NOT_SHIPPED = {
    "vu_zl": "its sizes are drawn anew for every game",
    "groups": "a heading: big_* and conga_* are here, the others draw sizes or places",
    "3hy_2dr": "its map has a ramp; scenario files know flat maps",
    "hugmiddle, hugmiddleeasy, hugoverlords, popoverlords, ignorecivilians": "no battles",
}


@pytest.mark.parametrize("name", ROSTERS)
def test_a_roster_is_a_battle_in_the_tutorials_arena(name: str) -> None:
    scenario = load_scenario(name)

    assert scenario.name == name
    assert (scenario.frame_skip, scenario.max_frames, scenario.latency_frames) == (7, 1440, 2)
    assert (scenario.map.width, scenario.map.height) == (64, 64)
    assert scenario.opponents[0] == "attack_move"
    assert set(scenario.opponents) == set(PLAYERS)
    assert {unit.player for unit in scenario.units} == {0, 1}
    assert f"BroodWar/{name}-v0" in envs.env_ids()
    assert f"BroodWar/{name}-v0" in gym.registry


def test_armies_are_those_of_the_definitions(facts: Path) -> None:
    known = json.loads((facts / "results" / "scenarios.json").read_text(encoding="utf-8"))["scenarios"]
    suite = [entry for entry in known if str(entry.get("suite", "")).startswith("TorchCraftAI")]
    assert len(suite) > 30

    for entry in suite:
        if entry["name"] in NOT_SHIPPED:
            continue
        scenario = load_scenario(OTHERS_NAMES.get(entry["name"], entry["name"]))
        for army, units in zip(scenario.armies, (entry["ally"], entry["enemy"]), strict=True):
            assert Counter({kind.split("_", 1)[1]: count for kind, count in army}) == Counter(
                {unit["type"]: unit["n"] for unit in units}
            ), entry["name"]


def test_what_the_definition_says_wins_over_the_name() -> None:
    armies = [dict(army) for army in load_scenario("1mu_3mr").armies]

    assert armies == [{"Zerg_Mutalisk": 2}, {"Terran_Marine": 5}]


def test_a_conga_line_meets_a_column() -> None:
    places = [(unit.player, unit.x // 8, unit.y // 8, unit.spread_px) for unit in load_scenario("conga_mr").units]

    assert places[:5] == [(0, 128 - 20 * i, 128, 0) for i in range(5)]
    assert sorted(places[5:]) == [(1, 152, y, 0) for y in (108, 118, 128, 138, 148)]


def test_big_battles_are_thirty_a_side() -> None:
    big = [name for name in scenario_names() if name.startswith("big_")]

    assert len(big) == 18
    assert all(count == 30 for name in big for army in load_scenario(name).armies for _, count in army)
