"""Colours renamed: the same permutation for every seat of a game gives another game that is just as likely.

So every decision is ``colours!`` training samples at the cost of one game. All that a network reads or answers is
renamed by looking up numbers in tables: ``table[permutation, number]`` is the new number of a feature, a move or a card
type, and ``observations[permutation, i]`` is the place whose bit moves to place ``i``.

The rule-based blueprint that a network may read breaks some ties by the order of colours; a renamed sample then has
advice that it would not quite have given, which does no harm.
"""

from __future__ import annotations

from functools import cache
from itertools import permutations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agents.blueprints.neural.features import CLASSES, MOST_COPIES, feature_count, feature_sections
from games.hanabi.game import HanabiGame
from games.hanabi.observation import observation_sections

Numbers = npt.NDArray[np.int64]


class ColourTables(NamedTuple):
    """Tables with one row for each permutation; the first row changes nothing. One number more stands for "none"."""

    features: Numbers  # [permutations, features + 1]
    moves: Numbers  # [permutations, moves + 1]
    types: Numbers  # [permutations, types + 1]
    observations: Numbers  # [permutations, observation size]


@cache
def colour_tables(game: HanabiGame) -> ColourTables:
    """Return the tables of a game (with 6 colours or more, of the 120 permutations of the first five)."""
    fixed = tuple(range(min(game.colours, 5), game.colours))
    every = [np.array([*order, *fixed]) for order in permutations(range(min(game.colours, 5)))]
    return ColourTables(
        np.array([_features(game, order) for order in every]),
        np.array([np.append(_moves(game, order), game.moves) for order in every]),
        np.array([np.append(_types(game, order), game.types) for order in every]),
        np.array([_inverse(_observation(game, order)) for order in every]),
    )


def _inverse(places: Numbers) -> Numbers:
    inverse = np.empty_like(places)
    inverse[places] = np.arange(len(places))
    return inverse


def _types(game: HanabiGame, order: Numbers) -> Numbers:
    colour, rank = np.divmod(np.arange(game.types), game.ranks)
    return order[colour] * game.ranks + rank


def _moves(game: HanabiGame, order: Numbers) -> Numbers:
    moves = np.arange(game.moves)
    first, last = 2 * game.cards_in_hand, 2 * game.cards_in_hand + (game.players - 1) * game.colours
    hints = moves[first:last] - first
    moves[first:last] = first + hints // game.colours * game.colours + order[hints % game.colours]
    return moves


def _masks(game: HanabiGame, order: Numbers) -> Numbers:
    """Return the new number of each set of colours."""
    masks = np.arange(1 << game.colours)
    renamed = np.zeros_like(masks)
    for colour in range(game.colours):
        renamed |= (masks >> colour & 1) << order[colour]
    return renamed


def _blocks(places: Numbers, block: int) -> Numbers:
    """Return the new places of things of which each has ``block`` numbers."""
    return (places[:, None] * block + np.arange(block)).ravel()


def _join(*parts: Numbers) -> Numbers:
    """Return the new numbers of consecutive groups, each given by its own."""
    starts = np.cumsum([0, *(len(part) for part in parts[:-1])])
    return np.concatenate([start + part for start, part in zip(starts, parts, strict=True)])


def _features(game: HanabiGame, order: Numbers) -> Numbers:
    types, moves, masks, ranks = _types(game, order), _moves(game, order), _masks(game, order), 1 << game.ranks
    sizes = {name: part.stop - part.start for name, part in feature_sections(game).items()}
    own = _join(masks, np.arange(ranks), np.arange(5 * CLASSES), types)
    cards = (game.players - 1) * game.cards_in_hand
    width = sizes["other cards"] // cards
    statuses = width - game.types - len(masks) - ranks - 6 * CLASSES - 3
    other = _join(types, np.arange(statuses), masks, np.arange(ranks), np.arange(6 * CLASSES + 3))
    parts = {
        "fireworks": _blocks(order, game.ranks + 1),
        "discards": _blocks(types, MOST_COPIES),
        "last move": moves,
        "last card": _join(types, types),
        "advice": moves,
        "own cards": _join(*[own] * game.cards_in_hand),
        "other cards": _join(*[other] * cards),
    }
    renamed = _join(*(parts.get(name, np.arange(size)) for name, size in sizes.items()))
    return np.append(renamed, feature_count(game))


def _observation(game: HanabiGame, order: Numbers) -> Numbers:
    types = _types(game, order)
    starts = np.concatenate([[0], np.cumsum(np.tile(game.copies, game.colours))])
    discards = np.concatenate([starts[types[t]] + np.arange(starts[t + 1] - starts[t]) for t in range(game.types)])
    card = _join(types, order, np.arange(game.ranks))
    hand = game.cards_in_hand
    parts = {
        "other hands": _join(*[types] * ((game.players - 1) * hand)),
        "fireworks": types,
        "discards": discards,
        "last colour": order,
        "last card": types,
        "knowledge": _join(*[card] * (game.players * hand)),
    }
    sections = observation_sections(game).items()
    return _join(*(parts.get(name, np.arange(part.stop - part.start)) for name, part in sections))
