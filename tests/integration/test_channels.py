"""Real battles give the same bytes on the three channels, with 1, 2 and 8 games to a process."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from leaks import nothing_left

from bridge.pool import GamePool
from bridge.spec import GameSpec

NUM_GAMES = 8
EPISODES = 50
SPREADS = [("local", 2), ("shm", 1), ("shm", 4), ("shm", 8), ("queue", 1), ("queue", 4)]
"""Channel and number of processes: 8, 2 and 1 games to a process."""


def trajectory(channel, num_processes, autoreset="same_step", opponent="attack_move", episodes=EPISODES):
    """Play masked random actions until `episodes` have ended; return the digest of every array of every step."""
    digest = hashlib.sha256()
    random = np.random.default_rng(3)
    spec = GameSpec(
        scenario="m5v5_c_far",
        players=(None, opponent),
        autoreset=autoreset,
        task_params={"scenario": "m5v5_c_far", "max_frames": 400},
        export_frame=True,
    )
    with GamePool(spec, num_games=NUM_GAMES, num_processes=num_processes, channel=channel) as pool:
        arrays = pool.arrays
        slots = arrays["action"].shape[1]
        mask = arrays["action_mask"].reshape(NUM_GAMES, slots, -1)
        pool.reset(seeds=np.arange(NUM_GAMES, dtype=np.uint64))
        ended = 0
        while ended < episodes:
            over = arrays["terminated"] | arrays["truncated"]
            if autoreset == "disabled" and over.any():
                pool.reset(over)
            arrays["action"][:] = (random.random(mask.shape) * mask).argmax(axis=2)
            pool.step()
            ended += int((arrays["terminated"] | arrays["truncated"]).sum())
            for name, array in arrays.items():
                if not name.startswith("control/"):
                    digest.update(name.encode() + array.tobytes())
    return digest.hexdigest()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_channel_and_spread_gives_the_same_bytes_over_50_battles():
    with nothing_left():
        expected = trajectory("local", 1)
        found = {spread: trajectory(*spread) for spread in SPREADS}

    assert found == dict.fromkeys(SPREADS, expected)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("autoreset", ["next_step", "disabled"])
def test_other_autoreset_modes_and_the_maps_own_orders_agree_too(autoreset):
    expected = trajectory("local", 1, autoreset, opponent="noop", episodes=10)

    assert trajectory("shm", 2, autoreset, opponent="noop", episodes=10) == expected
    assert trajectory("queue", 1, autoreset, opponent="noop", episodes=10) == expected
