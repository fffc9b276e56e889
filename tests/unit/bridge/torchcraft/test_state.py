"""`State` against what TorchCraft's own client knew, and against a second, plain model of its rules."""

import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torchcraft_golden import SEQUENCES, expectation, messages

from bridge.torchcraft import codec
from bridge.torchcraft.messages import (
    WIRE_UNIT_DTYPE,
    EndGame,
    Error,
    HandshakeServer,
    Player,
    PlayerLeft,
    StateUpdate,
    WireFrame,
)
from bridge.torchcraft.state import PlayerInfo, Position, State

ME, FOE, NEUTRAL = 0, 1, -1

MARINE, MAP_REVEALER = 0, 101


def frame(units, width=64, height=64):
    """Return a wire frame of {player: [(id, type), ...]}."""
    rows = np.zeros(sum(map(len, units.values())), WIRE_UNIT_DTYPE)
    rows["id"] = [unit_id for of_player in units.values() for unit_id, _ in of_player]
    rows["type"] = [kind for of_player in units.values() for _, kind in of_player]
    rows["playerId"] = [player for player, of_player in units.items() for _ in of_player]
    return WireFrame(
        player_ids=np.array(list(units), np.int32),
        num_units=np.array([len(of_player) for of_player in units.values()], np.int32),
        units=rows,
        width=width,
        height=height,
    )


def marines(*ids):
    return [(unit_id, MARINE) for unit_id in ids]


def update(units=None, deaths=(), at=0):
    data = None if units is None else frame(units)
    return StateUpdate(data=data, deaths=np.array(deaths, np.int32), frame_from_bwapi=at)


def started(**options):
    state = State(**options)
    state.update(HandshakeServer(player_id=ME, neutral_id=NEUTRAL))
    return state


def ids(state):
    return {player: [unit.id for unit in units] for player, units in state.units.items()}


# ------------------------------------------------------------------------------------------------------------- golden


def rows_of(unit, expected):
    def value(column):
        if column == "orders":
            return [[getattr(order, name) for name in expected["order_columns"]] for order in unit.orders]
        if column == "command":
            return [getattr(unit.command, name) for name in expected["command_columns"]]
        return getattr(unit, column)

    return [value(column) for column in expected["unit_columns"]]


def frame_of(state, expected):
    shown = state.frame
    return {
        **{name: getattr(shown, name) for name in ("width", "height", "reward", "is_terminal")},
        "units": {str(p): [rows_of(unit, expected) for unit in units] for p, units in shown.units.items()},
        "resources": {
            str(p): [getattr(r, name) for name in expected["resource_columns"]] for p, r in shown.resources.items()
        },
        "bullets": [[getattr(bullet, name) for name in expected["bullet_columns"]] for bullet in shown.bullets],
        "creep_map": state.wire.creep_map.tobytes().hex(),
        "actions": {
            str(p): [[getattr(a, name) for name in expected["action_columns"]] for a in actions]
            for p, actions in shown.actions.items()
        },
    }


def known_to(state, expected, wanted):
    known = {
        "screen_position": list(state.screen_position),
        "visibility": bytes(state.visibility).hex(),
        "image": bytes(state.image).hex(),
        "image_size": list(state.image_size),
        "players": {
            str(player): {"race": i.race, "name": i.name, "is_enemy": i.is_enemy, "has_left": i.has_left}
            for player, i in state.player_info.items()
        },
        "unit_ids": {str(player): of_player for player, of_player in ids(state).items()},
        "alive": {str(unit_id): player for unit_id, player in state.aliveUnits.items()},
    }
    if "frame" in wanted:
        known["frame"] = frame_of(state, expected)
    return {name: known[name] if name in known else getattr(state, name) for name in wanted}


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_state_after_each_recorded_message_is_what_torchcraft_has(sequence):
    expected = expectation(sequence)
    state = State(microBattles=expected["micro_battles"])

    for data, wanted in zip(messages(sequence), expected["messages"], strict=True):
        names = state.update(codec.decode_server(data))

        assert (wanted["file"], names) == (wanted["file"], wanted["cpp_updates"])
        assert known_to(state, expected, wanted["state"]) == wanted["state"], wanted["file"]


def test_handshake_fills_in_the_recorded_map():
    wanted = expectation("A_macro")["messages"][0]["handshake"]
    state = State()

    state.update(codec.decode_server(messages("A_macro")[0]))

    assert state.lag_frames == wanted["lag_frames"]
    assert list(state.map_size) == wanted["map_size"]
    for name in ("ground_height_data", "walkable_data", "buildable_data"):
        assert bytes(getattr(state, name)).hex() == wanted[name]
    assert state.map_name == wanted["map_name"]
    assert [[place.x, place.y] for place in state.start_locations] == wanted["start_locations"]


