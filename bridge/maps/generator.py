r"""Melee maps by seed: symmetric, with mains on plateaus, ramps, naturals behind a choke, and open middle ground.

One quarter of the map is drawn and mirrored along both axes, so that every player has the same ground to the tile: a
turn by 90 degrees would put depots (4 x 3 tiles) off the build grid, mirroring keeps them on it. With two players the
other two quarters' mains are expansions. A drawn map is kept only if a wide unit can walk from every start to every
other base; otherwise the next draw of the same seed is tried.

    quarter:   M M M M | . .        M main (high ground), with minerals and a geyser
               M M M M / . .        / ramp down
               N N \ . . . .        N natural (low ground), minerals and a geyser, \ its choke
               . . . . . . C        C towards the centre of the map
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from bridge.maps.mapfile import (
    DEFAULT_GAS,
    DEFAULT_MINERALS,
    MINERAL_FIELDS,
    VESPENE_GEYSER,
    MeleeMap,
)
from bridge.maps.terrain import Ground
from engine.core.gamemap import (
    BUILD_TILE_PX,
    NEUTRAL_UNIT_DTYPE,
    START_DTYPE,
    WALK_TILES_PER_BUILD_TILE,
    GameMap,
)

SIZES: Final = (96, 128, 160, 192)
"""Side lengths in build tiles that are drawn."""

PLAYER_COUNTS: Final = (2, 4)

LOW: Final = 0
HIGH: Final = 2
"""BWAPI ground heights."""

DEPOT_TILES: Final = (4, 3)

FIELDS: Final = ((-6, -3), (-7, -2), (-6, -1), (-7, 0), (-7, 1), (-6, 2), (-7, 3), (-6, 4), (-5, 5))
"""Top-left tiles of a base's nine mineral fields (2 x 1 tiles), counted from the depot's top-left tile: an arc to its
left. Between depot and resources stay three free tiles, the game's rule for depots (MECHANICS 10)."""

GEYSER: Final = (0, -5)
"""Likewise of the geyser (4 x 2 tiles): above the depot."""

NATURAL_FIELDS: Final = 7
"""How many of `FIELDS` a natural has."""

MAX_DRAWS: Final = 50

CLEARANCE_TILES: Final = 2
"""A way must be so many build tiles wide: the widest ground unit is 64 px or less."""

RAMP_WIDTH: Final = 4
RAMP_LENGTH: Final = 4
CHOKE_WIDTH: Final = 7

ROCK_GAP: Final = 6
BASE_GAP: Final = 13
"""Tiles that rocks keep from closed ground, and from the middle of a depot."""

MAIN: Final = 0


@dataclass(slots=True)
class _Quarter:
    """The upper left quarter while it is drawn; arrays are (side, side) tiles.

    Attributes:
        open: may be walked on.
        buildable: may be built on.
        height: BWAPI ground height.
        bases: top-left tile of the depot: of the main, then of the natural, then of further bases.
    """

    open: NDArray[np.bool_]
    buildable: NDArray[np.bool_]
    height: NDArray[np.uint8]
    bases: list[tuple[int, int]]


