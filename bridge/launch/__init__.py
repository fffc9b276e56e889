"""Start a real game, or find one that runs: `LaunchedGame(wine_plan(...))`."""

from bridge.launch.doctor import Check, extra_checks, missing, plan_checks
from bridge.launch.launched import LaunchedGame
from bridge.launch.plan import Plan, openbw_plan, running_plan, wine_plan
from bridge.launch.ready import TorchCraftPing

__all__ = [
    "Check",
    "LaunchedGame",
    "Plan",
    "TorchCraftPing",
    "extra_checks",
    "missing",
    "openbw_plan",
    "plan_checks",
    "running_plan",
    "wine_plan",
]
