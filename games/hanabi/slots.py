"""One slot of a batch of games, on whatever device: start its game, make a move in it.

``games.hanabi.batch`` runs these in threads on the CPU, ``games.hanabi.cuda`` in a CUDA thread for each slot. Arrays
may be rows or columns of larger ones.
"""

from __future__ import annotations

from games._base.jit import jitable
from games.hanabi.layout import RUNNING, STATUS
from games.hanabi.rules import apply_move, deal, score
from games.hanabi.self_play import deck_of_game


@jitable
def start_slot(rules, seed, number, state, deck):
    """Shuffle the deck of game ``number`` under ``seed`` and deal."""
    deck_of_game(rules, seed, number, deck)
    deal(rules, state, deck)


@jitable
def step_slot(rules, state, deck, move):
    """Make a legal move in a running game; return the change of the score, whether the game ended, and the score."""
    before = score(rules, state)
    apply_move(rules, state, deck, move)
    after = score(rules, state)
    return after - before, state[STATUS] != RUNNING, after
