"""Melee maps: resources and starts as the map says, and a file that reads back to the same map."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from made_map import COMMAND_CENTER, HUMAN, MINERALS, START, MadeMap, placed, write_archive

from bridge.errors import ConfigError
from bridge.maps import MeleeMap, dump_map, is_melee, load_map, parse_chk, read_melee_map

NEUTRAL = 11
GEYSER = 188


def melee_chk(*more: bytes) -> MadeMap:
    starts = [placed(START, 1, 1800, 1800), placed(START, 0, 200, 300)]
    units = [placed(MINERALS, NEUTRAL, 320, 400), placed(GEYSER, NEUTRAL, 640, 400)]
    return MadeMap(owners=[HUMAN, HUMAN] + [0] * 10, units=[*starts, *units, *more], triggers=[])


def assert_equal(one: MeleeMap, other: MeleeMap) -> None:
    assert (one.tileset, one.source, one.map.name) == (other.tileset, other.source, other.map.name)
    for name in ("starts", "units"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
    for name in ("walkable", "buildable", "ground_height"):
        np.testing.assert_array_equal(getattr(one.map, name), getattr(other.map, name))
    for name in ("unknown_tiles", "unknown_share", "contradictory_share", "unknown_as"):
        assert getattr(one.ground, name) == getattr(other.ground, name)


@pytest.mark.parametrize(
    "name",
    ["(2)Benzene", "(2)Destination", "(2)Heartbreak Ridge", "(4)Circuit Breaker", "(4)Fighting Spirit"],
)
def test_real_maps_have_the_resources_and_starts_that_are_known(name: str, facts: Path, tmp_path: Path) -> None:
    melee = read_melee_map(facts / "broodwar" / "maps" / "files" / f"{name}.scx")
    known = json.loads((facts / "broodwar" / "maps" / "melee_resources.json").read_text(encoding="utf-8"))
    expected = known[name.replace(" ", "_")]

    assert melee.starts.tolist() == [(start["x"], start["y"]) for start in expected["start_locations"]]
    assert melee.is_mineral.sum() == expected["n_mineral_fields"]
    assert melee.is_geyser.sum() == expected["n_geysers"]
    for kind, total in ((melee.is_mineral, "mineral_total"), (melee.is_geyser, "gas_total")):
        assert melee.units["resources"][kind].sum() == sum(base[total] for base in expected["bases"])
    path = tmp_path / "map.npz"
    path.write_bytes(dump_map(melee))
    assert_equal(load_map(path), melee)
    assert path.stat().st_size < 20_000


def test_starts_come_by_slot_and_resources_have_the_games_defaults(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "two.scm", melee_chk().chk())

    melee = read_melee_map(path)

    assert melee.starts.tolist() == [(200, 300), (1800, 1800)]
    assert melee.units.tolist() == [(MINERALS, 320, 400, 1500), (GEYSER, 640, 400, 5000)]
    assert melee.source.startswith("two.scm, sha256 ")


def test_melee_is_two_starts_and_nothing_owned() -> None:
    assert is_melee(parse_chk(melee_chk().chk()))
    assert not is_melee(parse_chk(melee_chk(placed(COMMAND_CENTER, 0, 500, 500)).chk()))
    assert not is_melee(parse_chk(MadeMap().chk()))


def test_a_map_without_two_starts_is_refused_by_name(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "one.scm", MadeMap(units=[placed(START, 0, 64, 64)], triggers=[]).chk())

    with pytest.raises(ConfigError, match=r"one\.scm: 1 start locations; allowed: 2 to 8"):
        read_melee_map(path)


def test_damaged_map_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "map.npz"
    path.write_bytes(dump_map(read_melee_map(write_archive(tmp_path / "two.scm", melee_chk().chk()))))
    whole = path.read_bytes()

    with pytest.raises(ConfigError, match=r"gone\.npz: no such file"):
        load_map(tmp_path / "gone.npz")
    for cut in (0, 10, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:cut])
        with pytest.raises(ConfigError, match=r"map\.npz: "):
            load_map(path)
    np.savez(path, about=np.frombuffer(b'{"format": 9}', np.uint8))
    with pytest.raises(ConfigError, match="format 9; allowed: 1"):
        load_map(path)
    np.savez(path, about=np.frombuffer(b'{"format": 1}', np.uint8))
    with pytest.raises(ConfigError, match="damaged map file"):
        load_map(path)
