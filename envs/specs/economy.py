"""Observation `economy`: the books of a melee game and how many of each type there are, as one vector."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import Frame
from engine.core.jit import kernel
from engine.core.rules import BROODWAR, plain_name, unit_type_names
from envs.specs.costs import costs_of
from envs.specs.field import Block, Field
from envs.specs.ledger import Ledger
from envs.specs.reading import FLAG_COMPLETED, has_flag
from envs.specs.researching import is_under_way, level_of, research_table

BANK: Final = 1000
"""Minerals and gas are divided by this; more is as good as this."""

SUPPLY: Final = 200
"""The game's largest supply."""

ROOM: Final = 16
"""Free supply is divided by this: what a few producers fill in one round."""

WORKERS: Final = 60
CROWD: Final = 20

ECONOMY_FIELDS: Final = (
    Field(name="time", doc="Frames of the episode, of its limit."),
    Field(name="minerals", doc=f"In the bank, of {BANK}, clipped."),
    Field(name="gas", doc=f"In the bank, of {BANK}, clipped."),
    Field(name="supply_used", doc=f"Supply in use, of {SUPPLY}."),
    Field(name="supply_total", doc=f"Supply provided, of {SUPPLY}."),
    Field(name="supply_room", doc=f"Supply left, of {ROOM}, clipped."),
    Field(name="workers", doc=f"Complete workers, of {WORKERS}, clipped."),
    Field(name="idle_workers", doc=f"Those with nothing to do, of {CROWD}, clipped."),
    Field(name="mineral_workers", doc=f"Those that gather minerals, of {WORKERS}, clipped."),
    Field(name="gas_workers", doc=f"Those that gather gas, of {CROWD}, clipped."),
    Field(name="army_supply", doc=f"Supply of the complete fighters, of {SUPPLY}."),
    Field(name="enemy_units", doc=f"Enemy units and buildings in sight, of {WORKERS}, clipped."),
    Field(name="enemy_buildings", doc=f"Enemy buildings in sight, of {CROWD}, clipped."),
)
"""Columns before those of the types."""

NUM_ECONOMY_COLUMNS: Final = len(ECONOMY_FIELDS)


def economy_block(kinds: list[int], knowable: list[str], game: str = BROODWAR) -> Block:
    """Return the declaration for a race that can make these types and research these things.

    Args:
        kinds: type ids.
        knowable: names of technologies and upgrades.
        game: whose types.
    """
    names = unit_type_names(game)
    fields: list[Field] = list(ECONOMY_FIELDS)
    for kind in kinds:
        words = plain_name(names[kind])
        fields.append(Field(name=f"own_{names[kind]}", doc=f"Own {words}, complete, of {CROWD}, clipped."))
    for kind in kinds:
        words = plain_name(names[kind])
        doc = f"{words} under construction, in queues or ordered, of {CROWD}, clipped."
        fields.append(Field(name=f"coming_{names[kind]}", doc=doc[0].upper() + doc[1:]))
    for name in knowable:
        words = name.replace("_", " ")
        fields.append(Field(name=f"level_{name}", doc=f"Level of {words}, of the highest; a technology has one."))
    for name in knowable:
        fields.append(Field(name=f"coming_{name}", unit="flag", doc=f"{name.replace('_', ' ')} is being researched."))
    return Block(
        name="economy", leading=(), fields=tuple(fields), doc="The own economy, and what is seen of the enemy."
    )


