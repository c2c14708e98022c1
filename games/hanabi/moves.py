"""Cards and moves in words: ``R1``, ``play 0``, ``hint +1 red`` – and back.

A move is an integer everywhere in this package (``docs/hanabi.md`` lists the ids, which are HLE's and OpenSpiel's).
This module is for people, logs and files. Hand positions count from 0, the oldest card; a hint names its target
relative to the mover, ``+1`` being the next player.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, get_args

from games._base.numbers import whole
from games.hanabi.game import HanabiGame

MoveKind = Literal["discard", "play", "colour", "rank"]

_CARD_MOVE = re.compile(r"(play|discard) ([0-9]{1,9})")
_COLOUR_HINT = re.compile(r"(?:hint|reveal player) \+([0-9]{1,9})(?: colou?r)? ([a-z ]+)", re.IGNORECASE)
_RANK_HINT = re.compile(r"(?:hint|reveal player) \+([0-9]{1,9})(?: rank)? ([0-9]{1,9})")


class Move(NamedTuple):
    """A move taken apart.

    ``position`` is the index in the mover's hand (plays and discards, else -1); ``target`` the offset of the hinted
    player and ``value`` the colour or rank, from 0 (hints, else -1).
    """

    kind: MoveKind
    position: int = -1
    target: int = -1
    value: int = -1


def move_from_id(game: HanabiGame, move: int) -> Move:
    """Take a move id apart; raises ``ValueError`` outside ``0 .. game.moves - 1``."""
    hand, move = game.cards_in_hand, whole(move, "move", 0, game.moves - 1)
    if move < hand:
        return Move("discard", position=move)
    if move < 2 * hand:
        return Move("play", position=move - hand)
    hint = move - 2 * hand
    if hint < (game.players - 1) * game.colours:
        return Move("colour", target=1 + hint // game.colours, value=hint % game.colours)
    hint -= (game.players - 1) * game.colours
    return Move("rank", target=1 + hint // game.ranks, value=hint % game.ranks)


def move_to_id(game: HanabiGame, move: Move) -> int:
    """Return the id of a move; raises ``ValueError`` if the game has no such move."""
    hand = game.cards_in_hand
    if not isinstance(move, Move) or move.kind not in get_args(MoveKind):
        raise ValueError(
            f"a move taken apart is a Move of a kind among {', '.join(get_args(MoveKind))}, not {move!r:.60}"
        )
    position, target, value = (whole(number, "a part of a move") for number in move[1:])
    if move.kind in ("discard", "play"):
        if not 0 <= position < hand:
            raise ValueError(f"cards in hand are numbered 0 to {hand - 1}, not {position}")
        return position + (hand if move.kind == "play" else 0)
    if not 1 <= target < game.players:
        raise ValueError(f"the target of a hint must be +1 to +{game.players - 1}, not +{target}")
    values = game.colours if move.kind == "colour" else game.ranks
    if not 0 <= value < values:
        raise ValueError(f"the {move.kind} of a hint must be among the first {values}, not number {value + 1}")
    base = 2 * hand + (0 if move.kind == "colour" else (game.players - 1) * game.colours)
    return base + (target - 1) * values + value


def colour_name(game: HanabiGame, colour: int) -> str:
    """Return ``red`` for 0, and so on."""
    return game.colour_names[whole(colour, "colour", 0, game.colours - 1)]


def colour_letter(game: HanabiGame, colour: int) -> str:
    """Return ``R`` for 0, and so on."""
    return game.colour_letters[whole(colour, "colour", 0, game.colours - 1)]


def move_text(game: HanabiGame, move: int) -> str:
    """Return the move as people write it: ``play 0``, ``discard 3``, ``hint +1 red``, ``hint +1 rank 1``."""
    parts = move_from_id(game, move)
    if parts.kind in ("play", "discard"):
        return f"{parts.kind} {parts.position}"
    if parts.kind == "colour":
        return f"hint +{parts.target} {colour_name(game, parts.value)}"
    return f"hint +{parts.target} rank {parts.value + 1}"


def parse_move(game: HanabiGame, text: str) -> int:
    """Return the id of a move in words; HLE's own words, such as ``(Reveal player +1 color R)``, are understood too.

    Raises ``ValueError`` if the text is not a move of this game. Legality in a position is another matter.
    """
    if not isinstance(text, str):
        raise ValueError(f"a move in words is text, not a {type(text).__name__}")
    words = " ".join(text.strip().strip("()").split())
    if match := _CARD_MOVE.fullmatch(words.lower()):
        kind: MoveKind = "play" if match[1] == "play" else "discard"
        return move_to_id(game, Move(kind, position=int(match[2])))
    if match := _RANK_HINT.fullmatch(words.lower()):
        return move_to_id(game, Move("rank", target=int(match[1]), value=int(match[2]) - 1))
    if match := _COLOUR_HINT.fullmatch(words):
        return move_to_id(game, Move("colour", target=int(match[1]), value=_parse_colour(game, match[2])))
    raise ValueError(f"not a move: {text!r:.60}; write 'play 0', 'discard 0', 'hint +1 red' or 'hint +1 rank 1'")


def _parse_colour(game: HanabiGame, text: str) -> int:
    letters, names = game.colour_letters, game.colour_names
    if text in letters:
        return letters.index(text)
    for colour, (name, letter) in enumerate(zip(names, letters, strict=True)):
        if text.lower() in (name.lower(), letter.lower()):
            return colour
    raise ValueError(f"no such colour: {text!r:.60}; this game has {', '.join(names)}")


def card_text(game: HanabiGame, card_type: int) -> str:
    """Return a card type as a colour letter and a rank from 1: ``R1``; ``??`` for a hidden card (-1)."""
    number = whole(card_type, "card type", -1, game.types - 1)
    return "??" if number < 0 else f"{game.colour_letters[number // game.ranks]}{number % game.ranks + 1}"


def parse_card(game: HanabiGame, card: str | int) -> int:
    """Return the type of a card given as ``R1`` or as the type itself; raises ``ValueError`` if there is none."""
    if isinstance(card, str):
        if not re.fullmatch(r"[A-Za-z][0-9]{1,9}", card):
            raise ValueError(f"not a card: {card!r:.60}; write a colour letter and a rank, such as 'R1'")
        colour, rank = _parse_colour(game, card[0]), int(card[1:]) - 1
        if not 0 <= rank < game.ranks:
            raise ValueError(f"no such card: {card!r:.60}; ranks are 1 to {game.ranks}")
        return colour * game.ranks + rank
    number = whole(card, "a card type")
    if not 0 <= number < game.types:
        raise ValueError(f"card types are 0 to {game.types - 1}, not {number}")
    return number
