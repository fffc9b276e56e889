"""A binary heap of node numbers by cost that breaks ties as the game's does: the later of equals comes first.

Which of several equally short ways a unit takes depends on this.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.core.jit import inline

Heap = NDArray[np.int64]
Costs = NDArray[np.int64]


@inline
def _rise(heap: Heap, at: int, costs: Costs) -> None:
    node = heap[at]
    cost = costs[node]
    while at > 0:
        parent = (at - 1) >> 1
        other = heap[parent]
        if costs[other] < cost:
            break
        heap[at] = other
        at = parent
    heap[at] = node


@inline
def push(heap: Heap, size: int, costs: Costs, node: int) -> int:
    """Enter a node; return the new size."""
    heap[size] = node
    _rise(heap, size, costs)
    return size + 1


@inline
def raise_entry(heap: Heap, size: int, costs: Costs, node: int) -> None:
    """Put a node whose cost fell in its new place."""
    for at in range(size):
        if heap[at] == node:
            _rise(heap, at, costs)
            return


@inline
def pop_lowest(heap: Heap, size: int, costs: Costs) -> int:
    """Remove the first node (read it before); return the new size."""
    size -= 1
    node = heap[size]
    cost = costs[node]
    at = 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size:
            child += costs[heap[child + 1]] < costs[heap[child]]
        other = heap[child]
        if costs[other] >= cost:
            break
        heap[at] = other
        at = child
    heap[at] = node
    return size
