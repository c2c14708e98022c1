"""Search plays what the tabular learner's next iterate would be: exactly with exact beliefs, at rate 1/√N sampled."""

from __future__ import annotations

import numpy as np
import pyspiel
import pytest

from games.extensive.policies import policy_from_table, random_policy, uniform_policy
from search.openspiel import MagneticMirrorDescent, Search, SearchGame, SearchOptions, SearchPolicy, TabularBlueprint
from search.openspiel.tree import HistoryTree
from solvers.extensive.evaluation import exploitability
from solvers.extensive.solving import solve
from tests.search.openspiel import naive
from tests.search.openspiel.common import LIARS_DICE, SIMULTANEOUS, compiled, random_blueprint, tree_of

ETA, ALPHA = 3.0, 0.1


@pytest.mark.parametrize("magnet", ["uniform", "blueprint"])
@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker", LIARS_DICE])
def test_exact_search_is_one_step_of_behavioural_magnetic_mirror_descent(name: str, magnet: str) -> None:
    game = compiled(name)
    blueprint = random_policy(game, 7)
    update = MagneticMirrorDescent(ETA, ALPHA, "blueprint" if magnet == "blueprint" else None)
    options = SearchOptions(rollouts=None, update=update)
    search = Search(name, TabularBlueprint.of_compiled(game, blueprint), options, tree_of(name))
    policy = SearchPolicy(search)
    tables: tuple[dict[str, list[tuple[int, float]]], ...] = ({}, {})
    for state in search.tree.representatives:
        found = policy.action_probabilities(state)
        tables[state.current_player()][state.information_state_string()] = list(found.items())
    searched = policy_from_table(game, tables)
    # Search measures returns in units of half the range of utilities, the solver in utility.
    scale = search.game.scale
    solution = solve(
        game,
        "mmd-behavioural",
        iterations=1,
        step_size=ETA / scale,
        alpha=ALPHA * scale,
        initial=blueprint,
        magnet=blueprint if magnet == "blueprint" else uniform_policy(game),
    )
    for mine, learner, before in zip(searched, solution.policy, blueprint, strict=True):
        np.testing.assert_allclose(mine, learner, rtol=0, atol=1e-10)
        assert np.abs(mine - before).max() > 0.05


def test_values_in_a_game_of_three_players_are_the_posterior_means() -> None:
    name = "kuhn_poker(players=3)"
    tree = HistoryTree(SearchGame(name))
    generator = np.random.default_rng(3)
    weights = generator.exponential(size=len(tree.row_action))
    sums = np.add.reduceat(weights, tree.first[:-1])
    policy = weights / np.repeat(sums, np.diff(tree.first))
    tables = [dict(table) for table in tree.tables(policy)]
    expected = naive.action_values(
        pyspiel.load_game(name), lambda s: dict(tables[s.current_player()][s.information_state_string()])
    )
    values = tree.evaluate(policy)
    assert len(expected) == len(tree.texts)
    for infoset, text in enumerate(tree.texts):
        rows = slice(tree.first[infoset], tree.first[infoset + 1])
        found = dict(zip(tree.row_action[rows].tolist(), values.q[rows].tolist(), strict=True))
        assert found == pytest.approx(expected[int(tree.owner[infoset]), text], abs=1e-12)


def test_the_sampled_bot_converges_at_the_rate_of_monte_carlo() -> None:
    """The root mean square distance falls like N^-1/2: between samples of 64 and of 4,096, by about 8."""
    name, update = "leduc_poker", MagneticMirrorDescent(5.0, 0.05)
    tree, blueprint = tree_of(name), random_blueprint(name, 1)
    exact = tree.updated(tree.policy(blueprint), update)
    infosets = [i for i in range(0, len(tree.texts), 7) if len(tree.legal(i)) > 1]
    sizes, errors = (64, 256, 1024, 4096), []
    for samples in sizes:
        squares = []
        for infoset in infosets:
            actions = len(tree.legal(infoset))
            search = _search(name, samples * actions, update)
            decision = search.decide(tree.representatives[infoset], int(tree.owner[infoset]), samples)
            rows = slice(tree.first[infoset], tree.first[infoset + 1])
            squares.append(((np.exp(decision.log_policy) - exact[rows]) ** 2).sum())
        errors.append(np.sqrt(np.mean(squares)))
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert -0.65 < slope < -0.4
    assert errors[-1] < 0.01


_searches: dict[int, Search] = {}


def _search(name: str, rollouts: int, update: MagneticMirrorDescent) -> Search:
    if rollouts not in _searches:
        options = SearchOptions(rollouts=rollouts, update=update)
        _searches[rollouts] = Search(name, random_blueprint(name, 1), options, tree_of(name))
    return _searches[rollouts]


@pytest.mark.parametrize("name", ["kuhn_poker", SIMULTANEOUS])
def test_openspiel_measures_the_search_policy_as_our_evaluation_does(name: str) -> None:
    from open_spiel.python.algorithms.exploitability import exploitability as by_open_spiel

    policy = SearchPolicy(name, options=SearchOptions(rollouts=100), seed=2)
    tables: tuple[dict[str, list[tuple[int, float]]], ...] = ({}, {})
    for state in tree_of(name).representatives:
        found = policy.action_probabilities(state)
        tables[state.current_player()][state.information_state_string()] = list(found.items())
    game = compiled(name)
    mine = exploitability(game, policy_from_table(game, tables))
    assert by_open_spiel(policy.game, policy) == pytest.approx(mine, abs=1e-12)
    assert mine < exploitability(game, uniform_policy(game))
