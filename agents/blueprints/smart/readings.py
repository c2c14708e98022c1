"""How the convention reads a move: what everyone at the table concludes from it, written into one row of memory.

- A hint that by itself shows a card to be playable says no more. Any other hint says that the *newest* touched card that
  may be playable is playable.
- A rank hint that touches the card which the next player would discard next, and which may be valuable at that rank, is
  a *warning*: that card is valuable, and nothing is said about plays.
- A move that could have been a warning and was not says that the next player's next discard is not valuable.
- Discarding a card that everyone knows to be playable (a *finesse*) says that somebody's newest card is its twin.
"""

from __future__ import annotations

from agents.blueprints.smart.bits import is_single, popcount
from agents.blueprints.smart.memory import (
    ANY_TYPE,
    CONTRADICTIONS,
    FIRST_RANK,
    PLAYABLE,
    VALUABLE,
    WORTHLESS,
    colour_mask,
    mask_address,
    proved_mask,
    refresh_colour,
    settle,
)
from agents.blueprints.smart.memory import *  # noqa
from games._jit import jitable
from games.hanabi.layout import (
    DEALT,
    DECK_SIZE,
    DISCARD,
    HAND_LENGTHS,
    HINT_COLOUR,
    INFORMATION_TOKENS,
    LAST_CARD,
    LAST_DREW,
    LAST_PLAYER,
    LAST_POSITION,
    LAST_TARGET,
    LAST_TOUCHED,
    LAST_TYPE,
    LAST_VALUE,
    MAX_INFORMATION_TOKENS,
    PLAYERS,
    RANKS,
)
from games.hanabi.rules import card_address



@jitable
def next_discard(rules, state, row, player):
    """Return the card that ``player`` is publicly expected to discard next, or -1.

    None if a card is publicly playable or worthless; otherwise, among the cards not known to be valuable, the one with
    the largest share of worthless types, the oldest of equals.
    """
    best = -1
    best_worthless = 0
    best_types = 1
    for index in range(state[rules[HAND_LENGTHS] + player]):
        mask = row[mask_address(rules, player, index)]
        if mask & ~row[PLAYABLE] == 0 or mask & ~row[WORTHLESS] == 0:
            return -1
        if mask & ~row[VALUABLE] == 0:
            continue
        worthless = popcount(mask & row[WORTHLESS])
        types = popcount(mask)
        if best < 0 or worthless * best_types > best_worthless * types:
            best = index
            best_worthless = worthless
            best_types = types
    return best


@jitable
def maybe(mask, kind):
    """Return True if some but not all types of ``mask`` are of ``kind``."""
    return mask & kind != 0 and mask & ~kind != 0


@jitable
def warns(rules, state, row, giver, target, rank, touched, expected_discard):
    """Return True if this rank hint would be read as a warning."""
    if expected_discard < 0 or touched >> expected_discard & 1 == 0 or target != (giver + 1) % rules[PLAYERS]:
        return False
    if row[W_TEMPO] != 0 and state[INFORMATION_TOKENS] >= rules[MAX_INFORMATION_TOKENS] and is_temporising(rules, giver, target, touched):
        return False
    mask = row[mask_address(rules, target, expected_discard)]
    return maybe(mask, row[VALUABLE]) and mask & row[VALUABLE] & (row[FIRST_RANK] << rank) != 0


@jitable
def is_temporising(rules, giver, target, touched):
    return giver == (target + 1) % rules[PLAYERS] and touched & 1 != 0


@jitable
def read_no_warning(rules, before, row, mover):
    """The mover could have warned the next player and did not: its next discard is not valuable."""
    if before[DEALT] >= rules[DECK_SIZE] or before[INFORMATION_TOKENS] == 0:
        return
    player = (mover + 1) % rules[PLAYERS]
    index = next_discard(rules, before, row, player)
    if index >= 0:
        row[mask_address(rules, player, index)] &= ~row[VALUABLE]


