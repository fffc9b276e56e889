"""The rule tables: their numbers, and what a mistake in one of them says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.broodwar import rules_table as rules
from engine.core.jit import kernel

MARINE, VULTURE, WRAITH, ZERGLING, ZEALOT, DRAGOON = 0, 2, 8, 37, 65, 66


@pytest.mark.parametrize(
    ("unit", "hp", "shield", "armor", "size", "tiles", "ground", "air"),
    [
        (MARINE, 40, 0, 0, "Small", 4, "Gauss_Rifle", "Gauss_Rifle"),
        (VULTURE, 80, 0, 0, "Medium", 5, "Fragmentation_Grenade", None),
        (WRAITH, 120, 0, 0, "Large", 5, "Burst_Lasers", "Gemini_Missiles"),
        (ZERGLING, 35, 0, 0, "Small", 3, "Claws", None),
        (ZEALOT, 100, 60, 1, "Small", 3, "Psi_Blades", None),
        (DRAGOON, 100, 80, 1, "Large", 4, "Phase_Disruptor", "Phase_Disruptor"),
    ],
)
def test_unit_types_have_the_games_numbers(unit, hp, shield, armor, size, tiles, ground, air):
    row = rules.UNIT_TYPES[unit]

    assert (row["id"], row["max_hp"], row["max_shield"], row["armor"]) == (unit, hp, shield, armor)
    assert rules.SIZES[row["size"]] == size
    assert row["acquisition_tiles"] == tiles
    for field, weapon in (("ground_weapon", ground), ("air_weapon", air)):
        assert row[field] == (rules.NO_WEAPON if weapon is None else rules.weapon_type_id(weapon))


def test_unit_types_keep_both_speeds_where_sources_differ():
    vulture = rules.UNIT_TYPES[VULTURE]

    assert vulture["top_speed_256"] == 1707  # the table's 6.668 pixels a frame
    assert vulture["effective_top_speed_px"] == 6.4  # what way-points leave of it


def test_walk_cycles_are_filled_up_with_zeros():
    cycle = rules.UNIT_TYPES["walk_cycle"][ZERGLING]

    assert cycle[:7].tolist() == [2, 8, 9, 5, 6, 7, 2]
    assert not cycle[7:].any()


@pytest.mark.parametrize(
    ("name", "damage", "cooldown", "kind", "reach", "angle", "behavior"),
    [
        ("Gauss_Rifle", 6, 15, "Normal", 128, 16, "appear_on_target_unit"),
        ("Fragmentation_Grenade", 20, 30, "Concussive", 160, 64, "fly"),
        ("Gemini_Missiles", 20, 22, "Explosive", 160, 16, "fly"),
        ("Claws", 5, 8, "Normal", 15, 16, "appear_on_source"),
        ("Psi_Blades", 8, 22, "Normal", 15, 16, "appear_on_source"),
        ("Phase_Disruptor", 20, 30, "Explosive", 128, 128, "follow_target"),
    ],
)
def test_weapon_types_have_the_games_numbers(name, damage, cooldown, kind, reach, angle, behavior):
    row = rules.WEAPON_TYPES[rules.weapon_type_id(name)]

    assert (row["damage_amount"], row["cooldown_frames"], row["max_range_px"]) == (damage, cooldown, reach)
    assert rules.DAMAGE_TYPES[row["damage_type"]] == kind
    assert row["attack_angle"] == angle
    assert rules.BEHAVIORS[row["behavior"]] == behavior


def test_size_factors_are_the_games():
    def factors(kind: str) -> list[int]:
        return [
            int(rules.DAMAGE_FACTORS_256[rules.DAMAGE_TYPES.index(kind), rules.SIZES.index(size)])
            for size in ("Small", "Medium", "Large")
        ]

    assert factors("Explosive") == [128, 192, 256]
    assert factors("Concussive") == [256, 128, 64]
    assert factors("Normal") == factors("Ignore_Armor") == [256, 256, 256]


def test_animation_events_can_be_walked_from_their_start():
    first = rules.ANIMATION_STARTS[ZEALOT, rules.ANIMATION_NAMES.index("GndAttkInit")]
    blows = []
    row = int(first)
    while row == first or rules.ANIMATIONS["index"][row] > 0:
        if rules.EVENTS[rules.ANIMATIONS["event"][row]] == "attackmelee":
            blows.append(int(rules.ANIMATIONS["wait_frames"][row]))
        row += 1

    assert blows == [4, 6]  # frames 3 and 5 after the order: the script also runs in the order's own frame


def test_tables_can_not_be_written():
    for table in (rules.UNIT_TYPES, rules.WEAPON_TYPES, rules.ANIMATIONS, rules.DAMAGE_FACTORS_256):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = table[1]


def test_tables_are_constants_of_kernels():
    @kernel
    def range_of(unit: int) -> int:
        return rules.WEAPON_TYPES[rules.UNIT_TYPES[unit].ground_weapon].max_range_px

    assert range_of(DRAGOON) == 128


def test_weapon_targets_say_who_hits_ground_and_air():
    hits = rules.weapon_targets()

    assert hits.dtype == np.bool_
    assert hits[[MARINE, VULTURE, ZEALOT, WRAITH]].tolist() == [
        [True, True],
        [True, False],
        [True, False],
        [True, True],
    ]


@pytest.mark.parametrize(
    ("look_up", "wrong", "near"),
    [
        (rules.unit_type_id, "Terran_Marin", "Terran_Marine"),
        (rules.weapon_type_id, "Gaus_Rifle", "Gauss_Rifle"),
        (rules.order_id, "AtackUnit", "AttackUnit"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(look_up, wrong, near):
    with pytest.raises(ValueError, match=f"unknown .* '{wrong}'; did you mean '{near}'"):
        look_up(wrong)


def broken(tmp_path: Path, old: str, new: str) -> Path:
    text = (rules.RULES_FOLDER / "units.csv").read_text("utf-8")
    assert old in text
    path = tmp_path / "units.csv"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",Small,40,", ",Small,forty,", r"units.csv, row 0, column 'max_hp': got 'forty', allowed: a whole number"),
        (",Small,40,", ",Small,-1,", r"row 0, column 'max_hp': got '-1', allowed: a whole number from 0"),
        (",Small,40,", ",Smal,40,", r"row 0, column 'size': got 'Smal', allowed: one of \['Independent', 'Small'"),
        ("Gauss_Rifle", "Gaus_Rifle", r"row 0, column 'ground_weapon': got 'Gaus_Rifle'.*nearest: 'Gauss_Rifle'"),
        ("4 4 4", "4 x 4", r"row 0, column 'walk_cycle_px': got '4 x 4.*at most 16 whole numbers"),
        ("0,Terran_Marine", "7,Terran_Marine", r"row 0, column 'id': got '7', allowed: 0"),
        ("race,size", "size,race", r"units.csv: columns are .* different: their order"),
        ("sight_px", "sight", r"units.csv: columns are .* different: sight, sight_px"),
        ("0,Terran_Marine,", "0,", r"units.csv, row 0: 61 cells, wanted 62"),
        (",4,4 4 4", ",fast,4 4 4", r"row 0, column 'effective_top_speed_px': got 'fast', allowed: a number"),
    ],
)
def test_a_mistake_in_a_table_is_named(tmp_path, old, new, message):
    path = broken(tmp_path, old, new)

    with pytest.raises(rules.RulesError, match=message):
        rules.read_table(path, rules.UNIT_COLUMNS, rules.UNIT_TYPE_COUNT)


def test_a_missing_row_is_named(tmp_path):
    text = (rules.RULES_FOLDER / "units.csv").read_text("utf-8").splitlines()
    path = tmp_path / "units.csv"
    path.write_text("\n".join(text[:-1]), "utf-8")

    with pytest.raises(rules.RulesError, match=r"units.csv: 233 rows, wanted 234"):
        rules.read_table(path, rules.UNIT_COLUMNS, rules.UNIT_TYPE_COUNT)


def test_every_row_names_its_source():
    for path in sorted(rules.RULES_FOLDER.glob("*.csv")):
        head, *rows = path.read_text("utf-8").splitlines()
        assert head.endswith(",source"), path.name
        assert all(not row.endswith(",") for row in rows), path.name


def test_the_hash_is_that_of_these_tables():
    assert len(rules.RULES_HASH) == 16
    assert rules.rules_hash(rules.RULES_FOLDER) == rules.RULES_HASH


def test_the_hash_changes_with_any_number(tmp_path):
    for path in rules.RULES_FOLDER.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert rules.rules_hash(tmp_path) == rules.RULES_HASH

    broken(tmp_path, ",Small,40,", ",Small,41,")

    assert rules.rules_hash(tmp_path) != rules.RULES_HASH
