"""`macro` builds add-ons and researches: where, when, and what a view must show for that."""

from __future__ import annotations

import pytest
from economy_scenes import DONE, IDLE, ZERG, EconomyScene, four_workers

from engine.broodwar.rules_table import TECH_NAMES, UPGRADE_NAMES, order_id, unit_type_id
from engine.core.frame import UnitCommandType, UnitFlag
from envs.specs.macro import MacroSpec

SHOP = unit_type_id("Terran_Machine_Shop")
STIM, LURKERS = TECH_NAMES.index("Stim_Packs"), TECH_NAMES.index("Lurker_Aspect")
WEAPONS = UPGRADE_NAMES.index("Terran_Infantry_Weapons")


def factory_scene() -> EconomyScene:
    """Return a command center and a factory with room to its right."""
    scene = four_workers()
    scene.put(400, "Terran_Factory", scene.x, scene.y + 400)
    scene.bank(1000, 1000)
    scene.supply(8, 40)
    scene.see()
    return scene


def put_shop(scene: EconomyScene, flags: int = DONE, dx: int = 0) -> None:
    """Put a machine shop where the factory would build it: its tiles begin 32 px below, right of the factory's."""
    factory = scene.unit(400)
    scene.put(401, "Terran_Machine_Shop", int(factory["x"]) + 64 + 32 + dx, int(factory["y"]) - 48 + 32 + 32, flags)


def research(scene: EconomyScene, name: str) -> int:
    spec = scene.task.action
    assert isinstance(spec, MacroSpec)
    return spec.choice_names.index(f"research {name}")


def may(scene: EconomyScene, name: str) -> bool:
    return bool(scene.arrays["action_mask"][0, research(scene, name)])


def column(scene: EconomyScene, name: str) -> float:
    (block,) = scene.task.observation.blocks
    return float(scene.arrays["observation"][0, block.offsets()[name]])


def test_idle_factory_builds_its_shop_and_then_has_one() -> None:
    scene = factory_scene()

    ((unit, kind, _, _, _, extra),) = scene.act(scene.choice("Terran_Machine_Shop"), 0)
    assert (unit, kind, extra) == (400, int(UnitCommandType.BUILD_ADDON), SHOP)
    assert not scene.can("Terran_Siege_Tank_Tank_Mode")

    put_shop(scene)
    scene.see()
    assert not scene.can("Terran_Machine_Shop")
    assert scene.can("Terran_Siege_Tank_Tank_Mode")


@pytest.mark.parametrize("dx", [64, 0])
def test_a_tank_needs_the_shop_of_its_own_factory_and_complete(dx: int) -> None:
    scene = factory_scene()

    put_shop(scene, DONE if dx else 1 << UnitFlag.BEING_CONSTRUCTED, dx)
    scene.see()

    assert not scene.can("Terran_Siege_Tank_Tank_Mode")
    assert scene.can("Terran_Vulture") == bool(dx)  # who builds an add-on trains nobody


def test_nothing_may_stand_where_the_shop_goes() -> None:
    scene = factory_scene()
    factory = scene.unit(400)

    scene.put(401, "Terran_Marine", int(factory["x"]) + 64 + 40, int(factory["y"]) + 20)
    scene.see()
    assert not scene.can("Terran_Machine_Shop")
    scene.unit(401)["x"] -= 400
    scene.see()
    assert scene.can("Terran_Machine_Shop")


def test_price_of_an_ordered_add_on_is_kept() -> None:
    scene = factory_scene()
    scene.unit(400)["build_type"] = SHOP
    scene.bank(50 + 100, 50)
    scene.see()
    assert scene.can("Terran_Supply_Depot")

    scene.bank(50 + 99, 50)
    scene.see()
    assert not scene.can("Terran_Supply_Depot")
    assert not scene.can("Terran_Vulture")


