"""Write docs/results.md: train every shipped config with several seeds, evaluate, compare with scripted players.

    python -m benchmarks.results                                   # everything that is not there yet, then the page
    python -m benchmarks.results --scenarios 1vu_1zl --seeds 1 2 3
    python -m benchmarks.results --page-only                       # only the page, from what is there

Each (scenario, seed) is one run of `train.py` in a folder of its own; a finished one is kept, an unfinished one is
resumed. Delete a folder to have it done again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.config import load_config
from agents.curves import draw_seeds
from agents.environments import check_env_config
from agents.evaluate import RANDOM
from agents.published import published_results
from agents.report import rate
from agents.runs import RunFolder
from agents.statistics import Interval, wilson_interval
from bridge.errors import ConfigError
from engine.broodwar.players import PLAYERS

ROOT = Path(__file__).resolve().parent.parent
GOAL_RATE = 0.97
TIMEOUT_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedResult:
    """One training run.

    Attributes:
        seed: root seed.
        folder: of the run.
        result: the final evaluation, as JSON.
        minutes: wall clock of `train.py`, everything included.
        steps: env steps of the evaluated checkpoint.
        commit: that it ran on.
    """

    seed: int
    folder: RunFolder
    result: dict[str, Any]
    minutes: float
    steps: int
    commit: str


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line."""
    options = _parser().parse_args(argv)
    runs = Path(options.runs)
    runs.mkdir(parents=True, exist_ok=True)
    sections = []
    for scenario in options.scenarios:
        if not options.page_only:
            for seed in options.seeds:
                train(scenario, seed, runs)
            for player in (RANDOM, *PLAYERS):
                evaluate_player(scenario, player, runs, options.episodes)
        seeds = [found for seed in options.seeds if (found := read_seed(scenario, seed, runs)) is not None]
        players = read_players(scenario, runs)
        if seeds:
            sections.append(section(scenario, seeds, players, Path(options.docs)))
    page = Path(options.docs) / "results.md"
    page.write_text(HEAD + "\n".join(sections), encoding="utf-8")
    print(f"written: {page}")
    return 0


def _parser() -> argparse.ArgumentParser:
    shipped = sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.results", description="Train, evaluate, write the page."
    )
    parser.add_argument("--scenarios", nargs="+", default=shipped, choices=shipped, help="default: all configs")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--episodes", type=int, default=400, help="battles per scripted player")
    parser.add_argument("--runs", default=str(ROOT / "runs" / "results"), help="where the runs lie")
    parser.add_argument("--docs", default=str(ROOT / "docs"), help="where results.md and figures/ go")
    parser.add_argument("--page-only", action="store_true", help="train and evaluate nothing")
    return parser


def train(scenario: str, seed: int, runs: Path) -> None:
    """Do one training run, or what is missing of it."""
    name = f"{scenario}-seed{seed}"
    folder = find_run(name, runs)
    if folder is not None and (folder.path / "wall.json").is_file():
        print(f"{name}: done before")
        return
    config = ROOT / "configs" / f"{scenario}.yaml"
    earlier_s = 0.0
    command = ["--config", str(config), f"seed={seed}", f"name={name}", f"runs={runs}"]
    if folder is not None and folder.last.is_file():
        command = ["--resume", str(folder.path)]
        earlier_s = max((line["seconds"] for line in folder.lines("progress.jsonl")), default=0.0)
    print(f"{name}: train.py {' '.join(command)}", flush=True)
    started_s = time.monotonic()
    call("train.py", command)
    folder = find_run(name, runs)
    assert folder is not None
    seconds = earlier_s + time.monotonic() - started_s
    folder.write_json("wall.json", {"seconds": seconds, "was_resumed": earlier_s > 0})
    print(f"{name}: {seconds / 60:.1f} minutes", flush=True)


def evaluate_player(scenario: str, player: str, runs: Path, episodes: int) -> None:
    """Evaluate a scripted player or chance, unless that was done before."""
    path = runs / f"{scenario}-{player}.json"
    if path.is_file():
        return
    print(f"{scenario}: {player}", flush=True)
    opponent = load_config(ROOT / "configs" / f"{scenario}.yaml").env.opponent
    against = [] if opponent is None else ["--opponent", opponent]
    call(
        "evaluate.py",
        [player, "--scenario", scenario, "--episodes", str(episodes), "--json", str(path), *against],
    )


def call(script: str, arguments: list[str]) -> None:
    """Run a script of the repository; end this program if it fails."""
    done = subprocess.run([sys.executable, str(ROOT / script), *arguments], cwd=ROOT, timeout=TIMEOUT_S, check=False)
    if done.returncode:
        raise SystemExit(f"{script} {' '.join(arguments)}: exit status {done.returncode}")


def find_run(name: str, runs: Path) -> RunFolder | None:
    """Return the newest run of a name that left anything to go on with, None if there is none."""
    for path in sorted(runs.glob(f"{name}-2*"), reverse=True):
        if (path / "wall.json").is_file() or any((path / "checkpoints").glob("*.zip")):
            return RunFolder(path)
    return None


