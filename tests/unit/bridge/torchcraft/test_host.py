"""The server's side of the protocol: order of messages, pace, micro battles, two clients, bad clients."""

import logging
import random

import numpy as np
import pytest
from wire_talk import MARINES, Talk, command, make_host

from bridge.errors import ConfigError
from bridge.torchcraft.codec import decode_client, decode_server, encode
from bridge.torchcraft.constants import ENUMS
from bridge.torchcraft.map_folder import MapFolder
from bridge.torchcraft.messages import (
    CommandsMessage,
    EndGame,
    Error,
    HandshakeClient,
    HandshakeServer,
    PlayerLeft,
    StateUpdate,
    WireFrame,
    WireFrameDiff,
)

KINDS = ENUMS["unitcommandtypes"]
ATTACK_UNIT, MOVE = KINDS["Attack_Unit"], KINDS["Move"]


@pytest.fixture
def talk():
    return Talk(make_host(MARINES))


# --- order of messages ------------------------------------------------------------------------------------------------


def test_match_begins_with_handshake_set_up_and_a_whole_frame(talk):
    hello = talk.shake()
    first = talk.send(command("set_speed", 0))
    second = talk.send()

    assert isinstance(hello, HandshakeServer)
    assert (hello.player_id, hello.neutral_id, hello.lag_frames, hello.map_size) == (0, -1, 2, (256, 256))
    assert [(player.id, player.is_enemy) for player in hello.players] == [(0, False), (1, True), (-1, False)]
    assert (hello.map_title, hello.frame_from_bwapi) == (None, None)
    assert hello.ground_height_data.tolist() == [2] * 256 * 256
    assert hello.walkable_data.all()
    assert isinstance(first.data, WireFrame)
    assert isinstance(second.data, WireFrameDiff)
    assert second.frame_from_bwapi == first.frame_from_bwapi + 1
    assert (first.battle_frame_count, second.battle_frame_count) == (0, 1)
    assert first.commands_status.tolist() == [0]


def test_develop_clients_get_two_more_fields():
    talk = Talk(make_host(MARINES), protocol=31)

    hello = talk.shake()

    assert hello.map_title == "5 marines against 5 marines"
    assert hello.frame_from_bwapi == talk.host.match.frame


def test_other_protocols_are_refused_by_number_and_the_next_client_is_served(talk):
    reply = talk.say(HandshakeClient(protocol=29))

    assert reply == Error(message="Wrong protocol version: 29")
    assert isinstance(talk.shake(), HandshakeServer)


def test_empty_request_before_the_handshake_is_a_ping(talk):
    for _ in range(2):
        talk.put(b"")
        assert talk.take() == Error()
    assert isinstance(talk.shake(), HandshakeServer)


def test_commands_before_a_handshake_are_refused(talk):
    assert "HandshakeClient" in talk.send().message


def test_new_handshake_goes_on_with_the_match_and_forgets_what_was_sent(talk):
    talk.join()
    talk.send(command("set_combine_frames", 1))
    frame = talk.state.frame_from_bwapi

    hello = talk.shake()
    assert talk.host.match.frame == frame
    state = talk.send()

    assert hello.battle_frame_count == 2
    assert isinstance(state.data, WireFrame)
    assert state.frame_from_bwapi == frame + 1
    assert state.battle_frame_count == 2


@pytest.mark.parametrize("how", ["quit", "restart"])
def test_ended_match_is_followed_by_the_next_for_a_client_that_shakes_hands(talk, how):
    talk.join()
    first = [(unit.x, unit.y) for unit in talk.units(0)]
    for _ in range(30):
        talk.send()

    end = talk.send(command(how))
    talk.join()

    assert end == EndGame(game_won=False)
    assert talk.state.frame_from_bwapi < 10
    assert len(talk.units(0)) == len(first) == 5
    assert not talk.state.game_ended


