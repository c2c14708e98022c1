"""Judges who are tables that one log of votes allows: what is solved for them is robust to the votes.

They are drawn from the posterior of the votes, or by resampling votes or whole ballots, of which
``solvers.preference.intervals`` says what either can tell. Their mean is about the table itself; the worst of them is
the worse the more are drawn.
"""

from __future__ import annotations

from games.preference import PreferenceGame
from games.preference.judges import JudgedGame
from solvers.normal_form.problem import Game
from solvers.preference.intervals import drawn


def judged_by_draws(game: Game, method: str, tables: int, seed: int) -> JudgedGame:
    """Return tables that the votes of a game allow as judges, around its reference.

    ``method``: ``"posterior"`` or ``"bootstrap"``. Raises ``ValueError`` for a game without votes.
    """
    if not isinstance(game, PreferenceGame) or game.votes is None:
        raise ValueError(f"judges drawn from the {method} of votes need votes, and there are none")
    batch = drawn(game, "posterior" if method == "posterior" else "bootstrap", tables, seed)
    return JudgedGame(batch.matrices, labels=game.labels, reference=game.reference, together=game.votes)
