"""What a client of the API sees of upgrades and of units' abilities: maxima, queries, effects and buffs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
from s2clientprotocol import query_pb2, sc2api_pb2

from bridge.sc2.connection import Connection
from bridge.sc2.engine_worlds import EngineWorlds
from bridge.sc2.lobby import Lobby

pytestmark = pytest.mark.timeout(600)  # the first game compiles the kernels

MARINE, BARRACKS, FACTORY, GHOST_ACADEMY, GHOST, VIPER, MEDIVAC, OVERSEER = 48, 21, 27, 26, 50, 499, 54, 129
BUILD_TECH_LAB, COMBAT_SHIELD, BUILD_NUKE, NUKE, BOMB, CONTAMINATE = 421, 731, 710, 1622, 2542, 1825
NUKE_DOT, BOMBED, CONTAMINATED = 7, 132, 36
ALL_RESOURCES, ENERGY = 5, 1


class Client:
    """A client of one melee game."""

    def __init__(self) -> None:
        self.connection = Connection(Lobby(worlds=EngineWorlds()))

    async def ask(self, **kinds: Any) -> sc2api_pb2.Response:
        request = sc2api_pb2.Request(**kinds)
        return sc2api_pb2.Response.FromString(await self.connection.answer(request.SerializeToString()))

    async def begin(self) -> None:
        create = sc2api_pb2.RequestCreateGame(random_seed=3)
        create.local_map.map_path = "basalt.SC2Map"
        create.player_setup.add(type="Participant")
        create.player_setup.add(type="Computer", race=1, difficulty="VeryEasy")
        assert (await self.ask(create_game=create)).status == 2
        options = sc2api_pb2.InterfaceOptions(raw=True)
        assert (await self.ask(join_game=sc2api_pb2.RequestJoinGame(race=1, options=options))).status == 3
        debug = sc2api_pb2.RequestDebug()
        debug.debug.add().game_state = ALL_RESOURCES
        await self.ask(debug=debug)

    async def see(self) -> Any:
        return (await self.ask(observation=sc2api_pb2.RequestObservation())).observation.observation.raw_data

    async def step(self, loops: int) -> None:
        await self.ask(step=sc2api_pb2.RequestStep(count=loops))

    async def units(self, unit_type: int, owner: int = 1) -> list[Any]:
        return [unit for unit in (await self.see()).units if (unit.unit_type, unit.owner) == (unit_type, owner)]

    async def create(self, unit_type: int, x: float, y: float, owner: int = 1, energy: float = 0) -> int:
        """Create a unit; return its tag."""
        before = {unit.tag for unit in await self.units(unit_type, owner)}
        debug = sc2api_pb2.RequestDebug()
        made = debug.debug.add().create_unit
        made.unit_type, made.owner, made.quantity, made.pos.x, made.pos.y = unit_type, owner, 1, x, y
        await self.ask(debug=debug)
        await self.step(4)  # sight is made anew
        tag = next(unit.tag for unit in await self.units(unit_type, owner) if unit.tag not in before)
        if energy:
            debug = sc2api_pb2.RequestDebug()
            value = debug.debug.add().unit_value
            value.unit_tag, value.unit_value, value.value = tag, ENERGY, energy
            await self.ask(debug=debug)
        return int(tag)

    async def tell(self, tag: int, ability: int, target: int = 0, point: tuple[float, float] | None = None) -> int:
        """Give a command; return the ActionResult."""
        request = sc2api_pb2.RequestAction()
        command = request.actions.add().action_raw.unit_command
        command.ability_id = ability
        command.unit_tags.append(tag)
        if target:
            command.target_unit_tag = target
        if point:
            command.target_world_space_pos.x, command.target_world_space_pos.y = point
        return int((await self.ask(action=request)).action.result[0])

    async def known(self, tag: int) -> dict[int, bool]:
        """Return what a unit may be told now, and whether it needs a point."""
        query = (await self.ask(query=_about(tag))).query
        return {ability.ability_id: ability.requires_point for ability in query.abilities[0].abilities}

    async def home(self) -> tuple[float, float]:
        """Return a place with room beside the own town hall, toward the map's middle."""
        hall = (await self.units(18))[0].pos
        info = (await self.ask(game_info=sc2api_pb2.RequestGameInfo())).game_info.start_raw
        middle = info.map_size.x / 2, info.map_size.y / 2
        return hall.x + (6 if middle[0] > hall.x else -6), hall.y + (6 if middle[1] > hall.y else -6)


