"""Melee games on the server: what a client is told at first, the economy's commands, and how a match ends."""

import pytest
from wire_talk import Talk, command, make_host

from bridge.torchcraft.codec import decode_server, encode
from bridge.torchcraft.constants import BWAPI_ERRORS, ENUMS
from bridge.torchcraft.messages import CommandsMessage, EndGame, HandshakeClient

KINDS, TYPES, RACES = (ENUMS[name] for name in ("unitcommandtypes", "unittypes", "races"))
NO_UNIT = -1
MELEE = "melee?map=crossing_small&races=terran:zerg&starts=0:1"
NEUTRAL_ID = -1


def refused(name):
    return 64 | BWAPI_ERRORS[name]


def of_type(talk, name, player=0):
    return [unit for unit in talk.units(player) if unit.type == TYPES[name]]


@pytest.fixture
def talk():
    talk = Talk(make_host(MELEE))
    talk.join()
    return talk


def test_handshake_of_a_melee_game_names_map_races_and_starts(talk):
    state, game_map = talk.state, talk.host.match.scenario.map

    assert state.map_name == game_map.name
    assert {number: info.race for number, info in state.player_info.items()} == {
        0: RACES["Terran"],
        1: RACES["Zerg"],
        NEUTRAL_ID: RACES["None"],
    }
    (center,) = of_type(talk, "Terran_Command_Center")
    assert (center.x - 8, center.y - 6) == (state.start_locations[0].x, state.start_locations[0].y)
    assert len(state.start_locations) == len(game_map.starts)
    assert sum(state.buildable_data) == 16 * game_map.buildable.sum()


def test_game_begins_with_a_depot_four_workers_fifty_minerals_and_the_fields_in_sight(talk):
    wallet = talk.state.frame.resources[0]

    assert len(of_type(talk, "Terran_SCV")) == 4
    assert (wallet.ore, wallet.gas, wallet.used_psi, wallet.total_psi) == (50, 0, 8, 20)
    assert 1 not in talk.state.units
    kinds = [unit.type for unit in talk.units(NEUTRAL_ID)]
    assert kinds.count(TYPES["Resource_Vespene_Geyser"]) == 1
    assert len(kinds) >= 8


def two_talks(scenario):
    host = make_host(scenario, players=(None, None))
    return Talk(host, 0), Talk(host, 1)


def exchange(talks, *messages):
    """Put both requests, then let the game run, then take both answers."""
    for talk, message in zip(talks, messages, strict=True):
        talk.host.receive(talk.seat, encode(message, talk.uid))
    talks[0].run()
    replies, talks[0].inbox = talks[0].inbox + talks[0].host.take_replies(), []
    for seat, data in replies:
        talks[seat].reply = decode_server(data)
        talks[seat].state.update(talks[seat].reply)


def play(talks, frames=1):
    for _ in range(frames):
        exchange(talks, CommandsMessage(), CommandsMessage())


def test_race_left_to_chance_is_known_to_its_player_only():
    one, two = talks = two_talks("melee?map=crossing_small&races=random:random")
    exchange(talks, HandshakeClient(), HandshakeClient())

    own = (one.state.player_info[0].race, two.state.player_info[1].race)

    assert {one.state.player_info[1].race, two.state.player_info[0].race} == {RACES["Unknown"]}
    assert set(own) <= {RACES["Terran"], RACES["Protoss"], RACES["Zerg"]}


def test_player_without_a_building_has_lost_and_the_next_game_begins():
    one, two = talks = two_talks(MELEE)
    exchange(talks, HandshakeClient(), HandshakeClient())
    play(talks, 2)
    (center,) = of_type(one, "Terran_Command_Center")

    kill = CommandsMessage(commands=(command("command_openbw", 0, center.id),))
    exchange(talks, kill, CommandsMessage())
    for _ in range(60):
        if isinstance(one.reply, EndGame):
            break
        play(talks)

    assert (type(one.reply), type(two.reply)) == (EndGame, EndGame)
    assert (one.state.game_won, two.state.game_won) == (False, True)
    assert one.state.game_ended
    assert two.state.game_ended
    assert one.reply.data is not None
    assert not of_type(one, "Terran_Command_Center")
    exchange(talks, HandshakeClient(), HandshakeClient())
    assert not one.state.game_ended
    play(talks, 2)
    assert len(of_type(one, "Terran_Command_Center")) == 1


