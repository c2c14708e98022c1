"""Batches of games beside the single-game object, and threads beside one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.blueprints.random_legal import RANDOM
from games.hanabi import HanabiGame, standard
from games.hanabi.batch import HanabiBatch, play_randomly
from games.hanabi.self_play import self_play
from games.hanabi.state import HanabiState


def random_legal_moves(batch: HanabiBatch, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return one uniformly random legal move for each slot (0 where there is none)."""
    return np.asarray((batch.legal * generator.random(batch.legal.shape)).argmax(axis=1))


@pytest.mark.parametrize("game", [standard(2), HanabiGame(3, colours=2, life_tokens=5)], ids=str)
@pytest.mark.parametrize("version", ["canonical", "v0"])
def test_a_batch_plays_the_games_of_its_seed(game: HanabiGame, version: str) -> None:
    size, seed = 7, 3
    batch = HanabiBatch(game, size, seed, version=version, workers=2)  # type: ignore[arg-type]
    singles = [HanabiState.from_seed(game, seed, i) for i in range(size)]
    numbers = list(range(size))
    generator = np.random.default_rng(0)
    ended = 0
    for _ in range(120):
        moves = random_legal_moves(batch, generator)
        rewards = batch.step(moves)
        for i, state in enumerate(singles):
            assert rewards[i] == state.apply(int(moves[i]))
            assert batch.done[i] == state.is_terminal
            if state.is_terminal:
                ended += 1
                assert batch.scores[i] == state.score
                numbers[i] += size
                singles[i] = state = HanabiState.from_seed(game, seed, numbers[i])
            assert (batch.states[i] == state.array).all()
            assert np.flatnonzero(batch.legal[i]).tolist() == state.legal_moves()
            assert batch.current_player[i] == state.current_player
            seen = state.observation(state.current_player, version)  # type: ignore[arg-type]
            assert (batch.observations[i] == seen).all()
    assert batch.numbers.tolist() == numbers and ended > 5


def test_without_auto_reset_finished_games_wait() -> None:
    batch = HanabiBatch(standard(2), 5, 1, auto_reset=False)
    generator = np.random.default_rng(1)
    while batch.legal.any():
        running = batch.legal.any(axis=1)
        batch.step(random_legal_moves(batch, generator))
        assert not batch.done[~running].any() and not batch.rewards[~running].any()
    assert (batch.scores == 0).all()
    last = batch.states.copy()
    batch.step(np.zeros(5, dtype=np.int64))
    assert (batch.states == last).all()
    batch.reset()
    assert batch.legal.any(axis=1).all() and (batch.states[0] == HanabiState.from_seed(standard(2), 1, 0).array).all()


def test_all_seats_are_observed_on_request() -> None:
    game = standard(4)
    batch = HanabiBatch(game, 3, 2, seats="all", dtype=np.float32)
    assert batch.observations.shape == (3, 4, game.observation_size) and batch.observations.dtype == np.float32
    state = HanabiState.from_seed(game, 2, 1)
    for player in range(4):
        assert (batch.observations[1, player] == state.observation(player)).all()


def test_results_do_not_depend_on_threads() -> None:
    game = standard(3)
    one, many = (play_randomly(game, 101, 5, 7, workers=workers) for workers in (1, 3))
    assert (one.scores == many.scores).all() and (one.turns == many.turns).all()
    batches = [HanabiBatch(game, 23, 5, workers=workers) for workers in (1, 3)]
    for _ in range(40):
        moves = random_legal_moves(batches[0], np.random.default_rng(2))
        for batch in batches:
            batch.step(moves)
        assert (batches[0].states == batches[1].states).all()
        assert (batches[0].observations == batches[1].observations).all()


@pytest.mark.parametrize("players", [2, 5])
def test_random_games_are_those_of_the_random_blueprint(players: int) -> None:
    game = standard(players, bomb="keep")
    played = self_play(game, RANDOM, 50, seed=4, first_game=10)
    for observe in (False, True):
        fast = play_randomly(game, 50, seed=4, first_game=10, observe=observe)
        assert fast.scores.tolist() == played.scores.tolist() and fast.turns.tolist() == played.turns.tolist()


def test_bad_batches_and_moves_are_refused() -> None:
    game = standard(2)
    with pytest.raises(ValueError, match="size of a batch must be at least 1, not 0"):
        HanabiBatch(game, 0)
    with pytest.raises(ValueError, match="'current' or 'all'"):
        HanabiBatch(game, 1, seats="some")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'canonical' or 'v0'"):
        HanabiBatch(game, 1, version="v1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="floating-point, not uint8"):
        HanabiBatch(game, 1, version="v0", dtype=np.uint8)
    batch = HanabiBatch(game, 2)
    before = batch.states.copy()
    with pytest.raises(ValueError, match=r"shape \(2,\), not \(3,\)"):
        batch.step([5, 5, 5])
    with pytest.raises(ValueError, match="must be integers"):
        batch.step([5.0, 5.0])
    with pytest.raises(ValueError, match="move 0 is not legal in slot 1"):
        batch.step([5, 0])
    with pytest.raises(ValueError, match="move 20 is not legal in slot 0"):
        batch.step([20, 5])
    assert (batch.states == before).all()
