"""What ``python -m solvers.extensive`` shows on screen and writes to ``solution.json``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from games.extensive import ExtensiveGame
from games.version import __version__
from solvers.extensive.algorithm import Algorithm
from solvers.extensive.registry import LINEAR_PROGRAM, algorithm, algorithm_names
from solvers.extensive.solve import ExtensiveSolution, Run
from solvers.normal_form.command.outputs import finite
from solvers.normal_form.command.report import number, short
from solvers.progress import Report
from solvers.progress import progress_bar as solver_progress
from solvers.solution import Checkpoint, Result

DISTANCES = {"quantal-response": "gap", "agent-quantal-response": "residual"}
"""What ``distance`` measures: see ``solvers.extensive.quantal_response``."""

_SAMPLED_TITLES = {
    "external-mccfr": "external-sampling Monte Carlo CFR",
    "outcome-mccfr": "outcome-sampling Monte Carlo CFR",
    "sampled-mmd": "magnetic mirror descent with sampled values",
}
SAMPLED_TARGETS = {
    "external-mccfr": "Nash equilibrium (average)",
    "outcome-mccfr": "Nash equilibrium (average)",
    "sampled-mmd": "agent quantal response equilibrium (last iterate)",
}
_SAMPLED_SOURCES = {
    "external-mccfr": "Lanctot et al., NeurIPS 2009",
    "outcome-mccfr": "Lanctot et al., NeurIPS 2009",
    "sampled-mmd": "after Sokota et al., ICLR 2023",
}

_ROWS = 12  # of the history on screen
_INFOSETS = 16  # up to which the whole policy is shown

TARGETS = {
    "nash": "Nash equilibrium",
    "quantal-response": "quantal response equilibrium",
    "agent-quantal-response": "agent quantal response equilibrium",
}


def line(console: Console, text: str, style: str | None = None) -> None:
    """Print a line as it is: no markup, no colours of its own, no breaks."""
    console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)


def returned(run: Run) -> str:
    """Return in words what a run returns and how its players take turns."""
    which = "average" if run.average else "last iterate"
    return f"{which}, {'alternating' if run.alternating else 'simultaneous'} updates"


def _distance(point: Checkpoint) -> float:
    return point.exploitability if point.distance is None else point.distance


def _reached(point: Checkpoint) -> str:
    distance = "" if point.distance is None else f", distance {point.distance:.2e}"
    return f"exploitability {point.exploitability:.2e}{distance}"


def progress_bar(console: Console, title: str, iterations: int, tolerance: float) -> AbstractContextManager[Report]:
    """Show a bar with the latest exploitability while a solver runs; gives the function to call at each checkpoint."""
    return solver_progress(console, title, iterations, tolerance, _distance, _reached)


def game_line(game: ExtensiveGame, name: str) -> str:
    """Return the size of a game in a line."""
    histories = f"{game.statistics.histories:,} histories, " if game.statistics.histories else ""
    return (
        f"{name}: {histories}{game.infosets[0]:,} + {game.infosets[1]:,} infosets, "
        f"{game.sequences[0]:,} × {game.sequences[1]:,} sequences, {len(game.payoffs[0].column):,} payoffs"
    )


def print_solution(console: Console, solution: ExtensiveSolution, name: str, how: str) -> None:
    """Print the way there, the policy of a small game, and the certificate."""
    line(console, game_line(solution.game, name))
    if len(solution.history) > 1:
        _print_history(console, solution)
    if sum(solution.game.infosets) <= _INFOSETS:
        _print_policy(console, solution)
    _print_certificate(console, solution, how)


def _print_history(console: Console, solution: ExtensiveSolution) -> None:
    history, table = solution.history, Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    measured = [] if solution.certificate is None else [DISTANCES[solution.target]]
    for heading in ("iteration", "exploitability", "NashConv", *measured, "seconds"):
        table.add_column(heading, justify="right", no_wrap=True)
    last = len(history) - 1
    shown = sorted({round(last * k / (_ROWS - 1)) for k in range(_ROWS)})
    for point in (history[k] for k in shown):
        distance = [f"{point.distance:.3e}"] if measured and point.distance is not None else measured
        numbers = f"{point.exploitability:.3e}", f"{point.duality_gap:.3e}", *distance, f"{point.seconds:.3f}"
        table.add_row(f"{point.iteration:,}", *numbers)
    console.print(table)


def _print_policy(console: Console, solution: ExtensiveSolution) -> None:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("player", "infoset", "policy"):
        table.add_column(heading, overflow="fold")
    game = solution.game
    for player, tree in enumerate(game.treeplexes):
        for i, text in enumerate(game.names[player].information_states):
            actions = (
                f"{game.action_string(player, s)} {solution.policy[player][s]:.4f}"
                for s in range(tree.first[i], tree.first[i + 1])
            )
            table.add_row(str(player), escape(short(text)), escape("  ".join(actions)))
    console.print(table)


def _print_certificate(console: Console, solution: ExtensiveSolution, how: str) -> None:
    evaluation = solution.evaluation
    first, second = evaluation.best_response_values
    line(console, f"{solution.algorithm} ({how}){_settings(solution)}")
    line(console, f"value {evaluation.value:.9g} to player 0; best responses get {first:.9g} and {second:.9g}")
    each = "" if not solution.iterations else f", {_duration(solution.seconds / solution.iterations)} each"
    line(
        console,
        f"exploitability {number(evaluation.exploitability)}, NashConv {number(evaluation.nash_conv)}; "
        f"{solution.iterations:,} iterations, {solution.seconds:.3f} s{each}",
    )
    of = "exploitability"
    if solution.certificate is not None:
        of = DISTANCES[solution.target]
        line(console, f"{TARGETS[solution.target]}: {of} {number(solution.certificate)}")
    if solution.result is Result.ITERATION_LIMIT and not solution.tolerance:
        line(console, f"{solution.result}; no --tolerance was asked for")
        return
    good = solution.result is Result.CONVERGED
    console.print(str(solution.result), style="bold green" if good else "bold red", end="", highlight=False)
    line(console, f" ({of} at most {solution.tolerance:g})" if good else f": {solution.remedy}")


def _settings(solution: ExtensiveSolution) -> str:
    """Return step size and temperature, of the algorithms that have them."""
    parts = (("step size", solution.step_size), ("alpha", solution.temperature))
    return "".join(f", {name} {text}" for name, text in parts if text not in ("0", "none"))


def _duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def content(solution: ExtensiveSolution, name: str, run: Run | None, extras: dict[str, Any]) -> dict[str, Any]:
    """Return what ``solution.json`` says: the certificate, how the solution was found, and the history.

    ``run`` is ``None`` for the linear program. ``extras`` go before the history.
    """
    game, evaluation = solution.game, solution.evaluation
    chosen = None if run is None else run.algorithm
    return {
        "game": name,
        "algorithm": solution.algorithm,
        "value": finite(evaluation.value),
        "exploitability": finite(evaluation.exploitability),
        "nash_conv": finite(evaluation.nash_conv),
        "best_response_values": [finite(value) for value in evaluation.best_response_values],
        "iterations": solution.iterations,
        "seconds": solution.seconds,
        "tolerance": solution.tolerance,
        "converged": solution.converged,
        "result": str(solution.result),
        "remedy": solution.remedy,
        "target": solution.target,
        "distance": None if solution.certificate is None else finite(solution.certificate),
        "step_size": _or_none(solution.step_size, chosen is not None and chosen.step_size is not None),
        "alpha": _or_none(solution.temperature, chosen is not None and chosen.temperature is not None),
        "parameters": {} if run is None else dict(run.settings.parameters),
        "average": None if run is None else run.average,
        "alternating": None if run is None else run.alternating,
        "histories": game.statistics.histories,
        "infosets": list(game.infosets),
        "sequences": list(game.sequences),
        "payoffs": len(game.payoffs[0].column),
        **extras,
        "version": __version__,
        "history": history_lines(solution.history),
    }


def _or_none(text: str, has: bool) -> str | None:
    return text if has else None


def history_lines(history: Sequence[Checkpoint]) -> list[dict[str, Any]]:
    """Return the history as JSON files have it."""
    return [
        {key: finite(value) if isinstance(value, float) else value for key, value in point.line().items()}
        for point in history
    ]


def print_algorithms(console: Console) -> None:
    """Print every algorithm with what it is, where it is from and what it converges to."""
    table = Table()
    for heading in ("name", "title", "source", "converges to", "updates"):
        table.add_column(heading, overflow="fold")
    for name in algorithm_names():
        one: Algorithm = algorithm(name)
        which = "average" if one.returns == "average" else "last iterate"
        order = "alternating" if one.alternating else "simultaneous"
        table.add_row(name, one.title, one.source, f"{TARGETS[one.target]} ({which})", order)
    source = "von Stengel 1996; Koller, Megiddo and von Stengel 1994"
    table.add_row(LINEAR_PROGRAM, "sequence-form linear program (HiGHS)", source, "Nash equilibrium (exactly)", "–")
    for name, title in _SAMPLED_TITLES.items():
        table.add_row(name, title, _SAMPLED_SOURCES[name], SAMPLED_TARGETS[name], "alternating")
    console.print(table)
