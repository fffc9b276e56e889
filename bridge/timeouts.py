"""How long each kind of call may take before the game counts as lost, and how long a lost game rests."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Bounds of the public calls, in seconds; every wait inside a call shares the call's one deadline.

    A lost process is started again at once; when it fails again within `calm_s` it first rests `rest_s`, then twice as
    long each time, at most `max_rest_s` (`bridge.failures.Backoff`).

    Attributes:
        start_s: from launching the processes to their readiness; kernels are compiled before, under `compile_s`.
        reset_s: one reset of any number of rows; a row's first one, and one that must start a process anew, have
            `start_s` on top.
        step_s: one step.
        close_s: the whole ladder of `close()`: ask, TERM, KILL, reap.
        compile_s: the compilation of the kernels, once per version of their sources.
        rest_s: before a process that has failed twice is started again.
        max_rest_s: longest rest, however often it fails.
        calm_s: after so long without a failure a process counts as healthy again.
    """

    start_s: float = 60.0
    reset_s: float = 30.0
    step_s: float = 30.0
    close_s: float = 5.0
    compile_s: float = 1200.0
    rest_s: float = 0.5
    max_rest_s: float = 30.0
    calm_s: float = 60.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not value > 0:
                raise ConfigError(f"timeouts: {name}: got {value!r}; allowed: seconds > 0")
