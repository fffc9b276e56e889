"""From a row's seed and an episode's number to the game's seed: the same, whoever plays the row and with what others.

It is what `numpy.random.SeedSequence([seed, episode]).generate_state(1, numpy.uint64)` gives, computed word by word:
numpy's own makes arrays on the way and takes a multiple of the time, and in a large batch some game ends in nearly
every step. The constants are those of numpy/random/bit_generator.pyx.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_WORD: Final = 0xFFFFFFFF
_POOL_WORDS: Final = 4
_MIX_LEFT: Final = 0xCA01F9DD
_MIX_RIGHT: Final = 0x4973F715


def _powers(first: int, factor: int, count: int) -> tuple[int, ...]:
    """Return `first`, and what it becomes by multiplying with `factor` again and again, 32 bits each."""
    found = [first]
    while len(found) < count:
        found.append(found[-1] * factor & _WORD)
    return tuple(found)


_IN: Final = _powers(0x43B0D7E5, 0x931E8875, _POOL_WORDS * _POOL_WORDS + 1)
"""A constant for each word that is stirred in, and one more: each word takes two neighbours."""

_OUT: Final = _powers(0x8B51F9DD, 0x58F38DED, 3)
"""Likewise for the two words that come out."""


def _stirs() -> Iterator[tuple[int, int, int, int]]:
    """Give each word of the pool, each other word that it is stirred into, and the two constants."""
    at = _POOL_WORDS
    for source in range(_POOL_WORDS):
        for into in range(_POOL_WORDS):
            if into != source:
                yield source, into, _IN[at], _IN[at + 1]
                at += 1


_STIRS: Final = tuple(_stirs())


def _words(number: int) -> list[int]:
    """Return a number's 32-bit words, lowest first; one word for zero."""
    return [number] if number <= _WORD else [number & _WORD, number >> 32]


def episode_seed(seed: int, episode: int) -> int:
    """Return the game's seed of a row's episode: the row's seed and the count decide it, nothing else.

    Args:
        seed: the row's seed, 0 to 2**64 - 1.
        episode: 0 for the first after the row was seeded, likewise at most 2**64 - 1.
    """
    pool = [*_words(seed), *_words(episode), 0, 0][:_POOL_WORDS]
    for at in range(_POOL_WORDS):
        word = (pool[at] ^ _IN[at]) * _IN[at + 1] & _WORD
        pool[at] = word ^ word >> 16
    for source, into, before, after in _STIRS:
        word = (pool[source] ^ before) * after & _WORD
        mixed = (pool[into] * _MIX_LEFT - (word ^ word >> 16) * _MIX_RIGHT) & _WORD
        pool[into] = mixed ^ mixed >> 16
    low = (pool[0] ^ _OUT[0]) * _OUT[1] & _WORD
    high = (pool[1] ^ _OUT[1]) * _OUT[2] & _WORD
    return (high ^ high >> 16) << 32 | low ^ low >> 16
