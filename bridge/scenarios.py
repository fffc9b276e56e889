"""Scenario files: YAML in `engine/<game>/scenarios/` or a file of the user's, read into `core.scenario.Scenario`.

The file keeps what its author knows (`elapsed_seconds` as in the map, units as `count` of a type, a flat map as its
size and height); the value keeps what the engine computes with. `nydus maps import` writes such files.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

import engine
from bridge.errors import ConfigError
from bridge.userfiles import nearest, parse, read_yaml
from engine.core.gamemap import WALK_TILES_PER_BUILD_TILE, GameMap
from engine.core.rules import BROODWAR, GAMES, PLAYER_NAMES, PLAYERS_OF, unit_type_names
from engine.core.scenario import (
    AnyUnit,
    Comparison,
    GameName,
    Scenario,
    Trigger,
    TriggerAction,
    TriggerCondition,
    UnitPlacement,
)

FRAMES_PER_TRIGGER_SECOND: Final = 16
"""A trigger's "game second" (staredit.net; MECHANICS of Brood War: normal speed ran at about 16 frames a second)."""

MAX_UNITS: Final = 1700
"""Brood War's own limit of living units."""

OPPONENTS: Final = PLAYER_NAMES
"""Scripted players that a scenario may offer, if its game has them."""

ANY_UNIT: Final = "any"

MELEE: Final = "melee"
"""The scenario of melee games; what `bridge.melee` makes of it and its options is no file."""

NUM_UNIT_TYPES: Final = 228
"""Brood War's unit type ids below this are units; the rest (None, AllUnits, ...) are groups of BWAPI's."""

GROUND_SIGNS: Final = {"#": (False, 0), ".": (True, 0), "/": (True, 2), "+": (True, 4)}
"""What a sign of `map.rows` means: whether units walk there, and the ground's height."""


@cache
def _known_units(game: str) -> frozenset[str]:
    return frozenset(filter(None, unit_type_names(game)))


def _game_of_file(info: ValidationInfo) -> str:
    """Return the game that the file being read says; Brood War's where it says none of ours."""
    game = (info.context or {}).get("game", BROODWAR)
    return game if game in GAMES else BROODWAR


def _known_unit(name: str, info: ValidationInfo) -> str:
    known = _known_units(_game_of_file(info))
    if name not in known:
        raise ValueError(f"unknown unit type {name!r}{nearest(name, known)}")
    return name


def _known_unit_or_any(name: str, info: ValidationInfo) -> str:
    known = _known_units(_game_of_file(info))
    if name not in known and name != ANY_UNIT:
        raise ValueError(f"unknown unit type {name!r}{nearest(name, {*known, ANY_UNIT})}")
    return name


UnitName = Annotated[str, AfterValidator(_known_unit)]
UnitNameOrAny = Annotated[str, AfterValidator(_known_unit_or_any)]
Player = Annotated[int, Field(ge=0, le=1, description="game player number")]
Pixel = Annotated[int, Field(ge=0, description="pixels")]
PlainName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$", max_length=64)]


