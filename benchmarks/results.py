"""Write docs/results.md: train every shipped config with several seeds, evaluate, compare with scripted players.

    python -m benchmarks.results                                   # everything that is not there yet, then the page
    python -m benchmarks.results --configs 1vu_1zl --seeds 1 2 3
    python -m benchmarks.results --page-only                       # only the page, from what is there

Each (config, seed) is one run of `train.py`; what the page says of it is kept in git, one file of `POLICIES` to a run.
A run that has its file is not done again: delete the file for that. An unfinished run is resumed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from agents.config import RunConfig, load_config
from agents.curves import draw_seeds
from agents.environments import check_env_config, processes_for
from agents.evaluate import RANDOM
from agents.published import published_results
from agents.report import rate
from agents.runs import RunFolder
from agents.statistics import Interval, wilson_interval
from benchmarks import over_torchcraft
from benchmarks.local_player import WEAKEST_IN_SIGHT, evaluate_local_player
from benchmarks.task_results import task_section
from bridge.errors import ConfigError
from bridge.userfiles import write_atomically
from engine.core.rules import PLAYER_NAMES, PLAYERS_OF
from envs.registration import TASKS

ROOT: Final = Path(__file__).resolve().parent.parent
POLICIES: Final = ROOT / "benchmarks" / "results" / "policies"
"""`CONFIG-seedN.json`: a run (`summary_of`); `CONFIG-PLAYER.json`: what `evaluate.py` says of a scripted player."""

GOAL_RATE: Final = 0.97
TIMEOUT_S: Final = 3600.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line."""
    options = _parser().parse_args(argv)
    runs = Path(options.runs)
    runs.mkdir(parents=True, exist_ok=True)
    sections = []
    for name in options.configs:
        config = load_config(ROOT / "configs" / f"{name}.yaml")
        if not options.page_only:
            for seed in options.seeds:
                train(name, seed, runs)
            if config.selfplay is None:
                for player in (RANDOM, *PLAYERS_OF[check_env_config(config.env)[0].game]):
                    evaluate_player(name, config, player, options.episodes)
            local = POLICIES / f"{name}-{WEAKEST_IN_SIGHT}.json"
            if config.env.control == "unit" and not local.is_file():
                print(f"{name}: {WEAKEST_IN_SIGHT}", flush=True)
                command = ["benchmarks.results", "--configs", name, "--episodes", str(options.episodes)]
                evaluate_local_player(config, options.episodes, local, command)
        seeds = read_seeds(name)
        if seeds and config.selfplay is not None:
            sections.append(selfplay_section(name, config, seeds))
        elif seeds:
            sections.append(section(name, config, seeds, read_players(name), Path(options.docs)))
    sections.append(task_section())
    page = Path(options.docs) / "results.md"
    write_atomically(page, over_torchcraft.with_section(HEAD + "\n".join(sections), over_torchcraft.section()))
    print(f"written: {page}")
    return 0


