"""Duels, triggers, scenarios' places, acquisition: O108 to O138."""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks.oracle import statistics
from benchmarks.oracle.battles import fight
from benchmarks.oracle_rows.result import Result, Row, exact
from bridge.scenarios import load_scenario
from engine.broodwar import rules_table as rules
from engine.broodwar.games import BroodWarGames
from engine.broodwar.state import ORDER_DIE
from engine.core.frame import Commands

DUEL_GAMES: Final = 200


def duel(row: Row) -> Result:
    """Who wins a fight of two sides, how long it takes, what is left."""
    wanted = row["expected"]
    outcome = fight((row["side0"], row["side1"]), DUEL_GAMES, seed=int(row["id"][1:]))
    ours = [int((outcome.winner == side).sum()) for side in (0, 1, -1)]
    theirs = [wanted["win0"], wanted["win1"], wanted["draw"]]
    share = [count / DUEL_GAMES for count in ours]
    their_share = [count / wanted["n"] for count in theirs]
    decided = outcome.winner >= 0
    frames = outcome.frames.astype(np.float64)
    mean = float(frames.mean())
    left = float(outcome.points_left[decided].mean()) if decided.any() else 0.0
    p_wins = statistics.same_counts(ours, theirs)
    p_frames = statistics.same_mean(frames, wanted["mean_frames"], wanted["sd_frames"], wanted["n"])
    close = abs(share[0] - their_share[0]) <= 0.10 and abs(share[1] - their_share[1]) <= 0.10
    alike = p_wins >= statistics.LEVEL
    in_time = abs(mean / wanted["mean_frames"] - 1) <= 0.05 or p_frames >= statistics.LEVEL
    survivors = outcome.survivors.mean(axis=0)
    return Result(
        row_id=row["id"],
        observable=row["observable"].split(" - ")[0],
        expected=(
            f"{theirs[0]}:{theirs[1]}, {theirs[2]} drawn; {wanted['mean_frames']} frames (sd {wanted['sd_frames']}); "
            f"left {wanted['mean_survivors0']}:{wanted['mean_survivors1']}, {wanted['mean_hp_left_winner']} points"
        ),
        ours=(
            f"{ours[0]}:{ours[1]}, {ours[2]} drawn; {mean:.1f} frames (sd {frames.std(ddof=1):.1f}); "
            f"left {survivors[0]:.2f}:{survivors[1]:.2f}, {left:.1f} points"
        ),
        holds=(close or alike) and in_time,
        p_values=(p_wins, p_frames),
    )


def _advance(games: BroodWarGames, frames: int) -> None:
    commands = Commands.allocate(2, games.unit_capacity)
    games.step(commands, np.zeros(2, np.int32), np.arange(2, dtype=np.int8), frames)


def _started(name: str) -> BroodWarGames:
    games = BroodWarGames(load_scenario(name), 1, latency_frames=0)
    games.start(np.ones(1, np.bool_), np.array([1], np.uint64))
    return games


def trigger_frames(row: Row) -> Result:
    """Kill one army again and again; new armies come with the next pass."""
    games = _started("m5v5_c_far")
    passes = [int(games.games["frame"][0])]
    for _ in range(4):
        _advance(games, 40)
        slots = games.units[0]
        alive = slots["slot_state"] != 0
        slots["order"][alive & (slots["player"] == 1)] = ORDER_DIE
        _advance(games, 2)
        for _ in range(40):
            _advance(games, 1)
            slots = games.units[0]
            if ((slots["slot_state"] != 0) & (slots["player"] == 1)).sum() == 5:
                passes.append(int(games.games["frame"][0]))
                break
    periods = {(frame - passes[0]) % 31 for frame in passes[1:]}
    found = f"frame {passes[0]} / {31 if periods == {0} and len(passes) == 5 else passes} frames"
    return exact(row, found)


def _stands(name: str, player: int) -> list[tuple[int, int, int]]:
    games = _started(name)
    order = games.index[0, : int(games.games["num_units"][0])]
    slots = games.units[0]
    return sorted(
        (int(slots["type"][at]), int(slots["x"][at]), int(slots["y"][at]))
        for at in order
        if slots["player"][at] == player
    )


def marine_places(row: Row) -> Result:
    """The trigger's free-spot search puts five marines where the game does."""
    first = [(640, 1104), (664, 1080), (664, 1104), (664, 1128), (640, 1128)]
    wanted = [sorted((0, x + shift, y) for x, y in first) for shift in (0, 320)]
    found = [_stands("m5v5_c_far", player) for player in (0, 1)]
    text = "; ".join(str([(x, y) for _, x, y in side]) for side in found)
    return exact(row, text, "; ".join(str([(x, y) for _, x, y in side]) for side in wanted))


def dragoon_places(row: Row) -> Result:
    """The map's dragoons and zealots stand where the game puts them."""
    wanted = sorted([(65, 704, 1072), (65, 704, 1096), (65, 728, 1096), (66, 672, 1104), (66, 736, 1068)])
    return exact(row, str(_stands("dragoons_zealots", 0)), str(wanted))


def acquisition(row: Row) -> Result:
    """How far each type looks for targets."""
    table = rules.UNIT_TYPES["acquisition_tiles"]
    return exact(row, {name: int(table[rules.unit_type_id(name)]) for name in row["expected"]})
