"""One seat of a Hanabi table that searches: its history, its blueprint memory, its belief and its planner.

The seat is fed views (its own hand hidden) and nothing else, so whatever it decides is a function of what its player
may know. It is not told the seed, from which the deck could be made, but gets keys for its random numbers (``keys``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from games._base.jit import kernel
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CURRENT_PLAYER, MOVES, TURN
from games.hanabi.rules import legal_moves
from search.allocation import ActionValues, Allocation, Racing
from search.hanabi.beliefs.hands import BeliefOptions
from search.hanabi.beliefs.history import SeatHistory
from search.hanabi.beliefs.learned import new_belief
from search.hanabi.keys import SeatKeys
from search.hanabi.rollouts.compiled import RolloutValues
from search.hanabi.worlds import Worlds
from search.planner import Decision, MirrorDescent, Planner, Update

_legal_moves = kernel(legal_moves)


@dataclass(frozen=True)
class SearchOptions:
    """How a seat searches.

    update : the learner whose next iterate is played (MDS by default; ``eta`` in 1/points).
    allocation : how worlds are spread over moves.
    rollouts : budget a decision.
    caution : standard errors by which a value is lowered before the update (``search.planner.Planner``).
    belief : sizes and softness of the belief.
    plies : moves of the blueprint after which a rollout ends in what it expects of the rest (``rollouts``); ``None``:
        rollouts end with the game.
    workers : threads for rollouts and beliefs (``None``: all cores); results do not depend on it.
    """

    update: Update = field(default_factory=lambda: MirrorDescent(30.0))
    allocation: Allocation = field(default_factory=Racing)
    rollouts: int = 1000
    caution: float = 0.0
    belief: BeliefOptions = field(default_factory=BeliefOptions)
    plies: int | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        if self.rollouts < 1:
            raise ValueError(f"rollouts must be at least 1, not {self.rollouts}")
        if self.plies is not None and self.plies < 1:
            raise ValueError(f"plies must be at least 1, not {self.plies}")


@dataclass
class SeatStatistics:
    """What a searching seat did: counters over its decisions, and the seconds they took."""

    decisions: int = 0
    deviations: int = 0
    rollouts: int = 0
    fallbacks: int = 0
    forced: int = 0
    maximal: int = 0
    rebuilds: int = 0
    exact: int = 0
    effective_sample_size: float = 0.0  # summed over decisions with a sampled belief
    sampled: int = 0
    seconds: float = 0.0


class BlueprintSeat:
    """A seat that follows its blueprint: a memory, updated from views."""

    def __init__(self, game: HanabiGame, blueprint: Blueprint, seat: int, keys: SeatKeys) -> None:
        self.game = game
        self.blueprint = blueprint
        self.seat = seat
        self._keys = keys
        self._memories = blueprint.new_memories(game)

    @property
    def memory(self) -> NDArray[np.int64]:
        """The seat's own row of blueprint memory."""
        row: NDArray[np.int64] = self._memories[self.seat]
        return row

    @property
    def contradictions(self) -> int:
        """Conclusions of the convention so far that hints or counts disproved, as this seat sees it."""
        column = self.blueprint.contradictions
        return 0 if column is None else int(self.memory[column])

    def blueprint_move(self, view: NDArray[np.int32]) -> int:
        """Return the blueprint's move; ``view`` is the present view, this seat to move."""
        return int(self.blueprint.decide(self.game.rules, view, self.memory, self._keys.policy[view[TURN]]))

    def act(self, view: NDArray[np.int32]) -> int:
        """Return a legal move for the present view."""
        return self.blueprint_move(view)

    def observe(self, before: NDArray[np.int32], after: NDArray[np.int32]) -> None:
        """Take note of a move of any player: the views around it."""
        self.blueprint.observe(self.game.rules, before, after, self._memories)


class SearchSeat(BlueprintSeat):
    """A seat that improves its blueprint at the moment of decision.

    Parameters
    ----------
    game, blueprint, seat : what is played, the policy everybody is assumed to follow, and where this seat sits.
    view : the view at the start of the game.
    options : see ``SearchOptions``.
    keys : for the random numbers.
    """

    def __init__(
        self,
        game: HanabiGame,
        blueprint: Blueprint,
        seat: int,
        view: NDArray[np.int32],
        options: SearchOptions,
        keys: SeatKeys,
    ) -> None:
        super().__init__(game, blueprint, seat, keys)
        self.options = options
        self.statistics = SeatStatistics()
        self.history = SeatHistory(game, seat, view)
        self.belief = new_belief(self.history, blueprint, options.belief, options.workers)
        self.last_decision: Decision | None = None
        self.clock: Callable[[], float] = time.perf_counter  # seconds, which the statistics count
        self._planner = Planner(options.update, options.allocation, options.caution)

    def observe(self, before: NDArray[np.int32], after: NDArray[np.int32]) -> None:
        super().observe(before, after)
        self.history.observe(after)

    def act(self, view: NDArray[np.int32]) -> int:
        return self.decide(view).action

    def log_policy(self, view: NDArray[np.int32], moves: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the softened blueprint's log-probabilities of the legal ``moves``."""
        softening, probability = self.blueprint.softening, self.blueprint.probability
        if probability is None:
            chances = (moves == self.blueprint_move(view)).astype(np.float64)
        else:
            rules, memory = self.game.rules, self.memory
            chances = np.array([probability(rules, view, memory, move) for move in moves])
        probabilities = (1.0 - softening) * chances + softening / len(moves)
        logarithms: NDArray[np.float64] = np.log(probabilities)
        return logarithms

    def decide(self, view: NDArray[np.int32]) -> Decision:
        """Search the present view, this seat to move, and return the planner's decision."""
        if view[CURRENT_PLAYER] != self.seat or view[TURN] != self.history.turns:
            raise ValueError(f"seat {self.seat} was asked for a move out of turn")
        began = self.clock()
        buffer = np.empty(int(self.game.rules[MOVES]), dtype=np.int64)
        moves = buffer[: _legal_moves(self.game.rules, view, buffer)].copy()
        values = self._values(view) if len(moves) > 1 else None
        decision = self._planner.decide(moves, self.log_policy(view, moves), values, self.options.rollouts)
        self.last_decision = decision
        self._count(decision, self.clock() - began)
        return decision

    def _values(self, view: NDArray[np.int32]) -> ActionValues | None:
        turn = int(view[TURN])
        self.belief.update(int(self._keys.belief[turn]), self.memory)
        if self.belief.collapsed:
            return None
        key = int(self._keys.worlds[turn])
        return self._rollout_values(view, self.belief.worlds(self.options.rollouts, key), key)

    def _rollout_values(self, view: NDArray[np.int32], worlds: Worlds, key: int) -> ActionValues:
        options = self.options
        return RolloutValues(self.game, self.blueprint, view, self.seat, worlds, key, options.workers, options.plies)

    def _count(self, decision: Decision, seconds: float) -> None:
        statistics = self.statistics
        statistics.decisions += 1
        statistics.deviations += decision.deviates
        statistics.rollouts += decision.rollouts
        statistics.fallbacks += decision.outcome == "fallback"
        statistics.forced += decision.outcome == "forced"
        statistics.maximal += decision.outcome == "maximal"
        statistics.rebuilds = self.belief.rebuilds
        if decision.outcome in ("searched", "maximal"):
            statistics.exact += self.belief.exact
            statistics.sampled += not self.belief.exact
            if not self.belief.exact:
                statistics.effective_sample_size += self.belief.effective_sample_size
        statistics.seconds += seconds
