"""What workers and makers do in melee games, from the API's terms to the Frame's; and what of the map was seen.

The protocol tells orders, buffs and progress of own units; loads of enemies' workers, and how long ago a cell was last
seen between two observations, it does not tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import UnitFlag

if TYPE_CHECKING:
    from s2clientprotocol.common_pb2 import ImageData
    from s2clientprotocol.raw_pb2 import Unit, UnitOrder

GATHER: Final = frozenset((3666, 166, 295, 298, 1183))
RETURN: Final = frozenset((3667, 167, 296, 299, 1184))
"""Abilities: the general one, then of MULE, SCV, probe and drone."""

CARRIES_MINERALS: Final = frozenset((271, 272))
CARRIES_GAS: Final = frozenset((273, 274, 275))
"""Buffs."""

ORDER_PLACE_BUILDING: Final = 30
ORDER_MOVE_TO_GAS: Final = 81
ORDER_RETURN_GAS: Final = 84
ORDER_MOVE_TO_MINERALS: Final = 85
ORDER_RETURN_MINERALS: Final = 90
"""BWAPI's orders."""

NO_ORDER: Final = -1

SELF: Final = 1
"""Alliance."""

HIDDEN, FOGGED, VISIBLE = range(3)
"""Values of the visibility map."""


@cache
def _products() -> Mapping[int, tuple[bool, bool, int]]:
    """Return by ability: a worker builds it, its maker turns into it, and its unit type id, -1 for an upgrade."""
    from engine.starcraft2.tables import BUILD, BUILD_ON_UNIT, KINDS, MADE, MORPH, MORPH_PLACE, RESEARCH

    return {
        int(row["ability"]): (
            bool(row["deed"] in (BUILD, BUILD_ON_UNIT)),
            bool(row["deed"] in (MORPH, MORPH_PLACE)),
            -1 if row["deed"] == RESEARCH else int(KINDS["type"][row["product"]]),
        )
        for row in MADE
    }


@cache
def _gas_types() -> frozenset[int]:
    from engine.starcraft2.tables import GAS, KINDS

    return frozenset(KINDS["type"][KINDS["resource"] == GAS].tolist())


class Scene:
    """What of an observation's other units matters for one unit's work: types and places by tag, and building sites."""

    def __init__(self, units: Iterable[Unit] = ()) -> None:
        """Look.

        Args:
            units: of the observation.
        """
        self.types: dict[int, int] = {}
        self._places: dict[int, tuple[float, float]] = {}
        self._sites: set[tuple[int, float, float]] = set()
        for unit in units:
            place = unit.pos.x, unit.pos.y
            self.types[unit.tag], self._places[unit.tag] = unit.unit_type, place
            if unit.alliance == SELF and unit.build_progress < 1:
                self._sites.add((unit.unit_type, *place))

    def is_begun(self, order: UnitOrder, product: int) -> bool:
        """Say whether what a worker has the order to build stands there already, unfinished.

        Args:
            order: the worker's.
            product: unit type id.
        """
        at = order.target_world_space_pos
        place = self._places.get(order.target_unit_tag) if order.target_unit_tag else (at.x, at.y)
        return place is not None and (product, *place) in self._sites


def write_work(unit: Unit, scene: Scene, out: np.void) -> tuple[int, int]:
    """Write what an own unit makes; return its flags and the order that they mean, `NO_ORDER` for none of these.

    The API names what a worker builds until it is finished, a Frame until the structure stands.

    Args:
        unit: an own one.
        scene: what it is in.
        out: the Frame's unit.
    """
    buffs = set(unit.buff_ids)
    has_gas, has_minerals = bool(buffs & CARRIES_GAS), bool(buffs & CARRIES_MINERALS)
    flags = has_gas << UnitFlag.CARRYING_GAS | has_minerals << UnitFlag.CARRYING_MINERALS
    if not unit.orders:
        return flags, NO_ORDER
    first = unit.orders[0]
    if first.ability_id in GATHER | RETURN:
        is_gas = has_gas or (not has_minerals and scene.types.get(first.target_unit_tag) in _gas_types())
        flags |= 1 << (UnitFlag.GATHERING_GAS if is_gas else UnitFlag.GATHERING_MINERALS)
        if has_gas or has_minerals:
            return flags, ORDER_RETURN_GAS if is_gas else ORDER_RETURN_MINERALS
        return flags, ORDER_MOVE_TO_GAS if is_gas else ORDER_MOVE_TO_MINERALS
    made = _products().get(first.ability_id)
    if made is None:
        return flags, NO_ORDER
    is_built, is_morph, product = made
    out["build_type"] = product
    if is_built:
        if scene.is_begun(first, product):
            out["build_type"] = -1
        return flags | 1 << UnitFlag.CONSTRUCTING, ORDER_PLACE_BUILDING
    out["train_count"] = len(unit.orders)
    return flags | 1 << (UnitFlag.MORPHING if is_morph else UnitFlag.TRAINING), NO_ORDER


def write_layers(
    visibility: ImageData, creep: ImageData, loop: int, seen: NDArray[np.int32], out: NDArray[np.uint8]
) -> None:
    """Write when each cell was last seen, and where creep lies.

    Args:
        visibility: of the API, 8 bits a cell, rows upwards.
        creep: likewise, 1 bit a cell.
        loop: now.
        seen: (height, width) int32, rows downwards; what is in sight becomes `loop`, the rest stays.
        out: (height, width) uint8, overwritten.
    """
    height, width = seen.shape
    state = np.frombuffer(visibility.data, np.uint8).reshape(height, width)[::-1]
    seen[state == VISIBLE] = loop
    first_time = (state == FOGGED) & (seen < 0)
    seen[first_time] = loop - 1
    bits = np.unpackbits(np.frombuffer(creep.data, np.uint8), count=height * width)
    out[:] = bits.reshape(height, width)[::-1]
