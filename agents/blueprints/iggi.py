"""IGGI: a cautious player with a predictable discard (Walton-Rivers et al. 2017).

Its list: play a card that is surely playable; tell someone about a playable card; discard a surely useless card;
discard the oldest; tell something at random. It never risks a life.
"""

from __future__ import annotations

from agents.blueprints.memoryless import memoryless
from agents.blueprints.priority import (
    NO_MOVE,
    any_move,
    discard_oldest_first,
    osawa_discard,
    own_counts,
    play_safe_card,
    tell_anyone_about_useful_card,
    tell_randomly,
)
from games._base.jit import kernel
from games.hanabi.blueprint import DECIDE_SIGNATURE


@kernel(DECIDE_SIGNATURE)
def _decide(rules, view, memory, key):
    ones, twos = own_counts(rules, view)
    move = play_safe_card(rules, view, ones, twos)
    if move == NO_MOVE:
        move = tell_anyone_about_useful_card(rules, view)
    if move == NO_MOVE:
        move = osawa_discard(rules, view, ones, twos)
    if move == NO_MOVE:
        move = discard_oldest_first(rules, view)
    if move == NO_MOVE:
        move = tell_randomly(rules, view, key)
    if move == NO_MOVE:
        move = any_move(rules, view, key)
    return move


IGGI = memoryless("iggi", _decide, randomness=0.05)
