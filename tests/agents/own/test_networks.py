"""Torch modules as blueprints: feed-forward, and recurrent with a state for every seat."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from agents.hanabi.blueprints import blueprint_score  # noqa: E402
from agents.own.keepers import rows_of, state_keeper, states_in  # noqa: E402
from agents.own.loading import blueprint_of, own_policy  # noqa: E402
from agents.own.network import wider  # noqa: E402
from benchmarks.own_network import fitted  # noqa: E402
from examples.own_policy import Network, Recurrent  # noqa: E402
from games._base.errors import UsageError  # noqa: E402
from games.hanabi import small, standard  # noqa: E402
from games.hanabi.game import HanabiGame  # noqa: E402
from games.hanabi.layout import CURRENT_PLAYER  # noqa: E402
from games.hanabi.state import HanabiState  # noqa: E402
from search.hanabi.policy.batched import BatchedBlueprint  # noqa: E402
from search.hanabi.policy.follower import Evidence, Supposed  # noqa: E402
from search.hanabi.rollouts.batched import BatchedRollouts  # noqa: E402
from search.hanabi.rollouts.requests import Position, Request  # noqa: E402
from search.hanabi.seat import FollowSeat  # noqa: E402
from search.hanabi.worlds import Worlds  # noqa: E402
from tests.search.hanabi.searching import Search, apply, belief, searchers, seen, start  # noqa: E402
from tests.search.hanabi.test_soundness import scrambled  # noqa: E402

GAME = HanabiGame(3, colours=3, ranks=3, hand_size=3, information_tokens=4, life_tokens=30)
POOR = HanabiGame(2, colours=2, ranks=3, hand_size=2, information_tokens=3, bomb="keep")
SEARCH = Search(belief=belief(particles=120, exact_limit=150), rollouts=60)


def recurrent(game: HanabiGame, every_turn: bool = True, scale: float = 2.5) -> Any:
    """Return a random LSTM whose moves depend on much of what it saw."""
    module = Recurrent(game, width=12, seed=3)
    module.every_turn = every_turn
    module.initial_state = lambda: torch.linspace(-1, 1, module.state_size)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(scale)
    return module.requires_grad_(False)


class Mind:
    """One seat of a recurrent policy, the slow and obvious way: it reads its own views one by one."""

    def __init__(self, game: HanabiGame, module: Any, seat: int) -> None:
        self.game, self.module, self.seat = game, module, seat
        self.state = module.initial_state()[None]

    def copy(self) -> Mind:
        twin = Mind(self.game, self.module, self.seat)
        twin.state = self.state.clone()
        return twin

    def read(self, state: HanabiState) -> np.ndarray[Any, Any]:
        """Read a turn if this is one to read; return the probabilities of the moves."""
        observation = torch.from_numpy(state.observation(self.seat, dtype=np.float32))[None]
        logits, after = self.module(observation, self.state)
        if self.module.every_turn or state.current_player == self.seat:
            self.state = after
        legal = state.legal_moves()
        chances = np.zeros(self.game.moves)
        chances[legal] = torch.softmax(logits[0, legal].double(), 0).numpy()
        return chances


def turn(state: HanabiState, minds: list[Mind]) -> np.ndarray[Any, Any]:
    return [mind.read(state) for mind in minds][state.current_player]


def game_of(module: Any, seed: int, plies: int) -> HanabiState:
    """Play with the naive minds, every third move another legal one."""
    state = HanabiState.from_seed(GAME, seed)
    minds = [Mind(GAME, module, seat) for seat in range(GAME.players)]
    while state.turn < plies and not state.is_terminal:
        move = int(turn(state, minds).argmax())
        state.apply(state.legal_moves()[-1] if state.turn % 3 == 2 else move)
    return state


@pytest.mark.parametrize("every_turn", [True, False])
def test_seats_of_a_recurrent_policy_play_as_minds_that_read_their_own_views(every_turn: bool) -> None:
    module = recurrent(GAME, every_turn)
    policy = blueprint_of(GAME, module, "m:R")
    state = HanabiState.from_seed(GAME, 5)
    seats, minds = [FollowSeat(policy) for _ in range(3)], [Mind(GAME, module, seat) for seat in range(3)]
    start(seats, state, 0, 0)
    moves = set()
    while not state.is_terminal:
        player = state.current_player
        expected = turn(state, minds)
        found = seats[player].explain(state.view(player))
        np.testing.assert_allclose(found.policy, expected[list(found.actions)], atol=1e-6)
        move = seats[player].act(state.view(player))
        moves.add(move)
        apply(state, seats, move)
    assert state.turn > 6 and len(moves) > 2


@pytest.mark.parametrize("every_turn", [True, False])
def test_every_hypothetical_hand_carries_the_states_that_it_implies(every_turn: bool) -> None:
    """The likelihood of the partners' moves and all memories, against minds that live through each hypothesis."""
    module = recurrent(GAME, every_turn)
    policy = blueprint_of(GAME, module, "m:R")
    state = game_of(module, 2, 8)
    observer = state.current_player
    seat = FollowSeat(policy)
    seen(seat, state, observer)
    generator, hands, decks = np.random.default_rng(0), [], []
    for _ in range(6):
        other = scrambled(state, observer, generator)
        hands.append(other.hand(observer))
        decks.append(other.deck)
    worlds = Supposed(
        np.array(hands, np.int32),
        np.repeat(policy.base.new_memories(GAME)[None], 6, axis=0),
        Evidence(np.zeros(6), np.zeros(6, np.int64)),
    )
    seat.follower.replay(worlds, 0, 3, 0.05, 1)
    seat.follower.replay(worlds, 3, state.turn, 0.05, 1)
    for world, deck in enumerate(decks):
        again, minds, logs = HanabiState(GAME, deck), [Mind(GAME, module, seat) for seat in range(3)], 0.0
        for move in state.history:
            chances = turn(again, minds)
            if again.current_player != observer:
                logs += np.log(0.95 * chances[move] + 0.05 / len(again.legal_moves()))
            again.apply(move)
        assert worlds.evidence is not None
        np.testing.assert_allclose(worlds.evidence.log_likelihood[world], logs, atol=1e-5)
        found = states_in(worlds.memories[world], module.state_size)
        np.testing.assert_allclose(found, torch.cat([mind.state for mind in minds]).numpy(), atol=1e-5)
    assert len({tuple(hand) for hand in hands}) > 1


