"""What `smac` arrays look like for a pair of armies, and the numbers that SMAC fixes; see `smac`."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.core.gamemap import BUILD_TILE_PX, WALK_TILE_PX, GameMap
from engine.core.scenario import Scenario
from envs.specs.field import Block, Field
from envs.specs.roster import Roster

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
