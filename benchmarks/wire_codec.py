"""TorchCraft's state updates, written and read by our codec and by the official flatbuffers package.

The frames are those of a battle: from one to the next every unit has moved and turned, reloads, every other one is
hurt, and its order bears the new frame's number; a difference lists 6 or 7 numbers of a unit and 1 of its order.
Both sides begin and end with what they work on: arrays here, lists and tuples there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from benchmarks import flatbuffers_wire
from benchmarks.measure import Contestant, Run, rate_of
from bridge.torchcraft.codec import decode_server, encode, prepare
from bridge.torchcraft.diff import diff, undiff
from bridge.torchcraft.messages import ORDER_DTYPE, RESOURCES_DTYPE, WIRE_UNIT_DTYPE, StateUpdate, WireFrame

OURS, PACKAGE = "nydus", "flatbuffers package"
KINDS: Final = ("frame", "difference")
WAYS: Final = ("encode", "decode")
SEED: Final = 20260101


def group(way: str, kind: str, num_units: int) -> str:
    """Return the group's name.

    Args:
        way: of WAYS.
        kind: of KINDS.
        num_units: units of the frame.
    """
    return f"{way}, {kind} of {num_units} units, messages/s"


def battle_frame(num_units: int, moment: int) -> WireFrame:
    """Return one frame of a battle between two players.

    Args:
        num_units: of both.
        moment: which frame; the same units are in all of them.
    """
    rng = np.random.default_rng(SEED)
    units = np.zeros(num_units, WIRE_UNIT_DTYPE)
    for name in WIRE_UNIT_DTYPE.names or ():
        if units.dtype[name] == np.int32:
            units[name] = rng.integers(1, 200, num_units)
    units["id"], units["first_order"], units["order_size"] = np.arange(num_units), np.arange(num_units), 1
    units["playerId"] = np.repeat([0, 1], [num_units // 2, num_units - num_units // 2])
    units["pixel_x"] += 9 * moment
    units["pixel_y"] += 9 * moment
    units["x"], units["y"] = units["pixel_x"] // 8, units["pixel_y"] // 8
    units["groundCD"] = 15 - moment
    units["health"][::2] -= 6 * moment
    units["flags"] = rng.integers(0, 1 << 51, num_units)
    units["velocityX"], units["velocityY"] = rng.normal(size=(2, num_units)) + moment
    orders = np.zeros(num_units, ORDER_DTYPE)
    orders["first_frame"], orders["type"], orders["targetId"] = 100 + moment, 10, 3
    orders["targetX"], orders["targetY"] = 50, 60
    resources = np.zeros(1, RESOURCES_DTYPE)
    resources["ore"], resources["used_psi"], resources["total_psi"] = 50, num_units, 400
    return WireFrame(
        player_ids=np.array([0, 1], np.int32),
        num_units=np.array([num_units // 2, num_units - num_units // 2], np.int32),
        units=units,
        orders=orders,
        resources=resources,
        creep_map=np.zeros(128, np.uint8),
        width=128,
        height=128,
    )


def update_of(kind: str, num_units: int) -> StateUpdate:
    """Return the message of a step: the first frame, or what the second is beside it.

    Args:
        kind: of KINDS.
        num_units: of both players.
    """
    old, new = battle_frame(num_units, 0), battle_frame(num_units, 1)
    return StateUpdate(
        data=old if kind == "frame" else diff(new, old),
        frame_from_bwapi=100,
        battle_frame_count=7,
        commands_status=np.zeros(num_units // 2, np.int8),
    )


def contestants(sizes: Sequence[int]) -> list[Contestant]:
    """Return both codecs at these sizes, and what differences cost beside them.

    Args:
        sizes: units of a frame.
    """
    found = []
    for num_units in sizes:
        for kind in KINDS:
            for way in WAYS:
                found += [_contestant(way, kind, num_units, name) for name in (OURS, PACKAGE)]
        found += [_difference_contestant(way, num_units) for way in ("diff", "undiff")]
    return found


def _contestant(way: str, kind: str, num_units: int, name: str) -> Contestant:
    return Contestant(
        group=group(way, kind, num_units), name=name, open=lambda: _opened(_work(way, kind, num_units, name))
    )


def _difference_contestant(way: str, num_units: int) -> Contestant:
    return Contestant(
        group=group(way, "frame", num_units), name=OURS, open=lambda: _opened(_difference_work(way, num_units))
    )


def _work(way: str, kind: str, num_units: int, name: str) -> Callable[[], Any]:
    """Return what is done over and over."""
    update = update_of(kind, num_units)
    data = encode(update)
    if name == OURS:
        return (lambda: encode(update)) if way == "encode" else (lambda: decode_server(data))
    values = flatbuffers_wire.read(data)
    if way == "decode":
        return lambda: flatbuffers_wire.read(data)
    assert flatbuffers_wire.read(flatbuffers_wire.write_state(values)) == values
    return lambda: flatbuffers_wire.write_state(values)


def _difference_work(way: str, num_units: int) -> Callable[[], Any]:
    old, new = battle_frame(num_units, 0), battle_frame(num_units, 1)
    change = diff(new, old)
    return (lambda: diff(new, old)) if way == "diff" else (lambda: undiff(old, change))


@contextlib.contextmanager
def _opened(work: Callable[[], Any]) -> Iterator[Run]:
    prepare()

    def some() -> int:
        for _ in range(10):
            work()
        return 10

    yield lambda seconds: rate_of(some, seconds)
