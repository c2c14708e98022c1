"""The extensive-form algorithms by name; a module is imported, its step loaded or compiled, when it is asked for."""

from __future__ import annotations

import difflib
from importlib import import_module

from solvers.extensive.algorithm import Algorithm

LINEAR_PROGRAM = "lp"
"""The exact reference, which is no iterative algorithm: ``solvers.extensive.linear_program``."""

# Each module has a tuple ALGORITHMS.
_MODULES = {
    **dict.fromkeys(("cfr", "cfr+", "lcfr", "dcfr", "pcfr+", "dcfr+", "pdcfr+", "sapcfr+"), "counterfactual_regret"),
    "fictitious-play": "fictitious_play",
    "mmd-dilated": "dilated_mirror_descent",
    "mmd-behavioural": "behavioural_mirror_descent",
    **dict.fromkeys(("mmd-annealed", "mmd-moving", "mmd-reset"), "nash_mirror_descent"),
    **dict.fromkeys(("mmd-annealed-dilated", "mmd-moving-dilated", "mmd-reset-dilated"), "nash_mirror_descent"),
    **dict.fromkeys(("domwu", "reg-domwu"), "dilated_optimistic"),
}


def algorithm_names() -> tuple[str, ...]:
    """Return the names of all iterative algorithms."""
    return tuple(_MODULES)


def name_of_form(name: str, form: str | None = None) -> str:
    """Return the name of an algorithm in a form, ``"sequence"`` (dilated entropy) or ``"behavioural"``.

    Without a form ``mmd`` is in sequence form, for which there is a theorem; any other name stays what it is. Raises
    ``ValueError`` if the algorithm does not have the form.
    """
    if form not in (None, "sequence", "behavioural", "behavioral"):
        raise ValueError(f"the form is sequence or behavioural, not {form!r}")
    plain = name.removesuffix("-behavioral").removesuffix("-behavioural")
    spelled = f"{plain}-behavioural" if plain != name else name
    if form is None:
        return "mmd-dilated" if spelled == "mmd" else spelled
    base = plain.removesuffix("-dilated")
    behavioural = "mmd-behavioural" if base == "mmd" else base
    wanted = f"{base}-dilated" if form == "sequence" else behavioural
    if f"{base}-dilated" not in _MODULES or (wanted != spelled and spelled != base):
        raise ValueError(f"{name} has no {form} form to choose")
    return wanted


def algorithm(name: str, form: str | None = None) -> Algorithm:
    """Return the algorithm of that name and form (``name_of_form``); raises ``ValueError`` that names the nearest."""
    name = name_of_form(name, form)
    if name not in _MODULES:
        nearest = difflib.get_close_matches(name.lower().replace("_", "-"), _MODULES, n=1, cutoff=0.4)
        hint = f"did you mean {nearest[0]}?" if nearest else f"they are {', '.join(_MODULES)}"
        raise ValueError(f"there is no algorithm {name!r}: {hint}")
    module = import_module(f"solvers.extensive.{_MODULES[name]}")
    found: tuple[Algorithm, ...] = module.ALGORITHMS
    return next(one for one in found if one.name == name)
