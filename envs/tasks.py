"""What a learner sees, does and is paid in one battle: `MicroTask`; and `make_task`, which builds all tasks by name.

This module is imported by game processes: plain numpy and numba, no Gymnasium, no torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from bridge.layout import ArraySpec
from bridge.scenarios import load_scenario
from bridge.seams import Arrays
from bridge.userfiles import nearest
from engine.core.frame import Commands, Frame
from engine.core.rules import rules_of
from engine.core.scenario import Scenario
from envs.economy import EconomyTask
from envs.offers import ECONOMY_ACTIONS, ECONOMY_OBSERVATIONS
from envs.specs.acting import ActionSpec, Decoder
from envs.specs.actions import ACTIONS, make_action
from envs.specs.field import Field
from envs.specs.micro import MicroSpec, sensible_move_distance_px
from envs.specs.observations import OBSERVATIONS, Encoder, ObservationSpec, make_observation
from envs.specs.rewards import RewardSpec, Scorer, reward_spec
from envs.specs.roster import Roster, army_size, roster_of
from envs.specs.scripts import SCRIPT_SPECS, let_scripts_command
from envs.specs.slots import Battle
from envs.specs.slots_kernels import write_sums

INT32_MAX: Final = float(2**31 - 1)

INFO_FIELDS: Final = (
    Field(name="battle_won", dtype=np.bool_, unit="flag", doc="The enemy has no units and the own army has."),
    Field(name="own_units", dtype=np.int32, high=INT32_MAX, unit="units", doc="Own units alive."),
    Field(name="enemy_units", dtype=np.int32, high=INT32_MAX, unit="units", doc="Enemy units alive."),
    Field(name="own_hp", dtype=np.int32, high=INT32_MAX, unit="points", doc="Own hit points and shield points."),
    Field(
        name="enemy_hp",
        dtype=np.int32,
        high=INT32_MAX,
        unit="points",
        doc="Enemy hit points and shield points, as last seen.",
    ),
    Field(name="frame", dtype=np.int32, high=INT32_MAX, unit="frames", doc="Frame number of the game."),
    Field(name="episode_frames", dtype=np.int32, high=INT32_MAX, unit="frames", doc="Frames since the episode began."),
    Field(
        name="invalid_actions",
        dtype=np.int32,
        high=INT32_MAX,
        unit="choices",
        doc="Choices of the last action that its mask forbade; they were dropped.",
    ),
)
"""The arrays `info/*`."""


PER_UNIT: Final = ("micro", "continuous")
"""Actions that a line of `local` can decide about: one choice per own unit."""


SMAC: Final = "smac"
"""Observation and action of SMAC's own environment."""


