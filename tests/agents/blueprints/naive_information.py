"""The information blueprint's convention in sets, fractions and plain loops: slow, and near to how one would say it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from games.hanabi.game import HanabiGame
from games.hanabi.layout import (
    CARD_TYPE,
    DISCARD,
    DISCARDS,
    FIREWORKS,
    HAND_LENGTHS,
    HINT_COLOUR,
    INFORMATION_TOKENS,
    LAST_DREW,
    LAST_PLAYER,
    LAST_POSITION,
    LAST_TARGET,
    LAST_TOUCHED,
    LAST_TYPE,
    LAST_VALUE,
    PLAY,
)
from games.hanabi.rules import card_address

Card = tuple[int, int]  # colour, rank
Outcome = dict[int, set[Card]]  # what an answer says: card index -> the types it leaves possible


class NaiveTable:
    """Public knowledge: ``possible[player][index]`` is the set of (colour, rank) that a card can still be."""

    def __init__(self, game: HanabiGame) -> None:
        self.game = game
        self.everything = {(c, r) for c in range(game.colours) for r in range(game.ranks)}
        self.possible = [[set(self.everything) for _ in range(game.cards_in_hand)] for _ in range(game.players)]
        self.counts = Counter({(c, r): game.copies[r] for c, r in self.everything})

    def hand(self, state, player: int) -> list[Card]:
        rules = self.game.rules
        length = state[rules[HAND_LENGTHS] + player]
        types = [int(state[card_address(rules, player, i) + CARD_TYPE]) for i in range(length)]
        return [divmod(t, self.game.ranks) for t in types]

    def look_at_board(self, state) -> None:
        game = self.game
        height = [int(state[game.rules[FIREWORKS] + c]) for c in range(game.colours)]
        self.left: Counter[Card] = Counter()
        for c, r in self.everything:
            gone = int(state[game.rules[DISCARDS] + c * game.ranks + r])
            self.left[c, r] = game.copies[r] - gone - (r < height[c])
        self.playable = {(c, height[c]) for c in range(game.colours)}
        self.dead = {
            (c, r)
            for c, r in self.everything
            if r < height[c] or any(self.left[c, below] == 0 for below in range(height[c], r + 1))
        }

    def free(self) -> Counter[Card]:
        """Copies left that are not in an identified card."""
        identified = Counter(next(iter(s)) for hand in self.possible for s in hand if len(s) == 1)
        return Counter({card: self.left[card] - identified[card] for card in self.everything})

    def strike_out(self) -> None:
        """Remove types without a copy left from every card, and without a free one from those not identified."""
        for hand in self.possible:
            for types in hand:
                types &= {card for card in self.everything if self.left[card] > 0}
        changed = True
        while changed:
            free = self.free()
            changed = False
            for hand in self.possible:
                for types in hand:
                    gone = {card for card in types if free[card] <= 0}
                    if len(types) > 1 and gone:
                        types -= gone
                        changed = True
        self.counts = self.free()

    def share(self, types: set[Card], subset: set[Card]) -> Fraction:
        """Return a chance by the free copies as of the last move: answers heard since do not change the counts."""
        return Fraction(sum(self.counts[card] for card in types & subset), sum(self.counts[card] for card in types))

    def settled(self, types: set[Card]) -> bool:
        return len(types) == 1 or types <= self.dead

    def question(self, player: int, room: int) -> list[Outcome] | None:
        """Return the next question to a hand as the list of what its answers 0, 1, ... say."""
        hand = self.possible[player]
        unsettled = [i for i, types in enumerate(hand) if not self.settled(types)]
        if not any(types <= self.playable for types in hand):
            asked = []
            for about in (self.playable, self.dead):
                if about is self.dead and any(types <= self.dead for types in hand):
                    continue
                chances = sorted((self.share(hand[i], about), i) for i in unsettled if hand[i] & about)
                fits = room - 1 - len(asked)
                asked += [(i, about) for _, i in chances[max(0, len(chances) - fits) :]]
            if asked:
                return self.first_yes(asked)
        near = [(abs(float(self.share(hand[i], self.playable)) - 0.7), i) for i in unsettled]
        if near and min(near)[0] < 0.2:
            i = min(near)[1]
            return [{i: self.everything - self.playable}, {i: self.playable}]
        if not unsettled:
            return None
        i = max(unsettled, key=lambda i: (sum(self.counts[card] for card in hand[i]), -i))
        live = sorted(hand[i] - self.dead)
        dead = hand[i] & self.dead
        classes = min(room - bool(dead), len(live))
        return [{i: set(live[k::classes])} for k in range(classes)] + ([{i: dead}] if dead else [])

    def first_yes(self, asked: list[tuple[int, set[Card]]]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        noes: Outcome = {}
        for i, about in asked:
            outcomes.append(dict(noes) | {i: noes.get(i, self.everything) & about})
            noes[i] = noes.get(i, self.everything) - about
        return [noes, *outcomes]

    def hat(self, player: int, modulus: int, hand: list[Card]) -> int:
        """Return the hat of a hand and record its answers."""
        total, scale = 0, 1
        while True:
            room = len(range(total, modulus, scale))
            outcomes = self.question(player, room) if room > 1 else None
            if outcomes is None:
                return total
            answer = next(k for k, o in enumerate(outcomes) if all(hand[i] in types for i, types in o.items()))
            for i, types in outcomes[answer].items():
                self.possible[player][i] &= types
            total += scale * answer
            scale *= len(outcomes)

    def capacity(self, player: int) -> int:
        hand = self.possible[player]
        one_colour = any(all(any(c == colour for c, _ in s) for s in hand) for colour in range(self.game.colours))
        one_rank = any(all(any(r == rank for _, r in s) for s in hand) for rank in range(self.game.ranks))
        return 3 if one_colour or one_rank else 4

    def index_card(self, player: int) -> int:
        def gain(types: set[Card]) -> int:
            several = (len({c for c, _ in types}) > 1) + (len({r for _, r in types}) > 1)
            return 0 if self.settled(types) else 1 + several

        gains = [gain(types) for types in self.possible[player]]
        return gains.index(max(gains))

    def others(self, player: int) -> Iterator[int]:
        return ((player + k) % self.game.players for k in range(1, self.game.players))

    def message_of_hint(self, after) -> tuple[int, int]:
        """Return (message, modulus) of the hint just given."""
        giver, target = after[LAST_PLAYER], after[LAST_TARGET]
        capacities = {p: self.capacity(p) for p in self.others(giver)}
        touches = after[LAST_TOUCHED] >> self.index_card(target) & 1
        colour = after[LAST_TYPE] == HINT_COLOUR
        kind = int(colour) if touches else 3 if colour and capacities[target] == 4 else 2
        order = list(self.others(giver))
        return kind + sum(capacities[p] for p in order[: order.index(target)]), sum(capacities.values())

    def useless(self, player: int) -> list[int]:
        hand = self.possible[player]
        return [i for i, types in enumerate(hand) if types <= self.dead or (len(types) == 1 and hand.count(types) > 1)]

    def observe(self, before, after) -> tuple[int, int, int] | None:
        """Update after an honest move; return (message, modulus, sum of the hats) if the move carries a message."""
        self.look_at_board(before)
        mover = after[LAST_PLAYER]
        sent = None
        if after[LAST_TYPE] in (HINT_COLOUR, HINT_COLOUR + 1):
            sent = self.message_of_hint(after)
        elif after[LAST_TYPE] == DISCARD:
            useless = self.useless(mover)
            if before[INFORMATION_TOKENS] > 0:
                for p in self.others(mover):
                    if not any(types <= self.playable for types in self.possible[p]):
                        self.possible[p] = [types - self.playable for types in self.possible[p]]
            if len(useless) > 1:
                sent = useless.index(after[LAST_POSITION]), len(useless)
        else:
            assert after[LAST_TYPE] == PLAY
        result = None
        if sent is not None:
            hats = sum(self.hat(p, sent[1], self.hand(before, p)) for p in self.others(mover))
            result = (*sent, hats)
        self.record(after)
        return result

    def record(self, after) -> None:
        """Apply what everybody sees of the last move."""
        mover = after[LAST_PLAYER]
        if after[LAST_POSITION] >= 0:
            del self.possible[mover][after[LAST_POSITION]]
            if after[LAST_DREW]:
                self.possible[mover].append(set(self.everything))
        else:
            part = 0 if after[LAST_TYPE] == HINT_COLOUR else 1
            for i, types in enumerate(self.possible[after[LAST_TARGET]]):
                touched = bool(after[LAST_TOUCHED] >> i & 1)
                types &= {card for card in self.everything if (card[part] == after[LAST_VALUE]) == touched}
        self.look_at_board(after)
        self.strike_out()
