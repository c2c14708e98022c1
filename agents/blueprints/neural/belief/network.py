r"""The network of a learned belief: one encoding of the view, then a small step for each card of the hand.

With ``S`` the features that are on (``agents.blueprints.neural.features``, and what happened to each own card),

.. math:: g = [b_2 + [b_1 + \sum_{j \in S} W_{1,j}]^+ W_2]^+, \qquad
          z_i = [b_i + g C_i + \sum_{j<i} D_{j,h_j}]^+, \qquad o_i = z_i O_i + b'_i,

``h`` the hand, oldest card first: a neural autoregressive distribution estimator (Larochelle and Murray, AISTATS 2011)
whose hidden units also see the view. ``o_i`` has one number for each type and one for each *class* of types (worthless,
playable, what the convention says, what partners passed over: ``position``), and the *tilt* of a type is its own number
plus those of the classes it is in. A card is drawn with probability proportional to prior × exp(tilt), so that with
``O = b' = 0`` the model is the exact prior. The view is encoded once a decision; a drawn card costs one small product.

All parameters are in one float32 vector that begins with a header:

| part | shape |
|---|---|
| header | 16: features, hidden 1, hidden 2, depth, cards, types, classes (all integers), zeros |
| first, first bias | [features, hidden 1], [hidden 1] |
| second, second bias | [hidden 1, hidden 2], [hidden 2] |
| context, context bias | [cards, hidden 2, depth], [cards, depth] |
| drawn | [cards, types, depth] |
| output, output bias | [cards, depth, padded outputs], [cards, padded outputs] |
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agents.blueprints.neural.network import HEADER, LANES, add_product, add_row, add_rows, copy_row, padded, rectify
from games._base.jit import jitable

Floats = npt.NDArray[np.float32]


class Shape(NamedTuple):
    """Sizes of a belief network; the outputs are the types and the classes."""

    features: int
    hidden_1: int
    hidden_2: int
    depth: int
    cards: int
    types: int
    classes: int


@jitable
def offsets(features, hidden_1, hidden_2, depth, cards, types, classes):
    """Return where the nine parts after the header begin, and the length of the whole vector."""
    width = padded(types + classes)
    first = HEADER
    first_bias = first + features * hidden_1
    second = first_bias + hidden_1
    second_bias = second + hidden_1 * hidden_2
    context = second_bias + hidden_2
    context_bias = context + cards * hidden_2 * depth
    drawn = context_bias + cards * depth
    output = drawn + cards * types * depth
    output_bias = output + cards * depth * width
    stop = output_bias + cards * width
    return first, first_bias, second, second_bias, context, context_bias, drawn, output, output_bias, stop


@jitable
def shape_of(parameters):
    """Return the seven numbers of the ``Shape`` as the header says them."""
    return (
        np.int64(parameters[0]),
        np.int64(parameters[1]),
        np.int64(parameters[2]),
        np.int64(parameters[3]),
        np.int64(parameters[4]),
        np.int64(parameters[5]),
        np.int64(parameters[6]),
    )


def views(parameters: Floats) -> dict[str, Floats]:
    """Return the parts of a parameter vector by name, as views: what is written to them changes the vector."""
    shape = Shape(*(int(n) for n in shape_of(parameters)))
    width = padded(shape.types + shape.classes)
    shapes: dict[str, tuple[int, ...]] = {
        "first": (shape.features, shape.hidden_1),
        "first_bias": (shape.hidden_1,),
        "second": (shape.hidden_1, shape.hidden_2),
        "second_bias": (shape.hidden_2,),
        "context": (shape.cards, shape.hidden_2, shape.depth),
        "context_bias": (shape.cards, shape.depth),
        "drawn": (shape.cards, shape.types, shape.depth),
        "output": (shape.cards, shape.depth, width),
        "output_bias": (shape.cards, width),
    }
    starts = offsets(*shape)
    return {
        name: parameters[start : start + int(np.prod(part))].reshape(part)
        for (name, part), start in zip(shapes.items(), starts, strict=False)
    }


def new_network(shape: Shape, seed: int) -> Floats:
    """Return random parameters (He et al. 2015, with 100 features on) whose outputs are 0: the prior.

    Raises ``ValueError`` for widths that are not positive multiples of 16.
    """
    for name, width in (("hidden", shape.hidden_1), ("hidden", shape.hidden_2), ("depth", shape.depth)):
        if width < LANES or width % LANES:
            raise ValueError(f"the layers of a belief must be multiples of {LANES} units wide, not {width} ({name})")
    generator = np.random.default_rng([seed, *shape])
    parameters = np.zeros(offsets(*shape)[-1], np.float32)
    parameters[: len(shape)] = shape
    parts = views(parameters)
    for name, inputs in (("first", 100), ("second", shape.hidden_1), ("context", shape.hidden_2)):
        parts[name][:] = generator.normal(0.0, np.sqrt(2.0 / inputs), parts[name].shape)
    parts["drawn"][:] = generator.normal(0.0, 0.3, parts["drawn"].shape)
    return parameters


@jitable
def encode(parameters, features, count, hidden_1, hidden_2, contexts):
    """Encode a view, of which ``features[:count]`` are on: fill ``contexts`` [cards, depth], the rest is scratch."""
    shape = shape_of(parameters)
    at = offsets(*shape)
    width_1 = hidden_1.shape[0]
    width_2 = hidden_2.shape[0]
    depth = contexts.shape[1]
    copy_row(hidden_1, parameters, at[1])
    active = np.empty(max(width_1, width_2), np.int64)
    add_rows(hidden_1, parameters, at[0], features, count)
    rectify(hidden_1)
    copy_row(hidden_2, parameters, at[3])
    add_product(hidden_2, hidden_1, parameters, at[2], active)
    rectify(hidden_2)
    for card in range(contexts.shape[0]):
        context = contexts[card]
        copy_row(context, parameters, at[5] + card * depth)
        add_product(context, hidden_2, parameters, at[4] + card * width_2 * depth, active)


@jitable
def score_card(parameters, at, contexts, drawn, card, units, active, outputs):
    """Fill ``outputs`` [padded outputs] for a card; ``drawn`` [depth] is the sum of the rows of the older cards.

    ``units`` [depth] and ``active`` [depth] int64 are scratch.
    """
    depth = units.shape[0]
    width = outputs.shape[0]
    copy_row(outputs, parameters, at[8] + card * width)
    for i in range(depth):
        units[i] = contexts[card, i] + drawn[i]
    add_product(outputs, units, parameters, at[7] + card * depth * width, active)


@jitable
def add_drawn(parameters, at, types, card, card_type, drawn):
    """Add the row of an older card to ``drawn`` [depth]."""
    add_row(drawn, parameters, at[6] + (card * types + card_type) * drawn.shape[0])
