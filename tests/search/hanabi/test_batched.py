"""Batched search over torch networks against the compiled path, with the same parameters in both.

A feed-forward torch network of two layers computes what the compiled network does. The two paths share the rules and
the features, not the arithmetic nor the loops over worlds and turns: so returns, beliefs and decisions must agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from agents.blueprints.neural.batched import TorchPolicy, batched_blueprint
from agents.blueprints.neural.blueprint import neural_blueprint
from agents.blueprints.neural.torch_networks import PolicyNetwork, load_flat, make_network, public_part
from agents.blueprints.neural.weights import Network
from agents.blueprints.registry import blueprint as by_name
from games._base.jit import kernel
from games._base.rng import fold
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame, standard
from games.hanabi.layout import DECK_INDEX
from games.hanabi.rules import hide_hand
from games.hanabi.state import HanabiState
from search.hanabi.beliefs.hands import BeliefOptions, HandBelief
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.rollouts.batched import BatchedRollouts
from search.hanabi.rollouts.compiled import CompiledRollouts
from search.hanabi.rollouts.requests import Position, Request, RequestedValues
from search.hanabi.seat import FollowSeat, SearchSeat
from search.hanabi.worlds import Worlds, shuffle_unseen, unseen_counts
from tests.agents.blueprints.networks import network as compiled_network
from tests.agents.training.belief.positions import random_model
from tests.search.hanabi.searching import Search, apply, follow, policy_of, searchers, seen
from tests.search.hanabi.test_soundness import scrambled

_shuffle_unseen, _unseen_counts, _fold = kernel(shuffle_unseen), kernel(unseen_counts), kernel(fold)

SMALL = HanabiGame(players=2, colours=2, ranks=3, hand_size=2, information_tokens=3, life_tokens=2)
SMALL_THREE = HanabiGame(players=3, colours=2, ranks=3, hand_size=2, information_tokens=3, life_tokens=2)
CASES = [(SMALL, "smart"), (SMALL, "none"), (SMALL_THREE, "information"), (standard(2), "smart")]
SEARCH = Search(BeliefOptions(particles=400, exact_limit=300, softening=0.1), rollouts=120)


pytestmark = pytest.mark.usefixtures("one_torch_thread")


def pair(game: HanabiGame, base: str) -> tuple[Blueprint, BatchedBlueprint]:
    """Return the same random network as a compiled blueprint and as a batched one."""
    network: Network = compiled_network(game, base, 1.0)
    torch_network = make_network(game, "feed-forward", network.shape[1:3], "features", 0.0, seed=1)
    load_flat(torch_network, network.parameters)
    return neural_blueprint(network), batched_blueprint(torch_network, base, workers=1)


def seats_after(
    game: HanabiGame, compiled: Blueprint, batched: BatchedBlueprint, number: int, plies: int, search: Search = SEARCH
) -> tuple[HanabiState, SearchSeat, SearchSeat]:
    """Play some moves, every third one random; return the state with both kinds of seat at the player to move."""
    state = HanabiState.from_seed(game, 11, number)
    ones, others = (searchers(state, blueprint, search, 11, number) for blueprint in (compiled, batched))
    generator = np.random.default_rng(number)
    while state.turn < plies and not state.is_terminal:
        player = state.current_player
        move = follow(state, ones[player])
        assert follow(state, others[player]) == move
        if state.turn % 3 == 2:
            move = int(generator.choice(state.legal_moves()))
        twin = state.copy()
        apply(state, ones, move)
        apply(twin, others, move)
    return state, ones[state.current_player], others[state.current_player]


@pytest.mark.parametrize(("game", "base"), CASES, ids=["smart", "none", "three", "standard"])
def test_beliefs_returns_and_decisions_are_those_of_the_compiled_network(game: HanabiGame, base: str) -> None:
    compiled, batched = pair(game, base)
    checked = varied = 0
    for number in range(3):
        for plies in (1, 4, 8):
            state, one, other = seats_after(game, compiled, batched, number, plies)
            if state.is_terminal:
                continue
            view = state.view(state.current_player)
            one.belief.update(5)
            other.belief.update(5)
            assert np.array_equal(one.belief.hands, other.belief.hands)
            np.testing.assert_allclose(one.belief.probabilities, other.belief.probabilities, rtol=1e-3, atol=1e-9)
            assert isinstance(one.belief, HandBelief) and isinstance(other.belief, HandBelief)
            assert np.array_equal(one.belief._evidence.unexplained, other.belief._evidence.unexplained)
            assert one.belief.exact == other.belief.exact
            first, second = values_at(one, view, CompiledRollouts), values_at(other, view, BatchedRollouts)
            moves = np.array(state.legal_moves(), dtype=np.int64)
            returns = first.returns(moves, 3, 15)
            assert np.array_equal(returns, second.returns(moves, 3, 15))
            assert first.maximum == second.maximum
            np.testing.assert_allclose(one.log_policy(view, moves), other.log_policy(view, moves), atol=1e-4)
            varied += returns.std() > 0
            checked += 1
    assert checked >= 6
    assert varied >= 4


def values_at(seat: SearchSeat, view: np.ndarray, kind: type) -> RequestedValues:
    """Return the values of a seat's rollouts, which are of some kind."""
    values = seat.values(view)
    assert isinstance(values, RequestedValues) and isinstance(values._rollouts, kind)
    return values


