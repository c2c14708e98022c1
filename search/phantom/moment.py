"""One information state at the moment of decision: the belief against uniform play, and samples of all attempts.

What ``sampled`` does for whole tables, for the one information state that a player is at, and with the same compiled
parts: pairs of hidden things from the exact posterior (``beliefs``), the same ones for every attempt, and uniform play
to the end by the same random numbers. Nothing enters but the player's own attempts and which of them were refused.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from games._base.jit import jitable, kernel
from games._base.numbers import whole
from games._base.rng import draw, fold, uniform
from games.phantom.game import PhantomGame
from games.phantom.rules import attempt
from games.phantom.sequences import Attempts
from search.phantom.beliefs import Beliefs, beliefs
from search.phantom.blocks import Arena, list_hidden, list_outcomes
from search.phantom.positions import position, rollout, uniform_laws
from search.phantom.sampled import accumulate, add_exact, sample

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

_NO_LAWS = np.empty((0, 2, 2))


class _Posterior(NamedTuple):
    """The weights of an information state, as ``sampled`` has them.

    ``code``: the pair ``(X, R)``. ``at``: where the weights of its pattern begin. ``stones``: the size of ``X``.
    ``masks`` [2^stones]: the cells of each set ``S``. ``sets``, ``ends``: the sets ``B`` by size. ``cumulative``: the
    weights of the sets ``S`` added up.
    """

    code: int
    at: int
    stones: int
    masks: Longs
    sets: Longs
    ends: Longs
    cumulative: Floats


@kernel
def _fill_posterior(player, arena, belief, posterior):
    list_hidden(player, posterior.code, arena, posterior.sets, posterior.ends)
    weights, hidden, at, stones = belief.weights, belief.hidden, posterior.at, posterior.stones
    return accumulate(weights, hidden, at, stones, posterior.ends, posterior.cumulative)


@jitable
def _sampled_position(player, arena, belief, posterior, key):
    """Return the position in which the hidden things of a sample are what they are."""
    number = uniform(draw(key, 0))
    weights, hidden, at, stones = belief.weights, belief.hidden, posterior.at, posterior.stones
    met, i = sample(number, weights, hidden, at, stones, posterior.ends, posterior.cumulative)
    placed, refused = posterior.code >> arena.cells, posterior.code & ((1 << arena.cells) - 1)
    return position(placed, refused | posterior.sets[i], refused, posterior.masks[met], player, player)


@kernel
def _fill_returns(player, arena, belief, posterior, attempts, key, start, out):
    for i in range(out.shape[0]):
        below = fold(key, start + i)
        before = _sampled_position(player, arena, belief, posterior, below)
        play = fold(below, 2)
        for k in range(attempts.shape[0]):
            after = attempt(before, attempts[k], arena.winning, arena.cells, arena.abrupt)
            result = rollout(after, play, arena.winning, arena.cells, arena.abrupt)
            out[i, k] = -result if player else result


@kernel
def _fill_values(player, arena, belief, posterior, total, legal, q):
    cells = arena.cells
    states, laws = np.empty((1 << cells, cells), np.int64), np.empty((1 << cells, cells, 2))
    sets, ends, masks = posterior.sets, posterior.ends, posterior.masks
    list_outcomes(player, posterior.code, arena, sets, ends[cells], states, laws)
    weights, hidden, at, stones = belief.weights, belief.hidden, posterior.at, posterior.stones
    add_exact(weights, hidden, at, stones, ends, sets, masks, total, laws, legal, q)


class Moment:
    """The belief of a player who has made some attempts, the opponent attempting uniformly.

    Parameters
    ----------
    game, player : who decides what.
    attempts : the own attempts so far, in order, as pairs (cell, refused).

    ``reach`` is the probability with which uniform play of the opponent lets them end like that. Raises ``ValueError``
    if they cannot, or if the player has no decision then.
    """

    def __init__(self, game: PhantomGame, player: int, attempts: Attempts) -> None:
        self.game, self.player = game, whole(player, "player", 0, 1)
        cells = game.cells
        tried = [whole(cell, "a cell") for cell, _ in attempts]
        if len(set(tried)) < len(tried) or not set(tried) < set(range(cells)):
            raise ValueError(f"cells are attempted once each, and one is left to decide about, not {list(attempts)}")
        placed = [cell for cell, refused in attempts if not refused]
        code, pattern = 0, 1
        for cell, refused in attempts:
            code |= 1 << cell + (0 if refused else cells)
            pattern = 2 * pattern + refused
        masks = np.zeros(1, np.int64)
        for cell in placed:
            masks = np.concatenate([masks, masks | 1 << cell])
        self._belief: Beliefs = beliefs(game, player)
        self._arena = Arena(game.winning, _NO_LAWS, cells, game.abrupt)
        at, stones = int(self._belief.at[pattern]), len(placed)
        sets, ends = np.empty(1 << cells, np.int64), np.empty(cells + 1, np.int64)
        self._posterior = _Posterior(code, at, stones, masks, sets, ends, np.empty(1 << stones))
        self.legal = np.array([cell for cell in range(cells) if cell not in tried], np.int64)
        won = bool(game.winning[player, code >> cells])
        self.reach = 0.0 if won else float(_fill_posterior(player, self._arena, self._belief, self._posterior))
        if not self.reach > 0.0:
            raise ValueError(f"player {player} of {game.name} never decides after {list(attempts)}")

    def returns(self, attempts: Longs, key: int, start: int, stop: int) -> Floats:
        """Return what the player gets after each attempt in the samples ``start .. stop-1``: [stop-start, attempts].

        Sample ``i`` is what is hidden and, for uniform play to the end, the ``t``-th random number of each attempt's
        rollout, all from ``key`` and ``i`` alone.
        """
        out = np.empty((stop - start, len(attempts)))
        _fill_returns(self.player, self._arena, self._belief, self._posterior, attempts, np.uint64(key), start, out)
        return out

    def values(self) -> Floats:
        """Return the exact value of every attempt, [cells]; 0 at cells attempted before."""
        arena = self._arena._replace(laws=uniform_laws(self.game))
        q = np.zeros(self.game.cells)
        _fill_values(self.player, arena, self._belief, self._posterior, self.reach, self.legal, q)
        return q
