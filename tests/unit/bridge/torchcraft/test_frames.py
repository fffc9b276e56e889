"""`Frame`, `Unit` and what else is in them: views of arrays that can be changed, folded, filtered and compared."""

import copy
import dataclasses
import logging
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torchcraft_golden import expectation, messages

from bridge.torchcraft import codec, diff
from bridge.torchcraft.frames import Frame, first_difference
from bridge.torchcraft.messages import BULLET_DTYPE, ORDER_DTYPE, RESOURCES_DTYPE, WIRE_UNIT_DTYPE, Action, WireFrame
from bridge.torchcraft.objects import Bullet, Order, Resources, Unit, UnitCommand

small = st.integers(-3, 40)


@st.composite
def wire_frames(draw):
    """Return frames of up to three players with some units, each with its own number of orders."""
    counts = draw(st.lists(st.integers(0, 4), max_size=3))
    players = draw(st.permutations([-1, 0, 1, 5]))[: len(counts)]
    ids = draw(st.lists(st.integers(0, 30), min_size=sum(counts), max_size=sum(counts), unique=True))
    rows = np.zeros(len(ids), WIRE_UNIT_DTYPE)
    random = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    for name in WIRE_UNIT_DTYPE.names:
        rows[name] = random.integers(0, 100, len(ids))
    rows["id"] = ids
    rows["order_size"] = random.integers(0, 3, len(ids))
    rows["first_order"] = np.cumsum(rows["order_size"]) - rows["order_size"]
    orders = np.zeros(int(rows["order_size"].sum()), ORDER_DTYPE)
    for name in ORDER_DTYPE.names:
        orders[name] = random.integers(-1, 3, len(orders))
    width, height = draw(st.sampled_from([(8, 8), (32, 16), (64, 48)]))
    return WireFrame(
        player_ids=np.array(players, np.int32),
        num_units=np.array(counts, np.int32),
        units=rows,
        orders=orders,
        resources=np.array([(player, 1, 2, 3, 4, 5, 6, 1 << 63) for player in players], RESOURCES_DTYPE),
        bullets=np.array([(1, 2, 3)] * draw(st.integers(0, 2)), BULLET_DTYPE),
        creep_map=random.integers(0, 256, width * height // 16 // 8, dtype=np.uint8),
        actions=tuple(Action(player_id=player, uid=1, aid=2, action=(3, 4)) for player in players[:1]),
        action_players=np.array(players[:2], np.int32),
        width=width,
        height=height,
        reward=draw(small),
    )


def golden_frames():
    """Return all frames of the recorded macro game, as wire frames."""
    frames, last = [], WireFrame()
    for data in messages("A_macro"):
        shown = getattr(codec.decode_server(data), "data", None)
        if shown is not None:
            last = shown if isinstance(shown, WireFrame) else diff.undiff(last, shown)
            frames.append(last)
    return frames


def touch(frame):
    """Make all objects of a frame, and claim to have changed them, so that `wire` has to write them back."""
    frame.units = frame.units
    frame.resources, frame.bullets, frame.actions = frame.resources, frame.bullets, frame.actions
    return frame


# ------------------------------------------------------------------------------------------------------------- units


def test_unit_view_reads_its_row_when_asked_and_not_before():
    units = np.zeros(2, WIRE_UNIT_DTYPE)
    units["id"], units["flags"], units["order_size"][1], units["velocityX"] = [3, 4], [2, 1 << 51], 2, [0.5, 1.5]
    orders = np.array([(1, 10, -1, 5, 6), (2, 23, -1, -1, -1)], ORDER_DTYPE)
    unit = Unit.view(WireFrame(units=units, orders=orders), 1)

    assert unit._values is None
    assert (unit.id, unit.velocityX, unit.upgrading, unit.attacking) == (4, 1.5, True, False)
    assert unit.orders == [Order(1, 10, -1, 5, 6), Order(2, 23, -1, -1, -1)]
    assert unit.command == UnitCommand()


def test_unit_field_written_before_any_is_read_stays_written():
    units = np.zeros(1, WIRE_UNIT_DTYPE)
    unit = Unit.view(WireFrame(units=units), 0)

    unit.health = 7
    unit.attacking = True

    assert (unit.health, unit.flags, unit.id) == (7, 2, 0)
    assert units["health"][0] == 0


def test_unit_refuses_fields_that_it_does_not_have():
    unit = Unit()
    with pytest.raises(AttributeError, match="no attribute 'heath'"):
        unit.heath  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'attackin'"):
        unit.attackin = True
    with pytest.raises(TypeError, match="float"):
        unit.health = 1.5


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda unit: pickle.loads(pickle.dumps(unit))])
def test_unit_copies_are_their_own(duplicate):
    units = np.zeros(1, WIRE_UNIT_DTYPE)
    units["id"] = 9
    unit = Unit.view(WireFrame(units=units), 0)

    other = duplicate(unit)
    other.x = 5

    assert (other.id, other.x, unit.x) == (9, 5, 0)


