"""Units, their orders and what they carry, from the engine's records to the API's terms.

Engine and API differ in what they count from where: unit ids begin at 0 and at 1, players at 0 and at 1, y grows down
and up, headings turn clockwise from the north and counterclockwise from the east.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.sc2.data import effect_radii
from bridge.sc2.maps import Sc2Map
from bridge.sc2.world import NEUTRAL, NO_ID, ORDER_VIEW_DTYPE, PASSENGER_VIEW_DTYPE, UNIT_VIEW_DTYPE, VISIBLE
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.state import (
    BUFF_BOOSTED,
    BUFF_LOCKED,
    BUFF_SLOWED,
    BUFF_STIM,
    BUFF_SUPPLY_DROP,
    GATHER,
    NEUTRAL_PLAYER,
    NOBODY,
    RETURN_CARGO,
    SLOT_ALIVE,
    SLOTS_PER_GENERATION,
)
from engine.starcraft2.tables import KIND_NAMES, KINDS, MADE, MINERALS, ONE, RACES, unit_type_id

CLOAKED_DETECTED: Final = 2
NOT_CLOAKED: Final = 3
CLOAKED_OWN: Final = 4
"""CloakState."""

HOLD: Final = 18

FLYER_HEIGHT: Final = 3.75
"""Cells that flyers are shown above the ground."""

SPECIFIC: Final = {
    GATHER: (295, 298, 1183),
    RETURN_CARGO: (296, 299, 1184),
}
"""What the interface reports for an order of workers, by the race's position in RACES."""

MINERALS_CARRIED: Final = 271
GAS_CARRIED: Final = (273, 274, 275)
INJECTED: Final = 11
"""Buffs of workers on their way home, by race (effects_buffs.json)."""

BUFF_IDS: Final = {
    BUFF_STIM: {"Marine": 27, "Marauder": 24},
    BUFF_SLOWED: {"": 33},
    BUFF_BOOSTED: {"": 281},
    BUFF_SUPPLY_DROP: {"": 25},
    BUFF_LOCKED: {"": 116},
}
"""Buff ids of the interface by position in `unit.buffs`; by unit type where they differ."""

PYLONS: Final = {"Pylon": 6.5, "WarpPrismPhasing": 3.75}
"""Radius of the power fields (MECHANICS.md section 7), cells."""


def unit_views(
    games: StarCraft2Games,
    sc2_map: Sc2Map,
    slots: NDArray[np.integer[Any]],
    player: int,
    shown_types: Mapping[int, int],
) -> NDArray[np.void]:
    """Return (n,) UNIT_VIEW_DTYPE of units.

    Args:
        games: one game.
        sc2_map: its map.
        slots: (n,) of the units.
        player: who sees them, from 0.
        shown_types: unit type id by unit type id, for player 0's units that have types of their own.
    """
    state = games.units[0][slots]
    kinds = KINDS[state["kind"]]
    out = np.zeros(len(state), UNIT_VIEW_DTYPE)
    out["id"] = slots + SLOTS_PER_GENERATION * state["generation"].astype(np.int64) + 1
    out["type"] = kinds["type"]
    for kind, shown in shown_types.items():
        out["type"][(kinds["type"] == kind) & (state["player"] == 0)] = shown
    out["owner"] = np.where(state["player"] == NEUTRAL_PLAYER, NEUTRAL, state["player"] + 1)
    out["display"], out["cloak"] = VISIBLE, NOT_CLOAKED
    place_on_ground(out, state, sc2_map)
    out["z"] += FLYER_HEIGHT * (kinds["is_flyer"] != 0)
    out["facing"] = (math.pi / 2 - state["heading"] * (2 * math.pi / 65536)) % (2 * math.pi)
    out["radius"] = kinds["radius"] / ONE
    for name, source in (("health", "hp"), ("shield", "shield"), ("energy", "energy")):
        out[name] = state[source] / ONE
        out[f"{name}_max"] = kinds[f"max_{source}"] / ONE
    total = np.maximum(1, kinds["build_loops"])
    out["build_progress"] = np.where(
        state["is_complete"] != 0, 1.0, np.clip(1 - state["build_loops"] / total, 0, 0.999)
    )
    out["weapon_cooldown"] = state["cooldown"] / ONE
    out["engaged_id"] = _living(games, state["target"]).astype(np.int64) + 1
    is_field = kinds["resource"] == MINERALS
    out["minerals"] = np.where(is_field, state["resources"], 0)
    out["vespene"] = np.where(is_field, 0, state["resources"])
    out["is_flying"] = kinds["is_flyer"] != 0
    out["is_active"] = (state["num_orders"] > 0) | (state["num_in_queue"] > 0)
    out["is_powered"] = (kinds["needs_power"] != 0) & (state["has_power"] != 0)
    out["is_hallucination"] = state["is_hallucination"] != 0
    out["detect_range"] = np.where(state["is_complete"] != 0, kinds["detection"] / ONE, 0)
    out["add_on_id"] = _living(games, state["addon"]).astype(np.int64) + 1
    out["cargo_max"] = kinds["cargo_capacity"]
    inside = np.flatnonzero(state["num_passengers"] > 0)
    for row in inside.tolist():
        aboard = state["passengers"][row, : state["num_passengers"][row]]
        out["cargo_taken"][row] = int(KINDS["cargo_size"][games.units[0]["kind"][aboard]].sum())
    out["cloak"] = np.where(
        state["is_cloaked"] == 0, NOT_CLOAKED, np.where(state["player"] == player, CLOAKED_OWN, CLOAKED_DETECTED)
    )
    return out


