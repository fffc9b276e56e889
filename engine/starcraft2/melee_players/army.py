"""Fighting: where the army of a scripted melee player waits, when it leaves, where it goes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import UnitCommandType, UnitFlag
from engine.core.gamemap import BUILD_TILE_PX
from engine.starcraft2.melee_players.facts import IS_ARMED, IS_FIGHTER, IS_STRUCTURE, IS_WORKER, SUPPLY_HALF
from engine.starcraft2.melee_players.plans import Plan
from engine.starcraft2.melee_players.view import View, has_flag
from engine.starcraft2.tables import unit_type_id

THREAT_PX: Final = 14 * BUILD_TILE_PX
"""Armed enemies so near to an own structure are attackers."""

SCOUTS: Final = 2
"""Up to so many enemy workers near the own structures are scouts."""

HOME_PX: Final = 26 * BUILD_TILE_PX
STRAY_PX: Final = 4 * BUILD_TILE_PX
PULL_PX: Final = 10 * BUILD_TILE_PX

CALL_BACK: Final = 1.2
"""A careful player's whole army comes home when those there are weaker than so many times the attackers."""

ARMED_STRUCTURE_HALF: Final = 8
"""What a structure with a weapon is worth in a fight; no source."""

FULL_SUPPLY_HALF: Final = 380

FRESH_LOOPS: Final = 1600
"""What was seen so recently need not be looked at again."""

STALE_LOOPS: Final = 6400
"""Nor need places for town halls for so long."""

HUNT_CELLS: Final = 8
GROUPS: Final = 4
"""An army that knows no structure of the enemy looks for them in so many groups, at places so far apart."""

NEVER: Final = 1 << 30

QUEEN: Final = unit_type_id("Queen")


def fight(view: View, plan: Plan) -> None:
    """Command the army, and workers that must help."""
    army = np.flatnonzero(IS_FIGHTER[view.type] & view.is_complete)
    queens = np.flatnonzero((view.type == QUEEN) & view.is_complete)
    threats = _threats(view)
    at_home = _at_home(view, army)
    if len(threats):
        if plan.is_careful and _strength(view.type[army[at_home]]) < CALL_BACK * _strength(threats["type"]):
            at_home[:] = True
        _defend(view, np.concatenate([army[at_home], queens]), threats, plan)
        _attack(view, army[~at_home & (view.type[army] != QUEEN)])
        return
    _release(view)
    army = army[view.type[army] != QUEEN]
    at_home = _at_home(view, army)
    home, away = army[at_home], army[~at_home]
    waiting = int(SUPPLY_HALF[view.type[home]].sum())
    needed = 2 * plan.attack_supply
    if int(SUPPLY_HALF[view.type[away]].sum()) >= needed // 3:
        needed //= 3  # those who fight already get company
    is_time = view.loop >= plan.attack_from
    if is_time and (waiting >= needed or view.supply_used >= FULL_SUPPLY_HALF):
        away = np.concatenate([away, home])
    else:
        _send(view, home, *_rally(view), slack=6 * BUILD_TILE_PX)
    _attack(view, away)


def _strength(kinds: NDArray[np.int64]) -> int:
    """Return what units of some types are worth in a fight, halves of supply."""
    return int(SUPPLY_HALF[kinds].sum() + ARMED_STRUCTURE_HALF * (IS_ARMED & IS_STRUCTURE)[kinds].sum())


def _threats(view: View) -> NDArray[np.void]:
    enemies: NDArray[np.void] = view.enemies[IS_ARMED[view.enemies["type"]]]
    ours = np.flatnonzero(view.is_structure)
    if not len(enemies) or not len(ours):
        return enemies[:0]
    far_x = np.abs(enemies["x"].astype(np.int64)[:, None] - view.x[ours])
    far_y = np.abs(enemies["y"].astype(np.int64)[:, None] - view.y[ours])
    near: NDArray[np.void] = enemies[(np.maximum(far_x, far_y) < THREAT_PX).any(axis=1)]
    if len(near) <= SCOUTS and IS_WORKER[near["type"]].all():
        return near[:0]
    return near


def _defend(view: View, army: NDArray[np.intp], threats: NDArray[np.void], plan: Plan) -> None:
    home_x, home_y = view.home
    away = (threats["x"].astype(np.int64) - home_x) ** 2 + (threats["y"].astype(np.int64) - home_y) ** 2
    worst = threats[int(away.argmin())]
    x, y = int(worst["x"]), int(worst["y"])
    _send(view, army, x, y)
    if not plan.pulls_workers or len(army) >= len(threats) or not len(view.halls):
        _release(view)
        return
    hall = view.nearest(view.halls.tolist(), x, y)
    if max(abs(view.x[hall] - x), abs(view.y[hall] - y)) > PULL_PX:
        return
    wanted = min(16, 2 * len(threats)) - int((view.is_worker & _is_attacking(view)).sum())
    free = np.flatnonzero(view.is_worker & ~_is_attacking(view) & (view.makes < 0)).tolist()
    free.sort(key=lambda row: abs(int(view.x[row]) - x) + abs(int(view.y[row]) - y))
    for row in free[: max(wanted, 0)]:
        view.command(row, UnitCommandType.ATTACK_MOVE, x=x, y=y)


