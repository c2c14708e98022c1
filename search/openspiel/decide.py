"""The planner on OpenSpiel games: belief x value x update at one information state.

``Search`` puts together a blueprint, a belief, a value estimate and an update; ``MirrorDescentBot`` and
``SearchPolicy`` are what it looks like to OpenSpiel.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np

from games.extensive.compile import estimate_histories
from games.phantom.game import PhantomGame
from search.allocation import ActionValues, Allocation, Even
from search.openspiel.audit import require_honest_resampling
from search.openspiel.beliefs import Filtered, Particles, Resampled, Revealed
from search.openspiel.blueprints import UniformBlueprint, as_blueprint
from search.openspiel.game import FloatArray, SearchGame, View
from search.openspiel.phantom import PhantomRollouts, compiled_phantom, exact_values, known
from search.openspiel.plausibility import pick
from search.openspiel.rollouts import (
    ExactValues,
    RolloutValues,
    TreeRolloutValues,
    ValueFunction,
    single_uniform,
    spread,
)
from search.openspiel.tree import LARGEST, HistoryTree, TooManyHistories, TreeValues
from search.planner import Decision, MagneticMirrorDescent, Planner, Update

BeliefName = Literal["auto", "exact", "resample", "particles"]

ETA, ALPHA = 5.0, 0.05  # of MMD, where nobody says otherwise

_START_STREAM = 1 << 40  # numbers beyond all samples: the offset of the particles, and the choice of the action
_ACTION_STREAM = _START_STREAM + 1


_EXACT = Particles([], np.zeros(0))
_UNREACHED = Particles([], np.zeros(0), "chance and the others' blueprint never lead here")


@dataclass(frozen=True)
class SearchOptions:
    """How to search. Returns are normalised to ``[-1, 1]`` (``SearchGame``), so ``eta`` and ``alpha`` are pure numbers.

    Parameters
    ----------
    update : MMD with a uniform magnet by default (``log_magnet="blueprint"`` for the other); ``MirrorDescent(eta)`` is
        MDS, ``PolicyIteration()`` Monte Carlo search; ``.repeated(n)`` applies an update n times to the same values.
    rollouts : budget of a decision, all actions together; ``None``: exact expectations (enumerated games only).
    belief : ``"exact"`` enumerates the game, or, in phantom games with the uniform blueprint, has a closed form
        (``search.openspiel.phantom``); ``"resample"`` is OpenSpiel's, ``"particles"`` a filter
        (``search.openspiel.beliefs``); ``"auto"`` is exact in those phantom games and in what has an estimated
        ``largest`` histories at most, and filters otherwise. In games of perfect information the state itself takes the
        place of all sampled beliefs.
    particles, attempts : of the sampled beliefs; the filter gives up after ``attempts`` histories for each particle.
    depth, value : truncate rollouts after so many decisions, and what positions are worth then.
    allocation : how rollouts are spread over the actions: ``Even()``, or racing.
    caution : standard errors by which values are lowered before the update.
    play : ``"sample"`` the action from the updated policy (MMDS), or take its ``"mode"``.
    largest : estimated histories up to which ``"auto"`` enumerates the game.

    Raises
    ------
    ValueError
        One sentence, if a number is out of its range.

    References
    ----------
    S. Sokota et al. (2024), The update-equivalence framework for decision-time planning, ICLR (MDS, MMDS).

    Examples
    --------
    >>> import tamaya
    >>> options = tamaya.SearchOptions(rollouts=500, play="mode")
    >>> options.belief, options.particles
    ('auto', 200)
    """

    update: Update = field(default_factory=lambda: MagneticMirrorDescent(ETA, ALPHA))
    rollouts: int | None = 1000
    belief: BeliefName = "auto"
    particles: int = 200
    attempts: int = 50
    depth: int | None = None
    value: ValueFunction | None = None
    allocation: Allocation = field(default_factory=Even)
    caution: float = 0.0
    play: Literal["sample", "mode"] = "sample"
    largest: int = LARGEST

    def __post_init__(self) -> None:
        if self.rollouts is not None and self.rollouts < 1:
            raise ValueError(f"rollouts must be at least 1, or None for exact values, not {self.rollouts}")
        if self.belief not in get_args(BeliefName):
            raise ValueError(f"belief must be auto, exact, resample or particles, not {self.belief!r}")
        if self.play not in ("sample", "mode"):
            raise ValueError(f"play must be sample or mode, not {self.play!r}")
        if self.particles < 1 or self.attempts < 1:
            raise ValueError("particles and attempts must be at least 1")
        if (self.depth is None) != (self.value is None) or (self.depth is not None and self.depth < 0):
            raise ValueError("truncated rollouts need both a depth of at least 0 and a value function")
        if self.rollouts is None and self.depth is not None:
            raise ValueError("exact expectations go to the end of the game: give rollouts, or no depth")


class Search:
    """Search in one game with one blueprint.

    Parameters
    ----------
    game : a ``pyspiel.Game`` or its string; simultaneous moves are made successive.
    blueprint : what everybody is assumed to play (``search.openspiel.blueprints.as_blueprint``).
    options : see ``SearchOptions``.
    tree : the enumerated game, if there is one already; it serves an exact belief only.

    Building takes a bounded time in any game: an exact belief is given up as soon as counting says that it is too
    large. ``belief`` is the one in use: ``"exact"``, ``"resample"``, ``"particles"`` or ``"state"`` (known).

    Raises ``ValueError`` (``search.openspiel.audit.Leak`` is one) where the belief that is asked for cannot be had.
    """

    def __init__(
        self,
        game: Any,
        blueprint: Any = "uniform",
        options: SearchOptions | None = None,
        tree: HistoryTree | None = None,
    ) -> None:
        self.game = game if isinstance(game, SearchGame) else SearchGame(game)
        self.options = options if options is not None else SearchOptions()
        self.blueprint = as_blueprint(blueprint)
        self.phantom = self._phantom() if tree is None else None
        if self.phantom is not None:
            self.belief, self.tree = "exact", None
            return
        self.tree = self._enumerated(tree)
        if self.tree is not None:
            self.belief = "exact"
            self._policy = self.tree.policy(self.blueprint)
            self._values: TreeValues = self.tree.evaluate(self._policy)
            return
        if self.options.rollouts is None:
            raise ValueError(f"exact expectations in {self.game.name} need the exact belief")
        self.belief = self.options.belief if self.options.belief == "resample" else "particles"
        if self.game.perfect:
            self.belief = "state"
            self._revealed = Revealed(self.game, self.blueprint, self.options.particles)
        elif self.belief == "resample":
            require_honest_resampling(self.game)
            self._resampled = Resampled(self.game, self.blueprint, self.options.particles)
        else:
            self._filtered = Filtered(self.game, self.blueprint, self.options.particles, self.options.attempts)

    def _phantom(self) -> PhantomGame | None:
        """Return the phantom game whose closed form serves, or None."""
        fits = self.options.belief in ("auto", "exact") and self.options.depth is None
        return compiled_phantom(self.game) if fits and isinstance(self.blueprint, UniformBlueprint) else None

    def _enumerated(self, tree: HistoryTree | None) -> HistoryTree | None:
        """Return the tree of an exact belief, or None for the others."""
        kind, largest = self.options.belief, self.options.largest
        if kind == "exact" or (kind == "auto" and tree is not None):
            return tree if tree is not None else HistoryTree(self.game, largest)
        if kind == "auto" and estimate_histories(self.game.game, enough=largest) <= largest:
            with suppress(TooManyHistories):  # the estimate may be too low
                return HistoryTree(self.game, largest)
        return None

    def decide(self, state: Any, player: int, seed: int) -> Decision:
        """Search for a player to move at a state, of the game itself or of its turn-based form.

        The decision, its random numbers included, depends on the seed and on the player's view of the state only.
        """
        view = self.game.view(state, player)
        if self.phantom is not None:
            view = known(self.phantom, view)
        key = view.key(seed)
        log_policy, values, found = self._estimator(state, view, key, seed)
        number = single_uniform(key, _ACTION_STREAM)
        options = self.options
        choose = _mode if options.play == "mode" else lambda updated: pick(np.exp(updated), number)
        planner = Planner(options.update, options.allocation, options.caution, choose)
        budget = options.rollouts if options.rollouts is not None else len(view.legal)
        decision = planner.decide(np.array(view.legal, np.int64), log_policy, values, budget)
        return replace(decision, fault=found.fault, rebuilt=found.rebuilt)

    def _estimator(
        self, state: Any, view: View, key: int, seed: int
    ) -> tuple[FloatArray, ActionValues | None, Particles]:
        """Return the blueprint's log-probabilities, an estimator of the action values, ``None`` without a belief, and
        the particles (none of exact beliefs).
        """
        if len(view.legal) == 1:
            return np.zeros(1), None, _EXACT
        if self.phantom is not None:
            return *self._in_phantom(self.phantom, view, key), _EXACT
        if self.tree is not None:
            log_policy, values = self._in_tree(self.tree, view, key)
            return log_policy, values, _EXACT if values is not None else _UNREACHED
        found = self._particles(state, view, seed)
        if not found.usable:
            return self._unsupported(state, view), None, found
        row = self.blueprint.probabilities([found.states[int(np.flatnonzero(found.weights)[0])]])[0]
        return _log(row), self._rollouts(view, found.states, found.weights, key), found

    def _particles(self, state: Any, view: View, seed: int) -> Particles:
        if self.belief == "state":
            return self._revealed.particles(self.game.known(state, view.player), view, seed)
        if self.belief == "particles":
            return self._filtered.particles(view, seed)
        return self._resampled.particles(state, view, seed)

    def _unsupported(self, state: Any, view: View) -> FloatArray:
        """Return the blueprint where there is no particle to ask it at: the only time it meets the real state."""
        return _log(self.blueprint.probabilities([self.game.turn_based(state, view.player)])[0])

    def _in_phantom(self, game: PhantomGame, view: View, key: int) -> tuple[FloatArray, ActionValues | None]:
        log_policy = np.full(len(view.legal), -np.log(len(view.legal)))
        if self.options.rollouts is None:
            return log_policy, ExactValues(np.array(view.legal, np.int64), exact_values(game, view))
        return log_policy, PhantomRollouts(game, view, key)

    def _in_tree(self, tree: HistoryTree, view: View, key: int) -> tuple[FloatArray, ActionValues | None]:
        infoset = tree.find(view)
        rows = slice(tree.first[infoset], tree.first[infoset + 1])
        log_policy = _log(self._policy[rows])
        if not self._values.total[infoset] > 0.0:  # chance and the others' blueprint never come here
            return log_policy, None
        if self.options.rollouts is None:
            return log_policy, ExactValues(tree.legal(infoset), self.game.normalised(self._values.q[rows]))
        members = tree.members(infoset)
        weights = self._values.reach[members, view.player]
        if self.options.depth is not None:
            return log_policy, self._rollouts(view, [tree.state(h) for h in members.tolist()], weights, key)
        starts = members[self._starts(weights, len(view.legal), key)]
        return log_policy, TreeRolloutValues(tree, self._values, infoset, starts, key)

    def _rollouts(self, view: View, states: list[Any], weights: FloatArray, key: int) -> RolloutValues:
        starts = self._starts(weights, len(view.legal), key)
        options = self.options
        return RolloutValues(self.game, self.blueprint, view.player, states, starts, key, options.depth, options.value)

    def _starts(self, weights: FloatArray, actions: int, key: int) -> Any:
        """Return the particle of each sample, as many as any allocation may ask for."""
        assert self.options.rollouts is not None
        most = max(1, self.options.rollouts // actions)
        most = int(most * getattr(self.options.allocation, "reinvest", 1.0))
        return spread(weights, most, single_uniform(key, _START_STREAM))


def _mode(updated: FloatArray) -> int:
    return int(np.argmax(updated))


def _log(probabilities: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.log(probabilities)