def test_a_whole_search_decides_alike() -> None:
    compiled, batched = pair(SMALL, "smart")
    for number in range(4):
        state, one, other = seats_after(SMALL, compiled, batched, number, 3)
        view = state.view(state.current_player)
        first, second = one.decide(view), other.decide(view)
        assert first.outcome == second.outcome
        assert first.action == second.action
        np.testing.assert_allclose(first.log_policy, second.log_policy, atol=1e-3)


def game_of_seats(
    game: HanabiGame, batched: BatchedBlueprint, number: int, turns: int
) -> tuple[HanabiState, list[SearchSeat]]:
    """Play the first turns of a game of a blueprint, seen by seats that could search."""
    state = HanabiState.from_seed(game, 13, number)
    seats = searchers(state, batched, SEARCH, 13, number)
    play_on(state, seats, turns)
    return state, seats


def play_on(state: HanabiState, seats: Sequence[SearchSeat | FollowSeat], turns: int = 10**6) -> None:
    """Play on with the policy of the seats, to the end or to a turn."""
    while state.turn < turns and not state.is_terminal:
        apply(state, seats, follow(state, seats[state.current_player]))


def positions(game: HanabiGame, batched: BatchedBlueprint, count: int) -> list[tuple[Position, np.ndarray]]:
    """Return positions of different games with their legal moves."""
    found = []
    for number in range(count):
        state, seats = game_of_seats(game, batched, number, 2 + number)
        view = state.view(state.current_player)
        values = seats[state.current_player].values(view)
        assert isinstance(values, RequestedValues)
        found.append((values._position, np.array(state.legal_moves(), dtype=np.int64)))
    return found


def roll_out(
    game: HanabiGame, batched: BatchedBlueprint, asked: Sequence[Request], plies: int | None = None
) -> list[np.ndarray]:
    """Return what requests score in one batch on the CPU."""
    return BatchedRollouts(game, batched, 1, plies).roll_out(asked)


def recurrent(game: HanabiGame, base: str, inputs: str = "features") -> PolicyNetwork:
    """Return a random public-recurrent network whose memory matters and that does not just follow the advice."""
    network = make_network(game, "public-recurrent", (32, 16), inputs, 0.5, seed=3)
    with torch.no_grad():
        network.heads.policy.weight.mul_(300.0)
        network.get_parameter("gate.weight").mul_(3.0)
    return network


