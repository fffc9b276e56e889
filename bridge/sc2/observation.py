"""ResponseObservation's raw part, from a `View`: units by columns (`bridge.sc2.wire`), the rest as messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from s2clientprotocol import raw_pb2, sc2api_pb2, score_pb2

from bridge.sc2.grids import KeptBytes, bit_image, byte_image
from bridge.sc2.shown import ALLY_NEUTRAL, ENEMY, SELF, SHOWN_DTYPE, TOLD_DTYPE, shown, told
from bridge.sc2.tags import tag_of
from bridge.sc2.wire import Item, Layout, Records, key, nested, unsigned
from bridge.sc2.wire_kernels import LENGTH_BYTES, join_records
from bridge.sc2.world import NEUTRAL, View

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

_UNIT_RECORDS: Final = Records(SHOWN_DTYPE, (Layout(_PLACE), Layout(_PLACE + _BODY), Layout(_PLACE + _BODY + _OWN)))

_ORDERS: Final = raw_pb2.Unit.ORDERS_FIELD_NUMBER
_ABILITY: Final = Item("ability", 1, "u14")
_POINT: Final = (Item("x", 1, "float", 2), Item("y", 2, "float", 2), Item("z", 3, "float", 2))
_TARGET: Final = Item("target_tag", 3, "u35")
_PROGRESS: Final = Item("progress", 4, "float")
_ORDER_RECORDS: Final = Records(
    TOLD_DTYPE,
    (
        Layout((_ABILITY, _PROGRESS), _ORDERS),
        Layout((_ABILITY, _TARGET, _PROGRESS), _ORDERS),
        Layout((_ABILITY, *_POINT, _PROGRESS), _ORDERS),
    ),
)

_BUFF_COLUMNS: Final = np.dtype([("row", np.int32), ("buff", np.int32)])
_BUFF_RECORDS: Final = Records(_BUFF_COLUMNS, (Layout((Item("buff", raw_pb2.Unit.BUFF_IDS_FIELD_NUMBER, "u14"),)),))

_UNITS: Final = np.frombuffer(key(raw_pb2.ObservationRaw.UNITS_FIELD_NUMBER, _WIRE_BYTES), np.uint8)
_SCORE: Final = sc2api_pb2.Observation.SCORE_FIELD_NUMBER
_GAME_LOOP: Final = sc2api_pb2.Observation.GAME_LOOP_FIELD_NUMBER
_COMMON: Final = sc2api_pb2.Observation.PLAYER_COMMON_FIELD_NUMBER
_RAW_DATA: Final = sc2api_pb2.Observation.RAW_DATA_FIELD_NUMBER
NOWHERE: Final = (0.0, 0.0, 0.0)

_MAP_STATE: Final = raw_pb2.ObservationRaw.MAP_STATE_FIELD_NUMBER


def observation_bytes(view: View, kept: KeptBytes, *, with_raw: bool, with_score: bool) -> bytes:
    """Return the bytes of an Observation.

    Args:
        view: what the player may see.
        kept: what the same player was told last.
        with_raw: with the raw data.
        with_score: with the score.
    """
    parts = [unsigned(_GAME_LOOP, view.loop), kept.part("common", _common_facts(view), lambda: _common(view))]
    if with_score:
        facts = (view.score_total, view.is_curriculum, *view.score.items())
        parts.append(kept.part("score", facts, lambda: nested(_SCORE, _score(view).SerializeToString())))
    if with_raw:
        parts.append(nested(_RAW_DATA, _raw(view, kept)))
    return b"".join(parts)


def _common_facts(view: View) -> tuple[int, ...]:
    return (
        *(view.player, view.minerals, view.vespene, view.food_cap, view.food_used, view.food_army, view.food_workers),
        *(view.idle_workers, view.army_count, view.warp_gates, view.larvae),
    )


def _common(view: View) -> bytes:
    """Return the player's numbers as the field that they are."""
    names = (
        *("player_id", "minerals", "vespene", "food_cap", "food_used", "food_army", "food_workers"),
        *("idle_worker_count", "army_count", "warp_gate_count", "larva_count"),
    )
    common = sc2api_pb2.PlayerCommon(**dict(zip(names, _common_facts(view), strict=True)))
    return nested(_COMMON, common.SerializeToString())


def _score(view: View) -> score_pb2.Score:
    score = score_pb2.Score(
        score_type=score_pb2.Score.ScoreType.Value("Curriculum" if view.is_curriculum else "Melee"),
        score=view.score_total,
    )
    details = score.score_details
    for name, value in view.score.items():
        category, part = _parts_of(name)
        setattr(getattr(details, category) if category else details, part, value)
    return score


@cache
def _parts_of(name: str) -> tuple[str, str]:
    """Return category and field of a detail of the score: `used_minerals.army` is both, others have no category."""
    category, _, part = name.rpartition(".")
    return category, part


