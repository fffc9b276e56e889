"""Which units a client counts as being there: those of the frame that are neither dead nor of unknown type.

TorchCraft's rules for `State.units`, `aliveUnits` and `aliveUnitsConsidered` (1.4.0, client/state.cpp), as rows of wire
frames; `Unit` objects are made when somebody looks.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from bridge.torchcraft import constants
from bridge.torchcraft.objects import Unit, views

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bridge.torchcraft.messages import WireFrame


@dataclass(frozen=True, slots=True)
class _Rows:
    """Some units of a wire frame; frames are never changed in place, so that old rows stay valid."""

    wire: WireFrame
    index: range | list[int]

    def ids(self) -> list[int]:
        return self._all("id")

    def types(self) -> list[int]:
        return self._all("type")

    def _all(self, field: str) -> list[int]:
        column = self.wire.units[field]
        rows = slice(self.index.start, self.index.stop) if isinstance(self.index, range) else self.index
        values: list[int] = column[rows].tolist()
        return values


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
        ids: list[int] = wire.units["id"].tolist() if deaths else []
        dead = set(deaths).intersection(ids)
        start = 0
        for player, count in zip(wire.player_ids.tolist(), wire.num_units.tolist(), strict=True):
            index: range | list[int] = range(start, start + count)
            if dead:
                index = [row for row in index if ids[row] not in dead]
            if player != spared if checked is None else player in checked:
                types: list[int] = wire.units["type"][start : start + count].tolist()
                if not known_types().issuperset(types):
                    index = [row for row in index if types[row - start] in known_types()]
            self._rows[player] = _Rows(wire, index)
            start += count
        self._objects = self._alive = self._alive_considered = None

    def empty(self, wire: WireFrame) -> None:
        """Take all units of all players away; the players stay."""
        self._rows = {player: _Rows(wire, range(0)) for player in self._rows}
        self._objects = self._alive = self._alive_considered = None

    def mention(self, player: int, wire: WireFrame) -> int:
        """Make sure that a player has an entry, and return how many units he has."""
        return len(self._rows.setdefault(player, _Rows(wire, range(0))).index)

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
            lives = [row for row, unit_id in zip(rows.index, rows.ids(), strict=True) if unit_id in alive]
            self._rows[player] = _Rows(rows.wire, lives)
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


@cache
def known_types() -> frozenset[int]:
    """Return the unit types that TorchCraft names."""
    return frozenset(constants.ENUMS["unittypes"].values())
