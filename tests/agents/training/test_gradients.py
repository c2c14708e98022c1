"""The compiled loss and its gradient against torch's automatic differentiation in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from agents.blueprints.neural.features import feature_count
from agents.blueprints.neural.network import HEADER, views
from agents.training.gradients import IMITATION, METRICS, PPO, Loss, accumulate
from agents.training.learner import CompiledLearner
from agents.training.options import TrainingOptions
from agents.training.samples import Samples
from games.hanabi.game import HanabiGame

GAME = HanabiGame(players=2)
POLICY = Loss(PPO, 0.2, 0.03, 0.5, 0.7, 0.02, 0.5)
CLONE = Loss(IMITATION, 0.2, 0.0, 0.0, 0.0, 0.02, 0.5)


def _disturb(learner: CompiledLearner, size: float, seed: int) -> None:
    """Add noise to all parameters that are used."""
    generator = np.random.default_rng(seed)
    for name, part in views(learner.parameters).items():
        used = part[:1] if name == "value_bias" else part[..., : GAME.moves] if "policy" in name else part
        used = part[:, : GAME.moves] if name == "advice" else used
        used += size * generator.normal(size=used.shape).astype(np.float32)


def _forward(
    parts: dict[str, torch.Tensor], samples: Samples, rows: Any
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return log-policies, values and legal moves of the samples, from the definition."""
    on = torch.zeros(len(rows), len(parts["first"]), dtype=torch.float64)
    for i, row in enumerate(rows):
        on[i, samples.features[row, : samples.counts[row]].astype(np.int64)] = 1.0
    hidden = torch.relu(on @ parts["first"] + parts["first_bias"])
    hidden = torch.relu(hidden @ parts["second"] + parts["second_bias"])
    logits = hidden @ parts["policy"] + parts["policy_bias"]
    advice = torch.tensor(samples.advice[rows]).long()
    if int(advice.min()) >= 0:
        logits = logits + parts["advice"][advice]
    legal = torch.tensor(samples.legal[rows, : GAME.moves])
    logits = logits[:, : GAME.moves].masked_fill(~legal, -1e30)
    return torch.log_softmax(logits, -1), hidden @ parts["value"] + parts["value_bias"][0], legal


def _loss(
    parts: dict[str, torch.Tensor], samples: Samples, rows: Any, loss: Loss, weights: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Return the parts of the loss, each a mean over the samples, which count ``weights`` times."""
    log_policy, values, legal = _forward(parts, samples, rows)
    teacher = torch.nn.functional.one_hot(torch.tensor(samples.teacher[rows]).long(), GAME.moves)
    magnet = loss.softening / legal.sum(1, keepdim=True) + (1.0 - loss.softening) * teacher
    played = torch.tensor(samples.logits[rows, : GAME.moves].astype(np.float64)).masked_fill(~legal, -1e30)
    old = torch.log_softmax(played, -1).masked_fill(~legal, 0.0)
    policy, log_policy = log_policy.exp(), log_policy.masked_fill(~legal, 0.0)
    errors = values - torch.tensor(samples.returns[rows].astype(np.float64))
    found = {"value_loss": (weights * errors**2).mean()}
    found["entropy"] = -(weights * (policy * log_policy).sum(1)).mean()
    found["kl_previous"] = (weights * (policy * (log_policy - old)).sum(1)).mean()
    found["kl_magnet"] = (weights * (policy * (log_policy - magnet.log())).masked_fill(~legal, 0.0).sum(1)).mean()
    if loss.kind == IMITATION:
        found["policy_loss"] = -(weights * (magnet.masked_fill(~legal, 0.0) * log_policy).sum(1)).mean()
        found["total"] = found["policy_loss"] + loss.value * found["value_loss"]
        return found
    action = torch.tensor(samples.moves[rows]).long()[:, None]
    advantage = torch.tensor(samples.advantages[rows].astype(np.float64))
    ratio = (log_policy.gather(1, action) - old.gather(1, action)).exp()[:, 0]
    limited = ratio.clamp(1.0 - loss.clip, 1.0 + loss.clip)
    found["policy_loss"] = -(weights * torch.minimum(ratio * advantage, limited * advantage)).mean()
    found["clip_fraction"] = (weights * (limited * advantage < ratio * advantage)).mean()
    regulariser = policy * (
        loss.entropy * log_policy
        + loss.kl_previous * (log_policy - old)
        + loss.kl_magnet * (log_policy - magnet.log()).masked_fill(~legal, 0.0)
    )
    found["total"] = found["policy_loss"] + (weights * regulariser.sum(1)).mean() + loss.value * found["value_loss"]
    return found


@pytest.mark.parametrize(
    ("base", "history", "loss", "thinned"),
    [
        ("smart", 3, POLICY, False),
        ("smart", 0, POLICY, True),
        ("none", 0, POLICY, False),
        ("smart", 0, CLONE, False),
        ("none", 2, CLONE, True),
    ],
)
def test_gradient_is_torch_s(base: str, history: int, loss: Loss, thinned: bool) -> None:
    options = TrainingOptions(base=base, games=6, clone_games=0, hidden=(32, 16), seed=3, advice=3.0, history=history)
    learner = CompiledLearner(GAME, options, workers=1)
    _disturb(learner, 0.05, 0)
    samples = learner.play()
    rows = samples.rows()
    _disturb(learner, 0.02, 1)
    weights = np.ones(len(samples.counts), np.float32)
    if thinned:
        weights[:] = np.random.default_rng(2).uniform(0.0, 3.0, len(weights))
    gradient, metrics = np.zeros_like(learner.parameters), np.zeros(len(METRICS))
    nothing = np.zeros((0, 32), np.float32)
    accumulate(learner.parameters, samples, rows, weights, nothing, loss, 1.0 / len(rows), gradient, metrics)
    parts = {
        name: torch.tensor(part.astype(np.float64), requires_grad=True)
        for name, part in views(learner.parameters).items()
    }
    expected = _loss(parts, samples, rows, loss, torch.tensor(weights[rows].astype(np.float64)))
    expected["total"].backward()  # type: ignore[no-untyped-call]
    gradient[:HEADER] = learner.parameters[:HEADER]
    for name, part in views(gradient).items():
        wanted = parts[name].grad
        reference = np.zeros_like(part) if wanted is None else wanted.numpy()
        np.testing.assert_allclose(part, reference, atol=2e-6, err_msg=name)
        assert wanted is None or name in ("policy_bias", "value_bias") or np.abs(reference).max() > 1e-4
    if history:
        assert np.abs(views(gradient)["first"][feature_count(GAME) :]).max() > 1e-4
    for index, name in enumerate(METRICS):
        if name in expected and not (loss.kind == IMITATION and name == "kl_previous"):
            assert metrics[index] == pytest.approx(expected[name].item(), abs=1e-6), name
