"""Melee games by name: `melee`, or `melee?map=crossing&races=terran:zerg&starts=0:1`; `melee?game=starcraft2`.

One text names everything, so that a melee game goes wherever a scenario's name goes: into a game spec, a
configuration file, a server's map name. Maps are the shipped ones by name, or a file of the user's (`.scx`, `.scm`, or
the `.npz` that `nydus maps` writes).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, cast, get_args
from urllib.parse import parse_qsl, quote, urlencode

from bridge.errors import ConfigError
from bridge.maps.mapfile import SUFFIX, MeleeMap, read_melee_map
from bridge.scenarios import MELEE
from bridge.userfiles import nearest
from engine.broodwar.melee import MELEE_RULES
from engine.broodwar.melee_players import MELEE_PLAYERS
from engine.core.gamemap import GameMap
from engine.core.melee import MeleeRules
from engine.core.rules import BROODWAR, GAMES, PLAYERS_OF, STARCRAFT2, Player, rules_of
from engine.core.scenario import Melee, Race, Scenario

DEFAULT_MAP: Final = "crossing"

DEFAULT_RACES: Final = "terran:zerg"

OPTIONS: Final = ("game", "map", "races", "starts")

RANDOM_STARTS: Final = "random"

FRAME_SKIP: Final = 24
"""One decision a second of game time, about as often as players' larger decisions."""

LATENCY_FRAMES: Final = 2
"""BWAPI's latency of a single-player game."""

MAX_FRAMES: Final = 86_400
"""An hour at 24 frames a second: the limit of the bots' tournaments (AIIDE, CoG)."""

OPPONENTS: Final = ("standard", "weak", "strong", "rush", "noop")

KEPT_MAPS: Final = 8

MAP_FOLDER: Final = Path(__file__).parent / "maps" / "melee"


def melee_name(
    game_map: str | Path | None = None,
    races: str = DEFAULT_RACES,
    starts: str = RANDOM_STARTS,
    game: str = BROODWAR,
) -> str:
    """Return the scenario's name of a melee game.

    Args:
        game_map: name of a shipped map, or the path of a map file; None takes the game's first.
        races: of players 0 and 1, `terran:zerg`; each one of terran, protoss, zerg, random.
        starts: `random`, or the numbers of the two start locations, `0:1`.
        game: `broodwar` or `starcraft2`.
    """
    defaults = _defaults(game)
    given = {"game": game, "map": defaults["map"] if game_map is None else str(game_map)}
    given |= {"races": races, "starts": starts}
    defaults["game"] = BROODWAR
    changed = {key: value for key, value in given.items() if value != defaults[key]}
    return f"{MELEE}?{urlencode(changed, safe=':/()', quote_via=quote)}" if changed else MELEE


def changed_name(
    name: str,
    *,
    game: str | None = None,
    game_map: str | Path | None = None,
    races: str | None = None,
    players: Sequence[str | None] = (),
) -> str:
    """Return the name of a melee game with other options.

    Args:
        name: of a melee game.
        game: the one that a name means which says none; None for Brood War.
        game_map: as `melee_name` takes it; None keeps what the name says.
        races: likewise.
        players: by player number; a race in a scripted player's name, as in `zerg:rush`, is the player's.

    Raises:
        ConfigError: an unknown option, race or player.
    """
    options = _options_of(name, game)
    chosen = list(parse_races(options["races"] if races is None else races))
    for number, text in enumerate(players[: len(chosen)]):
        race = "" if text is None else parse_player(text, options["game"])[0]
        chosen[number] = cast("Race", race) if race else chosen[number]
    found = options["map"] if game_map is None else game_map
    return melee_name(found, ":".join(chosen), options["starts"], options["game"])


def game_of_melee(name: str) -> str:
    """Return which game a melee game's name is of.

    Raises:
        ConfigError: an unknown option or game.
    """
    return _options_of(name)["game"]


