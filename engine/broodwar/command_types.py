"""The commands that there are, and the unit types that some of them are for."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import UNIT_TYPE_NAMES

# BWAPI UnitCommandTypes (engine.core.frame.UnitCommandType), as plain numbers for the kernels.
ATTACK_MOVE: Final = 0
ATTACK_UNIT: Final = 1
BUILD: Final = 2
BUILD_ADDON: Final = 3
TRAIN: Final = 4
MORPH: Final = 5
RESEARCH: Final = 6
UPGRADE: Final = 7
SET_RALLY_POSITION: Final = 8
SET_RALLY_UNIT: Final = 9
MOVE: Final = 10
PATROL: Final = 11
HOLD_POSITION: Final = 12
STOP: Final = 13
FOLLOW: Final = 14
GATHER: Final = 15
RETURN_CARGO: Final = 16
REPAIR: Final = 17
BURROW: Final = 18
UNBURROW: Final = 19
CLOAK: Final = 20
DECLOAK: Final = 21
SIEGE: Final = 22
UNSIEGE: Final = 23
LIFT: Final = 24
LAND: Final = 25
LOAD: Final = 26
UNLOAD: Final = 27
UNLOAD_ALL: Final = 28
UNLOAD_ALL_POSITION: Final = 29
RIGHT_CLICK_POSITION: Final = 30
RIGHT_CLICK_UNIT: Final = 31
HALT_CONSTRUCTION: Final = 32
CANCEL_CONSTRUCTION: Final = 33
CANCEL_ADDON: Final = 34
CANCEL_TRAIN: Final = 35
CANCEL_TRAIN_SLOT: Final = 36
CANCEL_MORPH: Final = 37
CANCEL_RESEARCH: Final = 38
CANCEL_UPGRADE: Final = 39
USE_TECH: Final = 40
USE_TECH_POSITION: Final = 41
USE_TECH_UNIT: Final = 42


def _marked(*names: str) -> NDArray[np.bool_]:
    """Return (234,) bool: which unit types are among these."""
    return np.isin(np.arange(len(UNIT_TYPE_NAMES)), [UNIT_TYPE_NAMES.index(name) for name in names])


NEVER_COMMANDED: Final = _marked(
    *("Protoss_Interceptor", "Terran_Vulture_Spider_Mine", "Spell_Scanner_Sweep", "Special_Map_Revealer")
)
SILENT_WHEN_COMPLETE: Final = _marked(
    *("Protoss_Pylon", "Terran_Supply_Depot", "Protoss_Shield_Battery", "Terran_Nuclear_Missile")
) | (PRODUCTION["is_mineral_field"] == 1)
NEVER_TARGETED: Final = _marked(
    *("Spell_Scanner_Sweep", "Spell_Dark_Swarm", "Spell_Disruption_Web", "Special_Map_Revealer")
)
FACTORIES: Final = _marked(
    *("Terran_Command_Center", "Terran_Barracks", "Terran_Factory", "Terran_Starport", "Zerg_Infested_Command_Center"),
    *("Zerg_Hatchery", "Zerg_Lair", "Zerg_Hive", "Protoss_Nexus", "Protoss_Gateway", "Protoss_Stargate"),
    "Protoss_Robotics_Facility",
)
"""Buildings with a rally point."""

LARVA: Final = UNIT_TYPE_NAMES.index("Zerg_Larva")
MEDIC: Final = UNIT_TYPE_NAMES.index("Terran_Medic")
SCV: Final = UNIT_TYPE_NAMES.index("Terran_SCV")
