"""The embedded engine in the API's terms: `bridge.sc2.world` over `StarCraft2Games` of one game.

Engine and API differ in what they count from where: players 0 and 1 are 1 and 2, y grows down and up, unit ids begin at
0 and at 1. What is seen is made in `unit_views`, `economy_views` and `sight`, what queries ask in `legality`.

Battles are SMAC's: when nobody is left on either side, both armies stand again. A map of the folder `SMAC_Maps` shows
the first player's units under types of their own, as SMAC's maps have them and its environment expects.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.embedded import MAP_TRIGGERS, for_players, without_orders
from bridge.errors import ConfigError
from bridge.sc2.economy_views import player_numbers
from bridge.sc2.legality import known_abilities, placement_result, starts_one
from bridge.sc2.maps import Sc2Map, from_game_map
from bridge.sc2.scripts import Script, give_all
from bridge.sc2.sight import Sight
from bridge.sc2.unit_views import UnitViews, effects_of, passenger_views, power_sources, rallies_of, upgrades_of
from bridge.sc2.view_kernels import NUM_CARRIERS, NUM_EFFECTS, NUM_POWER, NUM_RALLIES
from bridge.sc2.ways import distances, nearest_free
from bridge.sc2.world import NO_ID, PASSENGER_VIEW_DTYPE, SUCCESS, Player, UnitCommand, View
from engine.core.frame import NO_UNIT, Commands, Frame, Outcome
from engine.core.melee import draw_starts
from engine.core.scenario import Scenario
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import SLOTS_PER_GENERATION
from engine.starcraft2.tables import KINDS, ONE, RACES

FIRST_RL_TYPE: Final = 2005
"""Types of SMAC's own units begin here: ResponseData has 2005 types, 0 to 2004 (`data/units.csv`)."""

LEVEL_HEIGHTS: Final = (191, 199, 207, 215, 223, 231)
"""Terrain height of the levels that scenario files name: z of about 8, 10 and 12 for 0, 2 and 4, as recorded."""

PIXELS: Final = 32
CANNOT_CONTROL: Final = 87

CONTROL_ENEMY: Final = 2
"""DebugGameState."""

GIFTS: Final = {5: (5000, 5000), 7: (5000, 0), 8: (0, 5000)}
"""Minerals and gas that DebugGameState's all_resources, minerals and gas give."""

API_RACES: Final = {"terran": 1, "zerg": 2, "protoss": 3}

RESULTS: Final = {Outcome.WON: 1, Outcome.LOST: 2, Outcome.DRAWN: 3}
"""The API's results."""

VICTORY, DEFEAT = 1, 2

NO_PASSENGERS: Final = np.zeros(0, PASSENGER_VIEW_DTYPE)
_NO_ROWS: Final = np.zeros(0, np.intp)


