"""How good a trained policy is: greedy games on decks that training never deals, and the standard error of their mean.

All evaluations of a run use the same decks, from the first one on, so that points of a learning curve differ by the
policy only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

EVALUATION_SEED = 1_000_003  # of decks; no run may train with it
_CHUNK = 500  # games between two looks at whether somebody wants to stop

Play = Callable[[int, int, int], NDArray[np.int32]]
"""``(seed, first game, games) -> scores`` [games]."""


class Evaluation(NamedTuple):
    """Greedy scores, [games]; a lost last life counts as the game says."""

    scores: NDArray[np.int32]
    perfect_score: int

    @property
    def mean(self) -> float:
        """Mean score."""
        return float(self.scores.mean())

    @property
    def standard_error(self) -> float | None:
        """Standard error of the mean; none for a single game."""
        if len(self.scores) < 2:
            return None
        return float(self.scores.std(ddof=1) / np.sqrt(len(self.scores)))

    def line(self) -> dict[str, float]:
        """Return the numbers of the log's line."""
        error = self.standard_error
        return {
            "greedy_score": round(self.mean, 4),
            "greedy_standard_error": 0.0 if error is None else round(error, 4),
            "greedy_games": len(self.scores),
            "greedy_perfect_rate": round(float((self.scores == self.perfect_score).mean()), 4),
            "greedy_zero_rate": round(float((self.scores == 0).mean()), 4),
        }


def evaluate(play: Play, games: int, perfect_score: int, stop: Callable[[], bool] = lambda: False) -> Evaluation | None:
    """Play ``games`` games of the held-out seed; return ``None`` if ``stop`` says so on the way."""
    parts = []
    for first in range(0, games, _CHUNK):
        if stop():
            return None
        parts.append(play(EVALUATION_SEED, first, min(_CHUNK, games - first)))
    return Evaluation(np.concatenate(parts), perfect_score)