def _defaults(game: str) -> dict[str, str]:
    game_map = DEFAULT_MAP
    if game == STARCRAFT2:
        from bridge.sc2.melee import DEFAULT_MAP as STARCRAFT2_MAP  # it loads that game's tables

        game_map = STARCRAFT2_MAP
    return {"game": game, "map": game_map, "races": DEFAULT_RACES, "starts": RANDOM_STARTS}


def _options_of(name: str, game: str | None = None) -> dict[str, str]:
    """Return all options of a melee game's name, those that it does not say too."""
    said: dict[str, str] = {}
    for key, value in parse_qsl(name.partition("?")[2], keep_blank_values=True):
        if key not in OPTIONS:
            raise ConfigError(f"scenario {name!r}: unknown option {key!r}{nearest(key, OPTIONS)}")
        said[key] = value
    found = said.get("game", game or BROODWAR)
    if found not in GAMES:
        raise ConfigError(f"scenario {name!r}: unknown game {found!r}{nearest(found, GAMES)}")
    return _defaults(found) | said


def load_melee(name: str) -> Scenario:
    """Return the scenario that a name of `melee_name` means.

    Raises:
        ConfigError: an unknown option, race, start or map, or a file that is no melee map.
    """
    options = _options_of(name)
    melee = Melee(races=parse_races(options["races"]), starts=_parse_starts(options["starts"]))
    if options["game"] == STARCRAFT2:
        from bridge.sc2.melee import melee_on

        return dataclasses.replace(melee_on(options["map"], melee), name=name)
    path = _path_of(options["map"])
    game_map, source = _game_map(path, path.stat().st_mtime_ns)
    races = melee.races
    try:
        scenario = MELEE_RULES.scenario(
            game_map,
            melee,
            title=f"melee on {game_map.name}: {races[0]} against {races[1]}",
            source=source,
            max_frames=MAX_FRAMES,
            frame_skip=FRAME_SKIP,
            latency_frames=LATENCY_FRAMES,
            opponents=OPPONENTS,
        )
    except ValueError as error:
        raise ConfigError(f"scenario {name!r}: {error}") from error
    return dataclasses.replace(scenario, name=name)


def map_names() -> tuple[str, ...]:
    """Return the names of the shipped melee maps, sorted."""
    return tuple(sorted(path.stem for path in MAP_FOLDER.glob(f"*{SUFFIX}")))


def find_map(name_or_path: str) -> MeleeMap:
    """Return a shipped map by its name, or the one in a file.

    Args:
        name_or_path: a shipped map's name, or a path: anything with a folder separator or a map file's suffix.

    Raises:
        ConfigError: unknown name (with the nearest), missing file, or no melee map.
    """
    return read_melee_map(_path_of(name_or_path))


def _path_of(name_or_path: str) -> Path:
    path = Path(name_or_path)
    if path.suffix.lower() in (SUFFIX, ".scx", ".scm") or "/" in name_or_path or "\\" in name_or_path:
        if not path.is_file():
            raise ConfigError(f"map {name_or_path!r}: no such file")
        return path.resolve()
    if name_or_path not in map_names():
        raise ConfigError(f"unknown map {name_or_path!r}{nearest(name_or_path, map_names())}, or the path of a file")
    return MAP_FOLDER / f"{name_or_path}{SUFFIX}"


@lru_cache(maxsize=KEPT_MAPS)
def _game_map(path: Path, _modified_ns: int) -> tuple[GameMap, str]:
    """Return a file's map, with its starts and neutral units, and its source.

    The same object every time: what the engine works out about a map is kept with it.
    """
    found = read_melee_map(path)
    return dataclasses.replace(found.map, starts=found.starts, neutrals=found.units), found.source


