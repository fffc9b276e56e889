"""Messages to bytes and back: TorchCraft's own bytes, the official flatbuffers package beside ours, and bad bytes."""

import dataclasses
import struct

import flatbuffers
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torchcraft_golden import SEQUENCES, client_messages, expectation, messages
from wire_frames import frames, plain, random_frame, same

from benchmarks import flatbuffers_wire as official
from bridge.errors import BridgeError
from bridge.torchcraft import codec, codec_encode
from bridge.torchcraft import flatbuffer as fb
from bridge.torchcraft.codec import WireError, decode_client, decode_server, encode
from bridge.torchcraft.diff import diff, undiff
from bridge.torchcraft.messages import (
    Command,
    CommandsMessage,
    EndGame,
    Error,
    HandshakeClient,
    HandshakeServer,
    Player,
    PlayerLeft,
    StateUpdate,
    WireFrame,
    WireFrameDiff,
)

GOLDEN = [(sequence, i) for sequence in SEQUENCES for i in range(len(messages(sequence)))]

INT32 = st.integers(-(1 << 31), (1 << 31) - 1)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9)


def equal(a, b):
    """Assert that two messages say the same, arrays bit by bit."""
    assert type(a) is type(b)
    for field in dataclasses.fields(a):
        one, other = getattr(a, field.name), getattr(b, field.name)
        if isinstance(one, WireFrame | WireFrameDiff):
            assert same(one, other) == []
        elif isinstance(one, np.ndarray):
            assert one.dtype == other.dtype, field.name
            assert one.tobytes() == other.tobytes(), field.name
        else:
            assert one == other, field.name


# ------------------------------------------------------------------------------------------------ TorchCraft's bytes


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_golden_frames_are_those_of_the_original_client(sequence):
    frame, seen = WireFrame(), 0

    for data, expected in zip(messages(sequence), expectation(sequence)["messages"], strict=True):
        message = decode_server(data)
        assert type(message).__name__ == expected["type"]
        if isinstance(message, StateUpdate | EndGame) and message.data is not None:
            is_diff = isinstance(message.data, WireFrameDiff)
            frame = undiff(frame, message.data) if is_diff else message.data
            assert plain(frame) == expected["state"]["frame"]
            seen += 1

    assert seen == {"A_macro": 53, "B_micro": 19}[sequence]


@pytest.mark.parametrize(("sequence", "i"), GOLDEN)
def test_golden_server_message_reads_as_the_official_package_reads_it(sequence, i):
    data = messages(sequence)[i]
    message = decode_server(data)

    ours = encode(message)

    assert official.read(ours) == official.read(data)
    equal(decode_server(ours), message)


@pytest.mark.parametrize(
    ("expected", "data"), client_messages(), ids=lambda value: value["file"] if isinstance(value, dict) else ""
)
def test_golden_client_message_says_what_is_expected(expected, data):
    message, uid = decode_client(data)

    ours = encode(message, uid)

    assert uid == expected["uid"]
    assert type(message).__name__.removesuffix("Message") == expected["msg_type"]
    said = expected["decodes_to"]
    if isinstance(message, HandshakeClient):
        found = {name: getattr(message, name) for name in said}
        assert {
            name: dict(zip("xy", v, strict=True)) if isinstance(v, tuple) else v for name, v in found.items()
        } == said
    else:
        found = [{"code": c.code, "args": list(c.args), "str": c.str} for c in message.commands]
        assert found == said["commands"]
    assert official.read(ours) == official.read(data)


def test_bytes_of_the_official_writer_are_read_alike():
    for data in messages("A_macro")[1:10]:
        written = official.write_state(official.read(data))

        equal(decode_server(written), decode_server(data))


# ------------------------------------------------------------------------------------------------------- round trips


