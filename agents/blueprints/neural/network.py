r"""A small network in one flat vector: sum of rows, two hidden layers, policy and value, cheap enough for rollouts.

With ``S`` the set of features that are on,

.. math:: h_1 = [b_1 + \sum_{i \in S} W_{1,i}]^+, \quad h_2 = [b_2 + h_1 W_2]^+, \quad
          \text{logits} = b_\pi + h_2 W_\pi + A_{\text{advice}}, \quad v = b_v + h_2 \cdot w_v.

``A`` [moves, moves] is a row of logits for each move that a rule-based blueprint may advise; a positive multiple of the
identity and zeros elsewhere make the network play the advice. All parameters are in one float32 vector that begins with
a header, so that compiled code, optimiser and file agree on the layout without any other description:

| part | shape |
|---|---|
| header | 16: features, hidden 1, hidden 2, moves, base (all integers), calibration of the value (4), history, zeros |
| first, first bias | [features, hidden 1], [hidden 1] |
| second, second bias | [hidden 1, hidden 2], [hidden 2] |
| policy, policy bias | [hidden 2, padded moves], [padded moves] |
| advice | [moves, padded moves] |
| value, value bias | [hidden 2], 16 (the first counts) |

Widths are multiples of 16, so that every row is a whole number of vector registers; moves are padded to such a
multiple, with zeros that never change.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from games._base.jit import SUMS, jitable

Floats = npt.NDArray[np.float32]

HEADER = 16
BASE = 4  # in the header: the rule-based blueprint below, filled in when a network is about to play (``playing``)
HISTORY = 9  # in the header: earlier moves that are read, the last groups of features (``history``)
LANES = 16  # float32 numbers in a vector register
REWARD_SCALE = 0.1  # of a point of score in the units of the value


class Shape(NamedTuple):
    """Sizes of a network."""

    features: int
    hidden_1: int
    hidden_2: int
    moves: int


@jitable
def padded(moves):
    """Return the number of moves rounded up to a multiple of ``LANES``."""
    return (moves + LANES - 1) // LANES * LANES


@jitable
def shape_of(parameters):
    """Return ``(features, hidden 1, hidden 2, moves)`` as the header says them."""
    return np.int64(parameters[0]), np.int64(parameters[1]), np.int64(parameters[2]), np.int64(parameters[3])


@jitable
def history_of(parameters):
    """Return how many earlier moves a network reads."""
    return np.int64(parameters[HISTORY])


@jitable
def offsets(features, hidden_1, hidden_2, moves):
    """Return where the eight parts after the header begin, and the length of the whole vector."""
    width = padded(moves)
    first = HEADER
    first_bias = first + features * hidden_1
    second = first_bias + hidden_1
    second_bias = second + hidden_1 * hidden_2
    policy = second_bias + hidden_2
    policy_bias = policy + hidden_2 * width
    advice = policy_bias + width
    value = advice + moves * width
    value_bias = value + hidden_2
    return first, first_bias, second, second_bias, policy, policy_bias, advice, value, value_bias, value_bias + LANES


def views(parameters: Floats) -> dict[str, Floats]:
    """Return the parts of a parameter vector by name, as views: what is written to them changes the vector."""
    features, hidden_1, hidden_2, moves = (int(n) for n in shape_of(parameters))
    width = padded(moves)
    at = offsets(features, hidden_1, hidden_2, moves)
    shapes: dict[str, tuple[int, ...]] = {
        "first": (features, hidden_1),
        "first_bias": (hidden_1,),
        "second": (hidden_1, hidden_2),
        "second_bias": (hidden_2,),
        "policy": (hidden_2, width),
        "policy_bias": (width,),
        "advice": (moves, width),
        "value": (hidden_2,),
        "value_bias": (LANES,),
    }
    return {
        name: parameters[start : start + int(np.prod(shape))].reshape(shape)
        for (name, shape), start in zip(shapes.items(), at, strict=False)
    }


def new_network(shape: Shape, seed: int, advice: float = 0.0, history: int = 0) -> Floats:
    """Return random parameters (He et al. 2015, with 100 features on); the policy is about ``advice`` times identity.

    ``history`` is for the header: how many earlier moves are among the features. Raises ``ValueError`` for widths that
    are not positive multiples of 16.
    """
    for name, width in (("first", shape.hidden_1), ("second", shape.hidden_2)):
        if width < LANES or width % LANES:
            raise ValueError(f"the {name} hidden layer must have a positive multiple of {LANES} units, not {width}")
    generator = np.random.default_rng([seed, *shape])
    parameters = np.zeros(offsets(*shape)[-1], np.float32)
    parameters[:4] = shape
    parameters[HISTORY] = history
    parts = views(parameters)
    parts["first"][:] = generator.normal(0.0, np.sqrt(2.0 / 100.0), parts["first"].shape)
    parts["second"][:] = generator.normal(0.0, np.sqrt(2.0 / shape.hidden_1), parts["second"].shape)
    parts["policy"][:, : shape.moves] = generator.normal(
        0.0, 0.01 / np.sqrt(shape.hidden_2), (shape.hidden_2, shape.moves)
    )
    parts["advice"][:, : shape.moves] = advice * np.eye(shape.moves)
    return parameters


@jitable(fastmath=SUMS)
def add_row(target, parameters, start):
    """Add ``parameters[start :]`` to ``target``."""
    for i in range(target.shape[0]):
        target[np.uint64(i)] += parameters[np.uint64(start + i)]


@jitable(fastmath=SUMS)
def add_multiple(target, factor, parameters, start):
    """Add ``factor * parameters[start :]`` to ``target``."""
    for i in range(target.shape[0]):
        target[np.uint64(i)] += factor * parameters[np.uint64(start + i)]


@jitable(fastmath=SUMS)
def add_four_rows(target, parameters, a, b, c, d):
    """Add ``parameters[a :]``, ``[b :]``, ``[c :]`` and ``[d :]`` to ``target``, which is read and written once."""
    for i in range(target.shape[0]):
        target[np.uint64(i)] += (parameters[np.uint64(a + i)] + parameters[np.uint64(b + i)]) + (
            parameters[np.uint64(c + i)] + parameters[np.uint64(d + i)]
        )


@jitable(fastmath=SUMS)
def add_four_multiples(target, factors, parameters, starts):
    """Add the four rows ``factors[k] * parameters[starts[k] :]`` to ``target``."""
    x, y, z, w = factors
    a, b, c, d = starts
    for i in range(target.shape[0]):
        target[np.uint64(i)] += (x * parameters[np.uint64(a + i)] + y * parameters[np.uint64(b + i)]) + (
            z * parameters[np.uint64(c + i)] + w * parameters[np.uint64(d + i)]
        )


@jitable
def add_rows(target, parameters, start, rows, count):
    """Add the rows ``rows[:count]`` of the matrix at ``start`` to ``target``."""
    width = target.shape[0]
    whole = count & ~3
    for i in range(0, whole, 4):
        a = start + np.int64(rows[i]) * width
        b = start + np.int64(rows[i + 1]) * width
        c = start + np.int64(rows[i + 2]) * width
        d = start + np.int64(rows[i + 3]) * width
        add_four_rows(target, parameters, a, b, c, d)
    for i in range(whole, count):
        add_row(target, parameters, start + np.int64(rows[i]) * width)


@jitable
def add_product(target, units, parameters, start, active):
    """Add ``units`` times the matrix at ``start`` to ``target``, leaving out units that are zero.

    ``active`` [units] is scratch. Four rows at a time, and no test in the loop over them: twice as fast as one by one.
    """
    width = target.shape[0]
    count = 0
    for i in range(units.shape[0]):
        active[count] = i
        count += units[i] > 0.0
    whole = count & ~3
    for i in range(0, whole, 4):
        a, b, c, d = active[i], active[i + 1], active[i + 2], active[i + 3]
        starts = start + a * width, start + b * width, start + c * width, start + d * width
        add_four_multiples(target, (units[a], units[b], units[c], units[d]), parameters, starts)
    for i in range(whole, count):
        add_multiple(target, units[active[i]], parameters, start + active[i] * width)


@jitable
def copy_row(target, parameters, start):
    """Copy ``parameters[start :]`` to ``target``."""
    for i in range(target.shape[0]):
        target[np.uint64(i)] = parameters[np.uint64(start + i)]


@jitable
def rectify(values):
    """Set negative numbers to zero."""
    for i in range(values.shape[0]):
        values[np.uint64(i)] = max(values[np.uint64(i)], np.float32(0.0))


@jitable(fastmath=SUMS)
def dot(values, parameters, start):
    """Return the scalar product of ``values`` and ``parameters[start :]``."""
    total = np.float32(0.0)
    for i in range(values.shape[0]):
        total += values[np.uint64(i)] * parameters[np.uint64(start + i)]
    return total


@jitable
def evaluate(parameters, features, count, advice, hidden_1, hidden_2, logits):
    """Evaluate a position: fill ``hidden_1``, ``hidden_2`` and ``logits`` [padded moves], return the value.

    ``features[:count]`` are on; ``advice`` is a move or -1. All vectors are float32, contiguous.
    """
    width_1 = hidden_1.shape[0]
    features_in, _, width_2, moves = shape_of(parameters)
    at = offsets(features_in, width_1, width_2, moves)
    active = np.empty(max(width_1, width_2), np.int64)
    copy_row(hidden_1, parameters, at[1])
    add_rows(hidden_1, parameters, at[0], features, count)
    rectify(hidden_1)
    copy_row(hidden_2, parameters, at[3])
    add_product(hidden_2, hidden_1, parameters, at[2], active)
    rectify(hidden_2)
    copy_row(logits, parameters, at[5])
    add_product(logits, hidden_2, parameters, at[4], active)
    if advice >= 0:
        add_row(logits, parameters, at[6] + advice * logits.shape[0])
    return dot(hidden_2, parameters, at[7]) + parameters[at[8]]
