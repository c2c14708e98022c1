"""Who plays the rollouts over a policy, unless somebody brings others."""

from __future__ import annotations

from games.hanabi.game import HanabiGame
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.policy.follower import Policy
from search.hanabi.rollouts.batched import BatchedRollouts
from search.hanabi.rollouts.compiled import CompiledRollouts
from search.hanabi.rollouts.requests import Rollouts


def rollouts_over(game: HanabiGame, policy: Policy, workers: int | None = 1, plies: int | None = None) -> Rollouts:
    """Return rollouts for any number of seats and games, where the policy is: compiled, batched, or on a CUDA card.

    workers : threads (``None``: all cores). plies : as of ``rollouts.compiled.CompiledRollouts``. Raises ``ValueError``
    if the policy has no values to end them in.
    """
    if plies is not None and plies < 1:
        raise ValueError(f"plies must be at least 1, not {plies}")
    if isinstance(policy, CompiledPolicy):
        return CompiledRollouts(game, policy.blueprint, workers, plies)
    if not isinstance(policy, BatchedBlueprint):
        raise ValueError(f"no rollouts are known over {policy.name}: bring some")
    if plies is not None and not policy.has_values:
        raise ValueError(f"{policy.name} has no values in which rollouts could end: leave out --plies")
    if policy.card is not None:
        from search.hanabi.rollouts.cuda import rollouts_of  # needs CUDA, or its simulator

        return rollouts_of(game, policy, plies)
    return BatchedRollouts(game, policy, workers, plies)
