"""Votes: the counts behind a table of preferences, their smoothing and their bootstrap.

A probability without its count says nothing of its own error. So votes are kept as counts; a stated prior makes them
probabilities, and resampling what was observed gives an interval for whatever is computed from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.preference.labelled import Labelled, in_order, labelled, square
from games.preference.validation import as_floats, checked_labels

MEMORY_LIMIT = 8 << 30
"""Bytes that the replicates of one bootstrap may take."""
Method = Literal["posterior", "bootstrap"]
"""How tables that the votes allow are drawn: from the posterior of every pair, or by drawing the votes anew."""

_BALLOT_BLOCK = 1 << 21  # entries of the pairwise table of a block of ballots


@dataclass(frozen=True, eq=False)
class Ballots:
    """Rankings by voters, who each decide many pairs at once; a bootstrap must resample whole ballots.

    Attributes
    ----------
    ranks
        Place of every alternative on a ballot: 0 the best, equal places a tie, −1 not compared. [ballots, n]
    weights
        How many voters cast a ballot. [ballots]
    """

    ranks: NDArray[np.int64]
    weights: NDArray[np.float64]

    def tally(self, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return wins (ties half each way) and ties for one or several weightings of the ballots.

        ``weights`` has shape [replicates, ballots]; both results have [replicates, n, n].
        """
        count, n = self.ranks.shape
        wins = np.zeros((len(weights), n * n))
        ties = np.zeros((len(weights), n * n))
        step = max(1, _BALLOT_BLOCK // (n * n))
        for start in range(0, count, step):
            ranks = self.ranks[start : start + step]
            ranked = ranks >= 0
            both = ranked[:, :, None] & ranked[:, None, :] & ~np.eye(n, dtype=bool)
            over = both & (ranks[:, :, None] < ranks[:, None, :])
            level = both & (ranks[:, :, None] == ranks[:, None, :])
            part = weights[:, start : start + step]
            wins += part @ over.reshape(len(ranks), -1).astype(np.float64)
            ties += part @ level.reshape(len(ranks), -1).astype(np.float64)
        return (wins + 0.5 * ties).reshape(-1, n, n), ties.reshape(-1, n, n)


@dataclass(frozen=True)
class LeftOut:
    """Lines of a file that are in no count: ``silent`` without a verdict, ``faulty`` skipped on request.

    ``sentences``: what was wrong with the first of them, and where.
    """

    silent: int = 0
    faulty: int = 0
    sentences: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        """All of them."""
        return self.silent + self.faulty


@dataclass(frozen=True, eq=False)
class Votes:
    """Pairwise votes over n alternatives; arrays are read-only.

    Attributes
    ----------
    wins
        Weight of the votes for i over j, a tie counted half each way. [n, n]
    ties
        Weight of the ties between i and j, symmetric, contained in ``wins`` by halves; none by default. [n, n]
    labels
        One for each alternative; those of ``wins`` if it has an index, else ``"0", "1", …``. [n]
    prior
        Votes added to both sides of every pair, 1 by default (Laplace's rule): the probability that i beats j is then
        the mean of its posterior under a uniform prior, Beta(1, 1), and a pair that nobody compared has 1/2. 0 takes
        the plain fractions (and still 1/2 where there is no vote).
    ballots
        The rankings that the votes were counted from, if they were: a bootstrap then resamples voters, not pairs.
    left_out
        What the file had that is in no count, if there was anything.

    Raises
    ------
    ValueError
        If the counts are not square, finite and non-negative, if ``ties`` is not symmetric or above what ``wins``
        contains, if an alternative is compared with itself, or if there is no vote at all.

    Examples
    --------
    >>> import tamaya
    >>> votes = tamaya.Votes([[0.0, 3.0], [1.0, 0.0]], labels=("a", "b"))
    >>> votes.prior
    1.0
    """

    wins: NDArray[np.float64]
    ties: NDArray[np.float64] = None  # type: ignore[assignment]
    labels: tuple[str, ...] = ()
    prior: float = 1.0
    ballots: Ballots | None = None
    left_out: LeftOut | None = None

    def __post_init__(self) -> None:
        given, called = square(self.wins, self.labels, "wins")
        wins = _counts(given, "wins")
        labels = checked_labels(called, len(wins))
        ties = np.zeros_like(wins) if self.ties is None else _counts(square(self.ties, labels, "ties")[0], "ties")
        if ties.shape != wins.shape:
            raise ValueError(f"wins and ties have the shapes {wins.shape} and {ties.shape}: they must agree")
        if not np.array_equal(ties, ties.T):
            raise ValueError("ties must be a symmetric matrix: a tie of i with j is one of j with i")
        if (wins < 0.5 * ties - 1e-9 * (1.0 + ties)).any():
            raise ValueError("wins must contain half of every tie")
        if wins.diagonal().any():
            first = int(np.flatnonzero(wins.diagonal())[0])
            raise ValueError(f"alternative {labels[first]!r} is compared with itself")
        if not wins.any():
            raise ValueError("there are no votes: at least one vote with a weight above 0 is needed")
        if not (np.isfinite(self.prior) and self.prior >= 0):
            raise ValueError(f"the prior must be a number of at least 0, not {self.prior}")
        for array in (wins, ties):
            array.setflags(write=False)
        object.__setattr__(self, "wins", wins)
        object.__setattr__(self, "ties", ties)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "prior", float(self.prior))

    @classmethod
    def from_ballots(
        cls, ranks: ArrayLike, weights: ArrayLike | None = None, labels: Sequence[str] = (), prior: float = 1.0
    ) -> Votes:
        """Count every pair of every ballot.

        ``ranks`` [ballots, n] as in ``Ballots``; ``weights`` [ballots] are voters, one each by default. A table's
        columns are the labels, if none are given, and its index lines up with that of the weights.
        """
        table = labelled(ranks, "the ballots")
        if table.columns is not None and len(labels) == 0:
            labels = table.columns
        places = np.array(in_order(table.values, table.columns, labels, 1, "the ballots"), dtype=np.int64)
        if places.ndim != 2 or 0 in places.shape:
            raise ValueError(f"ballots must have the shape (ballots, alternatives), not {places.shape}")
        voters = labelled(weights, "the weights of the ballots")
        if table.rows is not None:
            voters = Labelled(in_order(voters.values, voters.rows, table.rows, 0, "the weights of the ballots"))
        cast = np.ones(len(places)) if weights is None else as_floats(voters.values, "the weights of the ballots")
        if cast.shape != (len(places),) or not np.isfinite(cast).all() or (cast < 0).any():
            raise ValueError("the weights of the ballots must be one finite number of at least 0 for each ballot")
        ballots = Ballots(places, cast)
        wins, ties = ballots.tally(cast[None])
        return cls(wins[0], ties[0], tuple(labels), prior, ballots)

    @property
    def compared(self) -> NDArray[np.bool_]:
        """True where two alternatives met at least once, and on the diagonal. [n, n]"""
        return np.asarray((self.wins + self.wins.T > 0) | np.eye(len(self.wins), dtype=bool))

    @property
    def total(self) -> float:
        """Weight of all votes."""
        return float(self.wins.sum())

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """(wins + prior) / (wins + winsᵀ + 2 prior), and 1/2 on the diagonal. [n, n]"""
        return smoothed(self.wins, self.prior)

    def bootstrap(self, generator: np.random.Generator, replicates: int) -> NDArray[np.float64]:
        """Return resampled wins, ties again half each way. [replicates, n, n]

        The N votes are drawn anew from those observed: a multinomial over the observed cells (i over j, j over i, tie
        of i and j), or over whole ballots where there are ballots, because the pairs of one ballot are not independent
        (Efron 1979). Weights that are not whole numbers, or above 2^53, have no number of draws; then the cells get N
        times a Dirichlet variate with the weights as parameters, the Bayesian bootstrap (Rubin 1981), whose mean is
        the same and whose variance is that of N votes times N/(N + 1). A weight of 1 must then mean one vote's worth
        of evidence.

        ``smoothed`` makes probabilities of the result. Raises ``ValueError`` if the replicates take more than
        ``MEMORY_LIMIT`` bytes.
        """
        n = len(self.wins)
        upper = np.triu_indices(n, 1)
        cells = self._cells(upper) if self.ballots is None else self.ballots.weights
        self._check_room("bootstrap replicates", replicates, 4 * n * n + 2 * len(cells))
        drawn = _resample(cells, generator, replicates)
        if self.ballots is not None:
            return self.ballots.tally(drawn)[0]
        first, second, level = np.split(drawn, 3, axis=1)
        wins = np.zeros((replicates, n, n))
        wins[:, upper[0], upper[1]] = first + 0.5 * level
        wins[:, upper[1], upper[0]] = second + 0.5 * level
        return wins

    def posterior(self, generator: np.random.Generator, draws: int, prior: float | None = None) -> NDArray[np.float64]:
        """Return tables of probabilities that the votes allow, each pair from Beta(wins + prior, losses + prior).

        ``prior`` is that of the votes, if no other one is given.

        A pair that never met is Beta(prior, prior), with prior 1 anything between 0 and 1; pairs are independent. A tie
        counts as half a vote each way, which makes it a little less certain than it is. [draws, n, n]

        Raises ``ValueError`` without a prior, and for rankings, whose pairs are not independent.
        """
        if self.ballots is not None:
            raise ValueError("the pairs of one ranking are not independent: resample whole rankings (bootstrap)")
        if self.prior <= 0.0:
            raise ValueError("without a prior a pair that never met has no posterior: take a prior above 0")
        self._check_room("posterior draws", draws, 4 * len(self.wins) ** 2)
        n = len(self.wins)
        upper = np.triu_indices(n, 1)
        added = self.prior if prior is None else prior
        won = generator.beta(self.wins[upper] + added, self.wins.T[upper] + added, size=(draws, len(upper[0])))
        tables = np.full((draws, n, n), 0.5)
        tables[:, upper[0], upper[1]] = won
        tables[:, upper[1], upper[0]] = 1.0 - won
        return tables

    def _check_room(self, what: str, count: int, numbers: int) -> None:
        if count < 1:
            raise ValueError(f"the number of {what} must be at least 1, not {count}")
        needed = 8 * count * numbers
        if needed > MEMORY_LIMIT:
            raise ValueError(
                f"{count} {what} of {len(self.wins)} alternatives need {needed / 2**30:.1f} GiB, "
                f"more than the {MEMORY_LIMIT / 2**30:.0f} GiB allowed: ask for fewer"
            )

    def rate_intervals(self, level: float = 0.95) -> NDArray[np.float64]:
        """Return the central interval of each probability's posterior. [2, n, n]

        Quantiles of Beta(wins + prior, losses + prior), 1/2 on the diagonal; needs a prior above 0.
        """
        from scipy.special import betaincinv

        if not (self.prior > 0.0 and 0.0 < level < 1.0):
            raise ValueError("an interval of rates needs a prior above 0 and a level between 0 and 1")
        above, below = self.wins + self.prior, self.wins.T + self.prior
        ends = np.stack([betaincinv(above, below, (1.0 + side * level) / 2.0) for side in (-1.0, 1.0)])
        ends[:, np.arange(len(above)), np.arange(len(above))] = 0.5
        return ends

    def _cells(self, upper: tuple[NDArray[np.intp], NDArray[np.intp]]) -> NDArray[np.float64]:
        """Return the weights of i over j, of j over i and of their ties, pair after pair with i < j. [3 * pairs]"""
        decided = np.maximum(self.wins - 0.5 * self.ties, 0.0)
        return np.concatenate([decided[upper], decided.T[upper], self.ties[upper]])


