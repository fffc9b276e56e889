"""What scripted melee players want: their openings, numbers and moments, per race and strength."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, get_args

Strength = Literal["weak", "standard", "strong"]
STRENGTHS: Final = get_args(Strength)

TOWN_HALLS: Final = MappingProxyType({"terran": "CommandCenter", "protoss": "Nexus", "zerg": "Hatchery"})
WORKERS: Final = MappingProxyType({"terran": "SCV", "protoss": "Probe", "zerg": "Drone"})
SUPPLIES: Final = MappingProxyType({"terran": "SupplyDepot", "protoss": "Pylon", "zerg": "Overlord"})
GAS: Final = MappingProxyType({"terran": "Refinery", "protoss": "Assimilator", "zerg": "Extractor"})

LATE: Final = 8064
"""Six minutes: when a weak player first attacks. The real game's Easy ended no game of python-sc2's own tests within
four minutes (test/run_example_bots_vs_computer.py); the moment itself is game knowledge, not verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one scripted player strives for. Types are the game's names of unit types.

    Attributes:
        opening: (supply used, type): from so much supply on, one more of the type; in order of importance.
        workers: so many at most.
        bases: so many town halls beside resources at most.
        gas: so many gas buildings at most.
        producers: (type, first, per base): production structures at one base, and more for each further base.
        army: (type, weight): what is produced, in this proportion.
        upgrades: (structure, upgrade): what structures work on, the best first.
        attack_supply: the army leaves home when it is so large, in whole supply.
        attack_from: nor does it leave before this loop.
        most_army: fighters are made until they have so much supply.
        every: decides at every so many looks.
        pulls_workers: workers help against attackers at the own town hall.
        queens: Zerg: so many per town hall.
        boosts: Protoss chrono boost, Terran orbital commands and MULEs.
        is_careful: grows no faster than its army guards, calls its army back when it is attacked, spends what it has.
    """

    opening: tuple[tuple[int, str], ...]
    workers: int
    bases: int
    gas: int
    producers: tuple[tuple[str, int, int], ...]
    army: tuple[tuple[str, int], ...]
    attack_supply: int
    attack_from: int = 0
    most_army: int = 200
    upgrades: tuple[tuple[str, str], ...] = ()
    every: int = 1
    pulls_workers: bool = False
    queens: int = 0
    boosts: bool = False
    is_careful: bool = False


PLANS: Final = MappingProxyType({
    ("terran", "weak"): Plan(
        opening=((14, "SupplyDepot"), (16, "Barracks")),
        workers=18, bases=1, gas=0, producers=(("Barracks", 1, 0),), army=(("Marine", 1),),
        attack_supply=4, attack_from=LATE, most_army=6, every=4,
    ),
    ("terran", "standard"): Plan(
        opening=(
            (14, "SupplyDepot"), (16, "Barracks"), (17, "Refinery"), (20, "CommandCenter"), (24, "Barracks"),
            (26, "BarracksTechLab"), (32, "Factory"),
        ),
        workers=38, bases=2, gas=2, producers=(("Barracks", 2, 2), ("Factory", 1, 0)),
        army=(("Marine", 4), ("Marauder", 1), ("Hellion", 1)), attack_supply=36, pulls_workers=True, boosts=True,
    ),
    ("terran", "strong"): Plan(
        opening=(
            (14, "SupplyDepot"), (16, "Barracks"), (17, "Refinery"), (20, "CommandCenter"), (23, "Barracks"),
            (25, "BarracksReactor"), (26, "BarracksTechLab"), (30, "Barracks"), (44, "EngineeringBay"),
            (50, "Factory"), (60, "Starport"),
        ),
        workers=62, bases=3, gas=4, producers=(("Barracks", 3, 2), ("Factory", 1, 0), ("Starport", 1, 0)),
        army=(("Marine", 8), ("Marauder", 2), ("Medivac", 1)), attack_supply=60, pulls_workers=True, boosts=True,
        is_careful=True,
        upgrades=(("EngineeringBay", "TerranInfantryWeaponsLevel1"), ("EngineeringBay", "TerranInfantryArmorsLevel1"),
                  ("BarracksTechLab", "ShieldWall"), ("BarracksTechLab", "Stimpack")),
    ),
    ("protoss", "weak"): Plan(
        opening=((14, "Pylon"), (16, "Gateway")),
        workers=18, bases=1, gas=0, producers=(("Gateway", 1, 0),), army=(("Zealot", 1),),
        attack_supply=4, attack_from=LATE, most_army=6, every=4,
    ),
    ("protoss", "standard"): Plan(
        opening=(
            (14, "Pylon"), (15, "Gateway"), (17, "Assimilator"), (20, "Nexus"), (21, "CyberneticsCore"),
            (22, "Assimilator"), (26, "Gateway"),
        ),
        workers=38, bases=2, gas=3, producers=(("Gateway", 2, 2),), army=(("Zealot", 1), ("Stalker", 2)),
        attack_supply=36, pulls_workers=True, boosts=True,
    ),
    ("protoss", "strong"): Plan(
        opening=(
            (14, "Pylon"), (15, "Gateway"), (16, "Assimilator"), (20, "Nexus"), (21, "CyberneticsCore"),
            (22, "Assimilator"), (26, "Gateway"), (30, "Gateway"), (44, "Forge"), (50, "RoboticsFacility"),
        ),
        workers=62, bases=3, gas=5, producers=(("Gateway", 3, 3), ("RoboticsFacility", 1, 0)),
        army=(("Zealot", 2), ("Stalker", 4), ("Immortal", 1)), attack_supply=60, pulls_workers=True, boosts=True,
        is_careful=True,
        upgrades=(("Forge", "ProtossGroundWeaponsLevel1"), ("Forge", "ProtossGroundArmorsLevel1")),
    ),
    ("zerg", "weak"): Plan(
        opening=((17, "SpawningPool"),),
        workers=18, bases=1, gas=0, producers=(), army=(("Zergling", 1),),
        attack_supply=4, attack_from=LATE, most_army=6, every=4,
    ),
    ("zerg", "standard"): Plan(
        opening=((17, "Hatchery"), (18, "SpawningPool"), (17, "Extractor"), (28, "RoachWarren"), (30, "Extractor")),
        workers=38, bases=2, gas=3, producers=(("Hatchery", 2, 0),), army=(("Zergling", 2), ("Roach", 3)),
        attack_supply=36, pulls_workers=True, queens=1,
    ),
    ("zerg", "strong"): Plan(
        opening=((17, "Hatchery"), (18, "SpawningPool"), (17, "Extractor"), (28, "RoachWarren"), (30, "Extractor"),
                 (70, "EvolutionChamber")),
        workers=62, bases=3, gas=5, producers=(("Hatchery", 2, 0),), army=(("Zergling", 2), ("Roach", 5)),
        attack_supply=60, pulls_workers=True, queens=1, is_careful=True,
        upgrades=(("EvolutionChamber", "ZergMissileWeaponsLevel1"), ("EvolutionChamber", "ZergGroundArmorsLevel1"),
                  ("SpawningPool", "zerglingmovementspeed")),
    ),
})  # fmt: skip
"""By race and strength."""
