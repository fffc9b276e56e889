"""Every command's effect and status, by PROTOCOL.md section 8."""

import numpy as np
import pytest
from wire_talk import CODES, MARINES, Talk, command, make_host

from bridge.torchcraft.constants import BWAPI_ERRORS, ENUMS
from bridge.torchcraft.execution import Drawing
from bridge.torchcraft.messages import Command, EndGame, StateUpdate

KINDS = ENUMS["unitcommandtypes"]
TYPES = ENUMS["unittypes"]
ATTACK_UNIT, ATTACK_MOVE, MOVE, STOP = (KINDS[name] for name in ("Attack_Unit", "Attack_Move", "Move", "Stop"))
NO_UNIT = -1


def refused(name):
    return 64 | BWAPI_ERRORS[name]


QUIET = "5mr_5mr"
"""Two armies that stand and wait."""


@pytest.fixture(scope="module")
def host():
    return make_host(QUIET)


@pytest.fixture
def talk(host):
    talk = Talk(host)
    talk.shake(map=f"{QUIET}?seed=1")  # a match of its own
    talk.send()
    return talk


def test_statuses_come_with_the_state_after_the_message(talk):
    statuses = talk.statuses(command("noop"), Command(code=99), Command(code=-1), command("set_speed"))

    assert statuses == [0, -2, -2, -3]
    assert talk.statuses() == []


def test_more_than_2500_commands_are_not_executed(talk):
    statuses = talk.statuses(*[command("noop")] * 2503)

    assert statuses == [0] * 2500 + [-4] * 3


@pytest.mark.parametrize(
    ("name", "args", "status"),
    [
        *[(name, (), -3) for name in ("set_speed", "set_log", "set_gui", "set_frameskip", "set_cmd_optim", "set_map")],
        *[(name, (1,), 0) for name in ("set_speed", "set_log", "set_gui", "set_frameskip", "set_cmd_optim")],
        *[(name, (), 0) for name in ("noop", "exit_process", "request_image", "map_hack")],
        *[("command_unit", (), -3), ("command_unit", (1,), -3), ("command_unit_protected", (1,), -3)],
        *[("command_user", (), -3), ("command_user", (9, 1), -2), ("command_user", (0,), -3)],
        *[("command_user", (4, 1), -3), ("command_user", (4, 1, 1), 0), ("command_user", (5, 1, 1, 1), -3)],
        *[("command_openbw", (), -3), ("command_openbw", (9,), -2), ("command_openbw", (0,), -3)],
        *[("command_openbw", (1, 0, 0, 5), -3), ("command_openbw", (0, 12345), -5)],
        *[("command_openbw", (1, 7, 0, 50, 50), -8), ("command_openbw", (1, -1, 0, 50, 50), -8)],
        *[("command_openbw", (1, 0, 999, 50, 50), -9), ("command_openbw", (1, 0, 0, -5, 50), -9)],
        ("command_openbw", (1, 0, TYPES["Terran_Command_Center"], 500, 500), -9),
        *[("command_openbw", (6, 0, 10), -2), ("command_openbw", (4, 0, 10), -2)],
        *[("draw_line", (1, 2, 3, 4), -3), ("draw_line", (1, 2, 3, 4, 5), 0), ("draw_text", (1,), -3)],
    ],
)
def test_status_of_a_command(talk, name, args, status):
    assert talk.statuses(command(name, *args)) == [status]


