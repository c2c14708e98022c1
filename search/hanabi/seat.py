"""The seats of a Hanabi table: one that follows a policy, and one that makes it better at the moment of decision.

A seat is an agent: a table starts it, shows it views (its own hand hidden) and asks for moves, and nothing else, so
whatever it decides is a function of what its player may know. It is made once and may play many games; ``start``
forgets the last one. It is not told the seed, from which the deck could be made (``search.hanabi.keys``).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games.hanabi.game import HanabiGame
from games.hanabi.layout import TURN
from games.hanabi.position import Position
from search.allocation import ActionValues
from search.allowance import Clock
from search.errors import Origins
from search.hanabi.beliefs.hands import Belief, BeliefOptions
from search.hanabi.beliefs.learned import new_belief
from search.hanabi.budget import Budget, budget_of
from search.hanabi.history import SeatHistory
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.follower import Follower, Policy
from search.hanabi.rollouts.requests import Position as Asked
from search.hanabi.rollouts.requests import RequestedValues, Rollouts
from search.hanabi.worlds import Worlds
from search.planner import Decision, Planner
from search.seating import BeliefRecord, Explanation, RecordsBeliefs, Seating, Sees

View = NDArray[np.int32]

_NAN = float("nan")
_WORLDS = 500  # of a decision that are made at once; more as soon as they are asked for


def legal_moves_of(game: HanabiGame, view: View) -> NDArray[np.int64]:
    """Return the legal moves of the player to move, increasing."""
    return np.array(Position(game, view).legal_moves(), dtype=np.int64)


def _undealt(game: HanabiGame, view: View) -> float:
    """Return the part of the cards that nobody held at the start that is still in the deck."""
    start = game.deck_size - game.players * game.cards_in_hand
    return Position(game, view).cards_left / start if start else 0.0


class FollowSeat:
    """A seat that follows a policy.

    Parameters
    ----------
    policy : what it follows, such as ``agents.hanabi.blueprints.policy_for(game, "piers")``.

    Attributes: ``follower``, the policy at this seat in the present game; ``sees``, ``"actions"``.

    Examples
    --------
    >>> import tamaya
    >>> table = tamaya.table_game("hanabi(players=2)")
    >>> seat = tamaya.agent("piers", table).make()
    >>> type(seat).__name__, seat.policy.name
    ('FollowSeat', 'piers')
    """

    sees: Sees = "actions"
    follower: Follower

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def start(self, seating: Seating) -> None:
        """Begin a game, forgetting any other."""
        self.follower = self.policy.follow(SeatHistory(seating.game, seating.seat, seating.view))
        self.keys = SeatKeys.of_seating(seating)

    def observe(self, before: View, after: View) -> None:
        """Take note of a move of any player: the views around it."""
        self.follower.observe(before, after)

    def act(self, view: View) -> int:
        """Return a legal move for the present view, this seat to move."""
        self.follower.history.check_asked(view)
        return self.follower.move(view, self.keys.policy[view[TURN]])

    def explain(self, view: View) -> Explanation:
        """Return the policy's probabilities; it has no opinion of what moves are worth."""
        self.follower.history.check_asked(view)
        moves = legal_moves_of(self.follower.history.game, view)
        chances = self.follower.chances(view, moves, self.keys.policy[view[TURN]])
        unknown = (_NAN,) * len(moves)
        return Explanation(tuple(moves.tolist()), tuple(chances.tolist()), unknown, unknown, self.policy.name)


@dataclass
class SeatStatistics:
    """What a searching seat did in a game: counters over its decisions, and the seconds they took.

    ``widenings`` are the rebuilds from wider proposals, ``unexplained`` those of the ``fallbacks`` that came of a
    belief in which nothing explained the partners' moves; ``worlds`` are those of the moves that were rolled out
    longest, worth ``effective_worlds`` independent ones.
    """

    decisions: int = 0
    deviations: int = 0
    rollouts: int = 0
    fallbacks: int = 0
    forced: int = 0
    maximal: int = 0
    rebuilds: int = 0
    widenings: int = 0
    unexplained: int = 0
    exact: int = 0
    effective_sample_size: float = 0.0  # summed over decisions with a sampled belief
    sampled: int = 0
    worlds: int = 0
    effective_worlds: float = 0.0
    seconds: float = 0.0

    def count(self, decision: Decision, belief: Belief, seconds: float) -> None:
        """Add a decision that the belief has led to."""
        self.decisions += 1
        self.deviations += decision.deviates
        self.rollouts += decision.rollouts
        self.fallbacks += decision.outcome == "fallback"
        self.forced += decision.outcome == "forced"
        self.maximal += decision.outcome == "maximal"
        self.rebuilds, self.widenings = belief.rebuilds, belief.widenings
        self.unexplained += decision.outcome == "fallback" and belief.unexplained
        if decision.outcome == "searched":
            self.worlds += decision.samples
            self.effective_worlds += decision.effective
        if decision.outcome in ("searched", "maximal"):
            self.exact += belief.exact
            self.sampled += not belief.exact
            if not belief.exact:
                self.effective_sample_size += belief.effective_sample_size
        self.seconds += seconds


