"""Write docs/sc2-fidelity.md: what the StarCraft II engine does beside what the real game's tables and players say.

    python -m benchmarks.sc2_fidelity            # writes the page
    python -m benchmarks.sc2_fidelity --check    # exits with 1 if the page would change

Every row plays the engine and compares one outcome with a number of MECHANICS.md or of the recorded data, inside a
tolerance that the row states. No live game was at hand: where only the tables say a number, the row shows that the
engine's play comes to what the table promises, not that the real game does. `benchmarks/sc2_rows` has the rows.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from benchmarks.sc2_rows import battles, economy, offspring, protoss, spells, zerg
from engine.starcraft2.tables import RULES_HASH

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "sc2-fidelity.md"

ROWS: Final = tuple(row for topic in (battles, economy, zerg, protoss, offspring, spells) for row in topic.rows())

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
* The Colossus' lances sweep at once. Oracles' beam and stasis traps, revelation, graviton beam, time warp,
  purification nova and changelings are absent.
* Upgrades without levels all have an effect (`data/boosts.csv`, `hastes.csv`, `paces.csv`, `spells.csv`; burrowing and
  warp gates in `production.csv`; concussive shells and the Cyclone's lock-on in code). Attacks that come faster keep
  their damage point. Frames do not tell the maximum of life that an upgrade raises: encoders and scripted healers
  divide by the type's own and stop at 1; the API's `health_max` is the true one. Hi-Sec Auto Tracking does nothing to
  Point Defense Drones, which are absent.
* A nuke: what the Ghost is bound for and when it falls are the catalogue's, that it does nothing else until then but
  cancel is ours; the place is not revealed afterwards and no alert is sent. A parasitic bomb's ten seconds follow its
  first, idle one. A neural parasite takes no Carriers, nobody with passengers and nobody who is changing into something
  else; it breaks 5 cells beyond its range. What a structure costs, trains or loses while it is contaminated waits.
* Interceptors fly like other units: they do not pass over their target, and fly home to wait as soon as nobody is near
  their Carrier. Broodlings of fallen structures come at once, not after half a second. Locusts can be hit while they
  hatch, and land at once. In battles that are no melee games Carriers, Brood Lords and Swarm Hosts send nobody out.
* Creep grows by a ring of cells in each period (what the real game's step is, is not known) and goes in 16 steps.
* Sight is made anew every fourth loop, power is looked for every eighth: the real game's clocks are not known. A unit
  sees ground up to a quarter of a level above it; vision blockers and line of sight past cliffs are not modelled.
* Spells work at once or after their preparation, missiles do not fly. A force field bars 3 by 3 cells; that
  massive units break it, corrosive bile's and recall's delays, blink's reach of Dark Templars, where Zealots charge
  from, how many hallucinations come and the reach of a Queen's tumor are game knowledge. A burrowed tumor bars its
  cell. Larvae stand still.
* Times of morphs that only one direction of is recorded (unsieging, landing) are taken from the other. SCVs stand still
  while they build. What upgrades add to each weapon, prices of repair, stimpacks' life, cloaks' energy, lock-on, KD8
  charges, auto-turrets, salvage and a bunker's extra reach are game knowledge. Interference matrix, anti-armor
  missiles, tactical jump and hold fire are absent; a Nydus Network keeps its own passengers.
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
