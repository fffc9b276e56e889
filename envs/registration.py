"""The ids of the environments: one general, one per shipped scenario, one per task beyond battles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import gymnasium as gym

import engine
from engine.core import rules

ENTRY_POINT: Final = "envs.env:StarCraftEnv"
VECTOR_ENTRY_POINT: Final = "envs.vector:StarCraftVectorEnv"

GENERAL_ID: Final = "BroodWar-v0"
NAMESPACE: Final = "BroodWar"

STARCRAFT2: Final = "StarCraft2"
STARCRAFT2_ID: Final = "StarCraft2-v0"
STARCRAFT2_SCENARIO: Final = "3m"
"""What `StarCraft2-v0` plays unless the user says otherwise."""

FRAMES_PER_SECOND: Final = 24
"""Speed "fastest", 42 ms a frame, in whole numbers."""

LOOPS_PER_SECOND: Final = 16
"""StarCraft II at its normal speed, in which PySC2's mini-games count their time."""


TASKS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "Gather": {
            "scenario": "melee?races=terran:terran",
            "observation": "economy",
            "action": "workers",
            "reward": "income",
            "opponent": "noop",
            "max_frames": 3 * 60 * FRAMES_PER_SECOND,
        },
        "BuildMarines": {
            "scenario": "melee?races=terran:terran",
            "observation": "economy",
            "action": "macro",
            "action_options": {
                "types": ["Terran_SCV", "Terran_Marine", "Terran_Supply_Depot", "Terran_Barracks"],
                "research": [],
                "regions": 1,
            },
            "reward": "trained",
            "opponent": "noop",
            "max_frames": 10 * 60 * FRAMES_PER_SECOND,
        },
        "Opening": {
            "scenario": "melee?races=terran:terran",
            "observation": "economy",
            "action": "macro",
            "action_options": {
                "types": [
                    "Terran_SCV",
                    "Terran_Marine",
                    "Terran_Vulture",
                    "Terran_Supply_Depot",
                    "Terran_Refinery",
                    "Terran_Barracks",
                    "Terran_Factory",
                ],
                "research": [],
                "regions": 1,
            },
            "reward": "opening",
            "opponent": "noop",
            "max_frames": 7 * 60 * FRAMES_PER_SECOND,
        },
        "Wall": {
            "scenario": "melee?map=crossing_small&races=terran:zerg&starts=0:1",
            "observation": "economy",
            "action": "place",
            "action_options": {"types": ["Terran_SCV", "Terran_Supply_Depot", "Terran_Barracks"]},
            "reward": "wall",
            "opponent": "noop",
            "max_frames": 6 * 60 * FRAMES_PER_SECOND,
        },
        "Melee": {
            "scenario": "melee?map=crossing_small&races=terran:zerg",
            "observation": "economy",
            "action": "macro",
            "reward": "default",
            "opponent": "weak",
            "max_frames": 30 * 60 * FRAMES_PER_SECOND,
        },
        "StarCraft2/BuildMarines": {
            "scenario": "melee?game=starcraft2&races=terran:terran",
            "observation": "economy",
            "action": "macro",
            "action_options": {"types": ["SCV", "Marine", "SupplyDepot", "Barracks"], "regions": 1},
            "reward": "trained",
            "opponent": "noop",
            "max_frames": 900 * LOOPS_PER_SECOND,
        },
        "StarCraft2/CollectMineralsAndGas": {
            "scenario": "melee?game=starcraft2&races=terran:terran",
            "observation": "economy",
            "action": "macro",
            "action_options": {"types": ["SCV", "SupplyDepot", "Refinery", "CommandCenter"], "regions": 1},
            "reward": "income",
            "opponent": "noop",
            "max_frames": 420 * LOOPS_PER_SECOND,
        },
    }
)
"""Parts of a melee game as tasks of their own, and what their env is made with: `BroodWar/<name>-v0`, or of the game
that the name begins with. The two of StarCraft II have what PySC2's mini-games of these names pay for and their time
limits, on a melee map."""


def scenario_names(game: str = rules.BROODWAR) -> tuple[str, ...]:
    """Return the names of a game's shipped scenarios, sorted; `bridge.scenarios` says it too, at 100 times the cost."""
    return tuple(sorted(path.stem for path in (Path(engine.__file__).parent / game / "scenarios").glob("*.yaml")))


def battle_ids() -> tuple[str, ...]:
    """Return the ids of battles: `BroodWar-v0`, and `BroodWar/<scenario>-v0` for each shipped scenario."""
    return (GENERAL_ID, *(f"{NAMESPACE}/{name}-v0" for name in scenario_names()))


def starcraft2_ids() -> tuple[str, ...]:
    """Return the ids of StarCraft II: `StarCraft2-v0`, and `StarCraft2/<scenario>-v0` for each shipped scenario."""
    return (STARCRAFT2_ID, *(f"{STARCRAFT2}/{name}-v0" for name in scenario_names(rules.STARCRAFT2)))


def task_ids(*games: str) -> tuple[str, ...]:
    """Return the ids of the tasks beyond battles: of the games given, or of all."""
    return tuple(task_id(name) for name in TASKS if not games or task_game(name) in games)


def task_id(name: str) -> str:
    """Return the id of a task."""
    return f"{name}-v0" if "/" in name else f"{NAMESPACE}/{name}-v0"


def task_game(name: str) -> str:
    """Return which game a task is of."""
    return rules.STARCRAFT2 if name.startswith(STARCRAFT2) else rules.BROODWAR


def env_ids() -> tuple[str, ...]:
    """Return all ids."""
    return (*battle_ids(), *task_ids(), *starcraft2_ids())


def register() -> None:
    """Register all ids with Gymnasium; a second call changes nothing.

    An id says which game it is of: a scenario of the other game is refused.
    """
    _register(GENERAL_ID, game=rules.BROODWAR)
    _register(STARCRAFT2_ID, game=rules.STARCRAFT2, scenario=STARCRAFT2_SCENARIO)
    for game, namespace in ((rules.BROODWAR, NAMESPACE), (rules.STARCRAFT2, STARCRAFT2)):
        for name in scenario_names(game):
            _register(f"{namespace}/{name}-v0", game=game, scenario=name)
    for name, kwargs in TASKS.items():
        _register(task_id(name), game=task_game(name), **kwargs)


def _register(env_id: str, **kwargs: Any) -> None:
    if env_id in gym.registry:
        return
    gym.register(
        id=env_id,
        entry_point=ENTRY_POINT,
        vector_entry_point=VECTOR_ENTRY_POINT,
        kwargs=kwargs,
        # `max_frames` truncates; the checker's wrapper would cost as much as a step, the tests run it on every id.
        max_episode_steps=None,
        disable_env_checker=True,
    )