def test_technology_is_researched_once_in_a_free_building() -> None:
    scene = four_workers()
    scene.put(400, "Terran_Academy", scene.x, scene.y + 400)
    scene.bank(99, 100)
    scene.see()
    assert not may(scene, "Stim_Packs")
    scene.bank(100, 100)
    scene.see()

    ((unit, kind, *_, extra),) = scene.act(research(scene, "Stim_Packs"), 0)
    assert (unit, kind, extra) == (400, int(UnitCommandType.RESEARCH), STIM)

    scene.frame.researching[0, STIM] = 1
    scene.unit(400)["order"] = order_id("ResearchTech")
    scene.bank(1000, 1000)
    scene.see()
    assert (column(scene, "level_Stim_Packs"), column(scene, "coming_Stim_Packs")) == (0.0, 1.0)
    assert not may(scene, "Stim_Packs")
    assert not may(scene, "Restoration")  # the academy is busy
    scene.frame.researching[0, STIM], scene.frame.techs[0, STIM] = 0, 1
    scene.unit(400)["order"] = 0
    scene.see()
    assert (column(scene, "level_Stim_Packs"), column(scene, "coming_Stim_Packs")) == (1.0, 0.0)
    assert not may(scene, "Stim_Packs")
    assert may(scene, "Restoration")


def test_levels_cost_more_and_ask_for_more() -> None:
    scene = four_workers()
    scene.put(400, "Terran_Engineering_Bay", scene.x, scene.y + 400)
    scene.bank(100, 100)
    scene.see()
    ((_, kind, *_, extra),) = scene.act(research(scene, "Terran_Infantry_Weapons"), 0)
    assert (kind, extra) == (int(UnitCommandType.UPGRADE), WEAPONS)

    scene.frame.upgrades[0, WEAPONS] = 1
    scene.bank(1000, 1000)
    scene.see()
    assert column(scene, "level_Terran_Infantry_Weapons") == pytest.approx(1 / 3)
    assert not may(scene, "Terran_Infantry_Weapons")  # the second asks for a science facility
    scene.put(401, "Terran_Science_Facility", scene.x, scene.y + 600)
    scene.bank(174, 175)
    scene.see()
    assert not may(scene, "Terran_Infantry_Weapons")
    scene.bank(175, 175)
    scene.see()
    assert may(scene, "Terran_Infantry_Weapons")
    scene.frame.upgrades[0, WEAPONS] = 3
    scene.bank(1000, 1000)
    scene.see()
    assert not may(scene, "Terran_Infantry_Weapons")


def test_lurkers_need_the_aspect_which_needs_a_lair_and_a_lair_in_the_making_serves_as_a_hatchery() -> None:
    scene = EconomyScene(ZERG, "Zerg_Hatchery")
    scene.put(300, "Zerg_Drone", scene.x + 100, scene.y + 120, IDLE)
    scene.put(301, "Zerg_Hydralisk", scene.x + 100, scene.y + 160)
    scene.put(302, "Zerg_Hydralisk_Den", scene.x + 150, scene.y + 200)
    scene.put(303, "Zerg_Spawning_Pool", scene.x - 150, scene.y + 200)
    scene.bank(1000, 1000)
    scene.supply(8, 40)
    scene.reset()
    assert not may(scene, "Lurker_Aspect")
    assert not scene.can("Zerg_Lurker")

    scene.unit(200)["flags"], scene.unit(200)["build_type"] = 0, unit_type_id("Zerg_Lair")
    scene.see()
    assert scene.can("Zerg_Evolution_Chamber")
    assert not may(scene, "Lurker_Aspect")
    assert not may(scene, "Burrowing")

    scene.unit(200)["flags"], scene.unit(200)["build_type"] = DONE, -1
    scene.unit(200)["type"] = unit_type_id("Zerg_Lair")
    scene.see()
    assert may(scene, "Lurker_Aspect")
    assert may(scene, "Burrowing")  # a lair is a hatchery, too
    scene.frame.techs[0, LURKERS] = 1
    scene.see()
    assert scene.can("Zerg_Lurker")


def test_research_option_names_what_is_offered() -> None:
    some = four_workers(action_options={"research": ["Stim_Packs"]})
    none = four_workers(action_options={"research": []})
    spec = some.task.action
    assert isinstance(spec, MacroSpec)

    assert [name for name in spec.choice_names if name.startswith("research")] == ["research Stim_Packs"]
    assert spec.nvec[0] == none.task.action.nvec[0] + 1  # type: ignore[attr-defined]
