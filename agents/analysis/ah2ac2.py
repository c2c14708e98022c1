"""Games of people from the data set of the Ad-Hoc Human-AI Coordination Challenge (AH2AC2), which Tamaya does not hold.

Dizdarević et al., "Ad-Hoc Human-AI Coordination Challenge" (ICML 2025), publish games of hanab.live for 2 and 3 players
as ``.safetensors`` files of these arrays: ``decks`` [games, 50, 2] (colour and rank from 0, the top card first),
``actions`` [games, longest, players], where all but the mover have the move that is none, ``num_actions`` and
``scores`` [games], ``game_ids`` [games] and ``num_players``. Moves have the numbers of the Hanabi Learning Environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.blueprints.neural.tensors import damage_named, read_tensors
from games.hanabi.game import HanabiGame, standard
from games.hanabi.replay import GameRecord

ENDING = ".safetensors"


def read_games(path: Path, number: int | None = None) -> list[GameRecord]:
    """Return the games of a file, or only the one of a number from 0; raises ``ValueError`` with one sentence.

    Every game is played again, and its score compared.
    """
    _, arrays = read_tensors(path)
    with damage_named(path):
        decks, actions, lengths = (arrays[name] for name in ("decks", "actions", "num_actions"))
        players, scores, ids = int(arrays["num_players"]), arrays["scores"], arrays["game_ids"]
        game = standard(players)
        games = len(decks)
        if decks.shape != (games, game.deck_size, 2) or actions.ndim != 3 or actions.shape[::2] != (games, players):
            raise ValueError("decks must be [games, 50, 2] and actions [games, moves, players]")
        if any(one.shape != (games,) for one in (lengths, scores, ids)):
            raise ValueError("num_actions, scores and game_ids must have one number a game")
        if number is not None and not 0 <= number < games:
            raise ValueError(f"its games have the numbers 0 to {games - 1}, not {number}")
        chosen = range(games) if number is None else (number,)
        return [_game(game, decks[i], actions[i], int(lengths[i]), int(scores[i]), int(ids[i])) for i in chosen]


def _game(
    game: HanabiGame, deck: NDArray[Any], actions: NDArray[Any], length: int, score: int, number: int
) -> GameRecord:
    """Return one game; raises ``ValueError`` if it is none of these rules."""
    turns = np.arange(len(actions))
    if not 0 <= length <= len(actions):
        raise ValueError(f"game {number} has {length} moves, more than the array")
    made = actions[turns, turns % game.players]
    idle = actions != game.moves
    idle[turns[:length], turns[:length] % game.players] = False
    if idle.any():
        raise ValueError(f"game {number}: somebody moves out of turn")
    types = deck[:, 0].astype(np.int64) * game.ranks + deck[:, 1]
    record = GameRecord(game, tuple(types.tolist()), tuple(made[:length].tolist()))
    if record.score != score:
        raise ValueError(f"game {number} scores {record.score}, and not {score} as the file says")
    return record
