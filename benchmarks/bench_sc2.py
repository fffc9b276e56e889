"""`python -m benchmarks.bench_sc2`: StarCraft II's 3m embedded, and what the server costs beside python-sc2.

Writes benchmarks/results/bench_sc2.json and prints the same as a table. `--quick` only shows that everything runs; it
writes where it is told to.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import time
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any, Final

import psutil

from benchmarks import report
from benchmarks.env_steps import FRAME_SKIP, VECTOR, VECTOR_LOCAL, env_group, vector
from benchmarks.measure import ROOT, Contestant, Run, Settings, Summary, rates_of

MODULE: Final = "benchmarks.bench_sc2"

RESULT_FILE: Final = ROOT / "benchmarks" / "results" / "bench_sc2.json"

FORMAT: Final = 1
"""Raised whenever the result file's meaning changes."""

REPEAT_TIMEOUT_S: Final = 600.0
"""One repeat takes half a minute; compiling all kernels for the first one a minute or two."""

SCENARIO: Final = "3m"

WIRE_GROUP: Final = "steps per CPU second through the websocket, 1 game"
SERVER, PYTHON_SC2 = "server's process", "python-sc2's process"

WIRE_LONGER: Final = 4
"""A game through the websocket lasts so many times as long as other measurements: CPU time is counted in 1/100 s."""

WANTED_STEPS_PER_S: Final = {1: 15_000.0, 64: 50_000.0}
"""Env steps/s by number of games, on a machine with 2 cores."""

WANTED_OVER_PYTHON_SC2: Final = 1.0

STARTED_S: Final = 300.0
"""How long the server's process may take until it listens: it may have to compile."""

END_S: Final = 10.0

TASK: Final = {
    "scenario": SCENARIO,
    "frame_skip": FRAME_SKIP,
    "actions": "embedded: random among the possible ones, drawn outside the timed part; websocket: none",
    "websocket": "our server in a process of its own, unmodified python-sc2 with an empty bot in another; each is "
    "judged by the CPU time that its process takes in the same game, the start left out",
}
"""What the groups do, for readers of the result file."""

QUICK: Final = Settings(repeats=1, warm_up_s=0.02, measure_s=0.1, env_games=(1, 4))
"""Shows that everything runs; its numbers mean nothing."""


def all_contestants(settings: Settings) -> list[Contestant]:
    """Return everything that is measured, group by group.

    Args:
        settings: sizes.
    """
    found = []
    for games in settings.env_games:
        for name, channel in ((VECTOR, "shm"), (VECTOR_LOCAL, "local")):
            found.append(
                Contestant(
                    group=env_group(games),
                    name=name,
                    open=lambda channel=channel, games=games: vector(channel, games, SCENARIO),  # type: ignore[misc]
                )
            )
    game = WireGame()
    for name in (SERVER, PYTHON_SC2):
        found.append(Contestant(group=WIRE_GROUP, name=name, open=lambda name=name: game.open(name)))  # type: ignore[misc]
    return found


class WireGame:
    """A game through the websocket of which both processes' CPU time is taken.

    What else the machine does slows down both of one game alike, which is not so of two games.
    """

    def __init__(self) -> None:
        """Play nothing yet."""
        self._rates: dict[str, float] | None = None

    @contextlib.contextmanager
    def open(self, who: str) -> Iterator[Run]:
        """Start a server and play on it with python-sc2 in this process; who is asked for second gets the same game's.

        Args:
            who: `SERVER` or `PYTHON_SC2`: whose steps per second of CPU time are returned.
        """
        if self._rates is not None:
            rate = self._rates[who]
            yield lambda seconds: rate
            return
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs,), name="sc2 server", daemon=True)
        process.start()
        theirs.close()
        try:
            if not ours.poll(STARTED_S):
                raise TimeoutError(f"the server did not listen within {STARTED_S:g} s")
            port = int(ours.recv())
            processes = {SERVER: psutil.Process(process.pid), PYTHON_SC2: psutil.Process()}

            def run(seconds: float) -> float:
                self._rates = play(port, WIRE_LONGER * seconds, processes)
                return self._rates[who]

            yield run
        finally:
            ours.close()  # the server's process ends when its end of the pipe does
            process.join(END_S)
            if process.is_alive():
                process.kill()
                process.join(END_S)
            process.close()