def test_unit_commands_are_checked_in_bwapis_order(talk):
    own, enemy = talk.units(0)[0].id, talk.units(1)[0].id
    cases = [
        ((12345, MOVE), -5),
        ((-7, MOVE), -5),
        ((enemy, MOVE, NO_UNIT, 10, 10), refused("Unit_Not_Owned")),
        ((own, MOVE, NO_UNIT, 80, 80), 0),
        ((own, ATTACK_UNIT), refused("Unit_Does_Not_Exist")),
        ((own, ATTACK_UNIT, 12345), refused("Unit_Does_Not_Exist")),
        ((own, ATTACK_UNIT, own), refused("Invalid_Parameter")),
        ((own, ATTACK_UNIT, enemy), 0),
        ((own, KINDS["Follow"], own), refused("Invalid_Parameter")),
        ((own, KINDS["Right_Click_Unit"], own), refused("Incompatible_State")),
        ((own, KINDS["Train"], NO_UNIT, 0, 0, 7), refused("Incompatible_UnitType")),
        ((own, KINDS["Burrow"]), refused("Incompatible_UnitType")),
        ((own, KINDS["Unload_All"]), refused("Unit_Does_Not_Exist")),
        ((own, KINDS["Cancel_Train"]), refused("Incompatible_State")),
        ((own, 77), refused("Unknown")),
    ]

    statuses = talk.statuses(*[command("command_unit", *args) for args, _ in cases])

    assert statuses == [status for _, status in cases]


def test_dead_unit_does_not_exist_any_more_and_unborn_ones_are_invalid(talk):
    victim = talk.units(0)[0].id
    talk.send(command("command_openbw", 0, victim))
    talk.send()
    talk.send()

    statuses = talk.statuses(command("command_unit", victim, STOP), command("command_unit", victim + 4096, STOP))

    assert statuses == [refused("Unit_Does_Not_Exist"), -5]
    assert talk.statuses(command("command_openbw", 0, victim)) == [-5]


def test_unit_goes_where_it_is_told_after_the_latency(talk):
    unit = talk.units(0)[0]
    unit_id, start = unit.id, (unit.pixel_x, unit.pixel_y)
    talk.send(command("command_unit", unit_id, MOVE, NO_UNIT, unit.x - 12, unit.y + 4))
    assert talk.state.lag_frames == 2
    orders = [next(u for u in talk.units(0) if u.id == unit_id).orders[-1].type]
    for _ in range(3):
        talk.send()
        orders.append(next(u for u in talk.units(0) if u.id == unit_id).orders[-1].type)
    for _ in range(60):
        talk.send()

    assert orders[0] != ENUMS["orders"]["Move"] == orders[-1]
    moved = next(u for u in talk.units(0) if u.id == unit_id)
    assert moved.pixel_x < start[0] - 60
    assert moved.command.type == MOVE
    assert moved.command.targetX == unit.x - 12


def test_place_off_the_map_is_the_corner_and_pixels_may_follow(talk):
    unit = talk.units(0)[0].id
    talk.send(
        command("command_unit", unit, MOVE, NO_UNIT, 5000, 10),
    )
    corner = next(u for u in talk.units(0) if u.id == unit).command
    talk.send(command("command_unit", unit, MOVE, NO_UNIT, 80, 90, 0, -3, 2))
    match = talk.host.match
    talk.send()
    talk.send()
    engine = match.games.units[0]

    assert (corner.targetX, corner.targetY) == (0, 0)
    assert (engine["order_x"][unit], engine["order_y"][unit]) == (8 * 80 - 3, 8 * 90 + 2)


def test_protected_command_is_refused_while_the_unit_attacks_that_target_or_shoots():
    talk = Talk(make_host(MARINES))
    talk.join()
    own = talk.units(0)[0].id
    enemies = [unit.id for unit in talk.units(1)]
    assert talk.statuses(command("command_unit_protected", own, ATTACK_UNIT, enemies[0])) == [0]
    for _ in range(3):
        talk.send()

    again = talk.statuses(command("command_unit_protected", own, ATTACK_UNIT, enemies[0]))
    other = talk.statuses(command("command_unit_protected", own, ATTACK_UNIT, enemies[1]))

    assert again == [-6]
    assert other == [0]
    shooting = None
    for _ in range(300):
        unit = next((u for u in talk.units(0) if u.id == own), None)
        if unit is not None and unit.attack_frame:
            shooting = talk.statuses(command("command_unit_protected", own, STOP))
            break
        talk.send()
    assert shooting == [-6]


