"""One client's conversation with the server, request by request, without a socket."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

pytest.importorskip("sc2", reason="the extra sc2 is not installed")
from hypothesis import given
from hypothesis import strategies as st
from s2clientprotocol import debug_pb2, query_pb2, sc2api_pb2
from sc2_world import SmallWorlds

from bridge.sc2.connection import HANDLERS, Connection
from bridge.sc2.lobby import Lobby
from bridge.sc2.states import ALLOWED, Status, refusal

TERRAN, ZERG = 1, 2
OWN_WORKER = 4294967296 + 22


def create(**more: Any) -> sc2api_pb2.Request:
    request = sc2api_pb2.RequestCreateGame(random_seed=3, **more)
    if "local_map" not in more:
        request.local_map.map_path = "Small.SC2Map"
    request.player_setup.add(type="Participant")
    request.player_setup.add(type="Computer", race=ZERG, difficulty="Easy")
    return sc2api_pb2.Request(create_game=request)


def join() -> sc2api_pb2.Request:
    options = sc2api_pb2.InterfaceOptions(raw=True, score=True)
    return sc2api_pb2.Request(join_game=sc2api_pb2.RequestJoinGame(race=TERRAN, options=options))


def kind(name: str, **fields: Any) -> sc2api_pb2.Request:
    request = sc2api_pb2.Request()
    part = getattr(request, name)
    part.SetInParent()
    for key, value in fields.items():
        setattr(part, key, value)
    return request


def talk(*requests: sc2api_pb2.Request | bytes, worlds: SmallWorlds | None = None) -> list[sc2api_pb2.Response]:
    async def run() -> list[sc2api_pb2.Response]:
        connection = Connection(Lobby(worlds=worlds or SmallWorlds()))
        answers = []
        for request in requests:
            data = request if isinstance(request, bytes) else request.SerializeToString()
            answers.append(sc2api_pb2.Response.FromString(await connection.answer(data)))
        await connection.close()
        return answers

    return asyncio.run(run())


def test_every_kind_has_a_state_and_a_function() -> None:
    assert set(HANDLERS) == set(ALLOWED)


@pytest.mark.parametrize(("name", "status"), list(itertools.product(ALLOWED, Status)))
def test_every_kind_in_every_state_is_answered_or_refused_by_the_table(name: str, status: Status) -> None:
    assert (refusal(name, status) == "") == (status in ALLOWED[name])


def test_a_game_is_created_joined_stepped_left_and_created_again() -> None:
    states = [answer.status for answer in talk(
        kind("ping"), create(), join(), kind("step", count=4), kind("observation"), kind("leave_game"), create(), join()
    )]  # fmt: skip

    assert states == [1, 2, 3, 3, 3, 1, 2, 3]


def test_what_is_answered_at_once_is_what_is_answered_after_a_wait() -> None:
    looked = [
        kind("game_info"),
        kind("data", unit_type_id=True),
        kind("step", count=4),
        kind("observation"),
        kind("ping"),
    ]
    asked = [create(), join(), *looked, kind("query"), kind("observation"), kind("action")]

    async def run() -> tuple[list[bytes], list[bytes | None]]:
        waited, quick = [], []
        patient, hasty = (Connection(Lobby(worlds=SmallWorlds())) for _ in range(2))
        for request in asked:
            data = request.SerializeToString()
            waited.append(await patient.answer(data))
            quick.append(hasty.answer_now(data))
            if quick[-1] is None:
                await hasty.answer(data)
        await patient.close()
        await hasty.close()
        return waited, quick

    waited, quick = asyncio.run(run())

    assert quick[:2] == [None, None]  # who creates or joins may have to wait
    assert quick[2:] == waited[2:]


def test_nothing_is_answered_at_once_that_waits_for_the_other_client_or_for_a_loop() -> None:
    async def run() -> list[bool]:
        lobby = Lobby(worlds=SmallWorlds(), is_realtime=True)
        connection = Connection(lobby)
        request = create(realtime=True)
        for each in (request, join()):
            await connection.answer(each.SerializeToString())
        later = kind("observation", game_loop=3).SerializeToString()
        found = [connection.answer_now(later) is None, connection.answer_now(b"\xff") is None]
        found.append(
            sc2api_pb2.Response.FromString(await connection.answer(later)).observation.observation.game_loop >= 3
        )
        await connection.close()
        return found

    assert asyncio.run(run()) == [True, True, True]


def test_first_observation_is_the_start_of_a_game() -> None:
    *_, answer = talk(create(), join(), kind("observation"))

    units = answer.observation.observation.raw_data.units
    assert sum(unit.alliance == 1 for unit in units) == 13
    assert sum(unit.display_type == 2 for unit in units) == 10
    assert answer.observation.observation.score.score_details.used_minerals.economy == 1000


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (b"\xff\xff\xff\xff", "no Request"),
        (b"", "no kind"),
        (kind("observation"), "Not in a game"),
        (kind("step"), "Not in a game"),
        (kind("quick_save"), "quick_save is not supported"),
        (join(), "A game has not been started yet"),
    ],
)
def test_bad_request_is_an_error_and_the_connection_goes_on(request_: Any, error: str) -> None:
    first, second = talk(request_, kind("ping"))

    assert error in first.error[0]
    assert (first.status, second.status) == (1, 1)
    assert second.ping.base_build == 88500


@given(st.binary(max_size=200))
def test_any_bytes_are_answered_with_a_status(data: bytes) -> None:
    first, second = talk(data, kind("ping"))

    assert first.HasField("status")
    assert second.ping.game_version


def test_request_ids_are_echoed() -> None:
    request = kind("ping")
    request.id = 1234

    assert talk(request)[0].id == 1234


def test_create_game_refuses_with_the_apis_errors() -> None:
    no_map, no_setup = create(), create()
    no_map.create_game.ClearField("local_map")
    no_setup.create_game.ClearField("player_setup")
    wrong = create(local_map=sc2api_pb2.LocalMap(map_path="Nowhere.SC2Map"))
    observer = create()
    observer.create_game.player_setup.add(type="Observer")

    errors = [answer.create_game.error for answer in talk(no_map, no_setup, wrong, observer)]

    names = ["MissingMap", "MissingPlayerSetup", "InvalidMapPath", "InvalidPlayerSetup"]
    assert errors == [sc2api_pb2.ResponseCreateGame.Error.Value(name) for name in names]


def test_join_without_options_is_refused_and_can_be_repeated() -> None:
    bare = sc2api_pb2.Request(join_game=sc2api_pb2.RequestJoinGame(race=TERRAN))

    _, refused, taken = talk(create(), bare, join())

    assert refused.join_game.error == sc2api_pb2.ResponseJoinGame.Error.Value("MissingOptions")
    assert refused.status == Status.INIT_GAME
    assert taken.join_game.player_id == 1


def test_actions_are_answered_one_by_one() -> None:
    actions = sc2api_pb2.RequestAction()
    for ability, tag in ((16, OWN_WORKER), (99_999, OWN_WORKER), (16, 5), (16, 4294967296 + 40)):
        command = actions.actions.add().action_raw.unit_command
        command.ability_id = ability
        command.unit_tags.append(tag)
        command.target_world_space_pos.x = command.target_world_space_pos.y = 20
    actions.actions.add().action_chat.message = "gg"
    actions.actions.add().action_raw.toggle_autocast.ability_id = 316

    _, _, told, seen = talk(create(), join(), sc2api_pb2.Request(action=actions), kind("observation"))

    assert list(told.action.result) == [1, 2, 3, 87, 1, 2]
    assert [action.action_raw.unit_command.ability_id for action in seen.observation.actions] == [16]
    assert seen.observation.chat[0].message == "gg"


def test_queries_are_answered_in_their_order() -> None:
    query = query_pb2.RequestQuery()
    way = query.pathing.add()
    way.start_pos.x, way.start_pos.y, way.end_pos.x, way.end_pos.y = 10, 10, 13, 14
    query.abilities.add(unit_tag=OWN_WORKER)
    for x in (30, 11):
        place = query.placements.add(ability_id=319)
        place.target_pos.x, place.target_pos.y = x, 11

    *_, answer = talk(create(), join(), sc2api_pb2.Request(query=query))

    assert answer.query.pathing[0].distance == 5
    assert [ability.ability_id for ability in answer.query.abilities[0].abilities] == [3665, 3794, 3674]
    assert answer.query.abilities[0].unit_type_id == 45
    assert [place.result for place in answer.query.placements] == [1, 44]


def test_debug_makes_kills_changes_and_ends() -> None:
    request = sc2api_pb2.RequestDebug()
    made = request.debug.add().create_unit
    made.unit_type, made.owner, made.quantity, made.pos.x, made.pos.y = 48, 1, 3, 12, 12
    request.debug.add().kill_unit.tag.append(OWN_WORKER)
    value = request.debug.add().unit_value
    value.unit_tag, value.unit_value, value.value = OWN_WORKER + 1, debug_pb2.DebugSetUnitValue.Life, 7
    request.debug.add().game_state = debug_pb2.show_map
    request.debug.add().game_state = debug_pb2.god
    end = sc2api_pb2.RequestDebug()
    end.debug.add().end_game.end_result = debug_pb2.DebugEndGame.DeclareVictory
    worlds = SmallWorlds()

    *_, seen, ended, last, stepped, again = talk(
        create(), join(), sc2api_pb2.Request(debug=request), kind("observation"), sc2api_pb2.Request(debug=end),
        kind("observation"), kind("step"), kind("restart_game"), worlds=worlds,
    )  # fmt: skip

    units = {unit.tag: unit for unit in seen.observation.observation.raw_data.units}
    assert sum(unit.unit_type == 48 for unit in units.values()) == 3
    assert sum(unit.owner == 2 for unit in units.values()) == 13
    assert OWN_WORKER not in units
    assert list(seen.observation.observation.raw_data.event.dead_units) == [OWN_WORKER]
    assert units[OWN_WORKER + 1].health == 7
    assert worlds.opened[0].toggled == [(1, debug_pb2.god)]
    assert (ended.status, last.status, stepped.status, again.status) == (5, 5, 5, 3)
    assert [(result.player_id, result.result) for result in last.observation.player_result] == [(1, 1), (2, 2)]
    assert not stepped.error


def test_debug_that_is_wrong_does_nothing_at_all() -> None:
    request = sc2api_pb2.RequestDebug()
    request.debug.add().kill_unit.tag.append(OWN_WORKER)
    request.debug.add().create_unit.unit_type = 65_000

    *_, refused, seen = talk(create(), join(), sc2api_pb2.Request(debug=request), kind("observation"))

    assert refused.error == ["create_unit: no unit type 65000"]
    assert OWN_WORKER in [unit.tag for unit in seen.observation.observation.raw_data.units]


def test_replay_and_maps_are_answered() -> None:
    *_, replay, maps = talk(create(), join(), kind("step", count=2), kind("save_replay"), kind("available_maps"))

    assert replay.save_replay.data.startswith(b"NYDUSSC2")
    assert list(maps.available_maps.local_map_paths) == ["Small.SC2Map"]


def test_same_seed_and_requests_give_the_same_bytes() -> None:
    requests = (create(), join(), kind("game_info"), kind("step", count=30), kind("observation"))

    assert talk(*requests) == talk(*requests)


def join_with_port(port: int) -> sc2api_pb2.Request:
    request = join()
    request.join_game.server_ports.game_port = port
    return request


def create_for_two() -> sc2api_pb2.Request:
    request = create()
    del request.create_game.player_setup[:]
    for _ in range(2):
        request.create_game.player_setup.add(type="Participant")
    return request


def test_second_client_that_never_comes_is_an_error_and_no_solo_game() -> None:
    async def run() -> list[sc2api_pb2.Response]:
        connection = Connection(Lobby(worlds=SmallWorlds(), join_s=0.1))
        answers = []
        for request in (create_for_two(), join(), join_with_port(7), kind("observation"), kind("leave_game")):
            answers.append(sc2api_pb2.Response.FromString(await connection.answer(request.SerializeToString())))
        await connection.close()
        return answers

    _, no_port, alone, seen, left = asyncio.run(run())

    error = sc2api_pb2.ResponseJoinGame.Error.Value
    assert no_port.join_game.error == error("MissingPorts")
    assert alone.join_game.error == error("NetworkError")
    assert alone.join_game.error_details == "no other client within 0.1 s"
    assert (alone.status, seen.error, left.status) == (2, ["Not in a game"], 1)


@pytest.mark.parametrize("joiner_first", [False, True])
def test_two_clients_wait_for_each_other_and_the_one_that_leaves_has_lost(joiner_first: bool) -> None:
    async def ask(connection: Connection, request: sc2api_pb2.Request) -> sc2api_pb2.Response:
        return sc2api_pb2.Response.FromString(await connection.answer(request.SerializeToString()))

    async def run() -> None:
        lobby = Lobby(worlds=SmallWorlds(), join_s=5)
        host, guest = Connection(lobby), Connection(lobby)
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            early = group.create_task(ask(guest, join_with_port(7))) if joiner_first else None
            await ask(host, create_for_two())
            hosting = group.create_task(ask(host, join_with_port(7)))
            second = await (early or group.create_task(ask(guest, join_with_port(7))))
            assert ((await hosting).join_game.player_id, second.join_game.player_id) == (1, 2)

            stepping = group.create_task(ask(host, kind("step", count=8)))
            await asyncio.sleep(0.05)
            assert not stepping.done()
            assert (await ask(guest, kind("step", count=3))).step.simulation_loop == 3
            waiting = group.create_task(ask(guest, kind("step", count=20)))
            assert (await stepping).step.simulation_loop == 8
            assert not waiting.done()
            await ask(host, kind("leave_game"))
            assert (await waiting).status == 5
            last = await ask(guest, kind("observation"))
            assert [result.result for result in last.observation.player_result] == [2, 1]
        await host.close()
        await guest.close()

    asyncio.run(run())
