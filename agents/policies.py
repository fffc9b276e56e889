"""Policies over units for MaskablePPO and PPO: an MLP, and attention between own and enemy units.

Both act on the `micro` action space, MultiDiscrete([9 + E] * U): for each of U own units *no change*, one of 8 moves,
or *attack enemy slot j* of E. One distribution object treats all units at once; SB3's own holds one categorical per
unit, which at small widths costs more time than the network.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from sb3_contrib.common.maskable.distributions import MaskableDistribution
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.type_aliases import PyTorchObs, Schedule
from torch import nn
from torch.nn import functional

from agents.mirroring import Mirrored
from bridge.errors import ConfigError

MASKED_LOGIT = -1e8
"""What the logit of an impossible choice becomes: its probability is exactly 0 in float32, its gradient 0."""

NUM_UNIT_CHOICES = 9
"""No change and 8 moves: the choices of a unit that name no enemy."""


class FactoredCategorical(MaskableDistribution):
    """Independent categoricals of one size, all computed in one go.

    Args:
        num_factors: how many (own units).
        num_choices: choices of each.
    """

    def __init__(self, num_factors: int, num_choices: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library leaves it unannotated
        self.num_factors = num_factors
        self.num_choices = num_choices
        self._raw = th.empty(0)
        self._normalised: th.Tensor | None = None

    def proba_distribution_net(self, latent_dim: int) -> nn.Module:
        """Return the layer from `latent_dim` features to all logits."""
        return nn.Linear(latent_dim, self.num_factors * self.num_choices)

    def proba_distribution(self, action_logits: th.Tensor) -> FactoredCategorical:
        """Take (batch, factors * choices) or (batch, factors, choices) logits."""
        self._raw = action_logits.reshape(-1, self.num_factors, self.num_choices)
        self._normalised = None
        return self

    @property
    def _log_probs(self) -> th.Tensor:
        """(batch, factors, choices); made on first use, because masking would make it anew."""
        if self._normalised is None:
            self._normalised = functional.log_softmax(self._raw, dim=-1)
        return self._normalised

    def apply_masking(self, masks: th.Tensor | np.ndarray[Any, Any] | None) -> None:
        """Make choices impossible where the mask, (batch, factors * choices), is False; None lifts the mask."""
        logits = self._raw
        if masks is not None:
            allowed = th.as_tensor(masks, device=logits.device).reshape(logits.shape).bool()
            logits = logits.masked_fill(~allowed, MASKED_LOGIT)
        self._normalised = functional.log_softmax(logits, dim=-1)

    def log_prob(self, actions: th.Tensor) -> th.Tensor:
        """Return (batch,) log probability of (batch, factors) choices."""
        chosen = actions.long().reshape(-1, self.num_factors, 1)
        return self._log_probs.gather(-1, chosen).squeeze(-1).sum(-1)

    def entropy(self) -> th.Tensor:
        """Return (batch,) nats, summed over the factors; an impossible choice adds 0."""
        return -(self._log_probs.exp() * self._log_probs).sum(dim=(-1, -2))

    def sample(self) -> th.Tensor:
        """Draw (batch, factors) choices (the largest of log p - log Exp(1) has distribution p)."""
        noise = th.empty_like(self._log_probs).exponential_()
        return (self._log_probs - noise.log()).argmax(-1)

    def mode(self) -> th.Tensor:
        """Return the most probable (batch, factors) choices."""
        return self._log_probs.argmax(-1)

    def actions_from_params(self, action_logits: th.Tensor, deterministic: bool = False) -> th.Tensor:
        """Return choices straight from logits."""
        return self.proba_distribution(action_logits).get_actions(deterministic=deterministic)

    def log_prob_from_params(self, action_logits: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """Return choices drawn from logits and their log probability."""
        actions = self.actions_from_params(action_logits)
        return actions, self.log_prob(actions)


class UnitActorCriticPolicy(MaskableActorCriticPolicy):
    """What the two policies share: SB3's interface around one module that maps observations to logits and value.

    MaskablePPO hands masks in; PPO does not, and then impossible choices are dropped by the env and counted there.

    Args:
        observation_space: the env's.
        action_space: MultiDiscrete with factors of one size.
        lr_schedule: SB3's.
        use_sde: PPO passes False; True is refused.
        network: arguments of the module.
        mirror: whether the module is shown every battle with the enemy on the same side (`agents.mirroring`).

    Raises:
        ConfigError: spaces that the network cannot serve.
    """

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        lr_schedule: Schedule,
        use_sde: bool = False,
        network: dict[str, Any] | None = None,
        mirror: bool = False,
    ) -> None:
        if use_sde:
            raise ConfigError("state-dependent exploration needs continuous actions")
        if not isinstance(action_space, spaces.MultiDiscrete) or len(set(action_space.nvec.tolist())) != 1:
            raise ConfigError(
                f"policy needs a MultiDiscrete action space with equal factors, got {action_space}; "
                "policy.name 'general' takes every action"
            )
        self.network_arguments = dict(network or {})
        self.mirror = mirror
        self.num_units = len(action_space.nvec)
        self.num_choices = int(action_space.nvec[0])
        super().__init__(observation_space, action_space, lr_schedule, normalize_images=False)

    @abstractmethod
    def make_network(self) -> nn.Module:
        """Return the module; its `forward` gives logits (batch, units, choices) and value (batch,)."""

    def _build(self, lr_schedule: Schedule) -> None:
        self.action_dist = FactoredCategorical(self.num_units, self.num_choices)
        self.network: nn.Module = self.make_network()
        if self.mirror:
            self.network = Mirrored(self.network, self.observation_space, self.num_choices)
        self.optimizer = self.optimizer_class(self.parameters(), lr=lr_schedule(1), **self.optimizer_kwargs)  # type: ignore[call-arg]

    def _evaluate(
        self, obs: PyTorchObs, action_masks: np.ndarray[Any, Any] | th.Tensor | None
    ) -> tuple[FactoredCategorical, th.Tensor]:
        logits, value = self.network(obs)
        distribution = FactoredCategorical(self.num_units, self.num_choices).proba_distribution(logits)
        if action_masks is not None:
            distribution.apply_masking(action_masks)
        return distribution, value.unsqueeze(-1)

    def forward(
        self, obs: PyTorchObs, deterministic: bool = False, action_masks: np.ndarray[Any, Any] | None = None
    ) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """Return actions (batch, units), values (batch, 1) and log probabilities (batch,)."""
        distribution, values = self._evaluate(obs, action_masks)
        actions = distribution.get_actions(deterministic=deterministic)
        return actions, values, distribution.log_prob(actions)

    def evaluate_actions(
        self, obs: PyTorchObs, actions: th.Tensor, action_masks: th.Tensor | None = None
    ) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """Return values (batch, 1), log probabilities (batch,) and entropies (batch,) of given actions."""
        distribution, values = self._evaluate(obs, action_masks)
        return values, distribution.log_prob(actions), distribution.entropy()

    def get_distribution(
        self, obs: PyTorchObs, action_masks: np.ndarray[Any, Any] | th.Tensor | None = None
    ) -> FactoredCategorical:
        """Return the distribution over actions."""
        return self._evaluate(obs, action_masks)[0]

    def predict_values(self, obs: PyTorchObs) -> th.Tensor:
        """Return values (batch, 1)."""
        return self._evaluate(obs, None)[1]

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {
            "observation_space": self.observation_space,
            "action_space": self.action_space,
            "lr_schedule": self._dummy_schedule,
            "network": self.network_arguments,
            "mirror": self.mirror,
        }


class MlpUnitPolicy(UnitActorCriticPolicy):
    """Two multi-layer perceptrons on the flattened observation, for actor and critic.

    Network arguments: `hidden`, the layer widths; `own_columns`, where only the critic sees the whole observation.
    """

    def make_network(self) -> nn.Module:
        """Return the module."""
        return MlpNetwork(self.observation_space, self.num_units, self.num_choices, **self.network_arguments)


class AttentionUnitPolicy(UnitActorCriticPolicy):
    """Encoders for own and enemy units, masked attention of own units to all, and one head per own unit.

    Needs the `units` observation. The number of parameters does not depend on the number of units.
    Network arguments: `width`, `heads`, `layers`.
    """

    def make_network(self) -> nn.Module:
        """Return the module."""
        if not isinstance(self.observation_space, spaces.Dict):
            raise ConfigError(
                "the attention policy needs the 'units' observation; policy.name 'general' takes every one"
            )
        return AttentionNetwork(self.observation_space, self.num_units, self.num_choices, **self.network_arguments)


POLICIES: dict[str, type[UnitActorCriticPolicy]] = {"attention": AttentionUnitPolicy, "mlp": MlpUnitPolicy}
"""Policy classes by the name that configs use."""


def linear(inputs: int, outputs: int, gain: float = math.sqrt(2)) -> nn.Linear:
    """Return a layer with orthogonal weights and no bias to begin with."""
    layer = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer


def tower(inputs: int, hidden: list[int], outputs: int, gain: float) -> nn.Sequential:
    """Return a multi-layer perceptron: layers of the widths `hidden`, and one to `outputs` with weights of `gain`."""
    modules: list[nn.Module] = []
    for width in hidden:
        modules += [linear(inputs, width), nn.Tanh()]
        inputs = width
    return nn.Sequential(*modules, linear(inputs, outputs, gain))


class MlpNetwork(nn.Module):
    """See `MlpUnitPolicy`.

    Args:
        observation_space: Box or Dict of Boxes; flattened in key order.
        num_units: own unit slots.
        num_choices: choices per unit.
        hidden: layer widths.
        own_columns: the actor sees so many of the first numbers, the critic all; 0 if both see all.
    """

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        num_units: int,
        num_choices: int,
        hidden: list[int],
        own_columns: int = 0,
    ) -> None:
        super().__init__()
        self._shape = (num_units, num_choices)
        inputs = spaces.flatdim(observation_space)
        self._own_columns = own_columns or inputs
        self.actor = tower(self._own_columns, hidden, num_units * num_choices, 0.01)
        self.critic = tower(inputs, hidden, 1, 1.0)

    def forward(self, obs: PyTorchObs) -> tuple[th.Tensor, th.Tensor]:
        """Return logits (batch, units, choices) and value (batch,)."""
        if isinstance(obs, dict):
            flat = th.cat([obs[name].flatten(1).float() for name in sorted(obs)], dim=1)
        else:
            flat = obs.flatten(1).float()
        return self.actor(flat[:, : self._own_columns]).reshape(-1, *self._shape), self.critic(flat).squeeze(-1)


class AttentionNetwork(nn.Module):
    """See `AttentionUnitPolicy`.

    Args:
        observation_space: the `units` observation: `own` (U, F), `own_mask` (U,), `enemy` (E, G), `enemy_mask` (E,),
            `global` (H,), `relations` (U, E, R).
        num_units: U.
        num_choices: 9 + E.
        width: of every embedding.
        heads: of the attention.
        layers: attention layers.
    """

    def __init__(
        self,
        observation_space: spaces.Dict,
        num_units: int,
        num_choices: int,
        width: int = 64,
        heads: int = 4,
        layers: int = 1,
    ) -> None:
        super().__init__()
        missing = {"own", "own_mask", "enemy", "enemy_mask", "global", "relations"} - set(observation_space.spaces)
        if missing:
            raise ConfigError(f"the attention policy needs the 'units' observation; it lacks {sorted(missing)}")
        own, enemy, world = (_shape(observation_space, name) for name in ("own", "enemy", "global"))
        if own[0] != num_units or NUM_UNIT_CHOICES + enemy[0] != num_choices:
            raise ConfigError(f"{num_units} x {num_choices} choices do not fit {own[0]} own and {enemy[0]} enemy units")
        self._num_own = own[0]
        self.encode_own = nn.Sequential(linear(own[1] + world[0], width), nn.ReLU(), linear(width, width))
        self.encode_enemy = nn.Sequential(linear(enemy[1] + world[0], width), nn.ReLU(), linear(width, width))
        edge = max(8, width // 2)
        self.encode_pair = nn.Sequential(linear(_shape(observation_space, "relations")[2], edge), nn.ReLU())
        self.pair_to_own = linear(edge, width, 0.5)
        self.pair_to_attack = linear(edge, 1, 0.1)
        self.blocks = nn.ModuleList([AttentionBlock(width, heads) for _ in range(layers)])
        self.unit_head = linear(width, NUM_UNIT_CHOICES, 0.01)
        self.query = linear(width, width, 0.1)
        self.key = linear(width, width, 1.0)
        self.critic = nn.Sequential(linear(2 * width + world[0], width), nn.ReLU(), linear(width, 1, 1.0))

    def forward(self, obs: dict[str, th.Tensor]) -> tuple[th.Tensor, th.Tensor]:
        """Return logits (batch, U, 9 + E) and value (batch,)."""
        own, enemy, world = obs["own"].float(), obs["enemy"].float(), obs["global"].float()
        alive = th.cat([obs["own_mask"], obs["enemy_mask"]], dim=1).bool()
        pairs = self.encode_pair(obs["relations"].float())
        mine = self.encode_own(_with_world(own, world)) + self.pair_to_own(pairs.amax(dim=2))
        theirs = self.encode_enemy(_with_world(enemy, world))
        for block in self.blocks:
            mine = block(mine, theirs, alive)
        mine, theirs = functional.relu(mine), functional.relu(theirs)
        attack = self.query(mine) @ self.key(theirs).transpose(1, 2) / math.sqrt(mine.shape[-1])
        attack = attack + self.pair_to_attack(pairs).squeeze(-1)
        logits = th.cat([self.unit_head(mine), attack], dim=-1)
        pooled = [_masked_mean(mine, alive[:, : self._num_own]), _masked_mean(theirs, alive[:, self._num_own :]), world]
        return logits, self.critic(th.cat(pooled, dim=-1)).squeeze(-1)


class AttentionBlock(nn.Module):
    """Each own unit looks at all living units, own and enemy, and adds what it found to its embedding.

    Only own units ask: enemies need no embedding that knows of the others, because nothing is decided for them. That
    is less than half the work of attention among all.

    Args:
        width: of the embeddings.
        heads: must divide `width`.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.ask = linear(width, width, 1.0)
        self.answer = linear(width, 2 * width, 1.0)
        self.project = linear(width, width, 0.5)

    def forward(self, mine: th.Tensor, theirs: th.Tensor, alive: th.Tensor) -> th.Tensor:
        """Return new embeddings of the own units.

        Args:
            mine: (batch, U, width).
            theirs: (batch, E, width).
            alive: (batch, U + E) bool.
        """
        batch, units, width = mine.shape
        everyone = functional.relu(th.cat([mine, theirs], dim=1))
        depth = width // self._heads
        query = self.ask(everyone[:, :units]).reshape(batch, units, self._heads, depth).transpose(1, 2)
        answers = self.answer(everyone).reshape(batch, -1, 2, self._heads, depth).permute(2, 0, 3, 1, 4)
        scores = query @ answers[0].transpose(-1, -2) / math.sqrt(depth)
        # -1e8 rather than -inf: a row without any living unit gives a mean, not NaN
        weights = scores.masked_fill(~alive[:, None, None, :], MASKED_LOGIT).softmax(-1)
        found: th.Tensor = self.project((weights @ answers[1]).transpose(1, 2).reshape(batch, units, width))
        return mine + found


def _shape(space: spaces.Dict, name: str) -> tuple[int, ...]:
    shape = space[name].shape
    assert shape is not None
    return shape


def _with_world(units: th.Tensor, world: th.Tensor) -> th.Tensor:
    return th.cat([units, world[:, None, :].expand(-1, units.shape[1], -1)], dim=-1)


def _masked_mean(tokens: th.Tensor, alive: th.Tensor) -> th.Tensor:
    weights = alive.unsqueeze(-1).to(tokens.dtype)
    return (tokens * weights).sum(1) / weights.sum(1).clamp(min=1.0)
