"""The opponent pool: who may play the other side, how often, and how the learner has fared against each.

Three kinds of opponents: the newest policy, frozen snapshots of the run, scripted players. A battle's opponent is drawn
in two steps: first the kind, by the shares of the config; then, among the kind, by priority: an opponent counts
(1 - win rate)^priority, so that those who still win are met more often (prioritised fictitious self-play, Vinyals
et al. 2019, doi 10.1038/s41586-019-1724-z). Win rates for this purpose forget: battles of long ago were another
policy's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np

from agents.config import SelfPlayConfig
from bridge.errors import ConfigError

LATEST: Final = "latest"
"""Name of the newest policy as an opponent."""

MEMORY_BATTLES: Final = 100
"""A battle counts half as much after about 0.7 times so many further ones against the same opponent."""

LEAST_WEIGHT: Final = 0.02
"""No opponent's weight falls below this, so that one that is beaten is still met, and a relapse is noticed."""

FORMAT: Final = 1


class Kind(StrEnum):
    """What kind of opponent."""

    LATEST = "latest"
    SNAPSHOT = "snapshot"
    SCRIPT = "script"


class Outcome(StrEnum):
    """How a battle ended for the learner."""

    WON = "won"
    LOST = "lost"
    DRAWN = "drawn"
    """Time ran out, or both armies' last units died in one step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opponent:
    """Somebody who plays the other side.

    Attributes:
        name: unique in the pool: `latest`, the snapshot's file without its suffix, the scripted player's name.
        kind: what it is.
        steps: of a snapshot: env steps that it had been trained for; else 0.
    """

    name: str
    kind: Kind
    steps: int = 0


@dataclass(slots=True, kw_only=True)
class Record:
    """The learner's battles against one opponent.

    Attributes:
        wins: won by the learner, over the whole run.
        losses: lost by it.
        draws: neither.
        recent_battles: the sum of the battles, in which older ones fade (`MEMORY_BATTLES`).
        recent_wins: the sum of those won, likewise.
    """

    wins: int = 0
    losses: int = 0
    draws: int = 0
    recent_battles: float = 0.0
    recent_wins: float = 0.0

    @property
    def battles(self) -> int:
        """Battles over the whole run."""
        return self.wins + self.losses + self.draws

    @property
    def win_rate(self) -> float:
        """Wins per recent battle; 0 before the first."""
        return self.recent_wins / self.recent_battles if self.recent_battles else 0.0

    @property
    def expected_win_rate(self) -> float:
        """The same with one half-won battle added, so that nothing is certain at first."""
        return (self.recent_wins + 0.5) / (self.recent_battles + 1.0)

    def note(self, outcome: Outcome) -> None:
        """Add a battle."""
        self.wins += outcome is Outcome.WON
        self.losses += outcome is Outcome.LOST
        self.draws += outcome is Outcome.DRAWN
        keep = 1.0 - 1.0 / MEMORY_BATTLES
        self.recent_battles = keep * self.recent_battles + 1.0
        self.recent_wins = keep * self.recent_wins + (outcome is Outcome.WON)


class OpponentPool:
    """Draws opponents and keeps the score.

    Attributes:
        settings: shares, priorities, bounds.
        records: by opponent's name.
        played: names met since `forget_played`, in order of their first battle.
    """

    def __init__(self, settings: SelfPlayConfig, seed: int) -> None:
        """Begin with the newest policy and the scripted players.

        Args:
            settings: shares, priorities, bounds.
            seed: of the draws.
        """
        self.settings = settings
        self.records: dict[str, Record] = {}
        self.played: dict[str, None] = {}
        self._generator = np.random.default_rng(seed)
        self._latest = Opponent(name=LATEST, kind=Kind.LATEST)
        self._scripts = [Opponent(name=name, kind=Kind.SCRIPT) for name in settings.players]
        self._snapshots: list[Opponent] = []
        self._in_play: list[Opponent] = []
        for opponent in self.opponents:
            self.records[opponent.name] = Record()

    @property
    def opponents(self) -> list[Opponent]:
        """Everybody: the newest policy, scripted players, snapshots from the oldest to the newest."""
        return [self._latest, *self._scripts, *self._snapshots]

    @property
    def snapshots(self) -> list[Opponent]:
        """The snapshots, oldest first."""
        return list(self._snapshots)

    def seed(self, seed: int) -> None:
        """Begin the sequence of draws anew."""
        self._generator = np.random.default_rng(seed)

    def add_snapshot(self, name: str, steps: int) -> list[Opponent]:
        """Take a snapshot into the pool, newest of all; return those that leave for it.

        Above `max_snapshots` the one leaves whose neighbours lie closest together, never the first or the last: what
        is kept stays spread over the whole run.

        Args:
            name: unique.
            steps: env steps that it was trained for, more than those of the snapshots before.
        """
        assert not self._snapshots or self._snapshots[-1].steps < steps, "snapshots come in the order of their steps"
        self._snapshots.append(Opponent(name=name, kind=Kind.SNAPSHOT, steps=steps))
        self.records[name] = Record()
        left: list[Opponent] = []
        while len(self._snapshots) > self.settings.max_snapshots:
            steps_of = [snapshot.steps for snapshot in self._snapshots]
            gaps = [after - before for before, after in zip(steps_of, steps_of[2:], strict=False)]
            left.append(self._snapshots.pop(1 + gaps.index(min(gaps))))
            del self.records[left[-1].name]
        self.choose_in_play()
        return left

    def choose_in_play(self) -> None:
        """Draw the few snapshots that battles are played against until the next call."""
        count = min(self.settings.snapshots_in_play, len(self._snapshots))
        if count:
            weights = self._weights(self._snapshots)
            chosen = self._generator.choice(len(self._snapshots), count, replace=False, p=weights)
            self._in_play = [self._snapshots[index] for index in sorted(chosen.tolist())]

    def draw(self) -> Opponent:
        """Return the opponent of the next battle.

        Before the first snapshot the newest policy plays in their place.
        """
        shares = np.array([self.settings.latest, self.settings.snapshots, self.settings.scripts])
        groups = ([self._latest], self._in_play or [self._latest], self._scripts)
        group = groups[self._index(shares)]
        return group[0] if len(group) == 1 else group[self._index(self._weights(group))]

    def note(self, opponent: Opponent, outcome: Outcome) -> None:
        """Keep the score of a battle; one against a snapshot that has left meanwhile is dropped."""
        record = self.records.get(opponent.name)
        if record is not None:
            record.note(outcome)
            self.played[opponent.name] = None

    def forget_played(self) -> None:
        """Begin a new list of who has been met."""
        self.played = {}

    def to_json(self) -> dict[str, Any]:
        """Return everybody and the score; `restore` reads it back."""
        return {
            "format": FORMAT,
            "opponents": [
                {**asdict(opponent), **asdict(record), "win_rate": round(record.win_rate, 4)}
                for opponent in self.opponents
                for record in (self.records[opponent.name],)
            ],
        }

    def restore(self, saved: Mapping[str, Any], available: Iterable[str], steps: int, source: str) -> None:
        """Take over snapshots and scores of an earlier part of the run.

        Args:
            saved: what `to_json` returned.
            available: names of the snapshots whose files exist; others are left out.
            steps: of the policy that goes on; snapshots of more steps are left out.
            source: what messages call `saved`.

        Raises:
            ConfigError: not the form of `to_json`.
        """
        exists = set(available)
        numbers = tuple(Record.__dataclass_fields__)
        try:
            if saved["format"] != FORMAT:
                raise ConfigError(f"{source}: format {saved['format']!r}; allowed: {FORMAT}")
            for entry in saved["opponents"]:
                name, kind = str(entry["name"]), Kind(entry["kind"])
                record = Record(**{number: entry[number] for number in numbers})
                if kind is Kind.SNAPSHOT and name in exists and int(entry["steps"]) <= steps:
                    self.add_snapshot(name, int(entry["steps"]))
                if name in self.records:
                    self.records[name] = record
        except ConfigError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"{source}: no opponents of a run: {type(error).__name__}: {error}") from error

    def _weights(self, opponents: list[Opponent]) -> np.ndarray[Any, np.dtype[np.float64]]:
        expected = np.array([self.records[opponent.name].expected_win_rate for opponent in opponents])
        weights = np.maximum((1.0 - expected) ** self.settings.priority, LEAST_WEIGHT)
        normalised: np.ndarray[Any, np.dtype[np.float64]] = weights / weights.sum()
        return normalised

    def _index(self, weights: np.ndarray[Any, np.dtype[np.float64]]) -> int:
        edges = np.cumsum(weights)
        return int(np.searchsorted(edges, self._generator.random() * edges[-1], side="right"))