def test_last_command_protects_an_attack_for_the_latency(talk):
    own = talk.units(0)[0].id
    first, second = (unit.id for unit in talk.units(1)[:2])
    talk.send(command("command_unit", own, ATTACK_UNIT, first))
    for _ in range(3):
        talk.send()
    assert talk.statuses(command("command_unit", own, ATTACK_UNIT, first)) == [0]  # told at this frame, attacking

    assert talk.statuses(command("command_unit_protected", own, ATTACK_UNIT, second)) == [-6]
    for _ in range(3):
        talk.send()
    assert talk.statuses(command("command_unit_protected", own, ATTACK_UNIT, second)) == [0]


def test_spawned_units_are_there_in_the_next_frame_and_killed_ones_gone(talk):
    before = len(talk.units(0)), len(talk.units(1))
    spawn = [command("command_openbw", 1, player, TYPES["Terran_Marine"], 300, 300) for player in (0, 1)] * 20

    assert talk.statuses(*spawn) == [0] * 40
    assert (len(talk.units(0)), len(talk.units(1))) == (before[0] + 20, before[1] + 20)

    ids = [unit.id for unit in talk.units(0)[:20]]
    assert talk.statuses(*[command("command_openbw", 0, unit_id) for unit_id in ids]) == [0] * 20
    talk.send()
    assert len(talk.units(0)) == before[0]


def test_map_without_room_refuses_to_spawn(talk):
    spawn = [command("command_openbw", 1, 0, TYPES["Zerg_Zergling"], 300, 300)] * 500

    statuses = talk.statuses(*spawn)

    assert set(statuses) == {0, -9}
    assert statuses.count(0) > 200


def test_develops_openbw_commands_set_points_and_refuse_what_the_engine_lacks():
    talk = Talk(make_host("2d_3z"), protocol=31)
    talk.join()
    unit = talk.units(0)[0].id

    statuses = talk.statuses(
        command("command_openbw", 6, unit, 17),
        command("command_openbw", 7, unit, 9),
        command("command_openbw", 8, unit, 5),
        command("command_openbw", 2, 0, 7, 1),
        command("command_openbw", 4, 0, 100),
        command("command_openbw", 5, 0, 60),
        command("command_openbw", 4, 5, 100),
        command("command_openbw", 6, 12345, 100),
    )

    shown = next(u for u in talk.units(0) if u.id == unit)
    assert statuses == [0, 0, 0, -9, 0, 0, -8, -5]
    assert (talk.state.frame.resources[0].ore, talk.state.frame.resources[0].gas) == (100, 60)
    assert (shown.health, shown.shield) == (17, 9)
    assert talk.statuses(command("command_openbw", 6, unit, 0)) == [0]
    talk.send()
    assert unit not in [u.id for u in talk.units(0)]


def test_drawings_stay_until_the_next_message(talk):
    talk.send(command("draw_circle", 10, 20, 5, 111), command("draw_text", 3, 4, text="hi"))
    (settings,) = talk.host.settings

    assert settings.drawings == [
        Drawing(kind="draw_circle", args=(10, 20, 5, 111), text=""),
        Drawing(kind="draw_text", args=(3, 4), text="hi"),
    ]
    talk.send()
    assert settings.drawings == []


def test_image_request_is_answered_once_with_the_screen_and_what_is_seen(talk):
    talk.send(command("command_user", 4, 320, 64), command("command_user", 2, 10), command("request_image"))
    image = talk.reply
    talk.send()

    assert image.img_mode == "raw"
    assert image.screen_position == (310, 64)
    assert image.visibility_size == (20, 13)
    assert image.visibility.tolist() == [2] * 260
    assert (talk.reply.img_mode, talk.reply.visibility_size, len(talk.reply.visibility)) == ("", (0, 0), 0)


def test_screen_stays_on_the_map(talk):
    talk.send(command("command_user", 0, 999), command("command_user", 3, 99_999), command("request_image"))

    assert talk.reply.screen_position == (64 * 32 - 640, 0)
    assert talk.reply.visibility.reshape(13, 20)[0, -1] == 2


