"""The kernel of a server's usual message: how a frame differs from the one sent before it, as a FrameDiff's bytes.

`codec_diff` finds the changes and `codec_write` writes them; here both are one call, since a call from Python with a
dozen arrays costs more than the work for ten units.
"""

from __future__ import annotations

from bridge.torchcraft.codec_diff import GOOD, UNIT_WORDS, diff_units
from bridge.torchcraft.codec_words import Longs, Words
from bridge.torchcraft.codec_write import UNIT_DIFF_WORDS, write_diff
from engine.core.jit import kernel


@kernel
def write_difference(
    words: Words,
    rows: Words,
    variables: Words,
    order_numbers: Words,
    sorting: Longs,
    players: Words,
    counts: Words,
    units: Words,
    orders: Words,
    old_players: Words,
    old_counts: Words,
    old_units: Words,
    old_orders: Words,
    resources: Words,
    bullets: Words,
    creep: Words,
    reward: int,
    is_terminal: int,
) -> int:
    """Write the difference of two frames behind DIFF_PREFIX and return the word at which it ends.

    Args:
        words: as of `write_diff`, long enough for 39 changes of every unit and all order numbers.
        rows: (12 * n + 2,) int32, overwritten: `out` of `diff_units`.
        variables: (2, 39 * n) int32, overwritten, as of `diff_units`.
        order_numbers: (2, 5 * m) int32, overwritten, likewise.
        sorting: (3, max(n, old n)) int64, overwritten, likewise.
        players: of the new frame, as of `diff_units`; likewise the next seven.
        counts: see above.
        units: see above.
        orders: see above.
        old_players: see above.
        old_counts: see above.
        old_units: see above.
        old_orders: see above.
        resources: as of `write_diff`; likewise the next four.
        bullets: see above.
        creep: see above.
        reward: see above.
        is_terminal: see above.

    Returns:
        What `diff_units` says (BAD_PARTS, NO_ROOM), with nothing written, where it fails.
    """
    result = diff_units(
        players,
        counts,
        units,
        orders,
        old_players,
        old_counts,
        old_units,
        old_orders,
        rows,
        variables,
        order_numbers,
        sorting,
    )
    if result != GOOD:
        return result
    end = UNIT_DIFF_WORDS * (units.size // UNIT_WORDS)
    num_vars, num_orders = rows[end], rows[end + 1]
    return write_diff(
        words,
        players,
        counts,
        rows[:end],
        variables[0, :num_vars],
        variables[1, :num_vars],
        order_numbers[0, :num_orders],
        order_numbers[1, :num_orders],
        resources,
        bullets,
        creep,
        reward,
        is_terminal,
    )
