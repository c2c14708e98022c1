"""What the smart blueprint does with what it knows: save a valuable card, finesse, play, hint, gamble, discard."""

from __future__ import annotations

from agents.blueprints.cards import count_bits, is_single
from agents.blueprints.smart.memory import (
    ANY_TYPE,
    COPIES_HIGH,
    COPIES_LOW,
    FIRST_RANK,
    PLAYABLE,
    VALUABLE,
    WORTHLESS,
    mask_address,
)
from agents.blueprints.smart.outlook import WORST, best_hint, next_player_loss, weight
from agents.blueprints.smart.readings import next_discard, surely
from agents.blueprints.smart.weights import (
    DANGER,
    GAMBLE_DECK,
    LAST_TOKEN,
    LOSE_VALUABLE,
    OWN_LOCKED,
    OWN_RISK,
    PACE,
    PACE_SLACK,
    THRESHOLD,
    TOKEN_SLOPE,
)
from games._base.jit import jitable
from games.hanabi.layout import (
    BOMB_KEEPS_POINTS,
    CURRENT_PLAYER,
    HAND_LENGTHS,
    INFORMATION_TOKENS,
    LIFE_TOKENS,
    MAX_INFORMATION_TOKENS,
    PLAY_BASE,
    PLAYERS,
    RANKS,
)
from games.hanabi.rules import card_address, cards_left


@jitable
def unseen_copies(rules, view, row, player):
    """Return the bit-sliced copies ``(low, high)`` that ``player`` can not place.

    These are the cards that are not on the board, in no other hand, and not identified in its own.
    """
    low = row[COPIES_LOW]
    high = row[COPIES_HIGH]
    for other in range(rules[PLAYERS]):
        for index in range(view[rules[HAND_LENGTHS] + other]):
            if other != player:
                mask = 1 << view[card_address(rules, other, index)]
            else:
                mask = row[mask_address(rules, other, index)]
                if not is_single(mask):
                    continue
            mask &= low | high
            high ^= mask & ~low
            low ^= mask
    return low, high


@jitable
def own_mask(rules, row, player, index, unseen):
    """Return what ``player`` itself thinks possible for its card: the public mask, less what it sees elsewhere."""
    mask = row[mask_address(rules, player, index)]
    if is_single(mask) or mask & unseen == 0:
        return mask
    return mask & unseen


@jitable
def rank_of(rules, row, mask):
    """Return the rank that all types of a mask share, or -1."""
    for rank in range(rules[RANKS]):
        if surely(mask, row[FIRST_RANK] << rank):
            return rank
    return -1


@jitable
def known_play(rules, view, row, player, unseen):
    """Return the surely playable card to play, or -1: first one that only its holder knows of, then the lowest rank."""
    best = -1
    best_value = 0
    for index in range(view[rules[HAND_LENGTHS] + player]):
        mask = own_mask(rules, row, player, index, unseen)
        if not surely(mask, row[PLAYABLE]):
            continue
        value = rules[RANKS] - rank_of(rules, row, mask)
        if not surely(row[mask_address(rules, player, index)], row[PLAYABLE]):
            value += 100
        if value > best_value:
            best_value = value
            best = index
    return best


@jitable
def likeliest_play(rules, view, row, player, low, high):
    """Return the card most likely to be playable, the newest of equals, or -1 if none can be.

    Likelihood counts copies: the public mask of a card times the copies that ``player`` can not place.
    """
    best = -1
    best_playable = 0
    best_copies = 1
    for index in range(view[rules[HAND_LENGTHS] + player] - 1, -1, -1):
        mask = own_mask(rules, row, player, index, low | high)
        playable = mask & row[PLAYABLE]
        playable = count_bits(playable & low) + 2 * count_bits(playable & high)
        copies = count_bits(mask & low) + 2 * count_bits(mask & high)
        if playable * best_copies > best_playable * copies:
            best = index
            best_playable = playable
            best_copies = copies
    return best


@jitable
def finesse(rules, view, row, player):
    """Return a publicly playable, not valuable own card whose twin is the newest card of just one other, or -1."""
    for index in range(view[rules[HAND_LENGTHS] + player]):
        mask = row[mask_address(rules, player, index)]
        if not is_single(mask) or mask & row[PLAYABLE] & ~row[VALUABLE] == 0:
            continue
        twins = 0
        for other in range(rules[PLAYERS]):
            length = view[rules[HAND_LENGTHS] + other]
            if other != player and length > 0 and mask == 1 << view[card_address(rules, other, length - 1)]:
                twins += 1
        if twins == 1:
            return index
    return -1