@settings(max_examples=60, deadline=None)
@given(new=frames(), old=frames(), deaths=st.none() | st.lists(INT32, max_size=5), status=st.binary(max_size=7))
def test_state_update_survives_the_wire(new, old, deaths, status):
    for data in (None, new, diff(new, old)):
        message = StateUpdate(
            data=data,
            deaths=None if deaths is None else np.array(deaths, np.int32),
            frame_from_bwapi=-1,
            battle_frame_count=7,
            commands_status=np.frombuffer(status, np.int8),
            img_mode="raw",
            screen_position=(-3, 4),
            visibility=np.arange(len(status), dtype=np.uint8),
            visibility_size=(20, 13),
            img_data=np.arange(3, dtype=np.uint8),
            img_size=(640, 480),
        )

        fixed, general = encode(message), codec_encode._in_any_shape(message, "")

        equal(decode_server(fixed), message)
        equal(decode_server(general), message)
        assert official.read(fixed) == official.read(general)
        equal(decode_server(encode(message, "sender")), message)


@settings(max_examples=60, deadline=None)
@given(
    commands=st.lists(st.tuples(INT32, st.lists(INT32, max_size=6), TEXT), max_size=6),
    uid=TEXT,
)
def test_commands_survive_the_wire(commands, uid):
    message = CommandsMessage(
        commands=tuple(Command(code=code, args=tuple(args), str=text) for code, args, text in commands)
    )

    data = encode(message, uid)

    assert decode_client(data) == (message, uid)
    assert decode_client(codec_encode._in_any_shape(message, uid)) == (message, uid)
    expected = [(code, args, text.encode()) for code, args, text in commands]
    assert official.read(data) == {"kind": "Commands", "uid": uid.encode(), "commands": expected}


@pytest.mark.parametrize(
    "message",
    [
        PlayerLeft(player_left="someone"),
        PlayerLeft(),
        Error(),
        Error(message=""),
        Error(message="Wrong protocol version: 29"),
        EndGame(),
        EndGame(game_won=True),
        EndGame(data=random_frame(3), game_won=True),
        EndGame(data=diff(random_frame(3), random_frame(4))),
        HandshakeServer(),
        HandshakeServer(
            lag_frames=3,
            map_size=(8, 4),
            ground_height_data=np.arange(32, dtype=np.uint8),
            walkable_data=np.ones(32, np.uint8),
            buildable_data=np.zeros(32, np.uint8),
            map_name="(2)Test.scm",
            is_replay=True,
            player_id=1,
            neutral_id=-1,
            battle_frame_count=5,
            start_locations=((1, 2), (-3, 4)),
            players=(Player(id=0, race=2, name="me"), Player(id=-1, race=42, is_enemy=True)),
            frame_from_bwapi=9,
            map_title="Test",
        ),
    ],
    ids=lambda message: type(message).__name__,
)
def test_server_message_survives_the_wire(message):
    data = encode(message)

    equal(decode_server(data), message)
    assert official.read(data)["kind"] == type(message).__name__
    assert official.read(data)["uid"] is None


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_bytes_of_any_kind_are_read(kind):
    for data in (*messages("B_micro")[:3], encode(PlayerLeft(player_left="x"))):
        equal(decode_server(kind(data)), decode_server(data))
    assert decode_client(kind(encode(CommandsMessage(), "abc"))) == (CommandsMessage(), "abc")


def test_names_that_are_no_utf8_survive_the_wire():
    korean = "\uc784\uc694\ud658".encode("cp949").decode("utf-8", "surrogateescape")

    data = encode(PlayerLeft(player_left=korean))

    assert decode_server(data) == PlayerLeft(player_left=korean)
    assert official.read(data)["player_left"] == "\uc784\uc694\ud658".encode("cp949")


def test_client_messages_always_carry_the_uid_and_server_messages_only_one_that_is_given():
    assert decode_client(encode(HandshakeClient()))[1] == ""
    assert decode_client(encode(CommandsMessage()))[1] == ""
    assert official.read(encode(Error()))["uid"] is None
    assert official.read(encode(Error(), "abc"))["uid"] == b"abc"


def test_arrays_of_other_layouts_are_written_alike():
    frame = random_frame(5, num_units=8)
    strided = dataclasses.replace(frame, units=np.repeat(frame.units, 2)[::2])
    frozen = dataclasses.replace(frame, units=frame.units.copy(), creep_map=frame.creep_map.copy())
    frozen.units.flags.writeable = frozen.creep_map.flags.writeable = False

    wanted = encode(StateUpdate(data=frame))

    assert encode(StateUpdate(data=strided)) == wanted
    assert encode(StateUpdate(data=frozen)) == wanted


