"""The milestones of an opening, and what the sooner is worth."""

from __future__ import annotations

import pytest
from economy_scenes import PROTOSS, TERRAN, ZERG, EconomyScene

from bridge.errors import ConfigError
from envs.specs.opening import OPENINGS
from envs.tasks import make_task


def scene(**params: object) -> EconomyScene:
    made = EconomyScene(TERRAN, reward="opening", max_frames=1000, **params)
    made.reset()
    return made


def test_milestone_is_worth_the_share_of_the_episode_that_is_left() -> None:
    opening = scene()
    assert opening.see(100) == 0.0

    opening.put(300, "Terran_Supply_Depot", opening.x + 200, opening.y)
    opening.put(301, "Terran_Barracks", opening.x + 400, opening.y, flags=0)  # not complete

    assert opening.see(150) == pytest.approx(0.75)
    assert opening.info("milestones") == 1
    assert opening.see(50) == 0.0


def test_lost_building_is_not_paid_twice() -> None:
    opening = scene()
    opening.put(300, "Terran_Supply_Depot", opening.x + 200, opening.y)
    opening.see(100)
    opening.unit(300)["player"] = 1
    opening.see(100)
    opening.unit(300)["player"] = 0

    assert opening.see(100) == 0.0
    assert opening.info("milestones") == 1


def test_two_marines_are_wanted_and_two_milestones_may_come_at_once() -> None:
    opening = scene()
    opening.put(300, "Terran_Marine", opening.x + 200, opening.y)
    assert opening.see(100) == 0.0
    opening.put(301, "Terran_Marine", opening.x + 220, opening.y)
    opening.put(302, "Terran_Refinery", opening.x + 300, opening.y)

    assert opening.see(100) == pytest.approx(2 * 0.8)


def test_episode_ends_with_the_last_milestone() -> None:
    opening = scene()
    unit_id = 300
    for name, count in OPENINGS["terran"]:
        assert not opening.arrays["terminated"][0]
        for _ in range(count):
            opening.put(unit_id, name, opening.x + 2 * unit_id, opening.y + 100)
            unit_id += 1
        opening.see(10)

    assert opening.info("milestones") == len(OPENINGS["terran"])
    assert opening.arrays["terminated"][0]
    assert opening.arrays["info/battle_won"][0]


@pytest.mark.parametrize("scenario", [TERRAN, PROTOSS, ZERG])
def test_every_race_can_make_its_opening_by_macro(scenario: str) -> None:
    task = make_task(scenario=scenario, action="macro")
    race = task.scenario.melee.races[0]  # type: ignore[union-attr]

    assert {f"make {name}" for name, _ in OPENINGS[race]} <= set(task.action.choice_names)  # type: ignore[union-attr]


def test_opening_of_an_unknown_race_is_refused_in_one_line() -> None:
    with pytest.raises(ConfigError, match="reward 'milestones' as random: allowed: terran, protoss, zerg"):
        make_task(scenario="melee?races=random:terran", reward="opening")
