"""A learned model as proposal and as the belief itself: the first converges to the posterior, the second remembers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agents.blueprints.neural.belief.model import BeliefModel
from agents.blueprints.registry import blueprint as by_name
from search.allocation import Even
from search.hanabi.beliefs.hands import BeliefOptions, HandBelief
from search.hanabi.beliefs.learned import LearnedBelief
from search.planner import MirrorDescent, Planner
from tests.agents.training.belief.positions import SMALL, random_model
from tests.search.hanabi import naive
from tests.search.hanabi.searching import Search, belief
from tests.search.hanabi.test_belief import SOFTENING, distance, reached


def model(name: str) -> BeliefModel:
    return random_model(SMALL, name)


@pytest.mark.parametrize("name", ["information", "smart"])
def test_with_a_learned_proposal_the_sampled_belief_converges_to_the_posterior(name: str) -> None:
    blueprint = by_name(name)
    errors = []
    for particles in (60, 20000):
        options = Search(BeliefOptions(particles, 0, SOFTENING, kind="learned-proposal", model=model(name)))
        total = 0.0
        for number in range(3):
            state, seat = reached(SMALL, blueprint, number, 5, options)
            seat.belief.update(3)
            assert isinstance(seat.belief, HandBelief)
            total += distance(
                seat.belief, naive.posterior(SMALL, state, seat.follower.history.seat, blueprint, SOFTENING)
            )
        errors.append(total / 3)
    assert errors[1] < 0.03
    assert errors[1] < errors[0]


@pytest.mark.parametrize("name", ["information", "smart"])
def test_particles_of_a_learned_belief_hold_the_memories_of_their_worlds(name: str) -> None:
    blueprint = by_name(name)
    exact = Search(belief(softening=SOFTENING))
    learned = Search(belief(particles=200, kind="learned", model=model(name)))
    checked = 0
    for number in range(3):
        for plies in (3, 6):
            memories = {}
            state, seat = reached(SMALL, blueprint, number, plies, exact)
            if state.is_terminal:
                continue
            seat.belief.update(0)
            for hand, memory in zip(seat.belief.hands.tolist(), seat.belief.memories, strict=True):
                memories[tuple(hand)] = memory
            _, seat = reached(SMALL, blueprint, number, plies, learned)
            assert isinstance(seat.belief, LearnedBelief)
            seat.belief.update(0)
            for hand, memory in zip(seat.belief.hands.tolist(), seat.belief.memories, strict=True):
                np.testing.assert_array_equal(memory, memories[tuple(hand)])
                checked += 1
    assert checked > 100


def test_where_memories_are_public_the_own_row_serves_for_all() -> None:
    blueprint = by_name("smart")
    for plies in (4, 7):
        rows = []
        for public in (False, True):
            asked = replace(model("smart"), public_memory=public)
            options = Search(belief(particles=80, kind="learned", model=asked))
            _, seat = reached(SMALL, blueprint, 1, plies, options)
            seat.belief.update(0)
            rows.append(seat.belief.memories)
        np.testing.assert_array_equal(*rows)


def test_a_seat_searches_with_a_learned_belief() -> None:
    blueprint = by_name("smart")
    learned = belief(particles=80, kind="learned", model=model("smart"))
    options = Search(learned, 100, Planner(MirrorDescent(30.0), Even()))
    state, seat = reached(SMALL, blueprint, 1, 4, options)
    decision = seat.decide(state.view(state.current_player))
    assert decision.outcome == "searched"
    assert not seat.belief.exact
    assert seat.belief.effective_sample_size == 20
    worlds = seat.belief.worlds(45, 7)
    assert np.bincount(worlds.particles, minlength=20).min() >= 2


def test_a_learned_belief_needs_a_model_and_an_exact_one_has_no_use_for_it() -> None:
    for kind, asked in (("learned", None), ("learned-proposal", None), ("exact", model("smart"))):
        with pytest.raises(ValueError, match="learned model"):
            belief(kind=kind, model=asked)
