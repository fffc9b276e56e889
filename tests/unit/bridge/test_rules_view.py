"""What `nydus rules show` prints."""

from __future__ import annotations

import pytest

from bridge.rules_view import TABLES, render, render_names, render_unit
from engine.broodwar.rules_table import UNIT_TYPE_NAMES


def test_a_zealot_shows_its_numbers():
    text = render_unit("Protoss_Zealot")

    assert text.startswith("Protoss_Zealot (id 65, Protoss, Small)\n")
    for fact in ("100, armor 1", "60", "600 frames (25.2 s)", "8 x 2, Normal", "22 frames", "15 px", "no weapon"):
        assert fact in text


def test_a_vulture_shows_both_speeds():
    assert "6.668 px a frame (6.4 along way-points)" in render_unit("Terran_Vulture")


def test_a_siege_tank_shows_minimum_range_and_splash():
    text = render_unit("Terran_Siege_Tank_Siege_Mode")

    assert "64 to 384 px" in text
    assert "10 / 25 / 40 px" in text


@pytest.mark.parametrize("name", UNIT_TYPE_NAMES)
def test_every_unit_type_can_be_shown(name):
    assert render_unit(name).splitlines()[0].startswith(name)


def test_an_unknown_unit_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match="unknown unit type 'Zealot'; did you mean 'Protoss_Zealot'"):
        render_unit("Zealot")


def test_a_marine_shows_who_makes_it_and_a_lurker_what_it_needs():
    assert "made by     Terran_Barracks" in render_unit("Terran_Marine")
    assert "needs       Lurker_Aspect" in render_unit("Zerg_Lurker")
    assert "needs       Protoss_Gateway, a pylon's field" in render_unit("Protoss_Cybernetics_Core")


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("Gauss_Rifle", ("id 0 of weapons", "Terran_Infantry_Weapons")),
        ("Stim_Packs", ("id 0 of techs", "1200 frames (50.4 s)", "Terran_Academy")),
        ("U_238_Shells", ("id 16 of upgrades", "150", "Terran_Marine")),
        ("AttackUnit", ("id 10 of orders", "stock orders.dat")),
        ("Lockdown", ("of weapons", "of techs")),
    ],
)
def test_every_kind_of_row_can_be_shown(name, facts):
    text = render(name)

    for fact in facts:
        assert fact in text


@pytest.mark.parametrize("table", TABLES)
def test_every_name_of_a_table_is_listed_and_can_be_shown(table):
    lines = render_names(table).splitlines()

    assert len(lines) == len(TABLES[table])
    assert render(lines[0].split()[1])


def test_a_name_of_nothing_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="unknown technology 'Stim_Pack'; did you mean 'Stim_Packs'"):
        render("Stim_Pack")
    with pytest.raises(ValueError, match="did you mean 'Terran_Marine'"):
        render("Marin")
    with pytest.raises(ValueError, match="unknown name 'qqq'; `nydus rules list units`"):
        render("qqq")
