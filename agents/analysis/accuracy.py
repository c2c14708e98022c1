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


def grade_of(lost: float, error: float) -> str | None:
    """Return what a loss is called; None if it is small, not known, or within the noise."""
    if not math.isfinite(lost) or not math.isfinite(error) or lost < _SURE * error:
        return None
    return next((name for name, least in GRADES if lost >= least), None)


def accuracy(game: HanabiGame, decisions: Sequence[DecisionAnalysis], moves: Sequence[int]) -> list[dict[str, Any]]:
    """Return rows of points lost: of all, of each player, and of each kind of move.

    Each row has ``of``, ``moves`` (how many have values), ``lost`` (a move, mean), ``error`` (its standard error from
    those of the moves), ``agree`` (share that the planner would have made) and the number of each grade.
    """
    made = [(one, one.of(moves[one.turn])) for one in decisions if one.turn < len(moves)]
    made = [(one, value) for one, value in made if math.isfinite(value.lost)]
    groups: list[tuple[str, list[Any]]] = [("all moves", made)]
    for player in range(game.players):
        groups.append((f"player {player}", [pair for pair in made if pair[0].player == player]))
    for name, kinds in (("plays", ("play",)), ("discards", ("discard",)), ("hints", ("colour", "rank"))):
        groups.append((name, [pair for pair in made if move_from_id(game, pair[1].move).kind in kinds]))
    return [{"of": name, **_row(pairs)} for name, pairs in groups]


def _row(pairs: Sequence[Any]) -> dict[str, Any]:
    count = len(pairs)
    grades = [grade_of(value.lost, value.lost_error) for _, value in pairs]
    errors = [value.lost_error for _, value in pairs if math.isfinite(value.lost_error)]
    return {
        "moves": count,
        "lost": sum(value.lost for _, value in pairs) / count if count else None,
        "error": math.sqrt(sum(error**2 for error in errors)) / count if count else None,
        "agree": sum(value.move == one.planner_move for one, value in pairs) / count if count else None,
        **{name: grades.count(name) for name, _ in GRADES},
    }
