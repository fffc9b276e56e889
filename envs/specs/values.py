"""What units of a type are worth and carry, by game: what `chronicle` counts with."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.production_table import IS_TRAINED, PRODUCTION
from engine.broodwar.rules_table import UNIT_TYPE_NAMES, UNIT_TYPES
from engine.core.rules import STARCRAFT2
from envs.specs.costs import COSTS, costs_of
from envs.specs.roster import NUM_TYPES, NUM_UNIT_TYPES

CANNOT_RIDE: Final = 255
"""`space_required` of what no transport takes."""

VALUE_DTYPE: Final = np.dtype(
    [
        ("value", np.int32),  # minerals and gas that one of it costs
        ("is_sum", np.int32),  # the value has in it what it was made of, as a lair's has its hatchery's
        ("form_of", np.int32),  # type id that it is counted as: a sieged tank is a tank
        ("is_building", np.int32),
        ("is_worker", np.int32),
        ("is_larva", np.int32),
        ("is_warp_gate", np.int32),
        ("is_producer", np.int32),  # a building that trains units
        ("takes_room", np.int32),  # in a transport, 0 if it cannot ride
        ("has_room", np.int32),
        ("build_frames", np.int32),
    ],
    align=True,
)
"""What a unit type is worth and carries."""


@cache
def values_of(game: str) -> NDArray[np.void]:
    """Return (types,) VALUE_DTYPE by type id of a game, never written."""
    values = _starcraft2_values() if game == STARCRAFT2 else _broodwar_values()
    values.setflags(write=False)
    return values


def _starcraft2_values() -> NDArray[np.void]:
    from engine.starcraft2.tables import KIND_NAMES, KIND_OF, KINDS, LARVA, MADE, MORPH, MORPH_PLACE, NO_KIND, TRAIN

    values = np.zeros(len(KIND_OF), VALUE_DTYPE)
    values["form_of"] = np.arange(len(KIND_OF))
    known = np.flatnonzero(KIND_OF != NO_KIND)
    kinds = KINDS[KIND_OF[known]]
    values["value"], values["is_sum"] = costs_of(STARCRAFT2)["value"], 1
    values["is_building"], values["is_worker"] = (costs_of(STARCRAFT2)[name] for name in ("is_building", "is_worker"))
    for name, column in (
        ("takes_room", "cargo_size"),
        ("has_room", "cargo_capacity"),
        ("build_frames", "build_loops"),
    ):
        values[name][known] = kinds[column]
    trains = np.unique(MADE["maker"][MADE["deed"] == TRAIN])
    values["is_producer"][KINDS["type"][trains]] = 1
    values["is_producer"] &= values["is_building"]
    values["is_larva"][LARVA] = 1
    values["is_warp_gate"][KINDS["type"][KIND_NAMES.index("WarpGate")]] = 1
    # What turns into something at no price is another form of it; of two forms of each other the lower id counts.
    turns = MADE[np.isin(MADE["deed"], (MORPH, MORPH_PLACE)) & (MADE["minerals"] == 0) & (MADE["gas"] == 0)]
    pairs = sorted({tuple(sorted((int(row["maker"]), int(row["product"])))) for row in turns})
    for first, second in ((int(KINDS["type"][a]), int(KINDS["type"][b])) for a, b in pairs):
        if values["value"][first] == values["value"][second]:
            low = min(int(values["form_of"][first]), int(values["form_of"][second]))
            values["form_of"][first] = values["form_of"][second] = low
    return values


def _broodwar_values() -> NDArray[np.void]:
    values = np.zeros(NUM_TYPES, VALUE_DTYPE)
    values["form_of"] = np.arange(NUM_TYPES)
    part, types = values[:NUM_UNIT_TYPES], UNIT_TYPES[:NUM_UNIT_TYPES]
    part["value"] = COSTS["value"][:NUM_UNIT_TYPES]
    part["is_building"] = types["building"]
    part["is_worker"] = types["worker"]
    part["takes_room"] = np.where(types["space_required"] == CANNOT_RIDE, 0, types["space_required"])
    part["has_room"] = types["space_provided"]
    part["build_frames"] = types["build_time_frames"]
    trainers = {int(kind) for kind in PRODUCTION["built_by"][IS_TRAINED]}
    part["is_producer"] = [kind in trainers and bool(types["building"][kind]) for kind in range(NUM_UNIT_TYPES)]
    values["is_larva"][UNIT_TYPE_NAMES.index("Zerg_Larva")] = 1
    for form in ("Terran_Siege_Tank_Siege_Mode",):
        values["form_of"][UNIT_TYPE_NAMES.index(form)] = UNIT_TYPE_NAMES.index("Terran_Siege_Tank_Tank_Mode")
    return values