def generate_map(players: int = 2, seed: int = 0, size: int = 128) -> MeleeMap:
    """Return a melee map; the same numbers give the same map on every machine.

    Args:
        players: 2 (opposite corners) or 4.
        seed: of everything random, at least 0.
        size: build tiles each way, one of `SIZES`.

    Raises:
        ConfigError: a number that is not allowed.
    """
    if players not in PLAYER_COUNTS:
        raise ConfigError(f"players: got {players}; allowed: {' or '.join(map(str, PLAYER_COUNTS))}")
    if size not in SIZES:
        raise ConfigError(f"size: got {size}; allowed: {', '.join(map(str, SIZES))}")
    if seed < 0:
        raise ConfigError(f"seed: got {seed}; allowed: at least 0")
    for draw in range(MAX_DRAWS):
        melee = _mirrored(_draw(_Dice(seed, draw), size // 2), players, seed, size)
        if _is_connected(melee):
            return melee
    raise ConfigError(f"seed {seed}: none of {MAX_DRAWS} draws has a way between all bases; take another seed")


class _Dice:
    """Random whole numbers that are the same with every version of numpy."""

    def __init__(self, seed: int, draw: int) -> None:
        words = np.random.SeedSequence([seed, draw]).generate_state(4096, np.uint32)
        self._words = iter(words.tolist())

    def roll(self, least: int, most: int) -> int:
        """Return a number from `least` to `most`, both included."""
        return least + int(next(self._words)) % (most - least + 1)


def _draw(dice: _Dice, side: int) -> _Quarter:
    quarter = _Quarter(
        open=np.ones((side, side), np.bool_),
        buildable=np.ones((side, side), np.bool_),
        height=np.full((side, side), LOW, np.uint8),
        bases=[],
    )
    width, height = dice.roll(26, 32), dice.roll(22, 26)
    _plateau(quarter, dice, width, height)
    depot = (dice.roll(9, 11), dice.roll(8, 10))
    quarter.bases.append(depot)
    is_below = side - height >= 22
    _ramp(quarter, dice, width, height)
    if is_below:
        quarter.bases.append((dice.roll(9, 11), height + dice.roll(9, 10)))
    _choke(quarter, dice, height)
    if side >= 64:
        quarter.bases.append((dice.roll(side - 14, side - 10), dice.roll(8, 10)))
    if side >= 80:
        quarter.bases.append((dice.roll(9, 12), dice.roll(side - 14, side - 11)))
    _rocks(quarter, dice)
    return quarter


def _plateau(quarter: _Quarter, dice: _Dice, width: int, height: int) -> None:
    """Raise the corner, with a cliff two tiles thick whose course is a little uneven."""
    dent_x = _walk(dice, height + 2, 2)
    dent_y = _walk(dice, width + 2, 2)
    high = np.zeros_like(quarter.open)
    for y in range(height):
        high[y, : width - dent_x[y]] = True
    for x in range(width):
        high[max(height - dent_y[x], 0) :, x] = False
    grown = high.copy()
    for _ in range(2):
        wider = grown.copy()
        wider[1:] |= grown[:-1]
        wider[:, 1:] |= grown[:, :-1]
        wider[1:, 1:] |= grown[:-1, :-1]
        grown = wider
    cliff = grown & ~high
    quarter.height[high | cliff] = HIGH
    _close(quarter, cliff)


def _walk(dice: _Dice, count: int, most: int) -> list[int]:
    """Return numbers from 0 to `most` whose neighbours differ by one at most."""
    values = [dice.roll(0, most)]
    for _ in range(count - 1):
        values.append(min(max(values[-1] + dice.roll(-1, 1), 0), most))
    return values


def _ramp(quarter: _Quarter, dice: _Dice, width: int, height: int) -> None:
    """Cut a way down through the main's lower cliff: to the natural."""
    at = dice.roll(width // 2 + 1, width - RAMP_WIDTH - 5)
    rows = slice(height - 3, height + RAMP_LENGTH - 1)
    columns = slice(at, at + RAMP_WIDTH)
    quarter.open[rows, columns] = True
    quarter.buildable[rows, columns] = False
    quarter.height[height : height + RAMP_LENGTH - 1, columns] = LOW
    for edge in (slice(at - 1, at), slice(at + RAMP_WIDTH, at + RAMP_WIDTH + 1)):
        wall = np.zeros_like(quarter.open)
        wall[height - 2 : height + RAMP_LENGTH - 1, edge] = True
        _close(quarter, wall)


def _choke(quarter: _Quarter, dice: _Dice, height: int) -> None:
    """Wall the natural off from the middle, but for one opening."""
    side = len(quarter.open)
    wall_x = min(dice.roll(30, 34), side - 6)
    bottom = min(height + dice.roll(20, 24), side - 3)
    opening = dice.roll(height + 7, max(bottom - CHOKE_WIDTH - 3, height + 7))
    wall = np.zeros_like(quarter.open)
    wall[height:bottom, wall_x : wall_x + 2] = True
    wall[bottom : bottom + 2, : wall_x + 2] = True
    wall[opening : opening + CHOKE_WIDTH] = False
    _close(quarter, wall)


def _rocks(quarter: _Quarter, dice: _Dice) -> None:
    """Strew closed ground over the low ground, away from bases, ramps and walls."""
    side = len(quarter.open)
    rows, columns = np.mgrid[0:side, 0:side]
    for _ in range(dice.roll(4, 10)):
        x, y = dice.roll(4, side - 3), dice.roll(4, side - 3)
        radius_x, radius_y = dice.roll(1, 3), dice.roll(1, 3)
        around = (slice(max(y - ROCK_GAP, 0), y + ROCK_GAP + 1), slice(max(x - ROCK_GAP, 0), x + ROCK_GAP + 1))
        near_base = any(abs(x - left - 1) < BASE_GAP and abs(y - top - 1) < BASE_GAP for left, top in quarter.bases)
        if near_base or not quarter.buildable[around].all() or (quarter.height[around] != LOW).any():
            continue
        _close(quarter, ((columns - x) * radius_y) ** 2 + ((rows - y) * radius_x) ** 2 <= (radius_x * radius_y) ** 2)


def _close(quarter: _Quarter, tiles: NDArray[np.bool_]) -> None:
    quarter.open[tiles] = False
    quarter.buildable[tiles] = False


def _whole(quarter: NDArray[np.generic]) -> NDArray[np.generic]:
    upper = np.concatenate([quarter, quarter[:, ::-1]], axis=1)
    return np.concatenate([upper, upper[::-1]], axis=0)


def _mirrored(quarter: _Quarter, players: int, seed: int, size: int) -> MeleeMap:
    scale = WALK_TILES_PER_BUILD_TILE
    passable = _whole(quarter.open).astype(np.bool_)
    buildable = _whole(quarter.buildable).astype(np.bool_)
    passable[[0, -1]] = buildable[[0, -1]] = False  # the console hides the last row; the first one mirrors it
    height = _whole(quarter.height).astype(np.uint8)
    walkable = np.repeat(np.repeat(passable, scale, 0), scale, 1)
    for array in (walkable, buildable, height):
        array.setflags(write=False)
    span = size * BUILD_TILE_PX
    corners = [(False, False), (True, True), (True, False), (False, True)]
    starts: list[tuple[int, int]] = []
    units: list[tuple[int, int, int, int]] = []
    for corner, (flip_x, flip_y) in enumerate(corners):

        def place(x: int, y: int, flip_x: bool = flip_x, flip_y: bool = flip_y) -> tuple[int, int]:
            return (span - x if flip_x else x), (span - y if flip_y else y)

        for index, (left, top) in enumerate(quarter.bases):
            if index == MAIN and corner < players:
                starts.append(place(*_centre(left, top, *DEPOT_TILES)))
            fields = FIELDS if index == MAIN else FIELDS[:NATURAL_FIELDS]
            for number, (x, y) in enumerate(fields):
                centre = place(*_centre(left + x, top + y, 2, 1))
                units.append((MINERAL_FIELDS[number % len(MINERAL_FIELDS)], *centre, DEFAULT_MINERALS))
            units.append((VESPENE_GEYSER, *place(*_centre(left + GEYSER[0], top + GEYSER[1], 4, 2)), DEFAULT_GAS))
    name = f"generated {players} players, seed {seed}"
    return MeleeMap(
        ground=Ground(
            map=GameMap(
                name=name, width=size, height=size, walkable=walkable, buildable=buildable, ground_height=height
            ),
            unknown_tiles=(),
            unknown_share=0.0,
            contradictory_share=0.0,
            unknown_as="unwalkable",
        ),
        tileset="generated",
        source=f"generated: players={players} seed={seed} size={size}",
        starts=np.array(starts, START_DTYPE),
        units=np.array(units, NEUTRAL_UNIT_DTYPE),
    )


def _centre(left: int, top: int, width: int, height: int) -> tuple[int, int]:
    return left * BUILD_TILE_PX + width * BUILD_TILE_PX // 2, top * BUILD_TILE_PX + height * BUILD_TILE_PX // 2


def _is_connected(melee: MeleeMap) -> bool:
    """Say whether a wide unit can walk from the first start to all others and to every geyser's surroundings."""
    wide = _wide_ground(melee.map)
    reached = _flood(wide, *_tile(melee.starts[0]))
    goals = [_tile(start) for start in melee.starts]
    goals += [_tile(unit) for unit in melee.units[melee.is_geyser]]
    return all(reached[max(y - 2, 0) : y + 5, max(x - 2, 0) : x + 3].any() for x, y in goals)


def _tile(placed: np.void) -> tuple[int, int]:
    return int(placed["x"]) // BUILD_TILE_PX, int(placed["y"]) // BUILD_TILE_PX


def _wide_ground(game_map: GameMap) -> NDArray[np.bool_]:
    """Return which tiles are the upper left one of `CLEARANCE_TILES` x `CLEARANCE_TILES` open tiles."""
    scale = WALK_TILES_PER_BUILD_TILE
    tiles: NDArray[np.bool_] = np.all(
        game_map.walkable.reshape(game_map.height, scale, game_map.width, scale), axis=(1, 3)
    )
    wide = tiles.copy()
    for dy in range(CLEARANCE_TILES):
        for dx in range(CLEARANCE_TILES):
            wide[: len(tiles) - dy, : tiles.shape[1] - dx] &= tiles[dy:, dx:]
    return wide


def _flood(ground: NDArray[np.bool_], x: int, y: int) -> NDArray[np.bool_]:
    reached = np.zeros_like(ground)
    reached[y, x] = ground[y, x]
    while True:
        wider = reached.copy()
        wider[1:] |= reached[:-1]
        wider[:-1] |= reached[1:]
        wider[:, 1:] |= reached[:, :-1]
        wider[:, :-1] |= reached[:, 1:]
        wider &= ground
        if (wider == reached).all():
            return reached
        reached = wider
