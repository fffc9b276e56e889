"""Games of random commands, allowed and not, of all kinds in rich bases of all races: what must always be true.

Batches alternate between an open field in full view and a melee game on a map of the batch's own, drawn from its seed,
with fog: there, what a player's Frame shows of others is held against a rule of sight of its own (`benchmarks.sight`).

    python -m benchmarks.random_play --games 10000

Stops at the first game in which something is not, and says which seed plays it again.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.oracle.play import field_scenario
from benchmarks.sight import leaked
from bridge.maps.generator import generate_map
from engine.broodwar.games import BroodWarGames
from engine.broodwar.making import HOLDS_ANOTHER
from engine.broodwar.melee import MELEE_RULES
from engine.broodwar.production_table import IS_MORPHED, IS_TRAINED, NEUTRAL_PLAYER, PRODUCTION
from engine.broodwar.research_table import RESEARCH_AT, UPGRADE_AT
from engine.broodwar.rules_table import TECH_NAMES, UNIT_TYPES, unit_type_id
from engine.broodwar.spell_table import CASTERS, TAKES_POSITION, TAKES_UNIT
from engine.broodwar.state import HALLUCINATION, ORDER_DIE, SLOT_ALIVE, SLOTS_PER_GENERATION
from engine.core.frame import Commands, Frame, UnitCommandType
from engine.core.scenario import Melee, Scenario

What = tuple[int, int]

BASES: Final = {
    "Terran": (
        *("Command_Center", "Supply_Depot", "Supply_Depot", "Supply_Depot", "Barracks", "Factory", "Starport"),
        *(
            "Science_Facility",
            "Engineering_Bay",
            "Armory",
            "Academy",
            "Refinery",
            "Bunker",
            "Missile_Turret",
            "Factory",
        ),
        *("SCV", "SCV", "SCV", "Marine", "Marine", "Medic", "Firebat", "Ghost", "Vulture", "Siege_Tank_Tank_Mode"),
        *("Goliath", "Wraith", "Dropship", "Science_Vessel", "Battlecruiser"),
    ),
    "Zerg": (
        *("Hatchery", "Lair", "Hive", "Spawning_Pool", "Evolution_Chamber", "Hydralisk_Den", "Spire", "Queens_Nest"),
        *("Ultralisk_Cavern", "Defiler_Mound", "Creep_Colony", "Sunken_Colony", "Extractor", "Greater_Spire"),
        *("Overlord", "Overlord", "Overlord", "Drone", "Drone", "Drone", "Zergling", "Hydralisk", "Hydralisk"),
        *("Mutalisk", "Mutalisk", "Scourge", "Queen", "Defiler", "Ultralisk", "Lurker", "Nydus_Canal", "Nydus_Canal"),
    ),
    "Protoss": (
        *("Nexus", "Pylon", "Gateway", "Pylon", "Forge", "Cybernetics_Core", "Pylon", "Citadel_of_Adun"),
        *("Templar_Archives", "Pylon", "Stargate", "Fleet_Beacon", "Pylon", "Arbiter_Tribunal", "Robotics_Facility"),
        *("Pylon", "Robotics_Support_Bay", "Observatory", "Pylon", "Photon_Cannon", "Shield_Battery", "Assimilator"),
        *("Probe", "Probe", "Probe", "Zealot", "Dragoon", "High_Templar", "High_Templar", "Dark_Templar", "Archon"),
        *("Shuttle", "Reaver", "Observer", "Scout", "Corsair", "Carrier", "Arbiter"),
    ),
}
RACES: Final = tuple(BASES)
CAPACITY: Final = 160
PLAYERS: Final = 2
CELL_PX: Final = (160, 128)
COLUMNS: Final = 6
ROWS: Final = 6
SIGHT_STEPS: Final = 6
"""In so many steps of a batch one game's Frames are looked at."""
MAPS: Final = 40
"""Different maps; a larger number only costs time to draw them."""
STEPS: Final = 30
STEP_FRAMES: Final = 12
COMMANDS_A_STEP: Final = 4
SUPPLY_MAX_HALF: Final = 400
DRONE_HALF: Final = 2
SNAPSHOT_STEP: Final = 10
KINDS: Final = tuple(range(-1, 46))
COMMON: Final = (
    *(UnitCommandType.ATTACK_MOVE, UnitCommandType.ATTACK_UNIT, UnitCommandType.MOVE, UnitCommandType.GATHER),
    *(
        UnitCommandType.RIGHT_CLICK_UNIT,
        UnitCommandType.RIGHT_CLICK_POSITION,
        UnitCommandType.STOP,
        UnitCommandType.LIFT,
    ),
    *(UnitCommandType.LAND, UnitCommandType.HALT_CONSTRUCTION, *range(33, 40)),
)
"""Orders and cancels that some unit can follow."""

