"""Hats: what a hand answers to a fixed list of questions, as one number below a modulus.

The questions that a hand is asked depend on public knowledge and on the answers already given, so its owner – told the
number – follows the same questions and learns every answer. The number is in mixed radix: the first answer is the
lowest digit. Questions are asked until the modulus is used up:

1. If the owner knows no playable card: "which is the first of these cards with a yes?" – cards that may be playable,
   then (unless a dead card is known) cards that may be dead; the unlikely first, because all before the first yes are a
   no.
2. Otherwise "is this card playable?" for the card whose chance is nearest to 0.7, if that is between 0.5 and 0.9.
3. Otherwise the card of which least is known is asked for its class: its live types are dealt round to as many classes
   as there is room for, and the dead ones are one class.

The idea is from Cox, De Silva, Deorsey, Kenter, Retter and Tobin, "How to Make the Perfect Fireworks Display"
(Mathematics Magazine 88, 2015); the kinds of questions follow J. Wu's hanabi.rs.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from agents.blueprints.cards import count_bits, type_bit
from agents.blueprints.information.knowledge import (
    DEAD,
    PLAYABLE,
    chance,
    hand_offset,
    is_settled,
    knows_playable_card,
    weight,
)
from games._base.jit import jitable
from games.hanabi.layout import HAND_LENGTHS, HIDDEN
from games.hanabi.rules import card_address

LIKELY: Final = 0.7
LIKELY_MARGIN: Final = 0.2
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
def _add_questions(row, first, length, yes, flags, keys, count):
    """Append to ``keys`` the question whether its type is in ``yes`` for each card of a hand that leaves a doubt."""
    for i in range(length):
        mask = row[first + i]
        if mask & yes != 0 and not is_settled(row, mask):
            share = (weight(row, mask & yes) << _SCALE_BITS) // max(weight(row, mask), 1)
            keys[count] = flags | share << _INDEX_BITS | i
            count += 1
    return count


@jitable
def list_questions(row, first, length, room, keys):
    """Write at most ``room`` yes/no questions about a hand to ``keys``, in the order of asking; return how many.

    A question is ``about death * 2**40 + chance of a yes * 2**24 + card index``. The likeliest are kept.
    """
    knows_dead = False
    for i in range(length):
        knows_dead |= row[first + i] & ~row[DEAD] == 0
    plays = _add_questions(row, first, length, row[PLAYABLE], 0, keys, 0)
    count = plays
    if not knows_dead:
        count = _add_questions(row, first, length, row[DEAD], _ABOUT_DEATH, keys, plays)
    _sort(keys, count)
    kept_plays = min(plays, room)
    kept_deaths = min(count - plays, room - kept_plays)
    for k in range(kept_plays):
        keys[k] = keys[plays - kept_plays + k]
    for k in range(kept_deaths):
        keys[kept_plays + k] = keys[count - kept_deaths + k]
    return kept_plays + kept_deaths


@jitable
def _types_of_yes(row, key):
    return row[DEAD] if key & _ABOUT_DEATH else row[PLAYABLE]


@jitable
def _card_in_question(key):
    return key & ((1 << _INDEX_BITS) - 1)


@jitable
def _ask_first_yes(rules, row, state, player, keys, count, rest):
    """Ask which of ``count`` questions is the first with a yes; record and return 1 + its number, 0 if none is."""
    first = hand_offset(rules, player)
    answer = 0 if rest < 0 else rest % (count + 1)
    for k in range(count):
        index = _card_in_question(keys[k])
        yes = _types_of_yes(row, keys[k])
        if rest < 0 and type_bit(state[card_address(rules, player, index)]) & yes != 0:
            answer = k + 1
        if answer == k + 1:
            row[first + index] &= yes
            break
        row[first + index] &= ~yes
    return answer


@jitable
def _likely_card(row, first, length):
    """Return the card whose chance to be playable is nearest to ``LIKELY``, or -1 if none is within the margin."""
    best = -1
    least = LIKELY_MARGIN
    for i in range(length):
        mask = row[first + i]
        if mask & row[PLAYABLE] != 0 and not is_settled(row, mask):
            distance = abs(chance(row, mask, row[PLAYABLE]) - LIKELY)
            if distance < least:
                best = i
                least = distance
    return best


@jitable
def _ask_playable(rules, row, state, player, index, rest):
    """Ask whether a card is playable; record and return 1 for yes and 0 for no."""
    if rest < 0:
        answer = 1 if type_bit(state[card_address(rules, player, index)]) & row[PLAYABLE] != 0 else 0
    else:
        answer = rest % 2
    row[hand_offset(rules, player) + index] &= row[PLAYABLE] if answer else ~row[PLAYABLE]
    return answer


@jitable
def _unknown_card(row, first, length):
    """Return the unsettled card that can be most of the cards still about, or -1 if all are settled."""
    best = -1
    most = -1
    for i in range(length):
        mask = row[first + i]
        if not is_settled(row, mask) and weight(row, mask) > most:
            best = i
            most = weight(row, mask)
    return best


@jitable
def class_of(row, mask, classes, card_type):
    """Return the class of a type: its place among the live types modulo ``classes``; ``classes`` if it is dead."""
    bit = type_bit(card_type)
    if bit & row[DEAD] != 0:
        return np.int64(classes if mask & row[DEAD] != 0 else 0)
    return count_bits(mask & ~row[DEAD] & (bit - 1)) % classes


@jitable
def types_of_class(row, mask, classes, answer):
    """Return the types of one class of the possible types ``mask`` of a card."""
    if answer == classes:
        return mask & row[DEAD]
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
    return kept


@jitable
def _ask_class(rules, row, state, player, index, room, rest):
    """Ask for the class of a card; record the answer and return it with the number of classes (at most ``room``)."""
    cell = hand_offset(rules, player) + index
    mask = row[cell]
    dead = 1 if mask & row[DEAD] != 0 else 0
    classes = min(room - dead, count_bits(mask & ~row[DEAD]))
    if rest < 0:
        answer = class_of(row, mask, classes, state[card_address(rules, player, index)])
    else:
        answer = rest % (classes + dead)
    row[cell] = types_of_class(row, mask, classes, answer)
    return answer, classes + dead


@jitable
def exchange(rules, row, state, player, modulus, message, keys):
    """Put the questions to the hand of ``player`` and write the answers into ``row``.

    With ``message < 0`` the hand in ``state`` answers, and its hat (0 to ``modulus - 1``) is returned. Otherwise the
    answers are the digits of ``message``, and what is left of it after the last question is returned: 0, unless no hand
    that fits what is known could have sent it. ``keys`` is scratch, [2 * hand_size].
    """
    first = hand_offset(rules, player)
    length = state[rules[HAND_LENGTHS] + player]
    rest = message
    total = 0
    scale = 1
    while True:
        room = (modulus - 1 - total) // scale + 1
        if room < 2:
            break
        count = 0
        if not knows_playable_card(row, first, length):
            count = list_questions(row, first, length, room - 1, keys)
        if count > 0:
            size = count + 1
            answer = _ask_first_yes(rules, row, state, player, keys, count, rest)
        else:
            index = _likely_card(row, first, length)
            if index >= 0:
                size = 2
                answer = _ask_playable(rules, row, state, player, index, rest)
            else:
                index = _unknown_card(row, first, length)
                if index < 0:
                    break
                answer, size = _ask_class(rules, row, state, player, index, room, rest)
        total += scale * answer
        scale *= size
        if rest >= 0:
            rest //= size
    return total if message < 0 else rest


@jitable
def hat(rules, row, state, player, modulus, keys):
    """Return the hat of a hand and record its answers; the hat of a hidden hand counts as 0."""
    length = state[rules[HAND_LENGTHS] + player]
    if length > 0 and state[card_address(rules, player, 0)] == HIDDEN:
        exchange(rules, row, state, player, modulus, 0, keys)
        return 0
    return exchange(rules, row, state, player, modulus, -1, keys)
