"""One game and its seats: who waits for which loop, who has left, what is still to be told.

Stepped: the game goes on to the loop that every seat has asked for, so the slower of two seats is waited for. Realtime:
a task lets it go on 22.4 times a second, and nobody is waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from s2clientprotocol import sc2api_pb2

from bridge.sc2.grids import PARTICIPANT, RANDOM, KeptBytes, Setting, fixed_part, pathing_part
from bridge.sc2.world import PlayableWorld, Player

LOOPS_PER_S: Final = 22.4
"""Game loops per second at speed "faster" (MECHANICS 1)."""

LOOK_S: Final = 0.02
"""How often a game in real time looks at the clock: less than half a loop."""

MOST_LATE_LOOPS: Final = 22
"""A game in real time that falls behind by more than a second lets the rest go: it would never catch up."""

MAX_LOOPS: Final = 1 << 19
"""The game's hard end (MECHANICS 1)."""

TIE: Final = 3

__all__ = ["LOOPS_PER_S", "PARTICIPANT", "RANDOM", "Match", "Seat"]


@dataclass(slots=True)
class Seat:
    """One client's place in a match.

    Attributes:
        player: 1 or 2.
        options: what it wants to be told, from JoinGame.
        target: loop that it has asked for.
        errors: late failures to tell.
        actions: executed actions to tell.
        chat: (player, message) to tell.
        has_left: it does not play any more.
        sees_everything: the fog is off for it.
        log: its actions, for the replay: (loop, bytes of a RequestAction).
        fixed_info: what a ResponseGameInfo says all the time; empty until it is asked for.
        kept: what it was told last.
    """

    player: int
    options: sc2api_pb2.InterfaceOptions
    target: int = 0
    errors: list[sc2api_pb2.ActionError] = field(default_factory=list)
    actions: list[sc2api_pb2.Action] = field(default_factory=list)
    chat: list[tuple[int, str]] = field(default_factory=list)
    has_left: bool = False
    sees_everything: bool = False
    log: list[tuple[int, bytes]] = field(default_factory=list)
    fixed_info: bytes = b""
    kept: KeptBytes = field(default_factory=KeptBytes)


