"""What a player of a StarCraft II melee game cannot see is not in its Frames, however it changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.starcraft2.state import MAX_ORDERS, SLOT_ALIVE
from engine.starcraft2.tables import KINDS, ONE
from engine.starcraft2.vision import BUILDING_SIGHT, REVEAL_LOOPS
from tests.support.sc2_scene import Scene

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # the first game compiles the kernels

TYPES = (
    *("Marine", "Zealot", "Zergling", "Overlord", "DarkTemplar", "Observer", "RoachBurrowed", "Hatchery", "Pylon"),
    *("MissileTurret", "Overseer", "SupplyDepot", "CreepTumorBurrowed", "Medivac", "PhotonCannon", "SiegeTankSieged"),
)
CHANGED = {
    **dict.fromkeys(("hp", "shield", "energy", "x", "y"), ONE),
    **dict.fromkeys(("heading",), 256),
    **dict.fromkeys(("resources", "build_loops", "num_in_queue", "cargo", "num_orders", "cooldown", "kind"), 1),
}
"""What is changed, by how much at least: a Frame has whole points and pixels."""

MOVE, ATTACK = 16, 23

scenes = st.fixed_dictionaries(
    {
        "units": st.lists(
            st.tuples(st.sampled_from(TYPES), st.integers(3, 44), st.integers(3, 44), st.integers(0, 1)),
            min_size=2,
            max_size=14,
        ),
        "loops": st.integers(1, 120),
        "high_from": st.integers(10, 48),
        "seed": st.integers(0, 2**16),
    }
)


def played(units, loops, high_from, seed):
    """Return a scene in which everybody who can has walked and fought for some loops."""
    heights = np.zeros((48, 48), np.uint8)
    heights[:, high_from:] = 4
    scene = Scene(heights=heights, seed=seed)
    ids = [scene.games.create_unit(0, name, player, 32 * x, 32 * y) for name, x, y, player in units]
    scene.games.look_around(0)
    generator = np.random.default_rng(seed)
    for unit in ids:
        x, y = generator.integers(3, 45, 2)
        target = int(generator.choice(ids)) if generator.random() < 0.5 else -1
        scene.order(unit, int(generator.choice([MOVE, ATTACK])), target, (float(x), float(y)))
    scene.step(loops)
    scene.step(-int(scene.head["frame"]) % 4)  # to a loop in which players have looked
    return scene


def told(scene, player):
    frame = scene.frame(player)
    counts = (frame.num_units, frame.minerals, frame.gas, frame.supply_used, frame.supply_total)
    return [frame.units[0, : frame.num_units[0]].tolist(), np.concatenate(counts).tolist(), frame.seen.tobytes()]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=scenes, change=st.integers(1, 7))
def test_changing_what_is_hidden_changes_nothing_in_a_frame(case, change):
    scene = played(**case)
    units = scene.games.units[0]
    for player in (0, 1):
        before = told(scene, player)
        shown = {unit % 4096 for unit in scene.shown(player)}
        others = np.flatnonzero((units["slot_state"] == SLOT_ALIVE) & (units["player"] == 1 - player)).tolist()
        kept = units.copy()
        for slot in others:
            if slot not in shown:
                for name, least in CHANGED.items():
                    units[name][slot] += change * least
                units["kind"][slot] %= len(KINDS)
                units["num_orders"][slot] %= MAX_ORDERS
        after = told(scene, player)
        units[:] = kept

        assert after == before


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=scenes)
def test_what_is_shown_of_others_is_near_somebody_and_detected(case):
    scene = played(**case)
    units = scene.games.units[0]
    living = units[units["slot_state"] == SLOT_ALIVE]
    for player in (0, 1):
        mine = living[living["player"] == player]
        for entry in scene.games.memory[0, player]:
            if entry["unit"] and entry["frame"] > 0:  # what is remembered was in sight when it was seen last
                half = int(KINDS["footprint_half"][entry["kind"]]) * (ONE // 4)
                rows = slice((entry["y"] - half) // ONE, (entry["y"] + half - 1) // ONE + 1)
                columns = slice((entry["x"] - half) // ONE, (entry["x"] + half - 1) // ONE + 1)
                assert scene.frame(player).seen[0][rows, columns].max() >= entry["frame"]
        sights = np.where(mine["is_complete"] != 0, KINDS["sight"][mine["kind"]], BUILDING_SIGHT) / ONE
        for unit in scene.shown(player):
            v = scene.get(unit)
            if v["player"] == player:
                continue
            kind = KINDS[v["kind"]]
            far = np.hypot(mine["x"] - v["x"], mine["y"] - v["y"]) / ONE
            if v["is_cloaked"]:
                reach = (KINDS["detection"][mine["kind"]] + kind["radius"]) / ONE
                is_detector = (KINDS["detection"][mine["kind"]] > 0) & (mine["has_power"] != 0)
                assert (far[is_detector] <= reach[is_detector] + 0.01).any()
            if v["fired_frame"] > 0 and scene.head["frame"] - v["fired_frame"] < REVEAL_LOOPS:
                continue
            slack = 0.75 + (float(kind["footprint_half"]) / 2 if kind["is_structure"] else 0.0)
            assert (far <= sights + slack).any()
            if not kind["is_structure"]:
                above = scene.games.ground[int(v["y"]) // ONE, int(v["x"]) // ONE] >> 2
                stands = scene.games.ground[mine["y"] // ONE, mine["x"] // ONE] >> 2
                sees_up = (KINDS["is_flyer"][mine["kind"]] != 0) | (stands >= above)
                assert ((far <= sights + slack) & sees_up).any()
