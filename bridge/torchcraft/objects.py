"""Units, orders and what else a Frame holds, as objects with TorchCraft's names: light views of the wire's arrays.

A `Unit` is made from a row of a `WireFrame`, and reads the row when it is first asked for a field: a frame of 200
units costs what you look at. Frames of the wire are never changed in place, so a unit that is kept across `recv()`
keeps its values (the original's units then point into freed memory). Fields can be written; the frame's arrays are
not touched by that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, overload

import numpy as np

from bridge.torchcraft.messages import WIRE_UNIT_DTYPE, WireFrame
from bridge.userfiles import nearest

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray


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


NUM_LEVELLED_UPGRADES: Final = 16
"""Upgrades with a lower id have up to three levels (PROTOCOL: `Resources.upgrades_level`)."""


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

    id: int
    x: int
    y: int
    health: int
    max_health: int
    shield: int
    max_shield: int
    energy: int
    maxCD: int
    groundCD: int
    airCD: int
    flags: int
    visible: int
    type: int
    armor: int
    shieldArmor: int
    size: int
    pixel_x: int
    pixel_y: int
    pixel_size_x: int
    pixel_size_y: int
    groundATK: int
    airATK: int
    groundDmgType: int
    airDmgType: int
    groundRange: int
    airRange: int
    orders: list[Order]
    command: UnitCommand
    velocityX: float
    velocityY: float
    playerId: int
    resources: int
    # TorchCraft's Python does not show the last six.
    buildTechUpgradeType: int
    remainingBuildTrainTime: int
    remainingUpgradeResearchTime: int
    spellCD: int
    associatedUnit: int
    associatedCount: int

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
        self.__dict__.update(_ZERO_FIELDS, orders=[], command=UnitCommand(), _at=None, _changed=True)

    @classmethod
    def view(cls, frame: WireFrame, row: int) -> Self:
        """Return the unit in one row of a wire frame; nothing is read yet."""
        unit = cls.__new__(cls)
        unit.__dict__["_at"] = (frame, row)
        return unit

    def row(self) -> tuple[int | float, ...]:
        """Return its fields in the order of `WIRE_UNIT_DTYPE`; `first_order` is 0."""
        command = self.command
        values = {
            **{name: getattr(self, name) for name in _PLAIN},
            **{f"command_{name}": getattr(command, name) for name in UnitCommand.__slots__},
            "first_order": 0,
            "order_size": len(self.orders),
        }
        return tuple(values[name] for name in _ROW)

    def source(self) -> tuple[WireFrame, int] | None:
        """Return the frame and row that it still equals for sure, None if something of it may have been changed."""
        mine = self.__dict__
        if "_changed" in mine or "orders" in mine or "command" in mine:
            return None
        at: tuple[WireFrame, int] = mine["_at"]
        return at

    def getFlag(self, flag: int) -> bool:
        """Say whether any bit of the mask `flag` is set in `flags`."""
        return bool(self.flags & flag)

    def setFlag(self, flag: int, value: bool) -> None:
        """Set or clear the bits of the mask `flag` in `flags`."""
        self.flags = self.flags | flag if value else self.flags & ~flag

    def _load(self, name: str) -> object:
        mine = self.__dict__
        at: tuple[WireFrame, int] | None = mine.get("_at")
        if at is None or name not in _FIELDS:
            hint = nearest(name, _PUBLIC) if not name.startswith("_") else ""
            raise AttributeError(f"a unit has no field {name!r}{hint}")
        mine.update({**dict(zip(_ROW, at[0].units[at[1]].item(), strict=True)), **mine})
        if name == "orders":
            start = mine["first_order"]
            mine[name] = [Order(*order) for order in at[0].orders[start : start + mine["order_size"]].tolist()]
        elif name == "command":
            mine[name] = UnitCommand(*(mine[f"command_{part}"] for part in UnitCommand.__slots__))
        return mine[name]

    if not TYPE_CHECKING:  # a type checker shall know the declared fields only
        __getattr__ = _load

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _PUBLIC:
            raise AttributeError(f"a unit has no field {name!r}{nearest(name, _PUBLIC)}")
        object.__setattr__(self, name, value)
        if name in _FIELDS:
            self.__dict__["_changed"] = True

    def __getstate__(self) -> dict[str, object]:
        # A pickle or a deep copy holds this unit, not the whole frame.
        return {**{name: getattr(self, name) for name in _FIELDS}, "_at": None, "_changed": True}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return (
            f"Unit(id={self.id}, type={self.type}, playerId={self.playerId}, x={self.x}, y={self.y}, "
            f"health={self.health}, shield={self.shield})"
        )


_ROW: Final = WIRE_UNIT_DTYPE.names or ()
_PLAIN: Final = tuple(name for name in _ROW if name in Unit.__annotations__)
_FIELDS: Final = frozenset(Unit.__annotations__)
_PUBLIC: Final = _FIELDS | {name for name, value in vars(Unit).items() if isinstance(value, Flag)}
_ZERO_FIELDS: Final = {name: 0.0 if name.startswith("velocity") else 0 for name in _PLAIN}


def views(frame: WireFrame, rows: NDArray[np.intp] | range) -> list[Unit]:
    """Return units for rows of a wire frame."""
    return [Unit.view(frame, int(row)) for row in rows]
