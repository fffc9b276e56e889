"""Ctrl-C once and twice, and what was before."""

from __future__ import annotations

import io
import signal
import sys

import pytest

from agents.interrupt import Interrupt


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_is_noted_and_told_and_the_second_one_raises(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(number)
    with Interrupt("stopping") as interrupt:
        assert not interrupt()
        signal.raise_signal(number)
        assert interrupt()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)

    assert signal.getsignal(number) is before
    assert capfd.readouterr().err == "\nstopping\n"


def test_signal_is_noted_where_nothing_can_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())  # as a notebook's, it has no descriptor
    with Interrupt("stopping") as interrupt:
        signal.raise_signal(signal.SIGINT)

        assert interrupt.is_set


class HalfWritten(io.RawIOBase):
    """A signal comes while the program itself writes to the same stream."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        signal.raise_signal(signal.SIGINT)
        return len(bytes(data))  # type: ignore[call-overload]


def test_signal_that_interrupts_a_write_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    stream = io.TextIOWrapper(io.BufferedWriter(HalfWritten(2)), line_buffering=True)
    monkeypatch.setattr(sys, "stderr", stream)
    with Interrupt("stopping") as interrupt:
        stream.write("a line\n")

    assert interrupt.is_set
    assert capfd.readouterr().err == "\nstopping\n"
    stream.detach()