def _parser() -> argparse.ArgumentParser:
    paths = sorted((ROOT / "configs").glob("*.yaml"))
    shipped = [path.stem for path in paths if is_battle(load_config(path))]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.results", description="Train, evaluate, write the page."
    )
    parser.add_argument(
        "--configs", nargs="+", default=shipped, choices=shipped, help="default: all that need no replays"
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--episodes", type=int, default=400, help="battles per scripted player")
    parser.add_argument("--runs", default=str(ROOT / "runs" / "results"), help="where the runs lie")
    parser.add_argument("--docs", default=str(ROOT / "docs"), help="where results.md and figures/ go")
    parser.add_argument("--page-only", action="store_true", help="train and evaluate nothing")
    return parser


def is_battle(config: RunConfig) -> bool:
    """Say whether a config is of battles and needs no replays first; tasks have a section of their own."""
    return config.pretraining is None and config.env.scenario not in TASKS


def train(name: str, seed: int, runs: Path) -> None:
    """Do one training run, or what is missing of it, and keep its summary."""
    title = f"{name}-seed{seed}"
    kept = POLICIES / f"{title}.json"
    if kept.is_file():
        print(f"{title}: done before")
        return
    folder = find_run(title, runs)
    earlier_s = 0.0
    command = ["--config", str(ROOT / "configs" / f"{name}.yaml"), f"seed={seed}", f"name={title}", f"runs={runs}"]
    if folder is not None:
        command = ["--resume", str(folder.path)]
        earlier_s = max((line["seconds"] for line in folder.lines("progress.jsonl")), default=0.0)
    print(f"{title}: train.py {' '.join(command)}", flush=True)
    started_s = time.monotonic()
    call("train.py", command)
    folder = find_run(title, runs)
    assert folder is not None
    seconds = earlier_s + time.monotonic() - started_s
    _write(kept, summary_of(folder, seed, seconds))
    print(f"{title}: {seconds / 60:.1f} minutes", flush=True)


def summary_of(folder: RunFolder, seed: int, seconds: float) -> dict[str, Any]:
    """Return what the page needs of a finished run.

    Returns:
        `seed`, `seconds` (wall clock of `train.py`), `num_processes` (that shared the training's games), `steps` (env
        steps of the evaluated checkpoint), `commit`, `curve` (pairs of env steps and win rate), `results` and, after
        self-play, `first_third`, as in the run's `evaluation.json`. A `note` that somebody adds to the file by hand
        stands above the page's table.
    """
    evaluation = json.loads((folder.path / "evaluation.json").read_text())
    games = load_config(folder.path / "config.yaml").env
    summary = {
        "seed": seed,
        "seconds": round(seconds, 1),
        "num_processes": processes_for(games, games.num_envs),
        "steps": evaluation["checkpoint_steps"],
        "commit": json.loads((folder.path / "run.json").read_text())["commit"],
        "curve": [[line["steps"], line["win_rate"]] for line in folder.lines("evaluations.jsonl")],
        "results": evaluation["results"],
    }
    if "first_third" in evaluation:
        summary["first_third"] = evaluation["first_third"]
    return summary


def evaluate_player(name: str, config: RunConfig, player: str, episodes: int) -> None:
    """Evaluate a scripted player or chance in a config's battles, unless that was done before."""
    path = POLICIES / f"{name}-{player}.json"
    if path.is_file():
        return
    print(f"{name}: {player}", flush=True)
    against = [] if config.env.opponent is None else ["--opponent", config.env.opponent]
    path.parent.mkdir(parents=True, exist_ok=True)
    call(
        "evaluate.py",
        [
            player,
            "--scenario",
            config.env.scenario,
            "--episodes",
            str(episodes),
            "--json",
            str(path.relative_to(ROOT)),
            *against,
        ],
    )


def call(script: str, arguments: list[str]) -> None:
    """Run a script of the repository; end this program if it fails."""
    done = subprocess.run([sys.executable, str(ROOT / script), *arguments], cwd=ROOT, timeout=TIMEOUT_S, check=False)
    if done.returncode:
        raise SystemExit(f"{script} {' '.join(arguments)}: exit status {done.returncode}")


def find_run(title: str, runs: Path) -> RunFolder | None:
    """Return the newest run of a name that left anything to go on with, None if there is none."""
    for path in sorted(runs.glob(f"{title}-2*"), reverse=True):
        if any((path / "checkpoints").glob("*.zip")):
            return RunFolder(path)
    return None


def read_seeds(name: str) -> list[dict[str, Any]]:
    """Return the summaries of a config's runs, by seed."""
    found = [json.loads(path.read_text()) for path in POLICIES.glob(f"{name}-seed*.json")]
    return sorted(found, key=lambda run: run["seed"])


def read_players(name: str) -> list[dict[str, Any]]:
    """Return the evaluations of chance and scripted players that are there, best first."""
    paths = [POLICIES / f"{name}-{player}.json" for player in (RANDOM, *PLAYER_NAMES, WEAKEST_IN_SIGHT)]
    found = [json.loads(path.read_text()) for path in paths if path.is_file()]
    return sorted(found, key=lambda row: -row["win_rate"])


def _write(path: Path, value: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(value, indent=1) + "\n")


HEAD: Final = """# Results

Written by `python -m benchmarks.results`; do not edit by hand. Every policy was trained by `train.py` with the shipped
config and nothing else, then a checkpoint of the run played battles on seeds that neither training nor the evaluations
during training had used. Intervals are 95 % Wilson intervals. *Minutes* are wall clock of the whole `train.py`:
training and evaluation, one trainer process and so many *game processes*.

Our policies are centralised (one network commands all units) and see everything, unless their section says otherwise.
Published figures stand below with what controlled, what it saw and against whom: only rows with the same labels
compare.
"""


def section(
    name: str, config: RunConfig, seeds: Sequence[dict[str, Any]], players: Sequence[dict[str, Any]], docs: Path
) -> str:
    """Return one config's part of the page and draw its figure."""
    scenario, opponent = check_env_config(config.env)
    figure = docs / "figures" / f"results_{name}.png"
    figure.parent.mkdir(parents=True, exist_ok=True)
    curves = {run["seed"]: [(steps, value) for steps, value in run["curve"]] for run in seeds}
    references = {row["player"]: row["win_rate"] for row in players}
    draw_seeds(curves, references, f"{name} against {opponent}", figure)
    frame_skip = config.env.frame_skip or scenario.frame_skip
    lines = [
        f"\n## {name}\n",
        f"{scenario.title}; the enemy is played by `{opponent}`; frame skip {frame_skip}, "
        f"latency {scenario.latency_frames} frames, at most {scenario.max_frames} frames.\n",
        *control_lines(config),
        *(f"Seed {run['seed']}: {run['note']}\n" for run in seeds if "note" in run),
        "| player | battles | win rate | 95 % interval | own left | enemy left | frames | steps trained | minutes "
        "| game processes |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for run in seeds:
        more = f"{run['steps']:,} | {minutes(run)} | {run['num_processes']}"
        lines.append(row_of(f"policy, seed {run['seed']}", run["results"][0], more))
    lines += [row_of(f"`{row['player']}`", row, " | | ") for row in players]
    lines += ["", verdict(seeds, players), "", f"![learning curves of {name}](figures/results_{name}.png)", ""]
    lines += published_lines(config.env.scenario)
    lines.append(f"\nTrained on commit {commits(seeds)}.\n")
    return "\n".join(lines)


def control_lines(config: RunConfig) -> list[str]:
    """Say who decides, where that is not one network for all units."""
    if config.env.control != "unit":
        return []
    critic = " While it learned, its critic saw the lines of the whole team." if config.policy.critic == "team" else ""
    options = {**(config.env.observation_options or {}), **(config.env.action_options or {})}
    words = ", ".join(f"{name} {value}" for name, value in options.items())
    return [
        f"**Decentralised, local view** ({words}): one network decides for each unit by what that unit sees itself, "
        f"without memory.{critic} A step counts once for each unit. `{WEAKEST_IN_SIGHT}` plays by the same rules: "
        "each unit attacks the weakest enemy that it sees, and goes ahead where it sees none; the other scripted "
        "players see everything.\n"
    ]


def selfplay_section(name: str, config: RunConfig, seeds: Sequence[dict[str, Any]]) -> str:
    """Return the part of the page about a config of self-play."""
    scenario, _ = check_env_config(config.env)
    lines = [
        f"\n## {name}\n",
        f"{scenario.title}, both sides learned: opponents are the latest policy, snapshots of its past and scripted "
        'players ([training.md](training.md), "Self-play"). `python train.py --config '
        f"configs/{name}.yaml` ends with these figures. Against snapshots sides are swapped with every battle.\n",
    ]
    for run in seeds:
        first = run["first_third"]
        low, high = first["win_rate_ci95"]
        lines += [
            f"Seed {run['seed']}, {run['steps']:,} steps, {minutes(run)} minutes, game processes: "
            f"{run['num_processes']}: **{first['win_rate']:.1%}** "
            f"({low:.1%} – {high:.1%}) of {first['battles']} battles against the {first['snapshots']} snapshots of the "
            "run's first third.\n",
            "| opponent | battles | win rate | 95 % interval | own left | enemy left | frames |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [row_of(f"`{row['opponent']}`", row) for row in run["results"]]
        lines.append("")
    lines += published_lines(config.env.scenario)
    lines.append(f"\nTrained on commit {commits(seeds)}.\n")
    return "\n".join(lines)


def row_of(name: str, row: dict[str, Any], more: str = "") -> str:
    """Return one line of our tables, with further cells at its end."""
    low, high = row["win_rate_ci95"]
    line = (
        f"| {name} | {row['episodes']} | {row['win_rate']:.1%} | {low:.1%} – {high:.1%} "
        f"| {row['mean_own_units']:.2f} | {row['mean_enemy_units']:.2f} | {row['mean_frames']:.0f} |"
    )
    return f"{line} {more} |" if more else line


def minutes(run: dict[str, Any]) -> str:
    """Return how long a run took."""
    return f"{run['seconds'] / 60:.1f}"


def commits(seeds: Sequence[dict[str, Any]]) -> str:
    """Return the commits that runs were made on."""
    return ", ".join(sorted({run["commit"][:12] for run in seeds if run["commit"]})) or "unknown"


def verdict(seeds: Sequence[dict[str, Any]], players: Sequence[dict[str, Any]]) -> str:
    """Say which runs reach 97 %, or lie above chance and every scripted player by intervals that do not overlap."""
    others = [wilson_interval(row["wins"], row["episodes"]) for row in players]
    words = []
    for run in seeds:
        result = run["results"][0]
        mine = Interval(*result["win_rate_ci95"])
        is_above = bool(others) and all(mine.is_above(other) for other in others)
        reasons = []
        if result["win_rate"] >= GOAL_RATE:
            reasons.append(f"wins at least {GOAL_RATE:.0%}")
        if is_above:
            reasons.append("lies above chance and every scripted player by intervals that do not overlap")
        words.append(f"Seed {run['seed']} {' and '.join(reasons) or 'reaches neither 97 % nor a clear lead'}.")
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
