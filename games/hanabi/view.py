"""What a player sees, to be read: hands, what hints and counts leave possible, the moves since the last own turn.

A ``HanabiView`` is laid over the flat array of a view (``games.hanabi.layout``), in which the own hand reads
``HIDDEN``. It holds that array, the seat and the public moves that led there, and nothing else: no deck, no state, no
seed. It is of one moment: what it is asked for is read when it is first asked for, and then kept, so that one can be
made for every position of a rollout.

Seats are counted *from the player* wherever the name says ``offset`` (0 the player, 1 the next one), colours and ranks
from 0, cards of a hand from the oldest. ``str(card)`` is how people write it: ``R1``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games._base.numbers import whole
from games.hanabi import layout
from games.hanabi.checks import seat_of
from games.hanabi.events import FIELDS, FIRST, Event, event_of
from games.hanabi.game import HanabiGame
from games.hanabi.moves import Move, card_text, move_from_id, move_to_id, parse_move
from games.hanabi.position import Position

_COLOUR_HINTED, _RANK_HINTED = 1, 2  # bits of layout.HINTED


@lru_cache(maxsize=4096)
def _types(colours: int, ranks: int, free: int, colour_mask: int, rank_mask: int) -> tuple[int, ...]:
    """Return the types that two masks leave; ranks say nothing of the colours in the mask ``free``."""
    return tuple(
        colour * ranks + rank
        for colour in range(colours)
        if colour_mask >> colour & 1
        for rank in range(ranks)
        if free >> colour & 1 or rank_mask >> rank & 1
    )


class Card(NamedTuple):
    """A card in a hand, as the player of a view sees it.

    type : colour * ranks + rank; -1 for an own card. possible : types that the hints to its holder leave, in order.
    colour_hinted, rank_hinted : whether a hint named it. deck_index : its place in the order of deals, which tells one
    card from another for as long as it is held.
    """

    type: int
    possible: tuple[int, ...]
    colour_hinted: bool
    rank_hinted: bool
    deck_index: int

    @property
    def hinted(self) -> bool:
        """Whether any hint touched it."""
        return self.colour_hinted or self.rank_hinted


class HanabiView(Position):
    """A view of a game of Hanabi, as an object.

    Parameters
    ----------
    game : the configuration.
    array : the view [state_size] int32, the hand of ``seat`` reading ``HIDDEN``; kept, not copied.
    seat : whose view it is; by default that of the player to move.
    events : public moves up to now, oldest first, as many as are known. By default the one that the array tells.

    Raises
    ------
    ValueError
        One sentence, if the array is not of this game, or shows the hand of ``seat``.

    Examples
    --------
    >>> from games.hanabi import standard
    >>> from games.hanabi.state import HanabiState
    >>> view = HanabiView(standard(2), HanabiState.from_seed(standard(2), 0).view(0))
    >>> [view.card_text(card) for card in view.cards_of(1)]
    ['W5', 'R4', 'G2', 'G3', 'W3']
    >>> view.surely_playable(0), view.hint(1, rank=2) in view.legal
    (False, True)
    """

    __slots__ = ("_discards", "_events", "_fireworks", "_hands", "_legal", "_numbers", "_unseen", "seat")

    def __init__(
        self,
        game: HanabiGame,
        array: NDArray[np.int32],
        seat: int | None = None,
        events: Sequence[Event] | None = None,
    ) -> None:
        super().__init__(game, array)
        self.seat = self.current_player if seat is None else whole(seat, "seat", 0, game.players - 1)
        self._numbers: list[int] = array.tolist()
        if any(kind != layout.HIDDEN for kind in self.hand(self.seat)):
            raise ValueError(f"the view of seat {self.seat} shows its own hand")
        self._events = events
        fireworks, discards, lengths, _ = game.offsets
        self._fireworks: list[int] = self._numbers[fireworks:discards]
        self._discards: list[int] = self._numbers[discards:lengths]
        self._hands: dict[int, tuple[Card, ...]] = {}
        self._unseen: list[int] | None = None
        self._legal: list[int] | None = None

    @property
    def fireworks(self) -> list[int]:
        """Height of each colour's stack."""
        return self._fireworks

    @property
    def discards(self) -> list[int]:
        """Discarded or misplayed copies of each type, [types]."""
        return self._discards

    def _records(self, player: int) -> tuple[int, int]:
        """Return where the records of a hand begin and end among the numbers."""
        _, _, lengths, hands = self.game.offsets
        start = hands + player * self.game.cards_in_hand * layout.CARD_FIELDS
        return start, start + self._numbers[lengths + player] * layout.CARD_FIELDS

    def hand(self, player: int) -> list[int]:
        """Return the card types in the hand of seat ``player``, oldest first."""
        start, stop = self._records(seat_of(self.game, player))
        return self._numbers[start : stop : layout.CARD_FIELDS]

    def legal_moves(self) -> list[int]:
        """Return the legal move ids in increasing order; none when the game is over."""
        if self._legal is None:
            self._legal = super().legal_moves()
        return self._legal

    # --- moves -------------------------------------------------------------------------------------------------------

    @property
    def legal(self) -> list[Move]:
        """The legal moves as objects, in the order of their ids; none when the game is over."""
        return [move_from_id(self.game, move) for move in self.legal_moves()]

    def play(self, i: int) -> Move:
        """Return the move that plays own card ``i``."""
        return Move("play", position=i)

    def discard(self, i: int) -> Move:
        """Return the move that discards own card ``i``."""
        return Move("discard", position=i)

    def hint(self, offset: int, *, colour: int | None = None, rank: int | None = None) -> Move:
        """Return the hint of a colour or a rank, one of them and counted from 0, to the player ``offset`` seats on.

        ``rank=0`` is the hint of the ones. Raises ``ValueError`` for what the game has none of.
        """
        if (colour is None) == (rank is None):
            raise ValueError("a hint names a colour or a rank")
        for name, value, count in (("colour", colour, self.game.colours), ("rank", rank, self.game.ranks)):
            if value is not None and not 0 <= value < count:
                raise ValueError(f"a {name} is a number from 0, the first, to {count - 1}, not {value}")
        if colour is not None:
            return Move("colour", target=offset, value=colour)
        assert rank is not None
        return Move("rank", target=offset, value=rank)

    def touches(self, hint: Move) -> list[int]:
        """Return which cards of its target a hint would touch."""
        if hint.kind not in ("colour", "rank"):
            return []
        types = self.game.types_touched(hint.kind, hint.value)
        return [i for i, card in enumerate(self.cards_of(hint.target)) if types >> card.type & 1]

    def move_id(self, move: Move | int | str) -> int:
        """Return the id of a move given as an object, an id or words; raises ``ValueError`` if it is not legal here."""
        if isinstance(move, str):
            number = parse_move(self.game, move)
        else:
            number = move_to_id(self.game, move) if isinstance(move, Move) else whole(move, "a move")
        if number not in self.legal_moves():
            raise ValueError(f"{move!r:.80} is not a legal move here")
        return number

    @property
    def my_turn(self) -> bool:
        """Whether the player of this view is to move."""
        return not self.is_terminal and self.current_player == self.seat

    @property
    def events(self) -> tuple[Event, ...]:
        """The public moves up to now, oldest first, as far back as they are known: the last one at least."""
        if self._events is None:
            last = self.last_move
            return () if last is None else (last,)
        return tuple(self._events)

    @property
    def since_my_move(self) -> tuple[Event, ...]:
        """The last own move and those after it, oldest first; all that are known before the first own one."""
        events = self.events
        own = [place for place, event in enumerate(events) if event.player == self.seat]
        return events[own[-1] :] if own else events

    @property
    def since_my_turn(self) -> tuple[Event, ...]:
        """The moves after the last own one, oldest first."""
        return tuple(event for event in self.since_my_move if event.player != self.seat)

    # --- cards -------------------------------------------------------------------------------------------------------

    def cards_of(self, offset: int) -> tuple[Card, ...]:
        """Return the hand of the player ``offset`` seats on, oldest card first; 0: the own hand."""
        if offset not in self._hands:
            game, numbers = self.game, self._numbers
            free = game.suits_of_all_ranks | game.suits_of_no_rank
            start, stop = self._records((self.seat + offset) % game.players)
            records = (numbers[place : place + layout.CARD_FIELDS] for place in range(start, stop, layout.CARD_FIELDS))
            self._hands[offset] = tuple(
                Card(
                    kind,
                    _types(game.colours, game.ranks, free, colours, ranks),
                    hinted & _COLOUR_HINTED > 0,
                    hinted & _RANK_HINTED > 0,
                    index,
                )
                for kind, colours, ranks, hinted, index in records
            )
        return self._hands[offset]

    @property
    def own(self) -> tuple[Card, ...]:
        """The own hand: what is known of each card."""
        return self.cards_of(0)

    @property
    def others(self) -> tuple[tuple[Card, ...], ...]:
        """The hands of the others, the next player's first."""
        return tuple(self.cards_of(offset) for offset in range(1, self.game.players))

    @property
    def unseen(self) -> list[int]:
        """Copies of each type that the player does not see: in the own hand or the deck, [types]."""
        if self._unseen is None:
            game = self.game
            left = [all_of - gone for all_of, gone in zip(game.type_copies, self._discards, strict=True)]
            for colour, height in enumerate(self._fireworks):
                for kind in range(colour * game.ranks, colour * game.ranks + height):
                    left[kind] -= 1
            for offset in range(1, game.players):
                for kind in self.hand((self.seat + offset) % game.players):
                    left[kind] -= 1
            self._unseen = left
        return self._unseen

    def could_be(self, i: int) -> list[int]:
        """Return the types that own card ``i`` can be: allowed by its hints, and with a copy that is not seen."""
        unseen, own = self.unseen, self.own
        return [kind for kind in own[whole(i, "a card's position", 0, len(own) - 1)].possible if unseen[kind] > 0]

    def is_playable(self, kind: int) -> bool:
        """Return whether a card of this type would score now."""
        return self.fireworks[kind // self.game.ranks] == kind % self.game.ranks

    def is_useless(self, kind: int) -> bool:
        """Return whether a card of this type can never score again: it is played, or a rank below it is gone."""
        game, gone = self.game, self.discards
        colour, rank = divmod(kind, game.ranks)
        height = self.fireworks[colour]
        lower = range(colour * game.ranks + height, kind)
        return rank < height or any(gone[below] >= game.type_copies[below] for below in lower)

    def is_critical(self, kind: int) -> bool:
        """Return whether this type can still score and one copy of it is left in the game."""
        return not self.is_useless(kind) and self.discards[kind] + 1 == self.game.type_copies[kind]

    def surely_playable(self, i: int) -> bool:
        """Return whether own card ``i`` would score now, whatever it is."""
        next_ones = [colour * self.game.ranks + height for colour, height in enumerate(self._fireworks)]
        return all(kind in next_ones for kind in self.could_be(i))

    def surely_useless(self, i: int) -> bool:
        """Return whether own card ``i`` can never score, whatever it is."""
        return all(self.is_useless(kind) for kind in self.could_be(i))

    def card_text(self, card: Card | int) -> str:
        """Return a card, or a type, as people write it: ``R1``; ``??`` for an own card."""
        return card_text(self.game, card.type if isinstance(card, Card) else card)

    def __repr__(self) -> str:
        return f"<HanabiView: seat {self.seat} of {self.game.players}, turn {self.turn}, score {self.score}>"


class Watcher:
    """Gathers the public moves of one seat's game, for views that know more than the last one.

    ``note`` the view after every move; ``view`` lays a ``HanabiView`` over the present one.
    """

    def __init__(self, game: HanabiGame, seat: int) -> None:
        self.game, self.seat = game, seat
        self.events: list[Event] = []

    def note(self, after: NDArray[np.int32]) -> None:
        """Take note of a move from the view after it."""
        event = event_of(self.game, after[FIRST : FIRST + FIELDS])
        if event is not None:
            self.events.append(event)

    def view(self, array: NDArray[np.int32]) -> HanabiView:
        """Return the present view as an object."""
        return HanabiView(self.game, array, self.seat, self.events)
