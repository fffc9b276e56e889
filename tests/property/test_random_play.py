"""Games of random commands in rich bases of all races; `make random-play` plays ten thousand of them."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.random_play import BrokenGameError, RandomPlay, play
from engine.broodwar.errors import NO_ERROR
from engine.core.frame import UnitCommandType

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # the first game compiles the kernels


@pytest.mark.parametrize("seed", [1, 2])
def test_random_play_breaks_nothing_and_repeats_to_the_byte(seed):
    batch = play(10, seed, again=True)

    kinds = np.concatenate([items["type"].ravel() for items, _ in batch.given])
    assert {int(kind) for kind in UnitCommandType} <= set(kinds.tolist())
    assert 0 < batch.games.games["num_refused"].sum() < len(kinds)


def test_what_is_refused_changes_nothing_and_is_counted():
    play_all, play_legal = RandomPlay(6, 7), RandomPlay(6, 7)
    refused = np.zeros(6, np.int64)
    for _ in range(40):
        play_all.choose()
        play_all.commands.count[:] = np.minimum(play_all.commands.count, 1)
        play_all.commands.count[1::2] = 0  # one command of one player: nothing comes between the check and it
        state = play_all.row_game, play_all.row_player
        errors = play_all.games.command_errors(play_all.commands, *state)
        legal = errors[:, 0] == NO_ERROR
        refused += (~legal & (play_all.commands.count > 0))[::2]
        play_legal.commands.items[:] = play_all.commands.items
        play_legal.commands.count[:] = play_all.commands.count * legal

        play_all.step()
        play_legal.step()

        assert play_all.digests() == play_legal.digests()
    assert (play_all.games.games["num_refused"][:, 0] == refused).all()
    assert (play_legal.games.games["num_refused"] == 0).all()


def test_a_broken_game_is_noticed():
    batch = RandomPlay(2, 3)
    batch.games.games["minerals"][1, 0] = -1

    with pytest.raises(BrokenGameError, match="seed 3, game 1, step 0: negative minerals"):
        batch.check()
