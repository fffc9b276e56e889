"""The actions of a battle by name: their declarations, their options, and who turns them into commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.seams import Arrays
from engine.core.frame import Commands, Frame
from engine.core.scenario import Scenario
from envs.specs.acting import ActionSpec, BoxSpec, Decoder
from envs.specs.continuous import DEFAULT_REACH_PX, ContinuousDecoder, continuous_block
from envs.specs.micro import ALL_DIRECTIONS, ANYWHERE_PX, STRAIGHT_DIRECTIONS, MicroDecoder, MicroSpec
from envs.specs.options import Options
from envs.specs.raw import RawDecoder, command_block
from envs.specs.roster import Roster
from envs.specs.slots import Battle
from envs.specs.smac import SmacDecoder, SmacSpec
from envs.specs.smac_layout import smac_layout
from envs.specs.squad import DEFAULT_SQUADS, SquadDecoder, SquadSpec

ACTIONS: Final = ("micro", "squad", "continuous", "raw", "smac")
"""Names that `action=` takes in a battle."""

MAX_REACH_PX: Final = 8192
MAX_COMMANDS: Final = 64


def make_action(
    name: str,
    options: Mapping[str, Any] | None,
    roster: Roster,
    scenario: Scenario,
    latency_frames: int,
    move_distance_px: int,
    players: tuple[int, ...] = (0,),
) -> tuple[ActionSpec, Decoder]:
    """Return the declarations of a battle's action and who turns it into commands.

    Args:
        name: one of `ACTIONS`.
        options: the user's; None for none.
        roster: types and slots.
        scenario: what is played.
        latency_frames: frames until a command takes effect.
        move_distance_px: how far a move goes.
        players: game player numbers that the rows play.

    Raises:
        ConfigError: an unknown option or a value that is not allowed.
    """
    given = Options("action_options", name, options)
    map_size_px = (scenario.map.width_px, scenario.map.height_px)
    micro = MicroSpec(num_own=roster.num_own, num_enemy=roster.num_enemy, move_distance_px=move_distance_px)
    spec: ActionSpec
    decoder: Decoder
    if name == "micro":
        spec = micro = MicroSpec(
            num_own=roster.num_own,
            num_enemy=roster.num_enemy,
            move_distance_px=move_distance_px,
            directions=given.one_of("directions", ALL_DIRECTIONS, (STRAIGHT_DIRECTIONS, ALL_DIRECTIONS)),
            attack_px=given.integer("attack_px", ANYWHERE_PX, 1, ANYWHERE_PX),
        )
        decoder = MicroDecoder(micro, roster, map_size_px, latency_frames)
    elif name == "squad":
        squads = given.integer("squads", min(DEFAULT_SQUADS, roster.num_own), 1, roster.num_own)
        spec = squad = SquadSpec(micro, squads)
        decoder = SquadDecoder(squad, roster, map_size_px, latency_frames)
    elif name == "smac":
        layout = smac_layout(roster, scenario, players)
        spec = SmacSpec(layout)
        decoder = SmacDecoder(layout)
    elif name == "continuous":
        reach_px = given.integer("reach_px", DEFAULT_REACH_PX, 1, MAX_REACH_PX)
        spec = BoxSpec(block=continuous_block(roster.num_own))
        decoder = ContinuousDecoder(roster, map_size_px, latency_frames, reach_px)
    else:
        # A battle's commands fit: a session keeps room for one per unit that it can have.
        commands = given.integer("commands", roster.num_own, 1, MAX_COMMANDS)
        spec = BoxSpec(block=command_block(commands, scenario.game))
        decoder = RawActions()
    given.finish()
    return spec, decoder


class RawActions:
    """`raw` in a battle: the slots play no part."""

    def __init__(self) -> None:
        """Prepare."""
        self._decoder = RawDecoder()

    def mask(self, frame: Frame, battle: Battle, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
        """There are no masks."""

    def decode(self, frame: Frame, battle: Battle, arrays: Arrays, commands: Commands) -> None:
        """Append the commands of all rows and write `info/invalid_actions`."""
        self._decoder.decode(frame, arrays, commands)
