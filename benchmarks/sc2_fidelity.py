"""Write docs/sc2-fidelity.md: what the StarCraft II engine does beside what the real game's tables and players say.

    python -m benchmarks.sc2_fidelity            # writes the page
    python -m benchmarks.sc2_fidelity --check    # exits with 1 if the page would change

Every row plays the engine and compares one outcome with a number of MECHANICS.md or of the recorded data, inside a
tolerance that the row states. No live game was at hand: where only the tables say a number, the row shows that the
engine's play comes to what the table promises, not that the real game does.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from bridge.scenarios import load_scenario
from engine.core.frame import Commands, Frame
from engine.core.scenario import Scenario
from engine.starcraft2.games import StarCraft2Games
from engine.starcraft2.orders import HEAL, HOLD_POSITION
from engine.starcraft2.state import ATTACK, MOVE
from engine.starcraft2.tables import ONE, RULES_HASH

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "sc2-fidelity.md"

X: Final = 512
Y: Final = 512
"""The arena's middle, pixels of 1/32 cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One outcome.

    Attributes:
        row_id: S speeds, A acceleration, C cooldowns, H hits, K kill times, R regeneration, T targets, V sight.
        observable: in words.
        expected: the number.
        tolerance: how far off still holds.
        unit: of the number.
        source: who says it.
        measure: plays it.
    """

    row_id: str
    observable: str
    expected: float
    tolerance: float
    unit: str
    source: str
    measure: Callable[[], float]


@cache
def _field() -> Scenario:
    return dataclasses.replace(load_scenario("3m"), units=(), triggers=())


class Arena:
    """One game on an open field without anybody."""

    def __init__(self, *, passive: tuple[int, ...] = (0, 1), full_vision: bool = True, seed: int = 3) -> None:
        scenario = dataclasses.replace(_field(), passive_players=passive, full_vision=full_vision)
        self.games = StarCraft2Games(scenario, 1)
        self.games.start(np.ones(1, np.bool_), np.array([seed], np.uint64))
        self._nobody = Commands.allocate(0, 1), np.zeros(0, np.int32), np.zeros(0, np.int8)

    def put(self, name: str, player: int, dx: float = 0.0, dy: float = 0.0) -> int:
        """Put a unit so many cells from the middle; return its id."""
        return self.games.create_unit(0, name, player, round(X + 32 * dx), round(Y + 32 * dy))

    def order(self, unit_id: int, ability: int, target_id: int = -1, x: float = 0.0, y: float = 0.0) -> None:
        """Tell a unit what to do; x and y in cells."""
        assert self.games.order(0, unit_id, ability, target_id, round(x * ONE), round(y * ONE)) == 1

    def step(self, loops: int = 1) -> None:
        """Let loops pass."""
        commands, rows, players = self._nobody
        self.games.step(commands, rows, players, loops)

    def get(self, unit_id: int) -> Any:
        """Return a living unit's record."""
        slot = self.games.slot_of(0, unit_id)
        assert slot >= 0, "it is dead"
        return self.games.units[0][slot]

    def is_alive(self, unit_id: int) -> bool:
        """Say whether a unit lives."""
        return self.games.slot_of(0, unit_id) >= 0

    @property
    def loop(self) -> int:
        """Loops that have passed."""
        return int(self.games.games["frame"][0])

    def shots(self, unit_id: int, loops: int, until_dead: int = -1) -> list[int]:
        """Return the loops in which a unit fires."""
        fired = []
        for _ in range(loops):
            self.step()
            if self.is_alive(unit_id) and self.get(unit_id)["fired_frame"] == self.loop:
                fired.append(self.loop)
            if until_dead >= 0 and not self.is_alive(until_dead):
                break
        return fired


