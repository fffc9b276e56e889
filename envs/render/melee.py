"""A melee game as its player sees it: the base or the fight in the middle, fog, a minimap, and what is in the bank.

The camera stays with the own base and goes to where weapons fire. What is remembered under the fog is drawn faintly.
Fog is drawn by sight radius: the exported Frame does not say which tiles are in sight.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import Frame, UnitFlag
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.rules import rules_of
from envs.economy import EconomyTask
from envs.render.battle import BattleRenderer
from envs.render.canvas import Canvas, Colour
from envs.render.font import ADVANCE, GLYPH_HEIGHT
from envs.render.maps import GEYSER, ground_picture
from envs.render.view import (
    BOTTOM_BAND,
    FIELD_HEIGHT,
    HEIGHT,
    INK,
    MARK_FADE_STEPS,
    NEUTRAL_COLOUR,
    PAPER,
    TEAM_COLOURS,
    TOP_BAND,
    WIDTH,
    View,
    kept_inside,
    mixed,
)
from envs.specs.costs import costs_of
from envs.specs.sight import HIDDEN, SEEN_BEFORE, Sight

MINERALS: Final[Colour] = (150, 228, 236)
"""Paler than the own team's blue."""

VIEW_PX: Final = 1120
"""How much of the map the picture shows across."""

FIGHT_HELD_STEPS: Final = 6
"""Steps that the camera stays where weapons fired last."""

FOG: Final = {HIDDEN: 0.30, SEEN_BEFORE: 0.62}
"""How bright the ground is that is not in sight."""

REMEMBERED_ALPHA: Final = 0.4
UNFINISHED_ALPHA: Final = 0.45

MINIMAP_PX: Final = 132
MINIMAP_EDGE_PX: Final = 6
MINIMAP_GROUND: Final = 0.7

SHORTEST_NAME: Final = 5
"""A building is named if so many letters of its name have room."""

NEARLY_WHOLE: Final = 0.999
"""Units with more of their points have no bar: a base full of bars hides what is hurt."""


