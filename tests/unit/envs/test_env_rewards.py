"""Rewards on hand-made Frames against numbers computed by hand."""

from __future__ import annotations

import pytest
from env_scenes import Scene, five_marines_each

from bridge.errors import ConfigError
from envs.specs.rewards import REWARD_NAMES, REWARD_PRESETS, reward_spec


def paid_for(term: str) -> Scene:
    return five_marines_each(reward={term: 1.0})


def test_damage_dealt_is_a_share_of_the_enemy_army() -> None:
    scene = paid_for("damage_dealt")

    scene.advance()
    scene.unit(6)["hp"] = 28
    scene.unit(7)["hp"] = 34

    assert scene.see() == pytest.approx((12 + 6) / 200)


def test_damage_dealt_counts_the_last_points_of_the_dead() -> None:
    scene = paid_for("damage_dealt")

    scene.advance()
    scene.kill(6)

    assert scene.see() == pytest.approx(40 / 200)


def test_damage_dealt_takes_back_what_shields_regain() -> None:
    scene = Scene("1vu_1zl", reward={"damage_dealt": 1.0})
    scene.put(1, "Terran_Vulture", 0, 1000, 1024)
    scene.put(2, "Protoss_Zealot", 1, 1096, 1024, shield=40)
    scene.reset()

    scene.advance()
    scene.unit(2)["shield"] = 20
    first = scene.see()
    scene.advance()
    scene.unit(2)["shield"] = 21
    second = scene.see()

    assert first == pytest.approx(20 / 140)
    assert second == pytest.approx(-1 / 140)


def test_damage_taken_is_a_share_of_the_own_army() -> None:
    scene = paid_for("damage_taken")

    scene.advance()
    scene.unit(3)["hp"] = 1

    assert scene.see() == pytest.approx(39 / 200)


def test_kills_and_losses_are_shares_of_the_units() -> None:
    kills, losses = paid_for("kills"), paid_for("losses")

    for scene in (kills, losses):
        scene.advance()
        scene.kill(1, 6, 7)

    assert kills.see() == pytest.approx(2 / 5)
    assert losses.see() == pytest.approx(1 / 5)


def test_win_pays_once_in_the_step_that_wins() -> None:
    scene = paid_for("win")

    scene.advance()
    before = scene.see()
    scene.advance()
    scene.kill(6, 7, 8, 9, 10)
    won = scene.see()
    scene.advance()
    after = scene.see()

    assert (before, won, after) == (0.0, 1.0, 0.0)


def test_defeat_pays_when_the_battle_ends_without_a_win() -> None:
    scene = paid_for("defeat")

    scene.advance()
    scene.kill(1, 2, 3, 4, 5)

    assert scene.see() == 1.0


def test_survivors_pays_what_is_left_when_the_battle_is_won() -> None:
    scene = paid_for("survivors")

    scene.advance()
    scene.unit(1)["hp"] = 10
    scene.kill(2, 6, 7, 8, 9, 10)

    assert scene.see() == pytest.approx(130 / 200)


def test_time_is_the_share_of_the_limit() -> None:
    scene = five_marines_each(reward={"time": 1.0}, max_frames=80)

    scene.advance(8)

    assert scene.see() == pytest.approx(0.1)


def test_terms_are_summed_with_their_weights() -> None:
    scene = five_marines_each(reward={"damage_dealt": 2.0, "damage_taken": -0.5, "kills": 1.0})

    scene.advance()
    scene.unit(1)["hp"] = 20
    scene.kill(6)

    assert scene.see() == pytest.approx(2 * 40 / 200 - 0.5 * 20 / 200 + 1 / 5)


def test_default_preset_sums_to_its_parts_over_a_won_battle() -> None:
    scene = five_marines_each()
    total = 0.0

    for victim in (6, 7, 8, 9, 10):
        scene.advance()
        scene.kill(victim)
        total += scene.see()

    assert total == pytest.approx(1.0 + 0.5 + 1.0)


def test_scoring_the_same_frame_twice_pays_once() -> None:
    scene = five_marines_each()

    scene.advance()
    scene.kill(6, 7, 8, 9, 10)
    first = scene.see()

    assert first > 0
    assert scene.see() == 0.0
    assert scene.arrays["terminated"][0]


def test_limit_truncates_and_does_not_terminate() -> None:
    scene = five_marines_each(max_frames=16)

    scene.advance(8)
    scene.see()
    assert not scene.arrays["truncated"][0]
    scene.advance(8)
    scene.see()

    assert scene.arrays["truncated"][0]
    assert not scene.arrays["terminated"][0]


