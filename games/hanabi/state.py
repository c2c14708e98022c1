"""A game of Hanabi as a Python object: what people, tests and bridges handle; compiled code works on its arrays.

``HanabiState`` owns the flat state array, the deck (all cards in deal order, the undealt ones included) and the moves
made so far. Methods validate; kernels do the work. Files hold the deck and the moves: a position is what replaying them
gives, so a file that loads is a game that can happen.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from games._base.jit import kernel
from games._base.numbers import whole
from games.hanabi.checks import seat_of
from games.hanabi.game import HanabiGame
from games.hanabi.moves import card_text, move_text, parse_card, parse_move
from games.hanabi.position import Position
from games.hanabi.rules import apply_move, deal, hide_hand
from games.hanabi.rules import score as score_of
from games.hanabi.self_play import deck_of_game
from games.hanabi.suits import VariantGame
from games.hanabi.text import position_text

FORMAT = "tamaya-hanabi-game"
VERSION = 1


@kernel
def _deal(rules, state, deck):
    deal(rules, state, deck)


@kernel
def _shuffled_deck(rules, seed, game, deck):
    deck_of_game(rules, seed, game, deck)


@kernel
def _apply(rules, state, deck, move):
    before = score_of(rules, state)
    apply_move(rules, state, deck, move)
    return score_of(rules, state) - before


def game_to_json(game: HanabiGame) -> dict[str, Any]:
    """Return the configuration as a JSON object."""
    return asdict(game)


def game_from_json(data: Any) -> HanabiGame:
    """Return the configuration in a JSON object; raises ``ValueError`` with one sentence if it is not one."""
    if not isinstance(data, dict):
        raise ValueError(f"a game's configuration must be a JSON object, not {type(data).__name__}")
    known = {field.name for field in fields(VariantGame)}
    for name, value in data.items():
        if name not in known:
            raise ValueError(f"unknown game option {name!r}; the options are {', '.join(sorted(known))}")
        if name not in ("bomb", "suits") and (isinstance(value, bool) or not isinstance(value, int)):
            raise ValueError(f"game option {name!r} must be an integer, not {value!r}")
    return VariantGame(**data) if "suits" in data else HanabiGame(**data)


def check_deck(game: HanabiGame, deck: Sequence[str | int] | NDArray[Any]) -> NDArray[np.int32]:
    """Return a deck (card names or types, in deal order) as types; raises ``ValueError`` unless it is this game's."""
    if len(deck) != game.deck_size:
        raise ValueError(f"the deck has {len(deck)} cards, but this game has {game.deck_size}")
    cards = np.array([parse_card(game, card) for card in deck], dtype=np.int32)
    counts = np.bincount(cards, minlength=game.types)
    for card_type, count in enumerate(counts):
        right = game.type_copies[card_type]
        if count != right:
            raise ValueError(f"the deck has {count} copies of {card_text(game, card_type)}, but there are {right}")
    return cards


