"""One measurement per oracle row: what the reference shows, what this engine shows, and whether they agree.

`MEASURES` maps the row's id to a function that plays what the row describes. Rows whose outcome is random are judged
by two-sample tests at `statistics.LEVEL`; all seeds are fixed, so a row's verdict changes only with the engine.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.oracle import bases, economy, openings, statistics, technology
from benchmarks.oracle.battles import fight
from benchmarks.oracle.play import Field, field_scenario
from benchmarks.oracle.traces import DATA_FOLDER
from bridge.rules_view import FRAME_MS
from bridge.scenarios import load_scenario
from engine.broodwar import rules_table as rules
from engine.broodwar.afflictions import STIM_TICKS
from engine.broodwar.games import BroodWarGames
from engine.broodwar.production_table import PRODUCTION
from engine.broodwar.state import BURROWED, CLOAKED, ORDER_DIE, ORDER_NOTHING, ORDER_SIEGING
from engine.broodwar.targeting import box_distance
from engine.core.fixed import length, next_state, output_of
from engine.core.frame import Commands, UnitCommandType
from engine.core.gamemap import GameMap

DUEL_GAMES: Final = 200
SHOOTING_GAMES: Final = 8
SHOOTING_FRAMES: Final = 3000
IDLE_FRAMES: Final = 20
FEW_FRAMES: Final = 10
STIM_FRAMES: Final = (289, 296)
"""37 cycles of eight frames; the first may have begun before."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one oracle row came to.

    Attributes:
        row_id: `O028`.
        observable: what was looked at.
        expected: what the reference shows.
        ours: what this engine shows.
        holds: whether they agree within the row's tolerance.
        p_values: of the two-sample tests behind `holds`; empty for exact rows.
    """

    row_id: str
    observable: str
    expected: str
    ours: str
    holds: bool
    p_values: tuple[float, ...] = ()


def rows() -> dict[str, Row]:
    """Return the oracle rows of this engine's units, by id."""
    table = json.loads((DATA_FOLDER / "rows.json").read_text("utf-8"))
    return {row["id"]: row for row in table}


def measure(row_id: str) -> Result:
    """Play what an oracle row describes and compare.

    Raises:
        KeyError: no such row.
    """
    return MEASURES[row_id](rows()[row_id])


def _exact(row: Row, ours: object, expected: object | None = None) -> Result:
    wanted = row["expected"] if expected is None else expected
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=str(row["expected"]),
        ours=str(ours),
        holds=ours == wanted,
    )


def _tested(row: Row, expected: str, ours: str, p_values: list[float], *also: bool) -> Result:
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=expected,
        ours=ours,
        holds=all(p >= statistics.LEVEL for p in p_values) and all(also),
        p_values=tuple(p_values),
    )


# Clocks, random numbers, geometry.


def frame_length(row: Row) -> Result:
    """A frame lasts 42 ms at the speed that people play."""
    return _exact(row, f"{FRAME_MS} ms ({1000 / FRAME_MS:.2f} frames/s)", row["expected"])


def status_clock(row: Row) -> Result:
    """A status timer (stim) ticks once every 8 frames."""
    field = Field()
    ids = field.place("Terran_Marine", 0, 500, 500)
    slot = ids[0]
    field.games.units["stim_timer"][0, slot] = 30
    ticks = []
    before = 30
    for frame in range(100):
        field.advance(1)
        now = int(field.games.units["stim_timer"][0, slot])
        if now != before:
            ticks.append(frame)
        before = now
    return _exact(row, sorted(set(np.diff(ticks).tolist())), [int(row["expected"])])


def order_clock(row: Row) -> Result:
    """An idle unit's order runs every 9 frames, between two resets of all clocks."""
    field = Field()
    ids = field.place("Terran_Marine", 0, 500, 500)
    field.advance(20)
    runs = []
    for frame in range(120):
        field.advance(1)
        if field.values(ids, "order_timer")[0] == 8:
            runs.append(frame)
    return _exact(row, sorted(set(np.diff(runs).tolist())), [int(row["expected"])])


def random_numbers(row: Row) -> Result:
    """The random stream is the game's."""
    state = 42
    found = []
    for _ in range(5):
        state = int(next_state(state))
        found.append(int(output_of(state)))
    return _exact(row, found)