class MicroTask:
    """One battle of a scenario as a learning problem, for a batch of rows; satisfies `bridge.seams.Task`.

    Attributes:
        scenario: what is played.
        frame_skip: frames per step.
        latency_frames: frames between sending a command and its execution.
        max_frames: frames after which an episode is truncated.
        roster: unit types and slots.
        observation: how rows are observed.
        encoder: who writes the observations.
        action: how rows are acted in.
        reward: how rows are paid.
        info_fields: declarations of `info/*`.
    """

    info_fields: tuple[Field, ...] = INFO_FIELDS

    def __init__(
        self,
        scenario: Scenario,
        *,
        roster: Roster,
        observation: tuple[ObservationSpec, Encoder],
        action: tuple[ActionSpec, Decoder],
        reward: RewardSpec,
        frame_skip: int,
        latency_frames: int,
        max_frames: int,
    ) -> None:
        """Join the specs; `make_task` builds them from names.

        Args:
            scenario: what is played.
            roster: types and slots of its armies.
            observation: declarations, and who writes them.
            action: declarations, and who turns them into commands.
            reward: weights.
            frame_skip: frames per step.
            latency_frames: frames until a command takes effect.
            max_frames: limit of an episode.
        """
        self.scenario = scenario
        self.frame_skip = frame_skip
        self.latency_frames = latency_frames
        self.max_frames = max_frames
        self.roster = roster
        self.observation, self.encoder = observation
        self.action, self._decoder = action
        self.reward = reward
        self._scorer = Scorer(reward, max_frames)
        self._battle = Battle.allocate(0, roster)
        self._specs: dict[str, ArraySpec] = {
            **self.action.specs,
            **SCRIPT_SPECS,
            **self.observation.specs,
            "reward": ArraySpec(shape=(), dtype=np.dtype(np.float32)),
            "terminated": ArraySpec(shape=(), dtype=np.dtype(np.bool_)),
            "truncated": ArraySpec(shape=(), dtype=np.dtype(np.bool_)),
            **{
                f"info/{field.name}": ArraySpec(shape=field.shape, dtype=np.dtype(field.dtype)) for field in INFO_FIELDS
            },
        }

    @property
    def specs(self) -> Mapping[str, ArraySpec]:
        """The arrays of one row by name."""
        return self._specs

    @property
    def micro(self) -> MicroSpec:
        """The choices of `micro`.

        Raises:
            ConfigError: the task has another action.
        """
        if not isinstance(self.action, MicroSpec):
            raise ConfigError(f"action {self.action.name!r}: allowed here: 'micro'")
        return self.action

    @property
    def battle(self) -> Battle:
        """The slots and sums of all rows, as of the last view."""
        return self._battle

    def reset(self, rows: NDArray[np.bool_], frame: Frame) -> None:
        """Begin an episode on the marked rows: take unit slots and running sums from `frame`."""
        if len(self._battle.rows) != len(rows):
            self._battle = Battle.allocate(len(rows), self.roster)
        self._battle.begin(rows, frame, self.roster, sees_all=self.scenario.full_vision)
        self.encoder.begin(rows)

    def encode(self, frame: Frame, arrays: Arrays, rows: NDArray[np.bool_] | None = None) -> None:
        """Write `observation/*` (or `observation`), `action_mask` and the state fields of `info/*`.

        Args:
            frame: the view.
            arrays: written to.
            rows: (rows,) bool, whose view is new since the last call; None means all.
        """
        battle = self._battle
        battle.follow(frame, self.roster, sees_all=self.scenario.full_vision)
        marked = battle.every_row if rows is None else rows
        self.encoder.encode(frame, battle, arrays, marked)
        self._decoder.mask(frame, battle, arrays, marked)
        write_sums(
            battle.rows,
            arrays["info/own_units"],
            arrays["info/enemy_units"],
            arrays["info/own_hp"],
            arrays["info/enemy_hp"],
            arrays["info/frame"],
            arrays["info/episode_frames"],
        )

    def decode(self, arrays: Arrays, frame: Frame, commands: Commands) -> None:
        """Append the commands that `action` stands for, or those of the row's scripted player (`action/script`).

        What is impossible is dropped and counted.
        """
        self._decoder.decode(frame, self._battle, arrays, commands)
        let_scripts_command(frame, arrays, commands, self.scenario.game)

    def score(self, frame: Frame, arrays: Arrays) -> None:
        """Write `reward`, `terminated`, `truncated` and `info/battle_won` of the step that ended here."""
        battle = self._battle
        battle.follow(frame, self.roster, sees_all=self.scenario.full_vision)
        self._scorer.score(battle, arrays["reward"], arrays["terminated"], arrays["truncated"])
        np.not_equal(battle.rows["is_won"], 0, out=arrays["info/battle_won"])