def test_units_that_leave_out_some_orders_are_written_with_their_own():
    frame = random_frame(6, num_units=9, players=(0,))
    kept = frame.units[3:7]
    part = dataclasses.replace(frame, units=kept, num_units=np.array([4], np.int32))

    read_back = decode_server(encode(StateUpdate(data=part))).data

    wanted = [frame.orders[u["first_order"] : u["first_order"] + u["order_size"]].tolist() for u in kept]
    assert [
        read_back.orders[u["first_order"] : u["first_order"] + u["order_size"]].tolist() for u in read_back.units
    ] == wanted


# --------------------------------------------------------------------------------------------------- what is absent


def built(kind, fill):
    """Return a message whose table `fill` builds with the official package."""
    builder = flatbuffers.Builder(64)
    table = fill(builder)
    builder.StartObject(3)
    builder.PrependUint8Slot(0, official.MESSAGES.index(kind), 0)
    if table is not None:
        builder.PrependUOffsetTRelativeSlot(1, table, 0)
    builder.Finish(builder.EndObject())
    return bytes(builder.Output())


def empty_table(builder):
    builder.StartObject(0)
    return builder.EndObject()


def holding(inner_kind, inner=empty_table):
    """Return a filler of a StateUpdate or EndGame whose data is the table that `inner` builds."""

    def fill(builder):
        data = inner(builder)
        builder.StartObject(2)
        builder.PrependUint8Slot(0, inner_kind, 0)
        builder.PrependUOffsetTRelativeSlot(1, data, 0)
        return builder.EndObject()

    return fill


def vector_of(builder, tables):
    builder.StartVector(4, len(tables), 4)
    for table in reversed(tables):
        builder.PrependUOffsetTRelative(table)
    return builder.EndVector()


def with_vectors(**slots):
    """Return a filler of a table that holds vectors of empty tables: slot number -> how many."""

    def fill(builder):
        vectors = {
            int(slot[1:]): vector_of(builder, [empty_table(builder) for _ in range(count)])
            for slot, count in slots.items()
        }
        builder.StartObject(max(vectors) + 1)
        for slot, vector in vectors.items():
            builder.PrependUOffsetTRelativeSlot(slot, vector, 0)
        return builder.EndObject()

    return fill


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("HandshakeServer", HandshakeServer()),
        ("StateUpdate", StateUpdate(deaths=None)),
        ("PlayerLeft", PlayerLeft()),
        ("EndGame", EndGame()),
        ("Error", Error()),
    ],
)
def test_absent_fields_of_server_messages_count_as_nothing(kind, expected):
    equal(decode_server(built(kind, empty_table)), expected)


def test_absent_fields_of_client_messages_count_as_nothing():
    assert decode_client(built("HandshakeClient", empty_table)) == (HandshakeClient(protocol=0), None)
    assert decode_client(built("Commands", empty_table)) == (CommandsMessage(), None)
    assert decode_client(built("Commands", with_vectors(s0=2)))[0].commands == (Command(code=0), Command(code=0))


def test_absent_fields_of_frames_count_as_nothing():
    equal(decode_server(built("StateUpdate", holding(1))), StateUpdate(data=WireFrame(), deaths=None))
    equal(decode_server(built("StateUpdate", holding(2))), StateUpdate(data=WireFrameDiff(), deaths=None))
    bare = decode_server(built("StateUpdate", holding(1, with_vectors(s0=2, s2=1)))).data
    assert bare.player_ids.tolist() == [0, 0]
    assert bare.num_units.tolist() == [0, 0]
    assert bare.resources.tolist() == [(0,) * 8]


# ---------------------------------------------------------------------------------------------------------- refusals


