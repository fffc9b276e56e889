"""Rates of fire, hits, damage and splash: O028 to O059."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.oracle import statistics
from benchmarks.oracle.play import IDLE_FRAMES, Field, field_scenario
from benchmarks.oracle_rows.result import Result, Row, exact, tested
from engine.broodwar import rules_table as rules
from engine.broodwar.afflictions import STIM_TICKS
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.state import ORDER_DIE, ORDER_NOTHING
from engine.core.frame import UnitCommandType
from engine.core.gamemap import GameMap

SHOOTING_GAMES: Final = 8
SHOOTING_FRAMES: Final = 3000


def shoot(
    attacker: str, target: str, gap_px: int, *, seed: int, game_map: GameMap | None = None, faster: str = ""
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Let one unit fire at a target that stands still, is healed every frame and does nothing.

    Args:
        attacker: BWAPI UnitType name.
        target: likewise.
        gap_px: between their boxes.
        seed: of the random numbers.
        game_map: open ground if None.
        faster: what makes the attacker fire faster: `stim`, `adrenal`, or nothing.

    Returns:
        (frames, games) damage in 1/256 taken in each frame, the attacker's cooldown after each frame, and whether an
        attack began in it; rows count from the command.
    """
    field = Field(SHOOTING_GAMES, seed=seed, scenario=field_scenario(game_map))
    kind = rules.UNIT_TYPES[rules.unit_type_id(target)]
    mine = rules.UNIT_TYPES[rules.unit_type_id(attacker)]
    x = 1000
    if PRODUCTION["requires_psi"][rules.unit_type_id(attacker)]:
        field.place("Protoss_Pylon", 0, x - 100, 1000)
    shooters = field.place(attacker, 0, x, 1000, 64)
    field.advance(IDLE_FRAMES)  # before the target stands there: the shooter would not wait for the command
    targets = field.place(target, 1, x + int(mine["right"]) + 1 + gap_px + int(kind["left"]), 1000)
    field.command(UnitCommandType.ATTACK_UNIT, shooters, target_ids=targets)
    layer = "air_cooldown" if kind["flyer"] else "ground_cooldown"
    slots = field.games.units
    at = int(targets[0]) % slots.shape[1]
    own = int(shooters[0]) % slots.shape[1]
    full = int(kind["max_hp"]) << 8
    damage = np.zeros((SHOOTING_FRAMES, SHOOTING_GAMES), np.int32)
    cooldown = np.zeros_like(damage)
    began = np.zeros_like(damage)
    if faster == "adrenal":
        field.games.games["upgrades"][:, 0, rules.UPGRADE_NAMES.index("Adrenal_Glands")] = 1
    for frame in range(SHOOTING_FRAMES):
        if faster == "stim":
            slots["stim_timer"][:, own] = STIM_TICKS
        slots["order"][:, at] = ORDER_NOTHING
        slots["order_target"][:, at] = -1
        slots["hp_256"][:, at] = full
        slots["shield_256"][:, at] = 0
        field.advance(1)
        damage[frame] = full - slots["hp_256"][:, at]
        cooldown[frame] = slots[layer][:, own]
        began[frame] = slots["started_attack"][:, own] == field.games.games["frame"]
    return damage, cooldown, began


def gaps(damage: NDArray[np.int32]) -> Counter[int]:
    """Return how often each number of frames lay between two hits, over all games."""
    found: Counter[int] = Counter()
    for game in range(damage.shape[1]):
        found.update(np.diff(np.flatnonzero(damage[:, game])).tolist())
    return found


RARE_SHARE: Final = 0.02
"""Amounts of damage rarer than this do not count: one missile of a pair misses in 2 of 256 shots."""


