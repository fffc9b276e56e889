"""A small StarCraft II melee scene: an open map, what the test puts on it, and what becomes of it."""

from __future__ import annotations

import dataclasses

import numpy as np

from bridge.scenarios import load_scenario
from engine.core.frame import Commands, Frame
from engine.core.gamemap import GameMap
from engine.core.scenario import Melee
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import GRID_CREEP, GRID_SIGHT
from engine.starcraft2.tables import KIND_NAMES, ONE, UPGRADE_IDS


class Scene:
    """One game on an open map of 48 by 48 cells with nobody on it; places are cells, y downwards."""

    def __init__(self, *, heights=None, fog=True, seed=3, size=48):
        flat = GameMap.flat("open", size, size)
        if heights is not None:
            flat = dataclasses.replace(flat, ground_height=heights)
        scenario = dataclasses.replace(
            load_scenario("3m"),
            units=(),
            triggers=(),
            passive_players=(),
            map=flat,
            full_vision=not fog,
            melee=Melee(races=("zerg", "protoss"), starts=(0, 0)),
        )
        self.games = StarCraft2Games(scenario, 1, latency_frames=0, unit_capacity=96)
        self.bare(seed)

    def bare(self, seed=3):
        """Begin anew with nobody on the map."""
        self.games._clear([0], np.array([seed], np.uint64))

    @property
    def head(self):
        """The game's record."""
        return self.games.games[0]

    def put(self, name, x, y, player=0):
        """Put a complete unit; return its id."""
        unit_id = self.games.create_unit(0, name, player, round(32 * x), round(32 * y))
        self.games.look_around(0)
        return unit_id

    def get(self, unit_id):
        """Return a living unit's record."""
        slot = self.games.slot_of(0, unit_id)
        assert slot >= 0, "it is dead"
        return self.games.units[0][slot]

    def is_alive(self, unit_id):
        return self.games.slot_of(0, unit_id) >= 0

    def name_of(self, unit_id):
        return KIND_NAMES[self.get(unit_id)["kind"]]

    def all(self, name, player=None):
        """Return the ids of the living units of a type."""
        found = []
        for slot in self.games.index[0][: self.head["num_units"]].tolist():
            unit = self.games.units[0][slot]
            if KIND_NAMES[unit["kind"]] == name and player in (None, int(unit["player"])):
                found.append(slot + 4096 * int(unit["generation"]))
        return found

    def order(self, unit_id, ability, target=-1, x=0.0, y=0.0):
        """Tell a unit what to do; return the ActionResult."""
        return self.games.order(0, unit_id, ability, target, round(x * ONE), round(y * ONE))

    def step(self, loops=1):
        nobody = np.zeros(0, np.int32)
        self.games.step(Commands.allocate(0, 1), nobody, nobody.astype(np.int8), loops)

    def grant(self, upgrade, player=0):
        number = UPGRADE_IDS[upgrade]
        self.head["upgrades"][player, number >> 5] |= 1 << (number & 31)

    def rich(self, player=0):
        self.head["minerals"][player] = self.head["gas"][player] = 5000

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
