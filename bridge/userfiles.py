"""Files that people write (scenarios, configs): YAML read into a pydantic model, every mistake named on one line.

A message names the file, the key, the value and what is allowed; an unknown key gets the nearest known one.
"""

from __future__ import annotations

import difflib
import os
import tempfile
import typing
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from bridge.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)

MAX_FILE_BYTES: Final = 1 << 20
"""Largest file that is read at all: a thousand times the size of the files that we ship."""

MAX_SHOWN_NAMES: Final = 30
"""Longer lists of known names are cut in messages."""

MAX_SHOWN_CHARACTERS: Final = 80
"""A value longer than this is cut in messages."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the nearest known one, or all of them.

    Example:
        >>> nearest("frame_skp", ["frame_skip", "title"])
        "; did you mean 'frame_skip'?"
        >>> nearest("qqq", ["b", "a"])
        '; known: a, b'
    """
    names = sorted(known)
    near = [known_name for known_name in names if name and known_name.startswith(name)]
    near = near or difflib.get_close_matches(name, names, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    shown = names if len(names) <= MAX_SHOWN_NAMES else [*names[:MAX_SHOWN_NAMES], "..."]
    return f"; known: {', '.join(shown)}"


class _UniqueKeyLoader(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys in silence; this loader refuses them."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable):
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"key {key!r} appears twice", key_node.start_mark
                    )
                seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file.

    Raises:
        ConfigError: the file is missing, unreadable, too large, not UTF-8, not YAML, or no mapping.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror or error})") from error
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_FILE_BYTES} bytes; not a file of ours")
    try:
        data = yaml.load(raw.decode("utf-8"), Loader=_UniqueKeyLoader)  # noqa: S506 - a SafeLoader that refuses more
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text (byte {error.start})") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(f"{path}{where}: not YAML ({error.problem or error.context})") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConfigError(f"{path}: not YAML ({str(error).splitlines()[0]})") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: must hold keys and values, holds {_shown(data)}")
    for key in data:
        if not isinstance(key, str):
            raise ConfigError(f"{path}: key {key!r} is no text")
    return data


def parse(model: type[Model], data: dict[str, Any], source: str, context: Mapping[str, Any] | None = None) -> Model:
    """Return `data` as a checked `model`.

    Args:
        model: what the file must hold; `extra="forbid"` refuses unknown keys.
        data: as read from the file.
        source: the file's name, for messages.
        context: what the model's checks may ask for; None for nothing.

    Raises:
        ConfigError: one line about the first mistake (a misspelt key before what follows from it), naming key, value
            and what is allowed, and how many more there are.
    """
    try:
        return model.model_validate(data, context=None if context is None else dict(context))
    except ValidationError as error:
        mistakes = [dict(mistake) for mistake in error.errors(include_url=False)]
        # A list whose entries are wrong is also reported as too short: a consequence, not a mistake.
        mistakes = [mistake for mistake in mistakes if not _is_consequence(mistake, mistakes)]
        mistakes.sort(key=lambda mistake: mistake["type"] != "extra_forbidden")
        more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        raise ConfigError(f"{source}: {_explain(model, mistakes[0])}{more}") from error


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file (text as UTF-8) so that readers see the old one or the whole new one, never a part.

    Raises:
        ConfigError: the folder is missing or cannot be written.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o666 & ~_umask())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror or error})") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MAX_SHOWN_CHARACTERS else text[: MAX_SHOWN_CHARACTERS - 3] + "..."


def _explain(model: type[BaseModel], mistake: dict[str, Any]) -> str:
    location: Sequence[int | str] = mistake["loc"]
    key = _dotted(location)
    kind, message, value = mistake["type"], mistake["msg"], mistake.get("input")
    if kind == "extra_forbidden":
        owner = _model_at(model, location[:-1])
        return f"unknown key {key!r}{nearest(str(location[-1]), owner.model_fields if owner else ())}"
    if kind == "missing":
        return f"key {key!r} is missing"
    if kind == "literal_error":
        return f"{key} = {_shown(value)} is not allowed; allowed: {mistake['ctx']['expected']}"
    if kind == "value_error":
        text = str(mistake["ctx"]["error"])
        return f"{key}: {text}" if key else text
    return f"{key} = {_shown(value)}: {message[:1].lower()}{message[1:]}"


def _is_consequence(mistake: dict[str, Any], mistakes: list[dict[str, Any]]) -> bool:
    location = mistake["loc"]
    return mistake["type"] == "too_short" and any(
        len(other["loc"]) > len(location) and other["loc"][: len(location)] == location for other in mistakes
    )


def _dotted(location: Sequence[int | str]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _model_at(model: type[BaseModel], location: Sequence[int | str]) -> type[BaseModel] | None:
    """Return the model that the value at `location` is read into, None where there is none."""
    current: type[BaseModel] | None = model
    for part in location:
        if current is None or isinstance(part, int):
            continue
        field = current.model_fields.get(part)
        current = _first_model(field.annotation) if field else None
    return current


def _first_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in typing.get_args(annotation):
        found = _first_model(argument)
        if found:
            return found
    return None