def speed(name: str) -> float:
    """Return cells per loop at full speed."""
    arena = Arena()
    one = arena.put(name, 0, -14)
    arena.order(one, MOVE, x=31, y=16)
    arena.step(44)
    before = int(arena.get(one)["x"])
    arena.step(24)
    return (int(arena.get(one)["x"]) - before) / ONE / 24


def loops_to_full_speed(name: str) -> float:
    """Return the loops from the first movement to full speed."""
    arena = Arena()
    one = arena.put(name, 0, -14)
    arena.order(one, MOVE, x=31, y=16)
    speeds = []
    for _ in range(70):
        arena.step()
        speeds.append(int(arena.get(one)["speed"]))
    first = next(k for k, now in enumerate(speeds) if now > 0)
    return float(speeds.index(max(speeds)) - first + 1)


def _gaps(name: str, victim: str) -> list[int]:
    gaps: list[int] = []
    for seed in range(4):
        arena = Arena(seed=seed)
        one = arena.put(name, 0, -2)
        other = arena.put(victim, 1, 1.5)
        arena.order(one, ATTACK, other)
        fired: list[int] = []
        while arena.loop < 1200 and len(fired) < 30:
            fired += arena.shots(one, 1)
            arena.get(other)["hp"] = 400 * ONE
        gaps += np.diff(fired).tolist()
    return gaps


def mean_gap(name: str, victim: str = "CommandCenter") -> float:
    """Return the mean loops between two attacks."""
    return float(np.mean(_gaps(name, victim)))


def spread_of_gaps(name: str) -> float:
    """Return the largest less the smallest time between two attacks, loops."""
    gaps = _gaps(name, "CommandCenter")
    return float(max(gaps) - min(gaps))


def hits(attacker: str, victim: str) -> float:
    """Return how many attacks kill."""
    arena = Arena()
    one, other = arena.put(attacker, 0), arena.put(victim, 1, 1.5)
    arena.order(one, ATTACK, other)
    return float(len(arena.shots(one, 6000, other)))


def kill_time(attacker: str, victim: str) -> float:
    """Return the mean loops from the first attack to the death."""
    times = []
    for seed in range(12):
        arena = Arena(seed=seed)
        one, other = arena.put(attacker, 0), arena.put(victim, 1, 1.5)
        arena.order(one, ATTACK, other)
        fired = arena.shots(one, 6000, other)
        times.append(fired[-1] - fired[0])
    return float(np.mean(times))


def first_damage(attacker: str, victim: str, shields: bool = False) -> float:
    """Return what the first attack takes of a unit whose shields are down (or of its shields)."""
    arena = Arena()
    one, other = arena.put(attacker, 0), arena.put(victim, 1, 1.5)
    field = "shield" if shields else "hp"
    if not shields:
        arena.get(other)["shield"] = 0
        arena.get(other)["shield_wait"] = 2000
    arena.order(one, ATTACK, other)
    before = int(arena.get(other)[field])
    arena.shots(one, 0)
    while arena.get(one)["fired_frame"] < 0:
        before = int(arena.get(other)[field])
        arena.step()
    return (before - int(arena.get(other)[field])) / ONE


def regeneration(name: str, field: str, wait: int = 0) -> float:
    """Return points per normal second after some loops of rest."""
    arena = Arena()
    one = arena.put(name, 0)
    arena.get(one)[field] = 10 * ONE
    arena.step(wait)
    before = int(arena.get(one)[field])
    arena.step(160)
    return (int(arena.get(one)[field]) - before) / ONE / 10


def shield_delay() -> float:
    """Return the loops from the last hit to the first point of shields that comes back."""
    arena = Arena()
    one, other = arena.put("Zealot", 0), arena.put("Marine", 1, 3)
    arena.order(other, ATTACK, one)
    while arena.get(one)["hit_frame"] < 0:
        arena.step()
    since, low = arena.loop, int(arena.get(one)["shield"])
    arena.games.order(0, other, 4)
    while arena.get(one)["shield"] <= low:
        arena.step()
    return float(arena.loop - since)


