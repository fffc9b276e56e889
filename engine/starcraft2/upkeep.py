"""What goes on in every loop besides orders and fights: clocks, creep, power, sight, larvae, warping in, effects.

`tend` is called for each unit of a melee game, and in battles for who has clocks running; `tend_game` once a loop.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.fixed import whole
from engine.core.jit import inline, kernel
from engine.starcraft2.creep import SPREADS, cover_all, give_up, is_source, recede, run_source
from engine.starcraft2.creep_table import CREEP_OF, NO_CREEP
from engine.starcraft2.geometry import Game, Units
from engine.starcraft2.hangar import run_carrier, run_interceptor
from engine.starcraft2.lasting import Effects
from engine.starcraft2.offspring import run_brood_lord, run_locust, take_off
from engine.starcraft2.pace import PACES, set_pace
from engine.starcraft2.power import look_for_power
from engine.starcraft2.protoss import recharge, run_gate, run_warping
from engine.starcraft2.spells import charge_by_itself
from engine.starcraft2.state import GRID_CREEP, GRID_CREEP_CLOCK, SLOT_ALIVE
from engine.starcraft2.tables import KIND_NAMES, KINDS
from engine.starcraft2.terrain import Grids, Ground
from engine.starcraft2.vision import LOOK_LOOPS, Memory, Seen, look, remember_map
from engine.starcraft2.zerg import run_hatchery, run_larva, run_tumor, wither

Index = NDArray[np.int32]

CARES: Final = (
    *("hatchery", "larva", "tumor", "gate", "battery", "cloaked", "mobile_cloak", "charger"),
    *("carrier", "interceptor", "brood_lord", "locust"),
)
_HATCHERY, _LARVA, _TUMOR, _GATE, _BATTERY, _CLOAKED, _TOGGLED, _CHARGER = (1 << number for number in range(8))
_CARRIER, _INTERCEPTOR, _BROOD_LORD, _LOCUST = (1 << number for number in range(8, len(CARES)))
_SENDERS: Final = _CARRIER | _INTERCEPTOR | _BROOD_LORD | _LOCUST

_WHO: Final = {
    _HATCHERY: ("Hatchery", "Lair", "Hive"),
    _LARVA: ("Larva",),
    _TUMOR: ("CreepTumor", "CreepTumorQueen"),
    _GATE: ("Gateway", "WarpGate"),
    _BATTERY: ("ShieldBattery",),
    _CLOAKED: (
        *("DarkTemplar", "Observer", "ObserverSiegeMode"),
        *(name for name in KIND_NAMES if name.endswith(("Burrowed", "BurrowedMP"))),
    ),
    _TOGGLED: ("Banshee", "Ghost", "GhostNova"),
    _CHARGER: ("Zealot",),
    _CARRIER: ("Carrier",),
    _INTERCEPTOR: ("Interceptor",),
    _BROOD_LORD: ("BroodLord",),
    _LOCUST: ("LocustMP", "LocustMPFlying"),
}


def _cares() -> NDArray[np.int32]:
    """Return (kinds,) int32: bits of CARES, what has to be looked after in a type's units."""
    table = np.zeros(len(KIND_NAMES), np.int32)
    for bit, names in _WHO.items():
        for name in names:
            table[KIND_NAMES.index(name)] |= bit
    table.setflags(write=False)
    return table


CARE_OF: Final = _cares()
"""(kinds,) int32: bits of CARES by row of KINDS. `cloaked` never shows itself, `mobile_cloak` switches."""


@inline
def _tend_structure(
    units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, grids: Grids, i: int
) -> None:
    """Let one loop of what is peculiar to a structure pass."""
    u = units[i]
    kind = KINDS[u.kind]
    care = whole(CARE_OF[u.kind])
    if kind.needs_power:
        look_for_power(units, game, index, ground, i)
    if care & _TUMOR:
        run_tumor(u, game)
    if not u.is_complete:
        return
    if kind.needs_creep:
        wither(u, game, grids)
    if care & _HATCHERY:
        run_hatchery(units, game, index, ground, blocked, i)
    if care & _GATE:
        run_gate(units, game, index, blocked, i)
    if care & _BATTERY:
        recharge(units, game, index, i)


@inline
def _tend_sender(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, i: int, care: int) -> None:
    """Let one loop pass for a unit that sends others out, or that is sent out."""
    if care & _CARRIER:
        run_carrier(units, game, index, ground, blocked, i)
    elif care & _INTERCEPTOR:
        run_interceptor(units, game, index, ground, i)
    elif care & _BROOD_LORD:
        run_brood_lord(units, game, index, ground, blocked, i)
    else:
        run_locust(units, game, index, ground, blocked, i)


@inline
def tend(units: Units, game: Game, index: Index, ground: Ground, blocked: Ground, grids: Grids, i: int) -> None:
    """Let one loop pass for a unit of a melee game.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        blocked: cells that something stands on.
        grids: creep, power and sight.
        i: whose slot.
    """
    u = units[i]
    kind = KINDS[u.kind]
    care = whole(CARE_OF[u.kind])
    if care & _CLOAKED:
        u.is_cloaked = 1
    elif not care & _TOGGLED:
        u.is_cloaked = 0
    if kind.is_structure:
        _tend_structure(units, game, index, ground, blocked, grids, i)
    elif not u.is_complete:
        run_warping(u)
        if care & _LOCUST and u.is_complete:
            take_off(u, game, blocked)
    elif care & _SENDERS:
        _tend_sender(units, game, index, ground, blocked, i, care)
    elif care & _LARVA:
        run_larva(units, game, i)
    elif care & _CHARGER:
        charge_by_itself(units, game, index, i)
    if CREEP_OF[u.kind] != NO_CREEP:
        if is_source(u):
            run_source(u, game, ground, grids[GRID_CREEP])
        elif u.autocast & SPREADS and not kind.is_structure:
            give_up(u, grids[GRID_CREEP], grids[GRID_CREEP_CLOCK])
    if kind.speed > 0 or PACES[u.kind, 0] != 0:
        set_pace(u, game, grids)


@inline
def tend_game(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    grids: Grids,
    effects: Effects,
    seen: Seen,
    memory: Memory,
) -> None:
    """Let one loop of a melee game pass for what belongs to no unit.

    Args:
        units: of the game.
        game: the game.
        index: its living units.
        ground: the map.
        grids: creep, power and sight.
        effects: what lies on the map besides units.
        seen: when the players last saw the cells.
        memory: structures as the players remember them.
    """
    recede(units, game, index, grids[GRID_CREEP], grids[GRID_CREEP_CLOCK])
    if game.frame % LOOK_LOOPS == 0:
        look(units, game, index, ground, effects, grids, seen, memory)


@kernel
def open_game(
    units: Units,
    game: Game,
    index: Index,
    ground: Ground,
    grids: Grids,
    effects: Effects,
    seen: Seen,
    memory: Memory,
) -> None:
    """Let what stands on the map when a melee game begins have its creep and power, and be seen; as `tend_game`."""
    for k in range(game.num_units):
        i = whole(index[k])
        u = units[i]
        if CREEP_OF[u.kind] != NO_CREEP and KINDS[u.kind].is_structure and u.slot_state == SLOT_ALIVE:
            cover_all(u, ground, grids[GRID_CREEP])
    remember_map(units, game, index, memory)
    look(units, game, index, ground, effects, grids, seen, memory)
