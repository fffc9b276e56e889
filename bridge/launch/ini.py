"""BWAPI's and TorchCraft's ini files: some keys are set, everything else (comments too) stays as the user has it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bridge.errors import ConfigError
from bridge.userfiles import write_atomically

Ini = Mapping[str, Mapping[str, str]]
"""Values by section and key."""


def with_keys(text: str, keys: Ini) -> str:
    r"""Return an ini file's text with these keys set.

    A key that is there gets the new value in its place, even if it is there several times; one that is missing is added
    at the end of its section, a missing section at the end of the file. Names are compared without case, as Windows
    does.

    Args:
        text: of the file, may be empty.
        keys: what to set.

    Raises:
        ConfigError: a name or value that would break the file's lines.

    Example:
        >>> print(with_keys("[ai]\n; mine\nai = Old.dll\n", {"ai": {"ai": "BWEnv.dll"}, "config": {"holiday": "OFF"}}))
        [ai]
        ; mine
        ai = BWEnv.dll
        [config]
        holiday = OFF
        <BLANKLINE>
    """
    _check(keys)
    left = {section.lower(): {key.lower(): (key, value) for key, value in keys[section].items()} for section in keys}
    names = {section.lower(): section for section in keys}
    wanted = {section: dict(values) for section, values in left.items()}
    lines: list[str] = []
    section = ""

    def finish() -> None:
        missing = left.pop(section, {})
        at = len(lines)
        while at and not lines[at - 1].strip():
            at -= 1  # new keys go before the blank lines that part the sections
        lines[at:at] = [f"{key} = {value}" for key, value in missing.values()]

    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("[") and "]" in stripped:
            finish()
            section = stripped[1 : stripped.index("]")].strip().lower()
        elif "=" in stripped and not stripped.startswith((";", "#")):
            found = stripped.partition("=")[0].strip().lower()
            if found in wanted.get(section, {}):
                key, value = wanted[section][found]
                left.get(section, {}).pop(found, None)
                line = f"{key} = {value}"
        lines.append(line)
    finish()
    for missing_section in list(left):
        lines.append(f"[{names[missing_section]}]")
        lines += [f"{key} = {value}" for key, value in left.pop(missing_section).values()]
    return "".join(f"{line}\n" for line in lines)


def set_keys(path: Path, keys: Ini) -> None:
    """Set keys in a file, which is made if it is missing; readers see the old file or the new one.

    Args:
        path: the file; its folder is made if it is missing.
        keys: what to set.

    Raises:
        ConfigError: the file cannot be read or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        old = path.read_text(encoding="latin-1") if path.exists() else ""  # any byte is a character: nothing is lost
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror or error})") from error
    new = with_keys(old, keys)
    if new != old:
        write_atomically(path, new.encode("latin-1"))


def _check(keys: Ini) -> None:
    for section, values in keys.items():
        for key, value in values.items():
            for text in (section, key, value):
                if not text.isprintable() or not text.isascii():
                    raise ConfigError(f"ini: {section}.{key} = {value!r}; allowed: printable ASCII characters")
