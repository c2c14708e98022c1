"""One game of a Hanabi search run: what is to be played, and playing it.

A job is plain data, so that it can be sent to another process or machine; the result depends on the job alone, not on
where, when or beside what it was run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from agents.hanabi.advantages import ORDERS, Advantage, advantages
from agents.hanabi.blueprints import blueprint_score, searchable
from agents.hanabi.players import searcher
from agents.hanabi.table import HanabiTable, Narrator
from games._base.errors import UsageError
from games.hanabi.state import HanabiState
from search.hanabi.budget import Budget
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.follower import Policy
from search.hanabi.rollouts.gathered import Member
from search.hanabi.rollouts.over import rollouts_over
from search.hanabi.seat import FollowSeat, SearchSeat
from search.hanabi.spec import ResolvedSearch
from search.planner import Decision

SeatNarrator = Callable[[HanabiState, int, Sequence[FollowSeat | SearchSeat]], None]
"""A ``Narrator`` that sees the seats, too: what they thought of the move."""


@dataclass(frozen=True, kw_only=True)
class HanabiJob(ResolvedSearch):
    """Everything that decides the outcome of a run's games, but their numbers: a search in a game, and these.

    seed : with the number of a game, fixes its deck and every random number.
    weights : digest that the blueprint's network must have (``Blueprint.weights``), ``None`` for any or none.
    """

    seed: int
    weights: str | None

    @classmethod
    def of(cls, search: ResolvedSearch, seed: int, weights: str | None = None) -> Self:
        """Return the job of a search."""
        return cls(**vars(search), seed=seed, weights=weights)

    def policy(self, threads: int | None = 1) -> Policy:
        """Return the blueprint; raises ``ValueError`` if it cannot be had, or has other weights than the job says."""
        policy = searchable(self.blueprint, threads, self.device, self.game)
        if self.weights is not None and policy.weights(self.game) != self.weights:
            raise UsageError(f"the weights of {self.blueprint} changed while games were played: keep a copy")
        return policy

    def searches(self, seat: int, number: int) -> bool:
        """Return True if ``seat`` searches in game ``number``."""
        if self.search == "none":
            return False
        return self.seats == "all" or seat == number % self.game.players


@dataclass(frozen=True)
class HanabiResult:
    """A finished game of a run.

    number, score, blueprint_score : the game, its score with search, and the blueprint's score on the same deck.
    moves, decisions : the moves made, and the planner's decision for each (``None`` where the blueprint just moved).
    seconds : time spent deciding; ``decisions`` of searching seats only are counted in ``statistics``. Of games that
        were played side by side, each has its share of the time (``search.hanabi.rollouts.gathered``).
    statistics : summed counters of the searching seats.
    advantages : what the moves gained that are not the blueprint's; ``None`` without search.
    """

    number: int
    score: int
    blueprint_score: int
    moves: tuple[int, ...]
    decisions: tuple[Decision | None, ...]
    seconds: float
    statistics: dict[str, float]
    advantages: tuple[Advantage, ...] | None

    def line(self, seed: int, counts: bool = False) -> dict[str, Any]:
        """Return the game's line of ``games.jsonl``; ``counts``: with the ``rollout_counts`` of all moves."""
        row: dict[str, Any] = {
            "game": self.number,
            "seed": seed,
            "score": self.score,
            "blueprint_score": self.blueprint_score,
            "turns": len(self.moves),
            "seconds": round(self.seconds, 4),
        }
        row.update({key: round(value, 3) for key, value in self.statistics.items() if key != "seconds"})
        row["decision_seconds"] = round(self.statistics.get("seconds", 0.0), 4)
        if self.advantages is not None:
            row["advantage"] = round(sum(each.value for each in self.advantages), 6)
        row["moves"] = list(self.moves)
        row["blueprint_moves"] = [
            move if decision is None else decision.blueprint_action
            for move, decision in zip(self.moves, self.decisions, strict=True)
        ]
        if counts:
            row["rollout_counts"] = [0 if decision is None else decision.rollouts for decision in self.decisions]
        return row


def with_own_arrays(job: HanabiJob) -> HanabiJob:
    """Return the job with the arrays of its game anew: a cluster may hand them over read-only."""
    return replace(job, game=replace(job.game))


