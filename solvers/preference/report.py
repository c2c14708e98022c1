"""What ``python -m solvers.preference`` prints and writes: the policy of one game, or the summary of many."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from games._base.files import whole_file, write_whole
from games.preference import LeftOut, PlackettLuce, PreferenceBatch, PreferenceGame
from solvers.normal_form.best_of import BestOf
from solvers.normal_form.leaderboard import ROWS, left_out, most_probable
from solvers.normal_form.report import RANGE, between, print_uniqueness
from solvers.normal_form.solution import UNIQUE, NormalFormSolution, interval
from solvers.output import number, short
from solvers.preference.asking import Question
from solvers.preference.intervals import Intervals
from solvers.report import line, print_table
from solvers.solution import finite

_NAMED = 3  # alternatives named in the line of a group
_LEAST = 5e-5  # probabilities that print as 0.0000 are not
_QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.95, 1.0)
_NAMES = ("least", "25 %", "median", "75 %", "95 %", "most")


def preferences_over(game: PreferenceGame, policy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return P(y > pi), the probability that each alternative beats the policy. [n]"""
    return np.asarray(game.matrix @ policy)


def print_policy(
    console: Console,
    game: PreferenceGame,
    solution: NormalFormSolution,
    intervals: Sequence[Intervals],
    rows_shown: int | None = ROWS,
) -> None:
    """Print the first rows of the leaderboard: probabilities, and what scores how much against the policy."""
    policy = solution.policy
    values, rows = preferences_over(game, policy), []
    order = most_probable(policy, rows_shown, values)
    headings = ["alternative", "reference", "policy", "P(y > policy)"]
    spread = None if solution.unique else solution.policy_range
    resamplings = next(iter(intervals), None)
    if resamplings is not None:
        headings[3:3] = ["95 % interval", "winner in"]
    if spread is not None:
        headings[3:3] = [RANGE]
    for index in order:
        cells = [short(game.labels[index]), *(f"{numbers[index]:.4f}" for numbers in (game.reference, policy, values))]
        if resamplings is not None:
            low, high = resamplings.intervals[:, index]
            cells[3:3] = [f"{low:.3f} to {high:.3f}", f"{resamplings.winner_shares[index]:.1%}"]
        if spread is not None:
            cells[3:3] = [between(spread, index)]
        rows.append(cells)
    note = left_out(game.alternatives, policy, order)
    line(console, _title(game))
    print_table(console, headings, rows, caption=note)
    print_uniqueness(console, solution)
    if game.votes is not None and game.votes.left_out is not None:
        print_left_out(console, game.votes.left_out)
    for one in intervals:
        _print_drawn(console, one)


def print_left_out(console: Console, left_out: LeftOut) -> None:
    """Print how many lines of a file are in no count, and what was wrong with the first."""
    lines = f"{left_out.lines:,} line{'s' if left_out.lines > 1 else ''} left out"
    parts = (f"{left_out.silent:,} without a verdict", f"{left_out.faulty:,} that are no votes")
    kept = [part for part, count in zip(parts, (left_out.silent, left_out.faulty), strict=True) if count]
    line(console, f"{lines}: {', '.join(kept)}")
    for sentence in left_out.sentences:
        line(console, f"  {sentence}")


def print_model(console: Console, fit: PlackettLuce | None) -> None:
    """Print how well the model of rankings fits, and the pair that it fits worst."""
    if fit is None:
        return
    what = "votes, as the Bradley-Terry model" if fit.votes.ballots is None else "rankings"
    end = f"{fit.iterations:,} iterations" + ("" if fit.converged else ", not converged")
    line(
        console,
        f"Plackett-Luce model of the {what}: log-likelihood {fit.log_likelihood:,.1f}, of chance "
        f"{fit.log_likelihood_of_chance:,.1f}; prior {fit.prior:g}, {end}",
    )
    winner, loser, above = fit.misfit()
    if above > 0.0:
        names = f"{short(fit.votes.labels[winner])} over {short(fit.votes.labels[loser])}"
        rate = fit.votes.probabilities[winner, loser]
        line(console, f"fits worst: {names}, {rate:.1%} in the votes and {rate - above:.1%} in the model")


