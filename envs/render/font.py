"""A pixel font for captions: capitals, digits and some signs, five columns by seven rows."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

GLYPH_WIDTH: Final = 5
GLYPH_HEIGHT: Final = 7
ADVANCE: Final = 6

_ROWS: Final = {
    " ": "00 00 00 00 00 00 00",
    "0": "0e 11 13 15 19 11 0e",
    "1": "04 0c 04 04 04 04 0e",
    "2": "0e 11 01 02 04 08 1f",
    "3": "1f 02 04 02 01 11 0e",
    "4": "02 06 0a 12 1f 02 02",
    "5": "1f 10 1e 01 01 11 0e",
    "6": "06 08 10 1e 11 11 0e",
    "7": "1f 01 02 04 08 08 08",
    "8": "0e 11 11 0e 11 11 0e",
    "9": "0e 11 11 0f 01 02 0c",
    "A": "0e 11 11 1f 11 11 11",
    "B": "1e 11 11 1e 11 11 1e",
    "C": "0e 11 10 10 10 11 0e",
    "D": "1c 12 11 11 11 12 1c",
    "E": "1f 10 10 1e 10 10 1f",
    "F": "1f 10 10 1e 10 10 10",
    "G": "0e 11 10 17 11 11 0f",
    "H": "11 11 11 1f 11 11 11",
    "I": "0e 04 04 04 04 04 0e",
    "J": "07 02 02 02 02 12 0c",
    "K": "11 12 14 18 14 12 11",
    "L": "10 10 10 10 10 10 1f",
    "M": "11 1b 15 15 11 11 11",
    "N": "11 11 19 15 13 11 11",
    "O": "0e 11 11 11 11 11 0e",
    "P": "1e 11 11 1e 10 10 10",
    "Q": "0e 11 11 11 15 12 0d",
    "R": "1e 11 11 1e 14 12 11",
    "S": "0f 10 10 0e 01 01 1e",
    "T": "1f 04 04 04 04 04 04",
    "U": "11 11 11 11 11 11 0e",
    "V": "11 11 11 11 11 0a 04",
    "W": "11 11 11 15 15 15 0a",
    "X": "11 11 0a 04 0a 11 11",
    "Y": "11 11 11 0a 04 04 04",
    "Z": "1f 01 02 04 08 10 1f",
    "-": "00 00 00 1f 00 00 00",
    "+": "00 04 04 1f 04 04 00",
    "_": "00 00 00 00 00 00 1f",
    ".": "00 00 00 00 00 0c 0c",
    ",": "00 00 00 00 0c 04 08",
    ":": "00 0c 0c 00 0c 0c 00",
    "/": "00 01 02 04 08 10 00",
    "%": "18 19 02 04 08 13 03",
    "(": "02 04 08 08 08 04 02",
    ")": "08 04 02 02 02 04 08",
    "?": "0e 11 01 02 04 00 04",
    "!": "04 04 04 04 04 00 04",
    "#": "0a 0a 1f 0a 1f 0a 0a",
}
"""Seven rows of five bits each, in hexadecimal, the leftmost column in the highest bit."""


@cache
def glyph(character: str) -> NDArray[np.bool_]:
    """Return (7, 5) bool, True where ink is; a character that the font lacks looks like `?`."""
    rows = _ROWS.get(character.upper(), _ROWS["?"]).split()
    bits = np.array([[int(row, 16) >> (GLYPH_WIDTH - 1 - column) & 1 for column in range(GLYPH_WIDTH)] for row in rows])
    ink: NDArray[np.bool_] = bits.astype(np.bool_)
    ink.setflags(write=False)
    return ink


def text_mask(text: str, scale: int = 1) -> NDArray[np.bool_]:
    """Return the ink of one line of text.

    Args:
        text: any string; letters become capitals.
        scale: pixels per dot.

    Returns:
        (7 * scale, about 6 * scale per character) bool.
    """
    mask = np.zeros((GLYPH_HEIGHT, max(0, ADVANCE * len(text) - 1)), np.bool_)
    for index, character in enumerate(text):
        mask[:, ADVANCE * index : ADVANCE * index + GLYPH_WIDTH] = glyph(character)
    return mask.repeat(scale, axis=0).repeat(scale, axis=1)
