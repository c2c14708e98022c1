"""To and from the two engines that people already use: the Hanabi Learning Environment (HLE) and OpenSpiel.

Move ids, card types (OpenSpiel's chance outcomes) and canonical observations are the same numbers in all three, so a
bridge only has to carry configurations and histories. Both engines decide on a card when it is drawn; here a deck is an
order fixed in advance. A state that comes from them therefore gets a deck whose dealt part is theirs and whose undealt
part is in random order. Neither package is imported before a function here needs it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from games._base.numbers import whole
from games.hanabi.game import HanabiGame
from games.hanabi.moves import Move, move_from_id, move_to_id
from games.hanabi.state import HanabiState

if TYPE_CHECKING:
    from hanabi_learning_environment import pyhanabi

_HLE_LARGEST = 5  # colours and ranks
_DEAL = -1  # in histories: a chance event


def hle_parameters(game: HanabiGame, seed: int = -1) -> dict[str, int]:
    """Return the parameters of ``pyhanabi.HanabiGame``; raises ``ValueError`` where HLE has no such game.

    HLE scores a bomb as 0; a game with ``bomb="keep"`` differs from it in the score after the last life only.
    """
    seed = whole(seed, "seed", -1, 2**31 - 1)
    if not game.plain:
        raise ValueError(f"HLE and OpenSpiel have no games with the suits {', '.join(game.colour_names)}")
    if game.colours > _HLE_LARGEST or game.ranks > _HLE_LARGEST:
        raise ValueError(f"HLE and OpenSpiel have at most {_HLE_LARGEST} colours and {_HLE_LARGEST} ranks")
    return {
        "players": game.players,
        "colors": game.colours,
        "ranks": game.ranks,
        "hand_size": game.cards_in_hand,
        "max_information_tokens": game.information_tokens,
        "max_life_tokens": game.life_tokens,
        "observation_type": 1,
        "seed": seed,
    }


def hle_game(game: HanabiGame, seed: int = -1) -> pyhanabi.HanabiGame:
    """Return HLE's game of the same configuration (``seed`` -1: its own choice)."""
    from hanabi_learning_environment import pyhanabi

    return pyhanabi.HanabiGame(hle_parameters(game, seed))


def game_from_hle(game: pyhanabi.HanabiGame) -> HanabiGame:
    """Return the configuration of a game of HLE."""
    return HanabiGame(
        players=game.num_players(),
        colours=game.num_colors(),
        ranks=game.num_ranks(),
        hand_size=game.hand_size(),
        information_tokens=game.max_information_tokens(),
        life_tokens=game.max_life_tokens(),
    )


def hle_move(game: HanabiGame, move: int) -> pyhanabi.HanabiMove:
    """Return the move of HLE with this id."""
    from hanabi_learning_environment.pyhanabi import HanabiMove

    parts = move_from_id(game, move)
    if parts.kind == "play":
        return HanabiMove.get_play_move(parts.position)
    if parts.kind == "discard":
        return HanabiMove.get_discard_move(parts.position)
    make = HanabiMove.get_reveal_color_move if parts.kind == "colour" else HanabiMove.get_reveal_rank_move
    return make(parts.target, parts.value)


def move_from_hle(game: HanabiGame, move: pyhanabi.HanabiMove) -> int:
    """Return the id of a player's move of HLE; raises ``ValueError`` for a deal."""
    if not hasattr(move, "card_index"):
        raise ValueError(f"a move of HLE is a pyhanabi.HanabiMove, not a {type(move).__name__}")
    kind = move.type().name
    if kind == "PLAY":
        return move_to_id(game, Move("play", position=move.card_index()))
    if kind == "DISCARD":
        return move_to_id(game, Move("discard", position=move.card_index()))
    if kind == "REVEAL_COLOR":
        return move_to_id(game, Move("colour", target=move.target_offset(), value=move.color()))
    if kind == "REVEAL_RANK":
        return move_to_id(game, Move("rank", target=move.target_offset(), value=move.rank()))
    raise ValueError(f"not a player's move: {move}")


def replay(game: HanabiGame, history: Iterable[tuple[int, int]], seed: int = 0) -> HanabiState:
    """Return the state after a history of ``(player, action)``, player -1 dealing the card type ``action``.

    Cards that the history does not deal follow in an order shuffled under ``seed``. Raises ``ValueError`` if the
    history is not one of this game.
    """
    try:
        events = [
            (whole(player, "a player", _DEAL, game.players - 1), whole(action, "an action"))
            for player, action in history
        ]
    except TypeError:
        raise ValueError("a history is a list of pairs, player and action") from None
    dealt = [action for player, action in events if player == _DEAL]
    left = [card for card in range(game.types) for _ in range(game.type_copies[card] - dealt.count(card))]
    rest = np.random.default_rng(seed).permutation(left)
    state = HanabiState(game, np.concatenate([dealt, rest]).astype(np.int32))
    for player, action in events:
        if player == _DEAL:
            continue
        if player != state.current_player:
            raise ValueError(
                f"player {player} moves in turn {state.turn}, but here player 0 starts and seats take turns"
            )
        state.apply(action)
    return state


