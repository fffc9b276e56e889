"""Keep the steps of rows without a game out of an update.

A lost game's row goes on for some steps without a game: nothing it does has an effect, and it says so by `failure` in
its info. Such a step is no experience. Stable-Baselines3's rollout buffers have a fixed size, so the places of these
samples are taken by copies of others, chosen at random, after the returns were computed and before the update.

`DropLostSamples` does it in any training with an on-policy algorithm of SB3 or sb3-contrib:

    model.learn(1_000_000, callback=DropLostSamples())
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback

FIELDS: Final = ("observations", "actions", "values", "log_probs", "advantages", "returns", "action_masks")
"""What an update reads of a sample, by its name in SB3's buffers; not every buffer has all."""


class LostSamples:
    """Places of a rollout buffer that hold no experience."""

    def __init__(self) -> None:
        self._places: list[tuple[int, int]] = []

    def clear(self) -> None:
        """Begin a rollout."""
        self._places.clear()

    def note(self, position: int, infos: list[dict[str, Any]], rows: Iterable[int]) -> None:
        """Take note of those rows that had no game in a step.

        Args:
            position: of the step in the buffer.
            infos: of the step.
            rows: whose episode ended in it.
        """
        self._places.extend((position, row) for row in rows if "failure" in infos[row])

    def replace(self, buffer: RolloutBuffer, generator: np.random.Generator) -> int:
        """Put copies of other samples into these places.

        Args:
            buffer: full, its returns computed, no batch taken yet.
            generator: chooses the copies.

        Returns:
            How many were replaced. A rollout without any experience at all is left as it is.
        """
        if not self._places:
            return 0
        steps, rows = np.array(self._places).T
        is_lost = np.zeros((buffer.buffer_size, buffer.n_envs), np.bool_)
        is_lost[steps, rows] = True
        sources = np.argwhere(~is_lost)
        if not len(sources):
            return 0
        from_steps, from_rows = sources[generator.integers(len(sources), size=len(steps))].T
        for array in _arrays(buffer):
            array[steps, rows] = array[from_steps, from_rows]
        return len(steps)


class DropLostSamples(BaseCallback):
    """Keeps lost games' steps out of the updates of whatever on-policy algorithm it is given to."""

    def __init__(self) -> None:
        super().__init__()
        self._lost = LostSamples()
        self.replaced = 0

    def _on_rollout_start(self) -> None:
        self._lost.clear()

    def _on_step(self) -> bool:
        dones = self.locals["dones"]
        if dones.any():
            buffer = self.locals["rollout_buffer"]
            self._lost.note(buffer.pos, self.locals["infos"], np.flatnonzero(dones).tolist())
        return True

    def _on_rollout_end(self) -> None:
        generator = np.random.default_rng(self.num_timesteps)
        self.replaced += self._lost.replace(self.locals["rollout_buffer"], generator)


def _arrays(buffer: RolloutBuffer) -> Iterator[NDArray[Any]]:
    for name in FIELDS:
        value = getattr(buffer, name, None)
        if isinstance(value, dict):
            yield from value.values()
        elif value is not None:
            yield value