# -------------------------------------------------------------------------------------------------------------- units


def test_units_leave_out_the_dead_and_own_units_of_unknown_type():
    state = started()

    state.update(
        update({ME: [*marines(1, 2), (3, MAP_REVEALER)], FOE: [(4, MAP_REVEALER)], NEUTRAL: [(5, 999)]}, deaths=[2])
    )

    assert ids(state) == {ME: [1], FOE: [4], NEUTRAL: [5]}
    assert state.aliveUnits == {1: ME, 4: FOE, 5: NEUTRAL}
    assert [unit.id for unit in state.frame.units[ME]] == [1, 2, 3]


def test_develop_leaves_out_all_unknown_types_but_neutral_ones():
    state = started(protocol=31)

    state.update(update({ME: [(3, MAP_REVEALER), (1, MARINE)], FOE: [(4, -7)], NEUTRAL: [(5, 999)]}))

    assert ids(state) == {ME: [1], FOE: [], NEUTRAL: [5]}


@pytest.mark.parametrize(("protocol", "theirs"), [(30, [2]), (31, [])])
def test_player_without_units_is_stale_by_protocol_30_and_cleared_by_31(protocol, theirs):
    state = started(protocol=protocol)
    state.update(update({ME: marines(1), FOE: marines(2)}))

    state.update(update({ME: marines(1)}))

    assert ids(state) == {ME: [1], FOE: theirs}


def test_units_kept_across_an_update_keep_their_values():
    state = started()
    state.update(update({ME: marines(1)}))
    kept, unread = state.units[ME][0], state.frame.units[ME][0]
    assert kept.id == 1

    state.update(update({ME: marines(7)}))

    assert (kept.id, kept.health, unread.id) == (1, 0, 1)
    assert [unit.id for unit in state.units[ME]] == [7]


def test_state_and_frame_are_the_same_objects_and_lists_are_the_callers():
    state = started()
    shown = state.frame
    state.update(update({ME: marines(1, 2)}))

    state.units[ME].reverse()
    state.units.clear()

    assert state.frame is shown
    assert ids(state) == {ME: [1, 2]}
    assert state.units[ME][0] is state.units[ME][0]


def test_clone_stays_as_it_was():
    state = started()
    state.update(update({ME: marines(1)}, deaths=[9], at=4))
    state.player_info[ME] = PlayerInfo(id=ME, name="me")

    copy = state.clone()
    state.update(update({ME: marines(5)}, deaths=[1], at=5))
    state.player_info[ME].name = "changed"

    assert (ids(copy), copy.deaths, copy.frame_from_bwapi) == ({ME: [1]}, [9], 4)
    assert [unit.id for unit in copy.frame.units[ME]] == [1]
    assert copy.player_info[ME].name == "me"


def test_writable_members_can_be_written():
    state = started()
    state.update(update({ME: marines(1)}))

    state.units = {FOE: state.units[ME]}
    state.aliveUnits = {8: FOE}
    for name in ("ground_height_data", "walkable_data", "buildable_data", "visibility", "image"):
        setattr(state, name, [1, 2, 3])

    assert ids(state) == {FOE: [1]}
    assert state.aliveUnits == {8: FOE}
    assert state.ground_height_data == state.image == state.visibility == [1, 2, 3]


# ------------------------------------------------------------------------------------------------- other messages


def test_player_left_marks_the_first_player_of_that_name_and_empties_deaths():
    state = State()
    players = tuple(Player(id=number, name=name) for number, name in ((2, "b"), (0, "a"), (1, "b")))
    state.update(HandshakeServer(players=players))
    state.update(update(deaths=[3]))

    assert state.update(PlayerLeft(player_left="b")) == []

    assert [player.has_left for player in state.player_info.values()] == [False, True, False]
    assert list(state.player_info) == [0, 1, 2]
    assert state.deaths == []


def test_error_empties_deaths_only():
    state = started()
    state.update(update({ME: marines(1)}, deaths=[3]))

    state.update(Error(message="no"))

    assert (state.deaths, ids(state)) == ([], {ME: [1]})


def test_end_of_the_game_is_taken_in_without_data():
    state = started()
    state.update(update({ME: marines(1)}, deaths=[3], at=8))

    names = state.update(EndGame(game_won=True))

    assert names == ["game_ended", "game_won"]
    assert (state.game_ended, state.game_won, state.deaths, state.frame_from_bwapi) == (True, True, [], 8)