def play_job(
    job: HanabiJob,
    number: int,
    threads: int | None = 1,
    narrator: SeatNarrator | None = None,
    budget: Budget | None = None,
) -> HanabiResult:
    """Play game ``number`` of a job; rollouts use ``threads`` threads (``None``: all cores).

    budget : of its decisions in place of the job's, such as ``Recorded(line["rollout_counts"])``, which plays a game
        again that was played by a clock.
    """
    job = with_own_arrays(job)
    return play_over(job, job.policy(threads), number, threads, narrator, budget=budget)


def seats_of(
    job: HanabiJob,
    policy: Policy,
    number: int,
    threads: int | None,
    member: Member | None = None,
    budget: Budget | None = None,
) -> list[FollowSeat | SearchSeat]:
    """Return the players of game ``number``, not started; ``member``, ``budget``: as of ``play_over``."""
    make = None if job.search == "none" else searcher(job, policy, threads, member, budget)
    seats: list[FollowSeat | SearchSeat] = []
    for seat in range(job.game.players):
        if make is not None and job.searches(seat, number):
            searching: Any = make()
            if member is not None:
                searching.clock = member.seconds
            seats.append(searching)
        else:
            seats.append(FollowSeat(policy))
    return seats


def play_over(
    job: HanabiJob,
    policy: Policy,
    number: int,
    threads: int | None = 1,
    narrator: SeatNarrator | None = None,
    member: Member | None = None,
    budget: Budget | None = None,
) -> HanabiResult:
    """Play game ``number`` of a job whose policy is loaded.

    member : of the games whose rollouts are gathered in one batch, for a torch network; its clock counts the seconds.
    budget : as of ``play_job``.
    """
    clock = time.perf_counter if member is None else member.seconds
    began = clock()
    decisions: list[Decision | None] = []
    seats = seats_of(job, policy, number, threads, member, budget)

    def record(state: HanabiState, move: int) -> None:
        mover = seats[state.current_player]
        decisions.append(mover.last_decision if isinstance(mover, SearchSeat) else None)
        if narrator is not None:
            narrator(state, move, seats)

    state = _played(job, number, seats, record)
    seconds = clock() - began
    baseline = blueprint_score(job.game, policy, job.seed, number)
    moves, statistics = tuple(state.history), _summed_statistics(seats)
    gained = _advantages(job, policy, number, moves, threads, member)
    return HanabiResult(number, state.score, baseline, moves, tuple(decisions), seconds, statistics, gained)


def _advantages(
    job: HanabiJob,
    policy: Policy,
    number: int,
    moves: Sequence[int],
    threads: int | None,
    member: Member | None,
) -> tuple[Advantage, ...] | None:
    """Return what the moves of a game gained; games side by side share their rollouts, if those are whole ones.

    Policies may be slow, and searches cheap: judging a move takes at most twice the rollouts of a decision's budget.
    """
    if job.search == "none":
        return None
    shared = member if member is not None and job.plies is None else None
    rollouts = shared or rollouts_over(job.game, policy, threads)
    orders = min(ORDERS, max(2, job.rollouts or ORDERS))
    return tuple(advantages(job.game, policy, rollouts, job.seed, number, moves, orders))


def _played(
    job: HanabiJob, number: int, seats: Sequence[Any], narrator: Narrator | None = None, turns: int | None = None
) -> HanabiState:
    """Return the state after a game of a job, or its first turns. What goes wrong is raised: seats are our own."""
    state = HanabiState.from_seed(job.game, job.seed, number)
    keys = SeatKeys.of_game(job.game, job.seed, number)
    HanabiTable(job.game, seats, forfeits=False).play(state, [0] * job.game.players, narrator, keys=keys, turns=turns)
    return state


def _summed_statistics(seats: Sequence[FollowSeat | SearchSeat]) -> dict[str, float]:
    """Add up the counters of the searching seats (zeros if nobody searched), and all seats' contradictions."""
    total: dict[str, float] = {}
    for seat in seats:
        if isinstance(seat, SearchSeat):
            for key, value in vars(seat.statistics).items():
                total[key] = total.get(key, 0) + value
    total = total or {"decisions": 0, "deviations": 0, "rollouts": 0}
    total["contradictions"] = sum(seat.follower.contradictions for seat in seats)
    return total


def warm_up(job: HanabiJob, number: int) -> None:
    """Compile (or load) every kernel that ``play_job`` needs: play the first two rounds with few rollouts."""
    cheap = replace(job, rollouts=200, rollouts_end=None, seconds=None, particles=50, exact_limit=50)
    policy = job.policy()
    _played(cheap, number, seats_of(cheap, policy, number, 1), turns=2 * job.game.players)
    blueprint_score(job.game, policy, job.seed, number)
