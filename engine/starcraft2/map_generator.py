"""Melee maps by seed: two players, the same ground turned by half a turn, as StarCraft II's ladder maps are.

    M M M .         M main, level 2: one ramp, two cells wide at its top, down to the natural
    M M M D .  .    D that ramp, diagonal
    N N N    .      N natural, level 1: a wide ramp (its choke) down to the low ground
    . . /  T   .    T third; further bases lie on the low ground or on a plateau with ramps of its own
    . . . . . . x   x centre of the map; the other half follows from this one

Distances of a base's eight mineral fields and two geysers are those that the game asks of town halls: three free
cells beside every resource (MECHANICS.md section 8). The ramp of the main has the form that walls are made on: two
upper cells that touch at a corner, so that three supply depots, or two and a Barracks, close it.

A drawn map is kept only if every base can be walked to from every other; else the seed's next draw is tried.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.gamemap import (
    BUILD_TILE_PX,
    NEUTRAL_UNIT_DTYPE,
    START_DTYPE,
    WALK_TILES_PER_BUILD_TILE,
    GameMap,
)

LEVELS: Final = (191, 207, 223)
"""Terrain height of the three levels: z of about 8, 10 and 12, as recorded on the ladder's maps."""

RAMP_CELLS: Final = 10
"""Diagonal steps from a ramp's top to its foot."""

WALL_RAMP: Final = 3
"""Half the width of the main's ramp, in diagonal steps."""

WALL_CELLS: Final = 7
"""Diagonal steps of flat ground behind and beside its top."""

MINERAL_FIELD: Final = 341
SMALL_MINERAL_FIELD: Final = 483
GEYSER: Final = 342
"""Unit type ids: MineralField, MineralField750, VespeneGeyser."""

FIELD_MINERALS: Final = 1800
SMALL_FIELD_MINERALS: Final = 900
GEYSER_VESPENE: Final = 2250
"""MECHANICS.md section 3."""

FIELDS: Final = (
    (-6.5, -1.0, MINERAL_FIELD),
    (-7.5, 0.0, SMALL_MINERAL_FIELD),
    (-6.5, 1.0, MINERAL_FIELD),
    (-6.5, 3.0, SMALL_MINERAL_FIELD),
    (-5.5, 5.0, SMALL_MINERAL_FIELD),
    (-3.5, 6.0, MINERAL_FIELD),
    (-1.5, 7.0, SMALL_MINERAL_FIELD),
    (0.5, 6.0, MINERAL_FIELD),
)
"""Centres of a base's mineral fields (2 by 1 cells) from the town hall's centre, cells."""

GEYSERS: Final = ((-7.0, -4.0), (4.0, 7.0))
"""Likewise of its geysers (3 by 3 cells)."""

AMOUNTS: Final = {MINERAL_FIELD: FIELD_MINERALS, SMALL_MINERAL_FIELD: SMALL_FIELD_MINERALS, GEYSER: GEYSER_VESPENE}

EDGE: Final = 14
"""Cells of a map's margin that is not playable."""

SIZES: Final = (128, 136, 144, 152)
"""Widths and heights that are drawn, cells."""

MAX_DRAWS: Final = 60

BASE_CLEAR: Final = 12
"""Cells around a town hall's centre that keep free of rocks."""

CLIFF: Final = 2
"""Cells of closed ground around a plateau."""

VOID: Final = -1


@dataclass(frozen=True, slots=True)
class _Base:
    """A base: the town hall's cell (its centre is half a cell on), and which way its resources lie."""

    column: int
    row: int
    across: int  # 1: resources to the left, -1: to the right
    down: int  # 1: resources below, -1: above


