"""The economy on hand-made Frames of a melee game: books, rewards, `economy`, `workers` and `macro`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from economy_scenes import (
    DONE,
    IDLE,
    MINING,
    ON_GAS,
    PROTOSS,
    TERRAN,
    WITH_GAS,
    WITH_MINERALS,
    ZERG,
    EconomyScene,
    four_workers,
)

from bridge.errors import ConfigError
from engine.broodwar.rules_table import UNIT_TYPES, unit_type_id
from engine.core.frame import Outcome, UnitCommandType, UnitFlag
from envs.specs.macro_kernels import ATTACK, FIRST_MAKE, GATHER_GAS, GATHER_MINERALS
from envs.tasks import make_task


def test_delivery_is_a_worker_that_carried_and_does_not_any_more() -> None:
    scene = four_workers(reward="income")

    scene.unit(300)["flags"], scene.unit(301)["flags"] = WITH_MINERALS, WITH_GAS
    assert scene.see() == 0.0
    scene.unit(300)["flags"] = MINING
    assert scene.see() == pytest.approx(0.08)
    scene.unit(301)["flags"] = ON_GAS
    assert scene.see() == pytest.approx(0.08)

    assert (scene.info("collected_minerals"), scene.info("collected_gas")) == (8, 8)


def test_worker_that_dies_with_its_load_delivers_nothing() -> None:
    scene = four_workers(reward="income")
    scene.unit(303)["flags"] = WITH_MINERALS
    scene.see()

    scene.frame.num_units[0] -= 1

    assert scene.see() == 0.0
    assert scene.info("workers") == 3


def test_new_worker_in_between_does_not_shift_the_books() -> None:
    scene = four_workers(reward="income")
    scene.unit(303)["flags"] = WITH_MINERALS
    scene.see()

    scene.unit(303)["flags"] = MINING
    last = scene.frame.units[0, scene.frame.num_units[0] - 1].copy()
    scene.frame.num_units[0] -= 1
    scene.put(302 + 0, "Terran_SCV", scene.x, scene.y + 200, MINING)  # same id as another: overwritten below
    scene.frame.units[0, scene.frame.num_units[0] - 1] = last
    scene.put(400, "Terran_SCV", scene.x, scene.y + 200, MINING)

    assert scene.see() == pytest.approx(0.08)
    assert scene.info("workers") == 5


def test_idle_time_is_workers_times_frames() -> None:
    scene = four_workers(reward={"idle_workers": -1.0})

    scene.unit(300)["flags"] = MINING
    assert scene.see(24) == pytest.approx(-3.0)
    assert scene.info("idle_worker_frames") == 3 * 24


@pytest.mark.parametrize(
    ("term", "paid"),
    [("workers", 1.0), ("supply", 1.0), ("score", 0.5), ("trained", 0.0), ("time", 24 / 86_400)],
)
def test_terms_of_a_finished_worker(term: str, paid: float) -> None:
    scene = four_workers(reward={term: 1.0})

    scene.put(304, "Terran_SCV", scene.x, scene.y + 100, IDLE)
    scene.supply(10, 20)

    assert scene.see() == pytest.approx(paid)


def test_trained_pays_for_each_fighter_once() -> None:
    scene = four_workers(reward="trained")

    scene.put(400, "Terran_Marine", scene.x, scene.y + 200)
    assert scene.see() == 1.0
    scene.frame.num_units[0] -= 1  # it dies, and another one takes its place
    assert scene.see() == 0.0
    scene.put(401, "Terran_Marine", scene.x, scene.y + 200)
    assert scene.see() == 0.0
    scene.put(402, "Terran_Marine", scene.x, scene.y + 200)
    assert scene.see() == 1.0


@pytest.mark.parametrize(("outcome", "paid"), [(Outcome.WON, 1.0), (Outcome.LOST, -1.0), (Outcome.DRAWN, -1.0)])
def test_outcome_ends_the_episode_and_pays_once(outcome: Outcome, paid: float) -> None:
    scene = four_workers()

    scene.frame.outcome[0] = outcome
    assert scene.see() == paid
    assert scene.arrays["terminated"][0]
    assert bool(scene.arrays["info/battle_won"][0]) == (outcome is Outcome.WON)
    assert scene.see() == 0.0


def test_economy_shaping_pays_the_rise_of_the_potential() -> None:
    scene = four_workers(reward={"win": 1.0}, shaping={"workers": 0.1, "gamma": 0.5})

    scene.put(304, "Terran_SCV", scene.x, scene.y + 100, IDLE)

    assert scene.see() == pytest.approx(0.5 * 0.1 * 5 - 0.1 * 4)


def test_workers_that_begin_to_gather_raise_the_potential_and_stopping_takes_it_back() -> None:
    scene = four_workers(reward={"win": 1.0}, shaping={"gatherers": 0.5, "gamma": 1.0})
    assert scene.see() == 0.0

    scene.unit(300)["flags"], scene.unit(301)["flags"] = MINING, ON_GAS
    assert scene.see() == pytest.approx(1.0)
    scene.unit(300)["flags"] = IDLE

    assert scene.see() == pytest.approx(-0.5)


def test_observation_shows_books_and_counts() -> None:
    scene = four_workers()
    scene.put(400, "Terran_Barracks", scene.x, scene.y + 300, DONE, build_type=0, train_count=2)
    scene.put(401, "Terran_Supply_Depot", scene.x, scene.y + 400, 1 << UnitFlag.BEING_CONSTRUCTED)
    scene.bank(250, 100)
    scene.see()

    (block,) = scene.task.observation.blocks
    values = dict(zip((name for name, _ in block.columns()), scene.arrays["observation"][0].tolist(), strict=True))
    expected = {
        "minerals": 0.25,
        "gas": 0.1,
        "supply_used": 4 / 200,
        "supply_room": 6 / 16,
        "workers": 4 / 60,
        "idle_workers": 4 / 20,
        "own_Terran_SCV": 4 / 20,
        "own_Terran_Barracks": 1 / 20,
        "own_Terran_Supply_Depot": 0.0,
        "coming_Terran_Supply_Depot": 1 / 20,
        "coming_Terran_Marine": 2 / 20,
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected)
    scene.task.observation.validate(scene.arrays)


def test_depot_trains_a_worker_when_it_can_be_paid_and_fed() -> None:
    scene = four_workers()

    assert scene.can("Terran_SCV")
    assert scene.act(scene.choice("Terran_SCV"), 0) == [
        (200, int(UnitCommandType.TRAIN), -1, scene.x, scene.y, unit_type_id("Terran_SCV"))
    ]
    scene.bank(49)
    scene.see()
    assert not scene.can("Terran_SCV")
    assert scene.act(scene.choice("Terran_SCV"), 0) == []
    assert scene.info("invalid_actions") == 1
    scene.bank(50)
    scene.supply(20, 20)
    scene.see()
    assert not scene.can("Terran_SCV")


def test_marine_needs_a_complete_barracks_and_medic_an_academy_too() -> None:
    scene = four_workers()
    scene.bank(1000, 1000)
    scene.see()
    assert not scene.can("Terran_Marine")

    scene.put(400, "Terran_Barracks", scene.x, scene.y + 300, 1 << UnitFlag.BEING_CONSTRUCTED)
    scene.see()
    assert not scene.can("Terran_Marine")
    scene.unit(400)["flags"] = DONE
    scene.see()
    assert scene.can("Terran_Marine")
    assert not scene.can("Terran_Medic")
    scene.put(401, "Terran_Academy", scene.x, scene.y + 420)
    scene.see()
    assert scene.can("Terran_Medic")


def test_queue_option_bounds_what_waits() -> None:
    scene = four_workers(action_options={"queue": 1})
    scene.unit(200)["build_type"] = unit_type_id("Terran_SCV")
    scene.unit(200)["train_count"] = 1
    scene.see()

    assert not scene.can("Terran_SCV")


def test_building_is_placed_beside_the_depot_where_nothing_stands() -> None:
    scene = four_workers()
    scene.bank(150)
    scene.see()

    ((builder, kind, _, x, y, extra),) = scene.act(scene.choice("Terran_Barracks"), 0)

    assert builder in (300, 301, 302, 303)
    assert (kind, extra) == (int(UnitCommandType.BUILD), unit_type_id("Terran_Barracks"))
    assert x % 32 == y % 32 == 0
    seen = scene.frame.units[0, : scene.frame.num_units[0]]
    for unit in seen[seen["id"] != builder]:
        facts = UNIT_TYPES[unit["type"]]
        apart_x = unit["x"] + facts["right"] < x or unit["x"] - facts["left"] >= x + 4 * 32
        apart_y = unit["y"] + facts["down"] < y or unit["y"] - facts["up"] >= y + 3 * 32
        assert apart_x or apart_y, int(unit["id"])
    tiles = scene.task.scenario.map.buildable[y // 32 : y // 32 + 3, x // 32 : x // 32 + 4]
    assert tiles.shape == (3, 4)
    assert tiles.all()


def test_barracks_asks_for_a_command_center_and_what_builders_will_pay_is_kept() -> None:
    scene = four_workers()
    scene.bank(150 + 99)
    scene.unit(300)["flags"] = DONE | 1 << UnitFlag.CONSTRUCTING
    scene.unit(300)["build_type"] = unit_type_id("Terran_Barracks")
    scene.see()

    assert scene.can("Terran_SCV")
    assert not scene.can("Terran_Supply_Depot")
    scene.bank(150 + 100)
    scene.see()
    assert scene.can("Terran_Supply_Depot")


def test_refinery_stands_on_the_geyser() -> None:
    scene = four_workers()
    scene.bank(100)
    scene.see()
    geyser = next(u for u in scene.frame.units[0] if u["type"] == unit_type_id("Resource_Vespene_Geyser"))

    ((_, _, _, x, y, _),) = scene.act(scene.choice("Terran_Refinery"), 0)

    assert (x, y) == (int(geyser["x"]) - 64, int(geyser["y"]) - 32)


def test_idle_workers_are_spread_over_the_fields() -> None:
    scene = four_workers()

    sent = scene.act(GATHER_MINERALS, 0)

    assert [unit for unit, *_ in sent] == [300, 301, 302, 303]
    assert len({target for _, _, target, *_ in sent}) == 4
    for number in range(4):
        scene.unit(300 + number)["flags"] = MINING
    scene.see()
    assert not scene.arrays["action_mask"][0, GATHER_MINERALS]


def test_three_workers_gather_gas_and_no_more() -> None:
    scene = four_workers()
    assert not scene.arrays["action_mask"][0, GATHER_GAS]
    scene.put(400, "Terran_Refinery", scene.x + 200, scene.y)
    scene.see()

    sent: list[int] = []
    for _ in range(3):
        ((unit, kind, target, *_),) = scene.act(GATHER_GAS, 0)
        assert (kind, target) == (int(UnitCommandType.GATHER), 400)
        scene.unit(unit)["flags"] = ON_GAS
        sent.append(unit)
        scene.see()

    assert len(set(sent)) == 3
    assert not scene.arrays["action_mask"][0, GATHER_GAS]


def test_army_attack_moves_to_the_region_s_middle() -> None:
    scene = four_workers()
    assert not scene.arrays["action_mask"][0, ATTACK]
    scene.put(400, "Terran_Marine", scene.x, scene.y + 200)
    scene.see()
    width, height = scene.task.scenario.map.width_px, scene.task.scenario.map.height_px

    ((unit, kind, _, x, y, _),) = scene.act(ATTACK, 4 * 1 + 3)

    assert (unit, kind) == (400, int(UnitCommandType.ATTACK_MOVE))
    assert (x, y) == (width * 7 // 8, height * 3 // 8)
    scene.unit(400)["order"], scene.unit(400)["target_x"], scene.unit(400)["target_y"] = 14, x, y
    scene.see()
    assert scene.act(ATTACK, 4 * 1 + 3) == []


def test_zerg_makes_units_of_larvae_and_buildings_of_drones_on_creep() -> None:
    scene = EconomyScene(ZERG, "Zerg_Hatchery")
    scene.put(300, "Zerg_Larva", scene.x, scene.y + 80)
    scene.put(301, "Zerg_Drone", scene.x + 100, scene.y + 120, IDLE)
    scene.bank(200)
    scene.reset()

    ((unit, kind, *_, extra),) = scene.act(scene.choice("Zerg_Drone"), 0)
    assert (unit, kind, extra) == (300, int(UnitCommandType.MORPH), unit_type_id("Zerg_Drone"))
    assert not scene.can("Zerg_Zergling")
    ((unit, kind, _, x, y, _),) = scene.act(scene.choice("Zerg_Spawning_Pool"), 0)
    assert (unit, kind) == (301, int(UnitCommandType.BUILD))
    assert abs(x - scene.x) < 320
    assert abs(y - scene.y) < 200
    scene.put(400, "Zerg_Spawning_Pool", scene.x + 150, scene.y + 100)
    scene.see()
    assert scene.can("Zerg_Zergling")
    assert scene.can("Zerg_Lair") is False  # no gas
    scene.bank(200, 100)
    scene.see()
    assert scene.can("Zerg_Lair")


def test_protoss_builds_in_a_pylon_s_field_only() -> None:
    scene = EconomyScene(PROTOSS, "Protoss_Nexus")
    scene.put(300, "Protoss_Probe", scene.x + 100, scene.y + 120, IDLE)
    scene.bank(400)
    scene.reset()
    assert scene.can("Protoss_Pylon")
    assert not scene.can("Protoss_Gateway")

    scene.put(400, "Protoss_Pylon", scene.x, scene.y + 250)
    scene.see()

    ((_, _, _, x, y, _),) = scene.act(scene.choice("Protoss_Gateway"), 0)
    assert abs(x + 64 - scene.x) < 256
    assert abs(y + 48 - (scene.y + 250)) < 160


def test_workers_action_seats_workers_and_fields_in_order() -> None:
    scene = four_workers(action="workers")
    size = scene.task.action.specs["action"].shape[0]
    action = np.zeros(size, np.int64)
    action[1], action[3], action[-1] = 1, 3, 1

    sent = scene.act(*action)

    minerals = [
        unit_id for unit_id in scene.fields if scene.unit(unit_id)["type"] != unit_type_id("Resource_Vespene_Geyser")
    ]
    assert [(unit, target) for unit, kind, target, *_ in sent if kind == 15] == [
        (301, sorted(minerals)[0]),
        (303, sorted(minerals)[2]),
    ]
    assert sent[-1][:2] == (200, int(UnitCommandType.TRAIN))
    action[5] = 1  # nobody sits there
    scene.act(*action)
    assert scene.info("invalid_actions") == 1


def test_worker_on_its_way_home_is_not_sent_again() -> None:
    scene = four_workers(action="workers")
    action = np.zeros(scene.task.action.specs["action"].shape[0], np.int64)
    action[0] = 1
    scene.act(*action)

    scene.unit(300)["flags"], scene.unit(300)["target_id"] = WITH_MINERALS, 200
    scene.see()

    assert scene.act(*action) == []
    action[0] = 2
    assert len(scene.act(*action)) == 1


def test_choices_are_the_race_s() -> None:
    names = {race: set(EconomyScene(name, None).task.action.choice_names) for race, name in  # type: ignore[attr-defined]
             (("terran", TERRAN), ("zerg", ZERG), ("protoss", PROTOSS))}  # fmt: skip

    assert "make Terran_Wraith" in names["terran"]
    assert "make Zerg_Mutalisk" in names["zerg"]
    assert "make Protoss_Carrier" in names["protoss"]
    makes = [one for all_ in names.values() for one in all_ if one.startswith("make")]
    assert not any("Larva" in one or "Egg" in one or "Scarab" in one or ("Missile_T" not in one and "Missile" in one)
                   for one in makes)  # fmt: skip
    assert FIRST_MAKE == 4


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"observation": "units"}, "observation 'units' with scenario 'melee.*', a melee game: allowed: economy"),
        ({"action": "micro"}, "action 'micro' with scenario 'melee.*', a melee game: allowed: macro"),
        ({"frame_skip": 48}, "frame_skip 48 in a melee game: allowed: at most 36"),
        ({"reward": "coma"}, "unknown reward 'coma'"),
        ({"action_options": {"types": ["Terran_Marin"]}}, "unknown name 'Terran_Marin'; did you mean 'Terran_Marine'"),
        ({"scenario": ZERG, "action": "workers"}, "action 'workers' as zerg"),
        ({"move_distance_px": 64}, "move_distance_px 64 in a melee game: allowed: None"),
    ],
)
def test_what_does_not_fit_a_melee_game_is_refused_by_one_line(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        make_task(**{"scenario": TERRAN, **params})

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("observation", "economy"), ("action", "macro"), ("reward", "income")])
def test_what_belongs_to_melee_games_is_refused_in_a_battle(name: str, value: str) -> None:
    with pytest.raises(ConfigError):
        make_task(**{"scenario": "m5v5_c_far", name: value})  # type: ignore[arg-type]
