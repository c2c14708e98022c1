"""What the partners' moves passed over: for each card, types that somebody might have pointed at and did not.

A convention says what a hint means; that no hint came speaks, too. A partner who discards although he has a token
hardly sees a playable card that he could have pointed at, and the longer he goes on the less he does. For each card
at the table this is kept as sets of types (bit masks): types that were playable, or the last copy, at the time of so
many moves of others that did not touch the card; the kinds of the latest moves are kept, too. It is public, so one
table serves all seats.
"""

from __future__ import annotations

from typing import Final

from agents.blueprints.cards import critical_mask, playable_mask
from games._base.jit import jitable, kernel
from games.hanabi.layout import (
    CURRENT_PLAYER,
    HAND_LENGTHS,
    HINT_COLOUR,
    INFORMATION_TOKENS,
    LAST_POSITION,
    LAST_TARGET,
    LAST_TOUCHED,
    LAST_TYPE,
    PLAY,
    PLAYERS,
)

TOUCHED: Final = 0  # playable when a hint touched the card
DISCARDED: Final = 1  # playable when another discarded with a token in hand: once, twice, three times
PLAYED: Final = 4  # playable when another played instead: once, twice
HINTED: Final = 6  # playable when another's hint did not touch the card: once, twice
CRITICAL: Final = 8  # the last copy when another discarded with a token in hand: once, twice
PLANES: Final = 10
EVENTS: Final = 10  # not a set: what happened to the card at each move of another, the last in the lowest bits
COLUMNS: Final = 11

EVENT_BITS: Final = 3
EVENT_KINDS: Final = 7  # 1 to 7; 0 is none: the card was not there
_COLOUR, _RANK, _PASSED, _ELSEWHERE, _PLAY, _DISCARD, _NO_TOKEN = range(1, EVENT_KINDS + 1)
_KEPT: Final = (1 << 60) - 1


@jitable
def _add(planes, first, levels, types):
    """Move every type of the set one level up, to at most ``levels``."""
    for level in range(first + levels - 1, first, -1):
        planes[level] |= planes[level - 1] & types
    planes[first] |= types


@jitable
def _event(before, after, holder, touched):
    """Return the kind of a move as a card of ``holder`` that it ``touched`` or not sees it."""
    if touched:
        return _COLOUR if after[LAST_TYPE] == HINT_COLOUR else _RANK
    if after[LAST_TARGET] >= 0:
        return _PASSED if after[LAST_TARGET] == holder else _ELSEWHERE
    if before[INFORMATION_TOKENS] == 0:
        return _NO_TOKEN
    return _PLAY if after[LAST_TYPE] == PLAY else _DISCARD


@jitable
def take_note(rules, before, after, evidence):
    """Update ``evidence`` [players, hand_size, COLUMNS] int64 by a move, from the states (or views) around it."""
    mover = before[CURRENT_PLAYER]
    playable = playable_mask(rules, before)
    critical = critical_mask(rules, before)
    for holder in range(rules[PLAYERS]):
        if holder == mover:
            continue
        for i in range(before[rules[HAND_LENGTHS] + holder]):
            planes = evidence[holder, i]
            touched = after[LAST_TARGET] == holder and after[LAST_TOUCHED] >> i & 1 != 0
            event = _event(before, after, holder, touched)
            planes[EVENTS] = (planes[EVENTS] << EVENT_BITS | event) & _KEPT
            if touched:
                planes[TOUCHED] |= playable
            elif event == _DISCARD:
                _add(planes, DISCARDED, 3, playable)
                _add(planes, CRITICAL, 2, critical)
            elif event == _PLAY:
                _add(planes, PLAYED, 2, playable)
            elif event != _NO_TOKEN:
                _add(planes, HINTED, 2, playable)
    if after[LAST_POSITION] >= 0:
        last = before[rules[HAND_LENGTHS] + mover] - 1
        for i in range(after[LAST_POSITION], last):
            for column in range(COLUMNS):
                evidence[mover, i, column] = evidence[mover, i + 1, column]
        for column in range(COLUMNS):
            evidence[mover, last, column] = 0


@kernel
def evidence_of(rules, views, evidence):
    """Fill ``evidence`` from all views of a game so far, [turns + 1, state_size]."""
    evidence[:] = 0
    for turn in range(views.shape[0] - 1):
        take_note(rules, views[turn], views[turn + 1], evidence)