class SearchSeat(RecordsBeliefs):
    """A seat that makes a policy better at the moment of decision.

    It samples worlds from its belief of its own hand, rolls the policy out after every legal move in the same worlds,
    and plays the mode of the planner's next iterate (``docs/search.md``).

    Parameters
    ----------
    policy : what everybody is assumed to play.
    belief : sizes, softness and kind of what it believes of its own hand.
    rollouts : plays sampled worlds on; shared by seats and games, if need be.
    planner : the learner whose next iterate is played, and how worlds are spread over moves.
    budget : rollouts a decision, at most; or another budget, such as one of seconds by the seat's ``clock``.
    workers : threads of the belief (``None``: all cores); results do not depend on it.

    Attributes: ``follower``, ``belief``, ``statistics`` of the present game, ``last_decision``, and ``clock`` (seconds,
    which the statistics count).

    References
    ----------
    S. Sokota et al. (2024), The update-equivalence framework for decision-time planning, ICLR (mirror-descent
    search). A. Lerer, H. Hu, J. Foerster and N. Brown (2020), Improving policies via search in cooperative partially
    observable games, AAAI (SPARTA).

    Examples
    --------
    >>> import tamaya
    >>> table = tamaya.table_game("hanabi(players=2)")
    >>> seat = tamaya.agent("mds(blueprint=piers, rollouts=100)", table).make()
    >>> type(seat).__name__, seat.policy.name
    ('SearchSeat', 'piers')
    """

    sees: Sees = "actions"
    follower: Follower
    belief: Belief

    def __init__(
        self,
        policy: Policy,
        belief: BeliefOptions,
        rollouts: Rollouts,
        planner: Planner,
        budget: int | Budget,
        workers: int | None = 1,
    ) -> None:
        self.policy = policy
        self.clock: Clock = time.perf_counter
        self._options, self._rollouts, self._planner = belief, rollouts, planner
        self._budget, self._workers = budget_of(budget), workers

    def start(self, seating: Seating) -> None:
        """Begin a game, forgetting any other."""
        self.follower = self.policy.follow(SeatHistory(seating.game, seating.seat, seating.view))
        self.belief = new_belief(self.follower, self._options, self._workers)
        self.statistics = SeatStatistics()
        self.last_decision: Decision | None = None
        self.keys = SeatKeys.of_seating(seating)

    def observe(self, before: View, after: View) -> None:
        """Take note of a move of any player: the views around it."""
        self.follower.observe(before, after)

    def act(self, view: View) -> int:
        """Return a legal move for the present view, this seat to move."""
        return self.decide(view).action

    def belief_record(self) -> BeliefRecord:
        """Return how often the belief failed in the present game."""
        counted = self.statistics
        return BeliefRecord(counted.decisions, counted.fallbacks, counted.rebuilds)

    def explain(self, view: View) -> Explanation:
        """Return the planner's decision: the updated policy, and the expected final score after each move."""
        return Explanation.of(self.decide(view), f" of {self.policy.name}")

    def decide(self, view: View) -> Decision:
        """Search the present view, this seat to move, and return the planner's decision."""
        history = self.follower.history
        history.check_asked(view)
        began = self.clock()
        allowed = self._budget.allowance(history.turns, _undealt(history.game, view), self.clock)
        moves = legal_moves_of(history.game, view)
        values = self.values(view) if len(moves) > 1 else None
        decision = self._planner.decide(moves, self.log_policy(view, moves), values, allowed)
        self.last_decision = decision
        self.statistics.count(decision, self.belief, self.clock() - began)
        return decision

    def log_policy(self, view: View, moves: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the softened policy's log-probabilities of the legal ``moves``."""
        softening = self.policy.softening
        chances = self.follower.chances(view, moves, self.keys.policy[view[TURN]])
        logarithms: NDArray[np.float64] = np.log((1.0 - softening) * chances + softening / len(moves))
        return logarithms

    def values(self, view: View) -> ActionValues | None:
        """Return the values of moves in the worlds of an updated belief, or ``None`` if it has collapsed."""
        turn = int(view[TURN])
        self.belief.update(int(self.keys.belief[turn]))
        if self.belief.collapsed:
            return None
        key = int(self.keys.worlds[turn])

        def worlds_of(count: int) -> tuple[Worlds, Origins]:
            worlds = self.belief.worlds(count, key)
            return worlds, self.belief.origins(worlds)

        worlds, origins = worlds_of(_WORLDS)
        seat = self.follower.history.seat
        asked = Asked(view, seat, worlds, key, self.follower.recollection(turn))
        return RequestedValues(self._rollouts, asked, origins, worlds_of)
