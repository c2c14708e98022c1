"""Hats: what a hand answers to a fixed list of questions, as one number below a modulus.

The questions that a hand is asked depend on public knowledge only, and on the answers already given, so its owner – told
the number – follows the same questions and learns every answer. The number is in mixed radix: the first answer is the
lowest digit. Questions are asked until the modulus is used up:

1. If the owner knows no playable card: "which is the first of these cards with a yes?" – cards that may be playable,
   then (unless a dead card is known) cards that may be dead; the unlikely first, because all before the first yes become
   a no.
2. Otherwise "is this card playable?" for the card whose chance is nearest to 0.7, if that is between 0.5 and 0.9.
3. Otherwise the card least likely to be dead is asked for its class: its live types are dealt round to as many classes
   as there is room for, and the dead ones are one class.

The idea is from Cox, De Silva, Deorsey, Kenter, Retter and Tobin, "How to Make the Perfect Fireworks Display"
(Mathematics Magazine 88, 2015); which questions to ask, and the constants, follow J. Wu's hanabi.rs.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from agents.blueprints.cards import type_bit
from agents.blueprints.information.knowledge import (
    DEAD,
    PLAYABLE,
    hand_offset,
    is_settled,
    knows_playable_card,
    popcount,
    weight,
)
from games._jit import jitable
from games.hanabi.layout import HAND_LENGTHS, HIDDEN
from games.hanabi.rules import card_address

_LIKELY: Final = 0.7
_LIKELY_MARGIN: Final = 0.2
_SCALE_BITS: Final = 20  # chances as integers: two that differ do so by more than 2**-20
_INDEX_BITS: Final = 4  # a card's index in the hand
_ABOUT_DEATH: Final = 1 << 40


@jitable
def _sort(keys, count):
    for i in range(1, count):
        held = keys[i]
        j = i - 1
        while j >= 0 and keys[j] > held:
            keys[j + 1] = keys[j]
            j -= 1
        keys[j + 1] = held


@jitable
def _sort_key(part, whole, index):
    return (((part << _SCALE_BITS) // max(whole, 1)) << _INDEX_BITS) | index


@jitable
def _list_questions(row, first, length, room, keys):
    """Write at most ``room`` yes/no questions about a hand to ``keys``, in the order of asking; return how many.

    A question is ``about death * 2**40 + chance of a yes * 2**24 + card index``.
    """
    knows_dead = False
    for i in range(length):
        knows_dead |= row[first + i] & ~row[DEAD] == 0
    plays = 0
    for i in range(length):
        mask = row[first + i]
        if mask & row[PLAYABLE] != 0 and not is_settled(row, mask):
            keys[plays] = _sort_key(weight(row, mask & row[PLAYABLE]), weight(row, mask), i)
            plays += 1
    count = plays
    if not knows_dead:
        for i in range(length):
            mask = row[first + i]
            if mask & row[DEAD] != 0 and not is_settled(row, mask):
                keys[count] = _ABOUT_DEATH | _sort_key(weight(row, mask & row[DEAD]), weight(row, mask), i)
                count += 1
    _sort(keys, count)
    kept_plays = min(plays, room)
    kept_deaths = min(count - plays, room - kept_plays)
    for k in range(kept_plays):
        keys[k] = keys[plays - kept_plays + k]
    for k in range(kept_deaths):
        keys[kept_plays + k] = keys[count - kept_deaths + k]
    return kept_plays + kept_deaths


@jitable
def _subject(row, key):
    """Return the set of types that answer yes to a question of ``_list_questions``."""
    return row[DEAD] if key & _ABOUT_DEATH else row[PLAYABLE]


@jitable
def _first_yes(rules, row, state, player, keys, count):
    """Return 1 + the number of the first question that the real hand answers with yes, 0 if there is none."""
    for k in range(count):
        index = keys[k] & ((1 << _INDEX_BITS) - 1)
        if _subject(row, keys[k]) & type_bit(state[card_address(rules, player, index)]):
            return k + 1
    return 0


@jitable
def _accept_first_yes(row, first, keys, count, answer):
    for k in range(count):
        index = keys[k] & ((1 << _INDEX_BITS) - 1)
        if k + 1 == answer:
            row[first + index] &= _subject(row, keys[k])
            break
        row[first + index] &= ~_subject(row, keys[k])


@jitable
def _likely_card(row, first, length):
    """Return the card whose chance to be playable is nearest to 0.7, or -1 if none is within 0.2 of it."""
    best = -1
    least = _LIKELY_MARGIN
    for i in range(length):
        mask = row[first + i]
        if mask & row[PLAYABLE] != 0 and not is_settled(row, mask):
            distance = abs(weight(row, mask & row[PLAYABLE]) / max(weight(row, mask), 1) - _LIKELY)
            if distance < least:
                best = i
                least = distance
    return best


@jitable
def _card_to_classify(row, first, length):
    """Return the unsettled card that is least likely to be dead, or -1 if all are settled."""
    best = -1
    least = 2.0
    for i in range(length):
        mask = row[first + i]
        if not is_settled(row, mask):
            chance = weight(row, mask & row[DEAD]) / max(weight(row, mask), 1)
            if chance < least:
                best = i
                least = chance
    return best


@jitable
def _live_classes(row, mask, room):
    """Return into how many classes the live types of a card are dealt; a class of dead types comes on top."""
    spare = room - 1 if mask & row[DEAD] else room
    return min(spare, popcount(mask & ~row[DEAD]))


@jitable
def _class_of(row, mask, classes, card_type):
    """Return the class of a type: its place among the live types modulo ``classes``; ``classes`` if it is dead."""
    bit = type_bit(card_type)
    if bit & row[DEAD]:
        return np.int64(classes if mask & row[DEAD] else 0)
    return popcount(mask & ~row[DEAD] & (bit - 1)) % classes


@jitable
def _accept_class(row, cell, classes, answer):
    """Leave only the types of one class possible."""
    mask = row[cell]
    if answer == classes:
        row[cell] = mask & row[DEAD]
        return
    live = mask & ~row[DEAD]
    kept = np.int64(0)
    place = 0
    while live != 0:
        if place == answer:
            kept |= live & -live
        place += 1
        if place == classes:
            place = 0
        live &= live - 1
    row[cell] = kept


@jitable
def exchange(rules, row, state, player, modulus, message, keys):
    """Put the questions to the hand of ``player`` and write the answers into ``row``; ``keys`` is [2 * hand_size] scratch.

    With ``message < 0`` the hand in ``state`` answers, and its hat (0 to ``modulus - 1``) is returned. Otherwise the
    answers are the digits of ``message``, and what is left of it after the last question is returned: 0, unless no hand
    that fits what is known could have sent it.
    """
    first = hand_offset(rules, player)
    length = state[rules[HAND_LENGTHS] + player]
    asking = message < 0
    rest = message
    total = 0
    scale = 1
    while True:
        room = (modulus - 1 - total) // scale + 1
        if room < 2:
            break
        count = 0
        if not knows_playable_card(row, first, length):
            count = _list_questions(row, first, length, room - 1, keys)
        if count > 0:
            size = count + 1
            answer = _first_yes(rules, row, state, player, keys, count) if asking else rest % size
            _accept_first_yes(row, first, keys, count, answer)
        else:
            index = _likely_card(row, first, length)
            if index >= 0:
                size = 2
                mask = row[first + index]
                classes = 1
                yes = mask & row[PLAYABLE]
                if asking:
                    card_type = state[card_address(rules, player, index)]
                    answer = 1 if type_bit(card_type) & row[PLAYABLE] else 0
                else:
                    answer = rest % size
                row[first + index] = yes if answer else mask & ~yes
            else:
                index = _card_to_classify(row, first, length)
                if index < 0:
                    break
                mask = row[first + index]
                classes = _live_classes(row, mask, room)
                size = classes + 1 if mask & row[DEAD] else classes
                if asking:
                    answer = _class_of(row, mask, classes, state[card_address(rules, player, index)])
                else:
                    answer = rest % size
                _accept_class(row, first + index, classes, answer)
        total += scale * answer
        scale *= size
        rest //= size
    return total if asking else rest


@jitable
def hat(rules, row, state, player, modulus, keys):
    """Return the hat of a hand and record its answers; the hat of a hidden hand counts as 0."""
    length = state[rules[HAND_LENGTHS] + player]
    if length > 0 and state[card_address(rules, player, 0)] == HIDDEN:
        exchange(rules, row, state, player, modulus, 0, keys)
        return 0
    return exchange(rules, row, state, player, modulus, -1, keys)
