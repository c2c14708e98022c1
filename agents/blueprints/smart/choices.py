"""What the smart blueprint does with what it remembers: warn, finesse, play, hint, gamble, discard, in that order."""

from __future__ import annotations

from agents.blueprints.smart.bits import is_single, popcount
from agents.blueprints.smart.memory import (
    COPIES_HIGH,
    COPIES_LOW,
    FIRST_RANK,
    PLAYABLE,
    VALUABLE,
    WORTHLESS,
    colour_mask,
    mask_address,
)
from agents.blueprints.smart.readings import maybe, next_discard, warns
from agents.blueprints.smart.outlook import hint_outlook, pass_outlook
from games._jit import jitable
import numpy as np
from agents.blueprints.smart.memory import *  # noqa

from games.hanabi.layout import (
    BOMB_KEEPS_POINTS,
    COLOUR_BASE,
    COLOURS,
    CURRENT_PLAYER,
    DEALT,
    DECK_SIZE,
    HAND_LENGTHS,
    INFORMATION_TOKENS,
    LIFE_TOKENS,
    MAX_INFORMATION_TOKENS,
    PLAY_BASE,
    PLAYERS,
    RANK_BASE,
    RANKS,
)
from games.hanabi.rules import card_address, touched_by_colour, touched_by_rank


@jitable
def unseen_types(rules, view, row, player):
    """Return the types of which ``player`` does not see every copy: on the board, in other hands, known in its own."""
    low = row[COPIES_LOW]
    high = row[COPIES_HIGH]
    for other in range(rules[PLAYERS]):
        for index in range(view[rules[HAND_LENGTHS] + other]):
            if other == player:
                mask = row[mask_address(rules, other, index)]
                if not is_single(mask):
                    continue
            else:
                mask = 1 << view[card_address(rules, other, index)]
            mask &= low | high
            high ^= mask & ~low
            low ^= mask
    return low, high


@jitable
def eye_mask(rules, row, player, index, unseen):
    mask = row[mask_address(rules, player, index)]
    if is_single(mask) or mask & unseen == 0:
        return mask
    return mask & unseen


@jitable
def rank_of(rules, row, mask):
    """Return the rank that all types of a mask share, or -1."""
    for rank in range(rules[RANKS]):
        if mask & ~(row[FIRST_RANK] << rank) == 0:
            return rank
    return -1


@jitable
def unlocks(rules, view, row, player, bit):
    successor = bit << 1 & ~row[FIRST_RANK]
    if successor == 0:
        return 0
    for other in range(rules[PLAYERS]):
        if other != player:
            for index in range(view[rules[HAND_LENGTHS] + other]):
                if successor >> view[card_address(rules, other, index)] & 1 != 0:
                    return 1
    return 0


@jitable
def play_choice(rules, view, row, player, unseen):
    best = -1
    best_value = 0
    for index in range(view[rules[HAND_LENGTHS] + player]):
        mask = eye_mask(rules, row, player, index, unseen)
        if mask & ~row[PLAYABLE] != 0:
            continue
        value = 5 - rank_of(rules, row, mask)
        if row[mask_address(rules, player, index)] & ~row[PLAYABLE] != 0:
            value += 100
        if is_single(mask):
            value = value * 10 + row[W_UNLOCK] * unlocks(rules, view, row, player, mask)
        else:
            value *= 10
        if best < 0 or value > best_value:
            best_value = value
            best = index
    return best


@jitable
def gamble_choice(rules, view, row, player, low, high, locked):
    lives = view[LIFE_TOKENS]
    if lives == 1 and rules[BOMB_KEEPS_POINTS] == 0:
        return -1
    deck = rules[DECK_SIZE] - view[DEALT]
    late = deck <= (row[W_GAMBLE_3] if lives >= 3 else row[W_GAMBLE_2])
    share = row[W_MIDGAME_3] if lives >= 3 else row[W_MIDGAME_2]
    if late:
        share = row[W_GAMBLE_SHARE]
    elif locked:
        share = row[W_LOCKED_SHARE]
    best = -1
    best_playable = 0
    best_types = 1
    for index in range(view[rules[HAND_LENGTHS] + player] - 1, -1, -1):
        mask = eye_mask(rules, row, player, index, low | high)
        playable = mask & row[PLAYABLE]
        playable = popcount(playable & low) + 2 * popcount(playable & high)
        types = popcount(mask & low) + 2 * popcount(mask & high)
        if playable * best_types > best_playable * types and playable * 100 >= types * share:
            best = index
            best_playable = playable
            best_types = types
    return best


@jitable
def is_locked(rules, view, row, player):
    for index in range(view[rules[HAND_LENGTHS] + player]):
        if row[mask_address(rules, player, index)] & ~row[VALUABLE] != 0:
            return False
    return True


