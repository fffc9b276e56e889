"""`nydus view --layer NAME`: one layer of what a player sees, as a picture for people."""

from __future__ import annotations

import argparse
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.view_commands import ARRAYS
from bridge.errors import ConfigError
from bridge.layout import Layout
from bridge.melee import scripted_player
from bridge.scenarios import load_scenario
from bridge.userfiles import nearest
from engine.broodwar.melee_players import MeleeMatch
from engine.core.scenario import Scenario
from envs import StarCraftVectorEnv
from envs.render.layers import layer_legend, layer_picture, layer_text
from envs.specs.field import Field
from envs.specs.planes import PLANE_NAMES
from envs.specs.pysc2 import MINIMAP_LAYERS, SCREEN_LAYERS
from envs.specs.scripts import script_number
from envs.tasks import make_task

PICTURE_PX: Final = 640
"""About the side of a written picture."""

PLAYER: Final = "standard"
"""Who plays melee games that are looked at."""

SHORT: Final = {"hit_points": "unit_hit_points", "hp": "unit_hit_points"}
"""Other names that people know layers by."""


def view(options: argparse.Namespace) -> str:
    """Play to the wanted frame and return the layer as text, or write it.

    Args:
        options: as `agents.view_commands` parses them.

    Raises:
        ConfigError: an unknown layer, array or scenario, a number out of range, or a file that cannot be written.
    """
    known = {"planes": PLANE_NAMES, "minimap": MINIMAP_LAYERS, "screen": SCREEN_LAYERS}[options.array]
    layer = layer_of(options.layer, known)
    if options.frame < 0 or options.seed < 0:
        raise ConfigError(f"--frame {options.frame} --seed {options.seed}: allowed: 0 or more")
    if options.out is not None and options.out.suffix != ".png":
        raise ConfigError(f"--out {options.out}: allowed: a file ending in .png")
    scenario = load_scenario(options.scenario)
    if scenario.melee is None:
        plane, field, frame = battle_layer(options, layer)
    else:
        plane, field, frame = melee_layer(options, scenario, layer)
    said = f"{scenario.name}, frame {frame}, {options.array}: {layer_legend(plane, field)}\n"
    if options.out is None:
        return layer_text(plane, field) + said
    import imageio.v3 as imageio  # slow to import

    try:
        imageio.imwrite(options.out, layer_picture(plane, field, max(1, PICTURE_PX // max(plane.shape))))
    except OSError as error:
        raise ConfigError(f"--out {options.out}: cannot be written: {error}") from error
    return f"{said}{options.out}\n"


def layer_of(word: str, known: tuple[str, ...]) -> str:
    """Return the layer that a word means: its name, or the name without `unit_` or `_map`.

    Raises:
        ConfigError: no such layer, with the nearest name.
    """
    for name in (word, SHORT.get(word, word), f"{word}_map", f"unit_{word}"):
        if name in known:
            return name
    raise ConfigError(f"--layer: unknown layer {word!r}{nearest(word, known)}")


def melee_layer(options: argparse.Namespace, scenario: Scenario, layer: str) -> tuple[NDArray[Any], Field, int]:
    """Let two scripted players play a melee game; return the first one's layer, its declaration and the frame."""
    arguments: dict[str, Any] = {"observation": "pysc2", "action": "functions"}
    choice: dict[str, Any] = {"resolution": options.resolution}
    if options.array == ARRAYS[0]:
        arguments = {"observation": "planes", "action": "raw"}
        choice["layers"] = [layer]
    task = make_task(scenario=scenario, observation_options=choice, **arguments)
    arrays = Layout(rows=1, arrays=dict(task.specs)).allocate()
    players = {PLAYER: scripted_player(PLAYER, scenario.game)}
    most = max(1, options.frame)
    match = MeleeMatch(scenario, (PLAYER, PLAYER), options.seed, max_frames=most, players=players)
    task.reset(np.ones(1, np.bool_), match.frames[0])
    task.encode(match.frames[0], arrays)
    while match.frame < options.frame and match.play_on():
        task.encode(match.frames[0], arrays)  # what is remembered needs every look
    task.encode(match.frames[0], arrays)
    (block,) = [one for one in task.observation.blocks if one.name == options.array]
    name = "observation" if task.observation.form == "single" else f"observation/{options.array}"
    at = [field.name for field in block.fields].index(layer)
    return arrays[name][0, at].copy(), block.fields[at], match.frame


def battle_layer(options: argparse.Namespace, layer: str) -> tuple[NDArray[Any], Field, int]:
    """Let scripted players play a battle; return the layer, its declaration and the frame."""
    if options.array != ARRAYS[0]:
        raise ConfigError(f"--array {options.array} with scenario {options.scenario!r}, a battle: allowed: {ARRAYS[0]}")
    env = StarCraftVectorEnv(
        num_envs=1,
        autoreset_mode="disabled",
        scenario=options.scenario,
        observation="planes",
        observation_options={"layers": [layer], "resolution": options.resolution, "window_px": 0},
        action="micro",
        channel="local",
    )
    try:
        seen, infos = env.reset(seed=options.seed)
        still = np.zeros(env.action_space.shape or (), np.int64)
        over = False
        while not over and infos["frame"][0] < options.frame:
            env.arrays["action/script"][:] = script_number("closest")
            seen, _, terminated, truncated, infos = env.step(still)
            over = bool(terminated[0] or truncated[0])
        (block,) = env.setup.task.observation.blocks
        return seen[0, 0], block.fields[0], int(infos["frame"][0])
    finally:
        env.close()
