"""ResponseObservation's raw part, from a `View`: units by columns (`bridge.sc2.wire`), the rest as messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from s2clientprotocol import raw_pb2, sc2api_pb2, score_pb2

from bridge.sc2.grids import bit_image, byte_image
from bridge.sc2.tags import SEEN_BASE, SNAPSHOT_BASE, tag_of
from bridge.sc2.wire import Item, Record, key, nested, varint
from bridge.sc2.world import NEUTRAL, NO_ID, ORDER_VIEW_DTYPE, SNAPSHOT, UNIT_VIEW_DTYPE, View

SELF: Final = 1
ALLY_NEUTRAL: Final = 3
ENEMY: Final = 4

_POS: Final = 6
_WIRE_BYTES: Final = 2

_PLACE: Final = (
    Item("display", 1, "bool"),
    Item("alliance", 2, "bool"),
    Item("tag", 3, "u35"),
    Item("type", 4, "u14"),
    Item("owner", 5, "bool"),
    Item("x", 1, "float", _POS),
    Item("y", 2, "float", _POS),
    Item("z", 3, "float", _POS),
    Item("facing", 7, "float"),
    Item("radius", 8, "float"),
    Item("build_progress", 9, "float"),
    Item("cloak", 10, "bool"),
)
"""What is known of everything, fields of raw.proto's Unit."""

_BODY: Final = (
    Item("health", 14, "float"),
    Item("health_max", 15, "float"),
    Item("shield", 16, "float"),
    Item("energy", 17, "float"),
    Item("minerals", 18, "u21"),
    Item("vespene", 19, "u21"),
    Item("is_flying", 20, "bool"),
    Item("is_burrowed", 21, "bool"),
    Item("is_powered", 35, "bool"),
    Item("shield_max", 36, "float"),
    Item("energy_max", 37, "float"),
    Item("is_hallucination", 38, "bool"),
    Item("is_active", 39, "bool"),
    Item("attack_level", 40, "bool"),
    Item("armor_level", 41, "bool"),
    Item("shield_level", 42, "bool"),
    Item("detect_range", 31, "float"),
    Item("buff_remain", 43, "u14"),
    Item("buff_max", 44, "u14"),
)
"""What is seen of a unit that is in sight."""

_OWN: Final = (
    Item("add_on_tag", 23, "u35"),
    Item("cargo_taken", 25, "bool"),
    Item("cargo_max", 26, "bool"),
    Item("assigned", 28, "bool"),
    Item("ideal", 29, "bool"),
    Item("weapon_cooldown", 30, "float"),
    Item("engaged_tag", 34, "u35"),
)
"""What only the owner is told."""

_SNAPSHOT_RECORD: Final = Record(_PLACE)
_SEEN_RECORD: Final = Record(_PLACE + _BODY)
_OWN_RECORD: Final = Record(_PLACE + _BODY + _OWN)

_ORDER_PLAIN: Final = Record((Item("ability", 1, "u14"), Item("progress", 4, "float")))
_ORDER_UNIT: Final = Record((Item("ability", 1, "u14"), Item("target_tag", 3, "u35"), Item("progress", 4, "float")))
_ORDER_POINT: Final = Record(
    (
        Item("ability", 1, "u14"),
        Item("x", 1, "float", 2),
        Item("y", 2, "float", 2),
        Item("z", 3, "float", 2),
        Item("progress", 4, "float"),
    )
)

_UNITS: Final = key(raw_pb2.ObservationRaw.UNITS_FIELD_NUMBER, _WIRE_BYTES)
_ORDERS: Final = key(raw_pb2.Unit.ORDERS_FIELD_NUMBER, _WIRE_BYTES)
_BUFF_IDS: Final = raw_pb2.Unit.BUFF_IDS_FIELD_NUMBER
_RAW_DATA: Final = sc2api_pb2.Observation.RAW_DATA_FIELD_NUMBER
_MAP_STATE: Final = raw_pb2.ObservationRaw.MAP_STATE_FIELD_NUMBER


