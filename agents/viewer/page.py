"""The page: the viewer's own HTML, style and script with one game in it, as one file that needs no network."""

from __future__ import annotations

import base64
import html
from importlib import resources
from pathlib import Path
from typing import Final

from agents.viewer.encoding import encode
from agents.viewer.recording import Recording
from bridge.errors import ConfigError
from bridge.userfiles import write_atomically

SUFFIXES: Final = (".html", ".htm")


def page(recording: Recording) -> str:
    """Return one game as an HTML page.

    Args:
        recording: at least one sample.
    """
    parts = {
        "title": html.escape(recording.title),
        "style": _asset("viewer.css"),
        "script": "\n".join(_asset(name) for name in ("game.js", "shapes.js", "scene.js", "graphs.js", "viewer.js")),
        "data": base64.b64encode(encode(recording)).decode("ascii"),
    }
    text = _asset("viewer.html")
    for name, part in parts.items():
        text = text.replace(f"<!-- {name} -->", part)
    return text


def check_page_path(path: Path, option: str) -> None:
    """Check, before something long, that a page can be written there.

    Args:
        path: where to.
        option: the command line's word for it.

    Raises:
        ConfigError: another suffix, or no such folder.
    """
    if path.suffix not in SUFFIXES:
        raise ConfigError(f"{option} {path}: expected a file ending in {' or '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise ConfigError(f"{option} {path}: no such folder {path.parent}")


def write_page(path: Path, recording: Recording) -> None:
    """Write one game as an HTML page.

    Raises:
        ConfigError: the file cannot be written.
    """
    write_atomically(path, page(recording))


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
