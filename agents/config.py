"""What a training run is: the models behind `configs/*.yaml`, their overrides, and messages for people.

A config is YAML read into pydantic models. Unknown keys are refused with the nearest known name; `key=value`
overrides take dotted keys (`training.total_steps=1000`) or, where it is unambiguous, the last part alone
(`total_steps=1000`). The resolved config is saved beside the run.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.errors import ConfigError

Algorithm = Literal["maskable_ppo", "ppo"]
PolicyName = Literal["attention", "mlp", "entities", "general"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class EnvConfig(_Section):
    """Which battle is played, what is seen, done and paid, and how many games run where."""

    scenario: str = Field(
        description="a shipped scenario's name, a task's (Gather), a melee game's (melee?races=terran:zerg), or a file"
    )
    opponent: str | None = Field(None, description="scripted player of the enemy; the scenario's first one if null")
    observation: str | None = Field(None, description="observation spec (docs/spaces.md); the scenario's first if null")
    observation_options: dict[str, Any] | None = Field(None, description="what the observation takes")
    action: str | None = Field(None, description="action spec (docs/spaces.md); the scenario's first if null")
    action_options: dict[str, Any] | None = Field(None, description="what the action takes")
    reward: str | dict[str, float] | None = Field(
        None, description="preset's name, or weight per term; default if null"
    )
    shaping: dict[str, float] | None = Field(None, description="weight per potential, and gamma; no shaping if null")
    frame_skip: int | None = Field(None, ge=1, description="frames per step; the scenario's if null")
    latency_frames: int | None = Field(
        None, ge=0, description="frames until a command is carried out; scenario's if null"
    )
    max_frames: int | None = Field(None, ge=1, description="an episode's limit in frames; the scenario's if null")
    move_distance_px: int | None = Field(None, ge=1, description="how far a move goes; what suits the units if null")
    control: Literal["army", "unit"] = Field(
        "army",
        description="army: the network commands all units at once; unit: it decides for each unit by that unit's own "
        "line of observation local, and a step counts once for each unit",
    )
    num_envs: int = Field(64, ge=1, description="games played at once")
    num_processes: int | None = Field(
        None, ge=1, description="game processes that share these games; one for each core, up to 4, if null"
    )
    channel: Literal["shm", "queue", "local"] = Field("shm", description="how trainer and games talk")
    backend: Literal["embedded", "torchcraft", "sc2"] = Field("embedded", description="what plays the games")
    server: str | None = Field(None, description="a running server's host:port, the backend's; one of our own if null")
    max_failures: int = Field(10, ge=0, description="lost game processes within failure_window_s that a run survives")
    failure_window_s: float = Field(600.0, gt=0, description="seconds that max_failures counts over")


class AlgorithmConfig(_Section):
    """The learner: names and meanings of Stable-Baselines3."""

    name: Algorithm = Field("maskable_ppo", description="maskable_ppo (sb3-contrib) or ppo")
    learning_rate: float = Field(1e-3, gt=0, description="at the start")
    learning_rate_end: float = Field(1e-4, ge=0, description="at the end; linear in between")
    n_steps: int = Field(64, ge=1, description="steps per game and update")
    batch_size: int = Field(1024, ge=2, description="samples per gradient step")
    n_epochs: int = Field(3, ge=1, description="passes over the collected samples per update")
    gamma: float = Field(0.99, gt=0, le=1, description="discount")
    gae_lambda: float = Field(0.95, ge=0, le=1, description="bias against variance of the advantages")
    clip_range: float = Field(0.2, gt=0, description="PPO's clip")
    ent_coef: float = Field(0.01, ge=0, description="weight of the entropy bonus")
    vf_coef: float = Field(0.5, ge=0, description="weight of the value loss")
    max_grad_norm: float = Field(0.5, gt=0, description="gradient clip")
    target_kl: float | None = Field(None, gt=0, description="stop an update's epochs beyond this divergence")


class PolicyConfig(_Section):
    """The network."""

    name: PolicyName = Field(
        "attention",
        description="attention over units (observation units, action micro); mlp (equal choices per unit); entities "
        "(env.control unit: encoders for the enemies and comrades that the unit sees); or general, for every "
        "observation and action: convolutions for pictures",
    )
    hidden: list[int] = Field(
        [128, 128], description="layer widths of the mlp, the general policy and the critic of entities"
    )
    width: int = Field(32, ge=4, description="embedding width of the policies attention and entities")
    heads: int = Field(2, ge=1, description="attention heads; must divide width")
    layers: int = Field(1, ge=0, description="attention layers")
    critic: Literal["own", "team"] = Field(
        "own",
        description="with env.control unit: the critic sees the deciding unit's own line, or those of the whole team; "
        "the actor sees its own alone",
    )
    mirror: bool = Field(
        False, description="show it mirror images as one battle; for maps that look alike from all sides"
    )


class TrainingConfig(_Section):
    """How long, on what, and what is kept."""

    total_steps: int = Field(1_000_000, ge=1, description="env steps over all games")
    max_minutes: float | None = Field(None, gt=0, description="stop training after so many minutes of wall clock")
    device: str = Field("cpu", description="torch device: cpu, cuda, cuda:0, auto")
    torch_threads: int = Field(1, ge=1, description="torch's intra-op threads; small nets gain nothing from more")
    checkpoint_every: int = Field(500_000, ge=1, description="steps between periodic checkpoints")
    keep_checkpoints: int = Field(5, ge=1, description="newest periodic checkpoints that are kept")


class EvaluationConfig(_Section):
    """Evaluation during and after training; its seeds are never those of training."""

    every: int = Field(250_000, ge=1, description="steps between evaluations")
    episodes: int = Field(100, ge=1, description="episodes per evaluation during training")
    final_episodes: int = Field(400, ge=0, description="battles of the evaluation after training; 0 for none")
    num_envs: int = Field(50, ge=1, description="games at once while evaluating")
    deterministic: bool = Field(True, description="take the most probable action instead of drawing one")


class SelfPlayConfig(_Section):
    """Who plays the other side in self-play: shares of the battles, and the opponents among them."""

    latest: float = Field(0.5, ge=0, description="share of battles against the newest policy")
    snapshots: float = Field(0.3, ge=0, description="share against frozen policies of this run")
    scripts: float = Field(0.2, ge=0, description="share against scripted players")
    players: list[str] = Field(
        ["attack_move", "closest", "weakest_closest", "noop"], description="the scripted players among the opponents"
    )
    snapshot_every: int = Field(200_000, ge=1, description="steps between snapshots")
    max_snapshots: int = Field(20, ge=2, description="snapshots that are kept, spread over the run")
    snapshots_in_play: int = Field(3, ge=1, description="different snapshots that play at once; each costs a pass")
    priority: float = Field(2.0, ge=0, description="opponents count (1 - win rate)^priority; 0 draws them alike")
    stochastic: bool = Field(True, description="opponents draw their actions instead of taking the most probable")


class PretrainingConfig(_Section):
    """Behaviour cloning before the first step: the policy learns to choose what replays show."""

    replays: list[str] = Field(min_length=1, description="replay files (.tcr); names may hold * and **")
    player: int = Field(0, ge=0, description="whose commands are cloned")
    record_frames: int | None = Field(
        None, ge=1, description="game frames between two records; the env's frame skip if null"
    )
    held_out: float = Field(0.1, ge=0, lt=1, description="share of the files that only measure, at least one of two")
    epochs: int = Field(20, ge=1, description="passes over the replays")
    batch_size: int = Field(256, ge=1, description="samples per gradient step")
    learning_rate: float = Field(1e-3, gt=0, description="Adam's, while cloning")
    max_grad_norm: float = Field(0.5, gt=0, description="gradient clip")


class RunConfig(_Section):
    """A whole run."""

    name: str = Field(description="names the run folder: <runs>/<name>-<time>/")
    seed: int = Field(1, ge=0, description="root of every random number of the run")
    runs: str = Field("runs", description="folder that run folders are made in")
    env: EnvConfig
    algorithm: AlgorithmConfig = AlgorithmConfig()  # type: ignore[call-arg]
    policy: PolicyConfig = PolicyConfig()  # type: ignore[call-arg]
    training: TrainingConfig = TrainingConfig()  # type: ignore[call-arg]
    evaluation: EvaluationConfig = EvaluationConfig()  # type: ignore[call-arg]
    selfplay: SelfPlayConfig | None = Field(None, description="opponents of self-play; null for none")
    pretraining: PretrainingConfig | None = Field(None, description="behaviour cloning first; null for none")


OPEN_KEYS: Final = ("reward", "shaping", "observation_options", "action_options")
"""Keys of `env` that hold mappings: what is in them is the env's to check."""

