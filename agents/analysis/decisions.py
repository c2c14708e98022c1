"""What a search thinks of every decision of a game: values of all moves, points lost, and beliefs.

Each seat has a searching seat of its own, which sees what the player saw and no more. In two things it differs from one
that plays: it never takes the blueprint's move for unbeatable, so that all moves have values; and it keeps every
return, so that what a move loses against the best is a *paired* difference, over the worlds in which both were tried.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agents.analysis.halves import CrossedLoss
from agents.hanabi.players import searcher
from games.hanabi.game import HanabiGame
from games.hanabi.position import Position
from games.hanabi.state import HanabiState
from search.allocation import ActionValues
from search.errors import Origins, mean_error, origins_of
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.follower import Policy
from search.hanabi.rollouts.over import rollouts_over
from search.hanabi.seat import SearchSeat
from search.hanabi.spec import ResolvedSearch
from search.planner import Decision
from search.seating import Seating

_NAN = float("nan")


@dataclass(frozen=True)
class MoveValue:
    """What a legal move is worth.

    move : its id. value, error : expected final score after it, with its standard error. lost, lost_error : how much
    less that is than after the best move, by paired differences. policy : the planner's probability of it. rollouts :
    of it; ``dropped``: it fell behind and was given no more. Numbers that are not known are NaN.

    The best of many noisy values is too high, and what is lost against it in the same worlds, too. ``missed``,
    ``missed_error`` : what the move loses against one that other worlds found to be the best
    (``agents.analysis.halves``), which is not; worth ``worlds`` independent ones.
    """

    move: int
    value: float
    error: float
    lost: float
    lost_error: float
    policy: float
    rollouts: int
    dropped: bool
    missed: float = _NAN
    missed_error: float = _NAN
    worlds: float = 0.0


@dataclass(frozen=True)
class DecisionAnalysis:
    """What was thought of a decision.

    turn, player : whose it is. moves : the legal ones, the best first. blueprint_move, planner_move : what blueprint
    and search would do. belief : P(type) of each own card, [cards, types]. exact : the belief is no sample.
    effective : hands of equal weight that know as much. outcome : as in ``search.planner.Decision``. rollouts : in all.
    """

    turn: int
    player: int
    moves: tuple[MoveValue, ...]
    blueprint_move: int
    planner_move: int
    belief: NDArray[np.float64]
    exact: bool
    effective: float
    outcome: str
    rollouts: int

    @property
    def best(self) -> float:
        """Expected final score after the best move; NaN where none was tried."""
        return self.moves[0].value

    def of(self, move: int) -> MoveValue:
        """Return the value of a legal move."""
        return next(value for value in self.moves if value.move == move)


class _Watched:
    """Action values that keep all returns, and know no maximum, so that no move passes for unbeatable."""

    maximum = float("inf")

    def __init__(self, values: ActionValues) -> None:
        self._values = values
        self.columns: dict[int, list[NDArray[np.float64]]] = {}

    @property
    def origins(self) -> Origins | None:
        """Those of the values: more and more, as more worlds are asked for."""
        return origins_of(self._values)

    def returns(self, actions: NDArray[np.int64], start: int, stop: int) -> NDArray[np.float64]:
        found = self._values.returns(actions, start, stop)
        for column, action in enumerate(actions.tolist()):
            self.columns.setdefault(action, []).append(found[:, column])
        return found

    def of(self, action: int) -> NDArray[np.float64]:
        """Return the returns of a move in the worlds 0, 1 …, as far as it was tried."""
        return np.concatenate([*self.columns.get(action, []), np.empty(0)])


class AnalysingSeat(SearchSeat):
    """A searching seat that can be asked for all that it found."""

    _watched: _Watched | None = None

    def values(self, view: NDArray[np.int32]) -> ActionValues | None:
        found = super().values(view)
        self._watched = None if found is None else _Watched(found)
        return self._watched

    def analyse(self, view: NDArray[np.int32]) -> DecisionAnalysis:
        """Return the analysis of the present view, this seat to move."""
        self._watched = None
        decision = self.decide(view)
        turn = self.follower.history.turns
        if self._watched is None:  # forced: the belief was not asked
            self.belief.update(int(self.keys.belief[turn]))
        belief, watched = self.belief, self._watched
        return DecisionAnalysis(
            turn,
            self.follower.history.seat,
            _ranked(decision, watched),
            decision.blueprint_action,
            decision.action,
            marginals(belief.hands, belief.probabilities, self.follower.history.game),
            belief.exact,
            belief.effective_sample_size,
            decision.outcome,
            decision.rollouts,
        )


def marginals(hands: NDArray[np.int32], weights: NDArray[np.float64], game: HanabiGame) -> NDArray[np.float64]:
    """Return P(type) of every card of weighted hands [hands, cards]: [cards, types]; zeros if there are none."""
    found = np.zeros((hands.shape[1], game.types))
    if weights.sum() > 0:
        for card in range(hands.shape[1]):
            np.add.at(found[card], hands[:, card], weights / weights.sum())
    return found


def _ranked(decision: Decision, watched: _Watched | None) -> tuple[MoveValue, ...]:
    """Return the values of the legal moves, the best first."""
    policy = np.exp(decision.log_policy - decision.log_policy.max())
    policy /= policy.sum()
    tried = {} if watched is None else {int(action): watched.of(int(action)) for action in decision.actions}
    most = max((len(returns) for returns in tried.values()), default=0)
    values = {action: float(returns.mean()) if len(returns) else _NAN for action, returns in tried.items()}
    racing = [action for action, returns in tried.items() if len(returns) == most and most]
    best = max(racing, key=values.__getitem__) if racing else None
    origins = watched.origins if watched else None
    loss = CrossedLoss({action: tried[action] for action in racing}, origins)
    rows = []
    for action, chance, error in zip(
        decision.actions.tolist(), policy.tolist(), decision.standard_error.tolist(), strict=True
    ):
        returns = tried.get(action, np.empty(0))
        lost, lost_error = _NAN, _NAN
        if best is not None and len(returns):
            lost, lost_error = paired_loss(tried[best], returns, origins)
        dropped = 0 < len(returns) < most
        value = MoveValue(action, values.get(action, _NAN), error, lost, lost_error, chance, len(returns), dropped)
        missed = loss.of(action, returns)
        rows.append(replace(value, missed=missed.mean, missed_error=missed.error, worlds=missed.worlds))
    return tuple(sorted(rows, key=lambda row: (row.move != best, row.dropped, _or_infinite(row.lost), row.move)))


def _or_infinite(value: float) -> float:
    return float("inf") if np.isnan(value) else value


def paired_loss(
    best: NDArray[np.float64], other: NDArray[np.float64], origins: Origins | None = None
) -> tuple[float, float]:
    """Return the mean of ``best - other`` over the worlds that both have, and its standard error (NaN for one)."""
    count = min(len(best), len(other))
    difference = best[:count] - other[:count]
    error = float(mean_error(difference[:, None], origins).standard_errors[0]) if count > 1 else _NAN
    return float(difference.mean()), error


def seats_for(search: ResolvedSearch, policy: Policy, threads: int | None) -> list[AnalysingSeat]:
    """Return a seat for every player, not started; their rollouts are played by one engine."""
    rollouts = rollouts_over(search.game, policy, threads, search.plies)
    make = searcher(search, policy, threads, rollouts)
    return [AnalysingSeat(*make.arguments) for _ in range(search.game.players)]


def analyse_moves(
    search: ResolvedSearch,
    policy: Policy,
    deck: Sequence[int],
    moves: Sequence[int],
    *,
    seed: int = 0,
    threads: int | None = None,
    turns: Collection[int] | None = None,
) -> Iterator[DecisionAnalysis]:
    """Yield the analysis of each decision of a game, the present one too if it is not over.

    search : with ``search.game``, whose bomb rule may be another than the game was played by. deck, moves : as of
    ``HanabiState``. seed : of beliefs and worlds. turns : those to be analysed; by default all.
    """
    state = HanabiState(search.game, np.asarray(deck, np.int32))
    seats = seats_for(search, policy, threads)
    keys = SeatKeys.of_game(search.game, seed, 0)
    for seat, member in enumerate(seats):
        member.start(Seating(search.game, seat, 0, state.view(seat), keys))
    for turn in range(len(moves) + 1):
        player = state.current_player
        if not state.is_terminal and (turns is None or turn in turns):
            yield seats[player].analyse(state.view(player))
        if turn == len(moves):
            return
        before = [state.view(seat) for seat in range(search.game.players)]
        state.apply(moves[turn])
        for seat, member in enumerate(seats):
            member.observe(before[seat], state.view(seat))


def analyse_position(
    search: ResolvedSearch, policy: Policy, position: Position, *, seed: int = 0, threads: int | None = None
) -> DecisionAnalysis:
    """Return the analysis of a position without a past, for its player to move; the own hand is not looked at."""
    seat = position.current_player
    view = position.array.copy()
    Position(position.game, view).cards(seat)[:, 0] = -1
    member = seats_for(search, policy, threads)[seat]
    member.start(Seating(search.game, seat, 0, view, SeatKeys.of_game(search.game, seed, 0)))
    return member.analyse(view)


def kept_points(game: HanabiGame) -> HanabiGame:
    """Return the same game with the points kept at a bomb: values of bad moves then still tell them apart."""
    return replace(game, bomb="keep")
