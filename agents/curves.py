"""Learning curves as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from agents.runs import RunFolder
from bridge.errors import ConfigError

TRAINING: Final[Mapping[str, Any]] = {"color": "C0", "label": "training"}
EVALUATION: Final = "C1"
"""The same colour in both parts of a picture."""

REFERENCE_COLORS: Final = ("C5", "C6", "C7", "C8", "C9")
"""Of other players' lines: what is left of the ten colours beside five seeds. Later lines take them again, dotted."""


def draw_run(folder: RunFolder, title: str) -> Path:
    """Draw a run's win rate (training and evaluation) and return over env steps into `curve.png`.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    training = [line for line in folder.lines("progress.jsonl") if "rollout/win_rate" in line]
    checks = list(folder.lines("evaluations.jsonl"))
    plt = _pyplot()
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(8, 7), sharex=True, layout="constrained")
    upper.plot([line["steps"] for line in training], [line["rollout/win_rate"] for line in training], **TRAINING)
    if checks:
        steps = [line["steps"] for line in checks]
        rates = [line["win_rate"] for line in checks]
        low = [rate - line["win_rate_ci95"][0] for rate, line in zip(rates, checks, strict=True)]
        high = [line["win_rate_ci95"][1] - rate for rate, line in zip(rates, checks, strict=True)]
        errors = [low, high]
        upper.errorbar(steps, rates, errors, fmt="o-", capsize=3, color=EVALUATION, label="evaluation, 95 % interval")
        lower.plot(steps, [line["mean_return"] for line in checks], "o-", color=EVALUATION, label="evaluation")
    lower.plot([line["steps"] for line in training], [line["rollout/return"] for line in training], **TRAINING)
    upper.set(ylabel="win rate", ylim=(-0.02, 1.02), title=title)
    lower.set(ylabel="return", xlabel="env steps")
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
        axes.legend()
    path = folder.path / "curve.png"
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


def draw_seeds(
    curves: Mapping[int, Sequence[tuple[int, float]]], references: Mapping[str, float], title: str, path: Path
) -> None:
    """Draw the evaluation win rates of several seeds, with other players' win rates as horizontal lines.

    Args:
        curves: per seed, (env steps, win rate).
        references: win rate by player.
        title: of the picture.
        path: PNG to write.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    plt = _pyplot()
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    for seed, points in curves.items():
        axes.plot([steps for steps, _ in points], [value for _, value in points], "o-", ms=3, label=f"seed {seed}")
    for index, (name, value) in enumerate(references.items()):
        style = "--" if index < len(REFERENCE_COLORS) else ":"
        axes.axhline(value, ls=style, lw=1, color=REFERENCE_COLORS[index % len(REFERENCE_COLORS)], label=name)
    axes.set(xlabel="env steps", ylabel="win rate", ylim=(-0.02, 1.02), title=title)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _pyplot() -> Any:
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise ConfigError("learning curves need matplotlib: pip install 'nydus-gym[plot]'") from error
    mpl.use("agg")
    from matplotlib import pyplot

    return pyplot
