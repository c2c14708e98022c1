"""A position as text that a person likes to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from games.hanabi import layout
from games.hanabi.checks import seat_of
from games.hanabi.events import Event
from games.hanabi.game import HanabiGame
from games.hanabi.moves import card_text, move_text, move_to_id
from games.hanabi.position import Position

ENDINGS = {
    layout.OUT_OF_LIVES: "the last life is lost",
    layout.COMPLETED: "every firework is complete",
    layout.OUT_OF_TURNS: "the last turns are over",
}


def position_text(state: Position, player: int | None = None) -> str:
    """Return fireworks, tokens, discards, last move, and hands with what each player knows about them.

    Under each card stands what hints leave possible: ``R.`` is a red card of any rank, ``YG45`` a yellow or green 4 or
    5, ``..`` a card about which nothing is known. With ``player``, the own cards of that player read ``??``.
    """
    if player is not None:
        player = seat_of(state.game, player)
    game = state.game
    tokens = f"{state.information_tokens} of {game.information_tokens}"
    lives = f"{state.life_tokens} of {game.life_tokens}"
    lines = [
        f"Hanabi, {game.players} players, {_situation(state)}",
        f"score {state.score} (at best {state.best_score}), hints {tokens}, lives {lives}, deck {state.cards_left}",
        "fireworks  "
        + "  ".join(f"{letter}{height}" for letter, height in zip(game.colour_letters, state.fireworks, strict=True)),
        "discards   " + _discards_text(state),
    ]
    if (last := state.last_move) is not None:
        lines.append("last move  " + event_text(game, last))
    for seat in range(game.players):
        lines.extend(_hand_lines(state, seat, hidden=seat == player))
    return "\n".join(lines)


def _situation(state: Position) -> str:
    status = int(state.array[layout.STATUS])
    if status != layout.RUNNING:
        return f"over after {state.turn} moves: {ENDINGS[status]}"
    left = int(state.array[layout.TURNS_LEFT])
    last = f", {left} turn{'s' if left != 1 else ''} left" if state.cards_left == 0 else ""
    return f"turn {state.turn}, player {state.current_player} to move{last}"


def _discards_text(state: Position) -> str:
    ranks = state.game.ranks
    groups = []
    for colour in range(state.game.colours):
        piles = state.discards[colour * ranks : (colour + 1) * ranks]
        cards = [card_text(state.game, colour * ranks + rank) for rank, count in enumerate(piles) for _ in range(count)]
        if cards:
            groups.append(" ".join(cards))
    return "  ".join(groups) or "none"


def event_text(game: HanabiGame, event: Event, name: Callable[[int], str] = "player {}".format) -> str:
    """Return what happened in words; ``name`` is how a seat is called."""
    text = f"{name(event.player)}: {move_text(game, move_to_id(game, event.move))}"
    if event.target >= 0:
        cards = "card" if len(event.touched) == 1 else "cards"
        return f"{text}, touching {cards} {', '.join(map(str, event.touched))} of {name(event.target)}"
    card = card_text(game, event.card)
    if event.move.kind == "discard":
        return f"{text}, which was {card}"
    return f"{text}, {card}, " + ("a success" if event.scored else "a misplay: a life is lost")


def _hand_lines(state: Position, seat: int, *, hidden: bool) -> list[str]:
    cards = state.cards(seat)
    names = ["??" if hidden else card_text(state.game, int(card[layout.CARD_TYPE])) for card in cards]
    known = [knowledge_text(state.game, card) for card in cards]
    widths = [max(len(name), len(hint)) for name, hint in zip(names, known, strict=True)]
    mark = ">" if seat == state.current_player and not state.is_terminal else " "
    columns = "  ".join(name.ljust(width) for name, width in zip(names, widths, strict=True))
    hints = "  ".join(hint.ljust(width) for hint, width in zip(known, widths, strict=True))
    return [f"{mark} player {seat}   {columns}".rstrip(), f"      knows   {hints}".rstrip()]


def knowledge_text(game: HanabiGame, card: NDArray[np.int32]) -> str:
    """Return what hints leave of a card's record: ``R.`` red, ``.1`` a 1, ``YG45``, ``..`` nothing known.

    Suits of which ranks say nothing stand apart where a rank is known of the others: ``R3/I.`` red 3 or any pink.
    """
    letters = game.colour_letters
    ranks = [str(rank + 1) for rank in range(game.ranks)]
    colours, ranks_left = int(card[layout.PLAUSIBLE_COLOURS]), int(card[layout.PLAUSIBLE_RANKS])
    free = colours & (game.suits_of_all_ranks | game.suits_of_no_rank)
    if not free or ranks_left == (1 << game.ranks) - 1:
        return _possible(colours, letters) + _possible(ranks_left, ranks)
    others = colours & ~free
    apart = "".join(letter for bit, letter in enumerate(letters) if free >> bit & 1) + "."
    return f"{_possible(others, letters)}{_possible(ranks_left, ranks)}/{apart}" if others else apart


def _possible(mask: int, names: Sequence[str]) -> str:
    if mask == (1 << len(names)) - 1 and len(names) > 1:
        return "."
    return "".join(name for bit, name in enumerate(names) if mask >> bit & 1)
