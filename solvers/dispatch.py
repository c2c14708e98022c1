"""``solvers.solve``: one call for every kind of game."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from games.extensive import ExtensiveGame, NotTwoPlayerZeroSum, compile_general_game
from games.extensive.general import GeneralGame
from games.matrix import MatrixBatch, MatrixGame
from games.phantom.game import PhantomGame
from games.preference import PreferenceBatch, PreferenceGame, Votes, read_votes
from games.preference.judges import JudgedGame
from games.preference.vote_lists import is_vote_table
from solvers.extensive.choice import AUTO, general_default
from solvers.extensive.registry import COMPLEMENTARITY, SAMPLED
from solvers.phantom.names import game_of_kernels
from solvers.solution import Solution

_COMPILED = (".efg", ".game", ".nfg", ".npz")
_TABLES = (".csv", ".json", ".jsonl", ".npy", ".tsv")


def solve(game: Any, algorithm: str | None = None, **settings: Any) -> Solution:
    """Solve a game of any kind and return a certified solution.

    Parameters
    ----------
    game : what is to be solved, and by which function, whose settings are welcome, too:

        - a preference game or matrix game, a batch of them, votes or a table of votes, or the payoffs of a matrix game
          as an array [m, n] or a table with an index (pandas): ``solvers.normal_form.solve``. A table of win rates has
          the same equilibrium read as payoffs; ``solvers.preference.solve`` reads it as preferences;
        - a ``JudgedGame``, or, with an ``ensemble``, tables [judges, n, n] or votes that name who judged:
          ``solvers.preference.judges.solve_ensemble``;
        - an extensive-form game, an OpenSpiel game or its string, or a file (``*.efg``, ``*.nfg``, ``*.game``,
          ``*.npz``): ``solvers.extensive.solving``, or ``solve_sampled`` for the sampled methods; with more players, or
          utilities without a constant sum, ``solvers.extensive.many_players``, whose answer is of another kind;
        - a phantom game or its name: ``solvers.phantom.solve``.
    algorithm : its name; by default ``nash-mp`` for beta above 0, else ``lp`` or, where that is no choice, ``prm+``;
        that of the family for extensive-form games (``solvers.extensive.choice``), ``mmd`` if there is an ``alpha``;
        ``pcfr+`` for phantom games.
    settings : of the function named above, as ``iterations``, ``tolerance``, ``beta``, ``alpha``.

    Returns
    -------
    Solution
        The policy, its value and exploitability, whether it converged, and the remedy where it did not.

    Raises
    ------
    ValueError
        One sentence for what is no game, and for settings that have no meaning.

    References
    ----------
    Each algorithm's are in its module (``solvers/normal_form``, ``solvers/extensive``); the glossary has the names.

    Examples
    --------
    >>> from solvers import solve
    >>> solve([[0.0, 1.0], [1.0, 0.0]]).policy
    array([0.5, 0.5])
    >>> round(solve("kuhn_poker", "lp").value, 6)
    -0.055556
    >>> solve("kuhn_poker(players=3)", iterations=500).cce_gap < 1e-4
    True
    """
    if algorithm is not None:
        settings["algorithm"] = algorithm
    if isinstance(game, JudgedGame) or "ensemble" in settings:
        from solvers.preference.judges.solving import solve_ensemble

        return solve_ensemble(game, **settings)
    phantom = game if isinstance(game, PhantomGame) else game_of_kernels(game) if isinstance(game, str) else None
    if phantom is not None:
        from solvers.phantom.solving import solve as solve_phantom

        return solve_phantom(phantom, **settings)
    if isinstance(game, str | Path | ExtensiveGame | GeneralGame) or hasattr(game, "new_initial_state"):
        return _solve_extensive(game, settings)
    from solvers.normal_form.solving import solve as solve_normal_form

    return solve_normal_form(_table(game), **settings)


def _solve_extensive(game: Any, settings: dict[str, Any]) -> Solution:
    suffix = Path(game).suffix if isinstance(game, str | Path) else ""
    if suffix in _TABLES or (isinstance(game, Path) and suffix not in _COMPILED):
        raise ValueError(
            f"{game} may hold votes, preferences or payoffs: read it with games.preference.read_preference_game or "
            "games.matrix.read_matrix_game"
        )
    if settings.get("algorithm") in SAMPLED:
        from solvers.extensive.sampled import solve_sampled

        return solve_sampled(game, settings.pop("algorithm"), **settings)
    from solvers.extensive.complementarity import solve_by_complementarity
    from solvers.extensive.many_players import GENERAL_ALGORITHMS, solve_general
    from solvers.extensive.solving import solve as solve_extensive

    name = settings.get("algorithm", AUTO)
    if name == COMPLEMENTARITY:
        return solve_by_complementarity(game if isinstance(game, GeneralGame) else compile_general_game(game))
    if not isinstance(game, GeneralGame):
        try:
            return solve_extensive(game, **settings)
        except NotTwoPlayerZeroSum:
            if name not in (AUTO, *GENERAL_ALGORITHMS):
                raise
    if name == AUTO:
        settings["algorithm"] = general_default(settings.get("alpha") is not None)[0]
    return solve_general(game, **settings)


def _table(game: Any) -> PreferenceGame | PreferenceBatch | MatrixGame | MatrixBatch:
    """Return a normal-form game as it is, an array of payoffs as a matrix game."""
    if isinstance(game, PreferenceGame | PreferenceBatch | MatrixGame | MatrixBatch):
        return game
    if isinstance(game, Votes) or is_vote_table(game):
        return PreferenceGame.from_votes(game if isinstance(game, Votes) else read_votes(game))
    if hasattr(game, "to_numpy"):
        return MatrixGame(game)
    try:
        payoffs = np.asarray(game, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"{type(game).__name__} is no game that can be solved: help(solvers.solve) lists them"
        ) from None
    return MatrixGame(payoffs)