def lengths(row: Row) -> Result:
    """Lengths are the game's integer ones."""
    points = [(100, 0), (100, 24), (100, 50), (100, 100), (64, 64), (320, 240)]
    return _exact(row, [int(length(x, y)) for x, y in points])


def edge_distance(row: Row) -> Result:
    """Ranges count from box to box."""
    field = Field()
    field.place("Terran_Marine", 0, 500, 600)
    field.place("Zerg_Zergling", 1, 600, 600)
    distance = int(box_distance(field.games.units[0], 0, 1))
    return _exact(row, distance, 83)


# Movement.

MOVERS: Final = {
    "O007": "Terran_Marine",
    "O008": "Terran_Marine",
    "O009": "Terran_SCV",
    "O010": "Protoss_Probe",
    "O011": "Zerg_Drone",
    "O012": "Terran_Vulture",
    "O014": "Zerg_Zergling",
    "O016": "Zerg_Hydralisk",
    "O017": "Protoss_Zealot",
    "O019": "Protoss_Dragoon",
    "O020": "Terran_Goliath",
    "O021": "Terran_Siege_Tank_Tank_Mode",
    "O022": "Terran_Wraith",
    "O023": "Zerg_Mutalisk",
    "O024": "Zerg_Overlord",
    "O025": "Protoss_Shuttle",
}

MARKS_PX: Final = (32, 128, 320, 640, 1280)
RUN_PX: Final = 1600
STIMMED_RUN_PX: Final = 640
RUN_START: Final = (300, 1000)
"""The row does not say where the run starts, and ways depend on it (regions): from here all six fit to the frame."""
RUN_FRAMES: Final = 800
FRAMES_TOLERANCE: Final = 3
SPEED_TOLERANCE: Final = 0.01


def run_east(unit_type: str, *, stimmed: bool = False, upgrade: str = "") -> NDArray[np.int64]:
    """Return (frames + 1,) the x of a unit that runs 1600 px east (640 with stim) on open ground."""
    x, y = RUN_START
    field = Field()
    if upgrade:
        field.games.games["upgrades"][0, 0, rules.UPGRADE_NAMES.index(upgrade)] = 1
    ids = field.place(unit_type, 0, x, y, 64)
    field.advance(IDLE_FRAMES)
    field.command(UnitCommandType.MOVE, ids, x=x + (STIMMED_RUN_PX if stimmed else RUN_PX), y=y)
    found = [int(field.values(ids, "x_256")[0])]
    for _ in range(RUN_FRAMES):
        if stimmed:
            field.games.units["stim_timer"][0, int(ids[0])] = STIM_TICKS
            field.games.units["pace"][0, int(ids[0])] = 1
        field.advance(1)
        found.append(int(field.values(ids, "x_256")[0]))
    return np.array(found)


def speed(row: Row) -> Result:
    """Run 1600 px east: when marks are passed, and how fast."""
    return _run(row, run_east(MOVERS[row["id"]], stimmed="stimmed" in row["observable"]))


def upgraded_speed(row: Row) -> Result:
    """Run 1600 px east with the upgrade."""
    unit_type, upgrade = technology.UPGRADED_MOVERS[row["id"]]
    return _run(row, run_east(unit_type, upgrade=upgrade))


def _run(row: Row, run: NDArray[np.int64]) -> Result:
    covered = (run - run[0]) / 256
    wanted = row["expected"]
    asked = [mark for mark, frame in zip(MARKS_PX, wanted["frames"], strict=True) if frame is not None]
    frames = [int(np.argmax(covered >= mark)) for mark in asked]
    fastest = float(np.diff(run).max()) / 256
    late = max(abs(a - b) for a, b in zip(frames, wanted["frames"], strict=False))
    holds = late <= FRAMES_TOLERANCE and abs(fastest / wanted["max_step"] - 1) <= SPEED_TOLERANCE
    steady = math.nan
    if wanted["steady_px_per_frame"] is not None:
        steady = (MARKS_PX[4] - MARKS_PX[2]) / (frames[4] - frames[2])
        holds = holds and abs(steady / wanted["steady_px_per_frame"] - 1) <= SPEED_TOLERANCE
    return Result(
        row_id=row["id"],
        observable=row["observable"].split(":")[0],
        expected=f"{wanted['frames']}, {wanted['steady_px_per_frame']} px/frame, at most {wanted['max_step']}",
        ours=f"{frames}, {steady:.4g} px/frame, at most {fastest:.4g}",
        holds=holds,
    )


