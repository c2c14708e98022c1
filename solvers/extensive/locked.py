"""Part of a policy held fixed and the rest solved: best responses, restricted Nash responses, openings that are given.

``games.extensive.locking`` makes the game that is left. It is solved like any other, and the certificate of that
solution says how far it is from an equilibrium *of that game*: given the lock, nobody gains by changing what is free.
What the whole policy is worth in the whole game, where the lock may be left too, is another question
(``LockedGame.outcome``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from games.extensive import ExtensiveGame, Policy
from games.extensive.locking import lock_policy, restrict_player
from games.extensive.policies import Tables, missing_infosets, policy_from_table
from games.extensive.reduction import Reduction
from solvers.evaluation import Evaluation
from solvers.extensive.evaluation import behavioural_policy, evaluate, expected_value, realisation_weights


@dataclass(frozen=True)
class LockedGame:
    """What is left of a game, and what its solutions mean.

    ``weight``: the probability with which the locked player keeps to the lock; ``fixed``: the policy given, uniform
    where it is free; ``infosets``: how many of each player are locked; ``player``: who is locked entirely, or None.
    """

    whole: ExtensiveGame
    game: ExtensiveGame
    fixed: Policy
    infosets: tuple[int, int]
    player: int | None
    weight: float = 1.0
    reduction: Reduction | None = None

    def lift(self, policy: Policy) -> Policy:
        """Return the policy of the whole game: with the lock, or what the locked player does on average over it."""
        if self.reduction is not None:
            return self.reduction.lift(policy)
        player = self.player or 0
        lock, free = (realisation_weights(self.whole, part, player) for part in (self.fixed, policy))
        own = behavioural_policy(self.whole, self.weight * lock + (1.0 - self.weight) * free, player)
        return (own, policy[1]) if player == 0 else (policy[0], own)

    def lower(self, policy: Policy) -> Policy:
        """Return what a policy of the whole game is in the game that is left: a magnet, or where to start."""
        return policy if self.reduction is None else self.reduction.lower(policy)

    def answer(self, policy: Policy) -> dict[str, float | int] | None:
        """Return what the free player's policy gets from the locked one, and at worst; None if nobody is locked.

        ``policy`` is of the whole game.
        """
        if self.player is None:
            return None
        free = 1 - self.player
        met = (policy[0], self.fixed[1]) if free == 0 else (self.fixed[0], policy[1])
        value = expected_value(self.whole, met)
        found = evaluate(self.whole, policy)
        total = self.whole.statistics.constant
        against = value if free == 0 else total - value
        return {"player": free, "against_lock": against, "worst_case": total - found.best_response_values[self.player]}

    def outcome(self, policy: Policy) -> dict[str, Any]:
        """Return what the files say of a policy of the game that is left."""
        lifted = self.lift(policy)
        found: Evaluation = evaluate(self.whole, lifted)
        return {
            "locked_infosets": list(self.infosets),
            "lock_weight": self.weight,
            "whole_game": {
                "value": found.value,
                "best_response_values": list(found.best_response_values),
                "exploitability": found.exploitability,
                "nash_conv": found.nash_conv,
            },
            "answer": self.answer(lifted),
        }


def locked_game(game: ExtensiveGame, tables: Tables, *, player: int | None = None, weight: float = 1.0) -> LockedGame:
    """Return what is left to solve where a policy, or part of one, is given.

    Parameters
    ----------
    tables : for each player information-state string → [(action, probability), ...].
    player : whose infosets are locked; by default of both, as far as the tables name them.
    weight : with less than 1 the player, all of whose infosets must be given, keeps to the lock with this probability
        and is free otherwise: an equilibrium is a restricted Nash response (Johanson, Zinkevich and Bowling 2007).

    Raises
    ------
    ValueError
        The tables are not of this game, name all that there is to decide, or too little for a weight.

    Examples
    --------
    >>> from games.extensive import compile_game
    >>> from games.extensive.policies import policy_table, uniform_policy
    >>> from solvers.extensive.solving import solve
    >>> kuhn = compile_game("kuhn_poker")
    >>> always_uniform = ({}, policy_table(kuhn, uniform_policy(kuhn), 1))
    >>> left = locked_game(kuhn, always_uniform)
    >>> round(solve(left.game, "lp").value, 6)  # the best response to uniform play
    0.5
    """
    if player not in (None, 0, 1):
        raise ValueError(f"the players are 0 and 1, not {player}")
    if not 0.0 <= weight <= 1.0:
        raise ValueError(f"the weight of a lock is a probability, between 0 and 1, not {weight}")
    players = (0, 1) if player is None else (player,)
    counts = [_named(game, tables, p) if p in players else 0 for p in (0, 1)]
    full = [p for p in (0, 1) if counts[p] == game.infosets[p] > 0]
    if sum(counts) == sum(game.infosets):
        raise ValueError(
            f"the whole policy of {game.name} is locked, and nothing is left to solve: name the player that is locked"
        )
    fixed = policy_from_table(game, tables, fill=True)
    entirely = full[0] if len(full) == 1 else None
    infosets = counts[0], counts[1]
    if weight < 1.0:
        if entirely is None or sum(counts) != counts[entirely]:
            raise ValueError(
                f"a lock with a weight is of one player with all infosets, and this one has {counts[0]:,} of "
                f"{game.infosets[0]:,} and {counts[1]:,} of {game.infosets[1]:,}"
            )
        weights = realisation_weights(game, fixed, entirely)
        left = restrict_player(game, entirely, weights, weight)
        return LockedGame(game, left, fixed, infosets, entirely, weight)
    reduction = lock_policy(game, tables, players)
    return LockedGame(game, reduction.game, fixed, infosets, entirely, 1.0, reduction)


def _named(game: ExtensiveGame, tables: Tables, player: int) -> int:
    """Return how many infosets of a player the tables name."""
    known: Sequence[Any] = [tables[p] if p == player else {} for p in (0, 1)]
    return sum(game.infosets) - missing_infosets(game, known)


def positive(policy: Policy, least: float = 1e-200) -> Policy:
    """Return a policy of full support that differs by ``least``, from which methods with logarithms can start."""
    first, second = (np.maximum(part, least) for part in policy)
    return first, second
