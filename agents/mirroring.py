"""One network for a battle and its mirror images: what it learns on one side of the map it knows on the other.

An open arena looks the same when left and right, or top and bottom, are exchanged. `Mirrored` shows a network every
battle with the enemy's army to the right of the own one and below it, and turns the chosen moves back. So both seats of
a game, which see each other mirrored, teach the network the same lesson, and every battle counts for four.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import torch as th
from gymnasium import spaces
from torch import nn

from bridge.errors import ConfigError
from envs.specs.field import Field
from envs.specs.micro import FIRST_MOVE, NUM_MOVES
from envs.specs.unit_fields import GLOBAL_FIELDS, RELATION_FIELDS, UNIT_FIELDS

ACROSS: Final = frozenset({"x", "relative_x", "velocity_x", "own_x", "enemy_dx", "dx"})
"""Names of the columns that change their sign when left and right are exchanged."""

DOWN: Final = frozenset({"y", "relative_y", "velocity_y", "own_y", "enemy_dy", "dy"})
"""Names of those that change it when top and bottom are exchanged."""

BLOCKS: Final[Mapping[str, Sequence[Field]]] = {
    "own": UNIT_FIELDS,
    "enemy": UNIT_FIELDS,
    "global": GLOBAL_FIELDS,
    "relations": RELATION_FIELDS,
}
"""The arrays of the `units` observation that have such columns."""

NUM_IMAGES: Final = 4
"""The battle as it is (0), left and right exchanged (1), top and bottom exchanged (2), both (3)."""

ENEMY_DX: Final = [field.name for field in GLOBAL_FIELDS].index("enemy_dx")
ENEMY_DY: Final = [field.name for field in GLOBAL_FIELDS].index("enemy_dy")


class Mirrored(nn.Module):
    """A network that is shown each battle with the enemy to the right and below.

    Exact where the map has no features of its own; where it has, the network still sees a legal battle, but cannot
    tell the map's sides apart.

    Args:
        network: gives logits (batch, units, choices) of the `micro` action space and a value (batch,).
        observation_space: the `units` observation.
        num_choices: of each unit.

    Raises:
        ConfigError: another observation.
    """

    def __init__(self, network: nn.Module, observation_space: spaces.Space[object], num_choices: int) -> None:
        super().__init__()
        if not isinstance(observation_space, spaces.Dict):
            raise ConfigError(f"a mirrored policy needs the 'units' observation, got {observation_space}")
        self.network = network
        for name, fields in BLOCKS.items():
            shape = observation_space[name].shape
            assert shape is not None, "arrays have shapes"
            self.register_buffer(f"signs_{name}", column_signs(fields, shape[-1]), persistent=False)
        self.register_buffer("choices", choice_images(num_choices), persistent=False)

    def forward(self, obs: dict[str, th.Tensor]) -> tuple[th.Tensor, th.Tensor]:
        """Return logits (batch, units, choices) for the battle as it is, and value (batch,)."""
        world = obs["global"]
        image = (world[:, ENEMY_DX] < 0).long() + 2 * (world[:, ENEMY_DY] < 0).long()
        turned = dict(obs)
        for name in BLOCKS:
            array = obs[name].float()
            signs = self.get_buffer(f"signs_{name}")[image]
            turned[name] = array * signs.reshape(len(signs), *[1] * (array.dim() - 2), -1)
        logits, value = self.network(turned)
        choices = self.get_buffer("choices")[image][:, None, :].expand(-1, logits.shape[1], -1)
        return logits.gather(-1, choices), value


def column_signs(fields: Sequence[Field], width: int) -> th.Tensor:
    """Return (4, width) float32: what the columns are multiplied by in each image; those after the fields stay."""
    signs = th.ones(NUM_IMAGES, width)
    for column, field in enumerate(fields):
        if field.name in ACROSS:
            signs[[1, 3], column] = -1.0
        if field.name in DOWN:
            signs[[2, 3], column] = -1.0
    return signs


def choice_images(num_choices: int) -> th.Tensor:
    """Return (4, choices) int64: the choice in each image that is this one in the battle as it is.

    Moves are numbered clockwise from N. Exchanging left and right turns move k into -k, top and bottom into 4 - k.
    """
    table = th.arange(num_choices).repeat(NUM_IMAGES, 1)
    moves = th.arange(NUM_MOVES)
    half = NUM_MOVES // 2
    for image, other in enumerate((moves, -moves, half - moves, half + moves)):
        table[image, FIRST_MOVE : FIRST_MOVE + NUM_MOVES] = FIRST_MOVE + other % NUM_MOVES
    return table
