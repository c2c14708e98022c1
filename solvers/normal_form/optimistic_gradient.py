r"""Optimistic gradient ascent (OGDA): optimistic mirror descent in the Euclidean geometry, one product an iteration.

.. math:: x_t = \Pi\bigl(\hat x_t + \eta\, g_{t-1}\bigr), \qquad \hat x_{t+1} = \Pi\bigl(\hat x_t + \eta\, g_t\bigr),
          \qquad g_t = F(x_t),\ g_0 = 0

(Popov 1980; Wei, Lee, Zhang and Luo, ICLR 2021, arXiv:2006.09517.) Theorem: for ``eta <= 1 / (8 L)`` the last iterate
converges linearly to an equilibrium of the game itself, in any matrix game, at a rate that depends on the game – so no
bound is printed. The default ``eta = 0.5 / L_2`` is beyond the proof; on random preference games it converges all the
same, four times as fast (docs/preference_games.md).
"""

from __future__ import annotations

from games._base.jit import kernel
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.euclidean import ascend, per_norm
from solvers.normal_form.state import ITERATION, MEMORY, PROBABILITY, STEP, STEP_TYPE, ask_current, copy

ANCHOR = MEMORY  # probabilities of the secondary iterate


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step (``solvers.normal_form.state.STEP_TYPE``); the next policy uses this iteration's ``eta`` twice."""
    if phase == 0:
        if numbers[ITERATION] == 1.0:
            copy(state[PROBABILITY], state[ANCHOR])
        ask_current(state)
        return
    ascend(state, first, ANCHOR, numbers[STEP], ANCHOR)
    ascend(state, first, ANCHOR, numbers[STEP], PROBABILITY)


ALGORITHM = Algorithm(
    name="optimistic-gradient",
    title="optimistic gradient ascent (OGDA)",
    source="Popov 1980; Wei et al., ICLR 2021, arXiv:2006.09517",
    step=step,
    memory=1,
    default_step=per_norm(0.5),
    target="equilibrium",
    log_space=False,
)
