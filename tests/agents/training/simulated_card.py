"""Training beside CUDA kernels in numba's simulator (NUMBA_ENABLE_CUDASIM=1), a program of its own.

The same network plays the same slots beside both engines; moves, rewards and ends must be the same, values nearly so
(observations on the card are padded, which changes the order of sums).
"""

from __future__ import annotations

import warnings
from contextlib import nullcontext

import torch

from agents.blueprints.neural.torch_networks import make_network
from agents.training.options import TrainingOptions
from agents.training.vector.environment import CardEnvironment, Environment, HostEnvironment
from agents.training.vector.learner import VectorLearner
from agents.training.vector.rollouts import Rollout, collect, empty_rollout, greedy_scores
from games.hanabi.game import small, standard


def rollout_of(environment: Environment) -> Rollout:
    network = make_network(environment.game, "feed-forward", (16,), "v0", 0.0, seed=2)
    torch.nn.init.normal_(network.heads.policy.weight, generator=torch.Generator().manual_seed(1))
    rollout = empty_rollout(environment, 6)
    collect(environment, network, rollout, torch.tensor(0.5), torch.Generator().manual_seed(3), nullcontext())
    return rollout


def compare() -> None:
    game = standard(3)
    card = CardEnvironment(game, 3, 5, "v0", encoding="float32")
    host = HostEnvironment(game, 3, 5, "v0", workers=1)
    ours, theirs = rollout_of(card), rollout_of(host)
    card.check()
    for name in ("legal", "moves", "rewards", "done", "cards", "scores"):
        assert torch.equal(getattr(ours, name), getattr(theirs, name)), name
    torch.testing.assert_close(ours.values, theirs.values)
    size = game.observation_size
    assert torch.equal(ours.observations[..., :size], theirs.observations) and not ours.observations[..., size:].any()
    half = CardEnvironment(game, 3, 5, "v0")
    half.restore(host.arrays())
    assert half.observations.dtype == torch.bfloat16
    assert torch.equal(half.observations[:, :size], host.observations.bfloat16())
    assert all((kept == host.arrays()[name]).all() for name, kept in half.arrays().items())


def train() -> None:
    game = small(2)
    options = TrainingOptions(
        network="feed-forward", base="none", inputs="canonical", hidden=(16,), games=2, minibatch=8, clone_games=0
    )

    def environment(slots: int, seed: int, auto_reset: bool) -> Environment:
        return CardEnvironment(game, slots, seed, "canonical", auto_reset=auto_reset, encoding="float32")

    learner = VectorLearner(game, options, environment, turns=8)
    before = [parameter.clone() for parameter in learner.network.parameters()]
    found = learner.iterate()
    changed = any(not torch.equal(p, q) for p, q in zip(before, learner.network.parameters(), strict=True))
    assert changed and found["steps"] == 16 and not learner.recorded
    scores = learner.play_greedily(3, 1, 2)
    host = HostEnvironment(game, 2, 3, "canonical", auto_reset=False, workers=1)
    assert greedy_scores(host, learner.average, 1, nullcontext()).tolist() == scores.tolist()


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)
    torch.set_num_threads(1)
    compare()
    train()
    print("all the same")
