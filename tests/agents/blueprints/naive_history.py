"""Features of earlier moves by name: a game is played again, and the cards of each hint are followed by the deck."""

from __future__ import annotations

from itertools import product

from games.hanabi import layout
from games.hanabi.game import HanabiGame
from games.hanabi.moves import move_from_id
from games.hanabi.state import HanabiState

Name = tuple[object, ...]


def names_of_a_move(game: HanabiGame) -> list[Name]:
    """Return the names that describe one earlier move, in the order of their numbers."""
    moves: list[Name] = [("move", move) for move in range(game.moves)]
    cards: list[Name] = [("card", *part) for part in product((False, True), range(game.types))]
    return moves + cards + [("touched", *part) for part in product((False, True), range(2**game.cards_in_hand))]


def _deck_indices(state: HanabiState, player: int) -> list[int]:
    offsets = (state.game.card_offset(player, index) for index in range(len(state.hand(player))))
    return [int(state.array[offset + layout.DECK_INDEX]) for offset in offsets]


def names_of_earlier_moves(state: HanabiState, player: int, history: int) -> list[list[Name]]:
    """Return the names of the ``history`` moves before the last one, the newest first, as ``player`` reads them."""
    game, told = state.game, []
    current = HanabiState(game, state.deck)
    for number in state.history:
        actor, move = current.current_player, move_from_id(game, number)
        names: list[Name] = [("move", number)]
        if move.target < 0:
            heights = sum(current.fireworks)
            card = current.hand(actor)[move.position]
            current.apply(number)
            names.append(("card", sum(current.fireworks) > heights, card))
        else:
            target = (actor + move.target) % game.players
            values = [divmod(card, game.ranks)[move.kind == "rank"] for card in current.hand(target)]
            cards = {
                index
                for index, value in zip(_deck_indices(current, target), values, strict=True)
                if value == move.value
            }
            now = [index in cards for index in _deck_indices(state, target)]
            names.append(("touched", target == player, sum(1 << place for place, hinted in enumerate(now) if hinted)))
            current.apply(number)
        told.append(names)
    return told[:-1][::-1][:history]


def numbers_of_earlier_moves(state: HanabiState, player: int, history: int, first: int) -> list[int]:
    """Return the numbers of these features, which begin with ``first``."""
    names = names_of_a_move(state.game)
    told = names_of_earlier_moves(state, player, history)
    return [first + j * len(names) + names.index(name) for j, move in enumerate(told) for name in move]
