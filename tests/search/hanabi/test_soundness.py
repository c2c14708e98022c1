"""A search must not see what its player may not, and must not depend on threads."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import count, product

import numpy as np
import pytest

from agents.blueprints.registry import blueprint as by_name
from games.hanabi import standard
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CARD_TYPE, DECK_INDEX, HIDDEN
from games.hanabi.state import HanabiState
from search.hanabi.beliefs.hands import Belief
from search.hanabi.budget import Seconds
from search.hanabi.history import SeatHistory
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.searchers import FITTED, Searchers
from search.hanabi.seat import FollowSeat
from search.planner import Decision
from tests.search.hanabi.searching import Search, searchers, seen

SEARCH = Search(rollouts=400)


def decide_from(
    state: HanabiState,
    seat: int,
    name: str,
    threads: int = 1,
    seconds: float | None = None,
    searchers: Searchers | None = None,
) -> Decision:
    """Let a fresh searching seat see the whole history of ``state`` and decide.

    seconds : of the decision by a clock that goes on by one whenever somebody looks at it; ``None``: without a clock.
    """
    search = replace(SEARCH, workers=threads, belief=replace(SEARCH.belief, searchers=searchers))
    if name == "neural":
        search = replace(search, rollouts=60, plies=2)
    player = (search if seconds is None else replace(search, rollouts=Seconds(seconds))).seat(state.game, by_name(name))
    player.clock = partial(next, count(0.0))
    return player.decide(seen(player, state, seat))


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


@pytest.mark.parametrize(
    ("name", "players", "seconds", "searchers"),
    [
        *product(("smart",), (2,), (None, 11.0), (None,)),
        *product(("information",), (3,), (None, 11.0), (None,)),
        ("smart", 2, None, FITTED["neural", 2]),
        ("neural", 2, None, FITTED["neural", 2]),
    ],
)
def test_scrambling_the_hidden_state_does_not_change_the_move(
    name: str, players: int, seconds: float | None, searchers: Searchers | None
) -> None:
    generator = np.random.default_rng(0)
    changed = 0
    for number, plies in enumerate((4, 11, 20, 33)):
        state = played(standard(players), name, number, plies)
        seat = state.current_player
        other = scrambled(state, seat, generator)
        left, right = (decide_from(each, seat, name, 1, seconds, searchers) for each in (state, other))
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
    state = HanabiState.from_seed(standard(2), 0)
    seats = searchers(state, by_name("smart"), SEARCH, 0, 0)
    with pytest.raises(ValueError, match="out of turn"):
        seats[1].decide(state.view(1))


def test_a_seat_carries_nothing_from_one_game_to_the_next() -> None:
    states = [played(standard(2), "smart", number, 12) for number in (5, 6)]
    fresh = decide_from(states[1], states[1].current_player, "smart")
    used = SEARCH.seat(standard(2), by_name("smart"))
    for state in states:
        decision = used.decide(seen(used, state, state.current_player))
    np.testing.assert_array_equal(decision.q, fresh.q)
    assert (decision.action, used.statistics.decisions) == (fresh.action, 1)


def test_a_seat_that_follows_holds_no_belief_and_plays_the_blueprint() -> None:
    policy = CompiledPolicy(by_name("smart"))
    seat = FollowSeat(policy)
    for number in range(4):
        state = played(standard(2), "smart", number, 9)
        following = played(standard(2), "smart", number, 10)
        view = seen(seat, state, state.current_player)
        assert seat.act(view) == following.history[-1]
        explained = seat.explain(view)
        assert explained.policy[explained.actions.index(following.history[-1])] == sum(explained.policy) == 1.0
    assert not any(isinstance(value, Belief) for value in vars(seat).values())


@pytest.mark.parametrize("name", ["smart", "information"])
def test_decisions_do_not_depend_on_the_number_of_threads(name: str) -> None:
    state = played(standard(2), name, 5, 15)
    one, three = (decide_from(state, state.current_player, name, threads) for threads in (1, 3))
    assert one.action == three.action
    np.testing.assert_array_equal(one.q, three.q)
