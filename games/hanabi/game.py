"""A Hanabi game's configuration: the numbers that are fixed before the first card is dealt, and the presets.

``HanabiGame`` is what people write and print; ``HanabiGame.rules`` is the same as the flat array that compiled
functions take (``layout.py``).
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from games.hanabi import layout

COLOUR_LETTERS = "RYGWBPOT"
COLOUR_NAMES = ("red", "yellow", "green", "white", "blue", "purple", "orange", "teal")
_LETTERS = COLOUR_LETTERS + "ACDEFHIJKLMNQSUVXZ" + "abcd"  # a game has at most 30 colours
MAXIMUM_TYPES = 63  # players' possibility masks are 64-bit words
MAXIMUM_HAND_SIZE = 8
MAXIMUM_PLAYERS = 5
MAXIMUM_TOKENS = 100


@dataclass(frozen=True)
class HanabiGame:
    """Configuration of a game of Hanabi.

    Parameters
    ----------
    players : number of players, 2 to 5.
    colours, ranks : number of suits and of card values; ranks have 3 copies of the lowest, 1 of the highest and 2 of
        each between (3 if there is only one rank), as in the Hanabi Learning Environment.
    hand_size : cards a hand, 1 to 8; ``None`` for the usual 5 (2 and 3 players) or 4.
    information_tokens, life_tokens : tokens at the start, which are also the most there can be; at most 100.
    bomb : ``"zero"`` – losing the last life scores 0; ``"keep"`` – the points on the table stay.

    Raises
    ------
    ValueError
        One sentence, if the numbers do not make a game.

    Examples
    --------
    >>> import tamaya
    >>> game = tamaya.HanabiGame(players=3)
    >>> game.deck_size, game.cards_in_hand, game.types
    (50, 5, 25)
    """

    players: int = 2
    colours: int = 5
    ranks: int = 5
    hand_size: int | None = None
    information_tokens: int = 8
    life_tokens: int = 3
    bomb: Literal["zero", "keep"] = "zero"

    def __post_init__(self) -> None:
        for name in _NUMBERS:
            value = getattr(self, name)
            if name == "hand_size" and value is None:
                continue
            whole = hasattr(type(value), "__index__") and not isinstance(value, bool | np.bool_)
            self._require(whole, f"{name} must be a whole number, not {value!r:.40}")
            object.__setattr__(self, name, operator.index(value))
        if self.hand_size is None:
            object.__setattr__(self, "hand_size", 5 if self.players < 4 else 4)
        self._require(2 <= self.players <= MAXIMUM_PLAYERS, f"players must be 2 to 5, not {self.players}")
        self._require(self.colours >= 1, f"colours must be at least 1, not {self.colours}")
        self._require(self.ranks >= 1, f"ranks must be at least 1, not {self.ranks}")
        types = self.colours * self.ranks
        self._require(types <= MAXIMUM_TYPES, f"colours * ranks must be at most {MAXIMUM_TYPES}, not {types}")
        self._require(self.colours <= 30 and self.ranks <= 30, "colours and ranks must each be at most 30")
        self._require(
            1 <= self.cards_in_hand <= MAXIMUM_HAND_SIZE,
            f"hand_size must be 1 to {MAXIMUM_HAND_SIZE}, not {self.hand_size}",
        )
        for name, low in (("information_tokens", 0), ("life_tokens", 1)):
            tokens = getattr(self, name)
            self._require(low <= tokens <= MAXIMUM_TOKENS, f"{name} must be {low} to {MAXIMUM_TOKENS}, not {tokens}")
        self._require(self.bomb in ("zero", "keep"), f"bomb must be 'zero' or 'keep', not {self.bomb!r}")
        dealt = self.players * self.cards_in_hand
        self._require(
            dealt <= self.deck_size, f"{self.deck_size} cards are too few to deal {dealt}: use a smaller hand_size"
        )

    @staticmethod
    def _require(condition: bool, message: str) -> None:
        if not condition:
            raise ValueError(message)

    def difference(self, other: HanabiGame) -> str | None:
        """Return the first number in which another game differs, as ``name = own, not other's``.

        ``None`` if there is none; the bomb rule, which changes no move and no observation, does not count, nor do the
        names of suits.
        """
        for name in _NUMBERS:
            own, others = getattr(self, name), getattr(other, name)
            if own != others:
                return f"{name} = {own}, not {others}"
        if not np.array_equal(self.rules[layout.COPIES :], other.rules[layout.COPIES :]):
            return f"suits = {', '.join(self.colour_names)}, not {', '.join(other.colour_names)}"
        return None

    @property
    def cards_in_hand(self) -> int:
        """Cards in a full hand (``hand_size`` with its default filled in)."""
        assert self.hand_size is not None
        return self.hand_size

    @cached_property
    def copies(self) -> tuple[int, ...]:
        """Copies of each rank in a plain colour."""
        return tuple(3 if r == 0 else 1 if r == self.ranks - 1 else 2 for r in range(self.ranks))

    @cached_property
    def type_copies(self) -> tuple[int, ...]:
        """Copies of each card type, [types]."""
        return self.copies * self.colours

    @property
    def colour_names(self) -> tuple[str, ...]:
        """Names of the colours; beyond the eight that have one, letters."""
        return COLOUR_NAMES[: self.colours] + tuple(_LETTERS[len(COLOUR_NAMES) : self.colours])

    @property
    def colour_letters(self) -> tuple[str, ...]:
        """A letter for each colour."""
        return tuple(_LETTERS[: self.colours])

    def suits_touched(self, colour: int) -> int:
        """Return which colours the hint of a colour touches, as a mask (bit: colour); 0 if there is no such hint."""
        return 1 << colour

    @property
    def suits_of_all_ranks(self) -> int:
        """Mask of the colours that every rank hint touches (``games.hanabi.suits``)."""
        return 0

    @property
    def suits_of_no_rank(self) -> int:
        """Mask of the colours that no rank hint touches."""
        return 0

    @property
    def ordinary_hints(self) -> bool:
        """Whether every hint touches the cards of one colour, or of one rank, and no others."""
        own = all(self.suits_touched(colour) == 1 << colour for colour in range(self.colours))
        return own and not self.suits_of_all_ranks | self.suits_of_no_rank

    @property
    def plain(self) -> bool:
        """Whether hints are ordinary and every suit has the usual copies: the rules of the Learning Environment."""
        return self.ordinary_hints and self.type_copies == self.copies * self.colours

    def require_ordinary_hints(self, who: str) -> None:
        """Raise ``ValueError`` in one sentence, for a policy that cannot play otherwise, if some hint is not."""
        if not self.ordinary_hints:
            raise ValueError(
                f"{who} takes a hint to touch one colour or one rank, which it does not with the suits "
                f"{', '.join(self.colour_names)}: choose a policy without conventions, such as piers"
            )

    def types_left(self, colours: int, ranks: int) -> int:
        """Return the types that masks of colours and ranks leave, as a mask; ranks say nothing of a suit whose cards
        all rank hints touch, or none."""
        free, whole_suit = self.suits_of_all_ranks | self.suits_of_no_rank, (1 << self.ranks) - 1
        return sum(
            (whole_suit if free >> colour & 1 else ranks) << colour * self.ranks
            for colour in range(self.colours)
            if colours >> colour & 1
        )

    def types_touched(self, kind: Literal["colour", "rank"], value: int) -> int:
        """Return the types that a hint of a colour or a rank touches, as a mask (bit: card type)."""
        every_suit, every_rank = (1 << self.colours) - 1, (1 << self.ranks) - 1
        if kind == "colour":
            suits, free = self.suits_touched(value), 0
        else:
            suits, free = every_suit & ~self.suits_of_no_rank, self.suits_of_all_ranks
        row = every_rank if kind == "colour" else 1 << value
        return sum(
            (every_rank if free >> suit & 1 else row) << suit * self.ranks
            for suit in range(self.colours)
            if suits >> suit & 1
        )

    def touches(self, kind: Literal["colour", "rank"], value: int, card_type: int) -> bool:
        """Return whether a hint of a colour or a rank touches cards of a type."""
        return bool(self.types_touched(kind, value) >> card_type & 1)

    @property
    def types(self) -> int:
        """Number of different cards, which is also the perfect score."""
        return self.colours * self.ranks

    @property
    def deck_size(self) -> int:
        """Number of cards in the game."""
        return sum(self.type_copies)

    @property
    def moves(self) -> int:
        """Number of move ids."""
        return 2 * self.cards_in_hand + (self.players - 1) * (self.colours + self.ranks)

    @property
    def maximum_turns(self) -> int:
        """More moves than any game can last: every card leaves a hand once, every token is spent once."""
        tokens = self.information_tokens + self.deck_size + self.colours
        return self.deck_size + tokens + self.players

    @property
    def state_size(self) -> int:
        """Length of the flat state array."""
        return int(self.rules[layout.STATE_SIZE])

    @property
    def observation_size(self) -> int:
        """Bits of the canonical observation (658 / 956 / 1041 / 1280 for the standard game)."""
        players, hand, types = self.players, self.cards_in_hand, self.types
        hands = (players - 1) * hand * types + players
        board = self.deck_size - players * hand + types + self.information_tokens + self.life_tokens
        last = players + 4 + players + self.colours + self.ranks + 2 * hand + types + 2
        return hands + board + self.deck_size + last + players * hand * (types + self.colours + self.ranks)

    def card_offset(self, player: int, index: int) -> int:
        """Offset in the state of the record of card ``index`` of ``player`` (``rules.card_address``, from Python)."""
        return int(self.rules[layout.HANDS]) + (player * self.cards_in_hand + index) * layout.CARD_FIELDS

    @cached_property
    def offsets(self) -> tuple[int, int, int, int]:
        """Where fireworks, discards, hand lengths and hands begin in the state (``layout``)."""
        fireworks, discards, lengths, hands = self.rules[layout.FIREWORKS : layout.HANDS + 1].tolist()
        return fireworks, discards, lengths, hands

    @cached_property
    def rules(self) -> NDArray[np.int32]:
        """The configuration as the flat array that compiled functions take (read-only)."""
        hints = self.colours + self.ranks
        rules = np.zeros(layout.COPIES + self.types + 2 * hints + self.colours, dtype=np.int32)
        rules[layout.PLAYERS] = self.players
        rules[layout.COLOURS] = self.colours
        rules[layout.RANKS] = self.ranks
        rules[layout.HAND_SIZE] = self.cards_in_hand
        rules[layout.MAX_INFORMATION_TOKENS] = self.information_tokens
        rules[layout.MAX_LIFE_TOKENS] = self.life_tokens
        rules[layout.BOMB_KEEPS_POINTS] = self.bomb == "keep"
        rules[layout.TYPES] = self.types
        rules[layout.DECK_SIZE] = self.deck_size
        rules[layout.MOVES] = self.moves
        rules[layout.FIREWORKS] = layout.HEAD_SIZE
        rules[layout.DISCARDS] = rules[layout.FIREWORKS] + self.colours
        rules[layout.HAND_LENGTHS] = rules[layout.DISCARDS] + self.types
        rules[layout.HANDS] = rules[layout.HAND_LENGTHS] + self.players
        cards = self.players * self.cards_in_hand
        rules[layout.STATE_SIZE] = rules[layout.HANDS] + cards * layout.CARD_FIELDS
        rules[layout.PLAY_BASE] = self.cards_in_hand
        rules[layout.COLOUR_BASE] = 2 * self.cards_in_hand
        rules[layout.RANK_BASE] = rules[layout.COLOUR_BASE] + (self.players - 1) * self.colours
        rules[layout.OBSERVATION_SIZE] = self.observation_size
        rules[layout.ALL_RANKS] = self.suits_of_all_ranks
        rules[layout.NO_RANKS] = self.suits_of_no_rank
        rules[layout.ORDINARY] = self.ordinary_hints
        rules[layout.TOUCHED_TYPES] = layout.COPIES + self.types
        rules[layout.TOUCHED_SUITS] = rules[layout.TOUCHED_TYPES] + 2 * hints
        touched = [self.types_touched("colour", colour) for colour in range(self.colours)]
        touched += [self.types_touched("rank", rank) for rank in range(self.ranks)]
        halves = [half for mask in touched for half in (mask & layout.LOW_HALF, mask >> layout.HALF)]
        suits = [self.suits_touched(colour) for colour in range(self.colours)]
        rules[layout.COPIES :] = np.array([*self.type_copies, *halves, *suits], dtype=np.int64).astype(np.int32)
        return rules


_NUMBERS = tuple(field.name for field in fields(HanabiGame) if field.name != "bomb")


def standard(players: int = 2, bomb: Literal["zero", "keep"] = "zero") -> HanabiGame:
    """Return the standard game: 5 colours, 5 ranks, 8 information tokens, 3 lives."""
    return HanabiGame(players=players, bomb=bomb)


def small(players: int = 2, bomb: Literal["zero", "keep"] = "zero") -> HanabiGame:
    """Return the Hanabi Learning Environment's Hanabi-Small: 2 colours, 2 cards in hand, 3 hint tokens, 1 life."""
    return HanabiGame(players, colours=2, ranks=5, hand_size=2, information_tokens=3, life_tokens=1, bomb=bomb)


