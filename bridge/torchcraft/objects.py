"""Units, orders and what else a Frame holds, as objects with TorchCraft's names: light views of the wire's arrays.

A `Unit` is made from a row of a `WireFrame`, and reads the row when it is first asked for a field: a frame of 200
units costs what you look at. Frames of the wire are never changed in place, so a unit that is kept across `recv()`
keeps its values (the original's units then point into freed memory). Fields can be written; the frame's arrays are
not touched by that.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, overload

from bridge.torchcraft.messages import WIRE_UNIT_DTYPE, WireFrame

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self


@dataclass(slots=True, eq=False)
class Order:
    """An order of a unit; equal to another one whatever their `first_frame`, as in TorchCraft.

    Attributes:
        first_frame: the game frame in which it was first seen.
        type: `Constants.orders`.
        targetId: id of the target, -1 if none.
        targetX: walk tiles, -1 if none.
        targetY: walk tiles, -1 if none.
    """

    first_frame: int = 0
    type: int = 0
    targetId: int = 0
    targetX: int = 0
    targetY: int = 0

    def _key(self) -> tuple[int, ...]:
        return (self.type, self.targetId, self.targetX, self.targetY)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Order) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it can be changed


@dataclass(slots=True, eq=False)
class UnitCommand:
    """The last command that a unit was given; equal to another one whatever their `frame`, as in TorchCraft.

    Attributes:
        frame: the game frame in which it was given.
        type: `Constants.unitcommandtypes`; 44 is none.
        targetId: id of the target, -1 if none.
        targetX: walk tiles, -1 if none.
        targetY: walk tiles, -1 if none.
        extra: what to build, research or use.
    """

    frame: int = 0
    type: int = 0
    targetId: int = 0
    targetX: int = 0
    targetY: int = 0
    extra: int = 0

    def _key(self) -> tuple[int, ...]:
        return (self.type, self.targetId, self.targetX, self.targetY, self.extra)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, UnitCommand) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it can be changed


@dataclass(slots=True, eq=False)
class Bullet:
    """A bullet in flight.

    Attributes:
        type: `Constants.bullettypes`.
        x: walk tiles.
        y: walk tiles.
    """

    type: int = 0
    x: int = 0
    y: int = 0


@dataclass(slots=True, eq=False)
class Resources:
    """What a player owns.

    Attributes:
        ore: minerals.
        gas: vespene gas.
        used_psi: twice the supply in use, as in BWAPI.
        total_psi: twice the supply available.
        upgrades: bit (upgrade id) set when its level is 1 or more.
        upgrades_level: levels 2 and 3; read it with `upgrade_level`.
        techs: bit (tech id) set when researched.
    """

    ore: int = 0
    gas: int = 0
    used_psi: int = 0
    total_psi: int = 0
    upgrades: int = 0
    upgrades_level: int = 0
    techs: int = 0

    def upgrade_level(self, upgrade: int) -> int:
        """Return the level of an upgrade (`Constants.upgradetypes`), 0 to 3."""
        if not self.upgrades >> upgrade & 1:
            return 0
        if upgrade >= NUM_LEVELLED_UPGRADES:
            return 1
        if self.upgrades_level >> upgrade & 1:
            return 2
        return 3 if self.upgrades_level >> (upgrade + NUM_LEVELLED_UPGRADES) & 1 else 1

    def has_researched(self, tech: int) -> bool:
        """Say whether a technology (`Constants.techtypes`) is there."""
        return bool(self.techs >> tech & 1)


@dataclass(slots=True, eq=False)
class Action:
    """An action that a server reports of a player; real servers send none."""

    action: list[int] = field(default_factory=list)
    uid: int = 0
    aid: int = 0


_ROW: Final = WIRE_UNIT_DTYPE.names or ()
_ZEROS: Final = tuple(0.0 if name.startswith("velocity") else 0 for name in _ROW)
_COMMAND: Final = slice(_ROW.index("command_frame"), _ROW.index("command_extra") + 1)
_FIRST_ORDER: Final = _ROW.index("first_order")
_ORDER_SIZE: Final = _ROW.index("order_size")

NUM_LEVELLED_UPGRADES: Final = 16
"""Upgrades with a lower id have up to three levels (TorchCraft 1.4.0, include/state.h)."""


class Number:
    """One of a unit's whole numbers, found in its row by the attribute's name."""

    def __set_name__(self, owner: type[Unit], name: str) -> None:
        self.place = _ROW.index(name)

    @overload
    def __get__(self, unit: None, owner: type[Unit]) -> Number: ...
    @overload
    def __get__(self, unit: Unit, owner: type[Unit]) -> int: ...
    def __get__(self, unit: Unit | None, owner: type[Unit]) -> Number | int:
        return self if unit is None else (unit._values or unit._load())[self.place]  # type: ignore[return-value]

    def __set__(self, unit: Unit, value: int) -> None:
        unit._put(self.place, operator.index(value))


class Velocity:
    """One of a unit's two velocities, in pixels per frame."""

    def __set_name__(self, owner: type[Unit], name: str) -> None:
        self.place = _ROW.index(name)

    @overload
    def __get__(self, unit: None, owner: type[Unit]) -> Velocity: ...
    @overload
    def __get__(self, unit: Unit, owner: type[Unit]) -> float: ...
    def __get__(self, unit: Unit | None, owner: type[Unit]) -> Velocity | float:
        return self if unit is None else (unit._values or unit._load())[self.place]

    def __set__(self, unit: Unit, value: float) -> None:
        unit._put(self.place, float(value))