def first_speeds(row: Row) -> Result:
    """An SCV gains speed by its table, from the first frame on."""
    return _exact(row, technology.first_speeds(len(row["expected"])))


def vulture_acceleration(row: Row) -> Result:
    """A vulture gains speed by its table."""
    field = Field()
    ids = field.place("Terran_Vulture", 0, 500, 500, 64)
    field.advance(IDLE_FRAMES)
    field.command(UnitCommandType.MOVE, ids, x=1400, y=500)
    speeds = []
    for _ in range(40):
        field.advance(1)
        speeds.append(int(field.values(ids, "speed_256")[0]))
    gains = np.diff([value for value in speeds if value > 0])
    steps = set(gains[: int(np.argmax(gains == 0))].tolist()) - {7}  # the last gain is cut by the top speed
    return _exact(row, f"{sorted(steps)}/256 to {max(speeds) / 256:.3f}", "[100]/256 to 6.668")


# Shooting.


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
    return _tested(
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
    return _tested(row, f"uniform on {values}", str(dict(sorted(found.items()))), [p], set(found) == set(values))


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
    return _exact(row, f"first {sorted(first)}, later {sorted(later)}", "first [2], later [0]")


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
    return _exact(row, " / ".join(f"{_first_damage('Terran_Vulture', target):g}" for target in targets))


def disruptor_damage(row: Row) -> Result:
    """A dragoon's shot by size of the target."""
    targets = ("Zerg_Zergling", "Terran_Vulture", "Protoss_Dragoon")
    return _exact(row, " / ".join(f"{_first_damage('Protoss_Dragoon', target):g}" for target in targets))


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
    return _exact(row, " / ".join(f"{damage:g}" for damage in found))


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
    return _tested(row, str(row["expected"]), "; ".join(texts), p_values)


def regeneration(row: Row) -> Result:
    """Change per frame of shields, hit points and energy, in 1/256."""
    field = Field()
    changes = {}
    for name, unit, player, x, points, share in (
        ("shield_regen", "Protoss_Zealot", 0, 400, "shield_256", 0.5),
        ("zerg_hp_regen", "Zerg_Zergling", 0, 600, "hp_256", 0.5),
        ("terran_building_burn_at_32pct", "Terran_Command_Center", 0, 900, "hp_256", 0.32),
        ("energy_regen", "Protoss_High_Templar", 0, 1200, "energy_256", 0.0),
    ):
        ids = field.place(unit, player, x, 500)
        slot = int(ids[0])
        kind = rules.UNIT_TYPES[rules.unit_type_id(unit)]
        if name == "energy_regen":
            start_energy = int(field.games.units[points][0, slot]) / 256
        elif points == "hp_256":
            field.games.units[points][0, slot] = int(int(kind["max_hp"]) * 256 * share)
        else:
            field.games.units[points][0, slot] = int(int(kind["max_shield"]) * 256 * share)
        changes[name] = (slot, points, int(field.games.units[points][0, slot]))
    frames = 64
    field.advance(frames)
    found = {
        name: (int(field.games.units[points][0, slot]) - before) / frames
        for name, (slot, points, before) in changes.items()
    }
    return _exact(row, found | {"initial_energy_HT": start_energy}, row["expected"])


# Skills.


def _skilled(seed: int) -> Field:
    """Return a field where player 0 knows all technologies."""
    field = Field(seed=seed)
    field.games.games["techs"][:, 0] = 1
    return field


def _wait(field: Field, reached: Callable[[], bool], limit: int = 2000) -> int:
    """Advance until something is reached; return how many frames that takes, -1 if more than the limit."""
    for frame in range(1, limit + 1):
        field.advance(1)
        if reached():
            return frame
    return -1


def _is_over(field: Field, ids: NDArray[np.int32], timer: str) -> bool:
    return bool(field.values(ids, timer)[0] == 0)


def medic(row: Row) -> Result:
    """What a medic gives and pays per frame, and how long 30 points take."""
    field = _skilled(61)
    healer = field.place("Terran_Medic", 0, 500, 500)
    marine = field.place("Terran_Marine", 0, 525, 500)
    field.advance(1)
    hurt = 10 << 8
    field.games.units["hp_256"][0, int(marine[0])] = hurt
    _wait(field, lambda: bool(field.values(marine, "hp_256")[0] > hurt))
    before = int(field.values(marine, "hp_256")[0]), int(field.values(healer, "energy_256")[0])
    field.advance(FEW_FRAMES)
    gain = (int(field.values(marine, "hp_256")[0]) - before[0]) // FEW_FRAMES
    energy = (int(field.values(healer, "energy_256")[0]) - before[1]) // FEW_FRAMES
    rest = _wait(field, lambda: bool(field.values(marine, "hp_256")[0] == 40 << 8))
    found = {
        "hp_per_frame_256": gain,
        "frames_for_30hp": 1 + FEW_FRAMES + rest,
        "energy_per_frame_256": energy,
        "hp_per_second": gain / 256 * 1000 / FRAME_MS,
    }
    return _exact(row, found, row["expected"])


def stim(row: Row) -> Result:
    """How long stim lasts and what it costs."""
    field = _skilled(62)
    found = []
    for at in range(10):
        marine = field.place("Terran_Marine", 0, 200 + 100 * at, 500)
        field.advance(1 + at % 3)
        field.command(UnitCommandType.USE_TECH, marine, extra=rules.TECH_NAMES.index("Stim_Packs"))
        field.advance(1)
        cost = 40 - int(field.values(marine, "hp_256")[0]) / 256
        found.append(1 + _wait(field, partial(_is_over, field, marine, "stim_timer")))
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=f"{row['expected']}; {row['tolerance']}",
        ours=f"{found} frames, {cost:g} points",
        holds=cost == row["expected"]["hp_cost"]
        and all(STIM_FRAMES[0] <= frames <= STIM_FRAMES[1] for frames in found),
    )