@jitable
def own_threshold(rules, view, row, player, tokens):
    index = next_discard(rules, view, row, player)
    threshold = row[W_THRESHOLD] - row[W_THRESHOLD_SLOPE] * (tokens - 1)
    if tokens == 1:
        threshold += row[W_LAST_TOKEN]
    deck = rules[DECK_SIZE] - view[DEALT]
    if deck <= 5:
        threshold -= row[W_THRESHOLD_DECK]
    slack = deck + rules[PLAYERS] - popcount(row[ANY_TYPE] & ~row[WORTHLESS])
    if slack < row[W_PACE_SLACK]:
        threshold -= row[W_PACE] * (row[W_PACE_SLACK] - slack)
    if index >= 0:
        mask = row[mask_address(rules, player, index)]
        threshold -= row[W_OWN_RISK] * popcount(mask & row[VALUABLE]) // popcount(mask)
    else:
        worthless = False
        for index in range(view[rules[HAND_LENGTHS] + player]):
            worthless = worthless or row[mask_address(rules, player, index)] & ~row[WORTHLESS] == 0
        if worthless:
            threshold += row[W_OWN_WORTHLESS]
        else:
            threshold -= row[W_OWN_LOCKED]
    return threshold


@jitable
def best_hint(rules, view, row, scratch, player):
    """Return ``(value, move)`` of the best hint."""
    best_value = -1000000
    best_move = -1
    for offset in range(rules[PLAYERS] - 1):
        target = (player + 1 + offset) % rules[PLAYERS]
        for colour in range(rules[COLOURS]):
            touched = touched_by_colour(rules, view, target, colour)
            if touched != 0:
                value = hint_outlook(rules, view, row, scratch, player, target, colour, -1, touched)
                if value > best_value:
                    best_value = value
                    best_move = rules[COLOUR_BASE] + offset * rules[COLOURS] + colour
        for rank in range(rules[RANKS]):
            touched = touched_by_rank(rules, view, target, rank)
            if touched != 0:
                value = hint_outlook(rules, view, row, scratch, player, target, -1, rank, touched)
                if value > best_value:
                    best_value = value
                    best_move = rules[RANK_BASE] + offset * rules[RANKS] + rank
    return best_value, best_move


@jitable
def rank_hint(rules, view, player, target, index):
    offset = (target - player) % rules[PLAYERS] - 1
    rank = view[card_address(rules, target, index)] % rules[RANKS]
    return rules[RANK_BASE] + offset * rules[RANKS] + rank


@jitable
def finesse_move(rules, view, row, player):
    for index in range(view[rules[HAND_LENGTHS] + player]):
        mask = row[mask_address(rules, player, index)]
        if not is_single(mask) or mask & row[PLAYABLE] == 0 or mask & row[VALUABLE] != 0:
            continue
        twins = 0
        for other in range(rules[PLAYERS]):
            length = view[rules[HAND_LENGTHS] + other]
            if other != player and length > 0 and mask >> view[card_address(rules, other, length - 1)] & 1 != 0:
                twins += 1
        if twins == 1:
            return index
    return -1


@jitable
def temporise(rules, view, player):
    for offset in range(rules[PLAYERS] - 1, 0, -1):
        target = (player + offset) % rules[PLAYERS]
        if view[rules[HAND_LENGTHS] + target] > 0:
            return rank_hint(rules, view, player, target, 0)
    return -1


@jitable
def discard_choice(rules, view, row, player, unseen):
    length = view[rules[HAND_LENGTHS] + player]
    best = -1
    best_worthless = 0
    best_types = 1
    for index in range(length):
        if eye_mask(rules, row, player, index, unseen) & ~row[WORTHLESS] != 0:
            continue
        mask = row[mask_address(rules, player, index)]
        worthless = popcount(mask & row[WORTHLESS])
        types = popcount(mask)
        if best < 0 or worthless * best_types < best_worthless * types:
            best = index
            best_worthless = worthless
            best_types = types
    if best >= 0:
        return best
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
def choose(rules, view, row):
    """Return the move of the current player."""
    player = view[CURRENT_PLAYER]
    tokens = view[INFORMATION_TOKENS]
    low, high = unseen_types(rules, view, row, player)
    unseen = low | high
    playable = play_choice(rules, view, row, player, unseen)
    if view[DEALT] >= rules[DECK_SIZE]:
        if playable < 0:
            playable = gamble_choice(rules, view, row, player, low, high, False)
        if playable >= 0:
            return rules[PLAY_BASE] + playable
    scratch = np.empty(row.shape[0], np.int64)
    passing = pass_outlook(rules, view, row, scratch, player)
    value = -1000000
    move = -1
    danger = passing <= -row[W_LOSE_VALUABLE]
    if tokens > 0 and (danger or playable < 0):
        value, move = best_hint(rules, view, row, scratch, player)
        if danger and value >= passing + row[W_DANGER]:
            return move
    may_discard = tokens < rules[MAX_INFORMATION_TOKENS]
    if may_discard:
        discard = finesse_move(rules, view, row, player)
        if discard >= 0:
            return discard
    if playable >= 0:
        return rules[PLAY_BASE] + playable
    if move >= 0 and value >= passing + own_threshold(rules, view, row, player, tokens):
        return move
    playable = gamble_choice(rules, view, row, player, low, high, is_locked(rules, view, row, player))
    if playable >= 0:
        return rules[PLAY_BASE] + playable
    if may_discard:
        return discard_choice(rules, view, row, player, unseen)
    if move >= 0:
        return move
    return rules[PLAY_BASE]
