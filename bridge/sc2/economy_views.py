"""A player's numbers in the API's terms: stock, supply, harvesters, the score's details."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import GATHER, RETURN_CARGO
from engine.starcraft2.tables import KINDS, MINERALS, ONE, unit_type_id

BASE_CELLS: Final = 10
"""A field so near to a town hall is its."""

WORKERS_PER_FIELD: Final = 2
WORKERS_PER_GAS: Final = 3
"""Ideal harvesters (MECHANICS.md section 3)."""

LARVA: Final = unit_type_id("Larva")
WARP_GATE: Final = unit_type_id("WarpGate")

SCORE: Final = (
    ("collected_minerals", "mined_minerals"),
    ("collected_vespene", "mined_gas"),
    ("spent_minerals", "spent_minerals"),
    ("spent_vespene", "spent_gas"),
)
"""ScoreDetails by the engine's counters."""


def write_harvesters(games: StarCraft2Games, out: NDArray[np.void], state: NDArray[np.void], player: int) -> None:
    """Write how many workers each own town hall and gas building has, and should have.

    Args:
        games: one game.
        out: (n,) UNIT_VIEW_DTYPE, written to.
        state: (n,) the engine's records of the same units.
        player: the owner, from 0.
    """
    kinds = KINDS[state["kind"]]
    done = (state["player"] == player) & (state["is_complete"] != 0)
    halls = np.flatnonzero(done & (kinds["is_townhall"] != 0))
    wells = np.flatnonzero(done & (kinds["is_structure"] != 0) & (state["resources"] > 0))
    out["ideal"][wells] = WORKERS_PER_GAS
    at_work = done & (state["num_orders"] > 0) & np.isin(state["order_ability"][:, 0], (GATHER, RETURN_CARGO))
    ids, counts = np.unique(state["order_target"][at_work, 0], return_counts=True)
    workers_of = dict(zip(ids.tolist(), counts.tolist(), strict=True))
    for row in wells.tolist():
        out["assigned"][row] = workers_of.get(int(out["id"][row]) - 1, 0)
    if not len(halls):
        return
    every = games.units[0]
    index = games.index[0][: int(games.games["num_units"][0])]
    fields = index[KINDS["resource"][every["kind"][index]] == MINERALS]
    if not len(fields):
        return
    away = np.hypot(
        every["x"][fields][:, None].astype(np.float64) - state["x"][halls],
        every["y"][fields][:, None].astype(np.float64) - state["y"][halls],
    )
    nearest = away.argmin(axis=1)
    for at, slot in enumerate(fields.tolist()):
        row = halls[nearest[at]]
        if away[at, nearest[at]] < BASE_CELLS * ONE:
            out["ideal"][row] += WORKERS_PER_FIELD
            out["assigned"][row] += workers_of.get(games.id_of(0, slot), 0)


def player_numbers(games: StarCraft2Games, state: NDArray[np.void], player: int) -> dict[str, Any]:
    """Return the fields of `bridge.sc2.world.View` that count things.

    Args:
        games: one game.
        state: (n,) the engine's records of all own units.
        player: whose, from 0.
    """
    kinds = KINDS[state["kind"]]
    head = games.games[0]
    is_worker = kinds["is_worker"] != 0
    is_structure = kinds["is_structure"] != 0
    is_larva = kinds["type"] == LARVA
    done = state["is_complete"] != 0
    army = ~is_worker & ~is_structure & (kinds["supply_half"] > 0)
    value = {
        f"total_value_{name}": float((kinds["minerals"] + kinds["gas"])[which & done].sum())
        for name, which in (("units", ~is_structure), ("structures", is_structure))
    }
    score = value | {name: float(head[counter][player]) for name, counter in SCORE}
    for name, column in (("minerals", "minerals"), ("vespene", "gas")):
        score[f"used_{name}.army"] = float(kinds[column][army].sum())
        score[f"used_{name}.economy"] = float(kinds[column][is_worker | (kinds["is_townhall"] != 0)].sum())
        score[f"lost_{name}.army"] = float(head[f"lost_{column}"][player])
        score[f"killed_{name}.army"] = float(head[f"lost_{column}"][1 - player])
    for at, name in enumerate(("units", "structures")):
        score[f"killed_value_{name}"] = float(head["lost_value"][1 - player, at])
    stock = int(head["minerals"][player]), int(head["gas"][player])
    return {
        "minerals": stock[0],
        "vespene": stock[1],
        "food_army": int(kinds["supply_half"][army].sum()) // 2,
        "food_workers": int(kinds["supply_half"][is_worker].sum()) // 2,
        "idle_workers": int((is_worker & (state["num_orders"] == 0)).sum()),
        "army_count": int(army.sum()),
        "warp_gates": int(((kinds["type"] == WARP_GATE) & done).sum()),
        "larvae": int(is_larva.sum()),
        "score": score,
        "score_total": round(sum(value.values())) + sum(stock),
    }
