"""Train while game processes are killed, stopped and made to hang at random, and account for everything afterwards.

    python -m benchmarks.soak                    # 10 minutes, 64 battles in 16 processes
    python -m benchmarks.soak 0.3 --processes 4 --rows 8 --every-s 1 --out /dev/null

PPO with a small network learns on `m5v5_c_far`. A thread strikes a random game process again and again. At the end the
run must be alive, no process, descriptor or name in /dev/shm may be left, the trainer's memory must not have grown by
5 % since the warm-up, and every step that the trainer counted must be one that a game counted too, or be listed as
lost. The exit status says whether all of this holds.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
import torch as th
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnvWrapper

from agents.sb3 import StarCraftVecEnv
from benchmarks.measure import ROOT, provenance
from bridge.userfiles import write_atomically
from envs import StarCraftVectorEnv

RESULT: Final = ROOT / "benchmarks" / "results" / "soak.json"
SCENARIO: Final = "m5v5_c_far"
STEP_S: Final = 2.0
"""Deadline of a step: what each stop and each hang costs the whole run, since the step waits that long."""

MAX_GROWTH: Final = 0.05
WARM_UP_SHARE: Final = 0.2
"""Part of the run after which memory is compared: torch, numba and the buffers have their size by then."""

MEMORY_MINUTES: Final = 2.0
"""A shorter run says nothing about memory."""

SAMPLE_S: Final = 1.0

STRIKES: Final = {"killed": signal.SIGKILL, "stopped": signal.SIGSTOP, "hung": signal.SIGUSR1}


# --- accounting ----------------------------------------------------------------------------------------------------


class Ledger(VecEnvWrapper):
    """Compares the trainer's count of each row's steps with the game's own, episode by episode.

    Args:
        venv: the adapter.
        vector_env: what it adapts.
    """

    def __init__(self, venv: StarCraftVecEnv, vector_env: StarCraftVectorEnv) -> None:
        super().__init__(venv)
        self._env = vector_env
        self._skip = vector_env.setup.task.frame_skip
        self._steps = np.zeros(self.num_envs, np.int64)
        self._had_game = np.ones(self.num_envs, np.bool_)
        self.rows_stepped = 0
        self.counts: Counter[str] = Counter()
        self.mistakes: list[str] = []

    def reset(self) -> Any:
        """Start all rows."""
        self._steps[:] = 0
        return self.venv.reset()

    def step_wait(self) -> Any:
        """Play one step and book it for every row."""
        observation, rewards, dones, infos = self.venv.step_wait()
        self.rows_stepped += self.num_envs
        failures = self._env.failures
        self._steps[self._had_game] += 1
        for row in np.flatnonzero(dones).tolist():
            self._book_end(row, infos[row])
        for row in failures:
            if rewards[row] != 0.0 or not infos[row]["TimeLimit.truncated"]:
                self.mistakes.append(f"row {row} without a game: reward {rewards[row]}, {infos[row]}")
        self._had_game[:] = ~self._env.lost
        return observation, rewards, dones, infos

    def _book_end(self, row: int, info: dict[str, Any]) -> None:
        mine, frames = int(self._steps[row]), int(info["episode_frames"])
        self._steps[row] = 0
        if "failure" not in info:
            self.counts["episodes"] += 1
            self.counts["steps of ended episodes"] += mine
            if frames != mine * self._skip:
                self.mistakes.append(f"row {row}: {mine} steps here, {frames} frames of {self._skip} a step there")
        elif self._had_game[row]:
            self.counts["episodes cut short by a loss"] += 1
            self.counts["steps of lost episodes"] += mine - 1
            self.counts["lost steps (the answer never came)"] += 1
            # A game that was struck after it had written its answer, but before it handed it over, played one more.
            if frames not in ((mine - 1) * self._skip, mine * self._skip):
                self.mistakes.append(f"lost row {row}: {mine} steps here, {frames} frames there")
        else:
            self.counts["lost steps (no game yet)"] += 1

    def balance(self) -> dict[str, int]:
        """Return all booked steps by account; their sum must be what the trainer counted."""
        accounts = {name: count for name, count in self.counts.items() if not name.startswith("episodes")}
        return {**accounts, "steps of episodes under way": int(self._steps.sum())}


# --- chaos ---------------------------------------------------------------------------------------------------------


class Chaos(threading.Thread):
    """Strikes a random game process every so often.

    Args:
        env: whose processes.
        every_s: mean time between strikes.
        seed: of the dice.
    """

    def __init__(self, env: StarCraftVectorEnv, every_s: float, seed: int) -> None:
        super().__init__(name="chaos")
        self._env = env
        self._every_s = every_s
        self._dice = random.Random(seed)
        self._is_over = threading.Event()
        self.strikes: Counter[str] = Counter()

    def run(self) -> None:
        """Strike until told to stop."""
        while not self._is_over.wait(self._dice.expovariate(1.0 / self._every_s)):
            how, pid = self._dice.choice(sorted(STRIKES)), self._dice.choice(self._env.pids)
            with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):  # it has just been struck
                if psutil.Process(pid).ppid() == os.getpid():  # a lost process's number may be somebody else's now
                    os.kill(pid, STRIKES[how])
                    self.strikes[how] += 1

    def stop(self) -> None:
        """Stop and wait for the end."""
        self._is_over.set()
        if self.is_alive():
            self.join()


# --- what must not grow --------------------------------------------------------------------------------------------


@dataclass
class Samples:
    """The trainer's resources over time.

    Attributes:
        rss_mib: resident memory.
        descriptors: open ones.
        threads: living ones.
        children: living descendants.
    """

    rss_mib: list[float] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    children: list[int] = field(default_factory=list)

    def take(self) -> None:
        """Take one sample of this process."""
        process = psutil.Process()
        self.rss_mib.append(process.memory_info().rss / 2**20)
        self.descriptors.append(process.num_fds())
        self.threads.append(process.num_threads())
        self.children.append(len(process.children(recursive=True)))

    def growth(self) -> float:
        """Return by which part memory has grown since the warm-up: medians of the first and the last fifth after it."""
        after = self.rss_mib[int(WARM_UP_SHARE * len(self.rss_mib)) :]
        part = max(1, len(after) // 5)
        return statistics.median(after[-part:]) / statistics.median(after[:part]) - 1.0


class Watch(BaseCallback):
    """Begins the strikes when the games play, takes samples, and ends the training after its time.

    Args:
        minutes: how long.
        samples: where they go.
        chaos: begun with the training.
    """

    def __init__(self, minutes: float, samples: Samples, chaos: Chaos) -> None:
        super().__init__()
        self._minutes = minutes
        self._until_s = 0.0
        self._samples = samples
        self._chaos = chaos
        self._next_s = 0.0
        self.updates = 0

    def _on_training_start(self) -> None:
        self._until_s = time.monotonic() + 60.0 * self._minutes
        self._chaos.start()

    def _on_rollout_end(self) -> None:
        self.updates += 1

    def _on_step(self) -> bool:
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + SAMPLE_S
            self._samples.take()
        return now_s < self._until_s


def shared_names() -> set[str]:
    """Return what lies in /dev/shm and is not mapped by a running process: other programs' names come and go there."""
    folder = Path("/dev/shm")
    names: dict[str, str] = {}
    if folder.is_dir():
        for entry in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                names[str(entry.stat().st_ino)] = entry.name
    for maps in Path("/proc").glob("[0-9]*/maps") if names else ():
        with contextlib.suppress(OSError):
            for line in maps.read_text().splitlines():
                if "/dev/shm/" in line:  # by number: a semaphore is mapped under a name that it had before
                    names.pop(line.split()[4], None)
    return set(names.values())