def seven_card(bomb: Literal["zero", "keep"] = "zero") -> HanabiGame:
    """Return the large-hand variant of Sokota et al. (ICLR 2024): 2 players, 7 cards in hand, 4 hint tokens."""
    return HanabiGame(players=2, hand_size=7, information_tokens=4, bomb=bomb)


def open_spiel_fault(parameters: Mapping[str, Any]) -> str:
    """Return why OpenSpiel's Hanabi would end the process with these parameters; an empty string if it would not.

    OpenSpiel's engine, the Hanabi Learning Environment, aborts or crashes where it should complain. ``parameters`` are
    those of ``pyspiel.game_parameters_from_string``.
    """
    players, colours, ranks = (parameters.get(name, 5 if name != "players" else 2) for name in _HLE_RANGES)
    for name, (low, high) in _HLE_RANGES.items():
        value = parameters.get(name, low)
        if not isinstance(value, int):
            return ""  # of which OpenSpiel complains itself
        if not low <= value <= high:
            return f"{name} must be {low} to {high}, not {value}"
    hand = parameters.get("hand_size", 5 if players < 4 else 4)
    if hand < 1:
        return f"hand_size must be at least 1, not {hand}"
    cards = colours * max(3, 2 * ranks)  # 3 of the lowest rank, 1 of the highest, 2 of each between; 3 of a single one
    if hand * players > cards:
        return f"{cards} cards are too few to deal {hand} to each of {players} players: use a smaller hand_size"
    for name in ("max_information_tokens", "max_life_tokens"):
        if parameters.get(name, 1) < (name == "max_life_tokens"):
            return f"{name} must not be {parameters[name]}"
    return ""


_HLE_RANGES = {"players": (2, 5), "colors": (1, 5), "ranks": (1, 5)}
