"""SMAC's observation, state and available actions, on Frames whose numbers are known."""

import dataclasses

import numpy as np
import pytest

from bridge.errors import ConfigError
from engine.core.frame import Commands, Frame, UnitCommandType
from engine.starcraft2.games import StarCraft2Games
from envs.tasks import make_battle

ROW = np.zeros(1, np.int32)
PLAYER = np.zeros(1, np.int8)


class Scene:
    """One battle of a scenario with `smac`, played by hand."""

    def __init__(self, name, **changes):
        self.task = make_battle(scenario=name, observation="smac", **changes)
        self.games = StarCraft2Games(self.task.scenario, 1)
        self.games.start(np.ones(1, np.bool_), np.zeros(1, np.uint64))
        self.frame = Frame.allocate(1, self.games.unit_capacity, self.task.scenario.map)
        self.arrays = {key: np.zeros((1, *spec.shape), spec.dtype) for key, spec in self.task.specs.items()}
        self.look(is_new=True)

    def look(self, is_new=False):
        self.games.observe(self.frame, ROW, PLAYER)
        if is_new:
            self.task.reset(np.ones(1, np.bool_), self.frame)
        self.task.encode(self.frame, self.arrays)
        self.task.observation.validate({key: value[0] for key, value in self.arrays.items()})

    def place(self, index, x, y):
        self.games.units["x"][0, index] = round(x * 4096)
        self.games.units["y"][0, index] = round(y * 4096)

    def column(self, block, name):
        wanted = next(each for each in self.task.observation.blocks if each.name == block)
        return [column for column, _ in wanted.columns()].index(name)

    def obs(self, agent, name):
        return float(self.arrays["observation/obs"][0, agent, self.column("obs", name)])

    def state(self, name):
        return float(self.arrays["observation/state"][0, self.column("state", name)])

    @property
    def mask(self):
        return self.arrays["action_mask"].reshape(self.task.action.num_own, -1)

    def commands(self, choices):
        commands = Commands.allocate(1, 64)
        self.arrays["action"][0] = choices
        self.task.decode(self.arrays, self.frame, commands)
        return commands.items[0, : commands.count[0]]


# What get_obs_size, get_state_size and get_total_actions of SMAC come to.
@pytest.mark.parametrize(
    ("name", "obs", "state", "choices"),
    [
        ("3m", 30, 48, 9),
        ("8m", 80, 168, 14),
        ("2s3z", 80, 120, 11),
        ("3s5z", 128, 216, 14),
        ("MMM", 160, 290, 16),
        ("5m_vs_6m", 55, 98, 12),
        ("corridor", 156, 282, 30),
        ("2c_vs_64zg", 332, 342, 70),
        ("bane_vs_bane", 336, 984, 30),
    ],
)
def test_sizes_are_those_that_smac_reports(name, obs, state, choices):
    task = make_battle(scenario=name, observation="smac")

    assert task.observation.blocks[0].shape == (task.roster.num_own, obs)
    assert task.observation.blocks[1].shape == (state,)
    assert set(task.action.nvec.tolist()) == {choices}
    assert task.action.name == "smac"


def test_agent_sees_distance_direction_and_health_of_what_is_near():
    scene = Scene("3m")
    for index, (x, y) in enumerate([(10, 16), (12, 16), (10, 20), (16, 16), (14.5, 10), (28, 16)]):
        scene.place(index, x, y)
    scene.games.units["hp"][0, 3] = 15 * 4096

    scene.look(is_new=True)

    # Agents go by x, then y upwards: (10, 20 down) stands lower, so it comes first.
    assert [scene.obs(agent, "ally_0_x") for agent in (1, 2)] == pytest.approx([0.0, -2 / 9])
    assert scene.obs(1, "ally_0_y") == pytest.approx(-4 / 9)
    assert scene.obs(1, "enemy_0_distance") == pytest.approx(6 / 9)
    assert scene.obs(1, "enemy_0_x") == pytest.approx(6 / 9)
    assert scene.obs(1, "enemy_0_health") == pytest.approx(15 / 45)
    assert scene.obs(1, "enemy_0_available") == 1.0
    assert scene.obs(1, "enemy_1_y") == pytest.approx(6 / 9)
    assert scene.obs(1, "enemy_1_available") == 0.0
    assert scene.obs(1, "enemy_2_distance") == 0.0
    assert scene.obs(1, "own_health") == 1.0


def test_state_has_positions_from_the_middle_cooldowns_and_the_last_actions():
    scene = Scene("3m")
    scene.place(0, 8, 16)
    scene.place(4, 24, 8)
    scene.games.units["cooldown"][0, 0] = 6 * 4096
    scene.look(is_new=True)
    before = [scene.state(f"last_action_0_{choice}") for choice in range(9)]
    scene.commands([4, 1, 1])
    scene.games.step(Commands.allocate(1, 8), ROW, PLAYER, 1)
    scene.look()

    assert scene.state("ally_0_x") == pytest.approx(-8 / 32)
    assert scene.state("ally_0_y") == pytest.approx(0)
    assert scene.state("ally_0_cooldown") == pytest.approx(5 / 15)
    assert scene.state("enemy_1_x") == pytest.approx(8 / 32, abs=0.01)
    assert scene.state("enemy_1_y") == pytest.approx(8 / 32, abs=0.01)
    assert before == [0.0] * 9
    assert [scene.state(f"last_action_0_{choice}") for choice in range(9)] == [0, 0, 0, 0, 1, 0, 0, 0, 0]


