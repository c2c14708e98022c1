"""The extensive-form algorithms by name; a module is imported, its step loaded or compiled, when it is asked for."""

from __future__ import annotations

import difflib
from importlib import import_module

from solvers.extensive.algorithm import Algorithm

# Each module has a tuple ALGORITHMS.
_MODULES = {
    **dict.fromkeys(("cfr", "cfr+", "lcfr", "dcfr", "pcfr+", "dcfr+", "pdcfr+", "sapcfr+"), "counterfactual_regret"),
}


def algorithm_names() -> tuple[str, ...]:
    """Return the names of all iterative algorithms."""
    return tuple(_MODULES)


def algorithm(name: str) -> Algorithm:
    """Return the algorithm of that name; raises ``ValueError`` that names the nearest."""
    if name not in _MODULES:
        nearest = difflib.get_close_matches(name.lower().replace("_", "-"), _MODULES, n=1, cutoff=0.4)
        hint = f"did you mean {nearest[0]}?" if nearest else f"they are {', '.join(_MODULES)}"
        raise ValueError(f"there is no algorithm {name!r}: {hint}")
    module = import_module(f"solvers.extensive.{_MODULES[name]}")
    found: tuple[Algorithm, ...] = module.ALGORITHMS
    return next(one for one in found if one.name == name)
