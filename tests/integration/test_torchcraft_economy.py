"""A whole game over TorchCraft's protocol: the economy script of the docs, and two clients in one melee game."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from torchcraft_relay import serving, serving_all

from bridge.melee import melee_name
from bridge.spec import GameSpec, make_session
from bridge.torchcraft.client import Client
from bridge.torchcraft.constants import ENUMS
from bridge.torchcraft.warmup import ensure_wire_compiled
from engine.core.frame import UNIT_DTYPE, Commands, UnitCommandType

pytestmark = pytest.mark.xdist_group("torchcraft")

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "docs" / "economy.py"
MELEE = ("--scenario", "melee", "--map", "crossing_small", "--races", "terran:zerg", "--starts", "0:1")
CODES = ENUMS["commands"]
TYPE_NAMES = {number: name for name, number in ENUMS["unittypes"].items()}

NOT_ON_THE_WIRE = {"heading", "target_x", "target_y", "train_count"}
"""As in battles, and how many units wait in a queue."""


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    ensure_wire_compiled()


def play(port, *arguments):
    command = [sys.executable, "-m", "bridge.torchcraft.run", str(SCRIPT), "-t", "localhost", "-p", str(port)]
    result = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_economy_script_mines_builds_and_trains():
    with serving(*MELEE, "--opponent", "noop") as port:
        lines = play(port, "--frames", "2500")

    counts = {name: int(count) for count, name in re.findall(r"(\d+) (\w+)", lines[-2].partition("minerals, ")[2])}
    assert lines[-2].startswith("frame 2400: ")
    assert counts["Terran_SCV"] >= 9
    assert counts["Terran_Supply_Depot"] >= 1
    assert re.fullmatch(r"lost after 25\d\d frames", lines[-1])  # who quits loses


@pytest.mark.full
@pytest.mark.timeout(600)
def test_economy_script_beats_an_opponent_that_does_nothing():
    with serving(*MELEE, "--opponent", "noop") as port:
        lines = play(port, "--frames", "30000")

    assert re.fullmatch(r"won after \d+ frames", lines[-1])


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_two_clients_share_a_melee_game_under_fog():
    with serving_all(*MELEE, "--opponent", "client") as ports:
        clients = [Client() for _ in ports]
        try:
            for client, port in zip(clients, ports, strict=True):
                client.connect("127.0.0.1", port, timeout=30_000)
            states = [client.init() for client in clients]
            for _ in range(20):
                for client in clients:
                    client.send([])
                states = [client.recv() for client in clients]
            races = [[state.player_info[number].race for number in (0, 1)] for state in states]
            mine = [{unit.type for unit in state.units[state.player_id]} for state in states]
            others = [1 - state.player_id in state.units for state in states]
            clients[0].send([[CODES["quit"]]])
            clients[1].send([])
            ended = [client.recv() for client in clients]
            clients[1].send([])
            ended[1] = clients[1].recv()
        finally:
            for client in clients:
                client.close()

    assert [state.player_id for state in states] == [0, 1]
    assert races == [[ENUMS["races"]["Terran"], ENUMS["races"]["Zerg"]]] * 2
    assert ENUMS["unittypes"]["Terran_Command_Center"] in mine[0]
    assert ENUMS["unittypes"]["Zerg_Larva"] in mine[1]
    assert others == [False, False]
    assert [(state.game_ended, state.game_won) for state in ended] == [(True, False), (True, True)]


async def frames_of(backend, name, steps):
    """Play a melee game by a plan that looks at the frame alone; return the frames as copies."""
    spec = GameSpec(scenario=name, backend=backend, players=(None, "noop"), num_games=1, frame_skip=6, latency_frames=2)
    session = make_session(spec)
    commands = Commands.allocate(1, session.unit_capacity)
    seen = []
    try:
        frame = await session.start(np.ones(1, np.bool_), np.array([7], np.uint64))
        for step in range(steps):
            units = frame.units[0, : frame.num_units[0]].copy()
            seen.append((units, int(frame.minerals[0]), int(frame.supply_used[0]), int(frame.supply_total[0])))
            plan(units, step, commands)
            frame = await session.step(commands, 6)
    finally:
        await session.close()
    return seen


def plan(units, step, commands):
    """Let idle workers gather, and a depot (or a larva) make workers."""
    commands.clear()
    told = []
    fields = units[np.isin(units["type"], [176, 177, 178])]
    for unit in units[units["player"] == 0]:
        name = TYPE_NAMES[int(unit["type"])]
        if name in ("Terran_SCV", "Zerg_Drone") and unit["order"] == ENUMS["orders"]["PlayerGuard"]:
            nearest = np.argmin((fields["x"] - unit["x"]) ** 2 + (fields["y"] - unit["y"]) ** 2)
            told.append((unit["id"], UnitCommandType.GATHER, fields["id"][nearest], 0, 0, 0))
        elif name == "Terran_Command_Center" and step % 20 == 0:
            told.append((unit["id"], UnitCommandType.TRAIN, -1, 0, 0, ENUMS["unittypes"]["Terran_SCV"]))
        elif name == "Zerg_Larva" and step % 20 == 0:
            told.append((unit["id"], UnitCommandType.MORPH, -1, 0, 0, ENUMS["unittypes"]["Zerg_Drone"]))
    for at, command in enumerate(told):
        commands.items[0, at] = command
    commands.count[0] = len(told)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("races", ["terran:zerg", "zerg:terran"])
def test_melee_frames_over_the_wire_are_the_embedded_ones(races):
    name = melee_name("crossing_small", races, "0:1")

    embedded, wired = (asyncio.run(frames_of(backend, name, 110)) for backend in ("embedded", "torchcraft"))

    made = 0
    for step, (one, two) in enumerate(zip(embedded, wired, strict=True)):
        assert one[1:] == two[1:], step
        is_being_born = one[0]["order"] == ENUMS["orders"]["ZergBirth"]
        for field in set(UNIT_DTYPE.names) - NOT_ON_THE_WIRE:
            is_told = ~is_being_born if field == "remaining_frames" else slice(None)
            ours, theirs = one[0][field][is_told], two[0][field][is_told]
            assert np.array_equal(ours, theirs), (step, field, ours, theirs)
        made = max(made, int((one[0]["remaining_train_frames"] > 0).sum() + (one[0]["remaining_frames"] > 0).sum()))
    assert made
    assert embedded[-1][2] > embedded[0][2]