class Match:
    """A game with the clients that play it.

    Attributes:
        seats: one per client that has joined.
    """

    def __init__(
        self,
        open_world: Callable[[tuple[Player, Player]], PlayableWorld],
        players: tuple[Player, Player],
        *,
        file_name: str,
        is_realtime: bool,
        disable_fog: bool,
        seed: int,
    ) -> None:
        """Prepare a game; `begin` opens it, since clients say their race only when they join.

        Args:
            open_world: called with who plays.
            players: who plays, as far as it is known.
            file_name: of the map, as the client gave it.
            is_realtime: whether it goes on by itself.
            disable_fog: everybody sees everything.
            seed: of the game, for the replay.
        """
        self._open_world = open_world
        self._world: PlayableWorld | None = None
        self.players = list(players)
        self.file_name = file_name
        self.is_realtime = is_realtime
        self.disable_fog = disable_fog
        self.seed = seed
        self.seats: list[Seat] = []
        self._results: tuple[int, int] | None = None
        self._changed: asyncio.Event | None = None  # what those wait for who wait
        self._clock: asyncio.Task[None] | None = None

    @property
    def world(self) -> PlayableWorld:
        """The game; it has begun."""
        assert self._world is not None, "the game has not begun"
        return self._world

    @property
    def num_seats(self) -> int:
        """Clients that the game needs."""
        return sum(player.difficulty is None for player in self.players)

    @property
    def is_full(self) -> bool:
        """Whether all have joined."""
        return len(self.seats) == self.num_seats

    @property
    def num_playing(self) -> int:
        """Clients that have joined and not left."""
        return sum(not seat.has_left for seat in self.seats)

    @property
    def results(self) -> tuple[int, int] | None:
        """How the game has ended for players 1 and 2; None while it goes on."""
        world = self._world
        if self._results is None and world is not None:
            self._results = world.results
            if self._results is None and world.loop >= MAX_LOOPS:
                self._results = (TIE, TIE)
        return self._results

    def join(self, race: int, name: str, options: sc2api_pb2.InterfaceOptions) -> Seat:
        """Give the next free place to a client."""
        numbers = [number for number, player in enumerate(self.players, start=1) if player.difficulty is None]
        seat = Seat(player=numbers[len(self.seats)], options=options)
        seat.sees_everything = self.disable_fog
        self.players[seat.player - 1] = Player(race=race, name=name)
        self.seats.append(seat)
        self._notify()
        return seat

    def begin(self) -> None:
        """Open the game, start its clock if it is one in real time; every client has joined. Idempotent.

        Raises:
            ConfigError: it cannot be opened for these players.
        """
        if self._world is None:
            first, second = self.players
            self._world = self._open_world((first, second))
        if self.is_realtime and self._clock is None:
            self._clock = asyncio.create_task(self._run_clock(), name="sc2 match clock")

    async def step(self, seat: Seat, loops: int) -> None:
        """Wait until the game is `loops` loops further for this seat, or over."""
        seat.target = max(seat.target, self.world.loop) + max(1, loops)
        self._pump()
        while self.world.loop < seat.target and self.results is None and not seat.has_left:
            await self._wait_change()

    async def wait_loop(self, seat: Seat, loop: int) -> None:
        """Wait in real time for a loop or the game's end."""
        while self.is_realtime and self.world.loop < loop and self.results is None and not seat.has_left:
            await self._wait_change()

    async def wait_full(self, timeout_s: float) -> bool:
        """Wait until all have joined; return whether they have."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while not self.is_full:
                    await self._wait_change()
        return self.is_full

    def leave(self, seat: Seat) -> None:
        """Take a client out of the game; one that goes before the end has lost."""
        if seat.has_left:
            return
        seat.has_left = True
        if self._world is not None and self.results is None:
            self.world.surrender(seat.player)
        self._pump()
        self._notify()
        if all(other.has_left for other in self.seats):
            self.close()

    def restart(self) -> None:
        """Begin the game again at loop 0."""
        self.world.restart()
        self._results = None
        for seat in self.seats:
            seat.target = 0
            seat.fixed_info = b""  # the players may begin elsewhere
            seat.kept = KeptBytes()
            seat.errors.clear()
            seat.actions.clear()
            seat.chat.clear()
            seat.log.clear()
        self._notify()

    def say(self, player: int, message: str, *, is_team: bool) -> None:
        """Tell a message to those whom it is for."""
        for seat in self.seats:
            if seat.player == player or not is_team:
                seat.chat.append((player, message))

    def info_bytes(self, seat: Seat) -> bytes:
        """Return the bytes of a ResponseGameInfo."""
        if not seat.fixed_info:
            setting = Setting(
                file_name=self.file_name,
                players=self.players,
                races=self.world.races,
                player=seat.player,
                options=seat.options,
            )
            seat.fixed_info = fixed_part(self.world.map, setting)
        return seat.fixed_info + seat.kept.image("pathing", self.world.pathing(seat.player), pathing_part)

    def notify(self) -> None:
        """Wake those who wait: something happened that is no passing of time."""
        self._notify()

    def close(self) -> None:
        """Stop the clock; idempotent."""
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _pump(self) -> None:
        """Let a stepped game go on as far as all who play have asked for."""
        playing: Sequence[Seat] = [seat for seat in self.seats if not seat.has_left]
        if self.is_realtime or not playing or self._world is None:
            return
        loops = min(seat.target for seat in playing) - self.world.loop
        if loops > 0 and self.results is None:
            self.world.advance(loops)
            self._notify()

    def _notify(self) -> None:
        changed, self._changed = self._changed, None
        if changed is not None:
            changed.set()

    async def _wait_change(self) -> None:
        if self._changed is None:
            self._changed = asyncio.Event()
        await self._changed.wait()

    async def _run_clock(self) -> None:
        began, done = time.monotonic(), 0
        while self.results is None:
            due = int((time.monotonic() - began) * LOOPS_PER_S) - done
            if due > MOST_LATE_LOOPS:
                done += due - MOST_LATE_LOOPS
                due = MOST_LATE_LOOPS
            if due > 0:
                self.world.advance(due)
                done += due
                self._notify()
            await asyncio.sleep(LOOK_S)
        self._notify()