def state_from_hle(game: HanabiGame | pyhanabi.HanabiGame, state: pyhanabi.HanabiState, seed: int = 0) -> HanabiState:
    """Return the state that an HLE state is in, by replaying its history.

    ``game`` is HLE's game or ours; undealt cards are in an order shuffled under ``seed``. Raises ``ValueError`` if a
    card is still to be dealt, another player than 0 started, or the state is not one of this game.
    """
    ours = game if isinstance(game, HanabiGame) else game_from_hle(game)
    history = []
    for item in state.move_history():
        move = item.move()
        if move.type().name == "DEAL":
            history.append((_DEAL, move.color() * ours.ranks + move.rank()))
        else:
            history.append((item.player(), move_from_hle(ours, move)))
    found = _replay_after_deal(ours, history, seed)
    _check_next(found, state.is_terminal(), state.cur_player())
    theirs = [state.life_tokens(), state.information_tokens(), list(state.fireworks())]
    if theirs != [found.life_tokens, found.information_tokens, found.fireworks]:
        raise ValueError("the state of HLE is not one of this game: its moves lead elsewhere by these rules")
    return found


def _check_next(state: HanabiState, over: bool, player: int) -> None:
    """Raise ``ValueError`` unless the same player is to move as in the engine that a state came from."""
    if not over and player == _DEAL:
        raise ValueError("a card is still to be dealt: deal it first, for it may be any")
    if over != state.is_terminal:
        raise ValueError(f"the game is {'' if over else 'not '}over in the other engine, unlike by these rules")
    if not over and player != state.current_player:
        raise ValueError(
            f"player {player} is to move in turn {state.turn}, but here player 0 starts and seats take turns"
        )


def _replay_after_deal(game: HanabiGame, history: list[tuple[int, int]], seed: int) -> HanabiState:
    dealt = sum(player == _DEAL for player, _ in history)
    if dealt < game.players * game.cards_in_hand:
        raise ValueError(f"only {dealt} cards are dealt: deal the initial hands first")
    return replay(game, history, seed)


def openspiel_string(game: HanabiGame) -> str:
    """Return the name with parameters that ``pyspiel.load_game`` understands, such as ``hanabi(players=2,...)``."""
    parameters = hle_parameters(game)
    return (
        "hanabi("
        + ",".join(f"{name}={value}" for name, value in parameters.items() if name not in ("seed", "observation_type"))
        + ")"
    )


def game_from_openspiel(game: Any) -> HanabiGame:
    """Return the configuration of OpenSpiel's Hanabi; raises ``ValueError`` for another game."""
    if game.get_type().short_name != "hanabi":
        raise ValueError(f"not a game of Hanabi: {game}")
    given = game.get_parameters()
    return HanabiGame(
        players=given.get("players", 2),
        colours=given.get("colors", 5),
        ranks=given.get("ranks", 5),
        hand_size=given.get("hand_size"),
        information_tokens=given.get("max_information_tokens", 8),
        life_tokens=given.get("max_life_tokens", 3),
    )


def state_from_openspiel(state: Any, seed: int = 0) -> HanabiState:
    """Return the state that an OpenSpiel Hanabi state is in; undealt cards in an order shuffled under ``seed``.

    Raises ``ValueError`` if a card is still to be dealt, another player than 0 started, or the game is another.
    """
    game = game_from_openspiel(state.get_game())
    found = _replay_after_deal(game, [(event.player, event.action) for event in state.full_history()], seed)
    _check_next(found, state.is_terminal(), state.current_player())
    return found


def state_to_openspiel(state: HanabiState) -> Any:
    """Return OpenSpiel's state in the same position: the same cards dealt, the same moves made.

    Raises ``ValueError`` for a view, whose hidden cards cannot be dealt, and where OpenSpiel has no such game.
    """
    if not isinstance(state, HanabiState):
        raise ValueError("OpenSpiel's state needs every card that was dealt: give a HanabiState, not a view")
    import pyspiel

    theirs = pyspiel.load_game(openspiel_string(state.game)).new_initial_state()
    cards = iter(state.deck.tolist())
    moves = iter(state.history)
    while True:
        if theirs.is_chance_node():
            theirs.apply_action(next(cards))
        elif (move := next(moves, None)) is not None:
            theirs.apply_action(move)
        else:
            return theirs