def test_client_that_goes_on_after_the_end_is_greeted_again(talk):
    talk.join()
    talk.send(command("quit"))
    assert talk.state.game_ended

    assert isinstance(talk.send(), HandshakeServer)
    state = talk.send()

    assert isinstance(state.data, WireFrame)
    assert state.battle_frame_count == 0
    assert not talk.state.game_ended


def test_matches_of_a_server_differ_and_are_repeated_by_its_seed():
    def positions(seed):
        talk = Talk(make_host("5mr_5mr", seed=seed))
        found = []
        for _ in range(3):
            talk.join()
            found.append([(unit.pixel_x, unit.pixel_y) for unit in talk.units(0)])
            talk.send(command("quit"))
        return found

    one, again, other = positions(1), positions(1), positions(2)

    assert one == again
    assert one != other
    assert one[0] != one[1] != one[2]


def test_seed_in_a_handshake_begins_that_match_at_once(talk):
    def begin(seed):
        talk.shake(map=f"?seed={seed}")
        talk.send()
        return talk.host.match.games.digest(0)

    first = begin(2**63 + 5)
    talk.send()
    other = begin(6)

    assert begin(2**63 + 5) == first != other


def test_map_without_a_seed_in_a_handshake_is_for_the_next_match(talk):
    talk.join()
    talk.send()

    hello = talk.shake(map="Maps/BroodWar/micro/dragoons_zealots.scm")
    talk.send()
    assert hello.map_name == MARINES
    talk.send(command("quit"))

    assert talk.shake().map_name == "dragoons_zealots"


def test_map_with_any_characters_is_only_a_map_that_there_is_not(talk):
    assert talk.shake(map="m5v\n5\0?seed=x").map_name == MARINES
    assert talk.shake(map="").map_name == MARINES


def test_map_in_the_first_handshake_is_played(talk):
    assert talk.shake(map="dragoons_zealots").map_name == "dragoons_zealots"


def test_develop_clients_are_told_apart_by_their_uid():
    talk = Talk(make_host(MARINES), protocol=31)
    talk.join()
    frame = talk.host.match.frame

    reply = talk.say(CommandsMessage(), uid="other")

    assert reply.message == "Unexpected commands from client other"
    assert talk.host.match.frame == frame
    assert isinstance(talk.send(), StateUpdate)


# --- pace -------------------------------------------------------------------------------------------------------------


def test_combined_frames_come_every_nth(talk):
    first = talk.join(command("set_combine_frames", 7))
    second = talk.send()

    assert first.battle_frame_count == 6
    assert second.frame_from_bwapi - first.frame_from_bwapi == 7


def test_game_stands_still_until_a_blocking_client_asks(talk):
    talk.join()

    assert not talk.host.wants_frame()
    assert talk.host.take_replies() == []


def test_game_goes_on_without_a_client_that_does_not_block(talk):
    talk.join(command("set_blocking", 0), command("set_max_frame_time_ms", 30))
    before = talk.host.match.frame
    assert talk.host.patience_ms() == 30

    for _ in range(10):
        assert talk.host.wants_frame()
        talk.host.play_frame()
    assert talk.take() is None
    talk.host.receive(0, encode(CommandsMessage()))
    assert talk.host.patience_ms() == 0
    talk.host.play_frame()
    state = talk.take()

    assert state.frame_from_bwapi == before + 11
    assert state.battle_frame_count == 11


def test_develops_second_number_bounds_how_many_frames_are_combined():
    talk = Talk(make_host(MARINES), protocol=31)
    talk.join(command("set_blocking", 0), command("set_combine_frames", 4, 2))
    before = talk.host.match.frame

    talk.run(most=20)

    assert talk.host.match.frame == before + 4
    assert not talk.host.wants_frame()
    talk.host.receive(0, encode(CommandsMessage(), talk.uid))
    assert talk.take().frame_from_bwapi == before + 4


# --- micro battles ----------------------------------------------------------------------------------------------------