def print_best_of(console: Console, best: BestOf | None, rows_shown: int | None = ROWS) -> None:
    """Print the policy of which several answers are shown, and what they win at least."""
    if best is None:
        return
    order = most_probable(best.policy, rows_shown, best.values)
    rows = [[short(best.labels[index]), f"{best.policy[index]:.4f}", f"{best.values[index]:.4f}"] for index in order]
    title = f"of which the best of {best.answers} is taken"
    note = left_out(len(best.labels), best.policy, order)
    print_table(console, ("alternative", "policy", "wins beside them"), rows, title=title, caption=note)
    end = "" if best.converged else f"; {best.shortfall:.1e} less than an equilibrium, which was not reached"
    line(
        console,
        f"whatever is shown beside them, one of the {best.answers} is taken at least {best.win_rate:.4f} of the times"
        + end,
    )


def print_questions(console: Console, asked: list[Question]) -> None:
    """Print the pairs."""
    if not asked:
        return
    rows = [[short(one.first), short(one.second), f"{one.votes:,.10g}", f"{one.chance:.1%}"] for one in asked]
    headings = ("judge", "against", "votes so far", "asked next with")
    print_table(console, headings, rows, text=(0, 1), title="whose judgement would tell most")


def _title(game: PreferenceGame) -> str:
    count = f"{game.alternatives:,} alternative{'s' if game.alternatives > 1 else ''}"
    if game.votes is None and not game.pairs_never_compared:
        return count
    unseen = game.pairs_never_compared
    never = f", {unseen:,} of {game.pairs:,} pairs never compared" if unseen else ""
    if game.votes is None:
        return count + never
    votes = f"{game.votes.total:,.10g} vote{'s' if game.votes.total != 1 else ''}"
    return f"{count}, {votes}, prior {game.votes.prior:g}{never}"


def _print_drawn(console: Console, found: Intervals) -> None:
    trouble = f"; {found.unsolved:,} of them did not reach the tolerance" if found.unsolved else ""
    ways = {"posterior": "tables drawn from the posterior of the votes", "bootstrap": "resamplings of the votes"}
    line(
        console,
        f"{found.method} intervals: {found.replicates:,} {ways[found.method]} (seed {found.seed}), "
        f"solved by {found.solution.algorithm} in {found.solution.seconds:.2f} s{trouble}",
    )


def quantiles(batch: PreferenceBatch, solution: NormalFormSolution) -> dict[str, list[float | None]]:
    """Return quantiles over the games of a batch."""
    rows = {
        "alternatives": batch.sizes,
        "duality_gap": solution.duality_gaps,
        "exploitability": solution.exploitabilities,
        "iterations": solution.iterations_of_games,
    }
    return {name: [finite(float(value)) for value in np.quantile(values, _QUANTILES)] for name, values in rows.items()}


def print_batch(console: Console, batch: PreferenceBatch, solution: NormalFormSolution) -> None:
    """Print quantiles of sizes, gaps and iterations over the games, and how many were solved."""
    solved = int(solution.solved.sum())
    title = f"{len(batch):,} games, {solved:,} of them solved to the tolerance"
    rows = []
    for name, values in quantiles(batch, solution).items():
        whole = name in ("alternatives", "iterations")
        cells = ["–" if value is None else f"{value:,.10g}" if whole else number(value) for value in values]
        rows.append([name.replace("_", " "), *cells])
    print_table(console, ("over the games", *_NAMES), rows, title=title)
    line(console, f"{len(batch) / max(solution.seconds, 1e-9):,.0f} games a second")


