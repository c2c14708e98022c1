"""Card arithmetic and priority rules against their slow, obvious definitions with Python sets, lists and fractions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from agents.blueprints import cards
from agents.blueprints.iggi import IGGI
from agents.blueprints.piers import PIERS
from games._base.jit import kernel
from games.hanabi import rules as hanabi
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame, small, standard
from games.hanabi.layout import (
    CURRENT_PLAYER,
    DECK_SIZE,
    DISCARDS,
    FIREWORKS,
    HAND_LENGTHS,
    HIDDEN,
    INFORMATION_TOKENS,
    LIFE_TOKENS,
    MOVES,
    RUNNING,
    STATE_SIZE,
    STATUS,
)
from games.hanabi.rules import card_address, cards_left
from games.hanabi.self_play import deck_of_game

GAMES = {
    "2 players": standard(2),
    "3 players": standard(3),
    "4 players": standard(4),
    "5 players": standard(5),
    "small": small(3),
    "63 types": HanabiGame(2, colours=9, ranks=7),
    "one rank": HanabiGame(3, ranks=1),
}


@kernel
def _multiset(rules, view, player):
    return cards.unseen_counts(rules, view, player)


_apply_move = kernel(hanabi.apply_move)
_deck_of_game = kernel(deck_of_game)
_count_bits = kernel(cards.count_bits)


class Position:
    """A view, read into Python's own types: the slow definitions."""

    def __init__(self, game: HanabiGame, state: np.ndarray) -> None:
        self.game, self.rules, self.state = game, game.rules, state
        self.player = int(state[CURRENT_PLAYER])
        self.stacks = self._block(FIREWORKS, game.colours)
        self.discards = Counter(dict(enumerate(self._block(DISCARDS, game.types))))
        self.tokens, self.lives = int(state[INFORMATION_TOKENS]), int(state[LIFE_TOKENS])
        self.hands = [self._hand(player) for player in range(game.players)]

    def _block(self, where: int, length: int) -> list[int]:
        start = int(self.rules[where])
        return [int(x) for x in self.state[start : start + length]]

    def _hand(self, player: int) -> list[tuple[int, set[int], set[int]]]:
        """Return (type, plausible colours, plausible ranks) of each card."""
        hand = []
        for i in range(int(self.state[self.rules[HAND_LENGTHS] + player])):
            address = card_address(self.rules, player, i)
            card, colours, ranks = (int(x) for x in self.state[address : address + 3])
            hand.append((card, {c for c in range(30) if colours >> c & 1}, {r for r in range(30) if ranks >> r & 1}))
        return hand

    def copies(self, card: int) -> int:
        return self.game.copies[card % self.game.ranks]

    def playable(self) -> set[int]:
        return {c * self.game.ranks + height for c, height in enumerate(self.stacks) if height < self.game.ranks}

    def dead(self) -> set[int]:
        def reachable(card: int) -> bool:
            colour, rank = divmod(card, self.game.ranks)
            path = range(colour * self.game.ranks + self.stacks[colour], card + 1)
            return rank >= self.stacks[colour] and all(self.discards[k] < self.copies(k) for k in path)

        return {card for card in range(self.game.types) if not reachable(card)}

    def critical(self) -> set[int]:
        alive = set(range(self.game.types)) - self.dead()
        return {card for card in alive if self.discards[card] == self.copies(card) - 1}

    def unseen(self, player: int) -> Counter[int]:
        counts = Counter({card: self.copies(card) for card in range(self.game.types)})
        counts -= self.discards
        counts -= Counter(c * self.game.ranks + r for c, height in enumerate(self.stacks) for r in range(height))
        counts -= Counter(card for p, hand in enumerate(self.hands) if p != player for card, _, _ in hand)
        return counts

    def possible(self, player: int, index: int) -> set[int]:
        _, colours, ranks = self.hands[player][index]
        return {c * self.game.ranks + r for c in colours for r in ranks}

    def own(self) -> list[Counter[int]]:
        """Return for each own card the cards that it can be, with their numbers."""
        unseen = self.unseen(self.player)
        hand = range(len(self.hands[self.player]))
        return [Counter({k: unseen[k] for k in self.possible(self.player, i) if unseen[k]}) for i in hand]


def positions(game: HanabiGame, games: int, seed: int) -> Iterator[np.ndarray]:
    """Yield the views met in games of random moves that play most of the playable cards and seldom another."""
    generator = np.random.default_rng(seed)
    rules = game.rules
    state, deck = np.empty(rules[STATE_SIZE], np.int32), np.empty(rules[DECK_SIZE], np.int32)
    for number in range(games):
        _deck_of_game(rules, seed, number, deck)
        hanabi.deal(rules, state, deck)
        while state[STATUS] == RUNNING:
            player = int(state[CURRENT_PLAYER])
            moves = np.empty(rules[MOVES], np.int32)
            legal = moves[: hanabi.legal_moves(rules, state, moves)].tolist()
            hand = [int(state[card_address(rules, player, i)]) for i in range(int(state[rules[HAND_LENGTHS] + player]))]
            good = [m for i, card in enumerate(hand) if hanabi.is_playable(rules, state, card) for m in [len(hand) + i]]
            view = state.copy()
            for i in range(len(hand)):
                view[card_address(rules, player, i)] = HIDDEN
            yield view
            safe = [move for move in legal if not game.cards_in_hand <= move < 2 * game.cards_in_hand] or legal
            play = [move for move in good if move in legal and generator.random() < 0.7]
            _apply_move(rules, state, deck, int(generator.choice(play or safe)))


