"""The embedded engine behind the API: the same Frames as without it, and SMAC's way of playing."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
from s2clientprotocol import sc2api_pb2

from bridge.embedded import EmbeddedSession
from bridge.errors import ConfigError
from bridge.sc2.connection import Connection
from bridge.sc2.engine_world import FIRST_RL_TYPE
from bridge.sc2.engine_worlds import EngineWorlds
from bridge.sc2.frames import ORDER_ATTACK_UNIT
from bridge.sc2.lobby import Lobby
from bridge.sc2.session import Sc2Session
from bridge.sc2.ways import distances
from bridge.sc2.world import Player
from bridge.spec import GameSpec
from engine.core.frame import NO_UNIT, Commands, Frame, UnitCommandType, UnitFlag
from engine.starcraft2.melee_players import MELEE_PLAYERS

EVERY_ROW = np.ones(1, np.bool_)
CARRIED = ("id", "type", "player", "x", "y", "hp", "shield", "energy", "heading", "resources", "build_type")
CARRIED_OF_OWN = ("ground_cooldown", "air_cooldown", "order", "target_id", "target_x", "target_y")
CARRIED_FLAGS = sum(1 << flag for flag in (UnitFlag.COMPLETED, UnitFlag.DETECTED, UnitFlag.FLYING, UnitFlag.IDLE))


def some_commands(frame: Frame, capacity: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    units = frame.units[0, : frame.num_units[0]]
    own, enemies = units[units["player"] == 0], units[units["player"] == 1]
    found = []
    for unit in own:
        x, y = int(unit["x"]) + int(rng.integers(-64, 65)), int(unit["y"]) + int(rng.integers(-64, 65))
        kind = rng.integers(5)
        if kind == 0 and len(enemies):
            found.append((unit["id"], UnitCommandType.ATTACK_UNIT, rng.choice(enemies["id"]), 0, 0, 0))
        elif kind == 1:
            found.append((unit["id"], UnitCommandType.MOVE, -1, x, y, 0))
        elif kind == 2:
            found.append((unit["id"], UnitCommandType.ATTACK_MOVE, -1, 700, 500, 0))
        elif kind == 3:
            found.append((unit["id"], UnitCommandType.STOP, -1, 0, 0, 0))
    return found


def differences(one: Frame, other: Frame) -> list[str]:
    count = one.num_units[0]
    if count != other.num_units[0]:
        return [f"num_units: {count} and {other.num_units[0]}"]
    names = ("frame", "minerals", "gas", "supply_used", "supply_total", "num_deaths", "player")
    found = [name for name in names if getattr(one, name)[0] != getattr(other, name)[0]]
    units, others = one.units[0, :count], other.units[0, :count].copy()
    own = units["player"] == 0
    found += [name for name in CARRIED if (units[name] != others[name]).any()]
    # An order on a unit that has just died names a tag in the API and a place in the engine.
    is_aimless = (units["target_id"] == NO_UNIT) & (units["order"] == ORDER_ATTACK_UNIT)
    for name in ("target_x", "target_y"):
        others[name][is_aimless] = units[name][is_aimless]
    found += [name for name in CARRIED_OF_OWN if (units[name] != others[name])[own].any()]
    flags = np.uint64(CARRIED_FLAGS)
    found += ["flags"] if ((units["flags"] & flags) != (others["flags"] & flags))[own].any() else []
    return found


@pytest.mark.parametrize(("scenario", "opponent"), [("3m", "noop"), ("MMM", "closest"), ("2s3z", "attack_move")])
def test_embedded_and_sc2_give_the_same_frames_where_the_api_carries_the_facts(scenario: str, opponent: str) -> None:
    async def work() -> int:
        spec = GameSpec(scenario=scenario, players=(None, opponent), frame_skip=8)
        embedded, remote = EmbeddedSession.from_spec(spec), Sc2Session.from_spec(spec)
        lowest = 1 << 30
        for seed in (3, 2**40 + 17):
            seeds, rng = np.array([seed], np.uint64), np.random.default_rng(seed)
            one, other = (
                await embedded.start(np.ones(1, np.bool_), seeds),
                await remote.start(np.ones(1, np.bool_), seeds),
            )
            for step in range(25):
                assert differences(one, other) == [], f"seed {seed}, step {step}"
                told = some_commands(one, embedded.unit_capacity, rng)
                batches = []
                for session in (embedded, remote):
                    batch = Commands.allocate(1, session.unit_capacity)
                    batch.count[0] = len(told)
                    for at, command in enumerate(told):
                        batch.items[0, at] = command
                    batches.append(batch)
                one, other = await embedded.step(batches[0], 8), await remote.step(batches[1], 8)
                lowest = min(lowest, int(one.units["hp"][0, : one.num_units[0]].min()))
        await remote.close()
        return lowest

    assert asyncio.run(work()) < 45, "nobody was hurt: nothing was compared"


async def ask(connection: Connection, **kinds: Any) -> sc2api_pb2.Response:
    return sc2api_pb2.Response.FromString(await connection.answer(sc2api_pb2.Request(**kinds).SerializeToString()))


async def begin(path: str) -> Connection:
    connection = Connection(Lobby(worlds=EngineWorlds()))
    create = sc2api_pb2.RequestCreateGame(random_seed=3)
    create.local_map.map_path = path
    create.player_setup.add(type="Participant")
    create.player_setup.add(type="Computer", race=1, difficulty="VeryHard")
    assert (await ask(connection, create_game=create)).status == 2
    options = sc2api_pb2.InterfaceOptions(raw=True)
    assert (await ask(connection, join_game=sc2api_pb2.RequestJoinGame(race=1, options=options))).status == 3
    return connection


async def units_of(connection: Connection) -> list[Any]:
    answer = await ask(connection, observation=sc2api_pb2.RequestObservation())
    return list(answer.observation.observation.raw_data.units)


def test_smac_kills_everybody_and_finds_both_armies_again_two_loops_later() -> None:
    async def work() -> None:
        connection = await begin("SMAC_Maps/MMM.SC2Map")
        await ask(connection, step=sc2api_pb2.RequestStep(count=40))
        for _ in range(2):  # a second reset in a row is no other than the first
            first = await units_of(connection)
            kill = sc2api_pb2.RequestDebug()
            kill.debug.add().kill_unit.tag.extend(unit.tag for unit in first)
            await ask(connection, debug=kill)
            await ask(connection, step=sc2api_pb2.RequestStep(count=2))
            again = await units_of(connection)
            assert len(again) == 20
            assert not {unit.tag for unit in first} & {unit.tag for unit in again}
            assert all(unit.health == unit.health_max for unit in again)
        own, enemy = ({unit.unit_type for unit in again if unit.owner == owner} for owner in (1, 2))
        assert own == {FIRST_RL_TYPE, FIRST_RL_TYPE + 1, FIRST_RL_TYPE + 2}
        assert enemy == {48, 51, 54}
        medivac = [unit for unit in again if unit.owner == 1 and unit.energy_max]
        assert {unit.unit_type for unit in medivac} == {FIRST_RL_TYPE + 2}, "Marauder, Marine, Medivac: by their names"
        await connection.close()

    asyncio.run(work())


def test_map_outside_of_smacs_folder_has_the_games_own_types() -> None:
    async def work() -> set[int]:
        connection = await begin("3m.SC2Map")
        found = {unit.unit_type for unit in await units_of(connection)}
        await connection.close()
        return found

    assert asyncio.run(work()) == {48}


def test_unit_values_are_set_and_enemies_controlled_on_demand() -> None:
    async def work() -> None:
        connection = await begin("3m.SC2Map")
        enemy = next(unit for unit in await units_of(connection) if unit.owner == 2)
        action = sc2api_pb2.RequestAction()
        command = action.actions.add().action_raw.unit_command
        command.ability_id, command.target_world_space_pos.x, command.target_world_space_pos.y = 16, 20, 16
        command.unit_tags.append(enemy.tag)
        assert list((await ask(connection, action=action)).action.result) == [87]
        debug = sc2api_pb2.RequestDebug()
        value = debug.debug.add().unit_value
        value.unit_tag, value.unit_value, value.value = enemy.tag, 2, 7
        debug.debug.add().game_state = 2
        await ask(connection, debug=debug)
        assert list((await ask(connection, action=action)).action.result) == [1]
        changed = next(unit for unit in await units_of(connection) if unit.tag == enemy.tag)
        assert changed.health == 7
        assert changed.health_max == 45
        god = sc2api_pb2.RequestDebug()
        god.debug.add().game_state = 6
        assert (await ask(connection, debug=god)).error == ["debug switch god is not supported"]
        await connection.close()

    asyncio.run(work())


def test_unknown_map_is_named_with_the_nearest() -> None:
    players = (Player(race=1), Player(race=1, difficulty=1))

    with pytest.raises(ConfigError, match="3m"):
        EngineWorlds().open("3mm", players, 0, disable_fog=True)


def test_distances_go_round_walls_and_never_between_two_corners() -> None:
    free = np.ones((5, 5), np.bool_)
    free[:, 2] = False
    free[4, 2] = True

    found = distances(free, 0, 0)

    assert found[0, 4] > 8
    free[4, 2] = False
    assert np.isinf(distances(free, 0, 0)[0, 4])
    assert distances(np.ones((3, 3), np.bool_), 0, 0)[2, 2] == pytest.approx(2 * np.sqrt(2))


MELEE_FLAGS = CARRIED_FLAGS | sum(
    1 << flag
    for flag in (
        UnitFlag.CARRYING_GAS,
        UnitFlag.CARRYING_MINERALS,
        UnitFlag.GATHERING_GAS,
        UnitFlag.GATHERING_MINERALS,
        UnitFlag.CONSTRUCTING,
        UnitFlag.TRAINING,
    )
)


def melee_differences(one: Frame, other: Frame) -> list[str]:
    count = one.num_units[0]
    if count != other.num_units[0]:
        return [f"num_units: {count} and {other.num_units[0]}"]
    names = ("frame", "minerals", "gas", "supply_used", "supply_total", "player")
    found = [name for name in names if getattr(one, name)[0] != getattr(other, name)[0]]
    units, others = one.units[0, :count], other.units[0, :count]
    own = units["player"] == 0
    for name in ("id", "type", "player", "x", "y", "hp", "shield", "energy", "resources"):
        found += [name] if (units[name] != others[name]).any() else []
    for name in ("order", "build_type", "train_count"):
        found += [name] if (units[name] != others[name])[own].any() else []
    flags = np.uint64(MELEE_FLAGS)
    found += ["flags"] if ((units["flags"] & flags) != (others["flags"] & flags))[own].any() else []
    sight = [(frame.seen[0] == frame.frame[0], frame.seen[0] >= 0) for frame in (one, other)]
    found += [name for at, name in enumerate(("in sight", "explored")) if (sight[0][at] != sight[1][at]).any()]
    return [*found, "creep"] if (one.creep != other.creep).any() else found


@pytest.mark.parametrize(
    ("races", "opponent"), [("terran:zerg", "weak"), ("protoss:terran", "weak"), ("zerg:zerg", "noop")]
)
def test_a_melee_game_is_the_same_through_both_backends(races: str, opponent: str) -> None:
    """A scripted player of ours plays the seat through both: it mines, builds and trains."""

    async def work() -> tuple[int, int]:
        scenario = f"melee?game=starcraft2&races={races}&starts=0:1"
        spec = GameSpec(scenario=scenario, players=(None, opponent), frame_skip=16)
        embedded, remote = EmbeddedSession.from_spec(spec), Sc2Session.from_spec(spec)
        seeds = np.array([4], np.uint64)
        one, other = await embedded.start(EVERY_ROW, seeds), await remote.start(EVERY_ROW, seeds)
        play = MELEE_PLAYERS["standard"]
        for step in range(150):
            assert melee_differences(one, other) == [], f"step {step}"
            batches = []
            for session in (embedded, remote):
                batches.append(Commands.allocate(1, session.unit_capacity))
                play(one, batches[-1])
            one, other = await embedded.step(batches[0], 16), await remote.step(batches[1], 16)
        await remote.close()
        return int(one.supply_used[0]), len(np.unique(one.units["type"][0, : one.num_units[0]]))

    supply, kinds = asyncio.run(work())
    assert supply > 30
    assert kinds > 5
