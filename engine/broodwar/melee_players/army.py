"""Fighting: when the army of a scripted melee player leaves home, where it goes, when it comes back."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.bases import FAR, distances_from
from engine.broodwar.melee_players.plans import Wishes
from engine.broodwar.melee_players.view import (
    ATTACKING,
    HAS_WEAPON,
    IDLE,
    IS_BUILDING,
    IS_DEPOT,
    IS_FIGHTER,
    IS_WORKER,
    MINERALS,
    SUPPLY_HALF,
    View,
    nearest,
    one_of,
)
from engine.broodwar.rules_table import NO_WEAPON, UNIT_TYPES, WEAPON_TYPES, order_id
from engine.core.frame import UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX

THREAT_PX: Final = 14 * BUILD_TILE_PX
"""Armed enemies so near to an own building are attackers."""

SCOUTS: Final = 2
"""Up to so many enemy workers near the own buildings are scouts, not attackers."""

HOME_PX: Final = 32 * BUILD_TILE_PX
"""Fighters so near to the rally point or an own depot are at home."""

STRAY_PX: Final = 3 * BUILD_TILE_PX
"""An attack-move whose goal is no farther off than this is left alone."""

GOAL_SHARE: Final = 4
"""Units on their way are sent anew when the goal has moved by more than one part in so many of what is left."""

FRONT_PX: Final = 12 * BUILD_TILE_PX
"""The army's head is this much farther on than its middle."""

CALL_BACK: Final = 1.2
"""Units on the way to the enemy turn back when those at home are weaker than so many times the attackers."""

BATTLE_PX: Final = 12 * BUILD_TILE_PX
PULL_PX: Final = 9 * BUILD_TILE_PX
MOST_PULLED: Final = 12
WRECKERS: Final = 12
"""So many attack an undefended building by name."""

HUNT_STEP_TILES: Final = 8
GROUPS: Final = 4
FRESH_FRAMES: Final = 600
"""What was seen so recently need not be looked at again."""

FULL_SUPPLY_HALF: Final = 380

_ATTACK_UNIT: Final = order_id("AttackUnit")
_ATTACK_MOVE: Final = order_id("AttackMove")
_MOVE: Final = order_id("Move")
_FIGHTING: Final = (_ATTACK_UNIT, _ATTACK_MOVE)
_AT_WORK: Final = (_ATTACK_UNIT, order_id("StayInRange"), order_id("MedicHeal"))
"""What units do that have found somebody: most, those with a turret, and medics."""

_ADVANCING: Final = (_ATTACK_MOVE, order_id("HealMove"))
"""What becomes of an attack-move: of a medic's the second."""


def _strengths() -> NDArray[np.float64]:
    """Return per type: root of hit points times damage per frame, so that a sum of n units counts n."""
    values = np.zeros(len(UNIT_TYPES))
    for kind, unit in enumerate(UNIT_TYPES):
        weapons = [WEAPON_TYPES[int(unit[name])] for name in ("ground_weapon", "air_weapon") if unit[name] != NO_WEAPON]
        if weapons:
            power = max(
                float(weapon["damage_amount"]) * int(weapon["damage_factor"]) / max(int(weapon["cooldown_frames"]), 1)
                for weapon in weapons
            )
            values[kind] = np.sqrt((int(unit["max_hp"]) + int(unit["max_shield"])) * power)
    values[IS_WORKER] *= 0.5
    return values


STRENGTHS: Final = _strengths()


