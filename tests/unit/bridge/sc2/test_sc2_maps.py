"""Maps from recordings: what python-sc2 finds on them, and that nothing is lost in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
from sc2_world import small_map

from bridge.errors import ConfigError
from bridge.sc2.maps import Sc2Map, dump_sc2_map, load_sc2_map, read_recording

RECORDED = {"AcropolisLE": (16, 4), "AltitudeAIE": (16, 4), "BelShirVestigeLE": (10, 4)}
"""Bases, and least number of ramps."""


def recorded(facts: Path, name: str) -> Sc2Map:
    folder = facts / "starcraft2" / "data"
    if not (folder / f"{name}.game_info.pb").is_file():
        pytest.skip("no recorded maps")
    return read_recording(folder / f"{name}.game_info.pb", folder / f"{name}.observation.pb")


def assert_equal(one: Sc2Map, other: Sc2Map) -> None:
    for name in ("pathing", "placement", "height", "starts", "neutrals"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert (one.name, one.playable) == (other.name, other.playable)


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_map_survives_its_file(facts: Path, tmp_path: Path, name: str) -> None:
    before = recorded(facts, name)
    (tmp_path / "map.npz").write_bytes(dump_sc2_map(before))

    assert_equal(load_sc2_map(tmp_path / "map.npz"), before)


def test_made_map_survives_its_file(tmp_path: Path) -> None:
    (tmp_path / "map.npz").write_bytes(dump_sc2_map(small_map()))

    assert_equal(load_sc2_map(tmp_path / "map.npz"), small_map())


def test_wrong_files_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.pb").write_bytes(b"\xff\xff\xff")

    with pytest.raises(ConfigError, match=r"a\.pb: no ResponseGameInfo"):
        read_recording(tmp_path / "a.pb", tmp_path / "a.pb")
    with pytest.raises(ConfigError, match=r"b\.pb: No such file"):
        read_recording(tmp_path / "b.pb", tmp_path / "a.pb")
