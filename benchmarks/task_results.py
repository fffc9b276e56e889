"""The part of docs/results.md about tasks beyond battles: what `benchmarks.bench_tasks` has measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from benchmarks.bench_tasks import RESULT_FILE

MEASURES: Final[Mapping[str, tuple[str, str]]] = {
    "BroodWar/Gather-v0": ("collected_minerals", "minerals collected"),
    "BroodWar/BuildMarines-v0": ("trained", "marines"),
    "StarCraft2/BuildMarines-v0": ("trained", "marines"),
    "StarCraft2/CollectMineralsAndGas-v0": ("return", "minerals and gas collected, hundreds"),
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

PUBLISHED: Final = """
PySC2's mini-games of the same names, on the real game and on maps of their own: BuildMarines 3 (SC2LE's FullyConv), 138
(a human of DeepMind), 133 (a grandmaster), 123 (relational agent, 2018); CollectMineralsAndGas 3,978, 6,880, 7,566 and
5,055 of what is hundreds above. Here the map is a melee map, geysers and further fields are there, and the numbers are
our engine's: near to those, not the same.
"""
"""Sources: Vinyals et al. 2017 (arXiv 1708.04782), Zambaldi et al. 2018, as gathered by inoryy/reaver's README."""

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
    return HEAD + "\n".join(lines) + "\n" + PUBLISHED


def _line(task: str, env_id: str, player: str, episodes: int, found: Mapping[str, Any]) -> str:
    key, words = MEASURES[env_id]
    value = found[key]
    digits = 2 if value["mean"] < 20 else 1
    interval = f"{value['low']:.{digits}f} – {value['high']:.{digits}f}"
    frames = found["episode_frames"]["mean"]
    return f"| {task} | {words} | {player} | {episodes} | {value['mean']:.{digits}f} | {interval} | {frames:.0f} |"
