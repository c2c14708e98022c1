r"""One iteration of the entropic extragradient method, which several algorithms share.

From the policy ``pi`` a half step ``h`` is taken against ``pi``, then the step itself, again from ``pi``, against
``h``:

.. math:: \pi' \propto \pi^{1-p}\, \rho^{p}\, e^{s P o}, \qquad o = \pi, \text{ then } o = h,

with step ``s``, pull ``p`` and magnet ``rho``. Nash mirror prox, EGPO and the inner loop of COMAL differ in how ``s``
and ``p`` follow from their step size, and in the magnet.
"""

from __future__ import annotations

from games._base.jit import jitable
from solvers.normal_form.state import OPPONENT, POLICY, PROBABILITY, VALUES, tilt_row


@jitable(forceinline=True)
def extragradient_phase(phase, state, first, step, pull, magnet, half):
    """Answer phase 1 with the half step (logs in row ``half``), which is then asked for; phase 2 with the step."""
    target = half if phase == 1 else POLICY
    probability = OPPONENT if phase == 1 else PROBABILITY
    tilt_row(state, first, POLICY, VALUES, step, magnet, pull, target, probability)
