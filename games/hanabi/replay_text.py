"""A recorded game of Hanabi as text that a person likes to read: a line a move, the board beside it."""

from __future__ import annotations

from typing import Literal

from games.hanabi import layout
from games.hanabi.events import Event
from games.hanabi.moves import card_text, colour_name, move_text
from games.hanabi.replay import Annotation, GameRecord, Step
from games.hanabi.state import HanabiState
from games.hanabi.text import ENDINGS

_VALUES_SHOWN = 4


def record_text(record: GameRecord, values: Literal["deviations", "all", "none"] = "deviations") -> str:
    """Return the whole game: configuration, first hands, every move with the board after it, and the end.

    A hint shows the hand that it is given to, touched cards in brackets; cards are numbered from 0, the oldest. Moves
    at which the planner left the blueprint are starred, with the values that made it do so (``values="deviations"``);
    ``"all"`` shows the values of every annotated move, ``"none"`` of none.
    """
    if values not in ("deviations", "all", "none"):
        raise ValueError(f"values must be 'deviations', 'all' or 'none', not {values!r}")
    steps = list(record.replay())
    names = max([len("player"), *(len(name) for name in record.players)])
    told = [_move_text(record, step) for step in steps]
    width = max([len("move"), *(len(text) for text in told)])
    deviations = set(record.deviations)
    lines = [*_opening_lines(record, names), "", _heading(record, names, width)]
    for step, text in zip(steps, told, strict=True):
        star = "*" if step.turn in deviations else " "
        name = record.players[step.before.current_player]
        lines.append(f"{star}{step.turn + 1:>4}  {name:<{names}}  {text:<{width}}  {_board_text(step.after)}")
        shown = values == "all" or (values == "deviations" and step.turn in deviations)
        if shown and step.annotation is not None:
            lines.append(" " * (names + 9) + _annotation_text(record, step.move, step.annotation))
    lines += ["", _closing_line(record)]
    if deviations:
        lines.append(f"* not the blueprint's move: {len(deviations)} of {len(steps)}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _opening_lines(record: GameRecord, names: int) -> list[str]:
    game = record.game
    parts = [f"Hanabi for {game.players} players"]
    if (game.colours, game.ranks) != (5, 5):
        parts.append(f"{game.colours} colours, {game.ranks} ranks")
    parts.append(f"{game.cards_in_hand} cards in hand")
    if record.seed is not None:
        parts.append(f"seed {record.seed}" + ("" if record.number is None else f", game {record.number}"))
    first, size = [], game.cards_in_hand
    for seat, name in enumerate(record.players):
        hand = " ".join(card_text(game, card) for card in record.deck[seat * size : (seat + 1) * size])
        first.append(f"       {name:<{names}}  {hand}")
    return [" · ".join(parts), "", *first]


def _heading(record: GameRecord, names: int, width: int) -> str:
    fireworks = 3 * record.game.colours - 1
    return f" turn  {'player':<{names}}  {'move':<{width}}  {'fireworks':<{fireworks}}  hints  lives  deck"


def _board_text(state: HanabiState) -> str:
    stacks = " ".join(
        f"{letter}{height}" for letter, height in zip(state.game.colour_letters, state.fireworks, strict=True)
    )
    stacks = stacks.ljust(len("fireworks"))
    return f"{stacks}  {state.information_tokens:>5}  {state.life_tokens:>5}  {state.cards_left:>4}"


def _move_text(record: GameRecord, step: Step) -> str:
    """Say what was done and what came of it."""
    after, game = step.after, record.game
    event = after.last_move
    assert event is not None
    if event.target >= 0:
        value = event.move.value
        told = colour_name(game, value) if event.move.kind == "colour" else f"{value + 1}"
        return f"hints {told} to {record.players[event.target]}: {_touched_hand(after, event)}"
    card = event.card
    verb = "discards" if event.move.kind == "discard" else "misplays" if event.misplayed else "plays"
    text = f"{verb} {card_text(game, card)} (card {event.move.position})"
    if event.scored and card % game.ranks == game.ranks - 1:
        text += f", completing {colour_name(game, card // game.ranks)}"
    if event.drew:
        text += f", draws {card_text(game, after.hand(event.player)[-1])}"
    return text


def _touched_hand(state: HanabiState, event: Event) -> str:
    cards = [card_text(state.game, card) for card in state.hand(event.target)]
    return " ".join(f"[{card}]" if index in event.touched else card for index, card in enumerate(cards))


def _annotation_text(record: GameRecord, move: int, note: Annotation) -> str:
    game = record.game
    parts = []
    if note.blueprint_move is not None and note.blueprint_move != move:
        parts.append(f"blueprint: {move_text(game, note.blueprint_move)}")
    if note.planner_move is not None and note.planner_move != move:
        parts.append(f"planner: {move_text(game, note.planner_move)}")
    best = sorted(note.values, key=lambda other: (-note.values[other], other))
    shown = set(best[:_VALUES_SHOWN]) | ({move, note.blueprint_move} & set(best))
    if shown:
        parts.append(
            "values: "
            + ", ".join(f"{move_text(game, other)} {note.values[other]:.2f}" for other in best if other in shown)
        )
    return "; ".join(parts) or "as the blueprint"


def _closing_line(record: GameRecord) -> str:
    final = record.final
    if not final.is_terminal:
        return f"Not finished after {final.turn} moves: score {final.score} so far, at best {final.best_score}."
    ending = ENDINGS[int(final.array[layout.STATUS])]
    points = int(final.array[layout.POINTS])
    lost = f" (points on the table: {points})" if points != final.score else ""
    return f"Score {final.score} of {record.game.types} after {final.turn} moves: {ending}{lost}."
