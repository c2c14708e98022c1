"""How every seat brings its memory up to date after a move, whoever made it and for whatever reason.

All rows are updated together, because they are mostly equal: a row that equals the one before it costs a copy. Where a
seat has left the convention rows differ, and each is updated by what *that* seat sees. With ``m`` the message and
``h(q)`` the hat of ``q``, listener ``r`` concludes ``h(r) = m - sum of h(q)`` over the other listeners; for them it
records their true hats, since it cannot tell what they made of *its* cards. The mover knows what ``q`` concludes.
Writing ``error = m - sum of all h``, each conclusion is the true hat plus ``error``.
"""

from __future__ import annotations

import numpy as np

from agents.blueprints.cards import count_bits
from agents.blueprints.information.deciding import tell_nobody_needs_hint
from agents.blueprints.information.hats import exchange, hat
from agents.blueprints.information.hints import message_of_hint, modulus_of_hint
from agents.blueprints.information.knowledge import (
    CONTRADICTIONS,
    KNOWN,
    hand_offset,
    useless_cards,
)
from agents.blueprints.information.recording import record_move, start_row
from games._base.jit import jitable, kernel
from games.hanabi.blueprint import OBSERVE_SIGNATURE, START_SIGNATURE
from games.hanabi.layout import (
    DISCARD,
    HAND_LENGTHS,
    HAND_SIZE,
    INFORMATION_TOKENS,
    LAST_PLAYER,
    LAST_POSITION,
    LAST_TYPE,
    PLAY,
    PLAYERS,
)


@kernel(START_SIGNATURE)
def start(rules, parameters, memories):
    """Fill every seat's memory for the start of a game."""
    for player in range(rules[PLAYERS]):
        start_row(rules, memories[player])


@jitable
def _copy(target, source):
    for cell in range(source.shape[0]):
        target[cell] = source[cell]


@jitable
def _agree(row, other):
    """Return True if two rows hold the same knowledge (they may count contradictions differently)."""
    for cell in range(KNOWN, row.shape[0]):
        if row[cell] != other[cell]:
            return False
    return True


@jitable
def _message(rules, before, after, row):
    """Return ``(message, modulus)`` of the last move; modulus 1 if it carries none, 0 if it broke the convention."""
    mover = after[LAST_PLAYER]
    if after[LAST_TYPE] == PLAY:
        return 0, 1
    if after[LAST_TYPE] != DISCARD:
        return message_of_hint(rules, before, after, row), modulus_of_hint(rules, before, row, mover)
    useless = useless_cards(row, hand_offset(rules, mover), before[rules[HAND_LENGTHS] + mover])
    choices = count_bits(useless)
    if choices < 2:
        return 0, 1
    if useless >> after[LAST_POSITION] & 1 == 0:
        return 0, 0
    return count_bits(useless & ((1 << after[LAST_POSITION]) - 1)), choices


@jitable
def _conclude(rules, before, row, earlier, player, modulus, message, keys):
    """Let ``player`` decode ``message`` from the knowledge ``earlier`` into ``row``, and ignore an impossible one."""
    first = hand_offset(rules, player)
    for i in range(first, first + rules[HAND_SIZE]):
        row[i] = earlier[i]
    if exchange(rules, row, before, player, modulus, message, keys) != 0:
        row[CONTRADICTIONS] += 1
        for i in range(first, first + rules[HAND_SIZE]):
            row[i] = earlier[i]


@jitable
def _listen(rules, before, after, earlier, agreed, hats, keys):
    """Fill ``agreed`` with the knowledge ``earlier`` and everybody's true hat; return (error, modulus) of the message.

    ``earlier`` itself is brought to the state in which the questions are asked; ``hats`` [players] gets the true hats.
    """
    mover = after[LAST_PLAYER]
    message, modulus = _message(rules, before, after, earlier)
    if after[LAST_TYPE] == DISCARD and before[INFORMATION_TOKENS] > 0:
        tell_nobody_needs_hint(rules, before, earlier, mover)
    _copy(agreed, earlier)
    agreed[CONTRADICTIONS] = 0
    if modulus < 2:
        agreed[CONTRADICTIONS] = 1 - modulus
        return 0, modulus
    error = message
    for player in range(rules[PLAYERS]):
        if player != mover:
            hats[player] = hat(rules, agreed, before, player, modulus, keys)
            error -= hats[player]
    return error % modulus, modulus


@kernel(OBSERVE_SIGNATURE)
def observe(rules, before, after, memories):
    """Update the memory of every seat after a move."""
    players = rules[PLAYERS]
    columns = memories.shape[1]
    scratch = np.empty(4 * columns + players + 2 * rules[HAND_SIZE], np.int64)
    original = scratch[:columns]
    earlier = scratch[columns : 2 * columns]
    agreed = scratch[2 * columns : 3 * columns]
    recorded = scratch[3 * columns : 4 * columns]
    hats = scratch[4 * columns : 4 * columns + players]
    keys = scratch[4 * columns + players :]
    mover = after[LAST_PLAYER]
    error = 0
    modulus = 0
    for player in range(players):
        row = memories[player]
        if player == 0 or not _agree(row, original):
            _copy(original, row)
            _copy(earlier, row)
            error, modulus = _listen(rules, before, after, earlier, agreed, hats, keys)
            if error == 0:
                _copy(recorded, agreed)
                record_move(rules, after, recorded)
        contradictions = row[CONTRADICTIONS]
        if error == 0:
            _copy(row, recorded)
        else:
            _copy(row, agreed)
            for listener in range(players):
                if listener != mover and (player == mover or player == listener):
                    message = (hats[listener] + error) % modulus
                    _conclude(rules, before, row, earlier, listener, modulus, message, keys)
            record_move(rules, after, row)
        row[CONTRADICTIONS] += contradictions
