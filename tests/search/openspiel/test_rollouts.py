"""Rollouts share their random numbers, agree with the compiled ones exactly, and may be cut short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from search.openspiel import NetworkBlueprint, Search, SearchGame, SearchOptions, Softened, UniformBlueprint
from search.openspiel.blueprints import as_blueprint
from search.openspiel.rollouts import RolloutValues, TreeRolloutValues
from tests.search.openspiel.common import LIARS_DICE, PHANTOM, random_blueprint, tree_of


@pytest.mark.parametrize("name", ["leduc_poker", LIARS_DICE])
@pytest.mark.parametrize("uniform", [True, False])
def test_rollouts_of_states_and_compiled_ones_are_the_same(name: str, uniform: bool) -> None:
    tree, game = tree_of(name), SearchGame(name)
    blueprint = UniformBlueprint() if uniform else random_blueprint(name, 8)
    values = tree.evaluate(tree.policy(blueprint))
    for infoset in range(0, len(tree.texts), len(tree.texts) // 8):
        members = tree.members(infoset)
        starts = np.arange(30) % len(members)
        states = [tree.state(history) for history in members.tolist()]
        player, legal = int(tree.owner[infoset]), tree.legal(infoset)
        slow = RolloutValues(game, blueprint, player, states, starts, 77).returns(legal, 0, 30)
        fast = TreeRolloutValues(tree, values, infoset, members[starts], 77).returns(legal, 0, 30)
        np.testing.assert_array_equal(slow, fast)


def test_a_sample_is_the_same_whatever_is_asked_with_it() -> None:
    game = SearchGame(PHANTOM)
    state = game.game.new_initial_state()
    values = RolloutValues(game, UniformBlueprint(), 0, [state], np.zeros(40, np.int64), 5)
    actions = np.array(state.legal_actions())
    everything = values.returns(actions, 0, 40)
    np.testing.assert_array_equal(everything[10:25, 2:3], values.returns(actions[2:3], 10, 25))
    np.testing.assert_array_equal(everything[:, [3, 0]], values.returns(actions[[3, 0]], 0, 40))
    assert len(np.unique(everything)) > 1


def test_common_random_numbers_lower_the_variance_of_differences() -> None:
    tree = tree_of("leduc_poker")
    values = tree.evaluate(tree.policy(UniformBlueprint()))
    infoset, samples = 0, 4000
    starts = np.resize(tree.members(infoset), samples)
    actions = np.arange(len(tree.legal(infoset)))[-2:]
    shared = tree.rollouts(values, int(tree.owner[infoset]), starts, actions, 1, 0)
    other = tree.rollouts(values, int(tree.owner[infoset]), starts, actions, 2, 0)
    assert np.var(shared[:, 0] - shared[:, 1]) < 0.9 * np.var(shared[:, 0] - other[:, 1])


def test_truncated_rollouts_with_the_true_value_function_agree_with_exact_values() -> None:
    name = "leduc_poker"
    tree, blueprint = tree_of(name), random_blueprint(name, 2)
    policy = tree.policy(blueprint)
    exact = tree.evaluate(policy)
    expected = tree.utilities.copy()
    for history in range(len(tree.parent) - 1, 0, -1):
        expected[tree.parent[history]] += exact.probability[history] * expected[history]
    numbers = {tuple(tree.state(h).history()): h for h in range(len(tree.parent))}

    def value(states: Sequence[Any]) -> np.ndarray:
        return expected[[numbers[tuple(state.history())] for state in states]]

    for depth, tolerance in ((0, 0.01), (1, 0.06)):
        search = Search(name, blueprint, SearchOptions(rollouts=1200, depth=depth, value=value), tree)
        for infoset in range(5, len(tree.texts), 300):
            state = tree.representatives[infoset]
            decision = search.decide(state, state.current_player(), 0)
            rows = slice(tree.first[infoset], tree.first[infoset + 1])
            np.testing.assert_allclose(decision.q, search.game.normalised(exact.q[rows]), atol=tolerance)


def test_a_network_is_called_once_a_ply_and_its_softmax_is_played() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    linear = torch.nn.Linear(30, 3)
    batches = []

    class Network(torch.nn.Module):
        def forward(self, tensors: Any, masks: Any) -> Any:
            batches.append(len(tensors))
            assert masks.dtype == torch.bool
            return linear(tensors)

    blueprint = as_blueprint(Network())
    assert isinstance(blueprint, NetworkBlueprint)
    game, tree = SearchGame("leduc_poker"), tree_of("leduc_poker")
    state = tree.representatives[100]
    logits = linear(torch.tensor(state.information_state_tensor())).detach().double().numpy()[state.legal_actions()]
    np.testing.assert_allclose(blueprint.probabilities([state])[0], np.exp(logits) / np.exp(logits).sum(), rtol=1e-6)
    batches.clear()
    values = RolloutValues(game, blueprint, state.current_player(), [state], np.zeros(50, np.int64), 1)
    values.returns(np.array(state.legal_actions()), 0, 50)
    assert len(batches) <= game.game.max_game_length() + 2
    assert max(batches) >= 50


def test_blueprints_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="is no blueprint"):
        as_blueprint(3)
    with pytest.raises(ValueError, match="epsilon must be in"):
        Softened(UniformBlueprint(), 2.0)
    with pytest.raises(ValueError, match="both a depth"):
        SearchOptions(depth=3)
    with pytest.raises(ValueError, match="more than 1,000 histories"):
        Search("leduc_poker", options=SearchOptions(belief="exact", largest=1000))
    assert Search("leduc_poker", options=SearchOptions(largest=1000)).belief == "particles"
    with pytest.raises(ValueError, match="need the exact belief"):
        Search("dark_hex(num_cols=4,num_rows=3)", options=SearchOptions(rollouts=None))