class EngineWorld:
    """One game, a battle or a melee game; satisfies `bridge.sc2.world.PlayableWorld`."""

    def __init__(
        self,
        scenario: Scenario,
        players: tuple[Player, Player],
        seed: int,
        *,
        has_rl_types: bool = False,
        playable: tuple[int, int, int, int] | None = None,
    ) -> None:
        """Lay out the game and begin it.

        Args:
            scenario: which.
            players: who plays; the game's own player is the scripted one that its name says, else the scenario's.
            seed: of the game.
            has_rl_types: the first player's units have types of their own.
            playable: x0, y0, x1, y1 of the map in cells, y up; None for all of it.

        Raises:
            ConfigError: no such scripted player.
        """
        names = tuple(None if player.difficulty is None else player.name or scenario.opponents[0] for player in players)
        scenario, find_player = for_players(scenario, names)
        scripted = [(number, name) for number, name in enumerate(names) if name not in (None, MAP_TRIGGERS)]
        commanded = frozenset(number for number, name in enumerate(names) if name != MAP_TRIGGERS)
        self._games = StarCraft2Games(without_orders(scenario, commanded), 1, latency_frames=0)
        self._scenario = scenario
        self._is_melee = scenario.melee is not None
        self._height = scenario.map.height
        self._asked_races = tuple(player.race if 1 <= player.race <= 3 else 1 for player in players)
        self._seed = seed
        self._rl_types = _rl_types(scenario) if has_rl_types else {}
        capacity = self._games.unit_capacity
        self._frame = Frame.allocate(2, capacity, scenario.map)
        self._row_game = np.zeros(2, np.int32)
        self._row_player = np.arange(2, dtype=np.int8)
        self._scripts = [
            Script(find_player(str(name)), number, scenario, capacity, keeps_time=self._is_melee)
            for number, name in scripted
        ]
        self._nothing = Commands.allocate(1, capacity)
        self._controls_enemy = [False, False]
        self._results: tuple[int, int] | None = None
        self._fields: dict[tuple[int, int], NDArray[np.float32]] = {}
        self._free: tuple[bytes, NDArray[np.bool_]] | None = None
        self._ground = _map_of(scenario, playable)
        self._begin()

    # --- World -------------------------------------------------------------------------------------------------------

    @property
    def loop(self) -> int:
        """Game loops that have passed."""
        return self._loop

    @property
    def races(self) -> tuple[int, int]:
        """The race that each player has; in battles the one that was asked for, Terran for random."""
        if not self._is_melee:
            return self._asked_races[0], self._asked_races[1]
        first, second = (API_RACES[RACES[race]] for race in self._games.games["races"][0].tolist())
        return first, second

    @property
    def results(self) -> tuple[int, int] | None:
        """How it has ended; a battle goes on until somebody gives up."""
        return self._results

    def restart(self) -> None:
        """Begin again, with the next seed."""
        self._seed += 1
        self._begin()

    def advance(self, loops: int) -> None:
        """Let the game go on; in battles the scripted player gives its commands once, in melee games by the clock."""
        first = True
        while loops > 0 and self._results is None:
            asked = [script for script in self._scripts if script.is_due(self.loop, is_first=first)]
            # Who was told to die does so within the first loop; the armies stand again before the second.
            now = 1 if first and self._games.games["has_died"][0] else loops
            now = min([now, *(script.loops_until_due(self.loop) for script in self._scripts)])
            if asked:
                give_all(self._games, asked, now)
            else:
                self._games.step(self._nothing, self._row_game[:1], self._row_player[:1], now)
            self._loop = int(self._games.games["frame"][0])
            self._results = self._outcome() if self._is_melee else None
            loops -= now
            first = False
            if not self._is_melee and not self._games.games["num_units"][0]:
                self._games.respawn(0)
        for script in self._scripts:
            script.look(self._games)
        self._fields.clear()

    def view(self, player: int, *, everything: bool = False) -> View:
        """Return what a player may see now."""
        row = player - 1
        games = self._games
        games.observe(self._frame, self._row_game, self._row_player, self._row_player == row)
        frame = self._frame
        slots = frame.units["id"][row, : frame.num_units[row]] % SLOTS_PER_GENERATION
        if everything and not self._scenario.full_vision:
            slots = games.index[0][: int(games.games["num_units"][0])].copy()
        units, orders, buffs, counts = self._views.look(slots, row)
        own = _NO_ROWS
        if counts[NUM_POWER] or counts[NUM_CARRIERS] or counts[NUM_RALLIES]:
            own = np.flatnonzero(units["owner"] == player)
        power = power_sources(units[own]) if counts[NUM_POWER] else []
        if self._is_melee:
            units = np.concatenate([units, self._sight.remembered(row, units)])
        num_dead = int(frame.num_deaths[row])
        return View(
            player=player,
            loop=self.loop,
            units=units,
            visibility=self._sight.visibility(row, slots, everything=everything),
            creep=self._sight.creep(row),
            orders=orders,
            passengers=passenger_views(games, slots, own) if counts[NUM_CARRIERS] else NO_PASSENGERS,
            buffs=buffs,
            rallies=rallies_of(games, self._height, slots, own) if counts[NUM_RALLIES] else (),
            power=power,
            effects=effects_of(games, self._height, counts[NUM_EFFECTS]) if counts[NUM_EFFECTS] else (),
            upgrades=upgrades_of(games, row),
            dead=[unit_id + 1 for unit_id in frame.deaths[row, :num_dead].tolist()] if num_dead else (),
            food_cap=min(200, int(frame.supply_total[row]) // 2),
            food_used=int(frame.supply_used[row]) // 2,
            **player_numbers(counts),
        )

    def pathing(self, player: int) -> NDArray[np.bool_]:
        """Return where nothing stands in the way."""
        blocked = self._games.blocked[0]
        now = blocked.tobytes()
        if self._free is None or now != self._free[0]:
            self._free = now, self.map.pathing & (blocked[::-1] == 0)
        return self._free[1]

    def command(self, player: int, command: UnitCommand) -> int:
        """Give a command to every unit of it that is the player's; of what is made, one unit makes one."""
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
            if told == SUCCESS and starts_one(int(self._games.units[0]["kind"][slot]), command.ability):
                break
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
            if KINDS["is_flyer"][unit["kind"]]:
                return math.dist(start, end)
        width, height = self.map.size
        (column, row), (to_column, to_row) = ((int(x), int(y)) for x, y in (start, end))
        if not all(0 <= x < width and 0 <= y < height for x, y in ((column, row), (to_column, to_row))):
            return 0.0
        free = self.pathing(player)
        if not free[to_row, to_column]:
            return 0.0
        column, row = nearest_free(free, column, row)
        if (column, row) not in self._fields:
            self._fields[column, row] = distances(free, column, row)
        length = float(self._fields[column, row][to_row, to_column])
        return max(length, math.dist(start, end)) if math.isfinite(length) else 0.0

    def abilities(self, player: int, unit_id: int, *, ignore_resources: bool) -> Sequence[tuple[int, bool]]:
        """Return what an own unit may be told now."""
        slot = self._games.slot_of(0, unit_id - 1)
        if slot < 0 or self._games.units[0]["player"][slot] != player - 1:
            return ()
        return known_abilities(self._games, slot, ignore_resources=ignore_resources)

    def placement(self, player: int, ability: int, x: float, y: float, unit_id: int) -> int:
        """Return the ActionResult of building there."""
        slot = self._games.slot_of(0, unit_id - 1) if unit_id != NO_ID else NO_UNIT
        return placement_result(self._games, player - 1, ability, round(x * ONE), round((self._height - y) * ONE), slot)

    def unit_type(self, unit_id: int) -> int:
        """Return the type of a living unit."""
        slot = self._games.slot_of(0, unit_id - 1)
        if slot < 0:
            return 0
        unit = self._games.units[0][slot]
        kind = int(KINDS["type"][unit["kind"]])
        return self._rl_types.get(kind, kind) if unit["player"] == 0 else kind

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
        names = {1: "energy", 2: "hp", 3: "shield"}
        if slot < 0 or which not in names:
            return
        name = names[which]
        unit = self._games.units[0][slot]
        limit = self._games.max_hp(0, slot) if name == "hp" else int(KINDS[f"max_{name}"][unit["kind"]])
        unit[name] = min(max(round(value * ONE), 1 if name == "hp" else 0), limit)

    def toggle(self, player: int, switch: int) -> bool:
        """Turn a switch; return whether there is one."""
        if switch == CONTROL_ENEMY:
            self._controls_enemy[player - 1] = not self._controls_enemy[player - 1]
            return True
        return switch in GIFTS and self._give(player - 1, *GIFTS[switch])

    def end_game(self, player: int, *, is_won: bool) -> None:
        """End the game."""
        mine, other = (VICTORY, DEFEAT) if is_won else (DEFEAT, VICTORY)
        self._results = self._results or ((mine, other) if player == 1 else (other, mine))

    # --- inside ------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._results = None
        self._controls_enemy = [False, False]
        self._games.start(np.ones(1, np.bool_), np.array([self._seed], np.uint64))
        self._loop = 0
        self.map = self._ground
        if self._is_melee:  # the map's starts in the order of the players
            (first, second), _ = draw_starts(self._scenario, self._seed)
            self.map = dataclasses.replace(self._ground, starts=self._ground.starts[[first, second]])
        self._sight = Sight(self._games, self.map, self._scenario)
        self._views = UnitViews(self._games, self.map, self._rl_types)
        for script in self._scripts:
            script.look(self._games)
        self._fields.clear()

    def _outcome(self) -> tuple[int, int] | None:
        """Return how the melee game has ended for both by the game's own rules, None while it goes on."""
        first, second = self._games.outcomes()[0].tolist()
        return None if first == Outcome.IN_PLAY else (RESULTS[Outcome(first)], RESULTS[Outcome(second)])

    def _give(self, player: int, minerals: int, gas: int) -> bool:
        self._games.games["minerals"][0, player] += minerals
        self._games.games["gas"][0, player] += gas
        return True


def _rl_types(scenario: Scenario) -> dict[int, int]:
    """Return the own type of each unit type of the first player: consecutive, in the order of their names (SMAC)."""
    from engine.starcraft2.tables import unit_type_id

    names = sorted({placement.type for placement in scenario.units if placement.player == 0})
    return {unit_type_id(name): FIRST_RL_TYPE + index for index, name in enumerate(names)}


@functools.lru_cache(maxsize=8)
def _map_of(scenario: Scenario, playable: tuple[int, int, int, int] | None) -> Sc2Map:
    """Return a game's map; a battle's start locations are where the armies stand."""
    ground = from_game_map(scenario.map, playable, source=scenario.source)
    if scenario.melee is not None:
        return ground
    height = ground.height
    if height.max(initial=0) < len(LEVEL_HEIGHTS):
        height = np.array(LEVEL_HEIGHTS, np.uint8)[height]
    starts = []
    for player in (0, 1):
        places = [(unit.x, unit.y) for unit in scenario.units if unit.player == player]
        x, y = np.mean(places, axis=0) / PIXELS if places else (0.0, 0.0)
        starts.append((x, scenario.map.height - y))
    return dataclasses.replace(ground, height=height, starts=np.array(starts, np.float32))