class MeleeRenderer(BattleRenderer):
    """Follows one row of a melee game and draws it.

    Attributes:
        has_begun: whether there is anything to draw.
    """

    def __init__(self, task: EconomyTask, opponent: str) -> None:
        """Prepare for one map.

        Args:
            task: what is played.
            opponent: name, for the caption.
        """
        super().__init__(task, opponent)
        game_map = task.scenario.map
        self._costs = costs_of(task.scenario.game)
        self._frames_per_second = rules_of(task.scenario.game).frames_per_second
        self._sees_all = task.scenario.full_vision
        self._sight = Sight.allocate(1, game_map)
        ground = ground_picture(game_map).astype(np.float32) * MINIMAP_GROUND
        longer = max(game_map.width, game_map.height)
        self._minimap_size = (MINIMAP_PX * game_map.width // longer, MINIMAP_PX * game_map.height // longer)
        wide, high = self._minimap_size
        columns, rows = np.arange(wide) * ground.shape[1] // wide, np.arange(high) * ground.shape[0] // high
        self._minimap = ground[np.ix_(rows, columns)]
        self._minimap_tiles = np.ix_(
            np.arange(high) * game_map.height // high, np.arange(wide) * game_map.width // wide
        )
        self._books: dict[str, int] = {}
        self._fight: tuple[float, float, int] | None = None

    def begin(self, arrays: Arrays, row: int) -> None:
        """Start following an episode; see `BattleRenderer.begin`."""
        self._sight.begin(np.ones(1, np.bool_))
        self._fight = None
        self._lately: dict[int, tuple[np.void, int]] = {}
        super().begin(arrays, row)

    def _take(self, arrays: Arrays, row: int) -> None:
        super()._take(arrays, row)
        names = ("minerals", "gas", "supply_used", "supply_total", "workers", "army")
        self._books = {name: int(arrays[f"info/{name}"][row]) for name in names}
        view = Frame.allocate(1, max(1, len(self._units)), self._task.scenario.map)
        view.units[0, : len(self._units)] = self._units
        view.num_units[0], view.player[0], view.frame[0] = len(self._units), self._player, self._frame
        self._sight.follow(view, self._types, np.ones(1, np.bool_), sees_all=self._sees_all)

    def _mark_deaths(self, before: NDArray[Any], deaths: NDArray[np.int32]) -> None:
        """Mark who is told to have died: who is gone may be in a refinery, in a transport or under the fog."""
        self._marks = [mark for mark in self._marks if self._step - mark.step <= MARK_FADE_STEPS]
        self._lately = {number: one for number, one in self._lately.items() if one[1] >= self._step - 2}
        self._lately.update({int(unit["id"]): (unit, self._step) for unit in before})
        for number in deaths.tolist():
            if number in self._lately:
                self._mark(self._lately.pop(number)[0])

    # --- camera --------------------------------------------------------------------------------------------------

    def _fitting_view(self) -> View:
        """Return the view of the latest fight, of the first own depot, or of any own unit."""
        game_map = self._task.scenario.map
        x, y = self._place()
        down = VIEW_PX * FIELD_HEIGHT / WIDTH
        return View(
            x=kept_inside(x - VIEW_PX / 2, VIEW_PX, game_map.width_px),
            y=kept_inside(y - down / 2, down, game_map.height_px),
            scale=WIDTH / VIEW_PX,
        )

    def _place(self) -> tuple[float, float]:
        if self._fight is not None and self._step - self._fight[2] <= FIGHT_HELD_STEPS:
            return self._fight[0], self._fight[1]
        mine = self._units[self._units["player"] == self._player]
        depots = mine[self._costs["is_depot"][mine["type"]] != 0]
        for unit in (*depots[:1], *mine[:1]):
            return float(unit["x"]), float(unit["y"])
        game_map = self._task.scenario.map
        return game_map.width_px / 2, game_map.height_px / 2

    def _move_camera(self) -> None:
        shots = [shot for shot in self._shots if shot.side >= 0]
        if shots:
            x, y = (float(np.mean([getattr(shot, axis) for shot in shots])) for axis in ("x", "y"))
            self._fight = (x, y, self._step)
        goal = self._fitting_view()
        if abs(goal.x - self._view.x) + abs(goal.y - self._view.y) > VIEW_PX / 4:
            self._goal = self._view = goal  # a cut, as a spectator's: gliding over the map would show nothing

    # --- drawing -------------------------------------------------------------------------------------------------

    def _terrain(self) -> NDArray[np.float32]:
        ground = super()._terrain()
        tiles = self._sight.tiles[0]
        x = (self._view.x + (np.arange(WIDTH) + 0.5) / self._view.scale) // BUILD_TILE_PX
        y = (self._view.y + (np.arange(HEIGHT) - TOP_BAND + 0.5) / self._view.scale) // BUILD_TILE_PX
        columns = np.clip(x.astype(np.int64), 0, tiles.shape[1] - 1)
        rows = np.clip(y.astype(np.int64), 0, tiles.shape[0] - 1)
        shaded: NDArray[np.float32] = ground * _brightness(tiles)[np.ix_(rows, columns)][..., None]
        return shaded

    def _draw_remembered(self, canvas: Canvas) -> None:
        count = int(self._sight.count[0])
        for unit in self._sight.remembered[0, :count][~self._sight.is_shown[0, :count]]:
            self._draw_box(canvas, unit, REMEMBERED_ALPHA)

    def _draw_order(self, canvas: Canvas, unit: np.void) -> None:
        """Draw a faint line from a unit to the enemy that it wants to attack; workers' ways to fields are left out."""
        targets = self._units[self._units["id"] == unit["target_id"]]
        if len(targets) and {self._side(unit), self._side(targets[0])} == {0, 1}:
            super()._draw_order(canvas, unit)

    def _draw_unit(self, canvas: Canvas, unit: np.void) -> None:
        kind = int(unit["type"])
        if self._types["is_building"][kind] or self._types["is_resource"][kind]:
            is_whole = bool(int(unit["flags"]) >> UnitFlag.COMPLETED & 1)
            self._draw_box(canvas, unit, 1.0 if is_whole or self._side(unit) < 0 else UNFINISHED_ALPHA)
        else:
            super()._draw_unit(canvas, unit)

    def _draw_box(self, canvas: Canvas, unit: np.void, alpha: float) -> None:
        """Draw a building or a resource: a box, with a lighter roof, as transparent as it is unfinished."""
        kind = self._kind(unit)
        left, top = self._view.to_picture(int(unit["x"]) - int(kind["left"]), int(unit["y"]) - int(kind["up"]))
        right, bottom = self._view.to_picture(
            int(unit["x"]) + int(kind["right"]) + 1, int(unit["y"]) + int(kind["down"]) + 1
        )
        colour = self._paint(unit)
        canvas.rectangle(left - 1.5, top - 1.5, right + 1.5, bottom + 1.5, INK, 0.85 * alpha)
        canvas.rectangle(left, top, right, bottom, mixed(colour, INK, 0.25), alpha)
        across, down = 0.2 * (right - left), 0.2 * (bottom - top)
        canvas.rectangle(left + across, top + down, right - across, bottom - down, mixed(colour, PAPER, 0.18), alpha)
        name = self._name(unit)[: max(0, int((right - left - 4) // ADVANCE))]
        if self._side(unit) >= 0 and len(name) >= SHORTEST_NAME:
            middle = ((left + right) / 2, (top + bottom - GLYPH_HEIGHT) / 2)
            canvas.text(middle, name.strip(), INK if alpha == 1.0 else PAPER, align=0.5)

    def _paint(self, unit: np.void) -> Colour:
        if self._side(unit) >= 0:
            return TEAM_COLOURS[self._side(unit)]
        kind = int(unit["type"])
        if not self._types["is_resource"][kind]:
            return NEUTRAL_COLOUR
        return MINERALS if self._costs["is_field"][kind] else GEYSER

    def _draw_bars(self, canvas: Canvas, unit: np.void) -> None:
        kind = self._kind(unit)
        whole = int(kind["max_hp"]) + int(kind["max_shield"])
        if self._side(unit) >= 0 and whole > 0 and int(unit["hp"]) + int(unit["shield"]) < NEARLY_WHOLE * whole:
            super()._draw_bars(canvas, unit)

    def _draw_captions(self, canvas: Canvas) -> None:
        self._draw_minimap(canvas)
        canvas.rectangle(0, 0, WIDTH, TOP_BAND, INK, 0.92)
        canvas.rectangle(0, HEIGHT - BOTTOM_BAND, WIDTH, HEIGHT, INK, 0.92)
        books = self._books
        supply = f"{-(-books['supply_used'] // 2)}/{books['supply_total'] // 2}"
        at = 12.0
        for name, value, colour in (
            ("minerals", str(books["minerals"]), MINERALS),
            ("gas", str(books["gas"]), GEYSER),
            ("supply", supply, PAPER),
        ):
            canvas.text((at, 12), name, colour)
            at += 6 * len(name) + 8
            canvas.text((at, 8), value, PAPER, scale=2)
            at += 12 * len(value) + 22
        seconds = int(self._episode_frames / self._frames_per_second)
        canvas.text((WIDTH - 12, 8), f"{seconds // 60:02}:{seconds % 60:02}", PAPER, scale=2, align=1.0)
        text = f"against {self._opponent}"
        canvas.text((WIDTH - 12, HEIGHT - BOTTOM_BAND + 9), text, TEAM_COLOURS[1], align=1.0)
        own = f"workers {books['workers']}   army {books['army']}"
        canvas.text((MINIMAP_PX + 4 * MINIMAP_EDGE_PX, HEIGHT - BOTTOM_BAND + 9), own, TEAM_COLOURS[0])

    def _draw_minimap(self, canvas: Canvas) -> None:
        wide, high = self._minimap_size
        left, top = MINIMAP_EDGE_PX, HEIGHT - BOTTOM_BAND - MINIMAP_EDGE_PX - high
        canvas.rectangle(left - 2, top - 2, left + wide + 2, top + high + 2, INK, 1.0)
        bright = _brightness(self._sight.tiles[0])[self._minimap_tiles]
        canvas.pixels[top : top + high, left : left + wide] = self._minimap * bright[..., None]
        game_map = self._task.scenario.map
        scale = wide / game_map.width_px
        count = int(self._sight.count[0])
        remembered = self._sight.remembered[0, :count][~self._sight.is_shown[0, :count]]
        for unit in (*remembered, *self._units):
            x, y = left + int(unit["x"]) * scale, top + int(unit["y"]) * scale
            size = 1.6 if self._types["is_building"][int(unit["type"])] else 1.0
            canvas.rectangle(x - size, y - size, x + size, y + size, self._paint(unit))
        x0, y0 = left + self._view.x * scale, top + self._view.y * scale
        x1, y1 = x0 + VIEW_PX * scale, y0 + VIEW_PX * FIELD_HEIGHT / WIDTH * scale
        for start, end in (((x0, y0), (x1, y0)), ((x1, y0), (x1, y1)), ((x1, y1), (x0, y1)), ((x0, y1), (x0, y0))):
            canvas.segment(start, end, 1.0, PAPER, 0.9)


def _brightness(tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how bright each tile is drawn."""
    bright = np.ones(tiles.shape, np.float32)
    for state, share in FOG.items():
        bright[tiles == state] = share
    return bright