@dataclass(slots=True)
class _Canvas:
    """A map while it is drawn; every stroke is made twice, the second turned by half a turn.

    Attributes:
        level: (height, width) int8: VOID or a position in LEVELS.
        slope: (height, width) int16: terrain height of ramps, 0 elsewhere.
        bases: the first half's; the others follow.
    """

    width: int
    height: int
    level: NDArray[np.int8] = field(init=False)
    slope: NDArray[np.int16] = field(init=False)
    bases: list[_Base] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.level = np.full((self.height, self.width), VOID, np.int8)
        self.slope = np.zeros((self.height, self.width), np.int16)
        self.level[EDGE : self.height - EDGE, EDGE : self.width - EDGE] = 0

    def stroke(self, where: NDArray[np.bool_], level: int) -> None:
        """Put cells, and those that half a turn makes of them, on a level."""
        for cells in (where, where[::-1, ::-1]):
            inside = cells.copy()
            inside[:EDGE] = inside[-EDGE:] = False
            inside[:, :EDGE] = inside[:, -EDGE:] = False
            self.level[inside] = level
            self.slope[inside] = 0

    def ramp(self, column: int, row: int, right: int, down: int, half_width: int, levels: tuple[int, int]) -> None:
        """Draw a diagonal ramp.

        Args:
            column: of the corner in the middle of its top.
            row: likewise.
            right: 1 if it goes down to the right, -1 to the left.
            down: 1 if it goes down towards the lower edge, -1 towards the upper.
            half_width: cells to each side, diagonally; the top of one of WALL_RAMP is two cells wide.
            levels: upper and lower.
        """
        top, foot = LEVELS[levels[0]], LEVELS[levels[1]]
        rows, columns = np.ogrid[0 : self.height, 0 : self.width]
        # Cell centres, doubled: along the ramp from its top, and across it. Both even or both odd in half the cells.
        along = (2 * columns + 1 - 2 * column) * right + (2 * rows + 1 - 2 * row) * down
        across = (2 * columns + 1 - 2 * column) * right - (2 * rows + 1 - 2 * row) * down
        step = along // 2
        if half_width == WALL_RAMP:  # walls need room on both sides of its top
            room = (step <= 0) & (step >= -WALL_CELLS) & (np.abs(across) <= 2 * WALL_CELLS)
            self.stroke(_grown(room, CLIFF) & ~room & (self.level != levels[0]), VOID)
            self.stroke(room, levels[0])
        for number in range(RAMP_CELLS + 1):
            width = 1 if number == 0 and half_width == WALL_RAMP else half_width
            where = (step == number) & (np.abs(across) <= 2 * width)
            for cells in (where, where[::-1, ::-1]):
                self.level[cells] = levels[1]
                self.slope[cells] = top - (top - foot) * (number + 1) // (RAMP_CELLS + 2)
        sides = (step >= (1 if half_width == WALL_RAMP else 0)) & (step <= RAMP_CELLS)
        sides &= (np.abs(across) > 2 * half_width) & (np.abs(across) <= 2 * half_width + 8)
        self.stroke(sides, VOID)
        landing = (step > RAMP_CELLS) & (step <= RAMP_CELLS + 5) & (np.abs(across) <= 2 * half_width + 2)
        self.stroke(landing, levels[1])

    def box(self, column: int, row: int, left: int, up: int, right: int, down: int, corner: int) -> NDArray[np.bool_]:
        """Return the cells of a box around a cell, its corners cut off diagonally."""
        rows, columns = np.ogrid[0 : self.height, 0 : self.width]
        inside = (columns >= column - left) & (columns <= column + right) & (rows >= row - up) & (rows <= row + down)
        over_x = np.maximum(column - left + corner - columns, columns - (column + right - corner))
        over_y = np.maximum(row - up + corner - rows, rows - (row + down - corner))
        cells: NDArray[np.bool_] = inside & (np.maximum(over_x, 0) + np.maximum(over_y, 0) <= corner)
        return cells

    def plateau(self, cells: NDArray[np.bool_], level: int) -> None:
        """Raise cells to a level, with a cliff around them."""
        self.stroke(_grown(cells, CLIFF) & ~cells, VOID)
        self.stroke(cells, level)

    def add(self, base: _Base) -> None:
        """Note a base."""
        self.bases.append(base)

    def all_bases(self) -> list[_Base]:
        """Return all bases; those of the second half in the same order after the first's."""
        turned = [
            _Base(self.width - 1 - base.column, self.height - 1 - base.row, -base.across, -base.down)
            for base in self.bases
        ]
        return [*self.bases, *turned]


