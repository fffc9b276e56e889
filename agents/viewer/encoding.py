"""A `Recording` as few bytes, in a form that a browser unfolds in a fraction of a second.

    zlib( length of the header, 4 bytes | header, JSON | columns )

Units are laid out *track by track*: a track is one unit's rows while it is seen without a gap and keeps its type and
owner. Along a track most numbers stay as they are or change little, so every column holds differences from the number
before (zigzag: 0, -1, 1, -2 ... become 0, 1, 2, 3 ...; arithmetic wraps at the column's width), and of those first all
low bytes, then all second bytes, and so on: long runs of zeros, which zlib likes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.viewer.recording import Recording
from agents.viewer.series import LABELS, frames_per_minute, series_of
from engine.broodwar.rules_table import ORDER_NAMES, RACES, UNIT_TYPE_NAMES, UNIT_TYPES, WEAPON_TYPES
from engine.core.frame import UnitCommandType, UnitFlag
from engine.core.rules import BROODWAR, GameRules, rules_of
from envs.render.shapes import shape_of

FORMAT: Final = 1

ZLIB_LEVEL: Final = 6
"""The next three levels save some percent and take several times as long."""

SHOWN_FLAGS: Final = (
    UnitFlag.COMPLETED,
    UnitFlag.FLYING,
    UnitFlag.CLOAKED,
    UnitFlag.BURROWED,
    UnitFlag.STIMMED,
    UnitFlag.UNDER_ATTACK,
    UnitFlag.ATTACKING,
    UnitFlag.MOVING,
    UnitFlag.IDLE,
    UnitFlag.HOLDING_POSITION,
    UnitFlag.DETECTED,
)
"""Flags that travel, in the order of their bits in the column."""

_UNIT_COLUMNS: Final[Mapping[str, type[np.signedinteger[Any] | np.unsignedinteger[Any]]]] = {
    "x": np.int16,
    "y": np.int16,
    "hp": np.int32,
    "shield": np.int16,
    "energy": np.int16,
    "heading": np.uint8,
    "ground_cooldown": np.int16,
    "air_cooldown": np.int16,
    "order": np.uint8,
    "target_id": np.int32,
    "target_x": np.int16,
    "target_y": np.int16,
    "seen_by": np.uint8,
}
"""Width of each number of a unit in the file; a map is at most 8,192 pixels wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracks:
    """Where each unit is without a gap; K tracks over n rows.

    Attributes:
        order: (n,) int64, rows of `Recording.units`, track by track.
        start: (K,) int64, first of each track's rows in `order`.
        first: (K,) int32, its first sample.
        length: (K,) int32, its number of samples.
    """

    order: NDArray[np.int64]
    start: NDArray[np.int64]
    first: NDArray[np.int32]
    length: NDArray[np.int32]


def tracks_of(recording: Recording) -> Tracks:
    """Return the tracks, in ascending unit id and time."""
    sample = recording.sample_of_unit
    units = recording.units
    order = np.lexsort((sample, units["id"]))
    sample = sample[order]
    is_new = np.ones(len(order), np.bool_)
    if len(order):
        same = sample[1:] == sample[:-1] + 1
        for name in ("id", "type", "player"):
            values = units[name][order]
            same &= values[1:] == values[:-1]
        is_new[1:] = ~same
    start = np.flatnonzero(is_new)
    length = np.diff(start, append=len(order))
    return Tracks(order=order, start=start, first=sample[start].astype(np.int32), length=length.astype(np.int32))


def encode(recording: Recording) -> bytes:
    """Return a recording as the page's data.

    Args:
        recording: at least one sample.
    """
    assert len(recording.frames), "a recording without samples"
    tracks = tracks_of(recording)
    units = recording.units
    series = series_of(recording)
    heads = units[tracks.order[tracks.start]]
    columns: dict[str, NDArray[Any]] = {
        "terrain": recording.terrain.reshape(-1),
        "frames": recording.frames,
        "track_id": heads["id"],
        "track_type": heads["type"],
        "track_player": heads["player"],
        "track_first": tracks.first,
        "track_length": tracks.length,
        **_unit_columns(units[tracks.order]),
        **_deaths(recording, tracks, heads["id"]),
        **{f"command_{name}": recording.commands[name] for name in recording.commands.dtype.names or ()},
        **{f"series_{name}": values.reshape(-1) for name, values in series.items()},
        "supply_total": recording.resources[:, :, 3].T.reshape(-1),
    }
    header = {
        "format": FORMAT,
        "title": recording.title,
        "notes": recording.notes,
        "players": recording.players,
        "viewers": recording.viewers,
        "deaths_are_known": recording.deaths_are_known,
        "height": recording.terrain.shape[0],
        "width": recording.terrain.shape[1],
        "ms_per_frame": 60_000 / frames_per_minute(recording.game),
        "types": _types(np.unique(heads["type"]), recording.game),
        "orders": {int(order): ORDER_NAMES[order] for order in np.unique(units["order"]) if order < len(ORDER_NAMES)},
        "command_types": {int(kind): kind.name.replace("_", " ").capitalize() for kind in UnitCommandType},
        "flags": [flag.name.replace("_", " ").lower() for flag in SHOWN_FLAGS],
        "series": {name: LABELS[name] for name in series},
        "columns": [[name, values.dtype.str[1:], len(values)] for name, values in columns.items()],
    }
    head = json.dumps(header, separators=(",", ":")).encode()
    body = b"".join(encode_column(values) for values in columns.values())
    return zlib.compress(len(head).to_bytes(4, "little") + head + body, ZLIB_LEVEL)


