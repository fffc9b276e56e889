"""Keys of ini files: the wanted ones are set, everything else stays to the letter."""

import configparser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import ConfigError
from bridge.launch.ini import set_keys, with_keys

NAMES = st.text("abcdefgh_", min_size=1, max_size=6)
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)
INIS = st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, min_size=1, max_size=4), max_size=4)


def parsed(text):
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=(";",), strict=False)
    parser.read_string(text)
    return {section: dict(parser[section]) for section in parser.sections()}


@given(old=INIS, new=INIS)
def test_wanted_keys_are_set_and_all_others_stay(old, new):
    text = with_keys("", old)

    found = parsed(with_keys(text, new))

    assert found == {section: {**old.get(section, {}), **new.get(section, {})} for section in {**old, **new}}


@given(old=INIS, new=INIS)
def test_setting_the_same_keys_again_changes_nothing(old, new):
    once = with_keys(with_keys("", old), new)

    assert with_keys(once, new) == once


def test_comments_order_and_spelling_stay():
    text = "; head\n[Auto_Menu]\n; map = x\nMAP = old.scm\nrace=Zerg\n\n[window]\nleft = 3\n"

    assert with_keys(text, {"auto_menu": {"map": "new.scm", "game": "B"}}) == (
        "; head\n[Auto_Menu]\n; map = x\nmap = new.scm\nrace=Zerg\ngame = B\n\n[window]\nleft = 3\n"
    )


def test_every_line_of_a_key_gets_the_value():
    assert with_keys("[a]\nk = 1\nk = 2\n[a]\nk = 3\n", {"a": {"k": "9"}}) == "[a]\nk = 9\nk = 9\n[a]\nk = 9\n"


@pytest.mark.parametrize("value", ["a\nb = 1", "\0", "Ünicode"])
def test_value_that_would_break_the_file_is_refused(value):
    with pytest.raises(ConfigError, match=r"ini: a.k = .*; allowed: printable ASCII"):
        with_keys("", {"a": {"k": value}})


def test_file_is_made_with_its_folder_and_bytes_of_other_encodings_survive(tmp_path):
    path = tmp_path / "bwapi-data" / "bwapi.ini"
    set_keys(path, {"ai": {"ai": "x.dll"}})
    assert path.read_text() == "[ai]\nai = x.dll\n"

    path.write_bytes(b"; \xe9\xff\r\n[ai]\r\nai = old.dll\r\n")
    set_keys(path, {"ai": {"ai": "x.dll"}})

    assert path.read_bytes() == b"; \xe9\xff\n[ai]\nai = x.dll\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["bwapi.ini"]


def test_folder_that_cannot_be_made_is_the_users_mistake(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match=r"bwapi.ini: cannot be read"):
        set_keys(tmp_path / "file" / "bwapi.ini", {"ai": {"ai": "x.dll"}})
