"""Real games played again from their command streams, and the frame at which ours parts from the recording.

A replay file holds the map, the players, the seed of the random numbers and every command. A command acts before the
frame that it names is played. Units are named by tags: the number of their slot, which counts down from the game's last
one in the order of creation, and a generation. Source: recorded/README.md, MECHANICS.md 1.1 and 13.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.oracle.numbered import NumberedGame
from benchmarks.oracle.traces import facts_folder
from bridge.maps.chk import START_LOCATION
from bridge.maps.mapfile import melee_map
from bridge.maps.rep import Rep, RepCommand, RepPlayer, read_rep
from engine.broodwar.melee import MELEE_RULES
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.core.frame import NO_UNIT, UnitCommandType
from engine.core.gamemap import BUILD_TILE_PX
from engine.core.scenario import Melee, Race

TAG_MASK: Final = 0x7FF
FRAMES_BEFORE: Final = 1
"""A game has been played for so long when a replay's count begins: the recorded larvae have chosen where to crawl."""

NO_TARGET: Final = 0

ORDER_COMMANDS: Final = {
    6: UnitCommandType.MOVE,
    10: UnitCommandType.ATTACK_UNIT,
    14: UnitCommandType.ATTACK_MOVE,
    49: UnitCommandType.FOLLOW,
    79: UnitCommandType.GATHER,
    85: UnitCommandType.GATHER,
    152: UnitCommandType.PATROL,
}
"""What an order that a player gives by name is as a command."""

PLAIN_COMMANDS: Final = {
    "stop": UnitCommandType.STOP,
    "return_cargo": UnitCommandType.RETURN_CARGO,
    "hold_position": UnitCommandType.HOLD_POSITION,
    "burrow": UnitCommandType.BURROW,
    "unburrow": UnitCommandType.UNBURROW,
    "cancel_construction": UnitCommandType.CANCEL_CONSTRUCTION,
    "cancel_morph": UnitCommandType.CANCEL_MORPH,
    "cancel_train": UnitCommandType.CANCEL_TRAIN,
}
TYPED_COMMANDS: Final = {
    "train": (UnitCommandType.TRAIN, "unit_type"),
    "morph_unit": (UnitCommandType.MORPH, "unit_type"),
    "morph_building": (UnitCommandType.MORPH, "unit_type"),
    "research": (UnitCommandType.RESEARCH, "tech"),
    "upgrade": (UnitCommandType.UPGRADE, "upgrade"),
}
SILENT: Final = frozenset({"sync", "keep_alive", "leave_game", "select", "vision", "alliance", "game_speed", "chat"})


class ReplayedGame(NumberedGame):
    """A replay's game on this engine.

    Attributes:
        rep: the replay.
        refused: (frame, command, reason) of commands that this engine did not take.
    """

    def __init__(self, rep: Rep) -> None:
        self.rep = rep
        # Players' units are created from the last slot to the first.
        self.players: tuple[RepPlayer, ...] = tuple(sorted(rep.players, key=lambda player: -player.slot))
        found = melee_map(rep.chk, rep.map_name)
        game_map = dataclasses.replace(found.map, starts=found.starts, neutrals=found.units)
        slots = sorted(unit.player for unit in rep.chk.units if unit.type == START_LOCATION)
        first, second = self.players
        races = tuple(cast("Race", player.race.lower()) for player in self.players)
        scenario = MELEE_RULES.scenario(
            game_map,
            Melee(races=(races[0], races[1]), starts=(slots.index(first.slot), slots.index(second.slot))),
            title=rep.title,
            source=rep.map_name,
            max_frames=1 << 20,
            frame_skip=1,
            latency_frames=0,
            opponents=(),
        )
        super().__init__(scenario, rep.seed)
        self.refused: list[tuple[int, RepCommand, str]] = []
        self._selection: dict[int, tuple[int, ...]] = {}
        self._next = 0
        for _ in range(FRAMES_BEFORE):
            super().advance()

    @property
    def replay_frame(self) -> int:
        """Frame by the replay's count."""
        return self.frame - FRAMES_BEFORE

    def advance(self) -> None:
        """Carry out the commands of this frame and play it."""
        frame = self.replay_frame
        commands = self.rep.commands
        while self._next < len(commands) and commands[self._next].frame <= frame:
            self._give(commands[self._next])
            self._next += 1
        super().advance()

    def _give(self, command: RepCommand) -> None:
        player = command.player_id
        if command.name == "select":
            self._selection[player] = command.units
        if command.name in SILENT:
            return
        seat = next(number for number, one in enumerate(self.players) if one.id == player)
        values = command.values
        x, y, extra = values.get("x", 0), values.get("y", 0), 0
        target = _number(values["target"]) if values.get("target", NO_TARGET) != NO_TARGET else NO_UNIT
        if command.name == "right_click":
            kind = UnitCommandType.RIGHT_CLICK_POSITION if target == NO_UNIT else UnitCommandType.RIGHT_CLICK_UNIT
        elif command.name == "order" and values["order"] in ORDER_COMMANDS:
            kind = ORDER_COMMANDS[values["order"]]
        elif command.name == "build":
            kind, extra = UnitCommandType.BUILD, values["unit_type"]
            x, y = values["tile_x"] * BUILD_TILE_PX, values["tile_y"] * BUILD_TILE_PX
        elif command.name in TYPED_COMMANDS:
            kind, field = TYPED_COMMANDS[command.name]
            extra = values[field]
        elif command.name in PLAIN_COMMANDS:
            kind = PLAIN_COMMANDS[command.name]
        else:
            self.refused.append((self.replay_frame, command, "not known"))
            return
        for tag in self._selection.get(player, ()):
            error = self.command(seat, kind, _number(tag), target=target, x=x, y=y, extra=extra)
            if error != "None":
                self.refused.append((self.replay_frame, command, error))