def game_content(game: PreferenceGame, solution: NormalFormSolution) -> dict[str, Any]:
    """Return what ``solution.json`` says of one game."""
    return {
        "algorithm": solution.algorithm,
        "beta": solution.beta,
        "labels": list(game.labels),
        "policy": solution.policy.tolist(),
        "reference": game.reference.tolist(),
        "preference_over_policy": preferences_over(game, solution.policy).tolist(),
        "votes": None if game.votes is None else game.votes.total,
        "prior": None if game.votes is None else game.votes.prior,
        "left_out": None if game.votes is None or game.votes.left_out is None else asdict(game.votes.left_out),
        "pairs_never_compared": game.pairs_never_compared,
        "unique": solution.unique,
        "dimension": solution.dimension,
        "policy_range": interval(solution.policy_range),
    }


def batch_content(batch: PreferenceBatch, solution: NormalFormSolution, policies: Path | None) -> dict[str, Any]:
    """Return what ``solution.json`` says of many games: their policies are in the file ``policies``."""
    return {
        "algorithm": solution.algorithm,
        "beta": solution.beta,
        "labels": None,
        "policy": None,
        "policies": None if policies is None else str(policies),
        "games": len(batch),
        "games_converged": int(solution.solved.sum()),
        "games_unique": None if solution.uniqueness is None else int((solution.uniqueness == UNIQUE).sum()),
        "quantiles": {"levels": list(_QUANTILES), **quantiles(batch, solution)},
    }


def write_policies(path: Path, batch: PreferenceBatch, solution: NormalFormSolution) -> None:
    """Write the policies of a batch: arrays in an NPZ file, or one line a game in JSONL, without the padding."""
    converged = solution.solved
    if path.suffix == ".npz":
        with whole_file(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(
                file,
                policies=solution.policies,
                mask=batch.mask,
                names=np.array(batch.names),
                duality_gaps=solution.duality_gaps,
                exploitabilities=solution.exploitabilities,
                iterations=solution.iterations_of_games,
                converged=converged,
            )
        return
    lines = []
    for index, name in enumerate(batch.names):
        exists = np.flatnonzero(batch.mask[index])
        entry = {
            "id": name,
            "labels": list(batch.labels[index]) if batch.labels else [str(place) for place in exists],
            "policy": solution.policies[index, exists].tolist(),
            "duality_gap": finite(float(solution.duality_gaps[index])),
            "exploitability": finite(float(solution.exploitabilities[index])),
            "iterations": int(solution.iterations_of_games[index]),
            "converged": bool(converged[index]),
        }
        lines.append(json.dumps(entry, ensure_ascii=False, allow_nan=False))
    write_whole(path, "\n".join(lines) + "\n")


class Group(NamedTuple):
    """One value of the column, its votes as a game, and the solution."""

    name: str
    game: PreferenceGame
    solution: NormalFormSolution


def print_groups(console: Console, column: str, groups: Sequence[Group]) -> None:
    """Print a line for each group: its votes, its most probable alternatives, and how well it is solved."""
    if not groups:
        return
    rows = []
    for name, game, solution in groups:
        best = [place for place in most_probable(solution.policy, _NAMED) if solution.policy[place] > _LEAST]
        policy = ", ".join(f"{short(game.labels[place], 24)} {solution.policy[place]:.3f}" for place in best)
        assert game.votes is not None
        counts = [
            f"{game.alternatives:,}",
            f"{game.votes.total:,.10g}",
            f"{game.pairs_never_compared:,} of {game.pairs:,}",
        ]
        unique = {True: "yes", False: "no", None: "?"}[solution.unique]
        rows.append([name or "–", *counts, policy, unique, number(solution.duality_gap)])
    headings = (column, "alternatives", "votes", "pairs never compared", "policy", "unique", "duality gap")
    print_table(console, headings, rows, text=(0, 4, 5), title=f"by {column}: each group by itself")


def groups_content(column: str | None, groups: Sequence[Group]) -> dict[str, Any]:
    """Return what ``solution.json`` says of the groups."""
    if column is None:
        return {}
    return {
        "by": column,
        "groups": [
            {
                "group": name,
                **game_content(game, solution),
                "duality_gap": finite(solution.duality_gap),
                "exploitability": finite(solution.exploitability),
                "converged": solution.converged,
            }
            for name, game, solution in groups
        ],
    }