def siege(row: Row) -> Result:
    """How long a tank takes to dig in and to get out, by its heading."""
    found = []
    sieged = rules.unit_type_id("Terran_Siege_Tank_Siege_Mode")
    holds = True
    for wanted in row["expected"]:
        field = _skilled(63)
        tank = field.place("Terran_Siege_Tank_Tank_Mode", 0, 500, 500, wanted["start_heading"])
        field.advance(IDLE_FRAMES)
        field.command(UnitCommandType.SIEGE, tank)
        ours = [
            _wait(field, lambda: bool(field.values(tank, "type")[0] == sieged)),  # noqa: B023
            _wait(field, lambda: bool(field.values(tank, "order")[0] != ORDER_SIEGING)),  # noqa: B023
        ]
        field.command(UnitCommandType.UNSIEGE, tank)
        ours.append(_wait(field, lambda: bool(field.values(tank, "type")[0] != sieged)))  # noqa: B023
        theirs = [
            wanted[name] for name in ("frames_until_type_change", "further_frames_until_usable", "unsiege_frames")
        ]
        holds = holds and all(abs(a - b) <= 1 for a, b in zip(ours, theirs, strict=True))
        found.append((wanted["start_heading"], *ours))
    theirs_text = [tuple(wanted.values()) for wanted in row["expected"]]
    return Result(
        row_id=row["id"],
        observable=f"{row['observable']}: heading, frames until the type changes, until usable, until unsieged",
        expected=str(theirs_text),
        ours=str(found),
        holds=holds,
    )


def burrow(row: Row) -> Result:
    """How long a zergling takes to go under ground and to come up."""
    field = _skilled(64)
    zergling = field.place("Zerg_Zergling", 0, 500, 500)
    field.advance(IDLE_FRAMES)
    down, up = [], []
    for _ in range(12):
        field.command(UnitCommandType.BURROW, zergling)
        down.append(_wait(field, lambda: bool(field.values(zergling, "status")[0] & BURROWED)))
        field.advance(IDLE_FRAMES)
        field.command(UnitCommandType.UNBURROW, zergling)
        up.append(_wait(field, lambda: not field.values(zergling, "status")[0] & BURROWED))
        field.advance(IDLE_FRAMES)
    wanted = row["expected"]["zergling_burrow_frames"]
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=f"{wanted}; {row['tolerance']}",
        ours=f"{sorted(set(down))}; {sorted(set(up))}",
        holds=set(down) == {wanted} and set(up) <= set(range(6, 11)),
    )


