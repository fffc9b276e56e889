"""What each command of a client does, and which status it gets; PROTOCOL.md section 8."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol

from bridge.torchcraft import constants
from bridge.torchcraft.match import Match
from bridge.torchcraft.messages import Command
from bridge.torchcraft.unit_commands import MAX_COMMANDS, Status
from engine.core.gamemap import GameMap

SCREEN_WIDTH_PX: Final = 640
SCREEN_HEIGHT_PX: Final = 480

DEFAULT_FRAME_MS: Final = 42
"""Length of a frame at the game's speed "fastest", which `set_speed -1` asks for."""

DEFAULT_MAX_FRAME_TIME_MS: Final = 50

MAX_DRAWINGS: Final = 10_000
"""Drawings of one message that are kept, so that a client cannot fill the memory."""

_CODES: Final = constants.ENUMS["commands"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Something that a client wants to see on the screen until his next message.

    Attributes:
        kind: the command's name, `draw_line`.
        args: its numbers, as the protocol lists them.
        text: what `draw_text` writes.
    """

    kind: str
    args: tuple[int, ...]
    text: str


@dataclass(slots=True, kw_only=True)
class Settings:
    """What a client has chosen; holds until the match ends.

    Attributes:
        combine_frames: game frames per message.
        max_combine_frames: develop: frames after which the game waits for the client; None never.
        is_blocking: whether the game waits for the client after each message.
        max_frame_time_ms: how long it waits otherwise, per frame.
        frame_ms: least length of a frame; 0 is as fast as possible.
        wants_image: the next message carries the image fields.
        screen: top-left corner of the screen on the map, pixels.
        drawings: of the last message.
        options: `set_log`, `set_gui`, `set_frameskip`, `set_cmd_optim`, `set_multi`: kept, without effect here.
    """

    frame_ms: int
    combine_frames: int = 1
    max_combine_frames: int | None = None
    is_blocking: bool = True
    max_frame_time_ms: int = DEFAULT_MAX_FRAME_TIME_MS
    wants_image: bool = False
    screen: tuple[int, int] = (0, 0)
    drawings: list[Drawing] = field(default_factory=list)
    options: dict[str, int] = field(default_factory=dict)


class Court(Protocol):
    """What commands may do to the match as a whole."""

    def set_map(self, name: str) -> object:
        """Play this map in the next match, if there is such a map."""
        ...

    def leave(self) -> None:
        """End the match when the message is through."""
        ...

    def restart(self) -> None:
        """Play the match anew when the message is through, if nobody else plays in it."""
        ...


@dataclass(slots=True, kw_only=True)
class Context:
    """Whose command it is, and when.

    Attributes:
        match: where it acts.
        player: who commands.
        settings: his.
        court: the match's fate.
        is_develop: whether the client speaks protocol 31.
        is_set_up: whether this is the first message of commands of a match.
    """

    match: Match
    player: int
    settings: Settings
    court: Court
    is_develop: bool
    is_set_up: bool


def execute(commands: tuple[Command, ...], context: Context) -> list[int]:
    """Carry out one message of commands, in order; return a status for each.

    Args:
        commands: of the message.
        context: whose they are.
    """
    context.settings.drawings.clear()
    statuses: list[int] = []
    waiting: list[int] = []

    def decide() -> None:
        for place, status in zip(waiting, context.match.commands.decide(context.player), strict=True):
            statuses[place] = status
        waiting.clear()

    for command in commands[:MAX_COMMANDS]:
        # What changes the game, or depends on what a unit was told before, comes after what was asked so far.
        if waiting and (command.code not in _TO_UNITS or context.match.commands.is_asked(_unit_of(command))):
            decide()
        status = _execute(command, context)
        if status is None:
            waiting.append(len(statuses))
            status = Status.SUCCESS
        statuses.append(status)
    if waiting:
        decide()
    return statuses + [Status.TOO_MANY_COMMANDS] * (len(commands) - len(statuses))


def _unit_of(command: Command) -> int:
    return command.args[0] if command.args else -1


def _execute(command: Command, context: Context) -> int | None:
    """Carry out a command; return its status, None for a command to a unit that has to be decided."""
    handler = _HANDLERS.get(command.code)
    if handler is None:
        return Status.UNKNOWN_COMMAND
    least, carry_out = handler
    if len(command.args) < least:
        return Status.MISSING_ARGUMENTS
    return carry_out(command, context)


# --- the match and its pace -------------------------------------------------------------------------------------------


def _quit(command: Command, context: Context) -> int:
    context.court.leave()
    return Status.SUCCESS


def _restart(command: Command, context: Context) -> int:
    context.court.restart()
    return Status.SUCCESS


def _map_hack(command: Command, context: Context) -> int:
    if context.is_set_up:
        context.match.sight.lift_fog(context.player)
    return Status.SUCCESS


def _request_image(command: Command, context: Context) -> int:
    context.settings.wants_image = True
    return Status.SUCCESS


def _do_nothing(command: Command, context: Context) -> int:
    return Status.SUCCESS


def _set_speed(command: Command, context: Context) -> int:
    frame_ms = command.args[0]
    context.settings.frame_ms = DEFAULT_FRAME_MS if frame_ms < 0 else frame_ms
    return Status.SUCCESS


def _keep(command: Command, context: Context) -> int:
    context.settings.options[constants.NAMES["commands"][command.code]] = command.args[0]
    return Status.SUCCESS


def _set_combine_frames(command: Command, context: Context) -> int:
    wanted = command.args[:2] if context.is_develop else command.args[:1]
    context.settings.combine_frames = min(wanted)
    context.settings.max_combine_frames = max(wanted) if context.is_develop else None
    return Status.SUCCESS


def _set_map(command: Command, context: Context) -> int:
    context.court.set_map(command.str)
    return Status.SUCCESS


def _set_blocking(command: Command, context: Context) -> int:
    context.settings.is_blocking = command.args[0] != 0
    return Status.SUCCESS


def _set_max_frame_time(command: Command, context: Context) -> int:
    context.settings.max_frame_time_ms = max(0, command.args[0])
    return Status.SUCCESS


# --- units ------------------------------------------------------------------------------------------------------------


def _command_unit(command: Command, context: Context) -> int | None:
    return context.match.commands.ask(command.args, is_protected=False)


def _command_unit_protected(command: Command, context: Context) -> int | None:
    return context.match.commands.ask(command.args, is_protected=True)


def _command_user(command: Command, context: Context) -> int | None:
    kind, *args = command.args
    least = _USER_ARGS.get(kind)
    if least is None:
        return Status.UNKNOWN_COMMAND
    if len(args) < least:
        return Status.MISSING_ARGUMENTS
    if kind == _USER["Right_Click"]:
        return context.match.commands.ask_click(args[0], args[1], args[2])
    x, y = context.settings.screen
    along_x, along_y = _SCREEN_MOVES.get(kind, (0, 0))
    if kind == _USER["Move_Screen_To_Pos"]:
        along_x, along_y = args[0], args[1]  # added to the place, despite the name: so does the real server
    else:
        along_x, along_y = along_x * args[0], along_y * args[0]
    context.settings.screen = _on_screen(x + along_x, y + along_y, context.match.scenario.map)
    return Status.SUCCESS


def _on_screen(x: int, y: int, game_map: GameMap) -> tuple[int, int]:
    most_x = max(0, game_map.width_px - SCREEN_WIDTH_PX)
    most_y = max(0, game_map.height_px - SCREEN_HEIGHT_PX)
    return min(max(x, 0), most_x), min(max(y, 0), most_y)


def _command_openbw(command: Command, context: Context) -> int:
    kind, *args = command.args
    handler = _OPENBW.get(kind)
    if handler is None or (kind >= _FIRST_DEVELOP_OPENBW and not context.is_develop):
        return Status.UNKNOWN_COMMAND
    least, carry_out = handler
    return carry_out(context.match, args) if len(args) >= least else Status.MISSING_ARGUMENTS


def _refuse(match: Match, args: list[int]) -> int:
    """Upgrades and research, which the engine takes from buildings only."""
    return Status.OPENBW_UNSUCCESSFUL if args[0] in range(len(match.players)) else Status.INVALID_PLAYER


def _draw(command: Command, context: Context) -> int:
    drawings = context.settings.drawings
    if len(drawings) < MAX_DRAWINGS:
        kind = constants.NAMES["commands"][command.code]
        drawings.append(Drawing(kind=kind, args=command.args, text=command.str))
    return Status.SUCCESS


_USER: Final = constants.ENUMS["usercommandtypes"]
_SCREEN_MOVES: Final = {
    _USER["Move_Screen_Up"]: (0, -1),
    _USER["Move_Screen_Down"]: (0, 1),
    _USER["Move_Screen_Left"]: (-1, 0),
    _USER["Move_Screen_Right"]: (1, 0),
}
_USER_ARGS: Final = {**dict.fromkeys(_SCREEN_MOVES, 1), _USER["Move_Screen_To_Pos"]: 2, _USER["Right_Click"]: 4}
"""Numbers that must follow the kind: as the protocol's authors meant it, their check never fires."""

_FIRST_DEVELOP_OPENBW: Final = 2
_OpenBW = tuple[int, Callable[[Match, list[int]], int]]
_OPENBW: Final[Mapping[int, _OpenBW]] = MappingProxyType(
    {
        0: (1, lambda match, args: match.kill_unit(args[0])),
        1: (4, lambda match, args: match.spawn_unit(*args[:4])),
        2: (3, _refuse),
        3: (3, _refuse),
        4: (2, lambda match, args: match.set_resource(args[0], "minerals", args[1])),
        5: (2, lambda match, args: match.set_resource(args[0], "gas", args[1])),
        6: (2, lambda match, args: match.set_points(args[0], "hp_256", "max_hp", args[1])),
        7: (2, lambda match, args: match.set_points(args[0], "shield_256", "max_shield", args[1])),
        8: (2, lambda match, args: match.set_points(args[0], "energy_256", "max_energy", args[1])),
    }
)
"""Kill, spawn; develop's upgrade level, researched, minerals, gas, health, shield, energy; with numbers needed."""

_TO_UNITS: Final = frozenset((_CODES["command_unit"], _CODES["command_unit_protected"]))
"""Commands that are decided together."""

_Handler = tuple[int, Callable[[Command, Context], int | None]]
_HANDLERS: Final[Mapping[int, _Handler]] = MappingProxyType(
    {
        _CODES["quit"]: (0, _quit),
        _CODES["restart"]: (0, _restart),
        _CODES["map_hack"]: (0, _map_hack),
        _CODES["request_image"]: (0, _request_image),
        _CODES["exit_process"]: (0, _do_nothing),
        _CODES["noop"]: (0, _do_nothing),
        _CODES["set_speed"]: (1, _set_speed),
        _CODES["set_log"]: (1, _keep),
        _CODES["set_gui"]: (1, _keep),
        _CODES["set_frameskip"]: (1, _keep),
        _CODES["set_cmd_optim"]: (1, _keep),
        _CODES["set_combine_frames"]: (1, _set_combine_frames),
        _CODES["set_map"]: (1, _set_map),
        _CODES["set_multi"]: (1, _keep),
        _CODES["set_blocking"]: (1, _set_blocking),
        _CODES["set_max_frame_time_ms"]: (1, _set_max_frame_time),
        _CODES["command_unit"]: (2, _command_unit),
        _CODES["command_unit_protected"]: (2, _command_unit_protected),
        _CODES["command_user"]: (1, _command_user),
        _CODES["command_openbw"]: (1, _command_openbw),
        _CODES["draw_line"]: (5, _draw),
        _CODES["draw_unit_line"]: (3, _draw),
        _CODES["draw_unit_pos_line"]: (4, _draw),
        _CODES["draw_circle"]: (4, _draw),
        _CODES["draw_unit_circle"]: (3, _draw),
        _CODES["draw_text"]: (2, _draw),
        _CODES["draw_text_screen"]: (2, _draw),
    }
)
"""Per command code: least number of arguments, and what it does."""