OPTIONAL_SECTIONS: Final = frozenset(name for name, info in RunConfig.model_fields.items() if info.default is None)


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> RunConfig:
    """Read a config file and apply `key=value` overrides.

    Args:
        path: a YAML file.
        overrides: `seed=3`, `env.num_envs=8`, `total_steps=1000`; values are YAML.

    Raises:
        ConfigError: file missing or no mapping, unknown key, wrong type, value out of range.
    """
    return parse_config(_read_yaml(Path(path)), overrides, source=str(path))


def parse_config(raw: Mapping[str, Any], overrides: Sequence[str] = (), *, source: str) -> RunConfig:
    """Turn a mapping as YAML gives it, and overrides, into a `RunConfig`.

    Args:
        raw: nested mappings.
        overrides: see `load_config`.
        source: what error messages call the mapping.

    Raises:
        ConfigError: unknown key, wrong type, value out of range.
    """
    _check_keys(raw, RunConfig, source, "")
    data = _copy(raw)
    origin: dict[str, str] = {}
    for override in overrides:
        key, value = split_override(override)
        _set(data, key, value)
        origin[".".join(key)] = f"override {override!r}"
    try:
        config = RunConfig.model_validate(data)
    except ValidationError as error:
        raise ConfigError(_explain(error, source, origin)) from error
    _check_together(config, source)
    return config