def observation_bytes(view: View, *, with_raw: bool, with_score: bool) -> bytes:
    """Return the bytes of an Observation.

    Args:
        view: what the player may see.
        with_raw: with the raw data.
        with_score: with the score.
    """
    head = sc2api_pb2.Observation(game_loop=view.loop)
    common = head.player_common
    common.player_id = view.player
    common.minerals, common.vespene = view.minerals, view.vespene
    common.food_cap, common.food_used = view.food_cap, view.food_used
    common.food_army, common.food_workers = view.food_army, view.food_workers
    common.idle_worker_count, common.army_count = view.idle_workers, view.army_count
    common.warp_gate_count, common.larva_count = view.warp_gates, view.larvae
    if with_score:
        head.score.CopyFrom(_score(view))
    parts = [head.SerializeToString()]
    if with_raw:
        parts.append(nested(_RAW_DATA, _raw(view)))
    return b"".join(parts)


def _score(view: View) -> score_pb2.Score:
    score = score_pb2.Score(
        score_type=score_pb2.Score.ScoreType.Value("Curriculum" if view.is_curriculum else "Melee"),
        score=view.score_total,
    )
    for name, value in view.score.items():
        category, _, part = name.rpartition(".")
        holder = getattr(score.score_details, category) if category else score.score_details
        setattr(holder, part, value)
    return score


def _raw(view: View) -> bytes:
    rest = raw_pb2.ObservationRaw()
    rest.player.upgrade_ids.extend(view.upgrades)
    for x, y, radius, unit_id in view.power:
        source = rest.player.power_sources.add(radius=radius, tag=tag_of(unit_id))
        source.pos.x, source.pos.y = x, y
    camera = rest.player.camera
    own = view.units[view.units["owner"] == view.player]
    if len(own):  # nobody moves a camera here; it stands over one's first unit
        camera.x, camera.y, camera.z = (float(own[name][0]) for name in "xyz")
    else:
        camera.x, camera.y, camera.z = 0.0, 0.0, 0.0
    if view.dead:
        rest.event.dead_units.extend(tag_of(unit_id) for unit_id in view.dead)
    for effect_id, owner, radius, x, y in view.effects:
        alliance = SELF if owner == view.player else ALLY_NEUTRAL if owner == NEUTRAL else ENEMY
        effect = rest.effects.add(effect_id=effect_id, owner=owner, radius=radius)
        effect.alliance = raw_pb2.Alliance.ValueType(alliance)
        effect.pos.add(x=x, y=y)
    map_state = nested(1, byte_image(view.visibility)) + nested(2, bit_image(view.creep))
    return b"".join((rest.SerializeToString(), nested(_MAP_STATE, map_state), *_units(view)))


def _units(view: View) -> list[bytes]:
    """Return the bytes of all units, each with the key that stands before it."""
    units = view.units
    if not len(units):
        return []
    is_snapshot = units["display"] == SNAPSHOT
    is_own = units["owner"] == view.player
    columns = np.empty(len(units), _COLUMNS)
    for name in UNIT_VIEW_DTYPE.names or ():
        columns[name] = units[name]
    columns["alliance"] = np.where(is_own, SELF, np.where(units["owner"] == NEUTRAL, ALLY_NEUTRAL, ENEMY))
    columns["tag"] = np.where(is_snapshot, SNAPSHOT_BASE, SEEN_BASE) + units["id"]
    for name, source in (("add_on_tag", "add_on_id"), ("engaged_tag", "engaged_id")):
        columns[name] = np.where(units[source] != NO_ID, SEEN_BASE + units[source], 0)
    extras = _extras(view)
    out: list[bytes] = []
    for record, rows in (
        (_SNAPSHOT_RECORD, np.flatnonzero(is_snapshot)),
        (_SEEN_RECORD, np.flatnonzero(~is_snapshot & ~is_own)),
        (_OWN_RECORD, np.flatnonzero(~is_snapshot & is_own)),
    ):
        if not len(rows):
            continue
        data = record.rows(columns[rows]).tobytes()
        size = record.size
        plain = _UNITS + varint(size)
        for index, row in enumerate(rows.tolist()):
            body = data[index * size : (index + 1) * size]
            more = extras.get(row)
            if more is None:
                out += (plain, body)
            else:
                rest = b"".join(more)
                out += (_UNITS, varint(size + len(rest)), body, rest)
    return out


