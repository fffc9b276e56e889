"""Differences of frames: those of TorchCraft's own code, a plain model of the rules beside ours, and bad ones."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torchcraft_golden import SEQUENCES, messages
from wire_frames import UNIT_FIELDS, frames, plain, random_frame, same

from bridge.torchcraft.codec import WireError, decode_server, encode, encode_difference
from bridge.torchcraft.diff import diff, undiff
from bridge.torchcraft.messages import (
    CREEP_DIFF_DTYPE,
    UNIT_DIFF_DTYPE,
    StateUpdate,
    WireFrame,
    WireFrameDiff,
)

VAR_IDS = [*range(10), *range(11, 40)]
"""Difference ids of the unit's numbers behind its id, in order."""


def wrapped(value):
    """Return a sum or difference as a 32-bit number with a sign."""
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def units_of(frame):
    """Return {player: {id: (numbers without the id, flags and velocities, orders)}}, in ascending order of ids."""
    found, first = {}, 0
    for player, count in zip(frame.player_ids.tolist(), frame.num_units.tolist(), strict=True):
        rows = sorted(frame.units[first : first + count], key=lambda row: row["id"])
        found[player] = {
            int(row["id"]): (
                [int(row[name]) for name in UNIT_FIELDS[1:]],
                (int(row["flags"]), float(row["velocityX"]), float(row["velocityY"])),
                [list(o) for o in frame.orders[row["first_order"] : row["first_order"] + row["order_size"]].tolist()],
            )
            for row in rows
        }
        first += count
    return found


def modelled(new, old):
    """Return the difference as the protocol describes it: {player: [(id, own fields, vars, order_size, orders)]}."""
    before, found = units_of(old), {}
    for player, units in units_of(new).items():
        found[player] = []
        for unit_id, (numbers, own, orders) in units.items():
            known = before.get(player, {}).get(unit_id)
            old_numbers, _, old_orders = known or ([0] * 39, None, [])
            changes = [(v, wrapped(a - b)) for v, a, b in zip(VAR_IDS, numbers, old_numbers, strict=True)]
            moved = []
            for i, order in enumerate(orders):
                old_order = old_orders[i] if i < len(old_orders) else [0] * 5
                moved += [(5 * i + k, wrapped(order[k] - old_order[k])) for k in range(5)]
            if known:
                changes, moved = [c for c in changes if c[1]], [m for m in moved if m[1]]
            found[player].append((unit_id, own, changes, len(orders), moved))
    return found


def told(d):
    """Return a difference in the form of `modelled`."""
    found, first = {}, 0
    for player, count in zip(d.player_ids.tolist(), d.num_units.tolist(), strict=True):
        found[player] = []
        for row in d.units[first : first + count]:
            variables = slice(row["first_var"], row["first_var"] + row["num_vars"])
            orders = slice(row["first_order"], row["first_order"] + row["num_orders"])
            found[player].append(
                (
                    int(row["id"]),
                    (int(row["flags"]), float(row["velocityX"]), float(row["velocityY"])),
                    list(zip(d.var_ids[variables].tolist(), d.var_diffs[variables].tolist(), strict=True)),
                    int(row["order_size"]),
                    list(zip(d.order_ids[orders].tolist(), d.order_diffs[orders].tolist(), strict=True)),
                )
            )
        first += count
    return found


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_differences_are_those_that_the_original_sent(sequence):
    frame, compared = WireFrame(), 0

    for data in messages(sequence):
        sent = getattr(decode_server(data), "data", None)
        if isinstance(sent, WireFrame):
            frame = sent
        elif isinstance(sent, WireFrameDiff):
            old, frame = frame, undiff(frame, sent)
            ours = diff(frame, old)
            # The original lists creep in the order of a hash map.
            ordered = dataclasses.replace(sent, creep_map=np.sort(sent.creep_map, order="index"))
            assert same(ours, ordered) == []
            compared += 1

    assert compared >= {"A_macro": 51, "B_micro": 15}[sequence]


@settings(max_examples=100, deadline=None)
@given(new=frames(), old=frames())
def test_difference_follows_the_protocol_and_leads_back(new, old):
    change = diff(new, old)

    again = undiff(old, change)

    assert told(change) == modelled(new, old)
    assert units_of(again) == units_of(new)
    assert (again.width, again.height) == (old.width, old.height)
    kept = {"units", "orders", "width", "height"}
    assert set(same(again, new)) <= kept
    for player in plain(again)["units"].values():
        assert [unit[0] for unit in player] == sorted(unit[0] for unit in player)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 99), num_units=st.integers(0, 300))
def test_units_in_any_order_give_one_difference(seed, num_units):
    old = random_frame(seed, num_units)
    order = np.concatenate(
        [
            np.random.default_rng(seed).permutation(part)
            for part in np.split(np.arange(num_units), np.cumsum(old.num_units)[:-1])
        ]
    )
    shuffled = dataclasses.replace(old, units=old.units[order.astype(int)])

    for change in (diff(shuffled, old), diff(old, shuffled)):
        assert change.var_ids.size == 0
        assert change.order_ids.size == 0


def test_difference_of_a_frame_from_itself_is_empty():
    frame = random_frame(7)

    change = diff(frame, frame)

    assert (change.var_ids.size, change.order_ids.size, change.creep_map.size) == (0, 0, 0)


def test_numbers_wrap_around_at_32_bits():
    old, new = random_frame(1), random_frame(1)
    old.units["health"], new.units["health"] = -(1 << 31), (1 << 31) - 1

    change = diff(new, old)

    assert change.var_diffs.tolist() == [-1] * 12
    assert undiff(old, change).units["health"].tolist() == [(1 << 31) - 1] * 12


