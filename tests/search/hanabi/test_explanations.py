"""A belief in which nothing explains what was seen is no belief: it is recognised, mended if it can be, and counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agents.blueprints import registry
from agents.blueprints.registry import blueprint as by_name
from agents.hanabi.job import HanabiJob, play_job
from games.hanabi import HanabiGame
from games.hanabi.game import standard
from games.hanabi.state import HanabiState
from search.hanabi.beliefs.hands import BeliefOptions, HandBelief
from search.hanabi.beliefs.proposals import find_hands, relaxed
from search.hanabi.seat import SearchSeat
from search.hanabi.spec import SearchSpec
from tests.agents.blueprints.networks import untrained
from tests.search.hanabi import naive
from tests.search.hanabi.searching import Search, apply, follow, searchers
from tests.search.hanabi.test_belief import SEARCH, TINY, TINY_THREE, TWO_COLOURS, reached

SAMPLED = Search(BeliefOptions(particles=600, exact_limit=0, softening=0.01), rollouts=60)
THREE = HanabiGame(players=3, colours=3, ranks=3, hand_size=3, information_tokens=4, life_tokens=3)


def test_a_game_lost_to_a_belief_that_explained_nothing() -> None:
    """25 points became 0: at turn 14 every particle contradicted a partner's move, and the effective size was 59."""
    job = HanabiJob.of(SearchSpec().resolved(standard(5), registry), 771)
    result = play_job(job, 119)
    assert result.blueprint_score == 25
    assert result.score == 25
    assert result.statistics["widenings"] >= 1
    assert result.statistics["unexplained"] == 0


@pytest.mark.parametrize(
    ("game", "name"),
    [(TINY, "information"), (TINY, "smart"), (TWO_COLOURS, "network"), (TINY_THREE, "information")],
)
def test_unexplained_moves_are_those_of_replayed_games(game: HanabiGame, name: str) -> None:
    blueprint = untrained("smart", advice=2.0) if name == "network" else by_name(name)
    found = set()
    for number in range(5):
        state, seat = reached(game, blueprint, number, 5, SEARCH)
        if state.is_terminal:
            continue
        own = seat.follower.history.seat
        seat.belief.update(0)
        belief = seat.belief
        assert isinstance(belief, HandBelief)
        for hand, rest in naive.completions(game, state, own):
            for index in np.flatnonzero((belief.hands == np.array(hand)).all(axis=1)):
                world = HanabiState(game, naive.deck_with(state, own, hand, rest))
                memories, count = naive.new_memories(game, blueprint), 0
                for move in state.history:
                    if world.current_player != own:
                        chance = naive.probability(world, blueprint, memories, move)
                        count += chance * len(world.legal_moves()) < 0.99
                    naive.advance(world, move, blueprint, memories)
                assert belief._evidence.unexplained[index] == count
                found.add(count)
    assert len(found) >= 2


def followed(
    number: int, turns: int, search: Search = SAMPLED, mistake: bool = False
) -> tuple[HanabiState, SearchSeat]:
    """Play blueprint moves; the last one may be another. Return the state and the seat to move."""
    state = HanabiState.from_seed(THREE, 21, number)
    seats = searchers(state, by_name("information"), search, 21, number)
    while state.turn < turns and not state.is_terminal:
        move = follow(state, seats[state.current_player])
        if mistake and state.turn == turns - 1:
            move = next(other for other in reversed(state.legal_moves()) if other != move)
        apply(state, seats, move)
    return state, seats[state.current_player]


def test_a_set_without_a_hand_that_explains_the_game_is_built_anew() -> None:
    mended = 0
    for number in range(8):
        state, seat = followed(number, 9)
        belief = seat.belief
        assert isinstance(belief, HandBelief)
        if state.is_terminal:
            continue
        belief.update(1)
        assert not belief.collapsed
        wrong = belief._evidence.unexplained > 0
        if np.count_nonzero(wrong) < 20:
            continue
        belief._select(wrong)
        belief._reweight(*belief._present())
        before = belief.widenings
        belief.update(2)  # nothing has happened since
        assert belief.widenings == before + 1 or belief.rebuilds > 1
        assert not belief.collapsed and belief._evidence.unexplained.min() == 0
        mended += belief.widenings == before + 1
    assert mended >= 2


def test_the_blueprint_is_played_where_no_hand_explains_a_partner() -> None:
    fallbacks = trusted = 0
    for number in range(12):
        state, seat = followed(number, 7, mistake=True)
        if state.is_terminal or len(state.legal_moves()) == 1:
            continue
        view = state.view(state.current_player)
        decision = seat.decide(view)
        if decision.outcome != "fallback":  # some hand does explain it
            continue
        fallbacks += 1
        assert decision.action == decision.blueprint_action == follow(state, seat)
        assert seat.belief.unexplained and seat.statistics.unexplained == seat.statistics.fallbacks == 1
        assert seat.statistics.widenings == 1
        for change in ({"softening": 0.5}, {"exact_limit": 10**5}):  # mistakes are usual; the set misses nothing
            options = replace(SAMPLED, belief=replace(SAMPLED.belief, **change))
            _, other = followed(number, 7, options, mistake=True)
            other.belief.update(3)
            trusted += not other.belief.unexplained
    assert fallbacks >= 3
    assert trusted == 2 * fallbacks


def test_a_set_is_exact_as_soon_as_the_hands_fit() -> None:
    belief = followed(3, 9)[1].belief
    belief.update(1)
    assert not belief.exact
    belief._options = replace(belief._options, exact_limit=10**5)
    belief.update(2)
    assert belief.exact and (belief.inclusion == 1.0).all()


def test_the_probability_of_being_found_is_its_frequency() -> None:
    counts = np.array([3, 2, 1, 1], np.int32)
    everything, reading = np.array([15, 15, 15]), np.array([3, 15, 15])
    seen: dict[tuple[int, ...], int] = {}
    told: dict[tuple[int, ...], float] = {}
    trials = 3000
    for trial in range(trials):
        hands, inclusion = find_hands(counts, [everything, reading], None, 12, 7919 * trial)
        assert len(np.unique(hands, axis=0)) == len(hands)
        for hand, log in zip(hands.tolist(), inclusion, strict=True):
            seen[tuple(hand)] = seen.get(tuple(hand), 0) + 1
            assert told.setdefault(tuple(hand), float(np.exp(log))) == pytest.approx(float(np.exp(log)))
    assert len(told) > 15
    for hand, probability in told.items():
        error = np.sqrt(probability * (1.0 - probability) / trials)
        assert abs(seen[hand] / trials - probability) < 5 * error + 1e-3


def test_wider_proposals_give_up_the_reading_of_one_card_each() -> None:
    masks, readings = np.array([15, 15, 12]), np.array([1, 15, 4])
    assert [component.tolist() for component in relaxed(masks, readings)] == [[15, 15, 4], [1, 15, 12]]
    assert relaxed(masks, masks) == []
