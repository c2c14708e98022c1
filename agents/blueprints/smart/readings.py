"""How the convention reads a move: what everyone at the table concludes from it, written into one row of memory.

- A hint that by itself shows a card to be playable says no more. Any other hint says that the *newest* touched card
  that may be playable is playable.
- A rank hint that touches the card which the next player would discard next, and which may be valuable at that rank, is
  a *warning*: that card is valuable, and nothing is said about plays.
- A move that could have been a warning and was not says that the next player's next discard is not valuable.
- Discarding a card that everyone knows to be playable (a *finesse*) says that somebody's newest card is its twin.

These are the readings of SmartBot (Arthur O'Dwyer), but for one: there, with all tokens at hand, a rank hint on the
oldest card of the player to the right says nothing. Since hints are chosen here by what they will make the listener do
(``outlook.py``), there is always one that does no harm, and a silent one is not needed.
"""

from __future__ import annotations

from agents.blueprints.cards import count_bits
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
from games._base.jit import jitable
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
    PLAYERS,
    RANKS,
)
from games.hanabi.rules import card_address


@jitable
def surely(mask, kind):
    """Return True if every type of ``mask`` is of ``kind`` (a mask of types)."""
    return mask & ~kind == 0


@jitable
def maybe(mask, kind):
    """Return True if some but not all types of ``mask`` are of ``kind``."""
    return mask & kind != 0 and mask & ~kind != 0


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
        if surely(mask, row[PLAYABLE]) or surely(mask, row[WORTHLESS]):
            return -1
        if surely(mask, row[VALUABLE]):
            continue
        worthless = count_bits(mask & row[WORTHLESS])
        types = count_bits(mask)
        if best < 0 or worthless * best_types > best_worthless * types:
            best = index
            best_worthless = worthless
            best_types = types
    return best


@jitable
def _read_no_warning(rules, before, row, mover):
    """The mover could have warned the next player and did not: its next discard is not valuable."""
    if before[DEALT] >= rules[DECK_SIZE] or before[INFORMATION_TOKENS] == 0:
        return
    player = (mover + 1) % rules[PLAYERS]
    index = next_discard(rules, before, row, player)
    if index >= 0:
        row[mask_address(rules, player, index)] &= ~row[VALUABLE]


@jitable
def _read_warning(rules, before, row, giver, target, rank, touched):
    """Return True, and narrow the mask, if the rank hint warns the next player about its next discard."""
    if target != (giver + 1) % rules[PLAYERS]:
        return False
    index = next_discard(rules, before, row, target)
    if index < 0 or touched >> index & 1 == 0:
        return False
    address = mask_address(rules, target, index)
    mask = row[address]
    if not maybe(mask, row[VALUABLE]) or mask & row[VALUABLE] & (row[FIRST_RANK] << rank) == 0:
        return False
    row[address] = mask & row[VALUABLE]
    return True


@jitable
def read_hint(rules, before, row, giver, target, colour, rank, touched):
    """Update one row by a hint about ``colour``, or about ``rank`` if ``colour`` is -1; bit i of ``touched``: card i.

    ``before`` is the state in which the hint is given; a hint that is only considered is read in the same way.
    """
    if colour >= 0:
        named = colour_mask(rules, colour)
        says_play = True
    else:
        named = row[FIRST_RANK] << rank
        says_play = not _read_warning(rules, before, row, giver, target, rank, touched)
    newest = -1
    for index in range(before[rules[HAND_LENGTHS] + target] - 1, -1, -1):
        address = mask_address(rules, target, index)
        old = row[address]
        is_touched = touched >> index & 1 != 0
        told = named if is_touched else ~named
        mask = old & told
        if mask == 0:
            mask = proved_mask(rules, before, row, target, index) & told
            row[CONTRADICTIONS] += 1
        row[address] = mask
        if maybe(old, row[PLAYABLE]):
            if surely(mask, row[PLAYABLE]):
                says_play = False
            elif is_touched and newest < 0 and mask & row[PLAYABLE] != 0:
                newest = address
    if says_play and newest >= 0:
        row[newest] &= row[PLAYABLE]
    if target != (giver + 1) % rules[PLAYERS]:
        _read_no_warning(rules, before, row, giver)


@jitable
def is_finesse(rules, after, row):
    """Return True if the last move discarded a card that everyone knew, and knew to be playable."""
    if after[LAST_TYPE] != DISCARD:
        return False
    mask = row[mask_address(rules, after[LAST_PLAYER], after[LAST_POSITION])]
    return mask == 1 << after[LAST_CARD] and mask & row[PLAYABLE] != 0


@jitable
def _read_finesse(rules, before, after, row, seat):
    """Mark the newest card of the player whom ``seat`` sees with the twin; if it sees none, its own.

    With two players the newest card of the mover's partner is the only one that can be meant, whoever reads.
    """
    mover = after[LAST_PLAYER]
    holder = seat
    if rules[PLAYERS] == 2:
        holder = 1 - mover
    else:
        for player in range(rules[PLAYERS] - 1, -1, -1):
            length = before[rules[HAND_LENGTHS] + player]
            if player == mover or player == seat or length == 0:
                continue
            if before[card_address(rules, player, length - 1)] == after[LAST_CARD]:
                holder = player
    length = before[rules[HAND_LENGTHS] + holder]
    if holder == mover or length == 0:
        return
    address = mask_address(rules, holder, length - 1)
    twin = 1 << after[LAST_CARD]
    if row[address] & twin != 0:
        row[address] = twin


@jitable
def _remove_card(rules, after, row):
    """Close the gap that the played or discarded card leaves in the mover's masks, and open one for the card drawn."""
    player = after[LAST_PLAYER]
    length = after[rules[HAND_LENGTHS] + player]
    drew = after[LAST_DREW]
    stop = mask_address(rules, player, length - drew)
    for address in range(mask_address(rules, player, after[LAST_POSITION]), stop):
        row[address] = row[address + 1]
    if drew == 1:
        row[stop] = row[ANY_TYPE]


@jitable
def read_move(rules, before, after, row, seat):
    """Update one row of memory by the last move, as ``seat`` reads it."""
    mover = after[LAST_PLAYER]
    if after[LAST_POSITION] < 0:
        colour = -1
        rank = -1
        if after[LAST_TYPE] == HINT_COLOUR:
            colour = after[LAST_VALUE]
        else:
            rank = after[LAST_VALUE]
        read_hint(rules, before, row, mover, after[LAST_TARGET], colour, rank, after[LAST_TOUCHED])
    else:
        _read_no_warning(rules, before, row, mover)
        if is_finesse(rules, after, row):
            _read_finesse(rules, before, after, row, seat)
        _remove_card(rules, after, row)
        refresh_colour(rules, after, row, after[LAST_CARD] // rules[RANKS])
    settle(rules, after, row)
