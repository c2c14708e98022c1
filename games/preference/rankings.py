"""Rankings as people make them: one order of all that is shown, so that its pairs agree with each other.

A pairwise table says how often ``i`` is put before ``j``; a ranking of ``k`` alternatives answers all of their pairs
at once, and not independently: who puts ``a`` before ``b`` and ``b`` before ``c`` puts ``a`` before ``c``. Three
sources of such rankings are one model here. A *ranker* is drawn by weight; they give alternative ``i`` the utility

    score[i] + noise * Gumbel(0, 1)

and rank what they are shown by it. With ``noise`` 1 that is the model of Plackett (1975) and Luce (1959) with strengths
``exp(score)``: the best of a set is ``i`` with probability ``strength[i] / sum``, the next is drawn likewise from the
rest (that Gumbel noise does this: Yellott 1977). Several such rankers are a mixture, whose pairwise table need not be
transitive. With ``noise`` 0 a ranker is a recorded ranking, ties broken by fair coins. Rankings of a part are what
is left of the ranking of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.preference.validation import as_floats, checked_labels
from games.preference.votes import Ballots, Votes

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_BLOCK = 1 << 22  # entries of the pairwise tables of a block of rankers


@dataclass(frozen=True, eq=False)
class RankingModel:
    """A distribution over rankings of n alternatives; arrays are read-only.

    Attributes
    ----------
    scores
        Of each alternative, by each ranker: log-strengths, or minus the places of a recorded ranking. [rankers, n]
    weights
        How often a ranker is asked; positive, made to sum to 1; equal by default. [rankers]
    noise
        1 for a ranker of the Plackett–Luce model, 0 for a recorded ranking; 1 by default. [rankers]
    labels
        One for each alternative; ``"0", "1", …`` by default. [n]

    Raises
    ------
    ValueError
        If shapes disagree, a score is not finite, a weight is not positive, or a noise is neither 0 nor 1.

    Examples
    --------
    >>> from games.preference.rankings import RankingModel
    >>> model = RankingModel.plackett_luce([3.0, 1.0])
    >>> model.probabilities.tolist()
    [[0.5, 0.75], [0.25, 0.5]]

    References
    ----------
    Plackett, "The analysis of permutations", Applied Statistics 24 (1975); Luce, *Individual Choice Behavior* (1959);
    Yellott, "The relationship between Luce's choice axiom, Thurstone's theory of comparative judgment, and the double
    exponential distribution", Journal of Mathematical Psychology 15 (1977).
    """

    scores: FloatArray
    weights: FloatArray = None  # type: ignore[assignment]
    noise: FloatArray = None  # type: ignore[assignment]
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        scores = np.array(as_floats(self.scores, "the scores of rankers"))
        if scores.ndim != 2 or 0 in scores.shape:
            raise ValueError(f"the scores of rankers must have the shape (rankers, alternatives), not {scores.shape}")
        rankers = len(scores)
        weights, noise = _of_rankers(self.weights, rankers, "weight"), _of_rankers(self.noise, rankers, "noise")
        if not np.isfinite(scores).all():
            raise ValueError("the scores of rankers must be finite numbers")
        if not (np.isfinite(weights).all() and (weights > 0.0).all()):
            raise ValueError("the weight of a ranker must be a finite number above 0")
        if not np.isin(noise, (0.0, 1.0)).all():
            raise ValueError("the noise of a ranker must be 1 (Plackett-Luce) or 0 (a recorded ranking)")
        weights /= weights.sum()
        for name, array in (("scores", scores), ("weights", weights), ("noise", noise)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        object.__setattr__(self, "labels", checked_labels(self.labels, scores.shape[1]))

    @classmethod
    def plackett_luce(
        cls, strengths: ArrayLike, weights: ArrayLike | None = None, labels: Sequence[str] = ()
    ) -> RankingModel:
        """Return the Plackett–Luce model of ``strengths`` [n], or of [rankers, n] their mixture by ``weights``."""
        given = np.atleast_2d(as_floats(strengths, "the strengths of alternatives"))
        if not (np.isfinite(given).all() and (given > 0.0).all()):
            raise ValueError("the strengths of alternatives must be finite numbers above 0")
        return cls(np.log(given), weights, labels=tuple(labels))  # type: ignore[arg-type]

    @classmethod
    def from_votes(cls, votes: Votes) -> RankingModel:
        """Return the recorded rankings of ``votes`` as a model, whose pairwise table is that of the votes.

        Their prior, ``p`` votes on both sides of every pair, is a ranker of weight ``2 p`` who ranks at random. Raises
        ``ValueError`` if there are no rankings, or if one leaves out an alternative, which it could be asked about.
        """
        ballots = votes.ballots
        if ballots is None:
            raise ValueError("these are votes on pairs, and no rankings were recorded: fit_plackett_luce models some")
        cast = ballots.weights > 0.0
        ranks, weights = ballots.ranks[cast], ballots.weights[cast]
        missing = np.argwhere(ranks < 0)
        if len(missing):
            raise ValueError(
                f"a recorded ranking leaves out {votes.labels[int(missing[0, 1])]!r}, so that nobody knows where it "
                "stands: take what is left out as last (--unranked last)"
            )
        scores, noise = -ranks.astype(np.float64), np.zeros(len(ranks))
        if votes.prior > 0.0:
            scores = np.vstack([scores, np.zeros(len(votes.labels))])
            weights, noise = np.append(weights, 2.0 * votes.prior), np.append(noise, 1.0)
        return cls(scores, weights, noise, votes.labels)

    @property
    def alternatives(self) -> int:
        """Number of alternatives, n."""
        return int(self.scores.shape[1])

    @property
    def probabilities(self) -> FloatArray:
        """How often i is ranked before j, in closed form: the pairwise table, 1/2 on its diagonal. [n, n]"""
        n = self.alternatives
        total = np.zeros((n, n))
        step = max(1, _BLOCK // (n * n))
        for start in range(0, len(self.scores), step):
            part = slice(start, start + step)
            ahead = self.scores[part, :, None] - self.scores[part, None, :]
            recorded = 0.5 + 0.5 * np.sign(ahead)
            modelled = 0.5 + 0.5 * np.tanh(0.5 * ahead)
            noisy = self.noise[part, None, None] > 0.0
            total += np.tensordot(self.weights[part], np.where(noisy, modelled, recorded), axes=1)
        return np.asarray(0.5 + 0.5 * (total - total.T))

    def rank(self, sets: ArrayLike, generator: np.random.Generator) -> IntArray:
        """Return each set, a line of indices ``[sets, k]``, in the order in which one ranker ranks it, best first."""
        shown = np.asarray(sets, dtype=np.int64)
        if shown.ndim != 2 or 0 in shown.shape:
            raise ValueError(f"sets to be ranked must have the shape (sets, alternatives shown), not {shown.shape}")
        if shown.min() < 0 or shown.max() >= self.alternatives:
            raise ValueError(f"the alternatives of a set are numbered from 0 to {self.alternatives - 1}")
        if (np.diff(np.sort(shown, axis=1), axis=1) == 0).any():
            raise ValueError("a set to be ranked shows an alternative twice")
        rankers = generator.choice(len(self.weights), size=len(shown), p=self.weights)
        utilities = self.scores[rankers[:, None], shown]
        utilities += self.noise[rankers, None] * generator.gumbel(size=shown.shape)
        order = np.lexsort((generator.random(shown.shape), -utilities))
        return np.asarray(np.take_along_axis(shown, order, axis=1))

    def draw(self, count: int, generator: np.random.Generator) -> Ballots:
        """Return ``count`` rankings of all alternatives, as ballots of one voter each."""
        orders = self.rank(np.tile(np.arange(self.alternatives), (count, 1)), generator)
        return Ballots(np.argsort(orders, axis=1).astype(np.int64), np.ones(count))


def _of_rankers(values: ArrayLike | None, rankers: int, what: str) -> FloatArray:
    """Return one number for each ranker, 1 by default. [rankers]"""
    numbers = np.ones(rankers) if values is None else np.array(as_floats(values, f"the {what} of rankers"))
    if numbers.shape != (rankers,):
        raise ValueError(f"there must be one {what} for each of the {rankers} rankers, not the shape {numbers.shape}")
    return numbers