def place_on_ground(out: NDArray[np.void], state: NDArray[np.void], sc2_map: Sc2Map) -> None:
    """Write where units are, on the ground.

    Args:
        out: (n,) UNIT_VIEW_DTYPE, written to.
        state: (n,) the engine's records.
        sc2_map: the map.
    """
    width, height = sc2_map.size
    out["x"] = state["x"] / ONE
    out["y"] = height - state["y"] / ONE
    rows = np.clip(out["y"].astype(np.int64), 0, height - 1)
    columns = np.clip(out["x"].astype(np.int64), 0, width - 1)
    out["z"] = sc2_map.z_of[rows, columns]


def order_views(
    games: StarCraft2Games, height: int, state: NDArray[np.void], own: NDArray[np.intp]
) -> NDArray[np.void]:
    """Return (m,) ORDER_VIEW_DTYPE of the own units' orders, then of what they produce.

    Args:
        games: one game.
        height: of the map, cells.
        state: (n,) the engine's records of all units shown.
        own: rows of the own ones.
    """
    counts = state["num_orders"][own]
    queues = state["num_in_queue"][own]
    out = np.zeros(int(counts.sum()), ORDER_VIEW_DTYPE)
    out["row"] = np.repeat(own, counts)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]) if len(own) else counts
    turn = np.arange(len(out)) - np.repeat(starts, counts)
    rows = out["row"]
    ability = state["order_ability"][rows, turn]
    target = state["order_target"][rows, turn]
    carries = (turn == 0) & (state["cargo"][rows] > 0) & (state["digs_at"][rows] == NOBODY)
    ability[carries & (ability == GATHER)] = RETURN_CARGO  # bots take builders from those that gather
    races = KINDS["race"][state["kind"][rows]]
    for general, specific in SPECIFIC.items():
        mine = ability == general
        ability = np.where(mine, np.array([*specific, general])[np.minimum(races, len(specific))], ability)
    out["ability"] = ability
    out["target_id"] = np.where(target != NOBODY, target.astype(np.int64) + 1, NO_ID)
    out["has_point"] = (target == NOBODY) & (out["ability"] != HOLD)
    out["x"] = state["order_x"][rows, turn] / ONE
    out["y"] = height - state["order_y"][rows, turn] / ONE
    if not queues.any():
        return out
    made = []
    for row, count in zip(own[queues > 0].tolist(), queues[queues > 0].tolist(), strict=True):
        for at in range(count):
            item = MADE[state["queue"][row, at]]
            left = int(state["queue_loops"][row, at])
            done = 1 - left / max(1, int(item["loops"])) if left else 0.0
            made.append((row, int(item["ability"]), NO_ID, False, 0.0, 0.0, done))
    both = np.concatenate([out, np.array(made, ORDER_VIEW_DTYPE)])
    return both[np.argsort(both["row"], kind="stable")]