def generate_map(seed: int) -> GameMap:
    """Return the melee map of a seed: heights are the interface's (0 to 255), starts 0 and 1 the players'.

    Args:
        seed: 0 <= seed < 2**64; the same map for the same seed on every machine.

    Raises:
        ValueError: no draw of the seed gave a map; never seen.
    """
    words = iter(np.random.SeedSequence(seed).generate_state(96 * MAX_DRAWS, np.uint32).tolist())

    def draw(low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + int(next(words)) % (high - low + 1)

    for _ in range(MAX_DRAWS):
        canvas = _draw(draw)
        if canvas is not None and _is_sound(canvas):
            return _finish(canvas, f"generated_{seed}")
    raise ValueError(f"seed {seed}: no map in {MAX_DRAWS} draws")


def _draw(draw: Callable[[int, int], int]) -> _Canvas | None:
    canvas = _Canvas(SIZES[draw(0, len(SIZES) - 1)], SIZES[draw(1, len(SIZES) - 1)])
    is_mirrored = draw(0, 1) == 1
    # The main lies in the upper left corner, the natural below it; the third to the right of that.
    main = _Base(EDGE + 15 + draw(0, 2), EDGE + 14 + draw(0, 2), 1, -1)
    natural = _Base(EDGE + 13 + draw(0, 2), main.row + 29 + draw(0, 2), 1, draw(0, 1) * 2 - 1)
    third = _Base(natural.column + 30 + draw(0, 4), natural.row - 4 + draw(0, 6), -1, -1 if draw(0, 1) else 1)
    canvas.plateau(canvas.box(natural.column, natural.row, 15, 15, 14, 13, 5), 1)
    canvas.plateau(canvas.box(main.column, main.row, 17, 16, 16, 12, 6), 2)
    # Down to the left from the main's lower right corner, onto the natural's plateau.
    canvas.ramp(main.column + 9, main.row + 14, -1, 1, 3, (2, 1))
    # The natural's choke: a wide ramp down to the right.
    canvas.ramp(natural.column + 13, natural.row + draw(5, 8), 1, 1, draw(5, 7), (1, 0))
    for base in (main, natural, third):
        canvas.add(base)
    # One on the low ground above the middle, one on a plateau in the corner beside the main.
    fourth = _Base(main.column + 36 + draw(0, 6), EDGE + 13 + draw(0, 2), -1 if draw(0, 1) else 1, -1)
    if draw(0, 1):
        canvas.plateau(canvas.box(fourth.column, fourth.row, 12, 15, 12, 9, 4), 1)
        canvas.ramp(fourth.column + 8, fourth.row + 8, 1, 1, 5, (1, 0))
    canvas.add(fourth)
    fifth = _Base(EDGE + 13 + draw(0, 2), canvas.height - EDGE - 14 - draw(0, 3), 1, 1)
    if fifth.row - natural.row > 28:
        canvas.add(fifth)
    _strew(canvas, draw)
    if is_mirrored:
        _mirror(canvas)
    return canvas


def _strew(canvas: _Canvas, draw: Callable[[int, int], int]) -> None:
    """Put rocks on the low ground, off bases and ramps."""
    for _ in range(draw(5, 9)):
        column = draw(EDGE + 4, canvas.width - EDGE - 5)
        row = draw(EDGE + 4, canvas.height - EDGE - 5)
        rock = canvas.box(column, row, draw(1, 4), draw(1, 3), draw(1, 4), draw(1, 3), draw(1, 2))
        around = _grown(rock, 5)
        both = around | around[::-1, ::-1]
        is_low = (canvas.level[both] == 0).all() and not canvas.slope[both].any()
        is_off = all(
            max(abs(base.column - column), abs(base.row - row)) > BASE_CLEAR + 4 for base in canvas.all_bases()
        )
        turned = max(abs(canvas.width - 1 - 2 * column), abs(canvas.height - 1 - 2 * row))
        if is_low and is_off and (turned > 14):
            canvas.stroke(rock, VOID)


def _mirror(canvas: _Canvas) -> None:
    """Turn left and right about: the first start is in the upper right corner then."""
    canvas.level = np.ascontiguousarray(canvas.level[:, ::-1])
    canvas.slope = np.ascontiguousarray(canvas.slope[:, ::-1])
    canvas.bases = [_Base(canvas.width - 1 - base.column, base.row, -base.across, base.down) for base in canvas.bases]


def _grown(cells: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """Return the cells and those around them, so many steps in eight directions."""
    grown = cells.copy()
    for _ in range(by):
        wide = grown.copy()
        wide[1:] |= grown[:-1]
        wide[:-1] |= grown[1:]
        grown = wide.copy()
        grown[:, 1:] |= wide[:, :-1]
        grown[:, :-1] |= wide[:, 1:]
    return grown


def _resources(base: _Base) -> list[tuple[int, float, float]]:
    """Return (type, x, y) of a base's resources, cells."""
    x, y = base.column + 0.5, base.row + 0.5
    placed = [(kind, dx, dy) for dx, dy, kind in FIELDS] + [(GEYSER, dx, dy) for dx, dy in GEYSERS]
    return [(kind, x + base.across * dx, y + base.down * dy) for kind, dx, dy in placed]


def _is_sound(canvas: _Canvas) -> bool:
    """Say whether all bases have room, do not touch each other, and can be walked to with room to spare."""
    bases = canvas.all_bases()
    for at, base in enumerate(bases):
        levels = canvas.level[base.row - 9 : base.row + 10, base.column - 9 : base.column + 10]
        if levels.shape != (19, 19) or (levels[3:16, 3:16] != levels[9, 9]).any() or levels[9, 9] == VOID:
            return False
        for _, x, y in _resources(base):
            patch = canvas.level[int(y - 1.5) : int(y + 1.5) + 1, int(x - 1.5) : int(x + 1.5) + 1]
            if (patch != levels[9, 9]).any() or canvas.slope[int(y), int(x)]:
                return False
        for other in bases[:at]:
            if max(abs(base.column - other.column), abs(base.row - other.row)) < 24:
                return False
    closed = canvas.level == VOID
    for base in bases:
        for kind, x, y in _resources(base):
            wide, high = (3, 3) if kind == GEYSER else (2, 1)
            left, top = round(x - wide / 2), round(y - high / 2)
            closed[top : top + high, left : left + wide] = True
    wide_open = ~_grown(closed, 1)
    reached = _reached(wide_open, bases[0].column, bases[0].row)
    canvas.level[~_reached(canvas.level != VOID, bases[0].column, bases[0].row)] = VOID  # pockets nobody gets into
    canvas.slope[canvas.level == VOID] = 0
    return all(reached[base.row, base.column] for base in bases)


def _reached(free: NDArray[np.bool_], column: int, row: int) -> NDArray[np.bool_]:
    reached = np.zeros_like(free)
    reached[row, column] = free[row, column]
    waiting = deque([(row, column)])
    while waiting:
        r, c = waiting.popleft()
        for nr, nc in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
            if free[nr, nc] and not reached[nr, nc]:  # the margin is closed: no index leaves the map
                reached[nr, nc] = True
                waiting.append((nr, nc))
    return reached


def _finish(canvas: _Canvas, name: str) -> GameMap:
    bases = canvas.all_bases()
    half = len(canvas.bases)
    heights = np.array([*LEVELS, LEVELS[0]], np.uint8)[canvas.level]
    is_ramp = canvas.slope > 0
    heights[is_ramp] = canvas.slope[is_ramp]
    walkable = canvas.level != VOID
    scale = WALK_TILES_PER_BUILD_TILE
    resources = [placed for base in bases for placed in _resources(base)]
    return GameMap(
        name=name,
        width=canvas.width,
        height=canvas.height,
        walkable=walkable.repeat(scale, 0).repeat(scale, 1),
        buildable=walkable & ~is_ramp,
        ground_height=heights,
        starts=np.array([_centre(bases[number]) for number in (0, half)], START_DTYPE),
        neutrals=np.array(
            [(kind, round(x * BUILD_TILE_PX), round(y * BUILD_TILE_PX), AMOUNTS[kind]) for kind, x, y in resources],
            NEUTRAL_UNIT_DTYPE,
        ),
    )


def _centre(base: _Base) -> tuple[int, int]:
    half = BUILD_TILE_PX // 2
    return base.column * BUILD_TILE_PX + half, base.row * BUILD_TILE_PX + half