def _number(tag: int) -> int:
    """Return the number of the unit with a replay's tag."""
    return (tag & TAG_MASK) - 1


FACTS: Final = (("type", "type"), ("x", "x"), ("y", "y"), ("hp_256", "hp"), ("shield_256", "shield"))
"""What is compared of every unit in every frame: fields of the engine, and columns of the recordings."""

WANDERERS: Final = tuple(UNIT_TYPE_NAMES.index(name) for name in ("Zerg_Larva", "Zerg_Egg"))
"""Who goes where chance sends it; an egg is where its larva was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """Where a replayed game first differs from its recording.

    Attributes:
        name: of the recording.
        frames: up to which the recording itself is exact.
        first: the first frame that differs; -1 if none does.
        what: the unit and the fact.
        first_sent: the first frame in which a unit differs that is neither larva nor egg; -1 if none does.
        what_sent: the unit and the fact.
        same: share of (unit, frame) pairs with the recorded type at the recorded pixel, over the whole recording.
        refused: commands that our game did not take.
    """

    name: str
    frames: int
    first: int
    what: str
    first_sent: int
    what_sent: str
    same: float
    refused: int


def replays_folder() -> Path | None:
    """Return the folder of the recorded real games, None where it is absent."""
    folder = facts_folder()
    if folder is None:
        return None
    found = folder.parent / "replays"
    return found if found.is_dir() else None


def names() -> tuple[str, ...]:
    """Return the names of the recorded real games, sorted; none where the facts folder is absent."""
    folder = replays_folder()
    return () if folder is None else tuple(sorted(path.stem for path in folder.glob("*.npz")))


def load_recording(path: Path) -> dict[str, NDArray[np.int32]]:
    """Return a recording's columns by name, of all its rows."""
    with np.load(path) as file:
        return {str(name): column for name, column in zip(file["columns"], file["units"].T, strict=True)}


def _difference(rows: dict[str, NDArray[np.int32]], at: int, slot: int, units: NDArray[np.void]) -> str:
    """Say what differs first between a recorded unit and ours."""
    if slot < 0:
        return "is not there"
    for ours, theirs in FACTS:
        mine, wanted = int(units[ours][slot]), int(rows[theirs][at])
        if mine != wanted:
            if ours == "type":
                return f"is a {UNIT_TYPE_NAMES[mine]}"
            return f"{theirs} is {mine}, recorded {wanted}"
    return ""


def replay(name: str) -> Parting:
    """Play a real game again from its commands and compare every unit of its recording, frame by frame.

    Args:
        name: as `names` gives it.
    """
    folder = replays_folder()
    assert folder is not None
    exact = json.loads((folder / "index.json").read_text("utf-8"))[f"{name}.rep"]["exact_until"]
    game = ReplayedGame(read_rep(folder / "files" / f"{name}.rep"))
    rows = load_recording(folder / f"{name}.npz")
    bounds = np.searchsorted(rows["frame"], np.arange(1, exact + 2))
    first = first_sent = -1
    what = what_sent = "none"
    same = 0
    for frame in range(1, exact + 1):
        game.advance()
        units = game.games.units[0]
        part = slice(int(bounds[frame - 1]), int(bounds[frame]))
        numbers = rows["index"][part].tolist()
        slots = np.array([game.slots.get(number, -1) for number in numbers], np.int64)
        alike = slots >= 0
        for ours, theirs in FACTS[:3]:
            alike &= units[ours][slots] == rows[theirs][part]
        same += int(alike.sum())
        for ours, theirs in FACTS[3:]:
            alike &= units[ours][slots] == rows[theirs][part]
        if first_sent >= 0 or alike.all():
            continue
        for place in np.flatnonzero(~alike).tolist():
            at = part.start + place
            kind = int(rows["type"][at])
            text = f"{UNIT_TYPE_NAMES[kind]} {numbers[place]}: {_difference(rows, at, int(slots[place]), units)}"
            if first < 0:
                first, what = frame, text
            if first_sent < 0 and kind not in WANDERERS:
                first_sent, what_sent = frame, text
    return Parting(
        name=name,
        frames=exact,
        first=first,
        what=what,
        first_sent=first_sent,
        what_sent=what_sent,
        same=same / int(bounds[-1]),
        refused=len(game.refused),
    )
