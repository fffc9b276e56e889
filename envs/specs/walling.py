"""Whether zerglings can get in: a flood of every place where one can stand, from the enemy's start to the own depot.

A unit stands where its box meets no building's box and lies on walk tiles that are open: the rule by which the engine
moves units (MECHANICS.md 3). Two buildings side by side leave a gap, because their boxes are smaller than their tiles;
a zergling needs 16 x 16 px. Only what stands still counts: buildings, complete or not, and resources.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.broodwar.rules_table import UNIT_TYPES, unit_type_id
from engine.core.frame import Frame
from engine.core.gamemap import WALK_TILE_PX, GameMap
from engine.core.jit import kernel
from envs.specs.costs import COSTS, TYPES
from envs.specs.reading import FLAG_FLYING
from envs.specs.roster import NUM_TYPES

ZERGLING: Final = unit_type_id("Zerg_Zergling")

CLOSED_ROWS: Final = 4
"""The lowest rows of walk tiles cannot be entered (MECHANICS.md 2)."""

BOX_OF_ZERGLING: Final = tuple(int(UNIT_TYPES[name][ZERGLING]) for name in ("left", "up", "right", "down"))

OPEN: Final = 0
BLOCKED: Final = 1
FLOODED: Final = 2

DEPOT_MARGIN_PX: Final = 8
"""The goal is to stand so near to the depot's box."""


@kernel
def flood(
    ground: NDArray[np.uint8], waiting: NDArray[np.int32], x: int, y: int, left: int, top: int, right: int, bottom: int
) -> bool:
    """Say whether somebody who stands at (x, y) gets into a rectangle, by steps of a pixel.

    Args:
        ground: (height, width) uint8, `OPEN` or `BLOCKED`; what was reached becomes `FLOODED`.
        waiting: (n,) int32, room for every place of the ground.
        x: where it begins.
        y: likewise.
        left: the rectangle's edges, all inside.
        top: likewise.
        right: likewise.
        bottom: likewise.
    """
    height, width = ground.shape
    if ground[y, x] != OPEN:
        return False
    ground[y, x] = FLOODED
    waiting[0] = y * width + x
    count = 1
    while count > 0:
        count -= 1
        row = waiting[count] // width
        column = waiting[count] % width
        if left <= column <= right and top <= row <= bottom:
            return True
        for turn in range(4):
            r = row + (turn == 0) - (turn == 1)
            c = column + (turn == 2) - (turn == 3)
            if 0 <= r < height and 0 <= c < width and ground[r, c] == OPEN:
                ground[r, c] = FLOODED
                waiting[count] = r * width + c
                count += 1
    return False