def fight(view: View, wishes: Wishes) -> None:
    """Command the army, and workers that must help.

    The army waits at home until it is large enough, or until none larger can come: no minerals are left at the own
    depots, nor enough for another one.
    """
    plan = wishes.plan
    army = np.flatnonzero(IS_FIGHTER[view.type] & view.is_complete)
    rally_x, rally_y = _rally(view)
    at_home = _is_home(view, army, rally_x, rally_y)
    threats = _threats(view)
    if len(threats):
        defends = at_home.copy()
        if STRENGTHS[view.type[army[at_home]]].sum() < CALL_BACK * STRENGTHS[threats["type"]].sum():
            defends[:] = True
        _defend(view, army[defends], threats, pulls_workers=plan.pulls_workers)
        if not defends.all():
            _attack(view, army[~defends], gathers=plan.gathers)
        return
    _release_workers(view)
    supply = SUPPLY_HALF[view.type[army]]
    home, away = army[at_home], army[~at_home]
    home_supply, away_supply = int(supply[at_home].sum()), int(supply[~at_home].sum())
    needed = plan.wave_supply if away_supply >= plan.attack_supply else plan.attack_supply
    is_last = not view.earns and view.minerals < MINERALS[wishes.depot]
    goes = home_supply >= 2 * needed or view.supply_used >= FULL_SUPPLY_HALF or is_last
    if plan.retreat_share and not is_last and len(away) and _is_outmatched(view, away, plan.retreat_share):
        _send(view, away, rally_x, rally_y, UnitCommandType.MOVE)
        away = away[:0]
    if goes:
        away = np.concatenate([away, home])
    else:
        _send(view, home, rally_x, rally_y, UnitCommandType.ATTACK_MOVE, slack=6 * BUILD_TILE_PX)
    if len(away):
        _attack(view, away, gathers=plan.gathers)


def _threats(view: View) -> NDArray[np.void]:
    """Return the enemies that attack the own buildings; a scout or two do not count."""
    enemies: NDArray[np.void] = view.enemies[HAS_WEAPON[view.enemies["type"]]]
    nobody: NDArray[np.void] = enemies[:0]
    ours = np.flatnonzero(view.building)
    if not len(enemies) or not len(ours):
        return nobody
    far_x = np.abs(enemies["x"][:, None] - view.x[ours])
    far_y = np.abs(enemies["y"][:, None] - view.y[ours])
    near: NDArray[np.void] = enemies[(np.maximum(far_x, far_y) < THREAT_PX).any(axis=1)]
    if len(near) <= SCOUTS and IS_WORKER[near["type"]].all():
        return nobody
    return near


def _defend(view: View, army: NDArray[np.intp], threats: NDArray[np.void], *, pulls_workers: bool) -> None:
    main = view.main
    worst = threats[nearest(threats["x"].astype(np.int64), threats["y"].astype(np.int64), main.x, main.y)]
    x, y = int(worst["x"]), int(worst["y"])
    _send(view, army, x, y, UnitCommandType.ATTACK_MOVE, slack=4 * BUILD_TILE_PX)
    theirs = float(STRENGTHS[threats["type"]].sum())
    ours = float(STRENGTHS[view.type[army]].sum())
    if not pulls_workers or ours >= theirs:
        _release_workers(view)
        return
    depots = view.own_depots()
    if not depots:
        return
    depot = depots[nearest(view.x[depots], view.y[depots], x, y)]
    inside = max(abs(int(view.x[depot]) - x), abs(int(view.y[depot]) - y)) < PULL_PX
    if not inside or bool(IS_BUILDING[int(worst["type"])]):
        _release_workers(view)
        return
    fighting = view.worker & one_of(view.own["order"], _FIGHTING)
    wanted = min(MOST_PULLED, 3 * len(threats)) - int(fighting.sum())
    free = view.indices(
        view.worker & view.is_complete & ~fighting & (view.planned < 0) & ((view.flags & ATTACKING) == 0)
    )
    free = [i for i in free if abs(view.x[i] - x) + abs(view.y[i] - y) < 2 * PULL_PX]
    free.sort(key=lambda i: int(abs(view.x[i] - x) + abs(view.y[i] - y)))
    for index in free[: max(wanted, 0)]:
        view.command(index, UnitCommandType.ATTACK_MOVE, x=x, y=y)


def _release_workers(view: View) -> None:
    """Let workers that still fight stop, so that they go back to their fields."""
    for index in view.indices(view.worker & one_of(view.own["order"], _FIGHTING)):
        view.command(index, UnitCommandType.STOP)


def _rally(view: View) -> tuple[int, int]:
    """Return where the army waits: before the natural, where the way to the enemy begins."""
    base = view.natural if len(view.own_depots()) > 1 else view.main
    middle_x, middle_y = view.map.width_px // 2, view.map.height_px // 2
    step = 7 * BUILD_TILE_PX
    length = max(np.hypot(middle_x - base.x, middle_y - base.y), 1.0)
    x, y = int(base.x + (middle_x - base.x) * step / length), int(base.y + (middle_y - base.y) * step / length)
    return _on_ground(view, x, y, base.x, base.y)


