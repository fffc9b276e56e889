"""The encoders' benchmark compares what it measures: plain NumPy finds the same numbers as the kernels."""

from __future__ import annotations

import pytest

from benchmarks.bench_encoders import KERNEL, NUMPY, PLANES, PYSC2, UNITS, contestants, planes_by, pysc2_by, units_by


@pytest.mark.parametrize("make", [units_by, planes_by, pysc2_by])
def test_numpy_finds_the_kernels_numbers(make) -> None:  # type: ignore[no-untyped-def]  # three context managers
    with make(NUMPY) as run:  # compares all arrays before it yields
        assert run(0.001) > 0


def test_every_way_is_measured_on_every_observation() -> None:
    assert {(one.group, one.name) for one in contestants()} == {
        (group, way) for group in (UNITS, PLANES, PYSC2) for way in (KERNEL, NUMPY)
    }
