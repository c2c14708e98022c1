"""The solution for several judges, with what each of them thinks of it, and what caution costs and buys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.matrix import MatrixGame
from games.preference.judges import JudgedGame
from solvers.normal_form.leaderboard import Columns, leaderboard
from solvers.normal_form.solution import NormalFormSolution, interval
from solvers.preference.judges.ensembles import Ensemble

FloatArray = NDArray[np.float64]

_POINT = 1e-9  # the width up to which a range of probabilities is that of one policy
_EQUAL = 1e-12  # win rates that are equal up to rounding
DISPUTED = 10
"""Pairs that are named as the most disputed ones."""


class View(NamedTuple):
    """What one judge thinks of a policy.

    ``win_rate``: the least ``P_k(policy > y)``, against the judge's best response, the alternative ``best_response``;
    ``exploitability``: what that is below 1/2. ``against_mean``: ``P_k(policy > policy of the mean)``. ``weight``: how
    often the opponent of ``worst`` lets this judge decide. ``votes``, ``pairs_never_compared``: where they are known.
    """

    judge: str
    votes: float | None
    pairs_never_compared: int | None
    win_rate: float
    best_response: str
    exploitability: float
    against_mean: float
    weight: float | None


class Dispute(NamedTuple):
    """A pair on which judges differ: who puts ``first`` over ``second`` with the least and the largest probability.

    ``mean`` over the ``judges`` who compared the pair, and their ``standard_deviation``.
    """

    first: str
    second: str
    judges: int
    mean: float
    standard_deviation: float
    least: float
    least_judge: str
    most: float
    most_judge: str


def win_rates(tables: FloatArray, policy: FloatArray) -> FloatArray:
    """Return ``P_k(policy > y)`` for every judge and alternative. [judges, n]"""
    return np.asarray(1.0 - tables @ policy)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class JudgedSolution(NormalFormSolution):
    """A policy for several judges, with the certificate of the game of their ensemble (``ensembles``).

    ``game``: that game. ``judged``: the judges. ``mean``: the solution of the judges' mean with the same beta, which
    the policy is compared with. ``lambda_``, ``tau``: of the ensembles that have them. ``value``: the win rate that is
    guaranteed by the table of the ensemble. ``unique`` and ``policy_range`` are those of the policy alone, whatever
    the opponent's are.
    """

    judged: JudgedGame
    ensemble: Ensemble
    lambda_: float | None
    tau: float | None
    mean: NormalFormSolution

    @property
    def unique(self) -> bool | None:
        """Whether no other policy does as well; ``None``: unknown."""
        known = super().unique
        if known is not False or not isinstance(self.game, MatrixGame):
            return known
        spread = self.policy_range
        return None if spread is None else bool((spread[1] - spread[0]).max() <= _POINT)

    @property
    def opponent(self) -> FloatArray:
        """The opponent's equilibrium policy over alternatives [n], of ``worst`` over judges and alternatives [K, n]."""
        if not isinstance(self.game, MatrixGame):
            return self.policy
        found = self.column_policy
        return found.reshape(len(self.judged), -1) if self.ensemble == "worst" else found

    @cached_property
    def win_rates(self) -> FloatArray:
        """``P_k(policy > y)`` for every judge and alternative. [judges, n]"""
        return win_rates(self.judged.matrices, self.policy)

    @property
    def guaranteed(self) -> float:
        """The least win rate of the policy, over all judges and alternatives."""
        return float(self.win_rates.min())

    @property
    def guaranteed_by_mean(self) -> float:
        """The least win rate of the mean's policy, over all judges and alternatives."""
        return float(win_rates(self.judged.matrices, self.mean.policy).min())

    @property
    def price(self) -> float:
        """What the policy loses against the mean's equilibrium in the mean's game: ``P(mean's > policy) - 1/2``.

        With beta above 0 in the regularised game, ``+ beta KL(policy || mu) - beta KL(mean's || mu)``. At least 0, up
        to the mean's duality gap.
        """
        own, other = self.policy, self.mean.policy
        lost = float(other @ (self.judged.mean.matrix @ own)) - 0.5
        if self.beta == 0.0:
            return lost
        return lost + self.beta * (_divergence(own, self.judged.reference) - _divergence(other, self.judged.reference))

    @cached_property
    def views(self) -> tuple[View, ...]:
        """What each judge thinks of the policy, in the order of the judges."""
        return tuple(self._view(place) for place in range(len(self.judged)))

    @cached_property
    def view_of_mean(self) -> View:
        """The same of the judges' mean, as if it were a judge."""
        mean, judged = self.judged.mean, self.judged
        rates = win_rates(mean.matrix, self.policy)
        votes = None if judged.together is None else judged.together.total
        return self._seen("mean", votes, mean.pairs_never_compared, rates, mean.matrix, None)

    def _view(self, place: int) -> View:
        judged = self.judged
        votes = judged.votes[place].total if judged.votes else None
        unseen = None if judged.compared is None else int((~judged.compared[place]).sum()) // 2
        weight = float(self.opponent[place].sum()) if self.ensemble == "worst" else None
        return self._seen(judged.judges[place], votes, unseen, self.win_rates[place], judged.matrices[place], weight)

    def _seen(
        self,
        judge: str,
        votes: float | None,
        unseen: int | None,
        rates: FloatArray,
        table: FloatArray,
        weight: float | None,
    ) -> View:
        least = float(rates.min())
        best = self.judged.labels[int(np.flatnonzero(rates <= least + _EQUAL)[0])]
        against = float(self.policy @ table @ self.mean.policy)
        return View(judge, votes, unseen, least, best, 0.5 - least, against, weight)

    def disputes(self, count: int | None = DISPUTED) -> list[Dispute]:
        """Return the pairs on which judges differ most, by the standard deviation; ``None``: all that differ."""
        judged, spread = self.judged, self.judged.disagreement
        first, second = np.triu_indices(judged.alternatives, 1)
        own = np.nan_to_num(spread[first, second], nan=-1.0)
        order = [place for place in np.lexsort((np.arange(len(own)), -np.round(own, 12))) if own[place] > _EQUAL]
        return [self._dispute(int(first[place]), int(second[place])) for place in order[:count]]

    def _dispute(self, i: int, j: int) -> Dispute:
        judged = self.judged
        who = np.arange(len(judged)) if judged.compared is None else np.flatnonzero(judged.compared[:, i, j])
        if judged.matrices[who, i, j].mean() < 0.5:
            i, j = j, i
        rates = judged.matrices[who, i, j]
        least, most = int(rates.argmin()), int(rates.argmax())
        return Dispute(
            judged.labels[i],
            judged.labels[j],
            len(who),
            float(rates.mean()),
            float(rates.std()),
            float(rates[least]),
            judged.judges[who[least]],
            float(rates[most]),
            judged.judges[who[most]],
        )

    @property
    def disagreement(self) -> float | None:
        """The mean standard deviation of the pairs that two judges compared; ``None`` without such a pair."""
        own = self.judged.disagreement[np.triu_indices(self.judged.alternatives, 1)]
        return float(np.nanmean(own)) if np.isfinite(own).any() else None

    def leaderboard(self, **others: Any) -> Columns:
        """Return the policy as a table with labels (``NormalFormSolution.leaderboard``).

        ``score`` is P(y > policy) by the judges' mean, ``worst_judge`` the largest of any judge; where judges have
        names of their own, ``judge_NAME`` is each one's.
        """
        judged, losses = self.judged, 1.0 - self.win_rates
        spread = self.policy_range if self.unique is False else None
        named = judged.judges != tuple(map(str, range(len(judged))))
        own = {f"judge_{name}": losses[place] for place, name in enumerate(judged.judges)} if named else {}
        score = np.asarray(judged.mean.matrix @ self.policy)
        worst = losses.max(axis=0)
        columns = {"reference": judged.reference, "range": spread, "worst_judge": worst, **own, **others}
        return leaderboard(judged.labels, self.policy, score, **columns)

    @property
    def probabilities(self) -> dict[str, float]:
        """The policy by label."""
        return dict(zip(self.judged.labels, self.policy.tolist(), strict=True))

    def plot(self, path: str | Path) -> None:
        """Write a picture of this policy and the mean's, and of the least win rate of both by each judge, as PNG."""
        from solvers.preference.judges.pictures import plot_policies

        policies: dict[str, FloatArray] = {self.ensemble: self.policy}
        if self.ensemble != "mean":
            policies["mean"] = self.mean.policy
        plot_policies(Path(path), self.judged, policies, f"{len(self.judged)} judges, {self.ensemble}")

    def judges_content(self) -> dict[str, Any]:
        """Return what ``solution.json`` says of the judges."""
        disagreement = [one._asdict() for one in self.disputes()]
        return {
            "ensemble": self.ensemble,
            "lambda": self.lambda_,
            "tau": self.tau,
            "judges": [view._asdict() for view in self.views],
            "judges_mean": {
                **self.view_of_mean._asdict(),
                "policy": self.mean.policy.tolist(),
                "duality_gap": self.mean.duality_gap,
                "converged": self.mean.converged,
            },
            "guaranteed_win_rate": self.guaranteed,
            "guaranteed_win_rate_of_mean": self.guaranteed_by_mean,
            "price_of_robustness": self.price,
            "disagreement": self.disagreement,
            "disputed_pairs": disagreement,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the policy with its labels and range, the judges and the summary, as JSON has them."""
        named = {"labels": list(self.judged.labels), "policy": self.policy.tolist()}
        ranges = {"policy_range": interval(self.policy_range)}
        return {**named, **ranges, **self.judges_content(), **self.summary()}


def _divergence(policy: FloatArray, reference: FloatArray) -> float:
    """Return ``KL(policy || reference)``."""
    held = policy > 0.0
    return float(policy[held] @ np.log(policy[held] / reference[held]))
