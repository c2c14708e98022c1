"""The readings of the smart blueprint in sets and plain loops: slow, and near to how one would say them."""

from __future__ import annotations

from collections import Counter

from games.hanabi.game import HanabiGame
from games.hanabi.layout import (
    CARD_TYPE,
    DEALT,
    DISCARD,
    DISCARDS,
    FIREWORKS,
    HAND_LENGTHS,
    HINT_COLOUR,
    INFORMATION_TOKENS,
    LAST_CARD,
    LAST_DREW,
    LAST_PLAYER,
    LAST_POSITION,
    LAST_TARGET,
    LAST_TOUCHED,
    LAST_TYPE,
    LAST_VALUE,
)
from games.hanabi.rules import card_address

Card = tuple[int, int]


class NaiveReadings:
    """What ``seat`` concludes about every card: ``possible[player][index]`` is a set of (colour, rank)."""

    def __init__(self, game: HanabiGame, seat: int) -> None:
        self.game = game
        self.seat = seat
        self.everything = {(c, r) for c in range(game.colours) for r in range(game.ranks)}
        self.possible = [[set(self.everything) for _ in range(game.cards_in_hand)] for _ in range(game.players)]

    def hand(self, state, player):
        rules = self.game.rules
        length = state[rules[HAND_LENGTHS] + player]
        types = [int(state[card_address(rules, player, i) + CARD_TYPE]) for i in range(length)]
        return [divmod(t, self.game.ranks) for t in types]

    def look_at_board(self, state):
        """Set the playable, worthless and valuable cards of a state, and the copies still to come of each."""
        game = self.game
        height = [int(state[game.rules[FIREWORKS] + c]) for c in range(game.colours)]
        self.left: Counter[Card] = Counter()
        for c, r in self.everything:
            gone = int(state[game.rules[DISCARDS] + c * game.ranks + r])
            self.left[c, r] = game.copies[r] - gone - (r < height[c])
        self.playable = {(c, height[c]) for c in range(game.colours) if self.left[c, height[c]] > 0}
        self.worthless = {
            (c, r)
            for c, r in self.everything
            if r < height[c] or any(self.left[c, below] == 0 for below in range(height[c], r + 1))
        }
        self.valuable = {card for card in self.everything - self.worthless if self.left[card] == 1}

    def next_discard(self, player):
        best, best_share = None, -1.0
        for index, cards in enumerate(self.possible[player]):
            if cards <= self.playable or cards <= self.worthless:
                return None
            share = len(cards & self.worthless) / len(cards)
            if not cards <= self.valuable and share > best_share + 1e-12:
                best, best_share = index, share
        return best

    def no_warning(self, before, mover):
        if before[DEALT] < self.game.deck_size and before[INFORMATION_TOKENS] > 0:
            player = (mover + 1) % self.game.players
            index = self.next_discard(player)
            if index is not None:
                self.possible[player][index] -= self.valuable

    def read_hint(self, before, after):
        giver, target, value = int(after[LAST_PLAYER]), int(after[LAST_TARGET]), int(after[LAST_VALUE])
        by_colour = after[LAST_TYPE] == HINT_COLOUR
        named = {card for card in self.everything if card[0 if by_colour else 1] == value}
        hand = self.possible[target]
        touched = [i for i in range(len(hand)) if after[LAST_TOUCHED] >> i & 1]
        is_next = target == (giver + 1) % self.game.players
        index = self.next_discard(target)
        is_warning = False
        if not by_colour and is_next and index in touched:
            is_warning = not hand[index] <= self.valuable and bool(hand[index] & self.valuable & named)
            if is_warning:
                hand[index] &= self.valuable
        undecided = [i for i in range(len(hand)) if hand[i] & self.playable and not hand[i] <= self.playable]
        for i in range(len(hand)):
            hand[i] &= named if i in touched else self.everything - named
        reveals = any(hand[i] <= self.playable for i in undecided)
        candidates = [i for i in undecided if i in touched and hand[i] & self.playable]
        if candidates and not reveals and not is_warning:
            hand[max(candidates)] &= self.playable
        if not is_next:
            self.no_warning(before, giver)

    def read_card(self, before, after):
        mover, position = int(after[LAST_PLAYER]), int(after[LAST_POSITION])
        card = divmod(int(after[LAST_CARD]), self.game.ranks)
        self.no_warning(before, mover)
        if after[LAST_TYPE] == DISCARD and self.possible[mover][position] == {card} and card in self.playable:
            others = [p for p in range(self.game.players) if p not in (mover, self.seat)]
            holders = [p for p in others if self.hand(before, p) and self.hand(before, p)[-1] == card]
            if self.game.players == 2:
                holders = [1 - mover]
            holder = holders[0] if holders else self.seat
            if holder != mover and self.possible[holder] and card in self.possible[holder][-1]:
                self.possible[holder][-1] = {card}
        del self.possible[mover][position]
        if after[LAST_DREW]:
            self.possible[mover].append(set(self.everything))

    def count(self):
        """Take identified cards and used-up types out of every other set, until nothing changes."""
        while True:
            known = Counter(next(iter(cards)) for hand in self.possible for cards in hand if len(cards) == 1)
            gone = {card for card in self.everything if self.left[card] <= known[card]}
            changed = False
            for hand in self.possible:
                for cards in hand:
                    if len(cards) > 1 and cards & gone:
                        cards -= gone
                        changed = True
            if not changed:
                return

    def observe(self, before, after):
        self.look_at_board(before)
        if after[LAST_POSITION] < 0:
            self.read_hint(before, after)
        else:
            self.read_card(before, after)
        self.look_at_board(after)
        self.count()
