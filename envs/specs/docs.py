"""Write `docs/spaces.md` from the declarations: `python -m envs.specs.docs > docs/spaces.md`."""

from __future__ import annotations

import sys

from bridge.scenarios import scenario_names
from engine.core.rules import BROODWAR
from envs.registration import NAMESPACE, STARCRAFT2, STARCRAFT2_ID, STARCRAFT2_SCENARIO
from envs.specs.continuous import CONTINUOUS_FIELDS, DEFAULT_REACH_PX
from envs.specs.docs_melee import melee_part
from envs.specs.docs_tables import block_line, field_range, fields_table, table
from envs.specs.micro import FIRST_ATTACK, FIRST_MOVE, MOVE_NAMES, NUM_MOVES
from envs.specs.observations import DEFAULT_LAYERS, DEFAULT_RESOLUTION, DEFAULT_WINDOW_PX
from envs.specs.planes import PLANE_FIELDS
from envs.specs.raw import COMMAND_FIELDS, RAW_PLAYER_FIELDS, RAW_UNIT_FIELDS
from envs.specs.rewards import POTENTIALS, REWARD_PRESETS, REWARD_TERMS, SMAC_SCALE
from envs.specs.rgb import PAINTED, RGB_FIELDS
from envs.specs.squad import ATTACK_NEAREST, ATTACK_WEAKEST, DEFAULT_SQUADS, FIRST_FOCUS
from envs.specs.unit_fields import GLOBAL_FIELDS, MASK_FIELD, RELATION_FIELDS, UNIT_FIELDS
from envs.tasks import INFO_FIELDS, MicroTask, make_battle

EXAMPLE = "m5v5_c_far"
SMAC_EXAMPLE = "2s3z"

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


def _observations(task: MicroTask) -> str:
    blocks = task.observation.blocks
    return "\n".join(
        [
            "## Observations\n",
            '`observation="units"` is a Dict of these arrays:\n',
            table(("array", "shape", "dtype", "meaning"), map(block_line, blocks)),
            f'`observation="flat"` is one vector of {task.observation.width} numbers: the arrays above, each flattened,'
            " one after another in the table's order.\n",
            "### `own` and `enemy`\n",
            fields_table(UNIT_FIELDS),
            "After these columns, one per unit type of the scenario (own army first): `is_<type>`, 1 for the unit's"
            " type.\n",
            "### `own_mask` and `enemy_mask`\n",
            fields_table((MASK_FIELD,), with_column=False),
            "### `global`\n",
            fields_table(GLOBAL_FIELDS),
            "### `relations`\n",
            fields_table(RELATION_FIELDS),
            "### Fewer columns\n",
            '`observation_options={"features": [...], "arrays": [...]}` keeps these columns of `own` and `enemy`'
            " (`type` stands for all `is_<type>`) and these arrays, in the order above.\n",
            _local(),
            "### `planes`\n",
            f'`observation="planes"` is one uint8 array (layers, rows, columns). Options: `layers` (default'
            f" {', '.join(DEFAULT_LAYERS)}), `resolution` (cells, {DEFAULT_RESOLUTION} or (rows, columns)), `window_px`"
            f" (pixels across and down around the own army's centre, {DEFAULT_WINDOW_PX}; 0 for the whole map).\n",
            "A cell of a layer about the ground shows the tile under the cell's centre. A unit covers the cells whose"
            " centre lies in its box, at least the one under its own centre; flyers are drawn above ground units, a"
            " higher id above a lower one. Buildings and resources that were seen stay as they were last seen, below"
            " what is in sight and without points, until their place is seen without them.\n",
            fields_table(PLANE_FIELDS),
            "### `rgb`\n",
            '`observation="rgb"` is one uint8 array (3, rows, columns): the layers '
            + ", ".join(PAINTED)
            + " in colours,"
            " for networks that take pictures. Options: `resolution` and `window_px` as of `planes`; in melee games it"
            " shows the whole map. Ground out of sight is darker, cells that were never seen darkest.\n",
            fields_table(RGB_FIELDS),
            "### `raw`\n",
            '`observation="raw"` is a Dict of the game\'s own numbers, int64; the option `max_units` says how many'
            " lines there are.\n",
            "`units`, one line per unit in sight, in ascending id:\n",
            fields_table(RAW_UNIT_FIELDS),
            "`player`:\n",
            fields_table(RAW_PLAYER_FIELDS),
        ]
    )


def _local() -> str:
    task = make_battle(scenario=EXAMPLE, observation="local")
    (block,) = task.observation.blocks
    rows = [
        (offset, f"`{field.name}`", str(field.shape).replace(",)", ")"), field_range(field), field.unit, field.doc)
        for field, offset in zip(block.fields, block.offsets().values(), strict=True)
    ]
    return "\n".join(
        [
            "### `local`\n",
            f'`observation="local"` is one array {block.shape}: a line per own slot with what that unit sees within the'
            " sight radius of its own type, and nothing else. For decentralised policies; goes with `micro` and"
            " `continuous`. The option `sight_px` gives all units one radius instead, from box to box (COMA: the firing"
            " range of ranged units).\n",
            table(("first column", "name", "shape", "range", "unit", "meaning"), rows),
        ]
    )