# --- the run -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def games(rows: int, processes: int) -> Iterator[tuple[StarCraftVectorEnv, Ledger]]:
    """Start the games and close them.

    Args:
        rows: battles.
        processes: that share them.
    """
    env = StarCraftVectorEnv(
        rows,
        num_processes=processes,
        scenario=SCENARIO,
        observation="flat",
        autoreset_mode="same_step",
        backend="benchmarks.soak_game:make_session",
        timeouts={"step_s": STEP_S, "rest_s": 0.2, "max_rest_s": 2.0, "calm_s": 10.0},
    )
    ledger = Ledger(StarCraftVecEnv(env), env)
    try:
        yield env, ledger
    finally:
        ledger.close()


def soak(minutes: float, rows: int, processes: int, every_s: float, seed: int) -> dict[str, Any]:
    """Train under fire and return what came of it.

    Args:
        minutes: of training.
        rows: battles.
        processes: that share them.
        every_s: mean time between strikes.
        seed: of games, learner and chaos.
    """
    th.set_num_threads(1)
    with contextlib.redirect_stdout(sys.stderr):
        StarCraftVectorEnv(1, scenario=SCENARIO).close()  # kernels, resource tracker, imports: none of it is a leak
    before = {"descriptors": psutil.Process().num_fds(), "shared": shared_names()}
    samples = Samples()
    with games(rows, processes) as (env, ledger):
        model = PPO(
            "MlpPolicy",
            ledger,
            n_steps=64,
            batch_size=min(1024, 64 * rows),
            n_epochs=2,
            policy_kwargs={"net_arch": [32, 32]},
            seed=seed,
            device="cpu",
        )
        chaos = Chaos(env, every_s, seed)
        watch = Watch(minutes, samples, chaos)
        try:
            model.learn(2**40, callback=watch)
        finally:
            chaos.stop()
        log = env.failure_log
        result = {
            "strikes": dict(chaos.strikes),
            "failures": {"total": log.total, "restarts": log.restarts, "kinds": dict(log.kinds)},
            "trainer_steps": model.num_timesteps,
            "rows_stepped": ledger.rows_stepped,
            "updates": watch.updates,
            "accounts": ledger.balance(),
            "episodes": {name: count for name, count in ledger.counts.items() if name.startswith("episodes")},
            "mistakes": ledger.mistakes[:20],
            "weights_are_finite": all(bool(th.isfinite(value).all()) for value in model.policy.parameters()),
        }
    del env, ledger, model, watch, chaos
    result["memory"] = {
        "growth": round(samples.growth(), 4),
        "rss_mib": [round(value, 1) for value in samples.rss_mib[:: max(1, len(samples.rss_mib) // 60)]],
        "most_descriptors": max(samples.descriptors),
        "most_threads": max(samples.threads),
        "most_children": max(samples.children),
    }
    result["left"] = _left(before)
    result["checks"] = _checks(result, minutes)
    return result


def _left(before: dict[str, Any]) -> dict[str, Any]:
    import gc

    gc.collect()
    new_names = shared_names() - before["shared"]
    time.sleep(SAMPLE_S)  # a name that another program is just making or removing is not there twice
    children = [
        child.pid
        for child in psutil.Process().children(recursive=True)
        if "resource_tracker" not in " ".join(child.cmdline())
    ]
    return {
        "processes": len(children),
        "descriptors": psutil.Process().num_fds() - before["descriptors"],
        "shared_names": sorted(shared_names() & new_names),
    }


def _checks(result: dict[str, Any], minutes: float) -> dict[str, bool]:
    left, failures = result["left"], result["failures"]
    checks = {
        "the run is alive: updates were made, weights are finite": result["updates"] > 0
        and result["weights_are_finite"],
        "every kind of strike happened and was noticed": len(result["strikes"]) == len(STRIKES)
        and failures["total"] > 0,
        "lost games came back": failures["restarts"] > 0,
        "no process is left": left["processes"] == 0,
        "no descriptor is left": left["descriptors"] <= 0,
        "no name in /dev/shm is left": not left["shared_names"],
        "every step is accounted for": sum(result["accounts"].values())
        == result["trainer_steps"]
        == result["rows_stepped"],
        "games and trainer count the same steps": not result["mistakes"],
    }
    if minutes >= MEMORY_MINUTES:
        checks[f"memory grew by less than {MAX_GROWTH:.0%}"] = result["memory"]["growth"] < MAX_GROWTH
    return checks


def table(result: dict[str, Any]) -> str:
    """Return the result as lines of text."""
    lines = [f"{name:40} {count:>12,}" for name, count in sorted(result["accounts"].items())]
    lines.append(f"{'steps that the trainer counted':40} {result['trainer_steps']:>12,}")
    lines.append(f"strikes: {result['strikes']}; failures: {result['failures']}; episodes: {result['episodes']}")
    lines.append(f"memory growth {result['memory']['growth']:.1%}; left: {result['left']}")
    lines += [f"{'ok  ' if is_fine else 'FAIL'} {name}" for name, is_fine in result["checks"].items()]
    return "\n".join([*lines, *result["mistakes"]])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if every check holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("minutes", type=float, nargs="?", default=10.0, help="of training (default: 10)")
    parser.add_argument("--rows", type=int, default=64, help="battles (default: 64)")
    parser.add_argument("--processes", type=int, default=16, help="game processes (default: 16)")
    parser.add_argument("--every-s", type=float, default=4.0, help="mean time between strikes (default: 4)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULT, help="the result file")
    options = parser.parse_args(argv)
    settings = {name: getattr(options, name) for name in ("minutes", "rows", "processes", "every_s", "seed")}
    result = soak(**settings)
    print(table(result))
    written = {"format": 1, "command": "python -m benchmarks.soak", **provenance(), "settings": settings, **result}
    if str(options.out) != os.devnull:
        write_atomically(options.out, json.dumps(written, indent=1) + "\n")
    return 0 if all(result["checks"].values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
