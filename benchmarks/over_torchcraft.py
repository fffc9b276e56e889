"""Does a policy keep its win rate over TorchCraft? Trained on the embedded engine, evaluated there and over the wire.

    python -m benchmarks.over_torchcraft                       # trains configs/m5v5_c_far.yaml first
    python -m benchmarks.over_torchcraft --run runs/MY_RUN     # a run that is there
    python -m benchmarks.over_torchcraft --page-only           # only the section of docs/results.md

Three times the same checkpoint: on the embedded engine; over the wire, on servers of the session's own that begin each
battle with its seed and are told places to the pixel; and on a server that runs already, which is treated as the real
game is: other battles, places in walk tiles, and whatever the map does between battles.

Writes benchmarks/results/over_torchcraft.json and the last section of docs/results.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from agents.config import load_config
from agents.statistics import Interval
from bridge.deadline import Deadline
from bridge.errors import ConfigError
from bridge.torchcraft.server_process import ServerProcess
from bridge.userfiles import write_atomically

ROOT: Final = Path(__file__).resolve().parent.parent
RESULT_FILE: Final = ROOT / "benchmarks" / "results" / "over_torchcraft.json"
PAGE: Final = ROOT / "docs" / "results.md"
HEADING: Final = "## Over TorchCraft's wire"
SCENARIO: Final = "m5v5_c_far"
TIMEOUT_S: Final = 3600.0
START_S: Final = 300.0

KEPT: Final = (
    *("commit", "opponent", "episodes", "wins", "win_rate", "win_rate_ci95"),
    *("mean_own_units", "mean_enemy_units", "mean_frames", "seed"),
)
"""What the result file keeps of an evaluation."""

EMBEDDED, WIRE, SERVER = "embedded engine", "over TorchCraft, own servers", "over TorchCraft, a running server"


def main(argv: Sequence[str] | None = None) -> int:
    """Train and evaluate as the arguments say, and write the section.

    Raises:
        ConfigError: there is no such run, or no result yet.
    """
    options = _parser().parse_args(argv)
    if not options.page_only:
        run = Path(options.run) if options.run else train(options.seed, Path(options.runs))
        write_atomically(RESULT_FILE, json.dumps(evaluate(run, options.episodes), indent=1) + "\n")
    if not RESULT_FILE.is_file():
        raise ConfigError(f"--page-only: {RESULT_FILE} is not there")
    write_atomically(PAGE, with_section(PAGE.read_text(encoding="utf-8"), section()))
    print(f"written: {PAGE}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.over_torchcraft", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--run", help="folder of a finished run (default: train one)")
    parser.add_argument("--runs", default=str(ROOT / "runs" / "over_torchcraft"), help="where a new run goes")
    parser.add_argument("--seed", type=int, default=1, help="of a new run (default: 1)")
    parser.add_argument("--episodes", type=int, default=400, help="battles each (default: 400)")
    parser.add_argument("--page-only", action="store_true", help="train and evaluate nothing")
    return parser


def train(seed: int, runs: Path) -> Path:
    """Train the shipped config; return the run's folder."""
    config = ROOT / "configs" / f"{SCENARIO}.yaml"
    _call("train.py", "--config", str(config), f"seed={seed}", f"name={SCENARIO}", f"runs={runs}")
    return max(runs.glob(f"{SCENARIO}-2*"))


def evaluate(run: Path, episodes: int) -> dict[str, Any]:
    """Play the battles; return the result file's contents.

    Args:
        run: folder of a finished run.
        episodes: battles of each evaluation.
    """
    place = run / "over_torchcraft"
    place.mkdir(exist_ok=True)

    def play(name: str, number: int, *arguments: str) -> dict[str, Any]:
        path = place / f"{number}.json"
        _call("evaluate.py", str(run), "--episodes", str(episodes), "--json", str(path), *arguments)
        written = json.loads(path.read_text())
        result = {**written, **written.get("results", [written])[0]}
        return {"played on": name, **{key: result[key] for key in KEPT if key in result}}

    rows = [play(EMBEDDED, 0), play(WIRE, 1, "--backend", "torchcraft", "--num-envs", "8")]
    server = ServerProcess(["--scenario", SCENARIO, "--port", "0"])
    try:
        ((port,),) = asyncio.run(server.wait_ports("evaluation", Deadline.after(START_S)))
        rows.append(play(SERVER, 2, "--server", f"127.0.0.1:{port}", "--num-envs", "1"))
    finally:
        server.close()
    about = json.loads((run / "run.json").read_text())
    return {
        "scenario": SCENARIO,
        "commit": about["commit"],
        "seed": load_config(run / "config.yaml").seed,
        "rows": rows,
    }


def section() -> str:
    """Return the page's section, "" where there is no result."""
    if not RESULT_FILE.is_file():
        return ""
    result = json.loads(RESULT_FILE.read_text(encoding="utf-8"))
    rows = result["rows"]
    lines = [
        f"{HEADING}\n",
        "`python -m benchmarks.over_torchcraft`: a policy that `train.py` made on the embedded engine with the shipped "
        f"`{result['scenario']}` config; its best checkpoint evaluated there, and over TorchCraft's protocol "
        "([torchcraft.md](torchcraft.md#environments-over-torchcraft)). Own servers begin each battle with "
        "its seed (fewer games at once draw other seeds than the embedded row's) and are told places to the pixel. A "
        "running server is treated as the real game: its own battles, places in walk tiles.\n",
        "| played on | battles | win rate | 95 % interval | own left | enemy left | frames |",
        "|---|---|---|---|---|---|---|",
        *(_row(row) for row in rows),
        "",
        verdict(rows),
        f"\nTrained on commit {result['commit'][:12]}.\n",
    ]
    return "\n".join(lines)


def _row(row: dict[str, Any]) -> str:
    low, high = row["win_rate_ci95"]
    return (
        f"| {row['played on']} | {row['episodes']} | {row['win_rate']:.1%} | {low:.1%} – {high:.1%} "
        f"| {row['mean_own_units']:.2f} | {row['mean_enemy_units']:.2f} | {row['mean_frames']:.0f} |"
    )


def verdict(rows: Sequence[dict[str, Any]]) -> str:
    """Say whether the intervals over the wire overlap with the embedded one, the first."""
    embedded, *others = (Interval(*row["win_rate_ci95"]) for row in rows)
    kept = [not one.is_above(embedded) and not embedded.is_above(one) for one in others]
    if all(kept):
        return "The win rate is kept: both intervals over the wire overlap with the embedded one."
    lost = ", ".join(row["played on"] for row, is_kept in zip(rows[1:], kept, strict=True) if not is_kept)
    return f"The win rate is **not** kept ({lost}): the intervals do not overlap."


def with_section(page: str, text: str) -> str:
    """Return the page with the section at its end, instead of the one that was there."""
    return page.partition(f"\n{HEADING}")[0].rstrip("\n") + ("\n\n\n" + text if text else "\n")


def _call(script: str, *arguments: str) -> None:
    done = subprocess.run([sys.executable, str(ROOT / script), *arguments], cwd=ROOT, timeout=TIMEOUT_S, check=False)
    if done.returncode:
        raise SystemExit(f"{script} {' '.join(arguments)}: exit status {done.returncode}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ConfigError as error:
        sys.exit(f"benchmarks.over_torchcraft: {error}")
