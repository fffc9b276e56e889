"""Scenario files: what ships, what the reader makes of it, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rosters import ROSTERS

from bridge.errors import ConfigError
from bridge.scenario_text import scenario_to_yaml
from bridge.scenarios import (
    OPPONENTS,
    ScenarioFile,
    build_scenario,
    load_scenario,
    read_scenario,
    scenario_folder,
    scenario_names,
)
from bridge.userfiles import parse, read_yaml
from engine.broodwar.players import PLAYERS
from engine.core.rules import rules_of
from engine.core.scenario import Scenario, TriggerCondition, draw_positions

SHIPPED = ("1vu_1zl", "2d_3z", "5mr_5mr", "5wr_5wr", "coma_3m", "coma_5m", "coma_5w", "dragoons_zealots", "m5v5_c_far")
MAP = {"name": "open", "width": 64, "height": 64, "ground_height": 0}
MINIMAL: dict[str, Any] = {
    "name": "duel",
    "version": 1,
    "title": "a duel",
    "source": "made up",
    "game": "broodwar",
    "map": MAP,
    "full_vision": True,
    "frame_skip": 8,
    "max_frames": 1000,
    "latency_frames": 2,
    "opponents": ["closest", "noop"],
    "units": [
        {"type": "Terran_Marine", "player": 0, "x": 100, "y": 100},
        {"type": "Protoss_Zealot", "player": 1, "count": 2, "x": 200, "y": 100, "spread_px": 8},
    ],
}


def scenario_from(**changes: Any) -> Scenario:
    return build_scenario(parse(ScenarioFile, {**MINIMAL, **changes}, "duel.yaml"))


def refusal(**changes: Any) -> str:
    data = {key: value for key, value in {**MINIMAL, **changes}.items() if value is not None}
    with pytest.raises(ConfigError) as caught:
        parse(ScenarioFile, data, "duel.yaml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def one_trigger(condition: dict[str, Any], *actions: dict[str, Any]) -> list[dict[str, Any]]:
    kill = {"kind": "kill_unit", "player": 0, "unit": "any"}
    return [{"conditions": [condition], "actions": list(actions) or [kill]}]


def test_scenario_names_are_those_that_ship() -> None:
    assert scenario_names() == tuple(sorted((*SHIPPED, *ROSTERS)))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenario_is_named_like_its_file_and_playable(name: str) -> None:
    scenario = load_scenario(name)

    assert scenario.name == name
    assert all(army and all(count > 0 for _, count in army) for army in scenario.armies)
    assert scenario.full_vision
    assert (scenario.map.width, scenario.map.height) == (64, 64)
    assert scenario.map.walkable.all()
    assert set(scenario.opponents) == set(PLAYERS)
    assert scenario.max_frames == 1440
    assert scenario.source


def test_opponents_of_files_are_the_scripted_players() -> None:
    assert set(OPPONENTS) == {*PLAYERS, *rules_of("starcraft2").players}


@pytest.mark.parametrize(
    ("name", "frame_skip", "opponent", "armies"),
    [
        ("m5v5_c_far", 9, "noop", [{"Terran_Marine": 5}] * 2),
        ("dragoons_zealots", 9, "noop", [{"Protoss_Zealot": 3, "Protoss_Dragoon": 2}] * 2),
        ("2d_3z", 7, "attack_move", [{"Protoss_Zealot": 3, "Protoss_Dragoon": 2}] * 2),
        ("5mr_5mr", 7, "attack_move", [{"Terran_Marine": 5}] * 2),
        ("5wr_5wr", 7, "attack_move", [{"Terran_Wraith": 5}] * 2),
        ("1vu_1zl", 7, "attack_move", [{"Terran_Vulture": 1}, {"Protoss_Zealot": 1}]),
    ],
)
def test_shipped_scenario_has_the_published_setting(
    name: str, frame_skip: int, opponent: str, armies: list[dict[str, int]]
) -> None:
    scenario = load_scenario(name)

    assert scenario.frame_skip == frame_skip
    assert scenario.opponents[0] == opponent
    assert [dict(army) for army in scenario.armies] == armies


@pytest.mark.parametrize("name", ["5mr_5mr", "5wr_5wr", "1vu_1zl"])
def test_arena_sides_stand_forty_walk_tiles_apart_with_a_spread_of_five(name: str) -> None:
    scenario = load_scenario(name)

    assert {(u.player, u.x, u.y, u.spread_px) for u in scenario.units} == {(0, 864, 1024, 40), (1, 1184, 1024, 40)}
    assert not scenario.triggers


def test_m5v5_c_far_elapsed_seconds_become_frames() -> None:
    conditions = [trigger.conditions for trigger in load_scenario("m5v5_c_far").triggers]

    assert conditions[0] == (TriggerCondition(kind="elapsed_frames", comparison="at_most", amount=15),)
    assert conditions[1][1] == TriggerCondition(kind="elapsed_frames", comparison="at_least", amount=32)


@pytest.mark.parametrize(
    ("comparison", "amount", "frames"),
    [
        ("at_least", 3, [("at_least", 48)]),
        ("at_most", 3, [("at_most", 63)]),
        ("exactly", 3, [("at_least", 48), ("at_most", 63)]),
        ("exactly", 0, [("at_most", 15)]),
    ],
)
def test_elapsed_seconds_are_sixteen_frames_each(comparison: str, amount: int, frames: list[tuple[str, int]]) -> None:
    condition = {"kind": "elapsed_seconds", "comparison": comparison, "amount": amount}

    [trigger] = scenario_from(triggers=one_trigger(condition)).triggers

    assert [(c.kind, c.comparison, c.amount) for c in trigger.conditions] == [
        ("elapsed_frames", said, number) for said, number in frames
    ]


def test_count_places_that_many_units() -> None:
    scenario = scenario_from()

    assert [(u.type, u.player, u.x, u.spread_px) for u in scenario.units] == [
        ("Terran_Marine", 0, 100, 0),
        ("Protoss_Zealot", 1, 200, 8),
        ("Protoss_Zealot", 1, 200, 8),
    ]
    assert scenario.armies == ((("Terran_Marine", 1),), (("Protoss_Zealot", 2),))


def test_armies_take_the_largest_trigger_and_add_what_stands() -> None:
    def create(player: int, amount: int) -> dict[str, Any]:
        return {"kind": "create_unit", "player": player, "unit": "Terran_Marine", "amount": amount, "x": 5, "y": 5}

    first = one_trigger({"kind": "always"}, create(0, 2), create(0, 1))
    second = one_trigger({"kind": "always"}, create(0, 2))

    assert scenario_from(triggers=first + second).armies[0] == (("Terran_Marine", 4),)


def test_load_scenario_takes_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "duel.yaml").write_text(yaml.safe_dump(MINIMAL), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert load_scenario("duel.yaml").name == "duel"
    assert load_scenario(tmp_path / "duel.yaml").name == "duel"
    assert load_scenario(f"./{'duel.yaml'}").name == "duel"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("m5v5_c_fra", "unknown scenario 'm5v5_c_fra'; did you mean 'm5v5_c_far'?"),
        ("m5v5", "unknown scenario 'm5v5'; did you mean 'm5v5_c_far'?"),
        ("zzz", "unknown scenario 'zzz'; known: 10m_vs_11m, 10mr_13zg, 10mu_5co,"),
        ("..", "unknown scenario '..'"),
        ("", "unknown scenario ''"),
        ("none.yaml", "none.yaml: no such file"),
        ("../m5v5_c_far", "m5v5_c_far: no such file"),
    ],
)
def test_load_scenario_unknown_name_is_refused(name: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_scenario(name)

    assert message in str(caught.value)


def test_scenario_folder_unknown_game_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown game 'brodwar'; did you mean 'broodwar'"):
        scenario_folder("brodwar")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frame_skp": 3}, "unknown key 'frame_skp'; did you mean 'frame_skip'?"),
        ({"map": {**MAP, "heigth": 3}}, "unknown key 'map.heigth'; did you mean 'height'?"),
        ({"frame_skip": None}, "key 'frame_skip' is missing"),
        ({"frame_skip": "8"}, "frame_skip = '8': input should be a valid integer"),
        ({"frame_skip": True}, "frame_skip = True: input should be a valid integer"),
        ({"frame_skip": 0}, "frame_skip = 0: input should be greater than or equal to 1"),
        ({"game": "starcraft3"}, "game = 'starcraft3' is not allowed; allowed: 'broodwar' or 'starcraft2'"),
        ({"name": "a/b"}, "name = 'a/b': string should match pattern"),
        ({"map": {**MAP, "ground_height": 1}}, "map.ground_height = 1 is not allowed; allowed: 0, 2 or 4"),
        ({"map": {**MAP, "width": 257}}, "map.width = 257: input should be less than or equal to 256"),
        ({"opponents": ["nop"]}, "unknown opponent 'nop'; did you mean 'noop'?"),
        ({"opponents": ["noop", "noop"]}, "a name appears twice"),
        ({"opponents": []}, "opponents = []"),
        (
            {"units": [{**MINIMAL["units"][0], "type": "Teran_Marine"}]},
            "unknown unit type 'Teran_Marine'; did you mean",
        ),
        ({"units": [{**MINIMAL["units"][0], "type": "any"}]}, "units[0].type: unknown unit type 'any'"),
        ({"units": [{**MINIMAL["units"][0], "type": "AllUnits"}]}, "unknown unit type 'AllUnits'"),
        ({"units": [{**MINIMAL["units"][0], "player": 2}]}, "units[0].player = 2: input should be less than or equal"),
        (
            {"units": [{**MINIMAL["units"][0], "x": 2048}]},
            "units[0]: (2048, 100) is off the map; allowed: below (2048,",
        ),
        ({"units": [{**MINIMAL["units"][0], "y": -1}]}, "units[0].y = -1: input should be greater than or equal to 0"),
        ({"units": MINIMAL["units"][:1]}, "player 1 gets no units"),
        ({"units": [{**u, "count": 900} for u in MINIMAL["units"]]}, "1800 units; allowed: at most 1700"),
        ({"triggers": one_trigger({"kind": "never"})}, "triggers[0].conditions[0].kind = 'never' is not allowed"),
        ({"triggers": one_trigger({"kind": "elapsed_seconds", "amount": 1})}, "needs the key 'comparison'"),
        (
            {"triggers": one_trigger({"kind": "always", "amount": 1})},
            "conditions[0]: kind 'always' takes no key 'amount'; its keys: none",
        ),
        (
            {"triggers": one_trigger({"kind": "always"}, {"kind": "order", "player": 1, "unit": "any", "x": 1})},
            "triggers[0].actions[0]: kind 'order' needs the key 'y'",
        ),
        (
            {
                "triggers": one_trigger(
                    {"kind": "always"},
                    {"kind": "create_unit", "player": 1, "unit": "any", "amount": 1, "x": 1, "y": 1},
                )
            },
            "create_unit needs a unit type, not 'any'",
        ),
        (
            {
                "triggers": one_trigger(
                    {"kind": "always"}, {"kind": "order", "player": 1, "unit": "any", "x": 1, "y": 9999}
                )
            },
            "triggers[0].actions[0]: (1, 9999) is off the map",
        ),
        ({"triggers": [{"conditions": [], "actions": [{"kind": "preserve_trigger"}]}]}, "triggers[0].conditions = []"),
    ],
)
def test_scenario_file_mistake_is_named(changes: dict[str, Any], message: str) -> None:
    text = refusal(**changes)

    assert text.startswith("duel.yaml: ")
    assert message in text


@pytest.mark.parametrize("name", SHIPPED)
def test_scenario_text_reads_back_as_the_same_file(name: str, tmp_path: Path) -> None:
    path = scenario_folder() / f"{name}.yaml"
    file = parse(ScenarioFile, read_yaml(path), str(path))
    again = tmp_path / "again.yaml"

    again.write_text(scenario_to_yaml(file, "# a comment\n"), encoding="utf-8")

    assert parse(ScenarioFile, read_yaml(again), str(again)) == file
    assert read_scenario(again).triggers == load_scenario(name).triggers


def test_draw_positions_without_spread_stand_exactly() -> None:
    scenario = scenario_from(units=[{**unit, "spread_px": 0} for unit in MINIMAL["units"]])

    assert draw_positions(scenario, 5).tolist() == [[100, 100], [200, 100], [200, 100]]


def test_draw_positions_depend_on_the_seed_alone() -> None:
    scenario = load_scenario("5mr_5mr")

    first, again, other = (draw_positions(scenario, seed) for seed in (1, 1, 2))

    assert (first == again).all()
    assert (first != other).any()
    assert first.dtype == np.int32
    # Golden: the same on every machine and numpy version.
    assert first[:3].tolist() == GOLDEN_SEED_1


def test_draw_positions_largest_seed_works_and_no_units_give_no_rows() -> None:
    assert draw_positions(load_scenario("5mr_5mr"), 2**64 - 1).shape == (10, 2)
    assert draw_positions(load_scenario("m5v5_c_far"), 0).shape == (0, 2)


def test_draw_positions_scatter_has_the_spread_and_no_correlation() -> None:
    scenario = load_scenario("5mr_5mr")
    offsets = np.array([draw_positions(scenario, seed) for seed in range(3000)]).reshape(3000, 20).astype(float)
    offsets -= np.array([(u.x, u.y) for u in scenario.units], float).reshape(20)

    # Rounding down shifts the mean by half a pixel. 60,000 values: the standard error of the mean is 0.16, of the
    # standard deviation 0.12; of a correlation between two columns 0.018, the largest of 190 stays below 5 of them.
    assert abs(offsets.mean() + 0.5) < 0.8
    assert abs(offsets.std() - 40) < 0.6
    correlations = np.corrcoef(offsets.T)[np.triu_indices(20, 1)]
    assert abs(correlations).max() < 5 / np.sqrt(3000)
    # A normal share within one and two standard deviations.
    assert abs((abs(offsets + 0.5) < 40).mean() - 0.683) < 0.01
    assert abs((abs(offsets + 0.5) < 80).mean() - 0.954) < 0.01


def test_draw_positions_stay_on_the_map() -> None:
    corner = [{**unit, "x": 3, "y": 2040, "spread_px": 500} for unit in MINIMAL["units"]]
    drawn = np.array([draw_positions(scenario_from(units=corner), seed) for seed in range(50)])

    assert drawn.min() == 0
    assert drawn.max() == 2047


GOLDEN_SEED_1 = [[834, 1050], [838, 985], [849, 1101]]
