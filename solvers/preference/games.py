"""The game that is meant by what people have in memory: a table of win rates, a log of votes, a file, or a game."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from games.matrix import MatrixBatch, MatrixGame
from games.preference import (
    PlackettLuce,
    PreferenceBatch,
    PreferenceGame,
    RankingModel,
    Votes,
    read_preference_game,
    read_votes,
)
from games.preference.vote_lists import is_vote_table
from solvers.normal_form.problem import Game


def preference_game(table: Any) -> Game:
    """Return a game as it is; else that of a file, of votes or a table of votes, of rankings, or of win rates [n, n].

    A table is an array, or what has ``columns`` and ``to_numpy`` (pandas'); it is a log of votes if its columns are
    those of one. An array [games, n, n] is a batch. Raises ``ValueError`` as the readers and games do.

    Examples
    --------
    >>> preference_game([[0.5, 0.7], [0.3, 0.5]]).labels
    ('0', '1')
    """
    if isinstance(table, PreferenceGame | PreferenceBatch | MatrixGame | MatrixBatch):
        return table
    if isinstance(table, PlackettLuce):
        return table.game
    if isinstance(table, RankingModel):
        return PreferenceGame.from_rankings(table)
    if isinstance(table, Votes):
        return PreferenceGame.from_votes(table)
    if isinstance(table, str | Path):
        return read_preference_game(table)
    if is_vote_table(table):
        return PreferenceGame.from_votes(read_votes(table))
    if not hasattr(table, "to_numpy") and np.ndim(table) == 3:
        return PreferenceBatch(np.asarray(table))
    return PreferenceGame(table)
