r"""Many small games of one kind, eight of them stepped together: batches of regularised preference games.

What one entropic step of a small game costs is mostly waiting (``solvers.lanes``). The algorithms whose iteration is
one or two steps

.. math:: \pi' \propto \pi^{1-p}\, \mu^{p}\, e^{s P o}

from the current policy towards the reference, with opponents ``pi`` and then the half step, differ in the numbers ``s``
and ``p`` only, which ``Algorithm.entropic`` gives. Their batches are iterated here: blocks of eight games, payoffs
``[actions, actions, 8]``, each game until the measurement at which it has converged, as ``iterate`` does. It is
computed along until the last one of its block has; what it becomes is not kept. A game's policy is the one that
``iterate`` finds, to rounding, and does not depend on its neighbours or on the number of threads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games._base.jit import borrowed, jitable, kernel
from games._base.threads import run_ranges
from games.preference import PreferenceBatch
from solvers.divergence import SERIES, divergence_series
from solvers.lanes import LANES, normalisers, products, scaled, tilted, weighed
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import POLICY, PROBABILITY, REFERENCE, WEIGHT

FloatArray = NDArray[np.float64]

MOST_ACTIONS = 64
"""Actions up to which the payoffs of a block are near enough."""
_CHUNK = 128  # games that a thread takes at a time


def together(algorithm: Algorithm, problem: Problem, numbers: FloatArray) -> bool:
    """Whether exact iterations without averages are done here: those of batches, however few games are left of them."""
    return (
        algorithm.entropic is not None
        and algorithm.entropic.step is algorithm.step
        and isinstance(problem.game, PreferenceBatch)
        and problem.beta > 0.0
        and problem.actions <= MOST_ACTIONS
        and not numbers[:, WEIGHT].any()
    )


@jitable
def _step(logs, payoffs, opponent, magnet, n, step, pull, values, out, probability, small):
    """Write the step from ``logs`` against ``opponent`` to ``out`` and ``probability``; ``small`` [4, 8] is scratch.

    ``out`` may be ``logs``, and ``probability`` the opponent.
    """
    top, total, shift, scale = small[0], small[1], small[2], small[3]
    products(payoffs, opponent, n, values)
    tilted(logs, values, magnet, n, step, pull, out, top)
    weighed(out, top, n, probability, total)
    normalisers(top, total, shift, scale)
    scaled(out, probability, n, shift, scale)


@jitable
def _terms(probability, logs, best, response, out):
    """Write the terms of ``KL(policy || response)`` in every lane: ``divergence_term``, without its branches.

    Beyond the series ``b - p + p r`` loses seven bits, where no gap is small.
    """
    for i in range(out.shape[0]):
        p, r = probability[i], logs[i] - best[i]
        far = response[i] - p + (p * r if p > 0.0 else 0.0)
        near = divergence_series(r)
        out[i] = p * near if abs(r) <= SERIES else far


@jitable
def _measure(logs, payoffs, probability, magnet, n, beta, work, small, certificates):
    """Write gap and exploitability of every lane, ``certificates`` [8, 2]; ``work`` [4, n * 8] is scratch."""
    values, best, response, terms = work[0], work[1], work[2], work[3]
    top, total, shift, scale = small[0], small[1], small[2], small[3]
    products(payoffs, probability, n, values)
    tilted(magnet, values, magnet, n, 1.0 / beta, 0.0, best, top)
    weighed(best, top, n, response, total)
    normalisers(top, total, shift, scale)
    scaled(best, response, n, shift, scale)
    _terms(probability, logs, best, response, terms)
    for lane in range(LANES):
        most, gain, divergence = -np.inf, 0.0, 0.0
        for i in range(lane, n * LANES, LANES):
            if magnet[i] > -np.inf:
                most = max(most, values[i])
        for i in range(lane, n * LANES, LANES):
            if probability[i] != 0.0:  # NaN goes on into the gap
                gain += probability[i] * (most - values[i])
            divergence += terms[i]
        certificates[lane, 0], certificates[lane, 1] = 2.0 * beta * divergence, gain


@jitable
def _gather(rows, states, games, n, payoffs, logs, probability, magnet):
    """Take up the games of a block, one in each lane."""
    for lane in range(LANES):
        game = games[lane]
        row, state = rows[game], states[game]
        for a in range(n):
            for b in range(n):
                payoffs[(a * n + b) * LANES + lane] = row[a, b]
            logs[a * LANES + lane] = state[POLICY, a]
            probability[a * LANES + lane] = state[PROBABILITY, a]
            magnet[a * LANES + lane] = state[REFERENCE, a]


@jitable
def _keep(logs, probability, lane, n, state):
    for a in range(n):
        state[POLICY, a] = logs[a * LANES + lane]
        state[PROBABILITY, a] = probability[a * LANES + lane]


@kernel
def iterate_together(count, row, states, steps, pulls, active, stops, limits, beta, room, out, taken, start, stop):
    """Do what ``iterate`` does for the blocks ``start .. stop - 1`` of eight active games, without averages.

    ``count`` is 1 or 2 steps an iteration; ``steps`` and ``pulls`` [iterations]. ``room`` is scratch for the payoffs
    [n * n * 8], vectors of all actions [8, n * 8], single numbers [4, 8] and certificates [8, 2] of a block.
    """
    row, states, out = borrowed(row), borrowed(states), borrowed(out)
    n = row.shape[1]
    payoffs, vectors, small, certificates = borrowed(room[0]), borrowed(room[1]), borrowed(room[2]), borrowed(room[3])
    logs, probability, magnet = vectors[0], vectors[1], vectors[2]
    values, half, opponent = vectors[3], vectors[4], vectors[5]
    games, going = np.empty(LANES, np.int64), np.empty(LANES, np.bool_)
    for block in range(start, stop):
        left = 0
        for lane in range(LANES):
            index = LANES * block + lane
            going[lane] = index < active.shape[0]
            games[lane] = active[min(index, active.shape[0] - 1)]
            left += going[lane]
        _gather(row, states, games, n, payoffs, logs, probability, magnet)
        t = 0
        for k in range(stops.shape[0]):
            while t < stops[k]:
                for phase in range(count):  # of two, the first against the policy, the second against the half step
                    last = phase == count - 1
                    _step(
                        logs, payoffs, opponent if phase else probability, magnet, n, steps[t], pulls[t], values,
                        logs if last else half, probability if last else opponent, small,
                    )  # fmt: skip
                t += 1
            _measure(logs, payoffs, probability, magnet, n, beta, vectors[4:], small, certificates)
            for lane in range(LANES):
                if not going[lane]:
                    continue
                index, gap = LANES * block + lane, certificates[lane, 0]
                done = not gap > limits[games[lane]]
                for place in range(k, stops.shape[0] if done else k + 1):
                    out[index, place, 0], out[index, place, 1] = gap, certificates[lane, 1]
                    out[index, place, 2] = np.nan
                if done or k == stops.shape[0] - 1:
                    taken[index] = t
                    going[lane] = False
                    left -= 1
                    _keep(logs, probability, lane, n, states[games[lane]])
            if left == 0:
                break


def run_together(
    algorithm: Algorithm,
    problem: Problem,
    state: FloatArray,
    numbers: FloatArray,
    active: NDArray[np.int64],
    stops: NDArray[np.int64],
    limits: FloatArray,
    workers: int | None,
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Run the iterations of ``numbers`` on the ``active`` games; return what ``iterate.run`` does."""
    assert algorithm.entropic is not None
    measured = len(stops)
    if not measured:
        stops, limits = np.array([len(numbers)]), np.full_like(limits, -np.inf)
    steps, pulls = (np.ascontiguousarray(values, dtype=np.float64) for values in algorithm.entropic.sizes(numbers))
    out = np.empty((len(active), len(stops), 3))
    taken = np.zeros(len(active), dtype=np.int64)

    def work(start: int, stop: int) -> None:
        n = problem.actions
        room = np.empty(n * n * LANES), np.empty((8, n * LANES)), np.empty((4, LANES)), np.empty((LANES, 2))
        iterate_together(
            algorithm.products, problem.row, state, steps, pulls, active, stops, limits, problem.beta,
            room, out, taken, start, stop,
        )  # fmt: skip

    run_ranges(work, -(-len(active) // LANES), workers, chunk=_CHUNK // LANES)
    return out[:, :measured], taken