class EconomyEncoder:
    """Writes `economy` of a batch of rows."""

    def __init__(self, kinds: list[int], knowable: list[str], max_frames: int, game: str = BROODWAR) -> None:
        """Prepare.

        Args:
            kinds: type ids that have columns.
            knowable: names of technologies and upgrades that have columns.
            max_frames: an episode's limit, for `time`.
            game: whose types.
        """
        self._max_frames = max_frames
        self._num_kinds = len(kinds)
        self._column = np.full(len(costs_of(game)), -1, np.int32)
        self._column[kinds] = np.arange(len(kinds))
        self._researches = research_table(knowable)

    def encode(self, frame: Frame, ledger: Ledger, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `observation` of the marked rows."""
        encode_economy_rows(
            marked,
            frame.player,
            frame.num_units,
            frame.units,
            ledger.costs,
            self._column,
            self._num_kinds,
            ledger.rows,
            self._max_frames,
            frame.techs,
            frame.upgrades,
            frame.researching,
            frame.upgrading,
            self._researches,
            arrays["observation"],
        )


@kernel
def encode_economy_rows(
    marked: NDArray[np.bool_],
    player: NDArray[np.int8],
    num_units: NDArray[np.int32],
    units: NDArray[np.void],
    costs: NDArray[np.void],
    column: NDArray[np.int32],
    num_kinds: int,
    books: NDArray[np.void],
    max_frames: int,
    techs: NDArray[np.uint8],
    upgrades: NDArray[np.uint8],
    researching: NDArray[np.uint8],
    upgrading: NDArray[np.uint8],
    researches: NDArray[np.void],
    out: NDArray[np.float32],
) -> None:
    """Write each marked row's vector.

    Args:
        marked: (rows,) bool.
        player: (rows,) int8.
        num_units: (rows,) int32.
        units: (rows, capacity) UNIT_DTYPE.
        costs: (types,) COST_DTYPE.
        column: (types,) int32, where each type is counted, -1 for nowhere.
        num_kinds: types that are counted.
        books: (rows,) LEDGER_DTYPE, in step with `units`.
        max_frames: limit of an episode.
        techs: (rows, NUM_TECHS) uint8.
        upgrades: (rows, NUM_UPGRADES) uint8.
        researching: (rows, NUM_TECHS) uint8.
        upgrading: (rows, NUM_UPGRADES) uint8.
        researches: (m,) RESEARCH_DTYPE.
        out: (rows, 13 + 2 * kinds + 2 * m) float32, overwritten.
    """
    first = NUM_ECONOMY_COLUMNS
    for r in range(out.shape[0]):
        if not marked[r]:
            continue
        line = out[r]
        book = books[r]
        line[:] = 0.0
        line[0] = min(1.0, (book["tracked_frame"] - book["start_frame"]) / max_frames)
        line[1] = min(1.0, book["minerals"] / BANK)
        line[2] = min(1.0, book["gas"] / BANK)
        line[3] = min(1.0, book["supply_used"] / (2 * SUPPLY))
        line[4] = min(1.0, book["supply_total"] / (2 * SUPPLY))
        line[5] = min(1.0, max(0, book["supply_total"] - book["supply_used"]) / (2 * ROOM))
        line[6] = min(1.0, book["workers"] / WORKERS)
        line[7] = min(1.0, book["idle_workers"] / CROWD)
        line[8] = min(1.0, book["mineral_workers"] / WORKERS)
        line[9] = min(1.0, book["gas_workers"] / CROWD)
        line[10] = min(1.0, book["army_supply"] / (2 * SUPPLY))
        line[11] = min(1.0, book["enemy_units"] / WORKERS)
        line[12] = min(1.0, book["enemy_buildings"] / CROWD)
        for k in range(num_units[r]):
            unit = units[r, k]
            if unit["player"] != player[r]:
                continue
            at = column[unit["type"]]
            is_complete = has_flag(unit, FLAG_COMPLETED)
            if at >= 0:
                line[first + at + (0 if is_complete else num_kinds)] += 1.0
            # A building that is under construction may name itself; what it trains or becomes is what counts.
            making = unit["build_type"]
            if making >= 0 and is_complete and column[making] >= 0:
                line[first + num_kinds + column[making]] += max(1, unit["train_count"])
            elif making >= 0 and at < 0 and not costs[unit["type"]]["is_building"] and column[making] >= 0:
                line[first + num_kinds + column[making]] += 1.0  # an egg
        for c in range(first, first + 2 * num_kinds):
            line[c] = min(1.0, line[c] / CROWD)
        num_researches = researches.shape[0]
        at = first + 2 * num_kinds
        for m in range(num_researches):
            research = researches[m]
            line[at + m] = level_of(research, techs[r], upgrades[r]) / research["max_level"]
            line[at + num_researches + m] = 1.0 if is_under_way(research, researching[r], upgrading[r]) else 0.0