class _Strict(BaseModel):
    """Unknown keys are mistakes, and text is never taken for a number. Built when a file is read: melee has none."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class MapFile(_Strict):
    """A flat map: open, or with walls and heights as `rows` draws them."""

    name: str = Field(min_length=1, description="as players know it")
    width: int = Field(ge=1, le=256, description="build tiles of 32 px")
    height: int = Field(ge=1, le=256, description="build tiles of 32 px")
    ground_height: Literal[0, 2, 4] = Field(description="BWAPI's scale: 0 low, 2 middle, 4 high")
    rows: tuple[str, ...] | None = Field(
        default=None,
        strict=False,
        description="one sign per build tile, upper row first: # closed, . low ground, / ramp, + high ground",
    )

    @model_validator(mode="after")
    def _rows_fit(self) -> MapFile:
        if self.rows is None:
            return self
        if len(self.rows) != self.height:
            raise ValueError(f"rows: {len(self.rows)} of them; allowed: {self.height}, the map's height")
        for number, row in enumerate(self.rows):
            if len(row) != self.width or not set(row) <= set(GROUND_SIGNS):
                raise ValueError(f"rows[{number}]: got {row!r}; allowed: {self.width} of the signs # . / +")
        return self


class UnitsFile(_Strict):
    """Some equal units that stand on the map when a game starts."""

    type: UnitName = Field(description="BWAPI UnitType name")
    player: Player
    count: int = Field(default=1, ge=1, le=MAX_UNITS, description="how many, all placed from the same point")
    x: Pixel
    y: Pixel
    spread_px: int = Field(default=0, ge=0, description="standard deviation of the seeded scatter, per axis")


class ConditionFile(_Strict):
    """One condition of a trigger."""

    kind: Literal["always", "elapsed_seconds", "command"]
    comparison: Comparison | None = None
    amount: int | None = Field(default=None, ge=0)
    player: Player | None = None
    unit: UnitNameOrAny | None = Field(default=None, description="BWAPI UnitType name or `any`")

    @model_validator(mode="after")
    def _keys_fit_kind(self) -> ConditionFile:
        _check_keys(
            self,
            {
                "always": (),
                "elapsed_seconds": ("comparison", "amount"),
                "command": ("comparison", "amount", "player", "unit"),
            },
        )
        return self


class ActionFile(_Strict):
    """One action of a trigger."""

    kind: Literal["create_unit", "kill_unit", "remove_unit", "order", "preserve_trigger"]
    player: Player | None = None
    unit: UnitNameOrAny | None = Field(default=None, description="BWAPI UnitType name or `any`")
    amount: int | None = Field(default=None, ge=1, le=MAX_UNITS)
    x: Pixel | None = None
    y: Pixel | None = None

    @model_validator(mode="after")
    def _keys_fit_kind(self) -> ActionFile:
        _check_keys(
            self,
            {
                "create_unit": ("player", "unit", "amount", "x", "y"),
                "kill_unit": ("player", "unit"),
                "remove_unit": ("player", "unit"),
                "order": ("player", "unit", "x", "y"),
                "preserve_trigger": (),
            },
        )
        if self.kind == "create_unit" and self.unit == ANY_UNIT:
            raise ValueError("create_unit needs a unit type, not 'any'")
        return self


class TriggerFile(_Strict):
    """When all conditions hold at a trigger pass, the actions run in order."""

    conditions: tuple[ConditionFile, ...] = Field(min_length=1, strict=False)
    actions: tuple[ActionFile, ...] = Field(min_length=1, strict=False)


class ScenarioFile(_Strict):
    """A scenario as its author writes it."""

    name: PlainName = Field(description="the id's second half")
    version: int = Field(ge=1, description="raised whenever the meaning changes")
    title: str = Field(min_length=1, description="one line for people")
    source: str = Field(min_length=1, description="where units, positions and rules come from")
    game: GameName
    map: MapFile
    full_vision: bool = Field(description="both players see everything")
    frame_skip: int = Field(ge=1, le=240, description="frames per env step unless the user says otherwise")
    max_frames: int = Field(ge=1, le=1_000_000, description="an episode is truncated after so many frames")
    latency_frames: int = Field(ge=0, le=24, description="frames between sending a command and its execution")
    opponents: tuple[str, ...] = Field(min_length=1, strict=False, description="scripted players, the default first")
    units: tuple[UnitsFile, ...] = Field(default=(), strict=False, description="what stands at frame 0")
    triggers: tuple[TriggerFile, ...] = Field(default=(), strict=False, description="passes at frame 2, then every 31")
    passive_players: tuple[Player, ...] = Field(
        default=(), strict=False, description="whose units attack nobody that they are not told to (StarCraft II only)"
    )

    @model_validator(mode="after")
    def _is_a_battle(self) -> ScenarioFile:
        for opponent in self.opponents:
            known = PLAYERS_OF[self.game]
            if opponent not in known:
                raise ValueError(f"unknown opponent {opponent!r}{nearest(opponent, known)}")
        if self.passive_players and self.game == BROODWAR:
            raise ValueError(f"passive_players: got {list(self.passive_players)}; allowed: none in Brood War")
        if len(set(self.opponents)) != len(self.opponents):
            raise ValueError(f"opponents: a name appears twice in {list(self.opponents)}")
        self._check_positions()
        rosters = armies(self.units, self.triggers)
        for player, army in enumerate(rosters):
            if not army:
                raise ValueError(f"player {player} gets no units, neither in `units` nor by a trigger's create_unit")
        total = sum(count for army in rosters for _, count in army)
        if total > MAX_UNITS:
            raise ValueError(f"{total} units; allowed: at most {MAX_UNITS}")
        return self

    def _check_positions(self) -> None:
        width_px, height_px = self.map.width * 32, self.map.height * 32
        places = [(f"units[{i}]", unit.x, unit.y) for i, unit in enumerate(self.units)]
        places += [
            (f"triggers[{i}].actions[{j}]", action.x, action.y)
            for i, trigger in enumerate(self.triggers)
            for j, action in enumerate(trigger.actions)
            if action.x is not None and action.y is not None
        ]
        for where, x, y in places:
            if x >= width_px or y >= height_px:
                raise ValueError(f"{where}: ({x}, {y}) is off the map; allowed: below ({width_px}, {height_px})")


def is_melee_name(name: str) -> bool:
    """Say whether a scenario's name means a melee game: `melee`, or `melee?` with options."""
    return name == MELEE or name.startswith(f"{MELEE}?")


