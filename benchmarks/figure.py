"""A result file as a picture: one panel per group, one bar per contestant, a whisker over the quartiles."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def draw(result: Mapping[str, Any], path: Path) -> bool:
    """Draw the rates of a result.

    Args:
        result: content of a result file.
        path: PNG to write.

    Returns:
        False if matplotlib is not installed; nothing is written then.
    """
    if importlib.util.find_spec("matplotlib") is None:
        return False
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    groups: Mapping[str, Mapping[str, Any]] = result["groups"]
    heights = [1.2 + len(names) for names in groups.values()]
    figure, panels = pyplot.subplots(
        len(groups), 1, figsize=(8, 0.34 * sum(heights)), height_ratios=heights, layout="constrained", squeeze=False
    )
    for axes, (group, names) in zip(panels[:, 0], groups.items(), strict=True):
        medians = [values["median"] for values in names.values()]
        below = [values["median"] - values["lower_quartile"] for values in names.values()]
        above = [values["upper_quartile"] - values["median"] for values in names.values()]
        axes.barh(list(names), medians, xerr=[below, above], capsize=2, color="C0")
        axes.bar_label(axes.containers[-1], fmt=_label, padding=4, fontsize="small")
        axes.set_title(group, fontsize="medium", loc="left")
        axes.set_xlim(0, 1.25 * max(values["upper_quartile"] for values in names.values()))
        axes.invert_yaxis()
        axes.grid(axis="x", alpha=0.3)
    machine = result["machine"]
    figure.suptitle(f"{machine['cpu']}, {machine['usable_cores']} cores; median and quartiles", fontsize="medium")
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)
    return True


def _label(value: float) -> str:
    """Return a bar's number: whole from 100 on, else with three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