def as_set(mask: int) -> set[int]:
    return {k for k in range(63) if int(mask) >> k & 1}


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_masks_and_counts_are_those_of_the_naive_definitions(game: HanabiGame) -> None:
    seen_critical = 0
    for view in positions(game, 4, seed=1):
        naive = Position(game, view)
        assert as_set(cards.playable_mask(game.rules, view)) == naive.playable()
        following = {k + 1 for k in naive.playable() if (k + 1) % game.ranks}
        assert as_set(cards.following_mask(game.rules, view, 1)) == following
        assert as_set(cards.dead_mask(game.rules, view)) == naive.dead()
        assert as_set(cards.critical_mask(game.rules, view)) == naive.critical()
        seen_critical += len(naive.critical())
        unseen = naive.unseen(naive.player)
        ones, twos = _multiset(game.rules, view, naive.player)
        assert all((ones >> k & 1) + 2 * (twos >> k & 1) == unseen[k] for k in range(game.types))
        for player, hand in enumerate(naive.hands):
            for i in range(len(hand)):
                mask = cards.card_mask(game.rules, view, player, i)
                assert as_set(mask) == naive.possible(player, i)
                assert cards.count_within(ones, twos, mask) == sum(unseen[k] for k in naive.possible(player, i))
            if player != naive.player:
                assert as_set(cards.hand_mask(game.rules, view, player)) == {card for card, _, _ in hand}
    assert seen_critical > 0 or game.ranks == 1


def test_bits_are_counted_up_to_the_last_one() -> None:
    generator = np.random.default_rng(3)
    words = [0, 1, (1 << 63) - 1, 1 << 62, *(int(w) for w in generator.integers(0, (1 << 63) - 1, 200))]
    for word in words:
        assert _count_bits(word) == cards.count_bits(word) == word.bit_count()


def naive_move(position: Position, risky: bool) -> int | None:
    """Return the move of IGGI, or of Piers if ``risky``, from their published lists; ``None`` where it is drawn."""
    game, hand = position.game, len(position.hands[position.player])
    playable, dead, own = position.playable(), position.dead(), position.own()
    play, discard = game.cards_in_hand, 0
    chances = [Fraction(sum(n for k, n in card.items() if k in playable), card.total()) for card in own]
    best = max(range(hand), key=lambda i: (chances[i], i))
    if risky and position.lives > 1 and cards_left(game.rules, position.state) == 0:
        return play + best
    if 1 in chances:
        return play + chances.index(Fraction(1))
    if risky and position.lives > 1 and chances[best] >= Fraction(6, 10):
        return play + best

    def hint(player: int, colour: int = -1, rank: int = -1) -> int:
        offset = (player - position.player) % game.players - 1
        if colour >= 0:
            return 2 * game.cards_in_hand + offset * game.colours + colour
        return 2 * game.cards_in_hand + (game.players - 1) * game.colours + offset * game.ranks + rank

    others = [(position.player + offset) % game.players for offset in range(1, game.players)]
    cards_of_others = (
        [(player, *card) for player in others for card in position.hands[player]] if position.tokens else []
    )
    for player, card, colours, ranks in cards_of_others:
        if card in playable and len(ranks) > 1:
            return hint(player, rank=card % game.ranks)
        if card in playable and len(colours) > 1:
            return hint(player, colour=card // game.ranks)
    if risky and position.tokens < 4:
        for player, card, colours, ranks in cards_of_others:
            colour, rank = divmod(card, game.ranks)
            played = position.stacks[colour] > rank
            if len(colours) > 1 and (position.stacks[colour] == game.ranks or (played and len(ranks) == 1)):
                return hint(player, colour=colour)
            if len(ranks) > 1 and (min(position.stacks) > rank or (played and len(colours) == 1)):
                return hint(player, rank=rank)
    if position.tokens == game.information_tokens:
        return None
    return discard + next((i for i, card in enumerate(own) if set(card) <= dead), 0)


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
@pytest.mark.parametrize("policy", [IGGI, PIERS], ids=lambda policy: policy.name)
def test_priority_lists_play_as_published(game: HanabiGame, policy: Blueprint) -> None:
    drawn = decisions = 0
    memory = np.zeros(1, np.int64)
    for view in positions(game, 12, seed=2):
        expected = naive_move(Position(game, view), policy is PIERS)
        move = policy.decide(game.rules, view, memory, np.uint64(7))
        decisions += 1
        if expected is None:
            drawn += 1
            assert move >= 2 * game.cards_in_hand or game.information_tokens == 0
        else:
            assert move == expected
    assert drawn < decisions / 4
