"""A policy over any observation: pictures through convolutions, all other numbers scaled and flattened.

The policies of `agents.policies` know units. This one knows only spaces, so that every observation and action that an
env takes can be learnt with: SB3's own actor and critic stand on `SpaceExtractor`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch as th
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy, MaskableMultiInputActorCriticPolicy
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy, MultiInputActorCriticPolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

from bridge.errors import ConfigError
from envs.specs.field import NAMED_UNITS
from envs.specs.observations import ObservationSpec

MIN_PICTURE_CELLS: Final = 8
"""Whole numbers with three axes are pictures from so many cells across and down."""

LARGE: Final = 1e4
"""Ranges beyond this are shown by their logarithm: what is small must not vanish beside what is possible."""

EMBEDDING: Final = 8
CHANNELS: Final = (32, 32, 32)

Categories = Mapping[str, Mapping[int, int]]
"""Array name ("" for a lone one) -> layer -> number of categories."""

Highs = Mapping[str, Sequence[float]]
"""Array name -> the largest value of each layer."""


def is_picture(space: spaces.Box) -> bool:
    """Say whether a space is (layers, rows, columns) of whole numbers."""
    return (
        len(space.shape) == 3 and np.issubdtype(space.dtype, np.integer) and min(space.shape[1:]) >= MIN_PICTURE_CELLS
    )


def layer_facts(spec: ObservationSpec) -> dict[str, Any]:
    """Return what the declarations say about pictures and a space does not: arguments of `SpaceExtractor`.

    Args:
        spec: of the env's observation.

    Raises:
        ConfigError: more layers than cells: SB3 would take the layers for an axis of the picture.
    """
    categories: dict[str, dict[int, int]] = {}
    highs: dict[str, list[float]] = {}
    for block in spec.blocks:
        if not block.trailing:
            continue
        if len(block.fields) > min(block.trailing):
            raise ConfigError(
                f"observation {spec.name!r}: {len(block.fields)} layers of {block.trailing[0]} x {block.trailing[1]} "
                f"cells; policy.name 'general' allows no more layers than cells along a side"
            )
        name = block.name if spec.form == "dict" else ""
        highs[name] = [float(field.high) for field in block.fields]
        categories[name] = {
            at: int(field.high) + 1 for at, field in enumerate(block.fields) if field.unit in NAMED_UNITS
        }
    return {"categories": categories, "highs": highs}


def general_policy(is_masked: bool, observation_space: spaces.Space[Any]) -> type[BasePolicy]:
    """Return SB3's policy class for an algorithm and a form of observation.

    Args:
        is_masked: MaskablePPO.
        observation_space: a Dict takes the policy of many inputs.
    """
    is_dict = isinstance(observation_space, spaces.Dict)
    if is_masked:
        return MaskableMultiInputActorCriticPolicy if is_dict else MaskableActorCriticPolicy
    return MultiInputActorCriticPolicy if is_dict else ActorCriticPolicy


class SpaceExtractor(BaseFeaturesExtractor):
    """Turns observations of any Box, or Dict of Boxes, into features.

    Args:
        observation_space: the env's.
        categories: layers whose numbers are names, which are embedded.
        highs: largest values of layers; the space's bounds where missing.
        picture_features: features of each picture.
    """

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        categories: Categories | None = None,
        highs: Highs | None = None,
        picture_features: int = 128,
    ) -> None:
        parts = observation_space.spaces if isinstance(observation_space, spaces.Dict) else {"": observation_space}
        boxes = {name: box for name, box in parts.items() if isinstance(box, spaces.Box)}
        if len(boxes) != len(parts):
            raise ConfigError(f"policy.name 'general' needs boxes, got {observation_space}")
        pictures = {name: box for name, box in boxes.items() if is_picture(box)}
        sizes = {name: picture_features if name in pictures else int(np.prod(box.shape)) for name, box in boxes.items()}
        super().__init__(observation_space, sum(sizes.values()))
        self._names = sorted(boxes)
        self.encoders = nn.ModuleList(
            PictureEncoder(boxes[name], (categories or {}).get(name, {}), (highs or {}).get(name, ()), picture_features)
            if name in pictures
            else Scaler(boxes[name])
            for name in self._names
        )

    def forward(self, observations: Any) -> th.Tensor:
        """Return (batch, features)."""
        parts = [
            encoder(observations[name] if isinstance(observations, dict) else observations)
            for name, encoder in zip(self._names, self.encoders, strict=True)
        ]
        return th.cat(parts, dim=1)


class Scaler(nn.Module):
    """Flattens numbers and brings them near -1 to 1, by the bounds of their space.

    Args:
        space: their bounds.
    """

    def __init__(self, space: spaces.Box) -> None:
        super().__init__()
        most = np.maximum(np.abs(space.low.astype(np.float64)), np.abs(space.high.astype(np.float64))).ravel()
        is_large = most > LARGE
        self.register_buffer("scale", th.as_tensor(np.where(is_large, 1.0, 1.0 / np.maximum(most, 1.0))).float())
        self.register_buffer("is_large", th.as_tensor(is_large))

    def forward(self, numbers: th.Tensor) -> th.Tensor:
        """Return (batch, numbers) float32."""
        flat = numbers.flatten(1).float()
        large = flat.sign() * flat.abs().log1p() / np.log1p(LARGE)
        return th.where(self.get_buffer("is_large"), large, flat * self.get_buffer("scale"))


class PictureEncoder(nn.Module):
    """Three convolutions and a layer over a picture; layers of names are embedded, the others scaled.

    Args:
        space: (layers, rows, columns).
        categories: layer -> number of categories.
        highs: largest value of each layer; the space's if empty.
        features: of the result.
    """

    def __init__(self, space: spaces.Box, categories: Mapping[int, int], highs: Sequence[float], features: int) -> None:
        super().__init__()
        layers = space.shape[0]
        most = np.array(highs if len(highs) else space.high.reshape(layers, -1).max(axis=1), np.float64)
        self._named = sorted(categories)
        self._numbers = [layer for layer in range(layers) if layer not in categories]
        self.embeddings = nn.ModuleList(
            nn.Embedding(categories[layer], min(EMBEDDING, categories[layer])) for layer in self._named
        )
        shape = (1, len(self._numbers), 1, 1)
        chosen = most[self._numbers]
        self.register_buffer("highs", th.as_tensor(np.maximum(chosen, 1.0)).float().reshape(shape))
        self.register_buffer("is_large", th.as_tensor(chosen > np.iinfo(np.uint8).max).reshape(shape))
        channels = len(self._numbers) + sum(one.embedding_dim for one in self.embeddings)  # type: ignore[misc]  # Embedding's
        steps: list[nn.Module] = []
        for width in CHANNELS:
            steps += [nn.Conv2d(channels, width, kernel_size=3, stride=2, padding=1), nn.ReLU()]
            channels = width
        rows, columns = (-(-size // 2 ** len(CHANNELS)) for size in space.shape[1:])
        self.convolutions = nn.Sequential(*steps, nn.Flatten())
        self.out = nn.Sequential(nn.Linear(channels * rows * columns, features), nn.ReLU())

    def forward(self, picture: th.Tensor) -> th.Tensor:
        """Return (batch, features)."""
        numbers = picture[:, self._numbers].float()
        highs = self.get_buffer("highs")
        large = numbers.clamp(min=0.0).log1p() / highs.log1p()
        planes = [th.where(self.get_buffer("is_large"), large, numbers / highs)]
        for layer, embedding in zip(self._named, self.embeddings, strict=True):
            planes.append(embedding(picture[:, layer].long()).permute(0, 3, 1, 2))
        return self.out(self.convolutions(th.cat(planes, dim=1)))  # type: ignore[no-any-return]  # Sequential's result
