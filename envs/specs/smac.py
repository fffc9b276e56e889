"""Observation and action `smac`: what SMAC's own environment shows its agents and lets them do, field by field.

Defaults of SMAC (oxwhirl/smac d6aab33, `StarCraft2Env`): each agent sees 9 cells around it, may shoot what is within
6 cells (centres), moves 2 cells; all health is shown; the state has everybody and the agents' last actions. Agents
are ordered as there: by type, then x, then y. Numbers are not clipped, as there.

`obs` has one line per agent, `state` is for training only. Choices of an agent: 0 nothing (only when dead), 1 stop,
2-5 move north, south, east, west, 6 + j attack enemy j (a Medivac: heal agent j).

What differs: positions are whole pixels of 1/32 cell, cooldowns whole frames.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import Commands, Frame
from envs.specs.acting import FactoredSpec
from envs.specs.slots import Battle
from envs.specs.smac_kernels import decode_agents, encode_agents, mask_agents, order_agents
from envs.specs.smac_layout import FIRST_ATTACK, MOVE_NAMES, SmacLayout


class Agents:
    """Which slot each agent of a batch of battles sits in."""

    def __init__(self, layout: SmacLayout) -> None:
        """Prepare.

        Args:
            layout: of the armies.
        """
        self._layout = layout
        self.order = np.zeros((0, layout.num_own), np.int32)

    def follow(self, frame: Frame, battle: Battle, marked: NDArray[np.bool_]) -> None:
        """Order the agents of the marked rows whose battle begins in `frame`."""
        layout = self._layout
        if len(self.order) != len(marked):
            self.order = np.tile(np.arange(layout.num_own, dtype=np.int32), (len(marked), 1))
        order_agents(
            marked,
            frame.units,
            layout.roster.types,
            battle.slots,
            battle.rows,
            layout.facts,
            layout.num_own,
            self.order,
        )


class SmacEncoder:
    """Writes `obs` and `state`; remembers the last actions of an episode."""

    def __init__(self, layout: SmacLayout) -> None:
        """Prepare.

        Args:
            layout: of the armies.
        """
        self._layout = layout
        self._agents = Agents(layout)
        self._has_acted = np.zeros(0, np.bool_)

    def begin(self, marked: NDArray[np.bool_]) -> None:
        """Forget the last actions of the marked rows."""
        if len(self._has_acted) != len(marked):
            self._has_acted = np.zeros(len(marked), np.bool_)
        self._has_acted[marked] = False

    def encode(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write the marked rows."""
        layout = self._layout
        self._agents.follow(frame, battle, marked)
        started = battle.rows["tracked_frame"] == battle.rows["start_frame"]
        np.logical_not(started, out=self._has_acted, where=marked)
        actions = arrays["action"]
        assert actions.shape == (len(marked), layout.num_own)  # `make_task` wants the action `smac` as well
        encode_agents(
            marked,
            frame.units,
            layout.roster.types,
            battle.slots,
            self._agents.order,
            layout.walkable,
            layout.facts,
            layout.num_own,
            layout.type_bits,
            layout.own_shield,
            layout.enemy_shield,
            layout.map_px[0],
            layout.map_px[1],
            actions,
            self._has_acted,
            arrays["observation/obs"],
            arrays["observation/state"],
        )


class SmacSpec(FactoredSpec):
    """Choices of `smac`."""

    def __init__(self, layout: SmacLayout) -> None:
        """Name the choices.

        Args:
            layout: of the armies.
        """
        super().__init__("smac", np.full(layout.num_own, layout.num_choices, np.int64), "agent")
        self.num_own = layout.num_own
        self.num_enemy = layout.num_enemy

    def choice_name(self, choice: int) -> str:
        """Return a choice in words."""
        if choice < FIRST_ATTACK:
            return ("nothing", "stop", *(f"move {name}" for name in MOVE_NAMES))[choice]
        return f"attack enemy {choice - FIRST_ATTACK}"


class SmacDecoder:
    """Turns `smac` actions into commands and writes their masks."""

    def __init__(self, layout: SmacLayout) -> None:
        """Prepare.

        Args:
            layout: of the armies.
        """
        self._layout = layout
        self._agents = Agents(layout)

    def mask(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """Write `action_mask` of the marked rows."""
        layout = self._layout
        self._agents.follow(frame, battle, marked)
        mask_agents(
            marked,
            frame.units,
            layout.roster.types,
            battle.slots,
            self._agents.order,
            layout.walkable,
            layout.num_own,
            arrays["action_mask"],
        )

    def decode(self, frame: Frame, battle: Battle, arrays: Arrays, commands: Commands) -> None:
        """Append the commands of all rows and write `info/invalid_actions`."""
        layout = self._layout
        decode_agents(
            arrays["action"],
            frame.units,
            layout.roster.types,
            battle.slots,
            self._agents.order,
            layout.walkable,
            layout.num_own,
            commands.items,
            commands.count,
            arrays["info/invalid_actions"],
        )
