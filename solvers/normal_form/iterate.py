"""The loop of every normal-form solver: ask, multiply, tell – compiled, over games and iterations.

``iterate`` receives an algorithm's step as a first-class function, so that it is compiled once for all algorithms.
Games of a batch are independent and are spread over threads. A single large game is iterated from Python instead,
with its product split over threads by rows, because there the product takes all the time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import borrowed, jitable, kernel
from games._base.threads import run_ranges
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.certificate import certify_state
from solvers.normal_form.feedback import sampled_action_values
from solvers.normal_form.many_games import run_together, together
from solvers.normal_form.problem import Problem
from solvers.normal_form.products import action_values, antisymmetric_range, rows_range
from solvers.normal_form.state import AVERAGE, OPPONENT, STEP_TYPE, VALUES, WEIGHT

FloatArray = NDArray[np.float64]
Values = Callable[[FloatArray, FloatArray], None]

# Above this many entries of the matrix, one product is worth several threads.
_LARGE = 1_500_000
_PARTS = 4

_ITERATE = types.void(
    types.FunctionType(STEP_TYPE),
    types.int64,
    types.float64[:, :, ::1],
    types.float64[:, :, ::1],
    types.float64[:, :, ::1],
    types.float64[:, ::1],
    types.int64[:, ::1],
    types.int64[::1],
    types.Tuple((types.int64[::1], types.float64[::1], types.boolean, types.boolean, types.float64)),
    types.float64[:, ::1],
    types.float64[:, ::1],
    types.float64[:, :, ::1],
    types.int64[::1],
    types.int64,
    types.int64,
)
_PHASE = types.void(
    types.FunctionType(STEP_TYPE),
    types.int64,
    types.float64[:, ::1],
    types.int64,
    types.float64[::1],
)


@jitable
def accumulate(state, weight):
    """Add the policy just played to the average."""
    for a in range(state.shape[1]):
        state[AVERAGE, a] += weight * state[OPPONENT, a]


@jitable
def _iterate_once(step, products, row, column, state, numbers, feedback):
    first = row.shape[0]
    for phase in range(products):
        step(phase, state, first, numbers)
        if feedback.shape[0] == 0:
            action_values(row, column, state[OPPONENT], state[VALUES])
        else:
            sampled_action_values(row, column, state, feedback)
    if numbers[WEIGHT] > 0.0:
        accumulate(state, numbers[WEIGHT])
    step(products, state, first, numbers)


@kernel(_ITERATE)
def iterate(
    step, products, row, column, states, numbers, feedback, active, checks, reference, target, out, taken, start, stop
):  # fmt: skip
    """Run iterations on the games ``active[start:stop]``, each until a checkpoint at which it has converged.

    ``states`` [games, rows, actions] change in place; ``numbers`` [iterations, :]. ``feedback`` [games, :] says how
    action values are observed; no columns: exactly (``solvers.normal_form.feedback``). ``checks`` is (checkpoints
    [k], limits [games], average, log_space, beta): after so many iterations the certificate [3] goes to ``out``
    [active, k, 3], and once the gap is not above its limit the game stops and the certificate stands for the remaining
    checkpoints. ``taken`` [active] is how many iterations a game took. ``reference``, ``target``: see ``certify``.
    """
    stops, limits, average, log_space, beta = checks
    row, column, states, numbers = borrowed(row), borrowed(column), borrowed(states), borrowed(numbers)
    feedback, reference, target, out = borrowed(feedback), borrowed(reference), borrowed(target), borrowed(out)
    own = np.empty((3, states.shape[2]))
    scratch = np.empty((2, states.shape[2]))
    for index in range(start, stop):
        game = active[index]
        state = states[game]
        t = 0
        for k in range(stops.shape[0]):
            while t < stops[k]:
                _iterate_once(step, products, row[game], column[game], state, numbers[t], feedback[game])
                t += 1
            result = out[index, k]
            certify_state(
                row[game], column[game], state, average, log_space, reference[game], beta, target, game,
                own, scratch, result,
            )  # fmt: skip
            if not result[0] > limits[game]:
                for later in range(k + 1, stops.shape[0]):
                    out[index, later] = result
                break
        if stops.shape[0] == 0:
            for _ in range(numbers.shape[0]):
                _iterate_once(step, products, row[game], column[game], state, numbers[t], feedback[game])
                t += 1
        taken[index] = t


@kernel(_PHASE)
def call_phase(step, phase, state, first, numbers):
    """Call one phase of a step, after the values of the last one were written; used where Python makes the products."""
    step(phase, state, first, numbers)


def threaded_values(problem: Problem) -> Values:
    """Return a function that writes the exact action values of the (single) game on all threads.

    The parts of a sum are the same for any number of threads, and so are the values.
    """
    row, column, first = problem.row[0], problem.column[0], problem.first

    def symmetric(opponent: FloatArray, out: FloatArray) -> None:
        parts = np.empty((_PARTS, problem.actions))
        run_ranges(partial(antisymmetric_range, row, opponent, parts), _PARTS, chunk=1)
        np.sum(parts, axis=0, out=out)

    def two_player(opponent: FloatArray, out: FloatArray) -> None:
        for matrix, other, own in ((row, opponent[first:], out[:first]), (column, opponent[:first], out[first:])):
            run_ranges(partial(rows_range, matrix, other, own), len(own))

    return symmetric if problem.symmetric else two_player


def chunk_of(games: int) -> int | None:
    """Return how many games a thread takes at a time: few enough for balance, enough to make the call worth it."""
    return None if games < 64 else max(16, min(1024, games // 16))


def is_large(problem: Problem) -> bool:
    """Whether a single product of the problem is worth several threads."""
    return problem.games == 1 and problem.row[0].size >= _LARGE


class Checks(NamedTuple):
    """When and how policies are measured: after ``stops`` iterations (int64 [k]), up to duality gaps of ``limits``
    (float64 [games]).
    """

    stops: NDArray[np.int64]
    limits: FloatArray
    average: bool
    log_space: bool
    beta: float


def run(
    algorithm: Algorithm,
    problem: Problem,
    state: FloatArray,
    numbers: FloatArray,
    feedback: NDArray[np.int64],
    active: NDArray[np.int64],
    checks: Checks,
    target: FloatArray,
    workers: int | None = None,
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Run the iterations of ``numbers`` on the ``active`` games; return certificates [active, k, 3] and [active]
    iterations taken. Games that converge at a checkpoint stop there.
    """
    if together(algorithm, problem, numbers) and not (checks.average or feedback.shape[1] or len(target)):
        return run_together(algorithm, problem, state, numbers, active, checks.stops, checks.limits, workers)
    out = np.empty((len(active), len(checks.stops), 3))
    taken = np.zeros(len(active), dtype=np.int64)
    step, products, row, column = algorithm.step, algorithm.products, problem.row, problem.column
    reference = problem.log_reference

    def work(start: int, stop: int) -> None:
        iterate(
            step, products, row, column, state, numbers, feedback, active, tuple(checks), reference, target,
            out, taken, start, stop,
        )  # fmt: skip

    run_ranges(work, len(active), workers, chunk=chunk_of(len(active)))
    return out, taken


def run_with(
    algorithm: Algorithm,
    values: Values,
    state: FloatArray,
    first: int,
    numbers: FloatArray,
) -> None:
    """Run the iterations of ``numbers`` on one game whose action values ``values(opponent, out)`` gives.

    ``values`` may be anything: a product on several threads, or people who are asked. ``state`` [rows, actions].
    """
    for line in numbers:
        for phase in range(algorithm.products):
            call_phase(algorithm.step, phase, state, first, line)
            values(state[OPPONENT], state[VALUES])
        if line[WEIGHT] > 0.0:
            state[AVERAGE] += line[WEIGHT] * state[OPPONENT]
        call_phase(algorithm.step, algorithm.products, state, first, line)
