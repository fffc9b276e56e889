"""The benchmark runs and its files mean what they say; how fast anything is, is no test's business."""

import contextlib
import json
import math
import operator
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from benchmarks import over_torchcraft
from benchmarks.bench_bridge import contestants, parser, plan_of, ratios_of, targets_of
from benchmarks.measure import Contestant, Settings, Summary, rate_of, rates_of, ratio, summaries_of
from benchmarks.round_trips import WAYS

ROOT = Path(__file__).resolve().parents[2]

COUNTS = ("1 process", "4 processes", "16 processes")

RATES = ("median", "lower_quartile", "upper_quartile")


def check_result(result, repeats):
    """Assert what every result file promises its readers."""
    assert {
        "format",
        "command",
        "commit",
        "machine",
        "versions",
        "settings",
        "task",
        "groups",
        "ratios",
        "targets",
    } <= {*result}
    assert {"cpu", "cores", "usable_cores", "load_before"} <= {*result["machine"]}
    assert {"python", "numba", "numpy", "stable-baselines3"} <= {*result["versions"]}
    assert result["settings"]["repeats"] == repeats
    assert result["settings"]["warm_up_s"] > 0
    summaries = [values for names in result["groups"].values() for values in names.values()]
    summaries += result["ratios"].values()
    assert len(summaries) > 10
    for values in summaries:
        assert len(values["values"]) == repeats
        assert all(
            math.isfinite(value) and value >= 0 for value in (*values["values"], *(values[key] for key in RATES))
        )
        assert values["lower_quartile"] <= values["median"] <= values["upper_quartile"]
    for target in result["targets"]:
        reaches = operator.le if target.get("limit") == "at most" else operator.ge
        assert target["is_reached"] == reaches(target["median"], target["wanted"])


@pytest.mark.timeout(600)
@pytest.mark.xdist_group("benchmarks")
def test_quick_run_measures_every_contestant(tmp_path):
    out, figure = tmp_path / "result.json", tmp_path / "figure.png"

    command = [sys.executable, "-m", "benchmarks.bench_env", "--quick", "--out", str(out), "--figure", str(figure)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=580)

    assert result.returncode == 0, result.stderr
    written = json.loads(out.read_text())
    check_result(written, repeats=1)
    groups = written["groups"]
    assert {"engine frames/s, 1 game per call", "engine frames/s, 4 games per call"} <= {*groups}
    for group in ("env steps/s, 1 game", "env steps/s, 4 games"):
        assert {"vector env (shm)", "SB3 adapter (shm)", "SB3 SubprocVecEnv"} <= {*groups[group]}
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert "targets" in result.stdout


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("benchmarks")
def test_quick_run_of_the_bridge_measures_every_contestant(tmp_path):
    out = tmp_path / "result.json"
    before = set(psutil.Process().children(recursive=True))

    command = [sys.executable, "-m", "benchmarks.bench_bridge", "--quick", "--out", str(out)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)

    assert result.returncode == 0, result.stderr
    written = json.loads(out.read_text())
    check_result(written, repeats=1)
    trips = "round trips/s, 256 B, 2 processes"
    assert {*written["groups"][trips]} == {*WAYS}
    assert {*written["groups"][f"{trips}, every core busy"]} == {"shm channel", "mp.Pipe", "mp.Pipe, raw bytes"}
    assert all(values["median"] > 0 for values in written["groups"][trips].values())
    assert len(written["groups"]["CPU of a waiting process, % of a core"]) == 5
    assert f"shm channel / SB3 SubprocVecEnv: {trips}" in written["ratios"]
    assert not set(psutil.Process().children(recursive=True)) - before


def test_parts_and_sizes_of_the_bridge_benchmark_can_be_chosen():
    plan = plan_of(parser().parse_args(["--parts", "many", "--sizes", "64", "--processes", "1", "3"]))

    assert [(one.group, one.name) for one in contestants(plan)] == [
        ("round trips/s, 64 B, 1 process", "shm channel, 16 games each"),
        ("round trips/s, 64 B, 3 processes", "shm channel, 16 games each"),
    ]


def test_targets_speak_only_of_what_was_measured():
    one, four = "round trips/s, 256 B, 1 process", "round trips/s, 256 B, 4 processes"
    rates = {one: {"shm channel": 100.0, "two mp.Queues": 4.0}, four: {"shm channel": 200_000.0, "mp.Pipe": 10.0}}
    summaries = summaries_of([rates])

    targets = targets_of(summaries, ratios_of(summaries), plan_of(parser().parse_args(["--processes", "1", "4"])))

    assert [(target["name"], target["is_reached"]) for target in targets] == [
        (f"shm channel / two mp.Queues: {one}", True),
        (f"shm channel: {four}", False),
    ]


