"""A script written for TorchCraft plays on the embedded server, with our client and with TorchCraft's own."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from torchcraft_relay import Relay, serving

from bridge.torchcraft.messages import CommandsMessage, HandshakeClient

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = ROOT / "tests" / "support" / "torchcraft_scripts" / "closest_battles.py"

OURS = ["-m", "bridge.torchcraft.run"]

needs_torchcraft = pytest.mark.skipif(
    find_spec("torchcraft") is None, reason="TorchCraft's own Python module is not installed"
)


def play(runner, *arguments, seed=1, opponent="attack_move", timeout_s=200):
    """Run the script against a fresh server; return what it printed and what the server was told."""
    with serving("--scenario", "m5v5_c_far", "--seed", str(seed), "--opponent", opponent) as port, Relay(port) as relay:
        done = subprocess.run(
            [sys.executable, *runner, str(SCRIPT), "-t", "localhost", "-p", str(relay.port), *arguments],
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))},
        )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), relay.said


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_script_plays_its_battles():
    printed, said = play(OURS, "--battles", "1")

    assert printed[0].startswith("match 0 on ")
    assert "m5v5_c_far" in printed[0]
    assert "dragoons_zealots" in printed[2]
    assert [line.split(" won ")[0] for line in printed[1::2]] == ["battles 1", "battles 1"]
    assert printed[1].endswith("shots by ['Terran_Marine']")
    handshakes = [message for message in said if isinstance(message, HandshakeClient)]
    assert handshakes == [HandshakeClient(micro_mode=True)] * 2
    commands = [command for message in said if isinstance(message, CommandsMessage) for command in message.commands]
    assert len([command for command in commands if command.code == 17]) > 10


@needs_torchcraft
@pytest.mark.full
@pytest.mark.timeout(300)
def test_torchcrafts_own_client_says_the_same():
    assert play([]) == play(OURS)


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_same_seed_plays_forty_battles_the_same_and_so_does_torchcrafts_own_client():
    long = ("--battles", "10", "--matches", "4")

    ours = play(OURS, *long, seed=3, timeout_s=500)

    assert sum(int(line.split()[1]) for line in ours[0] if line.startswith("battles")) == 40
    assert play(OURS, *long, seed=3, timeout_s=500) == ours
    assert play(OURS, seed=4, timeout_s=500)[1] != play(OURS, seed=3, timeout_s=500)[1]
    if find_spec("torchcraft"):
        assert play([], *long, seed=3, timeout_s=500) == ours
