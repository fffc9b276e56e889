"""Which renderer draws a task."""

from __future__ import annotations

from envs.economy import EconomyTask
from envs.render.battle import BattleRenderer
from envs.render.melee import MeleeRenderer
from envs.tasks import MicroTask


def make_renderer(task: MicroTask | EconomyTask, opponent: str) -> BattleRenderer:
    """Return who draws a row of a task.

    Args:
        task: what is played.
        opponent: name, for captions.
    """
    return MeleeRenderer(task, opponent) if isinstance(task, EconomyTask) else BattleRenderer(task, opponent)