_PRODUCTS: Final = [np.flatnonzero(PRODUCTION["built_by"] == kind) for kind in range(len(UNIT_TYPES))]
_TECHS: Final = [np.flatnonzero(kind == RESEARCH_AT) for kind in range(len(UNIT_TYPES))]
_UPGRADES: Final = [np.flatnonzero(kind == UPGRADE_AT) for kind in range(len(UNIT_TYPES))]


_SPELLS: Final = [np.flatnonzero(uses) for uses in CASTERS]

INFESTATION: Final = TECH_NAMES.index("Infestation")
CENTER: Final = unit_type_id("Terran_Command_Center")
CANAL: Final = unit_type_id("Zerg_Nydus_Canal")
WEAK_CENTER_256: Final = 600 << 8
"""Points of half the command centers: few enough to be infested."""


def _casting(tech: int) -> int:
    """Return the command that uses a technology: on a unit where it can be, else at a place, else on nothing."""
    if TAKES_UNIT[tech]:
        return int(UnitCommandType.USE_TECH_UNIT)
    return int(UnitCommandType.USE_TECH_POSITION if TAKES_POSITION[tech] else UnitCommandType.USE_TECH)


def _making(product: int) -> int:
    """Return the command that makes a unit type."""
    if IS_TRAINED[product]:
        return int(UnitCommandType.TRAIN)
    if IS_MORPHED[product]:
        return int(UnitCommandType.MORPH)
    return int(UnitCommandType.BUILD_ADDON if PRODUCTION["is_addon"][product] else UnitCommandType.BUILD)


def generated_melee(seed: int) -> Scenario:
    """Return a melee scenario of random races on a map that is drawn from a seed."""
    found = generate_map(seed=seed % MAPS, size=96)
    game_map = dataclasses.replace(found.map, starts=found.starts, neutrals=found.units)
    return MELEE_RULES.scenario(
        game_map,
        Melee(races=("random", "random")),
        title="random play",
        source=found.source,
        max_frames=STEPS * STEP_FRAMES,
        frame_skip=STEP_FRAMES,
        latency_frames=0,
        opponents=("noop",),
    )


class BrokenGameError(AssertionError):
    """Something that must always be true of a game is not."""


