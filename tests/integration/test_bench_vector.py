"""The benchmark of many games runs, and judges the peers by their best; how fast anything is, is no test's business."""

import dataclasses
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import bench_vector, peer_steps
from benchmarks.measure import summaries_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(600)
@pytest.mark.xdist_group("benchmarks")
def test_quick_run_measures_every_contestant(tmp_path):
    out = tmp_path / "result.json"

    command = [sys.executable, "-m", "benchmarks.bench_vector", "--quick", "--repeats", "1", "--out", str(out)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=580)

    assert result.returncode == 0, result.stderr
    written = json.loads(out.read_text())
    groups = written["groups"]
    assert {*groups["env steps/s, 1 game"]} == {*groups["env steps/s, 4 games"]} == {"vector env (shm)"}
    assert {*groups[peer_steps.PEER_GROUP]} == {
        peer_steps.peer_name(library, count) for library in (peer_steps.ASYNC, peer_steps.SUBPROC) for count in (1, 2)
    }
    medians = [values["median"] for names in groups.values() for values in names.values()]
    assert all(math.isfinite(median) and median > 0 for median in medians)
    assert len(written["ratios"]) >= 4
    assert written["task"]["smaclite is installed"] == ("SMAClite is not installed" not in result.stdout)


def rates_with(ours, by_count):
    """Return one repeat's rates: ours with 64 games, the others' by number of processes, none of SMAClite's."""
    peers = {peer_steps.peer_name(peer_steps.SUBPROC, count): rate for count, rate in by_count.items()}
    peers |= {peer_steps.peer_name(peer_steps.ASYNC, count): 1.0 for count in by_count}
    return {
        peer_steps.vector_group(64): {"vector env (shm)": ours},
        peer_steps.PEER_GROUP: peers,
        peer_steps.SINGLE_GROUP: {peer_steps.LOCAL: 1.0},
    }


def test_peers_are_judged_by_their_best_number_of_processes():
    settings = dataclasses.replace(bench_vector.VectorSettings(), env_games=(64,), peer_processes=(1, 8, 16))
    summaries = summaries_of([rates_with(60.0, {1: 4.0, 8: 20.0, 16: 10.0})])

    ratios = bench_vector.ratios_of(summaries, settings)
    targets = bench_vector.targets_of(summaries, ratios, settings)

    name = "vector env (shm), 64 games / SB3 SubprocVecEnv, 8 games (its best)"
    assert ratios[name].values == (3.0,)
    assert [(target["wanted"], target["is_reached"]) for target in targets] == [(100_000.0, False), (5.0, False)]
    assert targets[1]["name"] == name


def test_targets_are_reached_from_their_value_on():
    settings = dataclasses.replace(bench_vector.VectorSettings(), env_games=(64,), peer_processes=(8,))
    summaries = summaries_of([rates_with(100_000.0, {8: 20_000.0})])

    targets = bench_vector.targets_of(summaries, bench_vector.ratios_of(summaries, settings), settings)

    assert [target["is_reached"] for target in targets] == [True, True]
