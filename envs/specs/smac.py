"""Observation and action `smac`: what SMAC's own environment shows its agents and lets them do, field by field.

Defaults of SMAC (oxwhirl/smac d6aab33, `StarCraft2Env`): each agent sees 9 cells around it, may shoot what is within
6 cells (centres), moves 2 cells; all health is shown; the state has everybody and the agents' last actions. Agents
are ordered as there: by type, then x, then y. Numbers are not clipped, as there.

`obs` has one line per agent, `state` is for training only. Choices of an agent: 0 nothing (only when dead), 1 stop,
2-5 move north, south, east, west, 6 + j attack enemy j (a Medivac: heal agent j).

What differs: positions are whole pixels of 1/32 cell, cooldowns whole frames.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import NO_UNIT, Commands, Frame, UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX, WALK_TILE_PX, GameMap
from engine.core.jit import inline, kernel
from engine.core.scenario import Scenario
from envs.specs.acting import FactoredSpec
from envs.specs.field import Block, Field
from envs.specs.roster import Roster
from envs.specs.slots import Battle

SIGHT_PX: Final = 9 * BUILD_TILE_PX
SHOOT_PX: Final = 6 * BUILD_TILE_PX
MOVE_PX: Final = 2 * BUILD_TILE_PX
LOOK_PX: Final = BUILD_TILE_PX
"""An agent may move where one cell ahead is walkable."""

NO_OP: Final = 0
STOP: Final = 1
FIRST_MOVE: Final = 2
NUM_MOVES: Final = 4
FIRST_ATTACK: Final = FIRST_MOVE + NUM_MOVES

MOVES: Final = np.array([(0, -1), (0, 1), (1, 0), (-1, 0)], np.int32)
"""(4, 2): x and y of north, south, east, west; y downwards."""

MOVE_NAMES: Final = ("north", "south", "east", "west")

MAX_COOLDOWN: Final = {
    "Marine": 15,
    "Marauder": 25,
    "Medivac": 200,
    "Stalker": 35,
    "Zealot": 22,
    "Colossus": 24,
    "Hydralisk": 10,
    "Zergling": 11,
    "Baneling": 1,
}
"""What cooldowns (a Medivac's energy) are divided by, by type; SMAC's `unit_max_cooldown`."""

OTHER_COOLDOWN: Final = 15

MOST_COOLDOWNS: Final = 64.0
"""Bound of a cooldown over its divisor; a Baneling's divisor is 1."""

HEAL: Final = 386
"""Ability id of a Medivac's heal."""

AGAINST_STALKERS: Final = frozenset({"Stalker", "Zealot"})
"""Where these two fight each other, SMAC numbers the enemy's types the other way round than the agents'."""

_ATTACK_UNIT: Final = int(UnitCommandType.ATTACK_UNIT)
_MOVE: Final = int(UnitCommandType.MOVE)
_STOP: Final = int(UnitCommandType.STOP)
_USE_TECH_UNIT: Final = int(UnitCommandType.USE_TECH_UNIT)


class SmacLayout:
    """What SMAC's arrays look like for a pair of armies.

    Attributes:
        num_own: agents.
        num_enemy: enemies.
        type_bits: types that the agents are told apart by; 0 where they are all of one type.
        own_shield: 1 if an own type has shields.
        enemy_shield: likewise of the enemy's.
        facts: (columns of the roster, 3) int32: rank among the agents' types, among the enemy's, divisor of cooldowns.
        walkable: (cells down, cells across) bool.
    """

    def __init__(self, roster: Roster, own: tuple[str, ...], enemy: tuple[str, ...], game_map: GameMap) -> None:
        """Derive the layout.

        Args:
            roster: types and slots.
            own: names of the agents' types.
            enemy: names of the enemies' types.
            game_map: where they fight.
        """
        self.roster = roster
        self.num_own, self.num_enemy = roster.num_own, roster.num_enemy
        self.map_px = (game_map.width_px, game_map.height_px)
        own_ranks, enemy_ranks = sorted(set(own)), sorted(set(enemy))
        if set(own) == set(enemy) == AGAINST_STALKERS:
            enemy_ranks.reverse()
        self.type_bits = len(own_ranks) if len(own_ranks) > 1 else 0
        columns = {name: column for column, name in enumerate(roster.names)}
        by_column = sorted(roster.types[roster.types["column"] >= 0], key=lambda kind: int(kind["column"]))
        self.own_shield = int(any(by_column[columns[name]]["max_shield"] > 0 for name in own))
        self.enemy_shield = int(any(by_column[columns[name]]["max_shield"] > 0 for name in enemy))
        self.facts = np.zeros((len(roster.names), 3), np.int32)
        for name, column in columns.items():
            self.facts[column] = (
                own_ranks.index(name) if name in own_ranks else -1,
                enemy_ranks.index(name) if name in enemy_ranks and enemy_ranks.index(name) < self.type_bits else -1,
                MAX_COOLDOWN.get(name, OTHER_COOLDOWN),
            )
        tiles = BUILD_TILE_PX // WALK_TILE_PX
        shape = (game_map.height, tiles, game_map.width, tiles)
        self.walkable = np.ascontiguousarray(game_map.walkable.reshape(shape).all(axis=(1, 3)))

    @property
    def num_choices(self) -> int:
        """Choices of one agent."""
        return FIRST_ATTACK + self.num_enemy

    def blocks(self) -> tuple[Block, ...]:
        """Return the declarations of `obs` and `state`."""
        return (
            Block(
                name="obs",
                leading=(self.num_own,),
                fields=tuple(self._obs_fields()),
                doc="One line per agent, of what is within 9 cells of it; zeros once it is dead.",
            ),
            Block(name="state", leading=(), fields=tuple(self._state_fields()), doc="All units, for training only."),
        )

    def _kinds(self, who: str) -> list[Field]:
        return [
            Field(name=f"{who}_type_{bit}", unit="flag", doc="Which type it is of.") for bit in range(self.type_bits)
        ]

    def _other(self, who: str, first: Field, shield: int) -> list[Field]:
        fields = [
            first,
            Field(name=f"{who}_distance", doc="Distance of centres, of 9 cells."),
            Field(name=f"{who}_x", low=-1.0, doc="To the right, of 9 cells."),
            Field(name=f"{who}_y", low=-1.0, doc="Upwards, of 9 cells."),
            Field(name=f"{who}_health", doc="Hit points, of the type's most."),
        ]
        if shield:
            fields.append(Field(name=f"{who}_shield", doc="Shields, of the type's most."))
        return fields + self._kinds(who)

    def _obs_fields(self) -> list[Field]:
        fields = [Field(name=f"can_move_{name}", unit="flag", doc="It may move there.") for name in MOVE_NAMES]
        for j in range(self.num_enemy):
            who = f"enemy_{j}"
            can_attack = Field(name=f"{who}_available", unit="flag", doc="It may attack it: action 6 + j.")
            fields += self._other(who, can_attack, self.enemy_shield)
        for j in range(self.num_own - 1):
            who = f"ally_{j}"
            is_visible = Field(name=f"{who}_visible", unit="flag", doc="It is alive and in sight.")
            fields += self._other(who, is_visible, self.own_shield)
        fields.append(Field(name="own_health", doc="Hit points, of the type's most."))
        if self.own_shield:
            fields.append(Field(name="own_shield", doc="Shields, of the type's most."))
        return fields + self._kinds("own")

    def _state_fields(self) -> list[Field]:
        fields: list[Field] = []
        sides = (("ally", self.num_own, self.own_shield), ("enemy", self.num_enemy, self.enemy_shield))
        for side, count, shield in sides:
            for j in range(count):
                who = f"{side}_{j}"
                fields.append(Field(name=f"{who}_health", doc="Hit points, of the type's most."))
                if side == "ally":
                    doc = "Cooldown of its weapon (a Medivac: energy), of SMAC's number for the type."
                    fields.append(Field(name=f"{who}_cooldown", high=MOST_COOLDOWNS, doc=doc))
                fields.append(Field(name=f"{who}_x", low=-1.0, doc="Right of the map's middle, of its width."))
                fields.append(Field(name=f"{who}_y", low=-1.0, doc="Above the map's middle, of its height."))
                if shield:
                    fields.append(Field(name=f"{who}_shield", doc="Shields, of the type's most."))
                fields += self._kinds(who)
        for j in range(self.num_own):
            for choice in range(self.num_choices):
                fields.append(Field(name=f"last_action_{j}_{choice}", unit="flag", doc="Its last choice was this."))
        return fields


def smac_layout(roster: Roster, scenario: Scenario, players: tuple[int, ...]) -> SmacLayout:
    """Return the layout of a scenario's armies as seats of `players` see them."""
    own = tuple(name for player in players for name, _ in scenario.armies[player])
    enemy = tuple(name for player in players for name, _ in scenario.armies[1 - player])
    return SmacLayout(roster, own, enemy, scenario.map)


@kernel
def order_agents(
    marked: NDArray[np.bool_],
    units: NDArray[np.void],
    types: NDArray[np.void],
    slots: NDArray[np.void],
    rows: NDArray[np.void],
    facts: NDArray[np.int32],
    num_own: int,
    order: NDArray[np.int32],
) -> None:
    """Write which slot each agent of a battle that has just begun sits in: agents by type, x, y (y upwards).

    Args:
        marked: (rows,) bool.
        units: (rows, capacity) UNIT_DTYPE.
        types: (types,) TYPE_DTYPE.
        slots: (rows, slots) SLOT_DTYPE.
        rows: (rows,) BATTLE_DTYPE.
        facts: as of `SmacLayout`.
        num_own: agents.
        order: (rows, agents) int32, overwritten where a battle begins.
    """
    for r in range(slots.shape[0]):
        if not marked[r] or rows[r]["tracked_frame"] != rows[r]["start_frame"]:
            continue
        for s in range(num_own):
            at = s
            k = slots[r, s]["index"]
            while at > 0 and k >= 0:
                h = slots[r, order[r, at - 1]]["index"]
                if h < 0:
                    break
                u = units[r, k]
                v = units[r, h]
                mine = facts[types[u["type"]]["column"], 0]
                theirs = facts[types[v["type"]]["column"], 0]
                if theirs < mine or (theirs == mine and v["x"] < u["x"]):
                    break
                if theirs == mine and v["x"] == u["x"] and v["y"] >= u["y"]:
                    break
                order[r, at] = order[r, at - 1]
                at -= 1
            order[r, at] = s


@inline
def _apart(a: np.void, b: np.void) -> float:
    dx = float(b["x"]) - a["x"]
    dy = float(b["y"]) - a["y"]
    return math.sqrt(dx * dx + dy * dy)


@inline
def _may_move(unit: np.void, walkable: NDArray[np.bool_], d: int) -> bool:
    x = unit["x"] + MOVES[d, 0] * LOOK_PX
    y = unit["y"] + MOVES[d, 1] * LOOK_PX
    if x < 0 or y < 0 or x >= walkable.shape[1] * BUILD_TILE_PX or y >= walkable.shape[0] * BUILD_TILE_PX:
        return False
    return bool(walkable[y // BUILD_TILE_PX, x // BUILD_TILE_PX])


@inline
def _target_of(
    units: NDArray[np.void],
    types: NDArray[np.void],
    here: NDArray[np.void],
    order: NDArray[np.int32],
    num_own: int,
    a: int,
    j: int,
) -> int:
    """Return where in the units the target of agent a's choice 6 + j is, -1 if it may not choose it now."""
    k = here[order[a]]["index"]
    if k < 0:
        return -1
    unit = units[k]
    if types[unit["type"]]["heals"]:
        if j >= num_own:
            return -1
        h = here[order[j]]["index"]
        if h < 0 or types[units[h]["type"]]["heals"]:
            return -1
    else:
        if num_own + j >= len(here):
            return -1
        h = here[num_own + j]["index"]
        if h < 0:
            return -1
    return h if _apart(unit, units[h]) <= SHOOT_PX else -1


@kernel
def mask_agents(
    marked: NDArray[np.bool_],
    units: NDArray[np.void],
    types: NDArray[np.void],
    slots: NDArray[np.void],
    order: NDArray[np.int32],
    walkable: NDArray[np.bool_],
    num_own: int,
    out: NDArray[np.bool_],
) -> None:
    """Write SMAC's available actions of the marked rows.

    Args:
        marked: (rows,) bool.
        units: (rows, capacity) UNIT_DTYPE.
        types: (types,) TYPE_DTYPE.
        slots: (rows, slots) SLOT_DTYPE.
        order: (rows, agents) int32 of `order_agents`.
        walkable: (cells down, cells across) bool.
        num_own: agents.
        out: (rows, agents * choices) bool, overwritten.
    """
    num_enemy = slots.shape[1] - num_own
    choices = FIRST_ATTACK + num_enemy
    for r in range(slots.shape[0]):
        if not marked[r]:
            continue
        for a in range(num_own):
            base = a * choices
            out[r, base : base + choices] = False
            k = slots[r, order[r, a]]["index"]
            if k < 0:
                out[r, base + NO_OP] = True
                continue
            out[r, base + STOP] = True
            for d in range(NUM_MOVES):
                out[r, base + FIRST_MOVE + d] = _may_move(units[r, k], walkable, d)
            for j in range(num_enemy):
                h = _target_of(units[r], types, slots[r], order[r], num_own, a, j)
                out[r, base + FIRST_ATTACK + j] = h >= 0


@kernel
def decode_agents(
    actions: NDArray[np.int64],
    units: NDArray[np.void],
    types: NDArray[np.void],
    slots: NDArray[np.void],
    order: NDArray[np.int32],
    walkable: NDArray[np.bool_],
    num_own: int,
    items: NDArray[np.void],
    count: NDArray[np.int32],
    invalid: NDArray[np.int32],
) -> None:
    """Append each row's commands; drop and count the choices that are not available.

    Args:
        actions: (rows, agents) int64.
        units: (rows, capacity) UNIT_DTYPE.
        types: (types,) TYPE_DTYPE.
        slots: (rows, slots) SLOT_DTYPE.
        order: (rows, agents) int32 of `order_agents`.
        walkable: (cells down, cells across) bool.
        num_own: agents.
        items: (rows, capacity) COMMAND_DTYPE.
        count: (rows,) int32.
        invalid: (rows,) int32, overwritten.
    """
    for r in range(slots.shape[0]):
        invalid[r] = 0
        for a in range(num_own):
            choice = actions[r, a]
            k = slots[r, order[r, a]]["index"]
            if k < 0 or choice == NO_OP:
                invalid[r] += (k < 0) != (choice == NO_OP)
                continue
            unit = units[r, k]
            item = items[r, count[r]]
            item["unit_id"] = unit["id"]
            item["target_id"] = NO_UNIT
            item["x"] = unit["x"]
            item["y"] = unit["y"]
            item["extra"] = 0
            if choice == STOP:
                item["type"] = _STOP
            elif choice < FIRST_ATTACK:
                d = choice - FIRST_MOVE
                if not _may_move(unit, walkable, d):
                    invalid[r] += 1
                    continue
                item["type"] = _MOVE
                item["x"] = unit["x"] + MOVES[d, 0] * MOVE_PX
                item["y"] = unit["y"] + MOVES[d, 1] * MOVE_PX
            else:
                h = _target_of(units[r], types, slots[r], order[r], num_own, a, choice - FIRST_ATTACK)
                if h < 0:
                    invalid[r] += 1
                    continue
                heals = types[unit["type"]]["heals"]
                item["type"] = _USE_TECH_UNIT if heals else _ATTACK_UNIT
                item["extra"] = HEAL if heals else 0
                item["target_id"] = units[r, h]["id"]
                item["x"] = units[r, h]["x"]
                item["y"] = units[r, h]["y"]
            count[r] += 1


@inline
def _write_other(
    out: NDArray[np.float32],
    c: int,
    first: float,
    unit: np.void,
    other: np.void,
    types: NDArray[np.void],
    has_shield: int,
    rank: int,
) -> None:
    """Write what an agent is told of another unit within its sight."""
    kind = types[other["type"]]
    out[c] = first
    out[c + 1] = _apart(unit, other) / SIGHT_PX
    out[c + 2] = (float(other["x"]) - unit["x"]) / SIGHT_PX
    out[c + 3] = (float(unit["y"]) - other["y"]) / SIGHT_PX
    out[c + 4] = other["hp"] / max(1, kind["max_hp"])
    if has_shield:
        out[c + 5] = other["shield"] / max(1, kind["max_shield"])
    if rank >= 0:
        out[c + 5 + has_shield + rank] = 1.0


@inline
def _write_own(
    out: NDArray[np.float32], c: int, unit: np.void, types: NDArray[np.void], has_shield: int, rank: int
) -> None:
    """Write what an agent is told of itself."""
    kind = types[unit["type"]]
    out[c] = unit["hp"] / max(1, kind["max_hp"])
    if has_shield:
        out[c + 1] = unit["shield"] / max(1, kind["max_shield"])
    if rank >= 0:
        out[c + 1 + has_shield + rank] = 1.0


@inline
def _write_state(
    units: NDArray[np.void],
    types: NDArray[np.void],
    here: NDArray[np.void],
    order: NDArray[np.int32],
    facts: NDArray[np.int32],
    num_own: int,
    type_bits: int,
    own_shield: int,
    enemy_shield: int,
    map_x: int,
    map_y: int,
    out: NDArray[np.float32],
) -> int:
    """Write one row's `state` but for the last actions; return the column where those begin."""
    out[:] = 0.0
    c = 0
    for s in range(len(here)):
        is_own = s < num_own
        k = here[order[s] if is_own else s]["index"]
        shield = own_shield if is_own else enemy_shield
        if k >= 0:
            unit = units[k]
            kind = types[unit["type"]]
            fact = facts[kind["column"]]
            at = c
            out[at] = unit["hp"] / max(1, kind["max_hp"])
            at += 1
            if is_own:
                wait = unit["energy"] if kind["heals"] else max(0, unit["ground_cooldown"])
                out[at] = min(wait / fact[2], MOST_COOLDOWNS)
                at += 1
            out[at] = (unit["x"] - map_x / 2) / map_x
            out[at + 1] = (map_y / 2 - unit["y"]) / map_y
            at += 2
            if shield:
                out[at] = unit["shield"] / max(1, kind["max_shield"])
                at += 1
            rank = fact[0] if is_own else fact[1]
            if type_bits and rank >= 0:
                out[at + rank] = 1.0
        c += (4 if is_own else 3) + shield + type_bits
    return c


@kernel
def encode_agents(
    marked: NDArray[np.bool_],
    units: NDArray[np.void],
    types: NDArray[np.void],
    slots: NDArray[np.void],
    order: NDArray[np.int32],
    walkable: NDArray[np.bool_],
    facts: NDArray[np.int32],
    num_own: int,
    type_bits: int,
    own_shield: int,
    enemy_shield: int,
    map_x: int,
    map_y: int,
    actions: NDArray[np.int64],
    has_acted: NDArray[np.bool_],
    obs: NDArray[np.float32],
    state: NDArray[np.float32],
) -> None:
    """Write the marked rows' `obs` and `state`; arguments as those of `SmacLayout` and the kernels above.

    Args:
        marked: (rows,) bool.
        units: (rows, capacity) UNIT_DTYPE.
        types: (types,) TYPE_DTYPE.
        slots: (rows, slots) SLOT_DTYPE.
        order: (rows, agents) int32 of `order_agents`.
        walkable: (cells down, cells across) bool.
        facts: as of `SmacLayout`.
        num_own: agents.
        type_bits: of `SmacLayout`.
        own_shield: likewise.
        enemy_shield: likewise.
        map_x: width, pixels.
        map_y: height, pixels.
        actions: (rows, agents) int64, the last ones.
        has_acted: (rows,) bool: there were any in this battle.
        obs: (rows, agents, width) float32, overwritten.
        state: (rows, width) float32, overwritten.
    """
    num_enemy = slots.shape[1] - num_own
    per_enemy = 5 + enemy_shield + type_bits
    per_ally = 5 + own_shield + type_bits
    for r in range(slots.shape[0]):
        if not marked[r]:
            continue
        here = slots[r]
        c = _write_state(
            units[r], types, here, order[r], facts, num_own, type_bits, own_shield, enemy_shield, map_x, map_y, state[r]
        )
        if has_acted[r]:
            for a in range(num_own):
                state[r, c + a * (FIRST_ATTACK + num_enemy) + actions[r, a]] = 1.0
        for a in range(num_own):
            out = obs[r, a]
            out[:] = 0.0
            k = here[order[r, a]]["index"]
            if k < 0:
                continue
            unit = units[r, k]
            for d in range(NUM_MOVES):
                out[d] = 1.0 if _may_move(unit, walkable, d) else 0.0
            c = NUM_MOVES
            for j in range(num_enemy):
                h = here[num_own + j]["index"]
                if h >= 0 and _apart(unit, units[r, h]) < SIGHT_PX:
                    can = _target_of(units[r], types, here, order[r], num_own, a, j) >= 0
                    rank = facts[types[units[r, h]["type"]]["column"], 1] if type_bits else -1
                    _write_other(out, c, 1.0 if can else 0.0, unit, units[r, h], types, enemy_shield, rank)
                c += per_enemy
            for b in range(num_own):
                if b == a:
                    continue
                h = here[order[r, b]]["index"]
                if h >= 0 and _apart(unit, units[r, h]) < SIGHT_PX:
                    rank = facts[types[units[r, h]["type"]]["column"], 0] if type_bits else -1
                    _write_other(out, c, 1.0, unit, units[r, h], types, own_shield, rank)
                c += per_ally
            _write_own(out, c, unit, types, own_shield, facts[types[unit["type"]]["column"], 0] if type_bits else -1)


class Agents:
    """Which slot each agent of a batch of battles sits in."""

    def __init__(self, layout: SmacLayout) -> None:
        """Prepare.

        Args:
            layout: of the armies.
        """
        self._layout = layout
        self.order = np.zeros((0, layout.num_own), np.int32)

    def follow(self, frame: Frame, battle: Battle, marked: NDArray[np.bool_]) -> None:
        """Order the agents of the marked rows whose battle begins in `frame`."""
        layout = self._layout
        if len(self.order) != len(marked):
            self.order = np.tile(np.arange(layout.num_own, dtype=np.int32), (len(marked), 1))
        order_agents(
            marked,
            frame.units,
            layout.roster.types,
            battle.slots,
            battle.rows,
            layout.facts,
            layout.num_own,
            self.order,
        )


class SmacEncoder:
    """Writes `obs` and `state`; remembers the last actions of an episode."""

    def __init__(self, layout: SmacLayout) -> None:
        """Prepare.

        Args:
            layout: of the armies.
        """
        self._layout = layout
        self._agents = Agents(layout)
        self._has_acted = np.zeros(0, np.bool_)

    def begin(self, marked: NDArray[np.bool_]) -> None:
        """Forget the last actions of the marked rows."""
        if len(self._has_acted) != len(marked):
            self._has_acted = np.zeros(len(marked), np.bool_)
        self._has_acted[marked] = False

    def encode(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write the marked rows."""
        layout = self._layout
        self._agents.follow(frame, battle, marked)
        started = battle.rows["tracked_frame"] == battle.rows["start_frame"]
        np.logical_not(started, out=self._has_acted, where=marked)
        actions = arrays["action"]
        assert actions.shape == (len(marked), layout.num_own)  # `make_task` wants the action `smac` as well
        encode_agents(
            marked,
            frame.units,
            layout.roster.types,
            battle.slots,
            self._agents.order,
            layout.walkable,
            layout.facts,
            layout.num_own,
            layout.type_bits,
            layout.own_shield,
            layout.enemy_shield,
            layout.map_px[0],
            layout.map_px[1],
            actions,
            self._has_acted,
            arrays["observation/obs"],
            arrays["observation/state"],
        )


class SmacSpec(FactoredSpec):
    """Choices of `smac`."""

    def __init__(self, layout: SmacLayout) -> None:
        """Name the choices.

        Args:
            layout: of the armies.
        """
        super().__init__("smac", np.full(layout.num_own, layout.num_choices, np.int64), "agent")
        self.num_own = layout.num_own
        self.num_enemy = layout.num_enemy

    def choice_name(self, choice: int) -> str:
        """Return a choice in words."""
        if choice < FIRST_ATTACK:
            return ("nothing", "stop", *(f"move {name}" for name in MOVE_NAMES))[choice]
        return f"attack enemy {choice - FIRST_ATTACK}"


class SmacDecoder:
    """Turns `smac` actions into commands and writes their masks."""

    def __init__(self, layout: SmacLayout) -> None:
        """Prepare.

        Args:
            layout: of the armies.
        """
        self._layout = layout
        self._agents = Agents(layout)

    def mask(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `action_mask` of the marked rows."""
        layout = self._layout
        self._agents.follow(frame, battle, marked)
        mask_agents(
            marked,
            frame.units,
            layout.roster.types,
            battle.slots,
            self._agents.order,
            layout.walkable,
            layout.num_own,
            arrays["action_mask"],
        )

    def decode(self, frame: Frame, battle: Battle, arrays: Arrays, commands: Commands) -> None:
        """Append the commands of all rows and write `info/invalid_actions`."""
        layout = self._layout
        decode_agents(
            arrays["action"],
            frame.units,
            layout.roster.types,
            battle.slots,
            self._agents.order,
            layout.walkable,
            layout.num_own,
            commands.items,
            commands.count,
            arrays["info/invalid_actions"],
        )
