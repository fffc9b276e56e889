"""A melee map of StarCraft II with nothing on it but what a test puts there, and two far bases that keep it going."""

import dataclasses

import numpy as np

from bridge.scenarios import load_scenario
from engine.core.frame import Commands
from engine.core.gamemap import START_DTYPE, GameMap
from engine.core.scenario import Melee
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import NEUTRAL_PLAYER
from engine.starcraft2.tables import KIND_NAMES, KINDS, ONE

CELLS = 64
PIXELS = 32


def melee_scenario(races=("terran", "terran"), starts=((8.5, 8.5), (55.5, 55.5))):
    """Return a melee scenario on flat ground without resources."""
    flat = GameMap.flat("flat", CELLS, CELLS)
    places = np.array([(round(x * PIXELS), round(y * PIXELS)) for x, y in starts], START_DTYPE)
    return dataclasses.replace(
        load_scenario("3m"),
        map=dataclasses.replace(flat, starts=places),
        units=(),
        triggers=(),
        passive_players=(),
        full_vision=True,
        melee=Melee(races=races, starts=(0, 1)),
    )


class Scene:
    """One game; places in cells."""

    def __init__(self, races=("terran", "terran"), bank=5000, *, empty=True):
        self.games = StarCraft2Games(melee_scenario(races), 1, latency_frames=0)
        self.games.start(np.ones(1, np.bool_), np.array([3], np.uint64))
        if empty:
            everybody = self.ids(0) + self.ids(1)
            self.games.kill_units(0, [unit for unit in everybody if not self.kind(unit)["is_structure"]])
            self.step()
        self.bank(bank, bank)

    @property
    def head(self):
        return self.games.games[0]

    def bank(self, minerals, gas, player=0):
        self.games.games["minerals"][0, player] = minerals
        self.games.games["gas"][0, player] = gas

    @property
    def minerals(self):
        return int(self.games.games["minerals"][0, 0])

    @property
    def gas(self):
        return int(self.games.games["gas"][0, 0])

    def put(self, name, x, y, player=0):
        unit = self.games.create_unit(0, name, player, round(x * PIXELS), round(y * PIXELS))
        if hasattr(self.games, "look_around"):
            self.games.look_around(0)
        return unit

    def neutral(self, name, x, y):
        return self.put(name, x, y, NEUTRAL_PLAYER)

    def get(self, unit):
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

    def ids(self, player, name=None):
        slots = self.games.index[0][: int(self.games.games["num_units"][0])].tolist()
        found = [self.games.id_of(0, slot) for slot in slots if self.games.units["player"][0, slot] == player]
        return [unit for unit in found if name is None or self.name(unit) == name]

    def place(self, unit):
        return self.get(unit)["x"] / ONE, self.get(unit)["y"] / ONE

    def order(self, unit, ability, target=-1, at=(0, 0), *, queued=False):
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
