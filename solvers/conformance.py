r"""What every solver must satisfy: checks for one that you wrote, the same ones that the project's own pass.

``check(algorithm)`` takes the ``Algorithm`` of a normal-form or an extensive-form solver, or its name, solves small
games with it, and raises ``NonConformance`` with one sentence for the first of these that does not hold:

- the policy is a distribution, and the solution's distance from equilibrium is what its definition gives in plain
  numpy (normal form) or what OpenSpiel computes (extensive form);
- a renamed game has the renamed solution;
- a run that is interrupted goes on to the same bits;
- after ``iterations`` the distance has come down to ``near``, as a part of the payoff range.

The gap of a preference game with matrix ``P``, temperature ``beta`` and reference ``mu`` is, both players together,

.. math:: 2 \Bigl[\beta \ln \sum_a \mu_a e^{(P\pi)_a/\beta} - \pi^\top P \pi + \beta\, \mathrm{KL}(\pi \| \mu)\Bigr].
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, rel_entr

from games.preference import PreferenceGame
from solvers.extensive.algorithm import Algorithm as ExtensiveAlgorithm
from solvers.extensive.registry import algorithm_names as extensive_names
from solvers.normal_form.algorithm import Algorithm as NormalFormAlgorithm
from solvers.normal_form.registry import algorithm_names as normal_form_names

Floats = NDArray[np.float64]

_ROUNDING = 1e-9


class NonConformance(AssertionError):
    """A rule that every solver keeps is broken; the sentence says which one, and in which game."""


def demand(holds: bool, sentence: str) -> None:
    """Raise ``NonConformance`` with a sentence unless something holds."""
    if not holds:
        raise NonConformance(sentence)


def duality_gap(game: PreferenceGame, policy: Floats, beta: float) -> float:
    """Return the gap of a preference game from its definition (see the module)."""
    values = game.matrix @ policy
    best = beta * logsumexp(np.log(game.reference) + values / beta) if beta > 0.0 else values.max()
    return float(2.0 * (best - policy @ values + beta * rel_entr(policy, game.reference).sum()))


def _preference_games() -> list[tuple[str, PreferenceGame]]:
    generator = np.random.default_rng(0)
    found = [("rock-paper-scissors", np.array([[0.5, 0.9, 0.2], [0.1, 0.5, 0.7], [0.8, 0.3, 0.5]]))]
    for n in (2, 5):
        upper = np.triu(generator.random((n, n)), 1)
        found.append((f"a drawn game of {n}", upper + np.tril(1.0 - upper.T, -1) + np.eye(n) / 2))
    return [(name, PreferenceGame(matrix)) for name, matrix in found]


def check_normal_form(
    algorithm: str | NormalFormAlgorithm, beta: float = 0.1, iterations: int = 2000, near: float = 0.1, **settings: Any
) -> None:
    """Check a normal-form algorithm on preference games at a temperature; ``settings`` are those of ``solve``."""
    from solvers.normal_form import solve

    fixed: dict[str, Any] = {"beta": beta, "tolerance": 0.0, "workers": 1, **settings}
    for name, game in _preference_games():
        solution = solve(game, algorithm, iterations=iterations, **fixed)
        policy = np.asarray(solution.policy)
        distribution = policy.min() >= 0.0 and abs(policy.sum() - 1.0) < _ROUNDING
        demand(bool(distribution), f"{name}: the policy is no distribution: {policy}")
        gap = duality_gap(game, policy, beta)
        demand(
            abs(gap - float(solution.duality_gap)) <= _ROUNDING,
            f"{name}: the duality gap is {gap:.3e} by its definition, and the solution says {solution.duality_gap:.3e}",
        )
        demand(gap <= near, f"{name}: the duality gap is {gap:.3e} after {iterations} iterations, and not {near:g}")
        order = np.arange(len(policy))[::-1]
        turned = PreferenceGame(game.matrix[np.ix_(order, order)].copy())
        renamed = np.asarray(solve(turned, algorithm, iterations=20, **fixed).policy)[order]
        plain = np.asarray(solve(game, algorithm, iterations=20, **fixed).policy)
        demand(np.allclose(renamed, plain, atol=1e-6), f"{name}: renamed alternatives get another policy")
        with tempfile.TemporaryDirectory() as folder:
            state = Path(folder) / "state.npz"
            for count in (7, 20):
                resumed = solve(game, algorithm, iterations=count, checkpoint=state, **fixed)
        demand(
            np.array_equal(resumed.policy, plain),
            f"{name}: a run that went on from a file differs from one that did not",
        )


def check_extensive(
    algorithm: str | ExtensiveAlgorithm, iterations: int = 1000, near: float = 0.05, **settings: Any
) -> None:
    """Check an extensive-form algorithm on Kuhn poker, whose value is −1/18, against OpenSpiel."""
    import pyspiel

    from games.extensive import compile_game
    from games.extensive.policies import to_open_spiel
    from solvers.extensive import solve

    game = compile_game("kuhn_poker")
    solution = solve(game, algorithm, iterations=iterations, **settings)
    for player, tree in enumerate(game.treeplexes):
        array = solution.policy[player]
        sums = np.add.reduceat(array, tree.first[:-1].astype(np.int64))
        demand(bool((array >= 0.0).all()) and bool(np.allclose(sums, 1.0, atol=_ROUNDING)), "the policy is no policy")
    theirs = pyspiel.exploitability(pyspiel.load_game("kuhn_poker"), to_open_spiel(game, solution.policy))
    demand(
        abs(theirs - solution.exploitability) <= _ROUNDING,
        f"exploitability is {theirs:.3e} in OpenSpiel, and the solution says {solution.exploitability:.3e}",
    )
    if solution.target == "nash":
        part = solution.exploitability / solution.payoff_range
        demand(part <= near, f"exploitability is {part:.3e} of the payoff range after {iterations} iterations")
        off = abs(solution.value + 1.0 / 18.0)
        demand(off <= solution.nash_conv + _ROUNDING, f"the value is {solution.value:.6f}, and not −1/18")
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state.npz"
        for count in (7, 20):
            resumed = solve(game, algorithm, iterations=count, checkpoint=state, **settings)
    plain = solve(game, algorithm, iterations=20, **settings)
    same = all(np.array_equal(one, other) for one, other in zip(resumed.policy, plain.policy, strict=True))
    demand(same, "a run that went on from a file differs from one that did not")


def check(algorithm: str | NormalFormAlgorithm | ExtensiveAlgorithm, **settings: Any) -> None:
    """Check an algorithm on the games of its kind.

    Parameters
    ----------
    algorithm : an ``Algorithm``, or a name; a name that both kinds of game have is checked in both.
    settings : ``iterations`` and ``near`` of ``check_normal_form`` or ``check_extensive``, ``beta`` of the former, and
        settings of the solve.

    Raises
    ------
    NonConformance
        An ``AssertionError`` with one sentence for the first rule that is broken.
    ValueError
        If there is no algorithm of that name.

    Examples
    --------
    >>> from solvers import conformance
    >>> conformance.check("nash-mp")
    """
    kinds = [
        (check_normal_form, isinstance(algorithm, NormalFormAlgorithm) or algorithm in normal_form_names()),
        (check_extensive, isinstance(algorithm, ExtensiveAlgorithm) or algorithm in extensive_names()),
    ]
    if not any(fits for _, fits in kinds):
        raise ValueError(f"there is no algorithm {algorithm!r}: solvers.normal_form and solvers.extensive list theirs")
    for rule, fits in kinds:
        if fits:
            rule(algorithm, **settings)  # type: ignore[operator]
