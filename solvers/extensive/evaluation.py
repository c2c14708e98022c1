"""Exact values of policies in the sequence form: expected values, counterfactual values, best responses, regrets.

With ``x``, ``y`` the realisation weights of the two policies and ``A`` the payoff matrix (see ``games.extensive``), the
value is ``xᵀ A y``. ``g = A y`` gives each sequence of player 0 the utility of the histories that end right after it,
weighted by the probability that chance and the opponent play to them. Adding, from the leaves to the root, to every
sequence what follows it,

    v[s] = g[s] + Σ over infosets i with parent s of V[i],      V[i] = Σ over the actions a of i of sigma[a] v[a],

gives the *counterfactual values* ``v`` (Zinkevich et al., "Regret minimization in games with incomplete information",
NeurIPS 2007) and in ``v[0]`` the value of the game. With ``V[i] = max v[a]`` the same sweep finds a best response,
because with perfect recall the infosets below different actions are never the same. One product and one sweep a player:
time and memory are linear in the payoffs and sequences.

What the best response gains over the policy is the sum ``Σ x[a] (V[i] - v[a])`` over all actions with its values, none
of whose terms is negative: the difference of two values that may be large and nearly equal would be less exact.

The compiled functions are shared by the solvers. All take one player's ``Treeplex`` or ``Payoffs`` and fill arrays
over that player's sequences ``[S]`` in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from games._base.jit import jitable, kernel
from games.extensive.game import ExtensiveGame, Floats, Policy, Treeplex
from games.extensive.policies import checked_policy
from solvers.evaluation import Evaluation
from solvers.updates import best_action, normalise_weights

_index = np.uint64
"""An index as unsigned number: of a signed one compiled code asks each time whether it counts from the end."""
_ONE, _TWO = _index(1), _index(2)


@jitable
def realise(tree, policy, weights):
    """Write the realisation weight of each sequence [S]: the product of the probabilities of its actions."""
    parent, first = tree.parent, tree.first
    weights[0] = 1.0
    for i in range(parent.shape[0]):
        reach = weights[_index(parent[i])]
        for s in range(_index(first[i]), _index(first[i + 1])):
            weights[s] = reach * policy[s]


@jitable
def gradient(payoffs, opponent_weights, out):
    """Write the product of the payoff matrix and the opponent's realisation weights: ``out[s] = Σ A[s, t] y[t]``.

    Two sums a row, over every other entry: one alone would wait for each addition.
    """
    start, column, value = payoffs.start, payoffs.column, payoffs.value
    for s in range(start.shape[0] - 1):
        even = odd = 0.0
        stop = _index(start[s + 1])
        k = _index(start[s])
        while k + _ONE < stop:
            even += value[k] * opponent_weights[_index(column[k])]
            odd += value[k + _ONE] * opponent_weights[_index(column[k + _ONE])]
            k += _TWO
        if k < stop:
            even += value[k] * opponent_weights[_index(column[k])]
        out[s] = even + odd


@jitable
def add_what_follows(tree, policy, values):
    """Turn a gradient into counterfactual values in place (the sweep of the module); ``values[0]`` is the game's."""
    parent, first = tree.parent, tree.first
    for i in range(parent.shape[0] - 1, -1, -1):
        total = 0.0
        for s in range(_index(first[i]), _index(first[i + 1])):
            total += policy[s] * values[s]
        values[_index(parent[i])] += total


@jitable
def add_best_that_follows(tree, values):
    """As ``add_what_follows`` with the best action at every infoset; ``values[0]`` is the best response's value."""
    parent, first = tree.parent, tree.first
    for i in range(parent.shape[0] - 1, -1, -1):
        best = -np.inf
        for s in range(_index(first[i]), _index(first[i + 1])):
            best = max(best, values[s])
        values[_index(parent[i])] += best


@kernel
def _values(tree, payoffs, opponent_tree, policy, opponent_policy, values, best_values):
    """Fill counterfactual values against the opponent's policy, of ``policy`` [S] and of a best response [S]."""
    weights = np.empty(opponent_policy.shape[0])
    realise(opponent_tree, opponent_policy, weights)
    gradient(payoffs, weights, values)
    best_values[:] = values
    add_what_follows(tree, policy, values)
    add_best_that_follows(tree, best_values)


@kernel
def gain(tree, policy, best_values):
    """Return what a best response gains: ``Σ x[a] (V[i] - v[a])`` over all actions, see the module."""
    parent, first = tree.parent, tree.first
    weights = np.empty(policy.shape[0])
    realise(tree, policy, weights)
    total = 0.0
    for i in range(parent.shape[0]):
        best = -np.inf
        for s in range(first[i], first[i + 1]):
            best = max(best, best_values[s])
        for s in range(first[i], first[i + 1]):
            total += weights[s] * (best - best_values[s])
    return total


@kernel
def _realise(tree, policy, weights):
    realise(tree, policy, weights)


@kernel
def _behaviour(tree, weights, policy):
    parent, first = tree.parent, tree.first
    policy[0] = 1.0
    for i in range(parent.shape[0]):
        reach = 0.0
        for s in range(first[i], first[i + 1]):
            reach += weights[s]
            policy[s] = weights[s]
        normalise_weights(policy, reach, first[i], first[i + 1])