def test_masks_read_and_write_flags():
    unit = Unit()
    unit.setFlag(6, True)
    unit.setFlag(2, False)
    assert (unit.flags, unit.getFlag(4), unit.getFlag(2)) == (4, True, False)


def test_orders_and_commands_are_equal_whenever_they_were_given():
    assert Order(1, 2, 3, 4, 5) == Order(9, 2, 3, 4, 5) != Order(1, 2, 3, 4, 6)
    assert UnitCommand(1, 2, 3, 4, 5, 6) == UnitCommand(9, 2, 3, 4, 5, 6) != UnitCommand(1, 2, 3, 4, 5, 7)
    assert Order() != UnitCommand()
    with pytest.raises(TypeError):
        hash(Order())


@pytest.mark.parametrize(("level", "upgrades", "levels"), [(0, 0, 0), (1, 8, 0), (2, 8, 8), (3, 8, 8 << 16)])
def test_upgrade_level_reads_both_masks(level, upgrades, levels):
    resources = Resources(upgrades=upgrades | 1 << 20, upgrades_level=levels, techs=1 << 63)

    assert resources.upgrade_level(3) == level
    assert (resources.upgrade_level(20), resources.upgrade_level(21)) == (1, 0)
    assert (resources.has_researched(63), resources.has_researched(62)) == (True, False)


# ------------------------------------------------------------------------------------------------------------ frames


@given(wire_frames())
@settings(max_examples=60, deadline=None)
def test_frame_written_back_from_objects_is_the_same_frame(wire):
    written = touch(Frame.of(wire)).wire()

    for member in dataclasses.fields(WireFrame):
        assert np.array_equal(getattr(written, member.name), getattr(wire, member.name)), member.name


def test_frame_that_nobody_changed_is_not_written_back():
    wire = golden_frames()[5]
    frame = Frame.of(wire)
    assert frame.units[0][0].x == wire.units["x"][wire.num_units[0]] or frame.units

    assert frame.wire() is wire


def test_changes_of_objects_are_in_the_copy():
    frame = Frame.of(golden_frames()[0])
    player = next(iter(frame.units))
    frame.units[player][0].health = 77
    frame.units[player][1].orders[0].type = 99
    frame.units[player][2].command.extra = 55
    frame.resources[0].ore = 1234
    frame.width = 132

    copied = Frame(frame)

    assert copied.units[player][0].health == 77
    assert copied.units[player][1].orders[0].type == 99
    assert copied.units[player][2].command.extra == 55
    assert (copied.resources[0].ore, copied.width) == (1234, 132)


def test_containers_are_the_callers_and_objects_the_frames():
    frame = Frame.of(golden_frames()[0])
    player = next(iter(frame.units))
    frame.units[player].clear()
    frame.bullets.append(Bullet())

    assert frame.units[player]
    assert frame.units[player][0] is frame.units[player][0]


