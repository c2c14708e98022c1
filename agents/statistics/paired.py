r"""Games of two agents as paired observations: a duplicate group – same deals, seats swapped – is *one* observation.

The games of a group are not independent, so their mean is what enters a t interval. In a game of agents i and j let
:math:`x_i` and :math:`x_j` be what they got (the mean over their seats, if they have several, less the control
variate's adjustment, if there is one). Per group and pair there are three numbers, all means over the group's games:

- the payoffs :math:`x_i` and :math:`x_j`: entries of the payoff matrix;
- the **advantage** :math:`(x_i - x_j)/2`: antisymmetric in the agents, in a two-player zero-sum game the payoff itself.

The advantage is what ratings, Nash averaging and alpha-rank are made from, with any number of players and any sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from agents.statistics.grouped import Grouped, in_order

FloatArray = NDArray[np.float64]

DRAW = 1e-9
"""Advantages of no more than this are draws."""


@dataclass(frozen=True)
class Interval:
    """A mean, its standard error and a confidence interval; NaN where there are too few observations for it."""

    value: float
    standard_error: float
    low: float
    high: float


def mean_interval(
    values: Sequence[float] | FloatArray, confidence: float = 0.95, bounds: tuple[float, float] | None = None
) -> Interval:
    r"""Return the mean of n independent observations with Student's interval, ``t(n − 1) s / sqrt(n)`` on both sides.

    Parameters
    ----------
    values : the observations. [n]
    confidence : of the interval.
    bounds : low and high of an observation. They clip the interval; and where all n observations are equal, so that
        s = 0 says nothing, they give the exact one: an outcome never seen in n has a probability of at most
        :math:`q = 1 - ((1 - \text{confidence})/2)^{1/n}` (the rule of three), so the mean is in
        :math:`[x - q(x - low), x + q(high - x)]`. One observation has an interval only then.

    Returns
    -------
    Interval
        ``value``, ``standard_error``, ``low`` and ``high``.

    Raises
    ------
    ValueError
        If there are no values, or the confidence is not between 0 and 1.

    References
    ----------
    "Student", "The probable error of a mean", Biometrika 6 (1908).

    Examples
    --------
    >>> import tamaya
    >>> found = tamaya.mean_interval([1.0, 2.0, 3.0, 4.0])
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (2.5, 0.446, 4.554)
    """
    array = np.asarray(values, dtype=np.float64)
    n = array.size
    if n == 0:
        raise ValueError("the mean of no values is not defined")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"a confidence is between 0 and 1, not {confidence}")
    centre = float(array.mean())
    error = float(array.std(ddof=1) / math.sqrt(n)) if n > 1 else math.nan
    margin = error * float(stdtrit(n - 1, 0.5 + confidence / 2)) if n > 1 else math.nan
    if bounds is None:
        return Interval(centre, error, centre - margin, centre + margin)
    if array.max() - array.min() <= DRAW:
        unseen = 1.0 - ((1.0 - confidence) / 2) ** (1.0 / n)
        low, high = centre - unseen * (centre - bounds[0]), centre + unseen * (bounds[1] - centre)
        return Interval(centre, error, low, high)
    return Interval(centre, error, max(bounds[0], centre - margin), min(bounds[1], centre + margin))


def by_deal(deals: NDArray[np.int64], values: FloatArray) -> FloatArray:
    r"""Return one number a deal, whose mean is that of the values and whose spread is that of the deals.

    Tables with other third players are dealt the same deals, so their values are not independent. With n values of mean
    m, D deals and :math:`u_d` the sum of :math:`(x - m)/n` over the values of deal d, these are :math:`m + D u_d`: the
    standard error of *their* mean is the cluster-robust one (``clusters``). Where every deal occurs once they are the
    values.

    Parameters
    ----------
    deals : of each value. [n]
    values : what was observed. [n]

    Returns
    -------
    One number for each deal, in order of the deals. [D]

    Examples
    --------
    >>> import numpy as np
    >>> by_deal(np.array([0, 1, 0, 1]), np.array([1.0, 4.0, 3.0, 4.0])).tolist()
    [2.0, 4.0]
    """
    numbers, places = np.unique(deals, return_inverse=True)
    if len(numbers) == len(values):
        return values
    centre = float(values.mean())
    sums = np.bincount(places, weights=values - centre, minlength=len(numbers))
    return np.asarray(centre + sums * (len(numbers) / len(values)))


def means_by_deal(deals: NDArray[np.int64], values: FloatArray) -> FloatArray:
    """Return the mean of the values of each deal, in order of the deals. [D]"""
    numbers, places = np.unique(deals, return_inverse=True)
    if len(numbers) == len(values):
        return values
    return np.asarray(np.bincount(places, weights=values) / np.bincount(places))


def superiority(values: Sequence[float] | FloatArray) -> float:
    """Return the likelihood that the mean is above 0: the posterior under a flat prior, ``T(mean / s.e.; n − 1)``.

    One half for fewer than two observations. Where all are equal the observations say nothing about their spread; each
    is then a win, a draw or a loss, and the answer is ``1 − 2^−(n+1)`` for n wins (a uniform prior on the rate).
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size < 2:
        return 0.5
    error = float(array.std(ddof=1) / math.sqrt(array.size))
    if error <= DRAW:
        sign = 0.0 if abs(array[0]) <= DRAW else math.copysign(1.0, float(array[0]))
        return 0.5 + sign * (0.5 - 0.5 ** (array.size + 1))
    return float(stdtr(array.size - 1, array.mean() / error))


