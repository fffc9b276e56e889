"""Envs in the cells of a real Jupyter kernel, which runs its cells inside an event loop of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 300.0

pytestmark = pytest.mark.timeout(TIMEOUT_S + 60)

Run = Callable[[str], tuple[str, str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Return a function that runs a cell and gives its output and its error, each as text."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("PYTHONWARNINGS", "error::ResourceWarning")
        manager, client = start_new_kernel(kernel_name="python3", startup_timeout=TIMEOUT_S, cwd=str(ROOT))

    def run_cell(code: str) -> tuple[str, str]:
        printed: list[str] = []

        def take(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        reply = client.execute_interactive(code, timeout=TIMEOUT_S, output_hook=take)["content"]
        failure = f"{reply['ename']}: {reply['evalue']}" if reply["status"] == "error" else ""
        return "".join(printed), failure

    try:
        yield run_cell
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.context.destroy()


IMPORTS = (
    "import asyncio, threading\nimport gymnasium as gym, numpy as np\nimport envs\nstill = np.zeros(5, np.int64)\n"
)


def test_cell_steps_the_synchronous_envs_without_a_word(run: Run) -> None:
    printed, error = run(
        IMPORTS
        + """
assert asyncio.get_running_loop().is_running()  # this is what makes a cell special
env = gym.make("BroodWar-v0")
env.reset(seed=1)
for _ in range(3):
    _, _, _, _, info = env.step(still)
env.close()
many = gym.make_vec("BroodWar-v0", num_envs=2, num_processes=1)
many.reset(seed=1)
many.step(np.zeros((2, 5), np.int64))
many.close()
print(info["episode_frames"] // env.unwrapped.setup.task.frame_skip)
"""
    )

    assert (printed.splitlines()[-1:], error) == (["3"], "")
    assert "Warning" not in printed


def test_cell_awaits_the_async_env_in_the_kernels_loop(run: Run) -> None:
    printed, error = run(
        IMPORTS
        + """
async def play(seed):
    async with envs.AsyncStarCraftEnv() as env:
        await env.reset(seed=seed)
        return (await env.step(still))[4]["own_units"]
print(await asyncio.gather(play(1), play(2)))
"""
    )

    assert (printed.splitlines()[-1:], error) == (["[5, 5]"], "")


def test_loop_of_the_users_own_beside_the_kernels_is_not_blocked(run: Run) -> None:
    printed, error = run(
        IMPORTS
        + """
env = gym.make("BroodWar-v0")
env.reset(seed=1)
async def main():
    env.step(still)
caught = []
def other_thread():
    try:
        asyncio.run(main())
    except envs.loops.BlockedLoopError as error:
        caught.append(error)
thread = threading.Thread(target=other_thread)
thread.start()
thread.join()
env.close()
print(len(caught))
"""
    )

    assert (printed.splitlines()[-1:], error) == (["1"], "")
