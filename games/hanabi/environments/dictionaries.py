"""Moves and observations as the dictionaries of HLE's ``rl_env``, made from our arrays.

The entry ``pyhanabi`` of HLE's observations, an object of its C++ state, is left out: it can be asked for more than a
view holds.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from games.hanabi import layout
from games.hanabi.game import COLOUR_LETTERS, HanabiGame
from games.hanabi.moves import Move, move_from_id, move_to_id
from games.hanabi.view import HanabiView

_KINDS = {"PLAY": "play", "DISCARD": "discard", "REVEAL_COLOR": "colour", "REVEAL_RANK": "rank"}
_COLOUR_HINTED, _RANK_HINTED = 1, 2  # bits of layout.HINTED


def move_to_dictionary(game: HanabiGame, move: int) -> dict[str, Any]:
    """Return a move as HLE's agents write it."""
    parts = move_from_id(game, move)
    if parts.kind in ("play", "discard"):
        return {"action_type": parts.kind.upper(), "card_index": parts.position}
    if parts.kind == "colour":
        return {"action_type": "REVEAL_COLOR", "target_offset": parts.target, "color": COLOUR_LETTERS[parts.value]}
    return {"action_type": "REVEAL_RANK", "target_offset": parts.target, "rank": parts.value}


@lru_cache(maxsize=16)
def _dictionaries(game: HanabiGame) -> tuple[dict[str, Any], ...]:
    """Return all moves as dictionaries, of which observations hold copies."""
    return tuple(move_to_dictionary(game, move) for move in range(game.moves))


def move_of(game: HanabiGame, action: Any) -> int:
    """Return the id of a move that is a number or one of HLE's dictionaries.

    Raises ``ValueError`` for what is neither, and for a move that the game does not have; an illegal one is returned.
    """
    if isinstance(action, int | np.integer) and not isinstance(action, bool):
        return int(action)
    kind = _KINDS.get(str(action.get("action_type", ""))) if isinstance(action, dict) else None
    try:
        if kind in ("play", "discard"):
            return move_to_id(game, Move(kind, position=action["card_index"]))  # type: ignore[arg-type]
        if kind == "colour":
            colour = COLOUR_LETTERS[: game.colours].index(action["color"])
            return move_to_id(game, Move("colour", target=action["target_offset"], value=colour))
        if kind == "rank":
            return move_to_id(game, Move("rank", target=action["target_offset"], value=action["rank"]))
    except (KeyError, TypeError, ValueError):
        pass
    raise ValueError(f"{action!r:.100} is not a move of HLE's")


def _card(game: HanabiGame, card: int) -> dict[str, Any]:
    if card < 0:
        return {"color": None, "rank": -1}
    return {"color": COLOUR_LETTERS[card // game.ranks], "rank": card % game.ranks}


def _knowledge(record: list[int]) -> dict[str, Any]:
    """Return what hints named of a card, from its record."""
    hinted = record[layout.HINTED]
    return {
        "color": COLOUR_LETTERS[record[layout.PLAUSIBLE_COLOURS].bit_length() - 1] if hinted & _COLOUR_HINTED else None,
        "rank": record[layout.PLAUSIBLE_RANKS].bit_length() - 1 if hinted & _RANK_HINTED else None,
    }


def observation_dictionary(
    game: HanabiGame, numbers: list[int], seat: int, legal: list[int], vector: list[Any], discards: list[int]
) -> dict[str, Any]:
    """Return the observation of a seat as ``rl_env`` writes it.

    numbers : the state or the seat's view, as a list; the seat's own card types are not read. legal : ids of the legal
    moves, if the seat is to move. vector : its canonical observation. discards : types of the cards off the table, in
    order.
    """
    fireworks, piles, lengths, start = game.offsets
    mover = numbers[layout.CURRENT_PLAYER]
    templates = _dictionaries(game)
    hands, knowledge = [], []
    for offset in range(game.players):
        player = (seat + offset) % game.players
        first = start + player * game.cards_in_hand * layout.CARD_FIELDS
        stop = first + numbers[lengths + player] * layout.CARD_FIELDS
        records = [numbers[place : place + layout.CARD_FIELDS] for place in range(first, stop, layout.CARD_FIELDS)]
        hands.append([_card(game, record[layout.CARD_TYPE] if offset else layout.HIDDEN) for record in records])
        knowledge.append([_knowledge(record) for record in records])
    return {
        "current_player": mover,
        "current_player_offset": (mover - seat) % game.players,
        "life_tokens": numbers[layout.LIFE_TOKENS],
        "information_tokens": numbers[layout.INFORMATION_TOKENS],
        "num_players": game.players,
        "deck_size": game.deck_size - numbers[layout.DEALT],
        "fireworks": dict(zip(COLOUR_LETTERS, numbers[fireworks:piles], strict=False)),
        "legal_moves": [dict(templates[move]) for move in legal],
        "legal_moves_as_int": list(legal),
        "observed_hands": hands,
        "discard_pile": [_card(game, card) for card in discards],
        "card_knowledge": knowledge,
        "vectorized": vector,
    }


def observation_of(view: HanabiView, discards: list[int] | None = None) -> dict[str, Any]:
    """Return a view as ``rl_env`` writes it; ``discards`` as above, by default in the order of types."""
    if discards is None:
        discards = [card for card, copies in enumerate(view.discards) for _ in range(copies)]
    legal = view.legal_moves() if view.my_turn else []
    vector = view.observation(view.seat).tolist()
    return observation_dictionary(view.game, view.array.tolist(), view.seat, legal, vector, discards)
