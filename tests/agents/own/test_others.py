"""Agents of HLE, bots and policies of OpenSpiel, as blueprints and at tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyspiel
import pytest
from open_spiel.python import policy as openspiel_policy

from agents.agent import Seating
from agents.game import load_game
from agents.hanabi.blueprints import policy_for
from agents.own.adapters import SeenState
from agents.own.loading import blueprint_of, own_policy
from agents.registry import agent_type
from games._base.errors import UsageError
from games.hanabi import small
from games.hanabi.bridges import hle_parameters, openspiel_string, state_from_hle, state_to_openspiel
from games.hanabi.environments.dictionaries import move_of
from games.hanabi.state import HanabiState
from games.hanabi.view import HanabiView
from search.hanabi.policy.batched import BatchedBlueprint
from tests.search.hanabi.searching import Search, belief, seen
from tests.search.hanabi.test_soundness import scrambled

HERE = "tests/agents/own/test_others.py"
SEARCH = Search(belief=belief(particles=30, exact_limit=30), rollouts=12)


class Weighing(openspiel_policy.Policy):  # type: ignore[misc]
    """Moves by weights that depend on the whole observation, as a network of OpenSpiel would have them."""

    def __init__(self, game: Any, power: float = 1.0) -> None:
        super().__init__(game, list(range(game.num_players())))
        size = game.observation_tensor_shape()[0]
        self._weights = power * np.random.RandomState(3).normal(size=(game.num_distinct_actions(), size))

    def action_probabilities(self, state: Any, player_id: int | None = None) -> dict[int, float]:
        logits = self._weights @ np.array(state.observation_tensor(state.current_player()))
        legal = state.legal_actions(state.current_player())
        chances = np.exp(logits[legal] - logits[legal].max())
        return dict(zip(legal, chances / chances.sum(), strict=True))


class Steps(pyspiel.Bot):  # type: ignore[misc]
    """A bot of its seat that says no policy."""

    def __init__(self, game: Any, player_id: int) -> None:
        pyspiel.Bot.__init__(self)
        self._policy, self._player = Weighing(game, 2.0), player_id

    def step(self, state: Any) -> int:
        assert state.current_player() == self._player
        chances = self._policy.action_probabilities(state)
        return max(chances, key=lambda move: chances[move])


class Dice:
    """Takes HLE's observations without being one of its agents, and rolls dice that nobody seeds."""

    sees = "rl_env"

    def __init__(self, config: dict[str, Any]) -> None:
        self.colours = config["colors"]

    def act(self, observation: dict[str, Any]) -> Any:
        assert len(observation["fireworks"]) == self.colours and observation["current_player_offset"] == 0
        return np.random.choice(observation["legal_moves"])  # noqa: NPY002


class Peeping(openspiel_policy.Policy):  # type: ignore[misc]
    def __init__(self) -> None:
        pass

    def action_probabilities(self, state: Any, player_id: int | None = None) -> dict[int, float]:
        return {state.full_history()[0].action: 1.0}


