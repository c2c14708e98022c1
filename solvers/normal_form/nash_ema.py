r"""Nash-EMA: mirror descent against a running mixture of its own past policies.

.. math:: \pi_{t+1} \propto \pi_t^{1-\eta\beta}\, \mu^{\eta\beta}\, e^{\eta P o_t}, \qquad
          o_{t+1} \propto o_t^{d}\, \pi_{t+1}^{1-d}, \qquad o_1 = \pi_1

The exact, tabular form of Nash-EMA-PG (Munos et al. 2023, arXiv:2312.00886), where the opponent's parameters are an
exponential moving average of the policy's: in a table, averaged logits, a geometric mixture. ``decay`` ``d``; 0 is
mirror descent in self-play. There is no theorem. A stationary policy is the regularised equilibrium, but an opponent
that lags behind by ``d / (1 - d)`` iterations drives the cycles of self-play outwards: in the linearised dynamics by up
to ``eta L^2 (1/2 + d / (1 - d))`` against the pull ``beta``. The default ``eta = beta (1 - d) / (L^2 (1 + d))``, with
the default ``d = 1/2``, keeps the pull twice as strong; a longer memory needs a shorter step. It is at most ``1 /
beta``, where nothing is left of ``pi_t``: beyond, the logits would change their sign from one iteration to the next.
"""

from __future__ import annotations

from games._base.jit import kernel
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import (
    ITERATION,
    MEMORY,
    OPPONENT,
    PARAMETER,
    POLICY,
    REFERENCE,
    STEP,
    STEP_TYPE,
    TEMPERATURE,
    VALUES,
    copy,
    move,
    tilt_row,
)
from solvers.schedules import Constant, Schedule

MIXTURE = MEMORY  # log-probabilities of the mixture of past policies
DECAY = 0.5


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Ask for the mixture of the past, then step from the policy (``solvers.normal_form.state.STEP_TYPE``)."""
    eta, beta, decay = numbers[STEP], numbers[TEMPERATURE], numbers[PARAMETER]
    if phase == 0:
        if numbers[ITERATION] == 1.0:
            copy(state[POLICY], state[MIXTURE])
        tilt_row(state, first, MIXTURE, VALUES, 0.0, POLICY, 1.0 - decay, MIXTURE, OPPONENT)
    else:
        move(state, first, POLICY, VALUES, eta, REFERENCE, eta * beta)


def default_step(problem: Problem) -> Schedule:
    """Return ``beta (1 - d) / (L^2 (1 + d))`` for the default ``d``, at most ``1 / beta``."""
    balanced = problem.beta * (1.0 - DECAY) / (problem.half_range**2 * (1.0 + DECAY))
    return Constant(min(balanced, 1.0 / problem.beta))


ALGORITHM = Algorithm(
    name="nash-ema",
    title="Nash mirror descent against a moving average",
    source="Munos et al. 2023, arXiv:2312.00886",
    step=step,
    default_step=default_step,
    memory=1,
    parameters={"decay": DECAY},
    limits={"decay": (0.0, 1.0)},
    needs_beta=True,
)
