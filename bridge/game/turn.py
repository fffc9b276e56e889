"""Whose turn it is, as words of shared memory; the same picture on both sides.

Each process has `TURN_BYTES` in front of the slab, in two halves so that no cache line has two writers:

    word  0   trainer  counter << 2 | request        the turn goes to the game
    word  1   trainer  1 while the trainer sleeps    "wake me"
    word 16   game     counter << 2 | status         the turn goes back
    word 17   game     1 while the game sleeps
    word 18   game     frame number + 1, for messages

A turn is handed over by one store of one aligned word that holds counter and meaning together. The receiver looks
at the word, yields the core, looks again, for a tenth of a millisecond; then it says that it sleeps, looks once more,
and sleeps on its bell. Who hands
over a turn and sees that the other sleeps rings it. The fence between "I say" and "I look" on both sides keeps a
ring from being lost; the sleepers look again now and then all the same.
"""

from __future__ import annotations

from enum import IntEnum
from time import perf_counter_ns
from typing import Final

from bridge.platform import STORES_IN_ORDER, fence, usable_cores, yield_core

TURN_BYTES: Final = 256
"""Two pairs of cache lines: processors fetch lines in pairs."""

_WORD_BYTES: Final = 8
_REQUEST, _TRAINER_SLEEPS = 0, 1
_ANSWER, _GAME_SLEEPS, _FRAME = 16, 17, 18
_MEANING_BITS: Final = 2
_MEANING_MASK: Final = (1 << _MEANING_BITS) - 1


SPIN_NS: Final = 400_000
"""How long a side looks at its word before it sleeps: longer than a trainer takes between two steps of 64 games, which
costs a game process a sleep and a wake in every step otherwise (64 games: 58,000 env steps/s with 100 us, 77,000 with
400, no more with 1,600; medians of nine short runs in turn on two cores). With more processes than cores it is that
much for each in the queue: a spin must outlast a round in which all others have to be woken, or a crowd that once began
to sleep would never find back to the twenty times shorter round of yields."""

LOOKS: Final = 64
"""How often a side looks before it yields, where every process has a core to itself: as long as the other side takes
for an empty step, some 3 us. A yield with nobody to yield to takes as long as ten looks, and what comes meanwhile is
seen late (one process: 215,000 round trips/s without, 300,000 with; medians of twelve short runs in turn)."""

LATE_NS: Final = 500_000
"""A yield that took longer than this gave the core to a program that keeps it (a scheduler's slice is 1 to 4 ms);
a round through sixteen of our own processes on one core takes half of it."""

LATE_SKIPS: Final = 64
"""A late yield costs as much as some dozens of turns with sleep; that many go by before the next try."""

MAX_SKIPS: Final = 4096
"""Longest run of turns without a spin: a busy machine may have become quiet, a slow player fast."""


class Status(IntEnum):
    """What an answer means."""

    DONE = 1
    FAILED = 2


def turn_area_bytes(num_processes: int) -> int:
    """Return the bytes in front of the slab.

    Args:
        num_processes: processes that share the block.
    """
    return num_processes * TURN_BYTES


_DONE: Final = int(Status.DONE)
"""A plain number: an enum's costs a call wherever it is combined."""


class Patience:
    """How long one side looks at a word before it sleeps, learned from how its last spins went.

    A yield gives the core to whoever waits for it. With nobody waiting it returns in half a microsecond, among our own
    processes when each had its turn, and mostly the answer is there. Two things make a spin vain: other programs that
    want the core, for then a yield gives it away for milliseconds, while a sleeper is woken with preference; and
    another side that thinks for milliseconds, for then looking only burns. So after a spin that failed, the next ones
    are left out: one, two, four, ... up to `MAX_SKIPS`, and after a late yield at once more (`LATE_SKIPS`). Each spin
    that succeeds halves the number.
    """

    def __init__(self, spin_ns: int, looks: int = 0) -> None:
        """Begin full of hope.

        Args:
            spin_ns: how long to look in one spin; 0 looks once.
            looks: before the first yield.
        """
        self._spin_ns = spin_ns
        self._looks = range(looks)
        self._skips = 0
        self._penalty = 0

    def spin(self, words: memoryview, at: int, counter: int) -> bool:
        """Yield the core until `words[at]` is of turn `counter`; say whether it came to that.

        Args:
            words: shared memory, as 64-bit words.
            at: which word.
            counter: the turn waited for.
        """
        if words[at] >> _MEANING_BITS == counter:
            return True
        if self._skips:
            self._skips -= 1
            return False
        for _ in self._looks:
            if words[at] >> _MEANING_BITS == counter:
                self._penalty >>= 1
                return True
        look_away, now_ns = yield_core, perf_counter_ns
        before = now = now_ns()
        end = now + self._spin_ns
        while now < end:
            look_away()
            before, now = now, now_ns()
            if now - before > LATE_NS:
                break
            if words[at] >> _MEANING_BITS == counter:
                self._penalty >>= 1
                return True
        is_late = now - before > LATE_NS
        self._penalty = min(MAX_SKIPS, max(4 * self._penalty, LATE_SKIPS) if is_late else 2 * self._penalty or 1)
        self._skips = self._penalty
        return words[at] >> _MEANING_BITS == counter


