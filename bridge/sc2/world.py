"""The game behind the server, as the server needs it: a few protocols and the arrays that they speak.

All of it is in the API's own terms: cells with y growing upwards, row 0 of a grid at the bottom, players 1 and 2, game
loops, points of life. What the game is and by which rules it goes is nobody's business here; `bridge.sc2.engine_world`
is the embedded engine in these terms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.sc2.maps import Sc2Map

NEUTRAL: Final = 16
"""Owner of what belongs to nobody."""

NO_ID: Final = 0
"""No unit: own ids begin at 1."""

VISIBLE: Final = 1
SNAPSHOT: Final = 2

SUCCESS: Final = 1
"""ActionResult of what is done as it was asked."""

UNIT_VIEW_DTYPE: Final = np.dtype(
    [
        ("id", np.int64),  # 1..2**32 - 1, never used again while the game lasts
        ("type", np.int32),
        ("owner", np.int32),  # 1, 2 or NEUTRAL
        ("display", np.uint8),  # VISIBLE or SNAPSHOT
        ("cloak", np.uint8),  # CloakState
        ("x", np.float32),  # cells, y up
        ("y", np.float32),
        ("z", np.float32),
        ("facing", np.float32),  # radians, 0 east, counterclockwise
        ("radius", np.float32),
        ("build_progress", np.float32),
        ("health", np.float32),
        ("health_max", np.float32),
        ("shield", np.float32),
        ("shield_max", np.float32),
        ("energy", np.float32),
        ("energy_max", np.float32),
        ("weapon_cooldown", np.float32),  # loops
        ("engaged_id", np.int64),
        ("minerals", np.int32),  # left in a field
        ("vespene", np.int32),
        ("assigned", np.int32),  # harvesters
        ("ideal", np.int32),
        ("add_on_id", np.int64),
        ("cargo_taken", np.int32),
        ("cargo_max", np.int32),
        ("attack_level", np.int32),
        ("armor_level", np.int32),
        ("shield_level", np.int32),
        ("detect_range", np.float32),
        ("buff_remain", np.int32),  # loops
        ("buff_max", np.int32),
        ("is_flying", np.bool_),
        ("is_burrowed", np.bool_),
        ("is_hallucination", np.bool_),
        ("is_powered", np.bool_),
        ("is_active", np.bool_),
    ]
)
"""One unit as a player may see it."""

ORDER_VIEW_DTYPE: Final = np.dtype(
    [
        ("row", np.int32),  # of the unit in `View.units`; ascending, a unit's orders in their turn
        ("ability", np.int32),
        ("target_id", np.int64),  # NO_ID for none
        ("has_point", np.bool_),
        ("x", np.float32),
        ("y", np.float32),
        ("progress", np.float32),
    ]
)
"""One order of one's own units."""

PASSENGER_VIEW_DTYPE: Final = np.dtype(
    [
        ("row", np.int32),  # of the carrier
        ("id", np.int64),
        ("type", np.int32),
        ("health", np.float32),
        ("health_max", np.float32),
        ("shield", np.float32),
        ("shield_max", np.float32),
        ("energy", np.float32),
        ("energy_max", np.float32),
    ]
)
"""One unit aboard one's own."""


def _none(dtype: np.dtype[np.void]) -> NDArray[np.void]:
    return np.zeros(0, dtype)


@dataclass(slots=True, kw_only=True)
class View:
    """What one player may see at one moment; its arrays are good until the next view is made.

    Attributes:
        player: 1 or 2.
        loop: game loop.
        units: (n,) UNIT_VIEW_DTYPE.
        visibility: (height, width) uint8, row 0 at the bottom: 0 never seen, 1 seen before, 2 in sight. Of it and of
            creep the same array as before says that nothing has changed; what was given is never written to.
        creep: (height, width) bool, likewise.
        orders: (m,) ORDER_VIEW_DTYPE.
        passengers: (p,) PASSENGER_VIEW_DTYPE.
        buffs: (b, 2) int32: row of a unit, ascending, and buff id.
        rallies: (row of a unit, x, y, unit id or NO_ID).
        power: (x, y, radius, unit id) of one's own power sources.
        effects: (effect id, owner, radius, x, y).
        dead: ids of units that this player saw and that died since its previous view.
        upgrades: ids of finished upgrades.
        late_errors: (unit id, ability, ActionResult) of what turned out impossible since the previous view.
        minerals: in stock.
        vespene: in stock.
        food_cap: supply provided, at most 200.
        food_used: supply taken, halves rounded down.
        food_army: of which by armies.
        food_workers: of which by workers.
        idle_workers: number.
        army_count: number.
        warp_gates: number.
        larvae: number.
        score: values of ScoreDetails by name, `collected_minerals`, `used_minerals.army`; what is not named is 0.
        score_total: the score.
        is_curriculum: whether the score is a map's own.
    """

    player: int
    loop: int
    units: NDArray[np.void]
    visibility: NDArray[np.uint8]
    creep: NDArray[np.bool_]
    orders: NDArray[np.void] = field(default_factory=lambda: _none(ORDER_VIEW_DTYPE))
    passengers: NDArray[np.void] = field(default_factory=lambda: _none(PASSENGER_VIEW_DTYPE))
    buffs: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 2), np.int32))
    rallies: Sequence[tuple[int, float, float, int]] = ()
    power: Sequence[tuple[float, float, float, int]] = ()
    effects: Sequence[tuple[int, int, float, float, float]] = ()
    dead: Sequence[int] = ()
    upgrades: Sequence[int] = ()
    late_errors: Sequence[tuple[int, int, int]] = ()
    minerals: int = 0
    vespene: int = 0
    food_cap: int = 0
    food_used: int = 0
    food_army: int = 0
    food_workers: int = 0
    idle_workers: int = 0
    army_count: int = 0
    warp_gates: int = 0
    larvae: int = 0
    score: Mapping[str, float] = field(default_factory=dict)
    score_total: int = 0
    is_curriculum: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCommand:
    """One raw action on units.

    Attributes:
        ability: general or specific id.
        unit_ids: who is to do it.
        target_id: a unit, NO_ID for none.
        point: cells, y up; None for none.
        is_queued: after what they do now.
    """

    ability: int
    unit_ids: Sequence[int]
    target_id: int = NO_ID
    point: tuple[float, float] | None = None
    is_queued: bool = False


