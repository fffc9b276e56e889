"""`python -m benchmarks.bench_encoders`: how long a view takes to become an observation, kernels beside plain NumPy.

Writes benchmarks/results/bench_encoders.json and prints the same as tables. `--quick` only shows that everything runs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks import report
from benchmarks.measure import ROOT, Contestant, Run, Settings, rates_of, ratio
from benchmarks.numpy_encoders import draw_planes, encode_units
from benchmarks.numpy_pysc2 import encode_pysc2
from bridge.layout import Layout
from bridge.scenarios import load_scenario
from engine.broodwar.rules_table import unit_type_id
from engine.core.frame import Frame, UnitFlag
from envs.economy import EconomyTask
from envs.tasks import MicroTask, make_battle, make_task

MODULE: Final = "benchmarks.bench_encoders"
RESULT_FILE: Final = ROOT / "benchmarks" / "results" / "bench_encoders.json"

FORMAT: Final = 1
"""Raised whenever the result file's meaning changes."""

ARMY: Final = 10
"""Units of each side."""

LAYERS: Final = (
    "player_relative",
    "player_id",
    "unit_type",
    "unit_hit_points",
    "unit_hit_points_ratio",
    "unit_shields_ratio",
    "unit_energy_ratio",
    "weapon_cooldown",
)

RESOLUTION: Final = 64
WINDOW_PX: Final = 640

WORKERS: Final = 16
"""Own workers of the melee scene; beside them ten fighters on each side, five buildings and a base's resources."""

KERNEL: Final = "kernel"
NUMPY: Final = "NumPy"

UNITS: Final = f"units, {ARMY} v {ARMY}, encodings/s"
PLANES: Final = f"planes, {len(LAYERS)} x {RESOLUTION} x {RESOLUTION}, {ARMY} v {ARMY}, encodings/s"

PYSC2: Final = f"pysc2, 17 and 7 layers of {RESOLUTION} x {RESOLUTION}, encodings/s"

WANTED_US: Final = 5.0
WANTED_PYSC2_US: Final = 60.0
WANTED_RATIO: Final = 10.0

BATCH: Final = 64
"""Encodings between two looks at the clock."""

REPEAT_TIMEOUT_S: Final = 300.0

FULL: Final = Settings(repeats=7, warm_up_s=0.1, measure_s=0.5)
QUICK: Final = Settings(repeats=1, warm_up_s=0.001, measure_s=0.001)

TASK: Final = {
    UNITS: "one row's observation `units` from a Frame of a hand-made battle of marines, dragoons and zealots",
    PLANES: f"the same battle's pictures of a window of {WINDOW_PX} px, layers {', '.join(LAYERS)}",
    PYSC2: f"one row's `pysc2` from a new Frame of a hand-made base: {WORKERS} workers, {ARMY} marines, {ARMY} "
    "zerglings, five buildings, its fields; the kernels' time has the memories in it, NumPy's has not",
    NUMPY: "benchmarks/numpy_encoders.py and numpy_pysc2.py; compared number by number first",
}


def made_battle(observation: str, options: Mapping[str, Any] | None = None) -> tuple[MicroTask, Frame, dict[str, Any]]:
    """Return a task of ten against ten, a view of the fight, and the arrays of one row."""
    kinds = ("Terran_Marine", "Protoss_Dragoon", "Protoss_Zealot")
    army = ((kinds[0], 4), (kinds[1], 3), (kinds[2], 3))
    scenario = dataclasses.replace(load_scenario("dragoons_zealots"), armies=(army, army))
    task = make_battle(scenario=scenario, observation=observation, observation_options=options)
    frame = Frame.allocate(1, 2 * ARMY, scenario.map)
    generator = np.random.default_rng(1)
    units = frame.units[0]
    units["id"] = np.arange(2 * ARMY)
    units["player"] = np.arange(2 * ARMY) // ARMY
    types = [unit_type_id(name) for name, count in army for _ in range(count)]
    units["type"] = types + types
    units["x"] = generator.integers(800, 1200, 2 * ARMY)
    units["y"] = generator.integers(800, 1200, 2 * ARMY)
    units["hp"] = generator.integers(1, 40, 2 * ARMY)
    units["shield"] = generator.integers(0, 60, 2 * ARMY) * (units["type"] != types[0])
    units["ground_cooldown"] = generator.integers(0, 20, 2 * ARMY)
    units["order"] = generator.choice([3, 6, 10, 14], 2 * ARMY)
    units["target_id"] = generator.integers(0, 2 * ARMY, 2 * ARMY)
    units["velocity_x_256"] = generator.integers(-900, 900, 2 * ARMY)
    frame.num_units[0] = 2 * ARMY
    arrays = Layout(rows=1, arrays=dict(task.specs)).allocate()
    task.reset(np.ones(1, np.bool_), frame)
    task.encode(frame, arrays)
    return task, frame, arrays


