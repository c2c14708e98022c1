"""``solve_ensemble(votes, "worst")``: one policy for several judges, certified, with what each judge thinks of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from math import isqrt
from pathlib import Path
from typing import Any

from games.matrix import MatrixGame
from games.preference import PreferenceBatch
from games.preference.judges import JUDGES, JudgedGame, read_judged_game
from games.preference.vote_lists import is_vote_table
from solvers.normal_form.choice import default_algorithm, size_of
from solvers.normal_form.problem import Game
from solvers.normal_form.solution import NormalFormSolution
from solvers.normal_form.solving import solve
from solvers.preference.games import preference_game
from solvers.preference.judges.draws import judged_by_draws
from solvers.preference.judges.ensembles import checked_ensemble, ensemble_game
from solvers.preference.judges.options import DRAWN, TABLES
from solvers.preference.judges.solution import JudgedSolution

Solver = Callable[[Game, str, str | None], NormalFormSolution]
"""Solves a game by an algorithm; the third argument says what it is, where it is not the game itself."""


def judged_game(source: Any, judges: str = JUDGES, *, tables: int = TABLES, seed: int = 0) -> JudgedGame:
    """Return the game of several judges that is meant: a ``JudgedGame`` as it is, else

    - of an array [judges, n, n] or a batch: one judge a table;
    - of votes, with ``judges`` a column: the judges that it names (``read_judged_game``);
    - of votes, with ``judges`` ``"posterior"`` or ``"bootstrap"``: as many ``tables`` as are asked for that the votes
      allow, drawn from their posterior or by resampling votes or whole ballots (``intervals``).

    Raises ``ValueError`` for what has no judges.
    """
    if isinstance(source, JudgedGame):
        return source
    if judges in DRAWN:
        return judged_by_draws(preference_game(source), judges, tables, seed)
    if isinstance(source, str | Path) or is_vote_table(source):
        return read_judged_game(source, judges)
    game = preference_game(source)
    if not isinstance(game, PreferenceBatch):
        raise ValueError("one table has no judges: give an array (judges, n, n), a log of votes, or a JudgedGame")
    return JudgedGame.from_batch(game)


def solve_ensemble(
    source: Any,
    ensemble: str = "mean",
    algorithm: str | None = None,
    *,
    judges: str = JUDGES,
    lambda_: float | None = None,
    tau: float | None = None,
    tables: int = TABLES,
    seed: int = 0,
    beta: float = 0.0,
    **settings: Any,
) -> JudgedSolution:
    r"""Return one policy for several judges.

    Parameters
    ----------
    source, judges, tables, seed : the judges, see ``judged_game``.
    ensemble : ``"mean"``, ``"worst"``, ``"uncertainty"`` or ``"entropic"``; ``ensembles`` says which game each is.
    lambda_, tau : of ``uncertainty`` (by default 1) and ``entropic`` (by default 1/2).
    algorithm, beta, settings : as ``solvers.normal_form.solve`` takes them. Where there are many equilibria the policy
        returned is the one of maximum entropy, and ``policy_range`` is that of the policies that do as well.

    Raises
    ------
    ValueError
        One sentence for what has no judges, and for settings that have no meaning.

    Examples
    --------
    Two judges of three answers. Ann has a favourite, ben a circle; the policy wins .42 of its duels in the eyes of
    both, where ann's favourite, which the mean takes, wins .3 in ben's:

    >>> ann = [[0.5, 0.8, 0.7], [0.2, 0.5, 0.6], [0.3, 0.4, 0.5]]
    >>> ben = [[0.5, 0.3, 0.55], [0.7, 0.5, 0.4], [0.45, 0.6, 0.5]]
    >>> solution = solve_ensemble([ann, ben], "worst")
    >>> solution.policy.round(3).tolist(), round(solution.guaranteed, 3)
    ([0.6, 0.0, 0.4], 0.42)

    References
    ----------
    T. Coste, U. Anwar, R. Kirk, D. Krueger, "Reward model ensembles help mitigate overoptimization", arXiv:2310.02743.
    """
    if settings.get("feedback") is not None and ensemble != "mean":
        raise ValueError(f"duels are those of judges, and the table of {ensemble} is nobody's: leave feedback out")
    judged = judged_game(source, judges, tables=tables, seed=seed)

    def solve_game(game: Game, name: str, title: str | None = None) -> NormalFormSolution:
        own = settings if title is None else {**settings, "checkpoint": None}
        return solve(game, name, beta=beta, **own)

    exact = settings.get("feedback") is None
    return solve_judged(judged, ensemble, lambda_, tau, beta, algorithm, solve_game, exact=exact)


def algorithm_for(game: Game, beta: float, exact: bool = True) -> tuple[str, str]:
    """Return the algorithm taken if none is named, and why: a game of many columns and few rows is not a large one."""
    size = (isqrt(game.payoffs.size), 1) if isinstance(game, MatrixGame) else size_of(game)
    return default_algorithm(beta, size, exact)


def solve_judged(
    judged: JudgedGame,
    ensemble: str,
    lambda_: float | None,
    tau: float | None,
    beta: float,
    algorithm: str | None,
    solver: Solver,
    *,
    exact: bool = True,
) -> JudgedSolution:
    """Solve the game of an ensemble, and that of the mean, which it is compared with.

    ``exact``: values are not sampled, so that linear programming may be taken if no algorithm is named.
    """
    lambda_, tau = checked_ensemble(ensemble, lambda_, tau)
    game = ensemble_game(judged, ensemble, lambda_, tau)
    found = solver(game, algorithm or algorithm_for(game, beta, exact)[0], None)
    if isinstance(game, MatrixGame):
        mean = judged.mean
        of_mean = solver(mean, algorithm or algorithm_for(mean, beta)[0], "the judges' mean")
    else:
        of_mean = found
    own = {field.name: getattr(found, field.name) for field in fields(NormalFormSolution)}
    if isinstance(game, MatrixGame):
        own["dimension"] = None if found.dimension else found.dimension  # above 0 it counts both players
    return JudgedSolution(
        **own,
        judged=judged,
        ensemble=ensemble,  # type: ignore[arg-type]
        lambda_=lambda_,
        tau=tau,
        mean=of_mean,
    )
