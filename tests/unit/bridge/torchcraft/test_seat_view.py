"""What a client is told of a frame, against the constants of the game and TorchCraft's own rule of combining."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_talk import MARINES

from bridge.scenarios import load_scenario
from bridge.torchcraft.constants import ENUMS, STATIC_VALUES, UNIT_FLAGS
from bridge.torchcraft.fold import MAX_ORDERS
from bridge.torchcraft.frames import Frame, first_difference
from bridge.torchcraft.match import Match
from bridge.torchcraft.type_facts import bullet_types, type_facts
from bridge.torchcraft.view import BULLET_DTYPE, tell_bullets
from engine.broodwar.rules_table import UPGRADE_NAMES, WEAPON_TYPE_NAMES
from engine.broodwar.state import BULLET_DTYPE as ENGINE_BULLET_DTYPE
from engine.core.jit import records

ATTACK_UNIT, MOVE = 1, 10
DIE = 0


def fresh_match(players=(None, "attack_move"), scenario=MARINES, seed=3):
    match = Match(load_scenario(scenario), players)
    match.start(seed)
    return match


def tell(match, args):
    match.commands.ask(args, is_protected=False)
    match.commands.decide(0)


def test_type_facts_are_those_of_the_games_constants():
    table = type_facts()
    pairs = {
        "max_health": "maxHitPoints",
        "max_shield": "maxShields",
        "armor": "armor",
        "pixel_size_x": "width",
        "pixel_size_y": "height",
    }
    checked = 0
    for unit_type in ENUMS["unittypes"].values():
        if not STATIC_VALUES["maxHitPoints"].get(unit_type):  # groups of types, and what the game cannot hurt
            continue
        for field, constant in pairs.items():
            assert table[field][unit_type] == STATIC_VALUES[constant][unit_type], (unit_type, field)
        assert table["size"][unit_type] == ENUMS["unitsizes"].get(STATIC_VALUES["size"][unit_type], 0)
        checked += 1
    assert checked > 100


def test_weapons_of_a_marine_a_zealot_and_a_valkyrie_are_as_the_protocol_counts():
    table = type_facts()
    marine, zealot, valkyrie = (
        table[ENUMS["unittypes"][name]] for name in ("Terran_Marine", "Protoss_Zealot", "Terran_Valkyrie")
    )

    assert (marine["groundATK"], marine["airATK"], marine["maxCD"], marine["groundRange"]) == (6, 6, 15, 16)
    assert (zealot["groundATK"], zealot["airATK"], zealot["maxCD"], zealot["airDmgType"]) == (16, 0, 22, 5)
    assert (valkyrie["maxCD"], valkyrie["groundRange"]) == (0, 0)  # no ground weapon, although it has an air weapon
    assert valkyrie["airATK"] > 0


def test_bullet_types_exist_in_the_games_constants():
    known = set(ENUMS["bullettypes"].values())

    assert set(bullet_types().tolist()) <= known
    assert bullet_types()[WEAPON_TYPE_NAMES.index("Gauss_Rifle")] == ENUMS["bullettypes"]["Gauss_Rifle_Hit"]


def test_first_frame_shows_both_armies_as_the_engine_has_them():
    match = fresh_match()
    match.fold(0)

    wire = match.take(0)

    assert (wire.player_ids.tolist(), wire.num_units.tolist()) == ([0, 1], [5, 5])
    assert (wire.width, wire.height, len(wire.creep_map)) == (256, 256, 64 * 64 // 8)
    units = wire.units
    assert (units["health"] == 40).all()
    assert (units["x"] == units["pixel_x"] // 8).all()
    assert (units["visible"] == 3).all()
    assert (units["command_type"] == 44).all()
    assert (units["associatedUnit"] == -1).all()
    flags = units["flags"]
    for name in ("Completed", "Detected", "Interruptible", "Powered", "Targetable"):
        assert ((flags >> np.uint64(UNIT_FLAGS[name])) & np.uint64(1)).all(), name
    assert wire.orders["first_frame"].tolist() == [match.frame] * 10
    (wallet,) = wire.resources.tolist()
    assert wallet[:7] == (0, 0, 0, 10, 0, 0, 0)
    assert {number for number in range(47) if wallet[7] >> number & 1} == known_to_everybody(match)


def known_to_everybody(match):
    return set(np.flatnonzero(match.games.games["techs"][0, 0]).tolist())


def test_upgrades_show_in_masks_and_in_what_own_units_can_do():
    match = fresh_match()
    numbers = {name: UPGRADE_NAMES.index(name) for name in ("Terran_Infantry_Weapons", "Terran_Infantry_Armor")}
    levels = match.games.games["upgrades"][0, 0]
    levels[numbers["Terran_Infantry_Weapons"]], levels[numbers["Terran_Infantry_Armor"]] = 3, 2
    levels[UPGRADE_NAMES.index("U_238_Shells")] = 1
    match.fold(0)

    wire = match.take(0)

    (wallet,) = wire.resources
    weapons, armor, shells = (1 << UPGRADE_NAMES.index(name) for name in (*numbers, "U_238_Shells"))
    assert int(wallet["upgrades"]) == weapons | armor | shells
    assert int(wallet["upgrades_level"]) == (weapons << 16) | armor
    own, others = wire.units[wire.units["playerId"] == 0][0], wire.units[wire.units["playerId"] == 1][0]
    assert (own["groundATK"], own["armor"], own["groundRange"]) == (6 + 3, 2, (128 + 32) // 8)
    assert (others["groundATK"], others["armor"], others["groundRange"]) == (6, 0, 16)


def test_other_players_view_begins_with_his_own_units():
    match = fresh_match((None, None))
    match.fold(1)

    wire = match.take(1)

    assert wire.player_ids.tolist() == [1, 0]
    assert wire.units["playerId"].tolist() == [1] * 5 + [0] * 5


def test_dying_unit_is_shown_with_the_order_die_until_it_is_reported():
    match = fresh_match()
    match.fold(0)
    victim = int(match.take(0).units["id"][0])

    match.kill_unit(victim)
    seen = []
    for _ in range(3):
        match.advance()
        match.fold(0)
        deaths = list(match.views[0].deaths)
        match.views[0].deaths.clear()
        wire = match.take(0)
        here = wire.units[wire.units["id"] == victim]
        order = wire.orders["type"][here["first_order"][0]] if len(here) else None
        seen.append((len(here), order, deaths))

    assert seen[-1] == (0, None, [])
    assert [victim] in [deaths for _, _, deaths in seen]
    assert all(count == 0 for count, _, deaths in seen if deaths)


def test_unit_killed_in_battle_is_dying_for_one_frame():
    match = fresh_match((None, "closest"))
    dying, reported = {}, {}
    for _ in range(400):
        match.advance()
        match.fold(0)
        for unit_id in match.views[0].deaths:
            reported.setdefault(unit_id, match.frame)
        match.views[0].deaths.clear()
        wire = match.take(0)
        last = wire.orders["type"][wire.units["first_order"] + wire.units["order_size"] - 1]
        for unit in wire.units[last == DIE]:
            assert unit["health"] == 0
            dying.setdefault(int(unit["id"]), match.frame)

    in_battle = dying.keys() & reported.keys()
    assert len(in_battle) >= 5
    assert {reported[unit_id] - dying[unit_id] for unit_id in in_battle} == {1}


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), lengths=st.lists(st.integers(1, 12), min_size=1, max_size=6), moves=st.randoms())
def test_folding_frames_is_torchcrafts_combining(seed, lengths, moves):
    one_by_one, piled = fresh_match(seed=seed), fresh_match(seed=seed)

    for length in lengths:
        combined = None
        for _ in range(length):
            args = [moves.randrange(0, 5), MOVE, -1, moves.randrange(60, 120), moves.randrange(120, 160)]
            for match in (one_by_one, piled):
                tell(match, args)
                match.advance()
                match.fold(0)
            frame = Frame.of(one_by_one.take(0))
            if combined is None:
                combined = frame
            else:
                combined.combine(frame)
        assert first_difference(combined.wire(), piled.take(0)) == ""


def test_orders_of_a_client_that_never_asks_stay_within_bounds():
    match = fresh_match((None, "noop"), "5mr_5mr")  # nobody attacks there by himself
    match.fold(0)
    unit = match.take(0).units[0]
    x, y = int(unit["x"]), int(unit["y"])
    for frame in range(MAX_ORDERS + 50):
        tell(match, [int(unit["id"]), MOVE, -1, x - 10 - frame % 2, y])
        match.advance()
        match.fold(0)

    assert match.take(0).units["order_size"].max() == MAX_ORDERS


def test_bullets_are_told_in_walk_tiles_where_they_are_seen():
    bullets = records(np.zeros(4, ENGINE_BULLET_DTYPE))
    bullets["x"], bullets["y"] = [40, 70, -5, 200], [33, 20, 8, 200]
    bullets["weapon"] = [0, 7, 8, 9]
    seen = np.array([[1, 0], [0, 1], [0, 1]], np.uint8)  # build tiles; what is off the map counts as at its edge
    types = bullet_types()

    def told(num_bullets, seen):
        out = records(np.zeros(num_bullets, BULLET_DTYPE))
        count = tell_bullets(bullets, num_bullets, types, seen, out)
        return out[:count].tolist()

    everywhere = np.zeros((0, 0), np.uint8)
    kinds = types[bullets["weapon"]].tolist()
    assert told(4, everywhere) == [(kinds[0], 5, 4), (kinds[1], 8, 2), (kinds[2], -1, 1), (kinds[3], 25, 25)]
    assert told(4, seen) == [(kinds[0], 5, 4), (kinds[2], -1, 1), (kinds[3], 25, 25)]
    assert told(2, seen) == [(kinds[0], 5, 4)]