def _on_ground(view: View, x: int, y: int, from_x: int, from_y: int) -> tuple[int, int]:
    """Return the point itself, or the middle of the reachable tile nearest to it."""
    ways = distances_from(view.map, from_x, from_y)
    column, row = x // BUILD_TILE_PX, y // BUILD_TILE_PX
    if ways[row, column] < FAR:
        return x, y
    rows, columns = np.nonzero(ways < FAR)
    best = int(((columns - column) ** 2 + (rows - row) ** 2).argmin())
    return int(columns[best]) * BUILD_TILE_PX + 16, int(rows[best]) * BUILD_TILE_PX + 16


def _is_home(view: View, army: NDArray[np.intp], rally_x: int, rally_y: int) -> NDArray[np.bool_]:
    x, y = view.x[army], view.y[army]
    home: NDArray[np.bool_] = np.maximum(np.abs(x - rally_x), np.abs(y - rally_y)) < HOME_PX // 2
    for index in np.flatnonzero(IS_DEPOT[view.type]).tolist():
        home |= np.maximum(np.abs(x - view.x[index]), np.abs(y - view.y[index])) < HOME_PX // 2
    return home


def _is_outmatched(view: View, away: NDArray[np.intp], share: float) -> bool:
    x, y = float(np.median(view.x[away])), float(np.median(view.y[away]))
    enemies = view.enemies[HAS_WEAPON[view.enemies["type"]]]
    near = np.maximum(np.abs(enemies["x"] - x), np.abs(enemies["y"] - y)) < BATTLE_PX * 3 // 2
    theirs = float(STRENGTHS[enemies["type"][near]].sum())
    ours = float(STRENGTHS[view.type[away]].sum())
    return ours < share * theirs


def _attack(view: View, army: NDArray[np.intp], *, gathers: bool) -> None:
    """Send the army against what it sees, else to where the enemy may be."""
    x, y = view.x[army], view.y[army]
    middle_x, middle_y = int(np.median(x)), int(np.median(y))
    goals = view.enemies[IS_BUILDING[view.enemies["type"]]]
    if not len(goals):
        near = np.maximum(np.abs(view.enemies["x"] - middle_x), np.abs(view.enemies["y"] - middle_y)) < BATTLE_PX * 2
        goals = view.enemies[near & (HAS_WEAPON[view.enemies["type"]] | IS_WORKER[view.enemies["type"]])]
    if len(goals):
        best = goals[nearest(goals["x"].astype(np.int64), goals["y"].astype(np.int64), middle_x, middle_y)]
        goal_x, goal_y = int(best["x"]), int(best["y"])
        if not HAS_WEAPON[view.enemies["type"]].any():
            _tear_down(view, army, best)
        if gathers:
            army = _wait_for_the_tail(view, army, goal_x, goal_y)
        _send(view, army, goal_x, goal_y, UnitCommandType.ATTACK_MOVE)
        return
    places = _where_to_look(view)
    if len(places) == 1 or places[0][2]:
        goal_x, goal_y, _ = places[0]
        if gathers:
            army = _wait_for_the_tail(view, army, goal_x, goal_y)
        _send(view, army, goal_x, goal_y, UnitCommandType.ATTACK_MOVE)
        return
    group = view.own["id"][army] % GROUPS
    for number in range(GROUPS):
        goal_x, goal_y, _ = places[number % len(places)]
        _send(view, army[group == number], goal_x, goal_y, UnitCommandType.ATTACK_MOVE)


def _tear_down(view: View, army: NDArray[np.intp], building: np.void) -> None:
    """Have those nearest to an undefended building attack it by name.

    Whoever sees it in passing would lose it out of sight again, and with it the whole army, which remembers nothing; an
    order to attack is remembered by the unit that has it.
    """
    ways = np.abs(view.x[army] - int(building["x"])) + np.abs(view.y[army] - int(building["y"]))
    for index in army[np.argsort(ways, kind="stable")[:WRECKERS]].tolist():
        hits = UNIT_TYPES["ground_weapon"][view.type[index]] != NO_WEAPON
        if hits and view.own["order"][index] not in _AT_WORK and index not in view.commanded:
            view.command(index, UnitCommandType.ATTACK_UNIT, target=int(building["id"]))


