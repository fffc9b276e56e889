"""scenario.chk: bytes to typed values, without I/O.

The file is a chain of sections: a four-byte name, a signed 32-bit length, the data. What the game reads leniently and
protected maps abuse:

* a length may be negative (the chain jumps back; data that follow are read again under another name) or reach beyond
  the end of the file (the section ends there);
* a section may come several times: the last one whose length is right counts, except that UNIT, THG2 and TRIG add
  up and MTXM and MRGN lie over the earlier ones from their start on;
* strings may overlap, lie outside the table, or be in any code page.

Layouts: the staredit.net description of scenario.chk, restated.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError

MAX_SECTIONS: Final = 4096
"""A chain with negative lengths can run in circles; real maps have about 40 sections."""

MAX_TILES: Final = 256
NUM_SLOTS: Final = 12
NUM_PLAYERS: Final = 8
NUM_CONDITIONS: Final = 16
NUM_ACTIONS: Final = 64
TRIGGER_BYTES: Final = 2400
NUM_PLAYER_BYTES: Final = 27
"""Groups in a trigger's list of whom it runs for; the 28th byte is the game's own."""

START_LOCATION: Final = 214
"""Unit type ids (BWAPI UnitType) that are marks, not units."""
MAP_REVEALER: Final = 101

TILESETS: Final = (
    "Badlands", "Space Platform", "Installation", "Ashworld", "Jungle", "Desert", "Arctic", "Twilight",
)  # fmt: skip
OWNERS: Final = {0: "inactive", 1: "computer_game", 2: "human", 3: "rescue", 5: "computer", 6: "human_open",
                 7: "neutral", 8: "closed"}  # fmt: skip
RACES: Final = {0: "Zerg", 1: "Terran", 2: "Protoss", 3: "Independent", 4: "Neutral", 5: "UserSelect", 6: "Random",
                7: "Inactive"}  # fmt: skip
CONDITIONS: Final = (
    "none", "countdown_timer", "command", "bring", "accumulate", "kill", "command_most", "command_most_at",
    "most_kills", "highest_score", "most_resources", "switch", "elapsed_time", "mission_briefing", "opponents",
    "deaths", "command_least", "command_least_at", "least_kills", "lowest_score", "least_resources", "score",
    "always", "never",
)  # fmt: skip
ACTIONS: Final = (
    "none", "victory", "defeat", "preserve_trigger", "wait", "pause_game", "unpause_game", "transmission", "play_wav",
    "display_text", "center_view", "create_unit_with_properties", "set_mission_objectives", "set_switch",
    "set_countdown_timer", "run_ai_script", "run_ai_script_at_location", "leader_board_control",
    "leader_board_control_at_location", "leader_board_resources", "leader_board_kills", "leader_board_points",
    "kill_unit", "kill_unit_at_location", "remove_unit", "remove_unit_at_location", "set_resources", "set_score",
    "minimap_ping", "talking_portrait", "mute_unit_speech", "unmute_unit_speech", "leader_board_computer_players",
    "leader_board_goal_control", "leader_board_goal_control_at_location", "leader_board_goal_resources",
    "leader_board_goal_kills", "leader_board_goal_points", "move_location", "move_unit", "leader_board_greed",
    "set_next_scenario", "set_doodad_state", "set_invincibility", "create_unit", "set_deaths", "order", "comment",
    "give_units", "modify_hit_points", "modify_energy", "modify_shields", "modify_resource_amount",
    "modify_hangar_count", "pause_timer", "unpause_timer", "draw", "set_alliance_status",
)  # fmt: skip

FLAG_DISABLED: Final = 2
"""Bit of a condition's or action's flags: the editor switched it off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChkUnit:
    """A unit that the map places.

    Attributes:
        type: BWAPI UnitType id.
        player: slot, 11 = neutral.
        x: centre, pixels.
        y: centre, pixels.
        hp_percent: of its full hit points.
        shield_percent: of its full shields.
        energy_percent: of its full energy.
        resources: minerals or gas that it holds.
        valid_properties: bits of which of the values above the map sets.
        state_flags: cloaked, burrowed, in transit, hallucinated, invincible.
    """

    type: int
    player: int
    x: int
    y: int
    hp_percent: int
    shield_percent: int
    energy_percent: int
    resources: int
    valid_properties: int
    state_flags: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChkSprite:
    """A doodad or a unit shown as a sprite (THG2); `flags` bit 0x1000 marks a pure sprite."""

    id: int
    player: int
    x: int
    y: int
    flags: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChkLocation:
    """A named rectangle; `index` counts from 1 as triggers do. Edges in pixels."""

    index: int
    left: int
    top: int
    right: int
    bottom: int
    name: str
    elevation_flags: int

    @property
    def centre(self) -> tuple[int, int]:
        """Its middle, in pixels, rounded down."""
        return (self.left + self.right) // 2, (self.top + self.bottom) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ChkCondition:
    """One condition of a trigger, numbers as in the file; `type` is a name in `CONDITIONS` or `condition_<n>`."""

    type: str
    location: int
    player: int
    amount: int
    unit: int
    comparison: int
    argument: int
    flags: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChkAction:
    """One action of a trigger, numbers as in the file; `type` is a name in `ACTIONS` or `action_<n>`."""

    type: str
    location: int
    text: int
    wav: int
    time_ms: int
    player: int
    number: int
    unit: int
    modifier: int
    flags: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChkTrigger:
    """A trigger: `players` are the groups that it runs for (0-7 players, 13 current, 17 all, 18-21 forces)."""

    players: tuple[int, ...]
    execution_flags: int
    conditions: tuple[ChkCondition, ...]
    actions: tuple[ChkAction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChkForces:
    """Who belongs to which force; flags: 1 random start, 2 allies, 4 allied victory, 8 shared vision."""

    of_player: tuple[int, ...]
    names: tuple[str, ...]
    flags: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChkMap:
    """What a map file says.

    Attributes:
        version: 59 = StarCraft 1.04, 63 = hybrid, 205 = Brood War.
        width: build tiles.
        height: build tiles.
        tileset: a name in `TILESETS`.
        name: from SPRP; "" if it has none.
        description: likewise.
        owners: 12 slot types by name.
        races: 12 races by name.
        forces: the four forces.
        units: in the file's order, start locations and map revealers included.
        sprites: in the file's order.
        locations: those that are not empty.
        triggers: in the file's order, empty ones included.
        tiles: (height, width) uint16: group << 4 | tile of the group.
        section_names: of the chain, in order.
    """

    version: int
    width: int
    height: int
    tileset: str
    name: str
    description: str
    owners: tuple[str, ...]
    races: tuple[str, ...]
    forces: ChkForces
    units: tuple[ChkUnit, ...]
    sprites: tuple[ChkSprite, ...]
    locations: tuple[ChkLocation, ...]
    triggers: tuple[ChkTrigger, ...]
    tiles: NDArray[np.uint16]
    section_names: tuple[str, ...]


_UNIT: Final = struct.Struct("<IHHHHHHBBBBIHHII")
_SPRITE: Final = struct.Struct("<HHHBBH")
_LOCATION: Final = struct.Struct("<IIIIHH")
_CONDITION: Final = struct.Struct("<IIIHBBBBH")
_ACTION: Final = struct.Struct("<IIIIIIHBBBxxx")
_ADDED_UP: Final = (b"UNIT", b"THG2", b"TRIG")
_LAID_OVER: Final = (b"MTXM", b"MRGN")
_LENGTHS: Final = {
    b"VER ": (2,), b"DIM ": (4,), b"ERA ": (2,), b"OWNR": (12,), b"SIDE": (12,), b"SPRP": (4,),
}  # fmt: skip


def parse_chk(data: bytes) -> ChkMap:
    """Return the map that a scenario.chk describes.

    Raises:
        ConfigError: a section that a map cannot do without is missing, or it says something impossible.
    """
    names, sections = _collect(data)
    width, height = struct.unpack("<HH", _need(sections, b"DIM "))
    if not (1 <= width <= MAX_TILES and 1 <= height <= MAX_TILES):
        raise ConfigError(f"a map of {width} x {height} tiles; allowed: 1 to {MAX_TILES} each way")
    strings = _Strings(sections.get(b"STR ", b""))
    name, description = struct.unpack("<HH", sections.get(b"SPRP", bytes(4)))
    return ChkMap(
        version=struct.unpack("<H", _need(sections, b"VER "))[0],
        width=width,
        height=height,
        tileset=TILESETS[struct.unpack("<H", _need(sections, b"ERA "))[0] & 7],
        name=strings.text(name),
        description=strings.text(description),
        owners=tuple(OWNERS.get(value, f"owner_{value}") for value in _need(sections, b"OWNR")),
        races=tuple(RACES.get(value, f"race_{value}") for value in sections.get(b"SIDE", b"\7" * NUM_SLOTS)),
        forces=_forces(sections.get(b"FORC", b""), strings),
        units=tuple(_unit(values) for values in _records(_UNIT, sections.get(b"UNIT", b""))),
        sprites=tuple(_sprite(values) for values in _records(_SPRITE, sections.get(b"THG2", b""))),
        locations=tuple(_locations(sections.get(b"MRGN", b""), strings)),
        triggers=tuple(_triggers(sections.get(b"TRIG", b""))),
        tiles=_tiles(_need(sections, b"MTXM"), width, height),
        section_names=tuple(names),
    )


def _collect(data: bytes) -> tuple[list[str], dict[bytes, bytes]]:
    names: list[str] = []
    sections: dict[bytes, bytes] = {}
    for name, content in _chain(data):
        names.append(name.decode("latin-1"))
        if name in _LENGTHS and len(content) not in _LENGTHS[name]:
            continue  # the game ignores a section of the wrong length; protected maps have such duplicates
        if name in _ADDED_UP:
            sections[name] = sections.get(name, b"") + content
        elif name in _LAID_OVER:
            sections[name] = content + sections.get(name, b"")[len(content) :]
        else:
            sections[name] = content
    return names, sections


def _chain(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(MAX_SECTIONS):
        if at < 0 or at + 8 > len(data):
            return
        name, length = struct.unpack_from("<4si", data, at)
        start = at + 8
        yield name, data[start : start + max(length, 0)]
        at = start + length
    raise ConfigError(f"scenario.chk runs in circles: more than {MAX_SECTIONS} sections")


def _need(sections: dict[bytes, bytes], name: bytes) -> bytes:
    content = sections.get(name)
    if content is None:
        raise ConfigError(f"damaged scenario.chk: it has no valid section {name.decode('ascii').strip()!r}")
    return content


def _records(layout: struct.Struct, content: bytes) -> Iterator[tuple[int, ...]]:
    """Unpack whole records; a rest at the end is no record, and the game ignores it too."""
    return layout.iter_unpack(content[: len(content) // layout.size * layout.size])


class _Strings:
    """STR: a count, so many 16-bit offsets, then texts that end with a zero byte. Index 0 means no text."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._count = int.from_bytes(content[:2], "little")

    def text(self, index: int) -> str:
        """Return a text, "" for index 0 and for what lies outside the table."""
        at = 2 * index
        if not 0 < index <= self._count or at + 2 > len(self._content):
            return ""
        start = int.from_bytes(self._content[at : at + 2], "little")
        raw = self._content[start:].split(b"\0", 1)[0]
        for encoding in ("utf-8", "cp949"):
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError:
                continue
        return raw.decode("latin-1")


def _forces(content: bytes, strings: _Strings) -> ChkForces:
    """Read FORC; maps may cut it short, and what is missing is zero."""
    content = content[:20].ljust(20, b"\0")
    return ChkForces(
        of_player=tuple(content[:NUM_PLAYERS]),
        names=tuple(strings.text(index) for index in struct.unpack_from("<4H", content, 8)),
        flags=tuple(content[16:20]),
    )


def _unit(values: tuple[int, ...]) -> ChkUnit:
    _, x, y, kind, _, _, valid, player, hp, shield, energy, resources, _, state, _, _ = values
    return ChkUnit(
        type=kind, player=player, x=x, y=y, hp_percent=hp, shield_percent=shield, energy_percent=energy,
        resources=resources, valid_properties=valid, state_flags=state,
    )  # fmt: skip


def _sprite(values: tuple[int, ...]) -> ChkSprite:
    kind, x, y, player, _, flags = values
    return ChkSprite(id=kind, player=player, x=x, y=y, flags=flags)


def _locations(content: bytes, strings: _Strings) -> Iterator[ChkLocation]:
    for number, values in enumerate(_records(_LOCATION, content), start=1):
        left, top, right, bottom, name, elevation = values
        if left or top or right or bottom:
            yield ChkLocation(
                index=number, left=left, top=top, right=right, bottom=bottom, name=strings.text(name),
                elevation_flags=elevation,
            )  # fmt: skip


def _triggers(content: bytes) -> Iterator[ChkTrigger]:
    first_action = NUM_CONDITIONS * _CONDITION.size
    end = first_action + NUM_ACTIONS * _ACTION.size
    for start in range(0, len(content) // TRIGGER_BYTES * TRIGGER_BYTES, TRIGGER_BYTES):
        trigger = content[start : start + TRIGGER_BYTES]
        groups = trigger[end + 4 : end + 4 + NUM_PLAYER_BYTES]
        yield ChkTrigger(
            players=tuple(group for group, runs in enumerate(groups) if runs),
            execution_flags=int.from_bytes(trigger[end : end + 4], "little"),
            conditions=tuple(_conditions(trigger[:first_action])),
            actions=tuple(_actions(trigger[first_action:end])),
        )


def _conditions(content: bytes) -> Iterator[ChkCondition]:
    for location, player, amount, unit, comparison, kind, argument, flags, _ in _CONDITION.iter_unpack(content):
        if kind == 0:
            return  # the game looks no further
        if not flags & FLAG_DISABLED:
            yield ChkCondition(
                type=CONDITIONS[kind] if kind < len(CONDITIONS) else f"condition_{kind}",
                location=location, player=player, amount=amount, unit=unit, comparison=comparison,
                argument=argument, flags=flags,
            )  # fmt: skip


def _actions(content: bytes) -> Iterator[ChkAction]:
    for location, text, wav, time_ms, player, number, unit, kind, modifier, flags in _ACTION.iter_unpack(content):
        if kind == 0:
            return
        if not flags & FLAG_DISABLED:
            yield ChkAction(
                type=ACTIONS[kind] if kind < len(ACTIONS) else f"action_{kind}",
                location=location, text=text, wav=wav, time_ms=time_ms, player=player, number=number, unit=unit,
                modifier=modifier, flags=flags,
            )  # fmt: skip


def _tiles(content: bytes, width: int, height: int) -> NDArray[np.uint16]:
    needed = 2 * width * height
    tiles = np.frombuffer(content[:needed].ljust(needed, b"\0"), np.dtype("<u2")).astype(np.uint16)
    tiles = tiles.reshape(height, width)
    tiles.setflags(write=False)
    return tiles