def test_handshake_forgets_all_but_the_visibility():
    state = started()
    state.update(StateUpdate(data=frame({ME: marines(1)}), visibility=np.ones(4, np.uint8), visibility_size=(2, 2)))
    state.update(EndGame(game_won=True))

    state.update(HandshakeServer(start_locations=((3, 4),), players=(Player(id=1, race=42),), map_title="ignored"))

    assert not state.game_ended
    assert (ids(state), state.frame.units) == ({}, {})
    assert (state.visibility, state.visibility_size) == ([1, 1, 1, 1], (2, 2))
    assert state.start_locations == [Position(3, 4)]
    assert state.player_info[1].race == 8


def test_image_becomes_planes_of_red_green_and_blue():
    state = started()
    pixels = np.array([[[3, 2, 1, 0], [6, 5, 4, 0]]], np.uint8)  # blue, green, red, unused

    state.update(StateUpdate(img_data=pixels.reshape(-1), img_size=(2, 1), img_mode="raw", screen_position=(5, 6)))

    assert state.image == [1, 4, 2, 5, 3, 6]
    assert state.image_planes.tolist() == [[[1, 4]], [[2, 5]], [[3, 6]]]
    assert (state.image_size, state.img_mode, state.screen_position) == ((2, 1), "raw", (5, 6))


def test_what_does_not_fit_its_size_is_dropped_with_one_warning(caplog):
    state = started()
    bad = StateUpdate(visibility=np.ones(260, np.uint8), img_data=np.ones(3, np.uint8), img_size=(2, 2))

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            state.update(bad)

    assert (state.visibility, state.image, state.image_size) == ([], [], (0, 0))
    assert [record.getMessage().split()[0] for record in caplog.records] == ["visibility", "image"]


def test_only_considered_types_keep_a_battle_going():
    state = started(microBattles=True, onlyConsideredTypes={37})
    state.update(update({ME: [(1, 37), (2, MARINE)], FOE: [(3, 37)]}))
    assert state.aliveUnitsConsidered == {1: ME, 3: FOE}

    state.update(update({ME: [(2, MARINE)], FOE: [(3, 37)]}, deaths=[1]))

    assert (state.battle_just_ended, state.battle_won) == (True, False)


# ------------------------------------------------------------------------------------------- battles, a second model


class PlainModel:
    """TorchCraft's rules (1.4.0, client/state.cpp) once more, step by step over dictionaries, for protocol 30."""

    def __init__(self):
        self.units, self.alive = {ME: [], FOE: []}, {}
        self.just_ended = self.won = False
        self.waiting, self.last_end = True, 0

    def take(self, units, deaths, at):
        self.just_ended = False
        for unit_id in deaths:
            self.alive.pop(unit_id, None)
            own = sum(player == ME for player in self.alive.values())
            enemy = sum(player == FOE for player in self.alive.values())
            if not self.waiting and (own == 0 or enemy == 0):
                self.just_ended, self.waiting, self.last_end = True, True, at
                self.won = own > 0 or enemy == 0
                break
        if self.just_ended:
            self.units = {player: [u for u in mine if u in self.alive] for player, mine in self.units.items()}
            return
        for player, mine in units.items():
            self.units[player] = [unit_id for unit_id in mine if unit_id not in deaths]
        self.alive = {unit_id: player for player, mine in self.units.items() for unit_id in mine}
        if self.waiting and self.units[ME] and self.units[FOE]:
            self.waiting = False


unit_ids = st.lists(st.integers(0, 11), unique=True, max_size=6)


@st.composite
def battle_messages(draw):
    everyone = draw(unit_ids)
    cut = draw(st.integers(0, len(everyone)))
    sides = {ME: everyone[:cut], FOE: everyone[cut:]}
    seen = {player: mine for player, mine in sides.items() if draw(st.booleans())}
    return seen, draw(st.lists(st.integers(0, 11), max_size=8))


@given(st.lists(battle_messages(), max_size=12))
@settings(max_examples=150, deadline=None)
def test_battles_follow_the_plain_model(sent):
    state, model = started(microBattles=True), PlainModel()

    for at, (units, deaths) in enumerate(sent, 1):
        state.update(update({player: marines(*mine) for player, mine in units.items()}, deaths, at))
        model.take(units, deaths, at)

        assert ids(state) == model.units
        assert state.aliveUnits == model.alive
        assert (state.battle_just_ended, state.battle_won) == (model.just_ended, model.won)
        assert (state.waiting_for_restart, state.last_battle_ended) == (model.waiting, model.last_end)