def smoothed(wins: NDArray[np.float64], prior: float) -> NDArray[np.float64]:
    """Return (wins + prior) / (wins + winsᵀ + 2 prior) over the last two axes, 1/2 on diagonals and where 0/0."""
    above = wins + prior
    below = above + np.swapaxes(above, -1, -2)
    result = np.full(wins.shape, 0.5)
    np.divide(above, below, out=result, where=below > 0)
    index = np.arange(wins.shape[-1])
    result[..., index, index] = 0.5
    return result


def _counts(values: ArrayLike, what: str) -> NDArray[np.float64]:
    counts = np.array(as_floats(values, what))
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or len(counts) == 0:
        raise ValueError(f"{what} must be a square matrix of counts, not of shape {counts.shape}")
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise ValueError(f"{what} must be finite counts of at least 0")
    return counts


def _resample(weights: NDArray[np.float64], generator: np.random.Generator, replicates: int) -> NDArray[np.float64]:
    """Return weights drawn anew with the same total: multinomial counts, Dirichlet if not whole. [replicates, cells]"""
    total = weights.sum()
    observed = np.flatnonzero(weights)
    drawn = np.zeros((replicates, len(weights)))
    if total < 2**53 and (weights == np.rint(weights)).all():
        drawn[:, observed] = generator.multinomial(int(total), weights[observed] / total, size=replicates)
    else:
        drawn[:, observed] = total * generator.dirichlet(weights[observed], size=replicates)
    return drawn