def with_hand(state: HanabiState, seat: SearchSeat, hand: np.ndarray) -> np.ndarray:
    """Return the array of a state with other types for the cards that a seat holds at present."""
    array = state.array.copy()
    types = dict(zip(seat.follower.history.deck_indices().tolist(), hand.tolist(), strict=True))
    for record in seat.follower.history.own_records(array):
        record[0] = types.get(int(record[DECK_INDEX]), record[0])
    return array


def prior(seat: SearchSeat, hand: np.ndarray) -> float:
    """Return the product of the copies left, card by card."""
    history = seat.follower.history
    counts = np.zeros(history.game.types, dtype=np.int32)
    _unseen_counts(history.game.rules, history.present, history.seat, counts)
    weight = 1.0
    for card in hand:
        weight *= counts[card]
        counts[card] -= 1
    return weight


@pytest.mark.parametrize("inputs", ["features", "v0", "canonical"])
def test_several_positions_in_one_batch_are_each_by_itself(inputs: str) -> None:
    game = replace(standard(2), bomb="keep")
    batched = batched_blueprint(recurrent(game, "smart", inputs), "smart", workers=1)
    asked = [Request(position, moves[::3], 2, 6) for position, moves in positions(game, batched, 3)]
    together = roll_out(game, batched, asked)
    for request, returns in zip(asked, together, strict=True):
        alone = RequestedValues(BatchedRollouts(game, batched, 2), request.position)
        assert np.array_equal(alone.returns(request.moves, 2, 6), returns)
        assert np.array_equal(alone.returns(request.moves[::-1], 4, 5)[:, ::-1], returns[2:3])
    assert np.concatenate([returns.ravel() for returns in together]).std() > 0


