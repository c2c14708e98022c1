"""A search must not see what its player may not, and must not depend on threads."""

from __future__ import annotations

import numpy as np
import pytest

from agents.blueprints.registry import blueprint as by_name
from games.hanabi import standard
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CARD_TYPE, DECK_INDEX, HIDDEN
from games.hanabi.state import HanabiState
from search.hanabi.beliefs.history import SeatHistory
from search.hanabi.keys import SeatKeys
from search.hanabi.seat import SearchOptions, SearchSeat
from search.planner import Decision

ROLLOUTS = 400


def decide_from(state: HanabiState, seat: int, name: str, threads: int = 1) -> Decision:
    """Let a fresh searching seat see the whole history of ``state`` and decide."""
    game = state.game
    current = HanabiState(game, state.deck)
    options = SearchOptions(rollouts=ROLLOUTS, workers=threads)
    player = SearchSeat(game, by_name(name), seat, current.view(seat), options, SeatKeys.of_game(game, 0, 0))
    for move in state.history:
        before = current.view(seat)
        current.apply(move)
        player.observe(before, current.view(seat))
    return player.decide(current.view(seat))


def scrambled(state: HanabiState, seat: int, generator: np.random.Generator) -> HanabiState:
    """Swap own cards with hidden ones, and those of the deck, as long as ``seat`` cannot tell the difference."""
    own = [int(record[DECK_INDEX]) for record in state.cards(seat)]
    hidden = [*own, *range(state.game.deck_size - state.cards_left, state.game.deck_size)]
    current = state
    for _ in range(150):
        deck = current.deck.copy()
        i, j = int(generator.choice(own)), int(generator.choice(hidden))
        deck[[i, j]] = deck[[j, i]]
        try:
            other = HanabiState(state.game, deck, state.history)
        except ValueError:  # a hint of the history touches nothing now
            continue
        if np.array_equal(other.view(seat), state.view(seat)):
            current = other
    return current


def played(game: HanabiGame, name: str, number: int, plies: int) -> HanabiState:
    state = HanabiState.from_seed(game, 11, number)
    blueprint = by_name(name)
    memories = blueprint.new_memories(game)
    while state.turn < plies and not state.is_terminal:
        player = state.current_player
        move = int(blueprint.decide(game.rules, state.view(player), memories[player], np.uint64(1)))
        before = state.array.copy()
        state.apply(move)
        blueprint.observe(game.rules, before, state.array, memories)
    return state


@pytest.mark.parametrize(("name", "players"), [("smart", 2), ("information", 3)])
def test_scrambling_the_hidden_state_does_not_change_the_move(name: str, players: int) -> None:
    generator = np.random.default_rng(0)
    changed = 0
    for number, plies in enumerate((4, 11, 20, 33)):
        state = played(standard(players), name, number, plies)
        seat = state.current_player
        other = scrambled(state, seat, generator)
        left, right = decide_from(state, seat, name), decide_from(other, seat, name)
        assert left.action == right.action
        np.testing.assert_array_equal(left.q, right.q)
        assert left.rollouts == right.rollouts
        changed += state.hand(seat) != other.hand(seat)
    assert changed >= 3


def test_a_seat_refuses_a_view_that_shows_its_hand() -> None:
    game = standard(2)
    state = HanabiState.from_seed(game, 0)
    with pytest.raises(ValueError, match="own hand"):
        SeatHistory(game, 0, state.array)
    history = SeatHistory(game, 0, state.view(0))
    assert np.all(history.own_records(history.present)[:, CARD_TYPE] == HIDDEN)


def test_a_seat_refuses_to_move_out_of_turn() -> None:
    game = standard(2)
    state = HanabiState.from_seed(game, 0)
    keys = SeatKeys.of_game(game, 0, 0)
    seat = SearchSeat(game, by_name("smart"), 1, state.view(1), SearchOptions(rollouts=50), keys)
    with pytest.raises(ValueError, match="out of turn"):
        seat.decide(state.view(1))


@pytest.mark.parametrize("name", ["smart", "information"])
def test_decisions_do_not_depend_on_the_number_of_threads(name: str) -> None:
    state = played(standard(2), name, 5, 15)
    one, three = (decide_from(state, state.current_player, name, threads) for threads in (1, 3))
    assert one.action == three.action
    np.testing.assert_array_equal(one.q, three.q)
