"""What both commands print under their tables: the certificate of a solution, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from solvers.normal_form.solution import NormalFormSolution
from solvers.solution import Result

ROWS = 20
"""Actions shown of a policy."""


def wide_console() -> Console:
    """Return a console that is as wide as the terminal, and 120 columns where the output is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=120)


def most_probable(policy: NDArray[np.float64], rows: int = ROWS) -> NDArray[np.intp]:
    """Return the indices of the most probable actions, most probable first, ties in their order."""
    return np.argsort(-policy, kind="stable")[:rows]


def short(label: str, width: int = 40) -> str:
    """Return a label cut to a width; labels may be whole answers of a language model."""
    line = " ".join(label.split())
    return line if len(line) <= width else line[: width - 1] + "…"


def left_out(shown: int, count: int, policy: NDArray[np.float64], order: Sequence[int] | NDArray[np.intp]) -> str:
    """Return what a table of the most probable actions leaves out, or nothing."""
    if shown >= count:
        return ""
    rest = 1.0 - float(policy[order].sum())
    return f"{count - shown:,} more, with probability {max(rest, 0.0):.3g} together"


def number(value: float) -> str:
    """Return a small number as tables show it."""
    return "0" if value == 0.0 else f"{value:.1e}"


def counted(value: float) -> str:
    """Return a large count with three digits: 999, 1.23k, 45.6M."""
    for power, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= power:
            return f"{value / power:.3g}{unit}"
    return f"{value:.0f}"


def print_certificate(console: Console, solution: NormalFormSolution, why: str = "") -> None:
    """Print how the solve ended: algorithm, gap, exploitability, work, the theorem's bound, result and remedy."""

    def line(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    of = "" if len(solution.duality_gaps) == 1 else " (of the worst game)"
    game = f"the game regularised by beta = {solution.beta:g}" if solution.beta > 0.0 else "the game itself"
    line(f"{solution.algorithm}{f' ({why})' if why else ''} on {game}; step size {solution.step_size}")
    line(
        f"duality gap {number(solution.duality_gap)}, exploitability {number(solution.exploitability)}{of}; "
        f"{solution.iterations:,} iterations, {solution.queries:,} queries, {solution.seconds:.3f} s"
    )
    if solution.bound is not None:
        line(f"theorem: {solution.bound.quantity} ≤ {number(solution.bound.value)} – {solution.bound.theorem}")
    style = "bold green" if solution.result is Result.CONVERGED else "bold red"
    console.print(str(solution.result), style=style, end="", highlight=False)
    line(f" (gap at most {solution.tolerance:g})" if solution.result is Result.CONVERGED else f": {solution.remedy}")


def solved(solution: NormalFormSolution) -> str:
    """Return which algorithm solved which game, for the title of a picture."""
    return f"{solution.algorithm}, beta = {solution.beta:g}"
