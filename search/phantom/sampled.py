"""Action values at every information state from particles: samples of the posterior, and what follows each attempt.

The blueprint is uniform play. At an information state, ``particles`` pairs of hidden things are drawn independently
from the exact posterior (``beliefs``); every attempt is tried in each of them, and the value of an attempt is the mean.
What follows an attempt can be had in three ways:

- ``"rollouts"``: uniform play to the end, attempt by attempt;
- ``"outcomes"``: the return of such a rollout drawn at once, from its exact law (``positions``), by one number for all
  attempts of a particle: win below, loss above, draw between. By itself each estimate is distributed as with rollouts,
  but attempts are coupled as tightly as they can be, and their differences have less noise;
- ``"expectations"``: the mean of that law, so that the belief is all that is sampled.

Common random numbers: the particles, and the numbers behind each, are the same for all attempts. They come from (seed,
player, row, particle) alone, so tables depend neither on threads nor on which rows are asked for.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from games._jit import jitable, kernel
from games.phantom.game import PhantomGame
from games.phantom.information_states import DECIDING, information_states, letters_of_ranks
from games.phantom.rules import attempt, is_over, player_to_move, utility
from games.phantom.sequences import bit_count
from games.rng import draw, fold, uniform
from games.threads import run_ranges
from search.phantom.beliefs import Beliefs, beliefs
from search.phantom.positions import board_number, position, rollout, uniform_laws
from search.phantom.values import ActionValues

Floats = npt.NDArray[np.float64]

Continuation = Literal["rollouts", "outcomes", "expectations"]
_CONTINUATIONS = ("rollouts", "outcomes", "expectations")
_ROLLOUTS, _OUTCOMES = 0, 1
_EXACT = -1  # so many particles are the whole posterior


class _Arena(NamedTuple):
    """What the kernels know of a game: constants and tables."""

    winning: npt.NDArray[np.uint8]
    laws: Floats
    cells: int
    abrupt: bool


@jitable
def _list_hidden(player, code, arena, sets, ends):
    """List the possible sets ``B`` of a block by size: those of size ``b`` are ``sets[ends[b] : ends[b + 1]]``."""
    cells = arena.cells
    placed, refused = code >> cells, code & ((1 << cells) - 1)
    free = ((1 << cells) - 1) & ~(placed | refused)
    count = 0
    for size in range(cells):
        ends[size] = count
        if bit_count(free) <= size:
            continue  # no cell would be left
        for hidden in range(free + 1):
            if hidden & ~free == 0 and bit_count(hidden) == size and not arena.winning[1 - player, refused | hidden]:
                sets[count] = hidden
                count += 1
    ends[cells] = count


@jitable
def _list_outcomes(player, code, arena, sets, count, states, laws):
    """Write, for ``S | B`` as a set of cells and each attempt, the state after it, and P(win) and 1 - P(loss) of it.

    ``S`` and ``B`` are disjoint, so that one set of cells names both.
    """
    cells = arena.cells
    placed, refused = code >> cells, code & ((1 << cells) - 1)
    for met in range(placed + 1):
        for i in range(count if met & ~placed == 0 else 0):
            before = position(placed, refused | sets[i], refused, met, player, player)
            for cell in range(cells):
                if ((placed | refused) >> cell) & 1:
                    continue
                after = attempt(before, cell, arena.winning, cells, arena.abrupt)
                if is_over(after):
                    first, second = max(utility(after), 0.0), max(-utility(after), 0.0)
                else:
                    law = arena.laws[board_number(after, cells), player_to_move(after)]
                    first, second = law[0], law[1]
                states[met | sets[i], cell] = after
                laws[met | sets[i], cell, 0] = second if player else first
                laws[met | sets[i], cell, 1] = 1.0 - (first if player else second)


@jitable
def _accumulate(weights, hidden, at, stones, ends, cumulative):
    """Write the cumulative weights of the sets ``S`` of a row and return their sum."""
    total = 0.0
    for met in range(1 << stones):
        size = hidden[at + met]
        total += weights[at + met] * (ends[size + 1] - ends[size])
        cumulative[met] = total
    return total


@jitable
def _sample(number, weights, hidden, at, stones, ends, cumulative):
    """Return ``(S, index of B)`` for a random number in [0, 1)."""
    target = number * cumulative[(1 << stones) - 1]
    low, high = 0, (1 << stones) - 1
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > target:
            high = middle
        else:
            low = middle + 1
    before = cumulative[low - 1] if low else 0.0
    size = hidden[at + low]
    last = ends[size + 1] - 1
    return low, min(last, ends[size] + int((target - before) / weights[at + low]))


@jitable
def _add_exact(weights, hidden, at, stones, ends, sets, masks, total, laws, legal, q):
    """Write the expectation over the whole posterior."""
    for met in range(1 << stones):
        size = hidden[at + met]
        share = weights[at + met] / total
        for i in range(ends[size] if share > 0.0 else ends[size + 1], ends[size + 1]):
            index = masks[met] | sets[i]
            for cell in legal:
                q[cell] += share * (laws[index, cell, 0] + laws[index, cell, 1] - 1.0)


@jitable
def _add_particle(continuation, key, index, player, legal, states, laws, arena, q):
    """Add the returns of all attempts in one particle."""
    if continuation == _ROLLOUTS:
        play = fold(key, 2)
        for cell in legal:
            result = rollout(states[index, cell], play, arena.winning, arena.cells, arena.abrupt)
            q[cell] += -result if player else result
    elif continuation == _OUTCOMES:
        number = uniform(draw(key, 1))
        for cell in legal:
            q[cell] += np.float64(number < laws[index, cell, 0]) - np.float64(number >= laws[index, cell, 1])
    else:
        for cell in legal:
            q[cell] += laws[index, cell, 0] + laws[index, cell, 1] - 1.0


@kernel
def _fill_values(blocks, player, arena, numbering, letters, belief, particles, continuation, seed, q, reach):
    cells = arena.cells
    key = fold(fold(np.uint64(0), seed), player)
    full = (1 << cells) - 1
    sets, ends = np.empty(1 << cells, np.int64), np.empty(cells + 1, np.int64)
    states = np.empty((1 << cells, cells), np.int64)
    laws = np.empty((1 << cells, cells, 2))
    cumulative, masks = np.empty(1 << cells), np.empty(1 << cells, np.int64)
    every = np.empty(cells, np.int64)
    for code in blocks:
        placed, stones = code >> cells, bit_count(code >> cells)
        untried = full & ~((code >> cells) | code)
        legal = every[: _list_cells(untried, every)]
        _list_hidden(player, code, arena, sets, ends)
        _list_outcomes(player, code, arena, sets, ends[cells], states, laws)
        for place in range(numbering.size[code]):
            row = numbering.first[code] + place
            order = letters[numbering.ranks[numbering.ranks_at[code] + place]]
            pattern = _read_order(order, placed, stones, masks)
            at = belief.at[pattern]
            total = _accumulate(belief.weights, belief.hidden, at, stones, ends, cumulative)
            reach[row] = total
            if particles < 0:
                _add_exact(belief.weights, belief.hidden, at, stones, ends, sets, masks, total, laws, legal, q[row])
                continue
            of_row = fold(key, row)
            for particle in range(particles if legal.shape[0] > 1 else 0):
                below = fold(of_row, particle)
                number = uniform(draw(below, 0))
                met, i = _sample(number, belief.weights, belief.hidden, at, stones, ends, cumulative)
                _add_particle(continuation, below, masks[met] | sets[i], player, legal, states, laws, arena, q[row])
            for cell in range(cells):
                q[row, cell] /= particles


@jitable
def _list_cells(mask, out):
    """Write the cells of a set and return how many there are."""
    count = 0
    while mask:
        out[count] = bit_count((mask & -mask) - 1)
        mask &= mask - 1
        count += 1
    return count


@jitable
def _read_order(order, placed, stones, masks):
    """Return the pattern of an order of letters; write the cells of each set of stones, numbered as placed."""
    pattern = 1
    count = 0
    masks[0] = 0
    for i in range(order.shape[0]):
        if order[i] >= stones:
            pattern = 2 * pattern + 1
            continue
        pattern = 2 * pattern
        left = placed
        for _ in range(order[i]):
            left &= left - 1
        cell = left & -left
        for met in range(1 << count):
            masks[met | 1 << count] = masks[met] | cell
        count += 1
    return pattern


def sampled_action_values(
    game: str | PhantomGame,
    particles: int | None,
    continuation: Continuation = "outcomes",
    seed: int = 0,
    workers: int | None = None,
) -> ActionValues:
    """Return estimates of the values of all attempts, both players attempting uniformly before and afterwards.

    particles : how many at each information state, each a sample for every attempt; ``None``: the whole posterior with
        exact continuations (which is ``values.exact_action_values`` by another way).
    continuation : what follows an attempt (see above).

    Where only one attempt is left there is nothing to decide, so nothing is sampled and the estimate is 0.

    Raises ``ValueError`` for an unknown game or continuation, and if there is not at least one particle.
    """
    states = information_states(game)
    if particles is not None and particles < 1:
        raise ValueError(f"the number of particles must be at least 1, not {particles}")
    if continuation not in _CONTINUATIONS:
        raise ValueError(f"continuations are {', '.join(_CONTINUATIONS)}, not {continuation!r}")
    q, reach = [], []
    for player in range(2):
        found = values_and_reach(states.game, player, particles, continuation, seed, workers)
        q.append(found[0])
        reach.append(found[1])
    return ActionValues((q[0], q[1]), (reach[0] > 0.0, reach[1] > 0.0))


def values_and_reach(
    game: PhantomGame,
    player: int,
    particles: int | None,
    continuation: Continuation,
    seed: int,
    workers: int | None = None,
) -> tuple[Floats, Floats]:
    """Return the values [rows, cells] of one player, and the opponent's reach [rows]: the sum of the weights."""
    numbering = information_states(game).numberings[player][DECIDING]
    belief: Beliefs = beliefs(game, player)
    arena = _Arena(game.winning, uniform_laws(game), game.cells, game.abrupt)
    q, reach = np.zeros((numbering.total, game.cells)), np.zeros(numbering.total)
    number, kind = _EXACT if particles is None else particles, _CONTINUATIONS.index(continuation)
    for length in range(game.cells):
        letters = letters_of_ranks(length)
        blocks = numbering.blocks[numbering.levels[length] : numbering.levels[length + 1]]

        def work(start: int, stop: int) -> None:
            part, order = blocks[start:stop], letters  # noqa: B023
            _fill_values(part, player, arena, numbering, order, belief, number, kind, seed, q, reach)

        run_ranges(work, len(blocks), workers)
    return q, reach
