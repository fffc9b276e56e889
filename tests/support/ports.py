"""Ports for tests that must know one before anybody listens there."""

from __future__ import annotations

import random
import socket

NEVER_GIVEN = range(20_000, 32_000)
"""Ports that no system hands out by itself (Linux: from 32768, others: from 49152): none is taken meanwhile."""


def free_port():
    """Return a port of this machine that nobody listens on."""
    for port in random.SystemRandom().sample(NEVER_GIVEN, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")
