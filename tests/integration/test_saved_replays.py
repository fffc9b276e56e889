"""`evaluate.py --save-replay`: the files hold the evaluated battles, as the own seat saw and commanded them."""

import numpy as np
import pytest

import agents.evaluate
from agents.actors import IdleActor, RandomActor
from agents.config import EnvConfig
from agents.datasets import ReplayDataset
from agents.environments import make_vec_env
from agents.evaluation import evaluate
from agents.saved_replays import save_replays, seeds_of_battles
from bridge.torchcraft.replay import read_tcr
from envs.specs.micro import FIRST_ATTACK, NO_CHANGE
from envs.tasks import make_task

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SCENARIO, OPPONENT, SEED = "m5v5_c_far", "attack_move", 7


class Watched(RandomActor):
    """Chance that remembers what it was shown and what it chose."""

    def __init__(self, space):
        super().__init__(space, SEED)
        self.steps = []

    def act(self, observation, masks):
        action = super().act(observation, masks)
        self.steps.append((observation[0].copy(), masks[0].copy(), action[0].copy()))
        return action


class Stubborn(Watched):
    """Attacks the first enemy, again and again."""

    def act(self, observation, masks):
        super().act(observation, masks)
        attacks = masks[0].reshape(5, -1)[:, FIRST_ATTACK:]
        action = np.where(attacks.any(1), FIRST_ATTACK + attacks.argmax(1), NO_CHANGE)
        self.steps[-1] = (*self.steps[-1][:2], action)
        return action[np.newaxis]


@pytest.fixture(scope="module")
def config():
    return EnvConfig.model_validate(
        {"scenario": SCENARIO, "observation": "flat", "opponent": OPPONENT, "channel": "local"}
    )


@pytest.fixture(scope="module")
def env(config):
    with_player = make_vec_env(config, num_envs=2, player="closest")
    yield with_player
    with_player.close()


def test_replay_gives_back_what_the_policy_saw_and_chose(tmp_path, config, env):
    actor = Watched(env.action_space)

    (path,) = save_replays(actor, config, tmp_path / "one.tcr", 1, SEED, num_envs=1)

    frames = make_task(scenario=SCENARIO).frame_skip
    pairs = ReplayDataset([path], scenario=SCENARIO, observation="flat", record_frames=frames)
    assert len(pairs) == len(actor.steps) >= 10
    told = again = 0
    for (observation, mask, action), pair in zip(actor.steps, (pairs[i] for i in range(len(pairs))), strict=True):
        assert np.array_equal(pair["observation"].numpy(), observation)
        assert np.array_equal(pair["action_mask"].numpy(), mask)
        labels = pair["action"].numpy()
        is_told = labels != NO_CHANGE
        assert labels[is_told].tolist() == action[is_told].tolist()
        told += int(is_told.sum())
        again += int((action[~is_told] != NO_CHANGE).sum())
    assert told > 50
    assert again < told / 10  # attacks that were going on already: nobody was told anything


def test_attacks_that_went_on_count_as_what_was_chosen(tmp_path, config, env):
    actor = Stubborn(env.action_space)
    (path,) = save_replays(actor, config, tmp_path / "one.tcr", 1, SEED, num_envs=1)
    frames = make_task(scenario=SCENARIO).frame_skip

    told, full = (
        np.stack([pair["action"].numpy() for pair in ReplayDataset([path], observation="flat", **options)])
        for options in ({"record_frames": frames}, {"record_frames": frames, "attacks_go_on": True})
    )

    chosen = np.stack([action for _, _, action in actor.steps])
    dies = (full == NO_CHANGE) & (chosen != NO_CHANGE)  # what units are told that die in the same step is not seen
    assert dies.sum() <= 5
    assert full[~dies].tolist() == chosen[~dies].tolist()
    assert (told == chosen).mean() < 0.7  # most attacks are told once


def test_folder_holds_the_very_battles_of_the_evaluation(tmp_path, config, env):
    actor = IdleActor("closest", 5)
    result = evaluate(actor, env, 5, SEED, scenario=SCENARIO, opponent=OPPONENT)

    files = save_replays(actor, config, tmp_path / "battles", 5, SEED, num_envs=2, player="closest")

    assert [file.name for file in files] == [f"battle-00{number}.tcr" for number in range(1, 6)]
    assert sorted(file.name for file in (tmp_path / "battles").iterdir()) == [file.name for file in files]
    steps = [len(read_tcr(file).frames) - 1 for file in files]
    assert len(set(steps)) > 1
    assert np.mean(steps) == pytest.approx(result.mean_steps)


def test_seeds_go_row_by_row():
    assert list(seeds_of_battles(5, 10, 2)) == [10, None, None, 11, None]
    assert list(seeds_of_battles(2, 10, 50)) == [10, 11]
    assert len(list(seeds_of_battles(200, 0, 50))) == 200


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--save-replay", "battle.rep"], "expected a file ending in .tcr (one battle) or a folder (all battles)"),
        (["--save-replay", "nowhere/battle.tcr"], "no such folder nowhere"),
        (["--save-replay", "full"], "this folder holds replays already; name another one"),
        (
            ["--save-replay", "a.tcr", "--backend", "torchcraft"],
            "--save-replay with backend 'torchcraft': allowed: 'em",
        ),
    ],
)
def test_mistakes_are_noticed_before_a_battle(arguments, text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "old.tcr").touch()

    assert agents.evaluate.main(["closest", *arguments]) == 2

    errors = capsys.readouterr().err
    assert text in errors
    assert errors.count("\n") == 1
