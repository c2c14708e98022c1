"""Which algorithm: the default for a game, those that a comparison runs, and the table that lists them all."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from solvers.normal_form import registry
from solvers.normal_form.algorithm import Algorithm

LP = "lp"
COMPARE_ALL = "all"
LP_ACTIONS = 1000  # up to which the linear program is the default: it then takes seconds, above minutes
LP_GAMES = 10_000  # likewise, for small games
_ITERATIVE = "prm+"  # at beta = 0, where the linear program is no choice


def chosen(name: str) -> Algorithm | None:
    """Return the algorithm of that name, ``None`` for the linear program; ``ValueError`` names the nearest."""
    return None if name == LP else registry.algorithm(name)


def iterative_names() -> list[str]:
    """Return the names of all iterative algorithms."""
    return [name for name in registry.algorithm_names() if name != LP]


def default_algorithm(beta: float, actions: int, games: int = 1, exact: bool = True) -> tuple[str, str]:
    """Return the name of the algorithm taken if none is named, and why."""
    if beta > 0.0:
        return "nash-mp", "the default for beta above 0"
    if exact and actions <= LP_ACTIONS and games <= LP_GAMES:
        return LP, "the default for beta = 0"
    why = "sampled comparisons"
    if exact:
        why = f"more than {LP_ACTIONS} actions" if actions > LP_ACTIONS else f"more than {LP_GAMES:,} games"
    return _ITERATIVE, f"the default for beta = 0 and {why}"


def compared(text: str, beta: float, exact: bool, actions: int = 0) -> list[tuple[str, float]]:
    """Return (name, beta) of the runs of a comparison: of those named, or of all that apply.

    An algorithm for the regularised game runs at ``beta``, one for the game itself at 0. Raises ``ValueError`` for
    a name that is unknown or cannot be run.
    """
    if text == COMPARE_ALL:
        names = iterative_names() + ([LP] if exact and actions <= LP_ACTIONS else [])
        return [run for name in names if (run := _applicable(name, beta)) is not None]
    runs = []
    for name in dict.fromkeys(part.strip() for part in text.split(",")):
        if name == LP and not exact:
            raise ValueError("lp reads the exact table: leave it out of a comparison with --feedback")
        if (run := _applicable(name, beta)) is None:
            raise ValueError(f"{name} needs a beta above 0: without regularisation it has no meaning")
        runs.append(run)
    return runs


def _applicable(name: str, beta: float) -> tuple[str, float] | None:
    algorithm = chosen(name)
    if algorithm is None or algorithm.target == "equilibrium":
        return name, 0.0
    return None if algorithm.needs_beta and beta == 0.0 else (name, beta)


def print_algorithms(console: Console) -> None:
    """Print every algorithm with what it is, where it is from, what it is meant for and what an iteration costs."""
    table = Table(
        caption="game: the game itself; beta-game: regularised by beta around the reference\n"
        "products: of the table with a policy, in one iteration",
        caption_justify="left",
    )
    table.add_column("name", no_wrap=True)
    for heading in ("title", "source"):
        table.add_column(heading, overflow="fold")
    for heading in ("meant for", "by its", "products"):
        table.add_column(heading, no_wrap=True, justify="right" if heading == "products" else "left")
    for name in iterative_names():
        algorithm = registry.algorithm(name)
        game = "game" if algorithm.target == "equilibrium" else "beta-game"
        which = "average" if algorithm.returns == "average" else "last iterate"
        table.add_row(name, algorithm.title, algorithm.source, game, which, str(algorithm.products))
    table.add_row(LP, "linear program (HiGHS)", "von Neumann 1928; Dantzig 1951", "game", "–", "–")
    console.print(table)
