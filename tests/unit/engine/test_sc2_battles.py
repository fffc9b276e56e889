"""StarCraft II battles: numbers of MECHANICS.md as the engine plays them."""

import dataclasses

import numpy as np
import pytest

from bridge.scenarios import load_scenario
from engine.core.frame import Commands, Frame, UnitCommandType
from engine.core.rules import GAMES, PLAYERS_OF, rules_of
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.orders import HEAL, HOLD_POSITION, PATROL, STOP
from engine.starcraft2.state import ATTACK, MOVE
from engine.starcraft2.tables import KIND_OF, KINDS, ONE, WEAPONS, unit_type_id

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

MIDDLE = 512


def arena(*, passive=(0, 1), full_vision=True, units=()):
    """Return one game on 3m's map with nobody on it."""
    scenario = dataclasses.replace(
        load_scenario("3m"), units=units, triggers=(), passive_players=passive, full_vision=full_vision
    )
    games = StarCraft2Games(scenario, 1)
    games.start(np.ones(1, np.bool_), np.array([3], np.uint64))
    return games


def advance(games, frames):
    zero = np.zeros(0, np.int32)
    games.step(Commands.allocate(0, 1), zero, zero.astype(np.int8), frames)


def unit(games, unit_id):
    return games.units[0][games.slot_of(0, unit_id)]


def is_alive(games, unit_id):
    return games.slot_of(0, unit_id) >= 0


def frames_until(games, condition, most):
    for frame in range(1, most + 1):
        advance(games, 1)
        if condition():
            return frame
    raise AssertionError(f"not within {most} frames")


@pytest.mark.parametrize(
    ("attacker", "victim", "hits"),
    [
        ("Marine", "Marine", 8),  # 45 / 6
        ("Marine", "Zergling", 6),  # 35 / 6, regenerating 0.07 a loop
        ("Zealot", "Marine", 3),  # 45 / (2 * 8)
        ("Zealot", "Marauder", 9),  # 125 / (2 * (8 - 1))
        ("Marauder", "Marauder", 7),  # 125 / (10 + 10 - 1)
        ("Stalker", "Stalker", 10),  # 80 / 18: 4.4; then 80 / 17
        ("Stalker", "Zealot", 12),  # 50 shields at 13, the fourth lets 2 - 1 through, 100 life at 12
        ("Marine", "Ultralisk", 133),  # 500 / (6 - 2): 125, and 30 points that regenerate meanwhile
    ],
)
def test_hits_until_death_are_those_of_the_damage_rule(attacker, victim, hits):
    games = arena()
    one = games.create_unit(0, attacker, 0, MIDDLE, MIDDLE)
    other = games.create_unit(0, victim, 1, MIDDLE + 48, MIDDLE)
    games.order(0, one, ATTACK, other)

    shots = 0
    for _ in range(4000):
        advance(games, 1)
        shots += int(unit(games, one)["fired_frame"] == games.games["frame"][0])
        if not is_alive(games, other):
            break

    assert not is_alive(games, other)
    assert hits <= shots <= hits + 1


