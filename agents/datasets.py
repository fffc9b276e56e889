"""Observation-action pairs for behaviour cloning, from TorchCraft's replay files.

A replay shows what every unit was last told (BWAPI's last command); the pairs are what an env would have shown at that
moment, and which of its choices comes closest to what was told next.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from bridge.errors import ConfigError
from bridge.torchcraft.messages import WireFrame
from bridge.torchcraft.replay import read_tcr
from bridge.torchcraft.row import RowWriter
from bridge.torchcraft.type_facts import WALK_TILE_PX
from engine.core.frame import NO_UNIT, UnitCommandType
from envs.specs.micro import DIRECTIONS_256, FIRST_ATTACK, FIRST_MOVE, NO_CHANGE
from envs.specs.reading import ORDER_ATTACK_FIXED_RANGE, ORDER_ATTACK_UNIT
from envs.tasks import MicroTask, make_battle

MOVE: Final = int(UnitCommandType.MOVE)

MOVES: Final = (MOVE, int(UnitCommandType.ATTACK_MOVE))
"""Commands that count as a move; TorchCraft's numbers are BWAPI's."""

ATTACK: Final = int(UnitCommandType.ATTACK_UNIT)

Sample = dict[str, Any]
Arrays = dict[str, NDArray[Any]]


class ReplayDataset(Dataset[Sample]):
    """The battles in replay files as pairs of observation and action.

    A sample is a dict: `observation` (a tensor, or a dict of tensors, as the env's), `action` ((own slots,) int64, a
    choice per own unit slot) and `action_mask` ((own slots * choices,) bool). A command that is no choice of the env's
    (hold, patrol, a target out of sight) and a move whose direction the env's mask forbids count as "no change".

    With `attacks_go_on` a unit that was told nothing and attacks an enemy counts as told so again. The env does the
    same for both choices, but only then does the choice follow from what is seen: who is cloned tells a unit once.

    Attributes:
        task: what gives observations and actions their form.
    """

    def __init__(
        self,
        paths: Sequence[str | os.PathLike[str]],
        *,
        scenario: str = "m5v5_c_far",
        observation: str = "flat",
        player: int = 0,
        stride: int = 1,
        record_frames: int = 1,
        attacks_go_on: bool = False,
        **task_options: Any,
    ) -> None:
        """Read all of the files.

        Args:
            paths: `.tcr` files of battles of the scenario.
            scenario: whose armies fight; battles begin where they all stand.
            observation: format, as of the env.
            player: whose units act.
            stride: records of the file per step.
            record_frames: game frames between two records.
            attacks_go_on: see above.
            **task_options: further arguments of `envs.tasks.make_battle`, as the env's (`move_distance_px`, ...).

        Raises:
            ConfigError: a file cannot be read, there is no battle in any of them, or a number is not allowed.
        """
        for name, value in (("stride", stride), ("record_frames", record_frames)):
            if value < 1:
                raise ConfigError(f"{name} = {value} is not allowed; allowed: 1 or more")
        options = {"scenario": scenario, "observation": observation, **task_options}
        self.task: MicroTask = make_battle(frame_skip=stride * record_frames, players=(player,), **options)
        self._attacks_go_on = attacks_go_on
        samples = [sample for path in paths for sample in self._samples(path, player, stride, record_frames)]
        if not samples:
            names = ", ".join(str(path) for path in paths) or "no files"
            raise ConfigError(f"{names}: no battle of {scenario} in which player {player} acts")
        self._tensors = {name: torch.from_numpy(np.stack([s[name] for s in samples])) for name in samples[0]}

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self._tensors["action"])

    def __getitem__(self, index: int) -> Sample:
        """Return one pair."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        parts = {name: tensor[index] for name, tensor in self._tensors.items()}
        observation = {
            name.removeprefix("observation/"): parts[name] for name in parts if name.startswith("observation/")
        }
        return {
            "observation": observation or parts["observation"],
            "action": parts["action"],
            "action_mask": parts["action_mask"],
        }

    def _samples(self, path: str | os.PathLike[str], player: int, stride: int, record_frames: int) -> Iterator[Arrays]:
        """Yield the pairs of one file in their order."""
        frames = read_tcr(path).frames
        task, kept = self.task, range(0, len(frames), stride)
        capacity = max((len(frames[i].units) for i in kept), default=0)
        writer = RowWriter(task.scenario, capacity=max(1, capacity), rows=1)
        arrays = {name: np.zeros((1, *spec.shape), spec.dtype) for name, spec in task.specs.items()}
        is_fought, before = False, WireFrame()
        for i in kept[:-1]:
            wire = frames[i]
            gone = np.setdiff1d(before.units["id"], wire.units["id"]).tolist() if is_fought else []
            writer.write(0, wire, gone, i * record_frames, player)
            before = wire
            if not is_fought:
                if not writer.armies_stand(0):
                    continue
                task.reset(np.ones(1, np.bool_), writer.frame)
                is_fought = True
            task.encode(writer.frame, arrays)
            if task.battle.rows["is_decided"][0]:
                is_fought = False
                continue
            action = self._action(writer.frame.units[0], wire, frames[i + stride], arrays["action_mask"][0])
            observations = {name: array[0].copy() for name, array in arrays.items() if name.startswith("observation")}
            yield {**observations, "action": action, "action_mask": arrays["action_mask"][0].copy()}

    def _action(
        self, seen: NDArray[np.void], now: WireFrame, later: WireFrame, mask: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Return the choice of each own slot that comes closest to what its unit was told between two frames."""
        num_own = self.task.micro.num_own
        ids = self.task.battle.slots["id"][0]
        enemies = {int(unit_id): j for j, unit_id in enumerate(ids[num_own:])}
        told_before, told = _by_id(now), _by_id(later)
        action = np.full(num_own, NO_CHANGE, np.int64)
        masks = mask.reshape(num_own, -1)
        for slot in range(num_own):
            old, new = told_before.get(int(ids[slot])), told.get(int(ids[slot]))
            if old is None or new is None:
                continue
            choice = NO_CHANGE
            if _command(old) == _command(new):
                unit = seen[self.task.battle.slots["index"][0, slot]]
                target = _attacked(old, unit, masks[slot], enemies) if self._attacks_go_on else NO_UNIT
                choice = FIRST_ATTACK + enemies[target] if target in enemies else NO_CHANGE
            elif new["command_type"] == ATTACK and int(new["command_targetId"]) in enemies:
                choice = FIRST_ATTACK + enemies[int(new["command_targetId"])]
            elif new["command_type"] in MOVES and new["command_targetX"] >= 0:
                choice = FIRST_MOVE + _direction(old, new)
            if masks[slot, choice]:
                action[slot] = choice
        return action


def _attacked(told: Any, unit: Any, mask: NDArray[np.bool_], enemies: dict[int, int]) -> int:
    """Return whom a unit attacks that goes on with what it was told last; `NO_UNIT` for nobody.

    Args:
        told: the unit on the wire, with its last command.
        unit: the same in the Frame, with its order.
        mask: (choices,) bool.
        enemies: slot by unit id.
    """
    if told["command_type"] == MOVE:
        return NO_UNIT  # it is on its way, or will be: its attack ends
    target = int(told["command_targetId"])
    if told["command_type"] == ATTACK and target in enemies and mask[FIRST_ATTACK + enemies[target]]:
        return target  # also while the command has not taken effect yet
    is_attacking = unit["order"] in (ORDER_ATTACK_UNIT, ORDER_ATTACK_FIXED_RANGE)
    return int(unit["target_id"]) if is_attacking else NO_UNIT


def _by_id(frame: WireFrame) -> dict[int, Any]:
    return {int(unit["id"]): unit for unit in frame.units}


def _command(unit: Any) -> tuple[int, ...]:
    names = ("frame", "type", "targetId", "targetX", "targetY")
    return tuple(int(unit[f"command_{name}"]) for name in names)


def _direction(old: Any, new: Any) -> int:
    """Return which of the eight moves leads most nearly to where a unit was sent."""
    half = WALK_TILE_PX // 2
    dx = int(new["command_targetX"]) * WALK_TILE_PX + half - int(old["pixel_x"])
    dy = int(new["command_targetY"]) * WALK_TILE_PX + half - int(old["pixel_y"])
    return int(np.argmax(DIRECTIONS_256 @ np.array([dx, dy])))
