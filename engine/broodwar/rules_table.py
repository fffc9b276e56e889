"""Brood War's numbers: the tables of `rules/*.csv`, read and checked once, as read-only structured arrays.

Every number of the game that the kernels use comes from here. Rows are indexed by the game's own ids (BWAPI UnitType,
WeaponType, Order, UpgradeType, TechType), so an id is a row number. The arrays may be used inside kernels, which see
them as constants. A mistake in a table is reported with file, row, column, value and what is allowed.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

RULES_FOLDER: Final = Path(__file__).parent / "rules"

NO_WEAPON: Final = -1
NO_TYPE: Final = -1
"""A unit type that does not exist: a unit without a turret."""
NO_ANIMATION: Final = -1
MAX_WALK_CYCLE: Final = 16
MAX_EVENT_ARGUMENTS: Final = 4

RACES: Final = ("Zerg", "Terran", "Protoss", "Other", "Unused", "Select", "Random", "None", "Unknown")
SIZES: Final = ("Independent", "Small", "Medium", "Large", "None", "Unknown")
DAMAGE_TYPES: Final = ("Independent", "Explosive", "Concussive", "Normal", "Ignore_Armor", "None", "Unknown")
EXPLOSIONS: Final = (
    *("None", "Normal", "Radial_Splash", "Enemy_Splash", "Lockdown", "Nuclear_Missile", "Parasite", "Broodlings"),
    *("EMP_Shockwave", "Irradiate", "Ensnare", "Plague", "Stasis_Field", "Dark_Swarm", "Consume", "Yamato_Gun"),
    *("Restoration", "Disruption_Web", "Corrosive_Acid", "Mind_Control", "Feedback", "Optical_Flare", "Maelstrom"),
    *("Unused", "Air_Splash", "Unknown"),
)
MOVEMENTS: Final = ("flingy", "constant_speed", "iscript", "weapon", "none")
"""How a thing moves: by thrust and turning, at constant speed, by its walking animation, like its weapon, not."""

BEHAVIORS: Final = (
    *("fly", "appear_on_target_unit", "appear_on_target_pos", "appear_on_source", "follow_target", "bounce"),
    *("extend_to_max_range", "persist_on_target_pos", "attack_nearby_area", "self_destruct", "none"),
)
"""What a weapon's bullet does; a position in this tuple is `WEAPON_TYPES.behavior`."""

FLIES_TO_TARGET: Final = BEHAVIORS.index("fly")
APPEARS_ON_TARGET: Final = BEHAVIORS.index("appear_on_target_unit")
FOLLOWS_TARGET: Final = BEHAVIORS.index("follow_target")
APPEARS_ON_SOURCE: Final = BEHAVIORS.index("appear_on_source")
BOUNCES: Final = BEHAVIORS.index("bounce")
EXTENDS_TO_MAX_RANGE: Final = BEHAVIORS.index("extend_to_max_range")
ATTACKS_NEARBY_AREA: Final = BEHAVIORS.index("attack_nearby_area")
PERSISTS: Final = BEHAVIORS.index("persist_on_target_pos")
SELF_DESTRUCTS: Final = BEHAVIORS.index("self_destruct")
IGNORES_ARMOR: Final = DAMAGE_TYPES.index("Ignore_Armor")

ANIMATION_NAMES: Final = (
    *("Init", "Death", "GndAttkInit", "AirAttkInit", "Unused1", "GndAttkRpt", "AirAttkRpt", "CastSpell"),
    *("GndAttkToIdle", "AirAttkToIdle", "Unused2", "Walking", "WalkingToIdle", "SpecialState1", "SpecialState2"),
    *("AlmostBuilt", "Built", "Landing", "LiftOff", "IsWorking", "WorkingToIdle", "WarpIn", "Unused3"),
    *("StarEditInit", "Disable", "Burrow", "UnBurrow", "Enable"),
)
"""Animations by the game's numbers."""

EVENTS: Final = (
    *("move", "loop_to", "waitrand", "randcondjmp", "curdirectcondjmp", "trgtarccondjmp", "end", "setflspeed"),
    *("attack", "attackwith", "attackmelee", "attkshiftproj", "useweapon", "castspell"),
    *("nobrkcodestart", "nobrkcodeend", "gotorepeatattk", "ignorerest", "sigorder", "orderdone"),
)
"""What a script does at a moment; a position in this tuple is `ANIMATIONS.event`."""

