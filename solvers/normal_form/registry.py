"""The normal-form algorithms by name; a module is imported, its step loaded or compiled, when it is asked for."""

from __future__ import annotations

import difflib
from importlib import import_module

from solvers.normal_form.algorithm import Algorithm

_MODULES = {
    "nash-mp": "nash_mirror_prox",
    "mmd": "magnetic_mirror_descent",
    "rm+": "regret_matching_plus",
}


def algorithm_names() -> tuple[str, ...]:
    """Return the names of all iterative algorithms, regularised ones first."""
    return tuple(_MODULES)


def algorithm(name: str) -> Algorithm:
    """Return the algorithm of that name; raises ``ValueError`` that names the nearest."""
    if name not in _MODULES:
        nearest = difflib.get_close_matches(name.lower().replace("_", "-"), _MODULES, n=1, cutoff=0.4)
        hint = f"did you mean {nearest[0]}?" if nearest else f"they are {', '.join(_MODULES)}"
        raise ValueError(f"there is no algorithm {name!r}: {hint}")
    module = import_module(f"solvers.normal_form.{_MODULES[name]}")
    found: Algorithm = module.ALGORITHM
    return found