def test_right_click_moves_a_unit_and_names_what_is_wrong(talk):
    own, enemy = talk.units(0)[0].id, talk.units(1)[0].id

    statuses = talk.statuses(
        command("command_user", 5, own, 700, 700, 0),
        command("command_user", 5, enemy, 700, 700, 0),
        command("command_user", 5, 12345, 700, 700, 0),
    )

    assert statuses == [0, refused("Unit_Not_Owned"), -5]
    assert next(u for u in talk.units(0) if u.id == own).command.type == KINDS["Right_Click_Position"]


def test_speed_is_kept_and_the_default_is_the_games(talk):
    talk.send(command("set_speed", 7))
    assert talk.host.frame_ms == 7
    talk.send(command("set_speed", -1))
    assert talk.host.frame_ms == 42


def test_quit_ends_the_match_and_statuses_go_unsaid(talk):
    reply = talk.send(command("noop"), command("quit"))

    assert isinstance(reply, EndGame)
    assert not reply.game_won
    assert reply.data is None


def test_set_map_with_a_number_chooses_the_next_match_and_without_one_does_nothing(talk):
    name = "Maps/BroodWar/micro/dragoons_zealots.scm"
    statuses = talk.statuses(
        Command(code=CODES["set_map"], str=name),
        command("set_map", 0, text="Maps/nowhere.scm"),
        command("set_map", 0, text=name),
    )
    assert statuses == [-3, 0, 0]
    assert isinstance(talk.send(), StateUpdate)

    talk.send(command("quit"))
    talk.join()

    assert talk.state.map_name == "dragoons_zealots"
    assert {unit.type for unit in talk.units(0)} == {TYPES["Protoss_Zealot"], TYPES["Protoss_Dragoon"]}


def test_commands_beyond_what_the_engine_queues_are_too_many():
    talk = Talk(make_host("5mr_5mr", latency_frames=10))
    talk.join()
    unit = talk.units(0)[0].id
    flood = [command("command_unit", unit, MOVE, NO_UNIT, 80 + k % 20, 90) for k in range(2500)]

    statuses = np.concatenate([talk.statuses(*flood) for _ in range(6)])

    assert set(statuses.tolist()) == {0, -4}
    assert talk.statuses() == []


def test_queued_commands_follow_one_another():
    talk = Talk(make_host(QUIET))
    talk.join()
    unit = talk.units(0)[0]
    unit_id, y = unit.id, unit.y

    def here():
        return next(u for u in talk.units(0) if u.id == unit_id)

    told = [
        command("command_unit", unit_id, MOVE, NO_UNIT, unit.x + 12, y),
        command("command_unit", unit_id, MOVE, NO_UNIT, unit.x + 12, y + 10, 1),
        command("command_unit", unit_id, MOVE, NO_UNIT, unit.x, y + 10, 1),
    ]
    assert talk.statuses(*told) == [0, 0, 0]
    assert here().command.extra == 1
    places = []
    for _ in range(200):
        talk.send()
        places.append((here().x, here().y))

    corners = [(unit.x + 12, y), (unit.x + 12, y + 10), (unit.x, y + 10)]
    reached = [
        next(k for k, (px, py) in enumerate(places) if abs(px - corner_x) <= 3 and abs(py - corner_y) <= 3)
        for corner_x, corner_y in corners
    ]
    assert reached == sorted(reached)
    assert abs(places[-1][0] - unit.x) <= 1


def test_unit_that_does_nothing_begins_a_queued_command_at_once():
    talk = Talk(make_host(QUIET))
    talk.join()
    unit = talk.units(0)[0]

    assert talk.statuses(command("command_unit", unit.id, MOVE, NO_UNIT, unit.x - 8, unit.y, 1)) == [0]
    for _ in range(4):
        talk.send()

    assert next(u for u in talk.units(0) if u.id == unit.id).orders[-1].type == ENUMS["orders"]["Move"]


def test_ninth_queued_command_is_dropped():
    talk = Talk(make_host(QUIET))
    talk.join()
    unit = talk.units(0)[0]
    told = [command("command_unit", unit.id, MOVE, NO_UNIT, unit.x - 10 - k, unit.y, k) for k in range(12)]

    assert talk.statuses(*told) == [0] * 12
    for _ in range(4):
        talk.send()

    assert talk.host.match.games.units[0]["queue_count"][unit.id] == 8