def chances(policy: BatchedBlueprint, view: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    memories = policy.base.new_memories(policy.game)[:1]
    return np.exp(policy.policy.log_probabilities(view[None], memories, np.zeros((1, 0)))[0])


def test_a_policy_of_openspiel_says_of_a_view_what_it_says_of_openspiels_state() -> None:
    policy = own_policy(small(), f"{HERE}:Weighing(power=2.0)")
    theirs = Weighing(pyspiel.load_game(openspiel_string(small())), 2.0)
    bot = own_policy(small(), f"{HERE}:Steps")
    state, turns = HanabiState.from_seed(small(), 0, 4), 0
    while not state.is_terminal:
        expected = theirs.action_probabilities(state_to_openspiel(state))
        found = chances(policy, state.view(state.current_player))
        np.testing.assert_allclose([found[move] for move in expected], list(expected.values()), atol=1e-12)
        best = max(expected, key=lambda move: expected[move])
        assert chances(bot, state.view(state.current_player)).argmax() == best
        state.apply(state.legal_moves()[-1 if state.turn < 3 else 0])
        turns += 1
    assert turns > 5


def test_what_a_view_does_not_tell_is_not_told() -> None:
    state = HanabiState.from_seed(small(), 0)
    shown = SeenState(HanabiView(small(), state.view(0)))
    theirs = state_to_openspiel(state)
    for name in ("legal_actions", "legal_actions_mask", "num_distinct_actions", "num_players", "current_player"):
        assert getattr(shown, name)() == getattr(theirs, name)()
    assert shown.observation_tensor(0) == theirs.observation_tensor(0)
    with pytest.raises(UsageError, match="player 0 does not know what player 1 observes"):
        shown.observation_tensor(1)
    with pytest.raises(UsageError, match="asks an OpenSpiel state for full_history, which a view does not tell"):
        chances(own_policy(small(), f"{HERE}:Peeping"), state.view(0))


def test_an_agent_of_hle_is_asked_as_rl_env_asks_it() -> None:
    simple = pytest.importorskip("hanabi_learning_environment.agents.simple_agent", reason="HLE is not installed")
    rl_env = pytest.importorskip("hanabi_learning_environment.rl_env")
    name = "hanabi_learning_environment.agents.simple_agent:SimpleAgent"
    game = load_game("hanabi(players=2)").rules
    policy = own_policy(game, name)
    environment = rl_env.HanabiEnv(hle_parameters(game, 2))
    observation, done, moves = environment.reset(), False, 0
    agent = simple.SimpleAgent({"information_tokens": 8})
    while not done:
        mover = observation["current_player"]
        move = agent.act(observation["player_observations"][mover])
        ours = state_from_hle(game, environment.state)
        assert chances(policy, ours.view(mover)).argmax() == move_of(game, move)
        observation, _, done, _ = environment.step(move)
        moves += 1
    assert moves > 5


def test_unseeded_dice_fall_alike_on_equal_views() -> None:
    state = HanabiState.from_seed(small(), 1)
    policy = blueprint_of(small(), Dice({"colors": 2}), "m:Dice")
    before = np.random.get_state()[1].copy()  # type: ignore[index, union-attr]  # noqa: NPY002
    moves = {int(chances(policy, state.view(0)).argmax()) for _ in range(20)}
    assert len(moves) == 1 and moves <= set(state.legal_moves())
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # type: ignore[index]  # noqa: NPY002
    others = {int(chances(policy, HanabiState.from_seed(small(), seed).view(0)).argmax()) for seed in range(20)}
    assert len(others) > 3


@pytest.mark.parametrize("name", ["Weighing(power=2.0)", "Steps", "Dice"])
def test_they_are_searched_over_and_scrambling_what_is_hidden_changes_no_move(name: str) -> None:
    policy = policy_for(small(), f"{HERE}:{name}")
    state = HanabiState.from_seed(small(), 3)
    state.apply(state.legal_moves()[-1])
    other = scrambled(state, state.current_player, np.random.default_rng(1))
    decisions = []
    for one in (state, other):
        seat = SEARCH.seat(small(), policy)
        decisions.append(seat.decide(seen(seat, one, state.current_player)))
    assert decisions[0].action == decisions[1].action
    np.testing.assert_array_equal(decisions[0].q, decisions[1].q)
    assert state.hand(state.current_player) != other.hand(state.current_player)


@pytest.mark.parametrize("name", ["Weighing", "Steps", "Dice"])
def test_they_sit_at_tables_as_followed_blueprints(name: str) -> None:
    game, state = load_game("hanabi(variant=small)"), HanabiState.from_seed(small(), 0)
    agent: Any = agent_type(f"{HERE}:{name}", game).make()
    agent.start(Seating(small(), 0, 0, state.view(0)))
    policy = policy_for(small(), f"{HERE}:{name}")
    assert agent.act(state.view(0)) == chances(policy, state.view(0)).argmax()