def read_seed(scenario: str, seed: int, runs: Path) -> SeedResult | None:
    """Return a finished run, None if it is not there."""
    folder = find_run(f"{scenario}-seed{seed}", runs)
    if folder is None or not (folder.path / "wall.json").is_file():
        return None
    evaluation = json.loads((folder.path / "evaluation.json").read_text())
    return SeedResult(
        seed=seed,
        folder=folder,
        result=evaluation["results"][0],
        minutes=json.loads((folder.path / "wall.json").read_text())["seconds"] / 60,
        steps=evaluation["checkpoint_steps"],
        commit=json.loads((folder.path / "run.json").read_text())["commit"],
    )


def read_players(scenario: str, runs: Path) -> list[dict[str, Any]]:
    """Return the evaluations of chance and scripted players that are there, best first."""
    paths = [runs / f"{scenario}-{player}.json" for player in (RANDOM, *PLAYERS)]
    found = [json.loads(path.read_text()) for path in paths if path.is_file()]
    return sorted(found, key=lambda row: -row["win_rate"])


HEAD = """# Results

Written by `python -m benchmarks.results`; do not edit by hand. Every policy was trained by `train.py` with the shipped
config and nothing else, then its best checkpoint played battles on seeds that neither training nor the evaluations
during training had used. Intervals are 95 % Wilson intervals. *Minutes* are wall clock of the whole `train.py`:
training and evaluation, one game process and one trainer process.

Our policies are centralised (one network commands all units) and see everything. Published figures stand below with
what controlled, what it saw and against whom: only rows with the same labels compare.
"""


def section(scenario: str, seeds: Sequence[SeedResult], players: Sequence[dict[str, Any]], docs: Path) -> str:
    """Return one scenario's part of the page and draw its figure."""
    config = load_config(ROOT / "configs" / f"{scenario}.yaml")
    value, opponent = check_env_config(config.env)
    figure = docs / "figures" / f"results_{scenario}.png"
    figure.parent.mkdir(parents=True, exist_ok=True)
    curves = {
        run.seed: [(line["steps"], line["win_rate"]) for line in run.folder.lines("evaluations.jsonl")] for run in seeds
    }
    references = {row["player"]: row["win_rate"] for row in players}
    draw_seeds(curves, references, f"{scenario} against {opponent}", figure)
    lines = [
        f"\n## {scenario}\n",
        f"{value.title}; the enemy is played by `{opponent}`; frame skip {config.env.frame_skip or value.frame_skip}, "
        f"latency {value.latency_frames} frames, at most {value.max_frames} frames.\n",
        "| player | battles | win rate | 95 % interval | own left | enemy left | frames | steps trained | minutes |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for run in seeds:
        lines.append(row_of(f"policy, seed {run.seed}", run.result, f"{run.steps:,}", f"{run.minutes:.1f}"))
    lines += [row_of(f"`{row['player']}`", row, "", "") for row in players]
    lines += ["", verdict(seeds, players), "", f"![learning curves of {scenario}](figures/results_{scenario}.png)", ""]
    lines += published_lines(scenario)
    commits = sorted({run.commit[:12] for run in seeds if run.commit})
    lines.append(f"\nTrained on commit {', '.join(commits) or 'unknown'}.\n")
    return "\n".join(lines)


def row_of(name: str, row: dict[str, Any], steps: str, minutes: str) -> str:
    """Return one line of our table."""
    low, high = row["win_rate_ci95"]
    units = f"{row['mean_own_units']:.2f} | {row['mean_enemy_units']:.2f}"
    return (
        f"| {name} | {row['episodes']} | {row['win_rate']:.1%} | {low:.1%} – {high:.1%} "
        f"| {units} | {row['mean_frames']:.0f} | {steps} | {minutes} |"
    )


def verdict(seeds: Sequence[SeedResult], players: Sequence[dict[str, Any]]) -> str:
    """Say which runs reach 97 %, or lie above chance and every scripted player by intervals that do not overlap."""
    others = [wilson_interval(row["wins"], row["episodes"]) for row in players]
    words = []
    for run in seeds:
        mine = Interval(*run.result["win_rate_ci95"])
        is_above = bool(others) and all(mine.is_above(other) for other in others)
        reasons = []
        if run.result["win_rate"] >= GOAL_RATE:
            reasons.append(f"wins at least {GOAL_RATE:.0%}")
        if is_above:
            reasons.append("lies above chance and every scripted player by intervals that do not overlap")
        words.append(f"Seed {run.seed} {' and '.join(reasons) or 'reaches neither 97 % nor a clear lead'}.")
    return " ".join(words)


def published_lines(scenario: str) -> list[str]:
    """Return the published figures as a table."""
    rows = published_results(scenario)
    if not rows:
        return []
    lines = [
        "| published | scenario | method | opponent | win rate | control and view | read |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row.paper} | {row.scenario} | {row.method} | {row.opponent or '-'} | {rate(row)} "
            f"| {row.control_and_view} | {row.verified}: {row.source} |"
        )
    return lines


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ConfigError as error:
        sys.exit(f"benchmarks.results: {error}")
