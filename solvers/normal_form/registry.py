"""The normal-form algorithms by name; a module is imported, its step loaded or compiled, when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvers.registry import Registry

if TYPE_CHECKING:
    from solvers.normal_form.algorithm import Algorithm

REGISTRY = Registry(
    "solvers.normal_form",
    {
        "nash-mp": "nash_mirror_prox",
        "nash-md": "nash_md",
        "nash-md-constant": "nash_md:CONSTANT",
        "nash-ema": "nash_ema",
        "egpo": "extragradient_preference_optimisation",
        "omd": "online_mirror_descent",
        "mmd-constant": "magnetic_mirror_descent",
        "mmd-annealed": "magnetic_mirror_descent:ANNEALED",
        "mmd-moving": "moving_magnet",
        "mpo": "magnetic_preference_optimisation",
        "comal": "comal",
        "extragradient": "projected_extragradient",
        "optimistic-gradient": "optimistic_gradient",
        "restarted-extragradient": "restarted_extragradient",
        "euclidean-proximal-point": "euclidean_proximal_point",
        "gabp": "boosted_perturbation",
        "mdpo": "mirror_descent_policy_optimisation",
        "mdpo-off-policy": "mirror_descent_policy_optimisation:OFF_POLICY",
        "rm+": "regret_matching_plus",
        "prm+": "predictive_regret_matching_plus",
        "mwu": "multiplicative_weights",
        "optimistic-mirror-descent": "optimistic_mirror_descent",
        "optimistic-ftrl": "optimistic_ftrl",
        "optimistic-ftrl-adaptive": "adaptive_optimism",
        "dno": "direct_nash_optimisation",
        "opmd": "group_relative",
        "group-relative": "group_relative:REINFORCE",
        "fictitious-play": "fictitious_play",
    },
    {"mmd": "mmd-constant"},
)


def algorithm_names() -> tuple[str, ...]:
    """Return the names of all iterative algorithms, regularised ones first."""
    return REGISTRY.names


def algorithm(name: str) -> Algorithm:
    """Return the algorithm of that name; raises ``ValueError`` that names the nearest."""
    found: Algorithm = REGISTRY.load(name)
    return found
