"""Action values at every information state from particles: samples of the posterior, and what follows each attempt.

The blueprint is uniform play. At an information state, ``particles`` pairs of hidden things are drawn independently
from the exact posterior (``beliefs``); every attempt is tried in each of them, and the value of an attempt is the mean.
What follows an attempt can be had in four ways:

- ``"rollouts"``: uniform play to the end, attempt by attempt, the ``i``-th of all rollouts of a particle by the same
  number;
- ``"independent"``: the returns of rollouts that have their own numbers for every attempt;
- ``"outcomes"``: a return from its exact law (``positions``), by one number for all attempts of a particle: win below,
  loss above, draw between. By itself each estimate is distributed as with rollouts, but attempts are coupled as
  tightly as they can be, and their differences have less noise;
- ``"expectations"``: the mean of that law, so that the belief is all that is sampled.

Particles are shared by all attempts. With ``"rollouts"`` and ``"expectations"`` they are drawn one by one, each from
(seed, player, row, particle) alone. With the other two the joint law of a particle's returns is computed and the
returns of all particles are drawn from it at once (``return_laws``), from (seed, player, row): a thousand particles
cost little more than ten. Tables depend neither on threads nor on which rows are asked for.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from games._base.jit import jitable, kernel
from games._base.rng import draw, fold, uniform
from games._base.threads import run_ranges
from games.phantom.game import PhantomGame
from games.phantom.information_states import DECIDING, information_states, letters_of_ranks
from games.phantom.sequences import bit_count
from search.phantom.beliefs import Beliefs, beliefs
from search.phantom.blocks import Arena, list_cells, list_hidden, list_outcomes, read_order
from search.phantom.multinomial import log_factorials
from search.phantom.positions import rollout, uniform_laws
from search.phantom.return_laws import fill_counted
from search.phantom.values import ActionValues

Floats = npt.NDArray[np.float64]

Continuation = Literal["rollouts", "independent", "outcomes", "expectations"]
_CONTINUATIONS = get_args(Continuation)
_EXACT = -1  # so many particles are the whole posterior


@jitable
def accumulate(weights, hidden, at, stones, ends, cumulative):
    """Write the cumulative weights of the sets ``S`` of a row and return their sum."""
    total = 0.0
    for met in range(1 << stones):
        size = hidden[at + met]
        total += weights[at + met] * (ends[size + 1] - ends[size])
        cumulative[met] = total
    return total


@jitable
def sample(number, weights, hidden, at, stones, ends, cumulative):
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
def add_exact(weights, hidden, at, stones, ends, sets, masks, total, laws, legal, q):
    """Write the expectation over the whole posterior."""
    for met in range(1 << stones):
        size = hidden[at + met]
        share = weights[at + met] / total
        for i in range(ends[size] if share > 0.0 else ends[size + 1], ends[size + 1]):
            index = masks[met] | sets[i]
            for cell in legal:
                q[cell] += share * (laws[index, cell, 0] + laws[index, cell, 1] - 1.0)


@jitable
def _add_particle(played, key, index, player, legal, states, laws, arena, q):
    """Add the returns of all attempts in one particle."""
    if played:
        play = fold(key, 2)
        for cell in legal:
            result = rollout(states[index, cell], play, arena.winning, arena.cells, arena.abrupt)
            q[cell] += -result if player else result
    else:
        for cell in legal:
            q[cell] += laws[index, cell, 0] + laws[index, cell, 1] - 1.0


@kernel
def _fill_values(blocks, player, arena, numbering, letters, belief, particles, played, seed, q, reach):
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
        legal = every[: list_cells(untried, every)]
        list_hidden(player, code, arena, sets, ends)
        list_outcomes(player, code, arena, sets, ends[cells], states, laws)
        for place in range(numbering.size[code]):
            row = numbering.first[code] + place
            order = letters[numbering.ranks[numbering.ranks_at[code] + place]]
            pattern = read_order(order, placed, stones, masks)
            at = belief.at[pattern]
            total = accumulate(belief.weights, belief.hidden, at, stones, ends, cumulative)
            reach[row] = total
            if particles < 0:
                add_exact(belief.weights, belief.hidden, at, stones, ends, sets, masks, total, laws, legal, q[row])
                continue
            of_row = fold(key, row)
            for particle in range(particles if legal.shape[0] > 1 else 0):
                below = fold(of_row, particle)
                number = uniform(draw(below, 0))
                met, i = sample(number, belief.weights, belief.hidden, at, stones, ends, cumulative)
                _add_particle(played, below, masks[met] | sets[i], player, legal, states, laws, arena, q[row])
            for cell in range(cells):
                q[row, cell] /= particles


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
    arena = Arena(game.winning, uniform_laws(game), game.cells, game.abrupt)
    q, reach = np.zeros((numbering.total, game.cells)), np.zeros(numbering.total)
    counted = particles is not None and continuation in ("independent", "outcomes")
    logarithms = log_factorials(particles if counted and particles is not None else 0)
    for length in range(game.cells):
        letters = letters_of_ranks(length)
        blocks = numbering.blocks[numbering.levels[length] : numbering.levels[length + 1]]

        def work(start: int, stop: int) -> None:
            what = blocks[start:stop], player, arena, numbering, letters, belief  # noqa: B023
            if counted:
                fill_counted(*what, particles, continuation == "independent", seed, logarithms, q, reach)
            else:
                number = _EXACT if particles is None else particles
                _fill_values(*what, number, continuation == "rollouts", seed, q, reach)

        run_ranges(work, len(blocks), workers)
    return q, reach