class Flag:
    """One bit of `Unit.flags` as an attribute that reads as a statement: `unit.attacking`."""

    def __init__(self, bit: int) -> None:
        self.bit = bit

    @overload
    def __get__(self, unit: None, owner: type[Unit]) -> Flag: ...
    @overload
    def __get__(self, unit: Unit, owner: type[Unit]) -> bool: ...
    def __get__(self, unit: Unit | None, owner: type[Unit]) -> Flag | bool:
        return self if unit is None else bool(unit.flags >> self.bit & 1)

    def __set__(self, unit: Unit, value: bool) -> None:
        unit.setFlag(1 << self.bit, value)


class Unit:
    """One unit: numbers as the wire has them, orders and command as objects, a predicate for each of its flags.

    `Unit()` is all zeros. Fields are those of the protocol's table `Unit`; positions `x`, `y` are walk tiles (8 px),
    `pixel_x`, `pixel_y` pixels, velocities pixels per frame, cooldowns frames.
    """

    __slots__ = ("_at", "_command", "_is_changed", "_orders", "_values")

    id = Number()
    x = Number()
    y = Number()
    health = Number()
    max_health = Number()
    shield = Number()
    max_shield = Number()
    energy = Number()
    maxCD = Number()
    groundCD = Number()
    airCD = Number()
    flags = Number()
    visible = Number()
    type = Number()
    armor = Number()
    shieldArmor = Number()
    size = Number()
    pixel_x = Number()
    pixel_y = Number()
    pixel_size_x = Number()
    pixel_size_y = Number()
    groundATK = Number()
    airATK = Number()
    groundDmgType = Number()
    airDmgType = Number()
    groundRange = Number()
    airRange = Number()
    playerId = Number()
    resources = Number()
    velocityX = Velocity()
    velocityY = Velocity()
    # TorchCraft's Python does not show these six.
    buildTechUpgradeType = Number()
    remainingBuildTrainTime = Number()
    remainingUpgradeResearchTime = Number()
    spellCD = Number()
    associatedUnit = Number()
    associatedCount = Number()

    accelerating = Flag(0)
    attacking = Flag(1)
    attack_frame = Flag(2)
    being_constructed = Flag(3)
    being_gathered = Flag(4)
    being_healed = Flag(5)
    blind = Flag(6)
    braking = Flag(7)
    burrowed = Flag(8)
    carrying_gas = Flag(9)
    carrying_minerals = Flag(10)
    cloaked = Flag(11)
    completed = Flag(12)
    constructing = Flag(13)
    defense_matrixed = Flag(14)
    detected = Flag(15)
    ensnared = Flag(16)
    flying = Flag(17)
    following = Flag(18)
    gathering_gas = Flag(19)
    gathering_minerals = Flag(20)
    hallucination = Flag(21)
    holding_position = Flag(22)
    idle = Flag(23)
    interruptible = Flag(24)
    invincible = Flag(25)
    irradiated = Flag(26)
    lifted = Flag(27)
    loaded = Flag(28)
    locked_down = Flag(29)
    maelstrommed = Flag(30)
    morphing = Flag(31)
    moving = Flag(32)
    parasited = Flag(33)
    patrolling = Flag(34)
    plagued = Flag(35)
    powered = Flag(36)
    repairing = Flag(37)
    researching = Flag(38)
    selected = Flag(39)
    sieged = Flag(40)
    starting_attack = Flag(41)
    stasised = Flag(42)
    stimmed = Flag(43)
    stuck = Flag(44)
    targetable = Flag(45)
    training = Flag(46)
    under_attack = Flag(47)
    under_dark_swarm = Flag(48)
    under_disruption_web = Flag(49)
    under_storm = Flag(50)
    upgrading = Flag(51)

    def __init__(self) -> None:
        self._values: list[int | float] | None = [*_ZEROS]
        self._at: tuple[WireFrame, int] | None = None
        self._orders: list[Order] | None = []
        self._command: UnitCommand | None = UnitCommand()
        self._is_changed = True

    @classmethod
    def view(cls, frame: WireFrame, row: int) -> Self:
        """Return the unit in one row of a wire frame; nothing is read yet."""
        unit = cls.__new__(cls)
        unit._at = (frame, row)
        unit._values = unit._orders = unit._command = None
        unit._is_changed = False
        return unit

    @property
    def orders(self) -> list[Order]:
        """What it is doing: the current order, perhaps a second one; the history since the last message if combined."""
        if self._orders is None:
            values, (frame, _) = self._values or self._load(), self._source()
            start, size = int(values[_FIRST_ORDER]), int(values[_ORDER_SIZE])
            self._orders = [Order(*order) for order in frame.orders[start : start + size].tolist()]
        return self._orders

    @orders.setter
    def orders(self, orders: list[Order]) -> None:
        self._orders, self._is_changed = list(orders), True

    @property
    def command(self) -> UnitCommand:
        """The last command that it was given."""
        if self._command is None:
            values = self._values or self._load()
            self._command = UnitCommand(*(int(value) for value in values[_COMMAND]))
        return self._command

    @command.setter
    def command(self, command: UnitCommand) -> None:
        self._command, self._is_changed = command, True

    def _load(self) -> list[int | float]:
        """Read its row and return it, in the order of `WIRE_UNIT_DTYPE`."""
        frame, row = self._source()
        self._values = [*frame.units.item(row)]
        return self._values

    def _put(self, place: int, value: int | float) -> None:
        """Change one number of its row."""
        (self._values or self._load())[place] = value
        self._is_changed = True

    def row(self) -> tuple[int | float, ...]:
        """Return its fields in the order of `WIRE_UNIT_DTYPE`, with its command and the number of its orders."""
        values = [*(self._values or self._load())]
        values[_COMMAND] = [getattr(self.command, name) for name in UnitCommand.__slots__]
        values[_FIRST_ORDER], values[_ORDER_SIZE] = 0, len(self.orders)
        return tuple(values)

    def is_changed(self) -> bool:
        """Say whether it may differ from the row that it was made from; orders and a command can change unseen."""
        return self._is_changed or self._orders is not None or self._command is not None

    def getFlag(self, flag: int) -> bool:
        """Say whether any bit of the mask `flag` is set in `flags`."""
        return bool(self.flags & flag)

    def setFlag(self, flag: int, value: bool) -> None:
        """Set or clear the bits of the mask `flag` in `flags`."""
        self.flags = self.flags | flag if value else self.flags & ~flag

    def _source(self) -> tuple[WireFrame, int]:
        assert self._at is not None, "a unit that was not made from a frame has all its fields"
        return self._at

    def __getstate__(self) -> tuple[object, ...]:
        # A pickle or a copy holds this unit, not the whole frame.
        return [*(self._values or self._load())], self.orders, self.command

    def __setstate__(self, state: tuple[list[int | float], list[Order], UnitCommand]) -> None:
        self._at, self._is_changed = None, True
        self._values, self._orders, self._command = state

    def __repr__(self) -> str:
        return (
            f"Unit(id={self.id}, type={self.type}, playerId={self.playerId}, x={self.x}, y={self.y}, "
            f"health={self.health}, shield={self.shield})"
        )


def views(frame: WireFrame, rows: Iterable[int]) -> list[Unit]:
    """Return units for rows of a wire frame."""
    units, new = [], Unit.__new__
    for row in rows:  # as `Unit.view`, without a call for each
        unit = new(Unit)
        unit._at = (frame, row)
        unit._values = unit._orders = unit._command = None
        unit._is_changed = False
        units.append(unit)
    return units
