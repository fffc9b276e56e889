"""StarCraft II's workers, resources and queues: MECHANICS.md section 3 as the engine plays it."""

import dataclasses

import numpy as np
import pytest

from bridge.scenarios import load_scenario
from engine.core.frame import Commands
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.mining import DIG_GAS, DIG_MINERALS, PAUSE
from engine.starcraft2.state import GATHER, MOVE, NEUTRAL_PLAYER
from engine.starcraft2.tables import KIND_OF, KINDS, MADE, ONE, unit_type_id

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

X = Y = 512
TRAIN_SCV, TRAIN_MARINE, GATHER_SCV, RETURN_SCV = 524, 560, 295, 296


class Base:
    """A command center with minerals to its left, and SCVs."""

    def __init__(self, fields=((-7, 0),), workers=1, amount=1800):
        scenario = dataclasses.replace(load_scenario("3m"), units=(), triggers=(), passive_players=())
        self.games = StarCraft2Games(scenario, 1)
        self.games.start(np.ones(1, np.bool_), np.array([3], np.uint64))
        self.hall = self.put("CommandCenter", 0, 0)
        self.fields = [self.put("MineralField", dx, dy, NEUTRAL_PLAYER) for dx, dy in fields]
        for field in self.fields:
            self.get(field)["resources"] = amount
        self.workers = [self.put("SCV", -3.3, k / 2 - 1) for k in range(workers)]

    def put(self, name, dx, dy, player=0):
        return self.games.create_unit(0, name, player, round(X + 32 * dx), round(Y + 32 * dy))

    def get(self, unit_id):
        return self.games.units[0][self.games.slot_of(0, unit_id)]

    def step(self, loops=1):
        nobody = np.zeros(0, np.int32)
        self.games.step(Commands.allocate(0, 1), nobody, nobody.astype(np.int8), loops)

    @property
    def minerals(self):
        return int(self.games.games["minerals"][0, 0])

    def trips(self, loops):
        """Return in which loops something was delivered."""
        found, before = [], self.minerals
        for loop in range(1, loops + 1):
            self.step()
            if self.minerals > before:
                found.append(loop)
                before = self.minerals
        return found


def test_trip_brings_five_and_takes_work_pause_and_two_walks():
    base = Base()
    base.games.order(0, base.workers[0], GATHER_SCV, base.fields[0])

    trips = base.trips(800)

    assert pytest.approx(44.6, abs=0.1) == DIG_MINERALS / ONE
    assert PAUSE / ONE == 8
    assert base.minerals == 5 * len(trips)
    gaps = np.diff(trips)
    assert (DIG_MINERALS + PAUSE) / ONE + 25 < gaps.mean() < (DIG_MINERALS + PAUSE) / ONE + 75
    assert base.get(base.fields[0])["resources"] == 1800 - 5 * len(trips) - int(base.get(base.workers[0])["cargo"])


def test_two_workers_share_a_field_and_a_third_brings_little_more():
    income = []
    for workers in (1, 2, 3):
        base = Base(workers=workers)
        for worker in base.workers:
            base.games.order(0, worker, GATHER_SCV, base.fields[0])
        base.step(2000)
        income.append(base.minerals)

    assert income[1] == pytest.approx(2 * income[0], rel=0.1)
    assert income[2] <= 2000 / (DIG_MINERALS / ONE) * 5 + 5


def test_worker_whose_field_is_taken_goes_to_a_free_one():
    base = Base(fields=((-7, 0), (-6.5, 2)), workers=2)
    for worker in base.workers:
        base.games.order(0, worker, GATHER_SCV, base.fields[0])

    base.step(60)

    assert {int(base.get(worker)["order_target"][0]) for worker in base.workers} == set(base.fields)


def test_order_behind_gathering_is_done_when_the_worker_has_its_load_or_has_brought_it_home():
    base = Base(fields=((-7, 0), (-6.5, 2)))
    first, second = base.fields
    worker = base.workers[0]
    base.games.order(0, worker, GATHER_SCV, first)
    while not base.get(worker)["cargo"]:
        base.step()
    base.games.order(0, worker, GATHER_SCV, second, queued=True)

    assert len(base.trips(100)) == 1
    assert base.get(worker)["order_target"][0] == second
    assert base.get(worker)["num_orders"] == 1

    while base.get(worker)["cargo"]:
        base.step()
    base.games.order(0, worker, MOVE, -1, X * 128, Y * 128 + 6 * ONE, queued=True)

    assert not base.trips(300)
    assert base.get(worker)["cargo"] == 5
    assert base.get(worker)["num_orders"] == 0


