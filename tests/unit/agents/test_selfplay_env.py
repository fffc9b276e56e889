"""Games with two seats, one of them the learner's: on the real engine, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fake_battle import FakeVectorEnv
from numpy.typing import NDArray
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3.common.monitor import Monitor

from agents.actors import Actor, RandomActor
from agents.config import EnvConfig
from agents.environments import make_vec_env
from agents.sb3 import StarCraftVecEnv
from agents.selfplay.pool import Kind, Opponent, Outcome
from agents.selfplay.training import make_selfplay_env
from agents.selfplay.vec_env import SelfPlayVecEnv
from bridge.errors import ConfigError

GAMES = 6
UNITS = 5
STEPS = 150
CONFIG = EnvConfig.model_validate({"scenario": "5mr_5mr", "reward": "zero_sum", "max_frames": 210, "channel": "local"})
IDLE = np.zeros((GAMES, UNITS), np.int64)


class Watcher:
    """Acts at random and keeps what it was shown."""

    def __init__(self, name: str, space: Any) -> None:
        self.name = name
        self.shown: list[tuple[dict[str, NDArray[Any]], NDArray[np.bool_]]] = []
        self._actor = RandomActor(space, seed=1)

    def act(self, observation: Any, masks: NDArray[np.bool_]) -> NDArray[np.int64]:
        self.shown.append((observation, masks))
        return self._actor.act(observation, masks)


class Roundabout:
    """Lets opponents play in turns and keeps the results."""

    def __init__(self, *opponents: tuple[Opponent, Actor | None]) -> None:
        self.opponents = list(opponents)
        self.draws = 0
        self.results: list[tuple[str, Outcome]] = []

    def draw(self) -> tuple[Opponent, Actor | None]:
        self.draws += 1
        return self.opponents[(self.draws - 1) % len(self.opponents)]

    def note(self, opponent: Opponent, outcome: Outcome) -> None:
        self.results.append((opponent.name, outcome))


def script(name: str) -> tuple[Opponent, None]:
    return Opponent(name=name, kind=Kind.SCRIPT), None


@pytest.fixture
def env() -> Iterator[SelfPlayVecEnv]:
    """Two watchers, `old` and `new`, and a scripted player in turns."""
    opponents = Roundabout()
    env = make_selfplay_env(CONFIG, opponents, num_games=GAMES)
    for name in ("old", "new"):
        opponents.opponents.append((Opponent(name=name, kind=Kind.SNAPSHOT), Watcher(name, env.action_space)))
    opponents.opponents.append(script("closest"))
    env.seed(7)
    env.reset()
    yield env
    env.close()


def roundabout(env: SelfPlayVecEnv) -> Roundabout:
    assert isinstance(env.opponents, Roundabout)
    return env.opponents


def slab(env: SelfPlayVecEnv, name: str) -> NDArray[Any]:
    array: NDArray[Any] = env.env.env.arrays[name]
    return array


def test_half_of_the_games_begin_on_either_side(env: SelfPlayVecEnv) -> None:
    assert env.sides().tolist() == [0, 1, 0, 1, 0, 1]


def test_learner_sees_and_may_do_what_its_own_seat_may(env: SelfPlayVecEnv) -> None:
    observation, _, _, _ = env.step(IDLE)

    rows = 2 * np.arange(GAMES) + env.sides()
    assert isinstance(observation, dict)
    for name, part in observation.items():
        assert np.array_equal(part, slab(env, f"observation/{name}")[rows])
    assert np.array_equal(env.action_masks(), slab(env, "action_mask")[rows])
    assert is_masking_supported(env)
    assert np.array_equal(get_action_masks(env), env.action_masks())


def test_each_policy_is_asked_once_a_step_about_its_own_rows(env: SelfPlayVecEnv) -> None:
    rows = 2 * np.arange(GAMES) + 1 - env.sides()
    before = {name: slab(env, f"observation/{name}").copy() for name in ("own", "enemy", "global")}
    masks = slab(env, "action_mask").copy()

    env.step(IDLE)

    for index, name in enumerate(("old", "new")):
        watcher = roundabout(env).opponents[index][1]
        assert isinstance(watcher, Watcher)
        ((shown, shown_masks),) = watcher.shown
        its_rows = rows[[game for game, opponent in enumerate(env.playing()) if opponent.name == name]]
        assert len(its_rows) == GAMES / 3
        for part, array in before.items():
            assert np.array_equal(shown[part], array[its_rows])
        assert np.array_equal(shown_masks, masks[its_rows])


def test_opponent_and_sides_change_only_when_the_battle_ends(env: SelfPlayVecEnv) -> None:
    num_battles = 0
    for _ in range(STEPS):
        playing, sides, draws = env.playing(), env.sides(), roundabout(env).draws
        _, _, dones, infos = env.step(IDLE)
        won = slab(env, "final_info/battle_won")
        ended = np.flatnonzero(dones)
        assert roundabout(env).draws - draws == len(ended)
        for game in range(GAMES):
            if not dones[game]:
                assert env.playing()[game] == playing[game]
                assert env.sides()[game] == sides[game]
                assert infos[game] == {}
                continue
            num_battles += 1
            row = 2 * game + sides[game]
            info = infos[game]
            assert env.sides()[game] == 1 - sides[game]
            assert (info["opponent"], info["side"]) == (playing[game].name, sides[game])
            assert info["outcome"] == ("won" if won[row] else "lost" if won[row ^ 1] else "drawn")
            assert info["battle_won"] == won[row]
            assert info["terminal_observation"]["own"].shape == (UNITS, 25)
    assert num_battles > GAMES
    assert len(roundabout(env).results) == num_battles
    assert {name for name, _ in roundabout(env).results} == {"old", "new", "closest"}
    assert len({outcome for _, outcome in roundabout(env).results}) > 1


def test_scripted_opponent_plays_as_it_does_inside_the_game() -> None:
    """Player 0 idles against `closest`: the same battle as with a scripted seat of the session's own."""
    here = make_selfplay_env(CONFIG, Roundabout(script("closest")), num_games=GAMES)
    there = make_vec_env(CONFIG.model_copy(update={"opponent": "closest"}), num_envs=GAMES)
    here.seed(3)
    there.seed(3)
    ours, theirs = here.reset(), there.reset()
    as_player_0 = here.sides() == 0
    num_battles = 0

    for _ in range(40):
        assert isinstance(ours, dict)
        assert isinstance(theirs, dict)
        for name in ours:
            assert np.array_equal(ours[name][as_player_0], theirs[name][as_player_0])
        ours, our_rewards, our_dones, _ = here.step(IDLE)
        theirs, their_rewards, their_dones, _ = there.step(IDLE)
        assert np.array_equal(our_rewards[as_player_0], their_rewards[as_player_0])
        assert np.array_equal(our_dones[as_player_0], their_dones[as_player_0])
        num_battles += int(our_dones[as_player_0].sum())
        as_player_0 &= ~our_dones  # from now on the learner is player 1 there

    assert num_battles > 0
    here.close()
    there.close()