def scenario_names(game: str = "broodwar") -> tuple[str, ...]:
    """Return the names of the shipped scenarios of a game, sorted.

    Raises:
        ConfigError: there is no such game.
    """
    return tuple(sorted(path.stem for path in scenario_folder(game).glob("*.yaml")))


def scenario_folder(game: str = "broodwar") -> Path:
    """Return the folder of a game's shipped scenario files.

    Raises:
        ConfigError: there is no such game.
    """
    root = Path(engine.__file__).parent
    games = sorted(path.parent.name for path in root.glob("*/scenarios"))
    if game not in games:
        raise ConfigError(f"unknown game {game!r}{nearest(game, games)}")
    return root / game / "scenarios"


def load_scenario(name_or_path: str | Path, game: str | None = None) -> Scenario:
    """Return a shipped scenario by its name, or the one in a file.

    Args:
        name_or_path: `m5v5_c_far`; `melee`, with options as `bridge.melee` has them; or a path: anything with a
            folder separator or ending in `.yaml` or `.yml`.
        game: whose shipped scenarios a name is looked up in; None for all games, whose names differ.

    Raises:
        ConfigError: unknown name (with the nearest), missing or wrong file (with file, key, value and what is
            allowed).
    """
    text = str(name_or_path)
    if is_melee_name(text):
        from bridge.melee import load_melee  # it reads maps, and their readers need this module

        return load_melee(text)
    if isinstance(name_or_path, Path) or "/" in text or "\\" in text or text.endswith((".yaml", ".yml")):
        return read_scenario(Path(name_or_path))
    games = GAMES if game is None else (game,)
    for each in games:
        if text in scenario_names(each):
            return read_scenario(scenario_folder(each) / f"{text}.yaml")
    known = [name for each in games for name in scenario_names(each)]
    raise ConfigError(f"unknown scenario {text!r}{nearest(text, (*known, MELEE))}")


def game_of(name_or_path: str) -> str:
    """Return which game a scenario is of.

    Raises:
        ConfigError: as `load_scenario`, for a file.
    """
    if is_melee_name(name_or_path):
        from bridge.melee import game_of_melee  # as in `load_scenario`

        return game_of_melee(name_or_path)
    for game in GAMES:
        if name_or_path in scenario_names(game):
            return game
    return load_scenario(name_or_path).game


def read_scenario(path: Path) -> Scenario:
    """Return the scenario in a file.

    Raises:
        ConfigError: missing or wrong file.
    """
    data = read_yaml(path)
    return build_scenario(parse(ScenarioFile, data, str(path), context={"game": data.get("game")}))


def build_scenario(file: ScenarioFile) -> Scenario:
    """Return the value that a checked scenario file describes."""
    rosters = armies(file.units, file.triggers)
    return Scenario(
        name=file.name,
        version=file.version,
        title=file.title,
        source=file.source.strip(),
        game=file.game,
        map=_map(file.map),
        units=tuple(
            UnitPlacement(type=unit.type, player=unit.player, x=unit.x, y=unit.y, spread_px=unit.spread_px)
            for unit in file.units
            for _ in range(unit.count)
        ),
        triggers=tuple(
            Trigger(
                conditions=tuple(value for condition in trigger.conditions for value in _condition(condition)),
                actions=tuple(_action(action) for action in trigger.actions),
            )
            for trigger in file.triggers
        ),
        armies=(rosters[0], rosters[1]),
        full_vision=file.full_vision,
        frame_skip=file.frame_skip,
        max_frames=file.max_frames,
        latency_frames=file.latency_frames,
        opponents=file.opponents,
        passive_players=file.passive_players,
    )


