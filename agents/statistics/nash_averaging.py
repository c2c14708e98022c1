r"""Nash averaging and alpha-rank: what cyclic fields have instead of one rating.

A tournament is a preference game: the agents are the alternatives, their advantages over each other the payoffs
:math:`A = -A^\top`. Its equilibria are the mixtures that no agent beats; **Nash averaging** takes the one of maximum
entropy, which is unique, and rates every agent by its payoff against it, :math:`(A p)_i \le 0` (Balduzzi, Tuyls,
Perolat and Graepel, "Re-evaluating evaluation", NeurIPS 2018). Copies of an agent share its probability and change no
rating.

That equilibrium is found by the solvers (``solvers.normal_form.equilibrium_set``), and their certificate measures its
duality gap. It is also the limit of the regularised equilibria of ``solve(game, "nash-mp", beta)`` as beta goes to 0,
by which the tests check it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

_ZERO = 1e-9  # payoffs below, relative to the largest, are 0


@dataclass(frozen=True)
class NashAverage:
    """``policy`` [n]: the equilibrium of maximum entropy; ``ratings`` [n]: payoffs against it, 0 for agents it holds;
    ``duality_gap``: the solvers' certificate, in units of the payoffs; ``entropy``: in nats.
    """

    policy: FloatArray
    ratings: FloatArray
    duality_gap: float
    entropy: float


def _antisymmetric(payoffs: ArrayLike) -> FloatArray:
    table = np.asarray(payoffs, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or len(table) == 0:
        raise ValueError(f"payoffs must be a square table of agents against agents, not of shape {table.shape}")
    if not np.isfinite(table).all():
        raise ValueError("a payoff is missing or not finite: Nash averaging needs every pair to have met")
    if np.abs(table + table.T).max() > _ZERO * max(1.0, float(np.abs(table).max())):
        raise ValueError("payoffs must be antisymmetric: what i wins from j, j loses to i")
    return (table - table.T) / 2


def nash_average(payoffs: ArrayLike) -> NashAverage:
    """Return the maximum-entropy equilibrium of an antisymmetric table of advantages, and the ratings against it.

    Parameters
    ----------
    payoffs : what i wins from j. [n, n]

    Returns
    -------
    NashAverage
        ``policy`` [n], unique; ``ratings`` [n] in units of the payoffs, 0 for agents that it holds, below for others;
        ``duality_gap``, the solvers' certificate.

    Raises
    ------
    ValueError
        If the table is not antisymmetric and finite.

    References
    ----------
    Balduzzi, Tuyls, Perolat and Graepel, "Re-evaluating evaluation", NeurIPS 2018.

    Examples
    --------
    >>> import tamaya
    >>> tamaya.nash_average([[0, 1, -1], [-1, 0, 1], [1, -1, 0]]).policy.round(6).tolist()
    [0.333333, 0.333333, 0.333333]
    """
    from games.preference import PreferenceGame
    from solvers.normal_form import measure
    from solvers.normal_form.equilibrium_set import equilibrium_set
    from solvers.normal_form.problem import problem_of

    table = _antisymmetric(payoffs)
    largest = float(np.abs(table).max())
    scaled = table / largest if largest > 0 else table
    problem = problem_of(PreferenceGame(0.5 + scaled / 2), 0.0)
    policy = equilibrium_set(problem).policy
    with np.errstate(divide="ignore"):
        certificate = measure(problem, np.log(policy)[None], policy[None], 0.0)
    positive = policy[policy > 0]
    return NashAverage(
        policy=policy,
        ratings=table @ policy,
        duality_gap=float(certificate[0, 0]) * 2 * largest,
        entropy=float(-(positive * np.log(positive)).sum()),
    )


def alpha_rank(payoffs: ArrayLike) -> FloatArray:
    """Return alpha-rank's stationary distribution over agents, through OpenSpiel.

    One population, an infinite ranking intensity and a small mutation rate: where the population ends up if whoever
    beats the resident takes its place. Only the signs of the payoffs matter.

    Parameters
    ----------
    payoffs : what i wins from j, antisymmetric. [n, n]

    Returns
    -------
    array
        Probabilities. [n]

    Raises
    ------
    ValueError
        If the table is not antisymmetric and finite.

    References
    ----------
    Omidshafiei et al., "α-Rank: Multi-agent evaluation by evolution", Scientific Reports 9 (2019).

    Examples
    --------
    >>> import tamaya
    >>> tamaya.alpha_rank([[0, 1], [-1, 0]]).round(3).tolist()
    [1.0, 0.0]
    """
    alpharank = import_module("open_spiel.python.egt.alpharank")
    table = _antisymmetric(payoffs)
    if len(table) == 1:
        return np.ones(1)
    stationary = alpharank.compute([table], use_inf_alpha=True, inf_alpha_eps=1e-4)[2]
    return np.asarray(np.real(stationary), dtype=np.float64)
