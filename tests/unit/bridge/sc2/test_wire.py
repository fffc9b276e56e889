"""What is written by columns is what protobuf's own classes read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
from s2clientprotocol import raw_pb2, sc2api_pb2

from bridge.sc2.grids import KeptBytes
from bridge.sc2.observation import observation_bytes
from bridge.sc2.wire import varint
from bridge.sc2.world import ORDER_VIEW_DTYPE, SNAPSHOT, UNIT_VIEW_DTYPE, VISIBLE, View

FLOATS = (
    *("facing", "radius", "build_progress", "health", "health_max", "shield", "shield_max"),
    *("energy", "energy_max", "weapon_cooldown", "detect_range"),
)


@given(st.integers(0, 2**40))
def test_varint_is_protobufs(value: int) -> None:
    assert raw_pb2.Unit.FromString(b"\x18" + varint(value)).tag == value


def some_units(draw: st.DrawFn) -> np.ndarray:
    count = draw(st.integers(1, 6))
    units = np.zeros(count, UNIT_VIEW_DTYPE)
    reals = hnp.arrays(np.float32, count, elements=st.floats(0, 200, width=32))
    for name in (*FLOATS, "x", "y", "z"):
        units[name] = draw(reals)
    units["id"] = np.arange(1, count + 1) * 1000
    units["type"] = draw(hnp.arrays(np.int32, count, elements=st.integers(1, 2004)))
    units["owner"] = draw(hnp.arrays(np.int32, count, elements=st.sampled_from([1, 2, 16])))
    units["display"] = draw(hnp.arrays(np.uint8, count, elements=st.sampled_from([VISIBLE, SNAPSHOT])))
    for name in ("minerals", "vespene"):
        units[name] = draw(hnp.arrays(np.int32, count, elements=st.integers(0, 10_000)))
    units["assigned"] = draw(hnp.arrays(np.int32, count, elements=st.integers(0, 30)))
    units["is_flying"] = draw(hnp.arrays(np.bool_, count))
    return units


@settings(deadline=None)  # the first example may have to compile
@given(st.data())
def test_observation_units_by_columns_are_what_protobuf_reads(data: st.DataObject) -> None:
    units = data.draw(st.composite(some_units)())
    orders = np.zeros(3, ORDER_VIEW_DTYPE)
    orders["row"] = np.sort(data.draw(hnp.arrays(np.int32, 3, elements=st.integers(0, len(units) - 1))))
    orders["ability"], orders["target_id"], orders["has_point"] = [23, 16, 18], [1000, 0, 0], [False, True, False]
    orders["x"] = 5.5
    grid = np.arange(64, dtype=np.uint8).reshape(8, 8) % 3
    view = View(
        player=1,
        loop=77,
        units=units,
        visibility=grid,
        creep=grid == 1,
        orders=orders,
        buffs=np.array([[0, 27]], np.int32),
    )

    read = sc2api_pb2.Observation.FromString(observation_bytes(view, KeptBytes(), with_raw=True, with_score=True))

    assert read.game_loop == 77
    assert read.raw_data.map_state.visibility.data == grid.tobytes()
    by_id = {unit.tag & 0xFFFFFFFF: unit for unit in read.raw_data.units}
    assert sorted(by_id) == sorted(units["id"].tolist())
    for row, unit in enumerate(units):
        got = by_id[int(unit["id"])]
        assert (got.unit_type, got.owner) == (unit["type"], unit["owner"])
        assert (got.pos.x, got.pos.y, got.pos.z) == (unit["x"], unit["y"], unit["z"])
        assert got.alliance == {1: 1, 2: 4, 16: 3}[int(unit["owner"])]
        assert got.tag >> 32 == (2 if unit["display"] == SNAPSHOT else 1)
        mine = orders[orders["row"] == row]["ability"].tolist()
        assert sorted(order.ability_id for order in got.orders) == sorted(mine)
        assert list(got.buff_ids) == ([27] if row == 0 else [])
        if unit["display"] == SNAPSHOT:
            continue
        assert got.is_flying == unit["is_flying"]
        names = [name for name in FLOATS if name != "weapon_cooldown" or unit["owner"] == 1]
        assert [getattr(got, name) for name in names] == [unit[name] for name in names]
        assert (got.mineral_contents, got.vespene_contents) == (unit["minerals"], unit["vespene"])
        for order in got.orders:
            assert order.HasField("target_unit_tag") == (order.ability_id == 23)
            assert order.HasField("target_world_space_pos") == (order.ability_id == 16)
