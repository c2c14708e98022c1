r"""Feedback from rankings: action values where one judge puts ``m`` alternatives in order, without contradiction.

The direction of ZO-RankSGD (Tang, Rybin and Chang 2024, arXiv:2303.03751): of ``m`` perturbations ``xi_i`` a judge
names the best ``k`` in order. Every pair that this decides is an edge from the better to the worse, and

    d = 1/|E| sum_{(i, j) in E} (xi_i - xi_j),    |E| = k m - k (k + 1)/2,

points uphill (the paper minimises, and steps along ``-d``). It is written for points of a space. An answer of a policy
is such a perturbation, too: with alternatives ``y_i`` drawn from a sampling policy ``s``, ``xi_i = e(y_i) / s(y_i)``
and ``omega_i = o(y_i) / s(y_i)`` for the opponent ``o``, the sum over all pairs of one complete ranking

    v = 1/4 * 1/|E| sum_{(i, j) in E} (xi_i omega_j - xi_j omega_i)

has the mean ``(P - 1/2) o``, what the algorithms of this package ask for: each pair within the ranking is decided with
the probability that the table of the rankings has for it, whoever else is shown. Consistency changes the variance
only: the pairs of a ranking are not independent. ``s`` is nine parts current policy and opponent, half each, and one
part uniform; copies of an alternative are shown once and decide nothing among themselves. For the best ``k < m`` alone
that mean is another – whether a pair is decided then depends on the others –, so that policies are fed by complete
rankings.

Queries are counted in pairs that the rankings decide, so that they can be set beside those of duels: ``d (d - 1)/2``
for ``d`` different alternatives shown.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import ArrayLike, NDArray

from games._base.jit import jitable, kernel
from games.preference import PreferenceGame, RankingModel
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.feedback import EXPLORATION, QUERIES, SAMPLES, next_uniform, sample
from solvers.normal_form.iterate import accumulate
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import OPPONENT, PROBABILITY, STEP_TYPE, VALUES, WEIGHT

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_ITERATE = types.void(
    types.FunctionType(STEP_TYPE),
    types.int64,
    types.float64[:, ::1],
    types.float64[::1],
    types.float64[::1],
    types.float64[:, ::1],
    types.float64[:, ::1],
    types.int64[::1],
)


def rank_direction(order: ArrayLike, perturbations: ArrayLike, weights: ArrayLike | None = None) -> FloatArray:
    """Return the direction of ZO-RankSGD: uphill, where what is ranked is a function of perturbed points.

    Parameters
    ----------
    order : indices of the best ``k`` of the ``m`` perturbations, best first; the others are below all of them. [k]
    perturbations : ``xi``, or what else the pairs of the ranking are a sum over. [m, d]
    weights : ``omega`` of the module's second formula; 1 by default. [m]

    Returns
    -------
    ``1/|E| sum_{(i, j) in E} (xi_i omega_j - xi_j omega_i)`` [d]

    Raises
    ------
    ValueError
        If the order names something twice, or something that there is not, or decides no pair.

    Examples
    --------
    >>> rank_direction([1], [[0.0], [3.0], [1.0]]).tolist()  # 3 is better than 0 and than 1
    [2.5]
    """
    points = np.asarray(perturbations, dtype=np.float64)
    best = np.asarray(order, dtype=np.int64)
    m = len(points)
    if best.ndim != 1 or len(set(best.tolist())) != len(best) or ((best < 0) | (best >= m)).any():
        raise ValueError(f"an order must name different perturbations, numbered from 0 to {m - 1}")
    if len(best) == 0 or m < 2:
        raise ValueError("a ranking of nothing, or of one, decides no pair")
    omega = np.ones(m) if weights is None else np.asarray(weights, dtype=np.float64)
    rest = np.setdiff1d(np.arange(m), best)
    before = np.concatenate([[0.0], np.cumsum(omega[best])])
    won = np.zeros(m)
    won[best] = omega.sum() - before[1:] - before[:-1]  # weights of what is below, less of what is above
    won[rest] = -before[-1]
    k = len(best)
    return np.asarray(won @ points / (k * m - k * (k + 1) / 2))


@jitable
def ranked_action_values(scores, cumulative, noise, state, feedback, values):
    """Write the values of one ranking to ``values`` [n]; see the module.

    ``scores`` [rankers, n], ``cumulative`` weights [rankers] and ``noise`` [rankers] of a ``RankingModel``.
    """
    n, m = scores.shape[1], feedback[SAMPLES]
    own, opponent = state[PROBABILITY], state[OPPONENT]
    ranker = 0
    number = next_uniform(feedback) * cumulative[-1]
    while ranker < cumulative.shape[0] - 1 and number >= cumulative[ranker]:
        ranker += 1
    drawn = np.empty(m, np.int64)
    inverse = np.empty(m)
    utility, chance, shown = np.zeros(n), np.zeros(n), np.zeros(n, np.bool_)
    different = 0
    for i in range(m):
        number = next_uniform(feedback)
        if number < EXPLORATION:
            y = min(int(next_uniform(feedback) * n), n - 1)
        elif number < 0.5 * (1.0 + EXPLORATION):
            y = sample(own, next_uniform(feedback))
        else:
            y = sample(opponent, next_uniform(feedback))
        if not shown[y]:
            shown[y] = True
            different += 1
            utility[y] = scores[ranker, y]
            chance[y] = next_uniform(feedback)
            if noise[ranker] > 0.0:
                utility[y] -= np.log(-np.log(max(chance[y], 1e-300)))
        drawn[i] = y
        inverse[i] = 1.0 / (EXPLORATION / n + 0.5 * (1.0 - EXPLORATION) * (own[y] + opponent[y]))
    feedback[QUERIES] += different * (different - 1) // 2
    values[:] = 0.0
    share = 0.5 / (m * (m - 1))
    for i in range(m):
        for j in range(i):
            a, b = drawn[i], drawn[j]
            if a != b:
                # Ties of a recorded ranking are broken by the coin of each alternative: one order again.
                first = utility[a] > utility[b] or (utility[a] == utility[b] and chance[a] > chance[b])
                sign = share if first else -share
                values[a] += sign * inverse[i] * inverse[j] * opponent[b]
                values[b] -= sign * inverse[j] * inverse[i] * opponent[a]


@kernel
def ask_for_rankings(scores, cumulative, noise, state, feedback, out):
    """Write the values of one ranking to each line of ``out`` [rankings, n]."""
    for line in range(out.shape[0]):
        ranked_action_values(scores, cumulative, noise, state, feedback, out[line])


@kernel(_ITERATE)
def iterate_ranked(step, products, scores, cumulative, noise, state, numbers, feedback):
    """Run the iterations of ``numbers`` [iterations, :] on ``state`` [rows, n], each product from one ranking."""
    for t in range(numbers.shape[0]):
        for phase in range(products):
            step(phase, state, state.shape[1], numbers[t])
            ranked_action_values(scores, cumulative, noise, state, feedback, state[VALUES])
        if numbers[t, WEIGHT] > 0.0:
            accumulate(state, numbers[t, WEIGHT])
        step(products, state, state.shape[1], numbers[t])


def model_of(problem: Problem) -> RankingModel:
    """Return what ranks in a problem; raises ``ValueError`` where only pairs are known."""
    if not isinstance(problem.game, PreferenceGame):
        raise ValueError("rankings are of one preference game: leave them out, or compare two at a time (teams, duels)")
    return problem.game.ranking_model()


class Ranked:
    """A model of rankings as compiled code takes it, and what it does for the state and feedback of a game."""

    def __init__(self, model: RankingModel) -> None:
        self.model = model
        self._arrays = np.array(model.scores), np.cumsum(model.weights), np.array(model.noise)

    def values(self, state: FloatArray, feedback: IntArray, rankings: int) -> FloatArray:
        """Return the action values from so many rankings, a line each. [rankings, n]

        ``state`` [rows, n] has the policies, ``feedback`` [entries] counts queries and random numbers.
        """
        out = np.empty((rankings, self.model.alternatives))
        ask_for_rankings(*self._arrays, state, feedback, out)
        return out

    def iterate(self, algorithm: Algorithm, state: FloatArray, numbers: FloatArray, feedback: IntArray) -> None:
        """Run iterations of an algorithm, in place."""
        iterate_ranked(algorithm.step, algorithm.products, *self._arrays, state, numbers, feedback)