def _raw(view: View, kept: KeptBytes) -> bytes:
    if kept.camera is None:
        kept.camera = _first_place(view)
    facts = (kept.camera, *view.upgrades, *view.power)
    parts = [kept.part("player", facts, lambda: _player(view, kept.camera or NOWHERE))]
    if view.dead or view.effects:
        parts.append(_events(view))
    visibility = kept.image("visibility", view.visibility, byte_image)
    map_state = nested(1, visibility) + nested(2, kept.image("creep", view.creep, bit_image))
    return b"".join((*parts, nested(_MAP_STATE, map_state), _units(view)))


def _first_place(view: View) -> tuple[float, float, float] | None:
    """Return where one's first unit stands, None if there is none: nobody moves a camera here, it stays there."""
    own = np.flatnonzero(view.units["owner"] == view.player)
    if not len(own):
        return None
    first = view.units[own[0]]
    return float(first["x"]), float(first["y"]), float(first["z"])


def _player(view: View, camera: tuple[float, float, float]) -> bytes:
    """Return upgrades, power and camera as the part of an ObservationRaw that they are."""
    rest = raw_pb2.ObservationRaw()
    rest.player.upgrade_ids.extend(view.upgrades)
    for x, y, radius, unit_id in view.power:
        source = rest.player.power_sources.add(radius=radius, tag=tag_of(unit_id))
        source.pos.x, source.pos.y = x, y
    place = rest.player.camera
    place.x, place.y, place.z = camera
    return rest.SerializeToString()


def _events(view: View) -> bytes:
    """Return deaths and effects as the part of an ObservationRaw that they are."""
    rest = raw_pb2.ObservationRaw()
    if view.dead:
        rest.event.dead_units.extend(tag_of(unit_id) for unit_id in view.dead)
    for effect_id, owner, radius, x, y in view.effects:
        alliance = SELF if owner == view.player else ALLY_NEUTRAL if owner == NEUTRAL else ENEMY
        effect = rest.effects.add(effect_id=effect_id, owner=owner, radius=radius)
        effect.alliance = raw_pb2.Alliance.ValueType(alliance)
        effect.pos.add(x=x, y=y)
    return rest.SerializeToString()


def _units(view: View) -> bytes:
    """Return the bytes of all units, as the repeated field that they are."""
    units = view.units
    if not len(units):
        return b""
    bodies, ends = _UNIT_RECORDS.write(*shown(units, view.player))
    rows, more, starts, stops = _extras(view)
    out = np.empty(len(bodies) + len(more) + len(units) * (len(_UNITS) + LENGTH_BYTES), np.uint8)
    size = join_records(_UNITS, bodies, ends, more, rows, starts, stops, out)
    return out[:size].tobytes()


def _extras(view: View) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Return what some units have several of, orders, buffs, rally points, passengers.

    Returns:
        rows of the units, ascending; the bytes; where each one's begin there, and where they end.
    """
    data, ends = _orders(view.orders)
    rows = view.orders["row"].astype(np.int64)
    if len(view.buffs):
        columns = np.ascontiguousarray(view.buffs).view(_BUFF_COLUMNS)[:, 0]
        more, more_ends = _BUFF_RECORDS.write(columns, np.zeros(len(columns), np.int64))
        rows, ends = np.concatenate([rows, columns["row"]]), np.concatenate([ends, more_ends + len(data)])
        data = np.concatenate([data, more])
    few = [*_rallies(view), *_passengers(view)]
    if few:
        lengths = np.cumsum([len(part) for _, part in few])
        rows, ends = np.concatenate([rows, [row for row, _ in few]]), np.concatenate([ends, lengths + len(data)])
        data = np.concatenate([data, np.frombuffer(b"".join(part for _, part in few), np.uint8)])
    starts = np.zeros_like(ends)
    starts[1:] = ends[:-1]
    if len(view.buffs) or few:
        turn = np.argsort(rows, kind="stable")
        rows, starts, ends = rows[turn], starts[turn], ends[turn]
    return rows, data, starts, ends


def _rallies(view: View) -> Iterator[tuple[int, bytes]]:
    """Yield row and bytes of each rally point."""
    for row, x, y, unit_id in view.rallies:
        rally = raw_pb2.RallyTarget(tag=tag_of(unit_id)) if unit_id else raw_pb2.RallyTarget()
        rally.point.x, rally.point.y = x, y
        yield row, nested(raw_pb2.Unit.RALLY_TARGETS_FIELD_NUMBER, rally.SerializeToString())


def _passengers(view: View) -> Iterator[tuple[int, bytes]]:
    """Yield the carrier's row and the bytes of each passenger."""
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
        yield row, nested(raw_pb2.Unit.PASSENGERS_FIELD_NUMBER, passenger.SerializeToString())


def _orders(orders: NDArray[np.void]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of all orders, each with the key that stands before it, and where each ends."""
    return _ORDER_RECORDS.write(*told(orders))


def results_part(results: Sequence[int]) -> bytes:
    """Return the part of a ResponseObservation that says how the game has ended."""
    response = sc2api_pb2.ResponseObservation()
    for number, result in enumerate(results, start=1):
        response.player_result.add(player_id=number, result=sc2api_pb2.Result.ValueType(result))
    return response.SerializeToString()