def cloak_drain(row: Row) -> Result:
    """What a cloak costs per frame, and for how long 50 points of energy last."""
    spent = []
    for name in ("Terran_Ghost", "Terran_Wraith"):
        field = _skilled(65)
        hidden = field.place(name, 0, 500, 500)
        field.advance(1)
        field.games.units["energy_256"][0, int(hidden[0])] = (50 + 25) << 8  # 25 to begin with
        field.command(UnitCommandType.CLOAK, hidden)
        field.advance(1)
        first = int(field.values(hidden, "energy_256")[0])
        field.advance(1)
        spent.append(first - int(field.values(hidden, "energy_256")[0]))
    lasts = 2 + _wait(field, lambda: not field.values(hidden, "status")[0] & CLOAKED)
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=f"10, 13; {row['expected']}",
        ours=f"{spent[0]}, {spent[1]}; {lasts} frames",
        holds=spent == [10, 13] and abs(lasts - 984) <= 2,
    )


# Battles.


def duel(row: Row) -> Result:
    """Who wins a fight of two sides, how long it takes, what is left."""
    wanted = row["expected"]
    outcome = fight((row["side0"], row["side1"]), DUEL_GAMES, seed=int(row["id"][1:]))
    ours = [int((outcome.winner == side).sum()) for side in (0, 1, -1)]
    theirs = [wanted["win0"], wanted["win1"], wanted["draw"]]
    share = [count / DUEL_GAMES for count in ours]
    their_share = [count / wanted["n"] for count in theirs]
    decided = outcome.winner >= 0
    frames = outcome.frames.astype(np.float64)
    mean = float(frames.mean())
    left = float(outcome.points_left[decided].mean()) if decided.any() else 0.0
    p_wins = statistics.same_counts(ours, theirs)
    p_frames = statistics.same_mean(frames, wanted["mean_frames"], wanted["sd_frames"], wanted["n"])
    close = abs(share[0] - their_share[0]) <= 0.10 and abs(share[1] - their_share[1]) <= 0.10
    alike = p_wins >= statistics.LEVEL
    in_time = abs(mean / wanted["mean_frames"] - 1) <= 0.05 or p_frames >= statistics.LEVEL
    survivors = outcome.survivors.mean(axis=0)
    return Result(
        row_id=row["id"],
        observable=row["observable"].split(" - ")[0],
        expected=(
            f"{theirs[0]}:{theirs[1]}, {theirs[2]} drawn; {wanted['mean_frames']} frames (sd {wanted['sd_frames']}); "
            f"left {wanted['mean_survivors0']}:{wanted['mean_survivors1']}, {wanted['mean_hp_left_winner']} points"
        ),
        ours=(
            f"{ours[0]}:{ours[1]}, {ours[2]} drawn; {mean:.1f} frames (sd {frames.std(ddof=1):.1f}); "
            f"left {survivors[0]:.2f}:{survivors[1]:.2f}, {left:.1f} points"
        ),
        holds=(close or alike) and in_time,
        p_values=(p_wins, p_frames),
    )


# Triggers.


def _advance(games: BroodWarGames, frames: int) -> None:
    commands = Commands.allocate(2, games.unit_capacity)
    games.step(commands, np.zeros(2, np.int32), np.arange(2, dtype=np.int8), frames)


def _started(name: str) -> BroodWarGames:
    games = BroodWarGames(load_scenario(name), 1, latency_frames=0)
    games.start(np.ones(1, np.bool_), np.array([1], np.uint64))
    return games


def trigger_frames(row: Row) -> Result:
    """Kill one army again and again; new armies come with the next pass."""
    games = _started("m5v5_c_far")
    passes = [int(games.games["frame"][0])]
    for _ in range(4):
        _advance(games, 40)
        slots = games.units[0]
        alive = slots["slot_state"] != 0
        slots["order"][alive & (slots["player"] == 1)] = ORDER_DIE
        _advance(games, 2)
        for _ in range(40):
            _advance(games, 1)
            slots = games.units[0]
            if ((slots["slot_state"] != 0) & (slots["player"] == 1)).sum() == 5:
                passes.append(int(games.games["frame"][0]))
                break
    periods = {(frame - passes[0]) % 31 for frame in passes[1:]}
    found = f"frame {passes[0]} / {31 if periods == {0} and len(passes) == 5 else passes} frames"
    return _exact(row, found)