@jitable
def discard(rules, view, row, player, unseen):
    """Return the card to discard: worthless (rather one that only its holder knows of), expected, or the highest."""
    length = view[rules[HAND_LENGTHS] + player]
    best = -1
    best_worthless = 0
    best_types = 1
    for index in range(length):
        if not surely(own_mask(rules, row, player, index, unseen), row[WORTHLESS]):
            continue
        mask = row[mask_address(rules, player, index)]
        worthless = count_bits(mask & row[WORTHLESS])
        types = count_bits(mask)
        if best < 0 or worthless * best_types < best_worthless * types:
            best = index
            best_worthless = worthless
            best_types = types
    if best < 0:
        best = next_discard(rules, view, row, player)
    if best >= 0:
        return best
    best = 0
    best_rank = -1
    for index in range(length):
        rank = rank_of(rules, row, row[mask_address(rules, player, index)])
        if rank > best_rank:
            best = index
            best_rank = rank
    return best


@jitable
def hint_threshold(rules, view, row, player):
    """Return how much better than no hint a hint must be: tokens are scarce, but the turn may be better not spent else.

    ``slack`` is the number of moves left that may go by without a point if every point that can be had is to be had.
    """
    tokens = view[INFORMATION_TOKENS]
    threshold = weight(rules, THRESHOLD) - weight(rules, TOKEN_SLOPE) * (tokens - 1)
    if tokens == 1:
        threshold += weight(rules, LAST_TOKEN)
    slack = cards_left(rules, view) + rules[PLAYERS] - count_bits(row[ANY_TYPE] & ~row[WORTHLESS])
    if slack < weight(rules, PACE_SLACK):
        threshold -= weight(rules, PACE) * (weight(rules, PACE_SLACK) - slack)
    index = next_discard(rules, view, row, player)
    if index >= 0:
        mask = row[mask_address(rules, player, index)]
        threshold -= weight(rules, OWN_RISK) * count_bits(mask & row[VALUABLE]) // max(count_bits(mask), 1)
        return threshold
    for index in range(view[rules[HAND_LENGTHS] + player]):
        if surely(row[mask_address(rules, player, index)], row[WORTHLESS]):
            return threshold
    return threshold - weight(rules, OWN_LOCKED)


@jitable
def may_gamble(rules, view):
    """Return True if a misplay costs nothing but a life, and drawing the last cards is worth less than a lucky play."""
    if view[LIFE_TOKENS] == 1 and rules[BOMB_KEEPS_POINTS] == 0:
        return False
    return cards_left(rules, view) <= weight(rules, GAMBLE_DECK)


@jitable
def choose(rules, view, row):
    """Return the move of the current player, legal in every position."""
    player = view[CURRENT_PLAYER]
    tokens = view[INFORMATION_TOKENS]
    low, high = unseen_copies(rules, view, row, player)
    playable = known_play(rules, view, row, player, low | high)
    if playable < 0 and cards_left(rules, view) == 0 and may_gamble(rules, view):
        playable = likeliest_play(rules, view, row, player, low, high)
    if playable >= 0 and cards_left(rules, view) == 0:
        return rules[PLAY_BASE] + playable
    gain = WORST
    hint = -1
    loss = next_player_loss(rules, view, row, player)
    if tokens > 0 and (playable < 0 or loss >= weight(rules, LOSE_VALUABLE)):
        gain, hint = best_hint(rules, view, row, player)
        gain += loss
        if loss >= weight(rules, LOSE_VALUABLE) and gain >= weight(rules, DANGER):
            return hint
    may_discard = tokens < rules[MAX_INFORMATION_TOKENS]
    if may_discard:
        twin = finesse(rules, view, row, player)
        if twin >= 0:
            return twin
    if playable >= 0:
        return rules[PLAY_BASE] + playable
    if hint >= 0 and gain >= hint_threshold(rules, view, row, player):
        return hint
    if may_gamble(rules, view) or (hint < 0 and not may_discard):
        playable = likeliest_play(rules, view, row, player, low, high)
        if playable >= 0:
            return rules[PLAY_BASE] + playable
    if may_discard:
        return discard(rules, view, row, player, low | high)
    if hint >= 0:
        return hint
    return rules[PLAY_BASE]
