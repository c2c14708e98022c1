"""Every solver on random small games from files whose labels repeat, are missing or odd.

What a solver says of its policy – values, best responses, gap or residual – is compared with recursion and enumeration
over positions, which know no label and share no code with it; and the policy with the game's value, the softmax
equation or the gap's definition, according to what the solver is for.
"""

from __future__ import annotations

import math
import random
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.extensive import ExtensiveGame, compile_game
from games.extensive.gambit import read_gambit
from games.extensive.game import Policy
from games.extensive.game_tree import GameTree
from solvers import solve
from solvers.extensive.registry import LINEAR_PROGRAM, SAMPLED, algorithm_names
from solvers.extensive.solution import ExtensiveSolution
from tests.games.extensive import naive

_ITERATIONS = 400
_ALPHA = 0.5
_FORMS = ("", "-dilated")
_SLOW = (
    "fictitious-play",
    "cfr",
    "domwu",
    *(f"mmd-{kind}{form}" for kind in ("annealed", "moving") for form in _FORMS),
)
_NEAR = dict.fromkeys(_SLOW, 0.2)
"""Exploitability after so many iterations, as a part of the payoff range, where 0.05 would be too strict."""


def drawn(source: random.Random, depth: int, constant: int) -> tuple[naive.Node, GameTree] | None:
    """A game with few pure strategies, written to a file and read again."""
    root = naive.random_game(source, depth, naive.Fraction(constant))
    sizes = [math.prod(naive.widths(root, player).values()) for player in (0, 1)]
    if root.key is None or max(sizes) > 16:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.efg"
        path.write_text(naive.gambit_text(root, source), encoding="utf-8", newline="")
        return root, read_gambit(path)


def by_position(game: ExtensiveGame, policy: Policy) -> dict[naive.Key, list[float]]:
    """A policy of the compiled game, under the numbers of the information sets in the file."""
    return {
        (player, int(text.split("-")[2])): policy[player][start:stop].tolist()
        for player, (tree, names) in enumerate(zip(game.treeplexes, game.names, strict=True))
        for text, start, stop in zip(names.information_states, tree.first[:-1], tree.first[1:], strict=True)
    }


def values(node: naive.Node, policy: dict[naive.Key, list[float]]) -> list[float]:
    """What each player expects from a node on."""
    weights = node.chances if node.key is None or node.key[0] == naive.CHANCE else policy[node.key]
    following = [values(child, policy) for child in node.children]
    return [
        float(pay) + sum(float(w) * v[player] for w, v in zip(weights, following, strict=True))
        for player, pay in enumerate(node.payoff)
    ]


def best_responses(root: naive.Node, policy: dict[naive.Key, list[float]]) -> list[float]:
    return [max(values(root, policy | plan)[player] for plan in pure_strategies(root, player)) for player in (0, 1)]


def pure_strategies(root: naive.Node, player: int) -> list[dict[naive.Key, list[float]]]:
    return [{key: [float(p) for p in row] for key, row in plan.items()} for plan in naive.pure_strategies(root, player)]


def met(node: naive.Node, player: int, plan: dict[naive.Key, list[float]]) -> frozenset[tuple[naive.Key, int]]:
    """The information sets that a pure strategy of the player does not rule out, with what it does there."""
    found: frozenset[tuple[naive.Key, int]] = frozenset()
    going = range(len(node.children))
    if node.key is not None and node.key[0] == player:
        action = plan[node.key].index(1.0)
        found, going = frozenset([(node.key, action)]), range(action, action + 1)
    return found.union(*(met(node.children[k], player, plan) for k in going))


