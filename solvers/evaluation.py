"""How good a policy is: what it is worth, and what each player would get with a best response to the others."""

from __future__ import annotations

from typing import NamedTuple


class Evaluation(NamedTuple):
    r"""The exact evaluation of a policy for every player; all in units of utility.

    A policy is a Nash equilibrium exactly where ``nash_conv``, the sum over the players i of
    :math:`\max_{\pi_i'} u_i(\pi_i', \pi_{-i}) - u_i(\pi)`, is 0.

    Attributes
    ----------
    values : what each player gets when all follow the policy. [players]
    best_response_values : what each player would get with a best response to the others' policies. [players]
    gains : what each player gains by a best response, where it is known better than as the difference of the two; else
        nothing. [players]

    References
    ----------
    M. Lanctot et al. (2017), A unified game-theoretic approach to multiagent reinforcement learning, NeurIPS
    (NashConv). M. Johanson et al. (2011), Accelerating best response calculation in large extensive games, IJCAI.

    Examples
    --------
    >>> found = Evaluation(values=(0.5, -0.5), best_response_values=(0.75, 0.0))
    >>> found.nash_conv, found.exploitability, found.each_gain
    (0.75, 0.375, (0.25, 0.5))
    """

    values: tuple[float, ...]
    """What each player gets when all follow the policy."""
    best_response_values: tuple[float, ...]
    """What each player would get with a best response to the others' policies."""

    gains: tuple[float, ...] = ()
    """What each player gains by a best response, where it is known better than as the difference of the two."""

    @property
    def value(self) -> float:
        """What player 0 gets; in a zero-sum game player 1 has the negative."""
        return self.values[0]

    @property
    def nash_conv(self) -> float:
        """The sum of what the players gain by best responses; 0 exactly at an equilibrium (Lanctot et al. 2017)."""
        if self.gains:
            return sum(self.gains)
        return sum(self.best_response_values) - sum(self.values)

    @property
    def each_gain(self) -> tuple[float, ...]:
        """What each player gains by a best response."""
        if self.gains:
            return self.gains
        return tuple(best - value for best, value in zip(self.best_response_values, self.values, strict=True))

    @property
    def exploitability(self) -> float:
        """NashConv per player: what one loses on average, over the seats, to opponents who know the policy."""
        return self.nash_conv / len(self.values)


def zero_sum(value: float, best_response_values: tuple[float, float]) -> Evaluation:
    """Return the evaluation of a two-player zero-sum game's policy, ``value`` being player 0's."""
    return Evaluation((value, -value), best_response_values)