def fire_rate(row: Row) -> Result:
    """Frames between hits, and what a hit takes."""
    wanted = row["expected"]
    faster = next((name for name in ("stim", "adrenal") if row["observable"].startswith(name)), "")
    damage, _, _ = shoot(row["attacker"], wanted["target"], row["gap_px"], seed=int(row["id"][1:]), faster=faster)
    found = gaps(damage)
    count = sum(found.values())
    mean = sum(gap * times for gap, times in found.items()) / max(count, 1)
    hits = Counter((damage[damage > 0] / 256).tolist())
    amounts = sorted(amount for amount, times in hits.items() if times > len(damage[damage > 0]) * RARE_SHARE)
    theirs = {int(gap): times for gap, times in wanted["gap_histogram"].items()}
    p = statistics.same_histogram(found, theirs)
    common = {gap for gap, times in found.items() if times > count / 200}
    return tested(
        row,
        f"mean {wanted['mean_gap']}, {theirs}, damage {wanted['damage']}",
        f"mean {mean:.3f}, {dict(sorted(found.items()))}, damage {amounts}",
        [p],
        abs(mean - wanted["mean_gap"]) <= 0.3,
        amounts == wanted["damage"],
        common <= set(theirs),
    )


@cache
def _marine_shots() -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    return shoot("Terran_Marine", "Terran_Command_Center", 124, seed=52)


def cooldown_law(row: Row) -> Result:
    """After a shot the cooldown is the base plus -1, 0, 1 or 2."""
    _, cooldown, began = _marine_shots()
    found = Counter(cooldown[began > 0].tolist())
    base = int(rules.WEAPON_TYPES[rules.weapon_type_id("Gauss_Rifle")]["cooldown_frames"])
    values = [base - 1, base, base + 1, base + 2]
    p = statistics.fits_shares([found.get(value, 0) for value in values], [1, 1, 1, 1])
    return tested(row, f"uniform on {values}", str(dict(sorted(found.items()))), [p], set(found) == set(values))


def first_shot(row: Row) -> Result:
    """A marine's first shot hits two frames after it begins, later ones at once."""
    damage, _, began = _marine_shots()
    first, later = set(), set()
    for game in range(damage.shape[1]):
        starts = np.flatnonzero(began[:, game])
        hits = np.flatnonzero(damage[:, game])
        first.add(int(hits[0] - starts[0]))
        missed = set(starts[1:].tolist()) - set(hits.tolist())
        later.add(0 if len(missed) <= len(starts) // 50 else -1)  # one shot in 256 misses
    return exact(row, f"first {sorted(first)}, later {sorted(later)}", "first [2], later [0]")


def _hits_to_kill(attacker: str, target: str, *, count_attacks: bool) -> int:
    """Return how many attacks (or hits) an attacker that never dies needs; -1 if it takes too long."""
    field = Field(seed=54)
    kind = rules.UNIT_TYPES[rules.unit_type_id(target)]
    mine = rules.UNIT_TYPES[rules.unit_type_id(attacker)]
    shooter = field.place(attacker, 0, 1000, 1000, 64)
    field.advance(IDLE_FRAMES)
    prey = field.place(target, 1, 1000 + int(mine["right"]) + int(kind["left"]) + 6, 1000)
    field.command(UnitCommandType.ATTACK_UNIT, shooter, target_ids=prey)
    own, slot = int(shooter[0]), int(prey[0])
    slots = field.games.units
    count = 0
    for _ in range(1000):
        slots["hp_256"][0, own] = int(mine["max_hp"]) << 8
        before = int(slots["hp_256"][0, slot]) + int(slots["shield_256"][0, slot])
        field.advance(1)
        left = int(slots["hp_256"][0, slot]) + int(slots["shield_256"][0, slot])
        dies = not field.alive(prey)[0] or slots["order"][0, slot] == ORDER_DIE
        if count_attacks:
            count += int(slots["started_attack"][0, own] == field.games.games["frame"][0])
        else:
            count += int(dies or left < before - 128)
        if dies:
            return count
    return -1


def shots_to_kill(row: Row) -> Result:
    """Shots that kill a zergling."""
    found = _hits_to_kill("Terran_Marine", "Zerg_Zergling", count_attacks=False)
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=f"{row['expected']}, or 7 where regeneration (4/256 a frame) makes up for the last point",
        ours=str(found),
        holds=found in (6, 7),
    )


