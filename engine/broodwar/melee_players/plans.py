"""What scripted melee players want: their openings, numbers and moments, per race and strength."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Final, Literal, get_args

from engine.broodwar.research_table import RESEARCH_AT, UPGRADE_AT
from engine.broodwar.rules_table import TECH_NAMES, TECH_TYPES, UPGRADE_NAMES, UPGRADE_TYPES, unit_type_id
from engine.core.frame import UnitCommandType

Strength = Literal["weak", "standard", "strong", "rush"]
STRENGTHS: Final = get_args(Strength)

DEPOTS: Final = MappingProxyType(
    {"terran": "Terran_Command_Center", "protoss": "Protoss_Nexus", "zerg": "Zerg_Hatchery"}
)
WORKERS: Final = MappingProxyType({"terran": "Terran_SCV", "protoss": "Protoss_Probe", "zerg": "Zerg_Drone"})
SUPPLIES: Final = MappingProxyType(
    {"terran": "Terran_Supply_Depot", "protoss": "Protoss_Pylon", "zerg": "Zerg_Overlord"}
)
REFINERIES: Final = MappingProxyType(
    {"terran": "Terran_Refinery", "protoss": "Protoss_Assimilator", "zerg": "Zerg_Extractor"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one scripted player strives for. Types are BWAPI UnitType names.

    Attributes:
        race: terran, protoss or zerg.
        opening: (supply used, type): from so much supply on, one more of the type; in order of importance.
        later: likewise, for after the opening: technology.
        upgrades: upgrades and technologies (BWAPI names) that their buildings work on, the best first.
        defence: (type, per base): what stands still and guards each base, once there are workers enough.
        workers: so many at most.
        bases: so many depots beside resources at most.
        expand_workers: workers per base that are there before the next base is taken.
        producers: (type, first, per base): production buildings: at one base, and more for each further base.
        army: (type, weight): what is produced, in this proportion.
        gas_bases: so many geysers are worked on at most.
        attack_supply: the army leaves home when it is so large, in whole supply.
        wave_supply: later groups follow when they are so large.
        retreat_share: the army turns back when its strength is below this share of the enemies' around it; 0 = never.
        gathers: the head of the army waits for its tail.
        every: decides at every so many calls of 24 frames.
        pulls_workers: workers help against attackers at the own depot.
        detects: detectors are built when something unseen attacks, or something cloaked shows.
    """

    race: str
    opening: tuple[tuple[int, str], ...]
    workers: int
    bases: int
    producers: tuple[tuple[str, int, int], ...]
    army: tuple[tuple[str, int], ...]
    attack_supply: int
    wave_supply: int
    expand_workers: int = 15
    gas_bases: int = 0
    retreat_share: float = 0.0
    gathers: bool = False
    every: int = 1
    pulls_workers: bool = False
    detects: bool = False
    later: tuple[tuple[int, str], ...] = ()
    upgrades: tuple[str, ...] = ()
    defence: tuple[tuple[str, int], ...] = ()


DETECTORS: Final = MappingProxyType({
    "terran": ("Terran_Engineering_Bay", "Terran_Missile_Turret"),
    "protoss": ("Protoss_Forge", "Protoss_Photon_Cannon"),
    "zerg": ("Zerg_Evolution_Chamber", "Zerg_Spore_Colony"),
})  # fmt: skip
"""What a race's standing detector asks for, and the detector. Overlords detect too, away from home."""

_TERRAN_GAS: Final = (("Terran_Marine", 5), ("Terran_Vulture", 2), ("Terran_Goliath", 2))
_TERRAN_STRONG: Final = (
    ("Terran_Marine", 8), ("Terran_Medic", 2), ("Terran_Siege_Tank_Tank_Mode", 3), ("Terran_Goliath", 1),
)  # fmt: skip
_PROTOSS_GAS: Final = (("Protoss_Zealot", 1), ("Protoss_Dragoon", 2))
_ZERG_GAS: Final = (("Zerg_Zergling", 2), ("Zerg_Hydralisk", 3))

_TERRAN_UPGRADES: Final = (
    "Terran_Infantry_Weapons", "U_238_Shells", "Terran_Infantry_Armor", "Terran_Vehicle_Weapons",
    "Terran_Vehicle_Plating",
)  # fmt: skip
_PROTOSS_UPGRADES: Final = (
    "Singularity_Charge", "Protoss_Ground_Weapons", "Leg_Enhancements", "Protoss_Ground_Armor",
)  # fmt: skip
_ZERG_UPGRADES: Final = (
    "Metabolic_Boost", "Muscular_Augments", "Grooved_Spines", "Zerg_Missile_Attacks", "Zerg_Carapace",
    "Zerg_Melee_Attacks",
)  # fmt: skip