@pytest.mark.parametrize("every_turn", [True, False])
def test_rollouts_branch_the_states_of_all_seats(every_turn: bool) -> None:
    """Each move and world against minds that play it on; at the end of the deck worlds are as the naive game is."""
    module = recurrent(GAME, every_turn)
    policy = blueprint_of(GAME, module, "m:R")
    state = HanabiState.from_seed(GAME, 11)
    minds = [Mind(GAME, module, seat) for seat in range(3)]
    legal_discard = 0
    while state.cards_left and not state.is_terminal:  # until nothing is unknown but the own hand
        turn(state, minds)
        state.apply(legal_discard if legal_discard in state.legal_moves() else state.legal_moves()[-1])
    seat = state.current_player
    rows = np.stack([rows_of(mind.state.numpy(), (module.state_size + 1) // 2)[0] for mind in minds])
    hand = np.zeros((1, GAME.cards_in_hand), np.int32)
    hand[0, : len(state.hand(seat))] = state.hand(seat)
    worlds = Worlds(hand, rows[None], np.zeros(4, np.int64))
    moves = np.array(state.legal_moves())
    position = Position(state.view(seat), seat, worlds, 7, np.zeros((1, 0)))
    (found,) = BatchedRollouts(GAME, policy, 1).roll_out([Request(position, moves, 1, 4)])
    for column, move in enumerate(moves):
        again, copies = state.copy(), [mind.copy() for mind in minds]
        turn(again, copies)
        again.apply(int(move))
        while not again.is_terminal:
            again.apply(int(turn(again, copies).argmax()))
        np.testing.assert_array_equal(found[:, column], again.score)
    assert len(moves) > 3


def test_scrambling_what_is_hidden_does_not_change_the_move_of_a_random_lstm() -> None:
    module, generator, changed = recurrent(GAME), np.random.default_rng(1), 0
    policy = blueprint_of(GAME, module, "m:R")
    for number, plies in enumerate((1, 5, 9)):
        state = game_of(module, number, plies)
        other = scrambled(state, state.current_player, generator)
        decisions = []
        for one in (state, other):
            seat = SEARCH.seat(GAME, policy)
            decisions.append(seat.decide(seen(seat, one, state.current_player)))
        assert decisions[0].action == decisions[1].action
        np.testing.assert_array_equal(decisions[0].q, decisions[1].q)
        changed += state.hand(state.current_player) != other.hand(state.current_player)
    assert changed >= 2


def test_scrambling_what_is_hidden_does_not_change_the_move_of_a_search_over_a_trained_network() -> None:
    network, agreement = fitted(small(), games=80, epochs=10, width=16)
    assert agreement > 0.4  # of about ten legal moves: it learnt something
    policy, generator, changed = blueprint_of(small(), network, "m:N"), np.random.default_rng(2), 0
    for number, plies in enumerate((1, 3, 6)):
        state = HanabiState.from_seed(small(), 3, number)
        while state.turn < plies and not state.is_terminal:
            state.apply(state.legal_moves()[-1] if state.information_tokens else 0)
        other = scrambled(state, state.current_player, generator)
        decisions = []
        for one in (state, other):
            seat = SEARCH.seat(small(), policy)
            decisions.append(seat.decide(seen(seat, one, state.current_player)))
        assert decisions[0].action == decisions[1].action
        np.testing.assert_array_equal(decisions[0].q, decisions[1].q)
        changed += state.hand(state.current_player) != other.hand(state.current_player)
    assert changed >= 2


def test_all_seats_search_a_game_over_a_random_lstm_and_do_not_play_worse() -> None:
    policy = blueprint_of(POOR, recurrent(POOR), "m:R")
    gains = []
    for number in range(3):
        state = HanabiState.from_seed(POOR, 0, number)
        seats = searchers(state, policy, SEARCH, 0, number)
        while not state.is_terminal:
            apply(state, seats, seats[state.current_player].act(state.view(state.current_player)))
        gains.append(state.score - blueprint_score(POOR, policy, 0, number))
    assert sum(gains) > 0


def test_states_are_kept_bit_for_bit() -> None:
    states = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    np.testing.assert_array_equal(states_in(rows_of(states, 4), 7), states)
    memories = state_keeper(states[0]).new_memories(GAME)
    np.testing.assert_array_equal(states_in(memories, 7), np.repeat(states[:1], 3, axis=0))


def moves_of(policy: BatchedBlueprint) -> list[int]:
    state = HanabiState.from_seed(small(), 1)
    seats = [FollowSeat(policy), FollowSeat(policy)]
    start(seats, state, 0, 0)
    while not state.is_terminal:
        apply(state, seats, seats[state.current_player].act(state.view(state.current_player)))
    return state.history


def test_weights_of_every_kind_of_file_are_the_same_policy(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    torch.manual_seed(4)
    network = Network(small(), width=16)
    files = {kind: tmp_path / f"net{kind}" for kind in (".pth", ".safetensors", ".pt")}
    torch.save(network.state_dict(), files[".pth"])
    save_file(network.state_dict(), files[".safetensors"])
    torch.jit.script(network.eval()).save(str(files[".pt"]))  # type: ignore[no-untyped-call]
    names = [f"examples/own_policy.py:Network(width=16, weights={files[kind]})" for kind in (".pth", ".safetensors")]
    policies = [own_policy(small(), name) for name in (*names, f"torchscript:{files['.pt']}")]
    assert moves_of(policies[0]) == moves_of(policies[1]) == moves_of(policies[2])
    assert moves_of(policies[0]) == moves_of(blueprint_of(small(), network, "m:N"))
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter)
    torch.save(network.state_dict(), files[".pth"])
    assert own_policy(small(), names[0]).digest != policies[0].digest
    with pytest.raises(ValueError, match=r"net\.pth cannot be loaded"):
        own_policy(small(), names[0].replace("width=16", "width=8"))


class _Program:
    def __reduce__(self) -> Any:
        return os.system, ("exit 1",)


def test_a_file_of_weights_is_not_run_as_a_program(tmp_path: Path) -> None:
    torch.save({"layers.0.weight": _Program()}, tmp_path / "bad.pth")
    with pytest.raises(ValueError, match=r"bad\.pth cannot be loaded"):
        own_policy(small(), f"examples/own_policy.py:Network(weights={tmp_path / 'bad.pth'})")


def test_the_inputs_of_obl_and_sad_are_theirs() -> None:
    """Sizes as published; the own hand empty; the partner's first card where ``EncodeHands`` puts it."""
    state = HanabiState.from_seed(standard(2), 0, 1)
    state.apply("hint +1 rank 1" if 1 in [card % 5 + 1 for card in state.hand(1)] else state.legal_moves()[-1])
    plain = state.observation(1, "v0")[None]
    obl, sad = (wider(standard(2), plain, kind) for kind in ("obl", "sad"))
    assert obl.shape == (1, 783) and sad.shape == (1, 838)
    assert not obl[0, :125].any()
    first = state.hand(0)[0]
    assert np.flatnonzero(obl[0, 125:150]).tolist() == [first]
    np.testing.assert_array_equal(sad[0, :783], obl[0])
    np.testing.assert_array_equal(sad[0, 783:], plain[0, 253:308])  # bits of the last move, docs/hanabi.md
    assert sad[0, 783:].sum() > 3
    seen: list[tuple[int, ...]] = []
    module = WithNoOp(small(), observation="sad")
    module.register_forward_pre_hook(lambda _, inputs: seen.append(tuple(inputs[0].shape)))
    moves_of(blueprint_of(small(), module, "m:N"))
    assert {shape[1] for shape in seen} == {20 + small().observation_size + 31}


def test_logits_are_masked_and_a_no_op_is_left_out() -> None:
    state = HanabiState.from_seed(small(), 3)
    policy = blueprint_of(small(), WithNoOp(small()), "m:N")
    views = state.view(0)[None]
    assert views[0, CURRENT_PLAYER] == 0
    logs = policy.policy.log_probabilities(views, policy.base.new_memories(small())[:1], np.zeros((1, 0)))
    legal = np.isfinite(logs[0])
    assert np.flatnonzero(legal).tolist() == state.legal_moves()
    logits = np.arange(small().moves, dtype=float)[legal]
    np.testing.assert_allclose(np.exp(logs[0, legal]), np.exp(logits) / np.exp(logits).sum())


class WithNoOp(torch.nn.Module):  # type: ignore[misc]
    def __init__(self, game: HanabiGame, **says: Any) -> None:
        super().__init__()
        self.moves = game.moves
        for name, value in says.items():
            setattr(self, name, value)

    def forward(self, observations: Any, states: Any = None) -> Any:
        return torch.arange(self.moves + 1.0).repeat(len(observations), 1)


@pytest.mark.parametrize(
    ("says", "message"),
    [
        ({"observation": "pixels"}, "reads an observation called 'pixels'"),
        ({"has_value": True}, "must answer logits and values"),
        ({"state_size": 4}, "must answer logits and states"),
        ({"moves": 3}, r"must answer logits \[1, "),
        ({"moves": "x"}, "fails on observations"),
    ],
)
def test_what_a_module_says_of_itself_must_be_true(says: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        moves_of(blueprint_of(small(), WithNoOp(small(), **says), "m:N"))
    assert "pixels" in str(error.value) or isinstance(error.value, UsageError)
