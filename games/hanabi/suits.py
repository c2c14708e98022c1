"""Suits that hints touch in another way, and games with them: rainbow, black, pink, white, brown and their mixtures.

A *plain* suit has the usual copies of each rank, is touched by the hints of its own colour and of the card's own rank.
A special one differs in up to three ways: colour hints (all of them touch it, or none: then it has no hint of its own),
rank hints (all or none of them touch it), and copies (one of each rank). Names and rules are those of hanab.live, where
people play these games; ``games.hanabi.hanab_live`` reads them.

A game keeps the move ids of its number of colours. A hint of a colour that no hint names – rainbow, white – touches
nothing, and so is never legal.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Literal, NamedTuple

from games.hanabi.game import HanabiGame

Touch = Literal["own", "all", "none"]


class Suit(NamedTuple):
    """How hints touch a suit and how many cards it has.

    colours, ranks : hints that touch its cards: of the own colour (rank), all, or none. single : one copy of each rank.
    """

    letter: str
    colours: Touch = "own"
    ranks: Touch = "own"
    single: bool = False


PLAIN = ("red", "yellow", "green", "blue", "purple", "teal")
"""The plain suits of hanab.live."""

SUITS = {
    **{name: Suit(name[0].upper()) for name in PLAIN},
    "black": Suit("K", single=True),
    "rainbow": Suit("M", colours="all"),
    "pink": Suit("I", ranks="all"),
    "white": Suit("W", colours="none"),
    "brown": Suit("N", ranks="none"),
    "omni": Suit("O", "all", "all"),
    "null": Suit("U", "none", "none"),
    "muddy rainbow": Suit("M", "all", "none"),
    "light pink": Suit("I", "none", "all"),
    "dark rainbow": Suit("M", colours="all", single=True),
    "dark pink": Suit("I", ranks="all", single=True),
    "gray": Suit("A", colours="none", single=True),
    "dark brown": Suit("N", ranks="none", single=True),
    "dark omni": Suit("O", "all", "all", single=True),
    "dark null": Suit("U", "none", "none", single=True),
    "cocoa rainbow": Suit("M", "all", "none", single=True),
    "gray pink": Suit("I", "none", "all", single=True),
}
"""The suits by name, with the letters that hanab.live gives them."""

_SPARE = "CDEFHJLQSVXZ"


@dataclass(frozen=True)
class VariantGame(HanabiGame):
    """A game of Hanabi whose suits have names, and rules by their names.

    suits : of each colour, among ``SUITS``; ``colours`` is their number. Other parameters and errors are those of
    ``HanabiGame``.

    >>> game = VariantGame(players=3, suits=("red", "yellow", "green", "blue", "rainbow"))
    >>> game.deck_size, [game.touches("colour", 0, card) for card in (0, 5, 20)]
    (50, [True, False, True])
    """

    suits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        given: object = self.suits
        self._require(
            isinstance(given, list | tuple) and len(given) > 0, f"suits must be the names of suits, not {given!r:.60}"
        )
        for name in self.suits:
            known = isinstance(name, str) and name in SUITS
            self._require(known, f"no such suit: {name!r:.40}; suits are {', '.join(SUITS)}")
        self._require(
            len(set(self.suits)) == len(self.suits), f"the suits {', '.join(self.suits)} are not all different"
        )
        usual = next(field.default for field in fields(HanabiGame) if field.name == "colours")
        count = len(self.suits)
        self._require(
            self.colours in (usual, count), f"colours must be {count}, the number of suits, not {self.colours}"
        )
        object.__setattr__(self, "suits", tuple(self.suits))
        object.__setattr__(self, "colours", count)
        super().__post_init__()

    @property
    def _suits(self) -> list[Suit]:
        return [SUITS[name] for name in self.suits]

    @property
    def colour_names(self) -> tuple[str, ...]:
        return self.suits

    @property
    def colour_letters(self) -> tuple[str, ...]:
        letters: list[str] = []
        for suit in self._suits:
            spare = (letter for letter in _SPARE if letter not in letters)
            letters.append(next(spare) if suit.letter in letters else suit.letter)
        return tuple(letters)

    @cached_property
    def type_copies(self) -> tuple[int, ...]:
        return tuple(1 if suit.single else count for suit in self._suits for count in self.copies)

    def suits_touched(self, colour: int) -> int:
        if self._suits[colour].colours != "own":
            return 0
        return sum(1 << place for place, suit in enumerate(self._suits) if place == colour or suit.colours == "all")

    @property
    def suits_of_all_ranks(self) -> int:
        return sum(1 << place for place, suit in enumerate(self._suits) if suit.ranks == "all")

    @property
    def suits_of_no_rank(self) -> int:
        return sum(1 << place for place, suit in enumerate(self._suits) if suit.ranks == "none")
