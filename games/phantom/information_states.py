"""What a player of a phantom game can know, enumerated from the own attempts alone, and numbered.

A player's knowledge is the sequence of the own attempts and whether each was refused. Let ``X`` be the cells where the
attempts succeeded, ``R`` those where they were refused, ``n = |X| + |R|``: the sequence is an order of the cells of
``X | R``. It is possible if and only if the opponent can have played so that all of it happened and nobody has won.
That depends on three things only: ``X``, ``R``, and the *pattern*, which says which attempts were refused. For the
opponent need not play more than (i) the stones of ``R``, each before its attempt, in the order of the attempts; (ii)
attempts refused by the stones of ``X`` (abrupt rules), whichever they are; (iii) ``h`` hidden stones on other cells.
``hidden_stones_needed`` finds the least ``h`` that fills the opponent's turns; the sequence is possible if the
opponent has ``h`` cells outside ``X | R`` that together with ``R`` do not win (``docs/phantom_games.md``).

So all orders of one pair ``(X, R)`` with the same pattern are possible together, and the states of a player are
numbered in *blocks*, one for each pair: ordered by ``n``, then by ``X``, then by ``R``, and within a block by the
*rank* of the order. With ``e_i`` in ``0 .. i-1`` the place of the ``i``-th attempt's letter among the first ``i``
letters (the letters are the cells of ``X``, ascending, then those of ``R``), the rank is ``(..(e_1 * 2 + e_2) * 3 +
..) * n + e_n``: the last attempt of a sequence is ``rank % n``, and what came before it has the rank ``rank // n``.

Two kinds of sequences are numbered, each from 0: *deciding* ones are the player's information states; *waiting* ones
are those after which the opponent is to move, and may end the game.
"""

from __future__ import annotations

from functools import lru_cache
from math import factorial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from games.phantom.game import PhantomGame, phantom_game

DECIDING, WAITING = 0, 1
_IMPOSSIBLE = 99

Integers = npt.NDArray[np.int32]


class Numbering(NamedTuple):
    """The numbers of one player's sequences of one kind.

    Arrays over pairs are indexed by the code ``X << cells | R``. ``first``: the number of a block's first sequence, -1
    if there is no such block. ``size``: how many sequences it has. ``ranks[ranks_at + i]``: the rank of the ``i``-th.
    ``places[places_at + rank]``: the inverse, -1 for an impossible order. ``blocks``: the codes in order of number;
    those of length ``n`` are ``blocks[levels[n] : levels[n + 1]]``.

    Where a symmetry of the board leaves one block to stand for several (``games.phantom.symmetry``), ``blocks`` holds
    only that one and the others share its numbers: ``mirrors[mirror_at[code] + rank]`` is the rank there, and
    ``image[code, cell]`` the cell. ``mirror_at`` is -1 where a block stands for itself.
    """

    first: Integers
    size: Integers
    ranks_at: Integers
    places_at: Integers
    ranks: Integers
    places: Integers
    blocks: Integers
    levels: Integers
    mirror_at: Integers
    mirrors: npt.NDArray[np.uint16]
    image: npt.NDArray[np.int8]

    @property
    def total(self) -> int:
        """The number of sequences."""
        return int(self.size[self.blocks].sum(dtype=np.int64))


class InformationStates(NamedTuple):
    """All that the two players of a game can know: ``numberings[player][DECIDING or WAITING]``."""

    game: PhantomGame
    numberings: tuple[tuple[Numbering, Numbering], tuple[Numbering, Numbering]]

    def counts(self) -> tuple[int, int]:
        """Return the number of information states of each player."""
        return self.numberings[0][DECIDING].total, self.numberings[1][DECIDING].total


def information_states(game: str | PhantomGame) -> InformationStates:
    """Enumerate the information states of a game (a moment's work; kept for the next call)."""
    return _information_states(phantom_game(game) if isinstance(game, str) else game)


@lru_cache(maxsize=16)
def _information_states(game: PhantomGame) -> InformationStates:
    first, second = ((_number(game, p, DECIDING), _number(game, p, WAITING)) for p in range(2))
    return InformationStates(game, (first, second))


@lru_cache(maxsize=32)
def letters_of_ranks(n: int) -> npt.NDArray[np.int8]:
    """Return the order of letters ``0 .. n-1`` that each rank stands for, int8 [n!, n]."""
    letters = np.zeros((1, 0), np.int8)
    for length in range(1, n + 1):
        last = np.tile(np.arange(length, dtype=np.int8), len(letters))[:, None]
        before = np.repeat(letters, length, axis=0)
        letters = np.hstack([before + (before >= last), last]).astype(np.int8)
    letters.setflags(write=False)
    return letters


def hidden_stones_needed(pattern: tuple[bool, ...], player: int, kind: int, abrupt: bool) -> int:
    """Return the least number of never attempted cells that the opponent must have taken; a large one if impossible.

    ``pattern[i]`` is true if the player's ``i``-th attempt was refused.
    """
    total = sum(pattern)
    states = {(0, 0): 0}  # (stones of R placed, attempts refused by the player's stones) -> hidden stones
    done = own_turns = own_stones = seen = 0
    for was_refused in pattern:
        states = _opponent_turns(states, own_turns + player - done, total, own_stones, abrupt)
        done = own_turns + player
        if was_refused:
            seen += 1
            states = {state: hidden for state, hidden in states.items() if state[0] >= seen}
        own_stones += not was_refused
        own_turns += abrupt or not was_refused
    if kind == WAITING and ((pattern[-1] and not abrupt) if pattern else player == 0):
        return _IMPOSSIBLE  # it is this player's turn
    states = _opponent_turns(states, own_turns + player - done - kind, total, own_stones, abrupt)
    return min((hidden for state, hidden in states.items() if state[0] == total), default=_IMPOSSIBLE)


