"""The vector learner on the CPU: rollouts beside whole games, sampling, renaming, resuming, learning."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from agents.blueprints.neural.graphs import Recorded
from agents.blueprints.neural.network import REWARD_SCALE
from agents.blueprints.neural.torch_networks import make_network
from agents.training.options import TrainingOptions
from agents.training.self_play import estimate_advantages
from agents.training.torch_learner import TorchLearner
from agents.training.vector.environment import Environment, HostEnvironment, own_cards
from agents.training.vector.learner import VectorLearner
from agents.training.vector.renaming import Decisions, Renamer
from agents.training.vector.rollouts import advantages_of, batch_of, collect, drawn_moves, empty_rollout
from benchmarks import hanabi_gpu
from games.hanabi.game import HanabiGame, small, standard
from games.hanabi.state import HanabiState

ROOT = Path(__file__).resolve().parents[3]
OPTIONS = TrainingOptions(
    network="feed-forward",
    base="none",
    inputs="v0",
    hidden=(32, 32),
    games=16,
    minibatch=128,
    clone_games=0,
    kl_magnet=0.0,
)


pytestmark = pytest.mark.usefixtures("one_torch_thread")


def learner_of(game: HanabiGame, turns: int = 8, **changes: object) -> VectorLearner:
    options = replace(OPTIONS, **changes)  # type: ignore[arg-type]

    def environment(slots: int, seed: int, auto_reset: bool) -> Environment:
        return HostEnvironment(game, slots, seed, "v0", auto_reset=auto_reset, workers=1)

    return VectorLearner(game, options, environment, workers=1, turns=turns)


@pytest.mark.parametrize("players", [2, 3, 5])
@pytest.mark.parametrize("penalty", [1.0, 0.25])
def test_advantages_are_those_of_whole_games(players: int, penalty: float) -> None:
    game = HanabiGame(players, colours=2, ranks=2, hand_size=1, life_tokens=2)
    environment = HostEnvironment(game, 9, 4, "v0", workers=1)
    network, rollout = make_network(game, "feed-forward", (16,), "v0", 0.0, seed=1), empty_rollout(environment, 40)
    torch.nn.init.normal_(network.heads.value.weight, generator=torch.Generator().manual_seed(1))
    collect(environment, network, rollout, torch.tensor(penalty), torch.Generator().manual_seed(2), nullcontext())
    advantages, returns = advantages_of(rollout, players, gamma=0.9, trace=0.8)
    games = bombs = 0
    for slot in range(9):
        start = 0
        for end in np.flatnonzero(rollout.done[:40, slot].numpy()).tolist():
            length = end + 1 - start
            rewards = rollout.rewards[start : end + 1, slot].double().numpy()
            wanted, back = np.zeros(length), np.zeros(length)
            values = rollout.values[start : end + 1, slot].double().numpy()
            estimate_advantages(rewards, values, length, players, 0.9, 0.8, wanted, back)
            np.testing.assert_allclose(advantages[start : end + 1, slot], wanted, atol=1e-5)
            np.testing.assert_allclose(returns[start : end + 1, slot], back, atol=1e-5)
            lost = rewards[-1] < 0
            points = round((rewards[:-1] if lost else rewards).sum() / REWARD_SCALE)
            assert not lost or rewards[-1] == pytest.approx(-penalty * points * REWARD_SCALE)
            games, bombs, start = games + 1, bombs + lost, end + 1
    assert games > 10 and bombs > 3
    assert rollout.scores[1] == rollout.done.sum()


def test_lambda_may_change_as_training_goes_on() -> None:
    def returns(**changes: float) -> np.ndarray:
        learner = learner_of(small(2), horizon=1e6, **changes)
        torch.nn.init.normal_(learner.network.heads.value.weight, generator=torch.Generator().manual_seed(1))
        learner.steps = 500_000
        learner.iterate()
        return learner._returns.numpy()

    halfway = returns(trace=0.2, trace_end=0.8)
    np.testing.assert_allclose(halfway, returns(trace=0.5), atol=1e-6)
    assert np.abs(halfway - returns(trace=0.2)).max() > 0.01


def test_a_rollout_sees_what_single_games_see() -> None:
    game = standard(3)
    environment = HostEnvironment(game, 2, 6, "v0", workers=1)
    network, rollout = make_network(game, "feed-forward", (16,), "v0", 0.0, seed=1), empty_rollout(environment, 5)
    collect(environment, network, rollout, torch.tensor(1.0), torch.Generator().manual_seed(2), nullcontext())
    for slot in range(2):
        state = HanabiState.from_seed(game, 6, slot)
        for turn in range(8):
            player = state.current_player
            assert rollout.cards[turn, slot].tolist() == state.hand(player)
            assert (rollout.observations[turn, slot].numpy() == state.observation(player, "v0")).all()
            assert np.flatnonzero(rollout.legal[turn, slot]).tolist() == state.legal_moves()
            state.apply(int(rollout.moves[turn, slot]))


def test_who_is_to_move_has_a_full_hand_up_to_the_end() -> None:
    game = HanabiGame(2, colours=2, ranks=2, hand_size=3, life_tokens=9)
    environment = HostEnvironment(game, 1, 0, "v0", workers=1)
    state = HanabiState.from_seed(game, 0)
    while not state.is_terminal:
        assert own_cards(environment)[0].tolist() == state.hand(state.current_player)
        move = state.legal_moves()[0]
        environment.moves[0] = move
        environment.step()
        state.apply(move)
    assert state.cards_left == 0


def test_moves_are_drawn_from_the_softmax_and_are_legal() -> None:
    logits = torch.tensor([0.0, -torch.inf, 2.0, 1.0, -torch.inf, -30.0])
    drawn = drawn_moves(logits.expand(40_000, -1), torch.Generator().manual_seed(1))
    shares = torch.bincount(drawn, minlength=6) / 40_000
    chances = logits.softmax(0)
    assert ((shares - chances).abs() <= 4.0 * (chances * (1.0 - chances) / 40_000).sqrt()).all()


def test_renaming_keeps_moves_legal_and_is_undone_by_the_inverse() -> None:
    game = standard(2)
    learner = learner_of(game)
    learner.iterate()
    renamer = Renamer(game, game.observation_size + 14, torch.device("cpu"))
    rollout = learner.rollout
    observations = torch.nn.functional.pad(rollout.observations[5], (0, 14))
    decisions = Decisions(observations, rollout.legal[5], rollout.moves[5], rollout.cards[5])
    choice = torch.arange(16) * 7
    renamed = renamer.renamed(decisions, choice)
    assert renamed.legal.gather(1, renamed.moves[:, None]).all()
    assert not torch.equal(renamed.observations, observations) and torch.equal(renamed.cards % 5, decisions.cards % 5)
    moves = renamer._moves
    inverse = torch.stack(
        [(moves.gather(1, moves[c].expand_as(moves)) == torch.arange(20)).all(1).nonzero()[0, 0] for c in choice]
    )
    for part, again in zip(decisions, renamer.renamed(renamed, inverse), strict=True):
        assert torch.equal(part, again)


def test_a_padded_observation_is_read_as_the_observation() -> None:
    game = small(2)
    network = make_network(game, "feed-forward", (32, 16), "canonical", 0.0, seed=1)
    generator = torch.Generator().manual_seed(0)
    seen = torch.randint(0, 2, (5, game.observation_size), generator=generator).float()
    legal = torch.ones((5, game.moves), dtype=torch.bool)
    plain = network(batch_of(seen, legal), seen[:, :0])
    padded = network(batch_of(torch.nn.functional.pad(seen, (0, 7)), legal), seen[:, :0])
    torch.testing.assert_close(padded.logits, plain.logits)


def test_greedy_games_are_those_of_the_torch_learner() -> None:
    game = standard(2)
    learner = learner_of(game)
    torch.nn.init.normal_(learner.average.heads.policy.weight, generator=torch.Generator().manual_seed(1))
    other = TorchLearner(game, OPTIONS, "cpu", 1)
    other.average.load_state_dict(learner.average.state_dict())
    assert learner.play_greedily(9, 3, 20).tolist() == other.play_greedily(9, 3, 20).tolist()
    assert learner.play_greedily(9, 0, 20).tolist() == other.play_greedily(9, 0, 20).tolist()


@pytest.mark.parametrize("clone_games", [0, 16])
def test_a_run_that_goes_on_makes_the_same_bits(clone_games: int) -> None:
    game = standard(2)
    changes = {"clone_games": clone_games, "kl_magnet": 0.1, "kl_magnet_end": 0.1}
    first = learner_of(game, **changes)
    for _ in range(4):
        saved = {name: array.copy() for name, array in first.arrays().items()}
        second = learner_of(game, **changes)
        second.restore(saved)
        once, again = first.iterate(), second.iterate()
        assert all(once[name] == again[name] for name in once if not name.startswith("seconds"))
        for name, array in first.arrays().items():
            assert (array == second.arrays()[name]).all(), name
    assert first.iteration == 4 and first.cloning is False and once["kl_magnet"] > 0.0


def test_a_state_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="the saved run has no"):
        learner_of(standard(2)).restore(learner_of(standard(2), hidden=(16, 16)).arrays())


def test_it_learns_to_score() -> None:
    game = HanabiGame(2, colours=1, ranks=3, hand_size=2, bomb="keep")
    learner = learner_of(
        game, turns=16, games=64, minibatch=256, learning_rate=3e-3, learning_rate_end=3e-3, entropy=0.0
    )
    before = learner.play_greedily(1, 0, 200).mean()
    scores = [learner.iterate()["score"] for _ in range(20)]
    assert scores[-1] > scores[0] + 0.5
    assert learner.play_greedily(1, 0, 200).mean() > before + 0.2


def test_what_cannot_be_recorded_runs_as_it_is() -> None:
    calls: list[int] = []
    plain = Recorded(lambda: calls.append(1), torch.device("cpu"))
    plain()
    assert calls == [1] and not plain.recorded
    plain._left = 0  # as on a card after the calls that warm up
    with pytest.warns(UserWarning, match="no CUDA graph"):
        plain()
    plain()
    assert calls == [1, 1, 1] and not plain.recorded


def test_kernels_of_the_card_train_as_the_cpu_does() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "tests.agents.training.simulated_card"],
        cwd=ROOT,
        env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == "all the same\n", found.stderr


def test_the_benchmark_writes_its_figures(tmp_path: Path) -> None:
    document, figures = tmp_path / "gpu.md", tmp_path / "figures.json"
    document.write_text("before\n<!-- hanabi_gpu -->\nnothing\n<!-- /hanabi_gpu -->\nafter\n")
    hanabi_gpu.run(
        hanabi_gpu.Options(
            device="cpu",
            players=(2,),
            slots=(8,),
            hidden=(16,),
            epochs=(1,),
            minibatch=512,
            decisions=(2,),
            rollouts=40,
            rounds=1,
            output=figures,
            update=(document,),
        )
    )
    found = json.loads(figures.read_text())
    assert len(found["environment"]) == 2 and len(found["trainer"]) == 1
    row = found["trainer"][0]
    assert 0 < row["rate"] < row["play"] and row["operations"] == 4 * 2 * 16 * (658 + 20 + 1 + 125)
    assert found["environment"][0]["bytes"] == 2 * 4 * 101 + 8 + 4 + 1 + 4 * 658 + 20
    (row,) = found["search"]
    assert row["rate"] > 0 and 30 < row["plies"] < 90
    assert 0 <= 40 * row["plies"] - row["operations"] / (2 * 16 * (658 + 20 + 1 + 125)) < 20 * row["plies"]
    row = found["trainer"][0]
    text = document.read_text()
    assert text.startswith("before\n") and "nothing" not in text and f"| {row['rate']:,.0f} |" in text
