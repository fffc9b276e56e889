"""Scripted melee players: what they decide in one situation; whole games are in tests/integration."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from bridge.melee import melee_name
from bridge.scenarios import load_scenario
from engine.broodwar.bases import bases_of, distances_from, open_cells
from engine.broodwar.melee_players import MELEE_PLAYERS, MeleeMatch
from engine.broodwar.melee_players.army import _send
from engine.broodwar.melee_players.economy import _train_army
from engine.broodwar.melee_players.plans import PLANS, STRENGTHS, wishes_of
from engine.broodwar.melee_players.sites import _closed, site_for
from engine.broodwar.melee_players.technology import _is_hit_by_the_unseen
from engine.broodwar.melee_players.view import IS_FIELD, View
from engine.broodwar.rules_table import UNIT_TYPE_NAMES, order_id, unit_type_id
from engine.core.frame import Commands, Outcome, UnitCommandType, UnitFlag

RACES = ("terran", "protoss", "zerg")


def match_of(races: str, names: tuple[str, str], max_frames: int = 0, seed: int = 1) -> MeleeMatch:
    scenario = load_scenario(melee_name(races=races, starts="0:1"))
    match = MeleeMatch(scenario, names, seed, max_frames=max_frames or None)
    while match.frame < max_frames and match.play_on():
        pass
    return match


def own(match: MeleeMatch, player: int) -> Counter[str]:
    frame = match.frames[player]
    units = frame.units[0, : frame.num_units[0]]
    return Counter(UNIT_TYPE_NAMES[kind] for kind in units["type"][units["player"] == player])


def decisions(match: MeleeMatch, player: int, name: str) -> np.ndarray:
    commands = Commands.allocate(1, match.games.unit_capacity)
    MELEE_PLAYERS[name](match.frames[player], commands)
    return commands.items[0, : commands.count[0]].copy()


def test_every_race_has_a_plan_of_every_strength() -> None:
    assert set(PLANS) == {(race, strength) for race in RACES for strength in STRENGTHS}
    assert set(MELEE_PLAYERS) == set(STRENGTHS)


@pytest.mark.parametrize("race", RACES)
def test_at_the_start_all_workers_mine_different_fields_and_another_is_made(race: str) -> None:
    match = match_of(f"{race}:terran", ("standard", "standard"))

    given = decisions(match, 0, "standard")

    gathers = given[given["type"] == int(UnitCommandType.GATHER)]
    makes = given[np.isin(given["type"], (int(UnitCommandType.TRAIN), int(UnitCommandType.MORPH)))]
    assert len(set(gathers["target_id"].tolist())) == 4
    assert [UNIT_TYPE_NAMES[kind] for kind in makes["extra"]] == [
        {"terran": "Terran_SCV", "protoss": "Protoss_Probe", "zerg": "Zerg_Drone"}[race]
    ]


def test_the_same_view_gives_the_same_commands() -> None:
    match = match_of("zerg:protoss", ("standard", "standard"), 2400)

    for player in (0, 1):
        assert (decisions(match, player, "strong") == decisions(match, player, "strong")).all()


def test_buildings_stand_apart_and_out_of_the_miners_way() -> None:
    match = match_of("terran:terran", ("standard", "standard"))
    view = View(match.frames[0], 0, Commands.allocate(1, 16))
    barracks = unit_type_id("Terran_Barracks")

    site = site_for(view, barracks, view.main)

    assert site is not None
    column, row = site
    assert view.map.buildable[row : row + 3, column : column + 4].all()
    for neutral in view.map.neutrals:
        between_x = (int(neutral["x"]) // 32 + view.main.column + 2) // 2
        between_y = (int(neutral["y"]) // 32 + view.main.row + 1) // 2
        if abs(int(neutral["x"]) - view.main.x) < 300 and abs(int(neutral["y"]) - view.main.y) < 300:
            assert not (column <= between_x < column + 4 and row <= between_y < row + 3)


@pytest.mark.parametrize("races", ["terran:protoss", "zerg:terran", "protoss:zerg"])
def test_four_minutes_in_both_have_workers_supply_and_fighters(races: str) -> None:
    match = match_of(races, ("standard", "standard"), 6000)

    for player, race in enumerate(races.split(":")):
        units = own(match, player)
        assert sum(units[name] for name in ("Terran_SCV", "Protoss_Probe", "Zerg_Drone")) >= 12, (race, units)
        assert units["Terran_Barracks"] + units["Protoss_Gateway"] + units["Zerg_Spawning_Pool"] >= 1, (race, units)
        fighters = ("Terran_Marine", "Protoss_Zealot", "Protoss_Dragoon", "Zerg_Zergling", "Zerg_Hydralisk")
        assert sum(units[name] for name in fighters) >= 2, (race, units)


def test_a_game_ends_with_the_defeat_of_a_player_that_does_nothing() -> None:
    scenario = load_scenario(melee_name("crossing_small", races="zerg:terran", starts="0:1"))
    match = MeleeMatch(scenario, ("rush", "idle"), 1, players={**MELEE_PLAYERS, "idle": lambda frame, commands: None})
    while match.play_on():
        pass

    assert match.outcomes == (Outcome.WON, Outcome.LOST)
    assert match.frame < 20_000


@pytest.mark.parametrize("name", ["crossing", "four_corners", "crossing_small"])
def test_no_building_can_shut_the_way_from_a_start_to_any_base(name: str) -> None:
    game_map = load_scenario(melee_name(name)).map
    open_tiles = open_cells(game_map).reshape(game_map.height, 2, game_map.width, 2).any(axis=(1, 3))
    stays_open = open_tiles & _closed(game_map)
    bases = bases_of(game_map)

    for start in bases[: len(game_map.starts)]:
        ways = distances_from(game_map, start.x, start.y)
        reached = np.zeros_like(stays_open)
        reached[start.row, start.column] = True
        while True:
            wide = np.pad(reached, 1)
            grown = sum(wide[dy : dy + len(reached), dx : dx + reached.shape[1]] for dy in range(3) for dx in range(3))
            fresh = (grown > 0) & stays_open & ~reached
            if not fresh.any():
                break
            reached |= fresh
        for base in bases:
            around = np.s_[base.row : base.row + 3, base.column : base.column + 4]
            assert reached[around].any() == (ways[around].min() < 1 << 20), (start, base)


@pytest.mark.parametrize(
    ("kind", "order"),
    [("Terran_Marine", "AttackMove"), ("Terran_Medic", "HealMove"), ("Terran_Medic", "MedicHeal"),
     ("Terran_Goliath", "StayInRange")],
)  # fmt: skip
def test_who_is_on_the_way_or_at_work_is_not_ordered_anew(kind: str, order: str) -> None:
    match = match_of("terran:terran", ("standard", "standard"))
    frame = match.frames[0]
    units = frame.units[0, : frame.num_units[0]]
    at = int(np.flatnonzero((units["player"] == 0) & (units["type"] == unit_type_id("Terran_SCV")))[0])
    units["type"][at] = unit_type_id(kind)
    units["order"][at] = order_id(order)
    units["flags"][at] &= ~np.uint64(1 << UnitFlag.IDLE)
    given = []
    for goal in (0, 200, 800):
        units["target_x"][at], units["target_y"][at] = 3000 + goal, 3000
        commands = Commands.allocate(1, 16)
        view = View(frame, 0, commands)
        _send(view, np.flatnonzero(view.type == unit_type_id(kind)), 3000, 3000, UnitCommandType.ATTACK_MOVE)
        given.append(int(commands.count[0]))

    assert given == ([0, 0, 1] if order in ("AttackMove", "HealMove") else [0, 0, 0])


def test_nothing_is_planned_in_the_lower_corners_where_the_game_forbids_it() -> None:
    match = match_of("terran:terran", ("standard", "standard"))

    closed = _closed(match.frames[0].map)

    assert closed[-2:, :5].all()
    assert closed[-2:, -5:].all()
    assert closed[-1].all()


def test_a_worker_that_was_called_off_plans_nothing() -> None:
    match = match_of("protoss:terran", ("standard", "standard"))
    pylon = unit_type_id("Protoss_Pylon")
    units = match.games.units[0]
    worker = int(np.flatnonzero((units["player"] == 0) & (units["type"] == unit_type_id("Protoss_Probe")))[0])
    units["build_type"][worker] = pylon

    planned = []
    for order in (int(units["order"][worker]), order_id("PlaceProtossBuilding")):
        units["order"][worker] = order
        match.games.observe(match.frames[0], np.zeros(1, np.int32), np.zeros(1, np.int8))
        planned.append(View(match.frames[0], 0, Commands.allocate(1, 16)).have(pylon))

    assert planned == [0, 1]


def test_a_strong_player_researches_and_guards_its_bases() -> None:
    match = match_of("zerg:terran", ("strong", "weak"), 15_000)

    units = own(match, 0)
    upgrades = match.games.games["upgrades"][0, 0]
    working = match.games.units["order"][0][match.games.units["player"][0] == 0]
    assert units["Zerg_Sunken_Colony"] >= 1
    assert upgrades.any() or (working == order_id("Upgrade")).any()
    assert units["Zerg_Hatchery"] + units["Zerg_Lair"] >= 3


def test_something_unseen_that_hits_calls_for_detectors() -> None:
    match = match_of("terran:zerg", ("standard", "standard"), 2400)
    frame = match.frames[0]
    assert not _is_hit_by_the_unseen(View(frame, 0, Commands.allocate(1, 16)))

    units = frame.units[0, : frame.num_units[0]]
    units["flags"][np.flatnonzero(units["player"] == 0)[0]] |= np.uint64(1 << UnitFlag.UNDER_ATTACK)

    assert _is_hit_by_the_unseen(View(frame, 0, Commands.allocate(1, 16)))


@pytest.mark.parametrize(("minerals", "is_last"), [(75, True), (2000, False)])
def test_who_can_earn_nothing_more_attacks_with_what_is_left(minerals: int, is_last: bool) -> None:
    match = match_of("protoss:terran", ("standard", "standard"), 6000)
    frame = match.frames[0]
    units = frame.units[0, : frame.num_units[0]]
    assert View(frame, 0, Commands.allocate(1, 400)).num_bases == 1
    units["player"][IS_FIELD[units["type"]]] = -1
    frame.minerals[0] = minerals
    zealots = units["id"][(units["player"] == 0) & (units["type"] == unit_type_id("Protoss_Zealot"))]
    enemy = match.frames[0].map.starts[1]

    given = decisions(match, 0, "standard")
    view = View(frame, 0, Commands.allocate(1, 400))

    sent = given[np.isin(given["unit_id"], zealots) & (given["type"] == int(UnitCommandType.ATTACK_MOVE))]
    far = np.maximum(abs(sent["x"] - enemy["x"]), abs(sent["y"] - enemy["y"])) > 1000
    assert len(zealots)
    assert not view.earns
    assert view.num_bases == 0
    assert (len(sent) > 0 and not far.any()) == is_last
    builds = given[(given["type"] == int(UnitCommandType.BUILD)) & (given["extra"] == unit_type_id("Protoss_Nexus"))]
    assert bool(len(builds)) != is_last


def test_gas_that_is_short_keeps_nobody_from_what_needs_none() -> None:
    match = match_of("zerg:terran", ("standard", "standard"), 9000)
    frame = match.frames[0]
    frame.minerals[0], frame.gas[0] = 3000, 0
    units = frame.units[0, : frame.num_units[0]]
    eggs = units["type"] == unit_type_id("Zerg_Egg")
    units["type"][eggs], units["build_type"][eggs] = unit_type_id("Zerg_Larva"), -1
    hydralisk, zergling = unit_type_id("Zerg_Hydralisk"), unit_type_id("Zerg_Zergling")
    commands = Commands.allocate(1, 400)
    view = View(frame, 0, commands)
    assert view.can_make(hydralisk)
    assert not view.affords(hydralisk)

    _train_army(view, wishes_of("zerg", "standard"))
    view.set_aside(hydralisk)

    made = commands.items[0, : commands.count[0]]["extra"].tolist()
    assert made
    assert set(made) == {zergling}
    assert view.gas < 0
    assert view.affords(zergling)


def test_unknown_players_are_refused() -> None:
    with pytest.raises(ValueError, match="no scripted player 'stron'; known: "):
        MeleeMatch(load_scenario("melee"), ("stron", "weak"), 1)
