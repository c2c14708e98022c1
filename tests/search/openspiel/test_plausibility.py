"""A belief in which nothing explains what was seen is none: it is noticed, built anew, given up where that fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyspiel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.openspiel import MirrorDescentBot, Search, SearchGame, SearchOptions, Softened
from search.openspiel.beliefs import Filtered
from search.openspiel.blueprints import UniformBlueprint
from search.openspiel.plausibility import WORST, Witness
from tests.search.openspiel import naive
from tests.search.openspiel.common import PHANTOM, indistinguishable, random_blueprint, tree_of
from tests.search.openspiel.test_beliefs import distance

KING = 4  # Leduc's cards are 0 .. 5, two of each rank
FOLD, CALL, RAISE = 0, 1, 2


class Tells:
    """Raises in Leduc poker whenever it holds a king and may, and calls otherwise: its moves tell its card."""

    def probabilities(self, states: Sequence[Any]) -> list[np.ndarray]:
        rows = []
        for state in states:
            legal = state.legal_actions()
            king = state.history()[state.current_player()] >= KING
            row = np.zeros(len(legal))
            row[legal.index(RAISE if king and RAISE in legal else CALL)] = 1.0
            rows.append(row)
        return rows


def after(name: str, *actions: int) -> Any:
    state = pyspiel.load_game(name).new_initial_state()
    for action in actions:
        state.apply_action(action)
    return state


def cards(states: list[Any]) -> set[int]:
    return {state.history()[1] for state in states}


def test_a_lost_state_is_noticed_and_found_again() -> None:
    """Both particles hold some other card; then the opponent raises as only a king does."""
    game, state, rebuilt = SearchGame("leduc_poker"), after("leduc_poker", 0, KING, CALL, RAISE), 0
    for seed in range(16):
        filtered = Filtered(game, Softened(Tells(), 1e-4), 2, 20)
        first = filtered.particles(game.view(after("leduc_poker", 0, KING), 0), seed)
        found = filtered.particles(game.view(state, 0), seed)
        assert not first.fault
        if cards(first.states) & {4, 5}:
            assert not found.rebuilt
        else:
            rebuilt += 1
            assert found.rebuilt
        assert found.usable
        assert cards(found.states) <= {4, 5}
    assert 3 <= rebuilt < 13


def test_moves_that_nothing_explains_leave_the_blueprint_to_play() -> None:
    """Softening makes them possible in every hidden state, and as improbable in each."""

    class Calls:
        def probabilities(self, states: Sequence[Any]) -> list[np.ndarray]:
            return [np.eye(len(s.legal_actions()))[s.legal_actions().index(CALL)] for s in states]

    state = after("leduc_poker", 0, KING, CALL, RAISE)
    for softening, outcome in ((0.2, "searched"), (1e-6, "fallback")):
        options = SearchOptions(belief="particles", rollouts=30, particles=10, attempts=50)
        bot = MirrorDescentBot("leduc_poker", 0, Softened(Calls(), softening), options)
        decision = bot.decide(state)
        assert decision.outcome == outcome
        assert bot.record == (1, outcome == "fallback", outcome == "fallback")
        assert bool(decision.fault) == (outcome == "fallback")
    assert decision.fault in (
        "all particles contradict what was seen",
        "no simulated history agrees with what was seen",
    )


def test_contradicted_particles_are_no_belief() -> None:
    """Enough attempts find histories with the improbable raise, and all of them are known to contradict it."""

    class Calls:
        def probabilities(self, states: Sequence[Any]) -> list[np.ndarray]:
            return [np.eye(len(s.legal_actions()))[s.legal_actions().index(CALL)] for s in states]

    game = SearchGame("leduc_poker")
    found = Filtered(game, Softened(Calls(), 3e-3), 5, 1000).particles(
        game.view(after("leduc_poker", 0, KING, CALL, RAISE), 0), 2
    )
    assert found.states
    assert found.fault == "all particles contradict what was seen"
    assert not found.usable


@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker"])
def test_a_filter_that_begins_again_samples_the_posterior(name: str) -> None:
    """The proposals are wider than the blueprint; weights make up for it."""
    game, tree, blueprint = SearchGame(name), tree_of(name), Softened(random_blueprint(name, 4), 0.5)

    def policy(state: Any) -> dict[int, float]:
        row = blueprint.probabilities([state])[0]
        return dict(zip(state.legal_actions(), row.tolist(), strict=True))

    exact = naive.posterior(game.game, policy)
    filtered = Filtered(game, blueprint, 100, 20)
    distances = []
    for infoset in range(1, len(tree.texts), max(1, len(tree.texts) // 3)):
        state = tree.representatives[infoset]
        view = game.view(state, state.current_player())
        found = filtered.rebuilt(view, 1)
        assert found is not None
        weighted = found._replace(weights=np.ones(len(found.states)))
        distances.append(distance(game, weighted, exact[view.player, view.texts[-1]]))
    assert max(distances) < 0.14
    assert np.mean(distances) < 0.1


def test_a_filter_that_began_again_goes_on_as_one_that_starts_anew() -> None:
    generator = np.random.default_rng(3)
    rebuilt = 0
    for game_number in range(6):
        game = SearchGame("leduc_poker")
        state = after("leduc_poker", *generator.permutation(6)[:2].tolist())
        going = Filtered(game, Softened(Tells(), 0.01), 2, 20)
        while not state.is_terminal():
            if state.current_player() == 0:
                view = game.view(state, 0)
                kept = going.particles(view, game_number)
                fresh = Filtered(game, Softened(Tells(), 0.01), 2, 20).particles(view, game_number)
                assert [s.history() for s in kept.states] == [s.history() for s in fresh.states]
                assert (kept.fault, kept.rebuilt) == (fresh.fault, fresh.rebuilt)
                rebuilt += kept.rebuilt
            actions = state.legal_actions()
            state.apply_action(int(generator.choice([a for a in actions if a != FOLD or state.is_chance_node()])))
    assert rebuilt > 0


def test_a_filter_begins_again_only_as_the_game_grows() -> None:
    """In a game that no filter follows, it is tried at decisions that are each half as late again as the last."""

    class Never(Filtered):
        tried: list[int]

        def rebuilt(self, view: Any, seed: int) -> Any:
            self.tried.append(len(view.actions))
            return super().survivors([], None, view, 0)

    game = SearchGame("dark_hex(board_size=6)")
    going = Never(game, UniformBlueprint(), 1, 1)
    going.tried = []
    state, generator = game.game.new_initial_state(), np.random.default_rng(0)
    while not state.is_terminal():
        if state.current_player() == 0:
            found = going.particles(game.view(state, 0), 5)
        state.apply_action(int(generator.choice(state.legal_actions())))
    assert found.fault == "no simulated history agrees with what was seen"
    assert len(going.tried) > 2
    assert all(2 * later >= 3 * earlier for earlier, later in zip(going.tried, going.tried[1:], strict=False))


@pytest.mark.parametrize("blueprint", [UniformBlueprint(), Softened(Tells(), 1e-3)], ids=["uniform", "tells"])
def test_scrambled_hidden_states_change_nothing_where_a_filter_begins_again(blueprint: Any) -> None:
    name = PHANTOM if isinstance(blueprint, UniformBlueprint) else "leduc_poker"
    options = SearchOptions(rollouts=30, belief="particles", particles=2, attempts=3)
    search = Search(name, blueprint, options)
    records = Counter[str]()
    for player, states in indistinguishable(name, 12):
        bot = MirrorDescentBot(search, player, seed=3)
        found = [(bot.step_with_policy(state), bot.last_decision) for state in states]
        for decided, decision in found[1:]:
            assert decision is not None
            if decision.outcome != "fallback" or isinstance(blueprint, UniformBlueprint):
                assert decided == found[0][0]
            assert (decision.outcome, decision.fault, decision.rebuilt) == (
                found[0][1].outcome,  # type: ignore[union-attr]
                found[0][1].fault,  # type: ignore[union-attr]
                found[0][1].rebuilt,  # type: ignore[union-attr]
            )
        records["rebuilds"] += bot.record.rebuilds
        records["fallbacks"] += bot.record.fallbacks
    assert records["rebuilds"] > 0
    assert (records["fallbacks"] > 0) != isinstance(blueprint, UniformBlueprint)


POLICIES = st.lists(st.floats(0.001, 1.0), min_size=2, max_size=6).map(lambda weights: np.array(weights) / sum(weights))


@given(st.lists(POLICIES, min_size=1, max_size=8), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.5]))
def test_fits_and_weights_are_the_sums_of_their_definition(
    policies: list[np.ndarray], seed: int, widening: float
) -> None:
    numbers = np.random.default_rng(seed).random(len(policies))
    witness = Witness(2, widening)
    chosen = [witness.draw(1, policy, number) for policy, number in zip(policies, numbers.tolist(), strict=True)]
    logs = [np.log(policy[action]) for policy, action in zip(policies, chosen, strict=True)]
    means = [float(np.sum(policy * np.log(policy))) for policy in policies]
    squares = [float(np.sum(policy * np.log(policy) ** 2)) for policy in policies]
    variance = sum(square - mean**2 for square, mean in zip(squares, means, strict=True))
    assert witness.fits[1] == pytest.approx(sum(logs) - sum(means) + 3.0 * max(variance, 0.0) ** 0.5, abs=1e-6)
    wide = [(1 - widening) * policy + widening / len(policy) for policy in policies]
    ratios = [p[a] / w[a] for p, w, a in zip(policies, wide, chosen, strict=True)]
    assert witness.weights[1] == pytest.approx(np.prod(ratios))
    assert (witness.fits[0], witness.weights[0]) == (0.0, 1.0)


def test_the_fit_of_an_honest_history_is_hardly_ever_bad() -> None:
    """Under the blueprint itself: random policies, also nearly deterministic ones, three hundred games of 20 moves."""
    generator = np.random.default_rng(8)
    for concentration in (0.05, 1.0):
        witness = Witness(300)
        for state in range(300):
            for _ in range(20):
                policy = 0.98 * generator.dirichlet(np.full(4, concentration)) + 0.005
                witness.draw(state, policy, float(generator.random()))
        assert np.mean(witness.fits < WORST) < 0.01


def test_a_rare_move_is_plausible_and_an_all_but_impossible_one_is_not() -> None:
    for probability, plausible in ((0.01, True), (1e-3, False), (1e-5, False)):
        witness = Witness(1)
        assert witness.draw(0, np.array([1.0 - probability, probability]), 1.0 - probability / 2) == 1
        assert (witness.fits[0] >= WORST) == plausible