def test_published_result_is_complete():
    result = json.loads((ROOT / "benchmarks" / "results" / "bench_env.json").read_text())

    check_result(result, repeats=result["settings"]["repeats"])
    assert result["settings"]["repeats"] >= 5
    assert 40_000.0 in [target["wanted"] for target in result["targets"]]
    assert (ROOT / "docs" / "figures" / "bench_env.png").read_bytes().startswith(b"\x89PNG")


def test_published_result_of_the_bridge_is_complete():
    path = ROOT / "benchmarks" / "results" / "bench_bridge.json"
    if not path.exists():
        pytest.skip("bench_bridge has not been run on a quiet machine yet")
    result = json.loads(path.read_text())

    check_result(result, repeats=result["settings"]["repeats"])
    assert result["settings"]["repeats"] >= 5
    assert {f"round trips/s, {size}, {count}" for size in ("256 B", "4 KB", "64 KB") for count in COUNTS} <= {
        *result["groups"]
    }
    assert len(result["targets"]) == 14


def test_summary_gives_quartiles():
    summary = Summary(values=(5.0, 1.0, 4.0, 2.0, 3.0))

    assert summary.quartiles == (2.0, 3.0, 4.0)
    assert summary.to_json()["values"] == [5.0, 1.0, 4.0, 2.0, 3.0]


def test_ratio_is_formed_within_a_repeat():
    summaries = summaries_of([{"group": {"ours": 10.0, "theirs": 5.0}}, {"group": {"ours": 30.0, "theirs": 3.0}}])

    assert ratio(summaries, "group", "ours", "theirs").values == (2.0, 10.0)


def test_rate_counts_what_was_done():
    calls = []

    rate = rate_of(lambda: calls.append(None) or 10, 0.01)

    assert calls
    assert 0 < rate <= 10 * len(calls) / 0.01


def test_order_rotates_from_repeat_to_repeat():
    order = []

    def contestant(name):
        @contextlib.contextmanager
        def is_open():
            order.append(name)
            yield lambda seconds: 1.0

        return Contestant(group="group", name=name, open=is_open)

    contestants = [contestant(name) for name in "abc"]
    for repeat in range(3):
        rates_of(contestants, Settings(), repeat)

    assert "".join(order) == "abc" + "bca" + "cab"


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("benchmarks")
def test_quick_run_of_the_wire_measures_every_contestant(tmp_path):
    out = tmp_path / "result.json"

    command = [sys.executable, "-m", "benchmarks.bench_wire", "--quick", "--out", str(out)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)

    assert result.returncode == 0, result.stderr
    written = json.loads(out.read_text())
    check_result(written, repeats=1)
    both = [names for group, names in written["groups"].items() if group.startswith(("encode", "decode"))]
    assert len(both) == 12
    assert all({*names} == {"nydus", "flatbuffers package"} for names in both)
    assert sum(name.startswith("nydus / flatbuffers package: ") for name in written["ratios"]) == 12
    assert {"diff, frame of 10 units, messages/s", "undiff, frame of 200 units, messages/s"} <= {*written["groups"]}


@pytest.mark.timeout(600)
@pytest.mark.xdist_group("benchmarks")
def test_quick_run_of_starcraft2_measures_every_contestant(tmp_path):
    pytest.importorskip("sc2", reason="the extra sc2 is not installed")
    out = tmp_path / "result.json"
    before = set(psutil.Process().children(recursive=True))

    command = [sys.executable, "-m", "benchmarks.bench_sc2", "--quick", "--out", str(out)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=580)

    assert result.returncode == 0, result.stderr
    groups = json.loads(out.read_text())["groups"]
    for group in ("env steps/s, 1 game", "env steps/s, 4 games"):
        assert {*groups[group]} == {"vector env (shm)", "vector env (local)"}
    wire = groups["steps per CPU second through the websocket, 1 game"]
    assert {*wire} == {"server's process", "python-sc2's process"}
    assert all(values["median"] > 0 for names in groups.values() for values in names.values())
    assert not set(psutil.Process().children(recursive=True)) - before


def test_win_rate_over_the_wire_is_kept_where_intervals_overlap():
    rows = [
        {"played on": name, "win_rate_ci95": interval}
        for name, interval in (("embedded", (0.9, 0.95)), ("wire", (0.9, 0.95)), ("server", (0.94, 1.0)))
    ]

    assert over_torchcraft.verdict(rows).startswith("The win rate is kept")
    rows[2]["win_rate_ci95"] = (0.5, 0.6)
    assert over_torchcraft.verdict(rows).startswith("The win rate is **not** kept (server)")


def test_section_over_the_wire_takes_the_place_of_the_old_one():
    page = "# Results\n\nText.\n"

    once = over_torchcraft.with_section(page, f"{over_torchcraft.HEADING}\n\nold\n")
    twice = over_torchcraft.with_section(once, f"{over_torchcraft.HEADING}\n\nnew\n")

    assert twice == f"# Results\n\nText.\n\n\n{over_torchcraft.HEADING}\n\nnew\n"
    assert over_torchcraft.with_section(once, "") == page
