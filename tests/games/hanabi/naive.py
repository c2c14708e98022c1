"""Hanabi written down the slow and obvious way: the oracle for configurations that other engines do not have.

Cards are ``(colour, rank)`` pairs, knowledge about a card is a pair of sets, and an observation is a list that grows
part by part. Nothing is shared with ``games/hanabi``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

CardPair = tuple[int, int]


@dataclass
class NaiveCard:
    """A card in a hand and what hints said about it."""

    card: CardPair
    colours: set[int]
    ranks: set[int]
    named_colour: bool = False
    named_rank: bool = False


@dataclass
class NaiveMove:
    """The last move; what a kind of move does not have keeps its default."""

    kind: str = "none"
    mover: int = -1
    target: int = -1
    value: int = -1
    touched: list[int] = field(default_factory=list)
    position: int = -1
    card: CardPair = (-1, -1)
    scored: bool = False
    token: bool = False


@dataclass
class NaiveHanabi:
    """A game in progress. ``deck`` lists all cards in deal order."""

    players: int
    colours: int
    ranks: int
    hand_size: int
    most_tokens: int
    most_lives: int
    bomb_keeps_points: bool
    deck: list[CardPair]
    hands: list[list[NaiveCard]] = field(default_factory=list)
    discards: list[CardPair] = field(default_factory=list)
    last: NaiveMove = field(default_factory=NaiveMove)

    def __post_init__(self) -> None:
        self.cards_in_game = list(self.deck)
        self.counts = Counter(self.deck)
        self.tokens, self.lives = self.most_tokens, self.most_lives
        self.stacks = [0] * self.colours
        self.to_move = 0
        self.last_turns = self.players
        self.hands = [[] for _ in range(self.players)]
        self.deck = list(self.deck)
        for player in range(self.players):
            for _ in range(self.hand_size):
                self._draw(player)

    def _draw(self, player: int) -> None:
        card = self.deck.pop(0)
        self.hands[player].append(NaiveCard(card, set(range(self.colours)), set(range(self.ranks))))

    def moves(self) -> list[tuple[str, int, int]]:
        """Return every move of the game in the order of their ids: (kind, position or offset, value)."""
        positions = range(self.hand_size)
        others = range(1, self.players)
        return (
            [("discard", i, 0) for i in positions]
            + [("play", i, 0) for i in positions]
            + [("colour", o, c) for o in others for c in range(self.colours)]
            + [("rank", o, r) for o in others for r in range(self.ranks)]
        )

    def is_over(self) -> bool:
        complete = all(height == self.ranks for height in self.stacks)
        return self.lives == 0 or complete or self.last_turns == 0

    def score(self) -> int:
        return 0 if self.lives == 0 and not self.bomb_keeps_points else sum(self.stacks)

    def legal(self) -> list[int]:
        return [number for number, move in enumerate(self.moves()) if not self.is_over() and self._allows(*move)]

    def _allows(self, kind: str, where: int, value: int) -> bool:
        if kind in ("discard", "play"):
            return where < len(self.hands[self.to_move]) and (kind == "play" or self.tokens < self.most_tokens)
        target = self.hands[(self.to_move + where) % self.players]
        return self.tokens > 0 and any(held.card[kind == "rank"] == value for held in target)

    def apply(self, number: int) -> None:
        kind, where, value = self.moves()[number]
        mover = self.to_move
        if not self.deck:
            self.last_turns -= 1
        if kind in ("discard", "play"):
            self._use_card(kind, mover, where)
        else:
            self._hint(kind, mover, (mover + where) % self.players, value)
        if self.is_over():
            return
        if kind in ("discard", "play") and self.deck:
            self._draw(mover)
        self.to_move = (mover + 1) % self.players

    def _use_card(self, kind: str, mover: int, where: int) -> None:
        card = self.hands[mover].pop(where).card
        colour, rank = card
        scored = kind == "play" and self.stacks[colour] == rank
        if scored:
            self.stacks[colour] += 1
        else:
            self.discards.append(card)
        if kind == "play" and not scored:
            self.lives -= 1
        earns = kind == "discard" or (scored and self.stacks[colour] == self.ranks)
        token = earns and self.tokens < self.most_tokens
        self.tokens += token
        token_shown = token and kind == "play"
        self.last = NaiveMove(kind, mover, position=where, card=card, scored=scored, token=token_shown)

    def _hint(self, kind: str, mover: int, target: int, value: int) -> None:
        self.tokens -= 1
        touched = []
        for i, held in enumerate(self.hands[target]):
            known = held.colours if kind == "colour" else held.ranks
            if held.card[kind == "rank"] == value:
                touched.append(i)
                known.intersection_update({value})
                held.named_colour |= kind == "colour"
                held.named_rank |= kind == "rank"
            else:
                known.discard(value)
        self.last = NaiveMove(kind, mover, target, value, touched)

    def copies(self, card: CardPair) -> int:
        return self.counts[card]

    def types(self) -> list[CardPair]:
        return [(colour, rank) for colour in range(self.colours) for rank in range(self.ranks)]

    def observation(self, player: int, probabilities: bool = False) -> list[float]:
        """Return the canonical observation, or its V0 variant."""
        seats = [(player + step) % self.players for step in range(self.players)]
        out: list[float] = []
        for seat in seats[1:]:
            shown: list[CardPair | None] = [held.card for held in self.hands[seat]]
            for card in shown + [None] * (self.hand_size - len(shown)):
                out += [card == other for other in self.types()]
        out += [len(self.hands[seat]) < self.hand_size for seat in seats]
        out += thermometer(len(self.deck), len(self.cards_in_game) - self.players * self.hand_size)
        for height in self.stacks:
            out += [height == level for level in range(1, self.ranks + 1)]
        out += thermometer(self.tokens, self.most_tokens)
        out += thermometer(self.lives, self.most_lives)
        for card in self.types():
            out += thermometer(self.discards.count(card), self.copies(card))
        out += self._last_move(seats)
        for seat in seats:
            for held in self.hands[seat]:
                out += self._probabilities(held) if probabilities else self._plausible(held)
                out += [held.named_colour and held.card[0] == colour for colour in range(self.colours)]
                out += [held.named_rank and held.card[1] == rank for rank in range(self.ranks)]
            missing = self.hand_size - len(self.hands[seat])
            out += [0] * (missing * (len(self.types()) + self.colours + self.ranks))
        return [float(bit) for bit in out]

    def _plausible(self, held: NaiveCard) -> list[float]:
        return [colour in held.colours and rank in held.ranks for colour, rank in self.types()]

    def _probabilities(self, held: NaiveCard) -> list[float]:
        weights = []
        for card, plausible in zip(self.types(), self._plausible(held), strict=True):
            on_stack = self.stacks[card[0]] > card[1]
            weights.append(int(plausible) * (self.copies(card) - self.discards.count(card) - on_stack))
        total = sum(weights)
        return [weight / total for weight in weights]

    def _last_move(self, seats: list[int]) -> list[bool]:
        last = self.last
        return (
            [seat == last.mover for seat in seats]
            + [last.kind == kind for kind in ("play", "discard", "colour", "rank")]
            + [seat == last.target for seat in seats]
            + [last.kind == "colour" and last.value == colour for colour in range(self.colours)]
            + [last.kind == "rank" and last.value == rank for rank in range(self.ranks)]
            + [i in last.touched for i in range(self.hand_size)]
            + [i == last.position for i in range(self.hand_size)]
            + [card == last.card for card in self.types()]
            + [last.scored, last.token]
        )


def thermometer(level: int, length: int) -> list[float]:
    """Return ``level`` ones, then zeros up to ``length``."""
    return [1.0] * level + [0.0] * (length - level)