UNIT_TYPE_COUNT: Final = 234
WEAPON_TYPE_COUNT: Final = 132
ORDER_COUNT: Final = 189


class RulesError(ValueError):
    """A table of rules holds something that it may not hold; the message says file, row, column, value, allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes:
        name: head of the column in the file, with the unit.
        field: name in the array; empty if the column is for readers only.
        read: turns the cell's text into a number (or a row of numbers); ValueError says what is allowed.
        dtype: of the field.
        length: numbers per cell; 1 for a plain number.
    """

    name: str
    field: str = ""
    read: Callable[[str], float | Sequence[int]] = float
    dtype: type[np.generic] = np.int32
    length: int = 1


def _text(name: str) -> Column:
    return Column(name=name)


def _whole(name: str, field: str = "", low: int = 0, high: int = 1 << 24) -> Column:
    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return Column(name=name, field=field or name, read=read)


def _flag(name: str, field: str = "") -> Column:
    return _whole(name, field, 0, 1)


def _decimal(name: str, field: str = "") -> Column:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0.0 <= value < float(1 << 24):
            raise ValueError("a number of at least 0")
        return value

    return Column(name=name, field=field or name, read=read, dtype=np.float64)


def _choice(name: str, known: Sequence[str], field: str = "", nothing: Mapping[str, int] | None = None) -> Column:
    numbers = {text: number for number, text in enumerate(known)} | dict(nothing or {})

    def read(text: str) -> int:
        if text not in numbers:
            near = difflib.get_close_matches(text, numbers, n=1)
            hint = f" (nearest: {near[0]!r})" if near else ""
            raise ValueError(f"one of {len(numbers)} names{hint}" if len(numbers) > 30 else f"one of {list(numbers)}")
        return numbers[text]

    return Column(name=name, field=field or name, read=read)


def _wholes(name: str, field: str, length: int) -> Column:
    def read(text: str) -> list[int]:
        try:
            values = [int(part) for part in text.split()]
        except ValueError:
            values = [0] * (length + 1)
        if len(values) > length:
            raise ValueError(f"at most {length} whole numbers, separated by blanks")
        return values + [0] * (length - len(values))

    return Column(name=name, field=field, read=read, length=length)


def read_table(path: Path, columns: Sequence[Column], rows: int | None = None) -> NDArray[np.void]:
    """Read one CSV table into a structured array.

    Args:
        path: the file.
        columns: exactly the columns that the file must have, in order; those with a field become fields.
        rows: how many rows it must have; then the first column must count them from 0. None: any number.

    Returns:
        (rows,) structured array, not writable.

    Raises:
        RulesError: a wrong head, count, id or cell; the message says file, row, column, value and what is allowed.
    """
    with path.open(encoding="utf-8", newline="") as file:
        head, *body = list(csv.reader(file)) or [[]]
    wanted = [column.name for column in columns]
    if head != wanted:
        odd = sorted(set(head) ^ set(wanted)) or ["their order"]
        raise RulesError(f"{path.name}: columns are {head}, wanted {wanted}; different: {', '.join(odd)}")
    if rows is not None and len(body) != rows:
        raise RulesError(f"{path.name}: {len(body)} rows, wanted {rows}")
    kept = [column for column in columns if column.field]
    dtype = np.dtype(
        [(c.field, c.dtype, (c.length,)) if c.length > 1 else (c.field, c.dtype) for c in kept], align=True
    )
    read: list[tuple[float | Sequence[int], ...]] = []
    for index, cells in enumerate(body):
        read.append(_read_row(path.name, index, cells, columns))
        if rows is not None and cells[0] != str(index):
            raise RulesError(f"{path.name}, row {index}, column {head[0]!r}: got {cells[0]!r}, allowed: {index}")
    table = np.array(read, dtype)
    table.flags.writeable = False
    return table


def _read_row(name: str, index: int, cells: list[str], columns: Sequence[Column]) -> tuple[float | Sequence[int], ...]:
    if len(cells) != len(columns):
        raise RulesError(f"{name}, row {index}: {len(cells)} cells, wanted {len(columns)}")
    values: list[float | Sequence[int]] = []
    for column, text in zip(columns, cells, strict=True):
        if not column.field:
            if not text:
                raise RulesError(f"{name}, row {index}, column {column.name!r}: got nothing, allowed: some text")
            continue
        try:
            values.append(column.read(text))
        except ValueError as error:
            raise RulesError(f"{name}, row {index}, column {column.name!r}: got {text!r}, allowed: {error}") from None
    return tuple(values)


