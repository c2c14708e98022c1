"""The losses of ``agents.training.losses`` in torch, where derivatives come by themselves, and the auxiliary one."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from agents.blueprints.neural.torch_networks import Output
from agents.training.gradients import IMITATION, METRICS, Loss


def log_policy(logits: Tensor) -> Tensor:
    """Return the logarithms of a policy from masked logits; 0 instead of -inf for illegal moves."""
    return torch.log_softmax(logits, dim=-1).masked_fill(torch.isneginf(logits), 0.0)


def softened_teacher(teacher: Tensor, legal: Tensor, softening: float) -> Tensor:
    """Return the magnet: the teacher's move with probability ``1 - softening``, else a random legal one."""
    magnet = softening * legal / legal.sum(dim=-1, keepdim=True)
    return magnet.scatter_add(1, teacher[:, None], torch.full_like(magnet[:, :1], 1.0 - softening))


def clipped_cost(new: Tensor, old: Tensor, moves: Tensor, advantages: Tensor, clip: float) -> tuple[Tensor, Tensor]:
    """Return PPO's cost of each decision (Schulman et al. 2017, eq. 7, negated), and 1 where the ratio was clipped."""
    ratio = (new - old).gather(1, moves[:, None]).squeeze(1).exp()
    limited = ratio.clamp(1.0 - clip, 1.0 + clip)
    cost = -torch.minimum(ratio * advantages, limited * advantages)
    return cost, (limited * advantages < ratio * advantages).float()


def regularised(
    new: Tensor, old: Tensor, log_magnet: Tensor, legal: Tensor, cost: Tensor, clipped: Tensor, weights: Loss
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the mean of ``cost`` [rows] with the entropy and both divergences of the policy, and the parts.

    ``log_magnet`` [rows, moves] is 0 at illegal moves; the weights may be numbers or scalars on a device.
    """
    policy = new.exp() * legal
    entropy = -(policy * new).sum(dim=-1).mean()
    to_previous = (policy * (new - old)).sum(dim=-1).mean()
    to_magnet = (policy * (new - log_magnet)).sum(dim=-1).mean()
    total = cost.mean() - weights.entropy * entropy + weights.kl_previous * to_previous + weights.kl_magnet * to_magnet
    parts = (cost.mean(), entropy, to_previous, to_magnet, clipped.mean())
    names = ("policy_loss", "entropy", "kl_previous", "kl_magnet", "clip_fraction")
    return total, {name: part.detach() for name, part in zip(names, parts, strict=True)}


def policy_loss(
    new: Tensor, old: Tensor, legal: Tensor, moves: Tensor, advantages: Tensor, teacher: Tensor, weights: Loss
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the mean loss of a policy and its parts.

    new, old : log-probabilities [rows, moves] of the policy and of the one that played (``log_policy``).
    moves, teacher : int64 [rows], what was played and what the teacher would have.
    """
    magnet = softened_teacher(teacher, legal, weights.softening)
    log_magnet = torch.where(legal, magnet, 1.0).log()
    if weights.kind == IMITATION:
        old = new.detach()
        cost, clipped = -(magnet * new).sum(dim=-1), torch.zeros_like(advantages)
    else:
        cost, clipped = clipped_cost(new, old, moves, advantages, weights.clip)
    return regularised(new, old, log_magnet, legal, cost, clipped, weights)


def value_loss(output: Output, returns: Tensor) -> Tensor:
    """Return the mean squared error of the values."""
    return (output.values - returns).square().mean()


def card_loss(output: Output, cards: Tensor) -> Tensor:
    """Return the mean cross-entropy of the guessed own cards, in nats a card; ``cards`` [rows, hand], -1 for none."""
    return cross_entropy(output.cards.flatten(0, 1), cards.flatten(), ignore_index=-1)


TORCH_METRICS = (*METRICS, "card_loss")
