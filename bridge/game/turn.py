"""Whose turn it is, as words of shared memory; the same picture on both sides.

Each process has `TURN_BYTES` in front of the slab, in two halves so that no cache line has two writers:

    word  0   trainer  counter << 2 | request        the turn goes to the game
    word  1   trainer  1 while the trainer sleeps    "wake me"
    word 16   game     counter << 2 | status         the turn goes back
    word 17   game     1 while the game sleeps
    word 18   game     frame number + 1, for messages

A turn is handed over by one store of one aligned word that holds counter and meaning together. The receiver yields the
core some times, looking at the word; then it says that it sleeps, looks once more, and sleeps on its socket. Who hands
over a turn and sees that the other sleeps sends a wake. The fence between "I say" and "I look" on both sides keeps a
wake from being lost; the sleepers look again now and then all the same.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from bridge.platform import STORES_IN_ORDER, fence, yield_core

TURN_BYTES: Final = 256
"""Two pairs of cache lines: processors fetch lines in pairs."""

_WORD_BYTES: Final = 8
_REQUEST, _TRAINER_SLEEPS = 0, 1
_ANSWER, _GAME_SLEEPS, _FRAME = 16, 17, 18
_MEANING_BITS: Final = 2
_MEANING_MASK: Final = (1 << _MEANING_BITS) - 1


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


class Turn:
    """One side's view of one process's turn words."""

    def __init__(self, block: memoryview, index: int) -> None:
        """Look at the words of one process.

        Args:
            block: the whole shared block.
            index: number of the process.
        """
        self._words = block[index * TURN_BYTES : (index + 1) * TURN_BYTES].cast("Q")

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

    def spin_for_answer(self, counter: int, yields: int) -> int:
        """Yield the core until the answer is there or patience ends.

        Args:
            counter: of the request.
            yields: how often to look.

        Returns:
            The answer's status; 0 if there is none yet, -1 if the word makes no sense.
        """
        if not STORES_IN_ORDER:
            return 0  # the answer may be seen before what it speaks of; its wake orders both
        words = self._words
        done = counter << _MEANING_BITS | Status.DONE
        look_away = yield_core
        for _ in range(yields):
            if words[_ANSWER] == done:
                return Status.DONE
            look_away()
        return self.answer(counter)

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

    def spin_for_request(self, counter: int, yields: int) -> int:
        """Yield the core until a request is there or patience ends; return it, or 0.

        Args:
            counter: of the request.
            yields: how often to look.
        """
        if STORES_IN_ORDER:
            words, look_away = self._words, yield_core
            before = words[_REQUEST]
            if before >> _MEANING_BITS != counter:
                for _ in range(yields):
                    look_away()
                    if words[_REQUEST] != before:
                        break
        return self.request(counter)

    def game_sleeps(self, is_asleep: bool) -> None:
        """Say whether a request needs a wake."""
        self._words[_GAME_SLEEPS] = is_asleep
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
