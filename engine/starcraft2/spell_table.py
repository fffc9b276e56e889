"""What units cast: `data/spells.csv`, read and checked once, one row for each caster and ability."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.jit import records
from engine.starcraft2.tables import (
    KIND_NAMES,
    LOOPS_PER_SECOND,
    NO_KIND,
    ONE,
    UPGRADE_IDS,
    fixed,
    number_of,
    position_of,
    read_rows,
)

FILE: Final = "spells.csv"

FORMS: Final = (
    *("blink", "charge", "storm", "feedback", "force_field", "shield", "emp", "shot", "fungal", "transfuse", "inject"),
    *(
        "boost",
        "overcharge",
        "recall",
        "align",
        "bile",
        "cloud",
        "abduct",
        "creep_on",
        "creep_off",
        "hallucinate",
        "tumor",
        "locusts",
        "swoop",
        "bomb",
        "seize",
        "contaminate",
    ),
    *("stim", "scan", "mule", "supplies", "turret", "hide", "show", "lock", "fast", "salvage", "nuke"),
)
"""What a spell does; a position in this tuple is `form`."""

BLINK, CHARGE, STORM, FEEDBACK, FORCE_FIELD, SHIELD, EMP, SHOT, FUNGAL, TRANSFUSE, INJECT = range(11)
BOOST, OVERCHARGE, RECALL, ALIGN, BILE, CLOUD, ABDUCT, CREEP_ON, CREEP_OFF, HALLUCINATE, TUMOR = range(11, 22)
LOCUSTS, SWOOP, BOMB, SEIZE, CONTAMINATE = range(22, 27)
STIM, SCAN, MULE, SUPPLIES, TURRET, HIDE, SHOW, LOCK, FAST, SALVAGE, NUKE = range(27, len(FORMS))

AIMS: Final = ("none", "point", "unit")
AT_NOTHING, AT_POINT, AT_UNIT = range(len(AIMS))

FILTERS: Final = ("own", "not_own", "not_self", "biological", "structure", "no_structure", "energy", "complete", "air")
"""What a target has to be; a position in this tuple is a bit of `filters`."""

MOST_TARGETS: Final = 3

SPELL_DTYPE: Final = np.dtype(
    [
        ("ability", np.int32),
        ("general", np.int32),  # general ability that means it too
        ("caster", np.int32),  # row of KINDS
        ("form", np.int32),  # position in FORMS
        ("aim", np.int32),  # position in AIMS
        ("filters", np.int32),  # bits of FILTERS
        ("only", np.int32, (MOST_TARGETS,)),  # rows of KINDS that it may aim at, NO_KIND; none of them: any
        ("energy", np.int32),  # 1/4096 point
        ("cooldown", np.int32),  # loops
        ("range", np.int32),  # 1/4096 cell; to the edge of a unit
        ("radius", np.int32),  # 1/4096 cell
        ("delay", np.int32),  # loops until it works
        ("duration", np.int32),  # loops
        ("period", np.int32),  # 1/4096 loop
        ("amount", np.int32),  # 1/4096 of what it is
        ("tick", np.int32),  # 1/4096 point in each period; of a nuke, more for structures
        ("effect", np.int32),  # effect id of the real game, 0 for none
        ("upgrade", np.int32),  # upgrade id that it needs, 0 for none
        ("requires", np.int32),  # row of KINDS of a structure that must stand, NO_KIND
        ("product", np.int32),  # row of KINDS, NO_KIND
    ],
    align=True,
)
"""One spell of one caster."""


def _read() -> tuple[NDArray[np.void], NDArray[np.int32]]:
    rank = {name: number for number, name in enumerate(KIND_NAMES)}
    rows = [(caster, row) for row in read_rows(FILE) for caster in row["casters"].split()]
    rows.sort(key=lambda pair: (rank[pair[0]], int(pair[1]["ability"])))
    table = np.zeros(len(rows), SPELL_DTYPE)
    spells_of = np.zeros((len(KIND_NAMES), 2), np.int32)
    for number, (caster, row) in enumerate(rows):
        spell = table[number]
        spell["caster"] = rank[caster]
        spell["ability"], spell["general"] = int(row["ability"]), int(row["general"])
        spell["form"] = position_of(FILE, row["form"], FORMS)
        spell["aim"] = position_of(FILE, row["target"], AIMS)
        spell["filters"] = sum(1 << position_of(FILE, word, FILTERS) for word in row["targets"].split())
        only = [rank[name] for name in row["only"].split()]
        spell["only"] = (*only, *[NO_KIND] * MOST_TARGETS)[:MOST_TARGETS]
        for column in ("energy", "amount", "tick"):
            spell[column] = fixed(number_of(FILE, row, column), ONE)
        for column in ("range", "radius"):
            spell[column] = fixed(number_of(FILE, row, f"{column}_cells"), ONE)
        for column in ("cooldown", "delay", "duration"):
            spell[column] = round(number_of(FILE, row, f"{column}_s") * LOOPS_PER_SECOND)
        spell["period"] = fixed(number_of(FILE, row, "period_s"), LOOPS_PER_SECOND * ONE)
        spell["effect"] = int(row["effect"])
        spell["upgrade"] = UPGRADE_IDS[row["upgrade"]] if row["upgrade"] else 0
        spell["requires"] = rank[row["requires"]] if row["requires"] else NO_KIND
        spell["product"] = rank[row["product"]] if row["product"] else NO_KIND
        if spells_of[rank[caster], 1] == 0:
            spells_of[rank[caster], 0] = number
        spells_of[rank[caster], 1] += 1
    return table, spells_of


_SPELLS, SPELLS_OF = _read()

SPELLS: Final = records(_SPELLS)
"""(n,) SPELL_DTYPE; `SPELLS_OF` (kinds, 2) has by row of KINDS the first row of its spells and how many there are."""

for _table in (SPELLS, SPELLS_OF):
    _table.setflags(write=False)
