"""Maps to scenario files: TorchCraft's come out as shipped; what has no equivalent is named in one line."""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from made_map import (
    ALL_PLAYERS,
    ANYWHERE,
    AT_LEAST,
    AT_MOST,
    COMMAND_CENTER,
    COMPUTER,
    CURRENT_PLAYER,
    DRAGOON,
    EXACTLY,
    HUMAN,
    LEFT,
    MARINE,
    MINERALS,
    PLATFORM_TILE,
    REVEALER,
    RIGHT,
    START,
    ZEALOT,
    MadeMap,
    action,
    always,
    command,
    condition,
    create,
    elapsed,
    kill,
    placed,
    preserve,
    revealers,
    trigger,
    write_archive,
)

from bridge.errors import ConfigError
from bridge.maps import ImportOptions, convert, import_map, parse_chk, read_chk
from bridge.scenarios import load_scenario, read_scenario, scenario_folder

SHIPPED = ("m5v5_c_far", "dragoons_zealots")
M5V5_SHA256 = "2faaaaf19bca1f95334967357d181a20bba93510db9ceebb12d51c8091970ef3"
REMOVE_UNIT, ORDER, DEFEAT, WAIT, COMMENT = 24, 46, 2, 4, 47
ANY, MEN = 229, 230


def scenario_of(made: MadeMap, tmp_path: Path, **options: Any) -> dict[str, Any]:
    """Import a made map, let the reader of scenario files check it, and return what the file says."""
    imported = convert(parse_chk(made.chk()), "made.scm", "0" * 64, ImportOptions(**options))
    path = tmp_path / f"{imported.name}.yaml"
    path.write_text(imported.text, encoding="utf-8")
    read_scenario(path)
    said = yaml.safe_load(imported.text)
    assert isinstance(said, dict)
    return said


def refusal(made: MadeMap) -> str:
    with pytest.raises(ConfigError) as caught:
        convert(parse_chk(made.chk()), "made.scm", "0" * 64, ImportOptions())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def with_trigger(conditions: list[bytes], actions: list[bytes], players: tuple[int, ...] = (0,)) -> MadeMap:
    made = MadeMap()
    made.triggers = [*made.triggers, trigger(players, conditions, actions)]
    return made


