"""The loop of every normal-form solver: ask, multiply, tell – compiled, over games and iterations.

``iterate`` receives an algorithm's step as a first-class function, so that it is compiled once for all algorithms.
Games of a batch are independent and are spread over threads. A single large game is iterated from Python instead,
with its product split over threads by rows, because there the product takes all the time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._jit import borrowed, jitable, kernel
from games.threads import run_ranges
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.feedback import sampled_action_values
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


@kernel(_ITERATE)
def iterate(step, products, row, column, state, numbers, feedback, active, start, stop):
    """Run the iterations of ``numbers`` [iterations, :] on the games ``active[start:stop]``.

    ``state`` [games, rows, actions] changes in place. ``feedback`` [games, :] says how action values are observed; no
    rows: exactly (``solvers.normal_form.feedback``).
    """
    first = row.shape[1]
    row, column, state = borrowed(row), borrowed(column), borrowed(state)
    numbers, feedback = borrowed(numbers), borrowed(feedback)
    for index in range(start, stop):
        game = active[index]
        own = state[game]
        for t in range(numbers.shape[0]):
            for phase in range(products):
                step(phase, own, first, numbers[t])
                if feedback.shape[0] == 0:
                    action_values(row[game], column[game], own[OPPONENT], own[VALUES])
                else:
                    sampled_action_values(row[game], column[game], own, feedback[game])
            if numbers[t, WEIGHT] > 0.0:
                accumulate(own, numbers[t, WEIGHT])
            step(products, own, first, numbers[t])


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


def run(
    algorithm: Algorithm,
    problem: Problem,
    state: FloatArray,
    numbers: FloatArray,
    feedback: NDArray[np.int64],
    active: NDArray[np.int64],
    workers: int | None = None,
) -> None:
    """Run the iterations of ``numbers`` on the ``active`` games, whichever way is fastest."""
    if is_large(problem) and len(feedback) == 0:
        run_with(algorithm, threaded_values(problem), state[0], problem.first, numbers)
        return
    run_ranges(
        lambda start, stop: iterate(
            algorithm.step,
            algorithm.products,
            problem.row,
            problem.column,
            state,
            numbers,
            feedback,
            active,
            start,
            stop,
        ),
        len(active),
        workers,
        chunk=chunk_of(len(active)),
    )


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