def attacks_to_kill(row: Row) -> Result:
    """Attacks of a zealot that kill a marine, a zergling, a zealot."""
    found = [
        _hits_to_kill("Protoss_Zealot", target, count_attacks=True)
        for target in ("Terran_Marine", "Zerg_Zergling", "Protoss_Zealot")
    ]
    holds = all(0 <= ours - wanted <= 1 for ours, wanted in zip(found, (3, 3, 11), strict=True))
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected="3 / 3 / 11, each at most 1 more",
        ours=" / ".join(map(str, found)),
        holds=holds,
    )


def _first_damage(attacker: str, target: str, gap_px: int = 60) -> float:
    damage, _, _ = shoot(attacker, target, gap_px, seed=57)
    return float(np.median(damage[damage > 0]) / 256)


def grenade_damage(row: Row) -> Result:
    """A vulture's grenade by size of the target."""
    targets = ("Terran_Marine", "Terran_Vulture", "Terran_Command_Center")
    return exact(row, " / ".join(f"{_first_damage('Terran_Vulture', target):g}" for target in targets))


def disruptor_damage(row: Row) -> Result:
    """A dragoon's shot by size of the target."""
    targets = ("Zerg_Zergling", "Terran_Vulture", "Protoss_Dragoon")
    return exact(row, " / ".join(f"{_first_damage('Protoss_Dragoon', target):g}" for target in targets))


SPLASH_DISTANCES_PX: Final = (5, 18, 33)
"""One distance in each ring of a siege tank's shell: up to 10, 25 and 40 px."""

FIRST_SHELL_FRAMES: Final = 60
BURST: Final = (996, 1000)
"""Where a shell from the west bursts on a marine at (1000, 1000)."""


def siege_splash(row: Row) -> Result:
    """What a shell does to a large building without armour that stands so far from where it bursts."""
    kind = rules.UNIT_TYPES[rules.unit_type_id("Terran_Missile_Turret")]
    found = []
    for distance in SPLASH_DISTANCES_PX:
        field = Field(seed=56)
        tank = field.place("Terran_Siege_Tank_Siege_Mode", 0, 700, 1000, 64)
        prey = field.place("Terran_Marine", 1, 1000, 1000)
        near = field.place("Terran_Missile_Turret", 1, BURST[0], BURST[1] + distance + int(kind["up"]))
        field.command(UnitCommandType.ATTACK_UNIT, tank, target_ids=prey)
        field.advance(FIRST_SHELL_FRAMES)
        found.append(int(kind["max_hp"]) - int(field.values(near, "hp_256")[0]) / 256)
    return exact(row, " / ".join(f"{damage:g}" for damage in found))


HEIGHTS: Final = {
    "same level": (0, 0),
    "low to mid": (0, 2),
    "mid to high": (2, 4),
    "low to high": (0, 4),
    "high to low": (4, 0),
    "target on cover doodad tile": (0, 1),
}
"""Ground heights below shooter and target; an odd height is a doodad's."""

SHOT_GAP_PX: Final = 60


def _two_levels(low: int, high: int) -> GameMap:
    ground = np.zeros((64, 64), np.uint8)
    ground[:, :32] = low
    ground[:, 32:] = high
    flat = GameMap.flat("steps", 64, 64)
    return GameMap(
        name="steps", width=64, height=64, walkable=flat.walkable, buildable=flat.buildable, ground_height=ground
    )


def hit_rate(row: Row) -> Result:
    """Share of shots that hit, by height of both and cover."""
    p_values, texts = [], []
    for name, (below, above) in HEIGHTS.items():
        damage, _, began = shoot(
            "Terran_Marine", "Terran_Command_Center", SHOT_GAP_PX, seed=59, game_map=_two_levels(below, above)
        )
        starts = [np.flatnonzero(began[:, game]) for game in range(SHOOTING_GAMES)]
        shots = sum(int((start < SHOOTING_FRAMES - 10).sum()) for start in starts)
        hits = min(int((damage[:-8] > 0).sum()), shots)
        rate = 255 / 256 if row["expected"][name] > 0.9 else 136 / 256
        p_values.append(statistics.fits_rate(hits, shots, rate))
        texts.append(f"{name} {hits}/{shots} = {hits / max(shots, 1):.4f}")
    return tested(row, str(row["expected"]), "; ".join(texts), p_values)
