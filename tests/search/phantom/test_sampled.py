from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from games.phantom.game import phantom_game
from games.phantom.information_states import information_states
from games.phantom.policies import uniform_policies
from games.phantom.sequences import attempts_of
from search.phantom.sampled import Continuation, sampled_action_values
from search.phantom.tabulate import search_policies
from search.phantom.values import exact_action_values
from search.planner import MagneticMirrorDescent
from solvers.phantom.evaluation import counterfactual_values
from tests.search.phantom import naive

SMALL = ["dark_hex_2x2", "dark_hex_2x3", "phantom_ttt_2x3"]
CONTINUATIONS: list[Continuation] = ["rollouts", "independent", "outcomes", "expectations"]


@pytest.mark.parametrize("name", [*SMALL, *(f"abrupt_{name}" for name in SMALL)])
def test_the_whole_posterior_has_the_values_of_the_gradient(name: str) -> None:
    """Two formulas with nothing in common: counting hidden sets, and products of words."""
    found, exact = sampled_action_values(name, None), exact_action_values(name, uniform_policies(name))
    for player in range(2):
        np.testing.assert_allclose(found.q[player], exact.q[player], rtol=0, atol=1e-14)
        assert found.reached[player].all() and exact.reached[player].all()


@pytest.mark.parametrize("name", ["abrupt_dark_hex_2x2", "dark_hex_2x2"])
def test_a_particle_is_one_history_of_the_posterior_and_serves_all_attempts(name: str) -> None:
    states, posteriors = information_states(name), naive.uniform_posteriors(phantom_game(name))
    samples = [sampled_action_values(name, 1, "expectations", seed) for seed in range(400)]
    for player in range(2):
        for row in range(states.counts()[player]):
            attempts = attempts_of(states, player, row)
            if len(attempts) == 3:  # the last attempt is forced: nothing is sampled
                assert not any(sample.q[player][row].any() for sample in samples)
                continue
            possible = posteriors[player][attempts]
            total = sum(hidden.weight for hidden in possible)
            shares: dict[tuple[float, ...], float] = {}
            for hidden in possible:
                vector = tuple(round(hidden.values().get(cell, 0.0), 9) for cell in range(4))
                shares[vector] = shares.get(vector, 0.0) + hidden.weight / total
            drawn = [tuple(sample.q[player][row].round(9).tolist()) for sample in samples]
            assert set(drawn) <= set(shares)
            for vector, share in shares.items():
                deviation = (share * (1 - share) / len(samples)) ** 0.5
                assert abs(drawn.count(vector) / len(samples) - share) <= 4.5 * deviation + 1e-9


@pytest.mark.parametrize("continuation", ["independent", "outcomes"])
@pytest.mark.parametrize(("name", "every"), [("abrupt_dark_hex_2x2", 1), ("phantom_ttt_2x3", 29)])
def test_the_returns_of_a_particle_have_the_joint_law_of_the_posterior(
    name: str, every: int, continuation: Continuation
) -> None:
    """Pearson's statistic of ever so many information states together, with its exact mean and variance."""
    states, posteriors = information_states(name), naive.uniform_posteriors(phantom_game(name))
    law_of = naive.independent_law if continuation == "independent" else naive.one_number_law
    count = 200
    samples = [sampled_action_values(name, 1, continuation, seed) for seed in range(count)]
    excess = variance = 0.0
    for player in range(2):
        drawn = np.array([sample.q[player] for sample in samples])
        for row in range(0, states.counts()[player], every):
            possible = posteriors[player][attempts_of(states, player, row)]
            legal = sorted(possible[0].chances)
            total = sum(hidden.weight for hidden in possible)
            expected: dict[tuple[int, ...], float] = {}
            for hidden in possible if len(legal) > 1 else ():
                for returns, chance in law_of([hidden.chances[cell] for cell in legal]).items():
                    expected[returns] = expected.get(returns, 0.0) + chance * hidden.weight / total
            expected = {returns: chance for returns, chance in expected.items() if chance > 1e-12}
            found = Counter(tuple(map(int, vector)) for vector in drawn[:, row, legal])
            assert found.keys() <= expected.keys() or len(legal) == 1
            inverses = [1.0 / chance for chance in expected.values()]
            kinds = len(inverses)
            excess += sum((found[r] - count * p) ** 2 / (count * p) for r, p in expected.items()) - max(kinds - 1, 0)
            variance += 2 * (kinds - 1) + (sum(inverses) - kinds**2 - 2 * kinds + 2) / count if kinds > 1 else 0.0
    assert abs(excess) < 4.0 * variance**0.5


