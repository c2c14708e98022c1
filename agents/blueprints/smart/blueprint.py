"""The smart blueprint's three compiled functions: start, decide, observe."""

from __future__ import annotations

from agents.blueprints.cards import read_own_masks
from agents.blueprints.smart.choices import choose
from agents.blueprints.smart.memory import CONTRADICTIONS, MASKS, start_row
from agents.blueprints.smart.readings import is_finesse, read_move
from games._base.jit import jitable, kernel
from games.hanabi.blueprint import DECIDE_SIGNATURE, OBSERVE_SIGNATURE, READ_SIGNATURE, START_SIGNATURE, Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.layout import PLAYERS


@kernel(START_SIGNATURE)
def start(rules, parameters, memories):
    """Fill every seat's memory for the start of a game."""
    for player in range(rules[PLAYERS]):
        start_row(rules, memories[player])


@kernel(DECIDE_SIGNATURE)
def decide(rules, view, memory, key):
    """Return the move of the current player (the contract is in ``games.hanabi.blueprint``)."""
    return choose(rules, view, memory)


@jitable
def _rows_agree(memories, players):
    for player in range(1, players):
        for k in range(memories.shape[1]):
            if memories[0, k] != memories[player, k]:
                return False
    return True


@kernel(OBSERVE_SIGNATURE)
def observe(rules, before, after, memories):
    """Read the move once for all seats where their rows agree and the reading depends on public things only."""
    players = rules[PLAYERS]
    public = players == 2 or not is_finesse(rules, after, memories[0])
    shared = public and _rows_agree(memories, players)
    for player in range(players):
        if player == 0 or not shared:
            read_move(rules, before, after, memories[player], player)
        else:
            for k in range(memories.shape[1]):
                memories[player, k] = memories[0, k]


@kernel(READ_SIGNATURE)
def _read(rules, view, memory, masks):
    read_own_masks(rules, view, memory, MASKS, masks)


def _memory_size(game: HanabiGame) -> int:
    game.require_ordinary_hints("the smart blueprint")
    return MASKS + game.players * game.cards_in_hand


SMART = Blueprint("smart", start, decide, observe, _memory_size, read=_read, contradictions=CONTRADICTIONS)
