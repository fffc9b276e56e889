from __future__ import annotations

import itertools
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.config import SelfPlayConfig
from agents.selfplay.pool import LEAST_WEIGHT, MEMORY_BATTLES, Kind, Opponent, OpponentPool, Outcome, Record
from agents.selfplay.training import standing
from bridge.errors import ConfigError

DRAWS = 20_000


def pool_of(seed: int = 1, **settings: Any) -> OpponentPool:
    return OpponentPool(SelfPlayConfig(**settings), seed)


def by_name(pool: OpponentPool) -> dict[str, Opponent]:
    return {opponent.name: opponent for opponent in pool.opponents}


def shares(pool: OpponentPool, draws: int = DRAWS) -> dict[str, float]:
    counts = Counter(pool.draw().name for _ in range(draws))
    return {name: count / draws for name, count in counts.items()}


def kinds(pool: OpponentPool) -> dict[Kind, float]:
    counts = Counter(pool.draw().kind for _ in range(DRAWS))
    return {kind: counts[kind] / DRAWS for kind in Kind}


def test_kinds_are_drawn_by_their_shares() -> None:
    pool = pool_of(latest=5, snapshots=3, scripts=2)
    pool.add_snapshot("step-1", 1)

    drawn = kinds(pool)

    # standard error below 0.004
    assert drawn[Kind.LATEST] == pytest.approx(0.5, abs=0.02)
    assert drawn[Kind.SNAPSHOT] == pytest.approx(0.3, abs=0.02)
    assert drawn[Kind.SCRIPT] == pytest.approx(0.2, abs=0.02)


def test_newest_policy_plays_for_snapshots_until_there_are_any() -> None:
    drawn = kinds(pool_of(latest=0.0, snapshots=0.8, scripts=0.2))

    assert drawn[Kind.LATEST] == pytest.approx(0.8, abs=0.02)
    assert drawn[Kind.SNAPSHOT] == 0


def test_opponent_that_wins_is_met_more_often_and_a_beaten_one_still() -> None:
    pool = pool_of(latest=0, snapshots=0, scripts=1, players=["closest", "noop"], priority=2.0)
    for _ in range(10 * MEMORY_BATTLES):
        pool.note(by_name(pool)["noop"], Outcome.WON)
        pool.note(by_name(pool)["closest"], Outcome.LOST)

    drawn = shares(pool)

    assert drawn["noop"] == pytest.approx(LEAST_WEIGHT / (1 + LEAST_WEIGHT), abs=0.01)


def test_priority_0_draws_all_alike() -> None:
    pool = pool_of(latest=0, snapshots=0, scripts=1, players=["closest", "noop"], priority=0.0)
    for _ in range(100):
        pool.note(by_name(pool)["noop"], Outcome.WON)

    assert shares(pool)["noop"] == pytest.approx(0.5, abs=0.02)


def test_only_a_few_snapshots_play_at_once_and_all_in_the_long_run() -> None:
    pool = pool_of(latest=0, snapshots=1, scripts=0, snapshots_in_play=2)
    for steps in range(1, 8):
        pool.add_snapshot(f"step-{steps}", steps)
    met: set[str] = set()

    for _ in range(50):
        pool.choose_in_play()
        playing = {pool.draw().name for _ in range(50)}
        assert len(playing) <= 2
        met |= playing

    assert met == {f"step-{steps}" for steps in range(1, 8)}


@given(st.integers(2, 12), st.integers(1, 60))
def test_kept_snapshots_are_bounded_and_spread_over_the_run(most: int, count: int) -> None:
    pool = pool_of(max_snapshots=most)

    left = [gone.name for steps in range(1, count + 1) for gone in pool.add_snapshot(f"step-{steps}", steps)]

    kept = [snapshot.steps for snapshot in pool.snapshots]
    assert len(kept) == min(most, count)
    assert kept[0] == 1
    assert kept[-1] == count
    assert sorted(left) == sorted({f"step-{steps}" for steps in range(1, count + 1)} - set(by_name(pool)))
    gaps = [after - before for before, after in itertools.pairwise(kept)]
    assert max(gaps, default=1) <= 4 * count / most + 1


def test_same_seed_draws_the_same_opponents() -> None:
    def drawn(seed: int) -> list[str]:
        pool = pool_of(seed)
        for steps in (1, 2, 3):
            pool.add_snapshot(f"step-{steps}", steps)
        return [pool.draw().name for _ in range(100)]

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)


@given(st.lists(st.sampled_from(list(Outcome)), max_size=300))
def test_record_counts_everything_and_its_rates_stay_rates(outcomes: list[Outcome]) -> None:
    record = Record()

    for outcome in outcomes:
        record.note(outcome)

    counts = Counter(outcomes)
    assert (record.wins, record.losses, record.draws) == (
        counts[Outcome.WON],
        counts[Outcome.LOST],
        counts[Outcome.DRAWN],
    )
    assert record.battles == len(outcomes)
    assert 0 <= record.win_rate <= 1
    assert 0 < record.expected_win_rate < 1


def test_win_rate_forgets() -> None:
    record = Record()
    for outcome in [Outcome.LOST] * 1000 + [Outcome.WON] * 3 * MEMORY_BATTLES:
        record.note(outcome)

    assert record.win_rate > 0.9
    assert record.losses == 1000


def test_saved_pool_is_restored_with_its_scores() -> None:
    pool = pool_of()
    for steps in (10, 20, 30):
        pool.add_snapshot(f"step-{steps}", steps)
    for name, outcome in (("latest", Outcome.WON), ("step-20", Outcome.LOST), ("noop", Outcome.DRAWN)):
        pool.note(by_name(pool)[name], outcome)
    saved = json.loads(json.dumps(pool.to_json()))

    again = pool_of()
    again.restore(saved, ["step-10", "step-20", "step-30"], 30, "opponents.json")

    assert again.to_json() == pool.to_json()


def test_snapshots_without_a_file_or_of_later_steps_are_not_restored() -> None:
    pool = pool_of()
    for steps in (10, 20, 30):
        pool.add_snapshot(f"step-{steps}", steps)

    again = pool_of()
    again.restore(pool.to_json(), ["step-20", "step-30"], 25, "opponents.json")

    assert [snapshot.name for snapshot in again.snapshots] == ["step-20"]


@pytest.mark.parametrize(
    "saved",
    [{}, {"format": 99, "opponents": []}, {"format": 1, "opponents": [{"name": "x"}]}, {"format": 1, "opponents": 3}],
)
def test_other_file_is_refused_by_name(saved: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"^runs/x/opponents\.json: "):
        pool_of().restore(saved, [], 1, "runs/x/opponents.json")


def test_battle_against_a_snapshot_that_has_left_is_dropped() -> None:
    pool = pool_of(max_snapshots=2)
    for steps in (1, 2):
        pool.add_snapshot(f"step-{steps}", steps)
    (left,) = pool.add_snapshot("step-3", 3)

    pool.note(left, Outcome.WON)

    assert left.name not in pool.records
    assert left.name not in pool.played


def test_standing_sums_up_by_kind() -> None:
    pool = pool_of()
    assert standing(pool) == ""
    pool.add_snapshot("step-1", 1)
    for name, outcome in (("latest", Outcome.LOST), ("step-1", Outcome.WON), ("noop", Outcome.WON)):
        pool.note(by_name(pool)[name], outcome)
    pool.note(by_name(pool)["closest"], Outcome.LOST)

    assert standing(pool) == "latest 0%, 1 snapshots 100%, scripts 50%"
