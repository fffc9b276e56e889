"""What a learner sees, does and is paid in a melee game: `EconomyTask`, built by name wherever games run.

This module is imported by game processes: plain numpy and numba, no Gymnasium, no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from bridge.layout import ArraySpec
from bridge.seams import Arrays
from engine.core.frame import Commands, Frame
from engine.core.rules import BROODWAR, unit_type_names
from engine.core.scenario import Scenario
from envs.offers import (
    BOOKED,
    DEFAULT_RAW_COMMANDS,
    DEFAULT_RAW_UNITS,
    ECONOMY_INFO_FIELDS,
    MAX_RAW_COMMANDS,
    MAX_RAW_UNITS,
    MELEE_LAYERS,
    OFFERED,
    PYSC2,
)
from envs.specs.acting import ActionSpec, BoxSpec
from envs.specs.chronicle import Chronicle
from envs.specs.drawing import draw
from envs.specs.economy import EconomyEncoder, economy_block
from envs.specs.field import Block, Field
from envs.specs.function_table import OF_RACE
from envs.specs.functions import FunctionsDecoder, FunctionsSpec
from envs.specs.goals import goals_of
from envs.specs.ground import Ground
from envs.specs.income import IncomeScorer, income_spec
from envs.specs.ledger import MAX_FRAME_SKIP, WON, Ledger
from envs.specs.macro import DEFAULT_QUEUE, DEFAULT_REGIONS, MAX_QUEUE, MAX_REGIONS, MacroDecoder, MacroSpec
from envs.specs.makeable import makeable_types
from envs.specs.observations import (
    DEFAULT_RESOLUTION,
    MAX_RESOLUTION,
    MIN_RESOLUTION,
    ObservationSpec,
)
from envs.specs.options import Options
from envs.specs.pictures import layers_of, pictures_of
from envs.specs.place import DEFAULT_WINDOW_TILES, MAX_WINDOW_TILES, PlaceDecoder, PlaceSpec
from envs.specs.planes import PLANE_NAMES, caps_of, numbers_of
from envs.specs.pysc2 import PySC2Encoder, pysc2_blocks
from envs.specs.raw import RawDecoder, RawEncoder, command_block, raw_blocks
from envs.specs.researching import researchable
from envs.specs.rewards import RewardSpec
from envs.specs.rgb import PAINTED_FIELDS, SIDES, paint_rows, rgb_block
from envs.specs.roster import type_facts
from envs.specs.screen import Screen
from envs.specs.scripts import SCRIPT_SPECS, let_scripts_command
from envs.specs.sight import Sight
from envs.specs.workers import NUM_FIELDS, NUM_WORKERS, WorkersDecoder, WorkersSpec

if TYPE_CHECKING:
    from envs.specs.sc2_macro import StarCraft2MacroDecoder

Encode = Callable[[Frame, Arrays, NDArray[np.bool_]], None]
"""Writes the observation of the marked rows."""

Mask = Callable[[Frame, Arrays, NDArray[np.bool_]], None]
"""Writes `action_mask` of the marked rows."""

Decode = Callable[[Frame, Arrays, Commands], None]
"""Appends the commands of all rows and writes `info/invalid_actions`."""


class EconomyTask:
    """A melee game, or a part of one, as a learning problem for a batch of rows; satisfies `bridge.seams.Task`.

    Attributes:
        scenario: what is played.
        frame_skip: frames per step.
        latency_frames: frames between sending a command and its execution.
        max_frames: frames after which an episode is truncated.
        race: of the seat; `random` has the choices of all.
        observation: how rows are observed.
        action: how rows are acted in.
        reward: how rows are paid.
        info_fields: declarations of `info/*`.
    """

    info_fields: tuple[Field, ...] = ECONOMY_INFO_FIELDS

    def __init__(
        self,
        scenario: Scenario,
        *,
        race: str,
        observation: str,
        observation_options: Mapping[str, Any] | None,
        action: str,
        action_options: Mapping[str, Any] | None,
        reward: str | Mapping[str, float],
        shaping: Mapping[str, float] | None,
        frame_skip: int,
        latency_frames: int,
        max_frames: int,
    ) -> None:
        """Build the specs from checked names; `make_task` does so.

        Args:
            scenario: a melee scenario.
            race: of the seat.
            observation: one of `ECONOMY_OBSERVATIONS`.
            observation_options: the user's.
            action: one of `ECONOMY_ACTIONS`.
            action_options: the user's.
            reward: a preset or weights by term.
            shaping: weights by potential; None for none.
            frame_skip: frames per step.
            latency_frames: frames until a command takes effect.
            max_frames: limit of an episode.

        Raises:
            ConfigError: an option or a number that is not allowed.
        """
        if frame_skip > MAX_FRAME_SKIP:
            raise ConfigError(
                f"frame_skip {frame_skip} in a melee game: allowed: at most {MAX_FRAME_SKIP}, so that no delivery "
                "is missed"
            )
        self.scenario = scenario
        self.frame_skip = frame_skip
        self.latency_frames = latency_frames
        self.max_frames = max_frames
        self.race = race
        self._game = scenario.game
        observations, actions = OFFERED[scenario.game]
        for what, name, offered in (("observation", observation, observations), ("action", action, actions)):
            if name not in offered:
                raise ConfigError(f"{what} {name!r} in a melee game of {scenario.game}: allowed: {', '.join(offered)}")
        if (observation in PYSC2) != (action == "functions"):
            raise ConfigError(
                f"observation {observation!r} with action {action!r}: {' and '.join(map(repr, PYSC2))} show the camera "
                "and the selection that 'functions' acts with; allowed: one of them with it, or neither"
            )
        self._types = type_facts(scenario.game)
        self._begin: Callable[[NDArray[np.bool_], Frame], None] | None = None
        self._mask: Mask | None = None
        self._interface_encoder: PySC2Encoder | None = None
        self.observation, self._encode = self._observed(observation, observation_options)
        self.action, self._decode = self._acted(action, action_options)
        self.reward: RewardSpec = income_spec(reward, shaping)
        self._scorer = IncomeScorer(self.reward, max_frames)
        self._goals = goals_of(self.reward, scenario, race, max_frames)
        self._ledger = Ledger.allocate(0, 0, scenario.game)
        self._sight = Sight.allocate(0, scenario.map)
        self._screen = Screen.allocate(0, 0, scenario.map, scenario.game)
        self._specs: dict[str, ArraySpec] = {
            **self.action.specs,
            **SCRIPT_SPECS,
            **self.observation.specs,
            "reward": ArraySpec(shape=(), dtype=np.dtype(np.float32)),
            "terminated": ArraySpec(shape=(), dtype=np.dtype(np.bool_)),
            "truncated": ArraySpec(shape=(), dtype=np.dtype(np.bool_)),
            **{
                f"info/{field.name}": ArraySpec(shape=field.shape, dtype=np.dtype(field.dtype))
                for field in ECONOMY_INFO_FIELDS
            },
        }

    @property
    def specs(self) -> Mapping[str, ArraySpec]:
        """The arrays of one row by name."""
        return self._specs

    @property
    def ledger(self) -> Ledger:
        """The books of all rows, as of the last view."""
        return self._ledger

    @property
    def sight(self) -> Sight:
        """What all rows have seen of the map."""
        return self._sight

    @property
    def screen(self) -> Screen:
        """The interfaces of all rows."""
        return self._screen

    @property
    def chronicle(self) -> Chronicle:
        """What all rows have made and killed.

        Raises:
            ConfigError: the observation keeps no account of that.
        """
        if self._interface_encoder is None:
            raise ConfigError(f"observation {self.observation.name!r}: allowed here: {', '.join(PYSC2)}")
        return self._interface_encoder.chronicle

    def write_observation(self, frame: Frame, arrays: Arrays) -> None:
        """Write `observation` or `observation/*` of all rows, and nothing else: what `encode` does after the books."""
        self._encode(frame, arrays, self._ledger.every_row)

    def reset(self, rows: NDArray[np.bool_], frame: Frame) -> None:
        """Begin an episode on the marked rows: open the books."""
        if len(self._ledger.rows) != len(rows):
            self._ledger = Ledger.allocate(len(rows), frame.units.shape[1], self._game)
            self._sight = Sight.allocate(len(rows), self.scenario.map)
            self._screen = Screen.allocate(len(rows), frame.units.shape[1], self.scenario.map, self._game)
        self._ledger.begin(rows, frame)
        for goal in self._goals:
            goal.begin(rows)
        self._sight.begin(rows)
        self._screen.begin(rows, frame, self._ledger.costs)
        if self._begin is not None:
            self._begin(rows, frame)

    def encode(self, frame: Frame, arrays: Arrays, rows: NDArray[np.bool_] | None = None) -> None:
        """Write `observation`, `action_mask` and the state fields of `info/*`.

        Args:
            frame: the view.
            arrays: written to.
            rows: (rows,) bool, whose view is new since the last call; None means all.
        """
        ledger = self._ledger
        self._follow(frame)
        marked = ledger.every_row if rows is None else rows
        self._screen.follow(frame, marked)
        if self._mask is not None:
            self._mask(frame, arrays, marked)
        self._encode(frame, arrays, marked)
        books = ledger.rows
        for name in BOOKED:
            arrays[f"info/{name}"][:] = books[name]
        arrays["info/frame"][:] = books["tracked_frame"]
        np.subtract(books["tracked_frame"], books["start_frame"], out=arrays["info/episode_frames"])

    def decode(self, arrays: Arrays, frame: Frame, commands: Commands) -> None:
        """Append the commands that `action` stands for, or those of the row's scripted player (`action/script`)."""
        self._decode(frame, arrays, commands)
        let_scripts_command(frame, arrays, commands, self._game)

    def score(self, frame: Frame, arrays: Arrays) -> None:
        """Write `reward`, `terminated`, `truncated` and `info/battle_won` of the step that ended here."""
        self._follow(frame)
        books = self._ledger.rows
        self._scorer.score(self._ledger, arrays["reward"], arrays["terminated"], arrays["truncated"])
        np.logical_or(books["outcome"] == WON, books["is_done"], out=arrays["info/battle_won"])

    def _follow(self, frame: Frame) -> None:
        """Bring books and goals up to a Frame; a second call with the same one changes nothing."""
        self._ledger.follow(frame)
        for goal in self._goals:
            goal.follow(frame, self._ledger.rows)

    def _observed(self, name: str, options: Mapping[str, Any] | None) -> tuple[ObservationSpec, Encode]:
        """Return the declarations of an observation and the function that writes it."""
        given = Options("observation_options", name, options)
        if name == "economy":
            kinds, knowable = self._makeable(), self._researchable()
            spec = ObservationSpec(name=name, blocks=(economy_block(kinds, knowable, self._game),), form="single")
            encoder = EconomyEncoder(kinds, knowable, self.max_frames, self._game)
            given.finish()
            return spec, lambda frame, arrays, marked: encoder.encode(frame, self._ledger, arrays, marked)
        if name == "raw":
            max_units = given.integer("max_units", DEFAULT_RAW_UNITS, 1, MAX_RAW_UNITS)
            given.finish()
            blocks = raw_blocks(max_units, self._game)
            return ObservationSpec(name=name, blocks=blocks, form="dict"), RawEncoder().encode
        if name in PYSC2:
            return self._observed_as_pysc2(name, given)
        if name == "rgb":
            resolution = given.pair("resolution", (DEFAULT_RESOLUTION,) * 2, MIN_RESOLUTION, MAX_RESOLUTION)
            given.finish()
            draw_layers = self._drawn(PAINTED_FIELDS)
            drawn = np.zeros((0, len(PAINTED_FIELDS), *resolution), np.uint8)

            def paint(frame: Frame, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
                nonlocal drawn
                if len(drawn) != len(marked):
                    drawn = np.zeros((len(marked), *drawn.shape[1:]), np.uint8)
                draw_layers(frame, {"observation": drawn}, marked)
                paint_rows(marked, drawn, SIDES, arrays["observation"])

            return ObservationSpec(name=name, blocks=(rgb_block(resolution),), form="single"), paint
        usual = [one for one in MELEE_LAYERS if self._game == BROODWAR or one != "unit_type"]
        layers = given.names("layers", usual, PLANE_NAMES)
        resolution = given.pair("resolution", (DEFAULT_RESOLUTION,) * 2, MIN_RESOLUTION, MAX_RESOLUTION)
        given.finish()
        fields = layers_of(layers, self._game)
        doc = "One picture of the whole map per layer, rows downwards; the first index is the layer."
        block = Block(name="planes", leading=(), fields=fields, trailing=resolution, doc=doc)
        return ObservationSpec(name=name, blocks=(block,), form="single"), self._drawn(fields)

    def _drawn(self, fields: tuple[Field, ...]) -> Encode:
        """Return the function that draws layers of the whole map into `observation`."""
        numbers = numbers_of(fields)
        caps = caps_of(fields)
        ground = Ground.of(self.scenario.map)
        pictures = pictures_of(self._game)

        def write(frame: Frame, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
            self._sight.follow(frame, self._types, marked, sees_all=self.scenario.full_vision)
            window, selected = self._screen.maps, self._screen.selected
            draw(
                frame, self._sight, ground, self._types, pictures, marked, window, window, selected, numbers, caps,
                arrays["observation"],
            )  # fmt: skip

        return write

    def _observed_as_pysc2(self, name: str, given: Options) -> tuple[ObservationSpec, Encode]:
        """Return the declarations and the writer of an interface's observation; note what its action shares."""
        is_full = name == "pysc2"
        resolution = given.integer("resolution", DEFAULT_RESOLUTION, MIN_RESOLUTION, MAX_RESOLUTION)
        has_groups = given.flag("control_groups", is_full)
        given.finish()
        if self.race not in OF_RACE:
            raise ConfigError(
                f"observation {name!r} as {self.race}: its functions are a race's; allowed: {', '.join(OF_RACE)}"
            )
        self._interface = FunctionsSpec(resolution, self.race, self._game, has_groups=has_groups)
        num_functions = len(self._interface.functions)
        encoder = self._interface_encoder = PySC2Encoder(Ground.of(self.scenario.map), self._game, is_full=is_full)
        self._begin = lambda rows, frame: encoder.begin(rows, frame, self._ledger)

        def write(frame: Frame, arrays: Arrays, marked: NDArray[np.bool_]) -> None:
            self._sight.follow(frame, self._types, marked, sees_all=self.scenario.full_vision)
            encoder.encode(frame, self._ledger, self._sight, self._screen, arrays, marked)
            arrays["observation/available_actions"][:] = arrays["action_mask"][:, :num_functions]

        blocks = pysc2_blocks(resolution, self.race, self._game, is_full=is_full, has_groups=has_groups)
        return ObservationSpec(name=name, blocks=blocks, form="dict"), write

    def _makeable(self) -> list[int]:
        """Return the type ids that the seat's race can make."""
        if self._game == BROODWAR:
            return makeable_types(self.race)
        from envs.specs import sc2_macro  # it loads that game's tables

        return sc2_macro.makeable_types(self.race)

    def _researchable(self) -> list[str]:
        """Return what the seat's race can research, as far as Frames tell of it: StarCraft II's do not."""
        return researchable(self.race) if self._game == BROODWAR else []

    def _macro_decoder(self, spec: MacroSpec, queue: int) -> MacroDecoder | StarCraft2MacroDecoder:
        if self._game == BROODWAR:
            return MacroDecoder(spec, self.scenario.map, queue)
        from envs.specs.sc2_macro import StarCraft2MacroDecoder

        return StarCraft2MacroDecoder(spec, (self.scenario.map.width_px, self.scenario.map.height_px), queue)

    def _acted(self, name: str, options: Mapping[str, Any] | None) -> tuple[ActionSpec, Decode]:
        """Return the declarations of an action and the function that decodes it; set the one that writes masks."""
        given = Options("action_options", name, options)
        if name == "macro":
            names = unit_type_names(self._game)
            known = {names[kind]: kind for kind in self._makeable()}
            kinds = [known[one] for one in given.names("types", list(known), known)]
            knowable = self._researchable()
            research = given.names("research", knowable, knowable, may_be_empty=True)
            regions = given.integer("regions", DEFAULT_REGIONS, 1, MAX_REGIONS)
            queue = given.integer("queue", DEFAULT_QUEUE, 1, MAX_QUEUE)
            given.finish()
            macro = MacroSpec(kinds, regions, research, self._game)
            macro_decoder = self._macro_decoder(macro, queue)
            self._mask = macro_decoder.mask
            return macro, macro_decoder.decode
        if name == "place":
            if self.race != "terran":
                raise ConfigError(f"action 'place' as {self.race}: whose buildings ask for ground of their own; "
                                  "allowed: terran")  # fmt: skip
            names = unit_type_names(self._game)
            known = {names[kind]: kind for kind in self._makeable()}
            kinds = [known[one] for one in given.names("types", list(known), known)]
            columns, rows = given.pair("window_tiles", DEFAULT_WINDOW_TILES, 1, MAX_WINDOW_TILES)
            given.finish()
            placed = PlaceSpec(kinds, columns, rows)
            place_decoder = PlaceDecoder(placed, self.scenario.map)
            self._begin = lambda rows, frame: place_decoder.begin(rows)
            self._mask = place_decoder.mask
            return placed, place_decoder.decode
        if name == "functions":
            given.finish()
            called = self._interface
            functions = FunctionsDecoder(called)
            self._mask = lambda frame, arrays, marked: functions.mask(frame, self._screen, arrays, marked)
            return called, lambda frame, arrays, commands: functions.decode(frame, self._screen, arrays, commands)
        if name == "workers":
            if self.race not in ("terran", "protoss"):
                raise ConfigError(
                    f"action 'workers' as {self.race}: whose depot trains no workers, or which is not known; "
                    "allowed: terran, protoss"
                )
            workers = given.integer("workers", NUM_WORKERS, 1, 200)
            fields = given.integer("fields", NUM_FIELDS, 1, 100)
            given.finish()
            spec = WorkersSpec(workers, fields)
            workers_decoder = WorkersDecoder(spec, self.race)
            self._mask = workers_decoder.mask
            return spec, workers_decoder.decode
        commands = given.integer("commands", DEFAULT_RAW_COMMANDS, 1, MAX_RAW_COMMANDS)
        given.finish()
        return BoxSpec(block=command_block(commands, self._game)), RawDecoder().decode
