import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import failures
from bridge.errors import ConfigError, GameCrashedError, GameProtocolError, GameTimeoutError
from bridge.failures import Backoff, FailureLog
from bridge.timeouts import Timeouts

TIMEOUTS = Timeouts(rest_s=0.5, max_rest_s=3.0, calm_s=60.0)


def error(kind=GameCrashedError, detail="boom"):
    return kind("toy#0", 12, 34, detail, "Traceback ...", "last line")


def test_first_failure_costs_no_rest_and_each_further_one_twice_as_much_up_to_a_bound():
    backoff = Backoff(TIMEOUTS)

    assert [backoff.rest_s(now) for now in range(6)] == [0.0, 0.5, 1.0, 2.0, 3.0, 3.0]


def test_quiet_time_makes_the_next_failure_the_first_again():
    backoff = Backoff(TIMEOUTS)
    backoff.rest_s(0.0)
    assert backoff.rest_s(59.0) == 0.5

    assert backoff.rest_s(59.0 + 60.0) == 0.0


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=200))
def test_rest_is_never_negative_nor_beyond_its_bound(gaps):
    backoff, now = Backoff(TIMEOUTS), 0.0
    for gap in gaps:
        now += gap
        assert 0.0 <= backoff.rest_s(now) <= TIMEOUTS.max_rest_s


def test_summary_counts_kinds_and_tells_the_last_error_in_one_line():
    log = FailureLog()
    assert log.summary() == "no game process was lost"

    log.record(error())
    log.record(error(GameTimeoutError, "no answer\nat all"))
    log.record(error())
    log.record(error(GameProtocolError, "bytes\nof nonsense"))
    log.restarts += 2

    assert log.total == 4
    assert log.summary() == (
        "4 game processes lost (2 crashed, 1 timed out, 1 broke the protocol), 2 restarted; "
        "the last: game toy#0 (pid 12, frame 34): bytes of nonsense"
    )
    assert "last line" in log.last.text


def test_recent_failures_are_those_of_the_window(monkeypatch):
    log, now = FailureLog(), [0.0]
    monkeypatch.setattr(failures.time, "monotonic", lambda: now[0])
    for now[0] in (0.0, 50.0, 99.0):
        log.record(error())

    now[0] = 100.0

    assert [log.recent(window_s) for window_s in (0.5, 1.0, 50.0, 100.0)] == [0, 1, 2, 3]


@pytest.mark.parametrize("name", ["rest_s", "max_rest_s", "calm_s"])
def test_times_of_the_back_off_are_positive(name):
    with pytest.raises(ConfigError, match=f"timeouts: {name}: got 0; allowed: seconds > 0"):
        Timeouts(**{name: 0})
