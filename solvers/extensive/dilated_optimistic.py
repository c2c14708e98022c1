r"""Dilated optimistic mirror descent (DOMWU) and its regularised form: last iterate, without averaging.

.. math:: x_{t+1} = \arg\max_x \langle 2 g_t - g_{t-1}, x\rangle - \alpha D(x; \rho) - \tfrac1\eta D(x; x_t),
          \qquad g_0 = 0

with the dilated divergence ``D`` and the update of ``solvers.extensive.dilated_mirror_descent``; the prediction is that
the next gradient is the last one.

- ``domwu`` has ``alpha = 0``: dilated optimistic multiplicative weights (Lee, Kroer and Luo, "Last-iterate convergence
  in extensive-form games", NeurIPS 2021, arXiv:2106.14326). They write it with two sequences, ``x_t`` from ``u_t`` with
  the prediction and ``u_{t+1}`` from ``u_t`` with the gradient; the logarithms of a policy being linear in what has
  been added, both give the same ``x_t``. The last iterate converges to the equilibrium if it is unique and the step is
  small enough, linearly; the constants of the theorem depend on the game.
- ``reg-domwu`` has a temperature and a magnet; its fixed point is the quantal response equilibrium of dilated MMD, and
  the same certificate applies. Liu, Ozdaglar, Yu and Zhang, "The power of regularization in solving extensive-form
  games" (ICLR 2023, arXiv:2206.09495) lower the temperature as they go, to get a rate without uniqueness; here it is
  what the schedule ``alpha`` says, and the regulariser is handled exactly, as in MMD. The prediction allows an ``eta``
  that does not shrink with ``alpha``, as ``alpha / L^2`` does: an advantage at low temperature.

Both players at once. The default ``eta`` is ``1 / (8 max|A|)``.
"""

from __future__ import annotations

from games._base.jit import kernel
from games.extensive.game import ExtensiveGame
from solvers.extensive.algorithm import Algorithm, Settings
from solvers.extensive.dilated_mirror_descent import ROWS, dilated_update, remember_logarithms
from solvers.extensive.magnetic import largest_payoff, magnetic_numbers
from solvers.extensive.quantal_response import log_plan_magnet
from solvers.extensive.state import MEMORY, STEP_TYPE, VALUES
from solvers.schedules import Constant, Schedule

PREVIOUS = MEMORY + ROWS  # the gradient of the iteration before; zero at the start


@kernel(STEP_TYPE)
def step(parent, first, state, numbers):
    """Take one step (``solvers.extensive.state.STEP_TYPE``)."""
    remember_logarithms(state, numbers)
    values, previous = state[VALUES], state[PREVIOUS]
    for s in range(values.shape[0]):
        gradient = values[s]
        values[s] = 2.0 * gradient - previous[s]
        previous[s] = gradient
    dilated_update(parent, first, state, numbers)


def default_step(game: ExtensiveGame, settings: Settings) -> Schedule:
    """Return ``1 / (8 max|A|)``."""
    return Constant(0.125 / largest_payoff(game))


ALGORITHMS = (
    Algorithm(
        name="domwu",
        title="dilated optimistic multiplicative weights",
        source="Lee, Kroer and Luo, NeurIPS 2021, arXiv:2106.14326",
        step=step,
        numbers=magnetic_numbers,
        memory=ROWS + 1,
        returns="last",
        alternating=False,
        step_size=Constant(1.0),
        step_size_of=default_step,
        logarithmic=True,
    ),
    Algorithm(
        name="reg-domwu",
        title="regularised dilated optimistic multiplicative weights",
        source="after Liu et al., ICLR 2023, arXiv:2206.09495",
        step=step,
        numbers=magnetic_numbers,
        memory=ROWS + 1,
        target="quantal-response",
        returns="last",
        alternating=False,
        step_size=Constant(1.0),
        step_size_of=default_step,
        temperature=Constant(0.1),
        log_magnet=log_plan_magnet,
        logarithmic=True,
    ),
)
