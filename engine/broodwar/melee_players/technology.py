"""What makes the army better and the bases safer: upgrades, standing guards, detectors."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.broodwar.bases import Base
from engine.broodwar.melee_players.plans import Wishes
from engine.broodwar.melee_players.production import build, order
from engine.broodwar.melee_players.sites import PYLON, site_for
from engine.broodwar.melee_players.view import HAS_WEAPON, View, one_of
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import order_id, unit_type_id
from engine.core.frame import UnitFlag
from engine.core.gamemap import BUILD_TILE_PX

GUARD_PX: Final = 11 * BUILD_TILE_PX
"""What stands so near to a depot guards it."""

WORKERS_PER_BASE: Final = 12
"""Before so many workers per base, guards would cost more than they save."""

ALONE_PX: Final = 12 * BUILD_TILE_PX
"""Who is hit while no armed enemy is in sight so near is hit by something unseen."""

COLONY: Final = unit_type_id("Zerg_Creep_Colony")

_UNDER_ATTACK: Final = np.uint64(1 << UnitFlag.UNDER_ATTACK)
_HIDDEN: Final = np.uint64(1 << UnitFlag.CLOAKED | 1 << UnitFlag.BURROWED)
_RESEARCHING: Final = (order_id("ResearchTech"), order_id("Upgrade"))


def research(view: View, wishes: Wishes) -> None:
    """Have every idle building work on the best upgrade that is paid for.

    A Frame does not tell what is known already. So a building is told all that it could do, the best first; the game
    takes the first that is possible and refuses the others. No money is set aside for what may be known.
    """
    for index in view.indices(view.building & view.is_complete & ~one_of(view.own["order"], _RESEARCHING)):
        for command, number, building, minerals, gas in wishes.upgrades:
            if view.type[index] == building and view.minerals >= minerals and view.gas >= gas:
                view.command(index, command, extra=number)


def guard(view: View, wishes: Wishes) -> None:
    """Have the planned guards built at each base, and detectors once something unseen attacks; one at a time."""
    guards = list(wishes.defence)
    if wishes.plan.detects and _is_hit_by_the_unseen(view):
        needs, detector = wishes.detector
        if not view.have(needs) and view.can_make(needs):
            order(view, needs)
        guards.append((detector, 1))
    bases = [view.bases[number] for number in view.order if view.held[number]]
    if view.have(wishes.worker) < WORKERS_PER_BASE * len(bases):
        return
    for kind, count in guards:
        first = COLONY if PRODUCTION[kind]["built_by"] == COLONY else kind
        if first != kind and view.ready(COLONY):
            if view.can_make(kind):
                order(view, kind)
            return
        wanted = [unit for unit in PRODUCTION[kind]["required_units"].tolist() if unit not in (-1, COLONY)]
        if not view.can_make(first) or not all(view.ready(unit) for unit in wanted):
            continue
        for base in bases:
            if _count_near(view, base, (kind, first)) < count:
                if view.affords(first):
                    _build_near(view, base, first)
                return


def _build_near(view: View, base: Base, kind: int) -> None:
    """Have something built at a base; where it needs power and there is none, a pylon."""
    if PRODUCTION[kind]["requires_psi"] and not _count_near(view, base, (PYLON,)):
        kind = PYLON
    site = site_for(view, kind, base)
    if site is None:
        return
    far = max(abs(site[0] * BUILD_TILE_PX - base.x), abs(site[1] * BUILD_TILE_PX - base.y))
    if far < GUARD_PX and view.affords(kind):
        build(view, kind, site)


def _count_near(view: View, base: Base, kinds: tuple[int, ...]) -> int:
    """Return how many buildings of some types stand at a base or are about to be built there."""
    stands = one_of(view.type, kinds)
    here = np.maximum(np.abs(view.x - base.x), np.abs(view.y - base.y)) < GUARD_PX
    plans = one_of(view.planned, kinds) & view.worker
    x, y = view.own["target_x"], view.own["target_y"]
    there = np.maximum(np.abs(x - base.x), np.abs(y - base.y)) < GUARD_PX
    return int((stands & here).sum() + (plans & there).sum())


def _is_hit_by_the_unseen(view: View) -> bool:
    """Say whether an own unit is hit with nobody near who could, or whether something cloaked or burrowed shows."""
    enemies = view.enemies
    if ((enemies["flags"] & _HIDDEN) != 0).any():
        return True
    hit = np.flatnonzero((view.flags & _UNDER_ATTACK) != 0)
    if not len(hit):
        return False
    armed = enemies[HAS_WEAPON[enemies["type"]]]
    far_x = np.abs(armed["x"][:, None] - view.x[hit])
    far_y = np.abs(armed["y"][:, None] - view.y[hit])
    return not bool((np.maximum(far_x, far_y) < ALONE_PX).any(axis=0).all())
