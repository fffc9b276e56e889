"""Recorded games: what a reference engine did, frame by frame, and the commands that made it do so.

A trace has one row per frame and unit. The reduced traces of `tests/data/oracle/traces` are always there; the rest
are read from the folder of facts (`NYDUS_FACTS`, or `shared` beside the checkout) where there is one.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

ROOT: Final = Path(__file__).resolve().parents[2]
DATA_FOLDER: Final = ROOT / "tests" / "data" / "oracle"
FACTS_VARIABLE: Final = "NYDUS_FACTS"

COLUMNS: Final = ("frame", "index", "type", "owner", "x", "y", "hp", "shield")
"""Columns that every trace has; hit points and shields in 1/256."""

START_COLUMNS: Final = ("index", "type", "owner", "x", "y", "heading", "otimer", "mtimer")
"""Columns of the first recorded frame; `mtimer` is the main order timer, which the commands do not reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One recorded game.

    Attributes:
        name: file name without ending.
        kind: what sort of game.
        seed: of the recording; 0 if it had none.
        map: name of the micro map, empty for open ground.
        rows: (rows, 8) int32, `COLUMNS`, in order of frame and, in a frame, of the game's update list.
        start: (units, 8) int32, `START_COLUMNS` of the first frame.
    """

    name: str
    kind: str
    seed: int
    map: str
    rows: NDArray[np.int32]
    start: NDArray[np.int32]

    @property
    def first_frame(self) -> int:
        """Frame number of the first row."""
        return int(self.rows[0, 0])

    @property
    def last_frame(self) -> int:
        """Frame number of the last row."""
        return int(self.rows[-1, 0])

    def column(self, name: str) -> NDArray[np.int32]:
        """Return a column of `rows` by name."""
        return self.rows[:, COLUMNS.index(name)]

    def first(self, name: str) -> NDArray[np.int32]:
        """Return a column of `start` by name."""
        return self.start[:, START_COLUMNS.index(name)]

    def table(self) -> NDArray[np.int32]:
        """Return (frames, units, 4) int32: x, y, hp_256, shield_256 per frame and unit of `start`; -1 when gone."""
        order = {int(index): at for at, index in enumerate(self.first("index"))}
        frames = self.last_frame - self.first_frame + 1
        table = np.full((frames, len(order), 4), -1, np.int32)
        for row in self.rows:
            at = order.get(int(row[1]))
            if at is not None:
                table[row[0] - self.first_frame, at] = row[4:8]
        return table


@dataclass(frozen=True, slots=True, kw_only=True)
class Mining:
    """One recorded base at work.

    Attributes:
        name: file name without ending.
        worker_type: BWAPI UnitType id of the workers.
        frames: length.
        start: (workers, 4) int32: x, y, heading, movement state after the first frame, in order of the update list.
        goals: (workers, 2) int32: centre of the field that each is sent to.
        at: (n,) int32 frames, from 1, that were recorded.
        places: (n, workers, 2) int32 x and y.
    """

    name: str
    worker_type: int
    frames: int
    start: NDArray[np.int32]
    goals: NDArray[np.int32]
    at: NDArray[np.int32]
    places: NDArray[np.int32]


def load_mining(name: str) -> Mining:
    """Return a mining recording from the facts folder.

    Args:
        name: `mining_scv_4workers`.

    Raises:
        FileNotFoundError: there is no facts folder, or it lacks the recording.
    """
    folder = facts_folder()
    if folder is None:
        raise FileNotFoundError(f"no folder of facts ({FACTS_VARIABLE} names it)")
    with np.load(folder / f"{name}.npz") as file:
        columns = [str(column) for column in file["columns"]]
        units = file["units"]

    def column(rows: NDArray[np.int32], *names: str) -> NDArray[np.int32]:
        picked: NDArray[np.int32] = rows[:, [columns.index(one) for one in names]]
        return picked

    first = units[units[:, 0] == units[0, 0]]
    kind = int(column(first, "type")[0, 0])
    rows = units[column(units, "type")[:, 0] == kind]
    start = rows[rows[:, 0] == rows[0, 0]]
    of_field = {
        int(index): place for index, place in zip(column(units, "index")[:, 0], column(units, "x", "y"), strict=True)
    }
    at = np.unique(rows[:, 0]).astype(np.int32)
    return Mining(
        name=name,
        worker_type=kind,
        frames=int(at[-1]),
        start=column(start, "x", "y", "heading", "mstate"),
        goals=np.stack([of_field[int(target)] for target in column(start, "target")[:, 0]]),
        at=at,
        places=column(rows, "x", "y").reshape(len(at), len(start), 2),
    )


def facts_folder() -> Path | None:
    """Return the folder of recorded games, None where it is absent."""
    folder = Path(os.environ.get(FACTS_VARIABLE, ROOT.parent / "shared")) / "broodwar" / "recorded" / "openbw"
    return folder if folder.is_dir() else None


def small_traces() -> tuple[str, ...]:
    """Return the names of the traces that every clone has."""
    return tuple(sorted(json.loads((DATA_FOLDER / "traces" / "index.json").read_text("utf-8"))))


def load(name: str) -> Trace:
    """Return a trace by name, from the facts if there, else the reduced one.

    Raises:
        FileNotFoundError: neither has it.
    """
    facts = facts_folder()
    if facts is not None and (facts / f"{name}.npz").is_file():
        return _read(facts, name)
    return load_small(name)


def load_small(name: str) -> Trace:
    """Return one of the traces that every clone has.

    Raises:
        FileNotFoundError: it is not among them.
    """
    return _read(DATA_FOLDER / "traces", name)


def _read(folder: Path, name: str) -> Trace:
    entry = json.loads((folder / "index.json").read_text("utf-8"))[name]
    with np.load(folder / f"{name}.npz") as file:
        columns = [str(column) for column in file["columns"]]
        units = file["units"]
        rows = units[:, [columns.index(column) for column in COLUMNS]]
        if "start" in file.files:
            start = file["start"]
        else:
            first = units[units[:, 0] == units[0, 0]]
            start = first[:, [columns.index(column) for column in START_COLUMNS]]
    return Trace(
        name=name,
        kind=entry["kind"],
        seed=int(entry.get("seed", 0)),
        map=entry.get("map", ""),
        rows=rows,
        start=start,
    )