class RandomPlay:
    """A batch of games of random commands, all from one seed.

    Attributes:
        games: the engine.
        given: what was commanded, step by step: arrays of items and counts.
    """

    def __init__(self, num_games: int, seed: int, latency_frames: int = 0, *, is_melee: bool = False) -> None:
        scenario = generated_melee(seed) if is_melee else field_scenario()
        capacity = CAPACITY + len(scenario.map.neutrals)
        self.games = BroodWarGames(scenario, num_games, latency_frames=latency_frames, unit_capacity=capacity)
        self.seed = seed
        self.is_melee = is_melee
        self._frame = Frame.allocate(PLAYERS, capacity, scenario.map, layers=True)
        self._rng = np.random.default_rng(seed)
        self.row_game = np.repeat(np.arange(num_games, dtype=np.int32), PLAYERS)
        self.row_player = np.tile(np.arange(PLAYERS, dtype=np.int8), num_games)
        self.commands = Commands.allocate(PLAYERS * num_games, COMMANDS_A_STEP)
        self.given: list[tuple[NDArray[np.void], NDArray[np.int32]]] = []
        seeds = np.random.SeedSequence(seed).generate_state(num_games, np.uint64)
        self.games.start(np.ones(num_games, np.bool_), seeds)
        for game in range(num_games):
            self._set_up(game)
        self._supply = self._supplies()

    def _set_up(self, game: int) -> None:
        """Give both players of a game a base of some race, money for something, and neutral fields between them."""
        races = self._rng.integers(len(RACES), size=PLAYERS)
        for player in range(PLAYERS):
            race = RACES[races[player]]
            canals: list[int] = []
            for number, name in enumerate(BASES[race]):
                row, column = divmod(number, COLUMNS)
                x, y = self._corner(game, player)
                x += column * CELL_PX[0]
                y += row * CELL_PX[1]
                unit_id = self.games.create_unit(game, f"{race}_{name}", player, x, y)
                slot = self.games.slot_of(game, unit_id)
                canals += [slot] if name == "Nydus_Canal" else []
                if UNIT_TYPES["max_energy"][self.games.units["type"][game, slot]]:
                    self.games.units["energy_256"][game, slot] = self._rng.integers(200 << 8)
                if name == "Command_Center" and self._rng.random() < 0.5:
                    self.games.units["hp_256"][game, slot] = WEAK_CENTER_256
            if canals and self._rng.random() < 0.5:  # else each may build its other end
                self.games.units["addon"][game, canals] = canals[::-1]
        for number in range(0 if self.is_melee else 4):
            self.games.create_unit(game, "Resource_Mineral_Field", NEUTRAL_PLAYER, 320 + 96 * number, 1104)
        if not self.is_melee:
            self.games.create_unit(game, "Resource_Vespene_Geyser", NEUTRAL_PLAYER, 1440, 1104)
        heads = self.games.games
        heads["minerals"][game, :PLAYERS] = self._rng.integers(0, 5000, PLAYERS)
        heads["gas"][game, :PLAYERS] = self._rng.integers(0, 3000, PLAYERS)
        for table in ("techs", "upgrades"):
            known = self._rng.random(heads[table].shape[2]) < 0.5
            heads[table][game, :PLAYERS] |= known.astype(np.uint8)

    def _corner(self, game: int, player: int) -> tuple[int, int]:
        """Return where a player's base begins, pixels: around its depot in a melee game."""
        if not self.is_melee:
            return 96 + player * 1024, 112
        units = self.games.units[game]
        mine = np.flatnonzero((units["slot_state"] == SLOT_ALIVE) & (units["player"] == player))
        game_map = self.games.scenario.map
        wide, high = COLUMNS * CELL_PX[0], ROWS * CELL_PX[1]
        x = min(max(int(units["x"][mine[0]]) - wide // 2, 96), game_map.width_px - wide - 96)
        y = min(max(int(units["y"][mine[0]]) - high // 2, 112), game_map.height_px - high - 112)
        return x, y

    def check_sight(self, game: int) -> None:
        """Raise BrokenGameError if a player's Frame of a game shows what nobody of that player can see."""
        self.games.observe(self._frame, np.full(PLAYERS, game, np.int32), np.arange(PLAYERS, dtype=np.int8))
        for player in range(PLAYERS):
            leaks = leaked(self.games, game, self._frame, player)
            if leaks:
                where = f"seed {self.seed}, game {game}, step {len(self.given)}"
                raise BrokenGameError(f"{where}: player {player} is shown {leaks[0]}")

    def _what(self, unit_type: int) -> What:
        """Return a command type and what it is about: mostly something that the unit type has to do with."""
        rng = self._rng
        if rng.random() < 0.3:
            return int(rng.choice(KINDS)), int(rng.integers(-2, 240))
        fitting = [(int(kind), 0) for kind in rng.choice(COMMON, 2)]
        fitting += [(_making(int(product)), int(product)) for product in _PRODUCTS[unit_type]]
        fitting += [(int(UnitCommandType.RESEARCH), int(tech)) for tech in _TECHS[unit_type]]
        fitting += [(int(UnitCommandType.UPGRADE), int(upgrade)) for upgrade in _UPGRADES[unit_type]]
        fitting += [(_casting(int(tech)), int(tech)) for tech in _SPELLS[unit_type]]
        if unit_type == CANAL:
            return int(UnitCommandType.BUILD), CANAL
        return fitting[rng.integers(len(fitting))]

    def choose(self) -> None:
        """Fill `commands` with random commands for every player."""
        rng = self._rng
        self.commands.clear()
        for row in range(len(self.row_game)):
            game, player = int(self.row_game[row]), int(self.row_player[row])
            units = self.games.units[game]
            there = np.flatnonzero(units["slot_state"] == SLOT_ALIVE)
            own = there[units["player"][there] == player]
            gates = there[np.isin(units["type"][there], (CENTER, CANAL))]
            for at in range(COMMANDS_A_STEP):
                pool = own if len(own) and rng.random() < 0.95 else there
                if not len(pool):
                    continue
                slot, target = int(rng.choice(pool)), int(rng.choice(there))
                if len(gates) and rng.random() < 0.15:
                    target = int(rng.choice(gates))
                item = self.commands.items[row, at]
                item["unit_id"] = slot + SLOTS_PER_GENERATION * int(units["generation"][slot])
                item["type"], item["extra"] = self._what(int(units["type"][slot]))
                if len(gates) and item["extra"] == INFESTATION and item["type"] == UnitCommandType.USE_TECH_UNIT:
                    target = int(rng.choice(gates))
                item["target_id"] = target + SLOTS_PER_GENERATION * int(units["generation"][target])
                if rng.random() < 0.05:
                    item["target_id"] = rng.integers(-5, 1 << 20)
                item["x"], item["y"] = rng.integers(-40, self.games.scenario.map.width_px + 52, 2)
                if rng.random() < 0.6:  # near the unit
                    item["x"] = units["x"][slot] + rng.integers(-200, 200)
                    item["y"] = units["y"][slot] + rng.integers(-200, 200)
                self.commands.count[row] = at + 1

    def step(self) -> None:
        """Give `commands` and advance."""
        self.given.append((self.commands.items.copy(), self.commands.count.copy()))
        self.games.step(self.commands, self.row_game, self.row_player, STEP_FRAMES)

    def repeat(self, steps: Sequence[int]) -> None:
        """Give what was given at some steps again."""
        for step in steps:
            items, count = self.given[step]
            self.commands.items[:] = items
            self.commands.count[:] = count
            self.games.step(self.commands, self.row_game, self.row_player, STEP_FRAMES)

    def digests(self) -> list[str]:
        """Return the hash of each game."""
        return [self.games.digest(game) for game in range(self.games.num_games)]

    def _supplies(self) -> NDArray[np.int64]:
        """Return (games, players, races, 3): half supply that units use, that they give, and that of lost drones.

        A building that is called off becomes a drone again, even if its room in the supply has been taken.
        """
        units = self.games.units
        supplies = np.zeros((self.games.num_games, PLAYERS, 3, 3), np.int64)
        kinds = UNIT_TYPES[units["type"]]
        there = units["slot_state"] == SLOT_ALIVE
        is_egg = HOLDS_ANOTHER[units["type"]] & (units["build_type"] >= 0)
        held = np.where(is_egg, units["build_type"], units["type"])
        there &= units["status"] & HALLUCINATION == 0
        needed = UNIT_TYPES["supply_required_half"][held] * (1 + is_egg * PRODUCTION["is_two_in_one_egg"][held])
        for player in range(PLAYERS):
            for race in range(3):
                mine = there & (units["player"] == player) & (kinds["race"] == race)
                supplies[:, player, race, 0] = (needed * mine).sum(1)
                given = kinds["supply_provided_half"] * (mine & (units["is_complete"] == 1))
                supplies[:, player, race, 1] = given.sum(1)
                lost = mine & (units["is_complete"] == 0) & (units["former_hp_256"] > 0)
                supplies[:, player, race, 2] = DRONE_HALF * lost.sum(1)
        return supplies

    def _expect(self, holds: NDArray[np.bool_], what: str) -> None:
        """Raise BrokenGameError unless something holds in each game."""
        if not holds.all():
            raise BrokenGameError(f"seed {self.seed}, game {int(np.argmin(holds))}, step {len(self.given)}: {what}")

    def check(self) -> None:
        """Raise BrokenGameError if something is not as it must be."""
        heads, units = self.games.games, self.games.units
        self._expect((heads["minerals"] >= 0).all(1), "negative minerals")
        self._expect((heads["gas"] >= 0).all(1), "negative gas")
        there = (units["slot_state"] == SLOT_ALIVE) & (units["order"] != ORDER_DIE)
        shown = there & (units["is_hidden"] == 0)
        kinds = UNIT_TYPES[units["type"]]
        game_map = self.games.scenario.map
        inside = (units["x"] >= 0) & (units["x"] < game_map.width_px)
        inside &= (units["y"] >= 0) & (units["y"] < game_map.height_px)
        self._expect((inside | ~shown).all(1), "a unit outside the map")
        alive = (units["hp_256"] > 0) & (units["hp_256"] <= kinds["max_hp"] << 8)
        self._expect((alive | ~there).all(1), "hit points below nothing or above all")
        shields = (units["shield_256"] >= 0) & (units["shield_256"] <= kinds["max_shield"] << 8)
        self._expect((shields | ~there).all(1), "shields below nothing or above all")
        energy = (units["energy_256"] >= 0) & (units["energy_256"] <= 250 << 8)
        self._expect((energy | ~there).all(1), "energy below nothing or above all")
        listed = np.array([int(head["num_units"]) + int(head["num_hidden"]) for head in heads])
        exist = (units["slot_state"] == SLOT_ALIVE).sum(1)
        self._expect(listed == exist, "units that no list knows")
        before, self._supply = self._supply, self._supplies()
        used = self._supply[..., 0]
        room = np.minimum(np.maximum(self._supply[..., 1], before[..., 1]), SUPPLY_MAX_HALF)
        again = np.maximum(before[..., 2] - self._supply[..., 2], 0)
        allowed = np.maximum(room, before[..., 0]) + again
        self._expect((used <= allowed).all((1, 2)), "more units than supply allows")


def play(num_games: int, seed: int, *, again: bool) -> RandomPlay:
    """Play a batch to its end, checking after every step.

    Args:
        num_games: how many together.
        seed: of everything.
        again: also restore a snapshot and play on from it, and play all again: to the same bytes.

    Raises:
        BrokenGameError: something was not as it must be.
    """
    is_melee = seed % 2 == 1
    batch = RandomPlay(num_games, seed, latency_frames=seed % 3, is_melee=is_melee)
    kept: list[bytes] = []
    for step in range(STEPS):
        if step == SNAPSHOT_STEP:
            kept = [batch.games.snapshot(game) for game in range(num_games)]
        batch.choose()
        batch.step()
        batch.check()
        if is_melee and step % (STEPS // SIGHT_STEPS) == 0:
            batch.check_sight(step % num_games)
    if again:
        wanted = batch.digests()
        for game, data in enumerate(kept):
            batch.games.restore(game, data)
        batch.repeat(range(SNAPSHOT_STEP, STEPS))
        if batch.digests() != wanted:
            raise BrokenGameError(f"seed {seed}: a snapshot that is played on gives other bytes")
        twin = RandomPlay(num_games, seed, latency_frames=seed % 3, is_melee=is_melee)
        twin.given = batch.given
        twin.repeat(range(STEPS))
        if twin.digests() != wanted:
            raise BrokenGameError(f"seed {seed}: the same commands give other bytes")
    return batch


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if all is as it must be, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.random_play", description=__doc__)
    parser.add_argument("--games", type=int, default=10_000, help="how many (default: 10000)")
    parser.add_argument("--batch", type=int, default=32, help="games together (default: 32)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first batch (default: 0)")
    options = parser.parse_args(arguments)
    batches = -(-options.games // options.batch)
    commands = refused = 0
    for number in range(batches):
        try:
            batch = play(options.batch, options.seed + number, again=number % 8 == 0)
        except BrokenGameError as error:
            print(f"broken: {error}")
            return 1
        commands += sum(int(count.sum()) for _, count in batch.given)
        refused += int(batch.games.games["num_refused"].sum())
        if number % 20 == 0 or number == batches - 1:
            print(f"{(number + 1) * options.batch} games, {commands} commands, {refused} of them refused", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
