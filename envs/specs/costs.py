"""What units of each type cost and are for: workers, depots, refineries, fighters."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import UNIT_TYPES
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.rules import BROODWAR, STARCRAFT2
from envs.specs.roster import NUM_TYPES, NUM_UNIT_TYPES, type_facts

COST_DTYPE: Final = np.dtype(
    [
        ("minerals", np.int32),
        ("gas", np.int32),
        ("supply_half", np.int32),  # that it takes; of a pair from one egg, both
        ("is_army", np.int32),  # takes supply and is no worker
        ("is_building", np.int32),
        ("is_worker", np.int32),
        ("is_depot", np.int32),
        ("is_refinery", np.int32),
        ("is_field", np.int32),
        ("value", np.int32),  # minerals and gas of one of it; an egg's pair shares a price, a larva is free
        ("site_width_px", np.int32),  # of a building's place
        ("site_height_px", np.int32),
    ],
    align=True,
)
"""What a unit type costs and is good for."""


@cache
def costs_of(game: str) -> NDArray[np.void]:
    """Return (types,) COST_DTYPE by type id of a game, never written."""
    costs = _starcraft2_costs() if game == STARCRAFT2 else _broodwar_costs()
    costs.setflags(write=False)
    return costs


def _starcraft2_costs() -> NDArray[np.void]:
    from engine.starcraft2.melee_players.facts import CELLS, IS_FIGHTER, IS_TOWN_HALL, IS_WORKER, RESOURCE, SUPPLY_HALF
    from engine.starcraft2.tables import KIND_OF, KINDS, NO_KIND
    from engine.starcraft2.tables import MINERALS as FIELD

    costs = np.zeros(len(KIND_OF), COST_DTYPE)
    known = np.flatnonzero(KIND_OF != NO_KIND)
    kinds = KINDS[KIND_OF[known]]
    costs["minerals"][known], costs["gas"][known] = kinds["minerals"], kinds["gas"]
    costs["value"][known] = kinds["minerals"] + kinds["gas"]
    costs["supply_half"] = SUPPLY_HALF
    costs["is_army"], costs["is_worker"], costs["is_depot"] = IS_FIGHTER, IS_WORKER, IS_TOWN_HALL
    costs["is_building"][known] = (kinds["is_structure"] != 0) & (RESOURCE[known] == 0)
    # A gas building holds gas as a geyser does, and costs something.
    costs["is_refinery"] = (RESOURCE > FIELD) & (costs["value"] > 0)
    costs["is_building"] |= costs["is_refinery"]
    costs["is_field"] = RESOURCE == FIELD
    costs["site_width_px"] = costs["site_height_px"] = CELLS * BUILD_TILE_PX
    return costs


def _broodwar_costs() -> NDArray[np.void]:
    costs = np.zeros(NUM_TYPES, COST_DTYPE)
    part = costs[:NUM_UNIT_TYPES]
    types = UNIT_TYPES[:NUM_UNIT_TYPES]
    production = PRODUCTION[:NUM_UNIT_TYPES]
    part["minerals"] = types["mineral_price"]
    part["gas"] = types["gas_price"]
    part["supply_half"] = types["supply_required_half"] * (1 + production["is_two_in_one_egg"])
    is_free = (types["mineral_price"] <= 1) & (types["gas_price"] <= 1)  # larvae, resources: 1 where nothing is meant
    part["value"] = np.where(is_free, 0, part["minerals"] + part["gas"]) // (1 + production["is_two_in_one_egg"])
    part["is_building"] = types["building"]
    part["is_worker"] = types["worker"]
    takes_supply = types["supply_required_half"] > 0
    part["is_army"] = takes_supply & (types["worker"] == 0) & (types["building"] == 0)
    part["is_depot"] = production["is_resource_depot"]
    part["is_refinery"] = production["is_refinery"]
    part["is_field"] = production["is_mineral_field"]
    part["site_width_px"] = production["placement_width_px"]
    part["site_height_px"] = production["placement_height_px"]
    return costs


COSTS: Final = costs_of(BROODWAR)
TYPES: Final = type_facts()
