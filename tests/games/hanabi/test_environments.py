"""The faces of other environments: PettingZoo's own test, and lockstep with HLE's ``rl_env``."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from games._base.errors import UsageError
from games.hanabi import small, standard
from games.hanabi.bridges import hle_parameters, state_from_hle
from games.hanabi.environments import HanabiEnv, HanabiVectorEnv, aec_env, make
from games.hanabi.environments import petting_zoo as petting_zoo_module
from games.hanabi.game import HanabiGame
from games.hanabi.state import HanabiState


@pytest.mark.parametrize("name", ["Hanabi-Full", "Hanabi-Small", "Hanabi-Very-Small"])
@pytest.mark.parametrize("players", [2, 3])
def test_an_environment_goes_in_lockstep_with_rl_env(name: str, players: int) -> None:
    rl_env = pytest.importorskip("hanabi_learning_environment.rl_env", reason="HLE is not installed")
    ours = make(name, players, seed=0)
    theirs = rl_env.HanabiEnv(hle_parameters(ours.game, 11))
    generator, steps = np.random.default_rng(3), [(theirs.reset(), 0, False, {})]
    assert (ours.num_moves(), ours.vectorized_observation_shape()) == (
        theirs.num_moves(),
        theirs.vectorized_observation_shape(),
    )
    moves: list[Any] = []
    while not steps[-1][2]:
        seen = steps[-1][0]["player_observations"][steps[-1][0]["current_player"]]
        choice = int(generator.integers(len(seen["legal_moves"])))
        moves.append(seen["legal_moves_as_int" if len(moves) % 2 else "legal_moves"][choice])
        steps.append(theirs.step(moves[-1]))
    observation = ours.reset(state_from_hle(ours.game, theirs.state).deck)
    compare(observation, steps[0][0])
    for move, (expected, reward, done, info) in zip(moves, steps[1:], strict=True):
        found = ours.step(move)
        assert found[1:] == (reward, done, info)
        if not done:  # after the end HLE deals on and has legal moves
            compare(found[0], expected)
    assert ours.score == theirs.state.score()


def compare(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert set(found) == set(expected) and found["current_player"] == expected["current_player"]
    for ours, theirs in zip(found["player_observations"], expected["player_observations"], strict=True):
        assert ours == {key: value for key, value in theirs.items() if key != "pyhanabi"}


def test_games_of_a_seed_are_those_of_the_engine_and_observations_are_ones_own() -> None:
    environment = make("Hanabi-Small", 2, seed=5)
    for number in range(2):
        first = environment.reset()["player_observations"]
        hand = HanabiState.from_seed(small(), 5, number).hand(0)
        assert [card["color"] for card in first[1]["observed_hands"][1]] == ["RY"[card // 5] for card in hand]
    first[0]["legal_moves"][0].clear()
    first[0]["vectorized"][:] = []
    again = environment.step(first[0]["legal_moves_as_int"][-1])[0]["player_observations"][1]
    assert again["legal_moves"][0] and len(again["vectorized"]) == small().observation_size


def test_many_games_at_once_are_those_of_one_at_a_time() -> None:
    config = {"colors": 2, "hand_size": 2, "max_information_tokens": 3, "max_life_tokens": 1, "players": 3, "seed": 4}
    many, size = HanabiVectorEnv(config, 3, workers=1), 3
    single = [HanabiEnv(config) for _ in range(size)]
    seen = many.reset()
    ones = [[one.reset() for _ in range(place + 1)][-1] for place, one in enumerate(single)]
    ended = 0
    for step in range(40):
        moves = []
        for place in range(size):
            mover = int(seen["current_player"][place])
            for seat in range(3):
                row = seen["player_observations"][seat]
                one = ones[place]["player_observations"][seat]
                assert np.flatnonzero(row["legal_moves"][place]).tolist() == one["legal_moves_as_int"]
                assert row["vectorized"][place].tolist() == one["vectorized"]
                assert row["fireworks"][place].tolist() == list(one["fireworks"].values())
                for key in (
                    "current_player",
                    "current_player_offset",
                    "life_tokens",
                    "information_tokens",
                    "deck_size",
                ):
                    assert row[key][place] == one[key]
            legal = ones[place]["player_observations"][mover]["legal_moves_as_int"]
            moves.append(legal[(7 * step + place) % len(legal)])
        seen, rewards, done, information = many.step(moves)
        for place, move in enumerate(moves):
            ones[place], reward, over, _ = single[place].step(move)
            assert (reward, over) == (rewards[place], done[place])
            if over:
                ended += 1
                assert information["scores"][place] == single[place].score
                for _ in range(size):  # slot i plays the games i, i + n, ...
                    ones[place] = single[place].reset()
    assert ended > 3


@pytest.mark.parametrize(("game", "version"), [(2, "canonical"), (standard(3), "v0"), (small(), "canonical")])
def test_the_environment_passes_pettingzoos_own_test(
    game: Any, version: Any, capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    pytest.importorskip("pettingzoo", reason="PettingZoo is not installed")
    from pettingzoo.test import api_test, seed_test

    api_test(aec_env(game, version=version, render_mode="ansi"), num_cycles=60)
    seed_test(lambda: aec_env(game, version=version), num_cycles=30)
    assert "Passed API test" in capsys.readouterr().out
    told = {str(warning.message) for warning in recwarn if "pettingzoo" in warning.filename}
    assert told <= {
        "Observation is not a NumPy array",  # it is a dictionary with a mask, as in PettingZoo's own card games
        "Observation space for each agent probably should be gymnasium.spaces.box or gymnasium.spaces.discrete",
        "Action mask numpy array is all zeros (no legal actions).",  # after the end
    }


def test_pettingzoo_agents_play_the_games_of_the_engine() -> None:
    pytest.importorskip("pettingzoo", reason="PettingZoo is not installed")
    game = HanabiGame(2, colours=2, ranks=3, hand_size=2, information_tokens=3, bomb="keep")
    environment = aec_env(game, seed=8, render_mode="ansi")
    for number in range(2):
        environment.reset()
        state, totals = HanabiState.from_seed(game, 8, number), [0, 0]
        for agent in environment.agent_iter():
            observation, reward, over, cut, _ = environment.last()
            totals[int(agent[-1])] += reward
            assert not cut and over == state.is_terminal
            np.testing.assert_array_equal(observation["observation"], state.observation(int(agent[-1])))
            if over:
                environment.step(None)
                continue
            assert np.flatnonzero(observation["action_mask"]).tolist() == state.legal_moves()
            other = environment.observe(f"player_{1 - int(agent[-1])}")
            assert not other["action_mask"].any()
            move = state.legal_moves()[(3 * state.turn + number) % len(state.legal_moves())]
            assert str(environment.render()) == str(state)
            state.apply(move)
            environment.step(move)
        assert totals == [state.score] * 2 and not environment.agents
    environment.reset()
    with pytest.raises(ValueError, match="discard 0 is not a legal move here"):
        environment.step(0)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: make("Hanabi-Full-Minimal"), "there is no environment 'Hanabi-Full-Minimal': there are Hanabi-Full"),
        (lambda: make(num_players=6), "players must be 2 to 5, not 6"),
        (
            lambda: HanabiEnv({"colours": 5}),
            "there is no option 'colours' of an environment: there are players, colors",
        ),
        (lambda: HanabiEnv({"colors": 7}), "HLE and OpenSpiel have at most 5 colours and 5 ranks"),
        (lambda: HanabiEnv({"observation_type": 2}), "observation_type 1"),
        (lambda: HanabiEnv({"random_start_player": True}), "player 0 always starts here"),
        (lambda: HanabiEnv({"seed": -2}), "seed must be at least -1, not -2|seed must be -1 to"),
        (lambda: HanabiEnv([]), "a configuration is a dictionary"),
        (lambda: HanabiVectorEnv({}, 0), "the size of a batch must be"),
        (lambda: stepped(0), "0 is not a legal move here; legal are: play 0"),
        (lambda: stepped({"action_type": "PLAY", "card_index": 5}), "is not a move of HLE's"),
        (lambda: stepped({"action_type": "REVEAL_COLOR", "target_offset": 1, "color": "P"}), "is not a move of HLE's"),
        (lambda: stepped("play 0"), "'play 0' is not a move of HLE's"),
        (lambda: stepped(True), "True is not a move of HLE's"),
        (lambda: stepped(10**9), "1000000000 is not a legal move here"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(call: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        call()


def stepped(action: Any) -> Any:
    environment = make(seed=0)
    environment.reset()
    return environment.step(action)


def test_a_game_that_is_over_goes_no_further() -> None:
    environment = make("Hanabi-Very-Small", seed=0)
    environment.reset()
    done = False
    while not done:
        _, _, done, _ = environment.step(2)  # play the oldest card until the only life is lost
    assert environment.score == 0
    with pytest.raises(ValueError, match="the game is over: reset the environment"):
        environment.step(2)


def test_without_pettingzoo_one_sentence_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pettingzoo"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pettingzoo", None)
    with pytest.raises(UsageError, match=r"this needs pettingzoo, which is not installed: pip install 'tamaya"):
        petting_zoo_module.aec_env(2)
