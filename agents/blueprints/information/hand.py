"""The own hand, as its holder knows it – public knowledge and what the other hands show – and which card of it to use.

``private`` is a row with one hand (see ``knowledge``): its cells ``KNOWN ..`` are the own cards.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from agents.blueprints.cards import hand_mask, remove_one, type_bit
from agents.blueprints.information.knowledge import (
    DEAD,
    KNOWN,
    LEFT_ONES,
    LEFT_TWOS,
    PLAYABLE,
    account_for,
    chance,
    copies_within,
    hand_offset,
    of_rank,
    position_of,
)
from agents.blueprints.information.recording import proved_types
from games._base.jit import jitable
from games.hanabi.layout import CURRENT_PLAYER, HAND_LENGTHS, PLAYERS, RANKS
from games.hanabi.rules import card_address, cards_left

GAMBLE_ABOVE: Final = 0.7  # chance of success above which a play that is otherwise a discard is worth a life
NEXT_IN_SIGHT: Final = 3.0  # in ranks: how much rather to play a card that another player can follow up


class Prices(NamedTuple):
    """What a discard costs, in hundredths of a point: a constant, and so much for each rank from the card's own up."""

    twin_seen: float  # somebody else holds one
    twin_seen_rank: float
    copy_left: float  # there is another copy, in the deck or in the own hand
    copy_left_rank: float
    last_copy: float
    last_copy_rank: float
    playable_now: float  # on top
    dear: float  # a discard that costs more is put off by a hint


# Found by coordinate search over the first 20,000 games of the seeds 0 and 1.
PRICES_OF_TWO: Final = Prices(40.0, 30.0, 100.0, 20.0, 300.0, 100.0, 100.0, 300.0)
PRICES: Final = Prices(10.0, 30.0, 100.0, 80.0, 900.0, 110.0, 50.0, 150.0)


@jitable
def prices(rules):
    """Return the prices for the number of players: with two, few games are perfect and single points count more."""
    return PRICES_OF_TWO if rules[PLAYERS] == 2 else PRICES


@jitable
def see_private(rules, view, memory, private):
    """Fill ``private`` with what the current player knows."""
    me = view[CURRENT_PLAYER]
    for cell in range(KNOWN):
        private[cell] = memory[cell]
    ones = memory[LEFT_ONES]
    twos = memory[LEFT_TWOS]
    for player in range(rules[PLAYERS]):
        if player != me:
            for i in range(view[rules[HAND_LENGTHS] + player]):
                ones, twos = remove_one(ones, twos, type_bit(view[card_address(rules, player, i)]))
    first = hand_offset(rules, me)
    length = view[rules[HAND_LENGTHS] + me]
    for i in range(length):
        mask = memory[first + i] & (ones | twos)
        if mask == 0:
            mask = proved_types(rules, view, memory, me, i)
        private[KNOWN + i] = mask
    account_for(private, KNOWN, KNOWN + length, ones, twos)


@jitable
def seen_types(rules, view):
    """Return the types in the hands that the current player sees."""
    seen = np.int64(0)
    for player in range(rules[PLAYERS]):
        if player != view[CURRENT_PLAYER]:
            seen |= hand_mask(rules, view, player)
    return seen


@jitable
def _play_value(rules, view, private, mask):
    """Return how much a playable card is worth playing now: low ranks first, and those that others hold too last."""
    highest = rules[RANKS] - 1
    seen = seen_types(rules, view)
    total = 0.0
    types = mask
    while types != 0:
        bit = types & -types
        types ^= bit
        holders = 1
        if cards_left(rules, view) > 0:
            for player in range(rules[PLAYERS]):
                if player != view[CURRENT_PLAYER] and hand_mask(rules, view, player) & bit != 0:
                    holders += 1
        rank = position_of(bit) % rules[RANKS]
        value = (2.0 * highest + 1.0 - rank) / holders
        if rank < highest and seen & (bit << 1) != 0:
            value += NEXT_IN_SIGHT
        total += copies_within(private, mask, bit) * value
    return total / max(copies_within(private, mask, mask), 1)


@jitable
def sure_play(rules, view, private, length):
    """Return the best card that is surely playable, or -1."""
    best = -1
    count = 0
    for i in range(length):
        if private[KNOWN + i] & ~private[PLAYABLE] == 0:
            best = i
            count += 1
    if count < 2:
        return best
    most = -1.0
    for i in range(length):
        mask = private[KNOWN + i]
        if mask & ~private[PLAYABLE] == 0:
            value = _play_value(rules, view, private, mask)
            if value > most:
                best = i
                most = value
    return best


@jitable
def play_or_dead(private, length):
    """Return the card likeliest to be playable among those that are playable or dead, if that is likely; else -1."""
    best = -1
    most = GAMBLE_ABOVE
    for i in range(length):
        mask = private[KNOWN + i]
        if mask & ~(private[PLAYABLE] | private[DEAD]) == 0:
            likely = chance(private, mask, private[PLAYABLE])
            if likely > most:
                best = i
                most = likely
    return best


@jitable
def likeliest_play(private, length):
    """Return the card likeliest to be playable, or -1 if none can be."""
    best = -1
    most = 0.0
    for i in range(length):
        likely = chance(private, private[KNOWN + i], private[PLAYABLE])
        if likely > most:
            best = i
            most = likely
    return best


@jitable
def _loss(rules, private, mask, seen):
    """Return what it costs on average to discard a card with the possible types ``mask``; dead types cost nothing."""
    price = prices(rules)
    wanted = ~private[DEAD]
    twin = seen & wanted
    copy = private[LEFT_TWOS] & wanted & ~seen
    last = ~private[LEFT_TWOS] & wanted & ~seen
    total = price.playable_now * copies_within(private, mask, private[PLAYABLE])
    for rank in range(rules[RANKS]):
        upwards = rules[RANKS] - rank
        column = of_rank(private, rank)
        total += (price.twin_seen + price.twin_seen_rank * upwards) * copies_within(private, mask, column & twin)
        total += (price.copy_left + price.copy_left_rank * upwards) * copies_within(private, mask, column & copy)
        total += (price.last_copy + price.last_copy_rank * upwards) * copies_within(private, mask, column & last)
    return total / max(copies_within(private, mask, mask), 1)


@jitable
def cheapest_discard(rules, view, private, length):
    """Return the card that costs least to discard, and what it costs."""
    seen = seen_types(rules, view)
    best = 0
    least = 1.0e9
    for i in range(length):
        cost = _loss(rules, private, private[KNOWN + i], seen)
        if cost < least:
            best = i
            least = cost
    return best, least