def buffs_of(state: NDArray[np.void]) -> list[tuple[int, int]]:
    """Return (row, buff id) of what workers carry and what works on units."""
    found = []
    for row in np.flatnonzero(state["cargo"] > 0).tolist():
        race = int(KINDS["race"][state["kind"][row]])
        if race < len(GAS_CARRIED):
            found.append((row, GAS_CARRIED[race] if state["cargo_is_gas"][row] else MINERALS_CARRIED))
    for row in np.flatnonzero(state["num_injects"] > 0).tolist():
        found.append((row, INJECTED))
    for position, by_name in BUFF_IDS.items():
        for row in np.flatnonzero(state["buffs"][:, position] > 0).tolist():
            name = KIND_NAMES[int(state["kind"][row])]
            if name in by_name or "" in by_name:
                found.append((row, by_name.get(name, by_name.get("", 0))))
    return sorted(found)


def rallies_of(
    games: StarCraft2Games, height: int, state: NDArray[np.void], own: NDArray[np.intp]
) -> list[tuple[int, float, float, int]]:
    """Return (row, x, y, unit id or NO_ID) of the own structures' rally points."""
    found = []
    for row in own[state["has_rally"][own].any(axis=1)].tolist():
        for at in np.flatnonzero(state["has_rally"][row]).tolist():
            target = int(_living(games, state["rally_target"][row, at : at + 1])[0])
            x, y = float(state["rally_x"][row, at]) / ONE, height - float(state["rally_y"][row, at]) / ONE
            found.append((row, x, y, NO_ID if target == NOBODY else target + 1))
    return found


def passenger_views(games: StarCraft2Games, state: NDArray[np.void], own: NDArray[np.intp]) -> NDArray[np.void]:
    """Return (p,) PASSENGER_VIEW_DTYPE of who is aboard the own units."""
    every = games.units[0]
    found = []
    for row in own[state["num_passengers"][own] > 0].tolist():
        for slot in state["passengers"][row, : state["num_passengers"][row]].tolist():
            unit, kind = every[slot], KINDS[every["kind"][slot]]
            values = [
                float(value) / ONE for name in ("hp", "shield", "energy") for value in (unit[name], kind[f"max_{name}"])
            ]
            found.append((row, games.id_of(0, slot) + 1, int(kind["type"]), *values))
    return np.array(found, PASSENGER_VIEW_DTYPE)


def power_sources(own: NDArray[np.void]) -> list[tuple[float, float, float, int]]:
    """Return (x, y, radius, unit id) of the own units that give power.

    Args:
        own: (n,) UNIT_VIEW_DTYPE.
    """
    found = []
    for name, radius in PYLONS.items():
        for unit in own[(own["type"] == unit_type_id(name)) & (own["build_progress"] >= 1)]:
            found.append((float(unit["x"]), float(unit["y"]), radius, int(unit["id"])))
    return found


def effects_of(games: StarCraft2Games, height: int) -> list[tuple[int, int, float, float, float]]:
    """Return (effect id, owner, radius, x, y) of what lies on the map besides units."""
    radii = effect_radii()
    return [
        (
            int(effect["kind"]),
            int(effect["player"]) + 1,
            radii.get(int(effect["kind"]), 0.0),
            float(effect["x"]) / ONE,
            height - float(effect["y"]) / ONE,
        )
        for effect in games.effects[0][: int(games.games["num_effects"][0])]
    ]


def upgrades_of(games: StarCraft2Games, player: int) -> list[int]:
    """Return the ids of a player's finished upgrades."""
    words = np.ascontiguousarray(games.games["upgrades"][0, player].astype("<u4"))
    found: list[int] = np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little")).tolist()
    return found


def _living(games: StarCraft2Games, unit_ids: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the ids with NOBODY for those who have died."""
    slots = np.minimum(unit_ids % SLOTS_PER_GENERATION, games.unit_capacity - 1)
    units = games.units[0][slots]
    lives = (units["slot_state"] == SLOT_ALIVE) & (units["generation"] == unit_ids // SLOTS_PER_GENERATION)
    living: NDArray[np.int32] = np.where(lives, unit_ids, NOBODY)
    return living


assert RACES[:3] == ("terran", "protoss", "zerg"), "SPECIFIC and GAS_CARRIED are in this order"
