"""A server that says what a test tells it to: one REP socket in a thread."""

from __future__ import annotations

import contextlib
import threading

import zmq
from patience import SOON_S

SILENCE = object()
"""Instead of an answer: none, ever."""

HANG_UP = object()
"""Instead of an answer: close the socket."""

LAST_WORDS = object()
"""Instead of an answer: the one that follows it, and close the socket at once."""


class ScriptedServer:
    """Answers each request with the next of `answers` (the last one for ever), and keeps the requests.

    An answer is bytes, SILENCE, HANG_UP, LAST_WORDS, or a threading.Event: then the bytes after it wait for it.
    """

    def __init__(self, *answers, port=0, host="127.0.0.1"):
        self.answers = list(answers)
        self.requests = []
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._host, self._wanted = host, port
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(SOON_S)
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(SOON_S)
        assert not self._thread.is_alive()

    def wait_closed(self):
        self._thread.join(SOON_S)
        assert not self._thread.is_alive()

    def _serve(self):
        with zmq.Context() as context, context.socket(zmq.REP) as socket:
            socket.linger = 0
            socket.setsockopt(zmq.IPV6, 1)
            if self._wanted:
                socket.bind(f"tcp://{self._host}:{self._wanted}")
                self.port = self._wanted
            else:
                self.port = socket.bind_to_random_port(f"tcp://{self._host}")
            self._ready.set()
            with contextlib.suppress(StopIteration):
                while not self._stop.is_set():
                    if socket.poll(10):
                        self.requests.append(socket.recv())
                        self._answer(socket)

    def _answer(self, socket):
        answer = self._next()
        if isinstance(answer, threading.Event):
            while not answer.wait(0.01):
                if self._stop.is_set():
                    raise StopIteration
            answer = self._next()
        if answer is HANG_UP:
            raise StopIteration
        if answer is SILENCE:
            self._stop.wait()
            raise StopIteration
        if answer is LAST_WORDS:
            socket.linger = 1000
            socket.send(self._next())
            raise StopIteration
        socket.send(answer)

    def _next(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
