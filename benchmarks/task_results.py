"""The part of docs/results.md about tasks beyond battles: what `benchmarks.bench_tasks` has measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from benchmarks.bench_tasks import RESULT_FILE

MEASURES: Final[Mapping[str, tuple[str, str]]] = {
    "BroodWar/Gather-v0": ("collected_minerals", "minerals collected"),
    "BroodWar/BuildMarines-v0": ("trained", "marines"),
    "BroodWar/Opening-v0": ("return", "milestones, each times the share of the episode left"),
    "BroodWar/Wall-v0": ("return", "share of the episode left when the wall stood"),
    "BroodWar/Melee-v0": ("battle_won", "games won"),
}
"""By env id: what is told of an episode, and what it is."""

POLICY_MEASURES: Final[Mapping[str, str]] = {
    "gather_pysc2": "BroodWar/Gather-v0",
    "build_marines": "BroodWar/BuildMarines-v0",
}
"""By config: the task whose measure is told."""

HEAD: Final = """
## Tasks beyond battles

Means and 95 % intervals over episodes with the seeds 0, 1, 2, ...; *chance* draws uniformly among the choices that the
masks allow. `python -m benchmarks.bench_tasks` plays them; learned policies with `--policies RUN` after
`python train.py --config configs/NAME.yaml`.

| task | measure | player | episodes | mean | 95 % interval | frames |
|---|---|---|---|---|---|---|
"""


def task_section() -> str:
    """Return the section; empty if nothing was measured."""
    if not RESULT_FILE.is_file():
        return ""
    result = json.loads(RESULT_FILE.read_text(encoding="utf-8"))
    lines: list[str] = []
    for env_id, players in result["tasks"].items():
        for player in ("scripted", "chance", "nothing"):
            lines.append(_line(f"`{env_id}`", env_id, player, players["episodes"], players[player]))
    for name, about in result["policies"].items():
        env_id = POLICY_MEASURES[name]
        policy = f"policy, seed {about['seed']}, {about['steps']:,} steps"
        for player, found in ((policy, about["policy"]), ("chance", about["chance"])):
            lines.append(_line(f"`configs/{name}.yaml`", env_id, player, about["episodes"], found))
    return HEAD + "\n".join(lines) + "\n"


def _line(task: str, env_id: str, player: str, episodes: int, found: Mapping[str, Any]) -> str:
    key, words = MEASURES[env_id]
    value = found[key]
    digits = 2 if value["mean"] < 20 else 1
    interval = f"{value['low']:.{digits}f} – {value['high']:.{digits}f}"
    frames = found["episode_frames"]["mean"]
    return f"| {task} | {words} | {player} | {episodes} | {value['mean']:.{digits}f} | {interval} | {frames:.0f} |"
