"""The extensive-form algorithms by name; a module is imported, its step loaded or compiled, when it is asked for."""

from __future__ import annotations

from solvers.algorithm import Named
from solvers.extensive.algorithm import Algorithm
from solvers.registry import Registry

LINEAR_PROGRAM = "lp"
"""The exact reference, which is no iterative algorithm: ``solvers.extensive.linear_program``."""

COMPLEMENTARITY = "lcp"
"""A Nash equilibrium of a small two-player game with any utilities: ``solvers.extensive.complementarity``."""

_CFR = ("cfr", "cfr+", "lcfr", "dcfr", "pcfr+", "dcfr+", "pdcfr+", "sapcfr+")
_SCHEDULED = ("hs-dcfr", "hs-pcfr+", "hs-pdcfr+")
REGRET_MINIMISERS = (*_CFR, *_SCHEDULED)
"""The CFR family but for ``rtcfr+``: its averages go to equilibria, of whatever kind the game lets regrets find."""

_NASH = tuple(f"mmd-{kind}{form}" for form in ("", "-dilated") for kind in ("annealed", "moving", "reset"))

# Each module has a tuple ALGORITHMS.
REGISTRY = Registry(
    "solvers.extensive",
    {
        **dict.fromkeys(_CFR, "counterfactual_regret:ALGORITHMS"),
        **dict.fromkeys(_SCHEDULED, "scheduled_regret:ALGORITHMS"),
        "fictitious-play": "fictitious_play:ALGORITHMS",
        "mmd-dilated": "dilated_mirror_descent:ALGORITHMS",
        "mmd-behavioural": "behavioural_mirror_descent:ALGORITHMS",
        "rtcfr+": "regularised_regret:ALGORITHMS",
        **dict.fromkeys(_NASH, "nash_mirror_descent:ALGORITHMS"),
        **dict.fromkeys(("domwu", "reg-domwu"), "dilated_optimistic:ALGORITHMS"),
    },
    {"mmd": "mmd-dilated"},
)

_LANCTOT = "Lanctot et al., NeurIPS 2009"
_ON_TREES = {"baseline": 0.0, "averaging": 0.0}  # solvers.extensive.tree_sampling
SAMPLED = {
    one.name: one
    for one in (
        Named(
            name="external-mccfr",
            title="external-sampling Monte Carlo CFR",
            source=_LANCTOT,
            parameters=_ON_TREES,
        ),
        Named(
            name="outcome-mccfr",
            title="outcome-sampling Monte Carlo CFR",
            source=_LANCTOT,
            parameters={"exploration": 0.6} | _ON_TREES | {"baseline": 0.1},
        ),
        Named(
            name="chance-mccfr",
            title="chance-sampling Monte Carlo CFR",
            source=_LANCTOT,
            parameters={"averaging": 0.0},
        ),
        Named(
            name="public-chance-mccfr",
            title="public-chance-sampling Monte Carlo CFR",
            source="Johanson et al., AAMAS 2012",
            parameters={"averaging": 0.0},
        ),
        Named(
            name="sampled-mmd",
            title="magnetic mirror descent with sampled values",
            source="after Sokota et al., ICLR 2023",
        ),
    )
}
"""The methods of ``solvers.extensive.tree_sampling`` and ``solvers.extensive.monte_carlo``, which sample histories."""


def algorithm_names() -> tuple[str, ...]:
    """Return the names of all iterative algorithms."""
    return REGISTRY.names


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
        return REGISTRY.full_name(spelled)
    base = plain.removesuffix("-dilated")
    behavioural = "mmd-behavioural" if base == "mmd" else base
    wanted = f"{base}-dilated" if form == "sequence" else behavioural
    if f"{base}-dilated" not in REGISTRY.modules or (wanted != spelled and spelled != base):
        raise ValueError(f"{name} has no {form} form to choose")
    return wanted


def algorithm(name: str, form: str | None = None) -> Algorithm:
    """Return the algorithm of that name and form (``name_of_form``); raises ``ValueError`` that names the nearest."""
    if name in SAMPLED:
        raise ValueError(f"{name} plays the game instead of compiling it: solve_sampled of solvers.extensive runs it")
    found: Algorithm = REGISTRY.load(name_of_form(name, form))
    return found
