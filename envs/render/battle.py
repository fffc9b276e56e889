"""A battle as a picture or as text, drawn from the exported Frame of one row.

The picture shows what a person asks first: who stands where, which way they face, what they have left, who shoots at
whom, who has died. The camera follows the fight: it moves only when a unit nears its edge, or when it shows far more
than the fight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import UnitFlag
from engine.core.gamemap import WALK_TILE_PX
from engine.core.jit import plain
from engine.core.rules import plain_name, rules_of
from envs.economy import EconomyTask
from envs.render.canvas import Canvas, Colour, Point
from envs.render.drawings import draw_drawings
from envs.render.marks import Mark, Shot, draw_mark, draw_shot
from envs.render.shapes import shape_of
from envs.render.view import (
    BOTTOM_BAND,
    CAMERA_SPEED,
    EDGE_PX,
    FAINT,
    FIELD_HEIGHT,
    HEIGHT,
    HP_COLOURS,
    INK,
    MELEE_RANGE_PX,
    NEUTRAL_COLOUR,
    PAPER,
    SHIELD_COLOUR,
    SMALLEST_VIEW_PX,
    TEAM_COLOURS,
    TOP_BAND,
    VIEW_MARGIN_PX,
    WIDTH,
    ZOOM_IN_RATIO,
    View,
    draw_terrain,
    kept_inside,
    mixed,
)
from envs.specs.roster import type_facts
from envs.specs.slots_kernels import side_of
from envs.tasks import MicroTask

if TYPE_CHECKING:
    from bridge.torchcraft.execution import Drawing


class BattleRenderer:
    """Follows one row and draws it.

    Attributes:
        has_begun: whether there is anything to draw.
    """

    def __init__(self, task: MicroTask | EconomyTask, opponent: str) -> None:
        """Prepare for one scenario.

        Args:
            task: what is played, and for how long.
            opponent: name, for the caption.
        """
        self.has_begun = False
        self._task = task
        self._opponent = opponent
        self._types = type_facts(task.scenario.game)
        self._names = rules_of(task.scenario.game).unit_type_names
        self._background: tuple[View, NDArray[np.float32]] | None = None

    def begin(self, arrays: Arrays, row: int) -> None:
        """Start following an episode.

        Args:
            arrays: the step's arrays, with `frame/*`.
            row: which row.
        """
        self._take(arrays, row)
        self._shots: list[Shot] = []
        self._marks: list[Mark] = []
        self._step = 0
        self._start = self._army_points()
        self._view = self._goal = self._fitting_view()
        self.has_begun = True

    def follow(self, arrays: Arrays, row: int) -> None:
        """Take the view after one step.

        Args:
            arrays: the step's arrays, with `frame/*`.
            row: which row.
        """
        if int(arrays["episode/number"][row]) != self._episode:
            self.begin(arrays, row)
            return
        before, frame_before = self._units, self._frame
        self._take(arrays, row)
        self._step += 1
        self._shots = self._find_shots(before, self._frame - frame_before)
        self._mark_deaths(before, arrays["frame/deaths"][row, : int(arrays["frame/num_deaths"][row])])
        self._move_camera()

    def picture(self, drawings: Sequence[Drawing] = ()) -> NDArray[np.uint8]:
        """Return (480, 640, 3) uint8.

        Args:
            drawings: what a TorchCraft client wants to see over the battle.
        """
        canvas = Canvas(self._terrain())
        self._draw_remembered(canvas)
        for mark in self._marks:
            draw_mark(canvas, self._view, mark, self._step)
        for unit in self._units:
            self._draw_order(canvas, unit)
        for unit in sorted(self._units, key=lambda one: (self._is_flying(one), one["y"])):
            self._draw_unit(canvas, unit)
        for shot in self._shots:
            draw_shot(canvas, self._view, shot)
        for unit in self._units:
            self._draw_bars(canvas, unit)
        if drawings:
            draw_drawings(canvas, self._view.to_picture, self._view.scale, drawings, self._units)
        self._draw_captions(canvas)
        return canvas.to_uint8()

    def text(self) -> str:
        """Return the battle as text: a small map (capitals: own units, small letters: enemies), and a line per unit."""
        columns, lines = 64, 20
        view = self._fitting_view()
        step_x = WIDTH / view.scale / columns
        step_y = FIELD_HEIGHT / view.scale / lines
        grid = [["."] * columns for _ in range(lines)]
        for y in range(lines):
            for x in range(columns):
                if not self._is_walkable(view.x + (x + 0.5) * step_x, view.y + (y + 0.5) * step_y):
                    grid[y][x] = "#"
        for unit in self._units:
            x = min(columns - 1, max(0, int((unit["x"] - view.x) / step_x)))
            y = min(lines - 1, max(0, int((unit["y"] - view.y) / step_y)))
            letter = self._name(unit)[0]
            grid[y][x] = letter.upper() if self._side(unit) == 0 else letter.lower()
        rows = ["".join(line) for line in grid]
        for unit in sorted(self._units, key=lambda one: (self._side(one), one["id"])):
            who = ("own", "enemy", "neutral")[self._side(unit)]
            shield = f"+{unit['shield']}" if self._kind(unit)["max_shield"] else ""
            rows.append(
                f"{who:7} {self._name(unit):10} {unit['hp']:4}{shield} hp at ({unit['x']}, {unit['y']})"
                f" cooldown {max(unit['ground_cooldown'], unit['air_cooldown'])}"
            )
        return "\n".join([self._caption(), *rows]) + "\n"

    # --- what happened -------------------------------------------------------------------------------------------

    def _take(self, arrays: Arrays, row: int) -> None:
        count = int(arrays["frame/num_units"][row])
        self._units: NDArray[Any] = arrays["frame/units"][row, :count].copy()
        self._player = int(arrays["frame/player"][row])
        self._frame = int(arrays["frame/frame"][row])
        self._episode = int(arrays["episode/number"][row])
        self._episode_frames = int(arrays["info/episode_frames"][row])

    def _mark_deaths(self, before: NDArray[Any], deaths: NDArray[np.int32]) -> None:
        """Mark where units were that are gone: in a battle they have died, whether or not the game has told it yet."""
        living = set(self._units["id"].tolist())
        for unit in before:
            if int(unit["id"]) not in living:
                self._mark(unit)

    def _mark(self, unit: np.void) -> None:
        if self._side(unit) >= 0:
            self._marks.append(Mark(x=int(unit["x"]), y=int(unit["y"]), side=self._side(unit), step=self._step))

    def _find_shots(self, before: NDArray[Any], elapsed: int) -> list[Shot]:
        """Return the weapons whose reload has begun anew since the view before."""
        earlier = {int(unit["id"]): unit for unit in before}
        here = {int(unit["id"]): unit for unit in self._units}
        shots = []
        for unit in self._units:
            old = earlier.get(int(unit["id"]))
            if old is None:
                continue
            fired = any(
                int(unit[name]) > max(0, int(old[name]) - elapsed) for name in ("ground_cooldown", "air_cooldown")
            )
            target_id = int(unit["target_id"]) if int(unit["target_id"]) in earlier else int(old["target_id"])
            target: np.void | None = here.get(target_id, earlier.get(target_id))
            if not fired or target is None:
                continue
            kind = self._kind(unit)
            reach = kind["air_range_px"] if self._is_flying(target) else kind["ground_range_px"]
            shots.append(
                Shot(
                    x=int(unit["x"]),
                    y=int(unit["y"]),
                    target_x=int(target["x"]),
                    target_y=int(target["y"]),
                    side=self._side(unit),
                    is_melee=int(reach) <= MELEE_RANGE_PX,
                )
            )
        return shots

    def _army_points(self) -> tuple[int, int]:
        points = [0, 0]
        for unit in self._units:
            if self._side(unit) >= 0:
                points[self._side(unit)] += int(unit["hp"]) + int(unit["shield"])
        return points[0], points[1]

    def _side(self, unit: np.void) -> int:
        return plain(side_of)(int(unit["player"]), self._player)

    def _kind(self, unit: np.void) -> np.void:
        kind: np.void = self._types[int(unit["type"])]
        return kind

    def _name(self, unit: np.void) -> str:
        return plain_name(self._names[int(unit["type"])])

    def _is_flying(self, unit: np.void) -> bool:
        return bool(self._kind(unit)["is_flyer"]) or bool(int(unit["flags"]) >> UnitFlag.FLYING & 1)

    # --- camera --------------------------------------------------------------------------------------------------

    def _bounds(self, margin_px: float) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom of the box around all units, map pixels."""
        fighters = [unit for unit in self._units if self._side(unit) >= 0]
        game_map = self._task.scenario.map
        if not fighters:
            if self.has_begun:
                view = self._view
                return view.x, view.y, view.x + WIDTH / view.scale, view.y + FIELD_HEIGHT / view.scale
            return 0.0, 0.0, float(game_map.width_px), float(game_map.height_px)
        xs = [int(unit["x"]) for unit in fighters]
        ys = [int(unit["y"]) for unit in fighters]
        return min(xs) - margin_px, min(ys) - margin_px, max(xs) + margin_px, max(ys) + margin_px

    def _fitting_view(self) -> View:
        """Return the view that shows all units with a margin, inside the map where the map is large enough."""
        game_map = self._task.scenario.map
        left, top, right, bottom = self._bounds(VIEW_MARGIN_PX)
        across = max(right - left, (bottom - top) * WIDTH / FIELD_HEIGHT, SMALLEST_VIEW_PX)
        down = across * FIELD_HEIGHT / WIDTH
        x = kept_inside((left + right - across) / 2, across, game_map.width_px)
        y = kept_inside((top + bottom - down) / 2, down, game_map.height_px)
        return View(x=x, y=y, scale=WIDTH / across)

    def _move_camera(self) -> None:
        goal = self._goal
        left, top, right, bottom = self._bounds(EDGE_PX)
        game_map = self._task.scenario.map
        is_outside = (
            max(left, 0) < goal.x
            or max(top, 0) < goal.y
            or min(right, game_map.width_px) > goal.x + WIDTH / goal.scale
            or min(bottom, game_map.height_px) > goal.y + FIELD_HEIGHT / goal.scale
        )
        fitting = self._fitting_view()
        if is_outside or fitting.scale > ZOOM_IN_RATIO * goal.scale:
            self._goal = goal = fitting
        if self._view != goal:
            moved = View(
                x=self._view.x + CAMERA_SPEED * (goal.x - self._view.x),
                y=self._view.y + CAMERA_SPEED * (goal.y - self._view.y),
                scale=self._view.scale + CAMERA_SPEED * (goal.scale - self._view.scale),
            )
            is_there = max(abs(moved.x - goal.x), abs(moved.y - goal.y)) < 1 and abs(moved.scale - goal.scale) < 0.01
            self._view = goal if is_there else moved

    # --- drawing -------------------------------------------------------------------------------------------------

    def _terrain(self) -> NDArray[np.float32]:
        if self._background is None or self._background[0] != self._view:
            self._background = (self._view, draw_terrain(self._task.scenario.map, self._view))
        return self._background[1]

    def _is_walkable(self, x_px: float, y_px: float) -> bool:
        walkable = self._task.scenario.map.walkable
        x, y = int(x_px // WALK_TILE_PX), int(y_px // WALK_TILE_PX)
        return 0 <= y < walkable.shape[0] and 0 <= x < walkable.shape[1] and bool(walkable[y, x])

    def _colour(self, unit: np.void) -> Colour:
        side = self._side(unit)
        return TEAM_COLOURS[side] if side >= 0 else NEUTRAL_COLOUR

    def _radius(self, unit: np.void) -> float:
        """Return half the size that the unit is drawn with, picture pixels."""
        kind = self._kind(unit)
        size_px = max(int(kind["left"]) + int(kind["right"]), int(kind["up"]) + int(kind["down"])) + 1
        return max(4.0, 0.62 * size_px * self._view.scale)

    def _draw_remembered(self, canvas: Canvas) -> None:
        """Draw what is out of sight and remembered; a battle has nothing of the kind."""

    def _draw_order(self, canvas: Canvas, unit: np.void) -> None:
        """Draw a faint line from a unit to what it wants to attack."""
        if int(unit["target_id"]) < 0:
            return
        targets = self._units[self._units["id"] == unit["target_id"]]
        if len(targets) == 0:
            return
        start = self._view.to_picture(int(unit["x"]), int(unit["y"]))
        end = self._view.to_picture(int(targets[0]["x"]), int(targets[0]["y"]))
        canvas.segment(start, end, 1.0, self._colour(unit), 0.22)

    def _draw_unit(self, canvas: Canvas, unit: np.void) -> None:
        x, y = self._view.to_picture(int(unit["x"]), int(unit["y"]))
        radius = self._radius(unit)
        shape = shape_of(self._names[int(unit["type"])])
        lift = 0.9 * radius if self._is_flying(unit) else 0.0
        canvas.disc((x + 0.12 * radius + lift, y + 0.28 * radius + lift), 0.92 * radius, INK, 0.38)
        colour = self._colour(unit)
        turn = int(unit["heading"]) * math.tau / 256
        sin, cos = math.sin(turn), math.cos(turn)

        def place(point: Point) -> Point:
            right, forward = point
            return (x + radius * (right * cos + forward * sin), y + radius * (right * sin - forward * cos))

        dark = mixed(colour, INK, 0.62)
        for start, end, width in shape.lines:
            canvas.segment(place(start), place(end), max(1.4, width * radius) + 1.6, INK, 0.85)
            canvas.segment(place(start), place(end), max(1.4, width * radius), mixed(colour, PAPER, 0.35))
        if shape.outline:
            points = [place(point) for point in shape.outline]
            canvas.polygon(points, INK, 0.9, grow=1.6)
            canvas.polygon(points, colour)
        else:
            canvas.disc((x, y), shape.disc * radius + 1.5, INK, 0.9)
            canvas.disc((x, y), shape.disc * radius, colour)
        head = place(shape.head)
        canvas.disc(head, 0.30 * radius, dark)
        nose = place((0.0, shape.head[1] + 0.52))
        canvas.segment(head, nose, max(1.5, 0.16 * radius), PAPER)

    def _draw_bars(self, canvas: Canvas, unit: np.void) -> None:
        kind = self._kind(unit)
        if kind["max_hp"] <= 0:
            return
        x, y = self._view.to_picture(int(unit["x"]), int(unit["y"]))
        half = max(9.0, self._radius(unit))
        top = y - self._radius(unit) - 9
        has_shield = kind["max_shield"] > 0
        share = min(1.0, int(unit["hp"]) / int(kind["max_hp"]))
        colour = HP_COLOURS[0 if share > 2 / 3 else 1 if share > 1 / 3 else 2]
        bars = [(share, colour)]
        if has_shield:
            bars.insert(0, (min(1.0, int(unit["shield"]) / int(kind["max_shield"])), SHIELD_COLOUR))
            top -= 4
        canvas.rectangle(x - half - 1, top - 1, x + half + 1, top + 4 * len(bars), INK, 0.85)
        for index, (filled, ink) in enumerate(bars):
            canvas.rectangle(x - half, top + 4 * index, x - half + 2 * half * filled, top + 4 * index + 3, ink)

    def _caption(self) -> str:
        return (
            f"{self._task.scenario.name} against {self._opponent},"
            f" frame {self._episode_frames} of {self._task.max_frames}"
        )

    def _draw_captions(self, canvas: Canvas) -> None:
        canvas.rectangle(0, 0, WIDTH, TOP_BAND, INK, 0.92)
        canvas.rectangle(0, HEIGHT - BOTTOM_BAND, WIDTH, HEIGHT, INK, 0.92)
        name = self._task.scenario.name
        canvas.text((12, 8), name, PAPER, scale=2)
        canvas.text((12 + 12 * len(name) + 10, 12), f"against {self._opponent}", FAINT)
        limit = f"of {self._task.max_frames}"
        frames = str(self._episode_frames)
        canvas.text((WIDTH - 12, 12), limit, FAINT, align=1.0)
        canvas.text((WIDTH - 20 - 6 * len(limit), 8), frames, PAPER, scale=2, align=1.0)
        canvas.text((WIDTH - 28 - 6 * len(limit) - 12 * len(frames), 12), "frame", FAINT, align=1.0)
        points = self._army_points()
        counts = [sum(self._side(unit) == side for unit in self._units) for side in (0, 1)]
        middle = WIDTH / 2
        length = 196.0
        top = HEIGHT - BOTTOM_BAND + 8
        for side, towards in ((0, -1), (1, 1)):
            share = min(1.0, points[side] / max(1, self._start[side]))
            inner = middle + towards * 40
            left, right = sorted((inner, inner + towards * length))
            canvas.rectangle(left, top, right, top + 10, mixed(TEAM_COLOURS[side], INK, 0.72))
            left, right = sorted((inner, inner + towards * length * share))
            canvas.rectangle(left, top, right, top + 10, TEAM_COLOURS[side])
            outer = inner + towards * (length + 10)
            canvas.text((outer, top + 1), f"{points[side]} hp", FAINT, align=0.0 if side else 1.0)
        canvas.text((middle - 12, top - 2), str(counts[0]), TEAM_COLOURS[0], scale=2, align=1.0)
        canvas.text((middle, top + 1), "v", FAINT, align=0.5)
        canvas.text((middle + 12, top - 2), str(counts[1]), TEAM_COLOURS[1], scale=2)