def serve(pipe: Connection) -> None:
    """Answer clients until the other end of the pipe is closed; the port goes through the pipe first."""
    from bridge.sc2.engine_worlds import EngineWorlds
    from bridge.sc2.lobby import Lobby
    from bridge.sc2.serve import run as served
    from bridge.sc2.server import ApiServer

    worlds = EngineWorlds()
    worlds.prepare()

    async def run() -> None:
        server = ApiServer(Lobby(worlds=worlds, default_map=SCENARIO, default_opponent=(1, 7)))
        pipe.send(await server.start())
        try:
            with contextlib.suppress(EOFError, OSError):
                await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
        finally:
            await server.close()

    served(run())


def play(port: int, seconds: float, processes: Mapping[str, psutil.Process]) -> dict[str, float]:
    """Return steps per second of each process's CPU time, of one game of about so many seconds."""
    from sc2.bot_ai import BotAI
    from sc2.data import Race
    from sc2.main import play_from_websocket
    from sc2.player import Bot

    class Steps(BotAI):
        """Does nothing, eight loops at a time."""

        def __init__(self) -> None:
            self.steps, self.until_s = 0, 0.0
            self.before, self.after = dict.fromkeys(processes, 0.0), dict.fromkeys(processes, 0.0)

        async def on_start(self) -> None:
            self.client.game_step = FRAME_SKIP

        async def on_step(self, iteration: int) -> None:
            if iteration == 0:
                self.until_s = time.perf_counter() + seconds
                self.before = {name: cpu_s(process) for name, process in processes.items()}
            elif time.perf_counter() >= self.until_s:
                self.steps = iteration
                self.after = {name: cpu_s(process) for name, process in processes.items()}
                await self.client.leave()

    bot = Steps()
    asyncio.run(play_from_websocket(f"ws://127.0.0.1:{port}/sc2api", Bot(Race.Terran, bot), False, None))  # type: ignore[arg-type]  # nobody to share ports with
    return {name: bot.steps / max(bot.after[name] - bot.before[name], 1e-3) for name in processes}


def cpu_s(process: psutil.Process) -> float:
    """Return the CPU time that a process has taken, seconds."""
    times = process.cpu_times()
    return float(times.user + times.system)


def run_part(text: str) -> str:
    """Run one repeat in this interpreter.

    Args:
        text: JSON of the repeat's number and the settings.

    Returns:
        The rates by group and name as one line of JSON.
    """
    part = json.loads(text)
    settings = report.settings_from(part["settings"], Settings)
    return json.dumps(rates_of(all_contestants(settings), settings, part["repeat"]))


def ratios_of(summaries: Mapping[str, Mapping[str, Summary]]) -> dict[str, Summary]:
    """Return the claim: how many times less CPU a step takes of the server than of python-sc2.

    Args:
        summaries: by group and name.
    """
    rates = summaries[WIRE_GROUP]
    pairs = zip(rates[SERVER].values, rates[PYTHON_SC2].values, strict=True)
    return {f"{SERVER} / {PYTHON_SC2}": Summary(values=tuple(ours / theirs for ours, theirs in pairs))}


def targets_of(
    summaries: Mapping[str, Mapping[str, Summary]], ratios: Mapping[str, Summary], settings: Settings
) -> list[dict[str, Any]]:
    """Return what was to be reached, by the median, and whether it was; one env is judged without a second process.

    Args:
        summaries: by group and name.
        ratios: by name.
        settings: sizes.
    """
    found = []
    for games, wanted in WANTED_STEPS_PER_S.items():
        if games in settings.env_games:
            name = VECTOR_LOCAL if games == 1 else VECTOR
            group = env_group(games)
            found.append(report.target(f"{group}, {name}", wanted, summaries[group][name].median))
    return [*found, *(report.target(name, WANTED_OVER_PYTHON_SC2, value.median) for name, value in ratios.items())]


def judged(measured: report.Measured, settings: Settings) -> dict[str, Any]:
    """Return what the result file says of what was measured."""
    ratios = ratios_of(measured.summaries)
    return measured.result(TASK, ratios, targets_of(measured.summaries, ratios, settings))


BENCHMARK: Final = report.Benchmark(
    module=MODULE,
    file_format=FORMAT,
    full=Settings(),
    quick=QUICK,
    timeout_s=REPEAT_TIMEOUT_S,
    result_file=RESULT_FILE,
    judge=judged,
    has_figure=True,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write and show: see `report.Benchmark.run`."""
    return BENCHMARK.run(BENCHMARK.parser(__doc__), argv)


if __name__ == "__main__":
    raise SystemExit(main())