def _is_attacking(view: View) -> NDArray[np.bool_]:
    """Return who fights or goes to fight: those with a goal that is no resource and no structure of their own."""
    busy = has_flag(view.own, UnitFlag.GATHERING_MINERALS) | has_flag(view.own, UnitFlag.GATHERING_GAS)
    carrying = has_flag(view.own, UnitFlag.CARRYING_MINERALS) | has_flag(view.own, UnitFlag.CARRYING_GAS)
    found: NDArray[np.bool_] = ~busy & ~carrying & ~view.is_idle & (view.makes < 0)
    return found


def _release(view: View) -> None:
    """Let workers that still fight stop, so that they go back to their fields."""
    for row in np.flatnonzero(view.is_worker & view.is_complete & _is_attacking(view)).tolist():
        if not has_flag(view.own[row : row + 1], UnitFlag.CONSTRUCTING)[0]:
            view.command(row, UnitCommandType.STOP)


def _rally(view: View) -> tuple[int, int]:
    """Return where the army waits: beside the outermost town hall, towards the middle of the map."""
    middle_x, middle_y = view.map.width_px // 2, view.map.height_px // 2
    if len(view.halls):
        row = view.nearest(view.halls.tolist(), middle_x, middle_y)
        x, y = int(view.x[row]), int(view.y[row])
    else:
        x, y = view.home
    length = max(float(np.hypot(middle_x - x, middle_y - y)), 1.0)
    step = min(7 * BUILD_TILE_PX, length)
    return round(x + (middle_x - x) * step / length), round(y + (middle_y - y) * step / length)


def _at_home(view: View, army: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return who is at home, or on the way there: where somebody goes counts, not where it is."""
    rally_x, rally_y = _rally(view)
    goes = ~view.is_idle[army] & (view.own["target_x"][army] >= 0)
    x = np.where(goes, view.own["target_x"][army].astype(np.int64), view.x[army])
    y = np.where(goes, view.own["target_y"][army].astype(np.int64), view.y[army])
    home: NDArray[np.bool_] = np.maximum(np.abs(x - rally_x), np.abs(y - rally_y)) < HOME_PX // 2
    for hall in view.halls.tolist():
        home |= np.maximum(np.abs(x - view.x[hall]), np.abs(y - view.y[hall])) < HOME_PX // 2
    return home


def _attack(view: View, army: NDArray[np.intp]) -> None:
    """Send the army against the structures that it sees, else to where the enemy may be."""
    if not len(army):
        return
    middle_x, middle_y = int(np.median(view.x[army])), int(np.median(view.y[army]))
    goals = view.enemies[IS_STRUCTURE[view.enemies["type"]]]
    if len(goals):
        away = (goals["x"].astype(np.int64) - middle_x) ** 2 + (goals["y"].astype(np.int64) - middle_y) ** 2
        best = goals[int(away.argmin())]
        _send(view, army, int(best["x"]), int(best["y"]))
        return
    starts = view.enemy_starts
    own = view.own[view.is_structure]
    places = [*starts, *((base.x, base.y) for base in reversed(view.bases) if (base.x, base.y) not in starts)]
    places = [
        place
        for place in places
        if not len(own) or np.maximum(abs(own["x"] - place[0]), abs(own["y"] - place[1])).min() > 8 * BUILD_TILE_PX
    ]
    if not places:
        return
    old = [place for place in places if _age(view, *place) > (FRESH_LOOPS if place in starts else STALE_LOOPS)]
    if not old:
        _hunt(view, army)
        return
    nearest = min(old, key=lambda place: (place[0] - middle_x) ** 2 + (place[1] - middle_y) ** 2)
    x, y = old[0] if old[0] in starts else nearest
    _send(view, army, x, y, slack=2 * BUILD_TILE_PX)


def _hunt(view: View, army: NDArray[np.intp]) -> None:
    """Send those without anything to do, in groups, to the ground that nobody has seen for longest."""
    idle = army[view.is_idle[army]]
    if view.seen is None or not len(idle):
        return
    half = HUNT_CELLS // 2
    seen = view.seen[half::HUNT_CELLS, half::HUNT_CELLS]
    rows, columns = np.nonzero(view.map.buildable[half::HUNT_CELLS, half::HUNT_CELLS])
    order = np.argsort(seen[rows, columns], kind="stable")
    for at, group in zip(order.tolist(), np.array_split(idle, GROUPS), strict=False):
        x, y = ((int(line[at]) * HUNT_CELLS + half) * BUILD_TILE_PX for line in (columns, rows))
        for row in group.tolist():
            view.command(row, UnitCommandType.ATTACK_MOVE, x=x, y=y)


def _age(view: View, x: int, y: int) -> int:
    """Return how many loops ago the player saw a place; many for never."""
    if view.seen is None:
        return 0
    last = int(view.seen[y // BUILD_TILE_PX, x // BUILD_TILE_PX])
    return view.loop - last if last >= 0 else NEVER


def _send(view: View, units: NDArray[np.intp], x: int, y: int, slack: int = STRAY_PX) -> None:
    """Attack-move somewhere, those apart that are there, on their way there, or in a fight."""
    own = view.own
    for row in units.tolist():
        off = max(abs(int(view.x[row]) - x), abs(int(view.y[row]) - y)) > slack
        on_the_way = max(abs(int(own["target_x"][row]) - x), abs(int(own["target_y"][row]) - y)) <= slack
        fights = own["target_id"][row] >= 0
        if (view.is_idle[row] and off) or (not view.is_idle[row] and not fights and not on_the_way and off):
            view.command(row, UnitCommandType.ATTACK_MOVE, x=x, y=y)