class Standing:
    """Where a zergling's centre can be on one map, buildings apart.

    Attributes:
        places: (height px, width px) uint8, `OPEN` or `BLOCKED`.
    """

    def __init__(self, game_map: GameMap) -> None:
        """Work out the places.

        Args:
            game_map: the ground.
        """
        walkable = game_map.walkable.copy()
        walkable[-CLOSED_ROWS:] = False
        closed = np.repeat(np.repeat(~walkable, WALK_TILE_PX, 0), WALK_TILE_PX, 1)
        left, up, right, down = BOX_OF_ZERGLING
        self.places = np.ones(closed.shape, np.uint8)
        # A sum over each box, from sums over all boxes that begin at the map's corner.
        sums = np.zeros((closed.shape[0] + 1, closed.shape[1] + 1), np.int32)
        sums[1:, 1:] = closed.cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32)
        high, wide = up + down + 1, left + right + 1
        met = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
        self.places[up : up + met.shape[0], left : left + met.shape[1]] = met != 0
        self.waiting = np.zeros(self.places.size, np.int32)

    def with_boxes(self, boxes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return a copy where a zergling's box meets none of (n, 4) boxes: left, top, right, bottom, all inside."""
        left, up, right, down = BOX_OF_ZERGLING
        places = self.places.copy()
        for x0, y0, x1, y1 in boxes.tolist():
            places[max(0, y0 - down) : y1 + up + 1, max(0, x0 - right) : x1 + left + 1] = BLOCKED
        return places

    def gets_in(self, boxes: NDArray[np.int64], start: tuple[int, int], depot: tuple[int, int, int, int]) -> bool:
        """Say whether a zergling that stands near `start` gets to the depot.

        Args:
            boxes: (n, 4) of everything that stands still, the depot too.
            start: pixels; the nearest place where it can stand counts.
            depot: the depot's box.
        """
        places = self.with_boxes(boxes)
        rows, columns = np.nonzero(places[start[1] % WALK_TILE_PX :: WALK_TILE_PX, ::WALK_TILE_PX] == OPEN)
        if not len(rows):
            return False
        ys = rows * WALK_TILE_PX + start[1] % WALK_TILE_PX
        xs = columns * WALK_TILE_PX
        nearest = int(((xs - start[0]) ** 2 + (ys - start[1]) ** 2).argmin())
        left, up, right, down = BOX_OF_ZERGLING
        reach = DEPOT_MARGIN_PX
        return bool(
            flood(
                places,
                self.waiting,
                int(xs[nearest]),
                int(ys[nearest]),
                depot[0] - right - reach,
                depot[1] - down - reach,
                depot[2] + left + reach,
                depot[3] + up + reach,
            )
        )


class Walling:
    """Notes when zerglings of the enemy's start location can no longer get to the own depot."""

    def __init__(self, game_map: GameMap, max_frames: int) -> None:
        """Prepare.

        Args:
            game_map: the ground.
            max_frames: limit of an episode.
        """
        self._map = game_map
        self._max_frames = max_frames
        self._standing = Standing(game_map)
        self._known: list[bytes] = []
        neutrals = game_map.neutrals
        self._resources = boxes_of(neutrals["type"], neutrals["x"], neutrals["y"])

    def begin(self, marked: NDArray[np.bool_]) -> None:
        """Begin an episode on the marked rows."""
        if len(self._known) != len(marked):
            self._known = [b""] * len(marked)
        for row in np.flatnonzero(marked).tolist():
            self._known[row] = b""

    def follow(self, frame: Frame, books: NDArray[np.void]) -> None:
        """Bring the books up to a Frame: looks again where own buildings have changed, once walled is walled."""
        flying = np.uint64(1 << FLAG_FLYING)
        for row in range(len(books)):
            book = books[row]
            if book["is_walled"]:
                continue
            units = frame.units[row, : frame.num_units[row]]
            mine = units["player"] == frame.player[row]
            stands = mine & (TYPES["is_building"][units["type"]] != 0) & ((units["flags"] & flying) == 0)
            own = units[stands]
            key = own["id"].tobytes()
            if key == self._known[row] or not len(own):
                continue
            self._known[row] = key
            depots = own[COSTS["is_depot"][own["type"]] != 0]
            if not len(depots):
                continue
            boxes = boxes_of(own["type"], own["x"], own["y"])
            (depot,) = boxes_of(depots["type"][:1], depots["x"][:1], depots["y"][:1]).tolist()
            everything = np.concatenate([self._resources, boxes])
            start = self._other_start(int(depots["x"][0]), int(depots["y"][0]))
            if not self._standing.gets_in(everything, start, (depot[0], depot[1], depot[2], depot[3])):
                book["is_walled"] = 1
                book["is_done"] = 1
                book["walled_frames"] = max(0, self._max_frames - int(book["tracked_frame"] - book["start_frame"]))

    def _other_start(self, x: int, y: int) -> tuple[int, int]:
        """Return the start location farthest from (x, y)."""
        starts = self._map.starts
        far = max(starts, key=lambda start: (int(start[0]) - x) ** 2 + (int(start[1]) - y) ** 2)
        return int(far[0]), int(far[1])


def boxes_of(kinds: NDArray[np.int16], xs: NDArray[np.int32], ys: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return (n, 4) int64 boxes of units: left, top, right, bottom, all inside."""
    assert kinds.max(initial=0) < NUM_TYPES
    facts = TYPES[kinds]
    return np.stack(
        [xs - facts["left"], ys - facts["up"], xs + facts["right"], ys + facts["down"]], axis=-1
    ).astype(np.int64)  # fmt: skip