def attack(talk):
    """The closest enemy for each unit, as TorchCraft's own example does it."""
    orders = []
    for unit in talk.units(0):
        target = min(talk.units(1), key=lambda enemy: (enemy.x - unit.x) ** 2 + (enemy.y - unit.y) ** 2, default=None)
        if target is not None:
            orders.append(command("command_unit_protected", unit.id, ATTACK_UNIT, target.id))
    return orders


@pytest.mark.parametrize("combine", [1, 2, 5])
def test_battles_follow_each_other_in_one_match(combine):
    talk = Talk(make_host(MARINES), micro=True)
    talk.join(command("set_combine_frames", combine))
    results = []
    for _ in range(3000):
        talk.send(*(attack(talk) if not talk.state.waiting_for_restart else ()))
        if talk.state.battle_just_ended:
            results.append(talk.state.battle_won)
            assert talk.state.battle_frame_count > 0
        if len(results) == 5:
            break

    assert len(results) == 5
    assert any(results), "an army told to attack wins none of five battles"


def test_first_frame_without_a_battle_is_sent_before_its_turn_and_then_there_is_silence():
    talk = Talk(make_host("5mr_5mr"), micro=True)  # no triggers: the next battle never comes
    talk.join(command("set_combine_frames", 50))
    frame = talk.state.frame_from_bwapi
    talk.host.receive(0, encode(CommandsMessage()))
    for _ in range(3):
        talk.host.play_frame()
    for unit in talk.units(1):
        talk.host.match.kill_unit(unit.id)

    talk.run(most=200)
    end = talk.take()
    assert end is not None
    assert end.frame_from_bwapi < frame + 10
    talk.host.receive(0, encode(CommandsMessage()))
    talk.run(most=200)

    assert talk.take() is None
    assert talk.host.wants_frame()


@pytest.mark.parametrize(("combine", "between"), [(1, 1), (2, 2)])
def test_after_a_battle_frames_go_on_for_one_and_two_combined(combine, between):
    talk = Talk(make_host("5mr_5mr"), micro=True)
    talk.join(command("set_combine_frames", combine))
    talk.send(*[command("command_openbw", 0, unit.id) for unit in talk.units(1)])
    for _ in range(3):
        talk.send()
    frames = []
    for _ in range(3):
        talk.send()
        frames.append(talk.state.frame_from_bwapi)

    assert np.diff(frames).tolist() == [between] * 2
    assert talk.state.battle_frame_count == 0


# --- two clients ------------------------------------------------------------------------------------------------------


def two_talks(**options):
    host = make_host(MARINES, (None, None), **options)
    return Talk(host, 0), Talk(host, 1)


def exchange(talks, messages):
    """Put both requests, then let the game run, then take both answers."""
    for talk, message in zip(talks, messages, strict=True):
        talk.host.receive(talk.seat, encode(message, talk.uid))
    talks[0].run()
    replies, talks[0].inbox = talks[0].inbox + talks[0].host.take_replies(), []
    for seat, data in replies:
        talk = talks[seat]
        talk.reply = decode_server(data)
        talk.state.update(talk.reply)


def test_two_clients_play_one_game_from_their_own_sides():
    talks = two_talks()
    exchange(talks, [HandshakeClient()] * 2)
    exchange(talks, [CommandsMessage()] * 2)
    exchange(talks, [CommandsMessage()] * 2)

    one, two = talks
    assert (one.state.player_id, two.state.player_id) == (0, 1)
    assert one.state.frame_from_bwapi == two.state.frame_from_bwapi
    assert [unit.id for unit in one.units(0)] == [unit.id for unit in two.units(0)]
    assert two.state.player_info[0].is_enemy
    assert not two.state.player_info[1].is_enemy


def test_game_waits_for_both_clients():
    one, two = two_talks()
    one.shake()
    one.put(encode(CommandsMessage()))
    assert not one.host.wants_frame()
    two.shake()

    two.host.receive(1, encode(CommandsMessage()))

    assert two.host.wants_frame()


