"""Our tables are the recorded ResponseData, and python-sc2 takes them."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
from s2clientprotocol import sc2api_pb2

from bridge.sc2.data import needs_point, remapped, response_data


def everything() -> sc2api_pb2.ResponseData:
    data = response_data(abilities=True, units=True, upgrades=True, buffs=True, effects=True)
    return sc2api_pb2.ResponseData.FromString(data)


def test_tables_are_the_recording_without_hotkeys(facts: Path) -> None:
    path = facts / "starcraft2" / "data" / "response_data_5_0_10.pb"
    if not path.is_file():
        pytest.skip("no recorded ResponseData")
    recorded = sc2api_pb2.ResponseData.FromString(path.read_bytes())
    for ability in recorded.abilities:
        ability.ClearField("hotkey")
    recorded.abilities[0].ClearField("button_name")  # an empty text

    assert everything() == recorded


def test_only_the_parts_asked_for_are_answered() -> None:
    data = response_data(abilities=False, units=True, upgrades=False, buffs=False, effects=False)
    answer = sc2api_pb2.ResponseData.FromString(data)

    assert len(answer.units) == 2005
    assert not answer.abilities
    assert not answer.upgrades


def test_python_sc2_reads_costs_and_weapons() -> None:
    from sc2.game_data import GameData
    from sc2.ids.unit_typeid import UnitTypeId

    game = GameData(everything())

    marine = game.units[UnitTypeId.MARINE.value]
    assert (marine.cost.minerals, marine.cost.time) == (50, 400)
    assert game.units[UnitTypeId.STALKER.value]._proto.weapons[0].damage == 13


def test_remaps_and_targets_are_the_tables() -> None:
    assert remapped()[23] == remapped()[2048] == 3674
    assert {16, 23, 321} <= needs_point()
    assert 4 not in needs_point()
