"""A look over open ground, taken from a table, against the same look made quadrant by quadrant."""

from __future__ import annotations

import os
import subprocess
import sys

# As plain Python, in which one function can be put in another's place; as kernels this would compile for minutes.
PROGRAM = """
import random
from types import SimpleNamespace

import numpy as np

from engine.broodwar import looking, obstacles, places as found, swept
from engine.broodwar.terrain import AT_COLUMNS, AT_FLAGS, AT_ROWS, HEADER_SIZE, RUN_SHIFT, SQUARE_SHIFT, WALKABLE

COLUMNS, ROWS = 60, 50
terrain = np.zeros(HEADER_SIZE + COLUMNS * ROWS, np.int32)
terrain[AT_COLUMNS], terrain[AT_ROWS], terrain[AT_FLAGS] = COLUMNS, ROWS, HEADER_SIZE
for row in range(ROWS):
    for column in range(COLUMNS):
        square = min(COLUMNS - column, ROWS - row, 31)
        flags = WALKABLE | square << SQUARE_SHIFT | (COLUMNS - column) << RUN_SHIFT
        terrain[HEADER_SIZE + row * COLUMNS + column] = flags
width, height = COLUMNS * 8, ROWS * 8
unit = SimpleNamespace(left=8, up=9, right=8, down=10)
game = SimpleNamespace(num_edges=0, capacity=4)
edges = np.zeros((1, obstacles.EDGE_SIZE), np.int64)
from_table = looking._look_over_open
used = 0


def counted(*arguments):
    global used
    done = from_table(*arguments)
    used += done
    return done


def look(strips, looks, open_look):
    looking._look_over_open = open_look
    boxes = np.zeros((obstacles.MAX_OBSTACLES, 4), np.int64)
    local = np.zeros((obstacles.MAX_OBSTACLES, 8), np.int64)
    places = np.zeros((found.MAX_PLACES, 4), np.int64)
    frame = np.zeros(found.FRAME_SIZE, np.int64)
    frame[found.WIDTH], frame[found.HEIGHT] = width, height
    seen = []
    for x, y, flags, goal, rim, ends in looks:
        frame[found.AT_X], frame[found.AT_Y] = x, y
        frame[found.GOAL_X], frame[found.GOAL_Y] = goal
        frame[found.HAS_RIM] = rim is not None
        if rim is not None:
            frame[found.RIM_LEFT : found.RIM_BOTTOM + 1] = rim
        frame[found.GOAL_ENDS] = ends
        looking.look_around(game, terrain, unit, flags, edges, boxes, local, places, frame, strips)
        seen.append(places[: frame[found.NUM_PLACES]].tolist())
        count = strips[swept.MAX_STRIPS, 0]
        for k in range(count):
            intervals = strips[k, swept.STRIP_COUNT]
            seen.append(strips[k, : swept.STRIP_FIRST + 2 * intervals].tolist())
    return seen


rng = random.Random(5)
for _ in range(400):
    looks = []
    for _ in range(rng.randint(1, 14)):
        x, y = rng.randrange(20, width - 20), rng.randrange(20, height - 20)
        goal = rng.randrange(width), rng.randrange(height)
        left, top = rng.randrange(width), rng.randrange(height)
        rim = rng.choice([None, (left, top, left + rng.randrange(60), top + rng.randrange(60))])
        flags = rng.choice([255, 0xBF, 0x7F, 0x3B, 0x67, 0xCE, 0x9D, rng.randrange(1, 256)])
        looks.append((x, y, flags, goal, rim, rng.random() < 0.5))
    both = []
    for open_look in (counted, lambda *arguments: False):
        strips = np.zeros((swept.MAX_STRIPS + 1, swept.STRIP_SIZE), np.int64)
        swept.start_sweep(strips, width)
        both.append(look(strips, looks, open_look))
    assert both[0] == both[1], looks
print(used)
"""


def test_an_open_look_from_the_table_is_the_look_by_quadrants():
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 500  # so many looks were taken from the table
