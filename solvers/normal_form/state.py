r"""What a normal-form algorithm remembers, and the compiled helpers that all of them share.

The state of an algorithm in one game is an array ``[rows, actions]`` whose rows are named below. In a symmetric game
(a preference game) all actions belong to one policy; in a two-player game the row player's come first and ``first`` is
their number: every helper treats the two blocks alike, so that an algorithm is written once for both kinds of game.

Algorithms *ask and tell*. In phase 0 of an iteration the algorithm writes the policy to be played against into
``OPPONENT``; the driver writes the action values against it into ``VALUES`` (``P opponent``, or ``A y`` and ``-A^T x``)
and calls phase 1, which updates ``POLICY`` and ``PROBABILITY`` – or asks again, for methods with two products. How the
values come about – exactly, on several threads, sampled from duels – is none of the algorithm's business.
"""

from __future__ import annotations

from numba import types

from games._base.jit import jitable
from solvers.updates import normalise_policy, tilt

# Rows of the state.
POLICY = 0  # log-probabilities of the current iterate (only PROBABILITY for algorithms with log_space = False)
PROBABILITY = 1  # the same as probabilities
OPPONENT = 2  # probabilities of the policy whose action values are asked for
VALUES = 3  # the answer
REFERENCE = 4  # log-probabilities of the reference policy mu (the magnet)
AVERAGE = 5  # weighted sum of the policies played, over the iterations
MEMORY = 6  # first of the algorithm's own rows

# Entries of the numbers of an iteration.
ITERATION = 0  # 1, 2, ...
STEP = 1  # step size eta
TEMPERATURE = 2  # beta (alpha) of the regularised game
WEIGHT = 3  # of this iteration in the average; 0 in all iterations: no average is kept
PARAMETER = 4  # first of the algorithm's own numbers

# step(phase, state, first, numbers)
STEP_TYPE = types.void(types.int64, types.float64[:, ::1], types.int64, types.float64[::1])


@jitable
def normalise(log_policy, probability, first):
    """Make each block of ``log_policy`` [actions] log-probabilities, in place, and write their exponentials."""
    if first == log_policy.shape[0]:
        normalise_policy(log_policy, probability)
    else:
        normalise_policy(log_policy[:first], probability[:first])
        normalise_policy(log_policy[first:], probability[first:])


@jitable(forceinline=True)
def tilt_row(state, first, source, values, step, magnet, pull, target, probability):
    """Write ``source^(1 - pull) magnet^pull exp(step values)``, normalised, to a row of logs and one of probabilities.

    All are rows of the state (``solvers.updates.tilt``).
    """
    tilt(state[source], state[values], 0.0, step, state[magnet], pull, state[target])
    normalise(state[target], state[probability], first)


@jitable(forceinline=True)
def move(state, first, source, values, step, magnet, pull):
    """Make the tilted row the current policy (see ``tilt_row``); with ``pull`` 0 no magnet is read."""
    tilt_row(state, first, source, values, step, magnet, pull, POLICY, PROBABILITY)


@jitable
def copy(source, target):
    """Copy one row of a state to another."""
    for a in range(source.shape[0]):
        target[a] = source[a]


@jitable
def ask_current(state):
    """Ask for the action values against the current policy (self-play)."""
    copy(state[PROBABILITY], state[OPPONENT])