def test_decision_at_the_limit_terminates_and_does_not_truncate() -> None:
    scene = five_marines_each(max_frames=8)

    scene.advance(8)
    scene.kill(6, 7, 8, 9, 10)
    scene.see()

    assert scene.arrays["terminated"][0]
    assert not scene.arrays["truncated"][0]


@pytest.mark.parametrize("name", REWARD_PRESETS)
def test_preset_names_only_known_terms(name: str) -> None:
    weights = reward_spec(name).weights

    assert {term for term, weight in zip(REWARD_NAMES, weights, strict=True) if weight} == set(REWARD_PRESETS[name])


def test_coma_pays_points_kills_and_what_is_left_of_the_winner() -> None:
    scene = five_marines_each(reward="coma")

    scene.advance()
    scene.unit(1)["hp"] = 30
    scene.kill(6)
    assert scene.see() == pytest.approx(40 - 0.5 * 10 + 10)

    scene.advance()
    scene.kill(7, 8, 9, 10)
    assert scene.see() == pytest.approx(4 * 40 + 4 * 10 + 200 + 190)


def test_a_perfect_battle_is_worth_twenty_in_smac() -> None:
    scene = five_marines_each(reward="smac")

    scene.advance()
    scene.kill(6, 7)
    first = scene.see()
    scene.advance()
    scene.kill(8, 9, 10)

    assert first == pytest.approx(20 * (80 + 20) / (200 + 50 + 200))
    assert first + scene.see() == pytest.approx(20.0)


def test_smac_pays_for_shields_that_come_back() -> None:
    scene = Scene("1vu_1zl", reward="smac")
    scene.put(1, "Terran_Vulture", 0, 1000, 1024)
    scene.put(2, "Protoss_Zealot", 1, 1096, 1024, shield=40)
    scene.reset()

    scene.advance()
    scene.unit(2)["shield"] = 41

    assert scene.see() == pytest.approx(20 * 1 / (160 + 10 + 200))


def test_torchcraftai_s_parts_sum_to_its_formula() -> None:
    scene = five_marines_each(reward="torchcraftai")

    scene.advance()
    scene.kill(1, 6, 7)
    first = scene.see()
    scene.advance()
    scene.kill(8, 9, 10)

    # won, all killed, four of five left, all points taken
    assert first + scene.see() == pytest.approx(1 / 2 + 1 / 4 + 4 / 5 / 8 + 1 / 16)


def test_usunier_is_zero_for_an_even_exchange() -> None:
    scene = five_marines_each(reward="usunier")

    scene.advance()
    scene.unit(1)["hp"] = 30
    scene.unit(6)["hp"] = 30

    assert scene.see() == pytest.approx(0.0)


GAMMA = 0.9


def shaped() -> Scene:
    return five_marines_each(reward={"win": 1.0}, shaping={"own_points": 1.0, "enemy_units": -0.5, "gamma": GAMMA})


def test_shaping_pays_the_discounted_rise_of_the_potential() -> None:
    scene = shaped()

    scene.advance()
    scene.unit(1)["hp"] = 20
    scene.kill(6)

    before, after = 1.0 - 0.5, 180 / 200 - 0.5 * 4 / 5
    assert scene.see() == pytest.approx(GAMMA * after - before)
    assert scene.see() == 0.0  # the same view again


def test_discounted_shaping_of_a_whole_battle_is_minus_the_first_potential() -> None:
    scene = shaped()
    rewards = []
    for deaths in ((6,), (1, 7), (), (8, 9, 10)):
        scene.advance()
        scene.kill(*deaths)
        rewards.append(scene.see())

    total = sum(GAMMA**step * reward for step, reward in enumerate(rewards))
    assert total == pytest.approx(GAMMA**3 * 1.0 - (1.0 - 0.5))  # the win, and nothing that depends on the way


@pytest.mark.parametrize(
    ("shaping", "message"),
    [
        ({"own_point": 1.0}, "unknown shaping potential 'own_point'; did you mean 'own_points'"),
        ({"own_points": float("nan")}, "not a finite number"),
        ({"gamma": 1.5}, "'gamma': got 1.5; allowed: above 0, at most 1"),
    ],
)
def test_wrong_shaping_is_refused(shaping: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        five_marines_each(shaping=shaping)
