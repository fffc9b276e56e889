"""Run folders: what lies where, and what a run writes about its own making."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from agents.checkpoints import read_meta
from agents.config import RunConfig, dump_config, load_config
from agents.seeds import STREAMS, stream_seed
from bridge.errors import ConfigError
from bridge.userfiles import write_atomically

PACKAGES = ("nydus-gym", "torch", "stable-baselines3", "sb3-contrib", "gymnasium", "numpy", "numba")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run on disk: `config.yaml`, `run.json`, `checkpoints/`, `tensorboard/`, `progress.jsonl`,
    `evaluations.jsonl`, `evaluation.json`, `evaluation.txt`, `curve.png`; with self-play also `snapshots/` and
    `opponents.json`, with cloning `cloning.jsonl`.

    Attributes:
        path: the folder.
    """  # noqa: D205 - the list of files is the summary

    path: Path

    @staticmethod
    def create(config: RunConfig, command: list[str]) -> RunFolder:
        """Make a new folder `<runs>/<name>-<time>` and write config and provenance into it.

        Raises:
            ConfigError: the folder cannot be made.
        """
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        for attempt in range(1000):
            suffix = f"-{attempt}" if attempt else ""
            path = Path(config.runs) / f"{config.name}-{stamp}{suffix}"
            try:
                (path / "checkpoints").mkdir(parents=True)
                break
            except FileExistsError:
                continue
            except OSError as error:
                raise ConfigError(f"runs={config.runs}: cannot make {path}: {error}") from error
        folder = RunFolder(path)
        write_atomically(path / "config.yaml", dump_config(config))
        folder.write_json("run.json", {**provenance(command), "seeds": seeds_of(config, 0), "resumed": []})
        return folder

    @staticmethod
    def open(path: Path, overrides: list[str]) -> tuple[RunFolder, RunConfig]:
        """Open an existing folder with the config that it was resolved to, and overrides applied.

        Raises:
            ConfigError: no run folder, or a wrong override.
        """
        if not (path / "config.yaml").is_file():
            raise ConfigError(f"{path}: no run folder (it has no config.yaml)")
        return RunFolder(path), load_config(path / "config.yaml", overrides)

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def last(self) -> Path:
        """The newest checkpoint."""
        return self.checkpoints / "last.zip"

    @property
    def best(self) -> Path:
        """The checkpoint that did best in the evaluations during training."""
        return self.checkpoints / "best.zip"

    @property
    def snapshots(self) -> Path:
        """The folder of the frozen policies that self-play is played against."""
        return self.path / "snapshots"

    def snapshot(self, name: str) -> Path:
        """Return the file of a snapshot."""
        return self.snapshots / f"{name}.zip"

    def periodic(self) -> list[Path]:
        """Return the periodic checkpoints, oldest first."""
        return sorted(self.checkpoints.glob("step-*.zip"))

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON file into the folder, atomically."""
        write_atomically(self.path / name, json.dumps(value, indent=1) + "\n")

    def append_line(self, name: str, value: dict[str, Any]) -> None:
        """Append one JSON line to a file of the folder."""
        with (self.path / name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(value) + "\n")

    def lines(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the values of a file of JSON lines; a line cut short by a crash is left out."""
        path = self.path / name
        if not path.is_file():
            return
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                continue

    def note_resumption(self, config: RunConfig, command: list[str], steps: int) -> int:
        """Record in `run.json` that the run goes on; return how often it has been resumed, this time included."""
        try:
            about = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
            resumed = about["resumed"]
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(f"{self.path / 'run.json'}: cannot be read: {error}") from error
        part = len(resumed) + 1
        resumed.append({**provenance(command), "steps": steps, "seeds": seeds_of(config, part)})
        self.write_json("run.json", about)
        write_atomically(self.path / "config.yaml", dump_config(config))
        return part


def find_checkpoint(path: Path) -> Path:
    """Return the checkpoint that a path means: a file itself, or the best (else the newest) one of a run folder.

    Raises:
        ConfigError: neither a file nor a run folder with a checkpoint.
    """
    if path.is_file():
        return path
    if not path.exists():
        raise ConfigError(f"{path}: no such run folder, checkpoint or player")
    folder = RunFolder(path)
    for candidate in (folder.best, folder.last, *reversed(folder.periodic())):
        if candidate.is_file():
            return candidate
    raise ConfigError(f"{path}: this folder has no checkpoint in {folder.checkpoints.name}/")


def newest_checkpoint(folder: RunFolder) -> tuple[Path, int]:
    """Return the readable checkpoint with the most steps, and its steps.

    Raises:
        ConfigError: there is none; the message is about the first one tried.
    """
    found: list[tuple[int, Path]] = []
    failure: ConfigError | None = None
    for candidate in (folder.last, *reversed(folder.periodic()), folder.best):
        if not candidate.is_file():
            continue
        try:
            found.append((read_meta(candidate).steps, candidate))
        except ConfigError as error:
            failure = failure or error
    if not found:
        raise failure or ConfigError(f"{folder.path}: nothing to resume: no checkpoint in {folder.checkpoints.name}/")
    steps, path = max(found, key=lambda item: item[0])
    return path, steps


def seeds_of(config: RunConfig, part: int) -> dict[str, int]:
    """Return the seed of row 0 of every stream."""
    return {stream: stream_seed(config.seed, stream, part) for stream in STREAMS}


def provenance(command: list[str]) -> dict[str, Any]:
    """Return when, where, with which versions and by which command something was made."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "commit": commit(),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "processor_cores": _cores(),
        "versions": {name: _version(name) for name in PACKAGES},
    }


def commit() -> str:
    """Return the commit of the checkout that this package lies in, with `+` where files differ; "" outside of git."""
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return ""
    try:
        head = _git(root, "rev-parse", "HEAD")
        return head + ("+" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - fixed arguments
        ["git", "-C", str(root), *arguments],  # noqa: S607 - whichever git the user has
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout.strip()


def _cores() -> int:
    import psutil

    return int(psutil.cpu_count() or 1)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