@dataclass(frozen=True)
class Pair:
    """All groups in which agents ``first`` and ``second`` (positions) sat at one table, in order of appearance.

    ``deals`` [n]: the deal of each group; ``payoffs`` [n, 2]: of the two agents, adjusted; ``raw`` [n, 2]: without
    control variates; ``games`` [n]: games of the group; ``single`` [all games, 2]: every game's payoffs, unadjusted;
    ``adjusted``: whether control variates were used; ``partly``: they were at hand for some games only, and not used.
    """

    first: int
    second: int
    deals: NDArray[np.int64]
    payoffs: FloatArray
    raw: FloatArray
    games: NDArray[np.int64]
    single: FloatArray
    adjusted: bool
    partly: bool

    @property
    def advantages(self) -> FloatArray:
        """Half the difference of the payoffs, for each group. [n]"""
        return np.asarray((self.payoffs[:, 0] - self.payoffs[:, 1]) / 2)

    @property
    def outcomes(self) -> tuple[int, int, int]:
        """Groups that the first agent won, drew and lost, by unadjusted returns."""
        margin = self.raw[:, 0] - self.raw[:, 1]
        won, lost = int((margin > DRAW).sum()), int((margin < -DRAW).sum())
        return won, len(margin) - won - lost, lost


def _seat_means(line: Mapping[str, Any], index: Mapping[str, int]) -> dict[int, tuple[float, float]]:
    """Return for every agent of a game its mean return and its mean adjusted return over its seats."""
    returns = line["returns"]
    adjustment = line.get("adjustment") or [0.0] * len(returns)
    seats: dict[int, list[int]] = {}
    for seat, name in enumerate(line["seats"]):
        seats.setdefault(index[name], []).append(seat)
    return {
        agent: (
            sum(returns[seat] for seat in own) / len(own),
            sum(returns[seat] - adjustment[seat] for seat in own) / len(own),
        )
        for agent, own in seats.items()
    }


def positions(agents: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return where each agent stands in the list; raise ``ValueError`` for one of a game that is not in it."""
    index = {name: position for position, name in enumerate(agents)}
    if len(index) != len(agents):
        raise ValueError("two agents have the same name: names of a tournament must differ")
    for line in lines:
        for name in line["seats"]:
            if name not in index:
                raise ValueError(f"the game of unit {line['unit']} seats {name!r}, who is not among the agents")
    return index


def pairs_of(lines: Iterable[Mapping[str, Any]], agents: Sequence[str]) -> dict[tuple[int, int], Pair]:
    """Return the paired observations of every two agents (i < j) that met; each agent of a table pairs with each other.

    ``lines`` as in ``games.jsonl``: ``unit``, ``deal``, ``seats``, ``returns`` and maybe ``adjustment`` (to subtract).
    Games with the same unit and deal are one group. They are gone through twice; a list may be in any order.
    """
    index = positions(agents, lines)
    found: dict[tuple[int, int], Grouped] = {}
    for line in in_order(lines):
        means = _seat_means(line, index)
        given = 1.0 if line.get("adjustment") is not None else 0.0
        for pair in combinations(sorted(means), 2):
            (first, adjusted), (second, other) = (means[agent] for agent in pair)
            found.setdefault(pair, Grouped(5)).add(line, first, second, adjusted, other, given)
    return {pair: _pair(*pair, grouped) for pair, grouped in sorted(found.items())}


def _pair(first: int, second: int, grouped: Grouped) -> Pair:
    means, single = grouped.means, grouped.games
    given = single[:, 4]
    adjusted = bool(given.all())
    return Pair(
        first=first,
        second=second,
        deals=grouped.deals,
        payoffs=means[:, 2:4] if adjusted else means[:, :2],
        raw=means[:, :2],
        games=grouped.sizes,
        single=single[:, :2],
        adjusted=adjusted,
        partly=bool(given.any()) and not adjusted,
    )


@dataclass(frozen=True)
class Reduction:
    """By what the standard errors shrank: ``pairing`` – of group means over as many independent games; ``control`` –
    of adjusted over unadjusted group means. Root of the ratio of summed variances; NaN where there is nothing to
    compare.
    """

    pairing: float
    control: float


def reduction(pairs: Iterable[Pair]) -> Reduction:
    """Return how much duplicates and control variates shrank the standard errors of the advantages, over all pairs."""
    sums = {"games": 0.0, "groups": 0.0, "before": 0.0, "after": 0.0}
    for pair in pairs:
        if len(pair.games) < 2:
            continue
        raw = (pair.raw[:, 0] - pair.raw[:, 1]) / 2
        grouped = float(raw.var(ddof=1)) / len(raw)
        if (pair.games > 1).all():
            single = (pair.single[:, 0] - pair.single[:, 1]) / 2
            sums["games"] += float(single.var(ddof=1)) / len(single)
            sums["groups"] += grouped
        if pair.adjusted:
            sums["before"] += grouped
            sums["after"] += float(pair.advantages.var(ddof=1)) / len(raw)
    pairing = math.sqrt(sums["groups"] / sums["games"]) if sums["games"] > 0 else math.nan
    control = math.sqrt(sums["after"] / sums["before"]) if sums["before"] > 0 else math.nan
    return Reduction(pairing, control)
