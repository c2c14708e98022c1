r"""Multiplicative weights (MWU, Hedge), the exact form of SPPO: each action gains probability with the values it had.

.. math:: \pi_{t+1} \propto \pi_1 \exp\Bigl(\eta_t \sum_{s \le t} P \pi_s\Bigr)

With a constant step that is ``pi' ~ pi exp(eta P pi)``, the update that SPPO fits (Wu et al. 2024, arXiv:2405.00675);
with a decreasing one all values of the past count alike (dual averaging), so that no horizon need be known. The average
is returned: the last iterate circles around the equilibrium, outwards.

Theorem (Freund and Schapire 1999; Cesa-Bianchi and Lugosi 2006, chapter 2). If the steps never increase and payoffs
have range ``R = 2 L``, each player's regret is at most ``KL(u || pi_1) / eta_T + (R^2 / 8) sum_t eta_{t-1}``: the mix
loss ``-log <pi_t, exp(-eta loss)> / eta`` falls short of the loss by ``eta R^2 / 8`` at most (Hoeffding's lemma), and
its sum exceeds the loss of ``u`` by ``KL / eta_T`` at most. With ``D`` the sum of both players' ``-log min mu`` the
default ``eta_t = sqrt(2 D / t) / R`` gives a gap of about ``R sqrt(2 D / T)``.
"""

from __future__ import annotations

import math

from games._base.jit import kernel
from solvers.normal_form.algorithm import Algorithm, Settings
from solvers.normal_form.dual_averaging import add_values, divergence_of_both, remember_start, sum_of_steps
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import MEMORY, STEP, STEP_TYPE, ask_current, move
from solvers.schedules import Power, Schedule
from solvers.solution import Bound

START = MEMORY  # log-probabilities of the first policy
SUM = MEMORY + 1  # of all values, up to a constant


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        remember_start(state, numbers, START)
        ask_current(state)
        return
    add_values(state, SUM, 1.0, first)
    move(state, first, START, SUM, numbers[STEP], START, 0.0)


def default_step(problem: Problem) -> Schedule:
    """Return ``sqrt(2 D / t) / R``; ``D`` is taken as 1 at least, which only a game of one action needs."""
    return Power(math.sqrt(2.0 * max(divergence_of_both(problem), 1.0)) / (2.0 * problem.half_range))


def bound(problem: Problem, settings: Settings, iterations: int) -> Bound | None:
    """Return the regret bound on the gap of the average, if the steps are positive and never increase.

    Iteration 1, which no step has touched, counts with the first step.
    """
    steps, last, falls = sum_of_steps(settings.step_size, iterations)
    if not falls or last <= 0.0:
        return None
    variance = 2.0 * (2.0 * problem.half_range) ** 2 / 8.0
    first = float(settings.step_size.values(1, 1)[0])
    value = (divergence_of_both(problem) / last + variance * (first + steps - last)) / iterations
    return Bound("duality gap", value, "sum of both regrets / T (Freund and Schapire 1999)")


ALGORITHM = Algorithm(
    name="mwu",
    title="multiplicative weights (SPPO)",
    source="Freund and Schapire 1999; Wu et al. 2024, arXiv:2405.00675",
    step=step,
    default_step=default_step,
    target="equilibrium",
    returns="average",
    memory=2,
    bound=bound,
)