def patience_for(num_processes: int) -> Patience:
    """Return the patience of one of `num_processes` games, or of the trainer with one of them.

    Args:
        num_processes: game processes beside the trainer.
    """
    cores = usable_cores()
    return Patience(SPIN_NS * max(1, num_processes // cores), LOOKS if num_processes < cores else 0)


class Turn:
    """One side's view of one process's turn words."""

    def __init__(self, block: memoryview, index: int, patience: Patience) -> None:
        """Look at the words of one process.

        Args:
            block: the whole shared block.
            index: number of the process.
            patience: how to wait for the other side; its own.
        """
        self._words = block[index * TURN_BYTES : (index + 1) * TURN_BYTES].cast("Q")
        self._patience = patience

    def clear(self) -> None:
        """Forget a former process's turns."""
        for word in range(TURN_BYTES // _WORD_BYTES):
            self._words[word] = 0

    def release(self) -> None:
        """Let go of the memory."""
        self._words.release()

    # --- the trainer's side ----------------------------------------------------------------------------------------

    def ask(self, counter: int, request: int) -> bool:
        """Hand the turn to the game; say whether it must be woken.

        Args:
            counter: one more than for the request before.
            request: 1 to 3.
        """
        words = self._words
        words[_REQUEST] = counter << _MEANING_BITS | request
        if not STORES_IN_ORDER:
            return True
        fence()
        return words[_GAME_SLEEPS] != 0

    def spin_for_answer(self, counter: int) -> bool:
        """Yield the core until the answer is there and all is well, or patience ends; say which.

        Args:
            counter: of the request.
        """
        if not STORES_IN_ORDER:
            return False  # the answer may be seen before what it speaks of; its wake orders both
        words = self._words
        return self._patience.spin(words, _ANSWER, counter) and words[_ANSWER] & _MEANING_MASK == _DONE

    def answer(self, counter: int) -> int:
        """Return the answer's status now; 0 if there is none yet, -1 if the word makes no sense.

        Args:
            counter: of the request.
        """
        word = self._words[_ANSWER]
        status = word & _MEANING_MASK
        if word >> _MEANING_BITS == counter and status in (Status.DONE, Status.FAILED):
            return status
        if word >> _MEANING_BITS == counter - 1 and status != Status.FAILED:
            return 0
        return -1

    def trainer_sleeps(self, is_asleep: bool) -> None:
        """Say whether an answer needs a wake."""
        self._words[_TRAINER_SLEEPS] = is_asleep
        if is_asleep:
            fence()

    @property
    def frame(self) -> int:
        """The last frame number that the game reported, -1 if none."""
        return self._words[_FRAME] - 1

    @property
    def answer_word(self) -> int:
        """The raw word, for messages."""
        return self._words[_ANSWER]

    # --- the game's side -------------------------------------------------------------------------------------------

    def request(self, counter: int) -> int:
        """Return what is asked in turn `counter`; 0 if nothing is yet.

        Args:
            counter: of the request that is waited for.
        """
        word = self._words[_REQUEST]
        return word & _MEANING_MASK if word >> _MEANING_BITS == counter else 0

    def spin_for_request(self, counter: int) -> int:
        """Yield the core until a request is there or patience ends; return it, or 0.

        Args:
            counter: of the request.
        """
        words = self._words
        if words[_REQUEST] >> _MEANING_BITS != counter and STORES_IN_ORDER:
            self._patience.spin(words, _REQUEST, counter)
        word = words[_REQUEST]
        return word & _MEANING_MASK if word >> _MEANING_BITS == counter else 0

    def game_sleeps(self, is_asleep: bool) -> None:
        """Say whether a request needs a wake."""
        self._words[_GAME_SLEEPS] = is_asleep
        if is_asleep:
            fence()

    def reply(self, counter: int, status: Status, frame: int) -> bool:
        """Hand the turn back; say whether the trainer must be woken.

        Args:
            counter: of the request.
            status: how it went.
            frame: the game's frame number, -1 if none.
        """
        words = self._words
        words[_FRAME] = frame + 1
        words[_ANSWER] = counter << _MEANING_BITS | status
        if not STORES_IN_ORDER:
            return True
        fence()
        return words[_TRAINER_SLEEPS] != 0
