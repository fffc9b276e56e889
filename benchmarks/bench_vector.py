"""`python -m benchmarks.bench_vector`: many battles at once, beside Gymnasium's and SB3's vector envs.

Writes benchmarks/results/bench_vector.json and prints the same as a table. `--quick` only shows that everything runs;
it writes where it is told to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks import env_steps, peer_steps, report
from benchmarks.measure import ROOT, Contestant, Settings, Summary, games_text, rates_of

MODULE: Final = "benchmarks.bench_vector"

RESULT_FILE: Final = ROOT / "benchmarks" / "results" / "bench_vector.json"

FORMAT: Final = 1
"""Raised whenever the result file's meaning changes."""

REPEAT_TIMEOUT_S: Final = 900.0
"""One repeat takes about a minute; compiling all kernels for the first one about as long."""

JUDGED_GAMES: Final = 64

WANTED_STEPS_PER_S: Final = 100_000.0
"""Env steps/s of 64 games on a machine with 2 cores."""

WANTED_OVER_PEERS: Final = 5.0

TASK: Final = {
    "scenario": env_steps.SCENARIO,
    "frame_skip": env_steps.FRAME_SKIP,
    "actions": "random among the possible ones, drawn outside the timed part",
    "vector env": "shm channel, same_step autoreset, one process per core (the default)",
    "peers": "one process to a game, forked, our own single env in it; judged by their best number of processes",
    "smaclite": f"{peer_steps.SMACLITE_ENV}, one environment in this process, where it is installed",
}
"""What the groups do, for readers of the result file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorSettings(Settings):
    """How long, how often and how much is measured.

    Attributes:
        peer_processes: processes of the other libraries, one game each.
    """

    env_games: tuple[int, ...] = (1, 8, 64, 256)
    peer_processes: tuple[int, ...] = (1, 2, 4, 8, 16, 32)


QUICK: Final = VectorSettings(repeats=1, warm_up_s=0.02, measure_s=0.05, env_games=(1, 4), peer_processes=(1, 2))
"""Shows that everything runs; its numbers mean nothing."""


def all_contestants(settings: VectorSettings) -> list[Contestant]:
    """Return everything that is measured, group by group.

    Args:
        settings: sizes.
    """
    return peer_steps.contestants(settings.env_games, settings.peer_processes)


def run_part(text: str) -> str:
    """Run one repeat in this interpreter.

    Args:
        text: JSON of the repeat's number and the settings.

    Returns:
        The rates by group and name as one line of JSON.
    """
    part = json.loads(text)
    settings = report.settings_from(part["settings"], VectorSettings)
    return json.dumps(rates_of(all_contestants(settings), settings, part["repeat"]))


def best_peer(rates: Mapping[str, Summary], library: str, settings: VectorSettings) -> tuple[int, Summary]:
    """Return the number of processes with the highest median, and its rates.

    Args:
        rates: of the peers' group, by name.
        library: whose.
        settings: sizes.
    """
    by_count = {count: rates[peer_steps.peer_name(library, count)] for count in settings.peer_processes}
    best = max(by_count, key=lambda count: by_count[count].median)
    return best, by_count[best]


def ratios_of(summaries: Mapping[str, Mapping[str, Summary]], settings: VectorSettings) -> dict[str, Summary]:
    """Return the claims: how many times faster our vector environment is than the others at their best.

    Args:
        summaries: by group and name.
        settings: sizes.
    """
    found: dict[str, Summary] = {}
    for library in (peer_steps.ASYNC, peer_steps.SUBPROC):
        count, theirs = best_peer(summaries[peer_steps.PEER_GROUP], library, settings)
        for games in settings.env_games:
            ours = summaries[peer_steps.vector_group(games)][env_steps.VECTOR]
            name = f"{env_steps.VECTOR}, {games_text(games)} / {peer_steps.peer_name(library, count)} (its best)"
            found[name] = _ratio(ours, theirs)
    single = summaries[peer_steps.SINGLE_GROUP]
    if peer_steps.SMACLITE in single:
        theirs = single[peer_steps.SMACLITE]
        found[f"{peer_steps.LOCAL}, 1 game / {peer_steps.SMACLITE}"] = _ratio(single[peer_steps.LOCAL], theirs)
    return found


def _ratio(ours: Summary, theirs: Summary) -> Summary:
    return Summary(values=tuple(a / b for a, b in zip(ours.values, theirs.values, strict=True)))


def targets_of(
    summaries: Mapping[str, Mapping[str, Summary]], ratios: Mapping[str, Summary], settings: VectorSettings
) -> list[dict[str, Any]]:
    """Return what was to be reached, by the median, and whether it was.

    Args:
        summaries: by group and name.
        ratios: by name.
        settings: sizes.
    """
    if JUDGED_GAMES not in settings.env_games:
        return []
    group = peer_steps.vector_group(JUDGED_GAMES)
    found = [report.target(group, WANTED_STEPS_PER_S, summaries[group][env_steps.VECTOR].median)]
    ours = f"{env_steps.VECTOR}, {games_text(JUDGED_GAMES)} / {peer_steps.SUBPROC}"
    found += [
        report.target(name, WANTED_OVER_PEERS, value.median) for name, value in ratios.items() if name.startswith(ours)
    ]
    return found


def judged(measured: report.Measured, settings: VectorSettings) -> dict[str, Any]:
    """Return what the result file says of what was measured."""
    ratios = ratios_of(measured.summaries, settings)
    task = TASK | {"smaclite is installed": peer_steps.has_smaclite()}
    return measured.result(task, ratios, targets_of(measured.summaries, ratios, settings))


BENCHMARK: Final = report.Benchmark(
    module=MODULE,
    file_format=FORMAT,
    full=VectorSettings(),
    quick=QUICK,
    timeout_s=REPEAT_TIMEOUT_S,
    result_file=RESULT_FILE,
    judge=judged,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write and show: see `report.Benchmark.run`."""
    if not peer_steps.has_smaclite():
        print("SMAClite is not installed; it is left out")
    return BENCHMARK.run(BENCHMARK.parser(__doc__), argv)


if __name__ == "__main__":
    raise SystemExit(main())
