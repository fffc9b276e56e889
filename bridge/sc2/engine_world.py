"""The embedded engine in the API's terms: `bridge.sc2.world` over `StarCraft2Games` of one game.

Engine and API differ in what they count from where, and only this file knows both: players 0 and 1 are 1 and 2, y grows
down and up, unit ids begin at 0 and at 1, headings turn clockwise from the north and counterclockwise from the east.

Battles are SMAC's: when nobody is left on either side, both armies stand again. A map of the folder `SMAC_Maps` shows
the first player's units under types of their own, as SMAC's maps have them and its environment expects.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.embedded import MAP_TRIGGERS, for_players, without_orders
from bridge.errors import ConfigError
from bridge.sc2.data import needs_point
from bridge.sc2.maps import Sc2Map, from_game_map
from bridge.sc2.ways import distances
from bridge.sc2.world import NO_ID, ORDER_VIEW_DTYPE, SUCCESS, UNIT_VIEW_DTYPE, VISIBLE, Player, UnitCommand, View
from engine.core.frame import NO_UNIT, Commands, Frame
from engine.core.scenario import Scenario
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import NOBODY, SLOT_ALIVE, SLOTS_PER_GENERATION
from engine.starcraft2.tables import KINDS, ONE

FIRST_RL_TYPE: Final = 2005
"""Types of SMAC's own units begin here: ResponseData has 2005 types, 0 to 2004 (`data/units.csv`)."""

LEVEL_HEIGHTS: Final = (191, 199, 207, 215, 223, 231)
"""Terrain height of the levels that scenario files name: z of about 8, 10 and 12 for 0, 2 and 4, as recorded."""

PIXELS: Final = 32
NOT_SUPPORTED: Final = 2
CANT_BUILD_THERE: Final = 44
CANNOT_CONTROL: Final = 87

NOT_CLOAKED: Final = 3
IN_SIGHT: Final = 2

CONTROL_ENEMY: Final = 2
"""DebugGameState."""

MOVE, PATROL, HOLD, ATTACK, STOP, HEAL = 16, 17, 18, 23, 4, 386

VICTORY, DEFEAT = 1, 2


