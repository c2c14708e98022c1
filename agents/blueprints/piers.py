"""Piers: IGGI's list with calculated risks (Walton-Rivers et al. 2017).

Its list: with the deck empty and a life to spare, play the likeliest card ("Hail Mary"); play a surely playable card;
with a life to spare, play a card that is playable with probability 0.6 or more; tell someone about a playable card;
with fewer than four tokens, tell someone that a card is dispensable; discard a surely useless card; discard the oldest;
tell something at random. It never risks the last life.
"""

from __future__ import annotations

from agents.blueprints.memoryless import memoryless
from agents.blueprints.priority import (
    NO_MOVE,
    any_move,
    discard_oldest_first,
    osawa_discard,
    own_counts,
    play_probably_safe_card,
    play_safe_card,
    tell_anyone_about_useful_card,
    tell_dispensable,
    tell_randomly,
)
from games._base.jit import jitable, kernel
from games.hanabi.blueprint import DECIDE_SIGNATURE
from games.hanabi.layout import INFORMATION_TOKENS, LIFE_TOKENS
from games.hanabi.rules import cards_left

RISK = 0.6  # least probability of a play that costs a life if it fails
FEW_TOKENS = 4


@jitable
def _play(rules, view, ones, twos):
    """Play by the first three rules of the list, or return ``NO_MOVE``."""
    may_risk = view[LIFE_TOKENS] > 1
    if may_risk and cards_left(rules, view) == 0:
        return play_probably_safe_card(rules, view, ones, twos, 0.0)
    move = play_safe_card(rules, view, ones, twos)
    if move == NO_MOVE and may_risk:
        move = play_probably_safe_card(rules, view, ones, twos, RISK)
    return move


@kernel(DECIDE_SIGNATURE)
def _decide(rules, view, memory, key):
    ones, twos = own_counts(rules, view)
    move = _play(rules, view, ones, twos)
    if move == NO_MOVE:
        move = tell_anyone_about_useful_card(rules, view)
    if move == NO_MOVE and view[INFORMATION_TOKENS] < FEW_TOKENS:
        move = tell_dispensable(rules, view)
    if move == NO_MOVE:
        move = osawa_discard(rules, view, ones, twos)
    if move == NO_MOVE:
        move = discard_oldest_first(rules, view)
    if move == NO_MOVE:
        move = tell_randomly(rules, view, key)
    if move == NO_MOVE:
        move = any_move(rules, view, key)
    return move


PIERS = memoryless("piers", _decide, randomness=0.05)
