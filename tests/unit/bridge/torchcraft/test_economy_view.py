"""What a client is told of workers, fields, buildings, larvae and creep."""

import numpy as np
import pytest

from bridge.scenarios import load_scenario
from bridge.torchcraft.constants import ENUMS, UNIT_FLAGS
from bridge.torchcraft.frames import Frame
from bridge.torchcraft.match import Match
from bridge.torchcraft.row import RowWriter
from bridge.torchcraft.tiles import pack_tiles, seen_tiles
from engine.broodwar.production_table import NEUTRAL_PLAYER
from engine.broodwar.state import SLOTS_PER_GENERATION
from engine.core.frame import UnitCommandType

TYPES, ORDERS = ENUMS["unittypes"], ENUMS["orders"]
IDLE = 61
NEUTRAL_ID = -1


class Base:
    """A match with a base that is built by hand, as the first player's client is told of it."""

    def __init__(self, *units, minerals=1000, gas=500):
        self.match = Match(load_scenario("5mr_5mr"), (None, "noop"))
        self.match.start(1)
        self.ids = [self.match.games.create_unit(0, name, player, x, y) for name, player, x, y in units]
        self.match.games.games["minerals"][0, 0] = minerals
        self.match.games.games["gas"][0, 0] = gas

    def tell(self, unit_id, kind, *, target=-1, x=0, y=0, extra=0):
        commands = self.match.commands.given
        commands.items[0, 0] = (unit_id, kind, target, x, y, extra)
        commands.count[0] = 1

    def play(self, frames):
        for _ in range(frames):
            self.match.advance()
            self.match.fold(0)
            self.match.views[0].deaths.clear()
            self.wire = self.match.take(0)

    def told(self, unit_id):
        """Return the unit as it was told last, None if it was not."""
        for units in Frame.of(self.wire).units.values():
            for unit in units:
                if unit.id == unit_id:
                    return unit
        return None

    def row(self, unit_id):
        found = self.wire.units[self.wire.units["id"] == unit_id]
        return found[0] if len(found) else None

    def flags(self, unit_id):
        value = int(self.row(unit_id)["flags"])
        return {name for name, bit in UNIT_FLAGS.items() if value >> bit & 1}


@pytest.fixture(scope="module")
def terran():
    return Base(
        ("Terran_Command_Center", 0, 500, 500),
        ("Terran_SCV", 0, 640, 500),
        ("Terran_Barracks", 0, 800, 700),
        ("Resource_Mineral_Field", NEUTRAL_PLAYER, 700, 480),
        ("Terran_Barracks", 1, 1000, 300),
    )


def test_fields_are_the_neutral_players_and_show_what_they_hold(terran):
    terran.play(1)

    field = terran.row(terran.ids[3])

    assert terran.wire.player_ids.tolist() == [0, 1, NEUTRAL_ID]
    assert (field["playerId"], field["resources"], field["type"]) == (NEUTRAL_ID, 1500, TYPES["Resource_Mineral_Field"])
    assert terran.wire.resources[0].tolist()[:3] == (0, 1000, 500)


def test_unit_in_training_is_its_owners_and_the_barracks_tell_how_long(terran):
    terran.play(1)
    before = len(terran.wire.units)
    terran.tell(terran.ids[2], UnitCommandType.TRAIN, extra=TYPES["Terran_Marine"])
    terran.play(5)

    barracks = terran.told(terran.ids[2])
    row = terran.row(terran.ids[2])
    units = terran.wire.units
    marine = units[(units["type"] == TYPES["Terran_Marine"]) & (units["health"] < 40)]

    assert (len(units), len(marine)) == (before + 1, 1)
    assert 355 < int(row["remainingBuildTrainTime"]) < 360
    assert row["buildTechUpgradeType"] == IDLE  # BWAPI's build type is of what is built or becomes, not of trainees
    assert marine["remainingBuildTrainTime"] == row["remainingBuildTrainTime"]
    assert marine["playerId"] == 0
    assert not int(marine["flags"][0]) >> UNIT_FLAGS["Completed"] & 1
    assert [order.type for order in barracks.orders][1:] == [ORDERS["Train"]]
    assert terran.wire.resources["ore"] == 1000 - 50
    # The env's frame, which the session makes of this, has units on the map only.
    assert terran.match.sight.frame_of(0).num_units[0] == before

    terran.play(365)
    assert terran.row(terran.ids[2])["remainingBuildTrainTime"] == 0
    assert terran.row(int(marine["id"][0]))["health"] == 40


