"""What the terminal shows while a run trains: a live panel, or plain lines where there is no terminal."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table

LINE_EVERY_S: Final = 10.0
"""Without a terminal: at most one line in so many seconds."""

RATE_WINDOW_S: Final = 20.0
"""The rate shown is that of the last so many seconds."""


@dataclass(slots=True)
class Progress:
    """The figures on display.

    Attributes:
        steps: env steps so far.
        total_steps: env steps wanted.
        win_rate: of the latest training battles; None before the first one ended.
        mean_return: of the same battles.
        mean_length: env steps of the same battles.
        losses: from the latest update, by name.
        opponents: win rates by kind of opponent in self-play as text, "" before the first or without.
        evaluation: the latest evaluation as text, "" before the first.
        best: the best evaluation as text.
        failures: lost game processes so far.
        restarts: those of them that were started again.
    """

    total_steps: int
    steps: int = 0
    win_rate: float | None = None
    mean_return: float | None = None
    mean_length: float | None = None
    losses: dict[str, float] = field(default_factory=dict)
    opponents: str = ""
    evaluation: str = ""
    best: str = ""
    failures: int = 0
    restarts: int = 0


class Display:
    """Shows a `Progress`; use as a context.

    Args:
        title: of the panel.
        progress: read on every refresh; the caller writes to it.
        max_seconds: time limit of the run, if any: the ETA heeds it.
        console: where to.
    """

    def __init__(self, title: str, progress: Progress, max_seconds: float | None, console: Console) -> None:
        self._title = title
        self._progress = progress
        self._max_seconds = max_seconds
        self._console = console
        self._live: Live | None = None
        self._started_s = time.monotonic()
        self._marks: deque[tuple[float, int]] = deque([(self._started_s, progress.steps)])
        self._line_at_s = 0.0

    def __enter__(self) -> Display:
        if self._console.is_terminal:
            self._live = Live(self._panel(), console=self._console, refresh_per_second=4, transient=False)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.update(self._panel())
            self._live.stop()
        else:
            self._print_line()

    def refresh(self) -> None:
        """Show the figures as they are now."""
        now_s = time.monotonic()
        self._marks.append((now_s, self._progress.steps))
        while len(self._marks) > 2 and now_s - self._marks[0][0] > RATE_WINDOW_S:
            self._marks.popleft()
        if self._live is not None:
            self._live.update(self._panel())
        elif now_s - self._line_at_s >= LINE_EVERY_S:
            self._print_line()

    def _rate(self) -> float:
        (then_s, before), (now_s, now) = self._marks[0], self._marks[-1]
        return (now - before) / (now_s - then_s) if now_s > then_s else 0.0

    def _eta_s(self) -> float | None:
        rate = self._rate()
        left_s = (self._progress.total_steps - self._progress.steps) / rate if rate > 0 else None
        if self._max_seconds is None:
            return left_s
        until_limit_s = self._max_seconds - (time.monotonic() - self._started_s)
        return max(0.0, until_limit_s if left_s is None else min(left_s, until_limit_s))

    def _figures(self) -> list[tuple[str, str]]:
        progress, eta_s = self._progress, self._eta_s()
        figures = [
            ("steps", f"{progress.steps:,} / {progress.total_steps:,}"),
            ("rate", f"{self._rate():,.0f} steps/s"),
            ("elapsed", clock(time.monotonic() - self._started_s)),
            ("ETA", "-" if eta_s is None else clock(eta_s)),
            ("win rate", "-" if progress.win_rate is None else f"{progress.win_rate:.1%}"),
            ("return", "-" if progress.mean_return is None else f"{progress.mean_return:.3f}"),
            ("length", "-" if progress.mean_length is None else f"{progress.mean_length:.1f} steps"),
        ]
        figures += [(name, f"{value:.4g}") for name, value in progress.losses.items()]
        texts = (("against", progress.opponents), ("evaluation", progress.evaluation), ("best", progress.best))
        figures += [(name, text) for name, text in texts if text]
        if progress.failures:
            figures.append(("lost processes", f"{progress.failures}, {progress.restarts} restarted"))
        return figures

    def _panel(self) -> Panel:
        table = Table.grid(padding=(0, 2))
        table.add_row("", ProgressBar(total=self._progress.total_steps, completed=self._progress.steps, width=48))
        for name, text in self._figures():
            table.add_row(f"[bold]{name}", text)
        return Panel(table, title=self._title, expand=False)

    def _print_line(self) -> None:
        self._line_at_s = time.monotonic()
        text = " · ".join(f"{name} {value}" for name, value in self._figures())
        self._console.print(text, highlight=False, soft_wrap=True)


def clock(seconds: float) -> str:
    """Return minutes and seconds, with hours where there are any.

    >>> clock(75), clock(3700)
    ('1:15', '1:01:40')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
