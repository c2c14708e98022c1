r"""Feedback from samples: action values when a preference can only be observed by asking.

An exact product reads every entry of the matrix; a judge – a person, a model, a match – answers one comparison at a
time. Ways of asking, all of them unbiased (up to a constant that no update sees) for the action values ``P o``
against the opponent ``o``:

- ``duels``: every alternative meets ``samples`` opponents drawn from ``o``, the same ones for all; a value is its share
  of wins, minus 1/2. ``samples`` queries an alternative.
- ``pairs``: ``samples`` pairs ``(y, z)``, ``y`` from the sampling policy ``s`` – the current policy mixed with 10 %
  of the uniform one – and ``z`` from ``o``; the value estimate of ``y`` gains ``(win - 1/2) / (s(y) samples)``. One
  query a pair.
- ``teams``: ``samples`` alternatives are drawn, the first half from ``s`` and the rest from ``o``, and each of the
  first half is compared with each of the rest, by itself; the estimate is importance-weighted as for pairs.
  ``floor(k/2) ceil(k/2)`` queries.
- ``rankings``: one judge ranks ``samples`` alternatives, and all pairs of that one order count
  (``solvers.normal_form.rankings``). For games that know more than pairs: recorded rankings, or a model of them.

A product asks that many times for each player. In preference games an answer is a Bernoulli draw with ``P(y > z)``,
also where an alternative meets itself; in matrix games it is the payoff itself. The random
numbers are those of (seed, draw), so that a run repeats exactly, on any number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from games._base.jit import jitable
from games._base.rng import draw, uniform
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import OPPONENT, PROBABILITY, REFERENCE, VALUES

Kind = Literal["duels", "pairs", "teams", "rankings"]

# Entries of the feedback of a game.
KIND = 0
SAMPLES = 1
BINARY = 2  # answers are wins and losses
QUERIES = 3  # asked so far
SEED = 4
DRAWS = 5  # random numbers used so far
_ENTRIES = 6

EXPLORATION = 0.1  # share of the uniform policy in the sampling policy


@dataclass(frozen=True)
class Feedback:
    """How action values are sampled: the ``kind``, ``samples`` a product, and the seed of the random numbers."""

    kind: Kind
    samples: int
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"feedback must be one of {', '.join(get_args(Kind))}, not {self.kind!r}")
        least = 2 if self.kind in ("teams", "rankings") else 1
        if self.samples < least:
            raise ValueError(f"{self.kind} need at least {least} samples, not {self.samples}")
        if self.seed < 0:
            raise ValueError(f"the seed must be at least 0, not {self.seed}")

    def array(self, problem: Problem) -> NDArray[np.int64]:
        """Return the compiled form, [games, entries]; it also counts queries and random numbers."""
        out = np.zeros((problem.games, _ENTRIES), dtype=np.int64)
        out[:, KIND] = get_args(Kind).index(self.kind)
        out[:, SAMPLES] = self.samples
        out[:, BINARY] = problem.binary
        words = np.random.SeedSequence(self.seed).generate_state(problem.games, np.uint64)
        out[:, SEED] = words.view(np.int64)
        return out


@jitable
def next_uniform(feedback):
    """Return the next uniform random number of this game."""
    counter = feedback[DRAWS]
    feedback[DRAWS] = counter + 1
    return uniform(draw(np.uint64(feedback[SEED]), counter))


@jitable
def sample(probability, number):
    """Return the index at which the cumulative probability passes ``number``; never one of probability 0."""
    total = 0.0
    last = -1
    for a in range(probability.shape[0]):
        if probability[a] > 0.0:
            total += probability[a]
            last = a
            if number < total:
                return a
    return last


@jitable
def _answer(payoff, feedback):
    """Return one observation of a payoff: itself, or +1/2 and -1/2 with mean ``payoff``."""
    feedback[QUERIES] += 1
    if feedback[BINARY] == 0:
        return payoff
    return 0.5 if next_uniform(feedback) < payoff + 0.5 else -0.5


@jitable
def _sample_own(state, start, stop, alternatives, feedback, weight):
    """Draw an action of the block from the sampling policy; return it and 1 / (its probability * weight)."""
    own = state[PROBABILITY, start:stop]
    if next_uniform(feedback) < EXPLORATION:
        place = int(next_uniform(feedback) * alternatives)
        action = -1
        for a in range(stop - start):
            if state[REFERENCE, start + a] > -np.inf:
                place -= 1
                action = a
                if place < 0:
                    break
    else:
        action = sample(own, next_uniform(feedback))
    chance = (1.0 - EXPLORATION) * own[action] + EXPLORATION / alternatives
    return action, 1.0 / (chance * weight)


@jitable
def _block_values(matrix, state, start, stop, opponent, feedback):
    kind, samples = feedback[KIND], feedback[SAMPLES]
    alternatives = 0
    for a in range(start, stop):
        state[VALUES, a] = 0.0
        if state[REFERENCE, a] > -np.inf:
            alternatives += 1
    if kind == 0:
        for _ in range(samples):
            z = sample(opponent, next_uniform(feedback))
            for a in range(stop - start):
                if state[REFERENCE, start + a] > -np.inf:
                    state[VALUES, start + a] += _answer(matrix[a, z], feedback) / samples
        return
    left = 1 if kind == 1 else samples // 2
    right = 1 if kind == 1 else samples - left
    rounds = samples if kind == 1 else 1
    for _ in range(rounds):
        opponents = np.empty(right, np.int64)
        for k in range(right):
            opponents[k] = sample(opponent, next_uniform(feedback))
        for _ in range(left):
            action, weight = _sample_own(state, start, stop, alternatives, feedback, float(rounds * left * right))
            for k in range(right):
                state[VALUES, start + action] += weight * _answer(matrix[action, opponents[k]], feedback)


@jitable
def sampled_action_values(row, column, state, feedback):
    """Write an unbiased estimate of each action's value against the opponent row of ``state`` [rows, actions]."""
    first = row.shape[0]
    if column.shape[0] == 0:
        _block_values(row, state, 0, first, state[OPPONENT], feedback)
    else:
        actions = state.shape[1]
        _block_values(row, state, 0, first, state[OPPONENT, first:], feedback)
        _block_values(column, state, first, actions, state[OPPONENT, :first], feedback)
