"""A network for one unit's own line of `local`: it knows that the line speaks of several enemies and comrades.

To the mlp every order of the enemies is another battle. Here one encoder reads all enemies and one all comrades, so
that what is learnt about the enemy in one slot holds for the others; a bias for each slot lets units that cannot speak
to each other still agree on a slot.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.type_aliases import PyTorchObs
from torch import nn

from agents.policies import NUM_UNIT_CHOICES, UnitActorCriticPolicy, linear, tower
from bridge.errors import ConfigError
from envs.specs.field import Block

ENEMY: Final = "enemy_"
ALLY: Final = "ally_"
"""How the names of the fields begin that hold a number for each enemy slot, for each own slot."""

Columns = dict[str, list[list[int]]]
"""Where a line's numbers are: `own` [[...]], `enemies` and `allies` a list for each slot."""


def columns_of(block: Block) -> Columns:
    """Return which columns of a line of `local` are about the unit, about each enemy and about each comrade.

    Args:
        block: the declaration; a field of an `ENEMY` or `ALLY` has one column per slot, the first says who is seen.
    """
    at = block.offsets()
    own = [at[field.name] for field in block.fields if field.shape == ()]
    sides: list[list[list[int]]] = []
    for side in (ENEMY, ALLY):
        fields = [field for field in block.fields if field.name.startswith(side)]
        sides.append([[at[field.name] + slot for field in fields] for slot in range(fields[0].width)])
    return {"own": [own], "enemies": sides[0], "allies": sides[1]}


class EntityUnitPolicy(UnitActorCriticPolicy):
    """Decides for one unit by what it sees: encoders for enemies and comrades, and a score for each enemy.

    Network arguments: `columns` (`columns_of`), `width`, `hidden` (of the critic, an mlp), `own_columns`, where only
    the critic sees the whole observation.
    """

    def make_network(self) -> nn.Module:
        """Return the module."""
        return EntityNetwork(self.observation_space, self.num_choices, **self.network_arguments)


class EntityNetwork(nn.Module):
    """See `EntityUnitPolicy`.

    Args:
        observation_space: Box of one line, the unit's own first.
        num_choices: 9 + E.
        columns: see `columns_of`.
        width: of every embedding.
        hidden: layer widths of the critic.
        own_columns: the actor sees so many of the first numbers, the critic all; 0 if there are no others.
    """

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        num_choices: int,
        columns: Columns,
        width: int,
        hidden: list[int],
        own_columns: int = 0,
    ) -> None:
        super().__init__()
        num_enemies, num_allies = len(columns["enemies"]), len(columns["allies"])
        if NUM_UNIT_CHOICES + num_enemies != num_choices:
            raise ConfigError(f"{num_choices} choices do not fit {num_enemies} enemies in sight")
        parts = [np.ravel(columns[name]) for name in ("own", "enemies", "allies")]
        self._counts = (num_enemies, num_allies)
        self._sizes = [len(part) for part in parts]
        self.order: th.Tensor
        self.register_buffer("order", th.as_tensor(np.concatenate(parts), dtype=th.long), persistent=False)
        self.read_enemy = linear(len(columns["enemies"][0]), width)
        self.read_ally = linear(len(columns["allies"][0]), width)
        self.enemy_slot = nn.Parameter(th.zeros(num_enemies, width))
        self.ally_slot = nn.Parameter(th.zeros(num_allies, width))
        self.body = nn.Sequential(
            linear(self._sizes[0] + 3 * width, 2 * width), nn.Tanh(), linear(2 * width, width), nn.Tanh()
        )
        self.unit_head = linear(width, NUM_UNIT_CHOICES, 0.01)
        self.from_enemy = linear(width, width, 1.0)
        self.from_unit = linear(width, width, 1.0)
        self.attack_head = linear(width, 1, 0.01)
        self.critic = tower(spaces.flatdim(observation_space), hidden, 1, 1.0)

    def forward(self, obs: PyTorchObs) -> tuple[th.Tensor, th.Tensor]:
        """Return logits (batch, 1, 9 + E) and value (batch,)."""
        assert isinstance(obs, th.Tensor)
        lines = obs.flatten(1).float()
        num_enemies, num_allies = self._counts
        own, enemies, allies = th.split(lines.index_select(1, self.order), self._sizes, dim=1)
        enemies, allies = enemies.reshape(len(lines), num_enemies, -1), allies.reshape(len(lines), num_allies, -1)
        their = (self.read_enemy(enemies) + self.enemy_slot).relu() * enemies[..., :1]
        our = (self.read_ally(allies) + self.ally_slot).relu() * allies[..., :1]
        unit = self.body(th.cat([own, their.sum(1) / num_enemies, their.amax(1), our.sum(1) / num_allies], dim=1))
        score = self.attack_head((self.from_enemy(their) + self.from_unit(unit)[:, None]).tanh()).squeeze(-1)
        return th.cat([self.unit_head(unit), score], dim=1)[:, None], self.critic(lines).squeeze(-1)