def refusal(data, decode=decode_server):
    with pytest.raises(WireError) as caught:
        decode(data)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "Message: is empty (byte 0)"),
        (b"\1", "Message: reaches beyond the message"),
        (b"junk", "Message: reaches beyond the message"),
        (bytes(4), "Message: leads to itself (byte 0)"),
        (bytes(64), "Message: leads to itself (byte 0)"),
        (struct.pack("<II", 6, 0) + bytes(8), "Message: does not lie at a multiple of 4"),
        (struct.pack("<IiII", 4, 99, 0, 0), "Message: has no proper vtable"),
        (struct.pack("<IiHHI", 4, -4, 3, 4, 0), "Message: has no proper vtable"),
        (struct.pack("<IiHHI", 4, -4, 4, 4, 0), "Message.msg_type: is NONE, which no server sends"),
        (built("StateUpdate", lambda builder: None), "Message.msg: a StateUpdate is announced, but absent"),
        (built("Error", lambda builder: None), "Message.msg: a Error is announced, but absent"),
        (encode(CommandsMessage()), "Message.msg_type: is Commands, which no server sends"),
        (encode(HandshakeClient()), "Message.msg_type: is HandshakeClient, which no server sends"),
        (built("StateUpdate", holding(3)), "is of no known kind"),
    ],
)
def test_bytes_that_are_no_server_message_are_refused(data, text):
    assert text in refusal(data)


def test_bytes_that_are_no_client_message_are_refused():
    assert "is StateUpdate, which no client sends" in refusal(encode(StateUpdate()), decode_client)
    assert "a HandshakeClient is announced" in refusal(built("HandshakeClient", lambda builder: None), decode_client)


def test_fewer_containers_than_players_are_refused():
    def fill(builder):
        builder.StartVector(4, 2, 4)
        builder.PrependInt32(1)
        builder.PrependInt32(0)
        pids = builder.EndVector()
        containers = vector_of(builder, [empty_table(builder)])
        builder.StartObject(2)
        builder.PrependUOffsetTRelativeSlot(0, pids, 0)
        builder.PrependUOffsetTRelativeSlot(1, containers, 0)
        return builder.EndObject()

    assert "FrameDiff.unitDiffContainers: fewer than there are player ids" in refusal(
        built("StateUpdate", holding(2, fill))
    )


@pytest.mark.parametrize("count", [4, 1000, 1 << 28, (1 << 32) - 1])
def test_vector_longer_than_the_message_is_refused(count):
    data = bytearray(encode(StateUpdate(deaths=np.array([70, 71, 72], np.int32))))
    at = data.index(struct.pack("<4I", 3, 70, 71, 72))
    del data[at + 16 :]  # so that the message ends with it
    for place in (72, 76, 88, 100):  # the vectors behind it
        struct.pack_into("<I", data, place, at - place)
    assert decode_server(bytes(data)).deaths.tolist() == [70, 71, 72]

    struct.pack_into("<I", data, at, count)

    assert refusal(bytes(data)).startswith("StateUpdate.deaths: reaches beyond the message")


def test_text_without_a_zero_byte_behind_it_is_refused():
    data = bytearray(encode(PlayerLeft(player_left="abc")))
    data[data.index(b"abc") + 3] = 1

    assert refusal(bytes(data)) == "PlayerLeft.player_left: has no zero byte behind its text (byte 47)"


def test_every_beginning_of_a_message_is_refused_or_read_whole():
    data = messages("B_micro")[1]
    whole = decode_server(data)
    tail = 0

    for length in range(len(data)):
        try:
            message = decode_server(data[:length])
        except WireError:
            continue
        equal(message, whole)
        tail += 1

    assert tail <= 8


def sharing(num_units, num_references):
    """Return a message in which one vector of units is shown over and over."""

    def frame(builder):
        units = vector_of(builder, [empty_table(builder)] * num_units)
        builder.StartObject(2)
        builder.PrependUOffsetTRelativeSlot(1, units, 0)
        player = builder.EndObject()
        players = vector_of(builder, [player] * num_references)
        builder.StartObject(1)
        builder.PrependUOffsetTRelativeSlot(0, players, 0)
        return builder.EndObject()

    return built("StateUpdate", holding(1, frame))


