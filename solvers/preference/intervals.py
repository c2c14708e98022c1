"""How sure a solution is, given the votes: many tables that the votes allow, all of them solved as one batch.

Two ways to draw such tables, and what each can say:

- The **posterior** of every pair, Beta(wins + prior / 3, losses + prior / 3): what the votes and the prior leave open.
  A pair that never met has the whole prior, so that a newcomer with one vote has a wide interval. For pairwise votes.
  A third of the prior that makes probabilities of votes: with one vote on each side, Beta(1/3, 1/3), whose median is
  near the share of wins whatever that is (Kerman 2011), where Beta(1, 1) draws all pairs of few votes towards 1/2. That
  hardly shows in a rate. But the probability of a clear winner hangs on all its pairs together, and with the whole
  prior its intervals were too low: 82 % of 95 covered where strengths follow the Bradley-Terry model.
- The **bootstrap** (Efron 1979): the votes, or whole ballots, drawn anew. It keeps what the pairs of one ballot have in
  common; what nobody voted on it never moves. Where nothing else says how uncertain that is – without a prior there is
  no posterior –, and where all ballots are the same, there is no interval (``check_resampled``).

The interval of a number is the central 95 % of its values over the tables. It tells what votes of this kind leave open,
not how far the solver is from the equilibrium. ``docs/preference_games.md`` has the coverage, by simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games._base.errors import UsageError
from games.preference import PreferenceBatch, PreferenceGame, smoothed
from games.preference.votes import Method
from solvers.normal_form.solution import NormalFormSolution
from solvers.solution import finite

FloatArray = NDArray[np.float64]
LEVEL = 0.95
_SHARE = 1.0 / 3.0  # of the prior, in the posterior that is drawn from
_TIE = 1e-9  # probabilities so near to the largest share the first place


@dataclass(frozen=True)
class Intervals:
    """Intervals from ``replicates`` tables.

    ``intervals`` [2, n] of each probability, ``scores`` [2, n] of what each alternative scores against the policy that
    is reported. ``winner_shares`` [n]: in how many tables an alternative is the most probable one; several that are
    share that table.
    """

    method: Method
    solution: NormalFormSolution
    intervals: FloatArray
    scores: FloatArray
    winner_shares: FloatArray
    seed: int

    @property
    def replicates(self) -> int:
        return len(self.solution.policies)

    @property
    def unsolved(self) -> int:
        """Tables whose gap stayed above the tolerance."""
        return int((~self.solution.solved).sum())

    def summary(self) -> dict[str, Any]:
        """Return what ``solution.json`` says."""
        return {
            "method": self.method,
            "replicates": self.replicates,
            "seed": self.seed,
            "level": LEVEL,
            "algorithm": self.solution.algorithm,
            "low": self.intervals[0].tolist(),
            "high": self.intervals[1].tolist(),
            "score_low": self.scores[0].tolist(),
            "score_high": self.scores[1].tolist(),
            "winner_shares": self.winner_shares.tolist(),
            "unsolved": self.unsolved,
            "duality_gap": finite(self.solution.duality_gap),
            "seconds": self.solution.seconds,
        }


def check_resampled(game: PreferenceGame) -> None:
    """Raise ``UsageError`` for votes that a bootstrap would make certain without any reason to.

    Pairwise votes without a prior: of a pair that never met, or whose votes all say the same, every resampling says
    what the votes say. Rankings, whatever the prior: if there is only one, every resampling is that one again.
    """
    if (votes := game.votes) is None:
        return
    if votes.ballots is not None:
        cast = votes.ballots.ranks[votes.ballots.weights > 0.0]
        if (cast == cast[0]).all():
            raise UsageError(
                "--bootstrap resamples rankings, and there is only one, or all are the same, "
                "which does not say how uncertain it is: leave --bootstrap out"
            )
        return
    decided = votes.wins - 0.5 * votes.ties > 0.0
    certain = np.triu(decided.astype(int) + decided.T + (votes.ties > 0.0) < 2, 1)
    if votes.prior == 0.0 and certain.any():
        one, other = (votes.labels[place] for place in np.argwhere(certain)[0])
        raise UsageError(
            f"--bootstrap cannot say with --prior 0 how uncertain {one!r} against {other!r} is, who never met or whose "
            f"votes all agree (pairs like that: {int(certain.sum()):,}): leave --prior out, or take one above 0"
        )


def drawn(game: PreferenceGame, method: Method, replicates: int, seed: int) -> PreferenceBatch:
    """Return the games of tables that the votes allow, with the reference of the game."""
    votes = game.votes
    if votes is None:
        raise UsageError(f"--{method} needs votes, and the file holds none: leave it out")
    generator = np.random.default_rng(seed)
    if method == "posterior":
        tables = votes.posterior(generator, replicates, votes.prior * _SHARE)
    else:
        tables = smoothed(votes.bootstrap(generator, replicates), votes.prior)
    references = np.broadcast_to(game.reference, (replicates, game.alternatives))
    return PreferenceBatch(tables, references=references)


def intervals_of(
    method: Method, batch: PreferenceBatch, solution: NormalFormSolution, policy: FloatArray, seed: int
) -> Intervals:
    """Return what the solutions of the drawn tables say of the game; ``policy`` [n] is the one reported."""
    return Intervals(
        method,
        solution,
        central(solution.policies),
        central(batch.matrices @ policy),
        first_places(solution.policies),
        seed,
    )


def central(values: FloatArray) -> FloatArray:
    """Return the central part of values over their first axis. [2, n]"""
    tail = 50.0 * (1.0 - LEVEL)
    return np.asarray(np.percentile(values, (tail, 100.0 - tail), axis=0))


def first_places(policies: FloatArray) -> FloatArray:
    """Return how often each alternative is the most probable one; those that are level share it. [n]"""
    first = policies >= policies.max(axis=1, keepdims=True) - _TIE
    return np.asarray((first / first.sum(axis=1, keepdims=True)).mean(axis=0))