def test_convert_map_like_m5v5_c_far_gives_the_shipped_file() -> None:
    imported = convert(parse_chk(MadeMap().chk()), "m5v5_c_far.scm", M5V5_SHA256, ImportOptions())

    assert imported.name == "m5v5_c_far"
    assert imported.text == (scenario_folder() / "m5v5_c_far.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SHIPPED)
def test_import_map_torchcraft_file_gives_the_shipped_file(facts: Path, name: str) -> None:
    imported = import_map(facts / "broodwar" / "maps" / "files" / f"{name}.scm")

    assert imported.name == name
    assert imported.text == (scenario_folder() / f"{name}.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["sp_m5v5_c_far", "sp_dragoons_zealots"])
def test_import_map_self_play_file_is_a_scenario(facts: Path, tmp_path: Path, name: str) -> None:
    imported = import_map(facts / "broodwar" / "maps" / "files" / f"{name}.scm")
    path = tmp_path / "sp.yaml"
    path.write_text(imported.text, encoding="utf-8")

    scenario, twin = read_scenario(path), load_scenario(name.removeprefix("sp_"))

    assert scenario.name == name
    assert scenario.armies == twin.armies
    assert not any(action.kind == "order" for trigger in scenario.triggers for action in trigger.actions)


@pytest.mark.parametrize("name", ["m5v5_c_far", "dragoons_zealots", "sp_m5v5_c_far", "sp_dragoons_zealots"])
def test_parse_chk_torchcraft_file_says_what_the_recorded_dump_says(facts: Path, name: str) -> None:
    maps = facts / "broodwar" / "maps"
    path = maps / "files" / f"{name}.scm"
    dump = json.loads((maps / "micro" / f"{name}.json").read_text(encoding="utf-8"))

    chk = parse_chk(read_chk(path))

    assert hashlib.sha256(path.read_bytes()).hexdigest() == dump["sha256"]
    assert (chk.version, chk.width, chk.height) == (dump["version"], dump["tile_width"], dump["tile_height"])
    assert (chk.tileset, chk.name, chk.description) == (dump["tileset_name"], dump["name"], dump["description"])
    assert (list(chk.owners), list(chk.races)) == (dump["owners"], dump["races"])
    assert list(chk.forces.of_player) == dump["forces"]["player_force"]
    assert (list(chk.forces.names), list(chk.forces.flags)) == (dump["forces"]["names"], dump["forces"]["flags"])
    assert [(u.type, u.x, u.y, u.player) for u in chk.units] == [
        (u["type"], u["x"], u["y"], u["player"]) for u in dump["units"]
    ]
    assert [(p.index, p.left, p.top, p.right, p.bottom, p.name, p.elevation_flags) for p in chk.locations] == [
        tuple(p[key] for key in ("index", "left", "top", "right", "bottom", "name", "elevation_flags"))
        for p in dump["locations"]
    ]
    assert chk.tiles.ravel().tolist() == dump["mtxm"]
    assert list(chk.section_names) == dump["section_list"]
    assert [_trigger_dump(t) for t in chk.triggers] == [_recorded_trigger(t) for t in dump["triggers"]]


def _trigger_dump(parsed: Any) -> Any:
    return (
        parsed.players,
        [(c.type, c.player, c.amount, c.unit, c.comparison, c.flags) for c in parsed.conditions],
        [(a.type, a.location, a.player, a.number, a.unit, a.modifier, a.flags) for a in parsed.actions],
    )


def _recorded_trigger(recorded: dict[str, Any]) -> Any:
    """A dump leaves out what is zero."""
    condition_keys = ("player", "amount", "unit_type", "comparison", "flags")
    action_keys = ("location", "player", "number_or_target", "unit_or_arg", "modifier", "flags")
    return (
        tuple(recorded["players"]),
        [(c["type"], *(c.get(key, 0) for key in condition_keys)) for c in recorded["conditions"]],
        [(a["type"], *(a.get(key, 0) for key in action_keys)) for a in recorded["actions"]],
    )


@pytest.mark.parametrize(
    "name",
    ["(2)Benzene", "(2)Destination", "(2)Heartbreak Ridge", "(4)Circuit Breaker", "(4)Fighting Spirit"],
)
def test_parse_chk_tournament_map_has_the_recorded_resources(facts: Path, name: str) -> None:
    maps = facts / "broodwar" / "maps"
    dump = json.loads((maps / "melee" / f"{name.replace(' ', '_')}.json").read_text(encoding="utf-8"))

    chk = parse_chk(read_chk(maps / "files" / f"{name}.scx"))

    resources = [(u.type, u.x, u.y, u.resources) for u in chk.units if 176 <= u.type <= 178 or u.type == 188]
    assert resources == [
        (u["type"], u["x"], u["y"], u.get("resources", 0))
        for u in dump["units"]
        if 176 <= u["type"] <= 178 or u["type"] == 188
    ]
    starts = [{"player": u.player, "x": u.x, "y": u.y} for u in chk.units if u.type == START]
    assert sorted(starts, key=str) == sorted(dump["start_locations"], key=str)
    assert (chk.tileset, chk.width, chk.height) == (dump["tileset_name"], dump["tile_width"], dump["tile_height"])
    assert len(set(chk.tiles.ravel().tolist())) == dump["mtxm_distinct"]


def test_import_map_tournament_map_is_refused_in_one_line(facts: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        import_map(facts / "broodwar" / "maps" / "files" / "(2)Benzene.scx")

    assert "tiles are not known to be open ground; only flat maps can be imported" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_import_map_names_the_file_once(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a map.scm", with_trigger([always()], [action(DEFEAT)]).chk())

    with pytest.raises(ConfigError) as caught:
        import_map(path)

    assert str(caught.value).count(str(path)) == 1
    assert str(caught.value).startswith(f"{path}: trigger 5: action 'defeat' is not supported; supported: create_unit")


def test_import_map_name_follows_the_file_and_options_follow_the_user(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "(2) my map!.scm", MadeMap().chk())

    plain = import_map(path)
    said = yaml.safe_load(
        import_map(path, ImportOptions(name="mine", frame_skip=4, max_frames=99, latency_frames=0)).text
    )

    assert plain.name == "2_my_map"
    assert (said["name"], said["frame_skip"], said["max_frames"], said["latency_frames"]) == ("mine", 4, 99, 0)


def test_convert_wrong_option_names_key_and_limit() -> None:
    with pytest.raises(ConfigError, match="frame_skip = 0: input should be greater than or equal to 1"):
        convert(parse_chk(MadeMap().chk()), "made.scm", "", ImportOptions(frame_skip=0))


def test_convert_placed_units_and_forces_and_current_player(tmp_path: Path) -> None:
    made = MadeMap(
        units=[placed(ZEALOT, 0, 100, 200), placed(DRAGOON, 1, 300, 400), *revealers()],
        triggers=[trigger((18, 19), [always()], [kill(CURRENT_PLAYER, ZEALOT)])],
    )

    said = scenario_of(made, tmp_path)

    assert said["title"] == "1 zealot against 1 dragoon"
    assert said["units"] == [
        {"type": "Protoss_Zealot", "player": 0, "x": 100, "y": 200},
        {"type": "Protoss_Dragoon", "player": 1, "x": 300, "y": 400},
    ]
    assert [t["actions"] for t in said["triggers"]] == [
        [{"kind": "kill_unit", "player": 0, "unit": "Protoss_Zealot"}],
        [{"kind": "kill_unit", "player": 1, "unit": "Protoss_Zealot"}],
    ]


def test_convert_property_that_the_map_does_not_set_counts_as_whole(tmp_path: Path) -> None:
    made = MadeMap(units=[placed(ZEALOT, 0, 100, 200, valid=0, hp=50), *revealers()])

    assert [unit["type"] for unit in scenario_of(made, tmp_path)["units"]] == ["Protoss_Zealot"]


def test_convert_triggers_are_ordered_player_by_player(tmp_path: Path) -> None:
    made = with_trigger([always()], [kill(CURRENT_PLAYER)], players=(1, 0))

    said = scenario_of(made, tmp_path)

    firsts = [t["actions"][0] for t in said["triggers"]]
    shown = [[first["kind"], first["player"]] for first in firsts]
    assert shown == [
        ["create_unit", 0],
        ["kill_unit", 0],
        ["kill_unit", 0],
        ["kill_unit", 0],
        ["order", 1],
        ["kill_unit", 1],
    ]


@pytest.mark.parametrize(("comparison", "said"), [(AT_LEAST, "at_least"), (AT_MOST, "at_most"), (EXACTLY, "exactly")])
def test_convert_comparisons(tmp_path: Path, comparison: int, said: str) -> None:
    made = with_trigger([elapsed(comparison, 7)], [kill(0)])

    last = scenario_of(made, tmp_path)["triggers"][2]

    assert last["conditions"] == [{"kind": "elapsed_seconds", "comparison": said, "amount": 7}]


@pytest.mark.parametrize("unit", [ANY, MEN])
def test_convert_any_unit_and_men_mean_all_units_where_there_are_no_buildings(tmp_path: Path, unit: int) -> None:
    made = with_trigger([command(0, AT_MOST, 0, unit)], [action(REMOVE_UNIT, player=ALL_PLAYERS, unit=unit)])

    last = scenario_of(made, tmp_path)["triggers"][2]

    assert last["conditions"][0]["unit"] == "any"
    assert last["actions"] == [{"kind": "remove_unit", "player": p, "unit": "any"} for p in (0, 1)]


def test_convert_what_changes_nothing_is_left_out(tmp_path: Path) -> None:
    made = with_trigger([always()], [action(COMMENT), preserve()])

    assert scenario_of(made, tmp_path)["triggers"] == scenario_of(MadeMap(), tmp_path)["triggers"]


def test_convert_trigger_for_players_that_do_not_play_is_left_out(tmp_path: Path) -> None:
    made = with_trigger([always()], [action(DEFEAT)], players=(5, 20))

    assert scenario_of(made, tmp_path)["triggers"] == scenario_of(MadeMap(), tmp_path)["triggers"]


def test_convert_action_for_a_player_that_does_not_play_is_left_out(tmp_path: Path) -> None:
    made = with_trigger([always()], [create(5, LEFT, 3), kill(0)])

    assert [a["kind"] for a in scenario_of(made, tmp_path)["triggers"][2]["actions"]] == ["kill_unit"]


def test_convert_names_that_yaml_would_misread_are_quoted(tmp_path: Path) -> None:
    for text in (b"true", b"12", b"a: b", b"- x", b"\x07col\x05our", b"{x}", b"0x1f", b"1e5", b"trailing "):
        made = MadeMap(texts=(text, b"", b"", b"", b"", b""))

        assert scenario_of(made, tmp_path)["map"]["name"] == text.decode()


@pytest.mark.parametrize(
    ("revealed", "full_vision"),
    [(revealers(), True), ([], False), ([*revealers(), *revealers(1)], True)],
    ids=["player", "nobody", "both"],
)
def test_convert_map_revealers_give_full_vision(tmp_path: Path, revealed: list[bytes], full_vision: bool) -> None:
    assert scenario_of(MadeMap(units=revealed), tmp_path)["full_vision"] is full_vision


def _change(**fields: Any) -> Callable[[], MadeMap]:
    return lambda: MadeMap(**fields)


def _trigger(conditions: list[bytes], actions: list[bytes], players: tuple[int, ...] = (0,)) -> Callable[[], MadeMap]:
    return lambda: with_trigger(conditions, actions, players)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_change(owners=[HUMAN] + [0] * 11), r"slots \[0\] play; allowed: exactly slots \[0, 1\]"),
        (_change(owners=[HUMAN, COMPUTER, COMPUTER] + [0] * 9), r"slots \[0, 1, 2\] play"),
        (_change(tiles=[9999] * 10 + [PLATFORM_TILE] * 4086), "10 of 4096 tiles are not known to be open ground"),
        (_change(tiles=[8 << 4] + [PLATFORM_TILE] * 4095), r"ground at the heights \[2, 4\]; only flat maps"),
        (_change(units=revealers()[:8]), r"revealers show part of the map \(player 0 51%\)"),
        (_change(units=revealers(), owners=[HUMAN, HUMAN] + [0] * 10), r"player 0 9\d%, player 1 0%"),
        (_change(units=[placed(MINERALS, 11, 64, 64)]), "a Resource_Mineral_Field of slot 11; supported: units of"),
        (_change(units=[placed(MARINE, 0, 64, 64, valid=2, hp=50)]), r"Terran_Marine at \(64, 64\) with changed"),
        (_change(units=[placed(MARINE, 0, 64, 64, state=1)]), "with changed properties"),
        (_change(triggers=[]), "player 0 gets no units"),
        (_trigger([], [kill(0)]), "trigger 5: it has no condition"),
        (_trigger([condition(14)], [kill(0)]), "trigger 5: condition 'opponents' is not supported; supported: always,"),
        (_trigger([always()], [action(WAIT)]), "trigger 5: action 'wait' is not supported"),
        (_trigger([always()], [kill(14)]), "trigger 5: player group 14 is not supported; supported: players, current"),
        (_trigger([always()], [kill(0)], (26,)), "trigger 5: player group 26 is not supported"),
        (_trigger([command(ALL_PLAYERS, 0, 1, ANY)], [kill(0)]), "counts the units of 2 players together"),
        (_trigger([elapsed(4, 1)], [kill(0)]), "compares with code 4; allowed: 0, 1, 10"),
        (_trigger([always()], [create(0, 9, 1)]), "trigger 5: location 9 is empty"),
        (_trigger([always()], [create(0, LEFT, 0)]), "action 'create_unit': amount = 0: input should be greater"),
        (_trigger([always()], [create(0, LEFT, 1, MEN)]), "unit type 230 is not supported; supported: 0 to 227"),
        (
            _trigger([always()], [action(ORDER, where=ANYWHERE, player=1, number=LEFT, modifier=1)]),
            "action 'order' with 'patrol' is not supported; supported: attack",
        ),
        (
            _trigger([always()], [action(ORDER, where=RIGHT, player=1, number=LEFT, modifier=2)]),
            "for the units in location 2 is not supported; supported: Anywhere",
        ),
        (
            _trigger([always()], [create(0, LEFT, 1, COMMAND_CENTER), kill(0, MEN)]),
            "'men' on a map with buildings is not supported",
        ),
    ],
)
def test_convert_what_has_no_equivalent_is_named(make: Callable[[], MadeMap], message: str) -> None:
    text = refusal(make())

    assert re.search(message, text), text


def test_convert_unit_off_the_map_is_refused() -> None:
    assert "(2048, 5) is off the map" in refusal(MadeMap(units=[placed(MARINE, 0, 2048, 5)]))


def test_made_map_has_the_sections_that_the_reader_needs() -> None:
    """The hand-made map must not drift from real ones: its trigger records are as long as the game's."""
    assert len(trigger((0,), [always()], [preserve()])) == 2400
    assert len(placed(REVEALER, 0, 0, 0)) == 36
    assert struct.calcsize("<IIIIHH") == 20
