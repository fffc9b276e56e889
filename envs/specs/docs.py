"""Write `docs/spaces.md` from the declarations: `python -m envs.specs.docs > docs/spaces.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from bridge.scenarios import scenario_names
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.core.rules import BROODWAR, plain_name
from envs.economy import ECONOMY_INFO_FIELDS, MELEE_LAYERS, EconomyTask
from envs.registration import NAMESPACE, STARCRAFT2, STARCRAFT2_ID, STARCRAFT2_SCENARIO, TASKS
from envs.specs.continuous import CONTINUOUS_FIELDS, DEFAULT_REACH_PX
from envs.specs.economy import ECONOMY_FIELDS
from envs.specs.field import Block, Field
from envs.specs.function_table import (
    HARVEST_GATHER,
    HARVEST_RETURN,
    MOVE_MINIMAP,
    MOVE_SCREEN,
    NEVER,
    OF_RACE,
    RALLY_MINIMAP,
    RALLY_SCREEN,
    SELECT_GROUP,
    SELECT_IDLE_WORKER,
    functions_of,
)
from envs.specs.functions import DEFAULT_RESOLUTION as CLICK_RESOLUTION
from envs.specs.functions import GROUP_ACTS
from envs.specs.income import INCOME_POTENTIALS, INCOME_PRESETS, INCOME_TERMS
from envs.specs.ledger import MAX_FRAME_SKIP
from envs.specs.macro import DEFAULT_QUEUE, DEFAULT_REGIONS, MacroSpec
from envs.specs.micro import FIRST_ATTACK, FIRST_MOVE, MOVE_NAMES, NUM_MOVES
from envs.specs.observations import DEFAULT_LAYERS, DEFAULT_RESOLUTION, DEFAULT_WINDOW_PX
from envs.specs.opening import OPENINGS
from envs.specs.panels import GROUP_FIELDS, LINE_FIELDS, PLAYER_FIELDS, SCORE_FIELDS
from envs.specs.place import DEFAULT_WINDOW_TILES
from envs.specs.planes import PLANE_FIELDS
from envs.specs.pysc2 import MINIMAP_LAYERS, SCREEN_LAYERS, SELECTED_PLAYER, SELECTED_SCORE, pysc2_blocks
from envs.specs.raw import COMMAND_FIELDS, RAW_PLAYER_FIELDS, RAW_UNIT_FIELDS
from envs.specs.rewards import POTENTIALS, REWARD_PRESETS, REWARD_TERMS, SMAC_SCALE
from envs.specs.rgb import PAINTED, RGB_FIELDS
from envs.specs.screen import CAMERA_HEIGHT_PX, CAMERA_WIDTH_PX
from envs.specs.squad import ATTACK_NEAREST, ATTACK_WEAKEST, DEFAULT_SQUADS, FIRST_FOCUS
from envs.specs.unit_fields import GLOBAL_FIELDS, MASK_FIELD, RELATION_FIELDS, UNIT_FIELDS
from envs.specs.workers import NUM_FIELDS, NUM_WORKERS
from envs.tasks import INFO_FIELDS, MicroTask, make_battle, make_task

EXAMPLE = "m5v5_c_far"
SMAC_EXAMPLE = "2s3z"

HUGE: Final = np.iinfo(np.int32).max / 2

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


def field_range(field: Field) -> str:
    """Return the range of a field in words."""
    if field.high > HUGE and field.low < -HUGE:
        return "any"
    if field.high > HUGE:
        return f"{field.low:g} and up"
    if field.unit == "flag":
        return "0 or 1"
    return f"{field.low:g} to {field.high:g}"


def fields_table(fields: Sequence[Field], with_column: bool = True) -> str:
    """Return a Markdown table of fields."""
    if with_column:
        rows = [(at, f"`{one.name}`", field_range(one), one.unit, one.doc) for at, one in enumerate(fields)]
        return table(("column", "name", "range", "unit", "meaning"), rows)
    return table(
        ("name", "range", "unit", "meaning"),
        [(f"`{one.name}`", field_range(one), one.unit, one.doc) for one in fields],
    )


def block_line(block: Block) -> tuple[str, str, str, str]:
    """Return an array's line of a table: name, shape, dtype, meaning."""
    return (f"`{block.name}`", str(block.shape).replace(",)", ")"), str(block.dtype), block.doc)


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
            " `continuous`. The option `sight_px` gives all units one radius instead (COMA: the firing range of ranged"
            " units).\n",
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
            " renumbering them: `directions: 4` forbids the diagonals, and `attack_px` attacks on enemies whose centre"
            " is farther away.\n",
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


