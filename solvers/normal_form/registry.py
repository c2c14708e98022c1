"""The normal-form algorithms by name; a module is imported, its step loaded or compiled, when it is asked for."""

from __future__ import annotations

import difflib
from importlib import import_module

from solvers.normal_form.algorithm import Algorithm

# The module of an algorithm; after a colon its name there, if it is not ALGORITHM.
_MODULES = {
    "nash-mp": "nash_mirror_prox",
    "nash-md": "nash_md",
    "nash-md-constant": "nash_md:CONSTANT",
    "nash-ema": "nash_ema",
    "egpo": "extragradient_preference_optimisation",
    "omd": "online_mirror_descent",
    "mmd": "magnetic_mirror_descent",
    "mmd-annealed": "annealed_magnetic_mirror_descent",
    "mmd-moving": "moving_magnet",
    "mpo": "magnetic_preference_optimisation",
    "comal": "comal",
    "mdpo": "mirror_descent_policy_optimisation",
    "mdpo-off-policy": "mirror_descent_policy_optimisation:OFF_POLICY",
    "rm+": "regret_matching_plus",
    "prm+": "predictive_regret_matching_plus",
    "mwu": "multiplicative_weights",
    "optimistic-mirror-descent": "optimistic_mirror_descent",
    "optimistic-ftrl": "optimistic_ftrl",
    "dno": "direct_nash_optimisation",
    "opmd": "group_relative",
    "group-relative": "group_relative:REINFORCE",
    "fictitious-play": "fictitious_play",
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
    file, _, attribute = _MODULES[name].partition(":")
    found: Algorithm = getattr(import_module(f"solvers.normal_form.{file}"), attribute or "ALGORITHM")
    return found
