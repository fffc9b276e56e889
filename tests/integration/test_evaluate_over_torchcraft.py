"""`evaluate.py --backend torchcraft` and `--server`: the same battles over the wire, and what is refused."""

import json

import pytest
from leaks import nothing_left
from torchcraft_relay import serving

from agents import evaluate
from agents.config import EnvConfig
from agents.environments import check_env_config, env_arguments
from bridge.errors import ConfigError

pytestmark = pytest.mark.xdist_group("torchcraft")

SAME = ("wins", "timeouts", "mean_own_units", "mean_enemy_units", "mean_steps", "mean_frames", "mean_return", "seed")


def result_of(tmp_path, *options):
    path = tmp_path / "result.json"
    arguments = ["random", "--episodes", "4", "--num-envs", "2", "--json", str(path), *options]
    assert evaluate.main(arguments) == 0
    written = json.loads(path.read_text())
    return written.get("results", [written])[0], written["env"]


@pytest.mark.full
def test_evaluation_over_the_wire_plays_the_same_battles(tmp_path):
    embedded, _ = result_of(tmp_path)
    with nothing_left():
        wired, env = result_of(tmp_path, "--backend", "torchcraft")

    assert env["backend"] == "torchcraft"
    assert {name: wired[name] for name in SAME} == {name: embedded[name] for name in SAME}


@pytest.mark.full
def test_evaluation_on_a_running_server_says_who_it_was_against(tmp_path):
    with serving("--scenario", "m5v5_c_far") as port:
        found, env = result_of(tmp_path, "--num-envs", "1", "--server", f"127.0.0.1:{port}")

    assert found["opponent"] == f"server 127.0.0.1:{port}"
    assert found["episodes"] == 4
    assert env["server"] == f"127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["closest", "--backend", "torchcraft"], "backend 'torchcraft' with player 'closest': allowed: 'embedded'"),
        (["random", "--server", "a:1", "--opponent", "noop"], "the server says who plays"),
        (["random", "--server", "a:1", "--backend", "embedded"], "--backend embedded: allowed: torchcraft"),
        (["random", "--server", "a"], "allowed: host:port"),
    ],
)
def test_what_does_not_fit_is_one_line_and_status_two(arguments, text, capsys):
    assert evaluate.main([*arguments, "--episodes", "1"]) == evaluate.EXIT_USAGE

    assert text in capsys.readouterr().err


def test_config_of_a_server_takes_no_opponent():
    config = EnvConfig(scenario="m5v5_c_far", backend="torchcraft", server="a:1")

    assert check_env_config(config)[1] == "server a:1"
    assert env_arguments(config).items() >= {"backend": "torchcraft", "server": "a:1"}.items()
    with pytest.raises(ConfigError, match="the server says who plays"):
        check_env_config(config.model_copy(update={"opponent": "noop"}))