WHEN_AVAILABLE: Final = {
    SELECT_IDLE_WORKER: "a worker is idle",
    HARVEST_GATHER: "a worker is selected",
    HARVEST_RETURN: "a worker with a load is selected",
    NEVER: "never: Brood War's depots cannot be lowered",
    MOVE_SCREEN: "an own unit that moves is selected",
    MOVE_MINIMAP: "likewise",
    RALLY_SCREEN: "a depot is selected",
    RALLY_MINIMAP: "likewise",
    SELECT_GROUP: "always, if there are control groups",
}
"""When functions may be called, by what they do."""


def _function_lines(race: str) -> list[tuple[object, ...]]:
    """Return the lines of a race's functions."""
    lines: list[tuple[object, ...]] = []
    for number, function in enumerate(functions_of(race, has_groups=True)):
        when = WHEN_AVAILABLE.get(function.act, "always")
        if function.makes:
            made = UNIT_TYPE_NAMES.index(function.makes)
            maker = plain_name(UNIT_TYPE_NAMES[int(PRODUCTION["built_by"][made])])
            when = f"a {maker} is selected, and what a {plain_name(function.makes)} takes is there"
        lines.append((number, f"`{function.name}`", function.number, when))
    return lines


def _interface() -> list[str]:
    """Return what is said of a player's own interface."""
    fifteen = len(functions_of("terran", has_groups=False))
    full = pysc2_blocks(CLICK_RESOLUTION, "terran", is_full=True, has_groups=True)
    few = pysc2_blocks(CLICK_RESOLUTION, "terran", is_full=False, has_groups=False)
    return [
        "### `pysc2`, `pysc2_selected` and `functions`\n",
        "PySC2's names for a player's own interface: the camera, the selection and the control groups are state of the"
        " seat, changed by actions and shown by observations. One of the two observations and the action go together."
        " Which functions there are depends on the race, which must be known (not `random`); shapes below are those of"
        " Terran.\n",
        '`observation="pysc2"` is a Dict of PySC2\'s twelve arrays. Options: `resolution` (64), cells of screen and'
        " minimap along each side; `control_groups` (True). The camera shows"
        f" {CAMERA_WIDTH_PX} × {CAMERA_HEIGHT_PX} px and begins over the first depot. Layers are as in `planes`, but"
        " points are not cut off at 255. Lists have a fixed length here, with zeros after the last unit, and"
        " `available_actions` is a flag per function; `envs.specs.pysc2.to_pysc2` gives PySC2's own form.\n",
        table(("array", "shape", "dtype", "meaning"), map(block_line, full)),
        f"`minimap`: {', '.join(MINIMAP_LAYERS)}.\n",
        f"`screen`: {', '.join(SCREEN_LAYERS)}.\n",
        "`player`:\n",
        fields_table(PLAYER_FIELDS),
        "`score_cumulative`; totals do not fall when something is lost, and the idle time of production means nothing"
        " for Zerg, whose larvae train:\n",
        fields_table(SCORE_FIELDS),
        "`single_select`, `multi_select`, `build_queue` and `cargo`, a line per unit. The game does not tell who is in"
        " a transport: an own unit that disappears while it gets in, or is fetched, is taken to be there until it is"
        " seen again.\n",
        fields_table(LINE_FIELDS),
        "`control_groups`, a line per digit:\n",
        fields_table(GROUP_FIELDS),
        '`observation="pysc2_selected"` is the few of them that a gatherer needs, with the same options'
        " (`control_groups`: False); pictures are uint8.\n",
        table(("array", "shape", "dtype", "meaning"), map(block_line, few)),
        "`minimap`: visibility_map, camera; `screen`: player_relative, unit_type;"
        f" `player`: {', '.join(SELECTED_PLAYER)}; `score`: {', '.join(SELECTED_SCORE)}.\n",
        '`action="functions"` is MultiDiscrete: the function, and the column and row of its point; with control groups'
        f" also the act ({', '.join(f'{at} {name}' for at, name in enumerate(GROUP_ACTS))}) and the group. A mask is"
        f" exact for the function. At 64 cells these are {fifteen} × 64 × 64 ="
        f" {fifteen * 64 * 64:,} joint actions as Terran, of which a policy chooses each factor on its own. A function"
        " that makes something is carried out by the first selected unit that can.\n",
        *(
            line
            for race in OF_RACE
            for line in (
                f"As {race.capitalize()}:\n",
                table(("choice", "function", "PySC2's id", "available"), _function_lines(race)),
            )
        ),
        "A click selects the one unit under the point, or nothing; several are selected by recalling a control group"
        " that they were added to. A group changes only by own units, an empty one changes nothing when it is recalled,"
        " and Brood War has no stealing from other groups. A building is placed with its middle at the point; whether"
        " it may stand there is the game's to say.\n",
    ]


