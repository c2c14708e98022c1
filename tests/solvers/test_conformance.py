"""The public checks of solvers: what the project has passes them, and what is wrong does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solvers import conformance
from solvers.conformance import NonConformance
from solvers.extensive.registry import algorithm as extensive
from solvers.normal_form.registry import algorithm as normal_form


@pytest.mark.parametrize("name", ["nash-mp", "mmd-constant", "prm+"])
def test_normal_form_algorithms_pass(name: str) -> None:
    beta = 0.0 if name == "prm+" else 0.1
    conformance.check(normal_form(name), beta=beta)


@pytest.mark.parametrize("name", ["cfr+", "pcfr+", "mmd-annealed"])
def test_extensive_algorithms_pass(name: str) -> None:
    conformance.check(extensive(name))


def test_a_solver_that_gets_nowhere_is_told_so() -> None:
    with pytest.raises(NonConformance, match="after 1 iterations"):
        conformance.check(normal_form("mmd-constant"), iterations=1, beta=0.01)
    with pytest.raises(NonConformance, match="of the payoff range after 1 iterations"):
        conformance.check(extensive("cfr"), iterations=1, near=1e-3)


def test_a_step_that_prefers_the_first_alternative_is_found() -> None:
    """Its reference is what it was, but the step reads memory that no renaming turns."""
    from tests.solvers.partial_step import step

    with pytest.raises(NonConformance, match=r"renamed|after"):
        conformance.check(replace(normal_form("mmd-constant"), name="partial", step=step))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="no algorithm 'sovle'"):
        conformance.check("sovle")