def test_builder_and_building_name_what_is_built(terran):
    scv = terran.ids[1]
    depot = TYPES["Terran_Supply_Depot"]
    terran.tell(scv, UnitCommandType.BUILD, x=32 * 24, y=32 * 10, extra=depot)
    terran.play(1 + terran.match.latency_frames)
    assert terran.row(scv)["buildTechUpgradeType"] == depot
    for _ in range(200):
        terran.play(1)
        building = terran.wire.units[terran.wire.units["type"] == depot]
        if len(building):
            break
    terran.play(30)
    building = terran.wire.units[terran.wire.units["type"] == depot]

    assert building["buildTechUpgradeType"] == depot
    assert 500 < building["remainingBuildTrainTime"] < 600
    assert terran.row(scv)["buildTechUpgradeType"] == depot
    assert terran.told(scv).orders[0].type == ORDERS["ConstructingBuilding"]
    terran.play(620)
    assert terran.row(scv)["buildTechUpgradeType"] == IDLE
    assert terran.row(int(building["id"][0]))["remainingBuildTrainTime"] == 0


def test_research_addons_and_lifted_buildings_are_told_as_bwapi_does():
    base = Base(
        ("Terran_Academy", 0, 500, 500),
        ("Terran_Engineering_Bay", 0, 700, 500),
        ("Terran_Barracks", 0, 900, 500),
        ("Terran_Factory", 0, 1200, 700),
    )
    academy, bay, barracks, factory = base.ids
    base.tell(academy, UnitCommandType.RESEARCH, extra=ENUMS["techtypes"]["Stim_Packs"])
    base.play(1)
    base.tell(bay, UnitCommandType.UPGRADE, extra=ENUMS["upgradetypes"]["Terran_Infantry_Weapons"])
    base.play(1)
    base.tell(barracks, UnitCommandType.LIFT)
    base.play(1)
    base.tell(factory, UnitCommandType.BUILD_ADDON, x=-1, y=-1, extra=TYPES["Terran_Machine_Shop"])
    base.play(80)

    assert "Researching" in base.flags(academy)
    assert "Upgrading" in base.flags(bay)
    assert {"Lifted", "Flying"} <= base.flags(barracks)
    assert base.row(academy)["buildTechUpgradeType"] == ENUMS["techtypes"]["Stim_Packs"]
    assert base.row(bay)["buildTechUpgradeType"] == ENUMS["upgradetypes"]["Terran_Infantry_Weapons"]
    assert 1000 < base.row(academy)["remainingUpgradeResearchTime"] < 1200
    assert 3800 < base.row(bay)["remainingUpgradeResearchTime"] < 4000
    (shop,) = base.wire.units[base.wire.units["type"] == TYPES["Terran_Machine_Shop"]]["id"].tolist()
    base.play(1200)
    assert base.row(factory)["associatedUnit"] == shop
    assert int(base.wire.resources["techs"][0]) >> ENUMS["techtypes"]["Stim_Packs"] & 1


def test_what_others_make_is_not_told(terran):
    slot = terran.ids[4] % SLOTS_PER_GENERATION
    engine = terran.match.games.units[0]
    engine["is_complete"][slot] = 0
    engine["build_frames"][slot] = 99
    terran.play(1)

    assert terran.row(terran.ids[4])["remainingBuildTrainTime"] == 0
    engine["is_complete"][slot] = 1


def test_worker_inside_a_refinery_is_still_told_and_no_unit_of_the_frame():
    base = Base(
        ("Terran_Command_Center", 0, 500, 500),
        ("Terran_SCV", 0, 640, 500),
        ("Terran_Refinery", 0, 760, 500),
    )
    worker = base.ids[1]
    base.tell(worker, UnitCommandType.GATHER, target=base.ids[2])
    inside = 0
    for _ in range(120):
        base.play(1)
        if base.match.games.units[0]["is_hidden"][worker % SLOTS_PER_GENERATION]:
            inside += 1
            assert base.told(worker).orders[0].type == ORDERS["HarvestGas"]
            assert "GatheringGas" in base.flags(worker)
            frame = base.match.sight.frame_of(0)
            assert worker not in frame.units["id"][0, : frame.num_units[0]]

    assert inside > 20


