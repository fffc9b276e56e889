"""What `nydus rules show` prints."""

from __future__ import annotations

import pytest

from bridge.rules_view import render_unit
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
