"""One measurement per oracle row: what the reference shows, what this engine shows, and whether they agree.

`MEASURES` maps the row's id to a function that plays what the row describes. Rows whose outcome is random are judged
by two-sample tests at `statistics.LEVEL`; all seeds are fixed, so a row's verdict changes only with the engine.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from benchmarks.oracle import technology
from benchmarks.oracle.traces import DATA_FOLDER
from benchmarks.oracle_rows import clocks, economy, fights, movement, shooting, skills
from benchmarks.oracle_rows.result import Result, Row


def rows() -> dict[str, Row]:
    """Return the oracle rows of this engine's units, by id."""
    table = json.loads((DATA_FOLDER / "rows.json").read_text("utf-8"))
    return {row["id"]: row for row in table}


def measure(row_id: str) -> Result:
    """Play what an oracle row describes and compare.

    Raises:
        KeyError: no such row.
    """
    return MEASURES[row_id](rows()[row_id])


FIRE_RATES: Final = tuple(f"O{number:03}" for number in range(28, 52))
DUELS: Final = tuple(f"O{number}" for number in range(108, 135))

TRAINED: Final = tuple(f"O{number:03}" for number in range(78, 82))
HATCHED: Final = tuple(f"O{number:03}" for number in range(82, 87))
BUILT: Final = tuple(f"O{number:03}" for number in range(87, 99))
MINED: Final = tuple(f"O{number:03}" for number in range(66, 69))
OPENINGS: Final = tuple(f"O{number}" for number in range(101, 108))

MEASURES: Final[dict[str, Callable[[Row], Result]]] = {
    "O001": clocks.frame_length,
    "O002": clocks.status_clock,
    "O003": clocks.order_clock,
    "O004": clocks.random_numbers,
    "O005": clocks.lengths,
    "O006": clocks.edge_distance,
    **dict.fromkeys(movement.MOVERS, movement.speed),
    **dict.fromkeys(technology.UPGRADED_MOVERS, movement.upgraded_speed),
    "O026": movement.first_speeds,
    "O027": movement.vulture_acceleration,
    **dict.fromkeys(FIRE_RATES, shooting.fire_rate),
    "O052": shooting.cooldown_law,
    "O053": shooting.first_shot,
    "O054": shooting.shots_to_kill,
    "O055": shooting.attacks_to_kill,
    "O056": shooting.siege_splash,
    "O057": shooting.grenade_damage,
    "O058": shooting.disruptor_damage,
    "O059": shooting.hit_rate,
    "O060": skills.regeneration,
    "O061": skills.medic,
    "O062": skills.stim,
    "O063": skills.siege,
    "O064": skills.burrow,
    "O065": skills.cloak_drain,
    **dict.fromkeys(MINED, economy.mining_rates),
    "O069": economy.rate_per_worker,
    "O070": economy.rates_of_a_base,
    "O071": economy.mining_time,
    "O072": economy.gas,
    "O073": economy.time_in_refinery,
    "O074": economy.trip_loads,
    **dict.fromkeys(TRAINED, economy.training),
    **dict.fromkeys(HATCHED, economy.hatching),
    **dict.fromkeys(BUILT, economy.construction),
    "O075": economy.larva_intervals,
    "O076": economy.first_larvae,
    "O077": economy.fourth_larva,
    "O099": economy.egg_phase,
    "O100": economy.prices,
    **dict.fromkeys(OPENINGS, economy.opening),
    **dict.fromkeys(DUELS, fights.duel),
    "O135": fights.trigger_frames,
    "O136": fights.marine_places,
    "O137": fights.dragoon_places,
    "O138": fights.acquisition,
}
