"""What a plan needs, what of it is there, and what to do about the rest."""

from __future__ import annotations

import importlib.util
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.launch.plan import Need, Plan

EXTRAS: Final[Mapping[str, tuple[str, ...]]] = {
    "train": ("torch", "stable_baselines3", "sb3_contrib", "tensorboard"),
    "torchcraft": ("zmq", "zstandard"),
    "maps": ("richchk",),
    "plot": ("matplotlib",),
    "video": ("imageio",),
}
"""Modules that each extra of the distribution brings."""

CONNECT_S: Final = 0.5
"""How long a port is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked for.

    Attributes:
        name: what.
        is_ok: whether it is there.
        found: what was found.
        remedy: what to do, "" if nothing.
    """

    name: str
    is_ok: bool
    found: str
    remedy: str = ""


def plan_checks(plan: Plan) -> list[Check]:
    """Return the checks of everything that a plan needs: programs, folders, files, its port.

    Args:
        plan: of `bridge.launch.plan`.
    """
    programs = dict.fromkeys(
        program.arguments[0] for program in (*plan.programs, *([plan.last] if plan.last else ())) if program
    )
    checks = [_program_check(name, plan.remedies.get(name, "put it on PATH")) for name in programs]
    for folder in dict.fromkeys(program.folder for program in plan.programs):
        is_there = folder.is_dir()
        found = str(folder) if is_there else f"no folder {folder}"
        remedy = "" if is_there else "install the game there or name its folder with --path"
        checks.append(Check(name="game folder", is_ok=is_there, found=found, remedy=remedy))
    checks += [_need_check(need) for need in plan.needs]
    if plan.programs:
        checks.append(_free_port_check(plan.host, plan.port))
    return checks


def missing(plan: Plan) -> list[Check]:
    """Return the checks of a plan that fail.

    Args:
        plan: of `bridge.launch.plan`.
    """
    return [check for check in plan_checks(plan) if not check.is_ok]


def extra_checks() -> list[Check]:
    """Return one check for each extra of the distribution."""
    checks = []
    for extra, modules in EXTRAS.items():
        absent = [name for name in modules if importlib.util.find_spec(name) is None]
        found = f"no {', '.join(absent)}" if absent else ", ".join(modules)
        remedy = f"pip install 'nydus-gym[{extra}]'" if absent else ""
        checks.append(Check(name=f"extra [{extra}]", is_ok=not absent, found=found, remedy=remedy))
    return checks


def _program_check(name: str, remedy: str) -> Check:
    path = shutil.which(name)
    if path is None:
        return Check(name=name, is_ok=False, found="not found on PATH", remedy=remedy)
    return Check(name=name, is_ok=True, found=path)


def _need_check(need: Need) -> Check:
    name = need.path.name
    if need.path.is_file():
        return Check(name=name, is_ok=True, found=str(need.path))
    other = _other_spelling(need.path)
    if other is None:
        return Check(name=name, is_ok=False, found=f"no file {need.path}", remedy=need.remedy)
    if need.ignores_case:
        return Check(name=name, is_ok=True, found=str(other))
    remedy = f"rename {other} to {need.path}"
    return Check(name=name, is_ok=False, found=f"no file {need.path}, but {other}", remedy=remedy)


def _other_spelling(path: Path) -> Path | None:
    """Return the file that has this path but for upper and lower case, if there is one."""
    if path.exists():
        return path
    if path.parent == path:
        return None
    parent = _other_spelling(path.parent)
    if parent is None or not parent.is_dir():
        return None
    return next((entry for entry in sorted(parent.iterdir()) if entry.name.lower() == path.name.lower()), None)


def _free_port_check(host: str, port: int) -> Check:
    name = f"port {port}"
    with socket.socket() as probe:
        probe.settimeout(CONNECT_S)
        is_taken = probe.connect_ex((host, port)) == 0
    if is_taken:
        remedy = "stop it, or name another port with --port"
        return Check(name=name, is_ok=False, found=f"a server listens on {host}:{port} already", remedy=remedy)
    return Check(name=name, is_ok=True, found="free")