@kernel
def greedy(tree, values, policy):
    """Write the policy that takes the first of the best actions at every infoset."""
    first = tree.first
    policy[:] = 0.0
    policy[0] = 1.0
    for i in range(tree.parent.shape[0]):
        policy[best_action(values, values, first[i], first[i + 1])] = 1.0


class BestResponse(NamedTuple):
    """One player's best response to the other's policy."""

    value: float
    """Its expected utility."""
    policy: Floats
    """[S] probabilities 0 and 1; of equally good actions the first is taken."""
    values: Floats
    """[S] counterfactual values when the player goes on with best responses (see ``counterfactual_values``)."""


class Regrets(NamedTuple):
    """What one player forgoes at each infoset [I], weighted by the probability that chance and the other play there."""

    immediate: Floats
    """Best action's counterfactual value less the policy's, where the policy is kept afterwards: what CFR sums up."""
    full: Floats
    """The same where the player goes on with best responses. Summed over the infosets that no own move precedes, it is
    the player's part of NashConv."""


def _both_values(game: ExtensiveGame, policy: Policy, player: int) -> tuple[Floats, Floats]:
    """Return a player's counterfactual values under the policy, and with best responses; the policy is checked."""
    values, best = np.empty(game.sequences[player]), np.empty(game.sequences[player])
    trees = game.treeplexes
    other = 1 - player
    _values(trees[player], game.payoffs[player], trees[other], policy[player], policy[other], values, best)
    return values, best


def evaluate(game: ExtensiveGame, policy: Sequence[npt.ArrayLike]) -> Evaluation:
    """Return the value of a policy and the values of best responses to it.

    With ``x``, ``y`` the realisation weights and ``A`` the payoffs: values ``xᵀAy`` and ``−xᵀAy``, best responses
    ``max_x' x'ᵀAy`` and ``max_y' −xᵀAy'``. One sweep a player, linear in sequences and payoffs.

    Parameters
    ----------
    game : the compiled game.
    policy : a pair of arrays [S], one for each player: the probability of every sequence's last action
        (``games.extensive.policies``).

    Returns
    -------
    Evaluation
        ``values``, ``best_response_values`` and ``gains``, one for each player, in units of utility; ``exploitability``
        and ``nash_conv`` are its properties.

    Raises
    ------
    ValueError
        One sentence, if the policy is not one of this game.

    References
    ----------
    Johanson, Waugh, Bowling and Zinkevich, "Accelerating best response calculation in large extensive games", IJCAI
    2011.

    Examples
    --------
    >>> import tamaya
    >>> kuhn = tamaya.compile_game("kuhn_poker")
    >>> found = tamaya.evaluate(kuhn, tamaya.uniform_policy(kuhn))
    >>> round(found.value, 6), round(found.exploitability, 6)
    (0.125, 0.458333)
    """
    checked = checked_policy(game, policy)
    values, best = _both_values(game, checked, 0)
    _, opponent_best = _both_values(game, checked, 1)
    first, second = game.statistics.taken
    value = float(values[0])
    gains = tuple(gain(game.treeplexes[p], checked[p], (best, opponent_best)[p]) for p in (0, 1))
    best_values = float(best[0]) + first, float(opponent_best[0]) + second
    return Evaluation((value + first, second - value), best_values, gains)


def expected_value(game: ExtensiveGame, policy: Sequence[npt.ArrayLike]) -> float:
    """Return player 0's expected utility."""
    return float(_both_values(game, checked_policy(game, policy), 0)[0][0]) + game.statistics.taken[0]


def nash_conv(game: ExtensiveGame, policy: Sequence[npt.ArrayLike]) -> float:
    """Return NashConv: the sum of what both players gain by best responses.

    Parameters
    ----------
    game : the compiled game.
    policy : a pair of arrays [S], one for each player: the probability of every sequence's last action
        (``games.extensive.policies``).

    Returns
    -------
    float
        At least 0, in units of utility; 0 for equilibria and for them alone.

    Raises
    ------
    ValueError
        One sentence, if the policy is not one of this game.

    References
    ----------
    Lanctot et al., "A unified game-theoretic approach to multiagent reinforcement learning", NeurIPS 2017.

    Examples
    --------
    >>> import tamaya
    >>> kuhn = tamaya.compile_game("kuhn_poker")
    >>> round(tamaya.nash_conv(kuhn, tamaya.uniform_policy(kuhn)), 6)
    0.916667
    """
    return evaluate(game, policy).nash_conv


def exploitability(game: ExtensiveGame, policy: Sequence[npt.ArrayLike]) -> float:
    """Return half of NashConv, as OpenSpiel defines it.

    Parameters
    ----------
    game : the compiled game.
    policy : a pair of arrays [S], one for each player: the probability of every sequence's last action
        (``games.extensive.policies``).

    Returns
    -------
    float
        What a best response gains, the mean of both seats, in units of utility.

    Raises
    ------
    ValueError
        One sentence, if the policy is not one of this game.

    References
    ----------
    Lanctot et al., "OpenSpiel: A framework for reinforcement learning in games", arXiv 1908.09453, 2019.

    Examples
    --------
    >>> import tamaya
    >>> kuhn = tamaya.compile_game("kuhn_poker")
    >>> round(tamaya.exploitability(kuhn, tamaya.uniform_policy(kuhn)), 6)  # 11/24
    0.458333
    """
    return evaluate(game, policy).exploitability