def parse_races(text: str) -> tuple[Race, Race]:
    """Return the races in a text such as `terran:zerg`.

    Raises:
        ConfigError: not two of the known names.
    """
    names = text.split(":")
    known = get_args(Race)
    for name in names:
        if name not in known:
            raise ConfigError(f"races {text!r}: unknown race {name!r}{nearest(name, known)}")
    if len(names) != 2:
        raise ConfigError(f"races {text!r}: allowed: two of {', '.join(known)}, as in 'terran:zerg'")
    return cast("Race", names[0]), cast("Race", names[1])


def parse_players(texts: Sequence[str]) -> tuple[str, tuple[str, str]]:
    """Return the races (`zerg:terran`) and the scripted players of texts such as `zerg:rush`, `terran:standard`.

    Raises:
        ConfigError: not two, or an unknown race or player.
    """
    if len(texts) != 2:
        raise ConfigError(f"players {list(texts)}: allowed: two, as in zerg:rush terran:standard")
    races, names = zip(*(parse_player(text) for text in texts), strict=True)
    return ":".join(race or "random" for race in races), (names[0], names[1])


def with_races(scenario: Scenario, players: Sequence[str | None]) -> Scenario:
    """Return a melee scenario in which players have the races that their names say, as `zerg:rush` does.

    Args:
        scenario: a melee scenario.
        players: by player number, None for a seat of the caller's.

    Raises:
        ConfigError: an unknown race or player.
    """
    melee = scenario.melee
    assert melee is not None
    races = list(melee.races)
    for number, text in enumerate(players[: len(races)]):
        race = "" if text is None else parse_player(text, scenario.game)[0]
        races[number] = cast("Race", race) if race else races[number]
    changed = dataclasses.replace(melee, races=(races[0], races[1]))
    start_units = _rules(scenario.game).start_units
    return dataclasses.replace(scenario, melee=changed, armies=(start_units(races[0]), start_units(races[1])))


def _rules(game: str) -> MeleeRules:
    if game == BROODWAR:
        return MELEE_RULES
    from engine.starcraft2 import melee as starcraft2  # the engine's tables: only for who plays it

    return starcraft2.MELEE_RULES


def _melee_players(game: str) -> Mapping[str, Player]:
    """Return a game's scripted players of melee games by name."""
    if game == BROODWAR:
        return MELEE_PLAYERS
    from engine.starcraft2.melee_players import MELEE_PLAYERS as STARCRAFT2_PLAYERS

    return STARCRAFT2_PLAYERS


def scripted_player(text: str, game: str = BROODWAR) -> Player:
    """Return the function behind a scripted melee player's name, `zerg:rush`, `rush`, or one of the battles'.

    Args:
        text: the name.
        game: `broodwar` or `starcraft2`.

    Raises:
        ConfigError: an unknown race or player.
    """
    _, name = parse_player(text, game)
    players = _melee_players(game)
    return players[name] if name in players else rules_of(game).players[name]


def parse_player(text: str, game: str = BROODWAR) -> tuple[str, str]:
    """Return the race, "" for none, and the scripted player of a text: `zerg:rush`, or `rush` alone.

    Args:
        text: the name.
        game: `broodwar` or `starcraft2`.

    Raises:
        ConfigError: an unknown race or player.
    """
    race, colon, name = text.rpartition(":")
    if colon and race not in get_args(Race):
        raise ConfigError(f"player {text!r}: unknown race {race!r}{nearest(race, get_args(Race))}")
    known = (*_melee_players(game), *PLAYERS_OF[game])
    if name not in known:
        raise ConfigError(f"player {text!r}: unknown player {name!r}{nearest(name, known)}")
    return race, name


def _parse_starts(text: str) -> tuple[int, int] | None:
    if text == RANDOM_STARTS:
        return None
    first, _, second = text.partition(":")
    if not (first.isdigit() and second.isdigit()):
        raise ConfigError(f"starts {text!r}: allowed: {RANDOM_STARTS!r}, or two numbers as in '0:1'")
    return int(first), int(second)