@pytest.mark.parametrize("name", ["Marine", "Zealot", "Stalker", "Zergling", "Hydralisk", "Colossus"])
def test_time_between_shots_is_the_cooldown_with_its_random_part(name):
    games = arena()
    one = games.create_unit(0, name, 0, MIDDLE, MIDDLE)
    other = games.create_unit(0, "CommandCenter", 1, MIDDLE + 110, MIDDLE)
    games.order(0, one, ATTACK, other)
    weapon = WEAPONS[KINDS[KIND_OF[unit_type_id(name)]]["ground_weapon"]]

    fired = []
    for _ in range(900):
        advance(games, 1)
        if unit(games, one)["fired_frame"] == games.games["frame"][0]:
            fired.append(int(games.games["frame"][0]))
    gaps = np.diff(fired)

    low = weapon["cooldown"] + weapon["random_low"]
    high = weapon["cooldown"] + weapon["random_high"]
    assert len(gaps) > 20
    assert gaps.min() >= low // ONE
    assert gaps.max() <= -(-high // ONE) + 1
    assert len(set(gaps.tolist())) > 1, "the random part is missing"


@pytest.mark.parametrize(("name", "per_loop"), [("Marine", 0.140625), ("Zergling", 0.1845703125), ("Mutalisk", 0.25)])
def test_top_speed_is_that_of_the_tables(name, per_loop):
    games = arena()
    one = games.create_unit(0, name, 0, 64, MIDDLE)
    games.order(0, one, MOVE, -1, 30 * ONE, 16 * ONE)
    advance(games, 20)
    x = int(unit(games, one)["x"])

    advance(games, 32)

    assert (int(unit(games, one)["x"]) - x) / ONE / 32 == pytest.approx(per_loop, rel=0.01)


def test_worker_needs_18_loops_to_full_speed():
    games = arena()
    one = games.create_unit(0, "SCV", 0, 64, MIDDLE)
    games.order(0, one, MOVE, -1, 30 * ONE, 16 * ONE)
    top = KINDS[KIND_OF[unit_type_id("SCV")]]["speed"]
    turning = frames_until(games, lambda: unit(games, one)["speed"] > 0, 10)

    assert turning <= 3
    assert frames_until(games, lambda: unit(games, one)["speed"] == top, 30) == 17


def test_shields_regenerate_two_a_second_after_ten_quiet_seconds():
    games = arena()
    one = games.create_unit(0, "Zealot", 0, MIDDLE, MIDDLE)
    other = games.create_unit(0, "Marine", 1, MIDDLE + 96, MIDDLE)
    games.order(0, other, ATTACK, one)
    frames_until(games, lambda: unit(games, one)["shield"] == 44 * ONE, 100)
    games.order(0, other, STOP)

    waited = frames_until(games, lambda: unit(games, one)["shield"] > 44 * ONE, 400)
    advance(games, 15)

    assert waited == 160
    assert unit(games, one)["shield"] == 46 * ONE


def test_zerg_regenerate_and_terrans_do_not():
    games = arena()
    for name, player, x in (("Roach", 0, MIDDLE), ("Marauder", 1, MIDDLE + 300)):
        games.create_unit(0, name, player, x, MIDDLE)
    games.units["hp"][0, :2] = 50 * ONE

    advance(games, 160)

    assert games.units["hp"][0, 0] / ONE == pytest.approx(50 + 2.734, abs=0.01)
    assert games.units["hp"][0, 1] == 50 * ONE


def test_medivac_heals_nine_points_a_second_for_three_energy():
    games = arena()
    medivac = games.create_unit(0, "Medivac", 0, MIDDLE, MIDDLE)
    marine = games.create_unit(0, "Marine", 0, MIDDLE + 40, MIDDLE)
    unit(games, marine)["hp"] = 10 * ONE
    assert games.order(0, medivac, HEAL, marine) == 1
    advance(games, 1)
    before = int(unit(games, marine)["hp"]), int(unit(games, medivac)["energy"])

    advance(games, 32)

    assert (int(unit(games, marine)["hp"]) - before[0]) / ONE == pytest.approx(18)
    assert (before[1] - int(unit(games, medivac)["energy"])) / ONE == pytest.approx(2 * (3 - 0.5625))


def test_move_in_the_wind_up_calls_the_attack_off_and_costs_no_cooldown():
    games = arena()
    one = games.create_unit(0, "Hydralisk", 0, MIDDLE, MIDDLE)
    other = games.create_unit(0, "Zealot", 1, MIDDLE + 96, MIDDLE)
    games.order(0, one, ATTACK, other)
    frames_until(games, lambda: unit(games, one)["phase"] == 1, 10)

    games.order(0, one, MOVE, -1, 4 * ONE, 16 * ONE)
    advance(games, 10)

    assert unit(games, other)["shield"] == 50 * ONE
    assert unit(games, one)["cooldown"] == 0


def test_move_after_the_shot_keeps_the_cooldown():
    games = arena()
    one = games.create_unit(0, "Marine", 0, MIDDLE, MIDDLE)
    other = games.create_unit(0, "Zealot", 1, MIDDLE + 96, MIDDLE)
    games.order(0, one, ATTACK, other)
    frames_until(games, lambda: unit(games, other)["shield"] < 50 * ONE, 20)

    games.order(0, one, MOVE, -1, 4 * ONE, 16 * ONE)
    x = int(unit(games, one)["x"])
    advance(games, 4)

    assert unit(games, one)["x"] < x
    assert unit(games, one)["cooldown"] > 0


def test_passive_units_wait_for_orders_and_others_do_not():
    games = arena(passive=(0,))
    games.create_unit(0, "Marine", 0, MIDDLE, MIDDLE)
    games.create_unit(0, "Marine", 1, MIDDLE + 100, MIDDLE)

    advance(games, 40)

    assert games.units["hp"][0, 0] < 45 * ONE
    assert games.units["hp"][0, 1] == 45 * ONE


def test_idle_friends_within_four_cells_answer_a_call_for_help():
    games = arena(passive=(1,))
    games.create_unit(0, "Zealot", 0, MIDDLE, MIDDLE)
    near = games.create_unit(0, "Zealot", 0, MIDDLE - 90, MIDDLE)
    far = games.create_unit(0, "Zealot", 0, MIDDLE - 300, MIDDLE)
    tank = games.create_unit(0, "SiegeTank", 1, MIDDLE + 240, MIDDLE)
    games.order(0, tank, ATTACK, int(games.index[0][0]))

    frames_until(games, lambda: games.units["shield"][0, 0] < 50 * ONE, 100)
    advance(games, 10)

    assert unit(games, near)["target"] == tank
    assert unit(games, far)["target"] == -1


def test_splash_of_a_baneling_hits_all_enemies_near_it_and_no_friend():
    games = arena()
    bane = games.create_unit(0, "Baneling", 0, MIDDLE, MIDDLE)
    friend = games.create_unit(0, "Zergling", 0, MIDDLE - 20, MIDDLE)
    marines = [games.create_unit(0, "Marine", 1, MIDDLE + 40, MIDDLE + dy) for dy in (-30, 0, 30)]
    games.order(0, bane, ATTACK, marines[1])

    frames_until(games, lambda: not is_alive(games, bane), 60)

    assert unit(games, friend)["hp"] == 35 * ONE
    assert [unit(games, marine)["hp"] // ONE for marine in marines] == [10, 10, 10]


def test_sieged_tank_hurts_friends_and_nobody_too_near():
    games = arena()
    tank = games.create_unit(0, "SiegeTankSieged", 0, 200, MIDDLE)
    target = games.create_unit(0, "Marauder", 1, 500, MIDDLE)
    friend = games.create_unit(0, "Zergling", 0, 524, MIDDLE)
    games.order(0, tank, ATTACK, target)
    frames_until(games, lambda: unit(games, target)["hp"] < 125 * ONE, 60)
    near = games.create_unit(0, "Marine", 1, 230, MIDDLE)

    games.order(0, tank, ATTACK, near)
    advance(games, 100)

    assert unit(games, target)["hp"] == (125 - 69) * ONE
    assert not is_alive(games, friend) or unit(games, friend)["hp"] < 35 * ONE
    assert unit(games, near)["hp"] == 45 * ONE


def test_ground_units_keep_their_distance_and_flyers_pass_over_them():
    games = arena()
    for _ in range(6):
        games.create_unit(0, "Marine", 0, MIDDLE, MIDDLE)
    flyer = games.create_unit(0, "Medivac", 0, 300, MIDDLE)
    for i in games.index[0][:6]:
        games.order(0, int(i), MOVE, -1, 20 * ONE, 16 * ONE)
    games.order(0, flyer, MOVE, -1, 25 * ONE, 16 * ONE)

    advance(games, 300)

    places = np.stack([games.units["x"][0, :6], games.units["y"][0, :6]], axis=1) / ONE
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)[np.triu_indices(6, 1)]
    assert apart.min() > 0.7
    assert abs(places - [20, 16]).max() < 2.5
    assert unit(games, flyer)["x"] == pytest.approx(25 * ONE, abs=ONE // 4)


def test_way_round_a_corner_is_found_and_no_wall_is_walked_through():
    scenario = dataclasses.replace(load_scenario("corridor"), units=(), triggers=(), passive_players=(0, 1))
    games = StarCraft2Games(scenario, 1)
    games.start(np.ones(1, np.bool_), np.zeros(1, np.uint64))
    one = games.create_unit(0, "Zergling", 0, 800, 200)
    games.order(0, one, MOVE, -1, 4 * ONE, 28 * ONE)

    for _ in range(600):
        advance(games, 1)
        u = unit(games, one)
        assert games.ground[u["y"] // ONE, u["x"] // ONE] & 1, "it stands in a wall"

    assert np.hypot(u["x"] / ONE - 4, u["y"] / ONE - 28) < 0.5


def test_unreachable_goal_is_approached_as_far_as_it_goes():
    games = arena()
    one = games.create_unit(0, "Marine", 0, MIDDLE, MIDDLE)
    games.order(0, one, MOVE, -1, 16 * ONE, 2 * ONE)

    advance(games, 300)

    assert unit(games, one)["num_orders"] == 0
    assert 7 <= unit(games, one)["y"] / ONE < 8


def test_queued_orders_follow_each_other_and_results_are_the_real_games():
    games = arena()
    one = games.create_unit(0, "Marine", 0, MIDDLE, MIDDLE)
    medivac = games.create_unit(0, "Medivac", 0, 300, MIDDLE)

    results = [games.order(0, one, MOVE, -1, 18 * ONE, 16 * ONE)]
    results += [games.order(0, one, 3794, -1, 18 * ONE, 18 * ONE, queued=True)]
    results += [games.order(0, one, PATROL, -1, 10 * ONE, 10 * ONE, queued=True) for _ in range(7)]
    results += [games.order(0, one, 9999), games.order(0, one, HEAL, medivac), games.order(0, medivac, ATTACK, one)]
    results += [games.order(0, one, ATTACK, one), games.order(0, one, ATTACK, 4000), games.order(0, 77, MOVE)]

    assert results == [1, 1, 1, 1, 1, 1, 1, 1, 203, 2, 2, 36, 36, 36, 2]
    frames_until(games, lambda: unit(games, one)["num_orders"] == 7, 40)
    assert unit(games, one)["x"] == pytest.approx(18 * ONE, abs=ONE // 8)


def test_who_holds_position_shoots_but_does_not_walk():
    games = arena(passive=(1,))
    one = games.create_unit(0, "Marine", 0, MIDDLE, MIDDLE)
    games.create_unit(0, "Zealot", 1, MIDDLE + 150, MIDDLE)
    far = games.create_unit(0, "Zealot", 1, MIDDLE + 300, MIDDLE)
    games.order(0, one, HOLD_POSITION)

    frames_until(games, lambda: not is_alive(games, int(games.index[0][0]) + 1), 900)
    advance(games, 50)

    assert unit(games, one)["x"] == MIDDLE * 128
    assert unit(games, far)["shield"] == 50 * ONE


def test_what_nobody_sees_is_not_shown_and_not_attacked():
    games = arena(passive=(), full_vision=False)
    games.create_unit(0, "Marine", 0, 200, MIDDLE)
    games.create_unit(0, "Marine", 1, 200 + 10 * 32, MIDDLE)
    frame = Frame.allocate(2, games.unit_capacity, games.scenario.map)
    rows, players = np.zeros(2, np.int32), np.array([0, 1], np.int8)

    games.observe(frame, rows, players)
    hidden = frame.num_units.tolist()
    games.create_unit(0, "Observer", 0, 400, MIDDLE)
    games.observe(frame, rows, players)

    assert hidden == [1, 1]
    assert frame.num_units.tolist() == [3, 2]


def played(games, frames, seed=5):
    games.start(np.ones(games.num_games, np.bool_), np.full(games.num_games, seed, np.uint64))
    rows, players = np.zeros(1, np.int32), np.zeros(1, np.int8)
    frame = Frame.allocate(1, games.unit_capacity, games.scenario.map)
    commands = Commands.allocate(1, games.unit_capacity)
    for _ in range(frames // 8):
        games.observe(frame, rows, players)
        commands.clear()
        units = frame.units[0, : frame.num_units[0]]
        enemies = units[units["player"] == 1]
        for own in units[units["player"] == 0]:
            item = commands.items[0, commands.count[0]]
            item["unit_id"], item["type"] = own["id"], UnitCommandType.ATTACK_UNIT
            item["target_id"] = enemies["id"][0] if len(enemies) else -1
            commands.count[0] += len(enemies) > 0
        games.step(commands, rows, players, 8)


@pytest.mark.parametrize("name", ["3m", "MMM", "2s3z", "so_many_baneling"])
def test_same_seed_and_commands_give_the_same_game_and_snapshots_are_exact(name):
    scenario = load_scenario(name)
    one, two = StarCraft2Games(scenario, 1), StarCraft2Games(scenario, 2)
    played(one, 80)
    played(two, 80)

    saved = one.snapshot(0)
    assert one.digest(0) == two.digest(0)
    advance(one, 64)
    after = one.digest(0)
    one.restore(0, saved)
    advance(one, 64)

    assert one.digest(0) == after


def test_another_seed_gives_another_game():
    games = StarCraft2Games(load_scenario("3m"), 1)
    played(games, 160, seed=5)
    first = games.digest(0)

    played(games, 160, seed=6)

    assert games.digest(0) != first


def test_killed_armies_respawn_where_they_began():
    games = StarCraft2Games(load_scenario("2s3z"), 1)
    played(games, 160)
    units = games.units[0]
    alive = [int(i) for i in games.index[0][: games.games["num_units"][0]]]
    games.kill_units(0, [i + 4096 * int(units["generation"][i]) for i in alive])
    advance(games, 1)
    empty = int(games.games["num_units"][0])

    games.respawn(0)

    assert empty == 0
    assert games.games["num_units"][0] == 10
    assert sorted(units["player"][games.index[0][:10]].tolist()) == [0] * 5 + [1] * 5


def test_scenario_with_triggers_that_this_game_does_not_know_is_refused():
    scenario = load_scenario("3m")
    trigger = load_scenario("m5v5_c_far").triggers[1]

    with pytest.raises(ValueError, match=r"trigger with 'command'; StarCraft II knows 'always' and 'order'"):
        StarCraft2Games(dataclasses.replace(scenario, triggers=(trigger,)), 1)


def test_names_of_players_that_files_are_checked_by_are_those_of_the_games():
    assert {game: set(names) for game, names in PLAYERS_OF.items()} == {
        game: set(rules_of(game).players) for game in GAMES
    }