def _smac() -> list[str]:
    """Return what is said of SMAC's observation, state and actions, with the fields of one scenario."""
    task = make_battle(scenario=SMAC_EXAMPLE, observation="smac")
    obs, state = task.observation.blocks
    return [
        "### `smac`\n",
        '`observation="smac"` is what SMAC\'s own environment shows its agents (its defaults), a Dict of `obs`, one'
        " line per agent, and `state`, for training only. Agents go by type, then x, then y, as there. It goes with"
        ' `action="smac"`. Positions are whole pixels of 1/32 cell and cooldowns whole frames, which is all that'
        f" differs. Shapes of `{SMAC_EXAMPLE}`:\n",
        table(("array", "shape", "dtype", "meaning"), map(block_line, (obs, state))),
        "`obs`, where enemy_0 and ally_0 stand for all others:\n",
        fields_table([field for field in obs.fields if _is_first(field.name)], with_column=False),
        "`state`, likewise:\n",
        fields_table([field for field in state.fields if _is_first(field.name)], with_column=False),
        '`action="smac"` is MultiDiscrete, one factor per agent: 0 nothing (only when it is dead), 1 stop, 2-5 move 2'
        " cells north, south, east, west, 6 + *j* attack enemy *j*, where *j* is within 6 cells (a Medivac heals agent"
        " *j*). Masks are SMAC's available actions.\n",
    ]


def _is_first(name: str) -> bool:
    """Say whether a field is of the first one of its kind."""
    return not any(part.isdigit() and part != "0" for part in name.split("_")[:3])


def _actions(task: MicroTask) -> str:
    spec = task.micro
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
            " because a second command would interrupt the attack. Two options narrow the choices down without"
            " renumbering them: `directions: 4` forbids the diagonals, and `attack_px` attacks on enemies farther"
            " away, from box to box.\n",
            "Masks are exact for each factor: an empty slot allows only 0; a move is allowed if it leads elsewhere; an"
            " attack if the enemy is there and one of the unit's weapons can hit it. `env.action_masks()` is the flat"
            ' form that sb3-contrib takes; `info["action_mask"]` the tuple that `action_space.sample(mask=...)` takes.'
            " A choice that its mask forbids is dropped and counted in `invalid_actions`; one outside the space raises"
            " `InvalidActionError`.\n",
            "### `squad`\n",
            '`action="squad"` is MultiDiscrete with one factor per squad. The option `squads` says how many'
            f" ({DEFAULT_SQUADS}); slots are divided among them in order.\n",
            table(
                ("choice", "meaning"),
                [
                    *choices,
                    (ATTACK_NEAREST, "each unit attacks the enemy nearest to it"),
                    (ATTACK_WEAKEST, "each unit attacks the enemy with the fewest points"),
                    (f"{FIRST_FOCUS} + j", "each unit attacks the enemy in slot j"),
                ],
            ),
            "A choice is allowed when `micro` allows it to some unit of the squad; the others"
            " go on with what they do.\n",
            "### `continuous`\n",
            f'`action="continuous"` is a Box with a line per own slot. The option `reach_px` ({DEFAULT_REACH_PX}) is'
            " the farthest point. A unit moves to the point that its angle and distance name, or attacks the enemy"
            " nearest to it. There are no masks.\n",
            fields_table(CONTINUOUS_FIELDS),
            "### `raw`\n",
            '`action="raw"` is a Box of int64 with a line per command; the option `commands` says how many. Commands to'
            " units that are not the seat's own, or about targets out of sight, are dropped and counted in"
            " `invalid_actions`; the rest is the game's to accept. There are no masks.\n",
            fields_table(COMMAND_FIELDS),
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
            fields_table(REWARD_TERMS, with_column=False),
            "Damage is the difference of what an army has left, so that its sum over an episode is at most 1: what"
            " shields regain is taken back.\n",
            table(("preset", "reward"), rows),
            f"`smac` pays the absolute value and scales it so that a perfect battle is worth {SMAC_SCALE:g}."
            " `torchcraftai` pays as things happen what the original pays at the end. `usunier` has each side's own"
            " scale, not the paper's.\n",
            '`shaping={"own_points": 1.0, "enemy_points": -1.0, "gamma": 0.99}` adds the discounted rise of a'
            " potential, gamma × next − present, which changes no optimal policy; it is 0 after the end. Give it the"
            " learner's gamma.\n",
            fields_table(POTENTIALS, with_column=False),
        ]
    )


def _infos() -> str:
    return "\n".join(["## Info\n", fields_table(INFO_FIELDS, with_column=False)])


def _scenarios() -> str:
    rows = []
    for namespace, name in [
        *((NAMESPACE, name) for name in scenario_names(BROODWAR)),
        *((STARCRAFT2, name) for name in scenario_names("starcraft2")),
    ]:
        task = make_battle(scenario=name)
        rows.append(
            (
                f"`{namespace}/{name}-v0`",
                task.roster.num_own,
                task.roster.num_enemy,
                task.observation.blocks[0].width,
                task.observation.width,
                f"{len(task.micro.nvec)} × {task.micro.num_choices}",
                task.micro.move_distance_px,
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
            f"`BroodWar-v0` is `{EXAMPLE}`, `{STARCRAFT2_ID}` is `{STARCRAFT2_SCENARIO}` unless `scenario=` says"
            " otherwise.\n",
        ]
    )


def spaces_page() -> str:
    """Return the whole page as Markdown."""
    task = make_battle(scenario=EXAMPLE)
    parts = [HEAD, _observations(task), _actions(task), *_smac(), _rewards(), _infos(), _scenarios(), melee_part()]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(spaces_page())