_COLUMNS: Final = np.dtype(
    [
        *((name, UNIT_VIEW_DTYPE[name]) for name in UNIT_VIEW_DTYPE.names or ()),
        ("alliance", np.uint8),
        ("tag", np.int64),
        ("add_on_tag", np.int64),
        ("engaged_tag", np.int64),
    ]
)


def _extras(view: View) -> dict[int, list[bytes]]:
    """Return what some units have several of: orders, buffs, passengers, rally points."""
    found: dict[int, list[bytes]] = {}
    for row, data in zip(view.orders["row"].tolist(), _orders(view.orders), strict=True):
        found.setdefault(row, []).append(data)
    for row, buff in view.buffs:
        found.setdefault(row, []).append(varint(_BUFF_IDS << 3) + varint(buff))
    for row, x, y, unit_id in view.rallies:
        rally = raw_pb2.RallyTarget(tag=tag_of(unit_id)) if unit_id else raw_pb2.RallyTarget()
        rally.point.x, rally.point.y = x, y
        found.setdefault(row, []).append(nested(raw_pb2.Unit.RALLY_TARGETS_FIELD_NUMBER, rally.SerializeToString()))
    for row, unit_id, kind, *values in view.passengers.tolist():
        health, health_max, shield, shield_max, energy, energy_max = values
        passenger = raw_pb2.PassengerUnit(
            tag=tag_of(unit_id),
            unit_type=kind,
            health=health,
            health_max=health_max,
            shield=shield,
            shield_max=shield_max,
            energy=energy,
            energy_max=energy_max,
        )
        found.setdefault(row, []).append(nested(raw_pb2.Unit.PASSENGERS_FIELD_NUMBER, passenger.SerializeToString()))
    return found


def _orders(orders: NDArray[np.void]) -> list[bytes]:
    """Return the bytes of each order, with the key that stands before it."""
    out = [b""] * len(orders)
    if not len(orders):
        return out
    columns = np.zeros(len(orders), _ORDER_COLUMNS)
    for name in ORDER_VIEW_DTYPE.names or ():
        columns[name] = orders[name]
    has_unit = orders["target_id"] != NO_ID
    columns["target_tag"] = SEEN_BASE + orders["target_id"]
    for record, mask in (
        (_ORDER_UNIT, has_unit),
        (_ORDER_POINT, ~has_unit & orders["has_point"]),
        (_ORDER_PLAIN, ~has_unit & ~orders["has_point"]),
    ):
        rows = np.flatnonzero(mask).tolist()
        data = record.rows(columns[rows]).tobytes()
        head, size = _ORDERS + varint(record.size), record.size
        for index, row in enumerate(rows):
            out[row] = head + data[index * size : (index + 1) * size]
    return out


_ORDER_COLUMNS: Final = np.dtype(
    [
        *((name, ORDER_VIEW_DTYPE[name]) for name in ORDER_VIEW_DTYPE.names or ()),
        ("z", np.float32),
        ("target_tag", np.int64),
    ]
)


def results_part(results: Sequence[int]) -> bytes:
    """Return the part of a ResponseObservation that says how the game has ended."""
    response = sc2api_pb2.ResponseObservation()
    for number, result in enumerate(results, start=1):
        response.player_result.add(player_id=number, result=sc2api_pb2.Result.ValueType(result))
    return response.SerializeToString()
