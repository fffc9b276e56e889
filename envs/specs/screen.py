"""What a player's own interface holds between two actions: where the camera is, what is selected, and control groups.

Actions in screen coordinates act on what the camera shows, and commands go to what is selected; all of it is state of
the seat, not of the game. The camera begins over the own first depot.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.frame import NO_UNIT, Frame
from engine.core.gamemap import GameMap
from engine.core.jit import inline, kernel
from engine.core.rules import BROODWAR, STARCRAFT2
from envs.specs.planning import first_depot
from envs.specs.reading import index_of

CAMERA_PX: Final = MappingProxyType({BROODWAR: (640, 480), STARCRAFT2: (768, 768)})
"""Width and height of what a player's screen shows of the map; in StarCraft II PySC2's 24 cells."""

MAX_SELECTED: Final = MappingProxyType({BROODWAR: 12, STARCRAFT2: 500})
"""Units that can be selected at once; in StarCraft II as many as PySC2 numbers."""

NUM_GROUPS: Final = 10
"""Control groups: one per digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """The interfaces of a batch of rows.

    Attributes:
        cameras: (rows, 4) int32: left, top, width, height of what is shown, pixels.
        maps: (rows, 4) int32: the whole map, likewise.
        selected_ids: (rows, MAX_SELECTED) int64, `NO_UNIT` where nobody is.
        groups: (rows, NUM_GROUPS, MAX_SELECTED) int64, the control groups likewise; the dead keep their places.
        selected: (rows, capacity) bool by index in the last view's units.
    """

    cameras: NDArray[np.int32]
    maps: NDArray[np.int32]
    selected_ids: NDArray[np.int64]
    groups: NDArray[np.int64]
    selected: NDArray[np.bool_]

    @staticmethod
    def allocate(rows: int, capacity: int, game_map: GameMap, game: str = BROODWAR) -> Screen:
        """Return interfaces of a game that show the map's upper left corner with nothing selected."""
        width, height = CAMERA_PX[game]
        most = MAX_SELECTED[game]
        maps = np.zeros((rows, 4), np.int32)
        maps[:, 2:] = (game_map.width_px, game_map.height_px)
        cameras = np.zeros((rows, 4), np.int32)
        cameras[:, 2:] = (min(width, game_map.width_px), min(height, game_map.height_px))
        return Screen(
            cameras=cameras,
            maps=maps,
            selected_ids=np.full((rows, most), NO_UNIT, np.int64),
            groups=np.full((rows, NUM_GROUPS, most), NO_UNIT, np.int64),
            selected=np.zeros((rows, capacity), np.bool_),
        )

    def begin(self, marked: NDArray[np.bool_], frame: Frame, costs: NDArray[np.void]) -> None:
        """Select nothing, empty the groups and show the own first depot in the marked rows.

        Args:
            marked: (rows,) bool.
            frame: the first view.
            costs: (types,) COST_DTYPE of the game.
        """
        self.selected_ids[marked] = NO_UNIT
        self.groups[marked] = NO_UNIT
        show_depots(marked, frame.player, frame.num_units, frame.units, costs, self.cameras, self.maps)

    def follow(self, frame: Frame, marked: NDArray[np.bool_]) -> None:
        """Find the selected units of the marked rows in a new view; who is gone is selected no more."""
        find_selected(marked, frame.num_units, frame.units, self.selected_ids, self.selected)


@inline
def centre_camera(camera: NDArray[np.int32], whole: NDArray[np.int32], x: int, y: int) -> None:
    """Put the camera's middle over a point, as near as the map's edges allow."""
    camera[0] = min(max(x - camera[2] // 2, 0), whole[2] - camera[2])
    camera[1] = min(max(y - camera[3] // 2, 0), whole[3] - camera[3])


@kernel
def show_depots(
    marked: NDArray[np.bool_],
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    costs: NDArray[np.void],
    cameras: NDArray[np.int32],
    maps: NDArray[np.int32],
) -> None:
    """Put the cameras of the marked rows over the own first depots; without one they stay.

    Args:
        marked: (rows,) bool.
        player: (rows,) int8.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        costs: (types,) COST_DTYPE.
        cameras: (rows, 4) int32.
        maps: (rows, 4) int32.
    """
    for r in range(cameras.shape[0]):
        if marked[r]:
            k = first_depot(units[r], num_units[r], player[r], costs)
            if k >= 0:
                centre_camera(cameras[r], maps[r], units[r, k]["x"], units[r, k]["y"])


@kernel
def find_selected(
    marked: NDArray[np.bool_],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    selected_ids: NDArray[np.int64],
    selected: NDArray[np.bool_],
) -> None:
    """Write which units of the view are selected; forget those that are not in it.

    Args:
        marked: (rows,) bool.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        selected_ids: (rows, MAX_SELECTED) int64.
        selected: (rows, capacity) bool, overwritten.
    """
    for r in range(selected_ids.shape[0]):
        if not marked[r]:
            continue
        selected[r] = False
        for s in range(selected_ids.shape[1]):
            if selected_ids[r, s] < 0:
                continue
            k = index_of(units[r], num_units[r], selected_ids[r, s])
            if k >= 0:
                selected[r, k] = True
            else:
                selected_ids[r, s] = NO_UNIT
