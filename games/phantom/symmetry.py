"""Symmetries of the board: of information states that a motion of the board takes to each other, one is kept.

A motion of the board that leaves both players' winning sets winning takes histories to histories. Algorithms that start
at policies it does not change, and treat all information states alike, never leave such policies. Tic-Tac-Toe has the
eight motions of the square, Dark Hex the half turn.

A motion takes the block ``(X, R)`` to ``(gX, gR)``, an order of letters to an order, hence a rank to a rank that
depends only on how the letters of ``X`` and of ``R`` are permuted. Of each orbit of blocks the one with the least
``R``, then the least ``X``, is kept (so that all kept ones of an ``R`` are found together); *folded* states number its
sequences alone, and the other blocks share their numbers (see ``Numbering``). Within a kept block that motions take to
itself, all sequences are kept: computed one by one, they would part by rounding errors, which play may amplify, and
``equalise`` copies one to its images.
"""

from __future__ import annotations

from functools import lru_cache
from math import factorial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from games._base.jit import kernel
from games.phantom.game import PhantomGame
from games.phantom.information_states import (
    DECIDING,
    InformationStates,
    Numbering,
    information_states,
    letters_of_ranks,
)

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]


@lru_cache(maxsize=16)
def symmetries(game: PhantomGame) -> tuple[tuple[int, ...], ...]:
    """Return the motions that leave a game as it is, the identity first; cell ``c`` goes to ``motion[c]``."""
    board = np.arange(game.cells).reshape(game.rows, game.columns)
    turned = [np.rot90(board, k) for k in range(4)]
    found = []
    for moved in turned + [np.fliplr(side) for side in turned]:
        if moved.shape == board.shape:
            motion = tuple(np.argsort(moved.ravel()).tolist())
            images = _images(motion)
            if all(np.array_equal(wins[images], wins) for wins in game.winning):
                found.append(motion)
    return tuple(found)


def _images(motion: tuple[int, ...]) -> Longs:
    """Return what a motion makes of every set of cells."""
    sets = np.arange(1 << len(motion))
    images = np.zeros_like(sets)
    for cell, to in enumerate(motion):
        images |= (sets >> cell & 1) << to
    return images


@lru_cache(maxsize=8)
def folded(game: PhantomGame) -> InformationStates:
    """Return the information states of a game with one block for each orbit (a second's work for a 3×3 board)."""
    states = information_states(game)
    mirrors = _Mirrors(game.cells)
    parts = [[_fold(game, states.numberings[player][kind], mirrors) for kind in range(2)] for player in range(2)]
    table = mirrors.array()
    (a, b), (c, d) = [[part._replace(mirrors=table) for part in pair] for pair in parts]
    return InformationStates(game, ((a, b), (c, d)))


class Stabilisers(NamedTuple):
    """Motions that take a kept block to itself, without the identity: those of block ``codes[i]`` are
    ``starts[i] : starts[i + 1]``. The image has the rank ``mirrors[mirror_at[j] + rank]`` and cells ``image[j]``.
    """

    codes: Longs
    starts: Longs
    mirror_at: Longs
    image: Longs
    mirrors: npt.NDArray[np.uint16]


@lru_cache(maxsize=16)
def stabilisers(game: PhantomGame, player: int) -> Stabilisers:
    """Return the motions that take kept blocks of information states to themselves."""
    motions, mirrors = symmetries(game)[1:], _Mirrors(game.cells)
    images = [_images(motion) for motion in motions]
    codes, starts, places, cells = [], [0], [], []
    for code in folded(game).numberings[player][DECIDING].blocks.tolist():
        placed, refused = code >> game.cells, code & (1 << game.cells) - 1
        for motion, image in zip(motions, images, strict=True):
            if image[placed] == placed and image[refused] == refused:
                places.append(mirrors.at(code, motion))
                cells.append(motion)
        if len(places) > starts[-1]:
            codes.append(code)
            starts.append(len(places))
    image = np.array(cells, np.int64).reshape(len(cells), game.cells)
    first, second, third = (np.array(part, np.int64) for part in (codes, starts, places))
    return Stabilisers(first, second, third, image, mirrors.array())


def equalise(states: InformationStates, player: int, rows: Floats, numbers: Floats) -> None:
    """Make ``rows`` [rows, cells] and ``numbers`` [rows] of folded states the same for all images of a state.

    States that are not folded are left as they are.
    """
    numbering = states.numberings[player][DECIDING]
    if numbering.image.shape[0]:
        _equalise(numbering, stabilisers(states.game, player), rows, numbers)


