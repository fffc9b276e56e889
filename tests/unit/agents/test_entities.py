"""The network that knows the enemies and comrades in a unit's line: same numbers in another slot, same answer there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch as th
from gymnasium import spaces

from agents.config import parse_config
from agents.entities import EntityUnitPolicy, columns_of
from agents.policies import NUM_UNIT_CHOICES
from bridge.errors import ConfigError
from envs.specs.field import Block
from envs.tasks import make_battle

SCENARIO = "2d_3z"
UNITS = 5


def block_of(scenario: str = SCENARIO) -> Block:
    return make_battle(scenario=scenario, observation="local").observation.blocks[0]


def policy_for(block: Block, lines: int, num_choices: int, own_columns: int = 0) -> EntityUnitPolicy:
    th.manual_seed(3)
    network = {"columns": columns_of(block), "width": 8, "hidden": [8], "own_columns": own_columns}
    seen = spaces.Box(-1.0, 1.0, (lines * block.width,), np.float32)
    policy = EntityUnitPolicy(seen, spaces.MultiDiscrete([num_choices]), lambda _: 1e-3, network=network)
    for parameter in policy.parameters():  # heads of weight 0.01 would hide what moves the logits
        parameter.data += 0.3 * th.randn_like(parameter)
    return policy


def lines_of(block: Block, count: int) -> th.Tensor:
    """Return lines on which everybody is seen."""
    lines = th.rand(count, block.width)
    at = block.offsets()
    for name in ("enemy_is_seen", "ally_is_seen"):
        lines[:, at[name] : at[name] + UNITS] = 1.0
    return lines


def test_every_column_of_a_line_is_read_once() -> None:
    block = block_of()

    columns = columns_of(block)

    assert [len(part) for part in columns.values()] == [1, UNITS, UNITS]
    read = [column for part in columns.values() for lines in part for column in lines]
    assert sorted(read) == list(range(block.width))
    names = [name for name, _ in block.columns()]
    assert names[columns["enemies"][2][0]] == "enemy_is_seen[2]"
    assert names[columns["allies"][4][3]] == "ally_dy[4]"


def test_enemies_that_change_places_change_their_scores_alone() -> None:
    block = block_of()
    policy = policy_for(block, 1, NUM_UNIT_CHOICES + UNITS)
    for slots in (policy.network.enemy_slot, policy.network.ally_slot):
        slots.data[...] = 0.0
    lines = lines_of(block, 4)
    swapped = lines.clone()
    first, second = (columns_of(block)["enemies"][slot] for slot in (1, 3))
    swapped[:, first], swapped[:, second] = lines[:, second], lines[:, first]

    logits, others = policy.network(lines)[0][:, 0], policy.network(swapped)[0][:, 0]

    order = list(range(NUM_UNIT_CHOICES + UNITS))
    order[NUM_UNIT_CHOICES + 1], order[NUM_UNIT_CHOICES + 3] = NUM_UNIT_CHOICES + 3, NUM_UNIT_CHOICES + 1
    th.testing.assert_close(others, logits[:, order])
    assert not th.allclose(others, logits)


def test_slots_tell_equal_enemies_apart() -> None:
    block = block_of()
    policy = policy_for(block, 1, NUM_UNIT_CHOICES + UNITS)
    lines = lines_of(block, 1)
    enemies = columns_of(block)["enemies"]
    lines[:, enemies[1]] = lines[:, enemies[3]]

    scores = policy.network(lines)[0][0, 0, NUM_UNIT_CHOICES:]

    assert scores[1] != scores[3]


def test_actor_decides_by_the_own_line_and_the_critic_by_all() -> None:
    block = block_of()
    policy = policy_for(block, 1 + UNITS, NUM_UNIT_CHOICES + UNITS, own_columns=block.width)
    lines = th.cat([lines_of(block, 3), th.rand(3, UNITS * block.width)], dim=1)
    others = lines.clone()
    others[:, block.width :] = 0.0

    logits, value = policy.network(lines)
    same_logits, other_value = policy.network(others)

    assert th.equal(logits, same_logits)
    assert not th.equal(value, other_value)


def test_choices_that_fit_no_enemies_are_refused() -> None:
    with pytest.raises(ConfigError, match="12 choices do not fit 5 enemies in sight"):
        policy_for(block_of(), 1, 12)


@pytest.mark.parametrize(
    ("env", "policy", "message"),
    [
        ({}, {}, "policy.name 'entities' needs env.control 'unit', got 'army'"),
        ({"control": "unit", "observation": "units"}, {"mirror": True}, "policy.mirror with policy.name 'entities'"),
    ],
)
def test_what_entities_cannot_do_is_refused_in_one_line(
    env: dict[str, Any], policy: dict[str, Any], message: str
) -> None:
    raw = {"name": "a", "env": {"scenario": SCENARIO, **env}, "policy": {"name": "entities", **policy}}

    with pytest.raises(ConfigError, match=message):
        parse_config(raw, source="test")
