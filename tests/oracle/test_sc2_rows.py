"""Every row of docs/sc2-fidelity.md, played: the outcome lies inside the tolerance that the row states."""

import pytest

from benchmarks.sc2_fidelity import ROWS

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.row_id)
def test_row_holds(row):
    assert row.measure() == pytest.approx(row.expected, abs=row.tolerance + 1e-9, rel=0), row.observable


def test_there_are_rows_of_every_kind():
    kinds = {row.row_id[0] for row in ROWS}

    assert kinds >= set("SACHKRTVZPM")
    assert len({row.row_id for row in ROWS}) == len(ROWS) >= 60
