"""Which algorithm: the default for a game, and those that a comparison runs."""

from __future__ import annotations

from games.matrix import MatrixBatch, MatrixGame
from games.preference import PreferenceGame
from solvers.normal_form.problem import Game
from solvers.normal_form.registry import REGISTRY, algorithm_names
from solvers.registry import ALL

LINEAR_PROGRAM = "lp"
"""The exact solver, which is no iterative algorithm: ``solvers.normal_form.linear_program``."""
LP_ACTIONS = 1000  # up to which the linear program is the default: it then takes seconds, above minutes
LP_GAMES = 10_000  # likewise, for small games
SMALL_ACTIONS = 64
"""Actions of each player up to which many games are solved exactly at once: ``solvers.normal_form.small_games``."""
SMALL_GAMES = 10_000_000  # likewise
_ITERATIVE = "prm+"  # at beta = 0, where the linear program is no choice


def size_of(game: Game) -> tuple[int, int]:
    """Return the number of actions of the player who has more, in the largest game, and the number of games."""
    if isinstance(game, MatrixGame):
        return max(game.shape), 1
    if isinstance(game, MatrixBatch):
        return int(max(game.payoffs.shape[1:])), len(game.payoffs)
    return (game.alternatives, 1) if isinstance(game, PreferenceGame) else (int(game.sizes.max()), len(game))


def default_algorithm(beta: float, size: tuple[int, int], exact: bool = True) -> tuple[str, str]:
    """Return the name of the algorithm taken if none is named, and why; ``size`` is that of the game."""
    if beta > 0.0:
        return "nash-mp", "the default for beta above 0"
    actions, games = size
    most = SMALL_GAMES if actions <= SMALL_ACTIONS else LP_GAMES
    if exact and actions <= LP_ACTIONS and games <= most:
        return LINEAR_PROGRAM, "the default for beta = 0"
    why = "sampled comparisons"
    if exact:
        why = f"more than {LP_ACTIONS} actions" if actions > LP_ACTIONS else f"more than {most:,} games"
    return _ITERATIVE, f"the default for beta = 0 and {why}"


def compared(text: str, beta: float, exact: bool, actions: int = 0) -> list[tuple[str, float]]:
    """Return (name, beta) of the runs of a comparison: of those named, or of all that apply.

    An algorithm for the regularised game runs at ``beta``, one for the game itself at 0. Raises ``ValueError`` for
    a name that is unknown or cannot be run.
    """
    if text == ALL:
        names = [*algorithm_names(), *([LINEAR_PROGRAM] if exact and actions <= LP_ACTIONS else [])]
        return [run for name in names if (run := _applicable(name, beta)) is not None]
    runs = []
    for name in dict.fromkeys(REGISTRY.full_name(part.strip()) for part in text.split(",")):
        if name == LINEAR_PROGRAM and not exact:
            raise ValueError("lp reads the exact table: leave it out of a comparison with --feedback")
        if (run := _applicable(name, beta)) is None:
            raise ValueError(f"{name} needs a beta above 0: without regularisation it has no meaning")
        runs.append(run)
    return runs


def _applicable(name: str, beta: float) -> tuple[str, float] | None:
    algorithm = None if name == LINEAR_PROGRAM else REGISTRY.load(name)
    if algorithm is None or algorithm.target == "equilibrium":
        return name, 0.0
    return None if algorithm.needs_beta and beta == 0.0 else (name, beta)
