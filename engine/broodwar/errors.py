"""Why a command is refused: BWAPI 4.2's `Errors`, with its numbers and names."""

from __future__ import annotations

from typing import Final

ERROR_NAMES: Final = (
    *("Unit_Does_Not_Exist", "Unit_Not_Visible", "Unit_Not_Owned", "Unit_Busy", "Incompatible_UnitType"),
    *("Incompatible_TechType", "Incompatible_State", "Already_Researched", "Fully_Upgraded", "Currently_Researching"),
    *("Currently_Upgrading", "Insufficient_Minerals", "Insufficient_Gas", "Insufficient_Supply"),
    *("Insufficient_Energy", "Insufficient_Tech", "Insufficient_Ammo", "Insufficient_Space"),
    *("Invalid_Tile_Position", "Unbuildable_Location", "Unreachable_Location", "Out_Of_Range", "Unable_To_Hit"),
    *("Access_Denied", "File_Not_Found", "Invalid_Parameter", "None", "Unknown"),
)
"""Names by number."""

# The numbers as the kernels use them.
UNIT_DOES_NOT_EXIST: Final = 0
UNIT_NOT_VISIBLE: Final = 1
UNIT_NOT_OWNED: Final = 2
UNIT_BUSY: Final = 3
INCOMPATIBLE_UNIT_TYPE: Final = 4
INCOMPATIBLE_TECH_TYPE: Final = 5
INCOMPATIBLE_STATE: Final = 6
ALREADY_RESEARCHED: Final = 7
FULLY_UPGRADED: Final = 8
CURRENTLY_RESEARCHING: Final = 9
CURRENTLY_UPGRADING: Final = 10
INSUFFICIENT_MINERALS: Final = 11
INSUFFICIENT_GAS: Final = 12
INSUFFICIENT_SUPPLY: Final = 13
INSUFFICIENT_ENERGY: Final = 14
INSUFFICIENT_TECH: Final = 15
INSUFFICIENT_AMMO: Final = 16
INSUFFICIENT_SPACE: Final = 17
INVALID_TILE_POSITION: Final = 18
UNBUILDABLE_LOCATION: Final = 19
UNREACHABLE_LOCATION: Final = 20
OUT_OF_RANGE: Final = 21
UNABLE_TO_HIT: Final = 22
INVALID_PARAMETER: Final = 25
NO_ERROR: Final = 26
UNKNOWN_ERROR: Final = 27
