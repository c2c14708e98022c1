"""What ``python -m solvers.preference --ensemble`` prints and writes: the policy, and what each judge thinks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from rich.console import Console

from games.preference import PreferenceGame
from games.preference.judges import JudgedGame
from solvers.normal_form.solution import interval
from solvers.output import short
from solvers.preference.judges.solution import JudgedSolution, View
from solvers.preference.report import preferences_over, print_left_out, print_policy
from solvers.report import line, print_table

_DISPUTED = 3  # pairs named on the screen
_WORDS = {
    "mean": "the mean of their tables",
    "worst": "the worst judge: the least win rate over judges and alternatives is the highest",
    "uncertainty": "the mean less {0:g} times the variance over the judges, pair by pair",
    "entropic": "the entropic risk over the judges at temperature {0:g}, pair by pair",
}


def print_judged(console: Console, solution: JudgedSolution, who: str, rows: int | None) -> None:
    """Print policy, judges, disagreement and the price of robustness; ``who`` says in words who the judges are."""
    judged = solution.judged
    setting = solution.lambda_ if solution.tau is None else solution.tau
    votes = "" if judged.together is None else _votes(judged)
    line(console, f"{len(judged):,} judges ({who}){votes}; {_WORDS[solution.ensemble].format(setting)}")
    print_policy(console, judged.mean, solution, [], rows)
    if judged.together is not None and judged.together.left_out is not None:
        print_left_out(console, judged.together.left_out)
    _print_views(console, solution, rows)
    _print_disputes(console, solution)
    _print_price(console, solution)


def _votes(judged: JudgedGame) -> str:
    assert judged.together is not None
    total = judged.together.total
    return f", {total:,.10g} vote{'s' if total != 1 else ''}, prior {judged.together.prior:g}"


def _print_views(console: Console, solution: JudgedSolution, rows: int | None) -> None:
    """Print what the judges think, those first for whom the policy wins least."""
    views = sorted(solution.views, key=lambda view: round(view.win_rate, 12))
    shown, last = views[:rows], solution.view_of_mean
    known = [
        any(value is not None for value in values)
        for values in ([view.votes for view in views], [view.weight for view in views])
    ]
    headings = ["judge", "least win rate", "against", "exploitability", "against the mean's"]
    if known[0]:
        headings[1:1] = ["votes", "never compared"]
    if known[1]:
        headings.append("weight")
    cells: list[Sequence[str] | None] = [_cells(view, *known) for view in shown]
    left = f"{len(views) - len(shown):,} more judges; " if len(shown) < len(views) else ""
    caption = f"{left}P(y > policy) above, and the last line: the mean of the judges"
    if solution.ensemble != "mean":
        caption += "\nagainst the mean's: the win rate against the policy of the mean"
    if known[1]:
        caption += "\nweight: how often the opponent, at its best, lets this judge decide"
    print_table(
        console, headings, [*cells, None, _cells(last, *known)], text=(0, headings.index("against")), caption=caption
    )


def _cells(view: View, votes: bool, weight: bool) -> list[str]:
    cells = [
        short(view.judge, 30) or "–",
        f"{view.win_rate:.4f}",
        short(view.best_response, 30),
        f"{max(view.exploitability, 0.0):.4f}",
        f"{view.against_mean:.4f}",
    ]
    if votes:
        unseen = "–" if view.pairs_never_compared is None else f"{view.pairs_never_compared:,}"
        cells[1:1] = ["–" if view.votes is None else f"{view.votes:,.10g}", unseen]
    if weight:
        cells.append("–" if view.weight is None else f"{view.weight:.4f}")
    return cells


def _print_disputes(console: Console, solution: JudgedSolution) -> None:
    found = solution.disputes(_DISPUTED)
    if solution.disagreement is None:
        line(console, "disagreement: no pair was compared by two judges")
        return
    pairs = "; ".join(
        f"{short(one.first, 24)} over {short(one.second, 24)}, {one.least:.3f} ({short(one.least_judge, 24) or '–'}) "
        f"to {one.most:.3f} ({short(one.most_judge, 24) or '–'})"
        for one in found
    )
    most = f"; most on {pairs}" if pairs else ""
    line(console, f"disagreement: standard deviation {solution.disagreement:.3f} on a pair, in the mean{most}")


def _print_price(console: Console, solution: JudgedSolution) -> None:
    own, other = solution.guaranteed, solution.guaranteed_by_mean
    if solution.ensemble == "mean":
        line(console, f"whoever judges, the policy wins at least {own:.4f}")
        return
    where = "the mean's game" if solution.beta == 0.0 else f"the mean's game at beta = {solution.beta:g}"
    line(
        console,
        f"whoever judges, the policy wins at least {own:.4f}, that of the mean {other:.4f}; the price is "
        f"{max(solution.price, 0.0):.4f}, lost against that of the mean in {where}",
    )
    if not solution.mean.converged:
        line(console, f"the mean's policy is not solved to the tolerance: {solution.mean.remedy}")


def judged_content(solution: JudgedSolution) -> dict[str, Any]:
    """Return what ``solution.json`` says of policy and judges."""
    judged = solution.judged
    mean: PreferenceGame = judged.mean
    votes = judged.together
    return {
        "algorithm": solution.algorithm,
        "beta": solution.beta,
        "labels": list(judged.labels),
        "policy": solution.policy.tolist(),
        "reference": judged.reference.tolist(),
        "preference_over_policy": preferences_over(mean, solution.policy).tolist(),
        "votes": None if votes is None else votes.total,
        "prior": None if votes is None else votes.prior,
        "left_out": None if votes is None or votes.left_out is None else asdict(votes.left_out),
        "pairs_never_compared": mean.pairs_never_compared,
        "unique": solution.unique,
        "dimension": solution.dimension,
        "policy_range": interval(solution.policy_range),
        "opponent": np.asarray(solution.opponent).tolist(),
        **solution.judges_content(),
    }
