"""Games of Hanabi to and from the JSON of hanab.live, the site where people play and replay.

The format (version 3 of the site): ``players`` (names), ``deck`` (``suitIndex``, and ``rank`` from 1; top card first;
the first player's whole hand is dealt first, as here), ``actions`` (``type`` 0 play, 1 discard: ``target`` is the
position of the card in the deck; 2 colour, 3 rank hint: ``target`` is a seat, ``value`` a colour from 0 or a rank from
1; 4 and 5 end the game by other means) and ``options``. Games that come from the site have its suits, by name
(``games.hanabi.suits``); ours keep the number of a suit, but not its name: the fourth and fifth, our white and blue,
are blue and purple there.

hanab.live's rules are ours with the points lost on a bomb, but it stops as soon as the score cannot rise any more.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from games.hanabi import layout
from games.hanabi.game import HanabiGame
from games.hanabi.hanab_live_variants import hint_colours, suits_of, variant_of
from games.hanabi.moves import Move, move_from_id, move_to_id
from games.hanabi.replay import GameRecord
from games.hanabi.state import HanabiState
from games.hanabi.suits import PLAIN as PLAIN_SUITS
from games.hanabi.suits import SUITS, VariantGame

PLAY, DISCARD, COLOUR_HINT, RANK_HINT, END_GAME, END_GAME_BY_VOTE = range(6)
_KINDS = {"play": PLAY, "discard": DISCARD, "colour": COLOUR_HINT, "rank": RANK_HINT}
_CHANGES_THE_RULES = ("detrimentalCharacters", "startingPlayer")
_BY_A_MOVE = ("allOrNothing", "deckPlays", "emptyClues", "speedrun")  # change nothing unless a certain move occurs


def to_hanab_live(record: GameRecord) -> dict[str, Any]:
    """Return the game as the JSON object that hanab.live imports.

    Moves after the point where hanab.live ends a game (nothing can be scored any more) are left out, because it refuses
    them. Raises ``ValueError`` if the site has no such game: it needs 5 ranks, 3 to 6 colours, 8 hints, 3 lives, a hand
    at most one card away from the usual, and at least one move.
    """
    game = record.game
    options = {"variant": _variant(game), **_hand_option(game)}
    if not record.moves:
        raise ValueError("hanab.live does not take a game without moves")
    actions: list[dict[str, int]] = []
    finished: set[int] = set()  # seats that made their last move
    for step in record.replay():
        if _nothing_left_to_score(step.before, finished):
            break
        actions.append(_action(step.before, step.move))
        if step.before.cards_left == 0:
            finished.add(step.before.current_player)
    return {
        "players": list(record.players),
        "deck": [{"suitIndex": card // game.ranks, "rank": card % game.ranks + 1} for card in record.deck],
        "actions": actions,
        "options": options,
    }


def _variant(game: HanabiGame) -> str:
    variant = variant_of(game)
    if (game.information_tokens, game.life_tokens) != (8, 3):
        raise ValueError(
            f"hanab.live plays with 8 hints and 3 lives; this game has {game.information_tokens} and {game.life_tokens}"
        )
    return variant


def _hand_option(game: HanabiGame) -> dict[str, bool]:
    usual = HanabiGame(players=game.players).cards_in_hand
    options: dict[int, dict[str, bool]] = {0: {}, 1: {"oneExtraCard": True}, -1: {"oneLessCard": True}}
    option = options.get(game.cards_in_hand - usual)
    if option is None:
        raise ValueError(
            f"hanab.live deals {usual - 1} to {usual + 1} cards to each of {game.players} players, "
            f"not {game.cards_in_hand}"
        )
    return option


def _nothing_left_to_score(state: HanabiState, finished: set[int]) -> bool:
    """Return True where hanab.live ends a running game: no card that could be played next can still be played."""
    game = state.game
    dead = np.array(state.discards)
    for seat in finished:
        dead += np.bincount(state.hand(seat), minlength=game.types)
    needed = [colour * game.ranks + height for colour, height in enumerate(state.fireworks) if height < game.ranks]
    return all(dead[card] >= game.type_copies[card] for card in needed)


def _action(state: HanabiState, move: int) -> dict[str, int]:
    player, parts = state.current_player, move_from_id(state.game, move)
    kind = _KINDS[parts.kind]
    if parts.kind in ("play", "discard"):
        order = int(state.cards(player)[parts.position, layout.DECK_INDEX])
        return {"type": kind, "target": order, "value": 0}
    target = (player + parts.target) % state.game.players
    value = hint_colours(state.game).index(parts.value) if parts.kind == "colour" else parts.value + 1
    return {"type": kind, "target": target, "value": value}


def from_hanab_live(data: Any) -> GameRecord:
    """Return the game in a JSON object of hanab.live (bombs score 0 there).

    Options that only allow a further move – a hint that touches nothing, a play from the deck, moves after the last
    turn – are accepted in a game without such a move; of ``allOrNothing``, by which only a perfect score counts, the
    score is not. A game that hanab.live ended early – nothing left to score, given up, out of time – comes back
    unfinished. Raises ``ValueError`` with one sentence if the object is malformed, or the game is one whose rules
    differ from ours.
    """
    if not isinstance(data, dict):
        raise ValueError("a hanab.live game must be a JSON object")
    names = data.get("players")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("the 'players' of a hanab.live game must be a list of names")
    options = data.get("options") or {}
    if not isinstance(options, dict):
        raise ValueError("the 'options' of a hanab.live game must be a JSON object")
    state = HanabiState(_game(len(names), options), _deck(data))
    actions = data.get("actions")
    if not isinstance(actions, list):
        raise ValueError("the 'actions' of a hanab.live game must be a list")
    for number, action in enumerate(actions, start=1):
        try:
            kind, target, value = _integers(action, ("type", "target", "value"), {"value": 0})
            if kind in (END_GAME, END_GAME_BY_VOTE):
                break
            state.apply(_move(state, kind, target, value))
        except ValueError as error:
            options_on = " and ".join(repr(option) for option in _BY_A_MOVE if options.get(option))
            allowed = f" (what the option {options_on} allows is not played here)" if options_on else ""
            raise ValueError(f"action {number} of the hanab.live game: {error}{allowed}") from None
    return GameRecord.from_state(state, players=names)


def _game(players: int, options: dict[str, Any]) -> HanabiGame:
    for option in _CHANGES_THE_RULES:
        if options.get(option):
            raise ValueError(f"the hanab.live option {option!r} changes the rules to ones that are not played here")
    variant = options.get("variant", "No Variant")
    suits = suits_of(variant) if isinstance(variant, str) else None
    if suits is None:
        raise ValueError(
            f"the hanab.live variant {variant!r:.60} is not played here; these are plain suits and the special ones "
            f"{', '.join(name for name in SUITS if name not in PLAIN_SUITS)}, as in 'Rainbow (5 Suits)'"
        )
    usual = HanabiGame(players=players).cards_in_hand
    hand = usual + bool(options.get("oneExtraCard")) - bool(options.get("oneLessCard"))
    return VariantGame(players=players, hand_size=hand, suits=suits)


def _deck(data: dict[str, Any]) -> list[int]:
    cards = data.get("deck")
    if not isinstance(cards, list):
        raise ValueError("the 'deck' of a hanab.live game must be a list")
    deck = []
    for card in cards:
        suit, rank = _integers(card, ("suitIndex", "rank"), {})
        if suit < 0 or not 1 <= rank <= 5:
            raise ValueError(f"no such card in a hanab.live deck: {card}")
        deck.append(suit * 5 + rank - 1)
    return deck


def _integers(data: Any, keys: tuple[str, ...], defaults: dict[str, int]) -> list[int]:
    if not isinstance(data, dict):
        raise ValueError(f"expected a JSON object with {', '.join(keys)}, not {data!r}")
    values = []
    for key in keys:
        value = data.get(key, defaults.get(key))
        if type(value) is not int:
            raise ValueError(f"{key!r} must be an integer, not {value!r}")
        values.append(value)
    return values


def _move(state: HanabiState, kind: int, target: int, value: int) -> int:
    """Return the move id of an action of the current player."""
    game, player = state.game, state.current_player
    if kind in (PLAY, DISCARD):
        orders = [int(order) for order in state.cards(player)[:, layout.DECK_INDEX]]
        if target not in orders:
            raise ValueError(f"card {target} of the deck is not in the hand of player {player}, who holds {orders}")
        return move_to_id(game, Move("play" if kind == PLAY else "discard", position=orders.index(target)))
    if kind not in (COLOUR_HINT, RANK_HINT):
        raise ValueError(f"no such type of action: {kind}")
    if not 0 <= target < game.players or target == player:
        raise ValueError(f"player {player} cannot give a hint to player {target}")
    offset = (target - player) % game.players
    if kind == COLOUR_HINT:
        colours = hint_colours(game)
        if not 0 <= value < len(colours):
            raise ValueError(f"there is no colour of number {value}: {len(colours)} can be hinted")
        return move_to_id(game, Move("colour", target=offset, value=colours[value]))
    return move_to_id(game, Move("rank", target=offset, value=value - 1))
