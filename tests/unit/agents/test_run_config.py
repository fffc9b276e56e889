from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from agents import environments
from agents.config import EnvConfig, dump_config, load_config, parse_config, split_override
from bridge.errors import ConfigError

CONFIGS = Path(__file__).parents[3] / "configs"

MINIMAL = {"name": "x", "env": {"scenario": "m5v5_c_far"}}


def message(raw: object, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(raw, overrides, source="a.yaml")  # type: ignore[arg-type]
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_config_is_read_and_survives_a_round_trip(path: Path) -> None:
    config = load_config(path)

    assert config.name == path.stem
    assert parse_config(yaml.safe_load(dump_config(config)), source="dumped") == config


def test_overrides_full_and_short_keys_are_applied() -> None:
    overrides = ["seed=7", "total_steps=123", "env.num_envs=128", "name=other", "env.reward.win=2.5", "device=auto"]

    config = parse_config(MINIMAL, overrides, source="a.yaml")

    assert (config.seed, config.training.total_steps, config.env.num_envs, config.name) == (7, 123, 128, "other")
    assert config.env.reward == {"win": 2.5}
    assert config.training.device == "auto"


def test_unknown_key_in_file_names_the_nearest() -> None:
    raw = {**MINIMAL, "algorithm": {"learnin_rate": 1}}

    assert message(raw) == "a.yaml: unknown key 'algorithm.learnin_rate'; did you mean 'learning_rate'?"


def test_unknown_override_key_names_the_nearest() -> None:
    assert message(MINIMAL, "totl_steps=3") == (
        "override 'totl_steps=3': unknown key 'totl_steps'; did you mean 'total_steps'?"
    )
    assert "did you mean 'env.num_envs'?" in message(MINIMAL, "env.num_env=3")


def test_ambiguous_override_key_lists_the_choices() -> None:
    assert message(MINIMAL, "num_envs=3").endswith("say one of env.num_envs, evaluation.num_envs")


def test_sections_that_a_run_may_lack_leave_short_keys_to_the_others() -> None:
    assert split_override("batch_size=7") == (("algorithm", "batch_size"), 7)
    assert split_override("pretraining.batch_size=7") == (("pretraining", "batch_size"), 7)
    assert split_override("epochs=7") == (("pretraining", "epochs"), 7)


def test_wrong_type_says_where_what_and_the_value() -> None:
    assert message({**MINIMAL, "seed": "many"}).startswith("a.yaml: seed: input should be a valid integer")
    text = message(MINIMAL, "algorithm.n_steps=lots")
    assert text.startswith("override 'algorithm.n_steps=lots': algorithm.n_steps: input should be a valid integer")
    assert text.endswith("got 'lots'")


def test_value_out_of_range_is_refused() -> None:
    assert "greater than or equal to 1" in message({**MINIMAL, "training": {"total_steps": 0}})


def test_missing_key_is_named() -> None:
    assert message({"name": "x"}) == "a.yaml: env: field required"


def test_section_that_is_no_mapping_is_refused() -> None:
    assert message({**MINIMAL, "training": 3}).startswith("a.yaml: training:")


def test_override_without_value_is_refused() -> None:
    with pytest.raises(ConfigError, match="expected key=value"):
        split_override("seed")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ({"policy": {"name": "attention"}, "env": {"scenario": "s", "observation": "flat"}}, "needs env.observation"),
        ({"policy": {"width": 30, "heads": 4}}, "must divide policy.width"),
        ({"env": {"scenario": "s", "num_envs": 5, "num_processes": 2}}, "must divide env.num_envs"),
        ({"algorithm": {"batch_size": 100000}}, "exceeds the 4096 samples"),
    ],
)
def test_values_that_do_not_fit_together_are_refused(raw: dict[str, object], text: str) -> None:
    assert text in message({**MINIMAL, **raw})


def test_missing_file_is_one_line() -> None:
    with pytest.raises(ConfigError, match=r"^nowhere.yaml: no such file$"):
        load_config("nowhere.yaml")


@pytest.mark.parametrize("text", ["a: [", "- 1\n- 2\n", "just words"])
def test_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)

    with pytest.raises(ConfigError, match=r"YAML|expected keys and values"):
        load_config(path)


@pytest.mark.parametrize(
    ("cores", "games", "said", "expected"),
    [
        (2, 128, None, 2),
        (64, 128, None, 4),
        (8, 50, None, 2),
        (2, 7, None, 1),
        (1, 8, None, 1),
        (8, 8, 8, 8),
        (8, 6, 4, 1),
    ],
)
def test_games_share_as_many_processes_as_said_or_one_for_each_core(
    monkeypatch: pytest.MonkeyPatch, cores: int, games: int, said: int | None, expected: int
) -> None:
    monkeypatch.setattr(environments, "usable_cores", lambda: cores)

    assert environments.processes_for(EnvConfig(scenario="s", num_processes=said), games) == expected
