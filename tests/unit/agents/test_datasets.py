"""`ReplayDataset`: the pairs of a recorded battle are what the env showed and what was chosen."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from agents.datasets import ReplayDataset
from bridge.errors import ConfigError
from bridge.scenarios import load_scenario
from bridge.torchcraft.codec import decode_server, encode
from bridge.torchcraft.diff import undiff
from bridge.torchcraft.host import Host, HostConfig
from bridge.torchcraft.messages import Command, CommandsMessage, HandshakeClient, WireFrame
from bridge.torchcraft.replay import ReplayMap, write_tcr
from bridge.torchcraft.row import RowWriter
from engine.core.frame import Commands
from envs.specs.micro import NO_CHANGE
from envs.tasks import make_battle

SCENARIO, SKIP, STEPS = "m5v5_c_far", 8, 40

SET_COMBINE_FRAMES, COMMAND_UNIT, PX = 11, 16, 8

NO_LAND = ReplayMap(**{name: np.zeros((4, 4), np.uint8) for name in ("walkability", "buildability", "ground_height")})


def play(path, observation):
    """Record a battle in which own units choose at random; return what was shown and told, step by step."""
    scenario, task = load_scenario(SCENARIO), make_battle(scenario=SCENARIO, observation=observation, frame_skip=SKIP)
    host = Host(HostConfig(scenario=scenario, players=(None, "attack_move")), load_scenario)

    def say(message):
        host.receive(0, encode(message))
        while host.wants_frame():
            host.play_frame()
        ((_, data),) = host.take_replies()
        return decode_server(data)

    say(HandshakeClient())
    update = say(CommandsMessage(commands=(Command(code=SET_COMBINE_FRAMES, args=(SKIP,)),)))
    writer, commands = RowWriter(scenario, capacity=64, rows=1), Commands.allocate(1, 64)
    arrays = {name: np.zeros((1, *spec.shape), spec.dtype) for name, spec in task.specs.items()}
    rng, frames, shown = np.random.default_rng(0), [], []
    for _ in range(STEPS):
        frames.append(update.data if isinstance(update.data, WireFrame) else undiff(frames[-1], update.data))
        writer.write(0, frames[-1], update.deaths.tolist(), SKIP * len(frames) - SKIP, 0)
        if not shown:
            task.reset(np.ones(1, np.bool_), writer.frame)
        task.encode(writer.frame, arrays)
        if task.battle.rows["is_decided"][0]:
            break
        masks = arrays["action_mask"][0].reshape(task.action.num_own, -1)
        arrays["action"][0] = [rng.choice(np.flatnonzero(mask)) for mask in masks]
        step = {name: array[0].copy() for name, array in arrays.items()}
        commands.clear()
        task.decode(arrays, writer.frame, commands)
        told = commands.items[0, : commands.count[0]]
        # An attack that is going on already is not told again.
        is_told = np.isin(task.battle.slots["id"][0, : task.action.num_own], told["unit_id"])
        step["told"] = np.where(is_told, step["action"], NO_CHANGE)
        shown.append(step)
        update = say(
            CommandsMessage(
                commands=tuple(
                    Command(code=COMMAND_UNIT, args=(unit, kind, target, (x + 4) // PX, (y + 4) // PX, extra))
                    for unit, kind, target, x, y, extra in told.tolist()
                )
            )
        )
    write_tcr(path, frames, NO_LAND, keyframe=-1)
    return shown[: len(frames) - 1]


@pytest.mark.parametrize("observation", ["flat", "units"])
def test_pairs_are_what_the_env_showed_and_what_was_told(tmp_path, observation):
    shown = play(tmp_path / "battle.tcr", observation)

    pairs = ReplayDataset([tmp_path / "battle.tcr"], scenario=SCENARIO, observation=observation, record_frames=SKIP)

    assert len(pairs) == len(shown) >= 10
    for step, pair in zip(shown, (pairs[i] for i in range(len(pairs))), strict=True):
        assert pair["action"].tolist() == step["told"].tolist()
        assert pair["action_mask"].tolist() == step["action_mask"].tolist()
        names = [name for name in step if name.startswith("observation")]
        for name in names:
            part = pair["observation"]
            tensor = part if name == "observation" else part[name.removeprefix("observation/")]
            assert np.array_equal(tensor.numpy(), step[name]), name
    assert len({int(choice) for step in shown for choice in step["told"]}) > 8


def test_loader_makes_batches(tmp_path):
    play(tmp_path / "battle.tcr", "flat")
    pairs = ReplayDataset([tmp_path / "battle.tcr"] * 2, record_frames=SKIP)

    batch = next(iter(DataLoader(pairs, batch_size=8, shuffle=True)))

    assert batch["action"].shape == (8, 5)
    assert batch["action"].dtype == torch.int64
    assert batch["observation"].shape[0] == 8
    chosen = batch["action_mask"].reshape(8, 5, -1).gather(2, batch["action"][..., None])
    assert bool(chosen.all())
    assert len(pairs[-1]["action"]) == 5
    with pytest.raises(IndexError):
        pairs[len(pairs)]


def test_files_without_a_battle_are_refused(tmp_path):
    play(tmp_path / "battle.tcr", "flat")
    write_tcr(tmp_path / "empty.tcr", [], NO_LAND)

    with pytest.raises(ConfigError, match=r"empty\.tcr: no battle of m5v5_c_far in which player 0 acts"):
        ReplayDataset([tmp_path / "empty.tcr"])
    with pytest.raises(ConfigError, match="no battle of dragoons_zealots"):
        ReplayDataset([tmp_path / "battle.tcr"], scenario="dragoons_zealots")
    with pytest.raises(ConfigError, match="stride = 0 is not allowed; allowed: 1 or more"):
        ReplayDataset([tmp_path / "battle.tcr"], stride=0)
    with pytest.raises(ConfigError, match=r"none\.tcr: no such file"):
        ReplayDataset([tmp_path / "none.tcr"])


def test_commands_that_are_no_choice_count_as_no_change(tmp_path):
    play(tmp_path / "battle.tcr", "flat")
    from bridge.torchcraft.replay import read_tcr

    frames = list(read_tcr(tmp_path / "battle.tcr").frames)
    for i, frame in enumerate(frames):
        units = frame.units.copy()
        units["command_frame"], units["command_type"] = i, 12  # hold position
        frames[i] = dataclasses.replace(frame, units=units)
    write_tcr(tmp_path / "hold.tcr", frames, NO_LAND)

    pairs = ReplayDataset([tmp_path / "hold.tcr"], record_frames=SKIP)

    assert {int(choice) for i in range(len(pairs)) for choice in pairs[i]["action"]} == {NO_CHANGE}