def test_unit_of_a_new_owner_is_told_whole():
    old = random_frame(1, num_units=1, players=(0,))
    new = dataclasses.replace(old, player_ids=np.array([1], np.int32))

    change = diff(new, old)

    assert change.var_ids.tolist() == VAR_IDS


def test_entry_out_of_order_is_taken_for_a_new_unit():
    old = random_frame(2, num_units=2, players=(0,), ids=[1, 2])
    change = diff(old, old)
    turned = dataclasses.replace(change, units=change.units[::-1].copy())

    units = undiff(old, turned).units

    assert units["id"].tolist() == [2, 1]
    assert units["max_health"].tolist() == [old.units["max_health"][1], 0]


def test_difference_before_any_frame_is_applied_to_nothing():
    change = diff(random_frame(3, creep_bytes=0), WireFrame())

    assert units_of(undiff(WireFrame(), change)) == units_of(random_frame(3))


def test_unknown_variables_are_passed_over():
    old = random_frame(4, num_units=1, players=(0,))
    change = diff(old, old)
    change.units["num_vars"] = 3
    odd = dataclasses.replace(change, var_ids=np.array([10, 40, -1], np.int32), var_diffs=np.array([5, 5, 5], np.int32))

    assert units_of(undiff(old, odd)) == units_of(old)


def damaged(**changes):
    """Return a frame, and a difference of its one unit with some fields of its record replaced."""
    old = random_frame(5, num_units=1, players=(0,))
    change = diff(old, old)
    for name, value in changes.items():
        change.units[name] = value
    return old, change


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"order_size": -1}, "UnitDiff.order_size: is negative"),
        ({"order_size": 2_000_000}, "UnitDiff.order_size: asks for too many orders"),
        ({"num_vars": 1}, "UnitDiff.var_ids: a unit refers to more than the 0 that there are"),
        ({"first_order": 1, "num_orders": 1}, "UnitDiff.order_ids: a unit refers to more"),
        ({"num_orders": -1}, "UnitDiff.order_ids: a unit refers to more"),
    ],
)
def test_difference_that_does_not_fit_is_refused(changes, text):
    old, change = damaged(**changes)

    with pytest.raises(WireError, match=text):
        undiff(old, change)


@pytest.mark.parametrize("order_id", [-1, 5, 1 << 30])
def test_order_beyond_order_size_is_refused(order_id):
    old, change = damaged(num_orders=1, order_size=1)
    change = dataclasses.replace(change, order_ids=np.array([order_id], np.int32), order_diffs=np.array([1], np.int32))

    with pytest.raises(WireError, match=r"UnitDiff\.order_ids: changes an order beyond order_size"):
        undiff(old, change)


@pytest.mark.parametrize("index", [-1, 24, 1 << 30])
def test_creep_outside_the_map_is_refused(index):
    old = random_frame(6)
    change = dataclasses.replace(diff(old, old), creep_map=np.array([(index, 1)], CREEP_DIFF_DTYPE))

    with pytest.raises(WireError, match="changes a byte outside the creep map's 24"):
        undiff(old, change)


def test_creep_maps_of_different_lengths_are_refused():
    with pytest.raises(WireError, match=r"new\.creep_map: has 8 bytes, the frame before 24"):
        diff(random_frame(1, creep_bytes=8), random_frame(1))


def test_difference_changes_neither_frame():
    old, new = random_frame(8), random_frame(9)
    before = encode(StateUpdate(data=old)), encode(StateUpdate(data=new))

    change = diff(new, old)
    undiff(old, change)

    assert (encode(StateUpdate(data=old)), encode(StateUpdate(data=new))) == before


def test_order_sizes_may_shrink_and_grow():
    old = random_frame(10, num_units=3, players=(0,), ids=[0, 1, 2])
    grown = dataclasses.replace(old, units=old.units.copy())
    grown.units["order_size"], grown.units["first_order"] = [0, 0, old.orders.size], 0

    assert units_of(undiff(old, diff(grown, old))) == units_of(grown)
    assert units_of(undiff(grown, diff(old, grown))) == units_of(old)


def test_records_have_no_gaps():
    assert UNIT_DIFF_DTYPE.itemsize == 48


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), later=st.integers(0, 1000))
def test_difference_written_without_arrays_in_between_is_the_same_message(seed, later):
    old, new = random_frame(seed), random_frame(later)
    update = StateUpdate(frame_from_bwapi=later, commands_status=np.array([0, -3], np.int8))

    direct = encode_difference(update, new, old)

    assert direct == encode(dataclasses.replace(update, data=diff(new, old)))


def test_difference_of_units_that_share_their_orders_is_written_all_the_same():
    old = random_frame(3)
    units = old.units.copy()
    units["first_order"], units["order_size"] = 0, len(old.orders)
    new = dataclasses.replace(old, units=units)

    direct = encode_difference(StateUpdate(), new, old)

    assert len(units) > 1
    assert direct == encode(StateUpdate(data=diff(new, old)))


def test_difference_of_frames_that_do_not_fit_together_is_refused():
    old = random_frame(3)
    units = old.units.copy()
    units["order_size"] += len(old.orders)

    for pair in ((dataclasses.replace(old, units=units), old), (old, dataclasses.replace(old, units=units))):
        with pytest.raises(WireError, match="refers to more than"):
            encode_difference(StateUpdate(), *pair)
