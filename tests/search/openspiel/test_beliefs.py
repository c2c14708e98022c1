"""Beliefs are posteriors, and nothing hidden gets into a decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyspiel
import pytest

from search.openspiel import Leak, MirrorDescentBot, Search, SearchGame, SearchOptions, Softened, audit_resampling
from search.openspiel.beliefs import Filtered, Resampled
from search.openspiel.blueprints import UniformBlueprint
from tests.search.openspiel import naive
from tests.search.openspiel.common import (
    LIARS_DICE,
    PHANTOM,
    SIMULTANEOUS,
    indistinguishable,
    random_blueprint,
    tree_of,
)


def distance(game: SearchGame, particles: Any, expected: dict[str, float]) -> float:
    """Return the total variation distance between particles and a posterior, histories compared."""
    found: Counter[str] = Counter()
    for state, weight in zip(particles.states, particles.weights, strict=True):
        found[str(state.history())] += weight / particles.weights.sum()
    return 0.5 * sum(abs(found[h] - expected.get(h, 0.0)) for h in found.keys() | expected.keys())


@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker"])
@pytest.mark.parametrize("kind", ["filter", "resampling"])
def test_sampled_beliefs_approach_the_posterior_of_the_blueprint(name: str, kind: str) -> None:
    game, tree, blueprint = SearchGame(name), tree_of(name), Softened(random_blueprint(name, 4), 0.5)

    def policy(state: Any) -> dict[int, float]:
        row = blueprint.probabilities([state])[0]
        return dict(zip(state.legal_actions(), row.tolist(), strict=True))

    exact = naive.posterior(game.game, policy)
    filtered, resampled = Filtered(game, blueprint, 400, 20), Resampled(game, blueprint, 600)
    distances = []
    for infoset in range(0, len(tree.texts), max(1, len(tree.texts) // 5)):
        state = tree.representatives[infoset]
        view = game.view(state, state.current_player())
        particles = filtered.particles(view, 1) if kind == "filter" else resampled.particles(state, view, 1)
        distances.append(distance(game, particles, exact[view.player, view.texts[-1]]))
    assert max(distances) < 0.1
    assert np.mean(distances) < 0.08


def test_the_filter_knows_no_histories_but_those_of_the_view() -> None:
    name = PHANTOM
    game, tree = SearchGame(name), tree_of(name)
    filtered = Filtered(game, UniformBlueprint(), 300, 50)
    for infoset in range(0, len(tree.texts), 29):
        state = tree.representatives[infoset]
        view = game.view(state, state.current_player())
        found = {str(s.history()) for s in filtered.particles(view, 3).states}
        assert found
        assert found <= {str(tree.state(history).history()) for history in tree.members(infoset)}


def test_a_filter_that_goes_on_finds_what_one_that_starts_anew_finds() -> None:
    name = PHANTOM
    game = SearchGame(name)
    state = game.game.new_initial_state()
    going = Filtered(game, UniformBlueprint(), 50, 50)
    generator = np.random.default_rng(0)
    while not state.is_terminal():
        view = game.view(state, state.current_player())
        if view.player == 0:
            fresh = Filtered(game, UniformBlueprint(), 50, 50).particles(view, 9).states
            assert [s.history() for s in going.particles(view, 9).states] == [s.history() for s in fresh]
        state.apply_action(int(generator.choice(state.legal_actions())))


class Cheat:
    """A blueprint that looks at the whole history: it plays by a hash of it."""

    def probabilities(self, states: Sequence[Any]) -> list[np.ndarray]:
        rows = []
        for state in states:
            count = len(state.legal_actions())
            row = np.full(count, 0.5 / count)
            row[sum(state.history()) % count] += 0.5
            rows.append(row)
        return rows


@pytest.mark.parametrize("blueprint", ["uniform", Cheat()], ids=["uniform", "cheat"])
@pytest.mark.parametrize(
    ("name", "belief", "rollouts"),
    [
        ("kuhn_poker", "exact", None),
        ("leduc_poker", "exact", 60),
        ("leduc_poker", "resample", 30),
        ("leduc_poker", "particles", 30),
        (LIARS_DICE, "particles", 30),
        (PHANTOM, "particles", 30),
        (SIMULTANEOUS, "particles", 30),
    ],
)
def test_a_scrambled_hidden_state_changes_no_decision(
    name: str, belief: Any, rollouts: int | None, blueprint: Any
) -> None:
    options = SearchOptions(rollouts=rollouts, belief=belief, particles=80 if name == PHANTOM else 20)
    tree = tree_of(name) if belief == "exact" else None
    bots = [MirrorDescentBot(Search(name, blueprint, options, tree), player, seed=3) for player in (0, 1)]
    groups = indistinguishable(name, 6)
    assert len(groups) > 2
    for player, states in groups:
        decisions = [bots[player].step_with_policy(state) for state in states]
        assert all(decision == decisions[0] for decision in decisions)
        assert len({str(state.history()) for state in states}) > 1
    assert sum(bot.fallbacks for bot in bots) == 0


@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker", "hearts"])
def test_honest_resampling_passes_the_audit(name: str) -> None:
    audit = audit_resampling(SearchGame(name), games=10, pairs=12)
    assert audit.fault == ""
    assert audit.pairs == 12


@pytest.mark.parametrize("name", ["gin_rummy", "oh_hell", "euchre", "colored_trails"])
def test_resampling_that_reveals_the_real_state_is_refused(name: str) -> None:
    with pytest.raises(Leak, match="reveals the hidden part of the real one"):
        Search(name, options=SearchOptions(belief="resample"))


@pytest.mark.parametrize("name", ["oh_hell(players=3)", "euchre"])
def test_some_games_deal_again_only_the_cards_that_are_really_held(name: str) -> None:
    """What the audit found, seen directly: undealt cards never turn up in the resampled hands."""
    state = pyspiel.load_game(name).new_initial_state()
    generator = np.random.default_rng(5)
    while state.is_chance_node():
        state.apply_action(int(generator.choice(state.legal_actions())))
    drawn = {tuple(sorted(state.resample_from_infostate(0, generator.random).history())) for _ in range(50)}
    assert drawn == {tuple(sorted(state.history()))}


def test_a_game_without_resampling_is_refused_for_it() -> None:
    with pytest.raises(Leak, match="cannot resample"):
        Search(PHANTOM, options=SearchOptions(belief="resample"))


def test_without_a_surviving_particle_the_blueprint_is_played() -> None:
    class Never:
        """Plays the first action: nobody ever sees a bet of a pair of first moves otherwise."""

        def probabilities(self, states: Sequence[Any]) -> list[np.ndarray]:
            return [np.eye(len(state.legal_actions()))[0] for state in states]

    state = pyspiel.load_game("kuhn_poker").new_initial_state()
    for action in (0, 1, 1):  # cards 0 and 1, then a bet that the blueprint would not have made
        state.apply_action(action)
    for belief in ("particles", "exact"):
        bot = MirrorDescentBot("kuhn_poker", 1, Never(), SearchOptions(belief=belief))  # type: ignore[arg-type]
        policy, action = bot.step_with_policy(state)
        assert (policy, action) == ([(0, 1.0), (1, 0.0)], 0)
        assert bot.fallbacks == 1
        assert bot.last_decision is not None
        assert bot.last_decision.outcome == "fallback"
