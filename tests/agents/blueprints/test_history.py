"""Earlier moves in the memory of a network: against games played again, and nothing that a seat does not see."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from agents.blueprints.neural import weights as files
from agents.blueprints.neural.batched import batched_blueprint
from agents.blueprints.neural.blueprint import neural_blueprint
from agents.blueprints.neural.features import feature_count, most_features
from agents.blueprints.neural.history import MOST, write_history
from agents.blueprints.neural.network import HISTORY
from agents.blueprints.neural.torch_networks import flat_parameters, load_flat, make_network
from agents.training.options import MOST_HISTORY
from games.hanabi.game import HanabiGame, seven_card, small, standard
from games.hanabi.state import HanabiState
from tests.agents.blueprints.naive_history import names_of_a_move, numbers_of_earlier_moves
from tests.agents.blueprints.networks import network, untrained
from tests.search.hanabi.searching import Search, apply, belief, searchers

GAMES = {
    "2 players": standard(2),
    "4 players": standard(4),
    "small": small(3),
    "seven cards": seven_card(),
    "63 types": HanabiGame(2, colours=9, ranks=7, hand_size=8),
}


def read(game: HanabiGame, view: np.ndarray, row: np.ndarray, history: int) -> list[int]:
    """Return the features that a network reads from a row of its memory."""
    on, first, at = np.zeros(most_features(game, history), np.int32), feature_count(game), len(row) - 1 - history
    return on[: write_history(game.rules, view, row, at, history, first, on, 0)].tolist()


@pytest.mark.parametrize("history", [1, 5])
@pytest.mark.parametrize("name", GAMES)
def test_earlier_moves_are_those_of_the_game_and_what_a_seat_sees_is_enough(name: str, history: int) -> None:
    game = GAMES[name]
    policy = neural_blueprint(network(game, "none", 0.0, units=16, history=history))
    generator = np.random.default_rng(9)
    shown = 0
    for number in range(2):
        state = HanabiState.from_seed(game, 31, number)
        memories = policy.new_memories(game)
        blind = [policy.new_memories(game) for _ in range(game.players)]
        while not state.is_terminal:
            player = state.current_player
            expected = numbers_of_earlier_moves(state, player, history, feature_count(game))
            assert read(game, state.view(player), memories[player], history) == expected
            assert read(game, state.view(player), blind[player][player], history) == expected
            shown += len(expected)
            before = state.copy()
            state.apply(int(generator.choice(state.legal_moves())))
            policy.observe(game.rules, before.array, state.array, memories)
            for seat in range(game.players):
                policy.observe(game.rules, before.view(seat), state.view(seat), blind[seat])
    assert shown > 10


def test_a_search_over_it_and_its_belief_know_the_earlier_moves() -> None:
    game = small(2)
    state = HanabiState.from_seed(game, 3, 1)
    search = Search(belief(particles=40, exact_limit=10), rollouts=20)
    seats = searchers(state, untrained("smart", advice=2.0, history=3), search, 0, 0)
    decided = 0
    for _ in range(6):
        if state.is_terminal:
            break
        player = state.current_player
        seat, view = seats[player], state.view(player)
        expected = numbers_of_earlier_moves(state, player, 3, feature_count(game))
        assert seat.act(view) in state.legal_moves()
        assert read(game, view, seat.follower.memory, 3) == expected
        assert len(seat.belief.memories) > 1
        for row in seat.belief.memories.reshape(-1, seat.belief.memories.shape[2]):
            assert read(game, view, row, 3) == expected
        decided += len(expected) > 0
        plays = range(game.cards_in_hand, 2 * game.cards_in_hand)
        apply(state, seats, max(set(state.legal_moves()) - set(plays)))  # hints, then discards: no life is lost
    assert decided >= 2


def test_a_move_has_as_many_features_as_rows_of_the_first_layer() -> None:
    for game in GAMES.values():
        assert feature_count(game, 3) - feature_count(game) == 3 * len(names_of_a_move(game))
        assert most_features(game, 3) >= most_features(game) + 6 - 15
    assert most_features(standard(2), 0) == most_features(standard(2))
    assert MOST == MOST_HISTORY


def test_a_file_says_how_much_history_it_reads(tmp_path: Path) -> None:
    game, path = small(2), tmp_path / "mine.safetensors"
    files.save(path, network(game, "smart", 1.0, history=3))
    found = files.load(path)
    assert found.history == 3
    assert found.parameters.tobytes() == network(game, "smart", 1.0, history=3).parameters.tobytes()
    assert "3 moves before the last one" in path.with_suffix(".md").read_text(encoding="utf-8")
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])

    def write(history: str | None) -> None:
        metadata = header["__metadata__"] | {"history": history}
        kept = {key: value for key, value in metadata.items() if value is not None}
        text = json.dumps(header | {"__metadata__": kept}).encode()
        path.write_bytes(len(text).to_bytes(8, "little") + text + content[8 + length :])

    for history, message in (
        (None, "a network for this game reads"),
        ("2", "a network for this game with 2 earlier moves reads"),
        ("33", "a network reads 0 to 32 earlier moves, not 33"),
        ("-1", "a network reads 0 to 32 earlier moves, not -1"),
        ('"x"', "is damaged or of another version"),
    ):
        write(history)
        with pytest.raises(ValueError, match=message):
            files.load(path)
    files.save(path, network(game, "smart", 1.0))
    assert "history" not in json.loads(path.read_bytes()[8:].split(b"}}")[0] + b"}}")["__metadata__"]
    assert files.load(path).history == 0


def test_torch_computes_with_the_same_parameters_but_does_not_play(tmp_path: Path) -> None:
    game = small(2)
    made = network(game, "smart", 1.0, history=2)
    twin = make_network(game, "feed-forward", made.shape[1:3], "features", 0.0, seed=1, history=2)
    load_flat(twin, made.parameters)
    flat = flat_parameters(twin)
    assert flat[HISTORY] == 2
    assert dataclasses.replace(made, parameters=flat).parameters.tobytes() == made.parameters.tobytes()
    with pytest.raises(ValueError, match="cannot read earlier moves"):
        batched_blueprint(twin, "smart")