def melee_part() -> str:
    """Return what differs in melee games and in the tasks beyond battles."""
    task = make_task(scenario="melee?races=terran:zerg")
    assert isinstance(task, EconomyTask)
    (block,) = task.observation.blocks
    spec = task.action
    assert isinstance(spec, MacroSpec)
    presets = [
        (f"`{name}`", ", ".join(f"{weight:+g} × {term}" for term, weight in weights.items()))
        for name, weights in INCOME_PRESETS.items()
    ]
    tasks = [
        (
            f"`{NAMESPACE}/{name}-v0`",
            *(f"`{given[key]}`" for key in ("scenario", "observation", "action", "reward")),
            given["max_frames"],
        )
        for name, given in TASKS.items()
    ]
    return "\n".join(
        [
            "## Melee games\n",
            '`scenario="melee"`, with options as in `melee?map=crossing&races=terran:zerg`, has its own observations,'
            " actions and rewards. `planes` (the whole map; default layers " + ", ".join(MELEE_LAYERS) + ") and `raw`"
            " are as above. A step takes at most "
            f"{MAX_FRAME_SKIP} frames, so that no delivery is missed.\n",
            "### `economy`\n",
            f'`observation="economy"` is one vector, of {block.width} numbers as Terran:\n',
            fields_table(ECONOMY_FIELDS),
            "After these columns `own_<type>`, complete units of each type that the race can make, then"
            " `coming_<type>`, those under construction, in queues or ordered; then `level_<name>` of each technology"
            " and upgrade, of its highest, and `coming_<name>`, whether it is being researched.\n",
            "### `macro`\n",
            '`action="macro"` is MultiDiscrete with two factors: what to do, and the region of an attack'
            f" (`regions` × `regions` parts of the map, {DEFAULT_REGIONS} × {DEFAULT_REGIONS} unless the option says"
            " otherwise, row by row). The option `types` restricts what is made, `queue`"
            f" ({DEFAULT_QUEUE}) is how many units a producer may have in its queue. As Terran:\n",
            table(("choice", "meaning"), enumerate(spec.choice_names)),
            "A unit is trained or morphed where the queue is shortest. A building goes to the nearest place to the"
            " first own depot that the rules allow, clear of the way to the resources, and the nearest free worker"
            " builds it. A choice is possible when the game accepts its command now and what builders on their way will"
            " pay is left over. `expand`, offered where the depot is among the types, builds one at the natural,"
            " then at the nearest base on foot that nobody is seen to hold. An add-on is built by the first building"
            " of its kind that is idle, has none and has room for it. `research` (option `research`, names; [] for"
            " none) is a technology, or the next level of an upgrade, in the first building that is free for it. Not"
            " offered: merged units and nuclear missiles."
            " Buildings of the Zerg go where the first hatchery's creep is full-grown.\n",
            "### `place`\n",
            '`action="place"` (Terran) is MultiDiscrete with three factors: what `macro` does, and column and row of a'
            " building's upper left tile in a window of the map"
            f" ({DEFAULT_WINDOW_TILES[0]} × {DEFAULT_WINDOW_TILES[1]} build tiles, option `window_tiles`). The window's"
            " middle is where the way from the own depot to the enemy's start first leaves ground that can be built on:"
            " the ramp. Column and row are masked on their own: a pair at which the building may not stand is dropped"
            " and counted in `invalid_actions`. Attacks go to the map's middle.\n",
            "### `workers`\n",
            '`action="workers"` (Terran and Protoss) is MultiDiscrete with a factor per worker slot'
            f" ({NUM_WORKERS}, option `workers`): 0 goes on, 1 + j gathers from the mineral field in slot j"
            f" ({NUM_FIELDS}, option `fields`); and one for the depot: 1 trains a worker. Slots are in ascending id.\n",
            *_interface(),
            "### Rewards\n",
            fields_table(INCOME_TERMS, with_column=False),
            table(("preset", "reward"), presets),
            "`shaping=` weighs:\n",
            fields_table(INCOME_POTENTIALS, with_column=False),
            "The milestones of the openings:\n",
            table(
                ("race", "milestones, complete at one time"),
                [
                    (race, ", ".join(f"{count} {name.split('_', 1)[1].replace('_', ' ')}" for name, count in steps))
                    for race, steps in OPENINGS.items()
                ],
            ),
            "Zerglings are shut out when a flood of all places where one can stand, pixel by pixel, no longer leads"
            " from the enemy's start to the first own depot. An episode ends when all milestones are reached, or with"
            " the wall, where the reward asks for them.\n",
            "### Info\n",
            fields_table(ECONOMY_INFO_FIELDS, with_column=False),
            "### Tasks\n",
            table(("id", "scenario", "observation", "action", "reward", "limit, frames"), tasks),
            "Any of these keywords can be given to `gymnasium.make` to change them. `envs.baselines` has a scripted"
            " player for each.\n",
        ]
    )


def spaces_page() -> str:
    """Return the whole page as Markdown."""
    task = make_battle(scenario=EXAMPLE)
    parts = [HEAD, _observations(task), _actions(task), *_smac(), _rewards(), _infos(), _scenarios(), melee_part()]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(spaces_page())
