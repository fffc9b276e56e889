"""Attacking: when a weapon fires, how long it reloads, and what the attack's script does.

Source: MECHANICS.md 4.1 to 4.3.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.damage import damage_of, deal_damage
from engine.broodwar.order_queue import activate_next, kill
from engine.broodwar.rules_table import UNIT_TYPE_NAMES, UPGRADE_NAMES
from engine.broodwar.scripts import (
    AIR_ATTACK_REPEAT,
    EVENT_NONE,
    EVENT_SHOOT_AHEAD,
    EVENT_STRIKE,
    EVENT_UNBREAKABLE_END,
    GROUND_ATTACK_REPEAT,
    advance,
    begin,
    draw,
    relax,
    resume,
)
from engine.broodwar.shooting import is_under, shoot
from engine.broodwar.state import ATTACKING, ORDER_WAITING
from engine.broodwar.tables import NO_WEAPON, SELF_DESTRUCTS, UNIT_TYPES, WEAPON_TYPES
from engine.broodwar.targeting import box_distance, reach_px
from engine.core.fixed import direction_to, turn_between, whole
from engine.core.jit import inline

Units = NDArray[np.void]
Bullets = NDArray[np.void]
Terrain = NDArray[np.int32]
Game = Any  # a GAME_DTYPE record
Index = NDArray[np.int32]

MIN_COOLDOWN_FRAMES: Final = 5
MAX_COOLDOWN_FRAMES: Final = 250
SPORE_PART: Final = 8
SPORE_FRAMES: Final = 3
"""Each acid spore adds an eighth of the reload, at least three frames."""

WEB: Final = UNIT_TYPE_NAMES.index("Spell_Disruption_Web")
ZERGLING: Final = UNIT_TYPE_NAMES.index("Zerg_Zergling")
ADRENAL_GLANDS: Final = UPGRADE_NAMES.index("Adrenal_Glands")
SHOOTS_AIR: Final = 2
SHOOTS_WHAT_FITS: Final = 3


@inline
def handle_events(
    units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int, event: int
) -> None:
    """Carry out what the script of unit `i` asks for, and resume it, until it waits.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the unit.
        event: what `resume` or `advance` returned.
    """
    u = units[i]
    while event != EVENT_NONE:
        target = u.order_target
        t = UNIT_TYPES[u.type]
        if event == EVENT_UNBREAKABLE_END:
            # The old script goes on after a new order has begun, as in the game.
            if u.queue_count > 0 and u.user_flags & ORDER_WAITING:
                at = u.script_at
                relax(u, game)
                activate_next(units, game, i)
                u.script_at = at
                u.script_wait = 0
        elif event == EVENT_STRIKE:
            if target >= 0:
                weapon = whole(t.ground_weapon)
                amount = damage_of(game, whole(u.player), weapon)
                deal_damage(units, game, index, target, weapon, amount, 1, i)
            draw(game)  # which of the blow's sounds
        elif event >= EVENT_SHOOT_AHEAD:
            if target >= 0:
                shoot(units, bullets, game, index, terrain, i, whole(t.ground_weapon), event - EVENT_SHOOT_AHEAD)
        elif target >= 0:
            at_air = event == SHOOTS_AIR or (event == SHOOTS_WHAT_FITS and units[target].flies)
            weapon = whole(t.air_weapon if at_air else t.ground_weapon)
            if weapon == NO_WEAPON:
                pass
            elif WEAPON_TYPES[weapon].behavior == SELF_DESTRUCTS:
                amount = damage_of(game, whole(u.player), weapon)
                deal_damage(units, game, index, target, weapon, amount, 1, i)
                kill(units, game, i)
            else:
                shoot(units, bullets, game, index, terrain, i, weapon, -1)
        event = resume(u, game)


@inline
def run_script(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Run one frame of the animation script of unit `i`."""
    event = advance(units[i], game)
    if event != EVENT_NONE:
        handle_events(units, bullets, game, index, terrain, i, event)


@inline
def cooldown_of(u: Any, game: Game, weapon: int) -> int:
    """Return the reload of `weapon` before the random part, frames."""
    base = whole(WEAPON_TYPES[weapon].cooldown_frames)
    cooldown = base + u.num_spores * max(base // SPORE_PART, SPORE_FRAMES)
    if u.stim_timer > 0 or (u.type == ZERGLING and game.upgrades[u.player, ADRENAL_GLANDS]):
        cooldown //= 2
    if u.ensnare_timer > 0:
        cooldown += base // 4
    return whole(min(max(cooldown, MIN_COOLDOWN_FRAMES), MAX_COOLDOWN_FRAMES))


@inline
def _may_fire(units: Units, game: Game, i: int, j: int, weapon: int) -> bool:
    u = units[i]
    if u.movement_flags & ATTACKING:
        return False
    w = WEAPON_TYPES[weapon]
    reach = reach_px(units, game, i, weapon)
    distance = box_distance(units, whole(u.mount) if u.mount >= 0 else i, j)
    if (w.min_range_px and distance < w.min_range_px) or distance > reach:
        return False
    if u.x != u.look_x or u.y != u.look_y:
        aim = direction_to(u.look_x - u.x, u.look_y - u.y)
        if abs(turn_between(u.heading, aim)) > w.attack_angle:
            u.order_timer = 0
            return False
    return True


@inline
def fire(units: Units, bullets: Bullets, game: Game, index: Index, terrain: Terrain, i: int) -> None:
    """Start an attack of unit `i` on its order's target if range, aim and reload allow it.

    While it reloads, the order clock is shortened so that the order runs again when the reload ends.

    Args:
        units: (N,) UNIT_DTYPE.
        bullets: (B,) BULLET_DTYPE.
        game: GAME_DTYPE record.
        index: the game's index row.
        terrain: walk tile flags.
        i: the attacker; its order has a target.
    """
    u = units[i]
    target = u.order_target
    t = UNIT_TYPES[u.type]
    if units[target].flies:
        weapon = whole(t.air_weapon)
        cooldown = u.air_cooldown
        animation = AIR_ATTACK_REPEAT
    else:
        weapon = whole(t.ground_weapon)
        cooldown = u.ground_cooldown
        animation = GROUND_ATTACK_REPEAT
    if weapon == NO_WEAPON:
        return
    if cooldown != 0:
        u.order_timer = min(u.order_timer, cooldown - 1)
        return
    if not _may_fire(units, game, i, target, weapon):
        return
    if game.num_webs > 0 and is_under(units, game, index, whole(u.mount) if u.mount >= 0 else i, WEB):
        return
    u.movement_flags |= ATTACKING
    reload = cooldown_of(u, game, weapon) + (draw(game) & 3) - 1
    u.ground_cooldown = reload
    u.air_cooldown = reload
    u.started_attack = game.frame
    if u.mount >= 0:  # what others see of a turret's attack, they see of its base
        units[u.mount].ground_cooldown = reload
        units[u.mount].air_cooldown = reload
        units[u.mount].started_attack = game.frame
    if begin(u, animation):
        event = resume(u, game)
        if event != EVENT_NONE:
            handle_events(units, bullets, game, index, terrain, i, event)
