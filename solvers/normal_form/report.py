"""What the commands ``solvers.preference`` and ``solvers.matrix`` print: certificates, comparisons, the algorithms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from solvers.normal_form.choice import LINEAR_PROGRAM
from solvers.normal_form.feedback import Feedback
from solvers.normal_form.registry import algorithm, algorithm_names
from solvers.normal_form.solution import NormalFormSolution
from solvers.output import counted, number, short
from solvers.report import allowed, line, print_result, print_table

_ACTIONS = 5  # in the table of a path
RANGE = "range of equilibria"
"""Heading of the column of what each probability can be."""


def between(intervals: NDArray[np.float64], index: int) -> str:
    """Return an interval [2, n] at one index as tables show it."""
    low, high = intervals[:, index]
    return f"{low:.3f} to {high:.3f}"


def print_uniqueness(console: Console, solution: NormalFormSolution) -> None:
    """Print that the solution is one of many, and which one."""
    if solution.unique is not False:
        return
    dimension = "" if solution.dimension is None else f" (they form a set of dimension {solution.dimension})"
    line(console, f"not unique: there are many equilibria{dimension}; this is the one of maximum entropy")
    if solution.dimension is not None and solution.policy_ranges is None:
        line(console, "the range of each probability over all equilibria is left out: the game is too large for it")


def print_certificate(console: Console, solution: NormalFormSolution, why: str = "") -> None:
    """Print how the solve ended: algorithm, gap, exploitability, work, the theorem's bound, result and remedy."""
    of = "" if len(solution.duality_gaps) == 1 else " (of the worst game)"
    game = f"the game regularised by beta = {solution.beta:g}" if solution.beta > 0.0 else "the game itself"
    chosen = f"{solution.algorithm}{f' ({why})' if why else ''}"
    line(console, f"{chosen} on {game}; step size {solution.step_size}")
    line(
        console,
        f"duality gap {number(solution.duality_gap)}, exploitability {number(solution.exploitability)}{of}; "
        f"{solution.iterations:,} iterations, {solution.queries:,} queries, {solution.seconds:.3f} s",
    )
    if (bound := solution.bound) is not None:
        line(console, f"theorem: {bound.quantity} ≤ {number(bound.value)} – {bound.theorem}")
    print_result(console, solution, "gap")


def print_path(console: Console, solutions: Sequence[NormalFormSolution]) -> None:
    """Print one line for each temperature of a path: certificate and the actions that are most probable at its end."""
    if not solutions:
        return
    labels, places = path_columns(solutions, _ACTIONS)
    headings = ["beta", "iterations", "seconds", "gap", "exploitability", *(short(label, 16) for label in labels)]
    rows = [
        [
            f"{one.beta:g}",
            f"{one.iterations:,}",
            f"{one.seconds:.3f}",
            number(one.duality_gap),
            number(one.exploitability),
            *(f"{one.policies[0, place]:.4f}" for place in places),
        ]
        for one in solutions
    ]
    unsolved = sum(not one.converged for one in solutions)
    caption = f"{unsolved} of {len(solutions)} did not reach the tolerance" if unsolved else None
    print_table(console, headings, rows, text=(), lean=True, title="path", caption=caption)


def path_columns(solutions: Sequence[NormalFormSolution], most: int) -> tuple[list[str], list[int]]:
    """Return labels and places [actions] of the actions that get the most anywhere on a path, the largest last first.

    In a matrix game they are the row player's.
    """
    last = solutions[-1]
    labels = list(last.probabilities)
    policies = np.array([one.policies[0, : len(labels)] for one in solutions])
    chosen = sorted(np.argsort(-policies.max(axis=0), kind="stable")[:most].tolist(), key=lambda k: -policies[-1, k])
    return [labels[place] for place in chosen], chosen


def solved(solution: NormalFormSolution) -> str:
    """Return which algorithm solved which game, for the title of a picture."""
    return f"{solution.algorithm}, beta = {solution.beta:g}"


def print_comparison(console: Console, solutions: Sequence[NormalFormSolution], feedback: Feedback | None) -> None:
    """Print one line an algorithm, in the order that they have: those that reached the tolerance, then the others."""
    rows: list[list[str] | None] = []
    for place, one in enumerate(solutions):
        if place and solutions[place - 1].converged and not one.converged:
            rows.append(None)
        last = one.history[-1].divergence
        rows.append(
            [
                one.algorithm,
                f"{one.beta:g}",
                f"{one.iterations:,}",
                counted(one.queries),
                number(one.duality_gap),
                number(one.exploitability),
                "–" if last is None else number(last),
                f"{one.seconds:.2f}",
                str(one.result),
            ]
        )
    headings = ("algorithm", "beta", "iterations", "queries", "gap", "exploit.", "KL", "seconds", "result")
    title = f"to a duality gap of {allowed(solutions[0])}" if solutions else None
    caption = (
        "gap: of the game solved, regularised by beta or (0) not\n"
        "exploit.: exploitability in the game without regularisation\n"
        "KL: from the equilibrium of the game solved\n"
        "in the lower block: those that did not reach the gap" + _how_sampled(feedback)
    )
    print_table(console, headings, rows, text=(0, 8), lean=True, title=title, caption=caption)


def _how_sampled(feedback: Feedback | None) -> str:
    """Return the warning that a comparison of noisy runs needs, or nothing."""
    if feedback is None:
        return ""
    return (
        f"\n{feedback.kind}, {feedback.samples} samples: one noisy run each (seed {feedback.seed}), "
        "stopped at the first\ncheckpoint whose exact gap is small enough: luck counts, so try several seeds"
    )


def print_algorithms(console: Console) -> None:
    """Print every algorithm with what it is, where it is from, what it is meant for and what an iteration costs."""
    rows = []
    for one in map(algorithm, algorithm_names()):
        game = "game" if one.target == "equilibrium" else "beta-game"
        which = "average" if one.returns == "average" else "last iterate"
        rows.append([one.name, one.title, one.source, game, which, str(one.products)])
    rows.append([LINEAR_PROGRAM, "linear program (HiGHS)", "von Neumann 1928; Dantzig 1951", "game", "–", "–"])
    caption = (
        "game: the game itself; beta-game: regularised by beta around the reference\n"
        "products: of the table with a policy, in one iteration\n"
        "mmd is mmd-constant"
    )
    headings = ("name", "title", "source", "meant for", "by its", "products")
    print_table(console, headings, rows, text=range(5), caption=caption)
