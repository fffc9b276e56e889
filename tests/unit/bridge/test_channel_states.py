import itertools

import numpy as np
import pytest
from patience import SOON_S
from toy_game import toy_spec

from bridge.channels.base import TRANSITIONS, ChannelEvent, ChannelState
from bridge.channels.local import LocalChannel, finish_now
from bridge.deadline import Deadline
from bridge.errors import ConfigError, GameClosedError, GameCrashedError, GameFailedError
from bridge.game.requests import Request
from bridge.layout import Layout

ERROR = GameCrashedError("toy#0", 1, 2, "planted")
S, E = ChannelState, ChannelEvent
ALLOWED = {
    (S.STARTING, E.STARTED): S.IDLE,
    (S.IDLE, E.SENT): S.WAITING,
    (S.WAITING, E.ANSWERED): S.IDLE,
    (S.STARTING, E.FAILED): S.FAILED,
    (S.IDLE, E.FAILED): S.FAILED,
    (S.WAITING, E.FAILED): S.FAILED,
    (S.FAILED, E.FAILED): S.FAILED,
    (S.STARTING, E.CLOSED): S.CLOSED,
    (S.IDLE, E.CLOSED): S.CLOSED,
    (S.WAITING, E.CLOSED): S.CLOSED,
    (S.FAILED, E.CLOSED): S.CLOSED,
    (S.CLOSED, E.CLOSED): S.CLOSED,
}


def channel_in(state):
    channel = LocalChannel(toy_spec(), "toy#0")
    path = {
        S.STARTING: [],
        S.IDLE: [E.STARTED],
        S.WAITING: [E.STARTED, E.SENT],
        S.FAILED: [E.FAILED],
        S.CLOSED: [E.CLOSED],
    }
    for event in path[state]:
        if event is E.FAILED:
            channel.fail(ERROR)
        else:
            channel.move(event)
    return channel


@pytest.mark.parametrize(("state", "event"), list(itertools.product(ChannelState, ChannelEvent)))
def test_every_event_in_every_state_is_allowed_or_refused(state, event):
    channel = channel_in(state)
    assert channel.state is state

    if (state, event) in ALLOWED:
        channel.move(event)
        assert channel.state is ALLOWED[state, event]
        return
    kind = {S.CLOSED: GameClosedError, S.FAILED: GameFailedError}.get(state, RuntimeError)
    with pytest.raises(kind):
        channel.move(event)
    assert channel.state is state


def test_table_holds_nothing_else():
    assert dict(TRANSITIONS) == ALLOWED


def test_refused_event_says_what_is_allowed():
    with pytest.raises(RuntimeError, match=r"toy#0: ANSWERED in IDLE; allowed: \['CLOSED', 'FAILED', 'SENT'\]"):
        channel_in(S.IDLE).move(E.ANSWERED)


def open_local():
    channel = LocalChannel(toy_spec(), "toy#0")
    channel.start()
    deadline = Deadline.after(SOON_S)
    arrays = Layout(rows=1, arrays=channel.wait_started(deadline)).allocate()
    channel.attach(arrays, 0, 1)
    channel.wait_attached(deadline)
    return channel, arrays


def test_wait_without_a_request_is_refused():
    channel, _ = open_local()

    with pytest.raises(RuntimeError, match="ANSWERED in IDLE"):
        channel.wait(Deadline.after(SOON_S))


def test_second_request_before_the_answer_is_refused():
    channel, _ = open_local()
    channel.send(Request.RESET)

    with pytest.raises(RuntimeError, match="SENT in WAITING"):
        channel.send(Request.STEP)


def test_raising_game_is_a_crash_with_its_traceback_and_ends_the_channel():
    channel, arrays = open_local()
    arrays["control/rows"][:] = True
    arrays["control/episode"][:] = 0
    channel._runner._session.start = None
    channel.send(Request.RESET)

    with pytest.raises(GameCrashedError, match="TypeError") as caught:
        channel.wait(Deadline.after(SOON_S))

    assert "session.start" in caught.value.remote_traceback
    assert channel.error is caught.value
    with pytest.raises(GameCrashedError):
        channel.send(Request.STEP)


def test_close_closes_the_session_once():
    channel, _ = open_local()
    closes = []
    session = channel._runner._session

    async def close():
        closes.append(1)

    session.close = close
    channel.close(Deadline.after(SOON_S))
    channel.close(Deadline.after(SOON_S))

    assert closes == [1]
    with pytest.raises(GameClosedError):
        channel.send(Request.STEP)


def test_session_that_has_to_wait_is_refused_in_this_process():
    import asyncio

    async def waits():
        await asyncio.sleep(0)

    with pytest.raises(ConfigError, match="allowed: 'shm' or 'queue'"):
        finish_now(waits())


def test_arrays_of_the_trainer_are_the_games_own():
    channel, arrays = open_local()
    arrays["control/rows"][:] = True
    arrays["control/episode"][:] = 0
    channel.send(Request.RESET)
    channel.wait(Deadline.after(SOON_S))

    assert np.array_equal(arrays["observation/hp"], np.ones((1, 2), np.float32))
