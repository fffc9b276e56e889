"""The same faults against three vector environments: ours, Gymnasium's AsyncVectorEnv and SB3's SubprocVecEnv.

    python -m benchmarks.peer_faults                 # all cells, writes benchmarks/results/peer_faults.json
    python -m benchmarks.peer_faults --faults killed hangs --limit-s 5 --out /dev/null

Each cell is one trainer in a process of its own: two battles in two processes, some steps, then the fault strikes the
first one in the middle of a step. Reported is what `step()` does, whether training can go on, what `close()` does, and
how many processes are left when the trainer has ended. A call that has not returned after the limit counts as hanging:
the trainer is then killed. All three play the same battles of the embedded engine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import gymnasium as gym
import numpy as np
import psutil

import envs
from benchmarks.measure import ROOT, provenance
from benchmarks.peer_games import FAULT_AT_STEP, FAULTS, MARKER, SCENARIO, FaultyEnv
from bridge.userfiles import write_atomically

RESULT: Final = ROOT / "benchmarks" / "results" / "peer_faults.json"
NUM_ENVS: Final = 2
STEP_S: Final = 10.0
"""Our deadline of a step in these runs (30 s by default); the peers have none unless the caller passes one."""

LIMIT_S: Final = 30.0
START_LIMIT_S: Final = 300.0
END_S: Final = 2.0
"""After the trainer's end, whatever still runs so much later is left."""

OURS, GYMNASIUM, SB3 = "Nydus", "Gymnasium AsyncVectorEnv", "SB3 SubprocVecEnv"
CONTESTANTS: Final = (OURS, GYMNASIUM, SB3)

# --- the trainer of one cell ---------------------------------------------------------------------------------------


def trainer(contestant: str, fault: str) -> None:
    """Play one cell and say after every call how it went, one JSON object per line.

    Args:
        contestant: one of `CONTESTANTS`.
        fault: a key of `FAULTS`.
    """
    env = _open(contestant, fault)
    env.reset()
    actions = np.zeros((NUM_ENVS, 5), np.int64)
    for _ in range(FAULT_AT_STEP - 1):
        env.step(actions)
    _say(call="ready")
    _timed("step", lambda: _step(contestant, env, actions))
    _timed("go on", lambda: _go_on(contestant, env, actions))
    _timed("close", env.close)


def _open(contestant: str, fault: str) -> Any:
    if contestant == OURS:
        return envs.StarCraftVectorEnv(
            NUM_ENVS,
            num_processes=NUM_ENVS,
            scenario=SCENARIO,
            observation="flat",
            autoreset_mode="same_step",
            backend=f"benchmarks.peer_games:make_{fault}",
            timeouts={"step_s": STEP_S},
        )
    makers = [lambda: FaultyEnv(fault)] * NUM_ENVS
    if contestant == GYMNASIUM:
        return gym.vector.AsyncVectorEnv(makers)
    from stable_baselines3.common.vec_env import SubprocVecEnv

    return SubprocVecEnv(makers)


def _step(contestant: str, env: Any, actions: Any) -> str:
    values = env.step(actions)
    if contestant != OURS:
        return "returns"
    _, _, _, truncated, infos = values
    assert truncated.tolist() == [True, False] or truncated.tolist() == [False, True], truncated
    (text,) = [text for text in infos["failure"] if text is not None]
    return str(text.partition("): ")[2].partition("\n")[0])


def _go_on(contestant: str, env: Any, actions: Any) -> str:
    """Step on until all rows play again."""
    while True:
        values = env.step(actions)
        if contestant != OURS or "failure" not in values[4]:
            return "goes on"
        time.sleep(0.01)


def _timed(call: str, do: Callable[[], Any]) -> None:
    began_s = time.monotonic()
    _say(call=f"{call} begins")
    try:
        outcome, error = do(), ""
    except Exception as caught:
        outcome, error = None, f"{type(caught).__name__}: {caught}".partition("\n")[0][:200]
    _say(call=call, seconds=round(time.monotonic() - began_s, 3), outcome=outcome, error=error)


def _say(**values: Any) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


# --- the judge -----------------------------------------------------------------------------------------------------


