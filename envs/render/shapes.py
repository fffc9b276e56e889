"""What unit types look like from above: simple signs that tell them apart and show which way they face.

Coordinates are (right, forward) in units of half the drawn size; the unit faces forward.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from envs.render.canvas import Point

Line = tuple[Point, Point, float]
"""From, to, width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitShape:
    """One sign.

    Attributes:
        lines: drawn below the body: legs, blades, guns.
        outline: convex, clockwise as seen with forward up; empty for a disc.
        disc: radius of the body without an outline.
        head: where the facing mark starts.
    """

    lines: tuple[Line, ...] = ()
    outline: tuple[Point, ...] = ()
    disc: float = 0.78
    head: Point = (0.0, 0.12)


_PLAIN: Final = UnitShape()

_SHAPES: Final = MappingProxyType(
    {
        "Terran_Marine": UnitShape(lines=(((0.34, 0.1), (0.34, 1.15), 0.2),), disc=0.74, head=(0.0, 0.05)),
        "Protoss_Zealot": UnitShape(
            lines=(((-0.62, 0.1), (-0.5, 1.12), 0.17), ((0.62, 0.1), (0.5, 1.12), 0.17)),
            outline=((0.0, 0.72), (0.78, 0.1), (0.42, -0.72), (-0.42, -0.72), (-0.78, 0.1)),
            head=(0.0, -0.02),
        ),
        "Protoss_Dragoon": UnitShape(
            lines=(
                ((0.0, 0.0), (0.95, 0.82), 0.17),
                ((0.0, 0.0), (-0.95, 0.82), 0.17),
                ((0.0, 0.0), (0.95, -0.82), 0.17),
                ((0.0, 0.0), (-0.95, -0.82), 0.17),
            ),
            disc=0.62,
            head=(0.0, 0.1),
        ),
        "Zerg_Zergling": UnitShape(
            lines=(((-0.4, 0.2), (-0.75, 0.95), 0.14), ((0.4, 0.2), (0.75, 0.95), 0.14)),
            outline=((0.0, 0.95), (0.55, 0.05), (0.3, -0.95), (-0.3, -0.95), (-0.55, 0.05)),
            head=(0.0, 0.0),
        ),
        "Terran_Vulture": UnitShape(
            outline=((0.0, 1.1), (0.36, 0.5), (0.52, -0.7), (0.3, -0.95), (-0.3, -0.95), (-0.52, -0.7), (-0.36, 0.5)),
            head=(0.0, -0.2),
        ),
        "Terran_Wraith": UnitShape(
            lines=(((-0.95, -0.35), (-0.85, 0.35), 0.16), ((0.95, -0.35), (0.85, 0.35), 0.16)),
            outline=((0.0, 1.0), (1.0, -0.55), (0.35, -0.8), (-0.35, -0.8), (-1.0, -0.55)),
            head=(0.0, 0.0),
        ),
    }
)

_LIKE: Final = MappingProxyType(
    {"Marine": "Terran_Marine", "Zealot": "Protoss_Zealot", "Stalker": "Protoss_Dragoon", "Zergling": "Zerg_Zergling"}
)
"""StarCraft II's types that look like one of Brood War's."""


def shape_of(name: str) -> UnitShape:
    """Return the sign of a unit type's name; types without one of their own are discs."""
    return _SHAPES.get(_LIKE.get(name, name), _PLAIN)
