"""The functions of each race by number: PySC2's names and ids, and what each does; here those of Brood War.

As Terran these are the fifteen that gathering policies are trained with. As Protoss and Zerg, in place of the three
buildings, there is all that PySC2 builds, trains or morphs under a name that Brood War has too, as far as it can be
reached with these functions (no Citadel, so no templars; no Queen's Nest, so no hive).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.core.rules import BROODWAR
from envs.specs.makeable import make_table

(
    NO_OP,
    MOVE_CAMERA,
    SELECT_POINT,
    SELECT_IDLE_WORKER,
    BUILD_THERE,
    HARVEST_GATHER,
    HARVEST_RETURN,
    NEVER,
    MOVE_SCREEN,
    MOVE_MINIMAP,
    RALLY_SCREEN,
    RALLY_MINIMAP,
    MAKE,
    SELECT_GROUP,
) = range(14)
"""What functions do."""


class Function(NamedTuple):
    """One function.

    Attributes:
        name: PySC2's.
        number: PySC2's id.
        act: what it does, one of the constants above.
        makes: name of the unit type that is built, trained or morphed in Brood War; "" for none.
        ability: StarCraft II's id of what is built, trained or morphed there; 0 for none.
    """

    name: str
    number: int
    act: int
    makes: str = ""
    ability: int = 0


COMMON: Final = (
    Function("no_op", 0, NO_OP),
    Function("move_camera", 1, MOVE_CAMERA),
    Function("select_point", 2, SELECT_POINT),
    Function("select_idle_worker", 6, SELECT_IDLE_WORKER),
    Function("Harvest_Gather_screen", 264, HARVEST_GATHER),
    Function("Harvest_Return_quick", 269, HARVEST_RETURN),
    Function("Move_screen", 331, MOVE_SCREEN),
    Function("Move_minimap", 332, MOVE_MINIMAP),
    Function("Rally_Workers_screen", 343, RALLY_SCREEN),
    Function("Rally_Workers_minimap", 344, RALLY_MINIMAP),
)

OF_RACE: Final = {
    "terran": (
        Function("Build_CommandCenter_screen", 44, BUILD_THERE, "Terran_Command_Center"),
        Function("Build_Refinery_screen", 79, BUILD_THERE, "Terran_Refinery"),
        Function("Build_SupplyDepot_screen", 91, BUILD_THERE, "Terran_Supply_Depot"),
        Function("Morph_SupplyDepot_Lower_quick", 318, NEVER),
        Function("Morph_SupplyDepot_Raise_quick", 319, NEVER),
    ),
    "protoss": (
        Function("Build_Assimilator_screen", 40, BUILD_THERE, "Protoss_Assimilator"),
        Function("Build_CyberneticsCore_screen", 48, BUILD_THERE, "Protoss_Cybernetics_Core"),
        Function("Build_FleetBeacon_screen", 54, BUILD_THERE, "Protoss_Fleet_Beacon"),
        Function("Build_Forge_screen", 55, BUILD_THERE, "Protoss_Forge"),
        Function("Build_Gateway_screen", 57, BUILD_THERE, "Protoss_Gateway"),
        Function("Build_Nexus_screen", 65, BUILD_THERE, "Protoss_Nexus"),
        Function("Build_PhotonCannon_screen", 69, BUILD_THERE, "Protoss_Photon_Cannon"),
        Function("Build_Pylon_screen", 70, BUILD_THERE, "Protoss_Pylon"),
        Function("Build_RoboticsFacility_screen", 82, BUILD_THERE, "Protoss_Robotics_Facility"),
        Function("Build_Stargate_screen", 88, BUILD_THERE, "Protoss_Stargate"),
        Function("Train_Carrier_quick", 461, MAKE, "Protoss_Carrier"),
        Function("Train_Probe_quick", 485, MAKE, "Protoss_Probe"),
        Function("Train_Zealot_quick", 503, MAKE, "Protoss_Zealot"),
        Function("Build_ShieldBattery_screen", 525, BUILD_THERE, "Protoss_Shield_Battery"),
    ),
    "zerg": (
        Function("Build_EvolutionChamber_screen", 51, BUILD_THERE, "Zerg_Evolution_Chamber"),
        Function("Build_Extractor_screen", 52, BUILD_THERE, "Zerg_Extractor"),
        Function("Build_Hatchery_screen", 59, BUILD_THERE, "Zerg_Hatchery"),
        Function("Build_HydraliskDen_screen", 60, BUILD_THERE, "Zerg_Hydralisk_Den"),
        Function("Build_SpawningPool_screen", 84, BUILD_THERE, "Zerg_Spawning_Pool"),
        Function("Build_Spire_screen", 86, BUILD_THERE, "Zerg_Spire"),
        Function("Morph_Lair_quick", 303, MAKE, "Zerg_Lair"),
        Function("Train_Drone_quick", 467, MAKE, "Zerg_Drone"),
        Function("Train_Hydralisk_quick", 472, MAKE, "Zerg_Hydralisk"),
        Function("Train_Mutalisk_quick", 480, MAKE, "Zerg_Mutalisk"),
        Function("Train_Overlord_quick", 483, MAKE, "Zerg_Overlord"),
        Function("Train_Zergling_quick", 504, MAKE, "Zerg_Zergling"),
    ),
}

GROUPS: Final = Function("select_control_group", 4, SELECT_GROUP)
"""The last one, where there are control groups."""


def functions_of(race: str, game: str, *, has_groups: bool) -> tuple[Function, ...]:
    """Return a race's functions by number: in the order of PySC2's ids, and control groups last.

    Args:
        race: `terran`, `protoss` or `zerg`.
        game: which game.
        has_groups: with `select_control_group`.
    """
    makes = OF_RACE[race] if game == BROODWAR else _starcraft2_functions()[race]
    found = sorted((*COMMON, *makes), key=lambda function: function.number)
    return (*found, GROUPS) if has_groups else tuple(found)


def _starcraft2_functions() -> Mapping[str, tuple[Function, ...]]:
    from envs.specs import sc2_functions  # it loads that game's tables

    return sc2_functions.OF_RACE


def _lines_of(function: Function) -> NDArray[np.void]:
    """Return (n,) MAKE_DTYPE: the ways in which a function can be carried out; none if it makes nothing."""
    if function.ability:
        from envs.specs import sc2_functions

        return sc2_functions.make_lines(function.ability)
    return make_table([UNIT_TYPE_NAMES.index(function.makes)] if function.makes else [])


def tables_of(functions: tuple[Function, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.void]]:
    """Return what kernels know of functions.

    Returns:
        acts: (F,) int64, what each does; makes_of: (F, 2) int64, its first line among the makes and the one behind its
        last; makes: (n,) MAKE_DTYPE.
    """
    lines = [_lines_of(function) for function in functions]
    acts = np.array([function.act for function in functions], np.int64)
    stops = np.cumsum([len(some) for some in lines])
    makes_of = np.stack([np.concatenate([[0], stops[:-1]]), stops], axis=1).astype(np.int64)
    return acts, makes_of, np.concatenate(lines)