def test_larvae_name_their_hatchery_and_eggs_what_they_hold():
    base = Base(("Zerg_Hatchery", 0, 600, 600))
    base.play(400)
    larvae = base.wire.units[base.wire.units["type"] == TYPES["Zerg_Larva"]]
    assert len(larvae)
    assert set(larvae["associatedUnit"].tolist()) == {base.ids[0]}
    hatchery = base.told(base.ids[0])
    assert len(larvae) < 3
    assert 0 < base.row(base.ids[0])["remainingBuildTrainTime"] < 9 * 38  # until the next larva
    assert [order.type for order in hatchery.orders][1:] == [ORDERS["SpawningLarva"]]

    base.tell(int(larvae["id"][0]), UnitCommandType.MORPH, extra=TYPES["Zerg_Drone"])
    base.play(20)

    egg = base.row(int(larvae["id"][0]))
    assert (egg["type"], egg["buildTechUpgradeType"]) == (TYPES["Zerg_Egg"], TYPES["Zerg_Drone"])
    assert 250 < egg["remainingBuildTrainTime"] < 300


def test_creep_is_told_bit_by_bit_where_it_is_seen():
    base = Base(("Zerg_Hatchery", 0, 600, 600))
    base.play(1)
    creep = base.match.games.creep[0]
    width = creep.shape[1]

    frame = Frame.of(base.wire)

    assert creep.sum() > 20
    for row, column in ((600 // 32, 600 // 32), (0, 0), (600 // 32, width - 1)):
        assert frame.get_creep_at(4 * column, 4 * row) == bool(creep[row, column])
    assert np.unpackbits(base.wire.creep_map, bitorder="little").sum() == creep.sum()
    same = base.wire.creep_map
    base.play(1)
    assert base.wire.creep_map is same or not np.array_equal(base.wire.creep_map, same)


def test_creep_out_of_sight_is_not_told():
    base = Base(("Zerg_Hatchery", 1, 600, 600), ("Terran_SCV", 0, 1500, 1500))
    frame = base.match.sight.frame_of(0)

    seen = seen_tiles(frame, 0)

    assert not seen[600 // 32, 600 // 32]
    assert not np.unpackbits(pack_tiles(base.match.games.creep[0] & seen)).any()
    assert pack_tiles(np.ones((5, 5), np.uint8)).tolist() == [255, 255, 255]  # 25 tiles: the last one fills no byte


def test_row_of_a_frame_takes_the_order_that_is_no_secondary_one(terran):
    terran.tell(terran.ids[2], UnitCommandType.TRAIN, extra=TYPES["Terran_Marine"])
    terran.play(5)
    writer = RowWriter(terran.match.scenario, capacity=terran.match.games.unit_capacity, rows=1)

    assert writer.write(0, terran.wire, [], terran.match.frame, 0, NEUTRAL_ID)

    rows = writer.frame.units[0, : writer.frame.num_units[0]]
    embedded = terran.match.sight.frame_of(0).units[0]
    for unit_id in terran.ids[:3]:
        ours, theirs = rows[rows["id"] == unit_id], embedded[embedded["id"] == unit_id]
        assert ours["order"] == theirs["order"]


def test_row_of_a_melee_frame_tells_what_is_known_and_what_is_under_way():
    base = Base(("Terran_Academy", 0, 500, 500), ("Terran_Engineering_Bay", 0, 700, 500))
    stim, armor = ENUMS["techtypes"]["Stim_Packs"], ENUMS["upgradetypes"]["Terran_Infantry_Armor"]
    plating, weapons = (ENUMS["upgradetypes"][name] for name in ("Terran_Ship_Plating", "Terran_Infantry_Weapons"))
    base.match.games.games["upgrades"][0, 0, [armor, plating]] = 3, 2
    base.tell(base.ids[0], UnitCommandType.RESEARCH, extra=stim)
    base.play(1)
    base.tell(base.ids[1], UnitCommandType.UPGRADE, extra=weapons)
    base.play(4)
    writer = RowWriter(load_scenario("melee"), capacity=base.match.games.unit_capacity, rows=1)
    frame = writer.frame

    assert writer.write(0, base.wire, (), 1, 0, NEUTRAL_ID)

    assert np.flatnonzero(frame.upgrades[0]).tolist() == [armor, plating]
    assert frame.upgrades[0, [armor, plating]].tolist() == [3, 2]
    assert np.flatnonzero(frame.researching[0]).tolist() == [stim]
    assert np.flatnonzero(frame.upgrading[0]).tolist() == [weapons]
    assert frame.techs[0, stim] == 0

    base.play(1200)
    assert writer.write(0, base.wire, (), 2, 0, NEUTRAL_ID)
    assert frame.techs[0, stim] == 1
    assert not frame.researching.any()
