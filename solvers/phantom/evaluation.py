"""Value, best responses and exploitability of any pair of policies of a phantom game: exact, in float64.

The player's gradient (``gradient``) has all that depends on the opponent; a sweep up the player's own tree of
information states then gives the value of the policy, and another one that of a best response. The value comes out
twice, from each player's side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy.typing as npt

from games.phantom.game import PhantomGame
from games.phantom.information_states import InformationStates, information_states
from games.phantom.policies import Policies, checked_policies, uniform_policies
from solvers.evaluation import Evaluation, zero_sum
from solvers.phantom.gradient import Floats, gradient
from solvers.phantom.sweeps import reaches, root_value, values


class CounterfactualValues(NamedTuple):
    """What a player's attempts are worth against the opponent's policy, in the player's own units.

    ``attempts`` [rows, cells]: the counterfactual value of each attempt, that is, weighted by the opponent's reach.
    ``states`` [rows]: that of the policy. ``opponent_reach`` [rows]: the weight; ``attempts / opponent_reach`` are the
    exact action values of a player who knows the opponent's policy.
    """

    attempts: Floats
    states: Floats
    opponent_reach: Floats


def evaluate(
    game: str | PhantomGame, policies: Sequence[npt.ArrayLike] | str = "uniform", workers: int | None = None
) -> Evaluation:
    """Return the value, the best responses and the exploitability of policies (a pair of [rows, cells], or "uniform").

    Raises ``ValueError`` for an unknown game or wrong policies.
    """
    states = information_states(game)
    if isinstance(policies, str):
        if policies != "uniform":
            raise ValueError(f"policies are a pair of arrays or 'uniform', not {policies!r}")
        pair = uniform_policies(game)
    else:
        pair = checked_policies(game, policies)
    return evaluate_checked(states, pair, workers)


def evaluate_checked(states: InformationStates, policies: Policies, workers: int | None = None) -> Evaluation:
    """Return the evaluation of policies that are known to be right."""
    value, best = 0.0, []
    for player in range(2):
        reach = reaches(states, 1 - player, policies[1 - player], workers)
        found = gradient(states, player, *reach, policies[1 - player], workers=workers)
        del reach
        response = values(states, player, found, policies[player], best=True, workers=workers)
        best.append(root_value(states, player, found, response))
        if player == 0:
            value = root_value(states, player, found, values(states, player, found, policies[player], workers=workers))
    return zero_sum(value, (best[0], best[1]))


def exploitability(
    game: str | PhantomGame, policies: Sequence[npt.ArrayLike] | str = "uniform", workers: int | None = None
) -> float:
    """Return half the sum of what the players gain by best responses."""
    return evaluate(game, policies, workers).exploitability


def counterfactual_values(
    game: str | PhantomGame, policies: Sequence[npt.ArrayLike], player: int, workers: int | None = None
) -> CounterfactualValues:
    """Return the exact values of all attempts of a player, both players following the policies."""
    states = information_states(game)
    pair = checked_policies(game, policies)
    return counterfactual_values_checked(states, pair, player, workers)


def counterfactual_values_checked(
    states: InformationStates, policies: Policies, player: int, workers: int | None = None, with_reach: bool = True
) -> CounterfactualValues:
    """Return the values for policies that are known to be right; the reach only if it is asked for."""
    reach = reaches(states, 1 - player, policies[1 - player], workers)
    found = gradient(states, player, *reach, policies[1 - player], with_reach=with_reach, workers=workers)
    state_values = values(states, player, found, policies[player], store=True, workers=workers)
    return CounterfactualValues(found.attempts, state_values, found.opponent_reach)