def _names(file: str) -> tuple[str, ...]:
    """Return the `name` column of a table."""
    path = RULES_FOLDER / file
    with path.open(encoding="utf-8", newline="") as lines:
        names = tuple(row.get("name", "") for row in csv.DictReader(lines))
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise RulesError(f"{file}, column 'name': {twice} stand there twice, allowed: every name once")
    return names


def rules_hash(folder: Path) -> str:
    """Return 16 hex digits over all tables of a folder, whatever the line ends."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.csv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


UNIT_TYPE_NAMES: Final = _names("units.csv")
WEAPON_TYPE_NAMES: Final = _names("weapons.csv")
ORDER_NAMES: Final = _names("orders.csv")
UPGRADE_NAMES: Final = _names("upgrades.csv")
TECH_NAMES: Final = _names("techs.csv")

_NO_WEAPON_NAMES: Final = {"None": NO_WEAPON, "Unknown": NO_WEAPON}

UNIT_COLUMNS: Final = (
    _whole("id", high=UNIT_TYPE_COUNT - 1),
    _text("name"),
    _choice("race", RACES),
    _choice("size", SIZES),
    _whole("max_hp"),
    _whole("max_shield"),
    _whole("max_energy", high=250),
    _whole("armor", high=255),
    *(_whole(f"{side}_px", side, high=512) for side in ("left", "up", "right", "down")),
    *(_flag(f"is_{word}", word) for word in ("flyer", "hovering")),
    _flag("regenerates_hp"),
    *(_flag(f"is_{word}", word) for word in ("building", "worker", "organic", "mechanical", "robotic", "invincible")),
    *(_flag(f"is_{word}", word) for word in ("hero", "spellcaster", "detector", "burrowable", "cloakable")),
    *(_flag(name) for name in ("has_permanent_cloak", "can_attack", "can_move", "can_turn")),
    _choice("movement", MOVEMENTS),
    *(_whole(name) for name in ("top_speed_256", "acceleration_256", "halt_distance_256")),
    _whole("turn_rate_per_frame", "turn_rate", high=255),
    _decimal("effective_top_speed_px"),
    _wholes("walk_cycle_px", "walk_cycle", MAX_WALK_CYCLE),
    _whole("acquisition_range_tiles", "acquisition_tiles", high=63),
    *(_whole(name, high=1 << 12) for name in ("seek_range_px", "sight_px")),
    _choice("ground_weapon", WEAPON_TYPE_NAMES, nothing=_NO_WEAPON_NAMES),
    _choice("air_weapon", WEAPON_TYPE_NAMES, nothing=_NO_WEAPON_NAMES),
    _whole("max_ground_hits", high=16),
    _whole("max_air_hits", high=16),
    _choice("turret", UNIT_TYPE_NAMES, nothing={"None": NO_TYPE}),
    _whole("elevation", high=255),
    _whole("unit_direction", high=32),
    *(_whole(name, high=32) for name in ("tile_width", "tile_height")),
    *(_whole(name) for name in ("mineral_price", "gas_price", "build_time_frames")),
    *(_whole(name, high=400) for name in ("supply_required_half", "supply_provided_half")),
    *(_whole(name, high=255) for name in ("space_required", "space_provided")),
    *(_whole(name) for name in ("build_score", "destroy_score")),
    *(_choice(f"{moment}_order", ORDER_NAMES) for moment in ("idle", "return_to_idle", "attack_unit")),
    _text("source"),
)

WEAPON_COLUMNS: Final = (
    _whole("id", high=WEAPON_TYPE_COUNT - 1),
    _text("name"),
    _text("used_by"),
    _whole("damage", "damage_amount"),
    _whole("damage_per_upgrade"),
    _whole("damage_factor", high=16),
    _whole("cooldown_frames", high=255),
    _choice("damage_type", DAMAGE_TYPES),
    _choice("explosion", EXPLOSIONS),
    *(_whole(f"{end}_range_px", high=1 << 12) for end in ("min", "max")),
    *(_whole(f"{ring}_splash_px", high=1 << 10) for ring in ("inner", "median", "outer")),
    *(_flag(f"targets_{word}") for word in ("ground", "air", "mechanical", "organic", "non_building", "non_robotic")),
    *(_flag(f"targets_{word}") for word in ("terrain", "organic_or_mechanical", "own")),
    _whole("attack_angle_256", "attack_angle", high=255),
    _choice("bullet_behavior", BEHAVIORS, "behavior"),
    _choice("bullet_movement", MOVEMENTS, "mover"),
    _whole("bullet_top_speed_256", "top_speed_256"),
    _whole("bullet_acceleration_256", "acceleration_256"),
    _whole("bullet_halt_distance_256", "halt_256"),
    _whole("bullet_turn_rate_per_frame", "turn_rate", high=255),
    _whole("bullet_turn_rate_growth_per_frame", "turn_growth", high=255),
    _whole("launch_heading_256", "launch_heading", low=-128, high=255),
    _whole("forward_px", low=-512, high=512),
    _whole("upward_px", low=-512, high=512),
    *(_whole(name, high=1 << 12) for name in ("lifetime_frames",)),
    _whole("launch_wait_frames", "launch_wait", high=255),
    _whole("death_damage_wait_frames", "death_damage_wait", high=255),
    _whole("death_frames", high=255),
    _text("upgrade"),
    _text("tech"),
    _text("source"),
)

ORDER_COLUMNS: Final = (
    _whole("id", high=ORDER_COUNT - 1),
    _text("name"),
    *(_flag(name) for name in ("targets_enemies", "can_be_interrupted", "can_be_queued")),
    *(_flag(name) for name in ("keeps_target_when_disabled", "can_be_obstructed", "flees_when_hit")),
    _flag("valid_for_turret"),
    _whole("weapon", high=WEAPON_TYPE_COUNT),
    _whole("tech", high=63),
    _whole("animation", high=len(ANIMATION_NAMES)),
    _whole("highlight_icon", low=-1, high=1 << 12),
    _text("source"),
)

ANIMATION_COLUMNS: Final = (
    _whole("unit_id", "unit_type", high=UNIT_TYPE_COUNT - 1),
    _choice("unit", UNIT_TYPE_NAMES, "named_type"),
    _choice("animation", ANIMATION_NAMES),
    _whole("index", high=255),
    _whole("wait_frames", high=1 << 12),
    _choice("event", EVENTS),
    _wholes("args", "args", MAX_EVENT_ARGUMENTS),
    _text("source"),
)

DAMAGE_COLUMNS: Final = (
    _whole("id", high=len(DAMAGE_TYPES) - 1),
    _choice("damage_type", DAMAGE_TYPES),
    *(_whole(f"{size}_256", size, high=256) for size in ("independent", "small", "medium", "large")),
    _flag("ignores_armor"),
    _text("source"),
)

UPGRADE_COLUMNS: Final = (
    _whole("id", high=255),
    _text("name"),
    _text("race"),
    _whole("max_level", high=255),
    *(_whole(name) for name in ("mineral_price", "mineral_price_per_level", "gas_price", "gas_price_per_level")),
    *(_whole(name) for name in ("time_frames", "time_frames_per_level")),
    _text("upgraded_at"),
    _text("used_by"),
    _text("requires"),
    _text("source"),
)

TECH_COLUMNS: Final = (
    _whole("id", high=255),
    _text("name"),
    _text("race"),
    *(_whole(name) for name in ("mineral_price", "gas_price", "time_frames", "energy")),
    _text("researched_at"),
    _choice("weapon", WEAPON_TYPE_NAMES, nothing=_NO_WEAPON_NAMES),
    *(_flag(name) for name in ("targets_unit", "targets_position")),
    _text("order"),
    _text("required_unit"),
    _text("used_by"),
    _text("source"),
)


def _animation_starts(animations: NDArray[np.void]) -> NDArray[np.int32]:
    """Return the first row of every unit type's animations and check that rows of one animation stand together."""
    starts = np.full((UNIT_TYPE_COUNT, len(ANIMATION_NAMES)), NO_ANIMATION, np.int32)
    columns = (animations[field].tolist() for field in ("unit_type", "named_type", "animation", "index"))
    for row, (unit_type, named_type, animation, index) in enumerate(zip(*columns, strict=True)):
        if unit_type != named_type:
            name = UNIT_TYPE_NAMES[named_type]
            raise RulesError(f"animations.csv, row {row}, column 'unit_id': got {unit_type}, allowed: the id of {name}")
        first = starts[unit_type, animation]
        if first == NO_ANIMATION:
            starts[unit_type, animation] = first = row
        if index != row - first:
            raise RulesError(f"animations.csv, row {row}, column 'index': got {index}, allowed: {row - first}")
    starts.flags.writeable = False
    return starts