def judge(contestant: str, fault: str, limit_s: float, marker: Path) -> dict[str, Any]:
    """Run one cell's trainer under hard limits and return what happened.

    Args:
        contestant: one of `CONTESTANTS`.
        fault: a key of `FAULTS`.
        limit_s: of each call.
        marker: a file that does not exist yet.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.peer_faults", "--trainer", contestant, fault],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, MARKER: str(marker)},
    )
    calls: dict[str, dict[str, Any]] = {}
    try:
        for line in _lines(process, limit_s):
            calls[line["call"]] = line
        has_left = _has_left(process, limit_s)
        process.kill()
        process.wait(limit_s)
        assert marker.exists(), f"{contestant}: the fault {fault} did not strike; {calls}"
        time.sleep(END_S)
        return _verdict(calls, has_left, left=len(_descendants(marker)))
    finally:
        process.kill()
        process.wait(limit_s)
        assert process.stdout is not None
        process.stdout.close()
        for left in _descendants(marker):
            with contextlib.suppress(psutil.NoSuchProcess):
                left.kill()


def _lines(process: subprocess.Popen[bytes], limit_s: float) -> Iterator[dict[str, Any]]:
    """Yield what the trainer says, until it ends or is silent for too long."""
    assert process.stdout is not None
    descriptor, buffer, patience_s = process.stdout.fileno(), b"", START_LIMIT_S
    while select.select([descriptor], [], [], patience_s)[0]:
        data = os.read(descriptor, 65536)
        if not data:
            return
        *lines, buffer = (buffer + data).split(b"\n")
        for line in lines:
            yield json.loads(line)
            patience_s = limit_s


def _has_left(process: subprocess.Popen[bytes], limit_s: float) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(limit_s)
        return True
    return False


def _descendants(marker: Path) -> list[psutil.Process]:
    """Return the living processes that a cell's trainer has started, whoever their parent is by now."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            is_its = process.environ().get(MARKER) == str(marker) and process.status() != psutil.STATUS_ZOMBIE
            if is_its and not any("resource_tracker" in part for part in process.cmdline()):  # leaves by itself
                found.append(process)
    return found


def _verdict(calls: Mapping[str, dict[str, Any]], has_left: bool, left: int) -> dict[str, Any]:
    words = [f"`step()` {_words(calls, 'step')}"]
    if calls.get("step", {}).get("error") == "" and "step" in calls:
        words.append(f"all rows play again {_words(calls, 'go on', 'after')}")
    if "close begins" in calls:
        words.append(f"`close()` {_words(calls, 'close')}")
    if not has_left:
        words.append("the trainer had to be killed")
    words.append(f"{left} processes left" if left != 1 else "1 process left")
    goes_on = calls.get("go on", {}).get("outcome") == "goes on"
    return {"text": "; ".join(words), "goes_on": goes_on, "trainer_ends": has_left, "left": left, "calls": dict(calls)}


def _words(calls: Mapping[str, dict[str, Any]], call: str, returns: str = "returns after") -> str:
    if call not in calls:
        return "**hangs**"
    line = calls[call]
    seconds = f"{line['seconds']:.1f} s"
    if line["error"]:
        name, _, text = line["error"].partition(":")
        return f"raises `{name}`{' without a word' if not text.strip() else ''} after {seconds}"
    reason = f" ({line['outcome']})" if call == "step" and line["outcome"] != "returns" else ""
    return f"{returns} {seconds}{reason}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peer_faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--trainer", nargs=2, metavar=("CONTESTANT", "FAULT"), help=argparse.SUPPRESS)
    parser.add_argument("--faults", nargs="+", default=list(FAULTS), choices=list(FAULTS), help="default: all")
    parser.add_argument("--contestants", nargs="+", default=list(CONTESTANTS), choices=CONTESTANTS, help="default: all")
    parser.add_argument("--limit-s", type=float, default=LIMIT_S, help="a call without an answer for so long hangs")
    parser.add_argument("--add", action="store_true", help="measure these cells again, keep the file's others")
    parser.add_argument("--out", type=Path, default=RESULT, help="the result file")
    options = parser.parse_args(argv)
    if options.trainer is not None:
        trainer(*options.trainer)
        return 0
    envs.StarCraftVectorEnv(1, scenario=SCENARIO).close()  # compiles the engine, if need be, outside of any deadline
    cells: dict[str, dict[str, Any]] = json.loads(options.out.read_text())["cells"] if options.add else {}
    folder = options.out.parent
    for fault in options.faults:
        for contestant in options.contestants:
            marker = Path(f"{folder / 'peer_faults'}.{os.getpid()}.{fault}.{CONTESTANTS.index(contestant)}")
            try:
                cell = judge(contestant, fault, options.limit_s, marker)
            finally:
                marker.unlink(missing_ok=True)
            cells.setdefault(fault, {})[contestant] = cell
            print(f"{fault:10} {contestant:26} {cell['text']}", flush=True)
        _write(options, cells)  # what is measured stays, should a later cell be interrupted
    return 0


def _write(options: argparse.Namespace, cells: dict[str, dict[str, Any]]) -> None:
    result = {
        "format": 1,
        "command": f"python -m benchmarks.peer_faults --limit-s {options.limit_s:g}",
        **provenance(),
        "settings": {"limit_s": options.limit_s, "our_step_s": STEP_S, "num_envs": NUM_ENVS, "scenario": SCENARIO},
        "contestants": list(CONTESTANTS),
        "faults": {fault: FAULTS[fault][0] for fault in cells},
        "cells": cells,
    }
    write_atomically(options.out, json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