def _stands(name: str, player: int) -> list[tuple[int, int, int]]:
    games = _started(name)
    order = games.index[0, : int(games.games["num_units"][0])]
    slots = games.units[0]
    return sorted(
        (int(slots["type"][at]), int(slots["x"][at]), int(slots["y"][at]))
        for at in order
        if slots["player"][at] == player
    )


def marine_places(row: Row) -> Result:
    """The trigger's free-spot search puts five marines where the game does."""
    first = [(640, 1104), (664, 1080), (664, 1104), (664, 1128), (640, 1128)]
    wanted = [sorted((0, x + shift, y) for x, y in first) for shift in (0, 320)]
    found = [_stands("m5v5_c_far", player) for player in (0, 1)]
    text = "; ".join(str([(x, y) for _, x, y in side]) for side in found)
    return _exact(row, text, "; ".join(str([(x, y) for _, x, y in side]) for side in wanted))


def dragoon_places(row: Row) -> Result:
    """The map's dragoons and zealots stand where the game puts them."""
    wanted = sorted([(65, 704, 1072), (65, 704, 1096), (65, 728, 1096), (66, 672, 1104), (66, 736, 1068)])
    return _exact(row, str(_stands("dragoons_zealots", 0)), str(wanted))


def acquisition(row: Row) -> Result:
    """How far each type looks for targets."""
    table = rules.UNIT_TYPES["acquisition_tiles"]
    return _exact(row, {name: int(table[rules.unit_type_id(name)]) for name in row["expected"]})


# Economy.


def mining_time(row: Row) -> Result:
    """A worker is at a field for 75 frames, as the nine-frame clock sees them."""
    found = economy.mining_frames()
    low, high = (int(part) for part in row["tolerance"].split(".."))
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=row["expected"],
        ours=f"{min(found)} to {max(found)}",
        holds=low <= min(found) and max(found) <= high,
    )


def time_in_refinery(row: Row) -> Result:
    """A worker is off the map for 37 frames."""
    return _exact(row, sorted(economy.frames_hidden()), [int(row["expected"])])


def trip_loads(row: Row) -> Result:
    """What one trip brings: minerals, gas, gas of an empty geyser."""
    return _exact(row, " / ".join(str(*amounts) for amounts in economy.loads()))


def training(row: Row) -> Result:
    """When the units of a queue of three are complete."""
    name = row["observable"].split(" ", 1)[0]
    wanted = row["expected"]["completed_at"]
    found = economy.trained_at(name, len(wanted), wanted[-1] + 60)
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=str(wanted),
        ours=str(found),
        holds=len(found) == len(wanted) and all(abs(a - b) <= 1 for a, b in zip(found, wanted, strict=True)),
    )


def hatching(row: Row) -> Result:
    """When a larva is an egg, and when what comes out of it can be used."""
    name = row["observable"].split(" ", 1)[0]
    wanted = row["expected"]
    egg, _, complete = economy.hatched_at(name, wanted["completed_at"] + 100)
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=f"egg {wanted['egg_at']}, complete {wanted['completed_at']}",
        ours=f"egg {egg}, complete {complete}",
        holds=abs(egg - wanted["egg_at"]) <= 1 and abs(complete - wanted["completed_at"]) <= 1,
    )


EGGS: Final = ("Zerg_Drone", "Zerg_Zergling", "Zerg_Hydralisk", "Zerg_Overlord")
SAMPLED_FRAMES: Final = 3
"""The recorded games were looked at every third frame."""


LARVA_MEANS: Final = {0: 356, 1: 335}
"""By how many units stand before the hatchery in the update list."""


def larva_intervals(row: Row) -> Result:
    """Larvae come every 38 ticks of nine frames, more often where the clocks' reset favours their hatchery."""
    means = {before: float(np.mean(technology.larva_gaps(before))) for before in LARVA_MEANS}
    ticks = technology.LARVA_TICKS * technology.TICK_FRAMES
    ours = f"{ticks}; {means[1]:.1f} or {means[0]:.1f} mean by slot"
    holds = ticks == int(row["expected"].split(";")[0])
    holds = holds and all(
        round(means[before] - 0.5) <= wanted <= round(means[before] + 0.5) for before, wanted in LARVA_MEANS.items()
    )
    return Result(row_id=row["id"], observable=row["observable"], expected=str(row["expected"]), ours=ours, holds=holds)


