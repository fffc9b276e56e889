"""Whose turn it is, as words of shared memory; the same picture on both sides.

Each process has `TURN_BYTES` in front of the slab, in two halves so that no cache line has two writers:

    word  0   trainer  counter << 2 | request        the turn goes to the game
    word  1   trainer  1 while the trainer sleeps    "wake me"
    word 16   game     counter << 2 | status         the turn goes back
    word 17   game     1 while the game sleeps
    word 18   game     frame number + 1, for messages

A turn is handed over by one store of one aligned word that holds counter and meaning together. The receiver yields the
core some times, looking at the word; then it says that it sleeps, looks once more, and sleeps on its bell. Who hands
over a turn and sees that the other sleeps rings it. The fence between "I say" and "I look" on both sides keeps a
ring from being lost; the sleepers look again now and then all the same.
"""

from __future__ import annotations

from enum import IntEnum
from time import perf_counter_ns
from typing import Final

from bridge.game.requests import Request
from bridge.platform import STORES_IN_ORDER, fence, yield_core

TURN_BYTES: Final = 256
"""Two pairs of cache lines: processors fetch lines in pairs."""

_WORD_BYTES: Final = 8
_REQUEST, _TRAINER_SLEEPS = 0, 1
_ANSWER, _GAME_SLEEPS, _FRAME = 16, 17, 18
_MEANING_BITS: Final = 2
_MEANING_MASK: Final = (1 << _MEANING_BITS) - 1


_LIKELY_REQUEST: Final = int(Request.STEP)

MAX_SPIN_NS: Final = 150_000
"""A spin that took longer than this met a busy core."""

MAX_SKIPS: Final = 256
"""Longest run of turns without a spin: a busy machine may have become quiet."""


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


class Patience:
    """How long one side looks at a word before it sleeps, learned from how the last looks went.

    On a machine with nothing else to do a yield returns in a third of a microsecond, and the answer is there after
    some. On a busy machine a yield gives the core away for milliseconds, while a sleeper is woken with preference:
    there it is better to sleep at once. So after a spin that took too long, the next ones are left out: one, two,
    four, ... up to `MAX_SKIPS`.
    """

    def __init__(self, yields: int) -> None:
        """Begin full of hope.

        Args:
            yields: how often to look in one spin.
        """
        self._yields = yields
        self._skips = 0
        self._penalty = 0

    def spin(self, words: memoryview, at: int, until: int) -> bool:
        """Yield the core until `words[at] == until`; say whether it came to that.

        Args:
            words: shared memory, as 64-bit words.
            at: which word.
            until: the value waited for.
        """
        if words[at] == until:
            return True
        if self._skips:
            self._skips -= 1
            return False
        began = perf_counter_ns()
        look_away = yield_core
        for _ in range(self._yields):
            look_away()
            if words[at] == until:
                if self._penalty and perf_counter_ns() - began < MAX_SPIN_NS:
                    self._penalty //= 2
                return True
        if perf_counter_ns() - began > MAX_SPIN_NS:
            self._penalty = min(MAX_SKIPS, 2 * self._penalty or 1)
            self._skips = self._penalty
        return False


class Turn:
    """One side's view of one process's turn words."""

    def __init__(self, block: memoryview, index: int, yields: int) -> None:
        """Look at the words of one process.

        Args:
            block: the whole shared block.
            index: number of the process.
            yields: how often to look at a word, with a yield between, before sleeping.
        """
        self._words = block[index * TURN_BYTES : (index + 1) * TURN_BYTES].cast("Q")
        self._patience = Patience(yields)

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
        return self._patience.spin(self._words, _ANSWER, counter << _MEANING_BITS | Status.DONE)

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
        if STORES_IN_ORDER:
            # A step is what nearly always comes; another request ends the spin a little late.
            self._patience.spin(self._words, _REQUEST, counter << _MEANING_BITS | _LIKELY_REQUEST)
        return self.request(counter)

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