def test_empty_field_is_gone_and_its_cells_are_free():
    base = Base(amount=5)
    worker = base.workers[0]
    base.games.order(0, worker, GATHER_SCV, base.fields[0])
    covered = int(base.games.blocked[0].sum())

    base.step(400)

    assert base.games.slot_of(0, base.fields[0]) < 0
    assert base.minerals == 5
    assert covered - int(base.games.blocked[0].sum()) == 2
    assert base.get(worker)["num_orders"] == 0


def test_command_center_covers_21_cells_and_nobody_walks_through_it():
    base = Base(fields=())
    worker = base.workers[0]
    base.games.order(0, worker, 16, -1, 24 * ONE, 16 * ONE)

    for _ in range(200):
        base.step()
        u = base.get(worker)
        assert not base.games.blocked[0][u["y"] // ONE, u["x"] // ONE]

    assert base.games.blocked[0].sum() == 21
    assert u["x"] / ONE == pytest.approx(24, abs=0.3)


def test_refinery_gives_four_gas_a_trip():
    base = Base(fields=())
    refinery = base.put("Refinery", -7, 0)
    base.get(refinery)["resources"] = 2250
    assert base.games.order(0, base.workers[0], GATHER, refinery) == 1

    base.step(400)

    gas = int(base.games.games["gas"][0, 0])
    assert pytest.approx(31.7, abs=0.1) == DIG_GAS / ONE
    assert gas > 0
    assert gas % 4 == 0
    assert base.minerals == 0


def test_order_to_another_place_frees_the_field_and_the_cargo_is_kept():
    base = Base(workers=2)
    first, second = base.workers
    base.games.order(0, first, GATHER_SCV, base.fields[0])
    base.step(60)
    base.games.order(0, first, 16, -1, 14 * ONE, 22 * ONE)
    base.games.order(0, second, GATHER_SCV, base.fields[0])

    base.step(50)

    assert int(base.get(base.fields[0])["digger"]) == second


def test_training_costs_waits_and_needs_supply():
    base = Base(fields=(), workers=14)
    base.games.games["minerals"][0, 0] = 130
    order = base.games.order

    results = [order(0, base.hall, TRAIN_SCV), order(0, base.hall, TRAIN_SCV), order(0, base.hall, TRAIN_SCV)]
    wrong = order(0, base.hall, TRAIN_MARINE)
    paid = base.minerals
    base.step(271)
    before = int(base.games.games["num_units"][0])
    base.step()
    after = int(base.games.games["num_units"][0])
    base.step(400)

    assert results == [1, 1, 9]  # 9: NotEnoughMinerals
    assert wrong == 2
    assert paid == 30
    assert after == before + 1
    assert int(base.games.games["num_units"][0]) == after  # 15 of 15: the second one waits for supply
    base.put("SupplyDepot", 6, 6)
    base.step(273)
    assert int(base.games.games["num_units"][0]) == after + 2


def test_what_is_missing_is_said_in_the_interfaces_words():
    base = Base(fields=(), workers=0)
    barracks = base.put("Barracks", 6, 0)
    base.games.games["minerals"][0, 0] = 1000
    order = base.games.order

    assert order(0, barracks, 563) == 79  # a Marauder needs a tech lab
    assert [order(0, barracks, TRAIN_MARINE) for _ in range(6)] == [1] * 5 + [7]  # QueueIsFull
    assert base.minerals == 750


def test_prices_leave_out_what_the_maker_cost():
    prices = {
        (int(row["ability"]), int(KINDS[row["maker"]]["type"])): (int(row["minerals"]), int(row["gas"])) for row in MADE
    }
    drone, hall, larva = (unit_type_id(name) for name in ("Drone", "CommandCenter", "Larva"))

    assert prices[1152, drone] == (300, 0)  # a hatchery
    assert prices[1155, drone] == (200, 0)  # a spawning pool
    assert prices[1516, hall] == (150, 0)  # an orbital command
    assert prices[1343, larva] == (50, 0)  # two zerglings
    assert KINDS[KIND_OF[larva]]["num_made"] > 8
