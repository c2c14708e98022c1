"""The bot and the policy in OpenSpiel's own hands, iteration, and the example of the documentation."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import numpy as np
import pyspiel
import pytest
from open_spiel.python.algorithms import evaluate_bots

from games.extensive.policies import policy_from_table, save_policy
from search.openspiel import (
    MagneticMirrorDescent,
    MirrorDescent,
    MirrorDescentBot,
    PolicyIteration,
    Search,
    SearchOptions,
    SearchPolicy,
    Softened,
    UniformBlueprint,
    iterated_search,
)
from solvers.extensive.evaluation import exploitability
from solvers.extensive.solving import solve
from tests.search.openspiel.common import SIMULTANEOUS, compiled, tree_of

GAMES = ("kuhn_poker", "kuhn_poker(players=3)", "tiny_hanabi", "phantom_ttt", "tic_tac_toe", "matrix_rps", SIMULTANEOUS)


@pytest.mark.parametrize("name", GAMES)
def test_openspiel_plays_games_with_the_bot(name: str) -> None:
    game = pyspiel.load_game(name)
    search = Search(game, options=SearchOptions(rollouts=12, particles=40))

    def play(seed: int) -> list[float]:
        bots = [MirrorDescentBot(search, player, seed=seed) for player in range(game.num_players())]
        state = game.new_initial_state()
        by_compiled = pyspiel.evaluate_bots(state, bots, seed)
        state = game.new_initial_state()
        by_python = evaluate_bots.evaluate_bots(state, bots, np.random.RandomState(seed))
        assert sum(bot.fallbacks for bot in bots) == 0
        assert {bot.games for bot in bots} == {2}
        return [*by_compiled, *by_python]

    assert play(1) == play(1)


def test_the_bot_tells_its_policy() -> None:
    state = pyspiel.load_game("leduc_poker").new_initial_state()
    for action in (0, 3):
        state.apply_action(action)
    bot = MirrorDescentBot("leduc_poker", 0, options=SearchOptions(rollouts=30))
    assert bot.provides_policy() and bot.provides_force_action()
    policy, action = bot.step_with_policy(state)
    assert policy == bot.get_policy(state)
    assert [a for a, _ in policy] == state.legal_actions()
    assert sum(p for _, p in policy) == pytest.approx(1.0)
    assert action in state.legal_actions()
    first = bot.get_policy(state)
    bot.restart_at(state)
    assert bot.get_policy(state) != first  # another game, other random numbers
    with pytest.raises(ValueError, match="player 1 has no move"):
        MirrorDescentBot("leduc_poker", 1).step(state)
    with pytest.raises(ValueError, match=r"has the players 0 \.\. 1, not 2"):
        MirrorDescentBot("leduc_poker", 2)


def test_actions_are_drawn_from_the_policy_or_are_its_mode() -> None:
    state = pyspiel.load_game("kuhn_poker").new_initial_state()
    for action in (1, 2):
        state.apply_action(action)
    bot = MirrorDescentBot("kuhn_poker", 0, options=SearchOptions(rollouts=None))
    policy = dict(bot.get_policy(state))
    played = []
    for _ in range(400):
        bot.restart()
        played.append(bot.step(state))
    assert np.mean(np.array(played) == 1) == pytest.approx(policy[1], abs=4 * np.sqrt(0.25 / 400))
    assert 0.05 < policy[1] < 0.95
    mode = MirrorDescentBot("kuhn_poker", 0, options=SearchOptions(rollouts=None, play="mode"))
    assert mode.step(state) == max(policy, key=lambda a: policy[a])


def test_a_solved_policy_from_a_file_is_a_blueprint_that_search_hardly_changes(tmp_path: Path) -> None:
    """At the fixed point of the learner the search of its solution gives the solution back."""
    game, alpha = compiled("kuhn_poker"), 0.1
    solution = solve(game, "mmd-behavioural", iterations=20000, tolerance=1e-9, alpha=alpha * 2.0, step_size=0.1)
    save_policy(tmp_path / "policy.npz", game, solution.policy)
    options = SearchOptions(rollouts=None, update=MagneticMirrorDescent(1.0, alpha))
    search = Search("kuhn_poker", str(tmp_path / "policy.npz"), options)
    after = search.tree.updated(search.tree.policy(search.blueprint), options.update)
    found = policy_from_table(game, search.tree.tables(after))
    for mine, theirs in zip(found, solution.policy, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)


@pytest.mark.parametrize(("name", "eta", "alpha"), [("kuhn_poker", 5.0, 0.5), ("leduc_poker", 5.0, 0.1)])
def test_search_on_its_own_output_drives_exploitability_down(name: str, eta: float, alpha: float) -> None:
    game = compiled(name)

    def options(number: int) -> SearchOptions:
        return SearchOptions(rollouts=None, update=MagneticMirrorDescent(eta / number**0.5, alpha / number**0.5))

    values = [
        exploitability(game, policy_from_table(game, blueprint.tables))
        for blueprint in islice(iterated_search(name, options=options), 21)
    ]
    assert values[1] < 0.75 * values[0]
    assert values[5] < 0.35 * values[0]
    assert values[20] < 0.15 * values[0]


def test_sampled_iteration_follows_the_exact_one() -> None:
    game, update = compiled("kuhn_poker"), MagneticMirrorDescent(2.0, 0.1)

    def iterate(rollouts: int | None) -> float:
        options = SearchOptions(rollouts=rollouts, update=update)
        blueprint = next(islice(iterated_search("kuhn_poker", options=options), 8, None))
        return exploitability(game, policy_from_table(game, blueprint.tables))

    assert iterate(1000) == pytest.approx(iterate(None), abs=0.01)


def test_monte_carlo_search_is_greedy_and_mirror_descent_is_not() -> None:
    policies = {}
    for update in (PolicyIteration(), MirrorDescent(3.0)):
        policy = SearchPolicy("kuhn_poker", options=SearchOptions(rollouts=None, update=update))
        rows = [policy.action_probabilities(state) for state in tree_of("kuhn_poker").representatives]
        policies[type(update)] = np.array([list(row.values()) for row in rows])
    assert set(policies[PolicyIteration].ravel().tolist()) == {0.0, 1.0}
    assert (policies[MirrorDescent] > 0.0).all()
    np.testing.assert_array_equal(policies[PolicyIteration].argmax(1), policies[MirrorDescent].argmax(1))


@pytest.mark.parametrize(
    "update", [MirrorDescent(2.0), MagneticMirrorDescent(2.0, 0.3), MagneticMirrorDescent(2.0, 0.0)]
)
def test_repeated_updates_are_one_longer_step(update: MirrorDescent | MagneticMirrorDescent) -> None:
    generator = np.random.default_rng(0)
    log_policy, q = np.log(generator.dirichlet(np.ones(5))), generator.normal(size=5)
    expected = log_policy
    for _ in range(7):
        expected = update(expected, q)
    np.testing.assert_allclose(update.repeated(7)(log_policy, q), expected, atol=1e-12)
    with pytest.raises(ValueError, match="at least once"):
        update.repeated(0)


def test_the_blueprint_as_magnet_shortens_the_step_of_mirror_descent() -> None:
    generator = np.random.default_rng(1)
    log_policy, q = np.log(generator.dirichlet(np.ones(4))), generator.normal(size=4)
    magnetic = MagneticMirrorDescent(2.0, 0.5, "blueprint")
    np.testing.assert_allclose(magnetic(log_policy, q), MirrorDescent(1.0)(log_policy, q), atol=1e-12)
    best = int(np.argmax(q + magnetic.handicap(log_policy)))
    assert best == int(np.argmax(magnetic(log_policy, q)))


def test_a_softened_blueprint_plays_everything() -> None:
    state = pyspiel.load_game("kuhn_poker").new_initial_state()
    for action in (0, 1):
        state.apply_action(action)
    greedy = SearchPolicy("kuhn_poker", options=SearchOptions(rollouts=None, update=PolicyIteration()))
    row = Softened(Search("kuhn_poker", greedy).blueprint, 0.2).probabilities([state])[0]
    assert sorted(row.tolist()) == pytest.approx([0.1, 0.9])
    assert UniformBlueprint().probabilities([state])[0].tolist() == [0.5, 0.5]


def test_the_example_of_the_documentation_works_as_printed(capsys: pytest.CaptureFixture[str]) -> None:
    document = (Path(__file__).parents[3] / "docs" / "openspiel.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```\s+```text\n(.*?)```", document, re.DOTALL)
    assert found is not None
    assert sum(bool(line) for line in found[1].splitlines()) == 10
    exec(found[1], {})
    assert capsys.readouterr().out == found[2]
