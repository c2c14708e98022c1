"""Rollouts that end in what the blueprint expects, against the same games stepped move by move in plain Python."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agents.blueprints.neural.batched import batched_blueprint
from agents.blueprints.neural.blueprint import neural_blueprint
from agents.blueprints.neural.network import views
from agents.blueprints.neural.torch_networks import load_flat, make_network
from agents.blueprints.neural.weights import Network
from agents.blueprints.registry import blueprint as by_name
from games._base.jit import kernel
from games._base.rng import draw, fold
from games.hanabi.blueprint import VALUE_SIGNATURE, Blueprint
from games.hanabi.game import HanabiGame, standard
from games.hanabi.layout import (
    CURRENT_PLAYER,
    HAND_LENGTHS,
    HIDDEN,
    INFORMATION_TOKENS,
    RUNNING,
    STATUS,
    TURN,
)
from games.hanabi.rules import apply_move, best_score, card_address, hide_hand, score, show_hand
from games.hanabi.self_play import POLICY_STREAM
from games.hanabi.state import HanabiState
from search.hanabi.rollouts.batched import BatchedRollouts
from search.hanabi.rollouts.compiled import JUST_SHORT, CompiledRollouts
from search.hanabi.rollouts.requests import Position, Request
from search.hanabi.worlds import Worlds, shuffle_unseen
from tests.agents.blueprints.networks import network as compiled_network
from tests.search.hanabi.searching import Search
from tests.search.hanabi.test_batched import SEARCH, SMALL, SMALL_THREE, pair, seats_after, values_at

_shuffle_unseen, _fold, _draw = kernel(shuffle_unseen), kernel(fold), kernel(draw)


@kernel(VALUE_SIGNATURE)
def _tokens(rules, view, memory):
    """A value that can be told from outside, and that is far too low for a player who sees the own hand."""
    player = view[CURRENT_PLAYER]
    for i in range(view[rules[HAND_LENGTHS] + player]):
        if view[card_address(rules, player, i)] != HIDDEN:
            return -1000.0
    return 0.125 * view[INFORMATION_TOKENS] + 0.015625 * player


@kernel(VALUE_SIGNATURE)
def _too_much(rules, view, memory):
    return 1000.0


@kernel(VALUE_SIGNATURE)
def _too_little(rules, view, memory):
    return -1000.0


def stepped(
    game: HanabiGame, blueprint: Blueprint, view: np.ndarray, seat: int, worlds: Worlds, key: int, i: int, move: int,
    plies: int,
) -> tuple[float, bool]:  # fmt: skip
    """Return the score of a move in world ``i`` after so many plies, and whether the game was over by then."""
    rules, expected = game.rules, blueprint.value
    assert expected is not None
    hand = worlds.hands[worlds.particles[i]]
    world_key = np.uint64(_fold(np.uint64(key), i))
    deck = np.zeros(game.deck_size, np.int32)
    _shuffle_unseen(rules, view, seat, hand, np.zeros(game.types, np.int32), deck, world_key)
    state, minds = view.copy(), worlds.memories[worlds.particles[i]].copy()
    show_hand(rules, state, seat, hand)
    policy_key = np.uint64(_fold(world_key, POLICY_STREAM))
    for ply in range(plies + 1):
        if ply:
            player = state[CURRENT_PLAYER]
            hidden = state.copy()
            hide_hand(rules, hidden, player, np.zeros(game.cards_in_hand, np.int32))
            move = int(blueprint.decide(rules, hidden, minds[player], np.uint64(_draw(policy_key, int(state[TURN])))))
        before = state.copy()
        apply_move(rules, state, deck, move)
        blueprint.observe(rules, before, state, minds)
        if state[STATUS] != RUNNING:
            return float(score(rules, state)), True
    player = state[CURRENT_PLAYER]
    hide_hand(rules, state, player, np.zeros(game.cards_in_hand, np.int32))
    points = score(rules, state) + expected(rules, state, minds[player])
    return min(points, best_score(rules, state) - JUST_SHORT), False


def returns_in(
    game: HanabiGame, worlds: Worlds, blueprint: Blueprint, view: np.ndarray, seat: int, key: int, plies: int | None,
    moves: np.ndarray, numbers: range,
) -> np.ndarray:  # fmt: skip
    """Return what the moves score in some worlds of a view."""
    rollouts = CompiledRollouts(game, blueprint, 1, plies)
    request = Request(Position(view, seat, worlds, key, None), moves, numbers.start, numbers.stop)
    return rollouts.roll_out([request])[0]


@pytest.mark.parametrize("game", [SMALL, SMALL_THREE, standard(2)], ids=["small", "three", "standard"])
def test_rollouts_end_in_points_and_what_the_player_to_move_expects(game: HanabiGame) -> None:
    base = "smart" if game.players == 2 else "information"
    compiled, batched = pair(game, base)
    blueprint = replace(compiled, value=_tokens)
    over = running = 0
    for number, turn in ((0, 1), (1, 5), (2, 8)):
        state, seat, _ = seats_after(game, compiled, batched, number, turn)
        if state.is_terminal:
            continue
        seat.belief.update(5)
        own = state.current_player
        view, worlds, moves = state.view(own), seat.belief.worlds(20, 3), state.legal_moves()
        for plies in (1, 2, 5):
            returns = returns_in(game, worlds, blueprint, view, own, 77, plies, np.array(moves), range(2, 6))
            for i in range(2, 6):
                for a, move in enumerate(moves):
                    expected, ended = stepped(game, blueprint, view, own, worlds, 77, i, move, plies)
                    assert returns[i - 2, a] == expected
                    over += ended
                    running += not ended
    assert running > 100
    assert over > 10 or game.cards_in_hand == 5


def test_rollouts_longer_than_the_game_are_played_to_its_end() -> None:
    game = standard(2)
    blueprint = by_name("neural")
    compiled, batched = pair(game, "smart")
    state, seat, _ = seats_after(game, compiled, batched, 1, 6)
    seat.belief.update(5)
    worlds = Worlds(seat.belief.hands, np.repeat(blueprint.new_memories(game)[None], len(seat.belief.hands), 0),
                    seat.belief.worlds(20, 3).particles)  # fmt: skip
    moves, view = np.array(state.legal_moves()), state.view(state.current_player)
    whole, cut, short = (
        returns_in(game, worlds, blueprint, view, state.current_player, 5, plies, moves, range(20))
        for plies in (None, 200, 12)
    )
    np.testing.assert_array_equal(whole, cut)
    assert not np.array_equal(whole, short)
    assert abs(whole.mean() - short.mean()) < 3.0  # the value is a trained one, in points


@pytest.mark.parametrize("value", [_too_much, _too_little], ids=["much", "little"])
def test_an_expectation_is_never_more_than_a_win_nor_less_than_nothing(value: object) -> None:
    game = standard(2)
    compiled, batched = pair(game, "smart")
    state, seat, _ = seats_after(game, compiled, batched, 2, 4)
    seat.belief.update(5)
    view, moves, worlds = state.view(state.current_player), np.array(state.legal_moves()), seat.belief.worlds(20, 3)
    blueprint = replace(compiled, value=value)  # type: ignore[arg-type]
    returns = returns_in(game, worlds, blueprint, view, state.current_player, 5, 2, moves, range(20))
    if value is _too_little:
        assert (returns == 0.0).all()
    else:
        assert (returns < best_score(game.rules, view)).all()
        assert returns.max() == best_score(game.rules, view) - JUST_SHORT


def valued(game: HanabiGame, base: str, bias: float = 0.1) -> Network:
    """Return a random network whose value is random, too, and more or less ``10 * bias`` points."""
    parameters = compiled_network(game, base, 1.0).parameters.copy()
    parts = views(parameters)
    parts["value"][:] = np.random.default_rng(4).normal(0.0, 0.01, parts["value"].shape)
    parts["value_bias"][0] = bias
    return Network(game, base, parameters, {"command": "none"})


@pytest.mark.parametrize("game", [SMALL, SMALL_THREE, standard(2)], ids=["small", "three", "standard"])
@pytest.mark.parametrize("plies", [1, 4])
def test_batched_rollouts_end_alike(game: HanabiGame, plies: int) -> None:
    base = "smart" if game.players == 2 else "information"
    network = valued(game, base)
    torch_network = make_network(game, "feed-forward", network.shape[1:3], "features", 0.0, seed=1)
    load_flat(torch_network, network.parameters)
    compiled, batched = neural_blueprint(network), batched_blueprint(torch_network, base, workers=1)
    fractions = 0
    for number in range(3):
        state, one, other = seats_after(game, compiled, batched, number, 3, replace(SEARCH, plies=plies))
        view = state.view(state.current_player)
        first, second = values_at(one, view, CompiledRollouts), values_at(other, view, BatchedRollouts)
        moves = np.array(state.legal_moves(), dtype=np.int64)
        returns = first.returns(moves, 3, 40)
        np.testing.assert_allclose(returns, second.returns(moves, 3, 40), atol=2e-4)
        fractions += int((returns != returns.round()).sum())
    assert fractions > 50


def test_a_blueprint_without_values_is_refused() -> None:
    with pytest.raises(ValueError, match="rollouts over smart are played to the end"):
        Search(plies=8).seat(standard(2), by_name("smart"))


def test_the_value_of_a_network_is_in_points() -> None:
    """Tenths of points inside the network, ten times as many outside: shift the bias and see."""
    view = HanabiState.from_seed(SMALL, 0).view(0)
    found = []
    for each in (valued(SMALL, "none"), valued(SMALL, "none", 0.35)):
        blueprint = neural_blueprint(each)
        assert blueprint.value is not None
        found.append(blueprint.value(SMALL.rules, view, blueprint.new_memories(SMALL)[0]))
    assert found[1] - found[0] == pytest.approx(2.5, abs=1e-4)
