"""Worlds that share their past are replayed once: nobody may see it in what comes out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.blueprints.neural.batched import batched_blueprint
from agents.blueprints.neural.torch_networks import make_network
from agents.blueprints.registry import blueprint as by_name
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame, small, standard
from games.hanabi.layout import CURRENT_PLAYER
from games.hanabi.state import HanabiState
from search.hanabi.policy.follower import Evidence, Follower, Supposed
from search.hanabi.searchers import Searchers
from tests.search.hanabi.searching import Search, apply, follow, searchers
from tests.search.hanabi.test_searchers import MODEL

CASES = [
    (standard(2), "neural", None),
    (standard(2), "neural", MODEL),
    (standard(2), "smart", None),
    (standard(3), "information", None),
    (small(2), "smart", MODEL),
    (standard(2), "random", None),  # worlds with the same past have other keys
]


def blueprint_of(name: str) -> Blueprint:
    """Return a blueprint; of the random one every move tells something."""
    found = by_name(name)
    return replace(found, softening=0.0, randomness=0.01) if name == "random" else found


def in_the_middle(game: HanabiGame, blueprint: Any, moves: int) -> Follower:
    """Return the follower of the seat to move after a game of mostly the policy's moves."""
    generator = np.random.default_rng(moves)
    state = HanabiState.from_seed(game, moves, 0)
    seats = searchers(state, blueprint, Search(), 1, 0)
    for _ in range(moves):
        discards = [move for move in state.legal_moves() if move < game.cards_in_hand]
        moved = follow(state, seats[state.current_player])
        if discards and generator.random() < 0.3:
            moved = int(generator.choice(discards))
        apply(state, seats, moved)
    assert not state.is_terminal
    return seats[state.current_player].follower


def replayed(
    follower: Follower, hands: NDArray[np.int32], stops: tuple[int, ...], model: Searchers | None, workers: int = 1
) -> tuple[Any, ...]:
    """Replay the game in every hand, with a pause at each of ``stops``."""
    memories = np.ascontiguousarray(
        np.repeat(follower.base.new_memories(follower.history.game)[None], len(hands), axis=0)
    )
    evidence = Evidence(np.zeros(len(hands)), np.zeros(len(hands), np.int64))
    worlds = Supposed(hands, memories, evidence)
    for first, last in zip((0, *stops), (*stops, follower.history.turns), strict=True):
        follower.replay(worlds, first, last, 0.05, workers, model)
    return evidence.log_likelihood, evidence.unexplained, memories


def hands_of(follower: Follower, number: int) -> NDArray[np.int32]:
    """Return hands that hints allow, with few types for the older cards, so that many have those in common."""
    generator = np.random.default_rng(3)
    hands = np.empty((number, len(follower.history.deck_indices())), np.int32)
    for card, mask in enumerate(follower.history.hint_masks()):
        allowed = np.flatnonzero((mask >> np.arange(follower.history.game.types)) & 1)
        hands[:, card] = generator.choice(generator.permutation(allowed)[: 2 + 2 * card], number)
    return hands


def nobody_has(hands: NDArray[np.int32], row: int) -> NDArray[np.int32]:
    """Return hands without the first card of a row on which they differ, but for the row itself."""
    card = np.flatnonzero((hands != hands[0]).any(axis=0))[0]
    others = hands[hands[:, card] != hands[row, card]]
    found = np.ascontiguousarray(others[np.arange(len(hands)) % len(others)])
    found[row] = hands[row]
    return found


@pytest.mark.parametrize(("game", "name", "model"), CASES, ids=[f"{name}-{game.players}" for game, name, _ in CASES])
@pytest.mark.parametrize("stops", [(), (5,)], ids=["at once", "with a pause"])
def test_a_world_comes_out_the_same_whatever_stands_beside_it(
    game: HanabiGame, name: str, model: Searchers | None, stops: tuple[int, ...]
) -> None:
    follower = in_the_middle(game, blueprint_of(name), 10 if game.colours == 2 else 21)
    hands = hands_of(follower, 150)
    assert len(np.unique(hands, axis=0)) < 150
    together = replayed(follower, hands, stops, model)
    assert len(set(together[0].tolist())) > 3
    for row in range(0, 150, 7):
        alone = replayed(follower, nobody_has(hands, row), stops, model)
        for mine, theirs in zip(alone, together, strict=True):
            np.testing.assert_array_equal(mine[row], theirs[row])
    for mine, theirs in zip(replayed(follower, hands, stops, model, workers=2), together, strict=True):
        np.testing.assert_array_equal(mine, theirs)


class Counting:
    """A policy that counts the positions for which it is asked."""

    def __init__(self, policy: Any) -> None:
        self._policy, self.positions = policy, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._policy, name)

    def log_probabilities(self, views: NDArray[np.int32], memories: NDArray[np.int64], context: Any) -> Any:
        self.positions += len(views)
        return self._policy.log_probabilities(views, memories, context)


@pytest.mark.parametrize("stops", [(), (5,)], ids=["at once", "with a pause"])
@pytest.mark.parametrize("kind", ["feed-forward", "public-recurrent"])
def test_a_network_is_asked_once_for_what_worlds_have_in_common(kind: Any, stops: tuple[int, ...]) -> None:
    game = standard(2)
    network = make_network(game, kind, (16, 8), "v0", 3.0, seed=4)
    blueprint = batched_blueprint(network, "smart", workers=1)
    counting = Counting(blueprint.policy)
    follower = in_the_middle(game, replace(blueprint, policy=counting), 21)
    hands = hands_of(follower, 150)
    counting.positions = 0
    together = replayed(follower, hands, stops, None)
    moves = int((follower.history.views[:-1, CURRENT_PLAYER] != follower.history.seat).sum())
    assert 0 < counting.positions < 0.6 * moves * len(hands)
    assert len(set(together[0].tolist())) > 3
    for row in range(0, 150, 7):
        log_likelihood, unexplained, memories = replayed(follower, hands[row : row + 1], stops, None)
        np.testing.assert_allclose(log_likelihood[0], together[0][row], rtol=0.0, atol=1e-4)
        assert unexplained[0] == together[1][row]
        np.testing.assert_array_equal(memories[0], together[2][row])
