"""`map`, `races` and `opponent` of a melee game are one scenario's name in the end."""

import pytest

from bridge.errors import ConfigError
from envs.setup import EnvOptions, Setup


def test_map_races_and_the_opponents_race_make_the_scenarios_name():
    options = {"scenario": "melee", "map": "crossing_small", "races": "protoss:zerg", "opponent": "terran:weak"}

    setup = Setup(EnvOptions.from_kwargs(options))

    assert setup.task.scenario.name == "melee?map=crossing_small&races=protoss:terran"
    assert setup.players == (None, "terran:weak")
    assert Setup(EnvOptions(scenario="melee")).players == (None, "standard")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"map": "crossing"}, "map 'crossing' with scenario 'm5v5_c_far': allowed with 'melee'"),
        ({"scenario": "melee", "opponent": "waek"}, "unknown player 'waek'; did you mean 'weak'"),
        ({"scenario": "melee", "races": "zerg"}, "allowed: two of terran, protoss, zerg, random"),
    ],
)
def test_mistakes_are_told(options, told):
    with pytest.raises(ConfigError) as caught:
        Setup(EnvOptions.from_kwargs(options))

    assert told in str(caught.value)
