"""One game of a Hanabi search run: what is to be played, and playing it.

A job is plain data, so that it can be sent to another process or machine; the result depends on the job alone, not on
where, when or beside what it was run.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from agents.hanabi.beliefs import options_of
from agents.hanabi.blueprints import AnyBlueprint, blueprint_score, searchable, seat_over
from agents.hanabi.table import Narrator, Seat, play_game
from games._base.errors import UsageError
from games.hanabi.state import HanabiState
from search.hanabi.keys import SeatKeys
from search.hanabi.rollouts.gathered import Member
from search.hanabi.seat import BlueprintSeat, SearchSeat
from search.hanabi.spec import ResolvedSearch
from search.planner import Decision


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

    def loaded_blueprint(self, threads: int | None = 1) -> AnyBlueprint:
        """Return the blueprint; raises ``ValueError`` if it cannot be had, or has other weights than the job says."""
        blueprint = searchable(self.blueprint, threads, self.device)
        if self.weights is not None and blueprint.weights(self.game) != self.weights:
            raise UsageError(f"the weights of {self.blueprint} changed while games were played: keep a copy")
        return blueprint

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
    """

    number: int
    score: int
    blueprint_score: int
    moves: tuple[int, ...]
    decisions: tuple[Decision | None, ...]
    seconds: float
    statistics: dict[str, float]

    def line(self, seed: int) -> dict[str, Any]:
        """Return the game's line of ``games.jsonl``."""
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
        row["moves"] = list(self.moves)
        row["blueprint_moves"] = [
            move if decision is None else decision.blueprint_action
            for move, decision in zip(self.moves, self.decisions, strict=True)
        ]
        return row


def make_seat(
    job: HanabiJob,
    blueprint: AnyBlueprint,
    seat: int,
    view: NDArray[np.int32],
    number: int,
    threads: int | None,
    member: Member | None = None,
) -> BlueprintSeat:
    """Return the player of ``seat`` in game ``number``; ``member``: as of ``play_over``."""
    keys = SeatKeys.of_game(job.game, job.seed, number)
    options = options_of(job, blueprint, threads) if job.searches(seat, number) else None
    player = seat_over(job.game, blueprint, seat, view, keys, options, member)
    if isinstance(player, SearchSeat) and member is not None:
        player.clock = member.seconds
    return player


def with_own_arrays(job: HanabiJob) -> HanabiJob:
    """Return the job with the arrays of its game anew: a cluster may hand them over read-only."""
    return replace(job, game=replace(job.game))


def play_job(job: HanabiJob, number: int, threads: int | None = 1, narrator: Narrator | None = None) -> HanabiResult:
    """Play game ``number`` of a job; rollouts use ``threads`` threads (``None``: all cores)."""
    job = with_own_arrays(job)
    return play_over(job, job.loaded_blueprint(threads), number, threads, narrator)


def play_over(
    job: HanabiJob,
    blueprint: AnyBlueprint,
    number: int,
    threads: int | None = 1,
    narrator: Narrator | None = None,
    member: Member | None = None,
) -> HanabiResult:
    """Play game ``number`` of a job whose blueprint is loaded.

    member : of the games whose rollouts are gathered in one batch, for a torch network; its clock counts the seconds.
    """
    clock = time.perf_counter if member is None else member.seconds
    began = clock()
    decisions: list[Decision | None] = []
    players: list[BlueprintSeat] = []

    def seat_at(seat: int, view: NDArray[np.int32]) -> Seat:
        players.append(make_seat(job, blueprint, seat, view, number, threads, member))
        return players[-1]

    def record(state: HanabiState, move: int, seats: Sequence[Seat]) -> None:
        mover = players[state.current_player]
        decisions.append(mover.last_decision if isinstance(mover, SearchSeat) else None)
        if narrator is not None:
            narrator(state, move, seats)

    state = play_game(HanabiState.from_seed(job.game, job.seed, number), seat_at, record)
    seconds = clock() - began
    baseline = blueprint_score(job.game, blueprint, job.seed, number)
    return HanabiResult(
        number,
        state.score,
        baseline,
        tuple(state.history),
        tuple(decisions),
        seconds,
        _summed_statistics(players),
    )


def _summed_statistics(players: Sequence[BlueprintSeat]) -> dict[str, float]:
    """Add up the counters of the searching seats (zeros if nobody searched), and all seats' contradictions."""
    total: dict[str, float] = {}
    for player in players:
        if isinstance(player, SearchSeat):
            for key, value in vars(player.statistics).items():
                total[key] = total.get(key, 0) + value
    total = total or {"decisions": 0, "deviations": 0, "rollouts": 0}
    total["contradictions"] = sum(player.contradictions for player in players)
    return total


def warm_up(job: HanabiJob, number: int) -> None:
    """Compile (or load) every kernel that ``play_job`` needs: play the first two rounds with few rollouts."""
    cheap = replace(job, rollouts=200, particles=50, exact_limit=50)
    blueprint = job.loaded_blueprint()
    play_game(
        HanabiState.from_seed(job.game, job.seed, number),
        lambda seat, view: make_seat(cheap, blueprint, seat, view, number, 1),
        turns=2 * job.game.players,
    )
    blueprint_score(job.game, blueprint, job.seed, number)
