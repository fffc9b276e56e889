import os
import select
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
    return Turn(block, index, Patience(1000)), Turn(block, index, Patience(1000))


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


@pytest.mark.parametrize("request_", list(Request))
def test_every_request_ends_the_spin(block, request_, monkeypatch):
    trainer, game = both(block)
    monkeypatch.setattr(turns, "yield_core", lambda: trainer.ask(1, request_))

    assert game.spin_for_request(1) == request_
    assert not game._patience._penalty


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


class Core:
    """A core on which a yield takes `yield_ns`, and the word that somebody writes to in the meantime."""

    def __init__(self, monkeypatch, yield_ns):
        self.words = memoryview(bytearray(8)).cast("Q")
        self.yield_ns = yield_ns
        self.yields = 0
        self.arrives_after = None  # yields of one spin
        self._now = 0
        monkeypatch.setattr(turns, "yield_core", self._yield)
        monkeypatch.setattr(turns, "perf_counter_ns", lambda: self._now)

    def _yield(self):
        self.yields += 1
        self._now += self.yield_ns
        if self.yields == self.arrives_after:
            self.words[0] += 1 << 2

    def spin(self, patience):
        """One spin for the next turn; returns whether it succeeded, and its yields."""
        self.yields = 0
        counter = (self.words[0] >> 2) + 1
        return patience.spin(self.words, 0, counter), self.yields


def test_spin_ends_when_its_time_is_over(monkeypatch):
    core = Core(monkeypatch, yield_ns=10_000)

    assert core.spin(Patience(100_000)) == (False, 10)


def test_spin_ends_when_the_turn_comes(monkeypatch):
    core = Core(monkeypatch, yield_ns=10_000)
    core.arrives_after = 3

    assert core.spin(Patience(100_000)) == (True, 3)


def test_one_late_yield_ends_the_spin_and_counts_as_a_failure_whatever_it_brought(monkeypatch):
    core = Core(monkeypatch, yield_ns=turns.LATE_NS + 1)
    core.arrives_after = 1
    patience = Patience(10 * turns.LATE_NS)

    assert core.spin(patience) == (True, 1)
    assert core.spin(patience) == (False, 0)


def test_busy_machine_is_learned_faster_than_a_slow_player(monkeypatch):
    def turns_until_rare(yield_ns):
        core, patience = Core(monkeypatch, yield_ns), Patience(100_000)
        return sum(core.spin(patience)[1] > 0 for _ in range(turns.MAX_SKIPS))

    assert turns_until_rare(turns.LATE_NS + 1) < turns_until_rare(300) / 2


@pytest.mark.parametrize("yield_ns", [turns.LATE_NS + 1, 300], ids=["busy machine", "slow player"])
def test_vain_spins_become_rare_and_come_back(monkeypatch, yield_ns):
    core = Core(monkeypatch, yield_ns)
    patience = Patience(100_000)

    spun = sum(core.spin(patience)[1] > 0 for _ in range(3 * turns.MAX_SKIPS))
    assert 4 <= spun < 18
    core.yield_ns, core.arrives_after = 300, 2
    spun = sum(core.spin(patience)[1] > 0 for _ in range(3 * turns.MAX_SKIPS))

    assert spun > 2 * turns.MAX_SKIPS - 5


def test_a_turn_that_has_come_is_taken_without_a_yield(monkeypatch):
    core = Core(monkeypatch, yield_ns=300)
    core.words[0] = 1 << 2

    assert Patience(0).spin(core.words, 0, 1)
    assert not core.yields


def test_bell_wakes_however_often_it_is_rung():
    listening, ringing = platform.make_bell()
    try:
        for _ in range(100_000):
            platform.ring(ringing)  # full: one ring more says nothing, and must not block
        assert select.select([listening], [], [], 0)[0]
        while select.select([listening], [], [], 0)[0]:
            platform.hush(listening)
        platform.hush(listening)  # silent: returns at once
        platform.ring(ringing)
        assert os.read(listening, 8)
    finally:
        os.close(listening)
        os.close(ringing)


def test_ringing_for_one_who_is_gone_does_nothing():
    listening, ringing = platform.make_bell()
    os.close(listening)
    try:
        platform.ring(ringing)
    finally:
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


class Arriving(list):
    """A word that another process changes between two looks."""

    def __init__(self, after):
        super().__init__([0])
        self.looks = 0
        self._after = after

    def __getitem__(self, at):
        self.looks += 1
        return 1 << 2 if self.looks > self._after else 0


def test_where_there_are_cores_to_spare_a_side_looks_before_it_yields(monkeypatch):
    core = Core(monkeypatch, yield_ns=300)
    for cores, looks in ((4, turns.LOOKS), (2, turns.LOOKS), (1, 0)):
        monkeypatch.setattr(turns, "usable_cores", lambda cores=cores: cores)
        words = Arriving(turns.LOOKS)
        core.yields, core.arrives_after = 0, None

        assert turns.patience_for(1).spin(words, 0, 1)

        assert core.yields == (0 if looks else turns.LOOKS)
