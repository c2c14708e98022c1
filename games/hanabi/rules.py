"""The rules of Hanabi as compiled functions over flat integer arrays: deal, legal moves, apply.

The rules are those of the Hanabi Learning Environment (Bard et al. 2020, "The Hanabi Challenge"), move ids included:
``discard i``, then ``play i``, then colour hints and rank hints by target offset. ``docs/hanabi.md`` lists where other
engines differ. Array layouts are in ``layout.py``; ``rules`` and ``state`` are integer vectors, ``deck`` holds card
types in deal order. Every function is plain Python in the subset that numba compiles for CPU and CUDA.
"""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable
from games.hanabi.layout import (
    ALL_RANKS,
    BOMB_KEEPS_POINTS,
    CARD_FIELDS,
    CARD_TYPE,
    COLOUR_BASE,
    COLOURS,
    COMPLETED,
    COPIES,
    CURRENT_PLAYER,
    DEALT,
    DECK_INDEX,
    DECK_SIZE,
    DISCARD,
    DISCARDS,
    FIREWORKS,
    HALF,
    HAND_LENGTHS,
    HAND_SIZE,
    HANDS,
    HIDDEN,
    HINT_COLOUR,
    HINT_RANK,
    HINTED,
    INFORMATION_TOKENS,
    LAST_CARD,
    LAST_DREW,
    LAST_MOVE,
    LAST_PLAYER,
    LAST_POSITION,
    LAST_SCORED,
    LAST_TARGET,
    LAST_TOKEN,
    LAST_TOUCHED,
    LAST_TYPE,
    LAST_VALUE,
    LIFE_TOKENS,
    MAX_INFORMATION_TOKENS,
    MAX_LIFE_TOKENS,
    MOVES,
    NO_RANKS,
    ORDINARY,
    OUT_OF_LIVES,
    OUT_OF_TURNS,
    PLAUSIBLE_COLOURS,
    PLAUSIBLE_RANKS,
    PLAY,
    PLAY_BASE,
    PLAYERS,
    POINTS,
    RANK_BASE,
    RANKS,
    RUNNING,
    STATE_SIZE,
    STATUS,
    TOUCHED_SUITS,
    TOUCHED_TYPES,
    TURN,
    TURNS_LEFT,
    TYPES,
)

_MASK_63 = 63  # keeps shifts by a hidden card (-1) defined; no type has bit 63
_NO_SIGN = (1 << 63) - 1


@jitable
def types_left(rules, colours, ranks):
    """Return a mask of the types (bit: card type) that masks of colours and ranks leave (``_rule_out_suits``)."""
    row = np.int64(ranks)
    mask = np.int64(0)
    for colour in range(rules[COLOURS]):
        mask |= (row << np.int64(colour * rules[RANKS])) * (colours >> colour & 1)
    if rules[ORDINARY] == 0:
        free = colours & (rules[ALL_RANKS] | rules[NO_RANKS])
        row = (np.int64(1) << np.int64(rules[RANKS])) - 1
        for colour in range(rules[COLOURS]):
            mask |= (row << np.int64(colour * rules[RANKS])) * (free >> colour & 1)
    return mask


@jitable
def card_address(rules, player, index):
    """Return the offset in the state of card ``index`` (0 the oldest) of ``player``."""
    return rules[HANDS] + (player * rules[HAND_SIZE] + index) * CARD_FIELDS


@jitable
def deal_card(rules, state, deck, player):
    """Append the next card of the deck to the hand of ``player``, nothing known about it."""
    length = state[rules[HAND_LENGTHS] + player]
    card = card_address(rules, player, length)
    state[card + CARD_TYPE] = deck[state[DEALT]]
    state[card + PLAUSIBLE_COLOURS] = (1 << rules[COLOURS]) - 1
    state[card + PLAUSIBLE_RANKS] = (1 << rules[RANKS]) - 1
    state[card + HINTED] = 0
    state[card + DECK_INDEX] = state[DEALT]
    state[rules[HAND_LENGTHS] + player] = length + 1
    state[DEALT] += 1


@jitable
def deal(rules, state, deck):
    """Set ``state`` to the start of a game on ``deck``: player 0 gets the first ``hand_size`` cards, and so on."""
    for i in range(rules[STATE_SIZE]):
        state[i] = 0
    state[INFORMATION_TOKENS] = rules[MAX_INFORMATION_TOKENS]
    state[LIFE_TOKENS] = rules[MAX_LIFE_TOKENS]
    state[TURNS_LEFT] = rules[PLAYERS]
    for field in range(LAST_MOVE, LAST_CARD + 1):
        state[field] = -1
    state[LAST_TOUCHED] = 0
    for player in range(rules[PLAYERS]):
        for _ in range(rules[HAND_SIZE]):
            deal_card(rules, state, deck, player)


