"""A small game for tests of the API server: a town hall and twelve workers a side, that walk, hit and die.

It follows no rules of StarCraft II's; the server must not care.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from bridge.sc2.maps import PLACED_DTYPE, Sc2Map
from bridge.sc2.world import (
    NEUTRAL,
    NO_ID,
    ORDER_VIEW_DTYPE,
    SNAPSHOT,
    SUCCESS,
    UNIT_VIEW_DTYPE,
    VISIBLE,
    Player,
    UnitCommand,
    View,
)

MOVE, ATTACK, STOP, GATHER = (16, 3794), (23, 3674), (4, 3665), (295, 298, 1183, 3666)
TRAIN = {524: 45, 1006: 84}
TOWN_HALLS, WORKERS = {1: 18, 2: 86, 3: 59}, {1: 45, 2: 104, 3: 84}
GATHERING = {45: 295, 84: 298, 104: 1183}
RADIUS = {18: 2.75, 86: 2.75, 59: 2.75, 45: 0.375, 104: 0.375, 84: 0.375, 341: 1.125, 342: 1.5}
SPEED, DAMAGE, REACH, PERIOD, SIGHT = 0.5, 5.0, 1.0, 8, 9.0
HALL_LIFE, WORKER_LIFE = 100.0, 45.0
CANNOT_CONTROL, NO_PLACE, NOT_SUPPORTED = 87, 44, 2


@dataclass
class Thing:
    id: int
    type: int
    owner: int
    x: float
    y: float
    life: float
    order: tuple[int, int, float, float] | None = None  # ability, target id, x, y
    cooldown: int = 0
    contents: int = 0


def small_map(size: int = 64) -> Sc2Map:
    """A flat map: eight mineral fields and two geysers at each of two corners."""
    starts = np.array([(11.5, 11.5), (size - 11.5, size - 11.5)], np.float32)
    placed = []
    for index, (x, y) in enumerate(starts.tolist()):
        sign = -1 if index == 0 else 1
        fields = [(-3, 6), (-1, 7), (1, 6), (3, 7), (7, 3), (6, 1), (7, -1), (6, -3)]
        placed += [(341, x + sign * dx - 0.5, y + sign * dy, 1800) for dx, dy in fields]
        placed += [(342, x + sign * 7, y + sign * 7, 2250), (342, x + sign * -7, y + sign * 7, 2250)]
    return Sc2Map(
        name="Small",
        pathing=np.ones((size, size), np.bool_),
        placement=np.ones((size, size), np.bool_),
        height=np.full((size, size), 191, np.uint8),
        playable=(0, 0, size, size),
        starts=starts,
        neutrals=np.array(placed, PLACED_DTYPE),
        source="a test",
    )


class SmallWorld:
    """Satisfies `bridge.sc2.world.PlayableWorld`."""

    def __init__(self, sc2_map: Sc2Map, players: tuple[Player, Player], seed: int) -> None:
        self.map = sc2_map
        self.players = players
        self.seed = seed
        self.results: tuple[int, int] | None = None
        self.toggled: list[tuple[int, int]] = []
        self.restart()

    @property
    def races(self) -> tuple[int, int]:
        first, second = (1 + self.seed % 3 if player.race == 4 else player.race for player in self.players)
        return first, second

    def restart(self) -> None:
        self.loop = 0
        self.results = None
        self.things: dict[int, Thing] = {}
        self.dead: dict[int, list[int]] = {1: [], 2: []}
        self.minerals = [50, 50]
        self._last = 0
        for kind, x, y, contents in self.map.neutrals.tolist():
            self._add(kind, NEUTRAL, x, y).contents = contents
        for number, race in enumerate(self.races, start=1):
            x, y = self.map.starts[number - 1].tolist()
            self._add(TOWN_HALLS[race], number, x, y)
            for index in range(12):
                turn = 2 * math.pi * index / 12
                self._add(WORKERS[race], number, x + 3.5 * math.cos(turn), y + 3.5 * math.sin(turn))

    def _add(self, kind: int, owner: int, x: float, y: float) -> Thing:
        self._last += 1
        life = 10000.0 if owner == NEUTRAL else HALL_LIFE if kind in TOWN_HALLS.values() else WORKER_LIFE
        thing = Thing(self._last, kind, owner, x, y, life)
        self.things[thing.id] = thing
        return thing

    def advance(self, loops: int) -> None:
        for _ in range(loops):
            if self.results is not None:
                return
            self.loop += 1
            for thing in list(self.things.values()):
                if thing.order is not None and thing.id in self.things:
                    self._act(thing, *thing.order)
            self._judge()

    def _act(self, thing: Thing, ability: int, target_id: int, x: float, y: float) -> None:
        thing.cooldown = max(0, thing.cooldown - 1)
        target = self.things.get(target_id) if target_id else None
        if ability in ATTACK and target is None:
            enemies = [o for o in self.things.values() if o.owner not in (thing.owner, NEUTRAL)]
            near = [o for o in enemies if math.dist((o.x, o.y), (thing.x, thing.y)) < SIGHT]
            target = min(near, key=lambda o: math.dist((o.x, o.y), (thing.x, thing.y)), default=None)
        if target is not None:
            x, y = target.x, target.y
        reach = REACH + (RADIUS.get(target.type, 0.5) if target else 0)
        distance = math.dist((x, y), (thing.x, thing.y))
        if ability in ATTACK and target is not None and distance <= reach:
            if thing.cooldown == 0:
                thing.cooldown = PERIOD
                target.life -= DAMAGE
                if target.life <= 0:
                    self.kill_unit(target.id)
        elif ability not in GATHERING.values() and distance > 0.1:
            way = min(SPEED, distance)
            thing.x += way * (x - thing.x) / distance
            thing.y += way * (y - thing.y) / distance
        elif ability in MOVE:
            thing.order = None

    def _judge(self) -> None:
        alive = [
            any(t.owner == player and t.type in TOWN_HALLS.values() for t in self.things.values()) for player in (1, 2)
        ]
        if not all(alive) and self.results is None:
            self.results = (1 if alive[0] else 2, 1 if alive[1] else 2)

    def _sees(self, player: int) -> NDArray[np.bool_]:
        width, height = self.map.size
        ys, xs = np.mgrid[0:height, 0:width]
        seen = np.zeros((height, width), np.bool_)
        for thing in self.things.values():
            if thing.owner == player:
                seen |= (xs + 0.5 - thing.x) ** 2 + (ys + 0.5 - thing.y) ** 2 <= SIGHT**2
        return seen

    def view(self, player: int, *, everything: bool = False) -> View:
        seen = np.ones(self.map.size[::-1], np.bool_) if everything else self._sees(player)
        shown = []
        for thing in self.things.values():
            if seen[int(thing.y), int(thing.x)]:
                shown.append((thing, VISIBLE))
            elif thing.owner == NEUTRAL:
                shown.append((thing, SNAPSHOT))
        units = np.zeros(len(shown), UNIT_VIEW_DTYPE)
        orders = []
        for row, (thing, display) in enumerate(shown):
            unit = units[row]
            unit["id"], unit["type"], unit["owner"], unit["display"] = thing.id, thing.type, thing.owner, display
            unit["x"], unit["y"], unit["z"] = thing.x, thing.y, 8.0
            unit["radius"], unit["build_progress"] = RADIUS.get(thing.type, 0.5), 1.0
            if display == VISIBLE:
                unit["cloak"], unit["health"] = 3, thing.life
                unit["health_max"] = (
                    10000 if thing.owner == NEUTRAL else HALL_LIFE if thing.type in TOWN_HALLS.values() else WORKER_LIFE
                )
                unit["minerals" if thing.type == 341 else "vespene"] = thing.contents
                unit["weapon_cooldown"], unit["is_active"] = thing.cooldown, thing.order is not None
            if thing.owner == player and thing.order is not None:
                ability, target_id, x, y = thing.order
                orders.append((row, ability, target_id, target_id == NO_ID, x, y, 0.0))
        dead, self.dead[player] = self.dead[player], []
        workers = sum(t.owner == player and t.type in WORKERS.values() for t in self.things.values())
        return View(
            player=player,
            loop=self.loop,
            units=units,
            visibility=np.where(seen, 2, 0).astype(np.uint8),
            creep=np.zeros_like(seen),
            orders=np.array(orders, ORDER_VIEW_DTYPE),
            dead=dead,
            minerals=self.minerals[player - 1],
            food_cap=15,
            food_used=workers,
            food_workers=workers,
            score={"total_value_units": 600.0, "used_minerals.economy": 1000.0},
            score_total=1050,
        )

    def pathing(self, player: int) -> NDArray[np.bool_]:
        grid = self.map.pathing.copy()
        for thing in self.things.values():
            if thing.type in TOWN_HALLS.values():
                x, y = int(thing.x - 2.5), int(thing.y - 2.5)
                grid[y : y + 5, x : x + 5] = False
        return grid

    def command(self, player: int, command: UnitCommand) -> int:
        mine = [self.things[i] for i in command.unit_ids if i in self.things and self.things[i].owner == player]
        if not mine:
            return CANNOT_CONTROL
        ability = command.ability
        if ability in TRAIN:
            self._add(TRAIN[ability], player, mine[0].x + 4, mine[0].y)
            self.minerals[player - 1] -= 50
            return SUCCESS
        if ability in STOP:
            for thing in mine:
                thing.order = None
            return SUCCESS
        x, y = command.point or (0.0, 0.0)
        for thing in mine:
            known = ability in MOVE + ATTACK + GATHER
            if not known or thing.type in TOWN_HALLS.values():
                return NOT_SUPPORTED
            told = 23 if ability in ATTACK else 16 if ability in MOVE else GATHERING[thing.type]
            thing.order = (told, command.target_id, x, y)
        return SUCCESS

    def surrender(self, player: int) -> None:
        self.end_game(player, is_won=False)

    def path_length(self, player: int, start: tuple[float, float] | int, end: tuple[float, float]) -> float:
        if isinstance(start, int):
            thing = self.things.get(start)
            if thing is None:
                return 0.0
            start = thing.x, thing.y
        return math.dist(start, end)

    def abilities(self, player: int, unit_id: int, *, ignore_resources: bool) -> Sequence[tuple[int, bool]]:
        thing = self.things.get(unit_id)
        return [] if thing is None or thing.owner != player else [(3665, False), (3794, True), (3674, True)]

    def placement(self, player: int, ability: int, x: float, y: float, unit_id: int) -> int:
        width, height = self.map.size
        return SUCCESS if 0 <= x < width and 0 <= y < height and self.pathing(player)[int(y), int(x)] else NO_PLACE

    def unit_type(self, unit_id: int) -> int:
        return self.things[unit_id].type if unit_id in self.things else 0

    def create_unit(self, unit_type: int, owner: int, x: float, y: float) -> None:
        self._add(unit_type, owner, x, y)

    def kill_unit(self, unit_id: int) -> None:
        if self.things.pop(unit_id, None) is not None:
            for told in self.dead.values():
                told.append(unit_id)

    def set_value(self, unit_id: int, which: int, value: float) -> None:
        if unit_id in self.things and which == 2:
            self.things[unit_id].life = value

    def toggle(self, player: int, switch: int) -> bool:
        self.toggled.append((player, switch))
        return True

    def end_game(self, player: int, *, is_won: bool) -> None:
        mine, other = (1, 2) if is_won else (2, 1)
        self.results = (mine, other) if player == 1 else (other, mine)


class SmallWorlds:
    """Satisfies `bridge.sc2.world.Worlds`."""

    def __init__(self, maps: dict[str, Sc2Map] | None = None) -> None:
        self.maps = maps or {"Small": small_map()}
        self.opened: list[SmallWorld] = []

    def names(self) -> Sequence[str]:
        return sorted(self.maps)

    def prepare(self) -> None:
        pass

    def check(self, map_name: str) -> None:
        if map_name not in self.maps:
            raise ConfigError(f"no map {map_name!r}; known: {', '.join(self.names())}")

    def open(
        self, map_name: str, players: tuple[Player, Player], seed: int, *, disable_fog: bool, folder: str = ""
    ) -> SmallWorld:
        self.check(map_name)
        world = SmallWorld(self.maps[map_name], players, seed)
        self.opened.append(world)
        return world