def quantal_gap(root: naive.Node, policy: dict[naive.Key, list[float]], alpha: float) -> float:
    """``max_z u(z) - alpha KL(z || uniform)`` less that of the policy, over mixtures of reduced pure strategies."""
    total, own = 0.0, values(root, policy)
    for player in (0, 1):
        plans = {met(root, player, plan): plan for plan in pure_strategies(root, player)}
        weights = np.array([math.prod(policy[key][action] for key, action in plan) for plan in plans])
        divergence = float(weights @ np.log(weights * len(plans)))
        utilities = np.array([values(root, policy | plan)[player] for plan in plans.values()])
        best = alpha * float(np.logaddexp.reduce(utilities / alpha) - math.log(len(plans)))
        total += best - (own[player] - alpha * divergence)
    return total


def residual(root: naive.Node, policy: dict[naive.Key, list[float]], alpha: float) -> float:
    """The largest difference from the softmax of the values of actions, given that the information set is reached."""
    sums: dict[naive.Key, np.ndarray] = {key: np.zeros((2, len(row))) for key, row in policy.items()}

    def walk(node: naive.Node, others: tuple[float, float]) -> None:
        for k, child in enumerate(node.children):
            assert node.key is not None
            mover = node.key[0]
            weight = float(node.chances[k]) if mover == naive.CHANCE else policy[node.key][k]
            if mover != naive.CHANCE:
                sums[node.key][:, k] += np.array([values(child, policy)[mover], 1.0]) * others[mover]
            first, second = (reach * (1.0 if mover == player else weight) for player, reach in enumerate(others))
            walk(child, (first, second))

    walk(root, (1.0, 1.0))
    worst = 0.0
    for key, (worth, reach) in sums.items():
        if (reach > 0.0).all():
            logits = worth / reach / alpha
            softmax = np.exp(logits - np.logaddexp.reduce(logits))
            worst = max(worst, float(np.abs(softmax - policy[key]).max()))
    return worst


def check_target(root: naive.Node, solution: ExtensiveSolution, policy: dict[naive.Key, list[float]]) -> None:
    """The solution is what its solver is for."""
    if solution.target == "nash":
        near = 1e-9 if solution.algorithm == LINEAR_PROGRAM else _NEAR.get(solution.algorithm, 0.05)
        assert solution.exploitability <= near * solution.payoff_range + 1e-12
        assert solution.value == pytest.approx(naive.game_value(root), abs=solution.nash_conv + 1e-6)
    elif solution.target == "quantal-response":
        assert solution.certificate == pytest.approx(quantal_gap(root, policy, _ALPHA), abs=1e-9)
    else:
        assert solution.certificate == pytest.approx(residual(root, policy, _ALPHA), abs=1e-9)


@pytest.mark.parametrize("name", [LINEAR_PROGRAM, *algorithm_names(), *SAMPLED])
@settings(max_examples=8)
@given(st.randoms(use_true_random=False), st.integers(2, 4), st.sampled_from([0, 0, 3]))
def test_every_solver_agrees_with_recursion_on_positions(
    name: str, source: random.Random, depth: int, constant: int
) -> None:
    found = drawn(source, depth, constant)
    if found is None:
        return
    root, tree = found
    game = compile_game(tree)
    regularised = name in ("mmd-dilated", "mmd-behavioural", "reg-domwu", "sampled-mmd")
    arguments = {} if name == LINEAR_PROGRAM else {"iterations": _ITERATIONS}
    solution = solve(tree if name in SAMPLED else game, name, **arguments, **({"alpha": _ALPHA} if regularised else {}))
    policy = by_position(game, solution.solver.policy(game) if name in SAMPLED else solution.policy)  # type: ignore
    own, best = values(root, policy), best_responses(root, policy)
    assert solution.value == pytest.approx(own[0], abs=1e-9)
    assert solution.nash_conv == pytest.approx(sum(best) - sum(own), abs=1e-9)
    assert solution.nash_conv >= 0.0
    if isinstance(solution, ExtensiveSolution):
        assert solution.evaluation.values == pytest.approx(own, abs=1e-9)
        assert solution.evaluation.best_response_values == pytest.approx(best, abs=1e-9)
        check_target(root, solution, policy)