PLANS: Final = MappingProxyType({
    ("terran", "weak"): Plan(
        race="terran",
        opening=((9, "Terran_Supply_Depot"), (12, "Terran_Barracks")),
        workers=12, bases=1, producers=(("Terran_Barracks", 1, 0),), army=(("Terran_Marine", 1),),
        attack_supply=12, wave_supply=8, every=4,
    ),
    ("terran", "standard"): Plan(
        race="terran",
        opening=(
            (9, "Terran_Supply_Depot"), (11, "Terran_Barracks"), (13, "Terran_Refinery"), (15, "Terran_Barracks"),
            (20, "Terran_Factory"), (28, "Terran_Armory"),
        ),
        workers=38, bases=2, producers=(("Terran_Barracks", 3, 2), ("Terran_Factory", 1, 1)), army=_TERRAN_GAS,
        gas_bases=2, attack_supply=36, wave_supply=10, pulls_workers=True,
        detects=True, upgrades=_TERRAN_UPGRADES[:1], later=((60, "Terran_Engineering_Bay"),),
    ),
    ("terran", "strong"): Plan(
        race="terran",
        opening=(
            (9, "Terran_Supply_Depot"), (11, "Terran_Barracks"), (13, "Terran_Barracks"), (15, "Terran_Refinery"),
            (26, "Terran_Factory"), (60, "Terran_Armory"),
        ),
        workers=56, bases=4, expand_workers=14,
        producers=(("Terran_Barracks", 4, 2), ("Terran_Factory", 2, 1)), army=_TERRAN_STRONG,
        gas_bases=3, attack_supply=60, wave_supply=12, retreat_share=0.5, gathers=True, pulls_workers=True,
        detects=True, upgrades=_TERRAN_UPGRADES,
        later=((36, "Terran_Academy"), (44, "Terran_Engineering_Bay"), (90, "Terran_Engineering_Bay")),
    ),
    ("terran", "rush"): Plan(
        race="terran",
        opening=((8, "Terran_Barracks"), (9, "Terran_Supply_Depot"), (10, "Terran_Barracks"), (13, "Terran_Barracks")),
        workers=16, bases=1, producers=(("Terran_Barracks", 3, 0),), army=(("Terran_Marine", 1),),
        attack_supply=8, wave_supply=4, pulls_workers=True,
    ),
    ("protoss", "weak"): Plan(
        race="protoss",
        opening=((8, "Protoss_Pylon"), (12, "Protoss_Gateway")),
        workers=12, bases=1, producers=(("Protoss_Gateway", 1, 0),), army=(("Protoss_Zealot", 1),),
        attack_supply=12, wave_supply=8, every=4,
    ),
    ("protoss", "standard"): Plan(
        race="protoss",
        opening=(
            (8, "Protoss_Pylon"), (10, "Protoss_Gateway"), (12, "Protoss_Assimilator"), (14, "Protoss_Gateway"),
            (17, "Protoss_Cybernetics_Core"),
        ),
        workers=38, bases=2, producers=(("Protoss_Gateway", 3, 2),), army=_PROTOSS_GAS,
        gas_bases=2, attack_supply=36, wave_supply=10, pulls_workers=True,
        detects=True, upgrades=_PROTOSS_UPGRADES[:1], defence=(("Protoss_Photon_Cannon", 1),),
        later=((60, "Protoss_Forge"),),
    ),
    ("protoss", "strong"): Plan(
        race="protoss",
        opening=(
            (8, "Protoss_Pylon"), (10, "Protoss_Gateway"), (12, "Protoss_Gateway"), (14, "Protoss_Assimilator"),
            (19, "Protoss_Cybernetics_Core"),
        ),
        workers=56, bases=4, expand_workers=14, producers=(("Protoss_Gateway", 4, 3),), army=_PROTOSS_GAS,
        gas_bases=3, attack_supply=40, wave_supply=12, retreat_share=0.5, gathers=True, pulls_workers=True,
        detects=True, upgrades=_PROTOSS_UPGRADES, defence=(("Protoss_Photon_Cannon", 1),),
        later=((44, "Protoss_Forge"), (60, "Protoss_Citadel_of_Adun"), (100, "Protoss_Forge")),
    ),
    ("protoss", "rush"): Plan(
        race="protoss",
        opening=((8, "Protoss_Pylon"), (9, "Protoss_Gateway"), (11, "Protoss_Gateway")),
        workers=15, bases=1, producers=(("Protoss_Gateway", 3, 0),), army=(("Protoss_Zealot", 1),),
        attack_supply=8, wave_supply=4, pulls_workers=True,
    ),
    ("zerg", "weak"): Plan(
        race="zerg",
        opening=((11, "Zerg_Spawning_Pool"),),
        workers=11, bases=1, producers=(), army=(("Zerg_Zergling", 1),),
        attack_supply=12, wave_supply=8, every=4,
    ),
    ("zerg", "standard"): Plan(
        race="zerg",
        opening=((11, "Zerg_Spawning_Pool"), (12, "Zerg_Hatchery"), (14, "Zerg_Extractor"), (18, "Zerg_Hydralisk_Den")),
        workers=34, bases=2, producers=(("Zerg_Hatchery", 3, 1),), army=_ZERG_GAS,
        gas_bases=2, attack_supply=34, wave_supply=10, pulls_workers=True,
        detects=True, upgrades=_ZERG_UPGRADES[:1], defence=(("Zerg_Sunken_Colony", 1),),
    ),
    ("zerg", "strong"): Plan(
        race="zerg",
        opening=((11, "Zerg_Spawning_Pool"), (12, "Zerg_Hatchery"), (15, "Zerg_Extractor"), (20, "Zerg_Hydralisk_Den")),
        workers=50, bases=4, expand_workers=12, producers=(("Zerg_Hatchery", 3, 2),), army=_ZERG_GAS,
        gas_bases=3, attack_supply=40, wave_supply=12, retreat_share=0.5, gathers=True, pulls_workers=True,
        detects=True, upgrades=_ZERG_UPGRADES, defence=(("Zerg_Sunken_Colony", 1),),
        later=((50, "Zerg_Evolution_Chamber"), (64, "Zerg_Lair")),
    ),
    ("zerg", "rush"): Plan(
        race="zerg",
        opening=((8, "Zerg_Spawning_Pool"),),
        workers=9, bases=1, producers=(("Zerg_Hatchery", 2, 0),), army=(("Zerg_Zergling", 1),),
        attack_supply=3, wave_supply=2, pulls_workers=True,
    ),
})  # fmt: skip
"""By race and strength."""