class HanabiState(Position):
    """A position of a game of Hanabi, the hidden cards included. Make one with ``from_seed`` or ``from_deck``.

    Attributes
    ----------
    game : the configuration.
    array : the flat state, int32 [game.state_size] (``layout.py``). Writing to it is at your own risk.
    deck : every card of the game in deal order, int32 [game.deck_size].
    history : ids of the moves made so far.

    Raises
    ------
    ValueError
        One sentence, if the deck is not one of the game, or a move is not legal.

    Examples
    --------
    >>> import tamaya
    >>> state = tamaya.HanabiState.from_seed(tamaya.hanabi.standard(2), 0)
    >>> state.turn, state.score, state.current_player
    (0, 0, 0)
    """

    __slots__ = ("deck", "history")

    def __init__(self, game: HanabiGame, deck: Sequence[str | int] | NDArray[Any], moves: Iterable[int | str] = ()):
        self.game = game
        self.deck = check_deck(game, deck)
        self.array = np.zeros(game.state_size, dtype=np.int32)
        self.history: list[int] = []
        _deal(game.rules, self.array, self.deck)
        for move in moves:
            self.apply(move)

    @classmethod
    def from_seed(cls, game: HanabiGame, seed: int, number: int = 0) -> Self:
        """Start game ``number`` under ``seed``: the same deck as in self-play, searches and tournaments."""
        deck = np.zeros(game.deck_size, dtype=np.int32)
        _shuffled_deck(game.rules, whole(seed, "seed"), whole(number, "the number of a game"), deck)
        return cls(game, deck)

    @classmethod
    def from_deck(
        cls, game: HanabiGame, deck: Sequence[str | int] | NDArray[Any], moves: Iterable[int | str] = ()
    ) -> Self:
        """Start a game on a given deck (``"R1"`` or card types, in deal order) and make ``moves`` (ids or words)."""
        return cls(game, deck, moves)

    def copy(self) -> HanabiState:
        """Return an independent copy."""
        twin = object.__new__(type(self))
        twin.game, twin.array, twin.deck = self.game, self.array.copy(), self.deck.copy()
        twin.history = list(self.history)
        return twin

    def apply(self, move: int | str) -> int:
        """Make a move, given as an id or in words, and return its reward: the change of ``score``.

        Raises ``ValueError`` if the move is not legal here.
        """
        number = parse_move(self.game, move) if isinstance(move, str) else whole(move, "a move that is not in words")
        legal = self.legal_moves()
        if number not in legal:
            shown = repr(move) if isinstance(move, str) else str(number)
            if not legal:
                raise ValueError(f"move {shown} is not legal: the game is over")
            choices = ", ".join(move_text(self.game, m) for m in legal)
            raise ValueError(f"move {shown} is not legal here; legal are: {choices}")
        self.history.append(number)
        return int(_apply(self.game.rules, self.array, self.deck, number))

    def view(self, player: int) -> NDArray[np.int32]:
        """Return a copy of the array in which the hand of ``player`` reads ``HIDDEN``: all that ``player`` may see."""
        seat, array = seat_of(self.game, player), self.array.copy()
        hide_hand(self.game.rules, array, seat, np.empty(self.game.cards_in_hand, dtype=np.int32))
        return array

    def to_json(self) -> dict[str, Any]:
        """Return the game so far as a JSON object: configuration, deck and moves, in words."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "game": game_to_json(self.game),
            "deck": [card_text(self.game, int(card)) for card in self.deck],
            "moves": [move_text(self.game, move) for move in self.history],
        }

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Return the game in a JSON object made by ``to_json``; raises ``ValueError`` saying what is wrong with it."""
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ValueError(f"not a saved game: the 'format' entry must be {FORMAT!r}")
        if data.get("version") != VERSION:
            raise ValueError(f"saved game has version {data.get('version')!r}; this program reads version {VERSION}")
        for key in ("game", "deck", "moves"):
            if key not in data:
                raise ValueError(f"saved game has no {key!r} entry")
        for key in ("deck", "moves"):
            if not isinstance(data[key], list) or not all(type(item) in (str, int) for item in data[key]):
                raise ValueError(f"{key!r} of a saved game must be a list of words or numbers")
        state = cls(game_from_json(data["game"]), data["deck"])
        for number, move in enumerate(data["moves"]):
            try:
                state.apply(move)
            except ValueError as error:
                raise ValueError(f"move {number} of the saved game: {error}") from None
        return state

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write ``to_json`` to a file (a temporary file renamed, so never half of one)."""
        target = Path(path)
        temporary = target.with_name(target.name + ".part")
        temporary.write_text(json.dumps(self.to_json()) + "\n", encoding="utf-8")
        temporary.replace(target)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file written by ``save``; raises ``ValueError`` naming the file if it is not one."""
        try:
            return cls.from_json(json.loads(Path(path).read_text(encoding="utf-8")))
        except RecursionError:
            raise ValueError(f"{path}: it is nested too deeply to be a game") from None
        except (ValueError, UnicodeDecodeError) as error:  # JSONDecodeError is a ValueError
            raise ValueError(f"{path}: {error}") from None

    def __str__(self) -> str:
        return position_text(self)

    def __repr__(self) -> str:
        return f"<HanabiState: {self.game.players} players, turn {self.turn}, score {self.score}>"

    def __eq__(self, other: object) -> bool:
        """Equal configuration, deck and position."""
        if not isinstance(other, HanabiState):
            return NotImplemented
        same_cards = np.array_equal(self.deck, other.deck)
        return self.game == other.game and same_cards and np.array_equal(self.array, other.array)

    __hash__ = None  # type: ignore[assignment]
