"""What a game process is told: one frozen value that travels as JSON, never as pickled objects.

Sessions and tasks are named, not sent: the game process builds them again from their names and parameters (a pickled
numba function would lose its compiled form, and a pickled class would drag the trainer's modules along).
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast, get_args

from bridge.errors import ConfigError
from bridge.seams import AutoresetMode, Session, Task

EMBEDDED: Final = "embedded"
"""The backend that needs nothing but this package: our own engine."""

TORCHCRAFT: Final = "torchcraft"
"""The backend that plays through TorchCraft's protocol: on a server of its own, or on one that runs somewhere."""

SC2: Final = "sc2"
"""The backend that plays through StarCraft II's API with python-sc2: embedded server, running server or real game."""

BACKENDS: Final = (EMBEDDED, TORCHCRAFT, SC2)

Json = None | bool | int | float | str | list[Any] | tuple[Any, ...] | dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GameSpec:
    """A batch of games of one scenario in one process, and the task that is set in them.

    Attributes:
        scenario: a shipped scenario's name or the path of a scenario file.
        backend: `embedded`, `torchcraft`, `sc2`, or `module:function` of a session factory that takes this spec.
        backend_params: JSON values that the backend may read.
        players: who plays each of the game's players, in the order of their numbers: None is a seat of the
            trainer's, a name is a scripted player that runs inside the game process.
        num_games: games in this process.
        frame_skip: frames per step; None takes the task's own.
        latency_frames: frames between sending a command and its execution; None takes the scenario's.
        autoreset: what happens when an episode ends (`bridge.seams.AutoresetMode`).
        task_factory: `module:function`, called with `task_params` as keywords.
        task_params: JSON values.
        export_frame: also export the raw Frame of each row (`frame/units`, `frame/num_units`, ...), for drawing.
    """

    scenario: str = "m5v5_c_far"
    backend: str = EMBEDDED
    backend_params: Mapping[str, Json] = field(default_factory=dict)
    players: tuple[str | None, ...] = (None, "attack_move")
    num_games: int = 1
    frame_skip: int | None = None
    latency_frames: int | None = None
    autoreset: AutoresetMode = "same_step"
    task_factory: str = "envs.tasks:make_task"
    task_params: Mapping[str, Json] = field(default_factory=dict)
    export_frame: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "players", tuple(self.players))
        _check(isinstance(self.scenario, str) and self.scenario != "", "scenario", self.scenario, "a name or a path")
        is_backend = self.backend in BACKENDS or ":" in self.backend
        _check(is_backend, "backend", self.backend, f"{_one_of(BACKENDS)} or module:function")
        _check(":" in self.task_factory, "task_factory", self.task_factory, "module:function")
        _check(_is_int(self.num_games) and self.num_games >= 1, "num_games", self.num_games, "an integer >= 1")
        for name, least in (("frame_skip", 1), ("latency_frames", 0)):
            value = getattr(self, name)
            _check(
                value is None or (_is_int(value) and value >= least), name, value, f"an integer >= {least}, or nothing"
            )
        _check(self.autoreset in get_args(AutoresetMode), "autoreset", self.autoreset, _one_of(get_args(AutoresetMode)))
        _check(len(self.players) >= 1, "players", self.players, "at least one player")
        for player in self.players:
            _check(player is None or isinstance(player, str), "players", player, "names of scripted players, or None")
        _check(self.num_seats >= 1, "players", self.players, "at least one None: a seat of the trainer's")
        try:
            json.dumps([dict(self.backend_params), dict(self.task_params)])
        except (TypeError, ValueError) as error:
            raise ConfigError(f"game spec: backend_params and task_params must be JSON values: {error}") from error

    @property
    def num_seats(self) -> int:
        """Seats of one game that the trainer fills: each is a row."""
        return sum(player is None for player in self.players)

    @property
    def rows(self) -> int:
        """Rows of this process: games * seats."""
        return self.num_games * self.num_seats

    def replace(self, **changes: Any) -> GameSpec:
        """Return a copy with other field values, checked like a new one."""
        return dataclasses.replace(self, **changes)

    def to_json(self) -> str:
        """Return the spec as one line of JSON; `from_json` reads it back to an equal spec."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        values["backend_params"] = dict(self.backend_params)
        values["task_params"] = dict(self.task_params)
        return json.dumps(values, sort_keys=True)

    @staticmethod
    def from_json(text: str) -> GameSpec:
        """Read a spec that `to_json` wrote.

        Raises:
            ConfigError: no JSON object, an unknown field (with the nearest name), or a value out of range.
        """
        try:
            values = json.loads(text)
        except ValueError as error:
            raise ConfigError(f"game spec: not JSON: {error}") from error
        if not isinstance(values, dict):
            raise ConfigError(f"game spec: got {type(values).__name__}; allowed: a JSON object")
        known = [f.name for f in dataclasses.fields(GameSpec)]
        for key in values.keys() - set(known):
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known fields: {', '.join(known)}"
            raise ConfigError(f"game spec: unknown field {key!r}{hint}")
        return GameSpec(**values)


def make_session(spec: GameSpec) -> Session:
    """Build the session that the spec names.

    Raises:
        ConfigError: the backend, scenario or a scripted player does not exist.
    """
    if spec.backend == EMBEDDED:
        from bridge.embedded import EmbeddedSession  # the engine's import is half of a game's start-up time

        return EmbeddedSession.from_spec(spec)
    if spec.backend == TORCHCRAFT:
        from bridge.torchcraft.session import TorchCraftSession  # pyzmq: only where a wire is used

        return TorchCraftSession.from_spec(spec)
    if spec.backend == SC2:
        from bridge.sc2.session import Sc2Session  # the driver imports python-sc2 when the game starts

        return Sc2Session.from_spec(spec)
    return cast("Session", _named(spec.backend, "backend")(spec))


def make_task(spec: GameSpec) -> Task:
    """Build the task that the spec names.

    Raises:
        ConfigError: the factory does not exist or refuses its parameters.
    """
    return cast("Task", _named(spec.task_factory, "task_factory")(**spec.task_params))


def rules_hash(spec: GameSpec) -> str:
    """Return what both sides compare before they trust each other's games; "" where there are no rules of ours.

    Args:
        spec: what is played.
    """
    if spec.backend != EMBEDDED:
        return ""
    from bridge.scenarios import game_of  # only where the embedded engine is played
    from engine.core.rules import rules_of

    return rules_of(game_of(spec.scenario)).rules_hash


def _named(path: str, field_name: str) -> Callable[..., object]:
    module_name, _, name = path.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise  # the module exists and lacks something itself: that error says more
        raise ConfigError(f"game spec: {field_name}: no module {module_name!r} (from {path!r})") from error
    factory = getattr(module, name, None)
    if not callable(factory):
        raise ConfigError(f"game spec: {field_name}: module {module_name!r} has no function {name!r}")
    return cast("Callable[..., object]", factory)


def _check(is_fine: bool, field_name: str, value: object, allowed: str) -> None:
    if not is_fine:
        raise ConfigError(f"game spec: {field_name}: got {value!r}; allowed: {allowed}")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _one_of(values: tuple[str, ...]) -> str:
    return ", ".join(repr(value) for value in values)