def _opponent_turns(
    states: dict[tuple[int, int], int], turns: int, total: int, stones: int, abrupt: bool
) -> dict[tuple[int, int], int]:
    for _ in range(turns):
        after: dict[tuple[int, int], int] = {}
        for (placed, refused), hidden in states.items():
            options = [((placed, refused), hidden + 1)]
            if placed < total:
                options.append(((placed + 1, refused), hidden))
            if abrupt and refused < stones:
                options.append(((placed, refused + 1), hidden))
            for state, cost in options:
                after[state] = min(cost, after.get(state, _IMPOSSIBLE))
        states = after
    return states


def _hidden_stones_possible(game: PhantomGame, player: int) -> npt.NDArray[np.int64]:
    """Return how many stones the opponent can have on cells never attempted, int64 [4^cells]; -1: not even none."""
    cells, full = game.cells, (1 << game.cells) - 1
    own_wins, opponent_wins = game.winning[player], game.winning[1 - player]
    count = np.array([mask.bit_count() for mask in range(full + 1)])
    possible = np.full(1 << 2 * cells, -1, np.int64)
    for placed in range(full + 1):
        if own_wins[placed]:
            continue
        masks = np.arange(full + 1)
        masks = masks[(masks & placed == 0) & (opponent_wins[: full + 1] == 0)]
        masks = masks[count[masks] + count[placed] < cells]
        # The most stones that a set of the opponent's which contains R has beyond R.
        most = np.full(full + 1, -1)
        most[masks] = count[masks]
        for cell in range(cells):
            without = np.flatnonzero(np.arange(full + 1) >> cell & 1 == 0)
            most[without] = np.maximum(most[without], most[without | 1 << cell])
        good = most >= 0
        possible[(placed << cells) + np.flatnonzero(good)] = (most - count)[good]
    return possible


def _number(game: PhantomGame, player: int, kind: int) -> Numbering:
    cells = game.cells
    possible = _hidden_stones_possible(game, player)
    codes = np.flatnonzero(possible >= 0)
    placed, refused = codes >> cells, codes & ((1 << cells) - 1)
    count = np.array([mask.bit_count() for mask in range(1 << cells)])
    size_x, size_r = count[placed], count[refused]
    order = np.lexsort((refused, placed, size_x + size_r))
    first, size, ranks_at, places_at = (np.full(1 << 2 * cells, -1, np.int32) for _ in range(4))
    size[:] = 0
    lists = _Lists(player, kind, game.abrupt)
    blocks: list[int] = []
    lengths: list[int] = []
    total = 0
    for code, a, p in zip(codes[order].tolist(), size_x[order].tolist(), size_r[order].tolist(), strict=True):
        at, length, inverse_at = lists.get(a, p, int(possible[code]))
        if length:
            first[code], size[code], ranks_at[code], places_at[code] = total, length, at, inverse_at
            blocks.append(code)
            lengths.append(a + p)
            total += length
    levels = np.searchsorted(lengths, np.arange(cells + 2)).astype(np.int32)
    ranks, places = lists.arrays()
    mirror_at, mirrors = np.full(1 << 2 * cells, -1, np.int32), np.empty(0, np.uint16)
    image = np.empty((0, cells), np.int8)
    ordered = np.array(blocks, np.int32)
    return Numbering(first, size, ranks_at, places_at, ranks, places, ordered, levels, mirror_at, mirrors, image)


class _Lists:
    """The possible ranks of all blocks of the same sizes, kept once: they differ by the hidden stones possible."""

    def __init__(self, player: int, kind: int, abrupt: bool) -> None:
        self.arguments = player, kind, abrupt
        self.known: dict[tuple[int, int, int], tuple[int, int, int]] = {}
        self.ranks: list[Any] = []
        self.places: list[Any] = []
        self.ends = [0, 0]

    def needed(self, a: int, p: int) -> npt.NDArray[np.int64]:
        """Return the hidden stones needed for each rank, [n!]."""
        n = a + p
        bits = (letters_of_ranks(n) >= a) @ (1 << np.arange(n))
        table = np.full(1 << n, _IMPOSSIBLE)
        for pattern in np.unique(bits).tolist():
            attempts = tuple(bool(pattern >> i & 1) for i in range(n))
            table[pattern] = hidden_stones_needed(attempts, *self.arguments)
        return table[bits]

    def get(self, a: int, p: int, possible: int) -> tuple[int, int, int]:
        """Return where the list of ranks begins, how long it is, and where its inverse begins."""
        key = a, p, possible
        if key not in self.known:
            for hidden in range(possible + 1):  # in order, whatever block asks first
                if (a, p, hidden) not in self.known:
                    self._add(a, p, hidden)
        return self.known[key]

    def _add(self, a: int, p: int, possible: int) -> None:
        ranks = np.flatnonzero(self.needed(a, p) <= possible).astype(np.int32)
        places = np.full(factorial(a + p), -1, np.int32)
        places[ranks] = np.arange(len(ranks), dtype=np.int32)
        self.known[a, p, possible] = self.ends[0], len(ranks), self.ends[1]
        self.ranks.append(ranks)
        self.places.append(places)
        self.ends[0] += len(ranks)
        self.ends[1] += len(places)

    def arrays(self) -> tuple[Integers, Integers]:
        """Return all lists end to end, and all inverses."""
        return np.concatenate(self.ranks), np.concatenate(self.places)
