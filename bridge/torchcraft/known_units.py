"""Which units a client counts as being there: those of the frame that are neither dead nor of unknown type.

TorchCraft's rules for `State.units`, `aliveUnits` and `aliveUnitsConsidered` (PROTOCOL, section 10), as rows of wire
frames; `Unit` objects are made when somebody looks.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from bridge.torchcraft import constants
from bridge.torchcraft.objects import Unit, views

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from bridge.torchcraft.messages import WireFrame

FEW: Final = 8
"""Up to so many deaths are looked for one by one; from there on a sorted search is faster."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Some units of a wire frame; frames are never changed in place, so that old rows stay valid."""

    wire: WireFrame
    index: NDArray[np.intp]

    def ids(self) -> list[int]:
        ids: list[int] = self.wire.units["id"][self.index].tolist()
        return ids

    def types(self) -> list[int]:
        types: list[int] = self.wire.units["type"][self.index].tolist()
        return types


class KnownUnits:
    """Units by player, and who of them is alive."""

    def __init__(self) -> None:
        self.clear(())

    def clear(self, considered: Collection[int]) -> None:
        """Forget all units; from now on those of the types `considered` keep a battle going (none: all do)."""
        self._considered = frozenset(considered)
        self._rows: dict[int, _Rows] = {}
        self._objects: dict[int, list[Unit]] | None = None
        self._alive: dict[int, int] | None = None
        self._alive_considered: dict[int, int] | None = None

    def take(self, wire: WireFrame, deaths: Collection[int], checked: Collection[int] | None, spared: int) -> None:
        """Take the units of a frame, without dead ones, and without unknown types where these are looked for.

        Args:
            wire: the frame; players that it lacks keep the units that they have.
            deaths: ids of the dead.
            checked: players whose units must be of types that TorchCraft names; None: all but `spared`.
            spared: player whose units may be of any type.
        """
        is_alive = _are_not(wire.units["id"], deaths)
        is_known: NDArray[np.bool_] | None = None
        start = 0
        for player, count in zip(wire.player_ids.tolist(), wire.num_units.tolist(), strict=True):
            mine = is_alive[start : start + count]
            if player != spared if checked is None else player in checked:
                is_known = _are_known(wire.units["type"]) if is_known is None else is_known
                mine = mine & is_known[start : start + count]
            self._rows[player] = _Rows(wire, np.flatnonzero(mine) + start)
            start += count
        self._objects = self._alive = self._alive_considered = None

    def empty(self, wire: WireFrame) -> None:
        """Take all units of all players away; the players stay."""
        self._rows = {player: _Rows(wire, np.zeros(0, np.intp)) for player in self._rows}
        self._objects = self._alive = self._alive_considered = None

    def mention(self, player: int, wire: WireFrame) -> int:
        """Make sure that a player has an entry, and return how many units he has."""
        return len(self._rows.setdefault(player, _Rows(wire, np.zeros(0, np.intp))).index)

    def bury(self, unit_id: int) -> None:
        """Count a unit as dead, though it still stands in the frame."""
        self.alive().pop(unit_id, None)
        self.alive_considered().pop(unit_id, None)

    def fighting(self, player: int) -> int:
        """Return how many living units of a player keep the battle going."""
        alive = self.alive_considered() if self._considered else self.alive()
        return sum(owner == player for owner in alive.values())

    def keep_living(self) -> None:
        """Drop all units that are not alive any more."""
        alive = self.alive()
        for player, rows in self._rows.items():
            lives = np.array([unit_id in alive for unit_id in rows.ids()], np.bool_)
            self._rows[player] = _Rows(rows.wire, rows.index[lives])
        self._objects = None

    def alive(self) -> dict[int, int]:
        """Return player by unit id."""
        if self._alive is None:
            self._alive = {unit_id: player for player, rows in self._rows.items() for unit_id in rows.ids()}
        return self._alive

    def alive_considered(self) -> dict[int, int]:
        """Return player by unit id, for units of the considered types; empty where none are."""
        if self._alive_considered is None:
            self._alive_considered = {
                unit_id: player
                for player, rows in (self._rows if self._considered else {}).items()
                for unit_id, unit_type in zip(rows.ids(), rows.types(), strict=True)
                if unit_type in self._considered
            }
        return self._alive_considered

    def objects(self) -> dict[int, list[Unit]]:
        """Return the units themselves; dictionary and lists are the caller's, the units are not."""
        if self._objects is None:
            self._objects = {player: views(rows.wire, rows.index) for player, rows in self._rows.items()}
        return {player: list(units) for player, units in self._objects.items()}

    def put_objects(self, units: Mapping[int, list[Unit]]) -> None:
        """Show other units from now on; who is alive stays as it is."""
        self.alive()
        self._objects = {int(player): list(of_player) for player, of_player in units.items()}

    def put_alive(self, players: Mapping[int, int]) -> None:
        """Say anew who is alive."""
        self._alive = dict(players)

    def put_alive_considered(self, players: Mapping[int, int]) -> None:
        """Say anew who of the considered types is alive."""
        self._alive_considered = dict(players)

    def clone(self) -> KnownUnits:
        """Return a copy that shares nothing which can change."""
        other = copy.copy(self)
        other._rows = dict(self._rows)
        for name in ("_objects", "_alive", "_alive_considered"):
            setattr(other, name, copy.deepcopy(getattr(self, name)))
        return other


def _are_not(ids: NDArray[np.int32], deaths: Collection[int]) -> NDArray[np.bool_]:
    if len(deaths) > FEW:
        return np.isin(ids, np.array(list(deaths), np.int32), invert=True)
    keep = np.ones(len(ids), np.bool_)
    for unit_id in deaths:
        keep &= ids != unit_id
    return keep


@cache
def _known_types() -> NDArray[np.bool_]:
    """Return whether TorchCraft names a unit type, by type; the last entry stands for everything outside."""
    types = [number for number in constants.ENUMS["unittypes"].values() if number >= 0]
    known = np.zeros(max(types) + 2, np.bool_)
    known[types] = True
    return known


def _are_known(types: NDArray[np.int32]) -> NDArray[np.bool_]:
    known = _known_types()
    last = np.uint32(len(known) - 1)
    return known[np.minimum(types.astype(np.uint32), last)]  # negative types become huge ones