@kernel
def _equalise(numbering, found, rows, numbers):
    for i in range(found.codes.shape[0]):
        code = found.codes[i]
        first = numbering.first[code]
        for place in range(numbering.size[code]):
            rank = numbering.ranks[numbering.ranks_at[code] + place]
            least, motion = rank, -1
            for j in range(found.starts[i], found.starts[i + 1]):
                moved = found.mirrors[found.mirror_at[j] + rank]
                if moved < least:
                    least, motion = moved, j
            row = first + place
            source = first + numbering.places[numbering.places_at[code] + least]
            numbers[row] = numbers[source]
            for cell in range(rows.shape[1]):
                if motion >= 0:
                    rows[row, cell] = rows[source, found.image[motion, cell]]
                    continue
                first_cell = cell
                for j in range(found.starts[i], found.starts[i + 1]):
                    if found.mirrors[found.mirror_at[j] + rank] == rank:
                        first_cell = min(first_cell, found.image[j, cell])
                rows[row, cell] = rows[row, first_cell]


def unfold(states: InformationStates, player: int, policy: Floats) -> Floats:
    """Return a policy of folded states as one of all information states, [rows, cells]."""
    own = states.numberings[player][DECIDING]
    whole = information_states(states.game).numberings[player][DECIDING]
    out = np.zeros((whole.total, states.game.cells))
    _unfold(whole.blocks, own, whole.first, policy, out)
    return out


def fold(states: InformationStates, player: int, rows: Floats) -> Floats:
    """Return the rows [rows, ...] of all information states that folded states keep."""
    own = states.numberings[player][DECIDING]
    first = information_states(states.game).numberings[player][DECIDING].first
    parts = [rows[first[code] : first[code] + own.size[code]] for code in own.blocks.tolist()]
    return np.concatenate(parts)


@kernel
def _unfold(blocks, own, first, policy, out):
    cells = policy.shape[1]
    for code in blocks:
        mirror_at = own.mirror_at[code]
        for i in range(own.size[code]):
            row = own.first[code] + i
            if mirror_at >= 0:
                rank = own.mirrors[mirror_at + own.ranks[own.ranks_at[code] + i]]
                row = own.first[code] + own.places[own.places_at[code] + rank]
            for cell in range(cells):
                out[first[code] + i, cell] = policy[row, own.image[code, cell] if mirror_at >= 0 else cell]


def _fold(game: PhantomGame, whole: Numbering, mirrors: _Mirrors) -> Numbering:
    cells = game.cells
    motions = symmetries(game)
    images = np.array([_images(motion) for motion in motions])
    codes = whole.blocks.astype(np.int64)
    keys = images[:, codes & (1 << cells) - 1] << cells | images[:, codes >> cells]
    chosen = keys.argmin(axis=0)  # the first of equals: the identity where the block is kept
    least = keys[chosen, np.arange(len(codes))]
    kept_by = (least & (1 << cells) - 1) << cells | least >> cells
    kept = codes[kept_by == codes]
    first, mirror_at = (np.full(1 << 2 * cells, -1, np.int32) for _ in range(2))
    sizes = whole.size[kept]
    first[kept] = np.cumsum(sizes) - sizes
    first[codes] = first[kept_by]
    image = np.zeros((1 << 2 * cells, cells), np.int8)
    image[codes] = np.array(motions, np.int8)[chosen]
    for code, motion in zip(codes.tolist(), chosen.tolist(), strict=True):
        if motion:
            mirror_at[code] = mirrors.at(code, motions[motion])
    lengths = np.bitwise_count(kept)
    levels = np.searchsorted(lengths, np.arange(cells + 2)).astype(np.int32)
    return whole._replace(first=first, blocks=kept.astype(np.int32), levels=levels, mirror_at=mirror_at, image=image)


class _Mirrors:
    """What permutations of letters make of the ranks, each kept once."""

    def __init__(self, cells: int) -> None:
        self.cells = cells
        self.known: dict[tuple[int, ...], int] = {}
        self.lists: list[npt.NDArray[np.uint16]] = []
        self.end = 0

    def at(self, code: int, motion: tuple[int, ...]) -> int:
        """Return where the ranks begin that a motion makes of those of a block."""
        letters: list[int] = []
        for part in (code >> self.cells, code & (1 << self.cells) - 1):
            to = [motion[cell] for cell in range(self.cells) if part >> cell & 1]
            letters += [len(letters) + sorted(to).index(cell) for cell in to]
        key = tuple(letters)
        if key not in self.known:
            ranks = np.zeros(factorial(len(key)), np.uint16)
            _moved_ranks(letters_of_ranks(len(key)), np.array(key, np.int64), ranks)
            self.known[key] = self.end
            self.lists.append(ranks)
            self.end += len(ranks)
        return self.known[key]

    def array(self) -> npt.NDArray[np.uint16]:
        """Return all lists end to end."""
        return np.concatenate([np.empty(0, np.uint16), *self.lists])


@kernel
def _moved_ranks(letters, moved, out):
    n = letters.shape[1]
    for row in range(letters.shape[0]):
        rank = 0
        for i in range(n):
            place = 0
            for j in range(i):
                place += moved[letters[row, j]] < moved[letters[row, i]]
            rank = rank * (i + 1) + place
        out[row] = rank
