"""Write `docs/spaces.md` from the declarations: `python -m envs.specs.docs > docs/spaces.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import numpy as np

from bridge.scenarios import scenario_names
from envs.specs.actions import FIRST_ATTACK, FIRST_MOVE, MOVE_NAMES, NUM_MOVES
from envs.specs.field import Block, Field
from envs.specs.observations import (
    GLOBAL_FIELDS,
    MASK_FIELD,
    RELATION_FIELDS,
    UNIT_FIELDS,
)
from envs.specs.rewards import REWARD_PRESETS, REWARD_TERMS
from envs.tasks import INFO_FIELDS, MicroTask, make_task

EXAMPLE = "m5v5_c_far"

HEAD = f"""# What an agent sees and does

This page is generated from the declarations in `envs/specs/` by `python -m envs.specs.docs > docs/spaces.md`; a test
compares the two. Shapes below are those of `{EXAMPLE}`; the table at the end has the sizes of every scenario.

*Slots.* Units sit in slots, own and enemy apart, in ascending unit id as the battle starts. A slot is never given to
another unit: column *j* means the same unit all battle long, and an empty slot (dead, or not in sight) is all zeros
with its mask 0.

*Where the numbers come from.* Only from what a player may see, and only from what TorchCraft's messages carry too.
Points are hit points plus shield points. Distances between units are gaps between their boxes, the game's own
measure of weapon ranges. "Own" is the seat that learns, "enemy" the other player.
"""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table.

    Args:
        head: column titles.
        rows: one sequence of cells per line.
    """
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _range(field: Field) -> str:
    if field.high > np.iinfo(np.int32).max / 2:
        return f"{field.low:g} and up"
    if field.unit == "flag":
        return "0 or 1"
    return f"{field.low:g} to {field.high:g}"


def _fields(fields: Sequence[Field], with_column: bool = True) -> str:
    if with_column:
        rows = [(at, f"`{one.name}`", _range(one), one.unit, one.doc) for at, one in enumerate(fields)]
        return table(("column", "name", "range", "unit", "meaning"), rows)
    return table(
        ("name", "range", "unit", "meaning"),
        [(f"`{one.name}`", _range(one), one.unit, one.doc) for one in fields],
    )


def _block_line(block: Block) -> tuple[str, str, str, str]:
    return (f"`{block.name}`", str(block.shape).replace(",)", ")"), str(block.dtype), block.doc)


def _observations(task: MicroTask) -> str:
    blocks = task.observation.blocks
    return "\n".join(
        [
            "## Observations\n",
            '`observation="units"` is a Dict of these arrays:\n',
            table(("array", "shape", "dtype", "meaning"), map(_block_line, blocks)),
            f'`observation="flat"` is one vector of {task.observation.width} numbers: the arrays above, each flattened,'
            " one after another in the table's order.\n",
            "### `own` and `enemy`\n",
            _fields(UNIT_FIELDS),
            "After these columns, one per unit type of the scenario (own army first): `is_<type>`, 1 for the unit's"
            " type.\n",
            "### `own_mask` and `enemy_mask`\n",
            _fields((MASK_FIELD,), with_column=False),
            "### `global`\n",
            _fields(GLOBAL_FIELDS),
            "### `relations`\n",
            _fields(RELATION_FIELDS),
        ]
    )


def _actions(task: MicroTask) -> str:
    spec = task.action
    choices = [(0, "no change: the unit goes on with its order")]
    choices += [(FIRST_MOVE + at, f"move {name}") for at, name in enumerate(MOVE_NAMES)]
    moves = f"{FIRST_MOVE} to {FIRST_MOVE + NUM_MOVES - 1}"
    return "\n".join(
        [
            "## Actions\n",
            f'`action="micro"` is MultiDiscrete with one factor per own slot, each with {FIRST_ATTACK} + enemy slots'
            f" choices: {len(spec.nvec)} factors of {spec.num_choices} here.\n",
            table(
                ("choice", "meaning"),
                [*choices, (f"{FIRST_ATTACK} + j", "attack the enemy unit in slot j")],
            ),
            f"Moves ({moves}) go `move_distance_px` pixels, clamped into the map. By default that is the shortest whole"
            " number of build tiles that no own unit covers, or brakes for, before its next command:"
            f" {spec.move_distance_px} px here. An attack on the unit's present target is allowed and sends nothing,"
            " because a second command would interrupt the attack.\n",
            "Masks are exact for each factor: an empty slot allows only 0; a move is allowed if it leads elsewhere; an"
            " attack if the enemy is there and one of the unit's weapons can hit it. `env.action_masks()` is the flat"
            ' form that sb3-contrib takes; `info["action_mask"]` the tuple that `action_space.sample(mask=...)` takes.'
            " A choice that its mask forbids is dropped and counted in `invalid_actions`; one outside the space raises"
            " `InvalidActionError`.\n",
        ]
    )


def _rewards() -> str:
    rows = [
        (f"`{name}`", ", ".join(f"{weight:+g} × {term}" for term, weight in weights.items()))
        for name, weights in REWARD_PRESETS.items()
    ]
    return "\n".join(
        [
            "## Rewards\n",
            '`reward=` takes a preset\'s name, or weights by term: `{"damage_dealt": 1.0, "win": 1.0}`.\n',
            _fields(REWARD_TERMS, with_column=False),
            "Damage is the difference of what an army has left, so that its sum over an episode is at most 1: what"
            " shields regain is taken back.\n",
            table(("preset", "reward"), rows),
        ]
    )


def _infos() -> str:
    return "\n".join(["## Info\n", _fields(INFO_FIELDS, with_column=False)])


def _scenarios() -> str:
    rows = []
    for name in scenario_names():
        task = make_task(scenario=name)
        rows.append(
            (
                f"`BroodWar/{name}-v0`",
                task.roster.num_own,
                task.roster.num_enemy,
                task.observation.blocks[0].width,
                task.observation.width,
                f"{len(task.action.nvec)} × {task.action.num_choices}",
                task.action.move_distance_px,
                task.frame_skip,
                task.latency_frames,
                task.max_frames,
                ", ".join(task.scenario.opponents),
            )
        )
    head = ("id", "own slots", "enemy slots", "columns per unit", "length of `flat`", "choices", "move, px")
    return "\n".join(
        [
            "## Sizes and defaults by scenario\n",
            table((*head, "frame skip", "latency, frames", "limit, frames", "opponents (default first)"), rows),
            f"`BroodWar-v0` is `{EXAMPLE}` unless `scenario=` says otherwise.\n",
        ]
    )


def spaces_page() -> str:
    """Return the whole page as Markdown."""
    task = make_task(scenario=EXAMPLE)
    parts = [HEAD, _observations(task), _actions(task), _rewards(), _infos(), _scenarios()]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(spaces_page())
