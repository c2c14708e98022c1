from __future__ import annotations

from agents.blueprints.smart.bits import is_single, popcount
from agents.blueprints.smart.memory import *  # noqa
from agents.blueprints.smart.memory import PLAYABLE, VALUABLE, WORTHLESS, mask_address, settle
from agents.blueprints.smart.readings import next_discard, read_hint, read_no_warning
from games._jit import jitable
from games.hanabi.layout import HAND_LENGTHS, LIFE_TOKENS, PLAYERS, RANKS
from games.hanabi.rules import card_address



@jitable
def response_loss(rules, view, row, player):
    """Return what the next player's move costs"""
    target = (player + 1) % rules[PLAYERS]
    length = view[rules[HAND_LENGTHS] + target]
    for index in range(length):
        mask = row[mask_address(rules, target, index)]
        if mask & ~row[PLAYABLE] == 0 or mask & ~row[WORTHLESS] == 0:
            return 0
    index = next_discard(rules, view, row, target)
    if index < 0:
        return row[W_LOSE_VALUABLE]
    bit = 1 << view[card_address(rules, target, index)]
    if bit & row[VALUABLE] != 0:
        rank = view[card_address(rules, target, index)] % rules[RANKS]
        return row[W_LOSE_VALUABLE] + row[W_LOSE_RANK] * (rules[RANKS] - rank)
    if bit & row[PLAYABLE] != 0:
        return row[W_LOSE_PLAYABLE]
    if bit & row[WORTHLESS] != 0:
        return -row[W_DROP_WORTHLESS]
    return row[W_LOSE_USEFUL]


@jitable
def hint_outlook(rules, view, row, scratch, player, target, colour, rank, touched):
    for k in range(row.shape[0]):
        scratch[k] = row[k]
    read_hint(rules, view, scratch, player, target, colour, rank, touched)
    settle(rules, view, scratch)
    value = 0
    promised = 0
    for other in range(rules[PLAYERS]):
        for index in range(view[rules[HAND_LENGTHS] + other]):
            mask = row[mask_address(rules, other, index)]
            if mask & ~row[PLAYABLE] == 0:
                if other == player:
                    if is_single(mask):
                        promised |= mask
                else:
                    promised |= 1 << view[card_address(rules, other, index)]
    for other in range(rules[PLAYERS]):
        if other == player:
            continue
        for index in range(view[rules[HAND_LENGTHS] + other]):
            address = mask_address(rules, other, index)
            old = row[address]
            mask = scratch[address]
            if mask == old:
                continue
            card_type = view[card_address(rules, other, index)]
            bit = 1 << card_type
            value += row[W_INFO] * (popcount(old) - popcount(mask))
            if bit & row[PLAYABLE] != 0:
                value += row[W_INFO_PLAYABLE] * (popcount(old) - popcount(mask))
            if mask & bit == 0 and old & bit != 0:
                value -= row[W_WRONG]
            if mask & ~row[PLAYABLE] == 0:
                if old & ~row[PLAYABLE] != 0:
                    if bit & promised != 0:
                        value -= row[W_DUPLICATE]
                    elif bit & row[PLAYABLE] != 0:
                        promised |= bit
                        value += row[W_PLAY_GAIN] - row[W_PLAY_RANK] * (card_type % rules[RANKS])
                    else:
                        value -= row[W_MISPLAY]
            elif mask & ~row[WORTHLESS] == 0:
                if old & ~row[WORTHLESS] != 0:
                    value += row[W_KNOW_WORTHLESS]
            elif mask & ~row[VALUABLE] == 0 and old & ~row[VALUABLE] != 0 and bit & row[VALUABLE] != 0:
                value += row[W_KNOW_VALUABLE]
    return value - response_loss(rules, view, scratch, player)


@jitable
def pass_outlook(rules, view, row, scratch, player):
    for k in range(row.shape[0]):
        scratch[k] = row[k]
    read_no_warning(rules, view, scratch, player)
    settle(rules, view, scratch)
    return -response_loss(rules, view, scratch, player)
