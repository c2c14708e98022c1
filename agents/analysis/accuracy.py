"""How well a game was played: points lost a move, by player and by kind of move, as chess sites tell it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from agents.analysis.decisions import DecisionAnalysis
from games.hanabi.game import HanabiGame
from games.hanabi.moves import move_from_id

GRADES = (("blunder", 1.0), ("mistake", 0.5), ("inaccuracy", 0.2))
"""Points that a move of each grade loses at least."""
_SURE = 2.0  # standard errors by which a loss must stand out to be called one
_FEWEST = 10  # worlds that a loss is called one by: fewer may agree by chance
_DOUBT = 1.0  # squared points added to the squared deviations of all worlds together, as racing does


def grade_of(lost: float, error: float, worlds: float) -> str | None:
    """Return what a loss is called; None if it is small, not known, or within the noise.

    worlds : that it was measured in. A few worlds that happen to agree have an error of 0, and prove nothing.
    """
    if not math.isfinite(lost) or not math.isfinite(error) or worlds < _FEWEST:
        return None
    if lost < _SURE * math.sqrt(error**2 + _DOUBT / worlds / (worlds - 1.0)):
        return None
    return next((name for name, least in GRADES if lost >= least), None)


def accuracy(game: HanabiGame, decisions: Sequence[DecisionAnalysis], moves: Sequence[int]) -> list[dict[str, Any]]:
    """Return rows of points lost: of all, of each player, and of each kind of move.

    Each row has ``of``, ``moves`` (those whose loss and its error are known: all else is about these), ``unknown``
    (those of which they are not, though there was a choice), ``lost`` (a move, mean), ``error`` (its standard error
    from those of the moves), ``agree`` (share that the planner would have made) and the number of each grade.

    Losses are ``MoveValue.missed``: those of the same worlds would add up to points that nobody lost.
    """
    made = [(one, one.of(moves[one.turn])) for one in decisions if one.turn < len(moves) and len(one.moves) > 1]
    groups: list[tuple[str, list[Any]]] = [("all moves", made)]
    for player in range(game.players):
        groups.append((f"player {player}", [pair for pair in made if pair[0].player == player]))
    for name, kinds in (("plays", ("play",)), ("discards", ("discard",)), ("hints", ("colour", "rank"))):
        groups.append((name, [pair for pair in made if move_from_id(game, pair[1].move).kind in kinds]))
    return [{"of": name, **_row(pairs)} for name, pairs in groups]


def _row(made: Sequence[Any]) -> dict[str, Any]:
    pairs = [(one, value) for one, value in made if math.isfinite(value.missed) and math.isfinite(value.missed_error)]
    count = len(pairs)
    grades = [grade_of(value.missed, value.missed_error, value.worlds) for _, value in pairs]
    return {
        "moves": count,
        "unknown": len(made) - count,
        "lost": sum(value.missed for _, value in pairs) / count if count else None,
        "error": math.sqrt(sum(value.missed_error**2 for _, value in pairs)) / count if count else None,
        "agree": sum(value.move == one.planner_move for one, value in pairs) / count if count else None,
        **{name: grades.count(name) for name, _ in GRADES},
    }
