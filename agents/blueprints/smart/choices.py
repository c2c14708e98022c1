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
from games._jit import jitable
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
    return low | high


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
        if best < 0 or value > best_value:
            best_value = value
            best = index
    return best


@jitable
def gamble_choice(rules, view, row, player, unseen):
    lives = view[LIFE_TOKENS]
    if lives == 1 and rules[BOMB_KEEPS_POINTS] == 0:
        return -1
    if rules[DECK_SIZE] - view[DEALT] > (3 if lives >= 3 else 1):
        return -1
    best = -1
    best_playable = 0
    best_types = 1
    for index in range(view[rules[HAND_LENGTHS] + player] - 1, -1, -1):
        mask = eye_mask(rules, row, player, index, unseen)
        playable = popcount(mask & row[PLAYABLE])
        types = popcount(mask)
        if playable * best_types > best_playable * types:
            best = index
            best_playable = playable
            best_types = types
    return best


@jitable
def hint_value(rules, view, row, target, named, touched):
    """Return how many possibilities a hint removes, or -1 if it reveals no playable card or misleads."""
    reveals = False
    misleads = -1
    gain = 0
    for index in range(view[rules[HAND_LENGTHS] + target] - 1, -1, -1):
        mask = row[mask_address(rules, target, index)]
        is_touched = touched >> index & 1 != 0
        narrowed = mask & (named if is_touched else ~named)
        gain += popcount(mask ^ narrowed)
        if not maybe(mask, row[PLAYABLE]):
            continue
        if narrowed & ~row[PLAYABLE] == 0:
            reveals = True
        elif is_touched and misleads < 0 and narrowed & row[PLAYABLE] != 0:
            misleads = 0 if row[PLAYABLE] >> view[card_address(rules, target, index)] & 1 != 0 else 1
    if reveals or misleads == 0:
        return gain
    return -1


@jitable
def best_hint_to(rules, view, row, player, target):
    """Return ``(value, move)`` of the best play hint to ``target``."""
    offset = (target - player) % rules[PLAYERS] - 1
    best_value = -1
    best_move = -1
    expected = -1
    if offset == 0:
        expected = next_discard(rules, view, row, target)
    for colour in range(rules[COLOURS]):
        touched = touched_by_colour(rules, view, target, colour)
        if touched != 0:
            value = hint_value(rules, view, row, target, colour_mask(rules, colour), touched)
            if value > best_value:
                best_value = value
                best_move = rules[COLOUR_BASE] + offset * rules[COLOURS] + colour
    for rank in range(rules[RANKS]):
        touched = touched_by_rank(rules, view, target, rank)
        if touched == 0:
            continue
        if expected >= 0 and touched >> expected & 1 != 0:
            mask = row[mask_address(rules, target, expected)]
            if maybe(mask, row[VALUABLE]) and mask & row[VALUABLE] & (row[FIRST_RANK] << rank) != 0:
                continue
        value = hint_value(rules, view, row, target, row[FIRST_RANK] << rank, touched)
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
def warning_move(rules, view, row, player):
    target = (player + 1) % rules[PLAYERS]
    index = next_discard(rules, view, row, target)
    if index < 0 or row[VALUABLE] >> view[card_address(rules, target, index)] & 1 == 0:
        return -1
    value, move = best_hint_to(rules, view, row, player, target)
    if value > 0:
        return move
    return rank_hint(rules, view, player, target, index)


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
def hint_move(rules, view, row, player):
    best_value = 0
    best_move = -1
    for offset in range(1, rules[PLAYERS]):
        value, move = best_hint_to(rules, view, row, player, (player + offset) % rules[PLAYERS])
        if value > best_value:
            best_value = value
            best_move = move
    return best_move


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
    unseen = unseen_types(rules, view, row, player)
    playable = play_choice(rules, view, row, player, unseen)
    if view[DEALT] >= rules[DECK_SIZE]:
        if playable < 0:
            playable = gamble_choice(rules, view, row, player, unseen)
        if playable >= 0:
            return rules[PLAY_BASE] + playable
    if tokens > 0:
        move = warning_move(rules, view, row, player)
        if move >= 0:
            return move
    may_discard = tokens < rules[MAX_INFORMATION_TOKENS]
    if may_discard:
        move = finesse_move(rules, view, row, player)
        if move >= 0:
            return move
    if playable >= 0:
        return rules[PLAY_BASE] + playable
    if tokens > 0:
        move = hint_move(rules, view, row, player)
        if move >= 0:
            return move
    playable = gamble_choice(rules, view, row, player, unseen)
    if playable >= 0:
        return rules[PLAY_BASE] + playable
    if may_discard:
        return discard_choice(rules, view, row, player, unseen)
    move = -1
    if tokens > 0:
        move = temporise(rules, view, player)
    if move >= 0:
        return move
    return rules[PLAY_BASE]