def _damage_factors(table: NDArray[np.void]) -> NDArray[np.int64]:
    """Return (damage types, sizes) factors in 1/256; types and sizes that only exist as names take nothing."""
    factors = np.zeros((len(DAMAGE_TYPES), len(SIZES)), np.int64)
    for row in table:
        for column, size in enumerate(("independent", "small", "medium", "large")):
            factors[row["damage_type"], column] = row[size]
    factors.flags.writeable = False
    return factors


UNIT_TYPES: Final = read_table(RULES_FOLDER / "units.csv", UNIT_COLUMNS, UNIT_TYPE_COUNT)
"""(234,) unit types by BWAPI UnitType id; fields as `UNIT_COLUMNS` names them."""

WEAPON_TYPES: Final = read_table(RULES_FOLDER / "weapons.csv", WEAPON_COLUMNS, WEAPON_TYPE_COUNT)
"""(132,) weapons by BWAPI WeaponType id; fields as `WEAPON_COLUMNS` names them."""

ORDER_TYPES: Final = read_table(RULES_FOLDER / "orders.csv", ORDER_COLUMNS, ORDER_COUNT)
"""(189,) orders by BWAPI Order id."""

UPGRADE_TYPES: Final = read_table(RULES_FOLDER / "upgrades.csv", UPGRADE_COLUMNS, len(UPGRADE_NAMES))
"""Upgrades by BWAPI UpgradeType id."""