def prices(row: Row) -> Result:
    """Every basic unit and building costs and takes what the table says."""
    wanted = row["expected"]
    ours = technology.prices(list(wanted))
    differing = [name for name in wanted if ours[name] != wanted[name]]
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=f"{len(wanted)} types",
        ours=f"{len(wanted) - len(differing)} the same" + (f", not {', '.join(differing)}" if differing else ""),
        holds=not differing,
    )


def egg_phase(row: Row) -> Result:
    """For how long an egg is an egg."""
    wanted = [int(part) for part in row["expected"].removesuffix(" frames").split(" / ")]
    found = []
    for name in EGGS:
        egg, out, _ = economy.hatched_at(name, 800)
        found.append(out - egg)
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=row["expected"],
        ours=" / ".join(map(str, found)),
        holds=all(abs(a - b) <= SAMPLED_FRAMES for a, b in zip(found, wanted, strict=True)),
    )


GAS_TOLERANCE: Final = 0.04


def gas(row: Row) -> Result:
    """Gas a minute, by race and number of workers."""
    races = {"T": "Terran", "P": "Protoss", "Z": "Zerg"}
    found = {}
    for label in row["expected"]:
        race, workers = label.split(" x")
        found[label] = round(economy.gas_per_minute(races[race], int(workers)), 1)
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=str(row["expected"]),
        ours=str(found),
        holds=all(abs(found[label] / wanted - 1) <= GAS_TOLERANCE for label, wanted in row["expected"].items()),
    )


def construction(row: Row) -> Result:
    """How long a building takes, from its foundation on."""
    name = row["observable"].split(" ", 1)[0]
    wanted = int(row["expected"]["start_to_complete"])
    found = economy.build_frames(name, wanted + 300)
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=str(wanted),
        ours=str(found),
        holds=abs(found - wanted) <= 1,
    )


RATE_TOLERANCE: Final = 0.04


def mining_rates(row: Row) -> Result:
    """What each of n workers brings in a minute."""
    worker = row["observable"].split(",")[0]
    wanted = row["expected"]
    found = {count: round(bases.minerals_per_minute(worker, int(count)) / int(count), 2) for count in wanted}
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=str(wanted),
        ours=str(found),
        holds=all(abs(found[count] / wanted[count] - 1) <= RATE_TOLERANCE for count in wanted),
    )


PUBLISHED_TOLERANCE: Final = 0.08


def rate_per_worker(row: Row) -> Result:
    """What a worker brings in a minute where each has a field of its own."""
    wanted = {name: float(rate) for name, rate in (part.split(" ") for part in row["expected"].split(", "))}
    found = {name: round(bases.minerals_per_minute(name, bases.NUM_FIELDS) / bases.NUM_FIELDS, 1) for name in wanted}
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=row["expected"],
        ours=", ".join(f"{name} {rate}" for name, rate in found.items()),
        holds=all(abs(found[name] / rate - 1) <= PUBLISHED_TOLERANCE for name, rate in wanted.items()),
    )


def rates_of_a_base(row: Row) -> Result:
    """What a base with n SCVs brings in a minute."""
    wanted = {int(count): int(rate) for count, rate in (part.split(":") for part in row["expected"].split(" "))}
    found = {count: round(bases.minerals_per_minute("SCV", count)) for count in wanted}
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=row["expected"],
        ours=" ".join(f"{count}:{rate}" for count, rate in found.items()),
        holds=all(abs(found[count] / rate - 1) <= PUBLISHED_TOLERANCE for count, rate in wanted.items()),
    )


def first_larvae(row: Row) -> Result:
    """How many larvae a melee game begins with, and where they appear."""
    created, ticked, places = openings.first_larvae()
    below = set(places) == {(0, 42)}
    place = "depot (x, y+42)" if below else str(sorted(set(places)))
    return _exact(row, f"{created} larvae at creation + {ticked} on first tick (3 at frame 2) at {place}")