def repeatedly(work: Callable[[], None]) -> Run:
    """Return how to do a piece of work for some seconds."""

    def run(seconds: float) -> float:
        began = time.perf_counter()
        count = 0
        while True:
            for _ in range(BATCH):
                work()
            count += BATCH
            passed = time.perf_counter() - began
            if passed >= seconds:
                return count / passed

    return run


@contextlib.contextmanager
def units_by(way: str) -> Iterator[Run]:
    """Yield the encoding of `units`; the NumPy way has been seen to give the kernel's numbers."""
    task, frame, arrays = made_battle("units")
    every = task.battle.every_row
    out: dict[str, NDArray[Any]] = {block.name: np.zeros(block.shape, block.dtype) for block in task.observation.blocks}
    encode_units(task, frame, 0, out)
    for name, array in out.items():
        np.testing.assert_allclose(array, arrays[f"observation/{name}"][0], atol=1e-6, err_msg=name)
    if way == NUMPY:
        yield repeatedly(lambda: encode_units(task, frame, 0, out))
    else:
        yield repeatedly(lambda: task.encoder.encode(frame, task.battle, arrays, every))


@contextlib.contextmanager
def planes_by(way: str) -> Iterator[Run]:
    """Yield the drawing of `planes`, likewise."""
    options = {"layers": list(LAYERS), "resolution": RESOLUTION, "window_px": WINDOW_PX}
    task, frame, arrays = made_battle("planes", options)
    every = task.battle.every_row
    own = frame.units[0][:ARMY]
    half = WINDOW_PX // 2
    window = (int(own["x"].sum()) // ARMY - half, int(own["y"].sum()) // ARMY - half, WINDOW_PX, WINDOW_PX)
    out = np.zeros_like(arrays["observation"][0])
    draw_planes(task, frame, 0, LAYERS, window, out)
    np.testing.assert_array_equal(out, arrays["observation"][0])
    if way == NUMPY:
        yield repeatedly(lambda: draw_planes(task, frame, 0, LAYERS, window, out))
    else:
        yield repeatedly(lambda: task.encoder.encode(frame, task.battle, arrays, every))


def made_base() -> tuple[EconomyTask, Frame, dict[str, Any]]:
    """Return a melee task with a base, an attack on it, one selected worker, and the arrays of one row."""
    task = make_task(scenario="melee?races=terran:zerg&starts=0:1", observation="pysc2", action="functions")
    assert isinstance(task, EconomyTask)
    game_map = task.scenario.map
    frame = Frame.allocate(1, 256, game_map, layers=True)
    x, y = (int(value) for value in game_map.starts[0])
    done = 1 << UnitFlag.COMPLETED
    placed = [
        (unit_type_id("Terran_Command_Center"), 0, x, y),
        *((unit_type_id("Terran_Supply_Depot"), 0, x + 160 + 96 * n, y) for n in range(2)),
        *((unit_type_id("Terran_Barracks"), 0, x - 160 - 128 * n, y + 128) for n in range(2)),
        *((unit_type_id("Terran_SCV"), 0, x - 200 + 24 * n, y + 90) for n in range(WORKERS)),
        *((unit_type_id("Terran_Marine"), 0, x - 120 + 24 * n, y + 180) for n in range(ARMY)),
        *((unit_type_id("Zerg_Zergling"), 1, x - 120 + 24 * n, y + 210) for n in range(ARMY)),
        *(
            (int(kind), 11, int(at_x), int(at_y))
            for kind, at_x, at_y, _ in game_map.neutrals.tolist()
            if abs(at_x - x) < 400 and abs(at_y - y) < 400
        ),
    ]
    units = frame.units[0]
    for index, (kind, player, unit_x, unit_y) in enumerate(placed):
        unit = units[index]
        unit["id"], unit["type"], unit["player"], unit["x"], unit["y"] = 1 + index, kind, player, unit_x, unit_y
        unit["flags"], unit["hp"], unit["target_id"], unit["build_type"] = done, 30, -1, -1
    frame.num_units[0] = len(placed)
    frame.minerals[0], frame.supply_used[0], frame.supply_total[0] = 400, 2 * (WORKERS + ARMY), 52
    tiles = [slice(max(0, at // 32 - 12), at // 32 + 12) for at in (y, x)]
    frame.seen[0][tuple(tiles)] = 0
    arrays = Layout(rows=1, arrays=dict(task.specs)).allocate()
    task.reset(np.ones(1, np.bool_), frame)
    task.encode(frame, arrays)
    task.screen.selected_ids[0, 0] = 6
    task.encode(frame, arrays)
    return task, frame, arrays


@contextlib.contextmanager
def pysc2_by(way: str) -> Iterator[Run]:
    """Yield the writing of `pysc2`, likewise; every time of a new view."""
    task, frame, arrays = made_base()
    frame.frame[0] += 1
    task.encode(frame, arrays)
    out = {block.name: np.zeros(block.shape, block.dtype) for block in task.observation.blocks}
    encode_pysc2(task, frame, 0, out)
    for name, array in out.items():
        if name != "available_actions":
            np.testing.assert_array_equal(array, arrays[f"observation/{name}"][0], err_msg=name)

    def by_kernels() -> None:
        frame.frame[0] += 1
        task.write_observation(frame, arrays)

    yield repeatedly(by_kernels if way == KERNEL else lambda: encode_pysc2(task, frame, 0, out))


def contestants() -> list[Contestant]:
    """Return all ways to encode."""
    return [
        Contestant(group=group, name=way, open=lambda make=make, way=way: make(way))  # type: ignore[misc]
        for group, make in ((UNITS, units_by), (PLANES, planes_by), (PYSC2, pysc2_by))
        for way in (KERNEL, NUMPY)
    ]


def run_part(text: str) -> str:
    """Run one repeat in this interpreter.

    Args:
        text: JSON of the repeat's number and the settings.

    Returns:
        The rates by group and name as one line of JSON.
    """
    part = json.loads(text)
    settings = report.settings_from(part["settings"], Settings)
    return json.dumps(rates_of(contestants(), settings, part["repeat"]))


def judged(measured: report.Measured, _: Settings) -> dict[str, Any]:
    """Return what the result file says of what was measured."""
    summaries = measured.summaries
    ratios = {
        f"{KERNEL} / {NUMPY}: {group}": ratio(summaries, group, KERNEL, NUMPY) for group in (UNITS, PLANES, PYSC2)
    }
    targets = [
        *(report.target(name, WANTED_RATIO, found.median) for name, found in ratios.items()),
        report.target(f"microseconds of {UNITS}", WANTED_US, 1e6 / summaries[UNITS][KERNEL].median, "at most"),
        report.target(f"microseconds of {PYSC2}", WANTED_PYSC2_US, 1e6 / summaries[PYSC2][KERNEL].median, "at most"),
    ]
    return measured.result(TASK, ratios, targets)


BENCHMARK: Final = report.Benchmark(
    module=MODULE,
    file_format=FORMAT,
    full=FULL,
    quick=QUICK,
    timeout_s=REPEAT_TIMEOUT_S,
    result_file=RESULT_FILE,
    judge=judged,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write and show: see `report.Benchmark.run`."""
    return BENCHMARK.run(BENCHMARK.parser(__doc__), argv)


if __name__ == "__main__":
    raise SystemExit(main())
