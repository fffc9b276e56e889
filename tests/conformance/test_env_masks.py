"""Masks against the engine itself: what is allowed does something, what is forbidden does nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from env_cases import masked_random
from numpy.typing import NDArray

from bridge.layout import Layout
from engine.broodwar.games import BroodWarGames
from engine.broodwar.players import PLAYERS
from engine.core.frame import NO_UNIT, Commands, Frame, UnitCommandType
from envs.specs.micro import FIRST_ATTACK, NO_CHANGE
from envs.specs.reading import ORDER_MOVE
from envs.tasks import make_battle

SCENARIOS = ("m5v5_c_far", "dragoons_zealots", "1vu_1zl", "5wr_5wr")
ROW_GAME = np.array([0, 0], np.int32)
ROW_PLAYER = np.array([0, 1], np.int8)


class Fight:
    """One game of the engine with a task on player 0 and a scripted player 1."""

    def __init__(self, scenario: str, seed: int) -> None:
        self.task = make_battle(scenario=scenario, observation="flat", latency_frames=0)
        self.games = BroodWarGames(self.task.scenario, 1, latency_frames=0)
        self.frame = Frame.allocate(1, self.games.unit_capacity, self.task.scenario.map)
        self.enemy_view = Frame.allocate(1, self.games.unit_capacity, self.task.scenario.map)
        self.commands = Commands.allocate(2, 2 * self.games.unit_capacity)
        self.arrays: dict[str, NDArray[Any]] = Layout(rows=1, arrays=dict(self.task.specs)).allocate()
        self.games.start(np.ones(1, np.bool_), np.array([seed], np.uint64))
        self.look()
        self.task.reset(np.ones(1, np.bool_), self.frame)
        self.task.encode(self.frame, self.arrays)

    def look(self) -> None:
        self.games.observe(self.frame, ROW_GAME[:1], ROW_PLAYER[:1])
        self.games.observe(self.enemy_view, ROW_GAME[:1], ROW_PLAYER[1:])

    def decode(self, action: NDArray[np.int64]) -> int:
        """Decode into row 0 and return the number of commands."""
        self.commands.clear()
        first = Commands(items=self.commands.items[:1], count=self.commands.count[:1])
        self.arrays["action"][0] = action
        self.task.decode(self.arrays, self.frame, first)
        return int(first.count[0])

    def play(self, action: NDArray[np.int64]) -> bool:
        """Play one step against `closest`; say whether the battle goes on."""
        self.decode(action)
        PLAYERS["closest"](self.enemy_view, Commands(items=self.commands.items[1:], count=self.commands.count[1:]))
        self.games.step(self.commands, ROW_GAME, ROW_PLAYER, self.task.frame_skip)
        self.look()
        self.task.encode(self.frame, self.arrays)
        self.task.score(self.frame, self.arrays)
        return not self.arrays["terminated"][0]

    def digest_after(self, snapshot: bytes, num_commands: int, frames: int = 1) -> str:
        """Return the game's digest some frames after the first so many commands of row 0, from a snapshot."""
        self.games.restore(0, snapshot)
        self.commands.count[:] = [num_commands, 0]
        self.games.step(self.commands, ROW_GAME, ROW_PLAYER, frames)
        digest = self.games.digest(0)
        self.games.restore(0, snapshot)
        return digest

    def survivors_of_next_frame(self, snapshot: bytes) -> set[int]:
        """Return the ids that player 0 sees one frame after a snapshot: a shot in the air may end a unit at once."""
        self.commands.clear()
        self.games.step(self.commands, ROW_GAME, ROW_PLAYER, 1)
        self.games.observe(self.enemy_view, ROW_GAME[:1], ROW_PLAYER[:1])
        ids = set(self.enemy_view.units["id"][0, : self.enemy_view.num_units[0]].tolist())
        self.games.restore(0, snapshot)
        self.look()
        return ids


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_allowed_choices_change_the_game_and_forbidden_ones_send_nothing(scenario: str) -> None:
    fight = Fight(scenario, seed=3)
    spec = fight.task.action
    generator = np.random.default_rng(1)
    tried = {True: 0, False: 0}

    for step in range(40):
        if step % 5 == 0:
            snapshot = fight.games.snapshot(0)
            mask = fight.arrays["action_mask"][0].reshape(spec.num_own, spec.num_choices).copy()
            memory = fight.task.battle.slots.copy()
            fight.commands.clear()
            untouched = fight.digest_after(snapshot, 0)
            survivors = fight.survivors_of_next_frame(snapshot)
            for slot in range(spec.num_own):
                for choice in range(1, spec.num_choices):
                    action = np.zeros(spec.num_own, np.int64)
                    action[slot] = choice
                    sent = fight.decode(action)
                    allowed = bool(mask[slot, choice])
                    tried[allowed] += 1
                    assert (fight.arrays["info/invalid_actions"][0] == 0) == allowed
                    if sent:
                        assert allowed
                        unit = fight.frame.units[0, fight.task.battle.slots[0, slot]["index"]]
                        if unit["id"] in survivors and fight.digest_after(snapshot, sent) == untouched:
                            # a move to where the unit is going already (it is held up by others)
                            command = fight.commands.items[0, 0]
                            wanted = (ORDER_MOVE, command["x"], command["y"])
                            assert (unit["order"], unit["target_x"], unit["target_y"]) == wanted
                    elif allowed:
                        # only an attack on the present target is allowed and needs no command
                        assert choice >= FIRST_ATTACK
                        enemy = fight.task.battle.slots[0, spec.num_own + choice - FIRST_ATTACK]
                        unit = fight.frame.units[0, fight.task.battle.slots[0, slot]["index"]]
                        assert unit["target_id"] == enemy["id"]
                    fight.task.battle.slots[:] = memory
        if not fight.play(masked_random(fight.arrays["action_mask"][0], spec.num_own, generator)):
            break

    assert tried[True] > 0


def test_choices_of_the_dead_and_against_the_dead_would_do_nothing() -> None:
    fight = Fight("m5v5_c_far", seed=3)
    spec = fight.task.action
    still = np.full(spec.num_own, NO_CHANGE, np.int64)
    while fight.arrays["info/own_units"][0] == 5 or fight.arrays["info/enemy_units"][0] == 5:
        assert fight.play(still)
    rows = fight.task.battle.slots[0]
    dead = int(np.flatnonzero(rows["is_dead"][:5])[0])
    fallen = int(np.flatnonzero(rows["is_dead"][5:])[0])
    for _ in range(3):  # the engine keeps the dying for the frames of their last animation
        assert fight.play(still)
    alive = int(np.flatnonzero(~rows["is_dead"][:5].astype(bool))[0])
    snapshot = fight.games.snapshot(0)
    fight.commands.clear()
    untouched = fight.digest_after(snapshot, 0, frames=9)

    orders = [
        (rows["id"][dead], UnitCommandType.MOVE, NO_UNIT),
        (rows["id"][dead], UnitCommandType.ATTACK_UNIT, rows["id"][5]),
        (rows["id"][alive], UnitCommandType.ATTACK_UNIT, rows["id"][5 + fallen]),
    ]
    for unit_id, kind, target_id in orders:
        command = fight.commands.items[0, 0]
        command["unit_id"], command["type"], command["target_id"] = unit_id, int(kind), target_id
        command["x"], command["y"] = 700, 1000
        assert fight.digest_after(snapshot, 1, frames=9) == untouched

    mask = fight.arrays["action_mask"][0].reshape(5, -1)
    assert mask[dead].tolist() == [True] + [False] * (spec.num_choices - 1)
    assert not mask[:, FIRST_ATTACK + fallen].any()
