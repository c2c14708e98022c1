r"""Rollouts of fixed length in a vector environment, and the advantages of each seat across the ends of games.

A rollout is ``turns + players`` moves in every slot. The first ``turns`` of them are decisions to learn from; the last
ones close their accounts, because a transition of a seat goes from one of its decisions to its next, ``players`` turns
later (``agents.training.self_play``). With ``e`` the first end of a game from turn ``t`` on, ``P`` players,

.. math:: R_t = \sum_{k=t}^{\min(t+P-1, e)} r_k, \qquad
          \delta_t = R_t + [e \ge t + P]\,\gamma V(s_{t+P}) - V(s_t), \qquad
          A_t = \delta_t + [e \ge t + P]\,\gamma \lambda A_{t+P},

where the trace is cut at the end of the rollout (``A`` is 0 from ``turns`` on). Moves are drawn with exponential
variables: the largest of ``p_m / E_m`` is move ``m`` with probability ``p_m``, in two passes over the logits and
without a look from the host. All of it reads and writes fixed memory, so that it can be recorded in a CUDA graph.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor

from agents.blueprints.neural.network import REWARD_SCALE
from agents.blueprints.neural.torch_networks import PolicyNetwork, batch_of
from agents.training.vector.environment import Environment, own_cards


@dataclass(frozen=True)
class Rollout:
    """Memory of the decisions of a rollout, [turns + players, slots, ...].

    observations : as the environment's.  legal : bool [.., moves].  logits : float32 [.., moves], of the policy.
    moves : int64.  values, rewards : float32; rewards in tenths of points, ``done`` : bool: what the own move brought.
    cards : int64 [.., hand], the own cards.  scores : float32 [2]: sum and number of ended games' scores.
    """

    observations: Tensor
    legal: Tensor
    logits: Tensor
    moves: Tensor
    values: Tensor
    rewards: Tensor
    done: Tensor
    cards: Tensor
    scores: Tensor


def empty_rollout(environment: Environment, turns: int) -> Rollout:
    """Return memory for a rollout from which ``turns`` decisions a slot are learned."""
    game, like = environment.game, environment.observations
    shape = turns + game.players, environment.slots

    def room(*more: int, dtype: torch.dtype) -> Tensor:
        return torch.zeros((*shape, *more), dtype=dtype, device=like.device)

    return Rollout(
        observations=room(like.shape[1], dtype=like.dtype),
        legal=room(game.moves, dtype=torch.bool),
        logits=room(game.moves, dtype=torch.float32),
        moves=room(dtype=torch.int64),
        values=room(dtype=torch.float32),
        rewards=room(dtype=torch.float32),
        done=room(dtype=torch.bool),
        cards=room(game.cards_in_hand, dtype=torch.int64),
        scores=torch.zeros(2, device=like.device),
    )


def drawn_moves(logits: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return a move for each row of masked logits, drawn from their softmax (int64 [rows])."""
    chances = logits.softmax(dim=-1)
    return (chances / torch.empty_like(chances).exponential_(generator=generator)).argmax(dim=-1)


@torch.no_grad()
def collect(
    environment: Environment,
    network: PolicyNetwork,
    rollout: Rollout,
    penalty: Tensor,
    generator: torch.Generator,
    precision: AbstractContextManager[object],
) -> None:
    """Play ``rollout`` with the policy, from wherever the games are.

    ``penalty`` is the share of the points that a lost last life costs, a scalar on the device; ``precision`` is entered
    around the network (``torch.autocast``).
    """
    rollout.scores.zero_()
    context = rollout.values.new_zeros((environment.slots, 0))
    for turn in range(len(rollout.moves)):
        observations, legal = rollout.observations[turn], rollout.legal[turn]
        observations.copy_(environment.observations)
        legal.copy_(environment.legal)
        with precision:
            answer = network(batch_of(observations, legal), context)
        rollout.logits[turn] = answer.logits
        rollout.values[turn] = answer.values
        rollout.cards[turn] = own_cards(environment)
        rollout.moves[turn] = drawn_moves(rollout.logits[turn], generator)
        environment.moves.copy_(rollout.moves[turn])
        environment.step()
        change = environment.rewards.float()
        rollout.rewards[turn] = REWARD_SCALE * torch.where(change < 0, penalty * change, change)
        rollout.done[turn] = environment.done
        rollout.scores[0] += (environment.scores * environment.done).sum()
        rollout.scores[1] += environment.done.sum()


def advantages_of(rollout: Rollout, players: int, gamma: float, trace: float) -> tuple[Tensor, Tensor]:
    """Return advantages and returns of the decisions to learn from, float32 [turns, slots] each."""
    turns = len(rollout.moves) - players
    gone = torch.ones_like(rollout.values[:turns])  # 0 once the game of the decision has ended
    reward = torch.zeros_like(gone)
    for k in range(players):
        reward += gone * rollout.rewards[k : k + turns]
        gone = gone * ~rollout.done[k : k + turns]
    values = rollout.values
    advantages = torch.zeros_like(values)
    delta = reward + gamma * gone * values[players:] - values[:turns]
    for turn in range(turns - 1, -1, -1):
        advantages[turn] = delta[turn] + gamma * trace * gone[turn] * advantages[turn + players]
    return advantages[:turns], advantages[:turns] + values[:turns]


@torch.no_grad()
def greedy_scores(
    environment: Environment, network: PolicyNetwork, first_game: int, precision: AbstractContextManager[object]
) -> Tensor:
    """Return the scores of the games ``first_game ..`` under the likeliest moves, int32 [slots].

    The environment must not start games by itself. The host looks once in eight turns whether all games are over.
    """
    environment.reset(first_game)
    context = torch.zeros((environment.slots, 0), device=environment.legal.device)
    for turn in range(environment.game.maximum_turns):
        if turn % 8 == 0 and not bool(environment.legal.any()):
            break
        with precision:
            answer = network(batch_of(environment.observations, environment.legal), context)
        environment.moves.copy_(answer.logits.argmax(dim=-1))
        environment.step()
    return environment.scores.clone()
