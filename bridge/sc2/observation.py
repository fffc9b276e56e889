"""ResponseObservation's raw part, from a `View`: units by columns (`bridge.sc2.wire`), the rest as messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import numpy as np
from s2clientprotocol import raw_pb2, sc2api_pb2, score_pb2

from bridge.sc2.grids import KeptBytes, bit_image, byte_image
from bridge.sc2.shown import ALLY_NEUTRAL, ENEMY, SELF, unit_bytes
from bridge.sc2.tags import tag_of
from bridge.sc2.wire import nested, unsigned
from bridge.sc2.world import NEUTRAL, View

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
    images = kept.image("visibility", view.visibility, byte_image), kept.image("creep", view.creep, bit_image)
    parts += kept.part("map state", images, lambda: _map_state(*images)), _units(view)
    return b"".join(parts)


def _map_state(visibility: bytes, creep: bytes) -> bytes:
    """Return both images as the part of an ObservationRaw that they are."""
    return nested(_MAP_STATE, nested(1, visibility) + nested(2, creep))


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
    more = [*_rallies(view), *_passengers(view)] if len(view.rallies) or len(view.passengers) else []
    return unit_bytes(view.units, view.orders, view.buffs, more, view.player)


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


def results_part(results: Sequence[int]) -> bytes:
    """Return the part of a ResponseObservation that says how the game has ended."""
    response = sc2api_pb2.ResponseObservation()
    for number, result in enumerate(results, start=1):
        response.player_result.add(player_id=number, result=sc2api_pb2.Result.ValueType(result))
    return response.SerializeToString()
