"""The server's side of the protocol for one game: bytes in, bytes out, no sockets and no clock.

A `Host` has one seat per client (one, or two whose bots play each other). Who owns it moves bytes and frames:

    host.receive(seat, request)            an answer may be due at once, or after some frames
    while host.wants_frame(): host.play_frame()
    host.take_replies()                    [(seat, bytes), ...]

A seat's life:

    WAITING ──HandshakeClient──► SET_UP ──Commands──► PLAYING ──quit, restart──► OVER
       ▲           HandshakeServer   ▲                │  StateUpdate...     EndGame │
       └──what is no message, Error──┤◄─Handshake─────┘                             │
                                     └────HandshakeClient or Commands: next match───┘

In PLAYING the client's request is open until its message is due; in between, the game stands still for it if it is
blocking. What differs from the real server, all towards serving more clients: a bad message ends the match and not the
server; after EndGame the same connection goes on with the next match (as with TorchCraft's stand-alone server) and a
new one does as well (as with its module); `exit_process` is ignored; an image's visibility is sent once.

A seed comes with the map: `name?seed=5` in a handshake begins the match with that seed at once, and in `set_map` the
next one (`melee?races=terran:zerg&seed=5`, too). Real servers know no seeds, and clients that say nothing get the
server's own.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from bridge.episodes import episode_seed
from bridge.errors import ConfigError
from bridge.torchcraft.codec import WireError, decode_client, encode, encode_difference
from bridge.torchcraft.diff import diff
from bridge.torchcraft.execution import Context, Settings, execute
from bridge.torchcraft.match import Match
from bridge.torchcraft.messages import (
    CommandsMessage,
    EndGame,
    Error,
    HandshakeClient,
    PlayerLeft,
    ServerMessage,
    WireFrame,
    WireFrameDiff,
)
from bridge.torchcraft.reports import DEVELOP, PROTOCOLS, handshake_server, player_name, state_update
from bridge.torchcraft.seat import Phase, Seat
from engine.core.frame import Outcome
from engine.core.scenario import Scenario

log = logging.getLogger(__name__)

MAP_NAME: Final = re.compile(r"(?P<map>.*?)(?:[?&]seed=(?P<seed>[0-9]{1,20}))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostConfig:
    """What a host offers.

    Attributes:
        scenario: the first match's.
        players: by player number, None for a client, else a scripted player's name.
        seed: of the server; match k plays the game seed of (seed, k).
        latency_frames: frames from a command to its execution; None takes the scenario's.
        opponent_frames: frames between decisions of scripted players; None takes the scenario's frame skip.
        frame_ms: least length of a frame unless a client says otherwise; 0 is as fast as possible.
    """

    scenario: Scenario
    players: tuple[str | None, ...]
    seed: int = 0
    latency_frames: int | None = None
    opponent_frames: int | None = None
    frame_ms: int = 0


class Host:
    """Serves the matches of one game to its clients; see the module."""

    def __init__(
        self,
        config: HostConfig,
        find_scenario: Callable[[str], Scenario],
        watch: Callable[[Host], None] | None = None,
    ) -> None:
        """Lay out the first match.

        Args:
            config: what is offered.
            find_scenario: returns the scenario of a map that a client names; ConfigError if there is none.
            watch: called with this host after every game frame, by whoever shows the game.
        """
        self._watch = watch
        self._config = config
        self._find_scenario = find_scenario
        self._next_scenario = config.scenario
        self._next_seed: int | None = None
        self._match = self._new_match(config.scenario)
        self._num_matches = 0
        self._seed = 0
        self._is_over = True
        self._has_begun = False
        self._wants_end = False
        self._replies: list[tuple[int, bytes]] = []
        self._seats = [Seat(player=player, settings=Settings(frame_ms=config.frame_ms)) for player in self.players]

    # --- for who moves the bytes -------------------------------------------------------------------------------------

    @property
    def num_seats(self) -> int:
        """Number of clients that a match needs."""
        return len(self._seats)

    @property
    def players(self) -> tuple[int, ...]:
        """The player number of each seat."""
        return self._match.clients

    @property
    def match(self) -> Match:
        """The match as it is."""
        return self._match

    @property
    def settings(self) -> list[Settings]:
        """What each client has chosen; `drawings` are for whoever shows the game."""
        return [seat.settings for seat in self._seats]

    @property
    def frame_ms(self) -> int:
        """Least length of a frame in milliseconds: the slowest client's wish."""
        return max(seat.settings.frame_ms for seat in self._seats)

    def patience_ms(self) -> int:
        """Return how long this frame waits for clients that have no request open and do not block."""
        late = [seat for seat in self._seats if not seat.has_request]
        return max((seat.settings.max_frame_time_ms for seat in late), default=0)

    def wants_frame(self) -> bool:
        """Say whether the game can go on: everybody has set up, and nobody has to be waited for without limit."""
        return not self._is_over and all(
            seat.phase is Phase.PLAYING and (seat.has_request or not (seat.settings.is_blocking or seat.must_send))
            for seat in self._seats
        )

    def is_free(self, index: int) -> bool:
        """Say whether a seat waits for whoever shakes hands first."""
        return self._seats[index].phase is Phase.WAITING

    def take_replies(self) -> list[tuple[int, bytes]]:
        """Return the answers that have become due, (seat, bytes) each, and forget them."""
        replies, self._replies = self._replies, []
        return replies

    def receive(self, index: int, data: bytes) -> None:
        """Take in one request; its answer comes with `take_replies`, now or after some frames.

        Args:
            index: the seat that it came for.
            data: as received.
        """
        seat = self._seats[index]
        if not data and seat.phase is Phase.WAITING:
            self._answer(seat, Error())
            return
        try:
            message, uid = decode_client(data)
        except WireError as error:
            self._refuse(seat, str(error))
            return
        if isinstance(message, HandshakeClient):
            self._handshake(seat, message, uid)
        elif seat.phase is Phase.WAITING:
            self._refuse(seat, "the first message must be a HandshakeClient")
        elif seat.protocol >= DEVELOP and uid != seat.uid:
            self._answer(seat, Error(message=f"Unexpected commands from client {uid or ''}"))
        else:
            self._take_commands(seat, message)

    def play_frame(self) -> None:
        """Play one frame, tell who is to be told; the first call of a match only shows how it begins."""
        if self._has_begun:
            self._match.advance()
        self._has_begun = True
        outcome = self._match.outcome
        is_decided = any(value is not Outcome.IN_PLAY for value in outcome)
        for seat in self._seats:
            self._show_frame(seat, is_last=is_decided)
        if is_decided:
            self._end_match({player for player, value in enumerate(outcome) if value is Outcome.WON})
        if self._watch is not None:
            self._watch(self)

    # --- requests ----------------------------------------------------------------------------------------------------

    def _handshake(self, seat: Seat, message: HandshakeClient, uid: str | None) -> None:
        if message.protocol not in PROTOCOLS:
            self._refuse(seat, f"Wrong protocol version: {message.protocol}")
            return
        seed = self.set_map(message.map) if message.map else None
        if not self._is_over and seed is not None and not self._is_joining(seat, seed):
            self._end_match(silent=seat)
        if self._is_over:
            self._begin_match()
        elif seed is not None:
            self._next_seed = None  # it was for this match, which the other client has begun
        seat.protocol, seat.uid = message.protocol, uid
        seat.is_micro = message.micro_mode
        self._greet(seat)

    def _is_joining(self, seat: Seat, seed: int) -> bool:
        """Say whether a seeded handshake is the second client's of a match that the first has just begun."""
        return self._seed == seed and not self._has_begun and seat.phase is not Phase.SET_UP

    def _greet(self, seat: Seat) -> None:
        seat.phase = Phase.SET_UP
        seat.farewell.clear()
        seat.must_send = False
        self._answer(seat, handshake_server(self._match, seat.player, seat.battle_frames, seat.protocol))

    def _take_commands(self, seat: Seat, message: CommandsMessage) -> None:
        seat.has_request = True
        if seat.farewell:
            self._say_farewell(seat)
            return
        if seat.phase is Phase.OVER:
            if self._is_over:
                self._begin_match()
            self._greet(seat)
            return
        context = Context(
            match=self._match,
            player=seat.player,
            settings=seat.settings,
            court=self,
            is_develop=seat.protocol >= DEVELOP,
            is_set_up=not self._has_begun,
        )
        self._wants_end = False
        seat.statuses = execute(message.commands, context)
        if self._wants_end:
            self._end_match(leaver=seat)
        elif seat.phase is Phase.SET_UP:
            self._match.views[seat.player].forget()
            seat.sent = None
            seat.combined = 0
            seat.phase = Phase.PLAYING
        elif seat.must_send:
            self._send_frame(seat)

    def _refuse(self, seat: Seat, why: str) -> None:
        """Answer what is no message, and leave the match that it was meant for."""
        log.warning("player %d: %s", seat.player, why)
        if seat.phase is not Phase.WAITING and not self._is_over:
            self._end_match(silent=seat)
        seat.phase = Phase.WAITING
        seat.farewell.clear()
        self._answer(seat, Error(message=why))

    def _answer(self, seat: Seat, message: ServerMessage) -> None:
        self._reply(seat, encode(message))

    def _reply(self, seat: Seat, data: bytes) -> None:
        seat.has_request = False
        self._replies.append((self._seats.index(seat), data))

    # --- the match ---------------------------------------------------------------------------------------------------

    def set_map(self, name: str) -> int | None:
        """Play this map next, if there is such a map; return the seed that came with it, None if none did.

        Args:
            name: `map`, `map?seed=5`, or `?seed=5` for the same map.
        """
        found = MAP_NAME.fullmatch(name)
        assert found is not None, "the expression takes any text"
        seed = found["seed"]
        if found["map"]:
            try:
                self._next_scenario = self._find_scenario(found["map"])
            except ConfigError as error:
                log.warning("set_map: %s", error)
        self._next_seed = None if seed is None else int(seed) % (1 << 64)
        return self._next_seed

    def leave(self) -> None:
        """End the match when the message is through."""
        self._wants_end = True

    def restart(self) -> None:
        """Play the match anew when the message is through, if nobody else plays in it."""
        self._wants_end = self._wants_end or self.num_seats == 1

    def _begin_match(self) -> None:
        if self._next_scenario is not self._match.scenario:
            self._match = self._new_match(self._next_scenario)
        seed = self._next_seed
        self._seed = episode_seed(self._config.seed, self._num_matches) if seed is None else seed
        self._next_seed = None
        self._num_matches += 1
        self._match.start(self._seed)
        self._is_over = self._has_begun = False
        for seat in self._seats:
            seat.settings = Settings(frame_ms=self._config.frame_ms)
            seat.sent = None
            seat.combined = seat.battle_frames = 0
            seat.has_sent_end = seat.must_send = False
            seat.statuses = []

    def _end_match(
        self, winners: Collection[int] = (), *, leaver: Seat | None = None, silent: Seat | None = None
    ) -> None:
        """End it for all.

        Args:
            winners: player numbers; all others have lost.
            leaver: who left, and has lost; the others have won.
            silent: who gets another answer than the end.
        """
        self._is_over = True
        for seat in self._seats:
            seat.must_send = False
            if seat is silent or seat.phase not in (Phase.SET_UP, Phase.PLAYING):
                continue
            has_won = seat.player in winners if leaver is None else seat is not leaver
            seat.farewell = [EndGame(game_won=has_won)]
            if leaver is not None and seat is not leaver:
                seat.farewell.insert(0, PlayerLeft(player_left=player_name(self._match, leaver.player)))
            if seat.has_request:
                self._say_farewell(seat)

    def _say_farewell(self, seat: Seat) -> None:
        message = seat.farewell.pop(0)
        if isinstance(message, EndGame):
            view = self._match.views[seat.player]
            message = EndGame(data=None if view.is_empty else self._take_frame(seat), game_won=message.game_won)
            seat.phase = Phase.OVER
        self._answer(seat, message)

    def _new_match(self, scenario: Scenario) -> Match:
        config = self._config
        return Match(
            scenario,
            config.players,
            latency_frames=config.latency_frames,
            opponent_frames=config.opponent_frames,
        )

    # --- frames ------------------------------------------------------------------------------------------------------

    def _show_frame(self, seat: Seat, *, is_last: bool) -> None:
        """Let a client's view take in the frame, and send what is due; PROTOCOL.md sections 6 and 7.

        The last frame of a match goes out with its end.
        """
        match, settings = self._match, seat.settings
        view = match.views[seat.player]
        # After a battle's last frame went out, one more is kept, and then none until the next battle begins.
        is_kept = not seat.has_sent_end or view.is_empty
        if is_kept:
            match.fold(seat.player)
        else:
            match.glimpse(seat.player)
        seat.is_ended = seat.is_micro and (view.num_own == 0 or view.num_others == 0)
        if not is_kept and not seat.is_ended:
            match.fold(seat.player)
            is_kept = True
        is_due = seat.combined + 1 >= settings.combine_frames
        seat.combined += is_kept
        most = settings.max_combine_frames
        seat.must_send = (seat.is_ended and not seat.has_sent_end) or (most is not None and seat.combined >= most)
        seat.told_battle_frames = seat.battle_frames
        seat.battle_frames = 0 if seat.is_ended else seat.battle_frames + 1
        if not seat.is_ended:
            seat.has_sent_end = False
        if seat.has_request and (is_due or seat.must_send) and not is_last:
            self._send_frame(seat)

    def _send_frame(self, seat: Seat) -> None:
        match = self._match
        before, now = seat.sent, match.take(seat.player)
        update = state_update(
            match,
            seat.player,
            data=now,
            battle_frames=seat.told_battle_frames,
            statuses=seat.statuses,
            image_at=seat.settings.screen if seat.settings.wants_image else None,
        )
        match.views[seat.player].deaths.clear()
        seat.sent = now
        seat.combined = 0
        seat.statuses = []
        seat.settings.wants_image = False
        seat.must_send = False
        seat.has_sent_end = seat.is_ended
        self._reply(seat, encode(update) if before is None else encode_difference(update, now, before))

    def _take_frame(self, seat: Seat) -> WireFrame | WireFrameDiff:
        before = seat.sent
        seat.sent = self._match.take(seat.player)
        seat.combined = 0
        return seat.sent if before is None else diff(seat.sent, before)