def healing() -> float:
    """Return points that a Medivac heals per normal second."""
    arena = Arena()
    one, other = arena.put("Medivac", 0), arena.put("Marauder", 0, 1)
    arena.get(other)["hp"] = 10 * ONE
    arena.order(one, HEAL, other)
    arena.step(2)
    before = int(arena.get(other)["hp"])
    arena.step(80)
    return (int(arena.get(other)["hp"]) - before) / ONE / 5


def healing_price() -> float:
    """Return points healed per point of energy, what regenerates meanwhile left out."""
    arena = Arena()
    one, other = arena.put("Medivac", 0), arena.put("Marauder", 0, 1)
    arena.get(other)["hp"] = 10 * ONE
    arena.order(one, HEAL, other)
    arena.step(2)
    hp, energy = int(arena.get(other)["hp"]), int(arena.get(one)["energy"])
    arena.step(80)
    paid = energy - int(arena.get(one)["energy"]) + 80 * 144
    return (int(arena.get(other)["hp"]) - hp) / paid


def reach(name: str, victim: str, radii: float) -> float:
    """Return the largest distance of edges, cells, at which a unit that holds position fires; steps of 1/32 cell."""
    best = 0.0
    for k in range(500):
        arena = Arena(passive=(1,))
        one = arena.put(name, 0, -7)
        other = arena.put(victim, 1, -7 + radii + k / 32)
        arena.order(one, HOLD_POSITION)
        arena.step(3)
        if arena.get(one)["phase"] == 0 and arena.get(one)["cooldown"] == 0:
            if best > 0:
                break
            continue
        apart = (int(arena.get(other)["x"]) - int(arena.get(one)["x"])) / ONE
        best = apart - radii
    return best


def scan_range(name: str, victim: str, radii: float) -> float:
    """Return the largest distance of edges at which an idle unit goes for an enemy; steps of 1/8 cell."""
    best = 0.0
    for k in range(20, 100):
        arena = Arena(passive=(1,))
        one = arena.put(name, 0, -7)
        arena.put(victim, 1, -7 + radii + k / 8)
        arena.step(1)
        if arena.get(one)["target"] < 0:
            break
        best = k / 8
    return best


def chosen(name: str, others: tuple[tuple[str, float, float], ...]) -> float:
    """Return which of several enemies an idle unit attacks: its position in the tuple."""
    arena = Arena(passive=(1,))
    one = arena.put(name, 0)
    ids = [arena.put(kind, 1, dx, dy) for kind, dx, dy in others]
    arena.step(1)
    return float(ids.index(int(arena.get(one)["target"])))


def help_radius() -> float:
    """Return the largest distance, cells, at which an idle friend answers a call for help; steps of 1/4 cell."""
    best = 0.0
    for k in range(8, 30):
        arena = Arena(passive=(1,))
        hurt = arena.put("Zealot", 0, 0, -4)
        friend = arena.put("Zealot", 0, 0, -4 + k / 4)
        tank = arena.put("SiegeTank", 1, 8.2, -4)
        arena.order(tank, ATTACK, hurt)
        while arena.get(hurt)["hit_frame"] < 0:
            arena.step()
        arena.step(2)
        if arena.get(friend)["target"] < 0:
            break
        best = k / 4
    return best


def sight(name: str) -> float:
    """Return the largest distance of centres, cells, at which a unit sees another; steps of 1/4 cell."""
    best = 0.0
    for k in range(12, 80):
        arena = Arena(full_vision=False)
        arena.put(name, 0, -10)
        arena.put("Marine", 1, -10 + k / 4)
        frame = Frame.allocate(1, arena.games.unit_capacity, arena.games.scenario.map)
        arena.games.observe(frame, np.zeros(1, np.int32), np.zeros(1, np.int8))
        if frame.num_units[0] < 2:
            break
        best = k / 4
    return best


