"""From the keyword arguments of an env to its task and its games: one place for the single and the vector env."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from bridge.errors import ConfigError
from bridge.parts import CHANNEL_KINDS, ChannelKind
from bridge.pool import GamePool
from bridge.scenarios import is_melee_name
from bridge.seams import AutoresetMode
from bridge.spec import BACKENDS, EMBEDDED, SC2, TORCHCRAFT, GameSpec
from bridge.timeouts import Timeouts
from bridge.userfiles import nearest
from engine.core.rules import GAMES, rules_of
from envs.economy import EconomyTask
from envs.tasks import MicroTask, check_one_of, make_task

TASK_FACTORY: Final = "envs.tasks:make_task"

SEATS: Final = (1, 2)
"""How many of a game's two players the caller may play."""

RENDER_MODES: Final = ("rgb_array", "ansi")

SERVER_SHARE: Final = 0.8
"""Part of a call's time after which a game's server counts as lost: then the error names it, not the game process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvOptions:
    """What `gym.make` takes; see `StarCraftEnv`."""

    scenario: str = "m5v5_c_far"
    game: str | None = None
    map: str | None = None
    races: str | None = None
    observation: str | None = None
    observation_options: Mapping[str, Any] | None = None
    action: str | None = None
    action_options: Mapping[str, Any] | None = None
    reward: str | Mapping[str, float] = "default"
    shaping: Mapping[str, float] | None = None
    opponent: str | None = None
    seats: int = 1
    frame_skip: int | None = None
    latency_frames: int | None = None
    max_frames: int | None = None
    move_distance_px: int | None = None
    backend: str = EMBEDDED
    backend_params: Mapping[str, Any] | None = None
    server: str | None = None
    channel: ChannelKind = "shm"
    timeouts: Timeouts | Mapping[str, float] | None = None
    render_mode: str | None = None
    may_block_loop: bool = False

    @staticmethod
    def from_kwargs(kwargs: Mapping[str, Any], also: tuple[str, ...] = ()) -> EnvOptions:
        """Return checked options.

        Args:
            kwargs: as the user gave them.
            also: further names that the caller knows, for the message.

        Raises:
            ConfigError: an unknown keyword, with the nearest known one.
        """
        known = (*(field.name for field in fields(EnvOptions)), *also)
        for name in kwargs:
            if name not in known:
                raise ConfigError(f"unknown keyword {name!r}{nearest(name, known)}")
        return EnvOptions(**kwargs)


class Setup:
    """A checked configuration: the task as the trainer sees it, and what the game processes are told.

    Attributes:
        options: as given.
        task: built here for its declarations; the game process builds its own.
        seats: rows of one game: 1, or 2 where both players are the caller's.
        players: by player number, the scripted player's name, or None for a seat of the caller's.
    """

    def __init__(self, options: EnvOptions) -> None:
        """Check everything that can be checked before a process starts.

        Args:
            options: what the user asked for.

        Raises:
            ConfigError: a name or number that is not allowed.
        """
        self.options = options
        reward = options.reward if isinstance(options.reward, str) else dict(options.reward)
        self._scenario = _scenario_of(options)
        self._task_params: dict[str, Any] = {
            "scenario": self._scenario,
            "observation": options.observation,
            "observation_options": options.observation_options,
            "action": options.action,
            "action_options": options.action_options,
            "reward": reward,
            "shaping": None if options.shaping is None else dict(options.shaping),
            "frame_skip": options.frame_skip,
            "latency_frames": options.latency_frames,
            "max_frames": options.max_frames,
            "move_distance_px": options.move_distance_px,
        }
        self.seats = _checked_seats(options.seats)
        if self.seats > 1:
            self._task_params["players"] = list(range(self.seats))
        self.task: MicroTask | EconomyTask = make_task(**self._task_params)
        if options.game not in (None, self.task.scenario.game):
            raise ConfigError(
                f"scenario {self._scenario!r} of {self.task.scenario.game} with game {options.game!r}: allowed: a "
                f"scenario of {options.game} (docs/spaces.md lists those of both)"
            )
        self.players = self._checked_players()
        self._timeouts = _timeouts(options.timeouts)
        self._backend_params = self._checked_backend_params()
        check_one_of("channel", options.channel, CHANNEL_KINDS)
        if options.render_mode is not None:
            check_one_of("render_mode", options.render_mode, RENDER_MODES)

    @property
    def steps_per_second(self) -> float:
        """Env steps per second of game time at the speed that people play at."""
        return rules_of(self.task.scenario.game).frames_per_second / self.task.frame_skip

    @property
    def waits(self) -> bool:
        """Whether a step waits for another process and would therefore block an event loop that must not be blocked."""
        return self.options.channel != "local" and not self.options.may_block_loop

    @property
    def rival(self) -> str:
        """Who plays against a row, for captions."""
        return self.players[-1] or "the other seat"

    def open_pool(self, num_games: int, num_processes: int, autoreset: AutoresetMode) -> GamePool:
        """Start the games.

        Args:
            num_games: games, of `seats` rows each.
            num_processes: a divisor of them.
            autoreset: what happens when an episode ends.

        Raises:
            ConfigError: numbers that do not fit.
            GameFailedError: a process did not start.
        """
        options = self.options
        if options.server is not None and num_processes > 1:
            raise ConfigError(f"num_processes {num_processes} with server {options.server!r}: allowed: 1")
        spec = GameSpec(
            scenario=self._scenario,
            backend=options.backend,
            backend_params=self._backend_params,
            players=self.players,
            frame_skip=self.task.frame_skip,
            latency_frames=self.task.latency_frames,
            autoreset=autoreset,
            task_factory=TASK_FACTORY,
            task_params=self._task_params,
            export_frame=options.render_mode is not None,
        )
        return GamePool(
            spec,
            num_games=num_games,
            num_processes=num_processes,
            channel=options.channel,
            timeouts=self._timeouts,
        )

    def _checked_backend_params(self) -> dict[str, Any]:
        options = self.options
        if ":" not in options.backend:
            check_one_of("backend", options.backend, BACKENDS)
            if options.backend_params is not None and options.backend != SC2:
                raise ConfigError(
                    f"backend_params with backend {options.backend!r}: allowed with one of your own, module:function, "
                    f"and with {SC2!r}"
                )
        if options.backend not in (TORCHCRAFT, SC2):
            if options.server is not None:
                raise ConfigError(
                    f"server {options.server!r} with backend {options.backend!r}: allowed with {TORCHCRAFT!r}, {SC2!r}"
                )
            return dict(options.backend_params or {})
        limits = self._timeouts or Timeouts()
        params: dict[str, Any] = {
            "start_s": SERVER_SHARE * limits.start_s,
            "answer_s": SERVER_SHARE * min(limits.reset_s, limits.step_s),
        }
        if options.server is not None:
            if options.opponent is not None and options.backend == TORCHCRAFT:
                raise ConfigError(
                    f"opponent {options.opponent!r} with server {options.server!r}: the server says who plays; "
                    "allowed: None"
                )
            params["server"] = options.server
        return {**params, **(options.backend_params or {})}

    def _checked_players(self) -> tuple[str | None, ...]:
        name = self.options.opponent
        if self.seats > 1:
            if name is not None:
                raise ConfigError(
                    f"opponent {name!r} with seats {self.seats}: nobody is left to be played; allowed: None"
                )
            return (None,) * self.seats
        if name is None:
            return (None, self.task.scenario.opponents[0])
        if self.task.scenario.melee is None:
            check_one_of("opponent", name, tuple(rules_of(self.task.scenario.game).players))
        return (None, name)


def _scenario_of(options: EnvOptions) -> str:
    """Return the scenario's name; a melee game's with the map and races that the options say, the opponent's too."""
    name = str(options.scenario)
    if options.game is not None:
        check_one_of("game", options.game, GAMES)
    if not is_melee_name(name):
        for option in ("map", "races"):
            if getattr(options, option) is not None:
                raise ConfigError(f"{option} {getattr(options, option)!r} with scenario {name!r}: allowed with 'melee'")
        return name
    from bridge.melee import changed_name  # only where melee games are played

    return changed_name(
        name, game=options.game, game_map=options.map, races=options.races, players=(None, options.opponent)
    )


def _checked_seats(seats: int) -> int:
    if isinstance(seats, bool) or seats not in SEATS:
        raise ConfigError(f"seats {seats!r}: allowed: {' or '.join(map(str, SEATS))}, the rows of one game")
    return int(seats)


def _timeouts(given: Timeouts | Mapping[str, float] | None) -> Timeouts | None:
    if given is None or isinstance(given, Timeouts):
        return given
    known = tuple(field.name for field in fields(Timeouts))
    for name in given:
        check_one_of("timeouts key", name, known)
    return Timeouts(**given)
