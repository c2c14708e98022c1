"""A normal-form step with a fault: the first action is worth a tenth more than it is."""

from __future__ import annotations

from games._base.jit import kernel
from solvers.normal_form.magnetic_mirror_descent import magnetic_step
from solvers.normal_form.state import REFERENCE, STEP_TYPE, VALUES, ask_current


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    if phase == 0:
        ask_current(state)
    else:
        state[VALUES, 0] += 0.1
        magnetic_step(state, first, VALUES, REFERENCE, numbers)
