"""Features of a view by name: the slow definition, with lists, sets and fractions, and a list of all names in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction

import numpy as np

from games.hanabi import layout
from games.hanabi.game import HanabiGame

Name = tuple[Hashable, ...]

BOUNDS = (Fraction(1, 10), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(9, 10))
CLASSES = ["zero", *(f"bin {i}" for i in range(6)), "one"]
STATUSES = ["dead", "playable, last copy", "playable", "last copy", "other"]


def all_names(game: HanabiGame) -> Iterator[Name]:
    """Yield the name of every feature, in the order of their numbers."""
    hand = game.cards_in_hand
    yield from (("information tokens", n) for n in range(game.information_tokens + 1))
    yield from (("life tokens", n) for n in range(game.life_tokens + 1))
    yield from (("deck", n) for n in range(game.deck_size + 1))
    yield from (("turns left", n) for n in range(game.players + 1))
    yield from (("stack", colour, n) for colour in range(game.colours) for n in range(game.ranks + 1))
    yield from (("discarded", card, n) for card in range(game.types) for n in (1, 2, 3))
    yield from (("slack", n) for n in range(-5, 21))
    yield from (("last move", move) for move in range(game.moves))
    yield from (("last card", scored, card) for scored in (False, True) for card in range(game.types))
    yield from (("touched", mine, cards) for mine in (False, True) for cards in range(2**hand))
    yield from (("advice", move) for move in range(game.moves))
    for index in range(hand):
        yield from _hint_names(game, 0, index)
        for quantity in ("playable", "last copy", "dead", "playable by hints", "dead by hints"):
            yield from (("own", index, quantity, name) for name in CLASSES)
        yield from (("own", index, "is", card) for card in range(game.types))
    for offset in range(1, game.players):
        for index in range(hand):
            yield from (("other", offset, index, "is", card) for card in range(game.types))
            yield from (("other", offset, index, status) for status in STATUSES)
            yield from _hint_names(game, offset, index)
            for quantity in ("playable", "dead", "last copy"):
                for truth in (False, True):
                    yield from (("other", offset, index, quantity, truth, name) for name in CLASSES)
            yield from (("other", offset, index, what) for what in ("wrong", "known", "twin"))


def _hint_names(game: HanabiGame, offset: int, index: int) -> Iterator[Name]:
    yield from (("colours", offset, index, mask) for mask in range(2**game.colours))
    yield from (("ranks", offset, index, mask) for mask in range(2**game.ranks))


def class_of(part: int, whole: int) -> str:
    """Return the class of a probability."""
    if part == 0:
        return "zero"
    if part == whole:
        return "one"
    return f"bin {sum(Fraction(part, whole) >= bound for bound in BOUNDS)}"


class Reader:
    """A view with the beliefs about every card, read into Python's own types."""

    def __init__(self, game: HanabiGame, view: np.ndarray, beliefs: Sequence[int]) -> None:
        self.game, self.view, rules = game, [int(v) for v in view], game.rules
        self.me = self.view[layout.CURRENT_PLAYER]
        self.heights = self.view[rules[layout.FIREWORKS] :][: game.colours]
        self.discards = Counter(dict(enumerate(self.view[rules[layout.DISCARDS] :][: game.types])))
        lengths = self.view[rules[layout.HAND_LENGTHS] :][: game.players]
        size = layout.CARD_FIELDS
        self.hands = [
            [self.view[game.card_offset(player, i) :][:size] for i in range(lengths[player])]
            for player in range(game.players)
        ]
        self.beliefs = [
            [self._types(int(beliefs[player * game.cards_in_hand + i])) for i in range(lengths[player])]
            for player in range(game.players)
        ]
        every = Counter({card: game.copies[card % game.ranks] for card in range(game.types)})
        played = Counter(
            colour * game.ranks + rank for colour in range(game.colours) for rank in range(self.heights[colour])
        )
        self.unplayed = every - played - self.discards
        self.unseen = self.unplayed - Counter(
            card[0] for player, hand in enumerate(self.hands) if player != self.me for card in hand
        )
        self.playable = {
            colour * game.ranks + height for colour, height in enumerate(self.heights) if height < game.ranks
        }
        self.wanted: set[int] = set()
        for card in self.playable:
            while card not in self.wanted and self.unplayed[card]:
                self.wanted.add(card)
                card += 1 if (card + 1) % game.ranks else 0
        self.dead = set(range(game.types)) - self.wanted
        self.last_copies = {card for card in self.wanted if self.unplayed[card] == 1}

    def _types(self, mask: int) -> set[int]:
        return {card for card in range(self.game.types) if mask >> card & 1}

    def hinted(self, card: Sequence[int]) -> set[int]:
        """Return the types that hints leave possible."""
        ranks = self.game.ranks
        return {t for t in range(self.game.types) if card[1] >> (t // ranks) & 1 and card[2] >> (t % ranks) & 1}

    def names(self, advice: int) -> Iterator[Name]:
        """Yield the names of the features that are on."""
        yield from self._board()
        yield from self._last_move()
        if advice >= 0:
            yield ("advice", advice)
        for index, card in enumerate(self.hands[self.me]):
            yield from self._own(index, card)
        for offset in range(1, self.game.players):
            for index in range(len(self.hands[(self.me + offset) % self.game.players])):
                yield from self._other(offset, index)

    def _board(self) -> Iterator[Name]:
        view, left = self.view, self.game.deck_size - self.view[layout.DEALT]
        yield ("information tokens", view[layout.INFORMATION_TOKENS])
        yield ("life tokens", view[layout.LIFE_TOKENS])
        yield ("deck", left)
        yield ("turns left", view[layout.TURNS_LEFT])
        yield from (("stack", colour, height) for colour, height in enumerate(self.heights))
        yield from (("discarded", card, n) for card, n in self.discards.items() if n)
        turns = left + self.game.players if left else view[layout.TURNS_LEFT]
        yield ("slack", max(-5, min(20, turns - len(self.wanted))))

    def _last_move(self) -> Iterator[Name]:
        view = self.view
        if view[layout.TURN] == 0:
            return
        yield ("last move", view[layout.LAST_MOVE])
        if view[layout.LAST_TYPE] in (layout.PLAY, layout.DISCARD):
            yield ("last card", bool(view[layout.LAST_SCORED]), view[layout.LAST_CARD])
        else:
            yield ("touched", view[layout.LAST_TARGET] == self.me, view[layout.LAST_TOUCHED])

    def _own(self, index: int, card: Sequence[int]) -> Iterator[Name]:
        yield ("colours", 0, index, card[1])
        yield ("ranks", 0, index, card[2])
        proved = self.unseen_within(self.hinted(card))
        belief = self.unseen_within(self.beliefs[self.me][index]) or proved
        for quantity, kind in (("playable", self.playable), ("last copy", self.last_copies), ("dead", self.dead)):
            yield ("own", index, quantity, share(belief, kind))
        yield ("own", index, "playable by hints", share(proved, self.playable))
        yield ("own", index, "dead by hints", share(proved, self.dead))
        if len(belief) == 1:
            yield ("own", index, "is", *belief)

    def _other(self, offset: int, index: int) -> Iterator[Name]:
        player = (self.me + offset) % self.game.players
        card = self.hands[player][index]
        kind, belief = card[0], self.beliefs[player][index]
        yield ("other", offset, index, "is", kind)
        yield ("other", offset, index, self.status(kind))
        yield ("colours", offset, index, card[1])
        yield ("ranks", offset, index, card[2])
        thought = Counter({t: self.unplayed[t] for t in belief if self.unplayed[t]})
        for quantity, types in (("playable", self.playable), ("dead", self.dead), ("last copy", self.last_copies)):
            yield ("other", offset, index, quantity, kind in types, share(thought, types))
        if kind not in belief:
            yield ("other", offset, index, "wrong")
        elif len(belief) == 1:
            yield ("other", offset, index, "known")
        shown = [
            (holder, place)
            for holder, hand in enumerate(self.hands)
            for place, other in enumerate(hand)
            if holder != self.me and other[0] == kind
        ]
        if len(shown) > 1:
            yield ("other", offset, index, "twin")

    def status(self, card: int) -> str:
        """Return what a card is worth."""
        if card in self.dead:
            return "dead"
        kinds = [
            name for name, types in (("playable", self.playable), ("last copy", self.last_copies)) if card in types
        ]
        return ", ".join(kinds) or "other"

    def unseen_within(self, types: set[int]) -> Counter[int]:
        """Return the unseen cards that have one of the types."""
        return Counter({card: n for card, n in self.unseen.items() if card in types and n > 0})


def share(cards: Counter[int], kind: set[int]) -> str:
    """Return the class of the share of a multiset that is of a kind."""
    return class_of(sum(n for card, n in cards.items() if card in kind), cards.total())
