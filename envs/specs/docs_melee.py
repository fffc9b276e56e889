"""The part of `docs/spaces.md` about melee games and the tasks beyond battles."""

from __future__ import annotations

from typing import Final

from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.rules_table import UNIT_TYPE_NAMES
from engine.core.rules import BROODWAR, STARCRAFT2, plain_name
from envs.economy import EconomyTask
from envs.offers import ECONOMY_INFO_FIELDS, MELEE_LAYERS
from envs.registration import TASKS, task_id
from envs.specs.docs_tables import block_line, fields_table, table
from envs.specs.economy import ECONOMY_FIELDS
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
from envs.specs.opening import OPENINGS
from envs.specs.panels import GROUP_FIELDS, LINE_FIELDS, PLAYER_FIELDS, QUEUE_LINES, SCORE_FIELDS
from envs.specs.pictures import DOCS_OF_STARCRAFT2, MAX_STARCRAFT2_TYPE
from envs.specs.place import DEFAULT_WINDOW_TILES
from envs.specs.planes import PLANE_NAMES
from envs.specs.pysc2 import MINIMAP_LAYERS, SCREEN_LAYERS, SELECTED_PLAYER, SELECTED_SCORE, pysc2_blocks
from envs.specs.sc2_functions import names_of
from envs.specs.screen import CAMERA_PX, MAX_SELECTED
from envs.specs.workers import NUM_FIELDS, NUM_WORKERS
from envs.tasks import make_task

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


def _function_lines(race: str, game: str) -> list[tuple[object, ...]]:
    """Return the lines of a race's functions."""
    lines: list[tuple[object, ...]] = []
    for number, function in enumerate(functions_of(race, game, has_groups=True)):
        when = WHEN_AVAILABLE.get(function.act, "always")
        if function.ability:
            makers, product = names_of(function.ability)
            when = f"a {' or '.join(makers)} is selected, and what a {product} takes is there"
        elif function.makes:
            made = UNIT_TYPE_NAMES.index(function.makes)
            maker = plain_name(UNIT_TYPE_NAMES[int(PRODUCTION["built_by"][made])])
            when = f"a {maker} is selected, and what a {plain_name(function.makes)} takes is there"
        lines.append((number, f"`{function.name}`", function.number, when))
    return lines


def _interface() -> list[str]:
    """Return what is said of a player's own interface."""
    fifteen = len(functions_of("terran", BROODWAR, has_groups=False))
    full = pysc2_blocks(CLICK_RESOLUTION, "terran", BROODWAR, is_full=True, has_groups=True)
    few = pysc2_blocks(CLICK_RESOLUTION, "terran", BROODWAR, is_full=False, has_groups=False)
    return [
        "### `pysc2`, `pysc2_selected` and `functions`\n",
        "PySC2's names for a player's own interface: the camera, the selection and the control groups are state of the"
        " seat, changed by actions and shown by observations. One of the two observations and the action go together."
        " Which functions there are depends on the race, which must be known (not `random`); shapes below are those of"
        " Terran.\n",
        '`observation="pysc2"` is a Dict of PySC2\'s twelve arrays. Options: `resolution` (64), cells of screen and'
        " minimap along each side; `control_groups` (True). The camera shows"
        f" {CAMERA_PX[BROODWAR][0]} × {CAMERA_PX[BROODWAR][1]} px, in StarCraft II"
        f" {CAMERA_PX[STARCRAFT2][0]} × {CAMERA_PX[STARCRAFT2][1]} (24 cells, PySC2's default), and begins over the"
        " first depot; the minimap shows the whole map, drawn to fill the square. Layers are as in `planes`, but"
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
        " (`control_groups`: False); pictures are uint8, StarCraft II's screen int32.\n",
        "In StarCraft II types are the game's own ids"
        f" (0 to {MAX_STARCRAFT2_TYPE}), up to {MAX_SELECTED[STARCRAFT2]} units are selected at once and fill"
        f" `multi_select`, `build_queue` has {QUEUE_LINES[STARCRAFT2]} lines, and times and rates count 22.4 loops a"
        " second. Units are drawn as the squares around their discs. What its views do not tell: effects (psionic"
        " storms, guardian shields, temporal fields, thermal lances, scanner sweeps, nukes, liberator zones, blinding"
        " clouds, corrosive bile, lurker spines), so that `effects` is 0 throughout; what is researched, whose queue is"
        " shown empty; what a MULE or a rich field brings beyond a usual load."
        " `total_value` counts what becomes something better by what that adds.\n",
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
            for game, where in ((BROODWAR, "Brood War"), (STARCRAFT2, "StarCraft II"))
            for race in OF_RACE
            for line in (
                f"As {race.capitalize()} in {where}:\n",
                table(("choice", "function", "PySC2's id", "available"), _function_lines(race, game)),
            )
        ),
        "In StarCraft II a worker that is at work on a structure, and who turns into something, take no order. Not"
        " offered there: what needs an upgrade (warp gates and what they warp in, burrowing), add-ons, creep tumors.\n",
        "A click selects the one unit under the point, or nothing; several are selected by recalling a control group"
        " that they were added to. A group changes only by own units, an empty one changes nothing when it is recalled,"
        " and groups share units, so that none is stolen from another. A building is placed with its middle at the"
        " point; whether it may stand there is the game's to say.\n",
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
            f"`{task_id(name)}`",
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
            "Layers of `planes` that mean something else in StarCraft II; its default layers are without `unit_type`,"
            " with which they are int32:\n",
            table(("layer", "there"), [(f"`{PLANE_NAMES[n]}`", doc) for n, doc in DOCS_OF_STARCRAFT2.items()]),
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
            "Of PySC2's seven mini-games two are tasks here, BuildMarines and CollectMineralsAndGas: as `StarCraft2/`"
            " with their time limits and what they pay for, on a melee map, and by Brood War's rules as `BuildMarines`"
            " and `Gather`, where `workers` gives single workers orders (`functions` does that too). The other five ask"
            " for what a melee game does not have: beacons and shards to be run over, and waves that appear when the"
            " last one is dead.\n",
        ]
    )