def counterfactual_values(game: ExtensiveGame, policy: Sequence[npt.ArrayLike], player: int) -> Floats:
    """Return the counterfactual value of every sequence of a player [S]; entry 0 is the player's expected utility.

    All of this is without what has been taken from the utilities (``Statistics.taken``).
    """
    return _both_values(game, checked_policy(game, policy), player)[0]


def best_response(game: ExtensiveGame, policy: Sequence[npt.ArrayLike], player: int) -> BestResponse:
    """Return a player's best response to the other's policy (the player's own is not used).

    Parameters
    ----------
    game : the compiled game.
    policy : a pair of arrays [S], one for each player: the probability of every sequence's last action
        (``games.extensive.policies``).
    player : who responds, 0 or 1.

    Returns
    -------
    BestResponse
        ``value``, the expected utility; ``policy`` [S], pure, the first of equally good actions; ``values`` [S],
        counterfactual.

    Raises
    ------
    ValueError
        One sentence, if the policy is not one of this game.

    References
    ----------
    Johanson, Waugh, Bowling and Zinkevich, "Accelerating best response calculation in large extensive games", IJCAI
    2011.

    Examples
    --------
    >>> import tamaya
    >>> kuhn = tamaya.compile_game("kuhn_poker")
    >>> tamaya.best_response(kuhn, tamaya.uniform_policy(kuhn), 0).value
    0.5
    """
    values = _both_values(game, checked_policy(game, policy), player)[1]
    response = np.empty_like(values)
    greedy(game.treeplexes[player], values, response)
    return BestResponse(float(values[0]) + game.statistics.taken[player], response, values)


def regrets(game: ExtensiveGame, policy: Sequence[npt.ArrayLike], player: int) -> Regrets:
    """Return a player's regret at every infoset.

    Parameters
    ----------
    game : the compiled game.
    policy : a pair of arrays [S], one for each player: the probability of every sequence's last action
        (``games.extensive.policies``).
    player : whose, 0 or 1.

    Returns
    -------
    Regrets
        ``immediate`` and ``full`` [I], counterfactual, in units of utility: what the best action has over the policy
        where it is kept afterwards, and where best responses follow.

    Raises
    ------
    ValueError
        One sentence, if the policy is not one of this game.

    References
    ----------
    Zinkevich, Johanson, Bowling and Piccione, "Regret minimization in games with incomplete information", NeurIPS 2007.

    Examples
    --------
    >>> import tamaya
    >>> kuhn = tamaya.compile_game("kuhn_poker")
    >>> tamaya.regrets(kuhn, tamaya.uniform_policy(kuhn), 0).full.round(4).tolist()
    [0.125, 0.125, 0.125, 0.0833, 0.0833, 0.25]
    """
    tree = game.treeplexes[player]
    checked = checked_policy(game, policy)
    values, best = _both_values(game, checked, player)
    return regrets_of_values(tree, checked[player], values, best)


def regrets_of_values(tree: Treeplex, policy: Floats, values: Floats, best: Floats) -> Regrets:
    """Return the regrets of counterfactual values [S], with the policy and with best responses."""
    if not len(tree.parent):
        return Regrets(np.empty(0), np.empty(0))
    starts = tree.first[:-1]
    kept = np.add.reduceat(policy * values, starts)
    return Regrets(np.maximum.reduceat(values, starts) - kept, np.maximum.reduceat(best, starts) - kept)


def realisation_weights(game: ExtensiveGame, policy: Sequence[npt.ArrayLike], player: int) -> Floats:
    """Return the realisation weight of every sequence of a player [S] under a behavioural policy."""
    weights = np.empty(game.sequences[player])
    _realise(game.treeplexes[player], checked_policy(game, policy)[player], weights)
    return weights


def realisation_weights_of(tree: Treeplex, policy: Floats) -> Floats:
    """Return the same of a player of any game; the policy [S] is not checked."""
    weights = np.empty(len(policy))
    _realise(tree, policy, weights)
    return weights


def behavioural_policy(game: ExtensiveGame, weights: npt.ArrayLike, player: int) -> Floats:
    """Return the behavioural policy of realisation weights [S] (any positive multiple); uniform where they are 0.

    Raises ``ValueError`` if there are not as many weights as sequences or some are negative or not finite.
    """
    array = np.ascontiguousarray(weights, np.float64)
    if array.shape != (game.sequences[player],) or not (np.isfinite(array).all() and (array >= 0.0).all()):
        raise ValueError(
            f"realisation weights of player {player} must be {game.sequences[player]} numbers, none below 0"
        )
    policy = np.empty_like(array)
    _behaviour(game.treeplexes[player], array, policy)
    return policy
