"""A small StarCraft II melee scene: flat open ground, what the test puts on it, and what becomes of it."""

from __future__ import annotations

import dataclasses

import numpy as np

from bridge.scenarios import load_scenario
from engine.core.frame import Commands, Frame
from engine.core.gamemap import START_DTYPE, GameMap
from engine.core.scenario import Melee
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import GRID_CREEP, GRID_SIGHT, NEUTRAL_PLAYER
from engine.starcraft2.tables import KIND_NAMES, KINDS, ONE, UPGRADE_IDS

PIXELS = 32
STARTS = ((8.5, 8.5), (55.5, 55.5))
"""Of the scenes with town halls, which are 64 cells wide."""


class Scene:
    """One game; places are cells, y downwards."""

    def __init__(self, *, races=("zerg", "protoss"), size=48, heights=None, fog=True, seed=3, capacity=96):
        """Lay out an open map with nobody on it."""
        flat = GameMap.flat("open", size, size)
        if heights is not None:
            flat = dataclasses.replace(flat, ground_height=heights)
        places = np.array([(round(x * PIXELS), round(y * PIXELS)) for x, y in STARTS], START_DTYPE)
        scenario = dataclasses.replace(
            load_scenario("3m"),
            units=(),
            triggers=(),
            passive_players=(),
            map=dataclasses.replace(flat, starts=places),
            full_vision=not fog,
            melee=Melee(races=races, starts=(0, 1)),
        )
        self.games = StarCraft2Games(scenario, 1, latency_frames=0, unit_capacity=capacity)
        self.bare(seed)

    @classmethod
    def with_halls(cls, races=("terran", "terran"), bank=5000, *, empty=True):
        """Return a scene without fog in which both players have their town halls, far away, and player 0 some money.

        `empty`: nobody else; otherwise all that a melee game begins with.
        """
        scene = cls(races=races, size=64, fog=False)
        scene.games.start(np.ones(1, np.bool_), np.array([3], np.uint64))
        if empty:
            scene.games.kill_units(0, [unit for unit in scene.ids() if not scene.kind(unit)["is_structure"]])
            scene.step()
        scene.bank(bank, bank)
        return scene

    def bare(self, seed=3):
        """Begin anew with nobody on the map."""
        self.games._clear([0], np.array([seed], np.uint64))

    @property
    def head(self):
        """The game's record."""
        return self.games.games[0]

    @property
    def minerals(self):
        return int(self.head["minerals"][0])

    @property
    def gas(self):
        return int(self.head["gas"][0])

    def bank(self, minerals, gas, player=0):
        self.head["minerals"][player], self.head["gas"][player] = minerals, gas

    def grant(self, upgrade, player=0):
        number = UPGRADE_IDS[upgrade]
        self.head["upgrades"][player, number >> 5] |= 1 << (number & 31)

    def put(self, name, x, y, player=0):
        """Put a complete unit; return its id."""
        unit = self.games.create_unit(0, name, player, round(PIXELS * x), round(PIXELS * y))
        self.games.look_around(0)
        return unit

    def neutral(self, name, x, y):
        return self.put(name, x, y, NEUTRAL_PLAYER)

    def get(self, unit):
        """Return a living unit's record, None of a dead one."""
        slot = self.games.slot_of(0, unit)
        return None if slot < 0 else self.games.units[0][slot]

    def set(self, unit, **values):
        slot = self.games.slot_of(0, unit)
        for name, value in values.items():
            self.games.units[name][0, slot] = value

    def kind(self, unit):
        return KINDS[self.get(unit)["kind"]]

    def name(self, unit):
        return KIND_NAMES[self.get(unit)["kind"]]

    def place(self, unit):
        return self.get(unit)["x"] / ONE, self.get(unit)["y"] / ONE

    def ids(self, player=None, name=None):
        """Return the ids of the living units of a player, or of all, of a type, or of all."""
        slots = self.games.index[0][: int(self.head["num_units"])]
        if player is not None:
            slots = slots[self.games.units["player"][0, slots] == player]
        found = [self.games.id_of(0, slot) for slot in slots.tolist()]
        return [unit for unit in found if name is None or self.name(unit) == name]

    def order(self, unit, ability, target=-1, at=(0, 0), *, queued=False):
        """Tell a unit what to do; return the ActionResult."""
        x, y = (round(value * ONE) for value in at)
        return self.games.order(0, unit, ability, target, x, y, queued=queued)

    def step(self, loops=1):
        nobody = np.zeros(0, np.int32)
        self.games.step(Commands.allocate(0, 1), nobody, nobody.astype(np.int8), loops)

    def until(self, condition, loops=4000):
        """Step until something is so; return after how many loops."""
        for loop in range(loops):
            if condition():
                return loop
            self.step()
        raise AssertionError("it did not happen")

    @property
    def creep(self):
        return self.games.grids[0, GRID_CREEP]

    def sight(self, player):
        return self.games.grids[0, GRID_SIGHT + player]

    def frame(self, player):
        """Return what a player is shown."""
        frame = Frame.allocate(1, self.games.unit_capacity, self.games.scenario.map, layers=True)
        self.games.observe(frame, np.zeros(1, np.int32), np.array([player], np.int8))
        return frame

    def shown(self, player):
        """Return the ids of the units that a player is shown."""
        frame = self.frame(player)
        return set(frame.units["id"][0, : frame.num_units[0]].tolist())
