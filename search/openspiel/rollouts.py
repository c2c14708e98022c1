"""Playing hypothetical states to their ends, and what that says about actions.

All states of a batch advance together, one ply at a time, so that a network blueprint is called once a ply. The random
number of a ply is a hash of (key, number of the sample, ply): every action of a sample meets the same ones (common
random numbers), whatever the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games._base.jit import kernel
from games._base.rng import draw, fold, uniform
from games.extensive.histories import legal_actions
from search.openspiel.blueprints import Blueprint, UniformBlueprint
from search.openspiel.game import CHANCE, TERMINAL, FloatArray, SearchGame
from search.openspiel.plausibility import Witness, pick
from search.openspiel.tree import HistoryTree, TreeValues

IntArray = NDArray[np.int64]
ValueFunction = Callable[[Sequence[Any]], FloatArray]
"""``value(states)``: expected utilities [states, players] of unfinished states, in units of utility."""


@kernel
def _uniforms(key, samples, ply, out):
    for i in range(samples.shape[0]):
        out[i] = uniform(draw(fold(key, samples[i]), ply))


def uniforms(key: int, samples: IntArray, ply: int) -> FloatArray:
    """Return the number in ``[0, 1)`` of each sample at a ply."""
    out = np.empty(len(samples))
    _uniforms(np.uint64(key), samples, ply, out)
    return out


def single_uniform(key: int, stream: int) -> float:
    """Return the number in ``[0, 1)`` that belongs to a key and a stream, where there are no samples."""
    return float(uniforms(key, np.array([stream]), 0)[0])


def _chance(state: Any, number: float) -> int:
    outcomes = state.chance_outcomes()
    for action, probability in outcomes:
        number -= probability
        if number < 0.0:
            return int(action)
    return int(next(action for action, probability in reversed(outcomes) if probability > 0.0))


def play(
    states: Sequence[Any],
    samples: IntArray,
    key: int,
    blueprint: Blueprint,
    until: int | None = None,
    depth: int | None = None,
    witness: Witness | None = None,
) -> None:
    """Play each state on, in place, until it is terminal.

    ``samples`` [states] are the numbers of the samples. Play stops earlier where player ``until`` is to move, and where
    ``depth`` decisions have been made. A ``witness`` draws the actions (``search.openspiel.plausibility``).
    """
    live = list(range(len(states)))
    decided = [0] * len(states)
    ply = 0
    while live:
        numbers = uniforms(key, samples[live], ply).tolist()
        going, deciding = [], []
        for slot, number in zip(live, numbers, strict=True):
            state = states[slot]
            mover = state.current_player()
            if mover == CHANCE:
                state.apply_action(_chance(state, number))
                going.append(slot)
            elif mover != TERMINAL and mover != until and decided[slot] != depth:
                deciding.append((slot, number))
                decided[slot] += 1
                going.append(slot)
        _decide(states, deciding, blueprint, witness)
        live = going
        ply += 1


def _decide(
    states: Sequence[Any], deciding: list[tuple[int, float]], blueprint: Blueprint, witness: Witness | None
) -> None:
    if isinstance(blueprint, UniformBlueprint):  # the one that is worth a short cut
        for slot, number in deciding:
            legal = legal_actions(states[slot])
            states[slot].apply_action(legal[int(number * len(legal))])
        return
    rows = blueprint.probabilities([states[slot] for slot, _ in deciding])
    for (slot, number), row in zip(deciding, rows, strict=True):
        position = pick(row, number) if witness is None else witness.draw(slot, row, number)
        states[slot].apply_action(legal_actions(states[slot])[position])


def spread(weights: FloatArray, count: int, number: float) -> IntArray:
    """Return which of the weighted particles each of ``count`` samples starts from.

    Systematic along the golden ratio: sample ``i`` does not depend on the count, and every prefix is spread evenly over
    the weights. ``number`` in ``[0, 1)`` is the random offset.
    """
    points = (number + 0.6180339887498949 * np.arange(count)) % 1.0
    cumulative = np.cumsum(weights)
    positions = np.searchsorted(cumulative, points * cumulative[-1], side="right")
    return np.asarray(np.minimum(positions, np.flatnonzero(weights)[-1]), np.int64)


class RolloutValues:
    """``search.allocation.ActionValues`` from rollouts of hypothetical ``pyspiel`` states.

    Parameters
    ----------
    game, blueprint, player : what is played, by whom, for whom.
    hidden : the particles; ``starts`` [samples] says which one each sample starts from.
    key : of the random numbers.
    depth, value : rollouts stop after so many decisions (the first action not counted) and the value function says what
        the position is worth. ``None``: to the end.
    """

    maximum = float("inf")

    def __init__(
        self,
        game: SearchGame,
        blueprint: Blueprint,
        player: int,
        hidden: Sequence[Any],
        starts: IntArray,
        key: int,
        depth: int | None = None,
        value: ValueFunction | None = None,
    ) -> None:
        self._game, self._blueprint, self._player = game, blueprint, player
        self._hidden, self._starts, self._key = hidden, starts, key
        self._depth, self._value = depth, value

    def returns(self, actions: NDArray[np.int64], start: int, stop: int) -> FloatArray:
        """Return the normalised returns [stop-start, actions] of samples ``start .. stop-1``."""
        particles = self._starts[start:stop].tolist()
        states = [self._hidden[particle].child(action) for particle in particles for action in actions.tolist()]
        samples = np.repeat(np.arange(start, stop), len(actions))
        play(states, samples, self._key, self._blueprint, depth=self._depth)
        utilities = np.empty(len(states))
        unfinished = []
        for slot, state in enumerate(states):
            if state.current_player() == TERMINAL:
                utilities[slot] = state.player_return(self._player)
            else:
                unfinished.append(slot)
        if unfinished and self._value is not None:
            utilities[unfinished] = self._value([states[slot] for slot in unfinished])[:, self._player]
        return self._game.normalised(utilities).reshape(stop - start, len(actions))


class TreeRolloutValues:
    """The same on the arrays of an enumerated game, compiled."""

    maximum = float("inf")

    def __init__(self, tree: HistoryTree, values: TreeValues, infoset: int, starts: IntArray, key: int) -> None:
        self._tree, self._values, self._infoset = tree, values, infoset
        self._starts, self._key = starts, key

    def returns(self, actions: NDArray[np.int64], start: int, stop: int) -> FloatArray:
        """Return the normalised returns [stop-start, actions] of samples ``start .. stop-1``."""
        positions = np.searchsorted(self._tree.legal(self._infoset), actions)
        player = int(self._tree.owner[self._infoset])
        found = self._tree.rollouts(self._values, player, self._starts[start:stop], positions, self._key, start)
        return self._tree.game.normalised(found)


class ExactValues:
    """Exact action values as an estimator: every sample is the expectation. ``q`` [k] is normalised."""

    maximum = float("inf")

    def __init__(self, legal: IntArray, q: FloatArray) -> None:
        self._legal, self._q = legal, q

    def returns(self, actions: NDArray[np.int64], start: int, stop: int) -> FloatArray:
        """Return the values [stop-start, actions], the same in each row."""
        return np.tile(self._q[np.searchsorted(self._legal, actions)], (stop - start, 1))
