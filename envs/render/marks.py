"""What happened in a battle's last steps, as its picture shows it: shots, blows, and the dead."""

from __future__ import annotations

import math
from dataclasses import dataclass

from envs.render.canvas import Canvas
from envs.render.view import INK, MARK_FADE_STEPS, SHOT_COLOUR, TEAM_COLOURS, View, mixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One weapon that fired in the last step, map pixels."""

    x: int
    y: int
    target_x: int
    target_y: int
    side: int
    is_melee: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A unit that died, map pixels."""

    x: int
    y: int
    side: int
    step: int


def draw_mark(canvas: Canvas, view: View, mark: Mark, step: int) -> None:
    """Draw a cross where a unit died; it fades.

    Args:
        canvas: drawn on.
        view: what of the map it shows.
        mark: who, where and when.
        step: now.
    """
    age = step - mark.step
    alpha = 0.75 - 0.45 * min(1.0, age / MARK_FADE_STEPS)
    x, y = view.to_picture(mark.x, mark.y)
    colour = TEAM_COLOURS[mark.side]
    reach = 5.5 * view.scale
    canvas.disc((x, y), 1.9 * reach, INK, 0.30)
    for slope in (1, -1):
        canvas.segment((x - reach, y - slope * reach), (x + reach, y + slope * reach), 2.6, colour, alpha)
    if age == 0:
        canvas.ring((x, y), 2.4 * reach, 2.0, SHOT_COLOUR, 0.8)


def draw_shot(canvas: Canvas, view: View, shot: Shot) -> None:
    """Draw a shot as a bright line from the muzzle to where it hits, a blow as sparks.

    Args:
        canvas: drawn on.
        view: what of the map it shows.
        shot: whose, from where and at what.
    """
    start = view.to_picture(shot.x, shot.y)
    end = view.to_picture(shot.target_x, shot.target_y)
    away = max(1e-6, math.hypot(end[0] - start[0], end[1] - start[1]))
    ahead = ((end[0] - start[0]) / away, (end[1] - start[1]) / away)
    muzzle = (start[0] + ahead[0] * 10 * view.scale, start[1] + ahead[1] * 10 * view.scale)
    if shot.is_melee:
        contact = (end[0] - ahead[0] * 9 * view.scale, end[1] - ahead[1] * 9 * view.scale)
        bearing = math.atan2(ahead[1], ahead[0])
        for turn in (-2.2, -1.1, 0.0, 1.1, 2.2):
            cos, sin = math.cos(bearing + turn), math.sin(bearing + turn)
            near, far = 2.5 * view.scale, 8.5 * view.scale
            spark = (contact[0] + near * cos, contact[1] + near * sin)
            canvas.segment(spark, (contact[0] + far * cos, contact[1] + far * sin), 1.8, SHOT_COLOUR, 0.95)
        return
    canvas.segment(muzzle, end, 4.5, mixed(SHOT_COLOUR, TEAM_COLOURS[shot.side], 0.5), 0.25)
    canvas.segment(muzzle, end, 1.6, SHOT_COLOUR, 0.95)
    canvas.disc(muzzle, 3.2 * view.scale, SHOT_COLOUR, 0.9)
    canvas.disc(end, 5.0 * view.scale, SHOT_COLOUR, 0.35)
    canvas.disc(end, 2.4 * view.scale, (255, 250, 230), 0.95)