def test_quitting_loses(talk):
    reply = talk.send(command("quit"))

    assert isinstance(reply, EndGame)
    assert not reply.game_won


def test_worker_told_to_gather_brings_minerals(talk):
    scv = of_type(talk, "Terran_SCV")[0]
    field = min(talk.units(NEUTRAL_ID), key=lambda unit: abs(unit.x - scv.x) + abs(unit.y - scv.y))

    assert talk.statuses(command("command_unit", scv.id, KINDS["Gather"], field.id)) == [0]
    flags = set()
    for _ in range(400):
        talk.send()
        unit = next(unit for unit in talk.units(0) if unit.id == scv.id)
        flags.update(name for name in ("gathering_minerals", "carrying_minerals") if getattr(unit, name))
        if talk.state.frame.resources[0].ore > 50:
            break

    assert talk.state.frame.resources[0].ore == 58
    assert flags == {"gathering_minerals", "carrying_minerals"}


def test_training_is_told_of_and_refused_as_bwapi_does(talk):
    (center,) = of_type(talk, "Terran_Command_Center")
    train = command("command_unit", center.id, KINDS["Train"], NO_UNIT, 0, 0, TYPES["Terran_SCV"])
    marine = command("command_unit", center.id, KINDS["Train"], NO_UNIT, 0, 0, TYPES["Terran_Marine"])

    assert talk.statuses(marine) == [refused("Incompatible_UnitType")]
    assert talk.statuses(train) == [0]
    for _ in range(5):
        talk.send()
    assert talk.statuses(train) == [refused("Insufficient_Minerals")]
    assert talk.state.frame.resources[0].ore == 0
    (center,) = of_type(talk, "Terran_Command_Center")
    assert center.training
    assert len(of_type(talk, "Terran_SCV")) == 5
    assert talk.state.frame.resources[0].used_psi == 10

    assert talk.statuses(command("command_unit", center.id, KINDS["Cancel_Train"])) == [0]
    for _ in range(4):
        talk.send()
    assert talk.state.frame.resources[0].ore == 50
    assert len(of_type(talk, "Terran_SCV")) == 4
    assert talk.statuses(command("command_unit", center.id, KINDS["Cancel_Train"])) == [refused("Incompatible_State")]


def test_building_goes_to_the_tile_that_walk_tiles_name(talk):
    talk.host.match.games.games["minerals"][0, 0] = 200
    scv = of_type(talk, "Terran_SCV")[0]
    game_map = talk.host.match.scenario.map
    (center,) = of_type(talk, "Terran_Command_Center")
    depot = TYPES["Terran_Supply_Depot"]

    def tell(x, y):
        return talk.statuses(command("command_unit", scv.id, KINDS["Build"], NO_UNIT, x, y, depot))

    assert tell(center.x, center.y) == [refused("Unbuildable_Location")]
    column, row = free_place(talk, center, game_map)
    assert tell(4 * column + 3, 4 * row + 1) == [0]  # a walk tile inside the build tile
    told = next(unit for unit in talk.units(0) if unit.id == scv.id).command
    assert (told.type, told.targetX, told.targetY, told.extra) == (KINDS["Build"], 4 * column, 4 * row, depot)
    for _ in range(300):
        talk.send()
        if of_type(talk, "Terran_Supply_Depot"):
            break
    (built,) = of_type(talk, "Terran_Supply_Depot")
    assert (built.pixel_x, built.pixel_y) == (32 * column + 48, 32 * row + 32)
    assert built.being_constructed
    assert talk.state.frame.resources[0].ore == 100


def free_place(talk, center, game_map):
    """Return a build tile below the base where three by two tiles are free."""
    for row in range(center.y // 4 + 4, game_map.height - 4):
        for column in range(center.x // 4 - 4, center.x // 4 + 4):
            is_free = game_map.buildable[row : row + 2, column : column + 3].all()
            fields = [(unit.x // 4 - column, unit.y // 4 - row) for unit in talk.units(NEUTRAL_ID)]
            if is_free and not any(abs(x) < 6 and abs(y) < 5 for x, y in fields):
                return column, row
    raise AssertionError("the map has no room")
