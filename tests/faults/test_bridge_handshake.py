"""Two sides with different protocols, rules or layouts refuse each other before the first step."""

from __future__ import annotations

import os
import sys

import pytest
from leaks import nothing_left
from toy_game import toy_spec

from bridge.channels import process as process_channel
from bridge.errors import GameCrashedError, GameProtocolError, GameTimeoutError
from bridge.game.messages import PROTOCOL_VERSION
from bridge.pool import GamePool
from bridge.timeouts import Timeouts


def open_pool(**options):
    GamePool(toy_spec(), timeouts=Timeouts(start_s=60.0, close_s=2.0), **options).close()


@pytest.mark.parametrize("channel", ["shm", "queue"])
def test_other_protocol_version_is_refused(channel, monkeypatch):
    monkeypatch.setattr(process_channel, "PROTOCOL_VERSION", 99)

    text = f"protocol version: got {PROTOCOL_VERSION}; allowed: 99"
    with nothing_left(), pytest.raises(GameProtocolError, match=text):
        open_pool(channel=channel)


def test_other_rules_are_refused(monkeypatch):
    monkeypatch.setattr(process_channel, "rules_hash", lambda spec: "abc")

    with nothing_left(), pytest.raises(GameProtocolError, match="rules hash: got ''; allowed: 'abc'"):
        open_pool(channel="shm")


def test_processes_with_different_arrays_are_refused(tmp_path):
    (tmp_path / "uneven.py").write_text(
        "import os\n"
        "import toy_game\n"
        "def make_task(marker):\n"
        "    task = toy_game.ToyTask()\n"
        "    try:\n"
        "        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))\n"
        "    except FileExistsError:\n"
        "        return task\n"
        "    specs = dict(task.specs)\n"
        "    del specs['info/enemy_hp']\n"
        "    class Uneven(toy_game.ToyTask):\n"
        "        specs = property(lambda self: specs)\n"
        "    uneven = Uneven()\n"
        "    return uneven\n"
    )
    spec = toy_spec(task_factory="uneven:make_task", task_params={"marker": str(tmp_path / "marker")})
    with pytest.MonkeyPatch.context() as patch, nothing_left():
        patch.syspath_prepend(tmp_path)
        with pytest.raises(GameProtocolError, match=r"layout \w+; allowed: \w+, that of toy#0"):
            GamePool(spec, num_games=2, num_processes=2, timeouts=Timeouts(start_s=60.0))


def test_game_that_believes_in_another_layout_refuses_to_attach(monkeypatch):
    monkeypatch.setattr(process_channel.Layout, "digest", lambda self: "0" * 16)

    with nothing_left(), pytest.raises(GameCrashedError, match=r"ValueError: layout 0{16} of the trainer; allowed"):
        open_pool(channel="shm")


def test_interpreter_that_is_not_there_is_a_failed_game(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")

    with nothing_left(), pytest.raises(GameCrashedError, match=r"could not be launched: .*/no/such/python"):
        open_pool(channel="shm")


def test_interpreter_that_never_speaks_is_timed_out(monkeypatch, tmp_path):
    silent = tmp_path / "python"
    silent.write_text("#!/bin/sh\nexec sleep 100\n")
    silent.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(silent))

    with nothing_left(), pytest.raises(GameTimeoutError, match=r"no answer to start within 1\.0 s; the process is"):
        GamePool(toy_spec(), timeouts=Timeouts(start_s=1.0))


def test_fork_of_the_trainer_does_not_close_its_games():
    with GamePool(toy_spec(), channel="shm") as pool:
        pool.reset()
        child = os.fork()
        if not child:
            pool.close()
            os._exit(0)
        os.waitpid(child, 0)

        pool.step()
