import os
import select
import signal
import subprocess
import sys

from bridge.stopsignals import StopSignals

LATE = """
import select, signal, threading
from bridge.stopsignals import StopSignals
with StopSignals() as signals:
    other = threading.Thread(target=threading.Event().wait, daemon=True)
    other.start()
    signal.pthread_kill(other.ident, signal.SIGINT)  # wakes no system call of the main thread
    readable, _, _ = select.select([signals.descriptor], [], [], 60)
    print(len(readable), signals.first().name)
"""


def is_readable(signals):
    return bool(select.select([signals.descriptor], [], [], 0)[0])


def test_first_signal_makes_the_descriptor_readable_and_is_named():
    with StopSignals() as signals:
        assert not is_readable(signals)
        assert signals.first() is None

        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)

        assert is_readable(signals)
        assert signals.first() is signal.SIGTERM
        assert signals.first() is signal.SIGTERM


def test_somebody_s_alarm_stops_nothing():
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    try:
        with StopSignals() as signals:
            os.kill(os.getpid(), signal.SIGALRM)
            assert is_readable(signals)
            assert signals.first() is None
            assert not is_readable(signals)

            os.kill(os.getpid(), signal.SIGTERM)
            assert signals.first() is signal.SIGTERM
    finally:
        signal.signal(signal.SIGALRM, before)


def test_handlers_and_wakeup_are_as_before_afterwards():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    with StopSignals():
        pass

    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_signal_that_another_thread_takes_is_seen():
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, timeout=120, check=False)

    assert (done.stdout, done.stderr) == ("1 SIGINT\n", "")