class Forgetful(TorchPolicy):
    """A public-recurrent policy that forgets the past at every turn."""

    def read(self, views: np.ndarray, recollection: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return super().read(views, torch.zeros_like(recollection))


def test_rollouts_of_a_public_recurrent_network_are_games_of_its_seats() -> None:
    """A rollout from the true hand is what the seats go on to play, each remembering for itself since the first turn,
    when the rest of the deck is that of the world.
    """
    game = SMALL
    batched = batched_blueprint(recurrent(game, "smart"), "smart", workers=1)
    policy = Forgetful(recurrent(game, "smart"), by_name("smart"), with_base=True, workers=1)
    differences = 0
    for number in range(6):
        state, seats = game_of_seats(game, batched, number, 4)
        player = state.current_player
        view = state.view(player)
        hand = np.array(state.hand(player), dtype=np.int32)
        memories = np.array([member.follower.memory for member in seats])
        worlds = Worlds(hand[None], memories[None], np.zeros(20, dtype=np.int64))
        position = Position(view, player, worlds, 99, seats[player].follower.recollection(state.turn))
        moves = np.array(state.legal_moves(), dtype=np.int64)
        request = Request(position, moves, 7, 8)
        returns = roll_out(game, batched, [request])[0]
        differences += not np.array_equal(returns, roll_out(game, replace(batched, policy=policy), [request])[0])
        _shuffle_unseen(
            game.rules, view, player, hand, np.zeros(game.types, np.int32), state.deck, _fold(np.uint64(99), 7)
        )
        play_on(state, seats)
        assert returns[0, moves.tolist().index(state.history[4])] == state.score
    assert differences > 0


def test_the_belief_over_a_public_recurrent_network_is_the_enumerated_posterior() -> None:
    """Against networks that read all public turns at once, and hands filled in one by one."""
    game, softening, checked = SMALL, 0.1, 0
    network = recurrent(game, "smart")
    batched = batched_blueprint(network, "smart", workers=1)
    for number in range(4):
        state, seats = game_of_seats(game, batched, number, 5)
        seat = seats[state.current_player]
        own = seat.follower.history.seat
        seat.belief.update(0)
        assert seat.belief.exact
        public = [HanabiState.from_seed(game, 13, number)]
        for move in state.history:
            public.append(public[-1].copy())
            public[-1].apply(move)
        part = public_part(game)
        read = torch.tensor(np.array([s.observation(s.current_player, "v0")[part] for s in public]))
        contexts, memory = network.context(read[:, None])
        values = values_at(seat, state.view(own), BatchedRollouts)
        torch.testing.assert_close(values._position.recollection[0], memory[:, 0])
        weights = []
        for hand in seat.belief.hands:
            arrays = [with_hand(s, seat, hand) for s in public]
            minds, weight = batched.base.new_memories(game), prior(seat, hand)
            for turn, move in enumerate(state.history):
                player = public[turn].current_player
                if player != own:
                    view = arrays[turn].copy()
                    hide_hand(game.rules, view, player, np.empty(game.cards_in_hand, np.int32))
                    logs = batched.policy.log_probabilities(view[None], minds[player : player + 1], contexts[turn])[0]
                    weight *= (1 - softening) * np.exp(logs[move]) + softening / np.isfinite(logs).sum()
                batched.base.observe(game.rules, arrays[turn], arrays[turn + 1], minds)
            weights.append(weight)
        expected = np.array(weights) / sum(weights)
        np.testing.assert_allclose(seat.belief.probabilities, expected, atol=1e-4)
        assert expected.max() > 2 * expected[expected > 0].min()
        checked += len(expected)
    assert checked > 20


@pytest.mark.parametrize("plies", [None, 3])
@pytest.mark.parametrize("game", [SMALL, SMALL_THREE], ids=["two", "three"])
def test_scrambling_the_hidden_cards_changes_no_decision(game: HanabiGame, plies: int | None) -> None:
    base = "smart" if game.players == 2 else "information"
    compiled = neural_blueprint(compiled_network(game, base, 1.0))
    batched = batched_blueprint(recurrent(game, base), base, workers=1)
    generator, changed = np.random.default_rng(2), 0
    for number in range(4):
        state, _ = game_of_seats(game, batched, number, 4 + number)
        if state.is_terminal:
            continue
        seat = state.current_player
        other = scrambled(state, seat, generator)
        changed += state.hand(seat) != other.hand(seat)
        for blueprint in (batched, compiled):
            decisions = []
            for truth in (state, other):
                player = replace(SEARCH, plies=plies).seat(game, blueprint)
                decisions.append(player.decide(seen(player, truth, seat)))
            assert decisions[0].action == decisions[1].action
            assert decisions[0].outcome == decisions[1].outcome
            np.testing.assert_array_equal(decisions[0].q, decisions[1].q)
            np.testing.assert_array_equal(decisions[0].log_policy, decisions[1].log_policy)
            followers = [FollowSeat(policy_of(blueprint)) for _ in range(2)]
            views = [seen(one, truth, seat) for one, truth in zip(followers, (state, other), strict=True)]
            assert followers[0].act(views[0]) == followers[1].act(views[1])
            assert repr(followers[0].explain(views[0])) == repr(followers[1].explain(views[1]))
    assert changed >= 2


def test_both_engines_remember_the_same_in_the_particles_of_a_learned_belief() -> None:
    _, batched = pair(SMALL_THREE, "information")
    learned = BeliefOptions(80, 0, 0.1, kind="learned", model=random_model(SMALL_THREE, "information"))
    state, _ = game_of_seats(SMALL_THREE, batched, 1, 5)
    beliefs = []
    for blueprint in (batched, batched.base):
        seat = Search(learned).seat(SMALL_THREE, blueprint)
        seen(seat, state, state.current_player)
        seat.belief.update(5)
        beliefs.append(seat.belief)
    assert np.array_equal(beliefs[0].hands, beliefs[1].hands)
    assert np.array_equal(beliefs[0].memories, beliefs[1].memories)
    assert len(np.unique(beliefs[0].memories, axis=0)) > 1
