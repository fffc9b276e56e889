"""What scripted melee players want: their openings, numbers and moments, per race and strength."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Final, Literal, get_args

from engine.broodwar.rules_table import unit_type_id

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


_TERRAN_GAS: Final = (("Terran_Marine", 5), ("Terran_Vulture", 2), ("Terran_Goliath", 2))
_PROTOSS_GAS: Final = (("Protoss_Zealot", 1), ("Protoss_Dragoon", 2))
_ZERG_GAS: Final = (("Zerg_Zergling", 2), ("Zerg_Hydralisk", 3))

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
    ),
    ("terran", "strong"): Plan(
        race="terran",
        opening=(
            (9, "Terran_Supply_Depot"), (11, "Terran_Barracks"), (13, "Terran_Barracks"), (15, "Terran_Refinery"),
            (26, "Terran_Factory"), (34, "Terran_Armory"),
        ),
        workers=56, bases=4, expand_workers=14,
        producers=(("Terran_Barracks", 4, 3), ("Terran_Factory", 1, 2)), army=_TERRAN_GAS,
        gas_bases=3, attack_supply=40, wave_supply=12, retreat_share=0.5, gathers=True, pulls_workers=True,
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
    ),
    ("protoss", "strong"): Plan(
        race="protoss",
        opening=(
            (8, "Protoss_Pylon"), (10, "Protoss_Gateway"), (12, "Protoss_Gateway"), (14, "Protoss_Assimilator"),
            (19, "Protoss_Cybernetics_Core"),
        ),
        workers=56, bases=4, expand_workers=14, producers=(("Protoss_Gateway", 4, 3),), army=_PROTOSS_GAS,
        gas_bases=3, attack_supply=40, wave_supply=12, retreat_share=0.5, gathers=True, pulls_workers=True,
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
    ),
    ("zerg", "strong"): Plan(
        race="zerg",
        opening=((11, "Zerg_Spawning_Pool"), (12, "Zerg_Hatchery"), (15, "Zerg_Extractor"), (20, "Zerg_Hydralisk_Den")),
        workers=50, bases=4, expand_workers=12, producers=(("Zerg_Hatchery", 3, 2),), army=_ZERG_GAS,
        gas_bases=3, attack_supply=40, wave_supply=12, retreat_share=0.5, gathers=True, pulls_workers=True,
    ),
    ("zerg", "rush"): Plan(
        race="zerg",
        opening=((8, "Zerg_Spawning_Pool"),),
        workers=9, bases=1, producers=(("Zerg_Hatchery", 2, 0),), army=(("Zerg_Zergling", 1),),
        attack_supply=3, wave_supply=2, pulls_workers=True,
    ),
})  # fmt: skip
"""By race and strength."""


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
        producers: as in the plan.
        army: as in the plan.
    """

    plan: Plan
    depot: int
    worker: int
    supply: int
    refinery: int
    opening: tuple[tuple[int, int], ...]
    producers: tuple[tuple[int, int, int], ...]
    army: tuple[tuple[int, int], ...] = field(default=())


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
        producers=tuple((unit_type_id(name), first, more) for name, first, more in plan.producers),
        army=tuple((unit_type_id(name), weight) for name, weight in plan.army),
    )
