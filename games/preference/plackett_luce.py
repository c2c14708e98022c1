r"""The Plackett–Luce model of rankings, fitted by minorisation–maximisation; for pairs it is that of Bradley and Terry.

A ranking is a sequence of choices, each the best of what remains. With strengths ``w`` the choice of ``i`` from a set
``R`` has the probability ``w_i / sum_{s in R} w_s``, and the log-likelihood of all choices ``c`` is

    L(w) = sum_c [log w_{i(c)} - log sum_{s in R(c)} w_s].

The second logarithm is minorised by its tangent; the maximum of what is left is the step of Hunter (2004)

    w_i <- (choices of i) / sum_{c: i in R(c)} 1 / sum_{s in R(c)} w_s,

which never lowers ``L``. The maximum exists and is unique (up to a factor) if and only if no part of the alternatives
was always chosen before the rest, directly or through others: the graph of "was chosen before" is strongly connected
(Ford 1957; Hunter's first assumption). A prior, votes on both sides of every pair, is added as choices from pairs, and
then there always is a maximum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.preference.game import PreferenceGame
from games.preference.rankings import RankingModel
from games.preference.votes import Votes

FloatArray = NDArray[np.float64]

_NAMED = 3  # alternatives named in an error
_SMALL = 1e-300  # strengths do not become 0 on the way


class _Choices(NamedTuple):
    """Choices from sets of many and from pairs.

    ``orders`` [ballots, n]: the alternatives, best first, those that are not compared at the end; ``present``
    [ballots, n]: which are compared; ``decided`` [ballots, n]: at which places something was chosen from two or more;
    ``voters`` [ballots]. ``pairs`` [n, n]: choices of i from {i, j}.
    """

    orders: NDArray[np.int64]
    present: NDArray[np.bool_]
    decided: NDArray[np.bool_]
    voters: FloatArray
    pairs: FloatArray

    @property
    def chosen(self) -> FloatArray:
        """How often each alternative was chosen. [n]"""
        weights = np.where(self.decided, self.voters[:, None], 0.0)
        n = len(self.pairs)
        return np.asarray(np.bincount(self.orders.ravel(), weights.ravel(), minlength=n) + self.pairs.sum(axis=1))

    def remaining(self, strengths: FloatArray) -> FloatArray:
        """Return the strength of what is left at each place, that place included. [ballots, n]"""
        own = np.where(self.present, strengths[self.orders], 0.0)
        return np.asarray(np.cumsum(own[:, ::-1], axis=1)[:, ::-1])

    def rates(self, strengths: FloatArray) -> FloatArray:
        """Return the sum of ``1 / strength of the set`` over all sets in which an alternative stood. [n]"""
        left = self.remaining(strengths)
        inverse = np.zeros_like(left)
        np.divide(self.voters[:, None], left, out=inverse, where=self.decided)
        until = np.where(self.present, np.cumsum(inverse, axis=1), 0.0)
        found = np.bincount(self.orders.ravel(), until.ravel(), minlength=len(strengths))
        met = self.pairs + self.pairs.T
        return np.asarray(found + (met / np.add.outer(strengths, strengths)).sum(axis=1))

    def log_likelihood(self, strengths: FloatArray) -> float:
        """Return ``L``, the choices from pairs included."""
        left, logs = self.remaining(strengths), np.log(strengths)
        taken = logs[self.orders] - np.log(np.where(self.decided, left, 1.0))
        many = float((self.voters[:, None] * np.where(self.decided, taken, 0.0)).sum())
        two = self.pairs * (logs[:, None] - np.log(np.add.outer(strengths, strengths)))
        return many + float(two.sum())


@dataclass(frozen=True, eq=False)
class PlackettLuce:
    """A fitted model.

    Attributes
    ----------
    votes
        What it was fitted to.
    log_strengths
        Of each alternative, with mean 0. [n]
    log_likelihood, log_likelihood_of_chance
        Of the rankings, without the prior; and of the same rankings if all strengths were equal.
    prior
        Votes that were added on both sides of every pair.
    iterations, converged
        Of minorisation–maximisation, and whether they ended because every alternative was chosen as often as the model
        expects, within ``tolerance`` of all choices.
    """

    votes: Votes
    log_strengths: FloatArray
    log_likelihood: float
    log_likelihood_of_chance: float
    prior: float
    iterations: int
    converged: bool

    @property
    def rankings(self) -> RankingModel:
        """The model as something that ranks."""
        return RankingModel(self.log_strengths[None], labels=self.votes.labels)

    @property
    def game(self) -> PreferenceGame:
        """The preference game of the model, ``P(i > j) = w_i / (w_i + w_j)``, with the votes it was fitted to."""
        model = self.rankings
        return PreferenceGame(model.probabilities, model.labels, votes=self.votes, rankings=model)

    def misfit(self) -> tuple[int, int, float]:
        """Return the pair (i, j) whose rate in the votes is furthest above the model's, and by how much.

        Of pairs that met; a table that goes in circles shows here, because the model cannot.
        """
        above = np.where(self.votes.compared, self.votes.probabilities - self.rankings.probabilities, -np.inf)
        i, j = np.unravel_index(int(above.argmax()), above.shape)
        return int(i), int(j), max(float(above[i, j]), 0.0)

    def summary(self) -> dict[str, Any]:
        """Return what ``solution.json`` says."""
        i, j, much = self.misfit()
        return {
            "name": "plackett-luce",
            "log_strengths": self.log_strengths.tolist(),
            "log_likelihood": self.log_likelihood,
            "log_likelihood_of_chance": self.log_likelihood_of_chance,
            "prior": self.prior,
            "iterations": self.iterations,
            "converged": self.converged,
            "misfit": {"winner": self.votes.labels[i], "loser": self.votes.labels[j], "difference": much},
        }


def fit_plackett_luce(
    votes: Votes, *, prior: float | None = None, tolerance: float = 1e-9, iterations: int = 20_000
) -> PlackettLuce:
    """Fit the Plackett–Luce model to recorded rankings, or that of Bradley and Terry to votes on pairs.

    Parameters
    ----------
    votes : with rankings (``Votes.from_ballots``, PrefLib's files) or without; a tie of a pair counts half each way.
    prior : votes added on both sides of every pair, by default those of ``votes``; with 0 it is maximum likelihood.
    tolerance, iterations : it stops when no alternative was chosen more or less often than the model expects by more
        than this part of all choices, or after so many iterations.

    Returns
    -------
    PlackettLuce

    Raises
    ------
    ValueError
        Without a prior, if the strengths have no maximum: some alternatives were never chosen before the others. And
        for rankings with ties, which this model does not have – but those that share the last place were not chosen.

    Examples
    --------
    >>> import tamaya
    >>> votes = tamaya.Votes([[0, 3], [1, 0]])
    >>> fit = tamaya.fit_plackett_luce(votes, prior=0)
    >>> round(float(fit.game.matrix[0, 1]), 9)
    0.75

    References
    ----------
    Hunter, "MM algorithms for generalized Bradley-Terry models", Annals of Statistics 32 (2004);
    Ford, "Solution of a ranking problem from binary comparisons", American Mathematical Monthly 64 (1957).
    """
    added = votes.prior if prior is None else float(prior)
    if not (math.isfinite(added) and added >= 0.0):
        raise ValueError(f"the prior must be a number of at least 0, not {added:g}")
    observed = _choices(votes)
    if added == 0.0:
        _check_connected(observed, votes.labels)
    n = len(votes.labels)
    choices = observed._replace(pairs=observed.pairs + added * (1.0 - np.eye(n)))
    strengths, taken, converged = _maximise(choices, tolerance, iterations)
    logs = np.log(strengths)
    return PlackettLuce(
        votes=votes if prior is None else replace(votes, prior=added),
        log_strengths=logs - logs.mean(),
        log_likelihood=observed.log_likelihood(strengths),
        log_likelihood_of_chance=observed.log_likelihood(np.ones(n)),
        prior=added,
        iterations=taken,
        converged=converged,
    )


def _maximise(choices: _Choices, tolerance: float, iterations: int) -> tuple[FloatArray, int, bool]:
    """Return the strengths, iterations taken, and whether the tolerance was reached."""
    chosen = choices.chosen
    strengths, least = np.ones(len(chosen)), tolerance * chosen.sum()
    for taken in range(iterations + 1):
        rates = choices.rates(strengths)
        if np.abs(chosen - strengths * rates).max() <= least:
            return strengths, taken, True
        if taken < iterations:
            strengths = np.maximum(np.divide(chosen, rates, out=np.ones_like(rates), where=rates > 0.0), _SMALL)
            strengths /= np.exp(np.log(strengths).mean())
    return strengths, iterations, False


def _choices(votes: Votes) -> _Choices:
    """Return what was chosen from what: in rankings from all that remained, in votes from the pair."""
    n = len(votes.labels)
    if votes.ballots is None:
        none = np.empty((0, n), dtype=np.int64)
        return _Choices(none, none.astype(bool), none.astype(bool), np.empty(0), np.array(votes.wins))
    cast = votes.ballots.weights > 0.0
    ranks, which = np.unique(votes.ballots.ranks[cast], axis=0, return_inverse=True)
    voters = np.asarray(np.bincount(which.ravel(), votes.ballots.weights[cast]), dtype=np.float64)
    absent = ranks < 0
    places = np.where(absent, np.iinfo(np.int64).max, ranks)
    orders = np.argsort(places, axis=1, kind="stable")
    ordered = np.take_along_axis(places, orders, axis=1)
    present = ~np.take_along_axis(absent, orders, axis=1)
    last = np.where(absent, -1, ranks).max(axis=1, keepdims=True)
    decided = present & (ordered < last)
    level = (ordered[:, 1:] == ordered[:, :-1]) & decided[:, 1:]
    if level.any():
        ballot, place = np.argwhere(level)[0]
        first, second = (votes.labels[orders[ballot, place + k]] for k in (0, 1))
        raise ValueError(
            f"the Plackett-Luce model has no ties, and a ranking puts {first!r} level with {second!r}: "
            "only the last place may be shared"
        )
    return _Choices(orders, present, decided, voters, np.zeros((n, n)))


def _check_connected(choices: _Choices, labels: tuple[str, ...]) -> None:
    """Raise ``ValueError`` if some alternatives were never chosen before the others, which makes strengths infinite."""
    from scipy.sparse.csgraph import connected_components

    n = len(labels)
    before = choices.pairs > 0.0
    for order, present, decided in zip(choices.orders, choices.present, choices.decided, strict=True):
        for place in np.flatnonzero(decided):
            before[order[place], order[place + 1 :][present[place + 1 :]]] = True
    count, part = connected_components(before, directed=True, connection="strong")
    if count == 1:
        return
    for one in range(count):
        inside = part == one
        if not before[np.ix_(inside, ~inside)].any():  # a strongly connected part from which nobody won
            break
    names = [labels[index] for index in np.flatnonzero(inside)]
    shown = ", ".join(repr(name) for name in names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    never = f"{shown} was never" if len(names) == 1 else f"none of {shown} was ever"
    rest = "the other" if n - len(names) == 1 else f"any of the {n - len(names)} others"
    raise ValueError(
        f"the Plackett-Luce model has no maximum likelihood: {never} chosen before {rest} "
        "(Hunter 2004): take a prior above 0"
    )
