"""Action values at every information state, for the update of a planner: those of the exact posterior.

The counterfactual value of an attempt is the opponent's reach times its value under the posterior, so the division of
what ``solvers.phantom`` computes is the value estimate of a planner with infinitely many particles and rollouts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from games.phantom.game import PhantomGame
from games.phantom.information_states import InformationStates, information_states
from games.phantom.policies import Policies, checked_policies
from games.phantom.symmetry import equalise
from solvers.phantom.evaluation import counterfactual_values_checked

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class ActionValues(NamedTuple):
    """Action values of both players in their own units, utilities in [-1, 1].

    ``q[player]`` [rows, cells] float64: the values, anything at cells attempted before. ``reached[player]`` [rows]
    bool: whether the belief exists, that is, whether the opponent's blueprint ever leads there; ``q`` is 0 where not.
    """

    q: tuple[Floats, Floats]
    reached: tuple[Bools, Bools]


def exact_action_values(
    game: str | PhantomGame, blueprint: Sequence[npt.ArrayLike], workers: int | None = None
) -> ActionValues:
    """Return the values of all attempts under the exact posterior, both players following the blueprint afterwards.

    Raises ``ValueError`` for an unknown game or wrong policies.
    """
    return values_of_states(information_states(game), checked_policies(game, blueprint), workers)


def values_of_states(states: InformationStates, blueprint: Policies, workers: int | None = None) -> ActionValues:
    """Return the values for states as they are numbered, of policies that are known to be right.

    For folded states (``games.phantom.symmetry``) the policies must be ones that no motion of the board changes.
    """
    q, reached = [], []
    for player in range(2):
        found = counterfactual_values_checked(states, blueprint, player, workers)
        reach = found.opponent_reach
        equalise(states, player, found.attempts, reach)
        reached.append(reach > 0.0)
        np.divide(found.attempts, reach[:, None], out=found.attempts, where=reached[-1][:, None])
        found.attempts[~reached[-1]] = 0.0
        q.append(found.attempts)
    return ActionValues((q[0], q[1]), (reached[0], reached[1]))
