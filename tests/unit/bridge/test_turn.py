import os
import signal

import pytest

from bridge import platform
from bridge.game import turn as turns
from bridge.game.requests import Request
from bridge.game.turn import TURN_BYTES, Patience, Status, Turn, turn_area_bytes


@pytest.fixture
def block():
    return memoryview(bytearray(turn_area_bytes(2)))


def both(block, index=0):
    return Turn(block, index, 5), Turn(block, index, 5)


def test_turn_goes_to_the_game_and_back(block):
    trainer, game = both(block)
    assert game.request(1) == 0
    assert trainer.answer(1) == 0

    trainer.ask(1, Request.STEP)
    assert game.spin_for_request(1) == Request.STEP
    assert not trainer.spin_for_answer(1)
    game.reply(1, Status.DONE, 40)

    assert trainer.spin_for_answer(1)
    assert trainer.frame == 40
    assert trainer.answer(2) == 0
    assert game.request(2) == 0


def test_request_other_than_the_likely_one_is_seen(block):
    trainer, game = both(block)

    trainer.ask(1, Request.RESET)

    assert game.spin_for_request(1) == Request.RESET


@pytest.mark.parametrize("word", [5 << 2 | 1, 1 << 2 | 3, 2 << 2 | 0, 0xDEADBEEF, 1 << 2 | 2])
def test_answer_that_nobody_can_have_given_is_no_answer(block, word):
    trainer, _ = both(block)
    trainer.ask(1, Request.STEP)

    block[:TURN_BYTES].cast("Q")[16] = word

    assert trainer.answer(1) == (2 if word == 1 << 2 | 2 else -1)
    assert not trainer.spin_for_answer(1)


def test_only_a_sleeper_is_woken(block):
    trainer, game = both(block)

    assert not trainer.ask(1, Request.STEP)
    game.game_sleeps(True)
    assert trainer.ask(1, Request.STEP)
    game.game_sleeps(False)
    assert not game.reply(1, Status.DONE, 0)
    trainer.trainer_sleeps(True)
    assert game.reply(1, Status.DONE, 0)


def test_processes_have_words_of_their_own_and_a_new_one_starts_afresh(block):
    first, _ = both(block, 0)
    second, _ = both(block, 1)
    first.ask(7, Request.STEP)
    first.reply(7, Status.DONE, 3)

    assert second.answer(1) == 0
    assert second.frame == -1
    first.clear()
    assert first.frame == -1
    assert bytes(block) == bytes(len(block))


def test_where_stores_may_overtake_each_other_every_turn_is_rung_and_none_is_spun_for(block, monkeypatch):
    monkeypatch.setattr(turns, "STORES_IN_ORDER", False)
    trainer, game = both(block)

    assert trainer.ask(1, Request.STEP)
    assert game.reply(1, Status.DONE, 0)
    assert not trainer.spin_for_answer(1)
    assert trainer.answer(1) == Status.DONE


def test_spin_ends_after_its_yields(monkeypatch):
    looks = []
    monkeypatch.setattr(turns, "yield_core", lambda: looks.append(1))

    assert not Patience(12).spin(memoryview(bytearray(8)).cast("Q"), 0, 1)
    assert len(looks) == 12


def test_spins_on_a_busy_machine_become_rare_and_come_back(monkeypatch):
    clock = [0]
    busy = [True]
    looks = []

    def look_away():
        looks.append(1)
        clock[0] += 1_000_000 if busy[0] else 300

    monkeypatch.setattr(turns, "yield_core", look_away)
    monkeypatch.setattr(turns, "perf_counter_ns", lambda: clock[0])
    words = memoryview(bytearray(8)).cast("Q")
    patience = Patience(1)

    for _ in range(2000):
        patience.spin(words, 0, 1)
    assert len(looks) < 25
    busy[0] = False
    looks.clear()
    for _ in range(3000):
        patience.spin(words, 0, 1)
    assert len(looks) > 2000


def test_bell_wakes_however_often_it_is_rung():
    listening, ringing = platform.make_bell()
    try:
        for _ in range(3):
            platform.ring(ringing)
        platform.hush(listening)
        platform.hush(listening)  # silent: returns at once
        with pytest.raises(BlockingIOError):
            os.read(listening, 8)
    finally:
        os.close(listening)
        os.close(ringing)


def test_bell_without_eventfd_is_a_pipe(monkeypatch):
    monkeypatch.delattr(os, "eventfd")
    listening, ringing = platform.make_bell()
    try:
        platform.ring(ringing)
        assert len(os.read(listening, 100)) == 8
        for _ in range(100_000):
            platform.ring(ringing)  # full: one ring more says nothing, and must not block
        platform.hush(listening)
    finally:
        os.close(listening)
        os.close(ringing)


def test_block_without_memfd_has_no_name_either(monkeypatch):
    monkeypatch.delattr(os, "memfd_create")
    descriptor = platform.anonymous_block()
    try:
        assert os.fstat(descriptor).st_nlink == 0
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (0, "exited with status 0"),
        (3, "exited with status 3"),
        (-signal.SIGKILL, "killed by SIGKILL"),
        (-signal.SIGSEGV, "killed by SIGSEGV"),
        (-77, "killed by signal 77"),
    ],
)
def test_exit_status_in_words(status, text):
    assert platform.exit_text(status) == text
