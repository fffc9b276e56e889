"""Animation scripts: the clockwork of attacks and of walking.

A script is a row of operations; it runs until it waits. What reaches beyond the unit itself (shots, blows, the end of
an unbreakable stretch) is handed to the caller as an event, who then resumes the script: so nothing here knows of
targets or orders. Source: MECHANICS.md 4.3.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from engine.broodwar.flingy import set_course, set_next_speed
from engine.broodwar.speed import paced_256
from engine.broodwar.state import ATTACKING, NO_BREAK
from engine.broodwar.tables import (
    GO_TO,
    GO_TO_BY_CHANCE,
    IGNORE_REST,
    MAY_REPEAT,
    ROLL,
    SCRIPT_STARTS,
    SCRIPTS,
    SHOOT,
    SHOOT_AHEAD,
    STEP,
    STRIKE,
    TURN,
    TURN_RANDOM,
    UNBREAKABLE_BEGIN,
    UNBREAKABLE_END,
    WAIT,
    WAIT_RANDOM,
)
from engine.core.fixed import next_state, output_of, whole
from engine.core.jit import inline

Unit = Any  # a UNIT_DTYPE record
Game = Any  # a GAME_DTYPE record

# Animation numbers of the game.
INIT: Final = 0
DEATH: Final = 1
GROUND_ATTACK_START: Final = 2
AIR_ATTACK_START: Final = 3
GROUND_ATTACK_REPEAT: Final = 5
AIR_ATTACK_REPEAT: Final = 6
GROUND_ATTACK_END: Final = 8
AIR_ATTACK_END: Final = 9
WALKING: Final = 11
WALKING_END: Final = 12
AT_WORK: Final = 15  # of a worker at a field
BUILT: Final = 16

# What a script hands to its caller.
EVENT_NONE: Final = 0
EVENT_SHOOT: Final = 1  # 1, 2, 3: as SHOOT's argument
EVENT_STRIKE: Final = 4
EVENT_UNBREAKABLE_END: Final = 5
EVENT_SHOOT_AHEAD: Final = 16  # from here on: so many pixels less this ahead

WAIT_FOR_EVER: Final = 1 << 30
IGNORE_REST_FRAMES: Final = 10


@inline
def draw(game: Game) -> int:
    """Advance the game's random stream and return its next 15-bit number."""
    state = next_state(whole(game.rng))
    game.rng = np.uint32(state)
    return output_of(state)


@inline
def draw_between(game: Game, low: int, high: int) -> int:
    """Return a random whole number from `low` to `high`, both included."""
    return low + (draw(game) * (high - low + 1) >> 15)


@inline
def set_heading(u: Unit, direction: int) -> None:
    """Turn a standing unit by script: heading and course at once."""
    u.heading = direction & 255
    u.course = direction & 255
    set_course(u, direction & 255)
    u.look_x = u.x
    u.look_y = u.y


@inline
def end_animation(animation: int) -> int:
    """Return the animation that leads from an attack or from work to idleness, -1 if `animation` is neither."""
    if animation in (GROUND_ATTACK_START, GROUND_ATTACK_REPEAT, AT_WORK):
        return GROUND_ATTACK_END
    if animation in (AIR_ATTACK_START, AIR_ATTACK_REPEAT):
        return AIR_ATTACK_END
    return -1


@inline
def resume(u: Unit, game: Game) -> int:
    """Run the script of `u` until it waits or needs its caller.

    Returns:
        EVENT_NONE if the script waits now; else an event, after which the caller resumes the script.
    """
    if u.script_at < 0:
        return EVENT_NONE
    while True:
        op = SCRIPTS[u.script_at].operation
        a = SCRIPTS[u.script_at].a
        b = SCRIPTS[u.script_at].b
        u.script_at += 1
        if op == WAIT:
            u.script_wait = a - 1
            return EVENT_NONE
        if op == WAIT_RANDOM:
            u.script_wait = a + (draw(game) & 255) % (b - a + 1) - 1
            return EVENT_NONE
        if op == STEP:
            step = a << 8
            if u.pace != 0:
                step = paced_256(u, step)
            set_next_speed(u, step)
        elif op == SHOOT:
            return whole(EVENT_SHOOT + a - 1)
        elif op == STRIKE:
            return EVENT_STRIKE
        elif op == SHOOT_AHEAD:
            return whole(EVENT_SHOOT_AHEAD + a)
        elif op == UNBREAKABLE_BEGIN:
            u.status |= NO_BREAK
        elif op == UNBREAKABLE_END:
            u.status &= ~NO_BREAK
            return EVENT_UNBREAKABLE_END
        elif op == MAY_REPEAT:
            u.movement_flags &= ~ATTACKING
        elif op == IGNORE_REST:
            if u.order_target >= 0:
                u.script_wait = IGNORE_REST_FRAMES
                u.script_at -= 1
                return EVENT_NONE
            u.status &= ~NO_BREAK
            u.movement_flags &= ~ATTACKING
            end = end_animation(u.animation)
            if end >= 0:
                u.animation = end
                u.script_at = SCRIPT_STARTS[u.type, end]
                if u.script_at < 0:
                    return EVENT_NONE
        elif op == GO_TO:
            u.script_at = a
        elif op == GO_TO_BY_CHANCE:
            if draw(game) & 255 <= a:
                u.script_at = b
        elif op == TURN:
            set_heading(u, u.heading + 8 * a)
        elif op == TURN_RANDOM:
            if draw(game) % 4 == 1:
                set_heading(u, u.heading - 8 * a)
            else:
                set_heading(u, u.heading + 8 * a)
        elif op == ROLL:
            draw(game)
        else:
            u.script_wait = WAIT_FOR_EVER
            u.script_at -= 1
            return EVENT_NONE


@inline
def advance(u: Unit, game: Game) -> int:
    """Run one frame of the script of `u`; as `resume`."""
    if u.script_wait > 0:
        u.script_wait -= 1
        return EVENT_NONE
    return resume(u, game)


@inline
def begin(u: Unit, animation: int) -> bool:
    """Set `u` to the start of an animation; return whether its script must be resumed now.

    An attack's repeat becomes its start unless the unit is already in that attack.
    """
    if animation == WALKING and u.animation == WALKING:
        return False
    if animation == GROUND_ATTACK_REPEAT and u.animation not in (GROUND_ATTACK_REPEAT, GROUND_ATTACK_START):
        animation = GROUND_ATTACK_START
    if animation == AIR_ATTACK_REPEAT and u.animation not in (AIR_ATTACK_REPEAT, AIR_ATTACK_START):
        animation = AIR_ATTACK_START
    u.animation = animation
    u.script_at = SCRIPT_STARTS[u.type, animation]
    u.script_wait = 0
    return bool(u.script_at >= 0)


@inline
def play(u: Unit, game: Game, animation: int) -> None:
    """Start an animation that has no events: walking and standing."""
    if begin(u, animation):
        resume(u, game)


@inline
def play_after_step(u: Unit, game: Game) -> None:
    """Start or end the walking animation, as the finished step says."""
    if u.stops:
        if not u.status & NO_BREAK:
            play(u, game, WALKING_END)
    elif u.starts:
        play(u, game, WALKING)


@inline
def relax(u: Unit, game: Game) -> None:
    """Break off an attack animation: back to idleness, free to attack again."""
    u.status &= ~NO_BREAK
    end = end_animation(u.animation)
    if end >= 0:
        play(u, game, end)
    u.movement_flags &= ~ATTACKING
