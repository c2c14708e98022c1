"""The model of partners who search: its formula, in both engines, against plain Python; and fitting it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, poisson

from agents.blueprints.registry import blueprint as by_name
from benchmarks.searchers_fit import FAMILIES, Rows, fitted
from games.hanabi import HanabiGame
from games.hanabi.game import standard
from games.hanabi.state import HanabiState
from search.hanabi.beliefs.hands import BeliefOptions, HandBelief
from search.hanabi.policy.likelihood import kind_of, phase_of, weigh
from search.hanabi.searchers import KINDS, PHASES, Searchers
from tests.agents.blueprints.networks import untrained
from tests.search.hanabi import naive
from tests.search.hanabi.searching import Search, belief
from tests.search.hanabi.test_batched import SMALL, pair, seats_after
from tests.search.hanabi.test_belief import SOFTENING, TINY, TINY_THREE, TWO_COLOURS, distance, reached

MODEL = Searchers(
    SOFTENING,
    slope=0.7,
    floor=0.05,
    likeliest=(9.0, 9.0, 9.0, 1.5),  # tiny decks are of the last phase
    kinds=(-0.5, 0.0, 1.0, 0.4, -0.3),
)
PLAIN = Searchers(SOFTENING)


@pytest.mark.parametrize(
    ("game", "name"),
    [(TINY, "network"), (TWO_COLOURS, "network"), (TINY_THREE, "information"), (TINY, "smart")],
)
def test_the_belief_about_searchers_is_the_enumerated_posterior(game: HanabiGame, name: str) -> None:
    blueprint = untrained("smart", advice=2.0) if name == "network" else by_name(name)
    search = Search(belief(softening=SOFTENING, searchers=MODEL))
    checked = moved = 0
    for number in range(4):
        for plies in (2, 5):
            state, seat = reached(game, blueprint, number, plies, search)
            if state.is_terminal:
                continue
            own = seat.follower.history.seat
            seat.belief.update(0)
            exact = naive.posterior(game, state, own, blueprint, SOFTENING, MODEL)
            assert distance(seat.belief, exact) < 1e-5
            checked += 1
            moved += distance(seat.belief, naive.posterior(game, state, own, blueprint, SOFTENING)) > 0.01
    assert checked >= 5 and moved >= 1


@pytest.mark.parametrize("name", ["network", "smart"])
def test_without_utilities_partners_are_softened_blueprints(name: str) -> None:
    blueprint = untrained("smart", advice=2.0) if name == "network" else by_name(name)
    for number in range(3):
        beliefs = []
        for searchers in (None, PLAIN):
            search = Search(belief(softening=SOFTENING, searchers=searchers))
            seat = reached(TWO_COLOURS, blueprint, number, 5, search)[1]
            seat.belief.update(0)
            beliefs.append(seat.belief)
        np.testing.assert_array_equal(beliefs[0].hands, beliefs[1].hands)
        np.testing.assert_allclose(beliefs[0].probabilities, beliefs[1].probabilities, rtol=1e-9)


def test_how_much_may_be_left_unexplained_is_part_of_the_model() -> None:
    """A sampled set in which each hand leaves one move of a few unexplained is refused, unless so many are usual."""
    state, seat = reached(TINY, by_name("smart"), 1, 5, Search(belief(exact_limit=0, softening=0.01)))
    held = seat.belief
    assert isinstance(held, HandBelief) and not state.is_terminal
    held.update(0)
    held._evidence = held._evidence._replace(unexplained=np.ones(len(held.hands), np.int64))
    refused = []
    for searchers in (None, Searchers(0.01), Searchers(0.01, unexplained=0.2)):
        held._options = replace(held._options, searchers=searchers)
        refused.append(held._explains_nothing())
    assert refused == [True, True, False]


@pytest.mark.usefixtures("one_torch_thread")
def test_beliefs_about_searchers_are_the_same_in_both_engines() -> None:
    compared = 0
    search = Search(BeliefOptions(particles=400, exact_limit=300, softening=SOFTENING, searchers=MODEL), rollouts=120)
    for number in range(2):
        state, one, other = seats_after(SMALL, *pair(SMALL, "smart"), number, 5, search)
        for seat in (one, other):
            seat.belief.update(5)
        np.testing.assert_array_equal(one.belief.hands, other.belief.hands)
        np.testing.assert_allclose(one.belief.probabilities, other.belief.probabilities, rtol=1e-4)
        compared += not state.is_terminal
    assert compared == 2


def test_both_engines_weigh_alike_in_every_phase() -> None:
    """``weigh`` is what the batched engine calls; the rows of a fit are a third form of the formula."""
    game, generator = standard(2), np.random.default_rng(3)
    model = Searchers(0.03, 0.0, 1.3, 0.02, (2.0, -1.0, 0.5, 1.0), (-0.7, 0.0, 0.8, 0.3, -0.4))
    state, phases, shown = HanabiState.from_seed(game, 1, 0), set(), set()
    while not state.is_terminal:
        legal = state.legal_moves()
        logs = np.full((3, game.moves), -np.inf)
        logs[:, legal] = np.log(generator.dirichlet(np.ones(len(legal)), 3))
        made, phase = int(generator.choice(legal)), int(phase_of(game.rules, state.array))
        assert phase == sum(state.cards_left <= cards for cards in PHASES)
        found = np.zeros(3)
        states = np.repeat(state.array[None], 3, axis=0)
        weigh(game.rules, states, np.array(model.numbers), logs, made, model.softening, found)
        chances = np.where(np.isfinite(logs), np.exp(logs), np.nan)
        kinds = np.array([int(kind_of(game.rules, state.array, move)) for move in range(game.moves)])
        assert [KINDS[kinds[move]] for move in legal] == [naive.kind(state, move) for move in legal]
        shown |= {naive.kind(state, move) for move in legal}
        rows = Rows(chances, np.repeat(kinds[None], 3, axis=0), np.full(3, phase), np.full(3, made))
        np.testing.assert_allclose(found, rows.log_likelihood(model), rtol=1e-9)
        phases.add(phase)
        hints = [move for move in legal if move >= 10]
        state.apply(int(generator.choice(hints)) if hints and state.turn % 2 else legal[0])  # hints and discards
    assert phases == {0, 1, 2, 3} and shown == set(KINDS)


def test_what_searchers_leave_unexplained_is_a_tail_of_the_binomial() -> None:
    model = Searchers(0.01, unexplained=0.0179)
    for moves in (0, 1, 5, 20, 45):
        least = model.unexplained_at_most(moves)
        assert binom.sf(least, moves, 0.0179) < 1e-3
        assert least == 0 or poisson.sf(least - 1, 0.0179 * moves) > 1e-3
    assert Searchers(0.01).unexplained_at_most(30) == 0


def rows_of(model: Searchers, count: int, seed: int) -> Rows:
    """Return moves drawn from a model."""
    generator = np.random.default_rng(seed)
    chances = generator.dirichlet(np.full(8, 0.3), count)
    kinds, phases = generator.integers(5, size=(count, 8)), generator.integers(4, size=count)
    every = [Rows(chances, kinds, phases, np.full(count, move)).log_likelihood(model) for move in range(8)]
    probabilities = np.exp(np.array(every)).T
    assert np.allclose(probabilities.sum(axis=1), 1.0)
    made = (probabilities.cumsum(axis=1) < generator.random((count, 1))).sum(axis=1)
    return Rows(chances, kinds, phases, made)


def test_fitting_finds_the_model_that_the_moves_are_of() -> None:
    truth = Searchers(0.05, slope=1.6, floor=0.01, likeliest=(2.0, 1.0, 2.0, 3.0), kinds=(-1.0, 0.0, 1.0, 0.5, 0.0))
    rows, fresh = rows_of(truth, 1000, 1), rows_of(truth, 1000, 2)
    best = fresh.log_likelihood(truth).mean()
    loss = {family: best - fresh.log_likelihood(fitted(rows, family)).mean() for family in FAMILIES}
    assert -0.002 < loss["by phase and kind"] < 0.02
    assert loss["by phase and kind"] < loss["tempered, and the likeliest move"] < loss["tempered"]
    found = fitted(rows, "by phase and kind")
    np.testing.assert_allclose(found.kinds, truth.kinds, atol=0.6)
    assert rows.unexplained == pytest.approx(found.unexplained, abs=1e-4)