def splash(kind: str, attacker: str, distance: float) -> float:
    """Return what a Marauder (125 life, armor 1) loses that stands so many cells behind the target, edge to edge."""
    arena = Arena()
    one, other = (
        arena.put(attacker, 0, -6 if kind == "tank" else -1.2),
        arena.put("Marauder", 1, 2 if kind == "tank" else 0),
    )
    x = (2 if kind == "tank" else 0) + 0.5625 + distance
    second = arena.put("Marauder", 1, x, 0)
    arena.get(second)["x"] = round((16 + x) * ONE)
    arena.get(second)["y"] = 16 * ONE
    arena.order(one, ATTACK, other)
    before = 125.0
    for _ in range(200):
        arena.step()
        now = int(arena.get(second)["hp"]) / ONE
        if now < before or int(arena.get(other)["hp"]) < 125 * ONE or not arena.is_alive(one):
            return before - now
    return 0.0


API: Final = "recorded ResponseData"
CATALOGUE: Final = "SC2GameData 5.0.10"
LIQUIPEDIA: Final = "Liquipedia"
KNOWN: Final = "game knowledge, not verified"


def _rows() -> list[Row]:
    rows: list[Row] = []

    def add(
        kind: str, observable: str, expected: float, tolerance: float, unit: str, source: str, measure: Any
    ) -> None:
        number = 1 + sum(row.row_id[0] == kind for row in rows)
        rows.append(
            Row(
                row_id=f"{kind}{number:02d}",
                observable=observable,
                expected=expected,
                tolerance=tolerance,
                unit=unit,
                source=source,
                measure=measure,
            )
        )

    for name, per_s in (
        ("Marine", 2.25), ("Marauder", 2.25), ("SCV", 2.8125), ("Zealot", 2.25), ("Stalker", 2.953125),
        ("Colossus", 2.25), ("Zergling", 2.9531), ("Baneling", 2.5), ("Roach", 2.25), ("Hydralisk", 2.25),
        ("Mutalisk", 4.0), ("Medivac", 2.5),
    ):  # fmt: skip
        add("S", f"{name}: full speed", per_s / 16, 0.01 * per_s / 16, "cells/loop", API, lambda name=name: speed(name))
    for name, loops in (("SCV", 18), ("Mutalisk", 19), ("Medivac", 18), ("VoidRay", 22)):
        text = f"{name}: loops to full speed (speed / acceleration)"
        add("A", text, loops, 1, "loops", CATALOGUE, lambda name=name: loops_to_full_speed(name))
    for name, loops in (
        ("Marine", 13.773), ("Marauder", 24.0), ("Zealot", 19.2), ("Stalker", 29.92), ("Colossus", 24.0),
        ("Zergling", 11.136), ("Hydralisk", 13.2), ("Roach", 32.0), ("SiegeTank", 16.64), ("Immortal", 23.2),
    ):  # fmt: skip
        # The random part is 0.5 loops in the mean, and a loop that has begun is waited for: 0 to 1 more.
        text = f"{name}: mean loops between attacks: cooldown + 0.5, rounded up to loops"
        add("C", text, loops + 1.0, 0.6, "loops", API, lambda name=name: mean_gap(name))
    add("C", "Marine: spread of the times between attacks (-1 to +2 loops)", 3, 1, "loops", CATALOGUE,
        lambda: spread_of_gaps("Marine"))  # fmt: skip
    for attacker, victim, count in (
        ("Marine", "Marine", 8), ("Marine", "Marauder", 25), ("Marine", "Zealot", 29), ("Zealot", "Marine", 3),
        ("Zealot", "Marauder", 9), ("Marauder", "Stalker", 9), ("Marauder", "Marauder", 7), ("Stalker", "Marauder", 8),
        ("Zergling", "Marine", 9), ("Hydralisk", "Marine", 4), ("Roach", "Marauder", 9), ("SiegeTank", "Marine", 3),
        ("Immortal", "Roach", 3), ("Colossus", "Zergling", 2), ("DarkTemplar", "Marine", 1),
    ):  # fmt: skip
        text = f"{attacker} kills {victim}: attacks"
        add("H", text, count, 0, "attacks", "damage rule", lambda a=attacker, v=victim: hits(a, v))
    for attacker, victim, value, is_shield in (
        ("Marine", "Marauder", 5, False), ("Marauder", "Marauder", 19, False), ("Marauder", "Marine", 10, False),
        ("Zealot", "Zealot", 14, False), ("Stalker", "Stalker", 17, False), ("Stalker", "Stalker", 18, True),
        ("Zealot", "Ultralisk", 12, False), ("Zergling", "PlanetaryFortress", 2, False),
        ("Colossus", "Zergling", 30, False), ("Immortal", "Stalker", 49, False), ("Ghost", "Marine", 20, False),
    ):  # fmt: skip
        text = f"{attacker} on {victim}: what one attack takes" + (" of the shields" if is_shield else "")
        measure = lambda a=attacker, v=victim, s=is_shield: first_damage(a, v, s)  # noqa: E731
        add("H", text, value, 0.001, "points", "damage rule", measure)
    for attacker, victim, loops in (("Marine", "Marine", 7 * 14.77), ("Zealot", "Marine", 2 * 20.2)):
        text = f"{attacker} kills {victim}: loops from the first attack to the last"
        add("K", text, loops, 0.04 * loops, "loops", "cooldown x attacks", lambda a=attacker, v=victim: kill_time(a, v))
    add("R", "shields: points per normal second", 2, 0.001, "points/s", CATALOGUE,
        lambda: regeneration("Zealot", "shield", 1))  # fmt: skip
    add("R", "shields: loops after the last hit", 160, 1, "loops", CATALOGUE, shield_delay)
    add("R", "Zerg life per normal second", 0.2734, 0.001, "points/s", CATALOGUE, lambda: regeneration("Roach", "hp"))
    add("R", "Mutalisk life per normal second", 1, 0.001, "points/s", CATALOGUE, lambda: regeneration("Mutalisk", "hp"))
    add("R", "energy per normal second", 0.5625, 0.001, "points/s", CATALOGUE,
        lambda: regeneration("Medivac", "energy"))  # fmt: skip
    add("R", "Terran life per normal second", 0, 0, "points/s", CATALOGUE, lambda: regeneration("Marine", "hp"))
    add("R", "Medivac heals per normal second", 9, 0.05, "points/s", KNOWN, healing)
    add("R", "Medivac: points healed per energy", 3, 0.01, "points", KNOWN, healing_price)
    for name, cells, radius in (
        ("Marine", 5, 0.375),
        ("Stalker", 6, 0.625),
        ("SiegeTank", 7, 0.875),
        ("Marauder", 6, 0.5625),
    ):
        add("T", f"{name}: range, edge to edge", cells, 1 / 32, "cells", API,
            lambda name=name, radius=radius: reach(name, "Zealot", radius + 0.5))  # fmt: skip
    for name, cells, radius in (
        ("Marine", 5.5, 0.375),
        ("Stalker", 6.5, 0.625),
        ("SiegeTank", 7.5, 0.875),
        ("Zealot", 5, 0.5),
    ):
        add("T", f"{name}: how far it looks for targets", cells, 0.125, "cells", LIQUIPEDIA,
            lambda name=name, radius=radius: scan_range(name, "Zealot", radius + 0.5))  # fmt: skip
    add("T", "of a near building and a far Marine the Marine is attacked", 1, 0, "position", LIQUIPEDIA,
        lambda: chosen("Marine", (("SupplyDepot", 2.5, 0), ("Marine", -4, 0))))  # fmt: skip
    add("T", "of a near worker and a far Marine the Marine is attacked", 1, 0, "position", LIQUIPEDIA,
        lambda: chosen("Marine", (("SCV", 2.5, 0), ("Marine", -4, 0))))  # fmt: skip
    add("T", "of two Marines the nearer one is attacked", 1, 0, "position", LIQUIPEDIA,
        lambda: chosen("Marine", (("Marine", 4, 0), ("Marine", -3, 0))))  # fmt: skip
    add("T", "a Zealot does not go for what flies", 1, 0, "position", LIQUIPEDIA,
        lambda: chosen("Zealot", (("Medivac", 1, 0), ("Marine", -4, 0))))  # fmt: skip
    add("T", "idle friends answer a call for help within", 4, 0.25, "cells", CATALOGUE, help_radius)
    for name, cells in (("Marine", 9), ("Zergling", 8), ("Colossus", 10), ("SiegeTankSieged", 11)):
        add("V", f"{name}: sight", cells, 0.25, "cells", API, lambda name=name: sight(name))
    for distance, value in ((0.45, 69), (0.7, 34), (1.2, 16.5), (1.4, 0)):
        add("H", f"sieged tank: a second Marauder {distance} cells from the blow", value, 0.001, "points", KNOWN,
            lambda distance=distance: splash("tank", "SiegeTankSieged", distance))  # fmt: skip
    for distance, value in ((0.9, 15), (1.2, 0)):
        add("H", f"Baneling: a Marauder {distance + 1.19:.2f} cells from it (reach 2.2)", value, 0.5, "points", KNOWN,
            lambda distance=distance: splash("bane", "Baneling", distance))  # fmt: skip
    return rows