def _where_to_look(view: View) -> list[tuple[int, int, bool]]:
    """Return (x, y, is a start never seen) of places, the likeliest first: starts, bases, then any ground."""

    def age(x: int, y: int) -> int:
        last = int(view.seen[y // BUILD_TILE_PX, x // BUILD_TILE_PX])
        return view.frame - last if last >= 0 else view.frame + FRESH_FRAMES

    starts = [base for base in view.bases if base.start >= 0 and base.start != view.start]
    unseen = [base for base in starts if view.seen[base.row + 1, base.column + 1] < 0]
    if unseen:
        order = {number: at for at, number in enumerate(view.order)}
        unseen.sort(key=lambda base: order.get(view.bases.index(base), len(order)))
        return [(base.x, base.y, True) for base in unseen]
    bases = sorted(((age(base.x, base.y), -at, base.x, base.y) for at, base in enumerate(view.bases)), reverse=True)
    old = [(x, y, False) for years, _, x, y in bases if years > FRESH_FRAMES]
    if len(old) >= GROUPS:
        return old
    ways = distances_from(view.map, view.main.x, view.main.y)
    half = HUNT_STEP_TILES // 2
    rows, columns = np.nonzero(ways[half::HUNT_STEP_TILES, half::HUNT_STEP_TILES] < FAR)
    rows, columns = rows * HUNT_STEP_TILES + half, columns * HUNT_STEP_TILES + half
    oldest = np.argsort(view.seen[rows, columns], kind="stable")[: 2 * GROUPS]
    return old + [
        (int(columns[k]) * BUILD_TILE_PX + 16, int(rows[k]) * BUILD_TILE_PX + 16, False) for k in oldest.tolist()
    ]


def _wait_for_the_tail(view: View, army: NDArray[np.intp], goal_x: int, goal_y: int) -> NDArray[np.intp]:
    """Call the head of the army back to its middle unless it fights; return who goes on."""
    base = min(view.bases, key=lambda base: abs(base.x - goal_x) + abs(base.y - goal_y))
    ways = distances_from(view.map, base.x, base.y)
    rows = np.minimum(view.y[army] // BUILD_TILE_PX, ways.shape[0] - 1)
    left = np.minimum(ways[rows, view.x[army] // BUILD_TILE_PX], 1 << 20)
    middle = float(np.median(left))
    ahead = left < middle - FRONT_PX
    armed = view.enemies[HAS_WEAPON[view.enemies["type"]]]
    if not ahead.any() or len(armed):
        return army
    at = army[int(np.abs(left - middle).argmin())]
    _send(view, army[ahead], int(view.x[at]), int(view.y[at]), UnitCommandType.MOVE, slack=4 * BUILD_TILE_PX)
    behind: NDArray[np.intp] = army[~ahead]
    return behind


def _send(view: View, units: NDArray[np.intp], x: int, y: int, kind: UnitCommandType, slack: int = STRAY_PX) -> None:
    """Send units somewhere, those apart that are there, on their way there, or in a fight on it.

    Who has far to go is not told of every step that the goal takes: each new order is a new search for a way.
    """
    if not len(units):
        return
    own = view.own
    orders = own["order"][units]
    ways = np.maximum(np.abs(view.x[units] - x), np.abs(view.y[units] - y))
    off = ways > slack
    astray = np.maximum(np.abs(own["target_x"][units] - x), np.abs(own["target_y"][units] - y))
    astray = astray > np.maximum(slack, ways // GOAL_SHARE)
    if kind == UnitCommandType.ATTACK_MOVE:
        idle = (view.flags[units] & IDLE) != 0
        advances = one_of(orders, _ADVANCING)
        fights = one_of(orders, _AT_WORK) | (advances & ((view.flags[units] & ATTACKING) != 0))
        due = np.where(idle, off, ~fights & (~advances | astray))
    else:
        due = off & ((orders != _MOVE) | astray)
    for index in units[due].tolist():
        if index not in view.commanded:
            view.command(index, kind, x=x, y=y)