class EngineWorld:
    """One battle; satisfies `bridge.sc2.world.PlayableWorld`."""

    def __init__(
        self, scenario: Scenario, players: tuple[Player, Player], seed: int, *, has_rl_types: bool = False
    ) -> None:
        """Lay out the battle and begin it.

        Args:
            scenario: which.
            players: who plays; the game's own player is the scripted one that its name says, else the scenario's.
            seed: of the game.
            has_rl_types: the first player's units have types of their own.

        Raises:
            ConfigError: no such scripted player.
        """
        names = tuple(None if player.difficulty is None else player.name or scenario.opponents[0] for player in players)
        scenario, find_player = for_players(scenario, names)
        scripted = [(number, name) for number, name in enumerate(names) if name not in (None, MAP_TRIGGERS)]
        commanded = frozenset(number for number, name in enumerate(names) if name != MAP_TRIGGERS)
        self._games = StarCraft2Games(without_orders(scenario, commanded), 1, latency_frames=0)
        self._scenario = scenario
        self._height = scenario.map.height
        self.map = _map_of(scenario)
        self.races = _races(players)
        self._seed = seed
        self._rl_types = _rl_types(scenario) if has_rl_types else {}
        capacity = self._games.unit_capacity
        self._frame = Frame.allocate(2, capacity, scenario.map)
        self._row_game = np.zeros(2, np.int32)
        self._row_player = np.arange(2, dtype=np.int8)
        self._scripts = [
            _Script(find_player(str(name)), number, Frame.allocate(1, capacity, scenario.map), capacity)
            for number, name in scripted
        ]
        self._nothing = Commands.allocate(1, capacity)
        self._controls_enemy = [False, False]
        self._results: tuple[int, int] | None = None
        self._fields: dict[tuple[int, int], NDArray[np.float32]] = {}
        self._begin()

    # --- World -------------------------------------------------------------------------------------------------------

    @property
    def loop(self) -> int:
        """Game loops that have passed."""
        return int(self._games.games["frame"][0])

    @property
    def results(self) -> tuple[int, int] | None:
        """None: a battle goes on until somebody gives up."""
        return self._results

    def restart(self) -> None:
        """Begin again, with the next seed."""
        self._seed += 1
        self._begin()

    def advance(self, loops: int) -> None:
        """Let the battle go on; the scripted player gives its commands once."""
        first = True
        while loops > 0:
            # Who was told to die does so within the first loop; the armies stand again before the second.
            now = 1 if first and self._games.games["has_died"][0] else loops
            if first and self._scripts:
                self._ask_scripts(now)
            else:
                self._games.step(self._nothing, self._row_game[:1], self._row_player[:1], now)
            loops -= now
            first = False
            if not self._games.games["num_units"][0]:
                self._games.respawn(0)
        for script in self._scripts:
            script.look(self._games)
        self._fields.clear()

    def view(self, player: int, *, everything: bool = False) -> View:
        """Return what a player may see now."""
        row = player - 1
        marked = self._row_player == row
        self._games.observe(self._frame, self._row_game, self._row_player, marked)
        frame = self._frame
        ids = frame.units["id"][row, : frame.num_units[row]]
        slots = ids % SLOTS_PER_GENERATION
        if everything and not self._scenario.full_vision:
            slots = self._games.index[0][: int(self._games.games["num_units"][0])]
        state = self._games.units[0][slots]
        units = self._unit_views(state, slots)
        own = np.flatnonzero(state["player"] == row)
        width, height = self.map.size
        dead = frame.deaths[row, : frame.num_deaths[row]].tolist()
        workers = int(KINDS["is_worker"][state["kind"][own]].sum())
        supply = int(frame.supply_used[row]) // 2
        return View(
            player=player,
            loop=self.loop,
            units=units,
            visibility=self._visibility(state[own], everything=everything),
            creep=np.zeros((height, width), np.bool_),
            orders=self._order_views(state, own),
            dead=[unit_id + 1 for unit_id in dead],
            minerals=int(frame.minerals[row]),
            vespene=int(frame.gas[row]),
            food_cap=int(frame.supply_total[row]) // 2,
            food_used=supply,
            food_army=supply - workers,
            food_workers=workers,
            army_count=len(own) - workers,
        )

    def pathing(self, player: int) -> NDArray[np.bool_]:
        """Return where nothing stands in the way."""
        free: NDArray[np.bool_] = self.map.pathing & (self._games.blocked[0][::-1] == 0)
        return free

    def command(self, player: int, command: UnitCommand) -> int:
        """Give a command to every unit of it that is the player's."""
        target = NO_UNIT if command.target_id == NO_ID else command.target_id - 1
        x, y = command.point or (0.0, 0.0)
        place = round(x * ONE), round((self._height - y) * ONE)
        answer = CANNOT_CONTROL
        for unit_id in command.unit_ids:
            slot = self._games.slot_of(0, unit_id - 1)
            if slot < 0:
                continue
            owner = int(self._games.units[0]["player"][slot])
            if owner != player - 1 and not self._controls_enemy[player - 1]:
                continue
            told = self._games.order(0, unit_id - 1, command.ability, target, *place, queued=command.is_queued)
            if answer != SUCCESS:
                answer = told
        return answer

    def surrender(self, player: int) -> None:
        """Let a player lose."""
        self.end_game(player, is_won=False)

    # --- Oracle ------------------------------------------------------------------------------------------------------

    def path_length(self, player: int, start: tuple[float, float] | int, end: tuple[float, float]) -> float:
        """Return the length of the shortest way over the cells' corners and edges; 0 if there is none."""
        if isinstance(start, int):
            slot = self._games.slot_of(0, start - 1)
            if slot < 0:
                return 0.0
            unit = self._games.units[0][slot]
            start = float(unit["x"]) / ONE, self._height - float(unit["y"]) / ONE
        width, height = self.map.size
        (column, row), (to_column, to_row) = ((int(x), int(y)) for x, y in (start, end))
        if not all(0 <= x < width and 0 <= y < height for x, y in ((column, row), (to_column, to_row))):
            return 0.0
        if (column, row) not in self._fields:
            self._fields[column, row] = distances(self.pathing(player), column, row)
        length = float(self._fields[column, row][to_row, to_column])
        return max(length, math.dist(start, end)) if math.isfinite(length) else 0.0

    def abilities(self, player: int, unit_id: int, *, ignore_resources: bool) -> Sequence[tuple[int, bool]]:
        """Return what an own unit may be told: what battles know."""
        slot = self._games.slot_of(0, unit_id - 1)
        if slot < 0 or self._games.units[0]["player"][slot] != player - 1:
            return ()
        kind = KINDS[self._games.units[0]["kind"][slot]]
        known = [STOP]
        if kind["speed"] > 0:
            known += [MOVE, PATROL, HOLD]
        known += [HEAL if kind["heals"] else ATTACK]
        return [(ability, ability in needs_point()) for ability in known]

    def placement(self, player: int, ability: int, x: float, y: float, unit_id: int) -> int:
        """Nobody builds in battles."""
        return CANT_BUILD_THERE

    def unit_type(self, unit_id: int) -> int:
        """Return the type of a living unit."""
        slot = self._games.slot_of(0, unit_id - 1)
        if slot < 0:
            return 0
        unit = self._games.units[0][slot]
        return self._shown_type(int(KINDS["type"][unit["kind"]]), int(unit["player"]))

    # --- Cheats ------------------------------------------------------------------------------------------------------

    def create_unit(self, unit_type: int, owner: int, x: float, y: float) -> None:
        """Put a unit on the map.

        Raises:
            ConfigError: a type or owner that the engine does not have, or no room.
        """
        known = {rl: kind for kind, rl in self._rl_types.items()}
        if owner not in (1, 2):
            raise ConfigError(f"create_unit: owner {owner}; allowed: 1, 2")
        try:
            self._games.create_unit(
                0, known.get(unit_type, unit_type), owner - 1, round(x * PIXELS), round((self._height - y) * PIXELS)
            )
        except ValueError as error:
            raise ConfigError(f"create_unit: {error}") from error

    def kill_unit(self, unit_id: int) -> None:
        """End a unit within the next loop."""
        self._games.kill_units(0, [unit_id - 1])

    def set_value(self, unit_id: int, which: int, value: float) -> None:
        """Set energy, life or shields, within what the unit can have."""
        slot = self._games.slot_of(0, unit_id - 1)
        names = {1: ("energy", "max_energy"), 2: ("hp", "max_hp"), 3: ("shield", "max_shield")}
        if slot < 0 or which not in names:
            return
        name, limit = names[which]
        unit = self._games.units[0][slot]
        unit[name] = min(max(round(value * ONE), 1 if name == "hp" else 0), int(KINDS[limit][unit["kind"]]))

    def toggle(self, player: int, switch: int) -> bool:
        """Turn a switch; return whether there is one."""
        if switch == CONTROL_ENEMY:
            self._controls_enemy[player - 1] = not self._controls_enemy[player - 1]
        return switch == CONTROL_ENEMY

    def end_game(self, player: int, *, is_won: bool) -> None:
        """End the game."""
        mine, other = (VICTORY, DEFEAT) if is_won else (DEFEAT, VICTORY)
        self._results = self._results or ((mine, other) if player == 1 else (other, mine))

    # --- inside ------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._results = None
        self._controls_enemy = [False, False]
        self._games.start(np.ones(1, np.bool_), np.array([self._seed], np.uint64))
        for script in self._scripts:
            script.look(self._games)
        self._fields.clear()

    def _ask_scripts(self, loops: int) -> None:
        """Step with the scripted players' commands; in the order of their numbers."""
        rows = [script.commands_now() for script in self._scripts]
        together = Commands(
            items=np.concatenate([commands.items for commands in rows]),
            count=np.concatenate([commands.count for commands in rows]),
        )
        numbers = np.array([script.number for script in self._scripts], np.int8)
        self._games.step(together, np.zeros(len(rows), np.int32), numbers, loops)

    def _shown_type(self, kind: int, player: int) -> int:
        return self._rl_types.get(kind, kind) if player == 0 else kind

    def _unit_views(self, state: NDArray[np.void], slots: NDArray[np.integer[Any]]) -> NDArray[np.void]:
        kinds = KINDS[state["kind"]]
        out = np.zeros(len(state), UNIT_VIEW_DTYPE)
        out["id"] = slots + SLOTS_PER_GENERATION * state["generation"].astype(np.int64) + 1
        out["type"] = kinds["type"]
        for kind, rl in self._rl_types.items():
            out["type"][(kinds["type"] == kind) & (state["player"] == 0)] = rl
        out["owner"] = state["player"] + 1
        out["display"], out["cloak"] = VISIBLE, NOT_CLOAKED
        out["x"] = state["x"] / ONE
        out["y"] = self._height - state["y"] / ONE
        rows = np.clip(out["y"].astype(np.int64), 0, self._height - 1)
        columns = np.clip(out["x"].astype(np.int64), 0, self.map.size[0] - 1)
        out["z"] = self.map.z_of[rows, columns]
        out["facing"] = (math.pi / 2 - state["heading"] * (2 * math.pi / 65536)) % (2 * math.pi)
        out["radius"] = kinds["radius"] / ONE
        for name, source in (("health", "hp"), ("shield", "shield"), ("energy", "energy")):
            out[name] = state[source] / ONE
            out[f"{name}_max"] = kinds[f"max_{source}"] / ONE
        total = np.maximum(1, kinds["build_loops"])
        out["build_progress"] = np.where(state["is_complete"] != 0, 1.0, 1 - state["build_loops"] / total)
        out["weapon_cooldown"] = state["cooldown"] / ONE
        out["engaged_id"] = self._living(state["target"]).astype(np.int64) + 1
        out["is_flying"] = kinds["is_flyer"] != 0
        out["is_active"] = state["num_orders"] > 0
        out["cargo_max"] = kinds["cargo_capacity"]
        return out

    def _order_views(self, state: NDArray[np.void], own: NDArray[np.intp]) -> NDArray[np.void]:
        counts = state["num_orders"][own]
        out = np.zeros(int(counts.sum()), ORDER_VIEW_DTYPE)
        out["row"] = np.repeat(own, counts)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]]) if len(own) else counts
        turn = np.arange(len(out)) - np.repeat(starts, counts)
        rows = out["row"]
        out["ability"] = state["order_ability"][rows, turn]
        target = state["order_target"][rows, turn]
        out["target_id"] = np.where(target != NOBODY, target.astype(np.int64) + 1, NO_ID)
        out["has_point"] = (target == NOBODY) & (out["ability"] != HOLD)
        out["x"] = state["order_x"][rows, turn] / ONE
        out["y"] = self._height - state["order_y"][rows, turn] / ONE
        return out

    def _living(self, unit_ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the ids with NOBODY for those who have died."""
        slots = np.minimum(unit_ids % SLOTS_PER_GENERATION, self._games.unit_capacity - 1)
        units = self._games.units[0][slots]
        lives = (units["slot_state"] == SLOT_ALIVE) & (units["generation"] == unit_ids // SLOTS_PER_GENERATION)
        living: NDArray[np.int32] = np.where(lives, unit_ids, NOBODY)
        return living

    def _visibility(self, own: NDArray[np.void], *, everything: bool) -> NDArray[np.uint8]:
        width, height = self.map.size
        if everything or self._scenario.full_vision:
            return np.full((height, width), IN_SIGHT, np.uint8)
        seen = np.zeros((height, width), np.bool_)
        ys, xs = np.ogrid[0:height, 0:width]
        for unit in own:
            sight = float(KINDS["sight"][unit["kind"]]) / ONE
            x, y = float(unit["x"]) / ONE, height - float(unit["y"]) / ONE
            seen |= (xs + 0.5 - x) ** 2 + (ys + 0.5 - y) ** 2 <= sight * sight
        return np.where(seen, IN_SIGHT, 0).astype(np.uint8)


class _Script:
    """A scripted player of one number: it sees what was so when the last step ended."""

    def __init__(self, player: Callable[[Frame, Commands], None], number: int, frame: Frame, capacity: int) -> None:
        self.number = number
        self._player = player
        self._frame = frame
        self._commands = Commands.allocate(1, capacity)

    def look(self, games: StarCraft2Games) -> None:
        games.observe(self._frame, np.zeros(1, np.int32), np.array([self.number], np.int8))

    def commands_now(self) -> Commands:
        self._commands.clear()
        self._player(self._frame, self._commands)
        return self._commands


def _races(players: tuple[Player, Player]) -> tuple[int, int]:
    """Return a race for each; what is random is Terran: no battle asks."""
    first, second = (player.race if 1 <= player.race <= 3 else 1 for player in players)
    return first, second


def _rl_types(scenario: Scenario) -> dict[int, int]:
    """Return the own type of each unit type of the first player: consecutive, in the order of their names (SMAC)."""
    from engine.starcraft2.tables import unit_type_id

    names = sorted({placement.type for placement in scenario.units if placement.player == 0})
    return {unit_type_id(name): FIRST_RL_TYPE + index for index, name in enumerate(names)}


@functools.lru_cache(maxsize=8)
def _map_of(scenario: Scenario) -> Sc2Map:
    """Return a battle's map; its start locations are where the armies stand."""
    ground = from_game_map(scenario.map, source=scenario.source)
    height = ground.height
    if height.max(initial=0) < len(LEVEL_HEIGHTS):
        height = np.array(LEVEL_HEIGHTS, np.uint8)[height]
    starts = []
    for player in (0, 1):
        places = [(unit.x, unit.y) for unit in scenario.units if unit.player == player]
        x, y = np.mean(places, axis=0) / PIXELS if places else (0.0, 0.0)
        starts.append((x, scenario.map.height - y))
    return Sc2Map(
        name=scenario.map.name,
        pathing=ground.pathing,
        placement=ground.placement,
        height=height,
        playable=ground.playable,
        starts=np.array(starts, np.float32),
        neutrals=ground.neutrals,
        source=ground.source,
    )
