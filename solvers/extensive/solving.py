"""``solve("leduc_poker", "cfr+", iterations=1000)``: run an algorithm on a game, and certify what it returns.

Certificates are exact: one best response for each player. ``solvers.extensive.run.start`` gives the ``Run`` behind it,
whose ``advance`` runs iterations and whose ``policy`` may be looked at at any time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from games.extensive import ExtensiveGame, compile_game
from games.extensive.store import game_from_file
from solvers.extensive.algorithm import Algorithm
from solvers.extensive.choice import AUTO, default_algorithm
from solvers.extensive.registry import LINEAR_PROGRAM
from solvers.extensive.registry import algorithm as algorithm_by_name
from solvers.extensive.run import start
from solvers.extensive.solution import ExtensiveSolution
from solvers.run import Report, Watch, drive


def compiled(game: Any, progress: bool = False) -> ExtensiveGame:
    """Return a game in sequence form: from OpenSpiel or its string, or from a file, ``*.efg`` or ``*.npz``.

    Raises ``GameError`` or another ``ValueError`` with one sentence if it is none.
    """
    if isinstance(game, ExtensiveGame):
        return game
    text = str(game) if isinstance(game, Path) else game
    if isinstance(text, str) and text.endswith(".npz"):
        return game_from_file(Path(text))
    return compile_game(text, progress=progress)


def solve(
    game: Any,
    algorithm: str | Algorithm | None = None,
    *,
    iterations: int = 1000,
    tolerance: float = 0.0,
    report: Report | None = None,
    watch: Watch | None = None,
    checkpoint: Path | None = None,
    **settings: Any,
) -> ExtensiveSolution:
    """Solve a game and return a certified solution.

    Parameters
    ----------
    game : a compiled game, an OpenSpiel game or its string, or a file (``*.efg``, ``*.npz``).
    algorithm : by default, and where it is ``"auto"``, ``"mmd"`` if there is an ``alpha``, else by the family of the
        game (``solvers.extensive.choice``). ``"lp"`` is exact and takes only the tolerance
        (``solvers.extensive.linear_program``).
    iterations, tolerance : it stops after so many, or when the exploitability is at most the tolerance times the range
        of the payoffs (for a quantal response: the gap of ``solvers.extensive.quantal_response``, or the residual,
        which is a probability and has no unit). A tolerance that cannot be told from rounding errors is not reached,
        and the remedy says so (``solvers.extensive.rounding``).
    report, watch : called at measurements, and on the way. checkpoint : a file that holds the whole run, from which it
        goes on to the same bits.
    settings : ``step_size`` and ``alpha``, numbers or schedules in units of utility, and further ``parameters``, with
        defaults for each algorithm; ``magnet`` and ``initial``, policies, by default uniform, and the magnet;
        ``average``, to return the average instead of the last iterate, or the reverse; ``alternating``, for player 1 to
        answer player 0's new policy, or both the old ones; ``growth`` from one measurement to the next, in iterations.

    Raises
    ------
    ValueError
        One sentence for settings that have no meaning, and for the checkpoint of another run.
    """
    if algorithm in (None, AUTO):
        text = game.name if isinstance(game, ExtensiveGame) else str(game)
        algorithm = default_algorithm(text, settings.get("alpha") is not None)[0]
    if algorithm == LINEAR_PROGRAM:
        from solvers.extensive.linear_program import solve_exactly

        if any(value is not None for value in settings.values()):
            raise ValueError("lp is exact: it has no step size, alpha, parameters, magnet, initial policy or order")
        return solve_exactly(compiled(game), tolerance=tolerance)
    chosen = algorithm_by_name(algorithm) if isinstance(algorithm, str) else algorithm
    settings["parameters"] = chosen.planned(settings.get("parameters"), iterations)
    run = start(compiled(game), chosen, tolerance=tolerance, **settings)
    return run.solution(drive(run, iterations=iterations, path=checkpoint, report=report, watch=watch))