@jitable
def fill_sorted_deck(rules, deck):
    """Write every card of the game to ``deck`` in type order; shuffle it with ``games._base.rng.shuffle``."""
    position = 0
    for card_type in range(rules[TYPES]):
        for _ in range(rules[COPIES + card_type]):
            deck[position] = card_type
            position += 1


@jitable
def cards_left(rules, state):
    """Return the number of cards still in the deck."""
    return rules[DECK_SIZE] - state[DEALT]


@jitable
def score(rules, state):
    """Return the score of the position: the points, or 0 after the last life is lost (unless bombs keep points)."""
    if state[LIFE_TOKENS] <= 0 and rules[BOMB_KEEPS_POINTS] == 0:
        return 0
    return state[POINTS]


@jitable
def best_score(rules, state):
    """Return an upper bound of the final score: each stack up to its first rank with every copy discarded."""
    if state[STATUS] != RUNNING:
        return score(rules, state)
    ranks = rules[RANKS]
    total = 0
    for colour in range(rules[COLOURS]):
        height = state[rules[FIREWORKS] + colour]
        first = colour * ranks
        while height < ranks and state[rules[DISCARDS] + first + height] < rules[COPIES + first + height]:
            height += 1
        total += height
    return total


@jitable
def is_playable(rules, state, card_type):
    """Return True if a card of this type can be played now."""
    ranks = rules[RANKS]
    return state[rules[FIREWORKS] + card_type // ranks] == card_type % ranks


@jitable
def _next_seat(rules, player):
    return player + 1 if player + 1 < rules[PLAYERS] else 0


@jitable
def _target_and_value(rules, player, hint, values):
    """Split the number of a hint among ``values`` a target (division would cost more than these few subtractions)."""
    target = _next_seat(rules, player)
    while hint >= values:
        hint -= values
        target = _next_seat(rules, target)
    return target, hint


@jitable
def types_touched(rules, hint):
    """Return a mask of the types that a hint touches (bit: card type); hints count colours first, then ranks."""
    half = rules[TOUCHED_TYPES] + 2 * hint
    return np.int64(rules[half]) | (np.int64(rules[half + 1]) << HALF & _NO_SIGN)


@jitable
def types_in_hand(rules, state, player):
    """Return a mask of the types that ``player`` holds (bit: card type); the hand must not be hidden."""
    held = 0
    card = card_address(rules, player, 0) + CARD_TYPE
    for i in range(state[rules[HAND_LENGTHS] + player]):
        held |= np.int64(1) << (state[card + i * CARD_FIELDS] & _MASK_63)
    return held


@jitable
def _touched(rules, state, player, types):
    """Return a bit mask of the cards of ``player`` whose type is among ``types``."""
    touched = 0
    card = card_address(rules, player, 0) + CARD_TYPE
    for i in range(state[rules[HAND_LENGTHS] + player]):
        touched |= (types >> (state[card + i * CARD_FIELDS] & _MASK_63) & 1) << i
    return touched


@jitable
def touched_by_colour(rules, state, player, colour):
    """Return a bit mask of the cards of ``player`` that the hint of ``colour`` touches."""
    return _touched(rules, state, player, types_touched(rules, colour))


@jitable
def touched_by_rank(rules, state, player, rank):
    """Return a bit mask of the cards of ``player`` that the hint of ``rank`` touches."""
    return _touched(rules, state, player, types_touched(rules, rules[COLOURS] + rank))


@jitable
def is_legal(rules, state, move):
    """Return True if the current player may make ``move``; never looks at the own hand, so a view will do."""
    if state[STATUS] != RUNNING or move < 0 or move >= rules[MOVES]:
        return False
    player = state[CURRENT_PLAYER]
    if move < rules[PLAY_BASE]:
        full = state[INFORMATION_TOKENS] >= rules[MAX_INFORMATION_TOKENS]
        return not full and move < state[rules[HAND_LENGTHS] + player]
    if move < rules[COLOUR_BASE]:
        return move - rules[PLAY_BASE] < state[rules[HAND_LENGTHS] + player]
    if state[INFORMATION_TOKENS] <= 0:
        return False
    if move < rules[RANK_BASE]:
        target, value = _target_and_value(rules, player, move - rules[COLOUR_BASE], rules[COLOURS])
        return touched_by_colour(rules, state, target, value) != 0
    target, value = _target_and_value(rules, player, move - rules[RANK_BASE], rules[RANKS])
    return touched_by_rank(rules, state, target, value) != 0


@jitable
def _special_hints(rules, state, player, moves, count):
    """Append the legal hints, in increasing order, of a game in which some touch several suits, or none."""
    for kind in range(2):
        values = rules[RANKS] if kind else rules[COLOURS]
        hint = rules[COLOURS] if kind else 0  # as ``types_touched`` counts
        first = rules[RANK_BASE] if kind else rules[COLOUR_BASE]
        target = player
        for _ in range(1, rules[PLAYERS]):
            target = _next_seat(rules, target)
            present = types_in_hand(rules, state, target)
            for value in range(values):
                moves[count] = first + value
                count += present & types_touched(rules, hint + value) != 0
            first += values
    return count


@jitable
def legal_moves(rules, state, moves):
    """Write the legal move ids in increasing order to ``moves`` and return how many there are.

    Where each hint touches one colour or one rank, which those are follows from the types in a hand without a table.
    """
    if state[STATUS] != RUNNING:
        return 0
    player = state[CURRENT_PLAYER]
    length = state[rules[HAND_LENGTHS] + player]
    count = 0
    if state[INFORMATION_TOKENS] < rules[MAX_INFORMATION_TOKENS]:
        for i in range(length):
            moves[count] = i
            count += 1
    for i in range(length):
        moves[count] = rules[PLAY_BASE] + i
        count += 1
    if state[INFORMATION_TOKENS] <= 0:
        return count
    if rules[ORDINARY] == 0:
        return _special_hints(rules, state, player, moves, count)
    ranks = rules[RANKS]
    row = (1 << ranks) - 1
    target = player
    for offset in range(1, rules[PLAYERS]):
        target = _next_seat(rules, target)
        present = types_in_hand(rules, state, target)
        first = rules[COLOUR_BASE] + (offset - 1) * rules[COLOURS]
        for colour in range(rules[COLOURS]):
            moves[count] = first + colour
            count += present & row != 0
            present >>= ranks
    target = player
    for offset in range(1, rules[PLAYERS]):
        target = _next_seat(rules, target)
        present = types_in_hand(rules, state, target)
        for colour in range(1, rules[COLOURS]):
            present |= present >> (colour * ranks)
        first = rules[RANK_BASE] + (offset - 1) * ranks
        for rank in range(ranks):
            moves[count] = first + rank
            count += present >> rank & 1
    return count


@jitable
def _gain_token(rules, state):
    if state[INFORMATION_TOKENS] < rules[MAX_INFORMATION_TOKENS]:
        state[INFORMATION_TOKENS] += 1
        return 1
    return 0


@jitable
def _remove_card(rules, state, player, index):
    length = state[rules[HAND_LENGTHS] + player]
    start = card_address(rules, player, index)
    stop = card_address(rules, player, length - 1)
    for k in range(start, stop):
        state[k] = state[k + CARD_FIELDS]
    for k in range(stop, stop + CARD_FIELDS):
        state[k] = 0
    state[rules[HAND_LENGTHS] + player] = length - 1


@jitable
def _play_card(rules, state, card_type):
    """Put the card on its stack, or lose a life and discard it; record the outcome."""
    if not is_playable(rules, state, card_type):
        state[LIFE_TOKENS] -= 1
        state[rules[DISCARDS] + card_type] += 1
        return
    colour = card_type // rules[RANKS]
    state[rules[FIREWORKS] + colour] += 1
    state[POINTS] += 1
    state[LAST_SCORED] = 1
    if state[rules[FIREWORKS] + colour] == rules[RANKS]:
        state[LAST_TOKEN] = _gain_token(rules, state)


@jitable
def _rule_out_suits(rules, state, player, touched):
    """Take the suits that a rank hint rules out from what hints leave possible for the cards of ``player``.

    Colours and ranks are kept apart, as two masks: the ranks that are left say nothing of suits whose cards all rank
    hints touch, or none. Such a suit is ruled out as a whole, or not at all.
    """
    card = card_address(rules, player, 0)
    for i in range(state[rules[HAND_LENGTHS] + player]):
        state[card + PLAUSIBLE_COLOURS] &= ~(rules[NO_RANKS] if touched >> i & 1 else rules[ALL_RANKS])
        if state[card + PLAUSIBLE_RANKS] == 0:
            state[card + PLAUSIBLE_COLOURS] &= rules[NO_RANKS] | rules[ALL_RANKS]
        card += CARD_FIELDS


@jitable
def _apply_hint(rules, state, target, value, by_colour):
    """Record which cards of ``target`` a hint touches, and narrow what hints leave possible."""
    state[INFORMATION_TOKENS] -= 1
    if by_colour:
        touched = touched_by_colour(rules, state, target, value)
        field = PLAUSIBLE_COLOURS
        flag = 1
        kept = rules[rules[TOUCHED_SUITS] + value]
    else:
        touched = touched_by_rank(rules, state, target, value)
        field = PLAUSIBLE_RANKS
        flag = 2
        kept = 1 << value
    card = card_address(rules, target, 0)
    for i in range(state[rules[HAND_LENGTHS] + target]):
        if touched >> i & 1:
            state[card + field] &= kept
            state[card + HINTED] |= flag
        else:
            state[card + field] &= ~kept
        card += CARD_FIELDS
    if rules[ORDINARY] == 0 and not by_colour:
        _rule_out_suits(rules, state, target, touched)
    state[LAST_TARGET] = target
    state[LAST_VALUE] = value
    state[LAST_TOUCHED] = touched


@jitable
def _update_status(rules, state):
    if state[LIFE_TOKENS] <= 0:
        state[STATUS] = OUT_OF_LIVES
    elif state[POINTS] >= rules[TYPES]:
        state[STATUS] = COMPLETED
    elif state[TURNS_LEFT] <= 0:
        state[STATUS] = OUT_OF_TURNS


@jitable
def apply_move(rules, state, deck, move):
    """Make a legal move in place: move, draw (unless the game just ended), pass the turn. Legality is not checked.

    With no card left to draw, each move takes one of the ``players`` turns that remain. The reward of the move is the
    difference of ``score`` before and after.
    """
    player = state[CURRENT_PLAYER]
    state[LAST_MOVE] = move
    state[LAST_PLAYER] = player
    state[LAST_TARGET] = -1
    state[LAST_VALUE] = -1
    state[LAST_TOUCHED] = 0
    state[LAST_POSITION] = -1
    state[LAST_CARD] = -1
    state[LAST_SCORED] = 0
    state[LAST_TOKEN] = 0
    state[LAST_DREW] = 0
    if state[DEALT] >= rules[DECK_SIZE]:
        state[TURNS_LEFT] -= 1
    if move < rules[COLOUR_BASE]:
        index = move if move < rules[PLAY_BASE] else move - rules[PLAY_BASE]
        card_type = state[card_address(rules, player, index)]
        state[LAST_POSITION] = index
        state[LAST_CARD] = card_type
        if move < rules[PLAY_BASE]:
            state[LAST_TYPE] = DISCARD
            state[LAST_TOKEN] = _gain_token(rules, state)
            state[rules[DISCARDS] + card_type] += 1
        else:
            state[LAST_TYPE] = PLAY
            _play_card(rules, state, card_type)
        _remove_card(rules, state, player, index)
    elif move < rules[RANK_BASE]:
        state[LAST_TYPE] = HINT_COLOUR
        target, value = _target_and_value(rules, player, move - rules[COLOUR_BASE], rules[COLOURS])
        _apply_hint(rules, state, target, value, True)
    else:
        state[LAST_TYPE] = HINT_RANK
        target, value = _target_and_value(rules, player, move - rules[RANK_BASE], rules[RANKS])
        _apply_hint(rules, state, target, value, False)
    state[TURN] += 1
    _update_status(rules, state)
    if state[STATUS] == RUNNING:
        if state[LAST_POSITION] >= 0 and state[DEALT] < rules[DECK_SIZE]:
            deal_card(rules, state, deck, player)
            state[LAST_DREW] = 1
        state[CURRENT_PLAYER] = _next_seat(rules, player)


@jitable
def hide_hand(rules, state, player, held):
    """Turn a state into the view of ``player`` in place; the types go to ``held`` ([hand_size]), see ``show_hand``."""
    for i in range(state[rules[HAND_LENGTHS] + player]):
        card = card_address(rules, player, i)
        held[i] = state[card]
        state[card] = HIDDEN


@jitable
def show_hand(rules, state, player, held):
    """Give the hand of ``player`` the card types in ``held``: undoes ``hide_hand``, or fills in a hypothetical hand."""
    for i in range(state[rules[HAND_LENGTHS] + player]):
        state[card_address(rules, player, i)] = held[i]