def _map(file: MapFile) -> GameMap:
    if file.rows is None:
        return GameMap.flat(file.name, file.width, file.height, file.ground_height)
    signs = [[GROUND_SIGNS[sign] for sign in row] for row in file.rows]
    is_open = np.array([[walkable for walkable, _ in row] for row in signs], np.bool_)
    height = np.array([[level for _, level in row] for row in signs], np.uint8) + np.uint8(file.ground_height)
    scale = WALK_TILES_PER_BUILD_TILE
    return GameMap(
        name=file.name,
        width=file.width,
        height=file.height,
        walkable=np.repeat(np.repeat(is_open, scale, axis=0), scale, axis=1),
        buildable=is_open,
        ground_height=height,
    )


def _condition(condition: ConditionFile) -> list[TriggerCondition]:
    """Return a file's condition in frames; "exactly n seconds" is a range of frames and needs two."""
    if condition.kind == "always":
        return [TriggerCondition(kind="always")]
    assert condition.comparison is not None  # both by `_check_keys`
    assert condition.amount is not None
    if condition.kind == "command":
        return [
            TriggerCondition(
                kind="command",
                comparison=condition.comparison,
                amount=condition.amount,
                player=condition.player or 0,
                unit=condition.unit or ANY_UNIT,
            )
        ]
    first = condition.amount * FRAMES_PER_TRIGGER_SECOND
    last = first + FRAMES_PER_TRIGGER_SECOND - 1
    at_least = TriggerCondition(kind="elapsed_frames", comparison="at_least", amount=first)
    at_most = TriggerCondition(kind="elapsed_frames", comparison="at_most", amount=last)
    if condition.comparison == "at_least":
        return [at_least]
    return [at_most] if condition.comparison == "at_most" or first == 0 else [at_least, at_most]


def _action(action: ActionFile) -> TriggerAction:
    given: dict[str, Any] = {key: value for key, value in action.model_dump().items() if value is not None}
    return TriggerAction(**given)


def armies(units: Sequence[UnitsFile], triggers: Sequence[TriggerFile]) -> list[tuple[tuple[str, int], ...]]:
    """Return each player's roster of one battle: the units placed, and the most that one trigger creates.

    Triggers that create an army stand for one battle each (the first one, the next one), so that per unit type the
    largest counts, not the sum over triggers.
    """
    rosters: list[tuple[tuple[str, int], ...]] = []
    for player in (0, 1):
        roster: dict[str, int] = {}
        for unit in units:
            if unit.player == player:
                roster[unit.type] = roster.get(unit.type, 0) + unit.count
        created: dict[str, int] = {}
        for trigger in triggers:
            here: dict[str, int] = {}
            for action in trigger.actions:
                if action.kind == "create_unit" and action.player == player and action.unit and action.amount:
                    here[action.unit] = here.get(action.unit, 0) + action.amount
            for name, count in here.items():
                created[name] = max(created.get(name, 0), count)
        for name, count in created.items():
            roster[name] = roster.get(name, 0) + count
        rosters.append(tuple(roster.items()))
    return rosters


def _check_keys(entry: ConditionFile | ActionFile, needed_by_kind: dict[str, tuple[str, ...]]) -> None:
    needed = needed_by_kind[entry.kind]
    given = {key for key, value in entry.model_dump(exclude={"kind"}).items() if value is not None}
    for key in needed:
        if key not in given:
            raise ValueError(f"kind {entry.kind!r} needs the key {key!r}")
    for key in sorted(given - set(needed)):
        raise ValueError(f"kind {entry.kind!r} takes no key {key!r}; its keys: {', '.join(needed) or 'none'}")


__all__ = [
    "AnyUnit",
    "ScenarioFile",
    "armies",
    "build_scenario",
    "load_scenario",
    "read_scenario",
    "scenario_folder",
    "scenario_names",
]