@pytest.mark.parametrize("width", [32, 28])
def test_creep_is_a_bit_per_build_tile(width):
    wire = WireFrame(width=width, height=8, creep_map=np.array([0b10000001, 0b1], np.uint8))
    frame = Frame.of(wire)

    tiles = frame.creep_map()

    columns = width // 4
    lit = {(tile // columns, tile % columns) for tile in (0, 7, 8)}
    wanted = np.zeros((8, width), np.uint8)
    for row, column in lit:
        wanted[4 * row : 4 * row + 4, 4 * column : 4 * column + 4] = 1
    assert tiles.dtype == np.uint8
    assert np.array_equal(tiles, wanted)
    assert all(frame.get_creep_at(x, y) == wanted[y, x] for x in range(width) for y in range(8))
    with pytest.raises(IndexError, match="outside the map"):
        frame.get_creep_at(width, 0)


def test_combine_folds_the_recorded_parts_into_the_recorded_whole():
    message = next(m for m in expectation("A_macro")["messages"] if "parts" in m)
    expected = expectation("A_macro")
    parts = [frame_from(part, expected) for part in message["parts"]]

    whole = Frame(parts[0])
    for part in parts[1:]:
        whole.combine(part)

    wanted = frame_from(message["state"]["frame"], expected)
    assert first_difference(whole.wire(), wanted.wire()) == ""
    assert orders_of(whole) == orders_of(wanted)


def orders_of(frame):
    return {
        unit.id: [(order.first_frame, order.type) for order in unit.orders]
        for units in frame.units.values()
        for unit in units
    }


def frame_from(shown, expected):
    """Return the frame that an expectation describes."""

    def unit_from(row):
        unit = Unit()
        for column, value in zip(expected["unit_columns"], row, strict=True):
            if column == "orders":
                unit.orders = [Order(*order) for order in value]
            elif column == "command":
                unit.command = UnitCommand(*value)
            else:
                setattr(unit, column, value)
        return unit

    frame = Frame.of(WireFrame(creep_map=np.frombuffer(bytes.fromhex(shown["creep_map"]), np.uint8)))
    frame.units = {int(player): [unit_from(row) for row in rows] for player, rows in shown["units"].items()}
    frame.resources = {int(player): Resources(*values) for player, values in shown["resources"].items()}
    frame.bullets = [Bullet(*values) for values in shown["bullets"]]
    for name in ("width", "height", "reward", "is_terminal"):
        setattr(frame, name, shown[name])
    return frame


def test_combine_keeps_who_is_gone_and_leaves_the_later_frame_alone():
    early, late = Frame(), Frame()
    gone, stays, comes = Unit(), Unit(), Unit()
    gone.id, stays.id, comes.id = 1, 2, 3
    stays.orders = [Order(1, 6, -1, 3, 3)]
    early.units, early.resources = {0: [gone, stays]}, {0: Resources(ore=5), 1: Resources(ore=6)}
    later = copy.deepcopy(stays)
    later.x, later.orders = 9, [Order(2, 6, -1, 3, 3), Order(2, 3, -1, 3, 3)]
    late.units, late.resources, late.reward = {0: [later, comes], 1: [Unit()]}, {0: Resources(ore=7)}, 4

    early.combine(late)

    assert [(unit.id, unit.x) for unit in early.units[0]] == [(1, 0), (2, 9), (3, 0)]
    assert [(order.first_frame, order.type) for order in early.units[0][1].orders] == [(1, 6), (2, 3)]
    assert {player: resources.ore for player, resources in early.resources.items()} == {0: 7, 1: 6}
    assert (early.reward, list(early.units)) == (4, [0, 1])
    assert len(late.units[0][0].orders) == 2


def test_filter_keeps_what_is_within_eighty_walk_tiles():
    frame, out = Frame(), Frame()
    near, far = Unit(), Unit()
    near.id, near.x, far.id, far.x = 1, 90, 2, 91
    frame.units, frame.bullets = {0: [near, far], 1: []}, [Bullet(1, 90, 0), Bullet(2, 91, 0)]
    out.bullets = [Bullet(3, 0, 0)]

    frame.filter(87, 0, out)  # pixels: walk tile 10

    assert {player: [unit.id for unit in units] for player, units in out.units.items()} == {0: [1], 1: []}
    assert [bullet.type for bullet in out.bullets] == [3, 1]


@given(wire_frames(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_deep_eq_ignores_the_order_of_units_and_first_frames(wire, random):
    one, two = Frame.of(wire), Frame.of(wire)
    shuffled = two.units
    for units in shuffled.values():
        random.shuffle(units)
        for unit in units:
            for order in unit.orders:
                order.first_frame += 1
    two.units = shuffled

    assert one.deepEq(two)
    assert two.deepEq(one)


CHANGES = {
    "reward": lambda frame: setattr(frame, "reward", 99),
    "width": lambda frame: setattr(frame, "width", 99),
    "bullets": lambda frame: setattr(frame, "bullets", [Bullet(9, 9, 9)]),
    "resources": lambda frame: setattr(frame.resources[0], "gas", 99),
    "actions": lambda frame: setattr(frame, "actions", {0: []}),
    "players": lambda frame: setattr(frame, "units", {**frame.units, 9: []}),
    "associatedCount": lambda frame: setattr(frame.units[0][0], "associatedCount", 99),
    "command_frame": lambda frame: setattr(frame.units[0][0].command, "frame", 99),
    "orders": lambda frame: setattr(frame.units[0][0].orders[0], "targetX", 99),
    "flags": lambda frame: setattr(frame.units[0][0], "flags", 1 << 60),
}


@pytest.mark.parametrize("change", CHANGES)
def test_deep_eq_notices(change, caplog):
    one = Frame.of(golden_frames()[0])
    two = Frame(one)
    assert one.deepEq(two, debug=True)
    assert not caplog.records

    CHANGES[change](two)

    with caplog.at_level(logging.WARNING):
        assert not one.deepEq(two, debug=True)
        assert not two.deepEq(one)
    assert change in caplog.text
