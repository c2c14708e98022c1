"""Batched search over torch networks against the compiled path, with the same parameters in both.

A feed-forward torch network of two layers computes what the compiled network does. The two paths share the rules and
the features, not the arithmetic nor the loops over worlds and turns: so returns, beliefs and decisions must agree.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

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
from search.hanabi.batched_seat import BatchedBlueprintSeat, BatchedSeat
from search.hanabi.beliefs.hands import BeliefOptions
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.rollouts.batched import BatchedRolloutValues, Position, Request, roll_out
from search.hanabi.rollouts.compiled import RolloutValues
from search.hanabi.seat import SearchOptions, SearchSeat
from search.hanabi.worlds import Worlds, shuffle_unseen, unseen_counts
from tests.agents.blueprints.networks import network as compiled_network
from tests.agents.training.belief.positions import random_model
from tests.search.hanabi.test_soundness import scrambled

_shuffle_unseen, _unseen_counts, _fold = kernel(shuffle_unseen), kernel(unseen_counts), kernel(fold)

SMALL = HanabiGame(players=2, colours=2, ranks=3, hand_size=2, information_tokens=3, life_tokens=2)
SMALL_THREE = HanabiGame(players=3, colours=2, ranks=3, hand_size=2, information_tokens=3, life_tokens=2)
CASES = [(SMALL, "smart"), (SMALL, "none"), (SMALL_THREE, "information"), (standard(2), "smart")]
OPTIONS = SearchOptions(belief=BeliefOptions(particles=400, exact_limit=300, softening=0.1), rollouts=120, workers=1)


pytestmark = pytest.mark.usefixtures("one_torch_thread")


def pair(game: HanabiGame, base: str) -> tuple[Blueprint, BatchedBlueprint]:
    """Return the same random network as a compiled blueprint and as a batched one."""
    network: Network = compiled_network(game, base, 1.0)
    torch_network = make_network(game, "feed-forward", network.shape[1:3], "features", 0.0, seed=1)
    load_flat(torch_network, network.parameters)
    return neural_blueprint(network), batched_blueprint(torch_network, base, workers=1)


def seats_after(
    game: HanabiGame, compiled: Blueprint, batched: BatchedBlueprint, number: int, plies: int
) -> tuple[HanabiState, SearchSeat, BatchedSeat]:
    """Play some moves, every third one random; return the state with both kinds of seat at the player to move."""
    state = HanabiState.from_seed(game, 11, number)
    keys = SeatKeys.of_game(game, 11, number)
    views = [state.view(seat) for seat in range(game.players)]
    ones = [SearchSeat(game, compiled, seat, view, OPTIONS, keys) for seat, view in enumerate(views)]
    others = [BatchedSeat(game, batched, seat, view, OPTIONS, keys) for seat, view in enumerate(views)]
    generator = np.random.default_rng(number)
    while state.turn < plies and not state.is_terminal:
        player = state.current_player
        move = ones[player].blueprint_move(state.view(player))
        assert others[player].blueprint_move(state.view(player)) == move
        if state.turn % 3 == 2:
            move = int(generator.choice(state.legal_moves()))
        before = [state.view(seat) for seat in range(game.players)]
        state.apply(move)
        for seat in range(game.players):
            ones[seat].observe(before[seat], state.view(seat))
            others[seat].observe(before[seat], state.view(seat))
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
            one.belief.update(5, one.memory)
            other.belief.update(5, other.memory)
            assert np.array_equal(one.belief.hands, other.belief.hands)
            np.testing.assert_allclose(one.belief.probabilities, other.belief.probabilities, rtol=1e-3, atol=1e-9)
            assert one.belief.exact == other.belief.exact
            first, second = one._values(view), other._values(view)
            assert isinstance(first, RolloutValues) and isinstance(second, BatchedRolloutValues)
            moves = np.array(state.legal_moves(), dtype=np.int64)
            returns = first.returns(moves, 3, 40)
            assert np.array_equal(returns, second.returns(moves, 3, 40))
            assert first.maximum == second.maximum
            np.testing.assert_allclose(one.log_policy(view, moves), other.log_policy(view, moves), atol=1e-4)
            varied += returns.std() > 0
            checked += 1
    assert checked >= 6
    assert varied >= 4


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
) -> tuple[HanabiState, list[BatchedBlueprintSeat]]:
    """Play the first turns of a game at a table of seats that follow the blueprint."""
    state = HanabiState.from_seed(game, 13, number)
    keys = SeatKeys.of_game(game, 13, number)
    views = [state.view(seat) for seat in range(game.players)]
    seats = [BatchedBlueprintSeat(game, batched, seat, view, OPTIONS, keys) for seat, view in enumerate(views)]
    play_on(state, seats, turns)
    return state, seats


def play_on(state: HanabiState, seats: list[BatchedBlueprintSeat], turns: int = 10**6) -> None:
    """Let the seats play, to the end or to a turn."""
    while state.turn < turns and not state.is_terminal:
        player = state.current_player
        move = seats[player].act(state.view(player))
        before = [state.view(seat) for seat in range(len(seats))]
        state.apply(move)
        for seat, member in enumerate(seats):
            member.observe(before[seat], state.view(seat))


def positions(game: HanabiGame, batched: BatchedBlueprint, count: int) -> list[tuple[Position, np.ndarray]]:
    """Return positions of different games with their legal moves."""
    found = []
    for number in range(count):
        state, seats = game_of_seats(game, batched, number, 2 + number)
        player = seats[state.current_player]
        values = player._values(state.view(player.seat))
        assert isinstance(values, BatchedRolloutValues)
        found.append((values._position, np.array(state.legal_moves(), dtype=np.int64)))
    return found


def recurrent(game: HanabiGame, base: str, inputs: str = "features") -> PolicyNetwork:
    """Return a random public-recurrent network whose memory matters and that does not just follow the advice."""
    network = make_network(game, "public-recurrent", (32, 16), inputs, 0.5, seed=3)
    with torch.no_grad():
        network.heads.policy.weight.mul_(300.0)
        network.get_parameter("gate.weight").mul_(3.0)
    return network


def with_hand(state: HanabiState, seat: BatchedSeat, hand: np.ndarray) -> np.ndarray:
    """Return the array of a state with other types for the cards that a seat holds at present."""
    array = state.array.copy()
    types = dict(zip(seat.history.deck_indices().tolist(), hand.tolist(), strict=True))
    for record in seat.history.own_records(array):
        record[0] = types.get(int(record[DECK_INDEX]), record[0])
    return array


def prior(seat: BatchedSeat, hand: np.ndarray) -> float:
    """Return the product of the copies left, card by card."""
    counts = np.zeros(seat.game.types, dtype=np.int32)
    _unseen_counts(seat.game.rules, seat.history.present, seat.seat, counts)
    weight = 1.0
    for card in hand:
        weight *= counts[card]
        counts[card] -= 1
    return weight


@pytest.mark.parametrize("inputs", ["features", "v0", "canonical"])
def test_several_positions_in_one_batch_are_each_by_itself(inputs: str) -> None:
    game = replace(standard(2), bomb="keep")
    batched = batched_blueprint(recurrent(game, "smart", inputs), "smart", workers=1)
    asked = [Request(position, moves, 2, 9) for position, moves in positions(game, batched, 3)]
    together = roll_out(game, batched, asked, 1)
    for request, returns in zip(asked, together, strict=True):
        alone = BatchedRolloutValues(game, batched, request.position, 2)
        assert np.array_equal(alone.returns(request.moves, 2, 9), returns)
        assert np.array_equal(alone.returns(request.moves[::-1], 5, 8)[:, ::-1], returns[3:6])
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
        seat = seats[state.current_player]
        view = state.view(seat.seat)
        hand = np.array([record[0] for record in seat.history.own_records(state.array)], dtype=np.int32)
        memories = np.array([member.memory for member in seats])
        worlds = Worlds(hand[None], memories[None], np.zeros(20, dtype=np.int64))
        values = seat._values(view)
        assert isinstance(values, BatchedRolloutValues)
        position = values._position._replace(worlds=worlds, key=99)
        moves = np.array(state.legal_moves(), dtype=np.int64)
        request = Request(position, moves, 7, 8)
        returns = roll_out(game, batched, [request], 1)[0]
        differences += not np.array_equal(returns, roll_out(game, replace(batched, policy=policy), [request], 1)[0])
        _shuffle_unseen(
            game.rules, view, seat.seat, hand, np.zeros(game.types, np.int32), state.deck, _fold(np.uint64(99), 7)
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
        seat.belief.update(0, seat.memory)
        assert seat.belief.exact
        public = [HanabiState.from_seed(game, 13, number)]
        for move in state.history:
            public.append(public[-1].copy())
            public[-1].apply(move)
        part = public_part(game)
        read = torch.tensor(np.array([s.observation(s.current_player, "v0")[part] for s in public]))
        contexts, memory = network.context(read[:, None])
        values = seat._values(state.view(seat.seat))
        assert isinstance(values, BatchedRolloutValues)
        torch.testing.assert_close(values._position.recollection[0], memory[:, 0])
        weights = []
        for hand in seat.belief.hands:
            arrays = [with_hand(s, seat, hand) for s in public]
            minds, weight = batched.base.new_memories(game), prior(seat, hand)
            for turn, move in enumerate(state.history):
                player = public[turn].current_player
                if player != seat.seat:
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
        for make in (BatchedSeat, SearchSeat):
            blueprint: Any = batched if make is BatchedSeat else compiled
            decisions = []
            for truth in (state, other):
                current = HanabiState(game, truth.deck)
                keys = SeatKeys.of_game(game, 0, 0)
                player = make(game, blueprint, seat, current.view(seat), replace(OPTIONS, plies=plies), keys)
                for move in truth.history:
                    before = current.view(seat)
                    current.apply(move)
                    player.observe(before, current.view(seat))
                decisions.append(player.decide(current.view(seat)))
            assert decisions[0].action == decisions[1].action
            assert decisions[0].outcome == decisions[1].outcome
            np.testing.assert_array_equal(decisions[0].q, decisions[1].q)
            np.testing.assert_array_equal(decisions[0].log_policy, decisions[1].log_policy)
    assert changed >= 2


def test_a_search_over_a_batched_policy_has_no_learned_belief() -> None:
    _, batched = pair(SMALL, "smart")
    view = HanabiState.from_seed(SMALL, 0).view(0)
    for kind in ("learned", "learned-proposal"):
        belief = BeliefOptions(kind=kind, model=random_model(SMALL, "smart"))
        with pytest.raises(ValueError, match=f"has an exact belief, not {kind}"):
            BatchedSeat(SMALL, batched, 0, view, replace(OPTIONS, belief=belief), SeatKeys.of_game(SMALL, 0, 0))
