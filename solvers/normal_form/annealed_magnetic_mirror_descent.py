r"""Annealed magnetic mirror descent: MMD whose temperature falls, so that its target moves to the game's equilibrium.

.. math:: \pi_{t+1} \propto \bigl[\pi_t\, \mu^{\eta_t\alpha_t}\, e^{\eta_t P \pi_t}\bigr]^{1/(1+\eta_t\alpha_t)},
          \qquad \alpha_t = \frac{L}{\sqrt t}, \quad \eta_t = \frac{1}{L \sqrt t}

(Sokota et al., ICLR 2023, who anneal both by ``1/sqrt(t)``.) Each step then obeys the condition of MMD's theorem for
its own temperature, ``eta_t <= alpha_t / L^2``. No rate of the whole is claimed; as the equilibrium at temperature
``alpha`` is exploitable by up to ``alpha KL``, at best the gap falls like ``1/sqrt(t)``.
"""

from __future__ import annotations

from solvers.normal_form import magnetic_mirror_descent
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.problem import Problem
from solvers.schedules import Power, Schedule


def default_step(problem: Problem) -> Schedule:
    """Return ``1 / (L sqrt(t))``."""
    return Power(1.0 / problem.half_range)


def default_temperature(problem: Problem) -> Schedule:
    """Return ``L / sqrt(t)``."""
    return Power(problem.half_range)


ALGORITHM = Algorithm(
    name="mmd-annealed",
    title="magnetic mirror descent, annealed",
    source="Sokota et al., ICLR 2023, arXiv:2206.05825",
    step=magnetic_mirror_descent.step,
    default_step=default_step,
    default_temperature=default_temperature,
    target="equilibrium",
)