def test_commands_of_two_clients_act_whoever_is_first():
    def digest(order):
        talks = two_talks(seed=4)
        exchange(talks, [HandshakeClient()] * 2)
        exchange(talks, [CommandsMessage()] * 2)
        for step in range(40):
            messages = [
                CommandsMessage(
                    commands=tuple(
                        command("command_unit", unit.id, MOVE, -1, 90 + step % 9, 130) for unit in talk.units(talk.seat)
                    )
                )
                for talk in talks
            ]
            for seat in order:
                talks[0].host.receive(seat, encode(messages[seat]))
            talks[0].run()
            replies, talks[0].inbox = talks[0].inbox + talks[0].host.take_replies(), []
            for seat, data in replies:
                talks[seat].state.update(decode_server(data))
        return talks[0].host.match.games.digest(0)

    assert digest((0, 1)) == digest((1, 0))


def test_client_whose_opponent_leaves_is_told_and_has_won():
    talks = two_talks()
    exchange(talks, [HandshakeClient()] * 2)
    exchange(talks, [CommandsMessage()] * 2)
    one, two = talks

    exchange(talks, [CommandsMessage(), CommandsMessage(commands=(command("quit"),))])
    assert two.reply == EndGame(game_won=False)
    assert one.reply == PlayerLeft(player_left="client 1")
    assert one.send() == EndGame(game_won=True)

    exchange(talks, [HandshakeClient()] * 2)
    exchange(talks, [CommandsMessage()] * 2)
    assert isinstance(one.reply, StateUpdate)
    assert isinstance(two.reply, StateUpdate)


def test_restart_is_for_single_players():
    talks = two_talks()
    exchange(talks, [HandshakeClient()] * 2)
    exchange(talks, [CommandsMessage()] * 2)

    exchange(talks, [CommandsMessage(commands=(command("restart"),)), CommandsMessage()])

    assert talks[0].reply.commands_status.tolist() == [0]


def test_two_seeded_handshakes_begin_one_match():
    talks = two_talks()
    digests = []
    for _ in range(2):
        exchange(talks, [HandshakeClient(map="?seed=9")] * 2)
        exchange(talks, [CommandsMessage()] * 2)
        digests.append(talks[0].host.match.games.digest(0))
        exchange(talks, [CommandsMessage()] * 2)

    assert digests[0] == digests[1]


# --- fog --------------------------------------------------------------------------------------------------------------


def test_fog_hides_the_enemy_until_the_map_is_hacked_in_the_first_message(tmp_path):
    foggy = foggy_scenario(tmp_path)
    plain, hacked, late = (Talk(make_host(foggy)) for _ in range(3))
    plain.join()
    hacked.join(command("map_hack"))
    late.join()
    late.send(command("map_hack"))

    assert len(plain.units(1)) == len(late.units(1)) < len(hacked.units(1)) == 5
    units = plain.state.wire.units
    assert (units["visible"] == 1).all()  # BWAPI knows nothing of what others see
    plain.send(command("request_image"))
    hacked.send(command("request_image"))
    assert set(plain.reply.visibility.tolist()) <= {0, 2}
    assert set(hacked.reply.visibility.tolist()) == {2}
    assert plain.host.match.sight.visible_tiles(0, 0, 0, 64, 64).sum() < 2 * 64 * 64


def foggy_scenario(folder):
    from bridge.scenarios import scenario_folder

    text = (scenario_folder() / "5mr_5mr.yaml").read_text()
    path = folder / "foggy.yaml"
    path.write_text(text.replace("full_vision: true", "full_vision: false").replace("name: 5mr_5mr", "name: foggy"))
    return str(path)


# --- maps -------------------------------------------------------------------------------------------------------------