def decode(data: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return header and columns of what `encode` made; what the page's script does, for tests and for people."""
    plain = zlib.decompress(data)
    at = 4 + int.from_bytes(plain[:4], "little")
    header = json.loads(plain[4:at])
    columns = {}
    for name, kind, length in header["columns"]:
        dtype = np.dtype(kind)
        size = dtype.itemsize * length
        columns[name] = decode_column(plain[at : at + size], dtype)
        at += size
    return header, columns


def encode_column(values: NDArray[Any]) -> bytes:
    """Return whole numbers as differences, byte plane by byte plane.

    Args:
        values: (n,) integers of 1, 2 or 4 bytes.
    """
    width = values.dtype.itemsize
    unsigned = np.ascontiguousarray(values).view(f"<u{width}")
    steps = np.diff(unsigned, prepend=unsigned.dtype.type(0)).view(f"<i{width}")
    folded = np.ascontiguousarray((steps << 1) ^ (steps >> (8 * width - 1)))
    return folded.view(np.uint8).reshape(-1, width).T.tobytes()


def decode_column(data: bytes, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return what `encode_column` was given.

    Args:
        data: its bytes.
        dtype: of the numbers.
    """
    width = dtype.itemsize
    planes = np.frombuffer(data, np.uint8).reshape(width, -1)
    folded = np.ascontiguousarray(planes.T).view(f"<u{width}").reshape(-1)
    one = folded.dtype.type(1)
    steps = (folded >> one) ^ (~(folded & one) + one)
    return np.cumsum(steps, dtype=folded.dtype).view(dtype)


def _unit_columns(rows: NDArray[np.void]) -> dict[str, NDArray[Any]]:
    columns = {}
    for name, kind in _UNIT_COLUMNS.items():
        limits = np.iinfo(kind)
        columns[f"unit_{name}"] = np.clip(rows[name], limits.min, limits.max).astype(kind)
    flags = np.zeros(len(rows), np.int16)
    for bit, flag in enumerate(SHOWN_FLAGS):
        flags |= ((rows["flags"] >> np.uint64(flag)) & np.uint64(1)).astype(np.int16) << bit
    return {**columns, "unit_flags": flags}


def _deaths(recording: Recording, tracks: Tracks, ids: NDArray[np.int32]) -> dict[str, NDArray[np.int32]]:
    """Return the sample of each death and the last track of who died, for those that were ever seen."""
    sample = np.searchsorted(recording.frames, recording.deaths["frame"])
    last_track = {int(unit_id): track for track, unit_id in enumerate(ids)}  # tracks of a unit ascend: the last stays
    found = [
        (at, last_track[unit_id])
        for at, unit_id in zip(sample.tolist(), recording.deaths["unit_id"].tolist(), strict=True)
        if unit_id in last_track and at < len(recording.frames)
    ]
    pairs = np.array(found, np.int32).reshape(-1, 2)
    return {"death_sample": pairs[:, 0], "death_track": pairs[:, 1]}


def _types(ids: NDArray[np.int16], game: str) -> dict[int, dict[str, Any]]:
    """Return what the page has to know of the unit types that occur."""
    if game != BROODWAR:
        return {number: _type_of(number, rules_of(game)) for number in ids.tolist()}
    types: dict[int, dict[str, Any]] = {}
    for number in ids.tolist():
        if not 0 <= number < len(UNIT_TYPE_NAMES):
            types[number] = {"name": f"Type {number}", "race": "None", "box": [8, 8, 8, 8], "sight": 0, "reach": 0}
            continue
        kind = UNIT_TYPES[number]
        reaches = [int(WEAPON_TYPES[w]["max_range_px"]) for w in (kind["ground_weapon"], kind["air_weapon"]) if w >= 0]
        types[number] = {
            "name": UNIT_TYPE_NAMES[number],
            "race": RACES[kind["race"]],
            "box": [int(kind[side]) for side in ("left", "up", "right", "down")],
            "sight": int(kind["sight_px"]),
            "reach": max(reaches, default=0),
            "max_hp": int(kind["max_hp"]),
            "max_shield": int(kind["max_shield"]),
            "max_energy": int(kind["max_energy"]),
            "building": bool(kind["building"]),
            "worker": bool(kind["worker"]),
            "flyer": bool(kind["flyer"]),
        }
        sign = shape_of(UNIT_TYPE_NAMES[number])
        if sign.lines or sign.outline:
            types[number]["sign"] = {"lines": sign.lines, "outline": sign.outline, "disc": sign.disc, "head": sign.head}
    return types


def _type_of(number: int, rules: GameRules) -> dict[str, Any]:
    """Return the same of a unit type of another game, as far as both games can say it."""
    names = rules.unit_type_names
    if not 0 <= number < len(names) or not names[number]:
        return {"name": f"Type {number}", "race": "None", "box": [8, 8, 8, 8], "sight": 0, "reach": 0}
    from engine.starcraft2.tables import KIND_OF, KINDS, RACES  # only where a game of it is shown

    fact = rules.facts[number]
    race = RACES[int(KINDS["race"][KIND_OF[number]])].capitalize()
    return {
        "name": names[number],
        "race": race if race in ("Terran", "Protoss", "Zerg") else "None",
        "box": [int(fact[side]) for side in ("left", "up", "right", "down")],
        "sight": int(fact["sight_px"]),
        "reach": max(0, int(fact["ground_range_px"]), int(fact["air_range_px"])),
        **{name: int(fact[name]) for name in ("max_hp", "max_shield", "max_energy")},
        "building": bool(fact["is_building"]),
        "worker": bool(fact["is_worker"]),
        "flyer": bool(fact["is_flyer"]),
    }
