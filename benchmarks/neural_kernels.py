"""The parts of a compiled network's decision as kernels over many positions, for timing."""

from __future__ import annotations

import numpy as np

from agents.blueprints.neural.features import write_features
from agents.blueprints.neural.network import BASE, add_rows, copy_row, evaluate, offsets, rectify, shape_of
from agents.blueprints.neural.playing import advised_move, decide
from agents.blueprints.smart.memory import MASKS
from games._base.jit import borrowed, kernel


@kernel
def advise_all(rules, views, memories, parameters, advice):
    """Ask the base for its move in every view."""
    for i in range(views.shape[0]):
        advice[i] = advised_move(rules, views[i], memories[i], np.uint64(0), parameters[BASE])


@kernel
def write_all(rules, views, memories, advice, features, counts):
    """Write the features of every view."""
    for i in range(views.shape[0]):
        counts[i] = write_features(rules, views[i], memories[i], MASKS, advice[i], features[i])


@kernel
def first_layers(parameters, features, counts, values):
    """Compute the first hidden layer of every row of features, and a number of each so that none is left out."""
    parameters = borrowed(parameters)
    count, width_1, width_2, moves = shape_of(parameters)
    at = offsets(count, width_1, width_2, moves)
    hidden = np.empty(width_1, np.float32)
    for i in range(features.shape[0]):
        copy_row(hidden, parameters, at[1])
        add_rows(hidden, parameters, at[0], features[i], counts[i])
        rectify(hidden)
        values[i] = hidden[i % width_1]


@kernel
def evaluate_all(parameters, features, counts, advice, logits, values):
    """Evaluate the network for every row of features."""
    parameters = borrowed(parameters)
    _, width_1, width_2, _ = shape_of(parameters)
    hidden_1, hidden_2 = np.empty(width_1, np.float32), np.empty(width_2, np.float32)
    for i in range(features.shape[0]):
        values[i] = evaluate(parameters, features[i], counts[i], advice[i], hidden_1, hidden_2, logits[i])


@kernel
def decide_all(rules, views, memories, moves):
    """Decide every view from beginning to end."""
    for i in range(views.shape[0]):
        moves[i] = decide(rules, views[i], memories[i], np.uint64(0))
