"""`python -m benchmarks.trip_costs`: what a round trip of the shared-memory channel costs each process that takes part.

For 1, 2 and 4 processes with one game each in which nothing happens: processor time and changes of process per round
trip, as the kernel counts them (Linux). Where the processes are more than the cores, most of the time is such changes.
Unlike rates, both hold on a machine that is busy elsewhere, nearly.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.noop import noop_spec
from bridge.pool import GamePool

NUM_PROCESSES: Final = (1, 2, 4)
REPEATS: Final = 4
MEASURE_S: Final = 0.15
BATCH: Final = 20
WARM_UP_STEPS: Final = 300

NS_PER_US: Final = 1000.0


def spent(pid: int) -> NDArray[np.float64]:
    """Return what a process has used so far: (2,) microseconds of processor time, changes to another process."""
    time_us, changes = 0.0, 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        time_us += int((thread / "schedstat").read_text().split()[0]) / NS_PER_US
        for line in (thread / "status").read_text().splitlines():
            if "ctxt_switches" in line:
                changes += int(line.partition(":")[2])
    return np.array([time_us, changes])


def measure(num_processes: int) -> tuple[float, NDArray[np.float64]]:
    """Return round trips per second, and what each process used for one: (1 + processes, 2), the trainer first.

    Args:
        num_processes: beside the trainer.
    """
    with GamePool(noop_spec(), num_games=num_processes, num_processes=num_processes) as pool:
        pool.reset()
        pids = (os.getpid(), *pool.pids)
        for _ in range(WARM_UP_STEPS):
            pool.step()
        found = []
        for _ in range(REPEATS):
            before = np.array([spent(pid) for pid in pids])
            began_s, trips = time.perf_counter(), 0
            while time.perf_counter() - began_s < MEASURE_S:
                for _ in range(BATCH):
                    pool.step()
                trips += BATCH * num_processes
            rate = trips / (time.perf_counter() - began_s)
            found.append((rate, (np.array([spent(pid) for pid in pids]) - before) / trips))
    return max(found, key=lambda one: one[0])


def main() -> int:
    """Measure and show."""
    if sys.platform != "linux":
        print("benchmarks.trip_costs reads /proc: Linux only", file=sys.stderr)
        return 2
    for count in NUM_PROCESSES:
        rate, costs = measure(count)
        time_us, changes = costs.sum(axis=0).tolist()
        print(
            f"{count} processes: {rate:,.0f} round trips/s; each takes {time_us:.1f} us of processor time, "
            f"{costs[0, 0]:.1f} of them the trainer's, and {changes:.1f} changes of process"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