Upgrade = tuple[UnitCommandType, int, int, int, int]
"""Command, id, the building's type id, minerals, gas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """A plan with its types as ids.

    Attributes:
        plan: the numbers.
        depot: type id of the race's first building.
        worker: of its worker.
        supply: of what gives it supply.
        refinery: of what is built on geysers.
        opening: as in the plan.
        later: as in the plan.
        upgrades: of each: the command, its id, the building's type id, minerals and gas of the first level.
        defence: as in the plan.
        detector: what a standing detector asks for, and the detector.
        producers: as in the plan.
        army: as in the plan.
    """

    plan: Plan
    depot: int
    worker: int
    supply: int
    refinery: int
    opening: tuple[tuple[int, int], ...]
    later: tuple[tuple[int, int], ...]
    upgrades: tuple[Upgrade, ...]
    defence: tuple[tuple[int, int], ...]
    detector: tuple[int, int]
    producers: tuple[tuple[int, int, int], ...]
    army: tuple[tuple[int, int], ...] = field(default=())


def _upgrade(name: str) -> Upgrade:
    """Return what an upgrade or a technology takes, by its name."""
    if name in UPGRADE_NAMES:
        number = UPGRADE_NAMES.index(name)
        price = UPGRADE_TYPES[number]
        return (
            UnitCommandType.UPGRADE, number, int(UPGRADE_AT[number]),
            int(price["mineral_price"]), int(price["gas_price"]),
        )  # fmt: skip
    number = TECH_NAMES.index(name)
    price = TECH_TYPES[number]
    return (
        UnitCommandType.RESEARCH, number, int(RESEARCH_AT[number]), int(price["mineral_price"]), int(price["gas_price"])
    )  # fmt: skip


@cache
def wishes_of(race: str, strength: Strength) -> Wishes:
    """Return what a player of this race and strength wants."""
    plan = PLANS[race, strength]
    return Wishes(
        plan=plan,
        depot=unit_type_id(DEPOTS[race]),
        worker=unit_type_id(WORKERS[race]),
        supply=unit_type_id(SUPPLIES[race]),
        refinery=unit_type_id(REFINERIES[race]),
        opening=tuple((supply, unit_type_id(name)) for supply, name in plan.opening),
        later=tuple((supply, unit_type_id(name)) for supply, name in plan.later),
        upgrades=tuple(_upgrade(name) for name in plan.upgrades),
        defence=tuple((unit_type_id(name), count) for name, count in plan.defence),
        detector=(unit_type_id(DETECTORS[race][0]), unit_type_id(DETECTORS[race][1])),
        producers=tuple((unit_type_id(name), first, more) for name, first, more in plan.producers),
        army=tuple((unit_type_id(name), weight) for name, weight in plan.army),
    )