def test_message_that_unfolds_without_end_is_refused():
    data = sharing(1000, 1000)

    assert len(data) < 10_000
    assert any(text in refusal(data) for text in ("over and over", "too many tables"))


def test_vector_that_many_units_show_is_refused():
    def frame(builder):
        builder.StartVector(20, 1000, 4)
        for _ in range(5000):
            builder.PrependInt32(1)
        orders = builder.EndVector()
        units = []
        for _ in range(100):
            builder.StartObject(28)
            builder.PrependUOffsetTRelativeSlot(27, orders, 0)
            units.append(builder.EndObject())
        rows = vector_of(builder, units)
        builder.StartObject(2)
        builder.PrependUOffsetTRelativeSlot(1, rows, 0)
        players = vector_of(builder, [builder.EndObject()])
        builder.StartObject(1)
        builder.PrependUOffsetTRelativeSlot(0, players, 0)
        return builder.EndObject()

    assert "Unit.orders: shows the same bytes over and over" in refusal(built("StateUpdate", holding(1, frame)))


def test_a_little_sharing_is_allowed():
    data = decode_server(sharing(2, 2)).data

    assert data.num_units.tolist() == [2, 2]


# ------------------------------------------------------------------------------------------- what cannot be written


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (CommandsMessage(commands=(Command(code=1 << 31),)), "Command.code: 2147483648 is no whole number of 32 bits"),
        (CommandsMessage(commands=(Command(code=1, args=(1 << 40,)),)), "Command.args: (1099511627776,) are not all"),
        (StateUpdate(frame_from_bwapi=1 << 31), "StateUpdate.frame_from_bwapi: 2147483648 is no whole number"),
        (StateUpdate(commands_status=np.zeros(1, np.int32)), "StateUpdate.commands_status: is 1-dimensional int32"),
        (StateUpdate(visibility=np.zeros(1, np.int8)), "StateUpdate.visibility: is 1-dimensional int8, not"),
        (StateUpdate(deaths=np.zeros(1, np.int64)), "StateUpdate.deaths: is 1-dimensional int64, not"),
        (PlayerLeft(player_left="\ud800"), "PlayerLeft.player_left: '\\ud800' cannot be written as UTF-8"),
        (StateUpdate(data=WireFrame(units=np.zeros(1))), "Frame.units: is 1-dimensional float64"),
        (
            StateUpdate(data=dataclasses.replace(random_frame(1), num_units=np.array([1, 2, 3], np.int32))),
            "Frame: num_units [1, 2, 3] of 3 players do not divide 12 units",
        ),
        (
            StateUpdate(data=dataclasses.replace(random_frame(1), orders=random_frame(1).orders[:-1])),
            "Frame.orders: a unit refers to more than",
        ),
        (StateUpdate(data=WireFrame(reward=1 << 32)), "Frame: 4294967296 is no whole number of 32 bits"),
    ],
    ids=lambda value: str(value)[:50] if isinstance(value, str) else "",
)
def test_message_that_cannot_be_written_is_refused(message, text):
    with pytest.raises(WireError) as caught:
        encode(message)

    assert text in str(caught.value)


def test_wire_error_is_a_bridge_error_that_survives_pickling():
    import pickle

    error = WireError("reaches beyond", "Unit.orders", 12)

    again = pickle.loads(pickle.dumps(error))

    assert isinstance(again, BridgeError)
    assert (again.what, again.where, again.offset) == ("reaches beyond", "Unit.orders", 12)
    assert str(again) == "Unit.orders: reaches beyond (byte 12)"


# --------------------------------------------------------------------------------------------- the reader for rarities


def test_plain_reader_counts_against_the_same_limits():
    data = built("HandshakeServer", with_vectors(s11=3))
    table = fb.Buffer(data).root("Message").table(1, "msg", "HandshakeServer")

    assert len(table.tables(11, "players", "Player")) == 3
    assert codec.decode_server(data).players == (Player(id=0),) * 3
    buffer = fb.Buffer(data)
    buffer.tables_left = 2
    with pytest.raises(WireError, match="too many tables"):
        buffer.root("Message").table(1, "msg", "HandshakeServer").tables(11, "players", "Player")