def dump_config(config: RunConfig) -> str:
    """Return the config as YAML with every value written out."""
    text: str = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
    return text


def split_override(override: str) -> tuple[tuple[str, ...], Any]:
    """Return key path and value of one `key=value`.

    >>> split_override("env.num_envs=8")
    (('env', 'num_envs'), 8)
    >>> split_override("total_steps=1000")
    (('training', 'total_steps'), 1000)

    Raises:
        ConfigError: no `=`, unknown or ambiguous key, value that is no YAML.
    """
    key, separator, text = override.partition("=")
    if not separator or not key:
        raise ConfigError(f"override {override!r}: expected key=value")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"override {override!r}: {text!r} is no YAML value") from error
    return _resolve_key(key, override), value


def config_keys() -> dict[str, str]:
    """Return every dotted key with its description, for `--help`."""
    return {".".join(path): description for path, description in _leaves(RunConfig)}


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the hint that ends a message about an unknown name."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(names)}"


def _read_yaml(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: no valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{path}: expected keys and values, got {type(raw).__name__}")
    return raw


def _section(annotation: Any) -> type[BaseModel] | None:
    candidates = get_args(annotation) if get_origin(annotation) else (annotation,)
    for candidate in candidates:
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _leaves(model: type[BaseModel], prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, info in model.model_fields.items():
        section = _section(info.annotation)
        if section is not None:
            yield from _leaves(section, (*prefix, name))
        else:
            yield (*prefix, name), info.description or ""


def _check_keys(raw: Mapping[Any, Any], model: type[BaseModel], source: str, prefix: str) -> None:
    for key, value in raw.items():
        if key not in model.model_fields:
            raise ConfigError(f"{source}: unknown key {prefix + str(key)!r}{nearest(str(key), model.model_fields)}")
        section = _section(model.model_fields[key].annotation)
        if section is not None and isinstance(value, Mapping):
            _check_keys(value, section, source, f"{prefix}{key}.")


def _resolve_key(key: str, override: str) -> tuple[str, ...]:
    leaves = [path for path, _ in _leaves(RunConfig)]
    full = {".".join(path): path for path in leaves}
    if key in full:
        return full[key]
    if key.startswith(tuple(f"env.{name}." for name in OPEN_KEYS)):
        return tuple(key.split("."))
    endings = [path for path in leaves if path[-1] == key]
    # Sections that a run may lack leave a name to the section that every run has.
    endings = [path for path in endings if path[0] not in OPTIONAL_SECTIONS] or endings
    if len(endings) == 1:
        return endings[0]
    if endings:
        choices = ", ".join(".".join(path) for path in endings)
        raise ConfigError(f"override {override!r}: key {key!r} is ambiguous; say one of {choices}")
    known = [*full, *(path[-1] for path in leaves)] if "." not in key else list(full)
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else f"; known keys: {', '.join(full)}"
    raise ConfigError(f"override {override!r}: unknown key {key!r}{hint}")


def _copy(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copy(value) if isinstance(value, Mapping) else value for key, value in raw.items()}


def _set(data: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    at = data
    for part in path[:-1]:
        below = at.get(part)
        if not isinstance(below, dict):
            below = at[part] = {}
        at = below
    at[path[-1]] = value


def _explain(error: ValidationError, source: str, origin: Mapping[str, str]) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    got = "" if first["type"] == "missing" else f", got {first['input']!r}"
    where = origin.get(key, source)
    return f"{where}: {key}: {first['msg'][:1].lower()}{first['msg'][1:]}{got}"


def _check_together(config: RunConfig, source: str) -> None:
    _check_policy(config, source)
    for section in ("selfplay", "pretraining"):
        if config.env.control == "unit" and getattr(config, section) is not None:
            raise ConfigError(f"{source}: {section} with env.control 'unit'; allowed: 'army'")
    if config.policy.width % config.policy.heads:
        raise ConfigError(
            f"{source}: policy.heads {config.policy.heads} must divide policy.width {config.policy.width}"
        )
    if config.env.num_processes is not None and config.env.num_envs % config.env.num_processes:
        raise ConfigError(
            f"{source}: env.num_processes {config.env.num_processes} must divide env.num_envs {config.env.num_envs}"
        )
    rivals = config.selfplay
    if rivals is not None and rivals.latest + rivals.snapshots + rivals.scripts <= 0:
        raise ConfigError(f"{source}: selfplay: latest, snapshots and scripts are all 0; allowed: at least one share")
    if rivals is not None and rivals.scripts > 0 and not rivals.players:
        raise ConfigError(f"{source}: selfplay.players is empty, but selfplay.scripts is {rivals.scripts}")
    samples = config.env.num_envs * config.algorithm.n_steps
    if config.algorithm.batch_size > samples:
        raise ConfigError(
            f"{source}: algorithm.batch_size {config.algorithm.batch_size} exceeds the {samples} samples of an update "
            f"(env.num_envs {config.env.num_envs} x algorithm.n_steps {config.algorithm.n_steps})"
        )


def _check_policy(config: RunConfig, source: str) -> None:
    for what, is_wanted in (("policy.name 'attention'", config.policy.name == "attention"),
                            ("policy.mirror", config.policy.mirror)):  # fmt: skip
        if is_wanted and config.env.observation not in (None, "units"):
            raise ConfigError(f"{source}: {what} needs env.observation 'units', got {config.env.observation!r}")
    for section in ("selfplay", "pretraining"):
        if config.policy.name == "general" and getattr(config, section) is not None:
            raise ConfigError(f"{source}: {section} with policy.name 'general'; allowed: attention, mlp")
    if config.policy.mirror and config.policy.name in ("general", "entities"):
        raise ConfigError(f"{source}: policy.mirror with policy.name {config.policy.name!r}; allowed: attention, mlp")
    is_unit, name = config.env.control == "unit", config.policy.name
    if config.policy.critic == "team" and not (is_unit and name in ("mlp", "entities")):
        raise ConfigError(
            f"{source}: policy.critic 'team' needs env.control 'unit' and policy.name 'mlp' or 'entities'"
        )
    if name == "entities" and not is_unit:
        raise ConfigError(f"{source}: policy.name 'entities' needs env.control 'unit', got {config.env.control!r}")
