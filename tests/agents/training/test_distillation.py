"""Distillation: the large network's games are self-play's, its probabilities are learned, and runs go on exactly."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from agents.blueprints.neural.features import feature_count
from agents.blueprints.neural.torch_networks import PolicyNetwork, make_network
from agents.blueprints.neural.weights import Network, save
from agents.blueprints.registry import blueprint
from agents.train_blueprint import main
from agents.training.distillation import LargePlayer, large_network
from agents.training.learner import CompiledLearner
from agents.training.options import TrainingOptions
from games.hanabi.game import HanabiGame, small
from tests.agents.blueprints.networks import network as compiled_network

GAME = HanabiGame(players=2, colours=2, ranks=3, hand_size=2, information_tokens=3, life_tokens=2)


def options_of(base: str = "smart", **settings: object) -> TrainingOptions:
    return TrainingOptions(base=base, hidden=(32, 32), minibatch=256, **settings)  # type: ignore[arg-type]


def random_network(kind: str, inputs: str) -> PolicyNetwork:
    """Return a random network whose moves differ much from position to position."""
    network = make_network(GAME, kind, (32, 16), inputs, 0.0, seed=3)
    with torch.no_grad():
        network.heads.policy.weight.mul_(100.0)
    return network.requires_grad_(False)


def write(path: Path, network: PolicyNetwork, kind: str, inputs: str, base: str) -> Path:
    """Write the file of a torch network as training does."""
    training = {"network": kind, "base": base, "hidden": [32, 16], "options": {"inputs": inputs}}
    texts = {"configuration": json.dumps(asdict(GAME)), "training": json.dumps(training)}
    save_file(dict(network.state_dict()), path, texts)
    return path


@pytest.mark.parametrize(("base", "history", "small_s"), [("smart", 3, 3), ("smart", 2, 1), ("none", 0, 0)])
def test_the_games_of_a_network_are_its_self_play(base: str, history: int, small_s: int, tmp_path: Path) -> None:
    options = options_of(base, games=40, clone_games=0, trace=1.0, history=history)
    learner = CompiledLearner(GAME, options, 1)
    save(tmp_path / "l.safetensors", compiled_network(GAME, base, 0.5, history=history))
    learner.start_from(compiled_network(GAME, base, 0.5, history=history))
    own = learner.play()
    options = replace(options, history=small_s)
    network = large_network(tmp_path / "l.safetensors", GAME, options, 1)
    large = LargePlayer(GAME, options, network, blueprint("smart"), 1)
    samples, probabilities = large.play(learner.seed, 0)
    np.testing.assert_array_equal(samples.lengths, own.lengths)
    np.testing.assert_array_equal(samples.scores, own.scores)
    rows = own.rows()
    np.testing.assert_array_equal(rows, samples.rows())
    known = own.features < feature_count(GAME, small_s)
    own.counts[rows] = [known[row, : own.counts[row]].sum() for row in rows]  # what the small one reads of it
    for name in ("counts", "advice", "legal", "moves"):
        np.testing.assert_array_equal(getattr(samples, name)[rows], getattr(own, name)[rows], err_msg=name)
    for row in rows:
        used = slice(0, own.counts[row])
        np.testing.assert_array_equal(samples.features[row, used], own.features[row, used])
    np.testing.assert_allclose(samples.returns[rows], own.returns[rows], atol=1e-5)
    logits = np.where(own.legal[rows], own.logits[rows], -np.inf)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(probabilities[rows], powers / powers.sum(axis=1, keepdims=True), atol=1e-4)
    assert len(np.unique(own.moves[rows])) > 5


@pytest.mark.parametrize(("kind", "inputs"), [("feed-forward", "canonical"), ("public-recurrent", "v0")])
def test_a_small_network_learns_the_probabilities_of_a_large_one(kind: str, inputs: str, tmp_path: Path) -> None:
    path = write(tmp_path / "large.safetensors", random_network(kind, inputs), kind, inputs, "none")
    options = options_of(games=64, clone_games=10**6, advice=0.0, learning_rate=4e-3, learning_rate_end=4e-3)
    learner = CompiledLearner(GAME, options, 1)
    large = LargePlayer(GAME, options, large_network(path, GAME, options, 1), blueprint("smart"), 1)
    learner.learn_from(large)
    samples, probabilities = large.play(1, 0)
    target = probabilities[samples.rows()]
    least = -(target * np.log(np.maximum(target, 1e-30))).sum(axis=1).mean()
    losses = [learner.iterate()["policy_loss"] - least for _ in range(24)]
    assert min(losses) > -0.2  # the entropy of other games differs a little
    assert np.mean(losses[-6:]) < 0.6 * np.mean(losses[:3])


def test_a_run_goes_on_exactly(tmp_path: Path) -> None:
    path = write(tmp_path / "l.safetensors", random_network("feed-forward", "v0"), "feed-forward", "v0", "none")

    def learner() -> CompiledLearner:
        options = options_of(games=16, clone_games=48)
        found = CompiledLearner(GAME, options, 1)
        found.learn_from(LargePlayer(GAME, options, large_network(path, GAME, options, 1), blueprint("smart"), 1))
        return found

    one, two, third = learner(), learner(), learner()
    for _ in range(4):  # the last one is self-play
        one.iterate()
    two.iterate()
    third.restore({name: array.copy() for name, array in two.arrays().items()})
    for _ in range(3):
        third.iterate()
    for name, array in one.arrays().items():
        np.testing.assert_array_equal(array, third.arrays()[name], err_msg=name)


def test_what_cannot_be_learned_from_is_refused(tmp_path: Path) -> None:
    options = options_of()
    dense = write(tmp_path / "d.safetensors", random_network("feed-forward", "v0"), "feed-forward", "v0", "smart")
    with pytest.raises(ValueError, match=r"reads the features of base smart, and .* those of information"):
        large_network(dense, GAME, options_of("information", teacher="information"), None)
    with pytest.raises(ValueError, match="there is no file"):
        large_network(tmp_path / "none.safetensors", GAME, options, None)
    with pytest.raises(ValueError, match="plays Hanabi with"):
        large_network(dense, small(2), options, None)
    compiled = tmp_path / "c.safetensors"
    save(compiled, Network(GAME, "none", compiled_network(GAME, "none", 0.0).parameters))
    with pytest.raises(ValueError, match=r"reads the features of base none, and .* those of smart"):
        large_network(compiled, GAME, options, None)
    with pytest.raises(ValueError, match="plays Hanabi with"):
        large_network(compiled, small(2), options_of("none"), None)
    assert large_network(compiled, GAME, options_of("none"), None).inputs == "features"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--distil", "{}/none.safetensors"], "there is no file"),
        (["--distil", "x", "--network", "feed-forward"], "--distil needs --network compiled"),
        (["--distil", "x", "--clone", "0"], "--distil needs games to --clone, and no --start"),
        (["--distil", "x", "--start", "y"], "--distil needs games to --clone, and no --start"),
    ],
)
def test_bad_options_end_with_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    given = [argument.format(tmp_path) for argument in arguments]
    assert main(["--checkpoint", str(tmp_path / "run"), *given]) == 2
    assert sentence in " ".join(capfd.readouterr().err.split())
    assert not (tmp_path / "run").exists()