def test_available_actions_are_smacs():
    scene = Scene("3m")
    for index, (x, y) in enumerate([(0.5, 16), (12, 7.5), (10, 20), (16.0, 20), (16.5, 20), (28, 16)]):
        scene.place(index, x, y)
    scene.look(is_new=True)

    assert scene.mask[0].tolist() == [0, 1, 1, 1, 1, 0, 0, 0, 0]  # at the left edge
    assert scene.mask[1].tolist() == [0, 1, 1, 1, 1, 1, 1, 0, 0]  # one enemy at exactly 6 cells
    assert scene.mask[2].tolist() == [0, 1, 0, 1, 1, 1, 0, 0, 0]  # a wall to the north


def test_dead_agent_may_do_nothing_only_and_sees_nothing():
    scene = Scene("3m")
    scene.games.kill_units(0, [1])
    scene.games.step(Commands.allocate(1, 8), ROW, PLAYER, 1)

    scene.look()

    dead = next(agent for agent in range(3) if scene.mask[agent, 0])
    assert scene.mask[dead].tolist() == [1] + [0] * 8
    assert not scene.arrays["observation/obs"][0, dead].any()
    assert len(scene.commands([0 if agent == dead else 1 for agent in range(3)])) == 2
    assert scene.arrays["info/invalid_actions"][0] == 0


def test_commands_are_stop_two_cells_and_attack_and_what_is_not_available_is_counted():
    scene = Scene("3m")
    for index, (x, y) in enumerate([(8, 16), (10, 16), (12, 16), (16, 16), (28, 10), (28, 16)]):
        scene.place(index, x, y)
    scene.look(is_new=True)

    items = scene.commands([1, 2, 6])
    invalid = int(scene.arrays["info/invalid_actions"][0])
    refused = scene.commands([0, 8, 7])

    types = UnitCommandType
    assert items["type"].tolist() == [types.STOP, types.MOVE, types.ATTACK_UNIT]
    assert (items["x"][1], items["y"][1]) == (320, 512 - 64)
    assert items["target_id"][2] == 3
    assert invalid == 0
    assert len(refused) == 0
    assert scene.arrays["info/invalid_actions"][0] == 3


def test_medivac_heals_agents_and_types_are_numbered_as_in_smac():
    scene = Scene("MMM")
    names = ["Marauder"] * 2 + ["Marine"] * 7 + ["Medivac"]
    kinds = [next(bit for bit in range(3) if scene.obs(agent, f"own_type_{bit}")) for agent in range(10)]

    items = scene.commands([1] * 9 + [6])

    assert kinds == [sorted(set(names)).index(name) for name in names]
    assert items["type"][9] == UnitCommandType.USE_TECH_UNIT
    assert items["extra"][9] == 386
    assert scene.mask[9, 6:].tolist() == [1] * 9 + [0]


def test_enemy_zealots_and_stalkers_have_smacs_swapped_numbers():
    scene = Scene("2s3z")
    kinds = [
        [scene.state(f"{side}_{unit}_type_{bit}") for bit in (0, 1)] for side in ("ally", "enemy") for unit in (0, 4)
    ]

    assert kinds == [[1, 0], [0, 1], [0, 1], [1, 0]]


def test_smac_observation_wants_smac_action():
    with pytest.raises(ConfigError, match=r"observation 'smac' with action 'micro'.*allowed: 'smac'"):
        make_battle(scenario="3m", observation="smac", action="micro")


def test_a_perfect_battle_is_worth_20():
    task = make_battle(scenario="3m", reward="smac")
    points = dataclasses.asdict(task.reward)["weights"]

    assert points @ np.array([0, 0, 0, 0, 1, 0, 0, 0, 135, 0, 3, 0, 0, 0]) == pytest.approx(20)


def test_pairs_of_units_measure_gaps_between_circles():
    task = make_battle(scenario="3m")
    games = StarCraft2Games(task.scenario, 1)
    games.start(np.ones(1, np.bool_), np.zeros(1, np.uint64))
    for index, (x, y) in enumerate([(10, 16), (3, 10), (3, 20), (13, 20), (28, 10), (28, 16)]):
        games.units["x"][0, index], games.units["y"][0, index] = x * 4096, y * 4096
    frame = Frame.allocate(1, games.unit_capacity, task.scenario.map)
    arrays = {key: np.zeros((1, *spec.shape), spec.dtype) for key, spec in task.specs.items()}
    games.observe(frame, ROW, PLAYER)
    task.reset(np.ones(1, np.bool_), frame)
    task.encode(frame, arrays)

    # Centres are 5 cells apart, radii 0.375 each, a cell 32 px: 136 px.
    distance = [field.name for field in task.observation.blocks[-1].fields].index("gap")
    assert arrays["observation/relations"][0, 0, 0, distance] == pytest.approx(136 / 384)
