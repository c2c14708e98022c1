"""Many algorithms on one game: what each needs to reach the tolerance, counted in queries."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from games.matrix import MatrixBatch, MatrixGame
from games.preference import PreferenceBatch, PreferenceGame
from solvers.normal_form.command.choice import LP, LP_ACTIONS, compared
from solvers.normal_form.command.options import SolverOptions
from solvers.normal_form.command.outputs import finite
from solvers.normal_form.command.report import counted, number
from solvers.normal_form.command.running import one_sentence, solve_shown
from solvers.normal_form.feedback import Feedback
from solvers.normal_form.problem import Game
from solvers.normal_form.quantal_response import regularised_equilibrium
from solvers.normal_form.solution import NormalFormSolution
from solvers.normal_form.solve import solve

FloatArray = NDArray[np.float64]

_NEWTON_ACTIONS = 1000  # up to which a regularised equilibrium is found to all digits


@dataclass(frozen=True)
class Comparison:
    """The solutions of several algorithms in one game, those with the fewest queries to the tolerance first."""

    game: Game
    solutions: tuple[NormalFormSolution, ...]
    beta: float
    tolerance: float
    feedback: Feedback | None

    def lines(self) -> list[dict[str, Any]]:
        """Return what JSON files say of each algorithm."""
        return [
            {
                "algorithm": solution.algorithm,
                "beta": solution.beta,
                "iterations": solution.iterations,
                "queries": solution.queries,
                "duality_gap": finite(solution.duality_gap),
                "exploitability": finite(solution.exploitability),
                "divergence": None if (last := divergence(solution)) is None else finite(last),
                "seconds": solution.seconds,
                "step_size": solution.step_size,
                "converged": solution.converged,
                "result": str(solution.result),
                "history": solution.summary()["history"],
            }
            for solution in self.solutions
        ]


def divergence(solution: NormalFormSolution) -> float | None:
    """Return KL(equilibrium || policy) of the policy returned, if it was measured."""
    return solution.history[-1].divergence if solution.history else None


def action_count(game: Game) -> int:
    """Return the number of actions of the player who has more, in the largest game."""
    if isinstance(game, MatrixGame):
        return max(game.shape)
    if isinstance(game, MatrixBatch):
        return int(max(game.payoffs.shape[1:]))
    return game.alternatives if isinstance(game, PreferenceGame) else int(game.sizes.max())


def _equilibrium(console: Console, game: Game, beta: float) -> FloatArray | None:
    """Return an equilibrium to all digits, [games, actions], or ``None`` where finding one would take too long."""
    if action_count(game) > (_NEWTON_ACTIONS if beta > 0.0 else LP_ACTIONS):
        return None
    with console.status("finding the equilibrium to all digits"):
        if beta == 0.0:
            return solve(game, LP).policies
        try:
            return regularised_equilibrium(game, beta)
        except ValueError:  # a beta so small that it is not found
            return None


def compare(console: Console, game: Game, options: SolverOptions) -> Comparison:
    """Run the algorithms that ``--compare`` asks for; raises ``UsageError`` for a batch or a name that is unknown."""
    with one_sentence():
        if isinstance(game, PreferenceBatch):
            raise ValueError(f"--compare runs on one game, and there are {len(game)} in the file")
        exact = options.feedback is None
        runs = compared(options.compare or "", options.beta, exact, action_count(game))
    equilibria = {
        beta: found
        for beta in sorted({beta for _, beta in runs})
        if (found := _equilibrium(console, game, beta)) is not None
    }
    solutions = []
    for count, (name, beta) in enumerate(runs, start=1):
        extras: dict[str, Any] = {} if exact else {"feedback": options.sampled()}
        if beta in equilibria and name != LP:
            extras["equilibrium"] = equilibria[beta]
        title = f"{name} ({count} of {len(runs)})"
        solutions.append(solve_shown(console, game, name, title, beta=beta, **options.limits(), **extras))
    solutions.sort(key=lambda solution: (not solution.converged, _effort(solution)))
    return Comparison(game, tuple(solutions), options.beta, options.tolerance, options.sampled())


def _effort(solution: NormalFormSolution) -> float:
    if solution.converged:
        return solution.queries
    return solution.duality_gap if math.isfinite(solution.duality_gap) else math.inf


def _how_sampled(feedback: Feedback | None) -> str:
    """Return the warning that a comparison of noisy runs needs, or nothing."""
    if feedback is None:
        return ""
    return (
        f"\n{feedback.kind}, {feedback.samples} samples: one noisy run each (seed {feedback.seed}), "
        "stopped at the first\ncheckpoint whose exact gap is small enough: luck counts, so try several seeds"
    )


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print one line an algorithm: those that reached the tolerance by queries, then the others by gap."""
    table = Table(
        title=f"to a duality gap of {comparison.tolerance:g}",
        title_justify="left",
        caption="gap: of the game solved, regularised by beta or (0) not\n"
        "exploit.: exploitability in the game without regularisation\n"
        "KL: from the equilibrium of the game solved\n"
        "in the lower block: those that did not reach the gap" + _how_sampled(comparison.feedback),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("algorithm", overflow="fold")
    for heading in ("beta", "iterations", "queries", "gap", "exploit.", "KL", "seconds"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("result")
    for place, solution in enumerate(comparison.solutions):
        if place and comparison.solutions[place - 1].converged and not solution.converged:
            table.add_section()
        last = divergence(solution)
        table.add_row(
            solution.algorithm,
            f"{solution.beta:g}",
            f"{solution.iterations:,}",
            counted(solution.queries),
            number(solution.duality_gap),
            number(solution.exploitability),
            "–" if last is None else number(last),
            f"{solution.seconds:.2f}",
            str(solution.result),
        )
    console.print(table)