@pytest.mark.parametrize("continuation", CONTINUATIONS)
@pytest.mark.parametrize("name", ["abrupt_dark_hex_2x2", "dark_hex_2x2"])
def test_sampled_search_converges_to_exact_search_at_the_rate_of_the_root(
    name: str, continuation: Continuation
) -> None:
    blueprint, update = uniform_policies(name), MagneticMirrorDescent(3.0, 0.1)
    exact = search_policies(name, blueprint, exact_action_values(name, blueprint), update)
    counts = (64, 512, 4096)
    errors = []
    for count in counts:
        squares = []
        for seed in range(20):
            found = search_policies(name, blueprint, sampled_action_values(name, count, continuation, seed), update)
            squares += [np.mean((f - e) ** 2) for f, e in zip(found, exact, strict=True)]
        errors.append(np.sqrt(np.mean(squares)))
    slopes = np.diff(np.log(errors)) / np.diff(np.log(counts))
    assert slopes == pytest.approx(-0.5, abs=0.08)


@pytest.mark.parametrize("name", ["dark_hex_2x3", "abrupt_phantom_ttt_2x3"])
@pytest.mark.parametrize("continuation", CONTINUATIONS)
def test_estimates_agree_with_exact_values_within_their_errors(name: str, continuation: Continuation) -> None:
    count = 600
    found, exact = sampled_action_values(name, count, continuation, seed=1), sampled_action_values(name, None)
    for player in range(2):
        decides = (uniform_policies(name)[player] > 0.0).sum(axis=1) > 1
        mine, q = found.q[player][decides], exact.q[player][decides]
        if continuation == "expectations":
            assert np.abs(mine - q).max() < 6.0 * count**-0.5
            continue
        # A return in {-1, 0, 1} has a variance of at most 1 - q^2; 0 where only one return is possible.
        open_ended = np.abs(q) < 1.0 - 1e-9
        scores = (mine - q)[open_ended] / np.sqrt((1.0 - q[open_ended] ** 2) / count)
        assert np.abs(scores).max() < 6.5
        np.testing.assert_allclose(mine[~open_ended], q[~open_ended], rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["dark_hex_2x3", "abrupt_dark_hex_2x3"])
def test_the_weights_sum_to_the_opponents_reach(name: str) -> None:
    from search.phantom.sampled import values_and_reach

    for player in range(2):
        reach = values_and_reach(phantom_game(name), player, None, "expectations", seed=0)[1]
        expected = counterfactual_values(name, uniform_policies(name), player).opponent_reach
        np.testing.assert_allclose(reach, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("continuation", CONTINUATIONS)
def test_tables_depend_on_the_seed_but_not_on_threads(continuation: Continuation) -> None:
    name = "abrupt_dark_hex_2x3"
    one, three = (sampled_action_values(name, 5, continuation, seed=7, workers=workers) for workers in (1, 3))
    other = sampled_action_values(name, 5, continuation, seed=8)
    for player in range(2):
        np.testing.assert_array_equal(one.q[player], three.q[player])
        assert not np.array_equal(one.q[player], other.q[player])


def test_more_particles_one_by_one_contain_the_first_ones() -> None:
    one, two = (sampled_action_values("dark_hex_2x2", count, "rollouts") for count in (1, 2))
    second = 2.0 * two.q[0] - one.q[0]
    assert set(np.unique(second)) <= {-1.0, 0.0, 1.0}


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        sampled_action_values("dark_hex_2x2", 0)
    with pytest.raises(ValueError, match="continuations are rollouts"):
        sampled_action_values("dark_hex_2x2", 1, "guesses")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="there is no phantom game"):
        sampled_action_values("chess", 1)