@pytest.mark.timeout(300)
def test_same_seeds_give_the_same_bytes_on_every_channel() -> None:
    def trajectory(channel: str) -> list[bytes]:
        opponents = Roundabout()
        config = CONFIG.model_copy(update={"channel": channel})
        env = make_selfplay_env(config, opponents, num_games=GAMES)
        opponents.opponents = [
            (Opponent(name="chance", kind=Kind.SNAPSHOT), Watcher("chance", env.action_space)),
            script("weakest_closest"),
        ]
        actor = RandomActor(env.action_space, seed=5)  # type: ignore[arg-type]
        env.seed(11)
        observation = env.reset()
        bytes_: list[bytes] = []
        for _ in range(60):
            observation, rewards, dones, infos = env.step(actor.act(observation, env.action_masks()))
            assert isinstance(observation, dict)
            bytes_ += [part.tobytes() for part in observation.values()] + [rewards.tobytes(), dones.tobytes()]
            bytes_ += [repr(sorted(info.items())).encode() for info in infos if info.pop("episode", None)]
        env.close()
        assert len(opponents.results) > GAMES
        return bytes_

    expected = trajectory("local")
    assert trajectory("shm") == expected
    assert trajectory("queue") == expected


def test_lost_game_is_no_battle() -> None:
    fake = FakeVectorEnv(num_envs=4, fail_at_step=1)
    fake.seats = 2
    fake.arrays["action/script"] = np.zeros(4, np.int8)
    opponents = Roundabout(script("noop"))
    env = SelfPlayVecEnv(StarCraftVecEnv(fake), opponents)  # type: ignore[arg-type]
    env.reset()

    _, rewards, dones, infos = env.step(np.zeros((2, 2), np.int64))

    assert dones.tolist() == [True, False]
    assert rewards[0] == 0
    assert "outcome" not in infos[0]
    assert "killed" in infos[0]["failure"]
    assert opponents.results == []
    assert opponents.draws == 3


def test_games_with_one_seat_are_refused() -> None:
    with pytest.raises(ValueError, match="needs games with 2 seats, got 1"):
        SelfPlayVecEnv(StarCraftVecEnv(FakeVectorEnv()), Roundabout())  # type: ignore[arg-type]


def test_scenario_with_different_armies_is_refused() -> None:
    with pytest.raises(ConfigError, match="one policy cannot play both sides of 1vu_1zl: its armies are"):
        make_selfplay_env(CONFIG.model_copy(update={"scenario": "1vu_1zl"}), Roundabout(), num_games=1)


def test_attributes_and_methods_are_those_of_the_shared_env(env: SelfPlayVecEnv) -> None:
    assert env.get_attr("seats") == [2] * GAMES
    assert env.env_method("action_masks", indices=[4])[0].shape == (UNITS * 14,)
    assert env.env_is_wrapped(StarCraftVecEnv) == [False] * GAMES
    assert env.env_is_wrapped(Monitor) == [True] * GAMES  # SB3's: its statistics are in the infos
    assert env.get_images() == [None] * GAMES
    with pytest.raises(ValueError, match="share one env"):
        env.set_attr("colour", "blue", indices=[0])