def make_task(
    *,
    scenario: str | Scenario = "m5v5_c_far",
    observation: str | None = None,
    observation_options: Mapping[str, Any] | None = None,
    action: str | None = None,
    action_options: Mapping[str, Any] | None = None,
    reward: str | Mapping[str, float] = "default",
    shaping: Mapping[str, float] | None = None,
    frame_skip: int | None = None,
    latency_frames: int | None = None,
    max_frames: int | None = None,
    move_distance_px: int | None = None,
    players: tuple[int, ...] | list[int] = (0,),
) -> MicroTask | EconomyTask:
    """Build a task from names and plain values, the same in every process.

    Args:
        scenario: a shipped scenario's name, a file's path, or (within one process) the scenario itself.
        observation: one of `OBSERVATIONS`, in a melee game of `ECONOMY_OBSERVATIONS`; None takes the first.
        observation_options: what it takes (docs/spaces.md); None for none.
        action: one of `ACTIONS`, in a melee game of `ECONOMY_ACTIONS`; None takes the first.
        action_options: likewise.
        reward: a preset's name, or weights by term.
        shaping: weights by potential, and `gamma`: potential-based shaping, which changes no optimal policy.
        frame_skip: frames per step; None takes the scenario's.
        latency_frames: frames until a command takes effect; None takes the scenario's.
        max_frames: frames after which an episode is truncated; None takes the scenario's.
        move_distance_px: how far a move goes; None takes `sensible_move_distance_px`.
        players: game player numbers that the rows play; slots are as many as the largest of their armies needs.

    Raises:
        ConfigError: a name that does not exist (with the nearest), a number out of range, or an observation and an
            action that do not go together.
    """
    value = load_scenario(scenario) if isinstance(scenario, str) else scenario
    is_melee = value.melee is not None
    observation = checked_name("observation", observation, value.name, is_melee, OBSERVATIONS, ECONOMY_OBSERVATIONS)
    if observation == SMAC and action is None:
        action = SMAC
    action = checked_name("action", action, value.name, is_melee, ACTIONS, ECONOMY_ACTIONS)
    if observation == "local" and action not in PER_UNIT:
        raise ConfigError(
            f"observation 'local' with action {action!r}: a unit that sees its own surroundings decides for itself; "
            f"allowed: {', '.join(PER_UNIT)}"
        )
    if observation == SMAC and action != SMAC:
        raise ConfigError(f"observation 'smac' with action {action!r}: its state has the last actions; allowed: 'smac'")
    skip = _at_least("frame_skip", frame_skip, value.frame_skip, 1)
    latency = _at_least("latency_frames", latency_frames, value.latency_frames, 0)
    limit = _at_least("max_frames", max_frames, value.max_frames, 1)
    if value.melee is not None:
        if not players or any(player not in (0, 1) for player in players):
            raise ConfigError(f"players: got {list(players)}; allowed: [0], [1] or [0, 1]")
        if move_distance_px is not None:
            raise ConfigError(f"move_distance_px {move_distance_px!r} in a melee game: allowed: None")
        races = {value.melee.races[player] for player in players}
        return EconomyTask(
            value,
            race=races.pop() if len(races) == 1 else "random",
            observation=observation,
            observation_options=observation_options,
            action=action,
            action_options=action_options,
            reward=reward,
            shaping=shaping,
            frame_skip=skip,
            latency_frames=latency,
            max_frames=limit,
        )
    roster = roster_of(value, tuple(players))
    distance = _at_least("move_distance_px", move_distance_px, sensible_move_distance_px(roster, skip, latency), 1)
    return MicroTask(
        value,
        roster=roster,
        observation=make_observation(observation, observation_options, roster, value, limit, tuple(players)),
        action=make_action(action, action_options, roster, value, latency, distance, tuple(players)),
        reward=reward_spec(reward, shaping, army_of(value, tuple(players))),
        frame_skip=skip,
        latency_frames=latency,
        max_frames=limit,
    )


def army_of(scenario: Scenario, players: tuple[int, ...]) -> tuple[int, int]:
    """Return points and units of the largest army that one of these players fights against."""
    rules = rules_of(scenario.game)
    points = rules.facts["max_hp"] + rules.facts["max_shield"]
    sizes = [
        (
            sum(int(points[rules.unit_type_id(name)]) * count for name, count in scenario.armies[1 - player]),
            army_size(scenario, 1 - player),
        )
        for player in players
    ]
    return max(sizes)


def make_battle(**params: Any) -> MicroTask:
    """Build the task of a battle; arguments as `make_task`'s.

    Raises:
        ConfigError: as `make_task`, and a scenario that is no battle.
    """
    task = make_task(**params)
    if not isinstance(task, MicroTask):
        raise ConfigError(f"scenario {task.scenario.name!r}: allowed here: a battle")
    return task


def checked_name(
    what: str, name: str | None, scenario: str, is_melee: bool, battle: tuple[str, ...], melee: tuple[str, ...]
) -> str:
    """Return the name of an observation or action after checking that it fits the kind of scenario.

    Args:
        what: `observation` or `action`.
        name: the user's; None takes the first.
        scenario: for the message.
        is_melee: which kind it is.
        battle: names for battles.
        melee: names for melee games.

    Raises:
        ConfigError: a name that does not exist, or one of the other kind.
    """
    known, other = (melee, battle) if is_melee else (battle, melee)
    if name is None:
        return known[0]
    if name in other and name not in known:
        kind = "a melee game" if is_melee else "a battle"
        raise ConfigError(f"{what} {name!r} with scenario {scenario!r}, {kind}: allowed: {', '.join(known)}")
    check_one_of(what, name, known)
    return name


def check_one_of(what: str, name: object, known: Iterable[str]) -> None:
    """Refuse a name that does not exist.

    Args:
        what: what it is the name of.
        name: as the user gave it.
        known: the names that exist.

    Raises:
        ConfigError: with the nearest known name.
    """
    names = list(known)
    if name not in names:
        raise ConfigError(f"unknown {what} {name!r}{nearest(str(name), names)}")


def _at_least(what: str, given: int | None, otherwise: int, least: int) -> int:
    if given is None:
        return otherwise
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise ConfigError(f"{what} {given!r} is not an integer of at least {least}")
    return given
