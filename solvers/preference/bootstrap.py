"""How sure a solution is, given the votes: every resampling solved, all of them as one batch.

The interval of a probability is the percentile interval (Efron 1979) of its values over the resamplings. It tells what
other votes of the same kind could have said, not how far the solver is from the equilibrium.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games._base.errors import UsageError
from games.preference import PreferenceBatch, PreferenceGame, smoothed
from solvers.normal_form.solution import NormalFormSolution
from solvers.solution import finite

FloatArray = NDArray[np.float64]
_LEVEL = 0.95


@dataclass(frozen=True)
class Bootstrap:
    """Intervals from ``replicates`` resamplings. ``intervals`` [2, n]: of each probability; ``winner_shares`` [n]: in
    how many resamplings an alternative is the most probable one.
    """

    solution: NormalFormSolution
    intervals: FloatArray
    winner_shares: FloatArray
    seed: int

    @property
    def replicates(self) -> int:
        return len(self.solution.policies)

    @property
    def unsolved(self) -> int:
        """Resamplings whose gap stayed above the tolerance."""
        return int((~self.solution.solved).sum())

    def summary(self) -> dict[str, Any]:
        """Return what ``solution.json`` says."""
        return {
            "replicates": self.replicates,
            "seed": self.seed,
            "level": _LEVEL,
            "algorithm": self.solution.algorithm,
            "low": self.intervals[0].tolist(),
            "high": self.intervals[1].tolist(),
            "winner_shares": self.winner_shares.tolist(),
            "unsolved": self.unsolved,
            "duality_gap": finite(self.solution.duality_gap),
            "seconds": self.solution.seconds,
        }


def resampled(game: PreferenceGame, replicates: int, seed: int) -> PreferenceBatch:
    """Return the games of resampled votes, with the reference of the game."""
    votes = game.votes
    if votes is None:
        raise UsageError("--bootstrap resamples votes, and the file holds none: leave it out")
    wins = votes.bootstrap(np.random.default_rng(seed), replicates)
    references = np.broadcast_to(game.reference, (replicates, game.alternatives))
    return PreferenceBatch(smoothed(wins, votes.prior), references=references)


def bootstrap_of(game: PreferenceGame, solution: NormalFormSolution, seed: int) -> Bootstrap:
    """Return what the solutions of the resampled games say of the game."""
    policies = solution.policies
    tail = 50.0 * (1.0 - _LEVEL)
    intervals = np.percentile(policies, (tail, 100.0 - tail), axis=0)
    winners = np.bincount(policies.argmax(axis=1), minlength=game.alternatives)
    return Bootstrap(solution, intervals, winners / len(policies), seed)