class World(Protocol):
    """One game of two players."""

    @property
    def map(self) -> Sc2Map:
        """The ground."""
        ...

    @property
    def loop(self) -> int:
        """Game loops that have passed."""
        ...

    @property
    def results(self) -> tuple[int, int] | None:
        """Result of player 1 and of player 2 (1 Victory, 2 Defeat, 3 Tie, 4 Undecided); None while it goes on."""
        ...

    @property
    def races(self) -> tuple[int, int]:
        """The race that each player really has: 1 Terran, 2 Zerg, 3 Protoss."""
        ...

    def restart(self) -> None:
        """Begin again at loop 0, with the next game's random numbers."""
        ...

    def advance(self, loops: int) -> None:
        """Let the game go on; it may end sooner."""
        ...

    def view(self, player: int, *, everything: bool = False) -> View:
        """Return what a player may see now, or everything; its deaths are told once."""
        ...

    def pathing(self, player: int) -> NDArray[np.bool_]:
        """Return (height, width) bool, row 0 at the bottom: where the player sees no obstacle.

        The same array as before says that nothing has changed; what was given is never written to.
        """
        ...

    def command(self, player: int, command: UnitCommand) -> int:
        """Give a command; return its ActionResult, SUCCESS if any of the units takes it."""
        ...

    def surrender(self, player: int) -> None:
        """Let a player lose."""
        ...


class Oracle(Protocol):
    """What queries ask of a game."""

    def path_length(self, player: int, start: tuple[float, float] | int, end: tuple[float, float]) -> float:
        """Return the length of the way on the ground from a point or unit in cells, 0 if there is none."""
        ...

    def abilities(self, player: int, unit_id: int, *, ignore_resources: bool) -> Sequence[tuple[int, bool]]:
        """Return what an own unit may be told now: (ability, whether it needs a point)."""
        ...

    def placement(self, player: int, ability: int, x: float, y: float, unit_id: int) -> int:
        """Return the ActionResult of building there; `unit_id` builds, NO_ID for whoever."""
        ...

    def unit_type(self, unit_id: int) -> int:
        """Return the type of a living unit, 0 if there is none."""
        ...


class Cheats(Protocol):
    """What debug commands do to a game."""

    def create_unit(self, unit_type: int, owner: int, x: float, y: float) -> None:
        """Put a complete unit on the map.

        Raises:
            ConfigError: a unit that cannot be put there.
        """
        ...

    def kill_unit(self, unit_id: int) -> None:
        """End a unit; nothing happens if it is gone."""
        ...

    def set_value(self, unit_id: int, which: int, value: float) -> None:
        """Set a unit's energy (1), life (2) or shields (3)."""
        ...

    def toggle(self, player: int, switch: int) -> bool:
        """Turn one of DebugGameState's switches for a player; return whether the game has it."""
        ...

    def end_game(self, player: int, *, is_won: bool) -> None:
        """End the game in a player's favour or not."""
        ...


class PlayableWorld(World, Oracle, Cheats, Protocol):
    """All of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """Who plays.

    Attributes:
        race: 1 Terran, 2 Zerg, 3 Protoss, 4 Random.
        difficulty: 1..10 for the game's own player, None for a client.
        build: AIBuild of the game's own player, 1..6.
        name: for people.
    """

    race: int
    difficulty: int | None = None
    build: int = 1
    name: str = ""


class Worlds(Protocol):
    """Where games come from."""

    def names(self) -> Sequence[str]:
        """Return the maps that there are."""
        ...

    def prepare(self) -> None:
        """Do what takes long before a client's clock runs: compile."""
        ...

    def check(self, map_name: str) -> None:
        """Say whether there is such a map.

        Raises:
            ConfigError: there is none; the message names the nearest.
        """
        ...

    def open(
        self, map_name: str, players: tuple[Player, Player], seed: int, *, disable_fog: bool, folder: str = ""
    ) -> PlayableWorld:
        """Lay out a game on a map, by the stem of its file's name; `folder` is the one that the client found it in.

        Raises:
            ConfigError: no such map.
        """
        ...
