"""A view as an object: it says what the slow definition says, and nothing of what its player may not know."""

from __future__ import annotations

import gc
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.hanabi import small, standard
from games.hanabi.game import HanabiGame
from games.hanabi.moves import Move, move_text, move_to_id
from games.hanabi.state import HanabiState
from games.hanabi.text import position_text
from games.hanabi.view import HanabiView, Watcher

GAMES = (standard(2), standard(3), standard(5), small(2))


def played(game: HanabiGame, seed: int, plies: int) -> HanabiState:
    """Return a state after random moves, hints more often than plays."""
    generator = np.random.default_rng(seed)
    state = HanabiState.from_seed(game, seed)
    while state.turn < plies and not state.is_terminal:
        moves = state.legal_moves()
        hints = [move for move in moves if move >= 2 * game.cards_in_hand]
        state.apply(int(generator.choice(hints if hints and generator.random() < 0.5 else moves)))
    return state


def unseen_of(state: HanabiState, seat: int) -> Counter[int]:
    """Count the cards of the deck and the own hand: the deck less what lies on the table and what others hold."""
    return Counter(state.hand(seat)) + Counter(state.deck[state.game.deck_size - state.cards_left :].tolist())


def narrowed(state: HanabiState, seat: int, i: int) -> set[int]:
    """Return the types that the hints of the game leave to a card, from the moves alone."""
    game = state.game
    index = int(state.cards(seat)[i, 4])
    left = set(range(game.types))
    again = HanabiState(game, state.deck)
    for move in state.history:
        mover = again.current_player
        hands = [again.cards(player)[:, 4].tolist() for player in range(game.players)]
        again.apply(move)
        event = again.last_move
        assert event is not None and event.player == mover and move_to_id(game, event.move) == move
        if event.target < 0 or index not in hands[event.target]:
            continue
        part = {
            kind
            for kind in left
            if (kind // game.ranks if event.move.kind == "colour" else kind % game.ranks) == event.move.value
        }
        left = part if hands[event.target].index(index) in event.touched else left - part
    return left


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(GAMES), st.integers(0, 10**6), st.integers(0, 40))
def test_what_a_view_says_is_what_the_game_gives(game: HanabiGame, seed: int, plies: int) -> None:
    state = played(game, seed, plies)
    for seat in range(game.players):
        view = HanabiView(game, state.view(seat), seat)
        unseen = unseen_of(state, seat)
        assert Counter({kind: count for kind, count in enumerate(view.unseen) if count}) == unseen
        assert (view.fireworks, view.discards) == (state.fireworks, state.discards)
        for i, kind in enumerate(state.hand(seat)):
            could = narrowed(state, seat, i) & set(unseen)
            assert view.could_be(i) == sorted(could)
            assert kind in could
            assert view.surely_playable(i) == all(state.fireworks[k // game.ranks] == k % game.ranks for k in could)
        for offset in range(1, game.players):
            assert [card.type for card in view.cards_of(offset)] == state.hand((seat + offset) % game.players)
        assert view.my_turn == (seat == state.current_player and not state.is_terminal)
    view = HanabiView(game, state.view(state.current_player))
    assert [move_to_id(game, move) for move in view.legal] == state.legal_moves()
    for move in view.legal:
        assert view.move_id(move) == view.move_id(move_text(game, move_to_id(game, move))) == move_to_id(game, move)
        if move.target > 0:
            after = state.copy()
            after.apply(move_to_id(game, move))
            assert after.last_move is not None and list(after.last_move.touched) == view.touches(move)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(GAMES), st.integers(0, 10**6), st.integers(1, 50))
def test_useless_and_critical_cards(game: HanabiGame, seed: int, plies: int) -> None:
    """A card is useless where no order of the cards that are left puts it on its stack."""
    state = played(game, seed, plies)
    view = HanabiView(game, state.view(0), 0)
    for kind in range(game.types):
        colour, rank = divmod(kind, game.ranks)
        gone = [state.discards[colour * game.ranks + r] == game.copies[r] for r in range(game.ranks)]
        reached = state.fireworks[colour]
        can = rank >= reached and not any(gone[reached : rank + 1])
        if not gone[rank]:  # of a card that is gone nobody asks
            assert view.is_useless(kind) != can
            assert view.is_critical(kind) == (can and state.discards[kind] == game.copies[rank] - 1)


def test_the_moves_since_the_last_own_turn_are_told_in_order() -> None:
    game = standard(4)
    state = HanabiState.from_seed(game, 3)
    watcher = Watcher(game, 1)
    told = []
    for number in range(12):
        if state.current_player == 1:
            told.append([(event.player, event.move) for event in watcher.view(state.view(1)).since_my_turn])
        moves = [move for move in state.legal_moves() if not 4 <= move < 8]  # no plays: nobody loses a life
        move = moves[-1 - number % 3]
        state.apply(move)
        watcher.note(state.view(1))
    assert not state.is_terminal
    assert [[player for player, _ in turn] for turn in told] == [[0], [2, 3, 0], [2, 3, 0]]
    assert HanabiView(game, state.view(1), 1).since_my_turn == (state.last_move,)
    assert HanabiView(game, HanabiState.from_seed(game, 3).view(1), 1).events == ()


def test_nothing_hidden_can_be_reached_from_a_view() -> None:
    """Whatever a view refers to, directly or not, is its own array, public moves, or the rules."""
    state = played(standard(3), 8, 25)
    view = Watcher(state.game, 0).view(state.view(0))
    view.could_be(0), view.unseen, view.others, view.legal
    reached, waiting = set(), [view]
    while waiting:
        thing = waiting.pop()
        if id(thing) in reached or isinstance(thing, type) or callable(thing):
            continue
        reached.add(id(thing))
        assert not isinstance(thing, HanabiState)
        if isinstance(thing, np.ndarray):
            assert thing is view.array or thing is state.game.rules
        waiting += [one for one in gc.get_referents(thing) if not hasattr(one, "__spec__")]
    assert len(reached) > 20 and state.deck is not None


def test_a_view_of_another_seat_and_words_that_are_no_moves_are_refused() -> None:
    state = HanabiState.from_seed(standard(2), 0)
    with pytest.raises(ValueError, match="seat 1 shows its own hand"):
        HanabiView(state.game, state.view(0), 1)
    view = HanabiView(state.game, state.view(0))
    for move in ("discard 0", Move("play", position=9), 99, "dance"):
        with pytest.raises(ValueError, match=r"move|cards"):
            view.move_id(move)
    with pytest.raises(ValueError, match="a colour or a rank"):
        view.hint(1, colour=1, rank=1)
    with pytest.raises(ValueError, match="a rank is a number from 0, the first, to 4, not 5"):
        view.hint(1, rank=5)
    with pytest.raises(ValueError, match="a colour is a number from 0, the first, to 4, not -1"):
        view.hint(1, colour=-1)
    assert "turn 0" in repr(view)
    assert position_text(view, 0) == position_text(state, 0)