ROWS: Final = tuple(_rows())

NOT_MODELLED: Final = """## What is not modelled, or not known

* No live game could be measured. Rows say that play comes to what tables and players say; steering, crowding, the
  order of updates and the enemy's own decisions in SMAC's maps are ours.
* SMAC's enemy is the real game's built-in AI ("very hard") after the map's attack-move. Ours keeps the map's
  attack-move (`opponent="noop"`), or is a scripted player.
* Damage is dealt at the damage point: missiles do not fly. How wide splash is, what a Baneling does, how a Medivac
  heals, and weapons that the interface does not list (Sentry, Void Ray, Battlecruiser, Baneling) are game knowledge.
* Defaults that the catalogue leaves out (damage point 0.167 s, backswing 0.5 s, scan range 5, range slop 1, arc
  19.7 degrees) are from memory. Backswing holds a unit only while its target is out of range.
* Multi-hit attacks fall in one loop; the Thor's, the Zealot's and the Colossus' hits do not follow each other.
* The Colossus' lances sweep at once. Carriers, Brood Lords' broodlings, Oracles' beam and spells are absent.
* Update order is a random start and direction in each loop, not a random permutation.
"""


def page() -> str:
    """Return the whole page."""
    lines = [
        "# StarCraft II: how faithful the engine is\n",
        "Written by `python -m benchmarks.sc2_fidelity`; `tests/oracle/test_sc2_rows.py` plays every row. A loop is"
        f" 1/16 normal second, a cell one unit of the map. Tables `{RULES_HASH}`.\n",
        "| id | observable | source | expected | tolerance | ours | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    held = 0
    for row in ROWS:
        ours = row.measure()
        holds = abs(ours - row.expected) <= row.tolerance + 1e-9
        held += holds
        verdict = "holds" if holds else "**does not hold**"
        cells = (row.row_id, row.observable, row.source, f"{row.expected:.5g} {row.unit}", f"{row.tolerance:.3g}")
        lines.append("| " + " | ".join((*cells, f"{ours:.5g}", verdict)) + " |")
    lines += ["", f"{held} of {len(ROWS)} rows hold.", "", NOT_MODELLED]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Write or check the page; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit with 1 if the page would change")
    options = parser.parse_args(arguments)
    text = page()
    if options.check:
        return int(not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
