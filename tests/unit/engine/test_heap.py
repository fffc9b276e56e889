"""The heap of path nodes: an ordinary heap, except for which of equals comes first."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.broodwar import heap as heaps


def popped(costs: list[int]) -> list[int]:
    """Push nodes 0, 1, ... and return them in the order in which they come out."""
    heap = np.zeros(len(costs) + 1, np.int64)
    table = np.array(costs, np.int64)
    size = 0
    for node in range(len(costs)):
        size = heaps.push(heap, size, table, node)
    order = []
    while size:
        order.append(int(heap[0]))
        size = heaps.pop_lowest(heap, size, table)
    return order


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.integers(0, 20), min_size=1, max_size=60))
def test_nodes_come_out_by_cost(costs):
    order = popped(costs)

    assert sorted(order) == list(range(len(costs)))
    assert [costs[node] for node in order] == sorted(costs)


def test_of_two_equals_the_later_comes_first():
    assert popped([5, 5]) == [1, 0]


def test_raised_entry_takes_its_new_place():
    heap = np.zeros(4, np.int64)
    costs = np.array([3, 4, 5], np.int64)
    size = 0
    for node in range(3):
        size = heaps.push(heap, size, costs, node)

    costs[2] = 1
    heaps.raise_entry(heap, size, costs, 2)

    assert heap[0] == 2
