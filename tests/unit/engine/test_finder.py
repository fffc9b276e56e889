"""The sorted box edges against a plain list of boxes."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.broodwar import finder
from engine.broodwar.state import GAME_DTYPE, UNIT_DTYPE, index_size
from engine.core.jit import records

CAPACITY = 8
BOXES = st.tuples(st.integers(0, 200), st.integers(0, 200), st.integers(0, 40), st.integers(0, 40))
MOVES = st.lists(st.tuples(st.integers(0, CAPACITY - 1), BOXES, st.booleans()), min_size=1, max_size=40)


def empty() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    games = records(np.zeros(1, GAME_DTYPE))
    games[0]["capacity"] = CAPACITY
    units = records(np.zeros(CAPACITY, UNIT_DTYPE))
    units["right"] = -1
    return units, games, np.zeros(index_size(CAPACITY, 256, 256), np.int32)


def found(units, game, index, x0, y0, x1, y1) -> list[int]:
    count = int(game["num_edges"])
    begin = finder.first_at_least(index, finder.x_edges(CAPACITY), count, x0)
    slots = []
    for at in range(begin, count):
        if index[finder.x_edges(CAPACITY) + at] >= x1:
            break
        slot = finder.in_window(units, index, CAPACITY, at, begin, x0, y0, x1, y1)
        if slot >= 0:
            slots.append(int(slot))
    return slots


@settings(max_examples=40, deadline=None)
@given(MOVES, BOXES)
def test_edges_stay_sorted_and_search_finds_what_touches(moves, window):
    units, games, index = empty()
    game = games[0]
    boxes: dict[int, tuple[int, int, int, int]] = {}

    for slot, (x, y, width, height), remove in moves:
        box = (x, y, x + width + 1, y + height + 1)
        if slot not in boxes:
            finder.insert_box(units, game, index, slot, *box)
            boxes[slot] = box
        elif remove:
            finder.remove_box(units, game, index, slot)
            del boxes[slot]
        else:
            finder.move_box(units, game, index, slot, *box)
            boxes[slot] = box

    count = 2 * len(boxes)
    assert game["num_edges"] == count
    for base, low, high in ((finder.x_edges(CAPACITY), 0, 2), (finder.y_edges(CAPACITY), 1, 3)):
        edges = index[base : base + count].tolist()
        assert edges == sorted(edges)
        assert sorted(edges) == sorted(edge for box in boxes.values() for edge in (box[low], box[high]))
    x0, y0, width, height = window
    x1, y1 = x0 + width + 1, y0 + height + 1
    # A box that begins before the window and ends behind it has no edge inside: the game does not find it either.
    expected = {
        slot
        for slot, (left, top, right, bottom) in boxes.items()
        if (x0 <= left < x1 or x0 <= right < x1) and left < x1 and top < y1 and bottom >= y0
    }
    slots = found(units, game, index, x0, y0, x1, y1)
    assert set(slots) == expected
    assert len(slots) == len(expected)
