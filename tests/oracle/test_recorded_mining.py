"""Recorded bases at work: every worker at the recorded pixel in every frame."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.oracle import traces
from benchmarks.oracle.mining import replay_mining

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

EXACT = [f"mining_{worker}_{count}workers" for worker in ("scv", "probe") for count in (1, 2, 4, 9, 18)]
DRONES = [f"mining_drone_{count}workers" for count in (1, 2, 4)]


def recording(name: str) -> traces.Mining:
    try:
        return traces.load_mining(name)
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", EXACT)
def test_workers_are_where_they_were_recorded(name: str) -> None:
    trace = recording(name)

    places, minerals = replay_mining(trace)

    same = (places[trace.at - 1] == trace.places).all(axis=2)
    assert same.mean() == 1.0, (
        f"{name}: {same.mean():.3%} the same, first difference at {trace.at[np.argmin(same.all(axis=1))]}"
    )
    assert minerals[-1] > 0
