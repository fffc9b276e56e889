"""A toy battle that needs no engine: each row is a duel of two numbers, decided by the actions and a seeded stream.

Deterministic in (seed, actions), ends after a random number of steps, uses every array that a task may have.
"""

from __future__ import annotations

import asyncio

import numpy as np

from bridge.layout import ArraySpec
from bridge.noop import NOOP_MAP, NOOP_SCENARIO
from bridge.spec import GameSpec
from engine.core.frame import UNIT_DTYPE, Frame

MULTIPLIER = np.uint64(6364136223846793005)
INCREMENT = np.uint64(1442695040888963407)
START_HP = 40


class ToySession:
    """Two units per game; a command with `extra` e takes (e + noise) hit points from the enemy, noise from each own."""

    unit_capacity = 2
    needs_loop = False

    def __init__(self, num_games, num_seats=1):
        rows = num_games * num_seats
        self.rows = rows
        self.num_seats = num_seats
        self.frame = Frame.allocate(rows, self.unit_capacity, NOOP_MAP)
        self.state = np.zeros(num_games, np.uint64)
        self.hp = np.zeros((num_games, 2), np.int32)
        self.clock = np.zeros(num_games, np.int32)
        self.starts = []
        self.is_closed = False

    async def start(self, rows, seeds):
        games = rows[:: self.num_seats]
        assert (rows.reshape(-1, self.num_seats) == games[:, None]).all(), "seats of a game must agree"
        self.starts.append((games.copy(), seeds[:: self.num_seats][games].copy()))
        self.state[games] = seeds[:: self.num_seats][games] | np.uint64(1)
        self.hp[games] = START_HP
        self.clock[games] = 0
        return self.view()

    async def step(self, commands, frames):
        with np.errstate(over="ignore"):
            self.state = self.state * MULTIPLIER + INCREMENT
        noise = ((self.state >> np.uint64(33)) % np.uint64(5)).astype(np.int32)
        seats = commands.items["extra"][:, 0] * (commands.count > 0)
        self.hp[:, 1] -= seats.reshape(-1, self.num_seats).sum(axis=1) + noise
        self.hp[:, 0] -= noise + 1
        self.clock += frames
        return self.view()

    async def close(self):
        self.is_closed = True

    def view(self):
        frame = self.frame
        frame.frame[:] = np.repeat(self.clock, self.num_seats)
        frame.player[:] = np.tile(np.arange(self.num_seats), self.rows // self.num_seats)
        frame.num_units[:] = 2
        units = np.zeros((self.rows, 2), UNIT_DTYPE)
        units["id"] = [0, 1]
        units["player"] = [0, 1]
        units["hp"] = np.repeat(self.hp, self.num_seats, axis=0)
        frame.units[:] = units
        return frame


class ToyTask:
    """Observes both hit points, pays the damage done, ends when somebody is down or after `max_frames`."""

    scenario = NOOP_SCENARIO
    frame_skip = 2

    def __init__(self, rows_hint=None, max_frames=60):
        self.max_frames = max_frames
        self.hp = None

    @property
    def specs(self):
        return {
            "action": ArraySpec(shape=(2,), dtype=np.dtype(np.int32)),
            "observation/hp": ArraySpec(shape=(2,), dtype=np.dtype(np.float32)),
            "observation/clock": ArraySpec(shape=(), dtype=np.dtype(np.int32)),
            "action_mask": ArraySpec(shape=(4,), dtype=np.dtype(np.bool_)),
            "reward": ArraySpec(shape=(), dtype=np.dtype(np.float32)),
            "terminated": ArraySpec(shape=(), dtype=np.dtype(np.bool_)),
            "truncated": ArraySpec(shape=(), dtype=np.dtype(np.bool_)),
            "info/battle_won": ArraySpec(shape=(), dtype=np.dtype(np.bool_)),
            "info/enemy_hp": ArraySpec(shape=(), dtype=np.dtype(np.int32)),
        }

    def reset(self, rows, frame):
        if self.hp is None:
            self.hp = np.zeros((len(rows), 2), np.int32)
        self.hp[rows] = frame.units["hp"][rows]

    def encode(self, frame, arrays, rows=None):
        hp = frame.units["hp"]
        arrays["observation/hp"][:] = hp / np.float32(START_HP)
        arrays["observation/clock"][:] = frame.frame
        arrays["action_mask"][:, :2] = True
        arrays["action_mask"][:, 2:] = (hp[:, :1] % 2) == np.array([0, 1])
        arrays["info/enemy_hp"][:] = np.maximum(hp[:, 1], 0)

    def decode(self, arrays, frame, commands):
        commands.items["extra"][:, 0] = arrays["action"][:, 0]
        commands.count[:] = arrays["action"][:, 1] > 0

    def score(self, frame, arrays):
        hp = frame.units["hp"]
        arrays["reward"][:] = self.hp[:, 1] - hp[:, 1]
        self.hp[:] = hp
        arrays["terminated"][:] = (hp <= 0).any(axis=1)
        arrays["truncated"][:] = ~arrays["terminated"] & (frame.frame >= self.max_frames)
        arrays["info/battle_won"][:] = (hp[:, 1] <= 0) & (hp[:, 0] > 0)


def make_session(spec):
    return ToySession(spec.num_games, spec.num_seats)


class WaitingToySession(ToySession):
    """The same game behind something that has to be waited for, with a task of its own in the event loop."""

    needs_loop = True

    def __init__(self, num_games, num_seats=1):
        super().__init__(num_games, num_seats)
        self.beats = 0
        self.heart = None

    async def beat(self):
        while True:
            self.beats += 1
            await asyncio.sleep(0.01)

    async def start(self, rows, seeds):
        if self.heart is None:
            self.heart = asyncio.create_task(self.beat())
        await asyncio.sleep(0.001)
        return await super().start(rows, seeds)

    async def step(self, commands, frames):
        await asyncio.sleep(0)
        frame = await super().step(commands, frames)
        frame.minerals[:] = self.beats
        return frame

    async def close(self):
        if self.heart is not None:
            self.heart.cancel()
        await super().close()


def make_waiting_session(spec):
    return WaitingToySession(spec.num_games, spec.num_seats)


def make_task(**params):
    return ToyTask(**params)


def toy_spec(**changes):
    values = {
        "scenario": "toy",
        "backend": "toy_game:make_session",
        "task_factory": "toy_game:make_task",
        "players": (None, "noop"),
        **changes,
    }
    return GameSpec(**values)
