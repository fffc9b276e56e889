from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from fake_battle import CHOICES, ENEMY, OWN, FakeVectorEnv, spaces_of
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.distributions import MaskableMultiCategoricalDistribution
from stable_baselines3 import PPO

from agents.actors import PolicyActor
from agents.policies import POLICIES, AttentionUnitPolicy, FactoredCategorical, MlpUnitPolicy
from agents.sb3 import StarCraftVecEnv
from bridge.errors import ConfigError

ACTIONS = gym.spaces.MultiDiscrete([CHOICES] * OWN)
NETWORKS: dict[str, dict[str, Any]] = {"attention": {"width": 16, "heads": 2, "layers": 1}, "mlp": {"hidden": [16]}}


def batch(rows: int = 4, seed: int = 0) -> dict[str, th.Tensor]:
    generator = th.Generator().manual_seed(seed)
    space = spaces_of("units")
    assert isinstance(space, gym.spaces.Dict)
    obs = {name: th.rand((rows, *box.shape), generator=generator) for name, box in space.spaces.items()}  # type: ignore[misc]
    obs["own_mask"] = th.ones(rows, OWN)
    obs["enemy_mask"] = th.ones(rows, ENEMY)
    return obs


def masks(rows: int = 4, seed: int = 0) -> np.ndarray[Any, Any]:
    allowed = np.random.default_rng(seed).random((rows, OWN, CHOICES)) < 0.5
    allowed[:, :, 0] = True
    return allowed.reshape(rows, -1)


def test_factored_categorical_equals_the_librarys_own() -> None:
    th.manual_seed(0)
    logits, allowed = th.randn(64, OWN * CHOICES), masks(64)
    ours = FactoredCategorical(OWN, CHOICES).proba_distribution(logits)
    theirs = MaskableMultiCategoricalDistribution([CHOICES] * OWN).proba_distribution(logits)
    actions = ours.sample()

    for mask in (None, allowed):
        ours.apply_masking(mask)
        theirs.apply_masking(mask)
        actions = ours.sample()
        assert th.allclose(ours.log_prob(actions), theirs.log_prob(actions), atol=1e-5)
        assert th.allclose(ours.entropy(), theirs.entropy(), atol=1e-5)
        assert th.equal(ours.mode(), theirs.mode())


def test_factored_categorical_draws_with_the_right_frequencies_and_nothing_impossible() -> None:
    th.manual_seed(0)
    logits = th.tensor([[0.0, 1.0, 2.0, 0.0, 0.0, 0.0]]).repeat(20000, 1)
    allowed = np.tile([True, True, True, True, False, True], (20000, 1))

    distribution = FactoredCategorical(2, 3).proba_distribution(logits)
    distribution.apply_masking(allowed)
    drawn = distribution.sample()

    frequencies = th.bincount(drawn[:, 0], minlength=3) / 20000
    assert th.allclose(frequencies, th.softmax(logits[0, :3], 0), atol=0.02)
    assert set(drawn[:, 1].tolist()) == {0, 2}


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("algorithm", [MaskablePPO, PPO])
def test_policy_learns_the_toy_battle(name: str, algorithm: type[MaskablePPO] | type[PPO]) -> None:
    env = StarCraftVecEnv(FakeVectorEnv(16))  # type: ignore[arg-type]
    model = algorithm(
        POLICIES[name],
        env,
        n_steps=32,
        batch_size=128,
        n_epochs=3,
        learning_rate=3e-3,
        policy_kwargs={"network": NETWORKS[name]},
        seed=0,
        device="cpu",
    )
    model.learn(16 * 32 * 12)

    wins = []
    observation = env.reset()
    while len(wins) < 200:
        kwargs = {"action_masks": env.action_masks()} if algorithm is MaskablePPO else {}
        actions, _ = model.predict(observation, deterministic=True, **kwargs)  # type: ignore[arg-type]
        observation, _, dones, infos = env.step(actions)
        wins += [infos[row]["battle_won"] for row in np.flatnonzero(dones)]

    assert np.mean(wins) > 0.9  # chance wins about 0.2 of them


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("deterministic", [True, False])
@pytest.mark.parametrize("is_masked", [True, False])
def test_policy_actor_chooses_what_predict_chooses(name: str, deterministic: bool, is_masked: bool) -> None:
    th.manual_seed(0)
    policy = POLICIES[name](spaces_of("units"), ACTIONS, lambda _: 1e-3, network=NETWORKS[name])
    observation = {key: value.numpy() for key, value in batch(64).items()}
    allowed = masks(64)
    actor = PolicyActor(policy, is_masked=is_masked, deterministic=deterministic, name="a")

    th.manual_seed(1)
    wanted, _ = policy.predict(observation, deterministic=deterministic, action_masks=allowed if is_masked else None)
    th.manual_seed(1)
    chosen = actor.act(observation, allowed)

    assert np.array_equal(chosen, wanted)
    assert chosen.dtype == np.int64


def test_attention_ignores_what_empty_slots_hold() -> None:
    th.manual_seed(0)
    policy = AttentionUnitPolicy(spaces_of("units"), ACTIONS, lambda _: 1e-3, network=NETWORKS["attention"])
    obs = batch()
    obs["enemy_mask"][:, 1] = 0
    obs["relations"][:, :, 1] = 0
    other = {name: value.clone() for name, value in obs.items()}
    other["enemy"][:, 1] = 123.0
    allowed = np.ones((4, OWN, CHOICES), bool)
    allowed[:, :, 9 + 1] = False
    actions = th.zeros(4, OWN)

    first = policy.evaluate_actions(obs, actions, th.as_tensor(allowed.reshape(4, -1)))  # type: ignore[arg-type]
    second = policy.evaluate_actions(other, actions, th.as_tensor(allowed.reshape(4, -1)))  # type: ignore[arg-type]

    for one, two in zip(first, second, strict=True):
        assert th.allclose(one, two, atol=1e-5)


def test_attention_follows_a_permutation_of_the_enemies() -> None:
    th.manual_seed(0)
    policy = AttentionUnitPolicy(spaces_of("units"), ACTIONS, lambda _: 1e-3, network=NETWORKS["attention"])
    obs = batch()
    swapped = {**obs, "enemy": obs["enemy"].flip(1), "relations": obs["relations"].flip(2)}

    logits, value = policy.network(obs)
    other_logits, other_value = policy.network(swapped)

    assert th.allclose(logits[..., :9], other_logits[..., :9], atol=1e-5)
    assert th.allclose(logits[..., 9:], other_logits[..., 9:].flip(-1), atol=1e-5)
    assert th.allclose(value, other_value, atol=1e-5)


def test_attention_without_living_units_gives_finite_numbers() -> None:
    policy = AttentionUnitPolicy(spaces_of("units"), ACTIONS, lambda _: 1e-3, network=NETWORKS["attention"])
    obs = {name: th.zeros_like(value) for name, value in batch().items()}

    logits, value = policy.network(obs)

    assert th.isfinite(logits).all()
    assert th.isfinite(value).all()


def test_attention_needs_the_units_observation() -> None:
    with pytest.raises(ConfigError, match="'units' observation"):
        AttentionUnitPolicy(spaces_of("flat"), ACTIONS, lambda _: 1e-3, network=NETWORKS["attention"])


def test_policy_needs_equal_factors() -> None:
    with pytest.raises(ConfigError, match="equal factors"):
        MlpUnitPolicy(spaces_of("flat"), gym.spaces.MultiDiscrete([3, 4]), lambda _: 1e-3, network=NETWORKS["mlp"])