def fourth_larva(row: Row) -> Result:
    """Where the fourth larva of a melee game appears, when one of the first three has become an egg."""
    x, y = openings.fourth_larva()
    return _exact(row, f"(x{x:+}, y)" if y == 0 else f"(x{x:+}, y{y:+})")


MINED_TOLERANCE: Final = 0.01
LOAD: Final = 8
"""A sample at one frame differs by a worker's load where a delivery comes a frame sooner or later."""
MILESTONE_FRAMES: Final = 30


def opening(row: Row) -> Result:
    """When the buildings, units and workers of a scripted opening stand, and how much has been mined when."""
    name = row["observable"].split(":")[0]
    wanted = row["expected"]
    found = openings.play(name)
    milestones = [tuple(entry) for entry in wanted["milestones"]]
    events = {entry[1:] for entry in milestones}
    ours = [entry for entry in found.milestones if entry[1:] in events and entry[0] > 0]
    late = [a[0] - b[0] if a[1:] == b[1:] else 9999 for a, b in zip(ours, milestones, strict=False)]
    late += [a - b for a, b in zip(found.workers_done, wanted["workers_done"], strict=False)]
    complete = len(ours) >= len(milestones) and len(found.workers_done) >= len(wanted["workers_done"])
    mined = {entry[0]: entry[3] for entry in found.curve}
    theirs = {entry[0]: entry[3] for entry in wanted["curve"]}
    close = all(abs(mined[frame] - total) <= max(MINED_TOLERANCE * total, LOAD) for frame, total in theirs.items())
    return Result(
        row_id=row["id"],
        observable=row["observable"],
        expected=f"{len(milestones)} milestones, {len(wanted['workers_done'])} workers; mined (1 % or one load) "
        + ", ".join(f"{frame}: {total}" for frame, total in theirs.items()),
        ours=f"{'all' if complete else 'not all'}, {min(late):+} to {max(late):+} frames; mined "
        + ", ".join(f"{frame}: {mined[frame]}" for frame in theirs),
        holds=complete and close and max(map(abs, late)) <= MILESTONE_FRAMES,
    )


FIRE_RATES: Final = tuple(f"O{number:03}" for number in range(28, 52))
DUELS: Final = tuple(f"O{number}" for number in range(108, 135))

TRAINED: Final = tuple(f"O{number:03}" for number in range(78, 82))
HATCHED: Final = tuple(f"O{number:03}" for number in range(82, 87))
BUILT: Final = tuple(f"O{number:03}" for number in range(87, 99))
MINED: Final = tuple(f"O{number:03}" for number in range(66, 69))
OPENINGS: Final = tuple(f"O{number}" for number in range(101, 108))

MEASURES: Final[dict[str, Callable[[Row], Result]]] = {
    "O001": frame_length,
    "O002": status_clock,
    "O003": order_clock,
    "O004": random_numbers,
    "O005": lengths,
    "O006": edge_distance,
    **dict.fromkeys(MOVERS, speed),
    **dict.fromkeys(technology.UPGRADED_MOVERS, upgraded_speed),
    "O026": first_speeds,
    "O027": vulture_acceleration,
    **dict.fromkeys(FIRE_RATES, fire_rate),
    "O052": cooldown_law,
    "O053": first_shot,
    "O054": shots_to_kill,
    "O055": attacks_to_kill,
    "O056": siege_splash,
    "O057": grenade_damage,
    "O058": disruptor_damage,
    "O059": hit_rate,
    "O060": regeneration,
    "O061": medic,
    "O062": stim,
    "O063": siege,
    "O064": burrow,
    "O065": cloak_drain,
    **dict.fromkeys(MINED, mining_rates),
    "O069": rate_per_worker,
    "O070": rates_of_a_base,
    "O071": mining_time,
    "O072": gas,
    "O073": time_in_refinery,
    "O074": trip_loads,
    **dict.fromkeys(TRAINED, training),
    **dict.fromkeys(HATCHED, hatching),
    **dict.fromkeys(BUILT, construction),
    "O075": larva_intervals,
    "O076": first_larvae,
    "O077": fourth_larva,
    "O099": egg_phase,
    "O100": prices,
    **dict.fromkeys(OPENINGS, opening),
    **dict.fromkeys(DUELS, duel),
    "O135": trigger_frames,
    "O136": marine_places,
    "O137": dragoon_places,
    "O138": acquisition,
}