def _about(tag: int) -> Any:
    query = query_pb2.RequestQuery()
    query.abilities.add(unit_tag=tag)
    return query


def test_a_combat_shield_is_in_health_max() -> None:
    async def work() -> None:
        client = Client()
        await client.begin()
        x, y = await client.home()
        barracks = await client.create(BARRACKS, x, y)
        marine = await client.create(MARINE, x, y)
        assert [unit.health_max for unit in await client.units(MARINE)] == [45]
        assert await client.tell(barracks, BUILD_TECH_LAB) == 1
        await client.step(410)
        lab = next(unit.add_on_tag for unit in await client.units(BARRACKS))
        assert COMBAT_SHIELD in await client.known(lab)
        assert await client.tell(lab, COMBAT_SHIELD) == 1
        await client.step(1770)

        await client.create(MARINE, x, y)
        units = await client.units(MARINE)
        assert marine in [unit.tag for unit in units]
        assert [(unit.health, unit.health_max) for unit in units] == [(55, 55), (55, 55)]
        await client.connection.close()

    asyncio.run(work())


def test_a_nuke_is_built_asked_for_called_down_and_seen() -> None:
    async def work() -> None:
        client = Client()
        await client.begin()
        x, y = await client.home()
        await client.create(FACTORY, x, y)
        academy = await client.create(GHOST_ACADEMY, x, y)
        ghost = await client.create(GHOST, x, y)
        assert NUKE not in await client.known(ghost)
        assert BUILD_NUKE in await client.known(academy)
        assert await client.tell(academy, BUILD_NUKE) == 1
        await client.step(970)
        assert BUILD_NUKE not in await client.known(academy)
        assert (await client.known(ghost))[NUKE]

        place = next(unit.pos for unit in await client.units(GHOST))
        assert await client.tell(ghost, NUKE, point=(place.x + 3, place.y)) == 1
        await client.step(5)

        effects = [(effect.effect_id, effect.owner, effect.radius) for effect in (await client.see()).effects]
        assert effects == [(NUKE_DOT, 1, 0.5)]
        assert NUKE not in await client.known(ghost)
        await client.step(330)
        assert await client.units(GHOST) == []
        await client.connection.close()

    asyncio.run(work())


def test_casters_are_told_what_they_may_cast_and_buffs_are_seen() -> None:
    async def work() -> None:
        client = Client()
        await client.begin()
        x, y = await client.home()
        viper, overseer = await client.create(VIPER, x, y, energy=199), await client.create(OVERSEER, x, y, energy=199)
        medivac = await client.create(MEDIVAC, x + 2, y, 2)
        tower = await client.create(FACTORY, x, y, 2)
        assert BOMB in await client.known(viper)
        assert CONTAMINATE in await client.known(overseer)

        assert await client.tell(viper, BOMB, medivac) == 1
        assert await client.tell(overseer, CONTAMINATE, tower) == 1
        await client.step(30)

        assert [list(unit.buff_ids) for unit in await client.units(MEDIVAC, 2)] == [[BOMBED]]
        assert [list(unit.buff_ids) for unit in await client.units(FACTORY, 2)] == [[CONTAMINATED]]
        assert BOMB not in await client.known(viper)
        assert not list((await client.see()).effects), "what the interface does not report"
        await client.connection.close()

    asyncio.run(work())
