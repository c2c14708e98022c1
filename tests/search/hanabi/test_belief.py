"""Beliefs and values against enumeration on configurations small enough for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agents.blueprints.registry import blueprint as by_name
from games.hanabi import HanabiGame
from games.hanabi.blueprint import Blueprint
from games.hanabi.state import HanabiState
from games.hanabi.suits import VariantGame
from search.allocation import Even
from search.hanabi.beliefs.hands import Belief, BeliefOptions, HandBelief
from search.hanabi.policy.follower import Evidence
from search.hanabi.seat import SearchSeat
from search.planner import MirrorDescent, Planner
from tests.agents.blueprints.networks import untrained
from tests.search.hanabi import naive
from tests.search.hanabi.searching import Search, apply, belief, follow, searchers

TINY = HanabiGame(players=2, colours=1, ranks=4, hand_size=2, information_tokens=3, life_tokens=2)
TINY_THREE = HanabiGame(players=3, colours=1, ranks=4, hand_size=2, information_tokens=3, life_tokens=2)
TWO_COLOURS = HanabiGame(players=2, colours=2, ranks=2, hand_size=2, information_tokens=3, life_tokens=2)
SOFTENING = 0.1
SEARCH = Search(belief(softening=SOFTENING))


def reached(
    game: HanabiGame, blueprint: Blueprint, number: int, plies: int, search: Search
) -> tuple[HanabiState, SearchSeat]:
    """Play ``plies`` moves, every third one random, and return the state with the searching seat that saw them."""
    state = HanabiState.from_seed(game, 7, number)
    seats = searchers(state, blueprint, search, 7, number)
    generator = np.random.default_rng(number)
    while state.turn < plies and not state.is_terminal:
        move = follow(state, seats[state.current_player])
        if state.turn % 3 == 2:
            move = int(generator.choice(state.legal_moves()))
        apply(state, seats, move)
    return state, seats[state.current_player]


def distance(belief: Belief, exact: dict[tuple[int, ...], float]) -> float:
    """Total variation distance between a belief and an exact posterior."""
    found: dict[tuple[int, ...], float] = {}
    for hand, probability in zip(belief.hands, belief.probabilities, strict=True):
        key = tuple(int(card) for card in hand)
        found[key] = found.get(key, 0.0) + float(probability)
    return sum(abs(found.get(key, 0.0) - exact.get(key, 0.0)) for key in found.keys() | exact.keys()) / 2


@pytest.mark.parametrize("name", ["information", "smart", "network"])
@pytest.mark.parametrize("game", [TINY, TINY_THREE, TWO_COLOURS], ids=["tiny", "three", "two-colours"])
def test_the_exact_belief_is_the_enumerated_posterior(name: str, game: HanabiGame) -> None:
    blueprint = untrained("smart", advice=2.0, history=2) if name == "network" else by_name(name)
    search = SEARCH
    checked = 0
    for number in range(6):
        for plies in (0, 2, 5):
            state, seat = reached(game, blueprint, number, plies, search)
            if state.is_terminal:
                continue
            seat.belief.update(0)
            assert seat.belief.exact
            exact = naive.posterior(game, state, seat.follower.history.seat, blueprint, SOFTENING)
            assert distance(seat.belief, exact) < 1e-5
            checked += 1
    assert checked >= 12


@pytest.mark.parametrize("suit", ["rainbow", "pink", "brown", "white", "black"])
def test_the_exact_belief_is_the_enumerated_posterior_where_hints_touch_other_suits_too(suit: str) -> None:
    game = VariantGame(2, ranks=2, hand_size=2, information_tokens=3, life_tokens=2, suits=("red", suit))
    piers, checked = by_name("piers"), 0
    for number in range(3):
        for plies in (2, 5):
            state, seat = reached(game, piers, number, plies, SEARCH)
            if not state.is_terminal:
                seat.belief.update(0)
                assert seat.belief.exact
                exact = naive.posterior(game, state, seat.follower.history.seat, piers, SOFTENING)
                assert distance(seat.belief, exact) < 1e-5
                checked += len(exact) > 1
    assert checked >= 2


@pytest.mark.parametrize("name", ["information", "smart"])
def test_the_sampled_belief_converges_to_the_posterior(name: str) -> None:
    blueprint = by_name(name)
    errors = []
    for particles in (100, 20000):
        search = Search(BeliefOptions(particles, 0, SOFTENING))
        total = 0.0
        for number in range(4):
            state, seat = reached(TINY, blueprint, number, 4, search)
            seat.belief.update(number)
            assert not seat.belief.exact
            total += distance(
                seat.belief, naive.posterior(TINY, state, seat.follower.history.seat, blueprint, SOFTENING)
            )
        errors.append(total / 4)
    assert errors[1] < 0.02
    assert errors[1] < errors[0]


def test_thinning_is_unbiased_and_keeps_the_number() -> None:
    """E[sum of thinned weight x f] = sum of weight x f for any f (Fearnhead and Clifford 2003)."""
    generator = np.random.default_rng(0)
    size, kept = 600, 100
    weights = generator.dirichlet(np.full(size, 0.3)) + 1e-9
    weights /= weights.sum()
    values = generator.normal(size=size)
    _, seat = reached(TINY, by_name("smart"), 0, 0, Search(belief(particles=4 * kept)))
    estimates = []
    for key in range(2000):
        held = seat.belief
        assert isinstance(held, HandBelief)
        held.hands = np.arange(size, dtype=np.int32)[:, None].copy()
        held.memories = np.zeros((size, 1, 1), dtype=np.int64)
        held.probabilities, held.exact = weights.copy(), False
        held._evidence = Evidence(np.log(weights), np.zeros(size, np.int64))
        held._log_inclusion = np.zeros(size)
        held._thin(key)
        assert len(held.hands) == kept
        assert held.probabilities.sum() == pytest.approx(1.0)
        thinned = np.exp(held._evidence.log_likelihood - held._log_inclusion)
        estimates.append(thinned @ values[held.hands[:, 0]])
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - weights @ values) < 4 * error


def test_a_belief_carried_forward_is_the_belief_rebuilt() -> None:
    blueprint = by_name("smart")
    game = TINY_THREE
    search = SEARCH
    for number in range(5):
        state = HanabiState.from_seed(game, 3, number)
        seats = searchers(state, blueprint, search, 3, number)
        while not state.is_terminal:
            seat = seats[state.current_player]
            seat.belief.update(0)
            fresh = HandBelief(seat.follower, search.belief)
            fresh.update(0)
            rebuilt = {tuple(map(int, h)): float(p) for h, p in zip(fresh.hands, fresh.probabilities, strict=True)}
            assert distance(seat.belief, rebuilt) < 1e-5
            apply(state, seats, follow(state, seat))
        assert seats[0].belief.rebuilds <= 2


def test_a_sampled_belief_carried_forward_is_the_posterior() -> None:
    """Filtering, new cards, thinning and reweighting from decision to decision, against enumeration."""
    blueprint = by_name("smart")
    search = Search(BeliefOptions(20000, 0, SOFTENING, minimum_share=0.0))
    carried = 0
    for number in range(3):
        state = HanabiState.from_seed(TINY_THREE, 3, number)
        seats = searchers(state, blueprint, search, 3, number)
        while not state.is_terminal:
            seat = seats[state.current_player]
            seat.belief.update(100 * number + state.turn)
            exact = naive.posterior(TINY_THREE, state, seat.follower.history.seat, blueprint, SOFTENING)
            assert distance(seat.belief, exact) < 0.03
            carried += seat.belief.rebuilds == 1 and state.turn >= TINY_THREE.players
            apply(state, seats, follow(state, seat))
    assert carried >= 6


@pytest.mark.parametrize("name", ["information", "smart"])
def test_sampled_action_values_converge_to_enumerated_ones(name: str) -> None:
    blueprint = by_name(name)
    search = replace(SEARCH, rollouts=120000, planner=Planner(MirrorDescent(30.0), Even()))
    compared = 0
    for number in range(3):
        state, seat = reached(TINY, blueprint, number, 3, search)
        decision = seat.decide(state.view(seat.follower.history.seat))
        if decision.outcome != "searched":
            continue
        exact = naive.action_values(TINY, state, seat.follower.history.seat, blueprint, SOFTENING)
        for move, value, error in zip(decision.actions, decision.q, decision.standard_error, strict=True):
            assert abs(value - exact[int(move)]) < 5 * error + 1e-3
            compared += 1
    assert compared >= 8


def test_worlds_of_a_shorter_draw_are_a_prefix_of_a_longer_one() -> None:
    _, seat = reached(TINY, by_name("smart"), 0, 4, Search())
    seat.belief.update(0)
    short, long = seat.belief.worlds(100, 5), seat.belief.worlds(1000, 5)
    np.testing.assert_array_equal(short.particles, long.particles[:100])
    counts = np.bincount(long.particles, minlength=len(seat.belief.probabilities)) / 1000
    np.testing.assert_allclose(counts, seat.belief.probabilities, atol=0.01)


def test_sizes_are_checked() -> None:
    for change in ({"particles": 19}, {"softening": 1.0}, {"softening": -0.1}, {"exact_limit": -1}):
        with pytest.raises(ValueError, match=r"needs|must"):
            belief(**change)
    for change in ({"rollouts": 0}, {"plies": 0}):
        with pytest.raises(ValueError, match="must be at least 1, not 0"):
            replace(Search(), **change).seat(TINY, by_name("smart"))


def test_a_search_softens_the_probabilities_of_a_learned_blueprint() -> None:
    blueprint = untrained("smart", advice=2.0)
    state, seat = reached(TWO_COLOURS, blueprint, 1, 3, Search())
    moves = np.array(state.legal_moves(), dtype=np.int64)
    view = state.view(seat.follower.history.seat)
    policy = np.exp(seat.log_policy(view, moves))
    assert policy.sum() == pytest.approx(1.0)
    assert moves[policy.argmax()] == follow(state, seat)
    assert blueprint.probability is not None
    rest = [blueprint.probability(state.game.rules, view, seat.follower.memory, move) for move in moves]
    np.testing.assert_allclose(policy, 0.9 * np.array(rest) + 0.1 / len(moves))
    assert 0.1 < policy.max() < 0.9
