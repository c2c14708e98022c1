"""An analysis as one JSON object: what the page shows, and what other programs read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from agents.analysis.accuracy import accuracy, grade_of
from agents.analysis.decisions import DecisionAnalysis, MoveValue
from games.hanabi import layout
from games.hanabi.game import HanabiGame
from games.hanabi.hanab_live_link import to_link
from games.hanabi.moves import colour_name, move_from_id, move_text
from games.hanabi.position import Position
from games.hanabi.replay import DEFAULT_NAMES, GameRecord
from games.hanabi.state import HanabiState, game_to_json
from games.hanabi.text import knowledge_text
from games.version import __version__

FORMAT = "tamaya-hanabi-analysis"
VERSION = 1


def analysis_data(
    source: GameRecord | Position,
    decisions: Sequence[DecisionAnalysis],
    search: Mapping[str, Any],
    command: str,
) -> dict[str, Any]:
    """Return the object. ``search``: what it was searched with, by name."""
    record = source if isinstance(source, GameRecord) else None
    game = source.game
    names = list(record.players if record else DEFAULT_NAMES[: game.players])
    moves: Sequence[int] = record.moves if record else ()
    boards = _boards(source)
    turns = []
    for one in decisions:
        made = moves[one.turn] if one.turn < len(moves) else None
        turns.append(_turn(game, names, one, made))
    return {
        "format": FORMAT,
        "version": VERSION,
        "game": game_to_json(game),
        "colours": [
            {"letter": letter, "name": name}
            for letter, name in zip(game.colour_letters, game.colour_names, strict=True)
        ],
        "players": names,
        "moves": [move_text(game, move) for move in moves],
        "score": record.score if record else source.score if isinstance(source, Position) else None,
        "over": record.is_over if record else False,
        "link": _link(record),
        "search": dict(search),
        "accuracy": accuracy(game, decisions, moves),
        "boards": boards,
        "turns": turns,
        "command": command,
        "program": __version__,
    }


def _link(record: GameRecord | None) -> str | None:
    try:
        return None if record is None else to_link(record)
    except ValueError:
        return None


def _number(value: float, digits: int = 4) -> float | None:
    return round(value, digits) if math.isfinite(value) else None


def label_of(game: HanabiGame, names: Sequence[str], player: int, move: int) -> str:
    """Return a move as people say it: ``hint Bob red``, ``play card 2`` (cards counted from 1, the oldest)."""
    parts = move_from_id(game, move)
    if parts.kind in ("play", "discard"):
        return f"{parts.kind} card {parts.position + 1}"
    told = colour_name(game, parts.value) if parts.kind == "colour" else str(parts.value + 1)
    return f"hint {names[(player + parts.target) % game.players]} {told}"


def _turn(game: HanabiGame, names: Sequence[str], one: DecisionAnalysis, made: int | None) -> dict[str, Any]:
    mine = None if made is None else one.of(made)
    return {
        "turn": one.turn,
        "player": one.player,
        "made": None if made is None else move_text(game, made),
        "blueprint": move_text(game, one.blueprint_move),
        "planner": move_text(game, one.planner_move),
        "outcome": one.outcome,
        "rollouts": one.rollouts,
        "best": _number(one.best),
        "expected": None if mine is None else _number(mine.value),
        "lost": None if mine is None else _number(mine.missed),
        "lost_error": None if mine is None else _number(mine.missed_error),
        "grade": None if mine is None else grade_of(mine.missed, mine.missed_error, mine.worlds),
        "exact": one.exact,
        "hands": _number(one.effective, 1),
        "moves": [_move(game, names, one.player, value) for value in one.moves],
        "belief": [[round(float(chance), 4) for chance in card] for card in one.belief],
    }


def _move(game: HanabiGame, names: Sequence[str], player: int, value: MoveValue) -> dict[str, Any]:
    return {
        "move": move_text(game, value.move),
        "id": value.move,
        "label": label_of(game, names, player, value.move),
        "value": _number(value.value),
        "error": _number(value.error),
        "lost": _number(value.lost),
        "lost_error": _number(value.lost_error),
        "policy": _number(value.policy, 6),
        "rollouts": value.rollouts,
        "dropped": value.dropped,
    }


def _boards(source: GameRecord | Position) -> list[dict[str, Any]]:
    """Return the positions of the game, the first and the last one included."""
    if not isinstance(source, GameRecord):
        return [_board(source)]
    state = HanabiState(source.game, source.deck)
    boards = [_board(state)]
    for move in source.moves:
        state.apply(move)
        boards.append(_board(state))
    return boards


def _board(position: Position) -> dict[str, Any]:
    game = position.game
    last = position.last_move
    return {
        "player": position.current_player,
        "score": position.score,
        "points": int(position.array[layout.POINTS]),
        "fireworks": position.fireworks,
        "discards": position.discards,
        "information_tokens": position.information_tokens,
        "life_tokens": position.life_tokens,
        "deck": position.cards_left,
        "hands": [position.hand(seat) for seat in range(game.players)],
        "knows": [[knowledge_text(game, card) for card in position.cards(seat)] for seat in range(game.players)],
        "touched": None if last is None or last.target < 0 else [last.target, list(last.touched)],
    }
