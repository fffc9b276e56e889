"""What bots do in whole games behind the API: python-sc2, unmodified, against the game's own easy player."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
from sc2.bot_ai import BotAI
from sc2.data import Race
from sc2.ids.ability_id import AbilityId
from sc2.ids.unit_typeid import UnitTypeId
from sc2.ids.upgrade_id import UpgradeId

from tests.support.sc2_games import play

pytestmark = [
    pytest.mark.filterwarnings("ignore:parameter 'timeout' of type 'float':DeprecationWarning"),
    pytest.mark.timeout(600),  # the first game compiles the kernels
]

END_LOOP = 6000
"""No game goes on for longer: what a bot wants has happened before, or does not happen."""


class Short(BotAI):
    """Leaves when what it wants has happened.

    Attributes:
        done: what has happened.
    """

    def __init__(self) -> None:
        self.done: set[str] = set()
        self.kills = 0

    async def on_start(self) -> None:
        self.client.game_step = 16

    async def on_unit_destroyed(self, unit_tag: int) -> None:
        if unit_tag in self._enemy_units_previous_map or unit_tag in self._enemy_structures_previous_map:
            self.kills += 1

    async def leave_with(self, wanted: set[str]) -> None:
        if wanted <= self.done or self.state.game_loop > END_LOOP:
            await self.client.leave()


class ZerglingRush(Short):
    """A Spawning Pool at once, six Zerglings, drones to and from gas; all Zerglings attack."""

    async def on_step(self, iteration: int) -> None:
        pool = self.structures(UnitTypeId.SPAWNINGPOOL)
        if not pool and self.can_afford(UnitTypeId.SPAWNINGPOOL) and not self.already_pending(UnitTypeId.SPAWNINGPOOL):
            await self.build(UnitTypeId.SPAWNINGPOOL, near=self.start_location.towards(self.game_info.map_center, 6))
        elif not pool and self.supply_used < 14 and self.can_afford(UnitTypeId.DRONE):
            self.train(UnitTypeId.DRONE)
        if pool.ready:
            self.train(UnitTypeId.ZERGLING, self.larva.amount)
            if self.supply_left < 1 and not self.already_pending(UnitTypeId.OVERLORD):
                self.train(UnitTypeId.OVERLORD)
        for zergling in self.units(UnitTypeId.ZERGLING).idle:
            zergling.attack(self.enemy_start_locations[0])
        if self.workers and not self.idle_worker_count:
            self.done.add(f"{min(self.workers.amount, 13)} drones at work")
        if self.kills and self.state.score.killed_value_units > 0:
            self.done.add("killed")
        await self.leave_with({"13 drones at work", "killed"})


class Expansion(Short):
    """Builds a second town hall where python-sc2 finds that one belongs."""

    async def on_step(self, iteration: int) -> None:
        if iteration == 0:
            await self.client.debug_all_resources()
        elif self.townhalls.amount + self.already_pending(UnitTypeId.COMMANDCENTER) < 2:
            await self.expand_now()
        for hall in self.townhalls.ready:
            if self.townhalls.ready.amount == 2:
                self.done.add("two halls")
            if hall.ideal_harvesters == 0:
                self.done.add("a hall without fields")
        await self.distribute_workers()
        await self.leave_with({"two halls"})


class WarpIn(Short):
    """Researches Warp Gate; its Gateway becomes one, and warps a Zealot in where python-sc2 finds room."""

    async def on_step(self, iteration: int) -> None:
        if iteration == 0:
            await self.client.debug_all_resources()
            for kind, away in ((UnitTypeId.PYLON, 7), (UnitTypeId.GATEWAY, 11), (UnitTypeId.CYBERNETICSCORE, 4)):
                place = self.start_location.towards(self.game_info.map_center, away)
                await self.client.debug_create_unit([[kind, 1, place, self.player_id]])
        for core in self.structures(UnitTypeId.CYBERNETICSCORE).ready.idle:
            if not self.already_pending_upgrade(UpgradeId.WARPGATERESEARCH):
                core.research(UpgradeId.WARPGATERESEARCH)
        for gate in self.structures(UnitTypeId.WARPGATE).ready:
            pylon = self.structures(UnitTypeId.PYLON).first
            if AbilityId.WARPGATETRAIN_ZEALOT in await self.get_available_abilities(gate):
                place = await self.find_placement(
                    AbilityId.WARPGATETRAIN_ZEALOT, pylon.position.offset((0, 3)), placement_step=1
                )
                if place is not None:
                    gate.warp_in(UnitTypeId.ZEALOT, place)
            elif self.units(UnitTypeId.ZEALOT):
                self.done.add("the gate cools down")
        if self.units(UnitTypeId.ZEALOT).ready:
            self.done.add("warped in")
        await self.leave_with({"warped in"})


class AddOn(Short):
    """Gives a Factory a Tech Lab, and trains a Siege Tank there."""

    async def on_step(self, iteration: int) -> None:
        if iteration == 0:
            await self.client.debug_all_resources()
            place = self.start_location.towards(self.game_info.map_center, 9)
            await self.client.debug_create_unit([[UnitTypeId.FACTORY, 1, place, self.player_id]])
        for factory in self.structures(UnitTypeId.FACTORY).ready.idle:
            if not factory.has_add_on:
                factory.build(UnitTypeId.FACTORYTECHLAB)
            else:
                factory.train(UnitTypeId.SIEGETANK)
        if self.structures(UnitTypeId.FACTORYTECHLAB).ready:
            self.done.add("tech lab")
        if self.units(UnitTypeId.SIEGETANK):
            self.done.add("tank")
        await self.leave_with({"tech lab", "tank"})


@pytest.mark.parametrize(
    ("bot", "race", "done"),
    [
        (ZerglingRush(), Race.Zerg, {"13 drones at work", "killed"}),
        (Expansion(), Race.Terran, {"two halls"}),
        (WarpIn(), Race.Protoss, {"warped in", "the gate cools down"}),
        (AddOn(), Race.Terran, {"tech lab", "tank"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Short) else "",
)
def test_bots_do_what_they_are_for(bot: Any, race: Race, done: set[str]) -> None:
    play(bot, race, "basalt", seed=1)

    assert done <= bot.done
    assert "a hall without fields" not in bot.done
