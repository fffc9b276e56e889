"""scenario.chk: what a plain map says, what protected maps abuse, and that any bytes give a value or one line."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_map import (
    ALL_PLAYERS,
    HUMAN,
    MARINE,
    PLATFORM_TILE,
    START,
    MadeMap,
    action,
    always,
    condition,
    create,
    location,
    placed,
    preserve,
    section,
    trigger,
)

from bridge.errors import ConfigError
from bridge.maps.chk import MAX_SECTIONS, ChkMap, parse_chk


def test_parse_chk_plain_map_gives_every_field() -> None:
    chk = parse_chk(MadeMap().chk())

    assert (chk.version, chk.width, chk.height, chk.tileset) == (59, 64, 64, "Space Platform")
    assert (chk.name, chk.description) == ("marines_1v1", "micro-management")
    assert chk.owners[:3] == ("human_open", "computer", "inactive")
    assert chk.races[:3] == ("Terran", "Terran", "Inactive")
    assert chk.forces.of_player[:2] == (0, 1)
    assert (chk.forces.names[0], chk.forces.flags) == ("Force 1", (15, 15, 15, 15))
    assert [(place.index, place.name, place.centre) for place in chk.locations] == [
        (1, "left", (640, 1104)),
        (2, "right", (960, 1104)),
        (64, "Anywhere", (1024, 1024)),
    ]
    assert (chk.units[0].type, chk.units[0].player, chk.units[0].x, chk.units[0].y) == (START, 0, 712, 1098)
    assert len(chk.units) == 17
    assert [(sprite.id, sprite.x, sprite.y, sprite.flags) for sprite in chk.sprites] == [(200, 64, 96, 0x1000)]
    assert chk.tiles.shape == (64, 64)
    assert set(chk.tiles.ravel().tolist()) == {PLATFORM_TILE}


def test_parse_chk_trigger_keeps_numbers_and_names() -> None:
    chk = parse_chk(MadeMap().chk())

    again = chk.triggers[2]

    assert [trigger.players for trigger in chk.triggers] == [(), (0,), (17,), (1,)]
    assert [c.type for c in again.conditions] == ["command", "elapsed_time"]
    assert (again.conditions[0].player, again.conditions[0].comparison, again.conditions[0].amount) == (13, 1, 0)
    assert [a.type for a in again.actions] == ["kill_unit", "create_unit", "create_unit", "preserve_trigger"]
    assert (again.actions[1].location, again.actions[1].player, again.actions[1].modifier) == (1, 0, 5)


def test_parse_chk_later_section_wins_unless_its_length_is_wrong() -> None:
    extra = section(b"OWNR", bytes([HUMAN] * 12)) + section(b"DIM ", b"\1\0\1\0\0") + section(b"VER ", b"\xcd\0")

    chk = parse_chk(MadeMap().chk() + extra)

    assert chk.owners == ("human_open",) * 12
    assert (chk.width, chk.height) == (64, 64)
    assert chk.version == 205


def test_parse_chk_units_and_triggers_of_all_sections_add_up() -> None:
    extra = section(b"UNIT", placed(MARINE, 1, 8, 9)) + section(b"TRIG", trigger((0,), [always()], [preserve()]))

    chk = parse_chk(MadeMap().chk() + extra)

    assert len(chk.units) == 18
    assert (chk.units[-1].type, chk.units[-1].player, chk.units[-1].x, chk.units[-1].y) == (MARINE, 1, 8, 9)
    assert len(chk.triggers) == 5


def test_parse_chk_tiles_and_locations_lie_over_earlier_ones() -> None:
    extra = section(b"MTXM", struct.pack("<2H", 7, 8)) + section(b"MRGN", location(2, 4, 6, 8))

    chk = parse_chk(MadeMap().chk() + extra)

    assert chk.tiles[0, :3].tolist() == [7, 8, PLATFORM_TILE]
    assert [place.centre for place in chk.locations] == [(4, 6), (960, 1104), (1024, 1024)]


def test_parse_chk_negative_length_jumps_back() -> None:
    # The data of JUNK are sections themselves. BACK jumps to them; SKIP, the last of them, jumps over BACK.
    version = section(b"VER ", struct.pack("<H", 205))
    out = version + section(b"SKIP", b"", 8)
    rest = MadeMap().chk().replace(b"VER ", b"XVER")
    chain = section(b"JUNK", out) + section(b"BACK", b"", -8 - len(out)) + rest

    chk = parse_chk(chain)

    assert chk.version == 205
    assert chk.section_names[:4] == ("JUNK", "BACK", "VER ", "SKIP")


def test_parse_chk_chain_that_runs_in_circles_is_refused() -> None:
    version = section(b"VER ", struct.pack("<H", 205))

    with pytest.raises(ConfigError, match="runs in circles"):
        parse_chk(section(b"JUNK", version) + section(b"BACK", b"", -8 - len(version)) + MadeMap().chk())


def test_parse_chk_section_beyond_the_end_stops_there() -> None:
    whole = MadeMap()
    units = b"".join(whole.units[:2])

    chk = parse_chk(
        whole.chk().replace(section(b"UNIT", b"".join(whole.units)), b"") + section(b"UNIT", units + b"\1" * 7, 99_999)
    )

    assert len(chk.units) == 2


def test_parse_chk_empty_section_at_the_very_end_counts() -> None:
    assert parse_chk(MadeMap().chk() + section(b"LAST", b"")).section_names[-1] == "LAST"


def test_parse_chk_switched_off_entries_are_left_out_and_zero_ends_the_list() -> None:
    off = condition(22, flags=2)
    actions = [action(3, flags=2), create(0, 1, 1), bytes(32), preserve()]
    made = MadeMap(triggers=[trigger((0,), [off, always(), bytes(20), always()], actions)])

    [only] = parse_chk(made.chk()).triggers

    assert [c.type for c in only.conditions] == ["always"]
    assert [a.type for a in only.actions] == ["create_unit"]


def test_parse_chk_unknown_kinds_keep_their_number() -> None:
    made = MadeMap(triggers=[trigger((0,), [condition(99)], [preserve()])], owners=[HUMAN, 77] + [0] * 10)

    chk = parse_chk(made.chk())

    assert chk.triggers[0].conditions[0].type == "condition_99"
    assert chk.owners[1] == "owner_77"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        ("단장의 능선".encode("cp949"), "단장의 능선"),
        ("Zoë".encode(), "Zoë"),
        (b"\xff\xfe", "ÿþ"),
    ],
)
def test_parse_chk_text_is_read_in_its_code_page(raw: bytes, text: str) -> None:
    assert parse_chk(MadeMap(texts=(raw, b"", b"", b"", b"", b"")).chk()).name == text


def test_parse_chk_text_outside_the_table_is_empty() -> None:
    chk = MadeMap().chk()

    beyond_count = parse_chk(chk.replace(section(b"SPRP", struct.pack("<HH", 1, 2)), section(b"SPRP", b"\7\0\x08\0")))
    no_table = parse_chk(chk.replace(section(b"SPRP", struct.pack("<HH", 1, 2)), section(b"SPRP", b"\xff\xff\xff\xff")))

    assert (beyond_count.name, beyond_count.description) == ("", "")
    assert (no_table.name, no_table.description) == ("", "")


@pytest.mark.parametrize("name", [b"VER ", b"DIM ", b"ERA ", b"OWNR", b"MTXM"])
def test_parse_chk_without_a_needed_section_says_which(name: bytes) -> None:
    content = MadeMap().sections()[name]

    with pytest.raises(ConfigError, match=f"no valid section '{name.decode().strip()}'"):
        parse_chk(MadeMap().chk().replace(section(name, content), b""))


@pytest.mark.parametrize(("width", "height"), [(0, 64), (64, 0), (257, 64), (65535, 65535)])
def test_parse_chk_impossible_size_is_refused(width: int, height: int) -> None:
    dimensions = section(b"DIM ", struct.pack("<HH", width, height))

    with pytest.raises(ConfigError, match=f"a map of {width} x {height} tiles; allowed: 1 to 256"):
        parse_chk(MadeMap().chk() + dimensions)


def test_parse_chk_many_sections_are_refused() -> None:
    with pytest.raises(ConfigError, match="runs in circles"):
        parse_chk(section(b"NONE", b"") * (MAX_SECTIONS + 1))


def test_parse_chk_forces_cut_short_are_filled_with_zeros() -> None:
    chk = parse_chk(MadeMap(forces=b"\1\1\1").chk())

    assert chk.forces.of_player == (1, 1, 1, 0, 0, 0, 0, 0)
    assert chk.forces.names == ("", "", "", "")


@given(st.binary(max_size=300))
def test_parse_chk_any_bytes_give_a_map_or_a_config_error(data: bytes) -> None:
    assert _value_or_config_error(data)


@given(st.data())
def test_parse_chk_damaged_map_gives_a_map_or_a_config_error(data: st.DataObject) -> None:
    chk = bytearray(MadeMap(width=4, height=4, tiles=[PLATFORM_TILE] * 16).chk())
    for _ in range(data.draw(st.integers(1, 12))):
        chk[data.draw(st.integers(0, len(chk) - 1))] = data.draw(st.integers(0, 255))
    del chk[data.draw(st.integers(0, len(chk))) :]

    assert _value_or_config_error(bytes(chk))


def _value_or_config_error(data: bytes) -> bool:
    try:
        return isinstance(parse_chk(data), ChkMap)
    except ConfigError as error:
        return "\n" not in str(error)


def test_all_players_group_is_what_maps_use() -> None:
    assert parse_chk(MadeMap(triggers=[trigger((ALL_PLAYERS,), [], [])]).chk()).triggers[0].players == (17,)