@jitable
def read_hint(rules, before, row, giver, target, colour, rank, touched):
    """Update one row by a hint (``colour`` or ``rank`` is -1) that touches the cards in the bit mask ``touched``."""
    expected = (giver + 1) % rules[PLAYERS]
    silent = False
    if colour >= 0:
        named = colour_mask(rules, colour)
    else:
        named = row[FIRST_RANK] << rank
        index = next_discard(rules, before, row, expected)
        full = before[INFORMATION_TOKENS] >= rules[MAX_INFORMATION_TOKENS]
        if full and row[W_TEMPO] != 0 and is_temporising(rules, giver, target, touched):
            silent = True
        elif warns(rules, before, row, giver, target, rank, touched, index):
            row[mask_address(rules, target, index)] &= row[VALUABLE]
            silent = True
    newest = -1
    for index in range(before[rules[HAND_LENGTHS] + target] - 1, -1, -1):
        address = mask_address(rules, target, index)
        was_maybe = maybe(row[address], row[PLAYABLE])
        is_touched = touched >> index & 1 != 0
        told = named if is_touched else ~named
        mask = row[address] & told
        if mask == 0:
            mask = proved_mask(rules, before, row, target, index) & told
            row[CONTRADICTIONS] += 1
        row[address] = mask
        if was_maybe and mask & ~row[PLAYABLE] == 0:
            silent = True
        elif was_maybe and is_touched and newest < 0 and mask & row[PLAYABLE] != 0:
            newest = address
    if not silent and newest >= 0:
        row[newest] &= row[PLAYABLE]
    if row[W_GOODTOUCH] != 0 and not (silent and colour < 0):
        for index in range(before[rules[HAND_LENGTHS] + target]):
            if touched >> index & 1 != 0:
                address = mask_address(rules, target, index)
                if row[address] & ~row[WORTHLESS] != 0:
                    row[address] &= ~row[WORTHLESS]
    if target != expected:
        read_no_warning(rules, before, row, giver)


@jitable
def is_finesse(rules, before, after, row):
    """Return True if the last move discarded a card that everyone knew, and knew to be playable."""
    if after[LAST_TYPE] != DISCARD:
        return False
    mask = row[mask_address(rules, after[LAST_PLAYER], after[LAST_POSITION])]
    return is_single(mask) and mask & row[PLAYABLE] != 0


@jitable
def _read_finesse(rules, before, after, row, seat):
    """Mark the newest card of whoever ``seat`` sees holding the twin; if nobody, its own (two players: the partner's)."""
    mover = after[LAST_PLAYER]
    holder = -1
    if rules[PLAYERS] == 2:
        holder = 1 - mover
    else:
        if seat != mover:
            holder = seat
        for player in range(rules[PLAYERS] - 1, -1, -1):
            length = before[rules[HAND_LENGTHS] + player]
            if player == mover or player == seat or length == 0:
                continue
            if before[card_address(rules, player, length - 1)] == after[LAST_CARD]:
                holder = player
    if holder < 0 or before[rules[HAND_LENGTHS] + holder] == 0:
        return
    address = mask_address(rules, holder, before[rules[HAND_LENGTHS] + holder] - 1)
    twin = 1 << after[LAST_CARD]
    if row[address] & twin != 0:
        row[address] = twin


@jitable
def _remove_card(rules, after, row):
    player = after[LAST_PLAYER]
    length = after[rules[HAND_LENGTHS] + player]
    for address in range(mask_address(rules, player, after[LAST_POSITION]), mask_address(rules, player, length)):
        row[address] = row[address + 1]
    if after[LAST_DREW] == 1:
        row[mask_address(rules, player, length - 1)] = row[ANY_TYPE]


@jitable
def read_move(rules, before, after, row, seat):
    """Update one row of memory by the last move, as ``seat`` reads it."""
    if after[LAST_POSITION] < 0:
        colour = after[LAST_VALUE] if after[LAST_TYPE] == HINT_COLOUR else -1
        rank = after[LAST_VALUE] if after[LAST_TYPE] != HINT_COLOUR else -1
        read_hint(rules, before, row, after[LAST_PLAYER], after[LAST_TARGET], colour, rank, after[LAST_TOUCHED])
    else:
        read_no_warning(rules, before, row, after[LAST_PLAYER])
        if is_finesse(rules, before, after, row):
            _read_finesse(rules, before, after, row, seat)
        _remove_card(rules, after, row)
        refresh_colour(rules, after, row, after[LAST_CARD] // rules[RANKS])
    settle(rules, after, row)