def test_clients_choose_among_the_files_of_one_folder_only(tmp_path):
    folder = tmp_path / "maps"
    folder.mkdir()
    foggy_scenario(folder)
    foggy_scenario(tmp_path)
    find = MapFolder(folder)

    assert find("foggy.yaml").name == find("Maps/other/foggy.yaml").name == "foggy"
    assert find("Maps\\BroodWar\\m5v5_c_far.scm").name == MARINES
    for outside in ("../foggy2.yaml", "/etc/passwd", "foggy3.scm", "zero\0.scm", f"{'long' * 999}.scm", "new\nline"):
        with pytest.raises(ConfigError, match="no such scenario nor file in"):
            find(outside)
    (tmp_path / "foggy.yaml").rename(tmp_path / "secret.yaml")
    with pytest.raises(ConfigError):
        find("../secret.yaml")


def test_map_file_is_read_as_the_scenario_that_it_is(facts, tmp_path):
    source = next((facts / "broodwar").rglob("m5v5_c_far.scm"), None)
    if source is None:
        pytest.skip("no map file among the facts")
    (tmp_path / "mine.scm").write_bytes(source.read_bytes())

    scenario = MapFolder(tmp_path)("mine.scm")

    assert scenario.name == "mine"
    assert scenario.armies == make_host(MARINES).match.scenario.armies


def test_missing_folder_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no such folder"):
        MapFolder(tmp_path / "none")


# --- bad clients ------------------------------------------------------------------------------------------------------


def requests():
    yield encode(HandshakeClient(micro_mode=True, map="m5v5_c_far"), "abc123")
    yield encode(HandshakeClient(protocol=31, window_size=(640, 480), window_pos=(1, 2)), "abc123")
    yield encode(CommandsMessage(), "abc123")
    yield encode(
        CommandsMessage(
            commands=(
                command("command_unit", 0, MOVE, -1, 80, 90),
                command("command_openbw", 1, 1, 0, 300, 300),
                command("set_combine_frames", 3),
                command("draw_text", 1, 2, text="hello"),
                command("quit"),
            )
        ),
        "abc123",
    )


def mutate(rng, data):
    broken = bytearray(data)
    for _ in range(rng.randrange(1, 6)):
        what = rng.randrange(4)
        at = rng.randrange(len(broken)) if broken else 0
        if what == 0 and broken:
            broken[at] = rng.randrange(256)
        elif what == 1:
            del broken[at:]
        elif what == 2:
            broken[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif broken:
            broken[at : at + 4] = rng.choice((0, 1, 2**31, 2**32 - 1)).to_bytes(4, "little")
    return bytes(broken)


def fuzz(count, seed):
    """Throw mutated requests at a host; it answers each, and serves a good client afterwards."""
    rng = random.Random(seed)
    host = make_host(MARINES)
    good = list(requests())
    kinds = set()
    for _ in range(count):
        request = rng.choice(good)
        if rng.random() < 0.8:
            request = mutate(rng, request)
        host.receive(0, request)
        for _ in range(50):
            if not host.wants_frame():
                break
            host.play_frame()
        replies = host.take_replies()
        for _, data in replies:
            kinds.add(type(decode_server(data)).__name__)
        assert replies or host.wants_frame(), "a request without an answer, and nothing to wait for"
        if not replies:  # a wish to combine many frames: this client gives up, the next one comes
            decode_client(request)
            host = make_host(MARINES)
    talk = Talk(host)
    talk.join()
    talk.send()
    return kinds


def test_mutated_requests_are_answered_and_the_next_client_is_served(caplog):
    caplog.set_level(logging.ERROR, "bridge.torchcraft.host")  # it logs a line for each

    assert fuzz(1000, seed=1) >= {"Error", "HandshakeServer", "StateUpdate", "EndGame"}


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_mutated_requests_are_answered(caplog):
    caplog.set_level(logging.ERROR, "bridge.torchcraft.host")

    fuzz(100_000, seed=2)