TECH_TYPES: Final = read_table(RULES_FOLDER / "techs.csv", TECH_COLUMNS, len(TECH_NAMES))
"""Technologies by BWAPI TechType id."""

ANIMATIONS: Final = read_table(RULES_FOLDER / "animations.csv", ANIMATION_COLUMNS)
"""Events of all units' scripts: a unit's animation is the rows from `ANIMATION_STARTS[type, animation]` on, whose
`index` counts from 0. `wait_frames` is the sum of the script's waits before the event: with n of them the event
happens n - 1 frames after the frame that starts the animation. `loop_to` returns to the first event with wait
`args[0]`."""

ANIMATION_STARTS: Final = _animation_starts(ANIMATIONS)
"""(234, animations) int32 row of ANIMATIONS, NO_ANIMATION where the type lacks the animation."""

DAMAGE_FACTORS_256: Final = _damage_factors(
    read_table(RULES_FOLDER / "damage.csv", DAMAGE_COLUMNS),
)
"""(damage types, sizes) int64: what part of the damage on hit points counts, in 1/256."""

RULES_HASH: Final = rules_hash(RULES_FOLDER)
"""16 hex digits over all tables: two sides that play one game must agree on it."""

_UNIT_TYPE_IDS: Final = MappingProxyType({name: number for number, name in enumerate(UNIT_TYPE_NAMES)})
_WEAPON_TYPE_IDS: Final = MappingProxyType({name: number for number, name in enumerate(WEAPON_TYPE_NAMES)})
_ORDER_IDS: Final = MappingProxyType({name: number for number, name in enumerate(ORDER_NAMES)})


def _id_of(name: str, ids: Mapping[str, int], what: str) -> int:
    if name not in ids:
        near = difflib.get_close_matches(name, ids, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known names look like {next(iter(ids))!r}"
        raise ValueError(f"unknown {what} {name!r}{hint}")
    return ids[name]


def unit_type_id(name: str) -> int:
    """Return the BWAPI UnitType id of a name.

    Raises:
        ValueError: no such type; the message has the nearest name.

    >>> unit_type_id("Terran_Marine")
    0
    """
    return _id_of(name, _UNIT_TYPE_IDS, "unit type")


def weapon_type_id(name: str) -> int:
    """Return the BWAPI WeaponType id of a name; ValueError with the nearest name if there is none.

    >>> weapon_type_id("Gauss_Rifle")
    0
    """
    return _id_of(name, _WEAPON_TYPE_IDS, "weapon")


def order_id(name: str) -> int:
    """Return the BWAPI Order id of a name; ValueError with the nearest name if there is none.

    >>> order_id("AttackUnit")
    10
    """
    return _id_of(name, _ORDER_IDS, "order")


def weapon_targets() -> NDArray[np.bool_]:
    """Return (234, 2) bool: whether a unit type has a weapon against ground (column 0) and air (column 1)."""
    return np.stack([UNIT_TYPES["ground_weapon"] != NO_WEAPON, UNIT_TYPES["air_weapon"] != NO_WEAPON], axis=1)
